"""Writes what lies beside the data of a build: the card, its picture, changelog, licence, notice and Croissant file.

`write_card` can be called again on a finished build, after the oracle was measured anew for example: the data stay as
they are. The texts are rendered by `card.py` and `croissant.py`, which write nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .attribution import notice
from .card_picture import can_draw, draw_statistics
from .croissant import croissant
from .figures import measure
from .manifest import Manifest, read_json, write_json, write_text
from .storage import Storage

CARD_FILES = ("README.md", "CHANGELOG.md", "LICENSE", "NOTICE", "croissant.json")


def write_card(folder: Path, manifest: Manifest, data: Storage | None = None) -> None:
    """Write the card of the build whose data are in `folder/data`, or in that of `data`, and its companions.

    Without matplotlib (the extra `plot`) the card has no picture.
    """
    # Here, since the workers of a build import this file: the card needs `datasets`, which takes seconds.
    from .card import PICTURE, render_card

    figures = measure(data or folder, manifest)
    picture = folder / PICTURE
    if can_draw():
        draw_statistics(manifest, figures, picture)
    else:
        picture.unlink(missing_ok=True)
    template = beside("dataset_card.md").read_text(encoding="utf-8")
    measured = [_results(name) for name in ("mutants", "gpu", "training")]
    text = render_card(template, manifest, figures, *measured, picture=picture.exists())
    write_text(folder / "README.md", text)
    for name in ("CHANGELOG.md", "LICENSE"):
        write_text(folder / name, beside(name).read_text(encoding="utf-8"))
    write_text(folder / "NOTICE", notice(manifest.data_version, figures.attributions))
    write_json(folder / "croissant.json", croissant(manifest))


def _results(name: str) -> Any:
    """Dated figures about the tools, or None where there are none."""
    return read_json(beside(f"benchmarks/results/{name}.json"))


def beside(name: str) -> Path:
    """A file of the repository: at the top of a checkout, or beside this file in a wheel, without its folders."""
    here = Path(__file__).resolve().parent
    packed = here / Path(name).name
    return packed if packed.exists() else here.parent / name
