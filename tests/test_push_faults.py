"""Nothing is half-published: every endpoint of the Hub fails in every way, once and for ever, in the middle of a push.

After a failure that passes the push is done. After one that does not, the push ends in one line that says what to do;
before the commit the head is what it was, and the next push uploads only what is missing.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_stand_in import TOKEN, Fault, Hub

from warp_jit_pairs import hub as hub_module
from warp_jit_pairs.errors import HubError, RefusedError, WarpJitPairsError
from warp_jit_pairs.hub import Repository
from warp_jit_pairs.push_command import run_push
from warp_jit_pairs.withdraw import run_withdraw

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")

TIMEOUT = pytest.param("timeout", marks=pytest.mark.slow)
KINDS = [500, "cut", TIMEOUT, 429, 401, 403, 409, 412]
PASSING = (500, "cut", TIMEOUT, 429)
"""Kinds of failure after which another try can help."""

BEFORE_COMMIT = ["refs", "tree", "create", "yaml", "preupload", "lfs_batch", "lfs_upload", "commit"]
ENDPOINTS = [*BEFORE_COMMIT, "tag"]


@pytest.fixture
def pushed(hub: Hub, repository: Repository, first: Path) -> Hub:
    """The Hub after version 0.1.0."""
    run_push("org/pairs", first, yes=True, repository=repository)
    hub.calls.clear()
    hub.uploads.clear()
    return hub


def push(repository: Repository, folder: Path, *, create_pr: bool = False) -> str:
    """Push, and return the line that it ended in, or nothing."""
    said = ""
    try:
        run_push("org/pairs", folder, yes=True, create_pr=create_pr, repository=repository)
    except WarpJitPairsError as error:
        said = str(error)
    assert TOKEN not in said
    assert "http" not in said
    return said


def is_whole(hub: Hub, tag: str) -> bool:
    repo = hub.repos["org/pairs"]
    return repo.tags.get(tag) == repo.head and b'"data_version": "0.2.0"' in repo.tree["manifest.json"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_failure_that_stays(
    endpoint: str, kind: int | str, pushed: Hub, repository: Repository, second: Path
) -> None:
    if endpoint == "create":
        pushed.repos.clear()
    head = pushed.repos["org/pairs"].head if pushed.repos else ""
    pushed.fail(endpoint, kind, -1)
    said = push(repository, second)
    assert said.startswith("cannot ")
    assert said.count("\n") == 0
    assert any(advice in said for advice in ("run the same command again", "log in", "write access", "wait some"))
    if endpoint in BEFORE_COMMIT:
        assert (pushed.repos["org/pairs"].head if pushed.repos else "") == head
        assert "v0.2.0" not in (pushed.repos["org/pairs"].tags if pushed.repos else {})
    else:
        assert pushed.repos["org/pairs"].head != head
    sent = list(pushed.uploads)
    pushed.faults.clear()
    assert push(repository, second) == ""
    assert is_whole(pushed, "v0.2.0")
    assert len(set(pushed.uploads)) == len(pushed.uploads)  # nothing was sent twice
    assert pushed.uploads[: len(sent)] == sent


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_failure_that_passes(
    endpoint: str, kind: int | str, pushed: Hub, repository: Repository, second: Path
) -> None:
    if endpoint == "create":
        pushed.repos.clear()
    pushed.fail(endpoint, kind, 1)
    assert push(repository, second) == ""
    assert is_whole(pushed, "v0.2.0")
    commits = pushed.repos["org/pairs"].commits
    assert len(commits) == (2 if endpoint == "create" else 3)


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("endpoint", ["create", "commit", "tag", "lfs_upload"])
def test_an_answer_that_is_lost_after_the_work_was_done(
    endpoint: str, kind: int | str, pushed: Hub, repository: Repository, second: Path
) -> None:
    if endpoint == "create":
        pushed.repos.clear()
    pushed.fail(endpoint, kind, 1, after=True)
    assert push(repository, second) == ""
    assert is_whole(pushed, "v0.2.0")
    assert len(pushed.repos["org/pairs"].commits) == (2 if endpoint == "create" else 3)


@pytest.mark.parametrize("kind", PASSING)
def test_a_pull_request_whose_answer_is_lost_is_not_opened_twice(
    kind: int | str, pushed: Hub, repository: Repository, second: Path
) -> None:
    pushed.fail("commit", kind, 1, after=True)
    assert push(repository, second, create_pr=True) == ""
    assert set(pushed.repos["org/pairs"].pulls) == {"1"}


def test_a_missing_tag_is_set_by_the_next_push_without_another_commit(
    pushed: Hub, repository: Repository, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed.fail("tag", 403, -1)
    assert "write access" in push(repository, second)
    assert push(repository, second)  # and again
    pushed.faults.clear()
    pushed.calls.clear()
    assert push(repository, second) == ""
    assert "the tag v0.2.0 is set" in capsys.readouterr().out
    assert pushed.calls["commit"] == 0
    assert is_whole(pushed, "v0.2.0")


def test_a_tag_that_somebody_else_set_meanwhile_is_refused(
    pushed: Hub, repository: Repository, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = pushed.repos["org/pairs"]
    fault = pushed.fault

    def raced(endpoint: str) -> Fault | None:
        if endpoint == "tag":
            repo.tags["v0.2.0"] = repo.tags["v0.1.0"]
        return fault(endpoint)

    monkeypatch.setattr(pushed, "fault", raced)
    assert "on another commit: raise the version" in push(repository, second)
    assert repo.tags["v0.2.0"] == repo.tags["v0.1.0"]


def test_the_wait_that_the_hub_asks_for_is_kept(
    pushed: Hub, repository: Repository, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(hub_module.time, "sleep", waited.append)
    pushed.faults["refs"] = Fault(429, 2, retry_after="7")
    assert push(repository, second) == ""
    assert waited == [7.0, 7.0]


def test_a_reading_that_fails_is_one_line(pushed: Hub, repository: Repository) -> None:
    pushed.fail("resolve", 403, -1)
    with pytest.raises(HubError, match=r"cannot download plan\.json from org/pairs: the token may not do that"):
        repository.download("plan.json", pushed.repos["org/pairs"].head)


def test_offline_mode_is_said(hub: Hub, repository: Repository, first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "unset HF_HUB_OFFLINE" in push(repository, first)
    assert hub.repos == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_withdrawal_happens_whole_or_not_at_all(kind: int | str, pushed: Hub, repository: Repository) -> None:
    repo = pushed.repos["org/pairs"]
    head = repo.head
    pushed.fail("commit", kind, -1)
    with pytest.raises((HubError, RefusedError)):
        run_withdraw("org/pairs", "v0.1.0", reason="wrong", repository=repository)
    assert repo.head == head
    pushed.fail("commit", 500, 1, after=True)
    run_withdraw("org/pairs", "v0.1.0", reason="wrong", repository=repository)
    assert repo.parents[repo.head] == head


def test_the_stand_in_refuses_a_stale_parent_and_a_wrong_token(pushed: Hub, repository: Repository) -> None:
    """Otherwise the tests above prove nothing."""
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError

    repo = pushed.repos["org/pairs"]
    add = [CommitOperationAdd("a.md", b"a")]
    stale = repo.parents[repo.head]
    with pytest.raises(HfHubHTTPError) as refused:
        HfApi(pushed.url, TOKEN).create_commit(
            "org/pairs", add, commit_message="m", repo_type="dataset", parent_commit=stale
        )
    assert refused.value.response.status_code == 412
    with pytest.raises(HfHubHTTPError) as refused:
        HfApi(pushed.url, "hf_other").create_tag("org/pairs", tag="v9.0.0", repo_type="dataset")
    assert refused.value.response.status_code == 401
