"""Queries that a whole block makes together of a BVH or mesh.

Every lane gets an index of its own at each step, in no certain order, so what is kept does not depend on it: counts,
marks, the largest index, sums.
"""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .helpers import refined
from .kernel import Kernel
from .queries import box, handle
from .recipes import SINGLE, recipe
from .tile_blocks import start_block, summed
from .tile_ops import op
from .tree import Expr

VEC3 = t.vec(3)
QUERY = t.Opaque("tiled query")

NAMES = {
    ("bvh", "aabb"): ("tile_bvh_query_aabb", "tile_bvh_query_next"),
    ("bvh", "ray"): ("tile_bvh_query_ray", "tile_bvh_query_next"),
    ("mesh", "aabb"): ("tile_mesh_query_aabb", "tile_mesh_query_aabb_next"),
}
"""Builtins that start and advance a query."""


@recipe(
    "overlaps that a block of threads finds together",
    "tile:1.4 geometry:1.6",
    "geometry rigid particles",
    "query",
    SINGLE,
)
def block_overlaps(k: Kernel) -> None:
    rng = k.rng
    if k.threads:  # as a part of a longer kernel there are no lanes
        return
    row, lane = start_block(k, "index")
    kind = rng.weighted({("bvh", "aabb"): 2.0, ("bvh", "ray"): 2.0, ("mesh", "aabb"): 2.0})
    family, shape = kind
    begin, advance = NAMES[kind]
    objects = handle(k, family)
    k.shared.differentiable = False
    place = k.let("center", refined(k, k.load("center", VEC3, -1.0, 1.0)))
    where = box(k, place) if shape == "aabb" else (place, k.let("direction", k.load("direction", VEC3, -1.0, 1.0)))
    query = k.let("query", op(begin, QUERY, objects, *where))
    finish = _keeper(k, row, lane, family)
    with k.repeat(op("tile_query_valid", t.BOOL, query)):
        found = op(advance, t.Tile(t.I32, (32,)), query)
        if rng.chance(0.5):
            found = k.let("tile", found)
        index = k.let("index", op("untile", t.I32, found))
        if rng.chance(0.3):
            with k.when(index < 0):
                k.next_turn()
            finish[0](index)
        else:
            with k.when(index >= 0):
                finish[0](index)
    k.gap()
    finish[1](place)


def _keeper(k: Kernel, row: Expr, lane: Expr, family: str) -> tuple[Callable[[Expr], None], Callable[[Expr], None]]:
    """What is done with each index, and what after the last."""
    rng = k.rng
    count = k.variable("count", k.integer(0))
    largest = k.variable("index", k.integer(-1)) if rng.chance(0.4) else None
    total = k.variable("accumulator", k.lit(0.0)) if rng.chance(0.4) else None
    marks = None
    if rng.chance(0.4):
        marks = k.array("flag", t.I32, (k.dim(64, fixed=True),), "inout", low=0, high=0)

    def each(index: Expr) -> None:
        k.augment(count, "+", 1)
        if largest is not None:
            k.set(largest, k.call("max", largest, index))
        if total is not None:
            k.augment(
                total, "+", refined(k, k.cast(index % rng.choose((4, 5, 8)), t.F32) * rng.choose((0.5, 0.25, 1.0)))
            )
        if marks is not None:
            slot = index % 64
            k.do(k.call("atomic_add", marks, slot, k.integer(1), gives=t.I32))

    def after(place: Expr) -> None:
        hits = k.let("count", summed(k, count))
        best = k.let("index", summed(k, largest, "max")) if largest is not None else None
        value = k.let("sum", summed(k, total)) if total is not None else None
        with k.when(lane.equals(0)):
            k.set(k.array("count", t.I32, k.launch, "out")[row], hits)
            if best is not None:
                k.set(k.array("index", t.I32, k.launch, "out")[row], best)
            if value is not None:
                k.set(k.array("out", t.F32, k.launch, "out")[row], refined(k, value))

    return each, after
