"""Two versions side by side: rows by id, columns, figures; from folders and from the Hub."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub_stand_in import Hub

from warp_jit_pairs.cli import main
from warp_jit_pairs.diff_command import version
from warp_jit_pairs.errors import HubError, UsageError
from warp_jit_pairs.hub import Repository
from warp_jit_pairs.push_command import run_push
from warp_jit_pairs.version_diff import compare

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")


def ids(folder: Path) -> set[str]:
    return {name for path in folder.rglob("*.parquet") for name in pq.read_table(path)["id"].to_pylist()}


def test_rows_are_told_apart_by_their_ids(first: Path, second: Path) -> None:
    found = compare(version(str(first)), version(str(second)))
    assert found.added.total() == len(ids(second) - ids(first)) == 6
    assert found.removed.total() == len(ids(first) - ids(second)) == 0
    assert (found.changed.total(), found.unchanged) == (0, 20)
    assert ("rows", "20", "26") in found.figures
    assert found.columns == []
    back = compare(version(str(second)), version(str(first)))
    assert (back.added, back.removed) == (found.removed, found.added)


def test_a_version_and_itself(first: Path) -> None:
    found = compare(version(str(first)), version(str(first)))
    assert (found.added.total(), found.removed.total(), found.changed.total(), found.unchanged) == (0, 0, 0, 20)
    assert all(old == new for _, old, new in found.figures)


def test_a_row_of_one_id_with_another_verification_is_changed(first: Path, tmp_path: Path) -> None:
    shutil.copytree(first, tmp_path / "copy")
    path = next((tmp_path / "copy").rglob("*.parquet"))
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[0]["verification"]["compiled"] = "passed"
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    found = compare(version(str(first)), version(str(tmp_path / "copy")))
    assert dict(found.changed) == {"atomic": 1}
    assert (found.added.total(), found.removed.total(), found.unchanged) == (0, 0, 19)
    assert ("compiled passed", "", "5.0 %") in found.figures


def test_columns_that_came_went_or_changed_are_named(first: Path, tmp_path: Path) -> None:
    shutil.copytree(first, tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*.parquet"):
        table = pq.read_table(path).drop_columns(["license"])
        table = table.append_column("ptx", pa.array([""] * table.num_rows))
        pq.write_table(table.set_column(2, "source", pa.array(range(table.num_rows))), path)
    found = compare(version(str(first)), version(str(tmp_path / "copy")))
    assert found.columns == ["added: ptx", "removed: license", "changed: source"]
    assert found.added.total() == 0


def test_versions_on_the_hub_are_compared_by_tag(hub: Hub, repository: Repository, first: Path, second: Path) -> None:
    for folder in (first, second):
        run_push("org/pairs", folder, yes=True, repository=repository)
    local = compare(version(str(first)), version(str(second)))
    assert compare(version("org/pairs@v0.1.0", repository), version("org/pairs@v0.2.0", repository)) == local
    assert compare(version("org/pairs@v0.1.0", repository), version(str(first))).unchanged == 20
    with pytest.raises(HubError, match="it is not there"):
        version("org/pairs@v9.0.0", repository)
    assert hub.repos["org/pairs"].tags


def test_the_command_prints_both_sides(first: Path, second: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(first), str(second)]) == 0
    printed = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines()]
    assert ["all", "6", "0", "0"] in rows
    assert "rows in both, alike: 20" in printed
    assert main(["diff", str(first), str(first)]) == 0
    assert "no figure differs" in capsys.readouterr().out


@pytest.mark.parametrize("side", ["nothing/here", "org/pairs@", "org/../pairs@v0.1.0", "v0.1.0"])
def test_what_is_no_version_is_refused(side: str) -> None:
    with pytest.raises(UsageError):
        version(side)


def test_a_folder_without_a_build_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no finished build"):
        version(str(tmp_path))
