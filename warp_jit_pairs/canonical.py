"""Generated C++ and CUDA text in its one canonical form. Pure text: Warp itself is left to `extract.py`.

Warp's text names the machine (`// /path/to/file.py:4`), repeats the Python source in comments (`// y[i] = s  <L 23>`),
numbers functions by how many of that name the process has seen and ends struct names in a hash. Here the comments
become a line map, names are numbered within one kernel, blank lines go, and indentation follows the braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_PYTHON_LINE = re.compile(r"<L (\d+)>$")
_DECLARED = re.compile(r" [*&]*(?:var|adj)_(\d+)(?: = .*)?;$")
_OPENS_FUNCTION = re.compile(r"(\w+)\($")
_LITERAL_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_SECTIONS = {"// argument vars", "// primal vars", "// dual vars", "// forward", "// reverse"}


def renamer(names: Mapping[str, str]) -> re.Pattern[str] | None:
    """Compile the pattern that finds the keys of `names` as whole identifiers, also behind `adj_` and `replay_`."""
    changed = sorted((old for old, new in names.items() if old != new), key=lambda name: (-len(name), name))
    if not changed:
        return None
    return re.compile(rf"(?<![A-Za-z0-9])(?<!\w_)((?:adj_|replay_)?)({'|'.join(map(re.escape, changed))})(?!\w)")


def drop_snippet_comments(text: str) -> str:
    """Remove every comment but those that carry a Python line, leaving string literals alone.

    Only native snippets, which people write, hold comments behind code or across lines.
    """

    def keep(match: re.Match[str]) -> str:
        found = match.group()
        if found[0] != "/":
            return found
        return found if found in _SECTIONS or _PYTHON_LINE.search(found) else " "

    return _LITERAL_OR_COMMENT.sub(keep, text)


class _LineMapper:
    """Gives each generated line of one function the Python line it comes from.

    In the forward pass a comment comes before the lines of its statement; in the reverse pass `// adj:` comes after
    them, and a block's first line waits on a stack until the comment behind its closing line.
    """

    def __init__(self, lines: list[int]) -> None:
        self.lines = lines
        self.section = ""
        self.current = 0
        self.pending: list[int] = []
        self.blocks: list[list[int]] = []
        self.opened_at: list[int] = []

    def enter(self, section: str) -> None:
        self.section = section
        self.current = 0
        self.pending, self.blocks, self.opened_at = [], [], []

    def comment(self, line: int, adjoint: bool) -> None:
        if adjoint:
            for index in self.pending:
                self.lines[index] = line
            self.pending = []
            self.current = 0
            return
        if self.section == "// reverse" and self.pending and self.blocks:
            self.blocks[-1] += self.pending
            self.pending = []
        self.current = line

    def code(self, text: str, declared: int) -> None:
        closes = text.startswith("}")
        opens = text.endswith("{")
        if self.section != "// reverse":
            if closes and self.opened_at:
                self.current = self.opened_at.pop()
            self.lines.append(declared or self.current)
            if opens:
                self.opened_at.append(self.current)
            return
        if (closes or text.startswith("end_")) and self.blocks:
            self.pending = self.blocks.pop() + self.pending
        if not self.current:
            self.pending.append(len(self.lines))
        self.lines.append(self.current)
        if opens or text.startswith("start_"):
            self.blocks.append(self.pending)
            self.pending = []


def canonical(text: str, variable_lines: Mapping[str, Sequence[int]], function: str = "") -> tuple[str, list[int]]:
    """Return `text` in canonical form and the Python line of each of its lines (0: none).

    `variable_lines` has, for each generated function, the Python line that each numbered variable comes from;
    `function` is the one that `text` starts in.
    """
    out: list[str] = []
    mapper = _LineMapper([])
    variables: Sequence[int] = variable_lines.get(function, ())
    depth = parens = 0
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            continue
        if line.startswith("//"):
            if line in _SECTIONS:
                mapper.enter(line)
            elif (found := _PYTHON_LINE.search(line)) is not None:
                mapper.comment(int(found.group(1)), line.startswith("// adj: "))
            continue
        if depth == 0 and parens == 0 and (opens := _OPENS_FUNCTION.search(line)) is not None:
            mapper.enter("")
            variables = variable_lines.get(opens.group(1), variables)
        if out and depth == 0 and out[-1] in ("}", "};"):
            out.append("")
            mapper.lines.append(0)
        declared = 0
        if mapper.section in ("// primal vars", "// dual vars") and (found := _DECLARED.search(line)) is not None:
            number = int(found.group(1))
            declared = variables[number] if number < len(variables) else 0
        mapper.code(line, declared)

        counted = _LITERAL.sub("", line) if '"' in line or "'" in line else line
        closing = len(counted) - len(counted.lstrip("}")) + line.startswith(("end_for_", "end_while_"))
        indent = 0 if line[0] == "#" else 4 * (depth - closing) + (4 if parens else 0)
        out.append(" " * indent + line)
        depth += counted.count("{") - counted.count("}") + _loop_depth(line)
        parens += counted.count("(") - counted.count(")")
    return "".join(line + "\n" for line in out), mapper.lines


def _loop_depth(line: str) -> int:
    """Warp's loops are labels and gotos: their bodies are set in like blocks."""
    if line.startswith(("start_for_", "start_while_")):
        return 1
    return -1 if line.startswith(("end_for_", "end_while_")) else 0
