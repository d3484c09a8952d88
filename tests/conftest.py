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
CHECKOUT_FILES = ("pyproject.toml", "dataset_card.md", "builder_script.py")

QUICK = ("--num-proc", "2", "--verify", "none")
"""Options of a build that is not about verification."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_sessionfinish() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout: a build in it writes into its package folder, which must not be the real one."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in CHECKOUT_FILES:
        shutil.copy(ROOT / name, folder / name)
    ignore = shutil.ignore_patterns("__pycache__", "README.md")
    shutil.copytree(ROOT / "warp_jit_pairs", folder / "warp_jit_pairs", ignore=ignore)
    return folder


@pytest.fixture(scope="session")
def environment(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables under which a process uses the copied checkout and a cache that no other test uses."""
    home = tmp_path_factory.mktemp("hf")
    return os.environ | {"PYTHONPATH": str(checkout), "HF_HOME": str(home), "COLUMNS": "120"}


@pytest.fixture(scope="session")
def run(checkout: Path, environment: dict[str, str]) -> Run:
    """Run Python with the given arguments in the copied checkout and return the finished process."""

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
def built(checkout: Path, run: Run) -> Path:
    """A small finished build of every category, registered with `datasets` in the cache of `environment`."""
    from warp_jit_pairs.grammar import CATEGORIES

    records = str(12 * len(CATEGORIES))
    done = run("builder_script.py", "build", "--num-records", records, *QUICK, "--output", "data_folder")
    assert done.returncode == 0, done.stderr
    return checkout / "data_folder"
