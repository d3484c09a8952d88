"""`check`: what it runs, its table and its report, and that one failing check makes it fail by name."""

from __future__ import annotations

import dataclasses
import io
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from warp_jit_pairs import checks, suite
from warp_jit_pairs.check_result import CheckResult
from warp_jit_pairs.errors import OutputError, UsageError
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.poisson import PoissonSolver
from warp_jit_pairs.poisson_validation import QUICK_CASES, boundary_values
from warp_jit_pairs.suite_check import Check
from warp_jit_pairs.suite_kernels import CHECKS as KERNELS
from warp_jit_pairs.workers import Workers

Plant = Callable[..., None]

PASSING = CheckResult("suite: fine: one", True, {"error": 1e-9, "count": 3})
NOT_RUN = CheckResult("suite: fine: two", None, {}, "there is no GPU")
FAILING = CheckResult("suite: broken: one", False, {"error": math.inf}, "off by a lot")


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Let the run consist of these results."""

    def planted(*results: CheckResult) -> None:
        monkeypatch.setattr(checks, "parts", lambda **_: {"planted": lambda: checks.timed(iter(results))})

    return planted


def run(report: Path, device: str = "cpu") -> int:
    return checks.run_checks(quick=True, device=device, report=report)


def test_all_that_ran_passed(plant: Plant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(PASSING, NOT_RUN)
    assert run(tmp_path / "report.json") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "2 checks" in printed.out
    assert "0 failed" in printed.out


def test_one_failing_check_fails_the_run_and_is_named(
    plant: Plant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(PASSING, FAILING)
    assert run(tmp_path / "report.json") == 1
    assert capsys.readouterr().err == "warp-jit-pairs: check failed: suite: broken: one: off by a lot\n"
    assert json.loads((tmp_path / "report.json").read_text())["passed"] is False


def test_the_report_says_what_was_run_with_what_and_when(plant: Plant, tmp_path: Path) -> None:
    plant(PASSING, NOT_RUN, FAILING)
    run(tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)
    assert {"date", "seconds", "machine", "device", "quick", "passed", "versions", "checks"} == set(report)
    assert {"warp_jit_pairs", "data", "warp-lang", "numpy", "python"} == set(report["versions"])
    assert (report["device"], report["quick"]) == ("cpu", True)
    found = {check["name"]: check for check in report["checks"]}
    assert found["suite: fine: one"]["figures"] == {"error": 1e-9, "count": 3}
    assert found["suite: fine: two"]["passed"] is None
    assert found["suite: broken: one"]["figures"] == {"error": "inf"}
    assert found["suite: broken: one"]["detail"] == "off by a lot"


def test_the_table_has_a_row_for_each_kind_with_its_worst_figure() -> None:
    timed = [
        (PASSING, 1.0),
        (dataclasses.replace(PASSING, figures={"error": 2e-3}), 0.5),
        (NOT_RUN, 0.0),
        (FAILING, 2.0),
    ]
    console = Console(width=120, file=io.StringIO(), record=True)
    console.print(checks.table(timed))
    lines = console.export_text().splitlines()
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "suite" in line]
    assert cells == [
        ["suite: broken", "0", "1", "0", "error inf", "2.0"],
        ["suite: fine", "2", "0", "1", "error 0.002", "1.5"],
    ]


def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never() -> Iterator[CheckResult]:
        pytest.fail("worked before it knew that it could write")

    monkeypatch.setattr(checks, "parts", lambda **_: {"never": lambda: checks.timed(never())})
    with pytest.raises(OutputError, match="cannot write the report"):
        run(tmp_path)  # a folder


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run(tmp_path / "report.json", device="tpu")
    assert not (tmp_path / "report.json").exists()


def test_both_suites_are_run() -> None:
    suites = checks.parts(quick=True, device="cpu", folder=None, workers=Workers(1))
    assert [title.split(" (")[0] for title in suites] == ["kernels", "Poisson solver"]
    assert {kernel.kind for kernel in KERNELS} >= checks.QUICK_KINDS


@pytest.fixture
def one_kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[[Check], None]:
    """Let the kernel suite consist of one kernel."""

    def only(kernel: Check) -> None:
        monkeypatch.setattr(suite, "CHECKS", [kernel])
        monkeypatch.setattr(checks, "KERNELS", [kernel])
        monkeypatch.setattr(checks, "run_poisson_checks", lambda *_, **__: iter(()))

    return only


MULTIPLY = next(kernel for kernel in KERNELS if kernel.name == "fused_multiply")


def multiply(name: str) -> Check:
    """The kernel under a name of its own: Warp keeps compiled modules by name, and other tests run the suite too."""
    return dataclasses.replace(MULTIPLY, name=name, source=MULTIPLY.source.replace("fused_multiply", name))


def test_a_kernel_as_it_should_be_passes(one_kernel: Callable[[Check], None], tmp_path: Path) -> None:
    one_kernel(multiply("sound"))
    assert run(tmp_path / "report.json") == 0


def test_a_swapped_operator_in_a_kernel_fails_the_run(
    one_kernel: Callable[[Check], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel = multiply("swapped")
    source = kernel.source.replace("a[i] * b[i] + c", "a[i] * b[i] - c")
    assert source != kernel.source
    one_kernel(dataclasses.replace(kernel, source=source))
    assert run(tmp_path / "report.json") == 1
    assert "check failed: kernels: arithmetic: swapped, warp, forward" in capsys.readouterr().err


def test_a_broken_adjoint_fails_the_run(
    one_kernel: Callable[[Check], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(sources: list[str]) -> list[Any]:
        (found,) = extract_batch(sources)
        assert isinstance(found, Extracted)
        lines = found.cpp_backward.splitlines()
        kept = [line for line in lines if "wp::adj_mul(" not in line]
        assert len(kept) == len(lines) - 1
        return [dataclasses.replace(found, cpp_backward="\n".join(kept) + "\n")]

    one_kernel(multiply("unadjoint"))
    monkeypatch.setattr(suite, "extract_batch", broken)
    assert run(tmp_path / "report.json") == 1
    failed = capsys.readouterr().err.splitlines()
    assert len(failed) == 1
    assert "kernels: arithmetic: unadjoint, executor, adjoint" in failed[0]


def test_a_poisson_solver_with_a_free_boundary_node_fails_the_run(
    plant: Plant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class FreeNode(PoissonSolver):
        def _fixed_nodes(self) -> Any:
            fixed = super()._fixed_nodes()
            fixed[fixed.argmax()] = False
            return fixed

    plant(boundary_values(QUICK_CASES[0], FreeNode))
    assert run(tmp_path / "report.json") == 1
    assert f"check failed: poisson: boundary values: {QUICK_CASES[0]}: 1 of" in capsys.readouterr().err


@pytest.mark.slow
def test_the_quick_run_passes(tmp_path: Path) -> None:
    assert run(tmp_path / "report.json") == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert len(report["checks"]) > 50


@pytest.mark.slow
def test_the_full_run_passes_with_every_element_and_kind(tmp_path: Path) -> None:
    status = checks.run_checks(quick=False, device="cpu", report=tmp_path / "report.json")
    found = json.loads((tmp_path / "report.json").read_text())["checks"]
    assert [(check["name"], check["detail"]) for check in found if check["passed"] is False] == []
    assert status == 0
    names = [check["name"] for check in found]
    assert len(names) == len(set(names))
    assert sum(name.startswith("poisson: convergence") for name in names) == 12
    assert all(any(name.startswith(f"kernels: {kernel.kind}: {kernel.name}, ") for name in names) for kernel in KERNELS)


@pytest.mark.cuda
def test_the_quick_run_passes_on_a_gpu(tmp_path: Path) -> None:
    assert run(tmp_path / "report.json", device="cuda") == 0
