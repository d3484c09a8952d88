"""The synthetic pairs that `benchmarks.train` trains on: random names, and one layout of prompts."""

from __future__ import annotations

import random
import re

import pytest

from benchmarks.train.data import prompt, renamed
from benchmarks.train.mistakes import first_mistake
from warp_jit_pairs.extract import extract_forward
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_a_renamed_kernel_has_the_same_code_but_for_names(category: str) -> None:
    spec = generate_kernel(category, 3)
    names = [spec["name"], *spec["arg_types"]]
    source = renamed(spec["source"], names, random.Random(1))
    kernel, code = extract_forward(source)
    before, right = extract_forward(spec["source"])
    assert kernel != before
    assert [len(line.split()) for line in code.splitlines()] == [len(line.split()) for line in right.splitlines()]
    assert code.count("var_0") == right.count("var_0")


def test_what_is_called_or_set_elsewhere_keeps_its_name() -> None:
    source = "def k(x: int, y: int, f: int):\n    f(x, y=y)\n    a.x\n"
    assert renamed(source, ["x", "y", "f"], random.Random(1)) == source
    fresh = renamed(source, ["k"], random.Random(1))
    assert re.fullmatch(r"def [a-z_]+\(x: int.*", fresh.splitlines()[0])
    assert fresh.splitlines()[0] != source.splitlines()[0]


def test_a_prompt_says_nothing_of_layout() -> None:
    source = 'import warp as wp\n\n@wp.kernel\ndef k(x: int):  # why\n  """Doc."""\n  wp.set_module_options({})\n'
    assert prompt(source) == "@wp.kernel\ndef k(x: int):\n    pass\n"


def test_the_first_mistake() -> None:
    spec = generate_kernel("math", 3)
    _, right = extract_forward(spec["source"])
    declaration = re.search(r"\n    wp::float32 var_\d+;", right)
    assert declaration
    assert first_mistake(right, right) == "exact"
    assert first_mistake(right.replace("_wp_args->", "args->", 1), right) == "arguments"
    assert first_mistake(right.replace(declaration[0], "", 1), right) == "temporaries"
    assert first_mistake(right.replace("wp::array_store(", "wp::store("), right) == "statements"
    assert first_mistake(right[: right.rindex("array_store")], right) == "statements"
