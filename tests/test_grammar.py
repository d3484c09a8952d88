"""The grammar, over its registries: every category, recipe and formula gives legal programs that Warp takes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.emit import emit
from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.extract import extract_batch
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES, FAMILIES, registry, style, tree
from warp_jit_pairs.grammar.build import Shared
from warp_jit_pairs.grammar.check import IllegalProgram, check
from warp_jit_pairs.grammar.kernel import Kernel
from warp_jit_pairs.grammar.lexicon import Namer
from warp_jit_pairs.grammar.names import FIELD_NAMES
from warp_jit_pairs.grammar.prune import prune
from warp_jit_pairs.grammar.recipes import RECIPES
from warp_jit_pairs.grammar.scene import NoValue
from warp_jit_pairs.rng import Rng

SEEDS = range(40)


def kernel(seed: int, real: t.Scalar = t.F32, size: str = "medium", field: str = "generic") -> Kernel:
    rng = Rng(seed)
    return Kernel(Shared(rng, style.draw(rng), Namer(rng, field), real, size))


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_sources_are_plain_readable_python(category):
    for seed in SEEDS:
        source = generate_kernel(category, seed)["source"]
        ast.parse(source)
        assert source.isascii()
        assert source.startswith(("import warp as wp\n", "from typing import Any\n\nimport warp as wp\n"))
        assert source.endswith("\n")
        assert not source.endswith("\n\n")
        for line in source.splitlines():
            assert line == line.rstrip()
            assert len(line) <= 120, line
            assert "\t" not in line


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_warp_takes_what_a_category_gives(category):
    sources = [generate_kernel(category, seed)["source"] for seed in range(12)]
    refused = [str(answer) for answer in extract_batch(sources) if isinstance(answer, Rejected)]
    assert not refused


@pytest.mark.slow
def test_warp_takes_nearly_everything():
    sources = [generate_kernel(category, seed)["source"] for category in CATEGORIES for seed in range(100, 220)]
    refused = [str(answer) for answer in extract_batch(sources) if isinstance(answer, Rejected)]
    assert len(refused) <= len(sources) // 100, refused


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_recipe_writes_legal_programs(name):
    recipe = RECIPES[name]
    assert set(recipe.fields) <= set(FIELD_NAMES)
    assert set(recipe.categories) <= set(CATEGORIES)
    texts = set()
    for seed in range(40):
        if seed >= 15 and len(texts) > 10:
            break
        for real in recipe.reals:
            made = kernel(seed, real, field=recipe.fields[0])
            try:
                recipe.write(made)
                program = made.finish()
            except NoValue:
                # The law that was drawn cannot be had in such a kernel: the generator takes another one.
                continue
            check(program)
            texts.add(emit(program))
    assert len(texts) > 10


def test_families_register_all_recipes():
    modules = {recipe.write.__module__ for recipe in RECIPES.values()}
    assert modules <= {family.__name__ for family in FAMILIES}


def test_no_recipe_is_without_a_category():
    assert all(recipe.categories for recipe in RECIPES.values())
    assert all(row.recipes and row.doc for row in CATEGORIES.values())


def broken(*body: tree.Stmt) -> tree.Program:
    source = tree.Parameter("src", t.Array(t.F32, 1), "wp.array[float]")
    return tree.Program((), tree.Function("bad", (source,), body))


SRC = tree.Name(t.Array(t.F32, 1), -2.0, 2.0, "src")
ZERO = tree.literal(0, t.I32)
X = tree.Name(t.F32, -2.0, 2.0, "x")
N = tree.Name(t.I32, 0.0, 9.0, "n")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ((tree.Assign((X,), tree.Name(t.F32, 0.0, 1.0, "ghost")),), "ghost is read before"),
        ((tree.Assign((X,), SRC[ZERO]), tree.Assign((tree.Name(t.I32, 0.0, 1.0, "x"),), ZERO)), "x changes from"),
        ((tree.Assign((N,), SRC[ZERO]),), "n is a wp.int32"),
        ((tree.Assign((X,), tree.Subscript(t.F32, 0.0, 1.0, SRC, (tree.literal(0.5, t.F32),))),), "index 0.5"),
        ((tree.If(SRC[ZERO], (tree.Return(),)),), "condition"),
        ((tree.Assign((X,), SRC[ZERO]), tree.Break()), "Break outside"),
        ((tree.For(N, (SRC[ZERO],), (tree.Assign((X,), SRC[ZERO]),)),), "range bound"),
        (
            (
                tree.Assign((X,), tree.literal(0.0, t.F32)),
                tree.For(N, (tree.literal(4, t.I32),), (tree.Augment(X, "+", SRC[N]),)),
            ),
            "a loop changes x",
        ),
        (
            (
                tree.Assign((X,), tree.Call(t.F32, 0.1, 0.1, "wp.static", (tree.literal(0.1, t.F32),))),
                tree.For(N, (tree.literal(4, t.I32),), (tree.Augment(X, "+", SRC[N]),)),
            ),
            "a loop changes x",
        ),
        ((tree.Return(),), "argument src has no use"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_illegal_nodes_are_named(body, message):
    with pytest.raises(IllegalProgram, match=re.escape(message)):
        check(broken(*body))


def test_an_array_of_five_dimensions_is_none():
    deep = tree.Parameter("deep", t.Array(t.F32, 5), "wp.array(dtype=float, ndim=5)")
    with pytest.raises(IllegalProgram, match="argument deep has 5 dimensions"):
        check(tree.Program((), tree.Function("bad", (deep,), (tree.Return(),))))
    made = kernel(0, t.F32)
    with pytest.raises(NoValue):
        made.array("=deep", t.F32, [made.dim(2) for _ in range(5)])


def test_the_registry_refuses_what_warp_refuses():
    assert registry.result("dot", (t.vec(3), t.vec(3))) == t.F32
    assert registry.result("mul", (t.mat(2, 3), t.vec(3))) == t.vec(2)
    for name, types in (("dot", (t.vec(3), t.vec(2))), ("add", (t.F32, t.F64)), ("no_such", (t.F32,))):
        with pytest.raises(registry.NoOverload):
            registry.result(name, types)


def test_names_are_never_reserved_or_used_twice_for_two_types():
    for category in CATEGORIES:
        for seed in range(10):
            tree_of = ast.parse(generate_kernel(category, seed)["source"])
            for function in ast.walk(tree_of):
                if isinstance(function, ast.FunctionDef):
                    names = [a.arg for a in function.args.args]
                    assert len(names) == len(set(names))
                    assert not set(names) & {"wp", "warp", "float", "int", "range", "len", "min", "max"}


def test_layout_is_that_of_the_formatter(tmp_path: Path):
    for number, category in enumerate(sorted(CATEGORIES)):
        spec = generate_kernel(category, 3)
        (tmp_path / f"sample_{number}.py").write_text(spec["source"])
    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--isolated",
            "--select",
            "E,W,F",
            "--ignore",
            "E741,F841,F811",
            "--line-length",
            "120",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout


def test_a_loop_that_only_goes_on_or_leaves_is_dropped():
    value = tree.Name(t.F32, -2.0, 2.0, "x")
    step_on = tree.If(value < 0.0, (tree.Continue(),), (tree.If(value > 1.0, (tree.Break(),)),))
    loop = tree.For(tree.Name(t.I32, 0.0, 9.0, "j"), (tree.literal(4, t.I32),), (step_on,))
    body, read = prune((tree.Assign((value,), tree.literal(1.0, t.F32)), loop, tree.Return()))
    assert [type(node) for node in body] == [tree.Return]
    assert read["x"] == 0


def test_what_only_a_later_statement_of_a_loop_needed_goes_with_it():
    a, b = tree.Name(t.F32, -2.0, 2.0, "a"), tree.Name(t.F32, -2.0, 2.0, "b")
    loop = tree.For(
        tree.Name(t.I32, 0.0, 9.0, "j"),
        (tree.literal(4, t.I32),),
        (tree.Assign((b,), a * 2.0), tree.Assign((a,), tree.literal(3.0, t.F32))),
    )
    assert prune((tree.Assign((a,), tree.literal(1.0, t.F32)), loop))[0] == ()


@pytest.mark.parametrize("name", [name for name in RECIPES if name.startswith("work_out_once_")])
def test_a_single_thread_asks_for_no_index(name):
    for seed in range(6):
        made = kernel(seed, t.F32)
        try:
            RECIPES[name].write(made)
            source = emit(made.finish())
        except NoValue:
            continue
        assert "wp.tid()" not in source
        assert [(dim.size, dim.fixed) for dim in made.launch] == [(1, True)]


def test_launches_have_up_to_four_dimensions():
    specs = [generate_kernel("arithmetic", seed, "small") for seed in range(1200)]
    assert {len(spec["metadata"]["launch"]["dim"]) for spec in specs} == {1, 2, 3, 4}
