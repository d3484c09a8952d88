"""Withdrawn versions: told in card and changelog, carried on by later pushes, and pointing to a good version."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_stand_in import Hub

from warp_jit_pairs.errors import RefusedError
from warp_jit_pairs.hub import Repository
from warp_jit_pairs.notices import notices_of, with_notices, without_notices
from warp_jit_pairs.push_command import run_push
from warp_jit_pairs.withdraw import run_withdraw

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")

CARD = "---\nlicense: apache-2.0\n---\n\n# warp_jit_pairs\n\nText.\n"


def test_notices_are_put_before_the_heading_and_read_back() -> None:
    notices = {"v0.1.0": "adjoints of <tiles> --> wrong", "v0.2.0": 'say "no" -- twice'}
    text = with_notices(CARD, notices, "v0.3.0")
    assert notices_of(text) == notices
    assert text.startswith("---\nlicense: apache-2.0\n---\n\n<!-- withdrawn ")
    assert 'v0.1.0 is withdrawn**: adjoints of &lt;tiles&gt; --&gt; wrong. Use `revision="v0.3.0"`.' in text
    assert without_notices(text) == CARD
    assert with_notices(text, notices, "v0.3.0") == text
    assert with_notices(text, {}, "v0.3.0") == CARD
    assert "no version to use instead yet" in with_notices(CARD, notices, "")


def head(hub: Hub, name: str = "README.md") -> str:
    return hub.repos["org/pairs"].tree[name].decode()


def test_a_withdrawal_points_to_the_last_good_version_and_leaves_the_tags_as_they_are(
    hub: Hub, repository: Repository, first: Path, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (first, second):
        run_push("org/pairs", folder, yes=True, repository=repository)
    repo = hub.repos["org/pairs"]
    tags = dict(repo.tags)
    run_withdraw("org/pairs", "v0.2.0", reason="wrong\n adjoints", repository=repository)
    for name in ("README.md", "CHANGELOG.md"):
        assert notices_of(head(hub, name)) == {"v0.2.0": "wrong adjoints"}
        assert 'Use `revision="v0.1.0"`' in head(hub, name)
    assert repo.tags == tags
    assert len(repo.commits) == 4
    capsys.readouterr()
    run_withdraw("org/pairs", "v0.2.0", reason="wrong adjoints", repository=repository)
    assert "nothing to do" in capsys.readouterr().out
    run_push("org/pairs", second, yes=True, repository=repository)
    assert "nothing to do" in capsys.readouterr().out
    assert len(repo.commits) == 4


def test_the_next_push_carries_the_notice_on_and_points_to_itself(
    hub: Hub, repository: Repository, first: Path, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_push("org/pairs", first, yes=True, repository=repository)
    run_withdraw("org/pairs", "v0.1.0", reason="wrong", repository=repository)
    assert "no version to use instead yet" in head(hub)
    assert "no good version to point to" in capsys.readouterr().out
    run_push("org/pairs", second, yes=True, repository=repository)
    assert notices_of(head(hub)) == {"v0.1.0": "wrong"}
    assert 'Use `revision="v0.2.0"`' in head(hub)
    assert without_notices(head(hub)) == (second / "README.md").read_text()
    assert hub.repos["org/pairs"].tags["v0.2.0"] == hub.repos["org/pairs"].head
    run_push("org/pairs", second, yes=True, repository=repository)
    assert "nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tag", "reason", "instead", "message"),
    [
        ("v0.9.0", "wrong", None, r"has no version v0\.9\.0: it has v0\.1\.0"),
        ("latest", "wrong", None, "has no version latest"),
        ("v0.1.0", " \n", None, "must say why"),
        ("v0.1.0", "wrong", "v0.9.0", r"v0\.9\.0 is no version that can be used"),
        ("v0.1.0", "wrong", "v0.1.0", r"v0\.1\.0 is no version that can be used"),
    ],
)
def test_what_cannot_be_withdrawn(
    tag: str,
    reason: str,
    instead: str | None,
    message: str,
    hub: Hub,
    repository: Repository,
    first: Path,
) -> None:
    run_push("org/pairs", first, yes=True, repository=repository)
    commits = len(hub.repos["org/pairs"].commits)
    with pytest.raises(RefusedError, match=message):
        run_withdraw("org/pairs", tag, reason=reason, instead=instead, repository=repository)
    assert len(hub.repos["org/pairs"].commits) == commits


def test_nothing_can_be_withdrawn_where_nothing_is(hub: Hub, repository: Repository) -> None:
    with pytest.raises(RefusedError, match="it has none"):
        run_withdraw("org/pairs", "v0.1.0", reason="wrong", repository=repository)
    assert hub.repos == {}
