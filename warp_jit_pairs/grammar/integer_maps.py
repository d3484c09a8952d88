"""Integers element by element: indices, sizes, bits, flags, times, scores."""

from __future__ import annotations

from collections.abc import Callable

from .integer_bits import bits, fixed, flags
from .integer_counts import classes, packing, ring, sizes, time
from .integer_grids import cells, ravel, unravel
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe

_TASKS: dict[Callable[[Job], None], float] = {
    unravel: 1.0,
    ravel: 1.0,
    sizes: 1.0,
    bits: 2.0,
    flags: 1.0,
    time: 1.0,
    cells: 1.0,
    fixed: 1.0,
    classes: 2.0,
    ring: 1.0,
    packing: 1.0,
}


@recipe("integer arithmetic and bits element by element", "integer:1.7 arithmetic:0.17", "bits generic sparse signal")
def map_integer(k: Kernel) -> None:
    job = Job(k, "element item entry")
    k.shared.differentiable = False
    job.rng.weighted(_TASKS)(job)
