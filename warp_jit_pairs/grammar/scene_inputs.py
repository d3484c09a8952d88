"""Where the values lie that a kernel of a sheet reads, and how it reads them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .laws import ROWS, Quantity, Sheet, Term
from .records import Records
from .scene_names import SceneNames
from .translate import Bound, Row, named_type
from .tree import Expr


@dataclass(frozen=True, slots=True)
class Site:
    """Where an element's values lie: the lengths of the arrays and the indices into them."""

    dims: tuple[Dim, ...]
    index: tuple[Expr, ...]
    owner: str = ""
    """What an entry belongs to, if not to the program's entity."""


class Inputs:
    """What a kernel of a sheet reads: elements, rows, entries of groups, numbers that are the same for all."""

    def __init__(self, k: Kernel, sheet: Sheet) -> None:
        rng = k.rng
        self.k, self.rng, self.sheet = k, k.rng, sheet
        self.names = SceneNames(rng, sheet)
        taste = k.namer.module.taste
        taste.subjects, taste.abbreviates = [self.names.entity], False
        self.held: dict[str, Bound] = {}
        self.sites: dict[str, Site] = {}
        self.still: dict[str, Site] = {}
        """Where what has no entry for each element lies, such as what does not change over time."""
        self.arrays: dict[str, Expr] = {}
        self.constants = rng.chance(0.12 if k.shared.size == "large" else 0.25)
        """Whether this program has its numbers as constants of its module; most have them all as arguments."""
        self.uniforms: dict[str, Bound] = {}
        """What is one for all, wherever it was asked for first."""
        self.ways: dict[str, str] = {}
        self.changes: set[str] = set()
        """Quantities whose arrays are written in place."""
        self.records: Records | None = None
        self.loads_at = -1
        self.width: Dim | None = None
        self.group: tuple[Dim, Expr, str] | None = None
        self.members: tuple[Dim, Expr, str] | None = None
        """How many groups there are, the array of what elements belong to, and what a group is called."""
        self.split_pairs = False
        """Whether the two elements of a pair come from different arrays."""
        self.first_loads = False
        """Whether what is read stands at the front of the body."""

    def type_of(self, name: str) -> t.Type:
        """The type of a quantity's value, of one number of a row."""
        row = self.sheet.quantity(name)
        found = named_type(ROWS.get(row.type, row.type), self.k.real)
        assert found is not None
        return found

    def facts(self, term: Term, row: Quantity) -> dict[str, Any]:
        """What inputs of a quantity are like."""
        low, high = row.low, row.high
        if term.prefix == "max":
            low = low + 0.4 * (high - low)
        elif term.prefix == "min":
            high = low + 0.4 * (high - low)
        if row.type in ("int", "uint", "ints"):
            low, high = round(low), round(high)
        facts: dict[str, Any] = {"low": low, "high": high}
        if row.type in ("quat", "transform"):
            facts["unit"] = True
        return facts

    def way(self, row: Quantity) -> str:
        """How this program gives a quantity that elements share; the same each time."""
        if row.name not in self.ways:
            if row.where == "group":
                ways = {
                    "uniform": 3.0,
                    "state": 2.0,
                    "lookup": 2.0 if self.sheet.groups and row.type not in ROWS else 0.0,
                }
                usual = next((way for way in self.ways.values() if ways.get(way)), "")
                # What is given for each group is mostly given so for all of it.
                self.ways[row.name] = usual if usual and self.rng.chance(0.8) else self.rng.weighted(ways)
            else:
                self.ways[row.name] = "uniform"
        return self.ways[row.name]

    def read(self, term: Term, row: Quantity) -> Bound:
        if row.where in ("uniform", "group") or term.prefix in ("max", "min"):
            way = "uniform" if term.prefix in ("max", "min") else self.way(row)
            if way == "uniform":
                key = term.whole
                if key not in self.uniforms:
                    self.uniforms[key] = self.uniform(term, row)
                return self.uniforms[key]
            if way == "lookup":
                return self.lookup(term, row)
        site = self.still.get(str(term)) or self.sites[term.suffix if term.suffix in self.sites else ""]
        return self.element(term, row, site)

    def element(self, term: Term, row: Quantity, site: Site) -> Bound:
        """An element of an array, or a field of one of structs."""
        apart = bool(term.suffix) and (self.split_pairs or term.suffix not in self.sites)
        key = site.owner + (str(term) if apart else term.whole)
        if row.type in ROWS:
            return self._read_row(term, row, site, key)
        if self.records is not None and not site.owner and not term.prefix:
            value = self.records.field(
                self._field(term, row),
                self.type_of(term.base),
                self.facts(term, row),
                site.index,
                key,
            )
            return value if self.rng.chance(0.5) else self.load(term, value)
        array = self.array(term, row, site, key)
        return self.load(term, array[site.index])

    def _field(self, term: Term, row: Quantity) -> str:
        return " ".join(["=!" + self.names.called(Term(term.prefix, term.base, "")), *row.words])

    def array(self, term: Term, row: Quantity, site: Site, key: str) -> Expr:
        if key not in self.arrays:
            role = "inout" if key in self.changes else "in"
            apart = term.suffix and (self.split_pairs or term.suffix not in self.sites)
            kind = self.names.pair_array(term) if apart else self.names.array(term, site.owner)
            self.arrays[key] = self.k.array(kind, self.type_of(term.base), site.dims, role, **self.facts(term, row))
        return self.arrays[key]

    def load(self, term: Term, value: Expr) -> Expr:
        """A local for what is read, at the front of the body if this program reads first."""
        k = self.k
        if not self.rng.chance(0.88):
            return value
        name = k.let(self.names.local(term), value)
        self._to_front()
        return name

    def _to_front(self) -> None:
        """Move the local that was just written to those that are read first, if this program reads first."""
        front, blocks = self.loads_at, self.k.blocks
        reads_first = self.first_loads and len(blocks) == 1 and 0 <= front < len(blocks[0])
        if reads_first and isinstance(blocks[0][-1], tree.Assign):
            blocks[0].insert(front, blocks[0].pop())
            self.loads_at += 1

    def _read_row(self, term: Term, row: Quantity, site: Site, key: str) -> Row:
        k, rng = self.k, self.rng
        if self.width is None:
            self.width = k.dim(rng.choose((4, 6, 8)))
        whole = row.where != "state" and self.way(row) == "uniform"
        dims = (self.width,) if whole else (*site.dims, self.width)
        if key not in self.arrays:
            apart = term.suffix and key.endswith(str(term))
            kind = self.names.pair_array(term) if apart else self.names.array(term)
            self.arrays[key] = k.array(kind, self.type_of(term.base), dims, **self.facts(term, row))
        array = self.arrays[key]
        base = array if whole else tree.index(array, site.index)
        if self.width.argument is None and rng.chance(0.5):
            kind = "=num_cols n num_samples width row_size num_values"
            self.width.argument = k.scalar(kind, t.I32, 1, 64, equals=self.width.symbol)
        if self.width.argument is not None:
            return Row(base, self.width.argument)
        shape = tree.Attribute(t.SHAPE, -inf, inf, array, "shape")
        return Row(base, tree.Subscript(t.I32, 1.0, 64.0, shape, (k.integer(len(dims) - 1),)))

    def of_group(self) -> tuple[Dim, Expr, str]:
        """The number of groups, the index of the element's, and what a group is called."""
        if self.group is None:
            k, rng = self.k, self.rng
            word = rng.choose(self.sheet.groups)
            site = self.sites[""]
            if self.members is None:
                dim = k.dim(rng.choose((3, 4, 6)))
                e = self.names.entity
                kind = f"={e}_{word} {word}_ids {e}_{word}_id {word}_id {word}_index"
                ids = k.array(kind, t.I32, site.dims, low=0, high=dim.size - 1, bound=dim.symbol)
                self.members = dim, ids, word
            dim, ids, word = self.members
            index = k.let(f"={word} {word}_id {word[0]} {word}_idx", ids[site.index])
            self._to_front()
            self.group = (dim, index, word)
        return self.group

    def lookup(self, term: Term, row: Quantity) -> Expr:
        """An entry of the element's group."""
        k = self.k
        dim, index, word = self.of_group()
        key = term.whole
        if key not in self.arrays:
            kind = self.names.array(term, word)
            self.arrays[key] = k.array(kind, self.type_of(term.base), (dim,), **self.facts(term, row))
        return self.load(term, self.arrays[key][index])

    def uniform(self, term: Term, row: Quantity) -> Bound:
        """A value that is one for all: an argument, a constant, a literal, a field of the parameters."""
        k, rng = self.k, self.rng
        facts = self.facts(term, row)
        kind = self.names.scalar(term)
        value_type = self.type_of(term.base)
        if row.type in ROWS:
            return self._read_row(term, row, self.sites[""], str(term))
        known = isinstance(value_type, t.Scalar) and value_type.kind in "fi" and (row.usual or row.type == "int")
        plain = not term.prefix
        ways = {
            "argument": 1.0 if self.constants else 20.0,
            "literal": 0.8 if known and plain and row.usual else 0.0,
            "constant": (8.0 if self.constants else 0.5) if known and plain else 0.0,
            "field": 400.0 if k.bundle is not None else 0.0,
        }
        how = rng.weighted(ways)
        usual = (
            rng.choose(row.usual)
            if row.usual
            else facts["low"]
            if row.type != "int"
            else rng.integer(facts["low"], facts["high"])
        )
        if row.type == "int":
            usual = int(usual)
        if how == "field":
            assert k.bundle is not None
            return k.bundle.field(kind, value_type, facts["low"], facts["high"], facts.get("unit", False))
        if how == "literal":
            return tree.literal(usual, value_type)
        if how == "constant":
            assert isinstance(value_type, t.Scalar)
            return k.constant(usual, value_type, kind)
        if value_type is t.BOOL:
            facts = {"low": 0, "high": 1}
        return k.scalar(kind, value_type, facts.pop("low"), facts.pop("high"), **facts)

    def load_extra(self, kind: str, value: t.Scalar, low: float, high: float, local: str) -> Expr:
        """An element of an array that no law asks for, such as a weight."""
        k, site = self.k, self.sites[""]
        element = k.array(kind, value, site.dims, low=low, high=high)[site.index]
        return element if self.rng.chance(0.6) else k.let(local, element)

    def generator(self) -> Expr:
        """The state of this thread's random numbers."""
        k, rng = self.k, self.rng
        if "rng" in self.held:
            held = self.held["rng"]
            assert isinstance(held, Expr)
            return held
        seed = (
            k.scalar("=seed base_seed rng_seed seed", t.I32, 0, 1000)
            if rng.chance(0.8)
            else k.integer(rng.choose((42, 0, 1234, 7)))
        )
        place: Expr = k.first[0]
        for n, index in enumerate(k.first[1:], 1):
            place = place * k.length(k.launch[n]) + index
        state = k.let("=state rng rng_state rand_state", k.call("rand_init", seed, place))
        self.held["rng"] = state
        return state
