"""Small systems solved in a block's tiles for what people solve them for: dynamics, estimates, steps of optimizers."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import SINGLE, recipe
from .rows import titled
from .tile_ops import dtype_of, elementwise, item, many, op
from .tile_squares import Square
from .tree import Expr


def _square(k: Kernel, names: tuple[str, ...]) -> Square:
    """The tiles of a system, which is taken as it is."""
    s = Square(k, (4, 8), names)
    s.loads = 1
    return s


def _factored(s: Square, matrix: Expr) -> Expr:
    """The Cholesky factor of a matrix, in its place or in a tile of its own."""
    k = s.k
    if k.rng.chance(0.3):
        k.do(op("tile_cholesky_inplace", t.NOTHING, matrix))
        return matrix
    return k.let("=l chol factor l_tile", op("tile_cholesky", s.matrix, matrix))


def _solved(s: Square, factor: Expr, rhs: Expr, names: str, spare: bool = True) -> Expr:
    """The solution by a factor; `spare` says that the right side is not needed any more."""
    k = s.k
    route = k.rng.weighted({"at once": 3.0, "in place": 1.5 if spare else 0.0, "two": 1.5})
    if route == "at once":
        return k.let(names, op("tile_cholesky_solve", s.vector, factor, rhs))
    if route == "in place":
        k.do(op("tile_cholesky_solve_inplace", t.NOTHING, factor, rhs))
        return rhs
    first = k.let("=y forward half_solved", op("tile_lower_solve", s.vector, factor, rhs))
    upper = k.let("=u lt l_t", op("tile_transpose", s.matrix, factor))
    return k.let(names, op("tile_upper_solve", s.vector, upper, first))


def _filled(s: Square, kind: str, name: str) -> Expr:
    """One number on the whole diagonal: an argument or written out."""
    k = s.k
    value = k.scalar(kind, k.real, 4.0, 8.0) if k.rng.chance(0.6) else k.choose_lit(4.0, 6.0, 8.0)
    return k.let(name, op("tile_full", s.vector, shape=s.size, value=value, dtype=dtype_of(k, k.real)))


def _symmetric(s: Square, matrix: Expr) -> Expr:
    """A matrix made symmetric, as is done against rounding."""
    k = s.k
    turned = s.turned(matrix, "=turned mat_t flipped")
    return k.let("=sym symmetric avg_mat", elementwise("*", k.lit(0.5), elementwise("+", matrix, turned)))


def _dot(s: Square, a: Expr, b: Expr) -> Expr:
    """The product of two vectors of a block, as a number."""
    if s.k.rng.chance(0.6):
        return item(op("tile_dot", s.one, a, b))
    return item(op("tile_sum", s.one, elementwise("*", a, b)))


def _dynamics(k: Kernel) -> None:
    """Accelerations of joints from the mass matrix and what acts on them, and the step that they make."""
    rng = k.rng
    s = _square(k, ("NV", "DOF", "N_DOFS", "NUM_DOFS", "TILE_NV"))
    mass = s.load("=mass_matrix qM M inertia_mat", "=m_tile mass_tile", -0.3, 0.3)
    diagonal = s.flat("=armature rotor_inertia diag_inertia", "=arm_vec diag", 4.0, 8.0, rng.chance(0.5))
    dt: Expr | None = None
    if rng.chance(0.4):
        dt = k.scalar("=dt timestep h", k.real, 0.001, 0.05)
        damping = s.flat("=damping joint_damping dof_damping", "=damp_vec d_vec", 0.1, 1.0, rng.chance(0.5))
        diagonal = s.add("+", diagonal, s.add("*", damping, dt, "=damp_dt scaled_damp"), "=diag_total implicit_diag")
    system = k.let("=h_tile m_reg system lhs", op("tile_diag_add", s.matrix, mass, diagonal))
    force = s.flat("=qfrc_applied tau torques actuation", "=tau_vec f_vec")
    if rng.chance(0.75):
        bias = s.flat("=qfrc_bias bias_force coriolis", "=bias_vec c_vec")
        force = s.add("-", force, bias, "=rhs net_force qfrc")
    if rng.chance(0.35):
        passive = s.flat("=qfrc_passive spring_force friction_force", "=passive_vec p_vec")
        force = s.add("+", force, passive, "=rhs_total qfrc_smooth all_forces")
    factor = _factored(s, system)
    acceleration = _solved(s, factor, force, "=qacc acc qdd")
    ends = rng.weighted({"acceleration": 2.0, "velocity": 2.0, "both": 1.0})
    if ends != "velocity":
        s.store("=qacc_out joint_acc qdd_out", acceleration)
    if ends != "acceleration":
        dt = dt or k.scalar("=dt timestep h", k.real, 0.001, 0.05)
        velocity = s.flat("=qvel qd joint_vel", "=v_vec qvel_tile")
        velocity = s.add("+", velocity, s.add("*", acceleration, dt, "=dv acc_dt"), "=v_new qvel_next")
        s.store("=qvel_out qd_out vel_next", velocity)
        if rng.chance(0.5):
            place = s.flat("=qpos joint_q q", "=q_vec qpos_tile")
            place = s.add("+", place, s.add("*", velocity, dt, "=dq step_q"), "=q_new qpos_next")
            s.store("=qpos_out q_out pos_next", place)
    titled(
        k,
        "forward_dynamics solve_mass_matrix joint_accelerations compute_qacc smooth_dynamics solve_acceleration"
        if ends == "acceleration"
        else "semi_implicit_step integrate_joints forward_dynamics_step implicit_step advance_joints euler_step",
    )


def _posterior(k: Kernel) -> None:
    """What a Gaussian process says of one point, or how well it explains its data."""
    rng = k.rng
    s = _square(k, ("NUM_POINTS", "N_TRAIN", "N", "NUM_OBS", "TILE_N"))
    gram = s.load("=gram kernel_mat K cov_train", "=k_tile gram_tile", -0.3, 0.3)
    if rng.chance(0.35):
        gram = _symmetric(s, gram)
    noise = _filled(s, "=noise_var sigma_sq obs_noise", "=noise_vec nugget")
    system = k.let("=k_reg k_noisy cov_y", op("tile_diag_add", s.matrix, gram, noise))
    y = s.flat("=targets y observations", "=y_vec target_vec")
    if rng.chance(0.4):
        y = s.add("-", y, s.flat("=prior_mean mean_fn baseline_y", "=mu_vec prior_vec"), "=centered y_c resid")
    factor = _factored(s, system)
    weights = _solved(s, factor, y, "=alpha weights k_inv_y", spare=False)
    ends = rng.weighted({"predict": 2.0, "weights": 1.0, "fit": 1.5})
    if ends == "predict":
        cross = s.flat("=k_star cross_cov kernel_row", "=ks_vec cross_vec")
        s.number("=pred_mean posterior_mean mean_out", _dot(s, cross, weights))
        if rng.chance(0.65):
            half = k.let("=v_vec half_solve w_vec", op("tile_lower_solve", s.vector, factor, cross))
            prior = k.scalar("=prior_var signal_var k_self", k.real, 1.0, 2.0) if rng.chance(0.6) else k.lit(1.0)
            variance = k.let("=var_left var_i spread", prior - _dot(s, half, half))
            s.number("=pred_var posterior_var var_out", k.call("max", variance, rng.choose((0.0, 1e-4))))
        titled(k, "gp_predict gp_posterior predict_mean_var kriging_predict gaussian_process_predict posterior_mean")
        return
    if ends == "weights" or rng.chance(0.4):
        s.store("=alpha_out dual_weights coeffs_out", weights)
    if ends == "fit":
        fit = _dot(s, y, weights)
        s.number("=data_fit neg_log_lik quad_form", 0.5 * fit if rng.chance(0.6) else fit)
    titled(k, "gp_fit fit_gp solve_kernel_system kernel_ridge fit_dual_weights gp_data_fit")


def _mahalanobis(k: Kernel) -> None:
    """How far a sample is from a mean, in units of its covariance."""
    rng = k.rng
    s = _square(k, ("DIM", "N_FEATURES", "STATE_DIM", "N"))
    shared = rng.chance(0.4)
    cov = s.load("=cov covariance sigma", "=cov_tile s_tile", -0.3, 0.3, shared)
    shift = _filled(s, "=jitter reg prior_scale", "=jitter_vec reg_vec")
    system = k.let("=cov_reg stable_cov s_reg", op("tile_diag_add", s.matrix, cov, shift))
    factor = _factored(s, system)
    x = s.flat("=samples x features measured", "=x_vec sample_vec")
    mean = s.flat("=mean mu expected centroid", "=mu_vec mean_vec", shared=shared)
    d = s.add("-", x, mean, "=d diff innov")
    whole = rng.chance(0.4)
    if whole:
        distance = _dot(s, d, _solved(s, factor, d, "=weighted s_inv_d solved", spare=False))
    else:
        z = k.let("=z whitened unit_dev", op("tile_lower_solve", s.vector, factor, d))
        distance = _dot(s, z, z)
        if rng.chance(0.35):
            s.store("=whitened z_out normalized_dev", z)
    distance = k.let("=dist_sq maha m2", distance)
    ends = rng.choose(("square", "root", "weight", "gate"))
    if ends == "square":
        s.number("=mahalanobis dist_sq_out chi2", distance)
    elif ends == "root":
        s.number("=distances mahalanobis_dist outlier_score", k.call("sqrt", k.call("max", distance, 0.0)))
    elif ends == "weight":
        s.number("=weights likelihood kernel_weight", k.call("exp", -0.5 * distance))
    else:
        gate = k.scalar("=gate chi2_threshold gate_limit", k.real, 1.0, 9.0)
        accepted = k.array("=accepted in_gate inlier", t.I32, k.launch, "out")
        k.set(accepted[s.row], k.where(distance < gate, k.integer(1), k.integer(0)))
        if rng.chance(0.5):
            s.number("=mahalanobis dist_sq_out chi2", distance)
    titled(k, "mahalanobis_distance whitened_distance gate_measurements outlier_distance mahalanobis score_samples")


def _trust_region(k: Kernel) -> None:
    """A step of Newton's method whose length is limited, with the decrease that the model promises."""
    rng = k.rng
    s = _square(k, ("NUM_VARS", "N", "DIM", "DOF"))
    hessian = s.load("=hessians hess H curvature", "=h_tile hess_tile", -0.3, 0.3)
    if rng.chance(0.4):
        hessian = _symmetric(s, hessian)
    if rng.chance(0.4):
        shift = s.flat("=diag_scale scaling lm_diag", "=diag_vec scale_vec", 4.0, 8.0)
    else:
        shift = _filled(s, "=damping lm_lambda mu", "=damp_vec shift_vec")
    system = k.let("=h_reg damped shifted", op("tile_diag_add", s.matrix, hessian, shift))
    g = s.flat("=grad gradient g", "=g_vec grad_vec")
    factor = _factored(s, system)
    step = _solved(s, factor, g, "=newton_step dx h_inv_g", spare=False)
    limited = rng.weighted({"radius": 2.0, "clamp": 1.0, "": 1.0})
    if limited == "radius":
        radius = k.scalar("=radius trust_radius max_step", k.real, 0.1, 1.0)
        norm = k.let("=norm step_len step_norm", k.call("sqrt", _dot(s, step, step)))
        shrink = k.let("=shrink scale ratio", k.call("min", 1.0, radius / k.call("max", norm, 1e-6)))
        step = s.add("*", step, shrink, "=limited short_step clipped")
    elif limited == "clamp":
        rate = k.scalar("=step_size alpha relax", k.real, 0.1, 1.0)
        step = s.add("*", step, rate, "=scaled_step part_step damped_step")
    if rng.chance(0.7):
        x = s.flat("=x params q state", "=x_vec x_old")
        s.store("=x_out params_out q_out", s.add("-", x, step, "=x_new updated moved"))
    else:
        s.store("=steps dx_out delta", -step if rng.chance(0.5) else step)
    if rng.chance(0.5):
        s.number("=predicted model_decrease expected_drop", _dot(s, g, step))
    if rng.chance(0.3):
        s.number("=grad_norm_sq g_sq optimality", _dot(s, g, g))
    titled(
        k,
        "trust_region_step limited_newton_step restricted_step"
        if limited == "radius"
        else "damped_newton newton_step regularized_newton newton_update levenberg_step",
    )


def _refinement(k: Kernel) -> None:
    """A system solved, and the solution corrected by what is left."""
    rng = k.rng
    s = _square(k, ("N", "DIM", "SYSTEM_SIZE", "TILE_N"))
    a = _symmetric(s, s.load("=a matrices systems A", "=a_tile mat_tile", -0.3, 0.3))
    shift = _filled(s, "=diag_shift reg ridge", "=shift_vec reg_vec")
    system = k.let("=spd a_reg shifted", op("tile_diag_add", s.matrix, a, shift))
    b = s.flat("=b rhs right_sides", "=b_vec rhs_vec")
    factor = k.let("=l chol factor", op("tile_cholesky", s.matrix, system))
    x = k.let("=x sol x0", op("tile_cholesky_solve", s.vector, factor, b))
    turns = rng.choose((0, 1, 2, 3))
    k.gap()

    def left() -> Expr:
        tall = k.let("=x_col tall", op("tile_reshape", s.column, x, shape=many(s.size, 1)))
        product = k.let("=ax a_x", op("tile_matmul", s.column, system, tall))
        flat = k.let("=ax_vec prod_vec", op("tile_reshape", s.vector, product, shape=many(s.size)))
        return k.let("=r resid residual", elementwise("-", b, flat))

    def correct() -> Expr:
        return k.let("=dx correction fix", op("tile_cholesky_solve", s.vector, factor, left()))

    if turns == 1:
        x = k.let("=refined x1 improved", elementwise("+", x, correct()))
    elif turns:
        with k.loop("=it pass_id sweep", turns):
            k.set(x, elementwise("+", x, correct()))
    if turns == 0 or rng.chance(0.4):
        r = left()
        s.number("=residual_sq err_sq res_out", _dot(s, r, r))
    s.store("=x_out solutions sol_out", x)
    titled(
        k,
        "refine_solution iterative_refinement cholesky_refine refined_solve"
        if turns
        else "solve_and_check cholesky_solve_residual solve_systems checked_solve",
    )


_TASKS: dict[Callable[[Kernel], None], float] = {
    _dynamics: 2.5,
    _posterior: 1.5,
    _mahalanobis: 1.3,
    _trust_region: 1.5,
    _refinement: 0.8,
}


@recipe("systems solved by tiles for a purpose", "tile:3.6", "optimization control rigid learning", SINGLE)
def solve_in_tiles(k: Kernel) -> None:
    k.rng.weighted(_TASKS)(k)
