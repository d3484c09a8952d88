"""Keeps Warp's banner and its line for every compiled module off a command's output; its warnings still come."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import warp as wp

from .codegen import initialise


@contextlib.contextmanager
def quiet_warp() -> Iterator[None]:
    """Start Warp without its banner, and while this is open let it log nothing below a warning."""
    initialise()
    level = wp.config.log_level
    wp.config.log_level = max(level, wp.LOG_WARNING)
    try:
        yield
    finally:
        wp.config.log_level = level
