"""Draws what a handle names: a small mesh, BVH, hash grid, volume or texture, as plain arrays.

Shapes are built in and moved about by the case's generator, so that a seed gives the same bytes everywhere. They lie
where kernels look for them: around the origin, within the [-2, 2] that points are drawn from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .reference.layout import HandleType

Data = np.ndarray[Any, Any]
Draw = Callable[[int], Data]

_BY_FACE = {"mesh_eval_face_normal", "mesh_get", "mesh_get_index", "mesh_get_point", "mesh_get_velocity"}
"""Builtins that kernels give their thread's number to: the mesh has as many faces as there are threads."""
_CLOSED = {
    "mesh_query_point", "mesh_query_point_sign_parity", "mesh_query_point_sign_winding_number",
    "mesh_query_ray_count_intersections",
}  # fmt: skip
"""Builtins that ask what is inside, which only a closed mesh tells."""
_LIMITED = {"mesh_query_ray", "mesh_query_ray_anyhit"}
"""Builtins with a limit along a ray, which often lies far out: a mesh may be wide enough for it to matter."""
_GROUPED = {"mesh_get_group_root", "bvh_get_group_root", "mesh_get_bvh"}
GROUPS = 4
LEAF = 8
"""Voxels along each side of a leaf of a volume."""
VOXELS = 48
"""Active voxels of an index grid, whose values stand in an array of at least as many items."""


def draw_handle(kind: HandleType, draw: Draw, count: int, given: Mapping[str, Any]) -> dict[str, Data]:
    """The content of an object.

    Args:
        kind: What object, and which builtins use it.
        draw: Number of values to that many draws from [0, 1).
        count: Threads along the first dimension, which may index the object.
        given: Values of the other arguments; a hash grid is built over the first array of points among them.
    """
    family, _, variant = kind.name.partition("_")
    if family == "mesh":
        return _mesh(draw, count if kind.uses & _BY_FACE else 0, kind.uses)
    if family == "bvh":
        return _bvh(draw, bool(kind.uses & _GROUPED))
    if family == "hashgrid":
        return _grid(draw, count, given)
    if family == "volume":
        return _volume(draw, variant, kind.uses)
    return _texture(draw, int(family[len("texture")]))


def _between(draw: Draw, low: float, high: float, *shape: int) -> Data:
    return (low + (high - low) * draw(int(np.prod(shape)))).reshape(shape).astype(np.float32)


def _pick(draw: Draw, number: int) -> int:
    return min(int(draw(1)[0] * number), number - 1)


# -- meshes


def _tetrahedron() -> tuple[Data, Data]:
    points = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)], np.float64)
    return points, np.array([(0, 1, 2), (0, 3, 1), (0, 2, 3), (1, 3, 2)])


def _octahedron() -> tuple[Data, Data]:
    points = 1.3 * np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], np.float64)
    faces = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    return points, np.array(faces)


def _box() -> tuple[Data, Data]:
    points = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return points, np.array([face for a, b, c, d in sides for face in ((a, b, c), (a, c, d))])


def _patch(rows: int, columns: int) -> tuple[Data, Data]:
    """A wavy sheet of quads."""
    u, v = np.meshgrid(np.linspace(-1.3, 1.3, rows + 1), np.linspace(-1.3, 1.3, columns + 1), indexing="ij")
    points = np.stack([u, 0.4 * np.round(u * v * 4) / 4, v], axis=-1).reshape(-1, 3)
    faces = []
    for i in range(rows):
        for j in range(columns):
            a = i * (columns + 1) + j
            b, c, d = a + 1, a + columns + 2, a + columns + 1
            faces += [(a, b, c), (a, c, d)]
    return points, np.array(faces)


_SHAPES = (_tetrahedron, _octahedron, _box, lambda: _patch(1, 4), lambda: _patch(3, 3))


def _mesh(draw: Draw, faces: int, uses: frozenset[str]) -> dict[str, Data]:
    if faces > 12:
        points, corners = _patch(4, (faces + 7) // 8)
    else:
        points, corners = _SHAPES[_pick(draw, 3 if uses & _CLOSED else 5) if faces <= 4 else 2]()
    size, shift = 0.8 + 0.6 * draw(1), 0.6 * draw(3) - 0.3
    if uses & _LIMITED and draw(1)[0] < 0.35:
        size = 12.0 * size
    moved = points * size + shift + 0.3 * draw(points.size).reshape(points.shape) - 0.15
    return {
        "points": moved.astype(np.float32),
        "indices": corners.astype(np.int32).ravel(),
        "velocities": _between(draw, -1.0, 1.0, *points.shape),
        "groups": _groups(draw, len(corners), bool(uses & _GROUPED)),
    }


def _groups(draw: Draw, count: int, wanted: bool) -> Data:
    """A group for each item, or none at all."""
    return (draw(count) * GROUPS).astype(np.int32) if wanted else np.zeros(0, np.int32)


# -- trees and grids


def _bvh(draw: Draw, grouped: bool) -> dict[str, Data]:
    count = 4 + _pick(draw, 13)
    centers, reach = _between(draw, -1.6, 1.6, count, 3), _between(draw, 0.15, 0.7, count, 3)
    return {"lowers": centers - reach, "uppers": centers + reach, "groups": _groups(draw, count, grouped)}


def _grid(draw: Draw, count: int, given: Mapping[str, Any]) -> dict[str, Data]:
    points = _between(draw, -1.0, 1.0, count, 3)
    for value in given.values():
        if isinstance(value, np.ndarray) and value.dtype == np.float32 and value.shape == points.shape:
            points = value.copy()
            break
    cells = [(4, 8, 16)[_pick(draw, 3)] for _ in range(3)]
    return {
        "points": points,
        "cells": np.array(cells, np.int32),
        "width": _between(draw, 0.3, 0.8, 1),
    }


# -- volumes and textures


def _volume(draw: Draw, variant: str, uses: frozenset[str]) -> dict[str, Data]:
    shear = 0.03 * draw(9).reshape(3, 3)
    scale = np.diag(0.45 + 0.15 * draw(3)) + shear + shear.T  # symmetric: Warp's adjoint leaves out the transposition
    inward, outward = "volume_world_to_index" in uses, "volume_index_to_world" in uses
    middle = 0.0 if inward and outward else 1.2 if outward else -2.0  # brings points of [-2, 2] into the leaf
    placed = {"transform": scale.astype(np.float32), "origin": _between(draw, middle - 0.2, middle + 0.2, 3)}
    if variant == "index":
        places = np.argsort(draw(125), kind="stable")[:VOXELS]
        return {"voxels": np.stack(np.unravel_index(np.sort(places), (5, 5, 5)), axis=1).astype(np.int32), **placed}
    length = LEAF * (1 + _pick(draw, 2) if "volume_voxel_count" in uses else 1)
    shape = (length, LEAF, LEAF)
    if variant == "i":
        labels = (draw(length * LEAF * LEAF) * 100).astype(np.int32).reshape(shape)
        return {"labels": labels, "background": np.array([-1], np.int32), **placed}
    if variant == "v":
        vectors, background = _between(draw, -2.0, 2.0, *shape, 3), _between(draw, -1.0, 1.0, 1, 3)
        return {"vectors": vectors, "background": background, **placed}
    return {"values": _between(draw, -2.0, 2.0, *shape), "background": _between(draw, -1.0, 1.0, 1), **placed}


def _texture(draw: Draw, ndim: int) -> dict[str, Data]:
    sizes = ((1, 1, 8), (1, 6, 5), (4, 3, 5))[ndim - 1]
    modes = [int(draw(1)[0] < 0.75), 1, *((draw(3) * 4).astype(int))]
    return {"texels": _between(draw, 0.0, 1.0, *sizes, 4), "modes": np.array(modes, np.int32)}
