"""What trained models wrote, by execution: `passed` and `compiled` of each test go into the results of its run.

A test kernel is scored on the record of a build whose Python is the same; those without test cases are left out, and
how many were scored is kept beside the shares.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from warp_jit_pairs.rewards import REWARD_COLUMNS
from warp_jit_pairs.score_command import LEVELS
from warp_jit_pairs.scorer import score_batch, unscorable

from .data import Row, read_rows

TARGET = "cpp_forward"


def _records(builds: Sequence[Path]) -> dict[str, Row]:
    """Records that can be scored on, by their Python."""
    files = sorted(str(path) for build in builds for path in (build / "data").rglob("*.parquet"))
    columns = list(dict.fromkeys([*REWARD_COLUMNS, "python_source", "test_cases"]))
    rows: list[Row] = ds.dataset(files).to_table(columns=columns).to_pylist()
    return {row["python_source"]: row for row in rows if not unscorable(row, TARGET)}


def score_runs(results: Path, folder: Path, builds: Sequence[Path], processes: int) -> None:
    """Score all runs of a folder; `folder` is the one that they were trained from."""
    records = _records(builds)
    for path in sorted(results.glob("*.json")):
        run = json.loads(path.read_text(encoding="utf-8"))
        for test, figures in run["tests"].items():
            known = {row["id"]: records.get(row["python_source"]) for row in read_rows(folder / f"{test}.jsonl.gz")}
            written = _predictions(path.with_name(f"{path.stem}.{test}.jsonl"))
            jobs = [(record, text) for name, text in written if (record := known[name]) is not None]
            if not jobs:  # of none of these builds
                continue
            found = score_batch([record for record, _ in jobs], [text for _, text in jobs], TARGET, processes)
            figures["scored"] = len(found)
            figures |= {level: sum(bool(getattr(one, level)) for one in found) / len(found) for level in LEVELS[:3]}
            print(path.stem, test, json.dumps({name: figures[name] for name in ("scored", *LEVELS[:3])}), flush=True)
            with path.with_name(f"{path.stem}.{test}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(("id", *LEVELS[:3], "message"))
                writer.writerows((one.id, one.compiled, one.runs, one.passed, one.message) for one in found)
            path.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")


def _predictions(path: Path) -> list[tuple[str, str]]:
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["id"], row["completion"]) for row in rows]
