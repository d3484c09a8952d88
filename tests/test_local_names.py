"""Locals named after what they hold: only those that may be, and nothing else of the program changes."""

from __future__ import annotations

import ast

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.emit import emit
from warp_jit_pairs.grammar import CATEGORIES, generate, tree
from warp_jit_pairs.grammar.local_names import _CALLS, _OPERATORS, rename_locals
from warp_jit_pairs.grammar.names import RESERVED
from warp_jit_pairs.rng import Rng


def local(name: str, kind: t.Type = t.F32) -> tree.Name:
    return tree.Name(kind, 0.0, 1.0, name)


def called(*body: tree.Stmt, vague: str = "mass", taken: str = "", seed: int = 0) -> str:
    rename_locals(Rng(seed), body, set(vague.split()), set(taken.split()))
    first = body[0]
    assert isinstance(first, tree.Assign)
    target = first.targets[0]
    assert isinstance(target, tree.Name)
    return target.id


MASS, PHI = "mass", "phi"
SEEDS = range(40)


def test_no_form_is_reserved() -> None:
    assert not RESERVED & {form for forms in (*_CALLS.values(), *_OPERATORS.values()) for form in forms}


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (tree.Call(t.F32, 0.0, 1.0, "wp.sin", (local(PHI),)), {"sin_phi", "s"}),
        (local(PHI) - local("theta"), {"diff", "delta", "d", "phi_diff", "phi_rel", "change"}),
        (local("a_very_long_name_indeed") / local(PHI), {"ratio", "quot", "fraction"}),
        (local("speeds", t.Array(t.F32, 1))[local("i", t.I32)], {"speed"}),
        (local("ke", t.Array(t.F32, 1))[local("i", t.I32)], {"ke_i"}),
    ],
)
def test_a_local_is_called_after_its_value(value: tree.Expr, names: set[str]) -> None:
    found = {called(tree.Assign((local(MASS),), value), seed=seed) for seed in SEEDS}
    assert found == {MASS, *names}


def _sine() -> tree.Call:
    return tree.Call(t.F32, 0.0, 1.0, "wp.sin", (local(PHI),))


@pytest.mark.parametrize("seed", SEEDS)
def test_some_keep_their_names(seed: int) -> None:
    name = local(MASS)
    set_once = tree.Assign((name,), _sine())
    assert called(set_once, vague="other", seed=seed) == MASS
    assert called(tree.Assign((local(MASS),), _sine()), taken="sin_phi s", seed=seed) == MASS
    changed = tree.Assign((local(MASS),), _sine())
    assert called(changed, tree.Augment(local(MASS), "+", local(PHI)), seed=seed) == MASS
    method = tree.Do(tree.Call(t.F32, 0.0, 1.0, "mass.dtype", ()))
    assert called(tree.Assign((local(MASS),), _sine()), method, seed=seed) == MASS
    constant = local("ke", t.Array(t.F32, 1))[0]
    assert called(tree.Assign((local(MASS),), constant), seed=seed) == MASS
    in_text = tree.Do(tree.Verbatim(t.F32, 0.0, 1.0, "wp.static(mass)"))
    assert called(tree.Assign((local(MASS),), _sine()), in_text, seed=seed) == MASS


def test_all_that_refer_to_it_follow() -> None:
    for seed in SEEDS:
        body = (tree.Assign((local(MASS),), _sine()), tree.Return((local(MASS) * local(MASS),)))
        name = called(*body, seed=seed)
        product = body[1].values[0]  # type: ignore[attr-defined]
        assert isinstance(product, tree.Binary)
        assert {one.id for one in tree.children(product) if isinstance(one, tree.Name)} == {name}


def test_uses_in_every_block_follow_and_chains_do_not_run_on() -> None:
    for seed in SEEDS:
        other = tree.Assign((local("s"),), local(PHI) - local("theta"))
        uses = tree.Return((local(MASS), local("s")))
        branch = tree.If(local("b", t.BOOL), (), (uses,))
        body = (tree.Assign((local(MASS),), _sine()), other, tree.For(local("i", t.I32), (), (branch,)))
        name = called(*body, vague="mass s", seed=seed)
        second = other.targets[0]
        assert isinstance(second, tree.Name)
        assert [one.id for one in uses.values if isinstance(one, tree.Name)] == [name, second.id]
        assert name != second.id


@pytest.mark.parametrize("category", CATEGORIES)
def test_programs_set_no_reserved_name_and_none_of_their_functions(category: str) -> None:
    for seed in range(12):
        _, program, _ = generate(category, Rng(seed), "medium")
        for function in (node for node in ast.walk(ast.parse(emit(program))) if isinstance(node, ast.FunctionDef)):
            names = (node for node in ast.walk(function) if isinstance(node, ast.Name))
            set_names = {name.id for name in names if isinstance(name.ctx, ast.Store)}
            assert not set_names & RESERVED
            assert not set_names & {part.name for part in program.parts if isinstance(part, tree.Function)}
