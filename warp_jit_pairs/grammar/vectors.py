"""Vector formulas, for the program's vector type (2, 3, 4 or another number of components)."""

from __future__ import annotations

from .build import Body
from .formulas import coefficient as c
from .formulas import rows
from .tree import Expr

K = Body

rows(
    "vector",
    ("difference", "vv>v", "delta", lambda k, a, b: a - b, 2.0),
    ("sum", "vv>v", "vector", lambda k, a, b: a + b, 1.5),
    ("scaled", "v>v", "vector", lambda k, a: a * c(k, "scale"), 1.5),
    ("scaled_left", "v>v", "vector", lambda k, a: c(k, "scale") * a, 1.0),
    ("scaled_by", "vr>v", "vector", lambda k, a, b: a * b, 1.5),
    ("axpy", "vv>v", "position", lambda k, a, b: a + b * c(k, "dt", 0.1, 0.01, 0.02, 0.5), 2.0),
    ("advance_by", "vvr>v", "position", lambda k, a, b, s: a + b * s, 1.2),
    ("divided", "vd>v", "vector", lambda k, a, b: a / b, 1.2),
    ("dot", "vv>r", "projection", lambda k, a, b: k.call("dot", a, b), 2.0),
    ("length", "v>r", "magnitude", lambda k, a: k.call("length", a), 1.8),
    ("length_sq", "v>r", "distance", lambda k, a: k.call("length_sq", a), 1.2),
    ("normalize", "v>v", "direction", lambda k, a: k.call("normalize", a), 1.0),
    ("distance", "vv>r", "distance", lambda k, a, b: k.call("length", a - b), 2.0),
    ("direction_to", "vv>v", "direction", lambda k, a, b: k.call("normalize", a - b), 1.5),
    ("half_way", "vv>v", "center", lambda k, a, b: 0.5 * (a + b), 1.2),
    ("lerp", "vv>v", "position", lambda k, a, b: k.call("lerp", a, b, c(k, "ratio", 0.5, 0.25, 0.1)), 0.5),
    ("component_min", "vv>v", "minimum", lambda k, a, b: k.call("min", a, b), 0.6),
    ("component_max", "vv>v", "maximum", lambda k, a, b: k.call("max", a, b), 0.6),
    ("abs", "v>v", "vector", lambda k, a: k.call("abs", a), 0.3),
    ("cw_mul", "vv>v", "vector", lambda k, a, b: k.call("cw_mul", a, b), 1.0),
    ("cw_div", "vv>v", "ratio", lambda k, a, b: k.call("cw_div", a, k.call("max", k.call("abs", b), _ones(k, b))), 0.5),
    ("project_onto", "vv>v", "projection", lambda k, a, b: _project(k, a, b), 1.2),
    ("reject_from", "vv>v", "vector", lambda k, a, b: a - _project(k, a, b), 1.0),
    ("reflect", "vv>v", "direction", lambda k, a, b: _reflect(k, a, b), 1.2),
    ("cap_length", "v>v", "velocity", lambda k, a: _cap(k, a), 0.5),
    ("attenuate", "v>v", "force", lambda k, a: a / (1.0 + k.call("length_sq", a)), 0.8),
    ("inverse_square", "vv>v", "force", lambda k, a, b: _inverse_square(k, a, b), 1.0),
    ("spring", "vv>v", "force", lambda k, a, b: _spring(k, a, b), 1.0),
    ("damped", "vv>v", "force", lambda k, a, b: a - b * c(k, "damping", 0.1, 0.5, 0.05), 1.2),
    ("smallest", "v>r", "minimum", lambda k, a: k.call("min", a), 0.5),
    ("largest", "v>r", "maximum", lambda k, a: k.call("max", a), 0.5),
    ("sum_components", "v>r", "sum", lambda k, a: _sum(k, a), 0.8),
    ("mean_components", "v>r", "mean", lambda k, a: _sum(k, a) / float(a.type.length), 0.5),
    ("one_component", "v>r", "scalar", lambda k, a: k.component(a, k.rng.integer(0, a.type.length - 1)), 1.0),
    ("height", "vv>r", "delta", lambda k, a, b: _height(k, a, b), 0.6),
    ("cosine", "vv>r", "cosine", lambda k, a, b: k.call("dot", k.call("normalize", a), k.call("normalize", b)), 1.0),
    ("gaussian", "vv>r", "weight", lambda k, a, b: _gaussian(k, a, b), 0.8),
    (
        "huber_norm",
        "p>r",
        "error",
        lambda k, a: k.call("norm_huber", a, c(k, "threshold", 1.0, 0.5), gives=k.real),
        0.7,
    ),
    (
        "pseudo_huber_norm",
        "p>r",
        "error",
        lambda k, a: k.call("norm_pseudo_huber", a, c(k, "threshold", 1.0, 0.5), gives=k.real),
        0.7,
    ),
    ("l1_norm", "p>r", "distance", lambda k, a: k.call("norm_l1", a, gives=k.real), 0.7),
    ("l2_norm", "p>r", "distance", lambda k, a: k.call("norm_l2", a, gives=k.real), 0.7),
    (
        "smooth_normalize",
        "p>p",
        "direction",
        lambda k, a: k.call("smooth_normalize", a, c(k, "threshold", 1.0, 0.5), gives=a.type),
        0.7,
    ),
    ("sign", "vv>v", "vector", lambda k, a, b: k.call("cw_mul", k.call("sign", a), b), 0.3),
    ("negative", "v>v", "vector", lambda k, a: -a, 0.7),
    ("kinetic", "v>r", "energy", lambda k, a: 0.5 * c(k, "mass", 1.0, 2.0, 0.5) * k.call("dot", a, a), 1.0),
    ("finite", "v>v", "vector", lambda k, a: k.where(k.call("isfinite", a), a, k.zero(a.type)), 0.25),
    ("choose_by", "vvr>v", "vector", lambda k, a, b, s: k.where(s > 0.0, a, b), 0.7),
    ("choose_closer", "vv>v", "vector", lambda k, a, b: k.where(k.call("length", a) < k.call("length", b), a, b), 0.7),
)

rows(
    "vector3",
    ("cross", "ww>w", "normal", lambda k, a, b: k.call("cross", a, b), 1.0),
)


def _ones(k: K, like: Expr) -> Expr:
    return k.make(like.type, k.rng.choose((0.1, 0.5, 1.0, 0.25)))


def _project(k: K, a: Expr, b: Expr) -> Expr:
    n = k.let("direction", k.call("normalize", b))
    return k.call("dot", a, n) * n


def _reflect(k: K, a: Expr, b: Expr) -> Expr:
    n = k.let("normal", k.call("normalize", b))
    return a - 2.0 * k.call("dot", a, n) * n


def _cap(k: K, a: Expr) -> Expr:
    speed = k.let("magnitude", k.call("length", a))
    limit = c(k, "limit", 1.0, 2.0, 5.0)
    return k.where(speed > limit, a * (limit / k.positive(speed, 1e-3)), a)


def _inverse_square(k: K, a: Expr, b: Expr) -> Expr:
    d = k.let("delta", b - a)
    r2 = k.let("distance", k.call("dot", d, d) + c(k, "tolerance", 0.01, 0.1, 0.25))
    return d * (c(k, "mass", 1.0, 2.0) / (r2 * k.call("sqrt", r2)))


def _spring(k: K, a: Expr, b: Expr) -> Expr:
    d = k.let("delta", a - b)
    length = k.let("distance", k.call("length", d) + 1e-3)
    return d * (-c(k, "stiffness", 10.0, 100.0, 5.0) * (length - c(k, "distance", 0.5, 1.0)) / length)


def _sum(k: K, a: Expr) -> Expr:
    parts = k.components(a)
    total: Expr = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _height(k: K, a: Expr, b: Expr) -> Expr:
    which = k.rng.integer(0, a.type.length - 1)  # type: ignore[attr-defined]
    return k.component(a, which) - k.component(b, which)


def _gaussian(k: K, a: Expr, b: Expr) -> Expr:
    d = k.let("delta", a - b)
    return k.call("exp", -k.call("dot", d, d) * c(k, "scale", 0.5, 1.0, 2.0))
