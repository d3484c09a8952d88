"""The YAML head of a card: what `datasets`, the Hub and its search read. Pure: it writes nothing.

Its `configs` tell `datasets` the configurations, `all`, `by_category` and one per category, over the same files; its
`dataset_info` their features, rows and bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets import DatasetInfo, SplitDict, SplitInfo
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCardData

from .columns import SPLITS
from .manifest import Manifest
from .shards import features
from .supply import HARVESTED

DEFAULT_CONFIGURATION = "all"

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGER_SIZES = ((10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"))


def splits_of(manifest: Manifest) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """For each configuration its splits, for each split its shards with rows; a split without rows is left out."""
    names = manifest.categories
    found = {
        DEFAULT_CONFIGURATION: {split: manifest.shards_of(split=split) for split in SPLITS},
        "by_category": {name: manifest.shards_of(category=name) for name in names},
        **{name: {split: manifest.shards_of(name, split) for split in SPLITS} for name in names},
    }
    filled = {
        name: {split: [shard for shard in shards if shard["rows"]] for split, shards in splits.items()}
        for name, splits in found.items()
    }
    return {name: {split: shards for split, shards in splits.items() if shards} for name, splits in filled.items()}


def configurations(manifest: Manifest, data: str = "data") -> list[dict[str, Any]]:
    """The `configs` of a card: for each configuration its splits and their files below the folder `data`.

    The description holds the build's fingerprint: `datasets` names its cache folders by a hash of these entries, and
    without it would go on returning the rows of an older build in the same place.
    """

    def files(split: str, shards: list[dict[str, Any]]) -> dict[str, Any]:
        return {"split": split, "path": [f"{data}/{shard['name']}.parquet" for shard in shards]}

    return [
        {
            "config_name": name,
            "version": manifest.data_version,
            "description": f"build {manifest.fingerprint}",
            **({"default": True} if name == DEFAULT_CONFIGURATION else {}),
            "data_files": [files(split, shards) for split, shards in splits.items()],
        }
        for name, splits in splits_of(manifest).items()
    ]


def dataset_infos(manifest: Manifest, nbytes: Mapping[str, int]) -> list[dict[str, Any]]:
    """The `dataset_info` of a card: for each configuration its features, and the rows and bytes of its splits.

    `nbytes` has the bytes in memory of each shard.
    """
    infos = DatasetInfosDict()
    for name, splits in splits_of(manifest).items():
        entries = SplitDict()
        for split, shards in splits.items():
            size = sum(nbytes[shard["name"]] for shard in shards)
            entries.add(SplitInfo(name=split, num_bytes=size, num_examples=sum(shard["rows"] for shard in shards)))
        infos[name] = DatasetInfo(
            features=features(),
            splits=entries,
            download_size=sum(shard["bytes"] for shards in splits.values() for shard in shards),
            dataset_size=sum(split.num_bytes for split in entries.values()),
            config_name=name,
        )
    card = DatasetCardData()
    infos.to_dataset_card_data(card)
    found = card.get("dataset_info", [])
    return found if isinstance(found, list) else [found]


def card_head(manifest: Manifest, nbytes: Mapping[str, int], licences: list[str]) -> str:
    """The whole head as YAML, without its rulers."""
    data = DatasetCardData(
        pretty_name="Warp JIT pairs",
        license=[name.lower() for name in licences] if len(licences) > 1 else licences[0].lower(),
        language=["code"],
        task_categories=["text-generation", "translation"],
        size_categories=[size_category(manifest.rows())],
        tags=[
            "code",
            "code-generation",
            "code-translation",
            "compilers",
            "cuda",
            "cpp",
            "nvidia-warp",
            *_kinds(manifest),
        ],
        annotations_creators=["machine-generated"],
        language_creators=[_CREATORS[kind] for kind in _kinds(manifest)],
        multilinguality=["other-programming-languages"],
        source_datasets=["original"],
        configs=configurations(manifest),
        dataset_info=dataset_infos(manifest, nbytes),
    )
    return str(data.to_yaml()).strip()


_CREATORS = {"synthetic": "machine-generated", "harvested": "found"}
"""Kind of rows -> the Hub's name for who wrote them."""


def _kinds(manifest: Manifest) -> list[str]:
    harvested = HARVESTED.keys() & set(manifest.categories)
    kinds = {"synthetic": len(harvested) < len(manifest.categories), "harvested": bool(harvested)}
    return [kind for kind, there in kinds.items() if there]


def size_category(rows: int) -> str:
    """The Hub's name for a number of rows."""
    return next((name for bound, name in (*_SIZES, *_LARGER_SIZES) if rows < bound), "n>1B")
