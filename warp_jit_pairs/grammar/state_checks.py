"""A state compared with another, checked against its limits or brought into them."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kept_states import PAST, Kept, chosen
from .names import plural
from .scene import NoValue
from .tree import Expr

_UNBOUNDED = (
    *("direction", "normal", "tangent", "uv", "color", "phase", "command", "pan", "_min", "pdf", "gradient", "anchor"),
    *("sun_", "magnetic", "trace", "throughput", "offset", "action", "target", "goal"),
    *("damping", "scale", "timer", "thickness", "stiffness", "friction", "weight"),
)
"""What nobody checks: parts of the names of parts."""
_LIMITED = ("vel", "force", "torque", "accel", "rate", "momentum", "command", "thrust", "impulse", "correction")
"""Vectors whose length people limit: parts of their names."""


def differ(kept: Kept) -> None:
    """Two states compared part by part."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    plain = ("real", "vec2", "vec3", "vec4", "quat", "int")
    parts = chosen(kept, lambda part: part.type in plain and not part.name.startswith(PAST))
    one, two = rng.choose((("{}", "{}_ref"), ("{}_a", "{}_b"), ("{}", "expected_{}"), ("cpu_{}", "gpu_{}")))
    # One tolerance for all is relative to how large the values are.
    single = rng.chance(0.5)
    tol = k.scalar("=tol tolerance rtol eps", k.real, 0.05, 0.5) if single else k.lit(0.05)
    how = rng.choose(("bits", "count"))
    total = k.variable("=mismatch diff_mask flags" if how == "bits" else "=mismatches num_diff errors", k.integer(0))
    with kept.elements():
        for place, part in enumerate(parts):
            a, b = kept.array(part, one)[kept.index], kept.array(part, two)[kept.index]
            own = tol
            if not single and part.type != "int":
                width = part.high - part.low
                own = k.scalar(f"=!{kept.word(part)}_tol", k.real, 0.1 * width, 0.4 * width)
            if part.type == "int":
                test = a.differs(b)
            elif part.type == "quat":
                test = 1.0 - k.call("abs", k.call("dot", a, b)) > own
            else:
                size = "abs" if part.type == "real" else "length"
                bound = own * (1.0 + k.call(size, b)) if single else own
                test = k.call(size, a - b) > bound
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


def check(kept: Kept) -> None:
    """Which parts are out of their range."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    if any(part.name == "membrane" for part in kept.state.parts):
        # Gates are shares by what they are.
        raise NoValue("no limits")
    parts = chosen(
        kept,
        lambda part: (
            part.type in ("real", "vec2", "vec3")
            and part.reset != "c"
            and not part.name.startswith(PAST)
            and not any(word in part.name for word in _UNBOUNDED)
        ),
    )
    coded = rng.chance(0.55)
    if kept.structured and kept.records is None:
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
                test = (k.call("abs", value) if low < 0.0 else value) > top
                if low > 0.0:
                    least = low + 0.2 * (high - low)
                    bottom = k.scalar(f"=!min_{word} {word}_min", k.real, low, least)
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


def limit(kept: Kept) -> None:
    """Each part brought into its range, in place."""
    k, e = kept.k, kept.e
    parts = chosen(
        kept,
        lambda part: (
            (part.type in ("real", "int") or (part.type == "vec3" and any(word in part.name for word in _LIMITED)))
            and part.reset != "c"
            and not part.name.startswith(PAST)
            and not any(word in part.name for word in _UNBOUNDED if word not in ("command", "action"))
        ),
    )
    if kept.structured:
        kept.structure("inout")
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
            else:
                top = k.scalar(f"=!max_{word} {word}_max", k.real, low + 0.5 * (high - low), high)
                bottom: Expr = -top if low < 0.0 else k.lit(0.0)
                if low > 0.0:
                    bottom = k.scalar(f"=!min_{word} {word}_min", k.real, low, low + 0.3 * (high - low))
                result = k.call("clamp", value, bottom, top)
            k.set(kept.at(part, "inout"), result)
    k.titles = (f"clamp_{e}_state", f"limit_{plural(e)}", f"enforce_{e}_limits", f"sanitize_{plural(e)}")
    k.about = "-"
    k.shared.differentiable = False
