"""Matrix factorisations, homogeneous transforms, approximate operations: formulas with several results."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .formulas import coefficient as c
from .formulas import rows
from .kernel import Kernel
from .recipes import SINGLE, extra, recipe

K = Body

rows(
    "vector",
    ("argmin", "v>i", "index", lambda k, a: k.cast(k.call("argmin", a), t.I32), 0.6),
    ("argmax", "v>i", "index", lambda k, a: k.cast(k.call("argmax", a), t.I32), 0.6),
)
rows(
    "vector3",
    ("skew", "ww>w", "vector", lambda k, a, b: k.call("skew", a) @ b, 0.4),
)
rows(
    "single",
    ("approximate_ratio", "fd>f", "ratio", lambda k, a, b: k.call("div_approx", a, b), 0.3),
)


FIELDS = "linalg fem rigid cloth"


@recipe("singular values, eigenvectors and QR of small matrices", "matrix:1.5", FIELDS, "solve")
def factorise(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    real = k.real
    which = rng.choose(("svd3", "svd3", "svd2", "qr3", "eig3"))
    size = 2 if which == "svd2" else 3
    matrix, vector = t.mat(size, size, real), t.vec(size, real)
    a = k.let("matrix", k.load("matrix", matrix, -1.0, 1.0))
    shift = k.parameter("scale", 2.0, 4.0, 3.0, 2.5)
    if which == "eig3":
        a = k.let("matrix", k.call("transpose", a) @ a + shift * k.identity(size))
        q, d = k.unpack(("rotation", "vector"), k.call("eig3", a, gives=t.Tuple((matrix, vector))))
        how = rng.integer(0, 2)
        if how == 0:
            roots = [k.call("sqrt", k.call("abs", d[n])) for n in range(size)]
            k.output("matrix", q @ k.call("diag", k.make(vector, *roots)) @ k.call("transpose", q))
        elif how == 1:
            k.output("scalar", k.call("max", d) / k.call("min", d))
        else:
            k.output("sum", d[0] + d[1] + d[2])
        return
    a = k.let("matrix", a + shift * k.identity(size))
    if which == "qr3":
        q, r = k.unpack(("rotation", "matrix"), k.call("qr3", a, gives=t.Tuple((matrix, matrix))))
        if rng.chance(0.5):
            k.output("matrix", k.call("transpose", r) @ r)
        else:
            b = k.load("rhs", vector)
            k.output("vector", q @ (r @ b))
        return
    types = t.Tuple((matrix, vector, matrix))
    u, s, v = k.unpack(("matrix", "vector", "matrix"), k.call(which, a, gives=types))
    how = rng.integer(0, 3)
    if how == 0:
        k.comment("formula")
        k.output("rotation", u @ k.call("transpose", v))
    elif how == 1:
        k.output("energy", k.call("dot", s, s) * k.parameter("weight", 0.1, 2.0, 0.5))
    elif how == 2:
        clamped = k.let("vector", k.call("max", s, k.make(vector, *[0.5] * size)))
        k.output("matrix", u @ k.call("diag", clamped) @ k.call("transpose", v))
    else:
        k.output("ratio", k.call("max", s) / (k.call("min", s) + 0.1))


@recipe("homogeneous matrices and transforms", "matrix:1 quaternion:1.8", "rigid render", "map", SINGLE)
def homogeneous(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    vec3, quat, pose, mat44 = t.vec(3), t.quat(), t.transform(), t.mat(4, 4)
    what = rng.choose(("compose", "decompose", "to_matrix", "from_matrix", "set", "axis_angle", "columns", "adjoint"))
    if what in ("compose", "decompose"):
        p, q = k.load("position", vec3), k.load("rotation", quat, -1.0, 1.0, unit=True)
        s = k.load("scale", vec3, 0.5, 2.0) if rng.chance(0.6) else k.make(vec3, 1.0, 2.0, 0.5)
        m = k.let("matrix", k.call("transform_compose", p, q, s, gives=mat44))
        point = k.maybe("point", k.load("point", vec3))
        if what == "compose":
            k.output("position", k.call("transform_point", m, point))
            if rng.chance(0.4):
                k.output("vector", k.call("transform_vector", m, point))
            return
        a, b, scale = k.unpack(
            ("position", "rotation", "scale"), k.call("transform_decompose", m, gives=t.Tuple((vec3, quat, vec3)))
        )
        k.output("position", k.call("quat_rotate", b, k.call("cw_mul", scale, point)) + a)
    elif what == "to_matrix":
        x = k.let("transform", k.load("transform", pose, -1.0, 1.0, unit=True))
        m = k.let("matrix", k.call("transform_to_matrix", x, gives=mat44))
        k.output("position", k.call("transform_point", m, k.load("position", vec3)))
    elif what == "from_matrix":
        x = k.let("transform", k.load("transform", pose, -1.0, 1.0, unit=True))
        m = k.let("matrix", k.call("transform_to_matrix", x, gives=mat44))
        back = k.let("transform", k.call("transform_from_matrix", m, gives=pose))
        k.output("position", k.call("transform_point", back, k.load("position", vec3)))
    elif what == "set":
        x = tree.Name(pose, -1.0, 1.0, k.namer.local("transform"))
        source = k.array("transform", pose, k.launch, low=-1.0, high=1.0, unit=True)
        k.add(tree.Assign((x,), source[k.threads]))
        if rng.chance(0.7):
            k.do(k.call("transform_set_translation", x, k.load("position", vec3), gives=t.NOTHING))
        else:
            turn = k.let(
                "rotation",
                k.call("quat_from_axis_angle", k.call("normalize", k.load("direction", vec3)), k.load("angle", t.F32)),
            )
            k.do(k.call("transform_set_rotation", x, turn, gives=t.NOTHING))
        k.output("transform", x)
    elif what == "axis_angle":
        q = k.let("rotation", k.call("normalize", k.load("rotation", quat, -1.0, 1.0, unit=True)))
        axis, angle = k.unpack(("direction", "angle"), k.call("quat_to_axis_angle", q, gives=t.Tuple((vec3, t.F32))))
        k.output("vector", axis * angle if rng.chance(0.5) else axis * k.call("sin", angle))
    elif what == "columns":
        parts = tuple(k.let("vector", k.load("vector", vec3)) for _ in range(3))
        name = rng.choose(("matrix_from_rows", "matrix_from_cols"))
        m = k.let("matrix", tree.Call(t.mat(3, 3), -2.0, 2.0, f"wp.{name}", parts))
        k.put("determinant", k.let("determinant", k.call("determinant", m)))
        extra(k, "arithmetic", "r", 0, 2)
        value = k.latest(t.F32)
        k.output("determinant", k.bounded(value))
    else:
        q, p = k.load("rotation", quat, -1.0, 1.0, unit=True), k.load("position", vec3)
        r = k.let("rotation", k.call("quat_to_matrix", q))
        s = k.let("matrix", k.call("skew", p) @ r)
        adjoint = k.let("matrix", tree.Call(t.SpatialMatrix(t.F32), -10.0, 10.0, "wp.spatial_adjoint", (r, s)))
        k.output("spatial", tree.Binary(t.spatial(), -100.0, 100.0, "*", adjoint, k.load("spatial", t.spatial())))


@recipe(
    "searches in sorted arrays", "control_flow:0.7 integer:0.5 reduction:0.4", "stats sparse signal", "query", SINGLE
)
def sorted_search(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    count = k.dim(rng.choose((8, 12, 16)))
    dtype = rng.choose((t.F32, t.F32, t.I32))
    keys = k.array("key", dtype, (count,), low=-8, high=8, sorted=True)
    value = k.let("scalar", k.load("array", dtype, -8, 8))
    k.shared.differentiable = False
    if rng.chance(0.5):
        index = k.let("index", k.call("lower_bound", keys, value, gives=t.I32))
    else:
        low, high = k.variable("minimum", k.integer(0)), k.variable("maximum", k.length(count, keys))
        with k.repeat(low < high):
            mid = k.let("center", (low + high) // 2 if rng.chance(0.6) else low + (high - low) / 2)
            with k.when(keys[mid] < value):
                k.set(low, mid + 1)
            with k.otherwise():
                k.set(high, mid)
        index = low
    how = rng.integer(0, 2)
    if how == 0:
        k.output("index", index)
        return
    last = k.call("clamp", index, 1, k.length(count, keys) - 1)
    values = k.array("values", t.F32, (count,), low=-2.0, high=2.0)
    j = k.let("index", last)
    if how == 1 or dtype is t.I32:
        k.output("out", values[j] - values[j - 1])
    else:
        x0, x1 = k.let("left", keys[j - 1]), k.let("right", keys[j])
        u = k.let("ratio", k.call("clamp", (value - x0) / (x1 - x0 + 1e-2), 0.0, 1.0))
        k.output("out", k.call("lerp", values[j - 1], values[j], u))


@recipe("values watched while computing: prints in rare cases", "control_flow:0.5", "generic control", "map", SINGLE)
def watched(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1)
    k.guard()
    x = k.let("scalar", k.load("input", t.F32))
    y = k.let("result", x * c(k, "scale", 0.5, 2.0) + k.load("offset", t.F32))
    text = rng.choose(
        ("value out of range: %d\\n", "thread %d exceeded the limit\\n", "bad value at %d\\n", "large update in %d\\n")
    )
    bound = rng.choose((1000.0, 100.0, 1e6))
    with k.when(k.call("abs", y) > bound):
        if rng.chance(0.8):
            k.do(tree.Call(t.NOTHING, 0.0, 0.0, "wp.printf", (tree.Verbatim(t.SHAPE, 0.0, 0.0, f'"{text}"'), i)))
        else:
            k.do(tree.Call(t.NOTHING, 0.0, 0.0, "print", (y,)))
    k.put("result", y)
    extra(k, "arithmetic", "r", 0, 2)
    value = k.latest(t.F32)
    k.output("out", k.bounded(value))
