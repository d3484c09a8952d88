"""`warp-jit-pairs push`: shows what a push would change, asks, and pushes. What may happen is decided in `push.py`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from huggingface_hub import HfApi, get_token
from rich.console import Console
from rich.prompt import Confirm
from rich.table import Table

from .errors import RefusedError
from .folder import left_out
from .hub import Repository
from .manifest import read_manifest
from .push import Prepared, Push, difference, prepare, publish
from .version_diff import Difference

_SHOWN = 20


def run_push(
    name: str,
    folder: Path,
    *,
    private: bool = False,
    create_pr: bool = False,
    tag_merged: bool = False,
    dry_run: bool = False,
    yes: bool = False,
    repository: Repository | None = None,
) -> None:
    """Push the build in `folder` to the dataset `name` on the Hub.

    Raises:
        UsageError: the push must not happen, or nobody is there to be asked.
        HubError: the Hub failed.
    """
    console = Console()
    if create_pr and tag_merged:
        raise RefusedError("--create-pr and --tag-merged exclude each other: the tag comes after the merge")
    hub = repository or _repository(name, dry_run)
    found = prepare(hub, folder)
    for path in left_out(folder, read_manifest(folder)):
        console.print(f"left out: {path}", highlight=False, soft_wrap=True)
    if found.done:
        console.print(f"{hub.name} has {found.tag} with these files: nothing to do.", highlight=False, soft_wrap=True)
    elif found.untagged:
        _tag(console, hub, found, dry_run)
    elif found.push is None or tag_merged:
        raise RefusedError(f"the head of {hub.name} does not hold these files: merge the pull request first")
    else:
        _push(console, hub, found.push, private=private, create_pr=create_pr, dry_run=dry_run, yes=yes)


def _repository(name: str, dry_run: bool) -> Repository:
    api = HfApi()
    if api.token is None and get_token() is None and not dry_run:
        raise RefusedError("there is no token for the Hub: log in with hf auth login, or set HF_TOKEN")
    return Repository(name, api)


def _tag(console: Console, hub: Repository, found: Prepared, dry_run: bool) -> None:
    """The commit of an earlier push, or of a merged pull request, lacks its tag."""
    if dry_run:
        console.print(f"would set the tag {found.tag}; nothing was changed", highlight=False)
        return
    hub.tag(found.tag, found.untagged)
    console.print(f"{hub.name} had these files already; the tag {found.tag} is set.", highlight=False, soft_wrap=True)


def _push(
    console: Console, hub: Repository, push: Push, *, private: bool, create_pr: bool, dry_run: bool, yes: bool
) -> None:
    show(console, hub.name, push, difference(hub, push))
    if dry_run:
        console.print("a dry run: nothing was changed", highlight=False)
        return
    if not yes:
        _ask(console, hub.name, push, create_pr)
    done = publish(hub, push, private=private, create_pr=create_pr)
    if create_pr:
        console.print(f"opened: {done}", highlight=False, soft_wrap=True)
        console.print("after the merge, the same command with --tag-merged sets the tag", highlight=False)
    else:
        load = f'load_dataset("{hub.name}", revision="{done}")'
        console.print(f"published {done}. Load it:  {load}", highlight=False, soft_wrap=True)


def _ask(console: Console, name: str, push: Push, create_pr: bool) -> None:
    if not sys.stdin.isatty():
        raise RefusedError("nobody is there to be asked: add --yes to push, or --dry-run to look")
    what = "open a pull request with" if create_pr else "publish"
    if not Confirm.ask(f"{what} {push.tag} of {name}?", console=console, default=False):
        raise RefusedError("not pushed: nothing was changed")


def show(console: Console, name: str, push: Push, rows: Difference) -> None:
    """What the push would change."""
    table = Table(title=f"{name}: {push.tag}", title_justify="left")
    for column in ("", "added", "removed", "changed"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("files", str(len(push.added)), str(len(push.removed)), str(len(push.changed)))
    table.add_row("rows", *(f"{count.total():,}" for count in (rows.added, rows.removed, rows.changed)))
    for category in sorted({*rows.added, *rows.removed, *rows.changed}):
        table.add_row(f"  {category}", *(_count(count, category) for count in (rows.added, rows.removed, rows.changed)))
    console.print(table)
    console.print(f"rows that stay: {rows.unchanged:,}", highlight=False)
    for difference_ in rows.columns:
        console.print(f"column {difference_}", highlight=False)
    size = sum(content.size for content in push.uploads.values())
    console.print(f"to upload: {size / 1e6:.1f} MB in {len(push.uploads)} files", highlight=False)
    for path in push.removed[:_SHOWN]:
        console.print(f"removed: {path}", highlight=False, soft_wrap=True)


def _count(count: Counter[str], category: str) -> str:
    return f"{count[category]:,}"
