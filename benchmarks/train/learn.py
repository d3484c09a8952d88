"""Trains a decoder for so many seconds on one device, measures it on the way, and lets it write."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .model import Cache, Decoder, read, step
from .optimizer import StackedMuon
from .text import Encoded


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs as tokens (rows, time), padded on the right."""

    tokens: Tensor
    prompts: Tensor
    """Lengths of the prompts."""
    wanted: Tensor
    """Places of the target tokens in the flat array of tokens; counted here, so that no step waits for the GPU."""
    rows: Tensor
    """Rows of the target tokens."""


_POOL = 4096
"""Pairs that are sorted by length together, so that a batch holds little padding."""


def padded(sets: Sequence[tuple[Encoded, int]], device: torch.device) -> Batch:
    """Pairs, each of some encoded set, as one batch."""
    pieces = [encoded.pair(index) for encoded, index in sets]
    longest = max(len(piece) for piece, _ in pieces)
    longest += -longest % 64
    tokens = np.zeros((len(pieces), longest), np.int64)
    for row, (piece, _) in enumerate(pieces):
        tokens[row, : len(piece)] = piece
    wanted = np.concatenate(
        [row * longest + np.arange(prompt, len(piece)) for row, (piece, prompt) in enumerate(pieces)]
    )
    prompts = np.array([prompt for _, prompt in pieces])

    def moved(array: np.ndarray) -> Tensor:
        given = torch.from_numpy(array)
        return given.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else given

    return Batch(moved(tokens), moved(prompts), moved(wanted), moved(wanted // longest))


def _endless(count: int, stream: np.random.Generator) -> Iterator[int]:
    while True:
        yield from stream.permutation(count).tolist()


def batches(
    sets: Sequence[tuple[Encoded, float]], budget: int, stream: np.random.Generator, device: torch.device
) -> Iterator[Batch]:
    """Endless batches of at most `budget` tokens with padding; each set gives its share of the pairs."""
    orders = [_endless(len(encoded), stream) for encoded, _ in sets]
    lengths = [encoded.lengths.tolist() for encoded, _ in sets]
    shares = np.array([share for _, share in sets]) / sum(share for _, share in sets)
    while True:
        which = stream.choice(len(sets), _POOL, p=shares)
        pool = [(place, next(orders[place])) for place in which]
        pool.sort(key=lambda item: lengths[item[0]][item[1]])
        made: list[list[tuple[Encoded, int]]] = [[]]
        for place, index in pool:
            size = lengths[place][index]
            if made[-1] and (len(made[-1]) + 1) * (size + -size % 64) > budget:
                made.append([])
            made[-1].append((sets[place][0], index))
        for place in stream.permutation(len(made)):
            yield padded(made[place], device)


def losses(model: Decoder, batch: Batch) -> Tensor:
    """The loss of each target token of a batch."""
    hidden = model.hidden(batch.tokens).flatten(0, 1)
    logits = model.logits(hidden.index_select(0, batch.wanted - 1)).float()
    return F.cross_entropy(logits, batch.tokens.flatten().index_select(0, batch.wanted), reduction="none")


def _scale(progress: float) -> float:
    """What the learning rates are multiplied with: a short rise, a plateau, and a fall to nearly nothing."""
    if progress < 0.02:
        return max(progress, 0.001) / 0.02
    return min(1.0, max(0.02, (1.0 - progress) / 0.6))


def train(
    model: Decoder,
    stream: Iterator[Batch],
    seconds: float,
    tell: Callable[[float, int, float], None],
    rate: float = 4e-3,
    every: float = 0.125,
) -> int:
    """Train for so many seconds, and return the number of tokens read.

    `tell` is called each `every` of the time, and at the end, with the share of the time, the tokens and the mean loss
    since; what it takes does not count.
    """
    device = model.embedding.weight.device
    hidden = [p for p in model.parameters() if p.ndim == 2 and p is not model.embedding.weight]
    optimizers = [
        StackedMuon(hidden, lr=rate, weight_decay=0.05, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW([model.embedding.weight], lr=rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    _warm_up(model, stream)
    begun, paused = time.monotonic(), 0.0
    seen, steps, last, told = 0, 0, 0.0, []
    while True:
        progress = (time.monotonic() - begun - paused) / seconds
        if progress >= min(last + every, 1.0):
            pause = time.monotonic()
            tell(min(progress, 1.0), seen, float(torch.stack(told).mean()) if told else math.nan)
            paused += time.monotonic() - pause
            told, last = [], last + every
            if progress >= 1.0:
                return seen
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * _scale(progress)
        batch = next(stream)
        with _half(device):
            loss = losses(model, batch).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seen, steps = seen + batch.tokens.numel(), steps + 1
        told.append(loss.detach())
        if device.type == "cuda" and steps % 8 == 0:
            torch.cuda.synchronize()  # so that the clock is not ahead of the work


def _warm_up(model: Decoder, stream: Iterator[Batch]) -> None:
    """Let what is compiled be compiled before the clock starts."""
    for _ in range(3):
        with _half(model.embedding.weight.device):
            loss = losses(model, next(stream)).mean()
        loss.backward()
        model.zero_grad(set_to_none=True)
    if model.embedding.weight.device.type == "cuda":
        torch.cuda.synchronize()


def _half(device: torch.device) -> torch.autocast:
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


@torch.no_grad()
def bits(model: Decoder, encoded: Encoded, budget: int = 65536) -> np.ndarray:
    """Bits that each pair's C++ costs, its end included."""
    device = model.embedding.weight.device
    found = np.zeros(len(encoded))
    order = np.argsort(encoded.lengths, kind="stable")
    start = 0
    while start < len(order):
        count = 1
        while start + count < len(order) and (count + 1) * (int(encoded.lengths[order[start + count]]) + 64) <= budget:
            count += 1
        part = order[start : start + count]
        batch = padded([(encoded, int(index)) for index in part], device)
        with _half(device):
            loss = losses(model, batch)
        sums = torch.zeros(count, device=device).index_add_(0, batch.rows, loss)
        found[part] = sums.cpu().numpy() / math.log(2)
        start += count
    return found


@torch.no_grad()
def write(
    model: Decoder, prompts: Sequence[tuple[Encoded, int]], end: int, longest: int, seconds: float
) -> list[list[int]]:
    """What the model writes after each prompt, the likeliest token each time; what is unfinished in time is cut."""
    begun = time.monotonic()
    lengths = [int(encoded.targets[index] - encoded.starts[index]) for encoded, index in prompts]
    order = np.argsort(lengths, kind="stable").tolist()
    written: list[list[int]] = [[] for _ in order]
    groups = [order[start : start + _TOGETHER] for start in range(0, len(order), _TOGETHER)]
    for number, group in enumerate(groups):
        left = seconds - (time.monotonic() - begun)
        with _half(model.embedding.weight.device):
            answers = _write(model, [prompts[place] for place in group], end, longest, left / (len(groups) - number))
        for place, answer in zip(group, answers, strict=True):
            written[place] = answer
    return written


_TOGETHER = 512
"""Prompts that are answered together."""


def _write(
    model: Decoder, prompts: Sequence[tuple[Encoded, int]], end: int, longest: int, seconds: float
) -> list[list[int]]:
    device = model.embedding.weight.device
    begun = time.monotonic()
    batch = padded(prompts, device)
    lengths = batch.prompts
    width = int(lengths.max())
    tokens = torch.full((len(prompts), longest + 1), end, device=device)
    tokens[:, :width] = torch.where(torch.arange(width, device=device) < lengths[:, None], batch.tokens[:, :width], end)
    cache = Cache(model, len(prompts), longest, device, torch.bfloat16 if device.type == "cuda" else torch.float32)
    back = torch.arange(-model.shape.history, 1, device=device)
    rows = torch.arange(len(prompts), device=device)
    new = model.logits(read(model, tokens[:, :width], cache)[rows, lengths - 1]).argmax(-1)
    alive, places = rows, lengths.clone()  # rows still written, and where their next token goes
    for turn in range(longest):
        tokens[alive, places] = new
        if turn % 16 == 0:  # let go of what has ended; between, ended rows write on behind their end
            going = ~(
                (tokens[alive] == end)
                & (torch.arange(longest + 1, device=device) >= lengths[alive, None])
                & (torch.arange(longest + 1, device=device) <= places[:, None])
            ).any(-1)
            going &= places < longest - 17
            if not bool(going.any()) or time.monotonic() - begun > seconds:
                break
            if not bool(going.all()):
                alive, places = alive[going], places[going]
                cache.keep(going)
        recent = tokens[alive[:, None], places[:, None] + back]
        new = step(model, recent, places, min(width + turn + 1, longest), cache).argmax(-1)
        places = places + 1
    answers = []
    for row, start, stop in zip(tokens.cpu().numpy(), lengths.tolist(), _stops(alive, places, lengths), strict=True):
        ends = np.flatnonzero(row[start : stop + 1] == end)
        answers.append(row[start : start + int(ends[0]) if len(ends) else stop + 1].tolist())
    return answers


def _stops(alive: Tensor, places: Tensor, lengths: Tensor) -> list[int]:
    """The last place that may be read of each row: where writing was cut off, for those that went on to the end."""
    stops = torch.full_like(lengths, 1 << 30)
    stops[alive] = places
    return stops.tolist()
