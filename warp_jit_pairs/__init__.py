"""Pairs of NVIDIA Warp kernels and the code that Warp's JIT generates for them."""

from .version import __version__

__all__ = ["__version__"]
