"""Whose kernels the rows of a build are: the text of its `NOTICE`, and where a row's origin is written. Pure text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Attribution = tuple[str, str, str, str]
"""Package, version, licence and copyright notice of a harvested row."""

_HEAD = """warp_jit_pairs: verified pairs of Warp kernels and generated code, version {version}

The data are under the Apache License, Version 2.0; see LICENSE. The generated code holds names of Warp's functions;
Warp is Copyright (c) NVIDIA CORPORATION & AFFILIATES, under the same licence.
"""

_CHANGES = """
Rows whose column `origin` is not null hold kernels of the works below, under the licence that the column `license`
names. `origin` says which file and line a kernel is from, and repeats the copyright notice of that file. They are
changed: each is written as a file of its own, with the constants, types and functions that it needs, and names that
would mean something else there are replaced; the code columns are what Warp generates from that file.
"""


def attribution_of(row: Mapping[str, Any]) -> Attribution | None:
    """Whose kernel a row is; None if it is synthetic."""
    origin = row["origin"]
    return origin and (origin["package"], origin["version"], row["license"], origin["copyright"])


def source_of(origin: Mapping[str, Any] | None) -> str:
    """The column `source` of an origin."""
    return "synthetic" if origin is None else "{package} {version} {file}:{line}".format(**origin)


def notice(version: str, rows: Mapping[Attribution, int]) -> str:
    """The text of `NOTICE` for a version of the data and its harvested rows."""
    text = _HEAD.format(version=version)
    if rows:
        text += _CHANGES
    for work in sorted({attribution[:3] for attribution in rows}):
        holders = {owner: count for (*of, owner), count in rows.items() if tuple(of) == work}
        text += f"\n{work[0]} {work[1]}, {work[2]}, {sum(holders.values()):,} rows\n"
        text += "".join(f"    {owner or 'no notice in the file'}\n" for owner in sorted(holders))
    return text
