"""Warp's own registry of builtins as rows: what types a builtin or operator takes and what it gives.

The only file of the grammar that imports warp. It reads the registry that `import warp` fills; nothing is initialised,
compiled or read from the machine, so the answers depend on Warp's release alone. Domains (what values a builtin takes)
and idioms are hand-written elsewhere.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import warp as wp
from warp._src.codegen import func_match_args
from warp._src.context import builtin_functions

from warp_jit_pairs import types as t
from warp_jit_pairs.errors import Rejected

OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "%": "mod",
    "//": "floordiv",
    "**": "pow",
    "@": "mul",
    "&": "bit_and",
    "|": "bit_or",
    "^": "bit_xor",
    "<<": "lshift",
    ">>": "rshift",
}
UNARY = {"-": "neg", "+": "pos", "~": "invert"}

_TO_WARP: dict[str, Any] = {scalar.name: getattr(wp, scalar.name) for scalar in t.SCALARS}


class NoOverload(Rejected):
    """No overload of a builtin takes these types: the program is dropped and counted, and the rule is to be mended."""

    def __init__(self, detail: str) -> None:
        super().__init__("grammar: no overload", detail)

    def __reduce__(self) -> tuple[type[Rejected], tuple[str, str]]:
        return Rejected, (self.reason, self.detail)


@cache
def to_warp(value: t.Type) -> Any:
    """Warp's own type for one of ours."""
    if isinstance(value, t.Scalar):
        return _TO_WARP[value.name]
    if isinstance(value, t.Vector):
        return wp.types.vector(length=value.length, dtype=to_warp(value.dtype))
    if isinstance(value, t.Matrix):
        return wp.types.matrix(shape=(value.rows, value.cols), dtype=to_warp(value.dtype))
    suffix = value.scalar.suffix
    if isinstance(value, t.Quat):
        return getattr(wp, f"quat{suffix}")
    if isinstance(value, t.Transform):
        return getattr(wp, f"transform{suffix}")
    if isinstance(value, t.SpatialVector):
        return getattr(wp, f"spatial_vector{suffix}")
    if isinstance(value, t.SpatialMatrix):
        return getattr(wp, f"spatial_matrix{suffix}")
    if isinstance(value, t.Array):
        return wp.array(dtype=to_warp(value.dtype), ndim=value.ndim)
    raise NoOverload(f"{value} is not a type that the registry knows")


_SCALAR_FROM: dict[Any, t.Scalar] = {to_warp(scalar): scalar for scalar in t.SCALARS} | {
    int: t.I32,
    float: t.F32,
    bool: t.BOOL,
}


def from_warp(value: Any) -> t.Type:
    """Our type for one of Warp's."""
    if value is None:
        return t.NOTHING
    if isinstance(value, (tuple, list)):
        return t.Tuple(tuple(from_warp(item) for item in value))
    if value in _SCALAR_FROM:
        return _SCALAR_FROM[value]
    shape, scalar = getattr(value, "_shape_", None), getattr(value, "_wp_scalar_type_", None)
    if shape is None or scalar is None:
        raise NoOverload(f"no type of ours for {value}")
    dtype = _SCALAR_FROM[scalar]
    name = getattr(value, "_wp_generic_type_str_", "")
    if name == "quat_t":
        return t.quat(dtype)
    if name == "transform_t":
        return t.transform(dtype)
    if len(shape) == 1:
        return t.spatial(dtype) if shape[0] == 6 else t.vec(shape[0], dtype)
    return t.SpatialMatrix(dtype) if shape == (6, 6) else t.mat(shape[0], shape[1], dtype)


@cache
def result(builtin: str, arguments: tuple[t.Type, ...]) -> t.Type:
    """The type that a call gives; raises NoOverload where Warp has no overload for these arguments."""
    function = builtin_functions.get(builtin)
    if function is None:
        raise NoOverload(f"Warp has no builtin {builtin}")
    warp_types = [to_warp(argument) for argument in arguments]
    for overload in function.overloads:
        if overload.variadic or len(overload.input_types) < len(arguments):
            continue
        if func_match_args(overload, warp_types, {}):
            bound = dict(zip(overload.input_types, warp_types, strict=False))
            try:
                return from_warp(overload.value_func(bound, {}))
            except RuntimeError as error:
                raise NoOverload(f"{builtin}({', '.join(map(str, arguments))}): {error}") from error
    raise NoOverload(f"no overload of {builtin} takes ({', '.join(map(str, arguments))})")


@cache
def differentiable(builtin: str) -> bool:
    function = builtin_functions.get(builtin)
    return function is not None and bool(getattr(function, "is_differentiable", False))


@cache
def visible_builtins() -> tuple[str, ...]:
    """Names that Warp documents, sorted."""
    return tuple(
        sorted(
            name
            for name, function in builtin_functions.items()
            if any(not overload.hidden for overload in getattr(function, "overloads", [function]))
        )
    )
