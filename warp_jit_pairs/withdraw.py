"""`warp-jit-pairs withdraw`: marks a bad version in the card and the changelog, and points its users to a good one.

The version's tag and files stay: whoever pinned it keeps what was pinned. The notices are one commit on the head, and
each later push carries them on (`notices.py`).
"""

from __future__ import annotations

from rich.console import Console

from .errors import RefusedError
from .hub import Content, Repository, State
from .notices import notices_of, with_notices
from .push import NOTICED, last_version, version_of


def run_withdraw(
    name: str, tag: str, *, reason: str, instead: str | None = None, repository: Repository | None = None
) -> None:
    """Withdraw a version of the dataset `name` on the Hub.

    Raises:
        RefusedError: there is no such version, or nothing to point to by that name, or the reason is empty.
        HubError: the Hub failed.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise RefusedError("--reason must say why")
    hub = repository or Repository(name)
    state = hub.state()
    if version_of(tag) is None or tag not in state.tags:
        known = ", ".join(sorted(found for found in state.tags if version_of(found))) or "none"
        raise RefusedError(f"{hub.name} has no version {tag}: it has {known}")
    texts = {path: hub.download(path, state.head).read_text(encoding="utf-8") for path in NOTICED}
    notices = notices_of(texts["README.md"]) | {tag: reason}
    good = _good(state, notices, instead)
    contents = {path: Content.of(with_notices(text, notices, good).encode()) for path, text in texts.items()}
    console = Console()
    if all(Content.of(text.encode()) == contents[path] for path, text in texts.items()):
        console.print(f"{hub.name} tells that {tag} is withdrawn: nothing to do.", highlight=False, soft_wrap=True)
        return
    _commit(hub, state, contents, tag)
    advice = f"points to {good}" if good else "there is no good version to point to: push one"
    console.print(f"{tag} of {hub.name} is withdrawn; {advice}.", highlight=False, soft_wrap=True)


def _good(state: State, notices: dict[str, str], instead: str | None) -> str:
    if instead is not None and (instead not in state.tags or instead in notices):
        raise RefusedError(f"{instead} is no version that can be used instead")
    return instead or last_version(state.tags, without=notices)


def _commit(hub: Repository, state: State, contents: dict[str, Content], tag: str) -> None:
    def landed(now: State) -> str:
        if now.head == state.head:
            return ""
        files = hub.files(now.head)
        return now.head if all(files[path].holds(content) for path, content in contents.items()) else ""

    hub.commit(hub.upload(contents), [], message=f"Withdraw {tag}", parent=state.head, create_pr=False, landed=landed)
