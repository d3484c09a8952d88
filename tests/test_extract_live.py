"""Extraction of live kernels, wherever they were defined, and the proof that the extracted code is all of it."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import linecache
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import warp as wp
from warp._src import build as wp_build
from warp._src import context as wp_context

from benchmarks.real_extraction import judge, registered_kernels
from warp_jit_pairs.codegen import module_text
from warp_jit_pairs.columns import CODE_COLUMNS
from warp_jit_pairs.errors import SourceError, UnknownNameError, UsageError
from warp_jit_pairs.extract import Extracted, extract_batch, extract_ir, extract_kernel, extract_python_ir_pair

FOLDER = Path(__file__).parent / "golden" / "extract"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


def load(path: Path) -> ModuleType:
    name = f"live_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def kernel_of(module: ModuleType) -> Any:
    return next(value for value in vars(module).values() if isinstance(value, wp_context.Kernel))


@pytest.fixture(scope="module", params=NAMES)
def both(request: pytest.FixtureRequest) -> tuple[Any, Extracted]:
    """A kernel as a live object, and what extraction gives for its source."""
    path = FOLDER / f"{request.param}.py"
    (extracted,) = extract_batch([path.read_text()])
    assert isinstance(extracted, Extracted)
    load(path)  # so that functions are numbered from 1 on the second time
    return kernel_of(load(path)), extracted


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_live_kernel_gives_the_code_of_its_source(both: tuple[Any, Extracted], device: str) -> None:
    kernel, extracted = both
    found = extract_ir(kernel, device)
    name = {"cpu": "cpp", "cuda": "cuda"}[device]
    assert found["forward_code"] == getattr(extracted, f"{name}_forward")
    assert (found["backward_code"] or "") == getattr(extracted, f"{name}_backward")
    parts = [getattr(extracted, column) for column in (f"support_{name}", f"{name}_forward", f"{name}_backward")]
    assert found["cpp_code"] == "\n".join(part for part in parts if part)
    assert found["metadata"]["args"] == extracted.args
    assert found["metadata"]["kernel_name"] == extracted.kernel_name


def test_python_lines_are_those_of_the_python_source(both: tuple[Any, Extracted]) -> None:
    kernel, extracted = both
    found = extract_ir(kernel)
    lines = found["metadata"]["line_map"]
    assert len(lines) == len(found["cpp_code"].splitlines())
    theirs = Path(kernel.adj.filename).read_text().splitlines()
    ours = found["python_source"].splitlines()
    stored = [*extracted.line_map["support_cpp"], 0, *extracted.line_map["cpp_forward"]]
    stored = stored if extracted.support_cpp else extracted.line_map["cpp_forward"]
    for line, other in zip(lines, stored, strict=False):
        assert (line and ours[line - 1].strip()) == (other and theirs[other - 1].strip())


def test_python_source_runs_alone_and_gives_the_same_code(both: tuple[Any, Extracted]) -> None:
    kernel, extracted = both
    (again,) = extract_batch([extract_ir(kernel)["python_source"]])
    assert isinstance(again, Extracted), again
    key, again_key = extracted.kernel_name, again.kernel_name  # a closure's name says where it was defined
    assert again.cpp_forward == extracted.cpp_forward.replace(key, again_key)
    assert again.support_cuda == extracted.support_cuda


def test_both_devices_of_a_live_kernel_at_once(both: tuple[Any, Extracted]) -> None:
    kernel, extracted = both
    python_source, code = extract_kernel(kernel)
    assert python_source == extract_ir(kernel)["python_source"]
    for column in CODE_COLUMNS:
        assert getattr(code, column) == getattr(extracted, column)
    assert (
        code.line_map["cpp_forward"]
        == extract_ir(kernel, include_backward=False)["metadata"]["line_map"][-len(code.line_map["cpp_forward"]) :]
    )


def test_a_kernel_without_adjoint_has_none() -> None:
    kernel = kernel_of(load(FOLDER / "forward_only.py"))
    assert extract_ir(kernel)["backward_code"] is None


def test_the_adjoint_can_be_left_out() -> None:
    kernel = kernel_of(load(FOLDER / "saxpy.py"))
    found = extract_ir(kernel, include_backward=False)
    assert found["backward_code"] is None
    assert "kernel_backward" not in found["cpp_code"]
    assert len(found["metadata"]["line_map"]) == len(found["cpp_code"].splitlines())


def test_a_pair_has_the_forward_code_of_its_device() -> None:
    kernel = kernel_of(load(FOLDER / "saxpy.py"))
    pair = extract_python_ir_pair(kernel, "cuda")
    assert set(pair) == {"python_source", "cpp_forward", "metadata"}
    assert pair["cpp_forward"] == extract_ir(kernel, "cuda")["forward_code"]
    assert "@wp.kernel" in pair["python_source"]
    assert pair["metadata"]["device"] == "cuda"


def test_overloads_of_a_generic_kernel() -> None:
    module = ModuleType("generic_cell")
    text = (FOLDER / "saxpy.py").read_text().replace("alpha: float", "alpha: wp.Float").replace("[float]", "[wp.Float]")
    run_as_cell(text, module)
    kernel = module.saxpy
    with pytest.raises(SourceError, match=r"generic and has no overload"):
        extract_ir(kernel)
    single = wp.overload(kernel, [wp.float64, wp.array[wp.float64], wp.array[wp.float64]])
    assert "wp::float64" in extract_ir(single)["forward_code"]
    assert extract_ir(kernel) == extract_ir(single)
    wp.overload(kernel, [wp.float16, wp.array[wp.float16], wp.array[wp.float16]])
    with pytest.raises(SourceError, match=r"pass one of its overloads, \(wp\.float16, wp\.array\[wp\.float16\]"):
        extract_ir(kernel)


def run_as_cell(text: str, module: ModuleType) -> None:
    """Run text as a notebook does: compiled under a made-up file name that linecache knows."""
    name = f"<ipython-input-{module.__name__}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    sys.modules[module.__name__] = module
    exec(compile(text, name, "exec"), module.__dict__)


def test_a_kernel_of_a_notebook_cell_and_a_closure() -> None:
    module = ModuleType("notebook_cell")
    run_as_cell((FOLDER / "static_closure.py").read_text() + "\nother = make_filter(2, 8.0)\n", module)
    three, two = extract_ir(module.smooth), extract_ir(module.other)
    assert three["metadata"]["kernel_name"] == two["metadata"]["kernel_name"]
    assert three["forward_code"].count("wp::extract(") == 3
    assert two["forward_code"].count("wp::extract(") == 2
    assert "= 16.0;" in two["forward_code"]


def test_extraction_does_not_change_the_kernel() -> None:
    kernel = kernel_of(load(FOLDER / "saxpy.py"))
    x, y = wp.ones(4, dtype=float, device="cpu"), wp.ones(4, dtype=float, device="cpu")
    wp.launch(kernel, dim=4, inputs=[2.0, x, y], device="cpu")
    state = (kernel.hash, kernel.get_mangled_name(), kernel.grid_stride, dict(kernel.module._tid_extent_limits))
    options, level = dict(kernel.module.options), wp.config.log_level
    extract_ir(kernel, "cuda")
    assert state == (kernel.hash, kernel.get_mangled_name(), kernel.grid_stride, kernel.module._tid_extent_limits)
    assert (options, level) == (kernel.module.options, wp.config.log_level)
    wp.launch(kernel, dim=4, inputs=[2.0, x, y], device="cpu")
    assert y.numpy().tolist() == [5.0] * 4


@pytest.mark.parametrize("device", ["gpu", "cuda:0", "", None])
def test_an_unknown_device_is_refused(device: Any) -> None:
    with pytest.raises(UnknownNameError, match="choose from cpu, cuda"):
        extract_ir(kernel_of(load(FOLDER / "saxpy.py")), device)


@pytest.mark.parametrize("thing", [None, "saxpy", test_a_kernel_without_adjoint_has_none, wp.sin])
def test_what_is_no_kernel_is_refused(thing: object) -> None:
    with pytest.raises(SourceError, match="is no Warp kernel"):
        extract_ir(thing)


def test_a_kernel_that_warp_refuses_raises_one_line() -> None:
    module = ModuleType("refused_cell")
    run_as_cell((FOLDER / "saxpy.py").read_text().replace("alpha *", "undefined *"), module)
    with pytest.raises(UsageError) as caught:
        extract_ir(module.saxpy)
    assert "undefined" in str(caught.value)
    assert "\n" not in str(caught.value)


def compile_cpu(extracted: Extracted, folder: Path) -> Path:
    text = module_text(
        extracted.kernel_name, extracted.support_cpp, extracted.cpp_forward, extracted.cpp_backward, "cpu"
    )
    source, output = folder / "module.cpp", folder / "module.o"
    source.write_text(text)
    wp_build.build_cpu(str(output), str(source), optimization_level=0, block_dim=1)
    return output


def compile_cuda(extracted: Extracted, folder: Path) -> Path:
    text = module_text(
        extracted.kernel_name, extracted.support_cuda, extracted.cuda_forward, extracted.cuda_backward, "cuda"
    )
    source, output = folder / "module.cu", folder / "module.ptx"
    source.write_text(text)
    wp_build.build_cuda(str(source), 90, str(output), pch_dir=None, use_precompiled_headers=False)
    return output


@pytest.mark.slow
def test_the_stored_columns_compile(both: tuple[Any, Extracted], tmp_path: Path) -> None:
    extracted = both[1]
    wp.init()
    assert compile_cpu(extracted, tmp_path).stat().st_size > 0
    assert (
        f".visible .entry {extracted.kernel_name}_cuda_kernel_forward(" in compile_cuda(extracted, tmp_path).read_text()
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["saxpy", "functions", "structs"])
def test_the_stored_columns_run_as_warp_runs_the_kernel(name: str, tmp_path: Path) -> None:
    path = FOLDER / f"{name}.py"
    module = load(path)
    kernel = kernel_of(module)
    (extracted,) = extract_batch([path.read_text()])
    assert isinstance(extracted, Extracted)
    expected, got = (_launch(module, kernel, hooks) for hooks in (None, _hooks(extracted, tmp_path)))
    assert [array.tobytes() for array in got] == [array.tobytes() for array in expected]
    assert any(array.any() for array in got)


def _hooks(extracted: Extracted, folder: Path) -> Any:
    llvm = wp_context.runtime.llvm
    handle = f"stored_{extracted.kernel_name}".encode()
    output = compile_cpu(extracted, folder)
    assert llvm.wp_load_obj(str(output).encode(), handle, False) == 0
    forward, backward = (
        ctypes.CFUNCTYPE(None)(llvm.wp_lookup(handle, f"{extracted.kernel_name}_cpu_{direction}".encode()))
        for direction in ("forward", "backward")
    )
    return wp_context.KernelHooks(forward, backward)


def _launch(module: ModuleType, kernel: Any, hooks: Any) -> list[np.ndarray]:
    """Launch forward and adjoint, through other compiled code if `hooks` are given, and return every array after it."""
    rng = np.random.default_rng(7)

    def array(dtype: Any, width: int = 1) -> Any:
        values = rng.uniform(0.5, 2.0, (5, width) if width > 1 else 5).astype(np.float32)
        grads = rng.uniform(0.5, 2.0, values.shape).astype(np.float32)
        made = wp.array(values, dtype=dtype, device="cpu", requires_grad=True)
        made.grad = wp.array(grads, dtype=dtype, device="cpu")
        return made

    if kernel.key == "saxpy":
        inputs = [1.5, array(float), array(float)]
    elif kernel.key == "use_functions":
        inputs = [array(float), array(wp.vec3, 3), array(float)]
    else:
        system = module.System()
        system.spring.stiffness = 3.0
        system.spring.rest = wp.vec2(1.0, 2.0)
        system.positions = array(wp.vec2, 2)
        inputs = [system, array(wp.vec2, 2)]
    arrays = [value for value in inputs if isinstance(value, wp.array)]
    adjoints = [value.grad if isinstance(value, wp.array) else value for value in inputs]
    for adjoint in (False, True):
        options = {"adjoint": True, "adj_inputs": adjoints} if adjoint else {}
        command = wp.launch(kernel, dim=5, inputs=inputs, device="cpu", record_cmd=True, **options)
        if hooks is not None:
            command.hooks = hooks
        command.launch()
    return [value.numpy() for value in (*arrays, *(array.grad for array in arrays))]


@pytest.mark.slow
@pytest.mark.parametrize(
    "module", ["core.example_dem", "core.example_sph", "tile.example_tile_nbody", "fem.example_apic_fluid"]
)
def test_real_kernels_give_what_warp_generates_for_each_alone(module: str) -> None:
    """A sample of `python -m benchmarks.real_extraction`."""
    name = f"warp.examples.{module}"
    importlib.import_module(name)
    kernels = [kernel for kernel in registered_kernels() if kernel.func.__module__ == name]
    assert kernels
    assert {outcome for kernel in kernels for outcome in judge(kernel).values()} == {"same"}


def test_a_block_size_of_the_kernels_own_changes_no_cpu_code() -> None:
    namespace: dict[str, Any] = {"wp": wp, "__name__": __name__}
    source = "@wp.kernel\ndef double(x: wp.array[float]):\n    i = wp.tid()\n    x[i] = x[i] * 2.0\n"
    filename = "<kernel with a block size>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), namespace)
    kernel = namespace["double"]
    plain = extract_ir(kernel)["cpp_code"]
    kernel.options["block_dim"] = 64
    assert extract_ir(kernel)["cpp_code"] == plain
    assert kernel.options["block_dim"] == 64
    assert "double_cuda_kernel_forward" in extract_ir(kernel, device="cuda")["cpp_code"]
