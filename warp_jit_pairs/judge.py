"""The reference's part of a verdict: a kernel's cases, what they should give, and whether that proves anything.

Refuses what is undefined, constant, without effect or dependent on the order of threads. Running compiled code on the
same cases and comparing is left to `verify.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .compare import Tolerance, moved_by, tolerance_of
from .compile import Unit
from .errors import Rejected
from .guess import STYLES, guess_facts
from .inputs import SMOOTH, Case, Facts, constants, extra_case, make_case, standard_cases
from .leaves import Data, array_leaves, handle_leaves, leaf_types, promoted, views
from .races import hands_out, racing
from .reference import Fault, Outcome, Reference

MAX_EXTRA_CASES = 6
MAX_SMOOTH_CASES = 4
MIN_CASES = 3
ROUNDINGS = 4
EPSILONS = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}
"""Distance of 1 to the next number of each float type."""

MAX_FRESH_CASES = 12
"""Further cases on which an argument may show that it has an effect."""


@dataclass(frozen=True, slots=True)
class VerifyItem:
    """A kernel to verify.

    `metadata` is that of a generated kernel's spec, or None for a kernel of other origin; `differentiable` says whether
    its adjoint is meant to be right.
    """

    source: str
    unit: Unit
    seed: int
    metadata: Mapping[str, Any] | None = None
    differentiable: bool = True


@dataclass(slots=True)
class Trial:
    """One case of a kernel on its way: the reference's outcomes, and the launches made of it."""

    case: Case
    declared: Outcome
    exact: Outcome
    before: dict[str, Data]
    seeds: dict[str, Data] = field(default_factory=dict)
    moved: dict[str, Data] = field(default_factory=dict)
    """By how much rounding of the inputs moves leaves, where that was asked; see `sensitivity`."""

    def changed(self) -> set[str]:
        """Leaves that the launch changes."""
        return {name for name, data in self.declared.values.items() if not _same(data, self.before[name])}


@dataclass(slots=True)
class Judged:
    """A kernel that the reference ran."""

    item: VerifyItem
    reference: Reference
    facts: Facts
    tolerance: Tolerance
    trials: list[Trial]
    outputs: list[str]
    branches: int
    missed: tuple[str, ...]
    contended: str = ""
    """A leaf to one of whose elements several threads store: adjoints of a launch on a GPU then depend on chance."""

    @property
    def differentiates(self) -> bool:
        kinds = leaf_types(self.reference.arguments)
        return (
            self.item.differentiable and bool(self.item.unit.backward) and any(kinds[o].is_float for o in self.outputs)
        )

    def input_leaves(self) -> list[str]:
        """Float leaves in arrays that are not outputs only, accumulators with a fixed start, or parts of a handle."""
        kinds = leaf_types(self.reference.arguments)
        held = array_leaves(self.reference.arguments) - handle_leaves(self.reference.arguments)
        return [leaf for leaf in kinds if leaf in held and kinds[leaf].is_float and self._varies(leaf)]

    def _varies(self, leaf: str) -> bool:
        known = self.facts.arguments.get(leaf.split(".")[0], {})
        return known.get("role") != "out" and known.get("low", -1.0) != known.get("high", 1.0)


@dataclass(frozen=True, slots=True)
class _Subject:
    """A kernel, what is known of its arguments, and the reference that runs it."""

    item: VerifyItem
    reference: Reference
    facts: Facts

    @property
    def guessed(self) -> bool:
        """Whether facts are guesses: a case that is undefined is then their fault, and says nothing of the kernel."""
        return self.item.metadata is None

    def extra(self, number: int, smooth: bool = False) -> Case:
        return extra_case(self.reference.arguments, self.facts, self.item.source, self.item.seed, number, smooth)


def judge(item: VerifyItem) -> Judged:
    """Run the reference on all cases.

    Raises:
        Unsupported: the reference cannot judge this kernel.
        Rejected: it must not become a record: undefined behaviour, or nothing that its execution would prove.
    """
    reference = Reference(item.source)
    if item.metadata is not None:
        return _judged(_Subject(item, reference, Facts.of(item.metadata)))
    refused: Rejected | None = None
    for style, mends in STYLES.items():
        if refused is not None and not refused.reason.startswith(mends):
            continue
        try:
            facts = guess_facts(reference, item.source, item.seed, item.unit.dimensions, style)
            return _judged(_Subject(item, reference, facts))
        except Rejected as reason:
            refused = refused or reason
    assert refused is not None
    raise refused


def _judged(subject: _Subject) -> Judged:
    """Run the cases that are drawn by these facts."""
    item, reference, facts = subject.item, subject.reference, subject.facts
    try:
        trials = _trials(subject)
        outputs = _changed(reference, trials)
        _refuse_degenerate(subject, trials, outputs)
        contended = _refuse_dependent(subject, trials, outputs)
        _show_effects(subject, trials, outputs)
    except Fault as stop:
        raise Rejected(f"undefined behaviour: {stop.reason}", stop.detail) from stop
    taken: set[int] = set().union(*(trial.declared.taken for trial in trials))
    branches = reference.branches()
    missed = tuple(
        f"{branch.kind} at line {branch.line} never {'true' if outcome == 0 else 'false'}"
        for number, branch in enumerate(branches)
        for outcome in (0, 1)
        if 2 * number + outcome not in taken
    )
    tolerance = tolerance_of(item.source)
    return Judged(item, reference, facts, tolerance, trials, outputs, 2 * len(branches), missed, contended)


def _trial(subject: _Subject, case: Case) -> Trial | None:
    """Both precisions of one case; None where a case that may be left out is undefined."""
    outcome = _outcome(subject, case)
    return None if outcome is None else _made(subject.reference, case, outcome)


def _outcome(subject: _Subject, case: Case) -> Outcome | None:
    try:
        return subject.reference.run(case.inputs, case.dim)
    except Fault:
        if case.optional or subject.guessed:
            return None
        raise


def _made(reference: Reference, case: Case, declared: Outcome) -> Trial:
    exact = reference.run(case.inputs, case.dim, "float64")
    return Trial(case, declared, exact, reference.untouched(case.inputs))


def _trials(subject: _Subject) -> list[Trial]:
    """The standard cases, and more while branches are missing."""
    reference, item = subject.reference, subject.item
    cases = standard_cases(reference.arguments, subject.facts, item.source, item.seed)
    trials = [trial for trial in (_trial(subject, case) for case in cases) if trial is not None]
    shapes = {case.dim for case in cases if not case.optional}
    if len(trials) < MIN_CASES or len({trial.case.dim for trial in trials}) < min(2, len(shapes)):
        raise _first_fault(reference, cases)
    taken = set().union(*(trial.declared.taken for trial in trials))
    for number in range(MAX_EXTRA_CASES):
        if len(taken) >= 2 * len(reference.branches()):
            break
        case = subject.extra(number)
        outcome = _outcome(subject, case)
        if outcome is not None and outcome.taken - taken:
            trials.append(_made(reference, case, outcome))
            taken |= outcome.taken
    return trials + _smooth_trials(subject, trials) if item.differentiable else trials


def _first_fault(reference: Reference, cases: Sequence[Case]) -> Fault:
    """Why too few cases are defined."""
    for case in cases:
        try:
            reference.run(case.inputs, case.dim)
        except Fault as fault:
            return fault
    raise AssertionError("every case is defined")


def _smooth_trials(subject: _Subject, trials: Sequence[Trial]) -> list[Trial]:
    """Smooth cases for branches that only others take: derivatives are compared on smooth ones alone.

    What takes threads beyond the extent returns at once, and has no derivative.
    """
    wanted: set[int] = set().union(*(trial.declared.taken for trial in trials if not trial.case.optional))
    for trial in trials:
        if trial.case.distribution in SMOOTH:
            wanted -= trial.declared.taken
    found: list[Trial] = []
    for number in range(MAX_SMOOTH_CASES):
        if not wanted:
            break
        case = subject.extra(number, smooth=True)
        outcome = _outcome(subject, case)
        if outcome is not None and outcome.taken & wanted:
            found.append(_made(subject.reference, case, outcome))
            wanted -= outcome.taken
    return found


def sensitivity(kernel: Judged, trial: Trial) -> dict[str, Data]:
    """By how much rounding moves outputs, tried on inputs that differ from the trial's in their last bits.

    Where large numbers cancel, declared precision may come close to float64 by luck, but not each time.
    """
    reference, case = kernel.reference, trial.case
    kinds = leaf_types(reference.arguments)
    loose = {name for name in kinds if kinds[name].is_float} - handle_leaves(reference.arguments)
    stream = np.random.Generator(np.random.PCG64(case.seed + 7))
    pairs: dict[str, list[tuple[Data, Data]]] = {}
    for _ in range(ROUNDINGS):
        values = promoted(reference.arguments, case.inputs)
        for name, data in views(reference.arguments, values).items():
            if name in loose:
                data[...] *= 1.0 + EPSILONS[kinds[name].scalar] * (2.0 * stream.random(data.shape) - 1.0)
        try:
            declared, exact = (reference.run(values, case.dim, precision) for precision in ("declared", "float64"))
        except Fault:
            continue
        for name, data in exact.values.items():
            pairs.setdefault(name, []).extend([(declared.values[name], data), (data, trial.exact.values[name])])
    floats = [name for name in pairs if kinds[name].is_float]
    return {name: moved_by(pairs[name], kinds[name], kernel.tolerance) for name in floats}


def _same(a: Data, b: Data) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _changed(reference: Reference, trials: Sequence[Trial]) -> list[str]:
    """Leaves in arrays that some case changed."""
    return sorted(set[str]().union(*(trial.changed() for trial in trials)) & array_leaves(reference.arguments))


def _refuse_degenerate(subject: _Subject, trials: Sequence[Trial], outputs: Sequence[str]) -> None:
    """Raise `Rejected` for a kernel whose execution would prove nothing."""
    if not outputs:
        raise Rejected("degenerate: outputs unchanged")
    _refuse_constant(trials, outputs, tolerance_of(subject.item.source).base, allowed=subject.guessed)


def _refuse_dependent(subject: _Subject, trials: Sequence[Trial], outputs: Sequence[str]) -> str:
    """Raise `Rejected` for a kernel whose threads depend on each other; gives `Judged.contended`.

    Launches of people's kernels are guesses, each of its own; what the grammar writes is independent by its rules.
    """
    asked = subject.guessed and not hands_out(subject.item.source)
    contended = ""
    for trial in trials if subject.guessed else trials[:1]:
        _refuse_order(subject.reference, trial, outputs)
        if asked:
            threads = racing(subject.reference, trial.case, trial.exact.values, outputs)
            if threads.dependent:
                raise Rejected("depends on thread order", f"{threads.dependent}: threads are not independent")
            contended = contended or threads.contended
    return contended


def _show_effects(subject: _Subject, trials: list[Trial], outputs: Sequence[str]) -> None:
    """Add cases until each input of a generated kernel has an effect; raises `Rejected` where one has none."""
    if subject.item.metadata is None:
        return
    partial: dict[int, Outcome] = {}
    changed = {name.split(".")[0] for name in outputs}
    for argument in subject.reference.arguments:
        if subject.facts.arguments.get(argument.name, {}).get("role") != "in" or argument.name in changed:
            continue
        if not _shows_effect(subject, trials, argument.name, partial):
            trials.append(_fresh_trial(subject, argument.name))


def _refuse_order(reference: Reference, trial: Trial, outputs: Sequence[str]) -> None:
    """Raise `Rejected` for a launch whose threads see each other's results."""
    reverse = reference.run(trial.case.inputs, trial.case.dim, "float64", order="reverse")
    for name in outputs:
        a, b = trial.exact.values[name], reverse.values[name]
        near = np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True) if a.dtype.kind == "f" else _same(a, b)
        if not near:
            raise Rejected("depends on thread order", name)


def _refuse_constant(trials: Sequence[Trial], outputs: Sequence[str], base: float, allowed: bool) -> None:
    """Raise `Rejected` where nothing is finite or all is one number, which people's kernels may write.

    What lies within the tolerance is one number to all comparisons: variances of 1e-8 could as well be zero.
    """
    written: list[Data] = []
    for trial in trials:
        for name in outputs:
            data = trial.declared.values[name]
            # A flag that is not set looks like one that was not written: such outputs count as a whole.
            flags = data.dtype == np.bool_
            written.append((data if flags else data[data != trial.before[name]]).ravel())
    values = np.concatenate([part.astype(np.float64) for part in written])
    if not np.isfinite(values).any():
        raise Rejected("degenerate: nothing finite")
    finite = values[np.isfinite(values)]
    near = np.abs(finite - finite[0]) <= base * np.maximum(1.0, np.abs(finite[0]))
    if not allowed and len(finite) > len(trials) and near.all():
        raise Rejected("degenerate: constant output")


def _shows_effect(subject: _Subject, trials: Sequence[Trial], name: str, partial: dict[int, Outcome]) -> bool:
    """Whether redrawing an input changes an output of some case.

    Some threads of each case are asked first (`partial` keeps what they give with nothing redrawn), then all.
    """
    for some in (True, False):
        for number, trial in enumerate(trials):
            limit = max(1, min(8, int(np.prod(trial.case.dim)) // 2)) if some else None
            if some and number not in partial:
                partial[number] = subject.reference.run(trial.case.inputs, trial.case.dim, limit=limit)
            before = partial[number] if some else trial.declared
            if _has_effect(subject, trial.case, before, name, limit):
                return True
    return False


def _fresh_trial(subject: _Subject, name: str) -> Trial:
    """One more case, on which an input has an effect that no case so far has shown."""
    for number in range(MAX_FRESH_CASES):
        case = subject.extra(MAX_EXTRA_CASES + number)
        before = subject.reference.run(case.inputs, case.dim)
        if _has_effect(subject, case, before, name, None):
            return _made(subject.reference, case, before)
    raise Rejected("degenerate: argument without effect", name)


def _has_effect(subject: _Subject, case: Case, before: Outcome, name: str, limit: int | None) -> bool:
    """Whether redrawing an argument changes an output, or makes the kernel do something undefined."""
    for attempt in range(1 if limit is not None else 2):
        values = _redrawn(subject, case, name, attempt)
        try:
            outcome = subject.reference.run(case.inputs | {name: values}, case.dim, limit=limit)
        except Fault:
            return True
        others = [leaf for leaf in outcome.values if leaf.split(".")[0] != name]
        if any(not _same(outcome.values[leaf], before.values[leaf]) for leaf in others):
            return True
    return False


def _redrawn(subject: _Subject, case: Case, name: str, attempt: int) -> Any:
    known = subject.facts.arguments.get(name, {})
    if "equals" in known:
        return np.asarray((int(case.inputs[name]) // 2, 1)[attempt], case.inputs[name].dtype)
    argument = next(a for a in subject.reference.arguments if a.name == name)
    facts = dataclasses.replace(subject.facts, dims=case.dims, follows={})
    numbers = constants(subject.item.source)
    return make_case([argument], facts, numbers, case.seed + 31 + attempt, ("uniform", "edges")[attempt]).inputs[name]
