"""What the words and numbers of a sheet stand for in a program: types, rows of numbers, constants."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cache

from warp_jit_pairs import types as t

from . import tree
from .tree import Expr


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of numbers that a law indexes, and how many there are."""

    base: Expr
    count: Expr

    def at(self, index: Expr) -> Expr:
        base = self.base
        if isinstance(base, tree.Subscript):
            return tree.index(base.base, (*base.indices, index))
        return tree.index(base, (index,))


Bound = Expr | Row


@cache
def named_type(name: str, real: t.Scalar) -> t.Type | None:
    """The type that a sheet's word stands for, in a precision."""
    if name in ("real", "int", "uint", "bool"):
        return {"real": real, "int": t.I32, "uint": t.U32, "bool": t.BOOL}[name]
    if name[:3] == "vec" and name[3:].isdigit():
        return t.vec(int(name[3:]), real)
    if name[:3] == "mat" and len(name) == 5:
        return t.mat(int(name[3]), int(name[4]), real)
    return {"quat": t.quat(real), "transform": t.transform(real), "spatial": t.spatial(real)}.get(name)


_FACTORS = frozenset(
    {1664525, 1013904223, 747796405, 2891336453, 277803737, 16777619, 2166136261, 22695477, 1103515245, 69069}
)
"""What people write in decimals though it is large: factors and increments of generators."""


def is_mask(value: object) -> bool:
    """Whether people write an unsigned constant in hexadecimal."""
    if not isinstance(value, int) or value in _FACTORS:
        return False
    return value > 0xFFFF or (value > 0xFE and value & (value + 1) == 0)


def is_whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def whole_number(node: ast.expr, like: t.Type) -> Expr:
    """A whole number in the type of another value and the base in which the law has it."""
    assert isinstance(node, ast.Constant)
    made = tree.literal(node.value, like)  # type: ignore[arg-type]
    if not node.kind or not t.is_integer(like):
        return made
    if isinstance(made, tree.Call):
        return replace(made, arguments=(replace(made.arguments[0], text=node.kind),))  # type: ignore[call-arg]
    return replace(made, text=node.kind)  # type: ignore[call-arg]
