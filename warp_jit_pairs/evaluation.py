"""Makes the list of reserved kernels, and of them the evaluation set: those that can be scored by execution.

    python -m warp_jit_pairs.evaluation

harvests the default packages and `warp.fem`, takes their test kernels and some of each generated category, verifies all
and writes the file that `reserved.py` reads anew, after an upgrade of the packages for example. The kernels of an
evaluation set that was published are to be cited with its version (CHANGELOG.md), since another file is another set.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from .build import PROGRAM
from .generator import KernelSpec, generate_kernel
from .grammar import CATEGORIES
from .harvest import DEFAULT_PACKAGES
from .identity import split_of
from .near_duplicates import SeenPrograms, Sketch
from .pipeline import one_by_one
from .plan import program_seed
from .ptx import DEFAULT_ARCH
from .quiet import quiet_warp
from .reserved import FILE, Reserved, write
from .schema import Record
from .selection import TEST
from .supply import EVALUATION, HARVESTED, pinned, supply

SEED = 20261128
PER_CATEGORY = 9
"""Kernels of each generated category, before those that cannot be scored go."""

BATCH = 16


def for_tests(kernels: Iterable[KernelSpec]) -> Iterator[tuple[KernelSpec, Sketch]]:
    """Those that belong to the test split by their structure."""
    for kernel in kernels:
        sketch = Sketch.of(kernel["source"])
        if split_of(sketch.structure) == TEST:
            yield kernel, sketch


def distinct(pairs: Iterable[tuple[KernelSpec, Sketch]]) -> Iterator[KernelSpec]:
    """Those that repeat none before them."""
    with SeenPrograms() as seen:
        accepted = bytearray()
        for place, (kernel, sketch) in enumerate(pairs):
            (twins,) = seen.add([sketch])
            repeats = any(accepted[other] for other in twins.same) or any(
                accepted[other] and seen.is_near(other, place) for other in twins.proposed
            )
            accepted.append(not repeats)
            if not repeats:
                yield kernel


def generated(category: str) -> Iterator[KernelSpec]:
    """Kernels of a category without end. They are kept as they are, so that no later grammar need give them again."""
    number = 0
    while True:
        kernel = generate_kernel(category, program_seed(SEED, category, number))
        yield {**kernel, "metadata": {**kernel["metadata"], "seed": None}}
        number += 1


def scorable(kernels: Sequence[KernelSpec]) -> Iterator[bool]:
    """Whether each has test cases that its own code passes."""
    for first in range(0, len(kernels), BATCH):
        batch = kernels[first : first + BATCH]
        for result in one_by_one(PROGRAM, batch, "gradient", "code", DEFAULT_ARCH):
            yield isinstance(result, Record) and bool(result.test_cases)


def main() -> None:
    """Harvest, generate, choose, verify, write, and say how many there are."""
    packages = pinned(DEFAULT_PACKAGES)
    people = [name for name in HARVESTED if name != EVALUATION]
    found = supply(people, packages, lambda line: print(line, file=sys.stderr))
    harvested = for_tests(kernel for name in people for kernel in found[name])
    ours = (islice(for_tests(generated(name)), PER_CATEGORY) for name in CATEGORIES)
    kernels = list(distinct(chain(harvested, *ours)))
    with quiet_warp():
        judged = [Reserved(*pair) for pair in zip(kernels, scorable(kernels), strict=True)]
    kept = [one for one in judged if one.evaluated or one.kernel["category"] in HARVESTED]
    write(kept, packages)
    print(f"{len(kept)} kernels reserved, of {', '.join(packages)}, warp.fem and the grammar, in {FILE.name}")
    for category, count in Counter(one.kernel["category"] for one in kept if one.evaluated).items():
        print(f"{category}: {count} in the evaluation set")


if __name__ == "__main__":
    main()
