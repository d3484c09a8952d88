"""A kernel about the quantities of a sheet: where each value comes from, by reading or by a law.

A `Scene` knows what a program calls its quantities, which values are at hand, and where those of an element lie
(`Site`). A value that is asked for is taken from those at hand, derived by a law from others, or read: an element of an
array, a field of a struct, an entry of the element's group, or a number that is the same for all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import inf, isfinite
from typing import Any

from warp_jit_pairs import types as t
from warp_jit_pairs.errors import Rejected

from . import tree
from .build import Body, Dim
from .helpers import Helper, helper
from .kernel import Kernel
from .law_models import alternatives, by_model
from .laws import ROWS, Law, Quantity, Sheet, Term
from .records import Records
from .scene_names import SceneNames
from .translate import Bound, Row, Translation, named_type
from .tree import Expr

_FORMS = {
    "{}": 5.0,
    "compute_{}": 3.0,
    "calc_{}": 1.0,
    "eval_{}": 1.0,
    "get_{}": 0.6,
    "evaluate_{}": 0.4,
    "{}_func": 0.8,
}
_READ = {"previous", "target", "rest", "initial", "reference"}
"""Qualifiers of values that only reading gives."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where an element's values lie: the lengths of the arrays and the indices into them."""

    dims: tuple[Dim, ...]
    index: tuple[Expr, ...]
    owner: str = ""
    """What an entry belongs to, if not to the program's entity."""


class NoValue(Rejected):
    """A value that cannot be had here, for all laws of it need what is being derived."""

    def __init__(self, name: str) -> None:
        super().__init__("grammar: no value", name)

    def __reduce__(self) -> tuple[type[Rejected], tuple[str, str]]:
        return Rejected, (self.reason, self.detail)


@cache
def _of_pair(law: Law) -> bool:
    """Whether a law takes a value of one of two elements."""
    return any(name[-2:] in ("_a", "_b") for name in law.takes)


def _of(name: str, suffix: str) -> str:
    """A quantity of an element of a pair, or without a suffix of the only element."""
    return f"{name}_{suffix}" if suffix else name


_LEAST = 6
"""Nodes of an expression that nobody writes twice."""


@cache
def repeated(law: Law) -> frozenset[str]:
    """The larger expressions of a law: what another law that has one of them works out once more."""
    found: set[str] = set()
    for root in (*law.body, *law.results):
        _collect(law, root, found)
    return frozenset(found)


def _collect(law: Law, node: ast.AST, found: set[str]) -> tuple[set[str], int]:
    """Add the larger expressions within a node; the names in it, and how many nodes count for its size."""
    names: set[str] = {node.id} if isinstance(node, ast.Name) else set()
    size = int(isinstance(node, (ast.Name, ast.Constant, ast.BinOp, ast.Call)))
    for child in ast.iter_child_nodes(node):
        inner, more = _collect(law, child, found)
        names |= inner
        size += more
    larger = isinstance(node, (ast.BinOp, ast.Call)) and size >= _LEAST
    if larger and len(names & set(law.takes)) >= 2 and not names & law.locals:
        found.add(ast.dump(node))
    return names, size


class Scene:
    """One kernel's values."""

    def __init__(self, k: Kernel, sheet: Sheet, depth: int) -> None:
        rng = k.rng
        self.k, self.rng, self.sheet, self.depth = k, rng, sheet, depth
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
        self.helpers: dict[Law, tuple[Helper, tuple[int, ...]]] = {}
        self.opened: list[str] = []
        self.asking: list[Law] = []
        """The laws that wait for what they take."""
        self.changes: set[str] = set()
        """Quantities whose arrays are written in place."""
        self.in_steps = False
        """Whether the turns of a loop are steps in time, so that no law asks for the time."""
        self.records: Records | None = None
        self.in_functions = rng.choose((0.0, 0.15, 0.4, 0.8))
        self.deriving = rng.choose((0.15, 0.35, 0.6))
        self.first_loads = rng.chance(0.6)
        self.loads_at = -1
        self.form = rng.weighted(_FORMS)
        """What this program's functions are called after their laws."""
        self.verb = self.form.partition("{")[0].strip("_")
        self.width: Dim | None = None
        self.group: tuple[Dim, Expr, str] | None = None
        self.members: tuple[Dim, Expr, str] | None = None
        """How many groups there are, the array of what elements belong to, and what a group is called."""
        self.alone = k.shared.size != "large"
        """Whether the kernel has a single result."""
        self.models = 0
        """How many quantities may be by a law that the caller picks."""
        self.modelled: set[str] = set()
        """Those that are."""
        self.taken: set[str] = set()
        """What laws were given."""
        self.made: set[str] = set()
        """What laws gave."""
        self.applied: set[Law] = set()
        self.inside: set[str] = set()
        """What functions work out on the way, and the kernel does not know."""
        self.wanted: set[str] = set()
        """What laws that are to come will be given."""
        self.split_pairs = False
        """Whether the two elements of a pair come from different arrays."""

    # -- where threads start

    def begin(self, ndim: int, kinds: Sequence[str] = (), alone: float = 0.0, lengths: Sequence[str] = ()) -> None:
        """Start the threads: each has one element; `lengths` are names for how many there are."""
        k = self.k
        k.start(ndim, None, kinds, alone=alone)
        for dim, called in zip(k.launch, lengths, strict=False):
            dim.called = called
        if not k.serial:
            k.guard()
        self.sites[""] = Site(k.launch, k.threads)
        self.mark()

    def mark(self) -> None:
        """From here on, what is read goes to the front of the body, if this program's writer reads first."""
        self.loads_at = len(self.k.blocks[0])

    # -- values

    def value(self, name: str, depth: int) -> Bound:
        """The value of a quantity; raises NoValue where there is none."""
        if name in self.held:
            return self.held[name]
        if name == "rng":
            return self.generator()
        term = self.sheet.term(name)
        row = self.sheet.quantities[term.base]
        if row.where in ("uniform", "group") and term.suffix and self.way(row) != "state":
            return self.value(term.whole, depth)
        made = self._derived(term, row, depth)
        if made is None:
            made = self.read(term, row)
        self.held[name] = made
        return made

    def expr(self, name: str, depth: int) -> Expr:
        made = self.value(name, depth)
        if not isinstance(made, Expr):
            raise NoValue(name)
        return made

    def laws_for(self, term: Term) -> list[Law]:
        """The laws that give a quantity, and that can be used for it now."""
        found = self.sheet.giving.get(term.whole, ())
        return [law for law in found if self.usable(law, term.suffix)]

    def usable(self, law: Law, suffix: str = "") -> bool:
        if (suffix or "b" not in self.sites) and _of_pair(law):
            return False
        if "rng" in law.takes and (len(self.k.blocks) > 1 or "rng" not in self.held):
            return False
        if law.single and self.k.real is not t.F32:
            return False
        if self.in_steps and "time" in law.takes:
            return False
        opened = self.opened
        return not opened or not any(name in opened or _of(name, suffix) in opened for name in law.takes)

    def _derived(self, term: Term, row: Quantity, depth: int) -> Bound | None:
        if term.prefix in _READ or term.prefix in ("max", "min") or row.type in ROWS:
            return None
        must = not isfinite(row.low) or term.prefix in ("next", "rate")
        chance = 0.7 if row.where == "result" else self.deriving if row.where == "state" else 0.0
        if not must and (depth <= 0 or self._stepped(term) or not self.rng.chance(chance)):
            return None
        laws = self.laws_for(term)
        if not must:
            # What else a law gives must not be known from elsewhere.
            laws = [law for law in laws if not any(_of(name, term.suffix) in self.held for name in law.gives)]
        laws = self._kin(term, laws, must)
        if not laws:
            if must:
                raise NoValue(str(term))
            return None
        law = self._fitting(laws)
        self.opened.append(str(term))
        try:
            others = alternatives(self, law, term.suffix)
            if others:
                return by_model(self, term, [law, *others], depth - 1)
            results = self.apply(law, depth - 1, term.suffix)
        finally:
            self.opened.pop()
        return results[law.gives.index(term.whole)]

    def _stepped(self, term: Term) -> bool:
        """Whether what asks for a value says what it becomes: the present value is what there is, not worked out."""
        return not term.prefix and bool(self.asking) and f"next_{term.base}" in self.asking[-1].gives

    def _kin(self, term: Term, laws: list[Law], must: bool) -> list[Law]:
        """Those laws for a quantity that have to do with what asks for it.

        A quantity that several laws give stands for several things; only one that is about what the kernel is about
        gives the one that is meant.
        """
        if not self.asking:
            return laws
        asking, name = self.asking[-1], term.whole
        laws = [law for law in laws if repeated(law).isdisjoint(repeated(asking))]
        several = len(self.sheet.giving.get(name, ())) > 1
        # Whether one varies may be drawn when it is first asked: so in the order of their names.
        known = {one for one in sorted({*asking.takes, *self.held} - {"rng", name}) if self._varies(one)}
        near = [law for law in laws if not known.isdisjoint(law.takes)]
        if several:
            return near or (laws if must and self.rng.chance(0.3) else [])
        return near or (laws if must or not known or self.rng.chance(0.7) else [])

    def _fitting(self, laws: Sequence[Law]) -> Law:
        """One of several laws, rather one that takes what is at hand than one that brings other things in."""
        if len(laws) == 1:
            return laws[0]
        weights: dict[Law, float] = {}
        for law in laws:
            names = [name for name in law.takes if name != "rng" and self.sheet.quantity(name).where != "uniform"]
            known = sum(name in self.held for name in names) / max(len(names), 1)
            weights[law] = 0.15 + known * known
        return self.rng.weighted(weights)

    # -- laws

    def apply(self, law: Law, depth: int, suffix: str = "", named: bool = True) -> list[Expr]:
        """Write a law; its results are at hand afterwards, as locals if `named`."""
        k = self.k
        self.taken |= {_of(name, suffix) for name in law.takes}
        given: list[Bound] = []
        opened = len(self.opened)
        # What it takes must not come from what it gives.
        self.opened += [_of(name, suffix) for name in law.gives]
        self.asking.append(law)
        try:
            for name in law.takes:
                own = suffix and name != "rng" and self._varies(name)
                given.append(self.value(_of(name, suffix) if own else name, depth))
        finally:
            self.asking.pop()
            del self.opened[opened:]
        terms = [self.sheet.term(_of(name, suffix)) for name in law.gives]
        self.made |= set(law.gives)
        self.applied.add(law)
        if self._as_function(law):
            results = self._call(law, given, terms)
        else:
            if law.doc and len(law.body) > 1:
                k.comment(law.doc.rstrip("."))
            kinds = {
                node.id: self.names.local(term)
                for node, term in zip(law.results, terms, strict=True)
                if isinstance(node, ast.Name)
            }
            about = self.names.brief(terms[0])
            results = Translation(k, law, dict(zip(law.takes, given, strict=True)), kinds, not named, about).run()
        kept = []
        for term, result in zip(terms, results, strict=True):
            made = k.let(self.names.local(term), result) if named or str(term) in self.wanted else result
            made = self.within(made, term)
            self.held[str(term)] = made
            kept.append(made)
        return kept

    def settled(self, law: Law, named: bool = True) -> list[Expr]:
        """What a law gives that a kernel is about, or what one of several models gives for it."""
        others = alternatives(self, law)
        if not others:
            return self.apply(law, self.depth, named=named)
        return [by_model(self, self.sheet.term(law.gives[0]), [law, *others], self.depth)]

    def both(self, name: str, others: Set[str]) -> bool:
        """Whether a law of this kernel takes a value beside these others, as independent of them."""
        return any(name in law.takes and others <= set(law.takes) for law in self.applied)

    def _varies(self, name: str) -> bool:
        row = self.sheet.quantity(name)
        return row.where in ("state", "result") or (row.where == "group" and self.way(row) == "state")

    def within(self, value: Expr, term: Term) -> Expr:
        """A value that is known to be in its quantity's range."""
        row = self.sheet.quantities[term.base]
        if not isfinite(row.low) or term.prefix or not isinstance(value, tree.Name):
            return value
        low, high = max(value.low, row.low), min(value.high, row.high)
        return tree.Name(value.type, low, high, value.id, value.stands_for) if low <= high else value

    def _as_function(self, law: Law) -> bool:
        if law.early or law in self.helpers:
            return True
        if "rng" in law.takes:
            return False
        small = law.size < 14 and not law.branches
        if law.locals & self.k.namer.taken() and self.rng.chance(0.9):
            # The names that its author would use stand for something else here.
            return True
        return self.rng.chance(self.in_functions * (0.4 if small else 1.0))

    def _call(self, law: Law, given: Sequence[Bound], terms: Sequence[Term]) -> list[Expr]:
        k = self.k
        if law not in self.helpers:
            self.helpers[law] = self.function(law)
        made, kept = self.helpers[law]
        arguments = []
        for n in kept:
            one = given[n]
            arguments.append(one.base if isinstance(one, Row) else one)
        value = made.call(*arguments)
        if len(terms) == 1:
            return [value]
        return k.unpack([self.names.local(term) for term in terms], value)

    def function(self, law: Law) -> tuple[Helper, tuple[int, ...]]:
        """A law as a `@wp.func`, and which of what it takes are its parameters."""
        k, rng = self.k, self.rng
        parameters = [self._parameter(name, law.locals) for name in law.takes]

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            bound = {name: self._row(item) for name, item in zip(law.takes, names, strict=True)}
            return Translation(body, law, bound, {}).run()

        name = law.name
        plain = name.startswith(("is_", "has_", "next_"))
        title = self._free(name if plain else self.form.format(name), f"{name}_func", f"law_{name}")
        doc = law.doc if rng.chance(0.6 if k.style.docstring else 0.15) else ""
        gives = "vector" if isinstance(self.type_of(law.gives[0]), t.Vector) else "scalar"
        made = helper(k, gives, parameters, write, doc, titles=(title,))
        return made, made.kept

    def _free(self, *titles: str) -> str:
        """The first of these that no other function has."""
        taken = self.k.namer.module.taken
        return next((title for title in titles if not {title, f"_{title}"} & taken), titles[0])

    def _parameter(self, name: str, avoid: Set[str] = frozenset()) -> tuple[str, t.Type, float, float]:
        if name == "rng":
            return "=state rng", t.U32, 0.0, 4e9
        term = self.sheet.term(name)
        row = self.sheet.quantities[term.base]
        called = self.names.called(term)
        words = [called, name, *(row.words if name == term.base else ()), f"{called}_val"]
        kind = "=!" + " ".join([word for word in words if word not in avoid] or words)
        if row.type in ROWS:
            return kind, t.Array(self.type_of(name), 1), row.low, row.high
        return kind, self.type_of(name), row.low, row.high

    def _row(self, item: Expr) -> Bound:
        if not isinstance(item.type, t.Array):
            return item
        if self.rng.chance(0.5):
            return Row(item, tree.Call(t.I32, 1.0, 64.0, "len", (item,)))
        shape = tree.Attribute(t.SHAPE, -inf, inf, item, "shape")
        return Row(item, tree.Subscript(t.I32, 1.0, 64.0, shape, (self.k.integer(0),)))

    def type_of(self, name: str) -> t.Type:
        """The type of a quantity's value, of one number of a row."""
        row = self.sheet.quantity(name)
        found = named_type(ROWS.get(row.type, row.type), self.k.real)
        assert found is not None
        return found

    # -- reading

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
        if len(dims) > 4:
            # Warp's arrays have four dimensions at most.
            raise NoValue(row.name)
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

    @contextmanager
    def branch(self) -> Iterator[None]:
        """One of several branches, which call what they have in common the same."""
        with self.inner(), self.k.namer.branch():
            yield

    @contextmanager
    def inner(self) -> Iterator[None]:
        """Values that are made here are not at hand afterwards: the inside of a loop or branch."""
        held, group = dict(self.held), self.group
        try:
            yield
        finally:
            self.held, self.group = held, group
