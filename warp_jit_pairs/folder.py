"""Which files of a build's folder are published, and what must not be: links, secrets, files that nobody listed.

Only what the manifest and the card name is ever published; what else lies in the folder stays where it is and is told.
"""

from __future__ import annotations

import re
from pathlib import Path

from .card import PICTURE
from .card_files import CARD_FILES
from .errors import OutputError
from .manifest import REPORT, Manifest
from .shards import sha256_of

_TEXTS = (".md", ".json", "")

_SECRETS = {
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{20,}"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]|github_pat)_[A-Za-z0-9_]{20,}"),
    "an AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
"""What must not be in a text that is published."""


def published_files(folder: Path, manifest: Manifest) -> list[str]:
    """Paths of the files that are published, below the folder: all that the manifest and the card name.

    The report is among them whether it exists or not; a picture only if it exists, for a card can do without.
    """
    pictures = [PICTURE] if (folder / PICTURE).exists() else []
    data = [f"data/{shard['name']}.parquet" for shard in manifest.shards]
    return sorted([*CARD_FILES, "manifest.json", "plan.json", REPORT, *pictures, *data])


def left_out(folder: Path, manifest: Manifest) -> list[str]:
    """Files in the folder that are not published."""
    known = set(published_files(folder, manifest))
    files = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(name for path in files if (name := path.relative_to(folder).as_posix()) not in known)


def checksums(folder: Path, manifest: Manifest) -> dict[str, str]:
    """The sha256 of every published file but the report, which holds these."""
    return {
        name: sha256_of(folder / name)
        for name in published_files(folder, manifest)
        if name != REPORT and (folder / name).exists()
    }


def refuse_unsafe(folder: Path, manifest: Manifest) -> None:
    """Refuse a folder of whose published files one is missing, leads elsewhere or holds a secret.

    The report may be missing: whether it is needed is for others to say.

    Raises:
        OutputError: with the file and what is wrong with it.
    """
    root = folder.resolve()
    for name in published_files(folder, manifest):
        path = folder / name
        if path.resolve() != root / name:
            raise OutputError(f"{name} is, or lies behind, a symbolic link: put the file itself there")
        if name == REPORT and not path.exists():
            continue
        if not path.is_file():
            raise OutputError(f"{name} is missing from {folder}: build again, or run warp-jit-pairs check {folder}")
        if path.suffix in _TEXTS:
            _refuse_secret(name, path.read_text(encoding="utf-8", errors="replace"))


def _refuse_secret(name: str, text: str) -> None:
    for what, pattern in _SECRETS.items():
        if found := pattern.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise OutputError(f"{name}, line {line}, holds what looks like {what}: remove it, and revoke it")
