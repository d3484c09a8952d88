"""Why the reference stopped: what it cannot judge, and what a kernel must not do.

ReferenceStop
├── Unsupported        the reference does not know this construct; the kernel is reported as not judged
└── Fault              the kernel did something undefined (division by zero, ...); a native launch is forbidden
    └── OutOfBounds    it used an index beyond an array
"""

from __future__ import annotations

from typing import Any

import numpy as np

ENDLESS = "endless loop"


class ReferenceStop(Exception):
    """Base of both; `reason` is a short fixed name that is counted, `detail` says more."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Unsupported(ReferenceStop):
    """The reference cannot judge this program."""


class Fault(ReferenceStop):
    """The program's behaviour is undefined for these inputs."""


class OutOfBounds(Fault):
    """An index beyond an array whose memory is `data`, along its dimension `axis`."""

    def __init__(self, data: np.ndarray[Any, Any], axis: int, index: int) -> None:
        super().__init__("array index out of bounds", f"{index} of {data.shape[axis]}")
        self.data = data
        self.axis = axis
        self.index = index
