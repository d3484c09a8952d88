"""The adjoint against directional differences of the float64 reference.

One direction for each array leaf that a kernel reads, so that no leaf's error hides in another's sum. A kink shows as
differences that change with the step; such a direction is tried again on fewer elements and then left out, and so is
one that has a kink nearby, or at the very point, where the adjoint differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .inputs import SENTINEL, Case
from .leaves import Data, leaf_types, promoted, views
from .reference import Reference
from .reference.layout import Composite, float_to_storage

STEPS = (1e-4, 1e-5)
WIDE = 2e-2
"""A kink so near may be passed by rounding: of two faces of a mesh, whose distances differ by less than their rounding,
one is as good as the other, though the derivative is that of an edge or of a corner."""
NOT_FINITE = "adjoint not finite where a derivative exists"
_BENT = 0.2
"""A bend at the very point explains an error if it is at least such a part of it: where two elements tie for the
largest, the differences give the mean of what both would give, and the adjoint that of one."""
_FLOOR = 1e-5
_ROUNDING = 3e-6
"""Part of the sum of absolute outputs that the rounding of a float32 adjoint may leave in a derivative of zero."""
_MOST_SEED = 1.5
"""No weighted output counts for more in that sum: what the reverse pass computes instead may be huge, such as the value
that the search for a largest one starts from, and would excuse any error."""


@dataclass(frozen=True, slots=True)
class GradientResult:
    """`right` leaves, `worst` their relative error; `wrong` leaves, and what was found there.

    Of `unsure` leaves nothing can be said: every direction crosses a kink, or no part of the adjoint is finite.
    `replayed` are wrong leaves whose adjoint is what Warp's reverse pass is known to compute (`reverse_pass.py`), and
    of `unreplayed` ones nothing can be said in that respect.
    """

    right: frozenset[str]
    worst: float
    wrong: dict[str, str]
    unsure: frozenset[str] = frozenset()
    replayed: frozenset[str] = frozenset()
    unreplayed: frozenset[str] = frozenset()


def seeds_for(
    names: Sequence[str], exact: Mapping[str, Data], kinds: Mapping[str, Composite], seed: int
) -> dict[str, Data]:
    """Random gradients of both signs for the outputs, zero where an output is not finite.

    Those of huge outputs are small, so that each output weighs alike and rounding hides no error; half precision has no
    room for small numbers.
    """
    stream = np.random.Generator(np.random.PCG64(seed))
    seeds = {}
    for name in sorted(names):
        size = exact[name].size
        signs = np.where(stream.random(size) < 0.5, -1.0, 1.0)
        values: Data = (signs * (_MOST_SEED - 1.0 + stream.random(size))).astype(np.float32).reshape(exact[name].shape)
        finite = np.isfinite(exact[name])
        if kinds[name].scalar in ("float32", "float64"):
            written = finite & (exact[name] != SENTINEL)
            values = values / np.maximum(1.0, np.abs(np.where(written, exact[name], 1.0))).astype(np.float32)
        values = np.where(finite, values, np.float32(0.0))
        seeds[name] = float_to_storage(values, kinds[name].scalar)
    return seeds


class Differences:
    """Differences of the weighted sum of a kernel's outputs, at one case."""

    def __init__(self, reference: Reference, case: Case, seeds: Mapping[str, Data], bends: bool = True) -> None:
        self.reference = reference
        self.bends = bends
        self.case = case
        self.weights = seeds
        self.values = promoted(reference.arguments, case.inputs)
        self.leaves = views(reference.arguments, self.values)
        self.size = 0.0

    def _weighted(self) -> tuple[dict[str, Data], int]:
        """Outputs by their weights, of which what was not written counts for nothing, and the decisions on the way."""
        outcome = self.reference.run(self.values, self.case.dim, "float64")
        values = outcome.values
        weighted = {
            name: np.where((weight == 0.0) | (values[name] == SENTINEL), 0.0, weight * values[name])
            for name, weight in self.weights.items()
        }
        return weighted, outcome.path

    def _beside(self, leaf: str, offset: Data) -> tuple[dict[str, Data], int]:
        """`_weighted` with something added to one leaf."""
        data = self.leaves[leaf]
        kept = data.copy()
        try:
            data[...] = kept + offset.reshape(kept.shape)
            return self._weighted()
        finally:
            data[...] = kept

    def along(self, leaf: str, direction: Data, step: float) -> float:
        """Central difference along a direction of one leaf; `size` becomes that of the outputs that it moves.

        Outputs are subtracted one by one: those that a direction does not move leave no rounding, however large.
        """
        ahead, _ = self._beside(leaf, step * direction)
        behind, _ = self._beside(leaf, -step * direction)
        moved = {name: ahead[name] - behind[name] for name in ahead}
        self.size = sum(
            float(np.minimum(np.abs(ahead[name][change != 0.0]), _MOST_SEED).sum()) for name, change in moved.items()
        )
        return sum(float(change.sum()) for change in moved.values()) / (2.0 * step)

    def bend(self, leaf: str, direction: Data, step: float) -> float:
        """How far the slopes ahead and behind are from their mean, over all outputs: nothing but for a kink at the very
        point. Infinite where a decision is another one there than on either side."""
        if not self.bends:
            return 0.0
        (ahead, there), (here, path), (behind, back) = (
            self._beside(leaf, sign * step * direction) for sign in (1.0, 0.0, -1.0)
        )
        if not there == path == back:
            return np.inf
        bends = (np.abs(ahead[name] - 2.0 * here[name] + behind[name]).sum() for name in ahead)
        return float(sum(bends)) / (2.0 * step)


def check_gradient(
    reference: Reference,
    case: Case,
    seeds: Mapping[str, Data],
    adjoints: Mapping[str, Data],
    inputs: Sequence[str],
    tolerance: float,
    *,
    bends: bool = True,
) -> GradientResult:
    """Compare the adjoint of each input leaf with differences.

    Args:
        reference: The kernel.
        case: Where to differentiate.
        seeds: Gradients of the outputs that the adjoint was run with, as floats.
        adjoints: What the adjoint gave for each leaf, as floats.
        inputs: Float leaves that are inputs.
        tolerance: Relative to the sum of absolute contributions.
        bends: Whether a kink at the very point excuses an error. It does not where the reference runs what a reverse
            pass does: there every turn of a loop meets the decisions of the forward pass again, at their very point.
    """
    differences = Differences(reference, case, seeds, bends)
    stream = np.random.Generator(np.random.PCG64(case.seed + 7))
    kinds = leaf_types(reference.arguments)
    worst = 0.0
    wrong: dict[str, str] = {}
    right: set[str] = set()
    unsure: set[str] = set()
    for leaf in inputs:
        assert kinds[leaf].is_float
        gradient = adjoints[leaf].reshape(differences.leaves[leaf].shape)
        infinite = ~np.isfinite(gradient)
        with np.errstate(invalid="ignore", over="ignore"):
            verdict, error, detail = _check_leaf(differences, leaf, gradient, stream, tolerance)
            if verdict != "wrong" and infinite.any() and _smooth(differences, leaf, infinite.astype(np.float64)):
                verdict, detail = "wrong", NOT_FINITE
        if verdict == "wrong":
            wrong[leaf] = detail
        elif verdict == "unsure":
            unsure.add(leaf)
        else:
            right.add(leaf)
            worst = max(worst, error)
    return GradientResult(frozenset(right), worst, wrong, frozenset(unsure))


def _smooth(differences: Differences, leaf: str, direction: Data) -> bool:
    """Whether there is a derivative along a direction: differences change neither with the step nor with the side."""
    first, second = (differences.along(leaf, direction, step) for step in STEPS)
    bound = 1e-2 * abs(first) + _FLOOR
    same = bool(np.isfinite(first) and abs(first - second) <= bound)
    return same and differences.bend(leaf, direction, STEPS[1]) <= max(bound, _BENT * abs(first))


def _check_leaf(
    differences: Differences, leaf: str, gradient: Data, stream: np.random.Generator, tolerance: float
) -> tuple[str, float, str]:
    """Right, wrong or unsure, with the relative error."""
    finite = np.isfinite(gradient)
    share = 1.0
    for attempt in range(4):
        draws = stream.random(gradient.size).reshape(gradient.shape)
        direction = np.where(draws < 0.5, -0.5 - draws, draws)
        direction = np.where(finite & (stream.random(gradient.size).reshape(gradient.shape) < share), direction, 0.0)
        share = (0.5, 0.25, 0.1)[min(attempt, 2)]
        if not direction.any():
            continue
        found = float((np.where(finite, gradient, 0.0) * direction).sum())
        size = float(np.abs(np.where(finite, gradient, 0.0) * direction).sum())
        first = differences.along(leaf, direction, STEPS[0])
        bound = tolerance * (size + abs(first)) + _FLOOR + _ROUNDING * differences.size
        if abs(first - found) <= bound:
            return "right", abs(first - found) / (size + abs(first) + 1e-2), ""
        second = differences.along(leaf, direction, STEPS[1])
        if abs(second - found) <= bound:
            return "right", abs(second - found) / (size + abs(second) + 1e-2), ""
        same = np.isfinite(first) and abs(first - second) <= 0.1 * abs(first - found)
        if (
            same
            and abs(differences.along(leaf, direction, WIDE) - first) <= 0.2 * abs(first - found)
            and differences.bend(leaf, direction, STEPS[1]) <= _BENT * abs(first - found)
        ):
            detail = f"adjoint {found:.6g}, differences {first:.6g} and {second:.6g}"
            return "wrong", abs(second - found) / (size + abs(second) + 1e-2), detail
    return "unsure", 0.0, ""
