"""Kernels that store laws' values as whole numbers: fixed point, small integers, several fields packed into a word."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .helpers import Helper, helper
from .kernel import Kernel
from .kinship import more_laws
from .law_numbers import gives_number, in_few_bits, span, stored, word_of
from .laws import Law, Sheet
from .names import plural
from .scene import NoValue, Scene
from .studies import spoken, study, suppress_value, threads
from .tree import Expr
from .unsigned import u

CODES = {8: t.U8, 16: t.U16, 32: t.I32}


_LIGHT = ("color", "radiance", "luma", "luminance", "intensity", "gray", "albedo", "brightness", "depth", "tone")
"""What codes are not spread evenly for: parts of the names of quantities."""
_COLORS = ("color", "radiance", "irradiance", "albedo", "tone", "tint")
"""What has components from nothing to one."""


class Coder:
    """How one program turns numbers into codes."""

    def __init__(self, scene: Scene, several: bool) -> None:
        self.scene = scene
        rng = scene.rng
        self.how = rng.weighted({"unit": 4.0, "step": 2.0, "fixed": 2.0, "root": 0.7})
        self.round = rng.choose(("half", "round", "floor"))
        self.literal = rng.chance(0.35)
        self.function: dict[int, Helper] = {}
        self.in_function = rng.chance(0.55 if several else 0.2)
        self.named = rng.chance(0.45)
        self.reaches: dict[str, Expr] = {}

    def bounds(self, name: str, value: Expr) -> tuple[Expr, Expr]:
        """The range that the codes of a value cover."""
        scene = self.scene
        k = scene.k
        word = word_of(scene, name)
        low, high = span(scene, name, value)
        if self.literal:
            return k.lit(round(low, 2)), k.lit(max(round(high, 2), round(low, 2) + 0.1))
        width = high - low
        return (
            k.scalar(f"=!min_{word} {word}_min {word}_lo", k.real, low, low + 0.2 * width),
            k.scalar(f"=!max_{word} {word}_max {word}_hi", k.real, high - 0.2 * width, high),
        )

    def reach(self, name: str, most: float) -> Expr:
        """How far from zero a vector's components may be."""
        k = self.scene.k
        if 3.14 < most < 3.3:
            # Angles.
            return tree.Verbatim(k.real, 3.14, 3.15, "wp.pi") if k.real is t.F32 else k.lit(3.14159265)
        big = float(2 ** int(most).bit_length())
        word = word_of(self.scene, name)
        if self.literal:
            return k.lit(big)
        if name not in self.reaches:
            kind = f"=!{word}_range max_{word} {word}_extent"
            named = k.rng.chance(0.4)
            self.reaches[name] = k.constant(big, k.real, kind) if named else k.scalar(kind, k.real, 0.5 * big, big)
        return self.reaches[name]

    def whole(self, scaled: Expr, highest: int, lowest: int = 0) -> Expr:
        """A number cut off and rounded to a whole one: in this order, so that the cast is defined."""
        k = self.scene.k
        cut = k.call("clamp", scaled, k.lit(float(lowest)), k.lit(float(highest)))
        if self.round == "round" or lowest < 0:
            return k.cast(k.call("round", cut), t.I32)
        if self.round == "half":
            return k.cast(k.call("min", cut + 0.5, k.lit(float(highest))) if highest > 2**16 else cut + 0.5, t.I32)
        return k.cast(cut, t.I32)

    def encode(self, name: str, value: Expr, bits: int) -> Expr:
        """The code of a value, a whole number below 2**bits."""
        scene = self.scene
        k = scene.k
        word = word_of(scene, name)
        highest = (1 << bits) - 1
        how = self.how
        if how == "root" and not any(part in name for part in _LIGHT):
            how = "unit"
        if how in ("unit", "root"):
            low, high = self.bounds(name, value)
            if self.in_function:
                return self._helper(highest, how).call(value, low, high)
            unit = k.call("clamp", (value - low) / (high - low), 0.0, 1.0)
            if how == "root":
                unit = k.call("sqrt", unit)
            elif self.named:
                unit = k.let(f"=!{word}_unit {word}_norm u_{word}", unit)
            return self.whole_unit(unit, highest)
        least, most = span(scene, name, value)
        step = round((most - least) / (highest * 0.8), 5) or 0.001
        if how == "step":
            first, width = self._grid(word, least, step)
            return self.whole((value - first) / width, highest)
        scale = float(max(1, 2 ** max(0, int(highest / (most - least)).bit_length() - 1)))
        factor = k.lit(scale) if self.literal else k.constant(scale, k.real, f"=!{word}_scale {word}_fixed_scale")
        if least < 0.0:
            half = (highest + 1) // 2
            return self.whole(value * factor, half - 1, -half) + half
        return self.whole(value * factor, highest)

    def _grid(self, word: str, low: float, step: float) -> tuple[Expr, Expr]:
        k = self.scene.k
        if self.literal:
            return k.lit(round(low, 2)), k.lit(step)
        return (
            k.scalar(f"=!{word}_offset {word}_origin {word}_zero", k.real, low, low + step),
            k.scalar(f"=!{word}_step {word}_resolution {word}_quantum", k.real, step, 2.0 * step),
        )

    def whole_unit(self, unit: Expr, highest: int) -> Expr:
        k = self.scene.k
        scaled = unit * float(highest)
        if self.round == "round":
            return k.cast(k.call("round", scaled), t.I32)
        if self.round == "half":
            return k.cast(scaled + 0.5, t.I32)
        return k.cast(k.call("min", unit * float(highest + 1), k.lit(float(highest))), t.I32)

    def _helper(self, highest: int, how: str) -> Helper:
        k, rng = self.scene.k, self.scene.rng
        if highest not in self.function:
            real = k.real

            def write(body: Kernel, names: list[Expr]) -> Sequence[Expr]:
                value, low, high = names
                unit = body.call("clamp", (value - low) / (high - low), 0.0, 1.0)
                if how == "root":
                    unit = body.call("sqrt", unit)
                if self.named:
                    unit = body.let("=!unit t", unit)
                return [self._whole_in(body, unit, highest)]

            parameters = [("=!value x", real, -1e4, 1e4), ("=!lo low", real, -1e4, 1e4), ("=!hi high", real, -1e4, 1e4)]
            bits = highest.bit_length()
            titles = (f"quantize{bits}", f"encode_u{bits}", f"to_unorm{bits}", f"quantize_{bits}bit", f"to_code{bits}")
            self.function[highest] = helper(k, parameters, write, titles=titles)  # type: ignore[arg-type]
            del rng
        return self.function[highest]

    def _whole_in(self, body: Kernel, unit: Expr, highest: int) -> Expr:
        scaled = unit * float(highest)
        if self.round == "round":
            return body.cast(body.call("round", scaled), t.I32)
        return body.cast(scaled + 0.5 if self.round == "half" else scaled, t.I32)

    def decoded(self, code: Expr, low: Expr, high: Expr, bits: int) -> Expr:
        """The value that a code stands for."""
        k = self.scene.k
        highest = float((1 << bits) - 1)
        return low + (high - low) * (k.cast(code, k.real) / highest)


def codable(field: Sheet, law: Law) -> bool:
    """Whether a law gives what can be stored as codes."""
    kinds = {field.quantity(name).type for name in law.gives}
    plain = all(field.term(name).prefix != "next" for name in law.gives)
    return (
        plain
        and "rng" not in law.takes
        and kinds <= {"real", "bool", "int", "vec2", "vec3"}
        and bool(kinds & {"real", "vec2", "vec3"})
    )


def _packable(field: Sheet, law: Law) -> bool:
    """Whether a law gives what is put into words: a vector that is drawn or sent, numbers that go together."""
    vector = field.quantity(law.gives[0]).type in ("vec2", "vec3")
    return vector and codable(field, law) and in_few_bits(field, law.gives[0])


def valued(scene: Scene, law: Law, category: str, low: int, high: int) -> list[tuple[str, Expr]]:
    """The values of a law and of some more of the same element."""
    k = scene.k
    found: list[tuple[str, Expr]] = []
    for one in (law, *more_laws(scene, law, category, k.rng.integer(low, high))):
        if one is not law and not codable(scene.sheet, one):
            continue
        with suppress_value():
            k.gap()
            fresh = [name for name in one.gives if name not in scene.held]
            if len(fresh) == len(one.gives):
                found += zip(one.gives, scene.apply(one, scene.depth), strict=True)
    if not found:
        raise NoValue(law.name)
    return found


def parts_of(scene: Scene, name: str, value: Expr) -> list[tuple[str, Expr]]:
    """A value as numbers with words for them: the components of a vector, a number itself."""
    word = word_of(scene, name)
    if isinstance(value.type, t.Vector):
        axes = "rgb" if any(one in name for one in _COLORS) else "xyz"
        return [(f"{word}_{c}", part) for c, part in zip(axes, scene.k.components(value), strict=False)]
    return [(word, value)]


_COUNTS = {"small": (0, 0), "medium": (0, 1), "large": (1, 3)}


@study("laws' values stored as small whole numbers", "integer:1.8 arithmetic:0.2 math:0.2", grows=1.0)
def quantize(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = stored(k, gives_number)
    threads(scene, category, law)
    k.shared.differentiable = False
    values = [pair for pair in valued(scene, law, category, *_COUNTS[k.shared.size]) if pair[1].type is k.real]
    if not values:
        raise NoValue(law.name)
    coder = Coder(scene, len(values) > 1)
    site = scene.sites[""]
    bits = rng.weighted({8: 4.0, 16: 3.5, 12: 1.0, 10: 0.7, 4: 0.15})
    store = CODES.get(bits, t.I32) if rng.chance(0.75) else t.I32
    ending = rng.choose(("code", "q", "quantized", "level") if bits != 16 else ("code", "q", "fixed"))
    form = rng.choose((f"{{}}_{ending}", f"{{}}_{ending}", f"{ending}_{{}}"))
    several = len(values) > 1
    extra = rng.weighted({"": 5.0, "error": 2.0, "saturated": 1.5, "key": 1.0 if several else 0.0, "delta": 1.0})
    if coder.how != "unit" and extra == "error":
        extra = "saturated"
    if extra == "error":
        coder.how, coder.in_function, coder.literal = "unit", False, True
    k.gap()
    codes = []
    flat = rng.chance(0.5)
    for name, value in values:
        word = word_of(scene, name)
        code = coder.encode(name, value, bits)
        if extra or not flat:
            code = k.let(f"=!{form.format(word)}_i {word}_bits" if flat else f"=!{word}_bits {word}_int q_{word}", code)
        out = k.array(f"=!{form.format(word)} {form.format(word)}_out", store, site.dims, "out")
        k.set(out[site.index], k.cast(code, store))
        codes.append(code)
    if extra:
        k.gap()
        _beside(scene, coder, extra, values, codes, bits)
    word = word_of(scene, values[0][0])
    e = scene.names.entity
    k.titles = (
        *(f"quantize_{word}", f"encode_{word}", f"quantize_{plural(e)}", f"compress_{plural(e)}"),
        *(f"quantize_{law.name}", f"encode_{e}_{word}", f"store_{word}_{bits}bit", f"{e}_{word}_codes"),
    )
    what = f"{len(values)} quantities" if several else f"the {spoken(values[0][0])}"
    k.about = f"Quantize {what} of each {e.replace('_', ' ')} to {bits} bits." if rng.chance(0.6) else "-"


def _beside(
    scene: Scene, coder: Coder, extra: str, values: list[tuple[str, Expr]], codes: list[Expr], bits: int
) -> None:
    """What is kept beside the codes."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    name, value = values[0]
    word = word_of(scene, name)
    highest = (1 << bits) - 1
    if extra == "error":
        low, high = coder.bounds(name, value)
        restored = coder.decoded(codes[0], low, high, bits)
        error = value - restored
        out = k.array(f"=!{word}_error {word}_quant_error", k.real, site.dims, "out")
        k.set(out[site.index], k.call("abs", error) if rng.chance(0.4) else error)
    elif extra == "saturated":
        counts = k.array(
            "=num_saturated saturated clip_count num_clipped", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0
        )
        tests = [code.equals(highest) for code in codes]
        test = tests[0] if len(tests) == 1 else k.either(*tests)
        if rng.chance(0.4) and len(codes) == 1 and span(scene, name, value)[0] != 0.0:
            test = k.either(test, codes[0].equals(0))
        with k.when(test):
            k.do(k.call("atomic_add", counts, k.integer(0), 1, gives=t.I32))
    elif extra == "key":
        key: Expr = codes[0]
        e = scene.names.entity
        out = k.array(f"={e}_keys sort_keys keys", t.I64 if bits > 8 and len(codes) > 1 else t.I32, site.dims, "out")
        kind = out.type.dtype  # type: ignore[attr-defined]
        key = k.cast(key, kind)
        for code in codes[1:3]:
            key = (key << tree.literal(bits, kind)) | k.cast(code, kind)
        k.set(out[site.index], key)
    else:
        old = k.array(f"=!prev_{word}_code last_{word}_code", t.I32, site.dims, low=0, high=min(highest, 255))
        change = codes[0] - old[site.index]
        out = k.array(f"=!{word}_delta {word}_code_delta", t.I32, site.dims, "out")
        if rng.chance(0.5):
            # Zigzag: small changes of either sign become small codes.
            change = k.let("=delta diff change", change)
            change = (change << k.integer(1)) ^ (change >> k.integer(31))
        k.set(out[site.index], change)


_LAYOUTS = {
    2: ((16, 16), (16, 16), (20, 12)),
    3: ((10, 10, 10), (11, 11, 10), (8, 8, 8), (12, 10, 10)),
    4: ((8, 8, 8, 8), (10, 10, 6, 6)),
    1: ((16,),),
}


@study("laws' values packed into words by shifts and masks", "integer:1.2 combined:0.2", grows=1.0)
def pack(k: Kernel, category: str) -> None:
    rng = k.rng
    scene, law = stored(k, _packable)
    threads(scene, category, law)
    k.shared.differentiable = False
    values = valued(scene, law, category, *{"small": (0, 1), "medium": (0, 2), "large": (1, 4)}[k.shared.size])
    coder = Coder(scene, True)
    numbers: list[tuple[str, str, Expr]] = []
    flags: list[tuple[str, Expr]] = []
    for name, value in values:
        if value.type is t.BOOL:
            flags.append((word_of(scene, name), value))
        elif value.type is not t.I32:
            numbers += [(word, name, part) for word, part in parts_of(scene, name, value)]
    if len(numbers) < 2:
        raise NoValue(law.name)
    k.gap()
    words = 0
    site = scene.sites[""]
    e = scene.names.entity
    upward = rng.chance(0.5)
    stepwise = rng.chance(0.4)
    while numbers:
        take = _together(numbers, rng.choose((2, 3, 4, 2, 3)))
        group, numbers = numbers[:take], numbers[take:]
        same = len({one for _, one, _ in group}) == 1
        # The parts of a vector have fields alike.
        fits = [one for one in _LAYOUTS[take] if not same or len(set(one)) == 1 or one == (11, 11, 10)]
        if take > 1 and "position" in group[0][1]:
            # A byte is too little for where something is.
            fits = [one for one in fits if min(one) > 8] or fits
        widths = rng.choose(fits)
        _word(
            scene,
            coder,
            group,
            widths,
            flags if words == 0 and sum(widths) + len(flags) <= 32 else [],
            words,
            (upward, stepwise),
        )
        words += 1
    del site
    subject = word_of(scene, values[0][0])
    k.titles = (f"pack_{subject}", f"pack_{law.name}", f"encode_{e}_{subject}", f"pack_{e}_{subject}")
    if len(values) > 1:
        k.titles = (f"pack_{plural(e)}", f"pack_{e}_words", f"compress_{e}_state", f"{e}_to_bits", *k.titles)
    k.about = (
        f"Pack the {spoken(values[0][0]) if len(values) == 1 else 'quantities'} of each {e.replace('_', ' ')} into"
        f" {'a 32-bit word' if words == 1 else '32-bit words'}."
        if rng.chance(0.5)
        else "-"
    )


def _together(numbers: list[tuple[str, str, Expr]], most: int) -> int:
    """How many of the next numbers share a word: a vector's components stay together."""
    take = 1
    while take < min(len(numbers), 4) and (take < most or numbers[take][1] == numbers[take - 1][1]):
        following = [one for _, one, _ in numbers[take:]].count(numbers[take][1])
        if numbers[take][1] != numbers[take - 1][1] and take + following > 4:
            break
        take += 1
    return take


def _word(
    scene: Scene,
    coder: Coder,
    group: list[tuple[str, str, Expr]],
    widths: Sequence[int],
    flags: list[tuple[str, Expr]],
    number: int,
    habit: tuple[bool, bool],
) -> None:
    """One packed word."""
    k, rng = scene.k, scene.rng
    upward, stepwise = habit
    site = scene.sites[""]
    e = scene.names.entity
    parts: list[tuple[Expr, int]] = []
    place = 0
    for (word, name, part), bits in zip(group, widths, strict=True):
        code = k.let(f"=!{word}_bits {word}_code q_{word}", k.cast(_coded(coder, name, word, part, bits), t.U32))
        parts.append((code, place))
        place += bits
    for word, flag in flags:
        parts.append((k.let(f"=!{word}_bit {word}_flag", k.where(flag, u(k, 1), u(k, 0))), place))
        place += 1
    ordered = parts if upward else parts[::-1]
    if stepwise:
        packed = k.variable(
            "=packed bits word" if number == 0 else f"=!packed{number} word{number}", _shifted(k, *ordered[0]), False
        )
        for code, shift in ordered[1:]:
            k.set(packed, packed | _shifted(k, code, shift))
        made: Expr = packed
    else:
        made = _shifted(k, *ordered[0])
        for code, shift in ordered[1:]:
            made = made | _shifted(k, code, shift)
    kind = f"=packed {e}_bits packed_{plural(e)} words" if number == 0 else f"=!packed_{number} {e}_bits_{number}"
    k.set(k.array(kind, t.U32, site.dims, "out")[site.index], made)
    del rng


def _coded(coder: Coder, name: str, word: str, part: Expr, bits: int) -> Expr:
    scene = coder.scene
    if word == word_of(scene, name):
        return coder.encode(name, part, bits)
    k = scene.k
    low, high = span(scene, name, part)
    if any(one in name for one in _COLORS):
        unit = k.call("clamp", part, 0.0, 1.0)
    elif high <= 1.001 and low >= -1.001:
        unit = k.call("clamp", part if low >= 0.0 else part * 0.5 + 0.5, 0.0, 1.0)
    elif low >= 0.0:
        unit = k.call("clamp", part / coder.reach(name, high), 0.0, 1.0)
    else:
        unit = k.call("clamp", 0.5 * part / coder.reach(name, max(abs(low), abs(high))) + 0.5, 0.0, 1.0)
    return coder.whole_unit(unit, (1 << bits) - 1)


def _shifted(k: Kernel, code: Expr, shift: int) -> Expr:
    return code << u(k, shift) if shift else code
