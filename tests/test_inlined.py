"""Locals that are left out: elements read once, results that the next statement stores or gives back."""

from __future__ import annotations

from warp_jit_pairs import types as t
from warp_jit_pairs.emit import emit
from warp_jit_pairs.grammar import tree
from warp_jit_pairs.grammar.inlined import direct_ends, inline
from warp_jit_pairs.grammar.prune import names_read
from warp_jit_pairs.rng import Rng

INDEX = tree.Name(t.I32, 0.0, 9.0, "i")
X, Y = (tree.Name(t.F32, -2.0, 2.0, name) for name in "xy")
SOURCE, OUT = (tree.Name(t.Array(t.F32, 1), -2.0, 2.0, name) for name in ("source", "out"))


def text(*body: tree.Stmt) -> list[str]:
    program = tree.Program((), tree.Function("f", (), body))
    return [line.strip() for line in emit(program).splitlines() if line.startswith("    ")]


def direct(*body: tree.Stmt) -> list[str]:
    return text(*direct_ends(body, names_read(body)))


def test_a_result_is_stored_as_it_is_made() -> None:
    made = direct(tree.Assign((X,), Y * 2.0), tree.Assign((OUT[INDEX],), X))
    assert made == ["out[i] = y * 2.0"]


def test_a_result_is_given_back_as_it_is_made() -> None:
    assert direct(tree.Assign((X,), Y * 2.0), tree.Return((X,))) == ["return y * 2.0"]


def test_what_is_read_again_keeps_its_name() -> None:
    body = (tree.Assign((X,), Y * 2.0), tree.Assign((OUT[INDEX],), X), tree.Assign((SOURCE[INDEX],), X))
    assert direct(*body) == ["x = y * 2.0", "out[i] = x", "source[i] = x"]


def test_what_a_loop_carries_keeps_its_name() -> None:
    turn = (tree.Assign((X,), X + Y), tree.Assign((OUT[INDEX],), X))
    body = (tree.Assign((X,), tree.literal(0.0, t.F32)), tree.For(INDEX, (tree.literal(3, t.I32),), turn))
    assert direct(*body) == ["x = 0.0", "for i in range(3):", "x = x + y", "out[i] = x"]


def test_an_element_that_is_read_once_stands_where_it_is_used() -> None:
    body = (tree.Assign((X,), SOURCE[INDEX]), tree.Assign((OUT[INDEX],), X * Y))
    assert text(*inline(Rng(0), body, 1.0)) == ["out[i] = source[i] * y"]


def test_an_element_of_an_array_that_is_written_is_read_where_it_was() -> None:
    body = (
        tree.Assign((X,), OUT[INDEX]),
        tree.Assign((OUT[INDEX],), tree.literal(0.0, t.F32)),
        tree.Assign((OUT[INDEX],), X * Y),
    )
    assert text(*inline(Rng(0), body, 1.0))[0] == "x = out[i]"
