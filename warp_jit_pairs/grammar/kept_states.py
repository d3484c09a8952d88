"""One thing's state of many parts in a kernel: where its parts lie, what they are called, which are meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import inf

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .names import camel, plural
from .records import Records
from .scene import NoValue
from .state_tables import Part, State
from .translate import named_type
from .tree import Expr

COUNTS = {"small": (3, 5), "medium": (5, 9), "large": (18, 30)}
_SHORT = {
    "position": "pos",
    "velocity": "vel",
    "acceleration": "accel",
    "orientation": "rot",
    "rotation": "rot",
    "temperature": "temp",
    "angular": "ang",
    "linear": "lin",
    "direction": "dir",
    "previous": "prev",
    "amplitude": "amp",
    "frequency": "freq",
    "pressure": "press",
    "density": "rho",
}

PAST = ("prev_", "last_", "start_", "max_", "target_", "rest_")
"""What is itself a copy of another part."""


class Kept:
    """The parts of a state that one kernel is about, and where they lie."""

    def __init__(self, k: Kernel, category: str, state: State) -> None:
        rng = k.rng
        self.k, self.state = k, state
        self.e = rng.choose(state.entities)
        k.namer.module.taste.subjects, k.namer.module.taste.abbreviates = [self.e], False
        self.form = rng.choose(("{}", "{}", self.e + "_{}"))
        self.several = rng.chance(0.35)
        self.short = rng.chance(0.4)
        self.first_read = rng.chance(0.4)
        self.structured = category == "struct"
        self.records: Records | None = None
        self.world: Expr | None = None
        """The world, where there are many."""
        self.looped = False
        self.dims: tuple[Dim, ...] = ()
        self.index: tuple[Expr, ...] = ()
        self.arrays: dict[str, Expr] = {}

    def word(self, part: Part) -> str:
        if not self.short:
            return part.name
        return "_".join(_SHORT.get(one, one) for one in part.name.split("_"))

    def type(self, part: Part) -> t.Type:
        found = named_type(part.type, self.k.real)
        assert found is not None
        return found

    def begin(self, only: str = "") -> None:
        """Start the threads: one for each element (`only` "threads"), or one for each world that goes through its
        elements (`only` "loops")."""
        k, rng, e = self.k, self.k.rng, self.e
        loops = 0.0 if self.structured else 0.3 if k.shared.size == "small" else 1.0
        loops = {"threads": 0.0, "loops": 1e3}.get(only, loops)
        how = rng.weighted({"one": 3.0, "two": 1.2, "loop": loops})
        many = plural(e)
        batch = rng.choose(("world", "env", "batch")) if e not in ("env", "agent") else "world"
        batches = f"=num_{plural(batch)}"
        if how == "one":
            self.index = k.start(1, None, (f"=tid i {e}_id {e}_idx idx",))
            k.launch[0].called = f"=num_{many} n_{many} count"
        elif how == "two":
            self.index = k.start(2, None, (f"=!{batch} {batch}_id b", f"=i {e}_id tid {e}_idx j"))
            self.world = self.index[0]
            k.launch[0].called, k.launch[1].called = batches, f"=num_{many} n_{many}"
        else:
            self.looped = True
            self.index = k.start(1, (8,), (f"=!{batch} {batch}_id tid",))
            self.world = self.index[0]
            k.launch[0].called = batches
        k.guard()
        self.dims = k.launch

    @contextmanager
    def elements(self, skips: bool = True) -> Iterator[None]:
        """Each element of the thread, with `skips` perhaps not those that are not in use."""
        if not self.looped:
            yield
            return
        k = self.k
        width = k.dim(k.rng.choose((4, 6)))
        width.called = f"=num_{plural(self.e)} n_{plural(self.e)} {plural(self.e)}_per_world"
        outer, dims = self.index, self.dims
        with k.loop(f"=!j {self.e}_id {self.e}", k.length(width)) as n:
            self.index, self.dims = (outer[0], n), (k.launch[0], width)
            if skips and k.rng.chance(0.35):
                with k.when(k.negate(self.active())):
                    k.next_turn()
            yield
        self.index, self.dims = outer, dims

    def active(self) -> Expr:
        """Whether the element of this turn is in use."""
        k = self.k
        word = f"=active alive {self.e}_active {self.e}_enabled"
        return k.array(word, t.BOOL, self.dims, low=0, high=1)[self.index]

    def structure(self, role: str) -> None:
        e, k = self.e, self.k
        name = k.namer.struct((camel(e), f"{camel(e)}State", f"{camel(e)}Data"))
        self.records = Records(k, name, f"={plural(e)} {e}_states {e}_data", f"={e} {e[0]} item s", self.dims, role)

    def facts(self, part: Part) -> dict[str, float | bool]:
        if part.type == "quat":
            return {"low": -1.0, "high": 1.0, "unit": True}
        low, high = (round(part.low), round(part.high)) if part.type == "int" else (part.low, part.high)
        return {"low": low, "high": high}

    def array(self, part: Part, form: str = "{}", role: str = "in", dims: Sequence[Dim] | None = None) -> Expr:
        """The array of a part, or of a copy of it that `form` names."""
        word = form.format(self.word(part))
        if word not in self.arrays:
            named = self.form.format(plural(word) if self.several and part.type != "bool" else word)
            kind = f"=!{named} {self.e}_{word} {word}_arr"
            own: tuple[Dim, ...] = tuple(self.dims if dims is None else dims)
            facts = self.facts(part) if role != "out" else {}
            self.arrays[word] = self.k.array(kind, self.type(part), own, role, **facts)
        return self.arrays[word]

    def at(self, part: Part, role: str = "in") -> Expr:
        """A part of the thread's element."""
        if self.records is not None:
            kind = f"=!{self.word(part)}"
            value = self.records.field(kind, self.type(part), dict(self.facts(part)), self.index, part.name)
            return value if role == "in" else self.records.target(part.name, self.index)
        return self.array(part, role=role)[self.index]

    @contextmanager
    def written(self, parts: Sequence[Part]) -> Iterator[Callable[[Part, Expr], None]]:
        """How parts of the thread's element are written: one by one, or in a new struct that is stored at the end."""
        k, records = self.k, self.records
        if records is not None:
            for part in parts:
                self.at(part)
        if records is None or not k.rng.chance(0.4):

            def write(part: Part, value: Expr) -> None:
                k.set(self.at(part, "inout"), value)

            yield write
            return
        empty = records.empty
        made = k.let(f"={self.e[0]} s item new_{self.e}", tree.Call(empty, -inf, inf, records.struct, ()))

        def fill(part: Part, value: Expr) -> None:
            name, kind = records.fields[part.name]
            k.set(tree.Attribute(kind, -inf, inf, made, name), value)

        yield fill
        k.set(tree.Subscript(empty, -inf, inf, records.array, tuple(self.index)), made)

    def chance(self) -> Expr:
        """The state of this element's random numbers."""
        k = self.k
        seed = k.scalar("=seed base_seed rng_seed", t.I32, 0, 1000)
        place = self.index[0]
        for dim, index in zip(self.dims[1:], self.index[1:], strict=True):
            place = place * k.length(dim) + index
        return k.let("=rng state rng_state", k.call("rand_init", seed, place))

    def shaken(self, state: Expr, value: Expr, spread: Expr) -> Expr:
        """A value somewhere about what it would be."""
        k = self.k
        if isinstance(value.type, t.Vector):
            drawn = [k.call("randf", state, k.lit(-1.0), k.lit(1.0)) for _ in range(value.type.length)]
            return value + spread * k.make(value.type, *drawn)
        return value + spread * k.call("randf", state, k.lit(-1.0), k.lit(1.0))

    def spread(self, value: t.Type, number: float) -> Expr:
        """A value that is a number throughout; of a rotation or a matrix, the identity."""
        k = self.k
        if isinstance(value, t.Quat):
            return k.call("quat_identity", gives=value) if k.real is t.F32 else k.make(value, 0.0, 0.0, 0.0, 1.0)
        if isinstance(value, t.Matrix):
            return k.identity(3)
        if isinstance(value, t.Vector):
            return k.make(value, *[number] * value.length)
        return k.lit(number, value)


def chosen(kept: Kept, fits: Callable[[Part], bool]) -> list[Part]:
    """Some parts in the order of the table, rather the first ones."""
    rng = kept.k.rng
    low, high = COUNTS[kept.k.shared.size]
    found = [part for part in kept.state.parts if fits(part)]
    if len(found) < 3:
        raise NoValue("few parts")
    count = min(rng.integer(low, high), len(found))
    places = sorted(range(len(found)), key=lambda n: rng.random() + 0.05 * n)[:count]
    # In the order of the table, or nearly so.
    loose = rng.choose((0.0, 0.0, 2.0))
    return [found[n] for n in sorted(places, key=lambda n: n + loose * rng.random())]


def asked(kept: Kept, words: str) -> Expr:
    """Whether something is to be done to the thread's element, or its world."""
    k = kept.k
    lead = kept.world is not None and (kept.looped or k.rng.chance(0.5))
    dims = k.launch[:1] if lead else kept.dims
    index = kept.index[: len(dims)]
    kind = t.I32 if k.rng.chance(0.4) else t.BOOL
    flag = k.array(words, kind, dims, low=0, high=1)[index]
    return flag if kind is t.BOOL else flag.differs(0)


@contextmanager
def where(kept: Kept, test: Expr) -> Iterator[None]:
    """Only where a test holds: a return before, or a branch around."""
    k = kept.k
    if k.rng.chance(0.6):
        with k.when(k.negate(test)):
            k.give()
        k.gap()
        with kept.elements():
            yield
    else:
        with k.when(test), kept.elements():
            yield
