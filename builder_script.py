"""What one runs in a checkout: `python builder_script.py build`, the same as the command `warp-jit-pairs build`.

`WarpJitPairs`, the builder class for `datasets`, can be imported from here.
"""

import sys

from warp_jit_pairs.builder import WarpJitPairs
from warp_jit_pairs.cli import main

__all__ = ["WarpJitPairs", "main"]

if __name__ == "__main__":
    sys.exit(main())
