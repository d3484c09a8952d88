"""What is due for a state at the end of a step: timers go on, sums grow, former values are kept."""

from __future__ import annotations

from .kept_states import COUNTS, Kept, asked
from .names import plural
from .scene import NoValue
from .state_tables import Part
from .tree import Expr

_SOURCES = {
    "position": ("velocity", "linear_velocity"),
    "base_position": ("base_lin_vel",),
    "velocity": ("acceleration",),
    "angle": ("rate",),
    "rate": ("acceleration",),
    "heading": ("steering",),
    "yaw": ("yaw_rate",),
    "gait_phase": ("gait_frequency",),
    "height": ("growth_rate",),
    "route_progress": ("speed",),
    "odometer": ("speed",),
    "speed": ("acceleration",),
    "path_length": ("velocity",),
    "reward_sum": ("last_reward",),
    "max_temperature": ("core_temperature",),
    "peak_equity": ("equity",),
    "accumulated_rain": ("rain_rate",),
    "accumulated_runoff": ("runoff",),
    "charge_throughput": ("current",),
    "error_integral": ("angle_error",),
    "filtered_rate": ("rate",),
    "accumulated_gradient": ("gradient",),
    "averaged_value": ("value",),
    "prev_error": ("angle_error",),
}
"""What a part is advanced with."""
_CLEARED = ("force", "torque", "impulse", "correction", "gradient", "synaptic_current", "collision_count")
_FADING = ("trace", "conductance", "polarization", "noise", "turbulent", "wetness")


def tick(kept: Kept) -> None:
    """What is done to a state at the end of a step: timers go on, sums grow, former values are kept."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    known = {part.name: part for part in kept.state.parts}
    jobs = [(part, job) for part in kept.state.parts if (job := _job(part, known))]
    if len(jobs) < 3:
        raise NoValue("nothing goes on")
    low, high = COUNTS[k.shared.size]
    count = min(rng.integer(low, high), len(jobs))
    picked = sorted(rng.shuffle(range(len(jobs)))[:count])
    # Former values are kept before anything changes.
    jobs = sorted((jobs[n] for n in picked), key=lambda item: item[1] != "keep")
    if kept.structured:
        kept.structure("inout")
    changed = {part.name for part, _ in jobs}

    def value(part: Part) -> Expr:
        return kept.at(part, "in" if kept.records is not None or part.name not in changed else "inout")

    dt = k.scalar("=dt time_step frame_dt", k.real, 0.01, 0.1)
    if rng.chance(0.35):
        with k.when(k.negate(asked(kept, "=active alive enabled"))):
            k.give()
        k.gap()
    with kept.elements():
        for part, job in jobs:
            if rng.chance(0.1):
                k.gap()
            old = value(part)
            target = kept.at(part, "inout")
            word = kept.word(part)
            sources = [known[name] for name in _SOURCES.get(part.name, ()) if name in known]
            if job == "keep":
                k.set(target, value(known[_former(part, known)]))
            elif job == "clear":
                k.set(target, k.zero(kept.type(part)))
            elif job == "timer":
                k.set(target, k.call("max", old - dt, 0.0))
            elif job == "clock":
                k.augment(target, "+", 1 if part.type == "int" else dt)
            elif job == "fade":
                tau = k.scalar(f"=!{word}_tau tau_{word}", k.real, 0.1, 2.0)
                k.set(target, old * (1.0 - dt / tau) if rng.chance(0.5) else old * k.call("exp", -dt / tau))
            elif job == "cool":
                ambient = k.scalar(f"=!ambient_{word} {word}_env", k.real, part.low, part.high)
                rate = k.scalar(f"=!{word}_rate cooling_{word}", k.real, 0.1, 2.0)
                k.augment(target, "+", rate * (ambient - old) * dt)
            elif job == "damp":
                drag = k.scalar(f"=!{word}_damping damping_{word}", k.real, 0.0, 1.0)
                k.set(target, old * (1.0 - drag * dt))
            elif job == "most":
                k.set(target, k.call("max", old, value(sources[0])))
            elif job == "average":
                decay = k.scalar(f"=!{word}_decay {word}_alpha", k.real, 0.5, 0.99)
                k.set(target, k.call("lerp", value(sources[0]), old, decay))
            elif job == "cycle":
                k.set(target, k.call("frac", old + value(sources[0]) * dt))
            elif job == "length":
                k.augment(target, "+", k.call("length", value(sources[0])) * dt)
            elif job == "sum":
                k.augment(target, "+", value(sources[0]))
            else:
                k.augment(target, "+", value(sources[0]) * dt)
    k.titles = (f"end_{e}_step", f"advance_{e}_timers", f"tick_{plural(e)}", f"post_step_{plural(e)}")
    k.titles = (*k.titles, f"update_{e}_bookkeeping", f"finish_{e}_step", f"update_{e}_state")
    k.about = rng.choose(("-", f"What is due for each {e.replace('_', ' ')} at the end of a step."))
    k.shared.differentiable = False


def _former(part: Part, known: dict[str, Part]) -> str:
    """The part whose former value a part is."""
    for front in ("prev_", "last_", "previous_"):
        if part.name.startswith(front) and part.name.removeprefix(front) in known:
            return part.name.removeprefix(front)
    return next((name for name in _SOURCES.get(part.name, ()) if name in known and part.name.startswith("prev")), "")


def _job(part: Part, known: dict[str, Part]) -> str:
    """What becomes of a part at the end of a step; nothing for most."""
    name = part.name
    source = next((one for one in _SOURCES.get(name, ()) if one in known), "")
    if _former(part, known):
        return "keep"
    if name.startswith(("max_", "peak_")) and source:
        return "most"
    if name in _CLEARED:
        return "clear"
    if name.endswith(("timer", "cooldown", "refractory_time")):
        return "timer"
    if name in ("age", "age_days", "episode_length") or name.endswith(("_time", "_since_contact", "holding_period")):
        return "clock" if part.reset == "0" and part.type in ("real", "int") else ""
    if any(word in name for word in _FADING):
        return "fade"
    if name.endswith("temperature") and part.type == "real":
        return "cool"
    if name.startswith(("filtered", "averaged")) and source:
        return "average"
    if name == "gait_phase":
        return "cycle"
    if name == "path_length" and source:
        return "length"
    if name in ("reward_sum", "accumulated_gradient") and source:
        return "sum"
    if name in ("velocity", "linear_velocity", "angular_velocity", "body_rates") and not source:
        return "damp"
    same = source and known[source].type == part.type
    return "step" if same else ""
