"""Pairs as tokens: a byte-level BPE that splits where identifiers can be copied, and encoded pairs as flat arrays.

A word of an identifier is one piece wherever it stands, in `row_count` as in `var_row_count`, so that copying a name
is copying its tokens; Warp's numbered variables are tokens of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Split
from tokenizers.pre_tokenizers import Sequence as Steps
from tokenizers.trainers import BpeTrainer

PYTHON, CPP, END = "<python>", "<cpp>", "<end>"

_TYPE = r"(?:const )?wp::\w+(?:<(?:[\w:, ]|<[^<>]*>)*>)?[*&]? ?"
_PIECES = Regex(rf"{_TYPE}\(?|_wp_args->|wp\.\w+|[A-Za-z]+_?|[0-9]|\n *| ?[^\sA-Za-z0-9_]+(?:\n *| )?| +|\s|_")
_VARIABLES = 512
"""`var_0` to `var_511` are one token each; higher ones are spelt."""


Pair = tuple[str, str]
"""Prompt and C++ of the forward pass."""


def train_tokenizer(pairs: Sequence[Pair], vocabulary: int) -> Tokenizer:
    """A tokenizer for both sides of these pairs; every text can be encoded, and comes back the same."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = Steps([Split(_PIECES, "isolated"), ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = ByteLevelDecoder()
    trainer = BpeTrainer(
        vocab_size=vocabulary - _VARIABLES,
        special_tokens=[PYTHON, CPP, END],
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((text for pair in pairs for text in pair), trainer)
    tokenizer.add_tokens([AddedToken(f"var_{n}", normalized=False) for n in range(_VARIABLES)])
    return tokenizer


@dataclass(frozen=True, slots=True)
class Encoded:
    """Pairs as one array of tokens; `starts` has one entry more than there are pairs, `targets` where each C++ begins.

    `bytes` counts what the tokens of a pair's C++ stand for, and `kept` names the pairs that were short enough.
    """

    tokens: np.ndarray
    starts: np.ndarray
    targets: np.ndarray
    bytes: np.ndarray
    kept: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each pair."""
        return np.diff(self.starts)

    def pair(self, index: int) -> tuple[np.ndarray, int]:
        """The tokens of a pair, and how many of them belong to the prompt."""
        start = self.starts[index]
        return self.tokens[start : self.starts[index + 1]], int(self.targets[index] - start)


def encode(tokenizer: Tokenizer, pairs: Sequence[Pair], longest: int) -> Encoded:
    """Encode pairs as `<python> … <cpp> … <end>`; those of more than `longest` tokens are left out."""
    python, cpp, end = (tokenizer.token_to_id(name) for name in (PYTHON, CPP, END))
    pieces, starts, targets, sizes, kept = [], [0], [], [], []
    for first in range(0, len(pairs), 4096):
        part = pairs[first : first + 4096]
        prompts = tokenizer.encode_batch_fast([source for source, _ in part], add_special_tokens=False)
        answers = tokenizer.encode_batch_fast([code for _, code in part], add_special_tokens=False)
        for place, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
            ids = [python, *prompt.ids, cpp, *answer.ids, end]
            if len(ids) <= longest:
                pieces.append(np.array(ids, np.uint16))
                targets.append(starts[-1] + len(prompt.ids) + 2)
                starts.append(starts[-1] + len(ids))
                sizes.append(len(part[place][1].encode()))
                kept.append(first + place)
    flat = np.concatenate(pieces) if pieces else np.zeros(0, np.uint16)
    return Encoded(flat, np.array(starts), np.array(targets), np.array(sizes), np.array(kept))


def joined(parts: Sequence[Encoded], size: int) -> Encoded:
    """Encoded parts of `size` pairs each as one."""
    offsets = np.cumsum([0, *(len(part.tokens) for part in parts)])
    return Encoded(
        np.concatenate([part.tokens for part in parts]),
        np.concatenate([[0], *(part.starts[1:] + offset for part, offset in zip(parts, offsets, strict=False))]),
        np.concatenate([part.targets + offset for part, offset in zip(parts, offsets, strict=False)]),
        np.concatenate([part.bytes for part in parts]),
        np.concatenate([part.kept + number * size for number, part in enumerate(parts)]),
    )
