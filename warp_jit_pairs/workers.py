"""A pool of worker processes: a worker that dies is replaced, and none outlives its parent.

`concurrent.futures` breaks a whole pool when one worker dies and does not say what that worker ran;
`multiprocessing.Pool` waits for ever. Here each worker has a pipe of its own, so that only the task of the dead one is
given again. What a task does is left to others.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import TypeVar

from .errors import WarpJitPairsError
from .isolation import die_with_parent

Task = TypeVar("Task")
Result = TypeVar("Result")

ATTEMPTS = 5
"""So many workers may die of a task before it is given up."""

_OUT_OF_MEMORY = 3
"""Exit code of a worker whose task ran out of memory."""


class WorkerDiedError(WarpJitPairsError):
    """The workers that ran one task died again and again."""


def in_order(finished: Iterable[tuple[int, Result]]) -> Iterator[Result]:
    """The results of tasks that finish in any order, each given with its number, in the order of the numbers."""
    early: dict[int, Result] = {}
    wanted = 0
    for index, result in finished:
        early[index] = result
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def _serve(connection: Connection, parent: int) -> None:
    """Run tasks until the pipe closes; the parent handles Ctrl-C, and the system kills the worker when it dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(parent)
    while True:
        try:
            function, task = connection.recv()
        except EOFError:
            return
        try:
            connection.send((True, function(task)))
        except MemoryError:
            os._exit(_OUT_OF_MEMORY)
        except Exception as error:  # noqa: BLE001  raised again in the parent
            connection.send((False, _portable(error)))


def _portable(error: Exception) -> Exception:
    """The exception with the place where it was raised, as far as it can be sent."""
    text = "".join(traceback.format_exception(error))
    error.add_note("In a worker process:\n" + text)
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001  whatever a foreign exception's own methods raise
        return RuntimeError(text)
    return error


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection

    @classmethod
    def start(cls) -> _Worker:
        # Not fork: this process runs threads (progress bar, Warp) by the time the pool starts.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, os.getpid()), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def stop(self, *, at_once: bool) -> None:
        self.connection.close()
        if at_once:
            self.process.kill()
        self.process.join()


class Workers:
    """`processes` worker processes; with 0, tasks run in this process, which they may then take down with them."""

    many_machines = False

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, tuple[_Worker, int]] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker, _ in self._busy.values():
            worker.stop(at_once=True)
        for worker in self._idle:
            worker.stop(at_once=error is not None)
        self._busy.clear()
        self._idle.clear()

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Apply a picklable function to tasks and yield the results in the order of the tasks."""
        return in_order(self.run(function, list(tasks)))

    def run(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        again: Callable[[Task], Task] = lambda task: task,
    ) -> Iterator[tuple[int, Result]]:
        """Apply a picklable function to tasks and yield (index of the task, result) as they finish.

        `again` makes of a task whose worker died by itself the task to try next; one that somebody killed (SIGKILL)
        leaves its task as it is.

        Raises:
            WorkerDiedError: the workers of one task died `ATTEMPTS` times.
        """
        if not self.processes:
            yield from enumerate(map(function, tasks))
            return
        left = deque(enumerate(tasks))
        given = dict(left)
        deaths: Counter[int] = Counter()
        while left or self._busy:
            while left and len(self._busy) < self.processes:
                self._give(function, *left.popleft())
            for connection in wait(list(self._busy)):
                assert isinstance(connection, Connection)
                worker, index = self._busy.pop(connection)
                try:
                    succeeded, value = connection.recv()
                except (EOFError, ConnectionError):
                    worker.stop(at_once=False)
                    deaths[index] += 1
                    if deaths[index] == ATTEMPTS:
                        raise WorkerDiedError(f"the worker died {ATTEMPTS} times while it ran task {index}") from None
                    if worker.process.exitcode != -signal.SIGKILL:
                        given[index] = again(given[index])
                    left.appendleft((index, given[index]))
                    continue
                self._idle.append(worker)
                if not succeeded:
                    raise value
                del given[index]
                yield index, value

    def _give(self, function: Callable[[Task], Result], index: int, task: Task) -> None:
        """Send a task to an idle worker that lives, or to a new one."""
        while True:
            worker = self._idle.pop() if self._idle else _Worker.start()
            try:
                worker.connection.send((function, task))
            except ConnectionError:
                worker.stop(at_once=True)
                continue
            self._busy[worker.connection] = (worker, index)
            return
