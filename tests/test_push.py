"""Pushing to a stand-in of the Hub with the real client: what is published, what is refused, and that it says so."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, write_report
from hub_stand_in import TOKEN, Hub

from warp_jit_pairs.check_result import CheckResult
from warp_jit_pairs.cli import main
from warp_jit_pairs.errors import OutputError, RefusedError
from warp_jit_pairs.folder import published_files
from warp_jit_pairs.hub import Repository, checked_name
from warp_jit_pairs.manifest import read_json, read_manifest, write_json
from warp_jit_pairs.push import last_version, prepare, publish, version_of
from warp_jit_pairs.push_command import run_push

Push = Callable[..., str]

# The client itself, when it uploads a file:
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")


@pytest.fixture
def push(repository: Repository, capsys: pytest.CaptureFixture[str]) -> Push:
    """Push a folder and return what was printed; the token never is."""

    def pushed(folder: Path, *, yes: bool = True, **options: bool) -> str:
        try:
            run_push(repository.name, folder, yes=yes, repository=repository, **options)
        finally:
            printed = capsys.readouterr()
            assert TOKEN not in printed.out + printed.err
            assert "secret-of-storage" not in printed.out + printed.err
        return printed.out

    return pushed


@pytest.fixture
def copy(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path / "copy")
    return tmp_path / "copy"


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in published_files(folder, read_manifest(folder))}


def test_a_push_is_one_commit_and_one_tag_with_the_files_of_the_folder(hub: Hub, push: Push, first: Path) -> None:
    printed = push(first, private=True)
    repo = hub.repos["org/pairs"]
    assert repo.private
    assert len(repo.commits) == 2  # the Hub's own, which makes the repository, and ours
    assert repo.tags == {"v0.1.0": repo.head}
    assert {name: data for name, data in repo.tree.items() if name != ".gitattributes"} == contents(first)
    assert 'load_dataset("org/pairs", revision="v0.1.0")' in printed
    assert "pictures/statistics.png" in repo.tree


def test_an_identical_folder_is_nothing_to_do_and_that_is_found_first(hub: Hub, push: Push, copy: Path) -> None:
    push(copy)
    before = hub.repos["org/pairs"].head
    hub.calls.clear()
    write_report(copy, quick=True)  # which would be refused
    assert "nothing to do" in push(copy)
    (copy / "validation_report.json").unlink()
    assert "nothing to do" in push(copy)
    assert set(hub.calls) <= {"refs", "tree", "resolve"}
    assert hub.repos["org/pairs"].head == before


def test_a_dry_run_shows_what_would_change_and_changes_nothing(hub: Hub, push: Push, first: Path, second: Path) -> None:
    printed = push(first, dry_run=True)
    assert "nothing was changed" in printed
    assert hub.repos == {}
    push(first)
    head = hub.repos["org/pairs"].head
    printed = push(second, dry_run=True)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines()]
    assert ["rows", "6", "0", "0"] in rows
    assert "rows that stay: 20" in printed
    assert "to upload" in printed
    assert hub.repos["org/pairs"].head == head


def test_a_second_version_uploads_what_differs_and_leaves_the_first_as_it_is(
    hub: Hub, push: Push, first: Path, second: Path
) -> None:
    push(first)
    hub.uploads.clear()
    push(second)
    repo = hub.repos["org/pairs"]
    assert set(repo.tags) == {"v0.1.0", "v0.2.0"}
    assert repo.head == repo.tags["v0.2.0"]
    assert repo.parents[repo.head] == repo.tags["v0.1.0"]
    old, new = (repo.commits[repo.tags[tag]] for tag in ("v0.1.0", "v0.2.0"))
    large = [name for name in new if name.endswith((".parquet", ".png"))]
    assert len(hub.uploads) == sum(new[name] != old.get(name) for name in large)
    assert {name: data for name, data in new.items() if name != ".gitattributes"} == contents(second)
    assert {name: data for name, data in old.items() if name != ".gitattributes"} == contents(first)


def test_a_version_not_above_the_last_is_refused(hub: Hub, push: Push, first: Path, second: Path) -> None:
    push(second)
    with pytest.raises(RefusedError, match=r"v0\.1\.0 is not above v0\.2\.0"):
        push(first)
    assert set(hub.repos["org/pairs"].tags) == {"v0.2.0"}


def test_a_tag_on_other_content_is_refused(hub: Hub, push: Push, copy: Path) -> None:
    push(copy)
    (copy / "CHANGELOG.md").write_text("# Changelog\n\nAnother.\n")
    write_report(copy)
    with pytest.raises(RefusedError, match=r"has a v0\.1\.0 with other content: raise DATA_VERSION"):
        push(copy)
    assert len(hub.repos["org/pairs"].commits) == 2


def test_a_head_that_moved_meanwhile_is_refused(hub: Hub, repository: Repository, first: Path, second: Path) -> None:
    run_push("org/pairs", first, yes=True, repository=repository)
    found = prepare(repository, second)
    assert found.push is not None
    repo = hub.repos["org/pairs"]
    repo.branches["main"] = moved = repo.add(repo.tree | {"NOTE.md": b"by hand"}, repo.head)
    with pytest.raises(RefusedError, match="changed while this was working: run the same command again"):
        publish(repository, found.push, private=False, create_pr=False)
    assert repo.head == moved
    assert set(repo.tags) == {"v0.1.0"}


def test_what_is_on_the_hub_and_not_in_the_folder_is_removed_and_said(
    hub: Hub, push: Push, first: Path, second: Path
) -> None:
    push(first)
    repo = hub.repos["org/pairs"]
    repo.branches["main"] = repo.add(repo.tree | {"NOTE.md": b"by hand"}, repo.head)
    assert "removed: NOTE.md" in push(second)
    assert "NOTE.md" not in repo.tree
    assert ".gitattributes" in repo.tree


# -- the report


def spoil(folder: Path, **changes: object) -> None:
    path = folder / "validation_report.json"
    write_json(path, read_json(path) | changes)


FAILED = CheckResult("kernels: c: d", False, {}, "off")

REPORTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "none": (lambda f: (f / "validation_report.json").unlink(), "has no validation report"),
    "no JSON": (lambda f: (f / "validation_report.json").write_text("{"), "has no validation report"),
    "of no data": (lambda f: spoil(f, files={}), "for other files"),
    "of older files": (lambda f: (f / "CHANGELOG.md").write_text("# Changed\n"), "for other files"),
    "quick": (lambda f: write_report(f, quick=True), "of a quick run"),
    "failed": (lambda f: write_report(f, extra=(FAILED,)), "has failures"),
    "not passed": (lambda f: spoil(f, passed=False), "has failures"),
    "without a check": (
        lambda f: spoil(
            f, checks=[c for c in read_json(f / "validation_report.json")["checks"] if "ids" not in c["name"]]
        ),
        "lacks 'data: ids'",
    ),
    "without the tool chain": (
        lambda f: spoil(
            f, checks=[c for c in read_json(f / "validation_report.json")["checks"] if "data" in c["name"]]
        ),
        "of a quick run",
    ),
}


@pytest.mark.parametrize("report", REPORTS)
def test_without_a_passing_report_for_these_files_nothing_is_pushed(
    report: str, hub: Hub, push: Push, copy: Path
) -> None:
    change, message = REPORTS[report]
    change(copy)
    with pytest.raises(RefusedError, match=message):
        push(copy)
    assert hub.repos == {}


# -- what is in the folder


def test_stray_files_are_left_out_and_said(hub: Hub, push: Push, copy: Path) -> None:
    (copy / ".env").write_text(f"HF_TOKEN={TOKEN}")
    (copy / "data" / "notes.txt").write_text("draft")
    printed = push(copy)
    assert "left out: .env" in printed
    assert "left out: data/notes.txt" in printed
    assert all(TOKEN.encode() not in data for data in hub.repos["org/pairs"].tree.values())
    assert not {".env", "data/notes.txt"} & set(hub.repos["org/pairs"].tree)


@pytest.mark.parametrize("place", ["README.md", "data", "validation_report.json"])
def test_a_link_that_leads_out_of_the_folder_is_refused(
    place: str, hub: Hub, push: Push, copy: Path, tmp_path: Path
) -> None:
    (copy / place).rename(tmp_path / "elsewhere")
    (copy / place).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="symbolic link"):
        push(copy)
    assert hub.repos == {}


def test_a_folder_behind_a_link_is_pushed(hub: Hub, push: Push, first: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(first)
    push(tmp_path / "link")
    assert hub.repos["org/pairs"].tags


@pytest.mark.parametrize(
    "secret",
    [TOKEN, "ghp_" + "a1" * 18, "AKIA" + "ABCDEFGH" * 2, "-----BEGIN RSA PRIVATE KEY-----"],
    ids=["hugging face", "github", "aws", "key"],
)
def test_a_secret_in_a_text_is_refused_and_not_repeated(secret: str, hub: Hub, push: Push, copy: Path) -> None:
    (copy / "CHANGELOG.md").write_text(f"# Changelog\n\nlogged in with {secret}\n")
    write_report(copy)
    with pytest.raises(OutputError, match=r"CHANGELOG\.md, line 3, holds what looks like") as refused:
        push(copy)
    assert secret not in str(refused.value)
    assert hub.repos == {}


def test_a_lost_file_is_refused(hub: Hub, push: Push, copy: Path) -> None:
    next(copy.rglob("*.parquet")).unlink()
    with pytest.raises(OutputError, match="is missing"):
        push(copy)
    assert hub.repos == {}


@pytest.mark.parametrize(
    "name",
    ["pairs", "a/b/c", "../x", "org/..", "org/../x", "org/a b", "/x", "org/", "org/x--y", "org/x.git", "-o/x", ""],
)
def test_a_name_that_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="no repository name"):
        checked_name(name)


# -- pull requests


def test_a_pull_request_has_no_tag_until_it_is_merged(hub: Hub, push: Push, first: Path, second: Path) -> None:
    push(first)
    repo = hub.repos["org/pairs"]
    head = repo.head
    assert "discussions/1" in push(second, create_pr=True)
    assert repo.head == head
    assert set(repo.tags) == {"v0.1.0"}
    assert "there already" in push(second, create_pr=True)
    assert set(repo.pulls) == {"1"}
    with pytest.raises(RefusedError, match="merge the pull request first"):
        push(second, tag_merged=True)
    repo.branches["main"] = repo.pulls["1"]
    assert "v0.2.0 is set" in push(second, tag_merged=True)
    assert repo.tags["v0.2.0"] == repo.head
    assert "nothing to do" in push(second, tag_merged=True)


def test_a_pull_request_and_its_tag_at_once_are_refused(push: Push, first: Path) -> None:
    with pytest.raises(RefusedError, match="exclude each other"):
        push(first, create_pr=True, tag_merged=True)


# -- asking, tokens, the command line


def test_nobody_to_ask_is_refused(hub: Hub, push: Push, first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(RefusedError, match="add --yes"):
        push(first, yes=False)
    assert hub.repos == {}


@pytest.mark.parametrize("answer", [True, False])
def test_the_answer_decides(answer: bool, hub: Hub, push: Push, first: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("warp_jit_pairs.push_command.Confirm.ask", lambda *_, **__: answer)
    if answer:
        push(first, yes=False)
    else:
        with pytest.raises(RefusedError, match="not pushed"):
            push(first, yes=False)
    assert bool(hub.repos) == answer


def test_without_a_token_nothing_is_asked_of_the_hub(
    first: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert main(["push", "--repo", "org/pairs", "--folder", str(first), "--yes"]) == 2
    assert "hf auth login" in capsys.readouterr().err


def environment(hub: Hub, home: Path) -> dict[str, str]:
    """Of a process that uses the stand-in through the variables of the real client."""
    settings = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
    return os.environ | settings | {"HF_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}


def test_through_builder_script_with_the_environment_of_the_client(hub: Hub, first: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "builder_script.py"), "push", "--repo", "org/pairs", "--folder", str(first)]
    done = subprocess.run(
        [*command, "--yes"], env=environment(hub, tmp_path), capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "published v0.1.0" in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    assert hub.repos["org/pairs"].tags
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(TOKEN.encode() not in path.read_bytes() for path in written)


def test_versions_are_compared_as_numbers() -> None:
    assert version_of("v1.10.0") == (1, 10, 0)
    assert [version_of(tag) for tag in ("1.0.0", "v1.0", "v01.0.0", "v1.0.0-rc", "vX.Y.Z")] == [None] * 5
    assert last_version({"v1.9.0": "a", "v1.10.0": "b", "latest": "c"}) == "v1.10.0"
    assert last_version({"v1.9.0": "a", "v1.10.0": "b"}, without={"v1.10.0": ""}) == "v1.9.0"
    assert last_version({}) == ""


def test_the_report_of_a_release_is_json_without_a_machine(first: Path) -> None:
    text = (first / "validation_report.json").read_text()
    assert str(ROOT) not in text
    assert json.loads(text)["passed"] is True
