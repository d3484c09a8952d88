"""Public entry points of generation: a category and a seed in, a kernel's source and what is known about it out.

Pure functions of their arguments. The grammar decides what the program is, `emit` how it is printed; this module puts
both together and describes the arguments for verification.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict

from .emit import emit
from .errors import UnknownNameError, UsageError
from .grammar import CATEGORIES, SIZES, generate
from .rng import Rng, sub_seed

MIXED = {"small": 0.61, "medium": 0.175, "large": 0.215}
"""The default mix of sizes."""


class KernelSpec(TypedDict):
    """A kernel, and what is known of it."""

    name: str
    category: str
    source: str
    """A complete Python file that defines this one kernel."""
    arg_types: dict[str, str]
    """The annotation of each argument, in order."""
    description: str
    """What kind of kernel it is, in a few words."""
    metadata: dict[str, Any]
    """What verification needs: seed, launch, the sizes of dimensions, the role and the facts of each argument."""


def generate_kernel(category: str, seed: int, size: str = "mixed") -> KernelSpec:
    """The kernel of a category, a 64-bit seed and a size (`small`, `medium`, `large`, or `mixed`: drawn by `MIXED`).

    Equal arguments give the same kernel on every machine.

    Raises:
        UnknownNameError: there is no such category or size.
    """
    if category not in CATEGORIES:
        raise UnknownNameError("category", category, list(CATEGORIES))
    if size != "mixed" and size not in SIZES:
        raise UnknownNameError("size", size, ["mixed", *SIZES])
    rng = Rng(sub_seed(seed, "kernel", category))
    # A child draws the size, so that asking for the size that a mix gave gives the same kernel.
    chosen = rng.child("size").weighted(MIXED) if size == "mixed" else size
    with _uncollected():
        return _spec(category, seed, chosen, rng)


def _spec(category: str, seed: int, size: str, rng: Rng) -> KernelSpec:
    kernel, program, recipe = generate(category, rng, size)
    style = kernel.style
    source = emit(program, style.width, style.always_split, style.exploded)
    return KernelSpec(
        name=program.kernel.name,
        category=category,
        source=source,
        arg_types={p.name: p.annotation for p in program.kernel.parameters},
        description=recipe.doc,
        metadata={
            "seed": seed,
            "size": size,
            "recipe": recipe.name,
            "launch": {
                "dim": [dim.size for dim in kernel.launch + kernel.lanes],
                "dims": [dim.symbol for dim in kernel.launch + kernel.lanes],
                "lanes": len(kernel.lanes),
                "block_dim": kernel.block_dim,
                "tiled": kernel.tiled,
            },
            "dims": {dim.symbol: dim.size for dim in kernel.dims},
            "follows": {dim.symbol: list(dim.follows) for dim in kernel.dims if dim.follows},
            "fixed": [dim.symbol for dim in kernel.dims if dim.fixed],
            "args": {a.name: {"role": a.role, **a.facts} for a in kernel.arguments},
            "differentiable": kernel.shared.differentiable,
        },
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cyclic garbage, of which one program makes hardly any: it costs a tenth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def generate_kernels(n: int, categories: Sequence[str] | None = None, seed: int = 0) -> list[KernelSpec]:
    """`n` kernels, the categories in turn; some may be alike (`synthesize_batch` gives distinct ones).

    Raises:
        UsageError: `n` is not positive, or a category does not exist or none is given.
    """
    if n <= 0:
        raise UsageError(f"the number of kernels must be positive, not {n}")
    names = list(CATEGORIES) if categories is None else list(categories)
    if not names:
        raise UsageError("no category was given")
    return [generate_kernel(names[i % len(names)], sub_seed(seed, i)) for i in range(n)]
