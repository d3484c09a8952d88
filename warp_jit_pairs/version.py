"""The versions that data carry, each in this one place.

Leaves to others: checking which Warp is installed (`warp_version.py`).
"""

__version__ = "0.1.0"
"""Version of the package and of its generator; the plan and each record's provenance name it."""

DATA_VERSION = "0.1.0"
"""Semantic version of the data: a change of any record's bytes raises it."""
