"""Execution on a GPU, with a driver whose device is the CPU: layout of parameters, canaries, failures that stay alone.

What needs a real GPU is in `test_gpu.py`.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import ROOT
from fake_gpu import FakeDriver, Local

from warp_jit_pairs import cuda_driver, execute_cuda, verify
from warp_jit_pairs.compile import Unit
from warp_jit_pairs.device_memory import Arena, DeviceArguments, cuda_bounds, cuda_extents
from warp_jit_pairs.errors import CudaError, NoGpuError, Rejected
from warp_jit_pairs.execute import Launch
from warp_jit_pairs.execute_cuda import CudaExecutor, CudaKernel, CudaLimits
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.native_memory import NativeHandle
from warp_jit_pairs.ptx import Ptx, to_ptx
from warp_jit_pairs.verify import Gpu, VerifyItem, verify_batch
from warp_jit_pairs.verify_cuda import CudaVerdict, Subject, verify_on_cuda

CATEGORIES = ("arithmetic", "struct", "geometry")


class Kernels:
    """A kernel of each of several categories that agrees on the CPU, and a fake GPU that knows them."""

    def __init__(self, folder: Path) -> None:
        self.kernels: list[CudaKernel] = []
        self.subjects: list[Subject] = []
        units = [next(filter(None, map(self._added, itertools.repeat(name), range(57, 97)))) for name in CATEGORIES]
        self.driver = FakeDriver(units, folder)

    def _added(self, category: str, seed: int) -> Unit | None:
        """The code for the CPU of a generated kernel; None if it is degenerate."""
        spec = generate_kernel(category, seed, "small")
        metadata = spec["metadata"]
        (code,) = extract_batch([spec["source"]])
        assert isinstance(code, Extracted)
        assert not metadata["launch"]["tiled"]
        unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
        (ptx,) = to_ptx([Unit(code.kernel_name, code.support_cuda, code.cuda_forward, code.cuda_backward, 256)])
        assert isinstance(ptx, Ptx)
        kernel = CudaKernel(unit.kernel, ptx, unit.dimensions)
        item = VerifyItem(spec["source"], unit, 7, metadata, metadata["differentiable"])
        with pytest.MonkeyPatch.context() as patch:  # what the CPU finds is worked out once
            patch.setattr(verify, "verify_on_cuda", lambda subjects, *_: self._keep(subjects))
            (verdict,) = verify_batch([item], "cuda", gpu=Gpu(Local(), [kernel]))
        if isinstance(verdict, Rejected):
            assert verdict.reason.startswith("degenerate"), verdict
            return None
        self.kernels.append(kernel)
        return unit

    def _keep(self, subjects: Sequence[Subject]) -> list[CudaVerdict]:
        self.subjects += subjects
        return [CudaVerdict() for _ in subjects]


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Kernels:
    return Kernels(tmp_path_factory.mktemp("fake"))


@pytest.fixture
def fake(kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDriver]:
    monkeypatch.setattr(cuda_driver, "_driver", lambda: kernels.driver)
    monkeypatch.setattr(DeviceArguments, "_handle", lambda self, kind, content: NativeHandle(kind, content))
    yield kernels.driver
    kernels.driver.broken.clear()
    kernels.driver.disturb = None


def verdicts(kernels: Kernels) -> list[CudaVerdict]:
    return verify_on_cuda(kernels.subjects, Local(), verify._gradient)


def test_kernels_agree_through_the_driver(kernels: Kernels, fake: FakeDriver) -> None:
    found = verdicts(kernels)
    assert [one.state for one in found] == ["passed"] * len(CATEGORIES)
    assert any(one.gradient_errors for one in found)
    assert max(max(one.errors.values(), default=0.0) for one in found) < 1e-4
    assert found[0].resources["forward"] == {"shared": 1, "local": 3, "registers": 4}


def test_a_gpu_that_gives_other_outputs_fails(kernels: Kernels, fake: FakeDriver) -> None:
    fake.disturb = "forward"
    found = verdicts(kernels)
    assert [one.state for one in found] == ["failed"] * len(found)
    assert {one.reason.split(":")[0] for one in found} == {"outputs differ"}


def test_a_gpu_that_gives_other_adjoints_fails(kernels: Kernels, fake: FakeDriver) -> None:
    fake.disturb = "backward"
    found = [one for one, subject in zip(verdicts(kernels), kernels.subjects, strict=True) if subject.gradient]
    assert found
    assert {one.reason.split(":")[0] for one in found} == {"adjoint differs"}


def test_a_call_that_fails_is_the_reason(kernels: Kernels, fake: FakeDriver) -> None:
    fake.broken["cuModuleLoadDataEx"] = 218
    found = verdicts(kernels)
    assert {one.reason for one in found} == {"cuModuleLoadDataEx fails: unknown error"}


def test_errors_of_a_kernel_that_ran_are_fatal(kernels: Kernels, fake: FakeDriver) -> None:
    fake.broken["cuLaunchKernel"] = 700
    (answer,) = Local().run(kernels.kernels[:1], [kernels.subjects[0].run.launches[0]])
    assert answer.fatal
    assert not CudaError("cuLaunchKernel", 701, "").fatal
    assert not CudaError("cuLaunchKernel", 1, "").fatal


# -- where things lie


def test_extents_of_a_launch() -> None:
    assert cuda_extents((5,), 64, tiled=False, lanes=0) == (5,)
    assert cuda_extents((5, 2), 64, tiled=True, lanes=0) == (5, 2, 64)
    assert cuda_extents((5, 1), 64, tiled=True, lanes=1) == (5, 64)


def test_bounds_are_those_of_warp() -> None:
    from warp._src.context import _build_launch_bounds_from_tuple

    for extents, ndim in (((7,), 1), ((7, 64), 1), ((3, 4, 32), 2), ((3, 4), 3), ((2, 3, 4, 5), 4), ((6, 5, 4), 1)):
        mine, threads = cuda_bounds(extents, ndim)
        theirs = _build_launch_bounds_from_tuple(extents, ndim)
        assert mine == bytes(theirs)
        assert threads == theirs.size


def test_an_arena_hands_out_memory_that_does_not_overlap(fake: FakeDriver) -> None:
    arena = Arena(0)
    taken = [arena.take(size) for size in (10, 5_000_000, 300, 0, 7)]
    places = sorted((address, address + len(host)) for host, address in taken)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(places))
    for number, (host, _) in enumerate(taken):
        host[...] = number
    arena.upload()
    for host, _ in taken:
        host[...] = 99
    arena.download()
    assert all((host == number).all() for number, (host, _) in enumerate(taken))
    arena.close()


# -- processes

ANSWERS = """\
import os, sys, time
sys.path.append(sys.argv[1])
from warp_jit_pairs.execute_cuda import CudaAnswer
from warp_jit_pairs.messages import receive, send
out = os.fdopen(os.dup(1), "wb")
send(out, "")
while True:
    try:
        job = receive(0)
    except EOFError:
        break
    for launch in job["launches"]:
        what = job["kernels"][launch.unit].name
        if what == "crash":
            os._exit(3)
        if what == "sleep":
            time.sleep(60)
        send(out, CudaAnswer(reason=what, fatal=what == "fatal"))
        if what == "fatal":
            os._exit(1)
"""


def launches(units: Sequence[int]) -> list[Launch]:
    return [Launch(unit, (1,), (), {}) for unit in units]


def test_a_kernel_that_ends_its_process_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute_cuda, "_SERVER", ANSWERS)
    kernels = [CudaKernel(name, Ptx("", ""), 1) for name in ("a", "crash", "fatal", "b", "sleep")]
    with CudaExecutor(0, CudaLimits(answer=2.0)) as executor:
        found = executor.run(kernels, launches((0, 1, 1, 0, 2, 2, 3, 4, 4, 3)))
        assert executor.run(kernels, launches((3,)))[0].reason == "b"
    lost = "GPU process ends or gives no answer"
    assert [one.reason for one in found] == ["a", lost, lost, "a", "fatal", "fatal", "b", lost, lost, "b"]


def test_a_server_without_a_gpu_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES="")
    with CudaExecutor(0, environment=environment) as executor, pytest.raises(NoGpuError, match="no GPU can be used"):
        executor.run([CudaKernel("a", Ptx("", ""), 1)], launches((0,)))


def test_a_server_is_not_held_to_the_memory_of_its_worker() -> None:
    program = """
import resource
from warp_jit_pairs.execute_cuda import lift_memory_limit
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, hard))
lift_memory_limit()
assert resource.getrlimit(resource.RLIMIT_AS) == (hard, hard)
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_resources_of_the_device(fake: FakeDriver) -> None:
    info = cuda_driver.device_info()
    assert (info.name, info.arch, info.driver) == ("fake", 90, "13.0")
    with pytest.raises(NoGpuError, match="there is no GPU 3"):
        cuda_driver.device_info(3)
