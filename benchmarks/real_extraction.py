"""Extraction judged on code that nobody here wrote: every kernel that importing warp.examples and warp.tests registers.

    python -m benchmarks.real_extraction [PACKAGE ...]

Each package is imported in a process of its own, module by module; a module that fails to import is named. For each
kernel (overloads counted) and device, bare Warp generates code with a builder made for it alone, and `extract_ir`
generates ours; the two are compared after comments, white space and the numbers of symbols are taken out.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import io
import json
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import warp as wp
from warp._src import context as wp_context

from warp_jit_pairs.errors import WarpJitPairsError
from warp_jit_pairs.extract import extract_ir, extract_kernel

PACKAGES = ("warp.examples", "warp.tests")
DEVICES = ("cpu", "cuda")
TIME_LIMIT = 3600
SHOWN = 20


def module_names(package: str) -> list[str]:
    """Return every module of a package, those in folders without `__init__.py` too, without importing any."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not an installed package")
    root = Path(spec.submodule_search_locations[0])
    files = sorted(root.rglob("*.py"))
    return [
        ".".join((package, *path.relative_to(root).with_suffix("").parts)) for path in files if path.stem != "__init__"
    ]


def import_modules(package: str) -> dict[str, str]:
    """Import every module of a package in silence; return the error of each that fails."""
    failed = {}
    for name in module_names(package):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                importlib.import_module(name)
            # a foreign module may raise anything, SystemExit included, and costs only itself
            except BaseException as error:  # noqa: BLE001
                failed[name] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return failed


def registered_kernels() -> Iterator[Any]:
    """Yield every kernel that Warp knows and that is not generic, and the overloads of those that are, in order."""
    for _, module in sorted(wp_context.user_modules.items()):
        live = sorted(module._get_live_kernels(), key=lambda kernel: (kernel.key, kernel.adj.fun_lineno, kernel.sig))
        for kernel in live:
            if kernel.is_generic:
                yield from (overload for _, overload in sorted(kernel.overloads.items()))
            else:
                yield kernel


def bare(kernel: Any, device: str) -> str:
    """Let Warp generate the code of one kernel as a launch would: hashed, in a builder for that device alone."""
    options = kernel.module.resolve_options(wp.config, block_dim=1 if device == "cpu" else None)
    options |= {"output_arch": 90 if device == "cuda" else None}
    hasher = wp_context.ModuleHasher([kernel], options)
    return str(wp_context.ModuleBuilder(kernel.module, options, hasher, target=device).codegen(device))


def normalised(text: str) -> str:
    """Take comments, line directives, white space and what distinguishes symbols out of generated code."""
    text = re.sub(r"^\s*(?://|#line ).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"_callable_[0-9a-f]{12}", "", text)
    text = re.sub(r"(?<=\w)(?:_(?:[0-9a-f]{8}|\d+))+(?=\W|_cpu|_cuda)", "", text)
    return re.sub(r"\s+", "", text)


def same_code(ours: str, theirs: str) -> bool:
    """Whether our text stands in Warp's, whole."""
    return normalised(ours) in normalised(theirs)


def ours(kernel: Any) -> dict[str, str]:
    """Extract for both devices at once, as records are; if only one can be, for that one. Errors as `ours: …`."""
    try:
        _, code = extract_kernel(kernel)
    except WarpJitPairsError:
        return {device: _one(kernel, device) for device in DEVICES}
    return {
        "cpu": code.support_cpp + code.cpp_forward + code.cpp_backward,
        "cuda": code.support_cuda + code.cuda_forward + code.cuda_backward,
    }


def _one(kernel: Any, device: str) -> str:
    try:
        return str(extract_ir(kernel, device)["cpp_code"])
    except WarpJitPairsError as error:
        return f"ours: {type(error).__name__}: {error}"


def judge(kernel: Any) -> dict[str, str]:
    """Return what came out of one kernel for each device: `same`, `differs`, or who failed with what."""
    extracted = ours(kernel)
    outcome = {}
    for device in DEVICES:
        try:
            expected = bare(kernel, device)
        # whatever Warp raises here is what it does with this kernel
        except Exception as error:  # noqa: BLE001
            outcome[device] = f"Warp: {type(error).__name__}"
            continue
        if extracted[device].startswith("ours: "):
            outcome[device] = extracted[device]
        else:
            outcome[device] = "same" if same_code(extracted[device], expected) else "differs"
    return outcome


def work(package: str, output: Path) -> None:
    """In a process of its own: import a package and judge its kernels."""
    warnings.simplefilter("ignore")
    wp.config.log_level = wp.LOG_ERROR
    failed = import_modules(package)
    results = []
    for kernel in registered_kernels():
        where = f"{kernel.module.name}:{kernel.key}:{kernel.adj.fun_lineno}"
        results.append([where, judge(kernel)])
    output.write_text(json.dumps({"failed": failed, "results": results}))


def run(package: str) -> dict[str, Any]:
    """Judge a package in a worker process."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "result.json"
        command = [sys.executable, "-m", "benchmarks.real_extraction", "--worker", str(output), package]
        subprocess.run(command, check=True, timeout=TIME_LIMIT, stdout=subprocess.DEVNULL)
        result: dict[str, Any] = json.loads(output.read_text())
    return result


def report(package: str, result: dict[str, Any]) -> None:
    """Print one package's figures."""
    print(f"{package}: {len(result['results'])} kernels registered, overloads counted")
    for name, error in result["failed"].items():
        print(f"  module not imported: {name}: {error}")
    for device in DEVICES:
        counts = Counter(outcome[device].partition(": ")[0] for _, outcome in result["results"])
        able = len(result["results"]) - counts["Warp"]
        came_out = counts["same"] + counts["differs"]
        print(f"  {device}: Warp can {able}, ours {came_out} ({came_out / able:.2%}), same text {counts['same']}")
        others = Counter(o[device] for _, o in result["results"] if o[device] not in ("same", "differs"))
        for reason, count in others.most_common():
            print(f"    {count:5d}  {reason}")
        differing = [where for where, outcome in result["results"] if outcome[device] == "differs"]
        for where in differing[:SHOWN]:
            print(f"    differs: {where}")


def main() -> None:
    """Judge the packages named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=list(PACKAGES))
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.packages[0], options.worker)
        return
    for package in options.packages:
        start = time.time()
        report(package, run(package))
        print(f"  {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
