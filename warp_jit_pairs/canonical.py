"""Generated C++ and CUDA text in its one canonical form. Pure text: Warp itself is left to `extract.py`.

Warp's text names the machine (`// /path/to/file.py:4`), repeats the Python source in comments (`// y[i] = s  <L 23>`),
numbers functions by how many of that name the process has seen and ends struct names in a hash. Here the comments
become a line map, names are numbered within one kernel, blank lines go, and indentation follows the braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_PYTHON_LINE = re.compile(r"<L (\d+)>$")
_DECLARED = re.compile(r" [*&]*(?:var|adj)_(\d+)(?: = .*|\{\})?;$")
_OPENS_FUNCTION = re.compile(r"(\w+)\($")
_INLINE_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|/\*.*?\*/ ?')
_LITERAL_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_OPENS_BEFORE_CODE = re.compile(r"^[ \t]*\{[ \t]+\S.*$", re.MULTILINE)
_CLOSES_BEHIND_CODE = re.compile(r"^.*;[ \t]*\}[ \t]*$", re.MULTILINE)
_SECTIONS = {
    "// argument vars": "",
    "// primal vars": "declare",
    "// dual vars": "declare",
    "// forward": "forward",
    "// reverse": "reverse",
}
_CACHED_LINES = 20_000


def renamer(names: Mapping[str, str]) -> re.Pattern[str] | None:
    """Compile the pattern that finds the keys of `names` as whole identifiers, also behind `adj_` and `replay_`."""
    changed = sorted((old for old, new in names.items() if old != new), key=lambda name: (-len(name), name))
    if not changed:
        return None
    return re.compile(rf"(?<!\w)((?:adj_|replay_)?)({'|'.join(map(re.escape, changed))})(?!\w)")


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


def split_braces(text: str) -> str:
    """Put each brace that opens or closes a block of several lines on a line of its own, as Warp does but for structs.

    Warp writes `{    x += rhs.x;` and `return *this;}` there, and snippets end as people end them.
    """
    return _CLOSES_BEHIND_CODE.sub(_split_closing, _OPENS_BEFORE_CODE.sub(_split_opening, text))


def _split_opening(match: re.Match[str]) -> str:
    line = match.group()
    return line.replace("{", "{\n", 1) if line.count("{") > line.count("}") else line


def _split_closing(match: re.Match[str]) -> str:
    line = match.group()
    return f"{line[: line.rindex('}')]}\n}}" if line.count("}") > line.count("{") else line


class _Line(NamedTuple):
    """What a generated line does to the layout, whatever stands around it."""

    closing: int
    depth: int
    parens: int
    opens: bool
    closes: bool
    declares: int
    function: str


_lines: dict[str, _Line] = {}


def _describe(line: str) -> _Line:
    """Look at one stripped line of code, once: the same lines come back in every kernel.

    Warp's loops are labels and gotos; their bodies are set in like blocks.
    """
    bare = _LITERAL.sub("", line) if '"' in line or "'" in line else line
    loop_opens = line.startswith(("start_for_", "start_while_"))
    loop_closes = line.startswith(("end_for_", "end_while_"))
    declared = _DECLARED.search(line)
    function = _OPENS_FUNCTION.search(line)
    described = _Line(
        closing=len(bare) - len(bare.lstrip("}")) + loop_closes,
        depth=bare.count("{") - bare.count("}") + loop_opens - loop_closes,
        parens=bare.count("(") - bare.count(")"),
        opens=bare.endswith("{") or loop_opens,
        closes=bare.startswith("}") or loop_closes,
        declares=int(declared.group(1)) if declared else -1,
        function=function.group(1) if function else "",
    )
    if len(_lines) >= _CACHED_LINES:
        _lines.clear()
    _lines[line] = described
    return described


def _is_plain(line: str) -> bool:
    """Whether a stripped line is a statement, as most are, that leaves the layout as it is: no brace, no loop's label.

    Such lines hold numbers of variables and seldom come back, so that looking them up would not pay.
    """
    return (
        line[-1] == ";"
        and line[-2:] != ":;"
        and "{" not in line
        and "}" not in line
        and '"' not in line
        and "'" not in line
        and line[0] != "#"
        and line.count("(") == line.count(")")
    )


class _LineMap:
    """The Python line of each generated line of one text.

    In the forward pass a comment comes before the lines of its statement and a block's end belongs to its start. In
    the reverse pass `// adj:` comes after the lines of its statement; the lines that open a block wait on a stack
    until the comment behind its end.
    """

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.enter(False)

    def enter(self, reverse: bool) -> None:
        self.reverse = reverse
        self.current = 0
        self.pending: list[int] = []
        self.blocks: list[list[int]] = []
        self.opened_at: list[int] = []

    def comment(self, line: int, adjoint: bool) -> None:
        if adjoint:
            for index in self.pending:
                self.lines[index] = line
            self.pending = []
            self.current = 0
            return
        if self.reverse and self.pending and self.blocks:
            self.blocks[-1] += self.pending
            self.pending = []
        self.current = line

    def plain(self) -> None:
        """A line that neither opens nor closes a block."""
        if self.reverse and not self.current:
            self.pending.append(len(self.lines))
        self.lines.append(self.current)

    def code(self, line: _Line) -> None:
        if self.reverse:
            if line.closes and self.blocks:
                self.pending = self.blocks.pop() + self.pending
            if not self.current:
                self.pending.append(len(self.lines))
            self.lines.append(self.current)
            if line.opens:
                self.blocks.append(self.pending)
                self.pending = []
            return
        if line.closes:
            self.current = self.opened_at.pop() if self.opened_at else 0
        self.lines.append(self.current)
        if line.opens:
            self.opened_at.append(self.current)


def canonical(
    text: str,
    variable_lines: Mapping[str, Sequence[int]],
    function: str = "",
    shifts: Mapping[str, int] | None = None,
    depth: int = 0,
) -> tuple[str, list[int]]:
    """Return `text` in canonical form and the Python line of each of its lines (0: none).

    `variable_lines` has, for each generated function, the Python line that each numbered variable comes from;
    `function` is the one that `text` starts in, and `depth` the number of blocks. `shifts`, if given, is added to the
    Python lines of each function in it; the lines of other functions are unknown then.
    """
    out: list[str] = []
    mapping = _LineMap()
    starts = [(0, function)]
    variables: Sequence[int] = variable_lines.get(function, ())
    declaring = False
    parens = 0
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            continue
        if line[0] == "/" and line.startswith("//"):
            if line in _SECTIONS:
                declaring = _SECTIONS[line] == "declare"
                mapping.enter(_SECTIONS[line] == "reverse")
            elif line[-1] == ">" and (found := _PYTHON_LINE.search(line, line.rfind("<"))) is not None:
                mapping.comment(int(found.group(1)), line.startswith("// adj: "))
            continue
        if "/*" in line:  # beside the arguments of Fourier transforms of tiles
            line = _INLINE_COMMENT.sub(lambda found: found.group(1) or "", line)
        if depth > 0 and not (declaring or parens) and _is_plain(line):
            mapping.plain()
            out.append("    " * depth + line)
            continue
        layout = _lines.get(line) or _describe(line)
        if depth == 0 and parens == 0:
            if out and out[-1] in ("}", "};"):
                out.append("")
                mapping.lines.append(0)
            if layout.function:
                declaring = False
                mapping.enter(False)
                if layout.function in variable_lines:
                    variables = variable_lines[layout.function]
                    starts.append((len(out), layout.function))
        if declaring and 0 <= layout.declares < len(variables):
            mapping.lines.append(variables[layout.declares])
        else:
            mapping.code(layout)
        indent = 0 if line[0] == "#" else 4 * (depth - layout.closing) + (4 if parens else 0)
        out.append(" " * indent + line)
        depth += layout.depth
        parens += layout.parens
    lines = mapping.lines if shifts is None else _shifted(mapping.lines, starts, shifts)
    return "\n".join(out) + "\n" if out else "", lines


class Kernel(NamedTuple):
    """A kernel's text in parts: up to its variables, its body, the last jump of an adjoint, and how many blocks end.

    Bodies are the same on both devices but for indentation and returns.
    """

    head: str
    body: str
    jump: str
    depth: int


def split_kernel(text: str) -> Kernel:
    """Cut a kernel's text; one without variables is all head."""
    head, ruler, body = text.partition("// primal vars\n")
    if not ruler:
        return Kernel(text, "", "", 0)
    depth = head.count("{") - head.count("}")
    for _ in range(depth):
        body = body[: body.rindex("}")]
    body, jump = body.rstrip(), ""
    if "// reverse\n" in body:
        body, _, jump = body.rpartition("\n")
    return Kernel(head, ruler + body, jump.strip(), depth)


def join_kernel(kernel: Kernel, head: tuple[str, list[int]], body: tuple[str, list[int]]) -> tuple[str, list[int]]:
    """Put a canonical head and a body that is canonical at depth 1 together, and close the blocks."""
    depth = kernel.depth
    text = body[0] if depth == 1 else "".join(f"    {line}\n" for line in body[0].splitlines())
    ending = [f"{'    ' * depth}{kernel.jump}"] if kernel.jump else []
    ending += ["    " * level + "}" for level in reversed(range(depth))]
    return f"{head[0]}{text}{''.join(line + chr(10) for line in ending)}", [*head[1], *body[1], *([0] * len(ending))]


def _shifted(lines: list[int], starts: list[tuple[int, str]], shifts: Mapping[str, int]) -> list[int]:
    moved: list[int] = []
    for (begin, function), (end, _) in zip(starts, [*starts[1:], (len(lines), "")], strict=True):
        shift = shifts.get(function)
        moved += [line + shift if line and shift is not None else 0 for line in lines[begin:end]]
    return moved
