"""A build: the same bytes always, whole or absent, resumable, and nothing lost."""

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import QUICK, Run

from warp_jit_pairs import build as build_module
from warp_jit_pairs.build import BuildProgress, BuildResult, build
from warp_jit_pairs.errors import OutputError
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.manifest import find_manifest, read_manifest
from warp_jit_pairs.plan import Request, make_plan, program_seed
from warp_jit_pairs.schema import record_id
from warp_jit_pairs.shards import sha256_of

REQUEST = Request(("arithmetic", "atomic"), 40, seed=3, verify="none")


def _contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    return build(REQUEST, tmp_path_factory.mktemp("calm") / "out")


class _Stop(BuildProgress):
    """Interrupts the build after so many shards."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self, records: int) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_a_build_holds_what_was_asked_for(calm: BuildResult) -> None:
    manifest = calm.manifest
    assert manifest.rows() == 40
    assert [manifest.rows(category) for category in ("arithmetic", "atomic")] == [20, 20]
    assert calm.records_made == 40
    assert not calm.already_finished
    assert read_manifest(calm.folder) == manifest


def test_files_are_those_of_the_manifest(calm: BuildResult) -> None:
    files = _contents(calm.folder)
    data = {name: digest for name, digest in files.items() if name.startswith("data/")}
    assert data == {f"data/{shard['name']}.parquet": shard["sha256"] for shard in calm.manifest.shards}
    companions = {"README.md", "CHANGELOG.md", "LICENSE", "NOTICE", "croissant.json", "pictures/statistics.png"}
    assert set(files) - set(data) == companions | {"manifest.json", "plan.json"}


REFUSED = """\
import warp as wp


@wp.func_native("return x + not_declared;")
def negated(x: float) -> float:
    ...


@wp.kernel
def planted(x: wp.array(dtype=float), y: wp.array(dtype=float)):
    i = wp.tid()
    y[i] = negated(x[i])
"""


@pytest.mark.slow
def test_what_a_compiler_refuses_costs_itself_and_is_told_of_with_what_the_compiler_says(tmp_path: Path) -> None:
    request = Request(("math",), 4, seed=3, size="small", verify="none", level="ptx")
    doomed = make_plan(request).shards[0].candidates[1]
    seed = program_seed(request.seed, "math", doomed)

    def programs(category: str, number: int, size: str) -> KernelSpec:
        spec = generate_kernel(category, number, size)
        return {**spec, "source": REFUSED} if number == seed else spec

    manifest = build(request, tmp_path / "out", programs=programs).manifest
    assert (manifest.rows(), manifest.dropped) == (4, {"nvrtc fails": 1})
    (example,) = [text for shard in manifest.shards for text in shard["examples"].values()]
    assert example == f'{seed}: error: identifier "not_declared" is undefined'


def test_rows_are_distinct_and_their_ids_are_those_of_their_columns(calm: BuildResult) -> None:
    rows = [row for path in calm.folder.rglob("*.parquet") for row in pq.read_table(path).to_pylist()]
    assert len(rows) == 40
    assert len({row["id"] for row in rows}) == 40
    assert len({row["structural_hash"] for row in rows}) == 40
    assert all(row["id"] == record_id(row) for row in rows)


def test_the_bytes_do_not_depend_on_the_number_of_processes(calm: BuildResult, tmp_path: Path) -> None:
    build(REQUEST, tmp_path / "out", processes=2)
    assert _contents(tmp_path / "out") == _contents(calm.folder)


def test_an_interrupted_build_goes_on_and_gives_the_same_bytes(calm: BuildResult, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        build(REQUEST, out, progress=_Stop(2))
    assert find_manifest(out) is None
    assert not (out / "data").exists()
    result = build(REQUEST, out)
    assert 0 < result.records_made < 40
    assert _contents(out) == _contents(calm.folder)


def test_a_corrupted_shard_is_made_again(calm: BuildResult, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        build(REQUEST, out, progress=_Stop(2))
    finished = sorted((out / build_module.WORK).rglob("*.parquet"))
    finished[0].write_bytes(finished[0].read_bytes()[:-7])
    build(REQUEST, out)
    assert _contents(out) == _contents(calm.folder)


def test_a_finished_build_is_left_alone(calm: BuildResult) -> None:
    before = {path: path.stat().st_mtime_ns for path in calm.folder.rglob("*")}
    result = build(REQUEST, calm.folder)
    assert result.already_finished
    assert result.records_made == 0
    assert {path: path.stat().st_mtime_ns for path in calm.folder.rglob("*")} == before


@pytest.mark.parametrize("damage", ["cut", "lost", "plan"])
def test_a_finished_build_that_was_damaged_is_mended(damage: str, calm: BuildResult, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(calm.folder, out)
    path = min(out.rglob("*.parquet"))
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-7])
    elif damage == "lost":
        path.unlink()
    else:
        (out / "plan.json").write_text("{}")
    result = build(REQUEST, out)
    rows = next(shard["rows"] for shard in calm.manifest.shards if path.match(f"{shard['name']}.parquet"))
    assert result.records_made == (0 if damage == "plan" else rows)
    assert _contents(out) == _contents(calm.folder)


def test_what_a_crash_at_the_very_end_leaves_is_cleared_away(calm: BuildResult, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(calm.folder, out)
    (out / build_module.WORK).mkdir()
    (out / build_module.WORK / "plan.json").touch()
    assert build(REQUEST, out).already_finished
    assert _contents(out) == _contents(calm.folder)


@pytest.mark.parametrize(
    ("present", "message"),
    [("finished", "another finished build"), ("unfinished", "not finished"), ("foreign", "no build wrote")],
)
def test_what_is_in_the_folder_is_not_lost(present: str, message: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    other = dataclasses.replace(REQUEST, num_records=4, seed=9)
    if present == "foreign":
        out.mkdir()
        (out / "thesis.tex").write_text("years of work")
    elif present == "finished":
        build(other, out)
    else:
        with pytest.raises(KeyboardInterrupt):
            build(other, out, progress=_Stop(1))
    before = _contents(out)
    request = dataclasses.replace(REQUEST, num_records=6)
    with pytest.raises(OutputError, match=message):
        build(request, out)
    assert _contents(out) == before
    result = build(request, out, overwrite=True)
    assert result.manifest.rows() == 6
    assert sum(pq.read_metadata(path).num_rows for path in out.rglob("*.parquet")) == 6
    assert (out / "thesis.tex").exists() == (present == "foreign")


def test_the_old_data_stay_until_the_new_are_complete(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(dataclasses.replace(REQUEST, num_records=4), out)
    before = _contents(out)
    with pytest.raises(KeyboardInterrupt):
        build(dataclasses.replace(REQUEST, num_records=6), out, overwrite=True, progress=_Stop(1))
    after = _contents(out)
    assert {name: digest for name, digest in after.items() if not name.startswith(build_module.WORK)} == before


def test_a_second_build_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    class Second(BuildProgress):
        def begin(self, records: int, done: int) -> None:
            with pytest.raises(OutputError, match="in use by another build"):
                build(REQUEST, tmp_path / "out")

    build(dataclasses.replace(REQUEST, num_records=2), tmp_path / "out", progress=Second())


def _children(pid: int) -> set[int]:
    return {
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    }


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_process_leaves_no_process_and_no_broken_output(
    how: signal.Signals, calm: BuildResult, tmp_path: Path, scratch: tuple[Run, dict[str, str]]
) -> None:
    out = tmp_path / "out"
    arguments = ["--category", "arithmetic", "--category", "atomic", "--num-records", "40", "--seed", "3"]
    command = [sys.executable, "-m", "warp_jit_pairs.cli", "build", *arguments, *QUICK, "--output", str(out)]
    process = subprocess.Popen(command, env=scratch[1], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    done = out / build_module.WORK / "done"
    deadline = time.monotonic() + 120
    while not (done.exists() and list(done.rglob("*.json"))):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    workers = _children(process.pid)
    assert workers
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert find_manifest(out) is None
    assert not (out / "data").exists()
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "interrupted" in errors.splitlines()[-1]
        assert "Traceback" not in errors
    while any(os.path.exists(f"/proc/{pid}") for pid in workers):  # noqa: PTH110
        assert time.monotonic() < deadline
        time.sleep(0.05)
    build(REQUEST, out)
    assert _contents(out) == _contents(calm.folder)
