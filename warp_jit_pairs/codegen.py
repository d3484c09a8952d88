"""Warp's code generator, one kernel at a time.

`generate` has Warp write the C++ and CUDA of a live kernel and cuts it into support code, forward and adjoint;
`module_text` puts stored code back into a whole module that compiles. Making a live kernel of a text is left to
`live_kernels.py`, giving the code its canonical form to `extract.py`.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import warp as wp
from warp._src import codegen as wp_codegen
from warp._src import context as wp_context
from warp._src import types as wp_types

from .errors import Rejected
from .live_kernels import PROGRAM_ERRORS
from .quiet import initialise
from .roles import Body, argument_roles
from .shortcuts import SHORTCUTS
from .spelling import scalar_name, type_spelling

CUDA_ARCH = 90
"""Architecture that CUDA text is generated for; only library tiles depend on it."""

DEVICES = ("cuda", "cpu")

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
    except PROGRAM_ERRORS as error:
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
