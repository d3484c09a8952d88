"""`warp-jit-pairs poisson`: solves one problem, prints how it went, and draws a solution with convergence lines.

Drawing needs matplotlib (the extra `plot`); solving does not.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from . import poisson_problems as problems
from .errors import OutputError, UsageError
from .poisson import DEGREES, PoissonSolver
from .poisson_mesh import Array, checked_dimension
from .poisson_validation import Case, error_norms, solve_ridge

_COLOURS = ("#3b6fb6", "#c7762b", "#4d8f52")


def run_poisson(
    *, resolution: int, degree: int, element: str, dimension: int | None, device: str, plot: Path | None
) -> None:
    """Solve a problem with a known solution, print the figures, and draw to `plot` if it is given.

    Raises:
        UsageError: an argument is none of the possible ones, or matplotlib is missing for `plot`.
        OutputError: `plot` cannot be written.
    """
    if plot is not None and importlib.util.find_spec("matplotlib") is None:
        raise UsageError('--plot needs matplotlib: pip install "warp-jit-pairs[plot]"')
    case = Case(element, checked_dimension(element, dimension), degree)
    problem = problems.wave(case.dimension)
    solver = solve_ridge(case, lambda *a, **k: PoissonSolver(*a, device=device, **k), problem, resolution)
    norms = error_norms(solver, problem)
    table = Table("figure", "value", title=f"-div(k grad u) = f on a {case}")
    for name, value in (
        ("cells along an axis", str(resolution)),
        ("nodes", str(len(solver.get_dof_positions()))),
        ("device", solver.device),
        ("iterations", str(solver.iterations)),
        ("relative residual", f"{solver.residual:.1e}"),
        ("error in L2", f"{norms[0]:.3e}"),
        ("error of the gradient in L2", f"{norms[1]:.3e}"),
    ):
        table.add_row(name, value)
    console = Console()
    console.print(table)
    if plot is not None:
        draw(case, device, plot)
        console.print(f"picture: {plot}")


def draw(case: Case, device: str, path: Path) -> None:
    """Write a picture of a solution with `case` and of the convergence of its element in every degree."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4.0), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw_solution(figure, left, case, device)
    _draw_convergence(right, case, device)
    try:
        figure.savefig(path, format="png", metadata={"Software": None})
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def _draw_solution(figure: Any, axes: Any, case: Case, device: str) -> None:
    """Two charges between grounded sides and an insulated one; a cube is cut at half its height."""
    resolution = 24 if case.dimension == 2 else 8
    solver = PoissonSolver(
        resolution,
        case.degree,
        element=case.element,
        dimension=case.dimension,
        device=device,
        neumann_sides=("x+",),
    )
    solver.solve(problems.charges)
    axis = np.linspace(0.0, 1.0, 121)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    points = np.full((x.size, case.dimension), 0.5)
    points[:, 0], points[:, 1] = x.ravel(), y.ravel()
    values = solver.get_solution_at_points(points).reshape(x.shape)
    limit = float(abs(values).max())
    levels = np.linspace(-limit, limit, 25)
    shades = axes.contourf(x, y, values, levels=levels, cmap="RdBu_r")
    axes.contour(x, y, values, levels=levels[::2], colors="black", linewidths=0.4)
    figure.colorbar(shades, ax=axes, label="u", format="%.2g")
    cut = " at z = 1/2" if case.dimension == 3 else ""
    axes.set(title=f"Two charges, {case}{cut}", xlabel="x", ylabel="y", aspect="equal")


def _draw_convergence(axes: Any, case: Case, device: str) -> None:
    for degree, colour in zip(DEGREES, _COLOURS, strict=True):
        one = Case(case.element, case.dimension, degree)
        steps, errors = _errors(one, device)
        for column, marker, power, norm in ((0, "o", degree + 1, "L2"), (1, "s", degree, "H1")):
            axes.loglog(steps, errors[:, column], marker, color=colour, markersize=4, label=f"degree {degree}, {norm}")
            line = errors[-1, column] * (steps / steps[-1]) ** power
            axes.loglog(steps, line, "-" if norm == "L2" else "--", color=colour, linewidth=0.8)
    axes.set(title="Errors and lines of the expected order", xlabel="h", ylabel="error")
    axes.grid(True, which="major", linewidth=0.3)
    axes.legend(fontsize=7, ncols=3, loc="lower right")


def _errors(case: Case, device: str) -> tuple[Array, Array]:
    problem = problems.wave(case.dimension)
    errors = []
    for cells in case.refinements:
        solver = solve_ridge(case, lambda *a, **k: PoissonSolver(*a, device=device, **k), problem, cells)
        errors.append(error_norms(solver, problem))
    return 1.0 / np.array(case.refinements), np.array(errors)
