"""Poisson problems whose solutions are known: what the validation measures the solver against.

Written with NumPy alone; what counts as agreement is left to `poisson_validation.py`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from .poisson_mesh import Array

Profile = Callable[[Array], Array]

_DIRECTION = (1.3, -0.7, 0.9)


@dataclasses.dataclass(frozen=True, slots=True)
class Ridge:
    """u(x) = profile(a·x) with conductivity 1 + x₀/2: derivatives in every direction, and a source that follows."""

    dimension: int
    profile: Profile
    slope: Profile
    curvature: Profile

    @property
    def direction(self) -> Array:
        return np.array(_DIRECTION[: self.dimension])

    def solution(self, points: Array) -> Array:
        return self.profile(points @ self.direction)

    def gradient(self, points: Array) -> Array:
        return np.asarray(self.slope(points @ self.direction)[:, None] * self.direction)

    def conductivity(self, points: Array) -> Array:
        return np.asarray(1.0 + points[:, 0] / 2)

    def source(self, points: Array) -> Array:
        along = points @ self.direction
        bend = self.conductivity(points) * self.curvature(along) * (self.direction @ self.direction)
        return np.asarray(-bend - self.slope(along) * self.direction[0] / 2)

    def flux(self, side: str) -> Callable[[Array], Array]:
        """κ ∂u/∂n on the side of this name."""
        axis, sign = "xyz".index(side[0]), 1.0 if side[1] == "+" else -1.0
        return lambda points: np.asarray(sign * self.conductivity(points) * self.gradient(points)[:, axis])

    def flux_through(self, side: str) -> float:
        """The integral of the flux over a side, by a tensor rule that is exact for polynomials of degree 19."""
        nodes, weights = np.polynomial.legendre.leggauss(10)
        axis = "xyz".index(side[0])
        grids = np.meshgrid(*[(nodes + 1) / 2] * (self.dimension - 1), indexing="ij")
        points = np.insert(
            np.stack(grids, axis=-1).reshape(-1, self.dimension - 1), axis, float(side[1] == "+"), axis=1
        )
        products = math.prod(np.meshgrid(*[weights / 2] * (self.dimension - 1), indexing="ij"))
        return float(self.flux(side)(points) @ np.ravel(products))


def power(dimension: int, degree: int) -> Ridge:
    """A polynomial of this degree, which elements of the degree hold exactly."""
    return Ridge(
        dimension,
        lambda along: np.asarray(1.0 + along**degree),
        lambda along: np.asarray(degree * along ** (degree - 1)),
        lambda along: np.asarray(degree * (degree - 1) * along ** max(degree - 2, 0)),
    )


def wave(dimension: int) -> Ridge:
    """A smooth function that no polynomial is: e^(z/2) sin(z + 0.3)."""

    def profile(along: Array) -> Array:
        return np.asarray(np.exp(along / 2) * np.sin(along + 0.3))

    def slope(along: Array) -> Array:
        return np.asarray(np.exp(along / 2) * (np.sin(along + 0.3) / 2 + np.cos(along + 0.3)))

    def curvature(along: Array) -> Array:
        return np.asarray(np.exp(along / 2) * (np.cos(along + 0.3) - 0.75 * np.sin(along + 0.3)))

    return Ridge(dimension, profile, slope, curvature)


def bump(points: Array) -> Array:
    """∏ sin(π xᵢ), which solves −Δu = d π² u with u = 0 on the boundary."""
    return np.asarray(np.prod(np.sin(math.pi * points), axis=1))


def bump_source(points: Array) -> Array:
    return np.asarray(points.shape[1] * math.pi**2 * bump(points))


def parabolic_source(points: Array) -> Array:
    """A polynomial source of degree 2 for the comparison with another solver."""
    return np.asarray(1.0 + points[:, 0] - 2.0 * points[:, -1] ** 2)


def ripples(points: Array) -> Array:
    """Boundary values with several maxima and minima."""
    return np.asarray(np.sin(5.0 * points.sum(axis=1)) + points[:, 0])


def charges(points: Array) -> Array:
    """A positive and a negative charge, for a picture."""

    def charge(*centre: float) -> Array:
        return np.asarray(np.exp(-60.0 * ((points[:, :2] - centre) ** 2).sum(axis=1)))

    return 100.0 * (charge(0.35, 0.35) - charge(0.7, 0.65))
