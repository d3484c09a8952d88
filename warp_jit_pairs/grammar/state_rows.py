"""The state of something as a row of numbers, or as an array of structs, and back."""

from __future__ import annotations

from .kept_states import Kept, chosen
from .names import plural


def row(kept: Kept) -> None:
    """The state as a row of numbers, or from one."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    out = kept.structured or rng.chance(0.65)
    parts = chosen(kept, lambda part: part.type in ("real", "vec2", "vec3", "vec4", "quat"))
    scaled = rng.choose((0.0, 0.0, 0.4)) if out else 0.0
    if kept.structured and kept.records is None:
        kept.structure("in")
    widths = [1 if part.type == "real" else 4 if part.type == "quat" else int(part.type[3]) for part in parts]
    length = k.dim(sum(widths), fixed=True)
    words = f"=obs state_vec observations {e}_rows flat_state" if out else f"=state_vec flat_state packed {e}_rows"
    k.gap()
    based = kept.world is None and rng.chance(0.25)
    with kept.elements():
        if based:
            # All rows after each other.
            total = k.derived(kept.dims[0], sum(widths))
            numbers = k.array(words, k.real, (total,), "out" if out else "in", low=-2.0, high=2.0)
            base = k.let("=base offset row_start", kept.index[0] * k.integer(sum(widths)))
        else:
            numbers = k.array(words, k.real, (*kept.dims, length), "out" if out else "in", low=-2.0, high=2.0)
            base = None
        place = 0
        for part, width in zip(parts, widths, strict=True):
            if rng.chance(0.15):
                k.gap()
            value = kept.at(part) if out else None
            if value is not None and width > 1:
                value = k.let(f"=!{kept.word(part)}_i {kept.word(part)}_val", value)
            if value is not None and part.type != "quat" and rng.chance(scaled):
                scale = k.scalar(f"=!{kept.word(part)}_scale", k.real, 0.1, 2.0)
                value = k.let(f"=!{kept.word(part)}_scaled", value * scale) if width > 1 else value * scale
            cells = [
                numbers[(base + place + n,) if base is not None else (*kept.index, k.integer(place + n))]
                for n in range(width)
            ]
            if value is not None:
                for n, cell in enumerate(cells):
                    k.set(cell, value if width == 1 else value[n])
            else:
                made = cells[0] if width == 1 else k.make(kept.type(part), *cells)
                k.set(kept.array(part, role="out")[kept.index], made)
            place += width
    many = plural(e)
    k.titles = (
        (f"pack_{many}", f"flatten_{e}_state", f"write_{e}_observations", f"compute_{e}_obs", f"gather_{e}_obs")
        if out
        else (f"unpack_{many}", f"unflatten_{e}_state", f"load_{e}_state", f"scatter_{e}_state")
    )
    k.about = "-"


def columns(kept: Kept) -> None:
    """Arrays of structs from one array for each part, or the other way."""
    k, rng, e = kept.k, kept.k.rng, kept.e
    parts = chosen(kept, lambda part: True)
    out = rng.chance(0.5)
    kept.structure("out" if out else "in")
    records = kept.records
    assert records is not None
    with kept.elements():
        for part in parts:
            field = records.field(
                f"=!{kept.word(part)}", kept.type(part), dict(kept.facts(part)), kept.index, part.name
            )
            if out:
                k.set(records.target(part.name, kept.index), kept.array(part)[kept.index])
            else:
                k.set(kept.array(part, "{}_out", "out")[kept.index], field)
    k.titles = (
        (f"pack_{plural(e)}", f"arrays_to_{plural(e)}", f"load_{e}_structs", f"fill_{plural(e)}")
        if out
        else (f"unpack_{plural(e)}", f"{plural(e)}_to_arrays", f"extract_{e}_fields", f"split_{plural(e)}")
    )
    k.about = "-"
