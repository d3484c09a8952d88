"""The process that imports a package and writes out its kernels: `python -m warp_jit_pairs.harvest_worker PACKAGE`.

It says on its standard output, a line of JSON each, what it is about to do and what came of it, so that whoever reads
knows which module or kernel a crash or a hang is due to. What the package prints is lost. `harvest.py` reads.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import os
import signal
import sys
import types
import typing
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import warp as wp
from warp._src import context as wp_context
from warp._src import types as wp_types

from .definitions import unhashed
from .errors import Rejected, SourceError
from .extract import extract_ir, extract_kernel
from .harvest import BLOCK_DIM
from .packages import Package, find_package
from .quiet import initialise
from .self_contained import self_contained

INSTANCES = (wp.float32, wp.int32, wp.vec3, wp.float64)
"""What stands for `Any` in a generic kernel that its package gives no types: the first that Warp takes."""

BLOCKS = (128, 64, 32, 16, 8)
"""Threads of a block, tried for tiles that do not fit Warp's default: a launch says how many, a kernel does not."""


class OutOfTime(BaseException):
    """A module or kernel takes longer than it may; not an `Exception`, which the module might catch."""

    reason = "it takes too long"


def _time_out(signal_number: int, frame: types.FrameType | None) -> typing.NoReturn:
    raise OutOfTime


_Errors: typing.TypeAlias = type[BaseException] | tuple[type[BaseException], ...]


class Worker:
    """Imports a package and writes out its kernels, one step after the other."""

    def __init__(self, package: Package, skip: frozenset[str], limit: int, output: TextIO) -> None:
        self.package, self.skip, self.limit, self.output = package, skip, limit, output
        initialise()  # sets some of Warp's settings
        self.settings = {name: value for name, value in vars(wp.config).items() if not name.startswith("__")}

    def say(self, **message: Any) -> None:
        self.output.write(json.dumps(message) + "\n")
        self.output.flush()

    def run(self) -> None:
        """Collect, then write."""
        self.collect()
        for kernel in sorted(self.kernels(), key=lambda one: (one.module.name, one.adj.fun_lineno, one.key, one.sig)):
            place = f"{kernel.module.name}:{kernel.key}"
            self.within(place, partial(self.write, kernel), (Rejected, OutOfTime))  # anything else is a defect of ours

    def collect(self) -> None:
        """Import every module; a foreign one may raise anything."""
        for name in self.package.modules():
            self.within(name, partial(self._import, name), BaseException)

    def within(self, name: str, step: Callable[[], None], costs: _Errors) -> None:
        """Take one step and say how it ended; `costs` are the errors that cost this step alone."""
        if name in self.skip:
            return
        self.say(begin=name)
        signal.alarm(self.limit)
        try:
            step()
        except costs as error:
            signal.alarm(0)
            reason = error.reason if isinstance(error, Rejected | OutOfTime) else type(error).__name__
            text = error.detail if isinstance(error, Rejected) else str(error)
            self.say(failed=name, reason=reason, detail=" ".join(text.split())[:300])
        finally:
            signal.alarm(0)

    def _import(self, name: str) -> None:
        try:
            importlib.import_module(name)
        finally:
            for setting, value in self.settings.items():
                setattr(wp.config, setting, value)

    def kernels(self) -> Iterator[Any]:
        """The package's live kernels: overloads in the place of generic ones."""
        for module in list(wp_context.user_modules.values()):
            for kernel in module._get_live_kernels():
                if Path(kernel.adj.filename).is_relative_to(self.package.root):
                    if kernel.is_generic and not kernel.overloads:
                        yield kernel
                    else:
                        yield from kernel.overloads.values() if kernel.is_generic else (kernel,)

    def write(self, kernel: Any) -> None:
        """Say what one kernel is, as a file that stands alone."""
        kernel = instance(kernel) if kernel.is_generic else kernel
        source = self_contained(kernel)
        self.say(
            kernel=unhashed(kernel.key),
            module=kernel.module.name,
            file=Path(kernel.adj.filename).relative_to(self.package.root).as_posix(),
            line=_line(kernel),
            block_dim=block_dim(kernel, source),
            source=source,
        )


def _line(kernel: Any) -> int:
    """The line of a kernel's `def`, which an overload does not remember."""
    lines = kernel.adj.source.splitlines()
    above = next(place for place, line in enumerate(lines) if line.lstrip().startswith("def "))
    return int(inspect.unwrap(kernel.func).__code__.co_firstlineno) + above


def block_dim(kernel: Any, source: str) -> int | None:
    """The threads of a block that a kernel asks for; for tiles, where it asks for none, the most that Warp takes.

    None for Warp's default, and where Warp takes none. Launch bounds allow no more threads than they say.
    """
    given: int | None = kernel.options.get("block_dim")
    bounds = kernel.options.get("launch_bounds")
    most = bounds[0] if isinstance(bounds, (tuple, list)) else bounds
    if given is None and most is not None and most < BLOCK_DIM:
        return int(most)
    if given is not None or "tile_" not in source:
        return given
    for threads in (None, *BLOCKS):
        with contextlib.suppress(SourceError):
            extract_ir(kernel, "cuda", block_dim=threads)
            return threads
    return None


def instance(kernel: Any) -> Any:
    """A generic kernel with types of ours, which its package would choose when it launches.

    Raises:
        Rejected: Warp takes none of them.
    """
    refused = []
    for chosen in INSTANCES:
        given = [_filled(argument.type, chosen) for argument in kernel.adj.args]
        try:
            overload = kernel.add_overload(given)
            extract_kernel(overload)
        except (SourceError, RuntimeError, TypeError) as error:  # what Warp raises for types that do not fit, too
            refused.append(f"{chosen.__name__}: {error}")
        else:
            return overload
    raise Rejected(
        "generic kernel", f"its package makes no overload, and Warp takes none of ours ({'; '.join(refused)})"
    )


def _filled(annotation: Any, chosen: Any) -> Any:
    if wp_types.is_array(annotation):
        return type(annotation)(dtype=_filled(annotation.dtype, chosen), ndim=annotation.ndim)
    return annotation if not wp_types.type_is_generic(annotation) else chosen


def main(worker: type[Worker] = Worker, locate: Callable[[str], Package] = find_package) -> None:
    """Read the package's name, the time limit in seconds and what to skip; work; leave threads behind."""
    name, limit, *skip = sys.argv[1:]
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    signal.signal(signal.SIGALRM, _time_out)
    worker(locate(name), frozenset(skip), int(limit), output).run()
    output.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
