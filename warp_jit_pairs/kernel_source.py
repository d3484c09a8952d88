"""The Python text of a live kernel, with what it uses, as one file as self-contained as can be told.

Structs, functions and plain constants are put before the kernel under a small set of imports. What a kernel takes from
elsewhere in other ways (a function through its module, an object in `wp.static`) is not followed.
"""

from __future__ import annotations

import inspect
import math
import re
from typing import Any

from .codegen import Function, Generated, constant_spelling

_IMPORTS = (
    (r"\bmath\.", "import math"),
    (r"\bAny\b", "from typing import Any"),
    (r"\bnp\.", "import numpy as np"),
    (r"\bnumpy\.", "import numpy"),
    (r"(?<!import )\bwarp\.", "import warp"),
)


def whole_source(generated: Generated) -> tuple[str, list[int]]:
    """Return the text, and how far the lines of each function, and of the kernel after them, moved from their file."""
    functions = [*generated.functions, generated.kernel]
    structs = [text for cls in generated.structs if (text := _class_source(cls)) is not None]
    body = "\n".join([*structs, *(function.source for function in functions)])
    lines = [line for pattern, line in _IMPORTS if re.search(pattern, body)]
    lines += ["import warp as wp", ""]
    constants = _constants(functions)
    if constants:
        lines += [*constants, ""]
    for text in dict.fromkeys(structs):
        lines += ["", *text.rstrip().split("\n"), ""]
    starts: dict[tuple[str, int], int] = {}
    shifts: list[int] = []
    for function in functions:
        place = (function.source, function.first_line)
        if place not in starts:
            starts[place] = len(lines) + 2
            lines += ["", *function.source.rstrip().split("\n"), ""]
        shifts.append(starts[place] - function.first_line)
    return "\n".join(lines).rstrip() + "\n", shifts


def _class_source(cls: type) -> str | None:
    try:
        return inspect.cleandoc("\n" + inspect.getsource(cls))
    except (OSError, TypeError):  # made by type(), or its file is gone
        return None


def _constants(functions: list[Function]) -> list[str]:
    """Spell the constants that the functions take from around them, in order of name."""
    values: dict[str, Any] = {}
    for function in functions:
        values |= {name: value for name, value in function.constants().items() if name.isidentifier()}
    spelt = {name: _spelling(value) for name, value in values.items()}
    return [f"{name} = {text}" for name, text in sorted(spelt.items()) if text is not None]


def _spelling(value: Any) -> str | None:
    if isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    return constant_spelling(value)
