"""Verification of harvested kernels: what cannot be judged is kept and says so: no other takes its place.

A generated kernel that fails is dropped. Of a harvested one the inputs are guesses, so that a failure says as much of
them as of the kernel: it is taken as far as it goes, and the reason is that of the first level it did not reach.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from .errors import Rejected
from .execute import Executor
from .extract import Extracted
from .verify import Gpu, Verdict, VerifyItem, verify_batch

_BELOW = {"cuda": "execute", "gradient": "execute", "execute": "compile", "compile": "none"}
"""The level at which a kernel is tried again that failed at one."""


def verify_all(
    items: Sequence[VerifyItem], level: str, executor: Executor, gpu: Gpu | None
) -> list[Verdict | Rejected]:
    """`verify_batch`; items of other origin than the generator (those without metadata) always give a verdict."""
    results = verify_batch(items, level, executor, gpu=gpu)
    reasons: dict[int, str] = {}
    failed = level
    while waiting := [
        place for place, found in enumerate(results) if isinstance(found, Rejected) and items[place].metadata is None
    ]:
        for place in waiting:
            reasons.setdefault(place, str(results[place]))
        failed, tried = _BELOW[failed], failed
        again = verify_batch([items[place] for place in waiting], failed, executor)
        for place, found in zip(waiting, again, strict=True):
            results[place] = found if isinstance(found, Rejected) else _marked(found, tried, reasons[place], level)
    return results


def _marked(found: Verdict, tried: str, reason: str, level: str) -> Verdict:
    """The verdict of a lower level, with what that leaves out marked as unsupported."""
    return dataclasses.replace(
        found,
        compiled="unsupported" if tried == "compile" else found.compiled,
        executed="unsupported" if tried in ("compile", "execute") and level != "compile" else found.executed,
        gradient="unsupported" if level in ("gradient", "cuda") else found.gradient,
        reason=reason,
    )


def unlaunchable(source: str, code: Extracted) -> Rejected | None:
    """Why a harvested kernel cannot be launched on a GPU from its code alone, if it cannot."""
    if "wp.tile" in source:
        return Rejected("how the harvested kernel is launched is not known")
    if "_wp_det_phase" in code.cuda_forward:
        return Rejected("in deterministic mode Warp gives a kernel buffers of its own")
    if "wp.block_dim()" in source:
        return Rejected("a block has one thread on a CPU")
    return None
