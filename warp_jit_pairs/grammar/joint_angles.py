"""Angles of orientations: Euler angles, roll, pitch and yaw, the twist about a joint's axis."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .rotations import FIELDS, bodies, quat, time_step
from .tasks import axis, batched, local, named, opt, read, setting, words, write
from .tree import Expr

_ORDERS = {"xyz": (0, 1, 2), "zyx": (2, 1, 0), "yxz": (1, 0, 2), "zxy": (2, 0, 1)}


def _angles(k: Kernel) -> None:
    """Euler angles and quaternions, either way."""
    rng = k.rng
    single = k.real is t.F32
    ways = ("rpy", "to_rpy", "to_rpy", "to_rpy", "euler", "euler", "euler", "to_euler")
    how = rng.choose(ways if single else ("rpy",))
    order = rng.choose(tuple(_ORDERS))
    axes = [k.integer(a) for a in _ORDERS[order]]
    bodies(k)
    if how in ("rpy", "euler"):
        _to_quat(k, order if how == "euler" else "", axes)
    else:
        _from_quat(k, order if how == "to_euler" else "", axes)


def _three_angles(k: Kernel, rpy: bool) -> tuple[list[Expr], Expr | None]:
    """Three angles as people keep them: a vector, three arrays, a row of a table; perhaps stepped by their rates."""
    rng = k.rng
    kind = "=rpy angles euler" if rpy else "=euler angles e"
    how = rng.choose(("vector", "arrays", "row") if rpy else ("vector", "vector", "row"))
    if how == "arrays":
        angles = [read(k, one, k.real, -1.5, 1.5) for one in ("=roll roll_i", "=pitch pitch_i", "=yaw yaw_i heading")]
    elif how == "row":
        table = k.array(f"{kind} joint_q", k.real, (*k.launch, k.dim(3, fixed=True)), low=-1.5, high=1.5)
        names = ("=roll", "=pitch", "=yaw") if rpy else ("=a0 alpha", "=a1 beta", "=a2 gamma")
        angles = [k.let(name, table[(*k.threads, k.integer(n))]) for n, name in enumerate(names)]
    else:
        e = read(k, kind, k.vec3, -1.5, 1.5)
        if opt(k, 0.3):
            rates = read(k, "=rates euler_rates angle_rates", k.vec3)
            e = k.let("=stepped e_new next_angles", e + rates * time_step(k))
            write(k, "=angles_out rpy_out angles_new", e)
        return [e[0], e[1], e[2]], e
    if rng.chance(0.3):
        stems = ("roll", "pitch", "yaw") if rpy else ("first", "second", "third")
        angles = [local(k, f"={name}_rad", k.call("radians", a)) for name, a in zip(stems, angles, strict=True)]
    elif rpy and opt(k, 0.3):
        offset = setting(k, "=yaw_offset declination north_offset", -0.5, 0.5, 0.1)
        angles[2] = k.let("=yaw_c heading_c corrected_yaw", angles[2] + offset)
    return angles, None


def _to_quat(k: Kernel, order: str, axes: list[Expr]) -> None:
    rng = k.rng
    angles, whole = _three_angles(k, not order)
    if order:
        stems = f"euler_{order}_to_quat euler_to_quat quat_from_euler convert_euler"
        given = whole if whole is not None else k.make(k.vec3, *angles)
        q = k.let("=q rot quat", k.call("quat_from_euler", given, *axes, gives=t.quat(k.real)))
    else:
        stems = "rpy_to_quat quat_from_rpy angles_to_quat convert_rpy attitude_from_rpy"
        q = k.let("=q rot quat", k.call("quat_rpy", *angles))
    k.titles = words(stems)
    if rng.chance(0.3):
        mount = k.scalar("=mount base_rot offset_q", t.quat(k.real), -1.0, 1.0, unit=True)
        if rng.chance(0.5):
            mount = quat(k, "=parent_q base_q frame_q")
        q = k.let("=q_world mounted world_q", mount * q)
    how = rng.weighted({"quat": 3.0, "pose": 1.5, "matrix": 1.0, "point": 1.5, "error": 1.2, "blend": 1.0})
    if how == "pose":
        p = read(k, "=pos p position", k.vec3)
        write(k, "=poses body_q_out xforms_out", k.make(t.transform(k.real), p, q))
        k.titles = words("poses_from_angles build_poses set_root_poses pose_from_rpy make_transforms")
    elif how == "matrix":
        write(k, "=matrices rot_mats R_out", k.call("quat_to_matrix", q))
        k.titles = words("angles_to_matrices rotation_matrices attitude_matrix dcm_from_angles")
    elif how == "point":
        p = read(k, "=v point local_p offset", k.vec3)
        rotated = k.call("quat_rotate", q, p)
        if rng.chance(0.5):
            rotated = rotated + read(k, "=origin base_pos center", k.vec3)
        write(k, "=points_out rotated world_pts", rotated)
        k.titles = words("rotate_by_angles orient_points place_points turn_vectors apply_rpy")
    elif how == "error":
        now = quat(k, "=q_now current body_rot")
        cos_half = k.let("=d cos_half dot_q", k.call("abs", k.call("dot", q, now)))
        write(k, "=errors angle_err rot_err", 2.0 * k.call("acos", k.call("min", cos_half, 0.9999)))
        k.titles = words("attitude_error_from_angles command_error orientation_error setpoint_error")
    elif how == "blend":
        now = quat(k, "=q_now current body_rot")
        share = setting(k, "=alpha blend smoothing", 0.05, 0.95, 0.1, 0.5)
        write(k, "=q_out rotations_out blended", k.call("quat_slerp", now, q, share))
        k.titles = words("follow_angles blend_to_command ease_to_rpy track_setpoint slew_attitude")
    else:
        write(k, "=quats rotations q_out orientations", q)
    if how != "error" and opt(k, 0.3):
        write(k, "=forward headings dirs", k.call("quat_rotate", q, axis(k, 0, k.vec3)))


def _from_quat(k: Kernel, order: str, axes: list[Expr]) -> None:
    rng = k.rng
    q = quat(k)
    if rng.chance(0.35):
        q = k.let("=q_rel local_q rel", k.call("quat_inverse", quat(k, "=base_rot parent_q q_ref")) * q)
    if order:
        k.titles = words(f"quat_to_euler_{order} quat_to_euler extract_euler euler_from_quat euler_angles")
        e = k.let("=euler angles e", k.call("quat_to_euler", q, *axes, gives=k.vec3))
    else:
        k.titles = words("quat_to_rpy extract_rpy rpy_from_quat roll_pitch_yaw attitude_angles read_attitude")
        e = k.let("=rpy angles e", k.call("quat_to_rpy", q, gives=k.vec3))
    how = rng.weighted({"whole": 2.0, "apart": 1.5, "drive": 1.5, "limits": 1.5, "rate": 1.0, "gather": 1.0})
    if how == "whole":
        write(k, "=euler_out angles_out rpy_out", e * 57.2958 if rng.chance(0.35) else e)
        return
    if how == "apart":
        called = (
            ("=e0 first_angle", "=e1 second_angle", "=e2 third_angle")
            if order
            else ("=roll_out rolls", "=pitch_out pitches", "=yaw_out yaws headings")
        )
        degrees = rng.chance(0.3)
        for n in range(3):
            if n == 2 or rng.chance(0.7):
                write(k, called[n], k.call("degrees", e[n]) if degrees else e[n])
        return
    if how == "drive":
        goal = read(k, "=target goal command", k.vec3, -1.0, 1.0)
        rates = read(k, "=rates omega gyro", k.vec3)
        kp, kd = setting(k, "=kp stiffness", 1.0, 50.0, 10.0, 20.0), setting(k, "=kd damping", 0.1, 5.0, 1.0, 2.0)
        tau = k.let("=tau torque u", kp * (goal - e) - kd * rates)
        if opt(k, 0.4):
            top = named(k, "=limit t_max", setting(k, "=max_torque torque_limit", 1.0, 20.0, 10.0))
            tau = k.make(k.vec3, *[k.call("clamp", tau[n], -top, top) for n in range(3)])
        write(k, "=torques tau_out control", tau)
        k.titles = words("ball_joint_drive angle_pd drive_angles attitude_pd euler_pd_torque")
    elif how == "limits":
        lo, hi = k.scalar("=lower limit_lo", k.vec3, -1.5, -0.2), k.scalar("=upper limit_hi", k.vec3, 0.2, 1.5)
        over = k.let(
            "=over excess violation", k.call("max", e - hi, k.zero(k.vec3)) + k.call("min", e - lo, k.zero(k.vec3))
        )
        if rng.chance(0.5):
            write(k, "=penalties limit_cost losses", k.call("dot", over, over))
        else:
            write(k, "=violations limit_err over_out", over)
        k.titles = words("angle_limits ball_joint_limits limit_violation angle_limit_cost check_angles")
    elif how == "rate":
        before = read(k, "=prev last_angles e_prev", k.vec3, -1.0, 1.0)
        d = k.let("=d change delta", e - before)
        wrapped = [k.call("atan2", k.call("sin", d[n]), k.call("cos", d[n])) for n in range(3)]
        write(k, "=rates euler_rates rates_out", k.make(k.vec3, *wrapped) / time_step(k))
        k.titles = words("euler_rates angle_rates finite_diff_angles attitude_rates")
    else:
        bound = setting(k, "=max_tilt tilt_limit", 0.3, 1.5, 0.8, 0.5)
        tilt = k.let("=tilt lean", k.call("max", k.call("abs", e[0]), k.call("abs", e[1])))
        with k.when(tilt > bound):
            count = k.array(
                "=num_tilted tilted_count fallen_count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0
            )
            k.do(k.call("atomic_add", count, k.integer(0), k.integer(1), gives=t.I32))
        write(k, "=tilts max_tilts lean_out", tilt)
        k.shared.differentiable = False
        k.titles = words("count_tilted tilt_check check_upright monitor_tilt")


def _twist(k: Kernel) -> None:
    """Swing and twist about a joint's axis."""
    rng = k.rng
    batched(k, "joint", 0.15)
    q = quat(k)
    if rng.chance(0.5):
        q = k.let("=q_rel rel local_q", k.call("quat_inverse", quat(k, "=parent_q q_parent base_q")) * q)
    if rng.chance(0.25):
        rest = quat(k, "=q_rest rest_rot ref_q")
        q = k.let("=dq from_rest q_d", q * k.call("quat_inverse", rest))
    if rng.chance(0.25):
        a = k.let("=axis a", axis(k, rng.choose((0, 1, 2)), k.vec3))
    elif rng.chance(0.55):
        a = read(k, "=axis a joint_axis", k.vec3, -1.0, 1.0, unit=True)
    else:
        a = k.scalar("=axis twist_axis hinge_axis", k.vec3, -1.0, 1.0, unit=True)
    if rng.chance(0.35):
        _split(k, q, a)
        return
    how = rng.choose(("angle", "limit", "drive", "clamp", "rate", "gear"))
    name = "quat_twist_angle" if how == "angle" else "quat_twist_angle_signed"
    angle = k.let("=angle theta phi", k.call(name, a, q, gives=k.real))
    if how == "limit":
        k.titles = words("joint_limits limit_torque enforce_limits check_joint_limits limit_violation clamp_joints")
        lo, hi = read(k, "=lower lo limit_lo", k.real, -1.5, -0.2), read(k, "=upper hi limit_hi", k.real, 0.2, 1.5)
        out = k.let("=violation err excess", k.call("max", angle - hi, 0.0) + k.call("min", angle - lo, 0.0))
        if rng.chance(0.5):
            ke = setting(k, "=limit_ke stiffness ke", 1.0, 100.0, 50.0, 10.0)
            write(k, "=torques limit_torques tau_out", a * (-ke * out))
        else:
            write(k, "=violations errors excess_out", out)
    elif how == "drive":
        k.titles = words("hinge_drive drive_joints joint_pd hinge_servo motor_torque")
        goal = read(k, "=target joint_target goal", k.real, -1.0, 1.0)
        rate = k.call("dot", a, read(k, "=w omega rel_omega", k.vec3))
        ke, kd = setting(k, "=ke target_ke kp", 1.0, 100.0, 50.0, 10.0), setting(k, "=kd target_kd", 0.1, 5.0, 1.0, 0.5)
        write(k, "=torques joint_tau tau_out", a * (ke * (goal - angle) - kd * rate))
    elif how == "clamp":
        k.titles = words("clamp_twist limit_twist enforce_twist_limit clamp_hinge limit_rotation")
        top = setting(k, "=max_twist twist_limit max_angle", 0.2, 1.5, 0.5, 0.8)
        kept = k.let("=kept clamped angle_c", k.call("clamp", angle, -top, top))
        turn = k.call("quat_from_axis_angle", a, kept)
        if rng.chance(0.5):
            swing = k.let("=swing q_swing", q * k.call("quat_inverse", k.call("quat_twist", a, q, gives=t.quat())))
            turn = swing * turn
        write(k, "=rotations_out q_out limited", turn)
    elif how == "rate":
        k.titles = words("joint_velocity hinge_rate finite_diff_joint joint_speeds update_joint_state")
        before = k.array("=joint_q angles prev_angle", k.real, k.launch, "inout", low=-1.0, high=1.0)[k.threads]
        write(k, "=joint_qd rates speeds", (angle - before) / time_step(k))
        k.set(before, angle)
        k.shared.differentiable = False
    elif how == "gear":
        k.titles = words("motor_angles joint_encoders encoder_readings geared_angles joint_positions")
        ratio = setting(k, "=gear_ratio gear ratio", 1.0, 50.0, 10.0, 5.0)
        zero = read(k, "=zero offset encoder_zero", k.real, -0.5, 0.5)
        write(k, "=readings encoder motor_pos", (angle - zero) * ratio)
    else:
        k.titles = words("twist_angles hinge_angle joint_angle measure_hinges")
        write(k, "=angles joint_angles angle_out joint_q", angle)
        if opt(k, 0.5):
            write(k, "=bends cos_out", k.call("cos", angle))


def _split(k: Kernel, q: Expr, a: Expr) -> None:
    """A rotation as a swing after a twist, and what becomes of the two."""
    rng = k.rng
    k.titles = words("swing_twist joint_twist decompose_rotation extract_twist split_swing_twist")
    tw = k.let("=twist q_twist tw", k.call("quat_twist", a, q, gives=t.quat(k.real)))
    how = rng.choose(("twist", "swing", "both", "relax", "cone"))
    if how in ("twist", "both"):
        write(k, "=twists twist_out q_twists", tw)
    if how == "twist":
        return
    swing = k.let("=swing q_swing sw", q * k.call("quat_inverse", tw))
    if how == "relax":
        # Bones beside a joint take a share of its twist.
        share = setting(k, "=share twist_share amount", 0.2, 0.8, 0.5)
        eased = k.call("quat_slerp", k.call("quat_identity", gives=t.quat()), tw, share)
        write(k, "=q_out relaxed rotations_out", swing * eased)
        k.titles = words("relax_twist distribute_twist twist_bones forearm_twist ease_twist")
    elif how == "cone":
        tilt = k.let(
            "=tilt cone_angle bend", 2.0 * k.call("acos", k.call("clamp", k.call("abs", swing[3]), 0.0, 0.9999))
        )
        top = setting(k, "=cone_limit max_swing limit", 0.3, 1.5, 0.8)
        write(k, "=excess swing_err over_out", k.call("max", tilt - top, 0.0))
        k.titles = words("cone_limits swing_limit check_cone cone_violation ball_joint_limits")
    else:
        write(k, "=swings swing_out q_swings", swing)


@recipe("angles of orientations and joints", "quaternion:2.2", FIELDS)
def joint_angles(k: Kernel) -> None:
    (_twist if k.real is t.F32 and k.rng.chance(0.5) else _angles)(k)
