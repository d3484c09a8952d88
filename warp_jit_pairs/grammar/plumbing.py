"""Index plumbing, the bulk of what people write: read through index arrays, leave early, walk a row, store, count.

A kernel here stands at places (a thread's own element, an element that an index array names, an edge's two ends) and
makes moves: read arrays at a place, follow an index to another place, test and leave, compare, loop over a row, write.
Which moves are made, and how often, differs by recipe and program. Formulas are few and short on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tree import Expr

FIELDS = "rigid particles cloth sparse control geometry fem generic learning"
NODES = (8, 12, 16, 24)
FAR = 50.0
"""Values beyond this are not multiplied any further."""


@dataclass(slots=True)
class Place:
    """Where arrays can be read: an index (or several), and the lengths of what it indexes."""

    dims: tuple[Dim, ...]
    index: tuple[Expr, ...]


class Walk:
    """One kernel under way."""

    def __init__(self, k: Kernel, moves: dict[str, float]) -> None:
        self.k = k
        self.rng = k.rng
        keep = self.rng.choose((0.5, 0.7, 0.9))
        self.moves = {
            name: weight * (0.4 + 1.2 * self.rng.random())
            for name, weight in moves.items()
            if name in ("read", "compute") or self.rng.chance(keep)
        }
        self.places: list[Place] = []
        self.written = 0
        self.depth = 0

    @property
    def own(self) -> Place:
        return self.places[0]

    def place(self) -> Place:
        """A place to read at: the newest and the thread's own more often than the others."""
        draw = self.rng.random()
        return self.own if draw < 0.35 else self.places[-1] if draw < 0.75 else self.rng.choose(self.places)

    def run(self, low: int, high: int) -> None:
        for _ in range(self.rng.integer(low, high)):
            self.k.gap()
            MOVES[self.rng.weighted(self.moves)](self)


def _item(walk: Walk, dtypes: dict[str, float]) -> tuple[t.Type, str, dict[str, Any]]:
    """A type to read, the role of the array that holds it, and the range of its values."""
    rng = walk.rng
    name = rng.weighted(dtypes)
    roles = ROLES[name]
    kind, dtype = rng.choose(roles[1].split()), roles[0]
    return dtype, kind, roles[2]


_SMALL: dict[str, Any] = {"low": 0.0, "high": 7.0}
_REAL: dict[str, Any] = {"low": -2.0, "high": 2.0}
ROLES: dict[str, tuple[t.Type, str, dict[str, Any]]] = {
    "int": (t.I32, "label integer count index offsets flag size key", _SMALL),
    "float": (t.F32, "scalar parameter mass radius weight distance angle limit ratio", _REAL),
    "vec3": (t.vec(3), "position velocity force vector direction point normal acceleration", _REAL),
    "bool": (t.BOOL, "flag mask bool", {}),
    "transform": (t.transform(), "transform", _REAL),
    "spatial": (t.spatial(), "spatial", _REAL),
    "quat": (t.quat(), "quaternion", _REAL),
    "vec2": (t.vec(2), "coordinate bound vector", _REAL),
    "mat33": (t.mat(3, 3), "matrix", _REAL),
    "uint": (t.U32, "bits mask seed", _SMALL),
}
READS = {
    "int": 4.5,
    "float": 4.5,
    "vec3": 2.6,
    "bool": 0.8,
    "transform": 1.1,
    "spatial": 0.8,
    "quat": 0.3,
    "vec2": 0.3,
    "mat33": 0.4,
    "uint": 0.15,
}
"""How often each type is read, after the arrays that real kernels take."""


def _read(walk: Walk) -> None:
    """One to four arrays read at one place, into locals."""
    k = walk.k
    place = walk.place()
    for _ in range(walk.rng.weighted({1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0})):
        dtype, kind, limits = _item(walk, READS)
        dims, index = place.dims, place.index
        if len(dims) == 2 and walk.rng.chance(0.15):
            dims, index = _wrapped(walk, dims, index)
        source = k.array(kind, dtype, dims, **limits)
        if isinstance(index[0], tree.Binary) and index is not place.index:
            index = (index[0] % _shape(source, 0), *index[1:])
        value = source[index]
        k.put(kind, k.let(kind, value) if walk.rng.chance(0.85) else value)


def _wrapped(walk: Walk, dims: tuple[Dim, ...], index: tuple[Expr, ...]) -> tuple[tuple[Dim, ...], tuple[Expr, ...]]:
    """The same place in an array with one row for all or one for each; `_read` adds the modulo."""
    row = walk.k.dim(1, fixed=True)
    return (row, *dims[1:]), (index[0] + 0, *index[1:])


def _shape(source: Expr, axis: int) -> Expr:
    return tree.Subscript(
        t.I32, 1.0, 64.0, tree.Attribute(t.SHAPE, 0.0, 64.0, source, "shape"), (tree.literal(axis, t.I32),)
    )


def _follow(walk: Walk) -> None:
    """Read an index and stand at what it names; some indices may be missing."""
    k, rng = walk.k, walk.rng
    origin = walk.place()
    target = k.dim(rng.choose(NODES)) if len(walk.places) < 4 or rng.chance(0.4) else rng.choose(walk.places).dims[-1]
    facts: dict[str, Any] = {"low": 0, "high": target.size - 1, "bound": target.symbol}
    missing = walk.depth == 0 and rng.chance(0.3)
    if missing:
        facts |= {"low": -1}
    source = k.array("indices", t.I32, origin.dims, **facts)
    where = k.let("index", source[origin.index])
    if missing:
        if rng.chance(0.7):
            _leave(walk, where < 0 if rng.chance(0.7) else where.equals(-1))
        else:
            with k.when(where >= 0):
                _inside(walk, Place((target,), (where,)))
            return
    walk.places.append(Place((target,), (where,)))
    _read(walk)


def _inside(walk: Walk, place: Place) -> None:
    """Moves that are only made where an index is there."""
    held = list(walk.places)
    walk.places.append(place)
    walk.depth += 1
    for _ in range(walk.rng.integer(1, 3)):
        MOVES[walk.rng.choose(("read", "compute", "compute"))](walk)
    _store(walk)
    walk.depth -= 1
    walk.places = held


def _ends(walk: Walk) -> None:
    """An element's two to four nodes: from a vector of integers, a two-dimensional or a strided array."""
    k, rng = walk.k, walk.rng
    if len(walk.own.dims) > 1:
        _follow(walk)
        return
    count = rng.weighted({2: 5.0, 3: 3.0, 4: 1.5})
    target = k.dim(rng.choose(NODES))
    facts: dict[str, Any] = {"low": 0, "high": target.size - 1, "bound": target.symbol}
    origin, where = walk.own.dims[0], walk.own.index[0]
    how = rng.integer(0, 2)
    if how == 0:
        source = k.array("indices", t.vec(count, t.I32), (origin,), **facts)
        element = k.let("index", source[where])
        ends = [k.let("index", k.component(element, n)) for n in range(count)]
    elif how == 1:
        columns = k.dim(count, fixed=True)
        source = k.array("indices", t.I32, (origin, columns), **facts)
        ends = [k.let("index", source[where, n]) for n in range(count)]
    else:
        long = k.derived(origin, count)
        source = k.array("indices", t.I32, (long,), **facts)
        first = [where * count if rng.chance(0.6) else count * where][0]
        ends = [
            k.let("index", source[tree.Binary(t.I32, 0.0, 99.0, "+", first, k.integer(n)) if n else first])
            for n in range(count)
        ]
    dtype, kind, limits = _item(walk, {"vec3": 5.0, "float": 3.0, "int": 0.5, "vec2": 1.0})
    data = k.array(kind, dtype, (target,), **limits)
    values = [k.let(kind, data[end]) for end in ends]
    for value in values:
        k.put(kind, value)
    walk.places += [Place((target,), (end,)) for end in ends[:2]]


def _leave(walk: Walk, test: Expr) -> None:
    """Return where there is nothing to do; sometimes the result is marked first."""
    k = walk.k
    with k.when(test):
        if walk.rng.chance(0.12):
            _mark(walk, 0)
        k.give()
    k.gap()


def _guard(walk: Walk) -> None:
    """Leave early, after a mask, a flag, a kind, a count or two values."""
    k, rng = walk.k, walk.rng
    if walk.depth:
        _read(walk)
        return
    place = walk.place()
    how = rng.weighted({"mask": 3.0, "flag": 2.5, "count": 2.0, "compare": 2.0, "kind": 1.5, "both": 0.8})
    if how == "mask":
        mask = k.array("mask", t.BOOL, place.dims)[place.index]
        _leave(walk, k.negate(mask) if rng.chance(0.7) else mask)
    elif how == "flag":
        flag = k.array("flag", t.I32, place.dims, low=0, high=1)[place.index]
        flag = flag if rng.chance(0.7) else k.let("flag", flag)
        _leave(walk, flag.equals(0) if rng.chance(0.7) else flag.differs(0))
    elif how == "count":
        count = k.array("count", t.I32, (k.dim(1, fixed=True),), low=4, high=40)[0]
        _leave(walk, walk.own.index[-1] >= (count if rng.chance(0.75) else k.let("count", count)))
    elif how == "compare":
        limit = k.array("limit", t.I32, place.dims, low=0, high=30)
        _leave(walk, walk.own.index[-1] >= limit[place.index])
    elif how == "kind":
        kind = k.let("label", k.array("label", t.I32, place.dims, low=0, high=3)[place.index])
        wanted = k.constant(rng.integer(0, 3), t.I32, "label") if rng.chance(0.5) else k.integer(rng.integer(0, 3))
        _leave(walk, kind.differs(wanted) if rng.chance(0.6) else kind.equals(wanted))
        k.put("label", kind)
    else:
        a = k.array("mask", t.BOOL, place.dims)[place.index]
        b = k.array("flag", t.I32, walk.own.dims, low=0, high=1)[walk.own.index]
        _leave(walk, k.either(k.negate(a), b.equals(0)) if rng.chance(0.6) else k.both(a, b.differs(0)))


def _near(value: Expr) -> bool:
    return value.low >= -FAR and value.high <= FAR


def _compute(walk: Walk) -> None:
    """A short expression of one or two values at hand."""
    k, rng = walk.k, walk.rng
    known = [item for item in k.pool if _near(item.expr) or not isinstance(item.expr.type, t.Scalar)]
    if not known:
        _read(walk)
        return
    fresh = [item for item in known if not item.uses] or known
    first = rng.choose(fresh)
    first.uses += 1
    a = first.expr
    same = [item for item in known if item.expr.type == a.type and item is not first]
    second = rng.choose(same) if same else None
    if second is not None:
        second.uses += 1
    made = _expression(walk, a, second.expr if second else None)
    if made is not None:
        kind, value = made
        k.put(kind, k.let(kind, value))
    else:
        first.uses -= 1


def _expression(walk: Walk, a: Expr, b: Expr | None) -> tuple[str, Expr] | None:
    """What people do with values of a type; None where nothing comes to mind."""
    k, rng = walk.k, walk.rng
    kind = a.type
    if kind is t.F32:
        return _real(walk, a, b)
    if kind is t.I32:
        return _whole(walk, a, b)
    if kind == t.vec(3) or kind == t.vec(2):
        return _vector(walk, a, b)
    if kind == t.transform():
        how = rng.integer(0, 4)
        point = k.want(t.vec(3), "point")
        if how == 0:
            return "point", k.call("transform_point", a, point)
        if how == 1:
            return "vector", k.call("transform_vector", a, point)
        if how == 2:
            return "position", k.call("transform_get_translation", a)
        if how == 3:
            return "quaternion", k.call("transform_get_rotation", a)
        return (
            ("transform", k.call("transform_multiply", a, b))
            if b is not None
            else ("transform", k.call("transform_inverse", a))
        )
    if kind == t.spatial():
        how = rng.integer(0, 2)
        if b is not None and how == 0:
            return "spatial", a + b if rng.chance(0.7) else a - b
        return ("velocity", k.call("spatial_top", a)) if how == 1 else ("velocity", k.call("spatial_bottom", a))
    if kind == t.quat():
        vector = k.want(t.vec(3), "vector")
        return "vector", k.call(rng.choose(("quat_rotate", "quat_rotate", "quat_rotate_inv")), a, vector)
    if kind == t.mat(3, 3):
        if rng.chance(0.25):
            return "matrix", k.call("transpose", a)
        return "vector", a @ k.want(t.vec(3), "vector")
    if kind is t.BOOL and b is not None:
        return "bool", k.both(a, b) if rng.chance(0.5) else k.either(a, b)
    return None


def _real(walk: Walk, a: Expr, b: Expr | None) -> tuple[str, Expr]:
    k, rng = walk.k, walk.rng
    if b is None or rng.chance(0.25):
        one = rng.integer(0, 4)
        if one == 0:
            return "scalar", a * k.parameter("scale", 0.1, 2.0, 0.5, 2.0, 0.01)
        if one == 1:
            return "scalar", 1.0 / k.positive(a) if rng.chance(0.5) else -a
        if one == 2:
            return "scalar", a * a
        if one == 3:
            return "limit", k.call("min" if rng.chance(0.5) else "max", a, k.parameter("limit", 0.0, 1.0, 0.0, 1.0))
        return "scalar", k.call("sqrt", k.not_negative(a))
    how = rng.weighted({"sub": 3.0, "mul": 3.0, "add": 3.0, "div": 0.8, "fma": 1.5, "min": 0.4, "max": 0.6})
    if how == "sub":
        return "delta", a - b
    if how == "add":
        return "sum", a + b
    if how == "mul":
        return "scalar", a * b
    if how == "div":
        return "ratio", a / k.positive(b)
    if how == "fma":
        third = k.want(t.F32, "scalar", 0.8)
        return "scalar", a + b * third if _near(third) else a + b
    return "scalar", k.call(how, a, b)


def _whole(walk: Walk, a: Expr, b: Expr | None) -> tuple[str, Expr] | None:
    rng = walk.rng
    if b is not None and rng.chance(0.5):
        how = rng.choose(("+", "-", "+", "*"))
        return "integer", tree.binary(how, a, b)
    if a.low < 0.0:
        return "integer", a + rng.choose((1, 2, 1))
    how = rng.choose(("//", "%", "+", "-", "*"))
    other = rng.choose((2, 3, 4, 6)) if how in "//%*" else rng.choose((1, 1, 1, 2))
    return "integer", tree.binary(how, a, other)


def _vector(walk: Walk, a: Expr, b: Expr | None) -> tuple[str, Expr]:
    k, rng = walk.k, walk.rng
    cross = isinstance(a.type, t.Vector) and a.type.length == 3
    if b is not None and rng.chance(0.65):
        how = rng.weighted({"sub": 4.0, "add": 3.0, "dot": 2.5, "cross": 1.5 if cross else 0.0, "gap": 1.5})
        if how == "sub":
            return "delta", a - b
        if how == "add":
            return "vector", a + b
        if how == "gap":
            return "distance", k.call("length", a - b)
        return ("scalar" if how == "dot" else "vector"), k.call(how, a, b)
    one = rng.integer(0, 3)
    if one == 0:
        return "distance", k.call("length", a)
    if one == 1:
        factor = k.want(t.F32, "scalar", 0.6)
        return "vector", a * (factor if _near(factor) else k.lit(0.5))
    if one == 2:
        return "direction", k.call("normalize", a)
    return "scalar", k.component(a, rng.integer(0, 1))


def _decide(walk: Walk) -> None:
    """A variable that a lone `if`, an if-else or a chain over a kind gives another value."""
    k, rng = walk.k, walk.rng
    reals = [item for item in k.at_hand(t.F32) if _near(item.expr)]
    wholes = k.at_hand(t.I32)
    if not reals:
        _read(walk)
        return
    chosen = rng.choose(reals)
    chosen.uses += 1
    if wholes and rng.chance(0.3):
        _chain(walk, rng.choose(wholes).expr)
        return
    result = k.variable("result", chosen.expr if rng.chance(0.5) else k.lit(0.0))
    test = _test(walk)
    with k.when(test):
        for _ in range(rng.weighted({0: 5.0, 1: 3.0, 2: 1.0})):
            walk.depth += 1
            _compute(walk)
            walk.depth -= 1
        _change(walk, result, rng.choose(reals).expr)
    if rng.chance(0.3):
        with k.otherwise():
            _change(walk, result, rng.choose(reals).expr)
    k.put("result", result)


def _change(walk: Walk, result: Expr, value: Expr) -> None:
    k, rng = walk.k, walk.rng
    how = rng.integer(0, 4)
    if how <= 1:
        k.set(result, value)
    elif how == 2:
        k.augment(result, "+", value)
    elif how == 3:
        k.set(result, value * k.choose_lit(0.5, 2.0, 0.1) if rng.chance(0.5) else -value)
    else:
        k.set(result, k.choose_lit(0.0, 1.0, -1.0))


def _test(walk: Walk) -> Expr:
    """A condition as people write it: short, on what was just read."""
    k, rng = walk.k, walk.rng
    wholes, reals, flags = k.at_hand(t.I32), k.at_hand(t.F32), k.at_hand(t.BOOL)
    draw = rng.random()
    if flags and draw < 0.25:
        item = rng.choose(flags)
        item.uses += 1
        return item.expr if rng.chance(0.6) else k.negate(item.expr)
    if wholes and draw < 0.6:
        item = rng.choose(wholes)
        item.uses += 1
        operator = rng.choose(("==", "<", ">=", ">", "!="))
        other = rng.choose(wholes).expr
        if other is not item.expr and rng.chance(0.35):
            return tree.compare(operator, item.expr, other)
        return tree.compare(operator, item.expr, rng.choose((0, 0, 1, 2, 3)))
    if len(reals) > 1:
        a, b = rng.choose(reals), rng.choose(reals)
        a.uses += 1
        if a is not b and rng.chance(0.5):
            b.uses += 1
            return tree.compare(rng.choose(("<", ">")), a.expr, b.expr)
        return tree.compare(rng.choose((">", "<", ">=")), a.expr, k.choose_lit(0.0, 0.0, 0.5, 1.0))
    flag = k.array("flag", t.I32, walk.own.dims, low=0, high=1)[walk.own.index]
    return flag.equals(1) if rng.chance(0.5) else flag.differs(0)


def _chain(walk: Walk, kind: Expr) -> None:
    """if / elif / else over the values of a kind."""
    k, rng = walk.k, walk.rng
    if kind.low < 0.0 or not isinstance(kind, tree.Name):
        kind = k.let("label", k.array("label", t.I32, walk.own.dims, low=0, high=3)[walk.own.index])
    named = rng.chance(0.6)
    result = k.variable("result", k.lit(0.0))
    reals = [item.expr for item in k.at_hand(t.F32) if _near(item.expr)]
    for case in range(rng.integer(2, 4)):
        value = k.constant(case, t.I32, "label") if named else k.integer(case)
        context = k.when(kind.equals(value)) if case == 0 else k.otherwise_when(kind.equals(value))
        with context:
            _change(walk, result, rng.choose(reals))
    if rng.chance(0.5):
        with k.otherwise():
            k.set(result, k.choose_lit(0.0, 1.0, -1.0))
    k.put("result", result)


def _row(walk: Walk) -> None:
    """A loop over a fixed or given number of columns that adds up or searches."""
    k, rng = walk.k, walk.rng
    place = walk.place()
    if len(place.dims) > 2:
        place = Place(place.dims[:2], place.index[:2])
    columns = k.dim(rng.choose((2, 3, 3, 4, 6)), fixed=True) if rng.chance(0.5) else k.dim(rng.choose((6, 8)))
    data = k.array("array", t.F32, (*place.dims, columns), low=-2.0, high=2.0)
    bound = columns.size if columns.fixed else k.length(columns)
    if rng.chance(0.3):
        _search(walk, place, data, bound)
        return
    total = k.variable("accumulator", k.lit(0.0))
    second = k.array("weight", t.F32, (columns,), low=0.0, high=1.0) if rng.chance(0.4) else None
    with k.loop("loop", bound) as j:
        value = k.let("scalar", data[(*place.index, j)]) if rng.chance(0.6) else data[(*place.index, j)]
        if rng.chance(0.25):
            with k.when(k.let("scalar", value) < k.choose_lit(0.0, -1.0, -0.5)):
                k.next_turn()
        k.augment(total, "+", value * second[j] if second is not None else value)
    k.put("sum", total)


def _search(walk: Walk, place: Place, data: Expr, bound: tree.Value) -> None:
    """The best of a row and where it is."""
    k, rng = walk.k, walk.rng
    smallest = rng.chance(0.6)
    best = k.variable("extremum", k.choose_lit(1e10, 1e6, 1e8) if smallest else k.choose_lit(-1e10, -1e6))
    which = k.variable("index", k.integer(-1))
    with k.loop("loop", bound) as j:
        value = k.let("scalar", data[(*place.index, j)])
        with k.when(value < best if smallest else value > best):
            k.set(best, value)
            k.set(which, j)
        if rng.chance(0.2):
            with k.when(value.equals(0.0) if rng.chance(0.5) else value > k.choose_lit(1.5, 1.0)):
                k.leave_loop()
    k.put("extremum", tree.Name(t.F32, -2.0, 2.0, best.id) if isinstance(best, tree.Name) else best)
    k.put("index", which)


def _segment(walk: Walk) -> None:
    """A loop over a segment of entries, each of which names something to read."""
    k, rng = walk.k, walk.rng
    if len(walk.own.dims) != 1 or walk.depth:
        _row(walk)
        return
    origin, where = walk.own.dims[0], walk.own.index[0]
    entries, nodes = k.dim(rng.choose((24, 32, 40))), k.dim(rng.choose(NODES))
    offsets = k.array("offsets", t.I32, (k.derived(origin, 1, 1),), offsets_into=entries.symbol)
    start, end = k.let("start", offsets[where]), k.let("end", offsets[where + 1])
    names = k.array("columns", t.I32, (entries,), low=0, high=nodes.size - 1, bound=nodes.symbol)
    dtype, kind, limits = _item(walk, {"float": 4.0, "vec3": 2.0})
    data = k.array(kind, dtype, (nodes,), **limits)
    total = k.variable("accumulator", k.lit(0.0) if dtype is t.F32 else k.zero(dtype))
    weights = k.array("weight", t.F32, (entries,), low=0.0, high=1.0) if rng.chance(0.6) else None
    if rng.chance(0.2):
        _leave(walk, (end - start).equals(0) if rng.chance(0.5) else start >= end)
    with k.loop("loop", start, end) as entry:
        other = k.let("neighbor", names[entry])
        if rng.chance(0.3):
            with k.when(other.equals(where)):
                k.next_turn()
        value = data[other]
        k.augment(total, "+", weights[entry] * value if weights is not None else value)
    k.put("sum", total)
    if rng.chance(0.4):
        k.put("count", k.let("count", end - start))


def _store(walk: Walk) -> None:
    """A value at hand into the thread's own element, as it is or with one operation."""
    k, rng = walk.k, walk.rng
    left = [item for item in k.unused() if _near(item.expr) or not isinstance(item.expr.type, t.Scalar)] or k.pool
    if not left:
        return
    item = rng.choose(left)
    item.uses += 1
    value, dtype = item.expr, item.expr.type
    if dtype in (t.F32, t.vec(3)) and rng.chance(0.3):
        target = k.array("inout", dtype, walk.own.dims, "inout", low=-2.0, high=2.0)[walk.own.index]
        if rng.chance(0.6):
            k.augment(target, rng.choose(("+", "+", "-")), value)
        else:
            k.set(target, target + value)
    else:
        if dtype is t.F32 and rng.chance(0.25):
            other = k.want(t.F32, "scalar", 0.5)
            value = value + other if rng.chance(0.5) else value - other
        k.set(k.array("out", value.type, walk.own.dims, "out")[walk.own.index], value)
    walk.written += 1


def _mark(walk: Walk, value: int) -> None:
    """A flag or counter of the thread's own element set to a constant."""
    k = walk.k
    marks = k.array("mask", t.I32, walk.own.dims, "out")
    k.set(marks[walk.own.index], k.integer(value))


def _flag(walk: Walk) -> None:
    """Mark the thread's own element where a condition holds."""
    k, rng = walk.k, walk.rng
    target = k.array("flag", t.I32, walk.own.dims, "inout", low=0, high=0)[walk.own.index]
    with k.when(_test(walk)):
        k.set(target, k.integer(rng.choose((1, 1, -1, 2))))
    walk.written += 1


def _count(walk: Walk) -> None:
    """An atomic on a total, a counter or what an index names."""
    k, rng = walk.k, walk.rng
    place = walk.places[-1] if len(walk.places) > 1 and rng.chance(0.6) else None
    reals = [item for item in k.at_hand(t.F32) if _near(item.expr)]
    if place is None:
        counter = k.array("count", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        k.do(k.call("atomic_add", counter, k.integer(0), k.integer(1), gives=t.I32))
    elif reals and rng.chance(0.75):
        item = rng.choose(reals)
        item.uses += 1
        totals = k.array("accumulator", t.F32, place.dims, "inout", low=0.0, high=0.0)
        name = rng.weighted({"atomic_add": 6.0, "atomic_sub": 1.0, "atomic_max": 1.0, "atomic_min": 0.6})
        k.do(k.call(name, totals, *place.index, item.expr, gives=t.F32))
    else:
        counts = k.array("count", t.I32, place.dims, "inout", low=0, high=0)
        k.do(k.call("atomic_add", counts, *place.index, k.integer(1), gives=t.I32))
    walk.written += 1


MOVES: dict[str, Callable[[Walk], None]] = {
    "read": _read,
    "follow": _follow,
    "ends": _ends,
    "guard": _guard,
    "compute": _compute,
    "decide": _decide,
    "row": _row,
    "segment": _segment,
    "store": _store,
    "flag": _flag,
    "count": _count,
}
"""Everything that a kernel of this sort does, by name."""

LENGTH = {"small": (1, 3), "medium": (4, 10), "large": (14, 34)}


def _walk(k: Kernel, **moves: float) -> Walk:
    """Start the threads, make the moves, write what is left."""
    rng = k.rng
    ndim = rng.weighted({1: 6.2, 2: 2.8, 3: 0.5})
    k.start(ndim, None, ("world", "thread") if ndim == 2 else ())
    walk = Walk(k, moves)
    walk.places.append(Place(k.launch, k.threads))
    if ndim == 2:
        walk.places.append(Place(k.launch[:1], k.threads[:1]))
    if rng.chance(0.35):
        _guard(walk)
    _read(walk)
    walk.run(*LENGTH[k.shared.size])
    left = [item for item in k.unused() if isinstance(item.expr.type, (t.Scalar, t.Vector))]
    for _ in range(min(len(left), rng.integer(1, 3)) if walk.written else max(1, min(len(left), rng.integer(1, 4)))):
        _store(walk)
    if not walk.written:
        _mark(walk, 1)
    return walk


@recipe("values gathered through index arrays and stored", "combined:9 vector:2", FIELDS, "gather", SINGLE)
def gather_records(k: Kernel) -> None:
    _walk(k, read=3.0, follow=3.0, ends=1.0, compute=4.0, decide=0.7, store=1.6, guard=0.5, row=0.4)


@recipe("elements updated behind masks, flags and kinds", "control_flow:7 combined:3", FIELDS, "map", SINGLE)
def guarded_update(k: Kernel) -> None:
    _walk(k, guard=1.6, read=2.5, decide=2.6, compute=2.5, follow=1.0, store=1.4, flag=0.7, row=0.8, count=0.3)


@recipe("walks over rows and segments of indices", "reduction:3 control_flow:1.5", FIELDS, "gather", SINGLE)
def indexed_walk(k: Kernel) -> None:
    _walk(k, segment=1.2, row=2.0, follow=1.2, read=1.5, compute=2.0, decide=0.6, store=1.0, guard=0.6)


@recipe("values scattered to what indices name", "atomic:4", FIELDS, "scatter", SINGLE)
def scatter_records(k: Kernel) -> None:
    walk = _walk(k, follow=1.6, ends=0.8, read=2.0, compute=3.0, count=1.6, guard=0.8, decide=0.6, store=0.4)
    _count(walk)
