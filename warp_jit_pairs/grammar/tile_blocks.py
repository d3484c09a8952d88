"""Blocks of threads that share a row: the lane index, loops with the block's stride, sums over the block.

These are launched with a trailing lane index. No result depends on how many lanes a block has: on the CPU it has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .tile_ops import function_name, op
from .tree import Expr

FIELDS = "optimization rigid linalg stats learning"
LANES = (32, 64, 128, 256)


@dataclass(slots=True)
class Block:
    """The names that a block's kernel works with: its row, the lane, the row's columns and how many it has."""

    k: Kernel
    row: Expr
    lane: Expr
    columns: Dim
    count: Expr
    stride: Expr

    def data(self, kind: str, dtype: t.Type, low: float, high: float) -> Expr:
        """A matrix of inputs, a row of it to each block."""
        return self.k.array(kind, dtype, (self.k.launch[0], self.columns), low=low, high=high)

    def out(self, kind: str, dtype: t.Type, role: str = "out") -> Expr:
        """The element of an output that belongs to this block."""
        facts = {"low": 0.0, "high": 0.0} if role == "inout" else {}
        return self.k.array(kind, dtype, self.k.launch, role, **facts)[self.row]

    @contextmanager
    def lead(self) -> Iterator[None]:
        """What the first lane does alone."""
        with self.k.when(self.lane.equals(0)):
            yield

    @contextmanager
    def shared_loop(self) -> Iterator[Expr]:
        """The row's columns, each visited by one lane."""
        with self.k.loop("loop", self.lane, self.count, self.stride) as j:
            yield j


def start_block(k: Kernel, kind: str = "world") -> tuple[Expr, Expr]:
    """Make the launch: a block for each row, and the row's and the lane's index."""
    rng = k.rng
    k.launch = (k.dim(rng.choose((4, 6, 8))),)
    k.lanes = (k.dim(1, fixed=True),)
    row = tree.Name(t.I32, 0.0, 63.0, k.namer.local(rng.choose((kind, kind, "index"))))
    known = [name for name in ("tid", "lane", "tid_block", "thread_id", "t") if k.namer.claim(name)]
    lane = tree.Name(t.I32, 0.0, 63.0, rng.choose(known) if known else k.namer.local("thread"))
    k.add(tree.Assign((row, lane), tree.Call(t.Tuple((t.I32, t.I32)), 0.0, 63.0, "wp.tid", ())))
    k.threads, k.plain, k.tiled, k.block_dim = (row,), True, True, rng.choose(LANES)
    return row, lane


def block(k: Kernel) -> Block:
    """A block with a row of data, which it may skip, and whose length may differ from row to row."""
    rng = k.rng
    row, lane = start_block(k)
    if rng.chance(0.4):
        done = k.array("flag", rng.choose((t.BOOL, t.BOOL, t.I32)), k.launch, low=0, high=1)[row]
        with k.when(done if done.type is t.BOOL else done.differs(0)):
            k.give()
        k.gap()
    columns = k.dim(rng.choose((8, 12, 16)))
    draw = rng.random()
    count: Expr
    if draw < 0.4:
        counts = k.array("count", t.I32, k.launch, low=0, high=columns.size - 1, bound=columns.symbol)
        count = k.let("count", counts[row])
        if rng.chance(0.3):
            with k.when(count.equals(0)):
                k.give()
    else:
        count = k.length(columns)
    stride: Expr = tree.Call(t.I32, 1.0, 256.0, "wp.block_dim", ())
    if rng.chance(0.4):
        known = [name for name in ("block_dim", "num_threads", "stride", "BLOCK_DIM") if k.namer.claim(name)]
        named = tree.Name(t.I32, 1.0, 256.0, rng.choose(known) if known else k.namer.local("size"))
        k.add(tree.Assign((named,), stride))
        stride = named
    return Block(k, row, lane, columns, count, stride)


def summed(k: Kernel, value: Expr, how: str = "sum") -> Expr:
    """What the lanes of a block found, as one number: their sum, minimum or maximum."""
    rng = k.rng
    dtype = value.type
    tile, one = t.Tile(dtype, (32,)), t.Tile(dtype, (1,))
    whole = isinstance(dtype, t.Scalar)
    keep = {} if whole and rng.chance(0.7) else {"preserve_type": tree.literal(True, t.BOOL)}
    collected = op("tile", tile, value, **keep)
    if rng.chance(0.7):
        collected = k.let("tile", collected)
    if how == "sum" and whole and rng.chance(0.7):
        total = op("tile_sum", one, collected)
    elif how != "sum" and rng.chance(0.6):
        total = op(f"tile_{how}", one, collected)
        k.shared.differentiable = False
    else:
        total = op("tile_reduce", one, function_name("wp.add" if how == "sum" else f"wp.{how}"), collected)
        k.shared.differentiable = False
    if rng.chance(0.6):
        total = k.let("sum" if how == "sum" else "extremum", total)
    return tree.Subscript(dtype, value.low, value.high, total, (k.integer(0),))
