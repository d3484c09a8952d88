"""What a row tells when its elements are taken in order: crossings, runs, lags, lengths, areas."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .rows import Reader, Rows, coefficient, named, rows, store_all, titled, whole
from .tree import Expr

Found = list[tuple[str, Expr]]


def _crossings(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    k.shared.differentiable = False
    level = coefficient(k, "=level threshold trigger", -0.5, 0.5, 0.0, 0.25) if rng.chance(0.5) else None
    last = k.variable("=prev last x_prev", x(0) if level is None else x(0) - level)
    count = k.variable("=crossings count n_cross hits", k.integer(0))
    rising = rng.chance(0.4)
    where = k.variable("=first_at first_idx onset", k.integer(-1)) if rng.chance(0.3) else None
    with r.each(1) as j:
        v = k.let("=v cur x_j", x(j) if level is None else x(j) - level)
        with k.when(k.both(last < 0.0, v >= 0.0) if rising else last * v < 0.0):
            k.augment(count, "+", 1)
            if where is not None:
                with k.when(where < 0):
                    k.set(where, j)
        k.set(last, v)
    stem = "rising_edges" if rising else "zero_crossings" if level is None else "level_crossings"
    titled(k, f"count_{stem} {stem} {stem}_per_row {{}}_{stem}")
    if where is None and rng.chance(0.3):
        return [("=crossing_rate zcr rates", k.cast(count, k.real) / k.cast(r.n, k.real))]
    return [
        ("=crossings num_crossings counts", count),
        *([("=first_crossing onsets first_out", where)] if where is not None else []),
    ]


def _runs(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    k.shared.differentiable = False
    limit = coefficient(k, "=threshold cutoff min_level tau", -0.5, 0.5, 0.0, 0.25)
    run, best = k.variable("=run cur_run streak", k.integer(0)), k.variable("=longest best_run max_run", k.integer(0))
    end = k.variable("=run_end last_of_best end_idx", k.integer(-1)) if rng.chance(0.35) else None
    with r.each() as j:
        with k.when(x(j) > limit):
            k.augment(run, "+", 1)
            if end is None:
                k.set(best, k.call("max", best, run))
            else:
                with k.when(run > best):
                    k.set(best, run)
                    k.set(end, j)
        with k.otherwise():
            k.set(run, k.integer(0))
    titled(k, "longest_run longest_streak max_run_length run_above_threshold {}_longest_run longest_burst")
    return [("=longest_run run_lengths streaks", best), *([("=run_ends last_index", end)] if end is not None else [])]


def _peaks(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    k.shared.differentiable = False
    limit = coefficient(k, "=min_height threshold prominence", -0.5, 0.5, 0.0, 0.25)
    count = k.variable("=n_peaks count peaks", k.integer(0))
    total = k.variable("=height_sum total acc", k.lit(0.0)) if rng.chance(0.4) else None
    gap = whole(k, "=min_distance min_gap refractory", 1, 3, 2, 3) if rng.chance(0.3) else None
    last = k.variable("=last_peak prev_idx last_at", k.integer(-8)) if gap is not None else None
    with k.loop("=j i t c", 1, r.n - 1) as j:
        v = k.let("=v x_j center", x(j))
        tests = [v > limit, v > x(j - 1), v >= x(j + 1)]
        if last is not None and gap is not None:
            tests.append(j - last >= gap)
        with k.when(k.both(*tests)):
            k.augment(count, "+", 1)
            if total is not None:
                k.augment(total, "+", v)
            if last is not None:
                k.set(last, j)
    titled(k, "count_peaks find_peaks peak_count local_maxima {}_peaks detect_peaks spike_count")
    found: Found = [("=num_peaks peak_counts counts", count)]
    if total is not None:
        found.append(("=mean_height avg_peak peak_mean", total / k.cast(k.call("max", count, 1), k.real)))
    return found


def _lagged(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    lag = whole(k, "=lag shift delay tau", 1, 3, 1, 2, 3)
    total = k.variable("=acc total corr s", k.lit(0.0))
    how = rng.choose(("autocorrelation", "structure", "ratio"))
    energy = k.variable("=energy norm sum_sq", k.lit(0.0)) if how == "ratio" else None
    with k.loop("=j i t c", lag, r.n) as j:
        if how == "structure":
            d = k.let("=d diff delta", x(j) - x(j - lag))
            k.augment(total, "+", d * d)
        else:
            v = k.let("=v cur x_j", x(j)) if energy is not None else x(j)
            k.augment(total, "+", v * x(j - lag))
            if energy is not None:
                k.augment(energy, "+", v * v)
    count = k.cast(k.call("max", r.n - lag, 1), k.real)
    if how == "structure":
        titled(k, "structure_function variogram semivariogram mean_squared_increment msd_at_lag")
        return [("=gamma variogram_out msd structure", 0.5 * total / count if rng.chance(0.5) else total / count)]
    titled(k, "autocorrelation autocorr_at_lag lagged_product row_autocorrelation {}_autocorr")
    if energy is not None:
        return [("=autocorr rho acf", total / (energy + k.choose_lit(1e-2, 1e-3)))]
    return [("=autocorr acf lag_corr", total / count)]


def _area(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    grid = rng.choose(("uniform", "uniform", "given"))
    total = k.variable("=area total acc integral", k.lit(0.0))
    if grid == "given":
        steps = k.array("=widths dx spacing intervals", k.real, (r.columns,), low=0.1, high=1.0)
        with r.each(1) as j:
            k.augment(total, "+", 0.5 * (x(j) + x(j - 1)) * steps[j])
        titled(k, "trapezoid_integrate integrate_rows trapz area_under_curve nonuniform_trapezoid")
        return [("=areas integral_out auc", total)]
    dx = coefficient(k, "=dx dt spacing h", 0.1, 1.0, 0.1, 0.5)
    first = (
        k.variable("=moment first_moment weighted", k.lit(0.0)) if rng.chance(0.3) or k.shared.size == "large" else None
    )
    with r.each(1) as j:
        mean = 0.5 * (x(j) + x(j - 1))
        if first is not None:
            mean = k.let("=mid avg m", mean)
            k.augment(first, "+", mean * (k.cast(j, k.real) - 0.5) * dx)
        k.augment(total, "+", mean)
    titled(k, "trapezoid_integrate integrate_rows trapz area_under_curve row_integral {}_area")
    found: Found = [("=areas integral_out auc", total * dx)]
    return [*found, ("=moments first_moment_out", first * dx)] if first is not None else found


def _roughness(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    how = rng.choose(("variation", "curvature", "path", "quadratic"))
    total = k.variable("=total acc tv length" if how != "curvature" else "=bend total acc curvature", k.lit(0.0))
    bounds = (1, r.n - 1) if how == "curvature" else (1, r.n)
    step = coefficient(k, "=dx spacing dt", 0.1, 1.0, 0.5, 0.1) if how == "path" else None
    with k.loop("=j i t c", *bounds) as j:
        if how == "curvature":
            d = k.let("=d2 second_diff bend_j", x(j + 1) - 2.0 * x(j) + x(j - 1))
        else:
            d = x(j) - x(j - 1)
            d = d if how == "variation" else k.let("=d diff step", d)
        if how == "variation":
            k.augment(total, "+", k.call("abs", d))
        elif step is not None:
            k.augment(total, "+", k.call("sqrt", d * d + step * step))
        else:
            k.augment(total, "+", d * d)
    names = {
        "variation": "total_variation row_total_variation tv_norm {}_variation",
        "curvature": "bending_energy roughness second_difference_energy smoothness_penalty",
        "path": "curve_length path_length arc_length polyline_length",
        "quadratic": "quadratic_variation realized_variance smoothness_energy squared_increments",
    }
    titled(k, names[how])
    out = {
        "variation": "=tv variation out",
        "curvature": "=bending roughness_out energy",
        "path": "=lengths arc_len length_out",
        "quadratic": "=qv realized_var energy",
    }
    return [(out[how], total)]


def _goertzel(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    bin_of = coefficient(k, "=omega freq w bin_freq", 0.3, 2.5, 0.785398, 1.570796)
    if rng.chance(0.5):
        c = k.let("=coeff c two_cos", 2.0 * k.call("cos", bin_of))
        s1, s2 = k.variable("=s1 q1", k.lit(0.0)), k.variable("=s2 q2", k.lit(0.0))
        with r.each() as j:
            s0 = k.let("=s0 q0 s", x(j) + c * s1 - s2)
            k.set(s2, s1)
            k.set(s1, s0)
        titled(k, "goertzel goertzel_filter tone_power detect_tone bin_power")
        return [("=power tone_power_out magnitudes", s1 * s1 + s2 * s2 - c * s1 * s2)]
    re, im = k.variable("=re real_part a", k.lit(0.0)), k.variable("=im imag_part b", k.lit(0.0))
    with r.each() as j:
        phase = k.let("=phase angle theta", bin_of * k.cast(j, k.real))
        v = k.let("=v x_j sample", x(j))
        k.augment(re, "+", v * k.call("cos", phase))
        k.augment(im, "-", v * k.call("sin", phase))
    titled(k, "single_bin_dft dft_bin fourier_coefficient dft_at_frequency {}_fourier")
    if rng.chance(0.5):
        return [("=power spectrum_out bin_power", re * re + im * im)]
    return [("=real re_out cos_part", re), ("=imag im_out sin_part", im)]


def _lookup(k: Kernel, r: Rows, x: Reader) -> Found:
    """Where a value lies among the row's, or what the row says between two of its samples."""
    rng = k.rng
    k.shared.differentiable = False
    if rng.chance(0.5):
        value = k.array("=queries thresholds targets levels", k.real, k.launch, low=-1.0, high=1.0)[r.places]
        value = named(k, "=q target level t", value)
        rank = k.variable("=rank below n_less pos", k.integer(0))
        ties = k.variable("=ties equal n_equal", k.integer(0)) if rng.chance(0.2) else None
        with r.each() as j:
            v = k.let("=v x_j value", x(j)) if ties is not None else x(j)
            with k.when(v < value):
                k.augment(rank, "+", 1)
            if ties is not None:
                with k.otherwise_when(v.equals(value)):
                    k.augment(ties, "+", 1)
        titled(k, "rank_of_value count_less_than percentile_rank empirical_cdf value_rank insertion_rank")
        if ties is None and rng.chance(0.5):
            return [("=ecdf percentile cdf_out", k.cast(rank, k.real) / k.cast(r.n, k.real))]
        return [("=ranks rank_out positions", rank), *([("=tie_counts equal_out", ties)] if ties is not None else [])]
    where = k.array("=coords sample_at u_values times", k.real, k.launch, low=0.0, high=6.0)[r.places]
    u = named(k, "=u s tt", where)
    base = k.let(
        "=i0 base cell",
        k.call(
            "clamp",
            k.cast(u, t.I32) if k.real is t.F32 else k.cast(k.call("floor", u), t.I32),
            k.integer(0),
            k.call("max", r.n - 2, 0),
        ),
    )
    frac = k.let("=f w", u - k.cast(base, k.real))
    titled(k, "sample_rows interpolate_rows lerp_lookup linear_interpolation resample_at table_lookup")
    k.shared.differentiable = True
    low, high = x(base), x(k.call("min", base + 1, r.n - 1))
    value = k.call("lerp", low, high, frac) if rng.chance(0.4) else (1.0 - frac) * low + frac * high
    return [("=samples out interpolated values_out", value)]


_MEASURES: dict[Callable[[Kernel, Rows, Reader], Found], float] = {
    _crossings: 1.5,
    _runs: 1.2,
    _peaks: 1.5,
    _lagged: 1.5,
    _area: 1.5,
    _roughness: 2.0,
    _goertzel: 1.2,
    _lookup: 1.5,
}


@recipe(
    "what a row tells when its elements are taken in order",
    "reduction:1.1 control_flow:0.44",
    "signal audio finance stats",
    ANY_REAL,
)
def row_signal(k: Kernel) -> None:
    r = rows(k, 0.0, 0.12, k.rng.choose((10, 12, 16)))
    found = k.rng.weighted(_MEASURES)(k, r, r.source("=signal x samples values series data {s}", prepared=0.2))
    k.gap()
    store_all(k, found)
