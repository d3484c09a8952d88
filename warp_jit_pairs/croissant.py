"""A build described in Croissant (https://docs.mlcommons.org/croissant): JSON-LD that other tools read. Pure.

Columns that hold lists and structs are described as what they are in parquet; the flat ones are fields of a record set.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from .manifest import Manifest
from .schema import arrow_schema, column_docs

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(manifest: Manifest) -> dict[str, Any]:
    """The description of a build."""
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "warp_jit_pairs",
        "description": "Verified pairs of NVIDIA Warp kernels and the C++ and CUDA that Warp's JIT generates for them.",
        "license": "https://www.apache.org/licenses/LICENSE-2.0",
        "url": "https://github.com/NVIDIA/warp",
        "version": manifest.data_version,
        "citeAs": f"warp_jit_pairs, version {manifest.data_version}",
        "distribution": _distribution(manifest),
        "recordSet": [_record_set()],
    }


def _distribution(manifest: Manifest) -> list[dict[str, Any]]:
    """Every file with its checksum, and all of them as one set."""
    files = [
        {
            "@type": "cr:FileObject",
            "@id": f"data/{shard['name']}.parquet",
            "name": f"data/{shard['name']}.parquet",
            "contentUrl": f"data/{shard['name']}.parquet",
            "contentSize": f"{shard['bytes']} B",
            "encodingFormat": "application/x-parquet",
            "sha256": shard["sha256"],
        }
        for shard in manifest.shards
    ]
    everything = {
        "@type": "cr:FileSet",
        "@id": "parquet",
        "name": "parquet",
        "description": "All rows; folders are categories, file names begin with the split.",
        "encodingFormat": "application/x-parquet",
        "includes": "data/*/*.parquet",
        "containedIn": [{"@id": file["@id"]} for file in files],
    }
    return [*files, everything]


def _record_set() -> dict[str, Any]:
    docs = column_docs()
    flat = [field.name for field in arrow_schema() if pa.types.is_string(field.type)]
    return {
        "@type": "cr:RecordSet",
        "@id": "rows",
        "name": "rows",
        "description": "One row a kernel. Columns of lists and structs are left out; see the card.",
        "key": {"@id": "rows/id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"rows/{name}",
                "name": name,
                "description": docs[name],
                "dataType": "sc:Text",
                "source": {"fileSet": {"@id": "parquet"}, "extract": {"column": name}},
            }
            for name in flat
        ],
    }
