"""Records as what trainers take: prompt and completion, chat messages, or plain text. Pure functions of the columns.

    pairs.map(view("prompt_completion", "cpp_forward"), batched=True, remove_columns=pairs.column_names)

works on map-style and streaming data sets alike. A view leaves out rows that lack its columns (an adjoint, PTX), and
with a tokenizer those that are too long; which wording a prompt has follows from the record's id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import UnknownNameError, UsageError

Batch = Mapping[str, Sequence[Any]]
View = Callable[[Batch], dict[str, list[Any]]]


class Tokenizes(Protocol):
    """What a length filter needs of a tokenizer of `transformers`."""

    def __call__(self, text: list[str]) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Direction:
    """From one column to another; the support code is that of `device`, if the target or the source needs it."""

    source: str
    target: str
    given: str
    wanted: str
    device: str


_GIVEN = {
    "python_source": "a Warp kernel in Python",
    "cpp_forward": "the C++ forward pass of a Warp kernel",
    "cpp_backward": "the C++ adjoint of a Warp kernel",
    "cuda_forward": "the CUDA forward pass of a Warp kernel",
    "cuda_backward": "the CUDA adjoint of a Warp kernel",
    "ptx_forward": "the PTX of a Warp kernel's forward pass",
    "ptx_backward": "the PTX of a Warp kernel's adjoint",
}
_WANTED = {
    "python_source": "its Python source",
    "cpp_forward": "its C++ forward pass",
    "cpp_backward": "its C++ adjoint",
    "cuda_forward": "its CUDA forward pass",
    "cuda_backward": "its CUDA adjoint",
    "ptx_forward": "the PTX of its forward pass",
    "ptx_backward": "the PTX of its adjoint",
}


def _direction(source: str, target: str) -> Direction:
    device = "cpp" if "cpp" in source + target else "cuda"
    return Direction(source, target, _GIVEN[source], _WANTED[target], device)


DIRECTIONS: dict[str, Direction] = {
    **{target: _direction("python_source", target) for target in _GIVEN if target != "python_source"},
    **{f"python_from_{source}": _direction(source, "python_source") for source in _GIVEN if source != "python_source"},
    "cpp_adjoint": _direction("cpp_forward", "cpp_backward"),
    "cuda_adjoint": _direction("cuda_forward", "cuda_backward"),
    "cpp_from_adjoint": _direction("cpp_backward", "cpp_forward"),
    "cuda_from_adjoint": _direction("cuda_backward", "cuda_forward"),
}
"""Name -> what is shown and what is asked for; those from Python are named by their target."""

WORDINGS = (
    "Given {given}, write {wanted} as Warp's JIT generates it.",
    "Translate {given} to {wanted}.",
    "What does NVIDIA Warp generate? Here is {given}; answer with {wanted} and nothing else.",
    "You are Warp's code generator. Input: {given}. Output: {wanted}.",
    "Below is {given}. Write {wanted}.",
)


def _fenced(column: str, code: str) -> str:
    return f"```{column.partition('_')[0]}\n{code.rstrip()}\n```"


def direction_of(name: str) -> Direction:
    """A direction by its name.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if name not in DIRECTIONS:
        raise UnknownNameError("direction", name, list(DIRECTIONS))
    return DIRECTIONS[name]


def wording(identity: str) -> str:
    """The wording of a record's prompt: always the same for one id, and all about equally often."""
    return WORDINGS[int(identity[:8], 16) % len(WORDINGS)]


def _rows(batch: Batch, direction: Direction, support: bool) -> list[tuple[int, str, str]]:
    """Place, prompt and answer of each row that has both columns."""
    found = []
    support_column = f"support_{direction.device}"
    for place, (source, target) in enumerate(zip(batch[direction.source], batch[direction.target], strict=True)):
        if not source or not target:
            continue
        parts = [wording(batch["id"][place]).format(given=direction.given, wanted=direction.wanted)]
        parts.append(_fenced(direction.source, source))
        if support and batch[support_column][place]:
            parts += ["Structs and functions that it needs:", _fenced(direction.device, batch[support_column][place])]
        found.append((place, "\n\n".join(parts), _fenced(direction.target, target)))
    return found


@dataclass(frozen=True, slots=True)
class _View:
    """A view as an object, which `map` can pickle and name in its cache."""

    form: str
    direction: str
    support: bool
    keep: tuple[str, ...]
    tokenizer: Tokenizes | None
    longest: int | None

    def __call__(self, batch: Batch) -> dict[str, list[Any]]:
        rows = _rows(batch, direction_of(self.direction), self.support)
        if self.tokenizer is not None and rows:
            lengths = [len(ids) for ids in self.tokenizer([f"{p}\n\n{a}" for _, p, a in rows])["input_ids"]]
            rows = [row for row, length in zip(rows, lengths, strict=True) if length <= (self.longest or length)]
        made = FORMS[self.form]([prompt for _, prompt, _ in rows], [answer for _, _, answer in rows])
        return made | {name: [batch[name][place] for place, _, _ in rows] for name in self.keep}


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


FORMS: dict[str, Callable[[list[str], list[str]], dict[str, list[Any]]]] = {
    "prompt_completion": lambda prompts, answers: {
        "prompt": [f"{prompt}\n\n" for prompt in prompts],
        "completion": answers,
    },
    "chat": lambda prompts, answers: {
        "messages": [[_message("user", p), _message("assistant", a)] for p, a in zip(prompts, answers, strict=True)]
    },
    "prompt_only": lambda prompts, answers: {"prompt": [[_message("user", prompt)] for prompt in prompts]},
    "plain_text": lambda prompts, answers: {
        "text": [f"{prompt}\n\n{answer}\n" for prompt, answer in zip(prompts, answers, strict=True)]
    },
}


def view(
    form: str,
    direction: str = "cpp_forward",
    *,
    support: bool = False,
    keep: Sequence[str] = (),
    tokenizer: Tokenizes | None = None,
    max_tokens: int | None = None,
) -> View:
    """What makes batches of records into batches of another form, for `map(…, batched=True)`.

    Args:
        form: `prompt_completion` (both columns) or `chat` (`messages`), as TRL's SFT trainer takes them; `prompt_only`
            (`prompt`, a list of one message), as its GRPO trainer does; `plain_text` (`text`), for pre-training.
        direction: One of `DIRECTIONS`.
        support: Show the generated structs and functions that the code needs, too.
        keep: Columns of the record to keep beside them, for a reward function perhaps.
        tokenizer: Leaves out rows whose prompt and answer have more than `max_tokens` of its tokens.
        max_tokens: See `tokenizer`.

    Raises:
        UsageError: form or direction do not exist, or the filter is incomplete.
    """
    direction_of(direction)
    if form not in FORMS:
        raise UnknownNameError("form", form, list(FORMS))
    if (tokenizer is None) != (max_tokens is None):
        raise UsageError("a filter by length needs both a tokenizer and max_tokens")
    return _View(form, direction, support, tuple(keep), tokenizer, max_tokens)


def code_of(answer: str) -> str:
    """The code in a model's answer: what stands between the first pair of fences, or all of it."""
    _, opened, rest = answer.partition("```")
    if not opened:
        return answer
    body = rest.partition("\n")[2]
    return body.partition("```")[0]
