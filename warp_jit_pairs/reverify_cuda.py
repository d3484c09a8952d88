"""`warp-jit-pairs verify DIR --device cuda`: runs a finished build's CUDA code on a GPU, and writes what came of it.

The stored CUDA (its PTX, where the build has it) is launched with the stored inputs and must give the stored outputs;
adjoints that were proven on the CPU must agree with those of the stored C++, run beside them. Only the fields `cuda…`
of the column `verification` change, and what follows from the files' bytes: manifest, card, and the report, which goes.
A GPU has no sandbox: whoever asks says that the code is trusted.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from .card_files import write_card
from .compare import as_floats, tolerance_of
from .compile import Clang, Unit, compile_units
from .cuda_driver import device_info
from .engines import Engine
from .errors import OutputError, Rejected, UsageError
from .execute import Answer, Executor, Launch
from .execute_cuda import CudaAnswer, CudaExecutor, CudaKernel
from .gradient import seeds_for
from .leaves import array_leaves, handle_leaves, leaf_types
from .manifest import REPORT, Manifest, read_manifest, write_json
from .ptx import DEFAULT_ARCH, LINKED, Ptx, architectures, to_ptx
from .reference.layout import SCALARS, Argument
from .replay import arguments_of, inputs_of
from .shards import sha256_of, write_parquet
from .stored import compare_case, cuda_columns, read_array
from .verify_cuda import CudaVerdict, adjoint_distance

Row = Mapping[str, Any]

BATCH = 64
"""Rows that are compiled and launched together."""


# -- rows


@dataclasses.dataclass(frozen=True, slots=True)
class _Subject:
    """A row to run: its codes, and a launch for each stored case."""

    row: Row
    unit: Unit
    cuda: Unit
    arguments: tuple[Argument, ...]
    launches: list[Launch]

    @property
    def tolerance(self) -> float:
        return tolerance_of(self.row["python_source"]).gradient


def verify_rows(rows: Sequence[Row], arch: int, gpu: CudaExecutor) -> list[CudaVerdict]:
    """What a GPU finds of stored rows; those that were not executed on the CPU are not run."""
    verdicts = [CudaVerdict()] * len(rows)
    subjects: dict[int, _Subject] = {}
    for place, row in enumerate(rows):
        if row["verification"]["executed"] == "passed":
            try:
                subjects[place] = _subject(row)
            except Rejected as reason:
                verdicts[place] = CudaVerdict("failed", str(reason))
    kernels: dict[int, CudaKernel] = {}
    for place, ptx in _ptx(subjects, arch).items():
        if isinstance(ptx, Rejected):
            verdicts[place] = CudaVerdict("not run" if ptx.reason == LINKED else "failed", str(ptx))
        else:
            kernels[place] = _kernel(subjects[place], ptx)
    places = list(kernels)
    right = _on_cpu({place: subjects[place] for place in places})
    launches = [
        dataclasses.replace(launch, unit=number)
        for number, place in enumerate(places)
        for launch in subjects[place].launches
    ]
    answers = iter(gpu.run(list(kernels.values()), launches))
    for place in places:
        given = [next(answers) for _ in subjects[place].launches]
        verdicts[place] = _verdict(subjects[place], right[place], given)
    return verdicts


def _subject(row: Row) -> _Subject:
    name = row["metadata"]["kernel_name"]
    unit = Unit(name, row["support_cpp"], row["cpp_forward"], row["cpp_backward"])
    block_dim = row["launch"]["block_dim"]
    cuda = Unit(name, row["support_cuda"], row["cuda_forward"], row["cuda_backward"], block_dim)
    ndims = {argument["name"]: argument["ndim"] for argument in row["args"]}
    launches: list[Launch] = []
    arguments: tuple[Argument, ...] = ()
    for case in row["test_cases"]:
        leaves = {array["name"]: np.array(read_array(array)) for array in case["inputs"]}
        arguments = arguments_of(unit, ndims, leaves)
        seeds = _seeds(row, case, arguments)
        launches.append(Launch(0, tuple(case["dim"]), arguments, inputs_of(arguments, leaves, case["dim"]), seeds))
    return _Subject(row, unit, cuda, arguments, launches)


def _seeds(row: Row, case: Row, arguments: Sequence[Argument]) -> dict[str, np.ndarray[Any, Any]] | None:
    """Gradients of the outputs where the row's adjoint is proven, as a build draws them."""
    if row["verification"]["gradient"] != "passed":
        return None
    kinds = leaf_types(arguments)
    outputs = {array["name"]: np.array(read_array(array)) for array in case["outputs"]}
    floats = [name for name in outputs if SCALARS[kinds[name].scalar][1] == "f"]
    return seeds_for(floats, as_floats({name: outputs[name] for name in floats}, kinds), kinds, case["seed"] + 3)


def _ptx(subjects: Mapping[int, _Subject], arch: int) -> dict[int, Ptx | Rejected]:
    """The stored PTX if it is for this GPU's architecture or an older one, fresh one otherwise."""
    found: dict[int, Ptx | Rejected] = {}
    for place, subject in subjects.items():
        stored, adjoint = subject.row["ptx_forward"], subject.row["ptx_backward"]
        if stored and int(stored.partition(".target sm_")[2][:3].split("\n")[0]) <= arch:
            found[place] = Ptx(stored, adjoint or "")
    missing = [place for place in subjects if place not in found]
    fresh = to_ptx([subjects[place].cuda for place in missing], arch)
    return found | dict(zip(missing, fresh, strict=True))


def _kernel(subject: _Subject, ptx: Ptx) -> CudaKernel:
    launch = subject.row["launch"]
    shared = (launch["shared_forward"], launch["shared_backward"])
    ndim = subject.unit.dimensions
    return CudaKernel(subject.unit.kernel, ptx, ndim, launch["block_dim"], launch["tiled"], launch["lanes"], shared)


def _on_cpu(subjects: Mapping[int, _Subject]) -> dict[int, list[Answer]]:
    """The answers of the stored C++, for the adjoints; none where it fails."""
    found: dict[int, list[Answer]] = {place: [] for place in subjects}
    seeded = [place for place, subject in subjects.items() if any(launch.seeds for launch in subject.launches)]
    modules, _ = compile_units([subjects[place].unit for place in seeded], Clang())
    for module in modules:
        members = [seeded[member] for member in module.members]
        owners = [(number, place) for number, place in enumerate(members) for _ in subjects[place].launches]
        launches = [
            dataclasses.replace(launch, unit=number)
            for number, place in enumerate(members)
            for launch in subjects[place].launches
        ]
        dimensions = [subjects[place].unit.dimensions for place in members]
        for (_, place), answer in zip(owners, _executor().run(module.object, dimensions, launches), strict=True):
            found[place].append(answer)
    return found


def _verdict(subject: _Subject, right: Sequence[Answer], given: Sequence[CudaAnswer]) -> CudaVerdict:
    resources = {way: numbers for answer in given for way, numbers in answer.resources.items()}
    reason = ""
    gradients: dict[str, float] = {}
    for number, (case, answer) in enumerate(zip(subject.row["test_cases"], given, strict=True)):
        reason = answer.reason or compare_case(case, {name: data.tobytes() for name, data in answer.outputs.items()})
        if not reason and subject.launches[number].seeds is not None:
            reason = _adjoint_fault(subject, right[number] if right else Answer(), answer, gradients)
        if reason:
            return CudaVerdict("failed", f"case {case['seed']}: {reason}", {}, gradients, resources)
    return CudaVerdict("passed", "", {}, gradients, resources)


def _adjoint_fault(subject: _Subject, right: Answer, given: CudaAnswer, worst: dict[str, float]) -> str:
    if right.reason or not right.gradients:
        return right.reason or "the stored C++ gives no adjoint to compare with"
    kinds = leaf_types(subject.arguments)
    held = array_leaves(subject.arguments) - handle_leaves(subject.arguments)
    cpu, gpu = as_floats(right.gradients, kinds), as_floats(given.gradients, kinds)
    for leaf in sorted(held):
        if kinds[leaf].is_float:
            error = adjoint_distance(cpu[leaf], gpu[leaf])
            if not error <= subject.tolerance:
                return f"adjoint of {leaf} differs, relative error {error:.3g}"
            worst[kinds[leaf].scalar] = max(worst.get(kinds[leaf].scalar, 0.0), error)
    return ""


@functools.cache
def _executor() -> Executor:
    return Executor()


@functools.cache
def _cuda_executor() -> CudaExecutor:
    return CudaExecutor()


# -- a data set


def gpu_arch() -> int:
    """The architecture to compile for on this machine's GPU: its own, or the newest older one that is known.

    Raises:
        NoGpuError: there is none.
    """
    return max((known for known in architectures() if known <= min(device_info().arch, DEFAULT_ARCH)), default=0)


def _verify_file(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Verify a file and write it again: its new size and hash, and the new fields of each row; runs in a worker."""
    arch = gpu_arch()
    fields: list[dict[str, Any]] = []
    for batch in pq.ParquetFile(path).iter_batches(batch_size=BATCH):
        fields += [cuda_columns(verdict) for verdict in verify_rows(batch.to_pylist(), arch, _cuda_executor())]
    _rewrite(path, fields)
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path)}, fields


def _rewrite(path: Path, fields: Sequence[Mapping[str, Any]]) -> None:
    """Write a file again with these fields in its column `verification`."""
    table = pq.read_table(path)
    place = table.schema.get_field_index("verification")
    claims = [old | new for old, new in zip(table["verification"].to_pylist(), fields, strict=True)]
    field = table.schema.field(place)
    write_parquet(path, table.set_column(place, field, pa.array(claims, field.type)))


def verify_on_gpu(
    folder: Path, manifest: Manifest, engine: Engine
) -> Iterator[tuple[Mapping[str, Any], list[dict[str, Any]]]]:
    """Verify the files of a build and write them again; yields each shard's entry in the manifest, and the fields."""
    paths = [folder.absolute() / "data" / f"{shard['name']}.parquet" for shard in manifest.shards]
    for path in paths:
        if not path.is_file():
            raise OutputError(f"{path} is missing: the build is not whole")
    with engine:
        for shard, (file, fields) in zip(manifest.shards, engine.map(_verify_file, paths), strict=True):
            yield shard | file, fields


def run_verify_cuda(folder: Path, engine: Engine, *, trust: bool) -> int:
    """Verify a finished build on a GPU, write and print what was found; the exit code is 1 if a row fails.

    Raises:
        UsageError: bad input, no GPU, no finished build, or `trust` is not set.
    """
    manifest = read_manifest(folder)
    if not trust:
        raise UsageError("a GPU has no sandbox: say with --trust that the stored code may run outside of one")
    if not engine.many_machines:
        gpu_arch()  # at once; a cluster is asked for its own when it is there
    counts: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    shards: list[dict[str, Any]] = []
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TextColumn("records"), TimeRemainingColumn())
    (folder / REPORT).unlink(missing_ok=True)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=manifest.rows())
        for shard, fields in verify_on_gpu(folder, manifest, engine):
            shards.append(dict(shard))
            for one in fields:
                counts[shard["category"], one["cuda"]] += 1
                reasons[one["cuda_reason"]] += one["cuda"] == "failed"
            progress.advance(task, len(fields))
    manifest = dataclasses.replace(manifest, shards=shards)
    write_json(folder / "manifest.json", dataclasses.asdict(manifest))
    write_card(folder, manifest)
    Console().print(_table(counts))
    for reason, count in reasons.most_common(20):
        if count:
            print(f"failed: {count}: {reason}")
    return 1 if any(state == "failed" for _, state in counts) else 0


def _table(counts: Mapping[tuple[str, str], int]) -> Table:
    table = Table(title="records on the GPU", title_justify="left", title_style="bold")
    states = ("passed", "failed", "not run")
    for name in ("category", *states):
        table.add_column(name, justify="left" if name == "category" else "right")
    for category in sorted({category for category, _ in counts}):
        table.add_row(category, *(f"{counts.get((category, state), 0):,}" for state in states))
    return table
