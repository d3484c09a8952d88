"""The Poisson solver as a library: what it solves, what it refuses, and its command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from warp_jit_pairs.errors import NotConvergedError, OutputError, UnknownNameError, UsageError
from warp_jit_pairs.poisson import DEGREES, SIDES, PoissonSolver
from warp_jit_pairs.poisson_mesh import ELEMENTS, cell_of, simplices
from warp_jit_pairs.poisson_plot import run_poisson
from warp_jit_pairs.quiet import quiet_warp

Points = np.ndarray


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    with quiet_warp():
        yield


@pytest.fixture(scope="module")
def solver() -> PoissonSolver:
    return PoissonSolver(4, 1, element="triangle")


def test_a_linear_function_comes_out_at_nodes_and_between_them(solver: PoissonSolver) -> None:
    def line(points: Points) -> Points:
        return 2.0 - points[:, 0] + 3.0 * points[:, 1]

    solution = solver.solve(0.0, dirichlet=line)
    assert solution == pytest.approx(line(solver.get_dof_positions()), abs=1e-12)
    points = np.random.default_rng(0).random((50, 2))
    assert solver.get_solution_at_points(points) == pytest.approx(line(points), abs=1e-12)
    assert 0 < solver.iterations < 100
    assert solver.residual <= 1e-12


def test_nodes_are_where_the_mesh_has_them(solver: PoissonSolver) -> None:
    positions = solver.get_dof_positions()
    assert sorted(map(tuple, positions)) == [(x / 4, y / 4) for x in range(5) for y in range(5)]
    positions[:] = 7.0  # the caller's copy
    assert solver.get_dof_positions().max() == 1.0


def test_boundary_nodes_are_those_on_the_boundary(solver: PoissonSolver) -> None:
    positions = solver.get_dof_positions()
    outside = ((positions == 0) | (positions == 1)).any(axis=1)
    assert solver.boundary_nodes().tolist() == np.flatnonzero(outside).tolist()


def test_a_source_given_as_a_number_is_that_number_everywhere(solver: PoissonSolver) -> None:
    constant = solver.solve(3.0)
    assert constant.max() > 0.1
    assert (solver.solve(lambda points: np.full(len(points), 3.0)) == constant).all()


def test_nothing_to_do_takes_no_iteration(solver: PoissonSolver) -> None:
    assert not solver.solve(0.0).any()
    assert (solver.iterations, solver.residual) == (0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"element": "hexagon"}, "unknown element 'hexagon'"),
        ({"element": "triangle", "dimension": 3}, "dimension 2, not 3"),
        ({"element": "grid", "dimension": 4}, "dimension 2 or 3, not 4"),
        ({"degree": 4}, "degree must be one of"),
        ({"degree": 0}, "degree must be one of"),
        ({"resolution": 0}, "resolution must be at least 1"),
        ({"neumann_sides": ["z+"]}, "unknown side 'z.'"),
        ({"neumann_sides": SIDES[:4]}, "keep a Dirichlet side"),
        ({"device": "tpu"}, "unknown device 'tpu'"),
        ({"device": "cuda:99"}, "device"),
    ],
)
def test_solvers_that_cannot_be(arguments: dict[str, object], error: str) -> None:
    with pytest.raises(UsageError, match=error):
        PoissonSolver(**({"resolution": 2} | arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        ({"source": np.nan}, "source is not finite"),
        ({"source": lambda points: points}, r"source gives values of shape \(\d+, 2\)"),
        ({"source": 1.0, "conductivity": 0.0}, "conductivity must be positive"),
        ({"source": 1.0, "conductivity": lambda points: points[:, 0] - 0.5}, "conductivity must be positive"),
        ({"source": 1.0, "dirichlet": np.inf}, "dirichlet is not finite"),
        ({"source": 1.0, "neumann": {"x+": 1.0}}, "no Neumann side"),
    ],
)
def test_problems_that_cannot_be(solver: PoissonSolver, problem: dict[str, object], error: str) -> None:
    with pytest.raises(UsageError, match=error):
        solver.solve(**problem)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("points", "error"),
    [([0.5, 0.5], "2 columns"), ([[0.5] * 3], "2 columns"), ([[0.5, 1.1]], "must lie"), ([[np.nan] * 2], "must lie")],
)
def test_points_that_cannot_be(solver: PoissonSolver, points: list[object], error: str) -> None:
    with pytest.raises(UsageError, match=error):
        solver.get_solution_at_points(np.array(points))


def test_too_few_iterations_are_an_error_and_no_answer(solver: PoissonSolver) -> None:
    with pytest.raises(NotConvergedError, match="after 2 iterations"):
        solver.solve(1.0, max_iterations=2)


@pytest.mark.parametrize("element", ["triangle", "tetrahedron"])
def test_points_are_found_in_the_simplex_that_holds_them(element: str) -> None:
    (dimension,), resolution = ELEMENTS[element], 3
    positions, cells = simplices(resolution, dimension)
    points = np.random.default_rng(1).random((500, dimension))
    points[:100] = np.round(points[:100] * resolution) / resolution  # corners and edges
    corners = positions[cells[cell_of(element, dimension, resolution, points)]]
    edges = np.moveaxis(corners[:, 1:] - corners[:, :1], 1, 2)
    weights = np.linalg.solve(edges, (points - corners[:, 0])[..., None])[..., 0]
    assert weights.min() > -1e-12
    assert weights.sum(axis=1).max() < 1 + 1e-12


@pytest.mark.parametrize("dimension", [2, 3])
def test_simplices_fill_the_box_and_meet_face_to_face(dimension: int) -> None:
    positions, cells = simplices(2, dimension)
    corners = positions[cells]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / (2 if dimension == 2 else 6)
    assert volumes.min() > 0
    assert volumes.sum() == pytest.approx(1.0)
    faces: dict[tuple[int, ...], int] = {}
    for cell in cells:
        for left_out in cell:
            face = tuple(sorted(vertex for vertex in cell.tolist() if vertex != left_out))
            faces[face] = faces.get(face, 0) + 1
    alone = [positions[list(face)] for face, count in faces.items() if count == 1]
    assert set(faces.values()) == {1, 2}
    assert all(any((face[:, axis] == end).all() for axis in range(dimension) for end in (0, 1)) for face in alone)


@pytest.mark.slow
@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.parametrize(("element", "dimension"), [(e, d) for e, dims in ELEMENTS.items() for d in dims])
def test_every_element_holds_polynomials_of_its_degree(element: str, dimension: int, degree: int) -> None:
    def power(points: Points) -> Points:
        return np.asarray(points.sum(axis=1) ** degree)

    def source(points: Points) -> Points:
        return np.asarray(-dimension * degree * (degree - 1) * points.sum(axis=1) ** max(degree - 2, 0))

    solver = PoissonSolver(2, degree, element=element, dimension=dimension)
    assert solver.solve(source, dirichlet=power) == pytest.approx(power(solver.get_dof_positions()), rel=1e-10)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[[Path | None], str]:
    def run(plot: Path | None) -> str:
        run_poisson(resolution=4, degree=1, element="triangle", dimension=None, device="cpu", plot=plot)
        return capsys.readouterr().out

    return run


def test_the_command_prints_how_it_went(command: Callable[[Path | None], str]) -> None:
    out = command(None)
    assert "triangle 2D degree 1" in out
    assert "25" in out
    assert "error in L2" in out


@pytest.mark.slow
def test_the_command_draws_a_picture(command: Callable[[Path | None], str], tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    assert "picture" in command(first)
    command(second)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(b"\x89PNG")
    assert 10_000 < first.stat().st_size < 100_000


def test_a_picture_that_cannot_be_written(command: Callable[[Path | None], str], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        command(tmp_path / "missing" / "a.png")


def test_a_picture_without_matplotlib_says_what_to_install(
    command: Callable[[Path | None], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install"):
        command(tmp_path / "a.png")


def test_sides_beyond_the_dimension_are_unknown_names() -> None:
    with pytest.raises(UnknownNameError):
        PoissonSolver(2, element="triangle", neumann_sides=("z-",))
