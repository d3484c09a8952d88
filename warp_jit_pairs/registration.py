"""Makes `load_dataset("warp_jit_pairs")` find a finished build, in any folder, offline, and never an older one.

`datasets` looks for a name without a namespace in three places; two of them can be ours:

* its cache, `<cache>/warp_jit_pairs/<configuration>/<version>/<hash>/`, with the rows as Arrow files. A configuration
  needs a hash of its own, and without a configuration's name the folder that was changed last wins;
* a local folder of that name. In a checkout the package folder `warp_jit_pairs/` is one and hides the cache, unless a
  `README.md` in it says where the data are.

Both are replaced as a whole by each registration. Making the data is left to `build.py`.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import datasets.config
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import DatasetInfo, Features, SplitDict, SplitInfo, Version
from datasets.arrow_writer import ArrowWriter
from datasets.naming import filenames_for_dataset_split
from huggingface_hub import DatasetCardData

from .builder import DATASET_NAME
from .card_head import DEFAULT_CONFIGURATION, configurations
from .manifest import Manifest, read_json, write_json, write_text
from .shards import features

_FAR_FUTURE = 2**31 - 1
"""Time stamp of the default configuration's folder, in seconds since 1970: no other folder is ever changed later."""

_README_LIST = ".readmes.json"


@dataclasses.dataclass(frozen=True, slots=True)
class Registration:
    """Where `load_dataset("warp_jit_pairs")` now finds the build."""

    cache: Path
    readmes: list[Path]
    """README files written into package folders of checkouts."""
    refused: list[Path]
    """Package folders of checkouts that could not be written."""


def register(folder: Path, manifest: Manifest) -> Registration:
    """Register the finished build in `folder` with `datasets`, in the place of any other.

    Raises:
        OSError: the cache of `datasets` cannot be written.
    """
    cache = _cache_folder()
    known = [Path(path) for path in read_json(cache / _README_LIST) or []]
    readmes, refused = _write_readmes(folder, manifest, known)
    if not _is_registered(cache, manifest):
        _fill_cache(cache, folder, manifest)
    write_json(cache / _README_LIST, [str(path) for path in readmes])
    return Registration(cache, readmes, refused)


def _cache_folder() -> Path:
    return Path(datasets.config.HF_DATASETS_CACHE).expanduser() / DATASET_NAME


def _configuration_folder(root: Path, manifest: Manifest, name: str) -> Path:
    return root / name / manifest.data_version / f"{manifest.fingerprint}-{name}"


def _is_registered(cache: Path, manifest: Manifest) -> bool:
    names = [entry["config_name"] for entry in configurations(manifest)]
    return all((_configuration_folder(cache, manifest, name) / "dataset_info.json").exists() for name in names)


def _fill_cache(cache: Path, folder: Path, manifest: Manifest) -> None:
    """Write every configuration beside the cache folder, then swap: a kill leaves the old, the new or nothing."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(mkdtemp(prefix=f".{DATASET_NAME}.", dir=cache.parent))
    try:
        arrow = _write_arrow(staging / ".arrow", folder, manifest)
        for entry in configurations(manifest):
            _fill_configuration(_configuration_folder(staging / "new", manifest, entry["config_name"]), entry, arrow)
        shutil.rmtree(staging / ".arrow")
        if cache.exists():
            cache.rename(staging / "old")
        (staging / "new").rename(cache)
        default = _configuration_folder(cache, manifest, DEFAULT_CONFIGURATION)
        os.utime(default, (_FAR_FUTURE, _FAR_FUTURE))
    finally:
        shutil.rmtree(staging)


def _write_arrow(target: Path, folder: Path, manifest: Manifest) -> dict[str, tuple[Path, int, int]]:
    """Convert each shard once: its path in the card -> (Arrow file, rows, bytes)."""
    target.mkdir(parents=True)
    written = {}
    for index, shard in enumerate(shard for shard in manifest.shards if shard["rows"]):
        path = f"data/{shard['name']}.parquet"
        arrow = target / f"{index}.arrow"
        with ArrowWriter(path=str(arrow), features=features()) as writer:
            for batch in pq.ParquetFile(folder / path).iter_batches(batch_size=256):
                writer.write_table(pa.Table.from_batches([batch]))
            rows, size = writer.finalize()
        written[path] = (arrow, rows, size)
    return written


def _fill_configuration(target: Path, entry: dict[str, Any], arrow: dict[str, tuple[Path, int, int]]) -> None:
    target.mkdir(parents=True)
    splits = SplitDict(dataset_name=DATASET_NAME)
    for split, paths in ((item["split"], item["path"]) for item in entry["data_files"]):
        files = [arrow[path] for path in paths]
        lengths = [rows for _, rows, _ in files]
        names = filenames_for_dataset_split(
            str(target), DATASET_NAME, split, filetype_suffix="arrow", shard_lengths=lengths
        )
        for name, (source, _, _) in zip(names, files, strict=True):
            # One file on disk for all configurations that share it.
            os.link(source, name)
        splits.add(
            SplitInfo(
                name=split,
                num_bytes=sum(size for _, _, size in files),
                num_examples=sum(lengths),
                shard_lengths=lengths if len(lengths) > 1 else None,
                dataset_name=DATASET_NAME,
            )
        )
    info = DatasetInfo(
        features=Features(features()),
        splits=splits,
        builder_name="parquet",
        dataset_name=DATASET_NAME,
        config_name=entry["config_name"],
        version=Version(entry["version"]),
        dataset_size=sum(split.num_bytes for split in splits.values()),
    )
    info.write_to_directory(str(target))


def _write_readmes(folder: Path, manifest: Manifest, known: list[Path]) -> tuple[list[Path], list[Path]]:
    data = (folder / "data").resolve()
    head = DatasetCardData(configs=configurations(manifest, str(data))).to_yaml()
    text = f"---\n{head.strip()}\n---\n\nWritten by `warp-jit-pairs build`: tells `datasets` where the data set is.\n"
    written, refused = [], []
    for package in sorted({*_package_folders(), *(path.parent for path in known if path.exists())}):
        if os.access(package, os.W_OK):
            write_text(package / "README.md", text)
            written.append(package / "README.md")
        else:
            refused.append(package)
    return written, refused


def _package_folders() -> Iterator[Path]:
    """Package folders of checkouts that hide the cache: the current folder's, and the one this code runs from."""
    for package in (Path.cwd() / DATASET_NAME, Path(__file__).parent):
        if (package / "registration.py").exists() and (package.parent / "pyproject.toml").exists():
            yield package.resolve()
