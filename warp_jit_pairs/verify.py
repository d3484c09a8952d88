"""The verdict on a kernel: compiled, agreed with the reference, adjoint agreed with differences, not degenerate.

`verify_batch` takes kernels with their generated code through reference, compiler and executor together. A kernel that
must not become a record gives `Rejected`; one that the reference cannot judge gives a `Verdict` that says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .adjoint_limits import adjoint_limit
from .columns import VERIFY_LEVELS
from .compare import Difference, as_floats, compare, expected
from .compile import Clang, Compiler, Unit, compile_units
from .errors import Rejected, UnknownNameError
from .execute import Answer, Executor, Launch
from .execute_cuda import CudaExecutor, CudaKernel
from .gradient import NOT_FINITE, GradientResult, check_gradient, seeds_for
from .inputs import SMOOTH
from .judge import Judged as _Judged
from .judge import Trial as _Trial
from .judge import VerifyItem, judge, sensitivity
from .leaves import Data, leaf_types, promoted
from .reference import Fault, Unsupported
from .reverse_pass import VARIANTS, ReverseReference
from .verify_cuda import CudaVerdict, Run, Subject, verify_on_cuda

FOLLOWED = ", as the reverse pass is known to do it"
"""Ends the reason of a kernel whose adjoint is not the derivative, but what Warp's reverse pass makes of it."""


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
    cuda: CudaVerdict = field(default_factory=CudaVerdict)


@dataclass(frozen=True, slots=True)
class Gpu:
    """Where the level "cuda" is proven: what launches there, and each item's kernel for it, or why it cannot run."""

    executor: CudaExecutor
    kernels: Sequence[CudaKernel | Rejected]


def verify_batch(
    items: Sequence[VerifyItem],
    level: str,
    executor: Executor | None = None,
    compiler: Compiler | None = None,
    gpu: Gpu | None = None,
) -> list[Verdict | Rejected]:
    """Verify kernels together; the results are in the order of the items.

    Args:
        items: Kernels with their generated C++.
        level: One of `VERIFY_LEVELS`; each includes those before it.
        executor: Runs compiled code; one is made (and closed) if none is given.
        compiler: C++ to object code, `Clang()` if none is given.
        gpu: For the level "cuda".
    """
    if level not in VERIFY_LEVELS:
        raise UnknownNameError("verification level", level, list(VERIFY_LEVELS))
    results: list[Verdict | Rejected] = [Verdict("not run", "not run", "not run") for _ in items]
    if level == "none":
        return results
    on_gpu = level == "cuda"
    level = "gradient" if on_gpu else level
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
    runs: dict[int, Run] = {}
    try:
        for module in modules:
            members = [waiting[place] for place in module.members]
            dimensions = [items[i].unit.dimensions for i in members]
            _run_module(module.object, members, dimensions, judged, results, level, own, runs)
    finally:
        if executor is None:
            own.close()
    if on_gpu and gpu is not None:
        _add_cuda(results, judged, runs, gpu)
    return results


def _add_cuda(
    results: list[Verdict | Rejected], judged: Mapping[int, _Judged], runs: Mapping[int, Run], gpu: Gpu
) -> None:
    """Run on the GPU what agreed on the CPU, and put what came of it into the verdicts."""
    subjects: dict[int, Subject] = {}
    for index, run in runs.items():
        found, kernel = results[index], gpu.kernels[index]
        if not isinstance(found, Verdict) or found.executed != "passed":
            continue
        if isinstance(kernel, Rejected):
            results[index] = dataclasses.replace(found, cuda=CudaVerdict("not run", str(kernel)))
        else:
            subjects[index] = Subject(judged[index], kernel, run, found.gradient == "passed")
    verdicts = verify_on_cuda(list(subjects.values()), gpu.executor, _gradient)
    for index, verdict in zip(subjects, verdicts, strict=True):
        found = results[index]
        assert isinstance(found, Verdict)
        results[index] = dataclasses.replace(found, cuda=verdict)


def _unit(item: VerifyItem, backward: bool) -> Unit:
    unit = item.unit
    return unit if backward else Unit(unit.kernel, unit.support, unit.forward)


def _judge(item: VerifyItem) -> _Judged | Verdict | Rejected:
    """What the reference makes of a kernel, or the result that it ends with."""
    try:
        return judge(item)
    except Unsupported as stop:
        return Verdict("passed", "unsupported", "unsupported", str(stop))
    except Rejected as reason:
        return reason


def _run_module(
    compiled: bytes,
    members: Sequence[int],
    dimensions: Sequence[int],
    judged: Mapping[int, _Judged],
    results: list[Verdict | Rejected],
    level: str,
    executor: Executor,
    runs: dict[int, Run],
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
    for owner, launch, answer in zip(owners, launches, answers, strict=True):
        run = runs.setdefault(owner, Run([], []))
        run.launches.append(launch)
        run.answers.append(answer)
    for index in dict.fromkeys(owners):
        try:
            results[index] = _verdict(judged[index], runs[index].answers, level)
        except Rejected as reason:
            results[index] = reason


def _launches(kernel: _Judged, place: int, level: str) -> list[Launch]:
    """One launch a case; those of smooth cases with the adjoint, on arrays as after and as before the launch."""
    kinds = leaf_types(kernel.reference.arguments)
    seeded = [name for name in kernel.outputs if kinds[name].is_float]
    with_adjoint = (
        level == "gradient" and kernel.differentiates and bool(kernel.input_leaves()) and not kernel.contended
    )
    made: list[Launch] = []
    for trial in kernel.trials:
        arguments = (place, trial.case.dim, kernel.reference.arguments, trial.case.inputs)
        if with_adjoint and trial.case.distribution in SMOOTH:
            sure = {name: _expected(kernel, trial, name)[0] for name in seeded}  # NaN, and no seed, where not compared
            trial.seeds = seeds_for(seeded, as_floats(sure, kinds), kinds, trial.case.seed + 3)
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
    given: list[Answer] = []
    for trial in kernel.trials:
        answer = next(remaining)
        given.append(answer)
        early = next(remaining) if trial.seeds else answer
        if answer.reason or early.reason:
            raise Rejected(f"native launch {answer.reason or early.reason}")
        for name in sorted(answer.outputs):
            found = _compared(kernel, trial, name, answer)
            if not found.worst <= 1.0 and kinds[name].is_float and not trial.moved:
                trial.moved = sensitivity(kernel, trial)
                found = _compared(kernel, trial, name, answer)
            if not found.worst <= 1.0:
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
        _stored(kernel, given),
    )


def _compared(kernel: _Judged, trial: _Trial, name: str, answer: Answer) -> Difference:
    declared, exact = trial.declared.values[name], trial.exact.values[name]
    kind = leaf_types(kernel.reference.arguments)[name]
    return compare(answer.outputs[name], declared, exact, kind, kernel.tolerance, trial.moved.get(name, 0.0))


def _gradient(kernel: _Judged, trial: _Trial, after: Answer, before: Answer) -> GradientResult:
    """The adjoint as run after the forward launch; for leaves that differ, as run on the arrays before it.

    Generated adjoints replay the forward pass on what the arrays hold; which of the two states that must be depends
    on whether a kernel overwrites what it reads, or reads what it wrote.
    """
    kinds = leaf_types(kernel.reference.arguments)
    seeds = as_floats(trial.seeds, kinds)

    def check(answer: Answer, leaves: Sequence[str]) -> GradientResult:
        adjoints = as_floats(answer.gradients, kinds)
        return check_gradient(kernel.reference, trial.case, seeds, adjoints, leaves, kernel.tolerance.gradient)

    first = check(after, kernel.input_leaves())
    if not first.wrong:
        return first
    second = check(before, list(first.wrong))
    adjoints = [as_floats(answer.gradients, kinds) for answer in (after, before)]
    return GradientResult(
        first.right | second.right,
        max(first.worst, second.worst),
        second.wrong,
        first.unsure | second.unsure,
        *_replayed(kernel, trial, adjoints, second.wrong),
    )


def _replayed(
    kernel: _Judged, trial: _Trial, adjoints: Sequence[Mapping[str, Data]], wrong: Mapping[str, str]
) -> tuple[frozenset[str], frozenset[str]]:
    """The wrong leaves whose adjoint is what Warp's reverse pass is known to compute, and those that may be so."""
    limited = [leaf for leaf in sorted(wrong) if adjoint_limit(kernel.item.source, leaf)]
    seeds = as_floats(trial.seeds, leaf_types(kernel.reference.arguments))
    left, unsure = limited, set[str]()
    for variant in VARIANTS:
        if not left:
            break
        try:
            reference = ReverseReference(kernel.item.source, variant)
            reference.record(promoted(reference.arguments, trial.case.inputs), trial.case.dim)
            for given in adjoints:
                found = check_gradient(
                    reference, trial.case, seeds, given, left, kernel.tolerance.gradient, bends=False
                )
                left = [leaf for leaf in left if leaf in found.wrong or leaf in found.unsure]
                unsure |= found.unsure
        except (Unsupported, Fault):
            continue
    return frozenset(limited) - frozenset(left), frozenset(left) & unsure


def _gradient_state(kernel: _Judged, results: Sequence[GradientResult], level: str) -> tuple[str, str, float]:
    if level != "gradient":
        return "not run", "", 0.0
    if kernel.contended and kernel.differentiates:
        return "unsupported", f"several threads store to an element of {kernel.contended}", 0.0
    if not results:
        return "not run", "not differentiable", 0.0
    found = [item for result in results for item in result.wrong.items()]
    wrong = dict(sorted(found, key=lambda item: item[1] != NOT_FINITE))  # a wrong number says more
    limits = {leaf: adjoint_limit(kernel.item.source, leaf) for leaf in sorted(wrong)}
    limits |= {leaf: NOT_FINITE for leaf, limit in limits.items() if not limit and wrong[leaf] == NOT_FINITE}
    for leaf, limit in limits.items():
        if not limit:
            raise Rejected("adjoint differs from differences", f"{leaf}: {wrong[leaf]}")
    if limits:
        replayed = frozenset[str]().union(*(result.replayed for result in results))
        contradicted = any(result.wrong.keys() - result.replayed - result.unreplayed for result in results)
        followed = replayed >= wrong.keys() and not contradicted
        return "unsupported", min(limits.values()) + (FOLLOWED if followed else ""), 0.0
    right = frozenset[str]().union(*(result.right for result in results))
    if not right >= frozenset(kernel.input_leaves()):
        return "unsupported", "every direction crosses a kink", 0.0
    return "passed", "", max(result.worst for result in results)


def _expected(kernel: _Judged, trial: _Trial, name: str) -> tuple[Data, float]:
    kind = leaf_types(kernel.reference.arguments)[name]
    declared, exact = trial.declared.values[name], trial.exact.values[name]
    return expected(declared, exact, kind, kernel.tolerance, trial.moved.get(name, 0.0))


def _kept(trials: Sequence[_Trial]) -> list[int]:
    """Cases that a record keeps: the first of both shapes, one with values that tie, and one that shows most besides.

    A fault that only moves a tie (`>` for `>=`) shows in no other. Of the rest, a case counts that changes an output
    which no kept one changes, for else a kernel that does nothing would pass; then one that takes further branches.
    """
    tying = [place for place, trial in enumerate(trials) if trial.case.distribution == "coarse"]
    threads = [int(np.prod(trial.case.dim)) for trial in trials]
    kept = {0, 1, max(tying, key=threads.__getitem__, default=len(trials) - 1)}
    changed = frozenset[str]().union(*(trials[place].changed() for place in kept))
    taken = frozenset[int]().union(*(trials[place].declared.taken for place in kept))
    further = [(len(trial.changed() - changed), len(trial.declared.taken - taken)) for trial in trials]
    most = max(further)
    return sorted(kept | ({further.index(most)} if any(most) else set()))


def _stored(kernel: _Judged, given: Sequence[Answer]) -> tuple[TestCase, ...]:
    """Cases for the record, as flat leaves.

    Whole numbers that the two precisions disagree about, where no NaN can say so, are stored as they were found.
    """
    kinds = leaf_types(kernel.reference.arguments)
    stored = []
    for place in _kept(kernel.trials):
        trial, answer = kernel.trials[place], given[place]
        outputs, worst = {}, 0.0
        for name in kernel.outputs:
            outputs[name], allowed = _expected(kernel, trial, name)
            if not kinds[name].is_float:
                sure = trial.declared.values[name] == trial.exact.values[name]
                outputs[name] = np.where(sure, outputs[name], answer.outputs[name].reshape(sure.shape))
            worst = max(worst, allowed)
        inputs = kernel.reference.stored_leaves(trial.case.inputs)
        scalars = {name: kinds[name].scalar for name in kinds if name in inputs or name in outputs}
        stored.append(TestCase(trial.case.seed, trial.case.dim, inputs, outputs, scalars, worst))
    return tuple(stored)


__all__ = ["Gpu", "TestCase", "Verdict", "VerifyItem", "verify_batch"]
