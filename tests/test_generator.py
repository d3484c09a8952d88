"""The public entry points of generation."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from warp_jit_pairs.errors import UnknownNameError, UsageError
from warp_jit_pairs.generator import MIXED, generate_kernel, generate_kernels
from warp_jit_pairs.grammar import CATEGORIES, SIZES

GOLDEN = Path(__file__).parent / "golden" / "programs.sha256"


def statements(source: str) -> int:
    return sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(source)))


def test_a_spec_says_what_its_source_says():
    for category in CATEGORIES:
        spec = generate_kernel(category, 11)
        function = next(
            node
            for node in ast.parse(spec["source"]).body
            if isinstance(node, ast.FunctionDef) and any("wp.kernel" in ast.unparse(d) for d in node.decorator_list)
        )
        assert function.name == spec["name"]
        assert {a.arg: ast.unparse(a.annotation) for a in function.args.args} == {
            name: ast.unparse(ast.parse(text, mode="eval")) for name, text in spec["arg_types"].items()
        }
        assert set(spec["metadata"]["args"]) == set(spec["arg_types"])
        assert spec["category"] == category
        assert spec["description"]


def test_the_facts_name_known_dimensions():
    for category in CATEGORIES:
        for seed in range(20):
            metadata = generate_kernel(category, seed)["metadata"]
            dims = metadata["dims"]
            assert set(metadata["launch"]["dims"]) <= set(dims)
            assert 1 <= len(metadata["launch"]["dim"]) <= 4
            assert set(metadata["fixed"]) <= set(dims)
            for symbol, (base, times, plus) in metadata["follows"].items():
                assert dims[symbol] == times * dims[base] + plus
            for facts in metadata["args"].values():
                assert set(facts.get("shape", ())) <= set(dims)
                assert facts.get("bound", next(iter(dims))) in dims
                assert facts["role"] in ("in", "out", "inout")


def test_an_output_is_written_by_every_kernel():
    for category in CATEGORIES:
        for seed in range(20):
            spec = generate_kernel(category, seed)
            roles = {facts["role"] for facts in spec["metadata"]["args"].values()}
            handles = any("handle" in facts for facts in spec["metadata"]["args"].values())
            assert roles & {"out", "inout"} or handles, spec["source"]


def test_the_same_arguments_give_the_same_kernel():
    assert generate_kernel("math", 2**63 + 5) == generate_kernel("math", 2**63 + 5)
    assert generate_kernel("math", 1)["source"] != generate_kernel("math", 2)["source"]


def test_seeded_programs_are_the_same_everywhere():
    """In processes with other hash seeds, and on every machine and Python version: those of the golden hash.

    Whoever changes programs on purpose brings the hash up to date with WJP_REGENERATE_GOLDEN=1.
    """
    code = (
        "import hashlib; from warp_jit_pairs.generator import generate_kernels; "
        "text = ''.join(s['source'] for s in generate_kernels(48, seed=3)); "
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    if os.environ.get("WJP_REGENERATE_GOLDEN") == "1":
        GOLDEN.write_text(*found, encoding="utf-8")
    assert found == {GOLDEN.read_text(encoding="utf-8")}


@pytest.mark.slow
def test_no_program_of_thousands_depends_on_the_hash_seed():
    code = (
        "from hashlib import md5; from warp_jit_pairs.generator import generate_kernels; "
        "print(*(md5(s['source'].encode()).hexdigest() for s in generate_kernels(4800, seed=5)))"
    )
    command = [sys.executable, "-c", code]
    one, other = (
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout.split()
        for seed in ("1", "2")
    )
    assert [n for n, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_larger_sizes_are_larger(category):
    mean = [sum(statements(generate_kernel(category, seed, size)["source"]) for seed in range(30)) for size in SIZES]
    assert mean[0] < mean[2]


def test_the_mix_draws_every_size():
    assert set(MIXED) == set(SIZES)
    assert {generate_kernel("vector", seed)["metadata"]["size"] for seed in range(30)} == set(SIZES)


def test_a_batch_takes_the_categories_in_turn():
    specs = generate_kernels(6, ["atomic", "math"], seed=4)
    assert [spec["category"] for spec in specs] == ["atomic", "math"] * 3
    assert specs == generate_kernels(6, ["atomic", "math"], seed=4)
    assert specs != generate_kernels(6, ["atomic", "math"], seed=5)


def test_bad_requests_are_refused():
    with pytest.raises(UnknownNameError, match="arithmetic"):
        generate_kernel("poetry", 0)
    with pytest.raises(UnknownNameError, match="mixed"):
        generate_kernel("math", 0, "huge")
    for count in (0, -3):
        with pytest.raises(UsageError, match="positive"):
            generate_kernels(count)
    with pytest.raises(UsageError, match="category"):
        generate_kernels(3, [])
