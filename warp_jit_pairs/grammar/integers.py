"""Integer formulas and recipes: bits, hashes, codes, number theory, packing."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .formulas import coefficient, rows
from .kernel import Kernel
from .recipes import letters, recipe
from .steps import Palette, step
from .tree import Expr

K = Body


def n(k: K, *values: int) -> Expr:
    """An integer that tunes a formula: a literal, a module constant or an argument."""
    rng = k.rng
    value = rng.choose(values)
    if isinstance(k, Kernel) and rng.chance(0.25):
        return k.scalar("integer", t.I32, min(values), max(values))
    if isinstance(k, Kernel) and rng.chance(0.15):
        return k.constant(value, t.I32, "integer")
    return tree.literal(value, t.I32)


def u(k: K, value: int) -> Expr:
    """An unsigned constant, in hexadecimal where people write it so."""
    text = f"0x{value:X}" if value > 255 else str(value)
    plain = tree.Literal(t.I32, float(value), float(value), value, text)
    return tree.Call(t.U32, float(value), float(value), "wp.uint32", (plain,))


def _wrap(k: K, value: Expr, bound: int = 1000) -> Expr:
    """Keep a signed value small, so that nothing overflows."""
    if value.low > -1e6 and value.high < 1e6:
        return value
    return value % k.rng.choose((bound, 97, 256, 1009))


rows(
    "integer",
    ("sum", "ii>i", "sum", lambda k, a, b: a + b, 1.5),
    ("difference", "ii>i", "delta", lambda k, a, b: a - b, 1.2),
    ("affine", "i>i", "integer", lambda k, a: _wrap(k, a) * n(k, 2, 3, 5, 7) + n(k, 1, 3, 11, 17), 1.5),
    ("product", "ii>i", "integer", lambda k, a, b: _wrap(k, a, 97) * _wrap(k, b, 97), 1.0),
    ("modulo", "i>i", "label", lambda k, a: a % n(k, 3, 5, 7, 8, 16), 1.5),
    ("quotient", "i>i", "label", lambda k, a: a // n(k, 2, 3, 4, 8), 1.2),
    ("truncated", "i>i", "integer", lambda k, a: a / n(k, 2, 3, 5), 0.4),
    ("linear_index", "ii>i", "index", lambda k, a, b: _wrap(k, a, 64) * n(k, 8, 16, 32) + b, 1.2),
    ("shift_left", "i>i", "bits", lambda k, a: k.call("clamp", a, 0, 255) << n(k, 1, 2, 3, 4), 0.8),
    ("shift_right", "i>i", "bits", lambda k, a: a >> n(k, 1, 2, 3, 4), 1.2),
    ("mask_low", "i>i", "bits", lambda k, a: a & n(k, 1, 3, 7, 15, 255), 1.5),
    ("both", "ii>i", "mask", lambda k, a, b: a & b, 1.0),
    ("either", "ii>i", "mask", lambda k, a, b: a | b, 1.0),
    ("differing", "ii>i", "bits", lambda k, a, b: a ^ b, 1.2),
    ("inverted", "i>i", "mask", lambda k, a: ~a, 0.6),
    ("popcount", "i>i", "count", lambda k, a: k.call("bit_count", a), 1.0),
    ("hamming", "ii>i", "distance", lambda k, a, b: k.call("bit_count", a ^ b), 1.0),
    ("parity", "i>i", "flag", lambda k, a: k.call("bit_count", a) & 1, 0.8),
    ("lowest_bit", "i>i", "bits", lambda k, a: a & -a, 0.7),
    ("clear_lowest", "i>i", "bits", lambda k, a: a & (a - 1), 0.7),
    ("gray", "i>i", "key", lambda k, a: a ^ (a >> 1), 0.9),
    (
        "clamp",
        "i>i",
        "integer",
        lambda k, a: k.call("clamp", a, k.rng.choose((0, -8, -16)), k.rng.choose((7, 15, 31, 63))),
        1.2,
    ),
    ("smaller", "ii>i", "minimum", lambda k, a, b: k.call("min", a, b), 1.0),
    ("larger", "ii>i", "maximum", lambda k, a, b: k.call("max", a, b), 1.0),
    ("magnitude", "i>i", "magnitude", lambda k, a: k.call("abs", a), 0.8),
    ("sign", "i>i", "sign", lambda k, a: k.call("sign", a), 0.5),
    ("manhattan", "iiii>i", "distance", lambda k, a, b, c, d: k.call("abs", a - c) + k.call("abs", b - d), 0.7),
    ("even_odd", "ii>i", "integer", lambda k, a, b: k.where((a & 1).equals(0), b, -b), 0.8),
    ("choose", "ii>i", "integer", lambda k, a, b: k.where(a > b, a - b, b - a), 0.8),
    ("saturating", "ii>i", "sum", lambda k, a, b: k.call("min", a + b, n(k, 100, 127, 255)), 0.6),
    ("round_up_to", "i>i", "size", lambda k, a: _round_up(k, a), 0.7),
    ("nonzero", "i>i", "flag", lambda k, a: k.call("nonzero", a), 0.4),
    ("negative_step", "i>i", "flag", lambda k, a: k.call("step", a), 0.35),
    ("digits", "i>i", "label", lambda k, a: (k.call("abs", a) * 7 // n(k, 10, 3)) % 10, 0.3),
    ("wrap_positive", "i>i", "index", lambda k, a: _wrap_positive(k, a), 0.8),
)

rows(
    "unsigned",
    ("add", "uu>u", "bits", lambda k, a, b: a + b, 1.0),
    (
        "multiply_odd",
        "u>u",
        "key",
        lambda k, a: a * u(k, k.rng.choose((0x9E3779B9, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2D, 1664525, 0x45D9F3B))),
        1.5,
    ),
    ("mix_right", "u>u", "key", lambda k, a: a ^ (a >> u(k, k.rng.choose((5, 13, 15, 16, 17)))), 2.0),
    ("mix_left", "u>u", "key", lambda k, a: a ^ (a << u(k, k.rng.choose((3, 5, 13, 7)))), 1.5),
    ("rotate", "u>u", "key", lambda k, a: _rotate(k, a), 1.2),
    ("combine", "uu>u", "key", lambda k, a, b: a * u(k, k.rng.choose((31, 33, 37, 16777619))) + b, 1.0),
    ("differing", "uu>u", "bits", lambda k, a, b: a ^ b, 1.2),
    (
        "masked",
        "u>u",
        "bits",
        lambda k, a: a & u(k, k.rng.choose((0xFF, 0xFFFF, 0x00FF00FF, 0x55555555, 0x7FFFFFFF))),
        1.2,
    ),
    ("joined", "uu>u", "bits", lambda k, a, b: (a << u(k, k.rng.choose((8, 16, 4)))) | (b & u(k, 0xFF)), 0.8),
    ("from_int", "i>u", "key", lambda k, a: k.cast(a, t.U32), 0.8),
    ("to_int", "u>i", "label", lambda k, a: k.cast(a % u(k, k.rng.choose((16, 64, 97, 1024))), t.I32), 1.0),
    ("count_bits", "u>i", "count", lambda k, a: k.call("bit_count", a), 0.5),
    ("spread_bits", "u>u", "key", lambda k, a: _spread(k, a), 0.6),
    ("swap_bytes", "u>u", "bits", lambda k, a: _swap(k, a), 0.5),
    ("inverted", "u>u", "mask", lambda k, a: ~a, 0.5),
    ("lcg", "u>u", "state", lambda k, a: a * u(k, 1664525) + u(k, 1013904223), 0.8),
    ("low_byte", "u>u", "bits", lambda k, a: (a >> u(k, k.rng.choose((8, 16, 24)))) & u(k, 0xFF), 0.8),
)


def _round_up(k: K, a: Expr) -> Expr:
    size = k.rng.choose((4, 8, 16, 32))
    base = k.call("abs", a)
    if k.rng.chance(0.5):
        return ((base + (size - 1)) // size) * size
    return (base + (size - 1)) & ~tree.literal(size - 1, t.I32)


def _wrap_positive(k: K, a: Expr) -> Expr:
    size = k.rng.choose((7, 8, 10, 16))
    return ((a % size) + size) % size


def _rotate(k: K, a: Expr) -> Expr:
    by = k.rng.choose((5, 7, 9, 13, 15))
    return (a << u(k, by)) | (a >> u(k, 32 - by))


def _spread(k: K, a: Expr) -> Expr:
    x = k.let("bits", a & u(k, 0xFFFF))
    x = k.let("bits", (x | (x << u(k, 8))) & u(k, 0x00FF00FF))
    x = k.let("bits", (x | (x << u(k, 4))) & u(k, 0x0F0F0F0F))
    x = k.let("bits", (x | (x << u(k, 2))) & u(k, 0x33333333))
    return (x | (x << u(k, 1))) & u(k, 0x55555555)


def _swap(k: K, a: Expr) -> Expr:
    return ((a & u(k, 0xFF)) << u(k, 24)) | ((a >> u(k, 8)) & u(k, 0xFF00)) | (a >> u(k, 24))


FIELDS = "bits generic sparse signal"


@recipe("integer arithmetic and bits element by element", "integer:3 arithmetic:0.3", FIELDS, "map")
def map_integer(k: Kernel) -> None:
    rng = k.rng
    unsigned = rng.chance(0.5)
    tags = {"integer": 1.0, "unsigned": 1.5} if unsigned else {"integer": 1.0}
    palette = Palette(rng, tags, letters(k, "iu" if unsigned else "i"))
    k.start(rng.weighted({1: 5.0, 2: 1.5, 3: 0.4}))
    k.guard()
    if not palette.all:
        palette = Palette(rng, {"integer": 1.0}, letters(k, "i"))
    low, high = {"small": (2, 4), "medium": (4, 8), "large": (7, 13)}[k.shared.size]
    for _ in range(rng.integer(low, high)):
        k.gap()
        step(k, palette)
        if rng.chance(0.12):
            _branch(k, palette)
    left = k.unused()
    for value in left[2:]:
        value.uses += 1
    result = rng.choose("iu") if unsigned else "i"
    wanted = palette.type(result)
    same = [v for v in left if v.expr.type == wanted]
    if not same:
        wanted = left[-1].expr.type
        same = [v for v in left if v.expr.type == wanted]
    for value in left:
        if value.expr.type != wanted:
            k.output("out", value.expr)
    joined = same[0].expr
    for value in same[1:]:
        joined = k.let("bits", joined ^ value.expr) if rng.chance(0.5) else k.let("integer", joined + value.expr)
    k.output("out", joined)
    k.shared.differentiable = False


def _branch(k: Kernel, palette: Palette) -> None:
    value = k.want(t.I32, "integer")
    target = k.variable("integer", value)
    test = (value % k.rng.choose((2, 3, 4))).equals(0) if k.rng.chance(0.5) else value > k.rng.integer(-2, 5)
    with k.when(test):
        k.augment(target, k.rng.choose("+-"), k.fresh(t.I32, "integer"))
    if k.rng.chance(0.5):
        with k.otherwise():
            k.set(target, k.want(t.I32, "integer") + 1)
    k.put("integer", target)


@recipe("integers of other widths: wrap-around, casts, sums", "integer:1.5", "bits signal generic", "copy")
def widths(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 4.0, 2: 1.0}))
    k.guard()
    k.shared.differentiable = False
    kinds = rng.sample((t.I8, t.U8, t.I16, t.U16, t.I64, t.U64), 2)
    value = k.let("integer", k.load("integer", kinds[0], 0 if kinds[0].kind == "u" else -20, 20))
    wide = k.let("integer", k.cast(value, rng.choose((t.I32, t.I64))))
    other = k.let("integer", k.cast(k.load("integer", kinds[1], 0, 20), wide.type.scalar))
    how = rng.integer(0, 4)
    if how == 0:
        result = wide * rng.choose((3, 5, 7)) + other
    elif how == 1:
        result = k.call("max", wide, other) - k.call("min", wide, other)
    elif how == 2:
        result = (wide << tree.literal(rng.choose((1, 2)), wide.type)) ^ other if wide.low >= 0 else wide ^ other
    elif how == 3:
        result = k.where(wide > other, wide - other, other)
    else:
        result = k.call("clamp", wide + other, -100, 100)
    result = k.let("result", result)
    if rng.chance(0.6):
        k.output("out", k.cast(k.call("clamp", result, 0, 100), kinds[1]))
    if rng.chance(0.6):
        real = rng.choose((t.F32, t.F64, t.F16))
        k.output("ratio", k.cast(result, real) / 16.0)
    else:
        k.output("result", result)
    if rng.chance(0.4):
        small = k.let(
            "integer", value + tree.literal(1, kinds[0]) if rng.chance(0.5) else value & tree.literal(7, kinds[0])
        )
        k.output("out", small)


@recipe("boolean logic on flags and comparisons", "control_flow:1 integer:0.8", "generic control sparse", "map")
def booleans(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 4.0, 2: 1.0}))
    k.guard()
    flags: list[Expr] = []
    for _ in range(rng.integer(2, 4)):
        how = rng.integer(0, 3)
        if how == 0:
            flags.append(k.let("bool", k.load("mask", t.BOOL, 0, 1)))
        elif how == 1:
            flags.append(k.let("bool", k.load("scalar", k.real) > k.parameter("threshold", -1.0, 1.0, 0.0, 0.5)))
        elif how == 2:
            flags.append(k.let("bool", k.load("label", t.I32, 0, 3).equals(rng.integer(0, 3))))
        else:
            value = k.maybe("scalar", k.load("scalar", k.real))
            flags.append(k.let("bool", k.call("abs", value) <= coefficient(k, "tolerance", 0.5, 1.0)))
    combined = flags[0]
    for flag in flags[1:]:
        flag = k.negate(flag) if rng.chance(0.3) else flag
        combined = k.let("bool", k.both(combined, flag) if rng.chance(0.5) else k.either(combined, flag))
    if rng.chance(0.6):
        k.output("flag", combined)
    value = k.load("scalar", k.real)
    if rng.chance(0.5):
        k.output("out", k.where(combined, value, k.choose_lit(0.0, 1.0, -1.0)))
    else:
        out = k.variable("result", value)
        with k.when(k.negate(combined) if rng.chance(0.4) else combined):
            k.set(out, value * k.parameter("scale", 0.1, 2.0, 0.5))
        k.output("out", out)
