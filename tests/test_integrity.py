"""Data integrity: a fault is planted for every check, the manifest resealed, and the check meant for it fails."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warp_jit_pairs import card_files, checks
from warp_jit_pairs.build import build
from warp_jit_pairs.card_files import write_card
from warp_jit_pairs.columns import CODE_COLUMNS
from warp_jit_pairs.errors import OutputError
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.features import features
from warp_jit_pairs.folder import left_out
from warp_jit_pairs.identity import split_of, structural_hash
from warp_jit_pairs.integrity import FILE_CHECKS, ROW_CHECKS, integrity_checks
from warp_jit_pairs.integrity_rows import SAMPLE, _Overlaps, _text_fault
from warp_jit_pairs.manifest import read_json, read_manifest, write_json
from warp_jit_pairs.plan import Request
from warp_jit_pairs.schema import record_id
from warp_jit_pairs.shards import features as arrow_features
from warp_jit_pairs.shards import sha256_of, write_parquet

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""The rows of each shard, by its name."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    request = Request(("arithmetic", "atomic", "function"), 60, seed=0, size="small", verify="none")
    return build(request, tmp_path_factory.mktemp("sound") / "out").folder


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card is made again for many faults; without its picture that is quick."""
    monkeypatch.setattr(card_files, "can_draw", lambda: False)


def reseal(folder: Path) -> None:
    """Let manifest and card say of the files whatever they now are."""
    content = read_json(folder / "manifest.json")
    for shard in content["shards"]:
        path = folder / "data" / f"{shard['name']}.parquet"
        rows = pq.read_metadata(path).num_rows
        shard |= {"rows": rows, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
    write_json(folder / "manifest.json", content)
    write_card(folder, read_manifest(folder))


def change_rows(folder: Path, change: Callable[[Rows], None]) -> None:
    names = [shard["name"] for shard in read_manifest(folder).shards]
    rows = {name: pq.read_table(folder / "data" / f"{name}.parquet").to_pylist() for name in names}
    change(rows)
    for name in names:
        table = pa.Table.from_pylist(rows[name], schema=arrow_features().arrow_schema)
        write_parquet(folder / "data" / f"{name}.parquet", table)
    reseal(folder)


def failing(folder: Path) -> set[str]:
    results = list(integrity_checks(folder))
    assert len(results) == len(FILE_CHECKS) + len(ROW_CHECKS)
    assert all(result.detail for result in results if not result.passed)
    return {result.name.removeprefix("data: ") for result in results if result.passed is False}


def shard(rows: Rows, split: str) -> list[Row]:
    return max((found for name, found in rows.items() if f"/{split}-" in name), key=len)


def data_file(folder: Path, split: str) -> Path:
    return sorted((folder / "data").rglob(f"{split}-*.parquet"))[0]


def in_row(change: Callable[[Row], Any]) -> Callable[[Path], None]:
    """Change one row of train, and give it the id of its columns again."""

    def planted(rows: Rows) -> None:
        row = shard(rows, "train")[3]
        change(row)
        row["id"] = record_id(row)

    return lambda folder: change_rows(folder, planted)


def in_rows(change: Callable[[Rows], Any]) -> Callable[[Path], None]:
    return lambda folder: change_rows(folder, lambda rows: change(rows))


# -- faults


def swap_two_shards(folder: Path) -> None:
    first, second = (data_file(folder, split) for split in ("test", "train"))
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)


def stray_parquet(folder: Path) -> None:
    shutil.copy(data_file(folder, "test"), folder / "data" / "more.parquet")


def other_plan(folder: Path) -> None:
    (folder / "plan.json").write_text((folder / "plan.json").read_text().replace("0", "1", 1))


def text_as_count(folder: Path) -> None:
    path = data_file(folder, "train")
    table = pq.read_table(path)
    place = table.schema.get_field_index("category")
    write_parquet(path, table.set_column(place, "category", pa.array(range(table.num_rows))))
    content = read_json(folder / "manifest.json")
    for shard in content["shards"]:
        file = folder / "data" / f"{shard['name']}.parquet"
        shard |= {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
    write_json(folder / "manifest.json", content)


def in_one_row_group_and_uncompressed(folder: Path) -> None:
    path = data_file(folder, "train")
    pq.write_table(pq.read_table(path), path, compression="none", write_page_index=False)
    reseal(folder)


def lose_a_row(rows: Rows) -> None:
    shard(rows, "train").pop()


def another_count_in_the_manifest(folder: Path) -> None:
    content = read_json(folder / "manifest.json")
    content["shards"][0]["rows"] += 1
    write_json(folder / "manifest.json", content)
    write_card(folder, read_manifest(folder))


def another_count_on_the_card(folder: Path) -> None:
    path = folder / "README.md"
    text = path.read_text()
    path.write_text(text.replace("| **all** |", "| **all** | 1 |"))


def a_configuration_over_other_files(folder: Path) -> None:
    path = folder / "README.md"
    text = path.read_text()
    path.write_text(text.replace(f"    - {data_file(folder, 'test').relative_to(folder)}\n", "", 1))


def a_lost_picture(folder: Path) -> None:
    (folder / "pictures" / "statistics.png").unlink()


def repeat_a_row(rows: Rows) -> None:
    train = shard(rows, "train")
    train[1] = train[0]


def straddle(rows: Rows) -> None:
    name, test = next((name, found) for name, found in rows.items() if "/test-" in name)
    test[0] = next(found for other, found in rows.items() if other.startswith(f"{name.split('/')[0]}/train-"))[0]


def wrong_split(rows: Rows) -> None:
    """Between two files of one category."""
    by_category = {name.split("/")[0]: found for name, found in rows.items() if "/train-" in name}
    name, test = next((name, found) for name, found in rows.items() if "/test-" in name)
    train = by_category[name.split("/")[0]]
    train[0], test[0] = test[0], train[0]


def nearly_a_test_row(rows: Rows) -> None:
    """A test row with one more line, genuine in all that it says of itself, in a file of train."""
    tests = [row for name, found in rows.items() if "/test-" in name for row in found]
    test = max(tests, key=lambda row: row["features"]["tokens"])
    for count in range(1, 60):
        source = test["python_source"].rstrip("\n") + "\n" + "".join(f"    extra_{i} = {i}.0\n" for i in range(count))
        if split_of(structural_hash(source)) == "train":
            break
    (code,) = extract_batch([source])
    assert isinstance(code, Extracted)
    row = test | {"python_source": source, "structural_hash": structural_hash(source), "features": features(source)}
    row |= {name: getattr(code, name) for name in CODE_COLUMNS} | {"line_map": code.line_map, "args": code.args}
    (train,) = (found for name, found in rows.items() if name.startswith(f"{row['category']}/train-"))
    train[0] = row | {"id": record_id(row)}


def append(column: str, text: str) -> Callable[[Row], None]:
    """Put a line behind the last one of a column; the map has a line for it."""

    def change(row: Row) -> None:
        row[column] += text + "\n"
        row["line_map"][column].append(0)

    return change


def mend_features(row: Row, source: str) -> None:
    row["python_source"] = source
    row["features"] = features(source)
    row["structural_hash"] = structural_hash(source)


def every_row(change: Callable[[Row], None]) -> Callable[[Rows], None]:
    def planted(rows: Rows) -> None:
        for found in rows.values():
            for row in found:
                change(row)
                row["id"] = record_id(row)

    return planted


def claim(**claims: Any) -> Callable[[Row], None]:
    return lambda row: row["verification"].update(claims)


def cut_case(row: Row) -> None:
    array = {"name": row["args"][0]["name"], "dtype": "float32", "shape": [4], "data": b"\0" * 15}
    row["test_cases"] = [{"seed": 0, "dim": [4], "tolerance": 1e-5, "inputs": [array], "outputs": [array]}]
    row["verification"].update(executed="passed", compiled="passed")


AGAIN = {"made again"}
"""A consequence if the changed row is in the sample, which the row's structure decides."""

FAULTS: dict[str, tuple[str, Callable[[Path], None], set[str]]] = {
    "a file is lost": ("files", lambda f: next(f.rglob("*.parquet")).unlink(), {"checksums", "counts", "card"}),
    "a file is no parquet": (
        "files",
        lambda f: next(f.rglob("*.parquet")).write_bytes(b"PAR1"),
        {"checksums", "counts", "card"},
    ),
    "a file too many": ("files", stray_parquet, set()),
    "two files changed places": (
        "checksums",
        swap_two_shards,
        {"counts", "card", "splits", "placement"},
    ),
    "another plan": ("checksums", other_plan, set()),
    "a column of another type": ("schema", text_as_count, {"checksums", "card"}),
    "one large row group": ("layout", in_one_row_group_and_uncompressed, set()),
    "a row is lost": ("counts", in_rows(lose_a_row), set()),
    "the manifest counts otherwise": ("counts", another_count_in_the_manifest, {"card"}),
    "the card counts otherwise": ("card", another_count_on_the_card, set()),
    "a configuration lacks a file": ("card", a_configuration_over_other_files, set()),
    "a picture is lost": ("card", a_lost_picture, set()),
    "an id of nothing": ("ids", in_rows(lambda rows: shard(rows, "train")[0].update(id="0" * 32)), set()),
    "a row twice": ("distinct ids", in_rows(repeat_a_row), {"distinct structures"}),
    "a false structural hash": (
        "structures",
        in_row(lambda row: row.update(structural_hash="0" * 32)),
        AGAIN,
    ),
    "a structure twice": (
        "distinct structures",
        in_rows(
            lambda rows: shard(rows, "train")[0].update(structural_hash=shard(rows, "train")[1]["structural_hash"])
        ),
        {"structures", "splits"} | AGAIN,
    ),
    "a structure in two splits": (
        "splits",
        in_rows(straddle),
        {"distinct ids", "distinct structures", "near-duplicates"},
    ),
    "rows in each other's split": ("splits", in_rows(wrong_split), set()),
    "nearly a test row in train": ("near-duplicates", in_rows(nearly_a_test_row), AGAIN),
    "a comment": ("canonical text", in_row(append("cpp_forward", "// y = x")), AGAIN),
    "a path in the code": ("canonical text", in_row(append("cuda_forward", '#line 3 "/home/me/k.py"')), AGAIN),
    "a hash in the code": ("canonical text", in_row(append("cpp_backward", "int kernel_57d51288;")), AGAIN),
    "a path in the source": (
        "canonical text",
        in_row(lambda row: mend_features(row, row["python_source"] + "# from /home/me/kernels.py\n")),
        AGAIN,
    ),
    "a line map too short": ("line maps", in_row(lambda row: row["line_map"]["cpp_forward"].pop()), AGAIN),
    "a line map beyond the source": (
        "line maps",
        in_row(lambda row: row["line_map"]["cpp_forward"].__setitem__(0, 9999)),
        AGAIN,
    ),
    "other features": ("features", in_row(lambda row: row["features"].update(tokens=1)), set()),
    "another category": ("placement", in_row(lambda row: row["metadata"].update(category="math")), set()),
    "another Warp": ("placement", in_row(lambda row: row["provenance"].update(warp_version="1.10.0")), set()),
    "no licence": ("placement", in_row(lambda row: row.update(license="")), {"attribution"}),
    "a licence that the data do not have": ("attribution", in_row(lambda row: row.update(license="MIT")), set()),
    "another origin": ("attribution", in_row(lambda row: row.update(source="newton 1.8.0 a.py:3")), set()),
    "no notice": ("attribution", lambda f: (f / "NOTICE").unlink(), set()),
    "another licence text": ("attribution", lambda f: (f / "LICENSE").write_text("MIT\n"), set()),
    "executed without a case": (
        "verification",
        in_row(claim(executed="passed", compiled="passed")),
        set(),
    ),
    "proven further than asked for": ("verification", in_row(claim(compiled="passed")), set()),
    "an error that is no number": ("verification", in_row(claim(forward_error=float("nan"))), set()),
    "a state that does not exist": ("verification", in_row(claim(gradient="perhaps")), set()),
    "a test case with bytes missing": ("verification", in_row(cut_case), set()),
    "other code": (
        "made again",
        in_rows(every_row(lambda row: row.update(cpp_forward=row["cpp_forward"].replace("wp::", "WP::")))),
        set(),
    ),
    "another line map": (
        "made again",
        in_rows(every_row(lambda row: row["line_map"].update(cpp_forward=[0] * len(row["line_map"]["cpp_forward"])))),
        set(),
    ),
    "another seed": (
        "made again",
        in_rows(every_row(lambda row: row["provenance"].update(seed=row["provenance"]["seed"] + 1))),
        set(),
    ),
}
"""What is planted -> the check meant for it, the fault, and the checks that may fail in consequence."""


def test_a_sound_build_passes_every_check(sound: Path) -> None:
    results = list(integrity_checks(sound))
    assert [result.passed for result in results] == [True] * (len(FILE_CHECKS) + len(ROW_CHECKS)), results


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_fails_the_check_meant_for_it(fault: str, copy: Path) -> None:
    meant, plant, consequences = FAULTS[fault]
    plant(copy)
    failed = failing(copy)
    assert meant in failed
    assert failed <= {meant} | consequences


def test_every_check_has_its_fault() -> None:
    assert {meant for meant, _, _ in FAULTS.values()} == {*FILE_CHECKS, *ROW_CHECKS}


def test_resealing_alone_fails_nothing(copy: Path) -> None:
    change_rows(copy, lambda rows: None)
    assert failing(copy) == set()


def test_rows_are_not_made_again_by_another_generator(copy: Path) -> None:
    content = read_json(copy / "manifest.json")
    write_json(copy / "manifest.json", content | {"generator_version": "0.0.1"})
    (result,) = (result for result in integrity_checks(copy) if result.name == "data: made again")
    assert result.passed is None
    assert "0.0.1" in result.detail


def test_a_source_that_the_generator_did_not_write_is_not_run(copy: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    line = f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"
    change_rows(copy, every_row(lambda row: row.update(python_source=line + row["python_source"])))
    assert "made again" in failing(copy)
    assert not mark.exists()


def test_the_index_of_overlaps_gives_exact_jaccard_indices() -> None:
    import numpy as np

    from warp_jit_pairs.identity import jaccard

    rng = np.random.default_rng(0)
    sets = [np.unique(rng.integers(0, 60, size)).astype(np.uint64) for size in (5, 20, 40, 40, 60)]
    index = _Overlaps(sets[1:])
    expected = [jaccard(sets[0], other) for other in sets[1:]]
    assert index.most_similar(sets[0]) == (pytest.approx(max(expected)), expected.index(max(expected)))
    assert index.most_similar(np.array([1000], dtype=np.uint64)) == (0.0, 0)


@pytest.mark.parametrize(
    "text", ['printf("a // b /* c */");\n', "x = a / b;\n", "float vertex_12 = 0;\n", "auto user_deadbeef1 = 0;\n"]
)
def test_sound_text_is_not_taken_for_a_fault(text: str) -> None:
    assert _text_fault(text, "") == ""


# -- `check DIR`


@pytest.fixture
def only_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the suites of kernels and of Poisson problems out: other tests run them."""
    whole = checks.parts

    def parts(**options: Any) -> checks.Parts:
        return {title: run for title, run in whole(**options).items() if title.startswith("data in")}

    monkeypatch.setattr(checks, "parts", parts)


@pytest.mark.usefixtures("only_data")
def test_check_writes_a_report_that_holds_for_these_files(copy: Path) -> None:
    report = copy / "validation_report.json"
    assert checks.run_checks(quick=False, device="cpu", report=report, folder=copy) == 0
    content = json.loads(report.read_text())
    assert content["passed"] is True
    assert [check["name"] for check in content["checks"]] == [f"data: {name}" for name in (*FILE_CHECKS, *ROW_CHECKS)]
    files = {str(path.relative_to(copy)): sha256_of(path) for path in copy.rglob("*") if path.is_file()}
    del files["validation_report.json"]
    assert content["files"] == files


@pytest.mark.usefixtures("only_data")
def test_check_fails_with_the_check_named(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FAULTS["an id of nothing"][1](copy)
    assert checks.run_checks(quick=False, device="cpu", report=copy / "report.json", folder=copy) == 1
    assert "train-00000-of-00001: row 00000000000000000000000000000000 has the id" in capsys.readouterr().err


def test_check_of_no_build_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no finished build"):
        checks.run_checks(quick=True, device="cpu", report=tmp_path / "report.json", folder=tmp_path)


def test_a_new_build_removes_the_report_of_the_old_one(copy: Path) -> None:
    (copy / "validation_report.json").write_text("{}")
    build(Request(("arithmetic",), 4, seed=1, verify="none"), copy, overwrite=True)
    assert not (copy / "validation_report.json").exists()
    assert left_out(copy, read_manifest(copy)) == []


def test_the_sample_is_spread_over_the_rows(sound: Path) -> None:
    from warp_jit_pairs.integrity import Built
    from warp_jit_pairs.integrity_rows import _sample

    places = [place for place, _ in _sample(Built(sound, read_manifest(sound)))]
    assert len(set(places)) == SAMPLE
    assert len({place.split("/")[0] for place in places}) == 3
