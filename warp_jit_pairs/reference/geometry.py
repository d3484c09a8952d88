"""The objects behind handles, made of their stored content, and the table of all builtins on them.

Each kind has its own file: `meshes.py`, `trees.py` (BVHs and hash grids), `volumes.py` (volumes and textures).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import meshes, trees, volumes
from .layout import HandleType
from .triangle_pairs import triangles_meet
from .vectors import Types

_KINDS: dict[str, Callable[[Mapping[str, Any], Types], Any]] = {
    "mesh": meshes.Mesh,
    "bvh": trees.Bvh,
    "hashgrid": trees.HashGrid,
    "volume": volumes.Volume,
    "texture1d": lambda content, types: volumes.Texture(content, types, 1),
    "texture2d": lambda content, types: volumes.Texture(content, types, 2),
    "texture3d": lambda content, types: volumes.Texture(content, types, 3),
}


def load_handle(kind: HandleType, content: Mapping[str, Any], types: Types) -> Any:
    """The object that a handle names; its `content` is what it is made of after a launch."""
    return _KINDS[kind.name.partition("_")[0]](content, types)


def _intersect_tri_tri(*corners: Any) -> Any:
    v, u = (np.stack([corner.a for corner in part]) for part in (corners[:3], corners[3:]))
    return np.int32(triangles_meet(v, u))


def table() -> dict[str, Any]:
    """What the shim adds for geometry."""
    return {
        **meshes.table(),
        **trees.table(),
        **volumes.table(),
        "intersect_tri_tri": _intersect_tri_tri,
        "Volume": SimpleNamespace(CLOSEST=volumes.CLOSEST, LINEAR=volumes.LINEAR),
        "MeshQueryPoint": meshes.MeshQueryPoint,
        "MeshQueryRay": meshes.MeshQueryRay,
    }
