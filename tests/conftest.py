"""Fixtures: a cache of its own for `datasets`, a copy of the checkout, and the command line in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

# `datasets` and the hub client read these when they are imported, so they are set before any test module is.
_HOME = tempfile.mkdtemp(prefix="warp-jit-pairs-tests-")
os.environ["HF_HOME"] = _HOME
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("HF_DATASETS_CACHE", None)

ROOT = Path(__file__).resolve().parent.parent
CHECKOUT_FILES = (
    *("pyproject.toml", "dataset_card.md", "builder_script.py", "CHANGELOG.md"),
    "benchmarks/results/mutants.json",
)

QUICK = ("--num-proc", "2", "--verify", "none")
"""Options of a build that is not about verification."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


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
