"""What the studies' tables say of sheets is about laws and quantities that these sheets have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from warp_jit_pairs.grammar import (
    chance_laws,
    chance_studies,
    differentiated,
    dispatches,
    field_operators,
    frame_uses,
    framed_pairs,
    line_fits,
    moments,
    moving_frames,
    places,
    purposes,
    quantities,
    readings,
    sensitivities,
    studies,
    sweeps,
    topics,
    whole_states,
    window_studies,
)
from warp_jit_pairs.grammar.laws import sheet, sheet_names

Wanted = Iterator[tuple[str, str]]


def listed(table: dict[str, str]) -> Wanted:
    """Of rows "kind: name name; kind: name"."""
    for field, text in table.items():
        for part in text.split(";"):
            yield from ((field, name) for name in part.partition(":")[2].split())


def words(table: dict[str, str]) -> Wanted:
    yield from ((field, name) for field, text in table.items() for name in text.split())


def given(table: dict[str, str]) -> Wanted:
    """Of rows "law:quantity,quantity law:quantity"."""
    for field, text in table.items():
        for part in text.split():
            law, _, names = part.partition(":")
            yield field, law
            yield from ((field, name) for name in filter(None, names.split(",")))


def dotted(table: dict[str, str]) -> Wanted:
    for text in table.values():
        for part in text.split():
            field, *names = part.split(".")
            yield from ((field, name) for name in names)


def firsts(table: dict[str, str]) -> Wanted:
    """Of rows "quantity.word quantity.word"."""
    yield from ((field, part.partition(".")[0]) for field, text in table.items() for part in text.split())


def sheets(*tables: object) -> Wanted:
    yield from ((field, "") for table in tables for field in table)  # type: ignore[attr-defined]


TABLES = {
    "purposes": listed(purposes._QUANTITIES),
    "fields": listed(places._FIELDS),
    "spreading": words(places._SPREADING),
    "exchanged": words(places._EXCHANGED),
    "out of a frame": given(frame_uses._OUT),
    "into a frame": given(frame_uses._IN),
    "pushes": given(frame_uses._PUSHES),
    "gathered": given(frame_uses._GATHERED),
    "mounted": sheets(frame_uses._MOUNTED),
    "instruments": words(chance_studies._INSTRUMENTS),
    "chances": firsts(chance_studies._CHANCES),
    "rates": firsts(chance_studies._RATES),
    "what leads": words(framed_pairs._LED),
    "moments": dotted(moments._FAMILIES),
    "derivatives": dotted(differentiated.MAPS),
    "sheets": sheets(
        *(dispatches._FOR_ALL, purposes._AT_ONCE, quantities._ABSTRACT, quantities._STEERED, topics._SIMULATED),
        *(chance_laws._DESIGNED, line_fits._SHEETS, field_operators.FLAT, topics._GEOMETRIC),
        *(readings._SENSED, readings._MEASURED, whole_states._OBSERVED, window_studies._SERIES, window_studies._LINES),
        *(sensitivities._MEASURED, moving_frames.CARRIERS),
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_what_sheets_have(name):
    unknown = []
    for field, one in TABLES[name]:
        if field not in sheet_names():
            unknown.append(f"sheet {field}")
            continue
        known = sheet(field)
        laws = {law.name for law in known.laws} | {gives for law in known.laws for gives in law.gives}
        if one and one not in known.quantities and one not in laws:
            unknown.append(f"{field}.{one}")
    assert unknown == []


EVERYWHERE = {
    "places of cells": places._PLACED,
    "what stays the same": purposes._STILL,
    "what is integrated over": sweeps._RANGES,
    "what is in every table": chance_laws._KNOWN,
    "places of samples": frozenset(line_fits._PLACES),
    "what is asked first": studies._STANDING,
    "steps": studies.STEPS,
}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_what_is_said_of_all_sheets_is_about_quantities_of_some(name):
    known = {quantity for one in sheet_names() for quantity in sheet(one).quantities}
    assert EVERYWHERE[name] - known == set()


@pytest.mark.parametrize(
    "parts", [chance_laws._SETTINGS, chance_studies._OFFSET, quantities._UNMEASURED, studies._BRIEF]
)
def test_a_part_of_a_name_is_in_the_name_of_some_quantity(parts):
    known = " ".join(quantity for one in sheet_names() for quantity in sheet(one).quantities)
    assert [part for part in parts if part not in known] == []
