"""The kernels of the validation suite, each with its answers written out in NumPy.

The answers use neither the reference nor Warp: forward results from formulas over whole arrays, gradients derived by
hand. Running and comparing is left to `suite.py`.
"""

from __future__ import annotations

from . import suite_numbers, suite_objects
from .suite_check import Check

CHECKS: tuple[Check, ...] = (*suite_numbers.CHECKS, *suite_objects.CHECKS)
