"""Docstrings and comments: readable sentences from names, the same for the same seed."""

from __future__ import annotations

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.grammar import tree
from warp_jit_pairs.grammar.names import FIELD_NAMES, Names
from warp_jit_pairs.grammar.prose import REMARKS, docstring, remark, sentence
from warp_jit_pairs.grammar.remarks import topic
from warp_jit_pairs.rng import Rng


def test_the_sentence_speaks_of_what_the_name_says() -> None:
    assert sentence(Rng(2), "_init_particle_vel_kernel").startswith("Initialize")
    assert "particle velocity" in sentence(Rng(2), "_init_particle_vel_kernel")


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_docstrings_are_text_that_fits_between_quotes(field: str) -> None:
    told = 0
    for seed in range(20):
        rng = Rng(seed)
        name = Names(rng, field).kernel(("compute_{}_areas", "update_{s}", "smooth_{}_field"))
        text = docstring(rng, name, ("x_in", "num_cells"), long=seed % 2 == 0)
        if not text:
            # Its second word is a verb, too.
            continue
        told += 1
        first = text.split("\n")[0]
        assert first[0].isupper()
        assert len(first) < 120
        assert not any(mark in text for mark in ('"', "\\", "{", "_kernel"))
    assert told >= 8


def test_docstrings_make_no_thing_of_a_second_verb_and_no_article_before_a_preposition() -> None:
    assert docstring(Rng(0), "scatter_add_rows") == ""
    assert all(" the from" not in sentence(Rng(seed), "gather_from_grid") for seed in range(20))


def test_a_name_that_says_nothing_done_has_no_docstring() -> None:
    assert docstring(Rng(0), "bilateral_high_pass") == ""


@pytest.mark.parametrize("topic", REMARKS)
def test_remarks_are_one_line(topic: str) -> None:
    made = {remark(Rng(seed), topic, capital=seed % 2 == 0) for seed in range(200)}
    assert len(made) > 1
    assert not any("\n" in text or text.startswith("#") for text in made)


_X = tree.Name(t.F32, 0.0, 1.0, "x")
_ARRAY = tree.Name(t.Array(t.F32, 1), 0.0, 1.0, "a")
_I = tree.Name(t.I32, 0.0, 1.0, "i")


def _call(function: str, *arguments: tree.Expr) -> tree.Call:
    return tree.Call(t.F32, 0.0, 1.0, function, arguments)


@pytest.mark.parametrize(
    ("node", "about"),
    [
        (tree.For(_I, (_I,), (tree.Augment(_X, "+", _X),)), "sums"),
        (tree.For(_I, (_I,), (tree.Do(_call("wp.atomic_max", _ARRAY, _I, _X)),)), "loop"),
        (tree.For(_I, (_I,), (tree.Augment(_I, "^", _I),)), "loop"),
        (tree.While(_X < 1.0, ()), "repeat"),
        (tree.If(_X < 1.0, (tree.Return(),)), "guard"),
        (tree.If(_X < 1.0, (tree.Continue(),)), "skip"),
        (tree.If(_X < 1.0, (tree.Do(_call("wp.atomic_max", _ARRAY, _I, _X)),)), ""),
        (tree.Do(_call("wp.atomic_max", _ARRAY, _I, _X)), "atomic_max"),
        (tree.Do(_call("wp.atomic_sub", _ARRAY, _I, _X)), "atomic_add"),
        (tree.Do(_call("wp.tile_store", _ARRAY, _X)), "tile_store"),
        (tree.Assign((_ARRAY[_I],), _X), "store"),
        (tree.Assign((_X,), _ARRAY[_I]), "load"),
        (tree.Assign((_X,), _call("wp.tid")), "index"),
        (tree.Assign((_X,), _call("wp.rand_init", _I)), "rand_init"),
        (tree.Assign((_X,), _call("wp.length_sq", _X)), ""),
        (tree.Assign((_X,), _call("own_length", _X)), ""),
        (tree.Assign((_X,), tree.Call(t.vec(3, t.F32), 0.0, 0.0, "wp.vec3", ())), ""),
        (tree.Assign((_I,), _call("wp.block_dim")), ""),
        (tree.Assign((_X,), _call("wp.mesh_query_ray", _X)), "ray"),
        (tree.Assign((_X,), _call("wp.mesh_query_ray_anyhit", _X)), ""),
        (tree.Assign((_X,), _X * _X), ""),
    ],
)
def test_a_remark_is_about_what_follows(node: tree.Stmt, about: str) -> None:
    assert topic(node) == about
    assert not about or about in REMARKS


def test_same_seed_same_text() -> None:
    assert docstring(Rng(3), "advect_cells", (), long=True) == docstring(Rng(3), "advect_cells", (), long=True)
