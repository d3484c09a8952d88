"""Inputs: domains, edges, bounds, sentinels, and the same bytes for the same seed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.inputs import DISTRIBUTIONS, SENTINEL, Case, Facts, constants, make_case, resized, standard_cases
from warp_jit_pairs.reference import Argument, ArrayType, Composite, Reference, StructType

FLOAT = Composite("scalar", "float32")
INDEX = Composite("scalar", "int32")
FACTS = Facts(
    ("n",),
    {"n": 16, "m": 8, "edges": 17, "many": 64},
    frozenset({"m"}),
    {
        "x": {"role": "in", "low": -2.0, "high": 3.0, "shape": ["n"]},
        "pick": {"role": "in", "low": 0, "high": 99, "bound": "m", "shape": ["n"]},
        "starts": {"role": "in", "low": 0, "high": 5, "sorted": True, "shape": ["edges"]},
        "rows": {"role": "in", "offsets_into": "m", "shape": ["edges"]},
        "parent": {"role": "in", "low": -1, "high": 99, "bound": "m", "shape": ["many"]},
        "turn": {"role": "in", "shape": ["n"]},
        "count": {"role": "in", "low": 1, "high": 64, "equals": "n"},
        "out": {"role": "out", "shape": ["m"]},
    },
    {"edges": ("n", 1, 1)},
)
ARGUMENTS = (
    Argument("x", ArrayType(FLOAT, 1)),
    Argument("pick", ArrayType(INDEX, 1)),
    Argument("starts", ArrayType(INDEX, 1)),
    Argument("rows", ArrayType(INDEX, 1)),
    Argument("parent", ArrayType(INDEX, 1)),
    Argument("turn", ArrayType(Composite("quaternion", "float32", (4,)), 1)),
    Argument("count", INDEX),
    Argument("out", ArrayType(FLOAT, 1)),
)


def draw(distribution: str = "uniform", variant: int = 0, seed: int = 5, numbers: tuple[float, ...] = (0.75,)) -> Case:
    return make_case(ARGUMENTS, FACTS, numbers, seed, distribution, variant)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("variant", [0, 1, 2])
def test_values_keep_to_what_is_known(distribution: str, variant: int) -> None:
    case = draw(distribution, variant)
    sizes = resized(FACTS, variant)
    assert sizes["m"] == 8
    assert sizes["edges"] == sizes["n"] + 1
    assert case.dim == (sizes["n"],)
    assert case.inputs["x"].shape == (sizes["n"],)
    assert case.inputs["x"].min() >= -2.0
    assert case.inputs["x"].max() <= 3.0
    assert case.inputs["pick"].min() >= 0
    assert case.inputs["pick"].max() < 8
    assert (np.diff(case.inputs["starts"]) >= 0).all()
    rows, parent = case.inputs["rows"], case.inputs["parent"]
    assert (np.diff(rows) >= 0).all()
    assert (rows[0], rows[-1], rows.shape) == (0, 8, (sizes["edges"],))
    assert parent.min() == -1
    assert parent.max() == 7
    assert 0.05 < (parent == -1).mean() < 0.4
    assert case.inputs["count"] == sizes["n"]
    np.testing.assert_allclose(np.linalg.norm(case.inputs["turn"], axis=1), 1.0, rtol=1e-6)
    assert (case.inputs["out"] == np.float32(SENTINEL)).all()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again, other = draw(), draw(), draw(seed=6)
    assert all(first.inputs[name].tobytes() == again.inputs[name].tobytes() for name in first.inputs)
    assert first.inputs["x"].tobytes() != other.inputs["x"].tobytes()


def test_known_bytes() -> None:
    assert draw().inputs["x"][:2].tolist() == [2.025014638900757, 2.039703845977783]


@pytest.mark.parametrize("variant", [1, 2])
def test_other_shapes_have_no_equal_neighbours(variant: int) -> None:
    facts = Facts(("a", "b", "c"), {"a": 4, "b": 4, "c": 4}, frozenset(), {})
    sizes = list(resized(facts, variant).values())
    assert all(size >= 2 for size in sizes)
    assert all(a != b for a, b in itertools.pairwise(sizes))


def test_near_lies_beside_the_constants() -> None:
    values = np.concatenate([draw("near", seed=seed).inputs["x"] for seed in range(20)])
    distance = np.abs(values - 0.75)
    assert ((distance > 0.01) & (distance < 0.13)).mean() > 0.1
    assert not (distance == 0.0).any()


PLAIN = "import warp as wp\n\n@wp.kernel\ndef k(x: wp.array(dtype=float)):\n    i = wp.tid()\n    x[i] = 1.0\n"


def test_ties_and_short_launches_are_drawn_for_who_needs_them() -> None:
    facts = Facts(("n",), {"n": 16}, frozenset(), {"x": {"role": "in", "shape": ["n"]}})
    arguments = (Argument("x", ArrayType(FLOAT, 1)),)
    plain = standard_cases(arguments, facts, PLAIN, 1)
    assert {case.distribution for case in plain} == {"uniform", "edges", "normal"}
    compared = standard_cases(arguments, facts, PLAIN.replace("x[i] = 1.0", "if x[i] < 1.0:\n        x[i] = 1.0"), 1)
    assert compared[-1].distribution == "coarse"
    permuted = Facts(("n",), {"n": 16}, frozenset(), {"x": {"role": "in", "shape": ["n"], "distinct": True}})
    assert standard_cases(arguments, permuted, PLAIN, 1)[-1].dim == (14,)


def test_edges_hold_the_constants_and_their_neighbours() -> None:
    values = set()
    for seed in range(20):
        values |= set(draw("edges", seed=seed).inputs["x"].tolist())
    c = np.float32(0.75)
    wanted = [c, np.nextafter(c, np.float32(9)), np.nextafter(c, np.float32(-9)), c - 0.5, c + 0.5, -2.0, 3.0]
    assert {float(value) for value in wanted} <= values


def test_constants_of_a_source() -> None:
    assert constants("x = 3\nif y < -0.5 and z > 1e9:\n    pass\n") == (-3.0, -0.5, 0.5, 3.0)


def test_structs_of_plain_values_and_of_other_structs() -> None:
    inner = StructType("Inner", (("v", Composite("vector", "float64", (2,))), ("ok", Composite("scalar", "bool"))))
    outer = StructType("Outer", (("inner", inner), ("n", INDEX)))
    arguments = (Argument("state", outer), Argument("items", ArrayType(outer, 1)))
    facts = Facts(("n",), {"n": 16}, frozenset(), {"items": {"shape": ["n"]}})
    case = make_case(arguments, facts, (), 1, "uniform")
    assert case.inputs["state"]["inner"]["v"].shape == (2,)
    assert case.inputs["items"]["inner"]["v"].shape == (16, 2)
    assert case.inputs["items"].dtype == outer.dtype


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_generated_kernels_get_several_shapes_seeds_and_distributions(category: str) -> None:
    spec = generate_kernel(category, 1)
    reference = Reference(spec["source"])
    cases = standard_cases(reference.arguments, Facts.of(spec["metadata"]), spec["source"], 9)
    assert len({case.seed for case in cases}) >= 3
    assert len({case.distribution for case in cases}) >= 3
    for case in cases:
        assert int(np.prod(case.dim)) <= 1024
        for argument in reference.arguments:
            if isinstance(argument.type, ArrayType) and isinstance(argument.type.item, Composite):
                value = case.inputs[argument.name]
                data = value[0] if argument.type.indexed else value
                assert data.ndim == argument.type.ndim + len(argument.type.item.shape)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_corners_of_an_element_differ(distribution: str) -> None:
    facts = Facts(("n",), {"n": 12, "m": 5}, frozenset(), {"faces": {"shape": ["n"], "bound": "m", "corners": 3}})
    kind = ArrayType(INDEX, 1)
    faces = make_case([Argument("faces", kind)], facts, (), 7, distribution).inputs["faces"].reshape(4, 3)
    assert all(len(set(face)) == 3 for face in faces.tolist())
    assert faces.min() >= 0
    assert faces.max() <= 4
