"""The kernels that `warp.fem` writes for the Poisson solver are found, and have code for both devices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import warp as wp

from warp_jit_pairs.extract import extract_ir
from warp_jit_pairs.fem_kernels import fem_kernels
from warp_jit_pairs.poisson_validation import Case
from warp_jit_pairs.quiet import quiet_warp

FAST = Case("triangle", 2, 1)
KINDS = {
    "stiffness",
    "load",
    "measure",
    "locate",
    "evaluate",
    "trace",
    "fill_node_positions",
    "fill_element_node_indices",
}


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    with quiet_warp():
        yield


@pytest.fixture(scope="module")
def kernels() -> list[Any]:
    return fem_kernels([FAST])


def names(kernels: Sequence[Any]) -> list[str]:
    return [f"{kernel.module.name} {kernel.key}" for kernel in kernels]


def extracted(kernel: Any) -> None:
    for device, marker in (("cpu", "_cpu_kernel_"), ("cuda", "_cuda_kernel_")):
        found = extract_ir(kernel, device)
        assert f"{kernel.key}{marker}forward" in found["forward_code"]
        assert f"{kernel.key}{marker}backward" in found["backward_code"]
        assert found["metadata"]["kernel_name"] == kernel.key
        assert found["python_source"]


def test_integrands_assembly_and_topology_are_among_them(kernels: list[Any]) -> None:
    keys = names(kernels)
    assert {kernel.key.rpartition("_")[0] for kernel in kernels} >= KINDS
    assert any("trimesh" in key for key in keys)
    assert not any(kernel.is_generic for kernel in kernels)


def test_they_come_in_the_same_order_each_time(kernels: list[Any]) -> None:
    assert names(fem_kernels([FAST])) == names(kernels) == sorted(names(kernels))


def test_collecting_leaves_launching_and_the_solver_as_they_were(kernels: list[Any]) -> None:
    assert wp.launch.__module__ != fem_kernels.__module__
    before = [dict(kernel.options) for kernel in kernels]
    again = fem_kernels([FAST])
    assert [kernel.options for kernel in again] == before
    assert not any(mine is other for mine, other in zip(kernels, again, strict=True))


@pytest.mark.parametrize("kind", sorted(KINDS - {"fill_element_node_indices"}))
def test_each_kind_has_code_for_both_devices(kernels: list[Any], kind: str) -> None:
    extracted(next(kernel for kernel in kernels if kernel.key.startswith(f"{kind}_")))


@pytest.mark.slow
def test_every_one_of_every_element_has_code_for_both_devices() -> None:
    found = fem_kernels()
    assert len(found) > 120
    for kernel in found:
        extracted(kernel)
