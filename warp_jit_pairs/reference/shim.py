"""The module that stands in for `warp` while a kernel's source runs under plain Python.

One `Shim` a precision holds Warp's names: types, decorators, constants and builtins. Tiles and geometry register
theirs from their own files; a name that is missing raises `Unsupported` when it is used.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import decompositions, geometry, linear, scalar_math, tiles
from .arrays import Array, Struct
from .faults import Fault, Unsupported
from .layout import SCALARS, Argument, ArrayType, Composite, StructType, ValueType, handle_type
from .randoms import Randoms
from .scalars import FLOATS, BFloat16, ScalarType, divide, floor_divide, power, remainder, shift_left, shift_right
from .vectors import Block, Types, raw

_SUFFIX = {
    "": "float32", "f": "float32", "d": "float64", "h": "float16", "i": "int32", "u": "uint32", "b": "int8",
    "ub": "uint8", "s": "int16", "us": "uint16", "l": "int64", "ul": "uint64",
}  # fmt: skip
_CONSTANTS = {
    "pi": math.pi, "PI": math.pi, "HALF_PI": math.pi / 2, "half_pi": math.pi / 2, "TAU": 2 * math.pi,
    "tau": 2 * math.pi, "E": math.e, "e": math.e, "INF": math.inf, "inf": math.inf, "NAN": math.nan, "nan": math.nan,
    "LOG2E": math.log2(math.e), "log2e": math.log2(math.e), "LOG10E": math.log10(math.e),
    "log10e": math.log10(math.e), "LN2": math.log(2), "ln2": math.log(2), "LN10": math.log(10),
    "ln10": math.log(10), "PHI": (1 + math.sqrt(5)) / 2, "phi": (1 + math.sqrt(5)) / 2,
}  # fmt: skip


class Missing:
    """A name of Warp that the reference does not have."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise Unsupported(f"builtin {self.name}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.name}.{name}")

    def __getitem__(self, key: Any) -> Any:
        return self


class ArrayAnnotation:
    """`wp.array(dtype=..., ndim=...)` and its relatives, as an annotation."""

    def __init__(self, dtype: Any = Any, ndim: int = 1, indexed: bool = False) -> None:
        self.dtype = dtype
        self.ndim = ndim
        self.indexed = indexed


class ArrayFactory:
    """`wp.array`, `wp.array2d`, ...: called or subscripted to make an annotation."""

    def __init__(self, shim: Shim, ndim: int, indexed: bool = False) -> None:
        self.shim, self.ndim, self.indexed = shim, ndim, indexed

    def __call__(self, *args: Any, dtype: Any = Any, ndim: int | None = None, **kwargs: Any) -> Any:
        if kwargs or args:
            raise Unsupported("array made in a kernel")
        return ArrayAnnotation(self.shim.type_of(dtype), ndim or self.ndim, self.indexed)

    def __getitem__(self, key: Any) -> Any:
        dtype, ndim = key if isinstance(key, tuple) else (key, self.ndim)
        return ArrayAnnotation(self.shim.type_of(dtype), int(ndim), self.indexed)


class Handle:
    """The annotation of an opaque object (`wp.uint64` ids excepted)."""

    def __init__(self, name: str) -> None:
        self.name = name


def layout_of(annotation: Any) -> ValueType:
    """The layout of a resolved annotation."""
    if isinstance(annotation, ScalarType):
        return annotation.layout
    if isinstance(annotation, ArrayAnnotation):
        item = layout_of(annotation.dtype)
        if not isinstance(item, (Composite, StructType)) or (isinstance(item, StructType) and item.has_arrays):
            raise Unsupported("array of these items")
        return ArrayType(item, annotation.ndim, annotation.indexed)
    if isinstance(annotation, type) and issubclass(annotation, (Block, Struct)):
        return annotation.layout
    if isinstance(annotation, Handle):
        return handle_type(annotation.name)
    raise Unsupported("argument of this type", repr(annotation))


class Shim:
    """Warp's names for one precision, "declared" or "float64"."""

    def __init__(self, precision: str) -> None:
        self.precision = precision
        self.scalars = {name: ScalarType(name, precision) for name in SCALARS}
        self.types = Types(precision, self.scalars)
        self.F = self.scalars["float32"].np
        self.names: dict[str, Any] = {}
        self.by_python: dict[Any, Any] = {
            float: self.scalars["float32"],
            int: self.scalars["int32"],
            bool: self.scalars["bool"],
        }
        for name in SCALARS:
            self.by_python.setdefault(SCALARS[name][0], self.scalars[name])
        self.by_python[np.uint16] = self.scalars["uint16"]
        self._fill()

    # -- types

    def type_of(self, dtype: Any) -> Any:
        """The reference's type for `float`, `int`, `bool`, NumPy types and its own types."""
        return self.by_python.get(dtype, dtype) if isinstance(dtype, type) else dtype

    def type_of_value(self, value: Any) -> Any:
        """The type of a value that a kernel computed."""
        if isinstance(value, (Block, Struct)):
            return type(value)
        if type(value) is BFloat16:
            return self.scalars["bfloat16"]
        return self.by_python.get(type(value), type(value))

    def strong(self, value: Any) -> Any:
        """A Python or NumPy constant as Warp types it."""
        kind = type(value)
        if kind is float:
            return self.F(np.float32(value))
        if kind is bool:
            return np.bool_(value)
        if isinstance(value, int):
            return np.int32(value) if -(1 << 31) <= value < (1 << 31) else int(value)
        if isinstance(value, (np.floating, np.integer, np.bool_)):
            scalar = self.by_python.get(kind)
            return scalar.cast(value) if scalar is not None else value
        return value

    def _scalar_name(self, dtype: Any) -> str:
        scalar = self.type_of(dtype)
        if not isinstance(scalar, ScalarType):
            raise Unsupported("vector of these items", repr(dtype))
        return scalar.name

    def vector_type(self, *values: Any, length: Any = None, dtype: Any = float) -> Any:
        """`wp.types.vector(length, dtype)` makes a type; with components it makes a value."""
        if values and length is None and len(values) <= 2 and isinstance(values[0], (int, np.integer)):
            length, dtype, values = values[0], values[1] if len(values) == 2 else dtype, ()
        if values:
            return self.vector(*values, length=length, dtype=dtype if dtype is not float else None)
        return self.types.block(self._scalar_name(dtype), (int(length),))

    def matrix_type(self, *values: Any, shape: Any = None, dtype: Any = float) -> Any:
        """`wp.types.matrix(shape, dtype)` makes a type; with components it makes a value."""
        if values and shape is None and len(values) <= 2 and isinstance(values[0], (tuple, list)):
            shape, dtype, values = values[0], values[1] if len(values) == 2 else dtype, ()
        if values:
            return self.matrix(*values, shape=shape, dtype=dtype if dtype is not float else None)
        return self.types.block(self._scalar_name(dtype), tuple(int(extent) for extent in shape))

    def vector(self, *values: Any, length: Any = None, dtype: Any = None) -> Any:
        """`wp.vector(...)` in a kernel: the type follows from the arguments."""
        if dtype is None and not values:
            dtype = float
        scalar = self._scalar_name(dtype) if dtype is not None else self._name_of(values[0])
        size = int(length) if length is not None else sum(len(v) if isinstance(v, Block) else 1 for v in values)
        return self.types.block(scalar, (size,))(*values)

    def matrix(self, *values: Any, shape: Any = None, dtype: Any = None) -> Any:
        if dtype is None and not values:
            dtype = float
        scalar = self._scalar_name(dtype) if dtype is not None else self._name_of(values[0])
        if shape is None:
            if not isinstance(values[0], Block) or values[0].layout.kind != "matrix":
                raise Unsupported("matrix without a shape")
            shape = values[0].shape
        return self.types.block(scalar, tuple(int(extent) for extent in shape))(*values)

    def _name_of(self, value: Any) -> str:
        return value.scalar.name if isinstance(value, Block) else self.type_of_value(value).name

    def struct(self, cls: type) -> Any:
        """`@wp.struct`."""
        hints = dict(getattr(cls, "__annotations__", None) or {})
        if any(isinstance(hint, str) for hint in hints.values()):
            raise Unsupported("struct with annotations as text")
        fields = {name: self.type_of(hint) for name, hint in hints.items()}
        layout = StructType(cls.__name__, tuple((name, layout_of(hint)) for name, hint in fields.items()))
        return type(cls.__name__, (Struct,), {"fields": fields, "layout": layout})

    # -- names

    def _fill(self) -> None:
        names = self.names
        names.update(self.scalars)
        names["float"], names["int"] = self.scalars["float32"], self.scalars["int32"]
        for name, value in _CONSTANTS.items():
            names[name] = value
        self._fill_blocks()
        for factor, ndim in (("array", 1), ("array1d", 1), ("array2d", 2), ("array3d", 3), ("array4d", 4)):
            names[factor] = ArrayFactory(self, ndim)
            names[f"indexed{factor}"] = ArrayFactory(self, ndim, indexed=True)
        names.update(scalar_math.TABLE)
        names.update(linear.TABLE)
        names.update(decompositions.table(self.precision))
        randoms = Randoms(self.types)
        names.update(randoms.pure())
        names.update(randoms.advancing())
        names.update(self._utilities())
        names.update(self._atomics())
        names.update(tiles.table(self))
        names.update(geometry.table(names["tile"]))
        names.update({name: Handle(name.lower()) for name in ("Texture1D", "Texture2D", "Texture3D")})
        names.update({"constant": lambda value: value, "struct": self.struct, "Any": Any, "Callable": Callable})
        types = {"vector": self.vector_type, "matrix": self.matrix_type, "Any": Any}
        types["quaternion"] = lambda dtype=float: self.types.quaternion(self._scalar_name(dtype))
        types["transformation"] = lambda dtype=float: self.types.transform(self._scalar_name(dtype))
        names["types"] = SimpleNamespace(**(names | types))
        names["vec"], names["mat"] = self.vector_type, self.matrix_type
        names["vector"], names["matrix"] = self.vector, self.matrix

    def _fill_blocks(self) -> None:
        for suffix, scalar in _SUFFIX.items():
            for size in (2, 3, 4):
                self.names[f"vec{size}{suffix}"] = self.types.block(scalar, (size,))
                self.names[f"mat{size}{size}{suffix}"] = self.types.block(scalar, (size, size))
            if scalar.startswith("float"):
                self.names[f"quat{suffix}"] = self.types.quaternion(scalar)
                self.names[f"transform{suffix}"] = self.types.transform(scalar)
                self.names[f"spatial_vector{suffix}"] = self.types.block(scalar, (6,))
                self.names[f"spatial_matrix{suffix}"] = self.types.block(scalar, (6, 6))

    def _utilities(self) -> dict[str, Any]:
        return {
            "zeros": self.zeros,
            "where": where,
            "select": lambda condition, if_false, if_true: where(condition, if_true, if_false),
            "cast": self.reinterpret,
            "len": lambda value: np.int32(len(value)),
            "block_dim": lambda: np.int32(1),
            "printf": _ignore,
            "print": _ignore,
            "expect_eq": lambda a, b: _expect(a == b),
            "expect_neq": lambda a, b: _expect(a != b),
            "expect_near": _expect_near,
            "breakpoint": _ignore,
            "set_module_options": _ignore,
            "identity": self.identity,
            "quat_identity": self.quat_identity,
            "quaternion": self.quaternion,
            "transformation": self.transformation,
            "transform_identity": self.transform_identity,
            "quat_rpy": self.quat_rpy,
            "pow": power,
            "mul": operator.mul,
            "add": operator.add,
            "sub": operator.sub,
            "neg": operator.neg,
            "pos": operator.pos,
            "div": divide,
            "div_approx": divide,
            "mod": remainder,
            "floordiv": floor_divide,
            "bit_and": operator.and_,
            "bit_or": operator.or_,
            "bit_xor": operator.xor,
            "lshift": shift_left,
            "rshift": shift_right,
            "unot": lambda value: np.bool_(not value),
        }

    def zeros(self, shape: Any, dtype: Any = float) -> Array:
        """A local array."""
        extents = tuple(int(x) for x in shape) if isinstance(shape, tuple) else (int(shape),)
        kind = self.type_of(dtype)
        if isinstance(kind, ScalarType):
            return Array(kind, np.zeros(extents, kind.item), len(extents))
        if issubclass(kind, Struct):
            items = np.empty(extents, object)
            for index in np.ndindex(*extents):
                items[index] = kind()
            return Array(kind, items, len(extents))
        return Array(kind, np.zeros(extents + kind.shape, kind.scalar.item), len(extents))

    def reinterpret(self, value: Any, dtype: Any) -> Any:
        """`wp.cast`: the bits of a scalar as another type of the same size."""
        source, target = self.type_of_value(value), self.type_of(dtype)
        if (
            not isinstance(source, ScalarType)
            or not isinstance(target, ScalarType)
            or BFloat16 in (source.np, target.np)
        ):
            raise Unsupported("cast of these types")
        declared = SCALARS["float32" if source.name == "float64" and target.bits == 32 else source.name][0]
        return target.cast(declared(value).view(SCALARS[target.name][0]))

    def identity(self, n: Any, dtype: Any = float) -> Any:
        kind = self.types.block(self._scalar_name(dtype), (int(n), int(n)))
        return kind.of(np.eye(int(n), dtype=kind.scalar.item))

    def quat_identity(self, dtype: Any = float) -> Any:
        return self.types.quaternion(self._scalar_name(dtype))(0, 0, 0, 1)

    def quaternion(self, *values: Any, dtype: Any = None) -> Any:
        if dtype is None:
            dtype = self._name_of(values[0]) if values else "float32"
            return self.types.quaternion(dtype)(*values)
        return self.types.quaternion(self._scalar_name(dtype))(*values)

    def transformation(self, *values: Any, dtype: Any = None, p: Any = None, q: Any = None) -> Any:
        first = values[0] if values else p
        name = self._scalar_name(dtype) if dtype is not None else self._name_of(first)
        return self.types.transform(name)(*values, p=p, q=q)

    def transform_identity(self, dtype: Any = float) -> Any:
        return self.types.transform(self._scalar_name(dtype))(0, 0, 0, 0, 0, 0, 1)

    def quat_rpy(self, roll: Any, pitch: Any, yaw: Any) -> Any:
        """Roll, pitch, yaw about the fixed axes x, y, z."""
        kind = type(roll)
        half = kind(0.5)
        cr, sr = np.cos(roll * half), np.sin(roll * half)
        cp, sp = np.cos(pitch * half), np.sin(pitch * half)
        cy, sy = np.cos(yaw * half), np.sin(yaw * half)
        parts = (
            cy * sr * cp - sy * cr * sp,
            cy * cr * sp + sy * sr * cp,
            sy * cr * cp - cy * sr * sp,
            cy * cr * cp + sy * sr * sp,
        )
        return self.types.quaternion(self._name_of(roll))(*parts)

    def _atomics(self) -> dict[str, Callable[..., Any]]:
        table: dict[str, Callable[..., Any]] = {
            f"atomic_{name}": _atomic(function)
            for name, function in {
                "add": operator.add,
                "sub": operator.sub,
                "min": _blockwise(scalar_math.minimum),
                "max": _blockwise(scalar_math.maximum),
                "and": operator.and_,
                "or": operator.or_,
                "xor": operator.xor,
                "exch": lambda old, new: new,
            }.items()
        }
        table["atomic_cas"] = atomic_cas
        return table


def _blockwise(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda old, value: function(old, value)


def _atomic(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def apply(array: Any, *rest: Any) -> Any:
        if not isinstance(array, Array):
            raise Unsupported("atomic on something that is no array")
        return array.update(rest[0] if len(rest) == 2 else rest[:-1], function, rest[-1])

    return apply


def atomic_cas(array: Any, *rest: Any) -> Any:
    """Store the last value if the item equals the one before it; return the item."""
    key = rest[0] if len(rest) == 3 else rest[:-2]
    expected, desired = rest[-2:]
    return array.update(key, lambda old, new: new if old == expected else old, desired)


def where(condition: Any, if_true: Any, if_false: Any) -> Any:
    if isinstance(condition, Array) or condition is None:
        condition = condition is not None
    return if_true if condition else if_false


def _expect(condition: Any) -> None:
    if not condition:
        raise Fault("expectation fails")


def _expect_near(a: Any, b: Any, tolerance: Any = 1e-6) -> None:
    distance = np.abs(np.asarray(raw(a), np.float64) - np.asarray(raw(b), np.float64)).max()
    _expect(distance <= float(tolerance))


def _ignore(*args: Any, **kwargs: Any) -> None:
    """A builtin without a result that can be compared."""


__all__ = ["FLOATS", "Argument", "Fault", "Handle", "Missing", "Shim", "layout_of", "raw", "re"]
