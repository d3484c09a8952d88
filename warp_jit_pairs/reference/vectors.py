"""Vectors, matrices, quaternions and transforms as thin classes over small NumPy arrays.

A class belongs to one precision and knows its scalar type. Values are views: whoever binds one to a name copies it
(`transform.py` writes the copies), so that `a[i].x = v` writes through. Functions on them are left to `linear.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .faults import Fault, Unsupported
from .layout import Composite, round_bfloat16
from .scalars import BFloat16, ScalarType, divide, remainder, shift_left, shift_right

Data = np.ndarray[Any, Any]


class Block:
    """Base of all: `a` holds the components."""

    __slots__ = ("a",)
    __array_ufunc__ = None
    scalar: ClassVar[ScalarType]
    shape: ClassVar[tuple[int, ...]]
    layout: ClassVar[Composite]
    dtype: ClassVar[ScalarType]
    length: ClassVar[int]
    types: ClassVar[Any]
    a: Data

    @classmethod
    def of(cls, data: Data) -> Any:
        """Wrap computed components; bfloat16 is rounded here."""
        self = object.__new__(cls)
        self.a = round_bfloat16(data) if cls.scalar.np is BFloat16 else data
        return self

    def copy(self) -> Any:
        fresh = object.__new__(type(self))
        fresh.a = self.a.copy()
        return fresh

    def item(self, value: Any) -> Any:
        return BFloat16(value) if self.scalar.np is BFloat16 else value

    def __len__(self) -> int:
        return self.shape[0]

    def __hash__(self) -> int:
        return hash(self.a.tobytes())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.a.tolist()})"

    def _components(self, key: Any) -> Any:
        if type(key) is slice:
            bounds = (key.start, key.stop, key.step)
            return slice(*(None if bound is None else int(bound) for bound in bounds))
        return key

    def __getitem__(self, key: Any) -> Any:
        if type(key) is slice or type(key) is tuple:
            key = tuple(map(self._components, key)) if type(key) is tuple else self._components(key)
        try:
            found = self.a[key]
        except IndexError:
            raise Fault("component index out of bounds", str(key)) from None
        if isinstance(found, np.ndarray):
            return self.types.block(self.scalar.name, found.shape).view(found)
        return self.item(found)

    @classmethod
    def view(cls, data: Data) -> Any:
        self = object.__new__(cls)
        self.a = data
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(key) is slice or type(key) is tuple:
            key = tuple(map(self._components, key)) if type(key) is tuple else self._components(key)
        try:
            self.a[key] = value.a if isinstance(value, Block) else (value.v if type(value) is BFloat16 else value)
        except IndexError:
            raise Fault("component index out of bounds", str(key)) from None

    def _same(self, other: Any) -> Data:
        if isinstance(other, Block):
            return other.a
        raise Unsupported("arithmetic of a vector and a scalar", type(other).__name__)

    def __add__(self, other: Any) -> Any:
        return self.of(self.a + raw(other))

    def __radd__(self, other: Any) -> Any:
        return self.of(raw(other) + self.a)

    def __sub__(self, other: Any) -> Any:
        return self.of(self.a - raw(other))

    def __rsub__(self, other: Any) -> Any:
        return self.of(raw(other) - self.a)

    def __neg__(self) -> Any:
        return self.of(-self.a)

    def __pos__(self) -> Any:
        return self.copy()

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Block):
            raise Unsupported("product of these types", f"{type(self).__name__}, {type(other).__name__}")
        return self.of(self.a * raw(other))

    def __rmul__(self, other: Any) -> Any:
        return self.of(raw(other) * self.a)

    def __truediv__(self, other: Any) -> Any:
        return self._each(divide, other)

    def __rtruediv__(self, other: Any) -> Any:
        if self.scalar.kind == "f":
            return self.of(raw(other) / self.a)
        return self.of(np.array([divide(other, x) for x in self.a.ravel()], self.a.dtype).reshape(self.shape))

    def __mod__(self, other: Any) -> Any:
        return self._each(remainder, other)

    def __lshift__(self, other: Any) -> Any:
        return self._each(shift_left, other)

    def __rshift__(self, other: Any) -> Any:
        return self._each(shift_right, other)

    def __and__(self, other: Any) -> Any:
        return self.of(self.a & raw(other))

    def __or__(self, other: Any) -> Any:
        return self.of(self.a | raw(other))

    def __xor__(self, other: Any) -> Any:
        return self.of(self.a ^ raw(other))

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> Any:
        return self.of(~self.a)

    def _each(self, function: Callable[[Any, Any], Any], other: Any) -> Any:
        """Elementwise with `other`, a block of the same shape or one scalar."""
        right = raw(other)
        if function is divide and self.scalar.kind == "f":
            return self.of(self.a / right)
        rights = np.broadcast_to(np.asarray(right, self.a.dtype), self.shape).ravel()
        pairs = [function(x, y) for x, y in zip(self.a.ravel(), rights, strict=True)]
        return self.of(np.array(pairs, self.a.dtype).reshape(self.shape))

    def __eq__(self, other: object) -> Any:
        return np.bool_(isinstance(other, Block) and bool((self.a == other.a).all()))

    def __ne__(self, other: object) -> Any:
        return np.bool_(not self == other)


def raw(value: Any) -> Any:
    """The NumPy data of a block or scalar."""
    if isinstance(value, Block):
        return value.a
    return value.v if type(value) is BFloat16 else value


class Vector(Block):
    """`wp.vecN`: construct from nothing, one value, a vector, components, or two 3-vectors."""

    __slots__ = ()

    def __init__(self, *values: Any, dtype: Any = None, length: Any = None) -> None:
        cls = type(self)
        if not values:
            self.a = np.zeros(cls.shape, cls.scalar.item)
        elif len(values) == 1 and isinstance(values[0], Block):
            self.a = convert(values[0], cls.scalar)
        elif len(values) == 1:
            self.a = np.full(cls.shape, raw(cls.scalar.cast(values[0])), cls.scalar.item)
        elif isinstance(values[0], Block):
            self.a = np.concatenate([np.atleast_1d(raw(value)) for value in values])
        else:
            self.a = np.array([raw(cls.scalar.cast(value)) for value in values], cls.scalar.item)
        if self.a.shape != cls.shape:
            raise Unsupported("vector of another length")

    x = property(lambda self: self.item(self.a[0]), lambda self, value: self.__setitem__(0, value))
    y = property(lambda self: self.item(self.a[1]), lambda self, value: self.__setitem__(1, value))
    z = property(lambda self: self.item(self.a[2]), lambda self, value: self.__setitem__(2, value))
    w = property(lambda self: self.item(self.a[3]), lambda self, value: self.__setitem__(3, value))

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Matrix):
            return self.types.block(self.scalar.name, (other.shape[1],)).of(self.a @ other.a)
        return super().__mul__(other)

    __matmul__ = __mul__


def convert(value: Block, scalar: ScalarType) -> Data:
    """Components of `value` cast to `scalar`."""
    if value.scalar.kind == "f" and scalar.kind != "f":
        return np.array([raw(scalar.cast(x)) for x in value.a.ravel()], scalar.item).reshape(value.shape)
    data = value.a.astype(scalar.item)
    return round_bfloat16(data) if scalar.np is BFloat16 else data


class Matrix(Block):
    """`wp.matRC`: construct from nothing, one value, a matrix, all components by row, or columns."""

    __slots__ = ()

    def __init__(self, *values: Any, dtype: Any = None, shape: Any = None) -> None:
        cls = type(self)
        if not values:
            self.a = np.zeros(cls.shape, cls.scalar.item)
        elif len(values) == 1 and isinstance(values[0], Block):
            self.a = convert(values[0], cls.scalar)
        elif len(values) == 1:
            self.a = np.full(cls.shape, raw(cls.scalar.cast(values[0])), cls.scalar.item)
        elif isinstance(values[0], Block):
            self.a = np.stack([value.a for value in values], axis=1)
        else:
            flat = np.array([raw(cls.scalar.cast(value)) for value in values], cls.scalar.item)
            if flat.size != cls.shape[0] * cls.shape[1]:
                raise Unsupported("matrix of another size")
            self.a = flat.reshape(cls.shape)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, (Matrix, Vector)):
            product = self.a @ other.a
            return self.types.block(self.scalar.name, product.shape).of(product)
        return super().__mul__(other)

    __matmul__ = __mul__


class Quaternion(Block):
    """`wp.quat`: x, y, z, w."""

    __slots__ = ()

    def __init__(self, *values: Any, dtype: Any = None) -> None:
        cls = type(self)
        if len(values) == 1 and isinstance(values[0], Quaternion):
            self.a = convert(values[0], cls.scalar)
        elif values and isinstance(values[0], Block):
            last = values[1] if len(values) > 1 else 0
            self.a = np.append(values[0].a, np.asarray(raw(cls.scalar.cast(last)), cls.scalar.item))
        else:
            padded = [raw(cls.scalar.cast(value)) for value in values] + [0] * (4 - len(values))
            self.a = np.array(padded, cls.scalar.item)

    x, y, z, w = Vector.x, Vector.y, Vector.z, Vector.w

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Quaternion):
            return self.of(quaternion_product(self.a, other.a))
        return super().__mul__(other)


def quaternion_product(a: Data, b: Data) -> Data:
    """Hamilton's product of x, y, z, w arrays."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return np.array(
        [
            aw * bx + bw * ax + ay * bz - by * az,
            aw * by + bw * ay + az * bx - bz * ax,
            aw * bz + bw * az + ax * by - bx * ay,
            aw * bw - ax * bx - ay * by - az * bz,
        ],
        a.dtype,
    )


def cross3(a: Data, b: Data) -> Data:
    """The cross product; NumPy's own takes ten times as long for two vectors."""
    ax, ay, az = a
    bx, by, bz = b
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], a.dtype)


def quaternion_rotate(q: Data, v: Data) -> Data:
    """Rotate v by q without normalising it, by the formula that Warp documents."""
    axis, w = q[:3], q[3]
    two = q.dtype.type(2)
    turned: Data = v * (two * w * w - q.dtype.type(1)) + cross3(axis, v) * w * two + axis * (axis @ v) * two
    return turned


class Transform(Block):
    """`wp.transform`: position p and rotation q."""

    __slots__ = ()

    def __init__(self, *values: Any, dtype: Any = None, p: Any = None, q: Any = None) -> None:
        cls = type(self)
        values = values + tuple(value for value in (p, q) if value is not None)
        self.a = np.zeros(7, cls.scalar.item)
        if len(values) == 1 and isinstance(values[0], Transform):
            self.a = convert(values[0], cls.scalar)
        elif len(values) == 1 and not isinstance(values[0], Block):
            self.a[:] = raw(cls.scalar.cast(values[0]))
        elif len(values) == 7:
            self.a[:] = [raw(cls.scalar.cast(value)) for value in values]
        elif values:
            self.a[6] = 1  # the rotation that is not given is none
            for part in values:
                self.a[slice(0, 3) if isinstance(part, Vector) else slice(3, 7)] = part.a

    @property
    def p(self) -> Any:
        return self.types.block(self.scalar.name, (3,)).view(self.a[:3])

    @p.setter
    def p(self, value: Any) -> None:
        self.a[:3] = value.a

    @property
    def q(self) -> Any:
        return self.types.quaternion(self.scalar.name).view(self.a[3:])

    @q.setter
    def q(self, value: Any) -> None:
        self.a[3:] = value.a

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Transform):
            position = quaternion_rotate(self.a[3:], other.a[:3]) + self.a[:3]
            return self.of(np.concatenate([position, quaternion_product(self.a[3:], other.a[3:])]))
        return super().__mul__(other)


class Types:
    """The block classes of one precision, made on first use."""

    def __init__(self, precision: str, scalars: dict[str, ScalarType]) -> None:
        self.precision = precision
        self.scalars = scalars
        self._made: dict[tuple[str, str, tuple[int, ...]], Any] = {}

    def _make(self, base: Any, kind: str, scalar: str, shape: tuple[int, ...]) -> Any:
        key = (kind, scalar, shape)
        if key not in self._made:
            body = {
                "__slots__": (),
                "scalar": self.scalars[scalar],
                "dtype": self.scalars[scalar],
                "length": shape[0],
                "shape": shape,
                "layout": Composite(kind, scalar, shape),
                "types": self,
            }
            name = f"{kind}{'x'.join(map(str, shape))}_{scalar}"
            self._made[key] = type(name, (base,), body)
        return self._made[key]

    def block(self, scalar: str, shape: tuple[int, ...]) -> Any:
        """The vector or matrix class of this scalar and shape."""
        if len(shape) == 1:
            return self._make(Vector, "vector", scalar, shape)
        return self._make(Matrix, "matrix", scalar, shape)

    def quaternion(self, scalar: str) -> Any:
        return self._make(Quaternion, "quaternion", scalar, (4,))

    def transform(self, scalar: str) -> Any:
        return self._make(Transform, "transform", scalar, (7,))

    def of_layout(self, layout: Composite) -> Any:
        """The class (or scalar type) that a layout describes."""
        if layout.kind == "scalar":
            return self.scalars[layout.scalar]
        if layout.kind == "quaternion":
            return self.quaternion(layout.scalar)
        if layout.kind == "transform":
            return self.transform(layout.scalar)
        return self.block(layout.scalar, layout.shape)
