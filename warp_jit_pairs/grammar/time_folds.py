"""How the values of a loop become one result where their order matters: changes, fading, integrals, streaks."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .folds import FAR, Fold, Loop, started_at


def variation(loop: Loop, word: str, kind: t.Type) -> Fold:
    """How much it changes from one to the next."""
    k, rng = loop.k, loop.k.rng
    largest = rng.chance(0.4) and isinstance(kind, t.Scalar)
    last = k.variable(f"=!prev_{word} last_{word} {word}_prev", started_at(loop, kind))
    first = k.variable("=started has_prev seen_first", k.lit(False, t.BOOL))
    acc = k.variable(f"=!{word}_change {word}_path {word}_jump", k.lit(0.0))
    value = yield
    change = k.call("abs" if isinstance(kind, t.Scalar) else "length", value - last)
    with k.when(first):
        if largest:
            k.set(acc, k.call("max", acc, change))
        else:
            k.augment(acc, "+", change)
    k.set(last, value)
    k.set(first, k.lit(True, t.BOOL))
    yield
    k.set(loop.out(f"=max_{word}_jump" if largest else f"={word}_variation {word}_travel", k.real), acc)
    k.shared.differentiable = False


def smoothed(loop: Loop, word: str, kind: t.Type) -> Fold:
    """An exponential average."""
    k = loop.k
    acc = k.variable(f"=!{word}_ema ema_{word} smooth_{word}", started_at(loop, kind))
    started = k.variable("=started has_prev seen_first", k.lit(False, t.BOOL))
    rate = k.scalar("=alpha smoothing ema_alpha", k.real, 0.1, 0.9)
    value = yield
    with k.when(started):
        k.augment(acc, "+", rate * (value - acc))
    with k.otherwise():
        k.set(acc, value)
        k.set(started, k.lit(True, t.BOOL))
    yield
    k.set(loop.out(f"=smoothed_{word} {word}_smooth", kind), acc)
    k.shared.differentiable = False


def discounted(loop: Loop, word: str, kind: t.Type) -> Fold:
    """A sum in which later values count less."""
    k = loop.k
    gamma = k.scalar("=gamma discount", k.real, 0.8, 0.99)
    acc = k.variable(f"=!{word}_return discounted", started_at(loop, kind))
    factor = k.variable("=factor weight gamma_t", k.lit(1.0))
    value = yield
    k.augment(acc, "+", factor * value)
    k.set(factor, factor * gamma)
    yield
    k.set(loop.out(f"=discounted_{word} {word}_return_out", kind), acc)
    k.shared.differentiable = False


def drawdown(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The deepest fall from the highest value so far."""
    k = loop.k
    peak = k.variable(f"=!peak_{word} {word}_peak", k.lit(-FAR))
    worst = k.variable("=worst max_drop deepest", k.lit(0.0))
    value = yield
    k.set(peak, k.call("max", peak, value))
    k.set(worst, k.call("max", worst, peak - value))
    yield
    k.set(loop.out(f"=max_drawdown {word}_drawdown", kind), worst)
    k.shared.differentiable = False


def trapezoid(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The area under it, by time steps of one length or by the time of each value."""
    k, rng = loop.k, loop.k.rng
    area = k.variable(f"=!{word}_area area_{word} {word}_integral", started_at(loop, kind))
    names = f"=integrated_{word} {word}_integral_out {word}_auc"
    if rng.chance(0.4):
        dt = k.scalar("=dt sample_period time_step", k.real, 0.01, 0.5)
        value = yield
        k.augment(area, "+", value * dt)
        yield
        k.set(loop.out(names, kind), area)
        return
    last_x = k.variable("=prev_t t_prev last_t", k.lit(0.0))
    last = k.variable(f"=!prev_{word} {word}_prev last_{word}", started_at(loop, kind))
    started = k.variable("=started has_prev seen_first", k.lit(False, t.BOOL))
    value = yield
    x = k.let("=t t_cur", loop.extra(f"=times timestamps {loop.entity}_time", 0.0, 4.0))
    with k.when(started):
        k.augment(area, "+", 0.5 * (x - last_x) * (value + last))
    k.set(started, k.lit(True, t.BOOL))
    k.set(last_x, x)
    k.set(last, value)
    yield
    k.set(loop.out(names, kind), area)
    k.shared.differentiable = False


def streak(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The longest run above a limit."""
    k = loop.k
    limit = k.scalar(f"={word}_threshold {word}_cutoff {word}_level", k.real, *loop.usual)
    run = k.variable("=run streak run_len", k.integer(0))
    longest = k.variable("=longest best_run max_run", k.integer(0))
    value = yield
    with k.when(value > limit):
        k.augment(run, "+", 1)
        k.set(longest, k.call("max", longest, run))
    with k.otherwise():
        k.set(run, k.integer(0))
    yield
    k.set(loop.out(f"=longest_{word}_run {word}_streak", t.I32), longest)
    k.shared.differentiable = False
