"""Arrays with a map of their own (`wp.indexedarray`), and functions whose adjoint reads what they kept (replays)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import extra, letters, recipe
from .steps import Palette, merge, step
from .tree import Expr

REALS = {t.F32: 9.0, t.F64: 1.0}


def _as_indexed(k: Kernel, array: Expr) -> None:
    """Declare an argument as an indexed array; reading and writing its elements is spelled the same."""
    assert isinstance(array, tree.Name)
    assert isinstance(array.type, t.Array)
    for argument in k.arguments:
        if argument.name == array.id:
            argument.type = t.IndexedArray(array.type.dtype, array.type.ndim)


@recipe(
    "elements picked by an indexed array", "arithmetic:0.5 vector:0.4", "sparse particles learning fem", "gather", REALS
)
def indexed_values(k: Kernel) -> None:
    rng = k.rng
    k.start(rng.choose((1, 1, 2)))
    k.guard()
    dtype = rng.choose((k.real, k.real, t.vec(3, k.real)))
    source = k.array("array", dtype, k.launch, low=-2.0, high=2.0)
    value = k.let("scalar", source[k.threads])
    k.put("scalar", value if dtype is k.real else k.let("magnitude", k.call("length", value)))
    extra(k, "arithmetic math", "r", 1, 3)
    result = k.bounded(merge(k, k.real, k.unused()))
    added = rng.chance(0.5)
    target = k.array("inout" if added else "out", dtype, k.launch, "inout" if added else "out", low=-2.0, high=2.0)
    if dtype is k.real:
        result = result * k.parameter("scale", 0.1, 2.0, 0.5) + value if rng.chance(0.5) else result
    else:
        result = value * result
    if added:
        k.augment(target[k.threads], "+", result)
    else:
        k.set(target[k.threads], k.maybe("result", result))
    for array in rng.sample((source, target), rng.integer(1, 2)):
        _as_indexed(k, array)
    # An indexed array has no gradient in Warp: a tape fails on it.
    k.shared.differentiable = False


@recipe("functions that keep what their adjoint needs", "function:0.7", "learning control generic", "map", REALS)
def replayed_function(k: Kernel) -> None:
    """The replay gives back in the backward pass what the forward pass stored, instead of computing it again."""
    rng = k.rng
    (i,) = k.start(1)
    k.guard()
    kept = k.array("out", k.real, k.launch, "out")
    palette = Palette(rng, {"arithmetic": 1.0, "math": 0.6}, letters(k, "r"))
    x = k.let("scalar", k.load("input", k.real))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        _, store, place = names
        body.pool = [value for value in body.pool if value.expr is names[0]]
        for _ in range(rng.integer(1, 3)):
            step(body, palette)
        value = body.let("result", body.bounded(merge(body, k.real, body.unused())))
        body.set(store[place], value)
        return [value]

    index = replace(i, low=0.0, high=63.0)
    parameters = [("scalar", k.real, -2.0, 2.0), ("array", kept.type, 0.0, 0.0), ("index", t.I32, 0.0, 63.0)]
    made = helper(k, "scalar", parameters, write)
    forward = k.shared.parts[-1]
    assert isinstance(forward, tree.Function)
    store, place = (tree.Name(p.type, -1e4, 1e4, p.name) for p in forward.parameters[-2:])
    body = (tree.Return((store[place],)),)
    name = f"replay_{made.name.lstrip('_')}"
    k.namer.module.claim(name)
    # Without the annotation of a result, which Warp 1.19 would take for one more argument.
    k.shared.parts.append(tree.Function(name, forward.parameters, body, "", "", (f"@wp.func_replay({made.name})",)))
    y = k.let("scalar", tree.Call(k.real, -1e3, 1e3, made.name, (x, kept, index)))
    k.put("scalar", y)
    extra(k, "arithmetic math", "r", 1, 3)
    k.output("out", k.bounded(merge(k, k.real, k.unused())) + y * x)
