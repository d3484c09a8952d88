"""Verdicts: good kernels pass at every level, bad ones are refused for the right reason, mutants are caught."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from warp_jit_pairs.adjoint_limits import LOOP
from warp_jit_pairs.compile import Unit
from warp_jit_pairs.errors import Rejected, UnknownNameError
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.extract import extract_batch
from warp_jit_pairs.verify import FOLLOWED, Verdict, VerifyItem, verify_batch

GOOD = """import warp as wp

@wp.kernel
def blend(x: wp.array(dtype=float), y: wp.array(dtype=wp.vec3), n: int, out: wp.array(dtype=float)):
    i = wp.tid()
    if i >= n:
        return
    value = x[i] * wp.dot(y[i], y[i]) + wp.sin(x[i])
    if value > 0.5:
        value = 2.0 * value - 0.25
    out[i] = value
"""
ARGS = {
    "x": {"role": "in", "low": -2.0, "high": 2.0, "shape": ["n"]},
    "y": {"role": "in", "low": -1.0, "high": 1.0, "shape": ["n"]},
    "n": {"role": "in", "low": 1, "high": 64, "equals": "n"},
    "out": {"role": "out", "shape": ["n"]},
}


def metadata(args: dict[str, dict[str, object]]) -> dict[str, object]:
    return {"launch": {"dim": [16], "dims": ["n"]}, "dims": {"n": 16}, "fixed": [], "args": args}


def item(source: str, args: dict[str, dict[str, object]] | None = ARGS, **changes: tuple[str, str]) -> VerifyItem:
    """A kernel with its generated code, in which `forward` or `backward` may be mutated by (old, new)."""
    code = extract_batch([source])[0]
    assert not isinstance(code, Rejected)
    unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
    for direction, (old, new) in changes.items():
        assert old in getattr(unit, direction)
        unit = dataclasses.replace(unit, **{direction: getattr(unit, direction).replace(old, new)})
    return VerifyItem(source, unit, 11, None if args is None else metadata(args))


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor() as shared:
        yield shared


def one(made: VerifyItem, executor: Executor, level: str = "gradient") -> Verdict | Rejected:
    return verify_batch([made], level, executor)[0]


def test_a_good_kernel_passes(executor: Executor) -> None:
    verdict = one(item(GOOD), executor)
    assert isinstance(verdict, Verdict), verdict
    assert (verdict.compiled, verdict.executed, verdict.gradient) == ("passed", "passed", "passed")
    assert verdict.forward_error < 1e-5
    assert verdict.gradient_error < 1e-3
    assert verdict.missed == ()
    assert verdict.branches == 4
    case = verdict.cases[0]
    assert set(case.outputs) == {"out"}
    x, y = case.inputs["x"].astype(float), case.inputs["y"].astype(float)
    value = x * (y * y).sum(axis=1) + np.sin(x)
    right = np.where(value > 0.5, 2.0 * value - 0.25, value)
    assert (np.abs(case.outputs["out"] - right) <= case.tolerance * np.maximum(1.0, np.abs(right))).all()


@pytest.mark.parametrize(
    ("level", "states"),
    [
        ("none", ("not run", "not run", "not run")),
        ("compile", ("passed", "not run", "not run")),
        ("execute", ("passed", "passed", "not run")),
    ],
)
def test_levels(level: str, states: tuple[str, str, str], executor: Executor) -> None:
    verdict = one(item(GOOD), executor, level)
    assert isinstance(verdict, Verdict)
    assert (verdict.compiled, verdict.executed, verdict.gradient) == states


def test_the_cases_that_are_kept_show_a_tie_and_all_branches(executor: Executor) -> None:
    tie = GOOD.replace("value > 0.5", "x[i] > y[i].x").replace("2.0 * value - 0.25", "3.0")
    verdict = one(item(tie), executor)
    assert isinstance(verdict, Verdict)
    assert 3 <= len(verdict.cases) <= 4
    inputs = [case.inputs for case in verdict.cases]
    assert any((given["x"] == given["y"][:, 0]).any() for given in inputs)
    for greater in (True, False):
        assert any(((given["x"] > given["y"][:, 0]) == greater).any() for given in inputs)
    assert any(given["n"] < case.dim[0] for given, case in zip(inputs, verdict.cases, strict=True))


@pytest.mark.parametrize("width", [0.2, 0.05, 0.01])
def test_a_case_that_changes_the_output_is_kept(width: float, executor: Executor) -> None:
    """However rare it is, and though it takes no branch of its own: else a kernel that does nothing would pass."""
    bump = GOOD.replace("out[i] = value", f"out[i] += value * wp.max({width} - wp.abs(x[i] - 1.3), 0.0)")
    verdict = one(item(bump, ARGS | {"out": ARGS["out"] | {"role": "inout"}}), executor, "execute")
    assert isinstance(verdict, Verdict), verdict
    assert any((case.outputs["out"] != case.inputs["out"]).any() for case in verdict.cases)


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        verify_batch([], "everything")


def kernel(body: str, arguments: str = "x: wp.array(dtype=float), out: wp.array(dtype=float)") -> str:
    indented = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"import warp as wp\n\n@wp.kernel\ndef kernel({arguments}):\n    i = wp.tid()\n{indented}"


PLAIN = {name: ARGS[name] for name in ("x", "out")}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("out[i + 1] = x[i]", "undefined behaviour: array index out of bounds"),
        ("out[i] = float(1 / int(x[i] * 0.0))", "undefined behaviour: integer division by zero"),
        ("y = x[i]", "degenerate: outputs unchanged"),
        ("out[i] = 3.0 + 0.0 * x[i]", "degenerate: constant output"),
        ("out[i] = 1.0e-7 * x[i]", "degenerate: constant output"),
        ("out[i] = float(i)", "degenerate: argument without effect"),
        ("out[0] = x[i]", "depends on thread order"),
        ("out[i] = wp.log(-wp.abs(x[i]) - 1.0)", "degenerate: nothing finite"),
    ],
)
def test_kernels_that_prove_nothing_are_refused(body: str, reason: str, executor: Executor) -> None:
    found = one(item(kernel(body), PLAIN), executor)
    assert isinstance(found, Rejected)
    assert found.reason == reason


@pytest.mark.parametrize(("body", "right"), [("out[i] = x[i] > 0.25", True), ("out[i] = x[i] * x[i] > -1.0", False)])
def test_flags_are_constant_only_if_all_are_set(body: str, right: bool, executor: Executor) -> None:
    source = kernel(body, "x: wp.array(dtype=float), out: wp.array(dtype=bool)")
    found = one(item(source, PLAIN), executor)
    assert isinstance(found, Verdict if right else Rejected)


def test_what_the_reference_does_not_know_is_reported_not_passed(executor: Executor) -> None:
    arguments = "ids: wp.array(dtype=wp.uint64), p: wp.array(dtype=wp.vec3), out: wp.array(dtype=int)"
    source = kernel("out[i] = wp.mesh_query_point(ids[i], p[i], 1.0).face", arguments)  # any number is no mesh
    found = one(item(source, None), executor)
    assert isinstance(found, Verdict)
    assert (found.compiled, found.executed, found.gradient) == ("passed", "unsupported", "unsupported")
    assert found.reason == "mesh that is not an argument"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wp::sin(", "wp::cos("),
        ("wp::add(", "wp::sub("),
        (" > var_", " < var_"),
        ("wp::array_store(", "(void)("),
        ("= 0.25", "= 0.26"),
        ("= 0.5", "= 0.52"),
        (">= var_n", "> var_n"),
    ],
)
def test_mutants_of_the_forward_code_are_caught(old: str, new: str, executor: Executor) -> None:
    found = one(item(GOOD, forward=(old, new)), executor, "execute")
    assert isinstance(found, Rejected)
    assert found.reason in ("outputs differ from the reference", "native launch write outside the arrays")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wp::adj_sin(", "wp::adj_cos("),
        ("wp::adj_add(", "wp::adj_sub("),
        ("wp::adj_dot(", "(void)("),
        ("wp::adj_array_store(", "(void)("),
    ],
)
def test_mutants_of_the_adjoint_are_caught(old: str, new: str, executor: Executor) -> None:
    found = one(item(GOOD, backward=(old, new)), executor)
    assert isinstance(found, Rejected)
    assert found.reason == "adjoint differs from differences"
    assert isinstance(one(item(GOOD, backward=(old, new)), executor, "execute"), Verdict)


def test_a_known_limit_of_the_adjoint_is_named_and_not_passed(executor: Executor) -> None:
    source = kernel("y = float(1.0)\nfor k in range(i + 2):\n    y = y * x[i]\nout[i] = y")
    found = one(item(source, PLAIN), executor)
    assert isinstance(found, Verdict)
    assert (found.executed, found.gradient) == ("passed", "unsupported")
    assert found.reason == LOOP + FOLLOWED


def test_one_bad_kernel_in_a_batch_costs_no_other(executor: Executor) -> None:
    broken = item(GOOD)
    broken = dataclasses.replace(broken, unit=dataclasses.replace(broken.unit, forward="int x = missing;"))
    results = verify_batch([item(GOOD), broken, item(GOOD)], "execute", executor)
    assert [type(result) for result in results] == [Verdict, Rejected, Verdict]
    assert isinstance(results[1], Rejected)
    assert results[1].reason == "clang fails"


CANCELLING = """import warp as wp

@wp.kernel
def shear(m: wp.array(dtype=wp.mat44), out: wp.array(dtype=float)):
    i = wp.tid()
    a = m[i] @ m[i]
    out[i] = wp.determinant(m[i] @ a) - wp.determinant(a)
"""


def test_outputs_near_the_reference_only_by_luck_get_the_room_that_other_inputs_show(executor: Executor) -> None:
    args = {"m": {"role": "in", "low": -1.5, "high": 1.5, "shape": ["n"]}, "out": {"role": "out", "shape": ["n"]}}
    (code,) = extract_batch([CANCELLING])
    assert not isinstance(code, Rejected)
    unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
    items = [VerifyItem(CANCELLING, unit, seed, metadata(args)) for seed in range(6)]
    items += [dataclasses.replace(item, unit=dataclasses.replace(unit, forward=unit.forward.replace("sub(", "add(")))
              for item in items[:2]]  # fmt: skip
    found = verify_batch(items, "execute", executor)
    assert [isinstance(result, Verdict) for result in found] == [True] * 6 + [False] * 2


UNGUARDED = """import warp as wp

@wp.kernel
def scale(x: wp.array(dtype=float), width: int, out: wp.array(dtype=float)):
    i = wp.tid()
    out[i] = x[i] * float(width + i)
"""


def test_a_kernel_of_one_shape_may_have_no_room_for_more_threads(executor: Executor) -> None:
    args = {
        "x": {"role": "in", "low": 0.5, "high": 2.0, "shape": ["n"]},
        "width": {"role": "in", "low": 1, "high": 64, "equals": "w"},
        "out": {"role": "out", "shape": ["n"]},
    }
    made = item(UNGUARDED, args)
    assert made.metadata is not None
    known = {**made.metadata, "dims": {"n": 16, "w": 8}, "fixed": ["n"]}
    found = one(dataclasses.replace(made, metadata=known), executor, "execute")
    assert isinstance(found, Verdict), found
