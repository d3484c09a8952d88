"""Rigid bodies: integration of poses, chains of joints, contacts, key poses."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .rotations import FIELDS, spun, time_step
from .tasks import batched, extent, launch, local, named, opt, read, setting, source, words, write
from .tree import Expr

X_NAMES, V_NAMES = "=x p pos x0 {}_pos", "=v vel lin_vel v0 {}_vel"
Q_NAMES, W_NAMES = "=q rot quat r0", "=w omega ang_vel w0"


def _gravity(k: Kernel) -> Expr:
    how = k.rng.choose(("literal", "argument", "entry"))
    if how == "literal":
        return k.make(k.vec3, *k.rng.choose(((0.0, 0.0, -9.81), (0.0, -9.81, 0.0), (0.0, -9.8, 0.0))))
    if how == "argument":
        return k.scalar("=gravity g g_vec", k.vec3, -10.0, 10.0)
    return k.array("=gravity g", k.vec3, (k.dim(1, fixed=True),), low=-10.0, high=10.0)[0]


@recipe("integration of a rigid body's pose and twist", "quaternion:1.2 combined:0.33", FIELDS)
def rigid_step(k: Kernel) -> None:
    rng = k.rng
    k.titles = (
        *words("integrate_bodies integrate_rigid_bodies rigid_body_step step_bodies update_bodies advance_rigid"),
        *words("semi_implicit_euler integrate_{s} simulate_bodies apply_gravity_and_integrate eval_body_integration"),
    )
    batched(k, "body", 0.15)
    here = k.threads
    real = k.real
    pose_type, twist_type = t.transform(real), t.spatial(real)
    separate, inplace = rng.chance(0.35), rng.chance(0.4)
    role = "inout" if inplace else "in"
    if separate:
        xs = k.array("=positions pos x body_pos", k.vec3, k.launch, role, low=-2.0, high=2.0)
        qs = k.array(
            "=rotations quats orientations body_rot q", t.quat(real), k.launch, role, low=-1.0, high=1.0, unit=True
        )
        vs = k.array("=velocities vel lin_vel body_vel", k.vec3, k.launch, role, low=-2.0, high=2.0)
        ws = k.array("=ang_velocities omega ang_vel body_omega", k.vec3, k.launch, role, low=-2.0, high=2.0)
        x0, q0 = local(k, X_NAMES, xs[here]), local(k, Q_NAMES, qs[here])
        v0, w0 = local(k, V_NAMES, vs[here]), local(k, W_NAMES, ws[here])
    else:
        poses = k.array("=body_q poses body_xforms states_q", pose_type, k.launch, role, low=-1.0, high=1.0, unit=True)
        twists = k.array("=body_qd twists body_vel states_qd", twist_type, k.launch, role, low=-2.0, high=2.0)
        pose, twist = local(k, "=q_b pose X xform", poses[here]), local(k, "=qd twist v_s", twists[here])
        x0 = k.let(X_NAMES, k.call("transform_get_translation", pose))
        q0 = k.let(Q_NAMES, k.call("transform_get_rotation", pose))
        w0 = k.let(W_NAMES, k.call("spatial_top", twist))
        v0 = k.let(V_NAMES, k.call("spatial_bottom", twist))
    k.gap()
    inv_mass = read(k, "=inv_mass im inv_m", real, 0.0, 2.0)
    if not separate and rng.chance(0.5):
        wrench = read(k, "=f_s wrench body_f", twist_type)
        force, torque = (
            k.let("=f force f0", k.call("spatial_bottom", wrench)),
            k.let("=tau torque t0", k.call("spatial_top", wrench)),
        )
    else:
        force, torque = read(k, "=f force ext_f", k.vec3), read(k, "=tau torque ext_t", k.vec3)
    dt = time_step(k)
    k.comment("linear part")
    acceleration = force * inv_mass
    if rng.chance(0.8):
        gravity = _gravity(k)
        fixed = rng.chance(0.5)
        acceleration = acceleration + (gravity * k.call("nonzero", inv_mass) if fixed else gravity)
    v1 = k.let("=v1 v_new new_vel", v0 + acceleration * dt)
    if opt(k, 0.4):
        v1 = k.let(
            "=v_d v1_damped", v1 * (1.0 - setting(k, "=lin_damping linear_damping drag", 0.0, 0.5, 0.05, 0.1) * dt)
        )
    if opt(k, 0.25):
        top = named(k, "=vmax v_lim", setting(k, "=max_speed max_velocity", 0.5, 5.0, 2.0))
        speed = k.let("=speed v_len", k.call("length", v1))
        v1 = k.let("=v_c v1_limited", k.where(speed > top, v1 * (top / k.call("max", speed, 1e-3)), v1))
    x1 = k.let("=x1 x_new new_pos p1", x0 + v1 * dt)
    k.gap()
    k.comment("angular part")
    w1 = _angular(k, q0, w0, torque, dt)
    if opt(k, 0.35):
        w1 = k.let("=w_d w1_damped", w1 * (1.0 - setting(k, "=ang_damping angular_damping", 0.0, 0.2, 0.05) * dt))
    q1 = k.let("=q1 q_new new_rot", spun(k, q0, w1, dt))
    k.gap()
    if separate:
        results = [(xs, "=pos_out x_out positions_out", x1), (qs, "=rot_out q_out rotations_out", q1)]
        results += [(vs, "=vel_out v_out velocities_out", v1), (ws, "=omega_out w_out ang_vel_out", w1)]
    else:
        made = k.make(pose_type, x1, q1)
        results = [
            (poses, "=body_q_out poses_out body_q_new", made),
            (twists, "=body_qd_out twists_out body_qd_new", k.make(twist_type, w1, v1)),
        ]
    for array, kind, value in results:
        if inplace:
            k.set(array[here], value)
            k.shared.differentiable = False
        else:
            write(k, kind, value)
    if opt(k, 0.25):
        write(k, "=energies kinetic ke_out", 0.5 * k.call("dot", v1, v1) + 0.5 * k.call("dot", w1, w1))


def _angular(k: Kernel, q0: Expr, w0: Expr, torque: Expr, dt: Expr) -> Expr:
    """The new angular velocity: with a tensor in the body's frame, or with one number."""
    rng = k.rng
    how = rng.choose(("tensor", "tensor", "diagonal", "scalar"))
    if how == "scalar":
        return k.let("=w1 w_new new_omega", w0 + torque * (read(k, "=inv_inertia inv_i", k.real, 0.1, 2.0) * dt))
    wb = k.let("=wb w_body omega_b", k.call("quat_rotate_inv", q0, w0))
    tb = k.let("=tb tau_b torque_b", k.call("quat_rotate_inv", q0, torque))
    if how == "diagonal":
        moments = read(k, "=inertia i_diag moments", k.vec3, 0.5, 2.0)
        if rng.chance(0.6):
            tb = k.let("=tb_net t_net", tb - k.call("cross", wb, k.call("cw_mul", moments, wb)))
        return k.let("=w1 w_new new_omega", k.call("quat_rotate", q0, wb + k.call("cw_div", tb, moments) * dt))
    inv = read(k, "=inv_inertia inv_I I_inv", t.mat(3, 3, k.real), 0.1, 1.0)
    if rng.chance(0.6):
        inertia = read(k, "=inertia I_body I", t.mat(3, 3, k.real), 0.1, 1.0)
        tb = k.let("=tb_net t_net", tb - k.call("cross", wb, inertia @ wb))
    return k.let("=w1 w_new new_omega", k.call("quat_rotate", q0, wb + inv @ tb * dt))


def identity(k: Kernel, value: t.Type) -> Expr:
    """The identity of a transform or quaternion."""
    name = "transform_identity" if isinstance(value, t.Transform) else "quat_identity"
    if k.real is t.F32:
        return k.call(name, gives=value)
    dtype = tree.Verbatim(t.SHAPE, 0.0, 0.0, str(value.scalar))
    return tree.Call(value, -1.0, 1.0, f"wp.{name}", (), (("dtype", dtype),))


@recipe("poses of bodies in a chain of joints", "quaternion:0.48 control_flow:0.36", FIELDS)
def joint_chain(k: Kernel) -> None:
    rng = k.rng
    kind = rng.choose(("revolute", "revolute", "prismatic", "both", "fixed"))
    k.titles = (
        *words("eval_fk forward_kinematics eval_joint_poses compute_body_poses joint_transforms update_link_poses"),
        *(
            "articulation_fk",
            "propagate_poses",
            "eval_articulation",
            f"{kind}_fk" if kind in ("revolute", "prismatic") else "chain_fk",
        ),
    )
    (i,) = launch(k, "joint", 1, (16,))
    real, dims = k.real, k.launch
    pose = t.transform(real)
    parents = k.array("=joint_parent parents parent_ids parent", t.I32, dims, low=-1, high=15, bound=dims[0].symbol)
    body_q = k.array("=body_q poses parent_poses world_poses", pose, dims, low=-1.0, high=1.0, unit=True)
    parent = local(k, "=parent p_id pid", parents[i])
    base = (
        identity(k, pose)
        if rng.chance(0.7)
        else k.scalar("=base_pose root_xform world_origin", pose, -1.0, 1.0, unit=True)
    )
    x_parent = k.variable("=X_wp parent_tf X_wpj", base)
    with k.when(parent >= 0 if rng.chance(0.7) else parent.differs(-1)):
        k.set(x_parent, body_q[parent])
    anchor = local(
        k, "=X_pj anchor joint_tf", source(k, "=joint_X_p anchors parent_xforms", pose, -1.0, 1.0, unit=True)[i]
    )
    joint: Expr | None = None
    axis: Expr | None = None
    if kind != "fixed":
        q = local(
            k,
            "=q angle joint_pos" if kind != "prismatic" else "=q d travel",
            source(k, "=joint_q q_joint joint_coords", real, -1.5, 1.5)[i],
        )
        if opt(k, 0.3):
            lo, hi = (
                source(k, "=limit_lower q_min", real, -1.5, -0.5)[i],
                source(k, "=limit_upper q_max", real, 0.5, 1.5)[i],
            )
            q = k.let("=q_c clamped q_lim", k.call("clamp", q, lo, hi))
        axis = local(k, "=axis a joint_dir", source(k, "=joint_axis axes", k.vec3, -1.0, 1.0, unit=True)[i])
        turn = k.make(pose, k.zero(k.vec3), k.call("quat_from_axis_angle", axis, q))
        slide = k.make(pose, axis * q, identity(k, t.quat(real)))
        if kind == "both":
            kinds = local(k, "=type jtype", k.array("=joint_type types", t.I32, dims, low=0, high=2)[i])
            variable = k.variable("=X_j joint_motion motion", identity(k, pose))
            with k.when(kinds.equals(0)):
                k.set(variable, turn)
            with k.otherwise_when(kinds.equals(1)):
                k.set(variable, slide)
            joint = variable
        else:
            joint = k.let("=X_j joint_motion motion", turn if kind == "revolute" else slide)
    frame: Expr = x_parent * anchor
    outward = axis is not None and opt(k, 0.35)
    if outward:
        frame = k.let("=X_wpj joint_frame X_frame", frame)
    world = frame * joint if joint is not None else frame
    if opt(k, 0.35) and joint is not None:
        child = source(k, "=joint_X_c child_xforms child_anchor", pose, -1.0, 1.0, unit=True)[i]
        world = k.let("=X_wj joint_world", world) * k.call("transform_inverse", child)
    world = k.let("=X_wc world body_pose", world)
    write(k, "=body_q_out world_out poses_out link_poses", world)
    if outward and axis is not None:
        write(k, "=joint_axes_w world_axes axes_out", k.call("transform_vector", frame, axis))
    if opt(k, 0.35):
        com = source(k, "=body_com com local_com", k.vec3, -0.5, 0.5)[i]
        write(k, "=com_out world_com centers", k.call("transform_point", world, com))
    k.shared.differentiable = k.shared.differentiable and kind != "both"


@recipe("contact points, their velocities and impulses", "quaternion:0.22 combined:0.33 vector:0.17", FIELDS)
def contact_response(k: Kernel) -> None:
    rng = k.rng
    k.titles = (
        *words(
            "eval_contacts eval_body_contacts contact_forces ground_contacts compute_contact_wrench penalty_contacts"
        ),
        *words("solve_contacts eval_rigid_contacts contact_response apply_contact_forces evaluate_ground_contact"),
    )
    launch(k, "contact")
    i = k.threads
    real = k.real
    count = k.dim(8)
    ids = k.array("=contact_body body_ids body0 shape_body", t.I32, k.launch, low=0, high=7, bound=count.symbol)
    b = local(k, "=b body body_id", ids[i])
    body_q = k.array("=body_q poses body_poses", t.transform(real), (count,), low=-1.0, high=1.0, unit=True)
    body_qd = k.array("=body_qd twists body_vel", t.spatial(real), (count,), low=-2.0, high=2.0)
    pose, twist = local(k, "=X X_wb pose", body_q[b]), local(k, "=qd v_s twist", body_qd[b])
    point = read(k, "=point local_p cp", k.vec3)
    n = (
        k.let("=n normal", k.make(k.vec3, 0.0, 1.0, 0.0))
        if rng.chance(0.25)
        else read(k, "=n normal contact_n", k.vec3, -1.0, 1.0, unit=True)
    )
    p = k.let("=p world_p contact_p", k.call("transform_point", pose, point))
    r = k.let("=r arm lever", p - k.call("transform_get_translation", pose))
    height = k.call("dot", p, n)
    offset = (
        setting(k, "=plane_offset ground_height margin", -0.5, 0.5, 0.0, 0.1)
        if rng.chance(0.6)
        else read(k, "=thickness radius rest_gap", real, 0.0, 0.3)
    )
    depth = k.let("=d depth gap", height - offset)
    with k.when(depth >= 0.0 if rng.chance(0.5) else depth > 0.0):
        k.give()
    k.gap()
    v = k.let("=v vel point_v", k.call("spatial_bottom", twist) + k.call("cross", k.call("spatial_top", twist), r))
    vn = k.let("=vn v_n normal_speed", k.call("dot", v, n))
    ke, kd = (
        setting(k, "=ke stiffness contact_ke", 10.0, 100.0, 50.0),
        setting(k, "=kd damping contact_kd", 0.1, 5.0, 1.0),
    )
    fn = k.let("=fn f_n normal_force", -(ke * depth) - (kd * k.call("min", vn, 0.0)))
    total = n * fn
    friction = rng.choose(("coulomb", "smooth", "none"))
    if friction != "none":
        mu = setting(k, "=mu friction mu_k", 0.1, 1.0, 0.5, 0.3)
        vt = k.let("=vt v_t slip", v - n * vn)
        speed = k.let("=vs slip_speed vt_len", k.call("length", vt))
        if friction == "coulomb":
            kf = setting(k, "=kf friction_stiffness contact_kf", 0.5, 20.0, 10.0, 5.0)
            ft = k.let("=ft f_t friction_f", vt * (-k.call("min", kf * speed, mu * fn) / k.call("max", speed, 1e-3)))
        else:
            ft = k.let("=ft f_t friction_f", vt * (-(mu * fn) / (speed + k.choose_lit(0.1, 0.05, 0.01))))
        total = total + ft
    total = k.let("=f force f_total", total)
    wrench = k.make(t.spatial(real), k.call("cross", r, total), total)
    target = k.array("=body_f wrenches body_wrench", t.spatial(real), (count,), "inout", low=0.0, high=0.0)
    k.do(k.call("atomic_add", target, b, wrench, gives=t.spatial(real)))
    if opt(k, 0.45):
        # The other body of the pair gets the reaction.
        others = k.array("=other_body body1 body_b ground_body", t.I32, k.launch, low=0, high=7, bound=count.symbol)
        other = local(k, "=b1 other body_j", others[i])
        arm = k.let("=r1 other_arm lever1", p - k.call("transform_get_translation", body_q[other]))
        reaction = k.make(t.spatial(real), k.call("cross", arm, total), total)
        k.do(k.call("atomic_sub", target, other, reaction, gives=t.spatial(real)))
    if opt(k, 0.4):
        write(k, "=contact_force forces f_out", total)
    if opt(k, 0.3):
        write(k, "=depths penetration pen_out", -depth)
    if opt(k, 0.3):
        num = k.array(
            "=num_contacts contact_count active_count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0
        )
        k.do(k.call("atomic_add", num, k.integer(0), k.integer(1), gives=t.I32))


@recipe("interpolation of key poses over time", "quaternion:0.39", "control rigid")
def keyframes(k: Kernel) -> None:
    rng = k.rng
    k.titles = (
        *("sample_keyframes", "eval_animation", "sample_motion", "interpolate_keys", "play_clip", "animate_bones"),
        *("eval_keyframes", "sample_trajectory", "reference_motion", "motion_lookup", "pose_at_time"),
    )
    batched(k, rng.choose(("bone", "env", "track", "sample")), 0.15)
    real = k.real
    frames = k.dim(8)
    kind = "=keys key_rots rotations rot_keys frames_q"
    if rng.chance(0.7):
        time = read(k, "=t time now", real, 0.0, 6.0)
    else:
        time = k.let(
            "=t local_t clip_t",
            k.scalar("=time sim_time clip_time", real, 0.0, 4.0)
            + read(k, "=phase time_offset start_t", real, 0.0, 2.0),
        )
    u = k.let("=u frame_f key_pos", time * setting(k, "=fps frame_rate rate", 0.5, 1.0, 1.0, 0.5))
    rotations = k.array(kind, t.quat(real), (frames,), low=-1.0, high=1.0, unit=True)
    count = extent(k, frames, "=num_keys num_frames key_count", rotations)
    if opt(k, 0.3):
        length = k.let("=duration last span", k.cast(count - 1, real))
        u = k.let("=wrapped loop_u u_w", u - length * k.call("floor", u / k.call("max", length, 1.0)))
    first = k.let("=i0 k0 frame idx", k.call("clamp", k.cast(k.call("floor", u), t.I32), k.integer(0), count - 2))
    blend = k.let("=s alpha frac", k.call("clamp", u - k.cast(first, real), 0.0, 1.0))
    if rng.chance(0.35):
        eased = blend * blend * (3.0 - 2.0 * blend)
        blend = k.let(
            "=eased w ease", eased if rng.chance(0.5) else k.call("smoothstep", k.lit(0.0), k.lit(1.0), blend)
        )
    q0, q1 = local(k, "=q0 q_a", rotations[first]), local(k, "=q1 q_b", rotations[first + 1])
    mixed = (
        k.call("quat_slerp", q0, q1, blend)
        if rng.chance(0.65)
        else k.call("normalize", q0 * (1.0 - blend) + q1 * blend)
    )
    q = k.let("=q rot blended", mixed)
    if rng.chance(0.6):
        positions = k.array("=key_positions pos_keys frames_p root_keys", k.vec3, (frames,), low=-2.0, high=2.0)
        p = k.let("=p pos root", k.call("lerp", positions[first], positions[first + 1], blend))
        if rng.chance(0.5):
            write(k, "=poses poses_out transforms", k.make(t.transform(real), p, q))
        else:
            write(k, "=positions pos_out p_out", p)
            write(k, "=rotations rot_out q_out", q)
        if opt(k, 0.35):
            fps = k.lit(rng.choose((30.0, 60.0, 24.0)))
            write(k, "=velocities vel_out v_ref", (positions[first + 1] - positions[first]) * fps)
    else:
        write(k, "=rotations rot_out q_out", q)
        if opt(k, 0.4):
            write(
                k,
                "=directions facing dirs_out",
                k.call("quat_rotate", q, read(k, "=dir axis local_dir", k.vec3, -1.0, 1.0, unit=True)),
            )
    if opt(k, 0.25):
        write(k, "=frames key_ids frame_out", first)
