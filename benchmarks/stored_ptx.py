"""Runs the PTX that stands in a data set, on the rows' own test cases, through CuPy: nothing is generated or compiled.

    python -m benchmarks.stored_ptx export FOLDER --rows 500 --output FILE.jsonl.gz
    python -m benchmarks.stored_ptx make --rows 500 --output FILE.jsonl.gz
    python -m benchmarks.stored_ptx run FILE.jsonl.gz --output REPORT.json [--driver]

`export` takes rows of a build made with `--levels ptx`, the categories in turn; `make` has records made as a build
makes them, on all cores, where there is no build. `run` needs a GPU, NumPy, and CuPy or, with `--driver`, the CUDA
driver alone: it loads each row's PTX, forward and adjoint, launches the forward pass with every stored input and
compares with the stored outputs. Warp itself only makes the meshes and other objects that some kernels are given.
"""

from __future__ import annotations

import argparse
import base64
import ctypes
import functools
import gzip
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from warp_jit_pairs import cuda_driver
from warp_jit_pairs.compile import Unit
from warp_jit_pairs.device_memory import Arena, DeviceArguments, cuda_bounds, cuda_extents
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.ptx import entry
from warp_jit_pairs.replay import arguments_of, inputs_of
from warp_jit_pairs.rng import sub_seed
from warp_jit_pairs.stored import compare_case, read_array

from . import pool
from .gpu_proof import about_machine

COLUMNS = (
    *("id", "category", "args", "launch", "metadata", "support_cpp", "cpp_forward"),
    *("ptx_forward", "ptx_backward", "test_cases"),
)
BATCH = 20


# -- rows of a build


def export(folder: Path, count: int, output: Path) -> int:
    """Write rows with PTX and test cases, the categories in turn; returns how many."""
    import pyarrow.parquet as pq

    from warp_jit_pairs.manifest import read_manifest

    rows: dict[str, list[dict[str, Any]]] = {}
    for shard in read_manifest(folder).shards:
        for row in pq.read_table(folder / "data" / f"{shard['name']}.parquet", columns=list(COLUMNS)).to_pylist():
            if row["ptx_forward"] and row["test_cases"]:
                rows.setdefault(row["category"], []).append(row)
    order = [(place, name) for name, held in rows.items() for place in range(len(held))]
    chosen = [rows[name][place] for place, name in sorted(order)[:count]]
    _write(chosen, output)
    return len(chosen)


def _records(number: int, task: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Records with PTX and test cases, as a build makes them; runs in a process of the pool."""
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    from warp_jit_pairs.pipeline import to_records

    specs = [generate_kernel(category, sub_seed(3, category, place) >> 1) for category, place in task]
    made = [record for record in to_records(specs, "execute", "ptx") if not isinstance(record, Rejected)]
    return [{name: getattr(r, name) for name in COLUMNS} for r in made if r.ptx_forward and r.test_cases]


def make(count: int, output: Path, processes: int, seconds: float) -> int:
    """Write records made afresh, the categories in turn; returns how many."""
    each, batch = -(-count // len(CATEGORIES)) + 4, 9
    starts = range(0, each, batch)
    tasks = [[(name, start + place) for place in range(batch)] for start in starts for name in CATEGORIES]
    rows: list[dict[str, Any]] = []
    for _, made, _ in pool.run(_records, tasks, processes, seconds, 90.0):
        rows += made or []
    rows.sort(key=lambda row: row["id"])  # hashes: in no order of what the rows are
    _write(rows[:count], output)
    return min(count, len(rows))


def _write(rows: Sequence[dict[str, Any]], output: Path) -> None:
    with gzip.open(output, "wt", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, default=lambda data: base64.b64encode(data).decode()) + "\n")


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            for case in row["test_cases"]:
                for array in (*case["inputs"], *case["outputs"]):
                    array["data"] = base64.b64decode(array["data"])
            yield row


# -- two ways to a GPU


class Cupy:
    """CuPy's driver functions, and its memory."""

    def __init__(self) -> None:
        import cupy

        self.driver, self.runtime = cupy.cuda.driver, cupy.cuda.runtime
        self.device = cupy.cuda.Device(0)
        self.device.use()
        self.kept = cupy.zeros(1)  # makes the context
        self.version = f"CuPy {cupy.__version__}"

    def allocate(self, size: int) -> int:
        return int(self.runtime.malloc(size))

    def release(self, address: int) -> None:
        self.runtime.free(address)

    def upload(self, address: int, data: np.ndarray[Any, Any]) -> None:
        self.runtime.memcpy(address, data.ctypes.data, data.nbytes, self.runtime.memcpyHostToDevice)

    def download(self, address: int, data: np.ndarray[Any, Any]) -> None:
        self.runtime.memcpy(data.ctypes.data, address, data.nbytes, self.runtime.memcpyDeviceToHost)

    def load(self, ptx: str) -> Any:
        return self.driver.moduleLoadData(ptx.encode() + b"\0")

    def function(self, module: Any, name: str) -> Any:
        return self.driver.moduleGetFunction(module, name)

    def launch(self, function: Any, parameters: Sequence[Any], blocks: int, threads: int, shared: int) -> None:
        if shared:
            attribute = self.driver.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
            self.driver.funcSetAttribute(function, attribute, shared)
        pointers = (ctypes.c_void_p * len(parameters))(*(ctypes.addressof(one) for one in parameters))
        address = ctypes.addressof(pointers)
        self.driver.launchKernel(function, blocks, 1, 1, threads, 1, 1, shared, 0, address, 0)
        self.device.synchronize()

    def unload(self, module: Any) -> None:
        self.driver.moduleUnload(module)


class Driver:
    """The CUDA driver through ctypes (`cuda_driver.py`)."""

    version = "ctypes"
    allocate, release = staticmethod(cuda_driver.allocate), staticmethod(cuda_driver.release)
    upload, download = staticmethod(cuda_driver.upload), staticmethod(cuda_driver.download)

    def __init__(self) -> None:
        cuda_driver.open_device(0)

    def load(self, ptx: str) -> Any:
        return cuda_driver.Module(ptx.encode())

    def function(self, module: Any, name: str) -> Any:
        return module.function(name)

    def launch(self, function: Any, parameters: Sequence[Any], blocks: int, threads: int, shared: int) -> None:
        function.launch(parameters, blocks, threads, shared)
        if not cuda_driver.finish(20.0):
            os._exit(1)

    def unload(self, module: Any) -> None:
        module.unload()


@functools.cache
def _device(way: str, number: int, count: int) -> tuple[Any, Arena]:
    os.environ["CUDA_VISIBLE_DEVICES"] = str(number % count)
    device = Cupy() if way == "cupy" else Driver()
    return device, Arena(0, device)


# -- one row


def check(row: dict[str, Any], device: Any, arena: Arena) -> str:
    """Where a row's PTX leaves its expected outputs, or nothing."""
    unit = Unit(row["metadata"]["kernel_name"], row["support_cpp"], row["cpp_forward"])
    ndims = {argument["name"]: argument["ndim"] for argument in row["args"]}
    launch = row["launch"]
    modules = [device.load(row["ptx_forward"])]
    if row["ptx_backward"]:
        modules.append(device.load(row["ptx_backward"]))
        device.function(modules[1], entry(unit.kernel, "backward"))
    function = device.function(modules[0], entry(unit.kernel, "forward"))
    for case in row["test_cases"]:
        leaves = {array["name"]: np.array(read_array(array)) for array in case["inputs"]}
        arguments = arguments_of(unit, ndims, leaves)
        packed = DeviceArguments(arguments, inputs_of(arguments, leaves, case["dim"]), arena)
        extents = cuda_extents(case["dim"], launch["block_dim"], launch["tiled"], launch["lanes"])
        bounds, threads = cuda_bounds(extents, unit.dimensions)
        arena.upload()
        blocks = -(-threads // launch["block_dim"])
        device.launch(function, packed.parameters(bounds, False), blocks, launch["block_dim"], launch["shared_forward"])
        arena.download()
        if not packed.intact():
            return "write outside the arrays"
        answers = {name: data.tobytes() for name, data in packed.leaves(gradient=False).items()}
        packed.free()
        fault = compare_case(case, answers)
        if fault:
            return f"case {case['seed']}: {fault}"
    for module in modules:
        device.unload(module)
    return ""


def _work(way: str, count: int, number: int, rows: Sequence[dict[str, Any]]) -> tuple[str, list[tuple[str, str, str]]]:
    device, arena = _device(way, number, count)
    found = []
    for row in rows:
        try:
            found.append((row["id"], row["category"], check(row, device, arena)))
        except Exception as error:  # noqa: BLE001  whatever it is stands in the report
            if len(rows) > 1:
                os._exit(1)  # the device may be lost to this process: the rows are tried again in another
            found.append((row["id"], row["category"], f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"))
    return device.version, found


def run(path: Path, output: Path, way: str, processes: int, seconds: float) -> dict[str, Any]:
    """Run all rows of a file, and write the report."""
    start = time.monotonic()
    rows = list(read_rows(path))
    batches = [rows[place : place + BATCH] for place in range(0, len(rows), BATCH)]
    work = functools.partial(_work, way, cuda_driver.device_count())
    found: list[tuple[str, str, str]] = []
    versions = set()
    for task, answer, reason in pool.run(work, batches, processes, seconds, 120.0):
        if answer is None:
            found += [(row["id"], row["category"], reason) for row in task]
        else:
            versions.add(answer[0])
            found += answer[1]
    failed = sorted(one for one in found if one[2])
    report = about_machine() | {
        "library": sorted(versions),
        "seconds": round(time.monotonic() - start, 1),
        "rows": len(rows),
        "run": len(found),
        "passed": len(found) - len(failed),
        "test_cases": sum(len(row["test_cases"]) for row in rows),
        "by_category": dict(sorted(Counter(category for _, category, fault in found if not fault).items())),
        "failed": failed,
    }
    output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("export")
    one.add_argument("folder", type=Path)
    one.add_argument("--rows", type=int, default=500)
    one.add_argument("--output", type=Path, required=True)
    three = verbs.add_parser("make")
    three.add_argument("--rows", type=int, default=500)
    three.add_argument("--output", type=Path, required=True)
    three.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    three.add_argument("--seconds", type=float, default=120.0)
    two = verbs.add_parser("run")
    two.add_argument("file", type=Path)
    two.add_argument("--output", type=Path, required=True)
    two.add_argument("--driver", action="store_true", help="without CuPy")
    two.add_argument("--processes", type=int, default=16)
    two.add_argument("--seconds", type=float, default=180.0)
    options = parser.parse_args()
    if options.verb == "export":
        print(f"{export(options.folder, options.rows, options.output)} rows written to {options.output}")
        return
    if options.verb == "make":
        count = make(options.rows, options.output, options.processes, options.seconds)
        print(f"{count} rows written to {options.output}")
        return
    way = "driver" if options.driver else "cupy"
    print(json.dumps(run(options.file, options.output, way, options.processes, options.seconds), indent=1))


if __name__ == "__main__":
    main()
