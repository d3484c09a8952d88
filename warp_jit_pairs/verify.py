"""The verdict on a kernel: compiled, agreed with the reference, adjoint agreed with differences, not degenerate.

`verify_batch` takes kernels with their generated code through reference, compiler and executor together. A kernel that
must not become a record gives `Rejected`; one that the reference cannot judge gives a `Verdict` that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .adjoint_limits import adjoint_limit
from .compare import TOLERANCES, Tolerance, as_floats, coarsest, compare, expected
from .compile import Clang, Compiler, Unit, compile_units
from .errors import Rejected, UnknownNameError
from .execute import Answer, Executor, Launch
from .gradient import GradientResult, check_gradient, seeds_for
from .inputs import SMOOTH, Case, Facts, extra_case, make_case, standard_cases
from .leaves import Data, array_leaves, leaf_types
from .reference import ArrayType, Fault, HandleType, Outcome, Reference, StructType, Unsupported, ValueType
from .schema import VERIFY_LEVELS

MAX_EXTRA_CASES = 6
STORED_CASES = 3


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


@dataclass(frozen=True, slots=True)
class TestCase:
    """A launch that anybody can repeat: outputs must agree within `tolerance` of max(1, |expected|), NaN excepted."""

    __test__ = False

    seed: int
    dim: tuple[int, ...]
    inputs: dict[str, Data]
    outputs: dict[str, Data]
    scalars: dict[str, str]
    """Warp's scalar type of each leaf."""
    tolerance: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found; the three states are "passed", "unsupported" or "not run"."""

    compiled: str
    executed: str
    gradient: str
    reason: str = ""
    forward_error: float = 0.0
    gradient_error: float = 0.0
    branches: int = 0
    missed: tuple[str, ...] = ()
    launches: int = 0
    skipped: float = 0.0
    cases: tuple[TestCase, ...] = ()


@dataclass(slots=True)
class _Trial:
    """One case of a kernel on its way: the reference's outcomes, and the launches made of it."""

    case: Case
    declared: Outcome
    exact: Outcome
    before: dict[str, Data]
    seeds: dict[str, Data] = field(default_factory=dict)


@dataclass(slots=True)
class _Judged:
    """A kernel that the reference ran."""

    item: VerifyItem
    reference: Reference
    facts: Facts
    tolerance: Tolerance
    trials: list[_Trial]
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


def verify_batch(
    items: Sequence[VerifyItem],
    level: str,
    executor: Executor | None = None,
    compiler: Compiler | None = None,
) -> list[Verdict | Rejected]:
    """Verify kernels together; the results are in the order of the items.

    Args:
        items: Kernels with their generated C++.
        level: One of `VERIFY_LEVELS`; each includes those before it.
        executor: Runs compiled code; one is made (and closed) if none is given.
        compiler: C++ to object code, `Clang()` if none is given.
    """
    if level not in VERIFY_LEVELS:
        raise UnknownNameError("verification level", level, list(VERIFY_LEVELS))
    results: list[Verdict | Rejected] = [Verdict("not run", "not run", "not run") for _ in items]
    if level == "none":
        return results
    judged: dict[int, _Judged] = {}
    if level != "compile":
        for index, item in enumerate(items):
            found = _judge(item)
            if isinstance(found, _Judged):
                judged[index] = found
            else:
                results[index] = found
    waiting = [i for i, result in enumerate(results) if not isinstance(result, Rejected)]
    backward = level == "gradient"
    units = [_unit(items[i], backward or level == "compile") for i in waiting]
    modules, failed = compile_units(units, compiler or Clang())
    for place, reason in failed.items():
        results[waiting[place]] = reason
    own = executor or Executor()
    try:
        for module in modules:
            members = [waiting[place] for place in module.members]
            dimensions = [items[i].unit.dimensions for i in members]
            _run_module(module.object, members, dimensions, judged, results, level, own)
    finally:
        if executor is None:
            own.close()
    return results


def _unit(item: VerifyItem, backward: bool) -> Unit:
    unit = item.unit
    return unit if backward else Unit(unit.kernel, unit.support, unit.forward)


# -- the reference's part


def _holds_handle(kind: ValueType) -> bool:
    if isinstance(kind, StructType):
        return any(_holds_handle(inner) for _, inner in kind.fields)
    return isinstance(kind, HandleType)


def _judge(item: VerifyItem) -> _Judged | Verdict | Rejected:
    """Run the reference on all cases."""
    try:
        reference = Reference(item.source)
        if any(_holds_handle(argument.type) for argument in reference.arguments):
            raise Unsupported("argument that is a handle")
        facts = (
            Facts.guess(reference.arguments, item.unit.dimensions) if item.metadata is None else Facts.of(item.metadata)
        )
        trials = _trials(reference, facts, item)
        outputs = _changed(reference, trials)
        _refuse_degenerate(reference, facts, trials, outputs, item)
    except Unsupported as stop:
        return Verdict("passed", "unsupported", "unsupported", str(stop))
    except Fault as stop:
        return Rejected(f"undefined behaviour: {stop.reason}", stop.detail)
    except Rejected as reason:
        return reason
    taken: set[int] = set().union(*(trial.declared.taken for trial in trials))
    branches = reference.branches()
    missed = tuple(
        f"{branch.kind} at line {branch.line} never {'true' if outcome == 0 else 'false'}"
        for number, branch in enumerate(branches)
        for outcome in (0, 1)
        if 2 * number + outcome not in taken
    )
    tolerance = TOLERANCES[coarsest(item.source)]
    return _Judged(item, reference, facts, tolerance, trials, outputs, 2 * len(branches), missed)


def _trial(reference: Reference, case: Case) -> _Trial | None:
    """Both precisions of one case; None where an optional case is undefined."""
    try:
        return _made(reference, case, reference.run(case.inputs, case.dim))
    except Fault:
        if case.optional:
            return None
        raise


def _made(reference: Reference, case: Case, declared: Outcome) -> _Trial:
    exact = reference.run(case.inputs, case.dim, "float64")
    return _Trial(case, declared, exact, reference.untouched(case.inputs))


def _trials(reference: Reference, facts: Facts, item: VerifyItem) -> list[_Trial]:
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


def _changed(reference: Reference, trials: Sequence[_Trial]) -> list[str]:
    """Leaves in arrays that some case changed."""
    found: set[str] = set()
    for trial in trials:
        values = trial.declared.values
        found |= {name for name, data in values.items() if not _same(data, trial.before[name])}
    return sorted(found & array_leaves(reference.arguments))


def _refuse_degenerate(
    reference: Reference, facts: Facts, trials: Sequence[_Trial], outputs: Sequence[str], item: VerifyItem
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


def _refuse_constant(trials: Sequence[_Trial], outputs: Sequence[str]) -> None:
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
    reference: Reference, facts: Facts, trials: Sequence[_Trial], name: str, partial: dict[int, Outcome]
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


# -- the compiled code's part


def _run_module(
    compiled: bytes,
    members: Sequence[int],
    dimensions: Sequence[int],
    judged: Mapping[int, _Judged],
    results: list[Verdict | Rejected],
    level: str,
    executor: Executor,
) -> None:
    launches: list[Launch] = []
    owners: list[int] = []
    for place, index in enumerate(members):
        if index not in judged:
            found = results[index]
            if isinstance(found, Verdict) and found.executed == "not run":
                results[index] = Verdict("passed", "not run", "not run")
            continue
        made = _launches(judged[index], place, level)
        launches += made
        owners += [index] * len(made)
    answers = executor.run(compiled, dimensions, launches)
    given: dict[int, list[Answer]] = {}
    for owner, answer in zip(owners, answers, strict=True):
        given.setdefault(owner, []).append(answer)
    for index, mine in given.items():
        try:
            results[index] = _verdict(judged[index], mine, level)
        except Rejected as reason:
            results[index] = reason


def _launches(kernel: _Judged, place: int, level: str) -> list[Launch]:
    """One launch a case; those of smooth cases with the adjoint, on arrays as after and as before the launch."""
    kinds = leaf_types(kernel.reference.arguments)
    seeded = [name for name in kernel.outputs if kinds[name].is_float]
    with_adjoint = level == "gradient" and kernel.differentiates and bool(kernel.input_leaves())
    made: list[Launch] = []
    for trial in kernel.trials:
        arguments = (place, trial.case.dim, kernel.reference.arguments, trial.case.inputs)
        if with_adjoint and trial.case.distribution in SMOOTH:
            exact = as_floats(trial.exact.values, kinds)
            trial.seeds = seeds_for(seeded, exact, kinds, trial.case.seed + 3)
            made.append(Launch(*arguments, seeds=trial.seeds))
            made.append(Launch(*arguments, seeds=trial.seeds, before=True))
        else:
            made.append(Launch(*arguments))
    return made


def _verdict(kernel: _Judged, answers: Sequence[Answer], level: str) -> Verdict:
    """Compare every case; raises `Rejected` at the first disagreement."""
    remaining = iter(answers)
    kinds = leaf_types(kernel.reference.arguments)
    worst, skipped, size = 0.0, 0, 0
    gradients: list[GradientResult] = []
    for trial in kernel.trials:
        answer = next(remaining)
        early = next(remaining) if trial.seeds else answer
        if answer.reason or early.reason:
            raise Rejected(f"native launch {answer.reason or early.reason}")
        for name in sorted(answer.outputs):
            declared, exact = trial.declared.values[name], trial.exact.values[name]
            found = compare(answer.outputs[name], declared, exact, kinds[name], kernel.tolerance)
            if found.worst > 1.0:
                detail = f"{name}, {trial.case.distribution}, relative error {found.error:.3g}"
                raise Rejected("outputs differ from the reference", detail)
            worst = max(worst, found.error)
            if name in kernel.outputs:
                skipped, size = skipped + found.skipped, size + found.size
        if trial.seeds:
            gradients.append(_gradient(kernel, trial, answer, early))
    if skipped > 0.5 * size:
        raise Rejected("ill-conditioned", f"{skipped} of {size} elements cannot be compared")
    state, reason, error = _gradient_state(kernel, gradients, level)
    return Verdict(
        "passed",
        "passed",
        state,
        reason,
        worst,
        error,
        kernel.branches,
        kernel.missed,
        len(kernel.trials),
        skipped / max(size, 1),
        _stored(kernel),
    )


def _gradient(kernel: _Judged, trial: _Trial, after: Answer, before: Answer) -> GradientResult:
    """The adjoint as run after the forward launch; where that differs, as run on the arrays before it.

    Generated adjoints replay the forward pass on what the arrays hold; which of the two states that must be depends
    on whether a kernel overwrites what it reads, or reads what it wrote.
    """
    kinds = leaf_types(kernel.reference.arguments)
    seeds = as_floats(trial.seeds, kinds)
    for answer in (after, before):
        result = check_gradient(
            kernel.reference,
            trial.case,
            seeds,
            as_floats(answer.gradients, kinds),
            kernel.input_leaves(),
            kernel.tolerance.gradient,
        )
        if not result.wrong:
            return result
    return result


def _gradient_state(kernel: _Judged, results: Sequence[GradientResult], level: str) -> tuple[str, str, float]:
    if level != "gradient":
        return "not run", "", 0.0
    if not results:
        return "not run", "not differentiable", 0.0
    for result in results:
        if result.wrong:
            limit = adjoint_limit(kernel.item.source)
            if limit:
                return "unsupported", limit, 0.0
            raise Rejected("adjoint differs from differences", f"{result.wrong}: {result.detail}")
    if not any(result.checked for result in results):
        return "unsupported", "every direction crosses a kink", 0.0
    return "passed", "", max(result.worst for result in results)


def _stored(kernel: _Judged) -> tuple[TestCase, ...]:
    """Cases for the record: the first of each shape and those that took new branches, as flat leaves."""
    kinds = leaf_types(kernel.reference.arguments)
    stored = []
    chosen = kernel.trials[:2] + kernel.trials[-1:]
    for trial in chosen[:STORED_CASES]:
        outputs, worst = {}, 0.0
        for name in kernel.outputs:
            declared, exact = trial.declared.values[name], trial.exact.values[name]
            outputs[name], allowed = expected(declared, exact, kinds[name], kernel.tolerance)
            worst = max(worst, allowed)
        inputs = kernel.reference.stored_leaves(trial.case.inputs)
        scalars = {name: kinds[name].scalar for name in kinds if name in inputs or name in outputs}
        stored.append(TestCase(trial.case.seed, trial.case.dim, inputs, outputs, scalars, worst))
    return tuple(stored)


__all__ = ["ArrayType", "TestCase", "Verdict", "VerifyItem", "verify_batch"]
