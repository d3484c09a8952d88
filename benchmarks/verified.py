"""What a verified build costs beside its bare parts: Warp's code generation, clang, and the reference.

    python -m benchmarks.verified [--num N] [--seed S]

Programs of all categories go the way of a build, from their seeds to parquet; the clocks stop CPU seconds, those of the
executor's processes included. Bare code generation is that of `benchmarks.codegen` on the same kernels; clang and the
reference are what the build itself spends inside them, with nothing around them.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warp_jit_pairs import verify
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.pipeline import BATCH, _verify_item, to_record
from warp_jit_pairs.plan import program_seed
from warp_jit_pairs.reference import Reference
from warp_jit_pairs.schema import Record
from warp_jit_pairs.shards import to_table, write_parquet

from .codegen import seconds_bare

LIMIT = 1.4


class Clock:
    """CPU seconds by stage; what is timed inside another stage counts for both."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._running: set[str] = set()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        if stage in self._running:
            yield
            return
        self._running.add(stage)
        start = time.process_time()
        try:
            yield
        finally:
            self.seconds[stage] += time.process_time() - start
            self._running.discard(stage)

    def wrap(self, owner: Any, name: str, stage: str) -> None:
        """Time every call of a function or method."""
        inner: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self(stage):
                return inner(*args, **kwargs)

        setattr(owner, name, timed)


def build(names: list[str], seeds: list[int], clock: Clock) -> tuple[list[Record], Counter[str], list[str]]:
    """A verified build of these programs: records, drops by reason, and the sources that were verified."""
    records: list[Record] = []
    dropped: Counter[str] = Counter()
    sources: list[str] = []
    with Executor() as executor, clock("all"):
        for first in range(0, len(names), BATCH):
            with clock("generate"):
                pairs = zip(names[first : first + BATCH], seeds[first : first + BATCH], strict=True)
                specs = [generate_kernel(name, seed) for name, seed in pairs]
            with clock("extract"):
                codes = extract_batch([spec["source"] for spec in specs])
            kept = [(spec, code) for spec, code in zip(specs, codes, strict=True) if isinstance(code, Extracted)]
            sources += [spec["source"] for spec, _ in kept]
            with clock("verify"):
                items = [_verify_item(spec, code) for spec, code in kept]
                verdicts = verify.verify_batch(items, "gradient", executor)
            with clock("columns"):
                for (spec, code), verdict in zip(kept, verdicts, strict=True):
                    if isinstance(verdict, Rejected):
                        dropped[verdict.reason] += 1
                    else:
                        records.append(to_record(spec, code, verdict))
        with clock("write"), tempfile.TemporaryDirectory() as folder:
            write_parquet(Path(folder) / "shard.parquet", to_table(records))
    return records, dropped, sources


def main() -> None:
    """Print the ratio, the rate and the seconds of each stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--num", type=int, default=320)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = [list(CATEGORIES)[i % len(CATEGORIES)] for i in range(options.num)]
    seeds = [program_seed(options.seed, name, i) for i, name in enumerate(names)]
    build(names[:BATCH], [seed + 1 for seed in seeds[:BATCH]], Clock())  # imports, precompiled headers
    clock = Clock()
    clock.wrap(Reference, "__init__", "reference")
    clock.wrap(Reference, "run", "reference")
    clock.wrap(verify, "judge", "judge")
    clock.wrap(verify, "check_gradient", "differences")
    clock.wrap(verify, "compile_units", "clang")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    records, dropped, sources = build(names, seeds, clock)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = clock.seconds
    seconds["execute"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    batches = [sources[first : first + BATCH] for first in range(0, len(sources), BATCH)]
    codegen = sum(seconds_bare(batch, f"bare_{place}") for place, batch in enumerate(batches))
    ours = seconds["all"] + seconds["execute"]
    bare = codegen + seconds["clang"] + seconds["reference"]
    print(f"{len(records)} records of {len(sources)} programs, dropped {sum(dropped.values())}")
    print(f"verified build {ours:.1f} CPU s, {len(records) / ours:.2f} records a CPU second")
    print(f"bare parts {bare:.1f} s: codegen {codegen:.1f}, clang {seconds['clang']:.1f}, "
          f"reference {seconds['reference']:.1f}")  # fmt: skip
    print(f"ratio {ours / bare:.2f}, must be at most {LIMIT}")
    stages = ("generate", "extract", "judge", "clang", "execute", "differences", "verify", "columns", "write")
    print("  ".join(f"{stage} {seconds[stage]:.1f} s" for stage in stages))
    print("(judge, clang and differences lie within verify; execute is the time of other processes)")


if __name__ == "__main__":
    main()
