"""What becomes of the tile of a law's results: stored, reduced to a number of its row or block, added to a total."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import Helper, helper
from .kernel import Kernel
from .laws import Law, Term
from .tile_ops import Blocks, elementwise, function_name, item, op
from .tile_scene import TileScene
from .tree import Expr

_LEVELLED = frozenset({"clamp", "min", "max", "floor", "ceil", "round", "step", "sign", "rint", "trunc", "smoothstep"})
"""Builtins that give several inputs the same result."""
_AGGREGATES = {
    "sum": (("total_{}", "{}_sum"), ("{}_total", "total_{}"), ("sum_{}", "{}_total"), ("total", "total_{}")),
    "mean": (("mean_{}", "{}_mean"), ("{}_mean", "mean_{}"), ("avg_{}", "{}_avg"), ("mean", "mean_{}")),
    "max": (("max_{}", "{}_max"), ("{}_max", "max_{}"), ("peak_{}", "{}_peak"), ("largest", "max_{}")),
    "min": (("min_{}", "{}_min"), ("{}_min", "min_{}"), ("lowest_{}", "{}_lowest"), ("smallest", "min_{}")),
    "rms": (("rms_{}", "{}_rms"), ("{}_rms", "rms_{}")),
    "std": (("{}_std", "std_{}"), ("std_{}", "{}_std")),
    "weighted": (("weighted_{}", "{}_weighted"), ("mean_{}", "{}_mean")),
    "argmax": (("argmax_{}", "{}_argmax"), ("peak_idx", "{}_peak_idx"), ("best", "best_{}")),
    "argmin": (("argmin_{}", "{}_argmin"), ("min_idx", "{}_min_idx"), ("lowest", "lowest_{}")),
}
"""What the number is called, and the array that it goes to."""


class TileLayout(Blocks):
    """Arrays cut into tiles, as a scene's laws are mapped over them."""

    def __init__(self, scene: TileScene, ndim: int, rows: bool = False, skip: float = 0.05) -> None:
        super().__init__(scene.k, ndim, rows, skip)
        self.scene = scene
        rng = scene.rng
        self.storage = rng.choose(("shared", "register")) if rng.chance(0.15) else ""
        self.which = rng.integer(0, 3)
        self.divides = rng.chance(0.5)
        self.means: dict[str, Expr] = {}
        self.functions: dict[str, Helper] = {}
        self.weights: tuple[Expr, Expr] | None = None
        scene.lay_out(self.dims, self.sizes, self.loaded)

    def loaded(self, array: Expr, kind: str) -> Expr:
        """The tile of an array that this block works on."""
        assert isinstance(array.type, t.Array)
        keywords: dict[str, Expr] = {"shape": self.extent}
        if self.offset is not None:
            keywords["offset"] = self.offset
        if self.storage:
            keywords["storage"] = tree.Verbatim(t.SHAPE, 0.0, 0.0, f'"{self.storage}"')
        where = array[self.index] if self.rows else array
        return self.k.let(kind, op("tile_load", self.tile(array.type.dtype), where, **keywords))

    @property
    def number(self) -> Expr:
        """How many elements a tile has, as a real number."""
        size = 1
        for one in self.sizes:
            size *= one
        return self.k.lit(float(size))

    def reduced(self, value: Expr, how: str) -> Expr:
        """A tile's sum, mean, least or greatest element, as a number."""
        k, rng = self.k, self.k.rng
        one = t.Tile(k.real, (1,))
        if how in ("max", "min"):
            k.shared.differentiable = False
            if rng.chance(0.2):
                return item(op("tile_reduce", one, function_name(f"wp.{how}"), value))
            return item(op(f"tile_{how}", one, value))
        if how == "rms":
            squares = op("tile_dot", one, value, value) if rng.chance(0.4) else None
            found = item(squares if squares is not None else op("tile_sum", one, elementwise("*", value, value)))
            return k.call("sqrt", found / self.number)
        total = item(op("tile_sum", one, value))
        if how == "sum":
            return total
        return total / self.number if self.divides else total * k.lit(1.0 / self.number.low)

    def mean(self, word: str, value: Expr) -> Expr:
        """The mean of a tile, worked out once."""
        if word not in self.means:
            self.means[word] = self.k.let(self.called("mean", word)[0], self.reduced(value, "mean"))
        return self.means[word]

    def called(self, how: str, word: str) -> tuple[str, str]:
        """Names of a number that a tile was reduced to, and of the array of all."""
        forms = _AGGREGATES[how]
        local, out = forms[self.which % len(forms)]
        spare = "{}_" + {"argmax": "max_idx", "argmin": "min_idx"}.get(how, how)
        return (
            f"=!{local.format(word)} {spare.format(word)} {how}_{word}",
            f"=!{out.format(word)} {out.format(word)}_out out_{how}_{word} {word}_{how}_per_block",
        )

    def keep(self, how: str, word: str, value: Expr, named: bool) -> None:
        """Write a number of this block."""
        k = self.k
        local, out = self.called(how, word)
        if named:
            value = k.let(local, value)
        k.set(k.array(out, value.type, k.launch, "out")[self.index], value)

    def put(self, name: str, value: Expr) -> None:
        """Store a tile of a quantity, in place where the program does that."""
        scene = self.scene
        term = scene.sheet.term(name)
        plain = str(replace(term, prefix="", suffix=""))
        if term.prefix == "next" and plain in scene.changes and plain in scene.targets:
            self.k.shared.differentiable = False
            self.write(scene.targets[plain], value)
            return
        dtype = value.type.dtype  # type: ignore[attr-defined]
        self.write(self.k.array(scene.names.output(term), dtype, self.dims, "out"), value)

    def given(self, kind: str, low: float, high: float, word: str) -> Expr:
        """A tile of something that no law asks for, such as weights."""
        array = self.k.array(kind, self.k.real, self.dims, low=low, high=high)
        return self.loaded(array, self.scene.tile_kind(word))

    def weighting(self) -> tuple[Expr, Expr]:
        """A tile of weights and their sum."""
        if self.weights is None:
            found = self.given(f"=weights {self.scene.names.entity}_weight weight", 0.1, 2.0, "weight")
            size = item(op("tile_sum", t.Tile(self.k.real, (1,)), found))
            self.weights = (found, self.k.let("=weight_sum norm total_weight", size))
        return self.weights

    def target(self, name: str, prefix: str = "target") -> Expr:
        """A tile of what a quantity should be."""
        scene = self.scene
        term = Term(prefix, scene.sheet.term(name).base, "")
        row = scene.sheet.quantities[term.base]
        low, high = (row.low, row.high) if abs(row.low) < 1e9 else (-2.0, 2.0)
        array = self.k.array(scene.names.array(term), scene.type_of(term.base), self.dims, low=low, high=high)
        return self.loaded(array, scene.tile_kind(scene.names.called(term)))


def unlike(law: Law) -> bool:
    """Whether a law gives other results for other inputs, so that the largest is at one place."""
    return not (law.branches or law.early or law.calls & _LEVELLED) and not law.looped


def statistic(layout: TileLayout, how: str, word: str, value: Expr, named: bool, spread: bool = False) -> None:
    """Write a number about a tile of results; `spread`: a standard deviation is asked for as well."""
    k, rng = layout.k, layout.k.rng
    one = t.Tile(k.real, (1,))
    if how in ("argmax", "argmin"):
        k.shared.differentiable = False
        found = item(op(f"tile_{how}", t.Tile(t.I32, (1,)), value))
        layout.keep(how, word, tree.Subscript(t.I32, 0.0, 64.0, found.base, found.indices), named)  # type: ignore[attr-defined]
        return
    if how == "weighted":
        weights, size = layout.weighting()
        product = op("tile_dot", one, value, weights) if rng.chance(0.5) else None
        total = product if product is not None else op("tile_sum", one, elementwise("*", value, weights))
        layout.keep(how, word, item(total) / k.call("max", size, 1e-6), named)
        return
    if how == "std":
        mean = layout.mean(word, value)
        squares = k.let(
            f"={word}_sq_mean mean_sq_{word} sq_mean", layout.reduced(elementwise("*", value, value), "mean")
        )
        layout.keep(how, word, k.call("sqrt", k.call("max", squares - mean * mean, 0.0)), named)
        return
    if how == "mean" and (spread or word in layout.means):
        layout.keep(how, word, layout.mean(word, value), False)
        return
    layout.keep(how, word, layout.reduced(value, how), named)


def grand_total(layout: TileLayout, word: str, value: Expr, add: str = "") -> None:
    """Add the sum of a tile to a total over all blocks."""
    k, rng = layout.k, layout.k.rng
    one = t.Tile(k.real, (1,))
    target = k.array(add or layout.called("sum", word)[1], k.real, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
    total = op("tile_sum", one, value)
    if rng.chance(0.6):
        total = k.let(f"={word}_block block_{word} block_sum partial", total)
    k.do(op("tile_atomic_add", one, target, total, **({"offset": k.integer(0)} if rng.chance(0.4) else {})))


def pointwise(
    k: Kernel,
    titles: str,
    kinds: Sequence[tuple[str, float, float]],
    write: Callable[..., Expr],
    layout: TileLayout,
    *values: Expr,
) -> Expr:
    """A small function of numbers mapped over tiles, the same one each time."""

    def body_of(body: Body, names: list[Expr]) -> Sequence[Expr]:
        return [write(body, *names)]

    if titles not in layout.functions:
        parameters = [(kind, k.real, low, high) for kind, low, high in kinds]
        layout.functions[titles] = helper(k, parameters, body_of, titles=titles.split())
    made = layout.functions[titles]
    return op("tile_map", layout.tile(k.real), function_name(made.name), *(values[n] for n in made.kept))
