"""Processes that may crash or hang, for long runs: such a task is halved, and one that cannot be is given up.

Tasks are sequences of things to do; whoever runs them gets each one's answer, or why there is none.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

Work = Callable[[int, Sequence[Any]], Any]
"""Gets the number of its process, and a task."""


def _loop(number: int, work: Work, pipe: Connection) -> None:
    while True:
        with contextlib.suppress(EOFError):
            task = pipe.recv()
            pipe.send(work(number, task))
            continue
        return


class _Process:
    def __init__(self, number: int, work: Work) -> None:
        self.number, self.work = number, work
        self.task: Sequence[Any] = ()
        self.started = 0.0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_loop, args=(self.number, self.work, other), daemon=False)
        self.process.start()
        other.close()

    def give(self, task: Sequence[Any]) -> None:
        self.task, self.started = task, time.monotonic()
        self.pipe.send(task)

    def kill(self) -> None:
        self.process.kill()
        self.process.join(5)
        self.pipe.close()

    def replace(self) -> None:
        self.kill()
        self._start()


def run(
    work: Work, tasks: Sequence[Sequence[Any]], processes: int, seconds: float, patience: float
) -> Iterator[tuple[Sequence[Any], Any, str]]:
    """Yield each task with its answer, or with the reason why it was given up, in the order of their ends.

    No task is begun after so many `seconds`, and none is waited for longer than `patience`.
    """
    end = time.monotonic() + seconds
    waiting = list(reversed(tasks))
    pool = [_Process(number, work) for number in range(min(processes, len(tasks)))]
    try:
        while True:
            for one in pool:
                if not one.task and waiting and time.monotonic() < end:
                    one.give(waiting.pop())
            busy = [one for one in pool if one.task]
            if not busy:
                return
            ready = wait([one.pipe for one in busy], timeout=1.0)
            for one in busy:
                reason = ""
                if one.pipe in ready:
                    try:
                        answer = one.pipe.recv()
                        task, one.task = one.task, ()
                        yield task, answer, ""
                        continue
                    except (EOFError, ConnectionError):
                        reason = "process ends"
                elif time.monotonic() - one.started > patience:
                    reason = "process hangs"
                if reason:
                    task, one.task = one.task, ()
                    one.replace()
                    if len(task) > 1:
                        half = len(task) // 2
                        waiting += [task[half:], task[:half]]
                    else:
                        yield task, None, reason
            if time.monotonic() > end + patience:
                return
    finally:
        for one in pool:
            one.kill()
