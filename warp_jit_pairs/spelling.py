"""Warp's types and values as the Python that people write for them, each in one spelling."""

from __future__ import annotations

import enum
import math
from typing import Any

import numpy as np
import warp as wp
from warp._src import codegen as wp_codegen
from warp._src import types as wp_types


def type_spelling(annotation: Any) -> str:
    """Return the one spelling of a Warp type that this package writes, such as `wp.array2d[wp.vec3]`."""
    if wp_types.is_array(annotation):
        name = wp_types.concrete_array_type(annotation).__name__
        if isinstance(annotation, wp_types.fixedarray):
            return f"wp.fixedarray(shape={annotation.shape}, dtype={type_spelling(annotation.dtype)})"
        dimensions = "" if annotation.ndim == 1 else f"{annotation.ndim}d"
        if dimensions and name != "array":  # the names with dimensions are functions, which take no brackets
            return f"wp.{name}(dtype={type_spelling(annotation.dtype)}, ndim={annotation.ndim})"
        return f"wp.{name}{dimensions}[{type_spelling(annotation.dtype)}]"
    if isinstance(annotation, wp_codegen.Struct):
        return str(annotation.key)
    name = {float: "float32", int: "int32"}.get(annotation) or annotation.__name__
    if hasattr(annotation, "_wp_generic_type_hint_"):
        scalar, shape = annotation._wp_scalar_type_.__name__, annotation._shape_
        if getattr(wp, name, None) is annotation:
            short = name[:-1]
            return f"wp.{short}" if name.endswith("f") and getattr(wp, short, None) is annotation else f"wp.{name}"
        kind = annotation._wp_generic_type_hint_.__name__.lower()
        size = {"matrix": f"shape={tuple(shape)}, ", "vector": f"length={shape[0]}, "}.get(kind, "")
        return f"wp.types.{kind}({size}dtype=wp.{scalar})"
    return f"wp.{name}"


def is_type(value: Any) -> bool:
    """Whether `value` is a scalar, vector or matrix type of Warp."""
    return isinstance(value, type) and (value in wp_types.scalar_types or hasattr(value, "_wp_generic_type_hint_"))


def constant_spelling(value: Any) -> str | None:
    """Write a Warp scalar, vector or matrix value as Python; None for any other value."""
    kind = type(value)
    if kind in wp_types.scalar_types:
        return f"{type_spelling(kind)}({_plain(value.value)!r})"
    if not hasattr(kind, "_wp_generic_type_hint_"):
        return None
    flat = [component for row in value for component in row] if len(kind._shape_) == 2 else list(value)
    return f"{type_spelling(kind)}({', '.join(repr(_plain(component)) for component in flat)})"


def _plain(value: Any) -> Any:
    """A scalar of NumPy or Warp as a Python number, of as many digits as Warp writes of it: those of its own type."""
    value = getattr(value, "value", value)
    if isinstance(value, np.floating):
        return float(str(value))
    return value.item() if isinstance(value, np.generic) else value


def value_spelling(value: Any) -> str | None:
    """Write a constant or type as Python; None for any other value."""
    if isinstance(value, np.generic):
        value = _plain(value)
    if isinstance(value, bool | int | str) or value is None:
        return repr(int(value) if isinstance(value, enum.Enum) else value)
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else f'float("{float(value)}")'
    if isinstance(value, type) and value in (int, float, bool):
        return str(value.__name__)
    if isinstance(value, tuple | list):
        parts = [value_spelling(part) for part in value]
        return None if None in parts else f"[{', '.join(str(part) for part in parts)}]"
    if is_type(value) or wp_types.is_array(value):
        return type_spelling(value)
    return constant_spelling(value)


def scalar_name(dtype: Any) -> str:
    if isinstance(dtype, wp_codegen.Struct):
        return str(dtype.key)
    scalar = getattr(dtype, "_wp_scalar_type_", dtype)
    return {float: "float32", int: "int32"}.get(scalar) or str(scalar.__name__)
