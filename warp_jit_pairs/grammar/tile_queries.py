"""Queries that a whole block makes together of a BVH or mesh.

Every lane gets an index of its own at each step, in no certain order, so what is kept does not depend on it: counts,
marks, the largest index, sums.
"""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .queries import handle
from .recipes import SINGLE, recipe
from .rows import coefficient, leave_out, named, paired, titled
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
    "tile:1.8 geometry:1.9",
    "geometry rigid particles",
    SINGLE,
)
def block_overlaps(k: Kernel) -> None:
    rng = k.rng
    row, lane = start_block(k, "=query_id i q row")
    kind = rng.weighted({("bvh", "aabb"): 2.0, ("bvh", "ray"): 2.0, ("mesh", "aabb"): 2.0})
    family, shape = kind
    begin, advance = NAMES[kind]
    leave_out(k, 0.12)
    objects = handle(k, family)
    k.shared.differentiable = False
    if shape == "aabb":
        centers = k.array("=centers query_points positions {}_pos", VEC3, k.launch, low=-1.0, high=1.0)
        center = named(k, "=center c p", centers[row])
        if rng.chance(0.5):
            sizes = k.array("=half_extents extents half_sizes", VEC3, k.launch, low=0.2, high=0.8)
            half = named(k, "=half ext h", sizes[row])
        else:
            reach = coefficient(k, "=radius reach margin search_radius", 0.2, 0.8, 0.5, 0.3)
            half = k.let("=half ext pad", k.make(VEC3, reach, reach, reach))
        lower, upper = paired(k, "lower|upper lo|hi box_min|box_max aabb_lo|aabb_hi b_min|b_max")
        where = (k.let(lower, center - half), k.let(upper, center + half))
    else:
        origins = k.array("=origins ray_origins starts ro", VEC3, k.launch, low=-1.0, high=1.0)
        directions = k.array("=directions ray_dirs dirs rd", VEC3, k.launch, low=-1.0, high=1.0)
        first, second = paired(k, "origin|direction start|dir o|d ray_o|ray_d src|heading")
        where = (named(k, first, origins[row]), named(k, second, directions[row]))
    query = k.let("=query q_handle it", op(begin, QUERY, objects, *where))
    each, after = _keeper(k, row, lane, family, shape)
    with k.repeat(op("tile_query_valid", t.BOOL, query)):
        found = op(advance, t.Tile(t.I32, (32,)), query)
        if rng.chance(0.5):
            found = k.let("=found hits_tile candidates", found)
        index = k.let("=prim idx hit face" if family == "mesh" else "=idx item hit leaf", op("untile", t.I32, found))
        if rng.chance(0.3):
            with k.when(index < 0):
                k.next_turn()
            each(index)
        else:
            with k.when(index >= 0):
                each(index)
    k.gap()
    after()


def _keeper(
    k: Kernel, row: Expr, lane: Expr, family: str, shape: str
) -> tuple[Callable[[Expr], None], Callable[[], None]]:
    """What is done with each index, and what after the last."""
    rng = k.rng
    thing = "faces" if family == "mesh" else "hits" if shape == "ray" else "overlaps"
    count = k.variable(f"=count n_{thing} num_{thing}", k.integer(0))
    largest = k.variable("=last max_idx highest", k.integer(-1)) if rng.chance(0.35) else None
    weighed = rng.chance(0.45) or k.shared.size == "large"
    total = k.variable("=total weight_sum acc", k.lit(0.0)) if weighed else None
    size = 64
    weights = (
        k.array("=weights areas masses {}_weights costs", t.F32, (k.dim(size, fixed=True),), low=0.1, high=2.0)
        if weighed
        else None
    )
    best = k.variable("=heaviest max_weight peak", k.lit(0.0)) if weighed and rng.chance(0.3) else None
    marks = (
        k.array(
            "=bucket_counts slot_hits histogram hit_counts", t.I32, (k.dim(size, fixed=True),), "inout", low=0, high=0
        )
        if rng.chance(0.35)
        else None
    )

    def each(index: Expr) -> None:
        k.augment(count, "+", 1)
        if largest is not None:
            k.set(largest, k.call("max", largest, index))
        slot = k.let("=slot bucket group", index % size) if weights is not None or marks is not None else index
        if total is not None and weights is not None:
            w = named(k, "=w weight cost", weights[slot])
            k.augment(total, "+", w)
            if best is not None:
                k.set(best, k.call("max", best, w))
        if marks is not None:
            k.do(k.call("atomic_add", marks, slot, k.integer(1), gives=t.I32))

    def after() -> None:
        hits = k.let(f"=total_{thing} n_total all_{thing}", summed(k, count))
        top = k.let("=last_all max_all", summed(k, largest, "max")) if largest is not None else None
        value = k.let("=weight_total sum_all", summed(k, total)) if total is not None else None
        most = k.let("=heaviest_all peak_all", summed(k, best, "max")) if best is not None else None
        with k.when(lane.equals(0)):
            k.set(k.array(f"=counts num_{thing} {thing}_out", t.I32, k.launch, "out")[row], hits)
            if top is not None:
                k.set(k.array("=last_index max_index highest_hit", t.I32, k.launch, "out")[row], top)
            if value is not None:
                mean = rng.chance(0.3)
                result = value / k.cast(k.call("max", hits, 1), t.F32) if mean else value
                k.set(
                    k.array("=mean_weights avg_cost" if mean else "=weight_sums total_cost", t.F32, k.launch, "out")[
                        row
                    ],
                    result,
                )
            if most is not None:
                k.set(k.array("=max_weights heaviest_out", t.F32, k.launch, "out")[row], most)

    stem = "ray" if shape == "ray" else "box"
    titled(
        k,
        f"count_{stem}_{thing} {stem}_query count_{thing}"
        f" {family}_{stem}_query query_{thing} gather_{thing} broad_phase_{stem}",
    )
    return each, after
