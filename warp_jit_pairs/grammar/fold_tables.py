"""Which folds suit the values of a type and the purpose of a quantity."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .folds import (
    Maker,
    above,
    against,
    extent,
    flagged,
    found,
    largest,
    log_sum,
    longest,
    mean,
    root_mean_square,
    runner_up,
    smallest,
    spread,
    total,
    weighted,
)
from .purposes import Purpose
from .time_folds import discounted, drawdown, smoothed, streak, trapezoid, variation

REAL: dict[str, Maker] = {
    "total": total,
    "mean": mean,
    "weighted": weighted,
    "largest": largest,
    "smallest": smallest,
    "spread": spread,
    "extent": extent,
    "above": above,
    "rms": root_mean_square,
    "log_sum": log_sum,
    "against": against,
    "runner_up": runner_up,
    "variation": variation,
    "smoothed": smoothed,
    "discounted": discounted,
    "drawdown": drawdown,
    "trapezoid": trapezoid,
    "streak": streak,
}
VECTOR: dict[str, Maker] = {
    "total": total,
    "mean": mean,
    "weighted": weighted,
    "extent": extent,
    "rms": root_mean_square,
    "longest": longest,
    "variation": variation,
    "smoothed": smoothed,
    "trapezoid": trapezoid,
}
FLAG: dict[str, Maker] = {"flagged": flagged, "found": found}
WHOLE: dict[str, Maker] = {"total": total}
SIMPLE = frozenset({"total", "mean", "weighted", "flagged", "found"})
"""Folds that take a value once."""
COVERED = {
    "extent": frozenset({"largest", "smallest"}),
    "largest": frozenset({"extent", "runner_up"}),
    "smallest": frozenset({"extent"}),
    "runner_up": frozenset({"largest"}),
    "mean": frozenset({"weighted", "spread", "total"}),
    "weighted": frozenset({"mean"}),
    "spread": frozenset({"mean", "rms", "total"}),
    "rms": frozenset({"spread"}),
    "total": frozenset({"mean", "spread"}),
}
"""What says the same of a quantity as another fold, or part of it."""
COUNTING = frozenset({"mean", "spread", "above", "rms", "against", "flagged"})
"""Folds that may ask for the number of values."""
_TIMED = {"cumulative": "total", "discount": "discounted", "integral": "trapezoid", "change": "variation"}
"""What the last result is called of what is kept at each step."""


def folds_for(kind: t.Type) -> dict[str, Maker]:
    """The folds of values of a type."""
    if isinstance(kind, t.Vector):
        return VECTOR
    if kind is t.BOOL:
        return FLAG
    return WHOLE if kind is t.I32 else REAL


def choices(wanted: Purpose, kind: t.Type, over_time: bool) -> dict[str, float]:
    """The weights of the folds that mean something of a quantity."""
    known = folds_for(kind)
    if kind is t.BOOL or not over_time:
        return {name: weight for name, weight in wanted.across.items() if name in known}
    timed = {_TIMED.get(name, name): weight for name, weight in wanted.over_time.items()}
    return {name: weight for name, weight in timed.items() if name in known}
