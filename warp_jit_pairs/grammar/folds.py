"""How the values of a loop become one result: sums, means, extrema, tests, spreads, what depends on the order.

A fold is a generator: what comes before its first `yield` goes before the loop, the value of each turn is sent to it
inside the loop, and the rest, which writes the results, follows the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .kernel import Kernel
from .tree import Expr


@dataclass
class Loop:
    """What folds know about the loop that they are part of."""

    k: Kernel
    entity: str
    out: Callable[[str, t.Type], Expr]
    """The element of a result's array."""
    extra: Callable[[str, float, float], Expr]
    """An element of another array, inside the loop."""
    count: Callable[[], Expr]
    """How many values there were, at least one, as a number to divide by."""
    place: Expr | None = None
    """The index that says which element a turn has."""
    weights: Expr | None = None
    weight: Expr | None = None
    locates: bool = True
    """Whether it is of use to know which element an extremum is at."""
    shared: float = 0.0
    """How often threads that have a part each put these together with atomics."""
    usual: tuple[float, float] = (-0.5, 2.0)
    """Between what numbers most values are."""
    turns: bool = True
    """Whether all that a value depends on matters to which element has the most."""
    alone: bool = False
    """Whether there is one fold and nothing counts the values yet."""


FAR = 1e30
"""Beyond all values: where a search for the least or the greatest starts."""

Fold = Generator[None, Expr, None]
Maker = Callable[[Loop, str, t.Type], Fold]


def started_at(loop: Loop, kind: t.Type) -> Expr:
    """Nothing yet of a type."""
    return loop.k.zero(kind)


def total(loop: Loop, word: str, kind: t.Type) -> Fold:
    k = loop.k
    acc = k.variable(f"=!{word}_sum total_{word} {word}_acc", started_at(loop, kind))
    value = yield
    k.augment(acc, "+", value)
    yield
    if isinstance(kind, t.Scalar) and k.rng.chance(loop.shared):
        _together(loop, "add", f"=total_{word} {word}_total sum_{word}", kind, acc, 0.0)
        return
    k.set(loop.out(f"=total_{word} {word}_total summed_{word}", kind), acc)


def _together(loop: Loop, how: str, names: str, kind: t.Type, value: Expr, start: float) -> None:
    """Add a thread's part to what all of them make."""
    k = loop.k
    whole = k.array(names, kind, (k.dim(1, fixed=True),), "inout", low=start, high=start)
    k.do(k.call(f"atomic_{how}", whole, k.integer(0), value, gives=kind))


def mean(loop: Loop, word: str, kind: t.Type) -> Fold:
    k = loop.k
    acc = k.variable(f"=!{word}_sum sum_{word} {word}_acc", started_at(loop, kind))
    value = yield
    k.augment(acc, "+", value)
    yield
    k.set(loop.out(f"=mean_{word} avg_{word} {word}_mean", kind), acc / loop.count())


def weighted(loop: Loop, word: str, kind: t.Type) -> Fold:
    k = loop.k
    acc = k.variable(f"=!weighted_{word} {word}_acc", started_at(loop, kind))
    norm = loop.weights
    if norm is None:
        norm = loop.weights = k.variable("=weight_sum total_weight w_sum norm", k.lit(0.0))
    value = yield
    w = loop.weight
    if w is None:
        # All values of an element have the same weight.
        element = loop.extra(f"=weights {loop.entity}_weight {loop.entity}_importance", 0.1, 2.0)
        w = loop.weight = k.let("=w weight importance", element)
        k.augment(norm, "+", w)
    k.augment(acc, "+", w * value)
    yield
    k.set(loop.out(f"=weighted_mean_{word} mean_{word} {word}_mean", kind), acc / k.call("max", norm, 1e-6))


def largest(loop: Loop, word: str, kind: t.Type) -> Fold:
    return _extreme(loop, word, kind, True)


def smallest(loop: Loop, word: str, kind: t.Type) -> Fold:
    return _extreme(loop, word, kind, False)


def _extreme(loop: Loop, word: str, kind: t.Type, most: bool) -> Fold:
    k, rng = loop.k, loop.k.rng
    side = "max" if most else "min"
    located = loop.locates and loop.shared < 1.0
    form = rng.weighted({"call": 2.0, "branch": 1.0, "place": 2.0 if located else 0.0})
    best = k.variable(f"=!{side}_{word} best_{word} {word}_best", k.lit(-FAR if most else FAR))
    where = k.variable(f"=!{side}_idx best_idx best arg_{word}", k.integer(-1)) if form == "place" else None
    value = yield
    if form == "call":
        k.set(best, k.call(side, best, value))
    else:
        with k.when(value > best if most else value < best):
            k.set(best, value)
            if where is not None and loop.place is not None:
                k.set(where, loop.place)
    yield
    if where is None and rng.chance(loop.shared):
        _together(loop, side, f"={word}_{side} {side}_{word}_out {side}_{word}_all", kind, best, -FAR if most else FAR)
        loop.k.shared.differentiable = False
        return
    if where is not None:
        k.set(loop.out(f"=arg{side}_{word} {word}_arg{side} {side}_{word}_idx", t.I32), where)
    # What is in proportion to all values moves none of them to another place.
    if where is None or not loop.turns or rng.chance(0.6):
        k.set(loop.out(f"={side}_{word}_out {word}_{side} out_{side}_{word}", kind), best)
    loop.k.shared.differentiable = False


def spread(loop: Loop, word: str, kind: t.Type) -> Fold:
    """Variance or deviation, by sums of squares or by Welford's way."""
    k, rng = loop.k, loop.k.rng
    # Welford's way counts the values for itself.
    welford = loop.alone and rng.chance(0.45)
    if welford:
        seen = k.variable("=seen n_seen num_seen", k.lit(0.0))
        center = k.variable(f"=!{word}_avg mean_{word} running_mean", k.lit(0.0))
        m2 = k.variable(f"=!{word}_m2 m2 sq_dev", k.lit(0.0))
        value = yield
        k.augment(seen, "+", k.lit(1.0))
        d = k.let("=d dev delta", value - center)
        k.augment(center, "+", d / seen)
        k.augment(m2, "+", d * (value - center))
        yield
        var: Expr = m2 / k.call("max", seen, 1.0)
    else:
        acc = k.variable(f"=!{word}_sum sum_{word}", k.lit(0.0))
        squares = k.variable(f"=!{word}_sq_sum {word}_sq sum_sq", k.lit(0.0))
        value = yield
        k.augment(acc, "+", value)
        k.augment(squares, "+", value * value)
        yield
        count = loop.count()
        center = k.let(f"=!{word}_avg mean_{word} avg", acc / count)
        if rng.chance(0.4):
            k.set(loop.out(f"=mean_{word} {word}_mean avg_{word}", kind), center)
        var = k.call("max", squares / count - center * center, 0.0)
    if rng.chance(0.5):
        k.set(loop.out(f"=std_{word} {word}_std {word}_sigma", kind), k.call("sqrt", var))
    else:
        k.set(loop.out(f"=var_{word} {word}_var {word}_variance", kind), var)


def extent(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The range of numbers, or the corners of the box around vectors."""
    k, rng = loop.k, loop.k.rng
    number = isinstance(kind, t.Scalar)
    low = k.variable(f"=!lo_{word} {word}_lo min_{word}", k.lit(FAR) if number else k.make(kind, FAR))
    high = k.variable(f"=!hi_{word} {word}_hi max_{word}", k.lit(-FAR) if number else k.make(kind, -FAR))
    value = yield
    k.set(low, k.call("min", low, value))
    k.set(high, k.call("max", high, value))
    yield
    if number and rng.chance(0.5):
        k.set(loop.out(f"={word}_range {word}_spread", kind), high - low)
    else:
        lower, upper = rng.choose((("lower", "upper"), ("min", "max"), ("min", "max")))
        form = "{}_{}" if rng.chance(0.5) else "{1}_{0}_out"
        k.set(loop.out(f"={form.format(word, lower)}", kind), low)
        k.set(loop.out(f"={form.format(word, upper)}", kind), high)


def above(loop: Loop, word: str, kind: t.Type) -> Fold:
    """How many pass a limit, which share of them, or by how much."""
    k, rng = loop.k, loop.k.rng
    how = rng.choose(("count", "share", "excess"))
    limit = k.scalar(f"={word}_threshold {word}_cutoff {word}_level", k.real, *loop.usual)
    more = rng.chance(0.7)
    side = "above" if more else "below"
    if how == "excess":
        acc = k.variable(f"=!{word}_excess excess_{word}" if more else f"=!{word}_deficit {word}_shortfall", k.lit(0.0))
        value = yield
        k.augment(acc, "+", k.call("max", value - limit if more else limit - value, 0.0))
        yield
        k.set(loop.out(f"={'excess' if more else 'deficit'}_{word} {word}_{side}", kind), acc)
        return
    n = k.variable(f"=!num_{word}_{side} n_{side} num_{side}", k.integer(0))
    value = yield
    with k.when(value > limit if more else value < limit):
        k.augment(n, "+", 1)
    yield
    if how == "count":
        k.set(loop.out(f"=num_{word}_{side} {word}_{side}_count", t.I32), n)
    else:
        k.set(loop.out(f"=share_{word}_{side} {word}_{side}_fraction", k.real), k.cast(n, k.real) / loop.count())


def root_mean_square(loop: Loop, word: str, kind: t.Type) -> Fold:
    k, rng = loop.k, loop.k.rng
    acc = k.variable(f"=!{word}_sq_sum sum_sq_{word} {word}_sq", k.lit(0.0))
    value = yield
    if isinstance(kind, t.Vector):
        square = k.call("length_sq", value) if rng.chance(0.5) else k.call("dot", value, value)
    else:
        square = value * value
    k.augment(acc, "+", square)
    yield
    if isinstance(kind, t.Vector) and rng.chance(0.3):
        k.set(loop.out(f"={word}_norm norm_{word} {word}_l2", k.real), k.call("sqrt", acc))
    else:
        k.set(loop.out(f"=rms_{word} {word}_rms", k.real), k.call("sqrt", acc / loop.count()))


def log_sum(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The logarithm of a sum of exponentials in one pass."""
    k = loop.k
    peak = k.variable(f"=!{word}_peak peak m", k.lit(-FAR))
    acc = k.variable("=exp_sum acc s", k.lit(0.0))
    value = yield
    new_peak = k.let("=new_peak m_new", k.call("max", peak, value))
    k.set(acc, acc * k.call("exp", peak - new_peak) + k.call("exp", value - new_peak))
    k.set(peak, new_peak)
    yield
    k.set(loop.out(f"={word}_lse lse_{word} log_sum_exp", kind), peak + k.call("log", k.call("max", acc, 1e-12)))
    k.shared.differentiable = False


def against(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The mean error against values that were measured."""
    k, rng = loop.k, loop.k.rng
    squared = rng.chance(0.5)
    acc = k.variable("=error_sum err_acc loss", k.lit(0.0))
    low, high = loop.usual
    value = yield
    aim = loop.extra(f"=measured_{word} observed_{word} {word}_target", low, high)
    if squared:
        r = k.let("=r residual err", value - aim)
        k.augment(acc, "+", r * r)
    else:
        k.augment(acc, "+", k.call("abs", value - aim))
    yield
    if squared and rng.chance(0.4):
        k.set(loop.out(f"={word}_rmse rmse", kind), k.call("sqrt", acc / loop.count()))
    else:
        k.set(loop.out(f"={word}_mse mse" if squared else f"={word}_mae mean_abs_error", kind), acc / loop.count())


def runner_up(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The two largest."""
    k = loop.k
    best = k.variable(f"=!best_{word} top_{word} {word}_best", k.lit(-FAR))
    second = k.variable(f"=!second_{word} next_best {word}_second", k.lit(-FAR))
    value = yield
    with k.when(value > best):
        k.set(second, best)
        k.set(best, value)
    with k.otherwise_when(value > second):
        k.set(second, value)
    yield
    if k.rng.chance(0.5):
        k.set(loop.out(f"={word}_margin margin", kind), best - second)
    else:
        k.set(loop.out(f"=largest_{word} {word}_top", kind), best)
        k.set(loop.out(f"=second_largest_{word} {word}_second_out", kind), second)
    k.shared.differentiable = False


def longest(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The longest vector, and which it is."""
    k = loop.k
    best = k.variable(f"=!max_{word}_len best_len longest", k.lit(-1.0))
    where = k.variable("=best_idx arg_max longest_idx", k.integer(-1)) if k.rng.chance(0.5) else None
    value = yield
    size = k.let(f"=!{word}_len {word}_mag mag", k.call("length", value))
    with k.when(size > best):
        k.set(best, size)
        if where is not None and loop.place is not None:
            k.set(where, loop.place)
    yield
    if where is not None:
        k.set(loop.out(f"=longest_{word}_idx {word}_argmax", t.I32), where)
    k.set(loop.out(f"=longest_{word} {word}_max_len", k.real), best)
    k.shared.differentiable = False


def flagged(loop: Loop, word: str, kind: t.Type) -> Fold:
    """How many pass a test, or which share of them."""
    k, rng = loop.k, loop.k.rng
    n = k.variable(f"=!num_{word} n_{word} {word}_hits", k.integer(0))
    value = yield
    with k.when(value):
        k.augment(n, "+", 1)
    yield
    if rng.chance(loop.shared):
        _together(loop, "add", f"=num_{word}_out {word}_count count", t.I32, n, 0)
    elif rng.chance(0.35):
        k.set(loop.out(f"={word}_fraction share_{word}", k.real), k.cast(n, k.real) / loop.count())
    else:
        k.set(loop.out(f"={word}_count num_{word}_out", t.I32), n)


def found(loop: Loop, word: str, kind: t.Type) -> Fold:
    """The first that passes a test, or whether any does: nobody looks further."""
    k = loop.k
    first = loop.locates and k.rng.chance(0.5)
    if first:
        result = k.variable(f"=!first_{word} {word}_at", k.integer(-1))
    else:
        result = k.variable(f"=!any_{word} has_{word} found", k.lit(False, t.BOOL))
    value = yield
    with k.when(value):
        k.set(result, loop.place if first and loop.place is not None else k.lit(True, t.BOOL))
        k.leave_loop()
    yield
    k.set(
        loop.out(f"=first_{word}_idx {word}_first" if first else f"={word}_found any_{word}_out", result.type), result
    )
    k.shared.differentiable = False
