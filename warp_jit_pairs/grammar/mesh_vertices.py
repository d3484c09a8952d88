"""Vertices of a mesh, one thread each: moved, bent, measured, summed up."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .mesh_corners import into_one
from .queries import MESH, MESH_ID, VEC3, handle, op
from .tasks import launch, leave, local, named, opt, read, setting, words, write
from .tree import Expr

_FEWEST = 4
"""No mesh has fewer vertices."""


def _vertex(k: Kernel, masked: float = 0.0, moving: bool = False) -> tuple[Expr, Expr, Expr]:
    """The mesh's arrays, this thread's vertex and its position; the mesh may have fewer vertices than threads.

    With a chance of `masked` some of them stay where they are. What is not `moving` may be for a few of them only.
    """
    rng = k.rng
    few = not moving and rng.chance(0.25)
    (i,) = launch(k, "vertex", kinds=("=i v tid vertex vid",), whole=not few)
    mesh = handle(k, "mesh", MESH_ID)
    if few:
        kind = "=vertex_ids selected_ids marker_ids landmark_ids handle_ids"
        ids = k.array(kind, t.I32, k.launch, low=0, high=_FEWEST - 1)
        v = local(k, "=v vid vertex_id", ids[k.threads])
        data = k.let("=m mesh geom mesh_data", op("mesh_get", MESH, mesh))
        return data, i, k.let("=p x pos", data.field("points")[v])
    data = k.let("=m mesh geom mesh_data", op("mesh_get", MESH, mesh))
    points = data.field("points")
    shape = tree.Attribute(t.SHAPE, -inf, inf, points, "shape")
    count = tree.Subscript(t.I32, 1.0, 64.0, shape, (k.integer(0),))
    leave(k, i >= (count if rng.chance(0.6) else k.let("=num_vertices n_verts count", count)))
    if rng.chance(masked):
        mask = k.array("=pinned fixed_mask locked is_pinned", t.I32, k.launch, low=0, high=1)[i]
        leave(k, mask.differs(0))
    return data, i, k.let("=p x pos", points[i])


def _place(k: Kernel) -> None:
    """Positions brought elsewhere as a whole."""
    rng = k.rng
    _, _, p = _vertex(k)
    how = rng.choose(("pose", "pose", "center", "unit", "mirror", "relative", "project"))
    if how == "pose":
        k.titles = words("transform_mesh pose_vertices mesh_to_world bake_transform place_mesh")
        pose = k.scalar("=xform X_wm pose tf", t.transform(), -1.0, 1.0, unit=True)
        if rng.chance(0.5):
            size = setting(k, "=scale mesh_scale s", 0.5, 2.0, 0.5, 2.0)
            p = k.let("=scaled p_s sized", p * size)
        if rng.chance(0.2):
            pose = k.call("transform_inverse", pose)
        write(k, "=world_points points_out verts_out", k.call("transform_point", pose, p))
    elif how == "center":
        k.titles = words("center_mesh recenter_points local_points center_vertices")
        d = p - k.scalar("=center pivot centroid", VEC3, -1.0, 1.0)
        write(k, "=points_out local_points centered", d)
        if rng.chance(0.4):
            write(k, "=radii distances", k.call("length", d))
    elif how == "unit":
        k.titles = words("normalize_mesh fit_to_unit_box rescale_mesh unit_scale")
        low = k.scalar("=bounds_lo mesh_min lower", VEC3, -2.0, -1.0)
        if rng.chance(0.5):
            made = (p - low) * setting(k, "=inv_size inv_extent", 0.25, 1.0, 0.5)
        else:
            high = k.scalar("=bounds_hi mesh_max upper", VEC3, 1.0, 2.0)
            made = k.call("cw_div", p - low, high - low)
        write(k, "=uvw unit_points normalized", made)
    elif how == "mirror":
        k.titles = words("mirror_mesh reflect_points mirror_vertices reflect_in_plane")
        if rng.chance(0.5):
            n = k.scalar("=plane_n plane_normal", VEC3, -1.0, 1.0, unit=True)
            d = k.let("=d dist side", k.call("dot", p, n) - setting(k, "=plane_d offset", -0.5, 0.5, 0.0))
            write(k, "=mirrored points_out", p - n * (2.0 * d))
        else:
            which = rng.integer(0, 2)
            parts = [-part if n == which else part for n, part in enumerate(k.components(p))]
            write(k, "=mirrored points_out", k.make(VEC3, *parts))
    elif how == "relative":
        k.titles = words("points_in_frame to_local_frame camera_space_vertices view_space")
        pose = k.scalar("=cam_xform camera_pose X_wc frame", t.transform(), -1.0, 1.0, unit=True)
        made = k.let("=pc view_p p_local", k.call("transform_point", k.call("transform_inverse", pose), p))
        write(k, "=view_points points_out", made)
        if rng.chance(0.5):
            write(k, "=depths view_depth", -made[2])
    else:
        k.titles = words("flatten_mesh project_to_plane press_flat project_vertices")
        n = k.scalar("=plane_n plane_normal", VEC3, -1.0, 1.0, unit=True)
        o = k.scalar("=plane_point origin", VEC3, -0.5, 0.5)
        d = k.let("=d dist height", k.call("dot", p - o, n))
        write(k, "=flattened points_out", p - n * d)
        if rng.chance(0.5):
            write(k, "=heights offsets_out", d)


def _bend(k: Kernel) -> None:
    """Positions displaced by what is known of each place."""
    rng = k.rng
    _, _, p = _vertex(k, 0.2)
    how = rng.choose(("normal", "map", "wave", "twist", "taper", "target", "shell", "pull"))
    if how in ("normal", "map"):
        k.titles = words("displace_vertices apply_displacement inflate_mesh offset_points push_vertices")
        n = read(k, "=n normal dir", VEC3, -1.0, 1.0, unit=True)
        if how == "normal":
            amount = setting(k, "=amount inflate offset", 0.01, 0.5, 0.1, 0.05)
        else:
            height = read(k, "=h height disp", t.F32, 0.0, 1.0)
            amount = (height - setting(k, "=midlevel base", 0.0, 0.5, 0.5)) * setting(
                k, "=strength scale", 0.05, 0.5, 0.1
            )
        made = p + n * amount
    elif how == "wave":
        k.titles = words("ripple_mesh wave_deform animate_waves wobble_mesh")
        phase = p[0] * setting(k, "=wave_number freq", 1.0, 6.0, 2.0, 4.0)
        phase = phase + setting(k, "=speed omega", 0.5, 4.0, 2.0) * k.scalar("=time t_now", t.F32, 0.0, 2.0)
        size = setting(k, "=amplitude amp", 0.01, 0.3, 0.1)
        shift = k.let("=dy lift", size * k.call("sin", phase))
        up = rng.choose((1, 2))
        made = k.make(VEC3, *(part + shift if n == up else part for n, part in enumerate(k.components(p))))
    elif how == "twist":
        k.titles = words("twist_mesh twist_deform screw_deform twist_vertices")
        angle = k.let("=a angle theta", p[1] * setting(k, "=twist rate turns", 0.2, 2.0, 0.5, 1.0))
        c, s = k.let("=c ca", k.call("cos", angle)), k.let("=s sa", k.call("sin", angle))
        made = k.make(VEC3, c * p[0] - s * p[2], p[1], s * p[0] + c * p[2])
    elif how == "taper":
        k.titles = words("taper_mesh taper_deform pinch_mesh scale_along_axis")
        f = 1.0 + setting(k, "=taper slope", -0.4, 0.4, -0.2, 0.3) * p[1]
        f = k.let("=f factor s", k.call("max", f, 0.0) if rng.chance(0.5) else f)
        made = k.make(VEC3, p[0] * f, p[1], p[2] * f)
    elif how == "target":
        k.titles = words("blend_shape morph_target apply_blendshape morph_vertices")
        if rng.chance(0.5):
            delta = read(k, "=delta shape_delta offset", VEC3, -0.5, 0.5)
            made = p + delta * setting(k, "=weight blend_weight", 0.0, 1.0, 0.5)
        else:
            made = k.call(
                "lerp", p, read(k, "=target goal target_p", VEC3), setting(k, "=weight blend t", 0.0, 1.0, 0.5)
            )
    elif how == "shell":
        k.titles = words("spherify_mesh cast_to_sphere inflate_to_sphere round_mesh")
        center = k.scalar("=center sphere_center", VEC3, -0.3, 0.3)
        d = k.let("=d rel", p - center)
        round_p = center + k.call("normalize", d) * setting(k, "=radius sphere_radius", 0.5, 2.0, 1.0)
        made = k.call("lerp", p, round_p, setting(k, "=amount blend", 0.1, 1.0, 0.5)) if rng.chance(0.6) else round_p
    else:
        k.titles = words("sculpt_grab grab_brush pull_vertices brush_deform")
        center = k.scalar("=brush_pos center grab_point", VEC3, -1.0, 1.0)
        radius = named(k, "=r", setting(k, "=radius brush_radius", 0.5, 2.0, 1.0))
        dist = k.let("=dist d", k.call("length", p - center))
        leave(k, dist >= radius)
        w = k.let("=w falloff", 1.0 - dist / radius)
        made = p + k.scalar("=pull drag_vec offset", VEC3, -1.0, 1.0) * (w * w if rng.chance(0.5) else w)
    longer = opt(k, 0.3)
    made = k.let("=x_new moved_p deformed_p", made) if longer else made
    write(k, "=points_out deformed verts_out", made)
    if longer:
        write(k, "=displacements moved", k.call("length", made - p))


def _move(k: Kernel) -> None:
    """Positions and velocities a step on."""
    rng = k.rng
    mesh, i, p = _vertex(k, 0.15, True)
    v = k.let("=v vel", mesh.field("velocities")[i])
    how = rng.choose(
        ("advance", "advance", "gravity", "ground", "energy", "momentum", "damp", "difference", "relative")
    )
    dt = named(k, "=h", setting(k, "=dt time_step", 0.01, 0.1, 0.05, 0.02))
    if how == "advance":
        k.titles = words("predict_points advance_vertices extrapolate_mesh move_vertices advect_mesh_points")
        write(k, "=points_out predicted x_pred", p + v * dt)
        if opt(k, 0.3):
            write(k, "=speeds speed_out", k.call("length", v))
    elif how == "gravity":
        k.titles = words("integrate_vertices step_vertices integrate_cloth euler_step")
        g = k.make(VEC3, 0.0, -9.81, 0.0) if rng.chance(0.5) else k.scalar("=gravity g", VEC3, -10.0, 10.0)
        if rng.chance(0.5):
            g = g + read(k, "=f force", VEC3) * read(k, "=w inv_mass", t.F32, 0.0, 2.0)
        v1 = k.let("=v1 v_new", v + g * dt)
        if rng.chance(0.4):
            v1 = k.let("=v2 damped_v", v1 * (1.0 - setting(k, "=damping drag", 0.01, 1.0, 0.1) * dt))
        write(k, "=points_out x_out", p + v1 * dt)
        write(k, "=velocities v_out vel_out", v1)
    elif how == "ground":
        k.titles = words("ground_contact floor_collision collide_with_ground ground_forces")
        up = rng.choose((1, 2))
        depth = k.let("=depth pen", setting(k, "=ground floor_height ground_y", -0.5, 0.5, 0.0, 0.25) - p[up])
        leave(k, depth <= 0.0)
        size = setting(k, "=ke stiffness", 10.0, 100.0, 50.0) * depth
        if rng.chance(0.6):
            size = k.let("=fn f_n", size - setting(k, "=kd damping", 0.1, 5.0, 1.0) * k.call("min", v[up], 0.0))
        parts = [size if n == up else k.lit(0.0) for n in range(3)]
        write(k, "=forces contact_f f_out", k.make(VEC3, *parts))
    elif how == "energy":
        k.titles = words("kinetic_energy vertex_energy mesh_kinetic energy_per_vertex")
        mass = read(k, "=m mass", t.F32, 0.5, 2.0)
        e = k.let("=e ke kinetic", 0.5 * mass * k.call("dot", v, v))
        if rng.chance(0.5):
            e = k.let("=total_e energy", e + mass * setting(k, "=g gravity", 1.0, 10.0, 9.81) * p[rng.choose((1, 2))])
            k.titles = words("mechanical_energy total_energy vertex_total_energy energy_budget")
        if rng.chance(0.5):
            write(k, "=energies energy_out", e)
        else:
            into_one(k, "=energy_sum total", e)
    elif how == "momentum":
        k.titles = words("mesh_momentum sum_momentum angular_momentum momentum_totals")
        mass = read(k, "=m mass", t.F32, 0.5, 2.0)
        mv = k.let("=mv momentum_i", v * mass)
        into_one(k, "=momentum linear_momentum", mv)
        if rng.chance(0.7):
            center = k.scalar("=com center", VEC3, -0.5, 0.5)
            into_one(k, "=spin angular_momentum", k.call("cross", p - center, mv))
    elif how == "damp":
        k.titles = words("damp_velocities limit_velocities clamp_velocities decay_velocities")
        if rng.chance(0.5):
            write(k, "=velocities v_out damped", v * setting(k, "=damping decay keep", 0.5, 1.0, 0.98, 0.9))
        else:
            top = named(k, "=vmax", setting(k, "=max_speed v_max speed_limit", 0.5, 2.0, 1.0))
            speed = k.let("=speed s", k.call("length", v))
            write(k, "=velocities v_out limited", k.where(speed > top, v * (top / k.call("max", speed, 1e-3)), v))
    elif how == "difference":
        k.titles = words("velocity_from_positions finite_velocity update_velocities motion_vectors")
        before = read(k, "=prev x_prev last_p", VEC3)
        made = (p - before) / dt
        write(
            k,
            "=velocities v_out vel_out",
            made if rng.chance(0.6) else k.call("lerp", v, made, setting(k, "=blend alpha", 0.1, 0.9, 0.5)),
        )
    else:
        k.titles = words("rigid_velocity relative_velocity slip_velocity deviation_from_rigid")
        spin = k.scalar("=omega spin body_w", VEC3, -1.0, 1.0)
        center = k.scalar("=com center", VEC3, -0.5, 0.5)
        rigid = k.scalar("=body_v com_vel", VEC3, -1.0, 1.0) + k.call("cross", spin, p - center)
        write(k, "=relative_vel residual_v", v - rigid)


def _measure(k: Kernel) -> None:
    """What each place is: heights, coordinates on the surface, colours, distances, bounds."""
    rng = k.rng
    _, _, p = _vertex(k)
    k.shared.differentiable = False
    how = rng.choose(("height", "height", "planar", "round", "color", "distance", "bounds", "clip", "fog"))
    up = rng.choose((1, 2))
    if how == "height":
        k.titles = words("vertex_heights height_above mesh_elevation vertex_elevation")
        h = k.let("=h height elev", p[up] - setting(k, "=ground base_height sea_level", -0.5, 0.5, 0.0, 0.25))
        write(k, "=heights elevations height_out", h)
        if rng.chance(0.5):
            write(k, "=submerged below under_water", k.where(h < 0.0, k.integer(1), k.integer(0)))
        elif rng.chance(0.5):
            into_one(k, "=highest max_height peak", h, "max")
    elif how == "planar":
        k.titles = words("planar_uv project_uv planar_mapping top_down_uv")
        scale = named(k, "=s", setting(k, "=uv_scale scale", 0.25, 2.0, 0.5))
        u, v = p[0] * scale, p[3 - up] * scale
        if rng.chance(0.4):
            u, v = u - k.call("floor", u), v - k.call("floor", v)
        elif rng.chance(0.5):
            u, v = u + 0.5, v + 0.5
        write(k, "=uvs uv_out tex_coords", k.make(t.vec(2), u, v))
    elif how == "round":
        k.titles = words("spherical_uv sphere_mapping spherical_mapping latlong_uv")
        d = k.let("=d dir", k.call("normalize", p - k.scalar("=center origin", VEC3, -0.3, 0.3)))
        u = 0.5 + k.call("atan2", d[2], d[0]) * 0.15915494
        v = 0.5 - k.call("asin", k.call("clamp", d[1], -1.0, 1.0)) * 0.31830989
        write(k, "=uvs uv_out tex_coords", k.make(t.vec(2), u, v))
    elif how == "color":
        k.titles = words("color_by_height height_colors terrain_colors gradient_colors")
        low, high = setting(k, "=h_min low", -1.0, -0.5, -1.0), setting(k, "=h_max high", 0.5, 1.0, 1.0)
        x = k.let("=x s t_h", k.call("clamp", (p[up] - low) / (high - low), 0.0, 1.0))
        a, b = (
            k.scalar("=low_color valley_color color_a", VEC3, 0.0, 1.0),
            k.scalar("=high_color peak_color color_b", VEC3, 0.0, 1.0),
        )
        write(k, "=vertex_colors colors", k.call("lerp", a, b, x))
    elif how == "distance":
        k.titles = words("vertex_distances distance_to_point select_vertices near_vertices")
        d = k.let("=d dist", k.call("length", p - k.scalar("=target query_pos center", VEC3, -1.0, 1.0)))
        write(k, "=distances dist_out", d)
        if rng.chance(0.6):
            radius = setting(k, "=radius reach", 0.5, 2.0, 1.0)
            write(k, "=selected in_reach", k.where(d < radius, k.integer(1), k.integer(0)))
    elif how == "bounds":
        k.titles = words("mesh_bounds vertex_bounds compute_bounds reduce_bounds")
        into_one(k, "=lower bounds_lo mesh_min", p, "min")
        into_one(k, "=upper bounds_hi mesh_max", p, "max")
        if rng.chance(0.4):
            into_one(k, "=point_sum center_sum", p)
    elif how == "clip":
        k.titles = words("clip_vertices side_of_plane classify_vertices cut_plane")
        n = k.scalar("=plane_n plane_normal", VEC3, -1.0, 1.0, unit=True)
        d = k.let("=d side", k.call("dot", p, n) - setting(k, "=plane_d offset", -0.5, 0.5, 0.0))
        with k.when(d < 0.0):
            write(k, "=clipped is_below", k.integer(1))
            write(k, "=points_out clipped_points", p - n * d)
    else:
        k.titles = words("fog_factors vertex_fog distance_fade lod_fade")
        d = k.let("=d dist", k.call("length", p - k.scalar("=eye camera_pos cam_pos", VEC3, -3.0, 3.0)))
        f = k.call("exp", -(setting(k, "=fog_density density", 0.05, 1.0, 0.2) * d))
        if rng.chance(0.5):
            near, far = setting(k, "=fog_start near", 0.5, 1.0, 1.0), setting(k, "=fog_end far", 3.0, 6.0, 5.0)
            f = k.call("clamp", (far - d) / (far - near), 0.0, 1.0)
        write(k, "=fog fade visibility", f)


VERTICES: dict[str, tuple[float, Callable[[Kernel], None]]] = {
    "place": (1.0, _place),
    "bend": (1.1, _bend),
    "move": (1.3, _move),
    "measure": (1.1, _measure),
}
"""Weights, and what is done at a vertex."""
