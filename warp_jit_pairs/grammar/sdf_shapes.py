"""Signed distances to shapes, and how two of them make one."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .tasks import named, number
from .tree import Expr


def _half(b: Body, vector: t.Vector) -> Expr:
    """Half the extents of a box."""
    if isinstance(b, Kernel) and b.rng.chance(0.5):
        return b.scalar("=half_extents half_size box_half extents", vector, 0.3, 1.5)
    return b.make(vector, *[b.rng.choose((0.5, 1.0, 0.75, 0.25, 0.6)) for _ in range(vector.length)])


def _sphere(b: Body, p: Expr) -> Expr:
    return b.call("length", p) - number(b, "=radius r sphere_radius", 0.3, 1.5, 0.5, 1.0, 0.75)


def _box(b: Body, p: Expr, rounded: bool = False) -> Expr:
    assert isinstance(p.type, t.Vector)
    q = b.let("=q e qb", b.call("abs", p) - _half(b, p.type))
    outside = b.call("length", b.call("max", q, b.zero(p.type)))
    inside = b.call("min", b.call("max", q), 0.0)
    d = outside + inside
    return d - number(b, "=rounding corner_radius bevel", 0.05, 0.3, 0.1, 0.05) if rounded else d


def _plane(b: Body, p: Expr) -> Expr:
    if b.rng.chance(0.5):
        return b.component(p, 1) + number(b, "=height ground_offset level", -0.5, 1.0, 0.5, 1.0, 0.25)
    if isinstance(b, Kernel):
        n: Expr = b.scalar("=plane_normal n normal", p.type, -1.0, 1.0, unit=True)
    else:
        n = b.call("normalize", b.make(p.type, *[b.rng.choose((1.0, 0.5, 0.25)) for _ in range(p.type.length)]))  # type: ignore[attr-defined]
    return b.call("dot", p, n) - number(b, "=offset plane_d level", -0.5, 0.5, 0.25, 0.1)


def _capsule(b: Body, p: Expr) -> Expr:
    """Around a segment along an axis, or between two points."""
    radius = number(b, "=radius r cap_radius", 0.1, 0.5, 0.25, 0.2)
    if isinstance(b, Kernel) and b.rng.chance(0.6):
        a, c = b.scalar("=a cap_a cap_start", p.type, -1.0, 0.0), b.scalar("=b cap_b cap_end", p.type, 0.1, 1.0)
        pa, ba = b.let("=pa to_a", p - a), b.let("=ba ab", c - a)
        h = b.let("=h t", b.call("clamp", b.call("dot", pa, ba) / b.call("max", b.call("dot", ba, ba), 1e-6), 0.0, 1.0))
        return b.call("length", pa - ba * h) - radius
    half = number(b, "=half_height half_len h", 0.3, 1.0, 0.5)
    parts = b.components(p)
    parts[1] = parts[1] - b.call("clamp", parts[1], -half, half)
    return b.call("length", b.make(p.type, *parts)) - radius


def _torus(b: Body, p: Expr) -> Expr:
    x, y, z = b.components(p)
    ring = b.call("length", b.make(b.vec2, x, z)) if b.rng.chance(0.6) else b.call("sqrt", x * x + z * z)
    q = b.let("=qx ring q", ring - number(b, "=major_radius ring_radius R", 0.5, 1.5, 1.0, 0.8))
    tube = b.call("length", b.make(b.vec2, q, y)) if b.rng.chance(0.6) else b.call("sqrt", q * q + y * y)
    return tube - number(b, "=minor_radius tube_radius r", 0.1, 0.4, 0.25, 0.2)


def _cylinder(b: Body, p: Expr) -> Expr:
    x, y, z = b.components(p)
    radial = b.call("length", b.make(b.vec2, x, z)) if b.rng.chance(0.5) else b.call("sqrt", x * x + z * z)
    radial = b.let("=dx radial d_side", radial - number(b, "=radius r cyl_radius", 0.3, 1.0, 0.5))
    axial = b.let(
        "=dy axial d_cap", b.call("abs", y) - number(b, "=half_height h cyl_half_height", 0.3, 1.0, 0.75, 0.5)
    )
    if b.rng.chance(0.4):
        return b.call("max", radial, axial)
    outside = b.call("length", b.make(b.vec2, b.call("max", radial, 0.0), b.call("max", axial, 0.0)))
    return b.call("min", b.call("max", radial, axial), 0.0) + outside


def _ellipsoid(b: Body, p: Expr) -> Expr:
    """The usual bound of the distance."""
    assert isinstance(p.type, t.Vector)
    radii = b.make(p.type, *[b.rng.choose((0.5, 1.0, 0.8, 1.5)) for _ in range(p.type.length)])
    if isinstance(b, Kernel) and b.rng.chance(0.5):
        radii = b.scalar("=radii semi_axes axes", p.type, 0.5, 1.5)
    radii = named(b, "=r radii", radii)
    k0 = b.let("=k0 scaled_len", b.call("length", b.call("cw_div", p, radii)))
    k1 = b.let("=k1 grad_len", b.call("length", b.call("cw_div", p, b.call("cw_mul", radii, radii))))
    return k0 * (k0 - 1.0) / b.call("max", k1, 1e-3)


def _octahedron(b: Body, p: Expr) -> Expr:
    parts = [b.call("abs", c) for c in b.components(p)]
    total = parts[0] + parts[1] + parts[2] if len(parts) == 3 else parts[0] + parts[1]
    return (total - number(b, "=size s half_width", 0.5, 1.5, 1.0, 0.8)) * (0.57735 if len(parts) == 3 else 0.70711)


Shape = Callable[[Body, Expr], Expr]
SHAPES: dict[str, tuple[Shape, int]] = {
    "sphere": (_sphere, 2),
    "box": (_box, 2),
    "plane": (_plane, 2),
    "capsule": (_capsule, 2),
    "ellipsoid": (_ellipsoid, 2),
    "octahedron": (_octahedron, 2),
    "torus": (_torus, 3),
    "cylinder": (_cylinder, 3),
    "round_box": (lambda b, p: _box(b, p, True), 3),
}
_FLAT = {
    "sphere": "circle",
    "round_box": "rounded_box",
    "octahedron": "diamond",
    "plane": "half_plane",
    "ellipsoid": "ellipse",
}


def shape_name(k: Kernel, length: int) -> str:
    return k.rng.choose(tuple(name for name, (_, least) in SHAPES.items() if least <= length))


def shape(k: Kernel, name: str, p: Expr) -> Expr:
    """The signed distance to a shape, placed somewhere or around the origin; in some programs a function's."""
    rng = k.rng
    assert isinstance(p.type, t.Vector)
    if name != "plane" and rng.chance(0.6):
        center: Expr = k.scalar(f"=center {name}_pos {name}_center c0", p.type, -1.0, 1.0)
        p = p - center if rng.chance(0.5) else k.let("=local q lp rel", p - center)
    if rng.chance(0.45):
        return _function(k, name, p)
    write = SHAPES[name][0]
    return k.let(f"=d_{name} d dist {name}", write(k, named(k, "=q local lp", p)))


def _function(k: Kernel, name: str, p: Expr) -> Expr:
    """The shape as a function of the point and one or two of its numbers."""
    assert isinstance(p.type, t.Vector)
    called = _FLAT.get(name, name) if p.type.length == 2 else name
    titles = (
        f"sd_{called}",
        f"sdf_{called}",
        f"{called}_sdf",
        f"{called}_distance",
        f"dist_{called}",
        f"signed_{called}",
    )
    made = helper(k, [("=p q x point", p.type, -4.0, 4.0)], lambda b, v: [SHAPES[name][0](b, v[0])], titles=titles)
    return k.let(f"=d_{name} d dist {name}", made.call(p))


def join(b: Body, how: str, first: Expr, second: Expr) -> Expr:
    """Two distances as one."""
    if how == "union":
        return b.call("min", first, second)
    if how == "subtract":
        return b.call("max", first, -second)
    if how == "intersect":
        return b.call("max", first, second)
    blend = named(b, "=k blend", number(b, "=blend smoothness k_smooth", 0.1, 0.5, 0.25, 0.2))
    if b.rng.chance(0.5):
        h = b.let("=h mix t", b.call("clamp", 0.5 + 0.5 * (second - first) / blend, 0.0, 1.0))
        return b.call("lerp", second, first, h) - blend * h * (1.0 - h)
    h = b.let("=h m overlap", b.call("max", blend - b.call("abs", first - second), 0.0) / blend)
    return b.call("min", first, second) - h * h * blend * 0.25
