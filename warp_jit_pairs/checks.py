"""`warp-jit-pairs check`: runs every build-time check, shows a table, and writes a report.

The kernel validation suite is `suite.py`'s, the Poisson validation `poisson_validation.py`'s and the integrity of a
build's files and rows `integrity.py`'s; here they are run one after the other, counted, timed and reported. The report
of a build names the sha256 of every file that would be published: it says nothing about any other bytes.
"""

from __future__ import annotations

import datetime
import functools
import importlib.metadata
import itertools
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from . import integrity_files, integrity_rows  # noqa: F401  they register their checks
from .check_result import CheckResult, Figure
from .errors import OutputError
from .folder import checksums
from .integrity import integrity_checks, integrity_names
from .manifest import read_manifest
from .poisson import PoissonSolver, known_device
from .poisson_validation import CASES, QUICK_CASES, Case, planned, run_poisson_checks
from .quiet import quiet_warp
from .suite import run_suite
from .suite_kernels import CHECKS as KERNELS
from .version import DATA_VERSION, __version__
from .warp_version import warp_version
from .workers import Workers

Timed = tuple[CheckResult, float]
"""A result and the seconds it took."""

QUICK_KINDS = frozenset({"arithmetic", "vector", "matrix", "control_flow", "loops", "math", "atomic"})
"""The kinds of kernels that a quick run takes."""

Parts = dict[str, Callable[[], Iterator[Timed]]]

PROCESSES = 2
"""Processes of a full run; the few checks of a quick one are done before a second process has started."""


def parts(*, quick: bool, device: str, folder: Path | None, workers: Workers) -> Parts:
    """The suites of checks by name, each a function that gives results as they come."""
    data: Parts = {}
    if folder is not None:
        data[f"data in {folder} ({len(integrity_names())} checks)"] = lambda: timed(integrity_checks(folder))
    kinds = {kernel.kind for kernel in KERNELS}
    kernels = [(device, kind) for kind in sorted(kinds & QUICK_KINDS if quick else kinds)]
    cases = [(device, case) for case in reversed(QUICK_CASES if quick else CASES)]  # those that take longest first
    return data | {
        "kernels": lambda: itertools.chain.from_iterable(workers.map(kernel_checks, kernels)),
        f"Poisson solver ({len(planned(quick))} checks)": lambda: itertools.chain.from_iterable(
            workers.map(poisson_checks, cases)
        ),
    }


def kernel_checks(task: tuple[str, str]) -> list[Timed]:
    """The kernel validation suite on a device: one kind."""
    with quiet_warp():
        return list(timed(_of_suite(*task)))


def _of_suite(device: str, kind: str) -> Iterator[CheckResult]:
    for found in run_suite("cuda" if device.startswith("cuda") else "cpu", [kind]):
        name = f"kernels: {kind}: {found.name}, {found.way}, {found.direction}"
        yield CheckResult(name, found.passed, {"error": found.error}, found.detail)


def poisson_checks(task: tuple[str, Case]) -> list[Timed]:
    """The Poisson validation on a device: one element, whose checks share compiled kernels."""
    device, case = task
    with quiet_warp():
        return list(timed(run_poisson_checks(functools.partial(PoissonSolver, device=device), [case])))


def run_checks(*, quick: bool, device: str, report: Path, folder: Path | None = None) -> int:
    """Run every check with a progress line, print a table, write the report; 0 if none failed, else 1.

    With the folder of a build, its files and rows are checked too, and the report holds for these files.

    Raises:
        UsageError: Warp has no such device here.
        OutputError: the report cannot be written, or the folder holds no finished build.
    """
    console = Console()
    start = time.monotonic()
    files = None if folder is None else checksums(folder, read_manifest(folder))
    with quiet_warp(), Workers(0 if quick else min(PROCESSES, os.cpu_count() or 1)) as workers:
        device = known_device(device)
        _write(report, "")  # before the work, so that a wrong path costs no minute
        suites = parts(quick=quick, device=device, folder=folder, workers=workers)
        results = list(_with_progress(suites, console))
    seconds = time.monotonic() - start
    content = as_report(results, quick=quick, device=device, seconds=seconds, files=files)
    _write(report, json.dumps(content, indent=1, allow_nan=False) + "\n")
    console.print(table(results))
    failed = [result for result, _ in results if result.passed is False]
    console.print(f"{len(results)} checks in {seconds:.0f} s, {len(failed)} failed; report: {report}", soft_wrap=True)
    for result in failed:
        print(f"warp-jit-pairs: check failed: {result.name}: {result.detail}", file=sys.stderr)
    return 1 if failed else 0


def _with_progress(suites: Parts, console: Console) -> Iterator[Timed]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        for title, run in suites.items():
            task = progress.add_task(title, total=None)
            for result in run():
                progress.update(task, description=f"{title}: {result[0].name}")
                yield result
            progress.remove_task(task)


def timed(results: Iterator[CheckResult]) -> Iterator[Timed]:
    """Each result with the seconds that it took to come."""
    while True:
        start = time.monotonic()
        result = next(results, None)
        if result is None:
            return
        yield result, time.monotonic() - start


def as_report(
    results: Sequence[Timed], *, quick: bool, device: str, seconds: float, files: dict[str, str] | None = None
) -> dict[str, Any]:
    """The report as data: what was run, with which versions, where and when, and each check with its figures.

    `files` has the sha256 of each file of the build that was checked.
    """
    versions = {"warp_jit_pairs": __version__, "data": DATA_VERSION, "python": platform.python_version()}
    versions |= {"warp-lang": warp_version(), "numpy": importlib.metadata.version("numpy")}
    return {
        "passed": all(result.passed is not False for result, _ in results),
        "quick": quick,
        "device": device,
        "machine": platform.machine(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "versions": versions,
        "checks": [
            {
                "name": result.name,
                "passed": result.passed,
                "figures": {name: _finite(figure) for name, figure in result.figures.items()},
                "detail": result.detail,
                "seconds": round(took, 2),
            }
            for result, took in results
        ],
        **({} if files is None else {"files": files}),
    }


def _finite(figure: Figure) -> Figure:
    """JSON has no infinity."""
    return str(figure) if isinstance(figure, float) and not math.isfinite(figure) else figure


def table(results: Sequence[Timed]) -> Table:
    """One row for the checks of a kind: how many passed, and the worst of the figure that each judges by."""
    shown = Table("check", "passed", "failed", "not run", "worst", "seconds", title="Build-time checks")
    ordered = sorted(results, key=lambda result: _kind(result[0]))
    for kind, group in itertools.groupby(ordered, lambda result: _kind(result[0])):
        members = list(group)
        states = [result.passed for result, _ in members]
        shown.add_row(
            kind,
            str(states.count(True)),
            f"[bold red]{states.count(False)}[/]" if False in states else "0",
            str(states.count(None)),
            _worst([result for result, _ in members]),
            f"{sum(took for _, took in members):.1f}",
        )
    return shown


def _kind(result: CheckResult) -> str:
    """The name without its last part, which says what the check was run on."""
    return result.name.rpartition(": ")[0] or result.name


def _worst(results: Sequence[CheckResult]) -> str:
    """The largest of the first figures, where they are numbers."""
    first = [next(iter(result.figures.items()), ("", "")) for result in results]
    numbers = [(value, name) for name, value in first if isinstance(value, int | float)]
    if not numbers:
        return ""
    value, name = max(numbers)
    return f"{name} {value:.2g}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write the report {path}: {error.strerror}") from error
