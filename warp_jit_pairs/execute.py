"""Runs compiled CPU kernels in child processes with limits, and says what became of each launch.

A child loads the object, launches every case and gives each answer as it is ready, so a crash, a hang or a write
outside the arrays costs only the launch that did it. The limits are `isolation.py`'s.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from .closing import Closing
from .compile import clang_library, memory_file, symbol
from .isolation import OUT_OF_MEMORY, Ended, ForkServer, Limits, survive
from .native_handles import native_library
from .native_memory import NativeArguments, Value, launch_bounds, leaf_views
from .reference.layout import Argument, HandleType, StructType, ValueType

Packed = TypeVar("Packed", bound=NativeArguments)


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
class _Job:
    """A compiled module, the launch dimensions of its units, and what to launch."""

    object: bytes
    dimensions: tuple[int, ...]
    launches: tuple[Launch, ...]


# -- inside the child


def answered(launch: Launch, pack: Callable[[], Packed], call: Callable[[str, Packed], None]) -> Answer:
    """Run a launch's forward pass, and its adjoint if it has seeds, by `call` on arguments that `pack` makes."""
    packed = pack()
    call("forward", packed)
    if not packed.intact():
        return Answer(reason="write outside the arrays")
    outputs = packed.leaves(gradient=False)
    if launch.seeds is None:
        packed.free()
        return Answer(outputs)
    if launch.before:
        packed.free()
        packed = pack()
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

    return answered(launch, lambda: NativeArguments(launch.arguments, launch.inputs), call)


def launched(job: _Job, first: int, fatal: Mapping[int, Answer]) -> Iterator[Answer]:
    """Load the object and answer the launches from the first one on, but those of fatal units; runs in a child."""
    with memory_file() as (path, file):
        file.write(job.object)
        file.flush()
        loaded = clang_library().wp_load_obj(path.encode(), b"module", False) == 0
    for launch in job.launches[first:]:
        if not loaded:
            yield Answer(reason="object does not load")
            continue
        if launch.unit in fatal:
            yield fatal[launch.unit]
            continue
        try:
            yield _run(launch, job.dimensions[launch.unit], b"module")
        except MemoryError:
            yield Answer(reason=OUT_OF_MEMORY)


def _holds_handle(kind: ValueType) -> bool:
    if isinstance(kind, StructType) and not isinstance(kind, HandleType):
        return any(_holds_handle(inner) for _, inner in kind.fields)
    return isinstance(kind, HandleType)


# -- in the caller


class Executor(Closing):
    """Launches compiled kernels through a server process; use as a context manager, or `close` it.

    The server is its own, or one that is given and stays its owner's.
    """

    def __init__(self, limits: Limits | None = None, server: ForkServer | None = None) -> None:
        self.limits = limits or Limits()
        self._server = server or ForkServer()
        self._owns_server = server is None

    def close(self) -> None:
        """End the server if it is this executor's own."""
        if self._owns_server:
            self._server.close()

    def run(self, compiled: bytes, dimensions: Sequence[int], launches: Sequence[Launch]) -> list[Answer]:
        """Launch kernels of one compiled module, in order, in children of the server until every launch has an answer.

        The launch that a child died in gets the reason, and so do the later launches of the same kernel.

        Args:
            compiled: The object of `compile.compile_units`.
            dimensions: Launch dimensions that each unit of the module asks for.
            launches: What to run; `unit` indexes the module's members.
        """
        job = _Job(compiled, tuple(dimensions), tuple(launches))
        prepare: list[Callable[[], Any]] = [clang_library]
        if any(_holds_handle(argument.type) for launch in launches for argument in launch.arguments):
            prepare.append(native_library)
        fatal: dict[int, Answer] = {}

        def run(first: int) -> Ended:
            return self._server.run(launched, (job, first, fatal), self.limits, prepare)

        def lost(place: int, reason: str) -> Answer:
            fatal[launches[place].unit] = answer = Answer(reason=reason)
            return answer

        return survive(run, len(launches), lost)


__all__ = ["Answer", "Executor", "Launch", "Limits", "launched"]
