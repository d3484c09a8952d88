"""Where the elements lie that a thread puts together: rows, groups, lists, pictures, chunks, series in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from warp_jit_pairs import types as t

from .build import Dim
from .invariants import lift
from .kernel import Kernel
from .laws import ROWS, Law, Sheet
from .names import plural
from .purposes import is_still, purpose, varying
from .scene import Scene, Site
from .tree import Expr


@dataclass
class Layout:
    """What a thread goes through: its own index and array lengths, the loop, and where each element lies."""

    how: str
    own: Expr
    dims: tuple[Dim, ...]
    word: str
    """What a thread has: a row, a group, a window."""
    kind: str
    bounds: tuple[Expr | int, ...]
    site: Callable[..., Site]
    """The site of an element by the index of each loop."""
    count: Expr | None
    inner: tuple[str, Expr] | None = None
    """The loop within the loop, where an element has two indices."""
    atomic: bool = False
    """Whether threads put their parts together with atomics."""
    over_time: bool = False
    """Whether the turns are steps in time of one element, not elements."""


def in_time(field: Sheet, law: Law) -> bool:
    """Whether a law's value changes from step to step, by states that do and not by a formula of time."""
    # A row of numbers for each element is a series itself.
    rows = any(field.quantity(name).type in ROWS for name in varying(field, law))
    return not rows and not _CLOCKS & set(law.takes) and any(not is_still(field, name) for name in varying(field, law))


_CLOCKS = frozenset({"time", "now", "elapsed", "hours"})
"""What a law takes that is the time: its value at each step is a formula."""


def series(scene: Scene, steps: str = "=num_steps num_frames n_steps") -> Layout:
    """An element for each thread, and its values over time."""
    scene.in_steps = True
    for row in scene.sheet.quantities.values():
        # Nothing changes its group from step to step.
        if row.where == "group" and row.type not in ROWS:
            scene.ways.setdefault(row.name, "uniform")
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    (own,) = k.start(1, (8,), (f"=!{e} i tid",))
    k.launch[0].called = f"=num_{plural(e)} n"
    k.guard()
    width = k.dim(rng.choose((6, 8, 9)))
    width.called = steps
    count = k.length(width)
    steps_first = rng.chance(0.25)

    def site(n: Expr) -> Site:
        return Site((width, k.launch[0]), (n, own)) if steps_first else Site((k.launch[0], width), (own, n))

    return Layout("series", own, k.launch, e, "=!t step n frame", (count,), site, count, over_time=True)


def layout_for(scene: Scene, law: Law, atomic: bool = False) -> Layout:
    """One of the ways in which people lay out what they put together; `atomic` ones are shared by all threads."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    many = plural(e)
    wanted = purpose(scene.sheet, law)
    assert wanted is not None
    partial = bool(PARTIAL & set(wanted.across))
    how = rng.weighted(
        {
            "table": 4.0,
            "column": 1.0,
            "csr": 3.0,
            "list": 2.5,
            "padded": 2.0,
            "grid": 4.0 if scene.sheet.launch.get(2, 0.0) >= scene.sheet.launch.get(1, 0.0) else 0.0,
            "series": 4.0 if wanted.over_time and in_time(scene.sheet, law) else 0.0,
            "chunk": 1.0 if partial else 0.0,
            "stride": 1.0 if partial else 0.0,
            "whole": 2.2,
        }
    )
    if atomic:
        how = rng.choose(("chunk", "stride", "stride"))
    if how == "series":
        return series(scene)
    group = rng.choose(scene.sheet.groups) if scene.sheet.groups and rng.chance(0.7) else "group"
    if group == e:
        group = "group"
    if how in ("table", "column", "padded"):
        word = rng.choose(("row", group, "batch")) if how != "column" else "col"
        (own,) = k.start(1, (8,), (f"=!{word} i tid" if how != "column" else "=!col j tid",))
        k.launch[0].called = "=num_rows rows n" if word == "row" else f"=num_{plural(word)}"
        k.guard()
        width = k.dim(rng.choose((5, 6, 8)))
        if how == "column":
            site = lambda n: Site((width, k.launch[0]), (n, own))  # noqa: E731
            kind = "=!row i r"
        else:
            site = lambda n: Site((k.launch[0], width), (own, n))  # noqa: E731
            kind = "=!col j c" if word == "row" else f"=!{e}_idx slot j m"
        if how == "padded":
            counts = k.array(
                f"=num_{many} {e}_counts row_lengths lengths", t.I32, (k.launch[0],), low=1, high=width.size
            )
            width.fixed = True
            count: Expr = k.let(f"=count n_{many} n len", counts[own])
        else:
            width.called = f"=num_{many} {many}_per_{word} width" if how == "table" else "=num_rows rows height"
            count = k.length(width)
        return Layout(how, own, k.launch, word, kind, (count,), site, count)
    if how == "grid":
        return _grid(scene, many)
    if how == "whole":
        first = k.single_thread()
        dim = k.dim(24)
        dim.called = f"=num_{many} n_{many} n"
        count = k.length(dim)
        return Layout(how, first, k.launch, "system", "=!i n idx", (count,), lambda n: Site((dim,), (n,)), count)
    if how in ("csr", "list"):
        (own,) = k.start(1, (10,), (f"=!{group} g tid",))
        k.launch[0].called = f"=num_{plural(group)} n"
        k.guard()
        items = k.dim(32)
        offsets = k.array(
            f"={group}_offsets {e}_offsets offsets {group}_start row_ptr",
            t.I32,
            (k.derived(k.launch[0], 1, 1),),
            offsets_into=items.symbol,
        )
        first, last = offsets[own], offsets[own + 1]
        if rng.chance(0.75):
            first, last = k.let("=start begin first", first), k.let("=end stop last", last)
        if how == "csr":
            kind = f"=!{e}_idx n p idx" if rng.chance(0.5) else "=!n p m idx"
            return Layout(how, own, k.launch, group, kind, (first, last), lambda n: Site((items,), (n,)), last - first)
        dim = k.dim(16)
        ids = k.array(f"={e}_ids {group}_{many} members {e}_indices", t.I32, (items,), low=0, high=15, bound=dim.symbol)
        local = f"=!{e}_id {e} idx member"
        return Layout(
            how, own, k.launch, group, "=!n p m slot", (first, last), lambda n: Site((dim,), (k.let(local, ids[n]),)),
            last - first,
        )  # fmt: skip
    (own,) = k.start(1, (8,), ("=!tid block_id worker t" if how == "chunk" else "=!tid lane worker t",))
    dim = k.dim(30)
    dim.called = f"=num_{many} n_{many} n"
    length = k.length(dim)
    where = lambda n: Site((dim,), (n,))  # noqa: E731
    if how == "stride":
        k.launch[0].called = "=num_threads num_workers stride"
        stride = k.length(k.launch[0])
        return Layout(how, own, k.launch, "worker", "=!i n idx", (own, length, stride), where, None, atomic=atomic)
    k.launch[0].called = "=num_chunks num_blocks"
    k.guard()
    size = k.scalar("=chunk chunk_size block_size", t.I32, 2, 5) if rng.chance(0.7) else k.integer(4)
    first = k.let("=start begin first", own * size)
    last = k.let("=end stop last", k.call("min", first + size, length))
    return Layout(how, own, k.launch, "chunk", "=!i n idx", (first, last), where, last - first, atomic=atomic)


def _grid(scene: Scene, many: str) -> Layout:
    """Pictures or maps, one for each thread, with two loops over each."""
    k, rng = scene.k, scene.rng
    word = rng.choose(("image", "view", "frame") if scene.sheet.name in _PICTURES else ("tile", "region", "world"))
    (own,) = k.start(1, (5,), (f"=!{word} b tid",))
    k.launch[0].called = f"=num_{plural(word)}"
    k.guard()
    height, width = k.dim(4), k.dim(5)
    height.called, width.called = rng.choose((("=height rows", "=width cols"), ("=rows height", "=cols width")))
    kinds = rng.choose((("=!row", "=!col"), ("=!y", "=!x"), ("=!r", "=!c")))
    rows, cols = k.length(height), k.length(width)

    def site(r: Expr, c: Expr) -> Site:
        return Site((k.launch[0], height, width), (own, r, c))

    return Layout("grid", own, k.launch, word, kinds[0], (rows,), site, rows * cols, (kinds[1], cols))


_PICTURES = frozenset({"image", "camera", "color", "shading"})


@contextmanager
def turns(k: Kernel, layout: Layout) -> Iterator[tuple[Expr, ...]]:
    """The loop or loops over the elements; what they do not change stands before them."""
    with k.loop(layout.kind, *layout.bounds) as n:
        if layout.inner is None:
            yield (n,)
        else:
            kind, bound = layout.inner
            with k.loop(kind, bound) as m:
                yield n, m
            lift(k)
    lift(k)


PARTIAL = frozenset({"total", "largest", "smallest", "extent", "flagged"})
"""What threads work out of their shares, for another kernel to put together."""


def adds_up(field: Sheet, law: Law) -> bool:
    """Whether threads that have a part each of a law's values can put these together."""
    wanted = purpose(field, law)
    number = field.quantity(law.gives[0]).type in ("real", "bool")
    return number and wanted is not None and not {"total", "largest", "smallest", "flagged"}.isdisjoint(wanted.across)
