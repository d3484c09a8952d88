"""Atomics into totals: histograms, losses, moments, extents.

Nothing here depends on the order of threads beyond rounding: what an atomic returns is only used where each thread has
a slot of its own.
"""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Body, Dim
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr

INTEGERS = (t.I32, t.I32, t.I32, t.U32, t.I64, t.U64)


def atomic(k: Kernel, name: str, target: Expr, where: tuple[Expr, ...], value: Expr) -> None:
    """An atomic by its call or by an augmented assignment, which Warp makes atomic too."""
    if name in ("atomic_add", "atomic_sub") and k.rng.chance(0.25):
        k.add(tree.Augment(target[where], "+" if name == "atomic_add" else "-", value))
    else:
        k.do(k.call(name, target, *where, value, gives=value.type))


def slot_of(job: Job, names: str, dtype: t.Type, low: float = 0.0) -> tuple[Expr, tuple[Expr, ...]]:
    """Where all threads add up: one element, or one per world of a batch."""
    if job.world is not None:
        return job.array(names, dtype, job.dims[:1], "inout", low=low, high=low), (job.world,)
    return job.array(names, dtype, (job.k.dim(1, fixed=True),), "inout", low=low, high=low), (job.k.integer(0),)


_MEASURED = {
    "depth": ("depth depths depth_map distances range_values", "depth d z_val dist"),
    "speed": ("speed speeds velocity_mag wind_speed", "speed s mag"),
    "energy": ("energy energies kinetic e_vals", "energy e e_val"),
    "intensity": ("intensity gray luminance pixel_values brightness", "intensity gray_val lum v"),
    "length": ("lengths distances edge_lengths dists", "length dist d"),
    "score": ("scores values samples data measurements", "score value x v"),
    "temperature": ("temperature temps temp readings", "temp t_val reading"),
    "error": ("errors residuals deltas err", "error residual e err"),
    "angle": ("angles theta headings phase", "angle theta heading"),
}


@recipe("a histogram of computed values", "atomic:3 reduction:0.3", "stats image signal", "scatter")
def histogram(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "sample particle point pixel event reading cell entry")
    picture = rng.chance(0.25)
    what = rng.choose(tuple(_MEASURED))
    job.titled(
        f"{what}_histogram build_histogram histogram compute_histogram bin_values bin_{what} count_{what}_bins"
        f" accumulate_histogram histogram_{what} fill_histogram {{}}_histogram {{}}_{what}_histogram bin_{{s}}"
    )
    if picture:
        job.it, job.many = "pixel", "pixels"
        at = k.start(2, None, (job.words("i row y"), job.words("j col x")), plain=True)
        job.at, job.dims = at, k.launch
    else:
        job.start()
    two = job.more(0.15)
    arrays, local = _MEASURED[what]
    vector = what in ("speed", "length") and rng.chance(0.5)
    if vector:
        v = job.read(
            "velocities vel velocity v" if what == "speed" else "offsets deltas edge_vectors separations",
            "v vel" if what == "speed" else "d delta",
            t.vec(3, k.real),
        )
        value = job.let(local, k.call("length", v))
    elif what == "intensity" and rng.chance(0.4):
        color = job.read("colors rgb image pixels", "rgb color c", t.vec(3, k.real), 0.0, 1.0, nest=0.0)
        r, g, b = k.components(color)
        value = job.let("luma gray lum intensity_val", 0.299 * r + 0.587 * g + 0.114 * b)
    else:
        low, high = (
            (0.0, 4.0) if what in ("depth", "speed", "energy", "intensity", "length", "temperature") else (-2.0, 2.0)
        )
        value = job.read(arrays, local, k.real, low, high, nest=0.0)
    if what == "error" and rng.chance(0.5):
        value = job.let("abs_err size magnitude", k.call("abs", value))
    bins = k.dim(rng.choose((8, 10, 16)))
    counter = rng.choose((*INTEGERS, k.real))
    dims: tuple[Dim, ...] = (bins,)
    lead: tuple[Expr, ...] = ()
    if job.world is not None:
        dims, lead = (job.dims[0], bins), (job.world,)
    elif job.more(0.2) and not picture:
        groups = k.dim(4)
        ids = job.array("labels {}_class {}_group channel class_ids", t.I32, low=0, high=3, bound=groups.symbol)
        dims, lead = (groups, bins), (job.let("label cls group ch", ids[job.at]),)
    if two:
        _joint(job, value, bins, counter, dims, lead)
        return
    target = job.array(
        "hist histogram bins counts bin_counts {}_counts hist_out", counter, dims, "inout", low=0.0, high=0.0
    )
    weighted = counter.kind == "f"
    amount = (
        job.read("weights {}_weights w importance", "w weight wt", k.real, 0.0, 1.0)
        if weighted and rng.chance(0.7)
        else tree.literal(1, counter)
    )
    where = _bin_of(job, value, bins, target, len(lead))
    atomic(k, "atomic_add", target, (*lead, where), amount)
    if job.more(0.3):
        sums = job.array("bin_sums sums {}_sums totals", k.real, dims, "inout", low=0.0, high=0.0)
        atomic(k, "atomic_add", sums, (*lead, where), value)
    if job.more(0.25):
        peaks = job.array("bin_max largest bin_peaks max_per_bin", k.real, dims, "inout", low=-1e4, high=-1e4)
        atomic(k, "atomic_max", peaks, (*lead, where), value)
    if job.more(0.25):
        job.write("bin_ids bin_index {}_bin bins_out assignments", where)


def _joint(job: Job, value: Expr, bins: Dim, counter: t.Scalar, dims: tuple[Dim, ...], lead: tuple[Expr, ...]) -> None:
    """Counts of pairs of values."""
    k = job.k
    job.titled("joint_histogram histogram_2d hist2d build_joint_histogram bin_pairs scatter_density")
    inner = k.dim(job.rng.choose((4, 8)))
    joint = job.array("joint_hist hist2d joint_counts density_map", counter, (*dims, inner), "inout", low=0.0, high=0.0)
    first = _bin_of(job, value, bins, joint, len(lead))
    other = job.read("other_values second ys values_b", "y other second_val", k.real, -2.0, 2.0, nest=0.0)
    second = _bin_of(job, other, inner, joint, len(dims), "2")
    atomic(k, "atomic_add", joint, (*lead, first, second), k.lit(1, counter))


def _bin_of(job: Job, value: Expr, bins: Dim, source: Expr, axis: int, number: str = "") -> Expr:
    """The bin of a value: scaled, floored, clamped."""
    k, rng = job.k, job.rng
    low = job.param(f"min_val{number} lo{number} range_min{number} hist_min{number}", -2.0, 0.0, -2.0, 0.0, each=False)
    count = job.length(bins, f"num_bins{number} n_bins{number} bin_count{number} nbins{number}", source, axis)
    names = f"bin{number}_idx b{number} bin_id{number} bin_index{number}"
    way = rng.integer(0, 2)
    if way == 0:
        width = job.param(f"bin_width{number} width{number} bin_size{number}", 0.25, 2.0, 0.5, 0.25, each=False)
        position = (value - low) / width
    elif way == 1:
        scale = job.param(
            f"inv_width{number} bin_scale{number} scale{number} bins_per_unit{number}", 0.5, 4.0, 2.0, 4.0, each=False
        )
        position = (value - low) * scale
    else:
        high = job.param(
            f"max_val{number} hi{number} range_max{number} hist_max{number}", 2.0, 4.0, 2.0, 4.0, each=False
        )
        position = job.let(
            f"t{number} unit{number} normalized{number} frac{number}", (value - low) / (high - low)
        ) * k.cast(count, k.real)
    raw = k.cast(k.call("floor", position), t.I32) if rng.chance(0.5) else k.cast(position, t.I32)
    how = rng.integer(0, 2)
    if how == 0:
        return job.let(names, k.call("clamp", raw, k.integer(0), count - 1))
    index = job.let(names, raw)
    if how == 1:
        return job.let(
            f"slot{number} bin_c{number} safe_bin{number}", k.call("min", k.call("max", index, 0), count - 1)
        )
    with k.when(k.either(index < 0, index >= count)):
        k.give()
    return index


@recipe(
    "a total, mean or loss accumulated into one element", "atomic:3 reduction:1", "learning stats optimization", "loss"
)
def total_loss(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "sample point element entry pixel joint marker residual")
    grid = rng.weighted({1: 4.0, 2: 1.2})
    if grid == 2:
        at = k.start(2, None, (job.words("i row b"), job.words("j col d")), plain=True)
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


@recipe(
    "smallest and largest values or corners over all threads",
    "atomic:2.5 reduction:0.5",
    "geometry stats particles",
    "reduction",
)
def extents(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "particle point vertex body cell element shape node")
    job.start()
    what = job.pick(bounds=3.0, group=1.5, speed=1.5, count=1.0, farthest=1.2, triangle=1.2)
    big = 1e4
    if what in ("bounds", "triangle"):
        _bounds(job, what)
        return
    if what == "group":
        number = k.dim(6)
        job.titled(
            "group_extrema max_per_group min_max_per_group group_max"
            " segment_max reduce_groups cluster_range {}_group_range"
        )
        ids = job.array("group_ids labels {}_group segment_ids cluster_ids", t.I32, low=0, high=5, bound=number.symbol)
        group = job.let("group g label seg", ids[job.at])
        value = job.read("values scores data x heights", "v value x_i", k.real)
        if rng.chance(0.3):
            value = job.let("size mag abs_v", k.call("abs", value))
        dims = (job.dims[0], number) if job.world is not None else (number,)
        lead = (job.world,) if job.world is not None else ()
        atomic(
            k,
            "atomic_max",
            job.array("group_max max_values largest maxima", k.real, dims, "inout", low=-big, high=-big),
            (*lead, group),
            value,
        )
        if job.more(0.5):
            atomic(
                k,
                "atomic_min",
                job.array("group_min min_values smallest minima", k.real, dims, "inout", low=big, high=big),
                (*lead, group),
                value,
            )
        if job.more(0.3):
            atomic(
                k,
                "atomic_add",
                job.array("group_count counts sizes", t.I32, dims, "inout", low=0, high=0),
                (*lead, group),
                k.integer(1),
            )
        return
    if what == "count":
        dtype = rng.choose((t.I32, t.I32, t.I64, t.U32))
        job.titled("max_degree count_statistics max_count degree_stats reduce_counts {}_count_stats largest_count")
        count = job.read("counts degrees {}_counts num_contacts sizes", "count n degree c", dtype, 0, 50, nest=0.0)
        atomic(k, "atomic_max", slot_of(job, "max_count largest max_degree", dtype)[0], slot_index(job), count)
        if job.more(0.7):
            atomic(k, "atomic_add", slot_of(job, "total_count total sum_counts", dtype)[0], slot_index(job), count)
        if job.more(0.4):
            limit = job.scalar("capacity max_allowed limit", dtype, 10, 40)
            with k.when(count > limit):
                atomic(
                    k,
                    "atomic_add",
                    slot_of(job, "overflow num_over overflows", t.I32)[0],
                    slot_index(job),
                    k.integer(1),
                )
        return
    vector = t.vec(rng.choose((3, 3, 2)), k.real)
    if what == "speed":
        job.titled(
            "max_speed compute_max_velocity largest_speed find_max_speed cfl_speed reduce_max_velocity {}_max_speed"
        )
        v = job.read("velocities vel velocity {}_vel v", "v vel_i", vector)
        speed = job.let("speed s mag", k.call("length", v))
        atomic(k, "atomic_max", slot_of(job, "max_speed max_vel v_max", k.real)[0], slot_index(job), speed)
        if job.more(0.4):
            h = job.param("cell_size dx h spacing", 0.5, 2.0, 1.0, 0.5, each=False)
            cfl = job.param("cfl cfl_number safety", 0.2, 1.0, 0.5, 0.9, each=False)
            atomic(
                k,
                "atomic_min",
                slot_of(job, "dt_max dt_out stable_dt", k.real, big)[0],
                slot_index(job),
                cfl * h / k.call("max", speed, 1e-3),
            )
        if job.more(0.3):
            job.write("speeds speed_out {}_speed", speed)
        return
    job.titled(
        "max_distance farthest_point bounding_radius"
        " max_radius_from_center bounding_sphere_radius find_radius {}_max_distance"
    )
    p = job.read("positions pos points {}_pos x", "p x pos_i", vector)
    center = job.scalar("center centroid origin com", vector, -1.0, 1.0)
    d = job.let("dist d r radius", k.call("length", p - center))
    if job.more(0.4):
        d = job.let("reach outer far_dist", d + job.param("radius {}_radius margin", 0.1, 1.0, 0.25))
    atomic(k, "atomic_max", slot_of(job, "max_dist radius_out farthest bounding_radius", k.real)[0], slot_index(job), d)
    if job.more(0.4):
        atomic(k, "atomic_min", slot_of(job, "min_dist nearest closest_dist", k.real, big)[0], slot_index(job), d)


def slot_index(job: Job) -> tuple[Expr, ...]:
    """Where `slot_of` is."""
    return (job.world,) if job.world is not None else (job.k.integer(0),)


def _bounds(job: Job, what: str) -> None:
    """The box around all things."""
    k, rng = job.k, job.rng
    vector = t.vec(rng.choose((2, 3, 3)), k.real)
    big = 1e4
    if what == "triangle":
        nodes = k.dim(12)
        job.it, job.many = "triangle", "triangles"
        job.titled(
            "triangle_bounds compute_tri_bounds face_bounds triangle_aabb mesh_bounds face_aabbs accumulate_tri_bounds"
        )
        x = job.array("vertices points positions verts", vector, (nodes,), low=-2.0, high=2.0)
        corners = k.dim(3, fixed=True)
        ids = job.array(
            "triangles faces tri_indices indices", t.I32, (*job.dims, corners), low=0, high=11, bound=nodes.symbol
        )
        a, b, c = (job.let(name, x[ids[(*job.at, n)]]) for n, name in enumerate(("a p0 v0", "b p1 v1", "c p2 v2")))
        low = job.let("lo lower tri_min bmin", k.call("min", k.call("min", a, b), c))
        high = job.let("hi upper tri_max bmax", k.call("max", k.call("max", a, b), c))
    else:
        job.titled(
            "compute_bounds bounding_box scene_bounds"
            " accumulate_bounds reduce_bounds compute_aabb {}_bounds expand_bounds"
        )
        p = job.read("positions points pos {}_pos x", "p x pos_i", vector)
        low = high = p
    if job.more(0.4):
        r = job.param("radius margin {}_radius padding", 0.1, 1.0, 0.25, 0.1)
        r = job.maybe("r pad m", r)
        reach = job.let("pad_vec extent half", k.make(vector, *[r] * vector.length))
        low, high = job.let("lower lo box_min", low - reach), job.let("upper hi box_max", high + reach)
    lower, where = slot_of(job, "lower bounds_min aabb_min min_corner", vector, big)
    upper, _ = slot_of(job, "upper bounds_max aabb_max max_corner", vector, -big)
    atomic(k, "atomic_min", lower, where, low)
    atomic(k, "atomic_max", upper, where, high)
    if job.more(0.35):
        middle = 0.5 * (low + high) if low is not high else low
        if what == "triangle" or low is not high:
            job.write("centers box_centers {}_center", middle)
            if job.more(0.5):
                job.write("box_lower {}_lower mins", low)
                job.write("box_upper {}_upper maxs", high)


@recipe(
    "moments of groups: counts, sums, sums of squares", "atomic:2 reduction:0.4", "stats learning biology", "scatter"
)
def group_moments(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "sample point cell particle atom pixel face node agent voxel")
    job.start()
    groups = k.dim(6)
    what = job.pick(cluster=2.0, segment=2.0, normals=1.2, voxel=1.0, mass=1.2)
    vector = what in ("normals", "voxel", "mass") or rng.chance(0.4)
    dtype: t.Type = t.vec(2 if what == "mass" and rng.chance(0.3) else 3, k.real) if vector else k.real
    words = {
        "cluster": (
            "cluster",
            "accumulate_clusters cluster_sums kmeans_accumulate"
            " sum_clusters cluster_moments assign_and_sum update_cluster_sums",
        ),
        "segment": (
            "segment",
            "segment_sum segmented_sum sum_by_label group_sums"
            " scatter_add accumulate_by_segment reduce_by_key label_statistics",
        ),
        "normals": (
            "vertex",
            "accumulate_normals scatter_normals gather_face_normals sum_vertex_normals accumulate_vertex_normals",
        ),
        "voxel": (
            "voxel",
            "voxel_downsample accumulate_voxels voxel_average voxel_sums bin_points_to_voxels scatter_to_voxels",
        ),
        "mass": (
            "body",
            "accumulate_body_mass body_center_of_mass sum_body_mass compute_body_com accumulate_com body_mass_sums",
        ),
    }
    owner, titles = words[what]
    job.titled(titles)
    ids = job.array(
        f"{owner}_ids {owner}_id labels {{}}_{owner} {owner}_index group_ids", t.I32, low=0, high=5, bound=groups.symbol
    )
    group = job.let(f"{owner} g label {owner}_id group", ids[job.at])
    if what in ("segment", "cluster") and job.more(0.25):
        ignored = job.scalar("ignore_label background skip_label", t.I32, 0, 5)
        with k.when(group.equals(ignored)):
            k.give()
    arrays, local = {
        "normals": ("face_normals normals {}_normals", "n normal fn"),
        "mass": ("positions pos {}_pos x", "x p pos_i"),
        "voxel": ("points positions {}_pos pts", "p x pt"),
    }.get(
        what, ("positions points features", "x p feat") if vector else ("values data x scores {}_values", "v value x_i")
    )
    value = job.read(arrays, local, dtype, unit=True) if what == "normals" else job.read(arrays, local, dtype)
    weight: Expr | None = None
    if what == "mass":
        weight = job.read("mass masses {}_mass m", "m mass_i", k.real, 0.5, 2.0)
    elif what == "normals" and job.more(0.6):
        weight = job.read("areas face_areas {}_area", "area a_i", k.real, 0.1, 1.0)
    elif job.more(0.3):
        weight = job.read("weights {}_weight w", "w weight", k.real, 0.1, 1.0)
    dims = (job.dims[0], groups) if job.world is not None else (groups,)
    where = (*((job.world,) if job.world is not None else ()), group)
    sums = job.array(
        f"{owner}_sums sums {owner}_totals accum totals"
        if what != "normals"
        else "vertex_normals normal_sums normals_out",
        dtype,
        dims,
        "inout",
        low=0.0,
        high=0.0,
    )
    atomic(k, "atomic_add", sums, where, value * weight if weight is not None else value)
    if weight is not None and (what == "mass" or rng.chance(0.7)):
        total = job.array(
            {"mass": "body_mass total_mass mass_sum"}.get(what, "weight_sum total_weight w_sums"),
            k.real,
            dims,
            "inout",
            low=0.0,
            high=0.0,
        )
        atomic(k, "atomic_add", total, where, weight)
    elif weight is None and rng.chance(0.7):
        counts = job.array(
            f"{owner}_counts counts num_in_{owner}", rng.choose((t.I32, t.I32, k.real)), dims, "inout", low=0, high=0
        )
        assert isinstance(counts.type, t.Array)
        atomic(k, "atomic_add", counts, where, k.lit(1, counts.type.dtype))
    if job.more(0.4) and what in ("cluster", "segment"):
        squares = job.array(f"{owner}_sq_sums sq_sums sum_squares", k.real, dims, "inout", low=0.0, high=0.0)
        square = k.call("dot", value, value) if vector else value * value
        atomic(k, "atomic_add", squares, where, weight * square if weight is not None else square)
    if job.more(0.25) and not vector:
        atomic(
            k,
            "atomic_max",
            job.array(f"{owner}_max max_values largest", k.real, dims, "inout", low=-1e4, high=-1e4),
            where,
            value,
        )
    if job.more(0.3) and what == "cluster" and vector:
        centers = job.array("centroids centers means", dtype, dims, low=-2.0, high=2.0)
        d = job.let("d delta to_center", value - centers[where])
        error, slot = slot_of(job, "inertia total_error distortion", k.real)
        atomic(k, "atomic_add", error, slot, k.call("dot", d, d))
