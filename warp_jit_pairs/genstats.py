"""Figures about the generator itself, printed by `warp-jit-pairs stats --generator`.

Generates a sample over all categories and reports how different the programs are (structures, near-duplicates,
identifiers), what they cover (Warp's builtins, pairs of features), how they spread, what Warp refuses of them, and what
a program costs. Nothing is stored; figures about a finished build are the card's.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from .builtin_usage import builtins_used
from .errors import Rejected, UsageError
from .features import LEVELS, difficulty, features
from .generator import generate_kernel
from .grammar import CATEGORIES
from .grammar.registry import visible_builtins
from .identity import Shingles, shingles, structural_hash
from .near_duplicates import NearDuplicates, band_keys
from .rng import sub_seed

LEAST = 20
"""A builtin counts as covered well if so many programs use it."""

CODEGEN_SAMPLE = 512
BATCH = 64
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclasses.dataclass(slots=True)
class CategoryFigures:
    """What was counted in one category."""

    lines: list[int] = dataclasses.field(default_factory=list)
    tokens: list[int] = dataclasses.field(default_factory=list)
    builtins: list[int] = dataclasses.field(default_factory=list)
    depth: list[int] = dataclasses.field(default_factory=list)
    levels: Counter[str] = dataclasses.field(default_factory=Counter)
    structural: int = 0
    near: int = 0


@dataclasses.dataclass(slots=True)
class GeneratorStats:
    """Everything that is printed."""

    num: int
    seed: int
    categories: dict[str, CategoryFigures]
    identifiers: int
    builtins: dict[str, int]
    """Every builtin that Warp documents, and how many programs use it."""
    pairs: float
    features: int
    missing_pairs: list[tuple[str, str]]
    seconds: dict[str, float]
    """CPU seconds of each step over the whole sample."""
    sampled: int
    rejected: dict[str, int]

    @property
    def structural(self) -> int:
        return sum(figures.structural for figures in self.categories.values())

    @property
    def near(self) -> int:
        return sum(figures.near for figures in self.categories.values())


class Pairs:
    """How many pairs of features meet in some program."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows: list[list[int]] = []
        self._together = np.zeros((0, 0), dtype=np.int64)

    def add(self, found: Iterable[str]) -> None:
        """Take note of one program's features."""
        self._rows.append([self._numbers.setdefault(name, len(self._numbers)) for name in found])
        if len(self._rows) >= 4096:
            self._fold()

    def _fold(self) -> None:
        size = len(self._numbers)
        together = np.zeros((size, size), dtype=np.int64)
        old = len(self._together)
        together[:old, :old] = self._together
        seen = np.zeros((len(self._rows), size), dtype=np.float32)
        for place, row in enumerate(self._rows):
            seen[place, row] = 1.0
        together += (seen.T @ seen).astype(np.int64)
        self._together, self._rows = together, []

    def covered(self, least: int = 1) -> tuple[float, int, list[tuple[str, str]]]:
        """Share of pairs that meet in at least `least` programs, number of features, and the unmet pairs whose
        features are commonest."""
        self._fold()
        names = list(self._numbers)
        size = len(names)
        if size < 2:
            return 0.0, size, []
        upper = np.triu_indices(size, 1)
        met = self._together[upper] >= least
        alone = self._together.diagonal()
        expected = np.where(met, -1, alone[upper[0]] * alone[upper[1]])
        worst = np.argsort(-expected, kind="stable")[: int(min(12, (~met).sum()))]
        missing = [(names[upper[0][n]], names[upper[1][n]]) for n in worst]
        return float(met.mean()), size, missing


class _Sample:
    """The walk over the sample; one program at a time."""

    def __init__(self, num: int, seed: int) -> None:
        self.num, self.seed = num, seed
        self.names = list(CATEGORIES)
        self.figures = {name: CategoryFigures() for name in self.names}
        self.structures: set[bytes] = set()
        self.kept: list[int] = []
        self.near = NearDuplicates(self._shingles_of)
        self.remembered = lru_cache(4096)(lambda number: shingles(self.source(number)))
        self.identifiers: set[str] = set()
        self.builtins: Counter[str] = Counter()
        self.pairs = Pairs()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def source(self, number: int) -> str:
        category = self.names[number % len(self.names)]
        return generate_kernel(category, sub_seed(self.seed, category, number))["source"]

    def _shingles_of(self, place: int) -> Shingles:
        return self.remembered(self.kept[place])

    def take(self, number: int) -> str:
        """Generate one program and count it."""
        started = time.process_time()
        source = self.source(number)
        self._spent("generate and emit", started)
        figures = self.figures[self.names[number % len(self.names)]]
        self._describe(source, figures)
        self._compare(number, source, figures)
        return source

    def _spent(self, step: str, started: float) -> None:
        self.seconds[step] += time.process_time() - started

    def _describe(self, source: str, figures: CategoryFigures) -> None:
        started = time.process_time()
        tree = ast.parse(source)
        found = features(source, tree)
        self._spent("features", started)
        figures.lines.append(found["lines"])
        figures.tokens.append(found["tokens"])
        figures.builtins.append(len(found["builtins"]))
        figures.depth.append(found["depth"])
        figures.levels[difficulty(found)] += 1
        used = builtins_used(tree)
        self.builtins.update(used)
        self.identifiers |= own_names(source)
        known = used.intersection(visible_builtins())
        self.pairs.add(sorted({*(f"wp.{name}" for name in known), *found["statements"], *found["dtypes"]}))

    def _compare(self, number: int, source: str, figures: CategoryFigures) -> None:
        started = time.process_time()
        structure = bytes.fromhex(structural_hash(source))
        self._spent("structure", started)
        if structure in self.structures:
            figures.structural += 1
            return
        self.structures.add(structure)
        started = time.process_time()
        found = shingles(source)
        keys = band_keys(found)
        if self.near.find(found, keys) is None:
            self.near.add(keys)
            self.kept.append(number)
        else:
            figures.near += 1
        self._spent("near-duplicates", started)


def own_names(source: str) -> set[str]:
    """Identifiers that a program chose, and Python's words; not those after `wp.`, in comments and in strings."""
    code = re.sub(r'"""[\s\S]*?"""|#[^\n]*|"[^"\n]*"', " ", source)
    return set(_NAME.findall(re.sub(r"\bwp\.\w+", " ", code)))


def collect(num: int, seed: int, show_progress: bool = False) -> GeneratorStats:
    """Generate `num` programs, the categories in turn, and count.

    Raises:
        UsageError: the number is not positive.
    """
    if num < 1:
        raise UsageError(f"the number of programs must be at least 1, not {num}")
    sample = _Sample(num, seed)
    every = max(1, num // CODEGEN_SAMPLE)
    chosen: list[str] = []
    for number in track(range(num), description="generating", disable=not show_progress, transient=True):
        source = sample.take(number)
        if number % every == 0 and len(chosen) < CODEGEN_SAMPLE:
            chosen.append(source)
    rejected = _codegen(chosen, sample, show_progress)
    share, count, missing = sample.pairs.covered()
    return GeneratorStats(
        num=num,
        seed=seed,
        categories=sample.figures,
        identifiers=len(sample.identifiers),
        builtins={name: sample.builtins[name] for name in visible_builtins()},
        pairs=share,
        features=count,
        missing_pairs=missing,
        seconds=dict(sample.seconds),
        sampled=len(chosen),
        rejected=rejected,
    )


def _codegen(sources: Sequence[str], sample: _Sample, show_progress: bool) -> dict[str, int]:
    """Have Warp generate the code of a part of the sample; count what it refuses, by reason."""
    from .extract import extract_batch

    reasons: Counter[str] = Counter()
    starts = range(0, len(sources), BATCH)
    for start in track(starts, description="Warp's codegen", disable=not show_progress, transient=True):
        started = time.process_time()
        results = extract_batch(sources[start : start + BATCH])
        sample._spent("codegen and extraction (of those sampled)", started)
        reasons.update(result.reason for result in results if isinstance(result, Rejected))
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def run_generator_stats(num: int, seed: int) -> None:
    """Collect and print."""
    console = Console()
    stats = collect(num, seed, show_progress=console.is_terminal)
    for table in tables(stats):
        console.print(table)
    low = [name for name, count in stats.builtins.items() if 0 < count < LEAST]
    never = [name for name, count in stats.builtins.items() if count == 0]
    console.print(f"builtins in fewer than {LEAST} programs ({len(low)}): {', '.join(low) or 'none'}")
    console.print(f"builtins in none ({len(never)}): {', '.join(never) or 'none'}")
    pairs = ", ".join(f"{a} with {b}" for a, b in stats.missing_pairs)
    console.print(f"commonest features that never meet: {pairs or 'none'}")


def tables(stats: GeneratorStats) -> list[Table]:
    """The figures as tables: totals, categories, builtins."""
    return [_totals(stats), _by_category(stats), _builtins(stats)]


def _totals(stats: GeneratorStats) -> Table:
    table = Table(title=f"{stats.num} programs of {len(stats.categories)} categories, seed {stats.seed}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    distinct = max(stats.num - stats.structural, 1)
    used = [count for count in stats.builtins.values() if count]
    rows = {
        "structural duplicates": f"{stats.structural} ({stats.structural / stats.num:.2%})",
        "near-duplicates among the rest": f"{stats.near} ({stats.near / distinct:.2%})",
        "distinct identifiers": str(stats.identifiers),
        "builtins used, of Warp's documented": f"{len(used)} of {len(stats.builtins)}",
        f"builtins in {LEAST} programs or more": str(sum(count >= LEAST for count in used)),
        "features (builtins, statements, dtypes)": str(stats.features),
        "pairs of them that meet in a program": f"{stats.pairs:.1%}",
        "refused by Warp's codegen": f"{sum(stats.rejected.values())} of {stats.sampled} sampled",
    }
    rows |= {f"  {reason}": str(count) for reason, count in stats.rejected.items()}
    for step, seconds in stats.seconds.items():
        part = stats.sampled if "sampled" in step else stats.num
        rows[f"CPU ms a program: {step}"] = f"{1e3 * seconds / max(part, 1):.2f}"
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _by_category(stats: GeneratorStats) -> Table:
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


def _builtins(stats: GeneratorStats) -> Table:
    ranked = sorted(stats.builtins.items(), key=lambda item: (-item[1], item[0]))
    table = Table(title="programs that use a builtin", show_header=False)
    width = 5
    for _ in range(width):
        table.add_column()
    cells = [f"{name} {count}" for name, count in ranked if count]
    for start in range(0, len(cells), width):
        table.add_row(*cells[start : start + width])
    return table
