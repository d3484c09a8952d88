"""Which array arguments a kernel reads and which it writes, from its generated forward statements. Pure text.

An array reaches a store through views, element pointers, struct fields and functions: each statement that makes such
a holder passes on the arguments behind it, and each call of a function applies what that function does to its
parameters. Reading the shape of an array is no read.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

_VARIABLE = re.compile(r"\bvar_\w+")
_CALL = re.compile(r"(?:(var_\w+) = )?(?:wp::)?([A-Za-z_]\w*)(?:<.*>)?\((.*)\);$")
_ASSIGNED = re.compile(r"(var_\w+) = ")
_SHAPE = re.compile(r"&\(\(?var_\w+\)?\.shape\)|\bwp::len\(")


@dataclasses.dataclass(frozen=True, slots=True)
class Body:
    """What is needed of one function or kernel.

    `holders` are the variables that are arrays, pointers, or structs: what can stand for an argument's memory.
    `snippet` is the text of a native function, which has no statements.
    """

    name: str
    parameters: Sequence[str]
    statements: Sequence[str]
    holders: frozenset[str]
    snippet: str | None = None


Use = dict[str, set[str]]
"""For each parameter, `read` and `write` as found."""


def argument_roles(kernel: Body, functions: Sequence[Body]) -> dict[str, str]:
    """Return `in`, `out` or `inout` for each parameter of `kernel`; `functions` come callees first."""
    uses: dict[str, list[set[str]]] = {}
    for function in functions:
        found = _snippet_use(function) if function.snippet is not None else _use(function, uses)
        uses[function.name] = [found[name] for name in function.parameters]
    return {name: _role(use) for name, use in _use(kernel, uses).items()}


def _role(use: set[str]) -> str:
    if "write" not in use:
        return "in"
    return "inout" if "read" in use else "out"


def _snippet_use(function: Body) -> Use:
    """Read a native snippet: an element assigned to is written, one whose address is taken may be both."""
    use: Use = {}
    for name in function.parameters:
        element = rf"\b{re.escape(name)}\b(?:\.data)?\s*\[[^\]]*\](?:\.\w+)*"
        text = function.snippet or ""
        written = len(re.findall(rf"{element}\s*=(?!=)", text))
        updated = len(re.findall(rf"{element}\s*(?:[-+*/|&^]=|\+\+|--)|&\s*{element}", text))
        total = len(re.findall(rf"\b{re.escape(name)}\b", text))
        use[name] = {"write"} if written or updated else set()
        if total > written:
            use[name].add("read")
    return use


def _use(body: Body, functions: dict[str, list[set[str]]]) -> Use:
    use: Use = {name: set() for name in body.parameters}
    behind: dict[str, set[str]] = {f"var_{name}": {name} for name in body.parameters if f"var_{name}" in body.holders}
    for statement in body.statements:
        text = statement.strip()
        if text.startswith("//") or not any(token in behind for token in _VARIABLE.findall(text)):
            continue
        _statement(text, body.holders, behind, use, functions)
    return use


def _statement(
    text: str, holders: frozenset[str], behind: dict[str, set[str]], use: Use, functions: dict[str, list[set[str]]]
) -> None:
    """Apply one statement that mentions an argument's memory."""
    if _SHAPE.search(text) or (text.startswith("return ") and text[7:-1] in holders):
        return  # what comes of a view that is returned shows at the call
    call = _CALL.match(text)
    if text.startswith("*"):  # through a wp.ref parameter
        place, _, value = text.partition(" = ")
        for argument in _arguments(place, behind):
            use[argument].add("write")
        for argument in _arguments(value, behind):
            use[argument].add("read")
    elif call is None:
        assigned = _ASSIGNED.match(text)
        _take(assigned.group(1) if assigned else None, text, holders, behind, use)
    else:
        _call(call, holders, behind, use, functions)


def _call(
    call: re.Match[str],
    holders: frozenset[str],
    behind: dict[str, set[str]],
    use: Use,
    functions: dict[str, list[set[str]]],
) -> None:
    target, name, arguments = call.groups()
    parts = _split(arguments)
    if name in functions:
        for part, effects in zip(parts, functions[name], strict=False):
            for argument in _arguments(part, behind):
                use[argument] |= effects
        if target in holders:
            _take(target, arguments, holders, behind, use)
    elif name == "assign" and parts[0] in holders:
        behind.setdefault(parts[0], set()).update(_arguments(parts[1], behind))
    elif "store" in name or "atomic" in name or "scatter" in name:
        for argument in _arguments(parts[0], behind):
            use[argument] |= {"read", "write"} if "atomic" in name else {"write"}
        for argument in _arguments(" ".join(parts[1:]), behind):
            use[argument].add("read")
    else:
        _take(target, arguments, holders, behind, use)


def _take(target: str | None, text: str, holders: frozenset[str], behind: dict[str, set[str]], use: Use) -> None:
    """What `text` mentions is behind `target` now if that is a holder, and read if it is a plain value."""
    found = _arguments(text.partition(" = ")[2] if target and text.startswith(target) else text, behind)
    if target is not None and target in holders:
        behind.setdefault(target, set()).update(found)
        return
    for argument in found:
        use[argument].add("read")


def _arguments(text: str, behind: dict[str, set[str]]) -> set[str]:
    return {argument for token in _VARIABLE.findall(text) for argument in behind.get(token, ())}


def _split(arguments: str) -> list[str]:
    """Split a call's arguments at the commas that are its own."""
    if "(" not in arguments and "<" not in arguments and "{" not in arguments:
        return arguments.split(", ")
    parts, depth, start = [], 0, 0
    for index, char in enumerate(arguments):
        if char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(arguments[start:index].strip())
            start = index + 1
    return [*parts, arguments[start:].strip()]
