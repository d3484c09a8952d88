"""Memory of a plan of many records, without generating that many programs.

    python -m benchmarks.plan_memory [RECORDS] [--real N]

N real programs of each category are sketched; every candidate of the plan has the shingles of one of them, seven in ten
of which are made other ones for each time that it comes, so that candidates propose each other as real ones do. What
`stats --generator --plan` prints as bytes for each program is measured in the same way, in minutes instead of hours.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from warp_jit_pairs.genstats import peak_memory
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.identity import Shingles
from warp_jit_pairs.near_duplicates import Sketch
from warp_jit_pairs.plan import Chunk, Request, Sketches, make_plan, sketch


def real_shingles(request: Request, number: int) -> dict[str, list[Shingles]]:
    """Of each category, the shingles of its first programs."""
    found = {name: sketch(Chunk(name, request, range(number))) for name in request.categories}
    return {name: [one.shingles for one in sketches if isinstance(one, Sketch)] for name, sketches in found.items()}


def variant(members: Shingles, category: str, number: int, times: int) -> Sketch:
    """The sketch of candidate `number`, from a program that comes for the `times`-th time."""
    structure = hashlib.blake2b(f"{category} {number}".encode(), digest_size=16).hexdigest()
    salt = np.uint64(times * 0x9E3779B97F4A7C15 % 2**64)
    return Sketch.made(structure, np.unique(np.where(members % np.uint64(10) < 7, members ^ salt, members)))


def main() -> None:
    """Plan, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--real", type=int, default=2000, metavar="N")
    options = parser.parse_args()
    request = Request(tuple(CATEGORIES), options.records, verify="none")
    known = real_shingles(request, options.real)

    def sketches(function: Callable[[Chunk], Sketches], chunks: Iterable[Chunk]) -> Iterator[Sketches]:
        for chunk in chunks:
            mine = known[chunk.category]
            yield [variant(mine[n % len(mine)], chunk.category, n, n // len(mine)) for n in chunk.numbers]

    before = peak_memory()
    generated = make_plan(request, sketches).funnel["generated"]
    growth = peak_memory() - before
    print(json.dumps({"records": options.records, "sketches": generated, "growth, MB": round(growth / 1e6, 1),
                      "bytes a sketch": round(growth / generated, 1)}))  # fmt: skip


if __name__ == "__main__":
    main()
