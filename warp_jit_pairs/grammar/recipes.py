"""Recipes: which skeleton, filled from which formulas, in which fields of application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import types as t
from .kernel import Kernel
from .maps import elementwise
from .steps import Palette, merge, step


@dataclass(frozen=True, slots=True)
class Recipe:
    """A skeleton with its formulas: `write` writes the kernel's body."""

    name: str
    doc: str
    fields: tuple[str, ...]
    write: Callable[[Kernel], None]
    action: str = "map"
    any_real: bool = True


RECIPES: dict[str, Recipe] = {}


def recipe(
    name: str, doc: str, fields: str, write: Callable[[Kernel], None], action: str = "map", any_real: bool = True
) -> None:
    RECIPES[name] = Recipe(name, doc, tuple(fields.split()), write, action, any_real)


def letters(k: Kernel, wanted: str) -> dict[str, t.Type]:
    """The program's types by letter."""
    real = k.real
    size = k.rng.weighted({3: 6.0, 2: 2.5, 4: 1.0, 5: 0.3, 6: 0.2})
    known: dict[str, t.Type] = {
        "r": real,
        "v": t.vec(size, real),
        "w": t.vec(3, real),
        "m": t.mat(min(size, 4), min(size, 4), real),
        "q": t.quat(real),
        "x": t.transform(real),
        "s": t.spatial(real),
        "i": t.I32,
        "u": t.U32,
    }
    if "m" in wanted and size > 4:
        known["v"] = t.vec(4, real)
    return {letter: known[letter] for letter in wanted}


def _map_arithmetic(k: Kernel) -> None:
    elementwise(k, Palette(k.rng, {"arithmetic": 1.0}, letters(k, "r")), "r", k.rng.choose((0.0, 0.0, 0.1)))


def _map_math(k: Kernel) -> None:
    elementwise(
        k, Palette(k.rng, {"math": 2.0, "arithmetic": 0.5}, letters(k, "r")), "r", k.rng.choose((0.0, 0.0, 0.1))
    )


def _map_vector(k: Kernel) -> None:
    types = letters(k, "rvw")
    palette = Palette(k.rng, {"vector": 2.0, "vector3": 1.0, "arithmetic": 0.3}, types)
    elementwise(k, palette, k.rng.choose(("v", "v", "r")), k.rng.choose((0.0, 0.0, 0.15)))


def _map_matrix(k: Kernel) -> None:
    types = letters(k, "rvm")
    palette = Palette(k.rng, {"matrix": 2.0, "vector": 0.7, "arithmetic": 0.2}, types)
    elementwise(k, palette, k.rng.choose(("m", "v", "r")), k.rng.choose((0.0, 0.0, 0.1)))


def _map_control(k: Kernel) -> None:
    elementwise(k, Palette(k.rng, {"control_flow": 1.0, "arithmetic": 1.0}, letters(k, "r")), "r", 0.6)


def _map_combined(k: Kernel) -> None:
    types = letters(k, "rvm")
    tags = {"vector": 1.0, "matrix": 0.8, "math": 1.0, "arithmetic": 0.6}
    elementwise(k, Palette(k.rng, tags, types), k.rng.choose(("v", "r", "m")), 0.25)


def _atomic_accumulate(k: Kernel) -> None:
    rng = k.rng
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.5}, letters(k, "r"))
    k.start(rng.weighted({1: 4.0, 2: 1.0}))
    for _ in range(rng.integer(1, 5)):
        step(k, palette)
    value = k.bounded(merge(k, k.real, k.unused()))
    bins = k.dim(8)
    target = k.array("accumulator", k.real, (bins,), "inout", low=0.0, high=0.0)
    where = k.load("label", t.I32, 0, 7, bound=bins.symbol)
    builtin = rng.choose(("atomic_add", "atomic_sub", "atomic_min", "atomic_max"))
    k.do(k.call(builtin, target, where, value, gives=k.real))
    if rng.chance(0.3):
        k.output("out", value)


recipe("map_arithmetic", "elementwise scalar arithmetic", "generic stats signal finance", _map_arithmetic)
recipe("map_math", "elementwise transcendental math", "signal waves heat learning stats audio", _map_math)
recipe("map_vector", "elementwise vector algebra", "particles geometry render cloth", _map_vector)
recipe("map_matrix", "elementwise small matrices", "linalg fem rigid cloth", _map_matrix)
recipe("map_control", "branches on values", "generic control finance image", _map_control)
recipe("map_combined", "a mix", "particles rigid fem render", _map_combined)
recipe("atomic_accumulate", "atomics into bins", "stats particles image", _atomic_accumulate, "scatter", False)
