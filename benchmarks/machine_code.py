"""Machine code of the functions in an object file (ELF, x86-64), with what their relocations point to.

Tells whether a change of the source reached the compiled code. Constants lie outside the functions that use them, so
the bytes that a relocation points to count as part of the function.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from warp_jit_pairs.compile import unit_namespace

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QQq")
_SYMBOLS, _RELOCATIONS, _FUNCTION, _OF_SECTION = 2, 4, 2, 3
_PC_RELATIVE = (2, 4)
_POINTED = 16
"""So many bytes count of data in a section whose entries have no fixed size."""

_CALL = b"\xe8"


@dataclass(frozen=True, slots=True)
class _Section:
    kind: int
    offset: int
    size: int
    link: int
    info: int
    entry: int


@dataclass(frozen=True, slots=True)
class _Symbol:
    name: str
    kind: int
    section: int
    value: int
    size: int


class _Object:
    def __init__(self, data: bytes) -> None:
        self.data = data
        (start,) = struct.unpack_from("<Q", data, 0x28)
        _, count = struct.unpack_from("<HH", data, 0x3A)
        self.sections = []
        for place in range(count):
            _, kind, _, _, offset, size, link, info, _, entry = _SECTION.unpack_from(
                data, start + place * _SECTION.size
            )
            self.sections.append(_Section(kind, offset, size, link, info, entry))
        self.symbols = list(self._symbols())
        self.relocations: dict[int, list[tuple[int, int, int, int]]] = {}
        for section in self.sections:
            if section.kind == _RELOCATIONS:
                self.relocations[section.info] = list(self._relocations(section))

    def _symbols(self) -> Iterator[_Symbol]:
        table = next(section for section in self.sections if section.kind == _SYMBOLS)
        names = self.sections[table.link].offset
        for place in range(table.size // _SYMBOL.size):
            name, info, _, section, value, size = _SYMBOL.unpack_from(self.data, table.offset + place * _SYMBOL.size)
            text = self.data[names + name : self.data.index(b"\0", names + name)].decode()
            yield _Symbol(text, info & 15, section, value, size)

    def _relocations(self, section: _Section) -> Iterator[tuple[int, int, int, int]]:
        for place in range(section.size // _RELOCATION.size):
            offset, info, addend = _RELOCATION.unpack_from(self.data, section.offset + place * _RELOCATION.size)
            yield offset, info >> 32, info & 0xFFFFFFFF, addend

    def content(self, section: int, start: int, size: int) -> bytes:
        found = self.sections[section]
        return self.data[found.offset + start : found.offset + min(start + size, found.size)]


def functions_of(compiled: bytes, place: int) -> dict[str, bytes]:
    """Name -> digest of each function of the unit at a place in its module; names say nothing about the place."""
    parsed = _Object(compiled)
    name = unit_namespace(place)
    own = re.compile(rf"{len(name)}{name}(?!\d)")
    starts = {(s.section, s.value): own.sub("K", s.name) for s in parsed.symbols if s.kind == _FUNCTION and s.section}
    found = {}
    for symbol in parsed.symbols:
        if symbol.kind == _FUNCTION and symbol.section and own.search(symbol.name):
            digest = hashlib.sha256(_without_distances(parsed, symbol, starts))
            for offset, target, kind, addend in parsed.relocations.get(symbol.section, ()):
                if symbol.value <= offset < symbol.value + symbol.size:
                    digest.update(_pointed(parsed, parsed.symbols[target], kind, addend, own))
            found[own.sub("K", symbol.name)] = digest.digest()
    return found


def _without_distances(parsed: _Object, symbol: _Symbol, starts: dict[tuple[int, int], str]) -> bytes:
    """The code of a function, with names in the place of distances to other functions of its section."""
    code = bytearray(parsed.content(symbol.section, symbol.value, symbol.size))
    called = []
    place = code.find(_CALL)
    while 0 <= place <= len(code) - 5:
        (distance,) = struct.unpack_from("<i", code, place + 1)
        name = starts.get((symbol.section, symbol.value + place + 5 + distance))
        if name is not None and distance:
            code[place + 1 : place + 5] = bytes(4)
            called.append(name)
        place = code.find(_CALL, place + 1)
    return bytes(code) + "/".join(called).encode()


def _pointed(parsed: _Object, target: _Symbol, kind: int, addend: int, own: re.Pattern[str]) -> bytes:
    """What a relocation stands for: a name, or the bytes of data that has none."""
    if target.kind != _OF_SECTION:
        return own.sub("K", target.name).encode()
    start = addend + (4 if kind in _PC_RELATIVE else 0)
    return parsed.content(target.section, start, parsed.sections[target.section].entry or _POINTED)
