"""Self-contained sources: the file alone gives the code that the live kernel gave."""

import enum
from typing import Any

import numpy as np
import pytest
import warp as wp
import warp.fem

from warp_jit_pairs.columns import CODE_COLUMNS
from warp_jit_pairs.errors import Rejected, SourceError
from warp_jit_pairs.extract import Extracted, extract_batch, extract_kernel
from warp_jit_pairs.self_contained import self_contained

EPSILON = wp.float32(np.finfo(np.float32).eps)
HALF = 0.5
EDGES = [[0, 1], [1, 2]]
vec5 = wp.types.vector(length=5, dtype=wp.float32)


class Flag(enum.IntFlag):
    FIXED = 1
    STATIC = 4


class Limits:
    SPEED = 2.5


@wp.struct
class Body:
    mass: float
    flags: wp.int32


@wp.struct
class World:
    bodies: wp.array(dtype=Body)
    gravity: wp.vec3


@wp.func
def halved(x: Any):
    return x * type(x)(HALF)


@wp.func
def halved(x: wp.vec3):  # noqa: F811
    return 0.5 * x


@wp.func
def root(x: float):
    return wp.sqrt(x)


@wp.func_grad(root)
def adj_root(x: float, adj_ret: float):
    wp.adjoint[x] += adj_ret / (2.0 * wp.max(wp.sqrt(x), 1.0e-3))


@wp.func_native("return x + 1.0f;")
def next_float(x: float) -> float: ...


@wp.func(inline=False)
def weighted(values: vec5, scale: float = HALF) -> float:
    total = float(0.0)  # noqa: UP018 -- in a kernel it is a variable, 0.0 a constant
    for i in range(5):
        total += scale * values[i]  # in order
    return total


def scaler(factor: float) -> Any:
    @wp.func
    def scaled(x: float):
        return factor * x

    return scaled


DOUBLE, TRIPLE = scaler(2.0), scaler(3.0)


@wp.kernel
def structs(world: World, out: wp.array(dtype=float)):
    i = wp.tid()
    body = world.bodies[i]
    if body.flags & int(Flag.FIXED) or body.flags == Flag.STATIC:
        return
    out[i] = wp.min(body.mass * wp.length(halved(world.gravity)), Limits.SPEED) + halved(body.mass)


@wp.kernel(enable_backward=False)
def statics(out: wp.array2d(dtype=float)):
    i, j = wp.tid()
    for k in range(2):
        out[i, j] += wp.static(DOUBLE)(float(wp.static(EDGES[k][1]))) + wp.static(float(sum([1, 2, 3])))
    out[i, j] += wp.static(TRIPLE)(wp.static(HALF * wp.PI))


@wp.kernel
def functions(x: wp.array(dtype=vec5), y: wp.array(dtype=float)):
    """Custom gradients, native code, a default."""
    i = wp.tid()
    y[i] = root(weighted(x[i]) + weighted(x[i], 2.0)) + next_float(x[i][0])


@wp.kernel(module="unique", module_options={"deterministic": wp.config.DeterministicMode.RUN_TO_RUN, "max_unroll": 3})
def ordered(x: wp.array(dtype=float), y: wp.array(dtype=float)):
    for _ in range(4):
        wp.atomic_add(y, 0, x[wp.tid()] + EPSILON)


@wp.kernel
def generic(x: wp.array(dtype=Any), y: wp.indexedarray2d(dtype=Any)):
    i = wp.tid()
    y[i, 0] = halved(x[i])


@wp.func
def velocity_at_point(x: wp.vec3, y: wp.vec3):
    return wp.cross(x, y)


@wp.kernel
def twins(q: wp.array(dtype=wp.spatial_vector), p: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.vec3)):
    i = wp.tid()
    out[i] = wp.velocity_at_point(q[i], p[i]) + velocity_at_point(p[i], p[i])


def hidden() -> Any:
    """A kernel that keeps only some of the names around it: none that it has in annotations alone."""
    mat22 = wp.types.matrix(shape=(2, 2), dtype=wp.float64)
    rotation = wp.types.quaternion(dtype=wp.float32)

    @wp.kernel
    def traced(m: wp.array(dtype=mat22), turns: wp.array(dtype=rotation), out: wp.array(dtype=wp.float64)):
        i = wp.tid()
        if i != wp.fem.NULL_NODE_INDEX:
            out[i] = wp.trace(m[i]) + wp.float64(wp.quat_inverse(turns[i])[0])

    return traced


KERNELS = {
    "hidden": hidden(),
    "twins": twins,
    "structs": structs,
    "statics": statics,
    "functions": functions,
    "ordered": ordered,
    "generic": wp.overload(generic, [wp.array(dtype=wp.float64), wp.indexedarray(dtype=wp.float64, ndim=2)]),
}


@pytest.mark.parametrize("name", KERNELS)
def test_the_file_alone_gives_the_same_code(name: str) -> None:
    source = self_contained(KERNELS[name])
    imports = [line for line in source.splitlines() if line.startswith(("import", "from"))]
    assert set(imports) <= {"import enum", "import warp as wp", "from typing import Any"}
    (code,) = extract_batch([source])
    assert isinstance(code, Extracted), code
    live = extract_kernel(KERNELS[name])[1]
    for column in CODE_COLUMNS:
        # Two functions of one name get numbers in Python or in the generated text.
        assert getattr(code, column).replace("scaled_1_0", "scaled_1") == getattr(live, column)


def test_a_function_named_as_one_of_warp_is_another() -> None:
    (code,) = extract_batch([self_contained(twins)])
    assert isinstance(code, Extracted), code
    assert all(code.support_cpp.count(f"static wp::vec_t<3, wp::float32> velocity_at_point_{n}(") == 1 for n in (0, 1))


def test_the_text_stays_the_authors() -> None:
    source = self_contained(functions)
    assert "        total += scale * values[i]  # in order\n" in source
    assert '"""Custom gradients, native code, a default."""' in source
    assert "@wp.func_grad(root)" in source
    assert "HALF = 0.5" in source


def test_what_cannot_be_computed_elsewhere_is_replaced_by_its_value() -> None:
    source = self_contained(statics)
    assert "wp.static(EDGES[k][1])" in source
    assert "wp.static(HALF * wp.PI)" in source
    assert "wp.static(6.0)" in source


def test_an_object_without_a_spelling_is_refused_by_name() -> None:
    table = {"a": [1, 2]}

    @wp.kernel
    def looks_up(out: wp.array(dtype=int)):
        for k in range(2):
            out[k] = wp.static(table["a"][k])

    with pytest.raises(Rejected, match="table"):
        self_contained(looks_up)


@pytest.mark.slow
def test_examples_of_warp_stand_alone() -> None:
    """The core ones; `python -m benchmarks.real_alone` judges all, of all packages."""
    from benchmarks.real_extraction import import_modules, registered_kernels

    saved = {name: value for name, value in vars(wp.config).items() if not name.startswith("__")}
    import_modules("warp.examples.core")
    for name, value in saved.items():  # the examples change Warp's settings
        setattr(wp.config, name, value)
    kernels = [k for k in registered_kernels() if k.func.__module__.startswith("warp.examples.core.")]
    count = 0
    for kernel in kernels:
        try:
            live = extract_kernel(kernel)[1]
        except SourceError:  # Warp itself refuses it
            continue
        (code,) = extract_batch([self_contained(kernel)])
        assert isinstance(code, Extracted), (kernel.key, code)
        assert code.cuda_forward == live.cuda_forward, kernel.key
        count += 1
    assert count > 40


@pytest.mark.slow
def test_kernels_that_warp_fem_writes_stand_alone() -> None:
    from warp_jit_pairs.fem_kernels import fem_kernels
    from warp_jit_pairs.poisson_validation import CASES

    kernels = fem_kernels(CASES[:1])
    assert len(kernels) > 10
    for code in extract_batch([self_contained(kernel) for kernel in kernels]):
        assert isinstance(code, Extracted), code
