"""Makes Warp's objects for compiled CPU kernels from their content, through Warp's native library alone.

The library is loaded when the first object is asked for, so that batches without handles do not pay for it. Arrays of
meshes and BVHs stay where they are: whoever asks keeps them alive until the object is freed.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .reference.layout import HandleType

Data = np.ndarray[Any, Any]

_SAH = 0
"""Builds trees by surface area, as Warp does on the CPU."""
_FLOAT32_GRID = 1
_FLOAT32_TEXELS = 2
_GRID_BYTES = 672
"""Size of a NanoVDB grid's head, behind which its tree starts with the distance to its first leaf."""
_LEAF = 8
_LEAF_VALUES = {"values": 96, "labels": 96, "vectors": 128}
"""Where a leaf's values start, which is also what a leaf takes beside them."""
_GRID_TYPES = {"values": b"float", "labels": b"int32", "vectors": b"Vec3f"}


class _Array(ctypes.Structure):
    """`wp::array_t`."""

    _fields_ = (
        ("data", ctypes.c_uint64),
        ("grad", ctypes.c_uint64),
        ("shape", ctypes.c_int32 * 4),
        ("strides", ctypes.c_int32 * 4),
        ("ndim", ctypes.c_uint16),
        ("flags", ctypes.c_uint16),
    )


_ID, _INT, _POINTER, _BOOL, _UINT = ctypes.c_uint64, ctypes.c_int, ctypes.c_void_p, ctypes.c_bool, ctypes.c_uint32
_PLACE = (ctypes.c_float * 9, ctypes.c_float * 3, _BOOL)
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "wp_mesh_create_host": (_ID, (_Array, _Array, _Array, _INT, _INT, _INT, _INT, _POINTER, _INT)),
    "wp_mesh_destroy_host": (None, (_ID,)),
    "wp_bvh_create_host": (_ID, (_POINTER, _POINTER, _INT, _INT, _POINTER, _INT)),
    "wp_bvh_destroy_host": (None, (_ID,)),
    "wp_hash_grid_create_host": (_ID, (_INT, _INT, _INT, _INT)),
    "wp_hash_grid_update_host": (None, (_ID, _INT, ctypes.c_double, _POINTER, _POINTER)),
    "wp_hash_grid_destroy_host": (None, (_ID, _INT)),
    "wp_volume_from_tiles_host": (
        _ID,
        (_POINTER, _INT, _POINTER, *_PLACE, _POINTER, _UINT, ctypes.c_char_p, _BOOL, _UINT, _UINT, _UINT, _POINTER),
    ),
    "wp_volume_from_active_voxels_host": (
        _ID,
        (_POINTER, _INT, _POINTER, *_PLACE, _BOOL, _UINT, _UINT, _UINT, _UINT, _POINTER),
    ),
    "wp_volume_destroy_host": (None, (_ID,)),
    "wp_texture_create_host": (
        _ID,
        (_INT, _INT, _POINTER, _POINTER, _POINTER, _INT, _INT, _INT, _INT, _POINTER, _BOOL, _POINTER),
    ),
    "wp_texture_destroy_host": (None, (_ID,)),
}


@functools.cache
def native_library() -> ctypes.CDLL:
    """Warp's own library, found without importing Warp."""
    spec = importlib.util.find_spec("warp")
    assert spec is not None
    assert spec.origin is not None
    library = ctypes.CDLL(str(Path(spec.origin).parent / "bin" / "warp.so"))
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, list(arguments)
    return library


def _array(data: Data, ndim: int = 1) -> _Array:
    """An array of vectors or scalars as Warp passes it; an empty one is null."""
    made = _Array(data.ctypes.data if data.size else 0, 0, ndim=ndim)
    made.shape[0], made.strides[0] = len(data), data.strides[0]
    return made


def _address(data: Data) -> int | None:
    return data.ctypes.data if data.size else None


class NativeHandle:
    """One object; `argument` is what a kernel gets for it."""

    def __init__(self, kind: HandleType, content: Mapping[str, Data]) -> None:
        self.family = kind.name.partition("_")[0]
        self.content = content
        self.library = native_library()
        self.argument = b""
        make = {"mesh": self._mesh, "bvh": self._bvh, "hashgrid": self._grid, "volume": self._volume}
        if self.family in make:
            self.id = make[self.family]()
            self.argument = struct.pack("Q", self.id)
        else:
            self.id = self._texture(int(self.family[len("texture")]))
        if not self.id:
            raise MemoryError(f"Warp makes no {kind.name}")

    def read_back(self) -> None:
        """Bring into the content what a kernel may have changed."""
        for part, values in self._leaves():
            part[...] = values

    def free(self) -> None:
        family = {"hashgrid": "hash_grid"}.get(self.family, self.family.rstrip("123d"))
        destroy = getattr(self.library, f"wp_{family}_destroy_host")
        destroy(self.id, _FLOAT32_GRID) if self.family == "hashgrid" else destroy(self.id)

    def _mesh(self) -> int:
        points, indices, groups = (self.content[name] for name in ("points", "indices", "groups"))
        arrays = (_array(points), _array(self.content["velocities"]), _array(indices))
        faces = len(indices) // 3
        created = self.library.wp_mesh_create_host(*arrays, len(points), faces, 1, _SAH, _address(groups), 1)
        return int(created)

    def _bvh(self) -> int:
        lowers, uppers, groups = (self.content[name] for name in ("lowers", "uppers", "groups"))
        created = self.library.wp_bvh_create_host(
            lowers.ctypes.data, uppers.ctypes.data, len(lowers), _SAH, _address(groups), 1
        )
        return int(created)

    def _grid(self) -> int:
        cells = [int(n) for n in self.content["cells"]]
        created = self.library.wp_hash_grid_create_host(_FLOAT32_GRID, *cells)
        points = _array(self.content["points"])
        width = float(self.content["width"][0])
        self.library.wp_hash_grid_update_host(created, _FLOAT32_GRID, width, ctypes.addressof(points), None)
        return int(created)

    def _volume(self) -> int:
        transform = (ctypes.c_float * 9)(*self.content["transform"].ravel())
        origin = (ctypes.c_float * 3)(*self.content["origin"])
        dense = next((name for name in _LEAF_VALUES if name in self.content), None)
        if dense is None:
            voxels = np.ascontiguousarray(self.content["voxels"], np.int32)
            make = self.library.wp_volume_from_active_voxels_host
            return int(make(voxels.ctypes.data, len(voxels), None, transform, origin, False, False, 0, 0, 0, 0, None))
        tiles = np.array([(x, 0, 0) for x in range(0, len(self.content[dense]), _LEAF)], np.int32)
        background = np.ascontiguousarray(self.content["background"])
        make = self.library.wp_volume_from_tiles_host
        value = (background.ctypes.data, background.nbytes, _GRID_TYPES[dense])
        created = int(make(tiles.ctypes.data, len(tiles), None, transform, origin, False, *value, False, 0, 0, 0, None))
        if created:
            self.id = created
            for part, values in self._leaves():
                values[...] = part
        return created

    def _leaves(self) -> list[tuple[Data, Data]]:
        """The content of each leaf of a volume, and its native memory."""
        dense = next((name for name in _LEAF_VALUES if name in self.content), None)
        if dense is None:
            return []
        values = self.content[dense]
        tree = self.id + _GRID_BYTES
        first = tree + ctypes.c_uint64.from_address(tree).value + _LEAF_VALUES[dense]
        found = []
        for number in range(len(values) // _LEAF):
            part = values[number * _LEAF : (number + 1) * _LEAF]
            memory = (ctypes.c_uint8 * part.nbytes).from_address(first + number * (part.nbytes + _LEAF_VALUES[dense]))
            found.append((part, np.ctypeslib.as_array(memory).view(values.dtype).reshape(part.shape)))
        return found

    def _texture(self, ndim: int) -> int:
        texels = self.content["texels"]
        sizes = texels.shape[2::-1]
        filtering, normalised, *addresses = (int(mode) for mode in self.content["modes"])
        extents = [(ctypes.c_int * 1)(size) for size in sizes[:ndim]] + [None] * (3 - ndim)
        modes, level = (ctypes.c_int * 3)(*addresses), (ctypes.c_void_p * 1)()
        channels = texels.shape[3]
        created = self.library.wp_texture_create_host(
            ndim, 1, *extents, channels, _FLOAT32_TEXELS, filtering, 0, modes, bool(normalised), level
        )
        if created:
            ctypes.memmove(level[0] or 0, texels.ctypes.data, texels.nbytes)
        metadata = channels | _FLOAT32_TEXELS << 3 | filtering << 6 | 1 << 8 | normalised << 13
        for axis, mode in enumerate(addresses[:ndim]):
            metadata |= mode << (14 + 2 * axis)
        packed = struct.pack(f"Q{ndim}iI", created, *sizes[:ndim], metadata)
        self.argument = packed + b"\0" * (-len(packed) % 8)
        return int(created)
