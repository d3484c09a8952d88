"""Loops as Warp's reverse pass replays them: right adjoints are recognised, wrong ones are not, and some are left."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from warp_jit_pairs.adjoint_limits import LOOP
from warp_jit_pairs.compile import Unit
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.extract import extract_batch
from warp_jit_pairs.reference import Unsupported
from warp_jit_pairs.reverse_pass import ReverseReference, followed
from warp_jit_pairs.verify import FOLLOWED, Verdict, VerifyItem, verify_batch

HEAD = """import warp as wp

@wp.kernel
def kernel(x: wp.array2d(dtype=float), b: wp.array(dtype=float), n: int, out: wp.array(dtype=float)):
    i = wp.tid()
"""
ARGS: dict[str, dict[str, Any]] = {
    "x": {"role": "in", "low": -2.0, "high": 2.0, "shape": ["m", "n"]},
    "b": {"role": "in", "low": -1.0, "high": 1.0, "shape": ["m"]},
    "n": {"role": "in", "low": 1, "high": 64, "equals": "n"},
    "out": {"role": "out", "shape": ["m"]},
}
METADATA = {"launch": {"dim": [8], "dims": ["m"]}, "dims": {"m": 8, "n": 5}, "fixed": [], "args": ARGS}

SQUARED = """
acc = float(3.0)
for j in range(n):
    acc += x[i, j]
out[i] = acc * acc * b[i]
"""
BODIES = {
    "squared": SQUARED,
    "product": """
acc = b[i]
for j in range(n):
    acc = acc * x[i, j]
out[i] = acc
""",
    "extremum": """
acc = float(-100.0)
for j in range(n):
    if x[i, j] > acc:
        acc = x[i, j] * b[i]
out[i] = acc
""",
    "nested": """
acc = float(0.0)
for j in range(n):
    part = float(0.0)
    for k in range(n):
        part += x[i, k] * x[i, j]
    acc += part * part * b[i]
out[i] = acc * acc
""",
    "counted": """
acc = float(0.0)
count = int(0)
for j in range(n):
    if x[i, j] > 0.5:
        count += 1
        acc += x[i, j] * b[count]
out[i] = acc / float(count + 1)
""",
    "continue": """
acc = float(0.0)
for j in range(n):
    if x[i, j] > 0.5:
        continue
    acc = acc * 0.5 + x[i, j] * b[i]
out[i] = acc * acc
""",
    "break": """
acc = float(1.0)
for j in range(n):
    if x[i, j] > 1.0:
        break
    acc = acc * x[i, j] + b[i]
out[i] = acc * acc
""",
    "while": """
acc = b[i]
count = int(0)
while count < n:
    acc = acc - (acc * acc - x[i, 0]) * 0.25
    count += 1
out[i] = acc
""",
    "component": """
v = wp.vec2(x[i, 0], b[i])
v[1] = x[i, 1] * b[i]
out[i] = v[0] + 7.0 * v[1] * v[1] * float(n)
""",
    "modulus": """
out[i] = 3.0 * x[i, n - 1] % (b[i] + 3.0)
""",
    "no adjoint": """
out[i] = wp.frac(x[i, n - 1]) * b[i] * x[i, 0]
""",
    "vector": """
acc = wp.vec2(0.0, 0.0)
for j in range(n):
    acc += wp.vec2(x[i, j], b[i])
out[i] = wp.dot(acc, acc)
""",
}


def source(body: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in body.strip().splitlines())


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor() as shared:
        yield shared


def verdict(
    body: str, executor: Executor, *changes: tuple[str, str], metadata: dict[str, Any] = METADATA
) -> Verdict | Rejected:
    """The verdict on a kernel, in whose adjoint some texts are replaced."""
    (code,) = extract_batch([source(body)])
    assert not isinstance(code, Rejected)
    unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
    for old, new in changes:
        assert old in unit.backward
        unit = dataclasses.replace(unit, backward=unit.backward.replace(old, new))
    (found,) = verify_batch([VerifyItem(source(body), unit, 5, metadata)], "gradient", executor)
    return found


@pytest.mark.parametrize("name", BODIES)
def test_the_adjoint_of_a_loop_is_what_a_replay_gives(name: str, executor: Executor) -> None:
    found = verdict(BODIES[name], executor)
    assert isinstance(found, Verdict), found
    assert (found.executed, found.gradient) == ("passed", "unsupported")
    assert found.reason.endswith(FOLLOWED)


@pytest.mark.parametrize("change", [("wp::adj_add(", "wp::adj_sub("), ("wp::adj_mul(", "(void)(")])
def test_a_wrong_adjoint_of_such_a_loop_is_not_taken_for_it(change: tuple[str, str], executor: Executor) -> None:
    found = verdict(SQUARED, executor, change)
    assert isinstance(found, Verdict)
    assert (found.gradient, found.reason) == ("unsupported", LOOP)


SINE = (("wp::adj_sin(", "(void)("),)
HUGE = """
acc = float(-1.0e10)
for j in range(n):
    acc = wp.max(acc, x[i, j])
out[i] = acc * (x[i, 0] + 0.0 * b[i])
out[i + 8] = wp.sin(b[i])
"""


def test_what_a_loop_starts_from_hides_no_error_elsewhere(executor: Executor) -> None:
    args = ARGS | {"out": {"role": "out", "shape": ["twice"]}}
    metadata = METADATA | {"args": args, "dims": {"m": 8, "n": 5, "twice": 16}, "fixed": ["m", "twice"]}
    right, wrong = (verdict(HUGE, executor, *changes, metadata=metadata) for changes in ((), SINE))
    assert isinstance(right, Verdict), right
    assert isinstance(wrong, Verdict), wrong
    assert (right.reason, wrong.reason) == (LOOP + FOLLOWED, LOOP)


@pytest.mark.parametrize(
    "body",
    [
        "for j in range(4):\n    out[i] = x[i, j]",
        "acc = float(0.0)\nfor j in range(4):\n    acc = acc * x[i, j]\nout[i] = acc",
        "acc = float(0.0)\nfor j in range(n):\n    acc = x[i, j]\n    if acc > 0.0:\n        return",
    ],
    ids=["no variable", "unrolled", "returns"],
)
def test_what_is_not_followed(body: str) -> None:
    assert followed(source(body)) == ""
    with pytest.raises(Unsupported):
        ReverseReference(source(body), "before")


def test_loops_in_functions_are_not_followed() -> None:
    loop = "    s = float(0.0)\n    for j in range(n):\n        s += a\n    return s\n"
    function = f"@wp.func\ndef total(a: float, n: int):\n{loop}"
    text = source("out[i] = total(b[i], n)").replace("@wp.kernel", function + "\n@wp.kernel")
    assert followed(text) == ""


def test_code_behind_a_loop_sees_what_was_before_it() -> None:
    """At the inputs themselves every loop leaves its variables as they were."""
    reference = ReverseReference(source(SQUARED), "after")
    inputs = {
        "x": np.ones((2, 4)),
        "b": np.array([1.0, 2.0]),
        "n": np.asarray(4, np.int32),
        "out": np.zeros(2),
    }
    reference.record(inputs, (2,))
    assert reference.run(inputs, (2,), "float64").values["out"].tolist() == [9.0, 18.0]


def test_a_search_that_starts_from_a_huge_number_excuses_no_adjoint_of_nothing(executor: Executor) -> None:
    search = """
if b[i] > 0.5:
    return
best = float(-1000000.0)
for j in range(n):
    if x[i, j] > best:
        best = x[i, j]
out[i] = best
"""
    found = verdict(search, executor)
    assert isinstance(found, Verdict)
    assert found.reason.endswith(FOLLOWED)
    idle = verdict(search, executor, ("wp::adj_array_store(", "(void)("))
    assert isinstance(idle, Rejected) or not idle.reason.endswith(FOLLOWED)


def test_an_adjoint_of_which_nothing_is_finite_is_not_taken_for_what_a_replay_gives(executor: Executor) -> None:
    root = """
total = float(0.0)
for j in range(n):
    total += wp.abs(x[i, j] - b[i])
out[i] = wp.sqrt(total)
"""
    for changes in ((), (("wp::adj_array_store(", "(void)("),)):  # at a total of 0 the root has no derivative
        found = verdict(root, executor, *changes)
        assert isinstance(found, Verdict), found
        assert (found.gradient, found.reason) == ("unsupported", LOOP)
