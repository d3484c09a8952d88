"""Cells of a regular grid for kernels about the quantities of a sheet: the indices of neighbours, and the border."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .names import plural
from .scene import Scene, Site
from .tree import Expr

_KINDS = {
    1: (("=!i",), ("=!x",), ("=!cell",), ("=!idx",)),
    2: (("=!i", "=!j"), ("=!row", "=!col"), ("=!y", "=!x"), ("=!r", "=!c")),
    3: (("=!i", "=!j", "=!k"), ("=!x", "=!y", "=!z"), ("=!ix", "=!iy", "=!iz")),
}
_LENGTHS = {
    1: (("n",), ("num_cells",), ("nx",), ("count",)),
    2: (("height", "width"), ("rows", "cols"), ("ny", "nx"), ("num_rows", "num_cols"), ("n", "m")),
    3: (("nx", "ny", "nz"), ("size_x", "size_y", "size_z"), ("dim_x", "dim_y", "dim_z")),
}
_SIDES = {
    "row": ("above", "below"),
    "col": ("left", "right"),
    "y": ("down", "up"),
    "x": ("left", "right"),
    "z": ("back", "front"),
}


_CELLS = ("cell", "node", "column", "sample", "pixel", "texel", "element", "point", "site", "patch", "slab", "vertex")
"""What a grid or a line is made of, the likeliest first."""


def in_cells(scene: Scene) -> None:
    """Call what a thread has by a name that says that there are others beside it."""
    field = scene.sheet
    if scene.names.entity in _CELLS or scene.names.entity in ("parcel", "fluid_cell", "compartment", "zone"):
        return
    known = [name for name in _CELLS if name in field.entities]
    scene.names.entity = known[0] if known else "cell"
    scene.k.namer.module.taste.subjects = [scene.names.entity]


class Lattice:
    """A grid of 1 to 3 dimensions with one way of treating its border.

    `ends` are the ways: `skip` leaves the outermost cells alone, `clamp` repeats them, `wrap` is periodic, `open`
    asks where it is needed.
    """

    def __init__(self, scene: Scene, ndim: int, reach: int = 1, ends: str = "") -> None:
        k, rng = scene.k, scene.rng
        self.scene, self.k, self.rng, self.ndim, self.reach = scene, k, rng, ndim, reach
        self.border = rng.choose((ends or borders(scene)).split())
        in_cells(scene)
        k.start(ndim, {1: (32,), 2: (8, 8), 3: (5, 5, 5)}[ndim], rng.choose(_KINDS[ndim]))
        self.cells: tuple[Dim, ...] = k.launch
        many = plural(scene.names.entity)
        words = (f"num_{many}",) if ndim == 1 and rng.chance(0.4) else rng.choose(_LENGTHS[ndim])
        for dim, word in zip(self.cells, words, strict=True):
            dim.called = f"=!{word}"
        self.indices = k.threads
        self.site = Site(self.cells, self.indices)
        scene.sites[""] = self.site
        scene.loads_at = -1
        self.inline = rng.chance(0.35)
        self.named: dict[tuple[int, int], Expr] = {}
        self.spacings: dict[str, Expr] = {}
        self.axes = tuple(index.id for index in self.indices if isinstance(index, tree.Name))
        if self.border == "skip":
            self._skip()
        else:
            k.guard()

    def _skip(self) -> None:
        """Cells without all their neighbours are left out."""
        k = self.k
        tests: list[Expr] = []
        exact = self.reach == 1 and self.rng.chance(0.45)
        for axis, index in enumerate(self.indices):
            last = self.length(axis) - self.reach
            tests += [index.equals(0), index.equals(last)] if exact else [index < self.reach, index >= last]
        if exact and self.rng.chance(0.4):
            tests = tests[::2] + tests[1::2]
        with k.when(k.either(*tests)):
            k.give()
        k.gap()

    def length(self, axis: int) -> Expr:
        return self.k.length(self.cells[axis])

    def shift(self, axis: int, by: int) -> Expr:
        """The index of a neighbour along one axis."""
        k = self.k
        index = self.indices[axis]
        if not by:
            return index
        if (axis, by) in self.named:
            return self.named[axis, by]
        value = index + by if by > 0 else index - (-by)
        if self.border in ("skip", "open"):
            return value
        if self.border == "clamp":
            value = k.call("max", value, 0) if by < 0 else k.call("min", value, self.length(axis) - 1)
        else:
            length = self.length(axis)
            value = (value + length) % length if by < 0 else value % length
        if self.inline and self.ndim == 1:
            return value
        own = self.axes[axis]
        sign, far = ("m", "prev") if by < 0 else ("p", "next")
        size = "" if abs(by) == 1 else str(abs(by))
        made = k.let(f"=!{own}{sign}{size} {own}_{far}{size}" if len(own) < 3 else f"=!{own}_{far}{size}", value)
        if len(k.blocks) == 1:
            self.named[axis, by] = made
        return made

    def index(self, *offsets: int) -> tuple[Expr, ...]:
        return tuple(self.shift(axis, by) for axis, by in enumerate(offsets))

    def beside(self, axis: int, by: int) -> tuple[Expr, ...]:
        """The index of a neighbour in a direction."""
        return self.index(*(by if other == axis else 0 for other in range(self.ndim)))

    def side(self, axis: int, by: int) -> str:
        """What the neighbour in a direction is called."""
        own = self.axes[axis]
        if own in _SIDES and abs(by) == 1:
            return _SIDES[own][by > 0]
        size = "" if abs(by) == 1 else str(abs(by))
        letter = own if len(own) < 3 else own[0]
        return f"{letter}{'m' if by < 0 else 'p'}{size}"

    def spacing(self, axis: int = 0, each: bool = False) -> Expr:
        """The distance between cells, perhaps one for each axis."""
        own = self.axes[axis]
        name = ("x" if self.ndim == 1 else {"row": "y", "col": "x"}.get(own, own[-1])) if each else ""
        kind = f"=!d{name} h{name}" if name else "=!dx cell_size spacing" if self.k.style.augment > 0.5 else "=!h dx"
        if name not in self.spacings:
            self.spacings[name] = self.k.scalar(kind, self.k.real, 0.1, 1.0)
        return self.spacings[name]

    def output(self, names: str, dtype: t.Type, role: str = "out", low: float = -2.0, high: float = 2.0) -> Expr:
        facts = {"low": low, "high": high} if role != "out" else {}
        return self.k.array(names, dtype, self.cells, role, **facts)[self.indices]


def dimensions(scene: Scene) -> int:
    """How many dimensions a grid has; the weather is mapped."""
    mapped = scene.sheet.name == "weather"
    return scene.rng.weighted({1: 0.8, 2: 6.0, 3: 0.8} if mapped else {1: 3.0, 2: 4.0, 3: 1.5})


def borders(scene: Scene) -> str:
    """What may be done at the border: pictures, maps and bodies have an end, and what flows may come round again."""
    return "skip skip clamp clamp" if scene.sheet.name in _BOUNDED else "skip skip clamp wrap"


_BOUNDED = frozenset({"image", "camera", "color", "shading", "terrain", "weather", "solids"})
"""Sheets whose grids come to an end."""
