"""How well token 3-grams tell generated kernels from those that people wrote, and which 3-grams give them away.

    python -m benchmarks.classifier [--num N] [--seed S] [--packages FOLDER ...] [--sources FILE.jsonl] [--top N]

A logistic regression on which 3-grams occur, trained on 70 % and tested on the rest: real kernels are split by file, so
that sister kernels do not meet across the split. 50 % accuracy would mean that nobody can tell; 100 % that anybody can.
Run twice: with user names blanked (what rules can mend) and with all text. Kernels are taken as functions alone, the
same number of both sorts, without decorators: most of newton's turn the adjoint off, which no pair of ours may.
A yardstick: newton's kernels are told from mujoco_warp's, both written by people, with an AUC of 0.987.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from benchmarks.real_kernels import RealKernel, kernels_of, read_all
from benchmarks.realism import generated
from warp_jit_pairs.identity import blank_names, tokens

Gram = tuple[str, str, str]
Indices = npt.NDArray[np.int64]

MIN_DOCUMENTS = 4
EPOCHS = 12
RATE = 0.5
DECAY = 1e-5


@dataclasses.dataclass(slots=True)
class Result:
    """What one classifier reached on the held-out kernels."""

    accuracy: float
    auc: float
    telling: list[tuple[float, Gram, float, float]]
    """Weight (positive: generated), 3-gram, share of real and of generated kernels that have it."""


def grams(source: str, blank: bool) -> set[Gram]:
    """The distinct token 3-grams of a kernel."""
    words = tokens(source[source.index("def ") :])
    if blank:
        words = list(blank_names(words))
    return set(zip(words, words[1:], words[2:], strict=False))


def held_out(group: str) -> bool:
    return hashlib.blake2b(group.encode(), digest_size=2).digest()[0] < 77


def train(
    rows: list[Indices], labels: npt.NDArray[np.float64], size: int, seed: int
) -> tuple[npt.NDArray[np.float64], float]:
    """Logistic regression by stochastic gradient descent; a row counts 1 / sqrt(its 3-grams) for each of them."""
    weights, bias = np.zeros(size), 0.0
    order = np.random.default_rng(seed)
    for epoch in range(EPOCHS):
        rate = RATE * 4.0 / (1.0 + epoch)
        for place in order.permutation(len(rows)):
            row = rows[place]
            scale = 1.0 / np.sqrt(max(len(row), 1))
            score = weights[row].sum() * scale + bias
            error = labels[place] - 1.0 / (1.0 + np.exp(-score))
            weights[row] += rate * (error * scale - DECAY * weights[row])
            bias += 0.1 * rate * error
    return weights, bias


def area_under_curve(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.float64]) -> float:
    """The chance that a generated kernel scores above a real one; ties count half."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positive = int(labels.sum())
    negative = len(labels) - positive
    return float((ranks[labels == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def classify(real: list[RealKernel], made: list[RealKernel], blank: bool, seed: int = 0) -> Result:
    """Train on one part of both sorts and test on the other."""
    sets = [grams(kernel.source, blank) for kernel in real + made]
    labels = np.array([0.0] * len(real) + [1.0] * len(made))
    testing = np.array([held_out(kernel.path) for kernel in real + made])
    counts = collections.Counter(gram for found, test in zip(sets, testing, strict=True) if not test for gram in found)
    vocabulary = {gram: n for n, gram in enumerate(sorted(g for g, count in counts.items() if count >= MIN_DOCUMENTS))}
    rows = [
        np.array(sorted(vocabulary[gram] for gram in found if gram in vocabulary), dtype=np.int64) for found in sets
    ]
    training = np.flatnonzero(~testing)
    weights, bias = train([rows[n] for n in training], labels[training], len(vocabulary), seed)
    tested = np.flatnonzero(testing)
    scores = np.array([weights[rows[n]].sum() / np.sqrt(max(len(rows[n]), 1)) + bias for n in tested])
    accuracy = float(((scores > 0) == (labels[tested] == 1)).mean())
    return Result(accuracy, area_under_curve(scores, labels[tested]), _telling(vocabulary, weights, rows, len(real)))


def _telling(
    vocabulary: dict[Gram, int], weights: npt.NDArray[np.float64], rows: list[Indices], reals: int
) -> list[tuple[float, Gram, float, float]]:
    """3-grams by what they contribute: their weight times how much oftener one sort has them."""
    shares = np.zeros((2, len(vocabulary)))
    for place, row in enumerate(rows):
        shares[int(place >= reals), row] += 1.0
    shares[0] /= reals
    shares[1] /= len(rows) - reals
    force = weights * np.abs(shares[1] - shares[0])
    order = np.argsort(-np.abs(force), kind="stable")
    named = list(vocabulary)
    return [(float(force[n]), named[n], float(shares[0][n]), float(shares[1][n])) for n in order]


def telling_table(title: str, rows: Iterable[tuple[float, Gram, float, float]]) -> Table:
    table = Table(title=title)
    for column in ("3-gram", "real %", "ours %"):
        table.add_column(column, justify="left" if column == "3-gram" else "right")
    for _, gram, real, made in rows:
        table.add_row(" ".join(gram), f"{100 * real:.1f}", f"{100 * made:.1f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="Tell generated kernels from real ones.")
    parser.add_argument("--num", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--packages", type=Path, nargs="*", default=[])
    parser.add_argument("--sources", type=Path)
    parser.add_argument("--top", type=int, default=40)
    arguments = parser.parse_args()
    texts = generated(arguments.num, arguments.seed, arguments.sources)
    made = [kernel for n, text in enumerate(texts) for kernel in kernels_of("generated", f"program {n}", text)]
    real = read_all(arguments.packages)
    order = np.random.default_rng(arguments.seed)
    size = min(len(real), len(made))
    real, made = ([kernels[n] for n in sorted(order.permutation(len(kernels))[:size])] for kernels in (real, made))
    console = Console()
    for blank in (True, False):
        found = classify(real, made, blank, arguments.seed)
        what = "user names blanked" if blank else "all text"
        console.print(
            f"{what}: accuracy {found.accuracy:.3f}, AUC {found.auc:.3f} on held-out kernels ({size} of each sort)"
        )
        if blank:
            for title, sign in (("real kernels have, ours too seldom", -1), ("ours have, real kernels seldom", 1)):
                chosen = [row for row in found.telling if row[0] * sign > 0][: arguments.top]
                console.print(telling_table(title, chosen))


if __name__ == "__main__":
    main()
