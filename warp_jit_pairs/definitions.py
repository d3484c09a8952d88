"""What a self-contained file defines beside its functions: constants, types, structs and enumerations, by their names.

Every object gets one name, which nothing else has; constants that were attributes keep a class around them, because
Warp treats a dotted name otherwise than a plain one. Functions are `self_contained.py`'s.
"""

from __future__ import annotations

import builtins
import enum
import keyword
import re
import typing
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import warp as wp
from warp._src import codegen as wp_codegen
from warp._src import types as wp_types

from .errors import Rejected
from .spelling import type_spelling, value_spelling


def unhashed(name: str) -> str:
    """A name without the hash that `warp.fem` ends the names of what it writes with."""
    return re.sub(r"(?<=\w)_[0-9a-f]{8}$", "", name)


@dataclass(frozen=True, slots=True)
class _Spelt:
    """Stands for a constant among the names taken: constants of one name and one spelling are one."""

    text: str


@dataclass(slots=True)
class Definitions(ABC):
    """What a file defines, and under which names."""

    names: dict[int, str] = field(default_factory=dict)
    """Names of the objects that are defined, by id."""
    kept: list[Any] = field(default_factory=list)
    """The same objects, so that no id is given twice."""
    taken: dict[str, Any] = field(default_factory=lambda: {"wp": wp})
    imports: set[str] = field(default_factory=lambda: {"import warp as wp"})
    assignments: list[str] = field(default_factory=list)
    namespaces: dict[str, list[str]] = field(default_factory=dict)
    """Assignments in the classes that stand for what constants were attributes of."""
    definitions: list[str] = field(default_factory=list)

    def define(self, value: Any, hint: str) -> str:
        """Reserve a name for an object, which is kept."""
        name = base = unhashed(re.sub(r"\W", "_", hint))
        count = 0
        while keyword.iskeyword(name) or hasattr(builtins, name) or self.taken.get(name, value) is not value:
            count += 1
            name = f"{base}_{count}"
        self.names[id(value)] = name
        self.taken[name] = value
        self.kept.append(value)
        return name

    def constant(self, value: Any, hint: str) -> str:
        """The name of a constant, after an assignment."""
        spelt = value_spelling(value)
        if spelt is None:
            raise Rejected("source: object", f"{hint} is a {type(value).__name__}, which has no spelling")
        if self.taken.get(hint) == _Spelt(spelt):
            return hint
        name = self.define(_Spelt(spelt), hint)
        self.assignments.append(f"{name} = {spelt}")
        return name

    def attribute(self, owner: Any, owner_name: str, name: str, value: Any) -> str:
        """The dotted name of a constant that was an attribute; Warp treats it otherwise than a name."""
        spelt = value_spelling(value)
        if spelt is None:
            raise Rejected("source: object", f"{owner_name}.{name} is a {type(value).__name__}, which has no spelling")
        space = self.names.get(id(owner)) or self.define(owner, owner_name)
        line = f"    {name} = {spelt}"
        if line not in self.namespaces.setdefault(space, []):
            self.namespaces[space].append(line)
        return f"{space}.{name}"

    def struct(self, struct: Any) -> str:
        if id(struct) in self.names:
            return self.names[id(struct)]
        fields = [f"    {label}: {self.type(variable.type)}" for label, variable in struct.vars.items()]
        name = self.define(struct, struct.key.rpartition(".")[2])
        self.definitions.append("\n".join(["@wp.struct", f"class {name}:", *(fields or ["    pass"])]))
        return name

    def enumeration(self, cls: type[enum.Enum]) -> str:
        if id(cls) in self.names:
            return self.names[id(cls)]
        base = "IntFlag" if issubclass(cls, enum.IntFlag) else "IntEnum"
        self.imports.add("import enum")
        name = self.define(cls, cls.__name__)
        members = [f"    {label} = {int(member.value)}" for label, member in cls.__members__.items()]
        self.definitions.append("\n".join([f"class {name}(enum.{base}):", *members]))
        return name

    def type(self, annotation: Any) -> str:
        """The text of a type."""
        if isinstance(annotation, wp_codegen.Struct):
            return self.struct(annotation)
        if annotation is typing.Any:
            self.imports.add("from typing import Any")
            return "Any"
        if wp_codegen.is_reference(annotation):
            return f"wp.ref[{self.type(annotation.value_type)}]"
        if wp_types.is_array(annotation) and not isinstance(annotation, wp_types.fixedarray):
            return type_spelling(type(annotation)(dtype=wp.float32, ndim=annotation.ndim)).replace(
                "wp.float32", self.type(annotation.dtype)
            )
        if isinstance(annotation, type) and annotation in (int, float, bool):
            return annotation.__name__
        if typing.get_origin(annotation) is tuple:
            return f"tuple[{', '.join(map(self.type, typing.get_args(annotation)))}]"
        if isinstance(annotation, typing.TypeVar):
            name = annotation.__name__
            for home in (wp, wp.types):
                if getattr(home, name, None) is annotation:
                    return f"{'wp' if home is wp else 'wp.types'}.{name}"
        try:
            text = type_spelling(annotation)
        except AttributeError as error:
            raise Rejected("source: type", f"{annotation!r} has no spelling") from error
        name = text.removeprefix("wp.")
        if name.isidentifier() and not hasattr(wp, name):
            raise Rejected("source: type", f"{name} is no type of Warp's, and what it is in C++ is not known")
        return text

    @abstractmethod
    def function(self, function: Any) -> str:
        """The name of a `wp.func`, after its definition."""
