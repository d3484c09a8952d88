"""Where the tasks of a build run: what an engine can do, and the choice of one by its name.

`local` is a pool of processes on this machine (`workers.py`), `ray` is a Ray cluster (`ray_engine.py`). A task is a
picklable argument of a function of a module; its result does not depend on where it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, TypeVar

from .errors import UnknownNameError, UsageError
from .workers import Workers

Task = TypeVar("Task")
Result = TypeVar("Result")

ENGINES = ("local", "ray")


class Engine(Protocol):
    """Runs tasks in processes; use as a context manager."""

    many_machines: bool
    """Whether tasks may run elsewhere, and so many that no process should hold what all of them know."""

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Apply a function to tasks and yield the results in the order of the tasks."""

    def run(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        again: Callable[[Task], Task] = lambda task: task,
    ) -> Iterator[tuple[int, Result]]:
        """Apply a function to tasks and yield (index of the task, result) as they finish.

        `again` makes of a task whose worker died the task to try next.
        """


def choose_engine(name: str, processes: int, address: str | None, *, gpus: bool = False) -> Engine:
    """The engine of this name; `processes` and `address` are what the command line was given.

    With `gpus` each task on a cluster has a GPU to itself.

    Raises:
        UsageError: there is no such engine, or its extra is not installed.
    """
    if processes < 1:
        raise UsageError(f"--num-proc must be at least 1, not {processes}")
    if name not in ENGINES:
        raise UnknownNameError("engine", name, list(ENGINES))
    if name == "ray":
        from .ray_engine import RayEngine

        return RayEngine(address, processes, gpus=gpus)
    if address is not None:
        raise UsageError("--ray-address is for --engine ray")
    return Workers(processes)
