"""The registry of recipes: a recipe writes the body of one kind of kernel that people write.

A recipe is a row made by the decorator: its categories with weights, the fields of application that its names come
from, the verb family of the kernel's name, and what it is in one line. The modules that hold recipes are imported by
the package, which also holds the categories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .helpers import step_in_helper
from .kernel import Kernel
from .steps import Palette, step
from .tree import Expr

Write = Callable[[Kernel], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`reals` are the precisions that the recipe can be written in, with weights; `titles` name the kernel."""

    name: str
    doc: str
    fields: tuple[str, ...]
    categories: dict[str, float]
    action: str
    reals: dict[t.Scalar, float]
    write: Write
    titles: tuple[str, ...]


RECIPES: dict[str, Recipe] = {}
ANY_REAL = {t.F32: 9.0, t.F64: 0.7, t.F16: 0.25}
WIDE_REAL = {t.F32: 9.0, t.F64: 1.0}
SINGLE = {t.F32: 1.0}


def recipe(
    doc: str,
    categories: str,
    fields: str,
    action: str = "map",
    reals: dict[t.Scalar, float] | None = None,
    titles: str = "",
) -> Callable[[Write], Write]:
    """Register a recipe; `categories` is "name[:weight] ...", `fields` are names of vocabularies,
    `titles` names for the kernel that say what it does (see `Names.titled`)."""

    def register(write: Write) -> Write:
        weights = {}
        for item in categories.split():
            name, _, value = item.partition(":")
            weights[name] = float(value or 1.0)
        RECIPES[write.__name__] = Recipe(
            write.__name__,
            doc,
            tuple(fields.split()),
            weights,
            action,
            reals or WIDE_REAL,
            write,
            tuple(titles.split()),
        )
        return write

    return register


def letters(k: Kernel, wanted: str) -> dict[str, t.Type]:
    """The program's types by letter."""
    real = k.real
    size = k.rng.weighted({3: 6.0, 2: 2.5, 4: 1.0, 5: 0.3, 8: 0.1})
    if "m" in wanted and size > 4:
        size = 4
    if real is not t.F32:
        wanted = wanted.replace("p", "").replace("f", "")
    known: dict[str, t.Type] = {
        "r": real,
        "f": real,
        "v": t.vec(size, real),
        "p": t.vec(size, real),
        "w": t.vec(3, real),
        "m": t.mat(size, size, real),
        "q": t.quat(real),
        "x": t.transform(real),
        "s": t.spatial(real),
        "i": t.I32,
        "u": t.U32,
    }
    return {letter: known[letter] for letter in wanted}


def extra(k: Kernel, tags: str, wanted: str, low: int = 0, high: int = 2) -> None:
    """Some more steps around what a recipe has at hand."""
    scale = {"small": 0.5, "medium": 1.0, "large": 1.6}[k.shared.size]
    count = round(k.rng.integer(low, high) * scale)
    if count:
        weights = dict.fromkeys(tags.split(), 1.0)
        palette = Palette(k.rng, weights, letters(k, wanted))
        for _ in range(count):
            if k.rng.chance(0.5):
                step_in_helper(k, weights)
            else:
                step(k, palette)


def phase(k: Kernel) -> Expr:
    """A condition on which a whole part of a long kernel depends: a mode, a mask, a flag, a kind."""
    rng = k.rng
    how = rng.weighted({"mode": 3.0, "mask": 1.0, "flag": 2.5, "kind": 2.0})
    if how == "mode":
        return k.scalar("flag", t.BOOL, 0, 1)
    if how == "mask":
        mask = k.array("mask", t.BOOL, k.launch, low=0, high=1)[k.threads]
        return mask if rng.chance(0.7) else k.negate(mask)
    value = k.array("flag" if how == "flag" else "label", t.I32, k.launch, low=0, high=2)[k.threads]
    if how == "flag":
        return value.differs(0) if rng.chance(0.6) else value > 0
    return value.equals(k.constant(1, t.I32, "label") if rng.chance(0.5) else k.integer(1))


def tail(k: Kernel, count: tuple[int, int]) -> None:
    """Some steps on what a recipe computed, their results written out."""
    rng = k.rng
    steps = rng.integer(*count)
    if steps <= 0 or not k.threads:
        return
    for value in k.pool:
        value.uses += 1
    before = len(k.pool)
    tags = rng.choose(
        (
            ("arithmetic",),
            ("arithmetic", "math"),
            ("vector", "arithmetic"),
            ("vector", "vector3"),
            ("control_flow", "arithmetic"),
        )
    )
    wanted = "rvw" if "vector" in tags else "r"
    types = letters(k, wanted)
    known = [v.expr.type for v in k.pool if isinstance(v.expr.type, t.Vector) and v.expr.type.dtype is k.real]
    if known and "v" in types:
        types["v"] = rng.choose(known)
    weights = dict.fromkeys(tags, 1.0)
    palette = Palette(rng, weights, types)
    k.gap()
    for _ in range(steps):
        if rng.chance(0.4):
            step_in_helper(k, weights)
        else:
            step(k, palette)
    left = [v for v in k.pool[before:] if v.uses == 0]
    for value in left[:2]:
        value.uses += 1
        k.output(value.kind if value.kind != "scalar" else "out", k.bounded(value.expr))
