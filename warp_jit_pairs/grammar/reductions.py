"""Reductions inside a thread: statistics of rows."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .rows import FIELDS, Reader, Rows, coefficient, rows, store_all, titled
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
    scale = coefficient(k, "=temperature temp tau t", 0.5, 2.0, 0.5, 2.0, 0.7) if rng.chance(0.3) else None
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


@recipe("a statistic of each row", "reduction:1.7 control_flow:0.33", FIELDS, ANY_REAL)
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
