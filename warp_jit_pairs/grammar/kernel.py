"""A kernel under construction: inputs and outputs by the thread's index, and the whole program at the end."""

from __future__ import annotations

from collections.abc import Callable

from . import prose, tree
from .build import Dim, Shared
from .inlined import direct_ends, inline
from .parts import parts_in_use, written
from .plain import plain
from .prune import prune
from .remarks import annotate
from .threads import THREAD_DIMS as THREAD_DIMS
from .threads import Threads
from .tile_spelling import respell
from .tree import Expr


class Kernel(Threads):
    """The kernel of a program."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.block_dim = 256
        self.lanes: tuple[Dim, ...] = ()
        self.decorator = "@wp.kernel"
        self.followed: tuple[Dim, Expr] | None = None
        """The types that elements have by an index, and that of this thread's."""
        self.closing: list[Callable[[], None]] = []
        """What is to be done when the body is written."""
        self.about = ""
        """What the kernel does, in a sentence; made from its name if nobody says, and none if it is `-`."""
        self.titles: tuple[str, ...] = ()
        """Names for the kernel that say what it does, the commonest first (see `Names.titled`)."""
        self.tiled = False
        self.whole_tiles = False
        """Whether no tile of this kernel reaches beyond its array."""
        self.worlds = False
        """Whether the first of the thread's two indices says which of several worlds."""

    # -- whole program

    def finish(self) -> tree.Program:
        if self.bundle is not None:
            self.bundle.close()
        for close in self.closing:
            close()
        body, read = prune(tuple(self.blocks[0]))
        body = plain(body, self.made_dynamic)
        if self.tiled:
            respell(self.rng, body, self.whole_tiles)
        used = {name for name, count in read.items() if count > 0} | written(body)
        self.arguments = [a for a in self.arguments if a.name in used]
        order = _ORDERS[self.style.parameter_order]
        ranked = sorted(range(len(self.arguments)), key=lambda n: (order.index(self.arguments[n].group), n))
        self.arguments = [self.arguments[n] for n in ranked]
        parameters = tuple(tree.Parameter(a.name, a.type, self.spell(a.type)) for a in self.arguments)
        body = inline(self.rng, body, 1.0 - self.style.locals_first)
        if self.style.direct_ends:
            body = direct_ends(body, read)
        if self.style.remarks:
            body = annotate(self.rng, body, self.style.remarks, self.style.capital)
        called = {p.name for p in parameters}
        name = self.namer.kernel([title for title in self.titles if title not in called] or self.titles)
        docstring = ""
        if self.style.docstring:
            about = tuple(p.name for p in parameters) if len(parameters) <= 7 else ()
            long = self.style.docstring == "long"
            docstring = self.about.strip("-") if self.about else prose.docstring(self.rng, name, about, long)
        kernel = tree.Function(name, parameters, body, "", docstring, (self.decorator,))
        return tree.Program(parts_in_use(self.shared.parts, used, parameters), kernel, "", tuple(self.shared.imports))


_ORDERS = {
    "arrays": ("handles", "inputs", "sizes", "scalars", "outputs"),
    "sizes": ("sizes", "handles", "inputs", "scalars", "outputs"),
    "scalars": ("scalars", "sizes", "handles", "inputs", "outputs"),
    "outputs_middle": ("handles", "inputs", "outputs", "sizes", "scalars"),
}
