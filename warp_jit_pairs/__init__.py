"""Pairs of NVIDIA Warp kernels and the code that Warp's JIT generates for them, as a Hugging Face dataset.

The public names below are imported when they are first used: Warp and `datasets` take seconds to import, and a command
that is refused for its arguments should not.
"""

import importlib
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .builder import WarpJitPairs as WarpJitPairs
    from .extract import extract_ir as extract_ir
    from .extract import extract_python_ir_pair as extract_python_ir_pair
    from .generator import generate_kernel as generate_kernel
    from .generator import generate_kernels as generate_kernels
    from .harvest import harvest as harvest
    from .pipeline import run_pipeline as run_pipeline
    from .pipeline import synthesize_batch as synthesize_batch
    from .pipeline import synthesize_pair as synthesize_pair
    from .poisson import PoissonSolver as PoissonSolver

_HOMES = {
    "PoissonSolver": "poisson",
    "WarpJitPairs": "builder",
    "extract_ir": "extract",
    "extract_python_ir_pair": "extract",
    "generate_kernel": "generator",
    "generate_kernels": "generator",
    "harvest": "harvest",
    "run_pipeline": "pipeline",
    "synthesize_batch": "pipeline",
    "synthesize_pair": "pipeline",
}
"""Public name -> the module that defines it."""

__all__ = [
    "PoissonSolver",
    "WarpJitPairs",
    "__version__",
    "extract_ir",
    "extract_python_ir_pair",
    "generate_kernel",
    "generate_kernels",
    "harvest",
    "run_pipeline",
    "synthesize_batch",
    "synthesize_pair",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
