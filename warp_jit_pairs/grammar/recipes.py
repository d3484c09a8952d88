"""The registry of recipes: a recipe writes the body of one kind of kernel that people write.

A recipe is a row made by the decorator: its categories with weights, the fields of application that its names come
from, and what it is in one line. The modules that hold recipes are imported by
the package, which also holds the categories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .kernel import Kernel

Write = Callable[[Kernel], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`reals` are the precisions that the recipe can be written in, with weights; `titles` name the kernel."""

    name: str
    doc: str
    fields: tuple[str, ...]
    categories: dict[str, float]
    reals: dict[t.Scalar, float]
    write: Write
    titles: tuple[str, ...]
    of_laws: bool = False
    """Whether it writes what the laws of a sheet say."""
    grows: float = 1.0
    """How much likelier it is among large programs."""
    planned: bool = False
    """Whether it follows a script, as large programs alone do."""


RECIPES: dict[str, Recipe] = {}
ANY_REAL = {t.F32: 9.0, t.F64: 0.7, t.F16: 0.25}
WIDE_REAL = {t.F32: 9.0, t.F64: 1.0}
SINGLE = {t.F32: 1.0}


def recipe(
    doc: str,
    categories: str,
    fields: str,
    reals: dict[t.Scalar, float] | None = None,
    titles: str = "",
    grows: float = 1.0,
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
            reals or WIDE_REAL,
            write,
            tuple(titles.split()),
            grows=grows,
        )
        return write

    return register
