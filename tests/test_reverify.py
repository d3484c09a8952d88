"""Verifying a data set again: own records pass, altered ones fail, hostile ones harm nothing and nobody else."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from test_sandbox import needs_bubblewrap

from warp_jit_pairs.build import build
from warp_jit_pairs.compile import Unit
from warp_jit_pairs.errors import OutputError, UsageError
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.plan import Request
from warp_jit_pairs.reference import HandleType, Reference, StructType, Unsupported, ValueType
from warp_jit_pairs.reference.layout import Argument, ArrayType
from warp_jit_pairs.replay import arguments_of
from warp_jit_pairs.reverify import claims_fault, reverify_rows, run_verify
from warp_jit_pairs.schema import Record
from warp_jit_pairs.shards import write_parquet

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Some verified records as rows."""
    specs = [generate_kernel(category, seed) for category in ("arithmetic", "struct", "integer") for seed in (3, 4)]
    return [dataclasses.asdict(record) for record in to_records(specs, "execute") if isinstance(record, Record)]


@pytest.fixture(scope="module")
def geometry_rows() -> list[Row]:
    """Verified records whose test cases hold objects of Warp, of every family."""
    chosen: dict[str, list[KernelSpec]] = {}
    for seed in range(400):
        spec = generate_kernel("geometry", seed, "small")
        kinds = [known["handle"].rstrip("123d") for known in spec["metadata"]["args"].values() if "handle" in known]
        if len(kinds) == 1:
            chosen.setdefault(kinds[0], []).append(spec)
    specs = [spec for kind in sorted(chosen) for spec in chosen[kind][:3]]
    found = [dataclasses.asdict(record) for record in to_records(specs, "execute") if isinstance(record, Record)]
    return [row for row in found if row["test_cases"]]


def altered(row: Row, **columns: Any) -> Row:
    return copy.deepcopy(row) | columns


# -- argument types


def _plain(kind: ValueType) -> ValueType:
    """A type with the suffix of struct names in generated code gone."""
    if isinstance(kind, StructType):
        fields = tuple((name, _plain(inner)) for name, inner in kind.fields)
        return StructType(kind.name.rsplit("_", 1)[0], fields)
    if isinstance(kind, ArrayType):
        item = _plain(kind.item)
        assert not isinstance(item, ArrayType)
        return dataclasses.replace(kind, item=item)
    return kind


def _suffixed(argument: Argument) -> Argument:
    return Argument(argument.name, _plain(_with_suffix(argument.type)))


def _with_suffix(kind: ValueType) -> ValueType:
    if isinstance(kind, StructType):
        return StructType(f"{kind.name}_0", tuple((name, _with_suffix(inner)) for name, inner in kind.fields))
    if isinstance(kind, ArrayType) and isinstance(kind.item, StructType):
        item = _with_suffix(kind.item)
        assert isinstance(item, StructType)
        return dataclasses.replace(kind, item=item)
    return kind


@pytest.mark.parametrize("category", CATEGORIES)
def test_argument_types_read_from_the_code_are_those_of_the_source(category: str) -> None:
    specs = [generate_kernel(category, seed) for seed in range(20, 30)]
    checked = 0
    for spec, code in zip(specs, extract_batch([spec["source"] for spec in specs]), strict=True):
        arguments = _arguments(spec["source"])
        if isinstance(code, Extracted) and arguments:
            unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
            found = arguments_of(unit, {argument["name"]: argument["ndim"] for argument in code.args})
            wanted = tuple(_suffixed(argument) for argument in arguments)
            assert tuple(Argument(a.name, _plain(a.type)) for a in found) == wanted
            checked += 1
    assert checked >= 5


def _arguments(source: str) -> tuple[Argument, ...]:
    """Arguments of a kernel that can have test cases; none otherwise."""
    try:
        found = Reference(source).arguments
    except Unsupported:
        return ()
    return () if any(isinstance(argument.type, HandleType) for argument in found) else found


# -- rows


@needs_bubblewrap
def test_own_records_pass_in_the_sandbox(rows: list[Row]) -> None:
    found = reverify_rows(rows, trust=False)
    assert [(result.state, result.reason) for result in found] == [("passed", "")] * len(rows)
    assert [result.id for result in found] == [row["id"] for row in rows]


@needs_bubblewrap
def test_objects_of_warp_are_made_again_from_what_is_stored(geometry_rows: list[Row]) -> None:
    stored = {array["name"].rsplit(".")[-1] for row in geometry_rows for array in row["test_cases"][0]["inputs"]}
    assert stored >= {"indices", "lowers", "cells", "transform", "texels"}
    found = reverify_rows(geometry_rows, trust=False)
    assert [(result.state, result.reason) for result in found] == [("passed", "")] * len(geometry_rows)


@needs_bubblewrap
@pytest.mark.parametrize(("part", "data"), [("indices", b"\xff\xff\xff\x7f"), ("points", b"")])
def test_a_stored_object_that_is_none_fails(part: str, data: bytes, geometry_rows: list[Row]) -> None:
    for row in geometry_rows:
        changed = altered(row)
        arrays = [a for case in changed["test_cases"] for a in case["inputs"] if a["name"].endswith(f".{part}")]
        if arrays:
            for array in arrays:
                array["data"] = data * (len(array["data"]) // 4) if data else b""
                array["shape"] = array["shape"] if data else [0, *array["shape"][1:]]
            (result,) = reverify_rows([changed], trust=False)
            assert result.state == "failed"
            return
    raise AssertionError("no such row")


def _code(row: Row) -> Row:
    code = row["cpp_forward"].replace("wp::array_store(", "(void)(", 1)
    assert code != row["cpp_forward"]
    return altered(row, cpp_forward=code)


def _output(row: Row) -> Row:
    changed = altered(row)
    array = changed["test_cases"][-1]["outputs"][0]
    size = int(re.sub(r"\D", "", array["dtype"]) or 8) // 8
    data = bytearray(array["data"])
    for place in range(size - 1, len(data), size):  # exponents, so that no number stays where it was within a tolerance
        data[place] ^= 0x41
    array["data"] = bytes(data)
    return changed


def _shorter(row: Row) -> Row:
    changed = altered(row)
    array = changed["test_cases"][0]["outputs"][0]
    array["data"] = array["data"][: len(array["data"]) // 2]
    return changed


def _no_outputs(row: Row) -> Row:
    changed = altered(row)
    changed["test_cases"][0]["outputs"] = []
    return changed


def _other_input(row: Row) -> Row:
    changed = altered(row)
    changed["test_cases"][0]["inputs"][0]["name"] = "nobody"
    return changed


def _broken(row: Row) -> Row:
    return altered(row, cpp_forward=row["cpp_forward"] + "\nint x = missing;")


FAULTS: dict[str, tuple[Callable[[Row], Row], str]] = {
    "code": (_code, "differs"),
    "output": (_output, "differs"),
    "size": (_shorter, "cannot be read|another size"),
    "no outputs": (_no_outputs, "no output is stored"),
    "inputs": (_other_input, "arguments cannot be read: no input"),
    "does not compile": (_broken, "clang fails"),
}


def test_altered_code_and_outputs_fail(rows: list[Row]) -> None:
    found = reverify_rows([_code(rows[0]), _output(rows[0])], trust=True)
    assert [result.state for result in found] == ["failed", "failed"]
    assert all("differs" in result.reason for result in found)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_an_altered_row_fails_and_no_other(fault: str, rows: list[Row]) -> None:
    alter, reason = FAULTS[fault]
    found = reverify_rows([rows[0], alter(rows[1]), rows[-1]], trust=True)
    assert [result.state for result in found] == ["passed", "failed", "passed"]
    assert any(part in found[1].reason for part in reason.split("|")), found[1].reason


CLAIMS = {
    "no cases": ({}, {"test_cases": []}),
    "cases of a row that was not run": ({"executed": "not run"}, {}),
    "not compiled": ({"compiled": "not run"}, {}),
    "gradient without adjoint": ({"gradient": "passed"}, {"cpp_backward": ""}),
    "an unknown state": ({"executed": "proven"}, {}),
    "failed": ({"executed": "failed"}, {}),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_contradictory_claims_fail(claim: str, rows: list[Row]) -> None:
    states, columns = CLAIMS[claim]
    row = altered(rows[0], **columns)
    row["verification"] |= states
    assert claims_fault(rows[0]) == ""
    assert claims_fault(row)
    (found,) = reverify_rows([row], trust=True)
    assert (found.state, found.reason) == ("failed", claims_fault(row))


@pytest.mark.slow
def test_a_row_without_cases_is_compiled_and_counted_apart(rows: list[Row]) -> None:
    row = altered(rows[0], test_cases=[])
    row["verification"] |= {"executed": "unsupported", "gradient": "unsupported"}
    assert [result.state for result in reverify_rows([row], trust=True)] == ["without cases"]
    assert [result.state for result in reverify_rows([_broken(row)], trust=True)] == ["failed"]


# -- hostile rows

SYSTEM_CALL = 'extern "C" long syscall(long number, ...);\n'
WRITE = 'long file = syscall(2, "{path}", 02 | 0100, 0666); syscall(1, file, "harm", 4l);'
HOSTILE = {
    "crash": "*(volatile int*)8 = 1;",
    "endless loop": "for (volatile int turn = 0;; turn = 1) {}",
    "50 GB": """
        for (long place = 0; place < 50; ++place) {
            char* piece = (char*)syscall(9, 0l, 1l << 30, 3l, 0x22l, -1l, 0l);
            for (long i = 0; i < 1l << 30; i += 4096) piece[i] = 1;
        }""",
    "fork bomb": "for (int turn = 0; turn < 200; ++turn) syscall(57);",
    "compiler": 'asm volatile("nop");',
    "exit": "syscall(231, 0);",
    "kill everything": "syscall(62, -1l, 9l);",
    "home": WRITE,
    "data set": WRITE,
}
"""Name -> C++ that a kernel does before its own work; Warp's clang aborts on assembly.

The fork bomb's turns are bounded for the machine's sake.
"""


def hostile(row: Row, name: str, path: Path) -> Row:
    attack = HOSTILE[name].replace("{path}", str(path))
    anchor = "    static constexpr bool wp_linear_tid = wp_linear_contiguous;\n"
    assert anchor in row["cpp_forward"]
    code = row["cpp_forward"].replace(anchor, f"{anchor}    {{ {attack} }}\n", 1)
    return altered(row, support_cpp=SYSTEM_CALL + row["support_cpp"], cpp_forward=code, cpp_backward="")


@needs_bubblewrap
@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_row_costs_only_itself(name: str, rows: list[Row], tmp_path: Path) -> None:
    data = tmp_path / "data.parquet"
    data.write_bytes(b"precious")
    target = {"home": Path.home() / "planted_by_a_test", "data set": data}.get(name, tmp_path / "nothing")
    found = reverify_rows([rows[0], hostile(rows[1], name, target), rows[-1]], trust=False)
    assert [found[0].state, found[-1].state] == ["passed", "passed"]
    if name in ("home", "data set"):  # these go on with their own work when the attack has failed
        assert found[1].state == "passed"
    elif name != "fork bomb":
        assert found[1].state == "failed"
    assert data.read_bytes() == b"precious"
    assert not (Path.home() / "planted_by_a_test").exists()


def test_the_attack_on_files_works_where_it_is_trusted(rows: list[Row], tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    target = tmp_path / "written"
    reverify_rows([hostile(rows[0], "home", target)], trust=True)
    assert target.read_bytes().startswith(b"harm")


# -- a data set


@pytest.fixture(scope="module")
def data_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verified") / "data_set"
    build(Request(("arithmetic", "vector"), 4, 9, "small", "execute"), folder)
    return folder


def test_a_build_passes(data_set: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _hashes(data_set)
    assert run_verify(data_set, trust=True, processes=1) == 0
    printed = capsys.readouterr().out
    assert "failed:" not in printed
    assert "arithmetic" in printed
    assert _hashes(data_set) == before


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_damaged_row_is_named(data_set: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sorted((data_set / "data").rglob("*.parquet"))[0]
    kept = path.read_bytes()
    table = pq.read_table(path)
    damaged = [_output(row) if place == 0 else row for place, row in enumerate(table.to_pylist())]
    write_parquet(path, type(table).from_pylist(damaged, schema=table.schema))
    try:
        assert run_verify(data_set, trust=True, processes=1) == 1
    finally:
        path.write_bytes(kept)
    printed = capsys.readouterr().out
    assert f"failed: {damaged[0]['id']} ({damaged[0]['category']}): case" in printed
    assert printed.count("failed:") == 1


def test_a_missing_file_is_refused(data_set: Path) -> None:
    path = sorted((data_set / "data").rglob("*.parquet"))[0]
    moved = path.with_suffix(".moved")
    path.rename(moved)
    try:
        with pytest.raises(OutputError, match="is missing"):
            run_verify(data_set, trust=True, processes=1)
    finally:
        moved.rename(path)


def test_bad_input_is_refused(data_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError):
        run_verify(tmp_path, trust=True, processes=1)
    with pytest.raises(UsageError, match="--num-proc"):
        run_verify(data_set, trust=True, processes=0)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(UsageError, match="--trust"):
        run_verify(data_set, trust=False, processes=1)
