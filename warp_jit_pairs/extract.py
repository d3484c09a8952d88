"""Warp kernels to canonical C++ and CUDA, forward and adjoint.

`extract_batch` takes Python sources; `extract_ir` and `extract_python_ir_pair` any live kernel. What reaches into Warp
is `codegen.py`'s and the text work `canonical.py`'s; compiling and running the result is left to others.
"""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Mapping, Sequence
from typing import Any

from .canonical import canonical, drop_snippet_comments, renamer
from .codegen import CUDA_ARCH, Device, Generated, argument_rows, cuda_version, generate, imported, shortcuts
from .errors import Rejected
from .schema import CODE_COLUMNS

__all__ = ["CUDA_ARCH", "Extracted", "cuda_version", "extract_batch"]


@dataclasses.dataclass(frozen=True, slots=True)
class Extracted:
    """The generated code of one kernel, canonical, with the Python line of each generated line (0: none)."""

    kernel_name: str
    args: list[dict[str, Any]]
    cpp_forward: str
    cpp_backward: str
    cuda_forward: str
    cuda_backward: str
    support_cpp: str
    support_cuda: str
    line_map: dict[str, list[int]]


def extract_batch(sources: Sequence[str]) -> list[Extracted | Rejected]:
    """Generate the code of each source, a complete Python file that defines one kernel.

    A source that Warp refuses gives a `Rejected` in its place and costs no other. Nothing of a batch stays in the
    process: a batch's objects refer to each other in cycles, so they are kept young, by pausing the collector, and
    collected at the end of the batch alone, which costs nothing for what else the process holds.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        with shortcuts():
            return [_extract_source(source, f"wjp_source_{index}") for index, source in enumerate(sources)]
    finally:
        gc.collect(0)
        if enabled:
            gc.enable()


def _extract_source(source: str, name: str) -> Extracted | Rejected:
    try:
        with imported(source, name) as kernel:
            return _extracted(generate(kernel))
    except Rejected as rejected:
        return Rejected(rejected.reason, rejected.detail)


def _extracted(generated: Generated, shifts: Mapping[str, int] | None = None) -> Extracted:
    """Make the code canonical; `shifts` moves each function's Python lines, and without one it has none."""
    names = _canonical_names(generated.symbols)
    pattern = renamer(names)
    lines = {"": generated.kernel.variable_lines}
    moved = None if shifts is None else {"": shifts[""]}
    for function in generated.functions:
        name = names[function.native_name]
        for spelling in (name, f"adj_{name}", f"replay_{name}"):
            lines[spelling] = function.variable_lines
            if moved is not None and shifts is not None and function.native_name in shifts:
                moved[spelling] = shifts[function.native_name]

    def clean(text: str, function: str) -> tuple[str, list[int]]:
        if generated.has_snippets:
            text = drop_snippet_comments(text)
        if pattern is not None:
            text = pattern.sub(lambda match: match.group(1) + names[match.group(2)], text)
        return canonical(text, lines, function, moved)

    columns: dict[str, tuple[str, list[int]]] = {}
    devices: list[tuple[str, Device]] = [("cpp", generated.cpp), ("cuda", generated.cuda)]
    for device, code in devices:
        columns[f"{device}_forward"] = clean(code.forward, "")
        columns[f"{device}_backward"] = clean(code.backward, "")
        columns[f"support_{device}"] = clean(code.support, "?")
    texts = {name: columns[name][0] for name in CODE_COLUMNS}
    line_map = {name: columns[name][1] for name in CODE_COLUMNS}
    return Extracted(kernel_name=generated.name, args=argument_rows(generated), line_map=line_map, **texts)


def _canonical_names(symbols: Mapping[str, str]) -> dict[str, str]:
    """Number structs and functions among those of one name in this kernel, in order of definition."""
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    for native, key in symbols.items():
        names[native] = f"{key}_{counts.get(key, 0)}"
        counts[key] = counts.get(key, 0) + 1
    return names
