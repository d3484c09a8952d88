"""Identifiers: unique, legal, fitting their role, spread as in real code, and the same for the same seed."""

from __future__ import annotations

import builtins
import collections
import keyword

import pytest

from warp_jit_pairs.grammar.names import FIELD_NAMES, KINDS, RESERVED, Names, camel, plural
from warp_jit_pairs.grammar.words import FUNCTION_VERBS, KERNEL_VERBS
from warp_jit_pairs.rng import Rng


def _program(seed: int, field: str) -> list[str]:
    names = Names(Rng(seed), field)
    made = [names.constant(), names.struct(), names.field("mass"), names.kernel(), names.function()]
    made += [names.kernel(action) for action in KERNEL_VERBS] + [names.function(gives) for gives in FUNCTION_VERBS]
    made += [names.argument(kind) for kind in KINDS]
    return made + [names.local(kind) for kind in KINDS]


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_names_of_a_program_are_distinct_and_legal(field: str) -> None:
    for seed in range(20):
        made = _program(seed, field)
        assert len(set(made)) == len(made)
        assert all(name.isidentifier() and name.isascii() for name in made)
        assert not RESERVED.intersection(made)
        assert not any(keyword.iskeyword(name) or hasattr(builtins, name) for name in made)


@pytest.mark.parametrize("kind", KINDS)
def test_every_role_gives_many_names(kind: str) -> None:
    rng = Rng(3)
    made = {Names(rng.child(n), rng.choose(FIELD_NAMES)).argument(kind) for n in range(400)}
    assert len(made) > 25


def test_same_seed_same_names() -> None:
    assert _program(11, "fluids") == _program(11, "fluids")
    assert _program(11, "fluids") != _program(12, "fluids")


def test_names_of_one_seed_are_those_of_every_machine() -> None:
    assert _program(1, "particles")[:6] == GOLDEN


GOLDEN = [
    "ITEM_MAX_LAMBDA_N",
    "Emitter",
    "bucket_mass",
    "advance_global_buckets_kernel",
    "pos_index",
    "drift_spring_wind_kernel",
]


def test_scopes_share_the_program_and_not_each_other() -> None:
    names = Names(Rng(5), "image")
    kernel = names.kernel()
    first, second = names.scope(), names.scope()
    assert first.claim("tid")
    assert second.claim("tid")
    assert not first.claim("tid")
    assert not first.claim(kernel)


def test_reserved_words_are_refused() -> None:
    names = Names(Rng(5), "generic")
    assert not names.claim("lambda")
    assert not names.claim("dot")
    assert not names.claim("double")
    assert names.claim("pos")


def test_constants_are_upper_case_and_fit_what_they_hold() -> None:
    made = [Names(Rng(seed), "signal").constant(whole=seed % 2 == 0) for seed in range(200)]
    assert all(name.upper() == name for name in made)
    assert not {"EPS", "TWO_PI"} & set(made[::2])
    assert not {"TILE_SIZE", "N"} & set(made[1::2])


def test_spelling() -> None:
    assert [plural(word) for word in ("particle", "vertex", "body", "mesh", "mass", "x", "axis", "ray")] == [
        "particles",
        "vertices",
        "bodies",
        "meshes",
        "masses",
        "x",
        "axes",
        "rays",
    ]
    assert camel("rigid_body_state") == "RigidBodyState"
    assert _structs_are_camel()


def _structs_are_camel() -> bool:
    made = [Names(Rng(seed), "control").struct() for seed in range(200)]
    return all(name[0].isupper() and "_" not in name for name in made)


def test_many_identifiers_with_a_long_tail() -> None:
    """The share of the commonest names lies where real kernels have it (4 % of arguments are the top ten, 17 % the
    top hundred; of locals 10 % and 26 %), within a factor of two."""
    rng = Rng(9)
    kinds = ("array", "out", "count", "scalar", "vector", "position", "indices", "parameter", "mass", "flag")
    arguments: collections.Counter[str] = collections.Counter()
    for n in range(3000):
        names = Names(rng.child(n), rng.choose(FIELD_NAMES))
        arguments.update(names.argument(kind) for kind in rng.sample(kinds, 6))
    assert len(arguments) > 5000
    shares = [sum(count for _, count in arguments.most_common(top)) / arguments.total() for top in (10, 100)]
    assert 0.02 < shares[0] < 0.085
    assert 0.085 < shares[1] < 0.34


def test_no_name_is_that_of_the_returned_value_in_warps_adjoint() -> None:
    """Of a function with a parameter `ret` no compiler takes the adjoint (`wp.func`, see notes/warp_findings.md)."""
    assert not Names(Rng(0), FIELD_NAMES[0]).claim("ret")
