"""The scripts of long kernels: tables and plans fit together, and Warp takes what is written by them."""

from __future__ import annotations

import ast
from itertools import islice

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES, script_choices
from warp_jit_pairs.grammar.build import Shared
from warp_jit_pairs.grammar.kernel import Kernel
from warp_jit_pairs.grammar.lexicon import Namer
from warp_jit_pairs.grammar.names import RESERVED
from warp_jit_pairs.grammar.recipes import RECIPES
from warp_jit_pairs.grammar.script_choices import Choices
from warp_jit_pairs.grammar.script_texts import Script, chosen, parse, scripts
from warp_jit_pairs.grammar.style import draw
from warp_jit_pairs.rng import Rng, sub_seed

ASKS = {"wp", "N", "opt", "one", "num", "float", "int", "range"}
SCRIPTS = pytest.mark.parametrize("script", scripts(), ids=lambda script: script.name)


def names(script: Script) -> tuple[set[str], set[str]]:
    """What the kernel of a script stores and reads."""
    nodes = [node for statement in script.body for node in ast.walk(statement) if isinstance(node, ast.Name)]
    stored = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    return stored, {node.id for node in nodes} - stored


@SCRIPTS
def test_a_table_has_what_the_plan_needs_and_no_more(script):
    stored, read = names(script)
    assert set(script.arguments) <= read, "an argument without use"
    assert read - ASKS - set(script.arguments) - set(script.dims) - set(script.functions) == set()
    assert {dim for one in script.arguments.values() for dim in one.dims} <= set(script.dims)
    assert stored.isdisjoint(script.arguments)


@SCRIPTS
def test_names_are_free(script):
    stored, _ = names(script)
    words = [word for one in script.arguments.values() for word in one.words.split()]
    assert RESERVED.isdisjoint([*stored, *words])
    assert stored.isdisjoint(words)
    assert len(words) == len(set(words))


@SCRIPTS
def test_chances_are_those_of_options(script):
    nodes = [node for statement in script.body for node in ast.walk(statement) if isinstance(node, ast.Attribute)]
    options = {asked[1] for node in nodes if (asked := chosen(node)) and not asked[0]}
    assert set(script.chances) <= options
    assert set(script.categories) <= set(CATEGORIES)
    assert all(len(members) > 1 for members in script.groups.values())


@SCRIPTS
def test_warp_takes_its_programs(script):
    category = max(script.categories, key=lambda one: script.categories[one])
    wanted = f"{script.name}_{category}"
    assert RECIPES[wanted].planned
    specs = (generate_kernel(category, sub_seed(7, number), "large") for number in range(400))
    found = list(islice((spec["source"] for spec in specs if spec["metadata"]["recipe"] == wanted), 2))
    assert found
    assert all(isinstance(one, Extracted) for one in extract_batch(found))


def test_of_alternatives_one_is_written():
    script = parse(
        "toy",
        '''
TITLES = "toy_step"
CATEGORIES = "math:1"
DIMS = """
item | 4 | num_items
"""
ARGS = """
x | real | item | 0 1 | values
y | real | item | | results
"""


def kernel():
    if one.way.square:
        y[item] = x[item] * x[item]
    elif one.way.root:
        y[item] = wp.sqrt(x[item])
''',
    )
    assert script.groups == {"way": ("square", "root")}
    assert script.entity == "item"
    assert not script.single


@SCRIPTS
def test_closed_statements_are_looked_at_once(script, monkeypatch):
    def uses() -> dict[str, object]:
        choices = Choices(Kernel(Shared(Rng(3), draw(Rng(4)), Namer(Rng(5), "generic"), t.F32, "large")), script)
        return vars(choices.uses(script.body))

    known = uses()
    monkeypatch.setattr(script_choices, "_closed", lambda statement: None)
    assert uses() == known
