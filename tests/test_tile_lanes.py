"""Kernels with lanes: whatever the number of threads in a block, the outputs are the same.

Warp runs blocks of several lanes on the CPU if told to (`enable_cpu_blocks`), in a process of its own here since that
is a setting of the whole process.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES

RUN = """
import importlib.util, sys
import numpy as np
import warp as wp

wp.config.quiet = True
wp.config.enable_cpu_blocks = True
wp.config.kernel_cache_dir = sys.argv[1]


def draw(random, kind, fact, dims):
    if "equals" in fact:
        return dims[fact["equals"]]
    low, high = fact.get("low", -2), fact.get("high", 2)
    if not hasattr(kind, "ndim"):
        return float(random.uniform(low, high)) if kind in (float, wp.float32) else int(low)
    shape = tuple(dims[d] for d in fact["shape"]) + tuple(getattr(kind.dtype, "_shape_", ()))
    if getattr(kind.dtype, "_wp_scalar_type_", kind.dtype) in (wp.float32, wp.float64):
        return wp.array(random.uniform(low, high, shape), dtype=kind.dtype, device="cpu")
    if "bound" in fact:
        low, high = 0, dims[fact["bound"]] - 1
    return wp.array(random.integers(int(low), int(high) + 1, shape), dtype=kind.dtype, device="cpu")


metadata, name = eval(sys.argv[3]), sys.argv[4]
answers = []
for lanes in (1, 8):
    found = importlib.util.spec_from_file_location(f"lanes_{lanes}", sys.argv[2])
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    kernel, random = getattr(module, name), np.random.default_rng(5)
    inputs = [draw(random, a.type, metadata["args"][a.label], metadata["dims"]) for a in kernel.adj.args]
    wp.launch_tiled(kernel, dim=metadata["launch"]["dim"][:-1], inputs=inputs, block_dim=lanes, device="cpu")
    answers.append([value.numpy() for value in inputs if isinstance(value, wp.array)])
for other in answers[1:]:
    for left, right in zip(answers[0], other):
        np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-4)
"""


def with_lanes(count: int) -> list[dict]:
    """The first kernels of the tile category that have lanes and take no handle."""
    found: list[dict] = []
    seed = 0
    while len(found) < count:
        spec = generate_kernel("tile", seed)
        seed += 1
        if spec["metadata"]["launch"]["lanes"] and "wp.uint64" not in spec["source"]:
            found.append(spec)
    return found


def test_lanes_are_the_last_dimension_of_the_launch() -> None:
    for spec in with_lanes(20):
        launch = spec["metadata"]["launch"]
        assert launch["tiled"]
        assert launch["dim"][-1] == 1
        assert launch["dims"][-1] in spec["metadata"]["fixed"]


def test_kernels_without_lanes_say_so() -> None:
    for category in sorted(set(CATEGORIES) - {"tile", "geometry", "reduction", "combined"}):
        assert generate_kernel(category, 1)["metadata"]["launch"]["lanes"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(2))
def test_outputs_do_not_depend_on_the_number_of_lanes(number: int, tmp_path: Path) -> None:
    spec = with_lanes(number + 1)[number]
    path = tmp_path / "kernel.py"
    path.write_text(spec["source"])
    command = [sys.executable, "-c", RUN, str(tmp_path), str(path), repr(spec["metadata"]), spec["name"]]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]
