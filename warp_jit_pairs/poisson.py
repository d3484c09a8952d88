"""A Poisson solver on the unit square or cube, through `warp.fem`, in float64, on the CPU or a GPU.

Solves −∇·(κ∇u) = f with u = g on the Dirichlet sides and κ ∂u/∂n = q on the Neumann sides, with Lagrange elements of
degree 1 to 3 and conjugate gradients preconditioned by the diagonal. Whether the solution is right is
`poisson_validation.py`'s business; pictures are `poisson_plot.py`'s.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import warp as wp
import warp.fem as fem
import warp.sparse
import warp.utils

from . import poisson_forms as forms
from .errors import NotConvergedError, UnknownNameError, UsageError
from .poisson_mesh import Array, cell_of, checked_dimension, geometry

DEGREES = (1, 2, 3)
TOLERANCE = 1e-12
"""The norm of the residual at which conjugate gradients stop, relative to the right-hand side's."""

SIDES = ("x-", "x+", "y-", "y+", "z-", "z+")
"""Names of the sides: the axis, and whether it is at 0 or at 1 of it."""

Data = float | Callable[[Array], Array]
"""A constant, or a function from points, shape (points, dimension), to one value for each, shape (points,)."""

_ON_SIDE = 1e-9


@dataclasses.dataclass(frozen=True, slots=True)
class Samples:
    """Quadrature points with their weights, and the solution and its gradient there, all float64.

    `positions` and `gradients` have the shape (points, dimension), the others (points,); the weights add up to 1, the
    area or volume.
    """

    positions: Array
    weights: Array
    values: Array
    gradients: Array


@dataclasses.dataclass(frozen=True, slots=True)
class _System:
    """The assembled equations before boundary values are put in, and the constant parts of an iteration."""

    matrix: Any
    load: Any
    fixed: Array


def values_at(data: Data, points: Array, name: str) -> Array:
    """Values of `data` at `points`.

    Raises:
        UsageError: it does not give one finite value for each point.
    """
    values = np.asarray(data(points) if callable(data) else data, dtype=np.float64)
    if values.ndim and values.shape != (len(points),):
        raise UsageError(f"{name} gives values of shape {values.shape} for {len(points)} points")
    if not np.isfinite(values).all():
        raise UsageError(f"{name} is not finite everywhere")
    return np.ascontiguousarray(np.broadcast_to(values, (len(points),)))


def on_side(points: Array, side: str) -> Array:
    """Whether each point lies on the side of this name."""
    return np.asarray(abs(points[:, "xyz".index(side[0])] - (side[1] == "+")) < _ON_SIDE)


class PoissonSolver:
    """Solves Poisson problems on one mesh of the unit square or cube, with elements of one kind and degree.

    Args:
        resolution: Cells along each axis, 1 or more.
        degree: Of the polynomials on each cell.
        element: `grid` (2 or 3 dimensions), `triangle` (2) or `tetrahedron` (3).
        dimension: 2 or 3; None for the element's own, 2 for a grid.
        device: `cpu`, or the name of a CUDA device as Warp knows it.
        neumann_sides: sides where the flux is given, of `x-`, `x+`, `y-`, `y+`, `z-`, `z+`; the others are Dirichlet
            sides, and one must be.

    Raises:
        UsageError: an argument is none of the possible ones, or Warp knows no such device.
    """

    def __init__(
        self,
        resolution: int,
        degree: int = 1,
        *,
        element: str = "grid",
        dimension: int | None = None,
        device: str = "cpu",
        neumann_sides: Sequence[str] = (),
    ) -> None:
        self.dimension = checked_dimension(element, dimension)
        if degree not in DEGREES:
            raise UsageError(f"degree must be one of {DEGREES}, not {degree}")
        if resolution < 1:
            raise UsageError(f"resolution must be at least 1, not {resolution}")
        sides = SIDES[: 2 * self.dimension]
        for side in neumann_sides:
            if side not in sides:
                raise UnknownNameError("side", side, list(sides))
        if set(neumann_sides) == set(sides):
            raise UsageError("Neumann conditions on every side leave a constant open: keep a Dirichlet side")
        self.resolution, self.degree, self.element = resolution, degree, element
        self.neumann_sides = tuple(side for side in sides if side in neumann_sides)
        self.device = known_device(device)
        self.iterations, self.residual = 0, math.inf
        with wp.ScopedDevice(self.device):
            self._geometry = geometry(element, self.dimension, resolution)
            self._cells = fem.Cells(self._geometry)
            self._space = fem.make_polynomial_space(self._geometry, degree=degree, dtype=wp.float64)
            self._field = self._space.make_field()
            self._positions: Array = self._space.node_positions().numpy()
        self._quadrature = fem.RegularQuadrature(self._cells, self.quadrature_order())

    def quadrature_order(self) -> int:
        """Order of the quadrature on cells: 2 degree + 2, cut to 6 on simplices, where Warp's rules end."""
        order = 2 * self.degree + 2
        return order if self.element == "grid" else min(order, 6)

    def solve(
        self,
        source: Data,
        *,
        dirichlet: Data = 0.0,
        neumann: Mapping[str, Data] | None = None,
        conductivity: Data = 1.0,
        tolerance: float = TOLERANCE,
        max_iterations: int | None = None,
    ) -> Array:
        """Solve one problem and return the values at the nodes, shape (nodes,), in the order of `get_dof_positions()`.

        Afterwards `iterations` and `residual` say how the conjugate gradients went.

        Args:
            source: f.
            dirichlet: g, used on the Dirichlet sides.
            neumann: side -> κ ∂u/∂n there, outward; a Neumann side that is not named has 0.
            conductivity: κ, positive.
            tolerance: stops when the residual's norm is this part of the right-hand side's.
            max_iterations: None for ten times the number of unknowns.

        Raises:
            UsageError: data that is not finite, of the wrong shape, or κ not positive; a flux on a Dirichlet side.
            NotConvergedError: the tolerance was not reached, or the matrix is not positive definite.
        """
        for side in neumann or {}:
            if side not in self.neumann_sides:
                raise UsageError(f"a flux is given on {side!r}, which is no Neumann side of this solver")
        with wp.ScopedDevice(self.device):
            system = self._assemble(source, neumann or {}, conductivity)
            lifted = np.zeros(len(self._positions))
            lifted[system.fixed] = values_at(dirichlet, self._positions[system.fixed], "dirichlet")
            limit = 10 * len(lifted) if max_iterations is None else max_iterations
            correction = self._conjugate_gradients(system, lifted, tolerance, limit)
            solution = lifted + correction  # the correction is 0 at fixed nodes, so that their values are exact
            self._field.dof_values = wp.array(solution, dtype=wp.float64)
            self._system = system
        return solution

    def get_dof_positions(self) -> Array:
        """Positions of the nodes, shape (nodes, dimension), float64, in [0, 1]."""
        return self._positions.copy()

    def get_solution_at_points(self, points: Array) -> Array:
        """Values of the last solution (zero before one) at points of the closed unit square or cube.

        `points` have the shape (points, dimension), what is returned (points,).

        Raises:
            UsageError: the points have another dimension or lie outside.
        """
        points = np.ascontiguousarray(points, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != self.dimension:
            raise UsageError(f"points must have {self.dimension} columns, not shape {points.shape}")
        if not ((points >= 0) & (points <= 1)).all():
            raise UsageError("points must lie in the unit square or cube")
        cells = cell_of(self.element, self.dimension, self.resolution, points)
        with wp.ScopedDevice(self.device):
            values = wp.zeros(len(points), dtype=wp.float64)
            fem.interpolate(
                forms.evaluate,
                at=self._cells,
                dim=len(points),
                fields={"u": self._field},
                values={
                    "cells": wp.array(cells, dtype=wp.int32),
                    "positions": wp.array(points, dtype=wp.float64),
                    "values": values,
                },
            )
            return np.asarray(values.numpy())

    def sample(self) -> Samples:
        """The last solution (zero before one) at the quadrature points of the cells."""
        count = self._quadrature.total_point_count()
        with wp.ScopedDevice(self.device):
            arrays = {
                "positions": wp.zeros((count, self.dimension), dtype=wp.float64),
                "weights": wp.zeros(count, dtype=wp.float64),
                "values": wp.zeros(count, dtype=wp.float64),
                "gradients": wp.zeros((count, self.dimension), dtype=wp.float64),
            }
            fem.interpolate(forms.measure, at=self._quadrature, fields={"u": self._field}, values=arrays)
            return Samples(**{name: array.numpy() for name, array in arrays.items()})

    def boundary_nodes(self) -> Array:
        """Indices of the nodes whose shape function does not vanish on the whole boundary; positions are not asked."""
        with wp.ScopedDevice(self.device):
            sides = fem.BoundarySides(self._geometry)
            traces = fem.integrate(
                forms.trace, fields={"v": fem.make_test(self._space, domain=sides)}, assembly="generic"
            )
            return np.flatnonzero(traces.numpy() > 1e-12)

    def reactions(self) -> Array:
        """What the Dirichlet nodes supply to balance the last solution, shape (nodes,); at other nodes the residual.

        There must have been one (`solve`).
        """
        with wp.ScopedDevice(self.device):
            rest = wp.clone(self._system.load)
            wp.sparse.bsr_mv(self._system.matrix, self._field.dof_values, rest, alpha=1.0, beta=-1.0)
            return np.asarray(rest.numpy())

    def _assemble(self, source: Data, neumann: Mapping[str, Data], conductivity: Data) -> _System:
        points = self.sample().positions
        kappa = values_at(conductivity, points, "conductivity")
        if not (kappa > 0).all():
            raise UsageError("conductivity must be positive everywhere")
        load = self._load(values_at(source, points, "source"))
        if neumann:
            self._add_fluxes(load, neumann)
        return _System(self._stiffness(kappa), load, self._fixed_nodes())

    def _stiffness(self, conductivity: Array) -> Any:
        return fem.integrate(
            forms.stiffness,
            quadrature=self._quadrature,
            fields={
                "u": fem.make_trial(self._space, domain=self._cells),
                "v": fem.make_test(self._space, domain=self._cells),
            },
            values={"conductivity": wp.array(conductivity, dtype=wp.float64)},
        )

    def _load(self, source: Array) -> Any:
        return fem.integrate(
            forms.load,
            quadrature=self._quadrature,
            fields={"v": fem.make_test(self._space, domain=self._cells)},
            values={"density": wp.array(source, dtype=wp.float64)},
        )

    def _add_fluxes(self, load: Any, neumann: Mapping[str, Data]) -> None:
        sides = fem.BoundarySides(self._geometry)
        quadrature = fem.RegularQuadrature(sides, self.quadrature_order())
        count = quadrature.total_point_count()
        positions = wp.zeros((count, self.dimension), dtype=wp.float64)
        fem.interpolate(forms.locate, at=quadrature, values={"positions": positions})
        points = positions.numpy()
        flux = np.zeros(count)
        for side, data in neumann.items():
            here = on_side(points, side)
            flux[here] += values_at(data, points[here], f"the flux on {side}")
        fem.integrate(
            forms.load,
            quadrature=quadrature,
            fields={"v": fem.make_test(self._space, domain=sides)},
            values={"density": wp.array(flux, dtype=wp.float64)},
            output=load,
            add=True,
        )

    def _fixed_nodes(self) -> Array:
        """Whether each node lies on a Dirichlet side."""
        sides = [side for side in SIDES[: 2 * self.dimension] if side not in self.neumann_sides]
        return np.asarray(np.logical_or.reduce([on_side(self._positions, side) for side in sides]))

    def _conjugate_gradients(self, system: _System, lifted: Array, tolerance: float, limit: int) -> Array:
        """The correction to the lifted boundary values that solves the system at the free nodes.

        `warp.optim.linear.cg` is not used: its dot product takes 300 times as long as `array_inner` on the CPU.
        """
        free = wp.array(~system.fixed, dtype=wp.float64)
        residual_0 = wp.clone(system.load)
        wp.sparse.bsr_mv(system.matrix, wp.array(lifted, dtype=wp.float64), residual_0, alpha=-1.0, beta=1.0)
        residual = wp.array(np.where(system.fixed, 0.0, residual_0.numpy()), dtype=wp.float64)
        diagonal = wp.sparse.bsr_get_diag(system.matrix).numpy()
        if not (diagonal > 0).all():
            raise NotConvergedError("the matrix is not positive definite: its quadrature has too few points")
        preconditioner = wp.array(np.where(system.fixed, 0.0, 1.0 / diagonal), dtype=wp.float64)
        solution, direction, image = (wp.zeros_like(residual) for _ in range(3))
        preconditioned = wp.zeros_like(residual)
        update = [direction, image, preconditioner, free, solution, residual, preconditioned]
        start = math.sqrt(warp.utils.array_inner(residual, residual))
        wp.launch(forms.descend, dim=len(lifted), inputs=[0.0, *update])  # a step of length 0: preconditions
        slope = warp.utils.array_inner(residual, preconditioned)
        beta, norm, self.iterations = 0.0, start, 0
        while norm > tolerance * start:
            if self.iterations == limit:
                raise NotConvergedError(f"residual {norm / start:.1e} of {tolerance:.1e} after {limit} iterations")
            wp.launch(forms.turn, dim=len(lifted), inputs=[beta, preconditioned, direction])
            wp.sparse.bsr_mv(system.matrix, direction, image)
            energy = warp.utils.array_inner(direction, image)
            if energy <= 0:
                raise NotConvergedError(f"the matrix is not positive definite: energy {energy:.1e} of a direction")
            alpha = slope / energy
            wp.launch(forms.descend, dim=len(lifted), inputs=[alpha, *update])
            steeper = warp.utils.array_inner(residual, preconditioned)
            beta, slope = steeper / slope, steeper
            norm = math.sqrt(warp.utils.array_inner(residual, residual))
            self.iterations += 1
        self.residual = norm / start if start else 0.0
        return np.asarray(solution.numpy())


def known_device(name: str) -> str:
    """Return the name of a device that Warp has here; `cuda` stands for the first CUDA device.

    Raises:
        UsageError: there is none of this name.
    """
    if name.startswith("cuda") and not wp.get_cuda_devices():
        raise UsageError(f"device {name!r} is not there: Warp sees no CUDA device on this machine")
    known = ["cpu", *(device.alias for device in wp.get_cuda_devices())]
    if name != "cuda" and name not in known:
        raise UnknownNameError("device", name, known)
    return known[1] if name == "cuda" else name
