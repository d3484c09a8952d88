"""The builder that rules write the body of a function with, and what they need to know about its values.

`Kernel` adds arguments, dimensions and the facts that verification needs. Which statements to make is decided by the
rules; text is `emit`'s.
"""

from __future__ import annotations

from .expressions import Expressions
from .statements import Shared as Shared
from .values import SOFT as SOFT
from .values import Argument as Argument
from .values import Dim as Dim
from .values import NoValue as NoValue
from .values import weight as weight


class Body(Expressions):
    """The statements of one function."""
