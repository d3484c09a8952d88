"""Polygons, curves and view volumes: measures of outlines, points on splines, what a camera sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


class _Ring:
    """The vertices of a polygon, one polygon for each thread or the same for all points."""

    def __init__(self, job: Job, own: bool) -> None:
        k, rng = job.k, job.rng
        self.job, self.k = job, k
        self.vector = t.vec(2, k.real)
        names = "verts vertices polygon points ring corners"
        self.first: Expr = k.integer(0)
        how = job.pick(offsets=3.0 if job.world is None else 0.0, rows=2.0) if own else "shared"
        if how == "offsets":
            items = k.dim(32)
            offsets = k.array(
                job.words("poly_offsets polygon_start offsets ring_start first_vertex"),
                t.I32,
                (k.derived(job.dims[-1], 1, 1),),
                offsets_into=items.symbol,
            )
            self.first = job.let("start begin first", offsets[job.at[-1]])
            last = job.let("end stop last", offsets[job.at[-1] + 1])
            self.count = job.let("count n num_verts size", last - self.first)
            self.points = k.array(job.words(names), self.vector, (items,), low=-3.0, high=3.0)
            self.row: tuple[Expr, ...] = ()
        else:
            width = k.dim(rng.choose((4, 5, 6)))
            dims = (*job.dims, width) if how == "rows" else (width,)
            self.points = k.array(job.words(names), self.vector, dims, low=-3.0, high=3.0)
            self.count = job.length(width, "num_verts n_verts num_corners sides", self.points, len(dims) - 1)
            self.row = job.at if how == "rows" else ()
        self.offset = how == "offsets"
        self.wrapped = rng.chance(0.6)

    def at(self, n: Expr) -> Expr:
        place = self.first + n if self.offset else n
        return self.points[(*self.row, place)]

    def after(self, n: Expr) -> Expr:
        """The index of the next corner."""
        k = self.k
        if self.wrapped:
            return (n + 1) % self.count
        return k.where(n + 1 < self.count, n + 1, k.integer(0))

    def edge(self, n: Expr) -> tuple[Expr, Expr]:
        job = self.job
        a = job.let("a p0 cur v0 pa", self.at(n))
        return a, job.let("b p1 nxt v1 pb", self.at(job.let("m nxt_idx j next_n", self.after(n))))


def _cross(k: Kernel, a: Expr, b: Expr) -> Expr:
    return k.component(a, 0) * k.component(b, 1) - k.component(a, 1) * k.component(b, 0)


def _measure(job: Job) -> None:
    """Area, length, centroid, box, turning of each polygon."""
    k, rng = job.k, job.rng
    job.start()
    ring = _Ring(job, True)
    most = {"small": 1, "medium": 2, "large": 4}[k.shared.size]
    wanted = rng.shuffle(["area", "perimeter", "centroid", "box", "convex", "inertia", "longest"])[
        : rng.integer(1, most)
    ]
    zero = k.lit(0.0)
    twice = "area" in wanted or "centroid" in wanted or "convex" in wanted
    area = job.var("area2 twice_area signed_sum acc", zero) if twice else zero
    length = job.var("perimeter total_len length_sum edge_sum", zero) if "perimeter" in wanted else zero
    moment = job.var("moment weighted c_sum centroid_sum", k.zero(ring.vector)) if "centroid" in wanted else zero
    inertia = job.var("inertia second_moment polar i_sum", zero) if "inertia" in wanted else zero
    longest = job.var("longest max_edge longest_sq best", zero) if "longest" in wanted else zero
    low = job.var("lo lower box_lo pmin", k.make(ring.vector, 1e6)) if "box" in wanted else zero
    high = job.var("hi upper box_hi pmax", k.make(ring.vector, -1e6)) if "box" in wanted else zero
    turns = job.var("left_turns num_left convex_count n_left", k.integer(0)) if "convex" in wanted else zero
    edges = twice or {"perimeter", "inertia", "longest"} & set(wanted)
    with k.loop(job.words("n e edge corner"), ring.count) as n:
        if edges:
            a, b = ring.edge(n)
        else:
            a = b = job.let("p v corner_pos vert", ring.at(n))
        if twice or "inertia" in wanted:
            c = job.let("c cross_ab w twice", _cross(k, a, b))
        if twice:
            k.augment(area, "+", c)
        if "centroid" in wanted:
            k.augment(moment, "+", (a + b) * c)
        if "inertia" in wanted:
            k.augment(inertia, "+", c * (k.call("dot", a, a) + k.call("dot", a, b) + k.call("dot", b, b)))
        if "perimeter" in wanted:
            k.augment(length, "+", k.call("length", b - a))
        if "longest" in wanted:
            k.set(longest, k.call("max", longest, k.call("length", b - a)))
        if "box" in wanted:
            k.set(low, k.call("min", low, a))
            k.set(high, k.call("max", high, a))
        if "convex" in wanted:
            after = job.let("d v2 p2 far", ring.at(ring.after(ring.after(n))))
            e, f = job.let("e1 ab out_edge", b - a), job.let("e2 bc next_edge", after - b)
            with k.when(_cross(k, e, f) > 0.0):
                k.augment(turns, "+", 1)
    k.gap()
    if "area" in wanted:
        signed = rng.chance(0.3)
        half = 0.5 * area
        job.write("signed_areas area_out areas" if signed else "areas polygon_area area_out",
                  half if signed else k.call("abs", half))  # fmt: skip
    if "perimeter" in wanted:
        job.write("perimeters lengths_out perimeter_out outline_lengths", length)
    if "centroid" in wanted:
        # A polygon without area has no centroid.
        with k.when(k.call("abs", area) > 1e-6):
            job.write("centroids centroid_out centers", moment / (3.0 * area))
    if "inertia" in wanted:
        job.write("inertias polar_moments moment_out", k.call("abs", inertia) / 12.0)
    if "longest" in wanted:
        job.write("max_edges longest_edges max_edge_len", longest)
    if "box" in wanted:
        job.write("box_lower lowers bounds_min", low)
        job.write("box_upper uppers bounds_max", high)
    if "convex" in wanted:
        same = turns.equals(ring.count) if rng.chance(0.5) else k.either(turns.equals(ring.count), turns.equals(0))
        job.write("is_convex convex convex_flags", same)
        k.shared.differentiable = False
    word = {"box": "bounds", "convex": "convexity", "longest": "longest_edge"}.get(wanted[0], wanted[0])
    job.titled(f"polygon_{word} compute_polygon_{word} {{}}_{word} measure_{{s}} outline_{word}")


def _inside(job: Job) -> None:
    """Points tested against a polygon, or their distance from it."""
    k = job.k
    job.start("tid point_id i idx")
    p = job.read("points queries samples positions", "p q pt x", t.vec(2, k.real))
    ring = _Ring(job, False)
    how = job.pick(parity=2.0, winding=1.2, distance=1.5)
    if how == "distance":
        best = job.var("best min_sq d2 nearest_sq", k.lit(1e6))
    inside = job.var("inside is_in odd", k.lit(False, t.BOOL)) if how != "winding" else k.lit(False, t.BOOL)
    turns = job.var("winding wn turns", k.integer(0)) if how == "winding" else k.integer(0)
    with k.loop(job.words("n e edge i"), ring.count) as n:
        a, b = ring.edge(n)
        ay, by, py = k.component(a, 1), k.component(b, 1), k.component(p, 1)
        if how == "distance":
            e = job.let("e ab edge_vec", b - a)
            w = job.let("w ap rel", p - a)
            s = k.call("clamp", k.call("dot", w, e) / k.call("max", k.call("dot", e, e), 1e-8), 0.0, 1.0)
            d = job.let("d off gap", w - e * job.let("s u t_edge", s))
            k.set(best, k.call("min", best, k.call("dot", d, d)))
        else:
            e, w = job.let("e ab edge_vec", b - a), job.let("w ap rel", p - a)
        side = job.let("side cross_e left", _cross(k, e, w))
        if how == "winding":
            with k.when(ay <= py), k.when(k.both(by > py, side > 0.0)):
                k.augment(turns, "+", 1)
            with k.otherwise(), k.when(k.both(by <= py, side < 0.0)):
                k.augment(turns, "-", 1)
        else:
            # The edge is crossed to the right of the point: it goes up on the right, or down on the left.
            up = k.both(ay <= py, by > py, side > 0.0)
            down = k.both(by <= py, ay > py, side < 0.0)
            with k.when(k.either(up, down)):
                k.set(inside, k.negate(inside))
    k.gap()
    k.shared.differentiable = False
    if how == "distance":
        dist = job.let("dist d_edge distance", k.call("sqrt", best))
        job.write("signed_dist sdf distances", k.where(inside, -dist, dist))
        job.titled("polygon_sdf signed_distance_to_polygon polygon_distance distance_to_outline")
        return
    found = inside if how == "parity" else turns.differs(0)
    job.write(
        "inside_out is_inside contained", found if job.rng.chance(0.5) else k.where(found, k.integer(1), k.integer(0))
    )
    job.titled("points_in_polygon point_in_polygon classify_points polygon_contains test_containment")


def _basis(job: Job, kind: str, points: Sequence[Expr]) -> Callable[[Expr], tuple[Expr, Expr]]:
    """The point and the derivative of a curve at a parameter."""
    a, b, c = points[:3]
    d = points[-1]
    if kind == "spline":
        c1 = job.let("c1 k1 lin", c - a)
        c2 = job.let("c2 k2 quad", 2.0 * a - 5.0 * b + 4.0 * c - d)
        c3 = job.let("c3 k3 cub", 3.0 * b - a - 3.0 * c + d)

    def at(u: Expr) -> tuple[Expr, Expr]:
        if kind in ("quadratic", "bezier"):
            v = job.let("v omt one_minus", 1.0 - u)
            if kind == "quadratic":
                return v * v * a + 2.0 * u * v * b + u * u * c, 2.0 * v * (b - a) + 2.0 * u * (c - b)
            place = v * v * v * a + 3.0 * u * v * v * b + 3.0 * u * u * v * c + u * u * u * d
            return place, 3.0 * v * v * (b - a) + 6.0 * u * v * (c - b) + 3.0 * u * u * (d - c)
        u2 = job.let("u2 tt u_sq", u * u)
        u3 = job.let("u3 ttt u_cu", u2 * u)
        if kind == "spline":
            return 0.5 * (2.0 * b + c1 * u + c2 * u2 + c3 * u3), 0.5 * (c1 + 2.0 * u * c2 + 3.0 * u2 * c3)
        # Two points and the tangents there.
        place = (2.0 * u3 - 3.0 * u2 + 1.0) * a + (u3 - 2.0 * u2 + u) * b
        place = place + (3.0 * u2 - 2.0 * u3) * c + (u3 - u2) * d
        slope = (6.0 * u2 - 6.0 * u) * (a - c) + (3.0 * u2 - 4.0 * u + 1.0) * b + (3.0 * u2 - 2.0 * u) * d
        return place, slope

    return at


_CONTROLS = {"quadratic": 3, "bezier": 4, "hermite": 4, "spline": 4}


def _curve(job: Job) -> None:
    """A point on a curve with its direction, or the length of one."""
    k, rng = job.k, job.rng
    job.start("tid curve_id i {}_id")
    kind = job.pick(quadratic=1.5, bezier=2.0, hermite=1.2, spline=2.0)
    vector = t.vec(rng.choose((3, 3, 2)), k.real)
    points = []
    if kind == "hermite":
        for array, local in (
            ("starts p0s", "p0"),
            ("start_tangents m0s", "m0"),
            ("ends p1s", "p1"),
            ("end_tangents m1s", "m1"),
        ):
            points.append(job.read(array, local, vector, nest=0.0))
    elif rng.chance(0.5):
        dims = (*job.dims, k.dim(_CONTROLS[kind], fixed=True))
        controls = k.array(job.words("control_points ctrl cps controls"), vector, dims, low=-3.0, high=3.0)
        points = [k.let(f"=!p{m} c{m}", controls[(*job.at, k.integer(m))]) for m in range(_CONTROLS[kind])]
    else:
        size = k.dim(16)
        nodes = k.array(job.words("nodes knots control_points path"), vector, (size,), low=-3.0, high=3.0)
        last = job.length(size, "num_nodes num_knots n_points", nodes)
        first = job.read("segment_ids spans segment first_node", "seg s0 base", t.I32, 0, 15, nest=0.0)
        points = []
        for m in range(_CONTROLS[kind]):
            place = k.call("min", first + m, last - 1) if m else first
            points.append(k.let(f"=!p{m} c{m}", nodes[k.call("clamp", place, 0, last - 1) if not m else place]))
    how = job.pick(point=2.0, tangent=1.5, length=1.5, nearest=1.2)
    at_u = _basis(job, kind, points)
    name = {"quadratic": "quadratic_bezier", "bezier": "bezier", "hermite": "hermite", "spline": "catmull_rom"}[kind]
    if how in ("point", "tangent"):
        u = job.read("params u_values ts us", "u s tau", k.real, 0.0, 1.0, nest=0.0)
        place, slope = at_u(u)
        if how == "point" or rng.chance(0.5):
            job.write("curve_points positions_out points_out", place)
        if how == "tangent":
            unit = rng.chance(0.7)
            job.write(
                "tangents tangent_out directions" if unit else "velocities derivs",
                k.call("normalize", slope) if unit else slope,
            )
        job.titled(f"eval_{name} evaluate_{name} {name}_points sample_{name} {name}_{how}")
        return
    steps = (
        job.scalar("num_steps num_samples segments steps", t.I32, 4, 16)
        if rng.chance(0.6)
        else k.integer(rng.choose((8, 16)))
    )
    step = job.let("du h step_u inv_steps", 1.0 / k.cast(steps, k.real))
    if how == "length":
        total = job.var("arc_len total_len length_acc total", k.lit(0.0))
        prev = job.var("prev last_p p_prev", points[0] if kind != "spline" else points[1])
        with k.loop(job.words("n s i"), steps) as n:
            u = job.let("u tau s", k.cast(n + 1, k.real) * step)
            p = job.let("p cur point", at_u(u)[0])
            k.augment(total, "+", k.call("length", p - prev))
            k.set(prev, p)
        job.write("arc_lengths lengths_out curve_lengths", total)
        job.titled(f"{name}_length {name}_arc_length measure_{name} curve_arc_length")
        return
    q = job.read("queries query_points targets", "q query x", vector, nest=0.0)
    best = job.var("best best_sq min_d2 d2", k.lit(1e6))
    at = job.var("best_u u_min u_best", k.lit(0.0))
    with k.loop(job.words("n s i"), steps + 1) as n:
        u = job.let("u tau s", k.cast(n, k.real) * step)
        d = job.let("d off r", at_u(u)[0] - q)
        d2 = job.let("d2 dist_sq sq", k.call("dot", d, d))
        with k.when(d2 < best):
            k.set(best, d2)
            k.set(at, u)
    job.write("closest_u params_out u_out", at)
    if rng.chance(0.6):
        job.write("distances dist_out nearest_dist", k.call("sqrt", best))
    k.shared.differentiable = False
    job.titled(f"closest_on_{name} project_onto_{name} nearest_{name}_param snap_to_curve")


def _culled(job: Job) -> None:
    """Bounding volumes against the planes of a view, with a level of detail."""
    k, rng = job.k, job.rng
    job.start()
    v3 = t.vec(3, k.real)
    round_ = rng.chance(0.55)
    planes = k.array(
        job.words("planes frustum frustum_planes cull_planes"),
        t.vec(4, k.real),
        (k.dim(6, fixed=True),),
        low=-1.0,
        high=1.0,
    )
    if round_:
        center = job.read("centers sphere_centers bounds_center", "center c pos", v3, nest=0.0)
        radius = job.read("radii bounds_radius sphere_radii", "radius r", k.real, 0.1, 1.0, nest=0.0)
    else:
        low = job.read("box_lower lowers bounds_min", "lo lower bmin", v3, nest=0.0)
        high = job.read("box_upper uppers bounds_max", "hi upper bmax", v3, nest=0.0)
        center = job.let("center c mid", 0.5 * (low + high))
        half = job.let("half extent half_size", 0.5 * (high - low))
        radius = half
    visible = job.var("visible is_visible in_view", k.lit(True, t.BOOL))
    whole = job.var("fully_inside contained whole", k.lit(True, t.BOOL)) if rng.chance(0.35) else None
    with k.loop(job.words("n p plane_idx i"), 6) as n:
        plane = job.let("plane pl", planes[n])
        normal = job.let("normal nrm", k.make(v3, k.component(plane, 0), k.component(plane, 1), k.component(plane, 2)))
        dist = job.let("dist d signed", k.call("dot", normal, center) + k.component(plane, 3))
        reach = radius if round_ else job.let("reach r_eff proj", k.call("dot", half, k.call("abs", normal)))
        with k.when(dist < -reach):
            k.set(visible, k.lit(False, t.BOOL))
            if whole is None:
                k.leave_loop()
        if whole is not None:
            with k.when(dist < reach):
                k.set(whole, k.lit(False, t.BOOL))
    k.gap()
    flags = rng.chance(0.5)
    if whole is not None:
        state = k.where(visible, k.where(whole, k.integer(2), k.integer(1)), k.integer(0))
        job.write("cull_state visibility containment", state)
    else:
        job.write(
            "visible_out is_visible visibility", visible if flags else k.where(visible, k.integer(1), k.integer(0))
        )
    if job.more(0.4):
        eye = k.scalar(job.words("camera_pos eye view_pos"), v3, -3.0, 3.0)
        far = job.let("view_dist eye_dist range", k.call("length", center - eye))
        if rng.chance(0.5):
            near = job.scalar("lod_distance lod_base lod0_dist", k.real, 1.0, 4.0)
            ratio = k.call("max", far / k.call("max", near, 1e-3), 1.0)
            level = k.cast(k.call("min", k.call("log2", ratio), k.lit(4.0)), t.I32)
        else:
            one, two = (
                job.scalar(name, k.real, low_, low_ * 3.0) for name, low_ in (("lod1_dist", 1.0), ("lod2_dist", 4.0))
            )
            level = k.where(far < one, k.integer(0), k.where(far < two, k.integer(1), k.integer(2)))
        with k.when(visible):
            job.write("lods lod_out detail_level", level)
    k.shared.differentiable = False
    job.titled(
        "frustum_cull cull_{s} cull_spheres visibility_test cull_against_frustum"
        if round_
        else "frustum_cull_boxes cull_boxes cull_{s} cull_aabbs"
    )


@recipe("measures of polygons and points inside them", "geometry:0.99 reduction:0.11", "geometry render terrain")
def outline(k: Kernel) -> None:
    job = Job(k, "polygon footprint zone parcel contour region")
    if job.pick(measure=3.0, inside=1.6) == "measure":
        _measure(job)
    else:
        _inside(job)


@recipe("points, directions and lengths of curves", "geometry:0.99 vector:0.22", "geometry render rigid")
def curve(k: Kernel) -> None:
    _curve(Job(k, "curve strand hair path spline"))


@recipe("bounding volumes culled against a view", "geometry:0.33", "render")
def view_culling(k: Kernel) -> None:
    _culled(Job(k, "object instance mesh_instance prop tile chunk"))
