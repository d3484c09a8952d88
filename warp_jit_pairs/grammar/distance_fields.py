"""Signed distance fields: shapes, their unions and warps, evaluated and traced."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .geometry import FIELDS, ray
from .kernel import Kernel
from .recipes import extra, recipe
from .tree import Expr


def _shape(k: Kernel, p: Expr) -> Expr:
    """The signed distance to a shape around the origin."""
    rng = k.rng
    vector = p.type
    assert isinstance(vector, t.Vector)
    names = ["sphere", "box", "plane", "ellipse"]
    if vector.length == 3:
        names += ["capsule", "torus", "cylinder", "round_box"]
    name = rng.choose(names)
    if name == "sphere":
        center = k.scalar("center", vector, -1.0, 1.0) if rng.chance(0.6) else None
        d = k.call("length", p - center if center is not None else p) - k.parameter("radius", 0.3, 1.5, 0.5, 1.0)
    elif name in ("box", "round_box"):
        half = (
            k.scalar("bound", vector, 0.3, 1.5)
            if rng.chance(0.5)
            else k.make(vector, *[rng.choose((0.5, 1.0, 0.75, 0.25)) for _ in range(vector.length)])
        )
        q = k.let("vector", k.call("abs", p) - half)
        outside = k.call("length", k.call("max", q, k.zero(vector)))
        inside = k.call("min", k.call("max", q), 0.0)
        d = outside + inside
        if name == "round_box":
            d = d - k.parameter("radius", 0.05, 0.3, 0.1)
    elif name == "plane":
        n = k.let("normal", k.call("normalize", k.scalar("normal", vector, 0.1, 1.0)))
        d = k.call("dot", p, n) + k.parameter("offset", -0.5, 0.5, 0.25, 0.5)
    elif name == "ellipse":
        scale = k.make(vector, *[rng.choose((0.5, 2.0, 1.5, 0.8)) for _ in range(vector.length)])
        d = k.call("length", k.call("cw_mul", p, scale)) - k.parameter("radius", 0.3, 1.5, 1.0)
    elif name == "capsule":
        a, b = k.scalar("point", vector, -1.0, 0.0), k.scalar("point", vector, 0.1, 1.0)
        pa, ba = k.let("vector", p - a), k.let("vector", b - a)
        h = k.let("ratio", k.call("clamp", k.call("dot", pa, ba) / (k.call("dot", ba, ba) + 1e-3), 0.0, 1.0))
        d = k.call("length", pa - ba * h) - k.parameter("radius", 0.1, 0.5, 0.25)
    elif name == "torus":
        major, minor = k.parameter("radius", 0.5, 1.5, 1.0), k.parameter("radius", 0.1, 0.4, 0.25)
        a, b, e = k.rng.shuffle(k.components(p))
        q = k.let("distance", k.call("sqrt", a * a + b * b + 1e-4) - major)
        d = k.call("sqrt", q * q + e * e) - minor
    else:
        a, b, e = k.components(p)
        radial = k.let("distance", k.call("sqrt", a * a + e * e + 1e-4) - k.parameter("radius", 0.3, 1.0, 0.5))
        axial = k.let("distance", k.call("abs", b) - k.parameter("bound", 0.3, 1.0, 0.75))
        d = k.call("max", radial, axial)
    return k.let("distance", d)


def _union(k: Kernel, a: Expr, b: Expr) -> Expr:
    rng = k.rng
    how = rng.integer(0, 4)
    if how == 0:
        return k.call("min", a, b)
    if how == 1:
        return k.call("max", a, -b)
    if how == 2:
        return k.call("max", a, b)
    if how == 3:
        blend = k.parameter("radius", 0.1, 0.5, 0.25)
        h = k.let("ratio", k.call("clamp", 0.5 + 0.5 * (b - a) / blend, 0.0, 1.0))
        return k.call("lerp", b, a, h) - blend * h * (1.0 - h)
    sharp = k.choose_lit(4.0, 8.0, 2.0)
    total = k.call("exp", -sharp * k.call("clamp", a, -4.0, 4.0)) + k.call(
        "exp", -sharp * k.call("clamp", b, -4.0, 4.0)
    )
    return -k.call("log", total) / sharp


def _field(k: Kernel, p: Expr) -> Expr:
    rng = k.rng
    if rng.chance(0.3):
        p = k.let("position", _warp(k, p))
    d = _shape(k, p)
    for _ in range(rng.weighted({0: 3.0, 1: 4.0, 2: 1.5})):
        d = k.let("distance", _union(k, d, _shape(k, p)))
    return d


def _warp(k: Kernel, p: Expr) -> Expr:
    rng = k.rng
    vector = p.type
    assert isinstance(vector, t.Vector)
    how = rng.integer(0, 3)
    if how == 0:
        return p - k.scalar("offset", vector, -1.0, 1.0)
    if how == 1:
        return p * k.parameter("scale", 0.5, 2.0, 0.5, 2.0)
    if how == 2:
        return k.call("abs", p)
    parts = k.components(p)
    period = k.choose_lit(2.0, 1.5, 3.0)
    return k.make(vector, parts[0] - period * k.call("floor", parts[0] / period), *parts[1:])


@recipe("signed distance fields evaluated at points", "geometry:3 vector:0.4 math:0.2", FIELDS, "query")
def distance_field(k: Kernel) -> None:
    rng = k.rng
    grid = rng.chance(0.3)
    vector = t.vec(rng.weighted({3: 4.0, 2: 1.5}), k.real)
    k.start(vector.length if grid else 1, {1: (32,), 2: (8, 8), 3: (4, 4, 4)}[vector.length if grid else 1])
    if grid:
        spacing = k.parameter("step", 0.1, 0.5, 0.25)
        origin = k.parameter("offset", -1.0, 0.0, -1.0, -0.5)
        axes = [k.cast(index, k.real) * spacing + origin for index in k.threads]
        p = k.let("position", k.make(vector, *axes))
    else:
        k.guard()
        p = k.let("position", k.load("position", vector))
    d = _field(k, p)
    what = rng.integer(0, 4)
    if what == 0:
        d = k.let("distance", k.call("abs", d) - k.parameter("radius", 0.01, 0.2, 0.05))
    elif what == 1:
        k.output("weight", k.call("smoothstep", k.lit(-0.5), k.lit(0.5), d))
    elif what == 2:
        k.output("flag", k.where(d < 0.0, k.integer(1), k.integer(0)))
    elif what == 3:
        k.put("distance", d)
        extra(k, "math arithmetic", "r", 1, 2)
        d = k.bounded(k.take(k.real, 0.0) or d)
    k.output("distance", d)


@recipe("sphere tracing of a distance field", "geometry:1.5 control_flow:0.8 combined:0.4", "render geometry", "query")
def ray_march(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 2)))
    origin, direction = ray(k)
    travelled = k.variable("distance", k.lit(0.0))
    steps = rng.choose((16, 24, 32, 40))
    found = k.variable("flag", k.integer(0)) if rng.chance(0.6) else None
    bound: Expr | int = k.constant(steps, t.I32, "steps") if rng.chance(0.4) else steps
    eps = k.choose_lit(1e-2, 1e-3, 0.05)
    far = k.parameter("limit", 5.0, 20.0, 10.0)
    with k.loop("loop", bound):
        p = k.let("position", origin + direction * travelled)
        d = _shape(k, p)
        if rng.chance(0.5):
            d = k.let("distance", _union(k, d, _shape(k, p)))
        with k.when(d < eps):
            if found is not None:
                k.set(found, 1)
            k.leave_loop()
        k.augment(travelled, "+", d if rng.chance(0.6) else d * k.choose_lit(0.9, 0.8))
        with k.when(travelled > far):
            k.leave_loop()
    if found is not None:
        k.output("flag", found)
    if rng.chance(0.4):
        k.output("position", origin + direction * k.call("min", travelled, far))
    k.output("distance", travelled)
    k.shared.differentiable = False
