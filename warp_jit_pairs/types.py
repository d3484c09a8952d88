"""The types of Warp's kernel language, one row each: spelling, precision, shape.

A type here is a small immutable value that knows how it is spelled in Python source and what its scalar is. What
operations a type takes is left to the grammar's registry of builtins; how values are sampled, to verification.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


class Type:
    """Base of all types. Two types are the same type if they are equal."""

    __slots__ = ()

    @property
    def scalar(self) -> Scalar:
        raise TypeError(f"{self} has no scalar")


@dataclass(frozen=True, slots=True, eq=False)
class Scalar(Type):
    """A number or bool: `kind` is f, i, u or b; `suffix` is what vec3<suffix> is spelled with.

    There is one object of each, those below: it is compared by what it is, not by its fields.
    """

    name: str
    kind: str
    bits: int
    suffix: str

    @property
    def scalar(self) -> Scalar:
        return self

    def __str__(self) -> str:
        return f"wp.{self.name}"


BOOL = Scalar("bool", "b", 8, "")
I8 = Scalar("int8", "i", 8, "b")
U8 = Scalar("uint8", "u", 8, "ub")
I16 = Scalar("int16", "i", 16, "s")
U16 = Scalar("uint16", "u", 16, "us")
I32 = Scalar("int32", "i", 32, "i")
U32 = Scalar("uint32", "u", 32, "ui")
I64 = Scalar("int64", "i", 64, "l")
U64 = Scalar("uint64", "u", 64, "ul")
F16 = Scalar("float16", "f", 16, "h")
BF16 = Scalar("bfloat16", "f", 16, "bf")
F32 = Scalar("float32", "f", 32, "f")
F64 = Scalar("float64", "f", 64, "d")

SCALARS = (BOOL, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64)
INTEGERS = (I8, U8, I16, U16, I32, U32, I64, U64)
FLOATS = (F16, BF16, F32, F64)


class Compound(Type):
    """Base of types that are made of one other, `dtype`."""

    __slots__ = ()

    dtype: Type

    @property
    def scalar(self) -> Scalar:
        return self.dtype.scalar


def _suffix(dtype: Scalar) -> str:
    """What the name of a vector or the like ends in; nothing for single precision."""
    return "" if dtype is F32 else dtype.suffix


@dataclass(frozen=True, slots=True)
class Vector(Compound):
    """`length` numbers of one type."""

    length: int
    dtype: Scalar

    @property
    def named(self) -> bool:
        """Whether Warp has a name for it; other lengths are made with wp.types.vector."""
        return self.length in (2, 3, 4) and self.dtype not in (BOOL, BF16)

    def __str__(self) -> str:
        if self.named:
            return f"wp.vec{self.length}{_suffix(self.dtype)}"
        return f"wp.types.vector(length={self.length}, dtype={self.dtype})"


@dataclass(frozen=True, slots=True)
class Matrix(Compound):
    """Numbers of one type in rows and columns."""

    rows: int
    cols: int
    dtype: Scalar

    @property
    def named(self) -> bool:
        return self.rows == self.cols and self.rows in (2, 3, 4) and self.dtype in (F16, F32, F64)

    def __str__(self) -> str:
        if self.named:
            return f"wp.mat{self.rows}{self.cols}{_suffix(self.dtype)}"
        return f"wp.types.matrix(shape=({self.rows}, {self.cols}), dtype={self.dtype})"


@dataclass(frozen=True, slots=True)
class Quat(Compound):
    """A quaternion; x, y, z and w in this order."""

    dtype: Scalar

    def __str__(self) -> str:
        return f"wp.quat{_suffix(self.dtype)}"


@dataclass(frozen=True, slots=True)
class Transform(Compound):
    """A place and a rotation: seven numbers."""

    dtype: Scalar

    def __str__(self) -> str:
        return f"wp.transform{_suffix(self.dtype)}"


@dataclass(frozen=True, slots=True)
class SpatialVector(Compound):
    """A vector of length 6; a type of its own because it is spelled so."""

    dtype: Scalar

    def __str__(self) -> str:
        return f"wp.spatial_vector{_suffix(self.dtype)}"


@dataclass(frozen=True, slots=True)
class SpatialMatrix(Compound):
    """A matrix of 6 by 6; a type of its own because it is spelled so."""

    dtype: Scalar

    def __str__(self) -> str:
        return f"wp.spatial_matrix{_suffix(self.dtype)}"


@dataclass(frozen=True, slots=True)
class Struct(Type):
    """A `@wp.struct` of the program, or (`declared` false) one that Warp returns, such as a mesh query's result."""

    name: str
    fields: tuple[tuple[str, Type], ...]
    declared: bool = True

    def field(self, name: str) -> Type:
        for known, field_type in self.fields:
            if known == name:
                return field_type
        raise TypeError(f"struct {self.name} has no field {name}")

    def __str__(self) -> str:
        return self.name


MAX_DIMS = 4
"""So many dimensions Warp's arrays have at most."""


@dataclass(frozen=True, slots=True)
class Array(Compound):
    """An argument's array of `ndim` dimensions."""

    dtype: Type
    ndim: int

    def __str__(self) -> str:
        return f"wp.array{'' if self.ndim == 1 else f'{self.ndim}d'}[{self.dtype}]"


@dataclass(frozen=True, slots=True)
class IndexedArray(Array):
    """An array that is looked into through a list of indices for each dimension."""

    def __str__(self) -> str:
        return f"wp.indexedarray(dtype={self.dtype}, ndim={self.ndim})"


@dataclass(frozen=True, slots=True)
class FixedArray(Compound):
    """An array that a kernel makes for itself with wp.zeros."""

    dtype: Type
    length: int

    def __str__(self) -> str:
        return f"local array of {self.length} {self.dtype}"


@dataclass(frozen=True, slots=True)
class Tile(Compound):
    """A block of values that a block of threads shares."""

    dtype: Type
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"tile{self.shape} of {self.dtype}"


@dataclass(frozen=True, slots=True)
class Tuple(Type):
    """What a function of several results gives."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple[{', '.join(map(str, self.items))}]"


@dataclass(frozen=True, slots=True)
class Opaque(Type):
    """What only builtins make and take: query iterators, textures, type names passed as arguments."""

    name: str

    def __str__(self) -> str:
        return self.name


NOTHING = Opaque("nothing")
SHAPE = Opaque("shape")


@cache
def vec(length: int, dtype: Scalar = F32) -> Vector:
    return Vector(length, dtype)


@cache
def mat(rows: int, cols: int, dtype: Scalar = F32) -> Matrix:
    return Matrix(rows, cols, dtype)


@cache
def quat(dtype: Scalar = F32) -> Quat:
    return Quat(dtype)


@cache
def transform(dtype: Scalar = F32) -> Transform:
    return Transform(dtype)


@cache
def spatial(dtype: Scalar = F32) -> SpatialVector:
    return SpatialVector(dtype)


def component(value: Type) -> Type:
    """What indexing a value of this type with one number gives."""
    if isinstance(value, Matrix):
        return vec(value.cols, value.dtype)
    if isinstance(value, (Vector, Quat, Transform, SpatialVector)):
        return value.dtype
    if isinstance(value, FixedArray):
        return value.dtype
    if isinstance(value, Array):
        return value.dtype if value.ndim == 1 else Array(value.dtype, value.ndim - 1)
    raise TypeError(f"{value} cannot be indexed")


def is_float(value: Type) -> bool:
    return isinstance(value, Scalar) and value.kind == "f"


def is_integer(value: Type) -> bool:
    return isinstance(value, Scalar) and value.kind in "iu"
