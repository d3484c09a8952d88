"""What two worker processes gain over one, for records of a level, beside what two empty busy loops gain.

Both are the same tasks through the same pool: after a task that warms each worker up, the seconds of the clock in which
one worker does them all, against two.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.workers import Workers

from .stages import LEVELS, programs_of

TASK = 16
LOOPS = 12_000_000


def make_task(task: tuple[int, int, str, str]) -> int:
    """Make the records of some programs."""
    number, seed, depth, code = task
    return len(to_records(programs_of(number, seed), depth, code))


def busy_task(loops: int) -> int:
    """Do nothing for a while."""
    for _ in range(loops):
        pass
    return loops


def _seconds(function: Callable[[Any], int], warm: Any, tasks: Sequence[Any], processes: int) -> float:
    with Workers(processes) as workers:
        list(workers.run(function, [warm] * processes))
        start = time.monotonic()
        list(workers.run(function, tasks))
        return time.monotonic() - start


def gain(level: str, tasks: int, seed: int, rounds: int) -> dict[str, float]:
    """Seconds with one process by those with two, of records and of loops, in turn; medians of the rounds."""
    depth, code = LEVELS[level]
    work = [(TASK, seed + place, depth, code) for place in range(tasks)]
    records, loops, rates = [], [], []
    for _ in range(rounds):
        one, two = (_seconds(make_task, (TASK, seed - 1, depth, code), work, count) for count in (1, 2))
        records.append(one / two)
        rates.append((tasks * TASK / one, tasks * TASK / two))
        one, two = (_seconds(busy_task, LOOPS // 4, [LOOPS] * tasks, count) for count in (1, 2))
        loops.append(one / two)
    return {
        "records a second, one process": statistics.median(rate[0] for rate in rates),
        "records a second, two processes": statistics.median(rate[1] for rate in rates),
        "gain": statistics.median(records),
        "gain of busy loops": statistics.median(loops),
        "ratio": statistics.median(mine / theirs for mine, theirs in zip(records, loops, strict=True)),
    }
