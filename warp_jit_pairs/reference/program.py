"""Runs the module that defines a kernel under the shim, and rewrites its functions when they are first called."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import Array, copied
from .faults import ENDLESS, Fault, ReferenceStop, Unsupported
from .scalars import ScalarType, divide, floor_divide, power, remainder, shift_left, shift_right
from .shim import ArrayAnnotation, Missing, Shim
from .transform import Binding, Branch, Template, rewrite
from .vectors import Block

FILENAME = "<kernel>"
_IMPORTABLE = {"math", "typing", "numpy", "enum", "functools", "dataclasses", "__future__", "itertools", "operator"}
MAX_TURNS = 200_000
"""Loop turns after which a launch counts as endless."""
MAX_WHILE_TURNS = 10_000
"""Turns of `while` after which a thread does, since few elements ask for no more."""


class Function:
    """A `wp.func`: its overloads, rewritten when first called."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.overloads: list[types.FunctionType] = []
        self._compiled: dict[types.FunctionType, Callable[..., Any]] = {}

    def entry(self) -> Callable[..., Any]:
        """What a call site may call at once."""
        return self.compiled(self.overloads[0]) if len(self.overloads) == 1 else self

    def compiled(self, function: types.FunctionType) -> Callable[..., Any]:
        if function not in self._compiled:
            self._compiled[function] = self.world.compile(function)
        return self._compiled[function]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(self.overloads) == 1:
            return self.compiled(self.overloads[0])(*args, **kwargs)
        for concrete in (True, False):
            for function in self.overloads:
                if self._matches(function, args, kwargs, concrete):
                    return self.compiled(function)(*args, **kwargs)
        raise Unsupported("no overload fits", self.name)

    def _matches(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], concrete: bool) -> bool:
        hints = self.world.annotations(function)
        try:
            bound = inspect.signature(function).bind(*args, **kwargs)
        except TypeError:
            return False
        given = bound.arguments.items()
        return all(fits(self.world.shim, hints.get(name, Any), value, concrete) for name, value in given)


def fits(shim: Shim, hint: Any, value: Any, concrete: bool) -> bool:
    """Whether a value may be passed to a parameter of this annotation."""
    if hint is Any:
        return not concrete
    if isinstance(hint, ArrayAnnotation):
        if not isinstance(value, Array) or value.nd != hint.ndim:
            return False
        return (not concrete) if hint.dtype is Any else value.dtype is hint.dtype
    actual = shim.type_of_value(value)
    if isinstance(hint, ScalarType) and isinstance(actual, ScalarType) and shim.precision == "float64":
        return hint.np is actual.np
    return hint is actual


class Kernel:
    """A `wp.kernel`."""

    def __init__(self, function: types.FunctionType, options: dict[str, Any]) -> None:
        self.function = function
        self.name = function.__name__
        self.options = options


class Program:
    """A source text, parsed once; a `World` runs it in one precision."""

    def __init__(self, source: str) -> None:
        self.branches: list[Branch] = []
        self._templates: dict[Any, Template] = {}
        self._worlds: dict[str, World] = {}
        try:
            self.tree = ast.parse(source)
        except (SyntaxError, ValueError) as error:
            raise Unsupported("source is no Python", str(error)) from None
        self.code = compile(source, FILENAME, "exec", dont_inherit=True)
        self.functions: dict[int, ast.FunctionDef] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
                self.functions[first] = node

    def template(self, function: types.FunctionType) -> Template:
        code = function.__code__
        if code not in self._templates:
            self._templates[code] = rewrite(self.definition(function), self.branches, FILENAME)
        return self._templates[code]

    def definition(self, function: types.FunctionType) -> ast.FunctionDef:
        if function.__code__.co_filename != FILENAME:
            raise Unsupported("function from another file", function.__name__)
        return self.functions[function.__code__.co_firstlineno]

    def world(self, precision: str) -> World:
        if precision not in self._worlds:
            self._worlds[precision] = World(self, precision)
            self._worlds[precision].execute()
        return self._worlds[precision]


_SHIMS: dict[str, Shim] = {}


def shim_for(precision: str) -> Shim:
    """The shim of a precision, made once a process."""
    if precision not in _SHIMS:
        _SHIMS[precision] = Shim(precision)
    return _SHIMS[precision]


class _Module:
    """`warp` as the source sees it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._world.warp_name(name)


class World:
    """One program in one precision: its namespace, functions, and the state of the running thread."""

    def __init__(self, program: Program, precision: str) -> None:
        self.program = program
        self.shim = shim_for(precision)
        self.kernels: dict[str, Kernel] = {}
        self.functions: dict[str, Function] = {}
        self.taken = bytearray(0)
        self.path = 0
        """A hash of all decisions in their order."""
        self.thread: tuple[Any, ...] = ()
        self.turns = 0
        self.while_turns = 0
        """Turns of `while` of the running thread."""
        self.warp = _Module(self)
        self.own = {
            "kernel": self.kernel,
            "func": self.func,
            "func_grad": lambda forward: lambda function: function,
            "func_replay": lambda forward: lambda function: function,
            "static": lambda value: value,
        }
        self.helpers = self._helpers()

    # -- running the module

    def execute(self) -> None:
        namespace = {"__name__": "kernel", "__builtins__": vars(builtins) | {"__import__": self._import}}
        self.namespace = namespace
        try:
            exec(self.program.code, namespace)
        except (ReferenceStop, KeyboardInterrupt):
            raise
        except Exception as error:
            raise Unsupported("source does not run", f"{type(error).__name__}: {error}") from error

    def _import(self, name: str, _globals: Any = None, _locals: Any = None, names: Any = (), level: int = 0) -> Any:
        root = name.split(".")[0]
        if root == "warp":
            if names and name != "warp":
                return getattr(self.warp, name.split(".")[1])
            return self.warp
        if root not in _IMPORTABLE:
            raise Unsupported("source imports another module", root)
        return importlib.__import__(name, _globals, _locals, names or (), level)

    def warp_name(self, name: str) -> Any:
        if name in self.own:
            return self.own[name]
        found = self.shim.names.get(name)
        return Missing(name) if found is None else found

    def kernel(self, function: Any = None, **options: Any) -> Any:
        """`@wp.kernel`, with or without options."""
        if function is None:
            return lambda inner: self.kernel(inner, **options)
        made = Kernel(function, options)
        self.kernels[made.name] = made
        return made

    def func(self, function: Any = None, *, name: str | None = None, **options: Any) -> Any:
        """`@wp.func`; a second one of the same name adds an overload."""
        if function is None:
            return lambda inner: self.func(inner, name=name, **options)
        key = name or function.__qualname__
        made = self.functions.get(key)
        if made is None or self.annotations(function) in [self.annotations(other) for other in made.overloads]:
            made = self.functions[key] = Function(self, key)
        made.overloads.append(function)
        return made

    # -- compiling functions

    def environment(self, function: types.FunctionType) -> dict[str, Any]:
        """Names that a function sees: globals, then its closure."""
        closure = function.__closure__ or ()
        cells = {}
        for name, cell in zip(function.__code__.co_freevars, closure, strict=True):
            try:
                cells[name] = cell.cell_contents
            except ValueError:
                continue
        return function.__globals__ | cells

    def annotations(self, function: Any) -> dict[str, Any]:
        scope = self.environment(function)
        hints = {}
        for name, hint in (getattr(function, "__annotations__", None) or {}).items():
            if name == "return":
                continue
            if isinstance(hint, str):
                hint = self._evaluate(hint, scope)
            hints[name] = self.shim.type_of(self.translate(hint))
        return hints

    def translate(self, value: Any) -> Any:
        """A hook for values that do not come from this world's own namespace."""
        return value

    def compile(self, function: types.FunctionType) -> Callable[..., Any]:
        """The rewritten function, with what it takes from outside looked up in this precision."""
        if any(isinstance(hint, Missing) for hint in self.annotations(function).values()):
            raise Unsupported("parameter of this kind", function.__name__)
        template = self.program.template(function)
        scope = self.environment(function)
        names = dict(self.helpers)
        for name, binding in template.bindings.items():
            names[name] = self._bound(binding, scope)
        exec(template.code, names)
        made = names[template.name]
        if function.__defaults__:
            made.__defaults__ = tuple(self.shim.strong(value) for value in function.__defaults__)
        return made  # type: ignore[no-any-return]

    def _look_up(self, path: tuple[str, ...], scope: dict[str, Any]) -> Any:
        name = path[0]
        if name in scope:
            value = scope[name]
        elif name in _BUILTIN_NAMES:
            value = self.warp_name(_BUILTIN_NAMES[name])
            value = {"range": self._range, "type": self.shim.type_of_value}.get(name, value)
        elif hasattr(builtins, name):
            value = getattr(builtins, name)
        elif name in self.shim.names:
            value = self.shim.names[name]
        else:
            raise Unsupported("name is not defined", name)
        value = self.translate(value)
        for attribute in path[1:]:
            try:
                value = self.translate(getattr(value, attribute))
            except AttributeError:
                raise Unsupported("name is not defined", ".".join(path)) from None
        return value

    def _evaluate(self, code: Any, scope: dict[str, Any]) -> Any:
        """A `wp.static` expression or an annotation, which is Python of the source's own."""
        try:
            return eval(code, {**scope, "__builtins__": builtins})
        except ReferenceStop:
            raise
        except Exception as error:
            raise Unsupported("static expression fails", f"{type(error).__name__}: {error}") from error

    def _bound(self, binding: Binding, scope: dict[str, Any]) -> Any:
        strong = self.shim.strong
        if binding.kind == "number":
            return strong(binding.value)
        if binding.kind == "static":
            assert binding.code is not None
            return strong(self.translate(self._evaluate(binding.code, scope)))
        if binding.kind == "argument":
            value = self._look_up(binding.path, scope) if binding.path else binding.value
            callee = self.shim.type_of(self._look_up(binding.callee, scope))
            wide = isinstance(callee, ScalarType) and callee.name in ("float64", "int64", "uint64")
            return value if wide else strong(value)
        value = self.shim.type_of(self._look_up(binding.path, scope))
        if binding.kind == "call":
            if isinstance(value, ScalarType):
                return value.cast
            if isinstance(value, Function):
                return value.entry()
            if isinstance(value, Kernel):
                raise Unsupported("launch from a kernel")
            return value
        return strong(value)

    # -- helpers that rewritten code calls

    def _helpers(self) -> dict[str, Any]:
        return {
            "wjp_div": divide,
            "wjp_mod": remainder,
            "wjp_floordiv": floor_divide,
            "wjp_pow": power,
            "wjp_shl": shift_left,
            "wjp_shr": shift_right,
            "wjp_add": operator.add,
            "wjp_sub": operator.sub,
            "wjp_mul": operator.mul,
            "wjp_and": operator.and_,
            "wjp_or": operator.or_,
            "wjp_xor": operator.xor,
            "wjp_not": lambda value: np.bool_(not value),
            "wjp_copy": copy_value,
            "wjp_slice": slice,
            "wjp_assert": _check,
            "wjp_update_item": update_item,
            "wjp_join_item": join_item,
            "wjp_update_attribute": update_attribute,
            "wjp_dtype": self._dtype,
            "wjp_branch": self._branch,
            "wjp_turn": self._turn,
            "wjp_tid": self._tid,
        }

    def _branch(self, number: int, test: Any) -> bool:
        outcome = bool(test)
        number += not outcome
        self.taken[number] = 1
        self.path = hash((self.path, number))
        return outcome

    def _turn(self, number: int, test: Any) -> bool:
        self.turns += 1
        self.while_turns += 1
        if self.turns > MAX_TURNS or self.while_turns > MAX_WHILE_TURNS:
            raise Fault(ENDLESS)
        return self._branch(number, test)

    def _range(self, *bounds: Any) -> Any:
        whole = [int(bound) for bound in bounds]
        if len(whole) == 3 and whole[2] == 0:
            raise Fault("range with step zero")
        turns = range(*whole)
        self.turns += len(turns)
        if self.turns > MAX_TURNS:
            raise Fault(ENDLESS)
        return list(map(np.int32, turns))

    def _dtype(self, value: Any) -> Any:
        return value.dtype if isinstance(value, (Array, Block)) else self.shim.type_of_value(value)

    def _tid(self, count: int) -> Any:
        thread = self.thread
        if count == len(thread):
            return thread if count > 1 else thread[0]
        if count == 1:
            return self.linear
        raise Unsupported("launch of other dimensions")

    linear: Any = None


_BUILTIN_NAMES = {
    name: name
    for name in ("float", "int", "bool", "abs", "min", "max", "round", "len", "range", "print", "pow", "tuple", "type")
} | {"float": "float32", "int": "int32"}


def copy_value(value: Any) -> Any:
    """What a name is bound to: a copy, unless the value cannot change."""
    if isinstance(value, np.generic):
        return value
    return copied(value)


def update_item(target: Any, key: Any, function: Callable[[Any, Any], Any], value: Any) -> None:
    """`target[key] op= value`."""
    old = target[key]
    if isinstance(old, Array):
        raise Unsupported("update of part of an array")
    target[key] = function(old, value)


def join_item(target: Any, key: Any, function: Callable[[Any, Any], Any], value: Any) -> None:
    """`target[key] op= value` of an operator for which Warp uses an atomic where the target is an array."""
    if isinstance(target, Array) and not isinstance(target[key], Array):
        target.update(key, function, value)
    else:
        update_item(target, key, function, value)


def update_attribute(target: Any, name: str, function: Callable[[Any, Any], Any], value: Any) -> None:
    setattr(target, name, function(getattr(target, name), value))


def _check(condition: Any) -> None:
    if not condition:
        raise Fault("assertion fails")


__all__ = ["Block", "Function", "Kernel", "Program", "World"]
