"""Types: each row against Warp's own type of that name."""

from __future__ import annotations

import pytest
import warp as wp

from warp_jit_pairs import types as t
from warp_jit_pairs.grammar import registry


@pytest.mark.parametrize("scalar", t.SCALARS, ids=lambda s: s.name)
def test_scalars_are_warps(scalar):
    assert registry.to_warp(scalar) is getattr(wp, scalar.name)
    if scalar is not t.BOOL:
        assert registry.from_warp(getattr(wp, scalar.name)) is scalar


@pytest.mark.parametrize("scalar", [s for s in t.SCALARS if s not in (t.BOOL, t.BF16)], ids=lambda s: s.name)
@pytest.mark.parametrize("length", [2, 3, 4])
def test_named_vectors_are_spelled_as_warp_spells_them(scalar, length):
    vector = t.vec(length, scalar)
    assert vector.named
    named = getattr(wp, str(vector).removeprefix("wp."))
    assert named._wp_scalar_type_ is registry.to_warp(scalar)
    assert named._shape_ == (length,)


@pytest.mark.parametrize(
    "value",
    [
        t.quat(),
        t.quat(t.F64),
        t.transform(),
        t.transform(t.F16),
        t.spatial(),
        t.spatial(t.F64),
        t.mat(3, 3),
        t.mat(2, 2, t.F64),
    ],
    ids=str,
)
def test_composites_go_to_warp_and_back(value):
    assert getattr(wp, str(value).removeprefix("wp.")) is not None
    assert registry.from_warp(registry.to_warp(value)) == value


def test_other_sizes_are_made_with_a_constructor():
    assert str(t.vec(5)) == "wp.types.vector(length=5, dtype=wp.float32)"
    assert str(t.mat(2, 3, t.F64)) == "wp.types.matrix(shape=(2, 3), dtype=wp.float64)"
    assert registry.from_warp(registry.to_warp(t.mat(2, 3, t.F64))) == t.mat(2, 3, t.F64)


@pytest.mark.parametrize(
    ("value", "part"),
    [
        (t.vec(3, t.F64), t.F64),
        (t.mat(2, 3), t.vec(3)),
        (t.quat(), t.F32),
        (t.FixedArray(t.I32, 4), t.I32),
        (t.Array(t.vec(3), 1), t.vec(3)),
        (t.Array(t.F32, 2), t.Array(t.F32, 1)),
    ],
)
def test_components(value, part):
    assert t.component(value) == part


def test_what_has_no_components_says_so():
    with pytest.raises(TypeError, match="cannot be indexed"):
        t.component(t.F32)
