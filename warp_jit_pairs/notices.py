"""Withdrawn versions, told at the head of a card and a changelog. Pure text.

The notices live on the Hub, in the texts themselves, and are carried from one version to the next by each push; a build
knows nothing of them. A comment holds them for us, the lines below it for people.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping

_BLOCK = re.compile(r"<!-- withdrawn (?P<notices>\{.*?\}) -->\n.*?<!-- end of withdrawn -->\n\n", re.DOTALL)
_HEADING = re.compile(r"^# ", re.MULTILINE)


def notices_of(text: str) -> dict[str, str]:
    """The withdrawn versions that a text tells of, each with its reason."""
    found = _BLOCK.search(text)
    return dict(json.loads(found["notices"])) if found else {}


def without_notices(text: str) -> str:
    """The text as a build wrote it."""
    return _BLOCK.sub("", text)


def with_notices(text: str, notices: Mapping[str, str], good: str) -> str:
    """The text with these notices before its first heading, in the place of others.

    `good` is the version to use instead, empty if there is none.
    """
    text = without_notices(text)
    if not notices:
        return text
    held = json.dumps(dict(sorted(notices.items()))).replace("--", "-\\u002d").replace(">", "\\u003e")
    instead = f'Use `revision="{good}"`.' if good else "There is no version to use instead yet."
    lines = [
        f"> **Version {version} is withdrawn**: {html.escape(reason, quote=False)}. {instead}"
        for version, reason in sorted(notices.items())
    ]
    block = "\n>\n".join(lines)
    start = heading.start() if (heading := _HEADING.search(text)) else 0
    return f"{text[:start]}<!-- withdrawn {held} -->\n{block}\n<!-- end of withdrawn -->\n\n{text[start:]}"
