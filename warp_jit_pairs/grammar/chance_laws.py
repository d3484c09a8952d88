"""Which values are uncertain in a way that people ask about, and how a law depends on one."""

from __future__ import annotations

import ast
from functools import cache

from .law_numbers import gives_number, numbers_taken, readable
from .laws import Law, Sheet

_DESIGNED = frozenset(
    {
        "learning",
        "training",
        "agents",
        "optimization",
        "bits",
        "matrices",
        "numerics",
        "primitives",
        "shapes",
        "shading",
        "image",
        "audio",
        "synthesis",
        "sound_analysis",
        "randoms",
        "statistics",
        "cloth",
        "fabric",
        "color",
        "games",
        "queues",
        "finance",
        "animation",
        "sph",
        "particles",
        "molecular",
        "linkages",
        "splats",
        "tracking",
        "orbits",
        "crowds",
    }
)
"""Fields whose parameters somebody chose: nobody asks how uncertain they are."""

_KNOWN = frozenset({"gravity", "light_speed", "permittivity", "permeability", "gas_constant"})
"""What is in every table."""

_SETTINGS = (
    *("time", "step", "blend", "smoothing", "spacing", "sampl", "size", "mix", "threshold", "gain", "fee", "interest"),
    *("confidence", "setpoint", "deadband", "cutoff", "limit", "lookahead", "leverage", "exposure", "iso", "aspect"),
    *("slop", "baumgarte", "noise", "lattice", "moving_average", "steering", "throttle", "hour", "day"),
    *("strike", "risk_aversion", "minimum", "z_near", "z_far", "near", "exponent", "curve_number", "equilibrium"),
    *(
        "central_mass",
        "coupling",
        "declination",
        "latitude",
        "longitude",
        "last_",
        "entry",
        "sigma",
        "deviation",
        "volatility",
    ),
)
"""Parts of the names of what somebody chose or looked up."""

_ROOTS = frozenset({"sqrt", "log", "log2", "log10", "acos", "asin", "pow", "inverse", "cbrt"})


@cache
def uncertain(field: Sheet, law: Law) -> tuple[str, ...]:
    """What a law takes that was measured, or is known only roughly."""
    if field.name in _DESIGNED or not gives_number(field, law) or not readable(field, law):
        return ()
    if "gradient" in law.gives[0] or law.gives[0].endswith(
        ("_rate", "step_limit", "stable_dt", "stable_step", "_step")
    ):
        # Of what changes people want to know where it leads, and steps are chosen.
        return ()
    return tuple(name for name in numbers_taken(field, law) if not _steers(field, name))


def _steers(field: Sheet, name: str) -> bool:
    """Whether a number is a setting of the computation, and none of what is computed about."""
    base = field.term(name).base
    return base in _KNOWN or any(part in base for part in _SETTINGS)


def bends(law: Law, names: tuple[str, ...]) -> bool:
    """Whether a law is more than proportional to one of some numbers, so that its mean is not its value at the mean."""
    grades = dict.fromkeys(names, 1)
    for statement in law.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            grades[name] = max(grades.get(name, 0), _grade(statement.value, grades))
        elif any(isinstance(node, ast.Name) and grades.get(node.id) for node in ast.walk(statement)):
            return True
    return max(_grade(result, grades) for result in law.results) > 1


def _grade(node: ast.expr, grades: dict[str, int]) -> int:
    """0 for what does not depend on the numbers, 1 for what grows with them in proportion, 2 for anything else."""
    if isinstance(node, ast.Name):
        return grades.get(node.id, 0)
    parts = [_grade(one, grades) for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
    most = max(parts, default=0)
    if isinstance(node, ast.BinOp):
        left, right = _grade(node.left, grades), _grade(node.right, grades)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return most
        if isinstance(node.op, ast.Mult):
            return 2 if left and right else most
        return 2 if right else left
    if isinstance(node, (ast.UnaryOp, ast.Subscript)):
        return most
    return 2 if most else 0


def divides(law: Law) -> bool:
    """Whether a law has a quotient, which may fail where what it takes comes to nothing."""
    return any(isinstance(node, ast.Div) for one in (*law.body, *law.results) for node in ast.walk(one))


def needs_both(law: Law) -> bool:
    """Whether a law may fail beyond either end of what it takes: it has a root or a logarithm of a difference."""
    nodes = [node for statement in (*law.body, *law.results) for node in ast.walk(statement)]
    return bool(law.calls & _ROOTS) and any(isinstance(node, ast.Sub) for node in nodes)
