"""Loops over the elements of a row, a group, a list or a window, with laws of a sheet evaluated for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .build import Dim
from .fold_tables import COUNTING, COVERED, SIMPLE, choices, folds_for
from .folds import Fold, Loop
from .invariants import lift
from .kernel import Kernel
from .laws import ROWS, Law, Sheet
from .names import plural
from .purposes import is_still, purpose, related, varying
from .scene import NoValue, Scene, Site
from .studies import counted, scene_for, spoken, study, suppress_value
from .topics import is_pair
from .tree import Expr


@dataclass
class Layout:
    """What a thread goes through: its own index and array lengths, the loop, and where each element lies."""

    how: str
    own: Expr
    dims: tuple[Dim, ...]
    word: str
    """What a thread has: a row, a group, a window."""
    kind: str
    bounds: tuple[Expr | int, ...]
    site: Callable[[Expr], Site]
    """The site of an element by the loop's index."""
    count: Expr | None
    over_time: bool = False
    """Whether the turns are steps in time of one element, not elements."""


def _fits(field: Sheet, law: Law) -> bool:
    kind = field.quantity(law.gives[0]).type
    if len(law.gives) != 1 or "rng" in law.takes or is_pair(law) or law.gives[0].startswith("next_"):
        return False
    if not varying(field, law) or purpose(field, law) is None:
        return False
    return kind in ("real", "vec2", "vec3", "bool", "int")


_LONG = 45
"""So many nodes has a law that a large kernel starts from."""
_WORDY = 25
"""So many has one that mostly stands in a function of its own."""


def drawn(k: Kernel, category: str, kinds: tuple[str, ...] = (), over_time: bool = False) -> tuple[Scene, Law]:
    for turn in range(120):
        scene, law = scene_for(k, category if category not in ("reduction", "combined") and turn < 60 else "")
        kind = scene.sheet.quantity(law.gives[0]).type
        if not _fits(scene.sheet, law) or (kinds and kind not in kinds):
            continue
        if k.shared.size == "large" and turn < 80 and law.size < _LONG:
            continue
        wanted = purpose(scene.sheet, law)
        if wanted is not None and (not over_time or (wanted.over_time and in_time(scene.sheet, law))):
            # What is summed up is worked out from what is at hand, not from afar.
            scene.depth = min(scene.depth, 3 if k.shared.size == "large" else 1)
            if law.size >= _WORDY and k.shared.size != "large":
                # What a law has of constants is not worked out again before one's eyes in each turn.
                scene.in_functions = max(scene.in_functions, 0.7)
            return scene, law
    raise NoValue("no law for a loop")


def in_time(field: Sheet, law: Law) -> bool:
    """Whether a law's value changes from step to step, by states that do and not by a formula of time."""
    # A row of numbers for each element is a series itself.
    rows = any(field.quantity(name).type in ROWS for name in varying(field, law))
    return not rows and not _CLOCKS & set(law.takes) and any(not is_still(field, name) for name in varying(field, law))


_CLOCKS = frozenset({"time", "now", "elapsed", "hours"})
"""What a law takes that is the time: its value at each step is a formula."""


def settle(scene: Scene, name: str, depth: int) -> None:
    """Work out before the loop what is the same for all of its turns."""
    if name in scene.held or name == "rng" or depth < 0:
        return
    term = scene.sheet.term(name)
    if scene.sheet.quantities[term.base].where != "result" or term.prefix:
        return
    for law in scene.laws_for(term):
        if all(scene.sheet.quantity(one).where == "uniform" for one in law.takes):
            with suppress_value():
                scene.apply(law, 1)
            return
        for other in law.takes:
            settle(scene, other, depth - 1)


def before(scene: Scene, laws: list[Law], layout: Layout) -> None:
    """What belongs to the row or group that a thread has is read once."""
    k, rng = scene.k, scene.rng
    grouped = layout.how in ("table", "csr", "list", "padded", "series")
    if layout.over_time:
        _read_still(scene, laws, layout)
    for law in laws:
        for name in law.takes:
            row = scene.sheet.quantity(name)
            if row.where != "group" or name in scene.held:
                continue
            if grouped and row.type not in ROWS and rng.chance(0.6):
                term = scene.sheet.term(name)
                array = k.array(
                    scene.names.array(term, layout.word), scene.type_of(name), layout.dims, **scene.facts(term, row)
                )
                scene.held[name] = k.let(scene.names.local(term), array[layout.own])
            else:
                scene.ways.setdefault(row.name, rng.choose(("uniform", "uniform", "state")))
    for law in laws:
        for name in law.takes:
            settle(scene, name, scene.depth)


def _read_still(scene: Scene, laws: list[Law], layout: Layout) -> None:
    """What does not change in time is read once for each element."""
    own = Site(layout.dims, (layout.own,))
    scene.still = {name: own for name in scene.sheet.quantities if is_still(scene.sheet, name)}
    for name in dict.fromkeys(name for law in laws for name in law.takes):
        row = scene.sheet.quantity(name)
        if row.where != "state" or not is_still(scene.sheet, name) or row.type in ROWS or name in scene.held:
            continue
        term = scene.sheet.term(name)
        array = scene.k.array(scene.names.array(term), scene.type_of(name), layout.dims, **scene.facts(term, row))
        scene.held[name] = scene.k.let(scene.names.local(term), array[layout.own])


def series(scene: Scene, steps: str = "=num_steps num_frames n_steps") -> Layout:
    """An element for each thread, and its values over time."""
    scene.in_steps = True
    for row in scene.sheet.quantities.values():
        # Nothing changes its group from step to step.
        if row.where == "group" and row.type not in ROWS:
            scene.ways.setdefault(row.name, "uniform")
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    (own,) = k.start(1, (8,), (f"=!{e} i tid",))
    k.launch[0].called = f"=num_{plural(e)} n"
    k.guard()
    width = k.dim(rng.choose((6, 8, 9)))
    width.called = steps
    count = k.length(width)
    steps_first = rng.chance(0.25)

    def site(n: Expr) -> Site:
        return Site((width, k.launch[0]), (n, own)) if steps_first else Site((k.launch[0], width), (own, n))

    return Layout("series", own, k.launch, e, "=!t step n frame", (count,), site, count, True)


def _layout(scene: Scene, law: Law) -> Layout:
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    many = plural(e)
    wanted = purpose(scene.sheet, law)
    assert wanted is not None
    partial = bool(_PARTIAL & set(wanted.across))
    how = rng.weighted(
        {
            "table": 4.0,
            "column": 1.0,
            "csr": 3.0,
            "list": 2.5,
            "padded": 2.0,
            "series": 4.0 if wanted.over_time and in_time(scene.sheet, law) else 0.0,
            "chunk": 1.0 if partial else 0.0,
            "stride": 1.0 if partial else 0.0,
        }
    )
    if how == "series":
        return series(scene)
    group = rng.choose(scene.sheet.groups) if scene.sheet.groups and rng.chance(0.7) else "group"
    if group == e:
        group = "group"
    if how in ("table", "column", "padded"):
        word = rng.choose(("row", group, "batch")) if how != "column" else "col"
        (own,) = k.start(1, (8,), (f"=!{word} i tid" if how != "column" else "=!col j tid",))
        k.launch[0].called = "=num_rows rows n" if word == "row" else f"=num_{plural(word)}"
        k.guard()
        width = k.dim(rng.choose((5, 6, 8)))
        if how == "column":
            site = lambda n: Site((width, k.launch[0]), (n, own))  # noqa: E731
            kind = "=!row i r"
        else:
            site = lambda n: Site((k.launch[0], width), (own, n))  # noqa: E731
            kind = "=!col j c" if word == "row" else f"=!{e}_idx slot j m"
        if how == "padded":
            counts = k.array(
                f"=num_{many} {e}_counts row_lengths lengths", t.I32, (k.launch[0],), low=1, high=width.size
            )
            width.fixed = True
            count: Expr = k.let(f"=count n_{many} n len", counts[own])
        else:
            width.called = f"=num_{many} {many}_per_{word} width" if how == "table" else "=num_rows rows height"
            count = k.length(width)
        return Layout(how, own, k.launch, word, kind, (count,), site, count)
    if how in ("csr", "list"):
        (own,) = k.start(1, (10,), (f"=!{group} g tid",))
        k.launch[0].called = f"=num_{plural(group)} n"
        k.guard()
        items = k.dim(32)
        offsets = k.array(
            f"={group}_offsets {e}_offsets offsets {group}_start row_ptr",
            t.I32,
            (k.derived(k.launch[0], 1, 1),),
            offsets_into=items.symbol,
        )
        first, last = offsets[own], offsets[own + 1]
        if rng.chance(0.75):
            first, last = k.let("=start begin first", first), k.let("=end stop last", last)
        if how == "csr":
            kind = f"=!{e}_idx n p idx" if rng.chance(0.5) else "=!n p m idx"
            return Layout(how, own, k.launch, group, kind, (first, last), lambda n: Site((items,), (n,)), last - first)
        dim = k.dim(16)
        ids = k.array(f"={e}_ids {group}_{many} members {e}_indices", t.I32, (items,), low=0, high=15, bound=dim.symbol)
        local = f"=!{e}_id {e} idx member"
        return Layout(
            how, own, k.launch, group, "=!n p m slot", (first, last), lambda n: Site((dim,), (k.let(local, ids[n]),)),
            last - first,
        )  # fmt: skip
    (own,) = k.start(1, (8,), ("=!tid block_id worker t" if how == "chunk" else "=!tid lane worker t",))
    dim = k.dim(30)
    dim.called = f"=num_{many} n_{many} n"
    length = k.length(dim)
    where = lambda n: Site((dim,), (n,))  # noqa: E731
    if how == "stride":
        k.launch[0].called = "=num_threads num_workers stride"
        stride = k.length(k.launch[0])
        return Layout(how, own, k.launch, "worker", "=!i n idx", (own, length, stride), where, None)
    k.launch[0].called = "=num_chunks num_blocks"
    k.guard()
    size = k.scalar("=chunk chunk_size block_size", t.I32, 2, 5) if rng.chance(0.7) else k.integer(4)
    first = k.let("=start begin first", own * size)
    last = k.let("=end stop last", k.call("min", first + size, length))
    return Layout(how, own, k.launch, "chunk", "=!i n idx", (first, last), where, last - first)


_PARTIAL = frozenset({"total", "largest", "smallest", "extent", "flagged"})
"""What threads work out of their shares, for another kernel to put together."""


WINDOWED = frozenset({"mean", "largest", "smallest", "extent", "spread", "above", "rms", "flagged"})
"""What people work out in a window that moves."""


_EXTREMA = frozenset({"largest", "smallest", "extent"})
_STARTED = frozenset({"variation", "smoothed"})
"""What has to know whether there was a value before: one of them in a loop is enough."""


def _test(scene: Scene, laws: list[Law]) -> Law | None:
    """A test of the elements by what is known of them anyhow."""
    known = {name for law in laws for name in (*varying(scene.sheet, law), *law.gives)}
    tests = [
        law
        for law in scene.sheet.laws
        if scene.sheet.quantity(law.gives[0]).type == "bool"
        and _fits(scene.sheet, law)
        and scene.usable(law)
        and law not in laws
        and varying(scene.sheet, law) <= known
    ]
    return scene.rng.choose(tests) if tests else None


def _picks(scene: Scene, layout: Layout, laws: list[Law], folds: int) -> list[tuple[Law, str]]:
    """The laws whose values are put together, and how; much alike in one kernel."""
    rng = scene.rng
    picks: list[tuple[Law, str]] = []
    taken = {name for law in laws for name in law.takes}
    for law in laws:
        wanted = purpose(scene.sheet, law)
        if wanted is None or (picks and set(law.gives) & taken and rng.chance(0.5)):
            continue
        names = choices(wanted, scene.type_of(law.gives[0]), layout.over_time)
        if layout.how in ("chunk", "stride"):
            names = {name: weight for name, weight in names.items() if name in _PARTIAL}
        elif layout.how == "window":
            names = {name: weight for name, weight in names.items() if name in WINDOWED}
        used = [pick for _, pick in picks]
        for single in ({"above"}, _STARTED):
            if single & set(used):
                names = {name: weight for name, weight in names.items() if name not in single}
        for _ in range(min(folds, len(names))):
            again = [pick for pick in used if pick in names]
            if used and not again and picks[-1][0] is not law and rng.chance(0.75):
                # Kernels give the means of several quantities, or the extrema.
                break
            pick = again[0] if again and rng.chance(0.8) else rng.weighted(names)
            picks.append((law, pick))
            done = {pick, *COVERED.get(pick, ()), *(_STARTED if pick in _STARTED else ())}
            names = {name: w for name, w in names.items() if name not in done}
            if not names:
                break
    if not picks:
        raise NoValue(laws[0].name)
    return picks


def _needed(laws: list[Law], wanted: list[Law]) -> list[Law]:
    """The laws that are wanted or lead to one that is."""
    kept: list[Law] = []
    for law in reversed(laws):
        if law in wanted or any(set(law.gives) & set(other.takes) for other in kept):
            kept.insert(0, law)
    return kept


def fold(scene: Scene, layout: Layout, laws: list[Law], folds: int) -> list[tuple[Law, str]]:
    """Write the loop and its results; says which laws were folded and how."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    before(scene, laws, layout)
    picks = _picks(scene, layout, laws, folds)
    # Of a few that are all left out there is no extremum.
    whole = layout.over_time or (layout.how == "window" and any(pick in _EXTREMA for _, pick in picks))
    how = rng.weighted({"all": 5.0, "mask": 0.0 if whole else 1.0, "test": 0.7})
    alike = not layout.over_time and layout.how != "window"
    test = _test(scene, laws) if how == "test" and alike else None
    laws = _needed(laws, [law for law, _ in picks])
    masked = how == "mask" or test is not None
    counted = any(pick in COUNTING for _, pick in picks)
    used = k.variable("=used num_used n_used", k.integer(0)) if counted and (masked or layout.count is None) else None
    made: list[Expr] = []

    def count() -> Expr:
        if not made:
            raw = used if used is not None else layout.count
            assert raw is not None
            sure = used is None and layout.how in ("table", "column", "padded", "window")
            real = k.cast(raw if sure else k.call("max", raw, 1), k.real)
            several = sum(pick in COUNTING for _, pick in picks) > 1
            made.append(k.let("=count_f n_real" if several else "=n_real denom", real) if several else real)
        return made[0]

    def out(names: str, kind: t.Type) -> Expr:
        return k.array(names, kind, layout.dims, "out")[layout.own]

    loop = Loop(k, e, out, lambda names, low, high: k.integer(0), count)
    loop.locates = layout.how != "window"
    loop.alone = len(picks) == 1 and used is None and layout.how != "window"
    started: list[tuple[Law, str, Fold]] = []
    for law, pick in picks:
        kind = scene.type_of(law.gives[0])
        word = scene.names.called(scene.sheet.term(law.gives[0]))
        running = folds_for(kind)[pick](loop, word, kind)
        next(running)
        started.append((law, pick, running))
    with k.loop(layout.kind, *layout.bounds) as n, scene.inner():
        site = layout.site(n)
        scene.sites[""] = site
        # Of a row and a column, the one that the loop goes through.
        loop.place = n if layout.over_time else site.index[0] if layout.how == "column" else site.index[-1]
        loop.extra = lambda names, low, high: k.array(names, k.real, site.dims, low=low, high=high)[site.index]
        if how == "mask":
            flag = k.array(f"={e}_valid valid {e}_mask keep active", t.BOOL, site.dims, low=0, high=1)[site.index]
            with k.when(k.negate(flag)):
                k.next_turn()
        elif test is not None:
            with suppress_value():
                passed = scene.apply(test, 0, named=False)[0]
                with k.when(k.negate(passed)):
                    k.next_turn()
        if used is not None:
            k.augment(used, "+", 1)
        values: dict[Law, Expr] = {}
        for law in laws:
            own = [pick for one, pick, _ in started if one is law]
            named = len(laws) > 1 or len(own) != 1 or own[0] not in SIMPLE or rng.chance(0.4)
            held = scene.held.get(law.gives[0])
            values[law] = held if isinstance(held, Expr) else scene.apply(law, scene.depth, named=named)[0]
            for one, _, running in started:
                if one is law:
                    running.send(values[law])
    lift(k)
    k.gap()
    for _, _, running in started:
        for _ in running:
            pass
    return picks


_TITLES = {
    "total": ("sum_{}", "total_{}", "{w}_{}_total"),
    "mean": ("mean_{}", "average_{}", "{w}_mean_{}"),
    "weighted": ("weighted_mean_{}", "weighted_{}", "{w}_weighted_{}"),
    "largest": ("max_{}", "find_max_{}", "largest_{}", "{w}_max_{}", "peak_{}"),
    "smallest": ("min_{}", "find_min_{}", "smallest_{}", "{w}_min_{}"),
    "spread": ("{}_spread", "{w}_{}_stats", "{}_variance"),
    "extent": ("{}_extent", "{w}_{}_range", "{}_bounds"),
    "above": ("{}_exceedance", "threshold_{}", "{w}_{}_exceedance"),
    "rms": ("{}_rms", "{w}_{}_norm", "root_mean_square_{}"),
    "log_sum": ("log_sum_exp_{}", "{}_log_partition"),
    "against": ("{}_fit_error", "{w}_{}_misfit", "score_{}"),
    "runner_up": ("top_two_{}", "two_largest_{}", "{w}_{}_runner_up"),
    "variation": ("{}_variation", "{w}_{}_roughness", "{}_changes"),
    "smoothed": ("fade_{}", "{}_fading_average", "exponential_{}"),
    "discounted": ("discounted_{}", "discount_{}"),
    "drawdown": ("{}_drawdown", "max_{}_drawdown"),
    "trapezoid": ("integrate_{}", "{}_trapezoid", "{w}_{}_integral"),
    "streak": ("longest_{}_run", "{}_streaks"),
    "longest": ("longest_{}", "find_longest_{}"),
    "flagged": ("count_{}", "{w}_{}_count", "tally_{}"),
}


def entitle(k: Kernel, scene: Scene, layout: Layout, picks: list[tuple[Law, str]]) -> None:
    law, pick = picks[0]
    word = law.name.removeprefix("is_")
    forms = [form.format(word, w=layout.word) for form in _TITLES[pick]]
    if len(picks) > 1:
        e = scene.names.entity
        second = picks[1][0].name.removeprefix("is_")
        joined = [f"{form}_and_{second}" for form in forms[:1]] if second != word else forms[:1]
        forms = [*joined, f"{layout.word}_{e}_statistics", f"summarize_{plural(e)}", f"{layout.word}_{word}_summary"]
    k.titles = tuple(forms)
    said = {"total": "Sum", "mean": "Average", "weighted": "Average by weight"}.get(pick)
    each = {"worker": "", "window": f" near each {scene.names.entity.replace('_', ' ')}"}.get(
        layout.how if layout.how == "window" else layout.word, f" in each {layout.word.replace('_', ' ')}"
    )
    k.about = f"{said} the {spoken(law.gives[0])}{each}." if said and len(picks) == 1 else "-"


def several(scene: Scene, law: Law, category: str) -> list[Law]:
    """A law and some that go on with what it gives, or work from the same values, in this order."""
    field = scene.sheet
    chosen, given, known = [law], {*law.gives}, {*varying(field, law)}
    for _ in range(counted(scene.k, (0, 0), (0, 1), (1, 2))):
        left = [
            one for one in field.laws if _fits(field, one) and scene.usable(one) and related(field, one, given, known)
        ]
        if not left:
            break
        # What needs the results so far comes first.
        following = [one for one in left if varying(field, one) & given]
        one = scene.rng.choose(following if following and scene.rng.chance(0.7) else left)
        chosen.append(one)
        given |= set(one.gives)
        known |= varying(field, one)
    return chosen


@study(
    "laws evaluated for each element of a row, a group or a list, and what these values amount to",
    "reduction:16 combined:2 control_flow:2.8 function:1.5 vector:1 math:1.5 arithmetic:2",
    "reduction",
    grows=5.0,
)
def fold_groups(k: Kernel, category: str) -> None:
    scene, law = drawn(k, category)
    layout = _layout(scene, law)
    scene.loads_at = -1
    scene.sites[""] = Site(layout.dims, (layout.own,))
    laws = several(scene, law, category)
    folds = k.rng.weighted({1: 4.0, 2: 1.0}) if len(laws) < 3 else 1
    if k.shared.size == "large":
        # Long kernels tell more of each quantity: its mean, its spread, its extrema.
        folds = k.rng.integer(2, 3) if len(laws) < 2 else k.rng.weighted({1: 2.0, 2: 1.0})
    entitle(k, scene, layout, fold(scene, layout, laws, folds))
