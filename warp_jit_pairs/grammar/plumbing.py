"""Index plumbing, the bulk of what people write: recipes that differ in which moves they make, and how often.

Formulas are few and short on purpose; what a kernel of this sort is about is which element of which array it reads,
when it leaves, and where it writes. The moves are in the `plumbing_*` modules.
"""

from __future__ import annotations

from collections.abc import Mapping

from warp_jit_pairs import types as t

from .kernel import Kernel
from .plumbing_calls import call
from .plumbing_effects import act, claim, part, split
from .plumbing_moves import beside, columns, count, ends, flag, follow, guard, mark, read, row, segment, settle, store
from .plumbing_records import assemble, choose, pack
from .plumbing_values import compute, decide
from .plumbing_walk import ITEM_OF, NO_MORE, Move, Place, Walk
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
    "beside": beside,
    "store": store,
    "columns": columns,
    "flag": flag,
    "count": count,
    "call": call,
    "act": act,
    "part": part,
    "claim": claim,
    "split": split,
    "assemble": assemble,
    "pack": pack,
    "choose": choose,
}
"""Everything that a kernel of this sort does, by name."""

LENGTH = {"small": (1, 4), "medium": (4, 9), "large": (26, 66)}
"""Moves in a program of each size."""


def _walk(
    k: Kernel,
    types: Mapping[t.Type, float] | None = None,
    matter: Mapping[t.Type, float] | None = None,
    /,
    first: Move = read,
    **moves: float,
) -> Walk:
    """Start the threads, make the moves, write what is left.

    `types` are those that are read, if not all. What the kernel is about reaches a result in any case: an element of a
    type of `matter`, and what the `first` move makes.
    """
    rng = k.rng
    ndim = rng.weighted({1: 5.0, 2: 4.2, 3: 0.9, 4: 0.14})
    k.start(ndim, None, ("world", "thread") if ndim == 2 else (), alone=0.05)
    if rng.chance(0.35):
        k.flag_bundle()
    if "part" in moves:
        moves["part"] *= {"small": 1.0, "medium": 1.6, "large": 3.5}[k.shared.size]
    walk = Walk(k, MOVES, moves, types or {})
    walk.places.append(Place(k.launch, k.threads))
    if ndim == 2:
        walk.places.append(Place(k.launch[:1], k.threads[:1]))
    if rng.chance(0.3):
        guard(walk)
    if matter:
        kind, value = walk.element(ITEM_OF[rng.weighted(matter)])
        walk.owe(kind, k.let(kind, value))
    first(walk)
    walk.run(*LENGTH[k.shared.size])
    settle(walk)
    left = [item for item in k.unused() if isinstance(item.expr.type, (t.Scalar, t.Vector))]
    for _ in range(min(len(left), rng.integer(0, 2 + len(left) // 4)) if walk.written else 1):
        store(walk)
    if not walk.written:
        mark(walk, 1)
    return walk


AROUND: Mapping[str, float] = {
    "read": 1.5,
    "compute": 3.0,
    "follow": 1.0,
    "decide": 1.2,
    "row": 0.6,
    "store": 1.2,
    "flag": 0.7,
    "call": 2.5,
    "act": 1.5,
    "part": 1.9,
    "claim": 0.15,
    "count": 0.2,
}
"""What kernels of other sorts do around their matter."""


def around(k: Kernel, low: int, high: int) -> None:
    """Some moves after what a recipe of another sort wrote, on its values and more."""
    held = k.pool
    k.pool = [value for value in held if value.expr.type in ITEM_OF]
    walk = Walk(k, MOVES, AROUND, {})
    walk.places.append(Place(k.launch, k.threads))
    walk.guards = NO_MORE
    walk.run(low, high)
    settle(walk)
    if not walk.written and k.unused():
        store(walk)
    k.pool = held


NUMBERS: Mapping[t.Type, float] = {t.F32: 5.0, t.I32: 2.0, t.BOOL: 0.4}
WHOLE: Mapping[t.Type, float] = {t.I32: 6.0, t.U32: 0.6, t.U64: 0.8, t.vec(2, t.I32): 0.8, t.BOOL: 0.8, t.F32: 0.6}
POINTS: Mapping[t.Type, float] = {t.vec(3): 5.0, t.F32: 2.0, t.I32: 1.0, t.vec(2): 0.6, t.BOOL: 0.2}
FRAMES: Mapping[t.Type, float] = {
    t.transform(): 3.0,
    t.vec(3): 3.0,
    t.spatial(): 1.6,
    t.quat(): 1.2,
    t.I32: 1.5,
    t.F32: 1.0,
}
FRAMES_3X3: Mapping[t.Type, float] = {t.mat(3, 3): 3.0, t.vec(3): 3.0, t.F32: 1.5, t.I32: 1.0, t.quat(): 0.3}
"""What recipes of a category read."""

BODIES: Mapping[t.Type, float] = {t.transform(): 3.0, t.spatial(): 1.6, t.quat(): 1.2}
VECTORS: Mapping[t.Type, float] = {t.vec(3): 5.0, t.vec(2): 0.6}
MATRICES: Mapping[t.Type, float] = {t.mat(3, 3): 1.0}
"""What recipes of a category are about."""


@recipe("values gathered through index arrays and stored", "combined:14", FIELDS, "gather", SINGLE)
def gather_records(k: Kernel) -> None:
    _walk(
        k,
        read=2.5,
        follow=2.5,
        ends=1.0,
        compute=5.0,
        decide=0.8,
        store=2.0,
        guard=0.4,
        row=0.9,
        columns=0.4,
        call=2.0,
        beside=0.5,
        act=0.6,
        part=0.7,
        split=0.9,
        assemble=0.6,
        pack=0.3,
        choose=0.4,
        claim=0.2,
    )


@recipe("elements updated behind masks, flags and kinds", "control_flow:12 combined:5", FIELDS, "map", SINGLE)
def guarded_update(k: Kernel) -> None:
    _walk(
        k,
        guard=1.4,
        read=2.0,
        decide=2.6,
        compute=3.5,
        follow=1.0,
        store=1.8,
        flag=1.0,
        row=1.3,
        count=0.2,
        columns=0.2,
        call=1.2,
        act=0.3,
        part=1.2,
        claim=0.2,
        split=0.3,
        choose=0.3,
        assemble=0.3,
    )


@recipe("walks over rows and segments of indices", "reduction:10 control_flow:2.5", FIELDS, "gather", SINGLE)
def indexed_walk(k: Kernel) -> None:
    _walk(
        k,
        segment=2.0,
        row=2.0,
        follow=1.2,
        read=1.5,
        compute=3.0,
        decide=0.6,
        store=1.2,
        guard=0.4,
        columns=0.2,
        call=0.8,
        part=0.7,
        split=0.7,
        assemble=0.3,
        choose=0.2,
    )


@recipe("values scattered to what indices name", "atomic:18", FIELDS, "scatter", SINGLE)
def scatter_records(k: Kernel) -> None:
    walk = _walk(
        k,
        follow=1.6,
        ends=0.8,
        read=1.6,
        compute=4.0,
        count=1.4,
        row=0.5,
        guard=0.5,
        decide=0.6,
        store=0.6,
        call=0.8,
        act=1.5,
        claim=1.2,
        part=0.6,
        split=0.3,
        pack=0.2,
    )
    count(walk)


@recipe("points and vectors of what indices name", "vector:11 geometry:9", FIELDS, "gather", SINGLE)
def indexed_points(k: Kernel) -> None:
    _walk(
        k,
        POINTS,
        VECTORS,
        read=2.0,
        ends=2.0,
        follow=1.6,
        compute=6.0,
        decide=0.6,
        store=1.8,
        guard=0.5,
        call=1.0,
        row=0.6,
        act=0.6,
        part=0.5,
        assemble=1.0,
        pack=0.3,
        choose=0.3,
    )


@recipe("poses, velocities and forces of bodies that indices name", "quaternion:12", "rigid control", "gather", SINGLE)
def body_frames(k: Kernel) -> None:
    _walk(
        k,
        FRAMES,
        BODIES,
        read=2.0,
        follow=2.2,
        compute=6.0,
        decide=0.5,
        store=1.8,
        guard=0.6,
        call=1.0,
        flag=0.2,
        row=0.5,
        part=0.5,
        assemble=0.6,
        pack=0.3,
        choose=0.3,
    )


@recipe("small matrices and vectors of what indices name", "matrix:9", "fem cloth rigid particles", "gather", SINGLE)
def indexed_matrices(k: Kernel) -> None:
    _walk(
        k,
        FRAMES_3X3,
        MATRICES,
        read=2.0,
        ends=0.8,
        follow=1.4,
        compute=6.0,
        decide=0.5,
        store=1.8,
        guard=0.4,
        call=0.4,
        part=0.4,
        assemble=0.8,
    )


@recipe("numbers of elements and their neighbours", "arithmetic:5 math:2.5", FIELDS, "map", SINGLE)
def indexed_numbers(k: Kernel) -> None:
    _walk(
        k,
        NUMBERS,
        read=2.5,
        follow=1.0,
        beside=1.0,
        compute=6.0,
        decide=1.0,
        store=1.8,
        guard=0.4,
        flag=0.4,
        row=1.0,
        part=0.5,
        split=0.8,
        assemble=1.0,
        pack=0.2,
        choose=0.3,
    )


@recipe("indices, counts and kinds worked out and stored", "integer:8", FIELDS + " bits", "map", SINGLE)
def index_tables(k: Kernel) -> None:
    _walk(
        k,
        WHOLE,
        read=2.5,
        follow=1.4,
        beside=1.2,
        compute=5.0,
        flag=1.4,
        store=1.8,
        guard=0.8,
        decide=0.3,
        count=0.6,
        call=0.5,
        split=1.6,
        claim=0.7,
        part=0.4,
        choose=0.4,
        assemble=0.5,
    )


@recipe("helper functions called on what was gathered", "function:8", FIELDS, "map", SINGLE)
def gathered_calls(k: Kernel) -> None:
    _walk(
        k,
        first=call,
        call=5.0,
        read=2.0,
        follow=1.4,
        compute=2.5,
        decide=0.8,
        store=1.6,
        guard=0.5,
        columns=0.3,
        ends=0.4,
        row=0.7,
        act=1.5,
        part=0.5,
        split=0.5,
        pack=0.4,
        choose=0.3,
        assemble=0.5,
    )
