"""One training run on one device: reads the pairs, trains, measures, lets the model write."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .data import TESTS, Row, read_rows
from .learn import batches, bits, train, write
from .measure import averages, compare_texts
from .model import Decoder, Shape
from .text import END, Encoded, Pair, encode, joined, train_tokenizer

SETS = {"synthetic": ("synthetic",), "real": ("real",), "both": ("synthetic", "real")}
"""What is trained on -> the files of pairs that it is made of."""

SHARES = {"synthetic": 0.8, "real": 0.2}
"""Where there are both, so much of the pairs that are read is of each."""

_TOKENIZED = 4000
"""Pairs that the tokenizer is trained on."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is asked for."""

    trained_on: str
    seed: int
    seconds: float
    budget: int = 32768
    """Tokens of a batch."""
    longest: int = 4096
    """Tokens of the longest pair."""
    rate: float = 4e-3
    writing: float = 120.0
    """Seconds for writing, all tests together."""
    compiled: bool = True
    shape: Shape = field(default_factory=Shape)

    @property
    def name(self) -> str:
        return f"{self.trained_on}_{self.seed}"


def _pairs(rows: Sequence[Row]) -> list[Pair]:
    return [(row["prompt"], row["cpp_forward"]) for row in rows]


def _encoded(tokenizer: Any, pairs: Sequence[Pair], longest: int, processes: int) -> Encoded:
    """Encode in several processes; each gets its part by being forked."""
    if processes == 1 or len(pairs) < 4096:
        return encode(tokenizer, pairs, longest)
    parts = [pairs[start : start + 1024] for start in range(0, len(pairs), 1024)]
    with get_context("fork").Pool(processes, _set_encoder, (tokenizer, parts, longest)) as pool:
        return joined(pool.map(_encode_part, range(len(parts)), chunksize=1), 1024)


_encoder: tuple[Any, list[Sequence[Pair]], int]


def _set_encoder(*given: Any) -> None:
    global _encoder
    _encoder = given  # type: ignore[assignment]


def _encode_part(number: int) -> Encoded:
    tokenizer, parts, longest = _encoder
    return encode(tokenizer, parts[number], longest)


def run(folder: Path, output: Path, settings: Settings, processes: int) -> dict[str, Any]:
    """Train and test once; writes `NAME.json` and what the model wrote as `NAME.TEST.jsonl`."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    sampler = np.random.default_rng(settings.seed)
    names = SETS[settings.trained_on]
    trained = {name: _pairs(read_rows(folder / f"{name}.jsonl.gz")) for name in names}
    sample = [
        trained[name][place]
        for name in names
        for place in sampler.permutation(len(trained[name]))[: _TOKENIZED // len(names)]
    ]
    tokenizer = train_tokenizer(sample, settings.shape.vocabulary)
    sets = [(_encoded(tokenizer, trained[name], settings.longest, processes), SHARES[name]) for name in names]
    tests = {name: read_rows(folder / f"{name}.jsonl.gz") for name in TESTS}
    encoded = {name: encode(tokenizer, _pairs(rows), settings.longest) for name, rows in tests.items()}

    torch.manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
    model = Decoder(settings.shape).to(device)
    if settings.compiled:
        for block in model.blocks:
            block.compile(dynamic=True)
    curve: list[dict[str, float]] = []

    def tell(progress: float, tokens: int, loss: float) -> None:
        point = {"progress": progress, "tokens": tokens, "loss": loss}
        point |= {name: float(bits(model, test).sum() / test.bytes.sum()) for name, test in encoded.items()}
        curve.append(point)
        print(settings.name, json.dumps(point), flush=True)

    stream = batches(sets, settings.budget, sampler, device)
    tokens = train(model, stream, settings.seconds, tell, settings.rate)
    result = {
        "settings": asdict(settings),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "parameters": sum(p.numel() for p in model.parameters()),
        "pairs": {name: len(part) for name, (part, _) in zip(names, sets, strict=True)},
        "dropped": {name: len(trained[name]) - len(part) for name, (part, _) in zip(names, sets, strict=True)},
        "tokens": tokens,
        "epochs": tokens / sum(int(part.starts[-1]) for part, _ in sets),
        "curve": curve,
        "tests": {},
    }
    output.mkdir(parents=True, exist_ok=True)
    _keep(output, settings, result)  # what is known so far, should writing fail
    begun = time.monotonic()
    written = _written(model, encoded, tokenizer, settings)
    result["writing"] = time.monotonic() - begun
    for name, rows in tests.items():
        texts = [written[name].get(place, "") for place in range(len(rows))]
        found = [compare_texts(text, row["cpp_forward"]) for text, row in zip(texts, rows, strict=True)]
        result["tests"][name] = averages(found) | {
            "kernels": len(rows),
            "too long": len(rows) - len(encoded[name]),
            "last": curve[-1][name],
            "lowest": min(point[name] for point in curve),
        }
        with (output / f"{settings.name}.{name}.jsonl").open("w", encoding="utf-8") as file:
            for row, text, figures in zip(rows, texts, found, strict=True):
                file.write(json.dumps({"id": row["id"], "completion": text} | figures) + "\n")
    _keep(output, settings, result)
    print(settings.name, json.dumps(result["tests"]), flush=True)
    return result


def _keep(output: Path, settings: Settings, result: dict[str, Any]) -> None:
    (output / f"{settings.name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _written(
    model: Decoder, tests: Mapping[str, Encoded], tokenizer: Any, settings: Settings
) -> dict[str, dict[int, str]]:
    """What the model writes for each row of each test that is short enough, by the row's place."""
    end = tokenizer.token_to_id(END)
    prompts = [(encoded, index) for encoded in tests.values() for index in range(len(encoded))]
    answers = iter(write(model, prompts, end, settings.longest, settings.writing))
    return {
        name: {place: tokenizer.decode(next(answers), skip_special_tokens=False) for place in encoded.kept.tolist()}
        for name, encoded in tests.items()
    }
