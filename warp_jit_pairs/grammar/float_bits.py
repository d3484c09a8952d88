"""The bits of floating-point numbers: signs, exponents, sortable keys, hashes, numbers put together from bits."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .integers import u
from .kernel import Kernel
from .recipes import SINGLE, extra, recipe
from .tree import Expr

Use = Callable[[Kernel, Expr], tuple[str, Expr]]
"""The bits of a number to what becomes of them: the kind of the result and its value."""


def bits_of(k: Kernel, value: Expr, to: t.Scalar) -> Expr:
    """A number's bits as another type of the same size."""
    low, high = (-1e9, 1e9) if to is t.I32 else (0.0, 4e9) if to is t.U32 else (-1e3, 1e3)
    return tree.Call(to, low, high, "wp.cast", (value, tree.Verbatim(t.SHAPE, 0.0, 0.0, k.style.scalar(to))))


def _sign(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    return "sign", k.cast(bits >> u(k, 31), t.I32)


def _exponent(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    return "integer", k.cast((bits >> u(k, 23)) & u(k, 0xFF), t.I32) - 127


def _fraction(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    return "bits", bits & u(k, 0x7FFFFF)


def _sortable(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    """A key whose order as an integer is that of the numbers."""
    flipped = k.where((bits >> u(k, 31)).equals(u(k, 1)), ~bits, bits | u(k, 0x80000000))
    return "key", flipped


def _hash(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    value = k.let("key", (bits ^ (bits >> u(k, k.rng.choose((15, 16))))) * u(k, k.rng.choose((0x85EBCA6B, 0x45D9F3B))))
    return "key", value ^ (value >> u(k, k.rng.choose((13, 16))))


def _magnitude(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    return "magnitude", bits_of(k, k.let("bits", bits & u(k, 0x7FFFFFFF)), t.F32)


def _flipped(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    return "scalar", bits_of(k, k.let("bits", bits ^ u(k, 0x80000000)), t.F32)


def _rounded(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    """The number with fewer digits, as a bfloat16 keeps."""
    return "scalar", bits_of(k, k.let("bits", bits & u(k, k.rng.choose((0xFFFF0000, 0xFFFFF000)))), t.F32)


def _unit(k: Kernel, bits: Expr) -> tuple[str, Expr]:
    """The fraction under the exponent of one: a number from 0 to 1."""
    joined = k.let("bits", (bits & u(k, 0x7FFFFF)) | u(k, 0x3F800000))
    return "probability", bits_of(k, joined, t.F32) - 1.0


_USES: tuple[Use, ...] = (_sign, _exponent, _fraction, _sortable, _hash, _magnitude, _flipped, _rounded, _unit)


@recipe("numbers taken apart into their bits", "integer:0.8 random:0.2", "bits signal generic", "hash", SINGLE)
def float_bits(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 1, 1, 2)))
    k.guard()
    # The bits of what was computed would depend on the last rounding: these are of what was read.
    number = k.array("scalar", t.F32, k.launch, low=-4.0, high=4.0)[k.threads]
    number = k.let("scalar", number * rng.choose((0.5, 2.0, 4.0)) if rng.chance(0.2) else number)
    bits = k.let("bits", bits_of(k, number, t.U32))
    for use in rng.sample(_USES, rng.integer(1, 3)):
        kind, result = use(k, bits)
        if result.type is t.F32 and rng.chance(0.5):
            k.put(kind, k.let(kind, result))
            extra(k, "arithmetic", "r", 1, 3)
            result = k.bounded(k.latest(t.F32))
        k.output(kind, k.maybe(kind, result))
    k.shared.differentiable = False
