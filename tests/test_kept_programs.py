"""Programs are generated once in a build, and again where what was kept of them is lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from warp_jit_pairs import kept_programs
from warp_jit_pairs.build import build
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.kept_programs import Keeping, Kept
from warp_jit_pairs.plan import Request

SEEDS = range(5)


def _never(category: str, seed: int, size: str) -> KernelSpec:
    raise AssertionError(f"{category} {seed} is generated again")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keeping = Keeping(tmp_path, generate_kernel)
    for seed in SEEDS:
        keeping("math", seed, "small")
    return tmp_path


def test_what_was_kept_is_not_generated_again(folder: Path) -> None:
    kept = Kept(folder, _never)
    assert [kept("math", seed, "small") for seed in SEEDS] == [generate_kernel("math", seed, "small") for seed in SEEDS]
    with pytest.raises(AssertionError, match="math 5 is generated again"):
        kept("math", 5, "small")


@pytest.mark.parametrize("damage", ["torn", "zeros", "altered", "nothing"])
def test_what_is_damaged_is_generated_again(damage: str, folder: Path) -> None:
    (path,) = folder.iterdir()
    content = path.read_bytes()
    path.write_bytes(
        {
            "torn": content[:-3],
            "zeros": bytes(len(content)),
            "altered": content[:100] + bytes([content[100] ^ 1]) + content[101:],
            "nothing": b"",
        }[damage]
    )
    kept_programs._index.cache_clear()
    kept = Kept(folder, generate_kernel)
    assert [kept("math", seed, "small") for seed in SEEDS] == [generate_kernel("math", seed, "small") for seed in SEEDS]


def test_a_build_generates_each_program_once(tmp_path: Path) -> None:
    calls: Counter[tuple[str, int]] = Counter()

    def programs(category: str, seed: int, size: str) -> KernelSpec:
        calls[category, seed] += 1
        return generate_kernel(category, seed, size)

    build(Request(("arithmetic",), 3, size="small", verify="none"), tmp_path / "out", programs=programs)
    assert set(calls.values()) == {1}
    assert len(calls) >= 3
