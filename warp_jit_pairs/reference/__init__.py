"""The oracle's reference: a kernel's own Python source, run thread by thread under plain Python and NumPy.

It shares nothing with Warp's code generator. What it cannot judge raises `Unsupported`; what a kernel must not do
raises `Fault`. Choosing inputs, running compiled code and comparing are left to `inputs.py`, `execute.py` and
`verify.py`.
"""

from .faults import ENDLESS, Fault, OutOfBounds, ReferenceStop, Unsupported
from .layout import Argument, ArrayType, Composite, HandleType, StructType, ValueType
from .runner import Outcome, Reference, Stop, flatten

__all__ = [
    "ENDLESS",
    "Argument",
    "ArrayType",
    "Composite",
    "Fault",
    "HandleType",
    "OutOfBounds",
    "Outcome",
    "Reference",
    "ReferenceStop",
    "Stop",
    "StructType",
    "Unsupported",
    "ValueType",
    "flatten",
]
