"""Matrices with more rows than columns, or fewer: Jacobians, gradients of shape functions, small layers."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .slices import sized
from .tasks import batched, opt, read, setting, words, write


@recipe("matrices with more rows than columns, or fewer", "matrix:0.5 vector:0.65", "learning control fem")
def rectangular(k: Kernel) -> None:
    """Jacobians, shape-function gradients and small layers: products whose shapes have to fit."""
    rng = k.rng
    how = rng.choose(("layer", "gradient", "torque", "normal", "project", "strain", "velocity", "rank_one"))
    k.titles = {
        "layer": ("linear_layer", "dense_layer", "mlp_layer", "forward_layer", "affine_map", "layer_forward"),
        "gradient": words("least_squares_gradient gauss_newton_gradient residual_gradient jt_residual fit_gradient"),
        "torque": ("jacobian_transpose", "force_to_torques", "joint_torques", "static_torques", "jt_force"),
        "normal": ("normal_equations", "gauss_newton_hessian", "jtj", "gram_matrix", "build_normal_matrix"),
        "project": ("project_features", "embed", "linear_projection", "low_rank_map", "encode"),
        "strain": ("strain_displacement", "b_matrix_strain", "compute_strain", "element_strain", "eval_strain"),
        "velocity": ("end_effector_velocity", "task_space_velocity", "jacobian_times_qd", "tip_velocity", "ee_twist"),
        "rank_one": ("broyden_update", "rank_one_update", "secant_update", "update_jacobian", "broyden_step"),
    }[how]
    shapes = {
        "strain": ((3, 6),),
        "torque": ((3, 6), (2, 3), (3, 4), (2, 4)),
        "velocity": ((3, 6), (3, 4), (2, 3), (3, 5)),
        "project": ((2, 4), (2, 3), (3, 5), (3, 8)),
    }
    rows, cols = rng.choose(shapes.get(how, ((2, 3), (3, 2), (3, 4), (4, 3), (2, 4), (3, 6), (6, 3), (5, 3))))
    batched(
        k,
        {"layer": "sample", "project": "sample", "strain": "element", "torque": "arm", "velocity": "arm"}.get(
            how, "problem"
        ),
        0.12,
    )
    kind = {"layer": "=W weights w_mat", "project": "=P proj basis_mat", "strain": "=B b_mat dN"}.get(
        how, "=J jac jacobian"
    )
    shared = how in ("layer", "project") and rng.chance(0.5)
    dtype = t.mat(rows, cols, k.real)
    j = k.scalar(kind, dtype, -2.0, 2.0) if shared else read(k, kind, dtype)
    turned = k.call("transpose", j)
    many, few = sized(cols, k.real), sized(rows, k.real)
    if how == "layer":
        y = k.let(
            "=z pre y",
            j @ read(k, "=x features inp", many)
            + (k.scalar("=bias b", few, -1.0, 1.0) if shared else read(k, "=b bias", few)),
        )
        act = rng.choose(("relu", "relu", "none", "scaled"))
        if act == "relu":
            y = k.call("max", y, k.zero(few))
        elif act == "scaled":
            y = y * setting(k, "=out_scale gain temperature_inv", 0.1, 2.0, 0.5)
        write(k, "=activations outputs y_out hidden", y)
    elif how == "gradient":
        x, goal = read(k, "=x params theta", many), read(k, "=target y_obs b", few)
        r = k.let("=r res residual", j @ x - goal)
        g = turned @ r
        if opt(k, 0.35):
            g = g + x * setting(k, "=weight_decay ridge lam", 0.01, 1.0, 0.1)
        write(k, "=gradients grad_out g", g)
        if opt(k, 0.5):
            write(k, "=losses loss cost_out", 0.5 * k.call("dot", r, r))
    elif how == "torque":
        f = read(k, "=f force ee_force", few)
        tau = turned @ f
        if opt(k, 0.4):
            tau = tau - read(k, "=qd joint_vel", many) * setting(k, "=joint_damping kd damping", 0.05, 2.0, 0.5, 0.1)
        write(k, "=torques tau joint_torques tau_out", tau)
        if opt(k, 0.35):
            write(k, "=force_norms loads", k.call("length", f))
    elif how == "normal":
        h = k.let("=H jtj A", turned @ j)
        if opt(k, 0.5):
            h = k.let("=H_d damped A_d", h + setting(k, "=damping mu lam", 0.01, 1.0, 0.1) * k.identity(cols))
        write(k, "=hessians H_out normal_mats", h)
        if opt(k, 0.5):
            write(k, "=rhs g_out jtr", turned @ read(k, "=r residual res", few))
    elif how == "project":
        x = read(k, "=x features v", many)
        if opt(k, 0.4):
            x = k.let("=xc centered x0", x - (k.scalar("=mean center mu", many, -1.0, 1.0)))
        y = k.let("=y code z", j @ x)
        write(k, "=codes projected y_out embedded", y)
        if opt(k, 0.45):
            back = turned @ y
            write(k, "=errors recon_err residuals", k.call("length", back - x))
    elif how == "strain":
        u = read(k, "=u disp u_e", many)
        e = k.let("=eps strain e", j @ u)
        write(k, "=strains strain_out eps_out", e)
        if opt(k, 0.5):
            c = k.scalar("=C D_mat elasticity", t.mat(rows, rows, k.real), 0.0, 2.0)
            s = k.let("=sig stress", c @ e)
            write(k, "=stresses stress_out", s)
            if opt(k, 0.4):
                write(k, "=energies energy_out", 0.5 * k.call("dot", s, e))
    elif how == "velocity":
        v = k.let("=v ee_v x_dot", j @ read(k, "=qd joint_vel q_dot", many))
        write(k, "=velocities ee_vel v_out", v)
        if opt(k, 0.5):
            goal = read(k, "=v_des target_vel goal_v", few)
            write(k, "=errors vel_err err_out", goal - v)
        if opt(k, 0.3):
            write(k, "=speeds speed_out", k.call("length", v))
    else:
        dx, dy = read(k, "=dx step s", many), read(k, "=dy df y_diff", few)
        r = k.let("=r miss secant", dy - j @ dx)
        scale = k.let("=inv scale denom_inv", 1.0 / (k.call("dot", dx, dx) + rng.choose((1e-3, 1e-2, 0.1))))
        new = j + k.call("outer", r * scale, dx)
        write(k, "=jacobians J_out J_new", new)
        if opt(k, 0.4):
            write(k, "=residuals miss_out", k.call("length", r))
