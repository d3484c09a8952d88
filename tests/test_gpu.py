"""What needs a GPU: `pytest -m cuda`. Reported as skipped where there is none.

The long proofs are scripts (`benchmarks/gpu_proof.py`, `gpu_checks.py`, `stored_ptx.py`).
"""

from __future__ import annotations

import sys

import numpy as np
import pytest
from conftest import ROOT

from warp_jit_pairs.compile import Unit
from warp_jit_pairs.cuda_driver import device_info
from warp_jit_pairs.errors import NoGpuError
from warp_jit_pairs.execute import Launch
from warp_jit_pairs.execute_cuda import CudaExecutor, CudaKernel, CudaLimits
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.ptx import Ptx, to_ptx
from warp_jit_pairs.reference import Reference
from warp_jit_pairs.suite import run_suite
from warp_jit_pairs.suite_kernels import CHECKS
from warp_jit_pairs.verify import Gpu, Verdict, VerifyItem, verify_batch

sys.path.insert(0, str(ROOT))
from benchmarks.gpu_smoke import OUTSIDE, SQUARE, kernel


def _missing() -> str:
    try:
        device_info()
    except NoGpuError as error:
        return str(error)
    return ""


MISSING = _missing()
pytestmark = [pytest.mark.cuda, pytest.mark.skipif(bool(MISSING), reason=MISSING or "there is a GPU")]


def test_a_kernel_and_its_adjoint_run_beside_one_that_ends_the_context() -> None:
    x = np.array([1.0, -2.0, 3.0], np.float32)
    seeds = {"y": np.array([1.0, 0.5, -1.0], np.float32)}
    inputs = {"x": x, "y": np.zeros(3, np.float32)}
    arguments = Reference(SQUARE).arguments
    launches = [Launch(unit, (3,), arguments, inputs, seeds if unit == 0 else None) for unit in (0, 1, 0)]
    with CudaExecutor(0, CudaLimits(launch=5.0)) as executor:
        first, bad, last = executor.run([kernel(SQUARE), kernel(OUTSIDE)], launches)
    assert "ADDRESS" in bad.reason  # illegal, or of an invalid space, by what lies there
    for answer in (first, last):
        assert answer.reason == ""
        np.testing.assert_allclose(answer.outputs["y"], x * x)
        np.testing.assert_allclose(answer.gradients["x"], 2 * x * seeds["y"])
        assert answer.resources["forward"]["registers"] > 0


@pytest.mark.parametrize("category", CATEGORIES)
def test_generated_kernels_agree(category: str) -> None:
    drawn = [generate_kernel(category, seed) for seed in (11, 12, 13)]
    # Random tiles depend on the threads of a block, which a CPU has one of (notes/warp_findings.md).
    specs = [spec for spec in drawn if "tile_rand" not in spec["source"]]
    blocks = [spec["metadata"]["launch"]["block_dim"] for spec in specs]
    codes = extract_batch([spec["source"] for spec in specs], blocks)
    items, kernels = [], []
    for spec, code, block in zip(specs, codes, blocks, strict=True):
        assert isinstance(code, Extracted)
        (ptx,) = to_ptx([Unit(code.kernel_name, code.support_cuda, code.cuda_forward, code.cuda_backward, block)])
        assert isinstance(ptx, Ptx)
        unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
        metadata = spec["metadata"]
        launch = metadata["launch"]
        items.append(VerifyItem(spec["source"], unit, 5, metadata, metadata["differentiable"]))
        ndim = unit.dimensions
        kernels.append(CudaKernel(unit.kernel, ptx, ndim, block, launch["tiled"], launch["lanes"], code.shared))
    with CudaExecutor(0) as gpu:
        found = verify_batch(items, "cuda", gpu=Gpu(gpu, kernels))
    ran = [one.cuda for one in found if isinstance(one, Verdict) and one.executed == "passed"]
    assert ran
    assert [one.reason for one in ran if one.state != "passed"] == []


@pytest.mark.parametrize("kind", sorted({check.kind for check in CHECKS}))
def test_the_suite_passes(kind: str) -> None:
    assert [one for one in run_suite("cuda", [kind]) if not one.passed] == []
