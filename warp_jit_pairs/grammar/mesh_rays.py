"""Rays against a triangle mesh: casts, sensors, shadows, parity, mirrors."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .mesh_sight import parity, shadow
from .queries import MESH_ID, MESH_RAY, POINT, VEC3, fixed, handle, op, reach
from .rays import DIRECTION, ORIGIN, PIXEL, camera_ray
from .recipes import SINGLE, recipe
from .tasks import batched, launch, local, named, opt, read, setting, words, write
from .tree import Expr

# -- rays


def _light(k: Kernel, n: Expr) -> Expr:
    light = k.scalar("=light_dir sun_dir to_light", VEC3, -1.0, 1.0, unit=True)
    return k.call("max", k.call("dot", n, light), 0.0)


@recipe("rays against a triangle mesh", "geometry:6.2", "render", SINGLE)
def mesh_ray(k: Kernel) -> None:
    rng = k.rng
    how = rng.weighted(
        {"cast": 2.4, "camera": 1.8, "lidar": 1.4, "shadow": 2.0, "parity": 1.6, "bounce": 1.0, "gather": 0.8}
    )
    k.shared.differentiable = False
    if how == "camera":
        launch(k, "pixel", 2, kinds=PIXEL)
    elif how == "lidar":
        launch(k, "sensor", 2, kinds=("=sensor s env i", "=beam b ray j"))
    else:
        batched(k, "ray", 0.2)
    mesh = handle(k, "mesh", MESH_ID)
    if how == "parity":
        parity(k, mesh)
        return
    root: tuple[Expr, ...] = ()
    if how in ("cast", "shadow", "bounce") and rng.chance(0.3):
        # Of the faces only those of one group, such as one world of many.
        group = read(k, "=world group env world_id", t.I32, 0, 3)
        root = (k.let("=root group_root root_node", op("mesh_get_group_root", t.I32, mesh, group)),)
    if how == "shadow":
        shadow(k, mesh, root)
        return
    if how == "gather":
        _gather(k, mesh)
        return
    if how == "camera":
        k.titles = words("render_mesh raycast_mesh draw_mesh render_depth trace_primary camera_raycast render_normals")
        origin, direction = camera_ray(k)
    elif how == "lidar":
        k.titles = words("lidar_scan scan_lidar raycast_sensor range_scan lidar_raycast sense_range cast_beams")
        poses = k.array(
            "=sensor_poses poses sensor_xforms X_ws", t.transform(), k.launch[:1], low=-1.0, high=1.0, unit=True
        )
        beams = k.array("=beam_dirs ray_dirs beams local_dirs", VEC3, k.launch[1:], low=-1.0, high=1.0, unit=True)
        pose = k.let("=pose X sensor_pose xform", poses[k.threads[0]])
        origin = k.let("=origin sensor_pos start", k.call("transform_get_translation", pose))
        direction = k.let("=direction world_dir d", k.call("transform_vector", pose, beams[k.threads[1]]))
    else:
        k.titles = words("cast_rays raycast_mesh trace_rays mesh_raycast intersect_mesh ray_mesh_hits shoot_rays")
        origin = read(k, ORIGIN, VEC3)
        direction = read(k, DIRECTION, VEC3, -1.0, 1.0, unit=True)
        if rng.chance(0.4):
            direction = k.let("=unit_dir rd_n d_hat", k.call("normalize", direction))
    limit = named(k, "=far t_max", reach(k, "=max_dist max_range max_t far", 6.0, 100.0, 1000.0, 50.0, 10.0))
    if how == "bounce":
        _bounce(k, mesh, origin, direction, limit, root)
        return
    _cast(k, mesh, origin, direction, limit, how, root)


def _cast(k: Kernel, mesh: Expr, origin: Expr, direction: Expr, limit: Expr, how: str, root: tuple[Expr, ...]) -> None:
    rng = k.rng
    query = k.let("=query q hit res", op("mesh_query_ray", MESH_RAY, mesh, origin, direction, limit, *root))
    if how != "camera" and rng.chance(0.55):
        _use(k, mesh, query, origin, direction, limit)
        return
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


def _use(k: Kernel, mesh: Expr, query: Expr, origin: Expr, direction: Expr, limit: Expr) -> None:
    """What a hit is good for: attributes of the face, motion of the surface, refraction, ground, statistics."""
    rng = k.rng
    hit, at = query.field("result"), (query.field("face"), query.field("u"), query.field("v"))
    how = rng.choose(
        ("color", "velocity", "velocity", "incidence", "drop", "tally", "noise", "echo", "material", "path")
    )
    if how == "tally":
        k.titles = words("hit_statistics count_face_hits face_hit_counts tally_hits visibility_counts")
        counts = k.array("=face_hits hit_counts face_counts", t.I32, (k.dim(64, fixed=True),), "inout", low=0, high=0)
        with k.when(hit):
            k.do(k.call("atomic_add", counts, query.field("face"), k.integer(1), gives=t.I32))
        if rng.chance(0.5):
            with k.otherwise():
                misses = k.array("=misses num_misses", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
                k.do(k.call("atomic_add", misses, k.integer(0), k.integer(1), gives=t.I32))
        return
    if rng.chance(0.5):
        with k.when(k.negate(hit)):
            if rng.chance(0.5):
                write(k, "=missed no_hit", k.integer(1))
            k.give()
        k.gap()
        _used(k, mesh, query, at, origin, direction, limit, how)
    else:
        with k.when(hit):
            _used(k, mesh, query, at, origin, direction, limit, how)


def _used(
    k: Kernel,
    mesh: Expr,
    query: Expr,
    at: tuple[Expr, ...],
    origin: Expr,
    direction: Expr,
    limit: Expr,
    how: str,
) -> None:
    """What is made of a hit, where there is one."""
    rng = k.rng
    depth, n = query.field("t"), query.field("normal")
    if how == "color":
        k.titles = words("sample_vertex_colors hit_colors interpolate_hit_color bake_color")
        table = k.array("=vertex_colors colors", VEC3, (k.dim(64, fixed=True),), low=0.0, high=1.0)
        ids = [op("mesh_get_index", t.I32, mesh, at[0] * 3 + m if m else at[0] * 3) for m in range(3)]
        if rng.chance(0.5):
            ids = [k.let(f"=i{m} v{m} id{m}", one) for m, one in enumerate(ids)]
        rest = k.let("=w bary_w", 1.0 - at[1] - at[2])
        color = table[ids[0]] * at[1] + table[ids[1]] * at[2] + table[ids[2]] * rest
        if rng.chance(0.5):
            color = color * _light(k, n)
        write(k, "=colors_out hit_colors pixels", color)
    elif how == "velocity":
        k.titles = words("surface_speed hit_velocity closing_speed approach_speed")
        v = k.let("=v surf_v vel", op("mesh_eval_velocity", VEC3, mesh, *at))
        if rng.chance(0.5):
            write(k, "=surface_vel velocities", v)
        else:
            write(k, "=closing_speed range_rate", -k.call("dot", v, direction))
        if rng.chance(0.5):
            write(k, "=ranges depths", depth)
    elif how == "echo":
        k.titles = words("radar_return sonar_scan sonar_ping echo_strength")
        fall = setting(k, "=power tx_power source_level", 0.5, 4.0, 1.0) / k.call("max", depth * depth, 0.01)
        write(k, "=returns echo_out intensity", fall * k.call("abs", k.call("dot", n, direction)))
        if rng.chance(0.6):
            write(
                k, "=delays time_of_flight", 2.0 * depth / setting(k, "=wave_speed speed_of_sound", 1.0, 4.0, 1.5, 3.0)
            )
    elif how == "incidence":
        k.titles = words("incidence_angles grazing_angle scan_incidence hit_angles")
        cosine = k.let("=cos_i facing c", k.call("abs", k.call("dot", n, direction)))
        if rng.chance(0.5):
            write(k, "=angles incidence_out", k.call("acos", k.call("min", cosine, 1.0)))
        else:
            write(k, "=intensity lidar_intensity returns", cosine * setting(k, "=reflectance albedo", 0.2, 1.0, 0.5))
        if rng.chance(0.5):
            write(k, "=ranges depths", depth)
    elif how == "drop":
        k.titles = words("snap_to_ground drop_to_surface place_on_terrain project_along_ray")
        p = origin + direction * (depth - setting(k, "=clearance offset lift", 0.0, 0.3, 0.05, 0.1))
        write(k, "=placed points_out ground_points", p)
        if rng.chance(0.5):
            write(k, "=up_dirs ground_normals", n)
    elif how == "noise":
        k.titles = words("noisy_ranges simulate_lidar depth_with_noise range_sensor")
        noise = read(k, "=noise eps range_noise", t.F32, -0.1, 0.1)
        scale = 1.0 + setting(k, "=noise_scale sigma_rel", 0.01, 0.2, 0.05) * noise
        measured = depth * scale if rng.chance(0.5) else depth + noise
        write(k, "=ranges measured depths", k.call("clamp", measured, k.lit(0.0), limit))
    elif how == "material":
        k.titles = words("hit_materials face_material_lookup segmentation_ids label_hits")
        labels = k.array("=face_labels face_material segment_ids", t.I32, (k.dim(64, fixed=True),), low=0, high=9)
        write(k, "=labels_out hit_labels semantic_ids", labels[at[0]])
        if rng.chance(0.6):
            write(k, "=depths ranges", depth)
    else:
        k.titles = words("hit_geometry record_hits gbuffer surface_hits")
        p = k.let(
            "=hit_p p x", op("mesh_eval_position", VEC3, mesh, *at) if rng.chance(0.5) else origin + direction * depth
        )
        write(k, "=hit_points positions_out", p)
        side = k.where(k.call("dot", n, direction) > 0.0, -n, n)
        write(k, "=normals hit_normals", side if rng.chance(0.6) else n)
        if rng.chance(0.4):
            pose = k.scalar("=sensor_from_world X_sw view", t.transform(), -1.0, 1.0, unit=True)
            write(k, "=sensor_points local_points", k.call("transform_point", pose, p))


def _gather(k: Kernel, mesh: Expr) -> None:
    """Rays in several directions from one place: clearance, openness, how thick a body is."""
    rng = k.rng
    p = read(k, POINT, VEC3)
    many = k.dim(rng.choose((4, 6, 8)), fixed=rng.chance(0.5))
    dirs = k.array("=directions ray_dirs probe_dirs fan", VEC3, (many,), low=-1.0, high=1.0, unit=True)
    far = named(k, "=reach", reach(k, "=max_dist max_range reach", 4.0, 5.0, 10.0, 50.0))
    how = rng.choose(("nearest", "mean", "free", "longest", "center"))
    start = {"nearest": far, "mean": k.lit(0.0), "free": k.integer(0), "longest": k.lit(0.0), "center": k.zero(VEC3)}[
        how
    ]
    acc = k.variable("=best clearance" if how in ("nearest", "longest") else "=total acc", start)
    count = k.variable("=hits num", k.integer(0)) if how in ("mean", "center") else None
    with k.loop("=r s n", many.size if many.fixed else k.length(many)) as r:
        d = local(k, "=d dir w", dirs[r])
        query = k.let("=query hit q", op("mesh_query_ray", MESH_RAY, mesh, p, d, far))
        depth = query.field("t")
        if how == "longest":
            k.set(acc, k.call("max", acc, k.where(query.field("result"), depth, far)))
        else:
            found = query.field("result")
            with k.when(k.negate(found) if how == "free" else found):
                if how == "nearest":
                    k.set(acc, k.call("min", acc, depth))
                elif how == "center":
                    k.augment(acc, "+", p + d * depth)
                else:
                    k.augment(acc, "+", depth if how == "mean" else 1)
                if count is not None:
                    k.augment(count, "+", 1)
    if count is not None:
        mean = acc / k.cast(k.call("max", count, 1), t.F32)
        k.titles = words(
            "mean_clearance average_range probe_distances" if how == "mean" else "room_center hit_centroid probe_center"
        )
        write(k, "=mean_ranges clearances" if how == "mean" else "=centers hit_centers", mean)
        if rng.chance(0.4):
            write(k, "=hit_counts num_hits", count)
    elif how == "free":
        k.titles = words("count_free_directions openness escape_directions free_rays")
        write(k, "=free_counts open_dirs", acc)
    else:
        k.titles = words(
            "min_clearance nearest_obstacle proximity"
            if how == "nearest"
            else "longest_view farthest_sight max_range_probe"
        )
        write(k, "=clearances min_ranges" if how == "nearest" else "=max_ranges view_depth", acc)


def _bounce(k: Kernel, mesh: Expr, origin: Expr, direction: Expr, limit: Expr, root: tuple[Expr, ...]) -> None:
    """A ray mirrored at each hit."""
    rng = k.rng
    k.titles = ("trace_reflections", "bounce_rays", "trace_paths", "mirror_trace", "reflect_rays", "trace_bounces")
    o, d = k.variable("=o ray_o pos", origin), k.variable("=d ray_d heading", direction)
    total = k.variable("=path_len length travelled", k.lit(0.0))
    bounces = k.variable("=bounces depth num_hits", k.integer(0))
    count: Expr | int = k.scalar("=max_bounces max_depth", t.I32, 1, 4) if rng.chance(0.5) else rng.choose((2, 3, 4))
    weight = k.variable("=weight throughput energy", k.lit(1.0)) if rng.chance(0.55) else None
    by_face = rng.chance(0.5)
    sound = rng.chance(0.3)
    with k.loop("=b i bounce", count):
        query = k.let("=query hit q", op("mesh_query_ray", MESH_RAY, mesh, o, d, limit, *root))
        with k.when(k.negate(query.field("result"))):
            k.leave_loop()
        n = k.let("=n normal", query.field("normal"))
        k.augment(total, "+", query.field("t"))
        k.augment(bounces, "+", 1)
        if weight is not None:
            if by_face:
                loss = k.array(
                    "=face_reflectance albedo reflectivity", t.F32, (k.dim(64, fixed=True),), low=0.3, high=0.9
                )
                k.set(weight, weight * loss[query.field("face")])
            else:
                k.set(weight, weight * fixed(k, "=reflectance albedo", 0.3, 0.9, 0.5, 0.8))
            if rng.chance(0.4):
                with k.when(weight < k.choose_lit(0.05, 0.1, 0.2)):
                    k.leave_loop()
        k.set(o, o + d * query.field("t") + n * rng.choose((1e-2, 1e-3)))
        mirrored = d - n * (2.0 * k.call("dot", d, n))
        if rng.chance(0.2):
            mirrored = k.call("normalize", k.call("lerp", mirrored, n, fixed(k, "=roughness spread", 0.05, 0.5, 0.2)))
        k.set(d, mirrored)
    if sound:
        k.titles = ("trace_echoes", "acoustic_paths", "sound_reflections", "echo_delays", "room_echoes")
        speed = fixed(k, "=sound_speed speed_of_sound wave_speed", 1.0, 4.0, 3.43, 1.5)
        write(k, "=delays arrival_times echo_times", total / speed)
        if weight is not None:
            write(k, "=echo_energy amplitudes", weight / (1.0 + total * total) if rng.chance(0.5) else weight)
        return
    end = rng.choose(("length", "length", "end", "sky"))
    if end == "length":
        write(k, "=path_lengths lengths dist_out", total)
    elif end == "end":
        write(k, "=end_points last_hits", o)
        write(k, "=end_dirs out_dirs", d)
    else:
        k.titles = ("trace_mirrors", "mirror_render", "reflect_sky", "environment_reflections")
        sky = k.scalar("=sky_color zenith_color", VEC3, 0.2, 1.0) * (0.5 + 0.5 * d[rng.choose((1, 2))])
        write(k, "=colors radiance_out pixels", sky if weight is None else sky * weight)
        return
    if rng.chance(0.6):
        write(k, "=bounce_counts depths hits_out", bounces)
    if weight is not None:
        write(k, "=weights throughput_out energies", weight)
