"""How many planted faults the oracle finds.

    python -m benchmarks.mutants [--records N] [--seed S] [--per-record K] [--triage T] [--processes P] [--parts FOLDER]

Mutations of the generated C++ (`warp_jit_pairs/mutants.py`) are compiled, checked to have changed the machine code of
their function, and judged by the oracle exactly as a build judges a record: same inputs, same rules. Each fault that
goes unnoticed is then run beside the original on T more input sets: one that never differs counts as equivalent, one
that does was missed and is printed. Writes `benchmarks/results/mutants.json`. Programs are taken by chunks of 32; with
`--parts` each finished chunk is kept in a folder, and a later run with the same options goes on from there.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import hashlib
import pickle
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from warp_jit_pairs import verify
from warp_jit_pairs.compile import Clang, Unit, compile_units
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.execute import Answer, Executor, Launch
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import KernelSpec, generate_kernel
from warp_jit_pairs.gradient import seeds_for
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.inputs import DISTRIBUTIONS, SMOOTH, Case, constants, make_case
from warp_jit_pairs.judge import Judged
from warp_jit_pairs.leaves import array_leaves, leaf_types
from warp_jit_pairs.mutants import ADJOINT, FORWARD, KINDS, Mutation, fakes, mutations
from warp_jit_pairs.pipeline import _verify_item
from warp_jit_pairs.plan import program_seed
from warp_jit_pairs.reference import ArrayType, Composite, Outcome, Reference
from warp_jit_pairs.reference.layout import storage_to_float
from warp_jit_pairs.replay import inputs_of
from warp_jit_pairs.verify import VerifyItem
from warp_jit_pairs.workers import Workers

from .machine_code import functions_of
from .mutant_report import Fault, Part, read_part, report, write_part, write_results

MODULE = 16
"""Mutants that are compiled together; where one of them is no C++, the module's halves are done again."""

CHUNK = 32
FAKED = 0.25
"""Share of the records whose code is replaced by fakes: they are all alike, and none has gone unnoticed."""

RESULTS = Path(__file__).parent / "results" / "mutants.json"


class _Remembering:
    """A reference that knows the launches it has run: the mutants of a kernel ask for the same ones again and again."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._known: dict[bytes, Outcome] = {}

    def run(
        self, inputs: Mapping[str, Any], dim: Sequence[int], precision: str = "declared", order: str = "forward"
    ) -> Outcome:
        key = hashlib.sha256(pickle.dumps((inputs, tuple(dim), precision, order))).digest()
        if key not in self._known:
            self._known[key] = self._reference.run(inputs, dim, precision, order)
        return self._known[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reference, name)


@dataclasses.dataclass(slots=True)
class Original:
    """A record that passes, and what its mutants are held against."""

    spec: KernelSpec
    kernel: Judged
    claim: tuple[str, str]
    code: dict[str, dict[str, bytes]] = dataclasses.field(default_factory=dict)
    """Direction -> machine code of each function."""

    @property
    def gradient(self) -> bool:
        """Whether the adjoint was judged: it agrees with differences, or with what the reverse pass is known to do."""
        return self.claim[0] == "passed" or self.claim[1].endswith(verify.FOLLOWED)


@dataclasses.dataclass(slots=True)
class Trial:
    """A mutant and what became of it."""

    original: Original
    mutation: Mutation
    outcome: str = ""
    detail: str = ""


def _plain(kernel: Judged, unit: Unit) -> Judged:
    """A kernel with other code and no seeds left from an earlier launch."""
    trials = [dataclasses.replace(trial, seeds={}) for trial in kernel.trials]
    return dataclasses.replace(kernel, item=dataclasses.replace(kernel.item, unit=unit), trials=trials)


def _judge(kernels: Sequence[tuple[Judged, str]], executor: Executor) -> Iterator[tuple[object, dict[str, bytes]]]:
    """The oracle's result of each kernel at its level, and the machine code of its functions."""
    for start in range(0, len(kernels), MODULE):
        part = kernels[start : start + MODULE]
        results: list[object] = [None] * len(part)
        codes: list[dict[str, bytes]] = [{} for _ in part]
        modules, failed = compile_units([kernel.item.unit for kernel, _ in part], Clang())
        for place, reason in failed.items():
            results[place] = reason
        for module in modules:
            launches: list[Launch] = []
            counts = []
            for position, place in enumerate(module.members):
                made = verify._launches(part[place][0], position, part[place][1])
                launches += made
                counts.append(len(made))
                codes[place] = functions_of(module.object, position)
            answers = executor.run(module.object, [part[p][0].item.unit.dimensions for p in module.members], launches)
            for place, count in zip(module.members, counts, strict=True):
                mine, answers = answers[:count], answers[count:]
                try:
                    results[place] = verify._verdict(part[place][0], mine, part[place][1])
                except Rejected as reason:
                    results[place] = reason
        yield from zip(results, codes, strict=True)


def originals(specs: Sequence[KernelSpec], executor: Executor) -> list[Original]:
    """The records among the specs: those that the oracle judges and passes."""
    found: list[tuple[KernelSpec, Judged]] = []
    for spec, code in zip(specs, extract_batch([spec["source"] for spec in specs]), strict=True):
        if isinstance(code, Extracted):
            item: VerifyItem = _verify_item(spec, code)
            kernel = verify._judge(item)
            if isinstance(kernel, Judged):
                kernel.reference = cast(Reference, _Remembering(kernel.reference))
                found.append((spec, kernel))
    verdicts = _judge([(_plain(kernel, kernel.item.unit), "gradient") for _, kernel in found], executor)
    alone = _machine_code([_forward_only(kernel.item.unit) for _, kernel in found])
    made = []
    for (spec, kernel), (verdict, both), forward in zip(found, verdicts, alone, strict=True):
        if isinstance(verdict, verify.Verdict) and verdict.executed == "passed":
            made.append(Original(spec, kernel, _claim(verdict), {ADJOINT: both, FORWARD: forward}))
    return made


def _claim(verdict: verify.Verdict) -> tuple[str, str]:
    """What a record says of its adjoint."""
    return verdict.gradient, verdict.reason


def _machine_code(units: Sequence[Unit]) -> list[dict[str, bytes]]:
    """Machine code of the functions of each unit."""
    codes: list[dict[str, bytes]] = [{} for _ in units]
    for module in compile_units(units, Clang())[0]:
        for position, place in enumerate(module.members):
            codes[place] = functions_of(module.object, position)
    return codes


def _forward_only(unit: Unit) -> Unit:
    return Unit(unit.kernel, unit.support, unit.forward)


def choose(original: Original, stream: random.Random, per_record: int) -> list[Trial]:
    """Some faults of a record: the fakes now and then, and for each direction one fault of each of some kinds."""
    unit = original.kernel.item.unit
    offered: dict[tuple[str, str], list[Mutation]] = {}
    for mutation in mutations(unit):
        offered.setdefault((mutation.direction, mutation.kind), []).append(mutation)
    chosen = faked(original) if stream.random() < FAKED else []
    for direction in (FORWARD, ADJOINT) if original.gradient else (FORWARD,):
        kinds = [kind for kind in KINDS if (direction, kind) in offered]
        stream.shuffle(kinds)
        chosen += [Trial(original, stream.choice(offered[direction, kind])) for kind in kinds[:per_record]]
    return chosen


def faked(original: Original) -> list[Trial]:
    """The record's code replaced by each fake."""
    made = fakes(original.kernel.item.unit, _first_answer(original))
    return [Trial(original, fake) for fake in made if original.gradient or fake.direction == FORWARD]


def _first_answer(original: Original) -> dict[str, bytes]:
    """The bytes of the output arrays in the first case; none of them where one is no plain array."""
    kernel = original.kernel
    trial, kinds = kernel.trials[0], leaf_types(kernel.reference.arguments)
    names = {leaf.split(".")[0] for leaf in kernel.outputs}
    outputs = [
        argument
        for argument in kernel.reference.arguments
        if argument.name in names and isinstance(argument.type, ArrayType) and not argument.type.indexed
    ]
    if len(outputs) < len(names):
        return dict.fromkeys(sorted(names), b"")
    leaves = {name: data.astype(kinds[name].dtype.base, copy=False) for name, data in trial.declared.values.items()}
    return {name: data.tobytes() for name, data in inputs_of(outputs, leaves, trial.case.dim).items()}


def judge_mutants(trials: Sequence[Trial], executor: Executor) -> None:
    """Let the oracle judge every mutant; what it passes is left to the triage."""
    kernels = []
    for trial in trials:
        unit = trial.mutation.unit
        level = "gradient" if trial.mutation.direction == ADJOINT else "execute"
        kernels.append((_plain(trial.original.kernel, unit if level == "gradient" else _forward_only(unit)), level))
    for trial, (result, code) in zip(trials, _judge(kernels, executor), strict=True):
        if isinstance(result, Rejected) and result.reason == "clang fails":
            trial.outcome = "does not compile"
        elif not _took_effect(trial, code):
            trial.outcome = "no effect"
        elif isinstance(result, Rejected):
            trial.outcome, trial.detail = "killed", result.reason
        elif (
            trial.mutation.direction == ADJOINT
            and isinstance(result, verify.Verdict)
            and _claim(result) != trial.original.claim
        ):
            trial.outcome, trial.detail = "not claimed", result.reason


def _took_effect(trial: Trial, code: Mapping[str, bytes]) -> bool:
    """Whether the machine code of the function that holds the fault differs from the original's."""
    before = trial.original.code[trial.mutation.direction]
    name = trial.mutation.function
    changed = {symbol for symbol in code if code[symbol] != before.get(symbol)}
    return any(name in symbol for symbol in changed)


# -- triage


def triage(trials: Sequence[Trial], executor: Executor, sets: int) -> None:
    """Run unnoticed mutants beside their originals on many more inputs; one module holds them all."""
    waiting = [trial for trial in trials if not trial.outcome]
    units: list[Unit] = []
    groups: list[tuple[list[Trial], int]] = []
    for original in {id(trial.original): trial.original for trial in waiting}.values():
        for direction in (FORWARD, ADJOINT):
            mine = [t for t in waiting if t.original is original and t.mutation.direction == direction]
            if mine:
                groups.append((mine, len(units)))
                fresh = [original.kernel.item.unit, *(trial.mutation.unit for trial in mine)]
                units += fresh if direction == ADJOINT else [_forward_only(unit) for unit in fresh]
    modules, failed = compile_units(units, Clang())
    assert not failed, failed
    for mine, first in groups:
        module = next(module for module in modules if first in module.members)
        _triage_record(mine, module.object, first - module.members[0], executor, sets)


def _extra_cases(original: Original, direction: str, sets: int) -> list[Case]:
    kernel = original.kernel
    numbers = constants(original.spec["source"])
    distributions = SMOOTH if direction == ADJOINT else DISTRIBUTIONS
    seed = original.kernel.item.seed * 1000 + 500
    return [
        make_case(
            kernel.reference.arguments, kernel.facts, numbers, seed + n, distributions[n % len(distributions)], n % 3
        )
        for n in range(sets)
    ]


def _triage_record(mine: Sequence[Trial], module: bytes, first: int, executor: Executor, sets: int) -> None:
    """Run the original, which is the unit `first` of its module, and the mutants behind it."""
    kernel, direction = mine[0].original.kernel, mine[0].mutation.direction
    kinds = leaf_types(kernel.reference.arguments)
    seeded = [name for name in kernel.outputs if kinds[name].is_float]
    cases = _extra_cases(mine[0].original, direction, sets)
    launches = []
    for place in range(len(mine) + 1):
        for case in cases:
            seeds = None
            if direction == ADJOINT:
                leaves = kernel.reference.stored_leaves(case.inputs)
                seeds = seeds_for(seeded, {name: np.zeros(leaves[name].shape) for name in seeded}, kinds, case.seed + 3)
            launches.append(Launch(first + place, case.dim, kernel.reference.arguments, case.inputs, seeds=seeds))
    dimensions = [kernel.item.unit.dimensions] * (first + len(mine) + 1)
    answers = executor.run(module, dimensions, launches)
    for place, trial in enumerate(mine, 1):
        given = answers[place * len(cases) : (place + 1) * len(cases)]
        _settle(trial, cases, answers[: len(cases)], given, kernel)


def _settle(
    trial: Trial, cases: Sequence[Case], right: Sequence[Answer], given: Sequence[Answer], kernel: Judged
) -> None:
    kinds = leaf_types(kernel.reference.arguments)
    adjoint = trial.mutation.direction == ADJOINT
    tolerance = kernel.tolerance.gradient if adjoint else 10 * kernel.tolerance.base
    leaves = set(kernel.input_leaves()) if adjoint else array_leaves(kernel.reference.arguments)
    worst, identical, compared = 0.0, True, 0
    shown: Counter[str] = Counter()
    for case, a, b in zip(cases, right, given, strict=True):
        if a.reason:
            continue
        compared += 1
        before, after = (a.gradients, b.gradients) if adjoint else (a.outputs, b.outputs)
        if b.reason:
            found = np.inf
        else:
            found = max((_distance(before[n], after[n], kinds[n]) for n in sorted(leaves & before.keys())), default=0.0)
            identical &= all(before[n].tobytes() == after[n].tobytes() for n in leaves & before.keys())
        worst = max(worst, found)
        shown.update([case.distribution] if found > tolerance else [])
    trial.outcome = "missed" if shown or not compared else ("equivalent" if identical else "within rounding")
    if trial.outcome == "missed":
        trial.detail = f"differs by {worst:.3g} at most, in {shown.total()} of {compared} launches: {dict(shown)}"


def _distance(before: np.ndarray[Any, Any], after: np.ndarray[Any, Any], kind: Composite) -> float:
    """Largest difference relative to max(1, |before|); infinite where only one is finite, or an integer differs."""
    if not kind.is_float:
        return 0.0 if np.array_equal(before, after) else float(np.inf)
    with np.errstate(all="ignore"):
        a, b = (storage_to_float(data, kind.scalar).astype(np.float64) for data in (before, after))
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        distance = np.where(same, 0.0, np.abs(a - b) / np.maximum(1.0, np.abs(a)))
    return float(np.where(np.isfinite(distance), distance, np.inf).max(initial=0.0))


# -- the run


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """The programs of some numbers, in turn of all categories, and what is done to them."""

    first: int
    count: int
    seed: int
    per_record: int
    sets: int


def judged_part(task: Task) -> Part:
    """Make programs, plant faults in those that become records, judge them, and look at what went unnoticed."""
    names = [list(CATEGORIES)[place % len(CATEGORIES)] for place in range(task.first, task.first + task.count)]
    seeds = [program_seed(task.seed + 77, name, task.first + place) for place, name in enumerate(names)]
    stream = random.Random(f"{task.seed} {task.first}")
    with Executor() as executor:
        records = originals([generate_kernel(n, s) for n, s in zip(names, seeds, strict=True)], executor)
        trials = [trial for record in records for trial in choose(record, stream, task.per_record)]
        judge_mutants(trials, executor)
        triage(trials, executor, task.sets)
    return Part(task.count, len(records), [_fault(trial) for trial in trials])


def _fault(trial: Trial) -> Fault:
    spec, mutation = trial.original.spec, trial.mutation
    return Fault(
        spec["category"],
        spec["metadata"]["seed"],
        mutation.direction,
        mutation.kind,
        mutation.function,
        mutation.old,
        mutation.new,
        trial.outcome,
        trial.detail,
    )


def kept_part(task: Task, folder: Path) -> Part:
    """A part from the folder, or made and put there."""
    path = folder / ("-".join(map(str, dataclasses.astuple(task))) + ".json")
    if path.is_file():
        return read_part(path)
    made = judged_part(task)
    write_part(made, path)
    return made


def main() -> None:
    """Plant, judge, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1000, help="go on until there are so many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-record", type=int, default=4, help="kinds of fault a record and direction")
    parser.add_argument("--triage", type=int, default=200, help="more input sets for what goes unnoticed")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no new chunk after so many")
    parser.add_argument("--processes", type=int, default=0, help="0: this one")
    parser.add_argument("--parts", type=Path, default=None, metavar="FOLDER", help="keep finished chunks here")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    start = time.monotonic()
    work: Callable[[Task], Part] = judged_part
    if options.parts is not None:
        options.parts.mkdir(parents=True, exist_ok=True)
        work = functools.partial(kept_part, folder=options.parts)
    command = (
        f"python -m benchmarks.mutants --records {options.records} --seed {options.seed} "
        f"--per-record {options.per_record} --triage {options.triage}"
    )
    count = min(CHUNK, options.records)
    parts: list[Part] = []
    with Workers(options.processes) as workers:
        while sum(part.records for part in parts) < options.records:
            if time.monotonic() - start > 60 * options.minutes:
                break
            wave = [len(parts) + place for place in range(max(1, options.processes))]
            parts += workers.map(
                work, [Task(n * count, count, options.seed, options.per_record, options.triage) for n in wave]
            )
            write_results(parts, command, options.output)
            print(f"{sum(part.records for part in parts)} records, {time.monotonic() - start:.0f} s", file=sys.stderr)
    print(report(parts))


if __name__ == "__main__":
    main()
