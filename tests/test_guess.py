"""Guessed facts: kernels that nothing is known of run on them, with arrays as long and indices as small as needed."""

from __future__ import annotations

import numpy as np
import pytest

from warp_jit_pairs.compile import Unit
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.guess import LARGE, guess_facts
from warp_jit_pairs.inputs import standard_cases
from warp_jit_pairs.judge import Judged, judge
from warp_jit_pairs.reference import Fault, Reference
from warp_jit_pairs.verify import VerifyItem

HEAD = "import warp as wp\n\n\n"


def judged(body: str, ndim: int = 1) -> Judged:
    return judge(VerifyItem(HEAD + body, Unit("k", "", f"wp::launch_bounds_t<{ndim}>"), seed=3))


CORNERS = """@wp.kernel
def k(points: wp.array(dtype=wp.vec3), corners: wp.array(dtype=int), areas: wp.array(dtype=float)):
    i = wp.tid()
    a = points[corners[3 * i]]
    b = points[corners[3 * i + 1]]
    areas[i] = wp.length(wp.cross(a, b))
"""
PITCH = """@wp.kernel
def k(image: wp.array(dtype=float), width: int, out: wp.array2d(dtype=float)):
    i, j = wp.tid()
    out[i, j] = image[i * width + j]
"""
COMPONENT = """@wp.kernel
def k(points: wp.array(dtype=wp.vec3), out: wp.array2d(dtype=float)):
    i, j = wp.tid()
    out[i, j] = points[i][j]
"""
DIVISOR = """@wp.kernel
def k(sizes: wp.array(dtype=int), out: wp.array(dtype=int)):
    i = wp.tid()
    out[i] = 100 / sizes[i]
"""
STRUCT = """@wp.struct
class Grid:
    cells: wp.array(dtype=float)
    count: int


@wp.kernel
def k(grid: Grid, place: wp.array(dtype=wp.vec2i), out: wp.array(dtype=float)):
    i = wp.tid()
    out[i] = grid.cells[place[i][0] * grid.count + place[i][1]]
"""

PLANE = """@wp.struct
class Plane:
    cells: wp.array2d(dtype=float)


@wp.kernel
def k(plane: Plane, out: wp.array(dtype=float)):
    i = wp.tid()
    out[i] = plane.cells[i, 0] + plane.cells[i, 1]
"""
BODIES = [(CORNERS, 1), (PITCH, 2), (COMPONENT, 2), (DIVISOR, 1), (STRUCT, 1), (PLANE, 1)]


@pytest.mark.parametrize(("body", "ndim"), BODIES)
def test_every_standard_case_is_defined_on_guessed_facts(body: str, ndim: int) -> None:
    reference = Reference(HEAD + body)
    facts = guess_facts(reference, HEAD + body, 3, ndim)
    for case in standard_cases(reference.arguments, facts, HEAD + body, 3):
        reference.run(case.inputs, case.dim)
        assert all(np.size(value) <= 3 * LARGE for value in case.inputs.values() if isinstance(value, np.ndarray))


def test_rows_of_two_threads_do_not_overlap() -> None:
    rows = """@wp.kernel
def k(start: wp.array(dtype=int), x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    for j in range(start[i], start[i + 1]):
        out[j] = x[j] * float(i + 2)
"""
    for trial in judged(rows).trials:
        start = trial.case.inputs["start"]
        assert (np.diff(start) == 1).all()


def test_threads_that_write_where_an_index_says_get_each_place_once() -> None:
    found = judge(VerifyItem(HEAD + """@wp.kernel
def k(place: wp.array(dtype=int), values: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    out[place[i]] = values[i]
""", Unit("k", "", ""), seed=3))  # fmt: skip
    assert found.outputs == ["out"]


def test_a_kernel_without_a_thread_index_gets_one_thread() -> None:
    found = judged("""@wp.kernel
def k(values: wp.array(dtype=float), count: int, total: wp.array(dtype=float)):
    for i in range(count):
        total[0] = total[0] + values[i]
""")
    assert {trial.case.dim for trial in found.trials} == {(1,)}
    assert len({np.shape(trial.case.inputs["values"]) for trial in found.trials}) > 1


def test_what_no_argument_can_mend_is_refused() -> None:
    with pytest.raises(Rejected, match="undefined behaviour: array index out of bounds"):
        judged("@wp.kernel\ndef k(out: wp.array(dtype=float)):\n    i = wp.tid()\n    out[i + 100000] = 1.0\n")


@pytest.mark.parametrize("kind", ["wp.uint8", "wp.int8"])
def test_no_index_below_zero_is_tried_where_there_is_none(kind: str) -> None:
    with pytest.raises(Rejected, match="array index out of bounds"):
        judged(f"""@wp.kernel
def k(place: wp.array(dtype={kind}), out: wp.array(dtype=float)):
    i = wp.tid()
    out[int(place[i]) + 100000] = 1.0
""")


def test_an_attempt_goes_on_after_a_fault_and_says_which_array_was_missed() -> None:
    body = "@wp.kernel\ndef k(a: wp.array2d(dtype=float)):\n    i = wp.tid()\n    a[0, i] = 1.0\n"
    stops = Reference(HEAD + body).attempt({"a": np.zeros((2, 3), np.float32)}, (5,), 64)
    assert [stop is None for stop in stops] == [True, True, True, False, False]
    assert stops[4] is not None
    assert (stops[4].leaf, stops[4].axis, stops[4].line) == ("a", 1, 7)
    assert isinstance(stops[4].fault, Fault)


def test_an_endless_loop_is_given_up_after_few_turns() -> None:
    body = """@wp.kernel
def k(parent: wp.array(dtype=int), out: wp.array(dtype=int)):
    i = wp.tid()
    j = parent[i]
    while j >= 0:
        j = parent[j]
    out[i] = j
"""
    stops = Reference(HEAD + body).attempt(
        {"parent": np.arange(4, dtype=np.int32), "out": np.zeros(4, np.int32)}, (4,), 4
    )
    assert [stop and stop.fault.reason for stop in stops] == ["endless loop"] * 4
    facts = guess_facts(Reference(HEAD + body), HEAD + body, 3, 1)  # an index below zero ends it
    assert facts.arguments["parent"]["low"] == -1
