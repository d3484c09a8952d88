"""Names that files share about records: splits, levels of verification, code columns. The columns are `schema.py`'s.

They are apart from it so that what makes code and judges it needs no Arrow.
"""

from __future__ import annotations

SPLITS = ("train", "validation", "test")

VERIFY_LEVELS = ("none", "compile", "execute", "gradient", "cuda")
"""How far a record can be verified; each level includes those before it."""

CODE_COLUMNS = ("cpp_forward", "cpp_backward", "cuda_forward", "cuda_backward", "support_cpp", "support_cuda")
"""The columns that hold generated code; each has its own list in `line_map`."""

ORIGIN_FIELDS = ("package", "version", "module", "file", "line", "copyright")
"""What the column `origin` says of a harvested kernel."""

CODE_LEVELS = ("code", "ptx")
"""How far CUDA code is taken: as text, or compiled to PTX as well."""
