"""PTX text: cut into one module for each kernel, with all that it needs to load, in its one canonical form.

NVRTC writes one module for all kernels of a translation unit, and every constant of Warp's headers into it. `cut` keeps
what an entry refers to; `canonical` drops comments, numbers labels, literals and namespaces within the module, and
states the oldest PTX version that drivers need to know. Compiling is left to `ptx.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

VERSION = "9.0"
"""PTX version of every module, that of CUDA 13.0: NVRTC states its own, which older drivers refuse to load, though
nothing in the text needs it (assembled by ptxas 13.0)."""

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_$%][\w$]*")
_LABEL = re.compile(r"\$L__(\w+?)(\d+)_")
_DEPOT = re.compile(r"__local_depot\d+")
_SPACE = re.compile(r"(\d+)kernel_\d+")
_INTERNAL = re.compile(r"\d+_INTERNAL_[0-9a-f]{8}_\d+_\w+?_cu_[0-9a-f]{8}(?:_\d+)?")
_ANONYMOUS = re.compile(r"\$str(?:\$\d+)?(?![\w$])|__unnamed_\d+")
_HEADER = (".version", ".target", ".address_size")


@dataclass(frozen=True, slots=True)
class Item:
    """A function, a variable or a declaration of a module, and the names in it."""

    name: str
    text: str
    words: frozenset[str]
    is_entry: bool


@dataclass(frozen=True, slots=True)
class Module:
    """A module in parts; the header names version, target and address size."""

    header: tuple[str, ...]
    items: tuple[Item, ...]


def parse(text: str) -> Module:
    """Split a module at its top level, without comments."""
    header: list[str] = []
    items: list[Item] = []
    lines: list[str] = []
    depth = 0
    for line in _COMMENT.sub("", text.rstrip("\0")).splitlines():
        if not line.strip():
            continue
        if depth == 0 and not lines and line.startswith(_HEADER):
            header.append(line.strip())
            continue
        lines.append(line.rstrip())
        depth += line.count("{") - line.count("}")
        if depth == 0 and line.rstrip().endswith((";", "}")):
            items.append(_item("\n".join(lines)))
            lines = []
    return Module(tuple(header), tuple(items))


def _item(text: str) -> Item:
    head = text.split("{")[0] if text.lstrip().startswith((".visible", ".func", ".entry", ".weak", ".extern")) else text
    is_function = ".entry" in head or ".func" in head
    return Item(
        name=_function_name(head) if is_function else _variable_name(text),
        text=text,
        words=frozenset(_WORD.findall(text)),
        is_entry=".entry" in head,
    )


def _function_name(head: str) -> str:
    """The word before the parameters; a function's result stands in parentheses before its name."""
    after = re.sub(r"^.*?\.(?:entry|func)\b\s*(?:\([^)]*\))?", "", head, count=1, flags=re.DOTALL)
    found = _WORD.search(after)
    assert found is not None, head
    return found.group()


def _variable_name(text: str) -> str:
    declared = text.split("=")[0].split("[")[0].rstrip(" ;\n")
    return declared.rsplit(None, 1)[-1]


def cut(module: Module, entries: Sequence[str]) -> str:
    """A module of some entries, in the order of the text, with the functions and data that they refer to.

    Raises:
        KeyError: an entry is not in the module.
    """
    defined: dict[str, set[str]] = {}
    for item in module.items:  # a function may be declared before it is defined
        defined.setdefault(item.name, set()).update(item.words)
    others = {item.name for item in module.items if not item.is_entry}
    needed: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        waiting += defined[name] & others
    kept = [item.text for item in module.items if item.name in needed]
    return "\n".join([*module.header, *kept]) + "\n"


def undefined(text: str) -> list[str]:
    """Functions that a module declares as another's."""
    return [item.name for item in parse(text).items if item.text.startswith(".extern .func")]


def canonical(text: str) -> str:
    """The module with its numbers counted within itself and one way of laying it out."""
    parts = parse(text)
    header = [f".version {VERSION}" if line.startswith(".version") else line for line in parts.header]
    body = "\n\n".join(_laid_out(_numbered(item.text, place)) for place, item in enumerate(parts.items))
    body = _SPACE.sub(lambda match: f"{match[1]}kernel_{'0' * (int(match[1]) - len('kernel_'))}", body)
    body = _INTERNAL.sub("_INTERNAL_module", body)
    literals: dict[str, str] = {}
    body = _ANONYMOUS.sub(lambda match: literals.setdefault(match.group(), f"$str${len(literals)}"), body)
    return "\n".join(header) + "\n\n" + body + "\n"


def _numbered(text: str, place: int) -> str:
    text = _LABEL.sub(lambda match: f"$L__{match[1]}{place}_", text)
    return _DEPOT.sub(f"__local_depot{place}", text)


def _laid_out(text: str) -> str:
    """One level of indentation inside a function, none for its labels, single blanks between words."""
    lines = []
    for raw in text.splitlines():
        line = " ".join(raw.split())
        flat = not raw[:1].isspace() or line.startswith("$") or line in ("{", "}", ")")
        lines.append(line if flat else f"    {line}")
    return "\n".join(lines)
