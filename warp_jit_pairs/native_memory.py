"""A kernel's arguments in native memory: the C struct, and the arrays it points to, between canaries.

Laid out as C++ lays out the generated `wp_args_` structs. Launching is left to `execute.py`; memory of a GPU, which
takes the place of what `Buffer` and `NativeHandle` take here, to `device_memory.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from .native_handles import NativeHandle
from .reference.layout import Argument, ArrayType, Composite, HandleType, StructType, ValueType, index_leaf

Value = Any
"""Stored data of one argument: an array, a scalar, or a dict of a struct's fields (`reference/layout.py`)."""

GUARD = 1024
"""Bytes of canary on each side of every array."""
_CANARIES = (0xA5, 0x5B, 0x36, 0xC9, 0x72, 0x8E, 0x1D, 0xE4)
"""Bytes of the canaries: neighbouring arrays differ, or a copy from outside one to outside another would not show."""


class Buffer:
    """An array in native memory between canaries; `memory` and `address` may be given to it."""

    def __init__(
        self, data: np.ndarray[Any, Any], number: int, memory: np.ndarray[Any, Any] | None = None, address: int = 0
    ) -> None:
        self.canary = _CANARIES[number % len(_CANARIES)]
        self.memory = np.empty(data.nbytes + 2 * GUARD, np.uint8) if memory is None else memory
        self.memory[...] = self.canary
        self.address = (address or int(self.memory.ctypes.data)) + GUARD
        self.view = self.memory[GUARD : GUARD + data.nbytes].view(data.dtype.base if data.dtype.shape else data.dtype)
        self.view = self.view.reshape(data.shape)
        self.view[...] = data

    def intact(self) -> bool:
        sides = np.concatenate([self.memory[:GUARD], self.memory[len(self.memory) - GUARD :]])
        return bool((sides == self.canary).all())


class ArgumentHandle(Protocol):
    """An object of Warp that a kernel gets; `argument` is what it gets for it."""

    argument: bytes

    def read_back(self) -> None: ...

    def free(self) -> None: ...


def _alignment(kind: ValueType) -> int:
    if isinstance(kind, HandleType):
        return 8
    if isinstance(kind, Composite):
        return kind.dtype.base.itemsize
    if isinstance(kind, StructType):
        return max((_alignment(inner) for _, inner in kind.fields), default=1)
    return 8


class NativeArguments:
    """The C struct of a kernel's arguments, and the buffers it points to.

    `gradients` are the buffers that the adjoint's copy of the struct points to, by leaf name; `spans` are the first
    byte and the end of each argument in the struct.
    """

    def __init__(self, arguments: Sequence[Argument], inputs: Mapping[str, Value]) -> None:
        self.arguments = arguments
        self.spans: list[tuple[int, int]] = []
        self.buffers: dict[str, Buffer] = {}
        self.gradients: dict[str, Buffer] = {}
        self.handles: list[ArgumentHandle] = []
        self.primal = bytearray()
        self.adjoint = bytearray()
        for argument in arguments:
            self._align(_alignment(argument.type))
            start = len(self.primal)
            self._add(argument.name, argument.type, inputs[argument.name])
            self.spans.append((start, len(self.primal)))
        self._align(8)

    def _buffer(self, data: np.ndarray[Any, Any], number: int) -> Buffer:
        return Buffer(np.ascontiguousarray(data), number)

    def _handle(self, kind: HandleType, content: Mapping[str, np.ndarray[Any, Any]]) -> ArgumentHandle:
        return NativeHandle(kind, content)

    def _align(self, size: int) -> None:
        for block in (self.primal, self.adjoint):
            block.extend(b"\0" * (-len(block) % size))

    def _add(self, name: str, kind: ValueType, value: Value) -> None:
        self._align(_alignment(kind))
        if isinstance(kind, HandleType):
            self._add_handle(name, kind, value)
        elif isinstance(kind, ArrayType):
            self._add_array(name, kind, value)
        elif isinstance(kind, StructType):
            for inner, inner_kind in kind.fields:
                self._add(f"{name}.{inner}", inner_kind, value[inner])
            self._align(_alignment(kind))
        else:
            data = np.ascontiguousarray(np.asarray(value, kind.dtype.base)).tobytes()
            self.primal += data
            self.adjoint += b"\0" * len(data)

    def _add_array(self, name: str, kind: ArrayType, value: Value) -> None:
        if value is None:
            size = 56 if not kind.indexed else 104
            self.primal += b"\0" * size
            self.adjoint += b"\0" * size
            return
        data, maps = value if kind.indexed else (value, ())
        buffer = self.buffers[name] = self._buffer(data, len(self.buffers))
        gradient = self.gradients[name] = self._buffer(np.zeros_like(buffer.view), len(self.buffers) + 3)
        shape = data.shape[: kind.ndim]
        strides = buffer.view.strides[: kind.ndim]
        self.primal += _array(buffer.address, gradient.address, shape, strides)
        self.adjoint += _array(gradient.address, 0, shape, strides)
        if kind.indexed:
            extents = [len(m) if m is not None else shape[i] for i, m in enumerate(maps)]
            pointers = []
            for i, m in enumerate(maps):
                held = None if m is None else self._buffer(np.asarray(m, np.int32), 0)
                if held is not None:
                    self.buffers[index_leaf(name, i)] = held
                pointers.append(0 if held is None else held.address)
            tail = struct.pack("4Q4i", *pointers, *[0] * (4 - len(pointers)), *extents, *[0] * (4 - len(extents)))
            self.primal += tail
            self.adjoint += b"\0" * len(tail)
        self._align(8)

    def _add_handle(self, name: str, kind: HandleType, value: Value) -> None:
        """An object of Warp, which keeps what it is made of in buffers; no gradient reaches that."""
        content = {}
        for inner, _ in kind.fields:
            buffer = self.buffers[f"{name}.{inner}"] = self._buffer(value[inner], len(self.buffers))
            content[inner] = buffer.view
        handle = self._handle(kind, content)
        self.handles.append(handle)
        self.primal += handle.argument
        self.adjoint += b"\0" * len(handle.argument)

    def free(self) -> None:
        """Let go of Warp's objects."""
        while self.handles:
            self.handles.pop().free()

    def intact(self) -> bool:
        return all(buffer.intact() for held in (self.buffers, self.gradients) for buffer in held.values())

    def leaves(self, gradient: bool) -> dict[str, np.ndarray[Any, Any]]:
        """Arrays (or their gradients) by leaf name; adjoints of other arguments stay inside generated code."""
        found: dict[str, np.ndarray[Any, Any]] = {}
        for handle in self.handles:
            handle.read_back()
        held = self.gradients if gradient else self.buffers
        for name, buffer in held.items():
            if "[" not in name:
                found.update(leaf_views(name, buffer.view))
        return {name: np.array(data) for name, data in found.items()}


def leaf_views(name: str, data: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """An array of structs as one leaf a field, in the order of its items."""
    if data.dtype.names is None:
        return {name: data}
    found: dict[str, np.ndarray[Any, Any]] = {}
    flat = data.reshape(-1)
    for inner in data.dtype.names:
        found.update(leaf_views(f"{name}.{inner}", flat[inner]))
    return found


def _array(address: int, gradient: int, shape: Sequence[int], strides: Sequence[int]) -> bytes:
    """`wp::array_t`: data, gradient, shape, strides in bytes, dimensions, flags."""
    pad = [0] * (4 - len(shape))
    return struct.pack("2Q4i4i2H4x", address, gradient, *shape, *pad, *strides, *pad, len(shape), 0)


def launch_bounds(dim: Sequence[int], ndim: int) -> bytes:
    """`wp::launch_bounds_t<ndim>`: extents, number of threads, threads a coordinate."""
    size = int(np.prod(dim))
    extents = list(dim)[:ndim] + [1] * (ndim - len(dim))
    if len(dim) > ndim:
        extents = [size // int(np.prod(dim[1:ndim] or (1,))), *dim[1:ndim]] if ndim > 1 else [size]
    packed = struct.pack(f"{ndim}I", *extents)
    return packed + b"\0" * (-len(packed) % 8) + struct.pack("2Q", size, 1)
