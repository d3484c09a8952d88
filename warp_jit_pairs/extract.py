"""Warp kernels to canonical C++ and CUDA, forward and adjoint.

`extract_batch` takes Python sources; `extract_ir` and `extract_python_ir_pair` any live kernel. What reaches into Warp
is left to `codegen.py` and `live_kernels.py`, the text work to `canonical.py`; compiling and running to others.
"""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Sequence
from typing import Any

from .canonical import canonical, drop_snippet_comments, join_kernel, renamer, split_braces, split_kernel
from .codegen import CUDA_ARCH, DEVICES, Generated, argument_rows, cuda_version, generate
from .columns import CODE_COLUMNS, CODE_LEVELS
from .compile import Unit
from .cubin import kernel_resources
from .errors import Rejected, SourceError, UnknownNameError, UsageError
from .kernel_source import whole_source
from .live_kernels import concrete, imported
from .ptx import DEFAULT_ARCH, known_architecture, to_ptx
from .warp_version import warp_version

__all__ = [
    "CUDA_ARCH",
    "Extracted",
    "cuda_version",
    "extract_batch",
    "extract_forward",
    "extract_ir",
    "extract_kernel",
    "extract_python_ir_pair",
]


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
    shared: tuple[int, int] = (0, 0)
    """Bytes of dynamic shared memory that a CUDA launch needs, forward and adjoint."""


def extract_batch(sources: Sequence[str], block_dims: Sequence[int] | None = None) -> list[Extracted | Rejected]:
    """Generate the code of each source, a complete Python file that defines one kernel.

    `block_dims` are the threads of a block on CUDA, for each source, which tiles are laid out for (default: 256).

    A source that Warp refuses gives a `Rejected` in its place and costs no other. Nothing of a batch stays in the
    process: a batch's objects refer to each other in cycles, so they are kept young, by pausing the collector, and
    collected at the end of the batch alone, which costs nothing for what else the process holds.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        blocks: Sequence[int | None] = block_dims or [None] * len(sources)
        return [
            _extract_source(source, f"wjp_source_{index}", block_dim)
            for index, (source, block_dim) in enumerate(zip(sources, blocks, strict=True))
        ]
    finally:
        gc.collect(0)
        if enabled:
            gc.enable()


def _extract_source(source: str, name: str, block_dim: int | None) -> Extracted | Rejected:
    try:
        with imported(source, name) as kernel:
            generated = generate(kernel, block_dim=block_dim)
            return _extracted(generated, _shifts_of_foreign_functions(generated))
    except Rejected as rejected:
        # What is said of a program must not tell its place in a batch.
        return Rejected(rejected.reason, rejected.detail.replace(f"<{name}>", "its source"))


def extract_forward(source: str) -> tuple[str, str]:
    """The kernel's name and its C++ forward pass, without the rest of what `extract_batch` gives.

    Raises:
        Rejected: Warp refuses the source.
    """
    with imported(source, "wjp_source_0") as kernel:
        generated = generate(kernel, ("cpu",))
        clean = _Cleaner(generated, _shifts_of_foreign_functions(generated))
        return generated.name, clean.kernel(generated.code["cpu"].forward)[0]


def _shifts_of_foreign_functions(generated: Generated) -> list[int | None] | None:
    """None for each function of another file, some of Warp's builtins among them, whose lines are not the source's."""
    own = generated.kernel.python.__code__.co_filename
    foreign = [function.python.__code__.co_filename != own for function in generated.functions]
    return [None if elsewhere else 0 for elsewhere in (*foreign, False)] if any(foreign) else None


def extract_kernel(kernel: Any) -> tuple[str, Extracted]:
    """Return the Python text of any kernel object, with what it uses, and the code for both devices.

    Raises:
        SourceError: `kernel` is no kernel or generic without a choice, or Warp refuses it.
    """
    kernel = concrete(kernel)
    generated = _generate(kernel, DEVICES)
    python_source, shifts = whole_source(generated)
    return python_source, _extracted(generated, shifts)


def _generate(kernel: Any, devices: Sequence[str], block_dim: int | None = None) -> Generated:
    try:
        return generate(kernel, devices, block_dim)
    except Rejected as rejected:
        reason = " ".join(rejected.detail.split())
        raise SourceError(f"Warp cannot generate code for kernel {kernel.key}: {reason}") from rejected


def _extracted(generated: Generated, shifts: Sequence[int | None] | None = None) -> Extracted:
    columns: dict[str, Text] = {}
    clean = _Cleaner(generated, shifts)
    for device, code in (("cpp", generated.code["cpu"]), ("cuda", generated.code["cuda"])):
        columns[f"support_{device}"] = clean.support(code.support)
        columns[f"{device}_forward"] = clean.kernel(code.forward)
        columns[f"{device}_backward"] = clean.kernel(code.backward)
    texts = {name: columns[name][0] for name in CODE_COLUMNS}
    line_map = {name: columns[name][1] for name in CODE_COLUMNS}
    return Extracted(
        kernel_name=generated.name,
        args=argument_rows(generated),
        line_map=line_map,
        shared=generated.shared,
        **texts,
    )


Text = tuple[str, list[int]]
"""Canonical text and the Python line of each of its lines."""


class _Cleaner:
    """Makes the texts of one kernel canonical; a body that both devices share is worked on once.

    `shifts` moves the Python lines of each function, and of the kernel after them, None dropping them; without it they
    all stand in one file already.
    """

    def __init__(self, generated: Generated, shifts: Sequence[int | None] | None) -> None:
        self.generated = generated
        self.names = _canonical_names(generated)
        self.pattern = renamer(self.names)
        self.bodies: dict[str, Text] = {}
        self.lines: dict[str, Sequence[int]] = {}
        moved: dict[str, int] = {}
        functions = [*generated.functions, generated.kernel]
        for function, shift in zip(functions, shifts or [0] * len(functions), strict=True):
            name = self.names.get(function.native_name, "")
            for spelling in (f"adj_{name}",) if function.is_adjoint else (name, f"adj_{name}"):
                if spelling not in self.lines or function.is_adjoint:
                    self.lines[spelling] = function.variable_lines
                    if shift is not None:
                        moved[spelling] = shift
        self.shifts = moved if shifts else None

    def support(self, text: str) -> Text:
        if self.generated.has_snippets:
            text = drop_snippet_comments(text)
        if self.generated.has_snippets or self.generated.structs:
            text = split_braces(text)
        return canonical(self._renamed(text), self.lines, "?", self.shifts)

    def kernel(self, text: str) -> Text:
        parts = split_kernel(text)
        head = canonical(self._renamed(parts.head), self.lines, "", self.shifts)
        if not parts.body:
            return head
        if parts.body not in self.bodies:
            self.bodies[parts.body] = canonical(self._renamed(parts.body), self.lines, "", self.shifts, depth=1)
        return join_kernel(parts, head, self.bodies[parts.body])

    def _renamed(self, text: str) -> str:
        if self.pattern is None:
            return text
        return self.pattern.sub(lambda match: match.group(1) + self.names[match.group(2)], text)


def _canonical_names(generated: Generated) -> dict[str, str]:
    """Number structs and functions among those of one name in this kernel, in order of definition."""
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    for native, key in generated.symbols.items():
        if native not in generated.replays:
            names[native] = f"{key}_{counts.get(key, 0)}"
            counts[key] = counts.get(key, 0) + 1
    return names | {native: f"replay_{names[original]}" for native, original in generated.replays.items()}


def extract_ir(
    kernel: Any,
    device: str = "cpu",
    include_backward: bool = True,
    block_dim: int | None = None,
    level: str = "code",
    arch: int = DEFAULT_ARCH,
) -> dict[str, Any]:
    """Generate the code of any kernel object for `device`, `cpu` or `cuda`; no GPU is needed for either.

    With `level="ptx"` (and `device="cuda"`) the code is also compiled to PTX for the architecture `arch`.

    `block_dim` is the number of threads in a block of a CUDA launch, which tiles are laid out for (default: the
    kernel's own option, or 256).

    Returns:
        `python_source`: the kernel with the structs, functions and constants that it uses.
        `cpp_code`: the whole code, C++ or CUDA: structs and functions, forward pass, and adjoint if included.
        `forward_code` and `backward_code`: the kernel's own two parts of it; `backward_code` is None if it was not
        asked for, or if the kernel or its module sets `enable_backward=False`.
        `metadata`: kernel_name, device, args (name, type, dtype, ndim, role), warp_version, and `line_map` with, for
        each line of `cpp_code`, the line of `python_source` that it comes from (0: none); on CUDA `block_dim`, and
        `shared_memory` in bytes, forward and adjoint.
        `ptx_forward` and `ptx_backward`, with `level="ptx"`: modules that load as they are; `metadata` then has
        `resources`, what machine code for `arch` takes: registers, and bytes of stack and of static shared memory.

    Raises:
        UnknownNameError: `device` or `level` is unknown.
        UsageError: there is no PTX for the CPU, or for this architecture.
        SourceError: `kernel` is no kernel or generic without a choice, or Warp or NVRTC refuses it.
    """
    if device not in DEVICES:
        raise UnknownNameError("device", device, sorted(DEVICES))
    if level not in CODE_LEVELS:
        raise UnknownNameError("level of code", level, list(CODE_LEVELS))
    if level == "ptx":
        if device != "cuda":
            raise UsageError('there is PTX for CUDA alone: pass device="cuda"')
        known_architecture(arch)
    kernel = concrete(kernel)
    generated = _generate(kernel, (device,), block_dim)
    python_source, shifts = whole_source(generated)
    clean = _Cleaner(generated, shifts)
    code = generated.code[device]
    forward, backward = clean.kernel(code.forward), clean.kernel(code.backward if include_backward else "")
    support = clean.support(code.support)
    parts = [part for part in (support, forward, backward) if part[0]]
    found: dict[str, Any] = {
        "python_source": python_source,
        "cpp_code": "\n".join(text for text, _ in parts),
        "forward_code": forward[0],
        "backward_code": backward[0] or None,
        "metadata": {
            "kernel_name": generated.name,
            "device": device,
            "args": argument_rows(generated),
            "warp_version": warp_version(),
            "line_map": [line for _, lines in parts for line in (*lines, 0)][:-1],
        },
    }
    if device == "cuda":
        threads = block_dim or kernel.options.get("block_dim") or kernel.module.options["block_dim"]
        found["metadata"] |= {"block_dim": threads, "shared_memory": list(generated.shared)}
        if level == "ptx":
            unit = Unit(generated.name, support[0], forward[0], backward[0], threads)
            found |= _ptx(unit, arch)
            found["metadata"]["resources"] = kernel_resources(unit, arch)
    return found


def _ptx(unit: Unit, arch: int) -> dict[str, str | None]:
    (ptx,) = to_ptx([unit], arch)
    if isinstance(ptx, Rejected):
        raise SourceError(f"no PTX for kernel {unit.kernel}: {ptx}")
    return {"ptx_forward": ptx.forward, "ptx_backward": ptx.backward or None}


def extract_python_ir_pair(kernel: Any, device: str = "cpu") -> dict[str, Any]:
    """Return any kernel object as a pair: `python_source`, `cpp_forward` (the forward code for `device`), `metadata`.

    Raises as `extract_ir` does.
    """
    found = extract_ir(kernel, device, include_backward=False)
    return {
        "python_source": found["python_source"],
        "cpp_forward": found["forward_code"],
        "metadata": {name: found["metadata"][name] for name in ("kernel_name", "device", "args", "warp_version")},
    }
