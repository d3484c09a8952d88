"""A CUDA driver whose device is the CPU: it takes PTX, and runs the C++ of the same kernels in its place.

Parameters are taken apart by the sizes that the PTX declares, so that a wrong layout shows; kernels that rely on the
threads of a block are beyond it.
"""

from __future__ import annotations

import ctypes
import itertools
import re
from collections.abc import Sequence
from typing import Any

from warp_jit_pairs import execute_cuda
from warp_jit_pairs.compile import Clang, Unit, clang_library, compile_units, symbol
from warp_jit_pairs.device_memory import Arena
from warp_jit_pairs.execute import Launch
from warp_jit_pairs.execute_cuda import CudaAnswer, CudaExecutor, CudaKernel, CudaLimits


class Local(CudaExecutor):
    """Answers in this process what the server would answer in its own."""

    def run(self, kernels: Sequence[CudaKernel], launches: Sequence[Launch]) -> list[CudaAnswer]:
        job = {"kernels": kernels, "launches": launches, "limits": CudaLimits()}
        return list(execute_cuda._answers(job, Arena(0)))


_handles = itertools.count()
_SIZES = {"8": 1, "16": 2, "32": 4, "64": 8}
_PARAMETER = re.compile(r"\.param (?:\.align (\d+) )?\.([busf])(\d+) \w+(?:\[(\d+)\])?")
_ENTRY = re.compile(r"\.entry (\w+)\s*\((.*?)\)", re.DOTALL)


class FakeDriver:
    """Stands in for the library that `cuda_driver._driver` gives.

    `broken` calls fail with a code; launches of the direction `disturb` do nothing.
    """

    def __init__(self, units: Sequence[Unit], folder: Any) -> None:
        self.kernels: dict[str, tuple[Any, int]] = {}
        self.memory: dict[int, Any] = {}
        self.modules: dict[int, dict[str, list[tuple[int, int]]]] = {}
        self.functions: dict[int, tuple[str, list[tuple[int, int]]]] = {}
        self.broken: dict[str, int] = {}
        self.disturb: str | None = None
        self.launched: list[tuple[str, int, int, int]] = []
        for number, unit in enumerate(units):
            modules, failed = compile_units([unit], Clang())
            assert not failed
            path = folder / f"{number}.o"
            path.write_bytes(modules[0].object)
            handle = f"fake_{next(_handles)}".encode()
            assert clang_library().wp_load_obj(str(path).encode(), handle, False) == 0
            for direction in ("forward", "backward") if unit.backward else ("forward",):
                address = clang_library().wp_lookup(handle, symbol(0, direction).encode())
                name = f"{unit.kernel}_cuda_kernel_{direction}"
                self.kernels[name] = (address, 3 if direction == "backward" else 2)

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> int:
            if name in self.broken:
                return self.broken[name]
            return getattr(self, f"_{name}", lambda *_: 0)(*arguments) or 0

        if not name.startswith("cu"):
            raise AttributeError(name)
        return call

    def _cuDeviceGetCount(self, count: Any) -> None:
        count._obj.value = 1

    def _cuDriverGetVersion(self, version: Any) -> None:
        version._obj.value = 13000

    def _cuDeviceGetName(self, name: Any, _: int, __: int) -> None:
        name.value = b"fake"

    def _cuDeviceGetAttribute(self, value: Any, attribute: int, _: int) -> None:
        value._obj.value = {75: 9, 76: 0}[attribute]

    def _cuMemAlloc_v2(self, address: Any, size: int) -> None:
        block = ctypes.create_string_buffer(size)
        address._obj.value = ctypes.addressof(block)
        self.memory[address._obj.value] = block

    def _cuMemFree_v2(self, address: int) -> None:
        del self.memory[address]

    def _cuMemcpyHtoD_v2(self, to: int, source: int, size: int) -> None:
        ctypes.memmove(to, source, size)

    def _cuMemcpyDtoH_v2(self, to: int, source: int, size: int) -> None:
        ctypes.memmove(to, source, size)

    def _cuModuleLoadDataEx(self, module: Any, image: bytes, *_: Any) -> None:
        entries = {}
        for name, parameters in _ENTRY.findall(image.decode()):
            entries[name] = [_size(*found) for found in _PARAMETER.findall(parameters)]
        module._obj.value = len(self.modules) + 1
        self.modules[len(self.modules) + 1] = entries

    def _cuModuleGetFunction(self, function: Any, module: Any, name: bytes) -> int:
        entries = self.modules[module.value]
        if name.decode() not in entries:
            return 500
        function._obj.value = len(self.functions) + 1
        self.functions[len(self.functions) + 1] = (name.decode(), entries[name.decode()])
        return 0

    def _cuFuncGetAttribute(self, value: Any, attribute: int, _: Any) -> None:
        value._obj.value = attribute

    def _cuLaunchKernel(
        self, function: Any, blocks: int, _: int, __: int, threads: int, ___: int, ____: int, shared: int, *rest: Any
    ) -> None:
        name, sizes = self.functions[function.value]
        pointers = rest[1]
        assert len(pointers) == len(sizes)
        parts = [ctypes.string_at(pointer, size) for pointer, (size, _) in zip(pointers, sizes, strict=True)]
        self.launched.append((name, blocks, threads, shared))
        address, count = self.kernels[name]
        half = (len(parts) - 1) // 2 if count == 3 else len(parts) - 1
        blocks_ = [bytearray(parts[0]), _packed(parts[1 : 1 + half], sizes[1 : 1 + half])]
        if count == 3:
            blocks_.append(_packed(parts[1 + half :], sizes[1 + half :]))
        buffers = [(ctypes.c_char * max(1, len(block))).from_buffer(block) for block in blocks_]
        if self.disturb and name.endswith(self.disturb):
            return
        ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * count)(address)(*(ctypes.addressof(one) for one in buffers))


def _size(align: str, _: str, bits: str, count: str) -> tuple[int, int]:
    """Size and alignment of a parameter."""
    size = _SIZES[bits]
    return (int(count), int(align)) if count else (size, size)


def _packed(parts: Sequence[bytes], sizes: Sequence[tuple[int, int]]) -> bytearray:
    """The struct of arguments that C++ takes for the parameters."""
    block = bytearray()
    for part, (_, align) in zip(parts, sizes, strict=True):
        block.extend(b"\0" * (-len(block) % align))
        block += part
    block.extend(b"\0" * (-len(block) % 8))
    return block
