"""Running results along a row."""

from __future__ import annotations

from collections.abc import Callable

from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .rows import (
    Reader,
    Rows,
    coefficient,
    named,
    paired,
    rows,
    store_all,
    titled,
)
from .tree import Expr

Found = list[tuple[str, Expr]]


def _sums(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    how = rng.weighted({"inclusive": 3.0, "exclusive": 2.0, "backward": 1.5, "average": 1.0, "product": 0.8})
    out = r.target(
        {
            "inclusive": "=cumsum prefix running out {}_cumsum prefix_sums",
            "exclusive": "=offsets prefix exclusive scan_out starts",
            "backward": "=suffix suffix_sums reverse_cumsum returns_to_go",
            "average": "=running_mean cum_mean averages mean_so_far",
            "product": "=cumprod growth wealth survival",
        }[how]
    )
    total = k.variable("=total running acc accum", k.lit(1.0 if how == "product" else 0.0))
    if how == "backward":
        gamma = coefficient(k, "=gamma discount decay", 0.5, 0.99, 0.9, 0.95) if rng.chance(0.6) else None
        titled(
            k,
            "suffix_sum reverse_cumsum suffix_sums_rows backward_scan"
            if gamma is None
            else "discounted_returns rewards_to_go compute_returns discount_rewards {}_returns",
        )
        with k.loop("=j t i k", r.n - 1, -1, -1) as j:
            k.set(total, x(j) + (total if gamma is None else gamma * total))
            k.set(out(j), total)
        return [("=total_return first value", total)] if gamma is not None and rng.chance(0.3) else []
    titled(
        k,
        {
            "inclusive": "cumsum_rows prefix_sum inclusive_scan running_total cumulative_sum {}_cumsum scan_rows",
            "exclusive": "exclusive_scan exclusive_prefix_sum scan_exclusive_rows {}_offsets",
            "average": "running_mean cumulative_mean mean_so_far running_average",
            "product": "cumulative_product compound_growth cumprod_rows wealth_curve",
        }[how],
    )
    with r.each() as j:
        if how == "exclusive":
            k.set(out(j), total)
            k.augment(total, "+", x(j))
        elif how == "product":
            k.set(total, total * (1.0 + x(j)))
            k.set(out(j), total)
        else:
            k.augment(total, "+", x(j))
            k.set(out(j), total / k.cast(j + 1, k.real) if how == "average" else total)
    return [("=totals row_total sums", total)] if rng.chance(0.3) else []


def _smoothing(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    how = rng.choose(("ema", "lowpass", "leaky", "highpass", "trend", "follower", "dcblock"))
    out = r.target(
        "=smoothed filtered y out {}_out ema" if how in ("ema", "lowpass", "trend") else "=y filtered out result"
    )
    if how in ("ema", "lowpass"):
        alpha = coefficient(k, "=alpha smoothing a weight", 0.05, 0.9, 0.1, 0.2, 0.5)
        state = k.variable("=state y ema avg", x(0) if rng.chance(0.6) else k.lit(0.0))
        form = rng.integer(0, 2)
        titled(k, "exponential_smoothing ema_rows exponential_moving_average lowpass_filter one_pole smooth_{s} ema")
        with r.each() as j:
            v = x(j)
            if form == 0:
                k.set(state, alpha * v + (1.0 - alpha) * state)
            elif form == 1:
                k.augment(state, "+", alpha * (v - state))
            else:
                k.set(state, k.call("lerp", state, v, alpha))
            k.set(out(j), state)
        return []
    if how == "trend":
        alpha, beta = coefficient(k, "=alpha a", 0.1, 0.9, 0.5, 0.3), coefficient(k, "=beta b", 0.1, 0.9, 0.2, 0.1)
        level, trend = k.variable("=level lvl est", x(0)), k.variable("=trend slope drift", k.lit(0.0))
        titled(k, "double_exponential holt_smoothing holt_linear_trend alpha_beta_filter")
        with r.each() as j:
            last = k.variable("=prev last_level old", level)
            k.set(level, alpha * x(j) + (1.0 - alpha) * (level + trend))
            k.set(trend, beta * (level - last) + (1.0 - beta) * trend)
            k.set(out(j), level)
        return [("=forecast next_value prediction", level + trend)] if rng.chance(0.6) else []
    if how == "leaky":
        decay = coefficient(k, "=decay leak rho", 0.3, 0.95, 0.9, 0.5, 0.8)
        state = k.variable("=state acc level charge", k.lit(0.0))
        titled(k, "leaky_integrator leaky_sum decaying_sum accumulate_with_decay {}_integrator")
        with r.each() as j:
            k.set(state, decay * state + x(j))
            k.set(out(j), state)
        return []
    if how == "follower":
        attack, release = paired(k, "attack|release rise|fall up_rate|down_rate")
        rise, fall = coefficient(k, attack, 0.3, 0.9, 0.5, 0.8), coefficient(k, release, 0.05, 0.3, 0.1, 0.05)
        env = k.variable("=env envelope level", k.lit(0.0))
        titled(k, "envelope_follower follow_envelope peak_envelope track_envelope level_detector")
        with r.each() as j:
            size = k.let("=mag level_in rectified", k.call("abs", x(j)))
            if rng.chance(0.5):
                k.augment(env, "+", k.where(size > env, rise, fall) * (size - env))
            else:
                with k.when(size > env):
                    k.augment(env, "+", rise * (size - env))
                with k.otherwise():
                    k.augment(env, "+", fall * (size - env))
            k.set(out(j), env)
        return []
    pole = coefficient(k, "=r pole coeff alpha", 0.5, 0.99, 0.95, 0.9)
    last, y = k.variable("=x_prev prev_x x1", k.lit(0.0)), k.variable("=y level y1", k.lit(0.0))
    titled(k, "dc_blocker dc_block highpass_filter remove_dc one_pole_highpass")
    with r.each() as j:
        v = k.let("=v x_n cur", x(j))
        k.set(y, v - last + pole * y if how == "dcblock" else pole * (y + v - last))
        k.set(last, v)
        k.set(out(j), y)
    return []


def _biquad(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    names = ("=b0", "=b1", "=b2", "=a1", "=a2")
    together = rng.chance(0.4)
    if together:
        five = k.dim(5, fixed=True)
        table = k.array("=coeffs coefficients biquad sos", k.real, (five,), low=-0.4, high=0.4)
        b0, b1, b2, a1, a2 = (named(k, name, table[n]) for n, name in enumerate(names))
    else:
        b0, b1, b2, a1, a2 = (k.scalar(name, k.real, -0.4, 0.4) for name in names)
    out = r.target("=y filtered out {}_out signal_out")
    titled(k, "biquad_filter biquad second_order_section iir_filter apply_biquad {}_biquad filter_rows")
    if rng.chance(0.5):
        z1, z2 = k.variable("=z1 s1 d1", k.lit(0.0)), k.variable("=z2 s2 d2", k.lit(0.0))
        with r.each() as j:
            v = k.let("=v x_n xin", x(j))
            y = k.let("=y y_n yout", b0 * v + z1)
            k.set(z1, b1 * v - a1 * y + z2)
            k.set(z2, b2 * v - a2 * y)
            k.set(out(j), y)
        return []
    x1, x2 = k.variable("=x1", k.lit(0.0)), k.variable("=x2", k.lit(0.0))
    y1, y2 = k.variable("=y1", k.lit(0.0)), k.variable("=y2", k.lit(0.0))
    with r.each() as j:
        v = k.let("=v x0 x_n", x(j))
        y = k.let("=y y0 y_n", b0 * v + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2)
        k.set(x2, x1)
        k.set(x1, v)
        k.set(y2, y1)
        k.set(y1, y)
        k.set(out(j), y)
    return []


def _extrema(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    k.shared.differentiable = False
    how = rng.choose(("max", "min", "drawdown", "record", "hysteresis"))
    if how in ("max", "min"):
        best = k.variable("=peak running_max best" if how == "max" else "=floor_v running_min lowest", x(0))
        out = r.target(f"=running_{how} cum{how} {how}_so_far envelope")
        titled(k, f"running_{how} cumulative_{how} cum{how}_rows prefix_{how} {how}_scan")
        with r.each() as j:
            k.set(best, k.call(how, best, x(j)))
            k.set(out(j), best)
        return [(f"=final_{how} {how}_out", best)] if rng.chance(0.3) else []
    if how == "drawdown":
        peak = k.variable("=peak high_water top", x(0))
        worst = k.variable("=worst max_dd deepest", k.lit(0.0))
        curve = r.target("=drawdown dd underwater") if rng.chance(0.5) else None
        titled(k, "max_drawdown drawdown_curve compute_drawdown {}_drawdown worst_drawdown")
        with r.each() as j:
            v = k.let("=v price level", x(j))
            k.set(peak, k.call("max", peak, v))
            drop = k.let("=dd drop loss", peak - v)
            k.set(worst, k.call("max", worst, drop))
            if curve is not None:
                k.set(curve(j), drop)
        return [("=max_drawdown worst_out mdd", worst)]
    if how == "record":
        best = k.variable("=best record high", x(0))
        count = k.variable("=n_records count hits", k.integer(0))
        titled(k, "count_records new_highs count_new_highs {}_records record_count")
        with r.each(1) as j:
            v = k.let("=v value x_j", x(j))
            with k.when(v > best):
                k.set(best, v)
                k.augment(count, "+", 1)
        return [("=records num_records counts", count), ("=highs best_out record_high", best)]
    low, high = (
        coefficient(k, "=low lo_thresh off_level", -1.0, -0.1, -0.5),
        coefficient(k, "=high hi_thresh on_level", 0.1, 1.0, 0.5),
    )
    state = k.variable("=state on output", k.lit(0.0))
    out = r.target("=states gate out trigger")
    titled(k, "schmitt_trigger hysteresis_threshold gate_with_hysteresis debounce_rows")
    with r.each() as j:
        v = k.let("=v x_n level", x(j))
        with k.when(v > high):
            k.set(state, k.lit(1.0))
        with k.otherwise_when(v < low):
            k.set(state, k.lit(0.0))
        k.set(out(j), state)
    return []


def _differences(k: Kernel, r: Rows, x: Reader) -> Found:
    rng = k.rng
    how = rng.choose(("first", "derivative", "integral", "clipped", "pid"))
    out = r.target(
        {
            "first": "=diffs deltas increments {}_diff",
            "derivative": "=velocity slope deriv rate",
            "integral": "=integral area position accumulated",
            "clipped": "=limited slewed y out",
            "pid": "=control command u output_signal",
        }[how]
    )
    if how == "clipped":
        rate = coefficient(k, "=max_step slew_rate max_delta rate_limit", 0.1, 1.0, 0.5, 0.25)
        y = k.variable("=y current level", x(0))
        titled(k, "slew_rate_limit rate_limit limit_slew_rate rate_limiter {}_rate_limit")
        with r.each() as j:
            k.augment(y, "+", k.call("clamp", x(j) - y, -rate, rate))
            k.set(out(j), y)
        return []
    if how == "pid":
        kp, ki, kd = (coefficient(k, f"={name}", 0.1, 1.0, 0.5, 1.0, 0.2) for name in ("kp", "ki", "kd"))
        period = coefficient(k, "=dt time_step h", 0.05, 0.5, 0.1, 0.05)
        integral, earlier = (
            k.variable("=integral i_term acc", k.lit(0.0)),
            k.variable("=prev_err last_error e_prev", k.lit(0.0)),
        )
        titled(k, "pid_control pid_response run_pid pid_over_errors {}_pid")
        with r.each() as j:
            e = k.let("=err e error", x(j))
            k.augment(integral, "+", e * period)
            if rng.chance(0.4):
                k.set(integral, k.call("clamp", integral, k.lit(-1.0), k.lit(1.0)))
            k.set(out(j), kp * e + ki * integral + kd * (e - earlier) / period)
            k.set(earlier, e)
        return []
    dt = coefficient(k, "=dt dx h spacing", 0.1, 1.0, 0.1, 0.5) if how != "first" else None
    last = k.variable("=prev last x_prev", x(0))
    area = k.variable("=area total acc", k.lit(0.0)) if how == "integral" else None
    titled(
        k,
        {
            "first": "first_differences row_differences diff_rows consecutive_differences {}_increments",
            "derivative": "backward_difference finite_difference_rows estimate_rate differentiate_rows",
            "integral": "cumulative_trapezoid integrate_rows running_integral cumtrapz",
        }[how],
    )
    with r.each() as j:
        v = k.let("=v cur x_j", x(j))
        if area is not None and dt is not None:
            k.augment(area, "+", 0.5 * (v + last) * dt)
            k.set(out(j), area)
        else:
            k.set(out(j), v - last if dt is None else (v - last) / dt)
        k.set(last, v)
    return [("=totals area_out integral_out", area)] if area is not None and rng.chance(0.3) else []


_RUNNING: dict[Callable[[Kernel, Rows, Reader], Found], float] = {
    _sums: 3.5,
    _smoothing: 3.0,
    _biquad: 1.0,
    _extrema: 2.0,
    _differences: 2.0,
}


@recipe(
    "running sums and recurrences along a row",
    "reduction:0.83 control_flow:0.33",
    "signal audio finance stats control",
    ANY_REAL,
)
def scan_row(k: Kernel) -> None:
    r = rows(k, 0.0, 0.12, 8)
    task = k.rng.weighted(_RUNNING)
    low, high = (-0.5, 0.5) if task is _sums and k.rng.chance(0.3) else (-2.0, 2.0)
    found = task(
        k,
        r,
        r.source(
            "=x signal values samples {s} data series input_signal",
            low,
            high,
            prepared=0.25 if task in (_smoothing, _biquad) else 0.1,
        ),
    )
    store_all(k, found)
