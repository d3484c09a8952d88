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
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .columns import SPLITS

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


_HEADED = (ast.Module, ast.FunctionDef, ast.ClassDef)


_FIELDS = {
    kind: tuple(name for name in kind._fields if name not in ("ctx", "type_comment", "kind"))
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""What of a node belongs to its structure."""


def _is_docstring(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


class _Structure:
    """Serialises a tree: one short word a node, children in order, brackets where their number varies."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def visit(self, node: Any) -> None:
        kind: type[ast.AST] = type(node)
        special = _SPECIAL.get(kind)
        if special is not None and special(self, node):
            return
        self.words.append(kind.__name__)
        for field in _FIELDS[kind]:
            child = getattr(node, field)
            if type(child) is list:
                self.words.append("(")
                headed = child and field == "body" and kind in _HEADED and _is_docstring(child[0])
                for item in child[1:] if headed else child:
                    if isinstance(item, ast.AST):
                        self.visit(item)
                self.words.append(")")
            elif isinstance(child, ast.AST):
                self.visit(child)

    def name(self, node: ast.Name) -> bool:
        known = node.id in _PYTHON_NAMES or node.id in _WARP_NAMES
        self.words.append(_type_name(node.id) if known else "_")
        return True

    def constant(self, node: ast.Constant) -> bool:
        self.words.append(f"={type(node.value).__name__}")
        return True

    def attribute(self, node: ast.Attribute) -> bool:
        root: ast.expr = node.value
        while type(root) is ast.Attribute:
            root = root.value
        if type(root) is ast.Name and root.id in _WARP_NAMES:
            self.words.append(_type_name(node.attr))
            if type(node.value) is ast.Attribute:
                self.visit(node.value)
        else:
            self.words.append("." + node.attr if _KEPT_FIELDS.fullmatch(node.attr) else "._")
            self.visit(node.value)
        return True

    def keyword(self, node: ast.keyword) -> bool:
        self.words.append(f"{node.arg}:")
        self.visit(node.value)
        return True

    def array(self, node: ast.Call | ast.Subscript) -> bool:
        array = _array_type(node)
        if array is None:
            return False
        self.words.append(f"{array[0]}{array[1]}")
        if array[2] is not None:
            self.visit(array[2])
        return True


_SPECIAL: dict[type[ast.AST], Callable[[_Structure, Any], bool]] = {
    ast.Name: _Structure.name,
    ast.Constant: _Structure.constant,
    ast.Attribute: _Structure.attribute,
    ast.keyword: _Structure.keyword,
    ast.Call: _Structure.array,
    ast.Subscript: _Structure.array,
}
"""What is written otherwise than as its fields; a function that returns False leaves the node to that."""


def structural_hash(source: str, tree: ast.Module | None = None) -> str:
    """Hash the structure of a Python source: 32 hex digits, equal for programs that differ in names and literals only.

    A tree that the caller has parsed from the source saves parsing it again.

    Raises:
        SyntaxError: the text is not Python.
    """
    structure = _Structure()
    structure.visit(tree or ast.parse(source))
    return hashlib.blake2b(" ".join(structure.words).encode(), digest_size=16).hexdigest()


def split_of(structure: str) -> str:
    """The split that a structural hash belongs to: train 90 %, validation 5 %, test 5 %.

    A function of the hash alone, so that two records of one structure never straddle splits, on any machine and in
    builds of any size.
    """
    place = int(structure[:8], 16) % 100
    train, validation, test = SPLITS
    return train if place < 90 else validation if place < 95 else test


_TOKEN = re.compile(
    r"""(?:[ \t\f\r\n]+|\#[^\n]*|\\\r?\n)
    |((?i:[rbuf]|rb|br|fr|rf)?(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    |[^\W\d]\w*
    |0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+
    |(?:\d(?:_?\d)*\.(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*|\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?[jJ]?
    |\*\*=?|//=?|>>=?|<<=?|\.\.\.|->|:=|[-+*/%&|^=<>!@]=|.)""",
    re.VERBOSE | re.DOTALL,
)
"""White space and comments without a group, tokens in one; its last alternative takes any character."""

_OPERATORS = frozenset("-+*/%&|^=<>~@()[]{},:;.")


def tokens(source: str) -> list[str]:
    """The tokens of a Python source as `tokenize` gives them, without comments and layout, in a fifth of the time.

    Raises:
        SyntaxError: a character that begins no token.
    """
    found = [token for token in _TOKEN.findall(source) if token]
    for token in set(found):
        if len(token) == 1 and token not in _OPERATORS and not (token.isalnum() or token == "_"):
            raise SyntaxError(f"no Python token begins with {token!r}")
    return found


def blank_names(words: list[str]) -> Iterator[str]:
    """The tokens of a source with each name that its author chose replaced by `_`."""
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
    hashed = np.array([_token_hash(word) for word in blank_names(tokens(source))], dtype=np.uint64)
    if len(hashed) < SHINGLE_TOKENS:
        hashed = np.pad(hashed, (0, SHINGLE_TOKENS - len(hashed)))
    windows = np.lib.stride_tricks.sliding_window_view(hashed, SHINGLE_TOKENS)
    return np.unique((windows * _POWERS).sum(axis=1, dtype=np.uint64))


def token_windows(source: str, length: int) -> set[int]:
    """Hashes of every `length` tokens in a row, names and literals as they are.

    Raises:
        SyntaxError: a character that begins no token.
    """
    hashed = np.array([_token_hash(word) for word in tokens(source)], dtype=np.uint64)
    if len(hashed) < length:
        return set()
    powers = np.array([pow(0x9E3779B97F4A7C15, k, 2**64) for k in range(length)], dtype=np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(hashed, length)
    return set((windows * powers).sum(axis=1, dtype=np.uint64).tolist())


def jaccard(a: Shingles, b: Shingles) -> float:
    """The Jaccard index of two shingle sets: shared shingles over all of them."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)
