"""The CUDA driver through ctypes: devices, modules, memory, launches. Nothing of Warp, and no GPU until `open_device`.

A call that fails raises `CudaError`; one that is `fatal` leaves the process without a usable device, and whoever runs
foreign kernels does so in a process that may be given up (`execute_cuda.py`).
"""

from __future__ import annotations

import ctypes
import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import CudaError, NoGpuError

_LIBRARIES = ("libcuda.so.1", "libcuda.so")
_INT, _UINT, _SIZE, _TEXT = ctypes.c_int, ctypes.c_uint, ctypes.c_size_t, ctypes.c_char_p
_HANDLE, _ADDRESS = ctypes.c_void_p, ctypes.c_uint64
_OUT = ctypes.POINTER
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "cuInit": (_UINT,),
    "cuDriverGetVersion": (_OUT(_INT),),
    "cuDeviceGetCount": (_OUT(_INT),),
    "cuDeviceGet": (_OUT(_INT), _INT),
    "cuDeviceGetName": (_TEXT, _INT, _INT),
    "cuDeviceGetAttribute": (_OUT(_INT), _INT, _INT),
    "cuDevicePrimaryCtxRetain": (_OUT(_HANDLE), _INT),
    "cuCtxSetCurrent": (_HANDLE,),
    "cuCtxSynchronize": (),
    "cuStreamQuery": (_HANDLE,),
    "cuModuleLoadDataEx": (_OUT(_HANDLE), _TEXT, _UINT, _OUT(_INT), _OUT(_HANDLE)),
    "cuModuleUnload": (_HANDLE,),
    "cuModuleGetFunction": (_OUT(_HANDLE), _HANDLE, _TEXT),
    "cuFuncGetAttribute": (_OUT(_INT), _INT, _HANDLE),
    "cuFuncSetAttribute": (_HANDLE, _INT, _INT),
    "cuMemAlloc_v2": (_OUT(_ADDRESS), _SIZE),
    "cuMemFree_v2": (_ADDRESS,),
    "cuMemcpyHtoD_v2": (_ADDRESS, _HANDLE, _SIZE),
    "cuMemcpyDtoH_v2": (_HANDLE, _ADDRESS, _SIZE),
    "cuLaunchKernel": (_HANDLE, *[_UINT] * 7, _HANDLE, _OUT(_HANDLE), _OUT(_HANDLE)),
    "cuGetErrorName": (_INT, _OUT(_TEXT)),
}
_NOT_READY = 600
_JIT_LOG, _JIT_LOG_SIZE = 5, 6
_LOG_BYTES = 8192
_CAPABILITY = (75, 76)
_FUNCTION = {"shared": 1, "local": 3, "registers": 4}
_DYNAMIC_SHARED = 8


@functools.cache
def _driver() -> ctypes.CDLL:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
            break
        except OSError:
            continue
    else:
        raise NoGpuError("no GPU can be used: this machine has no NVIDIA driver")
    for name, arguments in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = _INT, list(arguments)
    return library


def _call(name: str, *arguments: Any) -> None:
    code = getattr(_driver(), name)(*arguments)
    if code:
        raise CudaError(name, code, _error_name(code))


def _error_name(code: int) -> str:
    text = ctypes.c_char_p()
    _driver().cuGetErrorName(code, ctypes.byref(text))
    return (text.value or b"unknown error").decode()


def _number(name: str, *arguments: Any) -> int:
    found = ctypes.c_int()
    _call(name, ctypes.byref(found), *arguments)
    return found.value


def device_count() -> int:
    """Number of GPUs that can be used.

    Raises:
        NoGpuError: there is no driver, or it finds no GPU.
    """
    try:
        _call("cuInit", 0)
    except CudaError as error:
        raise NoGpuError(f"no GPU can be used: the NVIDIA driver says {error.name}") from error
    count = _number("cuDeviceGetCount")
    if not count:
        raise NoGpuError("no GPU can be used: the NVIDIA driver finds none")
    return count


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a device is: its name, its architecture (90 for sm_90), and the CUDA version of its driver."""

    name: str
    arch: int
    driver: str


def device_info(number: int = 0) -> DeviceInfo:
    """Describe a device.

    Raises:
        NoGpuError: there is no such device.
    """
    if number >= device_count():
        raise NoGpuError(f"there is no GPU {number}")
    device = _number("cuDeviceGet", number)
    name = ctypes.create_string_buffer(128)
    _call("cuDeviceGetName", name, len(name), device)
    major, minor = (_number("cuDeviceGetAttribute", attribute, device) for attribute in _CAPABILITY)
    version = _number("cuDriverGetVersion")
    return DeviceInfo(name.value.decode(), 10 * major + minor, f"{version // 1000}.{version % 1000 // 10}")


def open_device(number: int) -> None:
    """Make the device's primary context, which Warp uses too, current in this thread."""
    device_count()
    context = ctypes.c_void_p()
    _call("cuDevicePrimaryCtxRetain", ctypes.byref(context), _number("cuDeviceGet", number))
    _call("cuCtxSetCurrent", context)


class Function:
    """An entry point of a loaded module."""

    def __init__(self, handle: ctypes.c_void_p) -> None:
        self._handle = handle

    def resources(self) -> dict[str, int]:
        """Registers, bytes of local memory (spills among them) and of static shared memory."""
        return {name: _number("cuFuncGetAttribute", attribute, self._handle) for name, attribute in _FUNCTION.items()}

    def launch(self, parameters: Sequence[Any], blocks: int, threads: int, shared: int) -> None:
        """Start the kernel; `parameters` are ctypes buffers with the bytes of each."""
        if shared:  # more than 48 KiB, static memory included, must be asked for
            _call("cuFuncSetAttribute", self._handle, _DYNAMIC_SHARED, shared)
        pointers = (ctypes.c_void_p * len(parameters))(*(ctypes.addressof(one) for one in parameters))
        _call("cuLaunchKernel", self._handle, blocks, 1, 1, threads, 1, 1, shared, None, pointers, None)


class Module:
    """PTX, or machine code, loaded into the current device; the driver assembles PTX for it."""

    def __init__(self, image: bytes) -> None:
        log = ctypes.create_string_buffer(_LOG_BYTES)
        options = (ctypes.c_int * 2)(_JIT_LOG, _JIT_LOG_SIZE)
        values = (ctypes.c_void_p * 2)(ctypes.addressof(log), _LOG_BYTES)
        self._handle = ctypes.c_void_p()
        try:
            _call("cuModuleLoadDataEx", ctypes.byref(self._handle), image, 2, options, values)
        except CudaError as error:
            detail = " ".join(log.value.decode(errors="replace").split())
            raise CudaError(error.call, error.code, f"{error.name} {detail}".strip()) from error

    def function(self, name: str) -> Function:
        """An entry point by its name."""
        handle = ctypes.c_void_p()
        _call("cuModuleGetFunction", ctypes.byref(handle), self._handle, name.encode())
        return Function(handle)

    def unload(self) -> None:
        """Let go of the module."""
        _call("cuModuleUnload", self._handle)


def allocate(size: int) -> int:
    """Address of so many bytes of device memory."""
    address = ctypes.c_uint64()
    _call("cuMemAlloc_v2", ctypes.byref(address), size)
    return address.value


def release(address: int) -> None:
    """Free device memory."""
    _call("cuMemFree_v2", address)


def upload(address: int, data: np.ndarray[Any, Any]) -> None:
    """Copy contiguous host bytes to the device."""
    if data.nbytes:
        _call("cuMemcpyHtoD_v2", address, data.ctypes.data, data.nbytes)


def download(address: int, data: np.ndarray[Any, Any]) -> None:
    """Copy device bytes into a contiguous host array."""
    if data.nbytes:
        _call("cuMemcpyDtoH_v2", data.ctypes.data, address, data.nbytes)


def finish(seconds: float) -> bool:
    """Wait until all launches are done; False if they are not after so many seconds."""
    end = time.monotonic() + seconds
    pause = 0.0
    while True:
        code = _driver().cuStreamQuery(None)
        if code != _NOT_READY:
            break
        if time.monotonic() > end:
            return False
        time.sleep(pause)
        pause = min(0.005, pause + 0.0001)
    _call("cuCtxSynchronize")
    return True
