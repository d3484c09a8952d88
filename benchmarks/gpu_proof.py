"""Proves kernels on GPUs: generated ones of every category, and real ones from a file; many processes, some GPUs.

    python -m benchmarks.gpu_proof --records 20000 --output DIR [--seconds 480] [--processes 60] [--first N]
    python -m benchmarks.gpu_proof --harvest FILE.jsonl.gz    where the packages are installed
    python -m benchmarks.gpu_proof --real FILE.jsonl.gz --output DIR

Each process takes a batch of kernels all the way: program, C++ and CUDA, PTX by NVRTC, reference and cases, machine
code on the CPU, PTX on a GPU; GPUs are shared by the processes. `summary.json` has the figures, `rows.csv.gz` a line a
kernel, `failures.jsonl.gz` the sources of those that failed on a GPU; all three are written again as the run goes on,
and nothing is lost when it is stopped. The next run may go on behind it with `--first`. Needs NumPy and Warp alone.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import functools
import gzip
import io
import json
import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from warp_jit_pairs.compile import Unit
from warp_jit_pairs.cuda_driver import device_count, device_info
from warp_jit_pairs.errors import NoGpuError, Rejected
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.execute_cuda import CudaAnswer, CudaExecutor, CudaKernel
from warp_jit_pairs.extract import Extracted, cuda_version, extract_batch
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.identity import structural_hash
from warp_jit_pairs.ptx import LINKED, Ptx, to_ptx
from warp_jit_pairs.rng import sub_seed
from warp_jit_pairs.verify import Gpu, Verdict, VerifyItem, verify_batch
from warp_jit_pairs.verify_harvested import unlaunchable
from warp_jit_pairs.warp_version import warp_version

from . import pool
from .clock import Seconds

BATCH = 32
REAL_BATCH = 8
"""Some real kernels keep NVRTC busy for a minute; those beside them wait."""
PATIENCE = 240.0
SAVE_EVERY = 20.0


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """A kernel to prove; a real one has its source, a generated one its seed."""

    category: str
    name: str
    source: str = ""
    seed: int = 0
    block_dim: int = 256


@dataclasses.dataclass(slots=True)
class Row:
    """What became of one kernel."""

    category: str
    name: str
    seed: int
    structure: str = ""
    cpu: str = ""
    gradient: str = ""
    cuda: str = "not run"
    reason: str = ""
    errors: dict[str, float] = dataclasses.field(default_factory=dict)
    gradient_errors: dict[str, float] = dataclasses.field(default_factory=dict)
    resources: dict[str, dict[str, int]] = dataclasses.field(default_factory=dict)
    jumps: int = 0
    ptx_bytes: int = 0
    source: str = ""


class _Timed(CudaExecutor):
    """Counts the seconds that are spent waiting for the GPU's process."""

    seconds = 0.0

    def run(self, kernels: Sequence[CudaKernel], launches: Any) -> list[CudaAnswer]:
        start = time.monotonic()
        try:
            return super().run(kernels, launches)
        finally:
            self.seconds += time.monotonic() - start


@functools.cache
def _executors(number: int) -> tuple[Executor, _Timed]:
    """The two executors of this process, which itself is kept from the GPUs: Warp would open them all."""
    environment = dict(os.environ)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    return Executor(), _Timed(number, environment=environment)


def prove(number: int, subjects: Sequence[Subject]) -> tuple[list[Row], Seconds]:
    """Take some kernels all the way; runs in a process of the pool. Also gives the seconds of each stage."""
    cpu, gpu = _executors(number)
    clock: Seconds = defaultdict(float)
    start = time.monotonic()
    drawn, refused = _drawn(subjects)
    if not drawn:
        return refused, clock
    subjects, specs = list(drawn), list(drawn.values())
    sources = [spec["source"] if spec else s.source for spec, s in zip(specs, subjects, strict=True)]
    launches = [
        spec["metadata"]["launch"] if spec else {"block_dim": s.block_dim}
        for spec, s in zip(specs, subjects, strict=True)
    ]
    rows = [
        Row(s.category, s.name, s.seed, structural_hash(source), source=source)
        for s, source in zip(subjects, sources, strict=True)
    ]
    codes = extract_batch(sources, [launch["block_dim"] for launch in launches])
    clock["codegen"] = time.monotonic() - start

    start = time.monotonic()
    places = [place for place, code in enumerate(codes) if isinstance(code, Extracted)]
    found = to_ptx([_cuda_unit(codes[place], launches[place]["block_dim"]) for place in places])
    ptx = dict(zip(places, found, strict=True))
    clock["ptx"] = time.monotonic() - start

    start, before = time.monotonic(), gpu.seconds
    items, kernels = [], []
    for place in places:
        items.append(_item(specs[place], subjects[place], codes[place]))
        kernels.append(_kernel(specs[place], subjects[place], codes[place], ptx[place], launches[place]))
    verdicts = dict(zip(places, verify_batch(items, "cuda", cpu, gpu=Gpu(gpu, kernels)), strict=True))
    clock["gpu"] = gpu.seconds - before
    clock["cpu"] = time.monotonic() - start - clock["gpu"]
    for place, row in enumerate(rows):
        _fill(row, codes[place], ptx.get(place), verdicts.get(place))
    return refused + rows, clock


def _drawn(subjects: Sequence[Subject]) -> tuple[dict[Subject, Any], list[Row]]:
    """The specs of generated kernels (None of real ones), and a row for each program that the grammar refuses."""
    specs: dict[Subject, Any] = {}
    refused = []
    for subject in subjects:
        try:
            specs[subject] = None if subject.source else generate_kernel(subject.category, subject.seed)
        except Rejected as reason:
            refused.append(Row(subject.category, subject.name, subject.seed, cpu="dropped", reason=str(reason)))
    return specs, refused


def _cuda_unit(code: Any, block_dim: int) -> Unit:
    return Unit(code.kernel_name, code.support_cuda, code.cuda_forward, code.cuda_backward, block_dim)


def _item(spec: Any, subject: Subject, code: Any) -> VerifyItem:
    unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
    if spec is None:
        return VerifyItem(subject.source, unit, subject.seed)
    metadata = spec["metadata"]
    return VerifyItem(spec["source"], unit, subject.seed % 2**50, metadata, metadata["differentiable"])


def _kernel(spec: Any, subject: Subject, code: Any, ptx: Any, launch: dict[str, Any]) -> CudaKernel | Rejected:
    if isinstance(ptx, Rejected):
        return ptx
    if spec is None and (reason := unlaunchable(subject.source, code)):
        return reason
    ndim = Unit(code.kernel_name, "", code.cpp_forward).dimensions
    tiled, lanes = launch.get("tiled", False), launch.get("lanes", 0)
    return CudaKernel(code.kernel_name, ptx, ndim, launch["block_dim"], tiled, lanes, code.shared)


def _fill(row: Row, code: Any, ptx: Any, verdict: Any) -> None:
    if isinstance(code, Rejected):
        row.cpu, row.reason = "dropped", str(code)
    elif isinstance(ptx, Rejected):
        row.cuda, row.reason = "not run" if ptx.reason == LINKED else "failed", str(ptx)
    elif isinstance(ptx, Ptx):
        row.ptx_bytes = len(ptx.forward) + len(ptx.backward)
    if isinstance(verdict, Rejected):
        row.cpu, row.reason = "dropped", row.reason or str(verdict)
    elif isinstance(verdict, Verdict):
        row.cpu, row.gradient = verdict.executed, verdict.gradient
        row.reason = row.reason or verdict.cuda.reason or verdict.reason
        if row.cuda == "not run" and verdict.cuda.state != "not run":
            row.cuda = verdict.cuda.state
        row.errors, row.gradient_errors = dict(verdict.cuda.errors), dict(verdict.cuda.gradient_errors)
        row.jumps = verdict.cuda.jumps
        row.resources = {way: dict(numbers) for way, numbers in verdict.cuda.resources.items()}


# -- the whole run


def generated(records: int, first: int) -> Iterator[list[Subject]]:
    """Batches of the categories in turn."""
    names = list(CATEGORIES)
    each = -(-records // len(names))
    for start in range(first, first + each, BATCH):
        for category in names:
            numbers = range(start, min(start + BATCH, first + each))
            seeds = [sub_seed(9, category, number) >> 1 for number in numbers]
            yield [Subject(category, f"{category} {n}", seed=s) for n, s in zip(numbers, seeds, strict=True)]


def real(path: Path, packages: Sequence[str] = ()) -> Iterator[list[Subject]]:
    """Batches of the kernels of a file with one JSON object a line, whose `python_source` stands alone.

    `packages` are those that are wanted; all if none is named.
    """
    subjects = []
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for number, line in enumerate(content.decode().splitlines()):
        row = json.loads(line)
        source = row.get("python_source") or row["source"]
        origin = str(row.get("origin") or row.get("package") or "real").split()[0]
        if packages and origin not in packages:
            continue
        name = str(row.get("id") or row.get("name") or number)
        subjects.append(Subject(f"real {origin}", name, source, number, row.get("block_dim") or 256))
    for start in range(0, len(subjects), REAL_BATCH):
        yield subjects[start : start + REAL_BATCH]


def write_real(path: Path) -> int:
    """Write all kernels of the installed packages that have some, for `real`; returns how many."""
    from warp_jit_pairs.harvest import DEFAULT_PACKAGES, FEM, harvest

    kernels = harvest((*DEFAULT_PACKAGES, "warp.tests", FEM), tell=print).kernels
    lines = [
        json.dumps({"package": k.package, "id": k.name, "python_source": k.python_source, "block_dim": k.block_dim})
        for k in kernels
    ]
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    return len(lines)


class Results:
    """The rows so far, and what is written of them."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self.folder, self.about = folder, about
        self.rows: list[Row] = []
        self.clock: Seconds = defaultdict(float)
        self.started = self.saved = time.monotonic()

    def add(self, rows: Sequence[Row], clock: Seconds) -> None:
        self.rows += rows
        for stage, seconds in clock.items():
            self.clock[stage] += seconds
        if time.monotonic() - self.saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        self.saved = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        summary = self.summary()
        _write(self.folder / "summary.json", json.dumps(summary, indent=1).encode())
        _write(self.folder / "rows.csv.gz", gzip.compress(_table(self.rows).encode(), mtime=0))
        failed = [dataclasses.asdict(row) for row in self.rows if row.cuda == "failed"]
        lines = "".join(json.dumps(row) + "\n" for row in failed)
        _write(self.folder / "failures.jsonl.gz", gzip.compress(lines.encode(), mtime=0))
        states = Counter(row.cuda for row in self.rows)
        seconds = time.monotonic() - self.started
        print(
            f"{seconds:5.0f} s  {len(self.rows):6d} kernels  {dict(states)}  {len(self.rows) / seconds:.1f}/s",
            flush=True,
        )

    def summary(self) -> dict[str, Any]:
        """The figures; counts are of kernels, errors relative to max(1, |value|)."""
        rows, seconds = self.rows, time.monotonic() - self.started
        states = Counter(row.cuda for row in rows)
        return self.about | {
            "seconds": round(seconds, 1),
            "kernels": len(rows),
            "structures": len({row.structure for row in rows}),
            "structures_passed": len({row.structure for row in rows if row.cuda == "passed"}),
            "cuda": dict(states),
            "passed_a_second": round(states["passed"] / seconds, 2),
            "by_category": _by(rows, "category", "cuda"),
            "passed_at_a_jump": sum(row.jumps > 0 for row in rows if row.cuda == "passed"),
            "gradient_of_passed": dict(Counter(row.gradient for row in rows if row.cuda == "passed")),
            "dropped": dict(Counter(row.reason.split(":")[0] for row in rows if row.cpu == "dropped").most_common()),
            "failed": dict(Counter(_kind(row.reason) for row in rows if row.cuda == "failed").most_common(40)),
            "worst_errors": _worst(rows, "errors"),
            "worst_gradient_errors": _worst(rows, "gradient_errors"),
            "quantiles_of_errors": _quantiles(rows, "errors"),
            "quantiles_of_gradient_errors": _quantiles(rows, "gradient_errors"),
            "resources": _resources(rows),
            "ptx_bytes": sum(row.ptx_bytes for row in rows),
            "worker_seconds": {stage: round(value, 1) for stage, value in self.clock.items()},
            "milliseconds_a_kernel": {s: round(1000 * v / max(1, len(rows)), 1) for s, v in self.clock.items()},
        }


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".tmp")
    fresh.write_bytes(content)
    fresh.replace(path)


def _kind(reason: str) -> str:
    """A reason without what differs from kernel to kernel."""
    return reason.split(",")[0].split(" (")[0][:80] if "differ" not in reason else reason.split(":")[0]


def _by(rows: Sequence[Row], one: str, other: str) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(getattr(row, one), Counter())[getattr(row, other)] += 1
    return {name: dict(sorted(counts.items())) for name, counts in sorted(found.items())}


def _errors(rows: Sequence[Row], field: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for row in rows:
        if row.cuda == "passed":
            for scalar, error in getattr(row, field).items():
                found.setdefault(scalar, []).append(error)
    return dict(sorted(found.items()))


def _worst(rows: Sequence[Row], field: str) -> dict[str, float]:
    return {scalar: float(f"{max(errors):.3g}") for scalar, errors in _errors(rows, field).items()}


def _quantiles(rows: Sequence[Row], field: str) -> dict[str, dict[str, float]]:
    cuts = (0.5, 0.9, 0.99, 0.999)
    return {
        scalar: {"kernels": len(e)} | {str(q): float(f"{np.quantile(e, q):.3g}") for q in cuts}
        for scalar, e in _errors(rows, field).items()
    }


def _resources(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Median and largest of registers, local and shared bytes, by direction."""
    found: dict[str, list[int]] = {}
    for row in rows:
        for direction, numbers in row.resources.items():
            for name, value in numbers.items():
                found.setdefault(f"{direction} {name}", []).append(value)
    return {
        name: {"median": float(np.median(v)), "largest": max(v), "above_zero": sum(n > 0 for n in v)}
        for name, v in sorted(found.items())
    }


def _table(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    columns = ("category", "name", "seed", "structure", "cpu", "gradient", "cuda", "reason")
    writer = csv.writer(text)
    writer.writerow([*columns, "error", "gradient_error", "registers_forward", "registers_backward", "ptx_bytes"])
    for row in rows:
        registers = [row.resources.get(way, {}).get("registers", "") for way in ("forward", "backward")]
        worst = [f"{max(errors.values(), default=0.0):.3g}" for errors in (row.errors, row.gradient_errors)]
        writer.writerow([*(str(getattr(row, name))[:200] for name in columns), *worst, *registers, row.ptx_bytes])
    return text.getvalue()


def about_machine() -> dict[str, Any]:
    """Date, GPUs and versions."""
    info = device_info(0)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "gpu": info.name,
        "gpus": device_count(),
        "arch": info.arch,
        "driver_cuda": info.driver,
        "driver": _driver_version(),
        "cores": len(os.sched_getaffinity(0)),
        "warp": warp_version(),
        "nvrtc": cuda_version(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _driver_version() -> str:
    path = Path("/proc/driver/nvidia/version")
    return path.read_text().split("  ")[1].strip() if path.exists() else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=0, help="generated kernels")
    parser.add_argument("--first", type=int, default=0, help="number of the first one of each category")
    parser.add_argument("--real", type=Path, help="a file of real kernels, JSON lines")
    parser.add_argument("--package", action="append", default=[], help="of these only; may be repeated")
    parser.add_argument("--harvest", type=Path, help="write such a file, and end")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--seconds", type=float, default=480.0, help="begin nothing after so long")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds that a batch may take")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    if options.harvest:
        print(f"{write_real(options.harvest)} kernels written to {options.harvest}")
        return
    if not options.output:
        parser.error("--output is missing")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        about = about_machine()
    except NoGpuError as error:
        parser.exit(2, f"gpu_proof: {error}\n")
    tasks = [*(real(options.real, options.package) if options.real else ()), *generated(options.records, options.first)]
    results = Results(options.output, about | {"processes": options.processes})
    print(json.dumps(results.about), flush=True)
    for task, answer, reason in pool.run(prove, tasks, options.processes, options.seconds, options.patience):
        if answer is not None:
            results.add(*answer)
        else:
            lost = [Row(s.category, s.name, s.seed, cuda="failed", reason=reason, source=s.source) for s in task]
            results.add(lost, defaultdict(float))
    results.save()
    print(json.dumps(results.summary(), indent=1))


if __name__ == "__main__":
    main()
