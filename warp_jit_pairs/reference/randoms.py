"""Warp's random numbers and noise, bit for bit: a 32-bit PCG hash and Perlin noise over it.

A generator's state is a plain uint32. Functions that advance it return (value, new state); the transformed source
rebinds the caller's variable, as Warp does through a reference.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .faults import Fault
from .vectors import Types

_MASK = 0xFFFFFFFF
_PRIMES = (73856093, 19349663, 53471161, 10000019)
_TWO_PI = np.float32(2.0) * np.float32(math.pi)
_EPSILON = np.float32(5.96e-8)


def pcg(state: int) -> int:
    """The PCG hash of 32 bits."""
    b = (state * 747796405 + 2891336453) & _MASK
    c = (((b >> ((b >> 28) + 4)) ^ b) * 277803737) & _MASK
    return (c >> 22) ^ c


def rand_init(seed: Any, offset: Any = None) -> Any:
    if offset is None:
        return np.uint32(pcg(int(seed) & _MASK))
    return np.uint32(pcg((int(seed) + pcg(int(offset) & _MASK)) & _MASK))


def _signed(value: int) -> Any:
    return np.uint32(value).view(np.int32)


def randi(state: Any, low: Any = None, high: Any = None) -> tuple[Any, Any]:
    bits = pcg(int(state))
    if low is None:
        return _signed(bits), np.uint32(bits)
    span = (int(high) - int(low)) & _MASK
    if span == 0:
        raise Fault("integer division by zero")
    return _signed((bits % span + int(low)) & _MASK), np.uint32(bits)


def randu(state: Any, low: Any = None, high: Any = None) -> tuple[Any, Any]:
    value, fresh = randi(state, low, high)
    return value.view(np.uint32), fresh


class Randoms:
    """The random builtins for one precision."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self.F: Any = types.scalars["float32"].np

    def vec(self, *values: Any) -> Any:
        return self.types.block("float32", (len(values),)).of(np.array(values, self.F))

    def randf(self, state: Any, low: Any = None, high: Any = None) -> tuple[Any, Any]:
        bits = pcg(int(state))
        unit = self.F(np.float32(bits >> 8) * np.float32(1.0 / 16777216.0))
        return (unit if low is None else (high - low) * unit + low), np.uint32(bits)

    def randn(self, state: Any) -> tuple[Any, Any]:
        F = self.F
        first, state = self.randf(state)
        second, state = self.randf(state)
        return F(np.sqrt(F(-2) * np.log(first + F(_EPSILON))) * np.cos(F(_TWO_PI) * second)), state

    def sample_cdf(self, state: Any, cdf: Any) -> tuple[Any, Any]:
        value, state = self.randf(state)
        return lower_bound(cdf, value), state

    def sample_triangle(self, state: Any) -> tuple[Any, Any]:
        first, state = self.randf(state)
        second, state = self.randf(state)
        r = np.sqrt(first)
        return self.vec(self.F(1) - r, second * r), state

    def _angle(self, state: Any) -> tuple[Any, Any]:
        return self.randf(state, self.F(0), self.F(_TWO_PI))

    def sample_unit_ring(self, state: Any) -> tuple[Any, Any]:
        theta, state = self._angle(state)
        return self.vec(np.cos(theta), np.sin(theta)), state

    def sample_unit_disk(self, state: Any) -> tuple[Any, Any]:
        first, state = self.randf(state)
        theta, state = self._angle(state)
        r = np.sqrt(first)
        return self.vec(r * np.cos(theta), r * np.sin(theta)), state

    def _sphere(self, state: Any, spread: int, solid: bool) -> tuple[Any, Any]:
        F = self.F
        first, state = self.randf(state)
        theta, state = self._angle(state)
        phi = np.arccos(F(1) - F(spread) * first)
        r = F(1)
        if solid:
            third, state = self.randf(state)
            r = F(np.power(third, F(np.float32(1) / np.float32(3))))
        ring = r * np.sin(phi)
        return self.vec(np.cos(theta) * ring, np.sin(theta) * ring, r * np.cos(phi)), state

    def sample_unit_sphere_surface(self, state: Any) -> tuple[Any, Any]:
        return self._sphere(state, 2, False)

    def sample_unit_sphere(self, state: Any) -> tuple[Any, Any]:
        return self._sphere(state, 2, True)

    def sample_unit_hemisphere_surface(self, state: Any) -> tuple[Any, Any]:
        return self._sphere(state, 1, False)

    def sample_unit_hemisphere(self, state: Any) -> tuple[Any, Any]:
        return self._sphere(state, 1, True)

    def _cube(self, state: Any, dimensions: int) -> tuple[Any, Any]:
        values = []
        for _ in range(dimensions):
            value, state = self.randf(state)
            values.append(value - self.F(0.5))
        return self.vec(*values), state

    def sample_unit_square(self, state: Any) -> tuple[Any, Any]:
        return self._cube(state, 2)

    def sample_unit_cube(self, state: Any) -> tuple[Any, Any]:
        return self._cube(state, 3)

    def _unit32(self, state: int) -> tuple[Any, int]:
        bits = pcg(state)
        return np.float32(bits >> 8) * np.float32(1.0 / 16777216.0), bits

    def poisson(self, state: Any, rate: Any) -> tuple[Any, Any]:
        """Always in float32: the result is a count that rounding of the rate must not move."""
        lam, bits = np.float32(rate), int(state)
        if lam == 0:
            return np.uint32(0), state
        count, bits = self._poisson_large(bits, lam) if lam >= 10 else self._poisson_small(bits, lam)
        return np.uint32(count), np.uint32(bits)

    def _poisson_small(self, bits: int, lam: Any) -> tuple[int, int]:
        limit, product, count = np.exp(-lam), np.float32(1), 0
        while True:
            unit, bits = self._unit32(bits)
            product *= unit
            if not product > limit:
                return count, bits
            count += 1

    def _poisson_large(self, bits: int, lam: Any) -> tuple[int, int]:
        """Hoermann's transformed rejection."""
        f = np.float32
        root, log_rate = np.sqrt(lam), np.log(lam)
        b = f(0.931) + f(2.53) * root
        a = f(-0.059) + f(0.02483) * b
        inverse_alpha = f(1.1239) + f(1.1328) / (b - f(3.4))
        vr = f(0.9277) - f(3.6224) / (b - f(2))
        while True:
            u, bits = self._unit32(bits)
            v, bits = self._unit32(bits)
            u = u - f(0.5)
            us = f(0.5) - abs(u)
            k = np.floor((f(2) * a / us + b) * u + lam + f(0.43))
            if us >= f(0.07) and v <= vr:
                return int(k), bits
            if k < 0 or (us < f(0.013) and v > us):
                continue
            left = np.log(v) + np.log(inverse_alpha) - np.log(a / (us * us) + b)
            if left <= -lam + k * log_rate - f(math.lgamma(float(k) + 1.0)):
                return int(k), bits

    def _corner_gradient(self, state: int, corner: Sequence[int]) -> Any:
        mixed = 0
        for index, (position, prime) in enumerate(zip(corner, _PRIMES, strict=False)):
            term = position * prime + (state if index == len(corner) - 1 else 0)
            mixed ^= term & _MASK
        if len(corner) == 1:
            return self.randf(mixed, self.F(-1), self.F(1))[0] * np.ones(1, self.F)
        block, _ = self._cube(mixed, len(corner))
        size = np.sqrt((block.a * block.a).sum(dtype=self.F))
        return block.a / size if size > 0 else block.a * self.F(0)

    def _noise(self, state: int, point: Any, periods: Sequence[int] | None) -> tuple[Any, Any]:
        """Value and gradient of Perlin noise at a point."""
        F, dims = self.F, len(point)
        base = np.floor(point)
        d = point - base
        low = [int(x) for x in base]
        high = [x + 1 for x in low]
        if periods is not None:
            low = [int(math.fmod(x, p)) for x, p in zip(low, periods, strict=True)]
            high = [int(math.fmod(x + 1, p)) for x, p in zip(low, periods, strict=True)]
        s = d * d * d * (d * (d * F(6) - F(15)) + F(10))
        slope = F(30) * d * d * (d * (d - F(2)) + F(1))
        level = {}
        for corner in itertools.product((0, 1), repeat=dims):
            cell = [high[i] if corner[i] else low[i] for i in range(dims)]
            gradient = self._corner_gradient(state, cell)
            level[corner] = ((gradient * (d - np.array(corner, F))).sum(dtype=F), gradient)
        for axis in range(dims):
            merged = {}
            for corner in itertools.product((0, 1), repeat=dims - axis - 1):
                (a, da), (b, db) = level[(0, *corner)], level[(1, *corner)]
                gradient = (db - da) * s[axis] + da
                gradient[axis] += (b - a) * slope[axis]
                merged[corner] = ((b - a) * s[axis] + a, gradient)
            level = merged
        return level[()]

    def _point(self, x: Any) -> Any:
        return x.a if hasattr(x, "a") else np.array([x], self.F)

    def noise(self, state: Any, x: Any) -> Any:
        return self.F(self._noise(int(state), self._point(x), None)[0])

    def pnoise(self, state: Any, x: Any, *periods: Any) -> Any:
        whole = [int(period) for period in periods]
        if 0 in whole:
            raise Fault("integer division by zero")
        return self.F(self._noise(int(state), self._point(x), whole)[0])

    def curlnoise(self, state: Any, x: Any, octaves: Any = 1, lacunarity: Any = None, gain: Any = None) -> Any:
        F, point = self.F, x.a
        lacunarity = F(2) if lacunarity is None else lacunarity
        gain = F(0.5) if gain is None else gain
        fields = 1 if len(point) == 2 else 3
        sums = [np.zeros(len(point), F) for _ in range(fields)]
        seed, frequency, amplitude = int(state), F(1), F(1)
        for _ in range(int(octaves)):
            for field in range(fields):
                if field:
                    seed = int(rand_init(seed, (10019689, 13112221)[field - 1]))
                sums[field] = sums[field] + amplitude * self._noise(seed, frequency * point, None)[1]
            amplitude *= gain
            frequency *= lacunarity
        if fields == 1:
            return self.vec(-sums[0][1], sums[0][0])
        one, two, three = sums
        return self.vec(three[1] - two[2], one[2] - three[0], two[0] - one[1])

    def advancing(self) -> dict[str, Callable[..., tuple[Any, Any]]]:
        """Builtins that take a generator by reference."""
        return {name: getattr(self, name) for name in ADVANCING if hasattr(self, name)} | {
            "randi": randi,
            "randu": randu,
        }

    def pure(self) -> dict[str, Callable[..., Any]]:
        return {
            "rand_init": rand_init,
            "noise": self.noise,
            "pnoise": self.pnoise,
            "curlnoise": self.curlnoise,
            "lower_bound": lower_bound,
        }


ADVANCING = (
    "randi", "randu", "randf", "randn", "sample_cdf", "sample_triangle", "sample_unit_ring", "sample_unit_disk",
    "sample_unit_sphere_surface", "sample_unit_sphere", "sample_unit_hemisphere_surface", "sample_unit_hemisphere",
    "sample_unit_square", "sample_unit_cube", "poisson",
)  # fmt: skip
"""Builtins whose first argument, a generator, changes in the caller."""


def lower_bound(array: Any, *rest: Any) -> Any:
    """First index in the range whose item is not less than the value; the last index if none is."""
    low, high, value = rest if len(rest) == 3 else (0, array.n, rest[0])
    lower, upper = int(low), int(high) - 1
    while lower < upper:
        middle = lower + (upper - lower) // 2
        if array[middle] < value:
            lower = middle + 1
        else:
            upper = middle
    return np.int32(lower)
