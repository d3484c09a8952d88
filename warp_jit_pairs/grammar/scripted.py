"""Long kernels by a script: one step of something, of which each program leaves out or does otherwise a part."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from warp_jit_pairs import types as t

from . import tree
from .build import Body, Dim
from .helpers import Helper, helper
from .kernel import Kernel
from .laws import Law
from .names import camel, plural
from .recipes import RECIPES, SINGLE, Recipe
from .scene import NoValue
from .script_choices import Choices, Uses, law_of
from .script_texts import Argument, Function, Script, scripts
from .script_words import Vocabulary
from .studies import REALS, structured
from .translate import Translation, named_type
from .tree import Expr

_BUNDLED = 4
"""So many numbers may be fields of one struct."""


class Open(Translation):
    """Statements of a script in which something is open."""

    def __init__(self, k: Body, choices: Choices, law: Law) -> None:
        super().__init__(k, law, {}, {})
        self.choices, self.script = choices, choices.script

    def steps(self) -> dict[ast.expr, tuple[str, ...]]:
        return {}

    # -- statements

    def block(self, body: Sequence[ast.stmt]) -> None:
        for node in self.choices.left(body):
            self.statement(node)

    @contextmanager
    def inner(self) -> Iterator[None]:
        """What is named in a block is known in it alone."""
        outer = dict(self.names)
        arguments = self.script.arguments
        with self.k.namer.branch():
            yield
        self.names = outer | {name: value for name, value in self.names.items() if name in arguments}

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        k = self.k
        if not isinstance(target, ast.Name):
            super().assign(target, value)
            return
        known = self.names.get(target.id)
        if isinstance(known, tree.Expr):
            self.change(target, known, value)
            return
        bound = list(self.names.values())
        made = self.value(value)
        if isinstance(made, tree.Name) and isinstance(value, ast.Call) and not any(made is one for one in bound):
            # What a function that is written out here gives has a local already.
            self.names[target.id] = made
        elif target.id in self.law.changed or self.changes(made):
            looped = self.law.looped and isinstance(made, tree.Literal)
            self.names[target.id] = k.variable(self.kind(target.id), made, looped)
        else:
            self.names[target.id] = k.let(self.kind(target.id), made)

    def changes(self, made: Expr) -> bool:
        """Whether a value is that of a local which is changed later: another name for it keeps what it is now."""
        return isinstance(made, tree.Name) and any(made is self.names.get(name) for name in self.law.changed)

    def branch(self, node: ast.If) -> None:
        k = self.k
        with k.when(self.value(node.test)), self.inner():
            self.block(node.body)
        rest = list(self.choices.left(node.orelse))
        while len(rest) == 1 and isinstance(rest[0], ast.If):
            with k.otherwise_when(self.value(rest[0].test)), self.inner():
                self.block(rest[0].body)
            rest = list(self.choices.left(rest[0].orelse))
        if rest:
            with k.otherwise(), self.inner():
                self.block(rest)

    def loop(self, node: ast.For) -> None:
        with self.inner():
            super().loop(node)

    # -- expressions

    def choice(self, node: ast.IfExp) -> Expr:
        holds = self.choices.holds(node.test)
        if holds is None:
            return super().choice(node)
        return self.value(node.body if holds else node.orelse)

    def logical(self, node: ast.BoolOp) -> Expr:
        # What is decided has no say in what is left of the test.
        parts = [part for part in node.values if self.choices.holds(part) is None]
        if len(parts) < len(node.values):
            return self.value(parts[0] if len(parts) == 1 else ast.BoolOp(node.op, parts))
        return super().logical(node)

    def call(self, node: ast.Call) -> Expr:
        if isinstance(node.func, ast.Name) and node.func.id == "num":
            found = self.choices.number(node)
            return self.k.lit(found, t.I32 if isinstance(found, int) else None)
        return super().call(node)


class Scripted(Open):
    """A script on its way into a kernel."""

    def __init__(self, k: Kernel, choices: Choices, law: Law, roles: dict[str, str], outlines: set[str]) -> None:
        super().__init__(k, choices, law)
        self.kernel, self.roles, self.outlines = k, roles, outlines
        self.helpers: dict[str, Helper] = {}
        self.dims: dict[str, Dim] = {}
        self.world: tuple[Dim, Expr] | None = None
        self.looped = False
        self.words = Vocabulary(k.rng)
        rng = k.rng
        self.shared = rng.chance(0.5)
        """Whether worlds have in common what they may."""
        self.fixed = rng.choose((0.0, 0.0, 0.3, 0.6))
        """How many of the numbers that people know are constants."""
        self.spaced, self.remarked = rng.chance(0.75), rng.chance(0.55)

    # -- threads

    @contextmanager
    def elements(self) -> Iterator[None]:
        """The element of a thread, or each one of the world that the thread is for."""
        k, rng, script = self.kernel, self.k.rng, self.script
        if script.grid:
            self.cells()
            yield
            return
        entity = script.dims[script.entity]
        how = rng.weighted({"flat": 1.0, "worlds": 1.0, "loop": 3.5}) if script.worlds else "flat"
        own = f"{entity.name} {entity.name}_id" + (" tid" if how == "flat" else "") + f" {entity.name}_idx"
        kind = f"={entity.index or own}"
        batch = rng.choose(("world", "world", "env", "batch"))
        batches = f"=num_{plural(batch)} n_{batch}"
        if how == "flat":
            index = k.start(1, None, (kind,))[-1]
            self.dims[entity.name] = k.launch[0]
        elif how == "worlds":
            world, index = k.start(2, None, (f"=!{batch} {batch}_id w", kind))
            self.world = k.launch[0], world
            self.dims[entity.name] = k.launch[1]
            k.launch[0].called = batches
        else:
            world = k.start(1, (8,), (f"=!{batch} {batch}_id tid",))[0]
            self.world = k.launch[0], world
            k.launch[0].called = batches
        if how != "loop":
            self.dims[entity.name].called = self.words.wording(entity.words)
            k.guard()
            self.names[entity.name] = index
            yield
            return
        k.guard()
        self.looped = True
        with k.loop(kind, k.length(self.dim(entity.name))) as n:
            self.names[entity.name] = n
            yield

    def cells(self) -> None:
        """A thread for each cell of a grid."""
        k, rng, rows = self.kernel, self.k.rng, [self.script.dims[name] for name in self.script.grid]
        # The tables of the two dimensions name them in the same manners: `i` and `j`, `row` and `col`.
        letters = rng.choose(list(zip(*(row.index.split() for row in rows), strict=True)))
        lengths = rng.choose(list(zip(*(row.words.split() for row in rows), strict=True)))
        indices = k.start(2, None, [f"=!{letter} {row.name}" for letter, row in zip(letters, rows, strict=True)])
        for row, dim, index, length in zip(rows, k.launch, indices, lengths, strict=True):
            self.dims[row.name], self.names[row.name] = dim, index
            dim.called = f"=!{length} {row.words}"
        k.guard()

    def dim(self, name: str) -> Dim:
        if name not in self.dims:
            row = self.script.dims[name]
            self.dims[name] = made = self.kernel.dim(row.size, not row.words)
            made.called = self.words.wording(row.words) if row.words else "="
        return self.dims[name]

    # -- arguments

    def declared(self, row: Argument) -> Expr:
        """The argument of a row, made when it is first read or written."""
        k = self.kernel
        kind = named_type(row.type, k.real)
        assert kind is not None
        words = self.words.wording(row.words)
        if not row.dims:
            return self.number(row, kind, words)
        dims = tuple(self.dim(name) for name in row.dims)
        if self.world is not None and not (row.shared and self.shared):
            dims = (self.world[0], *dims)
        role = self.roles[row.name]
        facts: dict[str, float | bool | str] = {}
        if role != "out":
            facts = {"low": row.low, "high": row.high}
            if row.into:
                other = self.dim(row.into)
                facts = {"low": 0, "high": other.size - 1, "bound": other.symbol}
            elif row.type in ("int", "bool"):
                facts = {"low": round(row.low), "high": round(row.high)}
            if row.unit or row.type in ("quat", "transform"):
                facts["unit"] = True
        return k.array(words, kind, dims, role, **facts)

    def number(self, row: Argument, kind: t.Type, words: str) -> Expr:
        """What is one for all: an argument, a field of the parameters, or a number that people know."""
        k, rng = self.kernel, self.k.rng
        if row.usual and row.name != "dt" and isinstance(kind, t.Scalar) and rng.chance(self.fixed):
            value = rng.choose(row.usual)
            return k.constant(int(value) if kind is t.I32 else value, kind, words)
        if k.bundle is not None and kind is not t.BOOL and row.name != "dt":
            return k.bundle.field(words, kind, row.low, row.high)
        return k.scalar(words, kind, row.low, row.high)

    # -- statements

    def statement(self, node: ast.stmt) -> None:
        k = self.kernel
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            self.remark(str(node.value.value))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self.add_up(node.value)
        elif isinstance(node, ast.Return) and node.value is None:
            if self.looped:
                k.next_turn()
            else:
                k.give()
        else:
            super().statement(node)

    def remark(self, text: str) -> None:
        """What comes next, after an empty line in most programs: long kernels are read by their remarks."""
        k = self.k
        block = k.blocks[-1]
        if self.spaced and block and not isinstance(block[-1], (tree.Blank, tree.Comment)):
            block.append(tree.Blank())
        if self.remarked:
            block.append(tree.Comment(text))

    def add_up(self, node: ast.Call) -> None:
        """An atomic: `wp.atomic_add(array, index, value)`."""
        assert isinstance(node.func, ast.Attribute)
        array, *index, value = node.args
        target = self.value(array)
        assert isinstance(target.type, t.Array)
        where = self.placed(array, [self.value(one) for one in index])
        added = self.like(value, tree.index(target, where))
        # By its name always: among so many statements `+=` is read as one that races.
        self.k.do(self.k.call(node.func.attr, target, *where, added, gives=added.type))

    # -- expressions

    def placed(self, array: ast.expr, index: list[Expr]) -> tuple[Expr, ...]:
        """The whole index of an array: the world before the script's own."""
        row = self.script.arguments[array.id] if isinstance(array, ast.Name) else None
        if row is not None and self.world is not None and not (row.shared and self.shared):
            return (self.world[1], *index)
        return tuple(index)

    def subscript(self, node: ast.Subscript) -> Expr:
        if isinstance(node.value, ast.Name) and node.value.id in self.script.arguments:
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            index = self.placed(node.value, [self.value(part) for part in parts])
            return tree.index(self.value(node.value), index)
        return super().subscript(node)

    def name(self, node: ast.Name) -> Expr:
        if node.id not in self.names and node.id in self.script.arguments:
            self.names[node.id] = self.declared(self.script.arguments[node.id])
        return super().name(node)

    def attribute(self, node: ast.Attribute) -> Expr:
        if isinstance(node.value, ast.Name) and node.value.id == "N":
            return self.kernel.length(self.dim(node.attr))
        return super().attribute(node)

    def call(self, node: ast.Call) -> Expr:
        function = self.script.functions.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is None:
            return super().call(node)
        given = [self.value(one) for one in node.args]
        if function.name in self.outlines:
            if function.name not in self.helpers:
                self.helpers[function.name] = self.outlined(function, given)
            made = self.helpers[function.name]
            return made.call(*(given[n] for n in made.kept))
        outer = dict(self.names)
        for name, one in zip(function.parameters, given, strict=True):
            simple = isinstance(one, (tree.Name, tree.Literal, tree.Subscript, tree.Attribute))
            self.names[name] = one if simple else self.k.let(self.kind(name), one)
        inner = Open(self.k, self.choices, law_of(function.name, self.choices.uses(function.body)))
        inner.names = {name: self.names[name] for name in function.parameters}
        inner.block(function.body)
        self.names = outer
        return inner.value(function.result)

    def outlined(self, function: Function, given: Sequence[Expr]) -> Helper:
        """A function of the script as one of the program."""
        kinds = zip(function.parameters, given, strict=True)
        parameters = [(f"=!{name} {name}_in", one.type, -1e4, 1e4) for name, one in kinds]

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            inner = Open(body, self.choices, law_of(function.name, self.choices.uses(function.body)))
            inner.names = dict(zip(function.parameters, names, strict=True))
            inner.block(function.body)
            return [inner.value(function.result)]

        return helper(self.kernel, parameters, write, titles=(function.name, f"{function.name}_func"))


def _roles(script: Script, uses: Uses) -> dict[str, str]:
    """Which arrays are read, written, or both."""
    read, written = uses.loaded, uses.stored
    return {name: "in" if name not in written else "inout" if name in read else "out" for name in script.arguments}


def _write(script: Script, k: Kernel, category: str) -> None:
    rng = k.rng
    choices = Choices(k, script)
    uses = choices.uses(script.body)
    if category == "atomic" and not uses.atomics:
        raise NoValue("no atomic")
    law = law_of(script.name, uses)
    numbers = sum(not row.dims and row.name in uses.names for row in script.arguments.values())
    if numbers >= _BUNDLED and (category == "struct" or rng.chance(0.2)):
        word = camel(script.entity)
        k.flag_bundle(k.namer.struct(("SimParams", f"{word}Params", "StepParams", f"{word}Config", "ModelParams")))
    k.titles = script.titles
    # What follows the colon names parts that this program may be without.
    k.about = rng.choose(("-", f"{script.doc.partition(':')[0].rstrip('.')}."))
    # What is called again and again nobody writes out each time.
    whole = category == "function" or rng.chance(0.6)
    outlines = {name for name in script.functions if whole or uses.called.count(name) > 1}
    made = Scripted(k, choices, law, _roles(script, uses), outlines)
    # These programs have remarks of their own.
    k.style = replace(k.style, remarks=0.0)
    with made.elements():
        made.block(script.body)
    if category == "function" and not made.helpers:
        raise NoValue("no function")
    if category == "struct":
        k.closing.append(partial(structured, k))


def _register(script: Script) -> None:
    for category, weight in script.categories.items():
        name = f"{script.name}_{category}"
        reals = SINGLE if script.single else REALS

        def run(k: Kernel, category: str = category) -> None:
            _write(script, k, category)

        weights = {category: weight}
        RECIPES[name] = Recipe(name, script.doc, ("generic",), weights, reals, run, (), planned=True)


for _script in scripts():
    _register(_script)
