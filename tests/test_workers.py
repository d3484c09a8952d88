"""The worker pool: order, the death of workers, and of their parent."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from warp_jit_pairs.workers import WorkerDiedError, Workers


def _square(value: int) -> int:
    return value * value


def _slow_first(value: int) -> int:
    time.sleep(0.3 if value == 0 else 0.0)
    return value


def _die_once(marker: str) -> int:
    """Kill the worker the first time."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def _die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(value: int) -> int:
    if value == 2:
        raise OSError(28, "No space left on device")
    return value


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_map_keeps_the_order(processes: int) -> None:
    with Workers(processes) as workers:
        assert list(workers.map(_slow_first, range(6))) == list(range(6))
        assert list(workers.map(_square, range(4))) == [0, 1, 4, 9]


def test_run_gives_each_result_once_although_a_worker_is_killed(tmp_path: Path) -> None:
    tasks = [str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "b")]
    with Workers(2) as workers:
        results = list(workers.run(_die_once, tasks))
    assert sorted(index for index, _ in results) == [0, 1, 2]


def test_a_task_that_always_kills_its_worker_is_given_up() -> None:
    with Workers(2) as workers, pytest.raises(WorkerDiedError, match="died 5 times"):
        list(workers.run(_die, [0]))


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_an_exception_of_a_task_comes_out(processes: int) -> None:
    with Workers(processes) as workers, pytest.raises(OSError, match="No space left"):
        list(workers.run(_fail, range(4)))


PARENT = """
    import sys, time, os
    sys.path.insert(0, {tests!r})
    import test_workers as t
    from warp_jit_pairs.workers import Workers
    if __name__ == "__main__":
        with Workers(2) as workers:
            for _, pid in workers.run(t._tell_and_sleep, [{folder!r}] * 2):
                pass
"""


def _tell_and_sleep(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(600)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    folder = tmp_path / "pids"
    folder.mkdir()
    script = tmp_path / "parent.py"
    tests = str(Path(__file__).resolve().parent)
    script.write_text(textwrap.dedent(PARENT.format(tests=tests, folder=str(folder))))
    parent = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2:
        assert time.monotonic() < deadline
        assert parent.poll() is None
        time.sleep(0.05)
    pids = [int(path.name) for path in folder.iterdir()]
    assert all(map(_is_running, pids))
    parent.send_signal(how)
    parent.wait(timeout=30)
    while any(map(_is_running, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
