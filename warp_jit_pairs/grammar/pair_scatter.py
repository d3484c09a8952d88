"""Kernels with a thread for each listed pair of elements, which add up or compare with atomics."""

from __future__ import annotations

from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .encounters import beyond, close_scene, others, pair_scene, pair_word, pass_over, structured
from .kernel import Kernel
from .laws import Law
from .likely import middle
from .names import plural
from .pair_laws import Sides, share, swapped
from .scene import Scene, Site
from .studies import spoken, study, suppress_value
from .topics import batch_word
from .tree import Expr


class Pairs:
    """The threads of listed pairs, of one world or of several: where a pair, its two elements and totals lie."""

    def __init__(self, scene: Scene, category: str, law: Law) -> None:
        k, rng = scene.k, scene.rng
        self.scene, self.k, self.e = scene, k, scene.names.entity
        self.pair = pair = pair_word(scene, law)
        k.namer.module.taste.subjects = [pair]
        kinds = f"=tid {pair}_id i {pair[0]} {pair}_idx"
        if rng.chance(0.15):
            world = batch_word(rng, scene.sheet)
            k.start(2, None, (f"=!{world} {world}_id w", kinds.replace("=tid ", "=")))
        else:
            k.start(1, (24,), (kinds,))
        k.guard()
        *self.lead, self.p = k.threads
        *self.worlds, self.edges = k.launch
        self.dim = k.dim(16)
        self.i, self.j = self._ends()
        self._enter()
        k.gap()
        dims = (*self.worlds, self.dim)
        scene.sites = {
            "": Site(k.launch, k.threads, pair),
            "a": Site(dims, (*self.lead, self.i)),
            "b": Site(dims, (*self.lead, self.j)),
        }
        if rng.chance(0.5):
            pass_over(scene, self.i, self.j, k.give)
        if category == "struct":
            structured(scene, dims)
        self.pinned: Expr | None = None
        if rng.chance(0.12):
            kind = f"={self.e}_fixed pinned is_fixed fixed"
            self.pinned = k.array(kind, t.BOOL if rng.chance(0.6) else t.I32, (self.dim,), low=0, high=1)
        self.sides = Sides(scene, True)

    def _ends(self) -> tuple[Expr, Expr]:
        """The two elements of a pair."""
        k, rng, pair, p, edges = self.k, self.scene.rng, self.pair, self.p, self.edges
        many = plural(pair)
        if not self.lead and k.style.bounds != "return" and rng.chance(0.2):
            # How many there are is known to the device alone.
            names = f"=num_{many} {pair}_count n_{many}"
            used = k.array(names, t.I32, (k.dim(1, fixed=True),), low=edges.size // 2, high=edges.size)
            with k.when(p >= used[0]):
                k.give()
        listed: dict[str, Any] = {"low": 0, "high": 15, "bound": self.dim.symbol}
        how = rng.weighted({"vec2i": 2.0, "table": 2.0, "two": 2.0, "flat": 1.5})
        # Where the thread itself is i, the two are called otherwise.
        plain = not {"i", "j"} & {one.id for one in k.threads if isinstance(one, tree.Name)}
        first, second = rng.choose((("=!a", "=!b"), ("=!i0", "=!i1"), *([("=!i", "=!j")] if plain else [])))
        if how == "vec2i":
            ends = k.array(f"={pair}_indices {many} {pair}_nodes", t.vec(2, t.I32), (edges,), **listed)
            both = k.let(f"={pair} ends idx", ends[p]) if rng.chance(0.7) else ends[p]
            return k.let(first, both[0]), k.let(second, both[1])
        if how == "table":
            dims = (edges, k.dim(2, fixed=True))
            ends = k.array(f"={pair}_indices {many} {pair}_nodes", t.I32, dims, **listed)
            return k.let(first, ends[p, 0]), k.let(second, ends[p, 1])
        if how == "flat":
            ends = k.array(f"={pair}_indices indices {many}", t.I32, (k.derived(edges, 2),), **listed)
            start = 2 * p if rng.chance(0.5) else p * 2
            return k.let(first, ends[start + 0 if rng.chance(0.3) else start]), k.let(second, ends[start + 1])
        kinds = rng.choose(((f"=!{pair}_a", f"=!{pair}_b"), ("=!src", "=!dst"), (f"=!{pair}_i", f"=!{pair}_j")))
        from_a, from_b = (k.array(kind, t.I32, (edges,), **listed) for kind in kinds)
        return k.let(first, from_a[p]), k.let(second, from_b[p])

    def _enter(self) -> None:
        """Which pairs are left out."""
        k, rng, pair = self.k, self.scene.rng, self.pair
        draw = rng.random()
        if draw < 0.15:
            with k.when(self.i.equals(self.j)):
                k.give()
        elif draw < 0.25:
            # Unused entries of a list that is filled up.
            with k.when(k.either(self.i < 0, self.j < 0)):
                k.give()
        elif draw < 0.38:
            on = k.array(f"={pair}_enabled {pair}_active enabled active", t.BOOL, (self.edges,), low=0, high=1)
            with k.when(k.negate(on[self.p])):
                k.give()

    def atomic(self, what: str, target: Expr, place: Expr, value: Expr) -> None:
        """An atomic on one element's entry, if nothing holds it."""
        k = self.k
        call = k.call(what, target, *self.lead, place, value, gives=value.type)
        if self.pinned is None:
            k.do(call)
            return
        held = self.pinned[place]
        with k.when(k.negate(held) if held.type is t.BOOL else held.equals(0)):
            k.do(call)

    def of_elements(self, kinds: str, value: t.Type, start: float) -> Expr:
        """An array with an entry for each element."""
        dims = (*self.worlds, self.dim)
        return self.k.array(kinds, value, dims, "inout", low=start, high=start)

    def whole(self, kinds: str, value: Expr, start: float = 0.0) -> None:
        """Add a value to the total of all pairs, or of those of a world."""
        k = self.k
        dims = tuple(self.worlds) or (k.dim(1, fixed=True),)
        total = k.array(kinds, value.type, dims, "inout", low=start, high=start)
        k.do(k.call("atomic_add", total, *(self.lead or (k.integer(0),)), value, gives=value.type))

    def own(self, word: str, value: Expr) -> None:
        """Write a value of the pair itself."""
        k, pair = self.k, self.pair
        k.set(k.array(f"={pair}_{word} {word}_per_{pair}", value.type, k.launch, "out")[k.threads], value)


@study(
    "what listed pairs of elements do to each other, added up with atomics",
    "atomic:8.8 vector:2 combined:2 struct:1 function:1",
)
def scatter_pairs(k: Kernel, category: str) -> None:
    shares = ("gain", "flow", "half", "own", "whole")
    scene, law = pair_scene(k, category, shares)
    pairs = Pairs(scene, category, law)
    laws = [law, *others(scene, law, shares)]
    summed = False
    for one in laws:
        with suppress_value():
            summed |= _add(pairs, one, len(laws) > 1)
    what, pair = law.name, pairs.pair
    k.titles = (
        f"eval_{pair}_{what}" if pair not in what else f"eval_{what}",
        f"apply_{what}",
        f"accumulate_{what}",
        f"scatter_{what}",
        f"compute_{what}",
        f"{pair}_{law.gives[0]}",
        f"eval_{plural(pair)}",
    )
    whose = "the total" if summed else f"its {plural(pairs.e.replace('_', ' '))}"
    k.about = f"Add the {spoken(law.gives[0])} of each {pair.replace('_', ' ')} to {whose}."


def _add(pairs: Pairs, law: Law, several: bool) -> bool:
    """Add what a pair gives to its two elements or to the whole, and say whether it is to the whole."""
    scene, k = pairs.scene, pairs.k
    rng, e = scene.rng, pairs.e
    kind = share(scene.sheet, law)
    k.gap()
    pairs.sides.take(law)
    if kind == "own":
        pairs.sides.complete(law)
    if (several or kind == "own") and law.body and law not in scene.helpers and rng.chance(0.85):
        # Several bodies in a row would have the same locals.
        scene.helpers[law] = scene.function(law)
    if kind == "own":
        scene.wholes.add(law)
    if not several:
        beyond(scene, law, k.give)
    value = scene.apply(law, 0)[0]
    word = scene.names.word(scene.sheet.quantity(law.gives[0]))
    if kind in ("gain", "flow"):
        value = _limited(pairs, law.gives[0], word, value)
    whole = kind == "whole" or (kind == "half" and rng.chance(0.5))
    if whole:
        pairs.whole(f"=total_{word} {word}_sum total", value)
    else:
        names = f"={e}_{word} {plural(word)} {word}_out out_{word} total_{word}"
        target = pairs.of_elements(names, value.type, 0.0)
        if kind == "half":
            value = k.let(f"=half half_{word} {word}_share", 0.5 * value)
        other = swapped(scene, law) if kind == "own" else value
        pairs.atomic("atomic_sub" if kind == "flow" else "atomic_add", target, pairs.i, value)
        if kind == "gain" and rng.chance(0.5):
            pairs.atomic("atomic_add", target, pairs.j, -value)
        else:
            pairs.atomic("atomic_sub" if kind == "gain" else "atomic_add", target, pairs.j, other)
    if kind not in ("own", "half") and rng.chance(0.25):
        pairs.own(word, value)
    return whole


def _limited(pairs: Pairs, name: str, word: str, value: Expr) -> Expr:
    """What a pair gives, in some programs weighted or no more than so much."""
    k, rng = pairs.k, pairs.k.rng
    how = rng.weighted({"": 8.0, "weight": 1.0, "limit": 1.0})
    if how == "weight":
        kinds = f"={pairs.pair}_weight weights {pairs.pair}_scale coupling_weight"
        weight = k.array(kinds, k.real, (pairs.edges,), low=0.1, high=1.0)[pairs.p]
        return k.let(f"=weighted scaled_{word} weighted_{word}", weight * value)
    if how != "limit":
        return value
    sizes = sorted(map(abs, pairs.scene.likely(name)))
    most = k.scalar(f"=max_{word} {word}_limit", k.real, *(middle(sizes) or (0.1, 2.0)))
    if isinstance(value.type, t.Scalar):
        return k.let(f"=limited_{word} clamped", k.call("clamp", value, -most, most))
    size = k.let("=size mag f_len", k.call("length", value))
    limited = k.variable(f"=limited_{word} clamped", value, False)
    with k.when(size > most):
        k.set(limited, value * (most / size))
    return limited


@study(
    "which listed pairs are close, and how close an element comes to others, with atomics",
    "atomic:3.4 vector:0.7 reduction:0.7 struct:0.3 geometry:0.4",
)
def close_pairs(k: Kernel, category: str) -> None:
    scene, law, which = close_scene(k, category)
    rng = k.rng
    pairs = Pairs(scene, category, law)
    pairs.pinned = None
    pairs.sides.take(law)
    word = scene.names.word(scene.sheet.quantity(law.gives[0]))
    value = k.let(scene.names.local(scene.sheet.term(law.gives[0])), scene.apply(law, 0, named=False)[0])
    k.gap()
    least = which == "min"
    many, e = plural(pairs.pair), pairs.e
    near = {"total": 1.0, "histogram": 1.5, "soft": 2.5 if "position_a" in law.takes else 0.0} if least else {}
    how = rng.weighted({"closest": 3.0, "count": 1.5, "degree": 1.5, "mark": 0.8, **near})
    if how == "closest":
        start = 1e6 if least else -1e6
        target = pairs.of_elements(
            f"=nearest_{word} min_{word}" if least else f"=best_{word} max_{word}", k.real, start
        )
        for place in (pairs.i, pairs.j):
            pairs.atomic(f"atomic_{which}", target, place, value)
        k.titles = (
            f"{which}_{word}_per_{e}",
            f"reduce_{which}_{word}",
            f"update_nearest_{word}",
            f"{e}_{which}_{word}",
        )
        k.about = (
            f"{'Smallest' if least else 'Largest'} {spoken(law.gives[0])} of each {e.replace('_', ' ')} to another."
        )
    elif how == "total":
        pairs.whole(f"=total_{word} {word}_sum sum_{word}", value)
        if rng.chance(0.5):
            pairs.whole(f"=num_{many} {pairs.pair}_count count", k.integer(1))
        k.titles = (f"sum_{word}", f"total_{pairs.pair}_{word}", f"accumulate_{word}", f"mean_{word}_sums")
        k.about = f"Add up the {spoken(law.gives[0])} of all {many.replace('_', ' ')}."
    elif how == "histogram":
        _spread_out(pairs, law.gives[0], word, value)
        k.about = f"Count the {many.replace('_', ' ')} by their {spoken(law.gives[0])}."
    elif how == "soft":
        _soft_count(pairs, word, value)
        k.about = f"Count the {plural(e).replace('_', ' ')} near each, less from some {spoken(law.gives[0])} on."
    else:
        usual = middle(scene.likely(law.gives[0])) or (0.2, 2.0)
        limit = k.scalar(f"={'max' if least else 'min'}_{word} {word}_cutoff cutoff threshold", k.real, *usual)
        side = "below" if least else "above"
        test = value < limit if least else value > limit
        if how == "mark":
            k.set(k.array("=is_close close_mask in_reach", t.BOOL, k.launch, "out")[k.threads], test)
            k.titles = (f"mark_close_{many}", f"flag_close_{many}", f"mark_{many}_by_{word}")
            k.about = f"Mark the {many.replace('_', ' ')} whose {spoken(law.gives[0])} is {side} the limit."
            return
        with k.when(test):
            if how == "count":
                pairs.whole(f"=num_close close_count {pairs.pair}_count", k.integer(1))
            else:
                target = pairs.of_elements(f"=num_neighbors {e}_degree contact_count degree", t.I32, 0)
                for place in (pairs.i, pairs.j):
                    pairs.atomic("atomic_add", target, place, k.integer(1))
        k.titles = (f"count_close_{many}", f"count_{many}_by_{word}", f"{e}_contact_count", f"threshold_{word}")
        k.about = f"Count the {many.replace('_', ' ')} whose {spoken(law.gives[0])} is {side} the limit."
    if rng.chance(0.2):
        pairs.own(word, value)


def _spread_out(pairs: Pairs, name: str, word: str, value: Expr) -> None:
    """Count pairs in bins of one width, those beyond the last in it or nowhere."""
    k, rng = pairs.k, pairs.k.rng
    number = rng.choose((8, 16, 32))
    known = middle(pairs.scene.likely(name), 0.05)
    most = known[1] / number if known is not None and known[1] > 0.0 else 0.5
    width = k.scalar(f"=bin_width {word}_step bin_size", k.real, 0.4 * most, most)
    bins = k.dim(number, fixed=True)
    last: Expr | int = k.constant(number, t.I32, "=num_bins n_bins") if rng.chance(0.5) else number
    place = k.let("=bin b slot", k.cast(value / width, t.I32))
    dims = (*pairs.worlds, bins)
    counts = k.array(f"=hist {word}_hist counts bin_counts", t.I32, dims, "inout", low=0, high=0)
    if rng.chance(0.5):
        with k.when(k.both(place >= 0, place < last)):
            k.do(k.call("atomic_add", counts, *pairs.lead, place, k.integer(1), gives=t.I32))
    else:
        place = k.let("=bin_id slot_id bucket", k.call("clamp", place, k.integer(0), last - 1))
        k.do(k.call("atomic_add", counts, *pairs.lead, place, k.integer(1), gives=t.I32))
    k.titles = (f"{word}_histogram", f"bin_{word}", f"histogram_{word}", f"{pairs.pair}_{word}_histogram")


def _soft_count(pairs: Pairs, word: str, value: Expr) -> None:
    """Coordination numbers: a pair counts fully when close, and less and less further out."""
    k, rng = pairs.k, pairs.k.rng
    near = k.scalar(f"=r_on inner_{word} {word}_on", k.real, 0.2, 0.6)
    how = rng.choose(("smoothstep", "linear", "rational", "gauss"))
    if how in ("smoothstep", "linear"):
        far = k.scalar(f"=r_off outer_{word} {word}_off", k.real, 0.8, 2.0)
        if how == "smoothstep":
            weight = 1.0 - k.call("smoothstep", near, far, value)
        else:
            weight = k.call("clamp", (far - value) / k.call("max", far - near, 1e-3), 0.0, 1.0)
    elif how == "rational":
        ratio = k.let("=x s ratio", value / near)
        power = k.let("=x6 s6 p6", ratio * ratio * ratio * ratio * ratio * ratio)
        weight = 1.0 / (1.0 + power)
    else:
        weight = k.call("exp", -0.5 * value * value / (near * near))
    weight = k.let("=w weight switch_val", weight)
    target = pairs.of_elements(f"={pairs.e}_coordination coordination soft_count", k.real, 0.0)
    for place in (pairs.i, pairs.j):
        pairs.atomic("atomic_add", target, place, weight)
    k.titles = ("coordination_numbers", f"{pairs.e}_coordination", f"soft_neighbor_count_by_{word}", "soft_counts")
