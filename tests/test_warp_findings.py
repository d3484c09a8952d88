"""Each finding about Warp in the notes still shows on the installed release, and the notes name each."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.warp_findings import FINDINGS, Finding, show

NOTES = Path(__file__).resolve().parent.parent / "notes" / "warp_findings.md"


@pytest.mark.slow
@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: finding.kernel.key)
def test_the_finding_shows(finding: Finding) -> None:
    lines: list[str] = []
    assert show(finding, lines.append)
    assert len(lines) == 1


def test_the_notes_name_each_finding() -> None:
    text = NOTES.read_text()
    assert [finding.title for finding in FINDINGS if finding.title not in text] == []
