"""The typed grammar that programs are generated from.

`CATEGORIES` is the registry: a row per category, in the order of the data card. A category draws a recipe (a skeleton
that people write) by weight and fills it with formulas and blocks. `generate` gives a checked program tree; its text is
`emit`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import types as t
from ..rng import Rng
from . import matrices, scalars, vectors  # noqa: F401  (they register their rows)
from .build import Shared
from .check import check
from .kernel import Kernel
from .lexicon import Namer
from .recipes import RECIPES, Recipe
from .style import draw
from .tree import Program


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of kernel: what it is, and the weight of each recipe."""

    name: str
    doc: str
    recipes: dict[str, float]


def _category(name: str, doc: str, **recipes: float) -> tuple[str, Category]:
    return name, Category(name, doc, recipes)


CATEGORIES: dict[str, Category] = dict(
    (
        _category("arithmetic", "scalar arithmetic, element by element", map_arithmetic=1.0),
        _category("vector", "vectors of 2 to 6 components: dot, cross, norms, projections", map_vector=1.0),
        _category("matrix", "small matrices: products, inverses, determinants, decompositions", map_matrix=1.0),
        _category("control_flow", "branches, loops, early exits", map_control=1.0),
        _category("math", "transcendental functions, roundings, windows, activations", map_math=1.0),
        _category("atomic", "atomic adds, minima, maxima and exchanges into shared results", atomic_accumulate=1.0),
        _category("combined", "several of the others in one kernel", map_combined=1.0),
    )
)

SIZES = ("small", "medium", "large")


def generate(category: str, rng: Rng, size: str) -> tuple[Kernel, Program, Recipe]:
    """A legal program of a category, with the builder that knows its arguments' facts."""
    row = CATEGORIES[category]
    recipe = RECIPES[rng.weighted(row.recipes)]
    style = draw(rng)
    real = rng.weighted({t.F32: 9.0, t.F64: 0.7, t.F16: 0.3}) if recipe.any_real else t.F32
    shared = Shared(rng, style, Namer(rng, rng.choose(recipe.fields)), real, size)
    kernel = Kernel(shared)
    kernel.action = recipe.action
    recipe.write(kernel)
    program = kernel.finish("", "")
    check(program)
    return kernel, program, recipe
