"""Warp kernels to the C++ and CUDA that Warp generates for them: the only file that touches Warp's internals.

`extract_batch` takes Python sources, `extract_ir` and `extract_python_ir_pair` any live kernel object. The text work is
`canonical.py`'s; compiling and running the result is left to others.
"""

from __future__ import annotations

import dataclasses
import gc
import linecache
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import warp as wp
from warp._src import codegen as wp_codegen
from warp._src import context as wp_context
from warp._src import types as wp_types

from .canonical import canonical, drop_snippet_comments, renamer
from .errors import Rejected
from .roles import Body, argument_roles
from .schema import CODE_COLUMNS

CUDA_ARCH = 90
"""Architecture that CUDA text is generated for; only library tiles depend on it."""

_PROGRAM_ERRORS = (
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

_CODEGEN_ERRORS = (
    wp_codegen.WarpCodegenError,
    wp_codegen.WarpCodegenTypeError,
    wp_codegen.WarpCodegenAttributeError,
    wp_codegen.WarpCodegenIndexError,
    wp_codegen.WarpCodegenKeyError,
    wp_codegen.WarpCodegenValueError,
)

_BUILD_ERROR = "Error while parsing function "
"""How Warp starts the message of an error that it raised while reading a kernel or function."""


@dataclasses.dataclass(frozen=True, slots=True)
class Extracted:
    """The generated code of one kernel, canonical, with the Python line of each generated line (0: none)."""

    kernel_name: str
    args: list[dict[str, Any]]
    cpp_forward: str
    cpp_backward: str
    cuda_forward: str
    cuda_backward: str
    support_cpp: str
    support_cuda: str
    line_map: dict[str, list[int]]


class _Module(wp_context.Module):  # type: ignore[misc]
    """A Warp module that is generated once and dropped: it does not track what to reload when others change."""

    def _find_references(self, adj: Any) -> None:
        pass


class _Shortcuts:
    """Shorter ways to answers that Warp works out again for every call in every kernel; they change no text.

    Which overload of a builtin fits given argument types and how a type is spelt in C++ are remembered; the type of a
    plain variable is read off it. They take the place of Warp's own functions for the time of a batch, and ask those
    for all but the plainest: only types that are classes, and arrays of them, serve as keys, since other type objects
    may be equal without being the same.
    """

    def __init__(self) -> None:
        self.overloads: dict[Any, Any] = {}
        self.spellings: dict[Any, str] = {}
        self.resolve_func = wp_codegen.Adjoint.resolve_func
        self.type_to_ctype = wp_codegen.Var.type_to_ctype
        self.get_arg_type = wp_codegen.get_arg_type
        self.strip_reference = wp_codegen.strip_reference

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Put the shortcuts in place, and Warp's own functions back after it."""

        def resolve_func(adj: Any, func: Any, arg_types: Any, kwarg_types: Any, min_outputs: Any) -> Any:
            return self.overload(adj, func, arg_types, kwarg_types, min_outputs)

        wp_codegen.Adjoint.resolve_func = resolve_func
        wp_codegen.Var.type_to_ctype = staticmethod(self.spelling)
        wp_codegen.get_arg_type = self.argument_type
        wp_codegen.strip_reference = self.without_reference
        try:
            yield
        finally:
            wp_codegen.Adjoint.resolve_func = self.resolve_func
            wp_codegen.Var.type_to_ctype = staticmethod(self.type_to_ctype)
            wp_codegen.get_arg_type = self.get_arg_type
            wp_codegen.strip_reference = self.strip_reference

    def overload(self, adj: Any, func: Any, arg_types: Any, kwarg_types: Any, min_outputs: Any) -> Any:
        if func.func is not None or kwarg_types:
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


_shortcuts = _Shortcuts()


class _OneKernel:
    """Stands for Warp's ModuleHasher: one kernel, no hashing. The hash only numbers symbols that we rename anyway."""

    def __init__(self, kernel: Any) -> None:
        self.unique_kernels = {b"": kernel}

    def get_unique_kernels(self) -> list[Any]:
        return list(self.unique_kernels.values())


@contextmanager
def _plain_name(kernel: Any, options: Mapping[str, Any]) -> Iterator[None]:
    """Let `kernel` be generated under its bare name, and give it back its own hash, name and grid stride after it."""
    before = (kernel._hash, kernel._mangled_name, kernel.grid_stride)
    kernel.grid_stride = wp_codegen.resolve_grid_stride(kernel.options, options["default_grid_stride"])
    try:
        yield
    finally:
        kernel._hash, kernel._mangled_name, kernel.grid_stride = before


def _build(kernel: Any, options: dict[str, Any], target: str) -> Any:
    kernel.adj.get_references()  # sets the launch's number of dimensions, which hashing would do
    builder = wp_context.ModuleBuilder(kernel.module, options, _OneKernel(kernel), target=target)
    kernel._mangled_name = kernel.key
    return builder


def _uses_tiles(builder: Any, kernel: Any) -> bool:
    adjoints = [kernel.adj, *(function.adj for function in builder.functions)]
    return any(
        wp_types.is_tile(variable.type) or wp_types.is_tile_stack(variable.type)
        for adj in adjoints
        for variable in adj.variables
    )


def _canonical_names(builder: Any) -> dict[str, str]:
    """Number structs and functions among those of one name in this kernel, in order of definition."""
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    for item in (*builder.structs, *builder.functions):
        native = item.native_name if isinstance(item, wp_codegen.Struct) else item.native_func
        if native not in names:
            key = item.key
            names[native] = f"{key}_{counts.get(key, 0)}"
            counts[key] = counts.get(key, 0) + 1
    return names


def _variable_lines(adj: Any) -> list[int]:
    return [0 if v.relative_lineno is None else v.relative_lineno + adj.fun_lineno for v in adj.variables]


def _cut(text: str, kernel: Any, device: str) -> tuple[str, str, str]:
    """Split a module's text into support, forward and backward; the header and the CPU entry points are left out."""
    start = text.index(wp_codegen.codegen_cast_macros) + len(wp_codegen.codegen_cast_macros)
    name = kernel.key
    if device == "cpu":
        forward = text.index(f"struct wp_args_{name} {{\n", start)
        template = "template <bool wp_linear_contiguous>\nstatic "
        end = text.index(f"{template}WP_FORCEINLINE void {name}_cpu_forward_tasks(", forward)
        backward = text.find(f"{template}void {name}_cpu_kernel_backward(", forward, end)
    else:
        end = len(text)
        forward = text.rindex(
            'extern "C" ', start, text.index(f" {wp_codegen.cuda_kernel_forward_name(kernel)}(", start)
        )
        backward = text.find(f" {wp_codegen.cuda_kernel_backward_name(kernel)}(", forward)
        if backward >= 0:
            backward = text.rindex('extern "C" ', forward, backward)
    if backward < 0:
        backward = end
    return text[start:forward], text[forward:backward], text[backward:end]


def _generate(kernel: Any) -> Extracted:
    """Generate both devices' code of one kernel that is not generic."""
    options = kernel.module.resolve_options(wp.config) | {
        "output_arch": CUDA_ARCH,
        "lineinfo": False,
        "mode": "release",
    }
    with _plain_name(kernel, options):
        builder = _build(kernel, options, "cuda")
        names = _canonical_names(builder)
        code = {"cuda": _device_code(builder, kernel, "cuda", names)}
        # a CPU launch has blocks of one thread, which changes the text around the kernel and the layout of tiles
        options = options | {"block_dim": 1}
        if _uses_tiles(builder, kernel):
            builder = _build(kernel, options, "cpu")
        else:
            builder.options = options
        code["cpu"] = _device_code(builder, kernel, "cpu", names)
        args = _arguments(kernel, builder)
    (support_cpp, cpp_forward, cpp_backward), (support_cuda, cuda_forward, cuda_backward) = code["cpu"], code["cuda"]
    columns = {
        "cpp_forward": cpp_forward,
        "cpp_backward": cpp_backward,
        "cuda_forward": cuda_forward,
        "cuda_backward": cuda_backward,
        "support_cpp": support_cpp,
        "support_cuda": support_cuda,
    }
    texts = {name: columns[name][0] for name in CODE_COLUMNS}
    line_map = {name: columns[name][1] for name in CODE_COLUMNS}
    return Extracted(kernel_name=kernel.key, args=args, line_map=line_map, **texts)


def _device_code(builder: Any, kernel: Any, device: str, names: Mapping[str, str]) -> list[tuple[str, list[int]]]:
    support, forward, backward = _cut(builder.codegen(device), kernel, device)
    if any(function.native_snippet is not None for function in builder.functions):
        support = drop_snippet_comments(support)
    pattern = renamer(names)
    if pattern is not None:
        support, forward, backward = (
            pattern.sub(lambda match: match.group(1) + names[match.group(2)], text)
            for text in (support, forward, backward)
        )
    lines = {"": _variable_lines(kernel.adj)}
    for function in builder.functions:
        name = names[function.native_func]
        lines[name] = lines[f"adj_{name}"] = _variable_lines(function.adj)
    return [canonical(support, lines, "?"), canonical(forward, lines), canonical(backward, lines)]


def type_spelling(annotation: Any) -> str:
    """Return the one spelling of a Warp type that this package writes, such as `wp.array2d[wp.vec3]`."""
    if wp_types.is_array(annotation):
        name = wp_types.concrete_array_type(annotation).__name__
        if isinstance(annotation, wp_types.fixedarray):
            return f"wp.fixedarray(shape={annotation.shape}, dtype={type_spelling(annotation.dtype)})"
        dimensions = "" if annotation.ndim == 1 else f"{annotation.ndim}d"
        return f"wp.{name}{dimensions}[{type_spelling(annotation.dtype)}]"
    if isinstance(annotation, wp_codegen.Struct):
        return str(annotation.key)
    name = {float: "float32", int: "int32"}.get(annotation) or annotation.__name__
    if hasattr(annotation, "_wp_generic_type_hint_"):
        scalar, shape = annotation._wp_scalar_type_.__name__, annotation._shape_
        if getattr(wp, name, None) is annotation:
            short = name[:-1]
            return f"wp.{short}" if name.endswith("f") and getattr(wp, short, None) is annotation else f"wp.{name}"
        kind = "matrix" if len(shape) == 2 else "vector"
        size = f"shape={tuple(shape)}" if len(shape) == 2 else f"length={shape[0]}"
        return f"wp.types.{kind}({size}, dtype=wp.{scalar})"
    return f"wp.{name}"


def _scalar_name(dtype: Any) -> str:
    if isinstance(dtype, wp_codegen.Struct):
        return str(dtype.key)
    scalar = getattr(dtype, "_wp_scalar_type_", dtype)
    return {float: "float32", int: "int32"}.get(scalar) or str(scalar.__name__)


def _holds_memory(t: Any) -> bool:
    """Whether a variable of type `t` can stand for an array's memory: arrays, pointers, structs that hold arrays."""
    if wp_codegen.is_reference(t) or wp_types.is_array(t):
        return True
    return isinstance(t, wp_codegen.Struct) and any(_holds_memory(field.type) for field in t.vars.values())


def _body(name: str, adj: Any, snippet: str | None = None) -> Body:
    return Body(
        name=name,
        parameters=[arg.label for arg in adj.args],
        statements=adj.blocks[0].body_forward,
        holders=frozenset(var.emit() for var in (*adj.args, *adj.variables) if _holds_memory(var.type)),
        snippet=snippet,
    )


def _arguments(kernel: Any, builder: Any) -> list[dict[str, Any]]:
    functions = [_body(function.native_func, function.adj, function.native_snippet) for function in builder.functions]
    roles = argument_roles(_body("", kernel.adj), functions)
    args = []
    for arg in kernel.adj.args:
        array = wp_types.is_array(arg.type)
        args.append(
            {
                "name": arg.label,
                "type": type_spelling(arg.type),
                "dtype": _scalar_name(arg.type.dtype if array else arg.type),
                "ndim": arg.type.ndim if array else 0,
                "role": roles[arg.label],
            }
        )
    return args


def _import(source: str, name: str) -> Any:
    """Run `source` as the module `name`, in memory, and return its one kernel.

    Warp reads the source of a function through `linecache`, and counts functions by name in a process-wide table.
    """
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = types.ModuleType(name)
    module.__file__ = filename
    sys.modules[name] = module
    wp_context.user_modules[name] = _Module(name)
    try:
        exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)
    except _PROGRAM_ERRORS as error:
        raise Rejected(f"import: {type(error).__name__}", str(error)) from None
    kernels = [value for value in vars(module).values() if isinstance(value, wp_context.Kernel)]
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


def _release(name: str) -> None:
    linecache.cache.pop(f"<{name}>", None)
    sys.modules.pop(name, None)
    module = wp_context.user_modules.pop(name, None)
    if module is not None:
        module._detach_references()


def _extract_source(source: str, name: str) -> Extracted | Rejected:
    counts = dict(wp_context.function_key_counts)
    wp_context.function_key_counts.clear()
    try:
        kernel = _import(source, name)
        try:
            return _generate(kernel)
        except _CODEGEN_ERRORS as error:
            raise Rejected(f"codegen: {type(error).__name__}", str(error)) from None
        except _PROGRAM_ERRORS as error:
            if not str(error).lstrip("'\"").startswith(_BUILD_ERROR):
                raise
            raise Rejected(f"codegen: {type(error).__name__}", str(error)) from None
    except Rejected as rejected:
        return rejected.with_traceback(None)
    finally:
        _release(name)
        wp_context.function_key_counts.clear()
        wp_context.function_key_counts.update(counts)


def extract_batch(sources: Sequence[str]) -> list[Extracted | Rejected]:
    """Generate the code of each source, a complete Python file that defines one kernel.

    A source that Warp refuses gives a `Rejected` in its place and costs no other. Nothing of a batch stays in the
    process: a batch's objects refer to each other in cycles, so they are kept young, by pausing the collector, and
    collected at the end of the batch alone, which costs nothing for what else the process holds.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        with _shortcuts.installed():
            return [_extract_source(source, f"wjp_source_{index}") for index, source in enumerate(sources)]
    finally:
        gc.collect(0)
        if enabled:
            gc.enable()
