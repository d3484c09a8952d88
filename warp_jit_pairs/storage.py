"""A folder that many machines share: on a disk, in an object store or on the Hub, whatever fsspec has a name for.

A file is written whole or not at all: through a temporary name on a disk, by a single upload elsewhere. A store that
does not answer is asked again for some minutes, since what was made for it took longer; what it refuses is raised at
once. What the files mean is left to others.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from .errors import OutputError, UsageError
from .manifest import unshared_name

Value = TypeVar("Value")

PATIENCE = 300.0
"""Seconds for which a store that does not answer is asked again."""

_FIRST_PATIENCE = 10.0
"""The same at the beginning, when nothing is lost."""

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0

_PROBE = ".probe"

_ANSWERS = (FileNotFoundError, PermissionError, FileExistsError, IsADirectoryError, NotADirectoryError)
_ANSWERS_OF_A_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENAMETOOLONG, errno.EINVAL})
"""What a store says no with; any other OSError means that it said nothing."""

_NO_ANSWER = frozenset({"ConnectionError", "HTTPClientError", "ClientConnectionError", "TransportError"})
"""Base classes, by name, with which clients that need not be installed say the same without an OSError."""


def is_remote(place: str | Path) -> bool:
    """Whether a place is a URL of something other than this machine's disks."""
    return isinstance(place, str) and "://" in place and not place.startswith(("file://", "local://"))


def as_path(place: str | Path) -> Path:
    """A place on a disk of this machine as a path, which may be given as a URL."""
    return Path(str(place).removeprefix("file://").removeprefix("local://"))


@dataclasses.dataclass(frozen=True, slots=True)
class Storage:
    """A folder by its path or URL; can be sent to another process."""

    url: str

    def check(self) -> None:
        """Raise UsageError unless the place can be written to."""
        try:
            self._patiently(lambda files, root: files.pipe_file(f"{root}/{_PROBE}", b""), patience=_FIRST_PATIENCE)
            self.remove(_PROBE)
        except Exception as error:
            raise UsageError(f"{self.url} cannot be written to: {error}") from error

    def read(self, name: str) -> bytes | None:
        """The content of a file, or None where there is none."""
        try:
            return bytes(self._patiently(lambda files, root: files.cat_file(f"{root}/{name}")))
        except FileNotFoundError:
            return None

    def read_all(self, names: Sequence[str]) -> list[bytes]:
        """The contents of files that are there, asked for together."""

        def ask(files: Any, root: str) -> list[bytes]:
            found = files.cat([f"{root}/{name}" for name in names], on_error="raise")
            # A single name that holds no wildcard gives its bytes instead of a dictionary.
            return [found] if isinstance(found, bytes) else [found[f"{root}/{name}"] for name in names]

        return self._patiently(ask) if names else []

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all."""

        def put(files: Any, root: str) -> None:
            if isinstance(files, LocalFileSystem):
                with _replacing(Path(root), name) as partial:
                    partial.write_bytes(content)
            else:
                files.pipe_file(f"{root}/{name}", content)

        self._patiently(put)

    def upload(self, path: Path, name: str) -> None:
        """Copy a file of this machine here, whole or not at all."""

        def put(files: Any, root: str) -> None:
            if isinstance(files, LocalFileSystem):
                with _replacing(Path(root), name) as partial:
                    shutil.copyfile(path, partial)
            else:
                files.put_file(str(path), f"{root}/{name}")

        self._patiently(put)

    def sizes(self, below: str) -> dict[str, int]:
        """The files below a folder of this one, by their names from here, and their sizes."""

        def ask(files: Any, root: str) -> dict[str, int]:
            found = files.find(f"{root}/{below}" if below else root, detail=True)
            return {path.removeprefix(f"{root}/"): int(about["size"]) for path, about in sorted(found.items())}

        try:
            return self._patiently(ask)
        except FileNotFoundError:
            return {}

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all that is in it; nothing where there is none."""

        def ask(files: Any, root: str) -> None:
            if files.exists(f"{root}/{name}"):
                files.rm(f"{root}/{name}", recursive=True)

        self._patiently(ask)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A parquet file, or some of its columns."""
        wanted = None if columns is None else list(columns)
        return self._patiently(
            lambda files, root: pq.read_table(f"{root}/{name}", columns=wanted, filesystem=files, partitioning=None)
        )

    def parquet(self, name: str) -> pq.ParquetFile:
        """A parquet file, opened."""
        return self._patiently(lambda files, root: pq.ParquetFile(f"{root}/{name}", filesystem=files))

    def write_table(self, name: str, table: pa.Table) -> None:
        """Write a parquet file whole or not at all."""
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        self.write(name, sink.getvalue().to_pybytes())

    def _patiently(self, ask: Callable[[Any, str], Value], patience: float = PATIENCE) -> Value:
        """Ask the file system, again while it does not answer."""
        deadline, wait = time.monotonic() + patience, _FIRST_WAIT
        while True:
            files, root = fsspec.core.url_to_fs(self.url)
            files.invalidate_cache()
            try:
                return ask(files, root.rstrip("/"))
            except Exception as error:
                if not _is_no_answer(error):
                    raise
                if time.monotonic() + wait > deadline:
                    raise OutputError(f"{self.url} does not answer: {error}") from error
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)


def _is_no_answer(error: Exception) -> bool:
    if isinstance(error, OSError):
        return not isinstance(error, _ANSWERS) and error.errno not in _ANSWERS_OF_A_DISK
    return any(base.__name__ in _NO_ANSWER for base in type(error).__mro__)


@contextmanager
def _replacing(root: Path, name: str) -> Iterator[Path]:
    """A place to write to, which becomes the file `name` at the end of the block; two writers do not share it."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = unshared_name(path)
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
