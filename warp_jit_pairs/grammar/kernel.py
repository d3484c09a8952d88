"""A kernel under construction: inputs and outputs by the thread's index, and the whole program at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from warp_jit_pairs import types as t

from . import prose, tree
from .build import Dim, Shared, Value
from .inlined import inline
from .local_names import rename_locals
from .parts import parts_in_use, written
from .plain import plain
from .prune import prune
from .remarks import annotate
from .serial import as_turn
from .threads import THREAD_DIMS as THREAD_DIMS
from .threads import OtherLaunch as OtherLaunch
from .threads import Threads, ask_index
from .tree import Expr


class Kernel(Threads):
    """The kernel of a program."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.block_dim = 256
        self.lanes: tuple[Dim, ...] = ()
        self.decorator = "@wp.kernel"
        self.followed: tuple[Dim, Expr] | None = None
        self.action = "map"
        self.closing: list[Callable[[], None]] = []
        """What is to be done when the body is written."""
        self.summary = ""
        """What kernels of its kind do, for those whose name does not say."""
        self.about = ""
        """What the kernel does, in a sentence; made from its name if nobody says."""
        self.titles: tuple[str, ...] = ()
        """Names for the kernel that say what it does, the commonest first (see `Names.titled`)."""
        self.tiled = False
        self.worlds = False
        """Whether the first of the thread's two indices says which of several worlds."""

    # -- inputs

    def parameter(self, kind: str, low: float, high: float, *values: float, dtype: t.Scalar | None = None) -> Expr:
        """A coefficient: a literal, a module constant, an argument, a struct's field or a value per element."""
        real = dtype or self.real
        rng = self.rng
        scalars = sum(a.group == "scalars" for a in self.arguments)
        ways = {
            "argument": 3.0 if scalars < 3 else 0.4,
            "literal": 3.5,
            "constant": 0.8,
            "element": 1.4,
            "shared": 1.2,
            "field": 4.0 if self.bundle else 0.0,
        }
        how = rng.weighted(ways)
        value = rng.choose(values) if values else round(rng.uniform(low, high), rng.integer(1, 2))
        value = min(max(value, low), high)
        if how == "field":
            assert self.bundle is not None
            return self.bundle.field(kind, real, low, high)
        if how == "argument":
            return self.scalar(kind, real, low, high)
        if how == "constant":
            named = self.constant(value, real, kind)
            known = real is t.F32 and rng.chance(0.3)
            return tree.Call(real, value, value, "wp.static", (named,)) if known else named
        if how == "element" and self.threads:
            return self.load(kind, real, low, high)
        if how == "shared":
            entry = self.array(kind, real, (self.dim(1, fixed=True),), low=low, high=high)[0]
            return entry if rng.chance(0.6) else self.let(kind, entry)
        return self.lit(value, real)

    def load(self, kind: str, dtype: t.Type, low: float = -2.0, high: float = 2.0, **facts: Any) -> Expr:
        """This thread's element of a new input array, found in one of the ways people lay data out."""
        rng = self.rng
        value = self._element(kind, dtype, {"low": low, "high": high, **facts})
        return value if rng.chance(0.2) else self.let(kind, value)

    def _element(self, kind: str, dtype: t.Type, facts: dict[str, Any]) -> Expr:
        rng = self.rng
        dims, indices = self.launch, self.threads
        if len(dims) > 1 and rng.chance(0.2):
            keep = rng.integer(0, len(dims) - 1)
            dims, indices = (dims[keep],), (indices[keep],)
        draw = rng.random()
        if draw < 0.09 and not self.plain and len(self.blocks) == 1:
            if self.followed is None or rng.chance(0.5):
                size = self.dim(rng.choose((8, 12, 16)))
                ids = self.array("indices", t.I32, dims, low=0, high=size.size - 1, bound=size.symbol)
                self.followed = (size, self.let("index", ids[indices]))
            size, index = self.followed
            return self.array(kind, dtype, (size,), **facts)[index]
        if draw < 0.14 and len(dims) < 4:
            width = self.dim(rng.choose((2, 3, 4)), fixed=True)
            column = self.integer(rng.integer(0, width.size - 1))
            return self.array(kind, dtype, (*dims, width), **facts)[(*indices, column)]
        if draw < 0.17 and len(dims) == 1:
            factor = rng.choose((2, 3, 4))
            place = indices[0] * factor
            which = rng.integer(0, factor - 1)
            source = self.array(kind, dtype, (self.derived(dims[0], factor),), **facts)
            return source[place + which if which else place]
        if draw < 0.22 and len(dims) == 1:
            return self.shifted(kind, dtype, dims[0], indices[0], facts)
        return self.array(kind, dtype, dims, **facts)[indices]

    def shifted(self, kind: str, dtype: t.Type, dim: Dim, index: Expr, facts: dict[str, Any]) -> Expr:
        """An element some places further on: where a part begins is an argument or read from a table."""
        rng = self.rng
        most = rng.choose((2, 4, 8))
        role = rng.choose(("start", "offset", "start"))
        if rng.chance(0.6) or not self.threads:
            start = self.scalar(role, t.I32, 0, most)
        else:
            start = self.array(role, t.I32, self.launch, low=0, high=most)[self.threads]
        if rng.chance(0.3):
            start = self.let("start", start)
        source = self.array(kind, dtype, (self.derived(dim, 1, most),), **facts)
        where = start + index if rng.chance(0.6) else index + start
        return source[where if rng.chance(0.7) else self.let("index", where)]

    def index_into(self, kind: str, dim: Dim, **facts: Any) -> Expr:
        """This thread's entry of an integer array that holds indices below a dimension."""
        source = self.array(kind, t.I32, self.launch, low=0, high=dim.size - 1, bound=dim.symbol, **facts)
        return self.let(kind, source[self.threads])

    def want(self, value_type: t.Type, kind: str, reuse: float = 0.35) -> Expr:
        """A value of a type: at hand, or read from a new array."""
        if not self.rng.chance(0.15):
            known = self.take(value_type, reuse)
            if known is not None:
                return known
        return self.fresh(value_type, kind)

    def fresh(self, value_type: t.Type, kind: str) -> Expr:
        """A value read from a new array, also at hand for later."""
        value = self.load(kind, value_type, *_limits(value_type))
        self.put(kind, value)
        self.pool[-1].uses += 1
        return value

    # -- outputs

    def output(self, kind: str, value: Expr) -> None:
        """Write a value to this thread's element of a new output array."""
        rng = self.rng
        draw = rng.random()
        real = isinstance(value.type, (t.Scalar, t.Vector)) and value.type.scalar.kind == "f"
        if draw < 0.07 and real:
            self.augment(
                self.array(kind, value.type, self.launch, "inout", low=-2.0, high=2.0)[self.threads], "+", value
            )
        elif draw < 0.11 and not self.plain:
            mask = self._element(rng.choose(("flag", "mask")), t.I32, {"low": 0, "high": 1})
            target = self.array(kind, value.type, self.launch, "out")
            with self.when(mask.differs(0) if rng.chance(0.5) else mask.equals(1)):
                self.set(target[self.threads], value)
        elif 0.17 < draw < 0.22 and not self.plain and real:
            kind = rng.choose(("flag", "mask", "label"))
            choice = self.array(kind, t.I32, self.launch, low=0, high=1)[self.threads]
            choice = choice.differs(0) if rng.chance(0.4) else choice.equals(1) if rng.chance(0.6) else choice > 0
            target = self.array(kind, value.type, self.launch, "out")[self.threads]
            with self.when(choice):
                self.set(target, value)
            with self.otherwise():
                self.set(target, self.zero(value.type) if rng.chance(0.6) else value * rng.choose((0.5, 2.0)))
        elif draw < 0.14 and len(self.launch) == 1:
            ids = self.array("indices", t.I32, self.launch, low=0, high=31, bound=self.launch[0].symbol, distinct=True)
            slot = self.let("index", ids[self.threads])
            self.set(self.array(kind, value.type, self.launch, "out")[slot], value)
        elif draw < 0.17 and len(self.launch) < 4:
            width = self.dim(rng.choose((1, 2)), fixed=True)
            target = self.array(kind, value.type, (*self.launch, width), "out")
            self.set(target[(*self.threads, self.integer(0))], value)
        else:
            self.set(self.array(kind, value.type, self.launch, "out")[self.threads], value)
        if isinstance(value, tree.Name) and isinstance(value.type, (t.Scalar, t.Vector)) and real:
            self.pool.append(Value(value, kind, 1))

    # -- whole program

    def finish(self) -> tree.Program:
        if self.bundle is not None:
            self.bundle.close()
        for close in self.closing:
            close()
        body, read = prune(tuple(self.blocks[0]))
        if self.serial:
            body, read = prune(self._in_turn(body))
        body = plain(body, self.made_dynamic)
        used = {name for name, count in read.items() if count > 0} | written(body)
        self.arguments = [a for a in self.arguments if a.name in used]
        order = _ORDERS[self.style.parameter_order]
        ranked = sorted(range(len(self.arguments)), key=lambda n: (order.index(self.arguments[n].group), n))
        self.arguments = [self.arguments[n] for n in ranked]
        parameters = tuple(tree.Parameter(a.name, a.type, self.spell(a.type)) for a in self.arguments)
        body = inline(self.rng, body, 1.0 - self.style.locals_first)
        rename_locals(self.rng, body, self.vague, self.namer.taken())
        if self.style.comments:
            body = annotate(self.rng, body, self.style.comments, self.style.capital)
        name = self.namer.kernel(self.action, self.titles)
        docstring = ""
        if self.style.docstring:
            about = tuple(p.name for p in parameters) if len(parameters) <= 7 else ()
            long = self.style.docstring == "long"
            docstring = self.about or prose.docstring(self.rng, name, about, long, self.summary)
        kernel = tree.Function(name, parameters, body, "", docstring, (self.decorator,))
        return tree.Program(parts_in_use(self.shared.parts, used, parameters), kernel, "", tuple(self.shared.imports))

    def _in_turn(self, body: tuple[tree.Stmt, ...]) -> tuple[tree.Stmt, ...]:
        """The body in a loop over the elements, or with a thread index after all if it cannot be put there."""
        index = self.first[0]
        assert isinstance(index, tree.Name)
        turn = as_turn(body)
        if turn is None:
            return (ask_index([index]), *body)
        bound = self.length(self.launch[0])
        self.launch = (self.dim(1, fixed=True),)
        # The adjoint of a loop does not keep what its turns changed.
        self.shared.differentiable = False
        return (tree.For(index, (bound,), turn),)


_ORDERS = {
    "arrays": ("handles", "inputs", "sizes", "scalars", "outputs"),
    "sizes": ("sizes", "handles", "inputs", "scalars", "outputs"),
    "scalars": ("scalars", "sizes", "handles", "inputs", "outputs"),
    "outputs_middle": ("handles", "inputs", "outputs", "sizes", "scalars"),
}


def _limits(value: t.Type) -> tuple[float, float]:
    if isinstance(value, t.Scalar) and value.kind in "iub":
        return (-8.0, 8.0) if value.kind == "i" else (0.0, 1.0 if value.kind == "b" else 15.0)
    return -2.0, 2.0
