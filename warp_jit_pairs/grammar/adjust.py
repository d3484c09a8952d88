"""What a kernel with a single result may do to it before it is written: bounds, blending with what was, gains, masks."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from warp_jit_pairs import types as t

from .laws import Term
from .scene import Scene
from .tree import Expr


def _bound_of(scene: Scene, term: Term, prefix: str) -> Expr | None:
    row = scene.sheet.quantities[term.base]
    if not isfinite(row.low):
        return None
    found = scene.value(str(Term(prefix, term.base, "")), 0)
    return found if isinstance(found, Expr) else None


def adjusted(scene: Scene, term: Term, value: Expr) -> Expr:
    k, rng = scene.k, scene.rng
    word = scene.names.called(replace(term, suffix=""))
    how = rng.choose(("cap", "floor", "clamp", "weight", "relax", "scale", "mask", "offset"))
    row = scene.sheet.quantities[term.base]
    known = isfinite(row.low) and row.type == "real"
    if how in ("cap", "floor", "clamp") and known:
        low = _bound_of(scene, term, "min") if how != "cap" else None
        high = _bound_of(scene, term, "max") if how != "floor" else None
        if low is not None and high is not None:
            return k.call("clamp", value, low, high)
        return k.call("min", value, high) if high is not None else k.call("max", value, low if low is not None else 0.0)
    if how == "weight":
        return value * scene.load_extra(f"=weights weight {scene.names.entity}_weight w", k.real, 0.1, 2.0, "=w weight")
    if how == "relax" and known:
        old = scene.value(str(Term("previous", term.base, "")), 0)
        if isinstance(old, Expr):
            alpha = k.scalar("=alpha blend relaxation smoothing omega", k.real, 0.1, 0.9)
            how_written = rng.integer(0, 2)
            if how_written == 0:
                return k.call("lerp", old, value, alpha)
            return old + alpha * (value - old) if how_written == 1 else (1.0 - alpha) * old + alpha * value
    if how == "scale":
        return value * k.scalar(f"={word}_scale scale gain {word}_factor", k.real, 0.1, 2.0)
    if how == "mask":
        e = scene.names.entity
        mask = k.array(f"=mask {e}_mask {e}_active", t.I32, scene.sites[""].dims, low=0, high=1)[scene.sites[""].index]
        return k.where(mask.differs(0), value, k.lit(0.0))
    if how == "offset":
        return value + k.scalar(f"={word}_offset {word}_bias bias offset", k.real, -1.0, 1.0)
    return value


_CAPPED = ("velocity", "force", "acceleration", "impulse", "gradient", "update", "displacement", "momentum", "torque")
_DIRECTIONS = ("normal", "direction", "axis", "tangent", "heading")


def adjusted_vector(scene: Scene, term: Term, value: Expr) -> Expr:
    k, rng = scene.k, scene.rng
    word = scene.names.called(replace(term, suffix=""))
    ways = ["weight", "scale", "relax"]
    ways += ["cap"] * 3 if any(part in term.base for part in _CAPPED) else []
    ways += ["unit"] * 3 if any(part in term.base for part in _DIRECTIONS) else []
    how = rng.choose(ways)
    if how in ("weight", "scale") and any(part in term.base for part in ("pos", "point", "center", *_DIRECTIONS)):
        return value
    value = k.let(scene.names.local(term), value)
    if how == "cap":
        most = k.scalar(f"=max_{word} {word}_limit max_len", k.real, 0.5, 4.0)
        size = k.let(f"={word}_len {word}_mag mag norm", k.call("length", value))
        if rng.chance(0.5):
            return k.where(size > most, value * (most / k.call("max", size, 1e-6)), value)
        return value * k.call("min", 1.0, most / k.call("max", size, 1e-6))
    if how == "weight":
        return value * scene.load_extra(f"=weights weight {scene.names.entity}_weight w", k.real, 0.1, 2.0, "=w weight")
    if how == "unit":
        return k.call("normalize", value)
    if how == "relax" and isfinite(scene.sheet.quantities[term.base].low):
        old = scene.value(str(Term("previous", term.base, "")), 0)
        if isinstance(old, Expr):
            alpha = k.scalar("=alpha blend relaxation smoothing", k.real, 0.1, 0.9)
            return k.call("lerp", old, value, alpha) if rng.chance(0.4) else old + (value - old) * alpha
    return value * k.scalar(f"={word}_scale scale gain", k.real, 0.1, 2.0)
