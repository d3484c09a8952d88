"""What is known about values while rules write: lengths, values at hand, arguments, the weight of an expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from warp_jit_pairs import types as t
from warp_jit_pairs.errors import Rejected

from . import tree
from .tree import Expr

SOFT = 1e4
"""What a variable that a loop changes is taken to stay below: loops are short and their terms are bounded."""

WIDE = 1e15
"""A bound beyond which a value is taken to be unbounded."""


class NoValue(Rejected):
    """A value that cannot be had here: all laws of it need what is being derived, or an array would be too deep."""

    def __init__(self, name: str) -> None:
        super().__init__("grammar: no value", name)

    def __reduce__(self) -> tuple[type[Rejected], tuple[str, str]]:
        return Rejected, (self.reason, self.detail)


@dataclass(slots=True)
class Dim:
    """A length that arrays and the launch share. `fixed` ones must not be changed by who runs the program."""

    symbol: str
    size: int
    fixed: bool = False
    argument: Expr | None = None
    follows: tuple[str, int, int] | None = None
    called: str = "=n size count length num_items"
    """Names for the argument that says it."""


@dataclass(slots=True)
class Argument:
    """An argument of the kernel and what verification has to know about it."""

    name: str
    type: t.Type
    role: str
    group: str
    facts: dict[str, Any]


def weight(expr: Expr) -> int:
    """How much an expression has to read: names, literals and calls in it."""
    if isinstance(expr, (tree.Name, tree.Literal, tree.Verbatim)):
        return 1
    if isinstance(expr, tree.Call):
        return 1 + sum(map(weight, expr.arguments))
    if isinstance(expr, tree.Binary):
        return weight(expr.left) + weight(expr.right)
    if isinstance(expr, tree.Subscript):
        return weight(expr.base) + sum(map(weight, expr.indices))
    if isinstance(expr, tree.Attribute):
        return weight(expr.base)
    if isinstance(expr, tree.Unary):
        return weight(expr.operand)
    if isinstance(expr, tree.Conditional):
        return weight(expr.test) + weight(expr.then) + weight(expr.other)
    return 3
