"""Small whole numbers and flags of a state in the bits of a word, and taken out of it."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kept_states import Kept, chosen
from .names import plural
from .scene import NoValue
from .state_tables import Part
from .tree import Expr
from .unsigned import u


def _bits(part: Part) -> int:
    """How many bits a part's field has."""
    return 1 if part.type == "bool" else max(int(part.high).bit_length(), 2)


def words(kept: Kept) -> None:
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(kept, lambda part: part.type in ("int", "bool") and "last_" not in part.name)
    sizes = [_bits(part) + (rng.integer(0, 2) if part.type == "int" else 0) for part in parts]
    while sum(sizes) > 31:
        sizes.pop()
        parts.pop()
    if len(parts) < 2:
        raise NoValue("few parts")
    out = rng.chance(0.5)
    named = rng.chance(0.4)
    unsigned = rng.chance(0.5)
    stepwise = rng.chance(0.5)
    checked = rng.chance(0.5)
    words_kind = f"=packed_{plural(e)} {e}_words packed {e}_bits {e}_flags"
    shifts = [sum(sizes[:n]) for n in range(len(sizes))]

    def number(value: int, word: str = "") -> Expr:
        if named and word:
            return k.constant(value, t.I32, f"=!{word}")
        return u(k, value) if unsigned else k.integer(value)

    places = [
        number(shift, f"{kept.word(part)}_shift") if shift else None for part, shift in zip(parts, shifts, strict=True)
    ]
    kind = t.U32 if unsigned else t.I32

    def moved(value: Expr, place: Expr | None, left: bool) -> Expr:
        if place is None:
            return value
        by = k.cast(place, kind) if place.type is not kind else place
        return value << by if left else value >> by

    with kept.elements():
        if out:
            found: list[Expr] = []
            word = k.variable("=word packed_i bits", number(0), False) if stepwise else None
            for part, size, place in zip(parts, sizes, places, strict=True):
                value = kept.at(part)
                if part.type == "bool":
                    field = k.where(value, number(1), number(0))
                else:
                    if checked and unsigned:
                        value = k.call("clamp", value, 0, (1 << size) - 1)
                    field = k.cast(value, kind)
                    if not (checked and unsigned):
                        field = field & number((1 << size) - 1)
                field = moved(field, place, True)
                if word is not None:
                    k.set(word, word | field)
                else:
                    found.append(k.let(f"=!{kept.word(part)}_bits {kept.word(part)}_field", field))
            if word is None:
                whole = found[0]
                for one in found[1:]:
                    whole = whole | one
                word = whole
            k.set(k.array(words_kind, kind, kept.dims, "out")[kept.index], word)
        else:
            word = k.let("=word packed_i bits", k.array(words_kind, kind, kept.dims, low=0, high=2**31 - 1)[kept.index])
            for part, size, place in zip(parts, sizes, places, strict=True):
                field = moved(word, place, False) & number((1 << size) - 1)
                value = field.differs(number(0)) if part.type == "bool" else k.cast(field, t.I32)
                k.set(kept.array(part, role="out")[kept.index], value)
    many = plural(e)
    k.titles = (
        (f"pack_{e}_flags", f"pack_{many}", f"encode_{e}_state", f"{e}_to_word", f"build_{e}_words")
        if out
        else (f"unpack_{e}_flags", f"unpack_{many}", f"decode_{e}_state", f"read_{e}_words")
    )
    k.about = rng.choose(("-", f"{'Pack' if out else 'Unpack'} the flags and small numbers of each {e}."))
    k.shared.differentiable = False
