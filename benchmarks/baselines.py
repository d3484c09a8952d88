"""What simple baselines score on the evaluation set, by execution: Python to the C++ of the forward pass.

    python -m benchmarks.baselines EVALUATION TRAIN [TRAIN ...] [--num-proc P]

All are finished builds: EVALUATION of the category `evaluation`, TRAIN of any others, of which the train splits are
taken. Baselines: "copy" answers with the Python itself; "nearest" with the C++ of the training kernel whose Python
shares most of its 5-token shingles (user names blanked), under the name that is asked for; "own code", the record's own
answer, is the upper bound and has to pass wholly. Writes `benchmarks/results/baselines.json` and prints pass@1 for all,
each difficulty and each category. `warp-jit-pairs score --data EVALUATION` scores a model's answers in the same way.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
from rich.console import Console

from warp_jit_pairs.identity import jaccard, shingles
from warp_jit_pairs.manifest import read_manifest
from warp_jit_pairs.rewards import REWARD_COLUMNS
from warp_jit_pairs.score_command import summary, summary_table
from warp_jit_pairs.scorer import score_batch

from .machine import load, machine

RESULTS = Path(__file__).parent / "results" / "baselines.json"
TARGET = "cpp_forward"

Row = dict[str, Any]


def _rows(folder: Path, split: str, columns: Sequence[str]) -> list[Row]:
    files = sorted(str(path) for path in (folder / "data").rglob(f"{split}-*.parquet"))
    rows: list[Row] = ds.dataset(files).to_table(columns=list(columns)).to_pylist()
    return rows


def renamed(code: str, old: str, new: str) -> str:
    """Code with the name of its kernel replaced, which Warp repeats in every name that it makes of it."""
    return re.sub(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])", new, code)


def nearest(tests: Sequence[Row], train: Sequence[Row]) -> list[tuple[str, float]]:
    """For each test the code of the training kernel most like it, and how much that is."""
    known = [shingles(row["python_source"]) for row in train]
    found = []
    for row in tests:
        own = shingles(row["python_source"])
        alike = [jaccard(own, other) for other in known]
        best = int(np.argmax(alike))
        names = train[best]["metadata"]["kernel_name"], row["metadata"]["kernel_name"]
        found.append((renamed(train[best][TARGET], *names), alike[best]))
    return found


def main() -> None:
    """Answer, score, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("train", type=Path, nargs="+")
    parser.add_argument("--num-proc", type=int, default=2)
    options = parser.parse_args()
    columns = list(dict.fromkeys([*REWARD_COLUMNS, "category", "features", "python_source", "metadata"]))
    tests = [row for row in _rows(options.evaluation, "test", columns) if row["test_cases"]]
    columns = ["python_source", "cpp_forward", "metadata"]
    train = [row for folder in options.train for row in _rows(folder, "train", columns)]
    near = nearest(tests, train)
    # A copy is no text that may share a sandbox: those take the longest.
    answers = {
        "nearest": [code for code, _ in near],
        "own code": [row[TARGET] for row in tests],
        "copy": [row["python_source"] for row in tests],
    }
    rows = {row["id"]: row for row in tests}
    content: dict[str, Any] = {
        **machine(),
        "load": load(),
        "data version": read_manifest(options.evaluation).data_version,
        "train": [read_manifest(folder).command for folder in options.train],
        "train kernels": len(train),
        "kernels": len(tests),
        "likeness of the nearest, median": float(np.median([alike for _, alike in near])),
        "baselines": {},
    }
    for name, texts in answers.items():
        content["baselines"][name] = summary(score_batch(tests, texts, TARGET, options.num_proc), rows, (1,))
        Console().print(summary_table(content["baselines"][name], name))
        RESULTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
