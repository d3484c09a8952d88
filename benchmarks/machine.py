"""The class of machine that figures were measured on: never its name or a path on it."""

from __future__ import annotations

import os
from pathlib import Path

from warp_jit_pairs.warp_version import warp_version


def machine() -> dict[str, str | int]:
    """Cores that this process may use, the CPU's model, memory and the version of Warp."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return {
        "cores": len(os.sched_getaffinity(0)),
        "CPU": model,
        "memory, GiB": round(memory),
        "warp": warp_version(),
    }


def load() -> float:
    """Processes that wanted a core in the last minute: what else the machine did."""
    return round(os.getloadavg()[0], 1)
