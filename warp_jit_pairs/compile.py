"""Generated C++ to object code and generated CUDA to PTX, through the compilers that Warp ships; nothing is run.

`cpu_module` and `cuda_module` put many kernels into one translation unit, each in a namespace of its own, so that the
headers are read once for all. `compile_units` retries a unit that fails by halves. The compilers' shared libraries are
called directly, in a process of their own: `warp` itself is not imported.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from .errors import Rejected
from .isolation import Limits, shared_server

_DIMENSIONS = re.compile(r"wp::launch_bounds_t<(\d)>")
_PLACE = re.compile(r"^(kernel_\d{4}):\d+:", re.MULTILINE)
"""Where a unit stands in a log of clang: its namespace goes for the name of its file."""
_HEADER = """\
#define WP_TILE_BLOCK_DIM {block_dim}
#define WP_NO_CRT
#include "builtin.h"
#include "deterministic.h"
#define builtin_block_dim() wp::block_dim()
#define float(x) cast_float(x)
#define adj_float(x, adj_x, adj_ret) adj_cast_float(x, adj_x, adj_ret)
#define int(x) cast_int(x)
#define adj_int(x, adj_x, adj_ret) adj_cast_int(x, adj_x, adj_ret)
"""
_CPU_THREADS = """\
#define builtin_tid1d() wp::linear_tid<wp_linear_tid>(task_index, dim)
#define builtin_tid2d(x, y) wp::tid(x, y, task_index, dim)
#define builtin_tid3d(x, y, z) wp::tid(x, y, z, task_index, dim)
#define builtin_tid4d(x, y, z, w) wp::tid(x, y, z, w, task_index, dim)
"""
_CUDA_THREADS = """\
#define builtin_tid1d() wp::tid(_idx, dim)
#define builtin_tid2d(x, y) wp::tid(x, y, _idx, dim)
#define builtin_tid3d(x, y, z) wp::tid(x, y, z, _idx, dim)
#define builtin_tid4d(x, y, z, w) wp::tid(x, y, z, w, _idx, dim)
"""
_ENTRY = """\
extern "C" WP_API void {symbol}(wp::launch_bounds_t<{ndim}>* dim, {parameters})
{{
    wp::tile_shared_storage_t tile_mem;
#if defined(WP_ENABLE_TILES_IN_STACK_MEMORY)
    wp::shared_tile_storage = &tile_mem;
#endif
    for (size_t i = 0; i < dim->size; ++i) {space}::{kernel}<false>(*dim, i, {arguments});
}}
"""


_LONGEST_COMPLAINT = 1000
"""Characters of a compiler's errors that are kept: one mistake can bring hundreds."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The generated code of one kernel; `backward` may be empty.

    `block_dim` is the number of threads in a block that its tiles are laid out for: 1 on the CPU.
    """

    kernel: str
    support: str
    forward: str
    backward: str = ""
    block_dim: int = 1

    @property
    def dimensions(self) -> int:
        """Launch dimensions that the kernel asks for."""
        found = _DIMENSIONS.search(self.forward)
        return int(found[1]) if found else 1


class Compiler(Protocol):
    """Units to one source text, and that to object bytes; a failure raises `Rejected` with the compiler's log."""

    def module(self, units: Sequence[Unit]) -> str: ...

    def compile(self, source: str) -> bytes: ...


def symbol(index: int, direction: str) -> str:
    """Name of the entry point of the index-th unit, `direction` being forward or backward."""
    return f"k{index}_{direction}"


def unit_namespace(index: int) -> str:
    """Namespace of the index-th unit; all are of one length, which counts in mangled names."""
    return f"kernel_{index:04d}"


def _header(units: Sequence[Unit]) -> str:
    (block_dim,) = {unit.block_dim for unit in units} or {1}
    return _HEADER.replace("{block_dim}", str(block_dim))


def cpu_module(units: Sequence[Unit]) -> str:
    """One C++ translation unit with an entry point for each direction of each kernel."""
    parts = [_header(units) + _CPU_THREADS]
    for index, unit in enumerate(units):
        space = unit_namespace(index)
        text = f"namespace {space} {{\n{unit.support}\n{unit.forward}\n{unit.backward}\n}}\n"
        parts.append(f'#line 1 "{space}"\n{text}')
        pointer = f"{space}::wp_args_{unit.kernel}*"
        directions = {"forward": (f"{pointer} a", "a")}
        if unit.backward:
            directions["backward"] = (f"{pointer} a, {pointer} b", "a, b")
        for direction, (parameters, arguments) in directions.items():
            parts.append(
                _ENTRY.format(
                    symbol=symbol(index, direction),
                    ndim=unit.dimensions,
                    parameters=parameters,
                    space=space,
                    kernel=f"{unit.kernel}_cpu_kernel_{direction}",
                    arguments=arguments,
                )
            )
    return "\n".join(parts)


def cuda_module(units: Sequence[Unit]) -> str:
    """One CUDA translation unit; each kernel keeps its own entry point inside its namespace."""
    parts = [_header(units) + _CUDA_THREADS]
    for index, unit in enumerate(units):
        parts.append(f"namespace {unit_namespace(index)} {{\n{unit.support}\n{unit.forward}\n{unit.backward}\n}}\n")
    return "\n".join(parts)


@functools.cache
def warp_folder() -> Path:
    """Where Warp is installed, found without importing it."""
    spec = importlib.util.find_spec("warp")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@functools.cache
def clang_library() -> ctypes.CDLL:
    """Warp's clang, with the argument types of what is used of it."""
    library = ctypes.CDLL(str(warp_folder() / "bin" / "warp-clang.so"))
    text, flag = ctypes.c_char_p, ctypes.c_bool
    pointers = ctypes.POINTER(ctypes.c_char_p)
    library.wp_compile_cpp.argtypes = [
        *(text, text, text, text, flag, flag, flag, flag, pointers, ctypes.c_int, flag, flag, text, ctypes.c_int)
    ]
    library.wp_compile_cpp.restype = ctypes.c_int
    library.wp_load_obj.argtypes = [text, text, flag]
    library.wp_load_obj.restype = ctypes.c_int
    library.wp_lookup.argtypes = [text, text]
    library.wp_lookup.restype = ctypes.c_uint64
    core = ctypes.CDLL(str(warp_folder() / "bin" / "warp.so"))
    core.wp_cpu_block_runtime_get_api.restype = ctypes.c_void_p
    library.wp_llvm_set_cpu_block_runtime.argtypes = [ctypes.c_void_p]
    if not library.wp_llvm_set_cpu_block_runtime(core.wp_cpu_block_runtime_get_api()):
        raise RuntimeError("Warp's clang does not take the CPU block runtime")
    return library


@contextmanager
def memory_file() -> Iterator[tuple[str, IO[bytes]]]:
    """A file in memory and a path to it: a full disk must not look like a compiler that fails."""
    with os.fdopen(os.memfd_create("warp_jit_pairs"), "w+b") as file:
        yield f"/proc/self/fd/{file.fileno()}", file


@contextmanager
def _captured_log() -> Iterator[list[str]]:
    """What native code writes to stderr inside the block."""
    log: list[str] = []
    sys.stderr.flush()
    saved = os.dup(2)
    with memory_file() as (_, sink):
        os.dup2(sink.fileno(), 2)
        try:
            yield log
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            sink.seek(0)
            log.append(sink.read().decode(errors="replace"))


def _complaint(log: str) -> str:
    """What matters of a compiler's log: the units that it names, and its errors in order, each once, without paths."""
    errors = ["error:" + line.split("error:", 1)[1] for line in log.splitlines() if "error:" in line]
    places = "".join(f"{unit}: " for unit in dict.fromkeys(_PLACE.findall(log)))
    return places + ("; ".join(dict.fromkeys(errors))[:_LONGEST_COMPLAINT] if errors else log.strip()[:300])


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "warp_jit_pairs"


def _headers_key(level: int) -> str:
    """Names the state of Warp's headers and compiler that a precompiled header belongs to."""
    folder = warp_folder()
    files = [*sorted((folder / "native").glob("*.h")), folder / "bin" / "warp-clang.so"]
    state = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr((str(folder), level, state)).encode()).hexdigest()[:16]


@functools.cache
def precompiled_headers(level: int) -> Path | None:
    """A folder with Warp's headers precompiled, which makes a small module eight times faster to compile.

    It lies in the user's cache, is made once and moved into place whole; None where the cache cannot be written.
    """
    folder = _cache_folder() / f"precompiled-{_headers_key(level)}"
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="precompiled-", dir=folder.parent))
    except OSError:
        return None
    try:
        _isolated("clang", _run_clang, (_header(()) + _CPU_THREADS, level, fresh), clang_library)
        fresh.chmod(0o755)  # a sandbox reads them under another user number
        fresh.rename(folder)
    except (OSError, Rejected):
        shutil.rmtree(fresh, ignore_errors=True)
    return folder if folder.is_dir() else None


@contextmanager
def _linked(headers: Path | None) -> Iterator[Path | None]:
    """A folder of links to precompiled headers: Warp's clang throws them away when a source does not compile."""
    if headers is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="warp-jit-pairs-") as folder:
        for file in headers.iterdir():
            (Path(folder) / file.name).symlink_to(file)
        yield Path(folder)


def _run_clang(source: str, level: int, headers: Path | None) -> bytes:
    with memory_file() as (target, file):
        flags = (ctypes.c_char_p * 1)(None)
        with _captured_log() as log:
            failed = clang_library().wp_compile_cpp(
                source.encode(),
                b"module.cpp",
                str(warp_folder() / "native").encode(),
                target.encode(),
                False,
                False,
                True,
                True,
                flags,
                level,
                False,
                headers is not None,
                None if headers is None else str(headers).encode(),
                1,
            )
        return _object(file, failed, "clang", log[0])


def _object(file: IO[bytes], failed: int, compiler: str, log: str) -> bytes:
    """What a compiler wrote; what it complains of if it failed."""
    compiled = file.read()
    if failed or not compiled:
        raise Rejected(f"{compiler} fails", _complaint(log))
    return compiled


class Clang:
    """C++ to an object file for this machine's CPU."""

    def __init__(self, level: int = 0, limits: Limits | None = None) -> None:
        self.level = level
        self.limits = limits

    def module(self, units: Sequence[Unit]) -> str:
        return cpu_module(units)

    def compile(self, source: str) -> bytes:
        with _linked(precompiled_headers(self.level)) as headers:
            return _isolated("clang", _run_clang, (source, self.level, headers), clang_library, self.limits)


@functools.cache
def warp_core() -> ctypes.CDLL:
    """Warp's own library, which NVRTC is part of, with the argument types of what is used of it here."""
    library = ctypes.CDLL(str(warp_folder() / "bin" / "warp.so"))
    text, flag, number = ctypes.c_char_p, ctypes.c_bool, ctypes.c_int
    library.wp_cuda_compile_program.argtypes = [
        *(text, text, number, text, text, number, ctypes.POINTER(text), flag, number, flag, flag, flag, flag),
        *(flag, flag, flag, text, text, ctypes.c_size_t, ctypes.POINTER(text)),
        *(ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(number)),
    ]
    library.wp_cuda_compile_program.restype = ctypes.c_size_t
    library.wp_nvrtc_supported_arch_count.restype = number
    library.wp_nvrtc_supported_archs.argtypes = [ctypes.POINTER(number)]
    library.wp_nvrtc_supported_archs.restype = None
    return library


class Nvrtc:
    """CUDA to PTX for one architecture; needs no GPU."""

    def __init__(self, arch: int = 90, level: int = 3, limits: Limits | None = None) -> None:
        self.arch = arch
        self.level = level
        self.limits = limits

    def module(self, units: Sequence[Unit]) -> str:
        return cuda_module(units)

    def compile(self, source: str) -> bytes:
        return self._compile(source, "ptx")

    def machine_code(self, source: str) -> bytes:
        """A cubin for this architecture in place of PTX."""
        return self._compile(source, "cubin")

    def _compile(self, source: str, kind: str) -> bytes:
        return _isolated("nvrtc", _run_nvrtc, (source, self.arch, self.level, kind), warp_core, self.limits)


def _run_nvrtc(source: str, arch: int, level: int, kind: str) -> bytes:
    # Whether PTX is written or machine code, the target's name decides.
    with memory_file() as (path, file), tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"module.{kind}"
        target.symlink_to(path)
        with _captured_log() as log:
            failed = warp_core().wp_cuda_compile_program(
                source.encode(),
                b"module.cu",
                arch,
                b"",
                str(warp_folder() / "native").encode(),
                0,
                None,
                False,
                level,
                False,
                False,
                False,
                True,
                False,
                False,
                False,
                str(target).encode(),
                None,
                0,
                None,
                None,
                None,
            )
        return _object(file, failed, "nvrtc", log[0])


def _isolated(
    compiler: str,
    function: Callable[..., bytes],
    arguments: tuple[Any, ...],
    load: Callable[[], Any],
    limits: Limits | None = None,
) -> bytes:
    """Compile in a process of its own: a crash, a hang or hunger of the compiler is a reason like its complaint.

    The time that it gets by default grows with the text and is some twenty times what the compilers take.
    """
    limits = limits or Limits(seconds=60.0 + len(arguments[0]) / 4000.0, memory=8 << 30)
    ended = shared_server().value(function, arguments, limits, [load])
    if ended.reason:
        raise Rejected(f"{compiler} {ended.reason}")
    compiled: bytes = ended.items[0]
    return compiled


@dataclass(frozen=True, slots=True)
class Compiled:
    """An object and the indices (in the caller's list) of the units in it, in the order of their symbols."""

    object: bytes
    members: tuple[int, ...]


def compile_units(units: Sequence[Unit], compiler: Compiler) -> tuple[list[Compiled], dict[int, Rejected]]:
    """Compile units as one module for each size of block; where that fails, in parts, down to the units at fault."""
    done: list[Compiled] = []
    failed: dict[int, Rejected] = {}
    blocks = sorted({unit.block_dim for unit in units})
    waiting = [tuple(i for i, unit in enumerate(units) if unit.block_dim == block) for block in blocks]
    while waiting:
        members = waiting.pop(0)
        try:
            done.append(Compiled(compiler.compile(compiler.module([units[i] for i in members])), members))
        except Rejected as reason:
            if len(members) == 1:
                failed[members[0]] = reason
            else:
                waiting += _parts(members, reason)
    return done, failed


def _parts(members: tuple[int, ...], reason: Rejected) -> list[tuple[int, ...]]:
    """The members of a module that fails: those that the log names alone, and all others; halves if it names none."""
    named = {int(place) for place in re.findall(r"\bkernel_(\d{4}): ", reason.detail)}
    alone: list[tuple[int, ...]] = [(member,) for place, member in enumerate(members) if place in named]
    if not alone:
        return [members[: len(members) // 2], members[len(members) // 2 :]]
    others = tuple(member for place, member in enumerate(members) if place not in named)
    return [others, *alone] if others else alone
