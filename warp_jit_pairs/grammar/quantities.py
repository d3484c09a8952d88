"""Kernels that work out quantities of each element by the laws of a sheet, or their errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite

from warp_jit_pairs import types as t

from .build import Dim
from .fold_studies import settle
from .kernel import Kernel
from .kinship import more_laws
from .laws import Law, Sheet, Term
from .likely import middle
from .names import plural
from .purposes import purpose
from .scene import NoValue, Scene, Site
from .studies import law_for, scene_of, spoken, study, threads, title, work_out
from .topics import batch_word, laws_of
from .tree import Expr

_COUNTS = {"small": (0, 2), "medium": (1, 3), "large": (2, 6)}
"""How many laws go on from the first."""
_TURNS = {"small": 1, "medium": 2, "large": 3}
"""Of so many laws the longest is written: long kernels are about a long law, not about many short ones."""
_MANY = 200
"""A category with fewer laws than this thinks of fewer beginnings, or its programs would all begin alike; one with
fewer than twice as many goes through several elements more often."""


@study(
    "quantities of each element by the laws of a field",
    "arithmetic:7.2 vector:7.2 matrix:2.2 control_flow:7.4 math:9 combined:5.6 integer:1.2 quaternion:4 geometry:3.1"
    " random:0.4 function:8.5 struct:10 reduction:2",
    grows=6.0,
)
def evaluate(k: Kernel, category: str) -> None:
    rng = k.rng
    # A kernel of branches may have any law where the branches or loops are around it.
    around = category == "control_flow" and rng.chance(0.45)
    scene, laws = _planned(k, "" if around else category)
    scene.alone = len(laws) == 1 and len(laws[0].gives) == 1
    grown = k.shared.size == "large"
    scene.models = int(rng.chance(0.4 if grown else 0.08))
    random = any("rng" in law.takes for law in laws)
    if random and category == "function":
        raise NoValue("draws are written in the kernel")
    if (
        category != "struct"
        and not random
        and (around or rng.chance(0.45 if grown else 0.22 if _few(category, 2) else 0.12))
    ):
        with _in_turn(scene, laws):
            written = work_out(scene, laws, rng.chance(0.5), 0.4)
    else:
        threads(scene, category, laws[0])
        if random:
            scene.generator()
        written = work_out(scene, laws, rng.chance(0.5), 0.4)
    title(scene, written)


def _few(category: str, times: int = 1) -> bool:
    return len(laws_of(category, False, False)) < times * _MANY


def _planned(k: Kernel, category: str) -> tuple[Scene, list[Law]]:
    """What a kernel is about: a law of a category and those that go on from it."""
    low, high = _COUNTS[k.shared.size]
    few = _few(category)
    turns = min(_TURNS[k.shared.size], 1 + len(laws_of(category, False, False)) // 250)
    field, law = max((law_for(k, category) for _ in range(turns)), key=lambda found: found[1].size)
    scene, law = scene_of(k, category, field, law)
    k.namer.module.taste.subjects = [scene.names.entity]
    count = k.rng.integer(max(low, 1) if category == "function" or few else low, high)
    return scene, [law, *more_laws(scene, law, category, count)]


@contextmanager
def _in_turn(scene: Scene, laws: list[Law]) -> Iterator[None]:
    """Each thread goes through several elements: every so many of them, a block of them, those of its world."""
    k, rng = scene.k, scene.rng
    many = plural(scene.names.entity)
    how = rng.choose(("stride", "chunk", "world", "world"))
    if how == "world":
        word = batch_word(rng, scene.sheet)
        (own,) = k.start(1, (8,), (f"=!{word} {word}_id tid",))
        k.launch[0].called = f"=num_{plural(word)}"
        k.guard()
        width = k.dim(rng.choose((5, 6, 8)))
        width.called = f"=num_{many} n_{many}"
        dims: tuple[Dim, ...] = (k.launch[0], width)
        scene.sites[""] = Site(dims, (own, own))
        bounds: tuple[Expr, ...] = (k.length(width),)
    else:
        (own,) = k.start(1, (8,), ("=!tid worker t",))
        dim = k.dim(30)
        dim.called = f"=num_{many} n_{many} n"
        dims = (dim,)
        length = k.length(dim)
        if how == "stride":
            k.launch[0].called = "=num_threads num_workers stride"
            bounds = (own, length, k.length(k.launch[0]))
        else:
            k.launch[0].called = "=num_chunks num_blocks"
            k.guard()
            size = k.scalar("=chunk chunk_size block_size", t.I32, 2, 5)
            first = k.let("=start begin first", own * size)
            bounds = (first, k.let("=end stop last", k.call("min", first + size, length)))
    for law in laws:
        for name in law.takes:
            if name != "rng":
                settle(scene, name, scene.depth)
    with k.loop(f"=!i {scene.names.entity}_idx n", *bounds) as n, scene.inner():
        scene.sites[""] = Site(dims, (own, n) if how == "world" else (n,))
        if rng.chance(0.35):
            _skip(scene)
        yield


def _skip(scene: Scene) -> None:
    """Pass over the elements that are not in use."""
    k, rng = scene.k, scene.rng
    e = scene.names.entity
    site = scene.sites[""]
    if rng.chance(0.6):
        mask = k.array(f"={e}_active active enabled {e}_enabled {e}_mask", t.BOOL, site.dims, low=0, high=1)
        test = k.negate(mask[site.index])
    else:
        test = k.array(f"={e}_mask {e}_active mask", t.I32, site.dims, low=0, high=1)[site.index].equals(0)
    with k.when(test):
        k.next_turn()


_UNMEASURED = (
    *("error", "residual", "loss", "weight", "binary", "mask", "flag", "count", "index", "code", "difference"),
    *("sign", "update", "gradient", "correction", "seed", "penalty", "score", "deviation", "variance", "threshold"),
    *("limit", "normal", "offset", "hash", "priority", "rank", "jacobian", "derivative", "noise"),
)
"""What nobody has a wished or measured value of: parts of the names of quantities."""


def measured(field: Sheet, law: Law) -> bool:
    """Whether a law gives what can be held against a measurement."""
    name = law.gives[0]
    kind, term = field.quantity(name).type, field.term(name)
    plain = kind in ("real", "vec2", "vec3") and not term.prefix and "rng" not in law.takes
    qualified = any(field.term(one).prefix in ("target", "reference") for one in law.takes if one != "rng")
    # What nobody looks at in any other way has nothing that it should be either.
    sought = field.name not in _ABSTRACT and purpose(field, law) is not None
    return sought and plain and not qualified and len(law.gives) == 1 and not any(part in name for part in _UNMEASURED)


_ABSTRACT = frozenset(
    {
        *("bits", "matrices", "numerics", "primitives", "randoms", "statistics", "queues", "games", "optimization"),
        *("crowds", "agents"),
    }
)
"""Fields whose values follow from what is known: they are never measured."""
_STEERED = frozenset(
    {
        *("image", "color", "shading", "audio", "synthesis", "splats", "learning", "training", "animation", "shapes"),
        *("robotics", "linkages", "drones", "vehicles", "rovers", "buildings", "circuits", "camera", "cloth", "fabric"),
    }
)
"""Fields in which somebody wishes values to be what they are not."""


@study(
    "errors of quantities against what they should be",
    "arithmetic:2.2 math:1.9 vector:2 combined:2 control_flow:1 reduction:0.5",
    grows=0.3,
)
def compare(k: Kernel, category: str) -> None:
    rng = k.rng
    for _ in range(24):
        field, law = law_for(k, category)
        if measured(field, law):
            break
    else:
        raise NoValue(f"nothing of {category} is measured")
    scene, law = scene_of(k, category, field, law)
    threads(scene, category, law)
    value = scene.apply(law, scene.depth)[0]
    name = law.gives[0]
    term = scene.sheet.term(name)
    row = scene.sheet.quantities[term.base]
    # What nature does has no target.
    which = rng.choose(("target", "reference", "target")) if scene.sheet.name in _STEERED else "reference"
    site = scene.sites[""]
    word = scene.names.called(term)
    aim_term = Term(which, term.base, "")
    low, high = middle(scene.likely(name), 0.05) or ((row.low, row.high) if isfinite(row.low) else (-2.0, 2.0))
    width = high - low
    given = k.array(scene.names.array(aim_term), value.type, site.dims, low=low, high=high)[site.index]
    aim = k.let(scene.names.local(aim_term), given)
    k.gap()
    error = k.let("=err error diff residual delta", value - aim if rng.chance(0.7) else aim - value)
    scalar = isinstance(value.type, t.Scalar)
    how = rng.choose(("plain", "square", "abs", "huber", "relative", "weighted", "inside"))
    dims = site.dims
    result: Expr = error
    # Norms are functions of Warp's in Python, in single precision.
    plain = isinstance(value.type, t.Vector) and not isinstance(value.type, t.Quat) and k.real is t.F32
    if plain and rng.chance(0.4):
        how = rng.choose(("norm_l1", "norm_l2", "norm_huber", "norm_pseudo_huber"))
        bound = (k.scalar("=delta huber_delta", k.real, 0.05 * width, 0.5 * width),) if how.endswith("huber") else ()
        result = k.call(how, error, *bound, gives=k.real)
    if how == "square":
        result = error * error if scalar else k.call("dot", error, error)
    elif how == "abs":
        result = k.call("abs", error) if scalar else k.call("length", error)
    elif how == "relative":
        size = k.call("abs", aim) if scalar else k.call("length", aim)
        result = (k.call("abs", error) if scalar else k.call("length", error)) / (size + k.choose_lit(1e-6, 1e-3))
    elif how == "huber":
        delta = k.scalar("=delta huber_delta threshold", k.real, 0.05 * width, 0.5 * width)
        size = k.let("=a abs_err r mag", k.call("abs", error) if scalar else k.call("length", error))
        loss = k.variable("=loss cost penalty", 0.5 * size * size, False)
        with k.when(size > delta):
            k.set(loss, delta * (size - 0.5 * delta))
        result = loss
    elif how == "weighted":
        w = scene.load_extra("=weights weight sample_weight", k.real, 0.1, 2.0, "=w weight")
        result = w * error * error if scalar else w * k.call("length_sq", error)
    elif how == "inside":
        tol = k.scalar(f"={word}_tol tol tolerance max_error", k.real, 0.1 * width, 0.5 * width)
        flags = k.array("=within_tol passed ok is_close", t.BOOL if rng.chance(0.4) else t.I32, dims, "out")
        test = (k.call("abs", error) if scalar else k.call("length", error)) < tol
        flag = flags[site.index]
        if flag.type is t.BOOL:
            k.set(flag, test)
        else:
            k.set(flag, k.where(test, k.integer(1), k.integer(0)))
        if rng.chance(0.5):
            title(scene, [law])
            k.titles = (f"check_{word}", f"compare_{word}", f"validate_{law.name}", f"check_{law.name}")
            k.about = f"Tell for which {plural(scene.names.entity)} the {spoken(law.gives[0])} is within tolerance."
            return
    kinds = {
        "plain": f"={word}_error residual {word}_residual errors",
        "square": "=sq_error losses loss squared_error",
        "huber": "=losses loss huber_loss",
    }
    k.set(k.array(kinds.get(how, f"=errors {word}_error error_out loss"), result.type, dims, "out")[site.index], result)
    k.titles = (
        f"{word}_error",
        f"compute_{word}_error",
        f"{law.name}_residual",
        f"eval_{word}_residual",
        f"compare_{word}",
        f"{word}_loss",
        f"score_{plural(scene.names.entity)}",
    )
    k.about = (
        f"Error of the {spoken(law.gives[0])} against its {which} for each {scene.names.entity.replace('_', ' ')}."
    )
