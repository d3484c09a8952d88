"""A dataset repository on the Hub, through `huggingface_hub`: what is there, one commit, one tag.

Every failure becomes one line that says what to do, after retries where a retry can help; what must not happen is the
business of `push.py`. The client finds its token by itself: it is never looked at, printed or kept here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi, get_session
from huggingface_hub.errors import (
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from .errors import HubError, RefusedError

Result = TypeVar("Result")
Operation: TypeAlias = CommitOperationAdd | CommitOperationCopy | CommitOperationDelete

TIMEOUT = 300.0
"""Seconds without a byte after which a request has failed; the client by itself would wait for ever."""

WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each retry."""

_LONGEST_WAIT = 300.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_TRANSPORT = cast("type[Exception]", HfHubHTTPError.__bases__[0])
"""Base of the errors of the client's HTTP library, which is another one (httpx, httpx2) in other releases."""

_FAILURES = (HfHubHTTPError, _TRANSPORT, LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError, TimeoutError)
_TRANSIENT = (408, 429, 500, 502, 503, 504)


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """What a repository was when it was looked at; `head` is empty if there is no such repository."""

    head: str
    tags: dict[str, str]
    """Tag -> commit."""
    pulls: dict[int, str]
    """Number of a pull request -> its last commit."""


@dataclasses.dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a revision: its size, and one of two hashes."""

    size: int
    sha256: str
    """Of a large file, kept in object storage."""
    blob: str
    """Of a small file, kept in git."""

    def holds(self, content: Content) -> bool:
        """Whether it has these bytes."""
        return self.sha256 == content.sha256 if self.sha256 else self.blob == content.blob


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """Bytes to be published: of a file, or made in memory."""

    source: Path | bytes
    size: int
    sha256: str
    blob: str

    @classmethod
    def of(cls, source: Path | bytes) -> Content:
        """Hash a file, in pieces, or bytes."""
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        sha256, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        for piece in _pieces(source):
            sha256.update(piece)
            blob.update(piece)
        return cls(source, size, sha256.hexdigest(), blob.hexdigest())


def _pieces(source: Path | bytes) -> Iterable[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def checked_name(name: str) -> str:
    """The name of a repository if it is NAMESPACE/NAME and nothing else.

    Raises:
        RefusedError: it is not.
    """
    if not _NAME.fullmatch(name) or ".." in name or "--" in name or name.endswith((".git", ".", "-", ".ipynb")):
        raise RefusedError(f"{name!r} is no repository name: give NAMESPACE/NAME, of letters, digits and single . _ -")
    return name


class Repository:
    """One dataset repository; nothing is asked of the Hub before a method is called."""

    def __init__(
        self, name: str, api: HfApi | None = None, *, timeout: float = TIMEOUT, waits: Sequence[float] = WAITS
    ) -> None:
        """`api` is made from the environment if none is given."""
        self.name = checked_name(name)
        self._api = api or HfApi()
        self._timeout = timeout
        self._waits = tuple(waits)
        # The client warns of every retry, with addresses that grant access for a while.
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)

    # -- what is there

    def state(self) -> State:
        """Head, tags and pull requests, now."""
        try:
            refs = self._ask(
                "read", lambda: self._api.list_repo_refs(self.name, repo_type="dataset", include_pull_requests=True)
            )
        except _Missing:
            return State("", {}, {})
        pulls = {int(ref.name): ref.target_commit for ref in refs.pull_requests or [] if ref.name.isdigit()}
        head = next((ref.target_commit for ref in refs.branches if ref.name == "main"), "")
        return State(head, {ref.name: ref.target_commit for ref in refs.tags}, pulls)

    def files(self, revision: str) -> dict[str, HubFile]:
        """The files of a revision by path, without git's own."""

        def listed() -> list[Any]:
            return list(self._api.list_repo_tree(self.name, repo_type="dataset", revision=revision, recursive=True))

        entries = [entry for entry in self._ask("read", listed, waits=()) if isinstance(entry, RepoFile)]
        return {
            entry.path: HubFile(entry.size, entry.lfs.sha256 if entry.lfs else "", entry.blob_id)
            for entry in entries
            if entry.path != ".gitattributes"
        }

    def download(self, path: str, revision: str) -> Path:
        """A file of a revision, in the client's cache."""

        def fetched() -> str:
            return str(self._api.hf_hub_download(self.name, path, repo_type="dataset", revision=revision))

        return Path(self._ask(f"download {path} from", fetched))

    # -- what changes it

    def create(self, *, private: bool) -> None:
        """Make the repository; one that somebody made meanwhile will do."""

        def created() -> bool:
            self._api.create_repo(self.name, repo_type="dataset", private=private)
            return True

        self._ask("create", created, lambda: self.state().head != "")

    def upload(self, contents: Mapping[str, Content], *, create_pr: bool = False) -> list[CommitOperationAdd]:
        """Bring large files into the Hub's storage, those it does not have; no revision changes by that."""
        additions = [
            CommitOperationAdd(path, content.source if isinstance(content.source, bytes) else str(content.source))
            for path, content in sorted(contents.items())
        ]

        def uploaded() -> None:
            self._api.preupload_lfs_files(
                self.name, additions, repo_type="dataset", revision="main", create_pr=create_pr
            )

        self._ask("upload to", uploaded, waits=())
        return additions

    def commit(
        self,
        additions: Sequence[CommitOperationAdd],
        removed: Iterable[str],
        *,
        message: str,
        parent: str,
        create_pr: bool,
        landed: Callable[[State], str],
    ) -> str:
        """Make one commit on top of `parent`, and return its hash; for a pull request, its address.

        An answer may get lost after the work was done, so that before each retry `landed` is asked whether the state
        of the repository is the wanted one: it returns what this returns, or nothing.

        Raises:
            RefusedError: the head is not `parent` any more.
        """
        operations: list[Operation] = [*additions, *(CommitOperationDelete(path) for path in sorted(removed))]

        def committed() -> str:
            done = self._api.create_commit(
                self.name,
                operations,
                repo_type="dataset",
                commit_message=message,
                parent_commit=parent,
                create_pr=create_pr,
            )
            return str(done.pr_url) if create_pr else str(done.oid)

        def settled() -> str:
            state = self.state()
            if found := landed(state):
                return found
            if state.head != parent:
                raise RefusedError(f"{self.name} changed while this was working: run the same command again")
            return ""

        return self._ask("commit to", committed, settled)

    def tag(self, tag: str, commit: str) -> None:
        """Set a tag on a commit; one that is there already is right.

        Raises:
            RefusedError: the tag is there, on another commit.
        """

        def tagged() -> bool:
            self._api.create_tag(self.name, tag=tag, revision=commit, repo_type="dataset")
            return True

        def settled() -> bool:
            there = self.state().tags.get(tag)
            if there not in (None, commit):
                raise RefusedError(f"{self.name} got a tag {tag} on another commit: raise the version")
            return there == commit

        self._ask("tag", tagged, settled)

    # -- failures

    def _ask(
        self,
        doing: str,
        call: Callable[[], Result],
        settled: Callable[[], Result | None] | None = None,
        waits: Sequence[float] | None = None,
    ) -> Result:
        """Call, and call again while the failure may pass; before each retry `settled` may say that all is done.

        No `waits` are for calls that the client repeats by itself.
        """
        for wait in (*(self._waits if waits is None else waits), None):
            try:
                get_session().timeout = self._timeout
                return call()
            except (*_FAILURES, RuntimeError) as raised:
                error = _cause(raised)
                status = _status(error)
                if isinstance(error, RepositoryNotFoundError) and status == 404:
                    raise _Missing(f"there is no dataset {self.name} on the Hub") from None
                if settled is not None and (found := settled()):
                    return found
                if wait is None or not _may_pass(error):
                    raise HubError(f"cannot {doing} {self.name}: {_advice(error, self.name)}") from None
                time.sleep(_retry_after(error, wait))
        raise AssertionError("the last attempt returns or raises")


class _Missing(HubError):
    """There is no such repository."""


def _cause(raised: BaseException) -> BaseException:
    """The failure itself, which the client wraps in others: for uploads in a RuntimeError; any other is a defect."""
    if isinstance(raised, RuntimeError | LocalEntryNotFoundError) and isinstance(raised.__cause__, _FAILURES):
        return raised.__cause__
    if isinstance(raised, _FAILURES):
        return raised
    raise raised


def _status(error: BaseException) -> int:
    response = getattr(error, "response", None)
    return int(response.status_code) if response is not None else 0


def _may_pass(error: BaseException) -> bool:
    """Whether trying again can help: the Hub is busy or broken, or the line is."""
    status = _status(error)
    return status in _TRANSIENT or (status == 0 and not isinstance(error, OfflineModeIsEnabled))


def _retry_after(error: BaseException, wait: float) -> float:
    response = getattr(error, "response", None)
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(asked), _LONGEST_WAIT) if asked.isdigit() else wait


def _advice(error: BaseException, name: str) -> str:
    """What went wrong and what to do, in one line, without an address or a header."""
    if isinstance(error, OfflineModeIsEnabled):
        return "offline mode is on: unset HF_HUB_OFFLINE"
    status = _status(error)
    namespace = name.split("/")[0]
    known = {
        0: "the Hub cannot be reached, or did not answer in time: run the same command again",
        400: "the Hub found the request wrong (400): update huggingface_hub, or report this",
        401: "the Hub does not accept the token (401): log in with hf auth login, or set HF_TOKEN",
        403: f"the token may not do that (403): use one with write access to {namespace}",
        404: "it is not there (404), or the token may not see it: log in with hf auth login",
        409: "another change is under way (409): run the same command again",
        412: "the repository changed meanwhile (412): run the same command again",
        413: "a file is larger than the Hub takes (413): make more shards",
        429: "the Hub limits how often it may be asked (429): wait some minutes and run the same command again",
    }
    broken = f"the Hub has a fault ({status}): run the same command again"
    return known.get(status, broken if status >= 500 else f"the Hub refused it ({status})")
