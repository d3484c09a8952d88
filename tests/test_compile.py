"""Compilers: objects and PTX from generated text, batches, and what is said when a text is wrong."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from warp_jit_pairs.compile import (
    Clang,
    Compiler,
    Nvrtc,
    Unit,
    compile_units,
    cpu_module,
    cuda_module,
    precompiled_headers,
)
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.isolation import Limits

SOURCE = """import warp as wp

@wp.struct
class State:
    k: float

@wp.func
def scaled(x: float, s: State):
    return x * s.k

@wp.kernel
def kernel(x: wp.array(dtype=float), s: State, y: wp.array(dtype=float)):
    i = wp.tid()
    y[i] = scaled(x[i], s)
"""


@pytest.fixture(scope="module")
def units() -> tuple[Unit, Unit]:
    """The CPU's and the GPU's text of one kernel."""
    code = extract_batch([SOURCE])[0]
    assert not isinstance(code, Rejected)
    return (
        Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward),
        Unit(code.kernel_name, code.support_cuda, code.cuda_forward, code.cuda_backward),
    )


BROKEN = Unit("broken", "", "static int x = missing_name;\nstatic int y = other_name;")


def test_kernels_of_one_name_share_a_module(units: tuple[Unit, Unit]) -> None:
    modules, failed = compile_units([units[0]] * 3, Clang())
    assert not failed
    assert [module.members for module in modules] == [(0, 1, 2)]
    assert modules[0].object[:4] == b"\x7fELF"


def test_a_broken_kernel_costs_only_itself(units: tuple[Unit, Unit]) -> None:
    modules, failed = compile_units([units[0], BROKEN], Clang())
    assert [module.members for module in modules] == [(0,)]
    assert list(failed) == [1]
    assert failed[1].reason == "clang fails"
    assert re.match("kernel_0000: error:.*missing_name.*; error:.*other_name", failed[1].detail)
    assert "/" not in failed[1].detail


def test_what_the_log_names_is_compiled_alone_and_all_else_at_once() -> None:
    class Fussy:
        """Takes no odd numbers, and says which they are of those below 5."""

        def __init__(self) -> None:
            self.calls: list[str] = []

        def module(self, units: Sequence[Unit]) -> str:
            return " ".join(unit.kernel for unit in units)

        def compile(self, source: str) -> bytes:
            self.calls.append(source)
            odd = {place: int(name) for place, name in enumerate(source.split()) if int(name) % 2}
            if odd:
                raise Rejected("fails", "".join(f"kernel_{place:04d}: " for place, name in odd.items() if name < 5))
            return b""

    fussy = Fussy()
    modules, failed = compile_units([Unit(str(number), "", "") for number in range(8)], fussy)
    assert [module.members for module in modules] == [(0, 2, 4), (6,)]
    assert sorted(failed) == [1, 3, 5, 7]
    assert fussy.calls == ["0 1 2 3 4 5 6 7", "0 2 4 5 6 7", "1", "3", "0 2 4", "5 6 7", "5", "6 7", "6", "7"]


NESTED = "static float x = " + "-" * 400_000 + "1.0f;"
HUNGRY = 'extern "C" char x[500000000] = {1};'
ENDLESS = "\n".join(f"#define X{k + 1} {f'X{k} ' * 8}" for k in range(12)) + "\nstatic int x = X12;"
"""Sources that no compiler gets through."""


def test_a_kernel_that_takes_the_compiler_down_costs_only_itself(units: tuple[Unit, Unit]) -> None:
    modules, failed = compile_units([units[0], Unit("deadly", "", NESTED)], Clang())
    assert [module.members for module in modules] == [(0,)]
    assert {place: str(reason) for place, reason in failed.items()} == {1: "clang crashes with SIGSEGV"}


@pytest.mark.parametrize(
    ("compiler", "source", "end"),
    [
        (Clang(limits=Limits(seconds=60.0, memory=200 << 20)), HUNGRY, "clang (fails|runs out of memory)"),
        (Clang(limits=Limits(seconds=1.0)), ENDLESS, "clang hangs"),
        (Nvrtc(limits=Limits(seconds=1.0)), ENDLESS, "nvrtc hangs"),
    ],
    ids=["hungry", "endless", "endless for a GPU"],
)
def test_a_source_that_a_compiler_does_not_get_through_is_rejected(compiler: Compiler, source: str, end: str) -> None:
    with pytest.raises(Rejected, match=f"^{end}"):
        compiler.compile(source)


def test_nothing_to_compile() -> None:
    assert compile_units([], Clang()) == ([], {})


def test_launch_dimensions_are_read_off_the_text(units: tuple[Unit, Unit]) -> None:
    assert units[0].dimensions == 1
    assert Unit("k", "", "wp::launch_bounds_t<3> dim").dimensions == 3


def test_precompiled_headers_change_nothing_but_time(
    units: tuple[Unit, Unit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    precompiled_headers.cache_clear()
    with_headers = Clang().compile(cpu_module([units[0]]))
    made = precompiled_headers(0)
    assert made is not None
    assert made.parent == tmp_path / "warp_jit_pairs"
    with pytest.raises(Rejected, match="clang fails"):
        Clang().compile("int x = missing_name;")
    assert [path.suffix for path in made.iterdir()] == [".pch"]
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/cannot/be/written")
    precompiled_headers.cache_clear()
    assert precompiled_headers(0) is None
    assert Clang().compile(cpu_module([units[0]])) == with_headers
    precompiled_headers.cache_clear()


def test_ptx_without_a_gpu(units: tuple[Unit, Unit]) -> None:
    ptx = Nvrtc(90).compile(cuda_module([units[1]])).decode()
    assert ".target sm_90" in ptx
    assert "kernel_cuda_kernel_forward" in ptx


def test_nvrtc_says_what_is_wrong() -> None:
    with pytest.raises(Rejected, match="missing_name") as caught:
        Nvrtc(90).compile(cuda_module([BROKEN]))
    assert caught.value.reason == "nvrtc fails"


BLOCK_SUM = """\
import warp as wp


@wp.kernel
def block_sum(x: wp.array(dtype=float), total: wp.array(dtype=float)):
    block, lane = wp.tid()
    value = 2.0 * x[block]
    wp.tile_store(total, wp.tile_sum(wp.tile(value)), offset=block)
"""


def test_tiles_are_laid_out_for_the_blocks_of_the_launch() -> None:
    blocks = [64, 256, 64]
    codes = [
        code
        for code in extract_batch([BLOCK_SUM, BLOCK_SUM, BLOCK_SUM.replace("block_sum", "block_total")], blocks)
        if isinstance(code, Extracted)
    ]
    for code, block in zip(codes, blocks, strict=True):
        assert f"tile_shape_t<{block}>" in code.cuda_forward
        assert "tile_shape_t<1>" in code.cpp_forward
    units = [
        Unit(code.kernel_name, code.support_cuda, code.cuda_forward, code.cuda_backward, block)
        for code, block in zip(codes, blocks, strict=True)
    ]
    modules, failed = compile_units(units, Nvrtc())
    assert ([module.members for module in modules], failed) == ([(0, 2), (1,)], {})
    _, failed = compile_units([dataclasses.replace(units[0], block_dim=32)], Nvrtc())
    assert "no operator" in failed[0].detail
