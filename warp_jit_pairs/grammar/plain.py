"""Numbers that no loop changes are written as they are: only what a loop changes has to be made dynamic for Warp."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from . import tree

Block = tuple[tree.Stmt, ...]


def plain(body: Block, dynamic: AbstractSet[str]) -> Block:
    """The body with `x = float(0.0)` as `x = 0.0` for those names that are never changed in a loop or in place."""
    names = dynamic - set(_changed(body, False)) if dynamic else frozenset[str]()
    return _written(body, names) if names else body


def _changed(body: Block, looped: bool) -> Iterator[str]:
    for node in body:
        if isinstance(node, tree.Augment) and isinstance(node.target, tree.Name):
            yield node.target.id
        elif isinstance(node, tree.Assign) and looped:
            yield from (target.id for target in node.targets if isinstance(target, tree.Name))
        elif isinstance(node, tree.If):
            yield from _changed(node.body, looped)
            yield from _changed(node.otherwise, looped)
        elif isinstance(node, (tree.For, tree.While)):
            yield from _changed(node.body, True)


def _written(body: Block, names: AbstractSet[str]) -> Block:
    return tuple(_statement(node, names) for node in body)


def _statement(node: tree.Stmt, names: AbstractSet[str]) -> tree.Stmt:
    if isinstance(node, tree.If):
        return replace(node, body=_written(node.body, names), otherwise=_written(node.otherwise, names))
    if isinstance(node, tree.Assign) and isinstance(node.value, tree.Call) and len(node.targets) == 1:
        target, arguments = node.targets[0], node.value.arguments
        made = len(arguments) == 1 and isinstance(arguments[0], tree.Literal)
        if made and isinstance(target, tree.Name) and target.id in names:
            return replace(node, value=arguments[0])
    return node
