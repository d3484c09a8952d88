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
from .rows import again, leave_out, length, named
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
    walk: str = "range"
    """How a lane goes through the row: from itself on by the stride, or by what all lanes do together."""
    turn: Expr | None = None
    start: Expr | None = None

    @property
    def number(self) -> Expr:
        """How many columns a row has, as a real number."""
        return self.k.cast(self.count, self.k.real)

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
        k = self.k
        if self.walk == "range":
            with again(k, "=j i k c col", self.turn, self.lane, self.count, self.stride) as j:
                self.turn = j
                yield j
            return
        if self.turn is None:
            self.turn = tree.Name(t.I32, 0.0, 63.0, k.namer.local("=j i k c col"))
        j = self.turn
        if self.walk == "while":
            k.set(j, self.lane)
            with k.repeat(j < self.count):
                yield j
                k.augment(j, "+", self.stride)
            return
        with again(k, "=base start chunk b0", self.start, 0, self.count, self.stride) as self.start:
            k.set(j, self.start + self.lane)
            with k.when(j < self.count):
                yield j


def start_block(k: Kernel, kind: str = "world") -> tuple[Expr, Expr]:
    """Make the launch: a block for each row, and the row's and the lane's index."""
    rng = k.rng
    k.launch = (k.dim(rng.choose((4, 6, 8))),)
    k.lanes = (k.dim(1, fixed=True),)
    row = tree.Name(t.I32, 0.0, 63.0, k.namer.local(rng.choose((kind, kind, "=row i r")) if kind == "world" else kind))
    known = [name for name in ("tid", "lane", "tid_block", "thread_id", "t") if k.namer.claim(name)]
    lane = tree.Name(
        t.I32, 0.0, 63.0, rng.choose(known) if known else k.namer.local("=lane_id thread_in_block local_id")
    )
    k.add(tree.Assign((row, lane), tree.Call(t.Tuple((t.I32, t.I32)), 0.0, 63.0, "wp.tid", ())))
    k.threads, k.tiled, k.block_dim = (row,), True, rng.choose(LANES)
    return row, lane


def block(k: Kernel) -> Block:
    """A block with a row of data, which it may skip, and whose length may differ from row to row."""
    rng = k.rng
    row, lane = start_block(k)
    leave_out(k, 0.4)
    columns = k.dim(rng.choose((8, 12, 16)))
    draw = rng.random()
    count: Expr
    if draw < 0.35:
        counts = k.array(
            "=lengths row_lengths num_active counts num_valid", t.I32, k.launch, low=1, high=columns.size - 1,
            bound=columns.symbol,
        )  # fmt: skip
        count = named(k, "=n count num length", counts[row])
    else:
        count = length(k, columns, "=num_cols n dim nv num_dofs num_entries width n_vars")
    stride: Expr = tree.Call(t.I32, 1.0, 256.0, "wp.block_dim", ())
    if rng.chance(0.4):
        known = [name for name in ("block_dim", "num_threads", "stride", "BLOCK_DIM") if k.namer.claim(name)]
        stride_name = tree.Name(t.I32, 1.0, 256.0, rng.choose(known) if known else k.namer.local("=step lanes"))
        k.add(tree.Assign((stride_name,), stride))
        stride = stride_name
    walk = rng.weighted({"range": 6.0, "while": 1.2, "chunks": 1.5})
    if walk != "range":
        # The adjoint finds the index where the loop left it.
        k.shared.differentiable = False
    return Block(k, row, lane, columns, count, stride, walk)


def summed(k: Kernel, value: Expr, how: str = "sum", kind: str = "") -> Expr:
    """What the lanes of a block found, as one number: their sum, minimum or maximum; `kind` names it."""
    rng = k.rng
    dtype = value.type
    tile, one = t.Tile(dtype, (32,)), t.Tile(dtype, (1,))
    whole = isinstance(dtype, t.Scalar)
    keep = {} if whole and rng.chance(0.7) else {"preserve_type": tree.literal(True, t.BOOL)}
    collected = op("tile", tile, value, **keep)
    if rng.chance(0.7):
        own = value.id if isinstance(value, tree.Name) else "lane"
        collected = k.let(f"={own}_tile tile_{own} {own}_lanes all_{own} {own}_t", collected)
    if how == "sum" and whole and rng.chance(0.7):
        total = op("tile_sum", one, collected)
    elif how != "sum" and rng.chance(0.6):
        total = op(f"tile_{how}", one, collected)
        k.shared.differentiable = False
    else:
        total = op("tile_reduce", one, function_name("wp.add" if how == "sum" else f"wp.{how}"), collected)
        k.shared.differentiable = False
    if rng.chance(0.6):
        words = value.id if isinstance(value, tree.Name) else kind[1:].split()[0] if kind else how
        end = {"sum": "sum", "max": "max", "min": "min"}[how]
        total = k.let(f"={words}_red reduced_{words} {words}_{end} block_{words} {words}_block", total)
    return tree.Subscript(dtype, value.low, value.high, total, (k.integer(0),))
