"""A small decoder: what is usual today (rotary positions, RMS norms, squared ReLU), and tokens that know the few before
them, so that names are copied from the first layer on. Training and text are left to others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Shape:
    """The default has 41 million parameters."""

    vocabulary: int = 4096
    width: int = 512
    layers: int = 12
    heads: int = 8
    history: int = 3
    """How many earlier tokens are mixed into each token's embedding."""


def _norm(x: Tensor) -> Tensor:
    return F.rms_norm(x, (x.shape[-1],))


Rotation = tuple[Tensor, Tensor]


def rotation(positions: Tensor, size: int, dtype: torch.dtype) -> Rotation:
    """Cosines and sines of rotary positions; `positions` is (batch, time), a batch of one serving every row."""
    frequencies = 10000.0 ** (-torch.arange(size // 2, device=positions.device, dtype=torch.float32) / (size // 2))
    angles = positions[:, None, :, None].to(torch.float32) * frequencies
    return angles.cos().to(dtype), angles.sin().to(dtype)


def _rotate(x: Tensor, turned: Rotation) -> Tensor:
    cos, sin = turned
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1).to(x.dtype)


class Block(nn.Module):
    """Attention and a feed-forward layer, each added to what it reads."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.mixed = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.joined = nn.Linear(shape.width, shape.width, bias=False)
        self.wide = nn.Linear(shape.width, 4 * shape.width, bias=False)
        self.narrow = nn.Linear(4 * shape.width, shape.width, bias=False)
        nn.init.zeros_(self.joined.weight)
        nn.init.zeros_(self.narrow.weight)

    def queries(self, x: Tensor, turned: Rotation) -> tuple[Tensor, Tensor, Tensor]:
        batch, time, width = x.shape
        mixed = self.mixed(_norm(x)).view(batch, time, 3, self.heads, width // self.heads)
        q, k, v = mixed.permute(2, 0, 3, 1, 4)
        return _rotate(_norm(q), turned), _rotate(_norm(k), turned), v

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        x = x + self.joined(attended.transpose(1, 2).reshape(x.shape))
        return x + self.narrow(F.relu(self.wide(_norm(x))).square())

    def forward(self, x: Tensor, turned: Rotation) -> Tensor:
        q, k, v = self.queries(x, turned)
        return self.finish(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))


class Decoder(nn.Module):
    """Tokens to logits of the next ones; the embedding is also the output layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.before = nn.ModuleList(nn.Linear(shape.width, shape.width, bias=False) for _ in range(shape.history))
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        nn.init.normal_(self.embedding.weight, std=0.02)

    def embed(self, tokens: Tensor) -> Tensor:
        """Embeddings of (batch, time) tokens, each with the `history` ones before it."""
        here = _norm(self.embedding(tokens))
        mixed = here
        for lag, layer in enumerate(self.before, 1):
            mixed = mixed + layer(F.pad(here, (0, 0, lag, 0))[:, : here.shape[1]])
        return mixed

    def rotation(self, positions: Tensor) -> Rotation:
        return rotation(positions, self.shape.width // self.shape.heads, torch.float32)

    def hidden(self, tokens: Tensor) -> Tensor:
        turned = self.rotation(torch.arange(tokens.shape[1], device=tokens.device)[None])
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x, turned)
        return _norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embedding.weight)

    def matrices(self) -> list[nn.Parameter]:
        """Parameters of the hidden layers; the embedding is the other one."""
        return [p for name, p in self.named_parameters() if name != "embedding.weight"]


class Cache:
    """Keys and values of what a batch has read, for decoding token by token."""

    def __init__(self, model: Decoder, batch: int, length: int, device: torch.device, dtype: torch.dtype) -> None:
        shape = model.shape
        size = (shape.layers, batch, shape.heads, length, shape.width // shape.heads)
        self.keys = torch.zeros(size, device=device, dtype=dtype)
        self.values = torch.zeros(size, device=device, dtype=dtype)

    def keep(self, rows: Tensor) -> None:
        """Let go of the other rows."""
        self.keys, self.values = self.keys[:, rows], self.values[:, rows]


def read(model: Decoder, tokens: Tensor, cache: Cache) -> Tensor:
    """Read whole prompts, right-padded, into the cache; gives the hidden states."""
    turned = model.rotation(torch.arange(tokens.shape[1], device=tokens.device)[None])
    x = model.embed(tokens)
    for layer, block in enumerate(model.blocks):
        q, k, v = block.queries(x, turned)
        cache.keys[layer, :, :, : k.shape[2]] = k
        cache.values[layer, :, :, : v.shape[2]] = v
        x = block.finish(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))
    return _norm(x)


def step(model: Decoder, recent: Tensor, places: Tensor, seen: int, cache: Cache) -> Tensor:
    """Decode one token a row.

    `recent` holds the last `history + 1` tokens of each row, `places` the position of the last one, which is below
    `seen`; gives the logits of the next tokens.
    """
    rows = torch.arange(len(recent), device=recent.device)
    turned = model.rotation(places[:, None])
    x = model.embed(recent)[:, -1:]
    allowed = (torch.arange(seen, device=recent.device) <= places[:, None])[:, None, None]
    for layer, block in enumerate(model.blocks):
        q, k, v = block.queries(x, turned)
        keys, values = cache.keys[layer], cache.values[layer]
        keys[rows, :, places] = k[:, :, 0].to(keys.dtype)
        values[rows, :, places] = v[:, :, 0].to(values.dtype)
        # written out, because with one query a row the fused kernels copy the cache
        scores = (q.to(keys.dtype) @ keys[:, :, :seen].transpose(-1, -2)).float() * q.shape[-1] ** -0.5
        weights = scores.masked_fill(~allowed, -torch.inf).softmax(-1)
        x = block.finish(x, weights.to(values.dtype) @ values[:, :, :seen])
    return model.logits(_norm(x))[:, 0]
