"""What kernels of samples and of codes ask of the sheets: laws that give numbers, ranges of values, laws in a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from warp_jit_pairs import types as t

from .kernel import Kernel
from .kinship import more_laws
from .laws import Law, Sheet
from .likely import middle
from .scene import NoValue, Scene
from .studies import law_for, scene_of
from .topics import is_pair
from .tree import Expr

Fits = Callable[[Sheet, Law], bool]

_DOMAINS = frozenset({"sqrt", "log", "log2", "log10", "acos", "asin", "pow", "inverse", "normalize", "tan", "exp"})
"""Builtins whose argument must not leave the range that a sheet promises."""


def chosen(k: Kernel, fits: Fits, category: str = "", steps: bool = False) -> tuple[Scene, Law]:
    """A scene about a law that fits; raises NoValue where none is found."""
    for _ in range(60):
        field, law = law_for(k, category, steps=steps)
        if fits(field, law):
            return scene_of(k, category, field, law)
    raise NoValue("no law fits")


_STORED = frozenset(
    {
        *("animation", "audio", "bits", "camera", "crowds", "image", "linkages", "molecular", "particles", "radar"),
        *("rigid", "robotics", "shading", "shapes", "splats", "tracking", "terrain", "spectra", "games", "navigation"),
        *("drones", "rovers"),
    }
)
"""Sheets about what is stored or sent in few bits: pictures, sounds, poses, what sensors read."""
_PACKED = (
    *("color", "normal", "position", "velocity", "direction", "depth", "signal", "sample", "pixel", "albedo", "angle"),
    *("rotation", "orientation", "distance", "level", "gray", "luma", "intensity", "rate", "axis", "offset", "center"),
    *("radiance", "roughness", "opacity", "speed", "displacement", "height", "weight", "heading", "pose", "point"),
    *("brightness", "range", "acceleration", "torque", "force", "scale", "wet", "output", "filtered", "tone"),
)
"""What is worth that: parts of the names of quantities."""


_KEPT = (
    *("color", "radiance", "albedo", "normal", "direction", "position", "velocity", "point", "axis", "center"),
    *("depth", "distance", "angle", "heading", "speed", "height", "level", "roughness", "opacity", "metallic"),
    *("gray", "luma", "intensity", "signal", "sample", "range", "offset", "goal", "alpha", "occlusion"),
)
"""What people put several of into a word: parts of the names of quantities."""


def in_few_bits(field: Sheet, name: str) -> bool:
    """Whether people put a quantity into a few bits of a word, beside others."""
    return field.quantity(name).type in ("bool", "int") or any(part in name for part in _KEPT)


def stored(k: Kernel, fits: Fits, named: bool = True) -> tuple[Scene, Law]:
    """A scene about a law whose results, or with `named` off whose matter, people keep in few bits."""
    for _ in range(80):
        field, law = law_for(k, "")
        right = field.name in _STORED and fits(field, law)
        if right and (not named or any(part in law.gives[0] for part in _PACKED)):
            return scene_of(k, "", field, law)
    raise NoValue("no law fits")


def gives_number(field: Sheet, law: Law) -> bool:
    """Whether a law gives one number, and the same for the same arguments."""
    return (
        len(law.gives) == 1
        and field.quantity(law.gives[0]).type == "real"
        and field.term(law.gives[0]).prefix != "next"
        and "rng" not in law.takes
        and not is_pair(law)
    )


def readable(field: Sheet, law: Law) -> bool:
    """Whether all that a law takes can be read, so that nothing else depends on what is sampled."""
    return not law.looped and all(
        name != "rng" and isfinite(field.quantity(name).low) and field.term(name).prefix not in ("next", "rate")
        for name in law.takes
    )


def numbers_taken(field: Sheet, law: Law) -> list[str]:
    """The numbers among what a law takes that can be varied within a range."""
    return [
        name
        for name in law.takes
        if name != "rng"
        and field.quantity(name).type == "real"
        and isfinite(field.quantity(name).low)
        # A bound or a step is no quantity that is uncertain.
        and field.term(name).prefix not in ("max", "min", "next", "target", "reference")
        and field.quantity(name).name not in _FIXED
    ]


_FIXED = frozenset({"dt", "time_step", "step_size", "epsilon", "softening", "learning_rate", "lr"})


def delicate(law: Law) -> bool:
    """Whether a law must not be asked beyond the ranges of its quantities."""
    text = law.calls & _DOMAINS
    return bool(text) or law.size > 25


def span(scene: Scene, name: str, value: Expr) -> tuple[float, float]:
    """A range of a value as it may be written, for scales of it."""
    low, high = value.low, value.high
    if not (isfinite(low) and isfinite(high) and high - low < 2e3):
        row = scene.sheet.quantity(name)
        low, high = row.low, row.high
    if not (isfinite(low) and isfinite(high)):
        return -1.0, 2.0
    return round(low, 3), round(high, 3)


def word_of(scene: Scene, name: str) -> str:
    return scene.names.called(scene.sheet.term(name))


def limit_for(
    scene: Scene, name: str, value: Expr, kind: str = "", laws: Sequence[Law] = (), plain: bool = False
) -> Expr:
    """A threshold for a value that some laws give.

    An argument, which it always is if `plain`, a constant or an entry for each element.
    """
    k, rng = scene.k, scene.rng
    word = word_of(scene, name)
    low, high = middle(scene.likely(name, laws)) or _third(*span(scene, name, value))
    kind = kind or f"={word}_threshold {word}_limit {word}_cutoff max_{word} threshold"
    if not plain and rng.chance(0.15):
        site = scene.sites[""]
        return k.array(f"={word}_limits {word}_thresholds {word}_limit", k.real, site.dims, low=low, high=high)[
            site.index
        ]
    if not plain and rng.chance(0.15):
        return k.constant(short(low + rng.choose((1.0, 2.0, 3.0)) * (high - low) / 4.0), k.real, kind)
    return k.scalar(kind, k.real, low, high)


def short(number: float) -> float:
    """A number as people write limits: in two digits."""
    return float(f"{number:.2g}")


def _third(low: float, high: float) -> tuple[float, float]:
    """The middle third of a range."""
    return low + (high - low) / 3.0, high - (high - low) / 3.0


def chain(scene: Scene, law: Law, category: str, count: int, varying: Sequence[str]) -> list[Law]:
    """Laws that go on from a law's result or from what varies with it; what else they take is read at once."""
    field = scene.sheet
    moving = {*varying, *law.gives}
    found: list[Law] = []
    for one in more_laws(scene, law, category, 4 * count):
        if len(found) == count:
            break
        fine = gives_number(field, one) and not one.looped and not one.early and set(one.takes) & moving
        # What is known from before the samples must not be something else within them.
        known = fine and all(name in moving or isfinite(field.quantity(name).low) for name in one.takes)
        if known and not set(one.gives) & set(scene.held):
            for name in one.takes:
                if name not in moving:
                    scene.value(name, 0)
            moving |= set(one.gives)
            found.append(one)
    return found


def number_of(k: Kernel, value: Expr) -> bool:
    return isinstance(value.type, t.Scalar) and value.type is k.real
