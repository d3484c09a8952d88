"""Kernels that add up, count and classify quantities by the laws of a sheet."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .adjust import shares
from .build import Dim
from .kernel import Kernel
from .kinship import more_laws
from .law_numbers import short
from .laws import Law, Sheet
from .likely import middle, part
from .names import plural
from .purposes import purpose
from .scene import NoValue, Scene
from .studies import law_for, scene_of, spoken, store, study, suppress_value, threads
from .tree import Expr


def _number(k: Kernel, category: str) -> tuple[Sheet, Law]:
    """A law that gives a number."""
    for _ in range(30):
        field, law = law_for(k, category)
        number = field.quantity(law.gives[0]).type == "real" and not field.term(law.gives[0]).prefix
        if number and len(law.gives) == 1 and "rng" not in law.takes:
            return field, law
    raise NoValue(f"no law of {category} gives a number")


@study(
    "totals, extremes and counts over all elements or by group, with atomics",
    "atomic:13 reduction:3 combined:1.5 struct:1",
)
def tally(k: Kernel, category: str) -> None:
    rng = k.rng
    for _ in range(20):
        field, law = _number(k, category)
        ways = _ways(field, law)
        if ways:
            break
    else:
        raise NoValue(f"nothing of {category} adds up")
    scene, law = scene_of(k, category, field, law)
    threads(scene, category, law)
    value = scene.apply(law, scene.depth)[0]
    term = scene.sheet.term(law.gives[0])
    word = scene.names.called(term)
    e = scene.names.entity
    if value.type is not k.real or not 0.0 < value.high - value.low < 2e3:
        ways.pop("bins", None)
    if not ways:
        raise NoValue(law.name)
    how = rng.weighted(ways)
    k.gap()
    place, dims, owner = _place(scene, how)
    what = law.name
    if how == "add":
        names = f"=total_{word} {word}_sum {owner}_{word} sum_{word}"
        k.do(k.call("atomic_add", _total(k, names, value.type, dims, 0.0), place, value, gives=value.type))
        verbs: tuple[str, ...] = ("accumulate", "sum", "reduce", "total")
    elif how in ("max", "min"):
        names = f"={how}_{word} {word}_{how} {owner}_{how}_{word}"
        start = (-1e6 if value.low < 0.0 else 0.0) if how == "max" else 1e6
        k.do(k.call(f"atomic_{how}", _total(k, names, k.real, dims, start), place, value, gives=k.real))
        other = "min" if how == "max" else "max"
        if other in ways and rng.chance(0.3):
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
    elif how == "mean":
        weight = scene.load_extra(f"=weights weight {e}_weight", k.real, 0.1, 2.0, "=w weight")
        weighted = _total(k, f"=weighted_{word} {word}_sum sum_{word}", k.real, dims, 0.0)
        weights = _total(k, "=weight_sum total_weight sum_weights", k.real, dims, 0.0)
        k.do(k.call("atomic_add", weighted, place, weight * value, gives=k.real))
        k.do(k.call("atomic_add", weights, place, weight, gives=k.real))
        verbs = ("accumulate_weighted", "weighted_sum", "accumulate")
    elif how == "count":
        low, high = middle(scene.likely(law.gives[0])) or (0.0, 1.0)
        limit = k.scalar(f"={word}_threshold threshold max_{word} cutoff", k.real, low, high)
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
        low, high = middle(scene.likely(law.gives[0]), 0.02) or (value.low, value.high)
        lo = k.scalar(f"=min_{word} lo bin_min {word}_lo", k.real, low, low + 0.2 * (high - low))
        width = k.scalar("=bin_width bin_size width", k.real, 0.1 * (high - low), 0.4 * (high - low))
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
    if k.shared.size == "large":
        for one in more_laws(scene, law, category, rng.integer(1, 3)):
            if shares(scene.sheet, scene.sheet.term(one.gives[0])) and len(one.gives) == 1:
                with suppress_value():
                    k.gap()
                    extra = scene.apply(one, scene.depth)[0]
                    other = scene.names.called(scene.sheet.term(one.gives[0]))
                    total = _total(k, f"=!total_{other} {other}_sum {owner}_{other}", extra.type, dims, 0.0)
                    k.do(k.call("atomic_add", total, place, extra, gives=extra.type))
    if rng.chance(0.2):
        store(scene, term, value)
    k.titles = (
        *(f"{verb}_{what}" for verb in verbs),
        f"{owner}_{word}_stats",
        f"reduce_{word}",
        f"{verbs[0]}_{e}_{word}",
    )
    each = plural(e.replace("_", " "))
    whole = f"over all {each}" if owner == e else f"over the {each} of each {owner}"
    k.about = {
        "add": f"Sum the {spoken(law.gives[0])} {whole}.",
        "mean": f"Accumulate the weighted {spoken(law.gives[0])} {whole}.",
        "max": f"Largest {spoken(law.gives[0])} {whole}.",
        "min": f"Smallest {spoken(law.gives[0])} {whole}.",
        "count": f"Count the {each} whose {spoken(law.gives[0])} is beyond the threshold.",
        "bins": f"Histogram of the {spoken(law.gives[0])} {whole}.",
        "moments": f"Accumulate the first two moments of the {spoken(law.gives[0])} {whole}.",
    }[how]


def _ways(field: Sheet, law: Law) -> dict[str, float]:
    """What totals of a law's values mean something."""
    wanted = purpose(field, law)
    across = wanted.across if wanted is not None else {}
    graded = bool({"above", "extent", "spread"} & set(across))
    ways = {
        "add": 8.0 if shares(field, field.term(law.gives[0])) else 0.0,
        "max": 2.0 if "largest" in across else 0.0,
        "min": 1.5 if "smallest" in across else 0.0,
        "count": 2.0 if "above" in across else 0.0,
        "mean": 2.0 if {"weighted", "against"} & set(across) else 0.0,
        "bins": 2.0 if graded else 0.0,
        "moments": 1.5 if "spread" in across else 0.0,
    }
    return {how: weight for how, weight in ways.items() if weight}


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
        world = site.index[0]
        named = isinstance(world, tree.Name) and len(world.id) > 2 and world.id.isalpha()
        return world, site.dims[:1], world.id if named and isinstance(world, tree.Name) else "batch"
    if where == "group":
        dim, index, word = scene.of_group()
        return index, (dim,), word
    return k.integer(0), (k.dim(1, fixed=True),), scene.names.entity


def _total(k: Kernel, kind: str, value: t.Type, dims: tuple[Dim, ...], start: float) -> Expr:
    return k.array(kind, value, dims, "inout", low=start, high=start)


_GRADED = (
    *("number", "ratio", "index", "slope", "speed", "temperature", "risk", "score", "level", "magnitude"),
    *("probability", "pressure", "strain", "stress", "humidity", "concentration", "age", "luminance"),
    *("altitude", "exposure", "height", "depth", "volatility", "contrast", "saturation", "clearance"),
)
"""What people sort things by: words in the names of quantities."""


@study(
    "elements told apart by what holds for them",
    "control_flow:6 integer:1 arithmetic:2 combined:1 geometry:1",
    0.4,
)
def classify(k: Kernel, category: str) -> None:
    rng = k.rng
    for turn in range(24):
        field, law = _number(k, category if category not in ("integer", "control_flow") and turn < 6 else "")
        wanted = purpose(field, law)
        if set(law.gives[0].split("_")) & set(_GRADED) and wanted is not None and wanted.across:
            break
    else:
        raise NoValue(f"nothing of {category} has grades")
    scene, law = scene_of(k, category, field, law)
    threads(scene, category, law)
    e = scene.names.entity
    value = scene.apply(law, scene.depth)[0]
    word = scene.names.called(scene.sheet.term(law.gives[0]))
    k.gap()
    site = scene.sites[""]
    numbers = scene.likely(law.gives[0])
    count = rng.weighted({1: 4.0, 2: 4.0, 3: 0.7})
    if not numbers or part(numbers, 0.2) == part(numbers, 0.8):
        raise NoValue(f"nobody knows what {law.name} is mostly like")
    named = rng.chance(0.35) and k.real is t.F32
    limits = []
    levels = {1: ("max",), 2: ("low", "high"), 3: ("low", "mid", "high")}[count]
    for n, level in enumerate(levels):
        # As many are in each class.
        low, high = (part(numbers, (n + 1.0 + side) / (count + 1)) for side in (-0.3, 0.3))
        kind = f"={word}_threshold threshold {word}_limit" if count == 1 else f"=!{level}_{word} {word}_{level}"
        if named:
            limits.append(k.constant(short((low + high) / 2.0), k.real, kind))
        else:
            limits.append(k.scalar(kind, k.real, low, high))
    values = (-1, 0, 1) if count == 2 and rng.chance(0.3) else tuple(range(count + 1))
    label = k.variable(f"=label {word}_class level category", k.integer(values[0]), False)
    order = range(count - 1, -1, -1) if count > 1 else range(1)
    for position, n in enumerate(order):
        test = value > limits[n]
        with k.when(test) if position == 0 else k.otherwise_when(test):
            k.set(label, values[n + 1])
    k.gap()
    k.set(k.array(f"={e}_class labels {word}_class classes", t.I32, site.dims, "out")[site.index], label)
    if rng.chance(0.3):
        store(scene, scene.sheet.term(law.gives[0]), value)
    k.titles = (
        f"classify_{plural(e)}",
        f"classify_{word}",
        f"threshold_{word}",
        f"label_{plural(e)}",
        f"{e}_{word}_class",
        f"categorize_{plural(e)}",
        f"mark_{word}",
    )
    k.about = f"Classify each {e.replace('_', ' ')} by its {spoken(law.gives[0])}."
