"""A kernel that stands at places and makes moves: what all index plumbing shares.

A place is where arrays can be read: the thread's own element, an element that an index array names, an edge's end. A
`Walk` knows the places so far, reads typed arrays at them and draws the next move. The moves themselves are in
`plumbing_moves.py`, `plumbing_values.py` and `plumbing_calls.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Dim, Value
from .kernel import Kernel
from .steps import alike
from .tree import Expr

FAR = 50.0
"""Values beyond this are not used in products any further."""

MANY = 36
"""No further moves are made in a kernel with so many arguments."""

NO_MORE = 3
"""Early returns in a kernel."""

NODES = (8, 12, 16, 24)
"""Lengths of what indices name."""

_SMALL: dict[str, Any] = {"low": 0.0, "high": 4.0}
_REAL: dict[str, Any] = {"low": -2.0, "high": 2.0}


@dataclass(frozen=True, slots=True)
class Item:
    """A type that arrays hold: roles that its name may have, range of its values, how often it is read."""

    dtype: t.Type
    kinds: tuple[str, ...]
    limits: dict[str, Any]
    weight: float


def _item(dtype: t.Type, kinds: str, limits: dict[str, Any], weight: float) -> Item:
    return Item(dtype, tuple(kinds.split()), limits, weight)


ITEMS: tuple[Item, ...] = (
    _item(t.I32, "label integer count index offsets flag size key", _SMALL, 4.5),
    _item(t.F32, "scalar parameter mass radius weight distance angle limit ratio", _REAL, 4.5),
    _item(t.vec(3), "position velocity force vector direction point normal acceleration", _REAL, 2.6),
    _item(t.BOOL, "flag mask bool", {}, 0.7),
    _item(t.transform(), "transform", _REAL, 1.1),
    _item(t.spatial(), "spatial", _REAL, 0.8),
    _item(t.quat(), "quaternion", _REAL, 0.3),
    _item(t.vec(2), "coordinate bound vector", _REAL, 0.3),
    _item(t.mat(3, 3), "matrix", _REAL, 0.4),
    _item(t.U32, "bits mask seed", _SMALL, 0.15),
    _item(t.U64, "key bits", {"low": 0.0, "high": 900.0}, 0.6),
    _item(t.vec(5), "vector weight", _REAL, 0.35),
    _item(t.vec(2, t.I32), "indices label integer", _SMALL, 0.55),
    _item(t.vec(3, t.I32), "indices coordinate integer", _SMALL, 0.25),
)
"""How often each type is read follows the arrays that real kernels take."""

ITEM_OF: dict[t.Type, Item] = {item.dtype: item for item in ITEMS}
_WEIGHTS: dict[t.Type, float] = {item.dtype: item.weight for item in ITEMS}


@dataclass(frozen=True, slots=True)
class Place:
    """An index (or several) and the lengths of what it indexes."""

    dims: tuple[Dim, ...]
    index: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """An array that is read, and the indices that it was read at."""

    kind: str
    source: Expr
    read_at: list[tuple[str, ...]]


Move = Callable[["Walk"], None]


def near(value: Expr) -> bool:
    """Whether a value is small enough to go on with."""
    return not isinstance(value.type, t.Scalar) or (value.low >= -FAR and value.high <= FAR)


class Walk:
    """One kernel under way; `moves` gives the weight of each move, of which the program draws its own subset."""

    def __init__(
        self, k: Kernel, table: Mapping[str, Move], moves: Mapping[str, float], types: Mapping[t.Type, float]
    ) -> None:
        self.k = k
        self.types = types or _WEIGHTS
        self.rng = k.rng
        self.table = table
        keep = self.rng.choose((0.5, 0.7, 0.9))
        self.moves = {
            name: weight * (0.4 + 1.2 * self.rng.random())
            for name, weight in moves.items()
            if name in ("read", "compute") or self.rng.chance(keep)
        }
        self.places: list[Place] = []
        self.arrays: dict[tuple[str, ...], list[Source]] = {}
        self.calls: list[Any] = []
        self.owed: list[Value] = []
        self.written = 0
        self.depth = 0
        self.made = 0
        self.guards = 0

    @property
    def own(self) -> Place:
        """The thread's own element."""
        return self.places[0]

    def place(self) -> Place:
        """A place to read at: the newest and the thread's own more often than the others."""
        draw = self.rng.random()
        return self.own if draw < 0.35 else self.places[-1] if draw < 0.75 else self.rng.choose(self.places)

    def run(self, low: int, high: int) -> None:
        """Make so many moves."""
        for _ in range(self.rng.integer(low, high)):
            if len(self.k.arguments) > MANY:
                return
            self.k.gap()
            self.made += 1
            self.move(self.rng.weighted(self.moves))

    def move(self, name: str) -> None:
        self.table[name](self)

    def may_leave(self) -> bool:
        """Whether a return fits here: near the top, and not so often that few threads are left."""
        return self.depth == 0 and self.made < 6 and self.guards < NO_MORE

    def item(self) -> Item:
        """A type to read next."""
        return ITEM_OF[self.rng.weighted(self.types)]

    def element(self, item: Item, place: Place | None = None) -> tuple[str, Expr]:
        """The role and the value of an element of a new array, not named yet."""
        k, rng = self.k, self.rng
        kind = rng.choose(item.kinds)
        if place is None and rng.chance(0.08) and item.dtype in (t.F32, t.I32):
            return kind, k.array(kind, item.dtype, (k.dim(1, fixed=True),), **item.limits)[0]
        place = place or self.place()
        dims, index = place.dims, place.index
        draw = rng.random()
        if len(dims) == 2 and draw < 0.22:
            return kind, self._wrapped(kind, item, place)
        if len(dims) == 1 and len(self.own.dims) == 2 and dims[0] is self.own.dims[0] and draw < 0.4:
            return kind, self._wrapped(kind, item, place)
        if draw > 0.94 and len(dims) == 1:
            return kind, self._nested(kind, item, place)
        if draw > 0.86 and len(dims) == 1:
            return kind, k.shifted(kind, item.dtype, dims[0], index[0], dict(item.limits))
        kind, source = self._source(kind, item, place)
        return kind, source[index]

    def _source(self, kind: str, item: Item, place: Place) -> tuple[str, Expr]:
        """An array of these lengths: a new one, or one that was read elsewhere (people read `x[a]` and `x[b]`)."""
        known = self.arrays.setdefault(tuple(dim.symbol for dim in place.dims), [])
        here = tuple(index.id for index in place.index if isinstance(index, tree.Name))
        wanted = t.Array(item.dtype, len(place.dims))
        elsewhere = [entry for entry in known if entry.source.type == wanted and here not in entry.read_at]
        if elsewhere and self.rng.chance(0.5):
            chosen = self.rng.choose(elsewhere)
        else:
            chosen = Source(kind, self.k.array(kind, item.dtype, place.dims, **item.limits), [])
            known.append(chosen)
        chosen.read_at.append(here)
        return chosen.kind, chosen.source

    def _wrapped(self, kind: str, item: Item, place: Place) -> Expr:
        """An element of an array with one row for all worlds or one for each."""
        source = self.k.array(kind, item.dtype, (self.k.dim(1, fixed=True), *place.dims[1:]), **item.limits)
        rows = tree.Subscript(
            t.I32, 1.0, 64.0, tree.Attribute(t.SHAPE, 0.0, 64.0, source, "shape"), (self.k.integer(0),)
        )
        row = place.index[0] % rows
        return source[(self.k.let("index", row) if self.rng.chance(0.35) else row, *place.index[1:])]

    def _nested(self, kind: str, item: Item, place: Place) -> Expr:
        """An element named by an element of an index array, in one expression."""
        k = self.k
        target = k.dim(self.rng.choose(NODES))
        names = k.array("indices", t.I32, place.dims, low=0, high=target.size - 1, bound=target.symbol)
        source = k.array(kind, item.dtype, (target,), **item.limits)
        return source[names[place.index]]

    def at_hand(self, dtype: t.Type) -> list[Value]:
        """Values of a type that are small enough to go on with."""
        return [item for item in self.k.at_hand(dtype) if near(item.expr)]

    def operand(self, dtype: t.Type, fresh: float = 0.35, beside: Expr | None = None) -> Expr:
        """A value of a type, at hand or an element read inside the expression; another one than it stands `beside`."""
        known = [item for item in self.at_hand(dtype) if beside is None or not alike(item.expr, beside)]
        if not known or self.rng.chance(fresh):
            return self._other(ITEM_OF[dtype], beside)
        if self.depth < 8 and self.rng.chance(0.1):
            inner = self._inner(dtype)
            if inner is not None:
                return inner
        unused = [item for item in known if not item.uses]
        chosen = self.rng.choose(unused if unused and self.rng.chance(0.7) else known)
        chosen.uses += 1
        return chosen.expr

    def _other(self, item: Item, beside: Expr | None) -> Expr:
        """An element that is not the one it stands beside."""
        for _ in range(4):
            value = self.element(item)[1]
            if beside is None or not alike(value, beside):
                return value
        return self.k.array(self.rng.choose(item.kinds), item.dtype, self.own.dims, **item.limits)[self.own.index]

    def owe(self, kind: str, value: Expr) -> None:
        """Offer a value that has to reach a result, because a loop, branch or index was made for it."""
        self.k.put(kind, value)
        self.owed.append(self.k.pool[-1])

    def _inner(self, dtype: t.Type) -> Expr | None:
        """A short expression inside another one."""
        first, second = self.operand(dtype, 0.2), None
        if dtype is t.F32 or isinstance(dtype, t.Vector):
            self.depth += 8
            second = self.operand(dtype, 0.3, first)
            self.depth -= 8
        return None if second is None else self.rng.choose((first - second, first + second, first + second))

    def keep(self, kind: str, value: Expr) -> None:
        """Name a value and offer it to later moves."""
        self.k.put(kind, self.k.let(kind, value))
