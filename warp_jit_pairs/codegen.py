"""Warp's code generator, one kernel at a time. With `shortcuts.py` and `spelling.py` all that knows Warp's internals.

`generate` has Warp write the C++ and CUDA of a live kernel and cuts it into support code, forward and adjoint;
`imported` makes a live kernel of a Python text and leaves nothing of it behind; `module_text` puts stored code back
into a whole module that compiles. Giving the text its canonical form is left to `extract.py`.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import linecache
import os
import re
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import warp as wp
from warp._src import codegen as wp_codegen
from warp._src import context as wp_context
from warp._src import types as wp_types

from .errors import Rejected, SourceError
from .roles import Body, argument_roles
from .shortcuts import SHORTCUTS
from .spelling import scalar_name, type_spelling

CUDA_ARCH = 90
"""Architecture that CUDA text is generated for; only library tiles depend on it."""

DEVICES = ("cuda", "cpu")

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

_TID = re.compile(r"\.tid\b\(?")
_BUILTIN_TID = re.compile(r"\bbuiltin_tid(\d)d\(")

_NO_DRIVER = re.compile(rb"Could not find or load the NVIDIA CUDA driver|in function init_cuda_driver")
"""What Warp's native code says where there is no driver, no GPU to be seen, or a limit that CUDA does not bear."""

_BUILD_ERROR = "Error while parsing function "
"""How Warp starts the message of an error that it raised while reading a kernel or function."""


@dataclasses.dataclass(frozen=True, slots=True)
class Device:
    """The text of one device as Warp wrote it, cut in three; `backward` is empty if the kernel has no adjoint."""

    support: str
    forward: str
    backward: str


@dataclasses.dataclass(frozen=True, slots=True)
class Function:
    """A wp.func that the kernel needs, or the kernel itself.

    `native_name` is its name in Warp's text; a custom gradient (`is_adjoint`) has that of the function it is for.
    """

    native_name: str
    is_adjoint: bool
    source: str
    first_line: int
    variable_lines: list[int]
    python: types.FunctionType


@dataclasses.dataclass(frozen=True, slots=True)
class Generated:
    """What Warp wrote for one kernel, and what is needed to make it canonical.

    `symbols` are the structs and functions, by native name, with the name they have in Python, in order of definition;
    `replays` are the native names of custom replays, with that of the function they are for.
    `shared` are the bytes of dynamic shared memory that a CUDA launch of the forward pass and of the adjoint needs.
    Python lines are those of the files that define the kernel and its functions.
    """

    name: str
    code: dict[str, Device]
    symbols: dict[str, str]
    replays: dict[str, str]
    kernel: Function
    functions: list[Function]
    has_snippets: bool
    args: list[tuple[str, Any]]
    bodies: list[Body]
    structs: list[type]
    shared: tuple[int, int]


class _Module(wp_context.Module):  # type: ignore[misc]
    """A Warp module that is generated once and dropped: it does not track what to reload when others change."""

    def _find_references(self, adj: Any) -> None:
        pass


class _Builder(wp_context.ModuleBuilder):  # type: ignore[misc]
    """Warp's builder; whether a kernel returns a value needs no walk over its tree if it never says `return`."""

    @staticmethod
    def _kernel_has_value_return(kernel: Any) -> bool:
        return "return" in kernel.adj.source and bool(wp_context.ModuleBuilder._kernel_has_value_return(kernel))


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
    limits = dict(kernel.module._tid_extent_limits)
    own_options = kernel.options
    # A block size of the kernel's own, as warp.fem sets, would change the entry points of the CPU text.
    kernel.options = {name: value for name, value in own_options.items() if name != "block_dim"}
    try:
        yield
    finally:
        kernel.options = own_options
        kernel._hash, kernel._mangled_name, kernel.grid_stride = before
        kernel.module._tid_extent_limits = limits


def _build(kernel: Any, options: dict[str, Any], target: str) -> Any:
    builder = _Builder(kernel.module, options, _OneKernel(kernel), target=target)
    kernel._mangled_name = kernel.key
    _set_dimensions(kernel)
    return builder


def _set_dimensions(kernel: Any) -> None:
    """Set the launch's number of dimensions, which hashing would do by looking up every name in the kernel.

    With one plain call of `wp.tid` that was generated, they are those of the builtin that it became.
    """
    calls = _TID.findall(kernel.adj.source)
    generated = {int(dims) for line in kernel.adj.blocks[0].body_forward for dims in _BUILTIN_TID.findall(line)}
    if calls == [".tid("] and len(generated) == 1:
        kernel.adj.kernel_dim = generated.pop()
    else:
        kernel.adj.get_references()


def _uses_tiles(builder: Any, kernel: Any) -> bool:
    adjoints = [kernel.adj, *(function.adj for function in builder.functions)]
    return any(
        wp_types.is_tile(variable.type) or wp_types.is_tile_stack(variable.type)
        for adj in adjoints
        for variable in adj.variables
    )


def _cut(text: str, kernel: Any, device: str) -> Device:
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
    return Device(text[start:forward], text[forward:backward], text[backward:end])


def generate(kernel: Any, devices: Sequence[str] = DEVICES, block_dim: int | None = None) -> Generated:
    """Have Warp write the code of one kernel that is not generic, for each of `devices`.

    One builder serves both, except for tiles: a CPU launch has blocks of one thread, which tiles are laid out for.
    On CUDA they are laid out for blocks of `block_dim` threads (default: the kernel's own option, or its module's).

    Raises:
        Rejected: Warp refuses the kernel.
    """
    try:
        with wp_codegen._codegen_lock, SHORTCUTS.installed():
            return _generate(kernel, devices, block_dim)
    except _CODEGEN_ERRORS as error:
        raise Rejected(f"codegen: {type(error).__name__}", str(error)) from error
    except _PROGRAM_ERRORS as error:
        if not str(error).lstrip("'\"").startswith(_BUILD_ERROR):
            raise
        raise Rejected(f"codegen: {type(error).__name__}", str(error)) from error


def _generate(kernel: Any, devices: Sequence[str], block_dim: int | None) -> Generated:
    initialise()
    options = kernel.module.resolve_options(wp.config)
    options |= {"output_arch": CUDA_ARCH, "lineinfo": False, "mode": "release"}
    if block_dim or "block_dim" in kernel.options:
        options["block_dim"] = block_dim or kernel.options["block_dim"]
    code: dict[str, Device] = {}
    symbols: dict[str, str] = {}
    builder = None
    shared_memory = (0, 0)
    cpu_options = options | {"block_dim": 1}
    with _plain_name(kernel, options):
        if "cuda" in devices:
            builder = _build(kernel, options, "cuda")
            shared = "cpu" in devices and not _uses_tiles(builder, kernel)
            if shared:
                builder.options = cpu_options
                code["cpu"] = _cut(builder.codegen("cpu"), kernel, "cpu")
                builder.options = options
            code["cuda"] = _cut(builder.codegen("cuda"), kernel, "cuda")
            shared_memory = _shared_memory(kernel, code["cuda"])
            symbols |= _symbols(builder)
        if "cpu" in devices and "cpu" not in code:
            builder = _build(kernel, cpu_options | {"output_arch": None}, "cpu")
            code["cpu"] = _cut(builder.codegen("cpu"), kernel, "cpu")
            symbols |= _symbols(builder)
    functions = list(builder.functions) if builder else []
    return Generated(
        name=kernel.key,
        code=code,
        symbols=symbols,
        replays={f.custom_replay_func.native_func: f.native_func for f in functions if f.custom_replay_func},
        kernel=_function("", kernel.adj),
        functions=[_function(function.native_func, function.adj) for function in functions],
        has_snippets=any(function.native_snippet is not None for function in functions),
        args=[(arg.label, arg.type) for arg in kernel.adj.args],
        bodies=[*(_body(f.native_func, f.adj, f.native_snippet) for f in functions), _body("", kernel.adj, None)],
        structs=[struct.cls for struct in builder.structs] if builder else [],
        shared=shared_memory,
    )


def _shared_memory(kernel: Any, code: Device) -> tuple[int, int]:
    backward = kernel.adj.get_total_required_shared_backward() if code.backward else 0
    return int(kernel.adj.get_total_required_shared()), int(backward)


def _symbols(builder: Any) -> dict[str, str]:
    names = {struct.native_name: struct.key for struct in builder.structs}
    return names | {function.native_func: function.key for function in builder.functions}


def _function(name: str, adj: Any) -> Function:
    lines = [0 if v.relative_lineno is None else v.relative_lineno + adj.fun_lineno for v in adj.variables]
    return Function(
        native_name=name,
        is_adjoint=adj.custom_reverse_mode,
        source=adj.source,
        first_line=adj.fun_lineno,
        variable_lines=lines,
        python=inspect.unwrap(adj.func),
    )


def cuda_version() -> str:
    """Version of the CUDA toolkit that this Warp compiles CUDA with, such as `12.9`."""
    initialise()
    return ".".join(str(part) for part in wp_context.runtime.toolkit_version)


def initialise() -> None:
    """Start Warp's runtime without its banner on stdout and its complaint on stderr that no GPU can be used.

    The complaint comes from native code, so stderr itself is held back meanwhile; what else was said is passed on.
    """
    if wp_context.runtime is not None:
        return
    level = wp.config.log_level
    wp.config.log_level = max(level, wp.LOG_WARNING)
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            wp.init()
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            wp.config.log_level = level
            held.seek(0)
            said = [line for line in held if not _NO_DRIVER.search(line)]
            os.write(2, b"".join(said))


def _holds_memory(t: Any) -> bool:
    """Whether a variable of type `t` can stand for an array's memory: arrays, pointers, structs that hold arrays."""
    if wp_codegen.is_reference(t) or wp_types.is_array(t):
        return True
    return isinstance(t, wp_codegen.Struct) and any(_holds_memory(field.type) for field in t.vars.values())


def _body(name: str, adj: Any, snippet: str | None) -> Body:
    return Body(
        name=name,
        parameters=[arg.label for arg in adj.args],
        statements=adj.blocks[0].body_forward,
        holders=frozenset(var.emit() for var in (*adj.args, *adj.variables) if _holds_memory(var.type)),
        snippet=snippet,
    )


def argument_rows(generated: Generated) -> list[dict[str, Any]]:
    """Describe the kernel's arguments as a record does: name, type, scalar dtype, dimensions and role."""
    roles = argument_roles(generated.bodies[-1], generated.bodies[:-1])
    rows = []
    for name, annotation in generated.args:
        array = wp_types.is_array(annotation)
        rows.append(
            {
                "name": name,
                "type": type_spelling(annotation),
                "dtype": scalar_name(annotation.dtype if array else annotation),
                "ndim": annotation.ndim if array else 0,
                "role": roles[name],
            }
        )
    return rows


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
        except _PROGRAM_ERRORS as error:
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


_CPU_ENTRY = """
extern "C" WP_API void {name}_cpu_{direction}(wp::launch_bounds_t<{ndim}> *dim, {parameters})
{{
    wp::tile_shared_storage_t tile_mem;
#if defined(WP_ENABLE_TILES_IN_STACK_MEMORY)
    wp::shared_tile_storage = &tile_mem;
#endif
    for (size_t task_index = 0; task_index < dim->size; ++task_index)
        {name}_cpu_kernel_{direction}<false>(*dim, task_index, {arguments});
}}
"""


def module_text(name: str, support: str, forward: str, backward: str, device: str, block_dim: int | None = None) -> str:
    """Put a record's code columns back into a module that Warp's compilers take as it is.

    `name` is the kernel's. On the CPU there is an entry point for each direction, `<name>_cpu_forward(bounds*, args*)`
    and `<name>_cpu_backward(bounds*, args*, adjoint args*)`, as Warp's launches expect them. `block_dim` is that of
    the launch: 256 on CUDA and 1 on the CPU unless given.
    """
    code = support + forward + backward
    if device == "cpu":
        header = wp_codegen.cpu_module_header.format(block_dim=block_dim or 1)
        code += _cpu_entry(name, forward, "forward", f"wp_args_{name} *args", "args")
        if backward:
            parameters = f"wp_args_{name} *args, wp_args_{name} *adj_args"
            code += _cpu_entry(name, forward, "backward", parameters, "args, adj_args")
    else:
        header = wp_codegen.cuda_module_header.format(block_dim=block_dim or 256)
    narrow = "" if "bfloat16" in code else "#define WP_NO_BFLOAT16\n"
    return f"{narrow}{header}{wp_codegen.codegen_cast_macros}{code}"


def _cpu_entry(name: str, forward: str, direction: str, parameters: str, arguments: str) -> str:
    ndim = forward.partition("wp::launch_bounds_t<")[2].partition(">")[0]
    return _CPU_ENTRY.format(name=name, direction=direction, ndim=ndim, parameters=parameters, arguments=arguments)
