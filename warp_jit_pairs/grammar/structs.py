"""Structs: arrays of structs, parameters in a struct, nested structs, functions of structs."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .blocks import condition_simple
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .maps import LENGTH
from .recipes import recipe
from .steps import Palette, merge, step
from .tree import Expr

FIELDS = "particles rigid geometry render optimization biology chemistry finance"

_KINDS: tuple[tuple[str, str, float, float], ...] = (
    ("position", "v", -2.0, 2.0),
    ("velocity", "v", -2.0, 2.0),
    ("force", "v", -2.0, 2.0),
    ("normal", "v", -1.0, 1.0),
    ("color", "v", 0.0, 1.0),
    ("mass", "r", 0.5, 2.0),
    ("radius", "r", 0.1, 2.0),
    ("stiffness", "r", 0.5, 20.0),
    ("damping", "r", 0.05, 1.0),
    ("energy", "r", -2.0, 2.0),
    ("weight", "r", 0.0, 1.0),
    ("temperature", "r", 0.1, 2.0),
    ("scalar", "r", -2.0, 2.0),
    ("parameter", "r", 0.1, 2.0),
    ("label", "i", 0, 7),
    ("flag", "i", 0, 1),
    ("rotation", "q", -1.0, 1.0),
    ("matrix", "m", -1.0, 1.0),
    ("bool", "b", 0, 1),
)


class StructType:
    """A struct of the program: its type, and what is known about its fields."""

    def __init__(self, k: Kernel, chosen: Sequence[tuple[str, t.Type, float, float]], docstring: str = "") -> None:
        names: list[str] = []
        for kind, *_ in chosen:
            names.append(k.namer.field(kind))
        self.kinds = [kind for kind, *_ in chosen]
        self.limits = {name: (low, high) for name, (_, _, low, high) in zip(names, chosen, strict=True)}
        self.type = t.Struct(k.namer.struct(), tuple((name, item[1]) for name, item in zip(names, chosen, strict=True)))
        annotations = tuple(k.spell(item[1]) for item in chosen)
        k.shared.parts.append(tree.StructDef(self.type, annotations, docstring))

    def facts(self) -> dict[str, Any]:
        return {"fields": {name: {"low": low, "high": high} for name, (low, high) in self.limits.items()}}

    def get(self, value: Expr, which: int) -> Expr:
        """A field of a value, with the range that its inputs have."""
        name, field_type = self.type.fields[which]
        low, high = self.limits[name]
        return tree.Attribute(field_type, low, high, value, name)

    def of_type(self, value_type: t.Type) -> list[int]:
        return [n for n, (_, field_type) in enumerate(self.type.fields) if field_type == value_type]


def types_of(k: Kernel) -> dict[str, t.Type]:
    size = k.rng.choose((2, 3, 3, 3))
    return {
        "r": k.real,
        "v": t.vec(size, k.real),
        "i": t.I32,
        "q": t.quat(k.real),
        "m": t.mat(size, size, k.real),
        "b": t.BOOL,
    }


def choose_fields(k: Kernel, types: dict[str, t.Type], low: int, high: int) -> list[tuple[str, t.Type, float, float]]:
    """Different fields, at least one number and one vector."""
    rng = k.rng
    common = [row for row in _KINDS if row[1] in "vri"]
    pool = list(_KINDS) if rng.chance(0.3) else common
    chosen = rng.sample(pool, rng.integer(low, high))
    for letter in "vr":
        if not any(row[1] == letter for row in chosen):
            chosen.append(rng.choose([row for row in _KINDS if row[1] == letter]))
    return [(kind, types[letter], lo, hi) for kind, letter, lo, hi in chosen]


def offer(k: Body, struct: StructType, value: Expr, share: float = 0.8) -> None:
    """Put fields of a struct at hand, some through locals."""
    for n, kind in enumerate(struct.kinds):
        if k.rng.chance(share):
            item = struct.get(value, n)
            if isinstance(item.type, (t.Struct, t.Quat)) or item.type is t.BOOL:
                continue
            k.put(kind, k.let(kind, item) if k.rng.chance(0.4) else item)


def _steps(k: Body, palette: Palette, low: int, high: int) -> None:
    for _ in range(k.rng.integer(low, high)):
        step(k, palette)


def _palette(k: Kernel, types: dict[str, t.Type]) -> Palette:
    tags = {"vector": 1.0, "arithmetic": 0.7, "math": 0.3}
    return Palette(k.rng, tags, {letter: types[letter] for letter in "rv"})


@recipe("arrays of structs, read and written field by field", "struct:4 combined:0.5", FIELDS, "map")
def array_of_structs(k: Kernel) -> None:
    rng = k.rng
    types = types_of(k)
    (i,) = k.start(1)
    k.guard()
    struct = StructType(k, choose_fields(k, types, 3, 5))
    inplace = rng.chance(0.55)
    array = k.array("structs", struct.type, k.launch, "inout" if inplace else "in", **struct.facts())
    item = array[i]
    if rng.chance(0.75):
        item = k.let("struct", item)
    palette = _palette(k, types)
    flags = [n for n, (_, field_type) in enumerate(struct.type.fields) if field_type in (t.I32, t.BOOL)]
    if flags and rng.chance(0.4):
        flag = struct.get(item, flags[0])
        test = flag if flag.type is t.BOOL else flag.equals(0)
        with k.when(k.negate(test) if flag.type is t.BOOL else test):
            k.give()
    offer(k, struct, item)
    low, high = LENGTH[k.shared.size]
    _steps(k, palette, max(1, low - 1), max(2, high - 2))
    left = [v for v in k.unused() if v.expr.type in (types["r"], types["v"])]
    if not inplace and rng.chance(0.5):
        for value in left[:2]:
            value.uses += 1
            k.output(value.kind, k.bounded(value.expr))
        if len(left) > 2:
            k.output("out", k.bounded(merge(k, left[2].expr.type, left[2:])))
        return
    results: dict[int, Expr] = {}
    for letter in "vr":
        slots = struct.of_type(types[letter])
        values = [v for v in left if v.expr.type == types[letter]]
        if slots and values:
            results[rng.choose(slots)] = k.bounded(merge(k, types[letter], values))
    if not results:
        slot = struct.of_type(types["r"])[0]
        results[slot] = k.bounded(merge(k, k.real, left))
    if inplace:
        k.shared.differentiable = False
        whole = isinstance(item, tree.Name) and rng.chance(0.5)
        for slot, result in results.items():
            k.set(struct.get(item if whole else array[i], slot), result)
        if whole:
            k.set(array[i], item)
        return
    made = k.let("struct", tree.Call(struct.type, -inf, inf, struct.type.name, ()))
    for slot in range(len(struct.type.fields)):
        k.set(struct.get(made, slot), results.get(slot, struct.get(item, slot)))
    k.set(k.array("structs", struct.type, k.launch, "out", **struct.facts())[i], made)


@recipe("a struct of parameters passed to the kernel", "struct:2.5 arithmetic:0.4 combined:0.3", FIELDS, "map")
def parameter_struct(k: Kernel) -> None:
    rng = k.rng
    types = types_of(k)
    k.start(rng.weighted({1: 4.0, 2: 2.0}), alone=0.03)
    k.guard()
    chosen = choose_fields(k, types, 2, 5)
    struct = StructType(k, chosen)
    argument = k.scalar("struct", struct.type, -inf, inf, **struct.facts())
    palette = _palette(k, types)
    x = (
        k.let("position", k.load("position", types["v"]))
        if rng.chance(0.6)
        else k.let("scalar", k.load("scalar", k.real))
    )
    k.put("scalar", x)
    offer(k, struct, argument, 1.0)
    low, high = LENGTH[k.shared.size]
    _steps(k, palette, low, high)
    if rng.chance(0.3):
        with k.when(condition_simple(k)):
            k.output("out", k.bounded(k.want(k.real, "scalar")))
    left = k.unused()
    wanted = left[-1].expr.type if left and left[-1].expr.type in (types["r"], types["v"]) else k.real
    usable = [v for v in left if v.expr.type in (types["r"], types["v"])]
    k.output("out", k.bounded(merge(k, wanted, usable)))


@recipe("functions that take and return structs", "struct:3 function:1", FIELDS, "map")
def struct_functions(k: Kernel) -> None:
    rng = k.rng
    types = types_of(k)
    (i,) = k.start(1)
    k.guard()
    struct = StructType(k, choose_fields(k, types, 2, 4))
    palette = _palette(k, types)
    wanted = types[rng.choose("rrv")]

    def measure(body: Body, names: list[Expr]) -> Sequence[Expr]:
        body.pool.clear()
        offer(body, struct, names[0], 0.9)
        if not body.at_hand(types["r"]) and not body.at_hand(types["v"]):
            body.put("scalar", struct.get(names[0], struct.of_type(types["r"])[0]))
        for extra in names[1:]:
            body.put("scalar", extra)
        _steps(body, palette, 1, 3)
        usable = [v for v in body.unused() if v.expr.type in (types["r"], types["v"])]
        return [body.bounded(merge(body, wanted, usable))]

    parameters: list[tuple[str, t.Type, float, float]] = [("struct", struct.type, -inf, inf)]
    if rng.chance(0.5):
        parameters.append(("vector", types["v"], -2.0, 2.0))
    first = helper(k, "scalar", parameters, measure)
    second = None
    if rng.chance(0.6):
        slot = rng.choose(struct.of_type(types["v"]))

        def advance(body: Body, names: list[Expr]) -> Sequence[Expr]:
            made = body.let("struct", tree.Call(struct.type, -inf, inf, struct.type.name, ()))
            for n in range(len(struct.type.fields)):
                value = struct.get(names[0], n)
                if n == slot:
                    value = value + names[1] if rng.chance(0.5) else value * body.choose_lit(0.5, 0.9) + names[1]
                body.set(struct.get(made, n), value)
            return [made]

        second = helper(k, "struct", [("struct", struct.type, -inf, inf), ("delta", types["v"], -2.0, 2.0)], advance)
    array = k.array("structs", struct.type, k.launch, low=-2.0, high=2.0, **struct.facts())
    item = k.let("struct", array[i])
    if second is not None:
        item = k.let("struct", second.call(item, k.load("delta", types["v"])))
    arguments = [
        item if value_type == struct.type else k.load("vector", value_type, low, high)
        for _, value_type, low, high in first.parameters
    ]
    k.put("result", k.let("result", first.call(*arguments)))
    _steps(k, palette, 0, 2)
    usable = [v for v in k.unused() if v.expr.type in (types["r"], types["v"])]
    k.output("out", k.bounded(merge(k, wanted, usable)))
    if second is not None:
        k.set(k.array("structs", struct.type, k.launch, "out", **struct.facts())[i], item)


@recipe("structs inside structs", "struct:1.5", FIELDS, "map")
def nested_structs(k: Kernel) -> None:
    rng = k.rng
    types = types_of(k)
    (i,) = k.start(1)
    k.guard()
    inner = StructType(k, choose_fields(k, types, 2, 3))
    rest = choose_fields(k, types, 1, 2)
    names = [k.namer.field("struct"), *(k.namer.field(kind) for kind, *_ in rest)]
    fields = tuple(zip(names, [inner.type, *(row[1] for row in rest)], strict=True))
    outer = t.Struct(k.namer.struct(), fields)
    k.shared.parts.append(tree.StructDef(outer, (inner.type.name, *(k.spell(row[1]) for row in rest))))
    facts: dict[str, Any] = {"fields": {names[0]: inner.facts()}}
    facts["fields"] |= {name: {"low": row[2], "high": row[3]} for name, row in zip(names[1:], rest, strict=True)}
    if rng.chance(0.6):
        holder = k.let("struct", k.array("structs", outer, k.launch, **facts)[i])
    else:
        holder = k.scalar("struct", outer, -inf, inf, **facts)
        k.put("scalar", k.let("scalar", k.load("scalar", k.real)))
    part: Expr = tree.Attribute(inner.type, -inf, inf, holder, names[0])
    if rng.chance(0.4):
        part = k.let("struct", part)
    offer(k, inner, part)
    for name, (kind, value_type, low, high) in zip(names[1:], rest, strict=True):
        if value_type in (types["r"], types["v"]):
            k.put(kind, tree.Attribute(value_type, low, high, holder, name))
    palette = _palette(k, types)
    _steps(k, palette, *LENGTH[k.shared.size])
    usable = [v for v in k.unused() if v.expr.type in (types["r"], types["v"])]
    k.output("out", k.bounded(merge(k, types[rng.choose("rv")], usable)))


@recipe(
    "search, selection and accumulation over an array of structs",
    "struct:1.5 reduction:0.5 control_flow:0.4",
    FIELDS,
    "reduction",
)
def struct_loop(k: Kernel) -> None:
    rng = k.rng
    types = types_of(k)
    k.start(1)
    k.guard()
    struct = StructType(k, choose_fields(k, types, 2, 4))
    items = k.dim(8)
    array = k.array("structs", struct.type, (items,), **struct.facts())
    query = k.let("position", k.load("position", types["v"]))
    reals, vectors = struct.of_type(types["r"]), struct.of_type(types["v"])
    what = rng.choose(("sum", "nearest", "weighted"))
    total = k.variable("sum", k.lit(0.0) if what != "weighted" else k.zero(types["v"]))
    best = k.variable("distance", k.lit(1e4)) if what == "nearest" else None
    chosen = k.variable("index", k.integer(-1)) if what == "nearest" else None
    with k.loop("loop", k.length(items, array)) as j:
        item = k.let("struct", array[j])
        delta = k.let("delta", struct.get(item, rng.choose(vectors)) - query)
        distance = k.let("distance", k.call("length", delta))
        factor = struct.get(item, rng.choose(reals))
        if what == "sum":
            if rng.chance(0.5):
                with k.when(distance > k.parameter("radius", 0.5, 3.0, 1.0, 2.0)):
                    k.next_turn()
            k.augment(total, "+", factor / (distance + k.choose_lit(0.1, 0.5, 1.0)))
        elif what == "weighted":
            k.augment(total, "+", delta * (factor * k.call("exp", -distance)))
        else:
            assert best is not None
            assert chosen is not None
            with k.when(distance < best):
                k.set(best, distance)
                k.set(chosen, j)
                k.set(total, factor)
    if chosen is not None and best is not None:
        k.output("index", chosen)
        k.output("distance", best)
    k.output("result", total)
    k.shared.differentiable = what != "nearest"
