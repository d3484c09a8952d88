"""A scene whose quantities are tiles: what elements have is loaded tile by tile, and laws are mapped over it.

What is one for all goes into the mapped function as a literal or constant, or along with the tiles as a number.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite

from warp_jit_pairs import types as t

from . import tree
from .build import Body, Dim
from .helpers import Helper, helper
from .kernel import Kernel
from .laws import ROWS, Law, Quantity, Sheet, Term, sheet
from .names import plural
from .redundancy import refuse_redundant
from .scene import NoValue, Scene, Site
from .studies import depth_of, name_for
from .tile_ops import function_name, op
from .topics import laws_of
from .translate import Bound, Translation
from .tree import Expr

_READ = ("previous", "target", "rest", "initial", "reference")
_MAPPED = frozenset({"real", "int", "uint", "vec2", "vec3", "vec4", "mat22", "mat33"})
_MOST = 8
"""So many arguments a mapped function may have."""
_SLIGHT = 26.0
"""Laws of fewer nodes are drawn less often: tiles of two slight laws are alike."""
_FORMS = ("{}_tile", "tile_{}", "{}_t", "t_{}", "{}_tile")


class TileScene(Scene):
    """One tile kernel's values: tiles of what elements have, numbers that are the same for all."""

    def __init__(self, k: Kernel, field: Sheet, depth: int) -> None:
        super().__init__(k, field, depth)
        rng = k.rng
        self.tiled_as = rng.choose(_FORMS)
        self.fusing = rng.choose((0.0, 0.5, 1.0))
        """How likely what a law needs is worked out inside the same function."""
        self.deriving = rng.choose((0.35, 0.6, 0.85))
        self.dims: tuple[Dim, ...] = ()
        self.load_tile: Callable[[Expr, str], Expr] = lambda array, kind: array
        self.targets: dict[str, Expr] = {}
        """Arrays that tiles came from, and that they may go back to."""
        self.shape: tuple[int, ...] = ()

    # -- where values are

    def lay_out(self, dims: Sequence[Dim], shape: tuple[int, ...], load: Callable[[Expr, str], Expr]) -> None:
        """Arrays have these dimensions, tiles this shape; `load` gives the tile of an array that is worked on."""
        self.dims, self.shape, self.load_tile = tuple(dims), shape, load
        self.sites[""] = Site(self.dims, self.k.threads)

    def way(self, row: Quantity) -> str:
        if row.name not in self.ways and row.where == "group":
            self.ways[row.name] = self.rng.weighted({"uniform": 3.0, "state": 2.0 if row.type in _MAPPED else 0.0})
        return super().way(row)

    def usable(self, law: Law, suffix: str = "") -> bool:
        if len(law.gives) != 1 or not super().usable(law, suffix) or "rng" in law.takes:
            return False
        rows = [self.sheet.quantity(name) for name in (*law.takes, *law.gives)]
        return all(row.type in _MAPPED or (row.where == "uniform" and row.type not in ROWS) for row in rows)

    def element(self, term: Term, row: Quantity, site: Site) -> Bound:
        if row.type not in _MAPPED:
            raise NoValue(str(term))
        key = term.whole
        role = "inout" if key in self.changes else "in"
        array = self.k.array(self.names.array(term), self.type_of(term.base), self.dims, role, **self.facts(term, row))
        self.targets[key] = array
        return self.load_tile(array, self.tile_kind(self.names.called(term)))

    def tile_kind(self, word: str) -> str:
        """What a tile of this is called, as all of this program's."""
        return f"=!{self.tiled_as.format(word)} {word}_tile tile_{word} {word}_block"

    def tile(self, dtype: t.Type) -> t.Tile:
        return t.Tile(dtype, self.shape)

    # -- laws

    def apply(self, law: Law, depth: int, suffix: str = "", named: bool = True) -> list[Expr]:
        """Map a law over tiles, with those laws that its function works out on the way."""
        steps: list[Law] = []
        self._chain(law, depth, steps, [*self.opened, *law.gives])
        made = {name for step in steps for name in step.gives}
        takes = list(dict.fromkeys(name for step in (*steps, law) for name in step.takes if name not in made))
        opened = len(self.opened)
        self.opened += law.gives
        self.asking.append(law)
        try:
            given = {name: self.value(name, 0 if self.fusing == 1.0 else depth - 1) for name in takes}
        finally:
            self.asking.pop()
            del self.opened[opened:]
        result = self._mapped(law, steps, given)
        self.taken |= set(takes)
        self.made |= set(law.gives)
        self.inside |= made
        self.applied.update((*steps, law))
        self.sources |= {one: step for step in (*steps, law) for one in step.gives}
        term = self.sheet.term(law.gives[0])
        value: Expr = self.k.let(self.tile_kind(self.names.called(term)), result) if named else result
        self.held[str(term)] = value
        return [value]

    def _chain(self, law: Law, depth: int, steps: list[Law], opened: list[str]) -> None:
        """The laws that give what a law takes, in the order in which they are to be worked out."""
        for name in law.takes:
            term = self.sheet.term(name)
            row = self.sheet.quantities[term.base]
            if name in self.held or any(name in step.gives for step in steps) or row.where not in ("state", "result"):
                continue
            if term.prefix in (*_READ, "max", "min") or depth <= 0 or not self.rng.chance(self.fusing):
                continue
            known = isfinite(row.low)
            if known and f"next_{name}" in law.gives:
                continue
            if known and not self.rng.chance(0.75 if row.where == "result" else self.deriving):
                continue
            # One that returns early would return from the whole function.
            laws = [one for one in self.laws_for(term) if not one.early and not set(one.takes) & set(opened)]
            self.asking.append(law)
            laws = self._kin(term, [one for one in laws if one is not law], False)
            self.asking.pop()
            if laws:
                one = self._fitting(laws)
                self._chain(one, depth - 1, steps, [*opened, name])
                steps.append(one)

    def _mapped(self, law: Law, steps: Sequence[Law], given: dict[str, Bound]) -> Expr:
        values = {name: value for name, value in given.items() if isinstance(value, Expr)}
        tiles = [name for name, value in values.items() if isinstance(value.type, t.Tile)]
        inner = {name for name, value in values.items() if self._fixed(value)}
        order = [name for name in values if name not in inner]
        if not tiles or len(order) > _MOST or len(values) < len(given):
            raise NoValue(law.name)
        if any(isinstance(values[name].type, (t.Quat, t.Transform)) for name in order):
            # `tile_map` takes neither.
            raise NoValue(law.name)
        if order[0] not in tiles:
            # What is mapped comes first.
            order.remove(tiles[0])
            order.insert(0, tiles[0])
        parameters = [self._parameter(name) for name in order]

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            bound: dict[str, Bound] = {**{name: values[name] for name in inner}, **dict(zip(order, names, strict=True))}
            for step in steps:
                term = self.sheet.term(step.gives[0])
                if not set(step.takes) <= set(bound):
                    # It needs what a later step gives.
                    raise NoValue(step.name)
                own = {name: bound[name] for name in step.takes}
                kinds = {node.id: self._word(term) for node in step.results if isinstance(node, ast.Name)}
                (result,) = Translation(body, step, own, kinds).run()
                bound[step.gives[0]] = body.let(self._word(term), result)
            return Translation(body, law, {name: bound[name] for name in law.takes}, {}).run()

        made = self._made(law, steps, parameters, write)
        arguments = [values[order[n]] for n in made.kept]
        if not arguments or not isinstance(arguments[0].type, t.Tile):
            raise NoValue(law.name)
        dtype = made.results[0]
        if not isinstance(dtype, (t.Scalar, t.Vector, t.Matrix)):
            raise NoValue(law.name)
        return op("tile_map", self.tile(dtype), function_name(made.name), *arguments)

    def _made(
        self,
        law: Law,
        steps: Sequence[Law],
        parameters: Sequence[tuple[str, t.Type, float, float]],
        write: Callable[[Body, list[Expr]], Sequence[Expr]],
    ) -> Helper:
        k, rng = self.k, self.rng
        name = law.name
        plain = name.startswith(("is_", "has_", "next_")) or not self.verb
        titles = [name if plain else f"{self.verb}_{name}"]
        doc = law.doc if not steps and rng.chance(0.6 if k.style.docstring else 0.15) else ""
        return helper(k, parameters, write, doc, titles=(*titles, *titles, f"{name}_func"))

    def _word(self, term: Term) -> str:
        word = self.names.called(term)
        return f"=!{word} {word}_val {word}_i"

    def _fixed(self, value: Expr) -> bool:
        """Whether a value is known when the program is written, so that a function has it without being given it."""
        if isinstance(value, tree.Literal):
            return True
        constants = {part.name for part in self.k.shared.parts if isinstance(part, tree.Constant)}
        return isinstance(value, tree.Name) and value.id in constants


def tile_scene(
    k: Kernel, real: bool, steps: bool = False, wanted: Callable[[Sheet, Law], object] | None = None
) -> tuple[TileScene, Law]:
    """A scene about a law to be mapped over tiles; `real`: one that gives a number, `wanted`: whether one fits."""
    known = laws_of("", False, steps)
    for _ in range(60):
        name, law = k.rng.choose(known)
        field = sheet(name)
        row = field.quantity(law.gives[0])
        if len(law.gives) != 1 or (real and row.type != "real") or row.type not in _MAPPED - {"int", "uint"}:
            continue
        if wanted is not None and not wanted(field, law):
            continue
        if not k.rng.chance(law.size / _SLIGHT):
            continue
        if not any(field.quantity(one).where in ("state", "result") for one in law.takes if one != "rng"):
            continue
        scene = TileScene(k, field, depth_of(k))
        if scene.usable(law):
            name_for(scene, law)
            k.closing.append(partial(refuse_redundant, scene))
            return scene, law
    raise NoValue("no law for tiles")


def mapped_laws(scene: TileScene, laws: Sequence[Law]) -> list[tuple[Law, Expr]]:
    """Map several laws, leaving out what has no value; gives each with its tile."""
    found = []
    for one in laws:
        if one.gives[0] in scene.held:
            continue
        try:
            found.append((one, scene.apply(one, scene.depth)[0]))
        except NoValue:
            continue
    if not found:
        raise NoValue(scene.sheet.name)
    return found


def things(scene: Scene) -> str:
    return plural(scene.names.entity).replace("_", " ")
