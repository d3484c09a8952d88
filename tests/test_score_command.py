"""`warp-jit-pairs score`: predictions in, pass@k by group out, and bad files refused in one line."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import pyarrow as pa
import pytest
from test_sandbox import needs_bubblewrap

from warp_jit_pairs.cli import main
from warp_jit_pairs.errors import UsageError
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.schema import Record, arrow_schema
from warp_jit_pairs.score_command import difficulty, pass_at, read_predictions
from warp_jit_pairs.shards import write_parquet


@pytest.mark.parametrize(
    ("right", "total", "k", "value"), [(0, 4, 2, 0.0), (4, 4, 1, 1.0), (1, 4, 1, 0.25), (2, 4, 2, 5 / 6)]
)
def test_pass_at_k(right: int, total: int, k: int, value: float) -> None:
    assert pass_at(k, right, total) == pytest.approx(value)


def test_difficulty_grows_with_length_and_nesting() -> None:
    assert difficulty({"tokens": 100, "depth": 0}) == "easy"
    assert difficulty({"tokens": 180, "depth": 1}) == "medium"
    assert difficulty({"tokens": 900, "depth": 0}) == "hard"


@pytest.mark.parametrize("line", ["", "no json", "[]", '{"id": 3, "completion": ""}', '{"id": "a", "completions": []}'])
def test_what_is_no_prediction_is_refused(line: str, tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text(line)
    with pytest.raises(UsageError):
        read_predictions(path)


@needs_bubblewrap
def test_a_file_of_predictions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    specs = [generate_kernel("vector", seed) for seed in (3, 4)]
    records = [one for one in to_records(specs, "execute") if isinstance(one, Record)]
    rows = [dataclasses.asdict(one) for one in records if one.test_cases]
    write_parquet(tmp_path / "test.parquet", pa.Table.from_pylist(rows, schema=arrow_schema()))
    path, table = tmp_path / "predictions.jsonl", tmp_path / "scores.csv"
    answers = [(row["id"], row["cpp_forward"]) for row in rows]
    lines = [{"id": name, "completions": [code, f"```cpp\n{code}```", ""]} for name, code in answers]
    path.write_text("\n".join(map(json.dumps, lines)))
    arguments = ["score", str(path), "--data", str(tmp_path), "--output", str(table), "--k", "1", "2"]
    assert main([*arguments, "--num-proc", "2"]) == 0
    printed = capsys.readouterr().out
    assert "66.7 %" in printed  # two of three answers
    assert "100.0 %" in printed  # of two answers one is always right
    with table.open() as file:
        assert [line["passed"] for line in csv.DictReader(file)] == ["True", "True", "False"] * len(rows)
    path.write_text(json.dumps({"id": "nobody", "completion": ""}))
    assert main(arguments) == 2
    assert "'nobody'" in capsys.readouterr().err
