"""The verdict of a GPU: outputs agree with the reference, and adjoints with the CPU's or with differences.

The launches are those that the CPU answered. Outputs are held to the same bounds as the CPU's (`compare.py`), which
grant what declared precision and float64 differ by. A GPU fuses products with sums and rounds functions otherwise, so
that at a jump (a tie, a threshold, an edge between two faces of a mesh) it may stand on the other side: an output that
differs must be what the reference gives for inputs that are off by no more than rounding.

Adjoints may differ from the CPU's by the tolerance of gradients, relative to max(1, |adjoint|); where they differ by
more, as where kinks or sensitive elements are near, differences of the reference decide as they do for the CPU.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .compare import Tolerance, as_floats, compare, unexplained
from .execute import Answer, Launch
from .execute_cuda import CudaAnswer, CudaExecutor, CudaKernel
from .gradient import GradientResult
from .judge import Judged, Trial
from .leaves import Data, leaf_types, promoted, views
from .reference import Fault, Unsupported


@dataclass(frozen=True, slots=True)
class CudaVerdict:
    """What a GPU found: `state` is "passed", "failed" or "not run".

    Errors of outputs and of adjoints are relative to max(1, |value|), the worst for each scalar type; `resources` are
    registers and bytes of local and static shared memory, by direction.
    """

    state: str = "not run"
    reason: str = ""
    errors: Mapping[str, float] = field(default_factory=dict)
    gradient_errors: Mapping[str, float] = field(default_factory=dict)
    resources: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    jumps: int = 0
    """Outputs (a leaf of one case each) that agreed only with the reference nearby."""


@dataclass(frozen=True, slots=True)
class Run:
    """A kernel's launches, and what the CPU answered."""

    launches: list[Launch]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Subject:
    """A kernel that agreed on the CPU; `gradient` says whether its adjoint agreed with differences there."""

    judged: Judged
    kernel: CudaKernel
    run: Run
    gradient: bool


CheckGradient = Callable[[Judged, Trial, Answer, Answer], GradientResult]
"""Checks adjoints of a trial, as run on the arrays after and before the forward launch, against differences."""


NEARBY = 16
"""Runs of the reference with slightly other inputs that may explain an output."""
_STEP = 0.2
"""How far these inputs are off, in parts of the tolerance, relative to max(1, |value|)."""
_TEXELS = 5e-3
"""GPUs interpolate textures with weights of 8 bits."""
_TEXEL_STEPS = 5e-2
"""Adjoints by one coordinate weigh the other ones so."""


class _Failed(Exception):
    pass


def verify_on_cuda(
    subjects: Sequence[Subject], executor: CudaExecutor, check_gradient: CheckGradient
) -> list[CudaVerdict]:
    """Run kernels on a GPU, each with all its launches, and compare."""
    launches: list[Launch] = []
    for place, subject in enumerate(subjects):
        for launch in subject.run.launches:
            launches.append(Launch(place, launch.dim, launch.arguments, launch.inputs, launch.seeds, launch.before))
    answers = iter(executor.run([subject.kernel for subject in subjects], launches))
    return [_verdict(subject, [next(answers) for _ in subject.run.launches], check_gradient) for subject in subjects]


def _verdict(subject: Subject, answers: Sequence[CudaAnswer], check_gradient: CheckGradient) -> CudaVerdict:
    resources = {direction: found for answer in answers for direction, found in answer.resources.items()}
    errors: dict[str, float] = {}
    gradient_errors: dict[str, float] = {}
    jumps = 0
    pairs = iter(zip(subject.run.answers, answers, strict=True))
    try:
        for trial in subject.judged.trials:
            cpu, gpu = next(pairs)
            early = next(pairs) if trial.seeds else None
            for answer in (gpu, *((early[1],) if early else ())):
                if answer.reason:
                    raise _Failed(answer.reason)
            jumps += _compare_outputs(subject.judged, trial, gpu, errors)
            if early:
                cpus, gpus = (cpu, early[0]), (gpu, early[1])
                _compare_adjoints(subject, trial, cpus, gpus, check_gradient, gradient_errors)
    except _Failed as reason:
        return CudaVerdict("failed", str(reason), errors, gradient_errors, resources, jumps)
    return CudaVerdict("passed", "", errors, gradient_errors, resources, jumps)


def _tolerance(judged: Judged) -> Tolerance:
    given = judged.tolerance
    if "texture_sample" not in judged.item.source:
        return given
    return dataclasses.replace(given, base=max(given.base, _TEXELS), gradient=max(given.gradient, _TEXEL_STEPS))


def _compare_outputs(judged: Judged, trial: Trial, gpu: CudaAnswer, errors: dict[str, float]) -> int:
    """Keep the worst errors; returns how many outputs agreed with the reference nearby alone."""
    kinds = leaf_types(judged.reference.arguments)
    tolerance = _tolerance(judged)
    nearby: list[Mapping[str, Data]] = []
    jumps = 0
    for name in sorted(gpu.outputs):
        declared, exact = trial.declared.values[name], trial.exact.values[name]
        found = compare(gpu.outputs[name], declared, exact, kinds[name], tolerance, trial.moved.get(name, 0.0))
        if not found.worst <= 1.0:
            nearby = nearby or list(_nearby(judged, trial))
            others = (values[name] for values in nearby)
            if not nearby or unexplained(gpu.outputs[name], declared, exact, others, kinds[name], tolerance):
                raise _Failed(f"outputs differ: {name}, {trial.case.distribution}, relative error {found.error:.3g}")
            jumps += 1
            continue
        scalar = kinds[name].scalar
        errors[scalar] = max(errors.get(scalar, 0.0), found.error)
    return jumps


def _nearby(judged: Judged, trial: Trial) -> Iterator[Mapping[str, Data]]:
    """What the reference gives, in float64, for inputs a rounding away."""
    reference = judged.reference
    stream = np.random.Generator(np.random.PCG64(trial.case.seed + 11))
    step = _STEP * judged.tolerance.base
    for _ in range(NEARBY):
        values = promoted(reference.arguments, trial.case.inputs)
        for leaf in views(reference.arguments, values).values():
            if leaf.dtype.kind == "f":
                off = step * (2.0 * stream.random(leaf.size).reshape(leaf.shape) - 1.0)
                leaf[...] = leaf + off * np.maximum(1.0, np.abs(leaf))
        try:
            yield reference.run(values, trial.case.dim, "float64").values
        except (Fault, Unsupported):
            continue


def _compare_adjoints(
    subject: Subject,
    trial: Trial,
    cpu: tuple[Answer, Answer],
    gpu: tuple[CudaAnswer, CudaAnswer],
    check_gradient: CheckGradient,
    errors: dict[str, float],
) -> None:
    """Leaves that do not agree with the CPU's must agree with differences.

    An adjoint that is no derivative on the CPU either must agree with one of the CPU's two.
    """
    judged = subject.judged
    kinds = leaf_types(judged.reference.arguments)
    tolerance = _tolerance(judged).gradient
    pairs = [
        (as_floats(one.gradients, kinds), as_floats(other.gradients, kinds))
        for one, other in zip(cpu, gpu, strict=True)
    ]
    agreeing = max if subject.gradient else min
    differing: dict[str, float] = {}
    for leaf in judged.input_leaves():
        error = agreeing(adjoint_distance(right[leaf], given[leaf]) for right, given in pairs)
        if error <= tolerance:
            scalar = kinds[leaf].scalar
            errors[scalar] = max(errors.get(scalar, 0.0), error)
        else:
            differing[leaf] = error
    if differing and subject.gradient:
        after, before = (Answer(answer.outputs, answer.gradients) for answer in gpu)
        wrong = check_gradient(judged, trial, after, before).wrong
        differing = {leaf: error for leaf, error in differing.items() if leaf in wrong}
    for leaf, error in differing.items():
        raise _Failed(f"adjoint differs: {leaf}, {trial.case.distribution}, relative error {error:.3g}")


def adjoint_distance(right: Data, given: Data) -> float:
    """The worst error relative to max(1, |right|), where the right one is finite."""
    with np.errstate(all="ignore"):
        error = np.abs(given.reshape(right.shape) - right) / np.maximum(1.0, np.abs(right))
    error = np.where(np.isfinite(error), error, np.inf)[np.isfinite(right)]
    return float(error.max(initial=0.0))
