"""What `warp-jit-pairs build` shows: a progress bar while it works and a summary after it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from .build import BuildProgress, BuildResult, build
from .builder import DATASET_NAME, WarpJitPairsConfig
from .columns import SPLITS
from .cuda_driver import device_info
from .engines import choose_engine
from .errors import UsageError
from .grammar import CATEGORIES
from .manifest import Manifest
from .ptx import known_architecture
from .registration import Registration, register
from .remote_build import build_remotely
from .storage import as_path, is_remote


class _Bar(BuildProgress):
    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("choosing programs", total=None, unit="programs")

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def planning(self, programs: int) -> None:
        self._progress.update(self._task, total=programs)

    def planned(self, programs: int) -> None:
        self._progress.update(self._task, completed=programs)

    def begin(self, records: int, done: int) -> None:
        self._progress.remove_task(self._task)
        self._task = self._progress.add_task("making records", total=records, completed=done, unit="records")

    def advance(self, records: int) -> None:
        self._progress.advance(self._task, records)


def run_build(
    *,
    categories: list[str] | None,
    num_records: int | None,
    seed: int,
    size: str,
    verify: str,
    level: str,
    arch: int,
    packages: list[str] | None,
    decontaminate: str,
    processes: int,
    engine: str,
    ray_address: str | None,
    output: str | Path,
    overwrite: bool,
) -> None:
    """Build, register with `datasets`, and print what was made.

    Raises:
        UsageError: bad input, or no GPU for `--verify cuda`; ExhaustedError: a category cannot give its part.
    """
    request = WarpJitPairsConfig(
        categories=_expanded(categories or [EVERY]),
        num_records=num_records,
        seed=seed,
        size=size,
        verify=verify,
        level=level,
        arch=known_architecture(arch),
        packages=None if packages is None else tuple(packages),
        decontaminate=decontaminate,
    ).request()
    chosen = choose_engine(engine, processes, ray_address)
    if verify == "cuda" and engine == "local" and (found := device_info().arch) < arch:
        raise UsageError(f"the GPU here has architecture {found}, older than {arch}: pass --arch {found}")
    console = Console()
    with _Bar(Console(stderr=True)) as bar:
        if is_remote(output):
            result = build_remotely(request, str(output), chosen, overwrite=overwrite, progress=bar)
        else:
            result = build(request, as_path(output), overwrite=overwrite, engine=chosen, progress=bar)
    print_summary(
        console, result, register(result.folder, result.manifest) if isinstance(result.folder, Path) else None
    )


EVERY = "all"
"""Stands for every generated category."""


def _expanded(names: list[str]) -> tuple[str, ...]:
    """Categories in the order of their names, each once."""
    return tuple(dict.fromkeys(one for name in names for one in (CATEGORIES if name == EVERY else (name,))))


def print_summary(console: Console, result: BuildResult, registration: Registration | None) -> None:
    """Print what a build made, what it dropped, and the line that loads it."""
    manifest = result.manifest
    if result.already_finished:
        console.print(f"{result.folder} holds this build already, finished: nothing to do.", highlight=False)
    else:
        console.print(_counts(manifest))
        console.print(_drops(manifest))
        rate = result.records_made / result.seconds if result.seconds else 0.0
        size = sum(shard["bytes"] for shard in manifest.shards) / 1e6
        console.print(
            f"{result.records_made:,} records made in {result.seconds:.0f} s ({rate:.1f} a second); "
            f"{manifest.rows():,} records, {size:.1f} MB of parquet in {result.folder}",
            highlight=False,
            soft_wrap=True,
        )
    if registration is None:
        files = f"{result.folder}/data/*/train-*.parquet"
        console.print(
            f'Load it:  from datasets import load_dataset; load_dataset("parquet", data_files="{files}")',
            highlight=False,
            soft_wrap=True,
        )
        return
    for package in registration.refused:
        console.print(f"{package} cannot be written: in {package.parent} load the data by path", soft_wrap=True)
    console.print(f'Load it:  from datasets import load_dataset; load_dataset("{DATASET_NAME}")', highlight=False)


def _counts(manifest: Manifest) -> Table:
    table = Table(title="records", title_justify="left", title_style="bold")
    table.add_column("category")
    for split in SPLITS:
        table.add_column(split, justify="right")
    table.add_column("all", justify="right")
    rows: list[tuple[str, str | None]] = [(name, name) for name in manifest.categories]
    for name, category in [*rows, ("all", None)]:
        if category is None:
            table.add_section()
        table.add_row(name, *(f"{manifest.rows(category, split):,}" for split in (*SPLITS, None)))
    return table


def _drops(manifest: Manifest) -> Table:
    table = Table(title="programs", title_justify="left", title_style="bold")
    table.add_column("what became of them")
    table.add_column("count", justify="right")
    for name, count in manifest.funnel_and_drops().items():
        table.add_row(name, f"{count:,}")
    return table
