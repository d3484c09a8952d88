"""Larger tile kernels: several of the recipes for blocks with a row each, one after another in one kernel."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from .kernel import Kernel, OtherLaunch
from .recipes import SINGLE, recipe
from .tile_algebra import tile_solve
from .tile_ops import FIELDS
from .tile_rows import tile_compact, tile_dot_loop, tile_line_search, tile_softmax
from .tile_shapes import tile_indexed, tile_pick
from .tile_systems import tile_block_substitution, tile_normal_equations
from .tiles import tile_elementwise, tile_row_reduce, tile_scan_sort, tile_vectors

PARTS: dict[Callable[[Kernel], None], float] = {
    tile_dot_loop: 2.0,
    tile_normal_equations: 1.2,
    tile_softmax: 1.2,
    tile_row_reduce: 1.5,
    tile_line_search: 1.0,
    tile_block_substitution: 0.8,
    tile_vectors: 1.0,
    tile_compact: 0.8,
    tile_scan_sort: 0.8,
    tile_elementwise: 0.8,
    tile_solve: 0.6,
    tile_indexed: 0.4,
    tile_pick: 0.4,
}


@recipe("several steps on the tiles of a row", "tile:11 combined:0.2", FIELDS, "update", SINGLE)
def tile_steps(k: Kernel) -> None:
    rng = k.rng
    for _ in range(rng.integer(*{"small": (2, 3), "medium": (3, 4), "large": (4, 7)}[k.shared.size])):
        k.gap()
        # A part that wants tiles along two axes is passed over if the kernel has one index.
        with contextlib.suppress(OtherLaunch):
            rng.weighted(PARTS)(k)
