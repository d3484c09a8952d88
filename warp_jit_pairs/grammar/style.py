"""Habits of the person who is supposed to have written a program: spellings, layout, comments.

A style is drawn once a program and only says how things are written; it never changes what a program computes.
"""

from __future__ import annotations

from dataclasses import dataclass

from warp_jit_pairs import types as t
from warp_jit_pairs.rng import Rng


@dataclass(frozen=True, slots=True)
class Style:
    """Spellings and layout of one program."""

    array: str
    plain_scalars: bool
    plain_whole: bool
    plain_real: bool
    vector_suffix: bool
    index_family: str
    locals_first: float
    comments: float
    remarks: float
    capital: bool
    docstring: str
    blank_lines: float
    components: str
    zero_vector: str
    augment: float
    ternary: str
    constants: str
    bounds: str
    parameter_order: str
    width: int
    always_split: bool
    exploded: bool
    return_annotation: float
    minimum: str
    direct_ends: bool
    nests: float
    """How much of what a law reads once has no local of its own."""
    unnests: float
    """How much of the calls within a law's formulas gets a local of its own."""
    squares: str
    """How the square of a vector's length is written: as laws have it, or always by one builtin."""
    lengths: str
    """Whether a vector's length is asked for as one, or as a norm."""
    clamps: str
    """Whether what lies between two bounds is clamped, or is a minimum of a maximum."""
    bound_first: bool
    """Whether `wp.max(0.0, x)` is written instead of `wp.max(x, 0.0)`."""
    added_guards: bool
    """Whether what must not be zero and is never negative has a little added, instead of being kept above it."""

    def scalar(self, value: t.Scalar) -> str:
        if self.plain_scalars:
            if value is t.F32:
                return "float"
            if value is t.I32:
                return "int"
            if value is t.BOOL:
                return "bool"
        return str(value)

    def item(self, value: t.Scalar) -> str:
        """The scalar type of an array's items: many who write `int` for an argument write `wp.int32` there."""
        if value is t.F32:
            return "float" if self.plain_real else "wp.float32"
        if value is t.I32:
            return "int" if self.plain_whole else "wp.int32"
        if value is t.BOOL:
            return "bool" if self.plain_whole else "wp.bool"
        return self.scalar(value)


def draw(rng: Rng) -> Style:
    return Style(
        array=rng.weighted({"subscript": 76.0, "call": 14.0, "call_short": 4.0, "call_ndim": 6.0}),
        plain_scalars=rng.chance(0.86),
        plain_whole=rng.chance(0.55),
        plain_real=rng.chance(0.7),
        vector_suffix=rng.chance(0.12),
        index_family=rng.weighted({"ijk": 4.0, "tid": 3.0, "word": 3.0}),
        locals_first=rng.choose((0.95, 0.85, 0.7, 0.5, 0.3)),
        comments=rng.weighted({0.0: 5.0, 0.1: 3.0, 0.2: 2.0, 0.35: 1.0}),
        remarks=rng.weighted({0.0: 8.0, 0.1: 1.5, 0.25: 0.5}),
        capital=rng.chance(0.35),
        docstring=rng.weighted({"": 6.0, "line": 2.6, "long": 1.4}),
        blank_lines=rng.choose((0.0, 0.1, 0.25, 0.4)),
        components=rng.weighted({"index": 7.0, "letter": 3.0}),
        zero_vector=rng.weighted({"zeros": 3.0, "empty": 3.0, "single": 3.5}),
        augment=rng.choose((1.0, 0.9, 0.4, 0.0)),
        ternary=rng.weighted({"where": 5.0, "if": 3.5}),
        constants=rng.weighted({"wp.constant": 4.0, "plain": 4.0}),
        bounds=rng.weighted({"none": 8.0, "return": 2.4}),
        parameter_order=rng.weighted({"arrays": 5.0, "sizes": 2.5, "scalars": 1.5, "outputs_middle": 1.0}),
        width=rng.choose((88, 100, 120)),
        always_split=rng.chance(0.5),
        exploded=rng.chance(0.5),
        return_annotation=rng.choose((0.0, 0.0, 1.0)),
        minimum=rng.weighted({"wp": 6.0, "plain": 1.0}),
        direct_ends=rng.chance(0.6),
        nests=rng.choose((0.0, 0.1, 0.3, 0.6, 0.9)),
        unnests=rng.choose((0.0, 0.0, 0.15, 0.4, 0.75)),
        squares=rng.weighted({"either": 6.0, "dot": 2.0, "length_sq": 2.0}),
        lengths=rng.weighted({"length": 80.0, "norm_l2": 1.0}),
        clamps=rng.weighted({"clamp": 8.0, "min_max": 1.0}),
        bound_first=rng.chance(0.15),
        added_guards=rng.chance(0.6),
    )
