"""The kernels that are reserved for tests: structures and shingles of the harvested test kernels, in a versioned file.

Every plan respects them, with or without the packages that they are from: nothing that repeats one, generated or
harvested, is in any split but the test kernels themselves.

    python -m warp_jit_pairs.reserved

harvests the default packages and `warp.fem` and writes the file anew, after an upgrade of theirs for example; a change
of the file is a change of the data.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from .harvest import DEFAULT_PACKAGES
from .identity import split_of
from .near_duplicates import SeenPrograms, Sketch
from .selection import TEST
from .supply import HARVESTED, pinned, supply

FILE = Path(__file__).with_name("reserved.bin")
"""Compressed: a line of JSON (packages, structures, number of shingles of each, number of different ones), then the
different shingles, sorted, as 8 bytes each, then the places of each kernel's shingles among them, as 2 bytes each."""


def for_tests(sources: Iterable[str]) -> list[Sketch]:
    """Of programs in order, those that belong to the test split and repeat none before them, sorted by structure."""
    every = (Sketch.of(source) for source in sources)
    sketches = [sketch for sketch in every if split_of(sketch.structure) == TEST]
    kept: list[Sketch] = []
    with SeenPrograms() as seen:
        accepted = bytearray(len(sketches))
        for place, (sketch, twins) in enumerate(zip(sketches, seen.add(sketches), strict=True)):
            repeats = any(accepted[other] for other in twins.same)
            if not repeats and not any(accepted[other] and seen.is_near(other, place) for other in twins.proposed):
                accepted[place] = True
                kept.append(sketch)
    return sorted(kept, key=lambda sketch: sketch.structure)


def write(sketches: Sequence[Sketch], packages: Sequence[str], path: Path = FILE) -> None:
    """Write the file: exact shingles, each different one once, since kernels share most of theirs."""
    different = np.unique(np.concatenate([sketch.shingles for sketch in sketches]))
    assert len(different) < 2**16
    places = np.concatenate([np.searchsorted(different, sketch.shingles) for sketch in sketches])
    head = {
        "packages": list(packages),
        "structures": [sketch.structure for sketch in sketches],
        "sizes": [len(sketch.shingles) for sketch in sketches],
        "shingles": len(different),
    }
    content = json.dumps(head).encode() + b"\n" + different.astype("<u8").tobytes() + places.astype("<u2").tobytes()
    path.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


def read(path: Path = FILE) -> tuple[list[Sketch], list[str]]:
    """The reserved kernels, and the packages that they are from."""
    line, _, content = lzma.decompress(path.read_bytes()).partition(b"\n")
    head = json.loads(line)
    different = np.frombuffer(content, "<u8", head["shingles"]).astype(np.uint64)
    places = np.frombuffer(content, "<u2", offset=different.nbytes)
    ends = np.cumsum(head["sizes"])
    parts = np.split(different[places], ends[:-1])
    return [Sketch.made(*pair) for pair in zip(head["structures"], parts, strict=True)], head["packages"]


@cache
def reserved() -> tuple[Sketch, ...]:
    """The reserved kernels of this version."""
    return tuple(read()[0])


def main() -> None:
    """Harvest, choose, write, and say how many there are."""
    packages = pinned(DEFAULT_PACKAGES)
    kernels = supply(HARVESTED, packages, lambda line: print(line, file=sys.stderr))
    chosen = for_tests(kernel["source"] for category in HARVESTED for kernel in kernels[category])
    write(chosen, packages)
    print(f"{len(chosen)} kernels of {', '.join(packages)} and warp.fem, {FILE.stat().st_size:,} bytes in {FILE.name}")


if __name__ == "__main__":
    main()
