"""The typed grammar that programs are generated from.

`CATEGORIES` is the registry: a row per category, in the order of the data card. A category draws a recipe (a skeleton
that people write) by weight, and the recipe writes the kernel: most of them about a law of a formula sheet. `generate`
gives a checked program tree; its text is `emit`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from warp_jit_pairs.rng import Rng

from . import (
    advection,
    alignments,
    atomic_tasks,
    atomics,
    cellular,
    chance_studies,
    closest,
    codes,
    conditions,
    constraints,
    copies,
    curve_fits,
    decompositions,
    dense_products,
    deposits,
    derivatives,
    dispatches,
    distance_fields,
    elements,
    encounters,
    extrema,
    field_studies,
    filters,
    flight,
    float_bits,
    fold_studies,
    framed_laws,
    framed_pairs,
    framed_sums,
    function_dtypes,
    function_gradients,
    function_makers,
    function_replays,
    geometry,
    grid_queries,
    hashing,
    homogeneous,
    images,
    indexed,
    integer_maps,
    joint_angles,
    joint_turns,
    kalman,
    law_codes,
    law_flags,
    law_words,
    line_fits,
    losses,
    marches,
    mesh_faces,
    mesh_points,
    mesh_rays,
    moments,
    monte_carlo,
    narrow_formats,
    neighbors,
    noise_fields,
    number_theory,
    once,
    outlines,
    overlaps,
    pair_kinds,
    pair_scatter,
    particles,
    posed_sensors,
    poses,
    products,
    quantities,
    random_choice,
    random_samples,
    random_tasks,
    randoms,
    rays,
    readings,
    rectangular,
    reductions,
    relaxation,
    rigid,
    root_states,
    rotations,
    row_extrema,
    row_normals,
    row_pairs,
    row_signals,
    running_studies,
    sampled,
    scans,
    scatter,
    scripted,
    searches,
    segments,
    sensitivities,
    series,
    shading,
    shape_kinds,
    skinning,
    slices,
    slots,
    small_arrays,
    spatial_inertias,
    state_copies,
    state_costs,
    states,
    stencils,
    struct_arrays,
    struct_functions,
    struct_nesting,
    struct_tasks,
    structs,
    sweeps,
    tallies,
    textures,
    tile_algebra,
    tile_bodies,
    tile_choices,
    tile_gathers,
    tile_iterations,
    tile_passes,
    tile_queries,
    tile_random,
    tile_reductions,
    tile_rows,
    tile_shapes,
    tile_solves,
    tile_sorts,
    tile_spectra,
    tile_status,
    tile_steps,
    tile_studies,
    tile_systems,
    tile_threads,
    tile_vectors,
    tiles,
    trajectories,
    tree,
    tree_walks,
    twists,
    uncertainty,
    views,
    voxels,
    watched,
    whole_states,
    widths,
    window_slices,
    window_studies,
    windows,
)
from .build import Shared
from .check import check
from .kernel import Kernel
from .lexicon import Namer
from .recipes import RECIPES, Recipe
from .scene import NoValue
from .style import draw
from .tree import Program

TILED = (
    tiles,
    tile_reductions,
    tile_sorts,
    tile_random,
    tile_vectors,
    tile_shapes,
    tile_gathers,
    tile_algebra,
    tile_systems,
    tile_solves,
    tile_spectra,
    tile_threads,
    tile_passes,
    tile_status,
    tile_iterations,
    tile_rows,
    tile_choices,
    tile_bodies,
    tile_steps,
    tile_queries,
    tile_studies,
)
"""The modules of tile recipes."""

FAMILIES = (
    codes,
    float_bits,
    rotations,
    joint_angles,
    joint_turns,
    poses,
    twists,
    rigid,
    root_states,
    posed_sensors,
    skinning,
    kalman,
    curve_fits,
    alignments,
    stencils,
    filters,
    reductions,
    row_extrema,
    row_normals,
    row_pairs,
    row_signals,
    products,
    dense_products,
    scans,
    segments,
    series,
    marches,
    trajectories,
    small_arrays,
    atomics,
    atomic_tasks,
    particles,
    geometry,
    closest,
    rays,
    readings,
    shading,
    shape_kinds,
    distance_fields,
    randoms,
    random_choice,
    random_tasks,
    random_samples,
    monte_carlo,
    noise_fields,
    function_dtypes,
    function_gradients,
    function_makers,
    structs,
    quantities,
    once,
    states,
    encounters,
    pair_kinds,
    pair_scatter,
    sweeps,
    tallies,
    field_studies,
    flight,
    fold_studies,
    window_studies,
    running_studies,
    uncertainty,
    chance_studies,
    law_codes,
    law_flags,
    law_words,
    whole_states,
    state_copies,
    state_costs,
    dispatches,
    framed_laws,
    framed_sums,
    framed_pairs,
    moments,
    sensitivities,
    line_fits,
    *TILED,
    mesh_points,
    mesh_rays,
    overlaps,
    grid_queries,
    mesh_faces,
    sampled,
    textures,
    voxels,
    decompositions,
    homogeneous,
    searches,
    watched,
    views,
    window_slices,
    narrow_formats,
    slices,
    rectangular,
    spatial_inertias,
    indexed,
    function_replays,
    advection,
    cellular,
    derivatives,
    images,
    relaxation,
    windows,
    scatter,
    integer_maps,
    conditions,
    number_theory,
    outlines,
    constraints,
    elements,
    copies,
    struct_tasks,
    extrema,
    losses,
    deposits,
    slots,
    widths,
    hashing,
    neighbors,
    struct_arrays,
    struct_nesting,
    struct_functions,
    scripted,
)
"""The modules whose import registers recipes."""

# In the order of their names, so that it does not matter which module is imported first.
for _name in sorted(RECIPES):
    RECIPES[_name] = RECIPES.pop(_name)

_TURNS = 16
"""So many recipes are tried; one in a thousand asks for a value that cannot be had."""
_LONG, _TRIES = 36, 4
"""A large program has so many statements in its kernel, or is the longest of so many that were written, where at least
a third of what is drawn is meant for long ones."""
_MEANT = 50.0
"""Recipes that are so much likelier among large programs are meant for them."""
_HARDLY = 10.0
"""Recipes that are less so give hardly ever a long one: of several tries only the last may be one of them."""

SIZES = ("small", "medium", "large")


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of kernel: what it is, and the weight of each of its recipes."""

    name: str
    doc: str
    recipes: dict[str, float]

    large: dict[str, float]
    """The weights in large programs."""
    tries: int
    """So many large programs are written, of which the longest is taken if none is long enough."""


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

_CRAFTED = {
    "arithmetic": 0.05,
    "matrix": 0.21,
    "atomic": 0.16,
    "integer": 0.12,
    "quaternion": 0.29,
    "geometry": 0.45,
    "random": 0.29,
    "struct": 0.04,
    "tile": 0.345,
    "reduction": 0.1,
    "stencil": 0.34,
}
"""How many of a category's kernels are of skeletons that are written out, where it is not as usual.

They have builtins and idioms that no law has, but fewer forms than laws have together: too many of them repeat each
other (`stats --generator`).
"""
_USUAL = 0.08


_PLANNED = {
    "arithmetic": 0.7,
    "vector": 0.75,
    "matrix": 0.6,
    "control_flow": 0.75,
    "math": 0.7,
    "atomic": 0.55,
    "combined": 0.75,
    "integer": 0.65,
    "quaternion": 0.7,
    "geometry": 0.65,
    "random": 0.3,
    "function": 0.75,
    "struct": 0.75,
    "reduction": 0.7,
    "stencil": 0.6,
}
"""How many of a category's large programs follow a script: fewer where there are few scripts, whose programs would
repeat each other."""


def _weights(category: str) -> dict[str, float]:
    """The weight of each recipe of a category; those of its skeletons make up their share."""
    weights = {r.name: r.categories[category] for r in RECIPES.values() if category in r.categories and not r.planned}
    crafted = sum(weight for name, weight in weights.items() if not RECIPES[name].of_laws)
    rest = sum(weights.values()) - crafted
    if not rest or not crafted:
        return weights
    share = _CRAFTED.get(category, _USUAL)
    factor = share * rest / ((1.0 - share) * crafted)
    return {name: weight * (1.0 if RECIPES[name].of_laws else factor) for name, weight in weights.items()}


def _planned(category: str, rest: float) -> dict[str, float]:
    """The weight of each script among a category's large programs, of which others weigh so much."""
    weights = {r.name: r.categories[category] for r in RECIPES.values() if category in r.categories and r.planned}
    share = _PLANNED.get(category, 0.0)
    factor = share * rest / ((1.0 - share) * max(sum(weights.values()), 1e-9))
    return {name: weight * factor for name, weight in weights.items()}


def _category(name: str, doc: str) -> Category:
    weights = _weights(name)
    large = {one: weight * RECIPES[one].grows for one, weight in weights.items()}
    meant = sum(weight for one, weight in large.items() if RECIPES[one].grows >= _MEANT)
    tries = _TRIES if 3.0 * meant >= sum(large.values()) else 1
    return Category(name, doc, weights, large | _planned(name, sum(large.values())), tries)


CATEGORIES: dict[str, Category] = {name: _category(name, doc) for name, doc in _DOCS.items()}


def generate(category: str, rng: Rng, size: str) -> tuple[Kernel, Program, Recipe]:
    """A legal program of a category, with the builder that knows its arguments' facts."""
    row = CATEGORIES[category]
    large = size == "large"
    weights = row.large if large else row.recipes
    longest: tuple[int, tuple[Kernel, Program, Recipe]] | None = None
    tries = row.tries if large else 1
    for _ in range(_TURNS - 1):
        recipe = RECIPES[rng.weighted(weights)]
        if recipe.grows < _HARDLY and tries > 1:
            # It would be written for nothing: it is hardly ever the longest.
            tries -= 1
            continue
        try:
            made = _written(recipe, rng, size)
        except NoValue:
            # The law that was drawn needs what nothing here gives: another one.
            continue
        if not large:
            return made
        body = tree_walks.statements(made[1].kernel.body)
        length = sum(not isinstance(node, (tree.Comment, tree.Blank)) for node in body)
        if length >= _LONG:
            return made
        if longest is None or length > longest[0]:
            longest = length, made
        tries -= 1
        if not tries:
            break
    return longest[1] if longest is not None else _written(RECIPES[rng.weighted(weights)], rng, size)


def _written(recipe: Recipe, rng: Rng, size: str) -> tuple[Kernel, Program, Recipe]:
    shared = Shared(rng, draw(rng), Namer(rng, rng.choose(recipe.fields)), rng.weighted(recipe.reals), size)
    kernel = Kernel(shared)
    kernel.titles = recipe.titles
    recipe.write(kernel)
    program = kernel.finish()
    if any(isinstance(part, tree.StructDef) and len(part.annotations) == 1 for part in program.parts):
        raise NoValue("a struct of one field")
    check(program)
    return kernel, program, recipe
