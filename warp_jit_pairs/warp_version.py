"""Which releases of Warp this package knows, checked without importing Warp.

Code generation reaches into Warp's internals, which move between releases: an unknown release is refused at once
instead of failing kernel by kernel.
"""

from __future__ import annotations

import importlib.metadata
from functools import cache

from .errors import UnsupportedWarpError

SUPPORTED = ("1.19",)
"""Minor releases whose generated code the golden files and the suite were checked against."""


@cache
def warp_version() -> str:
    """Return the version of the installed warp-lang.

    Raises:
        UnsupportedWarpError: none is installed, or a release outside `SUPPORTED`.
    """
    wanted = f'pip install "warp-lang=={SUPPORTED[-1]}.*"'
    try:
        version = importlib.metadata.version("warp-lang")
    except importlib.metadata.PackageNotFoundError:
        raise UnsupportedWarpError(f"warp-lang is not installed: run {wanted}") from None
    if ".".join(version.split(".")[:2]) not in SUPPORTED:
        raise UnsupportedWarpError(f"warp-lang {version} is not supported: run {wanted}")
    return version
