"""The command line as a user meets it: what it prints, and one clear line for bad input."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import QUICK, Run

from warp_jit_pairs.cli import main

KERNEL = """
import warp as wp

@wp.kernel
def scale(x: wp.array(dtype=float), factor: float):
    i = wp.tid()
    x[i] = x[i] * factor
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with files that are no good."""
    (tmp_path / "broken.py").write_text("def kernel(:\n")
    (tmp_path / "empty.py").write_text("import warp as wp\n")
    (tmp_path / "good.py").write_text(KERNEL)
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").write_text("years of work")
    return tmp_path


BAD = {
    "no verb": ([], "VERB"),
    "an unknown verb": (["bake"], "bake"),
    "an unknown option": (["build", "--colour", "red"], "--colour"),
    "an unknown category": (["build", "--category", "maths"], "unknown category 'maths'.*arithmetic.*atomic"),
    "no records": (["build", "--num-records", "0"], "at least 1, not 0"),
    "a negative count": (["build", "--num-records=-3"], "at least 1, not -3"),
    "a count that is no number": (["build", "--num-records", "many"], "many"),
    "a negative seed": (["build", "--seed=-1"], "seed"),
    "no processes": (["build", "--num-proc", "0"], "at least 1, not 0"),
    "an unknown size": (["build", "--size", "huge"], "unknown size 'huge'"),
    "an unknown level of verification": (["build", "--verify", "hope"], "unknown verification level 'hope'.*gradient"),
    "a foreign folder": (["build", "--num-records", "7", "--output", "foreign"], "foreign holds files.*--overwrite"),
    "a file as output": (["build", "--num-records", "7", "--output", "file"], "file"),
    "a file on the way": (["build", "--num-records", "7", "--output", "file/out"], "file/out"),
    "nothing to verify": (["verify", "foreign"], "foreign holds no finished build"),
    "a file that is not there": (["extract", "nowhere.py"], "nowhere.py"),
    "a file that is no Python": (["extract", "broken.py"], "broken.py"),
    "a file without a kernel": (["extract", "empty.py"], "empty.py has no Warp kernel"),
    "a kernel that is not there": (["extract", "good.py:shrink"], "shrink.*scale"),
    "a module that is not there": (["extract", "no.such.module"], "no.such.module"),
    "an unknown device": (["extract", "good.py", "--device", "tpu"], "'tpu'.*cuda"),
    "an unknown element": (["poisson", "--element", "prism"], "prism"),
    "a degree that there is not": (["poisson", "--degree", "9"], "9"),
    "a GPU that is not there": (["check", "--quick", "--device", "cuda"], "cuda"),
    "statistics of no build": (["stats", "foreign"], "foreign holds no finished build"),
}


def _is_one_clear_line(text: str, pattern: str) -> bool:
    lines = text.strip().splitlines()
    return len(lines) == 1 and lines[0].startswith("warp-jit-pairs: ") and re.search(pattern, lines[0]) is not None


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_line_and_changes_nothing(
    name: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, pattern = BAD[name]
    monkeypatch.chdir(place)
    before = sorted(place.rglob("*"))
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert _is_one_clear_line(printed.err, pattern), printed.err
    assert printed.out == ""
    assert sorted(place.rglob("*")) == before


def _mount(folder: Path, options: str) -> None:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


@pytest.fixture
def mounted(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A tmpfs with the options of the parameter: as root, whom permissions do not stop, that is how writing fails."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder = tmp_path / "mounted"
    _mount(folder, request.param)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize(
    ("mounted", "pattern"),
    [("size=4k", "disk is full"), ("size=64k", "disk is full"), ("ro", "read-only")],
    indirect=["mounted"],
)
def test_a_disk_that_takes_nothing(mounted: Path, pattern: str, run_scratch: Run, tmp_path: Path) -> None:
    arguments = ("build", "--category", "arithmetic", "--num-records", "40", *QUICK, "--output", str(mounted / "out"))
    done = run_scratch("-m", "warp_jit_pairs.cli", *arguments)
    assert done.returncode == 2
    assert _is_one_clear_line(done.stderr, pattern), done.stderr
    assert not (mounted / "out" / "data").exists()


def test_an_unsupported_warp_is_refused_before_it_is_imported(run_scratch: Run, tmp_path: Path) -> None:
    metadata = tmp_path / "warp_lang-1.10.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: warp-lang\nVersion: 1.10.1\n")
    (tmp_path / "warp.py").write_text("raise SystemExit('warp was imported')\n")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from warp_jit_pairs.cli import main; sys.exit(main(['build']))"
    )
    done = run_scratch("-c", script, str(tmp_path), cwd=tmp_path)
    assert done.returncode == 2
    assert _is_one_clear_line(done.stderr, r'1\.10\.1 is not supported: run pip install "warp-lang==1\.19')


def test_an_exhausted_category_ends_with_the_number_reached(run_scratch: Run, tmp_path: Path) -> None:
    script = (
        "import sys; from warp_jit_pairs import plan; plan.GIVE_UP = 1\n"
        "from warp_jit_pairs.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ("build", "--category", "arithmetic", "--num-records", "600", "--num-proc", "1", "--size", "small")
    done = run_scratch("-c", script, *arguments, "--output", str(tmp_path / "out"))
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr, r"'arithmetic' gave \d+ distinct programs of the 600"), done.stderr


def test_a_build_ends_with_a_summary_and_the_line_that_loads_it(run_scratch: Run, tmp_path: Path) -> None:
    arguments = (
        "builder_script.py",
        "build",
        "--category",
        "math",
        "--num-records",
        "6",
        "--output",
        str(tmp_path / "o"),
    )
    done = run_scratch(*arguments)
    assert done.returncode == 0, done.stderr
    for expected in ("math", "train", "generated", "near-duplicates", "a second", "MB of parquet", str(tmp_path / "o")):
        assert expected in done.stdout
    assert done.stdout.splitlines()[-1].endswith('load_dataset("warp_jit_pairs")')
    again = run_scratch(*arguments)
    assert again.returncode == 0
    assert "nothing to do" in " ".join(again.stdout.split())


def test_extract_writes_json_lines(place: Path, run_scratch: Run) -> None:
    done = run_scratch("-m", "warp_jit_pairs.cli", "extract", "good.py", "--backward", "--jsonl", "-", cwd=place)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    row = json.loads(line)
    assert row["metadata"]["kernel_name"] == "scale"
    assert "def scale" in row["python_source"]
    assert "wp::mul" in row["forward_code"]
    assert "wp::adj_mul" in row["backward_code"]


def test_extract_shows_code_beside_python(place: Path, run_scratch: Run) -> None:
    done = run_scratch(
        "-m", "warp_jit_pairs.cli", "extract", "good.py:scale", "--device", "cuda", cwd=place, env={"COLUMNS": "200"}
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any("def scale(" in line and line.count("│") == 4 for line in lines), done.stdout
    assert "scale_cuda_kernel_forward" in done.stdout


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    assert all(verb in printed for verb in ("build", "verify", "extract", "check", "poisson", "stats"))
