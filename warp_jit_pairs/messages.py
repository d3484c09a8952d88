"""Values through a pipe between processes that trust each other: pickled, each behind its length."""

from __future__ import annotations

import os
import pickle
import select
import struct
from typing import IO, Any

_LENGTH = struct.Struct("<Q")
_PIECE = 1 << 20


def send(pipe: IO[bytes], value: object) -> None:
    """Write a value, whole."""
    pickled = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(pickled)) + pickled)
    pipe.flush()


def receive(pipe: int, patience: float | None = None) -> Any:
    """Read the next value from a file descriptor that nothing else buffers.

    Raises:
        EOFError: the other side closed the pipe, maybe in the midst of a value.
        TimeoutError: it gave nothing for `patience` seconds.
    """
    (size,) = _LENGTH.unpack(_bytes(pipe, _LENGTH.size, patience))
    return pickle.loads(_bytes(pipe, size, patience))


def _bytes(pipe: int, count: int, patience: float | None) -> bytearray:
    received = bytearray()
    while len(received) < count:
        if not select.select([pipe], [], [], patience)[0]:
            raise TimeoutError
        piece = os.read(pipe, min(count - len(received), _PIECE))
        if not piece:
            raise EOFError
        received += piece
    return received
