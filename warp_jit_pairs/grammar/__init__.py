"""The typed grammar that programs are generated from.

`CATEGORIES` is the registry: a row per category, in the order of the data card. A category draws a recipe (a skeleton
that people write) by weight and fills it with formulas and blocks. `generate` gives a checked program tree; its text is
`emit`'s.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import (
    atomics,
    codes,
    decompositions,
    distance_fields,
    filters,
    float_bits,
    functions,
    geometry,
    indexed,
    integers,
    maps,
    matrices,
    particles,
    plumbing,
    products,
    queries,
    randoms,
    reductions,
    rigid,
    rotations,
    sampled,
    scalars,
    scans,
    series,
    slices,
    stencils,
    structs,
    tile_algebra,
    tile_passes,
    tile_queries,
    tile_rows,
    tile_shapes,
    tile_steps,
    tile_systems,
    tile_threads,
    tiles,
    vectors,
    views,
)
from .build import Shared
from .check import check
from .helpers import refined
from .kernel import Kernel, OtherLaunch
from .lexicon import Namer
from .plumbing import around
from .recipes import RECIPES, Recipe, phase, tail
from .style import draw
from .tree import Program

TILED = (tiles, tile_shapes, tile_algebra, tile_systems, tile_threads, tile_passes, tile_rows, tile_steps, tile_queries)
"""The modules of tile recipes."""

FAMILIES = (
    scalars,
    vectors,
    matrices,
    integers,
    codes,
    float_bits,
    rotations,
    rigid,
    maps,
    stencils,
    filters,
    reductions,
    products,
    scans,
    series,
    atomics,
    particles,
    plumbing,
    geometry,
    distance_fields,
    randoms,
    functions,
    structs,
    *TILED,
    queries,
    sampled,
    decompositions,
    views,
    slices,
    indexed,
)
"""The modules whose import registers formulas and recipes."""

VARIED = frozenset(module.__name__ for module in (maps, functions, *TILED))
FIXED = frozenset(name for name, recipe in RECIPES.items() if recipe.write.__module__ not in VARIED)
"""Recipes whose skeleton is most of the program: some free steps follow it."""

LONG = 27
"""A kernel with so many arguments does enough."""

ALONE = frozenset(
    name
    for name, recipe in RECIPES.items()
    if "tile" in recipe.categories or recipe.write.__module__ == plumbing.__name__
) | {
    "generics",
    "custom_gradient",
    "closures",
}
"""Recipes that want a kernel of their own."""

SIZES = ("small", "medium", "large")


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of kernel: what it is, and the weight of each of its recipes."""

    name: str
    doc: str
    recipes: dict[str, float]


_DOCS = {
    "arithmetic": "scalar arithmetic, element by element",
    "vector": "vectors of 2 to 6 components: dot, cross, norms, projections",
    "matrix": "small matrices: products, inverses, determinants, decompositions",
    "control_flow": "branches, loops, early exits",
    "math": "transcendental functions, roundings, windows, activations",
    "atomic": "atomic adds, minima, maxima and exchanges into shared results",
    "combined": "several of the others in one kernel",
    "integer": "bits, shifts, hashes, codes, number theory, integers of every width",
    "quaternion": "rotations, rigid transforms, spatial vectors",
    "geometry": "distance fields, rays, closest points, meshes and spatial queries",
    "random": "random numbers, Monte Carlo, noise",
    "function": "helper functions: several results, overloads, generics, closures, gradients",
    "struct": "structs: arrays of them, parameters, nested, in functions",
    "tile": "cooperative tiles: loads, maps, reductions, scans, sorts, products, factorisations",
    "reduction": "sums, minima, norms, scans and products of rows and segments",
    "stencil": "neighbours on a grid: finite differences, filters, relaxation, advection",
}

CATEGORIES: dict[str, Category] = {
    name: Category(name, doc, {r.name: r.categories[name] for r in RECIPES.values() if name in r.categories})
    for name, doc in _DOCS.items()
}


def _continue(kernel: Kernel, row: Category) -> None:
    """Long kernels do several things to the same elements: more recipes of the category in the same body."""
    rng = kernel.rng
    for _ in range(rng.weighted({1: 1.0, 2: 3.0, 3: 3.0, 6: 2.0})):
        if len(kernel.arguments) > LONG:
            return
        recipe = RECIPES[rng.weighted(row.recipes)]
        if recipe.name in ALONE or kernel.real not in recipe.reals:
            continue
        kernel.gap()
        # What is left at hand stays so; what earlier recipes wrote is written.
        for value in kernel.pool:
            value.uses += 1
        with contextlib.suppress(OtherLaunch):
            if kernel.threads and rng.chance(0.6):
                with kernel.when(phase(kernel)):
                    recipe.write(kernel)
            else:
                recipe.write(kernel)


def _after(kernel: Kernel, recipe: Recipe) -> None:
    """What follows a skeleton: formulas on its values, or what most kernels are made of."""
    rng, size = kernel.rng, kernel.shared.size
    mixed = kernel.real is t.F32 and kernel.threads and not kernel.plain and not kernel.tiled
    if mixed and recipe.name not in ALONE and rng.chance(0.75):
        if size != "small" or rng.chance(0.35):
            around(kernel, *{"small": (1, 1), "medium": (1, 3), "large": (2, 8)}[size])
    else:
        tail(kernel, {"small": (-2, 1), "medium": (0, 3), "large": (0, 4)}[size])


def generate(category: str, rng: Rng, size: str) -> tuple[Kernel, Program, Recipe]:
    """A legal program of a category, with the builder that knows its arguments' facts."""
    row = CATEGORIES[category]
    recipe = RECIPES[rng.weighted(row.recipes)]
    shared = Shared(rng, draw(rng), Namer(rng, rng.choose(recipe.fields)), rng.weighted(recipe.reals), size)
    kernel = Kernel(shared)
    kernel.action = recipe.action
    if recipe.name in FIXED:
        kernel.refine = refined
    recipe.write(kernel)
    if size == "large" and recipe.name not in ALONE:
        _continue(kernel, row)
    if recipe.name in FIXED:
        _after(kernel, recipe)
    program = kernel.finish()
    check(program)
    return kernel, program, recipe
