"""Do harvested sources stand alone? Every kernel of the packages is extracted live, and again from its source alone.

    python -m benchmarks.real_alone [PACKAGE ...] [--every N] [--show N] [--write]

For each kernel that importing a package registers (overloads in the place of generic ones), Warp generates code of the
live kernel; its `python_source`, in an empty file that imports Warp alone, must give the same code again. Kernels that
Warp itself refuses, by the name of what it raises, have a column and do not count, nor do generic ones of which neither
the package nor we know types that Warp takes. Modules that cannot be imported are named by cause. With `--every` it is
every so-manieth of the kernels. What fails is sorted by cause, and N of each cause are shown. Two packages at a time.
`--write` keeps the figures in `benchmarks/results/real_alone.json`.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import warp as wp

from warp_jit_pairs.columns import CODE_COLUMNS
from warp_jit_pairs.errors import Rejected, SourceError
from warp_jit_pairs.extract import Extracted, extract_batch, extract_kernel
from warp_jit_pairs.harvest import TIME_LIMIT, messages
from warp_jit_pairs.harvest_worker import Worker, block_dim, instance
from warp_jit_pairs.harvest_worker import main as worker_main
from warp_jit_pairs.packages import find_package
from warp_jit_pairs.self_contained import self_contained

from .machine import machine
from .real_extraction import bare, normalised

PACKAGES = ("newton", "warp.tests", "warp.examples", "mujoco_warp")
RESULTS = Path(__file__).with_name("results") / "real_alone.json"
EVERY = "REAL_ALONE_EVERY"
"""The environment variable by which a worker is told of `--every`."""

SAME, DIFFERS, REFUSED, OURS = "same code", "other code", "Warp refuses it", "no code of ours"
GENERIC = "generic without types"
OUTCOMES = (SAME, DIFFERS, OURS, REFUSED, GENERIC)


def judge(kernel: Any) -> tuple[str, str]:
    """One of `OUTCOMES`, and why, of one live kernel."""
    try:
        kernel = instance(kernel) if kernel.is_generic else kernel
    except Rejected as reason:
        return GENERIC, str(reason)
    try:
        source = self_contained(kernel)
    except Rejected as reason:
        return _without_code(kernel, reason)
    threads = block_dim(kernel, source)
    (alone,) = extract_batch([source], [threads or 256])
    if isinstance(alone, Rejected):
        return _without_code(kernel, alone)
    kernel.options["block_dim"] = threads or 256
    try:
        live = extract_kernel(kernel)[1]
    except SourceError as error:
        return DIFFERS, f"alone it has code, live not: {error}"
    different = [name for name in CODE_COLUMNS if _text(alone, name) != _text(live, name)]
    return (DIFFERS, ", ".join(different)) if different else (SAME, "")


def _text(code: Extracted, column: str) -> str:
    """Generated text without the numbers of symbols: functions of one name get theirs in the file or in the text."""
    return normalised(getattr(code, column))


def _without_code(kernel: Any, ours: Rejected) -> tuple[str, str]:
    """Whose fault it is that there is no code: Warp's, if it raises for either device when left to itself, and what."""
    for device in ("cpu", "cuda"):
        try:
            bare(kernel, device)
        # whatever Warp raises here is what it does with this kernel; its name is the cause that is counted
        except Exception as error:  # noqa: BLE001
            return REFUSED, f"{type(error).__name__} for {device}: {error}"
    return OURS, str(ours)


class Judge(Worker):
    """A worker that says of each kernel what `judge` finds."""

    every = int(os.environ.get(EVERY, "1"))
    looked_at = 0

    def write(self, kernel: Any) -> None:
        self.looked_at += 1
        if self.looked_at % self.every:
            return
        outcome, why = judge(kernel)
        self.say(kernel=f"{kernel.module.name}:{kernel.key}", outcome=outcome, why=" ".join(why.split()))


def measure(name: str) -> dict[str, Any]:
    """Judge the kernels of a package, in a process of their own."""
    start = time.monotonic()
    os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent)  # where the worker finds this file
    found = list(messages(find_package(name), TIME_LIMIT, "benchmarks.real_alone"))
    kernels = [one for one in found if "kernel" in one]
    return {
        "package": name,
        "counts": dict(Counter(one["outcome"] for one in kernels)),
        "seconds": round(time.monotonic() - start),
        "failed": [one for one in kernels if one["outcome"] != SAME],
        "not looked at": [one for one in found if "failed" in one],
    }


def table(results: list[dict[str, Any]]) -> str:
    """The counts by package, and the share of those that Warp can generate code for."""
    lines = [
        f"| package | kernels | {' | '.join(OUTCOMES)} | stand alone | seconds |",
        "|---|" + "--:|" * (len(OUTCOMES) + 3),
    ]
    everything: Counter[str] = Counter()
    for one in results:
        everything.update(one["counts"])
    for name, counts, seconds in [
        *((one["package"], one["counts"], one["seconds"]) for one in results),
        ("all", everything, sum(one["seconds"] for one in results)),
    ]:
        able = sum(counts.get(outcome, 0) for outcome in (SAME, DIFFERS, OURS))
        share = f"{counts.get(SAME, 0) / able:.2%}" if able else "-"
        cells = (sum(counts.values()), *(counts.get(outcome, 0) for outcome in OUTCOMES), share, seconds)
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def causes(results: list[dict[str, Any]], show: int) -> str:
    """Why kernels are not the same again, most frequent first, with examples."""
    by_cause: dict[str, list[dict[str, Any]]] = {}
    for one in results:
        for failure in one["failed"]:
            by_cause.setdefault(f"{failure['outcome']}: {failure['why'][:60]}", []).append(failure)
        for failure in one["not looked at"]:
            by_cause.setdefault(f"not looked at: {failure['reason']}", []).append(failure)
    lines = []
    for cause, failures in sorted(by_cause.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(f"{len(failures):5d}  {cause}")
        for failure in failures[:show]:
            why = failure.get("why") or failure["detail"]
            lines.append(f"         {failure.get('kernel') or failure['failed']}: {why[:300]}")
    return "\n".join(lines)


def main() -> None:
    """Judge the packages named, or all four."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=list(PACKAGES))
    parser.add_argument("--show", type=int, default=0, metavar="N")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every so-manieth kernel")
    options = parser.parse_args()
    os.environ[EVERY] = str(options.every)
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(measure, options.packages))
    print(table(results))
    print(causes(results, options.show))
    if options.write:
        kept = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": machine(),
            "every": options.every,
            "packages": [{name: one[name] for name in ("package", "counts", "seconds")} for one in results],
        }
        RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import sys

    # A worker is given a package and a limit, a person may give packages: the limit is a number.
    if len(sys.argv) > 2 and not sys.argv[1].startswith("-") and sys.argv[2].isdigit():
        warnings.simplefilter("ignore")
        wp.config.log_level = wp.LOG_ERROR
        worker_main(Judge)
    else:
        main()
