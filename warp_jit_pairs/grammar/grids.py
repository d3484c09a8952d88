"""Regular grids: which cell a thread has, its neighbours inside the edges, the Laplacian."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .jobs import Job
from .tree import Expr

_SIDES = (
    (("up", "top", "north", "n"), ("down", "bottom", "south", "s")),
    (("left", "west", "w", "l"), ("right", "east", "e", "r")),
    (("front", "near", "below"), ("back", "far", "above")),
)
_LENGTHS = (
    ("height", "num_rows", "rows", "ny", "h", "n_rows", "res_y", "grid_height"),
    ("width", "num_cols", "cols", "nx", "w", "n_cols", "res_x", "grid_width"),
    ("depth", "num_slices", "nz", "d", "n_slices", "res_z", "grid_depth"),
)


class Grid:
    """A grid of 1 to 3 dimensions with one way of treating its border, perhaps one of a batch.

    Borders: `clamp` repeats the outermost cells, `wrap` is periodic, `inner` leaves them alone, `hold` copies them to
    the output, `padded` arrays have a layer of ghost cells, `zero` takes nothing from outside.
    """

    def __init__(self, job: Job, ndim: int, borders: str = "clamp wrap inner inner hold padded zero") -> None:
        k, rng = job.k, job.rng
        self.job, self.k, self.rng, self.ndim = job, k, rng, ndim
        self.border = rng.choose(borders.split())
        sizes = {1: (32,), 2: (8, 8), 3: (4, 4, 4)}[ndim]
        words = {1: ("i x cell idx",), 2: ("row y i r", "col x j c"), 3: ("z k slice", "y j row", "x i col")}[ndim]
        kinds = [job.words(names) for names in words]
        self.batched = ndim < 3 and rng.chance(0.13)
        if self.batched:
            kinds = [job.words("batch b batch_id sample frame"), *kinds]
            sizes = (2, *((6,) * ndim)) if ndim > 1 else (3, 12)
        threads = k.start(len(sizes), sizes, kinds)
        self.lead: tuple[Expr, ...] = threads[:1] if self.batched else ()
        self.cells: tuple[Dim, ...] = k.launch[-ndim:]
        self.indices: tuple[Expr, ...] = threads[-ndim:]
        self.named: dict[tuple[int, int], Expr] = {}
        self.scale: list[Expr] | None = None
        self.inverse = False
        cornered = ndim == 2 and self.border != "zero" and rng.chance(0.15)
        self.corners = rng.choose(("whole", "decimal")) if cornered else ""
        self.out: Expr | None = None
        if k.style.bounds == "return" and not self.batched and self.border not in ("inner", "hold"):
            k.guarded = True
            tests = [index >= self.length(axis) for axis, index in enumerate(self.indices)]
            k.add(tree.If(tests[0] if ndim == 1 else k.either(*tests), (tree.Return(),)))
            k.gap()
        if self.border == "padded":
            self.arrays = tuple(k.derived(dim, 1, 2) for dim in self.cells)
            self.inside = self.indices
            if rng.chance(0.7):
                self.inside = tuple(
                    job.let(f"{i.id}p {i.id}_g {i.id}_pad {i.id}_in", i + 1) if isinstance(i, tree.Name) else i + 1
                    for i in self.indices
                )
            else:
                self.inside = tuple(i + 1 for i in self.indices)
        else:
            self.arrays, self.inside = self.cells, self.indices

    # -- arrays

    def all_dims(self, dims: Sequence[Dim]) -> tuple[Dim, ...]:
        """Dimensions of an array behind that of the batch, if there is one."""
        return (self.k.launch[0], *dims) if self.batched else tuple(dims)

    def source(self, names: str, dtype: t.Type | None = None, low: float = -2.0, high: float = 2.0) -> Expr:
        """A field whose neighbours are read."""
        return self.job.array(names, dtype or self.k.real, self.all_dims(self.arrays), low=low, high=high)

    def own(self, names: str, local: str, low: float = -2.0, high: float = 2.0, dtype: t.Type | None = None) -> Expr:
        """This cell's entry of a field that is only read there."""
        # Where outputs have ghost cells, all fields have them.
        dims, where = self._places()
        value = self.job.array(names, dtype or self.k.real, self.all_dims(dims), low=low, high=high)[
            (*self.lead, *where)
        ]
        return value if self.rng.chance(0.4) else self.job.let(local, value)

    def prepare(self, source: Expr, out: str) -> None:
        """The border's treatment, where it is done once at the top, and the output (`~`: the source's next values)."""
        k = self.k
        assert isinstance(source.type, t.Array)
        if out.startswith("~"):
            assert isinstance(source, tree.Name)
            own = source.id.removesuffix("_in")
            out = f"{own}_next {own}_out next_{own} {own}_new new_{own} updated_{own}"
        self.out_names = out
        tests: list[Expr] = []
        if self.border in ("inner", "hold"):
            plain = k.style.augment > 0.5
            for axis, index in enumerate(self.indices):
                tests.append(index.equals(0) if plain else index < 1)
                last = self.length(axis, source) - 1
                tests.append(index.equals(last) if plain else index >= last)
        if self.border == "hold":
            self.out = self.job.array(out, source.type.dtype, self.all_dims(self.cells), "out")
            with k.when(k.either(*tests)):
                where = (*self.lead, *self.indices)
                k.set(self.out[where], source[where])
                k.give()
            k.gap()
        elif tests:
            k.add(tree.If(k.either(*tests), (tree.Return(),)))
            k.gap()

    def write(self, value: Expr, names: str = "") -> None:
        """The main result of `prepare`, or another one by its names."""
        k = self.k
        dims, where = self._places()
        target = self.out if not names and self.out is not None else None
        if target is None:
            target = self.job.array(names or self.out_names, value.type, self.all_dims(dims), "out")
        k.set(target[(*self.lead, *where)], value)

    def _places(self) -> tuple[tuple[Dim, ...], tuple[Expr, ...]]:
        """The dimensions of fields that are written or only read at this cell, and where it is in them."""
        padded = self.border == "padded" and self.ghosts
        return (self.arrays, self.inside) if padded else (self.cells, self.indices)

    def scaled(self) -> list[Expr]:
        """What second differences are divided by or multiplied with, if anything: the same all through a program."""
        if self.scale is None:
            how = self.rng.choose(("unit", "size", "inverse", "unit"))
            self.inverse = how == "inverse"
            words = "inv_dx2 inv_h2 inv_dx_sq one_over_dx2 rdx2"
            if how == "inverse":
                self.scale = [self.job.param(words, 0.25, 4.0, 1.0, 4.0, each=False)]
            elif how == "size":
                words = "dx h cell_size spacing grid_spacing cell_width delta_x"
                self.scale = [self.job.param(words, 0.5, 2.0, 0.5, 1.0, each=False)]
            else:
                self.scale = []
        return self.scale

    @property
    def ghosts(self) -> bool:
        """Whether outputs have ghost cells too: decided once."""
        return self.k.style.augment > 0.5

    def length(self, axis: int, source: Expr | None = None) -> Expr:
        names = ("n", "size", "num_cells", "nx", "length", "count") if self.ndim == 1 else _LENGTHS[axis]
        if self.ndim == 3:
            names = _LENGTHS[(2, 0, 1)[axis]]
        place = axis + len(self.lead)
        return self.job.length(self.cells[axis], " ".join(names), source, place)

    # -- neighbours

    def shift(self, axis: int, by: int, source: Expr) -> Expr:
        """The index of a neighbour."""
        k = self.k
        index = self.inside[axis]
        if by == 0:
            return index
        if (axis, by) in self.named:
            return self.named[axis, by]
        value = index + by if by > 0 else index - (-by)
        if self.border == "padded" and self.inside[axis] is not self.indices[axis] and not isinstance(index, tree.Name):
            shifted = by + 1
            return self.indices[axis] + shifted if shifted else self.indices[axis]
        if self.border in ("clamp", "wrap"):
            if self.border == "clamp":
                value = k.call("max", value, 0) if by < 0 else k.call("min", value, self.length(axis, source) - 1)
            else:
                length = self.length(axis, source)
                value = (value + length) % length if by < 0 else value % length
            assert isinstance(index, tree.Name)
            own = index.id
            sign = "m" if by < 0 else "p"
            far = "" if abs(by) == 1 else str(abs(by))
            words = f"{own}{sign}{far} {own}_{'prev' if by < 0 else 'next'}{far} {own}{'0' if by < 0 else '1'}{far}"
            value = self.job.maybe(f"{words} {own}_{'minus' if by < 0 else 'plus'}{far}", value)
            if self.k.blocks[0] is self.k.blocks[-1]:
                self.named[axis, by] = value
        return value

    def at(self, source: Expr, *offsets: int, names: str = "neighbor nb adj other") -> Expr:
        """The element at an offset."""
        where = tuple(self.shift(axis, by, source) for axis, by in enumerate(offsets))
        value = source[(*self.lead, *where)]
        if self.border != "zero" or not any(offsets):
            return value
        k = self.k
        tests = []
        for axis, by in enumerate(offsets):
            if by < 0:
                tests.append(self.indices[axis] > -by - 1 if by == -1 else self.indices[axis] >= -by)
            elif by > 0:
                tests.append(self.indices[axis] + by < self.length(axis, source))
        assert isinstance(source.type, t.Array)
        nothing = k.zero(source.type.dtype)
        inside = self.job.var(names, nothing)
        with k.when(tests[0] if len(tests) == 1 else k.both(*tests)):
            k.set(inside, value)
        return inside

    def here(self, source: Expr) -> Expr:
        return source[(*self.lead, *self.inside)]

    def sides(self, axis: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Words for the neighbours along an axis."""
        if self.ndim == 1:
            return _SIDES[1]
        if self.ndim == 3:
            return _SIDES[(2, 0, 1)[axis]]
        return _SIDES[axis]

    def neighbors(self, source: Expr, stem: str) -> list[tuple[Expr, Expr]]:
        """Minus and plus neighbour along each axis, named or not as the program's writer likes."""
        pairs = []
        prefixed = bool(stem) and self.rng.chance(0.5)
        for axis in range(self.ndim):
            offset = [0] * self.ndim
            pair = []
            for by, words in zip((-1, 1), self.sides(axis), strict=True):
                offset[axis] = by
                listed = " ".join(f"{stem}_{word}" if prefixed else word for word in words if len(word) > 1 or prefixed)
                pair.append(self.job.maybe(listed, self.at(source, *offset, names=listed)))
            pairs.append((pair[0], pair[1]))
        return pairs


def sum_of(values: Sequence[Expr]) -> Expr:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def stem_of(source: Expr) -> str:
    """A field's name where it is short enough to begin others."""
    return source.id if isinstance(source, tree.Name) and len(source.id) <= 5 else ""


def laplacian(grid: Grid, source: Expr, center: Expr) -> Expr:
    """The sum of second differences, scaled by the cell size in one of the usual ways."""
    job, rng = grid.job, grid.rng
    stem = stem_of(source)
    if grid.corners:
        raw = _nine_points(grid, source, center)
    else:
        pairs = grid.neighbors(source, stem)
        count = 2 * len(pairs)
        if rng.chance(0.5):
            values = [value for pair in pairs for value in pair]
            if rng.chance(0.4):
                values = rng.shuffle(values)
            raw = sum_of(values) - float(count) * center
        elif grid.ndim > 1 and grid.scale is None and rng.chance(0.3):
            sizes = [job.param(f"d{c} h{c} spacing_{c}", 0.5, 2.0, 0.5, 1.0, each=False) for c in "zyx"[-grid.ndim :]]
            second = [
                job.maybe(
                    f"d2{stem or 'u'}d{c}2 {stem or 'u'}_{c}{c} lap_{c} curv_{c}", (a - 2.0 * center + b) / (h * h)
                )
                for (a, b), h, c in zip(pairs, sizes, "zyx"[-grid.ndim :], strict=True)
            ]
            return job.let(f"lap laplacian lap_{stem or 'u'} lap_val", sum_of(second))
        else:
            axes = "zyx"[-grid.ndim :]
            second = [
                job.maybe(f"d2{c} {stem or 'u'}_{c}{c} lap_{c} dd{c}", a - 2.0 * center + b)
                for (a, b), c in zip(pairs, axes, strict=True)
            ]
            raw = sum_of(second)
    for factor in grid.scaled():
        raw = raw * factor if grid.inverse else raw / (factor * factor)
    return job.let(f"lap laplacian lap_{stem or 'u'} lap_val div_grad", raw)


def _nine_points(grid: Grid, source: Expr, center: Expr) -> Expr:
    """The isotropic stencil with corners."""
    job = grid.job
    near = sum_of([grid.at(source, *o) for o in ((-1, 0), (1, 0), (0, -1), (0, 1))])
    far = sum_of([grid.at(source, *o) for o in ((-1, -1), (-1, 1), (1, -1), (1, 1))])
    edges = job.let("edges edge_sum adjacent sides direct cross_sum", near)
    corners = job.let("corners corner_sum diagonal diagonals diag_sum", far)
    if grid.corners == "whole":
        return (4.0 * edges + corners - 20.0 * center) / 6.0
    return 0.2 * edges + 0.05 * corners - center
