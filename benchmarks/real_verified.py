"""How far the kernels of a build that people wrote are proven, by package, and why no further.

    python -m benchmarks.real_verified DIR [--show PATTERN] [--write]

DIR is a finished build with category `real`, `fem`, or both. Nothing is known of their arguments but types, so inputs
are guessed (`guess.py`), and each kernel is taken as far as it goes. "gradient": outputs and adjoint agree with the
reference; "executed": outputs do, and no claim is made about the adjoint; "compiled": no claim about outputs;
"extracted": clang refuses the code. Kernels that repeat another, and those of which Warp generates no code, are no rows
and are counted below the table. A row whose reason has PATTERN in it is listed. `--write` keeps the counts in
`benchmarks/results/real_verified.json`.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from warp_jit_pairs.manifest import read_manifest

from .machine import machine

COLUMNS = ("rows", "gradient", "executed", "compiled", "extracted")
RESULTS = Path(__file__).with_name("results") / "real_verified.json"

Counts = dict[str, Counter[str]]


def column(verification: Mapping[str, Any]) -> str:
    """The column in which a row counts."""
    for level, name in (("gradient", "gradient"), ("executed", "executed"), ("compiled", "compiled")):
        if verification[level] == "passed":
            return name
    return "extracted"


def counted(rows: Iterable[Mapping[str, Any]], show: str | None = None) -> tuple[Counts, Counter[str]]:
    """Counts by package, and reasons."""
    counts: Counts = {}
    reasons: Counter[str] = Counter()
    for row in rows:
        place, text = column(row["verification"]), row["verification"]["reason"]
        counts.setdefault(row["origin"]["package"], Counter()).update(["rows", place])
        if text:
            reasons[f"{place}: {text.partition(': ')[0]}"] += 1
            if show is not None and show in text:
                print(f"{text}: {row['source']} {row['metadata']['kernel_name']}")
    return dict(sorted(counts.items())), reasons


def table(counts: Mapping[str, Counter[str]]) -> str:
    """The counts by package, with the share that was executed and agreed."""
    lines = ["| package | " + " | ".join(COLUMNS) + " | executed and agreed |", "|---|" + "--:|" * (len(COLUMNS) + 1)]
    for name, row in [*counts.items(), ("all", sum(counts.values(), Counter[str]()))]:
        share = f"{100.0 * (row['gradient'] + row['executed']) / row['rows']:.1f} %" if row["rows"] else "-"
        lines.append(f"| {name} | {' | '.join(str(row[c]) for c in COLUMNS)} | {share} |")
    return "\n".join(lines)


def main() -> None:
    """Count, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", default=None)
    parser.add_argument("--write", action="store_true", help="keep the counts")
    options = parser.parse_args()
    manifest = read_manifest(options.folder)
    files = sorted(str(path) for path in (options.folder / "data").rglob("*.parquet"))
    columns = ["source", "origin", "verification", "metadata"]
    rows = ds.dataset(files).to_table(columns=columns, filter=~ds.field("origin").is_null()).to_pylist()
    counts, reasons = counted(rows, options.show)
    print(f"{table(counts)}\n\n| why no further | rows |\n|---|--:|")
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        print(f"| {reason} | {count} |")
    print(f"\n{manifest.funnel_and_drops()}")
    if options.write:
        content = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": machine(),
            "command": manifest.command,
            "counts": counts,
            "reasons": dict(sorted(reasons.items())),
            "programs": manifest.funnel_and_drops(),
        }
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
