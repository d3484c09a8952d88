"""The `datasets` builder: configurations, splits and rows.

It drives the plan and the pipeline and knows no stage of either. `warp-jit-pairs build` writes the same rows as
parquet files; this class gives them straight to `datasets`, into its cache or as a stream with nothing on disk.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import datasets

from .columns import SPLITS
from .contamination import read_body
from .errors import UsageError
from .grammar import CATEGORIES
from .harvest import DEFAULT_PACKAGES
from .pipeline import make_records
from .plan import Plan, Request, Shard, make_plan
from .shards import features
from .supply import HARVESTED, pinned
from .version import DATA_VERSION, __version__
from .warp_version import warp_version

DATASET_NAME = "warp_jit_pairs"
RECORDS = 600
RECORDS_PER_CATEGORY = 150
"""By default a build has 600 records, and one of few categories 150 of each."""


def default_records(categories: Sequence[str]) -> int:
    """Generated records of a build of these categories if no number is given."""
    return min(RECORDS, RECORDS_PER_CATEGORY * sum(category in CATEGORIES for category in categories))


def chosen_packages(categories: Sequence[str], packages: Sequence[str] | None) -> tuple[str, ...]:
    """Where the kernels of the category `real` are from: packages with their versions, the default ones if None.

    Raises:
        UsageError: packages for other categories, or one that is not installed.
    """
    if "real" in categories:
        return pinned(DEFAULT_PACKAGES if packages is None else packages)
    if packages:
        raise UsageError("packages are where category real is from, and it is not asked for")
    return ()


@dataclasses.dataclass
class WarpJitPairsConfig(datasets.BuilderConfig):
    """A configuration: which categories, how many records in all, and what the splits are.

    `num_records` counts accepted records over all generated categories; see `default_records`. `packages` are those of
    category `real`; making its rows imports them, which runs their code. `decontaminate` is a path or package: no row
    may stand in its code. `split_by` is `split` for train, validation and test, or `category` for a split per category.
    """

    categories: tuple[str, ...] = tuple(CATEGORIES)
    num_records: int | None = None
    seed: int = 0
    size: str = "mixed"
    verify: str = "gradient"
    level: str = "code"
    arch: int = 90
    packages: tuple[str, ...] | None = None
    decontaminate: str = ""
    split_by: str = "split"

    def request(self) -> Request:
        """What the plan is asked for.

        Raises:
            UsageError: a category or package that does not exist, or a number out of range.
        """
        return Request(
            categories=tuple(self.categories),
            num_records=default_records(self.categories) if self.num_records is None else self.num_records,
            seed=self.seed,
            size=self.size,
            verify=self.verify,
            level=self.level,
            arch=self.arch,
            packages=chosen_packages(self.categories, self.packages),
            against=self.decontaminate,
            against_sha256=read_body(self.decontaminate).sha256 if self.decontaminate else "",
        )


def builder_configs() -> list[WarpJitPairsConfig]:
    """`all` and `by_category`, over what is generated, and one configuration per category, harvested ones too."""
    version = datasets.Version(DATA_VERSION)
    docs = {name: category.doc for name, category in CATEGORIES.items()} | HARVESTED
    return [
        WarpJitPairsConfig(
            name="all", version=version, description="Every generated category; splits train, validation, test."
        ),
        WarpJitPairsConfig(
            name="by_category", version=version, split_by="category", description="The same rows, a split per category."
        ),
        *(
            WarpJitPairsConfig(name=name, version=version, categories=(name,), description=doc)
            for name, doc in docs.items()
        ),
    ]


def split_names(config: WarpJitPairsConfig) -> tuple[str, ...]:
    """Names of the splits of a configuration, in order."""
    return tuple(config.categories) if config.split_by == "category" else SPLITS


def shards_of_split(plan: Plan, split_by: str, split: str) -> list[Shard]:
    """The plan's shards that make one split, which is a category or one of train, validation and test."""
    return [shard for shard in plan.shards if (shard.category if split_by == "category" else shard.split) == split]


class WarpJitPairs(datasets.GeneratorBasedBuilder):
    """Pairs of Warp kernels and the code that Warp's JIT generates for them.

    >>> WarpJitPairs("atomic", num_records=100, seed=1).as_streaming_dataset(split="train")

    Keywords of `WarpJitPairsConfig` (num_records, seed, size, categories, packages) may be given to the constructor.
    """

    BUILDER_CONFIG_CLASS = WarpJitPairsConfig
    BUILDER_CONFIGS: ClassVar[list[WarpJitPairsConfig]] = builder_configs()
    DEFAULT_CONFIG_NAME = "all"
    DEFAULT_WRITER_BATCH_SIZE = 256

    def __init__(self, config_name: str | None = None, **kwargs: Any) -> None:
        # The versions are part of the cache folder's name: rows of another Warp or generator are never taken for ours.
        kwargs.setdefault("hash", f"{__version__}-warp-{warp_version()}")
        super().__init__(config_name=config_name, dataset_name=DATASET_NAME, **kwargs)

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(
            description="Verified pairs of NVIDIA Warp kernels and the code that Warp's JIT generates for them.",
            features=features(),
            license="apache-2.0",
            version=self.config.version,
        )

    def _split_generators(self, dl_manager: object) -> list[datasets.SplitGenerator]:
        plan = make_plan(self.config.request())
        splits = {name: shards_of_split(plan, self.config.split_by, name) for name in split_names(self.config)}
        # A list: `num_proc` and streaming workers divide it between them.
        return [
            datasets.SplitGenerator(name=name, gen_kwargs={"shards": shards})
            for name, shards in splits.items()
            if shards
        ]

    def _generate_examples(self, shards: list[Shard]) -> Iterator[tuple[str, dict[str, Any]]]:
        request = self.config.request()
        for shard in shards:
            for record in make_records(shard, request, Counter()):
                yield record.id, {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
