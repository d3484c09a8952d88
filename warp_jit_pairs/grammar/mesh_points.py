"""Points and the closest place of a triangle mesh: distances, projections, contacts, what the surface has there."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .mesh_contacts import Found, contact
from .queries import MESH_ID, MESH_POINT, POINT, VEC3, fixed, handle, op, reach
from .recipes import SINGLE, recipe
from .tasks import batched, launch, leave, named, opt, read, setting, words, write
from .tree import Expr

_POINT_QUERIES = {
    "mesh_query_point": 3.0,
    "mesh_query_point_sign_normal": 2.0,
    "mesh_query_point_sign_parity": 1.5,
    "mesh_query_point_sign_winding_number": 1.4,
    "mesh_query_point_no_sign": 1.6,
    "mesh_query_furthest_point_no_sign": 1.2,
}


def _ask(k: Kernel, name: str, p: Expr, pose: Expr | None = None, far: bool = True) -> Found:
    """Ask for the closest place; how far off it may be is an argument only if that matters (`far`)."""
    rng = k.rng
    mesh = handle(k, "mesh", MESH_ID)
    local_p = p
    if pose is not None:
        local_p = k.let("=p_local local_p q_local", k.call("transform_point", k.call("transform_inverse", pose), p))
    furthest = "furthest" in name
    limit = k.lit(0.0)
    if not furthest:
        kind = "=max_dist max_distance query_dist search_radius"
        limit = named(k, "=max_d limit", reach(k, kind, 2.0, 10.0, 100.0, 5.0, 1.0, told=far))
    extra: tuple[Expr, ...] = ()
    if name.endswith("winding_number") and rng.chance(0.3):
        extra = (k.lit(2.0), k.choose_lit(0.5, 0.6))
    query = k.let("=query q res hit result", op(name, MESH_POINT, mesh, local_p, limit, *extra))
    return Found(k, mesh, local_p, p, limit, query, "no_sign" not in name, pose)


@recipe("closest points of a triangle mesh", "geometry:7.7", "particles cloth rigid", SINGLE)
def mesh_closest(k: Kernel) -> None:
    rng = k.rng
    name = rng.weighted(_POINT_QUERIES)
    if "furthest" in name:
        _furthest(k, name)
        return
    tasks = {task: row[0] for task, row in _TASKS.items() if "no_sign" not in name or not row[2]}
    task = rng.weighted(tasks)
    if task == "cells":
        _cells(k, name)
        return
    batched(k, rng.choose(("point", "particle", "sample")), 0.12)
    if task in ("distance", "project") and rng.chance(0.2):
        v = read(k, "=v vel velocity", VEC3, -1.0, 1.0)
        p = k.let("=p_next predicted x_next", read(k, POINT, VEC3) + v * fixed(k, "=dt time_step", 0.01, 0.1, 0.05))
    else:
        p = read(k, POINT, VEC3)
    pose = None
    if rng.chance(0.2):
        pose = k.scalar("=mesh_xform X_wm mesh_pose mesh_tf", t.transform(), -1.0, 1.0, unit=True)
    found = _ask(k, name, p, pose, task not in ("contact", "influence"))
    k.shared.differentiable = False
    _TASKS[task][1](found)


def _furthest(k: Kernel, name: str) -> None:
    rng = k.rng
    k.titles = words("furthest_on_mesh max_mesh_distance farthest_mesh_point mesh_extent_from_points furthest_points")
    batched(k, rng.choose(("point", "particle", "sample")), 0.15)
    p = read(k, POINT, VEC3)
    pose = None
    if rng.chance(0.3):
        pose = k.scalar("=mesh_xform X_wm mesh_pose mesh_tf", t.transform(), -1.0, 1.0, unit=True)
    found = _ask(k, name, p, pose)
    k.shared.differentiable = False
    if rng.chance(0.5):
        leave(k, k.negate(found.hit))
        _far(found)
    else:
        with k.when(found.hit):
            _far(found)


def _far(found: Found) -> None:
    """What the place that is furthest off tells."""
    k, rng = found.k, found.k.rng
    c = found.closest()
    delta = found.delta(c)
    how = rng.choose(("distance", "point", "radius", "share", "direction", "energy", "attenuation"))
    if how == "point":
        write(k, "=far_points furthest points_out", found.placed(c))
        if rng.chance(0.5):
            write(k, "=face_ids far_faces", found.query.field("face"))
        return
    if how == "direction":
        k.titles = words("farthest_direction escape_direction longest_axis away_from_mesh")
        write(k, "=directions far_dirs", found.turned(k.call("normalize", -delta)))
        if rng.chance(0.5):
            write(k, "=distances reach_out", k.call("length", delta))
        return
    d = k.let("=d dist reach", k.call("length", delta))
    if how == "radius":
        k.titles = words("bounding_radii mesh_radius bounding_sphere_radius enclosing_radius")
        dims = k.launch[:1] if k.worlds else (k.dim(1, fixed=True),)
        top = k.array("=radius max_radius bound", t.F32, dims, "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_max", top, k.threads[0] if k.worlds else k.integer(0), d, gives=t.F32))
    elif how == "share":
        k.titles = words("reach_ratio in_range_of_all covers_mesh coverage_check")
        limit = fixed(k, "=range max_range reach_limit", 1.0, 4.0, 2.0)
        write(k, "=all_in_range covered", k.where(d < limit, k.integer(1), k.integer(0)))
    elif how == "energy":
        k.titles = words("min_intensity worst_case_signal weakest_coverage farthest_signal")
        power = setting(k, "=power tx_power source_power", 0.5, 4.0, 1.0, 2.0)
        write(k, "=intensities signals", power / k.call("max", d * d, 0.01))
    elif how == "attenuation":
        k.titles = words("lod_levels pick_lod level_of_detail detail_level")
        base = fixed(k, "=lod_distance base_dist", 0.5, 2.0, 1.0)
        level = k.cast(k.call("log2", k.call("max", d / base, 1.0)), t.I32)
        write(k, "=lods levels", k.call("min", level, k.scalar("=max_lod max_level", t.I32, 1, 4)))
    if how == "distance" or rng.chance(0.3):
        write(k, "=distances dist_out reach_out", d)


def _cells(k: Kernel, name: str) -> None:
    """Distances or insides at the cells of a grid."""
    rng = k.rng
    launch(k, "voxel", 3, kinds=rng.choose((("=i", "=j", "=k"), ("=x", "=y", "=z"))), whole=True)
    k.titles = words("mesh_to_sdf voxelize_mesh bake_mesh_sdf sdf_from_mesh fill_sdf_grid")
    corner = k.scalar("=grid_origin lower bounds_min origin", VEC3, -1.5, -0.8)
    size = named(k, "=h", fixed(k, "=voxel_size cell_size dx spacing", 0.4, 0.8, 0.5))
    index = k.make(VEC3, *(k.cast(i, t.F32) for i in k.threads))
    if rng.chance(0.4):
        index = index + k.make(VEC3, 0.5, 0.5, 0.5)
    found = _ask(k, name, k.let("=p cell_p world_p x", corner + index * size))
    k.shared.differentiable = False
    if found.signed and rng.chance(0.4):
        k.titles = words("voxelize_solid mark_inside_mesh fill_occupancy solid_voxels")
        inside = k.both(found.hit, found.query.field("sign") < 0.0)
        write(k, "=occupancy inside solid", k.where(inside, k.integer(1), k.integer(0)))
        return
    d = k.variable("=d dist sd", found.limit if rng.chance(0.6) else k.lit(1e3), False)
    with k.when(found.hit):
        k.set(d, found.distance(found.delta(found.closest())))
    if rng.chance(0.4):
        band = named(k, "=w", fixed(k, "=band truncation half_width", 0.3, 1.0, 0.5))
        d = k.call("clamp", d, -band, band) if found.signed else k.call("min", d, band)
    elif rng.chance(0.3):
        d = d - fixed(k, "=thickness shell iso", 0.05, 0.3, 0.1)
    write(k, "=sdf distances phi grid", d)


def _distance(f: Found) -> None:
    k, rng = f.k, f.k.rng
    k.titles = (
        words("mesh_signed_distance mesh_sdf eval_mesh_sdf signed_distance_to_mesh sample_mesh_sdf compute_mesh_sdf")
        if f.signed
        else words("mesh_distance unsigned_mesh_distance distance_to_mesh closest_mesh_distance points_to_mesh")
    )
    extra = rng.weighted({"": 3.0, "normal": 2.0, "face": 1.0, "inside": 1.0 if f.signed else 0.0, "point": 1.0})
    if rng.chance(0.35):
        with k.when(k.negate(f.hit)):
            write(k, "=missed out_of_range", k.integer(1))
            k.give()
        c = f.closest()
        delta = f.delta(c)
        write(k, "=distances sdf sdf_out dist_out phi", k.let("=dist d sd", f.distance(delta)))
        if extra == "normal":
            write(k, "=normals gradients n_out", f.turned(f.normal(delta)))
        elif extra == "point":
            write(k, "=closest_points points_out", f.placed(c))
        return
    distance = k.variable("=dist d sd distance", f.limit if rng.chance(0.5) else k.lit(rng.choose((1e3, -1.0, 1e6))))
    normal = k.variable("=normal n grad", k.zero(VEC3)) if extra == "normal" else None
    face = k.variable("=face_id face tri", k.integer(-1)) if extra == "face" else None
    with k.when(f.hit):
        c = f.closest()
        delta = f.delta(c)
        d = f.distance(delta)
        k.set(distance, d - fixed(k, "=thickness radius offset", 0.02, 0.3, 0.05, 0.1) if rng.chance(0.25) else d)
        if normal is not None:
            k.set(normal, f.turned(f.normal(delta)))
        if face is not None:
            k.set(face, f.query.field("face"))
        if extra == "point":
            write(k, "=closest_points points_out", f.placed(c))
    write(k, "=distances sdf sdf_out dist_out phi", distance)
    if normal is not None:
        write(k, "=normals gradients n_out", normal)
    if face is not None:
        write(k, "=face_ids closest_faces faces_out", face)
    if extra == "inside":
        write(k, "=inside is_inside occupancy", k.where(distance < 0.0, k.integer(1), k.integer(0)))


def _project(f: Found) -> None:
    """Points brought onto the surface, or nearer to it."""
    k, rng = f.k, f.k.rng
    k.titles = words("project_to_mesh snap_to_mesh closest_mesh_points shrinkwrap attach_to_surface stick_to_mesh")
    how = rng.choose(("plain", "offset", "blend", "near", "step", "slide"))
    result = k.variable("=target snapped projected x_new", f.world)
    with k.when(f.hit):
        c = f.closest()
        if how == "offset":
            n = op("mesh_eval_face_normal", VEC3, f.mesh, f.query.field("face"))
            k.set(result, f.placed(c + n * fixed(k, "=offset thickness shell_offset margin", 0.01, 0.2, 0.05)))
        elif how == "blend":
            share = setting(k, "=blend strength weight", 0.1, 1.0, 0.5, 0.9)
            k.set(result, k.call("lerp", f.world, f.placed(c), share))
        elif how == "near":
            k.titles = words("snap_near_points snap_within weld_to_surface capture_points")
            with k.when(k.call("length", f.p - c) < fixed(k, "=snap_dist tolerance reach", 0.1, 1.0, 0.5)):
                k.set(result, f.placed(c))
        elif how == "step":
            k.titles = words("pull_to_surface attract_to_mesh creep_to_mesh step_towards_mesh")
            way = k.let("=way to_surface d_vec", f.placed(c) - f.world)
            most = named(k, "=step", fixed(k, "=max_step step_size", 0.05, 0.5, 0.1))
            k.set(result, f.world + way * k.call("min", 1.0, most / k.call("max", k.call("length", way), 1e-4)))
        elif how == "slide":
            k.titles = words("walk_on_surface slide_on_mesh surface_walk crawl_on_mesh")
            n = k.let("=n normal", op("mesh_eval_face_normal", VEC3, f.mesh, f.query.field("face")))
            goal = read(k, "=heading wish_dir goal_dir", VEC3, -1.0, 1.0)
            if f.pose is not None:
                n = k.let("=n_w world_n", f.turned(n))
            along = goal - n * k.call("dot", goal, n)
            k.set(result, f.placed(c) + along * fixed(k, "=dt step", 0.01, 0.1, 0.05))
        else:
            k.set(result, f.placed(c))
    write(k, "=projected points_out pos_out snapped_out", result)
    if opt(k, 0.35):
        write(k, "=displacements offsets moved", result - f.world)
    elif opt(k, 0.3):
        write(k, "=found on_mesh hit_mask", k.where(f.hit, k.integer(1), k.integer(0)))


def _surface(f: Found) -> None:
    """What the surface has where a point is nearest: coordinates, motion, attributes of faces and vertices."""
    k, rng = f.k, f.k.rng
    face, u, v = f.at
    how = rng.choose(("bind", "velocity", "velocity", "color", "label", "vertex", "uv", "weights"))
    if rng.chance(0.4):
        leave(k, k.negate(f.hit))
        _on_surface(f, how, face, u, v)
        return
    with k.when(f.hit):
        _on_surface(f, how, face, u, v)
    if how == "bind" and rng.chance(0.5):
        with k.otherwise():
            write(k, "=missed unbound lost", k.integer(1))


def _on_surface(f: Found, how: str, face: Expr, u: Expr, v: Expr) -> None:
    k, rng = f.k, f.k.rng
    size = k.dim(64, fixed=True)
    if how == "bind":
        k.titles = words("bind_to_mesh closest_faces find_closest_face mesh_correspondence locate_on_surface")
        write(k, "=face_ids faces_out closest_faces", face)
        bary = k.make(VEC3, u, v, 1.0 - u - v) if rng.chance(0.5) else k.make(t.vec(2), u, v)
        write(k, "=barycentric bary_out uvs coords", bary)
        if rng.chance(0.4):
            write(k, "=offsets rest_offset", f.p - f.closest())
        return
    if how == "velocity":
        k.titles = words("sample_mesh_velocity mesh_velocity_at surface_velocity drag_with_mesh transfer_velocity")
        sv = k.let("=sv surface_vel mesh_v", op("mesh_eval_velocity", VEC3, f.mesh, face, u, v))
        if rng.chance(0.5):
            own = k.let("=v vel own_v", read(k, "=v vel velocity", VEC3))
            made = k.call("lerp", own, f.turned(sv), setting(k, "=friction coupling drag", 0.1, 1.0, 0.5))
            write(k, "=velocities vel_out", made)
        else:
            write(k, "=velocities vel_out surface_vels", f.turned(sv))
        return
    if how == "label":
        k.titles = words("label_by_surface assign_regions face_material_at transfer_labels")
        labels = k.array("=face_labels face_material face_region", t.I32, (size,), low=0, high=9)
        write(k, "=labels_out materials regions", labels[face])
        return
    corner = [op("mesh_get_index", t.I32, f.mesh, face * 3 + n if n else face * 3) for n in range(3)]
    if rng.chance(0.6):
        called = rng.choose((("i0", "i1", "i2"), ("v0", "v1", "v2"), ("ia", "ib", "ic")))
        corner = [k.let(f"={name}", one) for name, one in zip(called, corner, strict=True)]
    rest = k.let("=w w2 bary_w", 1.0 - u - v)
    if how == "weights":
        k.titles = words("splat_to_vertices scatter_to_mesh deposit_on_mesh spread_load")
        load = read(k, "=load amount mass", t.F32, 0.1, 1.0)
        sums = k.array("=vertex_load vertex_mass loads", t.F32, (size,), "inout", low=0.0, high=0.0)
        for place, w in zip(corner, (u, v, rest), strict=True):
            k.do(k.call("atomic_add", sums, place, load * w, gives=t.F32))
        return
    dtype, called_as, out, titles = {
        "color": (
            VEC3,
            "=vertex_colors colors",
            "=colors_out point_colors",
            "sample_colors transfer_colors bake_colors",
        ),
        "vertex": (
            t.F32,
            "=vertex_values vertex_temp field",
            "=values_out samples",
            "sample_vertex_field transfer_field",
        ),
        "uv": (t.vec(2), "=vertex_uvs tex_coords", "=uv_out point_uvs", "sample_uvs transfer_uvs project_uvs"),
    }[how]
    k.titles = words(titles)
    table = k.array(called_as, dtype, (size,), low=0.0, high=1.0)
    made = table[corner[0]] * u + table[corner[1]] * v + table[corner[2]] * rest
    write(k, out, made)


def _fit(f: Found) -> None:
    """How well points lie on the surface."""
    k, rng = f.k, f.k.rng
    how = rng.choose(("plane", "squares", "worst", "robust", "inliers"))
    one = (k.dim(1, fixed=True),)
    zero = k.integer(0)
    with k.when(f.hit):
        c = f.closest()
        delta = f.delta(c)
        if how == "plane":
            k.titles = words("point_to_plane icp_residuals registration_error plane_residuals")
            n = k.let("=n normal", op("mesh_eval_face_normal", VEC3, f.mesh, f.query.field("face")))
            r = k.let("=r residual e", k.call("dot", delta, n))
            if rng.chance(0.5):
                write(k, "=residuals errors", r)
            if rng.chance(0.6):
                write(k, "=normals target_normals", f.turned(n))
        else:
            r = k.let("=r dist d", k.call("length", delta))
        if how == "inliers":
            k.titles = words("count_inliers inlier_mask ransac_inliers points_on_surface")
            with k.when(r < fixed(k, "=tolerance inlier_dist", 0.1, 1.0, 0.25)):
                write(k, "=inlier_mask inliers on_surface", k.integer(1))
                count = k.array("=num_inliers inlier_count", t.I32, one, "inout", low=0, high=0)
                k.do(k.call("atomic_add", count, zero, k.integer(1), gives=t.I32))
            return
        if how == "worst":
            k.titles = words("hausdorff_distance max_deviation worst_error one_sided_hausdorff")
            top = k.array("=max_dist_out hausdorff worst", t.F32, one, "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_max", top, zero, r, gives=t.F32))
            if rng.chance(0.5):
                write(k, "=deviations dist_out", r)
            return
        value = r * r
        if how == "robust":
            k.titles = words("robust_fit_loss huber_distance robust_alignment")
            bound = named(k, "=delta_h", fixed(k, "=huber_delta delta_h", 0.1, 1.0, 0.25))
            a = k.let("=a abs_r", k.call("min", r, bound))
            value = a * (r - 0.5 * a)
        elif how == "squares":
            k.titles = words("chamfer_loss surface_loss squared_distances fit_loss")
            if rng.chance(0.5):
                value = value * read(k, "=w weight confidence", t.F32, 0.1, 1.0)
        total = k.array("=loss total_error sq_sum", t.F32, one, "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", total, zero, value, gives=t.F32))
        if rng.chance(0.4):
            write(k, "=matched correspondences closest_points", f.placed(c))


def _influence(f: Found) -> None:
    """What being near the surface does: steering away, springs to it, fields that fade with distance."""
    k, rng = f.k, f.k.rng
    how = rng.choose(("avoid", "spring", "fade", "alarm", "flow"))
    with k.when(f.hit):
        c = f.closest()
        delta = f.delta(c)
        d = k.let("=d dist r", k.call("length", delta))
        if how == "spring":
            k.titles = words("attach_springs tether_to_mesh surface_springs adhesion_forces")
            rest = fixed(k, "=rest_length rest_dist", 0.05, 0.5, 0.1, 0.2)
            size = setting(k, "=stiffness k_s adhesion", 5.0, 50.0, 20.0) * (d - rest)
            write(k, "=forces f_out spring_f", f.turned(delta) * (-size / k.call("max", d, 1e-3)))
        elif how == "avoid":
            k.titles = words("avoid_obstacles steer_from_mesh obstacle_avoidance wall_repulsion")
            reach = named(k, "=range", fixed(k, "=avoid_range influence view_dist", 0.5, 2.0, 1.0))
            with k.when(d < reach):
                strength = fixed(k, "=gain avoid_gain strength", 0.5, 5.0, 1.0, 2.0)
                n = f.turned(k.call("normalize", delta))
                write(k, "=steering avoid_f", n * (strength * (1.0 - d / reach)))
        elif how == "fade":
            k.titles = words("surface_falloff proximity_weights heat_from_surface distance_falloff")
            scale = fixed(k, "=length_scale falloff sigma", 0.2, 1.0, 0.5)
            x = d / scale
            w = k.call("exp", -x)
            if rng.chance(0.5):
                x = k.let("=x ratio", x)
                w = k.call("exp", -(x * x)) if rng.chance(0.5) else 1.0 / (1.0 + x * x)
            write(k, "=weights falloff_out heat", w)
        elif how == "alarm":
            k.titles = words("proximity_alarm clearance_check flag_close_points safety_zone")
            near = fixed(k, "=warn_dist clearance safe_dist", 0.2, 1.0, 0.5)
            write(k, "=clearances gaps", d)
            with k.when(d < near):
                write(k, "=alarms too_close", k.integer(1))
        else:
            k.titles = words("flow_around_mesh deflect_velocity boundary_flow curl_free_deflection")
            n = k.let("=n normal", f.turned(k.call("normalize", delta)))
            v = read(k, "=v vel wind", VEC3)
            vn = k.call("dot", v, n)
            w = k.let("=w blend", 1.0 - k.call("min", d / fixed(k, "=boundary_width falloff", 0.3, 1.0, 0.5), 1.0))
            write(k, "=velocities vel_out", v - n * (w * vn))


_TASKS: dict[str, tuple[float, Callable[[Found], None], bool]] = {
    "distance": (1.4, _distance, False),
    "project": (1.3, _project, False),
    "surface": (1.6, _surface, False),
    "fit": (1.0, _fit, False),
    "influence": (0.9, _influence, False),
    "contact": (2.4, contact, True),
    "cells": (0.9, _distance, False),
}
"""Weights, what is done with the closest place, and whether it wants to know which side the point is on."""
