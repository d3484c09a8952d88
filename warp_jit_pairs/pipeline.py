"""The stages of a record in order: generate, extract, verify, describe.

`make_records` turns one shard of a plan into records and counts what it drops by reason; it is a pure function of the
shard, the request and the versions. The functions below it are the project's original interface for a handful of pairs.
Writing files of a data set is left to `build.py`.
"""

from __future__ import annotations

import ast
import atexit
import dataclasses
import functools
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

from .attribution import source_of
from .columns import CODE_COLUMNS
from .compile import Unit
from .errors import ExhaustedError, Rejected, UnknownNameError
from .execute import Executor
from .execute_cuda import CudaExecutor, CudaKernel
from .extract import CUDA_ARCH, Extracted, cuda_version, extract_batch
from .features import features
from .generator import KernelSpec, generate_kernel
from .grammar import CATEGORIES
from .identity import structural_hash
from .isolation import Ended, Limits, limited, run_forked, shared_server, survive
from .plan import Programs, Request, Shard, make_plan, program_seed
from .ptx import DEFAULT_ARCH, LINKED, Ptx, to_ptx
from .schema import Record, record_id
from .stored import case_columns, verification_columns
from .verify import Gpu, Verdict, VerifyItem
from .verify_harvested import unlaunchable, verify_all
from .version import __version__
from .warp_version import warp_version

BATCH = 64
"""Programs that go through a stage together."""

DEVICES = ("cpu", "cuda")

Convert: TypeAlias = Callable[[Sequence[KernelSpec], str, str, int], list[Record | Rejected]]
"""A way from programs to records, given what `to_records` is given: that or another."""


class Pair(TypedDict):
    """The original form of a pair; `cpp_forward` holds the forward code, C++ or CUDA, of `metadata["device"]`."""

    python_source: str
    cpp_forward: str
    metadata: dict[str, Any]


def _code(specs: Sequence[KernelSpec]) -> list[Extracted | Rejected]:
    blocks = [spec["metadata"]["launch"]["block_dim"] for spec in specs]
    return extract_batch([spec["source"] for spec in specs], blocks)


def to_record(spec: KernelSpec, code: Extracted, verdict: Verdict, ptx: Ptx | None = None) -> Record:
    """Put together what the stages found out about one program; `ptx` is kept if it is given."""
    columns = {name: getattr(code, name) for name in CODE_COLUMNS}
    source = spec["source"]
    tree = ast.parse(source)
    return Record(
        id=record_id({"python_source": source, **columns}),
        category=spec["category"],
        source=source_of(spec["metadata"].get("origin")),
        license=spec["metadata"].get("license", "Apache-2.0"),
        origin=spec["metadata"].get("origin"),
        python_source=source,
        **columns,
        ptx_forward=ptx.forward if ptx else None,
        ptx_backward=ptx.backward if ptx else None,
        metadata={
            "kernel_name": code.kernel_name,
            "category": spec["category"],
            "description": spec["description"],
            "device": "cpu",
        },
        args=code.args,
        launch={
            **{name: spec["metadata"]["launch"][name] for name in ("block_dim", "tiled", "lanes")},
            "dim": spec["metadata"]["launch"]["dim"] or (list(verdict.cases[0].dim) if verdict.cases else []),
            "shared_forward": code.shared[0],
            "shared_backward": code.shared[1],
        },
        features=features(source, tree),
        line_map=code.line_map,
        test_cases=[case_columns(case) for case in verdict.cases],
        verification=verification_columns(verdict),
        structural_hash=structural_hash(source, tree),
        provenance={
            "generator_version": __version__,
            "seed": spec["metadata"]["seed"],
            "size": spec["metadata"]["size"],
            "warp_version": warp_version(),
            "cuda_version": cuda_version(),
            "cuda_arch": CUDA_ARCH,
        },
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Made:
    """A program, its code, and its PTX where something needs it."""

    spec: KernelSpec
    code: Extracted
    ptx: Ptx | Rejected | None = None


def to_records(
    specs: Sequence[KernelSpec], verify: str = "none", level: str = "code", arch: int = DEFAULT_ARCH
) -> list[Record | Rejected]:
    """Extract, compile to PTX and verify a batch of specs; each gives its record, or why it is dropped."""
    made: list[_Made | Rejected] = [
        code if isinstance(code, Rejected) else _Made(spec, code)
        for spec, code in zip(specs, _code(specs), strict=True)
    ]
    if level == "ptx" or verify == "cuda":
        made = _with_ptx(made, arch)
    results: list[Record | Rejected | None] = [one if isinstance(one, Rejected) else None for one in made]
    sound = [one for one in made if isinstance(one, _Made)]
    gpu = Gpu(_cuda_executor(), [_cuda_kernel(one) for one in sound]) if verify == "cuda" else None
    verdicts = verify_all(
        [_verify_item(one.spec, one.code) for one in sound], verify, Executor(server=shared_server()), gpu
    )
    records = iter(
        verdict if isinstance(verdict, Rejected) else _record_of(one, verdict, level)
        for one, verdict in zip(sound, verdicts, strict=True)
    )
    return [next(records) if result is None else result for result in results]


def _record_of(made: _Made, verdict: Verdict, level: str) -> Record:
    ptx = made.ptx if level == "ptx" and isinstance(made.ptx, Ptx) else None
    return to_record(made.spec, made.code, verdict, ptx)


def _with_ptx(made: Sequence[_Made | Rejected], arch: int) -> list[_Made | Rejected]:
    """The programs with their PTX, or why it cannot stand alone; one that NVRTC refuses becomes its reason."""
    sound = [one for one in made if isinstance(one, _Made)]
    units = [
        Unit(
            one.code.kernel_name,
            one.code.support_cuda,
            one.code.cuda_forward,
            one.code.cuda_backward,
            one.spec["metadata"]["launch"]["block_dim"],
        )
        for one in sound
    ]
    compiled = iter(zip(sound, to_ptx(units, arch), strict=True))
    results: list[_Made | Rejected] = []
    for one in made:
        if isinstance(one, _Made):
            one, ptx = next(compiled)
            if isinstance(ptx, Rejected) and ptx.reason != LINKED:
                results.append(ptx)
            else:
                results.append(dataclasses.replace(one, ptx=ptx))
        else:
            results.append(one)
    return results


def _cuda_kernel(made: _Made) -> CudaKernel | Rejected:
    if not isinstance(made.ptx, Ptx):
        assert made.ptx is not None
        return made.ptx
    launch = made.spec["metadata"]["launch"]
    if made.spec["metadata"].get("origin") and (reason := unlaunchable(made.spec["source"], made.code)):
        return reason
    unit = Unit(made.code.kernel_name, "", made.code.cpp_forward)
    return CudaKernel(
        name=made.code.kernel_name,
        ptx=made.ptx,
        ndim=unit.dimensions,
        block_dim=launch["block_dim"],
        tiled=launch["tiled"],
        lanes=launch["lanes"],
        shared=made.code.shared,
    )


def _verify_item(spec: KernelSpec, code: Extracted) -> VerifyItem:
    seed = spec["metadata"]["seed"]
    if seed is None:
        seed = int(structural_hash(spec["source"])[:8], 16)
    seed %= 2**50  # the seeds of its cases, a thousand times as large, fit an int64 column
    unit = Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward)
    if spec["metadata"].get("origin"):
        return VerifyItem(spec["source"], unit, seed)
    return VerifyItem(spec["source"], unit, seed, spec["metadata"], spec["metadata"]["differentiable"])


def at_once(limits: Limits, specs: Sequence[KernelSpec], verify: str, level: str, arch: int) -> list[Record | Rejected]:
    """`to_records` under limits of memory, and of three programs' time, or an eighth of what many may take together.

    Out of time, the process ends.
    """
    with limited(dataclasses.replace(limits, seconds=max(3.0, len(specs) / 8) * limits.seconds)):
        return to_records(specs, verify, level, arch)


def one_by_one(
    limits: Limits, specs: Sequence[KernelSpec], verify: str, level: str, arch: int
) -> list[Record | Rejected]:
    """`to_records` in forks of this process, so that a program that ends it costs itself alone."""

    def run(first: int) -> Ended:
        return run_forked(lambda: (to_records([spec], verify, level, arch)[0] for spec in specs[first:]), limits)

    return survive(run, len(specs), lambda place, reason: Rejected(f"generating code {reason}"))


@functools.cache
def _cuda_executor() -> CudaExecutor:
    """The one that this process launches on a GPU with."""
    executor = CudaExecutor()
    atexit.register(executor.close)
    return executor


# A fork that spoke through its parent's pipes would mix up the answers.
os.register_at_fork(after_in_child=_cuda_executor.cache_clear)


def make_records(
    shard: Shard,
    request: Request,
    dropped: Counter[str],
    programs: Programs = generate_kernel,
    convert: Convert = to_records,
    tell: Callable[[KernelSpec, Rejected], None] = lambda spec, why: None,
) -> Iterator[Record]:
    """Yield the records of a shard, in the order of its candidates, and count in `dropped` what fails by reason.

    Args:
        shard: Part of a plan.
        request: That plan's.
        dropped: Is added to.
        programs: Where the programs come from, the plan's too.
        convert: `to_records`, or a way to it that stands more.
        tell: Is told of each program that fails, and why.

    Raises:
        ExhaustedError: more programs failed than the shard has in reserve.
    """
    made, place = 0, 0
    while made < shard.count:
        take = min(BATCH, shard.count - made)
        numbers = shard.candidates[place : place + take]
        if not numbers and shard.kernels:
            return  # a finite supply: what is left of it is all
        if not numbers:
            reasons = ", ".join(f"{reason} ({count})" for reason, count in dropped.most_common())
            raise ExhaustedError(
                f"shard {shard.name} has {made} records of {shard.count} and no program left in reserve; "
                f"dropped by reason: {reasons}"
            )
        place += len(numbers)
        specs = _programs(shard, numbers, request, programs)
        results = convert(specs, request.verify, request.level, request.arch)
        for spec, result in zip(specs, results, strict=True):
            if isinstance(result, Rejected):
                dropped[result.reason] += 1
                tell(spec, result)
            else:
                made += 1
                yield result


def _programs(shard: Shard, numbers: Sequence[int], request: Request, programs: Programs) -> list[KernelSpec]:
    if shard.kernels:
        return [shard.kernels[number] for number in numbers]
    seeds = [program_seed(request.seed, shard.category, number) for number in numbers]
    return [programs(shard.category, seed, request.size) for seed in seeds]


def pair_of(record: Record, device: str = "cpu") -> Pair:
    """A record in the original form of a pair, with the forward code for `device`."""
    return {
        "python_source": record.python_source,
        "cpp_forward": record.cpp_forward if device == "cpu" else record.cuda_forward,
        "metadata": record.metadata | {"device": device, "seed": record.provenance["seed"]},
    }


def synthesize_pair(spec: KernelSpec, device: str = "cpu") -> Pair:
    """Extract one spec and return it as a pair for `device`.

    Raises:
        UnknownNameError: `device` is neither cpu nor cuda.
        Rejected: Warp cannot generate code for it.
    """
    if device not in DEVICES:
        raise UnknownNameError("device", device, list(DEVICES))
    (result,) = to_records([spec])
    if isinstance(result, Rejected):
        raise result
    return pair_of(result, device)


def synthesize_batch(n: int, seed: int = 0, categories: Sequence[str] | None = None) -> list[Pair]:
    """Make `n` pairs for the CPU, structurally distinct, an equal part of each category.

    Raises:
        UsageError: `n` is not positive or a category does not exist.
        ExhaustedError: a category cannot give its part of `n`.
    """
    request = Request(tuple(CATEGORIES) if categories is None else tuple(categories), n, seed, verify="none")
    dropped: Counter[str] = Counter()
    return [pair_of(record) for shard in make_plan(request).shards for record in make_records(shard, request, dropped)]


def run_pipeline(n: int, output_dir: str | Path, seed: int = 0) -> list[Pair]:
    """Make `n` pairs, write each as `pair_000000.json` … into `output_dir`, and return them.

    Raises:
        UsageError: `n` is not positive.
        OSError: the folder cannot be written.
    """
    pairs = synthesize_batch(n, seed)
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for index, pair in enumerate(pairs):
        text = json.dumps(pair, indent=2, sort_keys=True)
        (folder / f"pair_{index:06d}.json").write_text(text + "\n", encoding="utf-8")
    return pairs
