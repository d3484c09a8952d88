"""What recipes about rows share: launches, coefficients, rows in the layouts that people keep them in, results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .names import RESERVED
from .tree import Expr

FIELDS = "stats linalg learning sparse signal finance"
Reader = Callable[[tree.Value], Expr]
ACTIVE = "=active is_active {}_active enabled row_active active_{s} in_use"
IDLE = "=done finished converged {}_done skip inactive frozen"


def titled(k: Kernel, titles: str) -> None:
    """Say what this variant of a kernel does."""
    k.titles = tuple(titles.split())


def coefficient(k: Kernel, kind: str, low: float, high: float, *values: float, dtype: t.Scalar | None = None) -> Expr:
    """A number that a task needs: an argument, a literal, a constant, a row's own, a field of the parameters."""
    rng, real = k.rng, dtype or k.real
    value = rng.choose(values) if values else round(rng.uniform(low, high), rng.integer(1, 2))
    if k.bundle is not None and rng.chance(0.85 if k.bundle.fields else 0.3):
        return k.bundle.field(kind, real, low, high)
    how = rng.weighted({"argument": 4.0, "literal": 2.5, "constant": 1.6, "entry": 0.4, "each": 0.6})
    if how == "literal":
        return k.lit(value, real)
    if how == "constant":
        return k.constant(value, real, kind)
    if how == "entry":
        return k.array(kind, real, (k.dim(1, fixed=True),), low=low, high=high)[0]
    if how == "each" and k.threads:
        words = kind[1:].split()
        several = "=" + " ".join(f"{{}}_{word} row_{word}" for word in words[:3])
        source = k.array(several, real, k.launch[:1], low=low, high=high)
        return named(k, kind, source[k.threads[0]])
    return k.scalar(kind, real, low, high)


def named(k: Kernel, kind: str, value: Expr) -> Expr:
    """A local that is called by one of these names, whatever the array is called that it is read from."""
    name = tree.Name(value.type, value.low, value.high, k.namer.local(kind), value)
    k.add(tree.Assign((name,), value))
    return name


def paired(k: Kernel, words: str) -> tuple[str, str]:
    """Kinds of two values that are named as a pair, from a list such as "a|b left|right"."""
    taken = k.namer.taken() | RESERVED
    pairs = [pair.split("|") for pair in words.split()]
    pairs = [pair for pair in pairs if not taken & set(pair)] or pairs
    u = k.rng.random()
    first, second = pairs[int(u * u * len(pairs))]
    return f"={first}", f"={second}"


def whole(k: Kernel, kind: str, low: int, high: int, *values: int) -> Expr:
    """A whole number that a task needs."""
    how = k.rng.weighted({"argument": 3.0, "literal": 2.0, "constant": 2.0})
    value = k.rng.choose(values) if values else k.rng.integer(low, high)
    if how == "literal":
        return k.integer(value)
    return k.constant(value, t.I32, kind) if how == "constant" else k.scalar(kind, t.I32, low, high)


def length(k: Kernel, dim: Dim, kind: str, array: Expr | None = None, axis: int = 0) -> Expr:
    """The length of a dimension: an argument of this kind, or asked of an array."""
    if dim.argument is None and array is not None and k.rng.chance(0.35):
        if isinstance(array.type, t.Array) and array.type.ndim == 1 and k.rng.chance(0.5):
            return tree.Call(t.I32, 1.0, float(dim.size), "len", (array,))
        shape = tree.Attribute(t.SHAPE, -inf, inf, array, "shape")
        return tree.Subscript(t.I32, 1.0, 64.0, shape, (k.integer(axis),))
    if dim.argument is None:
        dim.argument = k.scalar(kind, t.I32, 1.0, 64.0, equals=dim.symbol)
    return dim.argument


def begin(k: Kernel, sizes: Sequence[int] | None = None, kind: str = "=row i r", skip: float = 0.12) -> Expr:
    """A thread for each row; some kernels leave rows out that are switched off."""
    (row,) = k.start(1, sizes, (kind,))
    del row
    guard(k)
    follow(k, 0.1)
    leave_out(k, skip)
    return k.threads[0]


def guard(k: Kernel, kind: str = "=num_rows n_rows num_{s} n rows {}_count") -> None:
    """A bounds check on the thread index, in programs that have one."""
    if k.style.bounds == "return":
        length(k, k.launch[0], kind)
        k.guard()


@contextmanager
def again(k: Kernel, kind: str, earlier: Expr | None, *bounds: tree.Value) -> Iterator[Expr]:
    """A loop, whose index is mostly called as that of an earlier one was."""
    if not isinstance(earlier, tree.Name) or k.rng.chance(0.15):
        with k.loop(kind, *bounds) as j:
            yield j
        return
    index = tree.Name(t.I32, 0.0, 63.0, earlier.id)
    k.in_loop += 1
    with k.block() as body:
        yield index
    k.in_loop -= 1
    k.add(tree.For(index, tuple(tree.as_expr(bound, t.I32) for bound in bounds), tuple(body)))


def leave_out(k: Kernel, share: float) -> None:
    """Return where there is nothing to do: switched off, of another kind, beyond the number of those in use."""
    rng = k.rng
    if not rng.chance(share):
        return
    dtype = rng.choose((t.BOOL, t.BOOL, t.I32))
    wanted = rng.chance(0.6)
    how = rng.weighted({"flag": 6.0, "kind": 1.5, "used": 1.0, "two": 0.8})
    if how == "kind":
        kinds = k.array("=types labels kinds group_ids status {}_type", t.I32, k.launch, low=0, high=2)[k.threads]
        mine = whole(k, "=target_type wanted_type group kind_id active_type", 0, 2, 0, 1)
        test = kinds.differs(mine)
    elif how == "used" and len(k.threads) == 1 and k.threads == (k.first or k.threads):
        size = k.launch[0].size
        used = k.array(
            "=num_active num_used n_active live_count", t.I32, (k.dim(1, fixed=True),), low=size // 2, high=size
        )
        test = k.threads[0] >= used[0]
    else:
        flag = k.array(ACTIVE if wanted else IDLE, dtype, k.launch, low=0, high=1)[k.threads]
        if dtype is t.BOOL:
            test = k.negate(flag) if wanted else flag
        else:
            test = flag.equals(0) if wanted else flag.differs(0)
        if how == "two":
            other = k.array("=fixed pinned locked asleep muted", t.BOOL, k.launch, low=0, high=1)[k.threads]
            test = k.either(test, other)
    with k.when(test):
        k.give()
    k.gap()


def follow(k: Kernel, share: float, kind: str = "=row r item") -> None:
    """Take this thread's row from a list."""
    if len(k.threads) != 1 or not k.rng.chance(share):
        return
    dim = k.launch[0]
    words = "=row_ids active_ids order {}_ids indices schedule"
    ids = k.array(words, t.I32, k.launch, low=0, high=dim.size - 1, bound=dim.symbol, distinct=True)
    k.threads = (named(k, kind, ids[k.threads]),)


_ADDITIVE = (
    "sums totals energy energies out y result c loss losses areas forces grad power scores gram total dots inner"
    " integrals sse dist_sq kinetic_energy mean_height row_sums"
)


def additive(kind: str) -> bool:
    """Whether results of this kind are things that people scale, add up over calls or smooth in time."""
    return kind[1:].split()[0] in _ADDITIVE.split()


def store(k: Kernel, kind: str, value: Expr, added: float = 0.0) -> None:
    """Write a value to this thread's element of a new output, or (with a chance of `added`) add it to what is there."""
    rng = k.rng
    real = value.type is k.real
    summed = real and additive(kind)
    if rng.chance(added + (0.14 if summed else 0.0)):
        total = k.array(kind, value.type, k.launch, "inout", low=-2.0, high=2.0)
        if rng.chance(0.6) or not real:
            k.augment(total[k.threads], "+", value)
        else:
            rate = coefficient(k, "=blend_rate mix momentum smoothing", 0.1, 0.9, 0.1, 0.5)
            old = named(k, "=old prev before", total[k.threads])
            k.set(total[k.threads], old + rate * (value - old))
        return
    if summed and rng.chance(0.18):
        value = coefficient(k, "=out_scale unit_scale output_gain", 0.1, 2.0, 0.5, 2.0) * value
    target = k.array(kind, value.type, k.launch, "out")
    if len(k.threads) == 1 and rng.chance(0.05):
        dim = k.launch[0]
        words = "=out_ids dest_ids slots scatter_ids"
        ids = k.array(words, t.I32, k.launch, low=0, high=dim.size - 1, bound=dim.symbol, distinct=True)
        k.set(target[ids[k.threads]], value)
        return
    k.set(target[k.threads], value)


def store_all(k: Kernel, found: Sequence[tuple[str, Expr]], packed: str = "=stats summary row_stats {}_stats") -> None:
    """Write results that belong together: an output each, or columns of one."""
    rng = k.rng
    same = len(found) > 1 and all(value.type is found[0][1].type for _, value in found)
    if same and len(k.launch) < 3 and rng.chance(0.3):
        width = k.dim(len(found), fixed=True)
        target = k.array(packed, found[0][1].type, (*k.launch, width), "out")
        for n, (_, value) in enumerate(found):
            k.set(target[(*k.threads, k.integer(n))], value)
        return
    if same and 2 <= len(found) <= 4 and isinstance(found[0][1].type, t.Scalar) and rng.chance(0.15):
        vector = t.vec(len(found), found[0][1].type)
        store(k, packed, k.make(vector, *(value for _, value in found)))
        return
    for kind, value in found:
        store(k, kind, value)


@dataclass(slots=True)
class Rows:
    """Rows of numbers, a thread for each, and how their elements are found."""

    k: Kernel
    row: Expr
    columns: Dim
    layout: str
    places: tuple[Expr, ...]
    count: Expr | None = None
    width: Expr | None = None
    mask: Reader | None = None
    seen: Expr | None = None
    turn: Expr | None = None
    first: Expr | None = None

    def source(
        self, kind: str, low: float = -2.0, high: float = 2.0, dtype: t.Type | None = None, prepared: float = 0.0
    ) -> Reader:
        """A new input; the answer reads its element in a column of this row, sometimes brought to scale first."""
        read = self._source(kind, low, high, dtype)
        if not self.k.rng.chance(prepared):
            return read
        return self._prepared(read, low)

    def _prepared(self, read: Reader, low: float) -> Reader:
        k, rng = self.k, self.k.rng
        ways = {"gain": 2.0, "clamp": 1.0 if low < 0.0 else 0.0, "offset": 1.0 if low < 0.0 else 0.0, "columns": 1.0}
        how = rng.weighted(ways | {"shift": 1.0 if low < 0.0 else 0.0})
        if how == "gain":
            gain = coefficient(k, "=input_scale gain unit_scale calibration", 0.5, 2.0, 0.5, 2.0)
            return lambda j: gain * read(j)
        if how == "clamp":
            bound = coefficient(k, "=clip_limit max_abs saturation clip", 0.5, 1.5, 1.0)
            return lambda j: k.call("clamp", read(j), -bound, bound)
        if how == "offset":
            offset = coefficient(k, "=baseline bias zero_level offset", -0.5, 0.5, 0.1, 0.25)
            return lambda j: read(j) - offset
        if how == "columns":
            scales = k.array("=col_scales channel_gain col_gain inv_scale", k.real, (self.columns,), low=0.5, high=1.5)
            return lambda j: scales[tree.as_expr(j, t.I32)] * read(j)
        means = k.array("=col_means baselines channel_bias reference_row", k.real, (self.columns,), low=-0.5, high=0.5)
        return lambda j: read(j) - means[tree.as_expr(j, t.I32)]

    def _source(self, kind: str, low: float, high: float, dtype: t.Type | None) -> Reader:
        k = self.k
        dtype = dtype or k.real
        launch = k.launch
        if self.layout == "flat":
            flat = k.array(kind, dtype, (k.derived(launch[0], self.columns.size, 0),), low=low, high=high)
            if self.width is None:
                self.width = k.constant(self.columns.size, t.I32, "=num_cols row_width width dim stride n_cols")
            if k.rng.chance(0.5):
                base = k.let("=base start row_start offset", self.row * self.width)
                return lambda j: flat[base + j]
            width = self.width
            return lambda j: flat[self.row * width + j]
        if self.layout == "across":
            table = k.array(kind, dtype, (self.columns, launch[0]), low=low, high=high)
            self._ask(table, 0)
            return lambda j: table[tree.as_expr(j, t.I32), self.row]
        if self.layout == "offset":
            table = k.array(kind, dtype, (*launch, k.derived(self.columns, 1, 4)), low=low, high=high)
            if self.first is None:
                self.first = k.scalar("=first_col col_start start_col begin_col", t.I32, 0, 4)
            first = self.first
            return lambda j: table[(*self.places, first + j if isinstance(j, Expr) or j else first)]
        table = k.array(kind, dtype, (*launch, self.columns), low=low, high=high)
        self._ask(table, len(launch))
        if self.layout == "view" and isinstance(dtype, t.Scalar):
            words = kind[1:].split()[0].replace("{}_", "").replace("{s}", "row")
            view = k.let(f"={words}_row row_{words} row_{words}_view", table[self.places])
            return lambda j: view[j]
        return lambda j: table[(*self.places, tree.as_expr(j, t.I32))]

    def target(self, kind: str) -> Reader:
        """A new output of the same layout, a view excepted."""
        k = self.k
        if self.layout == "across":
            table = k.array(kind, k.real, (self.columns, k.launch[0]), "out")
            return lambda j: table[tree.as_expr(j, t.I32), self.row]
        table = k.array(kind, k.real, (*k.launch, self.columns), "out")
        return lambda j: table[(*self.places, tree.as_expr(j, t.I32))]

    def _ask(self, table: Expr, axis: int) -> None:
        if self.count is None and self.k.rng.chance(0.35):
            shape = tree.Attribute(t.SHAPE, -inf, inf, table, "shape")
            self.count = tree.Subscript(t.I32, 1.0, 64.0, shape, (self.k.integer(axis),))
            if self.k.rng.chance(0.5):
                self.count = self.k.let("=n num_cols n_cols width count dim", self.count)

    @property
    def n(self) -> Expr:
        """How many elements a row has."""
        k = self.k
        if self.count is None:
            if self.layout == "flat" and self.width is not None:
                self.count = self.width
            else:
                self.count = length(
                    k, self.columns, "=num_cols n_cols width n dim row_len count length num_entries n_features row_size"
                )
        return self.count

    def ragged(self) -> None:
        """Let each row have a length of its own."""
        k = self.k
        lengths = k.array(
            "=lengths row_lengths counts num_valid {}_counts valid_len",
            t.I32,
            k.launch,
            low=1,
            high=self.columns.size - 1,
            bound=self.columns.symbol,
        )
        self.count = k.let("=n count row_len num_valid length", lengths[self.places])

    def masked(self) -> None:
        """Let elements be left out that a mask excludes."""
        k = self.k
        if self.layout in ("flat", "view", "offset"):
            return
        self.mask = self.source("=mask valid is_valid keep {}_mask", 0.0, 1.0, k.rng.choose((t.BOOL, t.BOOL, t.I32)))
        self.seen = k.variable("=n_valid num_valid count n_used used", k.integer(0))

    @contextmanager
    def each(self, first: int = 0, skip: bool = True) -> Iterator[Expr]:
        """A loop over the elements of the row that count."""
        k = self.k
        bounds: tuple[tree.Value, ...] = (first, self.n) if first else (self.n,)
        with again(k, "=j c col k i", self.turn, *bounds) as j:
            self.turn = j
            if self.mask is not None and skip:
                valid = self.mask(j)
                with k.when(k.negate(valid) if valid.type is t.BOOL else valid.equals(0)):
                    k.next_turn()
                assert self.seen is not None
                k.augment(self.seen, "+", 1)
            yield j

    def number(self) -> Expr:
        """How many elements counted, as a real number that is not zero."""
        k = self.k
        if self.seen is not None:
            return k.cast(k.call("max", self.seen, 1), k.real)
        return k.cast(self.n, k.real)


def rows(k: Kernel, masks: float = 0.15, batches: float = 0.12, width: int = 0) -> Rows:
    """A launch over rows, or over the rows of several batches."""
    rng = k.rng
    columns = width or rng.choose((8, 10, 12, 16))
    if rng.chance(batches):
        world, row = k.start(2, (3, 6), ("world", "=row i r"))
        leave_out(k, 0.1)
        return Rows(k, row, k.dim(columns), "plain", (world, row))
    row = begin(k)
    layout = rng.weighted({"plain": 10.0, "view": 2.5, "flat": 2.0, "across": 1.5, "offset": 1.2})
    made = Rows(k, row, k.dim(columns, fixed=layout == "flat"), layout, (row,))
    draw = rng.random()
    if draw < masks:
        made.masked()
    elif draw < masks + 0.15 and layout in ("plain", "view"):
        made.ragged()
    return made
