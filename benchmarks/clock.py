"""CPU seconds by stage, for benchmarks; time inside an inner stage counts for that alone."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warp_jit_pairs.isolation import shared_server

Seconds = defaultdict[str, float]
"""By stage."""

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds() -> float:
    """CPU time of this process, and of the process in which it compiles and launches."""
    process = shared_server()._process
    if process is None:
        return time.process_time()
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + sum(map(int, fields[11:15])) / _TICK


class Clock:
    """Counts seconds by stage."""

    def __init__(self) -> None:
        self.seconds: Seconds = defaultdict(float)
        self._stack: list[str] = []
        self._since = 0.0

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        self._turn()
        self._stack.append(stage)
        try:
            yield
        finally:
            self._turn()
            self._stack.pop()

    def _turn(self) -> None:
        """Give the time since the last turn to the innermost stage."""
        now = cpu_seconds()
        if self._stack:
            self.seconds[self._stack[-1]] += now - self._since
        self._since = now

    def timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """The function with its time counted."""

        def call(*args: Any, **kwargs: Any) -> Any:
            with self(stage):
                return function(*args, **kwargs)

        return call

    @contextmanager
    def timing(self, *places: tuple[Any, str, str]) -> Iterator[None]:
        """Count the time of functions, each given as (module or class, name, stage), inside the block."""
        saved = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
        for owner, name, stage in places:
            setattr(owner, name, self.timed(getattr(owner, name), stage))
        try:
            yield
        finally:
            for owner, name, function in saved:
                setattr(owner, name, function)
