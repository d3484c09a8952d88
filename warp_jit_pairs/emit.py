"""Program tree to Python source. Prints only: every name, spelling and order was decided before.

The layout is that of `ruff format`: double quotes, four spaces, brackets split one item a line with a trailing comma
where a line would pass the program's width.
"""

from __future__ import annotations

import re

from .grammar import tree

_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "not": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "==": 4,
    "!=": 4,
    "|": 5,
    "^": 6,
    "&": 7,
    "<<": 8,
    ">>": 8,
    "+": 9,
    "-": 9,
    "*": 10,
    "/": 10,
    "//": 10,
    "%": 10,
    "@": 10,
    "unary": 11,
    "**": 12,
}
_INDENT = "    "


def expression(node: tree.Expr, outer: int = 0) -> str:
    """The text of an expression, in parentheses where its surroundings bind tighter than `outer`."""
    if isinstance(node, tree.Name):
        return node.id
    if isinstance(node, tree.Literal):
        text = node.text or repr(node.value)
        return f"({text})" if outer > _PRECEDENCE["unary"] and text.startswith("-") else text
    if isinstance(node, tree.Subscript):
        return f"{expression(node.base, 13)}[{', '.join(_subscript(i) for i in node.indices)}]"
    if isinstance(node, tree.Call):
        return f"{node.function}({', '.join(_arguments(node))})"
    if isinstance(node, tree.Attribute):
        return f"{expression(node.base, 13)}.{node.name}"
    if isinstance(node, tree.Binary):
        own = _PRECEDENCE[node.operator]
        left, right = (own + 1, own) if node.operator == "**" else (own, own + 1)
        if own == 4:
            left = right = 5
        text = f"{expression(node.left, left)} {node.operator} {expression(node.right, right)}"
    elif isinstance(node, tree.Unary):
        own = _PRECEDENCE["not"] if node.operator == "not" else _PRECEDENCE["unary"]
        space = " " if node.operator == "not" else ""
        text = f"{node.operator}{space}{expression(node.operand, own)}"
    elif isinstance(node, tree.Logical):
        own = _PRECEDENCE[node.operator]
        text = f" {node.operator} ".join(expression(part, own + 1) for part in node.operands)
    elif isinstance(node, tree.Conditional):
        own = 0
        text = f"{expression(node.then, 1)} if {expression(node.test, 1)} else {expression(node.other)}"
        return f"({text})" if outer > 0 else text
    elif isinstance(node, tree.TupleOf):
        inner = ", ".join(expression(item) for item in node.items)
        return f"({inner},)" if len(node.items) == 1 else f"({inner})"
    elif isinstance(node, tree.Verbatim):
        return node.text
    else:
        raise TypeError(f"no text for {type(node).__name__}")
    return f"({text})" if own < outer else text


def _subscript(node: tree.Expr) -> str:
    if isinstance(node, tree.Slice):
        start = expression(node.start, 5) if node.start else ""
        stop = expression(node.stop, 5) if node.stop else ""
        spaced = not (_simple(node.start) and _simple(node.stop))
        if spaced:
            return f"{start} : {stop}".strip()
        return f"{start}:{stop}"
    return expression(node)


def _simple(node: tree.Expr | None) -> bool:
    return node is None or isinstance(node, (tree.Name, tree.Literal))


def _arguments(node: tree.Call) -> list[str]:
    return [expression(a) for a in node.arguments] + [f"{key}={expression(a)}" for key, a in node.keywords]


class Printer:
    """Lines of one function's body."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = []

    def body(self, statements: tuple[tree.Stmt, ...], depth: int) -> None:
        while statements and isinstance(statements[-1], tree.Blank):
            statements = statements[:-1]
        first = True
        for statement in statements:
            if first and isinstance(statement, tree.Blank):
                continue
            first = False
            self.statement(statement, depth)
        if all(isinstance(s, (tree.Comment, tree.Blank)) for s in statements):
            self.lines.append(f"{_INDENT * depth}pass")

    def statement(self, node: tree.Stmt, depth: int) -> None:
        pad = _INDENT * depth
        if isinstance(node, tree.Assign):
            targets = ", ".join(expression(target) for target in node.targets)
            self.split(pad, f"{targets} = ", node.value, f"  # {node.note}" if node.note else "")
        elif isinstance(node, tree.Augment):
            self.split(pad, f"{expression(node.target)} {node.operator}= ", node.value)
        elif isinstance(node, tree.Do):
            self.split(pad, "", node.value)
        elif isinstance(node, tree.If):
            self.condition(pad, node, depth, "if")
        elif isinstance(node, tree.For):
            source = node.iterator or tree.Call(node.target.type, 0.0, 0.0, "range", node.bounds)
            self.lines.append(f"{pad}for {node.target.id} in {expression(source)}:")
            self.body(node.body, depth + 1)
        elif isinstance(node, tree.While):
            self.split(pad, "while ", node.test, ":")
            self.body(node.body, depth + 1)
        elif isinstance(node, tree.Return):
            if len(node.values) == 1:
                self.split(pad, "return ", node.values[0])
            else:
                self.lines.append(f"{pad}return {', '.join(expression(v) for v in node.values)}".rstrip())
        elif isinstance(node, tree.Comment):
            self.lines.append(f"{pad}# {node.text}")
        elif isinstance(node, tree.Blank):
            if self.lines and self.lines[-1]:
                self.lines.append("")
        else:
            self.lines.append(pad + {tree.Break: "break", tree.Continue: "continue"}[type(node)])

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
            self.bracket(pad, f"{before}{value.function}(", _call_parts(value), f"){after}")
        else:
            self.lines.append(f"{pad}{before}(")
            whole = f"{pad}{_INDENT}{expression(value)}"
            fits = len(whole) <= self.width
            pieces = [whole] if fits else [f"{pad}{_INDENT}{part}" for part in _chain(value)]
            for piece in pieces:
                self.lines.extend(_wrapped(piece, self.width))
            self.lines.append(f"{pad}){after}")

    def bracket(self, pad: str, before: str, parts: list[tree.Expr | str], after: str) -> None:
        texts = [part if isinstance(part, str) else expression(part) for part in parts]
        self.lines.append(pad + before)
        joined = f"{pad}{_INDENT}{', '.join(texts)}"
        if len(joined) <= self.width:
            self.lines.append(joined)
        else:
            for part, text in zip(parts, texts, strict=True):
                inner = pad + _INDENT
                if len(inner) + len(text) + 1 > self.width and isinstance(part, tree.Call):
                    self.bracket(inner, f"{part.function}(", _call_parts(part), "),")
                elif len(inner) + len(text) + 1 > self.width and isinstance(part, tree.Binary):
                    chain = _chain(part)
                    for piece in (*chain[:-1], f"{chain[-1]},"):
                        self.lines.extend(_wrapped(f"{inner}{piece}", self.width))
                else:
                    self.lines.extend(_wrapped(f"{inner}{text},", self.width))
        self.lines.append(pad + after)


_BREAKS = re.compile(r" (?=[-+*/|&^] )|(?<=,) ")


def _wrapped(line: str, width: int) -> list[str]:
    """A line inside brackets that is still too long, broken before an operator or after a comma."""
    pad = line[: len(line) - len(line.lstrip())]
    lines = []
    while len(line) > width:
        places = [m.start() for m in _BREAKS.finditer(line, len(pad) + 8, width)]
        if not places:
            break
        lines.append(line[: places[-1]])
        line = pad + _INDENT + line[places[-1] + 1 :]
    return [*lines, line]


def _call_parts(node: tree.Call) -> list[tree.Expr | str]:
    return [*node.arguments, *(f"{key}={expression(value)}" for key, value in node.keywords)]


def _chain(node: tree.Expr) -> list[str]:
    """The operands of the outermost operators, each with its operator in front."""
    if isinstance(node, tree.Binary):
        own = _PRECEDENCE[node.operator]
        if own in (9, 10) and isinstance(node.left, tree.Binary) and _PRECEDENCE[node.left.operator] == own:
            head = _chain(node.left)
        else:
            head = [expression(node.left, own)]
        return [*head, f"{node.operator} {expression(node.right, own + 1)}"]
    if isinstance(node, tree.Logical):
        own = _PRECEDENCE[node.operator]
        parts = [expression(part, own + 1) for part in node.operands]
        return [parts[0], *(f"{node.operator} {part}" for part in parts[1:])]
    if isinstance(node, tree.Conditional):
        return [expression(node.then, 1), f"if {expression(node.test, 1)}", f"else {expression(node.other)}"]
    return [expression(node)]


def _function(node: tree.Function, width: int, always_split: bool) -> list[str]:
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
    printer = Printer(width)
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
    lines += [f"{_INDENT}{line}".rstrip() for line in _function(node.function, width - len(_INDENT), False)]
    lines += ["", f"{_INDENT}return {node.function.name}", "", ""]
    return lines + [f"{name} = {node.name}({', '.join(values)})" for name, values in node.made]


def emit(program: tree.Program, width: int = 120, always_split: bool = False) -> str:
    """The Python source of a program."""
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
                lines += _function(part, width, always_split)
        previous = part
    return "\n".join(lines) + "\n"
