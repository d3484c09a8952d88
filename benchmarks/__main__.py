"""Speed of the whole package, as ratios measured in one session.

    python -m benchmarks [--quick | --scale X] [--only PART ...] [--write]

Parts: (a) the pipeline against bare Warp's code generation on the same kernels, with (d) the share of each stage;
(b) the way in which such pairs were made before; (c) each level of records against the sum of its bare parts, and two
processes against one; (e) peak memory, of which the largest build takes most of an hour; (f) streaming. `--write` keeps
the figures with date and class of machine in `benchmarks/results/speed.json` and brings the README's table up to date;
a part that was not run keeps its figures. `--quick` runs everything with little, `--scale` multiplies the numbers of
programs of a full run.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import memory, origin, scaling, stages, streaming
from .machine import load, machine
from .speed_table import RESULTS, table, write_readme


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything is measured."""

    pipeline: int
    levels: int
    origin: int
    tasks: int
    memory: tuple[int, ...]
    stream: int
    rounds: int

    def scaled(self, factor: float) -> Size:
        """So much of the programs that the pipeline, the levels, the old way and streaming get."""
        counts = {
            name: max(10, round(factor * getattr(self, name))) for name in ("pipeline", "levels", "origin", "stream")
        }
        return replace(self, **counts)


FULL = Size(pipeline=960, levels=96, origin=80, tasks=6, memory=(1000, 10_000, 100_000), stream=1050, rounds=5)
QUICK = Size(pipeline=64, levels=16, origin=20, tasks=2, memory=(100,), stream=64, rounds=2)


def _origin(size: Size) -> dict[str, Any]:
    # One file per ten kernels: those of one category, whose names may meet, do not share one.
    specs = stages.programs_of(size.origin, 0)
    sources = [spec["source"] for spec in specs]
    return {f"builder of the {builder}": origin.against_origin(sources, builder) for builder in ("module", "kernel")}


def _levels(size: Size) -> dict[str, Any]:
    specs = stages.programs_of(size.levels, 0)
    stages.warm_up()
    return {name: stages.level_against_bare(name, specs) for name in stages.LEVELS}


PARTS: dict[str, tuple[str, Callable[[Size], dict[str, Any]]]] = {
    "a": ("pipeline against bare codegen", lambda size: {"records": stages.against_bare(size.pipeline, 0)}),
    "b": ("the way before this package", _origin),
    "c": ("levels against their bare parts", _levels),
    "g": (
        "two processes against one",
        lambda size: {
            name: scaling.gain(name, size.tasks, 7, 1 + size.rounds // 4) for name in ("unverified", "with gradient")
        },
    ),
    "e": ("peak memory", lambda size: {f"{count:,} records": memory.peak_of(count) for count in size.memory}),
    "f": ("streaming", lambda size: streaming.against_plain(size.stream, 0, size.rounds)),
}


def main() -> None:
    """Measure, print, and keep the figures if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="run everything with little")
    parser.add_argument("--scale", type=float, default=1.0, help="times the programs of a full run")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="keep the figures and the README's table")
    options = parser.parse_args()
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for part in options.only:
        title, measure = PARTS[part]
        begun = load()
        figures = measure(QUICK if options.quick else FULL.scaled(options.scale))
        print(f"({part}) {title}", json.dumps(_rounded(figures), indent=1), sep="\n", flush=True)
        results[part] = {
            "title": title,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "quick": options.quick,
            "load before": begun,
            "figures": _rounded(figures),
        }
    results["machine"] = machine()
    print(table(results))
    if options.write:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        write_readme(Path("README.md"), results)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return float(f"{value:.3g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
