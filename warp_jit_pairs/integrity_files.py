"""Data integrity of the files: there, unchanged, laid out for streaming, and as the manifest and the card say."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub.repocard import metadata_load

from .card_head import configurations, splits_of
from .integrity import Built, file_check
from .manifest import Manifest, read_json
from .markdown import counts_table
from .plan import ROWS_PER_SHARD, SHARDS_PER_SPLIT
from .shards import MOST_IN_ROW_GROUP, features, sha256_of
from .supply import HARVESTED

_LINK = re.compile(r"\]\((?!https?://|#)([^)\s]+)\)")


@file_check("files")
def _files(built: Built) -> Iterator[str]:
    """Every file of the manifest is there, and is parquet; none in `data` is unknown to the manifest."""
    known = {built.path(shard) for shard in built.manifest.shards}
    for path in sorted(known):
        if not path.is_file():
            yield f"{path.relative_to(built.folder)} is missing"
            continue
        try:
            pq.read_metadata(path)
        except (pa.ArrowInvalid, OSError) as error:
            yield f"{path.relative_to(built.folder)} is no parquet file: {error}"
    for path in sorted((built.folder / "data").rglob("*")):
        if path.is_file() and path not in known:
            yield f"{path.relative_to(built.folder)} is not in the manifest"


@file_check("checksums")
def _checksums(built: Built) -> Iterator[str]:
    """Bytes are those of the manifest, and the Croissant description names the same."""
    for shard in built.manifest.shards:
        path = built.path(shard)
        if path.is_file() and (path.stat().st_size, sha256_of(path)) != (shard["bytes"], shard["sha256"]):
            yield f"{path.relative_to(built.folder)} differs from the manifest"
    plan = built.folder / "plan.json"
    if not plan.is_file() or hashlib.sha256(plan.read_bytes()).hexdigest() != built.manifest.plan_sha256:
        yield "plan.json is not the plan of the manifest"
    described = read_json(built.folder / "croissant.json") or {"distribution": []}
    named = {item["@id"]: item["sha256"] for item in described["distribution"] if "sha256" in item}
    if named != {f"data/{shard['name']}.parquet": shard["sha256"] for shard in built.manifest.shards}:
        yield "croissant.json names other files or checksums"


@file_check("schema")
def _schema(built: Built) -> Iterator[str]:
    """Columns and their types are those of `schema.py`, and each file carries the features for `datasets`."""
    expected = features().arrow_schema
    for shard in built.manifest.shards:
        if not _is_parquet(built, shard):
            continue
        found = pq.read_schema(built.path(shard))
        if not found.equals(expected):
            yield f"{shard['name']} has other columns: {_difference(found, expected)}"
        elif found.metadata != expected.metadata:
            yield f"{shard['name']} does not carry the features"


def _is_parquet(built: Built, shard: dict[str, Any]) -> bool:
    try:
        pq.read_metadata(built.path(shard))
    except (pa.ArrowInvalid, OSError):
        return False
    return True


def _difference(found: pa.Schema, expected: pa.Schema) -> str:
    for field in expected:
        if field.name not in found.names:
            return f"no {field.name}"
        if found.field(field.name) != field:
            return f"{field.name} is {found.field(field.name).type}"
    extra = [name for name in found.names if name not in expected.names]
    return f"{', '.join(extra)} unknown" if extra else "in another order"


@file_check("layout")
def _layout(built: Built) -> Iterator[str]:
    """zstd, a page index, small row groups, and files enough for several readers."""
    for shard in built.manifest.shards:
        if not _is_parquet(built, shard):
            continue
        found = pq.read_metadata(built.path(shard))
        for index in range(found.num_row_groups):
            group = found.row_group(index)
            column = group.column(0)
            if group.num_rows > MOST_IN_ROW_GROUP:
                yield f"{shard['name']} has a row group of {group.num_rows} rows, more than {MOST_IN_ROW_GROUP}"
            if column.compression != "ZSTD":
                yield f"{shard['name']} is compressed with {column.compression}, not ZSTD"
            if not (column.has_offset_index and column.has_column_index):
                yield f"{shard['name']} has no page index"
    for name, splits in splits_of(built.manifest).items():
        shards = splits.get("train", [])
        rows = sum(shard["rows"] for shard in shards)
        wanted = min(SHARDS_PER_SPLIT, rows // ROWS_PER_SHARD)
        if len(shards) < wanted:
            yield f"configuration {name} has {rows} train rows in {len(shards)} files, fewer than {wanted}"


@file_check("counts")
def _counts(built: Built) -> Iterator[str]:
    """Rows are as many as the manifest says, and as were asked for."""
    for shard, counted in zip(built.manifest.shards, _counted(built).shards, strict=True):
        if shard["rows"] != counted["rows"]:
            yield f"{shard['name']} has {counted['rows']} rows, the manifest says {shard['rows']}"
    asked = built.manifest.request["num_records"]
    generated = sum(shard["rows"] for shard in _counted(built).shards if shard["category"] not in HARVESTED)
    if generated != asked:
        yield f"{generated} generated rows, {asked} were asked for"
    yield from _harvested_counts(built)


def _harvested_counts(built: Built) -> Iterator[str]:
    """A harvested file has a row for each of its kernels that nothing dropped."""
    plan = read_json(built.folder / "plan.json") or {"shards": []}
    planned = [shard["count"] for shard in plan["shards"] if shard["category"] in HARVESTED]
    found = [shard for shard in built.manifest.shards if shard["category"] in HARVESTED]
    if len(planned) != len(found):
        yield f"{len(found)} files of harvested categories, {len(planned)} were planned"
    for shard, kernels in zip(found, planned, strict=False):
        dropped = sum(shard["dropped"].values())
        if shard["rows"] + dropped != kernels:
            yield f"{shard['name']} has {shard['rows']} rows and {dropped} drops, of {kernels} kernels"


def _counted(built: Built) -> Manifest:
    """The manifest with the rows and bytes that the files have."""
    shards = []
    for shard in built.manifest.shards:
        readable = _is_parquet(built, shard)
        rows = pq.read_metadata(built.path(shard)).num_rows if readable else 0
        shards.append(shard | {"rows": rows, "bytes": built.path(shard).stat().st_size if readable else 0})
    return dataclasses.replace(built.manifest, shards=shards)


@file_check("card")
def _card(built: Built) -> Iterator[str]:
    """The card's configurations, counts and bytes are those of the files, and what it links to is there."""
    path = built.folder / "README.md"
    head = metadata_load(path) if path.is_file() else None
    if not head:
        yield "README.md is missing, or has no head"
        return
    text = path.read_text(encoding="utf-8")
    counted = _counted(built)
    if head.get("configs") != configurations(built.manifest):
        yield "the configurations of README.md are not those of the manifest"
    infos = {info["config_name"]: info for info in head.get("dataset_info", [])}
    for name, splits in splits_of(counted).items():
        yield from _card_info(name, splits, infos.get(name, {}))
    if counts_table(counted) not in text:
        yield "the table of rows in README.md is not that of the files"
    size = sum(shard["bytes"] for shard in counted.shards) / 1e6
    if f"Version {built.manifest.data_version}: {counted.rows():,} rows, {size:.1f} MB" not in text:
        yield "README.md begins with another version, number of rows or size"
    for target in sorted(set(_LINK.findall(text))):
        if not (built.folder / target).is_file():
            yield f"README.md links to {target}, which is missing"


def _card_info(name: str, splits: dict[str, list[dict[str, Any]]], info: dict[str, Any]) -> Iterator[str]:
    said = {split["name"]: split["num_examples"] for split in info.get("splits", [])}
    there = {split: sum(shard["rows"] for shard in shards) for split, shards in splits.items()}
    if said != there:
        yield f"README.md says that configuration {name} has {said} rows, the files have {there}"
    size = sum(shard["bytes"] for shards in splits.values() for shard in shards)
    if info.get("download_size") != size:
        yield f"README.md says {info.get('download_size')} bytes for configuration {name}, the files have {size}"
    if "features" in info and [item["name"] for item in info["features"]] != list(features()):
        yield f"README.md has other features for configuration {name}"
