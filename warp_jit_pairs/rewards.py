"""Rewards by execution, for trainers that sample answers, such as TRL's GRPO. What passes is the scorer's to say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeAlias

from .formats import code_of
from .scorer import score_batch

Completion: TypeAlias = str | list[dict[str, str]]

REWARD_COLUMNS = (
    *("id", "python_source", "support_cpp", "cpp_forward", "cpp_backward"),
    *("metadata", "args", "test_cases", "verification"),
)
"""What a data set must keep beside its prompts for the reward to be computed."""


class ExecutionReward:
    """A reward function: 1 for code that gives every stored output, 0.2 for code that runs, 0.1 for what compiles.

    Called as TRL calls its reward functions, with completions and the columns of their rows. Foreign code runs in the
    sandbox alone; where there is none, the first call raises UsageError.
    """

    def __init__(self, target: str = "cpp_forward", processes: int | None = None) -> None:
        self.target = target
        self.processes = processes or len(os.sched_getaffinity(0))
        self.__name__ = f"execution_of_{target}"

    def __call__(self, completions: Sequence[Completion], **columns: Any) -> list[float]:
        rows = [{name: columns[name][place] for name in REWARD_COLUMNS} for place in range(len(completions))]
        texts = [code_of(one if isinstance(one, str) else one[-1]["content"]) for one in completions]
        return [one.reward for one in score_batch(rows, texts, self.target, self.processes)]
