"""What the state of something costs, as controllers and learners write it: errors, efforts, limits, bad ends."""

from __future__ import annotations

from dataclasses import dataclass

from warp_jit_pairs import types as t

from .kept_states import Kept
from .kernel import Kernel
from .names import plural
from .scene import NoValue
from .state_tables import STATES, Part
from .studies import study
from .tree import Expr

_AIMS = {
    "base_position": ("goal_position",),
    "base_lin_vel": ("command",),
    "action": ("last_action",),
    "command": ("last_command",),
    "angle": ("target_angle",),
    "rate": ("target_rate",),
    "position": ("target_position", "goal"),
    "thrust_command": ("last_thrust_command",),
    "speed": ("desired_speed",),
    "lane": ("target_lane",),
}
"""What a part is to be like: another part of the state."""
_EFFORTS = (
    *("action", "torque", "rotor_thrust", "throttle", "brake", "steering", "acceleration", "body_rates"),
    *("base_ang_vel", "winding_current", "lane_offset", "goal_distance", "waiting_time"),
)
"""What is to be small."""
_LIMITS = (*("motor_temperature", "winding_temperature", "speed", "angle", "rate", "damage_taken", "travel_time"),)
_GAINS = ("route_progress", "battery_level", "battery_charge", "success_count", "health")
"""What is to be large."""
_ENDS = ("fallen", "timed_out", "crashed", "collided", "saturated", "stopped", "stunned")
_COUNTS = {"small": (2, 4), "medium": (3, 6), "large": (8, 14)}


@dataclass(frozen=True, slots=True)
class _Item:
    part: Part
    how: str
    aim: Part | None = None


def _items(parts: tuple[Part, ...]) -> list[_Item]:
    """What may be asked of a state."""
    known = {part.name: part for part in parts}
    found: list[_Item] = []
    for part in parts:
        for name in _AIMS.get(part.name, ()):
            if name in known:
                found.append(_Item(part, "aim", known[name]))
        if part.type == "quat":
            found.append(_Item(part, "turn"))
        if part.name in _EFFORTS:
            found.append(_Item(part, "size"))
        elif part.name in _LIMITS and part.type == "real":
            found.append(_Item(part, "limit"))
        if part.name in _GAINS:
            found.append(_Item(part, "gain"))
        if part.name in _ENDS:
            found.append(_Item(part, "end"))
    return found


class _Cost:
    """A sum of terms, and how one writer writes them."""

    def __init__(self, kept: Kept) -> None:
        rng = kept.k.rng
        self.kept, self.k = kept, kept.k
        self.word = rng.choose(("reward", "reward", "cost", "penalty", "loss"))
        self.form = rng.choose(("w_{}", "{}_weight", "{}_scale", "weight_{}", "k_{}"))
        self.at_once = rng.chance(0.5)
        self.way = rng.choose(("square", "square", "exp", "abs", "mixed"))
        self.sigma: Expr | None = None
        self.terms: list[Expr] | None = None
        """The terms one by one, if they are kept."""
        if self.k.real is not t.F32 and self.way == "exp":
            self.way = "square"

    def begin(self) -> None:
        self.total = self.k.variable(f"={self.word} total_{self.word} total", self.k.lit(0.0))

    def weight(self, word: str) -> Expr:
        k = self.k
        kind = "=!" + self.form.format(word)
        if k.bundle is not None:
            return k.bundle.field(kind, k.real, 0.1, 2.0)
        return k.scalar(kind, k.real, 0.1, 2.0)

    def add(self, word: str, value: Expr, good: bool = False) -> None:
        """Add a term: a cost, or with `good` something that is wanted."""
        k = self.k
        weight = self.weight(word)
        if not self.at_once or self.terms is not None:
            value = k.let(f"=!{word}_{self.word} {word}_term {word}_c", value)
        if self.terms is not None:
            self.terms.append(value)
        k.augment(self.total, "+" if good == (self.word == "reward") else "-", weight * value)

    def closeness(self, word: str, error: Expr) -> None:
        """A term for an error."""
        k, rng = self.k, self.k.rng
        scalar = isinstance(error.type, t.Scalar)
        way = rng.choose(("square", "abs", "square")) if self.way == "mixed" else self.way
        if way == "abs":
            self.add(word, k.call("abs" if scalar else "length", error))
            return
        error = k.let(f"=!{word}_err {word}_error d_{word}", error)
        squared = error * error if scalar else k.call("dot", error, error)
        if way == "square":
            self.add(word, squared)
            return
        if self.sigma is None:
            self.sigma = k.scalar("=!tracking_sigma sigma", k.real, 0.5, 2.0)
        near = k.call("exp", -squared / self.sigma)
        if self.word == "reward":
            self.add(word, near, True)
        else:
            self.add(word, 1.0 - near)

    def item(self, item: _Item) -> None:
        k, kept = self.k, self.kept
        word = kept.word(item.part)
        value = kept.at(item.part)
        if item.how == "end":
            with k.when(value):
                k.augment(self.total, "-" if self.word == "reward" else "+", self.weight(word))
            return
        if item.how == "gain":
            self.add(word, k.cast(value, k.real), True)
            return
        if item.how == "limit":
            word = f"{word}_limit" if item.part.name in _AIMS else word
            value = k.call("abs", value) if item.part.low < 0.0 else value
            limit = k.scalar(
                f"=!max_{kept.word(item.part)} {word}_max", k.real, 0.5 * item.part.high, 0.9 * item.part.high
            )
            if self.terms is None and k.rng.chance(0.4):
                with k.when(value > limit):
                    self.add(word, value - limit)
            else:
                self.add(word, k.call("max", value - limit, 0.0))
            return
        if item.how == "turn":
            aim = kept.array(item.part, "target_{}")[kept.index]
            cosine = k.let(f"=!{word}_dot cos_half", k.call("dot", value, aim))
            self.add(word, 1.0 - cosine * cosine)
            return
        if item.aim is not None:
            other = kept.at(item.aim)
            if item.part.type == "int":
                with k.when(value.differs(other)):
                    k.augment(self.total, "-" if self.word == "reward" else "+", self.weight(word))
                return
            smooth = item.aim.name.startswith("last_")
            self.closeness(f"{word}_rate" if smooth else word, value - other)
            return
        if self.way == "exp" or k.rng.chance(0.6):
            self.add(word, value * value if item.part.type == "real" else k.call("dot", value, value))
        else:
            self.add(word, k.call("abs" if item.part.type == "real" else "length", value))


def _beside(kept: Kept, cost: _Cost, chosen: list[_Item]) -> None:
    """What is kept beside the sum: its terms, the sum over time, whether this is the end."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    if cost.terms and len(cost.terms) > 1:
        columns = k.dim(len(cost.terms), fixed=True)
        table = k.array(
            f"={cost.word}_terms {cost.word}_parts {e}_{cost.word}_terms", k.real, (*kept.dims, columns), "out"
        )
        for n, term in enumerate(cost.terms):
            k.set(table[(*kept.index, k.integer(n))], term)
    if rng.chance(0.35):
        total = k.array(
            f"=episode_{cost.word} {cost.word}_sum {e}_return", k.real, kept.dims, "inout", low=-2.0, high=2.0
        )
        k.augment(total[kept.index], "+", cost.total)
    ends = [kept.at(item.part) for item in chosen if item.how == "end"]
    clock = next((part for part in kept.state.parts if part.name in ("episode_length", "flight_time")), None)
    if not rng.chance(0.45) or not (ends or clock):
        return
    k.gap()
    done: Expr | None = None
    if ends:
        done = k.variable("=done terminated is_done", ends[0] if len(ends) == 1 else k.either(*ends), False)
    if clock is not None:
        limit = k.scalar("=max_episode_length episode_limit max_steps", kept.type(clock), 2, max(2, 0.8 * clock.high))
        over = kept.at(clock) >= limit
        if done is None:
            done = over
        else:
            with k.when(over):
                k.set(done, k.lit(True, t.BOOL))
    assert done is not None
    flags = k.array("=dones reset_buf done_out terminated_out", t.BOOL, kept.dims, "out")
    k.set(flags[kept.index], done)
    k.shared.differentiable = False


_NEED = {"vector": "vec", "quaternion": "quat"}


@study(
    "what the state of each thing costs, or what it is rewarded for",
    "arithmetic:0.12 vector:0.2 control_flow:0.3 math:0.1 combined:0.2 quaternion:0.12 struct:0.4"
    " function:0.05 atomic:0.15",
    grows=50.0,
)
def score(k: Kernel, category: str) -> None:
    rng = k.rng
    need = _NEED.get(category, "")
    states = [(one, _items(one.parts)) for one in STATES]
    plain = category == "arithmetic"
    states = [
        (one, items)
        for one, items in states
        if sum(item.how == "aim" for item in items)
        and len(items) >= (8 if k.shared.size == "large" else 4)
        and (not need or any(item.part.type.startswith(need) for item in items))
        and (not plain or sum(item.part.type == "real" for item in items) > 3)
    ]
    state, items = rng.choose(states)
    if plain:
        items = [item for item in items if item.part.type == "real"]
    kept = Kept(k, category, state)
    kept.begin()
    if kept.looped and category == "atomic":
        raise NoValue("one number for each element")
    e = kept.e
    low, high = _COUNTS[k.shared.size]
    aims = [item for item in items if item.how in ("aim", "turn")]
    others = [item for item in items if item not in aims]
    count = rng.integer(low, high)
    chosen = rng.shuffle(aims)[: max(count // 2, 1)]
    chosen += rng.shuffle(others)[: count - len(chosen)]
    if any(item.how == "aim" for item in chosen):
        # How far the goal is would count twice.
        chosen = [item for item in chosen if item.part.name != "goal_distance"]
    if need and not any(item.part.type.startswith(need) for item in chosen):
        chosen.append(next(item for item in items if item.part.type.startswith(need)))
    loose = rng.choose((0.0, 0.0, 2.0))
    places = sorted((n for n, item in enumerate(items) if item in chosen), key=lambda n: n + loose * rng.random())
    chosen = [items[n] for n in places]
    if category == "struct":
        kept.structure("in")
    if rng.chance(0.4 if k.shared.size == "large" else 0.15):
        k.flag_bundle(k.namer.struct(("RewardWeights", "CostWeights", "Weights", "RewardConfig", "TaskParams")))
    cost = _Cost(kept)
    if category == "math" and k.real is t.F32:
        cost.way = "exp"
    if not kept.looped and k.shared.size != "small" and rng.chance(0.3):
        cost.terms = []
    cost.begin()
    with kept.elements():
        for item in chosen:
            if rng.chance(0.3):
                k.gap()
            cost.item(item)
    k.gap()
    word = cost.word
    if category == "atomic":
        sums = k.array(f"=total_{word} {word}_sum", k.real, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", sums, k.integer(0), cost.total, gives=k.real))
    else:
        names = f"={plural(word)} {e}_{word} {word}_out total_{word}"
        k.set(k.array(names, k.real, k.launch, "out")[k.threads], cost.total)
        if not kept.looped and k.shared.size != "small":
            _beside(kept, cost, chosen)
    k.titles = (f"compute_{e}_{word}", f"evaluate_{e}_{word}", f"compute_{word}", f"{e}_{word}", f"eval_{word}")
    k.titles = (*k.titles, f"{e}_{word}_terms", f"compute_{plural(word)}", f"score_{plural(e)}")
    k.about = rng.choose(("-", f"Weighted terms of the {word} of each {e.replace('_', ' ')}."))
