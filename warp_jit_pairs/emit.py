"""Program tree to Python source. Prints only: every name, spelling and order was decided before.

The layout is that of `ruff format`: double quotes, four spaces, brackets split one item a line with a trailing comma
where a line would pass the program's width.
"""

from __future__ import annotations

import re
from typing import Any

from .expressions import call_parts, chain, expression
from .grammar import tree

_INDENT = "    "
_WORDS: dict[type[tree.Stmt], str] = {tree.Break: "break", tree.Continue: "continue"}


class Printer:
    """Lines of one function's body."""

    def __init__(self, width: int, exploded: bool = False) -> None:
        self.width = width
        self.exploded = exploded
        self.lines: list[str] = []

    def body(self, statements: tuple[tree.Stmt, ...], depth: int) -> None:
        while statements and isinstance(statements[-1], tree.Blank):
            statements = statements[:-1]
        pad = _INDENT * depth
        empty = True
        before = len(self.lines)
        for node in statements:
            kind = type(node)
            if kind is tree.Comment or kind is tree.Blank:
                if kind is tree.Comment or len(self.lines) > before:
                    self.statement(node, pad, depth)
            else:
                empty = False
                self.statement(node, pad, depth)
        if empty:
            self.lines.append(f"{pad}pass")

    def statement(self, statement: tree.Stmt, pad: str, depth: int) -> None:
        node: Any = statement
        kind = type(node)
        if kind is tree.Assign:
            targets = ", ".join(map(expression, node.targets))
            self.split(pad, f"{targets} = ", node.value, f"  # {node.note}" if node.note else "")
        elif kind is tree.Augment:
            self.split(pad, f"{expression(node.target)} {node.operator}= ", node.value)
        elif kind is tree.Do:
            self.split(pad, "", node.value)
        elif kind is tree.If:
            self.condition(pad, node, depth, "if")
        elif kind is tree.For:
            source = node.iterator or tree.Call(node.target.type, 0.0, 0.0, "range", node.bounds)
            self.lines.append(f"{pad}for {node.target.id} in {expression(source)}:")
            self.body(node.body, depth + 1)
        elif kind is tree.While:
            self.split(pad, "while ", node.test, ":")
            self.body(node.body, depth + 1)
        elif kind is tree.Return:
            if len(node.values) == 1:
                self.split(pad, "return ", node.values[0])
            else:
                self.lines.append(f"{pad}return {', '.join(map(expression, node.values))}".rstrip())
        elif kind is tree.Comment:
            self.lines.append(f"{pad}# {node.text}")
        elif kind is tree.Blank:
            if self.lines and self.lines[-1]:
                self.lines.append("")
        else:
            self.lines.append(pad + _WORDS[kind])

    def condition(self, pad: str, node: tree.If, depth: int, word: str) -> None:
        self.split(pad, f"{word} ", node.test, ":")
        self.body(node.body, depth + 1)
        if len(node.otherwise) == 1 and isinstance(node.otherwise[0], tree.If):
            self.condition(pad, node.otherwise[0], depth, "elif")
        elif node.otherwise:
            self.lines.append(f"{pad}else:")
            self.body(node.otherwise, depth + 1)

    def split(self, pad: str, before: str, value: tree.Expr, after: str = "") -> None:
        """One statement, over several lines if it is longer than the width."""
        line = f"{pad}{before}{expression(value)}{after}"
        if len(line) <= self.width:
            self.lines.append(line)
        elif isinstance(value, tree.Call):
            self.bracket(pad, f"{before}{value.function}(", call_parts(value), f"){after}")
        else:
            self.lines.append(f"{pad}{before}(")
            whole = f"{pad}{_INDENT}{expression(value)}"
            fits = len(whole) <= self.width
            pieces = [whole] if fits else [f"{pad}{_INDENT}{part}" for part in chain(value)]
            for piece in pieces:
                self.lines.extend(_wrapped(piece, self.width))
            self.lines.append(f"{pad}){after}")

    def bracket(self, pad: str, before: str, parts: list[tree.Expr | str], after: str) -> None:
        texts = [part if isinstance(part, str) else expression(part) for part in parts]
        self.lines.append(pad + before)
        joined = f"{pad}{_INDENT}{', '.join(texts)}"
        if len(joined) <= self.width and not self.exploded:
            self.lines.append(joined)
        else:
            for part, text in zip(parts, texts, strict=True):
                inner = pad + _INDENT
                if len(inner) + len(text) + 1 > self.width and isinstance(part, tree.Call):
                    self.bracket(inner, f"{part.function}(", call_parts(part), "),")
                elif len(inner) + len(text) + 1 > self.width and isinstance(part, tree.Binary):
                    *others, last = chain(part)
                    for piece in (*others, f"{last},"):
                        self.lines.extend(_wrapped(f"{inner}{piece}", self.width))
                else:
                    self.lines.extend(_wrapped(f"{inner}{text},", self.width))
        self.lines.append(pad + after)


_BREAKS = re.compile(r" (?=[-+*/|&^] )|(?<=,) ")


def _wrapped(line: str, width: int) -> list[str]:
    """A line inside brackets that is still too long, broken before an operator or after a comma.

    As far outside of inner brackets as it can be, and rather before a sum's term than before a factor.
    """
    pad = line[: len(line) - len(line.lstrip())]
    lines = []
    while len(line) > width:
        places = [m.start() for m in _BREAKS.finditer(line, len(pad) + 8, width)]
        if not places:
            break
        ranked = sorted((_depth(line, at), line[at + 1] in "*/", -at) for at in places)
        place = -ranked[0][2]
        lines.append(line[:place])
        line = pad + _INDENT + line[place + 1 :]
    return [*lines, line]


def _depth(line: str, end: int) -> int:
    """How many brackets that a line opens are open at a place."""
    return sum(line.count(bracket, 0, end) for bracket in "([") - sum(line.count(bracket, 0, end) for bracket in ")]")


def _function(node: tree.Function, width: int, always_split: bool, exploded: bool) -> list[str]:
    lines = list(node.decorators)
    texts = [f"{p.name}: {p.annotation}" if p.annotation else p.name for p in node.parameters]
    arrow = f" -> {node.returns}" if node.returns else ""
    line = f"def {node.name}({', '.join(texts)}){arrow}:"
    if len(line) <= width and not (always_split and len(texts) > 1):
        lines.append(line)
    else:
        lines.append(f"def {node.name}(")
        lines.extend(f"{_INDENT}{text}," for text in texts)
        lines.append(f"){arrow}:")
    if node.docstring:
        parts = node.docstring.split("\n")
        if len(parts) == 1:
            lines.append(f'{_INDENT}"""{parts[0]}"""')
        else:
            lines.append(f'{_INDENT}"""{parts[0]}')
            lines.extend(f"{_INDENT}{part}".rstrip() for part in parts[1:])
            lines.append(f'{_INDENT}"""')
    printer = Printer(width, exploded)
    printer.body(node.body, 1)
    return lines + printer.lines


def _struct(node: tree.StructDef) -> list[str]:
    lines = ["@wp.struct", f"class {node.type.name}:"]
    if node.docstring:
        lines += [f'{_INDENT}"""{node.docstring}"""', ""]
    fields = zip(node.type.fields, node.annotations, strict=True)
    return lines + [f"{_INDENT}{name}: {annotation}" for (name, _), annotation in fields]


def _factory(node: tree.Factory, width: int) -> list[str]:
    lines = [f"def {node.name}({', '.join(node.parameters)}):"]
    lines += [f"{_INDENT}{line}".rstrip() for line in _function(node.function, width - len(_INDENT), False, False)]
    lines += ["", f"{_INDENT}return {node.function.name}", "", ""]
    return lines + [f"{name} = {node.name}({', '.join(values)})" for name, values in node.made]


def emit(program: tree.Program, width: int = 120, always_split: bool = False, exploded: bool = False) -> str:
    """The Python source of a program; `exploded` puts each argument of a call that is split on a line of its own."""
    lines: list[str] = []
    if program.header:
        lines += [f'"""{program.header}"""', ""]
    lines += program.imports
    previous: object = None
    for part in (*program.parts, program.kernel):
        if isinstance(part, tree.Constant):
            if not isinstance(previous, tree.Constant):
                lines += [""] if previous is None else ["", ""]
            lines.append(f"{part.name} = {part.value}")
        else:
            lines += ["", ""]
            if isinstance(part, tree.StructDef):
                lines += _struct(part)
            elif isinstance(part, tree.Factory):
                lines += _factory(part, width)
            else:
                lines += _function(part, width, always_split, exploded)
        previous = part
    return "\n".join(lines) + "\n"
