"""Walks over the program tree: what is inside a node, in the order in which it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from .tree import (
    Assign,
    Attribute,
    Augment,
    Binary,
    Call,
    Conditional,
    Do,
    Expr,
    For,
    If,
    Literal,
    Logical,
    Name,
    Return,
    Slice,
    Stmt,
    Subscript,
    TupleOf,
    Unary,
    While,
)

_CHILDREN: dict[type, Callable[[Any], tuple[Expr, ...]]] = {
    Subscript: lambda node: (node.base, *node.indices),
    Call: lambda node: (*node.arguments, *(value for _, value in node.keywords)) if node.keywords else node.arguments,
    Binary: lambda node: (node.left, node.right),
    Attribute: lambda node: (node.base,),
    Unary: lambda node: (node.operand,),
    Logical: lambda node: node.operands,
    Conditional: lambda node: (node.then, node.test, node.other),
    TupleOf: lambda node: node.items,
    Slice: lambda node: tuple(bound for bound in (node.start, node.stop) if bound is not None),
}


def children(node: Expr) -> tuple[Expr, ...]:
    """The expressions right inside an expression, in the order in which they are written."""
    parts = _CHILDREN.get(type(node))
    return parts(node) if parts is not None else ()


def walk(*roots: Expr) -> list[Expr]:
    """Expressions and all that is inside them, those that hold others before these."""
    found = list(roots)
    for node in found:
        # A list may grow while it is gone through; a generator for each level costs several times as much.
        parts = _CHILDREN.get(type(node))
        if parts is not None:
            found.extend(parts(node))
    return found


def root(target: Expr) -> Expr:
    """What a subscript or attribute is a part of in the end."""
    whole: Any = target
    while type(whole) is Subscript or type(whole) is Attribute:
        whole = whole.base
    return whole  # type: ignore[no-any-return]


def statements(body: tuple[Stmt, ...]) -> list[Stmt]:
    """The statements of a body and of all blocks within it, in the order in which they are written."""
    found: list[Stmt] = []
    _gather(body, found)
    return found


def _gather(body: tuple[Stmt, ...], found: list[Stmt]) -> None:
    for node in body:
        found.append(node)
        if isinstance(node, If):
            _gather(node.body, found)
            _gather(node.otherwise, found)
        elif isinstance(node, (For, While)):
            _gather(node.body, found)


def expressions(node: Stmt) -> tuple[Expr, ...]:
    """The expressions right inside a statement."""
    if isinstance(node, Assign):
        return (*node.targets, node.value)
    if isinstance(node, Augment):
        return (node.target, node.value)
    if isinstance(node, Do):
        return (node.value,)
    if isinstance(node, (If, While)):
        return (node.test,)
    if isinstance(node, For):
        return (node.target, *node.bounds, *((node.iterator,) if node.iterator is not None else ()))
    return node.values if isinstance(node, Return) else ()


def describe(node: object) -> str:
    """A node for an error message: its kind and its parts, two levels deep."""
    return _describe(node, 3)


def _describe(node: object, depth: int) -> str:
    if isinstance(node, Name):
        return node.id
    if isinstance(node, Literal):
        return repr(node.value)
    if isinstance(node, tuple):
        return "(" + ", ".join(_describe(item, depth) for item in node) + ")"
    if not isinstance(node, (Expr, Stmt)):
        return str(node)
    if depth == 0:
        return "..."
    parts = [getattr(node, f.name) for f in fields(node) if f.name not in ("type", "low", "high")]
    return f"{type(node).__name__}({', '.join(_describe(part, depth - 1) for part in parts)})"
