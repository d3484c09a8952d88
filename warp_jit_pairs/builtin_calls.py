"""A shorter way through Warp's code for one call of a builtin, which is most of what a kernel consists of.

`add_call` writes what Warp's `Adjoint.add_call` writes, for calls that need none of what makes that long: positional
variables of plain types, one result or none. All others are Warp's own business. Which
overload a call means is asked of `shortcuts.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from warp._src import codegen as wp_codegen
from warp._src import context as wp_context
from warp._src import deterministic as wp_deterministic
from warp._src import types as wp_types

_CONVERTED = (wp_types.float64, wp_types.int64, wp_types.uint64)
"""Types whose constructors Warp folds into a literal."""


class _Plain(NamedTuple):
    """What is always the same about calls of one overload with so many arguments."""

    names: tuple[str, ...]
    forward: str
    """Name of the function with its opening parenthesis, but for template arguments."""
    reverse: str
    """The same for the adjoint; empty if there is none."""


class BuiltinCalls:
    """Remembers overloads by what their calls look like.

    `overload(adj, func, arg_types, kwarg_types, min_outputs)` says which one is meant, and `add_call` is Warp's own.
    """

    def __init__(self, overload: Callable[..., Any]) -> None:
        self._overload = overload
        self._add_call = wp_codegen.Adjoint.add_call
        self._plain: dict[tuple[Any, int], _Plain | None] = {}
        self._native: dict[type, bool] = {}

    def add_call(
        self,
        adj: Any,
        func: Any,
        args: Any,
        kwargs: Any,
        type_args: Any,
        min_outputs: Any = None,
        return_value_used: bool = True,
        arg_nodes: Any = None,
        kwarg_nodes: Any = None,
        return_resolved: bool = False,
    ) -> Any:
        """Write a call into the bodies of `adj` and return its result, as `Adjoint.add_call` does."""
        if not (kwargs or type_args) and adj.det_meta is None and wp_context.builtin_functions.get(func.key) is func:
            types = _plain_types(args)
            if types is not None:
                resolved = self._overload(adj, func, tuple(types), {}, min_outputs)
                written, output, bound = self._write(adj, resolved, args, types)
                if written:
                    return (output, resolved, bound) if return_resolved else output
        return self._add_call(
            adj, func, args, kwargs, type_args, min_outputs, return_value_used, arg_nodes, kwarg_nodes, return_resolved
        )

    def _write(self, adj: Any, func: Any, args: Any, types: list[Any]) -> tuple[bool, Any, dict[str, Any]]:
        """Whether the call could be written, its result and its arguments by name."""
        key = (func, len(args))
        plain = self._plain[key] if key in self._plain else self._plain.setdefault(key, _look_at(func, len(args)))
        if plain is None:
            return False, None, {}
        bound = dict(zip(plain.names, args, strict=True))
        constants = {name: arg if arg.constant is None else arg.constant for name, arg in bound.items()}
        result = func.value_func(dict(zip(plain.names, types, strict=True)), constants)
        if not (result is None or _is_one_plain(result)) or func.initializer_list_func(bound, result):
            return False, None, {}
        forward, reverse = plain.forward, plain.reverse
        if func.dispatch_func is not None:
            args, template = func.dispatch_func(func.input_types, result, bound)
            if not all(type(_stripped(arg)) is wp_codegen.Var for arg in args):
                return False, None, {}
            if template:
                forward = f"{func.namespace}{wp_codegen.compute_type_str(func.native_func, template)}("
                if reverse and func.adjoint_uses_template_args:
                    reverse = f"{func.namespace}adj_{wp_codegen.compute_type_str(func.native_func, template)}("
        output = None if result is None else adj.add_var(result)
        values = [adj.register_var(arg) for arg in args]  # a reference is passed on, another variable loaded
        args = [_stripped(arg) for arg in values]
        given = [(arg if arg is not value else adj.load(arg)).emit() for arg, value in zip(args, values, strict=True)]
        call = f"{forward}{', '.join(given)});"
        if output is not None:
            call = f"var_{output.label} = {call}"
        block, indentation = adj.blocks[-1], adj.indentation
        block.body_forward.append(indentation + call)
        block.body_replay.append(f"{indentation}// {call}" if func.skip_replay else indentation + call)
        if reverse and args and not self._holds_native_value(values, result):
            outputs = [] if output is None else [output]
            if func.require_original_output_arg:
                given += [var.emit() for var in outputs]
            given += [var.emit("adj") for var in (*args, *outputs)]
            block.body_reverse.append(f"{indentation}{reverse}{', '.join(given)});")
        return True, output, bound

    def _holds_native_value(self, args: Any, result: Any) -> bool:
        variables = [arg for arg in args if type(arg) is wp_codegen.Var]
        return any(self._is_native(arg.type) for arg in variables) or (result is not None and self._is_native(result))

    def _is_native(self, type_: Any) -> bool:
        if not isinstance(type_, type):
            return bool(wp_codegen.Adjoint.type_contains_native_value(type_))
        found = self._native.get(type_)
        if found is None:
            found = self._native[type_] = bool(wp_codegen.Adjoint.type_contains_native_value(type_))
        return found


def _plain_types(args: Any) -> list[Any] | None:
    """The types of variables that stand for themselves, references stripped; None if another kind is among them."""
    types = []
    for arg in args:
        if type(arg) is not wp_codegen.Var or arg.label is None:
            return None
        found = arg.type
        if type(found) is wp_types.Reference:
            found = found.value_type
        if not isinstance(found, (type, wp_types._ArrayAnnotationBase)):
            return None
        types.append(found)
    return types


def _stripped(arg: Any) -> Any:
    return arg.value_type if type(arg) is wp_types.Reference else arg


def _is_one_plain(result: Any) -> bool:
    return isinstance(result, (type, wp_types.Reference, wp_types._ArrayAnnotationBase, wp_codegen.Struct))


def _look_at(func: Any, count: int) -> _Plain | None:
    """What calls of an overload look like; None if Warp's own way is needed."""
    parameters = list(func.signature.parameters.values())
    special = (
        not func.is_builtin()
        or func.lto_dispatch_func is not None
        or func.custom_replay_func is not None
        or func.custom_grad_func is not None
        or func.replay_snippet is not None
        or func.key in wp_deterministic._DET_UNINTERCEPTED_SIDE_EFFECT_BUILTINS
        or (func.value_type in _CONVERTED and func.native_func == func.value_type.__name__ and count == 1)
        or any(parameter.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)
        or count > len(parameters)
    )
    if special:
        return None
    names = tuple(parameter.name for parameter in parameters[:count])
    if any(value is not None and name not in names for name, value in (func.defaults or {}).items()):
        return None
    spelt = f"{func.namespace}{func.native_func}("
    return _Plain(names, spelt, f"{func.namespace}adj_{func.native_func}(" if func.is_differentiable else "")
