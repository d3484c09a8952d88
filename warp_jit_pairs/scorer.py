"""Scores what a model wrote in the place of a record's code: compiles it, runs it on the stored test cases, compares.

A candidate is foreign native code. It is compiled and run in the sandbox alone (`sandbox.py`; refused where there is
none), which gets the inputs and no expected output: whatever a candidate does in there, it passes only if the answers
that come out are right. Several share a sandbox if their text holds nothing but what Warp's generated code is made of
(`is_plain`); any other has one to itself, so that none can answer, or spoil the answers, for another.

The adjoint is held against the record's own, with the same seeds, run in another sandbox. Tables of many scores are
left to `score_command.py`.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import pickle
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from .compare import tolerance_of
from .compile import Unit
from .errors import UnknownNameError, UsageError
from .execute import Limits
from .reference.layout import SCALARS, float_to_storage
from .replay import ReplayRow, worker_command
from .reverify import Row, printable, replay_row
from .sandbox import MEBIBYTE, SandboxLimits, require_sandbox, run_sandboxed
from .stored import agrees, compare_case, read_array

TARGETS = ("cpp_forward", "cpp_backward", "cpp")
"""What a candidate stands for: the forward pass, the adjoint, or the forward pass with the adjoint after it."""

BATCH = 16
"""Candidates that share a sandbox, at most."""

LAUNCH = Limits(seconds=2.0, memory=1024 * MEBIBYTE)
LONGEST = 1 << 18
"""Characters of a candidate above which it is not even compiled."""

_FORBIDDEN = re.compile(
    r"[#\"'\\@`$?\[]|\b(?:asm|auto|delete|extern|namespace|new|operator|typedef|union|using|volatile|__\w+|\w+_cast)\b"
)
_CAST = re.compile(r"\(\s*(?:const\s+)?(?:wp::)?\w+(?:<[^()]*>)?\s*\*+\s*\)")
_CALL = re.compile(r"(?<!:)\b([A-Za-z_]\w*)\s*\(")
_STRIDE = re.compile(r"\.strides\[[0-3]\]")
"""The one subscript of generated code: it marks an array of a linear launch as contiguous."""

_LEXICAL = re.compile(r"[#\"'\\]|//|/\*|<%|%>|<:|:>")
_CLOSING = {"(": ")", "[": "]", "{": "}"}

_CALLABLE = re.compile(r"if|for|while|return|sizeof|float|int|adj_float|adj_int|builtin_(?:tid[1-4]d|block_dim)")


@dataclass(frozen=True, slots=True)
class Score:
    """What became of a candidate; each of the first three needs the one before it."""

    id: str
    target: str
    compiled: bool = False
    runs: bool = False
    """Every launch ended by itself and wrote nothing outside the arrays."""
    passed: bool = False
    """Every stored test case came out right; without one there is nothing to pass."""
    adjoint: bool | None = None
    """Whether the adjoint gave the record's own gradients; None where it was not asked for."""
    case: int | None = None
    """Seed of the first test case that failed."""
    message: str = ""

    @property
    def reward(self) -> float:
        """1 for a pass, less for what compiles (0.1) or runs (0.2)."""
        if self.passed and self.adjoint is not False:
            return 1.0
        return 0.2 if self.runs else 0.1 if self.compiled else 0.0


@dataclass(frozen=True, slots=True)
class _Trial:
    """A candidate with what the sandbox is given of it."""

    record: Row
    target: str
    row: ReplayRow
    plain: bool


def score(record: Row, candidate: str, target: str = "cpp_forward") -> Score:
    """Score one candidate for one record, a row of a data set as a dict.

    Raises:
        UsageError: the target does not exist, the record has no test case or no proven adjoint, or there is no sandbox.
    """
    return score_batch([record], [candidate], target, processes=1)[0]


def score_batch(
    records: Sequence[Row], candidates: Sequence[str], target: str = "cpp_forward", processes: int = 1
) -> list[Score]:
    """Score one candidate for each record; a record may come several times.

    Raises as `score` does.
    """
    if target not in TARGETS:
        raise UnknownNameError("target", target, list(TARGETS))
    require_sandbox(False)
    for record in records:
        if lacks := unscorable(record, target):
            raise UsageError(f"record {printable(str(record['id']))} has {lacks} to score a candidate on")
    trials = [_trial(record, text, target) for record, text in zip(records, candidates, strict=True)]
    found = [_unfinished(trial) if unbalanced(text) else None for trial, text in zip(trials, candidates, strict=True)]
    groups = _grouped(trials, [place for place, one in enumerate(found) if one is None])
    with ThreadPoolExecutor(processes) as pool:
        for group, scores in zip(groups, pool.map(lambda g: _scored([trials[i] for i in g]), groups), strict=True):
            for place, one in zip(group, scores, strict=True):
                found[place] = one
    return [one for one in found if one is not None]


def unscorable(record: Row, target: str) -> str:
    """Why nothing can be scored on a record, or nothing."""
    if not record["test_cases"]:
        return "no test case"
    if target != "cpp_forward" and record["verification"]["gradient"] != "passed":
        return "no adjoint that was proven"
    return ""


def is_plain(text: str, unit: Unit) -> bool:
    """Whether a text is made of what Warp's generated code is made of, and stays inside its own braces.

    No directives, strings, assembly, casts or subscripts, and nothing is called but Warp's builtins and the record's
    own functions: such a text can compute wrongly, crash or hang, and has no means to tamper.
    """
    text = _STRIDE.sub("", text)
    if len(text) > LONGEST or _FORBIDDEN.search(text) or _CAST.search(text):
        return False
    depth = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    own = set(_CALL.findall(unit.support + unit.forward + unit.backward))
    return depth == 0 and all(name in own or _CALLABLE.fullmatch(name) for name in _CALL.findall(text))


def unbalanced(text: str) -> bool:
    """Whether brackets can be seen not to match, as in what a model did not finish: no compiler takes such a text.

    What may hold brackets that do not count (directives, strings, comments) is left to the compiler.
    """
    if _LEXICAL.search(text):
        return False
    expected: list[str] = []
    for bracket in re.findall(r"[][(){}]", text):
        if bracket in _CLOSING:
            expected.append(_CLOSING[bracket])
        elif not expected or expected.pop() != bracket:
            return True
    return bool(expected)


def _unfinished(trial: _Trial) -> Score:
    return dataclasses.replace(_blank(trial), message="brackets do not match")


def _trial(record: Row, text: str, target: str) -> _Trial:
    """What the sandbox is given: the record's code with the candidate in place, and the record's own signature."""
    row = replay_row(record)
    own = row.unit
    forward, backward = {
        "cpp_forward": (text, ""),
        "cpp_backward": (own.forward, text or "\n"),
        "cpp": (text, "\n"),  # not empty: there is an adjoint, within the text
    }[target]
    unit = Unit(own.kernel, own.support, forward, backward)
    seeds = [] if target == "cpp_forward" else [_seeds(case) for case in record["test_cases"]]
    row = dataclasses.replace(row, unit=unit, signature=own, seeds=seeds)
    return _Trial(record, target, row, is_plain(text, own))


def _seeds(case: Row) -> dict[str, np.ndarray[Any, Any]]:
    """A gradient for each float output of a case, always the same."""
    stream = np.random.default_rng([case["seed"] % 2**63, 10])
    seeds = {}
    for array in case["outputs"]:
        if SCALARS[array["dtype"]][1] == "f":
            drawn = stream.uniform(0.5, 1.5, array["shape"]) * stream.choice((-1.0, 1.0), array["shape"])
            seeds[array["name"]] = float_to_storage(drawn.astype(np.float32), array["dtype"])
    return seeds


def _grouped(trials: Sequence[_Trial], places: Sequence[int]) -> list[list[int]]:
    """The places of trials in groups that share a sandbox."""
    plain = [place for place in places if trials[place].plain]
    groups = [plain[start : start + BATCH] for start in range(0, len(plain), BATCH)]
    return groups + [[place] for place in places if not trials[place].plain]


# -- in the sandbox


def _scored(trials: Sequence[_Trial]) -> list[Score]:
    """Scores of trials that share a sandbox; what fails behind another's crash is tried again alone."""
    answers = _answers([trial.row for trial in trials])
    wanted = _own_gradients(trials)
    scores = [_score(trial, *pair) for trial, pair in zip(trials, zip(answers, wanted, strict=True), strict=True)]
    if len(trials) > 1:
        upset = isinstance(answers[0], str)  # the sandbox as a whole failed
        for place, one in enumerate(scores):
            if upset and not one.passed and one.compiled | isinstance(answers[place], str):
                scores[place] = _scored([trials[place]])[0]
            upset |= one.compiled and not one.runs
    return scores


def _answers(rows: Sequence[ReplayRow]) -> list[Any]:
    """What a sandbox said of each row, or why it said nothing."""
    command, readable = worker_command()
    seconds = 20 + 5 * len(rows)
    limits = SandboxLimits(wall_seconds=seconds, cpu_seconds=seconds, file_size=64 * MEBIBYTE)
    finished = run_sandboxed(command, stdin=pickle.dumps((list(rows), LAUNCH)), limits=limits, readable=readable)
    if finished.reason:
        return [f"its sandbox: {finished.reason}"] * len(rows)
    try:
        answers = json.loads(finished.stdout)
    except (ValueError, RecursionError):
        answers = None
    if not isinstance(answers, list) or len(answers) != len(rows):
        return ["its sandbox gave no proper answer"] * len(rows)
    return answers


def _own_gradients(trials: Sequence[_Trial]) -> list[Any]:
    """The answers of the records' own code with the same seeds, from a sandbox that no candidate was in."""
    rows = [dataclasses.replace(t.row, unit=t.row.signature or t.row.unit) for t in trials if t.row.seeds]
    answers = iter(_answers(rows) if rows else [])
    return [next(answers) if trial.row.seeds else None for trial in trials]


# -- outside


def _blank(trial: _Trial) -> Score:
    """The score of a candidate that came nowhere."""
    return Score(str(trial.record["id"]), trial.target, adjoint=False if trial.row.seeds else None)


def _score(trial: _Trial, answer: Any, own: Any) -> Score:
    """The verdict on what a sandbox said, which may be anything."""
    blank = _blank(trial)
    if isinstance(answer, str):
        return dataclasses.replace(blank, message=answer)
    try:
        return _judged(trial, answer, own, blank)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return dataclasses.replace(blank, message="its sandbox gave no proper answer")


def _judged(trial: _Trial, answer: Mapping[str, Any], own: Any, blank: Score) -> Score:
    if "reason" in answer:
        reason = str(answer["reason"])
        return dataclasses.replace(blank, compiled="clang fails" not in reason, message=_shortened(reason))
    cases = trial.record["test_cases"]
    if len(answer["cases"]) != len(cases):
        return dataclasses.replace(blank, compiled=True, message="not every case has an answer")
    found = dataclasses.replace(blank, compiled=True)
    for case, given in zip(cases, answer["cases"], strict=True):
        if "reason" in given:
            return dataclasses.replace(found, case=case["seed"], message=_shortened(str(given["reason"])))
    found = dataclasses.replace(found, runs=True)
    for case, given in zip(cases, answer["cases"], strict=True):
        fault = compare_case(case, _decoded(given["outputs"]))
        if fault:
            return dataclasses.replace(found, case=case["seed"], message=_shortened(fault))
    found = dataclasses.replace(found, passed=True)
    return _with_adjoint(found, trial, answer, own) if trial.row.seeds else found


def _with_adjoint(found: Score, trial: _Trial, answer: Mapping[str, Any], own: Any) -> Score:
    """A score with what the gradients say of the adjoint."""
    scalars = {array["name"]: array["dtype"] for case in trial.record["test_cases"] for array in case["inputs"]}
    tolerance = tolerance_of(trial.record["python_source"]).gradient
    for case, given, wanted in zip(trial.record["test_cases"], answer["cases"], own["cases"], strict=True):
        right, told = _decoded(wanted["gradients"]), _decoded(given["gradients"])
        for name in sorted(right.keys() & scalars.keys()):
            if name not in told or not _near(right[name], told[name], scalars[name], tolerance):
                fault = f"gradient of {name} differs"
                return dataclasses.replace(found, case=case["seed"], message=_shortened(fault))
    return dataclasses.replace(found, adjoint=True)


def _near(right: bytes, told: bytes, scalar: str, tolerance: float) -> bool:
    if SCALARS[scalar][1] != "f":
        return True  # only floats have gradients
    if len(right) != len(told):
        return False
    wanted, given = (read_array({"dtype": scalar, "shape": [-1], "data": data}) for data in (right, told))
    return agrees(wanted, given, scalar, tolerance)


def _decoded(arrays: Mapping[str, str]) -> dict[str, bytes]:
    return {name: base64.b64decode(data) for name, data in arrays.items()}


def _shortened(reason: str) -> str:
    """What matters of a compiler's or a worker's message, on one line."""
    return printable(reason.replace("wp::", "").replace("clang fails: ", ""))
