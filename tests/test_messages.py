"""Messages between processes: whole, or an error that says what became of the other side."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import IO

import numpy as np
import pytest

from warp_jit_pairs.messages import receive, send


@pytest.fixture
def pipe() -> Iterator[tuple[int, IO[bytes]]]:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as incoming, os.fdopen(writer, "wb") as outgoing:
        yield incoming.fileno(), outgoing


def test_values_come_out_in_order_and_whole(pipe: tuple[int, IO[bytes]]) -> None:
    values = ["", ("item", 3), np.arange(1 << 20)]  # the last does not fit into a pipe at once
    sender = threading.Thread(target=lambda: [send(pipe[1], value) for value in values])
    sender.start()
    found = [receive(pipe[0], 10.0) for _ in values]
    sender.join()
    assert found[:2] == values[:2]
    np.testing.assert_array_equal(found[2], values[2])


def test_silence_and_an_end_are_told_apart(pipe: tuple[int, IO[bytes]]) -> None:
    with pytest.raises(TimeoutError):
        receive(pipe[0], 0.01)
    pipe[1].write(b"\x05\0\0\0\0\0\0\0ab")  # two bytes of five
    pipe[1].flush()
    with pytest.raises(TimeoutError):
        receive(pipe[0], 0.01)
    pipe[1].write(b"\x05\0\0\0\0\0\0\0ab")
    pipe[1].close()
    with pytest.raises(EOFError):
        receive(pipe[0], 10.0)
