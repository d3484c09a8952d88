"""Arguments as named leaves: `points`, `state.mass`; promoted to float64, perturbed, and put back.

The reference, the executor and the comparison name leaves alike. Drawing values is left to `inputs.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .reference.layout import (
    SCALARS,
    Argument,
    ArrayType,
    Composite,
    HandleType,
    StructType,
    ValueType,
    index_leaf,
    storage_to_float,
)

Data = np.ndarray[Any, Any]


def leaf_types(arguments: Sequence[Argument]) -> dict[str, Composite]:
    """Scalar, block or item type of each leaf, in order."""
    found: dict[str, Composite] = {}
    for argument in arguments:
        for name, kind in _walk(argument.name, argument.type):
            found[name] = kind
    return found


def _walk(name: str, kind: ValueType) -> Iterator[tuple[str, Composite]]:
    if isinstance(kind, StructType):
        for inner, inner_kind in kind.fields:
            yield from _walk(f"{name}.{inner}", inner_kind)
    elif isinstance(kind, ArrayType):
        yield from _walk(name, kind.item)
        for axis in range(kind.ndim if kind.indexed else 0):
            yield index_leaf(name, axis), Composite("scalar", "int32")
    elif isinstance(kind, Composite):
        yield name, kind


def promoted(arguments: Sequence[Argument], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy whose floats are float64."""
    return {a.name: _promote(a.type, inputs[a.name]) for a in arguments}


def _promote(kind: ValueType, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, ArrayType):
        if kind.indexed:
            return (_promote(ArrayType(kind.item, kind.ndim), value[0]), value[1])
        if isinstance(kind.item, StructType):
            return _promote_items(kind.item, value)
        return _promote(kind.item, value)
    if isinstance(kind, StructType):
        return {name: _promote(inner, value[name]) for name, inner in kind.fields}
    if isinstance(kind, Composite) and kind.is_float:
        return np.array(storage_to_float(np.asarray(value), kind.scalar), np.float64)
    return np.array(value)


def _promote_items(kind: StructType, value: Data) -> Data:
    fresh = np.zeros(value.shape, _promoted_dtype(kind))
    for name, inner in kind.fields:
        if isinstance(inner, StructType):
            fresh[name] = _promote_items(inner, value[name])
        else:
            fresh[name] = _promote(inner, value[name])
    return fresh


def _promoted_dtype(kind: StructType) -> np.dtype[Any]:
    columns: list[Any] = []
    for name, inner in kind.fields:
        if isinstance(inner, StructType):
            columns.append((name, _promoted_dtype(inner)))
        elif isinstance(inner, Composite):
            base = np.float64 if inner.is_float else SCALARS[inner.scalar][0]
            columns.append((name, base, inner.shape))
    return np.dtype(columns)


def views(arguments: Sequence[Argument], values: Mapping[str, Any]) -> dict[str, Data]:
    """Writable views of every leaf of promoted values."""
    found: dict[str, Data] = {}
    for argument in arguments:
        _view(argument.name, argument.type, values[argument.name], found)
    return found


def _view(name: str, kind: ValueType, value: Any, found: dict[str, Data]) -> None:
    if value is None:
        return
    if isinstance(kind, ArrayType):
        if kind.indexed:
            value = value[0]
        if isinstance(kind.item, StructType):
            flat = value.reshape(-1)
            for inner, inner_kind in kind.item.fields:
                if isinstance(inner_kind, (Composite, StructType)):
                    _view(f"{name}.{inner}", ArrayType(inner_kind, 1), flat[inner], found)
        else:
            found[name] = value
    elif isinstance(kind, StructType):
        for inner, inner_kind in kind.fields:
            _view(f"{name}.{inner}", inner_kind, value[inner], found)
    elif isinstance(kind, Composite):
        found[name] = value


def handle_leaves(arguments: Sequence[Argument]) -> set[str]:
    """Leaves that Warp's objects are made of: compiled code may change them, but no adjoint reaches them."""
    found: set[str] = set()

    def walk(name: str, kind: ValueType) -> None:
        if isinstance(kind, HandleType):
            found.update(leaf for leaf, _ in _walk(name, kind))
        elif isinstance(kind, StructType):
            for inner, inner_kind in kind.fields:
                walk(f"{name}.{inner}", inner_kind)

    for argument in arguments:
        walk(argument.name, argument.type)
    return found


def array_leaves(arguments: Sequence[Argument]) -> set[str]:
    """Leaves that lie in arrays, where a kernel can write and adjoints are found."""
    found: set[str] = set()

    def walk(name: str, kind: ValueType) -> None:
        if isinstance(kind, ArrayType):
            found.update(leaf for leaf, _ in _walk(name, kind.item))
        elif isinstance(kind, StructType):
            for inner, inner_kind in kind.fields:
                walk(f"{name}.{inner}", inner_kind)

    for argument in arguments:
        walk(argument.name, argument.type)
    return found
