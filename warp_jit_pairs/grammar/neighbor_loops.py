"""A particle and the loop over those near it, which are listed or looked for among all."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .jobs import Job
from .particles import vector_of
from .tree import Expr


class Around:
    """A thread for each particle, with its position and the radius in which others count."""

    def __init__(self, job: Job, radius: str) -> None:
        """`radius` has names for it; without, all others count."""
        self.job, self.k = job, job.k
        self.i = job.start(sizes=(16,), plain=True)
        self.vector = vector_of(self.k)
        self.dims = self.k.launch
        self.x = job.array("positions pos x {}_pos {}_q", self.vector, self.dims, low=-1.0, high=1.0)
        self.lists: Expr | None = None
        self.rows = False
        """Whether each particle has a row of the list, not a part of one list for all."""
        self.bounds = self._bounds()
        self.xi = job.let("xi x_i p pos_i", self.x[self.i])
        self.h = job.param(radius, 0.5, 2.0, 1.0, 1.5, each=False, literal=False) if radius else self.k.lit(1.0)

    def _bounds(self) -> tuple[Expr | int, ...]:
        """The bounds of the loop: over a row of neighbours, a part of a list of all, or all particles."""
        k, job, rng, dims = self.k, self.job, self.job.rng, self.dims
        how = rng.integer(0, 3)
        if how == 0:
            width = k.dim(6, fixed=rng.chance(0.5))
            self.lists = job.array(
                "neighbors neighbor_list neighbor_ids nbrs",
                t.I32,
                (dims[0], width),
                low=0,
                high=15,
                bound=dims[0].symbol,
            )
            self.rows = True
            return (job.length(width, "max_neighbors num_neighbors k_neighbors", self.lists, 1),)
        if how == 1:
            starts = k.derived(dims[0], 1, 1)
            entries = k.dim(48)
            offsets = job.array(
                "neighbor_offsets offsets row_ptr neighbor_start", t.I32, (starts,), offsets_into=entries.symbol
            )
            self.lists = job.array(
                "neighbor_indices neighbors neighbor_list nbr_ids",
                t.I32,
                (entries,),
                low=0,
                high=15,
                bound=dims[0].symbol,
            )
            begin, end = offsets[self.i], offsets[self.i + 1]
            if rng.chance(0.5):
                begin, end = job.let("begin start first", begin), job.let("end stop last", end)
            return begin, end
        return (job.length(dims[0], "num_{s} n_{s} {}_count n count", self.x),)

    def each(self, use: Callable[[Expr, Expr, Expr], None], itself: bool = False, within: bool = True) -> None:
        """The loop; `use` gets the other's index, the vector from it and the distance."""
        k, job, rng = self.k, self.job, self.job.rng
        skip = not itself and (self.lists is None or rng.chance(0.7))
        inside = rng.chance(0.6)
        names = "j other jj" if self.lists is None else "n k_n slot m"
        with k.loop(job.words(names), *self.bounds) as n:
            j = (
                job.let("j nb other neighbor", self.lists[(self.i, n) if self.rows else n])
                if self.lists is not None
                else n
            )
            if skip:
                with k.when(j.equals(self.i)):
                    k.next_turn()
            d = job.let("d rij dx delta", self.xi - self.x[j])
            r = job.let("r dist r_len d_len", k.call("length", d))
            if not within:
                use(j, d, r)
            elif inside:
                with k.when(r < self.h):
                    use(j, d, r)
            else:
                with k.when(r >= self.h):
                    k.next_turn()
                use(j, d, r)

    def field(self, names: str, dtype: t.Type | None = None, low: float = 0.1, high: float = 2.0) -> Expr:
        return self.job.array(names, dtype or self.k.real, self.dims, low=low, high=high)

    def write(self, names: str, value: Expr) -> None:
        self.k.set(self.job.array(names, value.type, self.dims, "out")[self.i], value)
