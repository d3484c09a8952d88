"""A kernel's arguments in the memory of a GPU: laid out as on the CPU, staged on the host and copied as a whole.

Addresses are the device's from the start. Launching is left to `execute_cuda.py`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from . import cuda_driver
from .native_memory import GUARD, ArgumentHandle, Buffer, NativeArguments, Value
from .reference.layout import Argument, HandleType

_BLOCK = 4 << 20
_ALIGNMENT = 256


class Memory(Protocol):
    """A device's memory: the functions of `cuda_driver.py`, or another library's."""

    def allocate(self, size: int) -> int: ...

    def release(self, address: int) -> None: ...

    def upload(self, address: int, data: np.ndarray[Any, Any]) -> None: ...

    def download(self, address: int, data: np.ndarray[Any, Any]) -> None: ...


class Arena:
    """Memory of the GPU `device` with a copy on the host, handed out from the start and copied as a whole."""

    def __init__(self, device: int, memory: Memory = cuda_driver) -> None:
        self.device = device
        self.memory = memory
        self._blocks: list[tuple[np.ndarray[Any, Any], int]] = []
        self._used: list[int] = []

    def take(self, size: int) -> tuple[np.ndarray[Any, Any], int]:
        """`size` bytes: the host's copy, and their address on the device."""
        size += -size % _ALIGNMENT
        for number, (host, address) in enumerate(self._blocks):
            start = self._used[number]
            if start + size <= len(host):
                self._used[number] += size
                return host[start : start + size], address + start
        room = max(size, _BLOCK)
        self._blocks.append((np.zeros(room, np.uint8), self.memory.allocate(room)))
        self._used.append(0)
        return self.take(size)

    def clear(self) -> None:
        """Take back all that was handed out."""
        self._used = [0] * len(self._blocks)

    def upload(self) -> None:
        """Copy what was handed out to the device."""
        for (host, address), used in zip(self._blocks, self._used, strict=True):
            self.memory.upload(address, host[:used])

    def download(self) -> None:
        """Copy what was handed out back to the host."""
        for (host, address), used in zip(self._blocks, self._used, strict=True):
            self.memory.download(address, host[:used])

    def close(self) -> None:
        """Free the device's memory."""
        while self._blocks:
            self.memory.release(self._blocks.pop()[1])


class DeviceArguments(NativeArguments):
    """A kernel's arguments on the current device; `upload` before a launch, `download` behind it."""

    def __init__(self, arguments: Sequence[Argument], inputs: Mapping[str, Value], arena: Arena) -> None:
        self.arena = arena
        arena.clear()
        super().__init__(arguments, inputs)

    def _buffer(self, data: np.ndarray[Any, Any], number: int) -> Buffer:
        data = np.ascontiguousarray(data)
        memory, address = self.arena.take(data.nbytes + 2 * GUARD)
        return Buffer(data, number, memory[: data.nbytes + 2 * GUARD], address)

    def _handle(self, kind: HandleType, content: Mapping[str, np.ndarray[Any, Any]]) -> ArgumentHandle:
        from .warp_objects import DeviceHandle  # starts Warp, which few kernels need

        return DeviceHandle(kind, content, f"cuda:{self.arena.device}")

    def parameters(self, bounds: bytes, adjoint: bool) -> list[Any]:
        """The parameters of a launch, one ctypes buffer each: bounds, arguments, and their adjoints."""
        parts = [bounds]
        for block in (self.primal, self.adjoint) if adjoint else (self.primal,):
            parts += [bytes(block[start:end]) for start, end in self.spans]
        return [(ctypes.c_char * max(1, len(part))).from_buffer_copy(part or b"\0") for part in parts]


def cuda_extents(dim: Sequence[int], block_dim: int, tiled: bool, lanes: int) -> tuple[int, ...]:
    """The extents of a launch on CUDA, where those of a CPU have one thread in a block.

    Kernels with lanes count a block's threads along their last dimension; of other tiled ones a whole block shares
    the coordinates.
    """
    if lanes:
        return (*dim[:-lanes], block_dim)
    return (*dim, block_dim) if tiled else tuple(dim)


def cuda_bounds(extents: Sequence[int], ndim: int) -> tuple[bytes, int]:
    """`wp::launch_bounds_t<ndim>` and the number of threads; threads along further dimensions share coordinates."""
    kept = [*extents[:ndim], *[1] * (ndim - len(extents))]
    shared = int(np.prod(extents[ndim:], dtype=np.int64))
    threads = int(np.prod(kept, dtype=np.int64)) * shared
    packed = np.array(kept, "<u4").tobytes()
    packed += b"\0" * (-len(packed) % 8)
    return packed + np.array([threads, shared], "<u8").tobytes(), threads
