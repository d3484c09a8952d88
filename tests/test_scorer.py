"""Scoring: a record's own code passes, faults do not, and no trick passes or harms anything."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from test_sandbox import needs_bubblewrap

from warp_jit_pairs import scorer
from warp_jit_pairs.errors import Rejected, UsageError
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.mutants import FORWARD, mutations
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.reverify import replay_row
from warp_jit_pairs.rewards import REWARD_COLUMNS, ExecutionReward
from warp_jit_pairs.scorer import Score, is_plain, score, score_batch, unbalanced

Row = dict[str, Any]
ANCHOR = "    static constexpr bool wp_linear_tid = wp_linear_contiguous;\n"
MEMCPY = 'extern "C" void* memcpy(void* to, const void*, unsigned long) { return to; }\n'
CONSTRUCTOR = "__attribute__((constructor)) static void early() { syscall(231, 0); }\n"
SYSTEM_CALL = 'extern "C" long syscall(long number, ...);\n'


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """A few verified records with adjoints."""
    specs = [generate_kernel(category, seed) for category in ("vector", "math", "atomic") for seed in range(3, 8)]
    found = [dataclasses.asdict(one) for one in to_records(specs, "gradient") if not isinstance(one, Rejected)]
    kept = [row for row in found if row["verification"]["gradient"] == "passed"]
    assert len(kept) >= 3
    return kept[:4]


def _plain(text: str, row: Row) -> bool:
    return is_plain(text, replay_row(row).unit)


def _first(code: str, attack: str) -> str:
    """Code that does something before its own work."""
    assert ANCHOR in code
    return code.replace(ANCHOR, f"{ANCHOR}    {{ {attack} }}\n", 1)


def _body(code: str, statements: str) -> str:
    """Code that does something instead of its own work."""
    head, _, _ = code.partition(ANCHOR)
    return f"{head}{ANCHOR}{statements}\n}}\n"


# -- honest code


@needs_bubblewrap
def test_own_code_passes(rows: list[Row]) -> None:
    found = score_batch(rows, [row["cpp_forward"] for row in rows], processes=2)
    assert found == [Score(row["id"], "cpp_forward", compiled=True, runs=True, passed=True) for row in rows]
    assert all(_plain(row["cpp_forward"], row) for row in rows)


@needs_bubblewrap
def test_own_adjoints_pass_and_wrong_ones_do_not(rows: list[Row]) -> None:
    own = [row["cpp_backward"] for row in rows]
    wrong = re.sub(r"^( +wp::adj_)", r"    if (false) \1", own[0], flags=re.MULTILINE)
    found = score_batch([*rows, rows[0]], [*own, wrong], "cpp_backward", processes=2)
    assert [(one.passed, one.adjoint) for one in found] == [(True, True)] * len(rows) + [(True, False)]
    assert re.fullmatch(r"gradient of [\w.]+ differs", found[-1].message)
    assert found[-1].reward < 1.0
    whole = f"{rows[0]['cpp_forward']}\n{rows[0]['cpp_backward']}"
    assert score(rows[0], whole, "cpp").adjoint is True


@needs_bubblewrap
def test_what_fails_is_told(rows: list[Row]) -> None:
    row = next(row for row in rows if "wp::array_store(" in row["cpp_forward"])
    code = row["cpp_forward"]
    # All stores: what the first of them writes may be written over by the next.
    broken, wrong = code.replace("wp::load(", "wp::lode(", 1), code.replace("wp::array_store(", "(void)(")
    loop = _first(code, "while (true) { task_index = task_index + 1; }")
    assert all(_plain(text, row) for text in (broken, wrong, loop))
    found = score_batch([row] * 4, [broken, wrong, loop, code])
    assert [(one.compiled, one.runs, one.passed) for one in found] == [
        (False, False, False),
        (True, True, False),
        (True, False, False),
        (True, True, True),
    ]
    assert "lode" in found[0].message
    assert "/" not in found[0].message
    assert "differs" in found[1].message
    assert found[1].case == row["test_cases"][0]["seed"]
    assert found[2].message == "hangs"


@pytest.mark.slow
@needs_bubblewrap
def test_mutants_that_change_a_stored_answer_fail(rows: list[Row]) -> None:
    """All faults of some records; those that pass change nothing that any stored case shows."""
    stream = random.Random(5)
    jobs = []
    for row in rows[:3]:
        offered = [m for m in mutations(replay_row(row).unit) if m.direction == FORWARD and m.function == _kernel(row)]
        jobs += [(row, mutation.unit.forward) for mutation in stream.sample(offered, min(10, len(offered)))]
    found = score_batch([row for row, _ in jobs], [text for _, text in jobs], processes=2)
    assert len(found) >= 15
    assert sum(one.passed for one in found) <= len(found) // 3


def _kernel(row: Row) -> str:
    return f"{row['metadata']['kernel_name']}_cpu_kernel_forward"


# -- tricks


def _tricks(code: str, place: Path) -> dict[str, str]:
    """Name -> a candidate that would pass, or do harm, without computing anything."""
    kernel = re.search(r"void (\w+)_cpu_kernel_forward", code)
    assert kernel is not None
    name = kernel[1]
    write = f'long file = syscall(2, "{place}", 02 | 0100, 0666); syscall(1, file, "harm", 4l);'
    harm = {
        "exit": _first(code, "syscall(231, 0);"),
        "endless loop": _first(code, "for (volatile int turn = 0;; turn = 1) {}"),
        "fork bomb": _body(code, "for (int turn = 0; turn < 100; ++turn) syscall(57);"),
        "kill everything": _first(code, "syscall(62, -1l, 9l);"),
        "write outside": _body(code, write),
        "fake answer to every pipe": _body(
            code,
            'for (int file = 0; file < 64; ++file) syscall(1, file, "[{\\"cases\\": []}]", 15l); syscall(231, 0);',
        ),
        "read of processes and files": _body(
            code,
            'char text[4096]; long file = syscall(2, "/proc/1/environ", 0); syscall(0, file, text, 4096l);'
            f'file = syscall(2, "{place.parent}/answers.parquet", 0); if (file >= 0) {{ {write} }}',
        ),
        "signal masked": _first(
            code, "unsigned long all = ~0ul; syscall(14, 0, &all, 0l, 8l); for (volatile int t = 0;; t = 1) {}"
        ),
        "constructor": SYSTEM_CALL
        + "__attribute__((constructor)) static void early() { syscall(231, 0); }\n"
        + _body(code, ""),
        "static initialiser": SYSTEM_CALL + "static long early = syscall(231, 0);\n" + _body(code, ""),
        "harness memory": _first(code, "for (long i = 0; i < (1l << 24); ++i) ((char*)_wp_args)[i] = 0;"),
        "stack": _first(code, "long here[2]; for (long i = 0; i < (1l << 20); ++i) ((volatile long*)here)[i] = 0;"),
    }
    return {
        text: (code_ if text in ("constructor", "static initialiser") else SYSTEM_CALL + code_)
        for text, code_ in harm.items()
    } | {
        "constant answer": _body(code, ""),
        "system header": f"#include <stdlib.h>\n{_first(code, 'exit(0);')}",
        "header of a secret": f'#include "{place.parent}/answers.parquet"\n{code}',
        "inline assembly": _first(code, 'asm volatile("nop");'),
        "macro for the harness": _body(code, "") + f"#define {name}_cpu_kernel_forward gone\n",
        "other kernel behind a closed brace": _body(code, "") + "}\nnamespace other {\n" + code,
        "interposed memcpy": 'extern "C" void* memcpy(void* to, const void*, unsigned long) { return to; }\n'
        + _body(code, ""),
    }


@pytest.fixture(scope="module")
def tricked(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[str, Score]]:
    """Every trick and its score, all of them scored in one go beside honest code."""
    folder = tmp_path_factory.mktemp("precious")
    (folder / "answers.parquet").write_bytes(b"precious")
    tricks = _tricks(rows[0]["cpp_forward"], folder / "written") | {"honest": rows[0]["cpp_forward"]}
    found = score_batch([rows[0]] * len(tricks), list(tricks.values()), processes=2)
    assert sorted(path.name for path in folder.iterdir()) == ["answers.parquet"]
    assert (folder / "answers.parquet").read_bytes() == b"precious"
    return {name: (text, one) for (name, text), one in zip(tricks.items(), found, strict=True)}


@pytest.mark.slow
@needs_bubblewrap
@pytest.mark.parametrize("name", [*_tricks(f"void k_cpu_kernel_forward() {{\n{ANCHOR}}}\n", Path("/tmp/x")), "honest"])
def test_no_trick_passes(name: str, tricked: Mapping[str, tuple[str, Score]], rows: list[Row]) -> None:
    text, found = tricked[name]
    assert found.passed == (name == "honest"), found
    if name not in ("honest", "constant answer"):
        assert not _plain(text, rows[0])  # it had a sandbox to itself


# -- refusals


def test_without_a_sandbox_nothing_runs(rows: list[Row], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="bubblewrap"):
        score(rows[0], rows[0]["cpp_forward"])


def test_bad_input_is_refused(rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorer, "require_sandbox", lambda trust: None)
    with pytest.raises(UsageError, match="cpp_forward, cpp_backward, cpp"):
        score(rows[0], "", "ptx")
    with pytest.raises(UsageError, match="no test case"):
        score(rows[0] | {"test_cases": []}, "")
    with pytest.raises(UsageError, match="no adjoint"):
        score(rows[0] | {"verification": {"gradient": "not run"}}, "", "cpp_backward")


@needs_bubblewrap
def test_the_reward_takes_what_trainers_give(rows: list[Row]) -> None:
    code = rows[0]["cpp_forward"]
    columns = {name: [rows[0][name]] * 3 for name in REWARD_COLUMNS}
    answers = [f"Here it is:\n```cpp\n{code}```", [{"role": "assistant", "content": code}], "no code"]
    reward = ExecutionReward(processes=2)
    assert reward(completions=answers, prompts=["", "", ""], **columns) == [1.0, 1.0, 0.0]
    assert reward.__name__ == "execution_of_cpp_forward"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("void f() { g(a[1]); }", False),
        ("void f() { g(a[1]);", True),
        ("void f() { g(a[1); }", True),
        ("void f() {} } namespace other {", True),
        ("void f() { // }", False),
        ('void f() { g("}"); ', False),
        ("", False),
    ],
)
def test_brackets_that_do_not_match(text: str, refused: bool) -> None:
    assert unbalanced(text) == refused


@needs_bubblewrap
def test_what_was_not_finished_is_refused_without_a_compiler(rows: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warp_jit_pairs.scorer._scored", lambda trials: pytest.fail("a sandbox was started"))
    row = rows[0]
    assert score(row, row["cpp_forward"][:-3]) == Score(row["id"], "cpp_forward", message="brackets do not match")
