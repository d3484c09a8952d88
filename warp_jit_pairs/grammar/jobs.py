"""A kernel as one task on things of one kind: how a thread finds its own, how arrays and numbers are handed over.

Names are lists of alternatives, the commonest first, in which `{}` stands for what a thread works on and `{s}` for
several of it. A job has one subject, so that the names of a program belong together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .arguments import Bundle
from .build import Body, Dim
from .helpers import helper
from .kernel import Kernel
from .names import RESERVED, camel, plural
from .tree import Expr

_LAYOUTS = {"flat": 6.0, "worlds": 1.8, "masked": 1.4, "listed": 0.8, "limited": 0.6, "range": 0.8}
_MORE = {"small": 0.45, "medium": 1.0, "large": 1.7}


def module_name(k: Kernel, name: str) -> str:
    """A new name of the module that no open function uses."""
    while not k.namer.module.claim(name):
        name += "_"
    for scope in k.namer.scopes:
        scope.taken.add(name)
    return name


class Settings(Bundle):
    """A struct of the numbers that tune a task."""

    def __init__(self, job: Job) -> None:
        k = self.kernel = job.k
        ending = job.rng.choose(("Params", "Params", "Config", "Settings", "Options", "Args"))
        front = job.rng.choose((camel(job.it), camel(job.it), "Sim", "Kernel", ""))
        self.struct = module_name(k, front + ending)
        self.fields: list[tuple[str, t.Type]] = []
        self.facts: dict[str, dict[str, float]] = {}
        self.place = len(k.shared.parts)
        kind = job.words(f"params {ending.lower()} cfg opts p {ending[0].lower()}")
        self.name = k.new_argument(kind, t.Struct(self.struct, ()), "in", "scalars", {})


class Job:
    """One task of a kernel, in the words of what it works on."""

    def __init__(self, k: Kernel, things: str, bundle: float = 0.2, physical: bool = False) -> None:
        self.k, self.rng = k, k.rng
        words = things.split()
        u, taste = k.rng.random(), k.rng.random()
        self.it = words[int(u * u * len(words))]
        self.taste = taste * taste
        self.shapes: dict[str, bool] = {}
        self.many = plural(self.it)
        self.at: tuple[Expr, ...] = ()
        self.dims: tuple[Dim, ...] = ()
        self.world: Expr | None = None
        self.masked = False
        self.physical = physical
        self.kinds: tuple[Dim, Expr] | None = None
        self.bundled = k.rng.chance(bundle)

    # -- words

    def words(self, names: str) -> str:
        """One of these names that is free, as a kind.

        A program's author has one taste: the same place in each list, so that `row` goes with `col` and `i` with `j`.
        """
        words = self.listed(names)
        taken = self.k.namer.taken()
        first = int(self.taste * len(words))
        for word in words[first:] + words[:first]:
            if word not in taken and word not in RESERVED:
                return "=" + word
        return "=" + words[0]

    def listed(self, names: str) -> list[str]:
        """Names with the subject put in."""
        return names.replace("{s}", self.many).replace("{}", self.it).split()

    def titled(self, names: str) -> None:
        """What the kernel is called."""
        self.k.titles = tuple(self.listed(names))

    def more(self, share: float) -> bool:
        """Whether an option is taken: oftener in large programs."""
        return self.rng.chance(min(0.97, share * _MORE[self.k.shared.size]))

    def pick(self, **weights: float) -> str:
        """One of some ways by weight."""
        return self.rng.weighted(weights)

    # -- threads

    def start(
        self, names: str = "{}_id {}_index idx tid", sizes: Sequence[int] | None = None, plain: bool = False
    ) -> Expr:
        """The index of this thread's thing, found in one of the ways that kernels do."""
        k, rng = self.k, self.rng
        how = "flat" if plain else rng.weighted(_LAYOUTS)
        size = sizes[0] if sizes else 32
        if how == "worlds":
            kinds = (self.words("world_id world env env_id batch worldid w"), self.words(names))
            self.world, index = k.start(2, (3, min(size, 12)), kinds)
            self.at, self.dims = (self.world, index), k.launch
            if rng.chance(0.15):
                done = k.array("=world_done env_done finished converged", t.BOOL, k.launch[:1], low=0, high=1)
                with k.when(done[self.world]):
                    k.give()
            self._bounds(1)
            return index
        (tid,) = k.start(1, (size,), (self.words(names),))
        self.at, self.dims = (tid,), k.launch
        if how == "listed":
            kind = self.words(
                "active_{s} {}_ids active_ids {}_list selected_{s} {}_indices selected"
                + (" awake_{s}" if self.physical else "")
            )
            self._bounds(0)
            ids = k.array(kind, t.I32, k.launch, low=0, high=size - 1, bound=k.launch[0].symbol, distinct=True)
            self.at = (self.let("{} {}_id idx sel {}_index", ids[tid]),)
        elif how == "limited":
            one = k.dim(1, fixed=True)
            kind = self.words("num_active active_count {}_count num_{s} n_active {s}_total num_{s}_used")
            count = k.array(kind, t.I32, (one,), low=size // 2, high=size)[0]
            with k.when(tid >= count):
                k.give()
        elif how == "range":
            most = rng.choose((4, 8))
            begin = k.scalar(self.words("start offset {}_start first_{} {}_offset begin first"), t.I32, 0, most)
            self._bounds(0)
            self.at = (
                k.let(self.words("{} {}_id idx {}_index index"), begin + tid if rng.chance(0.6) else tid + begin),
            )
            self.dims = (k.derived(k.launch[0], 1, most),)
        else:
            self._bounds(0)
            if how == "masked":
                self.masked = True
                self._mask()
        return self.at[-1]

    def _bounds(self, axis: int) -> None:
        """A bounds check, in programs that have one."""
        k = self.k
        if k.style.bounds == "return" and not k.guarded:
            k.guarded = True
            bound = self.length(k.launch[axis], "num_{s} n_{s} {}_count n count num dim")
            k.add(tree.If(k.threads[axis] >= bound, (tree.Return(),)))
            k.gap()

    def _mask(self) -> None:
        """Things that are switched off are left alone."""
        k, rng = self.k, self.rng
        how = rng.integer(0, 4)
        if how == 0:
            active = k.array(
                self.words("active is_active enabled {}_active {}_enabled"), t.BOOL, self.dims, low=0, high=1
            )
            test = k.negate(active[self.at])
        elif how == 1:
            skip = k.array(
                self.words(
                    "frozen is_fixed pinned {}_frozen" if self.physical else "skip {}_disabled disabled inactive"
                ),
                t.BOOL,
                self.dims,
                low=0,
                high=1,
            )
            test = skip[self.at]
        elif how == 2:
            mask = k.array(self.words("mask {}_mask active_mask active enabled"), t.I32, self.dims, low=0, high=1)
            test = mask[self.at].equals(0)
        elif how == 3:
            flags = k.array(self.words("{}_flags flags {}_flag"), t.I32, self.dims, low=0, high=3)
            bit: Expr | int = k.constant(1, t.I32, "=flag_active active_bit active_flag") if rng.chance(0.5) else 1
            test = (flags[self.at] & bit).equals(0)
        else:
            group = k.array(self.words("{}_group {}_world {}_layer group"), t.I32, self.dims, low=0, high=2)
            wanted = k.scalar(self.words("target_group active_group group_id layer"), t.I32, 0, 2)
            test = group[self.at].differs(wanted)
        with k.when(test):
            k.give()

    # -- arrays and numbers

    def length(self, dim: Dim, names: str, array: Expr | None = None, axis: int = 0) -> Expr:
        """The length of a dimension, which an argument of one of these names holds, or an array's shape."""
        k = self.k
        if array is not None and self.shapes.setdefault(dim.symbol, dim.argument is None and self.rng.chance(0.4)):
            assert isinstance(array.type, t.Array)
            if array.type.ndim == 1 and self.taste < 0.4:
                return tree.Call(t.I32, 1.0, float(dim.size), "len", (array,))
            shape = tree.Attribute(t.SHAPE, -inf, inf, array, "shape")
            return tree.Subscript(t.I32, 1.0, 64.0, shape, (k.integer(axis),))
        if dim.argument is None:
            facts = {"low": 1.0, "high": 64.0, "equals": dim.symbol}
            dim.argument = k.new_argument(self.words(names), t.I32, "in", "sizes", facts)
        return dim.argument

    def array(
        self, names: str, dtype: t.Type, dims: Sequence[Dim] | None = None, role: str = "in", **facts: Any
    ) -> Expr:
        """An array, one entry per thing unless it is told otherwise."""
        return self.k.array(self.words(names), dtype, self.dims if dims is None else dims, role, **facts)

    def scalar(self, names: str, value: t.Type, low: float, high: float, **facts: Any) -> Expr:
        return self.k.scalar(self.words(names), value, low, high, **facts)

    def let(self, names: str, value: Expr) -> Expr:
        """A local that is called this, also where it is read from an array."""
        if isinstance(value, tree.Name):
            return value
        name = tree.Name(value.type, value.low, value.high, self.k.namer.local(self.words(names)), value)
        self.k.add(tree.Assign((name,), value))
        return name

    def maybe(self, names: str, value: Expr) -> Expr:
        return self.k.maybe(self.words(names), value)

    def var(self, names: str, value: Expr) -> Expr:
        return self.k.variable(self.words(names), value)

    def read(
        self,
        arrays: str,
        local: str,
        dtype: t.Type,
        low: float = -2.0,
        high: float = 2.0,
        nest: float = 0.2,
        **facts: Any,
    ) -> Expr:
        """This thing's entry of a new input array, mostly through a local."""
        value = self.array(arrays, dtype, None, "in", low=low, high=high, **facts)[self.at]
        return value if self.rng.chance(nest) else self.k.let(self.words(local), value)

    def write(self, names: str, value: Expr) -> None:
        """This thing's entry of a new output array."""
        self.k.set(self.array(names, value.type, None, "out")[self.at], value)

    def param(
        self,
        names: str,
        low: float,
        high: float,
        *values: float,
        each: bool = True,
        literal: bool = True,
        dtype: t.Scalar | None = None,
    ) -> Expr:
        """A number that tunes the task: as written, named, an argument, in a struct, by thing, by kind of thing.

        One that is not `each` is the same for all things; one that is not `literal` has a name wherever it stands.
        """
        k, rng = self.k, self.rng
        real = dtype or k.real
        # Arguments are few where a struct holds them.
        scalars = sum(a.group == "scalars" for a in k.arguments)
        ways = {
            "argument": 3.5 if scalars < 4 else 1.0,
            "literal": 2.0 if values and literal else 0.0,
            "local": 0.5 if values else 0.0,
            "constant": 1.5 if values else 0.0,
            "one": 0.4,
            "field": 12.0 if self.bundled else 0.0,
            "world": 1.5 if self.world is not None else 0.0,
            "each": 1.2 if each and self.at else 0.0,
            "kind": 0.6 if each and self.at and len(k.blocks) == 1 else 0.0,
        }
        how = rng.weighted(ways)
        value = rng.choose(values) if values else low
        if how == "literal":
            return k.lit(value, real)
        if how == "constant":
            named = k.constant(
                value, real, self.words(" ".join([n for n in names.split() if len(n) > 2] or ["factor"]))
            )
            return tree.Call(real, value, value, "wp.static", (named,)) if real is t.F32 and rng.chance(0.15) else named
        if how == "argument":
            return self.scalar(names, real, low, high)
        if how == "field":
            if not isinstance(k.bundle, Settings):
                k.bundle = Settings(self)
            return k.bundle.field(self.words(names), real, low, high)
        if how == "local":
            return self.let(names, k.lit(value, real))
        if how == "one":
            entry = self.array(names, real, (k.dim(1, fixed=True),), low=low, high=high)[0]
        elif how == "world":
            assert self.world is not None
            entry = self.array(names, real, self.dims[:1], low=low, high=high)[self.world]
        elif how == "kind":
            table, which = self._kind()
            entry = self.array(self._owned(names, ("material", "type", "table")), real, (table,), low=low, high=high)[
                which
            ]
        else:
            entry = self.array(self._owned(names, (self.it,)), real, self.dims, low=low, high=high)[self.at]
        return entry if rng.chance(0.3) else self.let(names, entry)

    def _owned(self, names: str, owners: Sequence[str]) -> str:
        """The names with what has them in front."""
        owner = self.rng.choose(tuple(owners))
        long = [name for name in self.listed(names) if len(name) > 2] or names.split()
        return " ".join(f"{owner}_{name.removeprefix(self.it + '_')}" for name in long)

    def _kind(self) -> tuple[Dim, Expr]:
        """What kind of thing this one is: an index into tables."""
        if self.kinds is None:
            size = self.k.dim(self.rng.choose((4, 6)))
            source = self.array(
                "{}_type {}_material material_ids {}_types {}_kind material",
                t.I32,
                low=0,
                high=size.size - 1,
                bound=size.symbol,
            )
            self.kinds = (size, self.let("type_id material mat_id kind {}_type_id m", source[self.at]))
        return self.kinds

    # -- functions

    def formula(
        self, titles: str, build: Callable[..., Expr], *operands: tuple[str, Expr], share: float = 0.35
    ) -> Expr:
        """A value of others, in place or in a function; `build` gets the body and the operands."""
        if not self.rng.chance(share):
            return build(self.k, *(value for _, value in operands))
        return self.function(titles, build, *operands)

    def function(self, titles: str, build: Callable[..., Expr], *operands: tuple[str, Expr]) -> Expr:
        """A value of others, in a function."""
        parameters = [(self.words(names), e.type, max(e.low, -1e4), min(e.high, 1e4)) for names, e in operands]

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [build(body, *names)]

        made = helper(self.k, parameters, write, titles=self.listed(titles))
        return made.call(*(operands[n][1] for n in made.kept))

    def routine(
        self, titles: str, build: Callable[..., Expr], *parameters: tuple[str, t.Type, float, float], share: float = 0.5
    ) -> Callable[..., Expr]:
        """What a kernel computes in several places: always by a function, or always in place."""
        if not self.rng.chance(share):
            return lambda *operands: build(self.k, *operands)
        kinds = [(self.words(names), value, low, high) for names, value, low, high in parameters]

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [build(body, *names)]

        made = helper(self.k, kinds, write, titles=self.listed(titles))
        return lambda *operands: made.call(*(operands[n] for n in made.kept))
