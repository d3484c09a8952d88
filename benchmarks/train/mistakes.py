"""Where what trained models wrote first goes wrong: at names, at declarations of temporaries, or at statements."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from .data import TESTS, read_rows
from .measure import table

_ARGUMENT = "_wp_args->"
_DECLARATION = re.compile(r"\s+(const )?[\w:<>, *]+ var_\d+( = .*)?;$")
_COLUMNS = {
    "run": "run",
    "test": "test",
    "exact": "exactly right",
    "arguments": "names and arguments",
    "temporaries": "declarations of temporaries",
    "statements": "statements",
}


def first_mistake(written: str, right: str) -> str:
    """What the first line is of that differs from what Warp writes; "exact" if none does."""
    wanted, given = right.splitlines(), written.splitlines()
    if wanted == given:
        return "exact"
    alike = (a == b for a, b in zip(wanted, given, strict=False))
    place = next((number for number, same in enumerate(alike) if not same), min(len(wanted), len(given)))
    arguments = [number for number, line in enumerate(wanted) if _ARGUMENT in line]
    if place <= max(arguments, default=0):
        return "arguments"
    return "temporaries" if place < len(wanted) and _DECLARATION.match(wanted[place]) else "statements"


def mistakes(results: Path, folder: Path) -> str:
    """A table of all runs of a folder that wrote; `folder` is the one that they were trained from."""
    rows: list[dict[str, Any]] = []
    for path in sorted(results.glob("*.json")):
        for test in TESTS:
            written = path.with_name(f"{path.stem}.{test}.jsonl")
            if written.exists():
                right = {row["id"]: row["cpp_forward"] for row in read_rows(folder / f"{test}.jsonl.gz")}
                answers = map(json.loads, written.read_text(encoding="utf-8").splitlines())
                found = Counter(first_mistake(one["completion"], right[one["id"]]) for one in answers)
                rows.append({"run": path.stem, "test": test} | {name: found[name] for name in list(_COLUMNS)[2:]})
    return table(rows, _COLUMNS)
