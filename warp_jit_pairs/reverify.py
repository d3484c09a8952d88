"""`warp-jit-pairs verify`: proves a finished data set again, from its stored columns alone.

The stored C++ is compiled and launched on the stored inputs, in the sandbox (`sandbox.py`, `replay.py`); the expected
outputs stay on this side, where the answers are compared with them. Neither the rows' Python nor a fresh reference is
run: that is what a build does.
"""

from __future__ import annotations

import base64
import functools
import json
import pickle
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from .compile import Unit
from .engines import Engine
from .errors import OutputError, UsageError
from .execute import Limits
from .manifest import Manifest, read_manifest
from .replay import ReplayRow, worker_command
from .sandbox import MEBIBYTE, SandboxLimits, require_sandbox, run_sandboxed
from .schema import arrow_schema
from .stored import compare_case, read_array

Row = Mapping[str, Any]

BATCH = 16
"""Rows that share a sandbox; of a batch whose sandbox dies, or in which one fails, rows get one of their own."""

LAUNCH = Limits(seconds=5.0, memory=1024 * MEBIBYTE)
_COLUMNS = (
    *("id", "category", "args", "support_cpp", "cpp_forward", "cpp_backward"),
    *("metadata", "test_cases", "verification"),
)
_STATES = {
    "compiled": ("passed", "unsupported", "not run"),
    "executed": ("passed", "unsupported", "not run"),
    "gradient": ("passed", "unsupported", "not run"),
    "cuda": ("passed", "failed", "not run"),
}
_SHOWN = 20
"""Failures that are told with their reason; of the others the id is enough."""


@dataclass(frozen=True, slots=True)
class Reverified:
    """What became of one row: "passed", "failed" or "without cases"."""

    id: str
    category: str
    state: str
    reason: str = ""


# -- one row


def claims_fault(row: Row) -> str:
    """What is contradictory in a row's own verification columns, or nothing."""
    claims = row["verification"]
    for name, states in _STATES.items():
        if claims[name] not in states:
            return f"verification says {name} {claims[name]}"
    if claims["executed"] == "passed" and not row["test_cases"]:
        return "verification says executed, and no test case is stored"
    if claims["executed"] != "passed" and row["test_cases"]:
        return f"test cases are stored, and verification says executed {claims['executed']}"
    if claims["executed"] == "passed" and claims["compiled"] != "passed":
        return f"verification says executed, and compiled {claims['compiled']}"
    if claims["cuda"] != "not run" and claims["executed"] != "passed":
        return f"verification says cuda {claims['cuda']}, and executed {claims['executed']}"
    if claims["gradient"] == "passed" and (claims["executed"] != "passed" or not row["cpp_backward"]):
        return "verification says gradient passed without an executed adjoint"
    return ""


def replay_row(row: Row) -> ReplayRow:
    """A stored row as what the sandbox is given: no expected output is in it."""
    unit = Unit(row["metadata"]["kernel_name"], row["support_cpp"], row["cpp_forward"], row["cpp_backward"])
    ndims = {argument["name"]: argument["ndim"] for argument in row["args"]}
    cases = [
        (tuple(case["dim"]), {array["name"]: _owned(read_array(array)) for array in case["inputs"]})
        for case in row["test_cases"]
    ]
    return ReplayRow(unit, ndims, cases)


def _owned(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.array(data, data.dtype.newbyteorder("="))


def _judged(row: Row, answer: Mapping[str, Any]) -> Reverified:
    """The verdict on a row from what its sandbox told; raises KeyError, TypeError or ValueError for nonsense."""
    told = "reason" in answer
    reason = str(answer["reason"]) if told else ""
    if not reason and len(answer["cases"]) != len(row["test_cases"]):
        reason = "not every case has an answer"
    for case, given in zip(row["test_cases"], () if told else answer["cases"], strict=False):
        if reason:
            break
        reason = str(given.get("reason", ""))
        if not reason:
            reason = compare_case(case, {name: base64.b64decode(data) for name, data in given["outputs"].items()})
        reason = f"case {case['seed']}: {reason}" if reason else ""
    if reason:
        return Reverified(row["id"], row["category"], "failed", printable(reason))
    return Reverified(row["id"], row["category"], "passed" if row["test_cases"] else "without cases")


def printable(text: str) -> str:
    """Foreign text on one line of the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)[:200]


# -- many rows


def reverify_rows(rows: Sequence[Row], trust: bool) -> list[Reverified]:
    """Replay rows together in one sandbox; those that do not pass there are tried again alone.

    Raises:
        UsageError: there is no sandbox, and `trust` is not set.
    """
    faults = {place: fault for place, row in enumerate(rows) if (fault := claims_fault(row))}
    sound = [place for place in range(len(rows)) if place not in faults]
    found = {place: _failed(rows[place], fault) for place, fault in faults.items()}
    for place, result in zip(sound, _together([rows[place] for place in sound], trust), strict=True):
        if result.state == "failed" and len(sound) > 1:
            (result,) = _together([rows[place]], trust)
        found[place] = result
    return [found[place] for place in range(len(rows))]


def _together(rows: Sequence[Row], trust: bool) -> list[Reverified]:
    """One sandbox for all; without a usable answer from it every row fails with the reason."""
    if not rows:
        return []
    command, readable = worker_command()
    limits = SandboxLimits(wall_seconds=30.0 + 6.0 * len(rows), cpu_seconds=30 + 6 * len(rows))
    try:
        job = pickle.dumps(([replay_row(row) for row in rows], LAUNCH))
    except (ValueError, KeyError) as error:
        return [_failed(row, f"test cases cannot be read: {error}") for row in rows]
    finished = run_sandboxed(command, stdin=job, limits=limits, readable=readable, trust=trust)
    if finished.reason:
        return [_failed(row, f"its sandbox: {finished.reason}") for row in rows]
    try:
        answers = json.loads(finished.stdout)
        return [_judged(row, answer) for row, answer in zip(rows, answers, strict=True)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [_failed(row, "its sandbox gave no proper answer") for row in rows]


def _failed(row: Row, reason: str) -> Reverified:
    return Reverified(row["id"], row["category"], "failed", printable(reason))


# -- a data set


def _files(folder: Path, manifest: Manifest) -> list[Path]:
    """The parquet files of a build.

    Raises:
        OutputError: one is missing, or has other columns.
    """
    files = []
    for shard in manifest.shards:
        if not re.fullmatch(r"\w[\w-]*(/\w[\w-]*)*", str(shard["name"])):
            raise OutputError(f"{folder} names a shard that is no plain name")
        path = folder / "data" / f"{shard['name']}.parquet"
        if not path.is_file():
            raise OutputError(f"{path} is missing: the build is not whole")
        found, wanted = pq.read_schema(path), arrow_schema()
        for name in _COLUMNS:
            if name not in found.names or found.field(name).type != wanted.field(name).type:
                raise OutputError(f"{path} has no column {name} as this version knows it")
        files.append(path)
    return files


def _batches(files: Sequence[Path]) -> Iterator[list[Row]]:
    """The rows of all files, `BATCH` at a time; a file may hold few."""
    waiting: list[Row] = []
    for path in files:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=BATCH, columns=list(_COLUMNS)):
            waiting += batch.to_pylist()
            while len(waiting) >= BATCH:
                yield waiting[:BATCH]
                del waiting[:BATCH]
    if waiting:
        yield waiting


def reverify(folder: Path, *, trust: bool, processes: int) -> Iterator[list[Reverified]]:
    """Verify a finished build again, some rows at a time, in the order of its files.

    Raises:
        UsageError: there is no finished build, or no sandbox and `trust` is not set.
    """
    files = _files(folder, read_manifest(folder))
    require_sandbox(trust)
    with ThreadPoolExecutor(processes) as pool:
        waiting: list[Any] = []
        try:
            for rows in _batches(files):
                waiting.append(pool.submit(reverify_rows, rows, trust))
                if len(waiting) > 2 * processes:
                    yield waiting.pop(0).result()
            for future in waiting:
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def reverify_on(engine: Engine, folder: Path, *, trust: bool) -> Iterator[list[Reverified]]:
    """The same, a file at a time, on the machines of an engine; each of them needs a sandbox, or `trust`."""
    files = _files(folder.absolute(), read_manifest(folder))
    with engine:
        yield from engine.map(functools.partial(_reverify_file, trust), files)


def _reverify_file(trust: bool, path: Path) -> list[Reverified]:
    require_sandbox(trust)
    return [result for rows in _batches([path]) for result in reverify_rows(rows, trust)]


def run_verify(folder: Path, *, trust: bool, processes: int, engine: Engine | None = None) -> int:
    """Verify a finished build again, print what was found, and return the exit code: 0, or 1 if a row fails.

    The work is done by `processes` threads, each waiting for a sandbox, or on an engine.

    Raises:
        UsageError: bad input, no finished build, or no sandbox and `trust` is not set.
    """
    if processes < 1:
        raise UsageError(f"--num-proc must be at least 1, not {processes}")
    total = read_manifest(folder).rows()
    counts: Counter[tuple[str, str]] = Counter()
    failures: list[Reverified] = []
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TextColumn("records"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        found = (
            reverify_on(engine, folder, trust=trust) if engine else reverify(folder, trust=trust, processes=processes)
        )
        for results in found:
            for result in results:
                counts[result.category, result.state] += 1
                failures += [result] if result.state == "failed" else []
            progress.advance(task, len(results))
    console = Console()
    console.print(_table(counts))
    for place, failure in enumerate(failures):
        reason = f" ({printable(failure.category)}): {failure.reason}" if place < _SHOWN else ""
        print(f"failed: {printable(failure.id)}{reason}")
    if sum(counts.values()) != total:
        print(f"failed: the manifest tells of {total:,} records, the files hold {sum(counts.values()):,}")
        return 1
    return 1 if failures else 0


def _table(counts: Mapping[tuple[str, str], int]) -> Table:
    table = Table(title="records", title_justify="left", title_style="bold")
    states = ("passed", "failed", "without cases")
    for name in ("category", *states):
        table.add_column(name, justify="left" if name == "category" else "right")
    for category in sorted({category for category, _ in counts}):
        table.add_row(printable(category), *(f"{counts.get((category, state), 0):,}" for state in states))
    table.add_section()
    table.add_row("all", *(f"{sum(n for (_, s), n in counts.items() if s == state):,}" for state in states))
    return table
