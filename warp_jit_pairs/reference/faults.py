"""Why the reference stopped: what it cannot judge, and what a kernel must not do.

ReferenceStop
├── Unsupported    the reference does not know this construct; the kernel is reported as not judged
└── Fault          the kernel did something undefined (index out of bounds, ...); a native launch is forbidden
"""

from __future__ import annotations


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
