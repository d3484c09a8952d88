"""`warp-jit-pairs score`: what a file of predictions is worth, as pass@k by category, difficulty and level."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from statistics import mean
from typing import Any

import pyarrow.dataset as ds
from rich.console import Console
from rich.table import Table

from .errors import OutputError, UsageError
from .formats import code_of
from .rewards import REWARD_COLUMNS
from .sandbox import require_sandbox
from .scorer import Score, score_batch, unscorable

LEVELS = ("compiled", "runs", "passed", "adjoint")
"""How far a candidate comes; each is counted like pass@k."""

_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answers of a model for one record."""

    id: str
    completions: tuple[str, ...]


def read_predictions(path: Path) -> list[Prediction]:
    """Predictions of a file of JSON lines: `id`, and `completion` or a list `completions`.

    Raises:
        UsageError: the file cannot be read, or a line is something else.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    found: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            texts = row["completions"] if "completions" in row else [row["completion"]]
            if not isinstance(row["id"], str) or not texts or not all(isinstance(text, str) for text in texts):
                raise TypeError
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}, line {number}: not an object with id and completion or completions") from error
        found.setdefault(row["id"], []).extend(texts)
    if not found:
        raise UsageError(f"{path} holds no predictions")
    return [Prediction(name, tuple(texts)) for name, texts in found.items()]


def difficulty(features: Mapping[str, Any]) -> str:
    """How hard a kernel is, by the length and the nesting of its source: easy, medium or hard."""
    size = features["tokens"] * (1 + 0.25 * features["depth"])
    return "easy" if size < 200 else "medium" if size < 600 else "hard"


def pass_at(k: int, right: int, total: int) -> float:
    """The chance that one of `k` answers is right, drawn from `total` of which `right` are (Chen et al. 2021)."""
    return 1.0 - comb(total - right, k) / comb(total, k)


def _rows(folder: Path, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The records of a data set that predictions are about.

    Raises:
        UsageError: the folder holds no parquet files, or lacks a record.
    """
    files = sorted(str(path) for path in folder.rglob("*.parquet"))
    if not files:
        raise UsageError(f"{folder} holds no parquet file: name the folder of a data set with --data")
    columns = [*REWARD_COLUMNS, "category", "features", "source"]
    table = ds.dataset(files).to_table(columns=columns, filter=ds.field("id").isin(list(wanted)))
    rows = {row["id"]: row for row in table.to_pylist()}
    missing = [name for name in wanted if name not in rows]
    if missing:
        raise UsageError(f"{len(missing)} predictions are about no record of {folder}, such as {missing[0]!r}")
    return rows


def score_predictions(
    predictions: Sequence[Prediction], rows: Mapping[str, Mapping[str, Any]], target: str, processes: int
) -> Iterator[Score]:
    """Scores of all answers, in order; records on which nothing can be scored have none."""
    usable = [one for one in predictions if not unscorable(rows[one.id], target)]
    jobs = [(rows[one.id], text) for one in usable for text in one.completions]
    for start in range(0, len(jobs), _TOGETHER):
        part = jobs[start : start + _TOGETHER]
        yield from score_batch([row for row, _ in part], [code_of(text) for _, text in part], target, processes)


def summary(scores: Sequence[Score], rows: Mapping[str, Mapping[str, Any]], ks: Sequence[int]) -> list[dict[str, Any]]:
    """One line for all, each difficulty and each category: records, answers, and pass@k of each level."""
    answers: dict[str, list[Score]] = defaultdict(list)
    for one in scores:
        answers[one.id].append(one)
    groups: dict[tuple[str, str], list[list[Score]]] = defaultdict(list)
    for name, found in answers.items():
        for group in (
            ("", "all"),
            ("difficulty", difficulty(rows[name]["features"])),
            ("category", rows[name]["category"]),
        ):
            groups[group].append(found)
    lines = []
    for (kind, value), records in sorted(groups.items()):
        line: dict[str, Any] = {"by": kind, "group": value, "records": len(records)}
        line["answers"] = sum(map(len, records))
        for level in LEVELS:
            right = [(sum(bool(getattr(one, level)) for one in found), len(found)) for found in records]
            if level == "adjoint" and all(one.adjoint is None for found in records for one in found):
                continue
            for k in ks:
                if all(total >= k for _, total in right):
                    line[f"{level}@{k}"] = mean(pass_at(k, good, total) for good, total in right)
        lines.append(line)
    return lines


def run_score(
    predictions: Path, *, data: Path, target: str, ks: Sequence[int], output: Path | None, processes: int
) -> None:
    """Score a file of predictions and print a table; `output` gets a line for each answer, as CSV.

    Raises:
        UsageError: bad input, or no sandbox.
        OutputError: the table cannot be written.
    """
    if processes < 1 or any(k < 1 for k in ks):
        raise UsageError("--num-proc and --k must be at least 1")
    require_sandbox(False)
    given = read_predictions(predictions)
    rows = _rows(data, [one.id for one in given])
    scores = list(score_predictions(given, rows, target, processes))
    if not scores:
        raise UsageError(f"none of the records has what {target} is scored on")
    console = Console()
    console.print(summary_table(summary(scores, rows, ks)))
    without = sum(bool(unscorable(rows[one.id], target)) for one in given)
    if without:
        print(f"{without} records have nothing to score on and were left out")
    if output is not None:
        _write(output, scores)


def summary_table(lines: Sequence[Mapping[str, Any]], title: str = "predictions") -> Table:
    """The lines of a summary as a table to print."""
    names = list(dict.fromkeys(name for line in lines for name in line))
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in names:
        table.add_column(name, justify="left" if name in ("by", "group") else "right")
    for line in lines:
        cells = [line.get(name, "") for name in names]
        table.add_row(*(f"{100 * cell:.1f} %" if isinstance(cell, float) else str(cell) for cell in cells))
    return table


def _write(path: Path, scores: Sequence[Score]) -> None:
    fields = ("id", "target", *LEVELS, "case", "message")
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(fields)
            writer.writerows([getattr(one, name) for name in fields] for one in scores)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
