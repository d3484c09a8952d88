"""Named functions of one element that kernels map over tiles: activations, losses, tone curves, updates, blends.

A law knows what it is called, what its operands and coefficients are, and what it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .tile_ops import function_name, op
from .tree import Expr

Write = Callable[..., Expr]
Plain = Callable[..., "_Tiled"]
Number = tuple[str, float, float, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Law:
    """`inputs` are the kinds of its operands with their ranges, `numbers` those of its coefficients."""

    titles: str
    write: Write
    inputs: tuple[tuple[str, float, float], ...]
    out: str
    numbers: tuple[Number, ...] = ()
    builtin: str = ""
    plain: Plain | None = None


def use(k: Kernel, law: Law, values: Sequence[Expr]) -> Expr:
    """A law applied to tiles: by operators, a builtin or a function of the program."""
    rng = k.rng
    tile = values[0].type
    assert isinstance(tile, t.Tile)
    if law.plain is not None and rng.chance(0.7):
        return law.plain(*(_Tiled(v) for v in values)).expr
    if law.builtin and rng.chance(0.75):
        return op("tile_map", tile, function_name(f"wp.{law.builtin}"), *values)
    inner: list[Expr | None] = []
    given: list[Expr] = []
    parameters = [(_inner(k, kind), k.real, low, high) for kind, low, high in law.inputs]
    for kind, low, high, choices in law.numbers:
        how = rng.weighted({"argument": 3.0, "literal": 1.5, "constant": 1.5})
        value = rng.choose(choices)
        if how == "argument":
            given.append(k.scalar(kind, k.real, low, high))
            parameters.append((kind, k.real, low, high))
            inner.append(None)
        else:
            inner.append(k.constant(value, k.real, kind) if how == "constant" else k.lit(value))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        rest = iter(names[len(law.inputs) :])
        numbers = [value if value is not None else next(rest) for value in inner]
        result = law.write(body, *names[: len(law.inputs)], *numbers)
        return [body.let("=result out_v y r", result) if rng.chance(0.12) else result]

    made = helper(k, parameters, write, titles=law.titles.split())
    return op("tile_map", tile, function_name(made.name), *values, *given)


def _inner(k: Kernel, kind: str) -> str:
    """What an operand is called inside the function: its short name, or a letter."""
    words = [word for word in kind[1:].split() if "{" not in word]
    single = [word for word in words if len(word) <= 2]
    return "=" + " ".join([*single, *words]) if k.rng.chance(0.6) else "=" + " ".join(words)


class _Tiled:
    """Tiles under operators, whose ranges are nobody's business."""

    def __init__(self, expr: Expr) -> None:
        self.expr = expr

    def _with(self, operator: str, other: _Tiled | float, turned: bool = False) -> _Tiled:
        tile = self.expr.type
        right = other.expr if isinstance(other, _Tiled) else tree.literal(other, tile)
        left, right = (right, self.expr) if turned else (self.expr, right)
        return _Tiled(tree.Binary(tile, -1e4, 1e4, operator, left, right))

    def __add__(self, other: _Tiled | float) -> _Tiled:
        return self._with("+", other)

    def __sub__(self, other: _Tiled | float) -> _Tiled:
        return self._with("-", other)

    def __mul__(self, other: _Tiled | float) -> _Tiled:
        return self._with("*", other)

    def __neg__(self) -> _Tiled:
        return _Tiled(-self.expr)
