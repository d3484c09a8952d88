"""Keeps Warp's banner and its line for every compiled module off a command's output; its warnings still come."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

import warp as wp
from warp._src import context as wp_context

_NO_DRIVER = re.compile(rb"Could not find or load the NVIDIA CUDA driver|in function init_cuda_driver")
"""What Warp's native code says where there is no driver, no GPU to be seen, or a limit that CUDA does not bear."""


def initialise() -> None:
    """Start Warp's runtime without its banner on stdout and its complaint on stderr that no GPU can be used.

    The complaint comes from native code, so stderr itself is held back meanwhile; what else was said is passed on.
    """
    if wp_context.runtime is not None:
        return
    level = wp.config.log_level
    wp.config.log_level = max(level, wp.LOG_WARNING)
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            wp.init()
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            wp.config.log_level = level
            held.seek(0)
            said = [line for line in held if not _NO_DRIVER.search(line)]
            os.write(2, b"".join(said))


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
