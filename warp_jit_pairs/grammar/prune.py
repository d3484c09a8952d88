"""Removes what has no effect: statements whose result nobody reads, then arguments and module parts without use.

Rules may read more than they end up using (a value passed over, a branch that did not need it); a person would delete
that, and so does this pass. It never changes what a program computes.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from warp_jit_pairs import types as t

from . import tree, tree_walks

_Name, _Literal, _Subscript, _Binary, _Call = tree.Name, tree.Literal, tree.Subscript, tree.Binary, tree.Call

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def reads(node: tree.Expr, into: Counter[str]) -> None:
    """Count the names that an expression reads."""
    # No recursion, and types compared as they are: this walk is a good part of what a program costs.
    get = into.get
    rest: list[Any] = [node]
    pop, push, extend = rest.pop, rest.append, rest.extend
    while rest:
        one = pop()
        kind = type(one)
        if kind is _Name:
            into[one.id] = get(one.id, 0) + 1
        elif kind is _Literal:
            continue
        elif kind is _Subscript:
            push(one.base)
            extend(one.indices)
        elif kind is _Binary:
            push(one.left)
            push(one.right)
        elif kind is _Call:
            if "." not in one.function:
                into[one.function] = get(one.function, 0) + 1
            extend(one.arguments)
            for _, argument in one.keywords:
                push(argument)
        elif kind is tree.Verbatim:
            for name in _IDENTIFIER.findall(one.text):
                into[name] = get(name, 0) + 1
        else:
            extend(tree_walks.children(one))


def _count(body: tuple[tree.Stmt, ...], into: Counter[str]) -> None:
    """Count what statements read; a variable's own value in what it is set to is no read."""
    for statement in body:
        node: Any = statement
        kind = type(node)
        if kind is tree.Assign:
            own = node.targets[0].id if len(node.targets) == 1 and type(node.targets[0]) is _Name else None
            before = into.get(own, 0) if own else 0
            reads(node.value, into)
            if own:
                into[own] = before
            for target in node.targets:
                if type(target) is not _Name:
                    _count_target(target, into)
        elif kind is tree.If:
            reads(node.test, into)
            _count(node.body, into)
            _count(node.otherwise, into)
        elif kind is tree.Augment:
            reads(node.value, into)
            if type(node.target) is not _Name:
                _count_target(node.target, into)
        elif kind is tree.Do:
            reads(node.value, into)
        elif kind is tree.For:
            for bound in node.bounds:
                reads(bound, into)
            if node.iterator is not None:
                reads(node.iterator, into)
            _count(node.body, into)
        elif kind is tree.While:
            reads(node.test, into)
            _count(node.body, into)
        elif kind is tree.Return:
            for value in node.values:
                reads(value, into)


def _count_target(target: tree.Expr, into: Counter[str]) -> None:
    """Writing a component of a local is no read of it."""
    reads(target, into)
    root = tree_walks.root(target)
    if isinstance(root, tree.Name) and _is_local(root):
        into[root.id] -= 1


class _Pruner:
    """Drops dead statements of one function from its end to its start, counting reads as they go away."""

    def __init__(self, body: tuple[tree.Stmt, ...]) -> None:
        self.reads: Counter[str] = Counter()
        self.kept: set[str] = set()
        self.again = False
        _count(body, self.reads)

    def drop(self, node: tree.Stmt) -> None:
        """Forget what a statement read; what was kept for it alone, as in loops, needs another pass."""
        gone: Counter[str] = Counter()
        _count((node,), gone)
        for name, times in gone.items():
            self.reads[name] -= times
            if self.reads[name] <= 0 and name in self.kept:
                self.again = True

    def block(self, body: tuple[tree.Stmt, ...]) -> tuple[tree.Stmt, ...]:
        kept = []
        for node in reversed(body):
            result = self.one(node)
            if result is not None:
                kept.append(result)
        return tuple(reversed(kept))

    def ended(self, body: tuple[tree.Stmt, ...], inside: bool) -> tuple[tree.Stmt, ...]:
        """A function's body, or that `inside` a loop, without a last test that only leaves where it ends anyway."""
        while body:
            node = body[-1]
            if isinstance(node, tree.If) and not _acts(node.otherwise):
                only = [one for one in node.body if not isinstance(one, (tree.Comment, tree.Blank))]
                if len(only) != 1 or not _leaves(only[0], inside):
                    return body
                self.drop(node)
                self.again = True
            elif not isinstance(node, (tree.Comment, tree.Blank)):
                return body
            body = body[:-1]
        return body

    def one(self, statement: tree.Stmt) -> tree.Stmt | None:
        node: Any = statement
        kind = type(node)
        if kind is tree.Assign or kind is tree.Augment:
            targets = node.targets if kind is tree.Assign else (node.target,)
            if all(map(self.dead, targets)):
                self.drop(node)
                return None
            for target in targets:
                root = tree_walks.root(target)
                if type(root) is _Name:
                    self.kept.add(root.id)
        elif kind is tree.If:
            return self.condition(node)
        elif kind is tree.For or kind is tree.While:
            body = self.ended(self.block(node.body), True)
            if not _works(body):
                self.drop(_with_body(node, body))
                return None
            if body != node.body:
                return _with_body(node, body)
        return statement

    def condition(self, node: tree.If) -> tree.Stmt | None:
        body, otherwise = self.block(node.body), self.block(node.otherwise)
        if not _acts(body) and not _acts(otherwise):
            self.drop(tree.If(node.test, body, otherwise))
            return None
        if not _acts(body):
            return tree.If(tree.Unary(node.test.type, 0.0, 1.0, "not", node.test), otherwise)
        if body != node.body or otherwise != node.otherwise:
            return tree.If(node.test, body, otherwise if _acts(otherwise) else ())
        return node

    def dead(self, target: tree.Expr) -> bool:
        root = tree_walks.root(target)
        return isinstance(root, tree.Name) and (root is target or _is_local(root)) and self.reads[root.id] <= 0


def _is_local(root: tree.Name) -> bool:
    """Whether writing into this writes into a local: anything but an array."""
    return not isinstance(root.type, t.Array)


def _acts(body: tuple[tree.Stmt, ...]) -> bool:
    return not all(isinstance(node, (tree.Comment, tree.Blank)) for node in body)


def _leaves(node: tree.Stmt, inside: bool) -> bool:
    """Whether a statement only ends the turn of a loop, or else the function."""
    return isinstance(node, tree.Continue) if inside else isinstance(node, tree.Return) and not node.values


def _works(body: tuple[tree.Stmt, ...]) -> bool:
    """Whether the body of a loop does more than go on to the next turn or leave."""
    for node in body:
        if isinstance(node, tree.If):
            if _works(node.body) or _works(node.otherwise):
                return True
        elif not isinstance(node, (tree.Comment, tree.Blank, tree.Continue, tree.Break)):
            return True
    return False


def _with_body(node: tree.For | tree.While, body: tuple[tree.Stmt, ...]) -> tree.Stmt:
    if isinstance(node, tree.For):
        return tree.For(node.target, node.bounds, body, node.iterator)
    return tree.While(node.test, body)


def names_read(body: tuple[tree.Stmt, ...]) -> Counter[str]:
    """How often each name is read in a body that is pruned already."""
    count: Counter[str] = Counter()
    _count(body, count)
    return count


def prune(body: tuple[tree.Stmt, ...]) -> tuple[tuple[tree.Stmt, ...], Counter[str]]:
    """The body without dead statements, and how often each name is read in it."""
    pruner = _Pruner(body)
    while True:
        pruner.again = False
        pruner.kept.clear()
        body = pruner.ended(pruner.block(body), False)
        if not pruner.again:
            return body, pruner.reads
