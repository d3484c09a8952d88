"""What values laws mostly give."""

from __future__ import annotations

import pytest

from warp_jit_pairs.grammar.laws import Sheet, parse
from warp_jit_pairs.grammar.likely import middle, part, reorders, values

TEXT = '''
"""Bodies."""

import warp as wp

ENTITIES = "body"

QUANTITIES = """
mass     | real | state   | 1 3  | mass m
velocity | vec3 | state   | -1 1 | velocity v
gravity  | real | uniform | 5 10 | gravity g
offset   | real | state   | 0 9  | offset
weight   | real | result  |      | weight
lift     | real | result  |      | lift
energy   | real | result  |      | energy
jitter   | real | result  |      | jitter
"""


def weight(mass, gravity):
    return mass * gravity


def lift(weight, offset):
    return weight + offset


def energy(mass, velocity):
    return 0.5 * mass * wp.length_sq(velocity)


def jitter(rng, mass):
    return mass * wp.randf(rng)
'''


@pytest.fixture(scope="module")
def bodies() -> Sheet:
    return parse("bodies", TEXT)


def test_values_are_where_the_ranges_put_them(bodies: Sheet) -> None:
    laws = {law.name: law for law in bodies.laws}
    found = values(bodies, laws, "lift")
    assert list(found) == sorted(set(found))
    assert 5.0 < found[0] < 12.0 < found[-1] < 39.0
    assert values(bodies, laws, "lift") == found
    assert values(bodies, laws, "energy")[0] > 0.0
    low, high = middle(found) or (0.0, 0.0)
    assert part(found, 0.0) < low < part(found, 0.5) < high < part(found, 1.0)


def test_nothing_is_said_of_what_is_not_known(bodies: Sheet) -> None:
    assert values(bodies, {law.name: law for law in bodies.laws}, "jitter") == ()
    assert middle([]) is None


def test_a_factor_of_all_moves_none_before_another(bodies: Sheet) -> None:
    laws = {law.name: law for law in bodies.laws}
    assert not reorders(bodies, laws, "weight", ["gravity"])
    assert reorders(bodies, laws, "lift", ["gravity"])
    assert reorders(bodies, laws, "energy", ["gravity"])
