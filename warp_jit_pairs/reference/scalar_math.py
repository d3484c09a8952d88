"""Scalar builtins on NumPy scalars: Warp's definitions, which are C's where Python's differ.

`TABLE` maps a builtin's name to its function; each keeps the type of its argument. Functions of vectors are left to
`linear.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .faults import Unsupported
from .scalars import INT_BITS, BFloat16, wrap_int
from .vectors import Block, raw

Scalar = Any


def _float_function(function: Callable[[Any], Any]) -> Callable[[Scalar], Scalar]:
    def apply(x: Scalar) -> Scalar:
        if type(x) is BFloat16:
            return BFloat16(function(x.v))
        if not isinstance(x, np.floating):
            raise Unsupported("float function of another type", type(x).__name__)
        return type(x)(function(x))

    return apply


def _clamped(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(np.clip(x, -1.0, 1.0))


def _round_half_away(x: Any) -> Any:
    whole = np.trunc(x)
    return whole + np.copysign(type(x)(1), x) if abs(x - whole) >= 0.5 else whole


def _double(function: Callable[[float], float]) -> Callable[[Any], Any]:
    return lambda x: function(float(x))


def inverse_erf(y: float) -> float:
    """Solve erf(x) = y by bisection and Newton steps."""
    if not -1.0 < y < 1.0:
        return math.copysign(math.inf, y) if abs(y) == 1.0 else math.nan
    guess = math.copysign(math.sqrt(-math.log((1.0 - y) * (1.0 + y))) * 0.9, y) if y else 0.0
    for _ in range(60):
        error = math.erf(guess) - y if abs(y) < 0.5 else math.copysign(1, y) * ((1 - abs(y)) - math.erfc(abs(guess)))
        step = error * math.sqrt(math.pi) / 2.0 * math.exp(min(guess * guess, 700.0))
        guess -= max(-0.5, min(0.5, step))
        if abs(step) < 1e-16 * max(1.0, abs(guess)):
            break
    return guess


def _inverse_erfc(y: float) -> float:
    if y >= 0.5:
        return inverse_erf(1.0 - y)
    if y <= 0.0:
        return math.inf if y == 0.0 else math.nan
    low, high = 0.0, 28.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if math.erfc(middle) > y else (low, middle)
    return 0.5 * (low + high)


def absolute(x: Any) -> Any:
    if isinstance(x, Block):
        return x.of(np.abs(x.a))
    return BFloat16(abs(x.v)) if type(x) is BFloat16 else abs(x)


def sign(x: Any) -> Any:
    """+1 for zero too."""
    if isinstance(x, Block):
        return x.of(np.where(x.a < 0, -1, 1).astype(x.a.dtype))
    return type(x)(-1) if x < 0 else type(x)(1)


def step(x: Any) -> Any:
    return type(x)(1) if x < 0 else type(x)(0)


def nonzero(x: Any) -> Any:
    return type(x)(0) if x == 0 else type(x)(1)


def minimum(a: Any, *rest: Any) -> Any:
    """Of two values or of a vector's components; NaN counts as missing."""
    if isinstance(a, Block):
        return a.item(np.fmin.reduce(a.a)) if not rest else a.of(np.fmin(a.a, rest[0].a))
    b = rest[0]
    if a != a:
        return b
    return a if (b != b or a <= b) else b


def maximum(a: Any, *rest: Any) -> Any:
    if isinstance(a, Block):
        return a.item(np.fmax.reduce(a.a)) if not rest else a.of(np.fmax(a.a, rest[0].a))
    b = rest[0]
    if a != a:
        return b
    return a if (b != b or a >= b) else b


def clamp(x: Any, low: Any, high: Any) -> Any:
    return minimum(maximum(low, x), high)


def arctan2(y: Any, x: Any) -> Any:
    if type(y) is BFloat16:
        return BFloat16(np.arctan2(y.v, raw(x)))
    return type(y)(np.arctan2(y, x))


def copysign(x: Any, y: Any) -> Any:
    return BFloat16(np.copysign(x.v, y.v)) if type(x) is BFloat16 else np.copysign(x, y)


def lerp(a: Any, b: Any, t: Any) -> Any:
    one = type(t)(1)
    return a * (one - t) + b * t


def smoothstep(edge0: Any, edge1: Any, x: Any) -> Any:
    kind = type(x)
    t = clamp((x - edge0) / (edge1 - edge0), kind(0), kind(1))
    return t * t * (kind(3) - kind(2) * t)


def _classify(function: Callable[[Any], Any], combine: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def apply(x: Any) -> Any:
        if isinstance(x, Block):
            return np.bool_(combine(function(x.a)))
        return np.bool_(function(raw(x)))

    return apply


def bit_count(x: Any) -> Any:
    return np.int32((int(x) & ((1 << INT_BITS[type(x)]) - 1)).bit_count())


def invert(x: Any) -> Any:
    return wrap_int(type(x), ~int(x)) if type(x) in INT_BITS else ~x


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": _clamped(np.arcsin),
    "acos": _clamped(np.arccos),
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "exp": np.exp,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "rint": np.rint,
    "round": _round_half_away,
    "frac": lambda x: x - np.trunc(x),
    "degrees": lambda x: x * type(x)(180.0 / math.pi),
    "radians": lambda x: x * type(x)(math.pi / 180.0),
    "erf": _double(math.erf),
    "erfc": _double(math.erfc),
    "erfinv": _double(inverse_erf),
    "erfcinv": _double(_inverse_erfc),
}

TABLE: dict[str, Callable[..., Any]] = {name: _float_function(function) for name, function in _FUNCTIONS.items()} | {
    "abs": absolute,
    "sign": sign,
    "step": step,
    "nonzero": nonzero,
    "min": minimum,
    "max": maximum,
    "clamp": clamp,
    "atan2": arctan2,
    "copysign": copysign,
    "lerp": lerp,
    "smoothstep": smoothstep,
    "isfinite": _classify(np.isfinite, np.all),
    "isnan": _classify(np.isnan, np.any),
    "isinf": _classify(np.isinf, np.any),
    "bit_count": bit_count,
    "invert": invert,
}
