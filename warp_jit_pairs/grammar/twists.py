"""Spatial vectors: velocities, forces and momenta of bodies with their angular parts."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .poses import pose
from .recipes import recipe
from .rotations import FIELDS, bodies, time_step
from .tasks import batched, extent, launch, local, named, opt, read, setting, words, write
from .tree import Expr

TWIST = "=twist body_qd qd v_s spatial_vel {}_twist"
WRENCH = "=wrench f_s body_f spatial_force ext_wrench {}_wrench"


def spatial(k: Kernel, kind: str, low: float = -2.0, high: float = 2.0) -> Expr:
    return read(k, kind, t.spatial(k.real), low, high)


def parts(k: Kernel, value: Expr, top: str, bottom: str) -> tuple[Expr, Expr]:
    return k.let(top, k.call("spatial_top", value)), k.let(bottom, k.call("spatial_bottom", value))


def _point_velocity(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "point_velocities velocity_at_points contact_velocities surface_velocities site_velocities compute_point_vel"
    )
    what = rng.choose(("contact", "point", "site"))
    launch(k, what)
    if rng.chance(0.5):
        count = k.dim(8)
        ids = k.array(f"={what}_body body_id body_ids", t.I32, k.launch, low=0, high=7, bound=count.symbol)
        b = local(k, "=b body body_i", ids[k.threads])
        twists = k.array("=body_qd twists body_vel", t.spatial(k.real), (count,), low=-2.0, high=2.0)
        qd = local(k, "=qd twist v_s", twists[b])
    else:
        qd = spatial(k, TWIST)
    r = read(k, "=r arm offset lever", k.vec3)
    if k.real is t.F32 and rng.chance(0.8):
        v = k.call("velocity_at_point", qd, r, gives=t.vec(3))
    else:
        w, lin = parts(k, qd, "=w omega", "=v lin vel")
        v = lin + k.call("cross", w, r)
    v = k.let("=v_p vp point_v", v)
    write(k, "=velocities point_vel vel_out v_out", v)
    if opt(k, 0.45):
        n = read(k, "=n normal", k.vec3, -1.0, 1.0, unit=True)
        vn = k.let("=vn normal_speed", k.call("dot", v, n))
        write(k, "=normal_speeds vn_out closing_speed", vn)
        if opt(k, 0.5):
            write(k, "=slip tangential_vel vt_out", v - n * vn)
    elif opt(k, 0.3):
        write(k, "=speeds speed_out", k.call("length", v))


def _wrench(k: Kernel) -> None:
    """Forces at points as forces and torques of the body."""
    rng = k.rng
    k.titles = words(
        "accumulate_wrench apply_forces force_at_point forces_to_wrench apply_point_forces "
        "compute_wrenches add_external_forces"
    )
    if rng.chance(0.55):
        launch(k, "force" if rng.chance(0.3) else "contact")
        count = k.dim(8)
        ids = k.array("=body_id body_ids contact_body target_body", t.I32, k.launch, low=0, high=7, bound=count.symbol)
        b = local(k, "=b body body_i", ids[k.threads])
        f, p = read(k, "=f force", k.vec3), read(k, "=p point contact_pos", k.vec3)
        coms = k.array("=body_com com centers", k.vec3, (count,), low=-1.0, high=1.0)
        r = k.let("=r arm lever", p - coms[b])
        wrench = k.let("=w wrench f_s", k.make(t.spatial(k.real), k.call("cross", r, f), f))
        total = k.array("=body_f wrenches body_wrench forces", t.spatial(k.real), (count,), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", total, b, wrench, gives=t.spatial(k.real)))
        if opt(k, 0.3):
            write(k, "=torques moments tau_out", k.call("spatial_top", wrench))
        return
    k.titles = words("thruster_wrench rotor_wrench sum_thrusters allocate_thrust total_wrench propeller_forces")
    (i,) = launch(k, "vehicle" if rng.chance(0.5) else "drone")
    count = k.dim(4, fixed=rng.chance(0.5))
    places = k.array("=rotor_pos thruster_pos arms positions", k.vec3, (count,), low=-1.0, high=1.0)
    axes = k.array("=thrust_dirs rotor_axes axes", k.vec3, (count,), low=-1.0, high=1.0, unit=True)
    thrust = k.array("=thrust commands rotor_thrust u", k.real, (k.launch[0], count), low=0.0, high=2.0)
    total_f, total_t = k.variable("=force f total_f", k.zero(k.vec3)), k.variable("=torque tau total_t", k.zero(k.vec3))
    bound: Expr | int = count.size if count.fixed else extent(k, count, "=num_rotors n_thrusters", places)
    drag = named(k, "=kq c_q", setting(k, "=torque_coeff k_drag kappa", 0.01, 0.2, 0.05)) if opt(k, 0.4) else None
    with k.loop("=j r rotor", bound) as j:
        f = k.let("=f thrust_vec fj", axes[j] * thrust[i, j])
        k.augment(total_f, "+", f)
        k.augment(total_t, "+", k.call("cross", places[j], f))
        if drag is not None:
            k.augment(total_t, "+", f * drag)
    k.shared.differentiable = False
    write(k, "=wrenches body_wrench wrench_out", k.make(t.spatial(k.real), total_t, total_f))
    if opt(k, 0.35):
        write(k, "=total_thrust lift thrust_norm", k.call("length", total_f))


def _power(k: Kernel) -> None:
    rng = k.rng
    k.titles = ("mechanical_power", "compute_power", "joint_power", "work_rate", "power_of_wrench", "dissipated_power")
    bodies(k)
    qd, f = spatial(k, TWIST), spatial(k, WRENCH)
    if rng.chance(0.3):
        # Only what a joint moves along its axis does work.
        s = spatial(k, "=s_axis S motion_axis")
        power = k.call("spatial_dot", f, s) * read(k, "=rate qd_j joint_rate", k.real)
    elif rng.chance(0.3):
        qd = k.let("=rel rel_twist dv", spatial(k, "=child_twist twist_c qd_c") - qd)
        power = k.call("spatial_dot", f, qd)
    else:
        power = k.call("spatial_dot", f, qd)
    power = k.let("=power p rate", power)
    how = rng.choose(("power", "work", "cost", "both"))
    if how in ("work", "both"):
        work = k.array("=work energy consumed", k.real, k.launch, "inout", low=0.0, high=1.0)[k.threads]
        spent = k.call("abs", power) if rng.chance(0.4) else k.call("max", power, 0.0) if rng.chance(0.3) else power
        k.augment(work, "+", spent * time_step(k))
    elif how == "cost":
        scale = setting(k, "=power_scale w_power energy_weight", 1e-3, 0.5, 0.01, 0.1)
        write(k, "=costs power_cost energy_penalty", scale * k.call("abs", power))
    if how in ("power", "both"):
        write(k, "=powers power_out work_rate", power)
    if opt(k, 0.3):
        write(k, "=efforts torque_norm load", k.call("length", k.call("spatial_top", f)))


def _energy(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(("energy", "momentum", "both"))
    k.titles = {
        "energy": words("kinetic_energy rigid_kinetic_energy body_energy compute_ke rotational_energy"),
        "momentum": words("body_momentum compute_momentum spatial_momentum momenta link_momentum"),
        "both": words("energy_and_momentum body_energy_momentum compute_energy_and_momentum"),
    }[what]
    what_for = bodies(k)
    w, v = parts(k, spatial(k, TWIST), "=w omega", "=v vel lin_vel")
    m = read(k, "=m mass", k.real, 0.5, 2.0)
    momentum = k.let("=L ang_mom h", _angular_momentum(k, w))
    if what != "momentum":
        energy = k.let("=e ke kinetic", 0.5 * m * k.call("dot", v, v) + 0.5 * k.call("dot", w, momentum))
        how = rng.choose(("plain", "total", "height", "sleep"))
        if how == "height":
            p = read(k, "=p com pos", k.vec3)
            g = setting(k, "=gravity g", 1.0, 10.0, 9.81, 9.8)
            energy = k.let("=e_total total mech", energy + m * g * k.component(p, 2))
        if how == "total":
            total = k.array(
                "=total_energy energy_sum total_ke", k.real, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0
            )
            k.do(k.call("atomic_add", total, k.integer(0), energy, gives=k.real))
        elif how == "sleep":
            # What moves little for its mass is put to sleep.
            quiet = energy < setting(k, "=sleep_threshold sleep_tol rest_energy", 0.005, 0.5, 0.01, 0.05) * m
            write(k, f"=asleep sleeping {what_for}_asleep", k.where(quiet, k.integer(1), k.integer(0)))
            k.shared.differentiable = False
        else:
            write(k, "=energies kinetic_out ke_out", energy)
    if what != "energy":
        if rng.chance(0.3):
            write(k, "=linear_momentum p_out lin_mom", v * m)
            write(k, "=angular_momentum l_out ang_mom_out", momentum)
            return
        if rng.chance(0.3):
            # About the origin of the world.
            x = read(k, "=x com pos", k.vec3)
            momentum = momentum + k.call("cross", x, v * m)
        write(k, "=momenta momentum_out h_out", k.make(t.spatial(k.real), momentum, v * m))


def _angular_momentum(k: Kernel, w: Expr) -> Expr:
    """An inertia by an angular velocity: in the world's axes, along principal axes, or turned with the body."""
    rng = k.rng
    how = rng.choose(("world", "principal", "turned"))
    if how == "world":
        return read(k, "=inertia I_world i_w", t.mat(3, 3, k.real), 0.1, 1.0) @ w
    q = read(k, "=q rot", t.quat(k.real), -1.0, 1.0, unit=True)
    if how == "turned":
        inertia = read(k, "=inertia I_body body_i", t.mat(3, 3, k.real), 0.1, 1.0)
        r = k.let("=R rot_mat", k.call("quat_to_matrix", q))
        return r @ inertia @ k.call("transpose", r) @ w
    moments = read(k, "=moments principal i_diag", k.vec3, 0.1, 1.0)
    own = k.let("=w_b w_local", k.call("quat_rotate_inv", q, w))
    return k.call("quat_rotate", q, k.call("cw_mul", moments, own))


def _frame(k: Kernel) -> None:
    """A twist or wrench in another frame."""
    rng = k.rng
    wrench = rng.chance(0.48)
    k.titles = (
        words("wrench_to_world transform_wrenches move_wrench wrench_in_frame sensor_wrench_to_body rotate_wrench")
        if wrench
        else words("twist_to_world transform_twists move_twist twist_in_frame body_twist_to_world change_twist_frame")
    )
    bodies(k)
    s = spatial(k, WRENCH if wrench else TWIST)
    x = _placed(k)
    if rng.chance(0.35):
        x = k.let("=inv X_inv to_body", k.call("transform_inverse", x))
    if k.real is t.F32 and rng.chance(0.85):
        moved = k.call("transform_wrench" if wrench else "transform_twist", x, s, gives=t.spatial())
    else:
        q, p = (
            k.let("=q rot", k.call("transform_get_rotation", x)),
            k.let("=p offset", k.call("transform_get_translation", x)),
        )
        top, bottom = parts(k, s, *(("=tau torque", "=f force") if wrench else ("=w omega", "=v vel")))
        a, b = (
            k.let("=top_w a ang", k.call("quat_rotate", q, top)),
            k.let("=bottom_w b lin", k.call("quat_rotate", q, bottom)),
        )
        if wrench:
            a = a + k.call("cross", p, b)
        else:
            b = b + k.call("cross", p, a)
        moved = k.make(t.spatial(k.real), a, b)
    moved = k.let("=moved s_w out_s", moved)
    how = rng.weighted({"plain": 2.0, "reach": 1.5, "between": 1.0})
    if how == "reach":
        # What it does at a point of the other frame.
        r = read(k, "=r arm lever offset", k.vec3)
        top, bottom = parts(k, moved, *(("=m moment", "=f_w f_m") if wrench else ("=w_w ang", "=v_w lin")))
        if wrench:
            write(k, "=moments torque_at_point m_out", top + k.call("cross", bottom, r))
        else:
            write(k, "=point_vel velocities v_out", bottom + k.call("cross", top, r))
        return
    if how == "between" and not wrench:
        other = spatial(k, "=other_twist parent_twist ref_twist")
        moved = k.let("=rel rel_twist slip", moved - other)
    elif how == "between":
        moved = k.let("=net total_f sum_f", moved + spatial(k, "=ext f_ext gravity_wrench"))
    write(k, "=wrenches_out world_wrench f_out" if wrench else "=twists_out world_twist qd_out", moved)
    if opt(k, 0.4):
        write(
            k, "=forces linear_part f_lin" if wrench else "=linear_vel v_out lin_part", k.call("spatial_bottom", moved)
        )


def _placed(k: Kernel) -> Expr:
    """A pose: a body's, one mounted on it, or that of the body an index tells."""
    rng = k.rng
    how = rng.weighted({"own": 2.0, "mounted": 1.0, "indexed": 1.5})
    if how == "own":
        return pose(k)
    if how == "mounted":
        mount = k.scalar("=mount X_mount sensor_offset", t.transform(k.real), -1.0, 1.0, unit=True)
        return k.let("=X_ws world_pose X_w", pose(k) * mount)
    count = k.dim(8)
    ids = k.array("=frame_id link_id attached_to", t.I32, k.launch, low=0, high=7, bound=count.symbol)
    poses = k.array("=link_q frame_poses X_links", t.transform(k.real), (count,), low=-1.0, high=1.0, unit=True)
    return k.let("=X_l link_pose X_f", poses[ids[k.threads]])


def _bias(k: Kernel) -> None:
    """Terms of recursive dynamics: velocities and biases passed along a joint."""
    rng = k.rng
    force = rng.chance(0.4)
    k.titles = (
        ("bias_forces", "coriolis_forces", "gyroscopic_wrench", "bias_wrench", "velocity_product_forces")
        if force
        else ("bias_accelerations", "coriolis_terms", "propagate_acceleration", "joint_bias", "link_acceleration")
    )
    batched(k, "link" if rng.chance(0.5) else "joint", 0.15)
    v = spatial(k, "=v_s twist link_vel v")
    if force:
        h = spatial(k, "=h_s momentum I_v")
        value = k.let("=bias f_bias p_s", k.call("spatial_cross_dual", v, h))
        if rng.chance(0.4):
            value = k.let("=net f_net total", value - spatial(k, "=f_ext ext_wrench external"))
        write(k, "=bias_forces f_bias_out wrenches", value)
    else:
        axis_s, rate = spatial(k, "=s_axis S joint_s motion_axis"), read(k, "=qd joint_rate qdot", k.real)
        vj = k.let("=v_j joint_v sj", axis_s * rate)
        c = k.let("=c bias crm", k.call("spatial_cross", v, vj))
        if rng.chance(0.6):
            a = spatial(k, "=a_parent a_p parent_acc")
            if rng.chance(0.6):
                c = k.let("=a link_acc acc", a + axis_s * read(k, "=qdd joint_acc", k.real) + c)
            else:
                c = k.let("=a link_acc acc", a + c)
        write(k, "=accelerations a_out bias_acc", c)
        if opt(k, 0.4):
            write(k, "=velocities v_out link_vel_out", v + vj)


def _damp(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("damp", "limit", "drag", "integrate"))
    k.titles = (
        words("limit_velocities clamp_body_velocities limit_twists cap_speeds clamp_twists")
        if how == "limit"
        else words("damp_twists apply_damping damp_bodies damp_velocities")
    )
    bodies(k)
    w, v = parts(k, spatial(k, TWIST), "=w omega", "=v vel")
    dt = time_step(k) if how in ("damp", "integrate") else k.lit(0.01)
    if how == "integrate":
        f = spatial(k, WRENCH)
        inv_m = read(k, "=inv_m inv_mass", k.real, 0.1, 2.0)
        inv_i = setting(k, "=inv_inertia inv_i", 0.1, 2.0, 1.0)
        v = k.let("=v1 v_new", v + k.call("spatial_bottom", f) * (inv_m * dt))
        w = k.let("=w1 w_new", w + k.call("spatial_top", f) * (inv_i * dt))
        k.titles = ("integrate_twists", "update_velocities", "apply_wrenches", "step_twists", "integrate_spatial_vel")
    if how == "drag":
        linear, angular = (
            setting(k, "=lin_drag c_lin linear_damping", 0.05, 2.0, 0.5),
            setting(k, "=ang_drag c_ang angular_damping", 0.01, 1.0, 0.1),
        )
        force = -(v * linear) if rng.chance(0.5) else v * (-linear * k.call("length", v))
        write(k, "=wrenches drag_wrench f_out", k.make(t.spatial(k.real), w * (-angular), force))
        k.titles = ("drag_wrench", "body_drag", "fluid_drag", "viscous_wrench", "water_resistance")
        return
    if how in ("damp", "integrate") and (how == "damp" or opt(k, 0.4)):
        linear, angular = (
            setting(k, "=lin_damping linear_damping", 0.05, 1.0, 0.1),
            setting(k, "=ang_damping angular_damping", 0.05, 1.0, 0.1, 0.2),
        )
        v, w = k.let("=v_d damped_v", v * (1.0 - linear * dt)), k.let("=w_d damped_w", w * (1.0 - angular * dt))
    if how == "limit":
        top = named(k, "=vmax v_lim", setting(k, "=max_speed max_vel v_max", 0.5, 5.0, 1.0, 2.0))
        speed = k.let("=speed v_len", k.call("length", v))
        v = k.let("=v_c limited", k.where(speed > top, v * (top / k.call("max", speed, 1e-3)), v))
        if opt(k, 0.5):
            spin_top = named(k, "=wmax w_lim", setting(k, "=max_ang_vel w_max max_spin", 0.5, 5.0, 2.0))
            spin = k.let("=spin w_len", k.call("length", w))
            w = k.let("=w_c limited_w", k.where(spin > spin_top, w * (spin_top / k.call("max", spin, 1e-3)), w))
    write(k, "=twists_out qd_out body_qd_out", k.make(t.spatial(k.real), w, v))
    if opt(k, 0.25):
        write(k, "=speeds speed_out", k.call("length", v))


_TASKS: dict[Callable[[Kernel], None], float] = {
    _point_velocity: 1.6,
    _wrench: 1.0,
    _power: 1.0,
    _energy: 0.9,
    _frame: 2.4,
    _bias: 2.2,
    _damp: 0.9,
}


@recipe("spatial velocities, forces and momenta", "quaternion:1.6", FIELDS)
def map_spatial(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
