"""The text work of extraction, on texts small enough to check by eye."""

from __future__ import annotations

import pytest

from warp_jit_pairs.canonical import canonical, drop_snippet_comments, renamer, split_braces


def test_comments_and_blank_lines_go_and_braces_set_the_indentation() -> None:
    text = "// /home/someone/file.py:4\n\nvoid f(\n      int a)\n{\n\tif (a) {\n b();\n\t}\n}\n"
    assert canonical(text, {})[0] == "void f(\n    int a)\n{\n    if (a) {\n        b();\n    }\n}\n"


def test_definitions_are_set_apart() -> None:
    assert canonical("struct A {\n};\nvoid f() {\n}\nvoid g() {\n}\n", {})[0].count("\n\n") == 2


def test_braces_in_string_literals_do_not_count() -> None:
    assert canonical('f() {\nprintf("} \\" {{");\n}\n', {})[0] == 'f() {\n    printf("} \\" {{");\n}\n'


def test_loops_of_labels_are_set_in() -> None:
    text = "{\nstart_for_0:;\nx();\nend_for_0:;\ny();\n}\n"
    assert canonical(text, {})[0].splitlines()[2:4] == ["        x();", "    end_for_0:;"]


def test_forward_lines_follow_their_comment_and_a_block_ends_where_it_starts() -> None:
    text = """
    // forward
    // if c:   <L 5>
    v1 = c;
    if (v1) {
        // x = 1   <L 6>
        v2 = 1;
    }
    v3 = where(v1, v2);
    // y = x   <L 8>
    y = v3;
    """
    assert canonical("f() {" + text, {})[1] == [0, 5, 5, 6, 5, 5, 8]


def test_reverse_lines_come_before_their_comment() -> None:
    text = """
    // reverse
    adj_y(v3);
    // adj: y = x   <L 8>
    adj_where(v1);
    if (v1) {
        adj_2(v2);
        // adj: x = 1   <L 6>
    }
    // adj: if c:   <L 5>
    return;
    """
    assert canonical("f() {" + text, {})[1] == [0, 8, 5, 5, 6, 5, 0]


def test_reverse_loops_replay_their_body_first() -> None:
    text = """
    // reverse
    v3 = 19;
    start_for_0:;
        if (v3 < 0) goto end_for_0;
        // s += x[j]   <L 20>
        v5 = address(x);
        adj_5(v5);
        // adj: s += x[j]   <L 20>
        goto start_for_0;
    end_for_0:;
    // adj: for j in range(20):   <L 19>
    """
    assert canonical(text, {})[1] == [19, 19, 19, 20, 20, 19, 19]


def test_declarations_take_the_line_of_their_variable() -> None:
    text = """
static void f_0(
    int var_a)
{
    // primal vars
    const int var_0 = 3;
    float* var_1;
    tile adj_1{};
    // forward
}
"""
    assert canonical(text, {"f_0": [7, 9]})[1] == [0, 0, 0, 7, 9, 9, 0]


def test_shifts_move_known_functions_and_forget_others() -> None:
    text = "f_0(\nint a)\n{\n// forward\n// x <L 3>\na;\n}\ng_0(\nint a)\n{\n// forward\n// y <L 9>\nb;\n}\n"
    assert canonical(text, {"f_0": [], "g_0": []}, "?", {"f_0": 10})[1] == [0, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0]
    assert canonical(text, {"f_0": [], "g_0": []}, "?", {"f_0": 10, "g_0": -1})[1][-2:] == [8, 0]


def test_names_are_replaced_as_whole_identifiers_only() -> None:
    names = {"f_1": "f_0", "f_12": "f_1", "P_0a1b2c3d": "P_0", "same": "same"}
    pattern = renamer(names)
    assert pattern is not None
    text = "f_1(f_12, adj_f_12, replay_f_1, var_f_1, f_123, P_0a1b2c3d*, adj_P_0a1b2c3d)"
    assert (
        pattern.sub(lambda match: match.group(1) + names[match.group(2)], text)
        == "f_0(f_1, adj_f_1, replay_f_0, var_f_1, f_123, P_0*, adj_P_0)"
    )
    assert renamer({"same": "same"}) is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a = b; // note", "a = b;  "),
        ("a /* one\ntwo */ = b;", "a   = b;"),
        ('printf("// no \\" comment");', 'printf("// no \\" comment");'),
        ("'\"' // \"", "'\"'  "),
        ("// y = x   <L 8>", "// y = x   <L 8>"),
        ("// reverse", "// reverse"),
    ],
)
def test_comments_of_snippets(text: str, kept: str) -> None:
    assert drop_snippet_comments(text) == kept


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("{    x += y;", "{\n    x += y;"),
        ("    return *this;}", "    return *this;\n}"),
        ("P p = { a, b };", "P p = { a, b };"),
        ("{ a(); }", "{ a(); }"),
        ("if (a) { b(); }", "if (a) { b(); }"),
    ],
)
def test_braces_on_lines_of_their_own(text: str, split: str) -> None:
    assert split_braces(text) == split
