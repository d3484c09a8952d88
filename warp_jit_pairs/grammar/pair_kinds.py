"""Kernels with a thread for each listed pair of elements, whose kind says how the two act on each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

from warp_jit_pairs import types as t

from .encounters import touching
from .kernel import Kernel
from .laws import Law, Sheet, sheet, sheet_names
from .names import plural
from .pair_laws import share
from .pair_scatter import Pairs
from .readings import numbered
from .scene import NoValue, Scene
from .studies import study

_COUNTS = {"small": (2, 2), "medium": (2, 3), "large": (3, 5)}


@cache
def _actions(vectors: bool) -> tuple[tuple[str, tuple[Law, ...]], ...]:
    """Sheets, and laws of pairs that give the same: what one element gets and the other loses."""
    found = []
    for name in sheet_names():
        field = sheet(name)
        for gives, laws in field.giving.items():
            fits = not vectors or field.quantity(gives).type != "real"
            # What touches and what is tied are not in one list.
            for apart in (False, True):
                acting = tuple(law for law in laws if share(field, law) in ("gain", "flow") and touching(law) == apart)
                if fits and len(acting) > 1 and len({share(field, law) for law in acting}) == 1:
                    found.append((name, acting))
    return tuple(found)


def _drawn(k: Kernel, category: str) -> tuple[Sheet, list[Law]]:
    least, most = _COUNTS[k.shared.size]
    known = [(name, laws) for name, laws in _actions(category == "vector") if len(laws) >= least]
    if not known:
        raise NoValue(f"no kinds of pairs for {category}")
    name, laws = known[k.rng.weighted({n: len(laws) - 1.0 for n, (_, laws) in enumerate(known)})]
    return sheet(name), k.rng.shuffle(laws)[: k.rng.integer(least, most)]


def _stem(law: Law, pair: str) -> str:
    """What tells a law from others that give the same."""
    common = {pair, *law.gives[0].split("_")}
    return "_".join(word for word in law.name.split("_") if word not in common) or "simple"


@study(
    "what listed pairs of elements do to each other, by the kind of each pair",
    "atomic:1.4 control_flow:0.7 vector:0.3 combined:0.4",
    grows=8.0,
)
def typed_pairs(k: Kernel, category: str) -> None:
    rng = k.rng
    field, laws = _drawn(k, category)
    scene = Scene(k, field, 1)
    scene.deriving = 0.2
    scene.in_functions = rng.choose((0.0, 0.3, 1.0))
    pairs = Pairs(scene, category, laws[0])
    pair, word = pairs.pair, scene.names.word(field.quantity(laws[0].gives[0]))
    stems = [_stem(law, pair) for law in laws]
    labels = numbered(k, [f"=!{pair}_{stem} {stem}_{pair}" for stem in stems], range(len(laws)), 0.75)
    kinds = k.array(f"={pair}_type {pair}_kind {pair}_model", t.I32, (pairs.edges,), low=0, high=len(laws) - 1)
    kind = k.let(f"={pair}_type kind model mode", kinds[pairs.p])
    taken = Counter(name for law in laws for name in law.takes)
    for law in laws:
        # What several laws take is read or worked out first.
        pairs.sides.take(replace(law, takes=tuple(name for name in law.takes if taken[name] > 1)))
    k.gap()
    value = scene.type_of(laws[0].gives[0])
    result = k.variable(scene.names.local(field.term(laws[0].gives[0])), k.zero(value), False)
    for number, law in enumerate(laws):
        last = number == len(laws) - 1
        with k.case(number, kind.equals(labels[number]), last and rng.chance(0.4)), scene.branch():
            pairs.sides.take(law)
            k.set(result, scene.apply(law, 0, named=False)[0])
    k.gap()
    e = pairs.e
    target = pairs.of_elements(f"={e}_{word} {plural(word)} {word}_out total_{word}", value, 0.0)
    first, second = ("atomic_add", "atomic_sub") if share(field, laws[0]) == "gain" else ("atomic_sub", "atomic_add")
    pairs.atomic(first, target, pairs.i, result)
    pairs.atomic(second, target, pairs.j, result)
    if rng.chance(0.2):
        pairs.own(word, result)
    what = laws[0].gives[0]
    k.titles = (f"eval_{plural(pair)}", f"eval_{pair}_{what}", f"apply_{pair}_{plural(word)}", f"{pair}_{what}_by_type")
    k.titles = (*k.titles, f"accumulate_{pair}_{what}", f"{field.name}_{plural(pair)}", f"scatter_{pair}_{what}")
    k.about = rng.choose(("-", f"Add up what {plural(pair)} of several kinds do to their {plural(e)}."))
