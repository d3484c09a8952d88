"""Views of records: every direction, on map-style and streaming data sets, with wordings that follow from the id."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from typing import Any

import pytest
from datasets import Dataset

from warp_jit_pairs.errors import UsageError
from warp_jit_pairs.formats import DIRECTIONS, FORMS, WORDINGS, code_of, view, wording
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.schema import Record


@pytest.fixture(scope="module")
def pairs() -> Dataset:
    specs = [generate_kernel(category, seed) for category in ("struct", "function") for seed in range(3)]
    found = to_records(specs)
    rows = [dataclasses.asdict(one) for one in found if isinstance(one, Record)]
    return Dataset.from_list([{name: row[name] for name in row if isinstance(row[name], str | None)} for row in rows])


def _viewed(pairs: Dataset, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
    made = view(*arguments, **options)
    whole = list(pairs.map(made, batched=True, batch_size=4, remove_columns=pairs.column_names))
    stream = pairs.to_iterable_dataset().map(made, batched=True, batch_size=3, remove_columns=pairs.column_names)
    assert list(stream) == whole
    return whole


@pytest.mark.parametrize("form", FORMS)
def test_forms_have_the_columns_that_trainers_take(form: str, pairs: Dataset) -> None:
    wanted = {"prompt_completion": {"prompt", "completion"}, "chat": {"messages"}, "prompt_only": {"prompt"}}
    rows = _viewed(pairs, form, keep=["id"])
    assert len(rows) == len(pairs)
    assert all(row.keys() == wanted.get(form, {"text"}) | {"id"} for row in rows)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_direction_shows_one_column_and_asks_for_another(direction: str, pairs: Dataset) -> None:
    one = DIRECTIONS[direction]
    rows = _viewed(pairs, "prompt_completion", direction)
    kept = [row for row in pairs if row[one.source] and row[one.target]]
    assert len(rows) == len(kept)
    assert bool(kept) == ("ptx" not in direction)  # which this build does not have
    for row, pair in zip(rows, kept, strict=True):
        assert pair[one.source].strip() in row["prompt"]
        assert pair[one.target].strip() not in row["prompt"]
        assert code_of(row["completion"]).strip() == pair[one.target].strip()


def test_support_code_is_shown_where_there_is_any(pairs: Dataset) -> None:
    rows = _viewed(pairs, "prompt_completion", support=True)
    assert any(pair["support_cpp"] for pair in pairs)
    for row, pair in zip(rows, pairs, strict=True):
        assert pair["support_cpp"].strip() in row["prompt"]
        assert ("Structs and functions" in row["prompt"]) == bool(pair["support_cpp"])


def test_wordings_follow_from_ids_and_come_equally_often() -> None:
    ids = [hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(1000)]
    counts = Counter(map(wording, ids))
    assert counts.keys() == set(WORDINGS)
    assert min(counts.values()) > 150


def test_long_rows_are_left_out(pairs: Dataset) -> None:
    def split(texts: list[str]) -> dict[str, Any]:
        return {"input_ids": [text.split() for text in texts]}

    texts = [row["text"] for row in _viewed(pairs, "plain_text")]
    lengths = sorted(len(text.split()) for text in texts)
    kept = _viewed(pairs, "plain_text", tokenizer=split, max_tokens=lengths[2])
    assert [row["text"] for row in kept] == [text for text in texts if len(text.split()) <= lengths[2]]
    assert len(kept) >= 3


def test_bad_input_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown direction 'rust'"):
        view("chat", "rust")
    with pytest.raises(UsageError, match="unknown form"):
        view("song")
    with pytest.raises(UsageError, match="both a tokenizer and max_tokens"):
        view("chat", max_tokens=3)


def test_code_is_taken_out_of_an_answer() -> None:
    assert code_of("Sure:\n```cpp\nint x;\n```\nDone.") == "int x;\n"
    assert code_of("int x;") == "int x;"
    assert code_of("```\nint x;") == "int x;"
