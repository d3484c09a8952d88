"""What a Warp value is in memory: neutral descriptions that the reference, the inputs and the executor share.

A value travels as NumPy data of its declared type (bfloat16 as its 16 bits, a vector as its components, a struct
argument as a dict of its fields). Giving values meaning is left to the reference, passing them to compiled code to
`execute.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

SCALARS: dict[str, tuple[Any, str]] = {
    "bool": (np.bool_, "b"),
    "int8": (np.int8, "i"),
    "int16": (np.int16, "i"),
    "int32": (np.int32, "i"),
    "int64": (np.int64, "i"),
    "uint8": (np.uint8, "u"),
    "uint16": (np.uint16, "u"),
    "uint32": (np.uint32, "u"),
    "uint64": (np.uint64, "u"),
    "float16": (np.float16, "f"),
    "bfloat16": (np.uint16, "f"),
    "float32": (np.float32, "f"),
    "float64": (np.float64, "f"),
}
"""Storage type and kind (bool, signed, unsigned, float) of each Warp scalar."""


@dataclass(frozen=True, slots=True)
class Composite:
    """A scalar (shape ()), vector, matrix, quaternion or transform: a block of one scalar type.

    `kind` is "scalar", "vector", "matrix", "quaternion" or "transform".
    """

    kind: str
    scalar: str
    shape: tuple[int, ...] = ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy type of one value, with the components as a sub-array."""
        return np.dtype((SCALARS[self.scalar][0], self.shape))

    @property
    def is_float(self) -> bool:
        return SCALARS[self.scalar][1] == "f"


@dataclass(frozen=True, slots=True)
class StructType:
    """A `wp.struct`: its fields in order."""

    name: str
    fields: tuple[tuple[str, ValueType], ...]

    @property
    def has_arrays(self) -> bool:
        return any(
            isinstance(kind, (ArrayType, HandleType)) or (isinstance(kind, StructType) and kind.has_arrays)
            for _, kind in self.fields
        )

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy type of one value, laid out as a C++ compiler would."""
        if self.has_arrays:
            raise TypeError(f"struct {self.name} holds an array and has no NumPy type")
        columns = [(name, kind.dtype) for name, kind in self.fields]
        return np.dtype(columns, align=True)

    @property
    def is_float(self) -> bool:
        return any(kind.is_float for _, kind in self.fields)


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array of up to four dimensions; `indexed` for `wp.indexedarray`."""

    item: Composite | StructType
    ndim: int
    indexed: bool = False

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.item.dtype

    @property
    def is_float(self) -> bool:
        return self.item.is_float


@dataclass(frozen=True, slots=True)
class HandleType(StructType):
    """A handle to an object of Warp (mesh, BVH, hash grid, volume, texture), described by the arrays it is made of.

    `uses` are the builtins that the kernel gives the object to.
    """

    uses: frozenset[str] = frozenset()


_POINT = Composite("vector", "float32", (3,))
_INT = Composite("scalar", "int32")
_FLOAT = Composite("scalar", "float32")
_PLACED = (("transform", ArrayType(_FLOAT, 2)), ("origin", ArrayType(_FLOAT, 1)))
_TEXTURE = (("texels", ArrayType(_FLOAT, 4)), ("modes", ArrayType(_INT, 1)))

HANDLES: dict[str, tuple[tuple[str, ArrayType], ...]] = {
    "mesh": (
        ("points", ArrayType(_POINT, 1)),
        ("indices", ArrayType(_INT, 1)),
        ("velocities", ArrayType(_POINT, 1)),
        ("groups", ArrayType(_INT, 1)),
    ),
    "bvh": (("lowers", ArrayType(_POINT, 1)), ("uppers", ArrayType(_POINT, 1)), ("groups", ArrayType(_INT, 1))),
    "hashgrid": (("points", ArrayType(_POINT, 1)), ("cells", ArrayType(_INT, 1)), ("width", ArrayType(_FLOAT, 1))),
    "volume_f": (("values", ArrayType(_FLOAT, 3)), ("background", ArrayType(_FLOAT, 1)), *_PLACED),
    "volume_i": (("labels", ArrayType(_INT, 3)), ("background", ArrayType(_INT, 1)), *_PLACED),
    "volume_v": (("vectors", ArrayType(_POINT, 3)), ("background", ArrayType(_POINT, 1)), *_PLACED),
    "volume_index": (("voxels", ArrayType(Composite("vector", "int32", (3,)), 1)), *_PLACED),
    "texture1d": _TEXTURE,
    "texture2d": _TEXTURE,
    "texture3d": _TEXTURE,
}
"""What each kind of object is made of. Velocities and groups may be empty. A volume is leaves of 8 x 8 x 8 values in a
row from the origin of its index space, or the active voxels of an index grid. Texels are (depth, height, width,
channel); modes are filter, normalised coordinates, and address mode of each axis, as Warp numbers them."""


def handle_type(name: str, uses: frozenset[str] = frozenset()) -> HandleType:
    """The type of a handle to an object of the kind `name`."""
    return HandleType(name, HANDLES[name], uses)


ValueType: TypeAlias = Composite | StructType | ArrayType | HandleType


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a kernel."""

    name: str
    type: ValueType


def index_leaf(name: str, axis: int) -> str:
    """Name of the leaf that holds the indices of an indexed array along one axis."""
    return f"{name}.[{axis}]"


def storage_to_float(values: np.ndarray[Any, Any], scalar: str) -> np.ndarray[Any, Any]:
    """Return stored floats as a NumPy float type (bfloat16 widened to float32)."""
    if scalar == "bfloat16":
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return values


def round_bfloat16(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Round float32 values to bfloat16 (to nearest, ties to even), returned as float32."""
    return storage_to_float(float_to_storage(values, "bfloat16"), "bfloat16")


def float_to_storage(values: np.ndarray[Any, Any], scalar: str) -> np.ndarray[Any, Any]:
    """Inverse of `storage_to_float`: round to the declared type as stored."""
    if scalar != "bfloat16":
        return values.astype(SCALARS[scalar][0])
    single = np.ascontiguousarray(values, dtype=np.float32)
    bits = single.view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    quiet = (bits >> np.uint32(16)) | np.uint32(0x40)
    return np.where(np.isnan(single), quiet, rounded).astype(np.uint16).reshape(np.shape(values))
