"""Plants faults in generated C++: what a wrong code generator, or a model, might have written. Pure text.

`mutations` lists every fault of every kind that a kernel's code offers; the kinds are rows of two tables. Whether a
fault changes anything, and whether the oracle notices, is left to `benchmarks/mutants.py`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .compile import Unit

FORWARD, ADJOINT = "forward", "adjoint"
FAKES = ("no-op", "copy of an input", "first answer replayed")

_CALL = re.compile(r"^(\s*(?:[\w.]+ \+?= )?)([\w:]+(?:<[^()]*>)?)\((.*)\);$")
_CONSTANT = re.compile(r"^(\s*const [\w:]+ var_\w+ = )(-?\d[\d.]*(?:e[+-]?\d+)?|true|false)(\w*;)$")
_COMPARED = re.compile(r"^(\s*var_\w+ = \(\w+ )(<=|>=|<|>|==|!=)( \w+\);)$")
_JOINED = re.compile(r"^(\s*var_\w+ = \w+ )(&&|\|\|)( \w+;)$")
_DECLARED = re.compile(r"^\s*(?:const )?((?:wp::)?[\w:]+(?:<.*>)?[*&]?) ((?:var|adj)_\w+)(?: = .*|\{\})?;$")
_FUNCTION = re.compile(r"^static .*?(\w+)\($")
_ANCHOR = "    static constexpr bool wp_linear_tid = wp_linear_contiguous;\n"

_OPERATORS = {
    "add": "sub",
    "sub": "add",
    "mul": "div",
    "div": "mul",
    "mod": "div",
    "floordiv": "div",
    "bit_and": "bit_or",
    "bit_or": "bit_and",
    "bit_xor": "bit_or",
    "lshift": "rshift",
    "rshift": "lshift",
}
_COMPARISONS = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
_BOUNDS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_ORDERED = ("sub", "div", "mod", "floordiv", "lshift", "rshift", "pow", "atan2", "cross")
"""Functions of two operands of which the order matters."""

_COMMUTATIVE = ("add", "mul", "min", "max", "dot", "cw_mul", "bit_and", "bit_or", "bit_xor", "rand_init", *_ORDERED)
_SAME_SIGNATURE = {
    "sin": "cos",
    "cos": "sin",
    "tan": "sin",
    "exp": "cos",
    "log": "sqrt",
    "sqrt": "exp",
    "abs": "neg",
    "neg": "abs",
    "floor": "ceil",
    "ceil": "floor",
    "round": "floor",
    "trunc": "ceil",
    "tanh": "sin",
    "sinh": "sin",
    "asin": "acos",
    "acos": "asin",
    "atan": "tanh",
    "min": "max",
    "max": "min",
    "length": "length_sq",
    "length_sq": "length",
    "normalize": "neg",
    "cross": "cw_mul",
    "cw_mul": "add",
    "degrees": "radians",
    "radians": "degrees",
    "quat_rotate": "quat_rotate_inv",
    "quat_rotate_inv": "quat_rotate",
    "transform_point": "transform_vector",
    "transform_vector": "transform_point",
    "transpose": "neg",
    "atomic_add": "atomic_sub",
    "atomic_sub": "atomic_add",
    "atomic_min": "atomic_max",
    "atomic_max": "atomic_min",
    "randf": "randn",
    "randn": "randf",
    "sign": "abs",
    "nonzero": "sign",
    "step": "abs",
    "cbrt": "sqrt",
    "log2": "log10",
    "log10": "log2",
    "quat_inverse": "neg",
    "transform_inverse": "neg",
    "tile_sum": "tile_max",
    "tile_min": "tile_max",
    "tile_max": "tile_min",
    "determinant": "trace",
    "trace": "determinant",
}
_INDEXED = {"address": 1, "array_store": 1, "atomic_add": 1, "atomic_sub": 1, "atomic_min": 1, "atomic_max": 1}
"""Function -> place of its first index."""

_STORED = ("array_store", "store", "assign", "tile_store", "atomic_add", "atomic_sub", "atomic_min", "atomic_max")
_WHOLE = ("bool", "wp::int", "wp::uint", "wp::range", "wp::shape", "wp::array", "wp::tuple_t<wp::int")
"""How the types of variables begin that carry no gradient."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One fault: `unit` with it, and the line before and after."""

    kind: str
    direction: str
    function: str
    old: str
    new: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of code with what surrounds it: its function, whether that is an adjoint, and the types declared there."""

    text: str
    function: str
    adjoint: bool
    types: Mapping[str, str]

    @property
    def call(self) -> tuple[str, str, list[str]] | None:
        """What stands before a call, the function's name, and its arguments."""
        match = _CALL.match(self.text)
        return None if match is None else (match[1], match[2], _split(match[3]))


def _split(arguments: str) -> list[str]:
    """Arguments of a call, at its own commas."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(arguments):
        depth += (character in "(<[{") - (character in ")>]}")
        if character == "," and depth == 0:
            parts.append(arguments[start:place].strip())
            start = place + 1
    parts.append(arguments[start:].strip())
    return parts


def _written(head: str, name: str, arguments: Sequence[str]) -> str:
    return f"{head}{name}({', '.join(arguments)});"


Rule = Callable[[_Line], Iterator[str]]
"""A line to the lines that may stand in its place; an empty one drops it."""


def _bare(name: str) -> tuple[str, str]:
    """A function of Warp's as (what stands before its name, name)."""
    for prefix in ("wp::adj_", "wp::"):
        if name.startswith(prefix):
            return prefix, name.removeprefix(prefix)
    return "", name


def _operator(line: _Line) -> Iterator[str]:
    match = _COMPARED.match(line.text) or _JOINED.match(line.text)
    if match:
        yield match[1] + _COMPARISONS[match[2]] + match[3]
    elif line.call:
        head, name, arguments = line.call
        prefix, bare = _bare(name)
        same = ("add", "sub") if prefix == "wp::adj_" else _OPERATORS  # others' adjoints differ in their arguments
        if prefix and bare in same:
            yield _written(head, prefix + _OPERATORS[bare], arguments)


def _operands(line: _Line) -> Iterator[str]:
    match = _COMPARED.match(line.text)
    if match and match[2] not in ("==", "!="):
        left, right = match[1].rsplit("(", 1)[1].strip(), match[3].removesuffix(");").strip()
        yield f"{match[1].rsplit('(', 1)[0]}({right} {match[2]} {left});"
    elif line.call:
        head, name, arguments = line.call
        prefix, bare = _bare(name)
        if prefix and bare in _ORDERED and len(arguments) >= 2:
            yield _written(head, name, [arguments[1], arguments[0], *arguments[2:]])


def _constant(line: _Line) -> Iterator[str]:
    match = _CONSTANT.match(line.text)
    if match is None:
        return
    head, value, tail = match.groups()
    if value in ("true", "false"):
        yield head + ("false" if value == "true" else "true") + tail
    elif "." in value or "e" in value:
        number = float(value)
        for changed in (number * 1.05 if number else 0.05, number + 1.0, -number):
            if changed != number:
                yield head + repr(changed) + tail
    else:
        yield head + str(int(value) + 1) + tail


def _index(line: _Line) -> Iterator[str]:
    if line.call is None:
        if "builtin_tid" in line.text and line.text.count(", ") == 1:
            head, first, second = re.split(r"\(|, ", line.text.strip().removesuffix(");"))
            yield f"    {head}({second}, {first});"
        return
    head, name, arguments = line.call
    prefix, bare = _bare(name)
    if name.startswith("builtin_tid") and len(arguments) >= 2:
        yield _written(head, name, [arguments[1], arguments[0], *arguments[2:]])
    if not prefix or bare not in _INDEXED:
        return
    first = _INDEXED[bare]
    places = [p for p, argument in enumerate(arguments) if first <= p < first + 4 and _is_index(line, argument)]
    if bare != "address" and prefix == "wp::":
        places = [p for p in places if p < len(arguments) - 1]  # the last one is the value
    if len(places) >= 2:
        a, b = places[:2]
        swapped = list(arguments)
        swapped[a], swapped[b] = arguments[b], arguments[a]
        yield _written(head, name, swapped)
    if places:
        last = places[-1]
        index = arguments[last]
        moved = list(arguments)
        moved[last] = f"({index} > 0 ? {index} - 1 : {index})"
        yield _written(head, name, moved)


def _is_index(line: _Line, argument: str) -> bool:
    return argument.startswith("var_") and line.types.get(argument, "").startswith(("wp::int", "wp::uint"))


def _function(line: _Line) -> Iterator[str]:
    if line.call:
        head, name, arguments = line.call
        prefix, bare = _bare(name)
        if prefix and bare in _SAME_SIGNATURE:
            yield _written(head, prefix + _SAME_SIGNATURE[bare], arguments)


def _arguments(line: _Line) -> Iterator[str]:
    """Neighbouring arguments of one type, of functions whose order of arguments is theirs alone."""
    if line.call is None:
        return
    head, name, arguments = line.call
    prefix, bare = _bare(name)
    adjoint = prefix == "wp::adj_" or name.startswith("adj_")
    if bare in _COMMUTATIVE and not adjoint:
        return
    for place in range(len(arguments) - 1):
        a, b = arguments[place], arguments[place + 1]
        known = line.types.get(a)
        same = known is not None and known == line.types.get(b) and a != b
        if same and a[:4] == b[:4] and (not adjoint or a.startswith("adj_")) and not (bare in _INDEXED and place < 3):
            swapped = list(arguments)
            swapped[place], swapped[place + 1] = b, a
            yield _written(head, name, swapped)


def _bound(line: _Line) -> Iterator[str]:
    match = _COMPARED.match(line.text)
    if match and match[2] in _BOUNDS:
        yield match[1] + _BOUNDS[match[2]] + match[3]
    elif line.call and line.call[1] == "wp::range":
        head, name, arguments = line.call
        place = 0 if len(arguments) == 1 else 1
        yield _written(head, name, [*arguments[:place], f"{arguments[place]} - 1", *arguments[place + 1 :]])


def _missing_store(line: _Line) -> Iterator[str]:
    if line.call:
        prefix, bare = _bare(line.call[1])
        if prefix == "wp::" and bare in _STORED:
            yield ""


def _is_term(line: _Line) -> bool:
    """A statement that adds to the gradient of something that has one."""
    if " += adj_" in line.text:
        return True
    if line.call is None or not (line.call[1].startswith("wp::adj_") or line.call[1].startswith("adj_")):
        return False
    adjoints = [argument for argument in line.call[2] if argument.startswith("adj_")]
    return any(a in line.types and not line.types[a].startswith(_WHOLE) for a in adjoints)


def _dropped(line: _Line) -> Iterator[str]:
    if _is_term(line):
        yield ""


def _doubled(line: _Line) -> Iterator[str]:
    if _is_term(line):
        yield f"{line.text} {line.text.strip()}"


KINDS: dict[str, Rule] = {
    "operator": _operator,
    "operands swapped": _operands,
    "constant": _constant,
    "index": _index,
    "wrong function": _function,
    "swapped arguments": _arguments,
    "off-by-one bound": _bound,
    "missing store": _missing_store,
    "dropped adjoint term": _dropped,
    "doubled adjoint term": _doubled,
}
"""Kind of fault -> rule; a rule that finds adjoint statements alone says so by what it looks for."""


def _lines(code: str, adjoint: bool | None) -> list[_Line]:
    """Lines of a column; in support code (`adjoint` None) the name of a function tells which pass it belongs to."""
    found: list[_Line] = []
    function, is_adjoint, types = "", bool(adjoint), dict[str, str]()
    for text in code.splitlines():
        opened = _FUNCTION.match(text)
        if opened:
            function, types = opened[1], {}
            is_adjoint = function.startswith("adj_") if adjoint is None else adjoint
        declared = _DECLARED.match(text)
        if declared:
            types[declared[2]] = declared[1]
        found.append(_Line(text, function, is_adjoint, types))
    return found


_COLUMNS: dict[str, bool | None] = {"support": None, "forward": False, "backward": True}


def mutations(unit: Unit) -> list[Mutation]:
    """Every fault that the code of a kernel offers, in the order of its lines."""
    found = []
    for column, adjoint in _COLUMNS.items():
        lines = _lines(getattr(unit, column), adjoint)
        for place, line in enumerate(lines):
            if "wp_contiguous" in line.text or (adjoint is None and not line.function):
                continue
            for kind, rule in KINDS.items():
                for new in rule(line):
                    texts = [other.text for other in lines]
                    texts[place] = new
                    text: dict[str, Any] = {column: "\n".join(texts) + "\n"}
                    changed = dataclasses.replace(unit, **text)
                    direction = ADJOINT if line.adjoint else FORWARD
                    found.append(Mutation(kind, direction, line.function, line.text.strip(), new.strip(), changed))
    return found


# -- whole-kernel fakes


def fakes(unit: Unit, answers: Mapping[str, bytes]) -> list[Mutation]:
    """Kernels that do no work: nothing at all, a copy of an input, or the same answer whatever the input.

    `answers` are the first test case's outputs, as the bytes of plain arrays.
    """
    made = [_fake(unit, FAKES[0], "return;")]
    arrays = re.findall(r"^\s+wp::array_t<(.*)> (\w+);$", unit.forward.partition("};")[0], re.MULTILINE)
    items = {name: item for item, name in arrays}
    outputs = [name for name in answers if name in items]
    inputs = (
        sorted(items.keys() - answers.keys(), key=lambda name: (items[name] != items[outputs[0]], name))
        if outputs
        else []
    )
    if inputs:
        source, size = f"(const char*)_wp_args->{inputs[0]}.data", _size(inputs[0])
        made.append(_fake(unit, FAKES[1], _copying(outputs[0], source, size)))
    if outputs and len(outputs) == len(answers):
        stores = [
            f"static const unsigned char answer_{place}[] = {{{','.join(str(byte) for byte in answers[name])}}};\n"
            + _copying(name, f"(const char*)answer_{place}", str(len(answers[name])))
            for place, name in enumerate(outputs)
        ]
        made.append(_fake(unit, FAKES[2], "\n".join(stores)))
    if unit.backward and _ANCHOR in unit.backward:
        backward = unit.backward.replace(_ANCHOR, f"{_ANCHOR}    return;\n", 1)
        changed = dataclasses.replace(unit, backward=backward)
        made.append(Mutation(FAKES[0], ADJOINT, f"{unit.kernel}_cpu_kernel_backward", "", "return;", changed))
    return made


def _fake(unit: Unit, kind: str, body: str) -> Mutation:
    code = unit.forward.replace(_ANCHOR, f"{_ANCHOR}    {body}\n    if (dim.size) return;\n", 1)
    changed = Unit(unit.kernel, unit.support, code)
    return Mutation(kind, FORWARD, f"{unit.kernel}_cpu_kernel_forward", "", body[:80], changed)


def _size(name: str) -> str:
    """C++ for the bytes of an array."""
    return f"((size_t)_wp_args->{name}.strides[0] * _wp_args->{name}.shape.dims[0])"


def _copying(output: str, source: str, size: str) -> str:
    return (
        f"if (task_index == 0) for (size_t i = 0; i < {_size(output)} && i < {size}; ++i)"
        f" ((char*)_wp_args->{output}.data)[i] = ({source})[i];"
    )
