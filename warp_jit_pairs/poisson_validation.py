"""Validation of the Poisson solver: each check against something that does not share its code.

Convergence in integral norms, boundary values, balance of fluxes, known solutions, a second run, a GPU, another solver
and the maximum principle. Every check takes the solver to judge as an argument, so that tests can hand it a broken one.
Reporting is left to `checks.py`.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import warp as wp

from . import poisson_problems as problems
from .check_result import CheckResult, Figure
from .errors import NotConvergedError
from .poisson import SIDES, TOLERANCE, PoissonSolver
from .poisson_mesh import Array
from .poisson_problems import Ridge

Make = Callable[..., PoissonSolver]

ORDER_BAND = 0.15
EXACT = 1e-10
"""What a solution that the element holds exactly may be off by: the solver's tolerance times the system's condition."""
AGREEMENT = 1e-8
POINTS = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """An element in a dimension with a degree."""

    element: str
    dimension: int
    degree: int

    def __str__(self) -> str:
        return f"{self.element} {self.dimension}D degree {self.degree}"

    def solver(self, make: Make, resolution: int, **options: object) -> PoissonSolver:
        return make(resolution, self.degree, element=self.element, dimension=self.dimension, **options)

    @property
    def usual_resolution(self) -> int:
        return 8 if self.dimension == 2 else 5 - self.degree // 2  # many nodes a cell at degree 3

    @property
    def refinements(self) -> tuple[int, ...]:
        if self.dimension == 2:
            return (4, 8, 16, 32)
        return (2, 3, 4, 5) if self.degree == 3 else (4, 6, 8, 12) if self.degree == 1 else (3, 4, 6, 8)

    @property
    def exact_norms(self) -> bool:
        """Whether the quadrature integrates the square of the error's leading term exactly: order 2 degree + 2.

        Warp's rules on simplices end at 6, where degree 3 would want 8.
        """
        return self.element == "grid" or self.degree < 3

    def points(self) -> Array:
        return np.random.default_rng(self.degree).random((POINTS, self.dimension))


SHAPES = (("grid", 2), ("triangle", 2), ("grid", 3), ("tetrahedron", 3))
CASES = tuple(Case(element, dimension, degree) for element, dimension in SHAPES for degree in (1, 2, 3))
QUICK_CASES = (Case("triangle", 2, 1),)


def _relative(error: Array, values: Array) -> float:
    return float(abs(error).max() / abs(values).max())


def solve_ridge(
    case: Case, make: Make, problem: Ridge, resolution: int, neumann: tuple[str, ...] = ()
) -> PoissonSolver:
    solver = case.solver(make, resolution, neumann_sides=neumann)
    solver.solve(
        problem.source,
        dirichlet=problem.solution,
        neumann={side: problem.flux(side) for side in neumann},
        conductivity=problem.conductivity,
    )
    return solver


def error_norms(solver: PoissonSolver, problem: Ridge) -> tuple[float, float]:
    """The L2 norm of the error, and that of its gradient."""
    sample = solver.sample()
    error = sample.values - problem.solution(sample.positions)
    slope = sample.gradients - problem.gradient(sample.positions)
    return math.sqrt(error**2 @ sample.weights), math.sqrt((slope**2).sum(axis=1) @ sample.weights)


def convergence(case: Case, make: Make) -> CheckResult:
    """L2 and H1 errors fall with the orders degree + 1 and degree, each refinement within `ORDER_BAND`."""
    problem = problems.wave(case.dimension)
    errors = np.array([error_norms(solve_ridge(case, make, problem, cells), problem) for cells in case.refinements])
    ratios = np.log(np.array(case.refinements[1:]) / np.array(case.refinements[:-1]))
    orders = np.log(errors[:-1] / errors[1:]) / ratios[:, None]
    off = abs(orders - [case.degree + 1, case.degree]).max()
    figures: dict[str, Figure] = {
        "off_order": float(off),
        "resolutions": " ".join(map(str, case.refinements)),
        "norms_exact": str(case.exact_norms),
    }
    for name, column in (("L2", 0), ("H1", 1)):
        figures[f"errors_{name}"] = " ".join(f"{error:.4e}" for error in errors[:, column])
        figures[f"orders_{name}"] = " ".join(f"{order:.3f}" for order in orders[:, column])
    wanted = f"want {case.degree + 1} and {case.degree} within {ORDER_BAND}"
    detail = f"orders {figures['orders_L2']} in L2, {figures['orders_H1']} in H1: {wanted}"
    return _result("convergence", case, bool(off <= ORDER_BAND), figures, detail)


def boundary_values(case: Case, make: Make) -> CheckResult:
    """Nodes on the boundary hold the given values to the last bit; between them a polynomial's trace is exact."""
    problem = problems.power(case.dimension, case.degree)
    solver = case.solver(make, case.usual_resolution)
    solution = solver.solve(problem.source, dirichlet=problem.solution, conductivity=problem.conductivity)
    nodes = solver.boundary_nodes()
    wrong = int((solution[nodes] != problem.solution(solver.get_dof_positions()[nodes])).sum())
    points = case.points()
    points[:, 0] = np.round(points[:, 0])
    trace = _relative(solver.get_solution_at_points(points) - problem.solution(points), problem.solution(points))
    figures: dict[str, Figure] = {"wrong_nodes": wrong, "boundary_nodes": len(nodes), "trace_error": trace}
    detail = f"{wrong} of {len(nodes)} boundary nodes differ from the given values; trace off by {trace:.1e}"
    return _result("boundary values", case, wrong == 0 and trace < EXACT, figures, detail)


def flux_balance(case: Case, make: Make) -> CheckResult:
    """What the Dirichlet sides supply balances the source and the given fluxes, to the solver's tolerance."""
    problem = problems.power(case.dimension, case.degree)
    neumann = ("x+", "y-")
    solver = solve_ridge(case, make, problem, case.usual_resolution, neumann)
    reactions = solver.reactions()
    sides = [side for side in SIDES[: 2 * case.dimension] if side not in neumann]
    wanted = math.fsum(problem.flux_through(side) for side in sides)
    off = abs(math.fsum(reactions) - wanted) / float(abs(reactions).sum())
    error = _relative(
        solver.get_solution_at_points(case.points()) - problem.solution(case.points()), problem.solution(case.points())
    )
    figures: dict[str, Figure] = {"off_balance": off, "error": error, "residual": solver.residual}
    detail = f"fluxes off balance by {off:.1e} of their sum, values by {error:.1e}"
    return _result("flux balance", case, off < 100 * TOLERANCE and error < EXACT, figures, detail)


def known_solution(case: Case, make: Make) -> CheckResult:
    """A polynomial that the element holds comes out exactly; a sine as near as its degree allows."""
    problem, points = problems.power(case.dimension, case.degree), case.points()
    solver = solve_ridge(case, make, problem, case.usual_resolution)
    exact = _relative(solver.get_solution_at_points(points) - problem.solution(points), problem.solution(points))
    solver = case.solver(make, case.usual_resolution)
    solver.solve(problems.bump_source)
    bump = problems.bump(points)
    pointwise = _relative(solver.get_solution_at_points(points) - bump, bump)
    sample = solver.sample()
    bump = problems.bump(sample.positions)
    norm = math.sqrt((sample.values - bump) ** 2 @ sample.weights / (bump**2 @ sample.weights))
    bound = (math.pi / (case.usual_resolution * case.degree)) ** (case.degree + 1)
    figures: dict[str, Figure] = {"polynomial": exact, "pointwise": pointwise, "norm": norm, "bound": bound}
    detail = f"polynomial off by {exact:.1e}; sine by {pointwise:.1e} at points, {norm:.1e} in the norm ({bound:.1e})"
    return _result("known solution", case, exact < EXACT and max(pointwise, norm) < bound, figures, detail)


def repeatability(case: Case, make: Make) -> CheckResult:
    """A second solver gives the same: every bit on the CPU, within rounding on a GPU."""
    problem = problems.wave(case.dimension)
    solvers = [solve_ridge(case, make, problem, case.usual_resolution) for _ in range(2)]
    first, second = (solver.get_solution_at_points(solver.get_dof_positions()) for solver in solvers)
    differing = int((first.view(np.uint64) != second.view(np.uint64)).sum())
    off = _relative(first - second, first)
    on_cpu = solvers[0].device == "cpu"
    figures: dict[str, Figure] = {"differing": differing, "nodes": len(first), "off": off}
    detail = f"{differing} of {len(first)} nodes differ, by up to {off:.1e}"
    return _result("repeatability", case, differing == 0 if on_cpu else off < EXACT, figures, detail)


def gpu_agreement(case: Case, make: Make) -> CheckResult:
    """The GPU gives what the CPU gives, within rounding."""
    if not wp.get_cuda_devices():
        return _result("gpu agreement", case, None, {}, "there is no CUDA device here")
    problem = problems.wave(case.dimension)
    solutions = []
    for device in ("cpu", "cuda"):
        solver = case.solver(make, case.usual_resolution, device=device)
        values = solver.solve(problem.source, dirichlet=problem.solution, conductivity=problem.conductivity)
        solutions.append(values)
    off = _relative(solutions[0] - solutions[1], solutions[0])
    return _result("gpu agreement", case, off < EXACT, {"off": off}, f"CPU and GPU differ by {off:.1e}")


def independent_solver(case: Case, make: Make) -> CheckResult:
    """scikit-fem, on the same mesh with the same space, gives the same values at common points."""
    if importlib.util.find_spec("skfem") is None:
        return _result("independent solver", case, None, {}, "scikit-fem is not installed: pip install scikit-fem")
    from .poisson_scikit import solve_with_scikit_fem

    solver, points = case.solver(make, case.usual_resolution), case.points()
    problem = problems.power(case.dimension, 1)
    solver.solve(problems.parabolic_source, conductivity=problem.conductivity)
    other = solve_with_scikit_fem(
        case.element, case.usual_resolution, case.degree, problems.parabolic_source, problem.conductivity, points
    )
    off = _relative(solver.get_solution_at_points(points) - other, other)
    return _result("independent solver", case, off < AGREEMENT, {"off": off}, f"scikit-fem differs by {off:.1e}")


def maximum_principle(case: Case, make: Make) -> CheckResult:
    """Without a source, degree 1 stays between the least and the greatest boundary value."""
    solver = case.solver(make, case.usual_resolution)
    solution = solver.solve(0.0, dirichlet=problems.ripples)
    given = problems.ripples(solver.get_dof_positions()[solver.boundary_nodes()])
    beyond = max(float(solution.max() - given.max()), float(given.min() - solution.min()), 0.0)
    return _result("maximum principle", case, beyond < EXACT, {"beyond": beyond}, f"beyond the bounds by {beyond:.1e}")


def _result(check: str, case: Case, passed: bool | None, figures: dict[str, Figure], detail: str) -> CheckResult:
    return CheckResult(f"poisson: {check}: {case}", passed, figures, "" if passed else detail)


Check = Callable[[Case, Make], CheckResult]

CHECKS: tuple[Check, ...] = (
    convergence,
    boundary_values,
    flux_balance,
    known_solution,
    repeatability,
    gpu_agreement,
    independent_solver,
    maximum_principle,
)


def _applies(check: Check, case: Case) -> bool:
    if check is maximum_principle:
        return case.degree == 1  # higher degrees overshoot
    if check is independent_solver:
        return case.dimension == 2 or case.degree < 3  # all that scikit-fem has
    return True


def planned(quick: bool = False) -> list[tuple[Check, Case]]:
    """The checks of a run with the element that each is for, a case's checks together: they share compiled kernels."""
    return _of_cases(QUICK_CASES if quick else CASES)


def _of_cases(cases: Sequence[Case]) -> list[tuple[Check, Case]]:
    return [(check, case) for case in cases for check in CHECKS if _applies(check, case)]


def run_check(check: Check, case: Case, make: Make) -> CheckResult:
    """Run one check; a solver that finds no solution fails it."""
    try:
        return check(case, make)
    except NotConvergedError as error:
        return _result(check.__name__.replace("_", " "), case, False, {}, str(error))


def run_poisson_checks(make: Make = PoissonSolver, cases: Sequence[Case] = CASES) -> Iterator[CheckResult]:
    """Run the checks of some cases on solvers that `make` gives, one result at a time."""
    for check, case in _of_cases(cases):
        yield run_check(check, case, make)
