"""Checks of the suite about objects of Warp whose queries have closed answers: meshes, boxes, grids, volumes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .suite_check import A, Check, Data, N, Values, empty, floats, kernel

POINTS = "wp.array(dtype=wp.vec3)"
COUNTS = "wp.array(dtype=int)"

CHECKS: list[Check] = []


def _add(
    kind: str, name: str, source: str, dim: tuple[int, ...], inputs: Any, forward: Any, adjoint: Any = None
) -> None:
    CHECKS.append(Check(kind, name, source, dim, inputs, forward, adjoint))


def _cube(grouped: bool = True) -> dict[str, Data]:
    """The cube [-1, 1]^3 with outward faces, moving as it would when growing."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in sides for face in ((a, b, c), (a, c, d))]
    return {
        "points": corners,
        "indices": np.array(faces, np.int32).ravel(),
        "velocities": 2 * corners,
        "groups": np.arange(12 if grouped else 0, dtype=np.int32) % 2,
    }


def _cube_distance(p: Data) -> tuple[Data, Data]:
    """Signed distance to the cube and its gradient."""
    away = np.abs(p) - 1
    outside = np.maximum(away, 0)
    length = np.sqrt((outside**2).sum(1))
    nearest = np.eye(3)[away.argmax(1)]
    inside = length == 0
    slope = np.where(inside[:, None], nearest, outside / np.where(inside, 1, length)[:, None])
    return np.where(inside, away.max(1), length), slope * np.sign(p)


def _cube_entry(v: Values) -> tuple[Data, Data, Data]:
    """Where rays towards the cube first meet it: parameter, axis, and the side's sign."""
    start, direction = v["start"].astype(float), v["dir"].astype(float)
    near = np.minimum((-1 - start) / direction, (1 - start) / direction)
    axis = near.argmax(1)
    rows = np.arange(len(axis))
    return near[rows, axis], axis, -np.sign(direction[rows, axis])


def _rays(s: np.random.Generator) -> dict[str, Data]:
    """Rays from outside through the middle of the cube, so that each hits."""
    start = floats(s, N, 3, low=2.0, high=4.0) * np.where(s.random((N, 3)) < 0.5, -1, 1).astype(np.float32)
    target = floats(s, N, 3, low=-0.4, high=0.4)
    toward = target - start
    return {"start": start, "dir": toward / np.sqrt((toward**2).sum(1, keepdims=True))}


def _entry_adjoint(v: Values, g: Values) -> dict[str, Data]:
    t, axis, _ = _cube_entry(v)
    pick = np.eye(3)[axis] * (g["out"] / v["dir"][np.arange(N), axis])[:, None]
    return {"start": -pick, "dir": -pick * t[:, None]}


def _around(s: np.random.Generator) -> Data:
    """Points in and about the cube, none so near a side that rounding decides where it lies."""
    size = s.random((N, 3))
    size = np.where(size < 0.5, 1.9 * size, 1.05 + 1.9 * (size - 0.5))
    return (np.where(s.random((N, 3)) < 0.5, -size, size)).astype(np.float32)


_add(
    "geometry",
    "distance_to_a_cube",
    kernel(
        "distance_to_a_cube",
        f"mesh: wp.uint64, p: {POINTS}, out: {A}, signs: {POINTS}",
        "i = wp.tid()\nq = wp.mesh_query_point(mesh, p[i], 10.0)\nif q.result:\n"
        "    c = wp.mesh_eval_position(mesh, q.face, q.u, q.v)\n    out[i] = q.sign * wp.length(p[i] - c)\n"
        "signs[i] = wp.vec3(wp.mesh_query_point_sign_parity(mesh, p[i], 10.0).sign,\n"
        "    wp.mesh_query_point_sign_normal(mesh, p[i], 10.0).sign,\n"
        "    wp.mesh_query_point_sign_winding_number(mesh, p[i], 10.0).sign)",
    ),
    (N,),
    lambda s: {"mesh": _cube(grouped=False), "p": _around(s), "out": empty(N), "signs": empty(N, 3)},
    lambda v: {
        "out": _cube_distance(v["p"])[0],
        "signs": np.tile(np.where((np.abs(v["p"]) < 1).all(1), -1.0, 1.0)[:, None], (1, 3)),
    },
    lambda v, g: {"p": _cube_distance(v["p"])[1] * g["out"][:, None]},
)
_add(
    "geometry",
    "furthest_corner_of_a_cube",
    kernel(
        "furthest_corner_of_a_cube",
        f"mesh: wp.uint64, p: {POINTS}, out: {A}, v: {POINTS}",
        "i = wp.tid()\nq = wp.mesh_query_furthest_point_no_sign(mesh, p[i], 0.0)\n"
        "out[i] = wp.length(p[i] - wp.mesh_eval_position(mesh, q.face, q.u, q.v))\n"
        "v[i] = wp.mesh_eval_velocity(mesh, q.face, q.u, q.v)",
    ),
    (N,),
    lambda s: {"mesh": _cube(), "p": _around(s), "out": empty(N), "v": empty(N, 3)},
    lambda v: {"out": np.sqrt(((np.abs(v["p"]) + 1) ** 2).sum(1)), "v": -2 * np.sign(v["p"])},
)
_add(
    "geometry",
    "rays_into_a_cube",
    kernel(
        "rays_into_a_cube",
        f"mesh: wp.uint64, start: {POINTS}, dir: {POINTS}, out: {A}, normal: {POINTS}, count: {COUNTS}",
        "i = wp.tid()\nq = wp.mesh_query_ray(mesh, start[i], dir[i], 100.0)\nif q.result:\n    out[i] = q.t\n"
        "    normal[i] = q.normal\ncount[i] = wp.mesh_query_ray_count_intersections(mesh, start[i], dir[i])",
    ),
    (N,),
    lambda s: {"mesh": _cube(), **_rays(s), "out": empty(N), "normal": empty(N, 3), "count": np.zeros(N, np.int32)},
    lambda v: {
        "out": _cube_entry(v)[0],
        "normal": np.eye(3)[_cube_entry(v)[1]] * _cube_entry(v)[2][:, None],
        "count": np.full(N, 2, np.int32),
    },
    lambda v, g: _entry_adjoint(v, g),
)


def _boxes(s: np.random.Generator) -> dict[str, Data]:
    centers, reach = floats(s, 12, 3), floats(s, 12, 3, low=0.2, high=0.8)
    return {"lowers": centers - reach, "uppers": centers + reach, "groups": np.arange(12, dtype=np.int32) % 3}


def _box_gaps(v: Values) -> Data:
    """Distance along each axis from each point to each box."""
    tree: Any = v["tree"]
    p = v["p"][:, None]
    return np.asarray(np.maximum(np.maximum(tree["lowers"] - p, p - tree["uppers"]), 0))


_add(
    "geometry",
    "boxes_around_points",
    kernel(
        "boxes_around_points",
        f"tree: wp.uint64, p: {POINTS}, near: {COUNTS}, ball: {COUNTS}, grouped: {COUNTS}",
        "i = wp.tid()\nr = wp.vec3(0.5, 0.5, 0.5)\nindex = int(0)\n"
        "q = wp.bvh_query_aabb(tree, p[i] - r, p[i] + r)\nwhile wp.bvh_query_next(q, index):\n    near[i] += 1\n"
        "b = wp.bvh_query_sphere(tree, p[i], 0.5)\nwhile wp.bvh_query_next(b, index):\n    ball[i] += 1\n"
        "g = wp.bvh_query_aabb(tree, p[i] - r, p[i] + r, wp.bvh_get_group_root(tree, 1))\n"
        "while wp.bvh_query_next(g, index):\n    grouped[i] += 1",
    ),
    (N,),
    lambda s: {
        "tree": _boxes(s),
        "p": floats(s, N, 3),
        **{name: np.zeros(N, np.int32) for name in ("near", "ball", "grouped")},
    },
    lambda v: {
        "near": (_box_gaps(v) <= 0.5).all(2).sum(1).astype(np.int32),
        "ball": (np.sqrt((_box_gaps(v) ** 2).sum(2)) <= 0.5).sum(1).astype(np.int32),
        "grouped": (_box_gaps(v)[:, 1::3] <= 0.5).all(2).sum(1).astype(np.int32),
    },
)


def _neighbours(v: Values) -> Data:
    distances = np.sqrt(((v["p"][:, None] - v["p"]) ** 2).sum(2))
    return np.asarray(np.where(distances < 0.6, 0.6 - distances, 0.0).sum(1))


def _crowd(s: np.random.Generator) -> dict[str, Any]:
    points = floats(s, N, 3, low=-1.0, high=1.0)
    grid = {"points": points, "cells": np.array([4, 8, 4], np.int32), "width": np.array([0.4], np.float32)}
    return {"grid": grid, "p": points, "out": empty(N)}


_add(
    "geometry",
    "neighbours_in_a_grid",
    kernel(
        "neighbours_in_a_grid",
        f"grid: wp.uint64, p: {POINTS}, out: {A}",
        "i = wp.hash_grid_point_id(grid, wp.tid())\ntotal = float(0.0)\n"
        "for j in wp.hash_grid_query(grid, p[i], 0.6):\n    d = wp.length(p[i] - p[j])\n    if d < 0.6:\n"
        "        total += 0.6 - d\nout[i] = total",
    ),
    (N,),
    _crowd,
    lambda v: {"out": _neighbours(v)},
)

_SLOPE = np.array([0.5, -0.25, 0.125])
_PLACE = np.array([[0.5, 0.0625, 0.0], [0.0625, 0.4, 0.0], [0.0, 0.0, 0.25]])


def _ramp(s: np.random.Generator) -> dict[str, Any]:
    """A volume whose values rise evenly, so that interpolation is exact, and points within it."""
    cells = np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), axis=-1)
    volume = {
        "values": (cells @ _SLOPE).astype(np.float32),
        "background": np.array([9.0], np.float32),
        "transform": _PLACE.astype(np.float32),
        "origin": np.array([-1.0, 0.5, 2.0], np.float32),
    }
    inside = 0.5 + 6 * s.random((N, 3))
    return {
        "volume": volume,
        "p": (inside @ _PLACE.T + volume["origin"]).astype(np.float32),
        "out": empty(N),
        "slope": empty(N, 3),
    }


def _indices(v: Values) -> Data:
    volume: Any = v["volume"]
    return np.asarray((v["p"] - volume["origin"]) @ np.linalg.inv(_PLACE).T)


_add(
    "geometry",
    "volume_that_rises_evenly",
    kernel(
        "volume_that_rises_evenly",
        f"volume: wp.uint64, p: {POINTS}, out: {A}, slope: {POINTS}",
        "i = wp.tid()\nuvw = wp.volume_world_to_index(volume, p[i])\nslope_i = wp.vec3(0.0, 0.0, 0.0)\n"
        "out[i] = wp.volume_sample_grad_f(volume, uvw, wp.Volume.LINEAR, slope_i)\nslope[i] = slope_i",
    ),
    (N,),
    _ramp,
    lambda v: {"out": _indices(v) @ _SLOPE, "slope": np.tile(_SLOPE, (N, 1))},
    lambda v, g: {"p": g["out"][:, None] * (_SLOPE @ np.linalg.inv(_PLACE))},
)


def _picture(s: np.random.Generator) -> dict[str, Any]:
    texels = floats(s, 1, 4, 5, 1, low=0.0, high=1.0)
    return {
        "picture": {"texels": texels, "modes": np.array([1, 1, 1, 0, 0], np.int32)},
        "uv": floats(s, N, 2, low=-0.2, high=1.2),
        "out": empty(N),
    }


def _bilinear(v: Values) -> tuple[Data, Data]:
    """Clamped in u, repeated in v; with the gradient."""
    picture: Any = v["picture"]
    texels = picture["texels"][0, :, :, 0].astype(float)
    x, y = np.clip(v["uv"][:, 0] * 5.0 - 0.5, 0, 4), v["uv"][:, 1] * 4.0 - 0.5
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = x - i, y - j
    corner = [[texels[(j + n) % 4, np.minimum(i + m, 4)] for m in (0, 1)] for n in (0, 1)]
    rows = [corner[n][0] * (1 - a) + corner[n][1] * a for n in (0, 1)]
    along = [corner[n][1] - corner[n][0] for n in (0, 1)]
    moves = (v["uv"][:, 0] * 5.0 - 0.5 > 0) & (v["uv"][:, 0] * 5.0 - 0.5 < 4)
    slope_u = np.where(moves, 5.0 * (along[0] * (1 - b) + along[1] * b), 0.0)
    return rows[0] * (1 - b) + rows[1] * b, np.stack([slope_u, 4.0 * (rows[1] - rows[0])], axis=1)


_add(
    "geometry",
    "picture_between_texels",
    kernel(
        "picture_between_texels",
        f"picture: wp.Texture2D, uv: wp.array(dtype=wp.vec2), out: {A}",
        "i = wp.tid()\nout[i] = wp.texture_sample(picture, uv[i], dtype=float)",
    ),
    (N,),
    _picture,
    lambda v: {"out": _bilinear(v)[0]},
    lambda v, g: {"uv": _bilinear(v)[1] * g["out"][:, None]},
)


def _in_corner(p: Data) -> Data:
    """Whether points of the plane z = 0 lie in the triangle of that test; its other one cuts the plane between two."""
    return np.asarray((p[:, :2] > 0).all(1) & (p[:, :2].sum(1) < 4))


_add(
    "geometry",
    "triangles_that_meet",
    kernel(
        "triangles_that_meet",
        f"p: {POINTS}, out: {COUNTS}",
        "i = wp.tid()\na = wp.vec3(0.0, 0.0, 0.0)\nb = wp.vec3(4.0, 0.0, 0.0)\nc = wp.vec3(0.0, 4.0, 0.0)\n"
        "up = wp.vec3(0.1, 0.1, 1.0)\naside = wp.vec3(0.3, 0.1, 2.0)\n"
        "out[i] = wp.intersect_tri_tri(a, b, c, p[i] + up, p[i] - up, p[i] + aside)",
    ),
    (N,),
    lambda s: {
        "p": floats(s, N, 3, low=-1.0, high=4.0) * np.array([1, 1, 0], np.float32),
        "out": np.zeros(N, np.int32),
    },
    lambda v: {"out": (_in_corner(v["p"]) | _in_corner(v["p"] + [1 / 30, -1 / 30, 0])).astype(np.int32)},
)
