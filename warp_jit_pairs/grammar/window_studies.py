"""Laws evaluated for what is near a place on a line or in a series: moving means, extrema, spreads."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .fold_layouts import Layout
from .fold_studies import WINDOWED, drawn, entitle, fold
from .kernel import Kernel
from .lattices import in_cells
from .laws import Law, Sheet
from .names import plural
from .places import operators
from .purposes import is_still, purpose, varying
from .scene import NoValue, Site
from .studies import study
from .tree import Expr

_SERIES = frozenset({"audio", "weather"})
_LINES = frozenset({"fluids", "heat"})


def _order(field: Sheet, law: Law) -> str:
    """What elements that are next to each other are: cells of a line, values of a series, or nothing of the kind."""
    wanted = purpose(field, law)
    if wanted is None or law.looped or "time" in law.takes or not WINDOWED & set(wanted.across):
        return ""
    if any(name.startswith(("reference_", "initial_", "sun_elevation")) for name in law.takes):
        return ""
    if any(field.quantity(name).type.startswith("mat") for name in law.takes):
        # Tensors have a grid of more than one dimension.
        return ""
    if field.name in _LINES and operators(field, law):
        return "line"
    # A series has all that changes in it, and nothing else.
    moving = "mean" in wanted.across and not any(is_still(field, name) for name in varying(field, law))
    return "series" if field.name in _SERIES and wanted.over_time and moving else ""


@study(
    "laws evaluated for each element of a window around a place, and what these values amount to",
    "reduction:1.6 stencil:1.8 control_flow:0.6",
    grows=5.0,
)
def fold_windows(k: Kernel, category: str) -> None:
    rng = k.rng
    for _ in range(40):
        scene, law = drawn(k, category, ("real", "vec2", "vec3"))
        order = _order(scene.sheet, law)
        if order:
            break
    else:
        raise NoValue("no law for a window")
    if order == "line":
        in_cells(scene)
    else:
        scene.names.entity = "sample" if scene.sheet.name == "audio" else rng.choose(("sample", "hour", "record"))
        k.namer.module.taste.subjects = [scene.names.entity]
    # What a law works out stands once, not among the turns of a window.
    scene.in_functions = max(scene.in_functions, 0.7)
    scene.deriving = 0.0
    e = scene.names.entity
    (own,) = k.start(1, (24,), ("=!i tid center",))
    dim = k.launch[0]
    dim.called = f"=num_{plural(e)} n"
    k.guard()
    scene.loads_at = -1
    scene.sites[""] = Site((dim,), (own,))
    cells = rng.choose((2, 3, 4))
    reach: Expr = k.integer(cells)
    past: Expr = k.integer(cells + 1)
    width: Expr = k.integer(2 * cells + 1)
    if rng.chance(0.65):
        reach = k.scalar("=radius half_width reach half_window", t.I32, 2, 4)
        past, width = reach + 1, 2 * reach + 1
    how = rng.choose(("cut", "clamp", "wrap") if order == "line" else ("cut", "trailing", "trailing", "clamp"))
    length = k.length(dim)
    if how in ("cut", "trailing"):
        first = k.call("max", own - reach, 0)
        last = k.call("min", own + past, length) if how != "trailing" else own + 1
        first = k.let("=lo start first begin", first)
        last = k.let("=hi end stop last", last) if how != "trailing" else last
        bounds: tuple[Expr | int, ...] = (first, last)
        site = lambda n: Site((dim,), (n,))  # noqa: E731
        kind, count = "=!j n nbr w", last - first
    else:
        bounds = (-reach, past)
        kind, count = "=!offset o shift_by d", width

        def site(n: Expr) -> Site:
            moved = own + n
            if how == "clamp":
                placed = k.call("clamp", moved, 0, length - 1) if rng.chance(0.5) else k.call(
                    "min", k.call("max", moved, 0), length - 1
                )  # fmt: skip
            else:
                placed = (moved + length) % length
            return Site((dim,), (k.let("=!j nbr idx", placed),))

    layout = Layout("window", own, (dim,), "window", kind, bounds, site, count)
    folds = 2 if k.shared.size == "large" else rng.weighted({1: 4.0, 2: 1.0})
    picks = fold(scene, layout, [law], folds)
    entitle(k, scene, layout, picks)
    k.titles = tuple(_windowed(one) for one in k.titles)


_ACTS = ("sum", "find", "count", "threshold", "score", "fade", "integrate", "summarize", "tally", "average", "window")


def _windowed(name: str) -> str:
    if name.startswith("window"):
        return name
    return f"{name}_in_window" if name.startswith(_ACTS) else f"moving_{name}"
