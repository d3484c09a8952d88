"""Iterations that a block of threads makes on its row: solvers, optimizers, clustering, whole steps of them."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .rows import coefficient, named, titled
from .tile_blocks import FIELDS, Block, block, summed
from .tile_passes import lane_sum, write_row
from .tree import Expr


def _rows(b: Block, kind: str, role: str = "inout", low: float = -2.0, high: float = 2.0) -> Expr:
    facts = {} if role == "out" else {"low": low, "high": high}
    return b.k.array(kind, b.k.real, (b.k.launch[0], b.columns), role, **facts)


def _conjugate_gradient(b: Block) -> None:
    """A step of the conjugate gradient method, whose product with the matrix is given."""
    k, rng = b.k, b.k.rng
    row = b.row
    p, ap = _rows(b, "=p direction search_dir"), _rows(b, "=ap Ap mat_p q_vec", "in")
    r, x = _rows(b, "=r residual res"), _rows(b, "=x solution sol")
    inverse = b.data("=inv_diag precond m_inv jacobi_diag", k.real, 0.1, 1.0) if rng.chance(0.4) else None
    eps = rng.choose((1e-2, 1e-3))

    def energy(j: Expr) -> Expr:
        if inverse is not None:
            v = named(k, "=rj r_j v", r[row, j])
            return v * v * inverse[row, j]
        v = named(k, "=rj r_j v", r[row, j])
        return v * v

    rz = lane_sum(b, "=rr rz rsold" if inverse is None else "=rz rz_local", energy, "=rz_old rs_old rr_total")
    k.gap()
    pap = lane_sum(b, "=pap p_ap curvature", lambda j: p[row, j] * ap[row, j], "=pap_total denom p_dot_ap")
    k.gap()
    alpha = k.let("=alpha step a_k", rz / (k.call("abs", pap) + eps))
    norm = k.variable("=rr_new rz_acc new_sq", k.lit(0.0))
    with b.shared_loop() as j:
        k.augment(x[row, j], "+", alpha * p[row, j])
        new = k.let("=r_new rj_new res_j", r[row, j] - alpha * ap[row, j])
        k.set(r[row, j], new)
        k.augment(norm, "+", new * new if inverse is None else new * new * inverse[row, j])
    new_total = k.let("=rz_new rs_new rr_next", summed(k, norm))
    k.gap()
    if rng.chance(0.75) or k.shared.size == "large":
        beta = k.let("=beta b_k ratio", new_total / (rz + eps))
        write_row(b, p, lambda j: (r[row, j] if inverse is None else inverse[row, j] * r[row, j]) + beta * p[row, j])
    with b.lead():
        k.set(b.out("=rz_out residual_sq rs_out res_norm_sq", k.real), new_total)
        if rng.chance(0.4):
            k.set(b.out("=alphas step_sizes alpha_out", k.real), alpha)
        if rng.chance(0.35):
            with k.when(new_total < coefficient_in(k, "=tol_sq tol eps2")):
                k.set(b.out("=converged done finished_out", t.I32, "inout"), 1)
    titled(k, "cg_step conjugate_gradient_step pcg_iteration cg_iteration update_cg batched_cg cg_update")


def coefficient_in(k: Kernel, kind: str) -> Expr:
    """A small number, written where it is used."""
    return k.scalar(kind, k.real, 0.1, 1.0) if k.rng.chance(0.5) else k.choose_lit(0.1, 0.01, 0.5)


def _steepest(b: Block) -> None:
    """A step down a gradient, of which the length is limited, or the size fits the curvature."""
    k, rng = b.k, b.k.rng
    row = b.row
    x = _rows(b, "=x params theta q weights")
    g = b.data("=grad g gradient gradients", k.real, -2.0, 2.0)
    how = rng.choose(("clip", "momentum", "adam", "barzilai", "normalized", "adagrad", "projected"))
    lr = coefficient(k, "=lr learning_rate step_size alpha", 0.01, 0.5, 0.1, 0.01)
    small = k.choose_lit(1e-3, 1e-2)
    if how == "barzilai":
        s_prev, y_prev = (
            b.data("=s_prev dx last_step", k.real, -1.0, 1.0),
            b.data("=y_prev dg grad_change", k.real, -1.0, 1.0),
        )
        sy = lane_sum(b, "=sy s_dot_y", lambda j: s_prev[row, j] * y_prev[row, j], "=sy_total curvature")

        def square(j: Expr) -> Expr:
            v = named(k, "=s s_j v", s_prev[row, j])
            return v * v

        ss = lane_sum(b, "=ss s_sq", square, "=ss_total step_sq")
        k.gap()
        rate = k.let(
            "=step bb_step alpha_bb", k.call("clamp", ss / (k.call("abs", sy) + small), k.lit(0.01), k.lit(1.0))
        )
        write_row(b, x, lambda j: x[row, j] - rate * g[row, j])
        with b.lead():
            k.set(b.out("=step_sizes alphas bb_out", k.real), rate)
        titled(k, "barzilai_borwein bb_step spectral_gradient_step bb_update")
        return
    scale: Expr | None = None
    if how in ("clip", "normalized", "momentum", "adam"):
        wants = how in ("clip", "normalized") or rng.chance(0.5)
        if wants:

            def gradient_square(j: Expr) -> Expr:
                v = named(k, "=gj g_j v", g[row, j])
                return v * v

            total = lane_sum(b, "=g_sq norm_acc sum_sq", gradient_square, "=norm_sq g_norm_sq")
            norm = k.let("=norm grad_norm g_norm", k.call("sqrt", total))
            if how == "normalized":
                scale = k.let("=inv_norm scale", 1.0 / (norm + small))
            else:
                top = coefficient(k, "=max_norm clip_norm max_grad", 0.5, 2.0, 1.0)
                scale = k.let("=clip scale clip_coef", k.call("min", top / (norm + small), 1.0))
            with b.lead():
                k.set(b.out("=grad_norms norm_out g_norms", k.real), norm)
            k.gap()
    value: Callable[[Expr], Expr] = lambda j: g[row, j] if scale is None else scale * g[row, j]  # noqa: E731
    if how == "projected":
        low, high = b.data("=lower lo x_min", k.real, -2.0, -1.0), b.data("=upper hi x_max", k.real, 1.0, 2.0)
        moved = k.variable("=moved change max_step", k.lit(0.0)) if rng.chance(0.6) else None
        with b.shared_loop() as j:
            new = k.let("=new_x proj x_new", k.call("clamp", x[row, j] - lr * g[row, j], low[row, j], high[row, j]))
            if moved is not None:
                k.set(moved, k.call("max", moved, k.call("abs", new - x[row, j])))
            k.set(x[row, j], new)
        if moved is not None:
            largest = k.let("=largest max_change", summed(k, moved, "max"))
            with b.lead():
                k.set(b.out("=max_changes step_out progress", k.real), largest)
        titled(k, "projected_gradient projected_gradient_step box_constrained_step clamp_step")
    elif how in ("clip", "normalized"):
        write_row(b, x, lambda j: x[row, j] - lr * value(j))
        titled(
            k,
            "clipped_sgd clip_gradients_and_step sgd_with_clipping gradient_clipping"
            if how == "clip"
            else "normalized_gradient_step unit_gradient_step normalized_descent",
        )
    elif how == "adagrad":
        state = _rows(b, "=accum sum_sq cache hist_sq", low=0.1, high=1.0)
        with b.shared_loop() as j:
            gj = k.let("=gj grad_j d", g[row, j])
            s = k.let("=s acc_j h", state[row, j] + gj * gj)
            k.set(state[row, j], s)
            k.augment(x[row, j], "-", lr * gj / (k.call("sqrt", s) + small))
        titled(k, "adagrad_step adagrad adagrad_update")
    else:
        m = _rows(b, "=m momentum exp_avg moment1")
        beta = coefficient(k, "=beta1 mu beta momentum_coef", 0.5, 0.95, 0.9)
        v = _rows(b, "=v second_moment exp_avg_sq moment2", low=0.1, high=1.0) if how == "adam" else None
        beta2 = coefficient(k, "=beta2 rho decay2", 0.9, 0.999, 0.99, 0.999) if v is not None else None
        decay = coefficient(k, "=weight_decay wd decay", 0.001, 0.1, 0.01) if rng.chance(0.35) else None
        with b.shared_loop() as j:
            gj = k.let("=gj grad_j d", value(j))
            mj = k.let("=mj m_j avg", beta * m[row, j] + (1.0 - beta) * gj if v is not None else beta * m[row, j] + gj)
            k.set(m[row, j], mj)
            step = mj
            if v is not None and beta2 is not None:
                vj = k.let("=vj v_j sq_avg", beta2 * v[row, j] + (1.0 - beta2) * gj * gj)
                k.set(v[row, j], vj)
                step = mj / (k.call("sqrt", vj) + small)
            if decay is not None:
                step = step + decay * x[row, j]
            k.augment(x[row, j], "-", lr * step)
        stem = "adam" if v is not None else "momentum_sgd"
        titled(
            k,
            f"{stem}_step {stem} {stem}_update"
            f" {'adamw_step' if decay is not None and v is not None else 'apply_' + stem}",
        )
    k.shared.differentiable = False


def _power_iteration(b: Block) -> None:
    k, rng = b.k, b.k.rng
    row = b.row
    y, x = b.data("=y ax a_x matvec_out", k.real, -2.0, 2.0), _rows(b, "=x v eigvec vec")

    def square(j: Expr) -> Expr:
        v = named(k, "=yj y_j v", y[row, j])
        return v * v

    total = lane_sum(b, "=yy norm_acc sum_sq", square, "=norm_sq yy_total")
    rayleigh = (
        lane_sum(b, "=xy rq_acc x_dot_y", lambda j: x[row, j] * y[row, j], "=rq rayleigh lam")
        if rng.chance(0.7)
        else None
    )
    k.gap()
    scale = k.let("=inv_norm scale inv_len", 1.0 / k.call("sqrt", total + 1e-3))
    change = None
    if rng.chance(0.4) or k.shared.size == "large":
        diff = k.variable("=change diff max_diff", k.lit(0.0))
        with b.shared_loop() as j:
            new = k.let("=new_x unit_j xn", y[row, j] * scale)
            k.set(diff, k.call("max", diff, k.call("abs", new - x[row, j])))
            k.set(x[row, j], new)
        change = k.let("=largest max_change", summed(k, diff, "max"))
    else:
        write_row(b, x, lambda j: y[row, j] * scale)
    with b.lead():
        k.set(
            b.out("=eigenvalues eig_out lambda_out" if rayleigh is not None else "=norms norm_out", k.real),
            rayleigh if rayleigh is not None else k.call("sqrt", total),
        )
        if change is not None:
            k.set(b.out("=changes delta_out convergence", k.real), change)
    titled(k, "power_iteration power_method normalize_iterate dominant_eigenvalue_step eigen_iteration")
    k.shared.differentiable = False


def _project_out(b: Block) -> None:
    """Gram-Schmidt against one vector or two."""
    k, rng = b.k, b.k.rng
    row = b.row
    v = _rows(b, "=v vec x w_vec")
    bases = [b.data("=basis q u direction", k.real, -1.0, 1.0)]
    if rng.chance(0.4) or k.shared.size == "large":
        bases.append(b.data("=basis2 q2 second_dir", k.real, -1.0, 1.0))
    for number, base in enumerate(bases):
        end = "" if number == 0 else "2"

        def square(j: Expr, base: Expr = base) -> Expr:
            u = named(k, "=u q_j bj", base[row, j])
            return u * u

        def both(j: Expr, base: Expr = base) -> Expr:
            return v[row, j] * base[row, j]

        uv = lane_sum(b, f"=dot_uv{end} proj_acc{end}", both, f"=overlap{end} uv{end}")
        uu = (
            lane_sum(b, f"=uu{end} base_sq{end}", square, f"=base_norm_sq{end} uu_total{end}")
            if rng.chance(0.6)
            else None
        )
        coeff = k.let(f"=coef{end} c_proj{end} h{end}", uv / (uu + 1e-2) if uu is not None else uv)
        k.gap()

        def without(j: Expr, base: Expr = base, coeff: Expr = coeff) -> Expr:
            return v[row, j] - coeff * base[row, j]

        write_row(b, v, without)
        k.gap()
        if rng.chance(0.4):
            with b.lead():
                k.set(b.out(f"=coeffs{end} h_out{end} overlaps{end}", k.real), coeff)
    if rng.chance(0.5):

        def length(j: Expr) -> Expr:
            u = named(k, "=vj v_j r", v[row, j])
            return u * u

        rest = lane_sum(b, "=rest_sq vv left_sq", length, "=rest_norm_sq vv_total")
        with b.lead():
            k.set(b.out("=norms rest_norm v_norm", k.real), k.call("sqrt", rest))
    titled(k, "gram_schmidt_step orthogonalize project_out deflate remove_component reorthogonalize")
    k.shared.differentiable = False


def _cross_entropy(b: Block) -> None:
    """Softmax cross-entropy of a row with its label: loss, gradient, accuracy."""
    k, rng = b.k, b.k.rng
    row = b.row
    logits = b.data("=logits scores outputs", k.real, -2.0, 2.0)
    labels = k.array("=labels targets classes", t.I32, k.launch, low=0, high=b.columns.size - 1, bound=b.columns.symbol)
    label = named(k, "=label target y", labels[row])
    high = k.variable("=peak m local_max", k.lit(-100.0))
    with b.shared_loop() as j:
        k.set(high, k.call("max", high, logits[row, j]))
    top = k.let("=row_max max_logit top", summed(k, high, "max"))
    k.gap()
    total = lane_sum(b, "=sum_exp denom z", lambda j: k.call("exp", logits[row, j] - top), "=z_total denom_all")
    k.gap()
    grad = None
    if rng.chance(0.6) or k.shared.size == "large":
        grad = k.array("=grad d_logits grad_logits", k.real, (k.launch[0], b.columns), "out")
        smooth = coefficient(k, "=smoothing label_smooth", 0.05, 0.2, 0.1) if rng.chance(0.3) else None
        with b.shared_loop() as j:
            p = k.let("=p prob", k.call("exp", logits[row, j] - top) / total)
            hot = k.where(j.equals(label), k.lit(1.0), k.lit(0.0))
            if smooth is not None:
                hot = (1.0 - smooth) * hot + smooth / b.number
            k.set(grad[row, j], p - hot)
    with b.lead():
        k.set(b.out("=losses loss nll", k.real), k.call("log", total) + top - logits[row, label])
        if rng.chance(0.4):
            k.set(b.out("=label_prob confidence p_label", k.real), k.call("exp", logits[row, label] - top) / total)
        if rng.chance(0.3):
            k.set(b.out("=log_norm lse", k.real), top + k.call("log", total))
    titled(k, "cross_entropy softmax_cross_entropy classification_loss cross_entropy_rows nll_and_grad")
    k.shared.differentiable = False


def _robust_mean(b: Block) -> None:
    """Means and spreads found again after what lies far out has been weighted down."""
    k, rng = b.k, b.k.rng
    row = b.row
    x = b.data("=x samples values measurements", k.real, -2.0, 2.0)
    total = lane_sum(b, "=acc total sum_x", lambda j: x[row, j], "=row_sum total_all")
    mean = k.let("=mean mu center", total / b.number)
    k.gap()

    def deviation(j: Expr) -> Expr:
        d = k.let("=d dev r", x[row, j] - mean)
        return d * d

    squares = lane_sum(b, "=sq_dev m2 ssd", deviation, "=ssd_total m2_all")
    sigma = k.let("=sigma std spread", k.call("sqrt", squares / b.number + 1e-3))
    k.gap()
    how = rng.choose(("zscore", "reject", "huber", "outliers"))
    cut = coefficient(k, "=cutoff k_sigma n_sigma tuning", 1.0, 2.0, 1.5, 1.345) if how != "zscore" else None
    verdict: tuple[tuple[str, Expr], ...] = ()
    if how == "zscore":
        out = k.array("=z_scores standardized z", k.real, (k.launch[0], b.columns), "out")
        write_row(b, out, lambda j: (x[row, j] - mean) / sigma)
    elif cut is not None and how == "outliers":
        count = k.variable("=n_out outlier_count count", k.integer(0))
        with b.shared_loop() as j, k.when(k.call("abs", x[row, j] - mean) > cut * sigma):
            k.augment(count, "+", 1)
        number = k.let("=num_outliers n_total", summed(k, count))
        verdict = (("=outliers outlier_counts n_outliers", number),)
    elif cut is not None:
        sums, weights = k.variable("=w_sum_x wx acc_x", k.lit(0.0)), k.variable("=w_acc w_total sum_w", k.lit(0.0))
        with b.shared_loop() as j:
            v = k.let("=v x_j sample", x[row, j])
            far = k.let("=dist_j away r_abs", k.call("abs", v - mean))
            if how == "reject":
                with k.when(far <= cut * sigma):
                    k.augment(sums, "+", v)
                    k.augment(weights, "+", 1.0)
            else:
                w = k.let("=w weight", k.call("min", cut * sigma / k.call("max", far, 1e-3), 1.0))
                k.augment(sums, "+", w * v)
                k.augment(weights, "+", w)
        first, second = k.let("=sum_all wx_all", summed(k, sums)), k.let("=weight_all w_all", summed(k, weights))
        verdict = (("=robust_mean clipped_mean means_out", first / k.call("max", second, 1e-3)),)
    with b.lead():
        for kind, value in verdict:
            k.set(b.out(kind, value.type), value)
        k.set(b.out("=sigmas std_out spreads", k.real), sigma)
        if how != "outliers" or rng.chance(0.5):
            k.set(b.out("=means mean_out mu_out", k.real), mean)
    titled(
        k,
        {
            "zscore": "standardize_rows zscore_rows whiten_rows",
            "reject": "sigma_clip clipped_mean reject_outliers sigma_clipped_mean",
            "huber": "huber_mean robust_mean irls_mean reweighted_mean",
            "outliers": "count_outliers detect_outliers outlier_counts",
        }[how],
    )
    k.shared.differentiable = False


def _line_search(b: Block) -> None:
    """A quadratic model along a direction: its slope and curvature give the step, which is then taken."""
    k, rng = b.k, b.k.rng
    row = b.row
    d, g = b.data("=direction d search", k.real, -1.0, 1.0), b.data("=grad g gradient", k.real, -1.0, 1.0)
    h = b.data("=hess_diag h curvature diag_h", k.real, 0.5, 2.0)
    x = _rows(b, "=x q state params")
    slope, bend = k.variable("=slope gd dir_deriv", k.lit(0.0)), k.variable("=curv dhd bend", k.lit(0.0))
    with b.shared_loop() as j:
        dj = k.let("=dj step_j u", d[row, j])
        k.augment(slope, "+", g[row, j] * dj)
        k.augment(bend, "+", h[row, j] * dj * dj)
    first, second = k.let("=slope_total m_slope", summed(k, slope)), k.let("=curv_total m_curv", summed(k, bend))
    k.gap()
    top = coefficient(k, "=max_step alpha_max step_limit", 0.1, 0.5, 0.5, 0.25)
    alpha = k.let("=alpha step a_len", k.call("clamp", -first / (second + 1e-2), k.lit(0.0), top))
    write_row(b, x, lambda j: x[row, j] + alpha * d[row, j])
    with b.lead():
        k.set(b.out("=alphas steps step_out", k.real), alpha)
        if rng.chance(0.6) or k.shared.size == "large":
            k.set(b.out("=predicted_decrease improvement model_drop", k.real), -alpha * (first + 0.5 * alpha * second))
        if rng.chance(0.35):
            k.set(b.out("=slopes dir_derivs", k.real), first)
    titled(k, "exact_line_search quadratic_line_search line_search_step newton_along_direction take_step")
    k.shared.differentiable = False


_ITERATIONS: dict[Callable[[Block], None], float] = {
    _conjugate_gradient: 2.0,
    _steepest: 3.5,
    _power_iteration: 1.2,
    _project_out: 1.2,
    _cross_entropy: 1.3,
    _robust_mean: 1.5,
    _line_search: 1.2,
}


@recipe("several passes of a block over its row", "tile:2.3 reduction:0.17", FIELDS, {t.F32: 1.0})
def block_passes(k: Kernel) -> None:
    k.rng.weighted(_ITERATIONS)(block(k))
