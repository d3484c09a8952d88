"""Which harvested kernels a build takes: test kernels only if they are reserved, and nothing that repeats another."""

from __future__ import annotations

import numpy as np

from warp_jit_pairs.generator import KernelSpec
from warp_jit_pairs.identity import split_of
from warp_jit_pairs.near_duplicates import Sketch
from warp_jit_pairs.selection import TEST, Selection, select

TRAIN_STRUCTURE, OTHER_TRAIN = "0" * 32, "00000001" * 4
TEST_STRUCTURE, OTHER_TEST = "0000005f" * 4, "00000060" * 4


def sketch(structure: str, first: int, count: int = 100) -> Sketch:
    return Sketch.made(structure, np.arange(first, first + count, dtype=np.uint64))


def kernel(name: str) -> KernelSpec:
    return KernelSpec(name=name, category="real", source="", arg_types={}, description="", metadata={})


def chosen(entries: list[tuple[str, Sketch | str]], kept: list[Sketch]) -> Selection:
    return select({"real": [(kernel(name), one) for name, one in entries]}, kept)


def names(selection: Selection, split: str) -> list[str]:
    return [one["name"] for one in selection.kernels["real"][split]]


def test_the_structures_are_of_the_splits_that_they_stand_for() -> None:
    assert [split_of(one) for one in (TRAIN_STRUCTURE, OTHER_TRAIN, TEST_STRUCTURE, OTHER_TEST)] == ["train"] * 2 + [
        TEST
    ] * 2


def test_a_test_kernel_is_taken_if_it_is_reserved() -> None:
    found = chosen(
        [("a", sketch(OTHER_TEST, 5000)), ("b", sketch(TEST_STRUCTURE, 0)), ("c", sketch(TEST_STRUCTURE, 9000))],
        [sketch(TEST_STRUCTURE, 0)],
    )
    assert names(found, TEST) == ["b"]
    assert found.funnel == {"harvested": 3, "test kernels not reserved": 1, "structural duplicates": 1}


def test_nothing_near_a_test_kernel_is_in_train_wherever_it_stands() -> None:
    near, far = sketch(TRAIN_STRUCTURE, 10), sketch(OTHER_TRAIN, 5000)
    test = sketch(TEST_STRUCTURE, 0)
    for entries in ([("n", near), ("f", far), ("t", test)], [("n", near), ("f", far)]):  # with or without its package
        found = chosen(entries, [test])
        assert names(found, "train") == ["f"]
        assert found.funnel["near-duplicates"] == 1
        assert far in found.taken
        assert test in found.taken


def test_what_has_no_sketch_is_counted_by_its_reason() -> None:
    found = chosen([("a", "contaminated"), ("b", sketch(TRAIN_STRUCTURE, 0))], [])
    assert found.funnel == {"harvested": 2, "contaminated": 1}
    assert names(found, "train") == ["b"]
