"""Index plumbing, the effects: helper functions called for what they write, parts behind a condition, claimed slots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .plumbing_calls import indices_of
from .plumbing_moves import settle, store
from .plumbing_values import condition
from .plumbing_walk import Place, Walk
from .tree import Expr

REALS = t.Array(t.F32, 1)
POINTS = t.Array(t.vec(3), 1)
TABLE = t.Array(t.F32, 2)
COUNTS = t.Array(t.I32, 1)


@dataclass(frozen=True, slots=True)
class Effect:
    """A helper function without a result: what it takes (arrays that it writes last), and how its body is written."""

    gives: str
    values: tuple[tuple[str, t.Type], ...]
    targets: tuple[tuple[str, t.Type], ...]
    atomic: bool
    write: Callable[[Body, list[Expr]], None]


def _deposit(body: Body, names: list[Expr]) -> None:
    index, value, weight, target = names
    body.do(body.call("atomic_add", target, index, value * weight, gives=value.type))


def _deposit_both(body: Body, names: list[Expr]) -> None:
    i, j, value, target = names
    body.do(body.call("atomic_add", target, i, value, gives=value.type))
    body.do(body.call("atomic_sub", target, j, value, gives=value.type))


def _count_in(body: Body, names: list[Expr]) -> None:
    index, value, limit, total, counts = names
    if body.rng.chance(0.5):
        with body.when(value > limit):
            body.do(body.call("atomic_add", counts, index, body.integer(1), gives=t.I32))
    else:
        with body.when(value <= limit):
            body.give()
        body.do(body.call("atomic_add", counts, index, body.integer(1), gives=t.I32))
    body.do(body.call("atomic_add", total, index, value, gives=t.F32))


def _write_row(body: Body, names: list[Expr]) -> None:
    index, *parts, target = names
    for column, part in enumerate(parts):
        body.set(target[index, column], part)


def _write_limited(body: Body, names: list[Expr]) -> None:
    index, value, limit, target = names
    if body.rng.chance(0.5):
        with body.when(value > limit):
            body.set(target[index], limit)
        with body.otherwise():
            body.set(target[index], value)
    else:
        body.set(target[index], body.call("min", value, limit))


def _write_pair(body: Body, names: list[Expr]) -> None:
    index, position, velocity, dt, first, second = names
    body.set(second[index], velocity)
    body.set(first[index], position + velocity * dt)


REAL, WHOLE, POINT = ("scalar", t.F32), ("index", t.I32), ("vector", t.vec(3))

EFFECTS: tuple[Effect, ...] = (
    Effect("scalar", (WHOLE, REAL, ("weight", t.F32)), (("accumulator", REALS),), True, _deposit),
    Effect("vector", (WHOLE, POINT, ("weight", t.F32)), (("force", POINTS),), True, _deposit),
    Effect("vector", (WHOLE, WHOLE, POINT), (("force", POINTS),), True, _deposit_both),
    Effect("scalar", (WHOLE, WHOLE, REAL), (("accumulator", REALS),), True, _deposit_both),
    Effect("scalar", (WHOLE, REAL, ("threshold", t.F32)), (("accumulator", REALS), ("count", COUNTS)), True, _count_in),
    Effect("scalar", (WHOLE, REAL, REAL, REAL), (("out", TABLE),), False, _write_row),
    Effect("scalar", (WHOLE, REAL, REAL, REAL, REAL), (("out", TABLE),), False, _write_row),
    Effect("scalar", (WHOLE, REAL, ("limit", t.F32)), (("out", REALS),), False, _write_limited),
    Effect(
        "vector",
        (WHOLE, ("position", t.vec(3)), ("velocity", t.vec(3)), ("dt", t.F32)),
        (("out", POINTS), ("out", POINTS)),
        False,
        _write_pair,
    ),
)
"""Helper functions without a result, as rows."""


def act(walk: Walk) -> None:
    """Call a new helper function that writes or adds its arguments somewhere."""
    k, rng = walk.k, walk.rng
    single = [place for place in walk.places if len(place.dims) == 1]
    if not single or len(walk.own.dims) > 1:
        store(walk)
        return
    effect = rng.choose(EFFECTS)
    # A plain store must be the thread's own; anybody may add.
    place = rng.choose(single) if effect.atomic else walk.own
    parameters = [
        (kind, dtype, 0.0 if dtype is t.I32 else -2.0, 7.0 if dtype is t.I32 else 2.0)
        for kind, dtype in (*effect.values, *effect.targets)
    ]

    def write(body: Body, names: list[Expr]) -> tuple[Expr, ...]:
        effect.write(body, names)
        return ()

    made = helper(k, effect.gives, parameters, write)
    whole = sum(dtype is t.I32 for _, dtype in effect.values)
    dim, indices = indices_of(walk, place, whole)
    values: list[Expr] = []
    width = sum(dtype is t.F32 for _, dtype in effect.values)
    for kind, dtype, _, _ in made.parameters:
        if isinstance(dtype, t.Array):
            role = "inout" if effect.atomic else "out"
            dims = (dim,) if dtype.ndim == 1 else (dim, k.dim(width, fixed=True))
            facts = {"low": 0.0, "high": 0.0} if effect.atomic else {}
            values.append(k.array(kind, dtype.dtype, dims, role, **facts))
        elif dtype is t.I32:
            values.append(indices.pop(0))
        elif kind in ("weight", "threshold", "limit", "dt"):
            values.append(k.parameter(kind, 0.1, 1.0, 0.5, 0.1, 1.0))
        else:
            values.append(walk.operand(dtype, beside=values[-1] if values else None))
    k.do(made.call(*values))
    walk.written += 1


PARTS = ("read", "compute", "compute", "decide", "decide", "row", "row", "follow", "segment", "store")
"""What a part behind a condition does."""


def part(walk: Walk) -> None:
    """Several moves behind one condition, loops and branches among them."""
    k, rng = walk.k, walk.rng
    if walk.depth > 2:
        walk.move("decide")
        return
    held, owed = list(walk.places), len(walk.owed)
    question = condition(walk)
    with k.when(k.let("bool", question) if rng.chance(0.25) else question):
        walk.depth += 1
        for _ in range(rng.integer(2, 6)):
            walk.move(rng.choose(PARTS))
        if rng.chance(0.25):
            part(walk)
        store(walk)
        settle(walk, owed)
        walk.depth -= 1
    walk.places = held
    if rng.chance(0.3):
        with k.otherwise():
            store(walk)


def claim(walk: Walk) -> None:
    """Take the next free slot of a list that may be full; only one thread after the other may say what goes there."""
    k, rng = walk.k, walk.rng
    if len(walk.own.dims) > 1:
        store(walk)
        return
    if len(walk.places) > 1 and len(walk.places[-1].dims) == 1 and rng.chance(0.6):
        _claim_at(walk, walk.places[-1])
        return
    room = k.derived(walk.own.dims[0], 1, 4)
    counter = k.array("count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
    one = k.integer(1)
    # The reverse pass would claim slots anew.
    k.shared.differentiable = False
    slot = k.let("slot", k.call("atomic_add", counter, k.integer(0), one, gives=t.I32))
    target = k.array("indices" if k.serial else "mask", t.I32, (room,), "out")
    kept = walk.own.index[0] if k.serial else one
    most = k.length(room, target)
    if k.serial and rng.chance(0.4) and walk.may_leave():
        with k.when(slot >= most):
            k.give()
        k.set(target[slot], kept)
    else:
        with k.when(slot < most):
            k.set(target[slot], kept)
            if k.serial and rng.chance(0.6):
                k.set(k.array("out", t.F32, (room,), "out")[slot], walk.operand(t.F32))
    walk.written += 1


def _claim_at(walk: Walk, place: Place) -> None:
    """Take the next free slot of what an index names, and mark it."""
    k = walk.k
    width = k.dim(walk.rng.choose((4, 6, 8)))
    counts = k.array("count", t.I32, place.dims, "inout", low=0, high=0)
    # The reverse pass would claim slots anew.
    k.shared.differentiable = False
    slot = k.let("slot", k.call("atomic_add", counts, *place.index, k.integer(1), gives=t.I32))
    marks = k.array("mask", t.I32, (*place.dims, width), "out")
    with k.when(slot < k.length(width, marks, 1)):
        k.set(marks[(*place.index, slot)], k.integer(1))
    walk.written += 1


def split(walk: Walk) -> None:
    """A flat index taken apart into a row and a column, each of which names something to read."""
    k, rng = walk.k, walk.rng
    if len(walk.own.dims) > 1 or walk.depth:
        walk.move("read")
        return
    given = rng.chance(0.6)
    width = k.dim(rng.choose((2, 3, 4, 6, 8)), fixed=not given)
    if given:
        columns = k.length(width)
    else:
        columns = k.integer(width.size) if rng.chance(0.5) else k.constant(width.size, t.I32, "size")
    where = walk.own.index[0]
    row, column = k.let("row", where // columns), k.let("column", where % columns)
    for index, dim in ((row, walk.own.dims[0]), (column, width)):
        place = Place((dim,), (index,))
        walk.places.append(place)
        kind, value = walk.element(walk.item(), place)
        walk.owe(kind, k.let(kind, value) if rng.chance(0.8) else value)
