"""What is closed at its end, by hand or as a context manager."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Closing:
    """Base of what holds something that `close` lets go of."""

    def close(self) -> None:
        """Let go of it; once more does no harm."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
