"""What a record is: the one definition of its columns.

`Record` is a dataclass whose fields carry their Arrow type and one line of documentation; the Arrow schema, the
`datasets` features, the card's table and the tests derive from it. Computing the columns is left to the pipeline.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import pyarrow as pa

from .columns import CODE_COLUMNS, ORIGIN_FIELDS

_TEXT = pa.string()
_COUNT = pa.int32()
_NAMES = pa.list_(pa.string())
_LINES = pa.list_(pa.int32())

METADATA = pa.struct([("kernel_name", _TEXT), ("category", _TEXT), ("description", _TEXT), ("device", _TEXT)])
ARGUMENT = pa.struct([("name", _TEXT), ("type", _TEXT), ("dtype", _TEXT), ("ndim", _COUNT), ("role", _TEXT)])
LAUNCH = pa.struct(
    [
        ("dim", _LINES),
        ("block_dim", _COUNT),
        ("tiled", pa.bool_()),
        ("lanes", _COUNT),
        ("shared_forward", _COUNT),
        ("shared_backward", _COUNT),
    ]
)
FEATURES = pa.struct(
    [
        ("builtins", _NAMES),
        ("statements", _NAMES),
        ("dtypes", _NAMES),
        ("depth", _COUNT),
        ("lines", _COUNT),
        ("tokens", _COUNT),
    ]
)
LINE_MAP = pa.struct([(name, _LINES) for name in CODE_COLUMNS])
ARRAY = pa.struct([("name", _TEXT), ("dtype", _TEXT), ("shape", _LINES), ("data", pa.binary())])
"""Named numbers of one Warp scalar type, as little-endian bytes (bfloat16 as its 16 bits, bool as one byte)."""

TEST_CASE = pa.struct(
    [
        ("seed", pa.int64()),
        ("dim", _LINES),
        ("tolerance", pa.float64()),
        ("inputs", pa.list_(ARRAY)),
        ("outputs", pa.list_(ARRAY)),
    ]
)
VERIFICATION = pa.struct(
    [
        ("compiled", _TEXT),
        ("executed", _TEXT),
        ("gradient", _TEXT),
        ("cuda", _TEXT),
        ("reason", _TEXT),
        ("forward_error", pa.float64()),
        ("gradient_error", pa.float64()),
        ("branches", _COUNT),
        ("branches_missed", _NAMES),
        ("cuda_reason", _TEXT),
        ("cuda_error", pa.float64()),
        ("cuda_gradient_error", pa.float64()),
    ]
)
ORIGIN = pa.struct([(name, _COUNT if name == "line" else _TEXT) for name in ORIGIN_FIELDS])
PROVENANCE = pa.struct(
    [
        ("generator_version", _TEXT),
        ("seed", pa.int64()),
        ("size", _TEXT),
        ("warp_version", _TEXT),
        ("cuda_version", _TEXT),
        ("cuda_arch", _COUNT),
    ]
)


def _column(arrow_type: pa.DataType, doc: str) -> Any:
    return dataclasses.field(metadata={"type": arrow_type, "doc": doc})


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """One kernel and the code that Warp generates for it."""

    id: str = _column(_TEXT, "sha256 (32 hex digits) of the Python source and the code columns")
    category: str = _column(_TEXT, "what kind of kernel it is; also the name of a configuration")
    source: str = _column(_TEXT, "`synthetic`, or package, version, file and line of a harvested kernel")
    license: str = _column(_TEXT, "SPDX identifier of the licence of this row")
    origin: dict[str, Any] | None = _column(
        ORIGIN,
        "of a harvested kernel: package, version, module, file and line, and the copyright notice of that file; "
        "null if synthetic",
    )
    python_source: str = _column(_TEXT, "a self-contained Python file that defines the kernel")
    cpp_forward: str = _column(_TEXT, "C++ of the kernel's forward pass, as Warp generates it for the CPU")
    cpp_backward: str = _column(_TEXT, "C++ of the kernel's adjoint")
    cuda_forward: str = _column(_TEXT, "CUDA of the kernel's forward pass")
    cuda_backward: str = _column(_TEXT, "CUDA of the kernel's adjoint")
    support_cpp: str = _column(_TEXT, "C++ of the structs and functions that the kernel needs, empty if none")
    support_cuda: str = _column(_TEXT, "CUDA of the structs and functions that the kernel needs, empty if none")
    ptx_forward: str | None = _column(_TEXT, "PTX of the forward pass, a module that loads as it is; null if not built")
    ptx_backward: str | None = _column(_TEXT, "PTX of the adjoint, likewise")
    metadata: dict[str, Any] = _column(METADATA, "kernel name, category, description, and device of `cpp_forward`")
    args: list[dict[str, Any]] = _column(
        pa.list_(ARGUMENT), "the kernel's arguments: name, Warp type, scalar dtype, array dimensions, role in/out/inout"
    )
    launch: dict[str, Any] = _column(
        LAUNCH,
        "a launch that fits the kernel: dim (threads a dimension, empty if not known) and, on CUDA, block_dim "
        "(threads in a block), tiled "
        "(a block for each coordinate), lanes (1 if the last dimension counts a block's threads), bytes of dynamic "
        "shared memory",
    )
    features: dict[str, Any] = _column(
        FEATURES, "builtins, statement kinds and dtypes used; nesting depth; lines and tokens of `python_source`"
    )
    line_map: dict[str, Any] = _column(
        LINE_MAP, "for each code column: the line of `python_source` that each of its lines comes from, 0 if none"
    )
    test_cases: list[dict[str, Any]] = _column(
        pa.list_(TEST_CASE),
        "launches to repeat: inputs, and outputs that must agree within tolerance * max(1, |output|), NaN excepted",
    )
    verification: dict[str, Any] = _column(
        VERIFICATION,
        "compiled, executed, gradient: passed, unsupported or not run; cuda: passed, failed or not run; and why; worst "
        "errors; branches not taken",
    )
    structural_hash: str = _column(_TEXT, "hash of the program with names, literals and scalar widths blanked")
    provenance: dict[str, Any] = _column(
        PROVENANCE, "generator version, seed and size (null if harvested), Warp and CUDA versions, CUDA architecture"
    )


def arrow_schema() -> pa.Schema:
    """The Arrow schema of a record, columns in the order of `Record`."""
    return pa.schema([(field.name, field.metadata["type"]) for field in dataclasses.fields(Record)])


def column_docs() -> dict[str, str]:
    """Name and one line of documentation of each column, in order."""
    return {field.name: field.metadata["doc"] for field in dataclasses.fields(Record)}


def record_id(columns: dict[str, Any]) -> str:
    """Hash the columns that make a pair: the Python source and every code column.

    What later stages add (features, verification) does not change an id.
    """
    content = [columns["python_source"], *(columns[name] for name in CODE_COLUMNS)]
    return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()[:32]
