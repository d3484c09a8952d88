"""Live kernels: those of an imported module, and that of a Python text, which leaves nothing of itself behind."""

from __future__ import annotations

import functools
import linecache
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import warp as wp
from warp._src import context as wp_context

from .errors import Rejected, SourceError
from .quiet import initialise
from .spelling import type_spelling

PROGRAM_ERRORS = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a bad program raises when it is imported; Warp's own error classes derive from these."""


def kernels_of(module: types.ModuleType) -> list[Any]:
    """Return the kernels that a Python module defines, overloads instead of generic ones that have any, in order.

    Those that closures made count. What an earlier import of the same name left alive does not, nor what the module
    only imported; Warp's own modules define theirs in private ones.
    """
    found = {id(value): value for value in vars(module).values() if isinstance(value, wp_context.Kernel)}
    found = {key: kernel for key, kernel in found.items() if kernel.func.__module__ == module.__name__}
    known = wp_context.user_modules.get(module.__name__)
    for kernel in known._get_live_kernels() if known is not None else ():
        if kernel.func.__module__ != module.__name__ or kernel.func.__globals__ is vars(module):
            found[id(kernel)] = kernel
    ordered = sorted(found.values(), key=lambda kernel: (kernel.adj.fun_lineno, kernel.key, kernel.sig))
    return [one for kernel in ordered for one in kernel.overloads.values() or (kernel,)]


def concrete(kernel: Any) -> Any:
    """Return the kernel to generate code for: `kernel`, or the one overload of a generic kernel.

    Raises:
        SourceError: it is no kernel, or generic with no overload or several.
    """
    if not isinstance(kernel, wp_context.Kernel):
        raise SourceError(f"{kernel!r} is no Warp kernel: pass what @wp.kernel or wp.overload returned")
    if not kernel.is_generic:
        return kernel
    overloads = list(kernel.overloads.values())
    if len(overloads) == 1:
        return overloads[0]
    if not overloads:
        raise SourceError(f"kernel {kernel.key} is generic and has no overload: make one with wp.overload")
    spelt = ["(" + ", ".join(type_spelling(arg.type) for arg in overload.adj.args) + ")" for overload in overloads]
    raise SourceError(f"kernel {kernel.key} is generic: pass one of its overloads, {'; '.join(sorted(spelt))}")


_BEYOND_WARP = 100
"""A source's own function of a name that a function of Warp's has, too, is numbered from here on."""


@functools.cache
def _functions_of_warp() -> tuple[str, ...]:
    """Names of the functions that Warp defines in Python; a kernel may use one beside one of its author's."""
    found = (value for value in vars(wp).values() if isinstance(value, wp_context.Function))
    return tuple(sorted(value.key for value in found if not value.is_builtin()))


class _Module(wp_context.Module):  # type: ignore[misc]
    """A Warp module that is generated once and dropped: it does not track what to reload when others change."""

    def _find_references(self, adj: Any) -> None:
        pass


@contextmanager
def imported(source: str, name: str) -> Iterator[Any]:
    """Run `source` as the module `name`, in memory, and give its one kernel; afterwards nothing of it is left.

    Warp finds the text of a function through `linecache`, and numbers functions in a table of the whole process, which
    is set aside so that the numbers do not depend on what else was imported.

    Raises:
        Rejected: the text is no Python, fails when run, or defines no kernel, several or a generic one.
    """
    initialise()  # before the source runs, which may start Warp by itself and loudly
    counts = dict(wp_context.function_key_counts)
    wp_context.function_key_counts.clear()
    wp_context.function_key_counts.update(dict.fromkeys(_functions_of_warp(), _BEYOND_WARP))
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = types.ModuleType(name)
    module.__file__ = filename
    sys.modules[name] = module
    before = set(wp_context.user_modules)
    wp_context.user_modules[name] = _Module(name)
    try:
        try:
            exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)
        except PROGRAM_ERRORS as error:
            raise Rejected(f"import: {type(error).__name__}", str(error)) from error
        yield _only_kernel(vars(module))
    finally:
        del linecache.cache[filename], sys.modules[name]
        for key in [key for key in wp_context.user_modules if key not in before]:
            _forget(key, name)
        wp_context.function_key_counts.clear()
        wp_context.function_key_counts.update(counts)


def _forget(key: str, name: str) -> None:
    """Let go of a new module of Warp's, if it is that of the source that ran as `name` or one that its kernels ask for.

    What Warp built of kernels and functions (trees, variables, code) goes at once: the objects that hold it refer to
    each other in cycles, and the collector would have to look at all of that.
    """
    module = wp_context.user_modules[key]
    functions = [
        one
        for function in module.functions.values()
        for one in (function, *function.user_overloads.values(), *function.user_templates.values())
    ]
    own = [one for one in (*functions, *module.kernels.values()) if one.func.__module__ == name]
    if key != name and not own:
        return  # of a package that the source imported
    for one in own:
        vars(one.adj).clear()
    module._detach_references()
    del wp_context.user_modules[key]


def _only_kernel(namespace: Mapping[str, Any]) -> Any:
    kernels = [value for value in namespace.values() if isinstance(value, wp_context.Kernel)]
    if len(kernels) != 1:
        raise Rejected("import: not one kernel", f"{len(kernels)} kernels")
    if kernels[0].is_generic:
        raise Rejected("codegen: generic kernel", kernels[0].key)
    for struct in kernels[0].module.structs.values():
        _rename_struct(struct, f"{struct.key}_0")
    return kernels[0]


def _rename_struct(struct: Any, name: str) -> None:
    """Give a struct of our own import its canonical name before it is used, which is cheaper than doing so in text."""
    struct.native_name = struct.instance_type.native_name = name
    for constructor in (struct.default_constructor, struct.value_constructor):
        constructor.key = constructor.native_func = name
