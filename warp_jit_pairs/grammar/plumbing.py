"""Index plumbing, the bulk of what people write: recipes that differ in which moves they make, and how often.

Formulas are few and short on purpose; what a kernel of this sort is about is which element of which array it reads,
when it leaves, and where it writes. The moves are in the `plumbing_*` modules.
"""

from __future__ import annotations

from collections.abc import Mapping

from warp_jit_pairs import types as t

from .kernel import Kernel
from .plumbing_calls import call
from .plumbing_moves import columns, count, ends, flag, follow, guard, mark, read, row, segment, settle, store
from .plumbing_values import compute, decide
from .plumbing_walk import Move, Place, Walk
from .recipes import SINGLE, recipe

FIELDS = "rigid particles cloth sparse control geometry fem generic learning"

MOVES: Mapping[str, Move] = {
    "read": read,
    "follow": follow,
    "ends": ends,
    "guard": guard,
    "compute": compute,
    "decide": decide,
    "row": row,
    "segment": segment,
    "store": store,
    "columns": columns,
    "flag": flag,
    "count": count,
    "call": call,
}
"""Everything that a kernel of this sort does, by name."""

LENGTH = {"small": (1, 3), "medium": (4, 10), "large": (20, 60)}
"""Moves in a program of each size."""


def _walk(k: Kernel, **moves: float) -> Walk:
    """Start the threads, make the moves, write what is left."""
    rng = k.rng
    ndim = rng.weighted({1: 6.2, 2: 2.8, 3: 0.5, 4: 0.05})
    k.start(ndim, None, ("world", "thread") if ndim == 2 else ())
    if rng.chance(0.35):
        k.flag_bundle()
    walk = Walk(k, MOVES, moves)
    walk.places.append(Place(k.launch, k.threads))
    if ndim == 2:
        walk.places.append(Place(k.launch[:1], k.threads[:1]))
    if rng.chance(0.3):
        guard(walk)
    read(walk)
    walk.run(*LENGTH[k.shared.size])
    settle(walk)
    left = [item for item in k.unused() if isinstance(item.expr.type, (t.Scalar, t.Vector))]
    for _ in range(min(len(left), rng.integer(0, 2 + len(left) // 4)) if walk.written else 1):
        store(walk)
    if not walk.written:
        mark(walk, 1)
    return walk


@recipe("values gathered through index arrays and stored", "combined:9 vector:2", FIELDS, "gather", SINGLE)
def gather_records(k: Kernel) -> None:
    _walk(
        k, read=2.5, follow=2.5, ends=1.0, compute=5.0, decide=0.8, store=2.0, guard=0.4, row=0.4, columns=0.4, call=2.5
    )


@recipe("elements updated behind masks, flags and kinds", "control_flow:7 combined:3", FIELDS, "map", SINGLE)
def guarded_update(k: Kernel) -> None:
    _walk(
        k, guard=1.0, read=2.0, decide=2.6, compute=3.5, follow=1.0, store=1.8, flag=0.7, row=0.8, count=0.2, call=0.5
    )


@recipe("walks over rows and segments of indices", "reduction:3 control_flow:1.5", FIELDS, "gather", SINGLE)
def indexed_walk(k: Kernel) -> None:
    _walk(
        k,
        segment=1.2,
        row=2.0,
        follow=1.2,
        read=1.5,
        compute=3.0,
        decide=0.6,
        store=1.2,
        guard=0.4,
        columns=0.2,
        call=1.5,
    )


@recipe("values scattered to what indices name", "atomic:4", FIELDS, "scatter", SINGLE)
def scatter_records(k: Kernel) -> None:
    walk = _walk(
        k,
        follow=1.6,
        ends=0.8,
        read=1.6,
        compute=4.0,
        count=1.4,
        guard=0.5,
        decide=0.6,
        store=0.6,
        columns=0.2,
        call=1.8,
    )
    count(walk)
