"""Kernels about two elements by the laws of a sheet: neighbours of each, pairs that are listed, all others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from warp_jit_pairs import types as t

from .build import Dim
from .grid_loops import close_by
from .invariants import lift
from .kernel import Kernel
from .laws import Law, Sheet
from .names import camel, plural
from .pair_laws import Sides, closeness, share
from .records import Records
from .scene import NoValue, Scene, Site
from .studies import counted, deliver, law_for, noun, scene_of, spoken, store, study, suppress_value, threads, title
from .topics import batch_word, is_pair
from .tree import Expr


def pair_scene(k: Kernel, category: str, shares: Collection[str]) -> tuple[Scene, Law]:
    """A scene about a law of pairs that has a share of these kinds."""
    for turn in range(40):
        field, law = law_for(k, category if turn < 16 else "", pairs=True)
        if share(field, law) in shares and _fills(law, category):
            return scene_of(k, category, field, law)
    raise NoValue(f"no law of {category} adds up over pairs")


def _fills(law: Law, category: str) -> bool:
    """Whether what a law takes of one element makes a struct, where there is to be one."""
    return category != "struct" or sum(name.endswith("_b") for name in law.takes) > 1


def close_scene(k: Kernel, category: str) -> tuple[Scene, Law, str]:
    """A scene about a law that tells how close two elements are, and which of its values is the closest."""
    for turn in range(40):
        field, law = law_for(k, category if turn < 16 else "", pairs=True)
        which = closeness(field, law)
        if which and _fills(law, category):
            return *scene_of(k, category, field, law), which
    raise NoValue(f"no law of {category} tells what is close")


_GATHERED = ("gain", "flow", "half", "own", "lone")
"""What can be summed over the neighbours of an element."""
_PLAIN = 32
"""A law of fewer nodes has no strength of its own links in it: what is exchanged is a multiple of a difference."""


@study(
    "sums over the neighbours of each element",
    "vector:3 reduction:3.2 combined:2.6 control_flow:1.3 arithmetic:1 math:1 geometry:1 struct:1 function:1.3",
)
def gather_neighbors(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = pair_scene(k, category, _GATHERED)
    e = scene.names.entity
    _start(scene, category)
    laws = [law, *others(scene, law, _GATHERED)]
    sides = Sides(scene)
    gridded = _in_space(scene, laws) and rng.chance(0.4)
    around = _Around((), None) if gridded else _around(scene, any(bonded(one) for one in laws))
    # What is exchanged goes along links, some of which are stronger than others.
    plain = len(laws) == 1 and law.size < _PLAIN and share(scene.sheet, law) == "flow"
    strong = around.weight is not None and plain and rng.chance(0.4)
    for one in laws:
        sides.take(one, "a")
    totals = [_total(scene, one) for one in laws]
    with close_by(scene) if gridded else _each(scene, around) as j:
        pass_over(scene, k.threads[-1], j, k.next_turn)
        for one, total in zip(laws, totals, strict=True):
            sides.take(one)
            if not gridded:
                beyond(scene, one, k.next_turn)
            value = scene.apply(one, 0, named=rng.chance(0.55))[0]
            if strong and around.weight is not None and around.slot is not None:
                value = around.weight(around.slot) * value
            k.augment(total, "-" if share(scene.sheet, one) == "flow" else "+", value)
    k.gap()
    scene.sites = {"": Site(k.launch, k.threads)}
    for one, total in zip(laws, totals, strict=True):
        if share(scene.sheet, one) == "half" and rng.chance(0.6):
            # Each of the two has half of what a pair has.
            total = 0.5 * total
        elif isinstance(total.type, t.Vector) and rng.chance(0.15):
            word = plural(scene.names.word(scene.sheet.quantity(one.gives[0])))
            k.augment(k.array(f"={e}_{word} {word} net_{word}", total.type, k.launch, "inout")[k.threads], "+", total)
            continue
        store(scene, scene.sheet.term(one.gives[0]), total)
    what = law.name
    k.titles = (
        f"sum_{what}",
        f"accumulate_{what}",
        f"compute_{what}",
        f"{e}_{what}",
        f"eval_{what}",
        f"gather_{what}",
        f"neighbor_{what}",
    )
    listed = " and ".join(spoken(one.gives[0]) for one in laws[:3])
    k.about = f"Sum the {listed} over the neighbors of each {e.replace('_', ' ')}."


@study(
    "the neighbour of each element that is closest or most alike",
    "vector:0.7 reduction:0.8 control_flow:0.4 combined:0.4 geometry:0.3 struct:0.1 math:0.1",
)
def closest_neighbor(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law, which = close_scene(k, category)
    e = scene.names.entity
    i = _start(scene, category)[-1]
    sides = Sides(scene)
    around = _around(scene, False)
    sides.take(law, "a")
    word = scene.names.word(scene.sheet.quantity(law.gives[0]))
    least = which == "min"
    best = k.variable(f"=best_{word} {'min' if least else 'max'}_{word} best", k.lit(1e6 if least else -1e6))
    found = k.variable(f"=best_{e} best_j {'nearest' if least else 'best_match'} best_id", k.integer(-1))
    reach = (
        k.scalar(f"={'max' if least else 'min'}_{word} {word}_cutoff", k.real, 0.1, 2.0) if rng.chance(0.3) else None
    )
    with _each(scene, around) as j:
        pass_over(scene, i, j, k.next_turn)
        sides.take(law)
        value = k.let(scene.names.local(scene.sheet.term(law.gives[0])), scene.apply(law, 0, named=False)[0])
        test = value < best if least else value > best
        if reach is not None:
            test = k.both(test, value < reach if least else value > reach)
        with k.when(test):
            k.set(best, value)
            k.set(found, j)
    k.gap()
    names = f"=nearest_{e} nearest_id closest" if least else f"=best_match match_ids most_similar_{e}"
    k.set(k.array(names, t.I32, k.launch, "out")[k.threads], found)
    if reach is None and rng.chance(0.6):
        k.set(
            k.array(
                f"=nearest_{word} min_{word}_out" if least else f"=best_{word} max_{word}_out", k.real, k.launch, "out"
            )[k.threads],
            best,
        )
    closest = "nearest" if least else "best_matching"
    k.titles = (
        f"find_{closest}_{e}",
        f"{closest}_{e}",
        f"match_{plural(e)}",
        f"{closest}_by_{word}",
        f"query_{closest}",
    )
    most = "smallest" if least else "largest"
    k.about = f"Find for each {e.replace('_', ' ')} the neighbor of the {most} {spoken(law.gives[0])}."


def _start(scene: Scene, category: str) -> tuple[Expr, ...]:
    """One thread per element, which has others around it."""
    k = scene.k
    e = scene.names.entity
    if scene.rng.chance(0.12):
        world = batch_word(scene.rng, scene.sheet)
        k.start(2, (3, 16), (f"=!{world} {world}_id w", f"=i {e}_id {e}_idx"))
    else:
        k.start(1, (16,), (f"=i tid {e}_id {e}_idx",))
    k.guard()
    here = Site(k.launch, k.threads)
    scene.sites = {"": here, "a": here, "b": here}
    _asked(scene, here)
    scene.mark()
    scene.loads_at = -1
    if category == "struct":
        structured(scene, k.launch)
    return k.threads


def _asked(scene: Scene, here: Site) -> None:
    """Whether this element is to be worked on at all."""
    k, rng, e = scene.k, scene.rng, scene.names.entity
    draw = rng.random()
    if draw < 0.12:
        kind = t.BOOL if rng.chance(0.6) else t.I32
        mask = k.array(f"=update_mask {e}_mask needs_update is_free", kind, here.dims, low=0, high=1)[here.index]
        with k.when(k.negate(mask) if kind is t.BOOL else mask.equals(0)):
            k.give()
    elif draw < 0.2:
        fixed = k.array(f"=fixed {e}_fixed pinned boundary", t.I32, here.dims, low=0, high=1)[here.index]
        with k.when(fixed.differs(0)):
            k.give()


def structured(scene: Scene, dims: tuple[Dim, ...]) -> None:
    """The state of the elements in an array of structs."""
    k, e = scene.k, scene.names.entity
    title, many = camel(e), plural(e)
    name = k.namer.struct((title, f"{title}State", f"{title}Data", f"{title}Info"))
    scene.records = Records(k, name, f"={many} {many} {e}_data {e}_states", f"={e} {e[0]} item", dims)
    # Two elements are in use: a local for one of them would be as long as its place in the array.
    scene.records.named = False


_BONDED = (
    *("spring", "bond", "correction", "xpbd", "flow", "flux", "current", "gap", "joint", "coupling", "consensus"),
    *("exchange", "traction"),
)
"""Parts of the names of laws between elements that are connected, of which there is a list."""


def bonded(law: Law) -> bool:
    return any(part in law.name for part in _BONDED)


_TOUCHING = ("contact_force", "grain", "cohesive", "repulsion", "push")
_MET = frozenset({"contact", "pair", "neighbor_pair", "encounter"})
_TIES = frozenset({"spring", "bond"})


def pair_word(scene: Scene, law: Law) -> str:
    """What a pair of elements is called that a law is about: what is tied together is no contact."""
    words = scene.sheet.pairs or ("pair", "edge")
    if bonded(law):
        fitting = [word for word in words if word not in _MET and word != "atom_pair"]
    elif touching(law):
        fitting = [word for word in words if word in _MET] or ["contact"]
    elif _TIES & set(words):
        fitting = [word for word in words if word not in _TIES | _MET] or ["pair"]
    else:
        fitting = []
    return scene.rng.choose(fitting or words)


def touching(law: Law) -> bool:
    return any(part in law.name for part in _TOUCHING)


def pass_over(scene: Scene, i: Expr, j: Expr, leave: Callable[[], None]) -> None:
    """Leave out a pair whose second is switched off, or that belongs together, or does not."""
    k, rng, e = scene.k, scene.rng, scene.names.entity
    dims = scene.sites["b"].dims
    lead = scene.sites["b"].index[:-1]
    how = rng.weighted({"": 7.0, "active": 1.0, "group": 0.3, "flags": 0.5})
    if how == "active":
        kind = t.BOOL if rng.chance(0.6) else t.I32
        on = k.array("=active enabled alive is_active valid", kind, dims, low=0, high=1)[(*lead, j)]
        test = k.negate(on) if kind is t.BOOL else on.equals(0)
    elif how == "group":
        groups = k.array(f"=group groups cluster_id group_ids phase {e}_group", t.I32, dims, low=0, high=2)
        first, second = groups[(*lead, i)], groups[(*lead, j)]
        test = first.equals(second) if rng.chance(0.6) else first.differs(second)
    elif how == "flags":
        flags = k.array(f"=flags {e}_flags state_flags", t.I32, dims, low=0, high=3)
        test = (flags[(*lead, j)] & 1).equals(0)
    else:
        return
    with k.when(test):
        leave()


_REACHING = ("coulomb", "lennard", "dipole", "ewald", "infection", "gravity_migration")


def beyond(scene: Scene, law: Law, leave: Callable[[], None]) -> None:
    """Leave out a pair that is too far apart, by a law that is worked out in a function."""
    k, rng = scene.k, scene.rng
    ends = [scene.held.get(f"position_{side}") for side in "ab"]
    if not any(part in law.name for part in _REACHING) or not rng.chance(0.45):
        return
    first, second = ends
    if not isinstance(first, Expr) or not isinstance(second, Expr) or "cutoff" in law.takes:
        return
    if law.body and law not in scene.helpers:
        scene.helpers[law] = scene.function(law)
    reach = k.scalar("=cutoff r_cut max_distance cutoff_radius", k.real, 1.0, 3.0)
    if rng.chance(0.5):
        test = k.call("length", second - first) > reach
    else:
        test = k.call("length_sq", second - first) > reach * reach
    with k.when(test):
        leave()


@dataclass
class _Around:
    """The loop over an element's neighbours: its bounds, and where one's index and the strength of the link to it
    stand if these are listed."""

    bounds: tuple[Expr | int, ...]
    entry: Callable[[Expr], Expr] | None
    weight: Callable[[Expr], Expr] | None = None
    slot: Expr | None = None
    """Which of the list it is, in the loop."""


def _around(scene: Scene, listed_only: bool) -> _Around:
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    i, dim = k.threads[-1], k.launch[-1]
    how = rng.weighted({"matrix": 3.0, "csr": 3.0, "all": 0.0 if listed_only else 4.0, "counted": 2.0})
    listed: dict[str, Any] = {"low": 0, "high": 15, "bound": dim.symbol}
    if how == "all":
        if dim.argument is None:
            many = plural(e)
            dim.argument = k.scalar(f"=num_{many} n count n_{many} {e}_count", t.I32, 1, 64, equals=dim.symbol)
        return _Around((dim.argument,), None)
    if how == "csr":
        starts, entries = k.derived(dim, 1, 1), k.dim(48)
        kinds = f"=neighbor_offsets row_offsets offsets nbr_start {e}_offsets"
        offsets = k.array(kinds, t.I32, (starts,), offsets_into=entries.symbol)
        names = "=neighbor_indices neighbors nbr_indices adjacency col_indices"
        lists = k.array(names, t.I32, (entries,), **listed)
        first, last = offsets[i], offsets[i + 1]
        if rng.chance(0.6):
            first, last = k.let("=start begin first", first), k.let("=end stop last", last)
        return _Around((first, last), lambda n: lists[n], lambda n: _link(scene, (entries,))[n])
    width = k.dim(6, fixed=how == "counted" or rng.chance(0.5))
    table = k.array(f"=neighbors {e}_neighbors neighbor_list nbr_ids neighbor_ids nbrs", t.I32, (dim, width), **listed)
    if how == "counted":
        names = "=neighbor_count num_neighbors nbr_count neighbor_counts"
        counts = k.array(names, t.I32, (dim,), low=1, high=width.size)
        return _Around((counts[i],), lambda n: table[i, n], lambda n: _link(scene, (dim, width))[i, n])
    if width.argument is None and rng.chance(0.5):
        width.argument = k.scalar("=max_neighbors num_neighbors k_neighbors", t.I32, 1, 64, equals=width.symbol)
    bounds = (k.length(width, table, 1),)
    return _Around(bounds, lambda n: table[i, n], lambda n: _link(scene, (dim, width))[i, n])


def _link(scene: Scene, dims: tuple[Dim, ...]) -> Expr:
    """How strong each link is."""
    return scene.k.array("=edge_weights weights link_strength", scene.k.real, dims, low=0.1, high=2.0)


@contextmanager
def _each(scene: Scene, around: _Around) -> Iterator[Expr]:
    """The loop over an element's neighbours: it leaves out the element itself."""
    k, rng = scene.k, scene.rng
    bounds, entry = around.bounds, around.entry
    *lead, i = k.threads
    with k.loop("=nn jj kk slot" if entry is not None else "=j other jj", *bounds) as n, scene.inner():
        around.slot = n
        j = n if entry is None else k.let("=j nbr neighbor other", entry(n))
        scene.sites["b"] = Site(k.launch, (*lead, j))
        if entry is not None and len(bounds) == 1 and rng.chance(0.35):
            # A list that is not full has an index that is none.
            with k.when(j < 0 if rng.chance(0.6) else j.equals(-1)):
                k.next_turn()
            yield j
        elif entry is not None and rng.chance(0.7):
            yield j
        elif rng.chance(0.7):
            with k.when(j.equals(i)):
                k.next_turn()
            yield j
        else:
            with k.when(j.differs(i)):
                yield j
    lift(k)


def _in_space(scene: Scene, laws: Sequence[Law]) -> bool:
    """Whether a grid may tell which elements are near one, that meet as they come."""
    k, field = scene.k, scene.sheet
    row = field.quantities.get("position")
    placed = row is not None and row.type == "vec3" and row.where == "state"
    plain = k.real is t.F32 and len(k.launch) == 1 and scene.records is None
    return plain and placed and all("position_b" in law.takes and not bonded(law) for law in laws)


def others(scene: Scene, law: Law, shares: Collection[str] = ()) -> list[Law]:
    """More of what happens between the same two elements, or is true of them."""
    rng, field = scene.rng, scene.sheet
    count = counted(scene.k, (0, 0), (0, 1), (1, 3))
    found: list[Law] = []
    taken = set(law.gives)
    for one in rng.shuffle(field.laws):
        if len(found) == count:
            break
        related = sum(name in law.takes for name in one.takes) >= 0.5 * len(one.takes)
        fits = share(field, one) in shares if shares else is_pair(one) and "rng" not in one.takes
        new = one is not law and not set(one.gives) & taken and scene.usable(one)
        # What holds tied elements together is no business of those that only meet.
        new = new and bonded(one) == bonded(law)
        # A force and the acceleration by it say the same.
        new = new and not any(_is_vector(field, one) and _is_vector(field, other) for other in (law, *found))
        if fits and related and new:
            taken |= set(one.gives)
            found.append(one)
    return found


def _is_vector(field: Sheet, law: Law) -> bool:
    return field.quantity(law.gives[0]).type.startswith("vec")


def _total(scene: Scene, law: Law) -> Expr:
    """What a law's values are gathered in."""
    k = scene.k
    kind = scene.type_of(law.gives[0])
    word = scene.names.word(scene.sheet.quantity(law.gives[0]))
    names = f"=total_{word} {word}_sum {word}_acc net_{word}"
    return k.variable(names, k.lit(0.0) if isinstance(kind, t.Scalar) else k.zero(kind))


@study(
    "how two lists of elements compare, pair by pair",
    "vector:2 math:1.5 arithmetic:1 geometry:0.9 quaternion:0.3 matrix:0.25 function:1.5 combined:1 integer:0.2",
)
def pair_by_pair(k: Kernel, category: str) -> None:
    rng = k.rng
    for _ in range(5):
        field, law = law_for(k, category, pairs=True)
        # A former value stands for that of a third.
        if not any(name == "rng" or name.startswith("previous_") for name in law.takes):
            break
    scene, law = scene_of(k, category, field, law)
    e = scene.names.entity
    # What becomes of an element is one thing, not one for each that it is compared with.
    steps = any(name.startswith("next_") for name in law.gives)
    how = rng.weighted({"same": 3.0, "grid": 0.0 if steps else 2.0, "partner": 2.0})
    if how == "grid":
        # The first and second thread index are the two elements.
        k.start(2, None, ("=i a row", "=j b col"))
        rows, cols = k.launch
        i, j = k.threads
        scene.sites = {"": Site(k.launch, k.threads), "a": Site((rows,), (i,)), "b": Site((cols,), (j,))}
        scene.mark()
        # Two lists: each has arrays of its own.
        scene.split_pairs = True
    elif how == "partner":
        k.start(1, None, (f"=i tid {e}_id",))
        k.guard()
        site = Site(k.launch, k.threads)
        ids = k.array(
            f"=partner {e}_partner nearest closest_id match", t.I32, k.launch, low=0, high=31, bound=k.launch[0].symbol
        )
        j = k.let("=j other partner_id match_id", ids[k.threads])
        scene.sites = {"": site, "a": site, "b": Site(k.launch, (j,))}
        scene.mark()
    else:
        threads(scene, category, law)
    laws = [law, *others(scene, law)]
    scene.alone = len(laws) == 1 and len(law.gives) == 1
    sides = Sides(scene)
    for one in laws:
        with suppress_value():
            k.gap()
            sides.take(one)
            values = scene.apply(one, scene.depth, named=len(laws) > 1 or rng.chance(0.6))
            for name, value in zip(one.gives, values, strict=True):
                deliver(scene, name, value)
    title(scene, laws)
    what = noun(law)
    if len(laws) > 1 or not what:
        return
    k.about = (
        f"Compute the {what} of "
        + {
            "grid": "all pairs.",
            "partner": f"each {e.replace('_', ' ')} and its partner.",
            "same": f"each pair of {plural(e.replace('_', ' '))}.",
        }[how]
    )
