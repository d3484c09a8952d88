"""Matrix formulas, for square matrices of the program's size and its vectors."""

from __future__ import annotations

from .build import Body
from .formulas import coefficient as c
from .formulas import rows
from .tree import Expr

K = Body

rows(
    "matrix",
    ("product", "mm>m", "matrix", lambda k, a, b: a @ b, 2.0),
    ("product_star", "mm>m", "matrix", lambda k, a, b: a * b, 0.8),
    ("apply", "mv>v", "vector", lambda k, a, b: a @ b, 2.0),
    ("apply_star", "mv>v", "vector", lambda k, a, b: a * b, 1.0),
    ("apply_transpose", "mv>v", "vector", lambda k, a, b: k.call("transpose", a) @ b, 1.0),
    ("sum", "mm>m", "matrix", lambda k, a, b: a + b, 1.0),
    ("difference", "mm>m", "delta", lambda k, a, b: a - b, 1.0),
    ("scaled", "m>m", "matrix", lambda k, a: a * c(k, "scale"), 1.0),
    ("scaled_by", "mr>m", "matrix", lambda k, a, b: a * b, 1.0),
    ("transpose", "m>m", "matrix", lambda k, a: k.call("transpose", a), 1.2),
    ("symmetric_part", "m>m", "strain", lambda k, a: 0.5 * (a + k.call("transpose", a)), 1.2),
    ("skew_part", "m>m", "matrix", lambda k, a: 0.5 * (a - k.call("transpose", a)), 0.7),
    ("gram", "m>m", "matrix", lambda k, a: k.call("transpose", a) @ a, 1.0),
    ("green_strain", "m>m", "strain", lambda k, a: 0.5 * (k.call("transpose", a) @ a - _identity(k, a)), 0.8),
    ("outer", "vv>m", "matrix", lambda k, a, b: k.call("outer", a, b), 1.2),
    ("rank_one", "mvv>m", "matrix", lambda k, a, u, v: a + k.call("outer", u, v), 0.8),
    ("diag", "v>m", "matrix", lambda k, a: k.call("diag", a), 0.7),
    ("get_diag", "m>v", "vector", lambda k, a: k.call("get_diag", a), 0.7),
    ("trace", "m>r", "trace", lambda k, a: k.call("trace", a), 1.2),
    ("determinant", "m>r", "determinant", lambda k, a: k.call("determinant", a), 1.2),
    ("ddot", "mm>r", "energy", lambda k, a, b: k.call("ddot", a, b), 0.8),
    ("frobenius", "m>r", "magnitude", lambda k, a: k.call("sqrt", k.not_negative(k.call("ddot", a, a))), 0.8),
    ("quadratic_form", "mv>r", "energy", lambda k, a, b: k.call("dot", b, a @ b), 1.2),
    ("regularized", "m>m", "matrix", lambda k, a: a + c(k, "scale", 0.1, 1.0, 0.5) * _identity(k, a), 1.0),
    ("safe_inverse", "m>m", "matrix", lambda k, a: _safe_inverse(k, a), 1.0),
    ("solve", "mv>v", "solution", lambda k, a, b: _safe_inverse(k, a) @ b, 0.8),
    ("cw_mul", "mm>m", "matrix", lambda k, a, b: k.call("cw_mul", a, b), 0.6),
    ("lerp", "mm>m", "matrix", lambda k, a, b: k.call("lerp", a, b, c(k, "ratio", 0.5, 0.25)), 0.5),
    ("element", "m>r", "scalar", lambda k, a: _element(k, a), 0.8),
    ("row", "m>v", "vector", lambda k, a: a[k.rng.integer(0, a.type.rows - 1)], 0.6),
)


def _identity(k: K, like: Expr) -> Expr:
    size = like.type.rows  # type: ignore[attr-defined]
    return k.identity(size)


def _safe_inverse(k: K, a: Expr) -> Expr:
    """The inverse of A^T A + c I, which always is one."""
    spd = k.let("matrix", k.call("transpose", a) @ a + c(k, "scale", 1.0, 0.5) * _identity(k, a))
    return k.call(k.rng.weighted({"inverse": 4.0, "inverse_approx": 1.0}), spd)


def _element(k: K, a: Expr) -> Expr:
    rows_, cols = a.type.rows, a.type.cols  # type: ignore[attr-defined]
    return a[k.rng.integer(0, rows_ - 1), k.rng.integer(0, cols - 1)]
