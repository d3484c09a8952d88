"""The examples, run as their docstrings say, on a small build."""

import json
from pathlib import Path

from conftest import ROOT, Run

EXAMPLE = str(ROOT / "examples" / "stream_tokenize.py")


def _blocks(run: Run, cwd: Path, blocks: int, name: str) -> list[list[int]]:
    """Encode so many blocks more and return all that were encoded under this name."""
    arguments = ("--length", "256", "--vocabulary", "600", "--blocks", str(blocks))
    done = run(EXAMPLE, *arguments, "--state", f"{name}.json", "--output", f"{name}.jsonl", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (cwd / f"{name}.jsonl").read_text().splitlines()]


def test_blocks_have_one_length_and_resume_exactly(built: Path, run: Run, tmp_path: Path) -> None:
    assert built.exists()
    through = _blocks(run, tmp_path, 12, "one")
    assert len(through) == 12
    assert {len(block) for block in through} == {256}
    _blocks(run, tmp_path, 5, "two")
    assert _blocks(run, tmp_path, 7, "two") == through


def test_it_prints_a_pair(built: Path, run: Run, tmp_path: Path) -> None:
    done = run(EXAMPLE, "--blocks", "3", "--dataset", str(built), "--configuration", "math", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "<python>import warp as wp" in done.stdout
    assert "3 blocks of 1024 tokens" in done.stdout
