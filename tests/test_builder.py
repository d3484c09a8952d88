"""The builder class with the real `datasets`: prepared, streamed, and divided between processes."""

from pathlib import Path

import pytest

from warp_jit_pairs.builder import WarpJitPairs, WarpJitPairsConfig
from warp_jit_pairs.columns import SPLITS
from warp_jit_pairs.errors import UsageError
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.schema import arrow_schema
from warp_jit_pairs.supply import HARVESTED
from warp_jit_pairs.version import DATA_VERSION


def _builder(config: str, cache: Path, **keywords: object) -> WarpJitPairs:
    return WarpJitPairs(config, cache_dir=str(cache), **keywords)


def test_there_is_a_configuration_for_all_by_category_and_each_category() -> None:
    assert list(WarpJitPairs.builder_configs) == ["all", "by_category", *CATEGORIES, *HARVESTED]
    assert all(str(config.version) == DATA_VERSION for config in WarpJitPairs.BUILDER_CONFIGS)
    assert WarpJitPairsConfig().request().num_records == 600
    assert WarpJitPairsConfig(categories=("math",)).request().num_records == 150


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_configuration_gives_rows_of_its_category(category: str, tmp_path: Path) -> None:
    stream = _builder(category, tmp_path, num_records=4, verify="none").as_streaming_dataset()
    rows = [row for split in stream.values() for row in split]
    assert len(rows) == 4
    assert {row["category"] for row in rows} == {category}
    assert list(rows[0]) == arrow_schema().names


def test_streaming_needs_nothing_on_disk(tmp_path: Path) -> None:
    keywords = {"num_records": 2 * len(CATEGORIES), "verify": "none"}
    stream = _builder("by_category", tmp_path, **keywords).as_streaming_dataset(split="vector")
    row = next(iter(stream))
    assert row["category"] == "vector"
    assert "wp::" in row["cpp_forward"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_prepared_rows_are_those_of_the_stream_for_any_number_of_processes(tmp_path: Path) -> None:
    keywords = {"num_records": 300, "seed": 4, "size": "small", "verify": "none"}
    streamed = _builder("atomic", tmp_path / "stream", **keywords).as_streaming_dataset()
    expected = {split: sorted(row["id"] for row in rows) for split, rows in streamed.items()}
    assert set(expected) == set(SPLITS)
    for processes in (None, 2):
        builder = _builder("atomic", tmp_path / str(processes), **keywords)
        builder.download_and_prepare(num_proc=processes)
        prepared = builder.as_dataset()
        assert {split: sorted(rows["id"]) for split, rows in prepared.items()} == expected
        assert prepared["train"].info.features == builder.info.features


def test_bad_keywords_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        _builder("atomic", tmp_path, num_records=0).as_streaming_dataset()
    with pytest.raises(ValueError, match="maths"):
        _builder("maths", tmp_path)
