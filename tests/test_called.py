"""Locals named after what they hold: only those that may be, and nothing else of the program changes."""

from __future__ import annotations

import ast

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.emit import emit
from warp_jit_pairs.grammar import CATEGORIES, generate, tree
from warp_jit_pairs.grammar.called import _CALLS, _OPERATORS, call_by_value
from warp_jit_pairs.grammar.names import RESERVED
from warp_jit_pairs.rng import Rng


def local(name: str, kind: t.Type = t.F32) -> tree.Name:
    return tree.Name(kind, 0.0, 1.0, name)


def called(*body: tree.Stmt, vague: str = "mass", taken: str = "", seed: int = 0) -> str:
    call_by_value(Rng(seed), body, set(vague.split()), set(taken.split()))
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
        (local("speeds", t.Array(t.F32, 1))[0], {"speed"}),
        (local("ke", t.Array(t.F32, 1))[0], {"ke_i"}),
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
    in_text = tree.Do(tree.Verbatim(t.F32, 0.0, 1.0, "wp.static(mass)"))
    assert called(tree.Assign((local(MASS),), _sine()), in_text, seed=seed) == MASS


def test_all_that_refer_to_it_follow() -> None:
    for seed in SEEDS:
        body = (tree.Assign((local(MASS),), _sine()), tree.Return((local(MASS) * local(MASS),)))
        name = called(*body, seed=seed)
        product = body[1].values[0]  # type: ignore[attr-defined]
        assert isinstance(product, tree.Binary)
        assert {one.id for one in tree.children(product) if isinstance(one, tree.Name)} == {name}


@pytest.mark.parametrize("category", CATEGORIES)
def test_programs_have_each_name_once_and_no_reserved_one(category: str) -> None:
    for seed in range(12):
        _, program, _ = generate(category, Rng(seed), "medium")
        for function in (node for node in ast.walk(ast.parse(emit(program))) if isinstance(node, ast.FunctionDef)):
            parameters = [argument.arg for argument in function.args.args]
            set_names = {
                node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            assert not set_names & RESERVED
            assert not set_names & {part.name for part in program.parts if isinstance(part, tree.Function)}
            assert len(set(parameters)) == len(parameters)
