"""Stored columns to answers: compiles a row's C++, launches its stored inputs, and returns every array's bytes.

The argument types are read from the generated C++ itself; the row's Python is never run. `serve_replay` is what runs
inside the sandbox: it gets no expected outputs, so that nothing in there can answer with them. Comparing is left to
`reverify.py`.
"""

from __future__ import annotations

import base64
import json
import pickle
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from .compile import Clang, Unit, compile_units, precompiled_headers
from .errors import Rejected
from .execute import Answer, Executor, Launch, Limits
from .reference.handles import with_handles
from .reference.layout import (
    HANDLES,
    SCALARS,
    Argument,
    ArrayType,
    Composite,
    HandleType,
    StructType,
    ValueType,
    handle_type,
    index_leaf,
)

Leaves = Mapping[str, np.ndarray[Any, Any]]

UNREADABLE = "arguments cannot be read"

_FIELD = re.compile(r"^\s*([^()=]+?)\s+(\w+);$")
_BLOCK = {"vec_t": "vector", "mat_t": "matrix", "quat_t": "quaternion", "transform_t": "transform"}
_TEXTURES = {"texture1d_t": "texture1d", "texture2d_t": "texture2d", "texture3d_t": "texture3d"}
_FIXED = {"quat_t": (4,), "transform_t": (7,)}


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """One row's code and launches: extents and input leaves by name; `ndims` are the argument arrays' dimensions.

    `signature` is code whose argument struct says how arguments are laid out, where that of `unit` may be wrong. With
    `seeds`, a gradient of the outputs for each case, the adjoint is run too.
    """

    unit: Unit
    ndims: dict[str, int]
    cases: list[tuple[tuple[int, ...], dict[str, np.ndarray[Any, Any]]]]
    signature: Unit | None = None
    seeds: list[dict[str, np.ndarray[Any, Any]]] = field(default_factory=list)


# -- argument types from generated C++


def _fields(code: str, name: str) -> list[tuple[str, str]]:
    """Type and name of each field of a C++ struct."""
    found = re.search(rf"^struct {re.escape(name)}\s*\{{\n(.*?)^\}};", code, re.MULTILINE | re.DOTALL)
    if found is None:
        raise Rejected(UNREADABLE, f"no struct {name}")
    fields = []
    for line in found[1].splitlines():
        match = _FIELD.match(line)
        if match is None:
            break  # constructors and operators follow the fields
        fields.append((match[1], match[2]))
    return fields


def _value_type(text: str, support: str, ndim: int, depth: int = 0) -> ValueType:
    """A C++ type as `layout.py` describes it; `ndim` is for an array."""
    if depth > 8:
        raise Rejected(UNREADABLE, "structs nest too deep")
    bare = text.removeprefix("wp::")
    if bare in SCALARS:
        return Composite("scalar", bare)
    if bare in _TEXTURES:
        return handle_type(_TEXTURES[bare])
    if bare == "half":
        return Composite("scalar", "float16")
    outer, _, inner = bare.partition("<")
    inner = inner.removesuffix(">")
    if outer in ("array_t", "indexedarray_t"):
        item = _value_type(inner.strip(), support, 0, depth + 1)
        if isinstance(item, (Composite, StructType)):
            return ArrayType(item, ndim, indexed=outer == "indexedarray_t")
    if outer in _BLOCK:
        *sizes, scalar = (part.strip() for part in inner.split(","))
        shape = _FIXED.get(outer) or tuple(int(size) for size in sizes if size.isdecimal())
        return Composite(_BLOCK[outer], _scalar(scalar), shape)
    if re.fullmatch(r"\w+", bare) and not text.startswith("wp::"):
        fields = [(name, _value_type(kind, support, 1, depth + 1)) for kind, name in _fields(support, bare)]
        return StructType(bare, tuple(fields))
    raise Rejected(UNREADABLE, f"type {text[:60]}")


def _scalar(text: str) -> str:
    bare = text.removeprefix("wp::").replace("half", "float16")
    if bare not in SCALARS:
        raise Rejected(UNREADABLE, f"scalar {text[:60]}")
    return bare


def arguments_of(unit: Unit, ndims: Mapping[str, int], leaves: Leaves | None = None) -> tuple[Argument, ...]:
    """The arguments of a kernel, from its generated C++; which ids are handles, and to what, from its stored inputs.

    Raises:
        Rejected: they cannot be read, or are of a kind that no test case holds.
    """
    fields = _fields(unit.forward, f"wp_args_{unit.kernel}")
    handles = _handles(leaves or {})
    found = ((name, _value_type(kind, unit.support, ndims.get(name, 0))) for kind, name in fields)
    return tuple(Argument(name, with_handles(kind, name, handles)) for name, kind in found)


def _handles(leaves: Leaves) -> dict[str, HandleType]:
    """Handles by path: where all that an object is made of is stored, and nothing else."""
    parts: dict[str, set[str]] = {}
    for leaf in leaves:
        path, _, name = leaf.rpartition(".")
        parts.setdefault(path, set()).add(name)
    kinds = {frozenset(name for name, _ in fields): kind for kind, fields in HANDLES.items()}
    return {path: handle_type(kinds[frozenset(p)]) for path, p in parts.items() if frozenset(p) in kinds}


# -- stored leaves to argument values


def inputs_of(arguments: Sequence[Argument], leaves: Leaves, dim: Sequence[int]) -> dict[str, Any]:
    """Values to launch with, put together from stored leaves.

    Raises:
        Rejected: a leaf is missing or does not fit its argument.
    """
    return {argument.name: _value(argument.name, argument.type, leaves, dim) for argument in arguments}


def _value(name: str, kind: ValueType, leaves: Leaves, dim: Sequence[int]) -> Any:
    if isinstance(kind, HandleType):
        return {inner: _part(f"{name}.{inner}", field, leaves) for inner, field in HANDLES[kind.name]}
    if isinstance(kind, StructType):
        return {inner: _value(f"{name}.{inner}", inner_kind, leaves, dim) for inner, inner_kind in kind.fields}
    if isinstance(kind, ArrayType) and kind.indexed:
        data = _value(name, ArrayType(kind.item, kind.ndim), leaves, dim)
        return data, tuple(leaves.get(index_leaf(name, axis)) for axis in range(kind.ndim))
    if isinstance(kind, ArrayType) and isinstance(kind.item, StructType):
        return _items(name, kind.item, leaves, kind.ndim, dim)
    if isinstance(kind, ArrayType) and "." in name and name not in leaves:
        return None  # an array in a struct may be left out
    item = kind.item if isinstance(kind, ArrayType) else kind
    assert isinstance(item, Composite)
    data = _leaf(name, item, leaves)
    if isinstance(kind, Composite) and data.shape != kind.shape:
        raise Rejected(UNREADABLE, f"{name} has another shape than its type")
    return data


def _part(name: str, field: ArrayType, leaves: Leaves) -> np.ndarray[Any, Any]:
    """One array of what an object is made of."""
    assert isinstance(field.item, Composite)
    data = _leaf(name, field.item, leaves)
    if data.ndim != field.ndim + len(field.item.shape):
        raise Rejected(UNREADABLE, f"{name} has another shape than its type")
    return data


def _leaf(name: str, item: Composite, leaves: Leaves) -> np.ndarray[Any, Any]:
    if name not in leaves:
        raise Rejected(UNREADABLE, f"no input {name}")
    data, places = leaves[name], len(item.shape)
    if data.dtype != np.dtype(SCALARS[item.scalar][0]) or (places and data.shape[-places:] != item.shape):
        raise Rejected(UNREADABLE, f"{name} has another type than its argument")
    return data


def _items(name: str, kind: StructType, leaves: Leaves, ndim: int, dim: Sequence[int]) -> np.ndarray[Any, Any]:
    """An array of structs; its leaves are stored flat, so that of more than one dimension it must fit the launch."""
    first = next((data for leaf, data in leaves.items() if leaf.startswith(f"{name}.")), None)
    if first is None or not first.ndim:
        raise Rejected(UNREADABLE, f"no input {name}")
    shape = (len(first),) if ndim <= 1 else tuple(dim)
    if len(shape) != max(ndim, 1) or int(np.prod(shape)) != len(first):
        raise Rejected(UNREADABLE, f"shape of {name} is not stored")
    items = np.zeros(len(first), kind.dtype)
    _fill(name, kind, leaves, items)
    return items.reshape(shape)


def _fill(name: str, kind: StructType, leaves: Leaves, items: np.ndarray[Any, Any]) -> None:
    for inner, inner_kind in kind.fields:
        if isinstance(inner_kind, StructType):
            _fill(f"{name}.{inner}", inner_kind, leaves, items[inner])
        elif isinstance(inner_kind, Composite):
            data = _leaf(f"{name}.{inner}", inner_kind, leaves)
            if data.shape != items[inner].shape:
                raise Rejected(UNREADABLE, f"{name}.{inner} has another shape than its type")
            items[inner] = data


# -- compile and launch


def replay(rows: Sequence[ReplayRow], limits: Limits) -> list[dict[str, Any]]:
    """Compile and launch rows; a row gives `{"reason": …}` or `{"cases": [answer of each]}`, ready for JSON."""
    results: list[dict[str, Any]] = [{"cases": []} for _ in rows]
    modules, failed = compile_units([row.unit for row in rows], Clang())
    for place, reason in failed.items():
        results[place] = {"reason": str(reason)}
    with Executor(limits) as executor:
        for module in modules:
            launches, owners = [], []
            for position, place in enumerate(module.members):
                try:
                    made = _launches(rows[place], position)
                except Rejected as reason:
                    results[place] = {"reason": str(reason)}
                    continue
                launches += made
                owners += [place] * len(made)
            dimensions = [rows[place].unit.dimensions for place in module.members]
            for owner, answer in zip(owners, executor.run(module.object, dimensions, launches), strict=True):
                results[owner]["cases"].append(_told(answer))
    return results


def _launches(row: ReplayRow, position: int) -> list[Launch]:
    if not row.cases:
        return []  # of such a row the arguments may be of a kind that cannot be passed
    made = []
    for place, (dim, leaves) in enumerate(row.cases):
        seeds = row.seeds[place] if row.seeds else None
        arguments = arguments_of(row.signature or row.unit, row.ndims, leaves)
        made.append(Launch(position, dim, arguments, inputs_of(arguments, leaves, dim), seeds))
    return made


def _told(answer: Answer) -> dict[str, Any]:
    if answer.reason:
        return {"reason": answer.reason}
    told = {"outputs": _encoded(answer.outputs)}
    return told | {"gradients": _encoded(answer.gradients)} if answer.gradients else told


def _encoded(arrays: Leaves) -> dict[str, str]:
    return {name: base64.b64encode(data.tobytes()).decode() for name, data in arrays.items()}


def serve_replay(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Replay the rows that stand pickled on `incoming`; what goes out is JSON, which the caller can read safely."""
    rows, limits = pickle.load(incoming)
    outgoing.write(json.dumps(replay(rows, limits)).encode())
    outgoing.flush()


PROGRAM = """\
import os, sys
sys.path.append(sys.argv[1])
os.environ["XDG_CACHE_HOME"] = sys.argv[2]
from warp_jit_pairs.replay import serve_replay
serve_replay(sys.stdin.buffer, sys.stdout.buffer)
"""
"""The worker's program; `-P` keeps the working folder, where any module may lie, off its path."""


def worker_command() -> tuple[list[str], list[Path]]:
    """The worker as a command, and what it must be able to read: this package, and the caller's precompiled headers."""
    headers = precompiled_headers(0)
    cache = "/tmp" if headers is None else str(headers.parent.parent.absolute())
    command = [sys.executable, "-P", "-c", PROGRAM, str(Path(__file__).parent.parent), cache]
    return command, [] if headers is None else [headers]
