"""The threads of a kernel under construction: their indices, how they begin, which of them leave at once."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from . import tree
from .arguments import Arguments
from .build import Dim, Shared
from .tree import Expr

THREAD_DIMS = {1: (32,), 2: (8, 8), 3: (4, 4, 4), 4: (2, 3, 4, 2)}
"""Sizes that a launch has unless a rule says otherwise: 8 to 64 elements."""


_LENGTHS = {
    1: ("=num_{s} {}_count n num_{s} n_{s} count",),
    2: ("=height num_rows rows ny n", "=width num_cols cols nx m"),
    3: ("=nx dim_x size_x", "=ny dim_y size_y", "=nz dim_z size_z"),
    4: ("=n0 num_batches", "=n1 num_frames", "=n2 num_rows", "=n3 num_cols"),
}
"""Names for the lengths of a launch."""


class Threads(Arguments):
    """A kernel's body that knows which thread runs it."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.threads: tuple[Expr, ...] = ()
        self.first: tuple[Expr, ...] = ()
        self.launch: tuple[Dim, ...] = ()
        self.guarded = False

    def start(
        self,
        ndim: int = 1,
        sizes: Sequence[int] | None = None,
        kinds: Sequence[str] = (),
    ) -> tuple[Expr, ...]:
        """The thread's indices; makes the launch's dimensions."""
        sizes = sizes or THREAD_DIMS[ndim]
        self.launch = tuple(self.dim(size) for size in sizes)
        for dim, called in zip(self.launch, _LENGTHS[ndim], strict=True):
            dim.called = called
        names: list[Expr] = []
        for position in range(ndim):
            high = 63.0
            names.append(tree.Name(t.I32, 0.0, high, self._thread_name(position, ndim, kinds)))
        self.add(ask_index(names))
        self.threads = self.first = tuple(names)
        return self.threads

    def single_thread(self) -> Expr:
        """Have one thread, which asks for no index; gives the index of its only output."""
        self.launch = (self.dim(1, fixed=True),)
        return self.integer(0)

    def _thread_name(self, position: int, ndim: int, kinds: Sequence[str]) -> str:
        family = self.style.index_family
        if family == "word":
            return self.namer.local(kinds[position] if kinds else "thread" if ndim == 1 else "axis_index")
        if family == "tid" and ndim == 1 and self.namer.claim("tid"):
            return "tid"
        for letter in "ijklmn"[position:]:
            if self.namer.claim(letter):
                return letter
        return self.namer.local("thread")

    def guard(self) -> None:
        """A bounds check on the first thread index, in programs that have one."""
        if self.style.bounds == "return" and not self.guarded and isinstance(self.threads[0], tree.Name):
            self.guarded = True
            bound = self.length(self.launch[0])
            self.add(tree.If(self.threads[0] >= bound, (tree.Return(),)))
            self.gap()


def ask_index(names: Sequence[Expr]) -> tree.Stmt:
    """The statement that asks for the thread's indices."""
    value = t.I32 if len(names) == 1 else t.Tuple((t.I32,) * len(names))
    return tree.Assign(tuple(names), tree.Call(value, 0.0, 63.0, "wp.tid", ()))
