"""What is written beside the data: the manifest of a finished build, and small files written whole or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from .errors import OutputError

SOURCES = ("generated", "harvested")
FUNNEL = (
    *SOURCES,
    "illegal",
    "contaminated",
    "structural duplicates",
    "near-duplicates",
    "test kernels not reserved",
    "not needed",
    "in reserve",
    "planned",
)
"""What becomes of the programs of a plan: of one of the two `SOURCES`, and then one of the others (illegal: see
`grammar/check.py`; contaminated: `contamination.py`; not reserved: `reserved.py`)."""


REPORT = "validation_report.json"
"""Written beside a build by `warp-jit-pairs check`; a new build removes that of an older one."""


@dataclasses.dataclass(frozen=True, slots=True)
class ShardDone:
    """What is known of a finished shard; kept beside it, so that a resumed build need not make it again."""

    name: str
    category: str
    split: str
    rows: int
    bytes: int
    sha256: str
    dropped: dict[str, int]
    """Programs by the reason for which they are no rows."""
    examples: dict[str, str]
    """Of each reason the first program, and all that is known, such as what a compiler said."""


@dataclasses.dataclass(frozen=True, slots=True)
class Manifest:
    """A finished build, as `manifest.json` tells it."""

    data_version: str
    generator_version: str
    warp_version: str
    request: dict[str, Any]
    command: str
    """The command that makes the same bytes again."""
    plan_sha256: str
    funnel: dict[str, int]
    """How many programs were generated, dropped as duplicates, and planned."""
    dropped: dict[str, int]
    """How many planned programs later stages dropped, by reason."""
    shards: list[dict[str, Any]]
    """A `ShardDone` a file, in the order of the plan."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever a byte of the data does."""
        shards = "".join(shard["sha256"] for shard in self.shards)
        return hashlib.sha256(f"{self.data_version}/{self.plan_sha256}/{shards}".encode()).hexdigest()[:16]

    @property
    def categories(self) -> list[str]:
        """The categories of the build, in the order of the request."""
        return list(self.request["categories"])

    def funnel_and_drops(self) -> dict[str, int]:
        """What became of every program that was generated, in the order in which it happened."""
        order = {name: self.funnel[name] for name in FUNNEL}
        return order | {f"dropped: {reason}": count for reason, count in sorted(self.dropped.items())}

    def rows(self, category: str | None = None, split: str | None = None) -> int:
        """Rows of a category, a split, both, or all."""
        return sum(shard["rows"] for shard in self.shards_of(category, split))

    def shards_of(self, category: str | None = None, split: str | None = None) -> list[dict[str, Any]]:
        """The files of a category, a split, both, or all, in the order of the plan."""
        return [s for s in self.shards if category in (None, s["category"]) and split in (None, s["split"])]


def find_manifest(folder: Path) -> Manifest | None:
    """The manifest of the finished build in `folder`, or None if there is none."""
    content = read_json(folder / "manifest.json")
    names = {field.name for field in dataclasses.fields(Manifest)}
    return Manifest(**content) if isinstance(content, dict) and set(content) == names else None


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the finished build in `folder`.

    Raises:
        OutputError: the folder holds no finished build.
    """
    manifest = find_manifest(folder)
    if manifest is None:
        raise OutputError(f"{folder} holds no finished build: make one with warp-jit-pairs build --output {folder}")
    return manifest


def read_json(path: Path) -> Any:
    """The content of a JSON file, or None where there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def write_json(path: Path, content: Any) -> None:
    """Write JSON that is equal for equal content."""
    write_text(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def unshared_name(path: Path) -> Path:
    """A temporary name beside a file: a worker taken for dead may still write what another one writes now."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")


def write_text(path: Path, text: str) -> None:
    """Write a small file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = unshared_name(path)
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
