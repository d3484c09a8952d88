"""What a kernel with a single result may do to it before it is written: bounds, blending, gains, masks."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from warp_jit_pairs import types as t

from .laws import Sheet, Term
from .scene import Scene
from .tree import Expr


def _bound_of(scene: Scene, term: Term, prefix: str) -> Expr | None:
    row = scene.sheet.quantities[term.base]
    if not isfinite(row.low):
        return None
    found = scene.value(str(Term(prefix, term.base, "")), 0)
    return found if isinstance(found, Expr) else None


_SHARES = (
    *("force", "flow", "flux", "energy", "power", "torque", "impulse", "mass", "current", "loss", "cost", "penalty"),
    *("radiance", "irradiance", "heat", "work", "reward", "dose", "momentum", "intensity", "acceleration"),
)
"""What adds up, so that a share of it or nothing of it makes sense: parts of the names of quantities."""
_WEIGHED = ("loss", "cost", "penalty", "reward", "radiance", "light", "residual", "score")
"""What has a weight before it is added up: parts of the names of quantities."""
_CYCLIC = ("angle", "azimuth", "longitude", "heading", "bearing", "phase", "hue", "yaw", "roll", "pitch", "hour")
"""What starts anew at its end, so that nothing lies between two of its values."""


def shares(field: Sheet, term: Term) -> bool:
    """Whether parts of a quantity add up to a whole."""
    return term.base in field.summed or any(part in term.base for part in _SHARES)


def adjusted(scene: Scene, term: Term, value: Expr) -> Expr:
    k, rng = scene.k, scene.rng
    row = scene.sheet.quantities[term.base]
    known = (
        isfinite(row.low)
        and row.type == "real"
        and term.prefix != "rate"
        and not any(part in term.base for part in _CYCLIC)
    )
    unit = row.low == 0.0 and row.high == 1.0
    part = shares(scene.sheet, term)
    ways = {
        "bound": 2.0 if known and not unit and any(part in term.base for part in _LIMITED) else 0.0,
        "relax": 1.5 if known and row.where == "state" else 0.0,
        "weight": 1.0 if any(part in term.base for part in _WEIGHED) else 0.0,
        "mask": 0.7 if part else 0.0,
    }
    how = rng.weighted(ways) if any(ways.values()) else ""
    if how == "bound":
        # What has a sign is bounded on both sides.
        which = "clamp" if row.low < 0.0 < row.high else rng.choose(("cap", "floor", "clamp"))
        low = _bound_of(scene, term, "min") if which != "cap" else None
        high = _bound_of(scene, term, "max") if which != "floor" else None
        if low is not None and high is not None:
            return k.call("clamp", value, low, high)
        return k.call("min", value, high) if high is not None else k.call("max", value, low if low is not None else 0.0)
    if how == "weight":
        return value * _weight(scene)
    if how == "relax":
        old = scene.value(str(Term("previous", term.base, "")), 0)
        if isinstance(old, Expr):
            alpha = k.scalar("=alpha blend relaxation smoothing", k.real, 0.1, 0.9)
            form = rng.integer(0, 2)
            if form == 0:
                return k.call("lerp", old, value, alpha)
            return old + alpha * (value - old) if form == 1 else (1.0 - alpha) * old + alpha * value
    if how == "mask":
        e = scene.names.entity
        mask = k.array(f"=mask {e}_mask {e}_active", t.I32, scene.sites[""].dims, low=0, high=1)[scene.sites[""].index]
        return k.where(mask.differs(0), value, k.lit(0.0))
    return value


def _weight(scene: Scene) -> Expr:
    e = scene.names.entity
    return scene.load_extra(f"=weights weight {e}_weight w", scene.k.real, 0.1, 2.0, "=w weight")


_LIMITED = (
    *("speed", "velocity", "force", "torque", "power", "current", "voltage", "pressure", "throttle", "command", "gain"),
    *("step", "rate", "flow", "acceleration", "thrust", "angle", "temperature", "weight", "radius", "steer", "load"),
    *("height", "depth", "thickness", "size", "dose", "level", "stress", "energy"),
)
"""What has limits, or is clipped: parts of the names of quantities."""
_CAPPED = ("velocity", "force", "acceleration", "impulse", "gradient", "update", "displacement", "momentum", "torque")
_DIRECTIONS = ("normal", "direction", "axis", "tangent", "heading")


def adjusted_vector(scene: Scene, term: Term, value: Expr) -> Expr:
    k, rng = scene.k, scene.rng
    word = scene.names.called(replace(term, suffix=""))
    ways = ["weight"] if any(part in term.base for part in _WEIGHED) else []
    ways += ["cap"] * 3 if any(part in term.base for part in _CAPPED) else []
    row = scene.sheet.quantities[term.base]
    if any(part in term.base for part in _DIRECTIONS):
        # What is at most one long is of unit length.
        ways += ["unit"] * 3 if row.high > 1.0 else []
    elif isfinite(row.low) and row.where == "state" and term.prefix != "rate":
        ways.append("relax")
    if not ways:
        return value
    how = rng.choose(ways)
    value = k.let(scene.names.local(term), value)
    if how == "cap":
        most = k.scalar(f"=max_{word} {word}_limit {word}_cap", k.real, 0.5, 4.0)
        size = k.let(f"={word}_len {word}_mag mag norm", k.call("length", value))
        if rng.chance(0.5):
            return k.where(size > most, value * (most / k.call("max", size, 1e-6)), value)
        return value * k.call("min", 1.0, most / k.call("max", size, 1e-6))
    if how == "weight":
        return value * _weight(scene)
    if how == "unit":
        return k.call("normalize", value)
    old = scene.value(str(Term("previous", term.base, "")), 0)
    if not isinstance(old, Expr):
        return value
    alpha = k.scalar("=alpha blend relaxation smoothing", k.real, 0.1, 0.9)
    return k.call("lerp", old, value, alpha) if rng.chance(0.4) else old + (value - old) * alpha


_TENSORS = (
    *("stress", "strain", "covariance", "inertia", "metric", "tensor", "gram", "hessian", "spd", "scatter"),
    *("conductivity", "information"),
)
"""Symmetric matrices, of which people ask for a trace or a value along a direction: parts of names."""
_TURNS = ("rotation", "attitude", "orientation", "dcm")
"""Matrices that turn vectors."""


def reduced_matrix(scene: Scene, term: Term, value: Expr) -> tuple[str, Expr] | None:
    """What a kernel with a matrix as its single result may write in its place: a name, and the value."""
    k, rng = scene.k, scene.rng
    kind = value.type
    assert isinstance(kind, t.Matrix)
    size = kind.rows
    if size != kind.cols or size > 3:
        return None
    word = scene.names.called(replace(term, suffix=""))
    site = scene.sites[""]
    vector = t.vec(size, k.real)
    turns = any(part in term.base for part in _TURNS)
    tensor = any(part in term.base for part in _TENSORS)
    if not turns and not tensor:
        return None
    value = k.let(scene.names.local(term), value)
    if turns:
        how = rng.choose(("turn", "back", "axis"))
        if how == "axis":
            n = rng.integer(0, size - 1)
            return f"={word}_axis forward axis_out", k.make(vector, *(value[m, n] for m in range(size)))
        v = k.array("=vectors local_dirs v_in", vector, site.dims, low=-1.0, high=1.0)[site.index]
        return "=rotated v_out dirs_out", (k.call("transpose", value) if how == "back" else value) * v
    # A stress may have no trace by what it is.
    how = rng.choose(("along", "diag", "norm") if "stress" in term.base else ("along", "trace", "diag", "norm"))
    if how == "along":
        names = "=normals directions dirs" if "stress" in term.base else "=directions dirs axes"
        d = k.array(names, vector, site.dims, low=-1.0, high=1.0, unit=True)[site.index]
        d = k.let("=d n dir", d)
        return f"={word}_along along_out", k.call("dot", d, value * d)
    if how == "trace":
        return f"={word}_trace trace_{word}", k.call("trace", value)
    if how == "diag":
        return f"={word}_diag diag_out", k.call("get_diag", value)
    return f"={word}_norm norm_out", k.call("sqrt", k.call("ddot", value, value))
