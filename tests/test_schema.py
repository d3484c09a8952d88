"""A record's columns are defined once; features, docs and ids follow from them."""

import dataclasses

import pyarrow as pa

from warp_jit_pairs.columns import CODE_COLUMNS
from warp_jit_pairs.schema import Record, arrow_schema, column_docs, record_id
from warp_jit_pairs.shards import features, to_table


def _columns() -> dict[str, str]:
    return {"python_source": "p", **{name: f"code of {name}" for name in CODE_COLUMNS}}


def test_schema_features_and_docs_list_the_fields_of_a_record() -> None:
    names = [field.name for field in dataclasses.fields(Record)]
    assert arrow_schema().names == names
    assert list(features()) == names
    assert list(column_docs()) == names
    assert all(column_docs().values())


def test_a_file_carries_the_features_that_datasets_would_write() -> None:
    assert to_table([]).schema.equals(features().arrow_schema, check_metadata=True)


def test_code_columns_are_text_columns_with_a_line_map_each() -> None:
    schema = arrow_schema()
    assert all(schema.field(name).type == pa.string() for name in CODE_COLUMNS)
    assert [field.name for field in schema.field("line_map").type] == list(CODE_COLUMNS)


def test_an_id_depends_on_every_code_column_and_on_nothing_else() -> None:
    base = record_id(_columns())
    assert record_id(_columns() | {"category": "other"}) == base
    changed = {record_id(_columns() | {name: "other"}) for name in _columns()}
    assert len(changed) == len(_columns())
    assert base not in changed
    # Text that moves from one column to the next is another record.
    assert record_id(_columns() | {"cpp_forward": "ab", "cpp_backward": "c"}) != record_id(
        _columns() | {"cpp_forward": "a", "cpp_backward": "bc"}
    )
