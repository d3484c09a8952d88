"""Reductions inside a thread: statistics of rows, the places of their extrema, rows brought to a common scale."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .rows import FIELDS, Reader, Rows, again, begin, coefficient, length, rows, store, store_all, titled
from .tree import Expr

Found = list[tuple[str, Expr]]
VALUES = "=values x data {}_values samples {s} entries row_values field a"
VALUE = "=v x value x_j val a_j elem"
TOTAL = "=total acc sum_x s row_sum accum"
MEAN = "=mean mu avg mean_x x_mean"
MEANS = "=means mean row_means {}_means mean_out avg {}_mean"


def _sum(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    how = rng.weighted(
        {"sum": 3.0, "compensated": 1.5, "absolute": 1.0, "squares": 1.5, "positive": 1.0, "signed": 1.0}
    )
    total = k.variable(TOTAL, k.lit(0.0))
    if how == "compensated":
        titled(k, "kahan_sum_rows compensated_row_sums row_sum_kahan sum_{s}_compensated accurate_row_sums")
        lost = k.variable("=c comp err compensation lost", k.lit(0.0))
        with r.each() as j:
            y = k.let("=y term corrected v", x(j) - lost)
            raised = k.let("=t new_total next_sum raised", total + y)
            k.set(lost, (raised - total) - y)
            k.set(total, raised)
        return [("=sums totals row_sums out {}_sums total_out", total)]
    if how == "positive":
        titled(k, "sum_positive_part row_positive_sum sum_gains_and_losses split_row_sums positive_negative_sums")
        below = k.variable("=neg_sum negative loss losses", k.lit(0.0))
        with r.each() as j:
            v = k.let(VALUE, x(j))
            if rng.chance(0.5):
                with k.when(v > 0.0):
                    k.augment(total, "+", v)
                with k.otherwise():
                    k.augment(below, "-" if rng.chance(0.4) else "+", v)
            else:
                k.augment(total, "+", k.call("max", v, 0.0))
                k.augment(below, "+", k.call("min", v, 0.0))
        return [
            ("=positive_sums pos_sums gains pos_total positive_part", total),
            ("=negative_sums neg_sums losses neg_total negative_part", below),
        ]
    if how == "signed":
        titled(k, "alternating_sum row_alternating_sums alternate_sign_sum {}_alternating_sum")
        sign = k.variable("=sign sgn s", k.lit(1.0))
        with r.each() as j:
            k.augment(total, "+", sign * x(j))
            k.set(sign, -sign)
        return [("=alt_sums sums out alternating {}_alt_sum", total)]
    titled(
        k,
        {
            "sum": "sum_rows row_sums compute_row_sums {}_totals row_total reduce_rows sum_{s} accumulate_rows",
            "absolute": "row_abs_sum sum_abs_rows absolute_row_sums {}_abs_total l1_rows",
            "squares": "row_energy sum_of_squares row_sum_sq {}_energy square_sum_rows signal_energy",
        }[how],
    )
    with r.each() as j:
        v = x(j) if how != "squares" else k.maybe(VALUE, x(j)) if rng.chance(0.3) else k.let(VALUE, x(j))
        k.augment(total, "+", v * v if how == "squares" else k.call("abs", v) if how == "absolute" else v)
    kind = {
        "sum": "=sums row_sums totals out {}_sums sum_out",
        "absolute": "=abs_sums l1 out totals abs_total",
        "squares": "=energy energies sum_sq out {}_energy",
    }[how]
    if how == "sum" and rng.chance(0.3):
        scale = coefficient(k, "=scale alpha factor weight gain", 0.1, 2.0, 0.5, 2.0, 0.25)
        total = scale * total
    return [(kind, total)]


def _mean(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    how = rng.weighted({"mean": 2.0, "rms": 1.5, "clipped": 1.0, "deviation": 1.5})
    total = k.variable(TOTAL, k.lit(0.0))
    if how == "clipped":
        low = coefficient(k, "=lo lower clip_lo x_min min_value", -1.5, -0.5, -1.0)
        high = coefficient(k, "=hi upper clip_hi x_max max_value", 0.5, 1.5, 1.0)
        titled(k, "clipped_mean winsorized_mean row_clipped_mean mean_clamped_rows robust_row_mean")
        with r.each() as j:
            k.augment(total, "+", k.call("clamp", x(j), low, high))
        return [(MEANS, total / r.number())]
    with r.each() as j:
        v = k.let(VALUE, x(j)) if how == "rms" else x(j)
        k.augment(total, "+", v * v if how == "rms" else v)
    if how == "rms":
        titled(k, "row_rms rms_rows compute_rms {}_rms root_mean_square signal_rms rms_level")
        return [("=rms rms_out {}_rms levels row_rms", k.call("sqrt", total / r.number()))]
    mean = k.let(MEAN, total / r.number())
    if how == "mean":
        titled(k, "row_mean mean_rows compute_row_means {}_mean average_rows average_{s} mean_pool")
        return [(MEANS, mean)]
    titled(k, "mean_abs_deviation row_mad mean_deviation {}_abs_deviation compute_mad")
    spread = k.variable("=dev abs_dev sum_dev mad deviation", k.lit(0.0))
    with r.each(skip=False) as j:
        term = k.call("abs", x(j) - mean)
        if r.mask is not None:
            valid = r.mask(j)
            with k.when(valid if valid.type is t.BOOL else valid.differs(0)):
                k.augment(spread, "+", term)
        else:
            k.augment(spread, "+", term)
    found = [("=deviation mad {}_mad abs_dev deviations", spread / r.number())]
    return [(MEANS, mean), *found] if rng.chance(0.5) else found


def _spread(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    titled(
        k,
        "row_variance variance_rows mean_and_variance row_moments compute_moments {}_variance standard_deviation"
        " row_std {}_statistics row_statistics",
    )
    if r.mask is None and rng.chance(0.25):
        mean = k.variable(MEAN, k.lit(0.0))
        m2 = k.variable("=m2 sum_sq ssd s2", k.lit(0.0))
        with r.each() as j:
            v = k.let(VALUE, x(j))
            delta = k.let("=delta d diff", v - mean)
            k.augment(mean, "+", delta / k.cast(j + 1, k.real))
            k.augment(m2, "+", delta * (v - mean))
        k.titles = (*k.titles, "welford_rows", "online_variance", "welford_variance")
    else:
        total = k.variable(TOTAL, k.lit(0.0))
        if rng.chance(0.5):
            squares = k.variable("=sum_sq sq total_sq sumsq sum_x2", k.lit(0.0))
            with r.each() as j:
                v = k.let(VALUE, x(j))
                k.augment(total, "+", v)
                k.augment(squares, "+", v * v)
            mean = k.let(MEAN, total / r.number())
            variance = k.let("=variance sigma2", k.call("max", squares / r.number() - mean * mean, 0.0))
            return _spread_found(k, mean, variance)
        r.mask = r.seen = None
        with r.each() as j:
            k.augment(total, "+", x(j))
        mean = k.let(MEAN, total / r.number())
        m2 = k.variable("=m2 sum_sq ssd acc", k.lit(0.0))
        with r.each() as j:
            d = k.let("=d delta diff dev", x(j) - mean)
            k.augment(m2, "+", d * d)
    unbiased = rng.chance(0.35)
    number = k.cast(k.call("max", r.n - 1, 1), k.real) if unbiased else r.number()
    return _spread_found(k, mean, k.let("=variance sigma2", m2 / number))


def _spread_found(k: Kernel, mean: Expr, variance: Expr) -> Found:
    rng = k.rng
    root = rng.chance(0.5)
    found = [
        ("=std stddev sigma {}_std std_out", k.call("sqrt", variance))
        if root
        else ("=variances variance {}_var var_out", variance)
    ]
    if rng.chance(0.6) or k.shared.size == "large":
        found.insert(0, (MEANS, mean))
    if rng.chance(0.12) and root:
        small = coefficient(k, "=eps epsilon tiny", 0.01, 0.1, 0.01, 0.05)
        found.append(("=snr signal_to_noise {}_snr sharpe", mean / (k.call("sqrt", variance) + small)))
    return found


def _norm(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    how = rng.choose(("l1", "l2", "linf", "all", "p"))
    one = k.variable("=sum_abs l1 abs_sum n1", k.lit(0.0)) if how in ("l1", "all") else None
    two = k.variable("=sum_sq sq norm_sq ss n2", k.lit(0.0)) if how in ("l2", "all") else None
    top = k.variable("=peak max_abs biggest linf", k.lit(0.0)) if how in ("linf", "all") else None
    titles = {
        "l1": "row_l1_norm l1_norms {}_l1_norm manhattan_norm_rows",
        "l2": "row_norms compute_row_norms l2_norm_rows {}_norm euclidean_norms row_lengths",
        "linf": "row_max_norm max_abs_rows linf_norms {}_peak peak_amplitude infinity_norm",
        "all": "row_norms all_norms compute_norms {}_norms vector_norms",
        "p": "row_p_norm lp_norm_rows p_norms {}_lp_norm",
    }
    titled(k, titles[how])
    if how == "p":
        p = coefficient(k, "=p power exponent order", 1.5, 4.0, 3.0, 4.0, 1.5)
        total = k.variable(TOTAL, k.lit(0.0))
        small = 1e-2 if k.real is t.F16 else 1e-6
        with r.each() as j:
            k.augment(total, "+", k.call("pow", k.call("abs", x(j)) + small, p))
        return [("=norms norm {}_norms lp_norm norm_out", k.call("pow", total, 1.0 / p))]
    with r.each() as j:
        v = k.let(VALUE, x(j)) if how in ("l2", "all") else x(j)
        size = k.let("=mag a abs_v size", k.call("abs", v)) if how == "all" else k.call("abs", v)
        if one is not None:
            k.augment(one, "+", size)
        if two is not None:
            k.augment(two, "+", v * v)
        if top is not None:
            k.set(top, k.call("max", top, size))
            k.shared.differentiable = False
    found: Found = []
    if one is not None:
        found.append(("=l1_norms l1 norm1 {}_l1", one))
    if two is not None:
        square = how == "l2" and rng.chance(0.25)
        found.append(
            ("=norm_sq sq_norms {}_norm_sq", two) if square else ("=norms l2_norms l2 {}_norm", k.call("sqrt", two))
        )
    if top is not None:
        found.append(("=max_norms peaks max_abs {}_peak linf", top))
    return found


def _extent(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    r.mask = r.seen = None
    titled(k, "row_min_max min_max_rows row_range value_range {}_bounds compute_bounds find_extrema {}_extent")
    first = k.let("=first x0 v0", x(0)) if rng.chance(0.3) else x(0)
    low = k.variable("=lo min_v smallest vmin lower", first)
    high = k.variable("=hi max_v largest vmax upper", first)
    split = rng.chance(0.4)
    with r.each(1) as j:
        v = k.let(VALUE, x(j))
        if split:
            with k.when(v < low):
                k.set(low, v)
            with k.when(v > high):
                k.set(high, v)
        else:
            k.set(low, k.call("min", low, v))
            k.set(high, k.call("max", high, v))
    bounds: Found = [
        ("=mins lo min_out {}_min lower row_min", low),
        ("=maxs hi max_out {}_max upper row_max", high),
    ]
    extra: Found = [
        ("=ranges spread widths {}_range extent", high - low),
        ("=centers mid midpoints {}_mid midrange", 0.5 * (low + high)),
    ]
    how = rng.weighted({"both": 3.0, "range": 1.5, "all": 1.0, "middle": 1.0})
    if how == "both":
        return bounds
    return [extra[0]] if how == "range" else [*bounds, *extra] if how == "all" else extra


def _above(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    limit = coefficient(k, "=threshold cutoff limit level tau min_value", -0.5, 1.0, 0.0, 0.25, 0.5, 1.0)
    within = rng.chance(0.25)
    hits = k.variable("=inliers count n_within n_small" if within else "=hits count n_above num_above", k.integer(0))
    total = k.variable(TOTAL, k.lit(0.0)) if rng.chance(0.5) else None
    k.shared.differentiable = k.shared.differentiable and total is not None
    with r.each() as j:
        v = x(j) if total is None else k.let(VALUE, x(j))
        size = k.call("abs", v)
        with k.when(size < limit + 1.0 if within else size > limit if rng.chance(0.2) else v > limit):
            k.augment(hits, "+", 1)
            if total is not None:
                k.augment(total, "+", v)
    counts = "=counts hits num_within {}_counts" if within else "=counts num_above hits {}_counts exceedances"
    titled(
        k,
        "count_within_tolerance count_small row_inlier_count {}_inliers"
        if within
        else "count_above count_above_threshold row_exceedance threshold_count {}_exceedances count_hits_per_row",
    )
    if total is not None:
        mean = k.where(hits > 0, total / k.cast(k.call("max", hits, 1), k.real), k.lit(0.0))
        found: Found = [("=inlier_mean mean_within" if within else "=mean_above tail_mean excess_mean", mean)]
        k.titles = (
            ("inlier_mean", "mean_of_inliers") if within else ("mean_above_threshold", "tail_mean", "row_tail_mean")
        )
        return [(counts, hits), *found] if rng.chance(0.6) else found
    if rng.chance(0.35):
        return [("=fractions fraction ratio share {}_fraction", k.cast(hits, k.real) / r.number())]
    return [(counts, hits)]


def _weighted(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    shared = rng.chance(0.5) and r.layout != "flat"
    if shared:
        line = k.array("=weights w col_weights {}_weights coeffs", k.real, (r.columns,), low=0.1, high=1.0)
        weight: Reader = lambda j: line[j]  # noqa: E731
    else:
        weight = r.source("=weights w {}_weights sample_weights importance", 0.1, 1.0)
    total = k.variable(TOTAL, k.lit(0.0))
    sums = k.variable("=w_sum total_w weight_sum norm sum_w", k.lit(0.0))
    second = k.variable("=sum_sq wx2 second_moment acc2", k.lit(0.0)) if rng.chance(0.3) else None
    with r.each() as j:
        w = k.let("=w weight wt w_j", weight(j))
        v = k.maybe(VALUE, x(j)) if second is None else k.let(VALUE, x(j))
        k.augment(total, "+", w * v)
        if second is not None:
            k.augment(second, "+", w * v * v)
        k.augment(sums, "+", w)
    small = 1e-3 if k.real is t.F16 else rng.choose((1e-8, 1e-6, 1e-5))
    below = k.call("max", sums, small) if r.mask is not None or rng.chance(0.4) else sums
    titled(k, "weighted_mean weighted_row_mean weighted_average {}_weighted_mean average_with_weights row_expectation")
    if second is None:
        found: Found = [("=means weighted avg out {}_mean weighted_mean", total / below)]
        return [*found, ("=weight_sums total_weight norm weight_sum", sums)] if rng.chance(0.3) else found
    k.titles = ("weighted_moments", "weighted_mean_variance", "weighted_variance_rows", "weighted_stats")
    mean = k.let(MEAN, total / below)
    return [(MEANS, mean), ("=variances variance {}_var", k.call("max", second / below - mean * mean, 0.0))]


def _log_sum(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    r.mask = r.seen = None
    top = k.variable("=peak max_x m max_logit top", x(0))
    with r.each(1) as j:
        k.set(top, k.call("max", top, x(j)))
    total = k.variable("=total sum_exp acc z s", k.lit(0.0))
    scale = coefficient(k, "=temperature temp tau t", 0.5, 2.0, 1.0, 0.5) if rng.chance(0.3) else None
    with r.each() as j:
        shifted = x(j) - top
        k.augment(total, "+", k.call("exp", shifted if scale is None else shifted / scale))
    titled(k, "logsumexp row_logsumexp log_sum_exp log_partition {}_logsumexp log_normalizer free_energy")
    value = k.call("log", total)
    result = top + value if scale is None else top + scale * value
    return [("=lse log_z logsumexp log_norm {}_lse out", result)]


def _entropy(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    p = r.source("=probs probabilities p probs_in {}_probs distribution", 0.02, 1.0)
    r.mask = r.seen = None
    other = r.source("=ref q reference_probs target_probs prior", 0.02, 1.0) if rng.chance(0.4) else None
    total = k.variable("=h entropy acc total" if other is None else "=kl divergence acc total", k.lit(0.0))
    with r.each() as j:
        v = k.let("=p prob pj p_j", p(j))
        if other is None:
            k.augment(total, "-", v * k.call("log", v))
        else:
            k.augment(total, "+", v * k.call("log", v / other(j)))
    if other is not None:
        titled(k, "kl_divergence row_kl kl_rows relative_entropy {}_kl kl_to_prior")
        return [("=kl divergence kl_out {}_kl", total)]
    titled(k, "row_entropy entropy_rows shannon_entropy {}_entropy compute_entropy distribution_entropy")
    if rng.chance(0.3):
        k.titles = ("row_perplexity", "perplexity", "compute_perplexity", "effective_count")
        return [("=perplexity ppl {}_perplexity", k.call("exp", total))]
    bits = rng.chance(0.3)
    return [("=entropy entropies h {}_entropy", total * 1.442695 if bits else total)]


_STATISTICS: dict[Callable[[Kernel, Rows, Reader], Found], float] = {
    _sum: 3.0,
    _mean: 2.5,
    _spread: 3.0,
    _norm: 2.5,
    _extent: 1.5,
    _above: 2.0,
    _weighted: 2.0,
    _log_sum: 1.0,
    _entropy: 1.0,
}


@recipe("a statistic of each row", "reduction:3 control_flow:0.6", FIELDS, "reduction", ANY_REAL)
def row_statistic(k: Kernel) -> None:
    rng = k.rng
    r = rows(k)
    task = rng.weighted(_STATISTICS)
    if task is _entropy:
        found = task(k, r, lambda j: k.integer(0))
    else:
        low, high = rng.choose(((-2.0, 2.0), (0.0, 1.0))) if task in (_sum, _mean, _spread) else (-2.0, 2.0)
        found = task(k, r, r.source(VALUES, low, high, prepared=0.3 if task in (_sum, _mean, _norm, _above) else 0.0))
    k.gap()
    store_all(k, found)


@recipe("index of the smallest or largest element of a row", "reduction:1.5 control_flow:0.8", FIELDS, "reduction")
def arg_extremum(k: Kernel) -> None:
    rng = k.rng
    k.shared.differentiable = False
    if rng.chance(0.45):
        _nearest(k)
        return
    r = rows(k, 0.0)
    x = r.source("=scores values x costs logits {}_scores distances")
    smallest = rng.chance(0.5)
    runner_up = k.shared.size == "large" or rng.chance(0.2)
    first = rng.chance(0.6)
    far = 6e4 if k.real is t.F16 else rng.choose((1e6, 1.0e10))
    words = "=best lowest min_val best_cost smallest" if smallest else "=best highest max_val best_score largest"
    best = k.variable(words, x(0) if first else k.lit(far if smallest else -far))
    where = k.variable("=best_idx arg best_j idx index", k.integer(0 if first else -1))
    second = k.variable("=second runner_up next_best", k.lit(far if smallest else -far)) if runner_up else None
    limit = coefficient(k, "=threshold min_score cutoff", -0.5, 0.5, 0.0) if rng.chance(0.2) and not first else None
    with r.each(1 if first else 0) as j:
        v = k.let(VALUE, x(j))
        if limit is not None:
            with k.when(v > limit if smallest else v < limit):
                k.next_turn()
        with k.when(v < best if smallest else v > best):
            if second is not None:
                k.set(second, best)
            k.set(best, v)
            k.set(where, j)
        if second is not None:
            with k.otherwise_when(v < second if smallest else v > second):
                k.set(second, v)
    titled(
        k,
        "row_argmin argmin_rows find_lowest select_cheapest {}_argmin best_{} pick_minimum"
        if smallest
        else "row_argmax argmax_rows find_best select_best {}_argmax predict_label pick_maximum top_{}",
    )
    found: Found = [("=best_index arg_out indices labels {}_index winner", where)]
    if second is not None and rng.chance(0.5):
        found.append(("=margin gap margins score_gap {}_margin", k.call("abs", best - second)))
    elif second is not None:
        found += [("=best_value best values top1", best), ("=second_value second runner_up top2", second)]
    elif rng.chance(0.65):
        found.append(("=best_value best values extremes {}_best", best))
    store_all(k, found)


def _nearest(k: Kernel) -> None:
    """The closest of some points to each query."""
    rng = k.rng
    row = begin(k, None, "=i q row query_id")
    vector = t.vec(rng.choose((2, 3, 3)), k.real)
    count = k.dim(rng.choose((8, 12, 16)))
    query = k.let("=q p query x", k.array("=queries query_points samples positions", vector, k.launch)[row])
    points = k.array("=points centers centroids candidates sites targets", vector, (count,), low=-2.0, high=2.0)
    n = length(k, count, "=num_points n num_centers n_points num_candidates", points)
    square = rng.chance(0.6)
    weights = (
        k.array("=weights radii site_weights bias", k.real, (count,), low=0.1, high=0.5) if rng.chance(0.2) else None
    )
    reach = coefficient(k, "=max_dist radius cutoff max_distance", 0.5, 2.0, 1.0, 1.5) if rng.chance(0.4) else None
    far = 6e4 if k.real is t.F16 else rng.choose((1e6, 1.0e10))
    start = k.lit(far) if reach is None else reach * reach if square else reach
    best = k.variable("=best_d2 best min_d2 closest_sq" if square else "=best min_dist closest best_dist", start)
    where = k.variable("=nearest best_idx closest_idx idx arg", k.integer(-1))
    near = k.variable("=count n_near num_close", k.integer(0)) if rng.chance(0.25) and reach is not None else None
    with k.loop("=j c k n", n) as j:
        d = k.let("=d delta diff", points[j] - query) if rng.chance(0.6) else points[j] - query
        value = k.call("length_sq" if square else "length", d)
        if square and isinstance(d.type, t.Vector) and rng.chance(0.3):
            d = k.let("=d delta diff", d)
            value = k.call("dot", d, d)
        if weights is not None:
            value = value - weights[j]
        value = k.let("=d2 dist_sq r2" if square else "=dist r d", value)
        if near is not None and reach is not None:
            with k.when(value < (reach * reach if square else reach)):
                k.augment(near, "+", 1)
        with k.when(value < best):
            k.set(best, value)
            k.set(where, j)
    titled(
        k,
        "nearest_point find_nearest closest_center assign_clusters nearest_neighbor assign_to_centroid {}_nearest"
        " kmeans_assign brute_force_nearest closest_{}",
    )
    found: Found = [("=nearest_index labels assignment closest nearest cluster_ids", where)]
    if near is not None:
        found.append(("=num_near counts n_neighbors near_count", near))
    if rng.chance(0.6) or k.shared.size == "large":
        root = square and weights is None and rng.chance(0.4)
        kind = "=distances dist min_dist nearest_dist" if root or not square else "=dist_sq sq_dist min_d2"
        found.append((kind, k.call("sqrt", best) if root else best))
    for kind, value in found:
        store(k, kind, value)


@recipe(
    "softmax, layer normalisation and the like of a row", "reduction:1.5 math:0.5", "learning stats", "map", ANY_REAL
)
def row_normalize(k: Kernel) -> None:
    rng = k.rng
    r = rows(k, 0.0, 0.2, 8)
    if r.layout == "view":
        r.layout = "plain"
    what = rng.choose(("softmax", "softmax", "softmax", "layernorm", "layernorm", "rms", "sum", "minmax", "length"))
    low, high = (0.0, 2.0) if what == "sum" else (-3.0, 3.0)
    softmax = what == "softmax"
    x = r.source("=logits scores x energies {}_logits" if softmax else "=x values inputs {s} features data", low, high)
    if softmax:
        _softmax(k, r, x)
        return
    eps = coefficient(k, "=eps epsilon tiny", 1e-3, 0.1, 1e-2, 0.1, 1e-3)
    center: Expr | None = None
    if what == "layernorm":
        titled(k, "layer_norm layernorm_forward row_layernorm normalize_{s} standardize_rows {}_layernorm zscore_rows")
        total, squares = k.variable(TOTAL, k.lit(0.0)), k.variable("=sum_sq sq acc2 sumsq", k.lit(0.0))
        two = rng.chance(0.4)
        with r.each() as j:
            v = x(j) if two else k.let(VALUE, x(j))
            k.augment(total, "+", v)
            if not two:
                k.augment(squares, "+", v * v)
        center = k.let(MEAN, total / r.number())
        if two:
            with r.each() as j:
                d = k.let("=d diff dev", x(j) - center)
                k.augment(squares, "+", d * d)
        var = squares / r.number() if two else k.call("max", squares / r.number() - center * center, 0.0)
        var = k.let("=variance sigma2", var)
        scale = k.let("=inv_std rstd inv_sigma scale", 1.0 / k.call("sqrt", var + eps))
    elif what == "minmax":
        titled(k, "min_max_scale rescale_rows normalize_range {}_rescale scale_to_unit minmax_rows")
        first, last = k.variable("=lo vmin min_v", x(0)), k.variable("=hi vmax max_v", x(0))
        with r.each(1) as j:
            v = k.let(VALUE, x(j))
            k.set(first, k.call("min", first, v))
            k.set(last, k.call("max", last, v))
        center, scale = first, k.let("=inv_range scale inv_width", 1.0 / (last - first + eps))
    else:
        titled(
            k,
            {
                "rms": "rms_norm rmsnorm_forward normalize_rms row_rmsnorm {}_rms_norm",
                "sum": "normalize_rows rows_to_probabilities row_normalize {}_normalize normalize_counts",
                "length": "normalize_rows unit_rows l2_normalize make_unit_length {}_l2_normalize normalize_{s}",
            }[what],
        )
        total = k.variable("=total row_sum s" if what == "sum" else "=sum_sq total ss sq_norm", k.lit(0.0))
        with r.each() as j:
            v = x(j) if what == "sum" else k.let(VALUE, x(j))
            k.augment(total, "+", v if what == "sum" else v * v)
        if what == "rms":
            scale = k.let("=inv_rms scale rrms", 1.0 / k.call("sqrt", total / r.number() + eps))
        elif what == "sum":
            scale = k.let("=inv_sum scale inv_total", 1.0 / (total + eps))
        else:
            scale = k.let("=inv_norm scale inv_len", 1.0 / k.call("sqrt", total + eps))
    _scaled_rows(k, r, x, center, scale, what in ("layernorm", "rms"))


def _softmax(k: Kernel, r: Rows, x: Reader) -> None:
    rng = k.rng
    scale = coefficient(k, "=temperature temp tau", 0.5, 2.0, 1.0, 0.5) if rng.chance(0.45) else None
    causal = rng.chance(0.15)
    logs = rng.chance(0.25)
    limit = k.let("=last n_visible row_end valid", k.call("min", r.row + 1, r.n)) if causal else r.n
    titled(
        k,
        "log_softmax row_log_softmax log_softmax_rows {}_log_probs"
        if logs
        else "causal_softmax masked_softmax softmax_causal"
        if causal
        else "softmax row_softmax softmax_rows softmax_forward {}_softmax attention_softmax boltzmann_weights",
    )
    top = k.variable("=peak max_logit row_max m top", x(0))
    with again(k, "=j c col k", None, 1, limit) as j:
        r.turn = j
        k.set(top, k.call("max", top, x(j)))
    total = k.variable("=total denom sum_exp z norm", k.lit(0.0))
    place = r.target("=log_probs logp out log_p" if logs else "=probs out p {}_probs attn weights")
    kept = not logs and rng.chance(0.4)

    def shifted(j: Expr) -> Expr:
        value = x(j) - top
        return value if scale is None else value / scale

    with again(k, "=j c col k", r.turn, limit) as j:
        e = k.call("exp", shifted(j))
        if kept:
            e = k.let("=e exp_x ex", e)
            k.set(place(j), e)
        k.augment(total, "+", e)
    if kept:
        # Warp's adjoint does not follow what is read back from an output.
        k.shared.differentiable = False
    inverse = None if logs else k.let("=inv inv_sum inv_denom", 1.0 / total) if rng.chance(0.4) else None
    log_z = k.let("=log_z log_denom lse", k.call("log", total)) if logs else None
    with again(k, "=j c col k", r.turn, limit) as j:
        e = place(j) if kept else k.call("exp", shifted(j)) if log_z is None else shifted(j)
        k.set(place(j), e - log_z if log_z is not None else e * inverse if inverse is not None else e / total)
    if rng.chance(0.2) or k.shared.size == "large":
        store(
            k,
            "=log_norm lse log_z logsumexp",
            top + (k.call("log", total) if scale is None else scale * k.call("log", total)),
        )


def _scaled_rows(k: Kernel, r: Rows, x: Reader, center: Expr | None, scale: Expr, affine: bool) -> None:
    """Write the row brought to scale, in place or to a new array."""
    rng = k.rng
    out = r.target("=out normalized y {s}_out x_norm result")
    gain = shift = None
    if affine and rng.chance(0.65):
        gain = k.array("=gamma gain weight scale_w ln_weight", k.real, (r.columns,), low=0.5, high=1.5)
        if center is not None and rng.chance(0.7):
            shift = k.array("=beta bias shift ln_bias", k.real, (r.columns,), low=-0.5, high=0.5)
    with r.each() as j:
        value = (x(j) - center) * scale if center is not None else x(j) * scale
        if gain is not None:
            value = k.maybe("=x_hat normed xn", value) * gain[j]
        if shift is not None:
            value = value + shift[j]
        k.set(out(j), value)
    if rng.chance(0.3) or k.shared.size == "large":
        store(k, "=scales row_scale inv_scale {}_scale saved_scale", scale)
        if center is not None:
            store(k, "=centers row_center shifts saved_center", center)
