"""The reference's part of a verdict: a kernel's cases, what they should give, and whether that proves anything.

Refuses what is undefined, constant, without effect or dependent on the order of threads. Running compiled code on the
same cases and comparing is left to `verify.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .compare import Tolerance, tolerance_of
from .compile import Unit
from .errors import Rejected
from .inputs import Case, Facts, extra_case, make_case, standard_cases
from .leaves import Data, array_leaves, leaf_types
from .reference import Fault, HandleType, Outcome, Reference, StructType, Unsupported, ValueType

MAX_EXTRA_CASES = 6


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

    @property
    def differentiates(self) -> bool:
        kinds = leaf_types(self.reference.arguments)
        return (
            self.item.differentiable and bool(self.item.unit.backward) and any(kinds[o].is_float for o in self.outputs)
        )

    def input_leaves(self) -> list[str]:
        """Float leaves in arrays that are not outputs only, nor accumulators with a fixed start."""
        kinds = leaf_types(self.reference.arguments)
        held = array_leaves(self.reference.arguments)
        return [leaf for leaf in kinds if leaf in held and kinds[leaf].is_float and self._varies(leaf)]

    def _varies(self, leaf: str) -> bool:
        known = self.facts.arguments.get(leaf.split(".")[0], {})
        return known.get("role") != "out" and known.get("low", -1.0) != known.get("high", 1.0)


def _holds_handle(kind: ValueType) -> bool:
    if isinstance(kind, StructType):
        return any(_holds_handle(inner) for _, inner in kind.fields)
    return isinstance(kind, HandleType)


def judge(item: VerifyItem) -> Judged:
    """Run the reference on all cases.

    Raises:
        Unsupported: the reference cannot judge this kernel.
        Rejected: it must not become a record: undefined behaviour, or nothing that its execution would prove.
    """
    reference = Reference(item.source)
    if any(_holds_handle(argument.type) for argument in reference.arguments):
        raise Unsupported("argument that is a handle")
    facts = Facts.guess(reference.arguments, item.unit.dimensions) if item.metadata is None else Facts.of(item.metadata)
    try:
        trials = _trials(reference, facts, item)
        outputs = _changed(reference, trials)
        _refuse_degenerate(reference, facts, trials, outputs, item)
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
    return Judged(item, reference, facts, tolerance, trials, outputs, 2 * len(branches), missed)


def _trial(reference: Reference, case: Case) -> Trial | None:
    """Both precisions of one case; None where an optional case is undefined."""
    try:
        return _made(reference, case, reference.run(case.inputs, case.dim))
    except Fault:
        if case.optional:
            return None
        raise


def _made(reference: Reference, case: Case, declared: Outcome) -> Trial:
    exact = reference.run(case.inputs, case.dim, "float64")
    return Trial(case, declared, exact, reference.untouched(case.inputs))


def _trials(reference: Reference, facts: Facts, item: VerifyItem) -> list[Trial]:
    """The standard cases, and more while branches are missing."""
    made = [_trial(reference, case) for case in standard_cases(reference.arguments, facts, item.source, item.seed)]
    trials = [trial for trial in made if trial is not None]
    taken = set().union(*(trial.declared.taken for trial in trials))
    for number in range(MAX_EXTRA_CASES):
        if len(taken) >= 2 * len(reference.branches()):
            break
        case = extra_case(reference.arguments, facts, item.source, item.seed, number)
        outcome = reference.run(case.inputs, case.dim)
        if outcome.taken - taken:
            trials.append(_made(reference, case, outcome))
            taken |= outcome.taken
    return trials


def _same(a: Data, b: Data) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _changed(reference: Reference, trials: Sequence[Trial]) -> list[str]:
    """Leaves in arrays that some case changed."""
    found: set[str] = set()
    for trial in trials:
        values = trial.declared.values
        found |= {name for name, data in values.items() if not _same(data, trial.before[name])}
    return sorted(found & array_leaves(reference.arguments))


def _refuse_degenerate(
    reference: Reference, facts: Facts, trials: Sequence[Trial], outputs: Sequence[str], item: VerifyItem
) -> None:
    """Raise `Rejected` for a kernel whose execution would prove nothing."""
    if not outputs:
        raise Rejected("degenerate: outputs unchanged")
    _refuse_constant(trials, outputs)
    first = trials[0]
    reverse = reference.run(first.case.inputs, first.case.dim, "float64", order="reverse")
    for name in outputs:
        a, b = first.exact.values[name], reverse.values[name]
        near = np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True) if a.dtype.kind == "f" else _same(a, b)
        if not near:
            raise Rejected("depends on thread order", name)
    if item.metadata is not None:
        partial: dict[int, Outcome] = {}
        for argument in reference.arguments:
            if facts.arguments.get(argument.name, {}).get("role") == "in":
                _refuse_unused(reference, facts, trials, argument.name, partial)


def _refuse_constant(trials: Sequence[Trial], outputs: Sequence[str]) -> None:
    written: list[Data] = []
    for trial in trials:
        for name in outputs:
            data = trial.declared.values[name]
            written.append(data[data != trial.before[name]].ravel())
    values = np.concatenate([part.astype(np.float64) for part in written])
    if not np.isfinite(values).any():
        raise Rejected("degenerate: nothing finite")
    finite = values[np.isfinite(values)]
    if len(finite) > len(trials) and (finite == finite[0]).all():
        raise Rejected("degenerate: constant output")


def _refuse_unused(
    reference: Reference, facts: Facts, trials: Sequence[Trial], name: str, partial: dict[int, Outcome]
) -> None:
    """Refuse an input that can be redrawn without changing an output.

    Some threads of each case are asked first (`partial` keeps what they give with nothing redrawn), then all.
    """
    for limit in (8, None):
        for number, trial in enumerate(trials):
            if limit is not None and number not in partial:
                partial[number] = reference.run(trial.case.inputs, trial.case.dim, limit=limit)
            before = trial.declared if limit is None else partial[number]
            if _has_effect(reference, facts, trial.case, before, name, limit):
                return
    raise Rejected("degenerate: argument without effect", name)


def _has_effect(reference: Reference, facts: Facts, case: Case, before: Outcome, name: str, limit: int | None) -> bool:
    """Whether redrawing an argument changes an output, or makes the kernel do something undefined."""
    for attempt in range(1 if limit is not None else 2):
        values = _redrawn(reference, facts, case, name, attempt)
        try:
            outcome = reference.run(case.inputs | {name: values}, case.dim, limit=limit)
        except Fault:
            return True
        others = [leaf for leaf in outcome.values if leaf.split(".")[0] != name]
        if any(not _same(outcome.values[leaf], before.values[leaf]) for leaf in others):
            return True
    return False


def _redrawn(reference: Reference, facts: Facts, case: Case, name: str, attempt: int) -> Any:
    known = facts.arguments.get(name, {})
    if "equals" in known:
        return np.asarray((int(case.inputs[name]) // 2, 1)[attempt], case.inputs[name].dtype)
    argument = next(a for a in reference.arguments if a.name == name)
    sizes = Facts(facts.launch, _sizes_of(case, facts), facts.fixed, facts.arguments)
    distribution = ("uniform", "edges")[attempt]
    return make_case([argument], sizes, (), case.seed + 31 + attempt, distribution).inputs[name]


def _sizes_of(case: Case, facts: Facts) -> dict[str, int]:
    """The dimensions that a case was drawn with, read off its arrays."""
    sizes = dict(facts.dims)
    for name, known in facts.arguments.items():
        value = case.inputs.get(name)
        if "shape" in known and isinstance(value, np.ndarray):
            sizes |= {s: int(n) for s, n in zip(known["shape"], value.shape, strict=False) if isinstance(s, str)}
    return sizes
