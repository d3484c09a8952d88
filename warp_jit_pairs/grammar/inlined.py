"""Locals that only name an element which is read once are left out in programs whose writer nests expressions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import tree, tree_walks

Block = tuple[tree.Stmt, ...]

_BY_NAME = frozenset({"wp.tile"})
"""Calls whose arguments Warp takes only as variables."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def inline(rng: Rng, body: Block, share: float) -> Block:
    """The body without that share of the locals for elements of arrays that are read once, in the same block.

    Only arrays that the kernel does not write, so that reading later gives the same.
    """
    return _block(_Nesting(rng, share, body), body) if share else body


class _Uses:
    """Where a body has its names, and which of them it changes."""

    def __init__(self, body: Block) -> None:
        self.times: dict[str, int] = {}
        """How often each name stands in the body, where it is set included."""
        self.sets: dict[str, int] = {}
        """How often each variable is set; what changes in a loop counts as set more than once."""
        self.changed: set[str] = set()
        """What is written, and arrays that functions are given, which they may write."""
        self.operands: dict[str, Block] = {}
        """The last block in whose statements a name is right inside of an expression, by name."""
        self.look(body)

    def look(self, body: Block) -> None:
        sets = self.sets
        for statement in body:
            node: Any = statement
            kind = type(node)
            if kind is tree.Assign:
                for target in node.targets:
                    self.changes(target, 1)
                    self.count(target, None if type(target) is tree.Name else body)
                self.count(node.value, body)
            elif kind is tree.Augment:
                self.changes(node.target, 2)
                self.count(node.target, None)
                self.count(node.value, body)
            elif kind is tree.For:
                name = node.target.id
                sets[name] = sets.get(name, 0) + 2
                for one in tree_walks.expressions(node):
                    self.count(one, None)
                self.look(node.body)
            elif kind is tree.While:
                self.count(node.test, None)
                self.look(node.body)
            else:
                for one in tree_walks.expressions(node):
                    self.count(one, body)
                if kind is tree.If:
                    self.look(node.body)
                    self.look(node.otherwise)

    def changes(self, target: tree.Expr, times: int) -> None:
        if isinstance(target, tree.Name):
            self.sets[target.id] = self.sets.get(target.id, 0) + times
        root = tree_walks.root(target)
        if isinstance(root, tree.Name):
            self.changed.add(root.id)

    def count(self, expression: tree.Expr, block: Block | None) -> None:
        """Count the names of an expression, which is evaluated once where a block is given."""
        times, operands = self.times, self.operands
        rest: list[Any] = [expression]
        pop, push, extend = rest.pop, rest.append, rest.extend
        while rest:
            node = pop()
            kind = type(node)
            if kind is tree.Name:
                times[node.id] = times.get(node.id, 0) + 1
            elif kind is tree.Literal:
                continue
            elif kind is tree.Binary:
                left, right = node.left, node.right
                if block is not None:
                    if type(left) is tree.Name:
                        operands[left.id] = block
                    if type(right) is tree.Name:
                        operands[right.id] = block
                push(left)
                push(right)
            elif kind is tree.Subscript:
                push(node.base)
                extend(node.indices)
            elif kind is tree.Call:
                for one in node.arguments:
                    if type(one) is tree.Name:
                        if isinstance(one.type, t.Array):
                            self.changed.add(one.id)
                        if block is not None and node.function not in _BY_NAME:
                            operands[one.id] = block
                extend(tree_walks.children(node))
            elif kind is tree.Verbatim:
                for name in _IDENTIFIER.findall(node.text):
                    times[name] = times.get(name, 0) + 2
            else:
                extend(tree_walks.children(node))


def _sets(body: Block) -> Counter[str]:
    """How often each variable is set; what changes in a loop counts as set more than once."""
    sets: Counter[str] = Counter()
    for node in tree_walks.statements(body):
        if isinstance(node, tree.Assign):
            sets.update(target.id for target in node.targets if isinstance(target, tree.Name))
        elif isinstance(node, (tree.Augment, tree.For)) and isinstance(node.target, tree.Name):
            sets[node.target.id] += 2
    return sets


def direct_ends(body: Block, uses: Counter[str]) -> Block:
    """The body without locals that are set once and only stored or given back by the very next statement."""
    return _direct(body, uses, body)


def _direct(body: Block, uses: Counter[str], whole: Block) -> Block:
    kept: list[tree.Stmt] = []
    for node in body:
        if isinstance(node, tree.If):
            node = tree.If(node.test, _direct(node.body, uses, whole), _direct(node.otherwise, uses, whole))
        elif isinstance(node, tree.For):
            node = tree.For(node.target, node.bounds, _direct(node.body, uses, whole), node.iterator)
        elif isinstance(node, tree.While):
            node = tree.While(node.test, _direct(node.body, uses, whole))
        elif kept and isinstance(previous := kept[-1], tree.Assign):
            merged = _merged(node, previous)
            name = previous.targets[0]
            if merged is not None and isinstance(name, tree.Name) and uses[name.id] == 1 and _sets(whole)[name.id] <= 1:
                kept[-1] = merged
                continue
        kept.append(node)
    return tuple(kept)


def _merged(node: tree.Stmt, previous: tree.Assign) -> tree.Stmt | None:
    """A statement with a value in the place of the local that it stores or gives back as it is."""
    name = previous.targets[0]
    if not isinstance(name, tree.Name) or len(previous.targets) != 1 or previous.note:
        return None
    if isinstance(node, tree.Return) and len(node.values) == 1:
        only = node.values[0]
        same = isinstance(only, tree.Name) and only.id == name.id
        return tree.Return((previous.value,)) if same and not isinstance(name.type, t.Array) else None
    if isinstance(node, tree.Assign) and isinstance(node.value, tree.Name) and node.value.id == name.id:
        target = node.targets[0]
        part = len(node.targets) == 1 and isinstance(target, (tree.Subscript, tree.Attribute))
        if part and not isinstance(name.type, t.Array):
            return tree.Assign(node.targets, previous.value, node.note)
    return None


class _Nesting:
    """Which locals of a body are left out."""

    def __init__(self, parent: Rng, share: float, body: Block) -> None:
        self.parent, self.share, self.length = parent, share, len(body)
        self.uses = _Uses(body)

    @cached_property
    def rng(self) -> Rng:
        """Made where it is needed: seeding one costs as much as the rest of this pass."""
        return self.parent.child("inlined", str(self.length))

    def left_out(self, node: tree.Assign, block: Block) -> str:
        """The local that a statement of a block sets, if it is left out."""
        name = _plain(node, self.uses)
        # It is read once, so that its only use is where it was seen last.
        return name if name and self.rng.chance(self.share) and self.uses.operands.get(name) is block else ""


def _block(nesting: _Nesting, body: Block) -> Block:
    kept: list[tree.Stmt] = []
    held: dict[str, tree.Expr] = {}
    for node in body:
        if held:
            for expression in _own(node):
                _replace(expression, held)
        if isinstance(node, tree.Assign):
            name = nesting.left_out(node, body)
            if name:
                held[name] = node.value
                continue
        elif isinstance(node, tree.If):
            node = tree.If(node.test, _block(nesting, node.body), _block(nesting, node.otherwise))
        elif isinstance(node, tree.For):
            node = tree.For(node.target, node.bounds, _block(nesting, node.body), node.iterator)
        elif isinstance(node, tree.While):
            node = tree.While(node.test, _block(nesting, node.body))
        kept.append(node)
    return tuple(kept)


def _plain(node: tree.Assign, uses: _Uses) -> str:
    """The local of a statement that names an element of an array that is only read, by indices that do not change."""
    value, name = node.value, node.targets[0]
    if not isinstance(value, tree.Subscript) or not isinstance(name, tree.Name) or len(node.targets) != 1 or node.note:
        return ""
    base = value.base
    if uses.times[name.id] != 2 or uses.sets[name.id] != 1 or isinstance(value.type, t.Array):
        return ""
    if not isinstance(base, tree.Name) or not isinstance(base.type, t.Array) or base.id in uses.changed:
        return ""
    return name.id if all(uses.sets.get(one, 0) <= 1 for one in _names(value.indices)) else ""


def _names(expressions: tuple[tree.Expr, ...]) -> Iterator[str]:
    for node in tree_walks.walk(*expressions):
        if isinstance(node, tree.Name):
            yield node.id
        elif isinstance(node, tree.Verbatim):
            yield from _IDENTIFIER.findall(node.text)


def _own(node: tree.Stmt) -> tuple[tree.Expr, ...]:
    """The expressions of a statement that are evaluated once, whatever is in its blocks."""
    if isinstance(node, (tree.While, tree.For)):
        return ()
    if isinstance(node, tree.Assign):
        return (*(one for one in node.targets if not isinstance(one, tree.Name)), node.value)
    if isinstance(node, tree.Augment):
        return (node.value,)
    return tree_walks.expressions(node)


def _replace(expression: tree.Expr, held: dict[str, tree.Expr]) -> None:
    """Put what a name stands for in its place, in the node that holds it."""
    if isinstance(expression, tree.Binary):
        if isinstance(expression.left, tree.Name) and expression.left.id in held:
            expression.left = held.pop(expression.left.id)  # type: ignore[misc]
        if isinstance(expression.right, tree.Name) and expression.right.id in held:
            expression.right = held.pop(expression.right.id)  # type: ignore[misc]
    elif isinstance(expression, tree.Call) and expression.function not in _BY_NAME:
        arguments = tuple(
            held.pop(one.id) if isinstance(one, tree.Name) and one.id in held else one for one in expression.arguments
        )
        expression.arguments = arguments  # type: ignore[misc]
    for child in tree_walks.children(expression):
        _replace(child, held)
