"""Fixtures: a cache of its own for `datasets`, a copy of the checkout, and the command line in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hub_stand_in import TOKEN, Hub, serving

if TYPE_CHECKING:
    from warp_jit_pairs.check_result import CheckResult
    from warp_jit_pairs.hub import Repository

# `datasets` and the hub client read these when they are imported, so they are set before any test module is.
_HOME = tempfile.mkdtemp(prefix="warp-jit-pairs-tests-")
os.environ["HF_HOME"] = _HOME
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("HF_DATASETS_CACHE", None)

ROOT = Path(__file__).resolve().parent.parent
CHECKOUT_FILES = (
    *("pyproject.toml", "dataset_card.md", "builder_script.py", "CHANGELOG.md", "LICENSE"),
    "benchmarks/results/mutants.json",
    "benchmarks/results/gpu.json",
    "benchmarks/results/training.json",
)

QUICK = ("--num-proc", "2", "--verify", "none")
"""Options of a build that is not about verification."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_sessionstart() -> None:
    # A shell ignores Ctrl-C for what it runs in the background, and so would every process that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


def _copy_checkout(folder: Path) -> Path:
    """A copy of the checkout: a build in it writes into its package folder, which must not be the real one."""
    for name in CHECKOUT_FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    ignore = shutil.ignore_patterns("__pycache__", "README.md")
    shutil.copytree(ROOT / "warp_jit_pairs", folder / "warp_jit_pairs", ignore=ignore)
    return folder


def _environment(checkout: Path, home: Path) -> dict[str, str]:
    """Variables under which a process uses a copied checkout and a cache that no other test uses."""
    return os.environ | {"PYTHONPATH": str(checkout), "HF_HOME": str(home), "COLUMNS": "120"}


def _runner(checkout: Path, environment: dict[str, str]) -> Run:
    def run_python(
        *arguments: str, cwd: Path = checkout, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env=environment | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run_python


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copied checkout in which `built` is."""
    return _copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def environment(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of `run`."""
    return _environment(checkout, tmp_path_factory.mktemp("hf"))


@pytest.fixture(scope="session")
def run(checkout: Path, environment: dict[str, str]) -> Run:
    """Run Python with the given arguments beside `built`; builds in here change what is registered."""
    return _runner(checkout, environment)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, dict[str, str]]:
    """Run Python in another copy of the checkout, with another cache, and the variables for that."""
    checkout = _copy_checkout(tmp_path_factory.mktemp("scratch"))
    environment = _environment(checkout, tmp_path_factory.mktemp("scratch_hf"))
    return _runner(checkout, environment), environment


@pytest.fixture(scope="session")
def run_scratch(scratch: tuple[Run, dict[str, str]]) -> Run:
    """Run Python where a build disturbs no other test."""
    return scratch[0]


@pytest.fixture(scope="session")
def built(checkout: Path, run: Run) -> Path:
    """A small finished build of every category, registered with `datasets` in the cache of `environment`."""
    from warp_jit_pairs.grammar import CATEGORIES

    records = str(12 * len(CATEGORIES))
    done = run("builder_script.py", "build", "--num-records", records, *QUICK, "--output", "data_folder")
    assert done.returncode == 0, done.stderr
    return checkout / "data_folder"


# -- a Hub on loopback


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A stand-in of the Hub, and the real client told to be online, to speak plain LFS and not to wait."""
    import huggingface_hub.constants
    import huggingface_hub.utils._http as client

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(client, "time", SimpleNamespace(sleep=lambda seconds: None, time=time.time))
    with serving() as running:
        yield running
    huggingface_hub.close_session()


@pytest.fixture
def repository(hub: Hub) -> Repository:
    """The dataset `org/pairs` on the stand-in, with short patience."""
    from huggingface_hub import HfApi

    from warp_jit_pairs.hub import Repository

    return Repository("org/pairs", HfApi(endpoint=hub.url, token=TOKEN), timeout=0.4, waits=(0.0, 0.0))


def release(folder: Path, version: str, records: int) -> Path:
    """A build of this version with a passing report, as `check DIR` would write it."""
    from warp_jit_pairs import build as build_module
    from warp_jit_pairs.plan import Request

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_module, "DATA_VERSION", version)
        build_module.build(Request(("atomic",), records, seed=0, verify="none"), folder)
    write_report(folder)
    return folder


def write_report(folder: Path, *, quick: bool = False, extra: tuple[CheckResult, ...] = ()) -> None:
    """A report with the real checks of the data, and the suites of the tool chain as if they had run."""
    from warp_jit_pairs.check_result import CheckResult
    from warp_jit_pairs.checks import as_report
    from warp_jit_pairs.folder import checksums
    from warp_jit_pairs.integrity import integrity_checks
    from warp_jit_pairs.manifest import REPORT, read_manifest, write_json

    suites = (CheckResult("kernels: a: b", True, {}), CheckResult("poisson: a: b", True, {}), *extra)
    results = [(result, 0.0) for result in (*integrity_checks(folder), *suites)]
    files = checksums(folder, read_manifest(folder))
    write_json(folder / REPORT, as_report(results, quick=quick, device="cpu", seconds=1.0, files=files))


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 0.1.0 of a small data set, checked."""
    return release(tmp_path_factory.mktemp("first") / "out", "0.1.0", 20)


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 0.2.0: a few rows more."""
    return release(tmp_path_factory.mktemp("second") / "out", "0.2.0", 26)
