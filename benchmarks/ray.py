"""What a Ray cluster gains: shards made by one raylet of one core, by two, and by two processes without Ray.

    python -m benchmarks.ray [--num 600] [--rounds 2]

The same shards of one plan each time, with workers that have made one before, so that starting and planning are left
out. Two cores of a busy or small machine are seldom worth two: the gain stands beside that of two empty busy loops,
measured right before and after. Rounds alternate, and the best of each is shown.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.ray_cluster import cluster
from warp_jit_pairs.build import ShardTask, make_shard
from warp_jit_pairs.engines import Engine
from warp_jit_pairs.generator import generate_kernel
from warp_jit_pairs.pipeline import to_records
from warp_jit_pairs.plan import Plan, Request, make_plan
from warp_jit_pairs.workers import Workers

_LOOPS = 20_000_000


def _spin(count: int) -> None:
    while count:
        count -= 1


def _loops(processes: int) -> float:
    """Loops a second of so many processes together."""
    workers = [multiprocessing.Process(target=_spin, args=(_LOOPS,)) for _ in range(processes)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return processes * _LOOPS / (time.perf_counter() - started)


def _rate(engine: Engine, plan: Plan, workers: int) -> float:
    """Records a second of an engine whose workers are warm."""
    with tempfile.TemporaryDirectory() as folder:
        tasks = [ShardTask(shard, plan.request, Path(folder), generate_kernel, to_records) for shard in plan.shards]
        for _ in engine.run(make_shard, tasks[:1] * (2 * workers)):
            pass
        started = time.perf_counter()
        records = sum(rows for _, rows in engine.run(make_shard, tasks))
        return records / (time.perf_counter() - started)


def _drive(address: str, plan: Plan, workers: int) -> None:
    """Measure on the cluster, from one of its hosts."""
    from warp_jit_pairs.ray_engine import RayEngine

    with RayEngine(address, 1) as engine:
        print(json.dumps(_rate(engine, plan, workers)))


def _on_ray(raylets: int, plan: Path) -> float:
    with cluster(raylets) as hosts:
        command = [sys.executable, "-m", "benchmarks.ray", "--drive", hosts.address, str(plan), str(raylets)]
        done = subprocess.run(
            hosts.inside(0, *command), env=hosts.environment, capture_output=True, text=True, check=True
        )
    return float(json.loads(done.stdout.splitlines()[-1]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--num", type=int, default=600, help="records (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="measurements of each (default: %(default)s)")
    parser.add_argument("--drive", nargs=3, metavar=("ADDRESS", "PLAN", "RAYLETS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.drive:
        address, path, raylets = options.drive
        _drive(address, Plan.from_json(Path(path).read_text(encoding="utf-8")), int(raylets))
        return
    names = ("arithmetic", "math", "vector", "matrix")
    plan = make_plan(Request(names, options.num, seed=1, verify="none"))
    loops: dict[int, list[float]] = {1: [], 2: []}
    rays: dict[int, list[float]] = {1: [], 2: []}
    local: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        path.write_text(plan.to_json(), encoding="utf-8")
        for _ in range(options.rounds):
            for count in (1, 2):
                loops[count].append(_loops(count))
                rays[count].append(_on_ray(count, path))
                loops[count].append(_loops(count))
            with Workers(2) as workers:
                local.append(_rate(workers, plan, 2))
    gain, possible = max(rays[2]) / max(rays[1]), max(loops[2]) / max(loops[1])
    print(f"two busy loops gain {possible:.2f} over one")
    print(f"two raylets: {max(rays[2]):.1f} records a second, one: {max(rays[1]):.1f}, gain {gain:.2f}")
    print(f"gain of the raylets over that of the loops: {gain / possible:.2f} (wanted: at least 0.9)")
    overhead = max(local) / max(rays[2]) - 1
    print(f"two processes without Ray: {max(local):.1f}; Ray's overhead {overhead:+.1%} (wanted: at most 10 %)")


if __name__ == "__main__":
    main()
