"""Harvested kernels that a GPU is not given, because the text does not tell how they are launched."""

from __future__ import annotations

import pytest

from warp_jit_pairs.extract import Extracted, extract_batch
from warp_jit_pairs.verify_harvested import unlaunchable

HEAD = "import warp as wp\n\n\n@wp.kernel\ndef k(x: wp.array(dtype=float)):\n    i = wp.tid()\n"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("x[i] = 2.0 * x[i]", ""),
        ("x[i] = float(wp.block_dim())", "a block has one thread on a CPU"),
        ("t = wp.tile_load(x, shape=4)\n    wp.tile_store(x, t)", "how the harvested kernel is launched is not known"),
    ],
)
def test_what_is_launchable(body: str, why: str) -> None:
    source = f"{HEAD}    {body}\n"
    (code,) = extract_batch([source])
    assert isinstance(code, Extracted)
    reason = unlaunchable(source, code)
    assert (reason.reason if reason else "") == why
