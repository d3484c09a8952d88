"""A first look at a GPU: the driver, one kernel by hand, a bad kernel and a hanging one that cost themselves alone.

    python -m benchmarks.gpu_smoke

Prints one line for each step, with the trace where it fails, and goes on; exits with 1 if any failed.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable

import numpy as np

from warp_jit_pairs.compile import Unit
from warp_jit_pairs.cuda_driver import device_count, device_info
from warp_jit_pairs.execute import Launch
from warp_jit_pairs.execute_cuda import CudaExecutor, CudaKernel, CudaLimits
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.ptx import Ptx, to_ptx
from warp_jit_pairs.reference import Reference

SQUARE = """\
import warp as wp


@wp.kernel
def square(x: wp.array(dtype=float), y: wp.array(dtype=float)):
    i = wp.tid()
    y[i] = x[i] * x[i]
"""
OUTSIDE = SQUARE.replace("y[i] = x[i] * x[i]", "y[i + 1000000000] = x[i]").replace("square", "outside")
ENDLESS = """\
import warp as wp


@wp.kernel
def endless(x: wp.array(dtype=float), y: wp.array(dtype=float)):
    i = wp.tid()
    while y[0] < 1.0e30:
        y[i] = x[i]
"""


def kernel(source: str) -> CudaKernel:
    """The PTX of a source with one plain kernel."""
    (code,) = extract_batch([source])
    assert isinstance(code, Extracted), code
    unit = Unit(code.kernel_name, code.support_cuda, code.cuda_forward, code.cuda_backward, 256)
    (ptx,) = to_ptx([unit])
    assert isinstance(ptx, Ptx), ptx
    return CudaKernel(code.kernel_name, ptx, 1, shared=code.shared)


def together() -> str:
    """A right kernel around a bad one and a hanging one."""
    x = np.array([1.0, -2.0, 3.0], np.float32)
    arguments = Reference(SQUARE).arguments
    inputs = {"x": x, "y": np.zeros(3, np.float32)}
    seeds = {"y": np.array([1.0, 0.5, -1.0], np.float32)}
    kernels = [kernel(source) for source in (SQUARE, OUTSIDE, ENDLESS)]
    launches = [Launch(unit, (3,), arguments, inputs, seeds if unit == 0 else None) for unit in (0, 1, 1, 2, 0)]
    with CudaExecutor(0, CudaLimits(launch=3.0)) as executor:
        answers = executor.run(kernels, launches)
    for answer in (answers[0], answers[4]):
        assert not answer.reason, answer.reason
        assert np.allclose(answer.outputs["y"], x * x), answer.outputs
        assert np.allclose(answer.gradients["x"], 2 * x * seeds["y"]), answer.gradients
    return f"{answers[0].resources}; outside: {answers[1].reason!r}; endless: {answers[3].reason!r}"


def step(name: str, run: Callable[[], object]) -> bool:
    """Run one step, say what came of it, and whether it worked."""
    start = time.monotonic()
    try:
        print(f"ok    {name}: {run()} ({time.monotonic() - start:.1f} s)", flush=True)
        return True
    except Exception:  # noqa: BLE001  the next step may still work
        print(f"FAILS {name} ({time.monotonic() - start:.1f} s)\n{traceback.format_exc()[-2500:]}", flush=True)
        return False


def main() -> None:
    """Run all steps."""
    steps: dict[str, Callable[[], object]] = {
        "devices": device_count,
        "first device": device_info,
        "three kernels": together,
    }
    if [name for name, run in steps.items() if not step(name, run)]:
        sys.exit(1)


if __name__ == "__main__":
    main()
