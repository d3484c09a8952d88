"""Seconds that `.map` takes to bring records into each of the forms that trainers take.

    python -m benchmarks.formatting [--records 10000] [--num-proc 2] [--data DIR]

Without a finished build it makes one, unverified. Writes `benchmarks/results/formatting.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from datasets import disable_progress_bars, load_dataset

from warp_jit_pairs.build import build
from warp_jit_pairs.formats import FORMS, view
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.plan import Request

from .machine import load, machine

RESULTS = Path(__file__).parent / "results" / "formatting.json"
DIRECTION = "cpp_forward"


def measure(files: list[str], records: int, processes: int) -> dict[str, float]:
    """Form -> seconds of one `.map` over so many records, nothing remembered from before; with support code."""
    with tempfile.TemporaryDirectory() as cache:
        pairs = load_dataset("parquet", data_files=files, split=f"train[:{records}]", cache_dir=cache)
        found = {}
        for form in sorted(FORMS):
            start = time.monotonic()
            made = pairs.map(
                view(form, DIRECTION, support=True),
                batched=True,
                num_proc=processes,
                remove_columns=pairs.column_names,
                load_from_cache_file=False,
            )
            found[form] = round(time.monotonic() - start, 2)
            assert len(made) == len(pairs) == records
    return found


def main() -> None:
    """Build, map, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--num-proc", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--data", type=Path, help="a finished build with so many records in its train split")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "build"
        if options.data is None:
            # Four fifths of a build are its train split.
            request = Request(tuple(CATEGORIES), options.records * 4 // 3, 0, verify="none")
            build(request, data, processes=options.num_proc)
        files = sorted(str(path) for path in data.rglob("train-*.parquet"))
        seconds = measure(files, options.records, options.num_proc)
    content = {
        **machine(),
        "load": load(),
        "command": f"python -m benchmarks.formatting --records {options.records} --num-proc {options.num_proc}",
        "records": options.records,
        "seconds": seconds,
    }
    options.output.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=2))


if __name__ == "__main__":
    main()
