"""Rigid transforms: frames of bodies and sensors composed, inverted, compared, applied to points and directions."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .rotations import FIELDS, bodies, spun, time_step
from .tasks import axis, batched, launch, local, named, opt, read, read_set, setting, words, write
from .tree import Expr

POSE = "=pose body_q xform X_wb tf {}_pose {}_xform"


def pose(k: Kernel, kind: str = POSE) -> Expr:
    """This thread's rigid transform."""
    return read(k, kind, t.transform(k.real), -1.0, 1.0, unit=True)


def _times(k: Kernel, a: Expr, b: Expr) -> Expr:
    return a * b if k.rng.chance(0.6) else k.call("transform_multiply", a, b)


def _compose(k: Kernel) -> None:
    k.titles = words(
        "compose_poses world_transforms local_to_world update_world_poses shape_world_transforms "
        "attach_frames compute_world_xforms"
    )
    bodies(k)
    parent = pose(k, "=X_wp parent_pose parent_xform body_pose")
    own = pose(k, "=X_pc local_pose local_xform shape_xform offset")
    world = _times(k, parent, own)
    if opt(k, 0.4):
        world = _times(
            k,
            k.let("=X_wc mid joint_pose", world),
            k.scalar("=tool_offset sensor_mount tip_xform", t.transform(k.real), -1.0, 1.0, unit=True),
        )
    world = k.let("=X_ws world_pose world", world)
    write(k, "=world_poses world_xforms X_out poses_out", world)
    if opt(k, 0.4):
        write(k, "=positions origins centers", k.call("transform_get_translation", world))
    if opt(k, 0.35):
        write(k, "=rotations orientations quats", k.call("transform_get_rotation", world))


def _relative(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "relative_poses pose_difference relative_transforms poses_in_base_frame express_in_frame "
        "parent_to_child pose_error"
    )
    bodies(k)
    a, b = pose(k, "=X_wa pose_a base_pose parent"), pose(k, "=X_wb pose_b body_pose child")
    rel = k.let("=X_ab rel rel_pose", _times(k, k.call("transform_inverse", a), b))
    how = rng.choose(("pose", "parts", "error"))
    p, q = k.call("transform_get_translation", rel), k.call("transform_get_rotation", rel)
    if how == "pose":
        write(k, "=relative_poses rel_out X_rel", rel)
        if opt(k, 0.35):
            write(k, "=offsets rel_pos translations", p)
    elif how == "parts":
        write(k, "=rel_positions offsets p_rel", p)
        write(k, "=rel_rotations q_rel rel_quats", q)
    else:
        k.titles = words("pose_error pose_distance tracking_error pose_reward goal_distance measure_pose_error")
        p = k.let("=dp pos_err offset", p)
        dist = k.let("=dist pos_dist d", k.call("length", p))
        q = k.let("=dq rot_err q_rel", q)
        angle = k.let("=angle rot_dist theta", 2.0 * k.call("acos", k.call("clamp", k.call("abs", q[3]), 0.0, 0.9999)))
        if rng.chance(0.5):
            total = dist + angle * setting(k, "=rot_weight w_rot angle_scale", 0.1, 1.0, 0.5)
            write(k, "=errors pose_err costs", total if rng.chance(0.6) else k.call("exp", -total))
        else:
            write(k, "=pos_err distances position_errors", dist)
            write(k, "=rot_err angles angle_errors", angle)


def _apply(k: Kernel) -> None:
    """Points or directions of many bodies, each by the pose of the body that it belongs to."""
    rng = k.rng
    back = rng.chance(0.4)
    k.titles = (
        ("points_to_local", "world_to_local", "to_body_space", "inverse_transform_points", "localize_points")
        if back
        else words(
            "transform_points points_to_world pose_points update_contact_points place_points skin_points "
            "transform_sites"
        )
    )
    if rng.chance(0.5):
        launch(k, rng.choose(("point", "site", "contact", "marker")))
        count = k.dim(8)
        ids = k.array("=body_id point_body shape_body site_body", t.I32, k.launch, low=0, high=7, bound=count.symbol)
        poses = k.array("=body_q poses body_poses xforms", t.transform(k.real), (count,), low=-1.0, high=1.0, unit=True)
        x = local(k, "=X pose X_wb", poses[local(k, "=b body body_id_i", ids[k.threads])])
    else:
        batched(k, "point", 0.2)
        x = (
            pose(k)
            if rng.chance(0.5)
            else k.scalar("=X_wb pose xform world_tf", t.transform(k.real), -1.0, 1.0, unit=True)
        )
    if back:
        x = k.let("=inv X_bw to_local", k.call("transform_inverse", x))
    p = read(k, "=p local_pos point offset" if not back else "=p world_pos point", k.vec3)
    if opt(k, 0.25):
        p = k.let("=scaled p_s sized", p * setting(k, "=scale shape_scale", 0.5, 2.0, 0.5, 2.0))
    out = k.let("=moved p_out q", k.call("transform_point", x, p))
    write(k, "=points_out local_points positions" if back else "=world_points points_out positions", out)
    if opt(k, 0.45):
        n = read(k, "=n normal dir axis", k.vec3, -1.0, 1.0, unit=True)
        write(k, "=normals_out dirs_out axes_out", k.call("transform_vector", x, n))
    if opt(k, 0.25):
        center = k.call("transform_get_translation", x)
        write(k, "=lever_arms offsets r_out", out - center)


def _drive(k: Kernel) -> None:
    """A pose moved by a velocity."""
    rng = k.rng
    k.titles = words(
        "integrate_poses advance_poses kinematic_step move_kinematic_bodies update_poses step_platforms drive_base"
    )
    bodies(k)
    x = pose(k)
    p, q = k.let("=p pos", k.call("transform_get_translation", x)), k.let("=q rot", k.call("transform_get_rotation", x))
    v, dt = read(k, "=v vel lin_vel", k.vec3), time_step(k)
    if rng.chance(0.35):
        v = k.let("=v_w world_v", k.call("quat_rotate", q, v))
    p1 = k.let("=p1 p_new x1", p + v * dt)
    if rng.chance(0.6):
        w = read(k, "=w omega ang_vel", k.vec3)
        q = k.let("=q1 q_new r1", spun(k, q, w, dt))
    if opt(k, 0.3):
        floor = setting(k, "=floor ground_height min_z", -1.0, 0.5, 0.0)
        p1 = k.let("=p_c clamped", k.make(k.vec3, p1[0], p1[1], k.call("max", p1[2], floor)))
    write(k, "=poses_out body_q_out X_new", k.make(t.transform(k.real), p1, q))
    if opt(k, 0.3):
        write(k, "=travelled step_len distance", k.call("length", p1 - p))


def _between(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "interpolate_poses blend_poses lerp_transforms pose_at_time smooth_poses follow_pose interp_xforms"
    )
    bodies(k)
    options = "X0 X1", "prev_pose next_pose", "start_pose goal_pose", "from_tf to_tf", "pose_a pose_b"
    first, second = read_set(k, options, t.transform(k.real), -1.0, 1.0, unit=True)
    s = (
        read(k, "=s t_blend alpha", k.real, 0.0, 1.0)
        if rng.chance(0.5)
        else named(k, "=s a", setting(k, "=alpha blend ratio", 0.05, 0.95, 0.5, 0.1))
    )
    if opt(k, 0.35):
        s = k.let("=eased ease u", s * s * (3.0 - 2.0 * s))
    p = k.let(
        "=p pos mid",
        k.call("lerp", k.call("transform_get_translation", first), k.call("transform_get_translation", second), s),
    )
    q = k.let(
        "=q rot mid_q",
        k.call("quat_slerp", k.call("transform_get_rotation", first), k.call("transform_get_rotation", second), s),
    )
    if rng.chance(0.7):
        write(k, "=poses_out blended X_out", k.make(t.transform(k.real), p, q))
    else:
        write(k, "=positions pos_out p_out", p)
        write(k, "=rotations q_out rot_out", q)


def _offset(k: Kernel) -> None:
    """Points at a fixed place of each body: feet, tips, sensors; with what they see."""
    rng = k.rng
    what = rng.choose(("foot", "tip", "sensor", "gripper", "wheel", "tool", "marker"))
    many = {"foot": "feet"}.get(what, what + "s")
    k.titles = (
        f"{what}_positions",
        f"update_{many}",
        f"compute_{what}_pos",
        f"{what}_kinematics",
        f"{what}_heights",
        f"locate_{many}",
    )
    batched(k, "body", 0.25)
    x = pose(k)
    if rng.chance(0.5):
        place: Expr = k.scalar(f"={what}_offset local_{what} {what}_local", k.vec3, -1.0, 1.0)
    else:
        parts = [rng.choose((0.0, 0.0, 0.1, -0.1, 0.25, -0.5, 0.3)) for _ in range(2)] + [
            rng.choose((-0.4, 0.5, -0.25, 0.2))
        ]
        place = k.make(k.vec3, *parts)
    p = k.let(f"={what} p {what}_pos", k.call("transform_point", x, place))
    write(k, f"={what}_pos {many} {what}_out", p)
    if opt(k, 0.4):
        height = k.let(
            "=height h clearance", k.component(p, 2) - setting(k, "=ground_height floor ground", -0.5, 0.5, 0.0)
        )
        write(k, f"={what}_height heights clearances", height)
        if opt(k, 0.4):
            write(
                k,
                f"=contact {what}_contact touching",
                k.where(height < setting(k, "=contact_tol threshold", 0.01, 0.3, 0.05), k.integer(1), k.integer(0)),
            )
            k.shared.differentiable = False
    if opt(k, 0.35):
        v, w = read(k, "=v lin_vel vel", k.vec3), read(k, "=w ang_vel omega", k.vec3)
        r = k.let("=r arm lever", p - k.call("transform_get_translation", x))
        write(k, f"={what}_vel velocities v_out", v + k.call("cross", w, r))
    if opt(k, 0.3):
        write(k, f"={what}_dir axes directions", k.call("transform_vector", x, axis(k, rng.integer(0, 2), k.vec3)))


def _local_rays(k: Kernel) -> None:
    k.titles = ("rays_to_local", "ray_to_shape_space", "localize_rays", "transform_rays", "rays_in_object_space")
    launch(k, "ray")
    x = (
        pose(k, "=X_ws shape_xform pose")
        if k.rng.chance(0.6)
        else k.scalar("=X_ws object_pose shape_tf", t.transform(k.real), -1.0, 1.0, unit=True)
    )
    inv = k.let("=inv X_sw to_local", k.call("transform_inverse", x))
    o, d = read(k, "=o origin ray_o", k.vec3), read(k, "=d dir ray_d", k.vec3, -1.0, 1.0, unit=True)
    write(k, "=local_origins o_local origins_out", k.call("transform_point", inv, o))
    write(k, "=local_dirs d_local dirs_out", k.call("transform_vector", inv, d))
    if opt(k, 0.4):
        write(k, "=distances center_dist dist_out", k.call("length", o - k.call("transform_get_translation", x)))


_TASKS: dict[Callable[[Kernel], None], float] = {
    _compose: 1.4,
    _relative: 1.4,
    _apply: 1.8,
    _drive: 1.2,
    _between: 1.0,
    _offset: 1.4,
    _local_rays: 0.7,
}


@recipe("rigid transforms of bodies, sensors and points", "quaternion:0.44", FIELDS)
def map_transform(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
