"""Small arrays that a thread keeps for itself: sorted, filtered, evaluated, counted."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .rows import again, begin, named, store, titled, whole
from .tree import Expr

Found = list[tuple[str, Expr]]


def _room(k: Kernel, kind: str, size: int, dtype: t.Scalar) -> Expr:
    """A local array of zeros."""
    shape = k.integer(size) if k.rng.chance(0.6) else tree.TupleOf(t.SHAPE, 0.0, 0.0, (k.integer(size),))
    spelled = tree.Verbatim(t.SHAPE, 0.0, 0.0, k.style.scalar(dtype))
    call = tree.Call(t.FixedArray(dtype, size), -100.0, 100.0, "wp.zeros", (), (("shape", shape), ("dtype", spelled)))
    return k.let(kind, call)


def _limit(k: Kernel, size: int, kind: str) -> Expr | int:
    return k.constant(size, t.I32, kind) if k.rng.chance(0.15) else size


def _copied(k: Kernel, row: Expr, size: int, kind: str, room: str) -> tuple[Expr, Expr | int, Expr]:
    """A row of the input in a local array; the row's length; the index that the loop used."""
    columns = k.dim(size, fixed=True)
    x = k.array(kind, k.real, (k.launch[0], columns), low=-2.0, high=2.0)
    work = _room(k, room, size, k.real)
    n = _limit(k, size, "=window n num_taps width k size num_values")
    with again(k, "=j k i c", None, n) as j:
        k.set(work[j], x[row, j])
    return work, n, j


def _sorted(k: Kernel, row: Expr) -> Found:
    rng = k.rng
    size = rng.choose((3, 4, 5, 5, 6, 7, 8, 9))
    work, n, j = _copied(
        k, row, size, "=samples values window x {}_values neighbors", "=sorted_vals buf window work vals a"
    )
    how = rng.choose(("bubble", "insertion", "selection"))
    if how == "bubble":
        with (
            again(k, "=p i pass_id", None, size - 1),
            again(k, "=j b k q", j, size - 1) as b,
            k.when(work[b] > work[b + 1]),
        ):
            held = named(k, "=tmp t held swap", work[b])
            k.set(work[b], work[b + 1])
            k.set(work[b + 1], held)
    elif how == "insertion":
        with k.loop("=p i m", 1, n) as p:
            key = named(k, "=key v cur item", work[p])
            q = k.variable("=q pos slot hole", p - 1)
            moving = k.variable("=moving going shift", tree.literal(True, t.BOOL))
            with k.repeat(k.both(moving, q >= 0)):
                with k.when(work[q] > key):
                    k.set(work[q + 1], work[q])
                    k.set(q, q - 1)
                with k.otherwise():
                    k.set(moving, tree.literal(False, t.BOOL))
            k.set(work[q + 1], key)
    else:
        with k.loop("=p i m", size - 1) as p:
            low = k.variable("=low min_idx best", p)
            with k.loop("=q m b s", p + 1, n) as q, k.when(work[q] < work[low]):
                k.set(low, q)
            held = named(k, "=tmp t held swap", work[p])
            k.set(work[p], work[low])
            k.set(work[low], held)
    what = rng.choose(("median", "iqr", "trimmed", "quantile", "extremes", "all"))
    half = size // 2
    if what == "median":
        titled(k, "median_filter row_median window_median median_of_samples {}_median compute_median")
        value = work[half] if size % 2 else 0.5 * (work[half - 1] + work[half])
        return [("=medians median out filtered {}_median", value)]
    if what == "iqr":
        titled(k, "interquartile_range row_iqr robust_spread order_statistic_range")
        return [("=iqr spread ranges", work[(3 * size) // 4] - work[size // 4])]
    if what == "trimmed":
        titled(k, "trimmed_mean robust_mean row_trimmed_mean {}_trimmed_mean")
        total = k.variable("=total acc s", k.lit(0.0))
        with again(k, "=j k i", j, 1, size - 1) as m:
            k.augment(total, "+", work[m])
        return [("=means trimmed robust out", total / float(size - 2))]
    if what == "quantile":
        rank = whole(k, "=rank kth order q_idx", 0, size - 1)
        titled(k, "kth_smallest order_statistic select_kth rank_filter row_quantile")
        return [("=selected kth_out quantiles out", work[rank])]
    if what == "extremes":
        titled(k, "robust_range sorted_extremes second_smallest_largest olympic_range")
        return [("=low low_out second_smallest", work[1]), ("=high high_out second_largest", work[size - 2])]
    titled(k, "sort_rows sort_windows sort_small_rows row_sort sort_{s}")
    out = k.array("=sorted_out sorted_rows out ordered", k.real, (k.launch[0], k.dim(size, fixed=True)), "out")
    with again(k, "=j k i", j, n) as m:
        k.set(out[row, m], work[m])
    return []


def _stencil(k: Kernel, row: Expr) -> Found:
    rng = k.rng
    size = rng.choose((4, 5, 6, 8))
    work, n, j = _copied(k, row, size, "=samples x signal values {}_values", "=buf line window cache local_x")
    how = rng.choose(("smooth", "gradient", "laplace", "prefix", "haar", "reverse"))
    if how in ("smooth", "gradient", "laplace"):
        out = k.array(
            "=out smoothed y result"
            if how == "smooth"
            else "=grad slope deriv"
            if how == "gradient"
            else "=lap second_deriv curvature",
            k.real,
            (k.launch[0], k.dim(size, fixed=True)),
            "out",
        )
        passes = rng.choose((1, 2, 3)) if how == "smooth" else 1
        if passes > 1:
            spare = _room(k, "=next_vals tmp scratch spare", size, k.real)
            with k.loop("=it sweep p", passes):
                with again(k, "=j k i", j, 1, size - 1) as m:
                    k.set(spare[m], 0.25 * work[m - 1] + 0.5 * work[m] + 0.25 * work[m + 1])
                with again(k, "=j k i", j, 1, size - 1) as m:
                    k.set(work[m], spare[m])
            with again(k, "=j k i", j, n) as m:
                k.set(out[row, m], work[m])
        else:
            with again(k, "=j k i", j, n) as m:
                left, right = k.call("max", m - 1, k.integer(0)), k.call("min", m + 1, k.integer(size - 1))
                if how == "smooth":
                    k.set(out[row, m], 0.25 * work[left] + 0.5 * work[m] + 0.25 * work[right])
                elif how == "gradient":
                    k.set(out[row, m], 0.5 * (work[right] - work[left]))
                else:
                    k.set(out[row, m], work[left] - 2.0 * work[m] + work[right])
        titled(
            k,
            {
                "smooth": "smooth_window binomial_smooth smooth_rows {}_smooth three_tap_smooth",
                "gradient": "central_difference row_gradient gradient_rows",
                "laplace": "second_difference row_laplacian laplacian_rows",
            }[how],
        )
        return []
    if how == "prefix":
        with again(k, "=j k i", j, 1, n) as m:
            k.set(work[m], work[m] + work[m - 1])
        out = k.array("=prefix cumsum running scan_out", k.real, (k.launch[0], k.dim(size, fixed=True)), "out")
        share = rng.chance(0.4)
        with again(k, "=j k i", j, n) as m:
            k.set(out[row, m], work[m] / k.cast(m + 1, k.real) if share else work[m])
        titled(
            k,
            "running_mean cumulative_mean local_running_mean"
            if share
            else "prefix_sum_local local_cumsum scan_window cumulative_sum",
        )
        return []
    if how == "haar":
        size = size - size % 2
        half = size // 2
        low = k.array("=approx low smooth_part averages", k.real, (k.launch[0], k.dim(half, fixed=True)), "out")
        high = k.array("=detail high wavelet diffs", k.real, (k.launch[0], k.dim(half, fixed=True)), "out")
        with again(k, "=j k i", j, half) as m:
            a, b = named(k, "=a left even", work[2 * m]), named(k, "=b right odd", work[2 * m + 1])
            k.set(low[row, m], 0.707107 * (a + b))
            k.set(high[row, m], 0.707107 * (a - b))
        titled(k, "haar_transform haar_wavelet wavelet_step haar_step {}_haar")
        return []
    odd = rng.chance(0.5)
    total = k.variable("=acc total corr s", k.lit(0.0))
    last = (n if isinstance(n, Expr) else k.integer(size)) - 1
    with again(k, "=j k i", j, size // 2) as m:
        pair = work[m] - work[last - m] if odd else work[m] * work[last - m]
        k.augment(total, "+", k.call("abs", pair) if odd else pair)
    titled(
        k,
        "asymmetry_score mirror_difference symmetry_error palindrome_distance"
        if odd
        else "mirror_correlation reflect_product symmetry_score",
    )
    return [("=asymmetry scores mirror_err" if odd else "=symmetry scores mirror_corr", total)]


def _polynomial(k: Kernel, row: Expr) -> Found:
    rng = k.rng
    size = rng.choose((3, 4, 5, 6))
    work, _, j = _copied(k, row, size, "=coeffs coefficients poly c {}_coeffs", "=c local_c a poly_c coef")
    x = named(k, "=x t u arg", k.array("=points x_values t_values eval_at", k.real, k.launch, low=-1.0, high=1.0)[row])
    how = rng.choose(("horner", "derivative", "both", "casteljau", "clenshaw"))
    if how == "casteljau":
        with k.loop("=level r k", 1, size) as level, again(k, "=j i m", j, size - level) as m:
            k.set(work[m], (1.0 - x) * work[m] + x * work[m + 1])
        titled(k, "de_casteljau bezier_eval evaluate_bezier bezier_curve {}_bezier")
        return [("=values curve_out y bezier_out", work[0])]
    if how == "clenshaw":
        b1, b2 = k.variable("=b1 b_next", k.lit(0.0)), k.variable("=b2 b_after", k.lit(0.0))
        with again(k, "=j k m", j, size - 1, 0, -1) as m:
            b0 = k.let("=b0 b_cur new_b", 2.0 * x * b1 - b2 + work[m])
            k.set(b2, b1)
            k.set(b1, b0)
        titled(k, "clenshaw chebyshev_eval evaluate_chebyshev clenshaw_sum {}_chebyshev")
        return [("=values y cheb_out", x * b1 - b2 + work[0])]
    p = k.variable("=p y acc value", k.lit(0.0))
    d = k.variable("=dp slope deriv", k.lit(0.0)) if how != "horner" else None
    with again(k, "=j k m", j, size - 1, -1, -1) as m:
        if d is not None:
            k.set(d, d * x + p)
        k.set(p, p * x + work[m])
    if d is None:
        titled(k, "horner eval_polynomial polynomial_rows horner_eval evaluate_polynomial {}_poly")
        return [("=values y poly_out out", p)]
    titled(k, "polynomial_derivative horner_derivative eval_poly_slope poly_and_derivative")
    return (
        [("=slopes dp_out derivative", d)]
        if how == "derivative"
        else [("=values y poly_out", p), ("=slopes dp_out derivative", d)]
    )


def _counted(k: Kernel, row: Expr) -> Found:
    rng = k.rng
    bins, columns = rng.choose((4, 6, 8)), k.dim(rng.choose((12, 16)))
    labels = rng.chance(0.5)
    counts = _room(k, "=hist counts bins local_hist votes", bins, t.I32)
    n = columns
    if labels:
        source = k.array("=labels classes votes_in symbols codes", t.I32, (k.launch[0], n), low=0, high=bins - 1)
    else:
        source = k.array("=samples values x {}_values", k.real, (k.launch[0], n), low=0.0, high=0.99)
    number = _limit(k, bins, "=num_bins n_bins bins num_classes")
    total = k.scalar("=num_samples n num_cols width", t.I32, 1.0, 64.0, equals=n.symbol)
    n.argument = total
    with again(k, "=j k i", None, total) as j:
        if labels:
            b = named(k, "=b label bin_id c", source[row, j])
        else:
            top = number if isinstance(number, Expr) else k.integer(bins)
            b = k.let(
                "=b bin_id slot",
                k.call("clamp", k.cast(source[row, j] * k.cast(top, k.real), t.I32), k.integer(0), top - 1),
            )
        k.set(counts[b], counts[b] + 1)
    how = rng.choose(("mode", "entropy", "histogram", "gini"))
    if how == "mode":
        best = k.variable("=best winner mode", k.integer(0))
        with again(k, "=j b k m", j, 1, number) as m, k.when(counts[m] > counts[best]):
            k.set(best, m)
        titled(
            k,
            "majority_vote row_mode most_common_label mode_filter vote_{s}"
            if labels
            else "modal_bin histogram_mode busiest_bin",
        )
        return [
            ("=modes winners labels_out mode_out", best),
            *([("=votes_out mode_count support", counts[best])] if rng.chance(0.5) else []),
        ]
    if how == "histogram":
        out = k.array(
            "=hist_out histograms bin_counts counts_out", t.I32, (k.launch[0], k.dim(bins, fixed=True)), "out"
        )
        with again(k, "=j b k m", j, number) as m:
            k.set(out[row, m], counts[m])
        titled(k, "row_histogram local_histogram histogram_rows {}_histogram count_labels bin_samples")
        return []
    score = k.variable("=h entropy acc" if how == "entropy" else "=purity acc sum_p2", k.lit(0.0))
    with again(k, "=j b k m", j, number) as m:
        p = k.let("=p prob share", k.cast(counts[m], k.real) / k.cast(total, k.real))
        if how == "entropy":
            with k.when(p > 0.0):
                k.augment(score, "-", p * k.call("log", p))
        else:
            k.augment(score, "+", p * p)
    titled(
        k,
        "histogram_entropy row_entropy label_entropy local_entropy"
        if how == "entropy"
        else "gini_impurity label_impurity impurity_of_rows node_impurity",
    )
    return [("=entropy h_out entropies", score) if how == "entropy" else ("=impurity gini gini_out", 1.0 - score)]


_TASKS: dict[Callable[[Kernel, Expr], Found], float] = {_sorted: 3.0, _stencil: 2.0, _polynomial: 2.0, _counted: 2.0}


@recipe(
    "weights applied inside a local array",
    "control_flow:0.28 reduction:0.44 arithmetic:0.17",
    "signal linalg generic",
    {t.F32: 1.0, t.F64: 0.1},
)
def local_array(k: Kernel) -> None:
    row = begin(k, None, "=i row r idx")
    k.shared.differentiable = False
    for kind, value in k.rng.weighted(_TASKS)(k, row):
        store(k, kind, value)
