"""`warp-jit-pairs poisson`: solves one problem, prints how it went, and draws a solution with convergence lines.

Drawing needs matplotlib (the extra `plot`); solving does not.
"""

from __future__ import annotations

import functools
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
from .quiet import quiet_warp

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
    if plot is not None:
        _reserve(plot)
    case = Case(element, checked_dimension(element, dimension), degree)
    console = Console()
    with quiet_warp():
        console.print(_figures(case, resolution, device))
        if plot is not None:
            draw(case, device, plot)
            console.print(f"picture: {plot}", soft_wrap=True)


def _reserve(path: Path) -> None:
    """Make sure, before anything is solved, that the picture can be written."""
    try:
        path.open("ab").close()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def _figures(case: Case, resolution: int, device: str) -> Table:
    problem = problems.wave(case.dimension)
    solver = solve_ridge(case, functools.partial(PoissonSolver, device=device), problem, resolution)
    norms = error_norms(solver, problem)
    table = Table("-∇·(κ∇u) = f", str(case))
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
    return table


def draw(case: Case, device: str, path: Path) -> None:
    """Write a picture of a solution with `case` and of the convergence of its element in every degree."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.0, 3.4), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    left, middle, right = figure.subplots(1, 3)
    _draw_solution(figure, left, case, device)
    _draw_convergence((middle, right), case, device)
    figure.savefig(path, format="png", metadata={"Software": None}, pil_kwargs={"optimize": True})


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
    axes.set_title(f"{case}{cut}", fontsize=10)
    axes.set(xlabel="x", ylabel="y", aspect="equal")


def _draw_convergence(both: tuple[Any, Any], case: Case, device: str) -> None:
    every: set[float] = set()
    for degree, colour in zip(DEGREES, _COLOURS, strict=True):
        steps, errors = _errors(Case(case.element, case.dimension, degree), device)
        every.update(steps.tolist())
        for column, axes in enumerate(both):
            order = degree + 1 - column
            line = errors[-1, column] * (steps / steps[-1]) ** order
            axes.loglog(steps, errors[:, column], "o", color=colour, markersize=4)
            axes.loglog(steps, line, "-", color=colour, linewidth=0.8, label=f"degree {degree}: order {order}")
    for axes, norm in zip(both, ("error in L2", "error in H1"), strict=True):
        axes.set_xticks(sorted(every), [f"1/{round(1 / step)}" for step in sorted(every)])
        axes.minorticks_off()
        axes.set_title(norm, fontsize=10)
        axes.set(xlabel="h", ylim=(axes.get_ylim()[0] / 30, None))  # room for the legend
        axes.grid(True, linewidth=0.3)
        axes.tick_params(axis="x", labelsize=7)
        axes.legend(fontsize=7, loc="lower right")


def _errors(case: Case, device: str) -> tuple[Array, Array]:
    problem = problems.wave(case.dimension)
    errors = []
    for cells in case.refinements:
        solver = solve_ridge(case, functools.partial(PoissonSolver, device=device), problem, cells)
        errors.append(error_norms(solver, problem))
    return 1.0 / np.array(case.refinements), np.array(errors)
