"""`load_dataset("warp_jit_pairs")` after a build, each time in a new process, in each of the promised ways."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import QUICK, Run

from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.manifest import read_manifest

LOAD = """
import json, sys
import datasets
datasets.disable_progress_bars()
from datasets import load_dataset
name = sys.argv[1]
everything = load_dataset(name)
first = list(load_dataset(name, split="train", streaming=True))[0]
category = load_dataset(name, "atomic")
resumed = load_dataset(name, split="train", streaming=True)
position = iter(resumed)
skipped = [next(position)["id"] for _ in range(3)]
again = load_dataset(name, split="train", streaming=True)
again.load_state_dict(resumed.state_dict())
# All are read to their end: reading threads of one left half-way would meet the end of the interpreter (apache/arrow
# issue 45214).
rest = [row["id"] for row in position]
print(json.dumps({
    "rows": {split: len(rows) for split, rows in everything.items()},
    "ids": sorted(row["id"] for rows in everything.values() for row in rows),
    "train": list(everything["train"]["id"]),
    "streamed": first["id"],
    "columns": everything["train"].column_names,
    "slice": list(load_dataset(name, split="train[:3]")["id"]),
    "category": sorted({row["category"] for rows in category.values() for row in rows}),
    "category_rows": sum(len(rows) for rows in category.values()),
    "by_category": {split: len(rows) for split, rows in load_dataset(name, "by_category").items()},
    "by_category_split": sorted(set(load_dataset(name, "by_category", split="atomic")["category"])),
    "skipped": skipped,
    "rest": rest,
    "after_resume": [row["id"] for row in again],
}))
"""


def _load(run: Run, cwd: Path, name: str = "warp_jit_pairs") -> dict[str, object]:
    done = run("-W", "error", "-c", LOAD, name, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _check(found: dict[str, object], built: Path) -> None:
    manifest = read_manifest(built)
    rows = {split: manifest.rows(split=split) for split in ("train", "validation", "test")}
    assert found["rows"] == {split: count for split, count in rows.items() if count}
    assert len(set(found["ids"])) == manifest.rows() == sum(rows.values())
    assert found["streamed"] == found["train"][0]
    assert found["slice"] == found["train"][:3]
    assert found["category"] == ["atomic"]
    assert found["category_rows"] == manifest.rows("atomic")
    assert found["by_category"] == {category: manifest.rows(category) for category in CATEGORIES}
    assert found["by_category_split"] == ["atomic"]
    assert found["skipped"] == found["train"][:3]
    assert found["after_resume"] == found["rest"] == found["train"][3:]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def test_by_name_from_another_folder(built: Path, elsewhere: Path, run: Run) -> None:
    _check(_load(run, elsewhere), built)


def test_by_name_from_the_root_of_the_repository(built: Path, checkout: Path, run: Run) -> None:
    assert built.parent == checkout
    _check(_load(run, checkout), built)


def test_by_the_path_of_the_output(built: Path, elsewhere: Path, run: Run) -> None:
    _check(_load(run, elsewhere, str(built)), built)


def test_all_ways_give_the_same_rows(built: Path, checkout: Path, elsewhere: Path, run: Run) -> None:
    found = [_load(run, elsewhere), _load(run, checkout), _load(run, elsewhere, str(built))]
    assert found[0] == found[1] == found[2]


def test_the_default_stays_the_default_after_a_category_was_loaded_and_mapped(
    built: Path, elsewhere: Path, checkout: Path, run: Run
) -> None:
    mapped = "from datasets import load_dataset; load_dataset('warp_jit_pairs', 'math', split='train').map(lambda r: r)"
    for folder in (checkout, elsewhere):
        assert run("-c", mapped, cwd=folder).returncode == 0
    _check(_load(run, elsewhere), built)


def test_configurations_share_their_files(built: Path, environment: dict[str, str]) -> None:
    cache = Path(environment["HF_HOME"]) / "datasets" / "warp_jit_pairs"
    manifest = read_manifest(built)
    files = [path for path in cache.rglob("*.arrow") if manifest.fingerprint in str(path)]
    assert len({path.stat().st_ino for path in files}) == len(manifest.shards)
    assert len(files) == 3 * len(manifest.shards)


def test_after_a_second_build_only_the_new_rows_are_found(
    built: Path, checkout: Path, elsewhere: Path, run: Run
) -> None:
    before = _load(run, elsewhere)["ids"]
    _load(run, checkout)
    kept = built.with_name("kept")
    shutil.copytree(built, kept)
    build = ("builder_script.py", "build", *QUICK, "--output", built.name, "--overwrite")
    try:
        records = str(read_manifest(built).rows())
        assert run(*build, "--num-records", records, "--seed", "1").returncode == 0
        for folder, name in ((elsewhere, "warp_jit_pairs"), (checkout, "warp_jit_pairs"), (elsewhere, str(built))):
            found = _load(run, folder, name)
            _check(found, built)
            assert not set(before) & set(found["ids"])
    finally:
        shutil.rmtree(built)
        kept.rename(built)
        again = run("builder_script.py", "build", "--num-records", records, *QUICK, "--output", built.name)
    assert "nothing to do" in again.stdout
    assert _load(run, elsewhere)["ids"] == _load(run, checkout)["ids"] == before
