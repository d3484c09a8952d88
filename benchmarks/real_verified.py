"""How much of the kernels that people wrote the oracle can judge, by package, and why the rest is not.

    python -m benchmarks.real_verified [--packages P ...] [--part I/N] [--processes P] [--seed S] [--show PATTERN]
        [--write]

The kernels come from `harvest`, which imports the packages; nothing is known of their arguments but types, so inputs
are guessed (`guess.py`), and each kernel is taken as far as it goes, as in a build. "gradient": outputs and adjoint
agree with the reference; "executed": outputs do, and no claim is made about the adjoint; "compiled": no claim about
outputs; "extracted": clang refuses the code; "no code": Warp generates none. A part takes every N-th kernel from the
I-th on; `--write` keeps its counts in `benchmarks/results/real_verified.json` beside those of the other parts, and
prints what they add up to. A kernel whose reason has PATTERN in it is listed.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from warp_jit_pairs.compile import Unit
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.harvest import BLOCK_DIM, DEFAULT_PACKAGES, Harvested, harvest
from warp_jit_pairs.quiet import quiet_warp
from warp_jit_pairs.verify import Verdict, VerifyItem
from warp_jit_pairs.verify_harvested import verify_all
from warp_jit_pairs.workers import Workers

from .machine import machine

BATCH = 16
COLUMNS = ("kernels", "gradient", "executed", "compiled", "extracted", "no code")
RESULTS = Path(__file__).with_name("results") / "real_verified.json"

Found = tuple[str, str, str, str]
"""Package, column, reason (empty: proven whole) and what `--show` prints of one kernel."""


def judged(seed: int, kernels: Sequence[Harvested]) -> list[Found]:
    """What the oracle makes of each kernel; runs in a worker."""
    with quiet_warp():
        codes = extract_batch([one.python_source for one in kernels], [one.block_dim or BLOCK_DIM for one in kernels])
    items = [
        VerifyItem(
            one.python_source, Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward), seed
        )
        for one, code in zip(kernels, codes, strict=True)
        if isinstance(code, Extracted)
    ]
    with Executor() as executor:
        results = iter(verify_all(items, "gradient", executor, None))
    return [
        _found(one, next(results) if isinstance(code, Extracted) else code)
        for one, code in zip(kernels, codes, strict=True)
    ]


def _found(kernel: Harvested, result: Verdict | Rejected) -> Found:
    place = column(result)
    text = str(result) if isinstance(result, Rejected) else result.reason
    return (
        kernel.package,
        place,
        f"{place}: {text.partition(': ')[0]}" if text else "",
        f"{text}: {kernel.origin} {kernel.name}",
    )


def column(result: Verdict | Rejected) -> str:
    """The column in which a result counts."""
    if isinstance(result, Rejected):
        return "no code"
    for level, name in (("gradient", "gradient"), ("executed", "executed"), ("compiled", "compiled")):
        if getattr(result, level) == "passed":
            return name
    return "extracted"


def summed(parts: Sequence[dict[str, Any]]) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Counts by package, and reasons, of all parts together."""
    counts: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    for part in parts:
        for package, row in part["counts"].items():
            counts.setdefault(package, Counter()).update(row)
        reasons.update(part["reasons"])
    return counts, reasons


def table(counts: dict[str, Counter[str]]) -> str:
    """The counts by package, with the share that was executed and agreed."""
    lines = ["| package | " + " | ".join(COLUMNS) + " | executed and agreed |", "|---|" + "--:|" * (len(COLUMNS) + 1)]
    for name, row in [*counts.items(), ("all", sum(counts.values(), Counter[str]()))]:
        agreed = row["gradient"] + row["executed"]
        share = f"{100.0 * agreed / row['kernels']:.1f} %" if row["kernels"] else "-"
        lines.append(f"| {name} | {' | '.join(str(row[c]) for c in COLUMNS)} | {share} |")
    return "\n".join(lines)


def report(parts: Sequence[dict[str, Any]]) -> None:
    """Print the tables of some parts together."""
    counts, reasons = summed(parts)
    print(f"{table(counts)}\n\n| why not further | kernels |\n|---|--:|")
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        print(f"| {reason} | {count} |")


def measure(
    packages: Sequence[str], part: tuple[int, int], seed: int, processes: int, show: str | None
) -> dict[str, Any]:
    """Judge every so-manieth kernel of the packages."""
    start = time.monotonic()
    kernels = harvest(packages).kernels[part[0] - 1 :: part[1]]
    tasks = [kernels[first : first + BATCH] for first in range(0, len(kernels), BATCH)]
    counts: dict[str, Counter[str]] = {package: Counter() for package in packages}
    reasons: Counter[str] = Counter()
    with Workers(processes) as workers:
        for found in workers.map(functools.partial(judged, seed), tasks):
            for package, place, reason, text in found:
                counts[package].update(["kernels", place])
                reasons.update([reason] if reason else [])
                if show is not None and show in reason:
                    print(text, flush=True)
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seconds": round(time.monotonic() - start),
        "machine": machine(),
        "counts": counts,
        "reasons": dict(sorted(reasons.items())),
    }


def _part(text: str) -> tuple[int, int]:
    index, _, number = text.partition("/")
    if not (index.isdigit() and number.isdigit() and 1 <= int(index) <= int(number)):
        raise argparse.ArgumentTypeError(f"{text!r} is no part such as 1/4")
    return int(index), int(number)


def main() -> None:
    """Judge the packages' kernels, or a part of them, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", nargs="*", default=list(DEFAULT_PACKAGES))
    parser.add_argument("--part", type=_part, default=(1, 1), metavar="I/N")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", default=None)
    parser.add_argument("--write", action="store_true", help="keep the counts")
    options = parser.parse_args()
    name = "{}/{}".format(*options.part)
    found = measure(options.packages, options.part, options.seed, options.processes, options.show)
    print(f"part {name}, seed {options.seed}, {found['seconds']} s")
    parts = {name: found}
    if options.write:
        kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        # Parts of another division overlap with this one.
        parts = {key: part for key, part in kept.items() if key.endswith(f"/{options.part[1]}")} | parts
        RESULTS.write_text(json.dumps(parts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    report(list(parts.values()))


if __name__ == "__main__":
    main()
