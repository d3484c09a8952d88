"""A pool of worker processes that outlives the death of a worker, and none of whose workers outlives its parent.

`concurrent.futures` reports a dead worker by breaking the whole pool (`multiprocessing.Pool` would wait for ever): a
broken pool is replaced and what it had not finished is given to the new one. What a task does is left to others.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, TypeVar

from .errors import WarpJitPairsError

Task = TypeVar("Task")
Result = TypeVar("Result")

ATTEMPTS = 3
"""So many times a task may be running when its worker dies before it is given up."""

_PR_SET_PDEATHSIG = 1


class WorkerDiedError(WarpJitPairsError):
    """The workers that ran one task died again and again."""


def _begin(parent: int) -> None:
    """Prepare a worker: the parent handles Ctrl-C, and the kernel kills the worker when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Workers:
    """`processes` worker processes; with one, tasks run in this process."""

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop(at_once=error is not None)

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.processes,
                # Not fork: this process runs threads (progress bar, Warp) by the time the pool starts.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(os.getpid(),),
            )
        return self._pool

    def _stop(self, *, at_once: bool) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if at_once:
            for process in list((pool._processes or {}).values()):
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Apply a picklable function to tasks and yield the results in the order of the tasks."""
        waiting = list(tasks)
        results: dict[int, Result] = {}
        next_index = 0
        for index, result in self.run(function, waiting):
            results[index] = result
            while next_index in results:
                yield results.pop(next_index)
                next_index += 1

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
        """Apply a picklable function to tasks and yield (index of the task, result) as they finish.

        Raises:
            WorkerDiedError: a task's worker died `ATTEMPTS` times.
        """
        if self.processes == 1:
            yield from enumerate(map(function, tasks))
            return
        left = dict(enumerate(tasks))
        deaths: dict[int, int] = {}
        while left:
            pool = self._start()
            futures: dict[Future[Any], int] = {}
            try:
                for index, task in left.items():
                    futures[pool.submit(function, task)] = index
                pending = set(futures)
                while pending:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        del left[futures[future]]
                        yield futures[future], result
            except BrokenProcessPool:
                self._stop(at_once=True)
                first = next(iter(left))
                deaths[first] = deaths.get(first, 0) + 1
                if deaths[first] >= ATTEMPTS:
                    raise WorkerDiedError(f"the worker died {ATTEMPTS} times while it ran task {first}") from None
