"""Warp's scalar types and their arithmetic on NumPy scalars.

In "float64" precision every float type computes in float64. Vectors are left to `vectors.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .faults import Fault, Unsupported
from .layout import SCALARS, Composite, round_bfloat16


class BFloat16:
    """One bfloat16: a float32 that is rounded after every operation."""

    __array_ufunc__ = None
    __slots__ = ("v",)
    v: Any

    def __init__(self, value: Any) -> None:
        single = np.float32(value.v if isinstance(value, BFloat16) else value)
        self.v = round_bfloat16(np.array([single], dtype=np.float32))[0]

    def _other(self, other: Any) -> Any:
        return other.v if isinstance(other, BFloat16) else other

    def __float__(self) -> float:
        return float(self.v)

    def __bool__(self) -> bool:
        return bool(self.v)

    def __neg__(self) -> BFloat16:
        return BFloat16(-self.v)

    def __pos__(self) -> BFloat16:
        return self

    def __hash__(self) -> int:
        return hash(float(self.v))


def _install_bfloat16_operators() -> None:
    def arithmetic(name: str) -> Callable[[BFloat16, Any], Any]:
        def method(self: BFloat16, other: Any) -> Any:
            if not isinstance(other, (BFloat16, np.floating, float, int)):
                return NotImplemented
            return BFloat16(getattr(self.v, name)(np.float32(self._other(other))))

        return method

    def comparison(name: str) -> Callable[[BFloat16, Any], Any]:
        return lambda self, other: getattr(self.v, name)(self._other(other))

    for operator in ("add", "sub", "mul", "truediv"):
        for prefix in ("__", "__r"):
            setattr(BFloat16, f"{prefix}{operator}__", arithmetic(f"{prefix}{operator}__"))
    for operator in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(BFloat16, f"__{operator}__", comparison(f"__{operator}__"))


_install_bfloat16_operators()


class ScalarType:
    """One of Warp's scalar types under a precision: `np` is the type of its values."""

    def __init__(self, name: str, precision: str) -> None:
        self.name = name
        self.kind = SCALARS[name][1]
        self.np: Any = SCALARS[name][0]
        if self.kind == "f":
            self.np = np.float64 if precision == "float64" else (BFloat16 if name == "bfloat16" else self.np)
        self.bits = np.dtype(SCALARS[name][0]).itemsize * 8
        self.item = np.float32 if self.np is BFloat16 else self.np
        self.layout = Composite("scalar", name)
        self.zero = self.np(0)
        self.cast: Callable[..., Any] = {
            "f": self._to_float,
            "b": self._to_bool,
            "i": self._to_int,
            "u": self._to_int,
        }[self.kind]
        self.rounds_literals = precision == "float64" and name != "float64"

    def __call__(self, value: Any = 0) -> Any:
        return self.cast(value)

    def __repr__(self) -> str:
        return self.name

    def _to_float(self, value: Any = 0.0) -> Any:
        if type(value) is self.np:
            return value
        if type(value) is BFloat16:
            value = value.v
        if type(value) is float and self.rounds_literals:
            value = np.float32(value)
        return self.np(value)

    def _to_bool(self, value: Any = False) -> Any:
        return np.bool_(value != 0)

    def _to_int(self, value: Any = 0) -> Any:
        kind = type(value)
        if kind is self.np:
            return value
        if isinstance(value, (np.floating, float, BFloat16)):
            number = float(value)
            if not math.isfinite(number):
                raise Fault("cast of a value that does not fit", f"{number} to {self.name}")
            whole = math.trunc(number)
            low = -(1 << (self.bits - 1)) if self.kind == "i" else 0
            high = (1 << (self.bits - 1)) - 1 if self.kind == "i" else (1 << self.bits) - 1
            if not low <= whole <= high:
                raise Fault("cast of a value that does not fit", f"{number} to {self.name}")
            return self.np(whole)
        return self.wrap(int(value))

    def wrap(self, whole: int) -> Any:
        """An integer reduced to this type's width."""
        whole &= (1 << self.bits) - 1
        if self.kind == "i" and whole >> (self.bits - 1):
            whole -= 1 << self.bits
        return self.np(whole)


INT_BITS: dict[Any, int] = {
    SCALARS[name][0]: np.dtype(SCALARS[name][0]).itemsize * 8 for name in SCALARS if "int" in name
}
FLOATS = (np.float32, np.float64, np.float16)


def wrap_int(kind: Any, whole: int) -> Any:
    """`whole` reduced to the width of NumPy integer type `kind`."""
    bits = INT_BITS[kind]
    whole &= (1 << bits) - 1
    if whole >> (bits - 1) and issubclass(kind, np.signedinteger):
        whole -= 1 << bits
    return kind(whole)


def divide(a: Any, b: Any) -> Any:
    """`a / b`: integers truncate towards zero, as in C."""
    kind = type(a)
    if kind is np.float32 or kind is np.float64:
        return a / b
    if kind in INT_BITS and type(b) in INT_BITS:
        return kind(_quotient(int(a), int(b), kind))
    return a / b


def _quotient(a: int, b: int, kind: Any) -> int:
    if b == 0:
        raise Fault("integer division by zero")
    quotient = abs(a) // abs(b)
    if (a < 0) != (b < 0):
        quotient = -quotient
    if quotient >> (INT_BITS[kind] - 1) and issubclass(kind, np.signedinteger) and quotient > 0:
        raise Fault("integer division overflows")
    return quotient


def remainder(a: Any, b: Any) -> Any:
    """`a % b`: the sign of the dividend, as in C."""
    kind = type(a)
    if kind in FLOATS:
        return np.fmod(a, b)
    if kind in INT_BITS:
        left, right = int(a), int(b)
        return kind(left - right * _quotient(left, right, kind))
    if kind is BFloat16:
        return BFloat16(np.fmod(a.v, b.v))
    return a % b


def floor_divide(a: Any, b: Any) -> Any:
    """`a // b`: rounds towards minus infinity."""
    kind = type(a)
    if kind in FLOATS:
        return np.floor(a / b)
    if kind in INT_BITS:
        left, right = int(a), int(b)
        _quotient(left, right, kind)
        return kind(left // right)
    if kind is BFloat16:
        return BFloat16(np.floor((a / b).v))
    return a // b


def power(a: Any, b: Any) -> Any:
    """`a ** b`: C's pow on floats."""
    kind = type(a)
    if kind in FLOATS:
        return np.power(a, kind(b))
    if kind is BFloat16:
        return BFloat16(np.power(a.v, np.float32(float(b))))
    raise Unsupported("power of a type that is no float", kind.__name__)


def _shift_count(b: Any, kind: Any) -> int:
    count = int(b)
    if not 0 <= count < max(32, INT_BITS[kind]):
        raise Fault("shift beyond the width")
    return count


def shift_left(a: Any, b: Any) -> Any:
    """`a << b`, wrapped to the width of `a`."""
    kind = type(a)
    if kind not in INT_BITS:
        return a << b
    return wrap_int(kind, int(a) << _shift_count(b, kind))


def shift_right(a: Any, b: Any) -> Any:
    """`a >> b`, arithmetic for signed types."""
    kind = type(a)
    if kind not in INT_BITS:
        return a >> b
    return kind(int(a) >> _shift_count(b, kind))
