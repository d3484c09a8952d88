"""Hashes, codes and number theory."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .integers import n, u
from .kernel import Kernel
from .recipes import recipe


@recipe("hashes of cells, keys and pairs", "integer:2", "bits geometry sparse", "map")
def hashing(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.weighted({1: 3.0, 2: 1.0}))
    k.guard()
    what = rng.choose(("cell", "avalanche", "fnv", "xorshift", "pair"))
    size = k.dim(rng.choose((16, 32, 64)))
    if what == "cell":
        ndim = rng.choose((2, 3))
        if rng.chance(0.5):
            p = k.let("position", k.load("position", t.vec(ndim, k.real), -4.0, 4.0))
            width = k.parameter("scale", 0.5, 2.0, 0.5, 1.0)
            cells = [k.let("coordinate", k.cast(k.call("floor", c / width), t.I32)) for c in k.components(p)]
        else:
            cells = k.components(k.let("index", k.load("coordinate", t.vec(ndim, t.I32), -8, 8)))
        primes = rng.sample((73856093, 19349663, 83492791), ndim)
        mixed = k.cast(cells[0], t.U32) * u(k, primes[0])
        for cell, prime in zip(cells[1:], primes[1:], strict=True):
            mixed = mixed ^ k.cast(cell, t.U32) * u(k, prime)
        h = k.let("key", mixed)
    elif what == "pair":
        a, b = k.let("index", k.load("index", t.I32, 0, 50)), k.let("index", k.load("neighbor", t.I32, 0, 50))
        if rng.chance(0.5):
            low, high = k.let("minimum", k.call("min", a, b)), k.let("maximum", k.call("max", a, b))
            h = k.let("key", k.cast(high * (high + 1) / 2 + low, t.U32))
        else:
            h = k.let("key", (k.cast(a, t.U32) << u(k, 16)) | k.cast(b, t.U32))
    else:
        h = k.variable("key", k.cast(k.load("key", t.I32, 0, 1000), t.U32))
        if what == "avalanche":
            for shift, factor in rng.choose(
                (
                    ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 0)),
                    ((17, 0xED5AD4BB), (11, 0xAC4C1B51), (15, 0x31848BAB), (14, 0)),
                )
            ):
                k.augment(h, "^", h >> u(k, shift))
                if factor:
                    k.augment(h, "*", u(k, factor))
        elif what == "xorshift":
            with k.loop("loop", rng.integer(1, 4)):
                for operator, shift in zip("<><", rng.choose(((13, 17, 5), (7, 9, 8), (11, 19, 8))), strict=True):
                    k.augment(h, "^", h << u(k, shift) if operator == "<" else h >> u(k, shift))
        else:
            word = k.let("bits", k.cast(k.load("key", t.I32, 0, 1000), t.U32))
            with k.loop("loop", 4) as byte:
                part = k.let("bits", (word >> k.cast(byte * 8, t.U32)) & u(k, 0xFF))
                k.set(h, (h ^ part) * u(k, 16777619))
    if rng.chance(0.5):
        k.output("key", h)
    count = k.length(size)
    k.output("bin", k.cast(h % k.cast(count, t.U32), t.I32))
    k.shared.differentiable = False


@recipe("Morton and other codes: interleave, pack, unpack, reverse", "integer:2", "bits render geometry", "map")
def codes(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    what = rng.choose(("interleave", "pack", "unpack", "reverse", "color"))
    k.shared.differentiable = False
    if what == "interleave":
        ndim = rng.choose((2, 3))
        parts = [k.let("bits", k.cast(k.load("coordinate", t.I32, 0, 255), t.U32)) for _ in range(ndim)]
        code = k.variable("key", u(k, 0))
        with k.loop("loop", rng.choose((6, 8, 10))) as bit:
            shift = k.let("bits", k.cast(bit, t.U32))
            for axis, part in enumerate(parts):
                one = (part >> shift) & u(k, 1)
                to = k.cast(ndim * bit + axis if axis else bit * ndim, t.U32)
                k.set(code, code | (one << to))
        k.output("key", code)
    elif what == "pack":
        widths = rng.choose(((8, 8, 8), (5, 6, 5), (10, 10, 10), (11, 11, 10)))
        code = None
        offset = 0
        for width in widths:
            part = k.cast(k.load("coordinate", t.I32, 0, 31), t.U32) & u(k, (1 << width) - 1)
            part = k.let("bits", part)
            shifted = part << u(k, offset) if offset else part
            code = shifted if code is None else code | shifted
            offset += width
        assert code is not None
        k.output("key", code)
    elif what == "unpack":
        word = k.let("bits", k.load("key", t.U32, 0, 100000))
        for place, width in rng.sample(((0, 8), (8, 8), (16, 5), (24, 8), (4, 4), (12, 10)), rng.integer(2, 3)):
            field = (word >> u(k, place)) & u(k, (1 << width) - 1) if place else word & u(k, (1 << width) - 1)
            k.output("out", k.cast(field, t.I32))
    elif what == "reverse":
        word = k.variable("bits", k.load("key", t.U32, 0, 100000))
        out = k.variable("bits", u(k, 0))
        with k.loop("loop", rng.choose((8, 16, 32))):
            k.set(out, (out << u(k, 1)) | (word & u(k, 1)))
            k.augment(word, ">>", u(k, 1))
        k.output("bits", out)
    else:
        rgb = k.let("color", k.load("color", t.vec(3, k.real), 0.0, 1.0))
        channels = []
        for c in k.components(rgb):
            scaled = k.call("clamp", c, 0.0, 1.0) * 255.0
            channels.append(k.let("integer", k.cast(scaled + 0.5 if rng.chance(0.5) else scaled, t.I32)))
        k.output("color", (channels[0] << 16) | (channels[1] << 8) | channels[2])


@recipe(
    "number theory in loops: gcd, powers, primes, Collatz, digits", "integer:2.5 control_flow:1", "generic bits", "map"
)
def number_theory(k: Kernel) -> None:
    rng = k.rng
    k.start(1)
    k.guard()
    k.shared.differentiable = False
    what = rng.choose(
        ("gcd", "power", "prime", "collatz", "digits", "fibonacci", "isqrt", "log2", "binomial", "divisors")
    )
    x = k.load("integer", t.I32, 1, 60)
    extra_term = rng.chance(0.5)
    if extra_term:
        x = k.let("integer", x * rng.choose((2, 3, 5)) + rng.integer(1, 7))
    if what == "gcd":
        a, b = k.variable("integer", x), k.variable("integer", k.load("integer", t.I32, 1, 60))
        with k.repeat(b.differs(0) if rng.chance(0.5) else b > 0):
            rest = k.let("temp", a % b)
            k.set(a, b)
            k.set(b, rest)
        result = a
    elif what == "power":
        base, exponent = k.variable("integer", x), k.variable("integer", k.load("integer", t.I32, 0, 12))
        modulus = n(k, 97, 101, 1009)
        result = k.variable("result", k.integer(1))
        with k.repeat(exponent > 0):
            with k.when((exponent % 2).equals(1) if rng.chance(0.5) else (exponent & 1).equals(1)):
                k.set(result, (result * base) % modulus)
            k.set(base, (base * base) % modulus)
            k.set(exponent, exponent // 2 if rng.chance(0.5) else exponent >> 1)
    elif what == "prime":
        x = k.let("integer", x)
        result = k.variable("flag", k.integer(1))
        with k.when(x < 2):
            k.set(result, 0)
        d = k.variable("integer", k.integer(2))
        with k.repeat(d * d <= x):
            with k.when((x % d).equals(0)):
                k.set(result, 0)
                k.leave_loop()
            k.augment(d, "+", 1)
    elif what == "collatz":
        value, result = k.variable("integer", x), k.variable("steps", k.integer(0))
        limit = rng.choose((50, 100, 64))
        with k.repeat(k.both(value > 1, result < limit)):
            with k.when((value % 2).equals(0)):
                k.set(value, value // 2)
            with k.otherwise():
                k.set(value, 3 * value + 1)
            k.augment(result, "+", 1)
    elif what == "digits":
        value, result = k.variable("integer", x), k.variable("sum", k.integer(0))
        base = n(k, 10, 2, 8, 16)
        with k.repeat(value > 0):
            if rng.chance(0.5):
                k.augment(result, "+", value % base)
            else:
                k.set(result, result * base + value % base)
            k.set(value, value // base)
    elif what == "fibonacci":
        a, b = k.variable("previous", k.integer(0)), k.variable("next", k.integer(1))
        with k.loop("loop", k.let("count", k.call("min", x, 30))):
            total = k.let("sum", (a + b) % rng.choose((1009, 10007)))
            k.set(a, b)
            k.set(b, total)
        result = a
    elif what == "isqrt":
        x = k.let("integer", x)
        result = k.variable("solution", k.integer(0))
        with k.repeat((result + 1) * (result + 1) <= x):
            k.augment(result, "+", 1)
    elif what == "log2":
        value, result = k.variable("integer", x), k.variable("count", k.integer(0))
        with k.repeat(value > 1):
            k.augment(value, ">>", 1)
            k.augment(result, "+", 1)
    elif what == "binomial":
        m = k.let("count", k.call("clamp", x, 1, 12))
        chosen = k.load("integer", t.I32, 0, 6)
        result = k.variable("result", k.integer(1))
        with k.loop("loop", k.call("min", chosen, m)) as j:
            k.set(result, result * (m - j) // (j + 1))
    else:
        x = k.let("integer", x)
        result = k.variable("count", k.integer(0))
        with k.loop("loop", 1, x + 1) as d, k.when((x % d).equals(0)):
            k.augment(result, "+", d if rng.chance(0.5) else 1)
    k.output("out", result)
