"""Kernels that write all that is known of an element as a row of features: by laws, and states as they are."""

from __future__ import annotations

from functools import cache

from warp_jit_pairs import types as t

from .kernel import Kernel
from .kinship import more_laws
from .law_numbers import word_of
from .laws import Law, sheet
from .names import plural
from .scene import NoValue, Scene
from .studies import scene_of, study, suppress_value, threads
from .topics import Found, laws_of
from .tree import Expr

_SHOWN = ("real", "vec2", "vec3", "vec4", "quat", "bool")
_COUNTS = {"small": (2, 4), "medium": (3, 6), "large": (8, 16)}
_OBSERVED = frozenset(
    {
        *("crowds", "particles", "rigid", "robotics", "linkages", "tracking", "weather"),
        *("drones", "rovers", "vehicles", "traffic", "agents", "navigation"),
    }
)
"""Sheets about things that somebody observes: a policy, a filter, a forecast."""


@cache
def _about(category: str, names: frozenset[str]) -> tuple[Found, ...]:
    laws = laws_of(category, False, False) or laws_of("", False, False)
    return tuple(found for found in laws if found[0] in names)


def _stateful(k: Kernel, category: str, names: frozenset[str]) -> tuple[Scene, Law]:
    """A scene about a thing that has a state."""
    known = [found for found in _about(category, names) if k.real is t.F32 or not found[1].single]
    if not known:
        raise NoValue("no state")
    name, law = k.rng.choose(known)
    return scene_of(k, category, sheet(name), law)


def _items(scene: Scene, law: Law, category: str, count: int, raw: float) -> list[tuple[str, Expr]]:
    """Names and values of what is known of an element: results of laws, and states as they are."""
    rng, field = scene.rng, scene.sheet
    found: list[tuple[str, Expr]] = []
    known: set[str] = set()

    def take(name: str, value: Expr) -> None:
        base = field.term(name).base
        if base not in known and field.quantity(name).type in _SHOWN:
            known.add(base)
            found.append((name, value))

    laws = [law, *more_laws(scene, law, category, count)]
    wanted = max(1, round(count * (1.0 - raw)))
    for one in laws:
        if len(found) >= wanted:
            break
        if any(name.startswith("next_") for name in one.gives) or "rng" in one.takes:
            continue
        with suppress_value():
            scene.k.gap()
            for name, result in zip(one.gives, scene.apply(one, scene.depth), strict=True):
                take(name, result)
    # Of states as they are those that laws took: others of the field may belong to something else.
    for row in field.quantities.values():
        held = scene.held.get(row.name)
        if row.where == "state" and isinstance(held, Expr) and len(found) < count and not rng.chance(0.15):
            take(row.name, held)
    if not found:
        raise NoValue(law.name)
    return found


def _numbers(scene: Scene, value: Expr) -> list[Expr]:
    """The components of a value as numbers."""
    k = scene.k
    if value.type is t.BOOL:
        return [k.where(value, k.lit(1.0, k.real), k.lit(0.0, k.real))]
    if isinstance(value.type, t.Scalar):
        return [value]
    return [value[n] for n in range(4)] if isinstance(value.type, t.Quat) else k.components(value)


@study(
    "what is known of each element as a row of numbers",
    "arithmetic:0.07 vector:0.2 control_flow:0.07 math:0.08 combined:0.12 quaternion:0.2"
    " struct:0.4 function:0.08 random:0.05",
    grows=20.0,
)
def observe(k: Kernel, category: str) -> None:
    rng = k.rng
    noisy = category == "random"
    scene, law = _stateful(k, "" if noisy else category, _OBSERVED)
    threads(scene, category, law, 2)
    state = scene.generator() if noisy else None
    scene.alone = False
    e = scene.names.entity
    items = _items(scene, law, category, rng.integer(*_COUNTS[k.shared.size]), rng.choose((0.2, 0.5, 0.8)))
    if len(items) < 2:
        raise NoValue(law.name)
    scaled = rng.choose((0.0, 0.0, 0.3, 0.7))
    clipped = k.scalar("=clip obs_clip max_abs", k.real, 1.0, 10.0) if rng.chance(0.15) else None
    parts: list[tuple[str, list[Expr]]] = []
    for name, value in items:
        scalable = isinstance(value.type, (t.Scalar, t.Vector)) and value.type.scalar is k.real
        if scaled and rng.chance(scaled) and scalable and not isinstance(value.type, t.Quat):
            word = word_of(scene, name)
            scale = k.scalar(f"=!{word}_scale {word}_gain", k.real, 0.1, 2.0)
            value = value * scale if rng.chance(0.8) else value / scale
        if not isinstance(value.type, t.Scalar):
            value = k.let(scene.names.local(scene.sheet.term(name)), value)
        parts.append((name, _numbers(scene, value)))
    width = sum(len(numbers) for _, numbers in parts)
    columns = k.dim(width, fixed=True)
    site = scene.sites[""]
    row = k.array(f"=obs features {e}_features observations {e}_obs state_vec", k.real, (*site.dims, columns), "out")
    k.gap()
    place = 0
    spread: dict[str, Expr] = {}
    shared = rng.chance(0.3)
    remarked = rng.chance(0.3)
    for name, numbers in parts:
        if remarked and len(numbers) > 1:
            k.comment(word_of(scene, name).replace("_", " "))
        sort = scene.sheet.quantity(name).type
        for number in numbers:
            if state is not None and sort != "bool":
                # As a sensor reads it; the generator is not to be asked within a branch.
                word = "" if shared else word_of(scene, name)
                if word not in spread:
                    kind = f"=!{word}_noise {word}_std" if word else "=noise_std sigma noise"
                    spread[word] = k.scalar(kind, k.real, 0.01, 0.2)
                number = number + spread[word] * k.call("randn", state)
            value = k.call("clamp", number, -clipped, clipped) if clipped is not None else number
            k.set(row[(*site.index, k.integer(place))], value)
            place += 1
    k.titles = (
        *(f"compute_{e}_features", f"extract_{e}_features", f"pack_{e}_features", f"write_{e}_features"),
        *(f"{e}_observations", f"compute_{e}_observations", f"{e}_feature_rows", f"pack_{plural(e)}"),
        *(f"build_{e}_features", f"gather_{e}_features", f"{scene.sheet.name}_features"),
    )
    k.about = rng.choose(("-", f"Pack what is known of each {e.replace('_', ' ')} into a row of features."))
    if noisy:
        k.titles = (f"noisy_{e}_observations", f"observe_{plural(e)}", f"sample_{e}_readings", f"{e}_sensor_readings")
        k.titles = (*k.titles, f"add_{e}_noise", f"measure_{plural(e)}", f"{scene.sheet.name}_observations")
