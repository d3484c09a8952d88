"""What recipes of one task share: a thread's elements read and written plainly, options, formulas as functions.

A larger program does more of its own task: `opt` is an option that it has more often than a smaller one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Body, Dim
from .helpers import helper
from .kernel import Kernel
from .names import camel, plural, singular
from .tree import Expr

Given = Sequence[tuple[str, Expr]]
Formula = Callable[[Body, list[Expr]], Sequence[Expr]]

_MORE = {"small": 0.4, "medium": 1.0, "large": 1.8}


def opt(k: Kernel, chance: float) -> bool:
    """Whether this program has an option; `chance` is that of a medium one."""
    return k.rng.chance(min(0.95, chance * _MORE[k.shared.size]))


def words(text: str) -> tuple[str, ...]:
    """The words of a text, such as titles of a kernel."""
    return tuple(text.split())


def names(stems: str, before: str = "", after: str = "") -> str:
    """A kind that lists names: the stems alone, then each with a word before or after it."""
    heads = stems.split()
    longer = [f"{word}_{head}" for word in before.split() for head in heads if len(head) > 1 and word not in head]
    longer += [f"{head}_{word}" for word in after.split() for head in heads if len(head) > 1]
    return "=" + " ".join([*heads, *longer])


def several(kind: str) -> str:
    """Names of an array of what a kind names."""
    if kind[0] != "=":
        return kind
    return "=" + " ".join(_plural(word) for word in kind[1:].split())


def _plural(word: str) -> str:
    if any(letter.isupper() for letter in word):
        return word
    if word.endswith("child"):
        return word + "ren"
    if word.endswith("radius"):
        return word.removesuffix("us") + "i"
    return plural(word) if len(word) > 2 and not word[-1].isdigit() else word


def source(k: Kernel, kind: str, dtype: t.Type, low: float, high: float, **facts: Any) -> Expr:
    """A new input array with an element for each thread."""
    return k.array(several(kind) if k.rng.chance(0.55) else kind, dtype, k.launch, low=low, high=high, **facts)


def element(k: Kernel, kind: str, dtype: t.Type, low: float = -2.0, high: float = 2.0, **facts: Any) -> Expr:
    """This thread's element of a new input array, as it stands."""
    return source(k, kind, dtype, low, high, **facts)[k.threads]


def read(k: Kernel, kind: str, dtype: t.Type, low: float = -2.0, high: float = 2.0, **facts: Any) -> Expr:
    """This thread's element of a new input array, as a local."""
    if isinstance(dtype, t.Vector) and dtype.length == 3 and len(k.launch) == 1 and not facts:
        apart = _components(k, kind, dtype, low, high)
        if apart is not None:
            return k.let(kind, apart)
    return k.let(kind, source(k, kind, dtype, low, high, **facts)[k.threads])


def _components(k: Kernel, kind: str, dtype: t.Vector, low: float, high: float) -> Expr | None:
    """A vector whose components lie apart: after each other in one array, in a row, in an array each."""
    how = k.rng.weighted({"whole": 97.0, "packed": 1.0, "row": 1.0, "arrays": 1.0})
    if how == "whole":
        return None
    i = k.threads[0]
    if how == "packed":
        packed = k.array(several(kind), dtype.dtype, (k.derived(k.launch[0], 3),), low=low, high=high)
        return k.make(dtype, packed[3 * i], packed[3 * i + 1], packed[3 * i + 2])
    if how == "row":
        rows = k.array(several(kind), dtype.dtype, (k.launch[0], k.dim(3, fixed=True)), low=low, high=high)
        return k.make(dtype, *[rows[i, n] for n in range(3)])
    stem = k.rng.choose(tuple(word for word in kind[1:].split() if "{" not in word))
    arrays = [k.array(f"={stem}_{axis} {axis}_{stem}", dtype.dtype, k.launch, low=low, high=high) for axis in "xyz"]
    return k.make(dtype, *[array[i] for array in arrays])


_SUMMED = frozenset({"=forces", "=torques", "=wrenches", "=accelerations", "=contact_force", "=totals", "=gradients"})
"""First names of results that are often added to what is there."""


def write(k: Kernel, kind: str, value: Expr) -> None:
    """A result as this thread's element of a new output array."""
    if kind.split()[0] in _SUMMED and k.rng.chance(0.3):
        real = isinstance(value.type, (t.Scalar, t.Vector, t.SpatialVector)) and value.type.scalar.kind == "f"
        if real:
            plain = "=" + " ".join(word.removesuffix("_out") for word in kind[1:].split())
            k.augment(k.array(plain, value.type, k.launch, "inout", low=-2.0, high=2.0)[k.threads], "+", value)
            return
    what = kind.split()[0][1:]
    if what in _TOTALLED and value.type is k.real and opt(k, 0.14):
        one = singular(what)
        value = named(k, f"={one} {one}_i {one}_val", value)
        _total(k, what, value)
    k.set(k.array(kind, value.type, k.launch, "out")[k.threads], value)


_TOTALLED = frozenset(
    words(
        "energies errors losses distances areas volumes powers costs speeds residuals strains rewards tv rms"
        " lengths magnitudes norms angles quality heights intensity luminance masses variations"
    )
)
"""First names of results of which kernels often also keep the sum or the largest."""


def _total(k: Kernel, what: str, value: Expr) -> None:
    """The sum or the largest of a result over all threads, or over those of a world."""
    rng, one = k.rng, singular(what)
    least = rng.chance(0.25)
    dims = k.launch[:1] if k.worlds and rng.chance(0.7) else (k.dim(1, fixed=True),)
    place = k.threads[0] if dims[0] is k.launch[0] else k.integer(0)
    if least:
        top = k.array(f"=max_{one} peak_{one} worst_{one} {one}_max", value.type, dims, "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_max", top, place, value, gives=value.type))
        k.shared.differentiable = False
    else:
        total = k.array(f"=total_{one} sum_{one} {one}_sum {one}_total", value.type, dims, "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", total, place, value, gives=value.type))


def by_type(k: Kernel, kind: str, dtype: t.Type, low: float, high: float) -> Expr:
    """A property that the elements of one type, material or species share."""
    if k.followed is None:
        size = k.dim(k.rng.choose((4, 6, 8)))
        word = k.rng.choose(("material", "type", "species", "group", "kind", "class"))
        facts: dict[str, Any] = {"low": 0, "high": size.size - 1, "bound": size.symbol}
        ids = k.array(f"={word}_id {word}_ids {{}}_{word} {word}_index", t.I32, k.launch, **facts)
        k.followed = (size, local(k, f"={word if word != 'class' else 'cls'} {word}_i {word[0]}_id", ids[k.threads]))
    size, index = k.followed
    return k.let(kind, k.array(several(kind), dtype, (size,), low=low, high=high)[index])


def leave(k: Kernel, test: Expr) -> None:
    """This thread has nothing to do if the test holds."""
    with k.when(test):
        k.give()
    k.gap()


def named(k: Body, kind: str, value: Expr) -> Expr:
    """A value that is read several times: what is more than a name gets one."""
    plain = isinstance(value, (tree.Name, tree.Literal)) or (
        isinstance(value, tree.Attribute) and isinstance(value.base, tree.Name)
    )
    return value if plain else k.let(kind, value)


def worked(
    k: Kernel, titles: str, given: Given, write: Formula, chance: float = 0.4, kinds: Sequence[str] = ()
) -> list[Expr]:
    """Results of a formula, written out or as a function of its own; `kinds` name several results of that."""
    values = [named(k, kind, value) for kind, value in given]
    if not k.rng.chance(chance):
        return list(write(k, values))
    parameters = [
        (kind, value.type, max(value.low, -1e3), min(value.high, 1e3))
        for (kind, _), value in zip(given, values, strict=True)
    ]
    made = helper(k, parameters, write, titles=titles.split())
    result = made.call(*(values[n] for n in made.kept))
    return k.unpack(kinds, result) if kinds else [result]


def setting(k: Kernel, kind: str, low: float, high: float, *values: float) -> Expr:
    """A coefficient: a literal, a constant of the module, an argument, a struct's field, an array's only entry or, more
    rarely, a value of each element's own."""
    rng, real = k.rng, k.real
    scalars = sum(a.group == "scalars" for a in k.arguments)
    timed = "dt" in kind.lstrip("=").split()
    outer = not k.threads or (k.followed is None and (len(k.blocks) > 1 or len(k.threads) > 2))
    how = rng.weighted(
        {
            "argument": 3.5 if scalars < 4 else 0.5,
            "literal": 3.5,
            "constant": 1.0,
            # All elements take the same step.
            "element": 0.0 if timed else 0.5,
            "shared": 0.8,
            "world": 2.0 if k.worlds else 0.0,
            "type": 0.0 if outer or timed else 2.0 if k.followed is not None else 0.5,
            "field": 5.0 if k.bundle else 0.0,
        }
    )
    if how == "element":
        return read(k, kind, real, low, high)
    if how == "world":
        return k.let(kind, k.array(several(kind), real, k.launch[:1], low=low, high=high)[k.threads[0]])
    if how == "type":
        return by_type(k, kind, real, low, high)
    if how == "field":
        assert k.bundle is not None
        return k.bundle.field(kind, real, low, high)
    if how == "argument":
        return k.scalar(kind, real, low, high)
    if how == "shared":
        entry = k.array(kind, real, (k.dim(1, fixed=True),), low=low, high=high)[0]
        return entry if rng.chance(0.6) else local(k, kind, entry)
    number = rng.choose(values) if values else round(rng.uniform(low, high), rng.integer(1, 2))
    number = min(max(number, low), high)
    if how == "literal":
        return k.lit(number, real)
    constant = k.constant(number, real, kind)
    if real is t.F32 and rng.chance(0.2):
        return tree.Call(real, number, number, "wp.static", (constant,))
    return constant


def number(b: Body, kind: str, low: float, high: float, *values: float) -> Expr:
    """A coefficient: the kernel's own, or written into a function."""
    if isinstance(b, Kernel):
        return setting(b, kind, low, high, *values)
    return b.lit(b.rng.choose(values) if values else round(b.rng.uniform(low, high), 1))


def axis(b: Body, which: int, vector: t.Type) -> Expr:
    """A unit vector along an axis."""
    return b.make(vector, *[1.0 if n == which else 0.0 for n in range(3)])


def local(b: Body, kind: str, value: Expr) -> Expr:
    """A local of one of these names and no other, also for an element of an array."""
    name = tree.Name(value.type, value.low, value.high, b.namer.local(kind), value)
    b.add(tree.Assign((name,), value))
    return name


def sets(k: Body, *options: str) -> list[str]:
    """Names that belong together, such as "a b c" or "v0 v1 v2": a kind for each of one of these sets."""
    return [f"={word}" for word in k.rng.choose(options).split()]


def read_set(
    k: Kernel, options: tuple[str, ...], dtype: t.Type, low: float = -2.0, high: float = 2.0, **facts: Any
) -> list[Expr]:
    """This thread's elements of several arrays that belong together."""
    arrays, locals_ = k.rng.sample(options, 2)
    made = [k.array(f"={kind}", dtype, k.launch, low=low, high=high, **facts)[k.threads] for kind in arrays.split()]
    return [local(k, f"={kind}", value) for kind, value in zip(locals_.split(), made, strict=True)]


def extent(k: Kernel, dim: Dim, kind: str, array: Expr | None = None, axis: int = 0) -> Expr:
    """The length of a dimension, as an argument that says of what or asked of an array."""
    if dim.argument is None and (array is None or not k.rng.chance(0.45)):
        facts = {"low": 1.0, "high": 64.0, "equals": dim.symbol}
        dim.argument = k.add_size(kind, facts)
    if dim.argument is not None:
        return dim.argument
    assert array is not None
    assert isinstance(array.type, t.Array)
    if array.type.ndim == 1 and k.rng.chance(0.5):
        return tree.Call(t.I32, 1.0, float(dim.size), "len", (array,))
    shape = tree.Attribute(t.SHAPE, -inf, inf, array, "shape")
    return tree.Subscript(t.I32, 1.0, 64.0, shape, (k.integer(axis),))


THREAD = "=tid i idx gid"


def launch(
    k: Kernel,
    what: str,
    ndim: int = 1,
    sizes: Sequence[int] | None = None,
    kinds: tuple[str, ...] = (),
    whole: bool = False,
) -> tuple[Expr, ...]:
    """A thread for each of `what`, a noun such as "ray"; unless the `whole` launch has to reach every statement, some
    programs check the bounds, leave out what is masked or work on a list."""
    rng = k.rng
    # Names that say whose something is tell of nothing else.
    k.namer.module.taste.subjects = [what]
    kinds = kinds or {1: (THREAD,), 2: ("=env world batch worldid", "=i j idx tid")}.get(ndim, ("=i x", "=j y", "=k z"))
    k.start(ndim, sizes, kinds=kinds)
    if k.bundle is None and rng.chance(0.15):
        ends = ("Params", "Settings", "Config", "Options", "Args")
        k.flag_bundle(k.namer.struct([f"{word}{end}" for word in (camel(what), "", "Kernel") for end in ends]))
    if whole:
        return k.threads
    first, many = k.threads[0], plural(what)
    draw = rng.random()
    if (k.style.bounds == "return" or draw > 0.94) and not k.guarded:
        k.guarded = True
        if ndim == 1:
            bound = extent(k, k.launch[0], f"=num_{many} n count {what}_count n_{many} total_{many}")
            leave(k, first >= bound)
        elif ndim == 2:
            pixels = (
                ("=height rows h", "=width cols w")
                if what in ("pixel", "texel")
                else ("=num_worlds num_envs batch_size world_count", f"=num_{many} n {what}_count n_{many}")
            )
            tests = [i >= extent(k, dim, kind) for i, dim, kind in zip(k.threads, k.launch, pixels, strict=True)]
            leave(k, k.either(*tests))
    elif draw < 0.05 and ndim == 1:
        size = k.launch[0].size
        count = k.array(
            f"=num_{many} {what}_count active_count num_active",
            t.I32,
            (k.dim(1, fixed=True),),
            low=size // 2,
            high=size,
        )
        leave(k, first >= (count[0] if rng.chance(0.7) else k.let(f"=n count n_{many}", count[0])))
    elif draw < 0.15:
        kind = f"=active {what}_mask {what}_active enabled mask {what}_enabled is_active valid {what}_valid"
        if rng.chance(0.5):
            leave(k, k.negate(k.array(kind, t.BOOL, k.launch, low=0, high=1)[k.threads]))
        else:
            leave(k, k.array(kind, t.I32, k.launch, low=0, high=1)[k.threads].equals(0))
    elif draw < 0.22 and ndim == 1:
        kind = f"=active_ids {what}_ids active_{many} {what}_list sorted_ids subset {what}_indices order"
        ids = k.array(kind, t.I32, k.launch, low=0, high=k.launch[0].size - 1, bound=k.launch[0].symbol, distinct=True)
        k.threads = (local(k, f"={what}_id {what} idx {what}_idx id", ids[first]),)
    return k.threads


def batched(k: Kernel, what: str, many: float = 0.25) -> None:
    """A thread for each of `what`, with a chance of `many` of several worlds of them."""
    k.worlds = k.rng.chance(many)
    launch(k, what, 2 if k.worlds else 1)
