"""Builds on a Ray cluster: whatever is killed or lost on the way, the bytes are those of one machine."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from benchmarks.ray_cluster import Cluster, cluster
from warp_jit_pairs.build import build
from warp_jit_pairs.cli import main
from warp_jit_pairs.plan import Request, make_plan

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None or importlib.util.find_spec("moto") is None,
    reason='needs Ray and moto: pip install -e ".[ray,ray-test]"',
)

REQUEST = Request(("arithmetic", "atomic", "math", "vector"), 32, seed=3, size="small", verify="none")
ARGUMENTS = [
    *("--num-records", "32", "--seed", "3", "--size", "small", "--verify", "none"),
    *(word for name in REQUEST.categories for word in ("--category", name)),
]


def test_without_the_extra_it_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "ray" else found(name, *rest))
    assert main(["build", "--engine", "ray"]) == 2
    assert capsys.readouterr().err == ('warp-jit-pairs: --engine ray needs Ray: pip install "warp-jit-pairs[ray]"\n')


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--engine", "spark"], "unknown engine 'spark': choose from local, ray"),
        (["build", "--ray-address", "a:1"], "--ray-address is for --engine ray"),
        (["build", "--output", "nowhere://x", "--num-records", "1"], "nowhere://x cannot be written to"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    errors = capsys.readouterr().err.strip().splitlines()  # after a bar that is gone
    assert len(errors) == 1
    assert message in errors[0]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the same build on this machine."""
    folder = tmp_path_factory.mktemp("calm") / "out"
    build(REQUEST, folder)
    return _files(folder)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Store:
    """An S3 server of this process that can be away for a while; what it holds is kept."""

    def __init__(self, host: str) -> None:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel("ERROR")
        self._make: Callable[[int], ThreadedMotoServer] = lambda port: ThreadedMotoServer(host, port, verbose=False)
        self._server = self._make(0)
        self._server.start()
        self._host, self._port = self._server.get_host_and_port()
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://{self._host}:{self._port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self._bucket().create()

    def _bucket(self):  # type: ignore[no-untyped-def]
        import boto3

        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
        return boto3.resource("s3", endpoint_url=self.environment["AWS_ENDPOINT_URL"], **keys).Bucket("pairs")

    def names(self, prefix: str) -> list[str]:
        return [one.key.removeprefix(prefix) for one in self._bucket().objects.filter(Prefix=prefix)]

    def files(self, prefix: str) -> dict[str, bytes]:
        found = self._bucket().objects.filter(Prefix=prefix)
        return {one.key.removeprefix(prefix): one.get()["Body"].read() for one in found}

    def away(self, seconds: float) -> None:
        self._server.stop()
        time.sleep(seconds)
        self._server = self._make(int(self._port))
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Cluster, Store]]:
    """A cluster, and a store whose keys its machines have."""
    stores: list[Store] = []

    def variables(outside: str) -> dict[str, str]:
        stores.append(Store(outside))
        return stores[0].environment

    with cluster(2, variables) as running:
        yield running, stores[0]
    stores[0].stop()


@pytest.fixture(scope="module")
def hosts(both: tuple[Cluster, Store]) -> Cluster:
    return both[0]


@pytest.fixture(scope="module")
def store(both: tuple[Cluster, Store]) -> Store:
    return both[1]


def _start(hosts: Cluster, output: str, **more: str) -> subprocess.Popen[str]:
    """Start the build under test."""
    return _run(hosts, *_command(hosts, "build"), *ARGUMENTS, "--output", output, **more)


def _command(hosts: Cluster, verb: str) -> tuple[str, ...]:
    return ("-m", "warp_jit_pairs.cli", verb, "--engine", "ray", "--ray-address", hosts.address)


def _run(hosts: Cluster, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start Python on the first host."""
    return subprocess.Popen(
        hosts.inside(0, sys.executable, *arguments),
        env=hosts.environment | {"PYTHONPATH": str(ROOT)} | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for(marks: Callable[[], int], process: subprocess.Popen[str], least: int) -> None:
    deadline = time.monotonic() + 300
    while marks() < least:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)


@needs_ray
@pytest.mark.slow
def test_a_driver_that_is_killed_goes_on(hosts: Cluster, store: Store, calm: dict[str, bytes], tmp_path: Path) -> None:
    out, done = tmp_path / "out", tmp_path / "out" / ".build" / "done"
    first = _start(hosts, str(out))
    _wait_for(lambda: len(list(done.rglob("*.json"))), first, 1)
    first.kill()
    first.communicate()
    assert not (out / "manifest.json").exists()
    second = _start(hosts, str(out))
    text, errors = second.communicate(timeout=300)
    assert second.returncode == 0, errors
    assert "32 records made" not in text
    assert _files(out) == calm
    verified = _run(hosts, *_command(hosts, "verify"), str(out))
    text, errors = verified.communicate(timeout=300)
    assert verified.returncode == 0, errors
    assert "32" in text
    assert _files(out) == calm


@needs_ray
@pytest.mark.slow
def test_the_plan_that_the_tasks_of_a_cluster_make_is_that_of_one_process(hosts: Cluster, tmp_path: Path) -> None:
    program = (
        "from warp_jit_pairs.plan import Request\nfrom warp_jit_pairs.ray_engine import RayEngine\n"
        "from warp_jit_pairs.storage import Storage\nfrom warp_jit_pairs.wide_plan import make_wide_plan\n"
        f"with RayEngine({hosts.address!r}, 1) as engine:\n"
        f"    print(make_wide_plan({REQUEST!r}, Storage({str(tmp_path)!r}), engine).to_json())\n"
    )
    process = _run(hosts, "-c", program)
    text, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert text.strip() == make_plan(REQUEST).to_json()


@needs_ray
@pytest.mark.slow
def test_a_wrong_token_is_one_line(hosts: Cluster, store: Store) -> None:
    process = _start(hosts, "s3://pairs/wrong", RAY_AUTH_TOKEN="0" * 64, RAY_NUM_REDIS_GET_RETRIES="2")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "its token is another" in errors.strip().splitlines()[-1]
    assert not store.names("wrong/data")


@needs_ray
@pytest.mark.slow
def test_a_worker_a_raylet_and_the_storage_are_lost(hosts: Cluster, store: Store, calm: dict[str, bytes]) -> None:
    process = _start(hosts, "s3://pairs/chaos")

    def marks() -> int:
        return sum(name.startswith(".build/done/") for name in store.names("chaos/"))

    _wait_for(marks, process, 1)
    assert hosts.kill_worker()
    store.away(4.0)
    hosts.kill(1)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert store.files("chaos/") == calm
