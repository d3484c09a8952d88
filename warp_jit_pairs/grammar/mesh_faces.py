"""Faces and vertices of a mesh by index, and pairs of triangles that may intersect."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .queries import ITERATOR, MESH, MESH_ID, MESH_RAY, VEC3, box, handle, op
from .recipes import SINGLE, recipe
from .tasks import launch, local, opt, read, sets, setting, words, write
from .tree import Expr

_FACE = ("=f face tid i face_id tri",)


@recipe("triangle pairs tested for intersection", "geometry:0.72", "cloth geometry", "query", SINGLE)
def triangle_pairs(k: Kernel) -> None:
    """Pairs from a broad phase: both as corners by index, or one list of faces and a list of pairs."""
    rng = k.rng
    k.titles = words(
        "intersect_pairs tri_tri_test test_triangle_pairs narrow_phase self_intersections "
        "check_tri_pairs find_intersections"
    )
    (i,) = launch(k, "pair", 1, (20,))
    nodes = k.dim(12)
    face_type = t.vec(3, t.I32)
    same = rng.chance(0.6)
    points = k.array("=points vertices pos verts", VEC3, (nodes,), low=-1.0, high=1.0)
    other = points if same else k.array("=other_points points_b verts_b", VEC3, (nodes,), low=-1.0, high=1.0)
    if rng.chance(0.5):
        count = k.dim(10)
        faces = k.array(
            "=faces triangles tri_indices", face_type, (count,), low=0, high=11, bound=nodes.symbol, corners=3
        )
        if rng.chance(0.5):
            pairs = k.array(
                "=pairs candidate_pairs pair_ids", t.vec(2, t.I32), k.launch, low=0, high=9, bound=count.symbol
            )
            pair = local(k, "=pair ab ids", pairs[i])
            ids = [pair[0], pair[1]]
        else:
            ids = [
                k.array(kind, t.I32, k.launch, low=0, high=9, bound=count.symbol)[i]
                for kind in ("=pair_a first_ids", "=pair_b second_ids")
            ]
        rows = [faces[n] for n in ids]
    else:
        rows = [
            k.array(kind, face_type, k.launch, low=0, high=11, bound=nodes.symbol, corners=3)[i]
            for kind in ("=faces_a tris_a", "=faces_b tris_b")
        ]
    fa, fb = (
        local(k, kind, row)
        for kind, row in zip(sets(k, "fa fb", "a b", "face_a face_b", "tri_a tri_b"), rows, strict=True)
    )
    called = sets(k, "a0 a1 a2 b0 b1 b2", "p0 p1 p2 q0 q1 q2", "u0 u1 u2 v0 v1 v2")
    inline = rng.chance(0.4)
    corners: list[Expr] = []
    for n in range(3):
        corners.append(points[fa[n]] if inline else local(k, called[n], points[fa[n]]))
    for n in range(3):
        corners.append(other[fb[n]] if inline else local(k, called[3 + n], other[fb[n]]))
    if same and opt(k, 0.35):
        with k.when(k.either(fa[0].equals(fb[0]), fa[0].equals(fb[1]), fa[0].equals(fb[2]))):
            k.give()
    hit = k.let("=hit intersects overlap touching", op("intersect_tri_tri", t.I32, *corners))
    write(k, "=hits intersecting results hit_flags", hit)
    if opt(k, 0.5):
        counter = k.array("=num_hits hit_count total_hits", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        with k.when(hit.differs(0) if rng.chance(0.5) else hit.equals(1)):
            k.do(k.call("atomic_add", counter, k.integer(0), k.integer(1), gives=t.I32))
    if opt(k, 0.3):
        marks = k.array("=vertex_flags bad_vertices marked", t.I32, (nodes,), "inout", low=0, high=0)
        with k.when(hit > 0):
            for n in range(3):
                k.do(k.call("atomic_max", marks, fa[n], k.integer(1), gives=t.I32))
    k.shared.differentiable = False


def _corners(k: Kernel, mesh: Expr, i: Expr) -> list[Expr]:
    """The corner points of this thread's face."""
    rng = k.rng
    corner = [i * 3 + n if n else i * 3 for n in range(3)]
    ids = sets(k, "i j k", "i0 i1 i2", "v0 v1 v2", "a b c", "ia ib ic")
    called = sets(k, "p q r", "p0 p1 p2", "x0 x1 x2", "pa pb pc")
    if rng.chance(0.5):
        object_ = k.let("=m mesh geom mesh_data", op("mesh_get", MESH, mesh))
        indices = [local(k, ids[n], object_.field("indices")[place]) for n, place in enumerate(corner)]
        return [local(k, called[n], object_.field("points")[place]) for n, place in enumerate(indices)]
    indices = [local(k, ids[n], op("mesh_get_index", t.I32, mesh, place)) for n, place in enumerate(corner)]
    return [local(k, called[n], op("mesh_get_point", VEC3, mesh, place)) for n, place in enumerate(indices)]


@recipe("vertices and objects of a mesh by index", "geometry:5.3", "cloth rigid geometry", "gather", SINGLE)
def mesh_data(k: Kernel) -> None:
    rng = k.rng
    how = rng.weighted({"corners": 2.5, "vertices": 2.0, "normals": 1.2, "bvh": 1.5, "group": 1.5})
    if how == "bvh":
        _boxes(k)
        return
    if how == "group":
        _group(k)
        return
    if how == "vertices":
        _vertices(k)
        return
    (i,) = launch(k, "face", kinds=_FACE)
    mesh = handle(k, "mesh", MESH_ID)
    if how == "normals":
        k.titles = words(
            "face_normals export_normals get_face_normals mesh_face_normals copy_face_normals offset_normals"
        )
        n = k.let("=n normal face_n", op("mesh_eval_face_normal", VEC3, mesh, i))
        if rng.chance(0.35):
            k.titles = ("shade_faces", "face_lighting", "light_faces", "face_lambert", "face_irradiance")
            light = k.scalar("=light_dir sun_dir to_light", VEC3, -1.0, 1.0, unit=True)
            write(k, "=irradiance shading face_light", k.call("max", k.call("dot", n, light), 0.0))
        elif rng.chance(0.5):
            pose = k.scalar("=xform X_wm mesh_pose", t.transform(), -1.0, 1.0, unit=True)
            write(k, "=world_normals normals n_out", k.call("transform_vector", pose, n))
        elif rng.chance(0.5):
            flip = rng.choose((-1.0,))
            write(k, "=normals inward flipped", n * flip)
            k.titles = ("flip_normals", "inward_normals", "reverse_face_normals", "negate_normals")
        else:
            write(k, "=normals face_normals n_out", n)
        if opt(k, 0.3):
            axis = rng.choose((1, 2))
            write(
                k,
                "=is_floor walkable upward",
                k.where(
                    n[axis] > setting(k, "=min_up slope_limit cos_limit", 0.3, 0.9, 0.7, 0.5),
                    k.integer(1),
                    k.integer(0),
                ),
            )
            k.shared.differentiable = False
        return
    p = _corners(k, mesh, i)
    k.gap()
    what = rng.choose(("centroid", "normal", "area", "bounds", "volume"))
    if what == "centroid":
        k.titles = ("face_centers", "mesh_centroids", "face_centroids", "compute_face_centers", "triangle_centers")
        write(k, "=centers centroids face_centers", (p[0] + p[1] + p[2]) / 3.0)
        if opt(k, 0.4):
            write(k, "=normals face_normals", op("mesh_eval_face_normal", VEC3, mesh, i))
    elif what == "bounds":
        k.titles = ("face_bounds", "mesh_face_aabbs", "face_aabbs", "compute_face_boxes", "face_boxes")
        low, high = k.call("min", p[0], k.call("min", p[1], p[2])), k.call("max", p[0], k.call("max", p[1], p[2]))
        write(k, "=lowers box_mins lower", low)
        write(k, "=uppers box_maxs upper", high)
    elif what == "volume":
        k.titles = ("mesh_volume", "accumulate_volume", "signed_volume", "sum_mesh_volume", "volume_integral")
        total = k.array("=volume total_volume mesh_vol", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        v = k.let("=v vol dv", k.call("dot", p[0], k.call("cross", p[1], p[2])) / 6.0)
        k.do(k.call("atomic_add", total, k.integer(0), v, gives=t.F32))
        if opt(k, 0.3):
            write(k, "=face_volumes volumes", v)
    else:
        n = k.let("=n cr face_n", k.call("cross", p[1] - p[0], p[2] - p[0]))
        if what == "normal":
            k.titles = ("face_normals", "compute_mesh_normals", "recompute_normals", "mesh_normals", "triangle_normals")
            write(k, "=normals face_normals n_out", k.call("normalize", n) if rng.chance(0.7) else n)
        if what == "area" or opt(k, 0.4):
            if what == "area":
                k.titles = ("face_areas", "mesh_areas", "triangle_areas", "compute_mesh_area", "face_area_weights")
            area = k.let("=area a_f", 0.5 * k.call("length", n))
            write(k, "=areas face_areas weights", area)
            if opt(k, 0.4):
                total = k.array(
                    "=surface_area total_area area_sum", t.F32, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0
                )
                k.do(k.call("atomic_add", total, k.integer(0), area, gives=t.F32))


def _vertices(k: Kernel) -> None:
    rng = k.rng
    (i,) = launch(k, "vertex", kinds=("=i v tid vertex vid",))
    mesh = handle(k, "mesh", MESH_ID)
    point = op("mesh_get_point", VEC3, mesh, i)
    what = rng.choose(("copy", "advect", "transform", "velocity", "height", "displace", "speed"))
    if what == "copy":
        k.titles = words("export_points copy_mesh_points read_vertices extract_points get_mesh_points center_mesh")
        center = k.scalar("=center pivot origin", VEC3, -1.0, 1.0)
        write(k, "=points_out vertices local_points", point - center)
    elif what == "advect":
        k.titles = ("predict_points", "advance_vertices", "extrapolate_mesh", "move_vertices", "advect_mesh_points")
        p = k.let("=p x pos", point)
        v = k.let("=v vel", op("mesh_get_velocity", VEC3, mesh, i))
        write(k, "=points_out predicted x_pred", p + v * setting(k, "=dt h time_step", 0.01, 0.1, 0.05))
        if opt(k, 0.3):
            write(k, "=speeds speed_out", k.call("length", v))
    elif what == "transform":
        k.titles = ("transform_mesh", "pose_vertices", "mesh_to_world", "bake_transform", "place_mesh")
        pose = k.scalar("=xform X_wm pose tf", t.transform(), -1.0, 1.0, unit=True)
        p = k.let("=p x local", point)
        if rng.chance(0.5):
            s = setting(k, "=scale mesh_scale s", 0.5, 2.0, 0.5, 2.0)
            p = k.let("=scaled p_s sized", p * s)
        write(k, "=world_points points_out verts_out", k.call("transform_point", pose, p))
    elif what == "velocity":
        k.titles = ("damp_velocities", "mesh_velocities", "scaled_velocities", "read_velocities", "clamp_velocities")
        v = k.let("=v vel", op("mesh_get_velocity", VEC3, mesh, i))
        if rng.chance(0.5):
            write(k, "=velocities v_out damped", v * setting(k, "=damping decay drag", 0.5, 1.0, 0.98, 0.9))
        else:
            top = setting(k, "=max_speed v_max speed_limit", 0.5, 2.0, 1.0)
            top = local(k, "=vmax limit", top) if not isinstance(top, (tree.Name, tree.Literal)) else top
            speed = k.let("=speed s", k.call("length", v))
            write(k, "=velocities v_out limited", k.where(speed > top, v * (top / k.call("max", speed, 1e-3)), v))
    elif what == "speed":
        k.titles = ("kinetic_energy", "vertex_energy", "mesh_kinetic", "energy_per_vertex", "vertex_kinetic_energy")
        v = k.let("=v vel", op("mesh_get_velocity", VEC3, mesh, i))
        mass = read(k, "=m mass", t.F32, 0.5, 2.0)
        e = k.let("=e ke kinetic", 0.5 * mass * k.call("dot", v, v))
        write(k, "=energies energy_out ke_out", e)
        if opt(k, 0.4):
            write(k, "=momenta momentum_out", v * mass)
    elif what == "height":
        k.titles = ("vertex_heights", "height_above", "sample_heights", "mesh_elevation", "vertex_elevation")
        p = k.let("=p x pos", point)
        h = k.let(
            "=h height elev", p[rng.choose((1, 2))] - setting(k, "=ground base_height sea_level", -0.5, 0.5, 0.0, 0.25)
        )
        write(k, "=heights elevations height_out", h)
        if opt(k, 0.5):
            write(k, "=submerged below under_water", k.where(h < 0.0, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    else:
        k.titles = ("displace_vertices", "apply_displacement", "inflate_mesh", "offset_points", "push_vertices")
        p = k.let("=p x pos", point)
        d = read(k, "=n normal dir", VEC3, -1.0, 1.0, unit=True)
        amount = setting(k, "=amount inflate offset", 0.01, 0.5, 0.1, 0.05)
        write(k, "=points_out displaced verts_out", p + d * amount)


def _boxes(k: Kernel) -> None:
    """The tree of a mesh asked for the faces in a box."""
    k.titles = words(
        "count_faces_in_box mesh_box_query faces_near_point count_nearby_faces box_face_count faces_in_region"
    )
    launch(k, "query")
    mesh = handle(k, "mesh", MESH_ID)
    bvh = k.let("=bvh bvh_id tree mesh_bvh", op("mesh_get_bvh", t.U64, mesh))
    low, high = box(k, read(k, "=p center pos c", VEC3))
    query = k.let("=query q iter", op("bvh_query_aabb", ITERATOR, bvh, low, high))
    found = tree.Name(t.I32, 0.0, 63.0, k.namer.local("=face idx face_id tri"))
    k.add(tree.Assign((found,), tree.Call(t.I32, 0.0, 0.0, "int", (k.integer(0),))))
    count = k.variable("=count num n_faces", k.integer(0))
    weights = (
        k.array("=face_areas face_weights areas", t.F32, (k.dim(64, fixed=True),), low=0.1, high=1.0)
        if opt(k, 0.35)
        else None
    )
    total = k.variable("=area total sum", k.lit(0.0)) if weights is not None else None
    last = k.variable("=last max_face highest", k.integer(-1)) if opt(k, 0.3) else None
    with k.repeat(op("bvh_query_next", t.BOOL, query, found)):
        k.augment(count, "+", 1)
        if weights is not None and total is not None:
            k.augment(total, "+", weights[found])
        if last is not None:
            k.set(last, k.call("max", last, found))
    write(k, "=counts face_counts num_faces", count)
    if total is not None:
        write(k, "=area_sums areas_out totals", total)
    if last is not None:
        write(k, "=last_faces max_ids", last)
    k.shared.differentiable = False


def _group(k: Kernel) -> None:
    """Rays that see the faces of one group, such as one world of many."""
    rng = k.rng
    k.titles = words("raycast_group trace_world_rays cast_in_world env_raycast group_ray_query raycast_per_env")
    launch(k, "ray")
    mesh = handle(k, "mesh", MESH_ID)
    group = read(k, "=world group env world_id", t.I32, 0, 3)
    root = k.let("=root group_root root_node", op("mesh_get_group_root", t.I32, mesh, group))
    origin, direction = (
        read(k, "=origin start ray_o", VEC3),
        read(k, "=direction dir ray_d", VEC3, -1.0, 1.0, unit=True),
    )
    far = setting(k, "=max_dist max_range far", 10.0, 1000.0, 100.0, 50.0)
    far = local(k, "=t_max limit", far) if not isinstance(far, (tree.Name, tree.Literal)) else far
    query = k.let("=query hit q res", op("mesh_query_ray", MESH_RAY, mesh, origin, direction, far, root))
    miss = far if rng.chance(0.5) else k.lit(-1.0)
    if rng.chance(0.5):
        write(k, "=distances ranges hit_t", k.where(query.field("result"), query.field("t"), miss))
        if opt(k, 0.4):
            write(k, "=hit_mask hits", k.where(query.field("result"), k.integer(1), k.integer(0)))
    else:
        dist = k.variable("=dist t_hit depth", miss)
        normal = k.variable("=normal n", k.zero(VEC3)) if opt(k, 0.5) else None
        with k.when(query.field("result")):
            k.set(dist, query.field("t"))
            if normal is not None:
                k.set(normal, query.field("normal"))
        write(k, "=distances ranges hit_t", dist)
        if normal is not None:
            write(k, "=normals hit_normals", normal)
    k.shared.differentiable = False
