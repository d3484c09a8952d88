"""The unit square and cube as Warp geometries: grids, and grids cut into triangles or tetrahedra.

Points are found again by arithmetic, exact in float64, where a mesh lookup of Warp would need a tree. What is solved
on a mesh is left to `poisson.py`.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import warp as wp
import warp.fem as fem

from .errors import UnknownNameError, UsageError

Array = np.ndarray[Any, Any]

ELEMENTS = {"grid": (2, 3), "triangle": (2,), "tetrahedron": (3,)}
"""Element -> the dimensions it exists in, the usual one first."""


def checked_dimension(element: str, dimension: int | None) -> int:
    """Return the dimension to use for `element`, whose usual one None stands for.

    Raises:
        UnknownNameError: there is no such element.
        UsageError: the element does not exist in this dimension.
    """
    if element not in ELEMENTS:
        raise UnknownNameError("element", element, sorted(ELEMENTS))
    dimensions = ELEMENTS[element]
    if dimension is not None and dimension not in dimensions:
        raise UsageError(f"element {element!r} has dimension {' or '.join(map(str, dimensions))}, not {dimension}")
    return dimension or dimensions[0]


def _lattice(counts: int, dimension: int) -> Array:
    axes = np.meshgrid(*[np.arange(counts)] * dimension, indexing="ij")
    return np.stack(axes, axis=-1).reshape(-1, dimension)


def _paths(dimension: int) -> Array:
    """Corners of each simplex of the unit cell: one simplex for each order of the axes, along which its path walks."""
    simplices = []
    for axes in itertools.permutations(range(dimension)):
        corners = np.zeros((dimension + 1, dimension), dtype=np.int64)
        for step, axis in enumerate(axes):
            corners[step + 1 :, axis] = 1
        if np.linalg.det(corners[1:] - corners[0]) < 0:
            corners[[1, 2]] = corners[[2, 1]]  # Warp wants positive volumes
        simplices.append(corners)
    return np.array(simplices)


def simplices(resolution: int, dimension: int) -> tuple[Array, Array]:
    """Vertex positions, and vertex indices of each triangle or tetrahedron (Kuhn's subdivision, conforming)."""
    vertices = _lattice(resolution + 1, dimension)
    strides = (resolution + 1) ** np.arange(dimension - 1, -1, -1)
    corners = _lattice(resolution, dimension)[:, None, None, :] + _paths(dimension)[None]
    return vertices / resolution, (corners @ strides).reshape(-1, dimension + 1)


def geometry(element: str, dimension: int, resolution: int) -> Any:
    """The unit square or cube, `resolution` cells along each axis, as a float64 geometry of `warp.fem`."""
    if element == "grid":
        shape = [resolution] * dimension
        if dimension == 2:
            return fem.Grid2D(wp.vec2i(*shape), scalar_type=wp.float64)
        return fem.Grid3D(wp.vec3i(*shape), scalar_type=wp.float64)
    positions, cells = simplices(resolution, dimension)
    indices = wp.array(cells, dtype=wp.int32)
    if dimension == 2:
        return fem.Trimesh2D(indices, wp.array(positions, dtype=wp.vec2d))
    return fem.Tetmesh(indices, wp.array(positions, dtype=wp.vec3d))


def cell_of(element: str, dimension: int, resolution: int, points: Array) -> Array:
    """Index of a cell of `geometry(...)` that holds each point of the closed unit square or cube."""
    lower = np.clip(np.floor(points * resolution).astype(np.int64), 0, resolution - 1)
    cells: Array = lower @ (resolution ** np.arange(dimension - 1, -1, -1))
    if element == "grid":
        return cells
    order = np.argsort(-(points * resolution - lower), axis=1, kind="stable")  # the path walks the largest part first
    ranks = {axes: rank for rank, axes in enumerate(itertools.permutations(range(dimension)))}
    return cells * len(ranks) + np.array([ranks[tuple(axes)] for axes in order.tolist()], dtype=np.int64)
