"""What one runs in a checkout: `python builder_script.py build`, the same as the command `warp-jit-pairs build`.

`WarpJitPairs`, the builder class for `datasets`, can be imported from here.
"""

import sys
from typing import TYPE_CHECKING, Any

from warp_jit_pairs.cli import main

if TYPE_CHECKING:
    from warp_jit_pairs.builder import WarpJitPairs

__all__ = ["WarpJitPairs", "main"]


def __getattr__(name: str) -> Any:
    # Not at once: the workers of a build import this file, and `datasets` takes seconds.
    if name != "WarpJitPairs":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from warp_jit_pairs.builder import WarpJitPairs

    return WarpJitPairs


if __name__ == "__main__":
    sys.exit(main())
