"""Kernels about two elements by the laws of a sheet: neighbours of each, pairs that are listed, all others."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .laws import Law, Sheet
from .names import plural
from .scene import NoValue, Scene, Site
from .studies import deliver, scene_for, spoken, study, suppress_value, threads, title
from .topics import is_pair
from .tree import Expr


def _scene(k: Kernel, category: str) -> tuple[Scene, Law]:
    """A scene about a law of pairs whose results can be summed."""
    for turn in range(24):
        scene, law = scene_for(k, category if turn < 12 else "", pairs=True)
        if adds_up(scene.sheet, law):
            return scene, law
    raise NoValue(f"no law of {category} adds up over pairs")


def adds_up(field: Sheet, law: Law) -> bool:
    """Whether a law of pairs gives what each of the two has a share in, from what both have and nothing else."""
    kind = field.quantity(law.gives[0]).type
    if len(law.gives) != 1 or kind not in ("real", "vec2", "vec3", "vec4") or "rng" in law.takes:
        return False
    for name in law.takes:
        term = field.term(name)
        if not term.suffix and field.quantities[term.base].where in ("state", "result"):
            return False
    base = field.term(law.gives[0]).base
    return base in field.opposite or base in field.summed or any(part in base for part in _SHARED)


_SHARED = (
    *("force", "flow", "flux", "density", "energy", "potential", "influence", "coupling", "correction", "weight"),
    *("torque", "impulse", "pressure", "rate", "current", "field", "repulsion", "attraction", "exchange", "gravity"),
    *("acceleration", "steering", "laplacian", "gradient", "viscous", "shear", "infection", "migration", "heat"),
)
"""What adds up over pairs: parts of the names of quantities."""


@study(
    "sums over the neighbours of each element",
    "vector:4 reduction:4 combined:3 control_flow:2 arithmetic:1 math:1 geometry:1 struct:1.5 function:1.5",
    "gather",
)
def gather_neighbors(k: Kernel, category: str) -> None:
    scene, law = _scene(k, category)
    e = scene.names.entity
    k.start(1, (16,), (f"=i tid {e}_id {e}_idx",))
    k.guard()
    dim = k.launch[0]
    here = Site((dim,), k.threads)
    scene.sites = {"": here, "a": here, "b": here}
    scene.mark()
    scene.loads_at = -1
    _neighbors(scene, law, category, dim)


def _neighbors(scene: Scene, law: Law, category: str, dim: Dim) -> None:
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    (i,) = k.threads
    how = rng.weighted({"matrix": 3.0, "csr": 3.0, "all": 3.0, "counted": 2.0})
    lists: Expr | None = None
    bounds: tuple[Expr | int, ...]
    if how in ("matrix", "counted"):
        width = k.dim(6, fixed=rng.chance(0.5))
        lists = k.array(
            f"=neighbors {e}_neighbors neighbor_list nbr_ids neighbor_ids nbrs",
            t.I32,
            (dim, width),
            low=0,
            high=15,
            bound=dim.symbol,
        )
        if how == "counted":
            counts = k.array(
                "=neighbor_count num_neighbors nbr_count neighbor_counts", t.I32, (dim,), low=1, high=width.size
            )
            width.fixed = True
            bounds = (counts[i],)
        else:
            if width.argument is None and rng.chance(0.5):
                width.argument = k.scalar("=max_neighbors num_neighbors k_neighbors", t.I32, 1, 64, equals=width.symbol)
            bounds = (k.length(width, lists, 1),)
    elif how == "csr":
        starts, entries = k.derived(dim, 1, 1), k.dim(48)
        offsets = k.array(
            f"=neighbor_offsets row_offsets offsets nbr_start {e}_offsets",
            t.I32,
            (starts,),
            offsets_into=entries.symbol,
        )
        lists = k.array(
            "=neighbor_indices neighbors nbr_indices adjacency col_indices",
            t.I32,
            (entries,),
            low=0,
            high=15,
            bound=dim.symbol,
        )
        first, last = offsets[i], offsets[i + 1]
        if rng.chance(0.6):
            first, last = k.let("=start begin first", first), k.let("=end stop last", last)
        bounds = (first, last)
    else:
        if dim.argument is None:
            many = plural(e)
            dim.argument = k.scalar(f"=num_{many} n count n_{many} {e}_count", t.I32, 1, 64, equals=dim.symbol)
        bounds = (dim.argument,)
    laws = [law, *_others(scene, law)]
    for one in laws:
        for name in one.takes:
            if not name.endswith("_b"):
                scene.value(name, scene.depth)
    count = k.variable("=count num n_close found", k.integer(0)) if rng.chance(0.2) else None
    number = isinstance(scene.type_of(law.gives[0]), t.Scalar)
    result = rng.weighted({"sum": 5.0, "max": 1.0 if number else 0.0, "mean": 1.0 if count is not None else 0.0})
    totals = [_total(scene, one, result if one is law else "sum") for one in laws]
    with k.loop("=nn jj kk slot" if lists is not None else "=j other jj", *bounds) as n, scene.inner():
        j = n
        if lists is not None:
            j = k.let("=j nbr neighbor other", lists[(i, n) if how in ("matrix", "counted") else (n,)])
        scene.sites["b"] = Site((dim,), (j,))
        if how == "all" or rng.chance(0.5):
            if rng.chance(0.7):
                with k.when(j.equals(i)):
                    k.next_turn()
                _turn(scene, laws, totals, count, result)
            else:
                with k.when(j.differs(i)):
                    _turn(scene, laws, totals, count, result)
        else:
            _turn(scene, laws, totals, count, result)
    k.gap()
    value = totals[0]
    if result == "mean" and count is not None:
        mean = k.variable("=mean avg average", value, False)
        with k.when(count > 0):
            k.set(mean, value / k.cast(count, k.real))
        value = mean
    elif count is not None:
        k.set(k.array("=counts neighbor_count_out num_found", t.I32, (dim,), "out")[i], count)
    scene.sites = {"": Site((dim,), k.threads)}
    deliver(scene, law.gives[0], value)
    for one, total in zip(laws[1:], totals[1:], strict=True):
        deliver(scene, one.gives[0], total)
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
    verb = {"sum": "Sum the", "mean": "Average the", "max": "Largest"}[result]
    listed = " and ".join(spoken(one.gives[0]) for one in laws[:3])
    k.about = f"{verb} {listed} over the neighbors of each {e.replace('_', ' ')}."


def _others(scene: Scene, law: Law) -> list[Law]:
    """More laws of pairs that are summed in the same loop."""
    rng = scene.rng
    count = rng.integer(*{"small": (0, 0), "medium": (0, 1), "large": (1, 5)}[scene.k.shared.size])
    found: list[Law] = []
    taken = set(law.gives)
    for one in rng.shuffle(scene.sheet.laws):
        fits = adds_up(scene.sheet, one) and bool(set(one.takes) & set(law.takes))
        if len(found) < count and fits and is_pair(one) and one is not law and one.gives[0] not in taken:
            taken |= set(one.gives)
            found.append(one)
    return found


def _total(scene: Scene, law: Law, result: str) -> Expr:
    """What a law's values are gathered in."""
    k = scene.k
    kind = scene.type_of(law.gives[0])
    word = scene.names.word(scene.sheet.quantity(law.gives[0]))
    names = f"={word} total_{word} {word}_sum {word}_acc"
    return k.variable(
        names if result != "max" else f"=best_{word} largest_{word} max_{word} peak",
        k.lit(0.0) if isinstance(kind, t.Scalar) else k.zero(kind),
    )


def _turn(scene: Scene, laws: list[Law], totals: list[Expr], count: Expr | None, result: str) -> None:
    """What one other element gives."""
    k, rng = scene.k, scene.rng
    for law, total in zip(laws, totals, strict=True):
        value = scene.apply(law, scene.depth, named=rng.chance(0.55))[0]
        term = scene.sheet.term(law.gives[0])
        if law is laws[0] and result == "max":
            if rng.chance(0.5):
                k.set(total, k.call("max", total, value))
            else:
                value = k.let(scene.names.local(term), value)
                with k.when(value > total):
                    k.set(total, value)
        elif law is laws[0] and count is not None and isinstance(value.type, t.Scalar):
            limit = k.scalar(f"=min_{scene.names.called(term)} cutoff threshold", k.real, 0.0, 1.0)
            value = k.let(scene.names.local(term), value)
            with k.when(value > limit):
                k.augment(total, "+", value)
                k.augment(count, "+", 1)
        else:
            k.augment(total, "+", value)
            if law is laws[0] and count is not None:
                k.augment(count, "+", 1)


@study(
    "what listed pairs of elements do to each other, added up with atomics",
    "atomic:12 vector:2 combined:2 struct:1 function:1",
    "scatter",
)
def scatter_pairs(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = _scene(k, category)
    e = scene.names.entity
    pair = rng.choose(scene.sheet.pairs or ("pair", "edge"))
    k.namer.module.taste.subjects = [pair]
    k.start(1, (24,), (f"=tid {pair}_id i {pair[0]} {pair}_idx",))
    k.guard()
    (p,) = k.threads
    edges = k.launch[0]
    dim = k.dim(16)
    how = rng.weighted({"vec2i": 2.0, "table": 2.0, "two": 2.0, "flat": 1.5})
    if how == "vec2i":
        ends = k.array(
            f"={pair}_indices {pair}s {pair}_nodes", t.vec(2, t.I32), (edges,), low=0, high=15, bound=dim.symbol
        )
        both = k.let(f"={pair} ends idx", ends[p]) if rng.chance(0.7) else ends[p]
        i, j = k.let("=i a i0", both[0]), k.let("=j b i1", both[1])
    elif how == "table":
        ends = k.array(
            f"={pair}_indices {pair}s {pair}_nodes",
            t.I32,
            (edges, k.dim(2, fixed=True)),
            low=0,
            high=15,
            bound=dim.symbol,
        )
        i, j = k.let("=i a i0", ends[p, 0]), k.let("=j b i1", ends[p, 1])
    elif how == "flat":
        ends = k.array(
            f"={pair}_indices indices {pair}s", t.I32, (k.derived(edges, 2),), low=0, high=15, bound=dim.symbol
        )
        i, j = k.let("=i a i0", ends[p * 2 + 0 if rng.chance(0.4) else p * 2]), k.let("=j b i1", ends[p * 2 + 1])
    else:
        first = k.array(f"={pair}_a src {pair}_i first", t.I32, (edges,), low=0, high=15, bound=dim.symbol)
        second = k.array(f"={pair}_b dst {pair}_j second", t.I32, (edges,), low=0, high=15, bound=dim.symbol)
        i, j = k.let("=i a i0 src_id", first[p]), k.let("=j b i1 dst_id", second[p])
    if rng.chance(0.3):
        with k.when(i.equals(j)):
            k.give()
    elif rng.chance(0.2):
        on = k.array(f"={pair}_enabled {pair}_active enabled active", t.BOOL, (edges,), low=0, high=1)
        with k.when(k.negate(on[p])):
            k.give()
    k.gap()
    scene.sites = {"": Site((edges,), (p,), pair), "a": Site((dim,), (i,)), "b": Site((dim,), (j,))}
    for one in [law, *_others(scene, law)]:
        with suppress_value():
            _add_to_both(scene, one, pair, (edges, p), (dim, i, j))
    what = law.name
    k.titles = (
        f"eval_{pair}_{what}" if not what.startswith(pair) else f"eval_{what}",
        f"apply_{what}",
        f"accumulate_{what}",
        f"scatter_{what}",
        f"compute_{what}",
        f"{pair}_{law.gives[0]}",
        f"eval_{plural(pair)}",
    )
    k.about = f"Add the {spoken(law.gives[0])} of each {pair} to its {plural(e.replace('_', ' '))}."


def _add_to_both(scene: Scene, law: Law, pair: str, edge: tuple[Dim, Expr], ends: tuple[Dim, Expr, Expr]) -> None:
    """Add what a pair gives to its two elements."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    dim, i, j = ends
    k.gap()
    value = scene.apply(law, scene.depth)[0]
    word = scene.names.word(scene.sheet.quantity(law.gives[0]))
    names = f"={e}_{word} {plural(word)} {word}_out out_{word} total_{word}"
    target = k.array(names, value.type, (dim,), "inout", low=0.0, high=0.0)
    opposite = law.gives[0] in scene.sheet.opposite
    plus, minus = ("atomic_add", "atomic_sub") if rng.chance(0.8) else ("atomic_sub", "atomic_add")
    sides = rng.weighted({"both": 6.0, "first": 1.0, "second": 1.0})
    if sides != "second":
        k.do(k.call(plus, target, i, value, gives=value.type))
    if sides != "first":
        if opposite and rng.chance(0.5):
            k.do(k.call(minus, target, j, value, gives=value.type))
        else:
            k.do(k.call(plus, target, j, -value if opposite else value, gives=value.type))
    edges, p = edge
    if rng.chance(0.25):
        k.set(k.array(f"={pair}_{word} {word}_per_{pair}", value.type, (edges,), "out")[p], value)
    if rng.chance(0.15) and isinstance(value.type, t.Scalar):
        place = (k.dim(1, fixed=True),)
        whole = k.array(f"=total_{word} {word}_sum total", value.type, place, "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", whole, k.integer(0), value, gives=value.type))


def _of_both(scene: Scene, law: Law) -> list[Law]:
    """More that can be said of the same two elements."""
    rng = scene.rng
    count = rng.integer(*{"small": (0, 1), "medium": (0, 3), "large": (3, 8)}[scene.k.shared.size])
    scene.alone = count == 0 and len(law.gives) == 1
    found: list[Law] = []
    given, known = set(law.gives), set(law.takes)
    for one in rng.shuffle(scene.sheet.laws):
        fits = is_pair(one) and "rng" not in one.takes and not (one.single and scene.k.real is not t.F32)
        pairs = {name for name in one.takes if name.endswith("_b")}
        if len(found) < count and fits and one is not law and pairs & known and not set(one.gives) & given:
            given |= set(one.gives)
            known |= set(one.takes)
            found.append(one)
    return found


@study(
    "how two lists of elements compare, pair by pair",
    "vector:2.5 math:1.5 arithmetic:1 geometry:2.5 quaternion:0.4 matrix:0.8 function:1.5 combined:1 integer:1",
)
def pair_by_pair(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = scene_for(k, category, pairs=True)
    for _ in range(5):
        if "rng" not in law.takes:
            break
        scene, law = scene_for(k, category, pairs=True)
    e = scene.names.entity
    how = rng.weighted({"same": 3.0, "grid": 2.0, "partner": 2.0})
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
    laws = [law, *_of_both(scene, law)]
    for one in laws:
        with suppress_value():
            k.gap()
            values = scene.apply(one, scene.depth, named=len(laws) > 1 or rng.chance(0.6))
            for name, value in zip(one.gives, values, strict=True):
                deliver(scene, name, value)
    title(scene, laws)
    if len(laws) > 1:
        return
    k.about = (
        f"Compute the {spoken(law.gives[0])} of "
        + {
            "grid": "all pairs.",
            "partner": f"each {e.replace('_', ' ')} and its partner.",
            "same": f"each pair of {plural(e.replace('_', ' '))}.",
        }[how]
    )
