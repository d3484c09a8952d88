"""A kernel under construction: arguments, dimensions, threads, inputs and outputs, helper functions and structs."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import prose, tree
from .build import Argument, Body, Dim, Shared, Value
from .prune import names_read, prune
from .remarks import annotate
from .serial import as_turn
from .tree import Expr

Part = tree.Constant | tree.StructDef | tree.Function | tree.Factory

THREAD_DIMS = {1: (32,), 2: (8, 8), 3: (4, 4, 4), 4: (2, 3, 4, 2)}
"""Sizes that a launch has unless a rule says otherwise: 8 to 64 elements."""


class OtherLaunch(Exception):
    """A recipe that should continue a kernel wants another number of thread indices than it has."""


class Kernel(Body):
    """The kernel of a program."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.arguments: list[Argument] = []
        self.dims: list[Dim] = []
        self.threads: tuple[Expr, ...] = ()
        self.first: tuple[Expr, ...] = ()
        self.launch: tuple[Dim, ...] = ()
        self.block_dim = 256
        self.lanes: tuple[Dim, ...] = ()
        self.decorator = "@wp.kernel"
        self.bundle: _Bundle | None = None
        self.followed: tuple[Dim, Expr] | None = None
        self.action = "map"
        self.tiled = False
        self.guarded = False
        self.plain = False
        self.serial = False

    # -- arguments

    def _argument(self, kind: str, value_type: t.Type, role: str, group: str, facts: dict[str, Any]) -> tree.Name:
        name = self.namer.argument(kind)
        self.arguments.append(Argument(name, value_type, role, group, facts))
        return tree.Name(value_type, facts.get("low", -inf), facts.get("high", inf), name)

    def add_argument(self, name: str, value_type: t.Type, group: str, facts: dict[str, Any]) -> None:
        """An argument whose name is chosen already, such as a handle."""
        self.arguments.append(Argument(name, value_type, "in", group, facts))

    def scalar(self, kind: str, value_type: t.Type, low: float, high: float, **facts: Any) -> Expr:
        """A scalar (or vector) argument with values in [low, high]."""
        return self._argument(kind, value_type, "in", "scalars", {"low": low, "high": high, **facts})

    def array(self, kind: str, dtype: t.Type, dims: Sequence[Dim], role: str = "in", **facts: Any) -> Expr:
        """An array argument; facts: low, high, bound (indices below that dimension), sorted, unit, distinct."""
        group = {"in": "inputs", "inout": "outputs", "out": "outputs"}[role]
        facts["shape"] = [dim.symbol for dim in dims]
        return self._argument(kind, t.Array(dtype, len(dims)), role, group, facts)

    def dim(self, size: int, fixed: bool = False) -> Dim:
        dim = Dim(f"d{len(self.dims)}", size, fixed)
        self.dims.append(dim)
        return dim

    def derived(self, dim: Dim, times: int = 1, plus: int = 0) -> Dim:
        """A length that follows another: `times * dim + plus`."""
        made = Dim(f"d{len(self.dims)}", times * dim.size + plus, dim.fixed, None, (dim.symbol, times, plus))
        self.dims.append(made)
        return made

    def length(self, dim: Dim, array: Expr | None = None, axis: int = 0) -> Expr:
        """The length of a dimension as an expression: an argument, or asked of an array."""
        if array is not None and dim.argument is None and self.rng.chance(0.4):
            if axis == 0 and isinstance(array.type, t.Array) and array.type.ndim == 1 and self.rng.chance(0.5):
                return tree.Call(t.I32, 1.0, float(dim.size), "len", (array,))
            shape = tree.Attribute(t.SHAPE, -inf, inf, array, "shape")
            return tree.Subscript(t.I32, 1.0, 64.0, shape, (self.integer(axis),))
        if dim.argument is None:
            dim.argument = self._argument(
                "count", t.I32, "in", "sizes", {"low": 1.0, "high": 64.0, "equals": dim.symbol}
            )
        return dim.argument

    # -- threads

    def start(
        self,
        ndim: int = 1,
        sizes: Sequence[int] | None = None,
        kinds: Sequence[str] = (),
        plain: bool = False,
        alone: float = 0.0,
    ) -> tuple[Expr, ...]:
        """The thread's indices; makes the launch's dimensions.

        Unless the kernel must be `plain` (all threads reach every statement), it may skip masked elements or take its
        index from a list. With a chance of `alone` a one-dimensional kernel has a single thread that goes through all
        elements.
        """
        if self.threads:
            if len(self.threads) != ndim:
                raise OtherLaunch
            return self.threads
        sizes = sizes or THREAD_DIMS[ndim]
        self.launch = tuple(self.dim(size) for size in sizes)
        names: list[Expr] = []
        for position in range(ndim):
            high = 63.0
            names.append(tree.Name(t.I32, 0.0, high, self._thread_name(position, ndim, kinds)))
        self.serial = ndim == 1 and self.rng.chance(alone)
        if not self.serial:
            self.add(_threads(names))
        self.threads = self.first = tuple(names)
        self.plain = plain
        if self.rng.chance(0.15):
            self.flag_bundle()
        if not plain:
            self._enter()
        return self.threads

    def _enter(self) -> None:
        """What kernels do first: follow a list of elements to work on, or leave if theirs is switched off."""
        rng = self.rng
        draw = rng.random()
        if draw < 0.3:
            self.guard()
        if draw < 0.06 and len(self.threads) == 1:
            ids = self.array("indices", t.I32, self.launch, low=0, high=31, bound=self.launch[0].symbol, distinct=True)
            self.threads = (self.let("index", ids[self.threads[0]]),)
        elif draw < 0.11:
            mask = self.array("flag", t.BOOL, self.launch, low=0, high=1)
            with self.when(self.negate(mask[self.threads])):
                self.give()
        elif draw < 0.17:
            kind = rng.choose(("mask", "label", "flag"))
            value = self.array(kind, t.I32, self.launch, low=0, high=2)[self.threads]
            value = value if rng.chance(0.6) else self.let(kind, value)
            ways = (value.equals(0), value.differs(1), value < 1, value.equals(2))
            with self.when(rng.choose(ways)):
                self.give()
        elif draw < 0.21:
            count = self.array("count", t.I32, (self.dim(1, fixed=True),), low=2, high=self.launch[0].size)[0]
            with self.when(self.threads[0] >= (count if rng.chance(0.7) else self.let("count", count))):
                self.give()
        elif draw < 0.25:
            index = self.let("index", self.array("indices", t.I32, self.launch, low=-1, high=7)[self.threads])
            with self.when(index < 0 if rng.chance(0.8) else index.equals(-1)):
                self.give()
        elif draw < 0.3:
            masks = [self.array("mask", t.BOOL, self.launch, low=0, high=1)[self.threads] for _ in range(2)]
            first = masks[0] if rng.chance(0.5) else self.negate(masks[0])
            with self.when(self.either(first, self.negate(masks[1]))):
                self.give()

    def _thread_name(self, position: int, ndim: int, kinds: Sequence[str]) -> str:
        family = self.style.index_family
        if family == "word":
            return self.namer.local(kinds[position] if kinds else "thread" if ndim == 1 else "axis_index")
        if family == "tid" and ndim == 1 and self.namer.claim("tid"):
            return "tid"
        for letter in "ijklmn"[position:]:
            if self.namer.claim(letter):
                return letter
        return self.namer.local("thread")

    def guard(self) -> None:
        """A bounds check on the first thread index, in programs that have one."""
        if self.style.bounds == "return" and not self.guarded and isinstance(self.threads[0], tree.Name):
            self.guarded = True
            bound = self.length(self.launch[0])
            self.add(tree.If(self.threads[0] >= bound, (tree.Return(),)))
            self.gap()

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
            return self.constant(value, real, kind)
        if how == "element" and self.threads:
            return self.load(kind, real, low, high)
        if how == "shared":
            entry = self.array(kind, real, (self.dim(1, fixed=True),), low=low, high=high)[0]
            return entry if rng.chance(0.6) else self.let(kind, entry)
        return self.lit(value, real)

    def constant(self, value: float | int, dtype: t.Scalar, kind: str = "parameter") -> Expr:
        """A module-level constant."""
        name = self.namer.constant(kind)
        text = repr(value) if dtype in (t.F32, t.I32) else f"{dtype}({value!r})"
        if self.style.constants == "wp.constant" or dtype not in (t.F32, t.I32):
            text = f"wp.constant({text})"
        self.shared.parts.append(tree.Constant(name, text))
        made = tree.Name(dtype, float(value), float(value), name)
        if dtype in (t.F32, t.I32) and self.rng.chance(0.25):
            return tree.Call(dtype, made.low, made.high, "wp.static", (made,))
        return made

    def load(self, kind: str, dtype: t.Type, low: float = -2.0, high: float = 2.0, **facts: Any) -> Expr:
        """This thread's element of a new input array, found in one of the ways people lay data out."""
        rng = self.rng
        value = self._element(kind, dtype, {"low": low, "high": high, **facts})
        signed = low < 0.0 < high and not facts and isinstance(dtype, (t.Scalar, t.Vector)) and dtype.scalar.kind == "f"
        if signed and rng.chance(0.1):
            value = self._adjusted(kind, value)
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

    def _adjusted(self, kind: str, value: Expr) -> Expr:
        """A value that is read and corrected in one line: scaled, shifted, relative to another."""
        how = self.rng.integer(0, 3)
        if how == 0:
            return value * self.rng.choose((0.5, 2.0, 0.1))
        if how == 1:
            return value - self._element(kind, value.type, {"low": -2.0, "high": 2.0})
        if how == 2:
            return value + self.scalar("offset", value.type, -1.0, 1.0)
        return value * self._element("weight", value.type.scalar, {"low": 0.1, "high": 2.0})

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

    def flag_bundle(self) -> None:
        """Give this program a struct of parameters."""
        if self.bundle is None:
            self.bundle = _Bundle(self)

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
            choice = self.array(rng.choose(("flag", "mask")), t.BOOL, self.launch, low=0, high=1)[self.threads]
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
        body, read = prune(tuple(self.blocks[0]))
        if self.serial:
            body, read = prune(self._in_turn(body))
        used = {name for name, count in read.items() if count > 0} | _written(body)
        self.arguments = [a for a in self.arguments if a.name in used]
        order = _ORDERS[self.style.parameter_order]
        ranked = sorted(range(len(self.arguments)), key=lambda n: (order.index(self.arguments[n].group), n))
        self.arguments = [self.arguments[n] for n in ranked]
        parameters = tuple(tree.Parameter(a.name, a.type, self.spell(a.type)) for a in self.arguments)
        if self.style.comments:
            body = annotate(self.rng, body, self.style.comments, self.style.capital)
        name = self.namer.kernel(self.action)
        docstring = ""
        if self.style.docstring:
            about = tuple(p.name for p in parameters) if len(parameters) <= 7 else ()
            docstring = prose.docstring(self.rng, name, about, self.style.docstring == "long")
        kernel = tree.Function(name, parameters, body, "", docstring, (self.decorator,))
        return tree.Program(self._parts_in_use(used, parameters), kernel, "", tuple(self.shared.imports))

    def _in_turn(self, body: tuple[tree.Stmt, ...]) -> tuple[tree.Stmt, ...]:
        """The body in a loop over the elements, or with a thread index after all if it cannot be put there."""
        index = self.first[0]
        assert isinstance(index, tree.Name)
        turn = as_turn(body)
        if turn is None:
            return (_threads([index]), *body)
        bound = self.length(self.launch[0])
        self.launch = (self.dim(1, fixed=True),)
        # The adjoint of a loop does not keep what its turns changed.
        self.shared.differentiable = False
        return (tree.For(index, (bound,), turn),)

    def _parts_in_use(self, used: set[str], parameters: Sequence[tree.Parameter]) -> tuple[Part, ...]:
        """Constants, structs and functions that the kernel needs, directly or through each other."""
        text = " ".join(p.annotation for p in parameters)
        kept: list[Part] = []
        for part in reversed(self.shared.parts):
            if any(name in used or name in text for name in _names(part)):
                kept.append(part)
                text += " " + _mentions(part, used)
        return tuple(reversed(kept))


def _threads(names: Sequence[Expr]) -> tree.Stmt:
    """The statement that asks for the thread's indices."""
    value = t.I32 if len(names) == 1 else t.Tuple((t.I32,) * len(names))
    return tree.Assign(tuple(names), tree.Call(value, 0.0, 63.0, "wp.tid", ()))


def _names(part: Part) -> tuple[str, ...]:
    """What a part defines; a custom gradient lives as long as its function."""
    if isinstance(part, tree.StructDef):
        return (part.type.name,)
    if isinstance(part, tree.Factory):
        return tuple(name for name, _ in part.made)
    if isinstance(part, tree.Function) and part.decorators[0].startswith(("@wp.func_grad(", "@wp.func_replay(")):
        return (part.decorators[0].partition("(")[2].removesuffix(")"),)
    return (part.name,)


def _mentions(part: Part, used: set[str]) -> str:
    """What a kept part needs: names that its body reads go to `used`, annotations are returned."""
    if isinstance(part, tree.Constant):
        return part.value
    if isinstance(part, tree.StructDef):
        return " ".join(part.annotations)
    if isinstance(part, tree.Factory):
        return _mentions(part.function, used)
    used.update(names_read(part.body))
    return " ".join([part.returns, *part.decorators, *(p.annotation for p in part.parameters)])


def _written(body: tuple[tree.Stmt, ...]) -> set[str]:
    """Names of arrays that a body writes to."""
    found: set[str] = set()
    for node in body:
        targets: tuple[Expr, ...] = ()
        if isinstance(node, tree.Assign):
            targets = node.targets
        elif isinstance(node, tree.Augment):
            targets = (node.target,)
        elif isinstance(node, tree.If):
            found |= _written(node.body) | _written(node.otherwise)
        elif isinstance(node, (tree.For, tree.While)):
            found |= _written(node.body)
        for target in targets:
            while isinstance(target, (tree.Subscript, tree.Attribute)):
                target = target.base
            if isinstance(target, tree.Name):
                found.add(target.id)
    return found


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


class _Bundle:
    """A struct of parameters that grows with the fields that rules ask for."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.struct = kernel.namer.struct()
        self.fields: list[tuple[str, t.Type]] = []
        self.facts: dict[str, dict[str, float]] = {}
        self.place = len(kernel.shared.parts)
        empty = t.Struct(self.struct, ())
        self.name = kernel._argument("struct", empty, "in", "scalars", {})

    def field(self, kind: str, value: t.Type, low: float, high: float) -> Expr:
        name = self.kernel.namer.field(kind)
        self.fields.append((name, value))
        self.facts[name] = {"low": low, "high": high}
        return tree.Attribute(value, low, high, self.name, name)

    def close(self) -> None:
        kernel = self.kernel
        argument = next(a for a in kernel.arguments if a.name == self.name.id)
        if not self.fields:
            kernel.arguments.remove(argument)
            return
        final = t.Struct(self.struct, tuple(self.fields))
        argument.type = final
        argument.facts["fields"] = self.facts
        annotations = tuple(kernel.spell(value) for _, value in self.fields)
        kernel.shared.parts.insert(self.place, tree.StructDef(final, annotations))
