"""The sandbox: what a command in it sees and can do, how its limits end it, and its refusal where it cannot be had."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from warp_jit_pairs import sandbox
from warp_jit_pairs.errors import UsageError
from warp_jit_pairs.sandbox import MEBIBYTE, Finished, SandboxLimits, require_sandbox, run_sandboxed


def works() -> bool:
    try:
        require_sandbox(trust=False)
    except UsageError:
        return False
    return True


needs_bubblewrap = pytest.mark.skipif(not works(), reason="bubblewrap is not installed, or does not work here")


def python(
    code: str, *, stdin: bytes = b"", trust: bool = False, readable: tuple[Path, ...] = (), **limits: float
) -> Finished:
    bounds = SandboxLimits(**{"wall_seconds": 20.0, **limits})  # type: ignore[arg-type]
    command = [sys.executable, "-P", "-c", code]
    return run_sandboxed(command, stdin=stdin, limits=bounds, trust=trust, readable=readable)


@needs_bubblewrap
def test_a_command_gets_its_input_and_gives_its_output() -> None:
    found = python("import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stderr.write('log')", stdin=b"abc")
    assert found == Finished("", b"ABC", "log")


def test_a_trusted_command_has_the_limits_alone(tmp_path: Path) -> None:
    target = tmp_path / "written"
    assert python(f"open({str(target)!r}, 'w').write('x')", trust=True).reason == ""
    assert target.read_text() == "x"
    assert python("while True: pass", trust=True, wall_seconds=1.0).reason == "time limit of 1 s"
    assert "MemoryError" in python("bytearray(50 << 30)", trust=True).stderr


def test_without_bubblewrap_foreign_code_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"bubblewrap is not installed: install bubblewrap .*--trust"):
        require_sandbox(trust=False)
    with pytest.raises(UsageError, match="--trust"):
        python("print(1)")
    require_sandbox(trust=True)
    assert python("print(1)", trust=True).stdout == b"1\n"


def test_a_bubblewrap_that_fails_is_refused_with_its_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"fails here .*No permissions to create new namespace.*--trust"):
        require_sandbox(trust=False)


@needs_bubblewrap
@pytest.mark.parametrize("place", ["home", "package", "interpreter", "root", "system", "devices"])
def test_nothing_outside_can_be_written(place: str, tmp_path: Path) -> None:
    folders = {
        "home": tmp_path,
        "package": Path(sandbox.__file__).parent,
        "interpreter": Path(sys.prefix),
        "root": Path("/"),
        "system": Path("/usr"),
        "devices": Path("/dev"),
    }
    target = folders[place] / "planted_by_a_test"
    found = python(f"open({str(target)!r}, 'w')")
    assert found.reason == "exit code 1"
    assert "Read-only file system" in found.stderr or "No such file" in found.stderr or "Permission" in found.stderr
    assert not target.exists()


@needs_bubblewrap
def test_what_was_not_given_cannot_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("token")
    tmp_path.chmod(0o755)
    assert "No such file" in python(f"open({str(secret)!r}).read()").stderr
    shown = python(f"print(open({str(secret)!r}).read())", readable=(tmp_path,))
    assert shown.stdout == b"token\n"
    assert "Read-only" in python(f"open({str(tmp_path / 'new')!r}, 'w')", readable=(tmp_path,)).stderr


@needs_bubblewrap
def test_neither_environment_nor_processes_nor_network_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert b"hf_secret" not in python("import os; print(dict(os.environ))").stdout
    numbers = python("import os; print(*(name for name in os.listdir('/proc') if name.isdigit()))").stdout.split()
    assert len(numbers) <= 3
    names = python("import socket; print([name for _, name in socket.if_nameindex()])").stdout
    assert names in (b"['lo']\n", b"[]\n")
    assert "unreachable" in python("import socket; socket.create_connection(('192.0.2.1', 53), 2)").stderr


@needs_bubblewrap
def test_no_rights_are_left() -> None:
    lines = python("print(open('/proc/self/status').read())").stdout.decode().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert int(status["CapEff"], 16) == 0
    assert int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    if os.getuid() == 0:
        assert "0" not in status["Uid"].split()


FORKS = """
import os, time
children = 0
try:
    while children < 50:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
except OSError:
    print(children)
"""


@needs_bubblewrap
def test_a_fork_bomb_is_bounded_and_ends_with_its_command() -> None:
    before = _processes_of_others()
    found = python(FORKS, processes=6)
    assert found.reason == ""
    assert int(found.stdout) <= 5
    time.sleep(0.3)
    assert _processes_of_others() <= before


def _processes_of_others() -> int:
    """Live processes whose program is the sandboxed one."""
    count = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                count += b"children < 50" in (entry / "cmdline").read_bytes()
            except OSError:
                continue
    return count


@needs_bubblewrap
@pytest.mark.parametrize(
    ("code", "limits", "reason"),
    [
        ("while True: pass", {"wall_seconds": 1.0}, "time limit of 1 s"),
        ("while True: pass", {"cpu_seconds": 1}, "killed by SIGXCPU|killed by SIGKILL"),
        ("import os; os.kill(os.getpid(), 11)", {}, "killed by SIGSEGV"),
        ("raise SystemExit(3)", {}, "exit code 3"),
        ("bytearray(50 << 30)", {}, "exit code 1"),
        ("import os\nwhile True: os.write(1, bytes(1 << 20))", {"file_size": 4 * MEBIBYTE}, "exit code 1|SIGXFSZ"),
        (
            "f = open('/tmp/f', 'wb')\nfor _ in range(64): f.write(bytes(1 << 20))",
            {"temporary": MEBIBYTE},
            "exit code 1",
        ),
    ],
)
def test_limits_end_a_command(code: str, limits: dict[str, float], reason: str) -> None:
    start = time.monotonic()
    assert python(code, **limits).reason in reason.split("|") or python(code, **limits).reason.endswith("SIGXFSZ")
    assert time.monotonic() - start < 20


@needs_bubblewrap
def test_the_time_limit_ends_grandchildren_too(tmp_path: Path) -> None:
    code = (
        "import os, time\nif os.fork(): time.sleep(60)\nos.setsid()\nchildren_marker = 'children < 50'\ntime.sleep(60)"
    )
    assert python(code, wall_seconds=1.0).reason == "time limit of 1 s"
    time.sleep(0.3)
    assert _processes_of_others() == 0


def test_bubblewrap_is_found_by_path() -> None:
    assert works() or shutil.which("bwrap") is None or sandbox._trial(shutil.which("bwrap") or "")
