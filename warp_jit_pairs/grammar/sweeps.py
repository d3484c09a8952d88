"""Kernels that go through values of one quantity: integrals, tables, searches, steps repeated by a law of a sheet."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import isfinite

from warp_jit_pairs import types as t

from . import tree
from .invariants import lift
from .kernel import Kernel
from .laws import Law, Sheet, Term
from .names import plural
from .purposes import purpose
from .scene import NoValue, Scene
from .studies import deliver, driven, feeds_back, law_for, scene_of, settled, spoken, store, study, threads
from .topics import varies
from .tree import Expr

_RANGES = frozenset(
    {
        *("time", "angle", "wavelength", "frequency", "distance", "depth", "height", "hour", "altitude"),
        *("elapsed", "redshift", "theta", "energy", "path"),
    }
)
"""What people integrate over."""
_OTHERWISE = {
    ("synthesis", "depth"),
    ("audio", "depth"),
    ("synthesis", "frequency"),
    ("pharmacology", "height"),
    ("sunlight", "altitude"),
}
"""What has such a name and is something else: how deep a modulation is, how tall a patient."""
_SUMMED = frozenset({"time", "elapsed", "hour", "wavelength", "frequency", "theta", "path"})
"""Those that a total over them means something of."""


@cache
def _swept(field: Sheet, law: Law) -> tuple[str, ...]:
    """The quantities of a law that can be gone through: numbers of a known range that nothing else has."""
    names = []
    for name in law.takes:
        if name == "rng" or field.term(name).prefix or name.endswith(("_a", "_b")):
            continue
        row = field.quantity(name)
        extended = row.name in _RANGES and (field.name, row.name) not in _OTHERWISE
        others = [one for one in law.takes if one not in (name, "rng") and varies(field, one)]
        # What another input follows from cannot be changed alone.
        leads = any(name in giver.takes for one in others for giver in field.giving.get(one, ()))
        if row.type == "real" and isfinite(row.low) and extended and others and not leads:
            names.append(name)
    return tuple(names)


_SPATIAL = frozenset({"shapes", "image", "shading", "camera"})
"""Sheets whose quantities nobody goes through the values of."""


def _chosen(k: Kernel, category: str) -> tuple[Scene, Law, str]:
    for turn in range(40):
        # What is gone through in a loop need have no loop of its own.
        field, law = law_for(k, "" if category == "control_flow" else category if turn < 10 else "math")
        names = _swept(field, law) if field.name not in _SPATIAL else ()
        if (
            names
            and field.quantity(law.gives[0]).type == "real"
            and len(law.gives) == 1
            and not law.looped
            and "rng" not in law.takes
            and not field.term(law.gives[0]).prefix
        ):
            name = k.rng.choose(names)
            if _ways(field, law, name, category):
                return *scene_of(k, category, field, law), name
    raise NoValue(f"no law of {category} can be swept")


_WORDY = 25
"""So many nodes has a law that stands in a function of its own."""
_CURVED = frozenset({"exp", "pow", "log", "sqrt", "sin", "cos", "tan", "tanh", "erf", "erfc", "atan", "atan2"})


def _ways(field: Sheet, law: Law, name: str, category: str) -> dict[str, float]:
    """What is asked of a law's values, with weights; nothing of one that is a straight line in what is gone through."""
    bends = law.uses.get(name, 0) > 1 or bool(law.calls & _CURVED)
    if not bends:
        return {}
    summed = field.quantity(name).name in _SUMMED
    wanted = purpose(field, law)
    across = {*wanted.across, *wanted.over_time} if wanted is not None else set()
    ways = {
        "integral": 4.0 if summed and _TOTALS & across else 0.0,
        "mean": 2.0 if summed and "mean" in across else 0.0,
        # A table is no reduction.
        "table": 2.0 if category != "reduction" else 0.0,
    }
    return {way: weight for way, weight in ways.items() if weight}


_TOTALS = frozenset({"total", "cumulative", "integral", "rms"})
"""What tells that a quantity adds up."""


@study(
    "a law gone through for many values of one quantity: integral, mean, table",
    "control_flow:1.6 math:1.1 arithmetic:0.4 reduction:1.2 combined:0.6 function:0.3",
    0.4,
)
def sweep(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law, name = _chosen(k, category)
    if law.size >= _WORDY:
        # What of it stays the same is not worked out again before one's eyes in each turn.
        scene.in_functions = 1.0
    how = rng.weighted(_ways(scene.sheet, law, name, category))
    threads(scene, category, law, 2 if how == "table" else 3)
    e = scene.names.entity
    row = scene.sheet.quantity(name)
    word = scene.names.called(scene.sheet.term(name))
    site = scene.sites[""]
    # Nothing else may follow from what is gone through.
    scene.opened.append(name)
    for other in law.takes:
        if other != name:
            scene.value(other, scene.depth)
    scene.opened.pop()
    span = row.high - row.low
    literal = rng.chance(0.35)
    if literal:
        first: Expr = k.lit(round(row.low, 4))
        last: Expr = k.lit(round(row.high, 4))
    else:
        first = k.scalar(f"=min_{word} {word}_min {word}_start {word}0", k.real, row.low, row.low + 0.3 * span)
        last = k.scalar(f"=max_{word} {word}_max {word}_end {word}1", k.real, row.high - 0.3 * span, row.high)
    width = k.dim(8)
    if rng.chance(0.5) and how != "table":
        count: Expr = k.scalar("=num_steps n_samples steps num_samples n", t.I32, 4, 10)
    elif how == "table":
        count = k.scalar("=num_entries n_samples num_points n", t.I32, 1, 64, equals=width.symbol)
    else:
        count = k.integer(rng.choose((8, 10, 16, 20)))
    k.gap()
    real_count = k.cast(count, k.real)
    spelled = literal and isinstance(count, tree.Literal) and k.real is t.F32
    width_expr = (last - first) / real_count
    if spelled:
        assert isinstance(count, tree.Literal)
        width_expr = k.lit(round(span / float(count.value), 5))
    dx = width_expr if spelled else k.let(f"=d{word} step_size h {word}_step dx", width_expr)
    out_word = scene.names.called(scene.sheet.term(law.gives[0]))
    table = how == "table"
    midpoint = not table and rng.chance(0.6)
    if table:
        names = f"={out_word}_table table lut {out_word}_curve"
        result = k.array(names, k.real, (*site.dims, width), "out")
    else:
        result = k.variable("=total acc integral sum_val result", k.lit(0.0))
    with k.loop("=s step_idx it ss", count) as s:
        position = k.cast(s, k.real) + 0.5 if midpoint else k.cast(s, k.real)
        with scene.inner():
            start = isinstance(first, tree.Literal) and first.value == 0.0
            x = k.let(scene.names.local(scene.sheet.term(name)), position * dx if start else first + position * dx)
            scene.held[name] = x
            value = scene.apply(law, 0, named=table or rng.chance(0.4))[0]
            if table:
                k.set(result[(*site.index, s)], value)
            else:
                k.augment(result, "+", value * dx if how == "integral" else value)
    lift(k)
    k.gap()
    if not table:
        integral = how == "integral"
        names = f"={out_word}_integral integral integrals" if integral else f"=mean_{out_word} avg_{out_word}"
        k.set(k.array(names, k.real, site.dims, "out")[site.index], result if integral else result / real_count)
    what = law.name
    titles = {
        "integral": (
            f"integrate_{what}",
            f"{what}_integral",
            f"integrate_{out_word}_over_{word}",
            f"quadrature_{what}",
        ),
        "mean": (f"average_{what}", f"mean_{what}", f"average_{out_word}_over_{word}"),
        "table": (f"tabulate_{what}", f"{what}_table", f"sample_{what}", f"build_{out_word}_table"),
    }
    k.titles = titles[how]
    swept, gives, each = spoken(name), spoken(law.gives[0]), e.replace("_", " ")
    k.about = {
        "integral": f"Integrate the {gives} over the {swept} for each {each}.",
        "mean": f"Average the {gives} over the {swept} for each {each}.",
        "table": f"Tabulate the {gives} over the {swept} for each {each}.",
    }[how]


@study(
    "several steps of a law on each element's state",
    "control_flow:1.2 arithmetic:0.8 math:0.8 vector:0.8 combined:0.8 function:0.7 struct:0.7",
    0.4,
)
def substeps(k: Kernel, category: str) -> None:
    rng = k.rng
    for turn in range(40):
        field, law = law_for(k, category if turn < 10 and category != "control_flow" else "", steps=True)
        base = _own(field, law)
        # A value from the step before would be the same in all of them.
        single = len(law.gives) == 1 and "rng" not in law.takes and f"previous_{base}" not in law.takes
        if single and base in law.takes and feeds_back(law, base):
            scene, law = scene_of(k, category, field, law)
            if settled(scene, law, base):
                break
    else:
        raise NoValue(f"no step of {category} can be repeated")
    in_place = rng.chance(0.5)
    if in_place and scene.sheet.quantities[base].where == "state":
        scene.changes = {base}
    threads(scene, category, law, 3)
    row = scene.sheet.quantity(base)
    term = Term("", base, "")
    led = driven(scene, law, base)
    for other in (*law.takes, *(name for giver in led for name in giver.takes)):
        if other != base and not any(other in giver.gives for giver in led):
            scene.value(other, 0)
    start = scene.expr(base, 0)
    k.gap()
    word = scene.names.called(term)
    if isinstance(start, tree.Name) and isinstance(start.stands_for, tree.Subscript) and rng.chance(0.6):
        # What was read is itself what the steps change.
        state: Expr = tree.Name(start.type, start.low, start.high, start.id)
    else:
        state = k.variable(f"={word}_cur cur_{word} {word}_t", start)
    # What goes on in time ends at a time, not where it changes little.
    timed = not {"dt", "time_step"}.isdisjoint(law.takes)
    settles = not timed and (row.type == "real" or row.type.startswith("vec"))
    how = rng.weighted({"steps": 4.0, "converged": 3.0 if settles else 0.0})
    count: Expr = (
        k.scalar("=num_steps substeps num_iters n_steps iterations", t.I32, 1, 6)
        if rng.chance(0.6)
        else k.integer(rng.choose((3, 4, 5, 8, 10)))
    )
    used = k.variable("=iters steps_taken num_used", k.integer(0)) if how == "converged" and rng.chance(0.5) else None
    tol = k.scalar("=tol tolerance eps threshold", k.real, 0.001, 0.2) if how == "converged" else None
    with k.loop("=step_idx it sub ss", count), scene.inner():
        scene.held[base] = state
        for giver in led:
            scene.apply(giver, 0)
        value = scene.apply(law, 0, named=tol is not None)[0]
        if tol is not None:
            change = k.let("=change delta update", value - state)
            k.set(state, value)
            if used is not None:
                k.augment(used, "+", 1)
            size = k.call("abs", change) if isinstance(value.type, t.Scalar) else k.call("length", change)
            with k.when(size < tol):
                k.leave_loop()
        else:
            k.set(state, value)
    lift(k)
    k.shared.differentiable = False
    k.gap()
    next_term = Term("next", base, "")
    if scene.changes:
        store(scene, next_term, state)
    else:
        deliver(scene, str(next_term), state)
    if used is not None:
        site = scene.sites[""]
        k.set(
            k.array("=iter_counts num_iters_out iterations_out steps_used", t.I32, site.dims, "out")[site.index], used
        )
    what = law.name.removeprefix("next_")
    e = scene.names.entity
    k.titles = (
        f"iterate_{what}",
        f"integrate_{word}",
        f"relax_{word}" if how == "converged" else f"advance_{word}",
        f"substep_{what}",
        f"run_{what}",
        f"{what}_steps",
        f"simulate_{plural(e)}",
    )
    until = " until it converges" if how == "converged" else ""
    k.about = f"Take several steps of the {spoken(law.gives[0])} of each {e.replace('_', ' ')}{until}."


def _own(field: Sheet, law: Law) -> str:
    """What a step changes."""
    return str(replace(field.term(law.gives[0]), prefix=""))
