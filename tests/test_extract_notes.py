"""The worked example of `notes/ir_format.md` is what extraction gives now."""

from __future__ import annotations

import os
import re
from pathlib import Path

from warp_jit_pairs.extract import Extracted, extract_batch

NOTE = Path(__file__).resolve().parent.parent / "notes" / "ir_format.md"
BLOCK = re.compile(r"(<!-- extract: (\w+) -->\n```\w+\n)(.*?)(?=```\n)", re.DOTALL)


def test_the_worked_example_is_current() -> None:
    text = NOTE.read_text()
    blocks = {name: body for _, name, body in BLOCK.findall(text)}
    assert set(blocks) == {"python_source", "cpp_forward", "cuda_forward", "support_cpp", "cpp_backward"}
    (extracted,) = extract_batch([blocks["python_source"]])
    assert isinstance(extracted, Extracted), extracted
    current = {name: getattr(extracted, name, body) for name, body in blocks.items()}
    if os.environ.get("WJP_REGENERATE_GOLDEN") == "1":
        NOTE.write_text(BLOCK.sub(lambda match: match.group(1) + current[match.group(2)], text))
    assert blocks == current
