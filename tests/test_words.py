"""The word tables: usable as parts of identifiers, without doubles, and their frozen lists still true."""

from __future__ import annotations

import builtins
import keyword
import re

import pytest
from warp._src.context import builtin_functions

from warp_jit_pairs.grammar import words


@pytest.mark.parametrize("name", words.FIELDS)
def test_fields_hold_words_of_each_sort(name: str) -> None:
    field = words.FIELDS[name]
    assert len(field.entities) >= 15
    assert len(field.verbs) >= 10
    assert len(field.scalars) >= 20
    assert len(field.vectors) >= 3
    assert len(field.structs) >= 5
    assert all(word[0].isupper() and word.isidentifier() for word in field.structs)
    for table in (field.entities, field.adjectives, field.verbs, field.scalars, field.vectors):
        assert len(set(table)) == len(table)
        assert all(word.isidentifier() and word == word.lower() for word in table)


@pytest.mark.parametrize("role", words.ROLES)
def test_roles_hold_identifiers_without_doubles(role: str) -> None:
    heads = words.ROLES[role]
    assert len(set(heads)) == len(heads) >= 3
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", head) for head in heads)


def test_reserved_lists_cover_this_python_and_this_warp() -> None:
    assert set(keyword.kwlist) <= set(words.KEYWORDS)
    assert {name for name in dir(builtins) if name.islower() and name[0] != "_"} <= set(words.PYTHON_NAMES)
    assert set(builtin_functions) == set(words.WARP_NAMES)
    assert set(words.VARIABLES) <= set(words.WARP_NAMES)


def test_no_word_is_harvested_wholesale() -> None:
    """The tables are words; the many identifiers are made by putting them together."""
    vocabulary = {word for field in words.FIELDS.values() for word in (*field.entities, *field.scalars, *field.vectors)}
    assert len(vocabulary) > 700
    assert max(word.count("_") for word in vocabulary) <= 2
