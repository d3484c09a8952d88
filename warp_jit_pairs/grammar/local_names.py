"""Locals named after what they hold: `sin_phi` for a sine, `offset_len` for a length, `mass_i` for an element.

A rule that works on any numbers gives its locals names of the program's field, which say what they are not. Here the
body is finished: such a local that is set once, by a plain operation, gets another name. Nothing else of a program
depends on that, for the draws are a child's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng

from . import tree
from .kinship import read_from
from .names import RESERVED

Block = tuple[tree.Stmt, ...]

_SHARE = 0.85
"""So many of the locals that can be named by what they hold are."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")

_LONGEST = 12
"""Letters of a name that goes into another one."""

_CALLS: dict[str, tuple[str, ...]] = {
    "sin": ("sin_{}", "s"),
    "cos": ("cos_{}", "c"),
    "tan": ("tan_{}",),
    "tanh": ("tanh_{}", "squashed"),
    "exp": ("exp_{}", "e"),
    "log": ("log_{}",),
    "sqrt": ("sqrt_{}", "root"),
    "abs": ("abs_{}", "{}_abs", "mag"),
    "sign": ("sign_{}", "sgn"),
    "floor": ("{}_floor", "floor_{}", "base"),
    "ceil": ("{}_ceil",),
    "round": ("{}_rounded", "nearest"),
    "frac": ("{}_frac", "fraction"),
    "clamp": ("{}_clamped", "clamped", "limited"),
    "min": ("smaller", "lo", "least", "{}_min"),
    "max": ("larger", "hi", "most", "{}_max"),
    "pow": ("power", "{}_pow"),
    "lerp": ("blended", "mixed", "interp"),
    "smoothstep": ("smooth", "fade", "blend"),
    "step": ("gate", "on"),
    "where": ("chosen", "picked", "sel"),
    "length": ("{}_len", "len_{}", "norm", "mag", "length"),
    "length_sq": ("{}_sq", "len_sq", "norm_sq"),
    "normalize": ("{}_dir", "unit", "{}_unit", "{}_hat", "direction"),
    "dot": ("d", "dp", "proj", "inner"),
    "cross": ("perp", "cross", "crossed", "n"),
    "transpose": ("{}_t", "transposed"),
    "inverse": ("{}_inv", "inv", "inv_{}"),
    "determinant": ("det", "det_{}", "{}_det"),
    "trace": ("tr", "tr_{}", "{}_trace"),
    "outer": ("outer_prod", "dyad"),
    "quat_rotate": ("{}_rot", "rotated", "turned"),
    "quat_rotate_inv": ("{}_local", "rotated_back"),
    "quat_inverse": ("{}_inv", "q_inv", "inv_{}"),
    "transform_point": ("p_tf", "moved", "{}_point"),
    "transform_vector": ("v_tf", "{}_vec"),
    "transform_inverse": ("{}_inv", "inv_{}", "tf_inv"),
    "transform_get_translation": ("{}_pos", "p", "pos", "translation"),
    "transform_get_rotation": ("{}_rot", "q", "rot", "{}_quat"),
}
"""What a local for a builtin's result is called; `{}` is the name of its first argument."""

_OPERATORS: dict[str, tuple[str, ...]] = {
    "+": ("total", "summed", "{}_plus", "shifted", "combined"),
    "-": ("diff", "delta", "d", "{}_diff", "{}_rel", "change"),
    "*": ("scaled", "prod", "{}_scaled", "weighted"),
    "/": ("ratio", "{}_ratio", "quot", "fraction"),
    "%": ("rem", "{}_mod", "wrapped"),
    "//": ("block", "{}_div", "group"),
}


def rename_locals(rng: Rng, body: Block, vague: AbstractSet[str], taken: AbstractSet[str]) -> None:
    """Give the vague ones among the locals of a finished body other names, in place; none of `taken`."""
    if not vague:
        return
    known: dict[str, tree.Expr] = {}
    written: Counter[str] = Counter()
    names: list[tree.Name] = []
    texts: set[str] = set()
    for node in tree.statements(body):
        if isinstance(node, tree.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], tree.Name):
            known[node.targets[0].id] = node.value
        written.update(_targets(node))
        for expression in tree.expressions(node):
            _gather(expression, names, texts)
    used = {name.id for name in names}
    # The functions of a program share a seed: their first locals tell them apart.
    draws = rng.child("called", *list(known)[:1])
    called: dict[str, str] = {}
    for name, value in known.items():
        if name in vague and written[name] == 1 and name not in texts and draws.chance(_SHARE):
            new = _name_for(draws, value, called)
            if new and new not in used and new not in taken and new not in RESERVED:
                called[name] = new
                used.add(new)
    # Each node once: what `a` is called now may be what `b` was called before.
    for one in {id(name): name for name in names}.values():
        if one.id in called:
            one.id = called[one.id]  # type: ignore[misc]  # the tree is finished, and no other refers to this name


def _name_for(rng: Rng, value: tree.Expr, called: dict[str, str]) -> str:
    if isinstance(value, tree.Subscript) and isinstance(value.base, tree.Name) and isinstance(value.base.type, t.Array):
        source = value.base.id
        if all(isinstance(index, tree.Literal) for index in value.indices):
            return ""
        return read_from(rng, source) or (f"{source}_i" if len(source) <= _LONGEST else "")
    if isinstance(value, tree.Call) and value.function.startswith("wp.") and value.arguments:
        forms, first = _CALLS.get(value.function[3:], ()), value.arguments[0]
    elif isinstance(value, tree.Binary):
        forms, first = _OPERATORS.get(value.operator, ()), value.left
    else:
        return ""
    base = first.base if isinstance(first, tree.Subscript) else first
    word = called.get(base.id, base.id).strip("_") if isinstance(base, tree.Name) else ""
    if len(word) > _LONGEST or word.count("_") > 1:
        word = ""
    fitting = [form for form in forms if word or "{}" not in form]
    return rng.choose(fitting).format(word) if fitting else ""


def _targets(node: tree.Stmt) -> Iterator[str]:
    targets: tuple[tree.Expr, ...] = ()
    if isinstance(node, tree.Assign):
        targets = node.targets
    elif isinstance(node, (tree.Augment, tree.For)):
        targets = (node.target,)
    for target in targets:
        while isinstance(target, (tree.Subscript, tree.Attribute)):
            target = target.base
        if isinstance(target, tree.Name):
            yield target.id


def _gather(expression: tree.Expr, names: list[tree.Name], texts: set[str]) -> None:
    rest = [expression]
    while rest:
        one = rest.pop()
        if type(one) is tree.Name:
            names.append(one)
        elif type(one) is tree.Verbatim:
            texts.update(_IDENTIFIER.findall(one.text))
        elif type(one) is not tree.Literal:
            if type(one) is tree.Call:
                texts.add(one.function.partition(".")[0])
            rest.extend(tree.children(one))
