"""Scalar formulas: algebra, transcendental functions, windows, activations, rates."""

from __future__ import annotations

from .build import Body
from .formulas import coefficient as c
from .formulas import rows
from .tree import Expr

K = Body

rows(
    "arithmetic",
    ("sum", "rr>r", "sum", lambda k, a, b: a + b),
    ("difference", "rr>r", "delta", lambda k, a, b: a - b, 1.5),
    ("product", "rr>r", "scalar", lambda k, a, b: a * b),
    ("scaled", "r>r", "scalar", lambda k, a: a * c(k, "scale"), 1.5),
    ("shifted", "r>r", "scalar", lambda k, a: a + c(k, "offset", 0.5, 1.0, -1.0, 2.0)),
    ("axpy", "rr>r", "result", lambda k, a, b: c(k, "scale") * a + b, 2.0),
    ("affine", "r>r", "scalar", lambda k, a: a * c(k, "scale") + c(k, "offset", 0.5, 1.0, -0.5), 2.0),
    ("blend", "rr>r", "scalar", lambda k, a, b: a + (b - a) * c(k, "ratio", 0.5, 0.25, 0.1, 0.75), 1.5),
    ("blend_two", "rr>r", "scalar", lambda k, a, b: _blend_two(k, a, b), 1.0),
    ("weighted_sum", "rrr>r", "sum", lambda k, a, b, d: c(k, "weight") * a + c(k, "weight") * b + d),
    ("midpoint", "rr>r", "mean", lambda k, a, b: 0.5 * (a + b), 1.5),
    ("square", "r>r", "scalar", lambda k, a: a * a, 1.5),
    ("cube", "r>r", "scalar", lambda k, a: a * a * a, 0.5),
    ("sum_of_squares", "rr>r", "energy", lambda k, a, b: a * a + b * b, 1.5),
    ("squared_difference", "rr>r", "error", lambda k, a, b: _square_of(k, a - b), 1.5),
    ("ratio", "rd>r", "ratio", lambda k, a, b: a / b, 2.0),
    ("relative_difference", "rrd>r", "error", lambda k, a, b, d: (a - b) / d),
    ("normalized", "r>r", "ratio", lambda k, a: (a - c(k, "minimum", -1.0, 0.0)) / c(k, "scale", 2.0, 4.0, 1.5)),
    ("reciprocal", "d>r", "scale", lambda k, a: 1.0 / a, 1.2),
    ("half_product", "rr>r", "energy", lambda k, a, b: 0.5 * a * b * b, 1.2),
    ("quadratic", "r>r", "polynomial", lambda k, a: _horner(k, a, 2), 1.2),
    ("cubic", "r>r", "polynomial", lambda k, a: _horner(k, a, 3), 1.2),
    ("quartic", "r>r", "polynomial", lambda k, a: _horner(k, a, 4), 0.6),
    ("complement", "r>r", "weight", lambda k, a: 1.0 - a, 1.2),
    ("product_sum", "rrr>r", "result", lambda k, a, b, d: a * b + d, 1.5),
    ("product_difference", "rrr>r", "result", lambda k, a, b, d: a * (b - d), 1.0),
    ("cross_terms", "rrrr>r", "determinant", lambda k, a, b, d, e: a * d - b * e, 1.0),
    ("bilinear", "rrrr>r", "sample", lambda k, a, b, d, e: (a * (1.0 - d) + b * d) * e, 0.6),
    ("harmonic_mean", "dd>r", "mean", lambda k, a, b: 2.0 * a * b / (a + b), 0.6),
    ("remainder", "r>r", "phase", lambda k, a: a % c(k, "step", 1.0, 2.0, 0.5), 0.4),
    ("whole_steps", "r>r", "step", lambda k, a: a // c(k, "step", 1.0, 0.5, 0.25), 0.3),
    ("power_int", "r>r", "scalar", lambda k, a: k.small(a) ** k.lit(k.rng.choose((2.0, 3.0))), 0.5),
    ("drag", "r>r", "force", lambda k, a: -c(k, "damping") * a * k.call("abs", a), 0.6),
    ("relax", "rr>r", "next", lambda k, a, b: a + c(k, "ratio", 0.1, 0.5, 0.8) * (b - a), 1.0),
    ("euler_step", "rr>r", "next", lambda k, a, b: a + b * c(k, "dt", 0.01, 0.1, 0.05, 0.02), 1.5),
    ("spring", "rr>r", "force", lambda k, a, b: _spring(k, a, b), 1.0),
    ("logistic_map", "r>r", "next", lambda k, a: c(k, "scale", 2.5, 3.2, 1.8) * a * (1.0 - a), 0.7),
    ("growth", "rr>r", "delta", lambda k, a, b: a * (1.0 - b / c(k, "limit", 2.0, 4.0, 10.0)), 0.8),
    ("percent", "rd>r", "ratio", lambda k, a, b: 100.0 * a / b, 0.3),
)

rows(
    "arithmetic control_flow math",
    ("clamp", "r>r", "scalar", lambda k, a: k.call("clamp", a, *_ordered(k)), 0.4),
    ("saturate", "r>r", "ratio", lambda k, a: k.call("clamp", a, 0.0, 1.0), 0.4),
    ("floor_at", "r>r", "scalar", lambda k, a: k.call("max", a, c(k, "minimum", 0.0, 0.1, -1.0)), 0.5),
    ("cap_at", "r>r", "scalar", lambda k, a: k.call("min", a, c(k, "limit", 1.0, 2.0, 0.5)), 0.5),
    ("larger", "rr>r", "maximum", lambda k, a, b: k.call("max", a, b), 0.6),
    ("smaller", "rr>r", "minimum", lambda k, a, b: k.call("min", a, b), 0.6),
    ("magnitude", "r>r", "magnitude", lambda k, a: k.call("abs", a), 0.5),
    ("distance", "rr>r", "distance", lambda k, a, b: k.call("abs", a - b), 0.6),
    ("interpolate", "rrr>r", "scalar", lambda k, a, b, d: k.call("lerp", a, b, k.call("clamp", d, 0.0, 1.0)), 0.4),
    ("mix_fixed", "rr>r", "scalar", lambda k, a, b: k.call("lerp", a, b, c(k, "ratio", 0.5, 0.25, 0.3)), 0.4),
    ("rectifier", "r>r", "scalar", lambda k, a: k.call("max", k.lit(0.0), a), 0.4),
    ("median_of_three", "rrr>r", "scalar", lambda k, a, b, d: _median(k, a, b, d), 0.2),
    (
        "dead_zone",
        "r>r",
        "error",
        lambda k, a: k.call("sign", a) * k.call("max", k.call("abs", a) - c(k, "threshold", 0.1, 0.25, 0.5), 0.0),
        0.3,
    ),
    ("choose_sign", "rr>r", "scalar", lambda k, a, b: k.where(a > b, a - b, c(k, "scale", 0.5, 0.1) * (a - b)), 0.8),
    ("choose_positive", "rr>r", "scalar", lambda k, a, b: k.where(a > 0.0, b, -b), 0.8),
    (
        "choose_near",
        "rr>r",
        "scalar",
        lambda k, a, b: k.where(k.call("abs", a - b) < c(k, "threshold", 0.5, 1.0), a, b),
        0.3,
    ),
)

rows(
    "math",
    ("root", "d>r", "magnitude", lambda k, a: k.call("sqrt", a), 1.5),
    ("hypotenuse", "rr>r", "magnitude", lambda k, a, b: k.call("sqrt", a * a + b * b), 1.5),
    (
        "inverse_root",
        "rr>r",
        "scale",
        lambda k, a, b: 1.0 / k.call("sqrt", a * a + b * b + c(k, "tolerance", 1.0, 0.1, 0.01)),
        0.8,
    ),
    ("cube_root", "d>r", "scalar", lambda k, a: k.call("cbrt", a), 0.5),
    ("decay", "d>r", "falloff", lambda k, a: k.call("exp", -c(k, "parameter") * a), 1.5),
    (
        "gaussian",
        "r>r",
        "weight",
        lambda k, a: k.call("exp", -(a * a) / (2.0 * _squared(k, c(k, "kernel_width", 1.0, 0.5, 2.0)))),
        1.5,
    ),
    ("exponential", "r>r", "scalar", lambda k, a: k.call("exp", k.small(a, 4.0)), 0.8),
    ("log_shifted", "d>r", "scalar", lambda k, a: k.call("log", 1.0 + a), 1.2),
    ("log_positive", "d>r", "scalar", lambda k, a: k.call("log", a), 1.0),
    ("log2", "d>r", "scalar", lambda k, a: k.call("log2", a), 0.6),
    ("decibel", "d>r", "magnitude", lambda k, a: 20.0 * k.call("log10", a), 0.5),
    (
        "sine_wave",
        "r>r",
        "wave",
        lambda k, a: c(k, "amplitude", 0.5, 1.0, 2.0) * k.call("sin", c(k, "frequency", 1.0, 2.0, 6.28) * a),
        1.5,
    ),
    ("phase_wave", "rr>r", "wave", lambda k, a, b: k.call("sin", c(k, "frequency", 2.0, 3.0, 0.5) * a + b), 1.2),
    ("cosine", "r>r", "cosine", lambda k, a: k.call("cos", a), 1.0),
    ("sine", "r>r", "sine", lambda k, a: k.call("sin", a), 1.0),
    ("tangent", "r>r", "scalar", lambda k, a: k.call("tan", k.unit(a)), 0.5),
    ("beat", "rr>r", "wave", lambda k, a, b: k.call("sin", a) * k.call("cos", b), 1.0),
    ("polar_x", "rr>r", "position", lambda k, a, b: a * k.call("cos", b), 1.0),
    ("polar_y", "rr>r", "position", lambda k, a, b: a * k.call("sin", b), 1.0),
    ("heading", "rd>r", "angle", lambda k, a, b: k.call("atan2", a, b), 1.2),
    ("arctangent", "r>r", "angle", lambda k, a: k.call("atan", a), 0.8),
    ("arccosine", "r>r", "angle", lambda k, a: k.call("acos", k.unit(a, 0.95)), 0.8),
    ("arcsine", "r>r", "angle", lambda k, a: k.call("asin", k.unit(a, 0.95)), 0.8),
    ("tanh", "r>r", "scalar", lambda k, a: k.call("tanh", a), 1.2),
    ("sinh", "r>r", "scalar", lambda k, a: k.call("sinh", k.small(a, 3.0)), 0.4),
    ("cosh", "r>r", "scalar", lambda k, a: k.call("cosh", k.small(a, 3.0)), 0.4),
    ("sigmoid", "r>r", "weight", lambda k, a: 1.0 / (1.0 + k.call("exp", -k.small(a))), 1.2),
    ("softplus", "r>r", "scalar", lambda k, a: k.call("log", 1.0 + k.call("exp", k.small(a))), 0.8),
    ("swish", "r>r", "scalar", lambda k, a: a / (1.0 + k.call("exp", -k.small(a))), 0.6),
    (
        "gelu",
        "r>r",
        "scalar",
        lambda k, a: 0.5 * a * (1.0 + k.call("tanh", 0.7978845608 * (a + 0.044715 * a * a * a))),
        0.5,
    ),
    ("gelu_erf", "r>r", "scalar", lambda k, a: 0.5 * a * (1.0 + k.call("erf", a * 0.70710678)), 0.5),
    ("normal_cdf", "r>r", "probability", lambda k, a: 0.5 * k.call("erfc", -a * 0.70710678), 0.5),
    ("probit", "r>r", "scalar", lambda k, a: k.call("erfinv", k.unit(a, 0.9)), 0.35),
    ("probit_tail", "r>r", "scalar", lambda k, a: k.call("erfcinv", k.call("clamp", a, 0.1, 1.9)), 0.3),
    ("power_law", "d>r", "scalar", lambda k, a: k.call("pow", a, c(k, "exponent", 0.5, 1.5, 2.2, 0.75)), 1.2),
    (
        "gamma_curve",
        "r>r",
        "scalar",
        lambda k, a: k.call("pow", k.call("clamp", a, 0.01, 1.0), c(k, "exponent", 2.2, 0.4545, 1.8)),
        0.6,
    ),
    ("smooth_edge", "r>r", "weight", lambda k, a: k.call("smoothstep", *_edges(k), a), 1.0),
    ("inverse_square", "r>r", "falloff", lambda k, a: c(k, "amplitude", 1.0, 2.0, 4.0) / (1.0 + a * a), 1.0),
    (
        "lorentzian",
        "rr>r",
        "falloff",
        lambda k, a, b: 1.0 / (1.0 + _square_of(k, (a - b) / c(k, "kernel_width", 0.5, 1.0, 2.0))),
        0.8,
    ),
    ("to_radians", "r>r", "angle", lambda k, a: k.call("radians", a), 0.5),
    ("to_degrees", "r>r", "angle", lambda k, a: k.call("degrees", a), 0.5),
    ("fraction", "r>r", "phase", lambda k, a: a - k.call("floor", a), 0.8),
    ("fraction_builtin", "r>r", "phase", lambda k, a: k.call("frac", a), 0.4),
    (
        "quantize",
        "r>r",
        "step",
        lambda k, a: k.call("round", a * c(k, "scale", 4.0, 8.0, 10.0)) / c(k, "scale", 4.0, 8.0, 10.0),
        0.5,
    ),
    ("round_up", "r>r", "step", lambda k, a: k.call("ceil", a), 0.4),
    ("round_even", "r>r", "step", lambda k, a: k.call("rint", a), 0.35),
    ("toward_zero", "r>r", "step", lambda k, a: k.call("trunc", a), 0.35),
    ("sign_of", "rr>r", "scalar", lambda k, a, b: k.call("sign", a) * b, 0.5),
    ("with_sign", "rr>r", "scalar", lambda k, a, b: k.call("copysign", a, b), 0.4),
    ("heaviside", "rr>r", "weight", lambda k, a, b: b * k.call("step", a), 0.4),
    ("if_nonzero", "rr>r", "weight", lambda k, a, b: b * k.call("nonzero", k.call("floor", a)), 0.3),
    ("sinc", "d>r", "weight", lambda k, a: k.call("sin", a) / a, 0.35),
    (
        "arrhenius",
        "d>r",
        "ratio",
        lambda k, a: c(k, "amplitude", 1.0, 2.0, 5.0) * k.call("exp", -c(k, "energy", 0.5, 1.0, 2.0) / a),
        0.6,
    ),
    ("michaelis", "dd>r", "ratio", lambda k, a, b: c(k, "maximum", 1.0, 2.0) * a / (a + b), 0.6),
    ("log_ratio", "dd>r", "ratio", lambda k, a, b: k.call("log", a / b), 0.5),
    ("huber", "r>r", "error", lambda k, a: _huber(k, a), 0.7),
    ("entropy", "r>r", "energy", lambda k, a: _entropy(k, a), 0.5),
    ("hann", "r>r", "weight", lambda k, a: 0.5 - 0.5 * k.call("cos", 6.2831853 * a), 0.5),
    (
        "phong",
        "rr>r",
        "falloff",
        lambda k, a, b: k.call("pow", k.call("clamp", a, 0.01, 1.0), c(k, "exponent", 8.0, 16.0, 4.0)) * b,
        0.4,
    ),
    ("finite_or", "r>r", "scalar", lambda k, a: k.where(k.call("isfinite", a), a, k.lit(0.0)), 0.3),
    ("not_nan", "r>r", "scalar", lambda k, a: k.where(k.call("isnan", a), k.lit(0.0), a), 0.25),
    ("not_inf", "r>r", "scalar", lambda k, a: k.where(k.call("isinf", a), k.lit(0.0), a), 0.25),
)


def _square_of(k: K, value: Expr) -> Expr:
    local = k.let("delta", value)
    return local * local


def _squared(k: K, value: Expr) -> Expr:
    return value * value


def _blend_two(k: K, a: Expr, b: Expr) -> Expr:
    ratio = c(k, "ratio", 0.25, 0.5, 0.75, 0.1)
    return (1.0 - ratio) * a + ratio * b


def _horner(k: K, a: Expr, degree: int) -> Expr:
    result = c(k, "coefficient", 0.5, -0.25, 0.1, 1.0)
    for _ in range(degree):
        result = result * a + c(k, "coefficient", 0.5, -1.0, 0.25, 2.0)
    return result


def _spring(k: K, a: Expr, b: Expr) -> Expr:
    return -c(k, "stiffness", 10.0, 2.0, 50.0) * (a - c(k, "distance", 0.5, 1.0)) - c(k, "damping", 0.1, 0.5) * b


def _ordered(k: K) -> tuple[float, float]:
    bound = k.rng.choose((0.5, 1.0, 2.0, 4.0))
    return (-bound, bound) if k.rng.chance(0.6) else (0.0, bound)


def _edges(k: K) -> tuple[float, float]:
    low = k.rng.choose((0.0, -1.0, 0.2, -0.5))
    return low, low + k.rng.choose((1.0, 0.5, 2.0))


def _median(k: K, a: Expr, b: Expr, d: Expr) -> Expr:
    low = k.call("min", a, b)
    high = k.call("max", a, b)
    return k.call("max", low, k.call("min", high, d))


def _huber(k: K, a: Expr) -> Expr:
    delta = c(k, "threshold", 1.0, 0.5)
    size = k.let("magnitude", k.call("abs", a))
    return k.where(size < delta, 0.5 * size * size, delta * (size - 0.5 * delta))


def _entropy(k: K, a: Expr) -> Expr:
    p = k.let("probability", k.call("clamp", a, 0.01, 0.99))
    return -(p * k.call("log", p))
