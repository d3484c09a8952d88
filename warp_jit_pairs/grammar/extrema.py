"""Atomics into extents and statistics of groups: smallest, largest, counts, sums."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .atomics import atomic, slot_of
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


@recipe(
    "smallest and largest values or corners over all threads",
    "atomic:0.55 reduction:0.28",
    "geometry stats particles",
)
def extents(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "particle point vertex body cell element shape node")
    job.start()
    what = job.pick(bounds=3.0, group=1.5, speed=1.5, count=1.0, farthest=1.2, triangle=1.2)
    big = 1e4
    if what in ("bounds", "triangle"):
        _bounds(job, what)
        return
    if what == "group":
        number = k.dim(6)
        job.titled(
            "group_extrema max_per_group min_max_per_group group_max"
            " segment_max reduce_groups cluster_range {}_group_range"
        )
        ids = job.array("group_ids labels {}_group segment_ids cluster_ids", t.I32, low=0, high=5, bound=number.symbol)
        group = job.let("group g label seg", ids[job.at])
        value = job.read("values scores data x heights", "v value x_i", k.real)
        if rng.chance(0.3):
            value = job.let("size mag abs_v", k.call("abs", value))
        dims = (job.dims[0], number) if job.world is not None else (number,)
        lead = (job.world,) if job.world is not None else ()
        atomic(
            k,
            "atomic_max",
            job.array("group_max max_values largest maxima", k.real, dims, "inout", low=-big, high=-big),
            (*lead, group),
            value,
        )
        if job.more(0.5):
            atomic(
                k,
                "atomic_min",
                job.array("group_min min_values smallest minima", k.real, dims, "inout", low=big, high=big),
                (*lead, group),
                value,
            )
        if job.more(0.3):
            atomic(
                k,
                "atomic_add",
                job.array("group_count counts sizes", t.I32, dims, "inout", low=0, high=0),
                (*lead, group),
                k.integer(1),
            )
        return
    if what == "count":
        dtype = rng.choose((t.I32, t.I32, t.I64, t.U32))
        job.titled("max_degree count_statistics max_count degree_stats reduce_counts {}_count_stats largest_count")
        count = job.read("counts degrees {}_counts num_contacts sizes", "count n degree c", dtype, 0, 50, nest=0.0)
        atomic(k, "atomic_max", slot_of(job, "max_count largest max_degree", dtype)[0], slot_index(job), count)
        if job.more(0.7):
            atomic(k, "atomic_add", slot_of(job, "total_count total sum_counts", dtype)[0], slot_index(job), count)
        if job.more(0.4):
            limit = job.scalar("capacity max_allowed limit", dtype, 10, 40)
            with k.when(count > limit):
                atomic(
                    k,
                    "atomic_add",
                    slot_of(job, "overflow num_over overflows", t.I32)[0],
                    slot_index(job),
                    k.integer(1),
                )
        return
    vector = t.vec(rng.choose((3, 3, 2)), k.real)
    if what == "speed":
        job.titled(
            "max_speed compute_max_velocity largest_speed find_max_speed cfl_speed reduce_max_velocity {}_max_speed"
        )
        v = job.read("velocities vel velocity {}_vel v", "v vel_i", vector)
        speed = job.let("speed s mag", k.call("length", v))
        atomic(k, "atomic_max", slot_of(job, "max_speed max_vel v_max", k.real)[0], slot_index(job), speed)
        if job.more(0.4):
            h = job.param("cell_size dx h spacing", 0.5, 2.0, 1.0, 0.5, each=False)
            cfl = job.param("cfl cfl_number safety", 0.2, 1.0, 0.5, 0.9, each=False)
            atomic(
                k,
                "atomic_min",
                slot_of(job, "dt_max dt_out stable_dt", k.real, big)[0],
                slot_index(job),
                cfl * h / k.call("max", speed, 1e-3),
            )
        if job.more(0.3):
            job.write("speeds speed_out {}_speed", speed)
        return
    job.titled(
        "max_distance farthest_point bounding_radius"
        " max_radius_from_center bounding_sphere_radius find_radius {}_max_distance"
    )
    p = job.read("positions pos points {}_pos x", "p x pos_i", vector)
    center = job.scalar("center centroid origin com", vector, -1.0, 1.0)
    d = job.let("dist d r radius", k.call("length", p - center))
    if job.more(0.4):
        d = job.let("reach outer far_dist", d + job.param("radius {}_radius margin", 0.1, 1.0, 0.25))
    atomic(k, "atomic_max", slot_of(job, "max_dist radius_out farthest bounding_radius", k.real)[0], slot_index(job), d)
    if job.more(0.4):
        atomic(k, "atomic_min", slot_of(job, "min_dist nearest closest_dist", k.real, big)[0], slot_index(job), d)


def slot_index(job: Job) -> tuple[Expr, ...]:
    """Where in the array of `slot_of` a thread adds: at its world, or at the only element."""
    return (job.world,) if job.world is not None else (job.k.integer(0),)


def _bounds(job: Job, what: str) -> None:
    """The box around all things."""
    k, rng = job.k, job.rng
    vector = t.vec(rng.choose((2, 3, 3)), k.real)
    big = 1e4
    if what == "triangle":
        nodes = k.dim(12)
        job.it, job.many = "triangle", "triangles"
        job.titled(
            "triangle_bounds compute_tri_bounds face_bounds triangle_aabb mesh_bounds face_aabbs accumulate_tri_bounds"
        )
        x = job.array("vertices points positions verts", vector, (nodes,), low=-2.0, high=2.0)
        corners = k.dim(3, fixed=True)
        ids = job.array(
            "triangles faces tri_indices indices", t.I32, (*job.dims, corners), low=0, high=11, bound=nodes.symbol
        )
        a, b, c = (job.let(name, x[ids[(*job.at, n)]]) for n, name in enumerate(("a p0 v0", "b p1 v1", "c p2 v2")))
        low = job.let("lo lower tri_min bmin", k.call("min", k.call("min", a, b), c))
        high = job.let("hi upper tri_max bmax", k.call("max", k.call("max", a, b), c))
    else:
        job.titled(
            "compute_bounds bounding_box scene_bounds"
            " accumulate_bounds reduce_bounds compute_aabb {}_bounds expand_bounds"
        )
        p = job.read("positions points pos {}_pos x", "p x pos_i", vector)
        low = high = p
    if job.more(0.4):
        r = job.param("radius margin {}_radius padding", 0.1, 1.0, 0.25, 0.1)
        r = job.maybe("r pad m", r)
        reach = job.let("pad_vec extent half", k.make(vector, *[r] * vector.length))
        low, high = job.let("lower lo box_min", low - reach), job.let("upper hi box_max", high + reach)
    lower, where = slot_of(job, "lower bounds_min aabb_min min_corner", vector, big)
    upper, _ = slot_of(job, "upper bounds_max aabb_max max_corner", vector, -big)
    atomic(k, "atomic_min", lower, where, low)
    atomic(k, "atomic_max", upper, where, high)
    if job.more(0.35):
        middle = 0.5 * (low + high) if low is not high else low
        if what == "triangle" or low is not high:
            job.write("centers box_centers {}_center", middle)
            if job.more(0.5):
                job.write("box_lower {}_lower mins", low)
                job.write("box_upper {}_upper maxs", high)


@recipe(
    "moments of groups: counts, sums, sums of squares",
    "atomic:0.44 reduction:0.22",
    "stats learning biology",
)
def group_moments(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "sample point cell particle atom pixel face node agent voxel")
    job.start()
    groups = k.dim(6)
    what = job.pick(cluster=2.0, segment=2.0, normals=1.2, voxel=1.0, mass=1.2)
    vector = what in ("normals", "voxel", "mass") or rng.chance(0.4)
    dtype: t.Type = t.vec(2 if what == "mass" and rng.chance(0.3) else 3, k.real) if vector else k.real
    words = {
        "cluster": (
            "cluster",
            "accumulate_clusters cluster_sums kmeans_accumulate"
            " sum_clusters cluster_moments assign_and_sum update_cluster_sums",
        ),
        "segment": (
            "segment",
            "segment_sum segmented_sum sum_by_label group_sums"
            " scatter_add accumulate_by_segment reduce_by_key label_statistics",
        ),
        "normals": (
            "vertex",
            "accumulate_normals scatter_normals gather_face_normals sum_vertex_normals accumulate_vertex_normals",
        ),
        "voxel": (
            "voxel",
            "voxel_downsample accumulate_voxels voxel_average voxel_sums bin_points_to_voxels scatter_to_voxels",
        ),
        "mass": (
            "body",
            "accumulate_body_mass body_center_of_mass sum_body_mass compute_body_com accumulate_com body_mass_sums",
        ),
    }
    owner, titles = words[what]
    job.titled(titles)
    ids = job.array(
        f"{owner}_ids {owner}_id labels {{}}_{owner} {owner}_index group_ids", t.I32, low=0, high=5, bound=groups.symbol
    )
    group = job.let(f"{owner} g label {owner}_id group", ids[job.at])
    if what in ("segment", "cluster") and job.more(0.25):
        ignored = job.scalar("ignore_label background skip_label", t.I32, 0, 5)
        with k.when(group.equals(ignored)):
            k.give()
    arrays, local = {
        "normals": ("face_normals normals {}_normals", "n normal fn"),
        "mass": ("positions pos {}_pos x", "x p pos_i"),
        "voxel": ("points positions {}_pos pts", "p x pt"),
    }.get(
        what, ("positions points features", "x p feat") if vector else ("values data x scores {}_values", "v value x_i")
    )
    value = job.read(arrays, local, dtype, unit=True) if what == "normals" else job.read(arrays, local, dtype)
    weight: Expr | None = None
    if what == "mass":
        weight = job.read("mass masses {}_mass m", "m mass_i", k.real, 0.5, 2.0)
    elif what == "normals" and job.more(0.6):
        weight = job.read("areas face_areas {}_area", "area a_i", k.real, 0.1, 1.0)
    elif job.more(0.3):
        weight = job.read("weights {}_weight w", "w weight", k.real, 0.1, 1.0)
    dims = (job.dims[0], groups) if job.world is not None else (groups,)
    where = (*((job.world,) if job.world is not None else ()), group)
    sums = job.array(
        f"{owner}_sums sums {owner}_totals accum totals"
        if what != "normals"
        else "vertex_normals normal_sums normals_out",
        dtype,
        dims,
        "inout",
        low=0.0,
        high=0.0,
    )
    atomic(k, "atomic_add", sums, where, value * weight if weight is not None else value)
    if weight is not None and (what == "mass" or rng.chance(0.7)):
        total = job.array(
            {"mass": "body_mass total_mass mass_sum"}.get(what, "weight_sum total_weight w_sums"),
            k.real,
            dims,
            "inout",
            low=0.0,
            high=0.0,
        )
        atomic(k, "atomic_add", total, where, weight)
    elif weight is None and rng.chance(0.7):
        counts = job.array(
            f"{owner}_counts counts num_in_{owner}", rng.choose((t.I32, t.I32, k.real)), dims, "inout", low=0, high=0
        )
        assert isinstance(counts.type, t.Array)
        atomic(k, "atomic_add", counts, where, k.lit(1, counts.type.dtype))
    if job.more(0.4) and what in ("cluster", "segment"):
        squares = job.array(f"{owner}_sq_sums sq_sums sum_squares", k.real, dims, "inout", low=0.0, high=0.0)
        square = k.call("dot", value, value) if vector else value * value
        atomic(k, "atomic_add", squares, where, weight * square if weight is not None else square)
    if job.more(0.25) and not vector:
        atomic(
            k,
            "atomic_max",
            job.array(f"{owner}_max max_values largest", k.real, dims, "inout", low=-1e4, high=-1e4),
            where,
            value,
        )
    if job.more(0.3) and what == "cluster" and vector:
        centers = job.array("centroids centers means", dtype, dims, low=-2.0, high=2.0)
        d = job.let("d delta to_center", value - centers[where])
        error, slot = slot_of(job, "inertia total_error distortion", k.real)
        atomic(k, "atomic_add", error, slot, k.call("dot", d, d))
