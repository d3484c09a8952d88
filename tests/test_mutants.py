"""Planted faults: every kind is found, changes one line and reaches the machine code; the oracle catches fakes."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from warp_jit_pairs.compile import Clang, Unit, cpu_module
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.mutants import ADJOINT, FAKES, FORWARD, KINDS, Mutation, fakes, mutations
from warp_jit_pairs.verify import VerifyItem, verify_batch

sys.path.insert(0, str(ROOT))
from benchmarks.machine_code import functions_of
from benchmarks.mutant_report import rate
from benchmarks.mutants import Original, faked, judge_mutants, originals, triage

SOURCE = """import warp as wp

@wp.func
def shape(a: float, b: float):
    return wp.sin(a) - b

@wp.kernel
def blend(x: wp.array2d(dtype=float), y: wp.array(dtype=wp.vec3), n: int, out: wp.array(dtype=float)):
    i, j = wp.tid()
    if i >= n:
        return
    for k in range(n):
        wp.atomic_add(out, i, shape(x[i, k], wp.dot(y[j], y[k])) * 0.25)
"""


@pytest.fixture(scope="module")
def unit() -> Unit:
    (code,) = extract_batch([SOURCE])
    assert isinstance(code, Extracted)
    return Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)


def of_kind(unit: Unit, kind: str, direction: str) -> list[Mutation]:
    return [found for found in mutations(unit) if (found.kind, found.direction) == (kind, direction)]


@pytest.mark.parametrize(
    ("kind", "direction", "old", "new"),
    [
        ("operator", FORWARD, "wp::sub(", "wp::add("),
        ("operator", FORWARD, " >= ", " <= "),
        ("operator", ADJOINT, "wp::adj_sub(", "wp::adj_add("),
        ("operands swapped", FORWARD, "wp::sub(var_0, var_b)", "wp::sub(var_b, var_0)"),
        ("constant", FORWARD, "= 0.25;", "= 0.2625;"),
        ("index", FORWARD, "builtin_tid2d(var_0, var_1);", "builtin_tid2d(var_1, var_0);"),
        ("wrong function", FORWARD, "wp::sin(", "wp::cos("),
        ("wrong function", FORWARD, "wp::atomic_add(", "wp::atomic_sub("),
        ("wrong function", ADJOINT, "wp::adj_sin(", "wp::adj_cos("),
        ("off-by-one bound", FORWARD, " >= ", " > "),
        ("off-by-one bound", FORWARD, "wp::range(var_n)", "wp::range(var_n - 1)"),
        ("missing store", FORWARD, "wp::atomic_add(", ""),
        ("dropped adjoint term", ADJOINT, "wp::adj_dot(", ""),
        ("doubled adjoint term", ADJOINT, "wp::adj_dot(", "wp::adj_dot("),
        ("swapped arguments", ADJOINT, "adj_3, adj_4", "adj_4, adj_3"),
    ],
)
def test_faults_of_one_kernel(kind: str, direction: str, old: str, new: str, unit: Unit) -> None:
    found = [(mutation.old, mutation.new) for mutation in of_kind(unit, kind, direction)]
    if kind == "swapped arguments":  # which numbers variables have is not ours to say
        assert any(sorted(a.split("(")[1]) == sorted(b.split("(")[1]) and a != b for a, b in found)
    else:
        assert any(old in a and (new in b if new else b == "") for a, b in found), found


def test_a_fault_changes_one_line(unit: Unit) -> None:
    found = mutations(unit)
    assert len(found) > 60
    assert mutations(unit) == found
    columns = ("support", "forward", "backward")
    for mutation in found:
        (changed,) = (name for name in columns if getattr(mutation.unit, name) != getattr(unit, name))
        before, after = getattr(unit, changed).splitlines(), getattr(mutation.unit, changed).splitlines()
        assert len(before) == len(after)
        differing = [(a.strip(), b.strip()) for a, b in zip(before, after, strict=True) if a != b]
        assert differing == [(mutation.old, mutation.new)]


def test_support_code_is_told_apart_by_the_name_of_its_function(unit: Unit) -> None:
    directions = {(found.function, found.direction) for found in mutations(unit) if "shape" in found.function}
    assert directions == {("shape_0", FORWARD), ("adj_shape_0", ADJOINT)}


@pytest.fixture(scope="module")
def offered() -> set[tuple[str, str]]:
    """Directions and kinds that some generated kernel of each category offers."""
    specs = [generate_kernel(category, seed) for category in CATEGORIES for seed in (1, 2)]
    codes = [code for code in extract_batch([spec["source"] for spec in specs]) if isinstance(code, Extracted)]
    units = [Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward) for code in codes]
    return {(found.direction, found.kind) for unit in units for found in mutations(unit)}


@pytest.mark.parametrize("kind", KINDS)
def test_generated_kernels_offer_every_kind(kind: str, offered: set[tuple[str, str]]) -> None:
    directions = {direction for direction, name in offered if name == kind}
    if kind == "missing store":
        assert FORWARD in directions
    else:
        assert directions == ({ADJOINT} if kind.endswith("adjoint term") else {FORWARD, ADJOINT})


METADATA = {
    "launch": {"dim": [8, 6], "dims": ["n", "m"]},
    "dims": {"n": 8, "m": 6},
    "fixed": [],
    "args": {
        "x": {"role": "in", "low": -2.0, "high": 2.0, "shape": ["n", "n"]},
        "y": {"role": "in", "low": -1.0, "high": 1.0, "shape": ["n"]},
        "n": {"role": "in", "equals": "n"},
        "out": {"role": "inout", "shape": ["n"], "low": 0.0, "high": 0.0},
    },
}


def test_fakes_are_caught(unit: Unit) -> None:
    item = VerifyItem(SOURCE, unit, 3, METADATA)
    (right,) = verify_batch([item], "gradient")
    assert not isinstance(right, Rejected), right
    assert right.gradient == "passed"
    made = fakes(unit, {"out": right.cases[0].outputs["out"].tobytes()})
    assert [(fake.kind, fake.direction) for fake in made] == [*((kind, FORWARD) for kind in FAKES), (FAKES[0], ADJOINT)]
    forward = [dataclasses.replace(item, unit=fake.unit) for fake in made[:-1]]
    assert [_reason(found) for found in verify_batch(forward, "execute")] == ["outputs differ from the reference"] * 3
    adjoint = [dataclasses.replace(item, unit=made[-1].unit)]
    assert [_reason(found) for found in verify_batch(adjoint, "gradient")] == ["adjoint differs from differences"]


@pytest.mark.slow
def test_fakes_of_every_category_are_caught() -> None:
    records: dict[str, Original] = {}
    with Executor() as executor:
        for seed in range(1, 9):
            specs = [generate_kernel(name, seed, "small") for name in CATEGORIES if name not in records]
            records |= {record.spec["category"]: record for record in originals(specs, executor)}
        trials = [trial for record in records.values() for trial in faked(record)]
        judge_mutants(trials, executor)
        triage(trials, executor, 20)
    assert records.keys() == CATEGORIES.keys()
    found = [(trial.original.spec["category"], trial.mutation.kind, trial.outcome) for trial in trials]
    assert [one for one in found if one[2] not in ("killed", "not claimed", "equivalent")] == []
    for kind in FAKES:
        assert sum(one[1:] == (kind, "killed") for one in found) > len(CATEGORIES) / 2


def _reason(found: object) -> str:
    return found.reason if isinstance(found, Rejected) else "passed"


def test_machine_code_tells_whether_a_fault_took_effect(unit: Unit) -> None:
    (constant,) = (found for found in of_kind(unit, "constant", FORWARD) if "0.2625" in found.new)
    (sine,) = (found for found in of_kind(unit, "wrong function", FORWARD) if "cos" in found.new)
    compiled = Clang().compile(cpu_module([unit, constant.unit, sine.unit, unit]))
    first, changed, other, again = (functions_of(compiled, place) for place in range(4))
    assert first == again
    assert {name for name in first if first[name] != changed[name]} == {name for name in first if "forward" in name}
    differing = {name for name in first if first[name] != other[name]}
    assert len(differing) == 1
    assert "shape_0" in differing.pop()


def test_the_rate_leaves_out_what_is_equivalent() -> None:
    assert rate({"killed": 3, "missed": 1, "equivalent": 50, "no effect": 2, "within rounding": 7}) == 0.75


@pytest.mark.slow
def test_the_benchmark_reports_what_it_found(tmp_path: Path) -> None:
    output = tmp_path / "results" / "mutants.json"
    command = [sys.executable, "-m", "benchmarks.mutants", "--records", "2", "--triage", "4", "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(output.read_text())
    assert found["records"] >= 2
    made = [found["kinds"]["forward"].get(kind, {"killed": 0}) for kind in FAKES]
    assert all(set(counts) == {"killed"} for counts in made)  # made for a part of the records
    counted = sum(sum(counts.values()) for kinds in found["kinds"].values() for counts in kinds.values())
    assert counted >= 2
    assert "| forward | all faults |" in done.stdout
