"""What many elements' states are together, drawn at random, or spread to their neighbours on a grid."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kept_states import COUNTS, Kept, asked, chosen
from .names import plural
from .scene import NoValue
from .state_tables import Part
from .tree import Expr

_ADDED = (
    *("mass", "biomass", "fuel", "energy", "water", "rain", "runoff", "pnl", "fees", "cash", "turnover", "evaporation"),
    *("reward_sum", "damage_dealt", "throughput", "volume", "path_length", "odometer", "waiting_time", "travel_time"),
    *("count", "success", "hits", "misses", "score", "panel_power", "data_stored", "heat", "equity", "leaf_area"),
)
"""What sums of are asked for: parts of the names of parts."""
_PEAKS = (
    *("speed", "velocity", "vel", "temperature", "torque", "accel", "drawdown", "strain", "pressure", "damage"),
    *("innovation", "force", "acceleration", "current", "error", "height", "volatility", "age"),
)
_LOWS = ("battery", "soc", "state_of_charge", "health", "voltage", "stamina", "volume_ratio", "water_content")


def totals(kept: Kept) -> None:
    """Sums, means and extremes of parts, added by all threads or gone through by one for each world."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(kept, lambda part: part.type in ("real", "int", "vec3", "bool") and bool(_asked_of(part)))
    shared = not kept.looped
    dims = k.launch[:1] if kept.looped or len(k.launch) > 1 else (k.dim(1, fixed=True),)
    place: tuple[Expr, ...] = k.threads[:1] if kept.looped or len(k.launch) > 1 else (k.integer(0),)
    counted = rng.chance(0.5)
    if shared:
        if rng.chance(0.4):
            with k.when(k.negate(asked(kept, "=active alive valid enabled"))):
                k.give()
            k.gap()
        for part in parts:
            value = kept.at(part)
            if part.type == "bool":
                sums = k.array(f"=!num_{part.name} {part.name}_count", t.I32, dims, "inout", low=0, high=0)
                with k.when(value):
                    k.do(k.call("atomic_add", sums, *place, k.integer(1), gives=t.I32))
                continue
            how, word = _asked_of(part), kept.word(part)
            start = {"sum": 0.0, "max": -1e6, "min": 1e6}[how]
            kind = kept.type(part)
            if kind is t.I32:
                start = 0.0
                how = "sum" if how == "min" else how
            if isinstance(kind, t.Vector):
                value, kind = k.call("length", value), k.real
            array = k.array(f"=!{how}_{word} {word}_{how}", kind, dims, "inout", low=start, high=start)
            builtin = {"sum": "atomic_add", "max": "atomic_max", "min": "atomic_min"}[how]
            k.do(k.call(builtin, array, *place, value, gives=kind))
        if counted:
            count = k.array(f"=num_active {e}_count counts", t.I32, dims, "inout", low=0, high=0)
            k.do(k.call("atomic_add", count, *place, k.integer(1), gives=t.I32))
    else:
        found: list[tuple[Part, str, str, Expr]] = []
        for part in parts:
            how, word = _asked_of(part), kept.word(part)
            kind = k.real if part.type == "vec3" else kept.type(part)
            if kind is t.BOOL:
                how, kind = "sum", t.I32
            first = k.integer(0) if kind is t.I32 else k.lit({"sum": 0.0, "max": -1e6, "min": 1e6}[how])
            found.append((part, how, word, k.variable(f"=!{word}_{how} {how}_{word}", first)))
        number = k.variable("=count num_used n_active", k.integer(0)) if counted else None
        with kept.elements(number is None):
            if number is not None:
                with k.when(k.negate(kept.active())):
                    k.next_turn()
                k.augment(number, "+", 1)
            for part, how, _word, total in found:
                value = kept.at(part)
                if part.type == "bool":
                    with k.when(value):
                        k.augment(total, "+", 1)
                    continue
                if part.type == "vec3":
                    value = k.call("length", value)
                if how == "sum":
                    k.augment(total, "+", value)
                else:
                    k.set(total, k.call(how, total, value))
        k.gap()
        for _part, how, word, total in found:
            result = total
            name = f"{how}_{word}"
            if how == "sum" and total.type is k.real and number is not None and rng.chance(0.5):
                result, name = total / k.cast(k.call("max", number, 1), k.real), f"mean_{word}"
            k.set(k.array(f"=!{name} {name}_out world_{word}", total.type, dims, "out")[place], result)
        if number is not None:
            k.set(k.array("=num_active active_counts counts", t.I32, dims, "out")[place], number)
    many = plural(e)
    k.titles = (f"accumulate_{e}_totals", f"{e}_statistics", f"sum_{many}", f"reduce_{e}_state", f"summarize_{many}")
    k.titles = (*k.titles, f"compute_{e}_totals", f"collect_{e}_stats")
    k.about = rng.choose(("-", f"Totals and extremes of the state of all {many.replace('_', ' ')}."))
    k.shared.differentiable = False


def _asked_of(part: Part) -> str:
    """What is asked of a part of many: nothing for most."""
    if part.type == "bool":
        return "sum"
    words = {part.name, *part.name.split("_")}
    if part.name.endswith("_id") or part.name.startswith(("max_", "prev_", "last_", "target_", "desired_")):
        return ""
    if part.type == "vec3":
        return "max" if words & set(_PEAKS) else ""
    if words & set(_LOWS):
        return "min"
    if words & set(_ADDED):
        return "sum"
    return "max" if words & set(_PEAKS) and part.type == "real" else ""


def randomize(kept: Kept) -> None:
    """Parts drawn at random: within ranges, or about what they were."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(
        kept,
        lambda part: (
            part.type in ("real", "vec2", "vec3", "bool", "int")
            and part.reset in ("i", "c", "d")
            and not part.name.endswith("_id")
            and (part.type != "int" or part.high >= 2)
        ),
    )
    test = None
    if rng.chance(0.5):
        test = asked(kept, "=reset_mask needs_reset resample done")
        with k.when(k.negate(test)):
            k.give()
        k.gap()
    with kept.elements():
        state = kept.chance()
        for part in parts:
            word, kind = kept.word(part), kept.type(part)
            out = kept.array(part, role="out" if test is None else "inout")[kept.index]
            if part.type == "bool":
                share = k.scalar(f"=!{word}_prob p_{word}", k.real, 0.1, 0.9)
                k.set(out, k.call("randf", state) < share)
                continue
            if part.type == "int":
                count = round(part.high) + 1
                k.set(out, k.call("randi", state, k.integer(0), k.integer(count)))
                continue
            how = rng.choose(("range", "range", "about", "scaled", "normal"))
            if part.type == "real" and how == "range":
                low = k.scalar(f"=!min_{word} {word}_min", k.real, part.low, part.low + 0.3 * (part.high - part.low))
                high = k.scalar(f"=!max_{word} {word}_max", k.real, part.high - 0.3 * (part.high - part.low), part.high)
                k.set(out, k.call("randf", state, low, high))
                continue
            base = kept.array(part, "nominal_{}")[kept.index]
            noise = k.scalar(f"=!{word}_noise {word}_std sigma_{word}", k.real, 0.01, 0.3)
            if part.type == "real" and how == "scaled":
                k.set(out, base * (1.0 + noise * k.call("randf", state, k.lit(-1.0), k.lit(1.0))))
            elif how == "normal" or (part.type == "real" and how == "about"):
                if isinstance(kind, t.Vector):
                    drawn = [k.call("randn", state) for _ in range(kind.length)]
                    k.set(out, base + noise * k.make(kind, *drawn))
                else:
                    k.set(out, base + noise * k.call("randn", state))
            else:
                k.set(out, kept.shaken(state, base, noise))
    many = plural(e)
    k.titles = (f"randomize_{many}", f"randomize_{e}_params", f"sample_{e}_state", f"perturb_{many}")
    k.titles = (*k.titles, f"domain_randomize_{many}", f"draw_initial_{many}", f"spawn_{many}")
    k.about = rng.choose(("-", f"Draw the state of each {e.replace('_', ' ')} at random."))
    k.shared.differentiable = False


def spread(kept: Kept) -> None:
    """Several fields of a grid, each of which spreads, with what feeds it and what it loses."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    kept.index = k.start(2, None, ("=!i row", "=!j col"))
    kept.dims = k.launch
    i, j = kept.index
    low, high = COUNTS[k.shared.size]
    found = [part for part in kept.state.parts if part.type == "real" and part.reset in ("i", "0")]
    if len(found) < 2:
        raise NoValue("nothing spreads")
    picked = sorted(rng.shuffle(range(len(found)))[: min(max(2, rng.integer(low, high) // 2), 9)])
    parts = [found[n] for n in picked]
    rows, cols = k.length(k.launch[0]), k.length(k.launch[1])
    edge = rng.choose(("clamp", "wrap", "skip"))
    if edge == "skip":
        border = k.either(i.equals(0), j.equals(0), i.equals(rows - 1), j.equals(cols - 1))
        with k.when(border):
            if rng.chance(0.6):
                for part in parts:
                    k.set(kept.array(part, "{}_out", "out")[i, j], kept.array(part)[i, j])
            k.give()
        places = (i - 1, i + 1, j - 1, j + 1)
        im, ip, jm, jp = (k.let(f"={name}", at) for name, at in zip(("im", "ip", "jm", "jp"), places, strict=True))
    elif edge == "wrap":
        im, ip = k.let("=im", (i + rows - 1) % rows), k.let("=ip", (i + 1) % rows)
        jm, jp = k.let("=jm", (j + cols - 1) % cols), k.let("=jp", (j + 1) % cols)
    else:
        im, ip = k.let("=im", k.call("max", i - 1, 0)), k.let("=ip", k.call("min", i + 1, rows - 1))
        jm, jp = k.let("=jm", k.call("max", j - 1, 0)), k.let("=jp", k.call("min", j + 1, cols - 1))
    k.gap()
    dt = k.scalar("=dt time_step h_step", k.real, 0.005, 0.05)
    dx = k.scalar("=dx spacing cell_size h", k.real, 0.5, 1.5)
    scale = k.let("=inv_dx2 inv_h2 rdx2", 1.0 / (dx * dx))
    losing = rng.chance(0.4)
    fed = rng.chance(0.4)
    masked = rng.chance(0.3)
    for part in parts:
        if rng.chance(0.5):
            k.gap()
        word = kept.word(part)
        array = kept.array(part)
        here = k.let(f"=!{word}_c {word}_ij", array[i, j])
        around = array[im, j] + array[ip, j] + array[i, jm] + array[i, jp]
        lap = k.let(f"=!lap_{word} {word}_lap", (around - 4.0 * here) * scale)
        rate = k.scalar(f"=!{word}_diffusivity D_{word}", k.real, 0.05, 0.5)
        change = rate * lap
        if losing and rng.chance(0.6):
            loss = k.scalar(f"=!{word}_decay {word}_loss", k.real, 0.01, 0.3)
            change = change - loss * here
        if fed and rng.chance(0.5):
            change = change + kept.array(part, "{}_source")[i, j]
        result = here + dt * change
        if part.low == 0.0:
            result = k.call("max", result, 0.0)
        if masked and rng.chance(0.4):
            wall = k.array("=solid wall_mask blocked", t.I32, kept.dims, low=0, high=1)[i, j]
            result = k.where(wall.differs(0), here, result)
            masked = False
        k.set(kept.array(part, "{}_out", "out")[i, j], result)
    many = plural(e)
    k.titles = (f"diffuse_{many}", f"diffuse_{e}_fields", f"spread_{e}_state", f"{e}_diffusion_step", f"mix_{many}")
    k.about = rng.choose(("-", f"One explicit step of diffusion of several fields of each {e.replace('_', ' ')}."))
