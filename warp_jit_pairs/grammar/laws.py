"""Reads the formula sheets: the quantities of a field, and the laws between them.

The format is described in `sheets/__init__.py`. A sheet is parsed and not imported; a law's body stays Python's own
syntax tree, which `translate` turns into statements of a program (and `likely` into a function, to try what it gives).
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import inf

PREFIXES = ("previous", "target", "rest", "initial", "reference", "max", "min", "next")
"""What may stand before a quantity's name."""

PAIR = ("a", "b")
"""What may stand after it: which element of a pair."""

TYPES = frozenset(
    {
        *("real", "vec2", "vec3", "vec4", "mat22", "mat33", "quat"),
        *("transform", "spatial", "int", "uint", "bool", "reals", "ints"),
    }
)
ROWS = {"reals": "real", "ints": "int"}
"""Types that are a row of numbers, by that of one of them."""

WHERE = ("state", "group", "uniform", "result")


_SINGLE = (
    "norm_",
    "smooth_normalize",
    "div_approx",
    "inverse_approx",
    "noise",
    "pnoise",
    "curlnoise",
    "rand",
    "sample_",
    "poisson",
    "quat_twist",
    "quat_to_rpy",
    "quat_to_euler",
    "velocity_at_point",
    "transform_twist",
    "transform_wrench",
    "closest_point_edge_edge",
)
"""Builtins that Warp has in single precision only, or what their names begin with."""


class SheetError(Exception):
    """A sheet that does not keep to the format; says where."""


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A row of a sheet's table; `low` and `high` are infinite for a result whose range no law needs."""

    name: str
    type: str
    where: str
    low: float
    high: float
    words: tuple[str, ...]
    usual: tuple[float, ...]


@cache
def _spelled(prefix: str, base: str, suffix: str) -> str:
    if prefix == "rate":
        return f"{base}_rate"
    return "_".join(part for part in (prefix, base, suffix) if part)


@dataclass(frozen=True, slots=True)
class Term:
    """A quantity's name taken apart: `previous_position_b` is (`previous`, `position`, `b`)."""

    prefix: str
    base: str
    suffix: str

    def __str__(self) -> str:
        return _spelled(self.prefix, self.base, self.suffix)

    @property
    def whole(self) -> str:
        """The name without saying which element of a pair."""
        return _spelled(self.prefix, self.base, "")


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A formula: what it takes and gives, its statements but for the last, and the expressions that these end in."""

    name: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    results: tuple[ast.expr, ...]
    doc: str
    calls: frozenset[str]
    changed: frozenset[str]
    """Locals that are set more than once."""
    uses: dict[str, int]
    """How often its statements read each name."""
    locals: frozenset[str]
    """What it calls its own variables."""
    looped: bool
    branches: bool
    early: bool
    """Whether it returns before its end."""
    size: int
    """Nodes of its syntax tree."""
    single: bool
    """Whether it is for single precision only: for its builtins, or since Warp mistakes a counter's type."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A field's quantities and laws."""

    name: str
    doc: str
    entities: tuple[str, ...]
    groups: tuple[str, ...]
    pairs: tuple[str, ...]
    launch: dict[int, float]
    summed: frozenset[str]
    opposite: frozenset[str]
    quantities: dict[str, Quantity]
    laws: tuple[Law, ...]
    giving: dict[str, tuple[Law, ...]]
    """Laws by the name of what they give, as it stands there."""
    terms: dict[str, Term]
    """Names that were taken apart."""
    rows: dict[str, Quantity]
    """The quantities that names are about, which may be qualified."""

    def term(self, name: str) -> Term:
        """A name taken apart; raises SheetError where it is no quantity's."""
        known = self.terms.get(name)
        if known is None:
            known = self.terms[name] = _term(name, self.quantities, self.name)
        return known

    def quantity(self, name: str) -> Quantity:
        known = self.rows.get(name)
        if known is None:
            known = self.rows[name] = self.quantities[self.term(name).base]
        return known


def _term(name: str, quantities: dict[str, Quantity], sheet: str) -> Term:
    if name in quantities:
        return Term("", name, "")
    head, _, suffix = name.rpartition("_")
    if suffix in PAIR and head:
        inner = _term(head, quantities, sheet)
        return Term(inner.prefix, inner.base, suffix)
    if suffix == "rate" and head in quantities:
        return Term("rate", head, "")
    prefix, _, rest = name.partition("_")
    if prefix in PREFIXES and rest in quantities:
        return Term(prefix, rest, "")
    raise SheetError(f"{sheet}: {name} is no quantity")


def _is_quantity(name: str, quantities: dict[str, Quantity]) -> bool:
    try:
        _term(name, quantities, "")
    except SheetError:
        return False
    return True


@cache
def sheet_names() -> tuple[str, ...]:
    """The names of all sheets, sorted."""
    folder = resources.files(__package__).joinpath("sheets")
    found = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".py") for name in found if name.endswith(".py") and name != "__init__.py"))


@cache
def sheet(name: str) -> Sheet:
    """A sheet by its name; raises SheetError where its text is not what a sheet is."""
    text = resources.files(__package__).joinpath("sheets", f"{name}.py").read_text(encoding="utf-8")
    return parse(name, text)


def parse(name: str, text: str) -> Sheet:
    """A sheet's text taken apart."""
    module = ast.parse(text)
    _keep_hexadecimal(module, text)
    settings: dict[str, str] = {}
    functions: list[ast.FunctionDef] = []
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            settings[node.targets[0].id] = ast.literal_eval(node.value)
        elif isinstance(node, ast.FunctionDef):
            functions.append(node)
        elif not isinstance(node, (ast.Import, ast.Expr)):
            raise SheetError(f"{name}: line {node.lineno} is no setting and no law")
    quantities = {row.name: row for row in _quantities(name, settings.get("QUANTITIES", ""))}
    laws = tuple(_law(name, node, quantities) for node in functions)
    giving: dict[str, list[Law]] = {}
    for law in laws:
        for result in law.gives:
            giving.setdefault(result, []).append(law)
    launch = dict(part.split(":") for part in settings.get("LAUNCH", "1:1").split())
    words = {key: tuple(settings.get(key, "").split()) for key in ("ENTITIES", "GROUPS", "PAIRS", "SUMMED", "OPPOSITE")}
    return Sheet(
        name=name,
        doc=ast.get_docstring(module) or "",
        entities=words["ENTITIES"],
        groups=words["GROUPS"],
        pairs=words["PAIRS"],
        launch={int(ndim): float(weight) for ndim, weight in launch.items()},
        summed=frozenset(words["SUMMED"]),
        opposite=frozenset(words["OPPOSITE"]),
        quantities=quantities,
        laws=laws,
        giving={key: tuple(value) for key, value in giving.items()},
        terms={},
        rows={},
    )


def _keep_hexadecimal(module: ast.Module, text: str) -> None:
    """Let constants remember that they are written in hexadecimal, in the field that is for a string's prefix."""
    lines = text.splitlines()
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            written = lines[node.lineno - 1][node.col_offset : node.end_col_offset]
            node.kind = written if written.startswith("0x") else None


def _quantities(sheet_name: str, table: str) -> Iterator[Quantity]:
    for line in table.strip().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) not in (5, 6) or cells[1] not in TYPES or cells[2] not in WHERE or not cells[4]:
            raise SheetError(f"{sheet_name}: {line.strip()!r} is no row of quantities")
        low, high = (float(number) for number in cells[3].split()) if cells[3] else (-inf, inf)
        if cells[1] == "bool":
            low, high = 0.0, 1.0
        if low >= high or (low == -inf and cells[2] != "result"):
            raise SheetError(f"{sheet_name}: {cells[0]} has no range")
        usual = tuple(float(number) for number in cells[5].split()) if len(cells) == 6 else ()
        if any(not low <= number <= high for number in usual):
            raise SheetError(f"{sheet_name}: a usual value of {cells[0]} is out of its range")
        yield Quantity(cells[0], cells[1], cells[2], low, high, tuple(cells[4].split()), usual)


def _law(sheet_name: str, node: ast.FunctionDef, quantities: dict[str, Quantity]) -> Law:
    where = f"{sheet_name}: law {node.name}"
    doc = ast.get_docstring(node) or ""
    body = node.body[1:] if doc else node.body
    if not body or not isinstance(body[-1], ast.Return) or body[-1].value is None:
        raise SheetError(f"{where} does not end in a return")
    value = body[-1].value
    results = tuple(value.elts) if isinstance(value, ast.Tuple) else (value,)
    gives = tuple(_gives(where, node.name, one, quantities, len(results)) for one in results)
    takes = tuple(argument.arg for argument in node.args.args)
    for name in takes:
        if name != "rng":
            _term(name, quantities, where)
    kinds = [type(one) for statement in body for one in ast.walk(statement)]
    returns = kinds.count(ast.Return)
    return Law(
        node.name,
        takes,
        gives,
        tuple(body[:-1]),
        results,
        doc.partition("\n")[0],
        frozenset(_called(body)),
        _changed(node for statement in body for node in ast.walk(statement)),
        _uses(body),
        frozenset(_bound(body)) - set(gives),
        ast.For in kinds or ast.While in kinds,
        ast.If in kinds or ast.IfExp in kinds,
        returns > 1,
        len(kinds),
        any(name.startswith(_SINGLE) for name in _called(body)) or casts_counter(body),
    )


def casts_counter(body: list[ast.stmt]) -> bool:
    """Whether the counter of a loop that Warp unrolls is cast: to float64, Warp then takes it for one everywhere."""
    loops = [one for statement in body for one in ast.walk(statement) if isinstance(one, ast.For)]
    for loop in loops:
        if not isinstance(loop.iter, ast.Call) or not all(isinstance(one, ast.Constant) for one in loop.iter.args):
            continue
        counter = ast.unparse(loop.target)
        calls = [one for one in ast.walk(loop) if isinstance(one, ast.Call) and ast.unparse(one.func) == "float"]
        names = {name.id for one in calls for name in ast.walk(one) if isinstance(name, ast.Name)}
        if counter in names:
            return True
    return False


def _gives(where: str, law: str, value: ast.expr, quantities: dict[str, Quantity], count: int) -> str:
    if isinstance(value, ast.Name) and _is_quantity(value.id, quantities):
        return value.id
    if count == 1 and _is_quantity(law, quantities):
        return law
    raise SheetError(f"{where} gives no quantity")


def _called(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node.func.attr


def _uses(body: list[ast.stmt]) -> dict[str, int]:
    return Counter(
        node.id
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _bound(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _changed(nodes: Iterable[ast.AST]) -> frozenset[str]:
    once: set[str] = set()
    again: set[str] = set()
    for node in nodes:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        for target in targets:
            while isinstance(target, (ast.Subscript, ast.Attribute)):
                target = target.value
                again |= {target.id} if isinstance(target, ast.Name) else set()
            if isinstance(target, ast.Name):
                (again if target.id in once else once).add(target.id)
    return frozenset(again)
