"""The list of reserved kernels: it is read as it was written, and that of this version is sound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.harvest import DEFAULT_PACKAGES
from warp_jit_pairs.identity import split_of
from warp_jit_pairs.reserved import Reserved, evaluation, read, reserved, write
from warp_jit_pairs.selection import TEST, select


def test_the_list_can_be_written_and_read(tmp_path: Path) -> None:
    kernels = [Reserved(generate_kernel("math", seed, "small"), seed % 2 == 0) for seed in range(4)]
    write(kernels, ["newton==1"], tmp_path / "list")
    write(kernels, ["newton==1"], tmp_path / "again")
    assert read(tmp_path / "list") == (kernels, ["newton==1"])
    assert (tmp_path / "list").read_bytes() == (tmp_path / "again").read_bytes()


def test_the_list_of_this_version_is_of_test_kernels_that_are_no_near_duplicates() -> None:
    kernels, packages = read()
    assert [name.partition("==")[0] for name in packages] == list(DEFAULT_PACKAGES)
    assert all(split_of(one.structure) == TEST for one in reserved())
    pairs = [(one.kernel, sketch) for one, sketch in zip(kernels, reserved(), strict=True)]
    found = select({"evaluation": pairs}, reserved())
    assert found.kernels["evaluation"][TEST] == [one.kernel for one in kernels]


def test_the_evaluation_set_has_kernels_of_every_category_and_of_people() -> None:
    counts = Counter(kernel["category"] for kernel in evaluation())
    assert set(counts) == {*CATEGORIES, "real", "fem"}
    assert min(counts[name] for name in CATEGORIES) >= 5
    assert counts["real"] >= 40
    assert all(kernel["metadata"]["seed"] is None for kernel in evaluation())


def test_the_notice_of_this_package_names_whose_kernels_it_holds() -> None:
    notice = (Path(__file__).parent.parent / "NOTICE").read_text(encoding="utf-8")
    origins = [one.kernel["metadata"]["origin"] for one in read()[0] if "origin" in one.kernel["metadata"]]
    assert origins
    for origin in origins:
        assert origin["copyright"] in notice
        assert origin["package"] in notice
        assert origin["version"] in notice
