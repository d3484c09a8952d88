"""A build: a folder of parquet shards made from a plan, resumable, and whole or absent.

Work goes on in `OUTPUT/.build/`; what was in OUTPUT stays as it is until the new data are complete and take its place.
A finished folder holds `data/CATEGORY/SPLIT-00000-of-0000N.parquet`, `plan.json`, `manifest.json` and the card with its
companions (`card_files.py`), which tells `datasets` the configurations. Telling `datasets` where the folder is, is left
to `registration.py`.
"""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import json
import os
import shlex
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .card_files import write_card
from .engines import Engine
from .errors import OutputError
from .grammar import CATEGORIES
from .manifest import REPORT, Manifest, ShardDone, find_manifest, read_json, write_json, write_text
from .pipeline import make_records
from .plan import Plan, Request, Shard, make_plan
from .shards import sha256_of, to_table, write_parquet
from .version import DATA_VERSION, __version__
from .warp_version import warp_version
from .workers import Workers

WORK = ".build"


@dataclasses.dataclass(frozen=True, slots=True)
class BuildResult:
    """A finished build, and what this run of it took."""

    folder: Path
    manifest: Manifest
    already_finished: bool
    records_made: int
    seconds: float


class BuildProgress:
    """What a build tells as it goes; the command line draws it. This one is silent."""

    def planning(self, programs: int) -> None:
        """The plan is being made; it takes at least so many programs."""

    def planned(self, programs: int) -> None:
        """So many programs are chosen."""

    def begin(self, records: int, done: int) -> None:
        """Records are being made; `done` of them were found finished."""

    def advance(self, records: int) -> None:
        """So many more records are on disk."""


def build(
    request: Request,
    output: Path,
    *,
    overwrite: bool = False,
    processes: int = 1,
    engine: Engine | None = None,
    progress: BuildProgress | None = None,
) -> BuildResult:
    """Build a data set into the folder `output`, or go on with the same build where it stopped.

    The tasks run on `engine`, or without one in `processes` worker processes.

    Raises:
        OutputError: the folder cannot be written, is in use, or holds something else and `overwrite` is not set.
        ExhaustedError: a category cannot give its part of the records.
    """
    progress = progress or BuildProgress()
    started = time.monotonic()
    with _writing(output), _locked(output):
        identity = _identity(request)
        finished = find_manifest(output)
        if not overwrite and finished is not None and _identity_of(finished) == identity:
            return BuildResult(output, finished, True, 0, time.monotonic() - started)
        work = output / WORK
        resumed = read_json(work / "identity.json") == identity and not overwrite
        if not resumed:
            _refuse_to_lose(output, overwrite)
            shutil.rmtree(work, ignore_errors=True)
            write_json(work / "identity.json", identity)
        made = 0
        if not (work / "manifest.json").exists():
            with engine or Workers(processes) as workers:
                plan = _plan(request, work, workers, progress)
                made = _make_shards(plan, work, workers, progress)
            write_json(work / "manifest.json", dataclasses.asdict(_manifest(plan, work)))
        manifest = _finish(output)
    return BuildResult(output, manifest, False, made, time.monotonic() - started)


def _identity(request: Request) -> dict[str, Any]:
    """What two builds must share to be one build: the request and everything that shapes the bytes."""
    return {
        "request": json.loads(json.dumps(dataclasses.asdict(request))),
        "data_version": DATA_VERSION,
        "generator_version": __version__,
        "warp_version": warp_version(),
    }


def _identity_of(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in ("request", "data_version", "generator_version", "warp_version")}


def _refuse_to_lose(output: Path, overwrite: bool) -> None:
    """Raise unless the folder is empty or may be overwritten."""
    if overwrite or not any(output.iterdir()):
        return
    if find_manifest(output) is not None:
        holds = "another finished build"
    elif (output / WORK).exists():
        holds = "another build that is not finished"
    else:
        holds = "files that no build wrote"
    raise OutputError(f"{output} holds {holds}: choose another --output, or replace it with --overwrite")


def _plan(request: Request, work: Path, workers: Engine, progress: BuildProgress) -> Plan:
    path = work / "plan.json"
    if path.exists():
        return Plan.from_json(path.read_text(encoding="utf-8"))
    progress.planning(request.num_records)
    plan = make_plan(request, workers.map, progress.planned)
    write_text(path, plan.to_json())
    return plan


@dataclasses.dataclass(frozen=True, slots=True)
class _ShardTask:
    shard: Shard
    request: Request
    work: Path


def _make_shard(task: _ShardTask) -> int:
    """Make one shard and say that it is done; runs in a worker."""
    dropped: Counter[str] = Counter()
    table = to_table(make_records(task.shard, task.request, dropped))
    path = _data_path(task.work, task.shard.name)
    write_parquet(path, table)
    done = ShardDone(
        name=task.shard.name,
        category=task.shard.category,
        split=task.shard.split,
        rows=table.num_rows,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        dropped=dict(sorted(dropped.items())),
    )
    write_json(_done_path(task.work, task.shard.name), dataclasses.asdict(done))
    return done.rows


def _data_path(folder: Path, name: str) -> Path:
    return folder / "data" / f"{name}.parquet"


def _done_path(work: Path, name: str) -> Path:
    return work / "done" / f"{name}.json"


def _is_done(work: Path, shard: Shard) -> bool:
    """Whether a shard is finished and its file is the one that was written then."""
    done = read_json(_done_path(work, shard.name))
    path = _data_path(work, shard.name)
    return done is not None and path.exists() and sha256_of(path) == done["sha256"]


def _make_shards(plan: Plan, work: Path, workers: Engine, progress: BuildProgress) -> int:
    """Make the shards that are not done yet and return how many records that were."""
    missing = [shard for shard in plan.shards if not _is_done(work, shard)]
    total = sum(shard.count for shard in plan.shards)
    progress.begin(total, total - sum(shard.count for shard in missing))
    made = 0
    for _, rows in workers.run(_make_shard, [_ShardTask(shard, plan.request, work) for shard in missing]):
        made += rows
        progress.advance(rows)
    return made


def _manifest(plan: Plan, work: Path) -> Manifest:
    shards = [read_json(_done_path(work, shard.name)) for shard in plan.shards]
    dropped: Counter[str] = Counter()
    for shard in shards:
        dropped.update(shard["dropped"])
    return Manifest(
        **_identity(plan.request),
        command=_command(plan.request),
        plan_sha256=plan.sha256,
        funnel=plan.funnel,
        dropped=dict(sorted(dropped.items())),
        shards=shards,
    )


def _command(request: Request) -> str:
    """The command that makes the same bytes again."""
    options = {"num-records": request.num_records, "seed": request.seed, "size": request.size, "verify": request.verify}
    if request.level != "code":
        options |= {"levels": request.level, "arch": request.arch}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    if request.categories != tuple(CATEGORIES):
        words += [word for name in request.categories for word in ("--category", name)]
    return shlex.join(["warp-jit-pairs", "build", *words])


def _finish(output: Path) -> Manifest:
    """Put the new data in the place of the old; a crash on the way is finished by the next run."""
    work = output / WORK
    content = read_json(work / "manifest.json")
    manifest = Manifest(**content)
    for name in ("manifest.json", REPORT):
        (output / name).unlink(missing_ok=True)
    if (work / "data").exists():
        shutil.rmtree(output / "data", ignore_errors=True)
        (work / "data").rename(output / "data")
    write_card(output, manifest)
    write_text(output / "plan.json", (work / "plan.json").read_text(encoding="utf-8"))
    write_json(output / "manifest.json", content)
    shutil.rmtree(work)
    return manifest


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder against a second build; the lock is the system's and ends with its owner, however that ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"{folder} is in use by another build: wait for it, or choose another --output") from None
        yield
    finally:
        os.close(handle)


_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space and run the same command again, finished shards are kept",
    errno.EDQUOT: "your quota is used up: free some space and run the same command again, finished shards are kept",
    errno.EROFS: "it is on a read-only file system: choose another --output",
    errno.EACCES: "permission denied: choose another --output",
    errno.EPERM: "permission denied: choose another --output",
    errno.ENOTDIR: "a part of the path is a file: choose another --output",
    errno.EEXIST: "it is a file: choose another --output",
}


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Make the folder, and say in one line why it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno not in _ADVICE:
            raise
        raise OutputError(f"cannot write {folder}: {_ADVICE[error.errno]}") from error
