"""Removes what has no effect: statements whose result nobody reads, then arguments and module parts without use.

Rules may read more than they end up using (a value passed over, a branch that did not need it); a person would delete
that, and so does this pass. It never changes what a program computes.
"""

from __future__ import annotations

import re
from collections import Counter

from warp_jit_pairs import types as t

from . import tree

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def reads(node: tree.Expr, into: Counter[str], sign: int = 1) -> None:
    """Count the names that an expression reads."""
    if isinstance(node, tree.Name):
        into[node.id] += sign
    elif isinstance(node, tree.Call):
        if "." not in node.function:
            into[node.function] += sign
        for argument in node.arguments:
            reads(argument, into, sign)
        for _, argument in node.keywords:
            reads(argument, into, sign)
    elif isinstance(node, tree.Binary):
        reads(node.left, into, sign)
        reads(node.right, into, sign)
    elif isinstance(node, tree.Subscript):
        reads(node.base, into, sign)
        for index in node.indices:
            reads(index, into, sign)
    elif isinstance(node, tree.Attribute):
        reads(node.base, into, sign)
    elif isinstance(node, tree.Unary):
        reads(node.operand, into, sign)
    elif isinstance(node, tree.Logical):
        for part in node.operands:
            reads(part, into, sign)
    elif isinstance(node, tree.Conditional):
        for part in (node.test, node.then, node.other):
            reads(part, into, sign)
    elif isinstance(node, tree.TupleOf):
        for part in node.items:
            reads(part, into, sign)
    elif isinstance(node, tree.Slice):
        for bound in (node.start, node.stop):
            if bound is not None:
                reads(bound, into, sign)
    elif isinstance(node, tree.Verbatim):
        for name in _IDENTIFIER.findall(node.text):
            into[name] += sign


class _Pruner:
    """Drops dead statements of one function, counting reads as they go away."""

    def __init__(self, body: tuple[tree.Stmt, ...]) -> None:
        self.reads: Counter[str] = Counter()
        self.changed = False
        self.count(body, 1)

    def count(self, body: tuple[tree.Stmt, ...], sign: int) -> None:
        for node in body:
            self.count_one(node, sign)

    def count_one(self, node: tree.Stmt, sign: int) -> None:
        count = self.reads
        if isinstance(node, tree.Assign):
            own = node.targets[0].id if len(node.targets) == 1 and isinstance(node.targets[0], tree.Name) else None
            before = count[own] if own else 0
            reads(node.value, count, sign)
            if own:
                count[own] = before
            for target in node.targets:
                if not isinstance(target, tree.Name):
                    self.count_target(target, sign)
        elif isinstance(node, tree.Augment):
            reads(node.value, count, sign)
            if not isinstance(node.target, tree.Name):
                self.count_target(node.target, sign)
        elif isinstance(node, tree.Do):
            reads(node.value, count, sign)
        elif isinstance(node, tree.If):
            reads(node.test, count, sign)
            self.count(node.body, sign)
            self.count(node.otherwise, sign)
        elif isinstance(node, tree.For):
            for bound in node.bounds:
                reads(bound, count, sign)
            if node.iterator is not None:
                reads(node.iterator, count, sign)
            self.count(node.body, sign)
        elif isinstance(node, tree.While):
            reads(node.test, count, sign)
            self.count(node.body, sign)
        elif isinstance(node, tree.Return):
            for value in node.values:
                reads(value, count, sign)

    def count_target(self, target: tree.Expr, sign: int) -> None:
        """Writing a component of a local is no read of it."""
        root = target
        while isinstance(root, (tree.Subscript, tree.Attribute)):
            root = root.base
        reads(target, self.reads, sign)
        if isinstance(root, tree.Name) and _is_local(root):
            self.reads[root.id] -= sign

    def block(self, body: tuple[tree.Stmt, ...]) -> tuple[tree.Stmt, ...]:
        kept = []
        for node in reversed(body):
            result = self.one(node)
            if result is not None:
                kept.append(result)
        return tuple(reversed(kept))

    def one(self, node: tree.Stmt) -> tree.Stmt | None:
        if isinstance(node, (tree.Assign, tree.Augment)):
            targets = node.targets if isinstance(node, tree.Assign) else (node.target,)
            if all(self.dead(target) for target in targets):
                self.changed = True
                self.count_one(node, -1)
                return None
        elif isinstance(node, tree.If):
            return self.condition(node)
        elif isinstance(node, (tree.For, tree.While)):
            body = self.block(node.body)
            if not _acts(body):
                self.changed = True
                self.count_one(_with_body(node, body), -1)
                return None
            if body != node.body:
                return _with_body(node, body)
        return node

    def condition(self, node: tree.If) -> tree.Stmt | None:
        body, otherwise = self.block(node.body), self.block(node.otherwise)
        if not _acts(body) and not _acts(otherwise):
            self.changed = True
            self.count_one(tree.If(node.test, body, otherwise), -1)
            return None
        if not _acts(body):
            self.changed = True
            return tree.If(tree.Unary(node.test.type, 0.0, 1.0, "not", node.test), otherwise)
        if body != node.body or otherwise != node.otherwise:
            return tree.If(node.test, body, otherwise if _acts(otherwise) else ())
        return node

    def dead(self, target: tree.Expr) -> bool:
        root = target
        while isinstance(root, (tree.Subscript, tree.Attribute)):
            root = root.base
        local = isinstance(target, tree.Name) or (isinstance(root, tree.Name) and _is_local(root))
        return local and isinstance(root, tree.Name) and self.reads[root.id] <= 0


def _is_local(root: tree.Name) -> bool:
    """Whether writing into this writes into a local: anything but an array."""
    return not isinstance(root.type, t.Array)


def _acts(body: tuple[tree.Stmt, ...]) -> bool:
    return any(not isinstance(node, (tree.Comment, tree.Blank)) for node in body)


def _with_body(node: tree.For | tree.While, body: tuple[tree.Stmt, ...]) -> tree.Stmt:
    if isinstance(node, tree.For):
        return tree.For(node.target, node.bounds, body, node.iterator)
    return tree.While(node.test, body)


def prune(body: tuple[tree.Stmt, ...]) -> tuple[tuple[tree.Stmt, ...], Counter[str]]:
    """The body without dead statements, and how often each name is read in it."""
    pruner = _Pruner(body)
    while True:
        pruner.changed = False
        body = pruner.block(body)
        if not pruner.changed:
            return body, pruner.reads
