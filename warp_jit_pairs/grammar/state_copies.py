"""Kernels that go over all parts of a state: set back, copied, recorded, blended, checked, written as a row."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from warp_jit_pairs import types as t

from .kept_states import PAST, Kept, asked, chosen, where
from .kernel import Kernel
from .names import plural
from .scene import NoValue
from .state_checks import check, differ, limit
from .state_rows import columns, row
from .state_tables import STATES, Part
from .state_ticks import tick
from .state_totals import randomize, spread, totals
from .state_words import words
from .studies import study
from .tree import Expr

_STEPPED = ("timer", "sum", "scale", "damping", "phase", "count", "decay", "friction")
"""What nobody takes between two moments."""


_COUNTED = ("count", "_sum", "length", "hits", "score", "odometer", "_time", "accumulated", "throughput", "dealt")
"""What tells of more than one start: parts of the names of parts."""


def _beginning(kept: Kept) -> Callable[[Part], Expr]:
    """Where the first value of a part lies: with the element, one for all worlds, or at the place where it starts."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    how = rng.weighted({"own": 3.0, "world": 1.5 if kept.world is not None else 0.0, "place": 0.8})
    form = rng.choose(("init_{}", "{}_init", "initial_{}", "default_{}", "spawn_{}"))
    places = k.dim(5) if how == "place" else kept.dims[0]

    @cache
    def slot() -> Expr:
        ids = f"=spawn_ids {e}_spawn_id spawn_index start_slot"
        slots = k.array(ids, t.I32, kept.dims, low=0, high=places.size - 1, bound=places.symbol)
        return slots[kept.index] if kept.looped else k.let("=spawn spawn_id slot start", slots[kept.index])

    def first(part: Part) -> Expr:
        if how == "world" and len(kept.index) == 2:
            return kept.array(part, form, dims=kept.dims[1:])[kept.index[1:]]
        if how == "place":
            at = slot()
            return kept.array(part, form, dims=(places,))[at]
        return kept.array(part, form)[kept.index]

    return first


def _reset(kept: Kept) -> None:
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(kept, lambda part: part.reset != "c")
    if not any(part.reset == "i" for part in parts):
        raise NoValue("nothing to set back to")
    test = asked(kept, "=reset_mask needs_reset reset_flags done")
    if kept.structured:
        kept.structure("inout")
    first = _beginning(kept)
    known = {part.name: part for part in parts}
    literal = rng.chance(0.4)
    shaken = k.real is t.F32 and rng.chance(0.3)
    # What is counted may go on over several starts.
    counted = [part for part in parts if part.reset == "0" and any(word in part.name for word in _COUNTED)]
    apart = not kept.structured and len(counted) > 1 and rng.chance(0.4)
    with where(kept, test), kept.written(parts) as write:
        state = kept.chance() if shaken else None
        made: dict[str, Expr] = {}

        def fresh(part: Part) -> Expr:
            kind = kept.type(part)
            origin = known.get(part.reset[1:]) if part.reset[0] == "=" else None
            if origin is not None:
                return made.get(origin.name) or first(origin)
            if part.reset in ("0", "d") and kind is t.BOOL:
                return k.lit(False, t.BOOL)
            if part.reset == "0":
                return k.zero(kind)
            if part.reset == "d" and kind is t.I32:
                return k.integer(-1 if part.name.endswith("_id") else round(part.low))
            if part.reset == "d":
                number = round(0.5 * (part.low + part.high), 2)
                spoken = f"=!default_{kept.word(part)} {kept.word(part)}_default"
                single = isinstance(kind, t.Scalar) and not literal
                return k.scalar(spoken, kind, part.low, part.high) if single else kept.spread(kind, number)
            value = first(part)
            if state is not None and part.type in ("real", "vec2", "vec3") and rng.chance(0.7):
                noise = k.scalar(f"=!{kept.word(part)}_noise {kept.word(part)}_range", k.real, 0.01, 0.2)
                value = made[part.name] = k.let(f"=!new_{kept.word(part)}", kept.shaken(state, value, noise))
            return value

        for part in parts:
            if apart and part in counted:
                continue
            if rng.chance(0.12):
                k.gap()
            write(part, fresh(part))
        if apart:
            k.gap()
            whole = k.scalar("=full_reset clear_stats reset_counters", t.BOOL, 0, 1)
            with k.when(whole):
                for part in counted:
                    write(part, fresh(part))
    k.titles = (f"reset_{plural(e)}", f"reset_{e}_state", f"reset_{e}_buffers", f"reset_done_{plural(e)}")
    k.titles = (*k.titles, f"initialize_{plural(e)}", f"respawn_{plural(e)}")
    k.about = rng.choose(("-", f"Set {plural(e).replace('_', ' ')} back to their initial state."))


def _gather(kept: Kept) -> None:
    """The state in another order, or that of some elements only."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(kept, lambda part: True)
    source, target = rng.choose(
        (("src_{}", "dst_{}"), ("{}", "{}_sorted"), ("{}", "{}_out"), ("{}_in", "{}_out"), ("{}", "{}_copy"))
    )
    if source == "{}":
        kept.form = "{}"
    many = k.dim(k.launch[-1].size)
    many.called = f"=num_src_{plural(e)} src_count"
    ids = k.array(
        "=order indices sort_indices sorted_ids source_ids parent_ids",
        t.I32,
        kept.dims,
        low=0,
        high=many.size - 1,
        bound=many.symbol,
    )
    own = k.let(f"=src src_{e} source_id from_idx", ids[kept.index])
    if rng.chance(0.3):
        test = asked(kept, "=selected keep active mask")
        with k.when(k.negate(test)):
            k.give()
    k.gap()
    for part in parts:
        if rng.chance(0.08):
            k.gap()
        dims = (*kept.dims[:-1], many)
        value = kept.array(part, source, dims=dims)[(*kept.index[:-1], own)]
        k.set(kept.array(part, target, "out")[kept.index], value)
    verbs = ("gather", "reorder", "sort", "copy", "resample")
    k.titles = (*(f"{verb}_{plural(e)}" for verb in verbs), f"gather_{e}_state", f"permute_{e}_data")
    k.about = rng.choose(("-", f"Copy the state of {plural(e).replace('_', ' ')} in the order of the indices."))


def _record(kept: Kept) -> None:
    """The state kept in a ring of former ones."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(kept, lambda part: part.reset != "c" and not part.name.startswith(PAST))
    form = rng.choose(("{}_history", "{}_log", "hist_{}", "saved_{}", "{}_buffer", "logged_{}"))
    ring = k.dim(rng.choose((4, 6, 8)))
    ring.called = "=history_len capacity num_slots window ring_size"
    step = k.scalar("=step frame step_idx tick", t.I32, 0, 20)
    if rng.chance(0.5):
        every = k.scalar("=interval stride record_every log_interval", t.I32, 1, 3)
        with k.when((step % every).differs(0)):
            k.give()
        slot = k.let("=slot row write_idx", step // every % k.length(ring))
    else:
        slot = k.let("=slot row write_idx", step % k.length(ring))
    if kept.structured:
        kept.structure("in")
    k.gap()
    with kept.elements():
        for part in parts:
            value = kept.at(part)
            target = kept.array(part, form, "out", (ring, *kept.dims))
            k.set(target[(slot, *kept.index)], value)
    k.titles = (f"record_{plural(e)}", f"log_{e}_state", f"save_{e}_history", f"store_{e}_snapshot")
    k.titles = (*k.titles, f"push_{e}_history", f"record_{e}_trajectory")
    k.about = rng.choose(("-", f"Keep the state of {plural(e).replace('_', ' ')} in a ring buffer."))


def _commit(kept: Kept) -> None:
    """A trial state taken over, or the former one brought back."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(kept, lambda part: part.reset != "c" and not part.name.startswith(PAST))
    back = rng.chance(0.4)
    form = rng.choose(("saved_{}", "backup_{}", "{}_checkpoint") if back else ("trial_{}", "{}_new", "proposed_{}"))
    words = "=diverged failed rollback" if back else "=accepted accept commit_mask converged"
    test = asked(kept, words)
    if kept.structured:
        kept.structure("inout")
    with where(kept, test), kept.written(parts) as write:
        for part in parts:
            write(part, kept.array(part, form)[kept.index])
    many = plural(e)
    k.titles = (
        (f"rollback_{many}", f"restore_{e}_checkpoint", f"revert_{many}", f"restore_{many}")
        if back
        else (f"commit_{many}", f"accept_{e}_step", f"apply_trial_{e}_state", f"accept_{many}")
    )
    k.about = "-"


def _blend(kept: Kept) -> None:
    """The state between two snapshots."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    smooth = ("real", "vec2", "vec3", "vec4", "quat")
    parts = chosen(
        kept,
        lambda part: (
            not part.name.startswith(PAST)
            and part.reset in ("i", "0")
            and (part.type in smooth or (part.type in ("int", "bool") and part.reset == "i"))
            and not any(word in part.name for word in _STEPPED)
        ),
    )[:14]
    if not any(part.type in smooth for part in parts):
        raise NoValue("nothing to blend")
    one, two = rng.choose((("prev_{}", "next_{}"), ("{}_a", "{}_b"), ("{}_prev", "{}_cur"), ("old_{}", "new_{}")))
    out = rng.choose(("{}_out", "{}", "out_{}", "{}_interp", "lerp_{}"))
    if rng.chance(0.5):
        time, early, late = (
            k.scalar(words, k.real, low, high)
            for words, low, high in (
                ("=time render_time t", 0.0, 3.0),
                ("=t0 prev_time start_time", 0.0, 1.0),
                ("=t1 next_time end_time", 2.0, 3.0),
            )
        )
        share = k.call("clamp", (time - early) / k.call("max", late - early, 1e-6), 0.0, 1.0)
        alpha = k.let("=alpha s u frac", share)
    else:
        alpha = k.scalar("=alpha blend s frac", k.real, 0.0, 1.0)
    k.gap()
    with kept.elements():
        for part in parts:
            a, b = kept.array(part, one)[kept.index], kept.array(part, two)[kept.index]
            if part.type == "quat":
                value = k.call("quat_slerp", a, b, alpha)
            elif part.type in smooth:
                value = k.call("lerp", a, b, alpha)
            else:
                value = k.where(alpha < 0.5, a, b)
            k.set(kept.array(part, out, "out")[kept.index], value)
    many = plural(e)
    k.titles = (f"interpolate_{many}", f"blend_{e}_states", f"lerp_{e}_state", f"interpolate_{e}_snapshots")
    k.about = rng.choose(("-", f"Interpolate the state of {many.replace('_', ' ')} between two snapshots."))


_ALL: dict[str, Callable[[Kept], None]] = {
    "reset": _reset,
    "gather": _gather,
    "record": _record,
    "commit": _commit,
    "blend": _blend,
    "differ": differ,
    "check": check,
    "limit": limit,
    "row": row,
    "columns": columns,
    "tick": tick,
    "words": words,
    "totals": totals,
    "randomize": randomize,
    "spread": spread,
}
_WAYS: dict[str, dict[str, float]] = {
    "arithmetic": {"reset": 2.0, "differ": 0.4, "tick": 2.0, "blend": 0.4, "limit": 0.3},
    "vector": {"reset": 2.0, "blend": 0.5, "row": 1.0, "limit": 0.3, "tick": 1.5, "check": 0.4, "gather": 0.3},
    "control_flow": {"reset": 4.0, "check": 0.8, "commit": 0.5, "differ": 0.4, "tick": 1.0},
    "combined": {"reset": 4.0, "check": 0.6, "row": 1.0, "tick": 1.5, "gather": 0.4, "commit": 0.4},
    "quaternion": {"reset": 3.0, "blend": 1.0, "row": 1.0, "differ": 0.5, "gather": 0.3, "record": 0.2},
    "integer": {"words": 4.0, "check": 0.6, "differ": 0.4},
    "atomic": {"totals": 1.0},
    "reduction": {"totals": 1.0},
    "random": {"randomize": 1.0},
    "stencil": {"spread": 1.0},
    "matrix": {"reset": 2.0, "gather": 0.2, "record": 0.1},
    "struct": {"reset": 4.0, "columns": 0.6, "row": 1.0, "check": 0.5, "commit": 0.4, "tick": 1.5},
}
"""Copies that do nothing else are alike, whatever is copied."""


_GRIDS = frozenset({"voxel", "tissue_cell", "water_cell"})
"""Things that lie on a grid."""
_UNSUMMED = _GRIDS | {"ray", "weight", "voice"}
"""Things of which nobody wants totals."""


@study(
    "all parts of the state of something set back, copied, blended or checked",
    "arithmetic:0.2 vector:0.15 control_flow:0.6 combined:0.6 quaternion:0.08 struct:0.25 integer:0.05"
    " atomic:0.015 reduction:0.01 random:0.004 stencil:0.01 matrix:0.05",
    grows=80.0,
)
def keep_state(k: Kernel, category: str) -> None:
    rng = k.rng
    need = {"vector": "vec", "quaternion": "quat", "matrix": "mat", "arithmetic": "real"}.get(category, "")
    states = [one for one in STATES if sum(part.type.startswith(need) for part in one.parts) >= _NEEDED.get(need, 0)]
    if category == "arithmetic":
        states = [one for one in states if not any(part.type.startswith(("vec", "quat")) for part in one.parts)]
    way = rng.weighted(_WAYS[category])
    if way == "spread":
        states = [one for one in STATES if one.entities[0] in _GRIDS]
    elif way == "totals":
        states = [one for one in states if one.entities[0] not in _UNSUMMED]
    state = rng.choose(states)
    kept = Kept(k, category, state)
    if way != "spread":
        kept.begin({"atomic": "threads", "reduction": "loops"}.get(category, ""))
    if kept.looped and way == "gather":
        way = "record" if category != "quaternion" else "blend"
    _ALL[way](kept)
    kinds = {"vec": t.Vector, "quat": t.Quat, "mat": t.Matrix}
    if need in kinds and not any(
        isinstance(a.type, t.Array) and isinstance(a.type.dtype, kinds[need]) for a in k.arguments
    ):
        raise NoValue(category)


_NEEDED = {"vec": 4, "quat": 1, "mat": 1, "real": 4}
