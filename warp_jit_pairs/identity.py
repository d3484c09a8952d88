"""When two programs are the same: structure, tokens, near-duplicates, and the split that follows from a structure.

Three notions, from strict to loose:

* **structure**: the Python AST with user names, literals and scalar widths blanked; builtins and shape kept. Spellings
  of one type (`wp.array2d[float]`, `wp.array(dtype=wp.float64, ndim=2)`) are one type.
* **tokens**: what Python's `tokenize` gives, without comments and layout.
* **near-duplicate**: sets of 5-token shingles, user names blanked, with a Jaccard index of at least 0.7.

This works on any Python source, generated or harvested, and knows nothing of how it was made.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import keyword
import re
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .schema import SPLITS

Shingles: TypeAlias = npt.NDArray[np.uint64]

SHINGLE_TOKENS = 5
NEAR_DUPLICATE = 0.7
"""Two programs whose shingle sets have at least this Jaccard index are near-duplicates."""

_WARP_NAMES = frozenset({"wp", "warp"})
_PYTHON_NAMES = frozenset(dir(builtins))
_KEPT_FIELDS = re.compile(r"[xyzw]{1,4}|[rgba]{1,4}|[pqwv]|shape|dtype|size|ndim|length|ptr")
_SCALAR = re.compile(r"(float|bfloat|int|uint)(?:8|16|32|64)$")
_SHAPED = re.compile(r"(vec\d|mat\d\d|quat|transform|spatial_vector|spatial_matrix)(?:[hfd]|bf|u?[bsil])$")
_ARRAY = re.compile(r"(array|indexedarray|fabricarray|indexedfabricarray)(\d)d$")


@cache
def _type_name(name: str) -> str:
    """Blank the scalar width in the name of a Warp or Python type; other names are returned as they are."""
    if match := _SCALAR.match(name):
        return match[1].replace("bfloat", "float")
    if match := _SHAPED.match(name):
        return match[1]
    return name


def _array_type(node: ast.expr) -> tuple[str, int, ast.expr | None] | None:
    """Read any spelling of an array type as (kind, ndim, dtype expression); None if the node is none."""
    if isinstance(node, ast.Call):
        base: ast.expr = node.func
        dtype = next((k.value for k in node.keywords if k.arg == "dtype"), None) or (
            node.args[0] if node.args else None
        )
        given = next((k.value for k in node.keywords if k.arg == "ndim"), None)
    elif isinstance(node, ast.Subscript):
        base, dtype, given = node.value, node.slice, None
    else:
        return None
    if not (isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name) and base.value.id in _WARP_NAMES):
        return None
    match = _ARRAY.match(base.attr)
    kind, ndim = (match[1], int(match[2])) if match else (base.attr, 1)
    if not kind.endswith("array"):
        return None
    if isinstance(given, ast.Constant) and isinstance(given.value, int):
        ndim = given.value
    return kind, ndim, dtype


def _structure(tree: ast.Module) -> str:
    """Serialise the tree: one short word a node, children in order, brackets where their number varies."""
    words: list[str] = []
    put = words.append

    def visit(node: ast.AST) -> None:
        kind = type(node)
        if kind is ast.Name:
            name = node.id  # type: ignore[attr-defined]
            put(_type_name(name) if name in _PYTHON_NAMES or name in _WARP_NAMES else "_")
            return
        if kind is ast.Constant:
            put(f"={type(node.value).__name__}")  # type: ignore[attr-defined]
            return
        if kind is ast.Attribute:
            value, attr = node.value, node.attr  # type: ignore[attr-defined]
            root = value
            while type(root) is ast.Attribute:
                root = root.value
            if type(root) is ast.Name and root.id in _WARP_NAMES:
                put(_type_name(attr))
                if type(value) is ast.Attribute:
                    visit(value)
                return
            put("." + attr if _KEPT_FIELDS.fullmatch(attr) else "._")
            visit(value)
            return
        if (kind is ast.Call or kind is ast.Subscript) and (array := _array_type(node)) is not None:  # type: ignore[arg-type]
            put(f"{array[0]}{array[1]}")
            if array[2] is not None:
                visit(array[2])
            return
        put(kind.__name__)
        for field in kind._fields:
            child = getattr(node, field, None)
            if isinstance(child, list):
                put("(")
                for item in child:
                    if isinstance(item, ast.AST):
                        visit(item)
                put(")")
            elif isinstance(child, ast.AST) and not isinstance(child, ast.expr_context):
                visit(child)
            elif kind is ast.keyword and field == "arg":
                put(str(child))

    for statement in tree.body:
        visit(statement)
    return " ".join(words)


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                del node.body[0]


def structural_hash(source: str) -> str:
    """Hash the structure of a Python source: 32 hex digits, equal for programs that differ in names and literals only.

    Raises:
        SyntaxError: the text is not Python.
    """
    tree = ast.parse(source)
    _drop_docstrings(tree)
    return hashlib.blake2b(_structure(tree).encode(), digest_size=16).hexdigest()


def split_of(structure: str) -> str:
    """The split that a structural hash belongs to: train 90 %, validation 5 %, test 5 %.

    A function of the hash alone, so that two records of one structure never straddle splits, on any machine and in
    builds of any size.
    """
    place = int(structure[:8], 16) % 100
    train, validation, test = SPLITS
    return train if place < 90 else validation if place < 95 else test


_TOKEN = re.compile(
    r"""(?P<skip>[ \t\f\r\n]+|\#[^\n]*|\\\r?\n)
    |(?P<string>(?i:[rbuf]|rb|br|fr|rf)?(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
    |(?P<name>[^\W\d]\w*)
    |(?P<number>0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+
        |(?:\d(?:_?\d)*\.(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*|\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?[jJ]?)
    |(?P<op>\*\*=?|//=?|>>=?|<<=?|\.\.\.|->|:=|[-+*/%&|^=<>!@]=|[-+*/%&|^=<>~@()\[\]{},:;.])""",
    re.VERBOSE | re.DOTALL,
)


def tokens(source: str) -> list[str]:
    """The tokens of a Python source as `tokenize` gives them, without comments and layout (15 times faster)."""
    found = []
    end = 0
    for match in _TOKEN.finditer(source):
        if match.start() != end:
            raise SyntaxError(f"no Python token at character {end}")
        end = match.end()
        if match.lastgroup != "skip":
            found.append(match[0])
    if end != len(source):
        raise SyntaxError(f"no Python token at character {end}")
    return found


def _blank_names(words: list[str]) -> Iterator[str]:
    before = ["", ""]
    for word in words:
        is_name = word[0].isalpha() or word[0] == "_"
        of_warp = before[1] == "." and before[0] in _WARP_NAMES
        if not is_name or of_warp or keyword.iskeyword(word) or word in _PYTHON_NAMES or word in _WARP_NAMES:
            yield word
        else:
            yield word if before[1] == "." and _KEPT_FIELDS.fullmatch(word) else "_"
        before = [before[1], word]


@cache
def _token_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


_POWERS = np.array([pow(0x9E3779B97F4A7C15, k, 2**64) for k in range(SHINGLE_TOKENS)], dtype=np.uint64)


def shingles(source: str) -> Shingles:
    """The set of 5-token shingles of a source, user names blanked, as sorted 64-bit hashes."""
    hashed = np.array([_token_hash(word) for word in _blank_names(tokens(source))], dtype=np.uint64)
    if len(hashed) < SHINGLE_TOKENS:
        hashed = np.pad(hashed, (0, SHINGLE_TOKENS - len(hashed)))
    windows = np.lib.stride_tricks.sliding_window_view(hashed, SHINGLE_TOKENS)
    return np.unique((windows * _POWERS).sum(axis=1, dtype=np.uint64))


def jaccard(a: Shingles, b: Shingles) -> float:
    """The Jaccard index of two shingle sets: shared shingles over all of them."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)
