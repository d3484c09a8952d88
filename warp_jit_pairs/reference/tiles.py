"""Tile builtins for blocks of one thread, which is how Warp runs them on the CPU.

A tile is a small array that is a value: names copy it, `tile_load` and `tile_store` clip at an array's bounds.
Queries that a block makes together of trees are left unsupported.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import Array, IndexedArray, copied
from .faults import Fault, Unsupported
from .randoms import Randoms, pcg, randi
from .scalar_math import maximum, minimum
from .scalars import ScalarType, divide
from .vectors import Block, raw


class Tile(Array):
    """A block of items."""

    __array_ufunc__ = None
    __slots__ = ("shim",)

    def __init__(self, shim: Any, dtype: Any, data: Any, ndim: int) -> None:
        super().__init__(dtype, data, ndim)
        self.shim = shim

    @property
    def extents(self) -> tuple[int, ...]:
        return tuple(self.d.shape[: self.nd])

    def copy(self) -> Tile:
        return Tile(self.shim, self.dtype, self.d.copy(), self.nd)

    def __getitem__(self, key: Any) -> Any:
        keys = key if type(key) is tuple else (key,)
        if any(isinstance(part, Tile) for part in keys):
            return self._picked(keys)
        found = super().__getitem__(key)
        return Tile(self.shim, self.dtype, found.d, found.nd) if type(found) is Array else found

    def _picked(self, keys: tuple[Any, ...]) -> Tile:
        """The rows or columns that a tile of indices names."""
        if len(keys) != self.nd or sum(isinstance(part, Tile) for part in keys) > 1:
            raise Unsupported("tile indexed by several tiles")
        places: list[Any] = []
        for part, extent in zip(keys, self.extents, strict=True):
            if isinstance(part, Tile):
                if part.nd != 1 or not ((part.d >= 0) & (part.d < extent)).all():
                    raise Fault("tile index out of bounds")
                places.append(part.d)
            elif part == slice(None):
                places.append(part)
            else:
                raise Unsupported("tile indexed by a tile and a number")
        return self.like(self.d[tuple(places)].copy())

    def like(self, data: Any) -> Tile:
        return Tile(self.shim, self.dtype, data, self.nd)

    def items(self) -> list[Any]:
        """Items in row order."""
        return [self[index if self.nd > 1 else index[0]] for index in np.ndindex(*self.extents)]

    def _with(self, other: Any, function: Callable[[Any, Any], Any]) -> Tile:
        if isinstance(other, Tile):
            if other.extents != self.extents:
                raise Unsupported("tiles of different shapes")
            return build(self.shim, self.extents, list(map(function, self.items(), other.items())))
        return build(self.shim, self.extents, [function(item, other) for item in self.items()])

    def __add__(self, other: Any) -> Tile:
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> Tile:
        return self._with(other, operator.sub)

    def __mul__(self, other: Any) -> Tile:
        return self._with(other, operator.mul)

    def __rmul__(self, other: Any) -> Tile:
        return self._with(other, lambda item, value: value * item)

    def __truediv__(self, other: Any) -> Tile:
        return self._with(other, divide)

    def __rtruediv__(self, other: Any) -> Tile:
        return self._with(other, lambda item, value: divide(value, item))

    def __and__(self, other: Any) -> Tile:
        return self._with(other, operator.and_)

    def __or__(self, other: Any) -> Tile:
        return self._with(other, operator.or_)

    def __xor__(self, other: Any) -> Tile:
        return self._with(other, operator.xor)

    def __neg__(self) -> Tile:
        return self.like(-self.d)


def build(shim: Any, extents: tuple[int, ...], items: list[Any]) -> Tile:
    """A tile of computed items, whose type they give."""
    dtype = shim.type_of_value(items[0])
    if shim.precision == "float64" and isinstance(dtype, ScalarType) and dtype.kind == "f":
        dtype = shim.scalars["float64"]
    if not isinstance(dtype, ScalarType) and not (isinstance(dtype, type) and issubclass(dtype, Block)):
        raise Unsupported("tile of these items")
    data = np.stack([np.asarray(raw(item)) for item in items])
    return Tile(shim, dtype, data.reshape(extents + data.shape[1:]), len(extents))


def _extents(shape: Any) -> tuple[int, ...]:
    return tuple(int(x) for x in shape) if isinstance(shape, (tuple, list)) else (int(shape),)


def _window(array: Array, offset: Any, extents: tuple[int, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Slices of the array and of the tile that overlap."""
    if isinstance(array, IndexedArray):
        raise Unsupported("tile of an indexed array")
    starts = _extents(offset) if offset is not None else (0,) * len(extents)
    if len(extents) > array.nd or len(starts) != len(extents):
        raise Unsupported("tile of other dimensions than its array")
    outer, inner = [], []
    for axis, (start, extent) in enumerate(zip(starts, extents, strict=True)):
        low, high = max(start, 0), min(start + extent, array.d.shape[axis])
        outer.append(slice(low, max(high, low)))
        inner.append(slice(low - start, max(high, low) - start))
    return tuple(outer), tuple(inner)


def _written(number: Any) -> Any:
    """A constant as its source spells it: Warp counts the turns of `tile_arange` before it rounds to float32."""
    return int(number) if isinstance(number, (int, np.integer)) else float(str(np.float32(number)))


class TileBuiltins:
    """The builtins of one precision."""

    def __init__(self, shim: Any) -> None:
        self.shim = shim

    def _full(self, extents: tuple[int, ...], dtype: Any, value: Any) -> Tile:
        kind = self.shim.type_of(dtype)
        if isinstance(kind, ScalarType):
            return Tile(self.shim, kind, np.full(extents, raw(kind.cast(value)), kind.item), len(extents))
        if not (isinstance(kind, type) and issubclass(kind, Block)):
            raise Unsupported("tile of these items")
        block: Any = value if isinstance(value, Block) else kind(value)  # type: ignore[call-arg]
        return Tile(self.shim, kind, np.broadcast_to(block.a, extents + kind.shape).copy(), len(extents))

    def tile_zeros(self, shape: Any, dtype: Any = float, storage: str = "") -> Tile:
        return self._full(_extents(shape), dtype, 0)

    tile_empty = tile_zeros

    def tile_ones(self, shape: Any, dtype: Any = float, storage: str = "") -> Tile:
        return self._full(_extents(shape), dtype, 1)

    def tile_full(self, shape: Any, value: Any, dtype: Any = None, storage: str = "") -> Tile:
        return self._full(_extents(shape), self.shim.type_of_value(value) if dtype is None else dtype, value)

    def tile_from_thread(self, shape: Any, value: Any, thread_idx: Any, storage: str = "") -> Tile:
        if int(thread_idx) != 0:
            raise Unsupported("thread of a block of one")
        return self.tile_full(shape, value)

    def tile_arange(self, *bounds: Any, dtype: Any = None, storage: str = "") -> Tile:
        kind = self.shim.type_of(dtype) if dtype is not None else self.shim.type_of_value(bounds[0])
        start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
        span, width = _written(stop) - _written(start), _written(step)
        count = -int(-span // width)
        first, stride = kind.cast(start), kind.cast(step)
        return build(self.shim, (count,), [first + kind.cast(i) * stride for i in range(count)])

    def _random(self, shape: Any, rng: Any, draw: Callable[[Any], tuple[Any, Any]]) -> Tile:
        extents, state, items = _extents(shape), np.uint32(pcg(int(rng))), []
        for _ in range(int(np.prod(extents))):
            value, state = draw(state)
            items.append(value)
        return build(self.shim, extents, items)

    def tile_randf(self, shape: Any, rng: Any, min: Any = None, max: Any = None, storage: str = "") -> Tile:  # noqa: A002
        return self._random(shape, rng, lambda state: Randoms(self.shim.types).randf(state, min, max))

    def tile_randi(self, shape: Any, rng: Any, min: Any = None, max: Any = None, storage: str = "") -> Tile:  # noqa: A002
        return self._random(shape, rng, lambda state: randi(state, min, max))

    # -- to and from arrays

    def tile_load(
        self, a: Any, shape: Any, offset: Any = None, storage: str = "", bounds_check: Any = True, aligned: Any = False
    ) -> Tile:
        extents = _extents(shape)
        if len(extents) < a.nd:
            extents = extents + (1,) * (a.nd - len(extents))
        outer, inner = _window(a, offset, extents)
        if a.struct:
            raise Unsupported("tile of these items")
        data = np.zeros(extents + a.d.shape[a.nd :], a.d.dtype)
        data[inner] = a.d[outer]
        return Tile(self.shim, a.dtype, data, len(extents))

    def tile_store(self, a: Any, t: Tile, offset: Any = None, bounds_check: Any = True, aligned: Any = False) -> None:
        outer, inner = _window(a, offset, t.extents)
        a.d[outer] = t.d[inner]

    def tile_atomic_add(self, a: Any, t: Tile, offset: Any = None, bounds_check: Any = True) -> Tile:
        outer, inner = _window(a, offset, t.extents)
        before = np.zeros_like(t.d)
        before[inner] = a.d[outer]
        a.d[outer] = a.d[outer] + t.d[inner]
        return t.like(before)

    def _gathered(self, a: Any, indices: Tile, extents: tuple[int, ...], offset: Any, axis: Any) -> list[Any]:
        starts = _extents(offset) if offset is not None else (0,) * len(extents)
        found = []
        for place in np.ndindex(*extents):
            steps = list(place)
            steps[int(axis)] = int(indices.d[place[int(axis)]])
            key = [start + step for start, step in zip(starts, steps, strict=True)]
            inside = all(0 <= k < n for k, n in zip(key, a.d.shape, strict=False))
            found.append((place, tuple(key) if inside else None))
        return found

    def tile_load_indexed(
        self, a: Any, indices: Tile, shape: Any, offset: Any = None, axis: Any = 0, storage: str = ""
    ) -> Tile:
        extents = _extents(shape)
        data = np.zeros(extents + a.d.shape[a.nd :], a.d.dtype)
        for place, key in self._gathered(a, indices, extents, offset, axis):
            if key is not None:
                data[place] = a.d[key]
        return Tile(self.shim, a.dtype, data, len(extents))

    def tile_store_indexed(self, a: Any, indices: Tile, t: Tile, offset: Any = None, axis: Any = 0) -> None:
        for place, key in self._gathered(a, indices, t.extents, offset, axis):
            if key is not None:
                a.d[key] = t.d[place]

    def tile_atomic_add_indexed(self, a: Any, indices: Tile, t: Tile, offset: Any = None, axis: Any = 0) -> Tile:
        before = np.zeros_like(t.d)
        for place, key in self._gathered(a, indices, t.extents, offset, axis):
            if key is not None:
                before[place] = a.d[key]
                a.d[key] = a.d[key] + t.d[place]
        return t.like(before)

    # -- shapes

    def tile_view(self, t: Tile, offset: Any, shape: Any = None) -> Tile:
        starts = _extents(offset)
        if shape is None:
            return Tile(self.shim, t.dtype, t.d[starts], t.nd - len(starts))
        window = tuple(slice(start, start + extent) for start, extent in zip(starts, _extents(shape), strict=True))
        return t.like(t.d[window])

    def tile_assign(self, dst: Tile, src: Tile, offset: Any = None) -> None:
        starts = _extents(offset) if offset is not None else (0,) * dst.nd
        dst.d[tuple(slice(start, start + extent) for start, extent in zip(starts, src.extents, strict=True))] = src.d

    def tile_squeeze(self, t: Tile, axis: Any = None) -> Tile:
        chosen = tuple(i for i, n in enumerate(t.extents) if n == 1) if axis is None else _extents(axis)
        return Tile(self.shim, t.dtype, np.squeeze(t.d, chosen), t.nd - len(chosen))

    def tile_reshape(self, t: Tile, shape: Any) -> Tile:
        extents = _extents(shape)
        data = t.d.reshape(extents + t.d.shape[t.nd :])
        return Tile(self.shim, t.dtype, data, len(extents))

    def tile_astype(self, t: Tile, dtype: Any) -> Tile:
        kind = self.shim.type_of(dtype)
        data = np.array([raw(kind.cast(item)) for item in t.items()], kind.item)
        return Tile(self.shim, kind, data.reshape(t.extents), t.nd)

    def tile_broadcast(self, a: Tile, shape: Any) -> Tile:
        extents = _extents(shape)
        source = a.d.reshape((1,) * (len(extents) - a.nd) + a.d.shape)
        return Tile(self.shim, a.dtype, np.broadcast_to(source, extents + a.d.shape[a.nd :]).copy(), len(extents))

    def tile_transpose(self, a: Tile) -> Tile:
        return a.like(np.swapaxes(a.d, 0, 1).copy())

    def tile(self, x: Any, preserve_type: Any = False) -> Tile:
        if isinstance(x, Block) and not preserve_type:
            shape = (*x.shape, 1)
            return Tile(self.shim, x.scalar, x.a.reshape(shape).copy(), len(shape))
        return build(self.shim, (1,), [x])

    def untile(self, a: Tile) -> Any:
        if a.nd == 1:
            return a[0]
        return self.shim.types.block(a.dtype.name, a.extents[:-1]).of(a.d[..., 0].copy())

    def tile_extract(self, a: Tile, *index: Any) -> Any:
        if any(i < 0 for i in index[: a.nd]):
            raise Fault("tile index out of bounds")
        item = a[tuple(index[: a.nd])] if a.nd > 1 else a[index[0]]
        rest = index[a.nd :]
        return item if not rest else item[tuple(rest) if len(rest) > 1 else rest[0]]

    def tile_scatter_add(self, a: Tile, *rest: Any, atomic: Any = True) -> None:
        *index, value, has_value = rest
        if has_value:
            a.update(tuple(index), operator.add, value)

    def tile_scatter_masked(self, a: Tile, *rest: Any) -> None:
        *index, value, has_value = rest
        if has_value:
            a[tuple(index)] = value

    # -- reductions, maps

    def tile_map(self, op: Any, *tiles: Any) -> Tile:
        first = next(tile for tile in tiles if isinstance(tile, Tile))
        count = len(first.items())
        columns = [tile.items() if isinstance(tile, Tile) else [tile] * count for tile in tiles]
        return build(self.shim, first.extents, [op(*items) for items in zip(*columns, strict=True)])

    def tile_reduce(self, op: Any, a: Tile, axis: Any = None) -> Tile:
        if axis is None:
            return build(self.shim, (1,), [functools.reduce(op, a.items())])
        rows = np.moveaxis(a.d, int(axis), 0)
        slices = [Tile(self.shim, a.dtype, row, a.nd - 1) for row in rows]
        if a.nd == 1:
            return build(self.shim, (1,), [functools.reduce(op, a.items())])
        columns = zip(*(part.items() for part in slices), strict=True)
        return build(self.shim, slices[0].extents, [functools.reduce(op, column) for column in columns])

    def tile_sum(self, a: Tile, axis: Any = None) -> Tile:
        return self.tile_reduce(operator.add, a, axis)

    def tile_min(self, a: Tile) -> Tile:
        return self.tile_reduce(minimum, a)

    def tile_max(self, a: Tile) -> Tile:
        return self.tile_reduce(maximum, a)

    def tile_argmin(self, a: Tile) -> Tile:
        return build(self.shim, (1,), [np.int32(np.nanargmin(a.d))])

    def tile_argmax(self, a: Tile) -> Tile:
        return build(self.shim, (1,), [np.int32(np.nanargmax(a.d))])

    def tile_dot(self, a: Tile, b: Tile) -> Tile:
        total = functools.reduce(operator.add, ((x * y).sum(dtype=a.d.dtype) for x, y in zip(a.d, b.d, strict=True)))
        return build(self.shim, (1,), [a.d.dtype.type(total)])

    def tile_axpy(self, alpha: Any, src: Tile, dest: Tile) -> None:
        dest.d[...] = dest.d + raw(alpha) * src.d

    def _scan(self, a: Tile, op: Callable[[Any, Any], Any]) -> Tile:
        items = a.items()
        for i in range(1, len(items)):
            items[i] = op(items[i - 1], items[i])
        return build(self.shim, a.extents, items)

    def tile_scan_inclusive(self, a: Tile) -> Tile:
        return self._scan(a, operator.add)

    def tile_scan_exclusive(self, a: Tile) -> Tile:
        items = self._scan(a, operator.add).items()
        return build(self.shim, a.extents, [type(items[0])(0), *items[:-1]])

    def tile_scan_max_inclusive(self, a: Tile) -> Tile:
        return self._scan(a, maximum)

    def tile_scan_min_inclusive(self, a: Tile) -> Tile:
        return self._scan(a, minimum)

    def tile_sort(self, keys: Tile, values: Tile, start: Any = 0, length: Any = None) -> None:
        first = int(start)
        last = keys.n if length is None else first + int(length)
        order = first + np.argsort(keys.d[first:last], kind="stable")
        keys.d[first:last], values.d[first:last] = keys.d[order], values.d[order]

    # -- linear algebra

    def tile_matmul(self, a: Tile, b: Tile, *rest: Any, **options: Any) -> Any:
        out = rest[0] if rest and isinstance(rest[0], Tile) else options.get("out")
        numbers = [value for value in rest if not isinstance(value, (Tile, str))]
        alpha = options.get("alpha", numbers[0] if numbers else 1)
        beta = options.get("beta", numbers[1] if len(numbers) > 1 else 1)
        product = a.d @ b.d * a.d.dtype.type(alpha)
        if out is None:
            return a.like(product)
        out.d[...] = product.astype(out.d.dtype) + out.d.dtype.type(beta) * out.d
        return None

    def tile_diag_add(self, a: Tile, d: Tile) -> Tile:
        return a.like(a.d + np.diag(d.d))

    def tile_cholesky(self, A: Tile, fill_mode: str = "lower") -> Tile:
        try:
            factor = np.linalg.cholesky(A.d.astype(np.float64)).astype(A.d.dtype)
        except np.linalg.LinAlgError:
            raise Fault("Cholesky factor of a matrix that has none") from None
        return A.like(factor if fill_mode == "lower" else factor.T.copy())

    def tile_cholesky_inplace(self, A: Tile, fill_mode: str = "lower") -> None:
        A.d[...] = self.tile_cholesky(A, fill_mode).d

    def _solve(self, matrix: Any, y: Tile) -> Tile:
        try:
            return y.like(np.linalg.solve(matrix.astype(np.float64), y.d.astype(np.float64)).astype(y.d.dtype))
        except np.linalg.LinAlgError:
            raise Fault("solution of a singular system") from None

    def tile_cholesky_solve(self, L: Tile, y: Tile, fill_mode: str = "lower") -> Tile:
        lower = np.tril(L.d) if fill_mode == "lower" else np.triu(L.d).T
        return self._solve(lower.astype(np.float64) @ lower.T.astype(np.float64), y)

    def tile_cholesky_solve_inplace(self, L: Tile, y: Tile, fill_mode: str = "lower") -> None:
        y.d[...] = self.tile_cholesky_solve(L, y, fill_mode).d

    def tile_lower_solve(self, L: Tile, y: Tile) -> Tile:
        return self._solve(np.tril(L.d), y)

    def tile_lower_solve_inplace(self, L: Tile, y: Tile) -> None:
        y.d[...] = self.tile_lower_solve(L, y).d

    def tile_upper_solve(self, U: Tile, z: Tile) -> Tile:
        return self._solve(np.triu(U.d), z)

    def tile_upper_solve_inplace(self, U: Tile, z: Tile) -> None:
        z.d[...] = self.tile_upper_solve(U, z).d

    def _transform(self, inout: Tile, function: Callable[..., Any]) -> None:
        """Rows of complex numbers, in place; neither direction is scaled."""
        numbers = inout.d[..., 0] + inout.d.dtype.type(1.0) * 1j * inout.d[..., 1]
        found = function(numbers.astype(np.complex64 if inout.d.dtype == np.float32 else np.complex128), axis=-1)
        inout.d[...] = np.stack([found.real, found.imag], axis=-1)

    def tile_fft(self, inout: Tile) -> None:
        self._transform(inout, np.fft.fft)

    def tile_ifft(self, inout: Tile) -> None:
        self._transform(inout, functools.partial(np.fft.ifft, norm="forward"))

    def tile_stack(self, capacity: Any, dtype: Any) -> TileStack:
        kind = self.shim.type_of(dtype)
        return TileStack(int(capacity), kind.cast(0) if isinstance(kind, ScalarType) else kind())

    def tile_stack_push(self, s: TileStack, value: Any, has_value: Any) -> Any:
        if not has_value or len(s.items) == s.capacity:
            return np.int32(-1)
        s.items.append(copied(value))
        return np.int32(len(s.items) - 1)

    def tile_stack_pop(self, s: TileStack) -> tuple[Any, Any]:
        return (s.items.pop(), np.int32(len(s.items))) if s.items else (copied(s.empty), np.int32(-1))

    def tile_stack_clear(self, s: TileStack) -> None:
        s.items.clear()

    def tile_stack_count(self, s: TileStack) -> Any:
        return np.int32(len(s.items))


class TileStack:
    """A block's stack; with one thread it is a plain one."""

    def __init__(self, capacity: int, empty: Any) -> None:
        self.capacity = capacity
        self.empty = empty
        self.items: list[Any] = []


class _TileName:
    """`wp.tile`: a builtin, and subscripted an annotation."""

    def __init__(self, function: Callable[..., Tile]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Tile:
        return self.function(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return Any


def table(shim: Any) -> dict[str, Callable[..., Any]]:
    """Tile builtins by name."""
    made = TileBuiltins(shim)
    names = [name for name in dir(TileBuiltins) if name.startswith("tile") or name == "untile"]
    return {name: getattr(made, name) for name in names} | {"tile": _TileName(made.tile)}
