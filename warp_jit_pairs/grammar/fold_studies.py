"""Loops over the elements of a row, a group, a list or a window, with laws of a sheet evaluated for each."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .fold_layouts import PARTIAL, Layout, adds_up, in_time, layout_for, turns
from .fold_tables import COUNTING, COVERED, SIMPLE, choices, folds_for
from .folds import Fold, Loop
from .kernel import Kernel
from .laws import ROWS, Law, Sheet
from .likely import middle, reorders
from .names import plural
from .purposes import is_still, purpose, related, varying
from .scene import NoValue, Scene, Site
from .studies import counted, law_for, scene_of, spoken, study, suppress_value
from .topics import is_pair
from .tree import Expr


def _fits(field: Sheet, law: Law) -> bool:
    kind = field.quantity(law.gives[0]).type
    if len(law.gives) != 1 or "rng" in law.takes or is_pair(law) or law.gives[0].startswith("next_"):
        return False
    wanted = purpose(field, law)
    if not varying(field, law) or wanted is None or not wanted.across:
        return False
    return kind in ("real", "vec2", "vec3", "bool", "int")


_LONG = 45
"""Nodes of a law that a large kernel starts from, at least."""
_WORDY = 25
"""Nodes of one that mostly stands in a function of its own, at least."""


def drawn(k: Kernel, category: str, kinds: tuple[str, ...] = (), over_time: bool = False) -> tuple[Scene, Law]:
    for turn in range(120):
        field, law = law_for(k, category if category not in ("reduction", "combined") and turn < 60 else "")
        if category == "atomic" and not adds_up(field, law):
            continue
        kind = field.quantity(law.gives[0]).type
        if not _fits(field, law) or (kinds and kind not in kinds):
            continue
        if k.shared.size == "large" and turn < 80 and law.size < _LONG:
            continue
        wanted = purpose(field, law)
        if wanted is not None and (not over_time or (wanted.over_time and in_time(field, law))):
            scene, law = scene_of(k, category, field, law)
            # What is summed up is worked out from what is at hand, not from afar.
            scene.depth = min(scene.depth, 3 if k.shared.size == "large" else 1)
            if law.size >= _WORDY and k.shared.size != "large":
                # What a law has of constants is not worked out again before one's eyes in each turn.
                scene.in_functions = max(scene.in_functions, 0.7)
            return scene, law
    raise NoValue("no law for a loop")


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


WINDOWED = frozenset({"mean", "largest", "smallest", "extent", "spread", "rms", "total"})
"""What people work out in a window that moves."""


_EXTREMA = frozenset({"largest", "smallest", "extent"})
_MOMENTS = frozenset({"mean", "spread"})
_BESIDE: dict[str, frozenset[str]] = {
    **dict.fromkeys(_MOMENTS | _EXTREMA, _MOMENTS | _EXTREMA),
    "total": frozenset({"largest"}),
    "rms": frozenset({"largest"}),
    "above": frozenset({"mean", "largest"}),
    "flagged": frozenset(),
    "smoothed": frozenset({"largest", "smallest"}),
}
"""What kernels tell of a quantity beside something else of it."""
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
            parts = PARTIAL - {"extent"} if layout.atomic else PARTIAL
            if layout.how == "stride":
                # Where threads go over elements again, no extremum tells.
                parts = parts - {"largest", "smallest"}
            names = {name: weight for name, weight in names.items() if name in parts}
        elif layout.how == "grid" or len(laws) > 1 or folds > 1:
            # A search ends the loop, and only the inner one of two.
            names = {name: weight for name, weight in names.items() if name != "found"}
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
            names = {name: w for name, w in names.items() if name not in done and name in _BESIDE.get(pick, ())}
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
    filled = layout.how in ("csr", "list", "padded") and rng.chance(0.2)
    if filled and layout.count is not None:
        # Of nothing there is nothing to tell.
        with k.when(layout.count.equals(0)):
            k.give()
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
            sure = used is None and (filled or layout.how in ("table", "column", "grid", "padded", "window", "whole"))
            real = k.cast(raw if sure else k.call("max", raw, 1), k.real)
            several = sum(pick in COUNTING for _, pick in picks) > 1
            made.append(k.let("=count_f n_real" if several else "=n_real denom", real) if several else real)
        return made[0]

    def out(names: str, kind: t.Type) -> Expr:
        return k.array(names, kind, layout.dims, "out")[layout.own]

    loop = Loop(k, e, out, lambda names, low, high: k.integer(0), count)
    loop.locates = layout.how not in ("window", "grid")
    if layout.how in ("chunk", "stride"):
        loop.shared = 1.0 if layout.atomic else 0.5
    loop.alone = len(picks) == 1 and used is None and layout.how != "window"
    started: list[tuple[Law, str, Fold]] = []
    for law, pick in picks:
        kind = scene.type_of(law.gives[0])
        word = scene.names.called(scene.sheet.term(law.gives[0]))
        loop.usual = middle(scene.likely(law.gives[0], laws), 0.2) or (-0.5, 2.0)
        running = folds_for(kind)[pick](loop, word, kind)
        next(running)
        started.append((law, pick, running))
    with turns(k, layout) as (n, *within), scene.inner():
        site = layout.site(n, *within)
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
    k.gap()
    fixed = {*scene.held, *scene.uniforms}
    for law, _, running in started:
        givers = {one: by for by in laws for one in by.gives}
        loop.turns = reorders(scene.sheet, givers, law.gives[0], fixed)
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
    "above": ("threshold_{}", "{w}_{}_limits", "check_{}_limit", "{}_limits"),
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
    "found": ("find_{}", "search_{}", "any_{}"),
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
    each = {"worker": "", "system": "", "window": f" near each {scene.names.entity.replace('_', ' ')}"}.get(
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
    "reduction:13 atomic:2 combined:2 control_flow:2.5 function:1.5 vector:1 math:1.5 arithmetic:2",
    grows=5.0,
)
def fold_groups(k: Kernel, category: str) -> None:
    scene, law = drawn(k, category)
    layout = layout_for(scene, law, category == "atomic")
    scene.loads_at = -1
    scene.sites[""] = Site(layout.dims, (layout.own,))
    laws = several(scene, law, category) if category != "atomic" else [law]
    folds = k.rng.weighted({1: 5.0, 2: 1.0}) if len(laws) < 2 else 1
    if k.shared.size == "large":
        # Long kernels tell more of each quantity: its mean, its spread, its extrema.
        folds = k.rng.integer(2, 3) if len(laws) < 2 else k.rng.weighted({1: 2.0, 2: 1.0})
    entitle(k, scene, layout, fold(scene, layout, laws, folds))
