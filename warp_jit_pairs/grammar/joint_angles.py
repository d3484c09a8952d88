"""Angles of orientations: Euler angles, roll, pitch and yaw, the twist about a joint's axis."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .rotations import FIELDS, bodies, quat
from .tasks import axis, batched, local, opt, read, setting, words, write

_ORDERS = {"xyz": (0, 1, 2), "zyx": (2, 1, 0), "yxz": (1, 0, 2), "zxy": (2, 0, 1)}


def _angles(k: Kernel) -> None:
    """Euler angles and quaternions, either way."""
    rng = k.rng
    single = k.real is t.F32
    how = rng.choose(("rpy", "to_rpy", "euler", "to_euler", "to_euler") if single else ("rpy",))
    order = rng.choose(tuple(_ORDERS))
    axes = [k.integer(a) for a in _ORDERS[order]]
    degrees = rng.chance(0.3)
    bodies(k)
    if how in ("rpy", "euler"):
        k.titles = (
            ("rpy_to_quat", "quat_from_rpy", "angles_to_quat", "convert_rpy", "attitude_from_rpy")
            if how == "rpy"
            else (f"euler_{order}_to_quat", "euler_to_quat", "quat_from_euler", "convert_euler")
        )
        if how == "rpy" and rng.chance(0.6):
            angles = [
                read(k, kind, k.real, -1.5, 1.5) for kind in ("=roll roll_i", "=pitch pitch_i", "=yaw yaw_i heading")
            ]
            if degrees:
                angles = [
                    local(k, f"={name}_rad", k.call("radians", a))
                    for name, a in zip(("roll", "pitch", "yaw"), angles, strict=True)
                ]
            if opt(k, 0.3):
                angles[2] = k.let(
                    "=yaw_c heading_c corrected_yaw",
                    angles[2] + setting(k, "=yaw_offset declination north_offset", -0.5, 0.5, 0.1),
                )
            q = k.let("=q rot quat", k.call("quat_rpy", *angles))
        else:
            e = read(k, "=rpy angles euler" if how == "rpy" else "=euler angles e", k.vec3, -1.5, 1.5)
            if how == "rpy":
                q = k.let("=q rot quat", k.call("quat_rpy", e[0], e[1], e[2]))
            else:
                q = k.let("=q rot quat", k.call("quat_from_euler", e, *axes, gives=t.quat(k.real)))
        if opt(k, 0.35):
            q = k.let(
                "=q_world mounted world_q",
                k.scalar("=mount base_rot offset_q", t.quat(k.real), -1.0, 1.0, unit=True) * q,
            )
        write(k, "=quats rotations q_out orientations", q)
        if opt(k, 0.35):
            write(k, "=forward headings dirs", k.call("quat_rotate", q, axis(k, 0, k.vec3)))
        return
    q = quat(k)
    if opt(k, 0.3):
        q = k.let("=q_rel local_q rel", k.call("quat_inverse", quat(k, "=base_rot parent_q q_ref")) * q)
    if how == "to_rpy":
        k.titles = ("quat_to_rpy", "extract_rpy", "rpy_from_quat", "roll_pitch_yaw", "attitude_angles", "read_attitude")
        e = k.let("=rpy angles e", k.call("quat_to_rpy", q, gives=k.vec3))
    else:
        k.titles = (f"quat_to_euler_{order}", "quat_to_euler", "extract_euler", "euler_from_quat", "euler_angles")
        e = k.let("=euler angles e", k.call("quat_to_euler", q, *axes, gives=k.vec3))
    if degrees:
        e = k.let("=deg angles_deg", e * 57.2958)
    if rng.chance(0.6):
        write(k, "=euler_out angles_out rpy_out", e)
        if opt(k, 0.3):
            limit = setting(k, "=max_tilt tilt_limit", 0.3, 1.5, 0.8)
            tilted = k.call("abs", e[1]) > limit
            write(k, "=tilted warnings over_limit", k.where(tilted, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    else:
        called = (
            ("=roll_out rolls", "=pitch_out pitches", "=yaw_out yaws headings")
            if how == "to_rpy"
            else ("=e0 first_angle", "=e1 second_angle", "=e2 third_angle")
        )
        for n in range(3):
            if n == 2 or rng.chance(0.7):
                write(k, called[n], e[n])


def _twist(k: Kernel) -> None:
    """Swing and twist about a joint's axis."""
    rng = k.rng
    k.titles = words(
        "swing_twist joint_twist twist_angles decompose_rotation hinge_angle joint_angle "
        "extract_twist split_swing_twist"
    )
    batched(k, "joint", 0.15)
    q = quat(k)
    if rng.chance(0.4):
        parent = quat(k, "=parent_q q_parent base_q")
        q = k.let("=q_rel rel local_q", k.call("quat_inverse", parent) * q)
    a = (
        read(k, "=axis a joint_axis", k.vec3, -1.0, 1.0, unit=True)
        if rng.chance(0.6)
        else k.scalar("=axis twist_axis hinge_axis", k.vec3, -1.0, 1.0, unit=True)
    )
    how = rng.choose(("twist", "angle", "signed", "swing", "limit"))
    if how in ("twist", "swing"):
        tw = k.let("=twist q_twist tw", k.call("quat_twist", a, q, gives=t.quat(k.real)))
        if how == "twist" or opt(k, 0.5):
            write(k, "=twists twist_out q_twists", tw)
        if how == "swing":
            write(k, "=swings swing_out q_swings", q * k.call("quat_inverse", tw))
        return
    name = "quat_twist_angle" if how == "angle" else "quat_twist_angle_signed"
    angle = k.let("=angle theta phi", k.call(name, a, q, gives=k.real))
    if how != "limit" or opt(k, 0.4):
        write(k, "=angles joint_angles angle_out joint_q", angle)
    if how == "limit":
        k.titles = words("joint_limits limit_torque enforce_limits check_joint_limits limit_violation clamp_joints")
        lo, hi = read(k, "=lower lo limit_lo", k.real, -1.5, -0.2), read(k, "=upper hi limit_hi", k.real, 0.2, 1.5)
        out = k.let("=violation err excess", k.call("max", angle - hi, 0.0) + k.call("min", angle - lo, 0.0))
        if rng.chance(0.5):
            write(
                k,
                "=torques limit_torques tau_out",
                a * (-setting(k, "=limit_ke stiffness ke", 1.0, 100.0, 50.0, 10.0) * out),
            )
        else:
            write(k, "=violations errors excess_out", out)


@recipe("angles of orientations and joints", "quaternion:2.6", FIELDS, "map")
def joint_angles(k: Kernel) -> None:
    (_twist if k.real is t.F32 and k.rng.chance(0.5) else _angles)(k)
