"""Kernels that advance the state of each element by the laws of a sheet: one step, or several small ones."""

from __future__ import annotations

from functools import cache

from warp_jit_pairs import types as t

from .kernel import Kernel
from .kinship import extent, more_laws
from .laws import Law, Sheet, Term
from .names import plural
from .scene import Scene
from .studies import STEPS, deliver, feeds_back, scene_for, settled, store, study, suppress_value, threads, title
from .topics import is_pair
from .tree import Expr


@study(
    "a step in time of each element's state by the laws of a field",
    "arithmetic:2 vector:3 control_flow:1.3 combined:3 math:1.5 struct:7 quaternion:1.2 function:2 matrix:0.9",
    grows=4.0,
)
def advance(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, laws = _planned(k, category)
    law = laws[0]
    scene.models = int(rng.chance(0.4 if k.shared.size == "large" else 0.08))
    scene.alone = False
    in_place = rng.chance(0.55)
    if in_place:
        bases = {scene.sheet.term(name).base for one in laws for name in one.gives if name.startswith("next_")}
        # What it was before is kept by who launches: such a step writes elsewhere.
        kept = {scene.sheet.term(name).base for one in laws for name in one.takes if name.startswith("previous_")}
        scene.changes = {base for base in bases - kept if scene.sheet.quantities[base].where == "state"}
    threads(scene, category, law)
    if scene.records is not None and scene.changes:
        argument = next(a for a in k.arguments if a.name == scene.records.array.id)
        argument.role, argument.group = "inout", "outputs"
    elif scene.records is not None:
        scene.changes = set()
    if "rng" in law.takes:
        scene.generator()
    for one in laws:
        for name in one.gives:
            base = scene.sheet.term(name).base
            if base in one.takes:
                # What a step changes is read.
                scene.value(base, 0)
    results: list[tuple[str, Expr]] = []
    written: list[Law] = []
    chained = rng.chance(0.6)
    if "rng" not in law.takes and rng.chance({"small": 0.1, "medium": 0.25, "large": 0.5}[k.shared.size]):
        laws, written, results = _substepped(scene, laws)
    for one in laws:
        with suppress_value():
            k.gap()
            values = scene.settled(one)
            written.append(one)
            for name, value in zip(one.gives, values, strict=True):
                results.append((name, value))
                term = scene.sheet.term(name)
                if chained and term.prefix == "next":
                    # As semi-implicit integrators do: what comes later sees the new value.
                    scene.held[term.base] = value
    k.gap()
    for name, value in results:
        term = scene.sheet.term(name)
        if term.prefix == "next" and term.base in scene.changes:
            store(scene, term, value)
        else:
            deliver(scene, name, value)
    in_time = any(STEPS & set(one.takes) for one in written)
    title(scene, written, ("update", "advance", "step", "integrate") if in_time else ("update", "apply", "refresh"))
    e = scene.names.entity
    if len(written) > 1:
        k.titles = (
            f"step_{plural(e)}",
            f"integrate_{plural(e)}",
            f"update_{plural(e)}",
            f"advance_{plural(e)}",
            f"{e}_step",
            f"update_{e}_state",
            f"{scene.sheet.name}_step",
        )
        k.about = f"Advance the state of each {e.replace('_', ' ')} by one step."


_MOST = {"small": 0, "medium": 1, "large": 3}


def _planned(k: Kernel, category: str) -> tuple[Scene, list[Law]]:
    """What is advanced together; of several beginnings for a large program, the one that leads furthest."""
    best: tuple[int, Scene, list[Law]] | None = None
    large = k.shared.size == "large"
    for _ in range(10 if large else 1):
        scene, law = scene_for(k, category, steps=True)
        laws = [law, *_coupled(scene, law, _MOST[k.shared.size])]
        size = extent([*laws, *more_laws(scene, law, category, 8, 4)]) if large else 0
        if best is None or size > best[0]:
            best = size, scene, laws
    assert best is not None
    k.namer.module.taste.subjects = [best[1].names.entity]
    return best[1:]


def _coupled(scene: Scene, law: Law, most: int) -> list[Law]:
    """Steps of other quantities that depend on what a law changes, or that it depends on."""
    field = scene.sheet
    found: list[Law] = []
    pace = STEPS & set(law.takes)
    for one in scene.rng.shuffle(field.laws):
        if len(found) == most:
            break
        if not _steps(field, one) or one is law or "rng" in one.takes or not scene.usable(one):
            continue
        if not pace & set(one.takes):
            # Not a step of the same length.
            continue
        if any(set(one.gives) & set(other.gives) for other in (law, *found)) or is_pair(one):
            continue
        if any(_couples(field, one, other) or _couples(field, other, one) for other in (law, *found)):
            found.append(one)
    return found


@cache
def _steps(field: Sheet, law: Law) -> bool:
    """Whether a law says what a quantity becomes."""
    return any(field.term(name).prefix == "next" for name in law.gives)


@cache
def _couples(field: Sheet, one: Law, other: Law) -> bool:
    """Whether a step takes what another changes, and the two are about much the same."""
    changed = {field.term(name).base for name in other.gives}
    taken, known = (
        {field.term(name).base for name in law.takes if name != "rng" and field.quantity(name).where != "uniform"}
        for law in (one, other)
    )
    own = {field.term(name).base for name in one.gives}
    return bool((taken - own) & changed) and 2 * len((taken - own) & (known | changed)) >= len(taken - own)


def _follows(scene: Scene, law: Law, changed: set[str]) -> bool:
    """Whether a step takes what follows from what the loop changes, so that it must not stay as it is."""
    taken = [name for name in law.takes if name not in changed and name != "rng"]
    return any(changed & set(one.takes) for name in taken for one in scene.sheet.giving.get(name, ()))


def _substepped(scene: Scene, laws: list[Law]) -> tuple[list[Law], list[Law], list[tuple[str, Expr]]]:
    """Several small steps of those laws that change what they take, in a loop.

    Gives the other laws, those of the loop, and what these leave behind.
    """
    k, rng = scene.k, scene.rng
    bases = {law: scene.sheet.term(law.gives[0]).base for law in laws if len(law.gives) == 1}
    steps = [law for law, base in bases.items() if base in law.takes and "rng" not in law.takes]
    # What does not depend on what the loop changes makes one large step as well.
    moving = {bases[law] for law in steps if feeds_back(law, bases[law])}
    steps = [law for law in steps if bases[law] in moving or (moving & set(law.takes) and "dt" in law.takes)]
    changed = {bases[law] for law in steps}
    if not moving or any(not settled(scene, law, bases[law]) or _follows(scene, law, changed) for law in steps):
        return laws, [], []
    for law in steps:
        for name in law.takes:
            scene.value(name, 0)
    k.gap()
    states: dict[str, Expr] = {}
    for law in steps:
        base = bases[law]
        start = scene.held[base]
        assert isinstance(start, Expr)
        word = scene.names.called(Term("", base, ""))
        states[base] = k.variable(f"={word}_cur cur_{word} {word}_t {word}_s", start)
    scene.held |= states
    kind = "=num_substeps substeps num_steps n_steps iterations"
    count = k.scalar(kind, t.I32, 1, 5) if rng.chance(0.6) else k.integer(rng.choose((2, 4, 5, 8)))
    test: Law | None = None
    tests = [
        one
        for one in scene.sheet.laws
        if scene.sheet.quantity(one.gives[0]).type == "bool" and scene.usable(one) and set(one.takes) & set(states)
    ]
    if tests and rng.chance(0.4):
        test = rng.choose(tests)
    with k.loop("=sub step_idx it ss", count), scene.inner():
        if test is not None and len(test.gives) == 1 and not test.looped:
            with suppress_value():
                stop = scene.apply(test, 0, named=False)[0]
                with k.when(stop if rng.chance(0.5) else k.negate(stop)):
                    k.leave_loop()
        for law in steps:
            k.set(states[bases[law]], scene.apply(law, 0, named=False)[0])
            scene.held[bases[law]] = states[bases[law]]
    k.shared.differentiable = False
    rest = [law for law in laws if law not in steps]
    return rest, steps, [(law.gives[0], states[bases[law]]) for law in steps]
