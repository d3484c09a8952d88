"""Formulas as rows: what they take, what they give, what the result means.

Types are letters, so that one row serves every precision and dimension of a program: r the real scalar, d a real above
zero, v the program's vector, w a vector of 3, m its square matrix, q quaternion, x transform, s spatial vector, i int,
u uint32; f and p are r and v in single precision. A row's `build` gets the body under construction and its operands;
where an operand's range does not suffice it puts a guard in, as people do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .build import Body
from .kernel import Kernel
from .tree import Expr

Build = Callable[..., Expr]


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """`takes` and `gives` are type letters; `kind` names the result; `tags` say where it is at home."""

    name: str
    takes: str
    gives: str
    kind: str
    build: Build
    tags: frozenset[str]
    weight: float = 1.0


FORMULAS: list[Formula] = []


def rows(tags: str, *table: tuple[Any, ...]) -> None:
    """Register rows (name, "takes>gives", kind, build[, weight])."""
    for name, contract, kind, build, *rest in table:
        takes, gives = contract.split(">")
        FORMULAS.append(Formula(name, takes, gives, kind, build, frozenset(tags.split()), *rest))


def coefficient(k: Body, kind: str = "parameter", *values: float) -> Expr:
    """A number that tunes a formula: a literal in functions, whatever the kernel likes in kernels."""
    values = values or (0.5, 2.0, 0.25, 1.5, 0.1, 3.0, 0.75)
    if isinstance(k, Kernel):
        return k.parameter(kind, min(values), max(values), *values)
    return k.choose_lit(*values)
