"""Figures about the generator itself, printed by `warp-jit-pairs stats --generator`.

How different the programs of a sample are (structures, near-duplicates, identifiers), what they cover (Warp's builtins,
pairs of features), how they spread, what Warp and the compilers refuse of them, and what a program costs; and what a
plan of many programs takes. Nothing is stored; figures about a finished build are `data_stats.py`'s.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from .features import LEVELS
from .gensample import Sample, collect
from .grammar import CATEGORIES
from .plan import Request, make_plan
from .workers import Workers

LEAST = 20
"""A builtin counts as covered well if so many programs use it."""

_WIDTH = 140
"""Columns of the tables where no terminal says how many there are."""


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """What a plan took."""

    records: int
    funnel: dict[str, int]
    seconds: float
    """Wall time, on so many processes."""
    processes: int
    bytes: float
    """Growth of the planning process's peak memory, for each program generated."""


def plan_figures(records: int, seed: int, workers: Workers) -> PlanFigures:
    """Plan an unverified build of so many records of all categories, and measure.

    Raises:
        ExhaustedError: a category cannot give its part as distinct programs.
    """
    before, started = peak_memory(), time.perf_counter()
    plan = make_plan(Request(tuple(CATEGORIES), records, seed, verify="none"), workers.map)
    seconds = time.perf_counter() - started
    return PlanFigures(
        records, plan.funnel, seconds, workers.processes, (peak_memory() - before) / plan.funnel["generated"]
    )


def peak_memory() -> int:
    """The most memory that this process has taken, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run_generator_stats(num: int, seed: int, codegen: int, compiled: int, plan: int, processes: int) -> None:
    """Collect and print.

    Raises:
        UsageError: a number makes no sense.
        ExhaustedError: a category cannot give its part of the plan.
    """
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    with Workers(processes) as workers:
        if plan:
            console.print(plan_table(plan_figures(plan, seed, workers)))
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("programs", total=num)
            stats = collect(num, seed, codegen, compiled, workers.map, lambda count: progress.advance(task, count))
    for table in tables(stats):
        console.print(table)
    low = [name for name, count in stats.builtins.items() if 0 < count < LEAST]
    never = [name for name, count in stats.builtins.items() if count == 0]
    console.print(f"builtins in fewer than {LEAST} programs ({len(low)}): {', '.join(low) or 'none'}")
    console.print(f"builtins in none ({len(never)}): {', '.join(never) or 'none'}")
    pairs = ", ".join(f"{a} with {b}" for a, b in stats.pairs.covered()[2])
    console.print(f"commonest features that never meet: {pairs or 'none'}")


def plan_table(figures: PlanFigures) -> Table:
    """What a plan took, as a table."""
    table = _figures(f"a plan of {figures.records} records, {figures.processes} processes")
    for name, count in figures.funnel.items():
        table.add_row(name, str(count))
    table.add_row("seconds", f"{figures.seconds:.0f}")
    table.add_row("bytes of memory a program generated", f"{figures.bytes:.0f}")
    return table


def _figures(title: str) -> Table:
    table = Table(title=title)
    table.add_column("figure")
    table.add_column("value", justify="right")
    return table


def tables(stats: Sample) -> list[Table]:
    """The figures as tables: totals, categories, builtins."""
    return [_totals(stats), _by_category(stats), _builtins(stats)]


def _totals(stats: Sample) -> Table:
    table = _figures(f"{stats.num} programs of {len(stats.categories)} categories, seed {stats.seed}")
    whole = stats.whole
    distinct = max(stats.num - stats.structural, 1)
    used = [count for count in stats.builtins.values() if count]
    share, count, _ = stats.pairs.covered()
    rows = {
        "sources (SHA-256, first 16 digits)": whole.digest[:16],
        "structural duplicates": f"{stats.structural} ({stats.structural / stats.num:.2%})",
        "near-duplicates among the rest": f"{stats.near} ({stats.near / distinct:.2%})",
        "distinct identifiers": str(len(whole.identifiers)),
        "builtins used, of Warp's documented": f"{len(used)} of {len(stats.builtins)}",
        f"builtins in {LEAST} programs or more": str(sum(count >= LEAST for count in used)),
        "features (builtins, statements, dtypes)": str(count),
        "pairs of them that meet in a program": f"{share:.1%}",
    }
    rows |= {f"programs through {step}": str(count) for step, count in whole.counts.items()}
    rows["refused"] = str(whole.refused.total())
    rows |= {f"  {reason}": str(count) for reason, count in sorted(whole.refused.items(), key=lambda i: (-i[1], i[0]))}
    for step, seconds in whole.seconds.items():
        rows[f"CPU ms a program: {step}"] = f"{1e3 * seconds / max(whole.counts.get(step, stats.num), 1):.2f}"
    for step, seconds in whole.waited.items():
        rows[f"ms a program, by the clock: {step}"] = f"{1e3 * seconds / max(whole.counts[step], 1):.2f}"
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _by_category(stats: Sample) -> Table:
    table = Table(title="by category (median / 90th percentile)")
    table.add_column("category")
    columns = ("programs", "lines", "tokens", "builtins", "depth", *LEVELS, "same structure", "near")
    for column in columns:
        table.add_column(column, justify="right")
    for name, figures in stats.categories.items():
        count = len(figures.lines)
        if count:
            spread = [_spread(v) for v in (figures.lines, figures.tokens, figures.builtins, figures.depth)]
            levels = [f"{figures.levels[level] / count:.0%}" for level in LEVELS]
            table.add_row(name, str(count), *spread, *levels, str(figures.structural), str(figures.near))
    return table


def _spread(values: list[int]) -> str:
    return "/".join(f"{value:.0f}" for value in np.quantile(values, (0.5, 0.9)))


def _builtins(stats: Sample) -> Table:
    ranked = sorted(stats.builtins.items(), key=lambda item: (-item[1], item[0]))
    table = Table(title="programs that use a builtin", show_header=False)
    width = 5
    for _ in range(width):
        table.add_column()
    cells = [f"{name} {count}" for name, count in ranked if count]
    for start in range(0, len(cells), width):
        table.add_row(*cells[start : start + width])
    return table
