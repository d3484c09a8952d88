"""A check of the kernel validation suite: a kernel and its answers in NumPy; and what writing one takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Data = np.ndarray[Any, Any]
Values = Mapping[str, Data]


@dataclass(frozen=True, slots=True)
class Check:
    """A kernel and what it must give.

    `forward` maps inputs to outputs; `adjoint` maps inputs and the outputs' gradients to the inputs' gradients, and is
    None where nothing is differentiable.
    """

    kind: str
    name: str
    source: str
    dim: tuple[int, ...]
    inputs: Callable[[np.random.Generator], dict[str, Data]]
    forward: Callable[[Values], dict[str, Data]]
    adjoint: Callable[[Values, Values], dict[str, Data]] | None = None


def floats(stream: np.random.Generator, *shape: int, low: float = -2.0, high: float = 2.0) -> Data:
    return (low + (high - low) * stream.random(shape)).astype(np.float32)


def kernel(name: str, arguments: str, body: str, before: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return f"import warp as wp\n{before}\n\n@wp.kernel\ndef {name}({arguments}):\n{lines}\n"


A = "wp.array(dtype=float)"
N = 16


def empty(*shape: int) -> Data:
    return np.zeros(shape, np.float32)
