"""What kernels about one small function share: a map over arrays, and what becomes of the function's results."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .tree import Expr

Formula = Callable[..., Expr]
FIELDS = "generic learning signal optimization"


def start(k: Kernel) -> None:
    """Threads over one or two dimensions; in some programs a struct for the numbers that tune the function."""
    k.start(k.rng.integer(1, 2))
    k.guard()
    if k.rng.chance(0.12):
        k.flag_bundle(k.namer.struct(("Params", "Settings", "Config")))


def _extra(k: Kernel, value: Expr, word: str) -> Expr:
    """A result as it is, weighted, masked, added to what is there."""
    rng = k.rng
    how = rng.weighted({"": 6.0, "weight": 1.0, "mask": 0.5})
    if how == "weight":
        return value * k.array(f"=weights w {word}_weights", k.real, k.launch, low=0.1, high=2.0)[k.threads]
    if how == "mask":
        mask = k.array("=mask active valid", t.I32, k.launch, low=0, high=1)[k.threads]
        return k.where(mask.differs(0), value, k.zero(value.type))
    return value


def put(k: Kernel, kind: str, value: Expr) -> None:
    """Write a result, or add it to a total."""
    rng = k.rng
    value = _extra(k, value, kind.partition(" ")[0].strip("=").removesuffix("_out"))
    if isinstance(value.type, t.Scalar) and rng.chance(0.2):
        total = k.array(
            "=total loss total_energy sum_out", value.type, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0
        )
        k.do(k.call("atomic_add", total, k.integer(0), value, gives=value.type))
    else:
        k.set(k.array(kind, value.type, k.launch, "out")[k.threads], value)
