"""Emission: precedence, layout, and that it prints what the tree says and nothing else."""

from __future__ import annotations

import pytest

from warp_jit_pairs import types as t
from warp_jit_pairs.emit import Printer, emit
from warp_jit_pairs.expressions import expression
from warp_jit_pairs.grammar import tree


def name(identifier: str, value_type: t.Type = t.F32) -> tree.Name:
    return tree.Name(value_type, -2.0, 2.0, identifier)


A, B, C = name("a"), name("b"), name("c")
ROW, COL = name("i", t.I32), name("j", t.I32)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (A + B * C, "a + b * c"),
        ((A + B) * C, "(a + b) * c"),
        (A - (B - C), "a - (b - c)"),
        ((A - B) - C, "a - b - c"),
        (A / (B * C), "a / (b * c)"),
        (-(A + B), "-(a + b)"),
        (-A * B, "-a * b"),
        ((-A) ** 2.0, "(-a) ** 2.0"),
        ((A * B) ** 2.0, "(a * b) ** 2.0"),
        ((ROW & COL).equals(0), "i & j == 0"),
        ((ROW << 2) | COL, "i << 2 | j"),
        (~(ROW + COL), "~(i + j)"),
        (A + -1.0, "a - 1.0"),
        (A * 1.0, "a"),
        (2.0 * A - 0.0, "2.0 * a"),
        (tree.literal(2.0, t.F64), "wp.float64(2.0)"),
    ],
)
def test_parentheses_stand_where_python_needs_them(node, text):
    assert expression(node) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e6, "1.0e6"), (1e10, "1.0e10"), (2.5e8, "2.5e8"), (1e-6, "1e-6"), (12000.0, "12000.0"), (3, "3")],
)
def test_large_round_numbers_are_written_with_an_exponent(value, text):
    written = expression(tree.literal(value, t.F32 if isinstance(value, float) else t.I32))
    assert written == text
    assert float(written) == value


def test_a_comparison_inside_a_comparison_is_put_in_parentheses():
    logical = tree.Logical(t.BOOL, 0.0, 1.0, "or", (A < B, tree.Logical(t.BOOL, 0.0, 1.0, "and", (A < C, B < C))))
    assert expression(logical) == "a < b or a < c and b < c"
    assert expression(tree.Unary(t.BOOL, 0.0, 1.0, "not", logical)) == "not (a < b or a < c and b < c)"


def test_a_choice_is_put_in_parentheses_inside_others():
    choice = tree.Conditional(t.F32, -2.0, 2.0, A < B, A, B)
    assert expression(choice) == "a if a < b else b"
    assert expression(tree.binary("+", choice, C)) == "(a if a < b else b) + c"


def lines(*statements: tree.Stmt, width: int = 40) -> list[str]:
    printer = Printer(width)
    printer.body(statements, 1)
    return printer.lines


def test_elif_is_printed_for_an_if_that_is_all_of_an_else():
    inner = tree.If(A > B, (tree.Assign((C,), B),), (tree.Assign((C,), A + B),))
    assert lines(tree.If(A < B, (tree.Assign((C,), A),), (inner,))) == [
        "    if a < b:",
        "        c = a",
        "    elif a > b:",
        "        c = b",
        "    else:",
        "        c = a + b",
    ]


def test_a_block_of_comments_only_gets_a_pass():
    assert lines(tree.If(A < B, (tree.Comment("nothing"),))) == ["    if a < b:", "        # nothing", "        pass"]


def test_long_calls_are_split_one_argument_a_line():
    call = tree.Call(t.F32, 0.0, 1.0, "wp.clamp", tuple(name(n * 12) for n in "xyz"))
    assert lines(tree.Assign((A,), call)) == [
        "    a = wp.clamp(",
        "        xxxxxxxxxxxx,",
        "        yyyyyyyyyyyy,",
        "        zzzzzzzzzzzz,",
        "    )",
    ]


def test_long_sums_are_split_at_their_operators():
    total = name("x" * 15) + name("y" * 15) - name("z" * 15)
    assert lines(tree.Assign((A,), total)) == [
        "    a = (",
        "        xxxxxxxxxxxxxxx",
        "        + yyyyyyyyyyyyyyy",
        "        - zzzzzzzzzzzzzzz",
        "    )",
    ]


def test_a_program_is_laid_out_as_a_file():
    source = name("src", t.Array(t.F32, 1))
    struct = t.Struct("Params", (("gain", t.F32),))
    kernel = tree.Function(
        "scale",
        (tree.Parameter("src", source.type, "wp.array[float]"), tree.Parameter("p", struct, "Params")),
        (tree.Assign((ROW,), tree.Call(t.I32, 0.0, 1.0, "wp.tid", ())), tree.Assign((source[ROW],), source[ROW] * A)),
        docstring="Scale.",
        decorators=("@wp.kernel",),
    )
    program = tree.Program((tree.Constant("N", "4"), tree.StructDef(struct, ("float",))), kernel)
    assert emit(program) == (
        "import warp as wp\n\nN = 4\n\n\n@wp.struct\nclass Params:\n    gain: float\n\n\n"
        '@wp.kernel\ndef scale(src: wp.array[float], p: Params):\n    """Scale."""\n'
        "    i = wp.tid()\n    src[i] = src[i] * a\n"
    )
    assert "def scale(\n    src: wp.array[float],\n    p: Params,\n):" in emit(program, always_split=True)
