"""Quaternions, rigid transforms and spatial vectors: formulas and recipes of rigid-body code."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .formulas import coefficient as c
from .formulas import rows
from .kernel import Kernel
from .recipes import letters, recipe
from .steps import Palette, step
from .tree import Expr

K = Body

rows(
    "quaternion",
    ("product", "qq>q", "quaternion", lambda k, a, b: a * b, 2.0),
    ("inverse", "q>q", "quaternion", lambda k, a: k.call("quat_inverse", a), 1.0),
    ("relative", "qq>q", "quaternion", lambda k, a, b: k.call("quat_inverse", a) * b, 1.5),
    ("normalized", "q>q", "quaternion", lambda k, a: k.call("normalize", a), 1.2),
    ("rotate", "qw>w", "vector", lambda k, a, b: k.call("quat_rotate", a, b), 2.0),
    ("rotate_back", "qw>w", "vector", lambda k, a, b: k.call("quat_rotate_inv", a, b), 1.5),
    (
        "from_axis_angle",
        "wr>q",
        "quaternion",
        lambda k, a, b: k.call("quat_from_axis_angle", k.call("normalize", a), b),
        1.5,
    ),
    ("from_rpy", "rrr>q", "quaternion", lambda k, a, b, d: k.call("quat_rpy", a, b, d), 1.0),
    (
        "slerp",
        "qq>q",
        "quaternion",
        lambda k, a, b: k.call("quat_slerp", a, b, c(k, "ratio", 0.5, 0.25, 0.1, 0.75)),
        1.2,
    ),
    ("to_matrix", "q>n", "matrix", lambda k, a: k.call("quat_to_matrix", a), 1.0),
    ("from_matrix", "n>q", "quaternion", lambda k, a: k.call("quat_from_matrix", a), 0.5),
    ("matrix_apply", "nw>w", "vector", lambda k, a, b: a @ b, 1.0),
    (
        "body_x",
        "q>w",
        "direction",
        lambda k, a: k.call(
            "quat_rotate", a, k.make(k.vec3, *k.rng.choose(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))))
        ),
        1.2,
    ),
    ("dot", "qq>r", "cosine", lambda k, a, b: k.call("dot", a, b), 1.0),
    (
        "angle_between",
        "qq>r",
        "angle",
        lambda k, a, b: 2.0 * k.call("acos", k.call("clamp", k.call("abs", k.call("dot", a, b)), 0.0, 0.99)),
        0.7,
    ),
    ("shortest", "qq>q", "quaternion", lambda k, a, b: k.where(k.call("dot", a, b) < 0.0, a * k.lit(-1.0), a), 0.6),
    ("spin", "qw>q", "quaternion", lambda k, a, b: spun(k, a, b), 1.2),
    ("imaginary", "q>w", "vector", lambda k, a: k.make(k.vec3, a[0], a[1], a[2]), 0.8),
    ("real_part", "q>r", "scalar", lambda k, a: a[3], 0.7),
    ("length", "q>r", "magnitude", lambda k, a: k.call("length", a), 0.5),
    ("cross", "ww>w", "torque", lambda k, a, b: k.call("cross", a, b), 1.0),
    ("pure", "wr>q", "quaternion", lambda k, a, b: k.make(t.quat(k.real), a, b), 0.6),
    ("nlerp", "qq>q", "quaternion", lambda k, a, b: k.call("normalize", a + b), 0.6),
)

rows(
    "quaternion_single",
    ("twist", "yz>z", "quaternion", lambda k, a, b: k.call("quat_twist", k.call("normalize", a), b, gives=b.type), 0.9),
    (
        "twist_angle",
        "yz>r",
        "angle",
        lambda k, a, b: k.call("quat_twist_angle", k.call("normalize", a), b, gives=k.real),
        0.5,
    ),
    (
        "twist_signed",
        "yz>r",
        "angle",
        lambda k, a, b: k.call("quat_twist_angle_signed", k.call("normalize", a), b, gives=k.real),
        0.5,
    ),
    ("to_euler", "z>y", "angle", lambda k, a: k.call("quat_to_euler", a, *_axes(k), gives=t.vec(3, k.real)), 0.9),
    (
        "from_euler",
        "y>z",
        "quaternion",
        lambda k, a: k.call("quat_from_euler", a, *_axes(k), gives=t.quat(k.real)),
        0.5,
    ),
    ("to_rpy", "z>y", "angle", lambda k, a: k.call("quat_to_rpy", a, gives=t.vec(3, k.real)), 0.9),
)

rows(
    "transform",
    (
        "product",
        "xx>x",
        "transform",
        lambda k, a, b: a * b if k.rng.chance(0.6) else k.call("transform_multiply", a, b),
        2.0,
    ),
    ("inverse", "x>x", "transform", lambda k, a: k.call("transform_inverse", a), 1.5),
    ("relative", "xx>x", "transform", lambda k, a, b: k.call("transform_inverse", a) * b, 1.2),
    ("point", "xw>w", "position", lambda k, a, b: k.call("transform_point", a, b), 2.0),
    ("vector", "xw>w", "vector", lambda k, a, b: k.call("transform_vector", a, b), 1.5),
    ("to_local", "xw>w", "position", lambda k, a, b: k.call("transform_point", k.call("transform_inverse", a), b), 1.5),
    ("translation", "x>w", "position", lambda k, a: k.call("transform_get_translation", a), 1.5),
    ("rotation", "x>q", "rotation", lambda k, a: k.call("transform_get_rotation", a), 1.5),
    ("build", "wq>x", "transform", lambda k, a, b: k.make(t.transform(k.real), a, k.call("normalize", b)), 1.5),
    ("moved", "xw>x", "transform", lambda k, a, b: _moved(k, a, b), 0.8),
    ("offset", "xw>w", "position", lambda k, a, b: k.call("transform_get_translation", a) + b, 0.8),
    ("blend", "xx>x", "transform", lambda k, a, b: _blend(k, a, b), 0.7),
)

rows(
    "spatial",
    ("sum", "ss>s", "spatial", lambda k, a, b: a + b, 1.5),
    ("scaled", "s>s", "spatial", lambda k, a: a * c(k, "scale"), 1.2),
    ("top", "s>w", "omega", lambda k, a: k.call("spatial_top", a), 1.5),
    ("bottom", "s>w", "velocity", lambda k, a: k.call("spatial_bottom", a), 1.5),
    ("build", "ww>s", "spatial", lambda k, a, b: k.make(t.spatial(k.real), a, b), 1.5),
    ("dot", "ss>r", "energy", lambda k, a, b: k.call("spatial_dot", a, b), 1.2),
    ("cross", "ss>s", "spatial", lambda k, a, b: k.call("spatial_cross", a, b), 0.8),
    ("cross_dual", "ss>s", "spatial", lambda k, a, b: k.call("spatial_cross_dual", a, b), 0.8),
    (
        "at_point",
        "sw>w",
        "velocity",
        lambda k, a, b: k.call("spatial_bottom", a) + k.call("cross", k.call("spatial_top", a), b),
        1.2,
    ),
    ("wrench", "ww>s", "spatial", lambda k, a, b: k.make(t.spatial(k.real), k.call("cross", a, b), b), 1.2),
)

rows(
    "spatial_single",
    (
        "velocity_at_point",
        "ty>y",
        "velocity",
        lambda k, a, b: k.call("velocity_at_point", a, b, gives=t.vec(3, k.real)),
        0.7,
    ),
    (
        "transform_twist",
        "gt>t",
        "spatial",
        lambda k, a, b: k.call("transform_twist", a, b, gives=t.spatial(k.real)),
        0.7,
    ),
    (
        "transform_wrench",
        "gt>t",
        "spatial",
        lambda k, a, b: k.call("transform_wrench", a, b, gives=t.spatial(k.real)),
        0.7,
    ),
)


def _axes(k: K) -> list[Expr]:
    order = k.rng.choose(((0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)))
    return [tree.literal(axis, t.I32) for axis in order]


def spun(k: K, a: Expr, b: Expr) -> Expr:
    """One step of a rotation under an angular velocity."""
    dt = c(k, "dt", 0.01, 0.02, 0.1)
    if k.rng.chance(0.5):
        omega = k.let("quaternion", k.make(t.quat(k.real), b, k.lit(0.0)))
        rate = k.let("quaternion", omega * a * k.lit(0.5))
        result: Expr = k.call("normalize", a + rate * dt)
        return result
    angle = k.let("angle", k.call("length", b) * dt)
    axis = k.let("direction", k.call("normalize", b))
    return k.call("quat_from_axis_angle", axis, angle) * a


def _moved(k: K, a: Expr, b: Expr) -> Expr:
    p = k.let("position", k.call("transform_get_translation", a) + b * c(k, "dt", 0.01, 0.1))
    return k.make(t.transform(k.real), p, k.call("transform_get_rotation", a))


def _blend(k: K, a: Expr, b: Expr) -> Expr:
    ratio = c(k, "ratio", 0.5, 0.25, 0.75)
    p = k.let(
        "position",
        k.call("lerp", k.call("transform_get_translation", a), k.call("transform_get_translation", b), ratio),
    )
    q = k.let(
        "rotation",
        k.call("quat_slerp", k.call("transform_get_rotation", a), k.call("transform_get_rotation", b), ratio),
    )
    return k.make(t.transform(k.real), p, q)


def kinds(k: Kernel, wanted: str) -> dict[str, t.Type]:
    """The letters of this family: n is the 3 by 3 matrix; y, z, g, t the single-precision forms of w, q, x, s."""
    known = letters(k, "".join(letter for letter in wanted if letter in "rwqxs"))
    if "n" in wanted:
        known["n"] = t.mat(3, 3, k.real)
    if k.real is t.F32:
        for letter, value in (("y", t.vec(3)), ("z", t.quat()), ("g", t.transform()), ("t", t.spatial())):
            if letter in wanted:
                known[letter] = value
    return known


FIELDS = "rigid control"


def _steps(k: Kernel, tags: dict[str, float], wanted: str, results: str) -> None:
    rng = k.rng
    palette = Palette(rng, tags, kinds(k, wanted))
    low, high = {"small": (2, 4), "medium": (4, 7), "large": (7, 12)}[k.shared.size]
    for _ in range(rng.integer(low, high)):
        k.gap()
        step(k, palette)
    for value in k.unused():
        kind = {t.Quat: "quaternion", t.Transform: "transform", t.SpatialVector: "spatial"}.get(type(value.expr.type))
        value.uses += 1
        k.output(kind or ("vector" if isinstance(value.expr.type, t.Vector) else "out"), k.bounded(value.expr))


@recipe("quaternion algebra element by element", "quaternion:3", FIELDS, "map")
def map_quaternion(k: Kernel) -> None:
    k.start(k.rng.weighted({1: 4.0, 2: 1.0}))
    k.guard()
    _steps(k, {"quaternion": 1.0, "quaternion_single": 1.0, "arithmetic": 0.1}, "rwqnyz", "q")


@recipe("rigid transforms element by element", "quaternion:3", FIELDS, "map")
def map_transform(k: Kernel) -> None:
    k.start(k.rng.weighted({1: 4.0, 2: 1.0}))
    k.guard()
    _steps(k, {"transform": 1.5, "quaternion": 0.5, "vector3": 0.5}, "rwqx", "x")


@recipe("spatial velocities, forces and momenta", "quaternion:2", FIELDS, "map")
def map_spatial(k: Kernel) -> None:
    k.start(k.rng.weighted({1: 4.0, 2: 1.0}))
    k.guard()
    _steps(k, {"spatial": 1.5, "spatial_single": 1.5, "transform": 0.4}, "rwxsytg", "s")
