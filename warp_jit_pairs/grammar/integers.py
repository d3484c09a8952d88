"""Integer formulas: bits, hashes, codes, packing."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .formulas import rows
from .kernel import Kernel
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
