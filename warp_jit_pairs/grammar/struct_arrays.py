"""Arrays of structs, read and written field by field."""

from __future__ import annotations

from .kernel import Kernel
from .recipes import recipe
from .struct_amounts import amounts
from .struct_movers import move
from .struct_shapes import shapes
from .struct_surfaces import contacts, lights
from .structs import FIELDS

_TASKS = (move, move, shapes, shapes, contacts, amounts, amounts, lights)
"""What stands twice is drawn twice as often."""


@recipe("arrays of structs, read and written field by field", "struct:1.5 combined:0.28", FIELDS, "map")
def array_of_structs(k: Kernel) -> None:
    k.shared.differentiable = False
    k.rng.choose(_TASKS)(k)
