"""The way in which such pairs were made before this package, on the same sources as ours.

Ten kernels go into a module file, which is imported; for each kernel Warp builds its module anew and writes the CPU
text, of which the forward pass is cut out; each pair becomes a JSON file. One process. That a kernel's builder is one
of its whole module makes ten kernels cost a hundred; `builder` says whether that is measured, or a builder for the one
kernel alone.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import warp as wp
from warp._src import build as wp_build
from warp._src import context as wp_context

from warp_jit_pairs.extract import extract_batch
from warp_jit_pairs.shortcuts import SHORTCUTS

KERNELS_IN_A_FILE = 10


def pairs_of_file(path: Path, builder: str) -> list[dict[str, Any]]:
    """Import a module file and make the pair of each of its kernels; `builder` is `module` or `kernel`."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    found = wp_context.get_module(path.stem)
    kernels = list(found._get_live_kernels())
    options = found.resolve_options(wp.config) | {"output_arch": None, "enable_backward": False}
    pairs = []
    for kernel in kernels:
        hasher = wp_context.ModuleHasher(kernels if builder == "module" else [kernel], options)
        text = wp_context.ModuleBuilder(found, options, hasher, target="cpu").codegen("cpu")
        name = kernel.get_mangled_name()
        start = text.index(f"{name}_cpu_kernel_forward(")
        forward = text[start : text.index("\n}\n", start) + 3]
        metadata = {"kernel_name": kernel.key, "device": "cpu"}
        pairs.append({"python_source": kernel.adj.source, "cpp_forward": forward, "metadata": metadata})
    del sys.modules[path.stem], wp_context.user_modules[path.stem]
    return pairs


def against_origin(sources: Sequence[str], builder: str) -> dict[str, float]:
    """Pairs a CPU second of the old way and of ours, which gives both devices and both directions, and their ratio."""
    compile_library, wp_build._build_lto_base = wp_build._build_lto_base, SHORTCUTS.library_code
    theirs = ours = 0.0
    try:
        with tempfile.TemporaryDirectory() as folder:
            for first in range(0, len(sources), KERNELS_IN_A_FILE):
                part = sources[first : first + KERNELS_IN_A_FILE]
                start = time.process_time()
                path = Path(folder) / f"origin_{builder}_{first}.py"
                path.write_text("\n\n".join(part), encoding="utf-8")
                for number, pair in enumerate(pairs_of_file(path, builder)):
                    target = Path(folder) / f"pair_{first + number:06d}.json"
                    target.write_text(json.dumps(pair, indent=2), encoding="utf-8")
                theirs += time.process_time() - start
                start = time.process_time()
                extract_batch(part)
                ours += time.process_time() - start
    finally:
        wp_build._build_lto_base = compile_library
    return {
        "kernels": len(sources),
        "old way, pairs a CPU second": len(sources) / theirs,
        "ours, pairs a CPU second": len(sources) / ours,
        "ratio": theirs / ours,
    }
