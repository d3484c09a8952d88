"""The word tables: usable as parts of identifiers, without doubles, and their frozen lists still true."""

from __future__ import annotations

import builtins
import keyword

import pytest
from warp._src.context import builtin_functions

from warp_jit_pairs.grammar import words


@pytest.mark.parametrize("name", words.FIELDS)
def test_fields_hold_what_kernels_are_about(name: str) -> None:
    table = words.FIELDS[name]
    assert len(set(table)) == len(table) >= 15
    assert all(word.isidentifier() and word == word.lower() for word in table)


def test_reserved_lists_cover_this_python_and_this_warp() -> None:
    assert set(keyword.kwlist) <= set(words.KEYWORDS)
    assert {name for name in dir(builtins) if name.islower() and name[0] != "_"} <= set(words.PYTHON_NAMES)
    assert set(builtin_functions) == set(words.WARP_NAMES)
    assert set(words.VARIABLES) <= set(words.WARP_NAMES)
