"""Orientations: integrated, compared, blended, split, converted and steered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .build import Body
from .kernel import Kernel
from .recipes import recipe
from .tasks import axis, batched, extent, launch, local, named, opt, read, read_set, setting, words, worked, write
from .tree import Expr

FIELDS = "rigid control"
QUAT = "=q rot quat orientation body_rot ori {}_q"


def quat(k: Kernel, kind: str = QUAT) -> Expr:
    """This thread's unit quaternion."""
    return read(k, kind, t.quat(k.real), -1.0, 1.0, unit=True)


def bodies(k: Kernel) -> str:
    """A thread for each body, joint or such; gives the noun."""
    what = k.rng.choose(("body", "body", "joint", "link", "frame", "env"))
    batched(k, what, 0.15)
    return what


def spun(k: Kernel, q: Expr, omega: Expr, dt: Expr, local_frame: bool = False) -> Expr:
    """One step of a rotation under an angular velocity, by the derivative or by an axis and angle."""

    def derivative(b: Body, v: list[Expr]) -> Sequence[Expr]:
        q, w, dt = v
        pure = b.let("=wq spin omega_q", b.make(t.quat(b.real), w, b.lit(0.0)))
        rate = b.let("=dq qdot q_dot", q * pure if local_frame else pure * q)
        return [b.call("normalize", q + rate * (0.5 * dt))]

    def exact(b: Body, v: list[Expr]) -> Sequence[Expr]:
        q, w, dt = v
        speed = b.let("=rate w_len speed", b.call("length", w))
        turn = b.let("=dq delta_q turn", b.call("quat_from_axis_angle", b.call("normalize", w), speed * dt))
        return [b.call("normalize", q * turn if local_frame else turn * q)]

    given = [("=q rot", q), ("=w omega", omega), ("=dt h", dt)]
    return worked(
        k,
        "integrate_quat integrate_rotation step_rotation quat_step advance_orientation",
        given,
        derivative if k.rng.chance(0.55) else exact,
        0.35,
    )[0]


def time_step(k: Kernel) -> Expr:
    return named(k, "=h dt_s", setting(k, "=dt h time_step sim_dt timestep", 0.001, 0.05, 0.01, 0.02, 0.005))


def _integrate(k: Kernel) -> None:
    k.titles = words(
        "integrate_orientation integrate_rotations update_orientation advance_rotations rotate_bodies "
        "step_orientation integrate_gyro attitude_update"
    )
    rng = k.rng
    bodies(k)
    q = quat(k)
    w = read(k, "=w omega ang_vel gyro", k.vec3)
    own = rng.chance(0.4)
    if opt(k, 0.3):
        bias = (
            read(k, "=bias gyro_bias drift", k.vec3, -0.1, 0.1)
            if rng.chance(0.5)
            else k.scalar("=gyro_bias bias w_bias", k.vec3, -0.1, 0.1)
        )
        w = k.let("=w_c corrected unbiased", w - bias)
    dt = time_step(k)
    if opt(k, 0.3):
        torque = read(k, "=torque tau moment", k.vec3)
        w = k.let("=w1 w_new omega_new", w + torque * (setting(k, "=inv_inertia inv_i i_inv", 0.1, 2.0, 1.0, 0.5) * dt))
        write(k, "=ang_vel_out omega_out w_out", w)
    if opt(k, 0.25):
        w = k.let("=w_d damped slowed", w * (1.0 - setting(k, "=damping ang_damping drag", 0.0, 0.5, 0.05, 0.1) * dt))
    write(k, "=rotations_out q_out orientations_out rot_new {}_q_out", spun(k, q, w, dt, own))


def _difference(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "orientation_error rotation_error attitude_error relative_rotation quat_error "
        "rotation_difference orientation_reward"
    )
    bodies(k)
    q, goal = quat(k), quat(k, "=q_goal target goal_rot q_ref desired")
    near = k.call("quat_inverse", q) * goal if rng.chance(0.5) else goal * k.call("quat_inverse", q)
    err = k.let("=dq q_err rel delta_q", near)
    if rng.chance(0.5):
        err = k.let("=shortest q_short dq_s", k.where(err[3] < 0.0, err * k.lit(-1.0), err))
    how = rng.choose(("vector", "angle", "quat", "torque", "reward"))
    imaginary = k.make(k.vec3, err[0], err[1], err[2])
    if how == "quat":
        write(k, "=relative rel_rot errors q_rel", err)
        if not opt(k, 0.4):
            return
    angle = k.let("=angle theta err_angle", 2.0 * k.call("acos", k.call("clamp", k.call("abs", err[3]), 0.0, 0.9999)))
    if how == "vector":
        write(k, "=error_vecs rot_err errors", 2.0 * imaginary)
        if opt(k, 0.4):
            write(k, "=angles angle_err err_angles", angle)
    elif how == "torque":
        k.titles = words(
            "attitude_control pd_orientation attitude_pd orientation_controller compute_attitude_torque stabilize"
        )
        w = read(k, "=w omega gyro ang_vel", k.vec3)
        kp, kd = (
            setting(k, "=kp stiffness gain", 1.0, 50.0, 10.0, 20.0),
            setting(k, "=kd damping d_gain", 0.1, 5.0, 1.0, 2.0),
        )
        e = k.let("=e err e_vec", 2.0 * imaginary)
        torque = k.let("=tau torque u", e * kp - w * kd)
        if opt(k, 0.4):
            top = named(k, "=limit t_max", setting(k, "=max_torque torque_limit tau_max", 1.0, 50.0, 10.0, 20.0))
            torque = k.make(k.vec3, *[k.call("clamp", torque[n], -top, top) for n in range(3)])
        write(k, "=torques tau_out control moments", torque)
        if opt(k, 0.3):
            write(k, "=angle_err errors err_out", angle)
    elif how == "reward":
        k.titles = ("orientation_reward", "rotation_reward", "alignment_reward", "rot_tracking_reward", "pose_reward")
        sharp = setting(k, "=sharpness sigma_inv k_rot", 0.5, 10.0, 2.0, 5.0)
        write(
            k,
            "=rewards reward rew_out",
            k.call("exp", -(sharp * angle * angle))
            if rng.chance(0.5)
            else 1.0 / (angle + setting(k, "=rot_eps eps", 0.05, 0.5, 0.1)),
        )
        if opt(k, 0.5):
            done = angle < setting(k, "=success_tol tol threshold", 0.05, 0.5, 0.1, 0.2)
            write(k, "=success reached at_goal", k.where(done, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
    elif how == "angle":
        write(k, "=angles angle_err errors distances", angle)
        if opt(k, 0.4):
            write(k, "=axes rot_axes axis_out", k.call("normalize", imaginary))


def _rotate(k: Kernel) -> None:
    rng = k.rng
    to_local = rng.chance(0.45)
    k.titles = (
        words("world_to_body to_body_frame project_to_body rotate_to_local body_frame_velocity quat_rotate_inverse_all")
        if to_local
        else words("rotate_vectors body_to_world to_world_frame rotate_to_world apply_rotation orient_vectors")
    )
    bodies(k)
    q = quat(k)
    name = "quat_rotate_inv" if to_local else "quat_rotate"
    rows = rng.sample(
        [("v", "=v vel lin_vel", "=vel_out v_body vel_local local_vel" if to_local else "=vel_out world_vel v_world"),
         ("w", "=w omega ang_vel", "=ang_out w_body omega_local" if to_local else "=ang_out world_omega w_world"),
         ("f", "=f force", "=force_out f_body local_force" if to_local else "=force_out world_force f_world"),
         ("d", "=d dir direction", "=dir_out local_dir" if to_local else "=dir_out world_dir")],
        rng.integer(1, {"small": 1, "medium": 2, "large": 3}[k.shared.size]),
    )  # fmt: skip
    for _, kind, out in rows:
        v = read(k, kind, k.vec3)
        write(k, out, k.call(name, q, v))
    if to_local and opt(k, 0.5):
        down = k.make(k.vec3, *((0.0, 0.0, -1.0) if rng.chance(0.6) else (0.0, -1.0, 0.0)))
        write(k, "=projected_gravity gravity_b gravity_local", k.call("quat_rotate_inv", q, down))


def _basis(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "body_axes extract_axes compute_basis forward_vectors axes_from_quat orientation_axes heading_vectors"
    )
    bodies(k)
    q = quat(k)
    called = {0: "=forward x_axis heading_vec right", 1: "=left y_axis side up_y", 2: "=up z_axis up_vec body_z"}
    chosen = rng.sample((0, 1, 2), rng.integer(1, {"small": 1, "medium": 2, "large": 3}[k.shared.size]))
    by_matrix = rng.chance(0.4)
    m = k.let("=R m rot_mat", k.call("quat_to_matrix", q)) if by_matrix else None
    for n in chosen:
        if m is not None:
            write(k, called[n], k.make(k.vec3, m[0, n], m[1, n], m[2, n]))
        else:
            write(k, called[n], k.call("quat_rotate", q, axis(k, n, k.vec3)))
    if opt(k, 0.4):
        up = k.call("quat_rotate", q, axis(k, 2, k.vec3))
        tilt = k.let(
            "=tilt cos_tilt upright",
            k.component(up, 2) if rng.chance(0.6) else k.call("dot", up, k.make(k.vec3, 0.0, 0.0, 1.0)),
        )
        if rng.chance(0.5):
            write(
                k,
                "=fallen terminated is_down",
                k.where(
                    tilt < setting(k, "=min_up fall_threshold up_limit", -0.2, 0.8, 0.3, 0.5),
                    k.integer(1),
                    k.integer(0),
                ),
            )
            k.shared.differentiable = False
        else:
            write(k, "=uprightness up_reward tilts", tilt)


def _look(k: Kernel) -> None:
    """An orientation from the directions that its axes are to have."""
    rng = k.rng
    k.titles = words(
        "look_at aim_at look_rotation orient_to_target face_target align_to_direction build_frames aim_cameras"
    )
    bodies(k)
    if rng.chance(0.6):
        p = read(k, "=p pos eye", k.vec3)
        goal = (
            k.scalar("=target goal look_target", k.vec3, -2.0, 2.0)
            if rng.chance(0.5)
            else read(k, "=target goal aim", k.vec3)
        )
        f = k.let("=f forward z", k.call("normalize", goal - p))
    else:
        f = k.let("=f forward t", k.call("normalize", read(k, "=dir tangent vel", k.vec3)))
    up = (
        k.make(k.vec3, *((0.0, 1.0, 0.0) if rng.chance(0.6) else (0.0, 0.0, 1.0)))
        if rng.chance(0.6)
        else k.scalar("=world_up up up_hint", k.vec3, -1.0, 1.0, unit=True)
    )
    # Either way the columns are right-handed: a camera looks along its negative z axis, all else along z.
    camera = rng.chance(0.4)
    s = k.let("=s side right x", k.call("normalize", k.call("cross", f, up) if camera else k.call("cross", up, f)))
    u = k.let("=u up_v y", k.call("cross", s, f) if camera else k.call("cross", f, s))
    columns = (s, u, -f if camera else f)
    if k.real is t.F32:
        m = k.let("=R m basis", k.call("matrix_from_cols", *columns, gives=t.mat(3, 3)))
    else:
        m = k.let("=R m basis", k.make(t.mat(3, 3, k.real), *[v[n] for n in range(3) for v in columns]))
    if rng.chance(0.6):
        write(k, "=rotations q_out orientations", k.call("quat_from_matrix", m))
    else:
        write(k, "=frames rot_mats bases", m)
    if opt(k, 0.3):
        write(k, "=directions forward_out aim_dirs", f)


def _blend(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "slerp_rotations blend_orientations interpolate_rotations smooth_orientation quat_lowpass "
        "track_orientation nlerp_poses"
    )
    bodies(k)
    q0, q1 = read_set_quat(k)
    if opt(k, 0.4) or rng.chance(0.3):
        near = k.let("=cos_half d dp", k.call("dot", q0, q1))
        q1 = k.let("=q1s near_q flipped", k.where(near < 0.0, q1 * k.lit(-1.0), q1))
    if rng.chance(0.35):
        dt = time_step(k)
        alpha = k.let(
            "=alpha s a", 1.0 - k.call("exp", -(setting(k, "=rate stiffness follow_speed", 1.0, 20.0, 5.0, 10.0) * dt))
        )
    elif rng.chance(0.5):
        alpha = read(k, "=t s blend weight", k.real, 0.0, 1.0)
    else:
        alpha = named(k, "=s t_b", setting(k, "=alpha blend smoothing", 0.05, 0.95, 0.5, 0.1, 0.25))
    if rng.chance(0.6):
        q = k.call("quat_slerp", q0, q1, alpha)
    else:
        q = k.call("normalize", q0 * (1.0 - alpha) + q1 * alpha)
    q = k.let("=q blended mid", q)
    write(k, "=rotations_out q_out blended_out", q)
    if opt(k, 0.35):
        v = read(k, "=v offset dir", k.vec3)
        write(k, "=rotated v_out dirs_out", k.call("quat_rotate", q, v))


def read_set_quat(k: Kernel) -> list[Expr]:
    """Two orientations that belong together."""
    options = "q0 q1", "q_from q_to", "current goal", "prev_q next_q", "start_rot end_rot", "qa qb"
    return read_set(k, options, t.quat(k.real), -1.0, 1.0, unit=True)


def _average(k: Kernel) -> None:
    """The mean of several orientations."""
    rng = k.rng
    k.titles = words("average_rotations mean_orientation average_quats skin_rotation blend_bones fuse_orientations")
    (i,) = launch(k, "vertex" if rng.chance(0.5) else "body")
    count = k.dim(rng.choose((3, 4)), fixed=rng.chance(0.5))
    qs = k.array(
        "=rotations quats samples bone_rots", t.quat(k.real), (k.launch[0], count), low=-1.0, high=1.0, unit=True
    )
    weights = (
        k.array("=weights w bone_weights", k.real, (k.launch[0], count), low=0.1, high=1.0) if rng.chance(0.6) else None
    )
    first = local(k, "=q0 ref first", qs[i, 0])
    total = k.variable("=acc sum_q total", first * weights[i, 0] if weights is not None else first)
    bound: Expr | int = count.size if count.fixed else extent(k, count, "=num_samples n_bones count", qs, 1)
    with k.loop("=j b s", k.integer(1), bound) as j:
        q = local(k, "=q qj", qs[i, j])
        sign = k.let("=sign sgn", k.where(k.call("dot", q, first) < 0.0, k.lit(-1.0), k.lit(1.0)))
        k.augment(total, "+", q * (sign * weights[i, j]) if weights is not None else q * sign)
    write(k, "=means mean_q rotations_out", k.call("normalize", total))
    k.shared.differentiable = False


def _filter(k: Kernel) -> None:
    """A complementary filter of gyroscope and accelerometer."""
    k.titles = ("complementary_filter", "mahony_update", "imu_filter", "fuse_imu", "attitude_filter", "ahrs_step")
    batched(k, "sensor", 0.2)
    q = quat(k)
    w, a = read(k, "=gyro w omega", k.vec3), read(k, "=accel a acc", k.vec3, -10.0, 10.0)
    dt = time_step(k)
    measured = k.let("=a_hat up_m measured", k.call("normalize", a))
    expected = k.let("=up_b g_b expected", k.call("quat_rotate_inv", q, k.make(k.vec3, 0.0, 0.0, 1.0)))
    err = k.let("=err e correction", k.call("cross", measured, expected))
    w = k.let("=w_c rate corrected", w + err * setting(k, "=kp gain accel_gain", 0.1, 5.0, 1.0, 0.5))
    if opt(k, 0.4):
        integral = k.array("=integral err_sum bias", k.vec3, k.launch, "inout", low=-0.1, high=0.1)[k.threads]
        k.augment(integral, "+", err * (setting(k, "=ki bias_gain", 0.01, 0.5, 0.1) * dt))
        w = k.let("=w_b rate_b", w + integral)
    write(k, "=q_out orientation_out rotations_out", spun(k, q, w, dt, True))
    if opt(k, 0.35):
        write(k, "=residuals tilt_err err_norm", k.call("length", err))


_TASKS: dict[Callable[[Kernel], None], float] = {
    _integrate: 1.5,
    _difference: 2.0,
    _rotate: 1.3,
    _basis: 1.2,
    _look: 1.1,
    _blend: 1.2,
    _average: 0.7,
    _filter: 0.7,
}


@recipe("orientations of bodies", "quaternion:0.83", FIELDS)
def map_quaternion(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
