"""The card, and the figures about a build, against the parquet files they speak of."""

import collections
import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from conftest import ROOT

from warp_jit_pairs.card import render_card
from warp_jit_pairs.card_head import size_category
from warp_jit_pairs.cli import main
from warp_jit_pairs.data_stats import data_stats
from warp_jit_pairs.errors import OutputError
from warp_jit_pairs.features import LEVELS, difficulty
from warp_jit_pairs.figures import measure
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.manifest import read_manifest
from warp_jit_pairs.schema import column_docs
from warp_jit_pairs.shards import sha256_of
from warp_jit_pairs.version import DATA_VERSION


@pytest.fixture(scope="module")
def card(built: Path) -> str:
    return (built / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def head(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


def test_every_configuration_has_its_version_and_names_files_that_exist(head: dict, built: Path) -> None:
    names = [entry["config_name"] for entry in head["configs"]]
    assert names == ["all", "by_category", *CATEGORIES]
    assert [entry["config_name"] for entry in head["configs"] if entry.get("default")] == ["all"]
    for entry in head["configs"]:
        assert entry["version"] == DATA_VERSION
        paths = [path for split in entry["data_files"] for path in split["path"]]
        assert paths
        assert len(set(paths)) == len(paths)
        assert all((built / path).is_file() for path in paths)


def test_all_and_by_category_and_the_categories_name_the_same_files(head: dict, built: Path) -> None:
    files = {
        entry["config_name"]: {path for split in entry["data_files"] for path in split["path"]}
        for entry in head["configs"]
    }
    on_disk = {str(path.relative_to(built)) for path in built.rglob("*.parquet")}
    assert files["all"] == files["by_category"] == on_disk
    assert set().union(*(files[name] for name in CATEGORIES)) == on_disk


def test_the_counts_of_the_card_are_those_of_the_files(card: str, built: Path) -> None:
    rows = collections.Counter()
    for path in built.rglob("*.parquet"):
        category, split = path.parent.name, path.name.split("-")[0]
        rows[category, split] += pq.read_metadata(path).num_rows
    for category in CATEGORIES:
        counts = [rows[category, split] for split in ("train", "validation", "test")]
        assert f"| {category} | {' | '.join(map(str, [*counts, sum(counts)]))} |" in card
    assert f"{rows.total():,} rows" in card


def test_the_card_explains_every_column(card: str) -> None:
    for name, text in column_docs().items():
        assert f"| `{name}` | {text} |" in card


def test_nothing_of_the_template_is_left(card: str) -> None:
    assert not re.search(r"\$\w", card)


def test_another_build_has_another_fingerprint(head: dict, built: Path) -> None:
    assert {entry["description"] for entry in head["configs"]} == {f"build {read_manifest(built).fingerprint}"}


@pytest.mark.parametrize(
    ("rows", "name"),
    [(999, "n<1K"), (1_050, "1K<n<10K"), (10_500, "10K<n<100K"), (10**8, "100M<n<1B"), (10**9, "n>1B")],
)
def test_size_category(rows: int, name: str) -> None:
    assert size_category(rows) == name


@pytest.fixture(scope="module")
def rows(built: Path) -> list[dict]:
    return [row for path in sorted(built.rglob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_the_head_has_features_rows_and_bytes_of_every_configuration(head: dict, built: Path) -> None:
    counted = collections.Counter()
    sizes = collections.Counter()
    for entry in head["configs"]:
        for split in entry["data_files"]:
            place = entry["config_name"], split["split"]
            counted[place] = sum(pq.read_metadata(built / path).num_rows for path in split["path"])
            sizes[place] = sum(pq.read_table(built / path).nbytes for path in split["path"])
    infos = {info["config_name"]: info for info in head["dataset_info"]}
    assert set(infos) == {entry["config_name"] for entry in head["configs"]}
    for name, info in infos.items():
        assert [feature["name"] for feature in info["features"]] == list(column_docs())
        assert {s["name"]: s["num_examples"] for s in info["splits"]} == {
            split: count for (config, split), count in counted.items() if config == name
        }
        for split in info["splits"]:
            assert split["num_bytes"] == pytest.approx(sizes[name, split["name"]], rel=0.05)
    assert infos["all"]["download_size"] == sum(path.stat().st_size for path in built.rglob("*.parquet"))


def test_the_head_has_what_the_hub_searches_by(head: dict) -> None:
    assert head["license"] == "apache-2.0"
    assert head["size_categories"] == ["n<1K"]
    assert {"task_categories", "tags", "annotations_creators", "language", "pretty_name"} <= set(head)


def test_the_states_and_the_difficulty_of_the_card_are_those_of_the_rows(card: str, rows: list[dict]) -> None:
    for kind in ("compiled", "executed", "gradient", "cuda"):
        states = collections.Counter(row["verification"][kind] for row in rows)
        shown = " | ".join(str(states[state]) for state in ("passed", "failed", "unsupported", "not run"))
        assert f"| {kind} | {shown} |" in card
    levels = collections.Counter(difficulty(row["features"]) for row in rows)
    for level in LEVELS:
        assert f"| {level} | {levels[level]} |" in card
    assert f"| distinct structures | {len({row['structural_hash'] for row in rows})} |" in card
    assert f"| Apache-2.0 | {len(rows)} |" in card


def test_the_example_is_a_row_of_the_build(card: str, rows: list[dict]) -> None:
    shown = re.search(r"Row `(\w+)`, kernel `(\w+)`", card)
    assert shown
    (row,) = (row for row in rows if row["id"] == shown[1])
    cells = [html.unescape(cell) for cell in re.findall(r"<pre>(.*?)</pre>", card, re.DOTALL)]
    levels = ("python_source", "cpp_forward", "cuda_forward", "cpp_backward", "cuda_backward", "support_cpp")
    assert cells == [row[level].rstrip("\n") for level in levels if row[level]]
    table = card[card.index("<table>") : card.index("</table>")]
    assert "\n\n" not in table  # it would end the table


def test_the_card_says_that_nothing_ran_on_a_gpu_and_whose_figures_the_kill_rates_are(card: str) -> None:
    assert "have **not been run** on one" in card
    found = json.loads((ROOT / "benchmarks" / "results" / "mutants.json").read_text(encoding="utf-8"))
    assert f"measured on {found['date']} with `{found['command']}`, not on these rows" in card
    assert f"| forward | {100 * found['forward']:.1f} % |" in card


def test_the_command_writes_the_same_card_again(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "copy")
    for name in ("README.md", "croissant.json", "pictures/statistics.png"):
        (tmp_path / "copy" / name).unlink()
    assert main(["card", str(tmp_path / "copy")]) == 0
    for name in ("README.md", "croissant.json", "pictures/statistics.png"):
        assert (tmp_path / "copy" / name).read_bytes() == (built / name).read_bytes()
    assert main(["card", str(tmp_path)]) == 2


def test_a_card_without_picture_and_kill_rates(built: Path) -> None:
    manifest = read_manifest(built)
    template = (ROOT / "dataset_card.md").read_text(encoding="utf-8")
    text = render_card(template, manifest, measure(built, manifest), None, None, None, picture=False)
    assert "has not been measured" in text
    assert "proven on" not in text
    assert ".png" not in text


def test_the_card_says_what_ran_on_a_gpu(built: Path) -> None:
    manifest = read_manifest(built)
    template = (ROOT / "dataset_card.md").read_text(encoding="utf-8")
    figures = measure(built, manifest)
    figures.states["cuda"].update(passed=7, failed=1)
    gpu = {
        "date": "2026-11-28",
        "command": "the command",
        "gpu": "a GPU",
        "driver": "its driver",
        "generated": {"passed": 1234, "failed": 5, "not run": 6},
        "worst_errors": {"float32": 1.26e-5},
        "worst_gradient_errors": {"float64": 3e-9},
    }
    text = render_card(template, manifest, figures, None, gpu, None, picture=False)
    assert "The CUDA code of 7 of" in text
    assert "1 failed there" in text
    assert "| generated | 1,234 | 5 | 6 |" in text
    assert "| float32 | 1.3e-05 | 0 |" in text
    assert "| real |" not in text


def test_the_card_says_what_a_model_learnt(built: Path) -> None:
    manifest = read_manifest(built)
    template = (ROOT / "dataset_card.md").read_text(encoding="utf-8")
    tests = ("test_real", "evaluation_people", "evaluation_grammar")
    runs = [
        {
            "trained on": "synthetic",
            "seed": seed,
            "device": "a GPU",
            "parameters": 41_000_000,
            "pairs": 1234,
            "tests": {test: {"last": bits, "passed": 0.25} for test in tests},
        }
        for seed, bits in enumerate((0.1, 0.3))
    ]
    learnt = {"date": "2026-11-28", "runs": runs}
    text = render_card(template, manifest, measure(built, manifest), None, None, learnt, picture=False)
    assert "A decoder of 41 million parameters" in text
    assert "| synthetic | 2 | 1,234 | 0.200 | 25.0 % | 0.200 |" in text


def test_the_card_names_only_files_that_are_there(card: str, built: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)]+)\)", card)
    assert {"pictures/statistics.png", "CHANGELOG.md"} <= set(targets)
    assert all((built / target).is_file() for target in targets)


def test_the_croissant_description_is_valid_and_names_every_file(built: Path, tmp_path: Path) -> None:
    content = json.loads((built / "croissant.json").read_text(encoding="utf-8"))
    files = {item["@id"]: item.get("sha256") for item in content["distribution"]}
    assert {name: sha for name, sha in files.items() if sha} == {
        str(path.relative_to(built)): sha256_of(path) for path in built.rglob("*.parquet")
    }
    tool = Path(sys.executable).with_name("mlcroissant")
    done = subprocess.run([tool, "validate", "--jsonld", built / "croissant.json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Done" in done.stderr
    content["recordSet"][0]["field"][0]["source"]["fileSet"]["@id"] = "elsewhere"
    (tmp_path / "broken.json").write_text(json.dumps(content))
    done = subprocess.run([tool, "validate", "--jsonld", tmp_path / "broken.json"], capture_output=True, text=True)
    assert done.returncode != 0


def test_stats_are_those_of_the_rows(built: Path) -> None:
    text = data_stats(built)
    rows = [row for path in built.rglob("*.parquet") for row in pq.read_table(path).to_pylist()]
    most = max(row["features"]["lines"] for row in rows)
    assert re.search(rf"\| lines of Python \| \d+ \| \d+ \| {most} \|", text)
    using = sum("clamp" in row["features"]["builtins"] for row in rows)
    assert f"| `clamp` | {100 * using / len(rows):.1f} % |" in text
    assert f"{len(rows):,} rows" in text


def test_stats_of_no_build(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no finished build"):
        data_stats(tmp_path)
