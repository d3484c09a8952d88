"""Tables of training runs, from what they left in a folder, and what of them the card shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .data import TESTS
from .measure import table

RESULTS = Path(__file__).parent.parent / "results" / "training.json"

_COLUMNS = {
    "run": "trained on, seed",
    "pairs": "pairs",
    "tokens": "tokens read (M)",
    "last": "bits a byte, last",
    "lowest": "lowest",
    "exact": "exact %",
    "scored": "scored",
    "compiled": "compiled %",
    "passed": "passed %",
    "names": "names %",
    "types": "types %",
    "launch": "launch %",
    "lines": "lines alike %",
}


def report(results: Path) -> str:
    """A table for each test, a row for each run."""
    runs = _runs(results)
    parts = []
    for test in sorted({name for run in runs for name in run["tests"]}):
        rows = [_row(run, run["tests"][test]) for run in runs if test in run["tests"]]
        parts.append(f"{test}\n\n{table(rows, _COLUMNS)}\n")
    return "\n".join(parts)


def _runs(results: Path) -> list[dict[str, Any]]:
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.rglob("*.json"))]
    return [run for run in runs if "settings" in run]


_KEPT = ("exact", "names", "types", "launch", "scored", "compiled", "passed")


def _figures(run: dict[str, Any], test: str) -> dict[str, float]:
    """What is kept of a test; of one that the model was not let write for, the bits alone."""
    bits = [point[test] for point in run["curve"]]
    found = run["tests"].get(test, {})
    return {"last": bits[-1], "lowest": min(bits)} | {name: found[name] for name in _KEPT if name in found}


def write_results(results: Path, date: str) -> None:
    """Keep the figures of all runs there as `benchmarks/results/training.json`, which the card shows."""
    rows = [
        {
            "trained on": run["settings"]["trained_on"],
            "seed": run["settings"]["seed"],
            "seconds": run["settings"]["seconds"],
            "device": run["device"],
            "parameters": run["parameters"],
            "pairs": sum(run["pairs"].values()),
            "tokens": run["tokens"],
            "tests": {test: _figures(run, test) for test in TESTS},
        }
        for run in _runs(results)
    ]
    RESULTS.write_text(json.dumps({"date": date, "runs": rows}, indent=1) + "\n", encoding="utf-8")


def _row(run: dict[str, Any], test: dict[str, float]) -> dict[str, Any]:
    settings = run["settings"]
    row: dict[str, Any] = {
        "run": f"{settings['trained_on']}, {settings['seed']}",
        "pairs": f"{sum(run['pairs'].values()):,}",
        "tokens": f"{run['tokens'] / 1e6:.0f}",
    }
    row |= {name: f"{test[name]:.3f}" for name in ("last", "lowest")}
    row["scored"] = f"{test['scored']:.0f}" if "scored" in test else ""
    return row | {
        name: f"{100 * test[name]:.1f}"
        for name in ("exact", "compiled", "passed", "names", "types", "launch", "lines")
        if name in test
    }
