"""The features of Warp's kernel language, one row each: every one occurs in a sample of generated programs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import pytest

from warp_jit_pairs.generator import generate_kernels

pytestmark = pytest.mark.slow

SAMPLE = 12000
"""So many programs of all categories in turn."""


class Program:
    """A program: its text, and the functions that Warp compiles with their nodes by kind."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.compiled: list[tuple[str, ast.FunctionDef]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                self.compiled.append((ast.unparse(node.decorator_list[0]).partition("(")[0], node))
        self.by_kind: dict[type, list[Any]] = {}
        for _, function in self.compiled:
            for node in ast.walk(function):
                self.by_kind.setdefault(type(node), []).append(node)

    @property
    def kernel(self) -> ast.FunctionDef:
        return next(function for decorator, function in self.compiled if decorator == "wp.kernel")

    def nodes(self, kind: type[ast.AST]) -> list[Any]:
        return self.by_kind.get(kind, [])

    def structs(self) -> list[ast.ClassDef]:
        return [node for node in self.tree.body if isinstance(node, ast.ClassDef)]


Test = Callable[[Program], bool]


def text(pattern: str) -> Test:
    compiled = re.compile(pattern)
    return lambda program: compiled.search(program.text) is not None


def node(kind: type[ast.AST], test: Callable[[Any], bool] = lambda _: True) -> Test:
    return lambda program: any(test(found) for found in program.nodes(kind))


def loops(test: Callable[[list[ast.expr]], bool]) -> Test:
    """A `for` over `range` whose bounds pass a test."""

    def found(item: Any) -> bool:
        call = item.iter
        return isinstance(call, ast.Call) and ast.unparse(call.func) == "range" and test(call.args)

    return node(ast.For, found)


def _dynamic(bounds: list[ast.expr]) -> bool:
    return any(isinstance(part, (ast.Name, ast.Subscript)) and ast.unparse(part).islower() for part in bounds)


def _negative(bounds: list[ast.expr]) -> bool:
    return len(bounds) == 3 and isinstance(bounds[2], ast.UnaryOp)


def _inside(kind: type[ast.AST], inner: type[ast.AST]) -> Test:
    return node(kind, lambda item: any(isinstance(part, inner) for part in ast.walk(item) if part is not item))


def _nested_struct(program: Program) -> bool:
    names = {item.name for item in program.structs()}
    return any(
        isinstance(field, ast.AnnAssign) and ast.unparse(field.annotation) in names
        for item in program.structs()
        for field in item.body
    )


def _struct_arrays(program: Program) -> bool:
    names = "|".join(item.name for item in program.structs())
    return bool(names) and re.search(rf"wp\.array\w*[\[(](dtype=)?({names})\b", program.text) is not None


def _row_view(program: Program) -> bool:
    """A local that is a row of an array of two dimensions."""
    wide = {a.arg for a in program.kernel.args.args if "array2d" in ast.unparse(a.annotation or a)}
    return any(
        isinstance(item.value, ast.Subscript)
        and isinstance(item.value.value, ast.Name)
        and item.value.value.id in wide
        and not isinstance(item.value.slice, ast.Tuple)
        and isinstance(item.targets[0], ast.Name)
        for item in program.nodes(ast.Assign)
    )


def _overloads(program: Program) -> bool:
    names = [function.name for decorator, function in program.compiled if decorator == "wp.func"]
    return len(set(names)) < len(names)


def _targets(program: Program) -> list[ast.expr]:
    return [t for item in program.nodes(ast.Assign) for t in item.targets]


def _local_components(program: Program) -> bool:
    """`v.x = ...` or `v[1] = ...` of a local."""
    arguments = {a.arg for a in program.kernel.args.args}
    return any(
        isinstance(t, (ast.Attribute, ast.Subscript)) and isinstance(t.value, ast.Name) and t.value.id not in arguments
        for t in _targets(program)
    )


def _sliced_target(program: Program) -> bool:
    return any(
        isinstance(t, ast.Subscript) and any(isinstance(p, ast.Slice) for p in ast.walk(t)) for t in _targets(program)
    )


def _elif(item: Any) -> bool:
    return len(item.orelse) == 1 and isinstance(item.orelse[0], ast.If) and bool(item.orelse[0].orelse)


def _early_return(program: Program) -> bool:
    return any(isinstance(s, ast.If) and isinstance(s.body[-1], ast.Return) for s in program.kernel.body)


SCALARS = [
    *("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "bool"),
]
ATOMICS = ["add", "sub", "min", "max", "and", "or", "xor", "cas", "exch"]
FEATURES: dict[str, Test] = {
    **{f"scalar {name}": text(rf"\bwp\.{name}\b") for name in SCALARS},
    **{f"atomic_{name}": text(rf"\bwp\.atomic_{name}\(") for name in ATOMICS},
    "vectors of other sizes": text(r"wp\.types\.vector\(length="),
    "matrices of other sizes": text(r"wp\.types\.matrix\(shape="),
    "vectors of integers": text(r"\bwp\.vec[234](i|ui|s|l|b|ub|us|ul)\b"),
    "vectors of halves or doubles": text(r"\bwp\.vec[234][hd]\b"),
    "quaternions": text(r"\bwp\.quatf?\b"),
    "transforms": text(r"\bwp\.transformf?\b"),
    "spatial vectors": text(r"\bwp\.spatial_vector"),
    "spatial matrices": text(r"\bwp\.spatial_matrix"),
    **{f"arrays of {n} dimensions": text(rf"\bwp\.array{n}d\b") for n in (2, 3, 4)},
    "arrays of one dimension": text(r"\bwp\.array[\[(]"),
    "indexed arrays": text(r"\bwp\.indexedarray"),
    "slices of arrays": lambda p: any(isinstance(s.slice, ast.Slice) for s in p.nodes(ast.Subscript)),
    "a row of an array as a local": _row_view,
    "structs": text(r"@wp\.struct"),
    "nested structs": _nested_struct,
    "arrays of structs": _struct_arrays,
    "functions": text(r"@wp\.func\n"),
    "functions of several results": node(ast.Return, lambda item: isinstance(item.value, ast.Tuple)),
    "overloads": _overloads,
    "generics": text(r": (wp\.array\w*\[)?Any\b"),
    "custom gradients": text(r"@wp\.func_grad\("),
    "custom replays": text(r"@wp\.func_replay\("),
    "closures": lambda p: any(isinstance(s, ast.FunctionDef) and not s.decorator_list for s in p.tree.body),
    "wp.static": text(r"\bwp\.static\("),
    "wp.constant": text(r"\bwp\.constant\("),
    "plain constants": text(r"(?m)^[A-Z_0-9]+ = [-\d]"),
    "if / elif / else": node(ast.If, _elif),
    "nested if": _inside(ast.If, ast.If),
    "ternaries": node(ast.IfExp),
    "wp.where": text(r"\bwp\.where\("),
    "static ranges": loops(lambda bounds: all(isinstance(part, ast.Constant) for part in bounds)),
    "dynamic ranges": loops(_dynamic),
    "ranges with a step": loops(lambda bounds: len(bounds) == 3),
    "negative steps": loops(_negative),
    "while": node(ast.While),
    "while with break": _inside(ast.While, ast.Break),
    "while with continue": _inside(ast.While, ast.Continue),
    "for with break": _inside(ast.For, ast.Break),
    "for with continue": _inside(ast.For, ast.Continue),
    "nested loops": _inside(ast.For, ast.For),
    "early return": _early_return,
    "augmented assignment": node(ast.AugAssign),
    "tuple unpacking": node(ast.Assign, lambda item: isinstance(item.targets[0], ast.Tuple)),
    "components set one by one": _local_components,
    "slices of vectors set": _sliced_target,
    "local arrays": text(r"\bwp\.zeros\("),
    "logical operators": node(ast.BoolOp),
    "chains of bits": node(ast.BinOp, lambda item: isinstance(item.op, (ast.BitXor, ast.LShift))),
    "random numbers": text(r"\bwp\.rand[fiun]\("),
    "noise": text(r"\bwp\.(p|curl)?noise\("),
    "tiles": text(r"\bwp\.tile_load\("),
    "tile lanes": text(r"\bwp\.block_dim\("),
    "tile maps": text(r"\bwp\.tile_map\("),
    "tile reductions": text(r"\bwp\.tile_(sum|reduce|min|max)\("),
    "tile products": text(r"\bwp\.tile_matmul\("),
    "tile scans": text(r"\bwp\.tile_scan_"),
    "tile sorts": text(r"\bwp\.tile_sort\("),
    "tile solves": text(r"\bwp\.tile_(cholesky|lower|upper)"),
    "meshes": text(r"\bwp\.mesh_query_"),
    "BVHs": text(r"\bwp\.bvh_query_"),
    "hash grids": text(r"\bwp\.hash_grid_query\("),
    "volumes": text(r"\bwp\.volume_(sample|lookup|store)"),
    "textures": text(r"\bwp\.texture_sample\("),
    **{
        f"launches of {n} dimensions": text(r"    " + ", ".join([r"\w+"] * n) + r" = wp\.tid\(\)") for n in (1, 2, 3, 4)
    },
}


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    specs = generate_kernels(SAMPLE, seed=11)
    return [Program(spec["source"]) for spec in specs]


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_a_feature_of_the_language_occurs(feature: str, programs: list[Program]) -> None:
    found = sum(FEATURES[feature](program) for program in programs)
    assert found >= 3, f"{feature}: in {found} of {len(programs)} programs"
