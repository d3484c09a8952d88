"""The card of a build: `README.md` rendered from `dataset_card.md` and a manifest. Pure: it writes nothing.

Its YAML head tells `datasets` the configurations: `all`, `by_category` and one per category, over the same files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from huggingface_hub import DatasetCardData

from .manifest import Manifest
from .schema import SPLITS, column_docs

DEFAULT_CONFIGURATION = "all"


def configurations(manifest: Manifest, data: str = "data") -> list[dict[str, Any]]:
    """The `configs` of a card: for each configuration its splits and their files below the folder `data`.

    The description holds the build's fingerprint: `datasets` names its cache folders by a hash of these entries, and
    without it would go on returning the rows of an older build in the same place. A split without rows is left out.
    """

    def files(split: str, shards: list[dict[str, Any]]) -> dict[str, Any]:
        return {"split": split, "path": [f"{data}/{shard['name']}.parquet" for shard in shards]}

    def entry(name: str, splits: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        return {
            "config_name": name,
            "version": manifest.data_version,
            "description": f"build {manifest.fingerprint}",
            **({"default": True} if name == DEFAULT_CONFIGURATION else {}),
            "data_files": [files(split, shards) for split, shards in splits.items() if shards],
        }

    return [
        entry(DEFAULT_CONFIGURATION, {split: manifest.shards_of(split=split) for split in SPLITS}),
        entry("by_category", {name: manifest.shards_of(category=name) for name in manifest.categories}),
        *(entry(name, {split: manifest.shards_of(name, split) for split in SPLITS}) for name in manifest.categories),
    ]


def render_card(manifest: Manifest) -> str:
    """The text of the card."""
    template = Template(_template_path().read_text(encoding="utf-8"))
    columns = [(f"`{name}`", text) for name, text in column_docs().items()]
    funnel = [(name, f"{count:,}") for name, count in manifest.funnel_and_drops().items()]
    return template.substitute(
        yaml=DatasetCardData(**_head(manifest)).to_yaml().strip(),
        data_version=manifest.data_version,
        generator_version=manifest.generator_version,
        warp_version=manifest.warp_version,
        rows=f"{manifest.rows():,}",
        megabytes=f"{sum(shard['bytes'] for shard in manifest.shards) / 1e6:.1f}",
        seed=manifest.request["seed"],
        verify=manifest.request["verify"],
        plan=manifest.plan_sha256[:16],
        counts=counts_table(manifest),
        columns=table(("column", "what it is"), columns),
        funnel=table(("programs", "count"), funnel),
    )


def _head(manifest: Manifest) -> dict[str, Any]:
    return {
        "pretty_name": "Warp JIT pairs",
        "license": "apache-2.0",
        "language": ["code"],
        "task_categories": ["text-generation"],
        "size_categories": [size_category(manifest.rows())],
        "tags": ["code", "cuda", "compilers", "nvidia-warp", "synthetic"],
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "configs": configurations(manifest),
    }


def size_category(rows: int) -> str:
    """The Hub's name for a number of rows."""
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((name for bound, name in bounds if rows < bound), "n>1M")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def counts_table(manifest: Manifest) -> str:
    """Rows by category and split, as a Markdown table."""

    def cells(name: str, category: str | None) -> tuple[str, ...]:
        return (name, *(f"{manifest.rows(category, split):,}" for split in (*SPLITS, None)))

    rows = [cells(name, name) for name in manifest.categories]
    return table(("category", *SPLITS, "all"), [*rows, cells("**all**", None)])


def _template_path() -> Path:
    """`dataset_card.md`: beside this file in a wheel, at the top of a checkout."""
    here = Path(__file__).resolve().parent
    return next(path for folder in (here, here.parent) if (path := folder / "dataset_card.md").exists())
