"""The table of `python -m benchmarks` as the README shows it, made from the kept figures alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "speed.json"
START, END = "<!-- speed: begin (python -m benchmarks --write) -->", "<!-- speed: end -->"

WANTED = {"a": 0.9, "b": 20.0, "c": 0.7, "g": 0.95, "f": 0.95}
"""The ratio that each part is to reach."""


def table(results: dict[str, Any]) -> str:
    """Markdown: one row a ratio, with what is wanted of it, then the shares of the stages."""
    rows = [f"| {name} | {value} | {wanted} | {date} |" for name, value, wanted, date in _rows(results)]
    kind = results["machine"]
    head = f"{kind['cores']} cores of {kind['CPU']}, {kind['memory, GiB']} GiB, Warp {kind['warp']}."
    lines = [head, "", "| what | measured | wanted | date |", "|---|---|---|---|", *rows, "", *_shares(results)]
    return "\n".join(lines).rstrip() + "\n"


def _rows(results: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for part in sorted(set(results) & set("abcgf")):
        found = results[part]
        for name, figures in found["figures"].items():
            rate = next((value for key, value in figures.items() if "a CPU second" in key or "a second" in key), None)
            measured = f"{figures['ratio']:.2f}" + (f" ({rate:,.4g}/s)" if rate else "")
            yield f"{found['title']}: {name}", measured, f"at least {WANTED[part]:g}", _when(found)
    for name, figures in results.get("e", {"figures": {}})["figures"].items():
        part = results["e"]
        made = "" if figures["made"] == figures["records"] else f" ({figures['made']:,} made)"
        yield f"{part['title']}: {name}{made}", f"{figures['peak, MiB']:.0f} MiB", "", _when(part)


def _when(part: dict[str, Any]) -> str:
    return str(part["date"]) + (", with little" if part["quick"] else "")


def _shares(results: dict[str, Any]) -> Iterator[str]:
    """The stages of unverified records and of those with gradient."""
    for part, name in (("a", "records"), ("c", "with gradient")):
        figures = results.get(part, {"figures": {}})["figures"].get(name)
        if figures:
            shares = {key.removeprefix("share of "): value for key, value in figures.items() if "share of" in key}
            text = ", ".join(f"{stage} {value:.0%}" for stage, value in shares.items())
            yield f"Time by stage, {'unverified' if part == 'a' else name}: {text}."


def write_readme(readme: Path, results: dict[str, Any]) -> None:
    """Put the table between the marks of the README."""
    text = readme.read_text(encoding="utf-8")
    head, rest = text.split(START)
    tail = rest.split(END)[1]
    readme.write_text(f"{head}{START}\n{table(results)}{END}{tail}", encoding="utf-8")
