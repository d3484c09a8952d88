"""Which rows stand in a given body of code: by structure, or by 12 tokens in a row.

A body is a file's, a folder's or an installed package's Python; nothing of it is run or imported. Kernels are
compared by structure, whole files by their tokens, names and literals as they are, comments and layout aside.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import importlib.util
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from .errors import UsageError
from .identity import structural_hash, token_windows
from .manifest import read_manifest

WINDOW = 12
"""Tokens in succession that a row shares with the body, from which on it is contaminated."""

REASONS = ("structure", "tokens")


@dataclass(frozen=True, slots=True)
class Body:
    """What is compared of a body of code."""

    files: int
    structures: frozenset[str]
    windows: frozenset[int]

    @property
    def sha256(self) -> str:
        """A hash of what is compared."""
        content = [sorted(self.structures), sorted(self.windows)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def holds(self, source: str) -> set[str]:
        """Why a row's source stands in the body: some of `REASONS`."""
        found = set()
        if self.structures & set(_structures(source)):
            found.add("structure")
        if not self.windows.isdisjoint(token_windows(source, WINDOW)):
            found.add("tokens")
        return found


@cache
def body_of(target: str, sha256: str) -> Body:
    """The body of code of a path or package, which this process reads once.

    Raises:
        UsageError: there is none, or one with another hash.
    """
    body = read_body(target)
    if body.sha256 != sha256:
        raise UsageError(f"{target} has changed, or is another one on this machine")
    return body


def read_body(target: str) -> Body:
    """The code of a file, a folder or an installed package.

    Raises:
        UsageError: there is no such path or package, or no Python in it.
    """
    structures: set[str] = set()
    windows: set[int] = set()
    files = 0
    for path in _python_files(target):
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            structures.update(_structures(text))
            windows.update(token_windows(text, WINDOW))
        except (SyntaxError, ValueError):
            continue  # no Python of this version; benchmark folders hold broken files on purpose
        files += 1
    if not files:
        raise UsageError(f"{target} holds no Python files")
    return Body(files, frozenset(structures), frozenset(windows))


def _python_files(target: str) -> list[Path]:
    path = Path(target)
    if not path.exists():
        path = _package_folder(target)
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _package_folder(name: str) -> Path:
    top, *rest = name.split(".")
    spec = importlib.util.find_spec(top) if all(part.isidentifier() for part in (top, *rest)) else None
    if spec is not None and spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations)), *rest)
        if folder.exists():
            return folder
    raise UsageError(f"{name!r} is neither a path nor an installed package")


def _structures(source: str) -> Iterator[str]:
    """The structure of each kernel of a source: a function with decorators, which are left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any("kernel" in ast.unparse(one) for one in node.decorator_list):
            alone = copy.copy(node)
            alone.decorator_list = []
            yield structural_hash("", ast.Module([alone], []))


def contamination(folder: Path, body: Body) -> Counter[tuple[str, str]]:
    """Rows of a finished build by (split, reason): of `REASONS`, `any` of them, and `all` rows.

    Raises:
        OutputError: the folder holds no finished build.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for shard in read_manifest(folder).shards:
        with pq.ParquetFile(folder / "data" / f"{shard['name']}.parquet") as file:
            for batch in file.iter_batches(batch_size=256, columns=["python_source"]):
                for source in batch["python_source"].to_pylist():
                    found = body.holds(source)
                    for reason in (*found, *(["any"] if found else []), "all"):
                        counts[shard["split"], reason] += 1
    return counts
