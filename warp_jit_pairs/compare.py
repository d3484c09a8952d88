"""How far compiled code may be from the reference, leaf by leaf.

The bound follows the kernel: what declared precision and float64 differ by in the reference tells how sensitive an
element is. Elements that are not finite, or so sensitive that nothing can be said, are skipped and counted.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .reference.layout import SCALARS, Composite, float_to_storage, storage_to_float

Data = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """`base` relative to max(1, |value|); `factor` times the reference's own rounding; `skip` where that is larger."""

    base: float
    skip: float
    gradient: float
    factor: float = 8.0


TOLERANCES = {
    "float64": Tolerance(1e-5, 1e-3, 1e-3),
    "float32": Tolerance(1e-5, 1e-3, 1e-3),
    "float16": Tolerance(4e-3, 0.1, 3e-2),
    "bfloat16": Tolerance(3e-2, 0.5, 0.2),
}
_HALF = re.compile(r"\bfloat16\b|\b(?:vec|mat|quat|transform|spatial_vector|spatial_matrix)\d*h\b")


def coarsest(source: str) -> str:
    """The narrowest float type that a source names; its rounding rules the whole kernel."""
    if "bfloat16" in source:
        return "bfloat16"
    return "float16" if _HALF.search(source) else "float32"


_ITERATIVE = re.compile(r"\b(?:svd2|svd3|qr3|eig3)\b")
_ITERATIVE_BASE = 1e-3
"""What float32 solvers that iterate are granted; 5.5e-4 was seen where singular values nearly repeat."""


def tolerance_of(source: str) -> Tolerance:
    """The bounds for a kernel, by what its source names."""
    found = TOLERANCES[coarsest(source)]
    if _ITERATIVE.search(source) and found.base < _ITERATIVE_BASE:
        return dataclasses.replace(found, base=_ITERATIVE_BASE)
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """Comparison of one leaf: the worst error relative to what is allowed, and how many elements were skipped."""

    worst: float
    error: float
    skipped: int
    size: int


def compare(
    native: Data, declared: Data, exact: Data, kind: Composite, tolerance: Tolerance, moved: Data | float = 0.0
) -> Difference:
    """Compare what compiled code stored with the reference in declared precision and in float64.

    `moved` is by how much the rounding of inputs moves each element relative to its scale, where that is known.
    Integers and booleans must be equal where the two precisions of the reference agree.
    """
    if not kind.is_float:
        sure = declared == exact
        wrong = bool((sure & (native.reshape(declared.shape) != declared)).any())
        return Difference(np.inf if wrong else 0.0, float(wrong), int((~sure).sum()), declared.size)
    with np.errstate(all="ignore"):
        w = _floats(native.reshape(declared.shape), kind)
        r, r64 = _floats(declared, kind), _floats(exact, kind)
        scale = _scale(r64)
        skipped, allowed = _allowed(r, r64, scale, tolerance, moved)
        error = np.where(skipped, 0.0, np.abs(w - r64))
        ratio = np.where(np.isfinite(error), error / (allowed * scale), np.inf)
        relative = np.where(np.isfinite(error), error / scale, np.inf)
    count = int(skipped.sum())
    return Difference(float(ratio.max(initial=0.0)), float(relative.max(initial=0.0)), count, r64.size)


def unexplained(
    native: Data, declared: Data, exact: Data, nearby: Iterable[Data], kind: Composite, tolerance: Tolerance
) -> int:
    """Elements that differ by more than is allowed, from `exact` and from each of the float64 results `nearby`.

    Where most of these differ from each other too, as the direction of a vector that is zero but for rounding does,
    none of them is the answer: there an element must lie between the least and the largest.
    """
    native = native.reshape(declared.shape)
    if not kind.is_float:
        left = (declared == exact) & (native != declared)
        for other in nearby:
            left &= native != other
        return int(left.sum())
    with np.errstate(all="ignore"):
        w, r64 = _floats(native, kind), _floats(exact, kind)
        skipped, allowed = _allowed(_floats(declared, kind), r64, _scale(r64), tolerance, 0.0)
        left = ~skipped & ~(np.abs(w - r64) <= allowed * _scale(r64))
        others = np.sort([_floats(other, kind) for other in nearby], axis=0)
        for values in others:
            left &= ~(np.abs(w - values) <= allowed * _scale(values)) & ~(np.isnan(w) & np.isnan(values))
        if len(others):
            margin = allowed * _scale(r64)
            scattered = 2 * (np.diff(others, axis=0) > margin).sum(axis=0) > len(others)
            left &= ~(scattered & (w >= others[0] - margin) & (w <= others[-1] + margin))
    return int(left.sum())


def _scale(exact: Data) -> Data:
    """max(1, |value|); 1 where the value is not finite, so that no NaN hides the errors beside it."""
    return np.where(np.isfinite(exact), np.maximum(1.0, np.abs(exact)), 1.0)


def _allowed(r: Data, r64: Data, scale: Data, tolerance: Tolerance, moved: Data | float) -> tuple[Data, Data]:
    """Which elements are skipped, and how far each may be off relative to its scale.

    The reference's own rounding of an element may be small by luck, so what nine tenths of the leaf's elements keep to
    is granted to all.
    """
    rounding = np.abs(r - r64) / scale
    skipped = ~np.isfinite(r64) | ~np.isfinite(r) | ~(rounding <= tolerance.skip)
    rounding = np.where(skipped, 0.0, rounding)
    usual = float(np.quantile(rounding[~skipped], 0.9)) if not skipped.all() else 0.0
    return skipped, tolerance.base + tolerance.factor * np.maximum(np.maximum(rounding, usual), moved)


def moved_by(pairs: Sequence[tuple[Data, Data]], kind: Composite, tolerance: Tolerance) -> Data:
    """By how much rounding moves each element: the most in pairs of results that are equal but for it.

    Relative to its scale; 0 for what jumps, which is no rounding but a decision that a wrong operator may have turned.
    """
    with np.errstate(all="ignore"):
        worst = [np.abs(_floats(a, kind) - _floats(b, kind)) / _scale(_floats(b, kind)) for a, b in pairs]
        most: Data = np.max([np.where(each <= tolerance.skip, each, 0.0) for each in worst], axis=0)
    return most


def _floats(data: Data, kind: Composite) -> Data:
    if data.dtype == np.float64 and kind.scalar != "float64":
        return data
    return storage_to_float(data, kind.scalar).astype(np.float64)


def as_floats(leaves: Mapping[str, Data], kinds: Mapping[str, Composite]) -> dict[str, Data]:
    """Leaves as float64 where they are floats."""
    return {name: _floats(data, kinds[name]) if kinds[name].is_float else data for name, data in leaves.items()}


def expected(
    declared: Data, exact: Data, kind: Composite, tolerance: Tolerance, moved: Data | float = 0.0
) -> tuple[Data, float]:
    """What a stored test case expects of a leaf, and by how much a right answer may differ.

    The expectation is the float64 result in the declared type; NaN marks an element that is not compared.
    """
    if not kind.is_float:
        return declared.astype(SCALARS[kind.scalar][0]), 0.0
    with np.errstate(all="ignore"):
        r, r64 = _floats(declared, kind), _floats(exact, kind)
        skipped, allowed = _allowed(r, r64, _scale(r64), tolerance, moved)
        values = np.where(skipped, np.nan, r64)
        stored = float_to_storage(values if kind.scalar == "float64" else values.astype(np.float32), kind.scalar)
    return stored, float(allowed.max(initial=tolerance.base))
