"""Extraction of sources in batches: isolation, canonical text, roles, reasons of refusal, and nothing left behind."""

from __future__ import annotations

import gc
import linecache
import re
import sys
from pathlib import Path

import pytest
import warp as wp
from warp._src import build as wp_build
from warp._src import codegen as wp_codegen
from warp._src import context as wp_context

from warp_jit_pairs.columns import CODE_COLUMNS
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.extract import Extracted, extract_batch, extract_forward

FOLDER = Path(__file__).parent / "golden" / "extract"
SOURCES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.py"))}


def extract(source: str) -> Extracted:
    (result,) = extract_batch([source])
    assert isinstance(result, Extracted), result
    return result


@pytest.fixture(scope="module")
def batch() -> dict[str, Extracted]:
    results = extract_batch(list(SOURCES.values()))
    assert all(isinstance(result, Extracted) for result in results), results
    return dict(zip(SOURCES, results, strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SOURCES)
def test_a_batch_gives_what_each_source_gives_alone(batch: dict[str, Extracted], name: str) -> None:
    assert extract(SOURCES[name]) == batch[name]


@pytest.mark.parametrize("name", SOURCES)
def test_the_forward_pass_alone_is_the_same(batch: dict[str, Extracted], name: str) -> None:
    assert extract_forward(SOURCES[name]) == (batch[name].kernel_name, batch[name].cpp_forward)


def test_order_does_not_matter(batch: dict[str, Extracted]) -> None:
    assert extract_batch(list(SOURCES.values())[::-1]) == list(batch.values())[::-1]


@pytest.mark.parametrize("name", SOURCES)
def test_text_is_canonical(batch: dict[str, Extracted], name: str) -> None:
    for column in CODE_COLUMNS:
        text = getattr(batch[name], column)
        without_strings = re.sub(r'"(?:\\.|[^"\\])*"', '""', text)
        assert "//" not in without_strings
        assert "/*" not in without_strings
        assert not re.search(r"_[0-9a-f]{8}\b", text)
        assert "wjp_source" not in text
        assert str(Path.cwd()) not in text
        assert text == "" or text.endswith("\n")
        assert all(line == line.rstrip() and "\t" not in line for line in text.splitlines())


@pytest.mark.parametrize("name", SOURCES)
def test_line_map_has_a_python_line_for_each_generated_line(batch: dict[str, Extracted], name: str) -> None:
    python = SOURCES[name].splitlines()
    for column in CODE_COLUMNS:
        lines = batch[name].line_map[column]
        assert len(lines) == len(getattr(batch[name], column).splitlines())
        assert all(0 <= line <= len(python) for line in lines)
        assert all(python[line - 1].strip() for line in lines if line)


def test_lines_of_functions_that_warp_itself_defines_in_python_are_unknown() -> None:
    """`transform_from_matrix` is a `wp.func` of Warp: its lines stand in a file that a row does not have."""
    source = (
        "import warp as wp\n\n\n@wp.func\ndef twice(v: wp.vec3):\n    return v * 2.0\n\n\n@wp.kernel\n"
        "def pose(m: wp.array[wp.mat44], out: wp.array[wp.vec3]):\n    i = wp.tid()\n"
        "    out[i] = twice(wp.transform_get_translation(wp.transform_from_matrix(m[i])))\n"
    )
    (extracted,) = extract_batch([source])
    assert isinstance(extracted, Extracted)
    assert "transform_from_matrix_0(" in extracted.support_cpp
    lines = extracted.line_map
    assert set(lines["support_cpp"]) == set(lines["support_cuda"]) == {0, 6}
    assert set(lines["cpp_forward"]) == set(lines["cuda_backward"]) == {0, 11, 12}


def test_line_map_points_at_the_statement() -> None:
    source = SOURCES["control_flow"]
    extracted = extract(source)
    python = source.splitlines()
    lines = extracted.line_map
    for column in ("cpp_forward", "cuda_forward", "cpp_backward", "cuda_backward"):
        stores = [
            python[number - 1].strip()
            for number, text in zip(lines[column], getattr(extracted, column).splitlines(), strict=True)
            if "array_store(" in text
        ]
        assert stores == ["where[row] = column + int(total)"]
    mapped = {python[number - 1].strip() for number in lines["cpp_backward"] if number}
    assert {"total += float(k) * limit", "for k in range(30):", "while column < values.shape[1]:"} <= mapped


KERNEL = """import warp as wp


@wp.func
def helper(x: {kind}):
    return x + x


@wp.struct
class Data:
    field: {kind}


@wp.kernel
def work(data: Data, out: wp.array[{kind}]):
    out[wp.tid()] = helper(data.field)
"""


def test_same_names_in_one_batch_stay_apart() -> None:
    kinds = ("float", "wp.vec3", "wp.float64")
    results = extract_batch([KERNEL.format(kind=kind) for kind in kinds])
    for kind, ctype, result in zip(
        kinds, ("wp::float32", "wp::vec_t<3, wp::float32>", "wp::float64"), results, strict=True
    ):
        assert isinstance(result, Extracted), result
        assert result == extract(KERNEL.format(kind=kind))
        assert f"static {ctype} helper_0(" in result.support_cpp
        assert "helper_1" not in result.support_cpp
        assert result.support_cpp.count("struct ") == 1


UNIQUE = """import warp as wp

@wp.func
def twice(x: float):
    return x + x

@wp.kernel(module="unique")
def doubled(values: wp.array(dtype=float)):
    tid = wp.tid()
    values[tid] = twice(values[tid])
"""


def test_a_kernel_in_a_module_of_its_own_is_not_found_again() -> None:
    before = _registries()
    first = extract(UNIQUE)
    assert "twice" in first.support_cpp
    assert extract(UNIQUE) == first
    (refused,) = extract_batch([UNIQUE + "\n\n" + UNIQUE.partition("\n\n")[2].replace("doubled", "again")])
    assert isinstance(refused, Rejected)
    assert _registries() == before
    later = extract(UNIQUE.replace("@wp.func", "\n\n@wp.func"))
    assert later.line_map["cpp_forward"] == [line + 2 * (line > 0) for line in first.line_map["cpp_forward"]]


def test_support_code_is_what_the_kernel_needs_and_no_more() -> None:
    unused = "\n\n@wp.func\ndef unused(x: float):\n    return x\n\n\n@wp.struct\nclass Unused:\n    x: float\n"
    extracted = extract(SOURCES["saxpy"].replace("\n\n\n", unused + "\n\n", 1))
    assert extracted.support_cpp == extracted.support_cuda == ""
    assert extracted.cpp_forward == extract(SOURCES["saxpy"]).cpp_forward


MATMUL = """import warp as wp


@wp.kernel
def multiply(a: wp.array2d[float], b: wp.array2d[float], c: wp.array2d[float]):
    i, j = wp.tid()
    left = wp.tile_load(a, shape=({rows}, 24), offset=(i * {rows}, 0))
    right = wp.tile_load(b, shape=(24, 40), offset=(0, j * 40))
    wp.tile_store(c, wp.tile_matmul(left, right), offset=(i * {rows}, j * 40))
"""


def test_library_tiles_are_not_compiled_and_each_device_has_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(*arguments: object) -> None:
        raise AssertionError("a matrix product of a new shape takes many seconds")

    extract(SOURCES["tiles"])
    monkeypatch.setattr(wp_context.runtime.core, "wp_cuda_compile_dot", compiled)
    for rows in (8, 56):
        extracted = extract(MATMUL.format(rows=rows))
        assert f"void dot_{rows}_40_24_90_256_" in extracted.support_cuda
        assert f"dot_{rows}_40_24_90_256_" in extracted.cuda_forward
        assert "dot_" not in extracted.support_cpp + extracted.cpp_forward


ROLES = """import warp as wp


@wp.struct
class Grid:
    cells: wp.array2d[float]
    size: wp.vec2


@wp.func
def put(target: wp.array[float], i: int, value: float):
    target[i] = value


@wp.func
def get(grid: Grid, i: int):
    return grid.cells[i, 0]


@wp.func
def row(target: wp.array2d[float], i: int):
    return target[i]


@wp.func
def bump(x: wp.ref[float]):
    x = x + 1.0


@wp.func_native(snippet="to[i] = from[i]; count[0] += 1;")
def move(from_: wp.array[float], to: wp.array[float], count: wp.array[int], i: int): ...


@wp.kernel{options}
def roles({argument}, i: int, v: float, other: wp.array[float]):
    {statement}
"""


@pytest.mark.parametrize(
    ("argument", "statement", "role"),
    [
        ("a: wp.array[float]", "other[i] = a[i]", "in"),
        ("a: wp.array[float]", "a[i] = v", "out"),
        ("a: wp.array[float]", "a[i] = a[i] * v", "inout"),
        ("a: wp.array[float]", "a[i] += v", "inout"),
        ("a: wp.array[float]", "wp.atomic_max(a, i, v)", "inout"),
        ("a: wp.array[float]", "other[i] = wp.atomic_sub(a, i, v)", "inout"),
        ("a: wp.array[float]", "put(a, i, v)", "out"),
        ("a: wp.array[float]", "put(other, i, a[i])", "in"),
        ("a: wp.array[float]", "other[i] = float(a.shape[0])", "in"),
        ("a: wp.array[float]", "a[i] = float(a.shape[0])", "out"),
        ("a: wp.array[float]", "bump(a[i])", "inout"),
        ("a: wp.array[float]", "wp.tile_store(a, wp.tile_load(other, shape=4))", "out"),
        ("a: wp.array[float]", "wp.tile_store(other, wp.tile_load(a, shape=4))", "in"),
        ("a: wp.array[wp.vec3]", "a[i].x = v", "out"),
        ("a: wp.array[wp.vec3]", "a[i][1] += v", "inout"),
        ("a: wp.array[wp.mat33]", "a[i][1, 2] = v", "out"),
        ("a: wp.array2d[float]", "r = a[i]\n    r[0] = v", "out"),
        ("a: wp.array2d[float]", "put(a[i], 0, v)", "out"),
        ("a: wp.array2d[float]", "r = row(a, i)\n    r[0] = v", "out"),
        ("a: wp.array2d[float]", "other[i] = wp.sin(a[i, 1])", "in"),
        ("a: wp.indexedarray[float]", "other[i] = a[i]", "in"),
        ("a: Grid", "other[i] = get(a, i)", "in"),
        ("a: Grid", "other[i] = a.size[0]", "in"),
        ("a: Grid", "a.cells[i, 0] = v", "out"),
        ("a: Grid", "a.cells[i, 0] = get(a, i)", "inout"),
        ("a: wp.array[Grid]", "g = a[i]\n    other[i] = g.cells[0, 0]", "in"),
        ("a: wp.array[Grid]", "a[i].size = wp.vec2(v)", "out"),
        ("a: float", "other[i] = a", "in"),
        ("a: wp.uint64", "other[i] = wp.mesh_eval_position(a, i, v, v)[0]", "in"),
    ],
)
def test_roles(argument: str, statement: str, role: str) -> None:
    options = "(enable_backward=False)" if "bump" in statement else ""
    extracted = extract(ROLES.format(options=options, argument=argument, statement=statement))
    assert extracted.args[0]["role"] == role, extracted.cpp_forward


@pytest.mark.parametrize(("position", "role"), [(0, "in"), (1, "out"), (2, "inout")])
def test_roles_of_a_native_snippet(position: int, role: str) -> None:
    snippet = "to[i] = source[i]; count[0] += 1;"
    source = f"""import warp as wp

@wp.func_native(snippet="{snippet}")
def move(source: wp.array[float], to: wp.array[float], count: wp.array[int], i: int): ...

@wp.kernel
def work(source: wp.array[float], to: wp.array[float], count: wp.array[int]):
    move(source, to, count, wp.tid())
"""
    assert extract(source).args[position]["role"] == role


def test_arguments_are_spelt_one_way() -> None:
    source = """import warp as wp

vec7 = wp.types.vector(7, float)

@wp.kernel
def work(
    a: wp.array(dtype=wp.vec3), b: wp.array(dtype=float, ndim=3), c: wp.array2d[wp.mat44f], d: int, e: wp.quatd,
    f: vec7, g: wp.types.matrix((2, 3), wp.float16), h: wp.spatial_vector, i: wp.bool, j: wp.array[wp.bfloat16],
):
    wp.tid()
"""
    assert [(arg["type"], arg["dtype"], arg["ndim"]) for arg in extract(source).args] == [
        ("wp.array[wp.vec3]", "float32", 1),
        ("wp.array3d[wp.float32]", "float32", 3),
        ("wp.array2d[wp.mat44]", "float32", 2),
        ("wp.int32", "int32", 0),
        ("wp.quatd", "float64", 0),
        ("wp.types.vector(length=7, dtype=wp.float32)", "float32", 0),
        ("wp.types.matrix(shape=(2, 3), dtype=wp.float16)", "float16", 0),
        ("wp.spatial_vector", "float32", 0),
        ("wp.bool", "bool", 0),
        ("wp.array[wp.bfloat16]", "bfloat16", 1),
    ]


BAD = {
    "import: SyntaxError": "import warp as wp\n\ndef broken(:\n",
    "import: NameError": "import warp as wp\n\nx = undefined\n",
    "import: not one kernel": "import warp as wp\n",
    "import: ModuleNotFoundError": "import no_such_module_anywhere\n",
    "codegen: generic kernel": SOURCES["saxpy"].replace("alpha: float", "alpha: wp.Float"),
    "codegen: WarpCodegenKeyError": SOURCES["saxpy"].replace("alpha *", "undefined *"),
    "codegen: WarpCodegenError": SOURCES["saxpy"].replace("alpha * x[i]", "wp.dot(alpha, alpha)"),
    "codegen: WarpCodegenTypeError": SOURCES["saxpy"] + "    return y[i]\n",
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_source_is_rejected_with_its_reason_and_costs_no_other(reason: str) -> None:
    good = SOURCES["saxpy"]
    before, bad, after = extract_batch([good, BAD[reason], good])
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert before == after == extract(good)


def test_a_defect_of_ours_is_not_taken_for_a_bad_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kernel: object, devices: object, block_dim: object) -> None:
        raise RuntimeError("not Warp's")

    monkeypatch.setattr("warp_jit_pairs.codegen._generate", broken)
    with pytest.raises(RuntimeError, match="not Warp's"):
        extract_batch([SOURCES["saxpy"]])


def _registries() -> tuple[object, ...]:
    return (
        sorted(wp_context.user_modules),
        dict(wp_context.function_key_counts),
        sorted(linecache.cache),
        sorted(sys.modules),
        wp_codegen.Adjoint.resolve_func,
        wp_codegen.Adjoint.get_line_directive,
        wp_codegen.Var.type_to_ctype,
        wp_codegen.get_arg_type,
        wp_codegen.strip_reference,
        wp_codegen.codegen_func_forward,
        wp_codegen.codegen_func_reverse,
        wp_build._build_lto_base,
        (wp.config.log_level, wp.config.verify_fp, wp.config.mode),
        gc.isenabled(),
    )


def test_a_batch_leaves_nothing_behind() -> None:
    extract_batch(list(SOURCES.values()))  # imports what it needs
    before = _registries()
    constructing = KERNEL.format(kind="float").replace("helper(data.field)", "Data(helper(data.field)).field")
    assert isinstance(extract_batch([constructing, *SOURCES.values(), *BAD.values()])[0], Extracted)
    assert _registries() == before
    gc.collect()
    kinds = (wp_context.Kernel, wp_context.Function, wp_codegen.Struct)
    left = [item for item in gc.get_objects() if type(item) in kinds]
    defined = [item.cls if isinstance(item, wp_codegen.Struct) else item.func for item in left]
    assert not [python for python in defined if python is not None and python.__module__.startswith("wjp_source")]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_batches() -> None:
    def resident() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096

    def some(start: int) -> None:
        for number in range(start, start + 5):
            names = {"saxpy": f"saxpy_{number}", "work": f"work_{number}", "helper": f"helper_{number}"}
            text = [SOURCES["saxpy"], KERNEL.format(kind="float"), SOURCES["control_flow"], SOURCES["structs"]]
            for old, new in names.items():
                text = [source.replace(old, new) for source in text]
            extract_batch(text * 16)

    some(0)
    some(5)
    before = resident()
    for start in range(10, 60, 5):
        some(start)  # 3,200 kernels in all
    assert resident() - before < 8 * 2**20
