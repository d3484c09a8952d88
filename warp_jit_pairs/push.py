"""What a push would do, whether it may, and the push itself: one commit, then one tag.

Nothing is half-published. Large files go to the Hub's storage first, where no revision shows them; the commit puts all
in place at once, on top of the head that was looked at, or not at all; a tag that is missing after a commit is set by
the next push. Asking and showing is left to `push_command.py`, talking to the Hub to `hub.py`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

from .errors import RefusedError
from .folder import checksums, published_files, refuse_unsafe
from .hub import Content, HubFile, Repository, State
from .integrity import integrity_names
from .manifest import REPORT, Manifest, read_json, read_manifest
from .notices import notices_of, with_notices, without_notices
from .version_diff import Difference, Version, compare

NOTICED = ("README.md", "CHANGELOG.md")
"""Texts that carry the notices of withdrawn versions."""

_TOOL_CHAIN = ("kernels: ", "poisson: ")
_VERSION = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


@dataclasses.dataclass(frozen=True, slots=True)
class Push:
    """A push that may happen: what will be there, and how it differs from what is."""

    folder: Path
    tag: str
    state: State
    contents: dict[str, Content]
    """Every file as it will be, by path."""
    added: list[str]
    changed: list[str]
    removed: list[str]

    @property
    def uploads(self) -> dict[str, Content]:
        """The files that are not there, or differ."""
        return {path: self.contents[path] for path in (*self.added, *self.changed)}


def version_of(tag: str) -> tuple[int, ...] | None:
    """The numbers of a tag `vX.Y.Z`, or None for any other."""
    found = _VERSION.fullmatch(tag)
    return tuple(int(part) for part in found.groups()) if found else None


def last_version(tags: Mapping[str, str], *, without: Mapping[str, str] | None = None) -> str:
    """The highest tag `vX.Y.Z`, leaving out some; empty if there is none."""
    known = [tag for tag in tags if version_of(tag) is not None and tag not in (without or {})]
    return max(known, key=lambda tag: version_of(tag) or (), default="")


# -- whether it may


def require_report(folder: Path, manifest: Manifest) -> None:
    """Refuse a folder without a passing, complete report for exactly these files.

    Raises:
        RefusedError: with what is missing.
    """
    mend = f"run warp-jit-pairs check {folder}"
    report = read_json(folder / REPORT)
    if not isinstance(report, dict) or not {"passed", "quick", "checks", "files"} <= report.keys():
        raise RefusedError(f"{folder} has no validation report of its files: {mend}")
    if report["files"] != checksums(folder, manifest):
        raise RefusedError(f"the validation report of {folder} is for other files: {mend}")
    passed = {check["name"]: check["passed"] for check in report["checks"]}
    failed = [name for name, state in passed.items() if state is False]
    if failed or not report["passed"]:
        raise RefusedError(f"the validation report of {folder} has failures, the first is {failed[:1]}: mend the data")
    if missing := [name for name in integrity_names() if passed.get(name) is not True]:
        raise RefusedError(f"the validation report of {folder} lacks {missing[0]!r}: {mend}")
    if report["quick"] or not all(any(name.startswith(part) for name in passed) for part in _TOOL_CHAIN):
        raise RefusedError(f"the validation report of {folder} is of a quick run: {mend} without --quick")


def _refuse_version(tag: str, state: State, name: str) -> None:
    if tag in state.tags:
        raise RefusedError(f"{name} has a {tag} with other content: raise DATA_VERSION in version.py and build again")
    last = last_version(state.tags)
    if last and (version_of(tag) or ()) <= (version_of(last) or ()):
        raise RefusedError(f"{tag} is not above {last}, the last version of {name}: raise DATA_VERSION in version.py")


# -- what it would do


def contents_of(folder: Path, manifest: Manifest, notices: Mapping[str, str]) -> dict[str, Content]:
    """What is to be published, by path; the card and the changelog with the notices of withdrawn versions."""
    found: dict[str, Content] = {}
    for path in published_files(folder, manifest):
        if path == REPORT and not (folder / path).exists():
            continue  # a push is refused without it, but not the answer that there is nothing to do
        if path in NOTICED and notices:
            text = (folder / path).read_text(encoding="utf-8")
            found[path] = Content.of(with_notices(text, notices, f"v{manifest.data_version}").encode())
        else:
            found[path] = Content.of(folder / path)
    return found


def notices_at(repository: Repository, files: Mapping[str, HubFile], revision: str) -> dict[str, str]:
    """The withdrawn versions that the card at a revision tells of."""
    if "README.md" not in files:
        return {}
    return notices_of(repository.download("README.md", revision).read_text(encoding="utf-8"))


def is_published(
    repository: Repository, files: Mapping[str, HubFile], contents: Mapping[str, Content], revision: str
) -> bool:
    """Whether a revision holds these files: the same data and texts, whatever was withdrawn before or after.

    The report may be of another run of the same checks: it is about the files, not one of them.
    """
    if files.keys() | {REPORT} != contents.keys() | {REPORT}:
        return False
    for path, content in contents.items():
        if path == REPORT or files[path].holds(content):
            continue
        if path not in NOTICED:
            return False
        there = repository.download(path, revision).read_text(encoding="utf-8")
        if without_notices(there) != without_notices(_text(content)):
            return False
    return True


def _text(content: Content) -> str:
    data = content.source if isinstance(content.source, bytes) else content.source.read_bytes()
    return data.decode()


@dataclasses.dataclass(frozen=True, slots=True)
class Prepared:
    """What a folder and a repository come to: nothing to do, a tag to set, or a push."""

    state: State
    tag: str
    done: bool = False
    """The version is there, with these files."""
    untagged: str = ""
    """The commit that has these files and not yet the tag."""
    push: Push | None = None


def prepare(repository: Repository, folder: Path) -> Prepared:
    """Look at both sides, and refuse what must not happen. Nothing is changed.

    Raises:
        OutputError: the folder holds no build, or something that must not be published.
        RefusedError: the report or the version do not allow it.
        HubError: the Hub cannot be read.
    """
    manifest = read_manifest(folder)
    refuse_unsafe(folder, manifest)
    tag = f"v{manifest.data_version}"
    state = repository.state()
    head = repository.files(state.head) if state.head else {}
    notices = notices_at(repository, head, state.head) if head else {}
    contents = contents_of(folder, manifest, notices)
    if tag in state.tags and is_published(repository, repository.files(tag), contents, tag):
        return Prepared(state, tag, done=True)
    require_report(folder, manifest)
    _refuse_version(tag, state, repository.name)
    if head and is_published(repository, head, contents, state.head):
        return Prepared(state, tag, untagged=state.head)
    added = sorted(contents.keys() - head.keys())
    changed = sorted(path for path in contents.keys() & head.keys() if not head[path].holds(contents[path]))
    removed = sorted(head.keys() - contents.keys())
    return Prepared(state, tag, push=Push(folder, tag, state, contents, added, changed, removed))


def difference(repository: Repository, push: Push) -> Difference:
    """The rows that a push would add, remove and change; only files that differ are downloaded."""
    head = push.state.head

    def is_data(path: str) -> bool:
        return path.startswith("data/") and path.endswith(".parquet")

    gone = [path for path in (*push.changed, *push.removed) if is_data(path)]
    there = {path: repository.download(path, head) for path in gone}
    here = {path: push.folder / path for path in (*push.added, *push.changed) if is_data(path)}
    kept = {path: push.folder / path for path in push.contents if is_data(path) and path not in here}
    return compare(Version(head, there | kept), Version(push.tag, here | kept), figures=False)


# -- the push


def publish(repository: Repository, push: Push, *, private: bool, create_pr: bool) -> str:
    """Upload, commit, tag; return the tag, or the address of the pull request, which has no tag.

    Raises:
        RefusedError: the repository changed meanwhile.
        HubError: the Hub failed; what was done is found and finished by the next push.
    """
    state = push.state
    if not state.head:
        repository.create(private=private)
        state = repository.state()
    elif create_pr and state.pulls and _has(repository, push, state.pulls[max(state.pulls)]):
        return f"pull request {max(state.pulls)} of {repository.name}, which was there already"
    additions = repository.upload(push.uploads, create_pr=create_pr)

    def landed(now: State) -> str:
        if create_pr:
            new = [number for number in now.pulls if number not in state.pulls]
            found = [number for number in new if _has(repository, push, now.pulls[number])]
            return f"pull request {found[0]} of {repository.name}" if found else ""
        return now.head if now.head != state.head and _has(repository, push, now.head) else ""

    where = repository.commit(
        additions,
        push.removed,
        message=f"Version {push.tag.removeprefix('v')}",
        parent=state.head,
        create_pr=create_pr,
        landed=landed,
    )
    if create_pr:
        return where
    repository.tag(push.tag, where)
    return push.tag


def _has(repository: Repository, push: Push, revision: str) -> bool:
    files = repository.files(revision)
    return files.keys() == push.contents.keys() and all(files[path].holds(c) for path, c in push.contents.items())
