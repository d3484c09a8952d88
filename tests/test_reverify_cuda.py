"""`verify DIR --device cuda`: what a GPU finds goes into the column `verification`, and nothing else changes.

The GPU is `fake_gpu.py`'s; `test_gpu.py` has a real one.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fake_gpu import FakeDriver, Local

from benchmarks.stored_ptx import COLUMNS, Driver, check, export, read_rows
from warp_jit_pairs import cuda_driver, reverify_cuda
from warp_jit_pairs.build import build
from warp_jit_pairs.cli import main
from warp_jit_pairs.compile import Unit
from warp_jit_pairs.device_memory import Arena
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.manifest import read_manifest
from warp_jit_pairs.plan import Request
from warp_jit_pairs.ptx import LINKED
from warp_jit_pairs.reverify_cuda import run_verify_cuda, verify_rows
from warp_jit_pairs.shards import sha256_of
from warp_jit_pairs.workers import Workers

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished") / "data_folder"
    build(Request(("struct",), 2, seed=4, size="small", level="ptx"), folder)
    return folder


def rows_of(folder: Path) -> Rows:
    paths = [folder / "data" / f"{shard['name']}.parquet" for shard in read_manifest(folder).shards]
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


@pytest.fixture(scope="module")
def driver(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> FakeDriver:
    rows = rows_of(finished)
    units = [
        Unit(row["metadata"]["kernel_name"], row["support_cpp"], row["cpp_forward"], row["cpp_backward"])
        for row in rows
    ]
    return FakeDriver(units, tmp_path_factory.mktemp("fake"))


@pytest.fixture
def fake(driver: FakeDriver, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDriver]:
    monkeypatch.setattr(cuda_driver, "_driver", lambda: driver)
    monkeypatch.setattr(reverify_cuda, "_cuda_executor", Local)
    yield driver
    driver.disturb = None


def test_rows_of_the_level_ptx_hold_a_module_for_each_direction(finished: Path) -> None:
    for row in rows_of(finished):
        name = row["metadata"]["kernel_name"]
        assert f".entry {name}_cuda_kernel_forward(" in row["ptx_forward"]
        assert f".entry {name}_cuda_kernel_backward(" in row["ptx_backward"]
        assert row["launch"]["tiled"] is False
        assert row["verification"]["cuda"] == "not run"


def test_sound_rows_pass(finished: Path, fake: FakeDriver) -> None:
    found = verify_rows(rows_of(finished), 90, Local())
    assert [one.state for one in found] == ["passed", "passed"]
    assert any(one.gradient_errors for one in found)


def test_ptx_that_lacks_a_library_is_not_run_and_says_why(
    finished: Path, fake: FakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row, _) = rows_of(finished)
    monkeypatch.setattr(reverify_cuda, "to_ptx", lambda units, arch: [Rejected(LINKED, "dot")] * len(units))
    (found,) = verify_rows([row | {"ptx_forward": None, "ptx_backward": None}], 90, Local())
    assert (found.state, found.reason) == ("not run", f"{LINKED}: dot")


def test_a_row_without_ptx_is_compiled(finished: Path, fake: FakeDriver) -> None:
    (row, _) = rows_of(finished)
    assert verify_rows([row | {"ptx_forward": None, "ptx_backward": None}], 90, Local())[0].state == "passed"


def test_faults_are_found(finished: Path, fake: FakeDriver) -> None:
    (row, _) = rows_of(finished)
    other = copy.deepcopy(row)
    output = other["test_cases"][0]["outputs"][0]
    output["data"] = bytes(len(output["data"]))
    unread = copy.deepcopy(row)
    unread["test_cases"][0]["inputs"].pop()
    refused = row | {"ptx_forward": None, "cuda_forward": "nonsense"}
    not_run = copy.deepcopy(row)
    not_run["verification"]["executed"] = "unsupported"
    found = verify_rows([other, unread, refused, not_run], 90, Local())
    assert [one.state for one in found] == ["failed", "failed", "failed", "not run"]
    for one, said in zip(found, ("differs", "arguments cannot be read", "nvrtc fails", ""), strict=True):
        assert said in one.reason


def test_a_wrong_adjoint_is_found(finished: Path, fake: FakeDriver) -> None:
    fake.disturb = "backward"
    rows = [row for row in rows_of(finished) if row["verification"]["gradient"] == "passed"]
    assert rows
    for one in verify_rows(rows, 90, Local()):
        assert "adjoint of" in one.reason


def test_a_folder_is_written_again(finished: Path, fake: FakeDriver, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    (folder / "validation_report.json").write_text("{}")
    before = rows_of(folder)
    assert run_verify_cuda(folder, Workers(0), trust=True) == 0
    after = rows_of(folder)
    for old, new in zip(before, after, strict=True):
        assert new["verification"]["cuda"] == "passed"
        changed = {name for name in old if old[name] != new[name]}
        assert changed == {"verification"}
    for shard in read_manifest(folder).shards:
        assert shard["sha256"] == sha256_of(folder / "data" / f"{shard['name']}.parquet")
    assert not (folder / "validation_report.json").exists()
    assert "was run on a GPU and agreed" in (folder / "README.md").read_text()
    fake.disturb = "forward"
    assert run_verify_cuda(folder, Workers(0), trust=True) == 1
    assert {row["verification"]["cuda"] for row in rows_of(folder)} == {"failed"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "FOLDER", "--device", "cuda"], "--trust"),
        (["verify", "FOLDER", "--device", "cuda", "--trust"], "no GPU can be used"),
        (["verify", "FOLDER", "--device", "tpu"], "unknown device 'tpu': choose from cpu, cuda"),
        (["build", "--verify", "cuda", "--num-records", "2"], "no GPU can be used"),
        (["build", "--levels", "sass"], "unknown level of code 'sass': choose from code, ptx"),
        (["build", "--levels", "ptx", "--arch", "12"], "NVRTC does not compile for architecture 12"),
    ],
)
def test_one_line_says_what_is_wrong(
    arguments: list[str], said: str, finished: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cuda_driver, "_LIBRARIES", ("no_such_library.so",))
    cuda_driver._driver.cache_clear()
    monkeypatch.chdir(finished.parent)
    assert main([str(finished) if word == "FOLDER" else word for word in arguments]) == 2
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert said in lines[0]
    cuda_driver._driver.cache_clear()


def test_stored_ptx_gives_the_expected_outputs(finished: Path, fake: FakeDriver) -> None:
    (row, _) = rows_of(finished)
    device = Driver()
    assert check(row, device, Arena(0, device)) == ""
    fake.disturb = "forward"
    assert "differs" in check(row, device, Arena(0, device))


def test_exported_rows_are_those_of_the_build(finished: Path, tmp_path: Path) -> None:
    assert export(finished, 5, tmp_path / "rows.jsonl.gz") == 2
    read = {row["id"]: row for row in read_rows(tmp_path / "rows.jsonl.gz")}
    for row in rows_of(finished):
        assert read[row["id"]] == {name: row[name] for name in COLUMNS}
