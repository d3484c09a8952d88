"""Cellular automata: life-like rules, fires, votes, rules of one dimension, sandpiles, infections."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr


class _Cells:
    """A grid of states and what is around one cell."""

    def __init__(self, job: Job, names: str, states: int) -> None:
        k, rng = job.k, job.rng
        self.job, self.k = job, k
        self.batched = rng.chance(0.1)
        sizes = (2, 6, 6) if self.batched else (8, 8)
        kinds = [job.words("i row y r"), job.words("j col x c")]
        threads = k.start(len(sizes), sizes, [job.words("world batch w b"), *kinds] if self.batched else kinds)
        self.lead, self.at = threads[:-2], threads[-2:]
        self.dims = k.launch
        if k.style.bounds == "return" and not self.batched:
            k.guarded = True
            with k.when(k.either(self.at[0] >= self.length(0), self.at[1] >= self.length(1))):
                k.give()
        self.grid = job.array(names, t.I32, self.dims, low=0, high=states - 1)
        self.wrap = rng.chance(0.5)

    def length(self, axis: int) -> Expr:
        names = ("height rows h ny num_rows grid_height", "width cols w nx num_cols grid_width")[axis]
        return self.job.length(self.dims[axis - 2], names, getattr(self, "grid", None), axis + len(self.lead))

    def state(self) -> Expr:
        return self.job.let("state cell s self_state current cell_state", self.grid[(*self.lead, *self.at)])

    def count(self, names: str, test: Callable[[Expr], Expr | None], four: bool = False) -> Expr:
        """How many cells around this one pass a test; None takes the states themselves."""
        k, rng, job = self.k, self.job.rng, self.job
        total = job.var(names, k.integer(0))
        i, j = self.at
        if four:
            for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                y, x = (i + down if down else i), (j + right if right else j)
                if self.wrap:
                    y = (y + self.length(0)) % self.length(0) if down else y
                    x = (x + self.length(1)) % self.length(1) if right else x
                    self._add(total, self.grid[(*self.lead, y, x)], test)
                else:
                    where, length = (i, self.length(0)) if down else (j, self.length(1))
                    inside = where > 0 if down + right < 0 else where < length - 1
                    with k.when(inside):
                        self._add(total, self.grid[(*self.lead, y, x)], test)
            return total
        skip = rng.chance(0.6)
        with k.loop(job.words("dy di oy a"), -1, 2) as dy, k.loop(job.words("dx dj ox b"), -1, 2) as dx:
            if skip:
                with k.when(k.both(dy.equals(0), dx.equals(0))):
                    k.next_turn()
            if self.wrap:
                y = job.let("ny ni yy y_wrapped row_n", (i + dy + self.length(0)) % self.length(0))
                x = job.let("nx nj xx x_wrapped col_n", (j + dx + self.length(1)) % self.length(1))
                self._add(total, self.grid[(*self.lead, y, x)], test)
            else:
                y, x = job.let("ny ni yy row_n", i + dy), job.let("nx nj xx col_n", j + dx)
                with k.when(k.both(y >= 0, y < self.length(0), x >= 0, x < self.length(1))):
                    self._add(total, self.grid[(*self.lead, y, x)], test)
        if not skip:
            # The cell itself was among them.
            own = self.grid[(*self.lead, i, j)]
            passed = test(own)
            k.augment(total, "-", own if passed is None else k.where(passed, k.integer(1), k.integer(0)))
        return total

    def _add(self, total: Expr, other: Expr, test: Callable[[Expr], Expr | None]) -> None:
        k = self.k
        passed = test(other)
        if passed is None:
            k.augment(total, "+", other)
        elif self.job.rng.chance(0.6):
            with k.when(passed):
                k.augment(total, "+", 1)
        else:
            k.augment(total, "+", k.where(passed, k.integer(1), k.integer(0)))

    def write(self, names: str, value: Expr) -> None:
        self.k.set(self.job.array(names, value.type, self.dims, "out")[(*self.lead, *self.at)], value)


@recipe("a cellular automaton step", "stencil:0.44 integer:0.22 control_flow:0.28", "biology generic terrain")
def automaton(k: Kernel) -> None:
    job = Job(k, "cell")
    k.shared.differentiable = False
    how = job.pick(
        life=3.0, fire=1.2, vote=1.0, line=1.0, sand=1.0, infection=1.2, cyclic=0.8, wire=0.8, morphology=1.0
    )
    {
        "life": _life,
        "fire": _fire,
        "vote": _vote,
        "line": _line,
        "sand": _sandpile,
        "infection": _infection,
        "cyclic": _cyclic,
        "wire": _wire,
        "morphology": _morphology,
    }[how](job)


def _life(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled(
        "game_of_life life_step conway_step step_life"
        " game_of_life_step automaton_step update_cells evolve_cells life_update"
    )
    cells = _Cells(job, "cells grid state board alive current world_state", 2)
    around = cells.count("neighbors count alive_neighbors n num_alive live", lambda _: None)
    state = cells.state()
    low, high, birth = 2, 3, 3
    if rng.chance(0.25):
        # Other rules than Conway's: maze, 34 life, one of amoebas.
        job.titled("automaton_step update_cells evolve_cells life_like_step totalistic_step")
        low, high, birth = rng.choose(((1, 5, 3), (3, 4, 3), (2, 3, 4)))
    how = rng.integer(0, 3)
    if how == 0:
        survives = k.both(state.equals(1), around >= low, around <= high)
        born = k.both(state.equals(0), around.equals(birth))
        value: Expr = k.where(k.either(survives, born), k.integer(1), k.integer(0))
        if job.more(0.4):
            value = job.let("alive next_state new_state", value)
    elif how == 3 and (low, high, birth) == (2, 3, 3):
        value = k.where(
            k.either(around.equals(3), k.both(around.equals(2), state.equals(1))), k.integer(1), k.integer(0)
        )
    else:
        value = job.var("next_state new_state alive result next_cell", k.integer(0))
        with k.when(state.equals(1)):
            stays = (
                k.both(around >= low, around <= high)
                if how == 2 or high != low + 1
                else k.either(around.equals(low), around.equals(high))
            )
            with k.when(stays):
                k.set(value, 1)
        with k.otherwise_when(around.equals(birth)):
            k.set(value, 1)
    aged, compared = job.more(0.3), job.more(0.2)
    if aged or compared:
        value = job.let("alive next_state new_state", value)
    if aged:
        ages = job.array("age ages cell_age lifetime", t.I32, cells.dims, low=0, high=9)
        age = k.where(value.equals(1), ages[(*cells.lead, *cells.at)] + 1, k.integer(0))
        cells.write("age_next age_out new_age ages_out", age)
    if compared:
        cells.write("changed flipped dirty changed_cells", k.where(value.differs(state), k.integer(1), k.integer(0)))
    cells.write("cells_next next_grid grid_out next_state_out board_next alive_out new_cells", value)


def _fire(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled(
        "forest_fire_step spread_fire fire_step burn_forest fire_spread update_forest propagate_fire wildfire_step"
    )
    cells = _Cells(job, "forest cells trees land state fuel_state", 3)
    tree_, burning = k.integer(1), k.integer(2)
    if rng.chance(0.4):
        tree_, burning = (
            k.constant(1, t.I32, job.words("tree unburned fuel")),
            k.constant(2, t.I32, job.words("burning fire on_fire")),
        )
    fires = cells.count(
        "burning_neighbors fires num_burning hot hot_neighbors", lambda s: s.equals(burning), rng.chance(0.5)
    )
    state = cells.state()
    value = job.var("next_state new_state result", state)
    least: Expr | int = 1
    if job.more(0.3):
        least = job.scalar("ignition_count min_fires ignition_threshold", t.I32, 1, 3)
    with k.when(state.equals(burning)):
        k.set(value, 0)
    with k.otherwise_when(
        k.both(state.equals(tree_), fires >= least) if least != 1 else k.both(state.equals(tree_), fires > 0)
    ):
        k.set(value, burning)
    if job.more(0.3):
        grown = job.array("regrow sprout seeded new_growth", t.I32, cells.dims, low=0, high=1)
        with k.when(k.both(state.equals(0), grown[(*cells.lead, *cells.at)].equals(1))):
            k.set(value, tree_)
    if job.more(0.4):
        cells.write("burned just_burned burnt_out ash", k.where(state.equals(burning), k.integer(1), k.integer(0)))
    cells.write("forest_next next_state_out land_next cells_out state_next", value)


def _vote(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled("majority_vote majority_step vote_step smooth_labels majority_filter voter_step opinion_step cave_step")
    cells = _Cells(job, "votes labels opinion cells spins_up mask walls", 2)
    around = cells.count("ones votes_for count support yes", lambda _: None, rng.chance(0.4))
    state = cells.state()
    half: Expr | int = rng.choose((4, 4, 5))
    if job.more(0.3):
        half = job.scalar("threshold majority birth_limit min_votes", t.I32, 3, 6)
    value = job.var("next_state new_label decided result", state)
    with k.when(around > half):
        k.set(value, 1)
    with k.otherwise_when(around < half):
        k.set(value, 0)
    if job.more(0.4):
        cells.write("changed switched flipped", k.where(value.differs(state), k.integer(1), k.integer(0)))
    cells.write("votes_next labels_out opinion_next cells_next smoothed", value)


def _line(job: Job) -> None:
    """An elementary automaton: the number of the rule holds the answer for each neighbourhood."""
    k, rng = job.k, job.rng
    job.titled("elementary_automaton rule_step wolfram_step apply_rule elementary_ca_step eca_step rule_automaton")
    (i,) = k.start(1, None, (job.words("i cell idx tid"),))
    cells = job.array("cells state row current tape", t.I32, k.launch, low=0, high=1)
    n = job.length(k.launch[0], "n width num_cells length size", cells)
    if rng.chance(0.6):
        left = job.let("left l west", cells[(i - 1 + n) % n])
        right = job.let("right r east", cells[(i + 1) % n])
    else:
        left, right = job.var("left l west", k.integer(0)), job.var("right r east", k.integer(0))
        with k.when(i > 0):
            k.set(left, cells[i - 1])
        with k.when(i < n - 1):
            k.set(right, cells[i + 1])
    center = job.let("center c mid own", cells[i])
    code = (left << 2) | (center << 1) | right if rng.chance(0.6) else left * 4 + center * 2 + right
    code = job.let("pattern code index neighborhood", code)
    rule: Expr
    if rng.chance(0.6):
        rule = job.scalar("rule rule_number rule_id", t.I32, 0, 255)
    else:
        rule = k.constant(rng.choose((30, 90, 110, 184)), t.I32, job.words("rule rule_number"))
    value = (rule >> code) & 1
    if job.more(0.3):
        k.set(job.array("flips changed toggled", t.I32, k.launch, "out")[i], center ^ value)
    k.set(
        job.array("cells_next next_row state_next next_cells tape_next", t.I32, k.launch, "out")[i],
        job.maybe("next_state new_cell bit", value),
    )


def _sandpile(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled("topple_sandpile sandpile_step topple_step abelian_sandpile relax_sandpile topple")
    cells = _Cells(job, "grains sand heights pile sandpile", 8)
    limit: Expr | int = (
        4 if rng.chance(0.6) else k.constant(4, t.I32, job.words("critical_height topple_limit max_grains"))
    )
    incoming = cells.count("incoming received inflow gained", lambda s: s >= limit, True)
    state = job.let("grains_here height h own sand_here", cells.grid[(*cells.lead, *cells.at)])
    value = job.var("next_grains new_height updated", state + incoming)
    with k.when(state >= limit):
        k.augment(value, "-", limit)
        if job.more(0.4):
            topples = job.array("topples topple_count avalanches", t.I32, cells.dims, "inout", low=0, high=5)
            k.augment(topples[(*cells.lead, *cells.at)], "+", 1)
    if job.more(0.3):
        cells.write("unstable is_unstable active", k.where(value >= limit, k.integer(1), k.integer(0)))
    cells.write("grains_next sand_next heights_out pile_out", value)


def _infection(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled("infection_step spread_infection sir_grid_step epidemic_step update_infection sir_step contagion_step")
    cells = _Cells(job, "status health infection_state people states", 3)
    susceptible, infected, immune = 0, 1, 2
    sick = cells.count(
        "infected_neighbors sick contacts num_sick exposed_to", lambda s: s.equals(infected), rng.chance(0.4)
    )
    state = cells.state()
    value = job.var("next_status new_status next_state", state)
    at = (*cells.lead, *cells.at)
    with k.when(state.equals(susceptible)):
        limit: Expr | int = (
            job.scalar("infection_threshold min_contacts contagion_limit", t.I32, 1, 3)
            if rng.chance(0.5)
            else rng.integer(1, 3)
        )
        with k.when(sick >= limit):
            k.set(value, infected)
    with k.otherwise_when(state.equals(infected)):
        timer = job.array("days_sick sick_days infection_time timer", t.I32, cells.dims, low=0, high=9)
        most: Expr | int = (
            job.scalar("recovery_time recovery_days sick_duration", t.I32, 2, 8)
            if rng.chance(0.5)
            else rng.choose((5, 7))
        )
        with k.when(timer[at] >= most):
            k.set(value, immune)
    if job.more(0.4):
        cells.write(
            "new_cases newly_infected infections",
            k.where(k.both(state.equals(susceptible), value.equals(infected)), k.integer(1), k.integer(0)),
        )
    if job.more(0.3):
        cells.write("pressure infection_pressure exposure", k.cast(sick, k.real) / 8.0)
    cells.write("status_next health_out next_status_out states_next", value)


def _cyclic(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled("cyclic_automaton_step cyclic_ca_step cyclic_step rock_paper_scissors_step cyclic_space_step")
    number = rng.choose((3, 4, 6, 8))
    cells = _Cells(job, "states cells colors phase grid", number)
    state = cells.state()
    total: Expr | int = number
    if rng.chance(0.4):
        total = k.constant(number, t.I32, job.words("num_states num_colors n_states"))
    successor = job.let("successor next_color winner eater predator", (state + 1) % total)
    count = cells.count("eaters threats count winners", lambda s: s.equals(successor), rng.chance(0.5))
    least: Expr | int = job.scalar("threshold min_count eat_threshold", t.I32, 1, 3) if rng.chance(0.4) else 1
    value = k.where(count >= least, successor, state)
    if job.more(0.4):
        value = job.let("new_state next_state decided", value)
        cells.write("changed eaten flipped", k.where(value.differs(state), k.integer(1), k.integer(0)))
    cells.write("states_next cells_next colors_out next_grid", value)


def _wire(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled("wireworld_step wireworld step_wireworld update_circuit electron_step")
    cells = _Cells(job, "cells circuit grid wires", 4)
    head, tail, wire = k.integer(1), k.integer(2), k.integer(3)
    if rng.chance(0.5):
        head, tail, wire = (
            k.constant(1, t.I32, job.words("head electron_head")),
            k.constant(2, t.I32, job.words("tail electron_tail")),
            k.constant(3, t.I32, job.words("wire conductor copper")),
        )
    state = cells.state()
    heads = cells.count("heads num_heads electrons", lambda s: s.equals(head))
    value = job.var("next_state new_state result", state)
    with k.when(state.equals(head)):
        k.set(value, tail)
    with k.otherwise_when(state.equals(tail)):
        k.set(value, wire)
    with k.otherwise_when(state.equals(wire)):
        test = k.either(heads.equals(1), heads.equals(2)) if rng.chance(0.6) else k.both(heads > 0, heads < 3)
        with k.when(test):
            k.set(value, head)
    if job.more(0.4):
        cells.write("lit is_head active", k.where(value.equals(head), k.integer(1), k.integer(0)))
    cells.write("cells_next circuit_next grid_out next_cells", value)


def _morphology(job: Job) -> None:
    """Erosion, dilation, borders of binary masks."""
    k, rng = job.k, job.rng
    what = rng.choose(("erode", "dilate", "boundary", "despeckle"))
    job.titled(
        {
            "erode": "erode_mask erode binary_erosion shrink_mask erosion_step",
            "dilate": "dilate_mask dilate binary_dilation grow_mask dilation_step",
            "boundary": "find_boundary mask_boundary boundary_cells extract_border outline_mask",
            "despeckle": "remove_isolated despeckle clean_mask remove_specks drop_lone_cells",
        }[what]
    )
    cells = _Cells(job, "mask binary occupied solid region", 2)
    four = rng.chance(0.5)
    around = cells.count("count neighbors set_neighbors filled n_set", lambda _: None, four)
    own = job.let("own here center inside", cells.grid[(*cells.lead, *cells.at)])
    full = 4 if four else 8
    if what == "erode":
        test = k.both(own.equals(1), around.equals(full))
    elif what == "dilate":
        test = k.either(own.equals(1), around > 0)
    elif what == "boundary":
        test = k.both(own.equals(1), around < full)
    else:
        test = k.both(own.equals(1), around > (0 if rng.chance(0.5) else 1))
    value = k.where(test, k.integer(1), k.integer(0))
    if job.more(0.3):
        value = job.let("kept result new_value", value)
        cells.write("removed changed difference", own ^ value)
    if job.more(0.2):
        cells.write("coverage fill_fraction local_density", k.cast(around, k.real) / float(full))
    outs = {
        "erode": "eroded mask_out shrunk",
        "dilate": "dilated mask_out grown",
        "boundary": "boundary border outline",
        "despeckle": "cleaned mask_out filtered",
    }
    cells.write(outs[what], value)
