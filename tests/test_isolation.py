"""Work in child processes: what it gives, how it ends, and what is left of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.isolation import ForkServer, Limits, run_forked

LIMITS = Limits(seconds=0.5, memory=256 << 20)


def numbers(end: str = "") -> Iterator[int]:
    """Two numbers, then an end as asked for."""
    yield 1
    yield 2
    if end == "hang":
        while True:
            pass
    if end == "eat":
        yield len(bytearray(1 << 30))
    if end == "exit":
        os._exit(3)
    if end == "raise":
        raise LookupError("a detail")
    if end == "reject":
        raise Rejected("a reason", "a detail")
    if end:
        os.kill(os.getpid(), signal.Signals[end])


ENDS = {
    "": "",
    "hang": "hangs",
    "eat": "runs out of memory",
    "exit": "exits",
    "SIGSEGV": "crashes with SIGSEGV",
    "SIGABRT": "crashes with SIGABRT",
    "SIGKILL": "killed",
}


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with pytest.MonkeyPatch.context() as patch, ForkServer() as running:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))  # the server imports this file
        running.value(time.sleep, (0,), LIMITS)
        yield running


@pytest.mark.parametrize("end", ENDS)
def test_what_was_given_before_the_end_is_kept(end: str, server: ForkServer) -> None:
    for ended in (run_forked(lambda: numbers(end), LIMITS), server.run(numbers, (end,), LIMITS)):
        assert ended.items == [1, 2]
        assert ended.reason == ENDS[end]


def test_an_exception_comes_out_and_says_where_it_was(server: ForkServer) -> None:
    for run in (lambda end: run_forked(lambda: numbers(end), LIMITS), lambda end: server.run(numbers, (end,), LIMITS)):
        with pytest.raises(LookupError, match="a detail") as caught:
            run("raise")
        assert "in numbers" in caught.value.__notes__[0]
        with pytest.raises(Rejected, match="a reason: a detail"):
            run("reject")


def slow() -> Iterator[int]:
    """Each item takes more than half of the time of one."""
    for number in range(3):
        end = time.process_time() + 0.3
        while time.process_time() < end:
            pass
        yield number


def test_time_is_counted_for_each_item_and_sleep_is_none(server: ForkServer) -> None:
    assert server.run(slow, (), LIMITS).items == [0, 1, 2]
    assert server.value(time.sleep, (0.8,), LIMITS).reason == ""


def killed_once(marker: Path) -> int:
    """Die by SIGKILL the first time."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 7


def test_what_somebody_killed_is_tried_again(server: ForkServer, tmp_path: Path) -> None:
    assert server.value(killed_once, (tmp_path / "child",), LIMITS).items == [7]
    assert server.value(os.kill, (os.getpid(), 0), LIMITS).reason == ""
    assert server.value(os.abort, (), LIMITS).reason == "crashes with SIGABRT"


def test_a_killed_server_is_started_again_and_none_is_left() -> None:
    with ForkServer() as own:
        (first,) = own.value(os.getppid, (), LIMITS).items
        os.kill(first, signal.SIGKILL)
        (second,) = own.value(os.getppid, (), LIMITS).items
        assert second != first
    assert not Path(f"/proc/{second}").exists()
    own.close()
