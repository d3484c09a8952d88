"""The card, and the figures about a build, against the parquet files they speak of."""

import collections
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from warp_jit_pairs.card import size_category
from warp_jit_pairs.data_stats import data_stats
from warp_jit_pairs.errors import OutputError
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.manifest import read_manifest
from warp_jit_pairs.schema import column_docs
from warp_jit_pairs.version import DATA_VERSION


@pytest.fixture(scope="module")
def card(built: Path) -> str:
    return (built / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def head(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_every_configuration_has_its_version_and_names_files_that_exist(head: dict, built: Path) -> None:
    names = [entry["config_name"] for entry in head["configs"]]
    assert names == ["all", "by_category", *CATEGORIES]
    assert [entry["config_name"] for entry in head["configs"] if entry.get("default")] == ["all"]
    for entry in head["configs"]:
        assert entry["version"] == DATA_VERSION
        paths = [path for split in entry["data_files"] for path in split["path"]]
        assert paths
        assert len(set(paths)) == len(paths)
        assert all((built / path).is_file() for path in paths)


def test_all_and_by_category_and_the_categories_name_the_same_files(head: dict, built: Path) -> None:
    files = {
        entry["config_name"]: {path for split in entry["data_files"] for path in split["path"]}
        for entry in head["configs"]
    }
    on_disk = {str(path.relative_to(built)) for path in built.rglob("*.parquet")}
    assert files["all"] == files["by_category"] == on_disk
    assert set().union(*(files[name] for name in CATEGORIES)) == on_disk


def test_the_counts_of_the_card_are_those_of_the_files(card: str, built: Path) -> None:
    rows = collections.Counter()
    for path in built.rglob("*.parquet"):
        category, split = path.parent.name, path.name.split("-")[0]
        rows[category, split] += pq.read_metadata(path).num_rows
    for category in CATEGORIES:
        counts = [rows[category, split] for split in ("train", "validation", "test")]
        assert f"| {category} | {' | '.join(map(str, [*counts, sum(counts)]))} |" in card
    assert f"{rows.total():,} rows" in card


def test_the_card_explains_every_column(card: str) -> None:
    for name, text in column_docs().items():
        assert f"| `{name}` | {text} |" in card


def test_nothing_of_the_template_is_left(card: str) -> None:
    assert not re.search(r"\$\w", card)


def test_another_build_has_another_fingerprint(head: dict, built: Path) -> None:
    assert {entry["description"] for entry in head["configs"]} == {f"build {read_manifest(built).fingerprint}"}


@pytest.mark.parametrize(
    ("rows", "name"), [(999, "n<1K"), (1_050, "1K<n<10K"), (10_500, "10K<n<100K"), (10**8, "n>1M")]
)
def test_size_category(rows: int, name: str) -> None:
    assert size_category(rows) == name


def test_stats_are_those_of_the_rows(built: Path) -> None:
    text = data_stats(built)
    rows = [row for path in built.rglob("*.parquet") for row in pq.read_table(path).to_pylist()]
    most = max(row["features"]["lines"] for row in rows)
    assert re.search(rf"\| lines of Python \| \d+ \| \d+ \| {most} \|", text)
    using = sum("clamp" in row["features"]["builtins"] for row in rows)
    assert f"| `clamp` | {100 * using / len(rows):.1f} % |" in text
    assert f"{len(rows):,} rows" in text


def test_stats_of_no_build(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no finished build"):
        data_stats(tmp_path)
