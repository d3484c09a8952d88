"""What values laws give for most of what they take, found by trying; bounds that are proven are often far wider.

A threshold or a tolerance is drawn from these, so that it tells some elements from others.
"""

from __future__ import annotations

import ast
import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

from warp_jit_pairs.rng import Rng, sub_seed

from .laws import ROWS, Law, Quantity, Sheet, SheetError

_TRIES = 64
_REMEMBERED = 4096
"""So many answers are kept, a KB each: programs ask the same of a law again and again."""
_ROW = 6
"""Numbers in what is a row of them."""
_COMPONENTS = {"vec2": 2, "vec3": 3, "vec4": 4}
_UNKNOWN = (AttributeError, IndexError, KeyError, NameError, SheetError, TypeError)
"""What comes of builtins and types that are not known here."""


class _Vector(tuple[float, ...]):
    """Components that are worked with one by one."""

    __slots__ = ()

    def __add__(self, other: Any) -> _Vector:
        return _Vector(a + b for a, b in zip(self, other, strict=True))

    def __sub__(self, other: Any) -> _Vector:
        return _Vector(a - b for a, b in zip(self, other, strict=True))

    def __mul__(self, factor: Any) -> _Vector:
        return _Vector(a * factor for a in self)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> _Vector:
        return _Vector(a / divisor for a in self)

    def __neg__(self) -> _Vector:
        return _Vector(-a for a in self)


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numbers that vectors go through by components."""

    def applied(*given: Any) -> Any:
        if isinstance(given[0], _Vector):
            return _Vector(map(function, *given))
        return function(*given)

    return applied


def _folded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, where a vector alone gives a number."""
    each = _each(function)
    return lambda *given: function(given[0]) if len(given) == 1 else each(*given)


def _dot(a: _Vector, b: _Vector) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def _length(a: _Vector) -> float:
    return math.sqrt(_dot(a, a))


def _normalize(a: _Vector) -> _Vector:
    size = _length(a)
    return a / size if size > 0.0 else a


def _cross(a: _Vector, b: _Vector) -> _Vector:
    return _Vector((a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]))


def _quat_rotate(q: _Vector, v: _Vector) -> _Vector:
    axis = _Vector(q[:3])
    return v * (2.0 * q[3] * q[3] - 1.0) + _cross(axis, v) * (2.0 * q[3]) + axis * (2.0 * _dot(axis, v))


def _quat_inverse(q: _Vector) -> _Vector:
    return _Vector((-q[0], -q[1], -q[2], q[3]))


def _sign(x: float) -> float:
    return -1.0 if x < 0.0 else 1.0


def _smoothstep(low: float, high: float, x: float) -> float:
    share = min(max((x - low) / (high - low), 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


def _lerp(a: Any, b: Any, share: float) -> Any:
    return a * (1.0 - share) + b * share


def _vector(*components: float) -> _Vector:
    return _Vector(components)


_SCORE = NormalDist().inv_cdf
_SAME = (
    *("pi", "tau", "sqrt", "exp", "log", "log2", "log10", "pow", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
    *("sinh", "cosh", "tanh", "erf", "erfc", "copysign", "degrees", "radians", "isfinite", "isnan", "isinf"),
)
"""What Python calls as Warp does."""
_WARP = SimpleNamespace(
    **{name: getattr(math, name) for name in _SAME},
    half_pi=math.pi / 2.0,
    inf=math.inf,
    abs=_each(abs),
    min=_folded(min),
    max=_folded(max),
    clamp=_each(lambda x, low, high: min(max(x, low), high)),
    sign=_each(_sign),
    step=lambda x: 1.0 if x < 0.0 else 0.0,
    floor=lambda x: float(math.floor(x)),
    ceil=lambda x: float(math.ceil(x)),
    round=lambda x: float(round(x)),
    rint=lambda x: float(round(x)),
    frac=lambda x: x - math.trunc(x),
    cbrt=lambda x: math.copysign(abs(x) ** (1.0 / 3.0), x),
    mod=math.fmod,
    erfinv=lambda x: _SCORE((1.0 + x) / 2.0) / math.sqrt(2.0),
    erfcinv=lambda x: -_SCORE(x / 2.0) / math.sqrt(2.0),
    trunc=lambda x: float(math.trunc(x)),
    div_approx=lambda a, b: a / b,
    where=lambda test, a, b: a if test else b,
    lerp=_lerp,
    smoothstep=_smoothstep,
    dot=_dot,
    length=_length,
    length_sq=lambda a: _dot(a, a),
    normalize=_normalize,
    cross=_cross,
    quat_rotate=_quat_rotate,
    quat_rotate_inv=lambda q, v: _quat_rotate(_quat_inverse(q), v),
    quat_inverse=_quat_inverse,
    cw_mul=_each(lambda a, b: a * b),
    cw_div=_each(lambda a, b: a / b),
    vec2=_vector,
    vec3=_vector,
    vec4=_vector,
    int32=int,
    float32=float,
)


@cache
def _function(law: Law) -> Callable[..., Any]:
    """A law as a function of Python."""
    last = law.results[0] if len(law.results) == 1 else ast.Tuple(list(law.results), ast.Load())
    given = ast.arguments([], [ast.arg(name) for name in law.takes], None, [], [], None, [])
    made = ast.FunctionDef("law", given, [*law.body, ast.Return(last)], [], None)
    space: dict[str, Any] = {"wp": _WARP}
    exec(compile(ast.fix_missing_locations(ast.Module([made], [])), law.name, "exec"), space)
    found: Callable[..., Any] = space["law"]
    return found


@dataclass(frozen=True, slots=True)
class _Step:
    """How one value is found: drawn, or worked out by a law from others."""

    name: str
    row: Quantity | None
    law: Law | None = None
    takes: tuple[str, ...] = ()
    place: int = 0
    """Which of the law's results it is."""


def _steps(field: Sheet, laws: Mapping[str, Law], name: str) -> tuple[_Step, ...]:
    """The way to a quantity's value."""
    found: list[_Step] = []
    seen: set[str] = set()

    def ask(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        # What asks for itself is read.
        found.append(_Step(name, field.quantity(name)))
        law = laws.get(name)
        if law is None:
            return
        term = field.term(name)
        own = [f"{one}_{term.suffix}" for one in law.takes] if term.suffix else []
        takes = [one if one in laws else plain for one, plain in zip(own or law.takes, law.takes, strict=True)]
        for one in takes:
            ask(one)
        place = law.gives.index(term.whole if term.whole in law.gives else name)
        found.append(_Step(name, None, law, tuple(takes), place))

    ask(name)
    return tuple(found)


def _find(steps: Sequence[_Step], rng: Rng, known: dict[str, Any]) -> Any:
    """The value that steps lead to; what is known is not drawn, and what was found is known afterwards."""
    for step in steps:
        if step.law is not None:
            found = _function(step.law)(*[known[one] for one in step.takes])
            known[step.name] = found if len(step.law.gives) == 1 else found[step.place]
        elif step.name not in known:
            assert step.row is not None
            known[step.name] = _drawn(step.row, rng)
    return known[steps[0].name]


def _drawn(row: Quantity, rng: Rng) -> Any:
    if row.type in ROWS:
        return [_number(ROWS[row.type], row, rng) for _ in range(_ROW)]
    if row.type == "quat":
        return _normalize(_Vector(rng.uniform(-1.0, 1.0) for _ in range(4)))
    if row.type in _COMPONENTS:
        return _Vector(_number("real", row, rng) for _ in range(_COMPONENTS[row.type]))
    return _number(row.type, row, rng)


def _number(kind: str, row: Quantity, rng: Rng) -> Any:
    if kind not in ("real", "int", "uint", "bool"):
        return None
    low, high = (row.low, row.high) if math.isfinite(row.low) else (-1.0, 1.0)
    return rng.uniform(low, high) if kind == "real" else rng.integer(int(low), int(high))


def values(field: Sheet, laws: Mapping[str, Law], name: str) -> Sequence[float]:
    """Sorted values, none twice, of a number or a vector's components that laws, each by what it gives, lead to.

    There are none where a law does what is not known here.
    """
    try:
        steps = _steps(field, laws, name)
    except _UNKNOWN:
        return ()
    return _tried(steps, sub_seed(0, field.name, name))


@lru_cache(maxsize=_REMEMBERED)
def _tried(steps: tuple[_Step, ...], seed: int) -> Sequence[float]:
    rng = Rng(seed)
    found: set[float] = set()
    for _ in range(_TRIES):
        try:
            value = _find(steps, rng, {})
            found.update(map(float, value if isinstance(value, _Vector) else (value,)))
        except (ArithmeticError, ValueError):
            continue
        except _UNKNOWN:
            return ()
    numbers = array("d", sorted(filter(math.isfinite, found)))
    return numbers if len(numbers) > _TRIES // 2 else ()


def part(numbers: Sequence[float], share: float) -> float:
    """The number below which a share of some sorted numbers is."""
    place = share * (len(numbers) - 1)
    below = min(int(place), len(numbers) - 2)
    # Rounded, because the last digits differ between C libraries.
    return float(f"{_lerp(numbers[below], numbers[below + 1], place - below):.3g}")


def middle(numbers: Sequence[float], outside: float = 0.25) -> tuple[float, float] | None:
    """Between which numbers most of some sorted ones are, all but a share to either side."""
    if not numbers:
        return None
    low, high = part(numbers, outside), part(numbers, 1.0 - outside)
    # Where most are nearly the same, those that are not count.
    if high - low < 0.01 * (numbers[-1] - numbers[0]):
        low, high = part(numbers, 0.0), part(numbers, 1.0)
    return (low, high) if low < high else None


def reorders(field: Sheet, laws: Mapping[str, Law], name: str, shared: Iterable[str]) -> bool:
    """Whether each number that is the same for all elements matters to which of them has more of a quantity."""
    try:
        steps = _steps(field, laws, name)
    except _UNKNOWN:
        return True
    asked = {step.name for step in steps} & set(shared) - {*laws}
    return _reordered(steps, sub_seed(1, field.name, name), tuple(sorted(asked)))


@lru_cache(maxsize=_REMEMBERED)
def _reordered(steps: tuple[_Step, ...], seed: int, asked: tuple[str, ...]) -> bool:
    rng = Rng(seed)
    try:
        _find(steps, rng, {})
        return all(any(_turned(steps, one, rng) for _ in range(_TRIES)) for one in asked)
    except (ArithmeticError, ValueError, *_UNKNOWN):
        return True


def _turned(steps: Sequence[_Step], one: str, rng: Rng) -> bool:
    """Whether of two elements the other has more if a number that both share is another one."""
    worked_out = {step.name for step in steps if step.law is not None}
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    row = next(step.row for step in steps if step.name == one)
    assert row is not None
    sides = []
    for _ in range(2):
        for element in (first, second):
            for name in worked_out | {one}:
                element.pop(name, None)
        first[one] = second[one] = _drawn(row, rng)
        sides.append(bool(_find(steps, rng, first) < _find(steps, rng, second)))
    return sides[0] is not sides[1]
