"""The objects behind handles, made of their stored content, and the table of all builtins on them.

Each kind has its own file: `meshes.py` with `mesh_queries.py`, `trees.py` (BVHs and hash grids), `volumes.py` (volumes
and textures).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import mesh_queries, meshes, trees, volumes
from .layout import HandleType
from .triangle_pairs import triangles_meet
from .vectors import Types

_KINDS: dict[str, Callable[[Mapping[str, Any], Types], Any]] = {
    "bvh": trees.Bvh,
    "hashgrid": trees.HashGrid,
    "volume": volumes.Volume,
    "texture1d": lambda content, types: volumes.Texture(content, types, 1),
    "texture2d": lambda content, types: volumes.Texture(content, types, 2),
    "texture3d": lambda content, types: volumes.Texture(content, types, 3),
}


def load_handle(kind: HandleType, content: Mapping[str, Any], types: Types, arrays: Mapping[str, Any]) -> Any:
    """The object that a handle names; its `content` is what it is made of after a launch.

    `arrays` is the content as a kernel sees arrays, for the builtin `mesh_get`.
    """
    if kind.name == "mesh":
        return meshes.Mesh(content, types, arrays)
    return _KINDS[kind.name.partition("_")[0]](content, types)


def _intersect_tri_tri(*corners: Any) -> Any:
    v, u = (np.stack([corner.a for corner in part]) for part in (corners[:3], corners[3:]))
    return np.int32(triangles_meet(v, u))


def _advance(make_tile: Callable[[Any], Any]) -> Callable[[trees.Query], Any]:
    """A step of a query that a block makes together: on the CPU a block is one thread, and -1 says that it is over."""

    def step(query: trees.Query) -> Any:
        query.valid, index = query.step(np.int32(-1))
        return make_tile(index)

    return step


def _tiled(names: Mapping[str, Any], make_tile: Callable[[Any], Any]) -> dict[str, Any]:
    """The builtins of queries that a block makes together, by both their names."""
    started = ("bvh_query_aabb", "bvh_query_ray", "mesh_query_aabb")
    stepped = ("bvh_query_next", "mesh_query_aabb_next")
    found: dict[str, Any] = {"tile_query_valid": lambda query: query.valid}
    for name in started + stepped:
        given = names[name] if name in started else _advance(make_tile)
        found |= {f"tile_{name}": given, f"{name}_tiled": given}
    return found


def table(make_tile: Callable[[Any], Any]) -> dict[str, Any]:
    """What the shim adds for geometry; `make_tile` makes a tile of one value a thread."""
    names = {**mesh_queries.table(), **trees.table(), **volumes.table()}
    return {
        **names,
        **_tiled(names, make_tile),
        "intersect_tri_tri": _intersect_tri_tri,
        "Volume": SimpleNamespace(CLOSEST=volumes.CLOSEST, LINEAR=volumes.LINEAR),
        "MeshQueryPoint": meshes.MeshQueryPoint,
        "MeshQueryRay": meshes.MeshQueryRay,
    }
