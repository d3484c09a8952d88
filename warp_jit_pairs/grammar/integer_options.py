"""Numbers that tune an integer task, and conditions as integers."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .tree import Expr


def number(job: Job, names: str, *values: int) -> Expr:
    """An integer that tunes a task: as written, named, an argument, one per thing."""
    k, rng = job.k, job.rng
    value = rng.choose(values)
    low, high = min(values), max(values)
    how = rng.weighted({"literal": 3.0, "argument": 3.0, "constant": 2.0, "each": 0.7 if job.at else 0.0})
    if how == "argument":
        return job.scalar(names, t.I32, low, high)
    if how == "constant":
        return k.constant(value, t.I32, job.words(names))
    if how == "each":
        entry = job.array(
            " ".join(f"{{}}_{name}" for name in names.split() if len(name) > 2), t.I32, low=low, high=high
        )[job.at]
        return job.let(names, entry)
    return k.integer(value)


def one_if(k: Kernel, test: Expr) -> Expr:
    """A condition as 1 or 0."""
    if k.rng.chance(0.6):
        return k.where(test, k.integer(1), k.integer(0))
    return k.cast(test, t.I32)
