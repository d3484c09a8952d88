"""Constants that no loop changes are written plainly; the others stay dynamic."""

from __future__ import annotations

from warp_jit_pairs import types as t
from warp_jit_pairs.grammar import tree
from warp_jit_pairs.grammar.plain import plain

ZERO = tree.literal(0.0, t.F32)
MADE = tree.Call(t.F32, 0.0, 0.0, "float", (ZERO,))


def name(text: str) -> tree.Name:
    return tree.Name(t.F32, -1.0, 1.0, text)


def first_value(*later: tree.Stmt, dynamic: frozenset[str] = frozenset({"x"})) -> tree.Expr:
    head = plain((tree.Assign((name("x"),), MADE), *later), dynamic)[0]
    assert isinstance(head, tree.Assign)
    return head.value


def test_a_branch_changes_a_plain_number() -> None:
    change = tree.Assign((name("x"),), name("y"))
    assert first_value(tree.If(name("c") > 0.0, (change,))) is ZERO


def test_a_loop_changes_a_dynamic_one() -> None:
    change = tree.Assign((name("x"),), name("y"))
    assert first_value(tree.For(name("i"), (tree.literal(3, t.I32),), (change,))) is MADE
    branch = tree.If(name("c") > 0.0, (change,))
    assert first_value(tree.While(name("c") > 0.0, (branch,))) is MADE


def test_what_is_added_to_stays_dynamic() -> None:
    assert first_value(tree.Augment(name("x"), "+", name("y"))) is MADE


def test_other_casts_are_left_alone() -> None:
    assert first_value(dynamic=frozenset()) is MADE
