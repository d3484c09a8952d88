"""Rate of the whole way to records, not yet executed, against bare Warp's code generation of the same kernels.

    python -m benchmarks.records [--records N] [--seed S]

One process, CPU seconds. Ours is everything: plan, generation, import, code of both devices forward and adjoint,
features, hashes, writing parquet. Bare Warp is what `benchmarks.codegen` says: one builder for a batch of kernels that
are imported and hashed already.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.pipeline import make_records
from warp_jit_pairs.plan import Request, make_plan
from warp_jit_pairs.shards import to_table, write_parquet

from .codegen import BATCH, seconds_bare, seconds_ours


def _clock(start: float) -> float:
    return time.process_time() - start


def main() -> None:
    """Print the ratio, where the time goes, the kernels' size and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1050)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    request = Request(tuple(CATEGORIES), options.records, options.seed, verify="none")

    start = time.process_time()
    plan = make_plan(request)
    seconds = {"plan": _clock(start), "records": 0.0, "write": 0.0}
    sources: list[str] = []
    dropped: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for shard in plan.shards:
            start = time.process_time()
            records = list(make_records(shard, request, dropped))
            seconds["records"] += _clock(start)
            start = time.process_time()
            write_parquet(Path(folder) / f"{shard.name}.parquet", to_table(records))
            seconds["write"] += _clock(start)
            sources += [record.python_source for record in records]
    ours_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    batches = [sources[index : index + BATCH] for index in range(0, len(sources), BATCH)]
    seconds_bare(batches[0], "bare_warm_up")
    bare = sum(seconds_bare(batch, f"bare_{index}") for index, batch in enumerate(batches))
    extraction = sum(seconds_ours(batch) for batch in batches)
    ours = sum(seconds.values())
    count, kinds = len(sources), len(CATEGORIES)
    lines = statistics.median(source.count("\n") for source in sources)
    print(f"{count:,} records of {kinds} categories, {lines:.0f} lines at the median; dropped {dict(dropped)}")
    print(f"bare Warp {bare:.1f} s ({count / bare:.1f} kernels/s); ours {ours:.1f} s ({count / ours:.1f}/s)")
    without = bare / (ours - seconds["plan"])
    print(f"ratio {bare / ours:.2f} with the plan, {without:.2f} without, {bare / extraction:.2f} for extraction alone")
    shares = "  ".join(f"{name} {value:.1f} s" for name, value in seconds.items())
    print(f"{shares}  (extraction alone {extraction:.1f} s)")
    print(f"peak memory of ours {ours_peak:.0f} MiB")


if __name__ == "__main__":
    main()
