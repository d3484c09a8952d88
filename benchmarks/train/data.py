"""The pairs that are learnt from and tested on: real ones of whole packages, synthetic ones made here and now.

Tests are real kernels of one package that no training set has a kernel of, and the evaluation set, kernels of people
and of the grammar apart; what is nearly a test kernel is in no training set. Synthetic training pairs need Warp, NumPy
and this package's grammar and extraction alone, so that a machine with little on it can make them.
"""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import keyword
import os
import random
import re
import string
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.extract import Extracted, extract_batch, extract_forward
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.identity import NEAR_DUPLICATE, shingles, split_of, structural_hash
from warp_jit_pairs.plan import program_seed

Row = dict[str, Any]
"""`id`, `package` or `category`, `kernel_name`, `python_source`, `prompt` (what a model sees of it), `cpp_forward`."""

TRAIN_PACKAGES = ("warp.examples", "warp.tests", "newton")
TEST_PACKAGE = "mujoco_warp"

LONGEST = 16_000
"""Bytes of Python and C++ together above which a kernel is left out, of training and test alike."""

TESTS = ("test_real", "evaluation_people", "evaluation_grammar")
"""Files of test rows, without their ending."""

RENAMED = 0.5
"""Share of the synthetic training kernels that get random names."""

CHUNK = 64


class _Bare(ast.NodeTransformer):
    """Drops what says nothing about the generated code: docstrings, imports, options of modules."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        options = isinstance(called, ast.Attribute) and called.attr == "set_module_options"
        return None if isinstance(node.value, ast.Constant) or options else node

    def visit_Import(self, node: ast.Import) -> None:
        return None

    visit_ImportFrom = visit_Import  # type: ignore[assignment]


def prompt(source: str) -> str:
    """A Python source in one layout: no comments, docstrings, imports or module options, four spaces a level.

    What is trained on and what is tested on come from people and generators with layouts of their own.
    """
    tree = _Bare().visit(ast.parse(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If | ast.For | ast.While) and not node.body:
            node.body = [ast.Pass()]
    return ast.unparse(tree) + "\n"


def _letters(stream: random.Random) -> str:
    return "".join(stream.choices(string.ascii_lowercase, k=stream.randint(1, 9)))


def renamed(source: str, names: Sequence[str], stream: random.Random) -> str:
    """A source with its kernel and arguments called something that nobody has thought of, so that copying is learnt.

    Half of the sources get names out of few parts, as in a solver's arrays: they differ in one part or in their order.
    """
    few = [_letters(stream) for _ in range(stream.randint(3, 6))] if stream.random() < 0.5 else []
    for name in names:
        elsewhere = re.search(rf"\.\s*{name}\b|\b{name}\s*=|(?<!def )\b{name}\s*\(", source)
        parts = [stream.choice(few) if few else _letters(stream) for _ in range(stream.randint(1, 4 if few else 3))]
        fresh = "_".join(parts)
        if not elsewhere and not keyword.iskeyword(fresh) and not re.search(rf"\b{fresh}\b", source):
            source = re.sub(rf"\b{name}\b", fresh, source)
    return source


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write rows as gzipped JSON lines, the same bytes for the same rows, and count them."""
    count = 0
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0, filename="") as file:
        for row in rows:
            file.write(json.dumps(row).encode() + b"\n")
            count += 1
    return count


def read_rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _row(source: str, kernel: str, code: str, **known: Any) -> Row:
    return {
        "id": hashlib.sha256(source.encode()).hexdigest()[:32],
        **known,
        "kernel_name": kernel,
        "python_source": source,
        "prompt": prompt(source),
        "cpp_forward": code,
    }


def fits(row: Mapping[str, Any]) -> bool:
    return len(row["python_source"].encode()) + len(row["cpp_forward"].encode()) <= LONGEST


class Likeness:
    """How alike programs are to some given ones: the Jaccard index of their shingles, with each of them."""

    def __init__(self, sources: Sequence[str]) -> None:
        sets = [shingles(source) for source in sources]
        self.sizes = np.array([len(found) for found in sets])
        flat = np.concatenate([*sets, np.zeros(0, np.uint64)])
        order = np.argsort(flat, kind="stable")
        self.hashes, self.owners = flat[order], np.repeat(np.arange(len(sets)), self.sizes)[order]

    def of(self, source: str) -> np.ndarray:
        own = shingles(source)
        first, last = np.searchsorted(self.hashes, own, "left"), np.searchsorted(self.hashes, own, "right")
        hits = [self.owners[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True) if b > a]
        shared = np.bincount(np.concatenate([*hits, np.zeros(0, np.int64)]), minlength=len(self.sizes))
        return shared / (len(own) + self.sizes - shared)


# -- real kernels


def collect() -> Iterator[Row]:
    """Kernels of the installed packages for which Warp generates code, those of one source once."""
    from warp_jit_pairs.harvest import harvest

    kernels = harvest((*TRAIN_PACKAGES, TEST_PACKAGE), tell=print).kernels
    for start in range(0, len(kernels), CHUNK):
        part = kernels[start : start + CHUNK]
        codes = extract_batch([k.python_source for k in part], [k.block_dim or 256 for k in part])
        for kernel, code in zip(part, codes, strict=True):
            if isinstance(code, Extracted):
                yield _row(kernel.python_source, code.kernel_name, code.cpp_forward, package=kernel.package)


def split_real(rows: Iterable[Row], others: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Training and test rows: whole packages, nothing too long, nothing in training that is nearly in a test.

    `others` are the rows of other tests.
    """
    kept = [row for row in rows if fits(row)]
    test = [row for row in kept if row["package"] == TEST_PACKAGE]
    likeness = Likeness([row["python_source"] for row in (*test, *others)])
    train = [row for row in kept if row["package"] != TEST_PACKAGE]
    return [row for row in train if likeness.of(row["python_source"]).max() < NEAR_DUPLICATE], test


# -- the evaluation set


def evaluation(build: Path) -> dict[str, list[Row]]:
    """The rows of a build of the evaluation set that are not too long, under their own ids, by test."""
    import pyarrow.dataset as ds

    columns = ["id", "category", "source", "metadata", "python_source", "cpp_forward"]
    found: dict[str, list[Row]] = {"evaluation_people": [], "evaluation_grammar": []}
    for row in ds.dataset(sorted(map(str, build.rglob("*.parquet")))).to_table(columns=columns).to_pylist():
        made = _row(row["python_source"], row["metadata"]["kernel_name"], row["cpp_forward"], category=row["category"])
        if fits(made):
            place = "evaluation_grammar" if row["source"] == "synthetic" else "evaluation_people"
            found[place].append(made | {"id": row["id"]})
    return found


# -- synthetic kernels


def _synthetic(task: tuple[int, int, int]) -> list[Row]:
    """The programs of a chunk, categories in turn, that belong to the train split; none that Warp refuses."""
    seed, first, count = task
    names = list(CATEGORIES)
    rows = []
    for number in range(first, first + count):
        category = names[number % len(names)]
        try:
            spec = generate_kernel(category, program_seed(seed, category, number))
            source, stream = spec["source"], random.Random(spec["metadata"]["seed"])
            if stream.random() < RENAMED:
                source = renamed(source, [spec["name"], *spec["arg_types"]], stream)
            if split_of(structural_hash(source)) != "train":
                continue
            kernel, code = extract_forward(source)
        except Rejected:
            continue
        rows.append(_row(source, kernel, code, category=category))
    return [row for row in rows if fits(row)]


_test: Likeness


def _start(sources: Sequence[str]) -> None:
    global _test
    _test = Likeness(sources)


def _training_chunk(task: tuple[int, int, int]) -> tuple[list[Row], np.ndarray, list[str]]:
    """A chunk of training rows, and for each test kernel the most alike of them and how alike it is.

    What is nearly a test kernel is left out.
    """
    rows = _synthetic(task)
    alike = np.zeros((len(rows), len(_test.sizes)))
    for place, row in enumerate(rows):
        alike[place] = _test.of(row["python_source"])
    kept = np.flatnonzero(alike.max(axis=1, initial=0.0) < NEAR_DUPLICATE)
    if not len(kept):
        return [], np.zeros(len(_test.sizes)), [""] * len(_test.sizes)
    best = alike[kept].argmax(axis=0)
    nearest = [rows[kept[place]]["id"] for place in best]
    return [rows[place] for place in kept], alike[kept].max(axis=0), nearest


def synthesize(number: int, seed: int, seconds: float, processes: int, sources: Sequence[str]) -> Iterator[Any]:
    """Chunks of about `number` rows for training in all, always in one order, or fewer when the seconds are over."""
    begun = time.monotonic()
    tasks = [(seed, first, min(CHUNK, number - first)) for first in range(0, number, CHUNK)]
    with get_context("spawn").Pool(processes, _start, (list(sources),)) as pool:
        for chunk in pool.imap(_training_chunk, tasks):
            yield chunk
            if time.monotonic() - begun > seconds:
                return


def default_processes() -> int:
    return max(1, len(os.sched_getaffinity(0)))
