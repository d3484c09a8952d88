"""The canonical code of small kernels, one a feature, against the files beside their sources.

A new release of Warp shows here as a diff to read. `WJP_REGENERATE_GOLDEN=1 pytest tests/test_extract_golden.py`
writes the files anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warp_jit_pairs.extract import Extracted, extract_batch

FOLDER = Path(__file__).parent / "golden" / "extract"
COLUMNS = {
    "saxpy": ("cpp_forward", "cpp_backward", "cuda_forward", "cuda_backward"),
    "control_flow": ("cpp_forward", "cpp_backward"),
    "functions": ("support_cpp", "cuda_forward"),
    "custom_gradient": ("support_cpp", "cpp_backward"),
    "native_snippet": ("support_cpp", "support_cuda"),
    "structs": ("support_cpp", "cpp_forward"),
    "static_closure": ("cpp_forward",),
    "types_and_atomics": ("cuda_forward",),
    "tiles": ("cpp_forward", "cuda_backward"),
    "forward_only": ("support_cuda", "cpp_forward", "cpp_backward", "cuda_forward"),
}
"""The columns that show the feature; all would be ten times the text."""


def _rendered(extracted: Extracted, columns: tuple[str, ...]) -> str:
    args = "".join(
        f"{arg['name']}: {arg['type']} {arg['dtype']} {arg['ndim']} {arg['role']}\n" for arg in extracted.args
    )
    parts = [f"==== {extracted.kernel_name}\n{args}"]
    for column in columns:
        lines = getattr(extracted, column).splitlines()
        numbered = zip(extracted.line_map[column], lines, strict=True)
        parts.append(
            f"==== {column}\n" + "".join(f"{number or '':>3} {line}".rstrip() + "\n" for number, line in numbered)
        )
    return "".join(parts)


def test_every_source_has_a_golden_file() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == sorted(COLUMNS)


@pytest.mark.parametrize("name", COLUMNS)
def test_golden(name: str) -> None:
    (extracted,) = extract_batch([(FOLDER / f"{name}.py").read_text()])
    assert isinstance(extracted, Extracted), extracted
    golden = FOLDER / f"{name}.golden"
    rendered = _rendered(extracted, COLUMNS[name])
    if os.environ.get("WJP_REGENERATE_GOLDEN") == "1":
        golden.write_text(rendered)
    assert rendered == golden.read_text()
