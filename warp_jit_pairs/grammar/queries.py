"""Queries of triangle meshes: closest points, rays, faces and vertices by index.

Objects come as handles (`wp.uint64`); what kind of object a handle must name is in its facts.
"""

from __future__ import annotations

from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .rays import DIRECTION, ORIGIN, PIXEL, camera_ray
from .recipes import SINGLE, recipe
from .tasks import batched, launch, local, named, names, opt, read, setting, write
from .tree import Expr

VEC3 = t.vec(3)

MESH_POINT = t.Struct(
    "MeshQueryPoint", (("result", t.BOOL), ("sign", t.F32), ("face", t.I32), ("u", t.F32), ("v", t.F32)), False
)
MESH_RAY = t.Struct(
    "MeshQueryRay",
    (("result", t.BOOL), ("sign", t.F32), ("face", t.I32), ("t", t.F32), ("u", t.F32), ("v", t.F32), ("normal", VEC3)),
    False,
)
MESH = t.Struct(
    "Mesh", (("points", t.Array(VEC3, 1)), ("velocities", t.Array(VEC3, 1)), ("indices", t.Array(t.I32, 1))), False
)
ITERATOR = t.Opaque("query")
MESH_ID = "=mesh mesh_id collider_mesh surface_mesh target_mesh shape_mesh mesh_handle"
POINT = names("p pos x point q", "query world sample particle", "")


def op(name: str, gives: t.Type, *arguments: tree.Value) -> Expr:
    """A call whose result type the rule states."""
    exprs = tuple(tree.as_expr(a, t.F32 if isinstance(a, float) else t.I32) for a in arguments)
    return tree.Call(gives, -1e3, 1e3, f"wp.{name}", exprs)


def handle(k: Kernel, kind: str, called: str = "", **facts: str) -> Expr:
    """An argument that names an object of Warp."""
    argument = k.namer.argument(called or kind)
    k.add_argument(argument, t.U64, "handles", {"handle": kind, **facts})
    return tree.Name(t.U64, -inf, inf, argument)


def box(k: Kernel, center: Expr) -> tuple[Expr, Expr]:
    """Corners of a box around a point, or read."""
    if k.rng.chance(0.25):
        low = k.let("=lower lo box_min", k.load("=lowers box_mins lower_bounds", VEC3, -2.0, -0.5))
        return low, k.let("=upper hi box_max", k.load("=uppers box_maxs upper_bounds", VEC3, 0.5, 2.0))
    r = named(k, "=r radius reach", setting(k, "=radius query_radius half_width reach", 0.1, 1.0, 0.5, 0.25))
    reach = k.let("=ext half extent r_vec", k.make(VEC3, r, r, r))
    return k.let("=lower lo box_min", center - reach), k.let("=upper hi box_max", center + reach)


_POINT_QUERIES = {
    "mesh_query_point": 3.0,
    "mesh_query_point_sign_normal": 2.0,
    "mesh_query_point_sign_parity": 1.2,
    "mesh_query_point_sign_winding_number": 1.2,
    "mesh_query_point_no_sign": 1.5,
    "mesh_query_furthest_point_no_sign": 1.2,
}


@recipe("closest points of a triangle mesh", "geometry:2.2", "particles cloth rigid", "query", SINGLE)
def mesh_closest(k: Kernel) -> None:
    rng = k.rng
    batched(k, rng.choose(("point", "particle", "sample")), 0.15)
    mesh = handle(k, "mesh", MESH_ID)
    name = rng.weighted(_POINT_QUERIES)
    furthest, signed = "furthest" in name, "no_sign" not in name
    p = read(k, POINT, VEC3)
    if rng.chance(0.25) and not furthest:
        pose = k.scalar("=mesh_xform X_wm mesh_pose mesh_tf", t.transform(), -1.0, 1.0, unit=True)
        p = k.let("=p_local local_p q_local", k.call("transform_point", k.call("transform_inverse", pose), p))
    limit = named(
        k, "=max_d limit", setting(k, "=max_dist max_distance query_dist search_radius", 1.0, 100.0, 10.0, 100.0, 5.0)
    )
    query = k.let("=query q res hit result", op(name, MESH_POINT, mesh, p, 0.0 if furthest else limit))
    at = (query.field("face"), query.field("u"), query.field("v"))
    point = op("mesh_eval_position", VEC3, mesh, *at)
    if furthest:
        k.titles = (
            "furthest_on_mesh",
            "max_mesh_distance",
            "farthest_mesh_point",
            "mesh_extent_from_points",
            "furthest_points",
        )
        how = "distance"
    else:
        how = rng.choose(
            ("distance", "project", "contact", "collide", "attributes")
            if signed
            else ("distance", "project", "attributes")
        )
    (
        _mesh_distance
        if how == "distance"
        else _mesh_project
        if how == "project"
        else _mesh_attributes
        if how == "attributes"
        else _mesh_contact
    )(k, p, limit, query, point, at, signed, how, mesh, furthest)
    k.shared.differentiable = k.shared.differentiable and how in ("distance", "project")


def _mesh_distance(
    k: Kernel,
    p: Expr,
    limit: Expr,
    query: Expr,
    point: Expr,
    at: tuple[Expr, ...],
    signed: bool,
    how: str,
    mesh: Expr,
    furthest: bool,
) -> None:
    rng = k.rng
    if not furthest:
        k.titles = (
            (
                "mesh_signed_distance",
                "mesh_sdf",
                "eval_mesh_sdf",
                "signed_distance_to_mesh",
                "sample_mesh_sdf",
                "compute_mesh_sdf",
            )
            if signed
            else (
                "mesh_distance",
                "unsigned_mesh_distance",
                "distance_to_mesh",
                "closest_mesh_distance",
                "points_to_mesh",
            )
        )
    miss = limit if rng.chance(0.5) and not furthest else k.lit(rng.choose((1e3, -1.0, 0.0)))
    distance = k.variable("=dist d sd distance", miss)
    normal = k.variable("=normal n grad", k.zero(VEC3)) if opt(k, 0.4) else None
    face = k.variable("=face_id face tri", k.integer(-1)) if opt(k, 0.25) else None
    with k.when(query.field("result")):
        c = k.let("=closest cp c surface_p", point)
        delta = k.let("=delta diff d_vec", p - c)
        length = k.call("length", delta)
        k.set(distance, query.field("sign") * length if signed else length)
        if normal is not None:
            if rng.chance(0.5):
                k.set(normal, op("mesh_eval_face_normal", VEC3, mesh, query.field("face")))
            else:
                n = k.call("normalize", delta)
                k.set(normal, n * query.field("sign") if signed else n)
        if face is not None:
            k.set(face, query.field("face"))
    write(k, "=distances sdf sdf_out dist_out phi", distance)
    if normal is not None:
        write(k, "=normals gradients n_out", normal)
    if face is not None:
        write(k, "=face_ids closest_faces faces_out", face)
    if signed and opt(k, 0.25):
        write(k, "=inside is_inside occupancy", k.where(distance < 0.0, k.integer(1), k.integer(0)))
        k.shared.differentiable = False


def _mesh_project(
    k: Kernel,
    p: Expr,
    limit: Expr,
    query: Expr,
    point: Expr,
    at: tuple[Expr, ...],
    signed: bool,
    how: str,
    mesh: Expr,
    furthest: bool,
) -> None:
    rng = k.rng
    k.titles = (
        "project_to_mesh",
        "snap_to_mesh",
        "closest_mesh_points",
        "shrinkwrap",
        "attach_to_surface",
        "project_points",
        "stick_to_mesh",
    )
    result = k.variable("=target snapped projected x_new", p)
    with k.when(query.field("result")):
        c = k.let("=closest cp surface_p c", point)
        if rng.chance(0.45):
            offset = setting(k, "=offset thickness shell_offset margin", 0.01, 0.2, 0.05)
            k.set(result, c + op("mesh_eval_face_normal", VEC3, mesh, query.field("face")) * offset)
        elif rng.chance(0.5):
            k.set(result, k.call("lerp", p, c, setting(k, "=blend strength weight", 0.1, 1.0, 0.5, 0.9)))
        else:
            k.set(result, c)
    write(k, "=projected points_out pos_out snapped_out", result)
    if opt(k, 0.4):
        write(k, "=displacements offsets moved", result - p)
    if opt(k, 0.3):
        write(k, "=found on_mesh hit_mask", k.where(query.field("result"), k.integer(1), k.integer(0)))


def _mesh_attributes(
    k: Kernel,
    p: Expr,
    limit: Expr,
    query: Expr,
    point: Expr,
    at: tuple[Expr, ...],
    signed: bool,
    how: str,
    mesh: Expr,
    furthest: bool,
) -> None:
    """Where on the surface a point belongs: the face and its barycentric coordinates, or the surface's velocity."""
    rng = k.rng
    k.titles = (
        "bind_to_mesh",
        "closest_faces",
        "find_closest_face",
        "mesh_correspondence",
        "map_points_to_mesh",
        "locate_on_surface",
    )
    moving = rng.chance(0.5)
    if moving:
        k.titles = (
            "sample_mesh_velocity",
            "mesh_velocity_at",
            "surface_velocity",
            "drag_with_mesh",
            "transfer_velocity",
        )
    with k.when(query.field("result")):
        if moving:
            v = k.let("=v surface_vel mesh_v", op("mesh_eval_velocity", VEC3, mesh, *at))
            if rng.chance(0.4):
                v = v * setting(k, "=friction coupling drag", 0.1, 1.0, 0.5)
            write(k, "=velocities vel_out surface_vels", v)
        else:
            write(k, "=face_ids faces_out closest_faces", query.field("face"))
            u, v = query.field("u"), query.field("v")
            bary = k.make(VEC3, u, v, 1.0 - u - v) if rng.chance(0.5) else k.make(t.vec(2), u, v)
            write(k, "=barycentric bary_out uvs coords", bary)
        if opt(k, 0.4):
            write(k, "=surface_points closest_points points_out", point)
    if rng.chance(0.5) and not moving:
        with k.otherwise():
            write(k, "=missed unbound lost", k.integer(1))
    k.shared.differentiable = False


def _mesh_contact(
    k: Kernel,
    p: Expr,
    limit: Expr,
    query: Expr,
    point: Expr,
    at: tuple[Expr, ...],
    signed: bool,
    how: str,
    mesh: Expr,
    furthest: bool,
) -> None:
    """Points kept out of the mesh: by a force, or by moving them."""
    rng = k.rng
    k.shared.differentiable = False
    k.titles = (
        (
            "mesh_contact_forces",
            "eval_mesh_contacts",
            "penalty_contact",
            "mesh_penalty_forces",
            "particle_mesh_contacts",
        )
        if how == "contact"
        else (
            "collide_with_mesh",
            "resolve_mesh_collision",
            "push_out_of_mesh",
            "mesh_collision",
            "project_out_of_mesh",
        )
    )
    margin = named(k, "=r m", setting(k, "=margin radius particle_radius thickness", 0.01, 0.3, 0.05, 0.1))
    moved = k.variable("=x_new corrected fixed_p", p) if how == "collide" else None
    with k.when(query.field("result")):
        c = k.let("=closest cp surface_p c", point)
        delta = k.let("=delta diff to_p", p - c)
        dist = k.let("=dist d sd", k.call("length", delta) * query.field("sign"))
        with k.when(dist < margin):
            if rng.chance(0.5):
                n = k.let("=n normal contact_n", op("mesh_eval_face_normal", VEC3, mesh, query.field("face")))
            else:
                n = k.let("=n normal contact_n", k.call("normalize", delta) * query.field("sign"))
            depth = k.let("=depth pen overlap", margin - dist)
            if moved is not None:
                k.set(moved, p + n * depth)
                if opt(k, 0.4):
                    v = k.array("=velocities vel v", VEC3, k.launch, "inout", low=-2.0, high=2.0)[k.threads]
                    vn = k.let("=vn normal_speed v_n", k.call("dot", v, n))
                    k.set(
                        v,
                        v - n * (k.call("min", vn, 0.0) * setting(k, "=bounce restitution_factor", 1.0, 2.0, 1.0, 1.5)),
                    )
            else:
                f = setting(k, "=ke stiffness contact_ke", 10.0, 100.0, 50.0) * depth
                if opt(k, 0.5):
                    v = read(k, "=v vel velocity", VEC3)
                    vn = k.let("=vn v_n normal_speed", k.call("dot", v, n))
                    f = k.let("=f fn magnitude", f - setting(k, "=kd damping contact_kd", 0.1, 5.0, 1.0) * vn)
                target = k.array("=forces f particle_f", VEC3, k.launch, "inout", low=-1.0, high=1.0)[k.threads]
                k.augment(target, "+", n * f)
                if opt(k, 0.4):
                    write(k, "=depths penetration pen_out", depth)
    if moved is not None:
        write(k, "=pos_out x_out positions_out", moved)


# -- rays


def _light(k: Kernel, n: Expr) -> Expr:
    light = k.scalar("=light_dir sun_dir to_light", VEC3, -1.0, 1.0, unit=True)
    return k.call("max", k.call("dot", n, light), 0.0)


@recipe("rays against a triangle mesh", "geometry:1.8", "render", "query", SINGLE)
def mesh_ray(k: Kernel) -> None:
    rng = k.rng
    how = rng.weighted({"cast": 3.0, "camera": 2.0, "lidar": 1.5, "shadow": 2.0, "parity": 1.8, "bounce": 1.0})
    k.shared.differentiable = False
    if how == "camera":
        launch(k, "pixel", 2, kinds=PIXEL)
    elif how == "lidar":
        launch(k, "sensor", 2, kinds=("=sensor s env i", "=beam b ray j"))
    else:
        batched(k, "ray", 0.2)
    mesh = handle(k, "mesh", MESH_ID)
    if how in ("shadow", "parity"):
        (_shadow if how == "shadow" else _parity)(k, mesh)
        return
    if how == "camera":
        k.titles = (
            "render_mesh",
            "raycast_mesh",
            "draw_mesh",
            "render_depth",
            "trace_primary",
            "camera_raycast",
            "render_normals",
        )
        origin, direction = camera_ray(k)
    elif how == "lidar":
        k.titles = (
            "lidar_scan",
            "scan_lidar",
            "raycast_sensor",
            "range_scan",
            "lidar_raycast",
            "sense_range",
            "cast_beams",
        )
        poses = k.array(
            "=sensor_poses poses sensor_xforms X_ws", t.transform(), k.launch[:1], low=-1.0, high=1.0, unit=True
        )
        beams = k.array("=beam_dirs ray_dirs beams local_dirs", VEC3, k.launch[1:], low=-1.0, high=1.0, unit=True)
        pose = k.let("=pose X sensor_pose xform", poses[k.threads[0]])
        origin = k.let("=origin sensor_pos start", k.call("transform_get_translation", pose))
        direction = k.let("=direction world_dir d", k.call("transform_vector", pose, beams[k.threads[1]]))
    else:
        k.titles = (
            "cast_rays",
            "raycast_mesh",
            "trace_rays",
            "mesh_raycast",
            "intersect_mesh",
            "ray_mesh_hits",
            "shoot_rays",
        )
        origin = read(k, ORIGIN, VEC3)
        direction = read(k, DIRECTION, VEC3, -1.0, 1.0, unit=True)
        if rng.chance(0.4):
            direction = k.let("=unit_dir rd_n d_hat", k.call("normalize", direction))
    limit = named(k, "=far t_max", setting(k, "=max_dist max_range max_t far", 10.0, 1000.0, 100.0, 1000.0, 50.0))
    if how == "bounce":
        _bounce(k, mesh, origin, direction, limit)
        return
    _cast(k, mesh, origin, direction, limit, how)


def _cast(k: Kernel, mesh: Expr, origin: Expr, direction: Expr, limit: Expr, how: str) -> None:
    rng = k.rng
    query = k.let("=query q hit res", op("mesh_query_ray", MESH_RAY, mesh, origin, direction, limit))
    wanted = [
        kind for kind, chance in (("depth", 0.8), ("normal", 0.35), ("point", 0.35), ("face", 0.25)) if opt(k, chance)
    ]
    if how == "camera" and rng.chance(0.6):
        wanted = ["color"] + (["depth"] if opt(k, 0.4) else [])
    wanted = wanted or ["depth"]
    found: dict[str, Expr] = {}
    if "color" in wanted:
        sky = k.scalar("=background sky_color clear_color", VEC3, 0.0, 1.0) if rng.chance(0.4) else k.zero(VEC3)
        found["color"] = k.variable("=color c rgb", sky)
    if "depth" in wanted:
        found["depth"] = k.variable(
            "=depth dist t_hit range_m", limit if rng.chance(0.6) else k.lit(rng.choose((-1.0, 0.0)))
        )
    if "normal" in wanted:
        found["normal"] = k.variable("=normal n hit_n", k.zero(VEC3))
    if "point" in wanted:
        found["point"] = k.variable("=hit_pos p end hit_p", origin + direction * limit if rng.chance(0.5) else origin)
    if "face" in wanted:
        found["face"] = k.variable("=face_id face tri", k.integer(-1))
    with k.when(query.field("result")):
        for kind, target in found.items():
            if kind == "depth":
                k.set(target, query.field("t"))
            elif kind == "normal":
                k.set(
                    target, query.field("normal") * query.field("sign") if rng.chance(0.25) else query.field("normal")
                )
            elif kind == "point":
                k.set(target, origin + direction * query.field("t"))
            elif kind == "face":
                k.set(target, query.field("face"))
            else:
                n = query.field("normal")
                if rng.chance(0.45):
                    k.set(target, n * 0.5 + k.make(VEC3, 0.5, 0.5, 0.5))
                else:
                    base = k.scalar("=albedo mesh_color base_color", VEC3, 0.0, 1.0)
                    shade = _light(k, n)
                    k.set(target, base * (rng.choose((0.1, 0.2)) + shade if rng.chance(0.5) else shade))
    kinds = {
        "color": "=image pixels framebuffer colors",
        "depth": "=depths ranges depth_map dist_out hit_t",
        "normal": "=normals hit_normals normal_map",
        "point": "=hit_points points_out point_cloud",
        "face": "=face_ids hit_faces tri_ids",
    }
    for kind, target in found.items():
        write(k, kinds[kind], target)


def _shadow(k: Kernel, mesh: Expr) -> None:
    """Whether something is in the way: of a light, of a target, along a ray."""
    rng = k.rng
    how = rng.choose(("light", "target", "ray", "sky"))
    p = read(k, POINT if how != "ray" else ORIGIN, VEC3)
    if how == "ray":
        k.titles = ("any_hit", "ray_occlusion", "occlusion_test", "rays_blocked", "test_visibility", "mesh_any_hit")
        direction = read(k, DIRECTION, VEC3, -1.0, 1.0, unit=True)
        limit = setting(k, "=max_dist max_t far", 10.0, 1000.0, 100.0, 1000.0)
    elif how == "sky":
        k.titles = ("ambient_occlusion", "compute_ao", "sky_visibility", "bake_ao", "mesh_ao", "hemisphere_occlusion")
        _ambient(k, mesh, p)
        return
    else:
        what = "light" if how == "light" else "target"
        k.titles = (
            ("shadow_rays", "shadow_test", "light_visibility", "compute_shadows", "trace_shadow", "sun_visibility")
            if how == "light"
            else ("line_of_sight", "visibility_check", "can_see_target", "check_visibility", "los_test", "is_occluded")
        )
        goal = (
            k.scalar(f"={what}_pos {what}_position", VEC3, -4.0, 4.0)
            if rng.chance(0.6)
            else read(k, f"={what}_pos goal {what}", VEC3)
        )
        to_goal = k.let(f"=to_{what} delta d_vec", goal - p)
        limit = k.let(f"=dist {what}_dist len", k.call("length", to_goal))
        direction = k.let("=direction dir l", k.call("normalize", to_goal))
    start = p
    if rng.chance(0.5):
        bias = setting(k, "=bias shadow_eps offset", 1e-3, 0.05, 0.01, 1e-3)
        start = k.let("=start biased_p origin", p + direction * bias)
    blocked = k.let(
        "=blocked occluded hit in_shadow", op("mesh_query_ray_anyhit", t.BOOL, mesh, start, direction, limit)
    )
    if how == "light" and rng.chance(0.6):
        n = read(k, "=n normal", VEC3, -1.0, 1.0, unit=True)
        lit = k.call("max", k.call("dot", n, direction), 0.0)
        write(k, "=lighting irradiance shading brightness", k.where(blocked, k.lit(0.0), lit))
    elif rng.chance(0.5):
        write(k, "=visible visibility is_visible", k.where(blocked, k.lit(0.0), k.lit(1.0)))
    else:
        write(k, "=occluded_out shadow_mask blocked_out", k.where(blocked, k.integer(1), k.integer(0)))


def _ambient(k: Kernel, mesh: Expr, p: Expr) -> None:
    rng = k.rng
    n = read(k, "=n normal", VEC3, -1.0, 1.0, unit=True)
    samples = k.dim(rng.choose((4, 8)), fixed=True)
    dirs = k.array("=sample_dirs hemisphere ao_dirs directions", VEC3, (samples,), low=-1.0, high=1.0, unit=True)
    limit = named(k, "=reach max_d", setting(k, "=ao_radius max_dist ray_length", 1.0, 50.0, 5.0, 10.0))
    start = k.let("=start origin biased", p + n * rng.choose((1e-2, 1e-3)))
    hits = k.variable("=occluded hits num_hits", k.integer(0))
    with k.loop("=s i sample", samples.size) as s:
        d = local(k, "=d dir w", dirs[s])
        flipped = k.let("=d_up wi up_dir", k.where(k.call("dot", d, n) < 0.0, -d, d))
        with k.when(op("mesh_query_ray_anyhit", t.BOOL, mesh, start, flipped, limit)):
            k.augment(hits, "+", 1)
    write(k, "=ao occlusion_out visibility", 1.0 - k.cast(hits, t.F32) / float(samples.size))


def _parity(k: Kernel, mesh: Expr) -> None:
    rng = k.rng
    inside = rng.chance(0.6)
    p = read(k, POINT if inside else ORIGIN, VEC3)
    if inside:
        k.titles = (
            "inside_mesh",
            "point_in_mesh",
            "voxelize",
            "parity_test",
            "inside_test",
            "mark_inside_mesh",
            "fill_occupancy",
        )
        direction = k.make(
            VEC3, *rng.choose(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.577, 0.577, 0.577)))
        )
        direction = k.let("=dir axis d", direction)
    else:
        k.titles = (
            "count_intersections",
            "ray_crossings",
            "count_hits",
            "count_layers",
            "depth_complexity",
            "overdraw",
        )
        direction = read(k, DIRECTION, VEC3, -1.0, 1.0, unit=True)
    count = k.let("=count crossings hits n", op("mesh_query_ray_count_intersections", t.I32, mesh, p, direction))
    if inside:
        odd = (count % 2).equals(1) if rng.chance(0.6) else (count & 1).equals(1)
        if rng.chance(0.5):
            write(k, "=inside occupancy is_inside mask", k.where(odd, k.integer(1), k.integer(0)))
        else:
            write(k, "=sign signs side", k.where(odd, k.lit(-1.0), k.lit(1.0)))
    if not inside or opt(k, 0.35):
        write(k, "=counts hit_counts num_hits crossings_out", count)
    if not inside and opt(k, 0.4):
        write(k, "=any_hit hit_mask blocked", k.where(count > 0, k.integer(1), k.integer(0)))


def _bounce(k: Kernel, mesh: Expr, origin: Expr, direction: Expr, limit: Expr) -> None:
    """A ray mirrored at each hit."""
    rng = k.rng
    k.titles = ("trace_reflections", "bounce_rays", "trace_paths", "mirror_trace", "reflect_rays", "trace_bounces")
    o, d = k.variable("=o ray_o pos", origin), k.variable("=d ray_d heading", direction)
    total = k.variable("=path_len length travelled", k.lit(0.0))
    bounces = k.variable("=bounces depth num_hits", k.integer(0))
    count: Expr | int = k.scalar("=max_bounces max_depth", t.I32, 1, 4) if rng.chance(0.5) else rng.choose((2, 3, 4))
    weight = k.variable("=weight throughput energy", k.lit(1.0)) if opt(k, 0.5) else None
    with k.loop("=b i bounce", count):
        query = k.let("=query hit q", op("mesh_query_ray", MESH_RAY, mesh, o, d, limit))
        with k.when(k.negate(query.field("result"))):
            k.leave_loop()
        n = k.let("=n normal", query.field("normal"))
        k.set(o, o + d * query.field("t") + n * rng.choose((1e-2, 1e-3)))
        k.set(d, d - n * (2.0 * k.call("dot", d, n)))
        k.augment(total, "+", query.field("t"))
        k.augment(bounces, "+", 1)
        if weight is not None:
            k.set(weight, weight * setting(k, "=reflectance albedo absorption", 0.3, 0.9, 0.5, 0.8))
    write(k, "=path_lengths lengths dist_out", total)
    if rng.chance(0.6):
        write(k, "=bounce_counts depths hits_out", bounces)
    if weight is not None:
        write(k, "=weights throughput_out energies", weight)
