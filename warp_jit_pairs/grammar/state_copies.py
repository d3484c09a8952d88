"""Kernels that go over all parts of a state: set back, copied, recorded, blended, checked, written as a row."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kept_states import Kept, asked, chosen, where
from .kernel import Kernel
from .names import plural
from .scene import NoValue
from .state_tables import STATES, Part
from .state_ticks import tick
from .state_totals import randomize, spread, totals
from .state_words import words
from .studies import study
from .tree import Expr

_UNBOUNDED = (
    *("direction", "normal", "tangent", "uv", "color", "phase", "command", "pan", "_min", "pdf", "gradient", "anchor"),
    *("sun_", "magnetic", "trace", "throughput", "offset", "action", "target", "goal"),
)
"""What nobody checks: parts of the names of parts."""
_LIMITED = ("vel", "force", "torque", "accel", "rate", "momentum", "command", "thrust", "impulse", "correction")
"""Vectors whose length people limit: parts of their names."""
_STEPPED = ("timer", "sum", "scale", "damping", "phase", "count", "decay", "friction")
"""What nobody takes between two moments."""
_PAST = ("prev_", "last_", "start_", "max_", "target_", "rest_", "initial_")
"""What is itself a copy of another part."""


def _reset(kept: Kept) -> None:
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(k, kept, lambda part: part.reset != "c")
    if not any(part.reset == "i" for part in parts):
        raise NoValue("nothing to set back to")
    form = rng.choose(("init_{}", "{}_init", "initial_{}", "default_{}", "spawn_{}"))
    literal = rng.chance(0.4)
    test = asked(kept, "=reset_mask needs_reset reset_flags done")
    if kept.structured:
        kept.structure("inout")
    shared = kept.world is not None and rng.chance(0.4)
    known = {part.name: part for part in parts}

    def first(part: Part) -> Expr:
        if shared and len(kept.index) == 2:
            # All worlds begin alike.
            return kept.array(part, form, dims=kept.dims[1:])[kept.index[1:]]
        return kept.array(part, form)[kept.index]

    shaken = k.real is t.F32 and rng.chance(0.3)
    with where(kept, test), kept.written(parts) as write:
        state = kept.chance() if shaken else None
        for part in parts:
            if rng.chance(0.12):
                k.gap()
            kind = kept.type(part)
            origin = known.get(part.reset[1:]) if part.reset[0] == "=" else None
            if origin is not None and rng.chance(0.7):
                value = first(origin)
            elif part.reset in ("0", "d") and kind is t.BOOL:
                value = k.lit(False, t.BOOL)
            elif part.reset == "0":
                value = k.zero(kind)
            elif part.reset == "d" and kind is t.I32:
                value = k.integer(-1 if part.name.endswith("_id") else round(part.low))
            elif part.reset == "d":
                number = round(0.5 * (part.low + part.high), 2)
                spoken = f"=!default_{kept.word(part)} {kept.word(part)}_default"
                single = isinstance(kind, t.Scalar) and not literal
                value = k.scalar(spoken, kind, part.low, part.high) if single else kept.spread(kind, number)
            else:
                value = first(part)
                if state is not None and part.type in ("real", "vec2", "vec3") and rng.chance(0.7):
                    noise = k.scalar(f"=!{kept.word(part)}_noise {kept.word(part)}_range", k.real, 0.01, 0.2)
                    value = kept.shaken(state, value, noise)
            write(part, value)
    k.titles = (f"reset_{plural(e)}", f"reset_{e}_state", f"reset_{e}_buffers", f"reset_done_{plural(e)}")
    k.titles = (*k.titles, f"initialize_{plural(e)}", f"respawn_{plural(e)}")
    k.about = rng.choose(("-", f"Set {plural(e).replace('_', ' ')} back to their initial state."))


def _gather(kept: Kept) -> None:
    """The state in another order, or that of some elements only."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(k, kept, lambda part: True)
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
    parts = chosen(k, kept, lambda part: part.reset != "c" and not part.name.startswith(_PAST))
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
    parts = chosen(k, kept, lambda part: part.reset != "c" and not part.name.startswith(_PAST))
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
        k,
        kept,
        lambda part: (
            not part.name.startswith(_PAST)
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


def _differ(kept: Kept) -> None:
    """Two states compared part by part."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    plain = ("real", "vec2", "vec3", "vec4", "quat", "int")
    parts = chosen(k, kept, lambda part: part.type in plain and not part.name.startswith(_PAST))
    one, two = rng.choose((("{}", "{}_ref"), ("{}_a", "{}_b"), ("{}", "expected_{}"), ("cpu_{}", "gpu_{}")))
    single = rng.chance(0.5)
    tol = k.scalar("=tol tolerance eps", k.real, 0.3, 2.0) if single else k.lit(0.05)
    how = rng.choose(("bits", "count"))
    total = k.variable("=mismatch diff_mask flags" if how == "bits" else "=mismatches num_diff errors", k.integer(0))
    with kept.elements():
        for place, part in enumerate(parts):
            a, b = kept.array(part, one)[kept.index], kept.array(part, two)[kept.index]
            own = tol
            if not single and part.type != "int":
                own = k.scalar(f"=!{kept.word(part)}_tol", k.real, 0.2 * part.high, 0.6 * part.high + 0.1)
            if part.type == "int":
                test = a.differs(b)
            elif part.type == "quat":
                test = 1.0 - k.call("abs", k.call("dot", a, b)) > own
            else:
                test = k.call("abs" if part.type == "real" else "length", a - b) > own
            with k.when(test):
                if how == "bits":
                    k.set(total, total | k.integer(1 << place))
                else:
                    k.augment(total, "+", 1)
    names = "=mismatch_mask diff_flags mismatch_out" if how == "bits" else "=mismatch_count num_mismatches error_count"
    k.set(k.array(names, t.I32, k.launch, "out")[k.threads], total)
    k.titles = (f"compare_{e}_states", f"diff_{plural(e)}", f"check_{e}_state", f"compare_{plural(e)}")
    k.about = rng.choose(("-", f"Compare two states of each {e.replace('_', ' ')}."))
    k.shared.differentiable = False


def _check(kept: Kept) -> None:
    """Which parts are out of their range."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(
        k,
        kept,
        lambda part: (
            part.type in ("real", "vec2", "vec3")
            and part.reset != "c"
            and not part.name.startswith(_PAST)
            and not any(word in part.name for word in _UNBOUNDED)
        ),
    )
    coded = rng.chance(0.55)
    if kept.structured:
        kept.structure("in")
    status = k.variable("=status error code bad" if coded else "=violations num_bad bad", k.integer(0))
    with kept.elements():
        for place, part in enumerate(parts):
            word, low, high = kept.word(part), part.low, part.high
            value = kept.at(part)
            if part.type != "real":
                limit = k.scalar(f"=!max_{word} {word}_limit", k.real, 0.4 * high, 1.2 * high)
                test = k.call("length", value) > limit
            else:
                value = k.let(f"=!{word} {word}_val", value) if kept.first_read else value
                top = k.scalar(f"=!max_{word} {word}_max", k.real, low + 0.6 * (high - low), low + 0.9 * (high - low))
                test = value > top
                if rng.chance(0.4):
                    least = low + 0.2 * (high - low)
                    bottom = k.scalar(f"=!min_{word} {word}_min", k.real, low, least) if low != 0.0 else k.lit(0.0)
                    test = k.either(value < bottom, test)
            with k.when(test):
                if coded:
                    k.set(status, status | k.integer(1 << place))
                else:
                    k.augment(status, "+", 1)
    k.gap()
    k.set(k.array(f"={e}_status status_out error_flags violation_count", t.I32, k.launch, "out")[k.threads], status)
    if rng.chance(0.4):
        flags = k.array("=valid is_valid healthy", t.BOOL, k.launch, "out")
        k.set(flags[k.threads], status.equals(0))
    k.titles = (f"validate_{plural(e)}", f"check_{e}_limits", f"check_{plural(e)}", f"check_{e}_bounds")
    k.about = rng.choose(("-", f"Check that the state of each {e.replace('_', ' ')} is within its limits."))
    k.shared.differentiable = False


def _limit(kept: Kept) -> None:
    """Each part brought into its range, in place."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(
        k,
        kept,
        lambda part: (
            (part.type in ("real", "int") or (part.type == "vec3" and any(word in part.name for word in _LIMITED)))
            and part.reset != "c"
            and not part.name.startswith(_PAST)
            and not any(word in part.name for word in _UNBOUNDED if word not in ("command", "action"))
        ),
    )
    if kept.structured:
        kept.structure("inout")
    literal = rng.chance(0.4)
    with kept.elements():
        for part in parts:
            word, low, high = kept.word(part), part.low, part.high
            value = kept.at(part)
            if kept.records is None:
                value = kept.at(part, "inout")
            if part.type == "int":
                result = k.call("clamp", value, round(low), max(round(0.6 * high), 1))
            elif part.type == "vec3":
                value = k.let(f"=!{word} {word}_vec v", value)
                most = k.scalar(f"=!max_{word} {word}_limit", k.real, 0.3 * high, high)
                size = k.let(f"=!{word}_len {word}_mag", k.call("length", value))
                result = k.where(size > most, value * (most / k.call("max", size, 1e-6)), value)
            elif literal:
                result = k.call("clamp", value, round(low + 0.1 * (high - low), 2), round(low + 0.7 * (high - low), 2))
            else:
                top = k.scalar(f"=!max_{word} {word}_max", k.real, low + 0.5 * (high - low), high)
                bottom: Expr = k.lit(0.0)
                if low:
                    bottom = k.scalar(f"=!min_{word} {word}_min", k.real, low, low + 0.3 * (high - low))
                result = k.call("clamp", value, bottom, top) if low else k.call("min", value, top)
            k.set(kept.at(part, "inout"), result)
    k.titles = (f"clamp_{e}_state", f"limit_{plural(e)}", f"enforce_{e}_limits", f"sanitize_{plural(e)}")
    k.about = "-"
    k.shared.differentiable = False


def _row(kept: Kept) -> None:
    """The state as a row of numbers, or from one."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(k, kept, lambda part: part.type in ("real", "vec2", "vec3", "vec4", "quat"))
    out = kept.structured or rng.chance(0.65)
    scaled = rng.choose((0.0, 0.0, 0.4)) if out else 0.0
    if kept.structured:
        kept.structure("in")
    widths = [1 if part.type == "real" else 4 if part.type == "quat" else int(part.type[3]) for part in parts]
    columns = k.dim(sum(widths), fixed=True)
    words = f"=obs state_vec observations {e}_rows flat_state" if out else f"=state_vec flat_state packed {e}_rows"
    k.gap()
    based = kept.world is None and rng.chance(0.25)
    with kept.elements():
        if based:
            # All rows after each other.
            total = k.derived(kept.dims[0], sum(widths))
            row = k.array(words, k.real, (total,), "out" if out else "in", low=-2.0, high=2.0)
            base = k.let("=base offset row_start", kept.index[0] * k.integer(sum(widths)))
        else:
            row = k.array(words, k.real, (*kept.dims, columns), "out" if out else "in", low=-2.0, high=2.0)
            base = None
        place = 0
        for part, width in zip(parts, widths, strict=True):
            if rng.chance(0.15):
                k.gap()
            value = kept.at(part) if out else None
            if value is not None and width > 1:
                value = k.let(f"=!{kept.word(part)}_i {kept.word(part)}_val", value)
            if value is not None and part.type != "quat" and rng.chance(scaled):
                scale = k.scalar(f"=!{kept.word(part)}_scale", k.real, 0.1, 2.0)
                value = k.let(f"=!{kept.word(part)}_scaled", value * scale) if width > 1 else value * scale
            cells = [
                row[(base + place + n,) if base is not None else (*kept.index, k.integer(place + n))]
                for n in range(width)
            ]
            if value is not None:
                for n, cell in enumerate(cells):
                    k.set(cell, value if width == 1 else value[n])
            else:
                made = cells[0] if width == 1 else k.make(kept.type(part), *cells)
                k.set(kept.array(part, role="out")[kept.index], made)
            place += width
    many = plural(e)
    k.titles = (
        (f"pack_{many}", f"flatten_{e}_state", f"write_{e}_observations", f"compute_{e}_obs", f"gather_{e}_obs")
        if out
        else (f"unpack_{many}", f"unflatten_{e}_state", f"load_{e}_state", f"scatter_{e}_state")
    )
    k.about = "-"


def _columns(kept: Kept) -> None:
    """Arrays of structs from one array for each part, or the other way."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(k, kept, lambda part: True)
    out = rng.chance(0.5)
    kept.structure("out" if out else "in")
    records = kept.records
    assert records is not None
    with kept.elements():
        for part in parts:
            field = records.field(
                f"=!{kept.word(part)}", kept.type(part), dict(kept.facts(part)), kept.index, part.name
            )
            if out:
                k.set(records.target(part.name, kept.index), kept.array(part)[kept.index])
            else:
                k.set(kept.array(part, "{}_out", "out")[kept.index], field)
    k.titles = (
        (f"pack_{plural(e)}", f"arrays_to_{plural(e)}", f"load_{e}_structs", f"fill_{plural(e)}")
        if out
        else (f"unpack_{plural(e)}", f"{plural(e)}_to_arrays", f"extract_{e}_fields", f"split_{plural(e)}")
    )
    k.about = "-"


_ALL: dict[str, Callable[[Kept], None]] = {
    "reset": _reset,
    "gather": _gather,
    "record": _record,
    "commit": _commit,
    "blend": _blend,
    "differ": _differ,
    "check": _check,
    "limit": _limit,
    "row": _row,
    "columns": _columns,
    "tick": tick,
    "words": words,
    "totals": totals,
    "randomize": randomize,
    "spread": spread,
}
_WAYS: dict[str, dict[str, float]] = {
    "arithmetic": {"limit": 2.0, "differ": 1.0, "tick": 3.0, "blend": 0.4},
    "vector": {"blend": 0.4, "row": 1.5, "limit": 1.0, "tick": 3.0, "record": 0.1, "gather": 0.2, "commit": 0.2},
    "control_flow": {"reset": 3.0, "check": 2.0, "commit": 0.3, "differ": 1.0, "tick": 1.0},
    "combined": {"reset": 2.0, "check": 1.0, "row": 1.0, "tick": 2.0, "gather": 0.2, "record": 0.1, "blend": 0.2},
    "quaternion": {"reset": 1.5, "blend": 0.7, "row": 1.5, "differ": 1.0, "gather": 0.2},
    "integer": {"words": 5.0, "check": 1.0, "differ": 0.7, "gather": 0.2},
    "atomic": {"totals": 1.0},
    "reduction": {"totals": 1.0},
    "random": {"randomize": 1.0},
    "stencil": {"spread": 1.0},
    "matrix": {"reset": 2.0, "gather": 0.3, "record": 0.2},
    "struct": {"reset": 3.0, "columns": 0.7, "row": 1.5, "check": 1.0, "limit": 1.0, "commit": 0.3, "tick": 3.0},
}
"""Copies that do nothing else are alike, whatever is copied."""


_GRIDS = frozenset({"voxel", "tissue_cell", "water_cell"})
"""Things that lie on a grid."""
_UNSUMMED = frozenset({"ray", "weight", "voice", "voxel", "tissue_cell", "water_cell"})
"""Things of which nobody wants totals."""


@study(
    "all parts of the state of something set back, copied, blended or checked",
    "arithmetic:0.2 vector:0.35 control_flow:0.6 combined:0.6 quaternion:0.35 struct:0.5 integer:0.15"
    " atomic:0.25 reduction:0.35 random:0.2 stencil:0.35 matrix:0.2",
    "copy",
    grows=90.0,
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
