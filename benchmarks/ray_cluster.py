"""A Ray cluster on one machine, for tests and measurements: raylets of one core each, started as people start them.

Where network namespaces can be made (by root, with iproute2), each raylet is a host with an address of its own on a
bridge; elsewhere all share the loopback address. Ray's token authentication is on.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

PORT = 6379
RAY = (sys.executable, "-m", "ray.scripts.scripts")


class Cluster:
    """Raylets, the first of which is the head."""

    def __init__(self, folder: Path, network: str | None) -> None:
        self.folder, self._network = folder, network
        self.environment = os.environ | {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_USAGE_STATS_ENABLED": "0",
            "HOME": str(folder),
        }
        self._nodes: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        """Where the head listens."""
        return f"{self._host(0)}:{PORT}"

    @property
    def outside(self) -> str:
        """An address of this process that the raylets reach."""
        return f"{self._network}.254" if self._network else "127.0.0.1"

    def inside(self, place: int, *command: str) -> list[str]:
        """A command as it is run on a host of the cluster."""
        return ["ip", "netns", "exec", _namespace(place), *command] if self._network else list(command)

    def add(self) -> None:
        """Start one more raylet."""
        place = len(self._nodes)
        role = (
            ["--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={self.folder}/ray"]
            if place == 0
            else [f"--address={self.address}"]
        )
        command = [*RAY, "start", *role, f"--node-ip-address={self._host(place)}", "--num-cpus=1", "--block"]
        with (self.folder / f"node{place}.log").open("wb") as log:
            self._nodes.append(
                subprocess.Popen(
                    self.inside(place, *command, "--object-store-memory=100000000"),
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )
        deadline = time.monotonic() + 120
        while b"Ray runtime started" not in (self.folder / f"node{place}.log").read_bytes():
            if self._nodes[place].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / f"node{place}.log").read_text())
            time.sleep(0.2)

    def kill_worker(self) -> bool:
        """Kill a worker that runs a task, on any host."""
        for pid in sorted(_descendants(node.pid for node in self._nodes)):
            if _command_of(pid).startswith("ray::_call"):
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def kill(self, place: int) -> None:
        """Kill a raylet and all that it started."""
        pids = _descendants([self._nodes[place].pid])
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._nodes[place].wait()

    def stop(self) -> None:
        """Kill all of it."""
        for place in range(len(self._nodes)):
            self.kill(place)

    def _host(self, place: int) -> str:
        return f"{self._network}.{place + 1}" if self._network else "127.0.0.1"


def _namespace(place: int) -> str:
    return f"wjp{os.getpid()}n{place}"


def _descendants(roots: Iterator[int] | list[int]) -> set[int]:
    found: set[int] = set()
    todo = list(roots)
    while todo:
        pid = todo.pop()
        found.add(pid)
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
    return found


def _command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


@contextmanager
def cluster(raylets: int, variables: Callable[[str], Mapping[str, str]] = lambda outside: {}) -> Iterator[Cluster]:
    """Start a cluster and end it; `variables` gives its environment more, for the address that it sees us at."""
    with tempfile.TemporaryDirectory(prefix="wjp", ignore_cleanup_errors=True) as folder, _network(raylets) as network:
        running = Cluster(Path(folder), network)
        running.environment |= variables(running.outside)
        try:
            for _ in range(raylets):
                running.add()
            yield running
        finally:
            running.stop()


@contextmanager
def _network(hosts: int) -> Iterator[str | None]:
    """Make a namespace for each host and a bridge between them; None where that cannot be."""
    bridge, prefix = f"wjp{os.getpid()}", f"10.{200 + os.getpid() // 250 % 50}.{os.getpid() % 250}"
    commands = [
        f"link add {bridge} type bridge",
        f"addr add {prefix}.254/24 dev {bridge}",
        f"link set {bridge} up",
    ]
    for place in range(hosts):
        space, ours = _namespace(place), f"v{os.getpid()}n{place}"
        commands += [
            f"netns add {space}",
            f"link add {ours} type veth peer name eth0 netns {space}",
            f"link set {ours} master {bridge} up",
            f"-n {space} addr add {prefix}.{place + 1}/24 dev eth0",
            f"-n {space} link set eth0 up",
            f"-n {space} link set lo up",
        ]
    made = shutil.which("ip") is not None and all(_ip(command) for command in commands)
    try:
        yield prefix if made else None
    finally:
        if shutil.which("ip") is not None:
            for place in range(hosts):
                _ip(f"netns delete {_namespace(place)}")
            _ip(f"link delete {bridge}")


def _ip(command: str) -> bool:
    return subprocess.run(["ip", *command.split()], capture_output=True, check=False).returncode == 0
