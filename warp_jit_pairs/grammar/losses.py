"""Totals over all threads: losses, energies, norms, penalties."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .atomics import atomic, slot_of
from .build import Body
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


@recipe(
    "a total, mean or loss accumulated into one element",
    "atomic:1.7 reduction:0.55",
    "learning stats optimization",
)
def total_loss(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "sample point element entry pixel joint marker residual")
    grid = rng.weighted({1: 4.0, 2: 1.2})
    if grid == 2:
        at = k.start(2, None, (job.words("i row b"), job.words("j col d")))
        job.at, job.dims = at, k.launch
    else:
        job.start()
    what = job.pick(error=4.0, points=1.5, classify=1.3, energy=1.6, norm=1.2, smooth=0.9)
    names = "loss total_loss loss_out total objective"
    if what == "error":
        value, word = _error_loss(job)
    elif what == "points":
        value, word = _point_loss(job)
    elif what == "classify":
        value, word = _class_loss(job)
    elif what == "energy":
        value, word, names = _energy(job)
    elif what == "norm":
        value, word, names = _norm(job)
    else:
        value, word = _regularizer(job)
    if what not in ("energy", "norm"):
        job.titled(f"compute_{word} {word} accumulate_{word} eval_{word} {word}_sum add_{word} {{}}_{word} sum_{word}")
        if job.more(0.35):
            way = rng.integer(0, 2)
            if way == 0:
                value = value * job.param("weight loss_weight w scale lambda_w", 0.1, 2.0, 0.5, 0.1)
            elif way == 1:
                value = value / k.cast(job.length(job.dims[-1], "num_{s} n count n_{s}"), k.real)
            else:
                value = value * job.read("weights {}_weight {}_weights importance", "w weight wt", k.real, 0.0, 1.0)
    target, where = slot_of(job, names, value.type)
    lossy = what not in ("energy", "norm")
    terms = "loss_i term l cost contribution" if lossy else "contribution part term amount share"
    value = job.maybe(terms, value)
    if job.more(0.3):
        if not isinstance(value, tree.Name):
            value = job.let(terms, value)
        job.write("{}_loss per_{}_loss losses loss_terms" if lossy else "terms contributions parts per_{}", value)
    if job.more(0.3) and grid == 1 and not job.masked:
        mask = job.array("valid mask {}_mask is_valid", t.I32, low=0, high=1)[job.at]
        with k.when(mask.differs(0) if rng.chance(0.5) else mask.equals(1)):
            atomic(k, "atomic_add", target, where, value)
            if job.more(0.4):
                counted, slot = slot_of(job, "num_valid count valid_count used", t.I32)
                atomic(k, "atomic_add", counted, slot, k.integer(1))
        return
    atomic(k, "atomic_add", target, where, value)
    if job.more(0.2) and value.type is k.real:
        worst, slot = slot_of(
            job, "max_loss worst largest_loss" if lossy else "largest_term max_term largest", k.real, -1e4
        )
        atomic(k, "atomic_max", worst, slot, value)


def _error_loss(job: Job) -> tuple[Expr, str]:
    k, rng = job.k, job.rng
    prediction = job.read("predictions pred y_pred outputs predicted", "p pred y_hat out_i", k.real)
    label = job.read("targets target y_true labels reference ground_truth", "y target_i ref label_i", k.real)
    error = job.let("diff error err residual e", prediction - label if rng.chance(0.7) else label - prediction)
    how = rng.choose(
        ("mse", "mse", "l1_loss", "huber_loss", "charbonnier_loss", "log_cosh_loss", "quantile_loss", "cauchy_loss")
    )

    def huber(body: Body, error: Expr, bound: Expr) -> Expr:
        size = body.let(job.words("a abs_err size abs_e"), body.call("abs", error))
        return body.where(size < bound, 0.5 * size * size, bound * (size - 0.5 * bound))

    def charbonnier(body: Body, error: Expr, eps: Expr) -> Expr:
        return body.call("sqrt", error * error + eps * eps)

    def pinball(body: Body, error: Expr, q: Expr) -> Expr:
        return body.call("max", q * error, (q - 1.0) * error)

    def cauchy(body: Body, error: Expr, c: Expr) -> Expr:
        z = body.let(job.words("z scaled ratio u"), error / c)
        return 0.5 * c * c * body.call("log", 1.0 + z * z)

    if how == "mse":
        half = rng.chance(0.4)
        return (0.5 * error * error if half else error * error), rng.choose(
            ("mse", "mse_loss", "squared_error", "l2_loss", "sum_squared_error")
        )
    if how == "l1_loss":
        return k.call("abs", error), rng.choose(("l1_loss", "mae", "absolute_error", "l1_error"))
    if how == "huber_loss":
        bound = job.param("delta huber_delta threshold", 0.5, 1.5, 1.0, each=False, literal=False)
        return job.formula(
            "huber huber_loss smooth_l1 huber_term", huber, ("error e r", error), ("delta d", bound)
        ), rng.choose(("huber_loss", "huber", "smooth_l1_loss"))
    if how == "charbonnier_loss":
        eps = job.param("eps epsilon charbonnier_eps", 0.01, 1.0, 0.01, 0.1, each=False, literal=False)
        return job.formula(
            "charbonnier smooth_abs charbonnier_penalty", charbonnier, ("x error e", error), ("eps epsilon", eps)
        ), "charbonnier_loss"
    if how == "log_cosh_loss":
        return k.call("log", k.call("cosh", error)), "log_cosh_loss"
    if how == "quantile_loss":
        q = job.param("tau quantile q alpha", 0.1, 0.9, 0.5, 0.9, each=False, literal=False)
        return job.formula(
            "pinball pinball_loss quantile_term", pinball, ("error e r", error), ("tau q", q)
        ), rng.choose(("quantile_loss", "pinball_loss"))
    c = job.param("c cauchy_scale sigma scale", 0.5, 2.0, 1.0, each=False, literal=False)
    return job.formula(
        "cauchy_loss_term lorentzian cauchy robust_rho", cauchy, ("r error e", error), ("c scale", c)
    ), rng.choose(("cauchy_loss", "robust_loss", "lorentzian_loss"))


def _point_loss(job: Job) -> tuple[Expr, str]:
    k, rng = job.k, job.rng
    vector = t.vec(rng.choose((3, 3, 2)), k.real)
    a = job.read("positions pos points x predicted_pos", "p x pos_i", vector)
    b = job.read("target_pos targets goal_positions reference_pos rest_pos", "q goal target_i", vector)
    delta = job.let("d delta diff offset", a - b)
    how = rng.choose(("position_loss", "point_distance", "saturated_loss", "plane_loss"))
    if how == "position_loss":
        return k.call("dot", delta, delta) if rng.chance(0.6) else k.call("length_sq", delta), rng.choose(
            ("position_loss", "point_loss", "tracking_loss", "goal_loss")
        )
    if how == "point_distance":
        return k.call("length", delta), rng.choose(("point_distance", "distance_loss", "distance_sum"))
    if how == "plane_loss":
        n = job.read("normals target_normals surface_normals", "n normal nrm", vector, -1.0, 1.0, unit=True)
        along = job.let("dist point_to_plane r residual", k.call("dot", delta, n))
        return along * along, rng.choose(("point_to_plane_loss", "icp_loss", "plane_distance_loss"))
    size = job.let("d2 dist_sq sq", k.call("dot", delta, delta))
    s = job.param("sigma2 scale_sq trunc", 0.2, 2.0, 1.0, 0.5, each=False, literal=False)
    return size / (size + s), rng.choose(("geman_mcclure_loss", "robust_point_loss", "geman_loss"))


def _class_loss(job: Job) -> tuple[Expr, str]:
    k, rng = job.k, job.rng
    how = rng.choose(("logistic", "bce", "hinge", "focal"))
    if how in ("logistic", "hinge"):
        score = job.read("scores logits margins score", "s score_i z", k.real)
        label = job.read("labels y targets signs", "y label_i", t.I32, 0, 1)
        sign = job.let("sign y_signed s_y", k.where(label.equals(1), k.lit(1.0), k.lit(-1.0)))
        margin = job.let("margin m ys", sign * score)
        if how == "hinge":
            value = k.call("max", 1.0 - margin, 0.0)
            return (value * value, "squared_hinge_loss") if rng.chance(0.3) else (value, "hinge_loss")
        return k.call("log", 1.0 + k.call("exp", -margin)), rng.choose(("logistic_loss", "log_loss", "softplus_loss"))
    p = job.read("probs probabilities p_pred predictions", "p prob p_i", k.real, 0.02, 0.98, nest=0.0)
    y = job.read("labels y targets", "y label_i t_i", k.real, 0.0, 1.0, nest=0.0)
    eps = rng.choose((1e-3, 1e-2))
    p = job.let("p_safe pc clipped", k.call("clamp", p, eps, 1.0 - eps))
    if how == "bce":
        return -(y * k.call("log", p) + (1.0 - y) * k.call("log", 1.0 - p)), rng.choose(
            ("bce_loss", "cross_entropy", "binary_cross_entropy", "log_loss")
        )
    pt = job.let("pt p_true p_t", y * p + (1.0 - y) * (1.0 - p))
    off = job.let("miss q one_minus_pt", 1.0 - pt)
    return -off * off * k.call("log", pt), "focal_loss"


def _energy(job: Job) -> tuple[Expr, str, str]:
    """Sums that physics asks for."""
    k, rng = job.k, job.rng
    vector = t.vec(rng.choose((3, 3, 2)), k.real)
    job.it, job.many = rng.choose((("particle", "particles"), ("body", "bodies"), ("node", "nodes"), ("atom", "atoms")))
    what = rng.choose(("kinetic", "potential", "momentum", "center", "work", "angular", "spring"))
    mass = job.read("mass masses {}_mass m", "m mass_i", k.real, 0.5, 2.0)
    if what == "kinetic":
        v = job.read("velocities vel velocity {}_vel v", "v vel_i", vector)
        job.titled(
            "kinetic_energy total_kinetic_energy"
            " compute_kinetic_energy sum_kinetic_energy accumulate_kinetic {}_kinetic_energy"
        )
        return 0.5 * mass * k.call("dot", v, v), what, "kinetic_energy energy ke total_ke"
    if what == "potential":
        x = job.read("positions pos {}_pos x", "x p pos_i", vector)
        g = job.param("gravity g grav", 1.0, 10.0, 9.81, each=False)
        job.titled("potential_energy gravitational_energy total_potential compute_potential_energy {}_potential_energy")
        return mass * g * k.component(x, vector.length - 1), what, "potential_energy pe energy total_pe"
    if what == "momentum":
        v = job.read("velocities vel velocity {}_vel v", "v vel_i", vector)
        job.titled("total_momentum linear_momentum compute_momentum sum_momentum accumulate_momentum {}_momentum")
        return mass * v, what, "momentum total_momentum p_total linear_momentum"
    if what == "center":
        x = job.read("positions pos {}_pos x", "x p pos_i", vector)
        target, where = slot_of(job, "total_mass mass_sum m_total", k.real)
        atomic(k, "atomic_add", target, where, mass)
        job.titled("center_of_mass accumulate_com compute_com mass_center sum_com weighted_center {}_com")
        return mass * x, what, "com weighted_pos mass_pos com_sum"
    if what == "angular":
        x = job.read("positions pos {}_pos x", "x p pos_i", t.vec(3, k.real))
        v = job.read("velocities vel velocity {}_vel v", "v vel_i", t.vec(3, k.real))
        center = job.scalar("center com origin pivot", t.vec(3, k.real), -1.0, 1.0)
        arm = job.let("r arm lever rel", x - center)
        job.titled(
            "angular_momentum total_angular_momentum compute_angular_momentum sum_angular_momentum {}_angular_momentum"
        )
        return k.call("cross", arm, mass * v), what, "angular_momentum ang_mom L_total total_l"
    if what == "work":
        f = job.read("forces force f {}_force", "f force_i", vector)
        v = job.read("velocities vel velocity {}_vel v", "v vel_i", vector)
        job.titled("compute_power total_power power_of_forces sum_power work_rate {}_power")
        return k.call("dot", f, v), what, "power total_power work_rate"
    x = job.read("positions pos {}_pos x", "x p pos_i", vector)
    rest = job.read("rest_pos anchors rest_positions x0", "rest anchor x_rest", vector)
    ke = job.param("stiffness ke k_spring anchor_ke", 1.0, 50.0, 10.0, 20.0)
    d = job.let("d stretch delta offset", x - rest)
    job.titled("anchor_energy spring_energy tether_energy total_spring_energy sum_anchor_energy {}_anchor_energy")
    return 0.5 * ke * k.call("dot", d, d), what, "energy spring_energy total_energy elastic_energy"


def _norm(job: Job) -> tuple[Expr, str, str]:
    k, rng = job.k, job.rng
    what = rng.choose(("dot", "norm", "change", "l1", "sum", "count"))
    a = job.read("x a vec_a values u", "xi a_i u_i", k.real, nest=0.5)
    if what == "dot":
        b = job.read("y b vec_b v other", "yi b_i v_i", k.real, nest=0.5)
        job.titled("dot_product dot vector_dot inner_product compute_dot dot_reduce weighted_dot")
        if job.more(0.3):
            w = job.read("weights w diag metric", "w weight_i m_i", k.real, 0.1, 1.0)
            return w * a * b, what, "result dot_out total inner"
        return a * b, what, "result dot_out total inner"
    if what == "norm":
        a = job.let("xi v value", a)
        job.titled("squared_norm norm_sq sum_squares vector_norm_sq l2_norm_squared sum_of_squares residual_norm")
        return a * a, what, "norm_sq sum_sq result total_sq"
    if what == "change":
        b = job.read("x_prev previous x_old old_values", "old prev_i before", k.real, nest=0.5)
        diff = job.let("change diff d", a - b)
        job.titled("change_norm update_norm convergence_norm step_norm measure_change delta_norm")
        return diff * diff, what, "change_sq norm_sq delta_sq"
    if what == "l1":
        job.titled("l1_norm sum_abs absolute_sum vector_l1_norm norm_l1_sum")
        return k.call("abs", a), what, "l1 norm total_abs"
    if what == "sum":
        volume = job.read("volumes areas cell_volume {}_volume", "vol area v_i", k.real, 0.1, 1.0)
        job.titled(
            "integrate_field volume_integral weighted_sum integrate_values accumulate_integral total_over_volume"
        )
        return a * volume, what, "integral total sum_out result"
    limit = job.param("threshold cutoff limit", -1.0, 1.0, 0.0, 0.5, each=False)
    job.titled("count_above count_over_threshold threshold_count count_{s}_above num_above")
    k.shared.differentiable = False
    return k.where(a > limit, k.integer(1), k.integer(0)), what, "count num_above counter total_count"


def _regularizer(job: Job) -> tuple[Expr, str]:
    k, rng = job.k, job.rng
    w = job.read("weights params parameters theta w", "w p theta_i", k.real, nest=0.0)
    how = rng.choose(("l2_penalty", "elastic_net", "barrier", "limit_penalty"))
    if how == "l2_penalty":
        lam = job.param("lambda_reg weight_decay reg reg_strength", 0.01, 1.0, 0.1, 0.01, each=False)
        return lam * w * w, rng.choose(("l2_penalty", "weight_decay_loss", "ridge_penalty", "regularization_loss"))
    if how == "elastic_net":
        a = job.param("l1_weight alpha1 lambda1 l1_reg", 0.01, 1.0, 0.1, 0.01, each=False)
        b = job.param("l2_weight alpha2 lambda2 l2_reg", 0.01, 1.0, 0.1, 0.01, each=False)
        return a * k.call("abs", w) + b * w * w, rng.choose(("elastic_net_penalty", "elastic_net", "l1_l2_penalty"))
    lower = job.param("lower lower_limit lo min_value", -1.0, -0.5, -1.0, literal=False)
    upper = job.param("upper upper_limit hi max_value", 0.5, 1.0, 1.0, literal=False)
    below = job.let("under below low_violation", k.call("max", lower - w, 0.0))
    above = job.let("over above high_violation", k.call("max", w - upper, 0.0))
    return below * below + above * above, rng.choose(
        ("limit_penalty", "bounds_penalty", "joint_limit_loss", "range_penalty")
    )
