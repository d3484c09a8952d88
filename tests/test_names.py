"""Identifiers: unique, legal, fitting their role, spread as in real code, and the same for the same seed."""

from __future__ import annotations

import builtins
import keyword

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.grammar.lexicon import ROLES, Namer
from warp_jit_pairs.grammar.names import FIELD_NAMES, RESERVED, Names, camel, plural, singular
from warp_jit_pairs.rng import Rng

TITLES = ("compute_{}_areas", "update_{s}", "{}_step", "average")


def _program(seed: int, field: str) -> list[str]:
    namer = Namer(Rng(seed), field)
    namer.enter()
    made = [
        namer.constant("=max_{} limit"),
        namer.struct(("Params",)),
        namer.struct(("Params",)),
        namer.function(TITLES),
    ]
    made += [namer.kernel(TITLES), namer.argument("={}_mass mass m"), namer.local("=!mass m"), namer.local("=!mass m")]
    return [*made, namer.local("=total sum"), namer.local("=total acc"), *(namer.local(role) for role in ROLES)]


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_names_of_a_program_are_distinct_and_legal(field: str) -> None:
    for seed in range(20):
        made = _program(seed, field)
        assert len(set(made)) == len(made)
        assert all(name.isidentifier() and name.isascii() for name in made)
        assert not RESERVED.intersection(made)
        assert not any(keyword.iskeyword(name) or hasattr(builtins, name) for name in made)


def test_the_first_free_name_is_taken_where_a_rule_insists() -> None:
    namer = Namer(Rng(1), "particles")
    namer.enter()
    assert [namer.local("=!mass m mass_i") for _ in range(3)] == ["mass", "m", "mass_i"]
    assert namer.local("=!mass m mass_i")[-1] in "23456789"


def test_same_seed_same_names() -> None:
    assert _program(11, "fluids") == _program(11, "fluids")
    assert _program(11, "fluids") != _program(12, "fluids")


def test_names_of_one_seed_are_those_of_every_machine() -> None:
    assert _program(1, "particles")[:6] == GOLDEN


GOLDEN = ["LIMIT", "Params", "KernelState", "kernel_step", "compute_parcel_areas", "parcel_mass"]


def test_scopes_share_the_program_and_not_each_other() -> None:
    names = Names(Rng(5), "image")
    kernel = names.kernel(TITLES)
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


@pytest.mark.parametrize("word", ["position", "index", "vertex", "body", "mass", "matrix", "box"])
def test_a_plural_has_its_singular(word: str) -> None:
    assert singular(plural(word)) == word


def test_no_name_is_that_of_the_returned_value_in_warps_adjoint() -> None:
    """Of a function with a parameter `ret` no compiler takes the adjoint (`wp.func`, see notes/warp_findings.md)."""
    assert not Names(Rng(0), FIELD_NAMES[0]).claim("ret")


def test_no_field_of_a_struct_is_called_as_what_warp_writes_beside_it() -> None:
    namer = Namer(Rng(1), "generic")
    namer.enter()
    assert namer.field("=!rhs b") == "b"
    assert namer.field("=!ret value") == "value"
    assert namer.local("=!rhs c") == "rhs"


def test_branches_call_what_is_of_one_type_the_same_and_what_is_not_otherwise() -> None:
    namer = Namer(Rng(1), "generic")
    namer.enter()
    with namer.branch():
        assert namer.local("=!pos", t.vec(3)) == "pos"
        assert namer.local("=!pos x", t.vec(3)) == "x"
    with namer.branch():
        assert namer.local("=!pos", t.vec(3)) == "pos"
        assert namer.local("=!x other", t.F32) == "other"
    assert namer.local("=!pos place", t.vec(3)) == "place"
