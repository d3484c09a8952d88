"""Tasks on a Ray cluster: at most a few for each core in flight, and again where a worker or a machine was lost.

Ray's own retries are off: they repeat a task as it was, and a build wants to know that a worker died of one. What a
task does, and that doing it twice does no harm, is left to others. Needs the extra `ray`.

Ray runs whatever code a caller sends, so that its token authentication is on unless RAY_AUTH_MODE says otherwise: a
cluster of one's own (no address) makes itself a token, another one's token is read from RAY_AUTH_TOKEN,
RAY_AUTH_TOKEN_PATH or `~/.ray/auth_token`.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, TypeVar

from .errors import UsageError
from .version import DATA_VERSION, __version__
from .warp_version import warp_version
from .workers import WorkerDiedError, in_order

Task = TypeVar("Task")
Result = TypeVar("Result")

IN_FLIGHT = 2
"""Tasks given to the cluster for each of its cores: one runs, and the next is there when it ends."""

ATTEMPTS = 5
"""Workers that may die of a task before it is given up; a lost machine does not count."""

_LOOK = 1.0
"""Seconds between looks at how many cores the cluster has: machines come and go."""


class RayEngine:
    """A Ray cluster: the one at `address`, or of RAY_ADDRESS, or else one of `processes` cores on this machine."""

    many_machines = True

    def __init__(self, address: str | None, processes: int, *, gpus: bool = False) -> None:
        if importlib.util.find_spec("ray") is None:
            raise UsageError('--engine ray needs Ray: pip install "warp-jit-pairs[ray]"')
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # read when Ray is imported
        self._address = address or os.environ.get("RAY_ADDRESS") or "local"
        self._processes = processes
        self._kind = "GPU" if gpus else "CPU"
        self._looked = 0.0
        self._room = IN_FLIGHT

    def __enter__(self) -> RayEngine:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        import ray

        own = {"num_cpus": self._processes, "include_dashboard": False} if self._address == "local" else {}
        try:
            ray.init(self._address, log_to_driver=False, logging_level="error", **own)
        except ray.exceptions.AuthenticationError:
            raise UsageError(
                f"the Ray cluster {self._address} asks for its token: set RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH, or "
                "copy ~/.ray/auth_token from the machine that started it"
            ) from None
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UsageError(
                f"no Ray cluster answers at {self._address}, or its token is another than RAY_AUTH_TOKEN: {error}"
            ) from error
        if self._kind == "GPU" and not ray.cluster_resources().get("GPU"):
            ray.shutdown()
            raise UsageError(f"the Ray cluster {self._address} has no GPU")
        self._remote = ray.remote(num_cpus=1, num_gpus=int(self._kind == "GPU"), max_retries=0)(_call)
        self._software = _software()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import ray

        ray.shutdown()

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Apply a function to tasks and yield the results in the order of the tasks."""
        return in_order(self.run(function, list(tasks)))

    def run(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        again: Callable[[Task], Task] = lambda task: task,
    ) -> Iterator[tuple[int, Result]]:
        """Apply a function to tasks and yield (index of the task, result) as they finish.

        `again` makes of a task whose worker died, or ran out of memory, the task to try next.

        Raises:
            WorkerDiedError: the workers of one task died `ATTEMPTS` times.
        """
        import ray

        left = deque(enumerate(tasks))
        busy: dict[Any, tuple[int, Task]] = {}
        deaths: Counter[int] = Counter()
        while left or busy:
            while left and len(busy) < self._most_in_flight():
                index, task = left.popleft()
                busy[self._remote.remote(self._software, function, task)] = index, task
            done, _ = ray.wait(list(busy), timeout=_LOOK)
            for reference in done:
                index, task = busy.pop(reference)
                try:
                    value = ray.get(reference)
                except (
                    ray.exceptions.RayTaskError,
                    ray.exceptions.WorkerCrashedError,
                    ray.exceptions.OutOfMemoryError,
                ) as error:
                    if isinstance(error, ray.exceptions.RayTaskError) and not isinstance(error.cause, MemoryError):
                        error.cause.add_note(f"On the cluster:\n{error}")
                        raise error.cause from None
                    deaths[index] += 1
                    if deaths[index] == ATTEMPTS:
                        raise WorkerDiedError(f"the worker died {ATTEMPTS} times while it ran task {index}") from None
                    left.appendleft((index, again(task)))
                except (ray.exceptions.NodeDiedError, ray.exceptions.ObjectLostError):
                    left.appendleft((index, task))
                else:
                    yield index, value

    def _most_in_flight(self) -> int:
        import ray

        if time.monotonic() - self._looked > _LOOK:
            self._room = IN_FLIGHT * max(1, int(ray.cluster_resources().get(self._kind, 0)))
            self._looked = time.monotonic()
        return self._room


def _software() -> tuple[str, str, str]:
    """What two machines must share to make the same bytes."""
    return __version__, DATA_VERSION, warp_version()


def _call(software: tuple[str, str, str], function: Callable[[Task], Result], task: Task) -> Result:
    """Run one task; runs on the cluster."""
    if software != _software():
        wanted, found = (" ".join(versions) for versions in (software, _software()))
        raise UsageError(f"{socket.gethostname()} has other versions of package, data or Warp: {found}, not {wanted}")
    return function(task)
