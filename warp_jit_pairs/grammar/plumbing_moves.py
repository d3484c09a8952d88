"""Index plumbing, the moves: read, follow an index, leave early, walk a row or segment, store, mark, count."""

from __future__ import annotations

from collections import Counter
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .plumbing_values import condition, expression, test
from .plumbing_walk import ITEM_OF, NODES, Place, Walk, near
from .prune import prune
from .tree import Expr


def read(walk: Walk) -> None:
    """One to four elements at one place, most of them named."""
    k, rng = walk.k, walk.rng
    place = walk.place()
    for _ in range(rng.weighted({1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0})):
        kind, value = walk.element(walk.item(), place)
        k.put(kind, k.let(kind, value) if rng.chance(0.8) else value)


def follow(walk: Walk) -> None:
    """Read an index and stand at what it names; some indices may be missing."""
    k, rng = walk.k, walk.rng
    origin = walk.place()
    target = k.dim(rng.choose(NODES)) if len(walk.places) < 4 or rng.chance(0.4) else rng.choose(walk.places).dims[-1]
    missing = walk.depth == 0 and rng.chance(0.5)
    early = walk.may_leave()
    facts: dict[str, Any] = {"low": -1 if missing else 0, "high": target.size - 1, "bound": target.symbol}
    where = k.let("index", k.array("indices", t.I32, origin.dims, **facts)[origin.index])
    place = Place((target,), (where,))
    if missing and (not early or rng.chance(0.35)):
        with k.when(where >= 0):
            if rng.chance(0.2) and k.pool:
                totals = k.array("accumulator", t.F32, place.dims, "inout", low=0.0, high=0.0)
                k.do(k.call("atomic_add", totals, where, walk.operand(t.F32), gives=t.F32))
                walk.written += 1
            else:
                _inside(walk, place)
        return
    if missing:
        leave(walk, where < 0 if rng.chance(0.7) else where.equals(-1))
    walk.places.append(place)
    kind, value = walk.element(walk.item(), place)
    walk.owe(kind, k.let(kind, value) if rng.chance(0.8) else value)
    if rng.chance(0.5):
        read(walk)


def _inside(walk: Walk, place: Place) -> None:
    """Moves that are only made where an index is there."""
    held, owed = list(walk.places), len(walk.owed)
    walk.places.append(place)
    walk.depth += 1
    for _ in range(walk.rng.integer(1, 4)):
        walk.move(walk.rng.choose(("read", "compute", "compute", "decide", "row")))
    store(walk)
    settle(walk, owed)
    walk.depth -= 1
    walk.places = held


def ends(walk: Walk) -> None:
    """An element's two to four nodes: from a vector of integers, a two-dimensional or a strided array."""
    k, rng = walk.k, walk.rng
    if len(walk.own.dims) > 1:
        follow(walk)
        return
    count = rng.weighted({2: 5.0, 3: 3.0, 4: 1.5})
    target = k.dim(rng.choose(NODES))
    named = _names(walk, count, target)
    item = ITEM_OF[rng.weighted({t.vec(3): 5.0, t.F32: 3.0, t.I32: 0.5, t.vec(2): 1.0})]
    kind = rng.choose(item.kinds)
    data = k.array(kind, item.dtype, (target,), **item.limits)
    for value in [k.let(kind, data[end]) if rng.chance(0.8) else data[end] for end in named]:
        walk.owe(kind, value)
    walk.places += [Place((target,), (end,)) for end in named[:2]]


def _names(walk: Walk, count: int, target: Dim) -> list[Expr]:
    """The indices of an element's nodes."""
    k, rng = walk.k, walk.rng
    facts: dict[str, Any] = {"low": 0, "high": target.size - 1, "bound": target.symbol}
    origin, where = walk.own.dims[0], walk.own.index[0]
    how = rng.choose(("vector", "columns", "strided"))
    if how == "vector":
        element = k.let("index", k.array("indices", t.vec(count, t.I32), (origin,), **facts)[where])
        return [k.let("index", k.component(element, n)) for n in range(count)]
    if how == "columns":
        source = k.array("indices", t.I32, (origin, k.dim(count, fixed=True)), **facts)
        return [k.let("index", source[where, n]) for n in range(count)]
    source = k.array("indices", t.I32, (k.derived(origin, count),), **facts)
    first: Expr = where * count if rng.chance(0.6) else count * where
    if rng.chance(0.3):
        first = k.let("start", first)
    zero = rng.chance(0.4)
    places = [tree.Binary(t.I32, 0.0, 99.0, "+", first, k.integer(n)) if n or zero else first for n in range(count)]
    return [k.let("index", source[place]) for place in places]


def leave(walk: Walk, question: Expr) -> None:
    """Return where there is nothing to do; sometimes the result is marked first."""
    k = walk.k
    walk.guards += 1
    with k.when(question):
        draw = walk.rng.random()
        if draw < 0.05:
            mark(walk, 0)
        elif draw < 0.2:
            reset(walk)
        k.give()
    k.gap()


def guard(walk: Walk) -> None:
    """Leave early, after a mask, a flag, a kind, a count or two values."""
    k, rng = walk.k, walk.rng
    if not walk.may_leave():
        walk.move("decide")
        return
    place = walk.place()
    how = rng.weighted(
        {"mask": 2.5, "flag": 2.0, "count": 2.0, "extent": 1.5, "limit": 3.0, "kind": 1.5, "test": 3.0, "none": 1.6}
    )
    if how == "mask":
        mask = k.array("mask", t.BOOL, place.dims)[place.index]
        leave(walk, k.negate(mask) if rng.chance(0.7) else mask)
    elif how == "flag":
        absent = rng.chance(0.7)
        flag = k.array("flag", t.I32, place.dims, low=0.0, high=3.0 if absent else 1.0)[place.index]
        flag = flag if rng.chance(0.7) else k.let("flag", flag)
        leave(walk, flag.equals(0) if absent else flag.differs(0))
    elif how == "count":
        high = walk.own.dims[-1].size
        count = k.array("count", t.I32, (k.dim(1, fixed=True),), low=high // 2, high=high)[0]
        leave(walk, walk.own.index[-1] >= (count if rng.chance(0.75) else k.let("count", count)))
    elif how == "extent":
        leave(walk, walk.own.index[-1] >= k.length(walk.own.dims[-1]))
    elif how == "limit":
        # As many of a row as the row has, or of a list as a table says for what the element belongs to.
        owner = Place(walk.own.dims[:-1], walk.own.index[:-1]) if len(walk.own.dims) > 1 else place
        high = walk.own.dims[-1].size
        limit = k.array(rng.choose(("limit", "count")), t.I32, owner.dims, low=high // 2, high=high)
        leave(walk, walk.own.index[-1] >= limit[owner.index])
    elif how == "none":
        value = k.let("mass", k.array("mass", t.F32, place.dims, low=0.0, high=2.0)[place.index])
        walk.owe("mass", value)
        leave(walk, value.equals(0.0) if rng.chance(0.7) else value <= 0.0)
    elif how == "kind":
        kind = k.let("label", k.array("label", t.I32, place.dims, low=0, high=3)[place.index])
        wanted = k.constant(rng.integer(0, 3), t.I32, "label") if rng.chance(0.5) else k.integer(rng.integer(0, 3))
        leave(walk, kind.equals(wanted) if rng.chance(0.6) or walk.guards else kind.differs(wanted))
        k.put("label", kind)
    else:
        leave(walk, condition(walk))


def row(walk: Walk) -> None:
    """A loop over a fixed or given number of columns that adds up or searches."""
    k, rng = walk.k, walk.rng
    place = walk.place()
    if len(place.dims) > 2:
        place = Place(place.dims[:2], place.index[:2])
    fixed = rng.chance(0.4)
    columns = k.dim(rng.choose((2, 3, 3, 4, 6)) if fixed else rng.choose((6, 8)), fixed=fixed)
    if fixed and rng.chance(0.2):
        lengths = k.array("count", t.I32, place.dims, low=1, high=columns.size)
        ragged = k.array("array", t.F32, (*place.dims, columns), low=-2.0, high=2.0)
        _loop(walk, columns, lengths[place.index], lambda j: ragged[(*place.index, j)])
        return
    if fixed and len(place.dims) == 1 and rng.chance(0.3):
        base = place.index[0] * columns.size
        base = k.let("start", base) if rng.chance(0.6) else base
        data = k.array("array", t.F32, (k.derived(place.dims[0], columns.size),), low=-2.0, high=2.0)
        _loop(walk, columns, columns.size, lambda j: data[tree.Binary(t.I32, 0.0, 99.0, "+", base, j)])
        return
    if len(place.dims) < 2 and rng.chance(0.2):
        _nested(walk, place, columns, fixed)
        return
    table = k.array("array", t.F32, (*place.dims, columns), low=-2.0, high=2.0)
    bound: tree.Value = columns.size if fixed else k.length(columns, table, len(place.dims))
    if not fixed and rng.chance(0.35):
        bound = k.let("count", k.length(columns, table, len(place.dims)))
    elif fixed and rng.chance(0.35):
        bound = k.constant(columns.size, t.I32, "size")
        if rng.chance(0.5):
            bound = tree.Call(t.I32, bound.low, bound.high, "wp.static", (bound,))
    _loop(walk, columns, bound, lambda j: table[(*place.index, j)])


def _nested(walk: Walk, place: Place, columns: Dim, fixed: bool) -> None:
    """A loop in a loop over a block of its own."""
    k, rng = walk.k, walk.rng
    inner = k.dim(rng.choose((2, 3, 4)), fixed=True)
    block = k.array("matrix", t.F32, (*place.dims, columns, inner), low=-2.0, high=2.0)
    bound: tree.Value = columns.size if fixed else k.length(columns, block, len(place.dims))
    total = k.variable("accumulator", k.lit(0.0))
    scales = k.array("weight", t.F32, (inner,), low=0.0, high=1.0) if rng.chance(0.4) else None
    with k.loop("loop", bound) as i, k.loop("loop", inner.size) as j:
        value: Expr = block[(*place.index, i, j)]
        if scales is not None:
            value = scales[j] * value
        if rng.chance(0.4):
            value = k.let("scalar", value)
            with k.when(value > k.choose_lit(0.0, 1.0, 0.5) if rng.chance(0.6) else test(walk)):
                k.augment(total, "+", value)
        else:
            k.augment(total, "+", value)
    walk.owe("sum", tree.Name(t.F32, -20.0, 20.0, total.id) if isinstance(total, tree.Name) else total)


def _loop(walk: Walk, columns: Dim, bound: tree.Value, at: Any) -> None:
    """Add up or search what `at` gives for each column."""
    k, rng = walk.k, walk.rng
    if rng.chance(0.25):
        _search(walk, bound, at)
        return
    total = k.variable("accumulator", k.lit(0.0))
    second = k.array("weight", t.F32, (columns,), low=0.0, high=1.0) if rng.chance(0.4) else None
    if rng.chance(0.15):
        j = k.variable("loop", k.integer(0))
        # Warp's adjoint reads at the index that the loop ended with, one past the last.
        k.shared.differentiable = False
        with k.repeat(j < bound):
            k.augment(total, "+", at(j) * second[j] if second is not None else at(j))
            k.augment(j, "+", 1)
        walk.owe("sum", tree.Name(t.F32, -20.0, 20.0, total.id) if isinstance(total, tree.Name) else total)
        return
    hits = k.variable("count", k.integer(0)) if rng.chance(0.2) else None
    with k.loop("loop", bound) as j:
        value = k.let("scalar", at(j)) if rng.chance(0.5) else at(j)
        if rng.chance(0.25):
            value = k.let("scalar", value)
            with k.when(value < k.choose_lit(0.0, -1.0, -0.5) if rng.chance(0.6) else test(walk)):
                k.next_turn()
        if hits is not None:
            with k.when(value > 0.0):
                k.augment(hits, "+", 1)
        k.augment(total, "+", value * second[j] if second is not None else value)
    walk.owe("sum", tree.Name(t.F32, -20.0, 20.0, total.id) if isinstance(total, tree.Name) else total)
    if hits is not None:
        walk.owe("count", hits)


def _search(walk: Walk, bound: tree.Value, at: Any) -> None:
    """The best of a row and where it is."""
    k, rng = walk.k, walk.rng
    smallest = rng.chance(0.6)
    best = k.variable("extremum", k.choose_lit(1e10, 1e6, 1e8) if smallest else k.choose_lit(-1e10, -1e6))
    which = k.variable("index", k.integer(-1))
    with k.loop("loop", bound) as j:
        value = k.let("scalar", at(j))
        with k.when(value < best if smallest else value > best):
            k.set(best, value)
            k.set(which, j)
        if rng.chance(0.2):
            with k.when(value > k.choose_lit(1.5, 1.0) if rng.chance(0.6) else test(walk)):
                k.leave_loop()
    walk.owe("extremum", tree.Name(t.F32, -2.0, 2.0, best.id) if isinstance(best, tree.Name) else best)
    walk.owe("index", which)


def beside(walk: Walk) -> None:
    """An element and the next one, or two entries of a packed row."""
    k, rng = walk.k, walk.rng
    if len(walk.own.dims) > 1:
        read(walk)
        return
    origin, where = walk.own.dims[0], walk.own.index[0]
    item = ITEM_OF[rng.weighted({t.F32: 3.0, t.I32: 2.0, t.vec(3): 1.0})]
    kind = rng.choose(item.kinds)
    if rng.chance(0.5):
        data = k.array(kind, item.dtype, (k.derived(origin, 1, 1),), **item.limits)
        first, second = data[where], data[where + 1]
    else:
        width = rng.integer(2, 4)
        data = k.array(kind, item.dtype, (k.derived(origin, width),), **item.limits)
        base = k.let("start", where * width) if rng.chance(0.5) else where * width
        second = data[tree.Binary(t.I32, 0.0, 99.0, "+", base, k.integer(rng.integer(1, width - 1)))]
        first = data[tree.Binary(t.I32, 0.0, 99.0, "+", base, k.integer(0))] if rng.chance(0.3) else data[base]
    if rng.chance(0.5):
        walk.owe("delta", k.let("delta", second - first))
        return
    for value in (first, second):
        walk.owe(kind, k.let(kind, value))


def segment(walk: Walk) -> None:
    """A loop over a segment of entries, each of which names something to read."""
    k, rng = walk.k, walk.rng
    if len(walk.own.dims) != 1 or walk.depth:
        row(walk)
        return
    origin, where = walk.own.dims[0], walk.own.index[0]
    entries, nodes = k.dim(rng.choose((24, 32, 40))), k.dim(rng.choose(NODES))
    offsets = k.array("offsets", t.I32, (k.derived(origin, 1, 1),), offsets_into=entries.symbol)
    start, end = offsets[where], offsets[where + 1]
    lone = rng.chance(0.3)
    if lone:
        start = k.let("start", start)
    elif rng.chance(0.7):
        start, end = k.let("start", start), k.let("end", end)
    names = k.array("columns", t.I32, (entries,), low=0, high=nodes.size - 1, bound=nodes.symbol)
    item = ITEM_OF[rng.weighted({t.F32: 4.0, t.vec(3): 2.0})]
    data = k.array(rng.choose(item.kinds), item.dtype, (nodes,), **item.limits)
    total = k.variable("accumulator", k.lit(0.0) if item.dtype is t.F32 else k.zero(item.dtype))
    weights = k.array("weight", t.F32, (entries,), low=0.0, high=1.0) if rng.chance(0.6) else None
    if isinstance(end, tree.Name) and walk.may_leave() and rng.chance(0.3):
        leave(walk, (end - start).equals(0) if rng.chance(0.5) else start >= end)
    packed = lone or (isinstance(start, tree.Name) and rng.chance(0.4))
    length = k.let("count", end - start) if packed else None
    with k.loop("loop", length) if length is not None else k.loop("loop", start, end) as entry:
        at = tree.Binary(t.I32, 0.0, 63.0, "+", start, entry) if packed else entry
        other = k.let("neighbor", names[at])
        if rng.chance(0.3):
            with k.when(other.equals(where)):
                k.next_turn()
        value = data[other]
        k.augment(total, "+", weights[at] * value if weights is not None else value)
    walk.owe("sum", total)
    if not lone and rng.chance(0.4):
        k.put("count", k.let("count", end - start))


def store(walk: Walk) -> None:
    """A value into the thread's own element: as it is, or with the operation that makes it."""
    k, rng = walk.k, walk.rng
    made = expression(walk) if rng.chance(0.4) else None
    if made is not None and made[1].type is not t.BOOL:
        value = made[1]
    else:
        left = [item for item in k.unused() if near(item.expr) and item.expr.type is not t.BOOL] or k.pool
        if not left:
            return
        item = rng.choose(left)
        item.uses += 1
        value = item.expr
    put_out(walk, value)


def put_out(walk: Walk, value: Expr) -> None:
    """Write a value to the thread's own element, or add it there."""
    k, rng = walk.k, walk.rng
    if value.type in (t.F32, t.vec(3)) and rng.chance(0.25):
        target = k.array("inout", value.type, walk.own.dims, "inout", low=-2.0, high=2.0)[walk.own.index]
        if rng.chance(0.6):
            k.augment(target, rng.choose(("+", "+", "-")), value)
        else:
            k.set(target, target + value)
    elif len(walk.own.dims) == 1 and rng.chance(0.08):
        # A part of a longer array, whose start is given.
        start = k.scalar(rng.choose(("start", "offset")), t.I32, 0, 4)
        target = k.array("out", value.type, (k.derived(walk.own.dims[0], 1, 4),), "out")
        k.set(target[start + walk.own.index[0]], value)
    else:
        k.set(k.array("out", value.type, walk.own.dims, "out")[walk.own.index], value)
    walk.written += 1


def _read_by(read: Counter[str], value: Expr) -> bool:
    """Whether a value reaches a result already; one without a name is its own array's only reader."""
    while isinstance(value, tree.Subscript):
        value = value.base
    return not isinstance(value, tree.Name) or read[value.id] > 0


def settle(walk: Walk, start: int = 0) -> None:
    """What is owed from `start` on goes into results, alone or two in one."""
    rng = walk.rng
    if len(walk.owed) <= start:
        return
    # What is owed since a block was opened is read nowhere but in it.
    read = prune(tuple(walk.k.blocks[-1]))[1]
    left = [item.expr for item in walk.owed[start:] if not _read_by(read, item.expr)]
    del walk.owed[start:]
    while left:
        value = left.pop()
        summed = isinstance(value.type, (t.Scalar, t.Vector)) and value.type is not t.BOOL
        if summed and left and left[-1].type == value.type and rng.chance(0.4):
            value = value + left.pop() if rng.chance(0.7) else value - left.pop()
        put_out(walk, value)


def mark(walk: Walk, value: int) -> None:
    """A flag or counter of the thread's own element set to a constant."""
    k = walk.k
    k.set(k.array("mask", t.I32, walk.own.dims, "out")[walk.own.index], k.integer(value))
    walk.written += 1


def reset(walk: Walk) -> None:
    """The thread's own element of a result set to zero."""
    k = walk.k
    dtype = t.F32 if walk.rng.chance(0.7) else t.vec(3)
    target = k.array("out", dtype, walk.own.dims, "out")[walk.own.index]
    k.set(target, k.lit(0.0) if dtype is t.F32 else k.zero(dtype))
    walk.written += 1


def columns(walk: Walk) -> None:
    """Two to four values side by side in a row of a result."""
    k, rng = walk.k, walk.rng
    place = walk.own
    if len(place.dims) > 3:
        store(walk)
        return
    width = rng.integer(2, 4)
    target = k.array("out", t.F32, (*place.dims, k.dim(width, fixed=True)), "out")
    for column in range(width):
        k.set(target[(*place.index, column)], walk.operand(t.F32, 0.15))
    walk.written += 1


def flag(walk: Walk) -> None:
    """Mark or write the thread's own element where a condition holds."""
    k, rng = walk.k, walk.rng
    if rng.chance(0.45):
        values = k.array("inout", t.F32, walk.own.dims, "inout", low=-2.0, high=2.0)[walk.own.index]
        with k.when(condition(walk)):
            k.set(values, walk.operand(t.F32))
        if rng.chance(0.3):
            with k.otherwise():
                k.set(values, walk.operand(t.F32) if rng.chance(0.5) else k.choose_lit(0.0, 1.0))
        walk.written += 1
        return
    dtype = t.BOOL if rng.chance(0.35) else t.I32
    target = k.array("flag", dtype, walk.own.dims, "inout", low=0, high=0)[walk.own.index]
    with k.when(condition(walk)):
        k.set(target, k.lit(True, t.BOOL) if dtype is t.BOOL else k.integer(rng.choose((1, 1, -1, 2))))
        if rng.chance(0.3):
            store(walk)
    walk.written += 1


def count(walk: Walk) -> None:
    """An atomic on a total, a counter or what an index names."""
    k, rng = walk.k, walk.rng
    place = walk.places[-1] if len(walk.places) > 1 and rng.chance(0.6) else None
    if place is None:
        counter = k.array("count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        k.do(k.call("atomic_add", counter, k.integer(0), k.integer(1), gives=t.I32))
    elif rng.chance(0.75):
        totals = k.array("accumulator", t.F32, place.dims, "inout", low=0.0, high=0.0)
        name = rng.weighted({"atomic_add": 6.0, "atomic_sub": 1.0, "atomic_max": 1.0, "atomic_min": 0.6})
        k.do(k.call(name, totals, *place.index, walk.operand(t.F32), gives=t.F32))
    else:
        counts = k.array("count", t.I32, place.dims, "inout", low=0, high=0)
        k.do(k.call("atomic_add", counts, *place.index, k.integer(1), gives=t.I32))
    walk.written += 1
