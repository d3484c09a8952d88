"""Kernels that give what is asked for: each quantity in a branch of its own, asked for by a number of its own."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.emit import emit
from warp_jit_pairs.grammar import readings, style
from warp_jit_pairs.grammar.build import Shared
from warp_jit_pairs.grammar.kernel import Kernel
from warp_jit_pairs.grammar.lexicon import Namer
from warp_jit_pairs.grammar.scene import NoValue
from warp_jit_pairs.rng import Rng

LEAST = {"small": 2, "medium": 2, "large": 5}


def programs(write: Callable[[Kernel, str], None], size: str, category: str, count: int) -> list[ast.Module]:
    found: list[ast.Module] = []
    for seed in range(200):
        rng = Rng(seed)
        kernel = Kernel(Shared(rng, style.draw(rng), Namer(rng, "generic"), t.F32, size))
        try:
            write(kernel, category)
            found.append(ast.parse(emit(kernel.finish())))
        except NoValue:
            continue
        if len(found) == count:
            return found
    raise AssertionError(f"{len(found)} programs")


def kernel_of(module: ast.Module) -> ast.FunctionDef:
    return next(node for node in reversed(module.body) if isinstance(node, ast.FunctionDef))


def number(module: ast.Module, node: ast.expr) -> int:
    """What a literal or a constant of the module is."""
    if isinstance(node, ast.Name):
        value = next(one.value for one in module.body if isinstance(one, ast.Assign) and one.targets[0].id == node.id)
        node = value.args[0] if isinstance(value, ast.Call) else value
    assert isinstance(node, ast.Constant)
    return node.value


def branches(module: ast.Module) -> list[int]:
    """The kinds that a chain of tests asks for; -1 for what is left."""
    chain = next(
        node
        for node in ast.walk(kernel_of(module))
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and isinstance(node.test.ops[0], ast.Eq)
        and node.orelse
    )
    kinds = []
    while True:
        kinds.append(number(module, chain.test.comparators[0]))
        if not chain.orelse:
            return kinds
        if not isinstance(chain.orelse[0], ast.If) or not isinstance(chain.orelse[0].test.ops[0], ast.Eq):
            return [*kinds, -1]
        chain = chain.orelse[0]


@pytest.mark.parametrize("size", LEAST)
@pytest.mark.parametrize("category", ["control_flow", "vector"])
def test_each_sensor_has_a_kind_and_each_kind_a_branch(size, category):
    for module in programs(readings.read_sensors, size, category, 8):
        kinds = branches(module)
        assert len(kinds) >= LEAST[size]
        assert kinds in (list(range(len(kinds))), [*range(len(kinds) - 1), -1])


@pytest.mark.parametrize("size", LEAST)
def test_flags_are_bits_of_their_own(size):
    for module in programs(readings.requested, size, "control_flow", 12):
        tests = [node.test for node in kernel_of(module).body if isinstance(node, ast.If)]
        masked = [
            number(module, test.left.right)
            for test in tests
            if isinstance(test, ast.Compare) and isinstance(test.left, ast.BinOp) and isinstance(test.ops[0], ast.NotEq)
        ]
        switches = [test for test in tests if isinstance(test, ast.Name)]
        assert len(masked or switches) >= LEAST[size]
        assert masked == [1 << n for n in range(len(masked))]


def test_nothing_that_is_asked_for_is_written_twice():
    for module in programs(readings.requested, "large", "combined", 12):
        stores = [
            ast.unparse(target)
            for node in ast.walk(kernel_of(module))
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Subscript)
        ]
        assert len(set(stores)) == len(stores)
