"""Tiles made of what each thread of a block computed: gathered, spread again, collected on a stack."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .recipes import letters, recipe
from .steps import Palette, merge, step
from .tile_blocks import start_block
from .tile_ops import FIELDS, dtype_of, mapped, op, scaled, size_constant


@recipe("per-thread values gathered into tiles and back", "tile:1.5", FIELDS, "tile", {t.F32: 1.0})
def tile_from_threads(k: Kernel) -> None:
    """These are launched thread by thread: `wp.tile` collects the block's values."""
    rng = k.rng
    k.start(1, (32,), plain=True)
    k.launch[0].fixed = True
    k.block_dim = 32
    k.put("scalar", k.let("scalar", k.load("input", k.real)))
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.5}, letters(k, "r"))
    for _ in range(rng.integer(1, 4)):
        step(k, palette)
    x = k.let("scalar", k.bounded(merge(k, k.real, k.unused())))
    block = k.let("tile", op("tile", t.Tile(k.real, (32,)), x))
    how = rng.integer(0, 5)
    single = t.Tile(k.real, (1,))
    if how == 0:
        total = k.let("sum", op("tile_sum", single, block))
        one = k.dim(1, fixed=True)
        target = k.array("accumulator", k.real, (one,), "inout", low=0.0, high=0.0)
        k.do(op("tile_atomic_add", single, target, total))
        return
    # Nothing else may depend on the block's size, which the CPU takes to be one.
    other = mapped(k, block) if how <= 3 else scaled(k, block)
    value = k.let("scalar", op("untile", k.real, k.let("tile", other)))
    k.put("scalar", value)
    for _ in range(rng.integer(0, 2)):
        step(k, palette)
    k.output("out", k.bounded(merge(k, k.real, k.unused())) - x)


@recipe("values collected on a block's stack or scattered into a tile", "tile:1", "sparse stats", "tile", {t.F32: 1.0})
def tile_collect(k: Kernel) -> None:
    rng = k.rng
    (i,) = k.start(1, (32,), plain=True)
    k.launch[0].fixed = True
    k.block_dim = 32
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.4}, letters(k, "r"))
    k.put("scalar", k.let("scalar", k.load("input", k.real)))
    for _ in range(rng.integer(1, 4)):
        step(k, palette)
    x = k.let("scalar", k.bounded(merge(k, k.real, k.unused())))
    keep = k.let("bool", x > rng.choose((0.0, 0.5, -0.5)))
    k.shared.differentiable = False
    if rng.chance(0.5):
        stack_type = t.Opaque("tile stack")
        stack = k.let("tile", op("tile_stack", stack_type, capacity=k.integer(32), dtype=dtype_of(k, t.I32)))
        if rng.chance(0.25):
            k.do(op("tile_stack_clear", t.NOTHING, stack))
        k.do(op("tile_stack_push", t.I32, stack, i, keep))
        item, slot = k.unpack(("index", "index"), op("tile_stack_pop", t.Tuple((t.I32, t.I32)), stack))
        found = k.array("flag", t.I32, (k.launch[0],), "inout", low=0, high=0)
        with k.when(slot >= 0):
            k.set(found[item], 1)
        return
    masked = rng.chance(0.4)
    length = 32 if masked else rng.choose((4, 8))
    bins = t.Tile(k.real, (length,))
    shared = tree.Verbatim(t.SHAPE, 0.0, 0.0, '"shared"')
    work = k.let("tile", op("tile_zeros", bins, shape=k.integer(length), dtype=dtype_of(k, k.real), storage=shared))
    slot = k.let("bin", i % length)
    k.do(op("tile_scatter_masked" if masked else "tile_scatter_add", t.NOTHING, work, slot, x, keep))
    target = k.array("accumulator", k.real, (k.dim(length, fixed=True),), "inout", low=0.0, high=0.0)
    k.do(op("tile_atomic_add", bins, target, work))


@recipe("a block's list of work, filled and emptied again", "tile:1", "geometry rigid sparse", "gather", {t.F32: 1.0})
def block_worklist(k: Kernel) -> None:
    """What passes a test is pushed on the block's stack; which lane takes what from it does not show."""
    rng = k.rng
    row, lane = start_block(k)
    columns = k.dim(rng.choose((8, 12, 16)))
    n = k.length(columns)
    shape = (k.launch[0], columns)
    values = k.array("array", k.real, shape, low=-2.0, high=2.0)
    stride = k.let("size", tree.Call(t.I32, 1.0, 256.0, "wp.block_dim", ()))
    k.shared.differentiable = False
    size = size_constant(k, 256, ("STACK_CAPACITY", "MAX_ITEMS", "CAPACITY"))
    stack = k.let("tile", op("tile_stack", t.Opaque("tile stack"), capacity=size, dtype=dtype_of(k, t.I32)))
    if rng.chance(0.4):
        k.do(op("tile_stack_clear", t.NOTHING, stack))
    limit = k.parameter("threshold", -0.5, 0.5, 0.0, 0.5)
    with k.loop("offsets", 0, n, stride) as start:
        j = k.let("index", start + lane)
        keep = k.variable("bool", tree.literal(False, t.BOOL))
        with k.when(j < n):
            test = values[row, j]
            k.set(keep, k.call("abs", test) > limit if rng.chance(0.4) else test > limit)
        k.do(op("tile_stack_push", t.I32, stack, j, keep))
    count = op("tile_stack_count", t.I32, stack)
    if rng.chance(0.7):
        named = k.let("count", count)
        with k.when(lane.equals(0)):
            k.set(k.array("count", t.I32, k.launch, "out")[row], named)
    marks = k.array("inout", k.real, shape, "inout", low=0.0, high=0.0)
    with k.repeat(op("tile_stack_count", t.I32, stack) > 0):
        item, slot = k.unpack(("index", "index"), op("tile_stack_pop", t.Tuple((t.I32, t.I32)), stack))
        with k.when(slot >= 0):
            x = k.let("scalar", values[row, item])
            palette = Palette(rng, {"arithmetic": 1.0, "math": 0.4}, letters(k, "r"))
            k.put("scalar", x)
            for _ in range(rng.integer(0, 3)):
                step(k, palette)
            k.set(marks[row, item], k.bounded(merge(k, k.real, k.unused())))
