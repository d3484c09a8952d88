"""A quantity of a sheet as a function of where it is asked for: what stencils and windows read at several places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

from warp_jit_pairs import types as t

from .build import Body
from .helpers import Helper, helper
from .laws import ROWS, Law
from .scene import NoValue, Scene, Site
from .topics import is_pair
from .translate import Bound, Translation
from .tree import Expr

_READ = ("previous", "target", "rest", "initial", "reference", "max", "min")


@dataclass
class Derivation:
    """Laws in the order in which they are worked out, the last for what is wanted, and what must be read for them."""

    laws: list[Law] = field(default_factory=list)
    takes: list[str] = field(default_factory=list)
    made: set[str] = field(default_factory=set)


def derivation(scene: Scene, law: Law, depth: int, most: int = 3) -> Derivation:
    """How a law's result comes from what arrays and arguments give; raises NoValue where it does not."""
    found = Derivation()
    _derive(scene, law, depth, most, found, [*law.gives])
    return found


def _derive(scene: Scene, law: Law, depth: int, most: int, found: Derivation, opened: list[str]) -> None:
    for name in law.takes:
        if name in found.takes or name in found.made:
            continue
        if name == "rng":
            raise NoValue(name)
        term = scene.sheet.term(name)
        row = scene.sheet.quantities[term.base]
        if row.type in ROWS or term.suffix:
            raise NoValue(name)
        must = not isfinite(row.low) or term.prefix in ("next", "rate")
        # What a cell has of its own is read: by a law it may mean something else.
        derived = row.where == "result" and scene.rng.chance(0.75)
        wanted = derived and term.prefix not in _READ and depth > 0 and len(found.laws) + 1 < most
        if must or wanted:
            options = [one for one in scene.laws_for(term) if _usable(one, found, (*opened, name))]
            if options:
                sub = scene.rng.choose(options)
                _derive(scene, sub, depth - 1, most, found, [*opened, name])
                continue
            if must:
                raise NoValue(name)
        found.takes.append(name)
    found.laws.append(law)
    found.made |= set(law.gives)


def _usable(law: Law, found: Derivation, opened: Sequence[str]) -> bool:
    if law.early or is_pair(law) or "rng" in law.takes or law in found.laws:
        return False
    return not set(law.takes) & set(opened) and not set(law.gives) & {*found.takes, *found.made, *opened[:-1]}


class Field:
    """What a law gives at any element, by a function of the program."""

    def __init__(self, scene: Scene, law: Law, site: Site, depth: int, indexed: bool = False) -> None:
        """If `indexed`, the function takes the arrays and the index; else the values."""
        self.scene, self.law, self.indexed, self.site = scene, law, indexed, site
        for name in law.takes:
            _settle(scene, name)
        self.plan = derivation(scene, law, depth)
        for name in self.plan.takes:
            _settle(scene, name)
        self.varying = [name for name in self.plan.takes if _varies(scene, name)]
        if not self.varying or len(self.varying) > 6:
            raise NoValue(law.name)
        self.name = law.gives[0]
        self.term = scene.sheet.term(self.name)
        self.word = scene.names.called(self.term)
        self.shared = {name: scene.expr(name, 0) for name in self.plan.takes if name not in self.varying}
        self.arrays = [self._array(name) for name in self.varying]
        self.helper: Helper = self._function()

    def _array(self, name: str) -> Expr:
        term = self.scene.sheet.term(name)
        return self.scene.array(term, self.scene.sheet.quantities[term.base], self.site, str(term))

    def _function(self) -> Helper:
        scene = self.scene
        k, rng = scene.k, scene.rng
        names = self.plan.takes
        indices: list[tuple[str, t.Type, float, float]] = []
        parameters = []
        for name in names:
            kind, type_, low, high = scene._parameter(name)
            if self.indexed and name in self.varying:
                kind = scene.names.array(scene.sheet.term(name))
                type_ = t.Array(type_, len(self.site.dims))
            parameters.append((kind, type_, low, high))
        if self.indexed:
            kinds = {1: ("=!i",), 2: ("=!i", "=!j"), 3: ("=!i", "=!j", "=!k")}[len(self.site.dims)]
            indices = [(kind, t.I32, 0.0, 63.0) for kind in kinds]

        def write(body: Body, given: list[Expr]) -> Sequence[Expr]:
            bound: dict[str, Bound] = dict(zip(names, given, strict=False))
            place = tuple(given[len(names) :])
            if place:
                for name in self.varying:
                    array = bound[name]
                    assert isinstance(array, Expr)
                    term = scene.sheet.term(name)
                    bound[name] = body.let(scene.names.local(term), array[place])
            for law in self.plan.laws[:-1]:
                results = Translation(body, law, bound, {}).run()
                for name, value in zip(law.gives, results, strict=True):
                    bound[name] = body.let(scene.names.local(scene.sheet.term(name)), value)
            return Translation(body, self.law, bound, {}).run()

        name = self.law.name
        first = f"{name}_at" if self.indexed else f"{scene.verb}_{name}" if scene.verb else name
        titles = (first, first, name, f"cell_{name}" if self.indexed else f"{name}_of", f"{name}_func")
        doc = self.law.doc if rng.chance(0.5 if k.style.docstring else 0.1) else ""
        return helper(k, (*parameters, *indices), write, doc, titles=titles)

    @property
    def type(self) -> t.Type:
        return self.helper.results[0]

    def at(self, index: tuple[Expr, ...]) -> Expr:
        """The quantity at an element."""
        arrays = dict(zip(self.varying, self.arrays, strict=True))
        arguments: list[Expr] = []
        for n in self.helper.kept:
            if n >= len(self.plan.takes):
                arguments.append(index[n - len(self.plan.takes)])
                continue
            name = self.plan.takes[n]
            if name not in arrays:
                arguments.append(self.shared[name])
            else:
                arguments.append(arrays[name] if self.indexed else arrays[name][index])
        return self.helper.call(*arguments)


def _settle(scene: Scene, name: str) -> None:
    """What elements share by groups is mostly one for all here: a field is smooth where its parameters are."""
    row = scene.sheet.quantity(name) if name != "rng" else None
    if row is not None and row.where == "group" and row.name not in scene.ways:
        scene.ways[row.name] = scene.rng.weighted({"uniform": 6.0, "state": 1.0})


def _varies(scene: Scene, name: str) -> bool:
    term = scene.sheet.term(name)
    row = scene.sheet.quantities[term.base]
    if term.prefix in ("max", "min") or row.where == "uniform":
        return False
    return row.where != "group" or scene.way(row) == "state"
