"""`warp-jit-pairs extract`: what it shows and writes, and the one line that each bad target gets."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from warp_jit_pairs.errors import OutputError, SourceError, UnknownNameError
from warp_jit_pairs.extract import extract_ir
from warp_jit_pairs.show import load_kernels, run_extract, show

FOLDER = Path(__file__).parent / "golden" / "extract"
SAXPY = FOLDER / "saxpy.py"


def shown(width: int, device: str = "cpu", colours: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colours, color_system="standard" if colours else None)
    show(extract_ir(load_kernels(str(SAXPY))[0], device), console)
    return out.getvalue()


def test_wide_terminals_show_both_side_by_side() -> None:
    assert any("y[i] = alpha" in line and "│" in line[60:] for line in shown(200).splitlines())
    first = shown(200).splitlines()[0]
    assert "saxpy: Python" in first
    assert "C++" in first


def test_narrow_terminals_show_one_below_the_other() -> None:
    lines = shown(80).splitlines()
    assert "saxpy: Python" in lines[0]
    assert "C++" not in lines[0]
    assert any("C++" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_generated_lines_carry_the_number_of_their_python_line() -> None:
    source = extract_ir(load_kernels(str(SAXPY))[0])["python_source"].splitlines()
    number = 1 + next(index for index, line in enumerate(source) if "y[i] =" in line)
    assert any(f" {number} " in line and "wp::address(var_x" in line.split("│")[-2] for line in shown(250).splitlines())


def test_colours_are_used_on_a_terminal_only() -> None:
    assert "\x1b[" in shown(200, colours=True)
    assert "\x1b[" not in shown(200)


def test_one_kernel_of_a_file_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run_extract(f"{SAXPY}:saxpy", device="cuda", backward=True, jsonl=None)
    out = capsys.readouterr().out
    assert "CUDA" in out
    assert "saxpy_cuda_kernel_backward" in out


def test_rows_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_extract(str(SAXPY), device="cpu", backward=True, jsonl=str(tmp_path / "rows.jsonl"))
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]
    (row,) = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert row["metadata"]["kernel_name"] == "saxpy"
    assert "kernel_backward" in row["backward_code"]
    capsys.readouterr()
    run_extract(str(SAXPY), device="cpu", backward=True, jsonl="-")
    assert json.loads(capsys.readouterr().out) == row


def test_rows_of_a_module_leave_out_and_name_what_warp_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SAXPY.read_text()
    bad = text.partition("\n\n\n")[2].replace("saxpy", "refused").replace("alpha *", "undefined *")
    path = tmp_path / "two_kernels.py"
    path.write_text(text + "\n\n" + bad)
    run_extract(str(path), device="cpu", backward=False, jsonl="-")
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    assert captured.err.startswith("left out: Warp cannot generate code for kernel refused")
    with pytest.raises(SourceError, match="kernel refused"):
        run_extract(f"{path}:refused", device="cpu", backward=False, jsonl="-")
    with pytest.raises(SourceError, match=r"has 2 kernels: name one as .*:KERNEL, of refused, saxpy"):
        run_extract(str(path), device="cpu", backward=False, jsonl=None)


def test_kernels_of_a_module() -> None:
    kernels = load_kernels("warp.optim.linear")
    assert len(kernels) > 3
    assert [kernel.key for kernel in load_kernels("warp.examples.core.example_fluid:advect")] == ["advect"]


BAD = {
    "no such file": ("{folder}/nothing.py", "is no file"),
    "no such module": ("no_such_module_anywhere", "there is no module or file no_such_module_anywhere"),
    "no Python": ("{folder}/text.py", "is no Python: SyntaxError"),
    "no text": ("{folder}/bytes.py", "is no Python"),
    "no kernel": ("{folder}/empty.py", "has no Warp kernel"),
    "fails": ("{folder}/fails.py", "fails when imported: ZeroDivisionError"),
    "exits": ("{folder}/exits.py", "fails when imported: SystemExit"),
    "a folder": ("{folder}/", "is no file"),
    "unknown kernel": (str(SAXPY) + ":nothing", "has no kernel nothing: it has saxpy"),
    "module without kernels": ("json", "has no Warp kernel"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_target_gets_one_clear_line(case: str, tmp_path: Path) -> None:
    (tmp_path / "text.py").write_text("this is no Python\n")
    (tmp_path / "bytes.py").write_bytes(b"\x00\xff\xfe")
    (tmp_path / "empty.py").write_text("x = 1\n")
    (tmp_path / "fails.py").write_text("x = 1 / 0\n")
    (tmp_path / "exits.py").write_text("raise SystemExit(0)\n")
    target, message = BAD[case]
    with pytest.raises(SourceError) as caught:
        load_kernels(target.format(folder=tmp_path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_device_and_an_unwritable_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        run_extract(str(SAXPY), device="tpu", backward=False, jsonl=None)
    with pytest.raises(OutputError, match="cannot be written"):
        run_extract(str(SAXPY), device="cpu", backward=False, jsonl=str(tmp_path / "no" / "rows.jsonl"))
    assert list(tmp_path.iterdir()) == []
