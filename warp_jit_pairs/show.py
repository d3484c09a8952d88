"""`warp-jit-pairs extract`: kernels of a module or file, one shown beside its generated code, or all as JSONL.

Parsing the command line is left to `cli.py`, and generating the code to `extract.py`.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from .errors import OutputError, SourceError
from .extract import extract_ir
from .live_kernels import kernels_of

SIDE_BY_SIDE = 120
"""Columns from which on Python and generated code stand beside each other."""

_THEME = "ansi_dark"  # the terminal's own colours


def run_extract(target: str, *, device: str, backward: bool, jsonl: str | None) -> None:
    """Show the kernel that `target` names, or write each kernel of it as a row of `jsonl` (`-`: standard output)."""
    kernels = load_kernels(target)
    if jsonl is not None:
        write_jsonl(kernels, jsonl, device=device, backward=backward)
    elif len(kernels) > 1:
        names = ", ".join(sorted({kernel.key for kernel in kernels}))
        raise SourceError(f"{target} has {len(kernels)} kernels: name one as {target}:KERNEL, of {names}")
    else:
        show(extract_ir(kernels[0], device, backward), Console())


def load_kernels(target: str) -> list[Any]:
    """Import a module or file and return its kernels, or the one named after a colon, overloads one by one.

    Raises:
        SourceError: there is no such module or file, it fails, or it has no such kernel.
    """
    place, _, name = target.partition(":") if not Path(target).exists() else (target, "", "")
    if place.endswith(".py") or os.sep in place or Path(place).is_file():
        module = _import_file(Path(place))
    else:
        module = _import_module(place)
    kernels = kernels_of(module)
    if not kernels:
        raise SourceError(f"{place} has no Warp kernel")
    if not name:
        return kernels
    named = [kernel for kernel in kernels if name == kernel.key or vars(module).get(name) is kernel]
    if not named:
        known = ", ".join(sorted({kernel.key for kernel in kernels}))
        raise SourceError(f"{place} has no kernel {name}: it has {known}")
    return named


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise SourceError(f"{path} is no file")
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: null bytes, or bytes that are no text
        raise SourceError(f"{path} is no Python: {_first_line(error)}") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    name = path.stem if path.stem.isidentifier() and path.stem not in sys.modules else f"extracted_{path.stem}"
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None  # a loader was given
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise SourceError(f"{path} fails when imported: {_first_line(error)}") from error
    return module


def _import_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise SourceError(f"there is no module or file {name}") from error
        raise SourceError(f"{name} fails when imported: {_first_line(error)}") from error
    except (Exception, SystemExit) as error:
        raise SourceError(f"{name} fails when imported: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def write_jsonl(kernels: list[Any], place: str, *, device: str, backward: bool) -> None:
    """Write what `extract_ir` returns for each kernel as one line of JSON; a file is whole or not there.

    Of several kernels, those that Warp refuses are left out and named on stderr.
    """
    rows = []
    for kernel in kernels:
        try:
            rows.append(json.dumps(extract_ir(kernel, device, backward), ensure_ascii=False) + "\n")
        except SourceError as error:
            if len(kernels) == 1:
                raise
            print(f"left out: {error}", file=sys.stderr)
    if place == "-":
        sys.stdout.writelines(rows)
        return
    path = Path(place)
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text("".join(rows), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    print(f"{path}: {len(rows)} kernels")


def show(found: dict[str, Any], console: Console) -> None:
    """Print what `extract_ir` found, side by side with its Python if the terminal is wide enough, in colours.

    Before each generated line stands the number of the Python line that it comes from.
    """
    metadata = found["metadata"]
    python = Syntax(
        found["python_source"], "python", theme=_THEME, line_numbers=True, word_wrap=True, background_color="default"
    )
    code = _generated(found["cpp_code"], metadata["line_map"])
    title = {"cpu": "C++", "cuda": "CUDA"}[metadata["device"]]
    panels: list[RenderableType] = [
        Panel(python, title=f"{metadata['kernel_name']}: Python", title_align="left"),
        Panel(code, title=f"{title}, after its line of Python", title_align="left"),
    ]
    if console.width < SIDE_BY_SIDE:
        console.print(Group(*panels))
        return
    table = Table.grid(expand=True)
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    table.add_row(*panels)
    console.print(table)


def _generated(code: str, lines: list[int]) -> Text:
    coloured = Syntax("", "cpp", theme=_THEME, background_color="default").highlight(code)
    out = Text(overflow="fold")
    before = 0
    for line, number in zip(coloured.split("\n", allow_blank=True), lines, strict=False):
        out.append(f"{number if number and number != before else '':>4} ", style="dim")
        out.append_text(line)
        out.append("\n")
        before = number
    return out
