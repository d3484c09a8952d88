"""Which laws join in one kernel: they go on from each other or share what they take, and lead to few ends."""

from __future__ import annotations

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.grammar import style
from warp_jit_pairs.grammar.build import Shared
from warp_jit_pairs.grammar.kernel import Kernel
from warp_jit_pairs.grammar.kinship import more_laws
from warp_jit_pairs.grammar.laws import Law, Sheet, parse, sheet, sheet_names
from warp_jit_pairs.grammar.lexicon import Namer
from warp_jit_pairs.grammar.scene import Scene
from warp_jit_pairs.grammar.topics import is_pair
from warp_jit_pairs.rng import Rng

FIELD = '''
"""A field of two subjects: carts that move, and lamps that shine."""

import warp as wp

ENTITIES = "cart"
GROUPS = ""
PAIRS = ""
LAUNCH = "1:1"
SUMMED = ""
OPPOSITE = ""

QUANTITIES = """
mass       | real | state  | 0.1 10 | mass m
velocity   | vec3 | state  | -3 3   | velocity v
speed      | real | result |        | speed
energy     | real | result |        | energy
braking    | real | result |        | braking_distance
watts      | real | state  | 1 100  | watts
efficacy   | real | state  | 1 10   | efficacy
luminosity | real | result |        | luminosity
"""


def speed(velocity):
    return wp.length(velocity)


def energy(mass, speed):
    return 0.5 * mass * speed * speed


def braking(energy, mass):
    return energy / (4.0 * mass)


def luminosity(watts, efficacy):
    return watts * efficacy


def next_velocity(velocity, mass):
    return velocity * wp.exp(-0.1 * mass)
'''


def scene_of(field: Sheet, seed: int, size: str = "medium") -> Scene:
    rng = Rng(seed)
    kernel = Kernel(Shared(rng, style.draw(rng), Namer(rng, "generic"), t.F32, size))
    scene = Scene(kernel, field, 2)
    scene.begin(1)
    return scene


def law_of(field: Sheet, name: str) -> Law:
    return next(law for law in field.laws if law.name == name)


@pytest.fixture(scope="module")
def carts() -> Sheet:
    return parse("carts", FIELD)


@pytest.mark.parametrize("seed", range(20))
def test_what_goes_on_from_a_law_joins_and_another_subject_never_does(carts, seed):
    joined = more_laws(scene_of(carts, seed), law_of(carts, "speed"), "math", 5)
    assert [law.name for law in joined] == ["energy", "braking"]


def test_a_step_and_a_law_that_shares_nothing_join_no_kernel(carts):
    assert more_laws(scene_of(carts, 1), law_of(carts, "luminosity"), "math", 5) == []
    everything = [law.name for seed in range(20) for law in more_laws(scene_of(carts, seed), carts.laws[0], "math", 5)]
    assert "next_velocity" not in everything


def test_no_more_laws_than_asked_for(carts):
    assert len(more_laws(scene_of(carts, 1), law_of(carts, "speed"), "math", 1)) == 1


@pytest.mark.parametrize("name", sheet_names())
@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_joined_laws_are_connected_and_lead_to_few_ends(name, size):
    field = sheet(name)
    firsts = [law for law in field.laws if not is_pair(law) and "rng" not in law.takes][::7]
    most = {"small": 1, "medium": 2, "large": 2}[size]
    for seed, first in enumerate(firsts):
        laws = [first, *more_laws(scene_of(field, seed, size), first, "math", 6)]
        assert len(set(laws)) == len(laws)
        given = [name for law in laws for name in law.gives]
        assert len(set(given)) == len(given)
        assert not any(is_pair(law) for law in laws[1:])
        for place, law in enumerate(laws[1:], 1):
            earlier = {field.term(n).base for one in laws[:place] for n in (*one.takes, *one.gives) if n != "rng"}
            assert earlier & {field.term(n).base for n in law.takes if n != "rng"}, law.name
        taken = {name for law in laws for name in law.takes}
        assert sum(taken.isdisjoint(law.gives) for law in laws) <= most


def test_the_same_seed_joins_the_same_laws():
    field = sheet("fluids")
    once, again = (more_laws(scene_of(field, 3), field.laws[0], "math", 6) for _ in range(2))
    assert [law.name for law in once] == [law.name for law in again]
