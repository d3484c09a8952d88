"""Structs: what a struct of a program is; arrays of structs, parameters in a struct."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .jobs import Job, module_name
from .kernel import Kernel
from .tree import Expr

FIELDS = "particles rigid geometry render optimization biology chemistry finance"


class StructType:
    """A struct of the program: its type, and what is known about its fields."""

    def __init__(
        self, k: Kernel, chosen: Sequence[tuple[str, t.Type, float, float]], docstring: str = "", name: str = ""
    ) -> None:
        names: list[str] = []
        for kind, *_ in chosen:
            names.append(k.namer.field(kind))
        self.kinds = [kind for kind, *_ in chosen]
        self.limits = {name: (low, high) for name, (_, _, low, high) in zip(names, chosen, strict=True)}
        fields = tuple((name, item[1]) for name, item in zip(names, chosen, strict=True))
        self.type = t.Struct(module_name(k, name) if name else k.namer.struct(), fields)
        annotations = tuple(k.spell(item[1]) for item in chosen)
        k.shared.parts.append(tree.StructDef(self.type, annotations, docstring))

    def facts(self) -> dict[str, Any]:
        return {"fields": {name: {"low": low, "high": high} for name, (low, high) in self.limits.items()}}

    def get(self, value: Expr, which: int) -> Expr:
        """A field of a value, with the range that its inputs have."""
        name, field_type = self.type.fields[which]
        low, high = self.limits[name]
        return tree.Attribute(field_type, low, high, value, name)


class Record(StructType):
    """A struct whose fields a task knows by what they are."""

    def __init__(self, job: Job, name: str, fields: Sequence[tuple[str, t.Type, float, float]]) -> None:
        """A field's key is the first of its names."""
        self.keys = [names.split()[0] for names, *_ in fields]
        taken: set[str] = set()
        rows: list[tuple[str, t.Type, float, float]] = []
        for names, value, low, high in fields:
            free = [name for name in names.split() if name not in taken] or [names.split()[0] + "_2"]
            kind = job.words(" ".join(free))
            taken.add(kind[1:])
            rows.append((kind, value, low, high))
        words = name.split()
        super().__init__(job.k, rows, name=words[int(job.taste * len(words))])
        self.job = job

    def of(self, value: Expr, key: str) -> Expr:
        return self.get(value, self.keys.index(key))

    def new(self, names: str) -> Expr:
        """An empty value of the struct in a local."""
        return self.job.let(names, tree.Call(self.type, -inf, inf, self.type.name, ()))

    def array(self, names: str, role: str = "in") -> Expr:
        return self.job.array(names, self.type, None, role, **self.facts())

    def argument(self, names: str) -> Expr:
        facts = self.facts()
        return self.job.k.scalar(self.job.words(names), self.type, -inf, inf, **facts)

    def store(self, array: Expr, item: Expr, results: dict[str, Expr], inplace: bool, names: str) -> None:
        """Changed fields back where `item` came from, or a whole new struct into an array with one of these names."""
        job, k = self.job, self.job.k
        if inplace:
            whole = job.rng.chance(0.5)
            for key, value in results.items():
                k.set(self.of(item if whole else array[job.at], key), value)
            if whole:
                k.set(array[job.at], item)
            return
        made = self.new("result out_item updated")
        for key in self.keys:
            k.set(self.of(made, key), results.get(key, self.of(item, key)))
        k.set(self.array(names, "out")[job.at], made)
