"""Closest points on segments, triangles, boxes and sets of points, and what contacts and attachments make of them."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .tasks import batched, extent, local, named, names, opt, read, read_set, sets, setting, words, worked, write
from .tree import Expr

POINT = names("p point pos x", "query sample test probe", "")


def _segment_parameter(b: Body, p: Expr, a: Expr, c: Expr, clamped: bool) -> tuple[Expr, Expr]:
    """Where along the segment the closest point is, and the segment's vector."""
    ab = b.let("=ab d seg edge", c - a)
    length = b.call("dot", ab, ab)
    if b.rng.chance(0.4):
        length = b.let("=len_sq ab2 denom l2", length)
    least = b.rng.choose((1e-6, 1e-8, 1e-4))
    denominator = b.call("max", length, least) if b.rng.chance(0.6) else length + least
    u = b.call("dot", p - a, ab) / denominator
    return b.let("=t u s h", b.call("clamp", u, 0.0, 1.0) if clamped else u), ab


def _results(k: Kernel, p: Expr, c: Expr, what: str) -> None:
    """The closest point itself, the distance, the way there, a contact."""
    rng = k.rng
    c = named(k, "=closest c cp nearest q", c)
    how = rng.choose(("distance", "distance", "point", "both", "contact", "squared"))
    if how in ("point", "both"):
        write(k, "=closest_points nearest_points projected points_out", c)
    if how == "point" and not opt(k, 0.2):
        return
    d = k.let("=d diff delta to_p", p - c)
    if how == "squared":
        write(k, "=dist_sq d2 sq_distances dist2", k.call("dot", d, d) if rng.chance(0.5) else k.call("length_sq", d))
        return
    dist = k.let("=dist distance l r", k.call("length", d))
    if how != "contact" or opt(k, 0.3):
        write(k, "=distances dist_out dists distance_out", dist)
    if opt(k, 0.25):
        write(k, "=directions gradients away dirs", k.call("normalize", d))
    if how == "contact":
        radius = named(k, "=r radius reach", setting(k, "=radius thickness contact_radius", 0.2, 1.5, 0.5, 1.0))
        depth = k.let("=depth pen overlap penetration", radius - dist)
        with k.when(depth > 0.0):
            n = k.let("=n normal contact_n", k.call("normalize", d))
            if rng.chance(0.5):
                stiffness = setting(k, "=ke stiffness contact_ke k_c", 10.0, 100.0, 50.0)
                write(k, "=forces contact_forces f_out f", n * (stiffness * depth))
            else:
                write(k, "=pos_out projected corrected x_out", p + n * depth)
        if opt(k, 0.4):
            write(k, "=in_contact touching contact_mask", k.where(depth > 0.0, k.integer(1), k.integer(0)))
        k.shared.differentiable = False
        k.titles = (
            f"{what}_contacts",
            f"collide_{what}",
            f"resolve_{what}",
            f"{what}_collision",
            f"project_out_of_{what}",
        )
    elif opt(k, 0.2):
        radius = setting(k, "=max_dist radius cutoff", 0.2, 2.0, 0.5, 1.0)
        write(k, "=near is_near within", k.where(dist < radius, k.integer(1), k.integer(0)))


def _titles(what: str) -> tuple[str, ...]:
    return (
        *(f"closest_point_on_{what}", f"point_{what}_distance", f"closest_{what}_points", f"project_onto_{what}"),
        *(f"dist_to_{what}", f"nearest_on_{what}", f"points_to_{what}", f"{what}_distance", f"closest_pt_{what}"),
    )


def _segment(k: Kernel, vector: t.Type) -> None:
    rng = k.rng
    clamped = rng.chance(0.75)
    what = ("segment" if rng.chance(0.7) else "edge") if clamped else "line"
    k.titles = _titles(what)
    batched(k, "point", 0.2)
    p = read(k, POINT, vector)
    shared = rng.chance(0.35)
    ends = "a b", "p0 p1", "start end", "seg_a seg_b", "x0 x1", "head tail"
    a, c = [k.scalar(kind, vector, -2.0, 2.0) for kind in sets(k, *ends)] if shared else read_set(k, ends, vector)
    if rng.chance(0.4):

        def formula(b: Body, v: list[Expr]) -> Sequence[Expr]:
            u, ab = _segment_parameter(b, v[0], v[1], v[2], clamped)
            return [v[1] + ab * u]

        given = [("=p point x", p), ("=a start", a), ("=b end", c)]
        (found,) = worked(
            k, f"closest_on_{what} project_to_{what} closest_point_{what} {what}_closest", given, formula, 1.0
        )
    else:
        u, ab = _segment_parameter(k, p, a, c, clamped)
        found = a + ab * u
        if opt(k, 0.4):
            write(k, "=params t_out ratios u_out s_out", u)
        if opt(k, 0.2):
            write(
                k,
                "=feature_ids regions end_flags",
                k.where(u <= 0.0, k.integer(0), k.where(u >= 1.0, k.integer(2), k.integer(1))),
            )
    _results(k, p, found, what)


def _polyline(k: Kernel, vector: t.Type) -> None:
    """The nearest of many segments, one after the other or each with two ends."""
    rng = k.rng
    joined = rng.chance(0.5)
    word = rng.choose(("polyline", "curve", "path")) if joined else "segments"
    k.titles = (
        *(f"closest_on_{word}", f"distance_to_{word}", f"project_onto_{word}", f"nearest_{word}_point"),
        *(f"{word}_distance", f"point_to_{word}", f"closest_{word}"),
    )
    batched(k, "point", 0.2)
    p = read(k, POINT, vector)
    count = k.dim(rng.choose((5, 6, 8)))
    k.shared.differentiable = False
    if joined:
        points = k.array("=curve_points vertices polyline waypoints path_pts", vector, (count,), low=-2.0, high=2.0)
        bound = extent(k, count, f"=num_points n_points {word}_size num_{word}_points", points) - 1
    else:
        starts = k.array("=starts seg_a seg_starts p0s", vector, (count,), low=-2.0, high=2.0)
        ends = k.array("=ends seg_b seg_ends p1s", vector, (count,), low=-2.0, high=2.0)
        bound = extent(k, count, "=num_segments segment_count n_segs", starts)
    best = k.variable("=best best_dist min_dist closest_d2", k.lit(rng.choose((1e6, 1e4, 1e8))))
    which = k.variable("=best_seg seg_id nearest_seg best_i", k.integer(-1)) if rng.chance(0.6) else None
    place = k.variable("=best_point closest cp", k.zero(vector)) if rng.chance(0.5) else None
    squared = rng.chance(0.4)
    first, last = sets(k, "a b", "p0 p1", "start end", "head tail")
    with k.loop("=i s j seg", bound) as i:
        if joined:
            a, c = local(k, first, points[i]), local(k, last, points[i + 1])
        else:
            a, c = local(k, first, starts[i]), local(k, last, ends[i])
        u, ab = _segment_parameter(k, p, a, c, True)
        found = k.let("=c q closest_i", a + ab * u)
        d = k.let("=d dist d_i", k.call("length_sq" if squared else "length", p - found))
        with k.when(d < best):
            k.set(best, d)
            if which is not None:
                k.set(which, i)
            if place is not None:
                k.set(place, found)
    write(k, "=dist_sq d2_out sq_dist" if squared else "=distances dist_out dists", best)
    if which is not None:
        write(k, "=segment_ids seg_ids nearest_ids", which)
    if place is not None:
        write(k, "=closest_points nearest projected", place)


def _nearest_point(k: Kernel, vector: t.Type) -> None:
    """The nearest of a set of points by brute force."""
    rng = k.rng
    word = rng.choose(("point", "site", "landmark", "seed", "obstacle", "centroid"))
    k.titles = (
        *(f"nearest_{word}", f"closest_{word}", f"assign_nearest_{word}", f"find_nearest_{word}", f"nearest_{word}s"),
        *(f"closest_{word}_index", f"{word}_distance", "brute_force_nearest"),
    )
    batched(k, "point", 0.15)
    p = read(k, POINT, vector)
    count = k.dim(rng.choose((6, 8, 12)))
    sites = k.array(f"={word}s {word}_pos {word}_positions", vector, (count,), low=-2.0, high=2.0)
    k.shared.differentiable = False
    best = k.variable("=best best_d2 min_d2 nearest_d2", k.lit(rng.choose((1e6, 1e8, 1e4))))
    which = k.variable("=best_id nearest best_j arg_min", k.integer(0 if rng.chance(0.4) else -1))
    inside = k.variable("=count within num_near", k.integer(0)) if opt(k, 0.25) else None
    cutoff = (
        named(k, "=r2 cutoff_sq", setting(k, "=cutoff_sq max_d2 radius_sq", 0.5, 4.0, 1.0))
        if inside is not None
        else None
    )
    with k.loop("=j k s n", extent(k, count, f"=num_{word}s {word}_count n_{word}s", sites)) as j:
        d = k.let("=d diff delta", sites[j] - p)
        d2 = k.let("=d2 dist_sq r2", k.call("dot", d, d))
        if inside is not None and cutoff is not None:
            with k.when(d2 < cutoff):
                k.augment(inside, "+", 1)
        with k.when(d2 < best):
            k.set(best, d2)
            k.set(which, j)
    write(k, f"=nearest_ids labels assignments {word}_ids", which)
    if rng.chance(0.6):
        write(k, "=distances nearest_dist dists", k.call("sqrt", best))
    if inside is not None:
        write(k, "=counts num_within near_counts", inside)


def _box(k: Kernel, vector: t.Type) -> None:
    rng = k.rng
    k.titles = _titles("box" if rng.chance(0.6) else "aabb")
    batched(k, "point", 0.2)
    p = read(k, POINT, vector)
    if rng.chance(0.4):
        low = k.scalar("=lower box_min bounds_lo lo", vector, -2.0, -0.5)
        high = k.scalar("=upper box_max bounds_hi hi", vector, 0.5, 2.0)
    else:
        low = read(k, "=lower box_min lo bmin", vector, -2.0, -0.5)
        high = read(k, "=upper box_max hi bmax", vector, 0.5, 2.0)
    order = rng.chance(0.5)
    c = k.call("min", k.call("max", p, low), high) if order else k.call("max", low, k.call("min", p, high))
    _results(k, p, k.let("=c closest clamped q", c), "box")


def _triangle(k: Kernel, vector: t.Type) -> None:
    """By regions, as in Ericson's book, with early returns; or by clamped barycentric coordinates."""
    rng = k.rng
    k.titles = _titles("triangle" if rng.chance(0.6) else "tri")
    batched(k, "point", 0.15)
    p = read(k, POINT, vector)
    shared = rng.chance(0.2)
    called = "a b c", "v0 v1 v2", "tri_a tri_b tri_c", "p0 p1 p2"
    corners = (
        [k.scalar(kind, vector, -2.0, 2.0) for kind in sets(k, *called)] if shared else read_set(k, called, vector)
    )
    if rng.chance(0.5):
        parameters = [(kind, vector, -2.0, 2.0) for kind in ("=p point", "=a v0", "=b v1", "=c v2")]
        made = helper(
            k,
            parameters,
            _regions,
            titles=("closest_point_triangle", "closest_on_triangle", "project_to_triangle", "tri_closest_point"),
        )
        found = made.call(p, *corners)
    else:
        u, v = _barycentric(k, p, corners)
        if rng.chance(0.7):
            u = k.let("=uc u_clamped s", k.call("clamp", u, 0.0, 1.0))
            v = k.let("=vc v_clamped r", k.call("clamp", v, k.lit(0.0), 1.0 - u))
        found = corners[0] + (corners[1] - corners[0]) * u + (corners[2] - corners[0]) * v
        if opt(k, 0.4):
            write(
                k,
                "=barycentric bary bary_out uv",
                k.make(k.vec3, 1.0 - u - v, u, v) if rng.chance(0.5) else k.make(k.vec2, u, v),
            )
    _results(k, p, found, "triangle")


def _barycentric(k: Body, p: Expr, corners: Sequence[Expr]) -> tuple[Expr, Expr]:
    a, b, c = corners
    e1, e2, d = k.let("=e0 e1 ab", b - a), k.let("=ac e2 f1", c - a), k.let("=ap w d", p - a)
    called = sets(k, "d00 d01 d11 d20 d21", "uu uv vv wu wv", "a11 a12 a22 b1 b2")
    pairs = (e1, e1), (e1, e2), (e2, e2), (d, e1), (d, e2)
    d11, d12, d22, r1, r2 = (local(k, kind, k.call("dot", *pair)) for kind, pair in zip(called, pairs, strict=True))
    det = k.let("=denom det area_sq", k.call("max", d11 * d22 - d12 * d12, k.rng.choose((1e-4, 1e-3, 1e-2))))
    return k.let("=u bary_u s", (d22 * r1 - d12 * r2) / det), k.let("=v bary_v t", (d11 * r2 - d12 * r1) / det)


def _regions(b: Body, names: list[Expr]) -> Sequence[Expr]:
    p, a, bb, c = names
    ab, ac, ap = b.let("=ab", bb - a), b.let("=ac", c - a), b.let("=ap", p - a)
    d1, d2 = b.let("=d1", b.call("dot", ab, ap)), b.let("=d2", b.call("dot", ac, ap))
    with b.when(b.both(d1 <= 0.0, d2 <= 0.0)):
        b.give(a)
    bp = b.let("=bp", p - bb)
    d3, d4 = b.let("=d3", b.call("dot", ab, bp)), b.let("=d4", b.call("dot", ac, bp))
    with b.when(b.both(d3 >= 0.0, d4 <= d3)):
        b.give(bb)
    vc = b.let("=vc", d1 * d4 - d3 * d2)
    with b.when(b.both(vc <= 0.0, d1 > 0.0, d3 < 0.0)):
        b.give(a + ab * (d1 / (d1 - d3)))
    cp = b.let("=cp", p - c)
    d5, d6 = b.let("=d5", b.call("dot", ab, cp)), b.let("=d6", b.call("dot", ac, cp))
    with b.when(b.both(d6 >= 0.0, d5 <= d6)):
        b.give(c)
    vb = b.let("=vb", d5 * d2 - d1 * d6)
    with b.when(b.both(vb <= 0.0, d2 > 0.0, d6 < 0.0)):
        b.give(a + ac * (d2 / (d2 - d6)))
    va = b.let("=va", d3 * d6 - d5 * d4)
    with b.when(b.both(va <= 0.0, d4 - d3 > 0.0, d5 - d6 > 0.0)):
        w = b.let("=w", (d4 - d3) / ((d4 - d3) + (d5 - d6)))
        b.give(bb + (c - bb) * w)
    denom = b.let("=denom", b.call("max", va + vb + vc, 1e-6))
    return [a + ab * (vb / denom) + ac * (vc / denom)]


def _edges(k: Kernel) -> None:
    k.titles = words(
        "edge_edge_distance closest_edge_edge edge_edge_contacts segment_segment_distance "
        "edge_pair_distance closest_points_edges"
    )
    rng = k.rng
    batched(k, "pair", 0.15)
    vector = t.vec(3)
    p1, q1, p2, q2 = read_set(k, ("p1 q1 p2 q2", "a0 a1 b0 b1", "start_a end_a start_b end_b", "x0 x1 y0 y1"), vector)
    epsilon = k.lit(rng.choose((1e-4, 1e-3, 1e-5)))
    s = k.let("=std st result bary", k.call("closest_point_edge_edge", p1, q1, p2, q2, epsilon, gives=vector))
    c1 = k.let("=c1 x1 on_first", p1 + (q1 - p1) * s[0])
    c2 = k.let("=c2 x2 on_second", p2 + (q2 - p2) * s[1])
    k.shared.differentiable = False
    how = rng.choose(("distance", "points", "force"))
    if how == "distance":
        write(k, "=distances dist_out edge_dist", k.call("length", c1 - c2) if rng.chance(0.5) else s[2])
        if opt(k, 0.5):
            write(k, "=params st_out weights", k.make(t.vec(2), s[0], s[1]))
    elif how == "points":
        write(k, "=points_a closest_a c1_out", c1)
        write(k, "=points_b closest_b c2_out", c2)
        if opt(k, 0.4):
            write(k, "=gaps separation dist_out", s[2])
    else:
        d = k.let("=d diff gap_vec", c1 - c2)
        dist = k.let("=dist gap l", k.call("length", d) if rng.chance(0.5) else s[2])
        thickness = named(k, "=h thickness", setting(k, "=thickness radius margin", 0.2, 1.0, 0.5))
        with k.when(dist < thickness):
            push = setting(k, "=stiffness ke k_c", 10.0, 100.0, 50.0) * (thickness - dist)
            write(k, "=forces contact_force f_out", k.call("normalize", d) * push)
        if opt(k, 0.4):
            write(k, "=active contact_flags in_contact", k.where(dist < thickness, k.integer(1), k.integer(0)))


def _plane(k: Kernel, vector: t.Type) -> None:
    rng = k.rng
    k.titles = words(
        "project_onto_plane plane_distance signed_plane_distance points_to_plane plane_project "
        "clip_to_plane mirror_points"
    )
    batched(k, "point", 0.2)
    p = read(k, POINT, vector)
    n = (
        k.scalar("=normal plane_normal n", vector, -1.0, 1.0, unit=True)
        if rng.chance(0.6)
        else read(k, "=normal n plane_n", vector, -1.0, 1.0, unit=True)
    )
    if rng.chance(0.5):
        dist = k.call("dot", n, p) - setting(k, "=plane_d offset plane_offset", -1.0, 1.0, 0.5, 0.25)
    else:
        dist = k.call("dot", n, p - k.scalar("=plane_point origin plane_origin", vector, -1.0, 1.0))
    dist = k.let("=d dist signed_dist height", dist)
    how = rng.choose(("project", "distance", "side", "mirror", "push"))
    if how == "project":
        write(k, "=projected points_out on_plane", p - n * dist)
    elif how == "mirror":
        k.titles = ("mirror_points", "reflect_points", "mirror_across_plane", "reflect_about_plane", "flip_points")
        write(k, "=mirrored reflected points_out", p - n * (2.0 * dist))
    elif how == "side":
        k.titles = ("classify_points", "plane_side", "split_by_plane", "side_of_plane", "partition_points", "clip_mask")
        if rng.chance(0.5):
            eps = named(k, "=eps tol", setting(k, "=eps tolerance thickness", 0.01, 0.2, 0.05, 0.1))
            label = k.where(dist > eps, k.integer(1), k.where(dist < -eps, k.integer(-1), k.integer(0)))
        else:
            label = k.where(dist >= 0.0, k.integer(1), k.integer(0))
        write(k, "=sides labels side classes", label)
    elif how == "push":
        k.titles = ("clamp_to_half_space", "push_above_plane", "resolve_ground", "keep_above_plane", "ground_contacts")
        if rng.chance(0.5):
            lifted = p - n * k.call("min", dist, 0.0)
        else:
            lifted = k.where(dist < 0.0, p - n * dist, p)
        write(k, "=points_out pos_out corrected lifted", lifted)
        k.shared.differentiable = False
    if how in ("distance", "side") or opt(k, 0.4):
        write(k, "=distances dist_out heights signed", dist)


@recipe(
    "closest points on segments, triangles, lines and boxes",
    "geometry:2.1 vector:0.55",
    "particles cloth rigid",
)
def closest_point(k: Kernel) -> None:
    rng = k.rng
    vector = t.vec(rng.weighted({3: 4.0, 2: 1.0}), k.real)
    what = rng.weighted(
        {"segment": 2.0, "polyline": 1.2, "nearest": 1.2, "box": 1.0, "triangle": 1.6, "edges": 1.2, "plane": 1.2}
    )
    if what == "segment" or (what == "edges" and k.real is not t.F32):
        _segment(k, vector)
    elif what == "polyline":
        _polyline(k, vector)
    elif what == "nearest":
        _nearest_point(k, vector)
    elif what == "box":
        _box(k, vector)
    elif what == "triangle":
        _triangle(k, t.vec(3, k.real))
    elif what == "edges":
        _edges(k)
    else:
        _plane(k, vector)
