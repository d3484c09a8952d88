"""Programs that the plan of a build generated, kept on the disk for its shards: none is generated twice.

It is a memory and no more: a program that is not in it, or whose bytes are damaged, is generated again, and is the same
then. Each process that plans appends to a file of its own; the shards are made after the plan, when nothing is written
any more. Only for processes that share a disk and begin with it.
"""

from __future__ import annotations

import functools
import os
import pickle
import secrets
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .generator import KernelSpec
from .plan import Programs

_HEAD = struct.Struct("<QII")
"""Before each program: its seed, how many bytes follow, and their checksum."""

_PLACE = np.dtype(
    [("seed", np.uint64), ("file", np.uint32), ("start", np.uint64), ("size", np.uint32), ("checksum", np.uint32)]
)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Generates programs and keeps them; give it to a plan."""

    folder: Path
    programs: Programs

    def __call__(self, category: str, seed: int, size: str) -> KernelSpec:
        spec = self.programs(category, seed, size)
        content = zlib.compress(pickle.dumps(spec, pickle.HIGHEST_PROTOCOL), 1)
        with _own_file(self.folder).open("ab") as file:
            file.write(_HEAD.pack(seed, len(content), zlib.crc32(content)) + content)
        return spec


@dataclass(frozen=True, slots=True)
class Kept:
    """The programs that were kept, and others as they are generated; give it to the shards."""

    folder: Path
    programs: Programs

    def __call__(self, category: str, seed: int, size: str) -> KernelSpec:
        if self.folder.exists():
            found = _index(self.folder, self.folder.stat().st_mtime_ns).find(seed)
            if found is not None:
                return found
        return self.programs(category, seed, size)


def _own_file(folder: Path) -> Path:
    """Where this process writes."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / _name(os.getpid())


@functools.cache
def _name(process: int) -> str:
    return f"{process}-{secrets.token_hex(4)}"


@functools.lru_cache(maxsize=1)
def _index(folder: Path, changed: int) -> _Index:
    """What is in a folder that was changed last at a time: a build may come after another one."""
    return _Index(folder)


class _Index:
    """Where each program of a folder lies: 28 bytes of memory for one."""

    def __init__(self, folder: Path) -> None:
        self._files = sorted(folder.iterdir())
        found = [_places(number, file) for number, file in enumerate(self._files)]
        places = np.concatenate([np.zeros(0, _PLACE), *found])
        self._places = places[np.argsort(places["seed"], kind="stable")]

    def find(self, seed: int) -> KernelSpec | None:
        """The program of a seed, if it is here and whole."""
        place = int(np.searchsorted(self._places["seed"], np.uint64(seed)))
        if place == len(self._places) or self._places["seed"][place] != seed:
            return None
        _, number, start, size, checksum = self._places[place].tolist()
        with self._files[number].open("rb") as file:
            file.seek(start)
            content = file.read(size)
        if zlib.crc32(content) != checksum:
            return None
        spec: KernelSpec = pickle.loads(zlib.decompress(content))
        return spec


def _places(number: int, path: Path) -> npt.NDArray[np.void]:
    """The whole programs of a file; its last one may be torn."""
    end, start, found = path.stat().st_size, 0, []
    with path.open("rb") as file:
        while start + _HEAD.size <= end:
            file.seek(start)
            seed, size, checksum = _HEAD.unpack(file.read(_HEAD.size))
            start += _HEAD.size
            if not size or start + size > end:
                break
            found.append((seed, number, start, size, checksum))
            start += size
    return np.array(found, _PLACE)
