"""CUDA code to PTX, one loadable module for each direction of each kernel, through NVRTC and with no GPU.

Kernels are compiled together, which reads Warp's headers once, and cut apart afterwards. Running PTX is left to
`execute_cuda.py`.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from .compile import Compiler, Nvrtc, Unit, compile_units, warp_core
from .errors import Rejected, UsageError
from .ptx_text import Module, canonical, cut, parse, undefined

DEFAULT_ARCH = 90
"""The architecture that PTX is made for unless another is asked for; newer GPUs run it too."""


LINKED = "PTX needs a library that Warp links"
"""Reason why kernels with library tiles (products of matrices through cuBLASDx) have no PTX of their own."""

_RUNTIME = frozenset({"vprintf", "__assertfail", "malloc", "free"})
"""Functions that every device has."""


@dataclass(frozen=True, slots=True)
class Ptx:
    """PTX modules of a kernel; `backward` is empty if the kernel has no adjoint."""

    forward: str
    backward: str


def entry(kernel: str, direction: str) -> str:
    """Name of a kernel's entry point, `direction` being forward or backward."""
    return f"{kernel}_cuda_kernel_{direction}"


@functools.cache
def architectures() -> tuple[int, ...]:
    """The architectures that this Warp's NVRTC compiles for."""
    library = warp_core()
    count = library.wp_nvrtc_supported_arch_count()
    found = (ctypes.c_int * count)()
    library.wp_nvrtc_supported_archs(found)
    return tuple(sorted(set(found)))


def known_architecture(arch: int) -> int:
    """Return `arch`.

    Raises:
        UsageError: NVRTC does not compile for it.
    """
    if arch not in architectures():
        known = ", ".join(map(str, architectures()))
        raise UsageError(f"NVRTC does not compile for architecture {arch}: choose from {known}")
    return arch


def to_ptx(units: Sequence[Unit], arch: int = DEFAULT_ARCH, compiler: Compiler | None = None) -> list[Ptx | Rejected]:
    """Compile the CUDA code of kernels; each gives its PTX, or NVRTC's reason why there is none.

    What one kernel gives does not depend on the others.
    """
    results: dict[int, Ptx | Rejected] = {}
    for places in _apart(units):
        modules, failed = compile_units([units[place] for place in places], compiler or Nvrtc(arch))
        results |= {places[member]: reason for member, reason in failed.items()}
        for module in modules:
            parsed = parse(module.object.decode())
            for member in module.members:
                results[places[member]] = _cut(parsed, units[places[member]])
    return [results[place] for place in range(len(units))]


def _cut(module: Module, unit: Unit) -> Ptx | Rejected:
    texts = [
        canonical(cut(module, [entry(unit.kernel, direction)])) if code else ""
        for direction, code in (("forward", unit.forward), ("backward", unit.backward))
    ]
    missing = sorted({name for text in texts for name in undefined(text)} - _RUNTIME)
    return Rejected(LINKED, ", ".join(missing)) if missing else Ptx(*texts)


def _apart(units: Sequence[Unit]) -> list[list[int]]:
    """Places of the units in groups without two kernels of one name, whose entry points would be one."""
    groups: list[list[int]] = []
    counts: dict[str, int] = {}
    for place, unit in enumerate(units):
        number = counts[unit.kernel] = counts.get(unit.kernel, -1) + 1
        if number == len(groups):
            groups.append([])
        groups[number].append(place)
    return groups
