"""Runs a command that foreign code may take over: in bubblewrap, with limits, or not at all.

Inside there is no network, no home folder, no data set and no process but its own; the interpreter and the libraries
are read-only, and all that can be written is a private `/tmp` that ends with the command. What goes in is the
command's standard input, what comes out are bytes that the caller must not trust (never unpickle them).
`notes/sandbox.md` says what this does not protect from.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .errors import UsageError

INSTALL = "install bubblewrap 0.8 or later (apt-get install bubblewrap, or dnf), or accept the risk with --trust"
_REFUSAL = "foreign native code runs only in a sandbox, and bubblewrap"
MEBIBYTE = 1 << 20

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
"""Programs and libraries of the system; links among them are made again as links."""

_FIRST_USER = 60_100
"""Root's limits bind nobody: a sandbox that root starts changes to one of these user numbers, which nobody else has."""

_PRELUDE = """\
import os, resource, sys
user, limits, command = int(sys.argv[1]), sys.argv[2].split(","), sys.argv[3:]
for limit in limits:
    name, value = limit.split("=")
    number = getattr(resource, "RLIMIT_" + name)
    hard = resource.getrlimit(number)[1]
    value = int(value) if hard < 0 else min(int(value), hard)
    resource.setrlimit(number, (value, value))
if user:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
os.execv(command[0], command)
"""
"""Sets the limits and takes the last rights away, inside; the command follows in the same process."""


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Bounds on a sandboxed command; bytes, except where a name says otherwise.

    `memory` bounds the address space of each process and `processes` their number, so that their product bounds all.
    """

    wall_seconds: float = 60.0
    cpu_seconds: int = 60
    memory: int = 4096 * MEBIBYTE
    processes: int = 8
    file_size: int = 256 * MEBIBYTE
    temporary: int = 512 * MEBIBYTE
    """Size of the private `/tmp`."""

    def _arguments(self, trusted: bool) -> str:
        limits = {"AS": self.memory, "CPU": self.cpu_seconds, "FSIZE": self.file_size, "CORE": 0, "NOFILE": 256}
        if not trusted:  # outside a namespace of its own the count takes in every process of the user
            limits["NPROC"] = self.processes
        return ",".join(f"{name}={value}" for name, value in limits.items())


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended: `reason` is empty if it ended by itself with exit code 0."""

    reason: str
    stdout: bytes
    stderr: str


def run_sandboxed(
    command: Sequence[str],
    *,
    stdin: bytes = b"",
    limits: SandboxLimits | None = None,
    readable: Sequence[Path] = (),
    trust: bool = False,
) -> Finished:
    """Run a command in a sandbox of its own until it ends, or kill it and all that it started.

    Args:
        command: Absolute path of a program, and its arguments.
        stdin: What the command reads; the only data that it gets.
        limits: Bounds, the defaults if None.
        readable: Files and folders to show inside, read-only, beside the system's and this interpreter's.
        trust: Run it without bubblewrap, with the limits alone.

    Raises:
        UsageError: bubblewrap is missing or does not work here, and `trust` is not set.
    """
    limits = limits or SandboxLimits()
    prefix = [] if trust else _bubblewrap(limits, readable)
    user = 0 if trust or os.getuid() else _FIRST_USER + os.getpid() % 4096
    whole = [*prefix, sys.executable, "-I", "-S", "-c", _PRELUDE, str(user), limits._arguments(trust), *command]
    return _run(whole, stdin, limits, own_group=trust)


def require_sandbox(trust: bool) -> None:
    """Refuse foreign code where it cannot be locked in.

    Raises:
        UsageError: `trust` is not set, and bubblewrap is missing or does not work here.
    """
    if not trust:
        _program()


def _program() -> str:
    """Path of a bubblewrap that works."""
    found = shutil.which("bwrap")
    if found is None:
        raise UsageError(f"{_REFUSAL} is not installed: {INSTALL}")
    failure = _trial(found)
    if failure:
        raise UsageError(
            f"foreign native code runs only in a sandbox, and bubblewrap fails here ({failure}): {INSTALL}"
        )
    return found


@functools.cache
def _trial(program: str) -> str:
    """What goes wrong with the emptiest sandbox, if anything."""
    limits = SandboxLimits()
    finished = _run([program, *_options(limits, ()), sys.executable, "-I", "-S", "-c", ""], b"", limits)
    lines = finished.stderr.strip().splitlines()
    return "" if not finished.reason else (lines[-1] if lines else finished.reason)


def _bubblewrap(limits: SandboxLimits, readable: Sequence[Path]) -> list[str]:
    return [_program(), *_options(limits, readable)]


def _options(limits: SandboxLimits, readable: Sequence[Path]) -> list[str]:
    """Everything between `bwrap` and the command."""
    options = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    options += ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    if os.getuid():
        options += ["--unshare-user", "--disable-userns", "--cap-drop", "ALL"]
    else:  # the prelude needs these two to become nobody; changing the user number drops them
        options += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    variables = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    for name, value in variables.items():
        options += ["--setenv", name, value]
    for path in _SYSTEM:
        if Path(path).is_symlink():
            options += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            options += ["--ro-bind", path, path]
    options += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(limits.temporary)]
    options += ["--tmpfs", "/tmp", "--perms", "0555", "--size", "4096", "--tmpfs", "/dev/shm"]
    shown = _outermost([*_interpreter(), *(place.absolute() for place in readable)])
    for parent in sorted({parent for place in shown for parent in place.parents if parent.name}):
        options += ["--perms", "0755", "--dir", str(parent)]  # bubblewrap would make them for itself alone
    for place in shown:
        options += ["--ro-bind", str(place), str(place)]
    return [*options, "--remount-ro", "/dev/shm", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]


@functools.cache
def _interpreter() -> tuple[Path, ...]:
    """This interpreter, the folders of its libraries, and this package."""
    places = [Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parent]
    for name in ("numpy", "warp"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            places.append(Path(spec.origin).parent.parent)
    return tuple(place.absolute() for place in places)


def _outermost(places: Sequence[Path]) -> list[Path]:
    """The places without those that lie inside another, or inside the system's folders, in order."""
    kept: list[Path] = []
    for place in sorted(set(places), key=lambda path: (len(path.parts), path)):
        if not any(place.is_relative_to(other) for other in [*kept, Path("/usr")]):
            kept.append(place)
    return kept


def _run(command: Sequence[str], stdin: bytes, limits: SandboxLimits, *, own_group: bool = False) -> Finished:
    """Run to the end or the time limit.

    Output goes to files, which the limit on file sizes bounds, and not to pipes, which somebody would have to drain.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        process = subprocess.Popen(command, stdin=given, stdout=out, stderr=err, process_group=0 if own_group else None)
        try:
            status = process.wait(limits.wall_seconds)
        except subprocess.TimeoutExpired:
            return Finished(f"time limit of {limits.wall_seconds:g} s", b"", "")
        finally:
            if own_group:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()  # with the outer bubblewrap its inner one dies, and with that every process inside
            process.wait()
        log = _content(err, 1 << 14).decode(errors="replace")
        return Finished(_reason(status), _content(out, limits.file_size), log)


def _content(file: IO[bytes], most: int) -> bytes:
    file.seek(0)
    return file.read(most)


def _reason(status: int) -> str:
    if status == 0:
        return ""
    number = -status if status < 0 else status - 128  # bubblewrap reports a signal as a shell does
    if number in set(signal.Signals):
        return f"killed by {signal.Signals(number).name}"
    return f"exit code {status}"
