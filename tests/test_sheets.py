"""The formula sheets: Warp takes every law, it is safe wherever its quantities may be, and needs what it asks for."""

from __future__ import annotations

import ast
import builtins
import inspect
import keyword

import numpy as np
import pytest

from warp_jit_pairs.errors import Rejected
from warp_jit_pairs.extract import extract_batch
from warp_jit_pairs.grammar.laws import ROWS, Law, Quantity, Sheet, SheetError, parse, sheet, sheet_names
from warp_jit_pairs.grammar.names import RESERVED
from warp_jit_pairs.reference import Reference, ReferenceStop

THREADS = 40
TURNS = 12
"""So many times threads are given other values, until every argument has shown an effect."""
ROW = 6
RARE = 0.04
"""The share of a result's values that may be out of its range."""
WARP = {
    "real": "float",
    "int": "int",
    "uint": "wp.uint32",
    "bool": "bool",
    "transform": "wp.transform",
    "spatial": "wp.spatial_vector",
}
WIDTH = {"vec2": (2,), "vec3": (3,), "vec4": (4,), "mat22": (2, 2), "mat33": (3, 3), "quat": (4,), "transform": (7,)}


def spelled(kind: str) -> str:
    return WARP.get(kind, f"wp.{kind}")


def source(field: Sheet, law: Law) -> str:
    """A program that applies the law to an element of an array for each of its arguments."""
    node = next(n for n in ast.parse(text(field)).body if isinstance(n, ast.FunctionDef) and n.name == law.name)
    kinds = {name: field.quantity(name).type if name != "rng" else "rng" for name in law.takes}
    for argument in node.args.args:
        kind = kinds[argument.arg]
        hint = f"wp.array[{spelled(ROWS[kind])}]" if kind in ROWS else "wp.uint32" if kind == "rng" else spelled(kind)
        argument.annotation = ast.parse(hint, mode="eval").body
    lines = ["import warp as wp", "", "@wp.func", *ast.unparse(node).splitlines(), "", "@wp.kernel"]
    inputs = [
        f"{name}_in: wp.array{'2d' if kinds[name] in ROWS else ''}[{spelled(ROWS.get(kinds[name], kinds[name]))}]"
        for name in law.takes
        if name != "rng"
    ]
    outputs = [f"out{n}: wp.array[{spelled(field.quantity(name).type)}]" for n, name in enumerate(law.gives)]
    lines += [f"def kernel({', '.join(inputs + outputs)}):", "    i = wp.tid()"]
    if "rng" in law.takes:
        lines.append("    rng = wp.rand_init(7, i)")
    given = ", ".join("rng" if name == "rng" else f"{name}_in[i]" for name in law.takes)
    lines.append(f"    {', '.join(f'r{n}' for n in range(len(law.gives)))} = {law.name}({given})")
    lines += [f"    out{n}[i] = r{n}" for n in range(len(law.gives))]
    return "\n".join(lines) + "\n"


def text(field: Sheet) -> str:
    import importlib.resources

    folder = importlib.resources.files("warp_jit_pairs.grammar")
    return folder.joinpath("sheets", f"{field.name}.py").read_text(encoding="utf-8")


def values(kind: str, low: float, high: float, random: np.random.Generator) -> np.ndarray:
    """Values of a quantity all over its range, its ends among them."""
    shape = (THREADS, ROW) if kind in ROWS else (THREADS, *WIDTH.get(kind, (6,) if kind == "spatial" else ()))
    kind = ROWS.get(kind, kind)
    if kind in ("int", "uint", "bool"):
        dtype = {"int": np.int32, "uint": np.uint32, "bool": np.bool_}[kind]
        return random.integers(int(low), int(high) + 1, shape, dtype=np.int64).astype(dtype)
    drawn = random.uniform(low, high, shape)
    ends = random.random(shape)
    drawn = np.where(ends < 0.08, low, np.where(ends > 0.92, high, drawn))
    if kind in ("quat", "transform"):
        part = drawn[..., -4:]
        part[...] = random.normal(size=part.shape)
        part /= np.linalg.norm(part, axis=-1, keepdims=True)
    return drawn.astype(np.float32)


def filled(field: Sheet, law: Law, random: np.random.Generator) -> dict[str, np.ndarray]:
    given = {}
    for name in law.takes:
        if name == "rng":
            continue
        row = field.quantity(name)
        given[f"{name}_in"] = values(row.type, row.low, row.high, random)
    for n, name in enumerate(law.gives):
        row = field.quantity(name)
        given[f"out{n}"] = np.zeros_like(values(row.type, 0.0, 1.0, random))
    return given


@pytest.mark.parametrize("name", sheet_names())
def test_a_sheet_keeps_to_the_format(name: str) -> None:
    field = sheet(name)
    assert field.doc
    assert field.entities
    assert len(field.laws) >= 20
    used = {field.term(one).base for law in field.laws for one in (*law.takes, *law.gives) if one != "rng"}
    assert sorted(set(field.quantities) - used) == [], "quantities without a law"
    assert len({law.name for law in field.laws}) == len(field.laws)
    named = {word for row in field.quantities.values() for word in row.words}
    named |= {*field.entities, *field.groups, *field.pairs}
    assert not {word for word in named if not word.isidentifier() or keyword.iskeyword(word) or hasattr(builtins, word)}
    assert sorted(named & (RESERVED - set(field.entities))) == [], "reserved names"
    for total in (*field.summed, *field.opposite):
        assert field.quantity(total)
    if any("_b" in one[-2:] for law in field.laws for one in law.takes):
        assert field.pairs


@pytest.mark.parametrize("name", sheet_names())
def test_warp_takes_every_law(name: str) -> None:
    field = sheet(name)
    answers = extract_batch([source(field, law) for law in field.laws])
    refused = {
        law.name: f"{answer.reason}: {answer.detail[:300]}"
        for law, answer in zip(field.laws, answers, strict=True)
        if isinstance(answer, Rejected)
    }
    assert not refused


@pytest.mark.parametrize("name", sheet_names())
def test_laws_are_safe_in_their_ranges_and_need_what_they_take(name: str) -> None:
    field = sheet(name)
    found = {law.name: fault for law in field.laws if (fault := _fault(field, law))}
    assert not found


def _fault(field: Sheet, law: Law) -> str:
    """What is wrong with a law, if anything."""
    endless = [one for one in law.takes if one != "rng" and not np.isfinite(field.quantity(one).low)]
    if endless:
        return f"takes {endless[0]}, which has no range"
    random = np.random.default_rng(len(law.name))
    reference = Reference(source(field, law))
    missing = {name for name in law.takes if name != "rng"}
    constant = set(range(len(law.gives)))
    for _ in range(TURNS):
        given = filled(field, law, random)
        try:
            first = reference.run(given, (THREADS,)).values
            for n, name in enumerate(law.gives):
                if wrong := _wrong(field, name, first[f"out{n}"]):
                    return wrong
            constant -= {n for n in constant if (first[f"out{n}"] != first[f"out{n}"][:1]).any()}
            for name in sorted(missing):
                other = {**given, f"{name}_in": filled(field, law, random)[f"{name}_in"]}
                second = reference.run(other, (THREADS,)).values
                if any((first[f"out{n}"] != second[f"out{n}"]).any() for n in range(len(law.gives))):
                    missing.remove(name)
        except ReferenceStop as error:
            return f"{type(error).__name__}: {error}"
        if not missing and not constant:
            return ""
    return f"no effect of {sorted(missing)}, always the same: {[law.gives[n] for n in sorted(constant)]}"


def _wrong(field: Sheet, name: str, values: np.ndarray) -> str:
    """What is wrong with the values of a result, if anything."""
    row, got = field.quantity(name), values.astype(np.float64)
    if not np.isfinite(got).all() or (np.abs(got).max() > 1e6 and row.type not in ("uint", "int")):
        return f"{name} is not finite or beyond a million"
    low, high = _allowed(row) if field.term(name).prefix not in ("next", "rate") else (-np.inf, np.inf)
    if not np.isfinite(low) or row.type in ("quat", "transform"):
        return ""
    # Where a divisor is nearly zero a result is large: that is rare, and no matter for what has no sign or unit range.
    strict = (low >= 0.0 and got.min() < low) or (abs(row.high) <= 1.0 and got.max() > high)
    far = np.mean((got < low) | (got > high))
    if strict or far > RARE:
        return f"{name} is in [{got.min():.5g}, {got.max():.5g}], not in [{row.low:g}, {row.high:g}]"
    return ""


def _allowed(row: Quantity) -> tuple[float, float]:
    """Where a result may be: in its range, or up to four times as far from zero where that range is no unit one.

    A law is the more useful the closer its results are to what others take, but a factor does not make these unsafe: a
    sign, a zero or a unit range does.
    """
    if max(abs(row.low), abs(row.high)) <= 1.0:
        return row.low - 1e-3, row.high + 1e-3
    reach = 4.0 * max(abs(row.low), abs(row.high))
    return (-reach if row.low < 0.0 else row.low / 4.0 - 1e-6), (reach if row.high > 0.0 else row.high / 4.0 + 1e-6)


GOOD = '''
"""A field."""
ENTITIES = "thing"
QUANTITIES = """
mass | real | state  | 1 2 | mass m
load | real | result |     | load
"""


def load(mass):
    return mass * mass
'''


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("1 2", "2 1", "has no range"),
        ("| state ", "| here ", "no row of quantities"),
        ("return mass * mass", "x = mass * mass", "does not end in a return"),
        ("def load(mass)", "def load(weight)", "weight is no quantity"),
        ("def load(mass)", "def other(mass)", "gives no quantity"),
        ("ENTITIES =", "if True: ENTITIES =", "no setting and no law"),
        ("mass m", "mass m | 3", "out of its range"),
    ],
)
def test_a_wrong_sheet_is_refused(before: str, after: str, message: str) -> None:
    assert parse("good", GOOD).laws[0].gives == ("load",)
    with pytest.raises(SheetError, match=message):
        parse("wrong", GOOD.replace(before, after))


def test_names_are_taken_apart() -> None:
    field = sheet("particles")
    assert [str(field.term(name)) for name in ("previous_position", "mass_b", "max_speed")] == [
        *("previous_position", "mass_b", "max_speed"),
    ]
    assert field.term("previous_position").prefix == "previous"
    assert inspect.isclass(type(field.quantity("next_velocity")))
