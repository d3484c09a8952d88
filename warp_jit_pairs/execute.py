"""Runs compiled CPU kernels in worker processes with limits, and says what became of each launch.

A small server process forks one child for each compiled module; the child loads the
object, launches every case and writes each answer as it is ready, so a crash, a hang or a write outside the arrays
costs only the launch that did it. The child has limits on CPU time and memory and dies with its parent. That protects
from mistakes of generated code; it is no sandbox: the child has the user's rights on files and network.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from .compile import clang_library, symbol
from .native_handles import native_library
from .native_memory import NativeArguments, Value, launch_bounds, leaf_views
from .reference.layout import Argument, HandleType, StructType, ValueType

_PR_SET_PDEATHSIG = 1
PATIENCE = 6.0
"""Seconds that may pass for each that a launch may compute: on a busy machine a right kernel waits, and is no hang."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch of one kernel; `unit` is its place in the compiled module.

    With `seeds` (a gradient for the outputs, keyed by leaf name as in `reference.flatten`) the adjoint is run as well,
    on the arrays as they are after the forward launch, or as before it where `before` is set.
    """

    unit: int
    dim: tuple[int, ...]
    arguments: tuple[Argument, ...]
    inputs: Mapping[str, Value]
    seeds: Mapping[str, np.ndarray[Any, Any]] | None = None
    before: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a launch gave: outputs and input gradients by leaf name, or the reason why there are none."""

    outputs: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    gradients: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a child: seconds of computing for one launch, bytes of memory for all."""

    seconds: float = 5.0
    memory: int = 4 << 30


# -- inside the child


def _run(launch: Launch, ndim: int, handle: bytes) -> Answer:
    library = clang_library()

    def call(direction: str, packed: NativeArguments) -> None:
        address = library.wp_lookup(handle, symbol(launch.unit, direction).encode())
        if not address:
            raise LookupError(direction)
        blocks = [bytearray(launch_bounds(launch.dim, ndim)), packed.primal]
        if direction == "backward":
            blocks.append(packed.adjoint)
        pointers = [(ctypes.c_char * len(block)).from_buffer(block) for block in blocks]
        ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(blocks))(address)(
            *[ctypes.addressof(pointer) for pointer in pointers]
        )

    packed = NativeArguments(launch.arguments, launch.inputs)
    call("forward", packed)
    if not packed.intact():
        return Answer(reason="write outside the arrays")
    outputs = packed.leaves(gradient=False)
    if launch.seeds is None:
        packed.free()
        return Answer(outputs)
    if launch.before:
        packed.free()
        packed = NativeArguments(launch.arguments, launch.inputs)
    for name, buffer in packed.gradients.items():
        for leaf, view in leaf_views(name, buffer.view).items():
            if leaf in launch.seeds:
                view[...] = launch.seeds[leaf].reshape(view.shape)
    call("backward", packed)
    if not packed.intact():
        return Answer(reason="adjoint writes outside the arrays")
    gradients = packed.leaves(gradient=True)
    packed.free()
    return Answer(outputs, gradients)


def _child(job: Mapping[str, Any], answers: int, limits: Limits) -> None:
    """Load the object and answer the launches from the first one on; never returns."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]  # a sandbox's own limit stays
    wanted = limits.memory + _address_space()
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    with os.fdopen(answers, "wb") as out, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "module.o"
        path.write_bytes(job["object"])
        loaded = clang_library().wp_load_obj(str(path).encode(), b"module", False) == 0
        path.unlink()
        for index in range(job["first"], len(job["launches"])):
            launch = job["launches"][index]
            signal.setitimer(signal.ITIMER_PROF, limits.seconds)
            try:
                answer = (
                    _run(launch, job["dimensions"][launch.unit], b"module")
                    if loaded
                    else Answer(reason="object does not load")
                )
            except MemoryError:
                answer = Answer(reason="out of memory")
            signal.setitimer(signal.ITIMER_PROF, 0)
            pickle.dump(answer, out)
            out.flush()


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _serve_job(job: dict[str, Any]) -> list[Answer]:
    """Fork children until every launch has an answer.

    The launch that a child died in gets the reason, and so do the later launches of the same kernel.
    """
    done: list[Answer] = []
    fatal: dict[int, Answer] = {}
    limits: Limits = job["limits"]
    if any(_holds_handle(argument.type) for launch in job["launches"] for argument in launch.arguments):
        native_library()  # once for all children
    while len(done) < len(job["launches"]):
        unit = job["launches"][len(done)].unit
        if unit in fatal:
            done.append(fatal[unit])
            continue
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                _child(job | {"first": len(done)}, writer, limits)
            finally:
                os._exit(0)
        os.close(writer)
        fresh, timed_out = _collect(reader, PATIENCE * limits.seconds + 2.0)
        if timed_out:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        done += fresh
        if len(done) < len(job["launches"]):
            fatal[job["launches"][len(done)].unit] = Answer(reason=_death(status, timed_out))
    return done


def _holds_handle(kind: ValueType) -> bool:
    if isinstance(kind, StructType) and not isinstance(kind, HandleType):
        return any(_holds_handle(inner) for _, inner in kind.fields)
    return isinstance(kind, HandleType)


def _collect(reader: int, patience: float) -> tuple[list[Answer], bool]:
    """Answers until the pipe closes, or until none came for `patience` seconds."""
    received = bytearray()
    timed_out = False
    while True:
        if not select.select([reader], [], [], patience)[0]:
            timed_out = True
            break
        piece = os.read(reader, 1 << 20)
        if not piece:
            break
        received += piece
    os.close(reader)
    answers = []
    with tempfile.TemporaryFile() as file:
        file.write(received)
        file.seek(0)
        while file.tell() < len(received):
            try:
                answers.append(pickle.load(file))
            except (EOFError, pickle.UnpicklingError):
                break
    return answers, timed_out


def _death(status: int, timed_out: bool) -> str:
    if timed_out:
        return "hangs"
    if not os.WIFSIGNALED(status):
        return "worker exits"
    number = os.WTERMSIG(status)
    return "hangs" if number == signal.SIGPROF else f"crashes with {signal.Signals(number).name}"


def serve(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Answer pickled jobs until the input ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    clang_library()
    while True:
        try:
            job = pickle.load(incoming)
        except EOFError:
            return
        pickle.dump(_serve_job(job), outgoing)
        outgoing.flush()


# -- in the caller

_SERVER = """\
import sys
sys.path.append(sys.argv[1])
from warp_jit_pairs.execute import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""
"""The server's program; `-P` keeps the working folder, where any module may lie, off its path."""


class Executor:
    """Owns the server process; use as a context manager, or `close` it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Executor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._server is not None:
            assert self._server.stdin is not None
            assert self._server.stdout is not None
            self._server.stdin.close()
            self._server.stdout.close()
            self._server.wait(10)
            self._server = None

    def run(self, compiled: bytes, dimensions: Sequence[int], launches: Sequence[Launch]) -> list[Answer]:
        """Launch kernels of one compiled module, in order.

        Args:
            compiled: The object of `compile.compile_units`.
            dimensions: Launch dimensions that each unit of the module asks for.
            launches: What to run; `unit` indexes the module's members.
        """
        if not launches:
            return []
        if self._server is None or self._server.poll() is not None:
            self._server = subprocess.Popen(
                [sys.executable, "-P", "-c", _SERVER, str(Path(__file__).parent.parent)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        job = {
            "object": compiled,
            "dimensions": tuple(dimensions),
            "launches": list(launches),
            "limits": self.limits,
        }
        pickle.dump(job, self._server.stdin)
        self._server.stdin.flush()
        answers: list[Answer] = pickle.load(self._server.stdout)
        return answers


__all__ = ["Answer", "Executor", "Launch", "Limits", "serve"]
