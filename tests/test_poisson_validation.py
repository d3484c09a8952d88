"""Each check of the Poisson validation passes on the solver and fails on the fault that it is meant for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import warp as wp

from warp_jit_pairs import poisson_problems as problems
from warp_jit_pairs import poisson_validation as validation
from warp_jit_pairs.poisson import PoissonSolver
from warp_jit_pairs.poisson_validation import CASES, CHECKS, QUICK_CASES, Case, Check, planned, run_check
from warp_jit_pairs.quiet import quiet_warp

FAST = Case("triangle", 2, 1)
GPU = validation.gpu_agreement


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    with quiet_warp():
        yield


class WrongSign(PoissonSolver):
    def _load(self, source: Any) -> Any:
        return super()._load(-source)


class FreeBoundaryNode(PoissonSolver):
    def _fixed_nodes(self) -> Any:
        fixed = super()._fixed_nodes()
        fixed[np.flatnonzero(fixed)[1]] = False
        return fixed


class CoefficientOff(PoissonSolver):
    def _stiffness(self, conductivity: Any) -> Any:
        return super()._stiffness(1.01 * conductivity)


class WrongQuadratureOrder(PoissonSolver):
    def quadrature_order(self) -> int:
        return 1


class FluxForgotten(PoissonSolver):
    def _add_fluxes(self, load: Any, neumann: Any) -> None:
        pass


class FluxInward(PoissonSolver):
    def _add_fluxes(self, load: Any, neumann: Any) -> None:
        inward = {side: (lambda points, data=data: -data(points)) for side, data in neumann.items()}
        super()._add_fluxes(load, inward)


class FirstOrder(PoissonSolver):
    def _load(self, source: Any) -> Any:
        return super()._load(source * (1 + 0.3 / self.resolution))


class DifferentEachTime(PoissonSolver):
    runs = itertools.count(1)

    def _load(self, source: Any) -> Any:
        return super()._load(source * (1 + 1e-15 * next(self.runs)))


class PointsMisplaced(PoissonSolver):
    def get_solution_at_points(self, points: Any) -> Any:
        return super().get_solution_at_points(points * (1 - 1e-6))


class SourceFromNowhere(PoissonSolver):
    def _load(self, source: Any) -> Any:
        return super()._load(source + 50.0)


class StopsEarly(PoissonSolver):
    def solve(self, *arguments: Any, **options: Any) -> Any:
        return super().solve(*arguments, **options | {"tolerance": 1e-4})


class BoundaryRounded(PoissonSolver):
    def solve(self, *arguments: Any, **options: Any) -> Any:
        given = options.get("dirichlet", 0.0)
        rounded = (lambda points: given(points).astype(np.float32).astype(float)) if callable(given) else given
        return super().solve(*arguments, **options | {"dirichlet": rounded})


FAULTS: dict[type[PoissonSolver], set[str]] = {
    WrongSign: {"convergence", "flux_balance", "known_solution", "independent_solver"},
    FreeBoundaryNode: {"boundary_values", "flux_balance", "known_solution", "independent_solver"},
    CoefficientOff: {"convergence", "flux_balance", "known_solution", "independent_solver"},
    WrongQuadratureOrder: {"independent_solver", "flux_balance"},
    FluxForgotten: {"flux_balance"},
    FluxInward: {"flux_balance"},
    FirstOrder: {"convergence", "flux_balance", "known_solution", "independent_solver"},
    DifferentEachTime: {"repeatability"},
    PointsMisplaced: {"boundary_values", "flux_balance", "known_solution", "independent_solver"},
    SourceFromNowhere: {"maximum_principle", "convergence", "flux_balance", "known_solution", "independent_solver"},
    StopsEarly: {"flux_balance", "convergence", "known_solution", "independent_solver"},
    BoundaryRounded: {"boundary_values", "flux_balance", "known_solution", "maximum_principle"},
}
"""A broken solver -> the checks that must fail, the one meant for it first."""


@pytest.mark.parametrize("check", [check for check in CHECKS if check is not GPU], ids=lambda check: check.__name__)
def test_each_check_passes(check: Check) -> None:
    result = check(FAST, PoissonSolver)
    assert result.passed, result.detail
    assert result.figures
    assert result.name == f"poisson: {check.__name__.replace('_', ' ')}: {FAST}"


def failing(solver: type[PoissonSolver]) -> set[str]:
    return {check.__name__ for check in CHECKS if check is not GPU and not check(FAST, solver).passed}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_each_fault_fails_the_checks_meant_for_it(fault: type[PoissonSolver]) -> None:
    assert failing(fault) == FAULTS[fault]


def test_every_check_has_a_fault() -> None:
    assert set().union(*FAULTS.values()) == {check.__name__ for check in CHECKS} - {GPU.__name__}


def test_a_failing_check_says_what_is_wrong() -> None:
    result = validation.boundary_values(FAST, FreeBoundaryNode)
    assert result.detail.startswith("1 of 32 boundary nodes differ")
    assert result.figures["wrong_nodes"] == 1


def test_a_solver_that_does_not_converge_fails_its_checks_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class NeverConverges(PoissonSolver):
        def solve(self, *arguments: Any, **options: Any) -> Any:
            return super().solve(*arguments, **options | {"max_iterations": 1})

    monkeypatch.setattr(validation, "QUICK_CASES", (FAST,))
    results = list(validation.run_poisson_checks(NeverConverges, QUICK_CASES))
    assert len(results) == len(CHECKS)
    assert {result.passed for result in results if "gpu" not in result.name} == {False}
    assert "after 1 iterations" in results[0].detail


def test_without_a_gpu_its_check_is_reported_as_not_run() -> None:
    if wp.get_cuda_devices():
        pytest.skip("there is a CUDA device")
    result = GPU(FAST, PoissonSolver)
    assert result.passed is None
    assert "no CUDA device" in result.detail


def test_without_scikit_fem_its_check_is_reported_as_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = validation.independent_solver(FAST, PoissonSolver)
    assert result.passed is None
    assert "pip install scikit-fem" in result.detail


def test_every_element_and_degree_is_planned_with_every_check_that_applies() -> None:
    plan = planned()
    assert len({case for _, case in plan}) == len(CASES) == 12
    assert {case for check, case in plan if check is validation.maximum_principle} == {
        c for c in CASES if c.degree == 1
    }
    without_partner = {case for case in CASES if (validation.independent_solver, case) not in plan}
    assert without_partner == {Case("grid", 3, 3), Case("tetrahedron", 3, 3)}
    assert {case for _, case in planned(quick=True)} == set(QUICK_CASES)


def test_each_case_is_refined_three_times_at_least() -> None:
    for case in CASES:
        assert len(case.refinements) >= 4
        assert list(case.refinements) == sorted(set(case.refinements))


def test_the_problems_satisfy_their_equation() -> None:
    """By central differences of the flux, which the problems' own derivatives have no part in."""
    step = 1e-4
    for dimension in (2, 3):
        points = 0.1 + 0.8 * np.random.default_rng(dimension).random((20, dimension))
        for ridge in (problems.wave(dimension), problems.power(dimension, 3)):
            divergence = np.zeros(len(points))
            for axis in np.eye(dimension):
                ahead, behind = points + step * axis, points - step * axis
                to = ridge.conductivity(points + step / 2 * axis) * (ridge.solution(ahead) - ridge.solution(points))
                fro = ridge.conductivity(points - step / 2 * axis) * (ridge.solution(points) - ridge.solution(behind))
                divergence += (to - fro) / step**2
            assert -divergence == pytest.approx(ridge.source(points), abs=1e-5)


def test_fluxes_through_all_sides_are_what_the_source_gives() -> None:
    ridge = problems.power(2, 3)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    x, y = np.meshgrid((nodes + 1) / 2, (nodes + 1) / 2)
    inside = ridge.source(np.stack([x.ravel(), y.ravel()], axis=1)) @ np.outer(weights, weights).ravel() / 4
    assert sum(map(ridge.flux_through, ("x-", "x+", "y-", "y+"))) == pytest.approx(-inside)


@pytest.mark.slow
@pytest.mark.parametrize("case", [Case("grid", 2, 2), Case("tetrahedron", 3, 1), Case("grid", 3, 1)], ids=str)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_faults_are_seen_with_other_elements(case: Case, fault: type[PoissonSolver]) -> None:
    checks = [check for check, one in planned() if one == case and check.__name__ in FAULTS[fault]]
    assert not checks or not all(run_check(check, case, fault).passed for check in checks)


@pytest.mark.cuda
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_on_a_gpu(case: Case) -> None:
    def on_gpu(*arguments: Any, **options: Any) -> PoissonSolver:
        return PoissonSolver(*arguments, **{"device": "cuda"} | options)

    results = [check(one, on_gpu) for check, one in planned() if one == case]
    assert any(result.passed for result in results)
    assert [result.detail for result in results if result.passed is False] == []


@pytest.mark.cuda
def test_a_gpu_that_differs_fails() -> None:
    class OffOnGpu(PoissonSolver):
        def _load(self, source: Any) -> Any:
            return super()._load(source * (1.0 if self.device == "cpu" else 1 + 1e-6))

    assert GPU(FAST, OffOnGpu).passed is False
