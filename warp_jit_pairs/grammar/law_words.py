"""Kernels that work on packed storage: a law's inputs are fields of words, taken out by shifts and masks."""

from __future__ import annotations

from math import isfinite

from warp_jit_pairs import types as t

from .kernel import Kernel
from .kinship import more_laws
from .law_codes import Coder
from .law_numbers import in_few_bits, stored, word_of
from .laws import Law, Sheet
from .names import plural
from .scene import NoValue, Scene
from .studies import deliver, noun, study, suppress_value, threads
from .topics import of_pairs
from .tree import Expr
from .unsigned import u

_PACKED = frozenset({"real", "vec2", "vec3", "bool", "int"})


def _fields(field: Sheet, law: Law) -> list[str]:
    """What a law takes that an element can have packed."""
    return [
        name
        for name in law.takes
        if name != "rng"
        and (row := field.quantity(name)).type in _PACKED
        and row.where in ("state", "result")
        and isfinite(row.low)
        and name not in of_pairs(field)
        and field.term(name).prefix not in ("max", "min", "next", "rate")
        and in_few_bits(field, name)
    ]


def _fits(field: Sheet, law: Law) -> bool:
    parts = sum({"vec2": 2, "vec3": 3}.get(field.quantity(name).type, 1) for name in _fields(field, law))
    return "rng" not in law.takes and 2 <= parts <= 8


class Words:
    """The packed words of an element, and what is taken out of them."""

    def __init__(self, scene: Scene, count: int) -> None:
        self.scene = scene
        rng = scene.rng
        self.count = count
        e = scene.names.entity
        self.site = scene.sites[""]
        self.kind = f"=packed_{plural(e)} {e}_words packed {e}_bits"
        self.literal = rng.chance(0.5)
        self.shift_first = rng.chance(0.75)
        self.named = rng.chance(0.5)
        self.columns = count > 1 and rng.chance(0.6)
        self.array: Expr | None = None

    def load(self, number: int) -> Expr:
        k = self.scene.k
        kind = "=word bits packed_i w" if self.count == 1 else f"=!word{number} w{number}"
        if self.columns:
            if self.array is None:
                dim = k.dim(self.count, fixed=True)
                self.array = k.array(self.kind, t.U32, (*self.site.dims, dim), low=0, high=2**31 - 1)
            return k.let(kind, self.array[(*self.site.index, number)])
        given = self.kind if self.count == 1 else f"=!packed_{number} words_{number}"
        return k.let(kind, k.array(given, t.U32, self.site.dims, low=0, high=2**31 - 1)[self.site.index])

    def take(self, word: Expr, shift: int, bits: int) -> Expr:
        k = self.scene.k
        mask = (1 << bits) - 1
        if shift == 0:
            return word & u(k, mask)
        if shift + bits == 32:
            return word >> u(k, shift)
        if not self.shift_first and shift + bits < 31:
            return (word & u(k, mask << shift)) >> u(k, shift)
        return (word >> u(k, shift)) & u(k, mask)

    def decode(self, name: str, part: str, code: Expr, bits: int) -> Expr:
        """The number that a field stands for, in its quantity's range."""
        k = self.scene.k
        row = self.scene.sheet.quantity(name)
        highest = float((1 << bits) - 1)
        if self.named:
            code = k.let(f"=!{part}_code {part}_q {part}_bits", code)
        low, high = k.lit(round(row.low, 4)), k.lit(round(row.high - row.low, 4))
        unit = k.cast(code, k.real) / highest
        if row.low == 0.0:
            return unit if row.high == 1.0 else unit * high
        if row.low == -row.high:
            return (unit * 2.0 - 1.0) if row.high == 1.0 else (unit * 2.0 - 1.0) * k.lit(round(row.high, 4))
        return low + unit * high


@study("a law whose inputs are fields of packed words", "integer:1.7 combined:0.2", grows=1.0)
def unpack(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = stored(k, _fits, False)
    threads(scene, category, law)
    k.shared.differentiable = False
    wanted = _fields(scene.sheet, law)
    extra: list[Law] = []
    if k.shared.size != "small":
        count = rng.integer(0, 1) if k.shared.size == "medium" else rng.integer(1, 3)
        extra = [one for one in more_laws(scene, law, category, count) if "rng" not in one.takes]
    for one in extra:
        own = [name for name in _fields(scene.sheet, one) if name not in wanted]
        known = {result for other in (law, *extra) for result in other.gives}
        wanted += [name for name in own if name not in known and rng.chance(0.7)]
    names = sorted(dict.fromkeys(wanted), key=lambda name: scene.sheet.quantity(name).type)
    _take_out(scene, names[:10])
    k.gap()
    scene.alone = not extra
    again = rng.chance(0.35) and scene.sheet.quantity(law.gives[0]).type == "real" and len(law.gives) == 1
    written = []
    for one in (law, *extra):
        if all(name in scene.held for name in one.gives):
            continue
        with suppress_value():
            k.gap()
            results = scene.apply(one, scene.depth, named=rng.chance(0.6) or len(one.gives) > 1)
            written.append(one)
            for name, value in zip(one.gives, results, strict=True):
                if again and value.type is k.real:
                    _put_back(scene, name, value)
                else:
                    deliver(scene, name, value)
    if not written:
        raise NoValue(law.name)
    e, word = scene.names.entity, word_of(scene, law.gives[0])
    k.titles = (
        *(f"unpack_{plural(e)}", f"decode_{plural(e)}", f"unpack_{e}_{word}", f"{law.name}_from_packed"),
        *(f"decode_{e}_state", f"{word}_from_bits", f"packed_{law.name}", f"unpack_{law.name}"),
    )
    k.about = rng.choose(
        ("-", f"Decode the packed state of each {e.replace('_', ' ')} and compute its {noun(law) or 'result'}.")
    )


def _take_out(scene: Scene, names: list[str]) -> None:
    """Decode quantities from words, each field within one."""
    k, rng = scene.k, scene.rng
    parts: list[tuple[str, int]] = []
    field = scene.sheet
    for name in names:
        kind = field.quantity(name).type
        parts += [(name, n) for n in range({"vec2": 2, "vec3": 3}.get(kind, 1))]
    wide = any(row.type in ("vec2", "vec3") and row.high > 1.0 for row in map(field.quantity, names))
    # A byte is too little for where something is.
    width = rng.weighted({8: 0.0 if wide else 4.0, 10: 3.0, 16: 2.0, 12: 1.0})
    mixed = rng.chance(0.3)
    layout: list[tuple[int, int, int]] = []
    word = place = 0
    for name in names:
        row = field.quantity(name)
        count = {"vec2": 2, "vec3": 3}.get(row.type, 1)
        bits = 1 if row.type == "bool" else width if not mixed or count > 1 else rng.choose((8, 10, 12))
        if row.type == "int":
            bits = max(1, int(row.high - row.low).bit_length() - 1) if row.high - row.low >= 1 else 1
            bits = min(bits, 16)
        # A vector lies in one word, its parts in fields alike.
        bits = min(bits, 32 // count)
        if place + bits * count > 32:
            word, place = word + 1, 0
        for _ in range(count):
            layout.append((word, place, bits))
            place += bits
    words = Words(scene, word + 1)
    loaded: dict[int, Expr] = {}
    done: dict[str, list[Expr]] = {}
    for (name, component), (number, shift, bits) in zip(parts, layout, strict=True):
        if number not in loaded:
            k.gap()
            loaded[number] = words.load(number)
        row = field.quantity(name)
        code = words.take(loaded[number], shift, bits)
        stem = word_of(scene, name)
        if row.type == "bool":
            value = code.differs(u(k, 0))
        elif row.type == "int":
            value = k.cast(code, t.I32) + int(row.low)
        else:
            axes = "rgb" if "color" in name or "albedo" in name else "xyz"
            value = words.decode(name, stem if row.type == "real" else f"{stem}_{axes[component]}", code, bits)
        done.setdefault(name, []).append(value)
        if len(done[name]) == {"vec2": 2, "vec3": 3}.get(row.type, 1):
            whole = done[name][0] if len(done[name]) == 1 else k.make(scene.type_of(name), *done[name])
            scene.held[name] = k.let(scene.names.local(field.term(name)), whole)


def _put_back(scene: Scene, name: str, value: Expr) -> None:
    """Store a result as a code of the same kind."""
    k, rng = scene.k, scene.rng
    word = word_of(scene, name)
    coder = Coder(scene, False)
    bits = rng.choose((8, 16))
    made = coder.encode(name, value, bits)
    kind = t.U8 if bits == 8 else t.U16
    site = scene.sites[""]
    k.set(k.array(f"=!{word}_code {word}_packed {word}_q", kind, site.dims, "out")[site.index], k.cast(made, kind))
