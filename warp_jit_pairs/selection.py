"""Which harvested kernels a build takes, and what its programs must not repeat: those kernels, and all reserved ones.

Test kernels come first: a kernel that belongs to the test split is taken if the list of reserved kernels has its
structure, so that every build tests on the same ones, whatever else it holds. Then the others, in their order, if they
repeat no kernel taken or reserved. Reading the list is left to `reserved.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .columns import SPLITS
from .generator import KernelSpec
from .identity import split_of
from .near_duplicates import SeenPrograms, Sketch, Twins

TEST = SPLITS[-1]


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen of the harvested kernels."""

    kernels: dict[str, dict[str, list[KernelSpec]]]
    """By category and split."""
    taken: list[Sketch]
    """Those of the kernels, and the reserved ones: no other program may repeat one."""
    funnel: Counter[str] = field(default_factory=Counter)
    """How many were harvested, and what became of those that were not chosen."""


def select(harvested: Mapping[str, Sequence[tuple[KernelSpec, Sketch | str]]], reserved: Sequence[Sketch]) -> Selection:
    """Choose among harvested kernels, given for each category with their sketches, or why there is none."""
    selection = Selection({category: {split: [] for split in SPLITS} for category in harvested}, list(reserved))
    everything = [(category, *pair) for category, pairs in harvested.items() for pair in pairs]
    sketched = [(category, kernel, one) for category, kernel, one in everything if isinstance(one, Sketch)]
    selection.funnel["harvested"] = len(everything)
    selection.funnel.update(reason for _, _, reason in everything if isinstance(reason, str))
    ordered = sorted(sketched, key=lambda entry: split_of(entry[2].structure) != TEST)
    with SeenPrograms() as seen:
        seen.add(reserved)
        judge = _Judge(seen, len(reserved), bytearray(b"\1" * len(reserved) + bytes(len(ordered))))
        all_twins = seen.add([sketch for _, _, sketch in ordered])
        for place, ((category, kernel, sketch), twins) in enumerate(
            zip(ordered, all_twins, strict=True), start=len(reserved)
        ):
            split = split_of(sketch.structure)
            reason = judge.refused(place, twins, test=split == TEST)
            if reason:
                selection.funnel[reason] += 1
            else:
                judge.accepted[place] = True
                selection.kernels[category][split].append(kernel)
                selection.taken.append(sketch)
    return selection


@dataclass(frozen=True, slots=True)
class _Judge:
    """Programs by place: the reserved ones first, then the harvested ones in their order."""

    seen: SeenPrograms
    reserved: int
    accepted: bytearray

    def refused(self, place: int, twins: Twins, *, test: bool) -> str:
        """Why a kernel is not taken; empty if it is."""
        own = {other for other in twins.same if other < self.reserved} if test else set()
        if any(self.accepted[other] and other not in own for other in twins.same):
            return "structural duplicates"
        others = [other for other in twins.proposed if self.accepted[other] and other not in own]
        if any(self.seen.is_near(other, place) for other in others):
            return "near-duplicates"
        return "test kernels not reserved" if test and not own else ""
