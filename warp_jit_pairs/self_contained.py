"""The Python source of a live kernel as one file that needs nothing but `import warp as wp`.

What the kernel and its functions take from around them is written out: constants and types as assignments, structs,
functions with their overloads and custom gradients, and native snippets.
"""

from __future__ import annotations

import enum
from typing import Any

import warp as wp

from .definitions import Definitions, unhashed
from .function_text import FunctionText

_KERNEL_OPTIONS = ("enable_backward", "grid_stride", "launch_bounds")
"""Options of a kernel that its decorator can set and that show in the generated code."""

_MODULE_OPTIONS = {
    "default_grid_stride": None,
    "deterministic": wp.config.DeterministicMode.NOT_GUARANTEED,
    "enable_backward": True,
    "enable_mathdx_fft": None,
    "enable_mathdx_gemm": None,
    "enable_mathdx_solver": None,
    "max_unroll": 16,
}
"""Options of a module that show in the generated code, with their defaults."""


def self_contained(kernel: Any) -> str:
    """The source of a file that defines a kernel (that is not generic) and everything it needs.

    Raises:
        Rejected: something that the kernel needs has no Python text.
    """
    return _File().write(kernel)


class _File(Definitions):
    """A file that is being written."""

    def write(self, kernel: Any) -> str:
        name = unhashed(kernel.key)
        self.taken[name] = kernel
        text = FunctionText(self, kernel.adj, name).text(_decorator(kernel))
        given = kernel.module.options
        options = [
            f'"{name}": {_option(given[name])}'
            for name, usual in _MODULE_OPTIONS.items()
            if given.get(name, usual) != usual
        ]
        setting = f"wp.set_module_options({{{', '.join(options)}}})" if options else ""
        spaces = [f"class {name}:\n" + "\n".join(lines) for name, lines in self.namespaces.items()]
        head = "\n".join(sorted(self.imports, key=lambda line: (line.startswith("import warp"), line)))
        definitions = ["\n" + part for part in (*spaces, *self.definitions)]
        parts = [head, setting, "\n".join(self.assignments), *definitions]
        return "\n\n".join(part for part in (*parts, "\n" + text) if part) + "\n"

    def function(self, function: Any) -> str:
        """The name of a function, after its overloads, gradients and replays."""
        function = function.generic_parent or function
        if id(function) in self.names:
            return self.names[id(function)]
        overloads = [*function.user_templates.values(), *function.user_overloads.values()] or [function]
        own = {id(one): one for one in overloads if one.generic_parent is None}
        name = self.define(function, function.key)
        for one in sorted(own.values(), key=lambda one: one.adj.fun_lineno):
            self.names[id(one)] = name
            self.definitions.append(self._overload(one, name))
            for custom, decorator in ((one.custom_grad_func, "func_grad"), (one.custom_replay_func, "func_replay")):
                if custom is not None:
                    prefix = "adj" if decorator == "func_grad" else "replay"
                    text = FunctionText(self, custom.adj, self.define(custom, f"{prefix}_{name}")).text(
                        f"@wp.{decorator}({name})"
                    )
                    self.definitions.append(text)
        return name

    def _overload(self, function: Any, name: str) -> str:
        if function.native_snippet is None:
            inline = {"noinline": "(inline=False)", "forceinline": "(inline=True)"}.get(function.inline_hint, "")
            return FunctionText(self, function.adj, name).text(f"@wp.func{inline}")
        snippets = (function.native_snippet, function.adj_native_snippet, function.replay_snippet)
        given = [
            f"{label}={snippet!r}"
            for label, snippet in zip(("snippet", "adj_snippet", "replay_snippet"), snippets, strict=True)
            if snippet is not None
        ]
        return FunctionText(self, function.adj, name).text(f"@wp.func_native({', '.join(given)})")


def _option(value: Any) -> str:
    """The value of a module's option as Python."""
    return f"wp.config.{type(value).__name__}.{value.name}" if isinstance(value, enum.Enum) else repr(value)


def _decorator(kernel: Any) -> str:
    options = {name: kernel.options[name] for name in _KERNEL_OPTIONS if kernel.options.get(name) is not None}
    if not kernel.module.resolve_options(wp.config).get("enable_backward", True):
        options.setdefault("enable_backward", False)
    given = ", ".join(
        f"{name}={value!r}" for name, value in options.items() if (name, value) != ("enable_backward", True)
    )
    return f"@wp.kernel({given})" if given else "@wp.kernel"
