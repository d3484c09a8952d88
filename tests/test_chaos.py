"""Chaos: whatever happens to a build, its bytes at the end are those of a calm one.

Among its programs are some that crash, hang or eat memory, while Warp reads them or in clang. What happens: workers,
their helpers and the build itself are killed, finished shards are damaged, the disk is full or read-only.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from warp_jit_pairs.build import WORK, build
from warp_jit_pairs.errors import OutputError
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.isolation import Limits
from warp_jit_pairs.manifest import read_manifest
from warp_jit_pairs.plan import Request, program_seed
from warp_jit_pairs.shards import sha256_of

pytestmark = pytest.mark.slow

REQUEST = Request(("arithmetic", "control_flow", "math"), 27, seed=1, size="small", verify="compile")
LIMITS = Limits(seconds=4.0, memory=1 << 30)
DEATHS = {
    "generating code crashes with SIGSEGV": "import ctypes\n\nctypes.string_at(0)\n",
    "generating code hangs": "while True:\n    pass\n",
    "generating code exits": "import os\n\nif os.getpid() > 0:\n    os._exit(3)\n",
    # More than the limit at once: on a slow machine it is the time, otherwise, that runs out first.
    "generating code runs out of memory": "bytearray(1 << 31)\n",
    "clang crashes with SIGSEGV": """\
import warp as wp

TEXT = "return " + "-" * 400_000 + "x;"


@wp.func_native(TEXT)
def negated(x: float) -> float:
    ...


@wp.kernel
def planted(x: wp.array(dtype=float), y: wp.array(dtype=float)):
    i = wp.tid()
    y[i] = negated(x[i])
""",
}
"""Programs that cost more than themselves, by the reason for which they must be dropped."""

PLACES = (("arithmetic", 2), ("arithmetic", 5), ("math", 2), ("math", 5), ("control_flow", 2))
"""Two of one shard cost one worker; its reserve is two programs."""

PLANTED = {
    program_seed(REQUEST.seed, category, number): source
    for (category, number), source in zip(PLACES, DEATHS.values(), strict=True)
}


def programs(category: str, seed: int, size: str) -> KernelSpec:
    """The grammar's programs, some of them replaced."""
    spec = generate_kernel(category, seed, size)
    return {**spec, "source": PLANTED.get(seed, spec["source"])}


def build_it(folder: str, processes: int = 2) -> None:
    """The build under test."""
    build(REQUEST, Path(folder), processes=processes, programs=programs, limits=LIMITS)


def _start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", f"from test_chaos import build_it; build_it({str(folder)!r})"]
    environment = os.environ | {"PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parent.parent}"}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def _contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calm") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parent)  # the workers' too, who look for `programs` there
        build_it(str(folder))
    return folder


def test_what_takes_down_more_than_itself_costs_itself_alone(calm: Path) -> None:
    manifest = read_manifest(calm)
    assert manifest.dropped == dict.fromkeys(sorted(DEATHS), 1)
    assert manifest.rows() == REQUEST.num_records


def _descendants(pid: int) -> list[int]:
    """Processes below one, those that vanish meanwhile left out."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [*children, *(below for child in children for below in _descendants(child))]


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _damage(folder: Path, random_: random.Random) -> None:
    """Spoil a finished shard, or what says that it is finished, as a power cut may."""
    files = sorted((folder / WORK).rglob("*.parquet")) + sorted((folder / WORK / "done").rglob("*.json"))
    if files:
        path = random_.choice(files)
        content = path.read_bytes()
        path.write_bytes(random_.choice([b"", content[: len(content) // 2], bytes(len(content))]))


def test_kills_and_damage(calm: Path, tmp_path: Path) -> None:
    random_ = random.Random(1)
    folder = tmp_path / "out"
    kills = {"build": 1, "worker": 2}
    deadline = time.monotonic() + 300
    process = _start(folder)
    while process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(random_.uniform(0.1, 1.5))
        below = _descendants(process.pid)
        if not below or not any(kills.values()):
            continue
        kind = random_.choice([name for name, left in kills.items() if left])
        kills[kind] -= 1
        if kind == "worker":
            _kill(random_.choice(below))
            continue
        _kill(process.pid)
        process.communicate()
        while any(Path(f"/proc/{pid}").exists() for pid in below):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        _damage(folder, random_)
        process = _start(folder)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert _contents(folder) == _contents(calm)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own; root, whom permissions do not stop, is stopped by that."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=224k", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def _remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def test_a_disk_that_fills_up_and_one_that_becomes_read_only(disk: Path, tmp_path: Path) -> None:
    request = Request(("arithmetic", "math"), 24, seed=1, size="small", verify="none")
    with pytest.raises(OutputError, match="disk is full"):
        build(request, disk / "out", processes=1)
    assert list((disk / "out" / WORK / "done").rglob("*.json"))
    _remount(disk, "size=64m,ro")
    with pytest.raises(OutputError, match="read-only"):
        build(request, disk / "out")
    _remount(disk, "size=64m,rw")
    build(request, disk / "out")
    build(request, tmp_path / "calm")
    assert _contents(disk / "out") == _contents(tmp_path / "calm")
