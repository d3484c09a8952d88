"""Arrays (views, indexed, local) and structs of the reference.

Bounds are checked on each access, which is what forbids a native launch. Converting to and from stored NumPy data
happens here too; giving arrays to a kernel is left to `runner.py`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .faults import OutOfBounds, Unsupported
from .geometry import load_handle
from .layout import HANDLES, ArrayType, Composite, HandleType, StructType, ValueType, float_to_storage, storage_to_float
from .scalars import BFloat16, ScalarType
from .vectors import Block, Data, Types, raw

INT32 = np.int32


@functools.lru_cache(maxsize=1024)
def _int32_shape(extents: tuple[int, ...]) -> tuple[Any, ...]:
    """A shape as a kernel sees it: four int32, zero beyond the array's dimensions."""
    return tuple(map(INT32, extents)) + (INT32(0),) * (4 - len(extents))


class Array:
    """An array whose items are scalars, blocks or structs; `d` is NumPy data, item components last."""

    __slots__ = ("bf16", "block", "d", "dtype", "n", "nd", "stores", "struct")

    stores: Stores
    """Of a watched array alone."""

    def __init__(self, dtype: Any, data: Data, ndim: int) -> None:
        self.dtype = dtype
        self.d = data
        self.nd = ndim
        self.n = data.shape[0] if data.ndim else 0
        self.struct = isinstance(dtype, type) and issubclass(dtype, Struct)
        self.block = isinstance(dtype, type) and issubclass(dtype, Block)
        self.bf16 = not self.struct and not self.block and dtype.np is BFloat16

    def copy(self) -> Array:
        return self

    @property
    def shape(self) -> tuple[Any, ...]:
        return _int32_shape(self.d.shape[: self.nd])

    @property
    def ndim(self) -> Any:
        return INT32(self.nd)

    @property
    def size(self) -> Any:
        return INT32(int(np.prod(self.d.shape[: self.nd])))

    def __len__(self) -> int:
        return self.n

    def __bool__(self) -> bool:
        return True

    def _index(self, key: Any) -> Any:
        """The key in bounds, negative indices made positive."""
        fixed: list[Any] = []
        for axis, (given, extent) in enumerate(zip(key, self.d.shape, strict=False)):
            if type(given) is slice:
                parts = (given.start, given.stop, given.step)
                fixed.append(slice(*(None if part is None else int(part) for part in parts)))
                continue
            index = int(given)
            if index < 0:
                index = index + extent
            if index < 0 or index >= extent:
                raise OutOfBounds(self.d, axis, index)
            fixed.append(index)
        return tuple(fixed)

    def __getitem__(self, key: Any) -> Any:
        if type(key) is tuple:
            if len(key) > self.nd:
                raise Unsupported("more indices than dimensions")
            key = self._index(key)
            rank = self.nd - len(key)
            if slice in map(type, key):
                rank += sum(type(index) is slice for index in key)
        elif type(key) is slice:
            key = self._index((key,))
            rank = self.nd
        else:
            key = int(key)
            if key < 0:
                key = key + self.n
            if key < 0 or key >= self.n:
                raise OutOfBounds(self.d, 0, key)
            rank = self.nd - 1
        found = self.d[key]
        if rank:
            return Array(self.dtype, found, rank)
        if self.block:
            return self.dtype.view(found)
        return BFloat16(found) if self.bf16 else found

    def __setitem__(self, key: Any, value: Any) -> None:
        key = self._index(key if type(key) is tuple else (key,))
        if len(key) != self.nd or slice in map(type, key):
            raise Unsupported("assignment to part of an array")
        if self.struct:
            self.d[key] = value.copy()
        elif self.block:
            self.d[key] = value.a
        else:
            self.d[key] = value.v if self.bf16 and type(value) is BFloat16 else value

    def update(self, key: Any, function: Any, value: Any) -> Any:
        """Replace an item by `function(item, value)` and return a copy of what was there."""
        old = self[key]
        if isinstance(old, (Block, Struct)):
            old = old.copy()
        self[key] = function(old, value)
        return old


@dataclass(slots=True)
class Stores:
    """Which items of an array were stored to; not those that atomics updated."""

    address: int
    size: int
    """Bytes of an item."""
    marks: Data
    """A boolean for each item, in their order."""
    updating: bool = False

    @classmethod
    def of(cls, data: Data, ndim: int) -> Stores:
        size = data.itemsize * int(np.prod(data.shape[ndim:]))
        return cls(_address(data), size, np.zeros(int(np.prod(data.shape[:ndim])), bool))


def _address(data: Data) -> int:
    address: int = data.__array_interface__["data"][0]
    return address


class WatchedArray(Array):
    """An array that keeps account of its stores, those through its views as well."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if type(found) is Array:
            found.__class__ = WatchedArray
            found.stores = self.stores
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        if not self.stores.updating:
            steps = zip(self._index(key if type(key) is tuple else (key,)), self.d.strides, strict=False)
            offset = _address(self.d) + sum(index * stride for index, stride in steps) - self.stores.address
            self.stores.marks[offset // self.stores.size] = True

    def update(self, key: Any, function: Any, value: Any) -> Any:
        self.stores.updating = True
        try:
            return super().update(key, function, value)
        finally:
            self.stores.updating = False


def watch(array: Array) -> Stores:
    """Begin to keep account of an array's stores."""
    held = array.source if isinstance(array, IndexedArray) else array
    held.__class__ = WatchedArray
    held.stores = Stores.of(held.d, held.nd)
    return held.stores


class IndexedArray(Array):
    """`wp.indexedarray`: each dimension may go through a list of indices."""

    __slots__ = ("maps", "source")

    def __init__(self, source: Array, maps: tuple[Data | None, ...]) -> None:
        extents = [len(m) if m is not None else source.d.shape[i] for i, m in enumerate(maps)]
        super().__init__(source.dtype, np.empty(extents, object), source.nd)
        self.source = source
        self.maps = maps

    def _through(self, key: Any) -> Any:
        key = self._index(key if type(key) is tuple else (key,))
        if len(key) != self.nd:
            raise Unsupported("view of an indexed array")
        return tuple(i if m is None else m[i] for i, m in zip(key, self.maps, strict=True))

    def __getitem__(self, key: Any) -> Any:
        return self.source[self._through(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.source[self._through(key)] = value


class Struct:
    """Base of the classes that `wp.struct` makes: fields start at zero and are copied when set."""

    fields: ClassVar[dict[str, Any]] = {}
    layout: StructType

    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self.fields, values, strict=False)) | named
        for name, dtype in self.fields.items():
            setattr(self, name, copied(given[name]) if name in given else zero(dtype))

    def copy(self) -> Any:
        fresh = object.__new__(type(self))
        fresh.__dict__ = {name: copied(value) for name, value in self.__dict__.items()}
        return fresh

    def __add__(self, other: Any) -> Any:
        fresh = self.copy()
        for name in self.fields:
            setattr(fresh, name, getattr(self, name) + getattr(other, name))
        return fresh


def copied(value: Any) -> Any:
    """A copy of a value that could be changed in place; arrays are references."""
    if isinstance(value, (Block, Struct)):
        return value.copy()
    return value


def zero(dtype: Any) -> Any:
    """The zero of a type; an array field starts empty."""
    if isinstance(dtype, ScalarType):
        return dtype.zero
    if isinstance(dtype, type) and issubclass(dtype, (Block, Struct)):
        return dtype()
    return None


def from_storage(dtype: Any, values: Data, types: Types) -> Data:
    """Stored data of a scalar or block type as the reference computes with it (a copy)."""
    scalar = dtype if isinstance(dtype, ScalarType) else dtype.scalar
    if values.dtype != np.float64:  # floats that were promoted for differences are no storage
        values = storage_to_float(values, scalar.name)
    return np.array(values, dtype=scalar.item)


def load_value(dtype: Any, kind: ValueType, stored: Any, types: Types) -> Any:
    """A kernel's argument from stored data."""
    if isinstance(kind, HandleType):
        arrays: dict[str, Array] = {}
        for name, field in HANDLES[kind.name] if "mesh_get" in kind.uses else ():
            assert isinstance(field.item, Composite)
            arrays[name] = load_array(types.of_layout(field.item), field, stored[name], types)
        return load_handle(kind, stored, types, arrays)
    if isinstance(kind, ArrayType):
        if stored is None:
            return None
        return load_array(dtype.dtype, kind, stored, types)
    if isinstance(kind, StructType):
        fresh = dtype()
        for (name, field_kind), field_type in zip(kind.fields, dtype.fields.values(), strict=True):
            setattr(fresh, name, load_value(field_type, field_kind, stored[name], types))
        return fresh
    data = from_storage(dtype, np.asarray(stored), types)
    if kind.kind == "scalar":
        return dtype.cast(data[()])
    return dtype.view(data)


def load_array(dtype: Any, kind: ArrayType, stored: Any, types: Types) -> Array:
    """An array argument from stored data; an indexed one is the pair (data, index lists)."""
    if kind.indexed:
        data, maps = stored
        plain = ArrayType(kind.item, kind.ndim)
        return IndexedArray(load_array(dtype, plain, data, types), tuple(maps))
    if isinstance(kind.item, Composite):
        return Array(dtype, from_storage(dtype, stored, types), kind.ndim)
    items = np.empty(stored.shape, object)
    for index in np.ndindex(*stored.shape):
        items[index] = load_value(dtype, kind.item, stored[index], types)
    return Array(dtype, items, kind.ndim)


def store_value(kind: ValueType, value: Any) -> Any:
    """Inverse of `load_value`; in float64 precision floats stay float64."""
    if isinstance(kind, HandleType):
        return value.content
    if isinstance(kind, ArrayType):
        return None if value is None else store_array(kind, value)
    if isinstance(kind, StructType):
        return {name: store_value(field, getattr(value, name)) for name, field in kind.fields}
    return _store_block(kind, np.asarray(raw(value)))


def _store_block(kind: Composite, data: Data) -> Data:
    if kind.is_float and data.dtype == np.float64 and kind.scalar != "float64":
        return data
    return float_to_storage(data, kind.scalar) if kind.is_float else data.astype(kind.dtype.base)


def store_array(kind: ArrayType, value: Array) -> Any:
    if isinstance(value, IndexedArray):
        return (store_array(ArrayType(kind.item, kind.ndim), value.source), value.maps)
    if isinstance(kind.item, Composite):
        return _store_block(kind.item, value.d)
    return [store_value(kind.item, item) for item in value.d.ravel()]
