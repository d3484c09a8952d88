"""Unsigned constants as people write them."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .tree import Expr


def u(k: Body, value: int) -> Expr:
    """An unsigned constant, in hexadecimal where people write it so."""
    text = f"0x{value:X}" if value > 255 else str(value)
    plain = tree.Literal(t.I32, float(value), float(value), value, text)
    return tree.Call(t.U32, float(value), float(value), "wp.uint32", (plain,))
