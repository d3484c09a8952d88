"""Docstrings and comments as people write them: short, about the matter, and made from the program's own names.

Two kinds of text: the sentence that says what a kernel or function does, from its name, and remarks on a part of a
body, by topic. Whether a program has any is its style's to say; where they stand, the grammar's.
"""

from __future__ import annotations

import re

from warp_jit_pairs.grammar.words import ABBREVIATIONS, FUNCTION_ENDINGS, KERNEL_ENDINGS, KERNEL_VERBS
from warp_jit_pairs.rng import Rng

_LONG_FORMS = {short: word for word, forms in reversed(ABBREVIATIONS.items()) for short in forms if len(short) > 1}
_DROPPED = frozenset({*KERNEL_ENDINGS, *FUNCTION_ENDINGS, "func", "impl"}) - {"value", "force", "distance", "energy"}
_VERB_FORMS = {
    "init": "initialize",
    "eval": "evaluate",
    "calc": "calculate",
    "sdf": "signed distance of",
    "dist": "distance of",
    "axpy": "scaled sum",
    "gemm": "multiply",
    "is": "tell whether it is",
    "has": "tell whether it has",
}
_VERBS = frozenset({"compute", "update", "advance", "run", "evaluate", "simulate"})
"""Names of kernels that are a verb alone."""
_DOING = _VERBS | {word for verbs in KERNEL_VERBS.values() for word in verbs} - {
    *("norm", "dot", "loss", "cost", "objective", "error", "penalty", "offset", "block", "max", "kick", "drift"),
    *("tile", "tiled", "blocked", "gemm", "bin", "measure", "prefix"),
}
_DOING |= {
    *("evaluate", "calculate", "signed", "distance", "add", "multiply", "hash", "tell", "initialize", "build", "make"),
    *("assemble", "average", "classify", "label", "mark", "check", "tabulate", "maximize", "minimize", "iterate"),
    *("blur", "sharpen", "dilate", "erode", "rotate", "translate", "warp", "blend", "mix", "split", "merge", "sort"),
    *("rank", "select", "pick", "swap", "claim", "release", "hash", "encode", "decode", "pack", "unpack", "walk"),
    *("render", "shade", "march", "bounce", "push", "resolve", "enforce", "limit", "cap", "wrap", "shift", "flip"),
    *("reverse", "gather", "scatter", "interpolate", "extrapolate", "correct", "predict", "smooth", "weight", "bound"),
}
"""Words that a sentence can begin with: what is done, not what is worked out."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_VERB = ("Compute the", "Evaluate the", "Calculate the")

_AFTER = frozenset({"from", "to", "by", "of", "in", "on", "with", "and", "or", "at", "into", "onto", "over", "for"})
"""Words before which there is no article."""
REMARKS: dict[str, tuple[str, ...]] = {
    "load": ("read the inputs", "load inputs", ""),
    "guard": ("nothing to do", "early exit", ""),
    "loop": ("", "", "", "loop over the entries"),
    "sums": ("accumulate", "sum up", ""),
    "repeat": ("iterate", "", ""),
    "skip": ("skip", "", ""),
    "normalize": ("unit length", "", "normalize"),
    "store": ("write the result", "write back", "write out", "output"),
    "atomic": ("several threads may write here", "shared between threads"),
    "atomic_add": ("accumulate", "several threads may add here", "add to the total", "shared sum"),
    "atomic_max": ("keep the largest", "running maximum"),
    "atomic_min": ("keep the smallest", "running minimum"),
    "identity": ("start from the identity", ""),
    "index": ("thread index", "index of this thread", "one thread per element"),
    "rand_init": ("one stream per thread", "seed the generator", "random state"),
    "randn": ("normal sample", "draw a normal sample"),
    "random": ("draw a sample", "random sample", "random number"),
    "tile_store": ("write the tile back", "store the tile"),
    "tile_atomic_add": ("add the tile", "accumulate the tile"),
    "inverse": ("inverse", "invert"),
    "rotate": ("rotate",),
    "transform_point": ("apply the transform", "transform the point"),
    "transform_vector": ("apply the rotation", "transform the direction"),
    "rotation": ("rotation", "orientation"),
    "translation": ("position", "translation"),
    "ray": ("cast the ray", "closest hit along the ray", "trace the ray"),
    "closest": ("closest point", "closest point on the mesh", "query the mesh"),
    "grid": ("neighbors", "query the grid", "candidates in the neighborhood"),
    "box": ("candidates", "query the tree", "candidates in the box"),
}
"""Remarks by what they are about, without the leading `#`; an empty one is left out."""


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
    if len(words) == 1 and words[0] in _VERBS:
        text = f"{words[0]} the {rng.choose(('values', 'state', 'result'))}"
    elif len(words) > 1 and words[0].partition(" ")[0] in _DOING:
        article = "the " if rng.chance(0.6) and words[1] not in _AFTER else ""
        text = f"{words[0]} {article}{' '.join(words[1:])}"
    else:
        text = f"{rng.choose(_NO_VERB)} {' '.join(words)}"
    ending = "" if rng.chance(0.12) else "."
    return text[0].upper() + text[1:] + ending


def docstring(rng: Rng, name: str, parameters: tuple[str, ...] = (), long: bool = False) -> str:
    """A docstring: a sentence, and in its long form a list of parameters after it; none for a name without a verb."""
    words = _spoken(name, verb=True)
    if words[0].partition(" ")[0] not in _DOING or (len(words) > 1 and words[1] in _DOING):
        # Of two verbs one would become a thing.
        return ""
    first = sentence(rng, name)
    if not long:
        return first
    kind = rng.random()
    if parameters and kind < 0.3 and all(len(_spoken(name)[0]) > 2 for name in parameters):
        lines = [f"    {parameter}: {_meaning(rng, parameter)}" for parameter in parameters]
        return "\n".join([first, "", "Args:", *lines])
    return first


def _meaning(rng: Rng, parameter: str) -> str:
    words = _spoken(parameter)
    if words[0] in ("is", "has", "use"):
        about = " ".join(words[1:]) or "entry"
        return rng.choose((f"Whether the {about} is used.", f"Flag of the {about}.", f"Nonzero for a valid {about}."))
    spoken = " ".join(words)
    text = rng.choose((f"{spoken}.", f"the {spoken}."))
    return text[0].upper() + text[1:]


def remark(rng: Rng, topic: str, capital: bool = False) -> str:
    """A comment's text on a part of a body, or none; `topic` is one of `REMARKS`."""
    text = rng.choose(REMARKS[topic])
    if not text:
        return ""
    return text[0].upper() + text[1:] if capital else text
