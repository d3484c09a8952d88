"""A sample of the generator's programs, and what is counted in it.

Programs are examined in chunks, in any process, and the counts put together in order, so that the figures depend on
the seed and the number alone (times aside). Some chunks also go through Warp's codegen, and some of these through
both compilers. How the figures look is `genstats.py`'s.
"""

from __future__ import annotations

import ast
import hashlib
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from .builtin_usage import builtins_used
from .compile import Clang, Compiler, Nvrtc, Unit, compile_units
from .errors import Rejected, UsageError
from .extract import Extracted, extract_batch
from .feature_pairs import FeaturePairs
from .features import difficulty, features
from .generator import KernelSpec, generate_kernel
from .grammar import CATEGORIES
from .grammar.registry import visible_builtins
from .identity import shingles, structural_hash
from .near_duplicates import SeenPrograms, Sketch
from .rng import sub_seed

CHUNK = 64
"""Programs that are examined at once: four of each category, and one module for a compiler."""

_ROUND = 32
"""Chunks that are compared with all earlier programs at once."""

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Programs by number, and how far they go."""

    seed: int
    numbers: range
    codegen: bool
    """Whether Warp generates their code."""
    compile: bool
    """Whether clang and NVRTC then compile it."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is counted of one program."""

    category: str
    lines: int
    tokens: int
    builtins: int
    depth: int
    level: str
    features: tuple[str, ...]
    """Builtins (`wp.…`), kinds of statements and dtypes."""
    sketch: Sketch


@dataclass(slots=True)
class Examined:
    """What was counted in one chunk."""

    programs: list[Described] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)
    """Programs by builtin."""
    identifiers: set[str] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """CPU seconds by step."""
    waited: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds by the clock for each compiler, which runs in a process of its own."""
    counts: Counter[str] = field(default_factory=Counter)
    """Programs that went through each of the later steps."""
    refused: Counter[str] = field(default_factory=Counter)
    """Programs by the reason for which the grammar, Warp or a compiler refused them."""
    digest: str = ""
    """SHA-256 of the programs' sources, in order; of several chunks, of their digests."""

    def timed(self, step: str, started: float) -> float:
        """Add the CPU time since `started` to a step, and return it."""
        spent = time.process_time() - started
        self.seconds[step] += spent
        return spent


REAL_TOKENS = 233
"""The median of the real kernels of `warp.examples`, `newton` and `mujoco_warp`, as `features` counts them."""

USUAL = f"generate and emit, {REAL_TOKENS} tokens ± 20 %"
"""The step of programs of the size of most real kernels."""


@cache
def _load() -> None:
    """Read the grammar's sheets, which the first program of a process would wait for."""
    generate_kernel(next(iter(CATEGORIES)), 0)


def examine(chunk: Chunk) -> Examined:
    """Generate the programs of a chunk and count."""
    _load()
    found = Examined()
    specs = []
    for number in chunk.numbers:
        category = list(CATEGORIES)[number % len(CATEGORIES)]
        started = time.process_time()
        try:
            spec = generate_kernel(category, sub_seed(chunk.seed, category, number))
        except Rejected as reason:
            found.refused[f"grammar: {reason.reason}"] += 1
            continue
        seconds = found.timed("generate and emit", started)
        specs.append(spec)
        found.programs.append(_describe(spec["source"], category, found))
        if abs(found.programs[-1].tokens - REAL_TOKENS) <= 0.2 * REAL_TOKENS:
            found.seconds[USUAL] += seconds
            found.counts[USUAL] += 1
        found.identifiers |= own_names(spec["source"])
    found.digest = _sha256(spec["source"] for spec in specs)
    if chunk.codegen:
        _codegen(specs, found, chunk.compile)
    return found


def _describe(source: str, category: str, found: Examined) -> Described:
    started = time.process_time()
    tree = ast.parse(source)
    known = features(source, tree)
    found.timed("features", started)
    used = builtins_used(tree)
    found.used.update(used)
    builtins = (f"wp.{name}" for name in used.intersection(visible_builtins()))
    started = time.process_time()
    structure = structural_hash(source, tree)
    found.timed("structure", started)
    started = time.process_time()
    sketch = Sketch.made(structure, shingles(source))
    found.timed("near-duplicates", started)
    return Described(
        category,
        known["lines"],
        known["tokens"],
        len(known["builtins"]),
        known["depth"],
        difficulty(known),
        tuple(sorted({*builtins, *known["statements"], *known["dtypes"]})),
        sketch,
    )


def _sha256(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def own_names(source: str) -> set[str]:
    """Identifiers that a program chose, and Python's words; not those after `wp.`, in comments and in strings."""
    code = re.sub(r'"""[\s\S]*?"""|#[^\n]*|"[^"\n]*"', " ", source)
    return set(_NAME.findall(re.sub(r"\bwp\.\w+", " ", code)))


def _codegen(specs: list[KernelSpec], found: Examined, compiled: bool) -> None:
    """Have Warp generate the code, and the compilers take it; count what each refuses, by reason."""
    started = time.process_time()
    blocks = [spec["metadata"]["launch"]["block_dim"] for spec in specs]
    results = extract_batch([spec["source"] for spec in specs], blocks)
    found.timed("codegen", started)
    found.counts["codegen"] += len(specs)
    found.refused.update(f"codegen: {result.reason}" for result in results if isinstance(result, Rejected))
    if compiled:
        _compile([(c, block) for c, block in zip(results, blocks, strict=True) if isinstance(c, Extracted)], found)


def _compile(codes: list[tuple[Extracted, int]], found: Examined) -> None:
    """`codes` come with the block size of their launch."""
    cpu = [Unit(code.kernel_name, code.support_cpp, code.cpp_forward, code.cpp_backward) for code, _ in codes]
    cuda = [
        Unit(code.kernel_name, code.support_cuda, code.cuda_forward, code.cuda_backward, block) for code, block in codes
    ]
    compilers: list[tuple[str, Compiler, list[Unit]]] = [("clang", Clang(), cpu), ("nvrtc", Nvrtc(), cuda)]
    for name, compiler, units in compilers:
        started = time.perf_counter()
        _, failed = compile_units(units, compiler)
        found.waited[name] += time.perf_counter() - started
        found.counts[name] += len(units)
        found.refused.update(f"{name}: {reason.detail}" for reason in failed.values())


@dataclass(slots=True)
class CategoryFigures:
    """What was counted in one category."""

    lines: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    builtins: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    levels: Counter[str] = field(default_factory=Counter)
    structural: int = 0
    """Structural duplicates of an earlier program."""
    near: int = 0
    """Near-duplicates of an earlier program that is neither."""

    def add(self, program: Described) -> None:
        self.lines.append(program.lines)
        self.tokens.append(program.tokens)
        self.builtins.append(program.builtins)
        self.depth.append(program.depth)
        self.levels[program.level] += 1


class Sample:
    """All that was counted in `num` programs, the categories in turn."""

    def __init__(self, num: int, seed: int) -> None:
        self.num, self.seed = num, seed
        self.categories = {name: CategoryFigures() for name in CATEGORIES}
        self.whole = Examined()
        self.pairs = FeaturePairs()
        self._distinct = bytearray()

    @property
    def structural(self) -> int:
        return sum(figures.structural for figures in self.categories.values())

    @property
    def near(self) -> int:
        return sum(figures.near for figures in self.categories.values())

    @property
    def builtins(self) -> dict[str, int]:
        """Every builtin that Warp documents, and how many programs use it."""
        return {name: self.whole.used[name] for name in visible_builtins()}

    def add(self, parts: list[Examined], seen: SeenPrograms) -> None:
        """Take in the next chunks."""
        for part in parts:
            self._merge(part)
        programs = [program for part in parts for program in part.programs]
        started = time.process_time()
        first = len(seen)
        twins = seen.add([program.sketch for program in programs])
        self._distinct.extend(bytes(len(programs)))
        for place, (program, found) in enumerate(zip(programs, twins, strict=True), first):
            figures = self.categories[program.category]
            figures.add(program)
            self.pairs.add(program.features)
            if any(self._distinct[other] for other in found.same):
                figures.structural += 1
            elif any(self._distinct[other] and seen.is_near(other, place) for other in found.proposed):
                figures.near += 1
            else:
                self._distinct[place] = True
        self.whole.timed("near-duplicates", started)

    def _merge(self, part: Examined) -> None:
        whole = self.whole
        whole.used.update(part.used)
        whole.identifiers |= part.identifiers
        whole.digest = _sha256((whole.digest, part.digest))
        whole.counts.update(part.counts)
        whole.refused.update(part.refused)
        for step, seconds in part.seconds.items():
            whole.seconds[step] += seconds
        for step, seconds in part.waited.items():
            whole.waited[step] += seconds


ChunkMap = Callable[[Callable[[Chunk], Examined], Iterable[Chunk]], Iterable[Examined]]


def collect(
    num: int,
    seed: int,
    codegen: int = 512,
    compiled: int = 0,
    map_: ChunkMap = map,
    advance: Callable[[int], None] = lambda count: None,
) -> Sample:
    """Generate `num` programs and count; at least `codegen` of them go through Warp's codegen, `compiled` through the
    compilers (as far as there are so many, in whole chunks spread over the sample).

    `map_` applies `examine` to chunks in order; `advance` is told how many programs are done.

    Raises:
        UsageError: the number is not positive, or one of the others is negative.
    """
    if num < 1 or codegen < 0 or compiled < 0:
        raise UsageError(
            "the number of programs must be at least 1, and of those for codegen and the compilers at least 0, "
            f"not {num}, {codegen} and {compiled}"
        )
    starts = range(0, num, CHUNK)
    tried = _spread(len(starts), -(-max(codegen, compiled) // CHUNK))
    built = {tried[place] for place in _spread(len(tried), -(-compiled // CHUNK))}
    tried_too = set(tried)
    chunks = [
        Chunk(seed, range(first, min(first + CHUNK, num)), place in tried_too, place in built)
        for place, first in enumerate(starts)
    ]
    sample = Sample(num, seed)
    with SeenPrograms() as seen:
        # One map over all chunks: those that are compiled take minutes, and nothing is to wait for them but the count.
        examined = iter(map_(examine, chunks))
        while parts := list(islice(examined, _ROUND)):
            sample.add(parts, seen)
            advance(sum(len(part.programs) for part in parts))
    return sample


def _spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` of `count` places, evenly spread, the first one among them."""
    return [place * count // wanted for place in range(wanted)] if wanted < count else list(range(count))
