"""Whether faster ways changed a byte: code columns and line maps of N programs, made in two ways and compared.

    python -m benchmarks.same_text [--num N] [--seed S] [--real] [--against CHECKOUT]

The other way is this package with nothing remembered (`SHORTCUTS.remember = False`), or with `--against` the package in
another checkout, such as a git worktree of an earlier commit, which is given the same sources. `--real` takes N kernels
of installed packages, evenly spread, with what they need of their own file, in place of generated ones.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.extract import extract_batch
from warp_jit_pairs.shortcuts import SHORTCUTS

BATCH = 64
_KEPT = ("cpp_", "cuda_", "support_", "line_map", "args", "kernel_name")
_OTHER = """\
import importlib.util, json, sys
sys.path.insert(0, sys.argv[1])
spec = importlib.util.spec_from_file_location("same_text", sys.argv[2])
same = importlib.util.module_from_spec(spec)
spec.loader.exec_module(same)
print(json.dumps(same.digests(*json.load(sys.stdin))))
"""
"""The other process: this file with the package of the checkout."""


def digests(sources: Sequence[str], blocks: Sequence[int]) -> list[str]:
    """A hash of the code columns and line map of each source, or the reason why there are none."""
    found = []
    for first in range(0, len(sources), BATCH):
        part = slice(first, first + BATCH)
        for code in extract_batch(sources[part], blocks[part]):
            if isinstance(code, Rejected):
                found.append(f"rejected: {code.reason}")
                continue
            columns = dataclasses.asdict(code)
            kept = {name: value for name, value in columns.items() if name.startswith(_KEPT)}
            found.append(hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest())
    return found


def _digests_of(checkout: Path, sources: Sequence[str], blocks: Sequence[int]) -> list[str]:
    """The same from the package in another checkout, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _OTHER, str(checkout.absolute()), str(Path(__file__).absolute())],
        input=json.dumps([list(sources), list(blocks)]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


# What is imported in these two is not there for the other process.


def _generated(number: int, seed: int) -> tuple[list[str], list[int]]:
    from .stages import programs_of

    specs = programs_of(number, seed)
    return [spec["source"] for spec in specs], [spec["metadata"]["launch"]["block_dim"] for spec in specs]


def _real(number: int) -> tuple[list[str], list[int]]:
    from .real_kernels import read_all

    kernels = read_all()
    chosen = kernels[:: max(1, len(kernels) // number)]
    return [f"import warp as wp\n\n{kernel.program}\n" for kernel in chosen], [256] * len(chosen)


def main() -> None:
    """Compare, print how many differ and exit with 1 if any does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--num", type=int, default=1600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    options = parser.parse_args()
    sources, blocks = _real(options.num) if options.real else _generated(options.num, options.seed)
    ours = digests(sources, blocks)
    if options.against:
        theirs = _digests_of(options.against, sources, blocks)
    else:
        SHORTCUTS.remember = False
        theirs = digests(sources, blocks)
    different = [place for place, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1]]
    rejected = sum(digest.startswith("rejected") for digest in ours)
    print(f"{len(sources)} programs, {rejected} rejected by Warp, {len(different)} with other text")
    for place in different[:3]:
        print(f"--- program {place}: {ours[place]} {theirs[place]}\n{sources[place]}")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
