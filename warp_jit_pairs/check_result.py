"""What one build-time check found: the type that every suite of checks returns and the report is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

Figure = float | int | str


@dataclasses.dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: its name, whether it passed, the figures it judged by, and what was wrong.

    `passed` is None for a check that could not be run; `detail` then says what is missing.
    """

    name: str
    passed: bool | None
    figures: Mapping[str, Figure]
    detail: str = ""
