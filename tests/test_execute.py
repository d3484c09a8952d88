"""The executor: agreement of bytes, limits, canaries, and what becomes of the launches after a crash."""

from __future__ import annotations

import numpy as np
import pytest

from warp_jit_pairs.compile import Clang, Unit, compile_units
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Executor, Launch, Limits
from warp_jit_pairs.extract import extract_batch
from warp_jit_pairs.reference import Argument, ArrayType, Composite, Reference

FLOATS = (Argument("a", ArrayType(Composite("scalar", "float32"), 1)),)
ARGUMENTS = 'struct wp_args_{name} {{ wp::array_t<wp::float32> a; }}; extern "C" int usleep(unsigned);'
KERNEL = """
template <bool wp_linear_contiguous>
static void {name}_cpu_kernel_forward(wp::launch_bounds_t<1> dim, size_t i, wp_args_{name}* args)
{{
    float* a = args->a.data;
    {body}
}}
"""


def unit(name: str, body: str) -> Unit:
    return Unit(name, ARGUMENTS.format(name=name), KERNEL.format(name=name, body=body))


BODIES = {
    "doubles": "a[i] *= 2.f;",
    "hangs": "for (volatile int k = 0; ; ) { k = k; }",
    "crashes": "*(volatile int*)nullptr = 1;",
    "divides": "volatile int zero = 0; a[i] = 1 / zero;",
    "before": "if (i == 0) a[-1] = 1.f;",
    "after": "if (i == 0) a[dim.size] = 1.f;",
    "exits": "if (i == 0) a[((size_t)1) << 40] = 1.f;",
    "waits": "if (i == 0) usleep(1500000);",  # as a right kernel does on a busy machine
}
REASONS = {
    "doubles": "",
    "hangs": "hangs",
    "crashes": "crashes with SIGSEGV",
    "divides": "crashes with SIGFPE",
    "before": "write outside the arrays",
    "after": "write outside the arrays",
    "exits": "crashes with SIGSEGV",
    "waits": "",
}


@pytest.fixture(scope="module")
def compiled() -> bytes:
    modules, failed = compile_units([unit(name, body) for name, body in BODIES.items()], Clang())
    assert not failed
    return modules[0].object


def test_each_end_of_a_launch_is_named_and_costs_no_other(compiled: bytes) -> None:
    data = np.arange(4, dtype=np.float32)
    names = list(BODIES)
    launches = [Launch(i, (4,), FLOATS, {"a": data}) for i in range(len(names))]
    # The second launch of a kernel that died is not tried, so that a hang costs its time once.
    launches += [Launch(names.index("hangs"), (4,), FLOATS, {"a": data}), Launch(0, (4,), FLOATS, {"a": data})]
    with Executor(Limits(seconds=1.0)) as executor:
        answers = executor.run(compiled, [1] * len(names), launches)
    assert {name: answer.reason for name, answer in zip(names, answers, strict=False)} == REASONS
    assert answers[-2].reason == "hangs"
    assert answers[-1].outputs["a"].tolist() == [0.0, 2.0, 4.0, 6.0]
    assert data.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_an_executor_serves_many_modules(compiled: bytes) -> None:
    with Executor() as executor:
        for size in (1, 5):
            data = np.ones(size, np.float32)
            answer = executor.run(compiled, [1], [Launch(0, (size,), FLOATS, {"a": data})])[0]
            assert answer.outputs["a"].tolist() == [2.0] * size
        assert executor.run(compiled, [1], []) == []


def test_what_is_no_object_does_not_load() -> None:
    with Executor() as executor:
        answer = executor.run(b"no object", [1], [Launch(0, (1,), FLOATS, {"a": np.ones(1, np.float32)})])[0]
    assert answer.reason == "object does not load"


STRUCT_SOURCE = """import warp as wp

@wp.struct
class Inner:
    flag: bool
    big: wp.float64
    v: wp.vec3

@wp.struct
class Outer:
    small: wp.int8
    inner: Inner
    data: wp.array(dtype=float)
    half: wp.float16

@wp.kernel
def kernel(
    k: wp.uint8,
    items: wp.array(dtype=Inner),
    outer: Outer,
    picked: wp.indexedarray(dtype=float),
    nothing: wp.array(dtype=float),
    out: wp.array2d(dtype=wp.float64),
):
    i, j = wp.tid()
    value = items[i].big + outer.inner.big + wp.float64(outer.data[j]) + wp.float64(picked[j])
    if items[i].flag and outer.inner.flag:
        value += wp.float64(items[i].v[2] * outer.inner.v[1])
    out[i, j] = value * wp.float64(k) + wp.float64(outer.small) + wp.float64(outer.half)
    items[i].big = wp.float64(i)
    if nothing:
        out[i, j] = wp.float64(-1.0)
"""


def test_arguments_are_laid_out_as_generated_code_reads_them() -> None:
    code = extract_batch([STRUCT_SOURCE])[0]
    assert not isinstance(code, Rejected)
    reference = Reference(STRUCT_SOURCE)
    compiled_unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward)
    modules, failed = compile_units([compiled_unit], Clang())
    assert not failed
    stream = np.random.Generator(np.random.PCG64(1))
    items = np.zeros(3, reference.arguments[1].type.dtype)
    items["flag"], items["big"], items["v"] = [True, False, True], stream.random(3), stream.random((3, 3))
    inputs = {
        "k": np.uint8(3),
        "items": items,
        "outer": {
            "small": np.int8(-5),
            "inner": {"flag": np.bool_(True), "big": np.float64(0.5), "v": stream.random(3).astype(np.float32)},
            "data": stream.random(4).astype(np.float32),
            "half": np.float16(1.5),
        },
        "picked": (stream.random(6).astype(np.float32), (np.array([5, 0, 3, 1], np.int32),)),
        "nothing": None,
        "out": np.zeros((3, 4)),
    }
    right = reference.run(inputs, (3, 4)).values
    with Executor() as executor:
        answer = executor.run(modules[0].object, [2], [Launch(0, (3, 4), reference.arguments, inputs)])[0]
    assert answer.reason == ""
    np.testing.assert_allclose(answer.outputs["out"], right["out"], rtol=1e-6)
    np.testing.assert_array_equal(answer.outputs["items.big"], right["items.big"])
    np.testing.assert_array_equal(answer.outputs["outer.data"], right["outer.data"])
