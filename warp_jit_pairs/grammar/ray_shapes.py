"""Shapes that rays hit: spheres, planes, disks, boxes, triangles, parallelograms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .build import Body
from .tree import Expr

DISTANCE = "=t t_hit hit_t dist ray_t hit_dist"


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape that rays hit: its numbers (names, type as a letter, range), how far away it is, its normal there."""

    numbers: tuple[tuple[str, str, float, float], ...]
    titles: str
    hit: Callable[[Body, list[Expr], float, bool], Expr]
    normal: Callable[[Body, list[Expr], Expr], Expr] | None


def _chosen(b: Body, test: Expr, value: Expr, miss: float, early: bool) -> Expr:
    """The value if the test holds."""
    if early and b.rng.chance(0.5):
        with b.when(test):
            b.give(value)
        return b.lit(miss)
    return b.where(test, value, b.lit(miss))


def _sphere(b: Body, v: list[Expr], miss: float, early: bool) -> Expr:
    o, d, center, radius = v
    oc = b.let("=oc m to_origin rel", o - center)
    half = b.let("=b half_b proj", b.call("dot", oc, d))
    c = b.let("=c cc", b.call("dot", oc, oc) - radius * radius)
    disc = b.let("=disc discriminant h delta", half * half - c)
    if early:
        with b.when(disc < 0.0):
            b.give(b.lit(miss))
        root = b.let("=root s sqrt_disc", b.call("sqrt", disc))
        near = b.let("=t0 t_near near", -half - root)
        with b.when(near > 0.0):
            b.give(near)
        return _chosen(b, root - half > 0.0, root - half, miss, False)
    found = b.variable(DISTANCE, b.lit(miss))
    with b.when(disc >= 0.0):
        near = b.let("=t0 t_near near", -half - b.call("sqrt", disc))
        with b.when(near > 0.0):
            b.set(found, near)
    return found


def _plane(b: Body, v: list[Expr], miss: float, early: bool) -> Expr:
    o, d, point, n = v[:4]
    rate = b.let("=denom n_dot_d dn rate", b.call("dot", n, d))
    small = b.rng.choose((1e-4, 1e-3, 1e-5))
    if early:
        with b.when(b.call("abs", rate) < small):
            b.give(b.lit(miss))
        s = b.let("=t s dist", b.call("dot", point - o, n) / rate)
        if len(v) == 5:
            p = b.let("=p hit hit_pos", o + d * s)
            return _chosen(b, b.both(s > 0.0, b.call("length", p - point) <= v[4]), s, miss, early)
        return _chosen(b, s > 0.0, s, miss, early)
    found = b.variable(DISTANCE, b.lit(miss))
    with b.when(b.call("abs", rate) > small):
        s = b.let("=s t_plane dist", b.call("dot", point - o, n) / rate)
        test = s > 0.0
        if len(v) == 5:
            p = b.let("=p on_plane q", o + d * s)
            test = b.both(test, b.call("length_sq", p - point) <= v[4] * v[4])
        with b.when(test):
            b.set(found, s)
    return found


def _box(b: Body, v: list[Expr], miss: float, early: bool) -> Expr:
    o, d, lower, upper = v
    near, far = b.variable("=t_near t_enter tmin t0", b.lit(-1e6)), b.variable("=t_far t_exit tmax t1", b.lit(1e6))
    with b.loop("=axis a dim c", 3) as a:
        slope = b.let("=da slope d_axis", d[a])
        with b.when(b.call("abs", slope) > b.rng.choose((1e-6, 1e-5, 1e-4))):
            ta, tb = (
                b.let("=ta t_lo first", (lower[a] - o[a]) / slope),
                b.let("=tb t_hi last", (upper[a] - o[a]) / slope),
            )
            b.set(near, b.call("max", near, b.call("min", ta, tb)))
            b.set(far, b.call("min", far, b.call("max", ta, tb)))
        with b.otherwise_when(b.either(o[a] < lower[a], o[a] > upper[a])):
            b.set(far, b.lit(-1e6))
    return _chosen(b, b.both(near <= far, far > 0.0), b.call("max", near, 0.0), miss, early)


def _triangle(b: Body, v: list[Expr], miss: float, early: bool) -> Expr:
    o, d, v0, v1, v2 = v
    e1, e2 = b.let("=e1 edge1 ab", v1 - v0), b.let("=e2 edge2 ac", v2 - v0)
    return _spanned(b, o, d, v0, e1, e2, miss, early, True)


def _quad(b: Body, v: list[Expr], miss: float, early: bool) -> Expr:
    o, d, corner, e1, e2 = v
    return _spanned(b, o, d, corner, e1, e2, miss, early, False)


def _spanned(b: Body, o: Expr, d: Expr, corner: Expr, e1: Expr, e2: Expr, miss: float, early: bool, half: bool) -> Expr:
    """Moeller and Trumbore's test of a triangle or parallelogram."""
    p = b.let("=pvec h p_vec dxe2", b.call("cross", d, e2))
    det = b.let("=det a determinant", b.call("dot", e1, p))
    small = b.rng.choose((1e-6, 1e-5, 1e-4))
    found = b.variable(DISTANCE, b.lit(miss)) if not early else None
    if early:
        with b.when(b.call("abs", det) < small):
            b.give(b.lit(miss))
        return _inside(b, o, d, corner, e1, e2, p, det, half, miss)
    assert found is not None
    with b.when(b.call("abs", det) > small):
        inv = b.let("=inv_det f inv", 1.0 / det)
        s = b.let("=tvec s to_origin", o - corner)
        u = b.let("=u bu", inv * b.call("dot", s, p))
        q = b.let("=qvec q q_vec", b.call("cross", s, e1))
        w = b.let("=v bv", inv * b.call("dot", d, q))
        limits = (u >= 0.0, w >= 0.0, u + w <= 1.0) if half else (u >= 0.0, u <= 1.0, w >= 0.0, w <= 1.0)
        with b.when(b.both(*limits)):
            s = b.let("=t_tri dist t0", inv * b.call("dot", e2, q))
            with b.when(s > 0.0):
                b.set(found, s)
    return found


def _inside(
    b: Body, o: Expr, d: Expr, corner: Expr, e1: Expr, e2: Expr, p: Expr, det: Expr, half: bool, miss: float
) -> Expr:
    inv = b.let("=inv_det f inv", 1.0 / det)
    s = b.let("=tvec s to_origin", o - corner)
    u = b.let("=u bu", inv * b.call("dot", s, p))
    with b.when(b.either(u < 0.0, u > 1.0)):
        b.give(b.lit(miss))
    q = b.let("=qvec q q_vec", b.call("cross", s, e1))
    w = b.let("=v bv", inv * b.call("dot", d, q))
    with b.when(b.either(w < 0.0, u + w > 1.0) if half else b.either(w < 0.0, w > 1.0)):
        b.give(b.lit(miss))
    return _chosen(b, inv * b.call("dot", e2, q) > 0.0, inv * b.call("dot", e2, q), miss, False)


def _of_faces(b: Body, e1: Expr, e2: Expr) -> Expr:
    return b.call("normalize", b.call("cross", e1, e2))


_CENTER = ("=center sphere_center c sphere_pos", "v", -1.0, 1.0)
_UNIT = ("=normal plane_normal n plane_n", "n", -1.0, 1.0)
SHAPES = {
    "sphere": Shape(
        (_CENTER, ("=radius sphere_radius rad r", "r", 0.4, 1.5)),
        "ray_sphere intersect_sphere hit_sphere sphere_intersect ray_sphere_intersect raycast_sphere",
        _sphere,
        lambda b, v, p: b.call("normalize", p - v[0]) if b.rng.chance(0.5) else (p - v[0]) / v[1],
    ),
    "plane": Shape(
        (("=plane_point plane_pos plane_origin p0", "v", -1.0, 1.0), _UNIT),
        "ray_plane intersect_plane hit_plane plane_intersect raycast_plane",
        _plane,
        lambda b, v, p: v[1],
    ),
    "disk": Shape(
        (
            ("=disk_center center c disk_pos", "v", -1.0, 1.0),
            ("=disk_normal normal n", "n", -1.0, 1.0),
            ("=disk_radius radius rad r", "r", 0.5, 2.0),
        ),
        "ray_disk intersect_disk hit_disk disk_intersect raycast_disk",
        _plane,
        lambda b, v, p: v[1],
    ),
    "box": Shape(
        (
            ("=box_min lower box_lower lo aabb_min", "v", -1.5, -0.3),
            ("=box_max upper box_upper hi aabb_max", "v", 0.3, 1.5),
        ),
        "ray_box intersect_aabb ray_aabb slab_test intersect_box raycast_aabb",
        _box,
        None,
    ),
    "triangle": Shape(
        (("=v0 a tri_a p0", "v", -1.5, 1.5), ("=v1 b tri_b p1", "v", -1.5, 1.5), ("=v2 c tri_c p2", "v", -1.5, 1.5)),
        "ray_triangle intersect_triangle moller_trumbore ray_tri tri_intersect raycast_tri",
        _triangle,
        lambda b, v, p: _of_faces(b, v[1] - v[0], v[2] - v[0]),
    ),
    "quad": Shape(
        (
            ("=corner quad_corner q0 quad_origin", "v", -1.0, 1.0),
            ("=edge_u quad_u side_u", "v", -1.5, 1.5),
            ("=edge_v quad_v side_v", "v", -1.5, 1.5),
        ),
        "ray_quad intersect_quad hit_quad quad_intersect ray_rect",
        _quad,
        lambda b, v, p: _of_faces(b, v[1], v[2]),
    ),
}
