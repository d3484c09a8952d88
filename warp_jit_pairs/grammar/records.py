"""An array of structs whose fields are the quantities that a kernel asks for."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .kernel import Kernel
from .tree import Expr


class Records:
    """A struct for each element; it grows with the fields that are asked for, as `Bundle` does."""

    def __init__(self, k: Kernel, name: str, kind: str, local: str, dims: Sequence[Dim], role: str = "in") -> None:
        self.k, self.dims, self.role, self.local = k, tuple(dims), role, local
        self.struct = name
        self.fields: dict[str, tuple[str, t.Type]] = {}
        self.facts: dict[str, dict[str, Any]] = {}
        self.place = len(k.shared.parts)
        self.empty = t.Struct(name, ())
        array = k.array(kind, self.empty, dims, role)
        assert isinstance(array, tree.Name)
        self.array = array
        self.items: dict[tuple[int, ...], Expr] = {}
        self.named = k.rng.chance(0.7)
        k.closing.append(self.close)

    def item(self, index: Sequence[Expr]) -> Expr:
        """The struct of an element, by a local if this program's writer likes one."""
        key = tuple(map(id, index))
        if key not in self.items:
            element = tree.Subscript(self.empty, -inf, inf, self.array, tuple(index))
            made = self.k.let(self.local, element) if self.named else element
            if len(self.k.blocks) > 1:
                return made
            self.items[key] = made
        return self.items[key]

    def field(self, kind: str, value: t.Type, facts: dict[str, Any], index: Sequence[Expr], key: str) -> Expr:
        """A field of an element's struct."""
        if key not in self.fields:
            name = self.k.namer.field(kind)
            self.fields[key] = (name, value)
            self.facts[name] = facts
        name, value = self.fields[key]
        known = self.facts[name]
        return tree.Attribute(value, known["low"], known["high"], self.item(index), name)

    def target(self, key: str, index: Sequence[Expr]) -> Expr:
        """The place of a field in the array, to be written."""
        name, value = self.fields[key]
        return tree.Attribute(value, -inf, inf, tree.Subscript(self.empty, -inf, inf, self.array, tuple(index)), name)

    def close(self) -> None:
        """Give the struct its fields, now that they are known."""
        k = self.k
        argument = next(a for a in k.arguments if a.name == self.array.id)
        if not self.fields:
            k.arguments.remove(argument)
            return
        final = t.Struct(self.struct, tuple(self.fields.values()))
        argument.type = t.Array(final, len(self.dims))
        argument.facts["fields"] = self.facts
        annotations = tuple(k.spell(value) for _, value in self.fields.values())
        k.shared.parts.insert(self.place, tree.StructDef(final, annotations))
