"""What `warp_jit_pairs.yaml` refers to: the rows with their prompts, and the score of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datasets import Dataset, load_dataset

from warp_jit_pairs.formats import code_of, view
from warp_jit_pairs.rewards import REWARD_COLUMNS
from warp_jit_pairs.sandbox import require_sandbox
from warp_jit_pairs.scorer import score, unscorable


def load(
    data: str = "warp_jit_pairs", configuration: str = "all", split: str = "test", **_: object
) -> dict[str, Dataset]:
    """Rows of a split that have test cases, each with its prompt."""
    require_sandbox(False)
    rows = load_dataset(data, configuration, split=split)
    rows = rows.filter(lambda row: not unscorable(row, "cpp_forward"))
    form = view("prompt_completion", "cpp_forward", keep=REWARD_COLUMNS)
    return {"test": rows.map(form, batched=True, remove_columns=rows.column_names)}


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, float]:
    """How far the first answer for a row comes."""
    found = score(doc, code_of(results[0]))
    return {"compiled": float(found.compiled), "runs": float(found.runs), "passed": float(found.passed)}
