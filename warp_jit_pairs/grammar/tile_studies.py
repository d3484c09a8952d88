"""Kernels that map the laws of a field over tiles, and store, reduce, compare or rank what comes out."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .kernel import Kernel
from .kinship import more_laws
from .laws import Law, Sheet
from .likely import reorders
from .purposes import purpose
from .quantities import measured
from .scene import NoValue
from .studies import spoken, study, title
from .tile_ops import elementwise, function_name, item, op
from .tile_results import TileLayout, grand_total, pointwise, statistic, unlike
from .tile_scene import TileScene, mapped_laws, things, tile_scene
from .tree import Expr

_COUNTS = {"small": (0, 0), "medium": (0, 1), "large": (2, 5)}


def _more(scene: TileScene, law: Law, real: bool = False) -> list[Law]:
    """The law and, in longer programs, others that go with it."""
    extra = more_laws(scene, law, "tile", scene.rng.integer(*_COUNTS[scene.k.shared.size]))
    kinds = ("real",) if real else ("real", "vec2", "vec3", "vec4", "mat22", "mat33")
    return [law, *(one for one in extra if scene.sheet.quantity(one.gives[0]).type in kinds)]


def _word(scene: TileScene, name: str) -> str:
    return scene.names.called(scene.sheet.term(name))


def _rows(scene: TileScene, share: float = 0.6) -> TileLayout:
    return TileLayout(scene, 1, rows=scene.rng.chance(share))


@study("laws mapped over tiles of what elements have, each result stored", "tile:16", grows=3.0)
def map_tiles(k: Kernel, category: str) -> None:
    del category
    rng = k.rng
    stepping = rng.chance(0.25)
    scene, law = tile_scene(k, False, stepping)
    laws = _more(scene, law)
    if rng.chance(0.5):
        bases = {scene.sheet.term(name).base for one in laws for name in one.gives if name.startswith("next_")}
        scene.changes = {base for base in bases if scene.sheet.quantities[base].where == "state"}
    layout = TileLayout(scene, 2) if rng.chance(0.35) else _rows(scene, 0.5)
    late, direct = rng.chance(0.4), rng.chance(0.4)
    waiting: list[tuple[str, Expr]] = []
    written: list[Law] = []
    for one in laws:
        name = one.gives[0]
        if name in scene.held:
            continue
        try:
            (value,) = scene.apply(one, scene.depth, named=not direct or one is not laws[-1])
        except NoValue:
            continue
        written.append(one)
        if len(laws) == 1:
            value = _treated(layout, one, value)
        if late:
            waiting.append((name, value))
        else:
            layout.put(name, value)
            k.gap()
    for name, value in waiting:
        layout.put(name, value)
    title(scene, written, ("compute", "map", "eval", "update"))
    if len(written) == 1 and rng.chance(0.4):
        k.titles = (f"{written[0].name}_tiles", f"tiled_{written[0].name}", f"map_{written[0].name}", *k.titles)


def _treated(layout: TileLayout, law: Law, value: Expr) -> Expr:
    """A single result weighted, scaled or summed up, if it is a number."""
    k, rng, scene = layout.k, layout.k.rng, layout.scene
    name = law.gives[0]
    if value.type.dtype is not k.real or name.startswith("next_"):  # type: ignore[attr-defined]
        return value
    word = _word(scene, name)
    ways = reductions(scene.sheet, law)
    known = {"total": 3.0 * ("sum" in ways), "peak": 2.0 * ("max" in ways), "weight": 1.0 * ("weighted" in ways)}
    how = rng.weighted({"": 10.0, "scale": 0.7 * ("sum" in ways), "change": 1.0 * bool(ways), **known})
    if how and not isinstance(value, tree.Name):
        value = k.let(scene.tile_kind(word), value)
    if how == "change":
        old = layout.target(name, rng.choose(("previous", "reference")))
        change = k.let(scene.tile_kind(f"{word}_change"), elementwise("-", value, old))
        if rng.chance(0.5):
            layout.write(k.array(f"={word}_change delta_{word}", k.real, layout.dims, "out"), change)
        size = op("tile_map", change.type, function_name("wp.abs"), change)
        layout.keep("max", f"{word}_change", layout.reduced(size, "max"), rng.chance(0.5))
    if how == "weight":
        return elementwise("*", layout.given("=weights weight", 0.1, 2.0, "weight"), value)
    if how == "scale":
        return elementwise("*", value, k.scalar(f"={word}_scale scale gain", k.real, 0.1, 2.0))
    if how == "total":
        grand_total(layout, word, value)
    elif how == "peak":
        layout.keep("max", word, layout.reduced(value, "max"), rng.chance(0.5))
    return value


@study("laws mapped over tiles, and numbers about the results of each row or block", "tile:12", grows=2.5)
def reduce_tiles(k: Kernel, category: str) -> None:
    del category
    rng = k.rng
    scene, law = tile_scene(k, True, wanted=reductions)
    weights = reductions(scene.sheet, law)
    layout = _rows(scene, 0.75) if rng.chance(0.8) else TileLayout(scene, 2)
    if len(layout.sizes) > 1 or not unlike(law):
        weights = {how: weight for how, weight in weights.items() if not how.startswith("arg")}
    first = rng.weighted(weights)
    more = [one for one in _more(scene, law, True)[1:] if first in reductions(scene.sheet, one)]
    if first.startswith("arg"):
        more = [one for one in more if unlike(one)]
    pairs = mapped_laws(scene, [law, *more])
    k.gap()
    named = rng.chance(0.5)
    hows = [first]
    few = len(pairs) <= 3
    for other in weights:
        if few and len(hows) < 3 and other not in hows and rng.chance(_BESIDE.get((first, other), 0.0)):
            hows.append(other)
    grand = first == "sum" and rng.chance(0.5)
    if hows == [first] and first.startswith("arg") and not _turned(scene, law):
        hows.append(first.removeprefix("arg"))
    for one, value in pairs:
        word = _word(scene, one.gives[0])
        if grand:
            grand_total(layout, word, value)
        for how in hows:
            if how == "sum" and grand:
                continue
            statistic(layout, how, word, value, named, "std" in hows)
    if rng.chance(0.35) and few:
        for one, value in pairs:
            layout.put(one.gives[0], value)
    _titled(scene, layout, [one for one, _ in pairs], hows[0], grand)


def _turned(scene: TileScene, law: Law) -> bool:
    """Whether what is the same for all matters to where a law gives the most."""
    return reorders(scene.sheet, scene.sources | dict.fromkeys(law.gives, law), law.gives[0], scene.uniforms)


_BESIDE = {
    ("mean", "std"): 0.4,
    ("mean", "max"): 0.3,
    ("mean", "min"): 0.2,
    ("sum", "mean"): 0.2,
    ("sum", "max"): 0.3,
    ("max", "argmax"): 0.25,
    ("max", "mean"): 0.3,
    ("max", "min"): 0.3,
    ("min", "argmin"): 0.35,
    ("min", "mean"): 0.2,
    ("min", "max"): 0.3,
    ("argmax", "max"): 0.7,
    ("argmin", "min"): 0.7,
    ("std", "mean"): 1.0,
    ("weighted", "max"): 0.2,
}
"""What numbers are kept beside one, and how often."""

_REDUCED = {
    "total": "sum",
    "mean": "mean",
    "weighted": "weighted",
    "largest": "max argmax",
    "smallest": "min argmin",
    "runner_up": "argmax",
    "rms": "rms",
    "spread": "std",
}
"""How tiles do what is done with the values of a quantity."""


def reductions(field: Sheet, law: Law) -> dict[str, float]:
    """The numbers about a tile of a law's values that mean something."""
    use = purpose(field, law)
    found: dict[str, float] = {}
    across = use.across if use is not None else {}
    if "rms" in across and "largest" in across:
        # What swings about zero is put together over time only.
        return found
    for name, weight in across.items():
        if name == "spread" and "total" in across:
            # What adds up is summed: how much it differs tells nobody anything.
            continue
        for how in _REDUCED.get(name, "").split():
            found[how] = found.get(how, 0.0) + weight * (0.5 if how.startswith("arg") else 1.0)
    return found


_VERBS = {
    "sum": ("sum", "total", "accumulate"),
    "mean": ("average", "mean"),
    "max": ("max", "peak", "find_max"),
    "min": ("min", "find_min"),
    "rms": ("rms",),
    "std": ("std_of", "stats_of"),
    "weighted": ("weighted", "weighted_mean"),
    "argmax": ("argmax", "find_peak", "locate_max"),
    "argmin": ("argmin", "locate_min"),
}


def _titled(scene: TileScene, layout: TileLayout, laws: Sequence[Law], how: str, grand: bool) -> None:
    k = scene.k
    what = laws[0].name.removeprefix("next_")
    if len(laws) > 1:
        title(scene, laws, ("reduce", "summarize"))
        return
    unit = "row" if layout.rows else "block" if not grand else "tile"
    k.titles = (*(f"{verb}_{what}" for verb in _VERBS[how]), f"{what}_{how}", f"{what}_per_{unit}", f"reduce_{what}")
    said = {"sum": "Sum", "mean": "Average", "max": "Find the largest", "min": "Find the smallest"}.get(how)
    over = f"all {things(scene)}" if grand else f"the {things(scene)} of each {unit}"
    if said is None:
        k.about = "-"
    elif how in ("max", "min"):
        k.about = f"{said} {spoken(laws[0].gives[0])} among {over}."
    else:
        k.about = f"{said} the {spoken(laws[0].gives[0])} over {over}."


@study("what laws give, tile by tile, against what it should be", "tile:4", grows=1.5)
def compare_tiles(k: Kernel, category: str) -> None:
    del category
    rng = k.rng
    scene, law = tile_scene(k, True, wanted=measured)
    laws = _more(scene, law, True)[:3] if k.shared.size == "large" else [law]
    layout = _rows(scene) if rng.chance(0.75) else TileLayout(scene, 2)
    pairs = mapped_laws(scene, laws)
    where = rng.weighted({"row": 4.0, "total": 3.0, "each": 2.0, "worst": 1.5})
    how = rng.choose(
        ("abs", "relative")
        if where == "worst"
        else ("square", "square", "abs", "huber", "relative", "log_cosh", "weighted")
    )
    residual = rng.chance(0.3)
    for one, value in pairs:
        name = one.gives[0]
        word = _word(scene, name)
        k.gap()
        aim = layout.target(name, rng.choose(("target", "reference")))
        losses = _losses(layout, how, word, value, aim, residual)
        if where == "each":
            kinds = f"=!{word}_loss {word}_losses {word}_error"
            layout.write(k.array(kinds, k.real, layout.dims, "out"), losses)
        elif where == "total":
            grand_total(layout, f"{word}_loss", losses, f"=!{word}_loss {word}_loss_sum total_{word}_loss")
        elif where == "worst":
            layout.keep("max", f"{word}_error", layout.reduced(losses, "max"), rng.chance(0.4))
        else:
            layout.keep("mean", f"{word}_loss", layout.reduced(losses, "mean"), rng.chance(0.4))
    k.titles = tuple(
        form.format(w=_word(scene, pairs[0][0].gives[0]), n=pairs[0][0].name)
        for form in ("{w}_loss", "{n}_loss", "compare_{w}", "{w}_error", "fit_{n}", "score_{n}", "{n}_misfit")
    )
    k.about = f"Loss of the {spoken(pairs[0][0].gives[0])} of {things(scene)}." if len(pairs) == 1 else "-"


def _losses(layout: TileLayout, how: str, word: str, value: Expr, aim: Expr, residual: bool) -> Expr:
    k, rng = layout.k, layout.k.rng
    scene = layout.scene
    wide = (("=pred value x", -10.0, 10.0), ("=target ref y", -10.0, 10.0))
    if how in ("square", "weighted", "abs") and rng.chance(0.6):
        error = k.let(scene.tile_kind(f"{word}_err"), elementwise("-", value, aim))
        if residual:
            layout.write(k.array(f"={word}_residual {word}_diff", k.real, layout.dims, "out"), error)
        if how == "abs":
            return k.let(scene.tile_kind(f"{word}_abs_err"), op("tile_map", error.type, function_name("wp.abs"), error))
        squares = elementwise("*", error, error)
        if how == "weighted":
            squares = elementwise("*", layout.given(f"={word}_weight weights", 0.1, 2.0, f"{word}_w"), squares)
        return k.let(scene.tile_kind(f"{word}_loss"), squares)
    delta = rng.choose((0.1, 0.5, 1.0, 2.0))
    small = rng.choose((1e-3, 1e-2, 0.1))

    def loss(b: Body, x: Expr, y: Expr) -> Expr:
        if how == "relative":
            return b.call("abs", x - y) / (b.call("abs", y) + small)
        d = b.let("=d diff r err", x - y)
        if how == "huber":
            a = b.let("=a abs_d mag", b.call("abs", d))
            with b.when(a <= delta):
                b.give(0.5 * d * d)
            return delta * (a - 0.5 * delta)
        if how == "log_cosh":
            return b.call("log", b.call("cosh", b.call("clamp", d, -10.0, 10.0)))
        return b.call("abs", d) if how == "abs" else d * d if rng.chance(0.5) else 0.5 * d * d

    titles = {
        "huber": "huber huber_loss robust_loss",
        "relative": "relative_error rel_error",
        "log_cosh": "log_cosh log_cosh_loss",
        "abs": "absolute_error l1_loss",
    }.get(how, "squared_error l2_loss sq_error")
    mapped = pointwise(k, titles, wide, loss, layout, value, aim)
    return k.let(scene.tile_kind(f"{word}_loss"), mapped)


@study("results of a law set in relation to those of its tile: normalised, sorted, scanned", "tile:3")
def rank_tiles(k: Kernel, category: str) -> None:
    if k.real is not t.F32:
        raise NoValue("tiles of doubles are not sorted")
    del category
    rng = k.rng
    scene, law = tile_scene(k, True, wanted=_relations)
    layout = _rows(scene, 0.8)
    how = rng.weighted(_relations(scene.sheet, law))
    count = {"small": 0, "medium": rng.integer(0, 1), "large": rng.integer(1, 3)}[k.shared.size]
    laws = [
        one
        for one in more_laws(scene, law, "tile", count)
        if scene.sheet.quantity(one.gives[0]).type == "real" and how in _relations(scene.sheet, one)
    ]
    pairs = mapped_laws(scene, [law, *laws])
    stored = rng.chance(0.4)
    for one, value in pairs:
        k.gap()
        if stored:
            layout.put(one.gives[0], value)
        _related(layout, how, _word(scene, one.gives[0]), value)
    what = pairs[0][0].name.removeprefix("next_")
    forms = {
        "center": ("center_{}", "{}_anomaly", "remove_mean_{}"),
        "peak": ("normalize_{}", "{}_relative_to_peak", "scale_{}_by_peak"),
        "standard": ("standardize_{}", "{}_z_scores", "whiten_{}"),
        "sort": ("sort_{}", "ordered_{}", "rank_{}"),
        "scan": ("cumulative_{}", "{}_prefix_sums", "scan_{}"),
        "softmax": ("softmax_{}", "{}_softmax", "weights_from_{}"),
    }[how]
    k.titles = tuple(form.format(what) for form in forms)
    k.about = "-"


_SAMPLED = frozenset(
    {
        *("image", "learning", "statistics", "spectra", "sound_analysis", "training", "genetics", "finance", "terrain"),
        *("matrices", "numerics", "optimization", "color", "chemistry", "neurons"),
    }
)
"""Fields whose values are samples that people set in relation to each other."""


def _relations(field: Sheet, law: Law) -> dict[str, float]:
    """How a law's values are related to those of their tile, where that means something."""
    use = purpose(field, law)
    if use is None:
        return {}
    across = use.across
    sampled = field.name in _SAMPLED
    ways = {
        "center": 2.0 if sampled and "mean" in across and "total" not in across else 0.0,
        "standard": 2.0 if sampled and "spread" in across and "total" not in across else 0.0,
        "peak": 1.5 if sampled and {"largest", "log_sum"} & set(across) else 0.0,
        "sort": 2.0 if unlike(law) and "rms" not in across and {"largest", "smallest"} & set(across) else 0.0,
        "scan": 2.0 if "cumulative" in use.over_time else 0.0,
        "softmax": 2.0 if "log_sum" in across else 0.0,
    }
    return {how: weight for how, weight in ways.items() if weight}


def _related(layout: TileLayout, how: str, word: str, value: Expr) -> None:
    k, rng, scene = layout.k, layout.k.rng, layout.scene
    one = t.Tile(k.real, (1,))

    def out(end: str, tile: Expr) -> None:
        layout.write(k.array(f"=!{word}_{end} {end}_{word} {word}_{end}_out", k.real, layout.dims, "out"), tile)

    if how in ("sort", "scan"):
        k.shared.differentiable = False
    if how in ("center", "standard"):
        local = layout.called("mean", word)[0]
        mean = k.let(local, layout.reduced(value, "mean"))
        known = (("=x value v", -100.0, 100.0), ("=mean mu center", -100.0, 100.0))
        if how == "center":
            mapped = pointwise(k, "subtract center anomaly", known, lambda b, x, m: x - m, layout, value, mean)
            out(rng.choose(("anomaly", "centered")), mapped)
            return
        squares = layout.reduced(elementwise("*", value, value), "mean")
        variance = k.let(f"={word}_var var_{word} variance", squares - mean * mean)
        inverse = k.let(
            "=inv_std inv_sigma", 1.0 / k.call("sqrt", k.call("max", variance, 0.0) + k.choose_lit(1e-3, 0.1))
        )
        scale = ("=inv_std s", 0.0, 100.0)
        mapped = pointwise(
            k, "z_score standardize", (*known, scale), lambda b, x, m, s: (x - m) * s, layout, value, mean, inverse
        )
        out(rng.choose(("z", "standardized")), mapped)
        return
    if how == "peak":
        size = op("tile_map", value.type, function_name("wp.abs"), value)
        peak = k.let(layout.called("max", word)[0], layout.reduced(size, "max"))
        out("normalized", elementwise("*", value, 1.0 / k.call("max", peak, k.choose_lit(1e-6, 1e-3))))
    elif how == "softmax":
        peak = k.let(layout.called("max", word)[0], layout.reduced(value, "max"))
        known = (("=x value", -100.0, 100.0), ("=peak top", -100.0, 100.0))
        mapped = pointwise(
            k, "boltzmann shifted_exp weight_of", known, lambda b, x, m: b.call("exp", x - m), layout, value, peak
        )
        weights = k.let(scene.tile_kind(f"{word}_w"), mapped)
        total = k.let("=norm total_w partition", item(op("tile_sum", one, weights)))
        out("weights", elementwise("*", weights, 1.0 / total))
    elif how == "sort":
        arange = op(
            "tile_arange",
            t.Tile(t.I32, layout.sizes),
            layout.constants[0],
            dtype=tree.Verbatim(t.SHAPE, 0.0, 0.0, "int"),
        )
        order = k.let("=order perm idx_tile", arange)
        k.do(op("tile_sort", t.NOTHING, value, order))
        if rng.chance(0.5):
            layout.write(k.array(f"=!{word}_order {word}_ranking order_out", t.I32, layout.dims, "out"), order)
        n = layout.sizes[0]
        what = rng.choose(("sorted", "median", "quartiles", "trimmed"))
        if what in ("sorted", "trimmed"):
            out("sorted", value)
        if what == "median":
            layout_out = k.array(f"=!{word}_median median_{word}", k.real, k.launch, "out")
            k.set(layout_out[layout.index], 0.5 * (item(value, n // 2 - 1) + item(value, n // 2)))
        elif what == "quartiles":
            for end, place in (("q1", n // 4), ("q3", 3 * n // 4)):
                k.set(
                    k.array(f"=!{word}_{end} {end}_{word}", k.real, k.launch, "out")[layout.index], item(value, place)
                )
        elif what == "trimmed":
            spread = item(value, n - 2) - item(value, 1)
            k.set(k.array(f"=!{word}_trimmed_range trimmed_{word}", k.real, k.launch, "out")[layout.index], spread)
    else:
        before = rng.chance(0.3)
        scanned = k.let(
            scene.tile_kind(f"{word}_cum"), op(f"tile_scan_{'ex' if before else 'in'}clusive", value.type, value)
        )
        out("before" if before else "cumulative", scanned)
        if not before and rng.chance(0.5):
            last = op("tile_extract", k.real, scanned, layout.sizes[0] - 1)
            layout.keep("sum", word, last, False)
