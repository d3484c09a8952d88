"""Arrays of structs, read and written field by field."""

from __future__ import annotations

from collections.abc import Callable

from .kernel import Kernel
from .recipes import recipe
from .struct_amounts import amounts
from .struct_movers import move
from .struct_shapes import shapes
from .struct_surfaces import contacts, lights
from .structs import FIELDS

_TASKS: dict[Callable[[Kernel], None], float] = {move: 2.0, shapes: 2.0, contacts: 1.0, amounts: 2.0, lights: 1.0}


@recipe("arrays of structs, read and written field by field", "struct:1.5 combined:0.28", FIELDS)
def array_of_structs(k: Kernel) -> None:
    k.shared.differentiable = False
    k.rng.weighted(_TASKS)(k)
