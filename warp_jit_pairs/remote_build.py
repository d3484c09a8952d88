"""A build into a place that is no disk: an object store or the Hub, by its URL.

There is no renaming there, so that files get their final names at once and `manifest.json`, written last, is what makes
a build of them. A shard is made in a temporary folder of the machine that makes it and uploaded, then marked as done
below `.build/`: the same command goes on with the shards that are not marked. Nothing locks the place; two builds of
one request in it make the same bytes twice, and do no harm. A build of one's disk is left to `build.py`.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from .build import (
    PROGRAM,
    WIDE,
    WORK,
    BuildProgress,
    BuildResult,
    ShardTask,
    identity_of,
    identity_of_request,
    make_shard,
    manifest_of,
)
from .card_files import write_card
from .engines import Engine
from .errors import OutputError
from .generator import generate_kernel
from .manifest import Manifest
from .pipeline import at_once, one_by_one
from .plan import Plan, Programs, Request, make_plan
from .storage import Storage
from .wide_plan import is_wide, make_wide_plan

_IDENTITY, _PLAN = f"{WORK}/identity.json", f"{WORK}/plan.json"


def build_remotely(
    request: Request,
    url: str,
    engine: Engine,
    *,
    overwrite: bool = False,
    progress: BuildProgress | None = None,
    programs: Programs = generate_kernel,
) -> BuildResult:
    """Build a data set into the place at `url`, or go on with the same build where it stopped.

    Raises:
        UsageError: the place cannot be written to, or holds something else and `overwrite` is not set.
        ExhaustedError: a category cannot give its part of the records.
    """
    progress = progress or BuildProgress()
    started = time.monotonic()
    storage = Storage(url)
    storage.check()
    identity = identity_of_request(request)
    finished = _manifest_in(storage)
    if finished is not None and identity_of(finished) == identity and not overwrite:
        return BuildResult(url, finished, True, 0, time.monotonic() - started)
    if overwrite or _json(storage, _IDENTITY) != identity:
        _make_room(storage, finished, overwrite)
        _write_json(storage, _IDENTITY, identity)
    with engine:
        plan = _plan(request, storage, engine, progress, programs)
        made, done = _make_shards(plan, storage, engine, progress, programs)
    manifest = manifest_of(plan, done)
    _finish(storage, plan, manifest)
    return BuildResult(url, manifest, False, made, time.monotonic() - started)


def _make_room(storage: Storage, finished: Manifest | None, overwrite: bool) -> None:
    """Raise unless the place is empty or may be overwritten; the manifest goes first, and with it the old build."""
    present = storage.sizes("")
    if present and not overwrite:
        holds = "another finished build" if finished else "another build that is not finished, or other files"
        raise OutputError(f"{storage.url} holds {holds}: choose another --output, or replace it with --overwrite")
    if present:
        for name in ("manifest.json", "data", WORK):
            storage.remove(name)


def _plan(request: Request, storage: Storage, engine: Engine, progress: BuildProgress, programs: Programs) -> Plan:
    written = storage.read(_PLAN)
    if written is not None:
        return Plan.from_json(written.decode())
    progress.planning(request.num_records)
    if is_wide(engine, request):
        shared = Storage(f"{storage.url.rstrip('/')}/{WORK}/{WIDE}")
        plan = make_wide_plan(request, shared, engine, progress.planned, programs, progress.tell)
    else:
        plan = make_plan(request, engine.map, progress.planned, programs, progress.tell)
    storage.write(_PLAN, plan.to_json().encode())
    storage.remove(f"{WORK}/{WIDE}")
    return plan


@dataclasses.dataclass(frozen=True, slots=True)
class _RemoteTask:
    task: ShardTask
    storage: Storage


def _make_shard(remote: _RemoteTask) -> dict[str, Any]:
    """Make one shard, upload it and say that it is done; runs in a worker."""
    name = remote.task.shard.name
    with tempfile.TemporaryDirectory(prefix="warp-jit-pairs-") as scratch:
        work = Path(scratch)
        make_shard(dataclasses.replace(remote.task, work=work))
        done = (work / "done" / f"{name}.json").read_bytes()
        remote.storage.upload(work / "data" / f"{name}.parquet", f"data/{name}.parquet")
    remote.storage.write(f"{WORK}/done/{name}.json", done)
    entry: dict[str, Any] = json.loads(done)
    return entry


def _make_shards(
    plan: Plan, storage: Storage, engine: Engine, progress: BuildProgress, programs: Programs
) -> tuple[int, list[dict[str, Any]]]:
    """Make the shards that are not done yet; how many records that were, and what is known of every shard."""
    sizes, marks = storage.sizes("data"), storage.sizes(f"{WORK}/done")
    marked = [shard.name for shard in plan.shards if f"{WORK}/done/{shard.name}.json" in marks]
    entries = [json.loads(content) for content in storage.read_all([f"{WORK}/done/{name}.json" for name in marked])]
    done = {one["name"]: one for one in entries if sizes.get(f"data/{one['name']}.parquet") == one["bytes"]}
    missing = [shard for shard in plan.shards if shard.name not in done]
    total = sum(shard.count for shard in plan.shards)
    progress.begin(total, total - sum(shard.count for shard in missing))
    convert = functools.partial(at_once, PROGRAM)
    careful = functools.partial(one_by_one, PROGRAM)
    tasks = [_RemoteTask(ShardTask(shard, plan.request, Path(), programs, convert), storage) for shard in missing]

    def again(remote: _RemoteTask) -> _RemoteTask:
        return dataclasses.replace(remote, task=dataclasses.replace(remote.task, convert=careful))

    made = 0
    for _, entry in engine.run(_make_shard, tasks, again):
        done[entry["name"]] = entry
        made += entry["rows"]
        progress.advance(entry["rows"])
    return made, [done[shard.name] for shard in plan.shards]


def _finish(storage: Storage, plan: Plan, manifest: Manifest) -> None:
    """Write what lies beside the data, the manifest last."""
    with tempfile.TemporaryDirectory(prefix="warp-jit-pairs-") as scratch:
        folder = Path(scratch)
        write_card(folder, manifest, storage)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                storage.upload(path, path.relative_to(folder).as_posix())
    storage.write("plan.json", plan.to_json().encode())
    _write_json(storage, "manifest.json", dataclasses.asdict(manifest))
    storage.remove(WORK)


def _manifest_in(storage: Storage) -> Manifest | None:
    content = _json(storage, "manifest.json")
    names = {field.name for field in dataclasses.fields(Manifest)}
    return Manifest(**content) if isinstance(content, dict) and set(content) == names else None


def _json(storage: Storage, name: str) -> Any:
    content = storage.read(name)
    return None if content is None else json.loads(content)


def _write_json(storage: Storage, name: str, content: Any) -> None:
    storage.write(name, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())
