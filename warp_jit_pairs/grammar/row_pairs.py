"""Rows compared with rows: distances, similarities, errors and losses."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .rows import Rows, again, coefficient, leave_out, length, paired, rows, store, store_all, titled
from .tree import Expr

Found = list[tuple[str, Expr]]


def _distance(k: Kernel, r: Rows) -> Found:
    rng = k.rng
    first, second = paired(k, "a|b x|y left|right first|second p|q query_desc|train_desc {}_a|{}_b source|target")
    a, b = r.source(first, prepared=0.25), r.source(second)
    how = rng.choose(("l2", "l1", "linf", "weighted", "canberra"))
    scale = None
    if how == "weighted":
        line = k.array("=weights w inv_var scales metric", k.real, (r.columns,), low=0.1, high=1.0)
        scale = line
    total = k.variable("=dist total acc d2 d_max" if how == "linf" else "=d2 total acc s", k.lit(0.0))
    with r.each() as j:
        d = a(j) - b(j)
        if how in ("l2", "weighted"):
            d = k.let("=d diff delta", d)
            k.augment(total, "+", d * d if scale is None else scale[j] * d * d)
        elif how == "linf":
            k.set(total, k.call("max", total, k.call("abs", d)))
        elif how == "l1":
            k.augment(total, "+", k.call("abs", d))
        else:
            size = k.call("abs", a(j)) + k.call("abs", b(j)) + k.lit(1e-2)
            k.augment(total, "+", k.call("abs", d) / size)
    k.shared.differentiable = k.shared.differentiable and how != "linf"
    titled(
        k,
        {
            "l2": "row_distance pairwise_distance euclidean_distance {}_distance descriptor_distance compare_{s}",
            "l1": "manhattan_distance l1_distance row_l1_distance {}_l1_distance",
            "linf": "max_difference chebyshev_distance linf_distance max_abs_diff",
            "weighted": "weighted_distance mahalanobis_diag scaled_distance weighted_l2_distance",
            "canberra": "canberra_distance relative_difference row_canberra",
        }[how],
    )
    root = how in ("l2", "weighted") and rng.chance(0.6)
    kind = "=dist_sq sq_dist d2_out" if how in ("l2", "weighted") and not root else "=distances dist dist_out {}_dist"
    return [(kind, k.call("sqrt", total) if root else total)]


def _similarity(k: Kernel, r: Rows) -> Found:
    rng = k.rng
    first, second = paired(k, "a|b x|y queries|keys left|right embed_a|embed_b anchors|positives u|v images|captions")
    a, b = r.source(first, 0.1, 2.0), r.source(second, 0.1, 2.0)
    ab = k.variable("=ab inner xy", k.lit(0.0))
    aa, bb = k.variable("=aa norm_a sq_a xx", k.lit(0.0)), k.variable("=bb norm_b sq_b yy", k.lit(0.0))
    how = rng.choose(("cosine", "cosine", "tanimoto", "projection"))
    with r.each() as j:
        x, y = k.let("=x av a_j u", a(j)), k.let("=y bv b_j v", b(j))
        k.augment(ab, "+", x * y)
        k.augment(aa, "+", x * x)
        k.augment(bb, "+", y * y)
    eps = k.choose_lit(1e-2, 1e-3)
    if how == "cosine":
        titled(k, "cosine_similarity row_cosine {}_cosine cosine_rows embedding_similarity compute_cosine")
        value = ab / (k.call("sqrt", aa * bb) + eps)
        if rng.chance(0.3):
            k.titles = ("cosine_distance", "cosine_loss", "row_cosine_distance")
            return [("=distances cos_dist loss", 1.0 - value)]
        return [("=similarity cosine cos_sim {}_similarity", value)]
    if how == "tanimoto":
        titled(k, "tanimoto_similarity tanimoto_coefficient jaccard_similarity {}_tanimoto")
        return [("=similarity tanimoto scores coeffs", ab / (aa + bb - ab + eps))]
    titled(k, "projection_coefficient project_rows scalar_projection")
    return [("=coeffs projection alpha proj", ab / (bb + eps))]


def _correlation(k: Kernel, r: Rows) -> Found:
    rng = k.rng
    first, second = paired(k, "x|y a|b series_x|series_y returns_a|returns_b signal_a|signal_b xs|ys {}_x|{}_y")
    a, b = r.source(first), r.source(second)
    sums = [k.variable(words, k.lit(0.0)) for words in ("=sum_x sx", "=sum_y sy", "=sum_xy sxy", "=sum_xx sxx")]
    sx, sy, sxy, sxx = sums
    how = rng.choose(("covariance", "correlation", "fit"))
    syy = k.variable("=sum_yy syy", k.lit(0.0)) if how == "correlation" else None
    with r.each() as j:
        x, y = k.let("=x xi a_j xv", a(j)), k.let("=y yi b_j yv", b(j))
        k.augment(sx, "+", x)
        k.augment(sy, "+", y)
        k.augment(sxy, "+", x * y)
        if how != "covariance":
            k.augment(sxx, "+", x * x)
        if syy is not None:
            k.augment(syy, "+", y * y)
    n = k.let("=count num n_f total_n", r.number())
    mx, my = k.let("=mean_x mx mu_x x_mean", sx / n), k.let("=mean_y my mu_y y_mean", sy / n)
    cov = k.let("=cov cov_xy sxy_c covariance", sxy / n - mx * my)
    if how == "covariance":
        titled(k, "row_covariance covariance {}_covariance compute_covariance cross_covariance")
        return [("=cov covariance cov_out {}_cov", cov)]
    eps = k.choose_lit(1e-2, 1e-3)
    var = k.let("=var_x vx", k.call("max", sxx / n - mx * mx, 0.0))
    if syy is not None:
        other = k.let("=var_y vy", k.call("max", syy / n - my * my, 0.0))
        titled(k, "pearson_correlation row_correlation correlate_rows {}_correlation correlation_coefficient")
        return [("=corr correlation rho r_out", cov / (k.call("sqrt", var * other) + eps))]
    titled(k, "linear_fit fit_line least_squares_line {}_regression regression_slope fit_rows")
    slope = k.let("=slope beta m b1", cov / (var + eps))
    return [("=slopes slope beta m", slope), ("=intercepts intercept alpha b0", my - slope * mx)]


def _loss(k: Kernel, r: Rows) -> Found:
    rng = k.rng
    first, second = paired(
        k, "pred|target predictions|targets y_pred|y_true outputs|labels estimates|reference y_hat|y model|measured"
    )
    pred, target = r.source(first, prepared=0.2), r.source(second)
    how = rng.choose(("mse", "mae", "huber", "charbonnier", "rmse", "pinball", "logcosh"))
    names = {
        "mse": "mse_loss mean_squared_error row_mse {}_mse squared_error",
        "mae": "mae_loss mean_absolute_error row_mae {}_mae absolute_error",
        "huber": "huber_loss row_huber smooth_l1_loss {}_huber robust_loss",
        "charbonnier": "charbonnier_loss pseudo_huber row_charbonnier",
        "rmse": "rmse row_rmse root_mean_squared_error {}_rmse",
        "pinball": "pinball_loss quantile_loss row_quantile_loss",
        "logcosh": "log_cosh_loss row_log_cosh logcosh_rows",
    }
    delta = coefficient(k, "=delta huber_delta threshold", 0.5, 1.5, 1.0, 0.5) if how == "huber" else None
    eps = coefficient(k, "=eps epsilon eps2", 0.01, 0.1, 0.01, 0.05) if how == "charbonnier" else None
    tau = coefficient(k, "=tau quantile q", 0.1, 0.9, 0.5, 0.9, 0.1) if how == "pinball" else None
    weights = r.source("=weights w sample_weights importance", 0.1, 1.0) if rng.chance(0.2) else None
    total = k.variable("=loss total acc err_sum", k.lit(0.0))
    grad = None
    if how in ("mse", "huber") and (rng.chance(0.25) or k.shared.size == "large"):
        grad = r.target("=grad d_pred dloss grad_pred")
    with r.each() as j:
        e = pred(j) - target(j) if how != "pinball" or rng.chance(0.5) else target(j) - pred(j)
        e = k.let("=err e diff residual", e)
        slope = None
        if delta is not None:
            size = k.let("=abs_err a mag", k.call("abs", e))
            term = k.where(size < delta, 0.5 * e * e, delta * (size - 0.5 * delta))
            slope = k.call("clamp", e, -delta, delta)
        elif eps is not None:
            term = k.call("sqrt", e * e + eps) if rng.chance(0.5) else k.call("sqrt", e * e + eps * eps)
        elif tau is not None:
            term = k.call("max", tau * e, (tau - 1.0) * e)
        elif how == "logcosh":
            term = k.call("log", k.call("cosh", e))
        else:
            term = k.call("abs", e) if how == "mae" else e * e
            slope = 2.0 * e
        if weights is not None:
            w = k.let("=w weight wt", weights(j))
            term, slope = w * term, w * slope if slope is not None else None
        k.augment(total, "+", term)
        if grad is not None and slope is not None:
            k.set(grad(j), slope / k.cast(r.n, k.real))
    titled(k, names[how])
    value = total / r.number()
    kind = "=rmse rmse_out {}_rmse" if how == "rmse" else "=loss losses row_loss {}_loss loss_out"
    return [(kind, k.call("sqrt", value) if how == "rmse" else value)]


def _cross_entropy(k: Kernel, r: Rows) -> Found:
    rng = k.rng
    r.mask = r.seen = None
    logits = r.source("=logits scores outputs activations")
    labels = k.array(
        "=labels targets classes y", t.I32, k.launch, low=0, high=r.columns.size - 1, bound=r.columns.symbol
    )
    label = k.let("=label target y", labels[r.places])
    top = k.variable("=peak max_logit m", logits(0))
    with r.each(1) as j:
        k.set(top, k.call("max", top, logits(j)))
    total = k.variable("=sum_exp denom z total", k.lit(0.0))
    with r.each() as j:
        k.augment(total, "+", k.call("exp", logits(j) - top))
    log_z = k.let("=log_z lse log_norm", top + k.call("log", total))
    smooth = coefficient(k, "=smoothing label_smoothing eps", 0.05, 0.2, 0.1) if rng.chance(0.25) else None
    loss = log_z - logits(label)
    if smooth is not None:
        mean = k.variable("=sum_logits total_logit acc", k.lit(0.0))
        with r.each() as j:
            k.augment(mean, "+", logits(j))
        loss = (1.0 - smooth) * loss + smooth * (log_z - mean / k.cast(r.n, k.real))
    titled(k, "cross_entropy cross_entropy_loss softmax_cross_entropy nll_loss {}_cross_entropy classification_loss")
    if rng.chance(0.35) or k.shared.size == "large":
        grad = r.target("=grad d_logits grad_logits dlogits")
        with r.each() as j:
            p = k.let("=p prob", k.call("exp", logits(j) - log_z))
            k.set(grad(j), p - k.where(j.equals(label), k.lit(1.0), k.lit(0.0)))
        k.titles = (*k.titles, "cross_entropy_backward", "cross_entropy_with_grad")
    return [("=loss losses nll {}_loss", loss)]


_COMPARISONS: dict[Callable[[Kernel, Rows], Found], float] = {
    _distance: 3.0,
    _similarity: 2.0,
    _correlation: 2.5,
    _loss: 3.0,
    _cross_entropy: 1.2,
}


@recipe(
    "rows compared with rows: distances, similarities, losses",
    "reduction:1.4 math:0.28 control_flow:0.17",
    "learning stats signal finance",
    ANY_REAL,
)
def row_comparison(k: Kernel) -> None:
    task = k.rng.weighted(_COMPARISONS)
    found = task(k, rows(k))
    k.gap()
    store_all(k, found)


@recipe(
    "each row of one table against each of another",
    "reduction:0.83 matrix:0.11 math:0.17",
    "learning stats chemistry geometry",
    ANY_REAL,
)
def pair_table(k: Kernel) -> None:
    """Two thread indices: which row of the first, which of the second."""
    rng = k.rng
    batched = rng.chance(0.2)
    if batched:
        world, i, j = k.start(3, (3, 4, 4), ("world", "=i row r q", "=j col c m"))
        lead: tuple[Expr, ...] = (world,)
    else:
        i, j = k.start(2, (6, 6), ("=i row r q", "=j col c m"))
        lead = ()
    dims, first_dims = k.launch[-2:], k.launch[:-2]
    leave_out(k, 0.08)
    if rng.chance(0.15):
        groups = k.array("=row_groups query_types batch_of_row", t.I32, (dims[0],), low=0, high=1)
        others = k.array("=col_groups key_types batch_of_col", t.I32, (dims[1],), low=0, high=1)
        with k.when(groups[i].differs(others[j])):
            k.give()
        k.gap()
    inner = k.dim(rng.choose((4, 6, 8)))
    first, second = paired(k, "x|y a|b queries|keys points|centers left|right xs|ys train|test x1|x2")
    shared = batched and rng.chance(0.4)
    a = k.array(first, k.real, (*first_dims, dims[0], inner), low=-1.0, high=1.0)
    b = k.array(second, k.real, (dims[1], inner) if shared else (*first_dims, dims[1], inner), low=-1.0, high=1.0)
    n = length(k, inner, "=dim n_features num_dims d n depth", a, 1 + len(lead))
    weights = (
        k.array("=dim_weights inv_lengths feature_w ard_scale", k.real, (inner,), low=0.5, high=1.5)
        if rng.chance(0.25)
        else None
    )
    means = k.array("=feature_means mu center", k.real, (inner,), low=-0.5, high=0.5) if rng.chance(0.12) else None
    how = rng.choose(("euclid", "manhattan", "rbf", "laplace", "polynomial", "dot", "cosine", "sigmoid"))
    product = how in ("dot", "polynomial", "cosine", "sigmoid")
    total = k.variable(
        "=acc s total"
        if product
        else "=d2 acc total dist"
        if how not in ("manhattan", "laplace")
        else "=dist l1 acc d1 abs_sum",
        k.lit(0.0),
    )
    aa, bb = (
        (k.variable("=aa norm_a xx", k.lit(0.0)), k.variable("=bb norm_b yy", k.lit(0.0)))
        if how == "cosine"
        else (None, None)
    )
    with again(k, "=k d c f m", None, n) as m:
        x, y = a[(*lead, i, m)], b[(j, m) if shared else (*lead, j, m)]
        if means is not None and product:
            x, y = k.let("=xc x_c dx", x - means[m]), k.let("=yc y_c dy", y - means[m])
        if product:
            if aa is not None and bb is not None:
                x, y = k.let("=x xi u", x), k.let("=y yj v", y)
                k.augment(aa, "+", x * x)
                k.augment(bb, "+", y * y)
            k.augment(total, "+", x * y if weights is None else weights[m] * x * y)
        elif how in ("manhattan", "laplace"):
            size = k.call("abs", x - y)
            k.augment(total, "+", size if weights is None else weights[m] * size)
        else:
            d = k.let("=d diff delta", x - y if weights is None or rng.chance(0.5) else weights[m] * (x - y))
            k.augment(total, "+", d * d)
    titles = {
        "euclid": "pairwise_distances distance_matrix compute_distances {}_distance_matrix all_pairs_distance",
        "manhattan": "pairwise_l1 manhattan_matrix l1_distance_matrix cityblock_distances",
        "rbf": "rbf_kernel_matrix gaussian_gram gram_rbf kernel_matrix squared_exponential {}_rbf gp_covariance",
        "laplace": "laplace_gram laplace_kernel_matrix exponential_covariance kernel_matrix",
        "polynomial": "polynomial_gram poly_kernel_matrix gram_polynomial",
        "dot": "gram_matrix attention_scores inner_products score_matrix {}_scores",
        "cosine": "cosine_similarity_matrix pairwise_cosine similarity_matrix",
        "sigmoid": "sigmoid_gram tanh_kernel_matrix kernel_matrix",
    }
    titled(k, titles[how])
    kind = "=gram kernel k_matrix K out" if how not in ("euclid", "manhattan") else "=distances dist dist_matrix out"
    if how == "euclid":
        value = k.call("sqrt", total) if rng.chance(0.6) else total
    elif how == "manhattan":
        value = total
    elif how == "rbf":
        if rng.chance(0.5):
            value = k.call("exp", -coefficient(k, "=gamma inv_width beta", 0.1, 1.0, 0.5, 1.0) * total)
        else:
            sigma = coefficient(k, "=sigma length_scale bandwidth h", 0.5, 2.0, 0.5, 2.0, 0.7)
            value = k.call("exp", -total / (2.0 * sigma * sigma))
    elif how == "laplace":
        value = k.call("exp", -total / coefficient(k, "=length_scale sigma scale", 0.5, 2.0, 1.0))
    elif how == "polynomial":
        shifted = k.let("=base t shifted", total + coefficient(k, "=coef0 c offset", 0.5, 2.0, 1.0))
        value = shifted * shifted if rng.chance(0.5) else shifted * shifted * shifted
    elif how == "sigmoid":
        value = k.call(
            "tanh", coefficient(k, "=gamma alpha slope", 0.1, 1.0, 0.5) * total + k.choose_lit(0.1, -0.5, 0.5)
        )
    elif aa is not None and bb is not None:
        value = total / (k.call("sqrt", aa * bb) + k.choose_lit(1e-2, 1e-3))
        kind = "=similarity sim cosine out"
    else:
        scale = rng.weighted({"none": 2.0, "sqrt": 2.0, "given": 1.0})
        if scale == "sqrt":
            value = total / k.call("sqrt", k.cast(n, k.real))
        else:
            value = total if scale == "none" else coefficient(k, "=scale inv_temp alpha", 0.1, 1.0, 0.5) * total
        kind = "=scores gram logits out"
    variance = how in ("rbf", "laplace") and rng.chance(0.4)
    if variance:
        value = coefficient(k, "=variance amplitude signal_var sigma_f", 0.5, 2.0, 1.0) * value
        if rng.chance(0.5):
            value = k.let("=value kij cov k_xy", value)
            noise = coefficient(k, "=nugget jitter noise_var", 0.01, 0.2, 0.1, 0.01)
            value = k.where(i.equals(j), value + noise, value)
    if rng.chance(0.12) and not product:
        value = k.let("=value d_ij k_ij entry", value)
        limit = coefficient(k, "=cutoff max_dist threshold", 0.2, 1.5, 0.5, 1.0)
        if how in ("euclid", "manhattan"):
            value = k.call("min", value, limit)
        else:
            value = k.where(value < 0.5 * limit, k.lit(0.0), value)
    elif rng.chance(0.12):
        scales = k.array("=row_scale query_weight row_w", k.real, (dims[0],), low=0.5, high=1.5)
        value = scales[i] * value
    store(k, kind, value)
