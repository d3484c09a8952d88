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
import functools
import json
import os
import shlex
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .attribution import source_of
from .card_files import write_card
from .engines import Engine
from .errors import OutputError, Rejected
from .generator import KernelSpec, generate_kernel
from .grammar import CATEGORIES
from .isolation import Limits
from .kept_programs import Keeping, Kept
from .manifest import REPORT, Manifest, ShardDone, find_manifest, read_json, write_json, write_text
from .pipeline import Convert, at_once, make_records, one_by_one, to_records
from .plan import Plan, Programs, Request, Shard, make_plan
from .shards import sha256_of, write_records
from .storage import Storage
from .version import DATA_VERSION, __version__
from .warp_version import warp_version
from .wide_plan import is_wide, make_wide_plan
from .workers import Workers

WORK = ".build"
KEPT = "programs"
"""Below it, the programs that the plan generated."""

WIDE = "plan"
"""Below it, what the tasks that plan on many machines share."""

LONGEST_DETAIL = 2000
"""Characters that are kept of why a program was dropped."""

PROGRAM = Limits(seconds=60.0)
"""What one program may cost a worker; real ones take two seconds in the mean, most of it for guessing their inputs."""


@dataclasses.dataclass(frozen=True, slots=True)
class BuildResult:
    """A finished build, and what this run of it took."""

    folder: Path | str
    """Where it is: a folder, or a URL."""
    manifest: Manifest
    already_finished: bool
    records_made: int
    seconds: float


class BuildProgress:
    """What a build tells as it goes; the command line draws it. This one is silent."""

    def tell(self, line: str) -> None:
        """Something about the packages that are harvested."""

    def planning(self, programs: int) -> None:
        """The plan is being made; it takes at least that many `programs`."""

    def planned(self, programs: int) -> None:
        """The plan is made: `programs` are chosen."""

    def begin(self, records: int, done: int) -> None:
        """Records are being made; `done` of them were found finished."""

    def advance(self, records: int) -> None:
        """`records` more are on disk."""


def build(
    request: Request,
    output: Path,
    *,
    overwrite: bool = False,
    processes: int = 0,
    engine: Engine | None = None,
    progress: BuildProgress | None = None,
    programs: Programs = generate_kernel,
    limits: Limits = PROGRAM,
) -> BuildResult:
    """Build a data set into the folder `output`, or go on with the same build where it stopped.

    Args:
        request: What to build.
        output: The folder.
        overwrite: Replace what is in the folder.
        processes: Worker processes. With 0 this process does the work, and a program that makes Warp's code generator
            crash or hang does so to it.
        engine: Where the tasks run instead.
        progress: Is told how the build goes.
        programs: Where the programs come from; not part of what names a build.
        limits: CPU seconds and memory for what is done to one program outside compilers and launches.

    Raises:
        OutputError: the folder cannot be written, is in use, or holds something else and `overwrite` is not set.
        ExhaustedError: a category cannot give its part of the records.
    """
    progress = progress or BuildProgress()
    started = time.monotonic()
    with _writing(output), _locked(output):
        identity = identity_of_request(request)
        finished = find_manifest(output)
        work = output.absolute() / WORK  # the tasks have working folders of their own
        if not overwrite and finished is not None and identity_of(finished) == identity:
            if not _damaged(output, finished):
                if read_json(work / "identity.json") in (None, identity):  # a crash after the last step but one
                    shutil.rmtree(work, ignore_errors=True)
                return BuildResult(output, finished, True, 0, time.monotonic() - started)
            _reopen(output, finished)
        resumed = read_json(work / "identity.json") == identity and not overwrite
        if not resumed:
            _refuse_to_lose(output, overwrite)
            shutil.rmtree(work, ignore_errors=True)
            write_json(work / "identity.json", identity)
        made = 0
        if not (work / "manifest.json").exists():
            with engine or Workers(processes) as workers:
                convert = functools.partial(at_once, limits) if engine or processes else to_records
                made = _make(
                    request, work, workers, progress, programs, (convert, functools.partial(one_by_one, limits))
                )
        manifest = _finish(output)
    return BuildResult(output, manifest, False, made, time.monotonic() - started)


def _make(
    request: Request,
    work: Path,
    workers: Engine,
    progress: BuildProgress,
    programs: Programs,
    ways: tuple[Convert, Convert],
) -> int:
    """Plan, make the shards that are missing, and write the manifest; returns how many records were made.

    `ways` are the way from programs to records, and the careful one. The plan, which grows with the records, is gone
    when the rows are measured.
    """
    keeping, kept = _kept_between(work, workers, programs)
    plan = _plan(request, work, workers, progress, keeping)
    made = _make_shards(plan, work, workers, progress, (kept, *ways))
    shards = [read_json(_done_path(work, shard.name)) for shard in plan.shards]
    write_json(work / "manifest.json", dataclasses.asdict(manifest_of(plan, shards)))
    return made


def identity_of_request(request: Request) -> dict[str, Any]:
    """What two builds must share to be one build: the request and everything that shapes the bytes."""
    return {
        "request": json.loads(json.dumps(dataclasses.asdict(request))),
        "data_version": DATA_VERSION,
        "generator_version": __version__,
        "warp_version": warp_version(),
    }


def identity_of(manifest: Manifest) -> dict[str, Any]:
    """The same of a build that is finished, as its manifest tells it."""
    return {name: getattr(manifest, name) for name in ("request", "data_version", "generator_version", "warp_version")}


def _damaged(output: Path, finished: Manifest) -> bool:
    """Whether a file of the data, or the plan, is not the one that was written."""
    plan = output / "plan.json"
    return not all(_holds(output, shard) for shard in finished.shards) or (
        not plan.exists() or sha256_of(plan) != finished.plan_sha256
    )


def _reopen(output: Path, finished: Manifest) -> None:
    """Make a finished build one that lacks its damaged files; a crash on the way leaves it finished and damaged."""
    work = output / WORK
    shutil.rmtree(work / "done", ignore_errors=True)
    (work / "manifest.json").unlink(missing_ok=True)
    for shard in finished.shards:
        write_json(_done_path(work, shard["name"]), shard)
    if (output / "plan.json").exists() and sha256_of(output / "plan.json") == finished.plan_sha256:
        write_text(work / "plan.json", (output / "plan.json").read_text(encoding="utf-8"))
    write_json(work / "identity.json", identity_of(finished))
    if (output / "data").exists():
        shutil.rmtree(work / "data", ignore_errors=True)
        (output / "data").rename(work / "data")
    (output / "manifest.json").unlink()


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


def _kept_between(work: Path, workers: Engine, programs: Programs) -> tuple[Programs, Programs]:
    """The programs for the plan and for the shards: on one machine the former keep what the latter would make again."""
    if workers.many_machines:
        return programs, programs
    return Keeping(work / KEPT, programs), Kept(work / KEPT, programs)


def _plan(request: Request, work: Path, workers: Engine, progress: BuildProgress, programs: Programs) -> Plan:
    path = work / "plan.json"
    if path.exists():
        return Plan.from_json(path.read_text(encoding="utf-8"))
    progress.planning(request.num_records)
    if is_wide(workers, request):
        plan = make_wide_plan(request, Storage(str(work / WIDE)), workers, progress.planned, programs, progress.tell)
    else:
        plan = make_plan(request, workers.map, progress.planned, programs, progress.tell)
    write_text(path, plan.to_json())
    shutil.rmtree(work / WIDE, ignore_errors=True)
    return plan


@dataclasses.dataclass(frozen=True, slots=True)
class ShardTask:
    """A shard to make, and how."""

    shard: Shard
    request: Request
    work: Path
    programs: Programs
    convert: Convert


def make_shard(task: ShardTask) -> int:
    """Make one shard and say that it is done; runs in a worker."""
    dropped: Counter[str] = Counter()
    examples: dict[str, str] = {}

    def tell(spec: KernelSpec, why: Rejected) -> None:
        origin, seed = spec["metadata"].get("origin"), spec["metadata"]["seed"]
        examples.setdefault(why.reason, f"{source_of(origin) if origin else seed}: {why.detail[:LONGEST_DETAIL]}")

    path = _data_path(task.work, task.shard.name)
    rows = write_records(path, make_records(task.shard, task.request, dropped, task.programs, task.convert, tell))
    done = ShardDone(
        name=task.shard.name,
        category=task.shard.category,
        split=task.shard.split,
        rows=rows,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        dropped=dict(sorted(dropped.items())),
        examples=dict(sorted(examples.items())),
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
    return done is not None and _holds(work, done)


def _holds(folder: Path, done: Mapping[str, Any]) -> bool:
    """Whether a folder has the file that a finished shard's entry tells of."""
    path = _data_path(folder, done["name"])
    return path.exists() and sha256_of(path) == done["sha256"]


def _make_shards(
    plan: Plan, work: Path, workers: Engine, progress: BuildProgress, how: tuple[Programs, Convert, Convert]
) -> int:
    """Make the shards that are not done yet and return how many records that were.

    `how` is where programs come from, the way from them to records, and the careful way for a shard that ends its
    worker.
    """
    programs, convert, careful = how
    missing = [shard for shard in plan.shards if not _is_done(work, shard)]
    total = sum(shard.count for shard in plan.shards)
    progress.begin(total, total - sum(shard.count for shard in missing))
    made = 0
    tasks = [ShardTask(shard, plan.request, work, programs, convert) for shard in missing]
    for _, rows in workers.run(make_shard, tasks, lambda task: dataclasses.replace(task, convert=careful)):
        made += rows
        progress.advance(rows)
    return made


def manifest_of(plan: Plan, shards: list[dict[str, Any]]) -> Manifest:
    """The manifest of a build whose shards, in the order of the plan, are done."""
    dropped: Counter[str] = Counter()
    for shard in shards:
        dropped.update(shard["dropped"])
    return Manifest(
        **identity_of_request(plan.request),
        command=_command(plan.request),
        plan_sha256=plan.sha256,
        funnel=plan.funnel,
        dropped=dict(sorted(dropped.items())),
        shards=shards,
    )


def _command(request: Request) -> str:
    """The command that makes the same bytes again."""
    options: dict[str, object] = {"num-records": request.num_records} if request.generated else {}
    options |= {"seed": request.seed, "size": request.size, "verify": request.verify}
    if request.level != "code":
        options |= {"levels": request.level, "arch": request.arch}
    if request.against:
        options["decontaminate"] = request.against
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    if request.categories != tuple(CATEGORIES):
        words += [word for name in request.categories for word in ("--category", name)]
    words += [word for name in request.packages for word in ("--package", name)]
    return shlex.join(["warp-jit-pairs", "build", *words])


def _finish(output: Path) -> Manifest:
    """Put the new data in the place of the old; a crash on the way is finished by the next run."""
    work = output / WORK
    content = read_json(work / "manifest.json")
    manifest = Manifest(**content)
    for name in ("manifest.json", REPORT):
        (output / name).unlink(missing_ok=True)
    if (work / "data").exists():
        for stray in (work / "data").rglob(".*.partial"):  # of workers that died
            stray.unlink()
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
