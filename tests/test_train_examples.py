"""The examples that train, a few steps each, on a tiny model made on the spot: nothing is downloaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from small_pairs import write_pairs
from test_sandbox import needs_bubblewrap

pytestmark = pytest.mark.slow
pytest.importorskip("trl", reason='the trainers are not installed: pip install ".[examples]"')
pytest.importorskip("torch", reason='the trainers are not installed: pip install ".[examples]"')


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few verified records that `load_dataset` reads."""
    folder = tmp_path_factory.mktemp("pairs")
    write_pairs(folder / "train.parquet")
    return folder


def _run(name: str, pairs: Path, cwd: Path, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "examples" / name), "--dataset", str(pairs), "--output", "out", *arguments]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT), "HF_HOME": str(cwd / "hf")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (cwd / "out" / "model.safetensors").exists()
    return done.stdout


def test_supervised_fine_tuning(pairs: Path, tmp_path: Path) -> None:
    printed = _run("train_sft.py", pairs, tmp_path, "--steps", "2", "--max-length", "2048")
    assert "pairs have at most 2048 tokens" in printed
    assert "'loss'" in printed


@needs_bubblewrap
def test_reward_by_execution(pairs: Path, tmp_path: Path) -> None:
    printed = _run("train_grpo.py", pairs, tmp_path, "--steps", "1", "--answer", "8")
    assert "rewards/execution_of_cpp_forward/mean" in printed
