"""Several conditions on one thing, joined as their subject asks: alarms, filters, permissions, windows."""

from __future__ import annotations

from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .integer_options import number, one_if
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


@dataclass(frozen=True, slots=True)
class Condition:
    """A test on a value of a thing: `kind` is flag, real, size (of a real number), whole, window or bits."""

    name: str
    kind: str
    arrays: str
    local: str = ""
    operator: str = ">"
    limit: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """Conditions that belong together; `gates` must hold as well where any of several would do."""

    things: str
    titles: str
    results: str
    outputs: str
    conditions: tuple[Condition, ...]
    gates: tuple[Condition, ...] = ()
    any: bool = False


def _flag(arrays: str, negated: bool = False) -> Condition:
    return Condition("", "flag", arrays, negated=negated)


TOPICS = (
    Topic(
        "sensor machine pump motor boiler engine valve",
        "check_alarms raise_alarms evaluate_alarms {}_alarm trip_{s} update_alarms check_{}_limits detect_faults",
        "alarm tripped fault trigger",
        "alarms alarm_out tripped_out faults alarm_state",
        (
            Condition(
                "too_hot overheated is_hot",
                "real",
                "temperature temps {}_temp",
                "temp t_val",
                ">",
                "max_temp temp_limit",
            ),
            Condition(
                "over_pressure high_pressure",
                "real",
                "pressure pressures {}_pressure",
                "p pressure_i",
                ">",
                "max_pressure pressure_limit",
            ),
            Condition(
                "vibrating shaking high_vibration",
                "size",
                "vibration vibrations accel",
                "vib accel_i",
                ">",
                "max_vibration vib_limit",
            ),
            Condition(
                "too_slow stalled low_flow", "real", "flow speed flow_rate", "flow_i speed_i", "<", "min_flow min_speed"
            ),
            Condition(
                "repeated many_errors too_many_faults",
                "whole",
                "error_count fault_counts retries",
                "n_err faults_i",
                ">=",
                "max_errors fault_limit",
            ),
            _flag("{}_failed failed broken {}_fault"),
        ),
        (_flag("armed {}_enabled enabled alarm_enabled"), _flag("muted silenced in_maintenance {}_muted", True)),
        True,
    ),
    Topic(
        "sample reading measurement scan observation pixel",
        "validate_{s} filter_{s} reject_outliers mark_valid quality_check flag_valid_{s} screen_{s} {}_is_valid",
        "valid ok good keep",
        "valid_out is_valid valid_mask good_mask keep_out accepted",
        (
            Condition(
                "in_range plausible in_limits",
                "window",
                "values {}_values depth",
                "x value",
                limit="min_valid max_valid|lo hi|lower upper",
            ),
            Condition(
                "confident good_quality sharp",
                "real",
                "confidence quality score",
                "conf q_i",
                ">=",
                "min_confidence min_quality",
            ),
            Condition(
                "steady small_jump smooth", "size", "jumps change deltas", "jump dv", "<=", "max_jump max_change"
            ),
            Condition(
                "supported enough seen_enough",
                "whole",
                "hit_counts num_samples counts",
                "hits n",
                ">=",
                "min_hits min_count",
            ),
            _flag("is_outlier outlier {}_outlier rejected", True),
            _flag("calibrated has_data {}_present present"),
        ),
    ),
    Topic(
        "particle body agent node entity object",
        "select_active {}_needs_update mark_awake mark_for_update"
        " find_active_{s} should_update is_simulated {}_active_mask",
        "active update awake simulate",
        "active_out update_mask awake_out needs_update simulated",
        (
            Condition(
                "movable has_mass dynamic", "real", "inv_mass inv_masses {}_inv_mass", "w inv_m", ">", "zero_mass"
            ),
            Condition(
                "moving fast_enough is_moving",
                "size",
                "speeds velocity {}_speed",
                "v speed",
                ">",
                "sleep_speed min_speed",
            ),
            Condition("alive young not_expired", "real", "ages {}_age age", "age age_i", "<", "lifetime max_age"),
            Condition(
                "in_group right_layer same_layer",
                "whole",
                "{}_layer layers group_ids",
                "layer grp",
                "==",
                "target_layer active_group",
            ),
            _flag("sleeping frozen {}_sleeping pinned", True),
            _flag("enabled alive_flags {}_enabled spawned"),
        ),
    ),
    Topic(
        "pair contact candidate",
        "filter_{s} should_collide collision_filter keep_{s} broadphase_filter accept_{s} cull_{s} {}_filter",
        "collide keep accept passes",
        "keep_out collide_out accepted pair_mask colliding",
        (
            Condition(
                "groups_match mask_ok layers_overlap",
                "bits",
                "collision_mask {}_mask masks_a",
                "mask_a mask",
                "&",
                "groups group_bits masks_b",
            ),
            Condition(
                "near close touching", "real", "gaps distance separation", "gap dist", "<=", "margin contact_margin"
            ),
            Condition(
                "approaching closing",
                "real",
                "rel_speed normal_vel closing_speed",
                "vn rel",
                "<",
                "max_separation_speed",
            ),
            _flag("same_body same_parent {}_excluded excluded", True),
            _flag("enabled {}_enabled collidable both_active"),
        ),
    ),
    Topic(
        "user account session request client login",
        "check_access grant_access authorize_{s} can_access {}_allowed filter_{s} approve_{s} is_authorized",
        "allowed granted ok approved",
        "allowed_out granted_out access approved_out permitted",
        (
            Condition(
                "trusted high_level cleared",
                "whole",
                "levels {}_level roles",
                "level role",
                ">=",
                "required_level min_role",
            ),
            Condition(
                "few_attempts under_limit not_locked_out",
                "whole",
                "attempts failed_logins retries",
                "tries attempts_i",
                "<",
                "max_attempts attempt_limit",
            ),
            Condition("fresh recent not_stale", "real", "token_age idle_time ages", "age idle", "<", "max_age timeout"),
            Condition(
                "permitted has_rights has_permission",
                "bits",
                "permissions {}_rights grants",
                "rights perms",
                "&",
                "needed_rights required_bits",
            ),
            _flag("banned suspended {}_blocked locked", True),
            _flag("verified {}_verified confirmed"),
        ),
    ),
    Topic(
        "patient subject case participant",
        "screen_{s} select_{s} eligible_{s} enroll_{s} check_eligibility inclusion_mask {}_is_eligible",
        "eligible included selected match",
        "eligible_out included_out selected_out cohort_mask inclusion",
        (
            Condition(
                "right_age age_ok adult",
                "window",
                "ages {}_age age_years",
                "age years",
                limit="min_age max_age|age_lo age_hi|youngest oldest",
            ),
            Condition(
                "high_score symptomatic at_risk",
                "real",
                "scores risk {}_score",
                "score risk_i",
                ">=",
                "min_score risk_threshold",
            ),
            Condition(
                "follow_up enough_visits",
                "whole",
                "visits num_visits",
                "n_visits seen",
                ">=",
                "min_visits required_visits",
            ),
            Condition("same_site in_site", "whole", "site_ids {}_site", "site site_i", "==", "target_site site_wanted"),
            _flag("excluded withdrawn {}_excluded", True),
            _flag("consented {}_consented has_consent"),
        ),
    ),
    Topic(
        "order quote trade position asset stock",
        "entry_signals buy_signals trade_signals generate_signals should_buy {}_signals screen_{s} evaluate_signals",
        "buy enter signal go",
        "buy_out signals entry_out signal_out enter_mask",
        (
            Condition(
                "trending above_average rising",
                "real",
                "momentum trend returns",
                "mom ret",
                ">",
                "min_momentum entry_level",
            ),
            Condition(
                "liquid active_market enough_volume",
                "real",
                "volume volumes turnover",
                "vol volume_i",
                ">",
                "min_volume volume_floor",
            ),
            Condition(
                "calm low_risk quiet", "size", "price_changes shocks gaps_pct", "shock chg", "<", "max_shock risk_limit"
            ),
            Condition(
                "room under_cap can_add",
                "whole",
                "holdings num_lots open_lots",
                "lots held",
                "<",
                "max_lots position_cap",
            ),
            _flag("halted restricted {}_halted", True),
            _flag("market_open tradable {}_tradable"),
        ),
    ),
)


@recipe("boolean logic on flags and comparisons", "control_flow:0.55 integer:0.44", "generic control sparse")
def booleans(k: Kernel) -> None:
    rng = k.rng
    if rng.chance(0.15):
        _box(k)
        return
    topic = rng.choose(TOPICS)
    job = Job(k, topic.things)
    job.titled(topic.titles)
    job.start()
    least, most = {"small": (2, 2), "medium": (2, 4), "large": (4, 6)}[k.shared.size]
    chosen = rng.sample(topic.conditions, min(len(topic.conditions), rng.integer(least, most)))
    gates = rng.sample(topic.gates, rng.integer(0, len(topic.gates)))
    early = rng.chance(0.3) and not topic.any and len(chosen) > 1
    out: Expr | None = None
    whole = rng.chance(0.5)
    dtype = t.I32 if whole else t.BOOL
    if early:
        # What fails the first test needs no others.
        out = job.array(topic.outputs, dtype, None, "out")
        first = _test(job, chosen[0])
        with k.when(
            k.negate(first) if not (isinstance(first, tree.Unary) and first.operator == "not") else first.operand
        ):
            k.set(out[job.at], k.integer(0) if whole else k.lit(False, t.BOOL))
            k.give()
        chosen = chosen[1:]
    counted = len(chosen) > 1 and job.more(0.2)
    tests = [_test(job, condition, counted) for condition in chosen]
    result = tests[0] if len(tests) == 1 else (k.either if topic.any else k.both)(*tests)
    if gates:
        held = [_test(job, gate) for gate in gates]
        if topic.any and len(tests) > 1:
            result = job.let("any_fault bad exceeded problem", result)
        result = k.both(*held, result)
    if job.more(0.6) or early:
        result = job.let(topic.results, result)
    more = _more(job, topic, result, tests if counted else [])
    result = more or result
    value = one_if(k, result) if whole else result
    if out is not None:
        k.set(out[job.at], value)
    else:
        job.write(topic.outputs, value)


def _more(job: Job, topic: Topic, result: Expr, tests: list[Expr]) -> Expr | None:
    """Further results of the same tests; gives the joined condition under its name."""
    k = job.k
    kept = None
    if job.more(0.25):
        kept = result = job.let(topic.results, result)
        streak = job.array("streak hold_count consecutive steps_in_row", t.I32, None, "inout", low=0, high=5)[job.at]
        with k.when(result):
            k.augment(streak, "+", 1)
        with k.otherwise():
            k.set(streak, 0)
        k.shared.differentiable = False
    if tests:
        total = one_if(k, tests[0])
        for test in tests[1:]:
            total = total + one_if(k, test)
        job.write("num_met votes conditions_met" if not topic.any else "num_causes num_faults causes", total)
    if job.more(0.2):
        kept = result = job.let(topic.results, result)
        slot = job.array(
            "count total num_selected {}_total num_passed", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0
        )
        with k.when(result):
            k.do(k.call("atomic_add", slot, k.integer(0), k.integer(1), gives=t.I32))
    return kept


def _test(job: Job, condition: Condition, named: bool = False) -> Expr:
    k, rng = job.k, job.rng
    kind = condition.kind
    if kind == "flag":
        value = job.array(condition.arrays, t.BOOL, low=0, high=1)[job.at]
        if named:
            words = "free unblocked clear open_ok" if condition.negated else "flag_set ready marked on_list"
            return job.let(words, k.negate(value) if condition.negated else value)
        return k.negate(value) if condition.negated else value
    if kind == "whole":
        same = condition.operator == "=="
        x = job.read(condition.arrays, condition.local, t.I32, 0, 3 if same else 9)
        test = tree.compare(condition.operator, x, number(job, condition.limit, *((1, 2, 3) if same else (2, 3, 5))))
    elif kind == "bits":
        x = job.read(condition.arrays, condition.local, t.I32, 0, 15)
        if rng.chance(0.5):
            other = job.array(condition.limit, t.I32, low=0, high=15)[job.at]
        else:
            other = job.scalar(condition.limit, t.I32, 1, 15)
        test = (x & other).differs(0)
    elif kind == "window":
        x = job.read(condition.arrays, condition.local, k.real, nest=0.0)
        low, high = rng.choose(condition.limit.split("|")).split()
        lo, hi = job.param(low, -1.5, -0.5, -1.0, each=False), job.param(high, 0.5, 1.5, 1.0, each=False)
        test = k.both(x >= lo, x <= hi)
    else:
        x = job.read(condition.arrays, condition.local, k.real)
        if kind == "size":
            x = k.call("abs", x)
        limit = (
            k.lit(0.0)
            if condition.limit == "zero_mass"
            else job.param(condition.limit, 0.1, 1.0, 0.5, 0.25, each=False)
        )
        test = tree.compare(condition.operator, x, limit)
    return job.let(condition.name, test) if named or rng.chance(0.5) or kind == "window" else test


def _box(k: Kernel) -> None:
    """Points in a box, with what else people ask of them."""
    rng = k.rng
    job = Job(k, "point particle vertex agent sample")
    job.titled("points_in_box in_bounds mark_inside inside_box in_region select_region box_mask {s}_in_box crop_{s}")
    job.start()
    ndim = rng.choose((2, 3, 3))
    vector = t.vec(ndim, k.real)
    p = job.read("points positions {}_pos x", "p x pos", vector, nest=0.0)
    tests: list[Expr] = []
    if rng.chance(0.6):
        lower, upper = (
            job.scalar("lower box_min bounds_lo", vector, -2.0, 0.0),
            job.scalar("upper box_max bounds_hi", vector, 0.0, 2.0),
        )
        for n in range(ndim):
            tests += [k.component(p, n) >= k.component(lower, n), k.component(p, n) <= k.component(upper, n)]
    else:
        half = job.param("half_size half_extent bound limit", 0.5, 1.5, 1.0, each=False)
        tests = [k.call("abs", c) <= half for c in k.components(p)]
    inside = job.let("inside in_box contained", k.both(*tests))
    if job.more(0.35):
        hole = k.call("length", p) > job.param("hole_radius inner_radius min_radius", 0.1, 0.5, 0.25, each=False)
        inside = job.let("kept keep selected", k.both(inside, hole))
    if rng.chance(0.5):
        job.write("inside_out in_box_out mask selected_out", inside)
    else:
        job.write("inside_out in_box_out mask selected_out", one_if(k, inside))
    if job.more(0.4):
        slot = job.array("count num_inside total_inside", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        with k.when(inside):
            k.do(k.call("atomic_add", slot, k.integer(0), k.integer(1), gives=t.I32))
