"""Rate of `extract_batch` against bare Warp's own code generation, on the same kernels in one process.

    python -m benchmarks.codegen [SOURCES.jsonl] [--rounds N]
    python -m benchmarks.codegen --generated N

Bare Warp is one `ModuleBuilder` for all kernels and both devices, after they were imported and hashed: it has nothing
to import, cut or write. Ours starts from the Python text and ends with records' columns. Both are timed in CPU seconds,
batch by batch in turn. Without a file (one JSON object with `python_source` a line, or a JSON string) the
kernels are those of warp.examples whose own source needs nothing but `import warp as wp`.

With `--generated` the figure is another: what writing N programs costs (grammar and emission) as a share of what bare
Warp then needs to generate their code, forward and adjoint, for one device and for both.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import linecache
import resource
import statistics
import sys
import time
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import warp as wp
from warp._src import build as wp_build
from warp._src import context as wp_context

from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.features import Reader
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.shortcuts import SHORTCUTS

BATCH = 64


def read_sources(path: Path) -> list[str]:
    """Read a JSONL file of records, or of plain strings."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [row if isinstance(row, str) else row["python_source"] for row in rows]


def example_sources() -> list[str]:
    """Return the kernels of warp.examples that are whole programs by themselves."""
    from .real_extraction import import_modules, registered_kernels

    import_modules("warp.examples")
    texts = sorted({kernel.adj.source for kernel in registered_kernels() if not kernel.is_generic})
    return [f"import math\n\nimport warp as wp\n\n\n{text}" for text in texts]


def accepted(sources: list[str]) -> list[str]:
    """Return the sources that Warp takes: a single bad one would stop the whole builder of bare Warp."""
    results = extract_batch(sources)
    return [source for source, result in zip(sources, results, strict=True) if isinstance(result, Extracted)]


def import_bare(sources: list[str], name: str) -> tuple[Any, list[Any]]:
    """Import all sources into one Warp module, as bare Warp would have them; the kernels must be kept alive."""
    kept = []
    for index, source in enumerate(sources):
        filename = f"<{name}_{index}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        module = types.ModuleType(name)
        sys.modules[name] = module
        exec(compile(source, filename, "exec"), module.__dict__)
        kept.append(module)
    return wp_context.get_module(name), kept


def seconds_bare(sources: list[str], name: str, devices: Sequence[str] = ("cpu", "cuda")) -> float:
    """CPU seconds in which one builder generates the devices' code of kernels that are imported and hashed.

    Library code that tiles are linked with is left out, as ours does: compiling it is no code generation.
    """
    module, kept = import_bare(sources, name)
    options = module.resolve_options(wp.config) | {"output_arch": 90}
    hasher = wp_context.ModuleHasher(module._get_live_kernels(), options)
    compile_library = wp_build._build_lto_base
    wp_build._build_lto_base = SHORTCUTS.library_code
    start = time.process_time()
    builder = wp_context.ModuleBuilder(module, options, hasher, target="cuda")
    for device in devices:
        builder.codegen(device)
    seconds = time.process_time() - start
    wp_build._build_lto_base = compile_library
    wp_context.user_modules.pop(name)
    del sys.modules[name], kept
    return seconds


def seconds_ours(sources: list[str]) -> float:
    """CPU seconds from Python text to columns."""
    start = time.process_time()
    extract_batch(sources)
    return time.process_time() - start


ROUND = 512
"""Programs written between two stretches of codegen."""


def generation(number: int) -> None:
    """Print what programs cost beside the code that Warp makes of them, round by round in turn.

    Of each round's programs one batch goes through codegen for one device and another for both: what Warp remembers
    from the first device must not make the second cheaper than it is.
    """
    written, one, both, statements = [], [], [], []
    names = list(CATEGORIES)
    for first in range(-ROUND, number, ROUND):  # The first round only warms up.
        start = time.process_time()
        sources = [generate_kernel(names[n % len(names)], n)["source"] for n in range(first, first + ROUND)]
        spent = time.process_time() - start
        taken = [accepted(sources[place : place + BATCH]) for place in (0, BATCH)]
        # Once untimed: library tiles are linked the first time, which is no codegen.
        for half, batch in enumerate(taken):
            seconds_bare(batch, f"first_{half}_{first}")
        costs = (
            seconds_bare(taken[0], f"one_{first}", ["cuda"]) / len(taken[0]),
            seconds_bare(taken[1], f"both_{first}") / len(taken[1]),
        )
        if first >= 0:
            written.append(spent / len(sources))
            one.append(costs[0])
            both.append(costs[1])
            statements += [Reader().read(ast.parse(source)).count for source in sources]
    figures = [1e3 * statistics.fmean(column) for column in (written, one, both)]
    print(f"{len(statements)} programs, {statistics.median(statements):.0f} statements at the median")
    print(f"generation and emission {figures[0]:.2f} CPU ms a program")
    print(f"Warp's codegen, forward and adjoint: one device {figures[1]:.2f} CPU ms, both {figures[2]:.2f}")
    print(f"ratio {figures[0] / figures[1]:.3f} to one device, {figures[0] / figures[2]:.3f} to both")


def main() -> None:
    """Print the ratio, the rates, the peak memory and the seconds taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=1, help="later rounds find what earlier ones remembered")
    parser.add_argument("--generated", type=int, metavar="N", help="measure the writing of N programs instead")
    options = parser.parse_args()
    wp.config.log_level = wp.LOG_ERROR
    if options.generated:
        generation(options.generated)
        return
    start = time.time()
    offered = read_sources(options.sources) if options.sources else example_sources()
    sources = accepted(offered)
    batches = [sources[index : index + BATCH] for index in range(0, len(sources), BATCH)]
    seconds_ours(batches[0]), seconds_bare(batches[0], "bare_warm_up")
    timed = []
    for turn in range(options.rounds):
        timed += [(seconds_ours(batch), seconds_bare(batch, f"bare_{turn}_{i}")) for i, batch in enumerate(batches)]
        gc.collect()
    ours, bare = (sum(pair[side] for pair in timed) for side in (0, 1))
    ratio = statistics.median(pair[1] / pair[0] for pair in timed)
    lines = statistics.median(source.count("\n") for source in sources)
    print(f"{len(sources)} of {len(offered)} kernels taken by Warp, {lines:.0f} lines at the median")
    rates = [options.rounds * len(sources) / seconds for seconds in (ours, bare)]
    print(f"ours {rates[0]:.1f} kernels/s, bare Warp {rates[1]:.1f}")
    print(f"ratio {ratio:.2f} (ours to bare, median of batches of {BATCH})")
    print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, {time.time() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
