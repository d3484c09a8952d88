"""A kernel about the quantities of a sheet: where each value comes from, by reading or by a law.

A `Scene` knows what a program calls its quantities, which values are at hand, and where those of an element lie
(`Site`). A value that is asked for is taken from those at hand, derived by a law from others, or read: an element of an
array, a field of a struct, an entry of the element's group, or a number that is the same for all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from functools import cache
from math import inf, isfinite
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .build import NoValue as NoValue
from .helpers import Helper, helper
from .kernel import Kernel
from .law_models import alternatives, by_model
from .laws import ROWS, Law, Quantity, Sheet, Term
from .likely import middle, values
from .scene_inputs import Inputs
from .scene_inputs import Site as Site
from .translate import Bound, Row, Translation
from .tree import Expr

_TINY = 9
"""Laws of fewer nodes are a single operation, which nobody puts into a function."""
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


class Scene(Inputs):
    """One kernel's values."""

    def __init__(self, k: Kernel, sheet: Sheet, depth: int) -> None:
        super().__init__(k, sheet)
        rng = k.rng
        self.depth = depth
        self.helpers: dict[Law, tuple[Helper, tuple[int, ...]]] = {}
        self.wholes: set[Law] = set()
        """Laws that are functions, for they are asked for several times."""
        self.opened: list[str] = []
        self.asking: list[Law] = []
        """The laws that wait for what they take."""
        self.in_steps = False
        """Whether the turns of a loop are steps in time, so that no law asks for the time."""
        self.in_functions = rng.choose((0.0, 0.0, 0.15, 0.65))
        self.deriving = rng.choose((0.15, 0.35, 0.6))
        self.first_loads = rng.chance(0.6)
        self.form = rng.weighted(_FORMS)
        """What this program's functions are called after their laws."""
        self.verb = self.form.partition("{")[0].strip("_")
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
        self.sources: dict[str, Law] = {}
        """By which law each quantity was worked out."""
        self.inside: set[str] = set()
        """What functions work out on the way, and the kernel does not know."""
        self.wanted: set[str] = set()
        """What laws that are to come will be given."""

    # -- where threads start

    def begin(self, ndim: int, kinds: Sequence[str] = (), lengths: Sequence[str] = ()) -> None:
        """Start the threads: each has one element; `lengths` are names for how many there are."""
        k = self.k
        k.start(ndim, None, kinds)
        for dim, called in zip(k.launch, lengths, strict=False):
            dim.called = called
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
            self.sources[str(term)] = law
            kept.append(made)
        return kept

    def likely(self, name: str, laws: Sequence[Law] = ()) -> Sequence[float]:
        """Sorted values that a quantity has if laws that were or will be written give it; none if that is unknown."""
        return values(self.sheet, {one: law for law in laws for one in law.gives} | self.sources, name)

    def facts(self, term: Term, row: Quantity) -> dict[str, Any]:
        """What inputs are like; bounds for what was worked out lie where that is."""
        facts = super().facts(term, row)
        bound = term.prefix in ("max", "min") and row.type == "real" and term.base in self.sources
        known = middle(self.likely(term.base), 0.1) if bound else None
        if known is not None:
            half = (known[0] + known[1]) / 2.0
            low, high = (half, known[1]) if term.prefix == "max" else (known[0], half)
            if row.low <= low < high <= row.high:
                facts |= {"low": low, "high": high}
        return facts

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
        if law.early or law in self.helpers or law in self.wholes:
            return True
        if "rng" in law.takes:
            return False
        small = law.size < 14 and not law.branches
        if (
            law.size < _TINY
            and self.in_functions < 1.0
            and not law.calls
            and self.sheet.quantity(law.gives[0]).type == "real"
        ):
            return False
        if law.locals & self.k.namer.taken() and self.rng.chance(0.9):
            # The names that its author would use stand for something else here.
            return True
        return self.rng.chance(self.in_functions * (0.3 if small else 1.0))

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
        made = helper(k, parameters, write, doc, titles=(title,))
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
