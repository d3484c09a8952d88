"""The kernels that are reserved for tests, in a versioned file: of people, of `warp.fem`, and of the grammar.

Every plan respects them, with or without the packages that they are from: nothing that repeats one, generated or
harvested, is in any split but the test kernels themselves. Those with test cases are the category `evaluation`, which
is the same whatever the grammar and the installed packages become. `evaluation.py` makes the file; a change of it is a
change of the data.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .generator import KernelSpec
from .near_duplicates import Sketch

FILE = Path(__file__).with_name("reserved.xz")
"""Lines of JSON: one that names the packages, then one for each kernel. Named so that `datasets`, asked for this
folder, takes it for no data file."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A kernel that no other program may repeat."""

    kernel: KernelSpec
    evaluated: bool
    """Whether it belongs to the category `evaluation`."""


def write(kernels: Sequence[Reserved], packages: Sequence[str], path: Path = FILE) -> None:
    """Write the file, the same bytes for the same kernels."""
    lines = [{"packages": list(packages)}, *({"kernel": one.kernel, "evaluated": one.evaluated} for one in kernels)]
    content = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    path.write_bytes(lzma.compress(content.encode(), preset=9 | lzma.PRESET_EXTREME))


def read(path: Path = FILE) -> tuple[list[Reserved], list[str]]:
    """The reserved kernels, and the packages that the harvested ones are from."""
    head, *lines = map(json.loads, lzma.decompress(path.read_bytes()).decode().splitlines())
    return [Reserved(line["kernel"], line["evaluated"]) for line in lines], head["packages"]


@cache
def reserved() -> tuple[Sketch, ...]:
    """What the reserved kernels of this version look like to a plan."""
    return tuple(Sketch.of(one.kernel["source"]) for one in read()[0])


def evaluation() -> list[KernelSpec]:
    """The kernels of the evaluation set of this version."""
    return [one.kernel for one in read()[0] if one.evaluated]
