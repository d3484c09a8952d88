"""Monte Carlo estimates: integrals, options, Metropolis chains, exit times, rejection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .randoms import between, draw, state
from .recipes import SINGLE, recipe
from .tasks import element, launch, named, opt, read, setting, words, write
from .tree import Expr


def _count(k: Kernel, kind: str = "=num_samples n_samples samples spp num_draws") -> Expr:
    """How many samples: an argument, a constant or a number."""
    rng = k.rng
    if rng.chance(0.45):
        return k.scalar(kind, t.I32, 4, 16)
    samples = rng.choose((8, 16, 20, 32, 64))
    return k.constant(samples, t.I32, kind) if rng.chance(0.4) else k.integer(samples)


def _moments(k: Kernel, total: Expr, squares: Expr | None, count: Expr, factor: Expr | None) -> None:
    """The mean, and with the squares its variance or standard error."""
    rng = k.rng
    n = named(k, "=n n_f num", k.cast(count, t.F32)) if squares is not None else k.cast(count, t.F32)
    mean = k.let("=mean avg estimate", total / n)
    write(k, "=estimates means results integral_out", mean * factor if factor is not None else mean)
    if squares is not None:
        var = k.let("=var variance", k.call("max", squares / n - mean * mean, 0.0))
        if rng.chance(0.5):
            write(k, "=variances var_out", var)
        else:
            write(k, "=std_errors stderr_out errors", k.call("sqrt", var / n))


def _inside(k: Kernel) -> None:
    rng = k.rng
    shape = rng.choose(("circle", "circle", "ball", "ellipse", "overlap"))
    k.titles = {
        "circle": words("estimate_pi monte_carlo_pi pi_estimate count_inside_circle quarter_circle mc_pi dart_throw"),
        "ball": ("ball_volume", "estimate_volume", "sphere_volume_mc", "monte_carlo_volume", "hit_or_miss_volume"),
        "ellipse": ("ellipse_area", "estimate_area", "monte_carlo_area", "hit_or_miss_area", "area_by_sampling"),
        "overlap": ("overlap_volume", "intersection_volume", "sphere_overlap_mc", "estimate_overlap", "shared_volume"),
    }[shape]
    launch(k, "trial" if shape == "circle" else "shape")
    r = state(k)
    count = _count(k)
    inside = k.variable("=inside hits count", k.integer(0))
    factor: Expr
    if shape == "circle":
        radius = None if rng.chance(0.6) else read(k, "=radius r", t.F32, 0.3, 1.0)
        with k.loop("=s i n", count):
            x, y = k.let("=x px", draw(k, r, "randf")), k.let("=y py", draw(k, r, "randf"))
            squared = x * x + y * y
            with k.when(squared < radius * radius if radius is not None else squared <= 1.0):
                k.augment(inside, "+", 1)
        factor = k.lit(4.0)
    elif shape == "ellipse":
        a, b = read(k, "=a semi_major rx", t.F32, 0.3, 1.0), read(k, "=b semi_minor ry", t.F32, 0.3, 1.0)
        with k.loop("=s i n", count):
            x, y = k.let("=x px", between(k, r, -1.0, 1.0) / a), k.let("=y py", between(k, r, -1.0, 1.0) / b)
            with k.when(x * x + y * y < 1.0):
                k.augment(inside, "+", 1)
        factor = k.lit(4.0)
    else:
        radius = read(k, "=radius r", t.F32, 0.2, 0.5)
        center = read(k, "=center c other", t.vec(3), -0.5, 0.5) if shape == "overlap" else None
        with k.loop("=s i n", count):
            p = k.let("=p q sample", draw(k, r, "sample_unit_cube", gives=t.vec(3)))
            test = k.call("length", p) < radius
            with k.when(k.both(test, k.call("length", p - center) < radius) if center is not None else test):
                k.augment(inside, "+", 1)
        factor = k.lit(1.0)
    ratio = k.cast(inside, t.F32) / k.cast(count, t.F32)
    write(k, "=estimates results pi_out areas" if shape == "circle" else "=volumes estimates results", factor * ratio)
    if opt(k, 0.3):
        write(k, "=hit_counts counts inside_out", inside)


_INTEGRANDS: dict[str, Callable[[Body, Expr, Expr], Expr]] = {
    "gaussian": lambda b, x, a: b.call("exp", -(a * x * x)),
    "sine": lambda b, x, a: b.call("sin", a * x),
    "root": lambda b, x, a: b.call("sqrt", b.call("abs", x) + a),
    "lorentzian": lambda b, x, a: 1.0 / (1.0 + a * x * x),
    "parabola": lambda b, x, a: a * x * x,
    "hinge": lambda b, x, a: b.call("max", x - a, 0.0),
    "damped_wave": lambda b, x, a: b.call("exp", -(x * x)) * b.call("cos", a * x),
    "logistic": lambda b, x, a: 1.0 / (1.0 + b.call("exp", -(a * x))),
}


def _integral(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "monte_carlo_integral mc_integrate integrate estimate_integral expectation estimate_mean "
        "mc_expectation quadrature_mc"
    )
    launch(k, rng.choose(("sample", "integral", "chain")))
    r = state(k)
    count = _count(k)
    name = rng.choose(tuple(_INTEGRANDS))
    a = read(
        k, {"gaussian": "=sharpness a k", "hinge": "=strike threshold a"}.get(name, "=a freq k coeff"), t.F32, 0.5, 2.0
    )
    how = rng.choose(("uniform", "normal", "stratified", "antithetic"))
    low, high = rng.choose(((0.0, 1.0), (-1.0, 1.0), (0.0, 2.0), (-2.0, 2.0)))
    squares = k.variable("=sum_sq total_sq", k.lit(0.0)) if opt(k, 0.4) else None
    total = k.variable("=total sum acc", k.lit(0.0))
    made = None
    if rng.chance(0.5):
        parameters = [("=x t u", t.F32, -8.0, 8.0), ("=a k coeff", t.F32, 0.5, 2.0)]

        def body(b: Body, v: list[Expr]) -> Sequence[Expr]:
            return [_INTEGRANDS[name](b, v[0], v[1])]

        made = helper(
            k,
            parameters,
            body,
            titles=(
                "integrand",
                name,
                f"eval_{name}",
                f"f_{name}",
                f"{name}_pdf" if name == "gaussian" else f"{name}_fn",
            ),
        )

    def of(x: Expr) -> Expr:
        return made.call(x, a) if made is not None else _INTEGRANDS[name](k, x, a)

    with k.loop("=s i n", count) as s:
        if how == "normal":
            x = k.let("=x z sample", draw(k, r, "randn"))
        elif how == "stratified":
            k.titles = words(
                "stratified_integral stratified_sampling jittered_integral integrate_stratified stratified_estimate"
            )
            u = (k.cast(s, t.F32) + draw(k, r, "randf")) / k.cast(count, t.F32)
            x = k.let("=x sample t_s", u if (low, high) == (0.0, 1.0) else low + (high - low) * u)
        else:
            x = k.let("=x sample u", between(k, r, low, high) if (low, high) != (0.0, 1.0) else draw(k, r, "randf"))
        if how == "antithetic":
            k.titles = ("antithetic_integral", "antithetic_estimate", "antithetic_sampling", "integrate_antithetic")
            value = k.let("=f y pair_avg", 0.5 * (of(x) + of(low + high - x if low + high else -x)))
        else:
            value = of(x)
            if squares is not None:
                value = k.let("=f y fx", value)
        if squares is not None:
            k.augment(squares, "+", value * value)
        k.augment(total, "+", value)
    _moments(k, total, squares, count, k.lit(high - low) if how != "normal" and (low, high) != (0.0, 1.0) else None)


def _option(k: Kernel) -> None:
    rng = k.rng
    style = rng.choose(("european", "asian", "barrier", "lookback"))
    call = rng.chance(0.6)
    kind = "call" if call else "put"
    k.titles = (
        f"price_{style}_{kind}",
        f"{style}_option",
        f"{style}_{kind}",
        f"mc_{style}",
        f"simulate_{style}_{kind}",
        f"{style}_{kind}_mc",
        f"price_{style}s",
    )
    launch(k, rng.choose(("option", "path", "contract")))
    r = state(k)
    paths = _count(k, "=num_paths n_paths paths")
    steps: Expr | int = k.scalar("=num_steps n_steps time_steps", t.I32, 2, 6) if rng.chance(0.4) else rng.integer(3, 8)
    spot = read(k, "=spot s0 price", t.F32, 0.8, 1.5)
    strike = read(k, "=strike k_strike x_strike", t.F32, 0.8, 1.5)
    vol = named(k, "=v sig", setting(k, "=vol sigma volatility", 0.1, 0.5, 0.2, 0.3))
    dt = named(k, "=h step_dt", setting(k, "=dt time_step", 0.01, 0.1, 0.05, 0.02))
    rate = named(k, "=mu rf", setting(k, "=rate r_free drift", 0.0, 0.1, 0.03, 0.05)) if rng.chance(0.7) else None
    barrier = read(k, "=barrier knock_out level", t.F32, 1.6, 2.5) if style == "barrier" else None
    root = k.let("=sqrt_dt root_dt vol_dt", vol * k.call("sqrt", dt))
    trend = k.let("=drift_dt trend m", (rate - 0.5 * vol * vol) * dt if rate is not None else -(0.5 * vol * vol * dt))
    payoff = k.variable("=payoff total sum_payoff", k.lit(0.0))
    squares = k.variable("=payoff_sq sum_sq", k.lit(0.0)) if opt(k, 0.35) else None
    with k.loop("=path p n", paths):
        s = k.variable("=s price_t x", spot)
        running = (
            k.variable("=running avg_sum best", k.lit(0.0) if style == "asian" else spot)
            if style in ("asian", "lookback")
            else None
        )
        out = k.variable("=alive active knocked", k.lit(1.0)) if barrier is not None else None
        with k.loop("=i t_i step", steps):
            z = k.let("=z eps dw", draw(k, r, "randn"))
            k.set(s, s * k.call("exp", trend + root * z))
            if running is not None:
                k.set(
                    running,
                    running + s
                    if style == "asian"
                    else k.call("max", running, s)
                    if not call
                    else k.call("min", running, s),
                )
            if out is not None and barrier is not None:
                with k.when(s > barrier):
                    k.set(out, 0.0)
        end: Expr = s
        if running is not None:
            end = (
                running / k.cast(steps if isinstance(steps, Expr) else k.integer(steps), t.F32)
                if style == "asian"
                else running
            )
        gain = k.call("max", end - strike if call else strike - end, 0.0)
        if style == "lookback":
            gain = s - end if call else end - s
        if out is not None:
            gain = gain * out
        if squares is not None:
            gain = k.let("=gain pay", gain)
            k.augment(squares, "+", gain * gain)
        k.augment(payoff, "+", gain)
    n = k.cast(paths, t.F32)
    price = k.let("=price value mean", payoff / n)
    if rate is not None and rng.chance(0.6):
        years = dt * k.cast(steps if isinstance(steps, Expr) else k.integer(steps), t.F32)
        write(k, "=prices values premium", price * k.call("exp", -(rate * years)))
    else:
        write(k, "=prices values premium", price)
    if squares is not None:
        write(k, "=variances var_out", k.call("max", squares / n - price * price, 0.0))


def _metropolis(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "metropolis metropolis_step mcmc_chain run_chain mh_sampler metropolis_hastings sample_posterior anneal"
    )
    launch(k, rng.choose(("chain", "walker", "replica")))
    r = state(k)
    steps = _count(k, "=num_steps n_steps sweeps")
    target = rng.choose(("normal", "double_well", "harmonic", "quartic"))

    def energy(b: Body, v: list[Expr]) -> Sequence[Expr]:
        x = v[0]
        if target == "double_well":
            w = b.let("=w d", x * x - 1.0)
            return [w * w]
        if target == "quartic":
            return [x * x * x * x]
        return [0.5 * x * x]

    made = helper(
        k,
        [("=x q", t.F32, -50.0, 50.0)],
        energy,
        titles=("energy", "potential", f"{target}_energy", f"{target}_potential", "neg_log_density", "action"),
    )
    x = k.variable("=x q current", element(k, "=x0 start init", t.F32))
    beta = named(k, "=b inv_t", setting(k, "=beta inv_temp inverse_temperature", 0.5, 2.0, 1.0))
    width = named(k, "=w step", setting(k, "=step_size proposal_width max_step", 0.1, 1.0, 0.5))
    accepted = k.variable("=accepted num_accepted moves", k.integer(0)) if rng.chance(0.7) else None
    mean = k.variable("=sum_x acc total", k.lit(0.0)) if opt(k, 0.4) else None
    old = k.variable("=e e_old energy_x", made.call(x)) if rng.chance(0.5) else None
    with k.loop("=s i sweep", steps):
        trial = k.let(
            "=x_new trial proposal",
            x + (width * draw(k, r, "randn") if rng.chance(0.5) else width * between(k, r, -1.0, 1.0)),
        )
        after = k.let("=e_new e_trial", made.call(trial)) if old is not None else made.call(trial)
        delta = k.let("=de delta diff", after - (old if old is not None else made.call(x)))
        ratio = k.call("exp", -(beta * k.call("clamp", delta, 0.0, 30.0)))
        accept = k.either(delta < 0.0, draw(k, r, "randf") < ratio) if rng.chance(0.5) else draw(k, r, "randf") < ratio
        with k.when(accept):
            k.set(x, trial)
            if old is not None:
                k.set(old, after)
            if accepted is not None:
                k.augment(accepted, "+", 1)
        if mean is not None:
            k.augment(mean, "+", x)
    write(k, "=samples states x_out chain_end", x)
    if accepted is not None:
        if rng.chance(0.5):
            write(k, "=acceptance rates accept_rate", k.cast(accepted, t.F32) / k.cast(steps, t.F32))
        else:
            write(k, "=accept_counts num_moves accepted_out", accepted)
    if mean is not None:
        write(k, "=means chain_mean averages", mean / k.cast(steps, t.F32))
    if old is not None and opt(k, 0.4):
        write(k, "=energies energy_out", old)


def _rejection(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "rejection_sample rejection_sampling accept_reject sample_by_rejection truncated_normal draw_accepted"
    )
    launch(k, "sample")
    r = state(k)
    tries = _count(k, "=max_tries max_attempts attempts")
    x = k.variable("=x accepted sample", k.lit(0.0))
    sharp = read(k, "=sharpness k lam", t.F32, 0.5, 3.0)
    used = k.variable("=tries used num_tries", k.integer(0)) if opt(k, 0.5) else None
    half = rng.choose((1.0, 2.0, 3.0))
    with k.loop("=i a attempt", tries):
        u = k.let("=u candidate y", between(k, r, -half, half))
        if used is not None:
            k.augment(used, "+", 1)
        density = k.call("exp", -(sharp * u * u)) if rng.chance(0.6) else 1.0 / (1.0 + sharp * u * u)
        with k.when(draw(k, r, "randf") < density):
            k.set(x, u)
            k.leave_loop()
    write(k, "=samples draws x_out", x)
    if used is not None:
        write(k, "=attempts tries_out num_used", used)


def _exit(k: Kernel) -> None:
    """How long until a walk leaves, a queue empties, a player is ruined."""
    rng = k.rng
    how = rng.choose(("exit", "ruin", "decay"))
    k.titles = {
        "exit": words("exit_time first_passage first_exit escape_time walk_on_interval mean_exit_time hitting_time"),
        "ruin": ("gamblers_ruin", "simulate_games", "ruin_time", "play_until_broke", "bankroll_walk"),
        "decay": ("radioactive_decay", "decay_chain", "simulate_decay", "survivors", "count_survivors"),
    }[how]
    launch(k, {"exit": "walker", "ruin": "player", "decay": "nucleus"}[how])
    r = state(k)
    limit = _count(k, "=max_steps step_limit horizon")
    if how == "decay":
        left = k.variable("=left n alive", k.call("max", read(k, "=n0 initial count", t.I32, 1, 8), 0))
        p = setting(k, "=p decay_prob p_decay", 0.05, 0.6, 0.2, 0.1)
        p = named(k, "=p_d chance", p)
        with k.loop("=s i step", limit), k.when(k.both(left > 0, draw(k, r, "randf") < p)):
            k.augment(left, "-", 1)
        write(k, "=survivors left_out remaining", left)
        return
    x = k.variable(
        "=x pos bankroll" if how == "exit" else "=bank cash wealth", element(k, "=start x0 stake", t.F32, 0.2, 0.8)
    )
    steps = k.variable("=steps n time", k.integer(0))
    size = named(k, "=s dx", setting(k, "=step_size bet amplitude", 0.05, 0.3, 0.1, 0.2))
    win = (
        named(k, "=p win", setting(k, "=win_prob p_win p_up", 0.3, 0.6, 0.5, 0.48))
        if how == "ruin" or rng.chance(0.3)
        else None
    )
    with k.loop("=i t_i k", limit):
        with k.when(k.either(x < 0.0, x > 1.0)):
            k.leave_loop()
        if win is not None:
            k.augment(x, "+", k.where(draw(k, r, "randf") < win, size, -size))
        else:
            k.augment(x, "+", size * draw(k, r, "randn"))
        k.augment(steps, "+", 1)
    write(k, "=exit_times steps_out durations", steps)
    if opt(k, 0.5):
        write(k, "=exit_side won end_side", k.where(x > 1.0, k.integer(1), k.integer(0)))
    if opt(k, 0.3):
        write(k, "=final_x end_pos end_values", x)


def _importance(k: Kernel) -> None:
    """A tail or an expectation by importance sampling, with weights."""
    rng = k.rng
    k.titles = words(
        "importance_sampling importance_estimate tail_probability self_normalized_is weighted_estimate rare_event_prob"
    )
    launch(k, "estimator")
    r = state(k)
    count = _count(k)
    shift = read(k, "=shift tilt mean_q", t.F32, 0.0, 1.5)
    threshold = setting(k, "=threshold level cut", 0.5, 2.0, 1.0, 1.5)
    threshold = named(k, "=c x_min", threshold)
    total, norm = k.variable("=total sum_wf acc", k.lit(0.0)), k.variable("=sum_w norm w_total", k.lit(0.0))
    with k.loop("=s i n", count):
        x = k.let("=x sample y", shift + draw(k, r, "randn"))
        w = k.let("=w weight ratio", k.call("exp", k.call("clamp", 0.5 * shift * shift - shift * x, -20.0, 20.0)))
        k.augment(norm, "+", w)
        with k.when(x > threshold):
            k.augment(total, "+", w)
    if rng.chance(0.5):
        write(k, "=estimates probs tail_probs", total / k.call("max", norm, 1e-6))
    else:
        write(k, "=estimates probs tail_probs", total / k.cast(count, t.F32))
    if opt(k, 0.4):
        write(k, "=weight_sums norms mean_weight", norm / k.cast(count, t.F32))


_TASKS: dict[Callable[[Kernel], None], float] = {
    _inside: 1.6,
    _integral: 2.0,
    _option: 1.6,
    _metropolis: 1.6,
    _rejection: 0.8,
    _exit: 1.2,
    _importance: 0.8,
}


@recipe("Monte Carlo estimates", "random:0.99 reduction:0.17 math:0.17", "stats finance", SINGLE)
def monte_carlo(k: Kernel) -> None:
    k.shared.differentiable = False
    k.rng.weighted(_TASKS)(k)
