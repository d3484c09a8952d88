"""Runs PTX on a GPU, in a process that may be given up, and says what became of each launch.

What `execute.py` does for machine code of the CPU. A server process loads a kernel's PTX with the CUDA driver, launches
it on arrays between canaries, forward and adjoint, and writes each answer as it is ready. A kernel that takes the
device's context with it, crashes or hangs costs itself alone: the next server goes on behind it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from .closing import Closing
from .cuda_driver import Module, device_count, finish, open_device
from .device_memory import Arena, DeviceArguments, cuda_bounds, cuda_extents
from .errors import CudaError, NoGpuError
from .execute import Launch, answered
from .messages import receive, send
from .ptx import Ptx, entry


@dataclass(frozen=True, slots=True)
class CudaKernel:
    """A kernel to launch: its PTX, and how; `shared` are the bytes that the forward pass and the adjoint need.

    `ndim` is the number of coordinates that it asks for; `tiled` and `lanes` are those of a record's launch.
    """

    name: str
    ptx: Ptx
    ndim: int
    block_dim: int = 256
    tiled: bool = False
    lanes: int = 0
    shared: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class CudaAnswer:
    """What a launch gave, as `execute.Answer` says it, and what the kernel takes of a GPU, by direction.

    Behind a `fatal` one the process that gave it can use its device no more.
    """

    outputs: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    gradients: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    reason: str = ""
    fatal: bool = False
    resources: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CudaLimits:
    """Seconds: for a launch, for an answer (a kernel is assembled first), for the start of a server."""

    launch: float = 10.0
    answer: float = 90.0
    start: float = 300.0


# -- inside the server


class _Loaded:
    """A kernel in the device, as far as it was asked for."""

    def __init__(self, kernel: CudaKernel) -> None:
        self.kernel = kernel
        self._modules: dict[str, Module] = {}
        self.resources: dict[str, dict[str, int]] = {}

    def launch(self, packed: DeviceArguments, dim: Sequence[int], direction: str, seconds: float) -> bool:
        kernel = self.kernel
        adjoint = direction == "backward"
        if direction not in self._modules:
            self._modules[direction] = Module((kernel.ptx.backward if adjoint else kernel.ptx.forward).encode())
        function = self._modules[direction].function(entry(kernel.name, direction))
        self.resources[direction] = function.resources()
        extents = cuda_extents(dim, kernel.block_dim, kernel.tiled, kernel.lanes)
        bounds, threads = cuda_bounds(extents, kernel.ndim)
        blocks = -(-threads // kernel.block_dim)
        packed.arena.upload()
        function.launch(packed.parameters(bounds, adjoint), blocks, kernel.block_dim, kernel.shared[adjoint])
        done = finish(seconds)
        if done:
            packed.arena.download()
        return done

    def unload(self) -> None:
        while self._modules:
            self._modules.popitem()[1].unload()


class _Hangs(Exception):
    pass


def _run(launch: Launch, loaded: _Loaded, arena: Arena, seconds: float) -> CudaAnswer:
    def call(direction: str, packed: DeviceArguments) -> None:
        if not loaded.launch(packed, launch.dim, direction, seconds):
            raise _Hangs

    found = answered(launch, lambda: DeviceArguments(launch.arguments, launch.inputs, arena), call)
    if found.reason:
        return CudaAnswer(reason=found.reason)
    return CudaAnswer(found.outputs, found.gradients, resources=dict(loaded.resources))


def _answers(job: Mapping[str, Any], arena: Arena) -> Iterator[CudaAnswer]:
    """Each launch's answer, up to a fatal one."""
    loaded: _Loaded | None = None
    for launch in job["launches"]:
        kernel = job["kernels"][launch.unit]
        if loaded is None or loaded.kernel is not kernel:
            if loaded is not None:
                loaded.unload()
            loaded = _Loaded(kernel)
        try:
            yield _run(launch, loaded, arena, job["limits"].launch)
        except CudaError as error:
            yield CudaAnswer(reason=str(error), fatal=error.fatal)
        except _Hangs:
            yield CudaAnswer(reason="hangs", fatal=True)
        except (MemoryError, RuntimeError) as error:  # Warp's, where it cannot make an object on the device
            yield CudaAnswer(reason=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
    if loaded is not None:
        loaded.unload()


def lift_memory_limit() -> None:
    """Undo the limit of a worker that starts this process: CUDA reserves more addresses than there is memory."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def serve(incoming: IO[bytes], outgoing: IO[bytes], device: int) -> None:
    """Answer pickled jobs until the input ends or the device can be used no more."""
    lift_memory_limit()
    try:
        device %= device_count()
        open_device(device)
        arena = Arena(device)
    except (NoGpuError, CudaError) as error:
        send(outgoing, str(error))
        return
    send(outgoing, "")
    while True:
        try:
            job = receive(incoming.fileno())
        except EOFError:
            return
        for answer in _answers(job, arena):
            send(outgoing, answer)
            if answer.fatal:
                os._exit(1)  # without waiting for what may still run


# -- in the caller

_SERVER = """\
import os, sys
sys.path.append(sys.argv[1])
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
from warp_jit_pairs.execute_cuda import serve
serve(sys.stdin.buffer, answers, int(sys.argv[2]))
"""
"""The server's program: what others print goes to standard error, where it is no answer."""


class CudaExecutor(Closing):
    """Owns a server process; use as a context manager, or `close` it.

    Args:
        device: Number of the GPU, counted around. Processes spread over the GPUs if none is given.
        limits: How long things may take.
        environment: Of the server, if not this process's own.
    """

    def __init__(
        self, device: int | None = None, limits: CudaLimits | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.device = os.getpid() if device is None else device
        self.limits = limits or CudaLimits()
        self.environment = environment
        self._server: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the server."""
        server, self._server = self._server, None
        if server is None:
            return
        assert server.stdin is not None
        assert server.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            server.stdin.close()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(10)
        server.stdout.close()

    def run(self, kernels: Sequence[CudaKernel], launches: Sequence[Launch]) -> list[CudaAnswer]:
        """Launch kernels, in order; `unit` of a launch is the place of its kernel.

        The launch that a server ended in gets the reason, and so do the later launches of the same kernel.

        Raises:
            NoGpuError: there is no GPU that can be used.
        """
        done: list[CudaAnswer] = []
        fatal: dict[int, CudaAnswer] = {}
        while len(done) < len(launches):
            unit = launches[len(done)].unit
            if unit in fatal:
                done.append(fatal[unit])
                continue
            rest = [launch for launch in launches[len(done) :] if launch.unit not in fatal]
            given = iter(self._job(kernels, rest))
            for launch in launches[len(done) :]:
                answer = fatal.get(launch.unit) or next(given, None)
                if answer is None:
                    fatal[launch.unit] = CudaAnswer(reason="GPU process ends or gives no answer")
                    break
                done.append(answer)
                if answer.fatal:
                    fatal[launch.unit] = answer
                    break
        return done

    def _job(self, kernels: Sequence[CudaKernel], launches: Sequence[Launch]) -> Iterator[CudaAnswer]:
        """The answers that a server gives, which may be fewer than were asked for."""
        server = self._started()
        assert server.stdin is not None
        used = {launch.unit for launch in launches}
        job = {"kernels": {unit: kernels[unit] for unit in used}, "launches": launches, "limits": self.limits}
        try:
            send(server.stdin, job)
        except BrokenPipeError:
            self._give_up()
            return
        for _ in launches:
            answer = _read(server, self.limits.answer)
            if answer is None:
                self._give_up()
                return
            if answer.fatal:
                self._give_up()
            yield answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._server is not None and self._server.poll() is None:
            return self._server
        server = self._server = subprocess.Popen(
            [sys.executable, "-P", "-c", _SERVER, str(Path(__file__).parent.parent), str(self.device)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=None if self.environment is None else dict(self.environment),
        )
        greeting = _read(server, self.limits.start)
        if greeting != "":
            self._give_up()
            raise NoGpuError(greeting or "the process that was to use the GPU does not start")
        return server

    def _give_up(self) -> None:
        """Kill the server; its GPU is freed when it is gone, which is not waited for longer than a moment."""
        server, self._server = self._server, None
        if server is not None:
            server.kill()
            assert server.stdin is not None
            assert server.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                server.stdin.close()
            server.stdout.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(5)


def _read(server: subprocess.Popen[bytes], seconds: float) -> Any:
    """The next message of a server, or None if it ends or is silent for too long."""
    assert server.stdout is not None
    try:
        return receive(server.stdout.fileno(), seconds)
    except (EOFError, TimeoutError):
        return None


__all__ = ["CudaAnswer", "CudaExecutor", "CudaKernel", "CudaLimits", "serve"]
