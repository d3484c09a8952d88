"""Steps: how formulas become statements of a body, and how what is left at the end becomes one result.

A `Palette` is a program's own subset of formulas with weights of its own (swarm testing: each program draws another
subset, so that features meet in unusual combinations).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import tree
from .build import Body, Value, weight
from .formulas import FORMULAS, Formula
from .kernel import Kernel
from .tree import Expr


@cache
def _eligible(tags: tuple[tuple[str, float], ...], letters: str) -> tuple[tuple[Formula, float], ...]:
    """Formulas of these tags whose types are among these letters, with their weights."""
    home = dict(tags)
    rows = [(formula, max((home[tag] for tag in formula.tags if tag in home), default=0.0)) for formula in FORMULAS]
    return tuple(
        (formula, share * formula.weight)
        for formula, share in rows
        if share > 0.0 and set(formula.gives + formula.takes) <= set(letters)
    )


class Palette:
    """The formulas that one program draws from, by what they give.

    With `most`, only those that take no more operands of a type than that.
    """

    def __init__(
        self, rng: Rng, tags: dict[str, float], letters: dict[str, t.Type], most: dict[str, int] | None = None
    ) -> None:
        self.letters = {**letters, "d": letters["r"]} if "r" in letters else letters
        self.by_result: dict[str, dict[Formula, float]] = {}
        self.all: dict[Formula, float] = {}
        keep = rng.choose((0.15, 0.25, 0.4, 0.6))
        for formula, weighing in _eligible(tuple(tags.items()), "".join(self.letters)):
            if most is not None and any(formula.takes.count(letter) > n for letter, n in most.items()):
                continue
            # One draw decides both whether a formula is in and how often it comes.
            draw = rng.random()
            if draw < keep or not self.all:
                value = weighing * (0.3 + 1.7 * (draw / keep if draw < keep else draw))
                self.all[formula] = value
                self.by_result.setdefault(formula.gives, {})[formula] = value

    def type(self, letter: str) -> t.Type:
        return self.letters[letter]


def operand(k: Body, palette: Palette, letter: str, depth: int) -> Expr:
    """An operand of a formula: another formula nested, a value at hand, or something read anew."""
    if depth > 0 and letter in palette.by_result and k.rng.chance(0.22):
        nested: Expr = build(k, palette, k.rng.weighted(palette.by_result[letter]), depth - 1)
        return nested
    value: Expr = k.want(palette.type(letter), _ROLE.get(letter, "scalar"))
    return k.bounded(value)


def denominator(k: Body, real: t.Type, alone: bool) -> Expr:
    """A number above zero: at hand, or read from an array of masses, radii and the like."""
    known = [value for value in k.at_hand(real) if value.expr.low >= 0.05]
    if known and k.rng.chance(0.6):
        chosen = k.rng.choose(known)
        chosen.uses += 1
        return chosen.expr
    kind = k.rng.choose(("mass", "radius", "scale", "density", "weight", "size", "temperature", "limit"))
    if not isinstance(k, Kernel):
        return k.positive(k.want(real, kind))
    if not alone and k.rng.chance(0.4):
        return k.parameter(kind, 0.25, 2.0, 0.5, 1.5, 2.0)
    value = k.load(kind, real, 0.25, 2.0)
    k.put(kind, value)
    k.pool[-1].uses += 1
    return value


def alike(a: Expr, b: Expr) -> bool:
    """Whether two expressions have the same value, being the same variable, element, operation or what names it."""
    if isinstance(a, tree.Name) and isinstance(b, tree.Name) and a.id == b.id:
        return True
    if isinstance(a, tree.Name) and a.stands_for is not None:
        return alike(a.stands_for, b)
    if isinstance(b, tree.Name) and b.stands_for is not None:
        return alike(a, b.stands_for)
    if isinstance(a, tree.Subscript) and isinstance(b, tree.Subscript):
        same = len(a.indices) == len(b.indices) and alike(a.base, b.base)
        return same and all(alike(x, y) for x, y in zip(a.indices, b.indices, strict=True))
    if isinstance(a, tree.Attribute) and isinstance(b, tree.Attribute):
        return a.name == b.name and alike(a.base, b.base)
    if isinstance(a, tree.Literal) and isinstance(b, tree.Literal):
        return a.value == b.value
    if isinstance(a, tree.Binary) and isinstance(b, tree.Binary):
        return a.operator == b.operator and alike(a.left, b.left) and alike(a.right, b.right)
    if isinstance(a, tree.Call) and isinstance(b, tree.Call):
        same = a.function == b.function and len(a.arguments) == len(b.arguments) > 0 and not a.keywords
        return same and all(map(alike, a.arguments, b.arguments))
    return False


_ROLE = {
    "r": "scalar",
    "v": "vector",
    "w": "vector",
    "m": "matrix",
    "q": "quaternion",
    "x": "transform",
    "s": "spatial",
    "i": "integer",
    "u": "bits",
    "n": "matrix",
}


def _operand_unlike(
    k: Body, palette: Palette, formula: Formula, letter: str, depth: int, others: Sequence[Expr]
) -> Expr:
    """An operand that is not one of those chosen before: x - x or x / x is nothing that people write."""
    for _ in range(4):
        if letter == "d":
            value = denominator(k, palette.type(letter), len(formula.takes) == 1)
        else:
            value = operand(k, palette, letter, depth)
        if not any(alike(value, other) for other in others):
            return value
    if letter == "d" and isinstance(k, Kernel):
        return k.load("scale", palette.type(letter), 0.25, 2.0)
    return k.fresh(palette.type(letter), _ROLE.get(letter, "scalar"))


def build(k: Body, palette: Palette, formula: Formula, depth: int = 1) -> Expr:
    """The expression of a formula; operands that read too long get a name first."""
    operands: list[Expr] = []
    for letter in formula.takes:
        value = _operand_unlike(k, palette, formula, letter, depth, operands)
        if weight(value) > 2 or (weight(value) == 2 and k.rng.chance(0.4)):
            value = k.let(_ROLE.get(letter, "scalar"), value)
        operands.append(value)
    result = formula.build(k, *operands)
    if result.type != palette.type(formula.gives):
        raise TypeError(f"formula {formula.name} ({formula.takes}) gave a {result.type}, not {formula.gives}")
    return result


def step(k: Body, palette: Palette, gives: str | None = None) -> Expr:
    """One formula, its result named and offered to later steps."""
    table = palette.by_result[gives] if gives else palette.all
    for _ in range(4):
        formula = k.rng.weighted(table)
        expr = build(k, palette, formula)
        if not pointless(expr):
            break
    value = k.let(formula.kind, expr)
    k.put(formula.kind, value)
    k.shared.features.append(formula.name)
    return value


def pointless(expr: Expr) -> bool:
    """Whether the ranges of its operands (nearly) decide a part of an expression, so that nobody would write it."""
    if t.is_float(expr.type) and expr.high - expr.low < 0.01:
        return not isinstance(expr, tree.Literal)
    if isinstance(expr, tree.Conditional):
        return decided(expr.test) or pointless(expr.then) or pointless(expr.other)
    if isinstance(expr, tree.Binary):
        return pointless(expr.left) or pointless(expr.right)
    if isinstance(expr, tree.Unary):
        return pointless(expr.operand)
    return isinstance(expr, tree.Call) and (_settled(expr) or any(map(pointless, expr.arguments)))


def _settled(expr: tree.Call) -> bool:
    name, arguments = expr.function.removeprefix("wp."), expr.arguments
    if name in ("abs", "sign", "step", "nonzero"):
        return arguments[0].low >= 0.0 or arguments[0].high <= 0.0
    if name == "copysign":
        return arguments[1].low >= 0.0
    if name in ("floor", "ceil", "round", "rint", "trunc", "int"):
        return arguments[0].high - arguments[0].low < 1.5
    if name == "where":
        return decided(arguments[0])
    if name in ("min", "max") and len(arguments) == 2:
        a, b = arguments
        return a.low >= b.high or b.low >= a.high
    if name in ("clamp", "smoothstep"):
        value, low, high = arguments if name == "clamp" else (arguments[2], arguments[0], arguments[1])
        if value.high <= low.low or value.low >= high.high:
            return True
        inside = value.low >= low.high and value.high <= high.low
        return inside if name == "clamp" and inside else value.high - value.low > 25.0 * (high.high - low.low)
    return False


def decided(test: Expr) -> bool:
    """Whether the ranges of what a test compares settle it."""
    if not isinstance(test, tree.Binary):
        return False
    return test.left.low >= test.right.high or test.left.high <= test.right.low


def convert(k: Body, value: Expr, to: t.Type) -> Expr | None:
    """A value as another type, where people have a usual way; None where not."""
    source = value.type
    if source == to:
        return value
    if isinstance(to, t.Scalar) and to.kind == "f":
        if isinstance(source, t.Scalar):
            return k.cast(value, to)
        if isinstance(source, (t.Vector, t.Quat, t.SpatialVector)) and source.scalar == to:
            if isinstance(source, t.Vector) and k.rng.chance(0.3):
                return k.component(value, k.rng.integer(0, source.length - 1))
            name = k.rng.choose(("length", "length_sq")) if not isinstance(source, t.SpatialVector) else "length"
            return k.call(name, value)
        if isinstance(source, t.Matrix) and source.scalar == to:
            if source.rows == source.cols and k.rng.chance(0.7):
                return k.call("trace", value)
            return k.call("ddot", value, value)
        if isinstance(source, t.Transform):
            return k.call("length", k.call("transform_get_translation", value))
    return None


def merge(k: Body, to: t.Type, values: Sequence[Value]) -> Expr:
    """One value of a type out of several, as a sum, product, minimum or choice."""
    result: Expr | None = None
    factors: list[Expr] = []
    for item in values:
        item.uses += 1
        expr = convert(k, item.expr, to)
        if expr is None:
            factor = convert(k, item.expr, to.scalar)
            factors += [] if factor is None else [factor]
        elif result is None:
            result = expr
        else:
            result = _join(k, k.let("sum", result) if weight(result) > 7 else result, expr)
    if result is None:
        result = k.want(to, "scalar")
    # A number makes no vector: it scales what there is.
    for factor in factors:
        result = (k.let("sum", result) if weight(result) > 7 else result) * factor
    return result


def _join(k: Body, a: Expr, b: Expr) -> Expr:
    how = k.rng.random()
    if how < 0.4:
        return a + b
    if how < 0.6:
        return a - b
    if how < 0.75 and t.is_float(a.type):
        return a + b * k.choose_lit(0.5, 0.1, 2.0, 0.25)
    if how < 0.93:
        return a + b
    if isinstance(a.type, (t.Scalar, t.Vector)):
        return k.call(k.rng.choose(("max", "min")), a, b)
    return a - b
