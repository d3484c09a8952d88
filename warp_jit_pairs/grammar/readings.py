"""Kernels that work out whichever of several quantities is asked for: by what a sensor measures, or by flags.

Here laws that have little to do with each other stand side by side for a reason, as in long kernels that people write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from warp_jit_pairs import types as t

from .build import Dim
from .kernel import Kernel
from .laws import ROWS, Law, Sheet
from .names import plural
from .purposes import purpose, varying
from .scene import NoValue, Scene, Site
from .studies import law_for, scene_of, store, study, threads
from .topics import is_pair
from .tree import Expr

_SENSED = frozenset(
    {
        *("antennas", "bonds", "buildings", "circuits", "cloth", "crowds", "drones", "fabric", "fluids"),
        *("gas_flow", "geodesy", "linkages", "navigation", "options", "orbits", "particles", "pharmacology"),
        *("pipes", "plasma", "rigid", "robotics", "rovers", "shallow_water", "solids", "sph", "sunlight", "terrain"),
        *("tracking", "traffic", "vehicles", "weather"),
    }
)
"""Sheets about things of which people ask now this, now that."""

_COUNTS = {"small": (2, 2), "medium": (2, 4), "large": (5, 10)}
_NUMBERS = frozenset({"real"})
_VALUES = frozenset({"real", "vec2", "vec3"})


@cache
def _plain(field: Sheet, types: frozenset[str]) -> frozenset[Law]:
    """The laws that give a value of one element as it is, of one of these types."""
    return frozenset(
        law
        for law in field.laws
        if len(law.gives) == 1
        and "rng" not in law.takes
        and not is_pair(law)
        and not field.term(law.gives[0]).prefix
        and field.quantity(law.gives[0]).type in types
        and not any(field.quantity(name).type in ROWS for name in law.takes)
        and purpose(field, law) is not None
    )


def _asked(scene: Scene, law: Law, types: frozenset[str], count: int) -> list[Law]:
    """A law and others about the same things, of which none goes on from another."""
    rng, field = scene.rng, scene.sheet
    chosen, matter = [law], set(varying(field, law))
    plain = _plain(field, types)
    left = [one for one in rng.shuffle(field.laws) if one is not law and one in plain and scene.usable(one)]
    while len(chosen) < count:
        known = {name for one in chosen for name in (*one.gives, *one.takes)}
        given = {name for one in chosen for name in one.gives}
        left = [one for one in left if one.gives[0] not in known and given.isdisjoint(one.takes)]
        # The first of the shuffled ones: those that share most would be the same ones each time.
        near = next((one for one in left if _near(varying(field, one), matter)), None)
        if near is None:
            break
        chosen.append(near)
        matter |= varying(field, near)
    return rng.shuffle(chosen)


def _near(own: frozenset[str], matter: set[str]) -> bool:
    """Whether at least half of what a law takes of an element is taken by others as well."""
    return bool(own) and 2 * len(own & matter) >= len(own)


def _drawn(k: Kernel, category: str, types: frozenset[str]) -> tuple[Scene, list[Law]]:
    """A scene and the laws of which one is asked for."""
    low, high = _COUNTS[k.shared.size]
    for _ in range(40):
        field, law = law_for(k, category)
        sensed = field.name in _SENSED and varying(field, law)
        if sensed and law in _plain(field, types):
            scene, law = scene_of(k, category, field, law)
            laws = _asked(scene, law, types, k.rng.integer(low, high))
            if len(laws) >= low:
                scene.alone = False
                scene.deriving = 0.2
                return scene, laws
    raise NoValue(f"nothing of {category} to ask for")


def _shared(scene: Scene, laws: Sequence[Law]) -> None:
    """Read or work out first what several of the laws take."""
    taken = Counter(name for law in laws for name in law.takes)
    for name, times in taken.items():
        if times > 1 and (scene.sheet.quantity(name).where == "result" or scene.rng.chance(0.7)):
            scene.value(name, 1)


def numbered(k: Kernel, kinds: Sequence[str], numbers: Sequence[int], share: float) -> list[Expr]:
    """Numbers by which something is asked for: constants of these names in that share of programs."""
    named = k.rng.chance(share)
    pairs = zip(numbers, kinds, strict=True)
    return [k.constant(number, t.I32, kind) if named else k.integer(number) for number, kind in pairs]


# -- by what a sensor measures

_SENSORS = ("sensor", "sensor", "probe", "channel", "query")
_METRICS = ("metric", "metric", "quantity", "query", "output")
_MEASURED = frozenset(
    {"circuits", "drones", "navigation", "pipes", "rigid", "robotics", "rovers", "tracking", "vehicles"}
)
"""Sheets of whose things one reads sensors rather than computes metrics."""


@study(
    "what each sensor measures of the element it is at, by its kind",
    "control_flow:0.6 combined:0.4 vector:0.15 arithmetic:0.03 math:0.1 quaternion:0.02 function:0.15",
    grows=300.0,
)
def read_sensors(k: Kernel, category: str) -> None:
    rng = k.rng
    types = _VALUES if category in ("vector", "quaternion") or rng.chance(0.3) else _NUMBERS
    scene, laws = _drawn(k, "" if category == "control_flow" else category, types)
    e = scene.names.entity
    word = rng.choose(_SENSORS if scene.sheet.name in _MEASURED else _METRICS)
    labels = numbered(k, [f"=!{word}_{law.gives[0]} {law.gives[0]}_{word}" for law in laws], range(len(laws)), 0.8)
    with _each_sensor(k, word) as (dims, here):
        _read(scene, laws, labels, word, dims, here)
    many = plural(word)
    k.titles = (
        *(f"read_{many}", f"evaluate_{many}", f"compute_{word}_values", f"eval_{e}_{many}", f"update_{many}"),
        *(f"{e}_{word}_readings", f"sample_{e}_{many}", f"{word}_kernel", f"{scene.sheet.name}_{many}"),
    )
    k.about = rng.choose(("-", f"Write what each {word} measures of the {e.replace('_', ' ')} it is attached to."))


@contextmanager
def _each_sensor(k: Kernel, word: str) -> Iterator[tuple[tuple[Dim, ...], tuple[Expr, ...]]]:
    """A thread for each sensor, perhaps of one of many worlds, or for each world, which goes through them."""
    rng = k.rng
    how = rng.weighted({"alone": 5.0, "worlds": 3.0, "loop": 2.5})
    number = f"=num_{plural(word)} n_{plural(word)} {word}_count"
    if how == "loop":
        k.start(1, None, ("=!world env world_id",))
        k.guard()
        sensors = k.dim(rng.choose((6, 8, 12)))
        sensors.called = number
        with k.loop(f"=!{word}_id s i", k.length(sensors)) as own:
            if rng.chance(0.3):
                on = k.array(f"={word}_enabled {word}_active", t.BOOL, (sensors,), low=0, high=1)
                with k.when(k.negate(on[own])):
                    k.next_turn()
            yield (*k.launch, sensors), (*k.threads, own)
        return
    kinds = ("=!world env world_id",) if how == "worlds" else ()
    kinds = (*kinds, f"=!{word}_id i tid {word[0]}id")
    k.start(len(kinds), None, kinds)
    k.launch[-1].called = number
    k.guard()
    yield k.launch, k.threads


def _read(
    scene: Scene, laws: list[Law], labels: list[Expr], word: str, dims: tuple[Dim, ...], here: tuple[Expr, ...]
) -> None:
    """One sensor: the element it is at, its kind, and a branch for each kind."""
    k, rng, e = scene.k, scene.rng, scene.names.entity
    sensors, own = dims[-1], here[-1]
    elements = k.dim(rng.choose((4, 6, 8)))
    bounds: dict[str, Any] = {"low": 0, "high": elements.size - 1, "bound": elements.symbol}
    at = k.array(f"={word}_{e} {word}_{e}_id {word}_objid {word}_target", t.I32, (sensors,), **bounds)
    sort = k.array(f"={word}_type {word}_kind {word}_mode", t.I32, (sensors,), low=0, high=len(laws) - 1)
    index = k.let(f"={e}_id {e} {e}_idx obj_id objid", at[own])
    scene.sites[""] = Site((*dims[:-1], elements), (*here[:-1], index))
    kind = k.let(f"={word}_type kind {word}_kind mode", sort[own])
    k.gap()
    _shared(scene, laws)
    parts = max(_parts(scene, law) for law in laws)
    names = f"={plural(word)}_out {word}_data {word}_values readings measurements {word}_readings"
    output = k.array(names, k.real, dims if parts == 1 else (*dims, k.dim(parts, fixed=True)), "out")
    once = parts == 1 and rng.chance(0.5)
    result = k.variable("=value reading measured", k.lit(0.0, k.real), True) if once else None
    for number, law in enumerate(laws):
        last = number == len(laws) - 1
        with k.case(number, kind.equals(labels[number]), last and rng.chance(0.3)), scene.branch():
            value = scene.apply(law, 1, named=rng.chance(0.4))[0]
            if result is not None:
                k.set(result, value)
            elif parts == 1:
                k.set(output[here], value)
            else:
                _write(k, output, here, value)
    if result is not None:
        k.gap()
        _finish(k, word, sensors, own, result)
        k.set(output[here], result)


def _parts(scene: Scene, law: Law) -> int:
    """How many numbers a law gives."""
    return {"vec2": 2, "vec3": 3}.get(scene.sheet.quantity(law.gives[0]).type, 1)


def _write(k: Kernel, output: Expr, here: tuple[Expr, ...], value: Expr) -> None:
    """Write a number, or the components of a vector one after the other."""
    numbers = [value]
    if isinstance(value.type, t.Vector):
        value = k.let("=!vec v value" if len(k.components(value)) == 3 else "=!uv xy value", value)
        numbers = k.components(value)
    for n, number in enumerate(numbers):
        k.set(output[(*here, k.integer(n))], number)


def _finish(k: Kernel, word: str, sensors: Dim, own: Expr, result: Expr) -> None:
    """What becomes of every reading: a scale and an offset, a limit, or nothing."""
    rng = k.rng
    how = rng.choose(("", "", "gain", "bias", "cutoff"))
    if how in ("gain", "bias"):
        gain = k.array(f"={word}_gain {word}_scale gains", k.real, (sensors,), low=0.5, high=2.0)
        k.set(result, gain[own] * result)
    if how == "bias":
        bias = k.array(f"={word}_bias {word}_offset biases", k.real, (sensors,), low=-0.5, high=0.5)
        k.augment(result, "+", bias[own])
    if how == "cutoff":
        limits = k.array(f"={word}_cutoff {word}_limit cutoffs", k.real, (sensors,), low=-1.0, high=5.0)
        limit = k.let("=cutoff limit max_value", limits[own])
        with k.when(limit > 0.0):
            k.set(result, k.call("clamp", result, -limit, limit))


# -- by flags


@study(
    "those quantities of each element that are asked for",
    "control_flow:0.4 combined:0.3 vector:0.15 arithmetic:0.03 math:0.1 quaternion:0.06 struct:0.2 function:0.1",
    grows=300.0,
)
def requested(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, laws = _drawn(k, "" if category == "control_flow" else category, _VALUES)
    e = scene.names.entity
    threads(scene, category, laws[0], 2)
    how = rng.choose(("mask", "mask", "switches", "each"))
    site = scene.sites[""]
    form = rng.choose(("compute_{}", "want_{}", "output_{}", "store_{}", "with_{}"))
    kinds = [f"=!{form.format(law.gives[0])}" for law in laws]
    numbers = [] if how == "switches" else numbered(k, kinds, [1 << n for n in range(len(laws))], 0.7)
    bits = dict(zip((law.gives[0] for law in laws), numbers, strict=False))
    flags: Expr | None = None
    if how == "mask":
        flags = k.scalar("=output_flags flags requested outputs_mask request", t.I32, 0, (1 << len(laws)) - 1)
    elif how == "each":
        mask = k.array(f"={e}_requests {e}_flags requests", t.I32, site.dims, low=0, high=(1 << len(laws)) - 1)
        flags = k.let("=flags request requested", mask[site.index])
    _shared(scene, laws)
    for law, kind in zip(laws, kinds, strict=True):
        what = law.gives[0]
        test = k.scalar(kind, t.BOOL, 0, 1) if flags is None else (flags & bits[what]).differs(0)
        k.gap()
        with k.when(test), scene.branch():
            value = scene.apply(law, 1, named=rng.chance(0.4))[0]
            store(scene, scene.sheet.term(what), value)
    k.titles = (
        *(f"compute_{e}_outputs", f"{e}_diagnostics", f"evaluate_{e}_outputs", f"compute_requested_{e}_quantities"),
        *(f"write_{e}_outputs", f"{e}_derived_quantities", f"{scene.sheet.name}_outputs", f"collect_{e}_outputs"),
    )
    k.about = rng.choose(("-", f"Write the quantities of each {e.replace('_', ' ')} that are asked for."))
