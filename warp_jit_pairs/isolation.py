"""Runs work in a child process of its own with limits, so that a crash, a hang or hunger costs only that work.

`run_forked` forks the calling process; `ForkServer` keeps a small process that forks for it, for code that must not run
in a fork of a process with threads or a GPU. Time is CPU time, so that a busy machine makes nothing a hang. All this
protects from mistakes of code; it is no sandbox: a child has the user's rights on files and network.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import faulthandler
import functools
import os
import resource
import signal
import subprocess
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .closing import Closing
from .messages import receive, send

KILLED = "killed"
"""A death by somebody else's SIGKILL, the system's want of memory among them: it says nothing about the work."""

ATTEMPTS = 3
"""How often work is given to a child before somebody else's SIGKILL is taken for its own fault."""

OUT_OF_MEMORY = "runs out of memory"
HANGS = "hangs"

_PR_SET_PDEATHSIG = 1
_PATIENCE = 20.0
"""A child that uses no CPU time is given so many times its limit, in seconds of the clock, before it is a hang."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a child: CPU seconds for each item that it gives, bytes of memory beyond what it begins with."""

    seconds: float = 5.0
    memory: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Ended:
    """What a child gave before it ended, and why it ended early; the reason is empty if it did not."""

    items: list[Any]
    reason: str


def die_with_parent(parent: int) -> None:
    """Have the system kill this process when its parent, whose number is given, dies."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


@contextlib.contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Bound what this process does inside the block: out of memory raises MemoryError, out of time ends the process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _address_space() + limits.memory
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    signal.setitimer(signal.ITIMER_PROF, limits.seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def run_forked(work: Callable[[], Iterable[Any]], limits: Limits) -> Ended:
    """Take the items of `work` in a fork of this process; an exception that it raises is raised here."""
    reader, writer = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            die_with_parent(parent)
            _give(work, writer, limits)
        finally:
            os._exit(1)
    os.close(writer)
    items: list[Any] = []
    kind = "item"
    value: Any = None
    try:
        while kind == "item":
            kind, value = receive(reader, limits.seconds * _PATIENCE)
            items += [value] if kind == "item" else []
    except EOFError:
        kind = "died"
    except TimeoutError:
        kind, value = "ended", HANGS
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if kind == "raised":
        raise value
    return Ended(items, value if kind == "ended" else _death(status))


def survive(run: Callable[[int], Ended], count: int, lost: Callable[[int, str], Any]) -> list[Any]:
    """Take `count` items from as many children as that needs.

    `run(first)` starts a child that gives the items from the first one on; `lost(place, reason)` stands for the item
    that a child died in. What somebody else killed is tried again.
    """
    items: list[Any] = []
    kills: Counter[int] = Counter()
    while len(items) < count:
        ended = run(len(items))
        items += ended.items
        place = len(items)
        kills[place] += ended.reason == KILLED
        if place < count and (ended.reason != KILLED or kills[place] == ATTEMPTS):
            items.append(lost(place, ended.reason))
    return items


def _give(work: Callable[[], Iterable[Any]], writer: int, limits: Limits) -> None:
    """Send the items of `work`, then how it ended; runs in the child."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.disable()  # a crash here is an answer
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    with os.fdopen(writer, "wb") as pipe:
        try:
            with limited(limits):
                for item in work():
                    signal.setitimer(signal.ITIMER_PROF, 0)
                    send(pipe, ("item", item))
                    signal.setitimer(signal.ITIMER_PROF, limits.seconds)
            send(pipe, ("ended", ""))
        except MemoryError:
            send(pipe, ("ended", OUT_OF_MEMORY))
        except Exception as error:  # noqa: BLE001  raised again in the parent
            error.add_note("In a child process:\n" + traceback.format_exc())
            send(pipe, ("raised", error))


def _death(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return "exits"
    number = os.WTERMSIG(status)
    known = {signal.SIGPROF: HANGS, signal.SIGKILL: KILLED}
    return known.get(signal.Signals(number)) or f"crashes with {signal.Signals(number).name}"


# -- a process that forks


def serve(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Answer pickled calls until the input ends."""
    while True:
        try:
            function, arguments, limits, prepare = receive(incoming.fileno())
        except EOFError:
            return
        try:
            for step in prepare:
                step()
            answer: Any = run_forked(functools.partial(function, *arguments), limits)
        except Exception as error:  # noqa: BLE001  raised again by the caller
            answer = error
        del arguments
        send(outgoing, answer)


_SERVER = """\
import sys
sys.path.append(sys.argv[1])
from warp_jit_pairs.isolation import die_with_parent, serve
die_with_parent(int(sys.argv[2]))
serve(sys.stdin.buffer, sys.stdout.buffer)
"""
"""The server's program; `-P` keeps the working folder, where any module may lie, off its path."""


class ForkServer(Closing):
    """A process that runs functions in forks of itself; it starts when it is needed, and again when it was killed.

    Use as a context manager, or `close` it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def run(
        self,
        function: Callable[..., Iterable[Any]],
        arguments: Sequence[Any],
        limits: Limits,
        prepare: Sequence[Callable[[], Any]] = (),
    ) -> Ended:
        """Take the items of `function(*arguments)`, a function of a module, in a child of the server.

        The functions of `prepare` are called in the server before; they load what all its children share.
        """
        with self._lock:
            answer = self._ask((function, tuple(arguments), limits, tuple(prepare)))
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Ended)
        return answer

    def _ask(self, call: tuple[Any, ...]) -> Any:
        """Ended early as KILLED if the server itself dies."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _SERVER, str(Path(__file__).parent.parent), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            send(self._process.stdin, call)
            return receive(self._process.stdout.fileno())
        except (BrokenPipeError, EOFError):
            self.close()
            return Ended([], KILLED)
        except BaseException:
            self.close()  # interrupted: its answer would be taken for that of the next call
            raise

    def value(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        limits: Limits,
        prepare: Sequence[Callable[[], Any]] = (),
    ) -> Ended:
        """Take what a function returns as the one item, again where somebody killed the child."""
        for _ in range(ATTEMPTS):
            ended = self.run(_one, (function, *arguments), limits, prepare)
            if ended.reason != KILLED:
                break
        return ended


def _one(function: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    yield function(*arguments)


@functools.cache
def shared_server() -> ForkServer:
    """The server of this process."""
    server = ForkServer()
    atexit.register(server.close)
    return server


# A fork that spoke through its parent's pipes would mix up the answers.
os.register_at_fork(after_in_child=shared_server.cache_clear)
