"""Shorter ways through Warp's code generator that change no text, to pay for what extraction adds.

`benchmarks.codegen` measures what they gain, and `benchmarks.real_extraction` that the text is Warp's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from warp._src import build as wp_build
from warp._src import codegen as wp_codegen
from warp._src import context as wp_context
from warp._src import types as wp_types

from .builtin_calls import BuiltinCalls

_RETURN = re.compile(r"^(\s*)return;", re.MULTILINE)


class Shortcuts:
    """Shorter ways to answers that Warp works out again for every call in every kernel; they change no text.

    Which overload of a builtin fits given argument types and how a type is spelt in C++ are remembered; the type of a
    plain variable is read off it; there are no line directives, since code is generated without; a body is written
    once for both devices; library code that would only be linked is not compiled.

    They take the place of Warp's own functions while a kernel is generated, under Warp's own lock, and ask those for
    all but the plainest: only types that are classes, and arrays of them, serve as keys, since other type objects may
    be equal without being the same. `remember = False` turns all of them off but the one about library code.
    """

    def __init__(self) -> None:
        self.remember = True
        self.calls = BuiltinCalls(self.overload)
        self.overloads: dict[Any, Any] = {}
        self.spellings: dict[Any, str] = {}
        self.bodies: dict[tuple[int, bool], str] = {}
        self.add_call = wp_codegen.Adjoint.add_call
        self.resolve_func = wp_codegen.Adjoint.resolve_func
        self.get_line_directive = wp_codegen.Adjoint.get_line_directive
        self.type_to_ctype = wp_codegen.Var.type_to_ctype
        self.get_arg_type = wp_codegen.get_arg_type
        self.strip_reference = wp_codegen.strip_reference
        self.codegen_func_forward = wp_codegen.codegen_func_forward
        self.codegen_func_reverse = wp_codegen.codegen_func_reverse
        self.build_library_code = wp_build._build_lto_base

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Put the shortcuts in place, and Warp's own functions back after it."""

        wp_build._build_lto_base = self.library_code
        if self.remember:
            self._install()
        try:
            yield
        finally:
            self._remove()

    def _install(self) -> None:
        def add_call(adj: Any, *args: Any, **kwargs: Any) -> Any:
            return self.calls.add_call(adj, *args, **kwargs)

        def resolve_func(adj: Any, func: Any, arg_types: Any, kwarg_types: Any, min_outputs: Any) -> Any:
            return self.overload(adj, func, arg_types, kwarg_types, min_outputs)

        def no_line_directive(adj: Any, statement: str, relative_lineno: int | None = None) -> None:
            return None

        wp_codegen.Adjoint.add_call = add_call
        wp_codegen.Adjoint.resolve_func = resolve_func
        wp_codegen.Adjoint.get_line_directive = no_line_directive
        wp_codegen.Var.type_to_ctype = staticmethod(self.spelling)
        wp_codegen.get_arg_type = self.argument_type
        wp_codegen.strip_reference = self.without_reference
        wp_codegen.codegen_func_forward = self.forward_body
        wp_codegen.codegen_func_reverse = self.reverse_body

    def _remove(self) -> None:
        wp_codegen.Adjoint.add_call = self.add_call
        wp_codegen.Adjoint.resolve_func = self.resolve_func
        wp_codegen.Adjoint.get_line_directive = self.get_line_directive
        wp_codegen.Var.type_to_ctype = staticmethod(self.type_to_ctype)
        wp_codegen.get_arg_type = self.get_arg_type
        wp_codegen.strip_reference = self.strip_reference
        wp_codegen.codegen_func_forward = self.codegen_func_forward
        wp_codegen.codegen_func_reverse = self.codegen_func_reverse
        wp_build._build_lto_base = self.build_library_code
        self.bodies.clear()

    def forward_body(self, adj: Any, func_type: str = "kernel", device: str = "cpu", grid_stride: bool = False) -> str:
        body = self._shared_body(self.codegen_func_forward, adj, func_type, device, grid_stride, False)
        leaves_loop = grid_stride and device == "cuda" and func_type == "kernel"
        return _RETURN.sub(r"\1continue;", body) if leaves_loop else body

    def reverse_body(self, adj: Any, func_type: str = "kernel", device: str = "cpu", grid_stride: bool = False) -> str:
        body = self._shared_body(self.codegen_func_reverse, adj, func_type, device, grid_stride, True)
        leaves_loop = grid_stride and device == "cuda" and func_type == "kernel"
        return body[: body.rindex("return;")] + "continue;\n" if leaves_loop and body.endswith("return;\n") else body

    def _shared_body(self, write: Any, adj: Any, func_type: str, device: str, grid_stride: bool, reverse: bool) -> str:
        """Take a body from what was written for the CPU: CUDA's differs in indentation, argument unpacking, returns."""
        body = self.bodies.get((id(adj), reverse))
        if body is None:
            body = str(write(adj, func_type=func_type, device=device, grid_stride=grid_stride))
            if device == "cpu":
                self.bodies[id(adj), reverse] = body
        elif func_type == "kernel" and device == "cuda":
            body = body[body.index("    //---------\n    // primal vars\n") :]
        return body

    def library_code(self, symbol: str, compile_it: Any, builder: Any, extra_files: Any = None) -> Any:
        """Leave the code of a library's tile operation uncompiled: only its symbol stands in the text.

        A matrix product or solve of a new shape would take many seconds and over a gigabyte. A Fourier transform is
        compiled, since its size in shared memory is part of the text.
        """
        if extra_files and ".meta" in extra_files:
            return self.build_library_code(symbol, compile_it, builder, extra_files)
        return (True, b"", *(b"" for _ in extra_files or ()))

    def overload(self, adj: Any, func: Any, arg_types: Any, kwarg_types: Any, min_outputs: Any) -> Any:
        if kwarg_types or wp_context.builtin_functions.get(func.key) is not func:  # a struct's constructor is not
            return self.resolve_func(adj, func, arg_types, kwarg_types, min_outputs)
        key = [func, min_outputs]
        for arg_type in arg_types:
            if isinstance(arg_type, type):
                key.append(arg_type)
            elif isinstance(arg_type, wp_types._ArrayAnnotationBase) and isinstance(arg_type.dtype, type):
                key.append((arg_type._concrete_cls, arg_type.dtype, arg_type.ndim))
            else:
                return self.resolve_func(adj, func, arg_types, kwarg_types, min_outputs)
        found = self.overloads.get(tuple(key))
        if found is None:
            found = self.overloads[tuple(key)] = self.resolve_func(adj, func, arg_types, kwarg_types, min_outputs)
        return found

    def spelling(self, t: Any, value_type: bool = False) -> str:
        if not isinstance(t, type):
            return str(self.type_to_ctype(t, value_type))
        found = self.spellings.get(t)
        if found is None:
            found = self.spellings[t] = self.type_to_ctype(t, value_type)
        return found

    def argument_type(self, arg: Any) -> Any:
        if type(arg) is wp_codegen.Var and isinstance(arg.type, type):
            return arg.type
        return self.get_arg_type(arg)

    def without_reference(self, arg: Any) -> Any:
        if isinstance(arg, type) or type(arg) is wp_codegen.Var:
            return arg
        return self.strip_reference(arg)


SHORTCUTS = Shortcuts()
