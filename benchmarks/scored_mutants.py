"""Whether the scorer notices what the oracle does: planted faults that the oracle kills are scored as candidates.

    python -m benchmarks.scored_mutants [--records N] [--seed S] [--per-record K] [--processes P]

Every record's own code is scored first and has to pass. Then faults of the record's kernel (not of its functions, which
no candidate can change) are judged by the oracle as in `benchmarks/mutants.py`, and those that it kills are scored on
the record's stored test cases: what passes there is printed. Also reports candidates a second. Writes
`benchmarks/results/scored_mutants.json`.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from warp_jit_pairs.execute import Executor
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.mutants import ADJOINT, FORWARD
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.plan import program_seed
from warp_jit_pairs.schema import Record
from warp_jit_pairs.scorer import Score, score_batch, unscorable

from .mutants import Trial, choose, judge_mutants, originals

CHUNK = 32
RESULTS = Path(__file__).parent / "results" / "scored_mutants.json"
TARGETS = {FORWARD: "cpp_forward", ADJOINT: "cpp_backward"}


@dataclasses.dataclass(slots=True)
class Found:
    """Counts over all records."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    seconds: float = 0.0
    """Spent in the scorer."""
    missed: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def score(self, rows: Sequence[dict[str, Any]], texts: Sequence[str], target: str, processes: int) -> list[Score]:
        start = time.monotonic()
        scores = score_batch(rows, texts, target, processes)
        self.seconds += time.monotonic() - start
        self.counts["candidates"] += len(scores)
        return scores


def right(one: Score) -> bool:
    """Whether a candidate counts as right."""
    return one.passed and one.adjoint is not False


def _killed(trials: Sequence[Trial], direction: str) -> list[tuple[Trial, str]]:
    """Killed faults of a direction that lie in the kernel's own code, with that code."""
    found = []
    for trial in trials:
        unit, own = trial.mutation.unit, trial.original.kernel.item.unit
        text = unit.forward if direction == FORWARD else unit.backward
        if (
            trial.mutation.direction == direction
            and trial.outcome == "killed"
            and unit.support == own.support
            and text != (own.forward if direction == FORWARD else own.backward)
        ):
            found.append((trial, text))
    return found


def run_chunk(
    seeds: Sequence[tuple[str, int]], stream: random.Random, options: Any, executor: Executor, found: Found
) -> int:
    """Score the own code and the killed faults of some records; returns how many records there were."""
    specs = [generate_kernel(name, seed) for name, seed in seeds]
    rows = {
        one.python_source: dataclasses.asdict(one) for one in to_records(specs, "gradient") if isinstance(one, Record)
    }
    trials = [trial for record in originals(specs, executor) for trial in choose(record, stream, options.per_record)]
    trials = [trial for trial in trials if trial.original.spec["source"] in rows]
    judge_mutants(trials, executor)
    for direction, target in TARGETS.items():
        usable = [row for row in rows.values() if not unscorable(row, target)]
        column = "cpp_forward" if direction == FORWARD else "cpp_backward"
        own = found.score(usable, [row[column] for row in usable], target, options.processes)
        found.counts[f"{direction}: own code"] += len(own)
        for row, one in zip(usable, own, strict=True):
            if not right(one):
                found.counts[f"{direction}: own code refused"] += 1
                found.missed.append({"own code": row["id"], "category": row["category"], "message": one.message})
        killed = [
            (t, text)
            for t, text in _killed(trials, direction)
            if not unscorable(rows[t.original.spec["source"]], target)
        ]
        mine = [rows[trial.original.spec["source"]] for trial, _ in killed]
        scores = found.score(mine, [text for _, text in killed], target, options.processes)
        found.counts[f"{direction}: faults"] += len(scores)
        for (trial, _), one in zip(killed, scores, strict=True):
            if right(one):
                found.counts[f"{direction}: faults passed"] += 1
                spec, mutation = trial.original.spec, trial.mutation
                found.missed.append(
                    {
                        "category": spec["category"],
                        "seed": spec["metadata"]["seed"],
                        "direction": direction,
                        "kind": mutation.kind,
                        "old": mutation.old.strip(),
                        "new": mutation.new.strip(),
                        "oracle": trial.detail,
                    }
                )
    return len(rows)


def main() -> None:
    """Plant, judge, score, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=320)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-record", type=int, default=3, help="kinds of fault a record and direction")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    stream, found = random.Random(options.seed), Found()
    records = number = 0
    with Executor() as executor:
        while records < options.records:
            names = [list(CATEGORIES)[(number + place) % len(CATEGORIES)] for place in range(CHUNK)]
            seeds = [(name, program_seed(options.seed + 177, name, number + i)) for i, name in enumerate(names)]
            number += CHUNK
            records += run_chunk(seeds, stream, options, executor, found)
            print(f"{records} records, {dict(found.counts)}", file=sys.stderr)
    content = {
        "date": datetime.date.today().isoformat(),
        "command": f"python -m benchmarks.scored_mutants --records {options.records} --seed {options.seed} "
        f"--per-record {options.per_record} --processes {options.processes}",
        "records": records,
        **dict(sorted(found.counts.items())),
        "candidates a second": round(found.counts["candidates"] / found.seconds, 2),
        "passed": found.missed,
    }
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=2))


if __name__ == "__main__":
    main()
