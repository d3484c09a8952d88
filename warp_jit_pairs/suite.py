"""The kernel validation suite: Warp, the reference and the executor against answers written out in NumPy.

`run_suite` takes every kernel of `suite_kernels.py` through Warp's own launch on a device, through the reference in
both precisions and, on the CPU, through extraction, clang and the executor; forward and adjoint. It runs at every
build: a new release of Warp or NumPy that changes an answer shows here first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp

from .compile import Clang, Unit, compile_units
from .errors import Rejected, UnknownNameError
from .execute import Executor, Launch
from .extract import extract_batch
from .leaves import array_leaves, handle_leaves, leaf_types
from .live_kernels import imported
from .reference import HandleType, Reference, ReferenceStop
from .suite_check import Check
from .suite_kernels import CHECKS
from .warp_objects import warp_argument, warp_object

DEVICES = ("cpu", "cuda")
_TOLERANCE = 2e-5
_EXACT = 2e-6
_TEXELS = 5e-3
"""GPUs interpolate textures with weights of 8 bits."""

Data = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: `way` is warp, executor, reference or reference64; `direction` forward or adjoint."""

    kind: str
    name: str
    way: str
    direction: str
    passed: bool
    error: float
    detail: str = ""


def run_suite(device: str = "cpu", kinds: Sequence[str] | None = None) -> list[Comparison]:
    """Run the suite, or some kinds of it.

    Args:
        device: Where Warp launches the kernels, "cpu" or "cuda".
        kinds: Which kinds of kernels; all if None.

    Raises:
        UnknownNameError: a device or kind that does not exist.
    """
    if device not in DEVICES:
        raise UnknownNameError("device", device, list(DEVICES))
    known = sorted({check.kind for check in CHECKS})
    for kind in kinds or ():
        if kind not in known:
            raise UnknownNameError("kind of kernel", kind, known)
    chosen = [check for check in CHECKS if kinds is None or check.kind in kinds]
    results: list[Comparison] = []
    with Executor() as executor:
        for number, check in enumerate(chosen):
            results += _run_check(check, number, device, executor)
    return results


def _run_check(check: Check, number: int, device: str, executor: Executor) -> Iterator[Comparison]:
    stream = np.random.Generator(np.random.PCG64(1000 + number))
    inputs = check.inputs(stream)
    right = check.forward(inputs)
    seeds: dict[str, Data] = {}
    for name, data in right.items():
        if data.dtype.kind == "f":
            signs = np.where(stream.random(data.shape) < 0.5, -1.0, 1.0)
            seeds[name] = np.asarray(signs * (0.5 + stream.random(data.shape)), np.float32)
    gradients = check.adjoint(inputs, seeds) if check.adjoint is not None else {}
    for way in ("warp", "executor") if device == "cpu" else ("warp",):
        try:
            if way == "warp":
                outputs, adjoints = _with_warp(check, inputs, seeds, device)
            else:
                outputs, adjoints = _with_executor(check, inputs, seeds, executor)
        except Rejected as failure:
            yield Comparison(check.kind, check.name, way, "forward", False, np.inf, str(failure))
            continue
        tolerance = _TEXELS if device == "cuda" and "wp.texture" in check.source.lower() else _TOLERANCE
        yield _compared(check, way, "forward", outputs, right, tolerance)
        if check.adjoint is not None:
            yield _compared(check, way, "adjoint", adjoints, gradients, 10 * tolerance)
    for way, precision, tolerance in (("reference", "declared", _TOLERANCE), ("reference64", "float64", _EXACT)):
        try:
            values = Reference(check.source).run(inputs, check.dim, precision).values
        except ReferenceStop as failure:
            yield Comparison(check.kind, check.name, way, "forward", False, np.inf, str(failure))
            continue
        yield _compared(check, way, "forward", values, right, tolerance)


def _compared(
    check: Check, way: str, direction: str, found: Mapping[str, Data], right: Mapping[str, Data], tolerance: float
) -> Comparison:
    """The worst error relative to max(1, |answer|); integers must be equal."""
    worst, detail = 0.0, ""
    for name, answer in right.items():
        if name not in found:
            worst, detail = np.inf, f"{name} is missing"
            break
        if answer.dtype.kind == "f":
            error = float((np.abs(found[name] - answer) / np.maximum(1.0, np.abs(answer))).max())
        else:
            error = 0.0 if np.array_equal(found[name], answer) else np.inf
        if not error <= worst:
            worst, detail = error, name
    return Comparison(check.kind, check.name, way, direction, bool(worst <= tolerance), worst, detail)


def _with_executor(
    check: Check, inputs: Mapping[str, Any], seeds: Mapping[str, Data], executor: Executor
) -> tuple[Mapping[str, Data], Mapping[str, Data]]:
    code = extract_batch([check.source])[0]
    if isinstance(code, Rejected):
        raise code
    unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
    modules, failed = compile_units([unit], Clang())
    if failed:
        raise failed[0]
    arguments = Reference(check.source).arguments
    launch = Launch(0, check.dim, arguments, inputs, seeds if check.adjoint is not None else None)
    answer = executor.run(modules[0].object, [unit.dimensions], [launch])[0]
    if answer.reason:
        raise Rejected(f"native launch {answer.reason}")
    return answer.outputs, answer.gradients


def _with_warp(
    check: Check, inputs: Mapping[str, Any], seeds: Mapping[str, Data], device: str
) -> tuple[Mapping[str, Data], Mapping[str, Data]]:
    """Launch by Warp's public interface, with its tape for the adjoint."""
    arguments = Reference(check.source).arguments
    kinds = leaf_types(arguments)
    held = array_leaves(arguments) - handle_leaves(arguments)
    handles = {argument.name: argument.type for argument in arguments if isinstance(argument.type, HandleType)}
    objects = {name: warp_object(kind, inputs[name], device) for name, kind in handles.items()}
    with imported(check.source, f"suite_{check.name}") as kernel:
        given: dict[str, Any] = {}
        for argument in kernel.adj.args:
            value = inputs[argument.label]
            if argument.label in objects:
                given[argument.label] = warp_argument(objects[argument.label])
            elif isinstance(value, dict):
                given[argument.label] = _struct(argument.type, value)
            elif argument.label in held:
                differentiable = kinds[argument.label].is_float and check.adjoint is not None
                given[argument.label] = wp.array(
                    value, dtype=argument.type.dtype, device=device, requires_grad=differentiable
                )
            else:
                given[argument.label] = value.item()
        tape = wp.Tape()
        with tape:
            if check.kind == "tile":
                wp.launch_tiled(kernel, dim=check.dim, inputs=list(given.values()), block_dim=64, device=device)
            else:
                wp.launch(kernel, check.dim, inputs=list(given.values()), device=device)
        outputs = {name: given[name].numpy().copy() for name in held}
        gradients: dict[str, Data] = {}
        if check.adjoint is not None:
            tape.backward(
                grads={
                    given[name]: wp.array(seed, dtype=given[name].dtype, device=device) for name, seed in seeds.items()
                }
            )
            gradients = {name: given[name].grad.numpy() for name in held if kinds[name].is_float}
    return outputs, gradients


def _struct(kind: Any, fields: Mapping[str, Any]) -> Any:
    made = kind()
    for name, value in fields.items():
        setattr(made, name, value if value.shape else value.item())
    return made
