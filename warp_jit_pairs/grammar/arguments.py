"""Arguments of a kernel under construction: scalars, arrays, lengths, named constants, a struct of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .build import Argument, Body, Dim, NoValue, Shared
from .tree import Expr


class Arguments(Body):
    """The body of a kernel, and what it takes."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.arguments: list[Argument] = []
        self.dims: list[Dim] = []
        self.bundle: Bundle | None = None
        self.asked: bool | None = None

    def new_argument(self, kind: str, value_type: t.Type, role: str, group: str, facts: dict[str, Any]) -> tree.Name:
        """An argument whose name is chosen here."""
        name = self.namer.argument(kind)
        self.arguments.append(Argument(name, value_type, role, group, facts))
        return tree.Name(value_type, facts.get("low", -inf), facts.get("high", inf), name)

    def add_argument(self, name: str, value_type: t.Type, group: str, facts: dict[str, Any]) -> None:
        """An argument whose name is chosen already, such as a handle."""
        self.arguments.append(Argument(name, value_type, "in", group, facts))

    def scalar(self, kind: str, value_type: t.Type, low: float, high: float, **facts: Any) -> Expr:
        """A scalar (or vector) argument with values in [low, high]."""
        return self.new_argument(kind, value_type, "in", "scalars", {"low": low, "high": high, **facts})

    def array(self, kind: str, dtype: t.Type, dims: Sequence[Dim], role: str = "in", **facts: Any) -> Expr:
        """An array argument; facts: low, high, bound (indices below that dimension), sorted, unit, distinct, corners
        (so many numbers after each other differ)."""
        group = {"in": "inputs", "inout": "outputs", "out": "outputs"}[role]
        if len(dims) > t.MAX_DIMS:
            raise NoValue(kind)
        facts["shape"] = [dim.symbol for dim in dims]
        return self.new_argument(kind, t.Array(dtype, len(dims)), role, group, facts)

    def add_size(self, kind: str, facts: dict[str, Any]) -> Expr:
        """An argument that gives a length."""
        return self.new_argument(kind, t.I32, "in", "sizes", facts)

    def dim(self, size: int, fixed: bool = False) -> Dim:
        dim = Dim(f"d{len(self.dims)}", size, fixed)
        self.dims.append(dim)
        return dim

    def derived(self, dim: Dim, times: int = 1, plus: int = 0) -> Dim:
        """A length that follows another: `times * dim + plus`."""
        made = Dim(f"d{len(self.dims)}", times * dim.size + plus, dim.fixed, None, (dim.symbol, times, plus))
        self.dims.append(made)
        return made

    def length(self, dim: Dim, array: Expr | None = None, axis: int = 0) -> Expr:
        """The length of a dimension as an expression: an argument, or asked of an array."""
        if array is not None and dim.argument is None and self.asks_lengths():
            if axis == 0 and isinstance(array.type, t.Array) and array.type.ndim == 1 and self.rng.chance(0.5):
                return tree.Call(t.I32, 1.0, float(dim.size), "len", (array,))
            shape = tree.Attribute(t.SHAPE, -inf, inf, array, "shape")
            return tree.Subscript(t.I32, 1.0, 64.0, shape, (self.integer(axis),))
        if dim.argument is None:
            dim.argument = self.new_argument(
                dim.called, t.I32, "in", "sizes", {"low": 1.0, "high": 64.0, "equals": dim.symbol}
            )
        return dim.argument

    def asks_lengths(self) -> bool:
        """Whether lengths are asked of arrays: one program asks for all, or has them all passed."""
        if self.asked is None:
            passed = any(dim.argument is not None for dim in self.dims)
            self.asked = not passed and self.rng.chance(0.4)
        return self.asked

    def constant(self, value: float | int, dtype: t.Scalar, kind: str = "parameter") -> Expr:
        """A module-level constant."""
        name = self.namer.constant(kind)
        text = repr(value) if dtype in (t.F32, t.I32, t.BOOL) else f"{dtype}({value!r})"
        if self.style.constants == "wp.constant" or dtype not in (t.F32, t.I32, t.BOOL):
            text = f"wp.constant({text})"
        self.shared.parts.append(tree.Constant(name, text))
        return tree.Name(dtype, float(value), float(value), name)

    def flag_bundle(self, struct: str) -> None:
        """Give this program a struct of parameters of this name."""
        if self.bundle is None:
            self.bundle = Bundle(self, struct)


class Bundle:
    """A struct of parameters that grows with the fields that rules ask for."""

    def __init__(self, kernel: Arguments, struct: str) -> None:
        self.kernel = kernel
        self.struct = struct
        self.fields: list[tuple[str, t.Type]] = []
        self.facts: dict[str, dict[str, Any]] = {}
        self.place = len(kernel.shared.parts)
        empty = t.Struct(self.struct, ())
        self.name = kernel.new_argument("=params params cfg settings", empty, "in", "scalars", {})

    def field(self, kind: str, value: t.Type, low: float, high: float, unit: bool = False) -> Expr:
        name = self.kernel.namer.field(kind)
        self.fields.append((name, value))
        self.facts[name] = {"low": low, "high": high} | ({"unit": True} if unit else {})
        return tree.Attribute(value, low, high, self.name, name)

    def close(self) -> None:
        kernel = self.kernel
        argument = next(a for a in kernel.arguments if a.name == self.name.id)
        if not self.fields:
            kernel.arguments.remove(argument)
            return
        final = t.Struct(self.struct, tuple(self.fields))
        argument.type = final
        argument.facts["fields"] = self.facts
        annotations = tuple(kernel.spell(value) for _, value in self.fields)
        kernel.shared.parts.insert(self.place, tree.StructDef(final, annotations))
