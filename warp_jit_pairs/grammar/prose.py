"""Docstrings and comments as people write them: short, about the matter, and made from the program's own names.

Two kinds of text: the sentence that says what a kernel or function does, from its name, and remarks on a part of a
body, by topic. Whether a program has any is its style's to say; where they stand, the grammar's.
"""

from __future__ import annotations

import re

from warp_jit_pairs.grammar.words import ABBREVIATIONS, FUNCTION_ENDINGS, KERNEL_ENDINGS
from warp_jit_pairs.rng import Rng

_LONG_FORMS = {short: word for word, forms in reversed(ABBREVIATIONS.items()) for short in forms if len(short) > 1}
_DROPPED = frozenset({*KERNEL_ENDINGS, *FUNCTION_ENDINGS, "func", "impl"}) - {"value", "force", "distance", "energy"}
_VERB_FORMS = {
    "init": "initialize",
    "eval": "evaluate",
    "calc": "calculate",
    "sdf": "signed distance of",
    "dist": "distance of",
    "axpy": "add scaled",
    "gemm": "multiply",
    "hash": "hash",
    "is": "tell whether it is",
    "has": "tell whether it has",
}
_VERBS = frozenset({"compute", "update", "advance", "run", "evaluate", "simulate"})
"""Names of kernels that are a verb alone."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_VERB = ("Compute the", "Update the", "Evaluate the", "Get the", "Return the", "Work out the")

TAILS = (
    "",
    "",
    "",
    " for each {thing}",
    " of each {thing}",
    " per {thing}",
    " for every {thing}",
    " of all {thing}s",
    " at the current step",
    ", one thread per {thing}",
    " from the previous state",
    " into the output",
    " and store the result",
    " for one step",
    " and write it back",
)
THINGS = ("element", "thread", "item", "entry", "row", "cell", "point", "body", "particle", "sample", "world", "node")
SECOND_LINES = (
    "One thread handles one {thing}.",
    "The launch covers every {thing} once.",
    "Launched with one thread per {thing}.",
    "Values are kept in the units of the input.",
    "Runs once per time step.",
    "Results go to the output arrays.",
    "Units are those of the inputs.",
    "See the launch for the meaning of the dimensions.",
)

REMARKS: dict[str, tuple[str, ...]] = {
    "load": (
        "read the inputs",
        "load state",
        "fetch this thread's values",
        "current values",
        "gather inputs",
        "load from global memory",
        "inputs",
        "per-thread data",
        "local copies",
    ),
    "index": (
        "thread index",
        "index of this element",
        "which entry this thread works on",
        "map the thread to its element",
    ),
    "guard": (
        "out of range",
        "skip if inactive",
        "nothing to do",
        "early exit",
        "bounds check",
        "skip masked entries",
        "ignore invalid entries",
        "this thread has no work",
        "excess threads leave here",
    ),
    "loop": (
        "loop over the entries",
        "one entry at a time",
        "accumulate contributions",
        "go through all entries",
        "inner loop",
        "iterate",
        "each entry in turn",
    ),
    "skip": (
        "skip masked entries",
        "ignore invalid entries",
        "skip",
        "nothing to do here",
        "not this one",
        "skip inactive entries",
    ),
    "search": (
        "keep the best so far",
        "binary search",
        "find the closest",
        "track the maximum",
        "stop at the first hit",
        "shrink the interval",
    ),
    "branch": (
        "special case",
        "only in this case",
        "both cases",
        "check the condition first",
        "optional part",
        "otherwise keep the old value",
    ),
    "formula": (
        "explicit update",
        "intermediate value",
        "combine",
        "blend old and new",
    ),
    "sum": ("sum of both", "add up", "total", "shift", "combined value", "plus the correction"),
    "difference": ("difference", "relative value", "offset between the two", "residual", "distance along the axis"),
    "product": ("scale by the coefficient", "scaled value", "weighted value", "product", "apply the factor"),
    "ratio": ("ratio", "relative size", "rescale", "per unit", "fraction"),
    "normalize": ("unit length", "normalize", "direction only", "unit vector"),
    "length": ("magnitude", "distance", "length"),
    "dot": ("projection", "component along the direction", "cosine, up to scale", "inner product"),
    "store": (
        "write the result",
        "store",
        "write back",
        "output",
        "outputs",
        "save for the next step",
        "update state",
        "commit",
        "write to global memory",
        "results",
    ),
    "atomic": (
        "accumulate",
        "several threads may add here",
        "scatter to the target",
        "add to the total",
        "shared result",
    ),
    "init": (
        "start from zero",
        "accumulators",
        "initial values",
        "reset",
        "running total",
        "defaults",
    ),
    "random": (
        "one stream per thread",
        "seed the generator",
        "draw a sample",
        "uniform in the unit interval",
        "jitter",
    ),
    "tile": (
        "load a tile",
        "cooperative load",
        "reduce over the block",
        "write the tile back",
        "shared memory",
        "one block per row",
    ),
    "transform": (
        "to world space",
        "to local frame",
        "rotate into the body frame",
        "world-space position",
        "relative pose",
        "velocity at the contact point",
    ),
    "query": (
        "closest hit",
        "query the acceleration structure",
        "loop over candidates",
        "skip self",
        "check the actual distance",
    ),
}
"""Remarks by topic, without the leading `#`."""

_MARKERS = ("", "", "", "", "", "NOTE: ", "TODO: ")


def _spoken(name: str, verb: bool = False) -> list[str]:
    """The words of an identifier, the first perhaps a verb, spelled out; endings that say nothing are left out."""
    parts = [part for part in _HUMP.sub("_", name.strip("_")).lower().split("_") if part]
    while len(parts) > 2 and parts[-1] in _DROPPED:
        parts.pop()
    words = [_LONG_FORMS.get(part, part) for part in parts]
    return [_VERB_FORMS.get(parts[0], parts[0]), *words[1:]] if verb else words


def sentence(rng: Rng, name: str) -> str:
    """One sentence that says what a kernel or function of this name does."""
    words = _spoken(name, verb=True)
    thing = words[-1] if len(words) > 1 and len(words[-1]) > 3 and rng.chance(0.4) else rng.choose(THINGS)
    if len(words) == 1 and words[0] in _VERBS:
        text = f"{words[0]} the {rng.choose(('values', 'state', 'result'))}"
    elif len(words) > 1:
        article = "the " if rng.chance(0.6) else ""
        text = f"{words[0]} {article}{' '.join(words[1:])}"
    else:
        text = f"{rng.choose(_NO_VERB)} {words[0]}"
    tail = rng.choose(TAILS).format(thing=thing.removesuffix("s"))
    ending = "" if rng.chance(0.12) else "."
    return text[0].upper() + text[1:] + tail + ending


def docstring(rng: Rng, name: str, parameters: tuple[str, ...] = (), long: bool = False) -> str:
    """A docstring: a sentence, and in its long form a remark or a list of parameters after it."""
    first = sentence(rng, name)
    if not long:
        return first
    kind = rng.random()
    if parameters and kind < 0.3:
        lines = [f"    {parameter}: {_meaning(rng, parameter)}" for parameter in parameters]
        return "\n".join([first, "", "Args:", *lines])
    more = [rng.choose(SECOND_LINES).format(thing=rng.choose(THINGS))]
    if kind > 0.75:
        more.append(rng.choose(SECOND_LINES).format(thing=rng.choose(THINGS)))
    return "\n".join([first, "", *dict.fromkeys(more)])


def _meaning(rng: Rng, parameter: str) -> str:
    words = _spoken(parameter)
    if words[0] in ("is", "has", "use"):
        about = " ".join(words[1:]) or "entry"
        return rng.choose((f"Whether the {about} is used.", f"Flag of each {about}.", f"Nonzero for a valid {about}."))
    spoken = " ".join(words)
    forms = (f"{spoken}.", f"the {spoken}.", f"{spoken} per {rng.choose(THINGS)}.", f"array of {spoken}.")
    text = rng.choose(forms)
    return text[0].upper() + text[1:]


def remark(rng: Rng, topic: str, capital: bool = False) -> str:
    """A comment's text on a part of a body; `topic` is one of `REMARKS`."""
    text = rng.choose(_MARKERS if rng.chance(0.1) else ("",)) + rng.choose(REMARKS[topic])
    return text[0].upper() + text[1:] if capital else text
