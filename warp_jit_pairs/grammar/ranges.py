"""What values an expression can have: interval rules for operators and builtins.

Ranges only widen what is provable; an unknown builtin gives everything. Rules ask them before they take a root, divide
or exponentiate, and put a guard where the range does not prove it safe.
"""

from __future__ import annotations

from collections.abc import Callable
from math import asin, atan, cos, degrees, erf, exp, inf, isfinite, log, pi, radians, sin, sqrt, tanh

from warp_jit_pairs import types as t

Range = tuple[float, float]
EVERYTHING: Range = (-inf, inf)
UNKNOWN: Range = (-1e3, 1e3)
"""What a builtin without a row here gives for the moderate values that kernels see."""

_FIXED: dict[str, Range] = {
    "sin": (-1.0, 1.0),
    "tanh": (-1.0, 1.0),
    "erf": (-1.0, 1.0),
    "erfc": (0.0, 2.0),
    "acos": (0.0, pi),
    "asin": (-pi / 2, pi / 2),
    "atan": (-pi / 2, pi / 2),
    "atan2": (-pi, pi),
    "frac": (-1.0, 1.0),
    "smoothstep": (0.0, 1.0),
    "step": (0.0, 1.0),
    "sign": (-1.0, 1.0),
    "nonzero": (0.0, 1.0),
    "normalize": (-1.0, 1.0),
    "randf": (0.0, 1.0),
    "randn": (-7.0, 7.0),
    "noise": (-1.5, 1.5),
    "pnoise": (-1.5, 1.5),
    "sample_unit_sphere": (-1.0, 1.0),
    "sample_unit_sphere_surface": (-1.0, 1.0),
    "sample_unit_disk": (-1.0, 1.0),
    "sample_unit_ring": (-1.0, 1.0),
    "sample_unit_hemisphere": (-1.0, 1.0),
    "sample_unit_hemisphere_surface": (-1.0, 1.0),
    "sample_unit_square": (-0.5, 0.5),
    "sample_unit_cube": (-0.5, 0.5),
    "sample_triangle": (0.0, 1.0),
    "bit_count": (0.0, 64.0),
    "quat_to_matrix": (-4.0, 4.0),
    "quat_from_axis_angle": (-2.0, 2.0),
}
_RISING: dict[str, tuple[Callable[[float], float], float]] = {
    "tanh": (tanh, inf),
    "erf": (erf, inf),
    "atan": (atan, inf),
    "sin": (sin, 1.5),
    "asin": (asin, 1.0),
    "degrees": (degrees, inf),
    "radians": (radians, inf),
}
"""Functions that rise with their argument, as far from zero as they do."""

_MONOTONE = {"floor", "ceil", "round", "rint", "trunc", "cbrt"}


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0.0 or b == 0.0 else a * b


def binary(operator: str, a: Range, b: Range, result: t.Type, terms: int = 1) -> Range:
    """The range of `a operator b`; `terms` products are summed for matrices."""
    if operator == "+":
        return a[0] + b[0], a[1] + b[1]
    if operator == "-":
        return a[0] - b[1], a[1] - b[0]
    if operator in "*@":
        corners = [_times(a[0], b[0]), _times(a[0], b[1]), _times(a[1], b[0]), _times(a[1], b[1])]
        return terms * min(corners), terms * max(corners)
    if operator == "/" and (b[0] > 0.0 or b[1] < 0.0):
        corners = [_times(a[0], 1 / b[0]), _times(a[0], 1 / b[1]), _times(a[1], 1 / b[0]), _times(a[1], 1 / b[1])]
        return min(corners), max(corners)
    if operator == "%" and b[0] > 0.0:
        bound = b[1] - 1.0 if t.is_integer(result) else b[1]
        return (0.0 if a[0] >= 0.0 else -bound), bound
    if operator == "//" and b[0] >= 1.0 and a[0] >= 0.0:
        return 0.0, a[1]
    if operator == "&" and b[0] >= 0.0:
        return 0.0, b[1]
    if operator == ">>" and a[0] >= 0.0:
        return 0.0, a[1]
    return EVERYTHING


def call(builtin: str, arguments: list[Range], types: list[t.Type]) -> Range:
    """The range of a builtin's result."""
    if builtin in _RISING and isfinite(arguments[0][0]) and isfinite(arguments[0][1]):
        return _rising(builtin, *arguments[0])
    if builtin in _FIXED:
        return _FIXED[builtin]
    if not arguments:
        return UNKNOWN
    low, high = arguments[0]
    bound = max(abs(low), abs(high))
    if builtin == "cos":
        return (round(cos(bound), 4), 1.0) if bound < 3.0 else (-1.0, 1.0)
    if builtin == "log" and low > 0.0 and isfinite(high):
        return round(log(low), 4), round(log(high), 4)
    if builtin in _MONOTONE:
        return low - 1.0, high + 1.0
    if builtin == "abs":
        return (0.0 if low <= 0.0 <= high else min(abs(low), abs(high))), bound
    if builtin == "sqrt":
        return sqrt(max(low, 0.0)), (sqrt(high) if isfinite(high) and high > 0 else inf)
    if builtin == "exp":
        return exp(min(max(low, -100.0), 100.0)) if isfinite(low) else 0.0, (exp(high) if high < 100.0 else inf)
    if builtin in ("min", "max", "lerp", "clamp", "where") and len(arguments) > 1:
        return _choice(builtin, arguments)
    if builtin in ("length", "norm_l2"):
        return 0.0, sqrt(_components(types[0])) * bound
    if builtin in ("length_sq", "dot", "norm_l1", "trace", "ddot"):
        other = arguments[-1]
        total = _components(types[0]) * bound * (1.0 if builtin == "norm_l1" else max(abs(other[0]), abs(other[1])))
        return (0.0 if builtin in ("length_sq", "norm_l1") else -total), total
    if builtin == "cross":
        other = arguments[1]
        total = 2.0 * bound * max(abs(other[0]), abs(other[1]))
        return -total, total
    if builtin in ("quat_rotate", "quat_rotate_inv"):
        other = arguments[1]
        total = 2.0 * max(abs(other[0]), abs(other[1]))
        return -total, total
    if builtin in ("transpose", "get_diag"):
        return low, high
    if builtin in ("diag", "skew"):
        return -bound, bound
    if builtin in ("cw_mul", "outer"):
        return binary("*", arguments[0], arguments[1], types[0])
    return UNKNOWN


def _rising(builtin: str, low: float, high: float) -> Range:
    """The range of a rising function, or the widest that it has."""
    function, reach = _RISING[builtin]
    if -reach <= low and high <= reach:
        # Rounded, because the last digits differ between C libraries.
        return round(function(low), 4), round(function(high), 4)
    return _FIXED.get(builtin, UNKNOWN)


def _choice(builtin: str, arguments: list[Range]) -> Range:
    a, b = arguments[0], arguments[1]
    if builtin == "min":
        return min(a[0], b[0]), min(a[1], b[1])
    if builtin == "max":
        return max(a[0], b[0]), max(a[1], b[1])
    if builtin == "clamp":
        return max(min(a[0], arguments[2][1]), b[0]), min(max(a[1], b[0]), arguments[2][1])
    if builtin == "where":
        a, b = arguments[1], arguments[2]
    return min(a[0], b[0]), max(a[1], b[1])


def _components(value: t.Type) -> int:
    if isinstance(value, t.Vector):
        return value.length
    if isinstance(value, t.Matrix):
        return value.rows * value.cols
    return 6 if isinstance(value, t.SpatialVector) else 4
