"""How good what a model wrote is as text, and tables. Whether it computes the right thing is left to the scorer."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

_STRUCT = re.compile(r"^struct wp_args_\w* ?\{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^ +(.*?) (\w+);$", re.MULTILINE)
_DIMENSIONS = re.compile(r"wp::launch_bounds_t<(\d)>")


def fields(code: str) -> list[tuple[str, str]]:
    """Type and name of each argument of a kernel, from the struct that holds them."""
    found = _STRUCT.search(code)
    return _FIELD.findall(found[1]) if found else []


def compare_texts(written: str, right: str) -> dict[str, float]:
    """How what was written agrees with what Warp writes: 1 is best."""
    wanted, given = fields(right), fields(written)
    given += [("", "")] * (len(wanted) - len(given))
    pairs = list(zip(wanted, given, strict=False))
    matcher = difflib.SequenceMatcher(None, written.splitlines(), right.splitlines(), autojunk=False)
    return {
        "exact": float(written == right),
        "names": mean(want[1] == got[1] for want, got in pairs) if pairs else 1.0,
        "types": mean(want[0] == got[0] for want, got in pairs) if pairs else 1.0,
        "launch": float(_DIMENSIONS.findall(written) == _DIMENSIONS.findall(right)),
        "lines": matcher.ratio(),
    }


def averages(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each figure; of the arguments each kernel counts once."""
    return {name: mean(item[name] for item in found) for name in found[0]} if found else {}


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """Rows as Markdown; `columns` maps keys to headings."""
    lines = ["| " + " | ".join(columns.values()) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(row.get(key, "")) for key in columns) + " |" for row in rows]
    return "\n".join(lines)
