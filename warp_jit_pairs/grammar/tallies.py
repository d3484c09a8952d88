"""Kernels that add up, count and classify quantities by the laws of a sheet."""

from __future__ import annotations

from math import isfinite

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .laws import Law
from .names import plural
from .scene import Scene
from .studies import also, deliver, more_laws, scene_for, spoken, store, study, suppress_value, threads
from .tree import Expr


def _number(k: Kernel, category: str) -> tuple[Scene, Law]:
    """A scene about a law that gives a number."""
    for _ in range(10):
        scene, law = scene_for(k, category)
        if scene.sheet.quantity(law.gives[0]).type == "real" and len(law.gives) == 1 and "rng" not in law.takes:
            return scene, law
    return scene, law


@study(
    "totals, extremes and counts over all elements or by group, with atomics",
    "atomic:13 reduction:3 combined:1.5 struct:1",
    "reduction",
)
def tally(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = _number(k, category)
    threads(scene, category)
    value = scene.apply(law, scene.depth)[0]
    term = scene.sheet.term(law.gives[0])
    word = scene.names.called(term)
    e = scene.names.entity
    real = value.type is k.real
    summed = term.base in scene.sheet.summed
    ways = {
        "add": 6.0 if summed else 2.5,
        "max": 2.0 if real else 0.0,
        "min": 1.5 if real else 0.0,
        "count": 2.0 if real else 0.0,
        "bins": 2.0 if real and isfinite(value.high - value.low) and value.high > value.low else 0.0,
        "moments": 1.0 if real else 0.0,
    }
    how = rng.weighted(ways)
    k.gap()
    place, dims, owner = _place(scene, how)
    what = law.name
    if how == "add":
        names = f"=total_{word} {word}_sum {owner}_{word} sum_{word}"
        result: Expr = value
        if real and rng.chance(0.3):
            result = value * scene.load_extra(f"=weights weight {e}_weight", k.real, 0.1, 2.0, "=w weight")
        k.do(k.call("atomic_add", _total(k, names, value.type, dims, 0.0), place, result, gives=value.type))
        verbs: tuple[str, ...] = ("accumulate", "sum", "reduce", "total")
    elif how in ("max", "min"):
        names = f"={how}_{word} {word}_{how} {owner}_{how}_{word}"
        start = (-1e6 if value.low < 0.0 else 0.0) if how == "max" else 1e6
        k.do(k.call(f"atomic_{how}", _total(k, names, k.real, dims, start), place, value, gives=k.real))
        if rng.chance(0.3):
            other = "min" if how == "max" else "max"
            k.do(
                k.call(
                    f"atomic_{other}",
                    _total(k, f"={other}_{word} {word}_{other}", k.real, dims, 1e6 if other == "min" else -1e6),
                    place,
                    value,
                    gives=k.real,
                )
            )
        verbs = (f"find_{how}", f"reduce_{how}", f"{how}")
    elif how == "count":
        low, high = (value.low, value.high) if isfinite(value.low) and isfinite(value.high) else (-1.0, 1.0)
        middle = (low + high) / 2.0
        spread = (high - low) / 4.0 or 0.5
        limit = k.scalar(f"={word}_threshold threshold max_{word} cutoff", k.real, middle - spread, middle + spread)
        counts = _total(k, f"=count num_above {owner}_count counter hits", t.I32, dims, 0)
        with k.when(value > limit if rng.chance(0.7) else value < limit):
            k.do(k.call("atomic_add", counts, place, 1, gives=t.I32))
            if rng.chance(0.3):
                k.do(
                    k.call(
                        "atomic_add",
                        _total(k, f"=total_{word} {word}_sum", k.real, dims, 0.0),
                        place,
                        value,
                        gives=k.real,
                    )
                )
        verbs = ("count", "count_high", "tally")
    elif how == "bins":
        bins = k.dim(8)
        low, high = max(value.low, -100.0), min(value.high, 100.0)
        lo = k.scalar(f"=min_{word} lo bin_min {word}_lo", k.real, low, low + 0.2 * (high - low))
        width = k.scalar("=bin_width bin_size width", k.real, 0.1 * (high - low) + 0.01, 0.4 * (high - low) + 0.02)
        count = k.scalar("=num_bins n_bins bin_count", t.I32, 1, 64, equals=bins.symbol)
        raw = k.let("=b bin_f raw", k.cast(k.call("floor", (value - lo) / width), t.I32))
        index = k.let("=bin bin_idx slot bin_id", k.call("clamp", raw, k.integer(0), count - 1))
        histogram = k.array(f"=histogram hist {word}_hist bins", t.I32, (bins,), "inout", low=0, high=0)
        k.do(k.call("atomic_add", histogram, index, 1, gives=t.I32))
        if rng.chance(0.4):
            sums = k.array(f"=bin_sum {word}_per_bin bin_{word}", k.real, (bins,), "inout", low=0.0, high=0.0)
            k.do(k.call("atomic_add", sums, index, value, gives=k.real))
        verbs = ("histogram", "bin", "accumulate_histogram")
    else:
        k.do(
            k.call(
                "atomic_add", _total(k, f"={word}_sum sum_{word} total", k.real, dims, 0.0), place, value, gives=k.real
            )
        )
        k.do(
            k.call(
                "atomic_add",
                _total(k, f"={word}_sq_sum sum_sq sum_{word}_sq", k.real, dims, 0.0),
                place,
                value * value,
                gives=k.real,
            )
        )
        if rng.chance(0.5):
            k.do(k.call("atomic_add", _total(k, "=count n num_samples", t.I32, dims, 0), place, 1, gives=t.I32))
        verbs = ("accumulate_moments", "moments_of", "accumulate")
    if k.shared.size != "small":
        for one in more_laws(
            scene, law, category, rng.integer(0, 1) if k.shared.size == "medium" else rng.integer(4, 12)
        ):
            with suppress_value():
                k.gap()
                for name, extra in zip(one.gives, scene.apply(one, scene.depth), strict=True):
                    base = scene.sheet.term(name).base
                    if base in scene.sheet.summed and extra.type in (k.real, t.vec(3, k.real), t.vec(2, k.real)):
                        other = scene.names.called(scene.sheet.term(name))
                        k.do(
                            k.call(
                                "atomic_add",
                                _total(k, f"=total_{other} {other}_sum {owner}_{other}", extra.type, dims, 0.0),
                                place,
                                extra,
                                gives=extra.type,
                            )
                        )
                    else:
                        deliver(scene, name, extra)
    if rng.chance(0.2):
        store(scene, term, value)
    k.titles = (
        *(f"{verb}_{what}" for verb in verbs),
        f"{owner}_{word}_stats",
        f"reduce_{word}",
        f"{verbs[0]}_{e}_{word}",
    )
    whole = "all " + plural(e.replace("_", " ")) if owner == e else f"each {owner}"
    k.about = f"{verbs[0].replace('_', ' ').capitalize()} the {spoken(what)} over {whole}."


def _place(scene: Scene, how: str) -> tuple[Expr, tuple[Dim, ...], str]:
    """Where a total goes: one place, that of the element's group, that of its world."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    ways = {
        "one": 3.0,
        "group": 3.0 if scene.sheet.groups and how != "bins" else 0.0,
        "world": 4.0 if len(site.dims) == 2 else 0.0,
    }
    where = rng.weighted(ways)
    if where == "world" and how != "bins":
        return site.index[0], site.dims[:1], scene.names.entity
    if where == "group":
        dim, index, word = scene.of_group()
        return index, (dim,), word
    return k.integer(0), (k.dim(1, fixed=True),), scene.names.entity


def _total(k: Kernel, kind: str, value: t.Type, dims: tuple[Dim, ...], start: float) -> Expr:
    return k.array(kind, value, dims, "inout", low=start, high=start)


@study(
    "elements told apart by what holds for them", "control_flow:8 integer:1.5 arithmetic:1 combined:1 geometry:1", "map"
)
def classify(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = _number(k, category if category != "integer" else "control_flow")
    threads(scene, category)
    e = scene.names.entity
    value = scene.apply(law, scene.depth)[0]
    word = scene.names.called(scene.sheet.term(law.gives[0]))
    k.gap()
    site = scene.sites[""]
    low, high = (
        (value.low, value.high) if isfinite(value.low) and isfinite(value.high) and value.high < 1e4 else (-1.0, 2.0)
    )
    count = rng.weighted({1: 4.0, 2: 4.0, 3: 1.5})
    step = (high - low) / (count + 1)
    named = rng.chance(0.35)
    limits = []
    for n in range(count):
        middle = low + step * (n + 1)
        if count == 1:
            kind = f"={word}_threshold threshold max_{word} {word}_limit"
        else:
            kind = f"={('low', 'high', 'very_high')[n]}_{word} {word}_{('lo', 'hi', 'top')[n]} threshold_{n}"
        limits.append(
            k.constant(round(middle, 2), k.real, kind)
            if named and k.real is t.F32
            else k.scalar(kind, k.real, middle - 0.3 * step, middle + 0.3 * step)
        )
    values = rng.choose((tuple(range(count + 1)), tuple(range(count, -1, -1)), (-1, 0, 1, 2)[: count + 1]))
    label = k.variable(
        rng.choose((f"={word}_class label", "=label state kind", f"=level {word}_level", f"=category {e}_class")),
        k.integer(values[0]),
        False,
    )
    extra = rng.chance(0.4)
    scaled = k.variable(f"={word}_adj adjusted result", value, False) if extra else None
    order = range(count - 1, -1, -1) if count > 1 else range(1)
    for position, n in enumerate(order):
        test = value > limits[n]
        context = k.when(test) if position == 0 else k.otherwise_when(test)
        with context:
            k.set(label, values[n + 1])
            if scaled is not None:
                how = rng.integer(0, 2)
                if how == 0:
                    k.set(scaled, limits[n])
                elif how == 1:
                    k.set(scaled, limits[n] + (value - limits[n]) * k.choose_lit(0.5, 0.25, 0.1))
                else:
                    k.set(scaled, value * k.choose_lit(0.5, 0.25, 0.9))
    k.gap()
    k.set(k.array(f"={e}_class labels {e}_state {word}_class classes", t.I32, site.dims, "out")[site.index], label)
    if scaled is not None:
        deliver(scene, law.gives[0], scaled)
    if k.shared.size == "large":
        also(scene, law, category, 5, 13)
    k.titles = (
        f"classify_{plural(e)}",
        f"classify_{word}",
        f"threshold_{word}",
        f"label_{plural(e)}",
        f"{e}_{word}_class",
        f"categorize_{plural(e)}",
        f"mark_{word}",
    )
    k.about = f"Classify each {e.replace('_', ' ')} by its {spoken(law.name)}."
