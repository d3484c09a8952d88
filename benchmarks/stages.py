"""What records cost beside the bare parts that they consist of, by level of verification and by stage.

One process, CPU seconds; those of the process that compiles and launches are counted in. Bare code generation is that
of `benchmarks.codegen` on the same kernels, measured right after ours; bare clang and NVRTC compile the same modules in
this process; the reference is what a build itself spends inside it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from warp_jit_pairs import extract, pipeline, verify
from warp_jit_pairs.compile import Unit, _run_clang, _run_nvrtc, cpu_module, cuda_module, precompiled_headers
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Executor
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.kept_programs import Keeping, Kept
from warp_jit_pairs.pipeline import BATCH
from warp_jit_pairs.plan import Request, make_plan, program_seed
from warp_jit_pairs.reference import Reference
from warp_jit_pairs.schema import Record
from warp_jit_pairs.shards import write_records

from .clock import Clock, Seconds, cpu_seconds
from .codegen import seconds_bare

LEVELS = {
    "unverified": ("none", "code"),
    "compiled": ("compile", "code"),
    "executed": ("execute", "code"),
    "with gradient": ("gradient", "code"),
    "with PTX": ("none", "ptx"),
}
"""Name of a level of records: how far they are verified, and how far their CUDA code is taken."""

STAGES = ("plan", "emit", "import", "codegen", "cut", "hash", "PTX", "compile", "execute", "reference", "judge",
          "columns", "write")  # fmt: skip


@contextmanager
def staged(clock: Clock) -> Iterator[None]:
    """Count the stages of records made inside the block."""
    with clock.timing(
        (pipeline, "extract_batch", "import"),
        (extract, "generate", "codegen"),
        (extract, "_extracted", "cut"),
        (pipeline, "structural_hash", "hash"),
        (pipeline, "to_ptx", "PTX"),
        (pipeline, "verify_all", "judge"),
        (verify, "compile_units", "compile"),
        (Executor, "run", "execute"),
        (Reference, "__init__", "reference"),
        (Reference, "run", "reference"),
        (pipeline, "to_record", "columns"),
    ):
        yield


def _kept_too(rows: Iterable[Record], into: list[Record]) -> Iterator[Record]:
    for row in rows:
        into.append(row)
        yield row


def against_bare(records: int, seed: int) -> dict[str, float]:
    """Unverified records from their seeds to parquet, against bare code generation of the same kernels."""
    request = Request(tuple(CATEGORIES), records, seed, verify="none")
    warm_up()
    clock, bare = Clock(), 0.0
    sources: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "programs"
        with clock("plan"):
            plan = make_plan(request, programs=Keeping(kept, generate_kernel))
        for shard in plan.shards:
            made: list[Record] = []
            programs = clock.timed(Kept(kept, generate_kernel), "emit")
            rows = pipeline.make_records(shard, request, Counter(), programs)
            with staged(clock), clock("write"):
                write_records(Path(folder) / f"{shard.name}.parquet", _kept_too(rows, made))
            texts = [record.python_source for record in made]
            for first in range(0, len(texts), BATCH):
                bare += seconds_bare(texts[first : first + BATCH], f"bare_{len(sources)}_{first}")
            sources += texts
    ours = sum(clock.seconds.values())
    extraction = sum(clock.seconds[stage] for stage in ("import", "codegen", "cut"))
    return {
        "records": len(sources),
        "lines at the median": statistics.median(source.count("\n") for source in sources),
        "ours, s": ours,
        "bare codegen, s": bare,
        "records a CPU second": len(sources) / ours,
        "ratio": bare / ours,
        "ratio without the plan": bare / (ours - clock.seconds["plan"]),
        "ratio of extraction alone": bare / extraction,
        **{f"share of {stage}": clock.seconds[stage] / ours for stage in STAGES if clock.seconds[stage]},
    }


def warm_up() -> None:
    """Import, precompile headers and fill what is remembered of the plainest calls."""
    specs = [generate_kernel(name, 1) for name in CATEGORIES]
    pipeline.to_records(specs, "compile")
    seconds_bare([spec["source"] for spec in specs], "warm_up")


def programs_of(number: int, seed: int) -> list[KernelSpec]:
    """Programs of all categories in turn."""
    names = [list(CATEGORIES)[place % len(CATEGORIES)] for place in range(number)]
    return [generate_kernel(name, program_seed(seed, name, place)) for place, name in enumerate(names)]


def level_against_bare(name: str, specs: Sequence[KernelSpec]) -> dict[str, float]:
    """Records of one level, programs to parquet, against the sum of the bare parts on the same kernels."""
    depth, code = LEVELS[name]
    clock = Clock()
    bare: Seconds = defaultdict(float)
    records: list[Record] = []
    start = cpu_seconds()
    measured = 0.0
    for first in range(0, len(specs), BATCH):
        batch = specs[first : first + BATCH]
        begin = cpu_seconds()
        with staged(clock):
            results = pipeline.to_records(batch, depth, code)
        measured += cpu_seconds() - begin
        records += [record for record in results if isinstance(record, Record)]
        for part, seconds in _bare_parts(batch, depth, code, f"{name.replace(' ', '_')}_{first}").items():
            bare[part] += seconds
    del start
    with tempfile.TemporaryDirectory() as folder, clock("write"):
        write_records(Path(folder) / "shard.parquet", records)
    ours = measured + clock.seconds["write"]
    if depth in ("execute", "gradient"):
        bare["reference"] = clock.seconds["reference"]
    return {
        "programs": len(specs),
        "records": len(records),
        "ours, s": ours,
        "records a CPU second": len(records) / ours,
        "bare parts, s": sum(bare.values()),
        "ratio": sum(bare.values()) / ours,
        **{f"bare {part}, s": seconds for part, seconds in bare.items()},
        **{f"share of {stage}": clock.seconds[stage] / ours for stage in STAGES if clock.seconds[stage]},
    }


def _bare_parts(specs: Sequence[KernelSpec], depth: str, level: str, name: str) -> Seconds:
    """CPU seconds of Warp's code generation, and of clang and NVRTC on one module of the kernels, as the level asks."""
    codes = pipeline._code(specs)
    kept = [(spec, code) for spec, code in zip(specs, codes, strict=True) if not isinstance(code, Rejected)]
    seconds: Seconds = defaultdict(float, codegen=seconds_bare([spec["source"] for spec, _ in kept], name))
    if depth != "none":
        units = [
            Unit(
                code.kernel_name,
                code.support_cpp,
                code.cpp_forward,
                code.cpp_backward if depth in ("compile", "gradient") else "",
            )
            for _, code in kept
        ]
        text, headers = cpu_module(units), precompiled_headers(0)
        start = time.process_time()
        _run_clang(text, 0, headers)
        seconds["clang"] = time.process_time() - start
    if level == "ptx":
        blocks = sorted({spec["metadata"]["launch"]["block_dim"] for spec, _ in kept})
        for block in blocks:
            chosen = [
                Unit(code.kernel_name, code.support_cuda, code.cuda_forward, code.cuda_backward, block)
                for spec, code in kept
                if spec["metadata"]["launch"]["block_dim"] == block
            ]
            text = cuda_module(chosen)
            start = time.process_time()
            _run_nvrtc(text, 90, 3, "ptx")
            seconds["NVRTC"] += time.process_time() - start
    return seconds
