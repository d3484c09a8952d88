"""Peak memory of a build by the number of records, each build in a process of its own.

    python -m benchmarks.memory RECORDS --output DIR [--seconds S]

One process makes small, unverified records. A build that was stopped after `--seconds` goes on where it was when the
command is given again, so that a long one can be measured in parts: the peak is then the largest of the parts.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from warp_jit_pairs.build import BuildProgress, build
from warp_jit_pairs.grammar import CATEGORIES
from warp_jit_pairs.plan import Request


class _Total(BuildProgress):
    def __init__(self) -> None:
        self.made = 0

    def begin(self, records: int, done: int) -> None:
        self.made = done

    def advance(self, records: int) -> None:
        self.made += records


def peak_of(records: int) -> dict[str, float]:
    """MiB that a build of so many records takes at most."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.memory", str(records), "--output", folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Build, and print the peak as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=int)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=0, help="stop after so many; 0 does not stop")
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(options.seconds)
    total = _Total()
    request = Request(tuple(CATEGORIES), options.records, 0, size="small", verify="none")
    with contextlib.suppress(KeyboardInterrupt):
        build(request, options.output, progress=total)
    signal.alarm(0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"records": options.records, "made": total.made, "peak, MiB": round(peak, 1)}))


if __name__ == "__main__":
    main()
