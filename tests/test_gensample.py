"""The sample of programs: counted right, the same for the same seed in any process, and refused for a bad number."""

from __future__ import annotations

import pytest

from warp_jit_pairs import gensample
from warp_jit_pairs.errors import Rejected, UsageError
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.gensample import CHUNK, Sample, collect, own_names
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.identity import jaccard, shingles, structural_hash
from warp_jit_pairs.rng import sub_seed
from warp_jit_pairs.workers import Workers

NUM = 3 * len(CATEGORIES)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return collect(NUM, seed=4)


def _sources(num: int, seed: int) -> list[str]:
    names = list(CATEGORIES)
    chosen = ((names[number % len(names)], number) for number in range(num))
    return [generate_kernel(category, sub_seed(seed, category, number))["source"] for category, number in chosen]


def test_counts_add_up(sample: Sample) -> None:
    assert all(len(figures.lines) == figures.levels.total() == 3 for figures in sample.categories.values())
    assert len(sample.builtins) > 290
    assert sample.builtins["tid"] > NUM / 2
    assert sample.whole.counts["codegen"] == NUM
    assert 0 < sample.whole.counts[gensample.USUAL] < NUM
    assert sample.whole.counts.keys() == {"codegen", gensample.USUAL}
    assert 0.0 < sample.pairs.covered()[0] < 1.0


def test_identifiers_are_counted_from_the_sources(sample: Sample) -> None:
    assert sample.whole.identifiers == set().union(*map(own_names, _sources(NUM, 4)))
    assert own_names('x = wp.sin(y)  # z\n"""w"""\n') == {"x", "y"}


def test_duplicates_are_those_that_pairs_show(monkeypatch: pytest.MonkeyPatch) -> None:
    def poor(category: str, seed: int) -> KernelSpec:
        return generate_kernel(category, seed % 5, "small")

    monkeypatch.setattr(gensample, "generate_kernel", poor)
    found = collect(200, seed=0, codegen=0)
    names = list(CATEGORIES)
    sources = [poor(name, sub_seed(0, name, n))["source"] for n in range(200) for name in [names[n % len(names)]]]
    kept: list[str] = []
    structural = near = 0
    for source in sources:
        if any(structural_hash(source) == structural_hash(other) for other in kept):
            structural += 1
        elif any(jaccard(shingles(source), shingles(other)) >= 0.7 for other in kept):
            near += 1
        else:
            kept.append(source)
    assert (found.structural, found.near) == (structural, near)
    assert structural > 100


def test_same_seed_same_figures_in_any_process(sample: Sample) -> None:
    with Workers(2) as workers:
        again = collect(NUM, seed=4, map_=workers.map)
    assert again.categories == sample.categories
    assert again.builtins == sample.builtins
    assert again.pairs.covered() == sample.pairs.covered()


def test_what_is_refused_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(category: str, seed: int) -> KernelSpec:
        if category == "math":
            raise Rejected("no overload", "of wp.sin")
        spec = generate_kernel(category, seed)
        return spec | {"source": spec["source"].rstrip() + "\n    wp.no_such_builtin()\n"}

    monkeypatch.setattr(gensample, "generate_kernel", spoiled)
    found = collect(len(CATEGORIES), seed=0).whole
    assert found.refused["grammar: no overload"] == 1
    assert found.counts["codegen"] == len(CATEGORIES) - 1
    assert sum(count for reason, count in found.refused.items() if reason.startswith("codegen: ")) > 5


@pytest.mark.slow
def test_a_part_goes_through_the_compilers() -> None:
    found = collect(2 * CHUNK, seed=1, codegen=0, compiled=1).whole
    assert {step: found.counts[step] for step in ("codegen", "clang", "nvrtc")} == dict.fromkeys(
        ("codegen", "clang", "nvrtc"), CHUNK
    )
    assert found.refused == {}
    assert found.waited.keys() == {"clang", "nvrtc"}
    assert min(found.waited.values()) > 0.0


@pytest.mark.parametrize(("num", "codegen", "compiled"), [(0, 0, 0), (5, -1, 0), (5, 0, -1)])
def test_a_number_that_makes_no_sense_is_refused(num: int, codegen: int, compiled: int) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        collect(num, 0, codegen, compiled)
