"""A pushed version is readable by a plain `datasets`: in a process that can import neither this package nor Warp."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hub_stand_in import TOKEN, Hub
from test_push import environment

from warp_jit_pairs.card_head import splits_of
from warp_jit_pairs.hub import Repository
from warp_jit_pairs.manifest import read_manifest
from warp_jit_pairs.push_command import run_push

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")

PLAIN = """
import json, sys
sys.modules["warp_jit_pairs"] = sys.modules["warp"] = None  # any import of them fails
import datasets
from datasets import get_dataset_config_names, load_dataset
datasets.disable_progress_bars()
"""

LOAD = """
name, old, new = sys.argv[1:]
found = {"names": get_dataset_config_names(name, revision=new)}
for config in found["names"]:
    found[config] = {s: sorted(rows["id"]) for s, rows in load_dataset(name, config, revision=new).items()}
everything = load_dataset(name, revision=new, split="train")
stream = load_dataset(name, revision=new, split="train", streaming=True)
found["default"] = sorted(everything["id"])
found["streamed"] = sorted(row["id"] for row in stream)
found["resumed"] = list(stream.select_columns(["id"]).skip(2).take(3))
found["features"] = everything.features == stream.features
found["filtered"] = len(everything.filter(lambda check: check["cuda"] == "not run", input_columns="verification"))
found["slice"] = list(load_dataset(name, revision=new, split="train[:2]")["id"])
found["old"] = sorted(i for rows in load_dataset(name, revision=old).values() for i in rows["id"])
found["latest"] = sorted(i for rows in load_dataset(name).values() for i in rows["id"])
print(json.dumps(found))
"""

PULL = """
from huggingface_hub import snapshot_download
print(json.dumps(snapshot_download(sys.argv[1], repo_type="dataset", revision=sys.argv[2])))
"""

FOLDER = """
print(json.dumps({
    config: {split: sorted(rows["id"]) for split, rows in load_dataset(sys.argv[1], config).items()}
    for config in get_dataset_config_names(sys.argv[1])
}))
"""


def plain(script: str, *arguments: str, env: dict[str, str], cwd: Path) -> object:
    del env["PYTHONPATH"]
    done = subprocess.run(
        [sys.executable, "-c", PLAIN + script, *arguments], env=env, cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def ids(folder: Path) -> dict[str, dict[str, list[str]]]:
    """What each configuration must hold, read from the files that are in its splits."""
    return {
        name: {
            split: sorted(
                row
                for shard in shards
                for row in pq.read_table(folder / f"data/{shard['name']}.parquet")["id"].to_pylist()
            )
            for split, shards in splits.items()
        }
        for name, splits in splits_of(read_manifest(folder)).items()
    }


def flat(splits: dict[str, list[str]]) -> list[str]:
    return sorted(row for rows in splits.values() for row in rows)


def test_both_versions_in_every_way(
    hub: Hub, repository: Repository, first: Path, second: Path, tmp_path: Path
) -> None:
    for folder in (first, second):
        run_push("org/pairs", folder, yes=True, repository=repository)
    env = environment(hub, tmp_path / "home")
    found = plain(LOAD, "org/pairs", "v0.1.0", "v0.2.0", env=env, cwd=tmp_path)
    assert isinstance(found, dict)
    expected = ids(second)
    assert found["names"] == list(expected)
    assert {name: found[name] for name in expected} == expected
    assert found["default"] == found["streamed"] == expected["all"]["train"]
    assert [len(found["resumed"]), len(found["slice"])] == [3, 2]
    assert found["features"] is True
    assert found["filtered"] == len(found["default"])
    assert found["old"] == flat(ids(first)["all"])
    assert found["latest"] == flat(expected["all"])
    assert Counter(found["latest"]) != Counter(found["old"])


def test_a_pulled_tag_is_the_folder_that_was_pushed(
    hub: Hub, repository: Repository, first: Path, second: Path, tmp_path: Path
) -> None:
    for folder in (first, second):
        run_push("org/pairs", folder, yes=True, repository=repository)
    pulled = plain(PULL, "org/pairs", "v0.1.0", env=environment(hub, tmp_path / "home"), cwd=tmp_path)
    assert isinstance(pulled, str)
    there = {str(p.relative_to(pulled)): p.read_bytes() for p in Path(pulled).rglob("*") if p.is_file()}
    del there[".gitattributes"]
    assert there == {str(p.relative_to(first)): p.read_bytes() for p in first.rglob("*") if p.is_file()}


def test_the_folder_itself_loads_by_its_path(hub: Hub, second: Path, tmp_path: Path) -> None:
    env = environment(hub, tmp_path / "home") | {"HF_HUB_OFFLINE": "1"}
    assert plain(FOLDER, str(second), env=env, cwd=tmp_path) == ids(second)
