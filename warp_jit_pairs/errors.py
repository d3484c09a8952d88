"""Every exception this package raises on purpose.

    WarpJitPairsError
    ├── UsageError                 the caller can mend it; the command line prints one line and exits with 2
    │   ├── UnknownNameError       a category, split, device or column that does not exist
    │   ├── SourceError            a file or module that is no Python or holds no kernel
    │   ├── OutputError            a folder that cannot be, or must not be, written
    │   ├── RefusedError           a push or withdrawal that must not happen
    │   ├── UnsupportedWarpError   the installed Warp is not one this package knows
    │   └── NoGpuError             what was asked for needs a GPU, and there is none
    ├── HubError                   the Hub failed, or refused us
    ├── CudaError                  a call of the CUDA driver failed
    ├── ExhaustedError             a category gave fewer distinct programs than were asked for
    ├── NotConvergedError          an iterative solver found no solution to its tolerance
    └── Rejected                   one program is dropped; carries the `reason` that is counted

A `Rejected` means "take another program" and is the only one that a pipeline stage catches. Anything else that is
raised, a bare `AssertionError` included, is a defect and is never caught.
"""

from __future__ import annotations


class WarpJitPairsError(Exception):
    """Base of every exception of this package."""


class UsageError(WarpJitPairsError):
    """Bad input: the message says in one line what is wrong and what to do."""


class UnknownNameError(UsageError):
    """A name that is not among the known ones; the message lists them."""

    def __init__(self, kind: str, name: object, known: list[str]) -> None:
        super().__init__(f"unknown {kind} {name!r}: choose from {', '.join(known)}")
        self.kind, self.name, self.known = kind, name, known

    def __reduce__(self) -> tuple[type[UnknownNameError], tuple[str, object, list[str]]]:
        return type(self), (self.kind, self.name, self.known)  # an exception is pickled on its way out of a worker


class SourceError(UsageError):
    """A file, module or text that is not Python, cannot be imported or holds no kernel."""


class OutputError(UsageError):
    """A place that cannot be written, is full, or holds something else that must not be lost."""


class RefusedError(UsageError):
    """A push, a tag or a withdrawal that must not happen; nothing was changed."""


class UnsupportedWarpError(UsageError):
    """The installed warp-lang is not a supported release."""


class NoGpuError(UsageError):
    """There is no GPU here that can be used."""


class HubError(WarpJitPairsError):
    """The Hub did not do what it was asked for; the message says what to do."""


class CudaError(WarpJitPairsError):
    """A call of the CUDA driver failed; after a `fatal` one the process can use its device no more."""

    def __init__(self, call: str, code: int, name: str) -> None:
        super().__init__(f"{call} fails: {name}")
        self.call, self.code, self.name = call, code, name

    def __reduce__(self) -> tuple[type[CudaError], tuple[str, int, str]]:
        return type(self), (self.call, self.code, self.name)

    @property
    def fatal(self) -> bool:
        """Errors of a kernel that ran, such as an illegal address, are numbered from 700, but for too few resources."""
        return self.code >= 700 and self.code != 701


class ExhaustedError(WarpJitPairsError):
    """A category cannot give as many distinct programs as were asked for."""


class NotConvergedError(WarpJitPairsError):
    """An iterative solver found no solution to its tolerance."""


class Rejected(WarpJitPairsError):
    """One program is dropped.

    `reason` is a short, fixed name that is counted (`codegen: unsupported tile`), never text that differs from one
    program to the next; `detail` says more about this one.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[Rejected], tuple[str, str]]:
        return type(self), (self.reason, self.detail)
