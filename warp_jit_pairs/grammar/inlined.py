"""Locals that only name an element which is read once are left out in programs whose writer nests expressions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import tree
from .parts import written

Block = tuple[tree.Stmt, ...]

_BY_NAME = frozenset({"wp.tile"})
"""Calls whose arguments Warp takes only as variables."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def inline(rng: Rng, body: Block, share: float) -> Block:
    """The body without that share of the locals for elements of arrays that are read once, in the same block.

    Only arrays that the kernel does not write, so that reading later gives the same.
    """
    if not share:
        return body
    changed = written(body)
    uses: Counter[str] = Counter()
    for node in tree.statements(body):
        within = tree.walk(*tree.expressions(node))
        _count(within, uses)
        changed.update(_passed(within))
    return _block(rng.child("inlined", str(len(body))), body, share, changed, uses, _sets(body))


def _sets(body: Block) -> Counter[str]:
    """How often each variable is set; what changes in a loop counts as set more than once."""
    sets: Counter[str] = Counter()
    for node in tree.statements(body):
        if isinstance(node, tree.Assign):
            sets.update(target.id for target in node.targets if isinstance(target, tree.Name))
        elif isinstance(node, (tree.Augment, tree.For)) and isinstance(node.target, tree.Name):
            sets[node.target.id] += 2
    return sets


def direct_ends(body: Block, uses: Counter[str]) -> Block:
    """The body without locals that are set once and only stored or given back by the very next statement."""
    once = Counter(uses)
    for name, times in _sets(body).items():
        if times > 1:
            del once[name]
    return _direct(body, once)


def _direct(body: Block, uses: Counter[str]) -> Block:
    kept: list[tree.Stmt] = []
    for node in body:
        if isinstance(node, tree.If):
            node = tree.If(node.test, _direct(node.body, uses), _direct(node.otherwise, uses))
        elif isinstance(node, tree.For):
            node = tree.For(node.target, node.bounds, _direct(node.body, uses), node.iterator)
        elif isinstance(node, tree.While):
            node = tree.While(node.test, _direct(node.body, uses))
        previous = kept[-1] if kept else None
        if isinstance(previous, tree.Assign) and len(previous.targets) == 1 and not previous.note:
            name = previous.targets[0]
            if isinstance(name, tree.Name) and uses[name.id] == 1 and not isinstance(name.type, t.Array):
                merged = _merged(node, name.id, previous.value)
                if merged is not None:
                    kept[-1] = merged
                    continue
        kept.append(node)
    return tuple(kept)


def _merged(node: tree.Stmt, name: str, value: tree.Expr) -> tree.Stmt | None:
    """The statement with a value in the place of the local that it stores or gives back as it is."""
    if isinstance(node, tree.Return) and len(node.values) == 1:
        only = node.values[0]
        return tree.Return((value,)) if isinstance(only, tree.Name) and only.id == name else None
    if isinstance(node, tree.Assign) and isinstance(node.value, tree.Name) and node.value.id == name:
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, (tree.Subscript, tree.Attribute)):
            return tree.Assign(node.targets, value, node.note)
    return None


def _block(rng: Rng, body: Block, share: float, changed: set[str], uses: Counter[str], sets: Counter[str]) -> Block:
    kept: list[tree.Stmt] = []
    held: dict[str, tree.Expr] = {}
    nodes = list(body)
    for place, node in enumerate(nodes):
        if held:
            for expression in _own(node):
                _replace(expression, held)
        if isinstance(node, tree.Assign) and _plain(node, changed, uses, sets) and rng.chance(share):
            target = node.targets[0]
            assert isinstance(target, tree.Name)
            if _used_here(nodes[place + 1 :], target.id):
                held[target.id] = node.value
                continue
        if isinstance(node, tree.If):
            node = tree.If(
                node.test,
                _block(rng, node.body, share, changed, uses, sets),
                _block(rng, node.otherwise, share, changed, uses, sets),
            )
        elif isinstance(node, tree.For):
            inner = _block(rng, node.body, share, changed, uses, sets)
            node = tree.For(node.target, node.bounds, inner, node.iterator)
        elif isinstance(node, tree.While):
            node = tree.While(node.test, _block(rng, node.body, share, changed, uses, sets))
        kept.append(node)
    return tuple(kept)


def _plain(node: tree.Assign, changed: set[str], uses: Counter[str], sets: Counter[str]) -> bool:
    """Whether the statement names an element of an array that is only read, by indices that do not change."""
    value = node.value
    if len(node.targets) != 1 or not isinstance(node.targets[0], tree.Name) or node.note:
        return False
    name = node.targets[0].id
    if uses[name] != 2 or sets[name] != 1 or not isinstance(value, tree.Subscript):
        return False
    base = value.base
    if not isinstance(base, tree.Name) or not isinstance(base.type, t.Array) or base.id in changed:
        return False
    if isinstance(value.type, t.Array):
        return False
    names: Counter[str] = Counter()
    _count(tree.walk(*value.indices), names)
    return all(sets[one] <= 1 for one in names)


def _own(node: tree.Stmt) -> tuple[tree.Expr, ...]:
    """The expressions of a statement that are evaluated once, whatever is in its blocks."""
    if isinstance(node, (tree.While, tree.For)):
        return ()
    if isinstance(node, tree.Assign):
        return (*(one for one in node.targets if not isinstance(one, tree.Name)), node.value)
    if isinstance(node, tree.Augment):
        return (node.value,)
    return tree.expressions(node)


def _used_here(rest: list[tree.Stmt], name: str) -> bool:
    """Whether the one use is inside an expression of a statement of the same block."""
    for node in rest:
        for expression in _own(node):
            if _inside(expression, name):
                return True
    return False


def _inside(expression: tree.Expr, name: str) -> bool:
    for node in tree.walk(expression):
        direct: tuple[tree.Expr, ...] = ()
        if isinstance(node, tree.Binary):
            direct = (node.left, node.right)
        elif isinstance(node, tree.Call) and node.function not in _BY_NAME:
            direct = node.arguments
        if any(isinstance(child, tree.Name) and child.id == name for child in direct):
            return True
    return False


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
    for child in tree.children(expression):
        _replace(child, held)


def _passed(expressions: list[tree.Expr]) -> Iterator[str]:
    """Arrays that functions are given, which they may write."""
    for node in expressions:
        if isinstance(node, tree.Call):
            for one in node.arguments:
                if isinstance(one, tree.Name) and isinstance(one.type, t.Array):
                    yield one.id


def _count(expressions: list[tree.Expr], into: Counter[str]) -> None:
    for node in expressions:
        if isinstance(node, tree.Name):
            into[node.id] += 1
        elif isinstance(node, tree.Verbatim):
            for name in _IDENTIFIER.findall(node.text):
                into[name] += 2
