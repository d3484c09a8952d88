"""What the run over planted faults found: its parts on disk, the table of the notes, and the results for the card."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from warp_jit_pairs.mutants import ADJOINT, FAKES, FORWARD, KINDS

OUTCOMES = ("killed", "not claimed", "missed", "equivalent", "within rounding", "no effect", "does not compile")
Table = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Direction -> kind -> outcome -> count."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was planted, and what became of it."""

    category: str
    seed: int
    direction: str
    kind: str
    function: str
    old: str
    new: str
    outcome: str
    detail: str


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Some programs: how many, how many of them became records, and the faults planted in those."""

    programs: int
    records: int
    faults: list[Fault]


def write_part(part: Part, path: Path) -> None:
    """Write a part; one that is there is whole."""
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(dataclasses.asdict(part)), encoding="utf-8")
    fresh.rename(path)


def read_part(path: Path) -> Part:
    """Read what `write_part` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Part(content["programs"], content["records"], [Fault(**fault) for fault in content["faults"]])


def tabulate(faults: Sequence[Fault]) -> dict[str, dict[str, dict[str, int]]]:
    """Count the faults."""
    table: dict[str, dict[str, dict[str, int]]] = {}
    for direction in (FORWARD, ADJOINT):
        mine = [fault for fault in faults if fault.direction == direction]
        kinds = [kind for kind in (*KINDS, *FAKES) if any(fault.kind == kind for fault in mine)]
        table[direction] = {kind: dict(Counter(f.outcome for f in mine if f.kind == kind)) for kind in kinds}
    return table


def rate(counts: Mapping[str, int]) -> float:
    """Share of the faults that are not equivalent which the oracle noticed.

    A wrong adjoint of a kernel that falls under a known limit of Warp's adjoint does not cost the record: it then does
    not claim its gradient. That counts as noticed.
    """
    noticed = counts.get("killed", 0) + counts.get("not claimed", 0)
    alive = noticed + counts.get("missed", 0)
    return noticed / alive if alive else 1.0


def total(kinds: Mapping[str, Mapping[str, int]], fake: bool) -> Counter[str]:
    """The counts of all fakes, or of all other kinds."""
    counts: Counter[str] = Counter()
    for kind, found in kinds.items():
        if (kind in FAKES) == fake:
            counts.update(found)
    return counts


def markdown(table: Table) -> str:
    """The table of the notes."""
    lines = ["| | kind | kill rate | " + " | ".join(OUTCOMES) + " |", "|---|---|---|" + "---|" * len(OUTCOMES)]
    for direction, kinds in table.items():
        rows = [*kinds.items(), ("all faults", total(kinds, False)), ("all fakes", total(kinds, True))]
        for kind, counts in rows:
            cells = " | ".join(str(counts.get(outcome, 0)) for outcome in OUTCOMES)
            lines.append(f"| {direction} | {kind} | {100 * rate(counts):.1f} % | {cells} |")
    return "\n".join(lines)


def _missed(faults: Sequence[Fault]) -> Iterator[str]:
    for fault in faults:
        if fault.outcome == "missed":
            where = f"{fault.direction}, {fault.kind}, {fault.category} seed {fault.seed}, in {fault.function}"
            yield f"missed: {where}; {fault.detail}\n  - {fault.old}\n  + {fault.new}\n"


def report(parts: Sequence[Part]) -> str:
    """Every miss, and the table."""
    faults = [fault for part in parts for fault in part.faults]
    records, programs = sum(part.records for part in parts), sum(part.programs for part in parts)
    return "\n".join([*_missed(faults), f"{records} records of {programs} programs\n", markdown(tabulate(faults))])


def write_results(parts: Sequence[Part], command: str, output: Path) -> None:
    """Write what is known so far; a run that is stopped early leaves what it found."""
    faults = [fault for part in parts for fault in part.faults]
    table = tabulate(faults)
    harmless = ("equivalent", "within rounding", "no effect")
    content = {
        "date": datetime.date.today().isoformat(),
        "command": command,
        "records": sum(part.records for part in parts),
        "forward": rate(total(table[FORWARD], False)),
        "adjoint": rate(total(table[ADJOINT], False)),
        "fakes": {direction: rate(total(kinds, True)) for direction, kinds in table.items()},
        "kinds": table,
        "equivalent fakes": [
            f"{fault.category} {fault.seed}: {fault.kind}"
            for fault in faults
            if fault.kind in FAKES and fault.outcome in harmless
        ],
        "missed": [
            {name: value for name, value in dataclasses.asdict(fault).items() if name != "outcome"}
            for fault in faults
            if fault.outcome == "missed"
        ],
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
