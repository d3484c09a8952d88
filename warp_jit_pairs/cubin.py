"""What a kernel takes of a GPU, read from the machine code that NVRTC makes: registers, stack, static shared memory.

A cubin is an ELF file; `.nv.info` lists registers and stack by symbol, `.nv.shared.NAME` is as large as the shared
memory. Spilled registers are part of the stack. Nothing is run.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .compile import Nvrtc, Unit, cuda_module
from .ptx import entry

_SECTIONS_AT, _SECTION_COUNT_AT = 40, 60
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL_BYTES = 24
_WITH_SIZE = 4
"""Format of an attribute whose content follows it; of the others the content is in the header."""
_REGISTERS, _FRAME = 0x2F, 0x11


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    offset: int
    size: int
    link: int


def _sections(data: bytes) -> list[_Part]:
    (start,) = struct.unpack_from("<Q", data, _SECTIONS_AT)
    count, names = struct.unpack_from("<HH", data, _SECTION_COUNT_AT)
    heads = [_SECTION.unpack_from(data, start + number * _SECTION.size) for number in range(count)]
    return [_Part(_text(data, heads[names][4] + head[0]), head[4], head[5], head[6]) for head in heads]


def _text(data: bytes, start: int) -> str:
    return data[start : data.index(b"\0", start)].decode()


def _attributes(data: bytes, part: _Part) -> Iterator[tuple[int, int, int]]:
    """Attribute, symbol and value of those that have both."""
    place, end = part.offset, part.offset + part.size
    while place < end:
        form, attribute, size = struct.unpack_from("<BBH", data, place)
        place += 4
        if form == _WITH_SIZE:
            if size == 8:
                yield attribute, *struct.unpack_from("<II", data, place)
            place += size


def resources(data: bytes) -> dict[str, dict[str, int]]:
    """Registers, and bytes of stack and static shared memory, of each entry point of a cubin."""
    parts = _sections(data)
    symbols = next(part for part in parts if part.name == ".symtab")
    names = parts[symbols.link].offset
    shared = {part.name.removeprefix(".nv.shared."): part.size for part in parts if part.name.startswith(".nv.shared.")}
    found: dict[str, dict[str, int]] = {}
    info = next(part for part in parts if part.name == ".nv.info")
    for attribute, symbol, value in _attributes(data, info):
        if attribute in (_REGISTERS, _FRAME):
            name = _text(data, names + struct.unpack_from("<I", data, symbols.offset + symbol * _SYMBOL_BYTES)[0])
            numbers = found.setdefault(name, {"registers": 0, "stack": 0, "shared": shared.get(name, 0)})
            numbers["registers" if attribute == _REGISTERS else "stack"] = value
    return found


def kernel_resources(unit: Unit, arch: int) -> dict[str, dict[str, int]]:
    """What a kernel's two directions take on an architecture.

    Raises:
        Rejected: NVRTC refuses the kernel.
    """
    found = resources(Nvrtc(arch).machine_code(cuda_module([unit])))
    names = {direction: entry(unit.kernel, direction) for direction in ("forward", "backward")}
    return {direction: found[name] for direction, name in names.items() if name in found}
