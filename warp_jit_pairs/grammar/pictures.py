"""Images and signals: a thread per pixel or sample, what lies around it, the borders."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .jobs import Job
from .tree import Expr

HEIGHT = "height h rows image_height img_h ny num_rows"
WIDTH = "width w cols image_width img_w nx num_cols"


class Picture:
    """An image with a thread per pixel, perhaps one of a batch, or a signal with a thread per sample."""

    def __init__(self, job: Job, ndim: int, names: str, pixel: t.Type, low: float = -2.0, high: float = 2.0) -> None:
        k, rng = job.k, job.rng
        self.job, self.k, self.ndim = job, k, ndim
        lead = (ndim == 2 and rng.chance(0.15)) or (ndim == 1 and rng.chance(0.2))
        kinds = [job.words("i row y r"), job.words("j col x c")] if ndim == 2 else [job.words("i n t idx sample")]
        sizes = ((2, 6, 6) if lead else (8, 8)) if ndim == 2 else ((3, 12) if lead else (32,))
        if lead:
            kinds.insert(
                0,
                job.words("channel ch c")
                if rng.chance(0.5)
                else job.words("batch b image frame")
                if ndim == 2
                else job.words("batch b track"),
            )
        threads = k.start(len(sizes), sizes, kinds)
        self.lead = threads[:1] if lead else ()
        self.at = threads[len(self.lead) :]
        self.dims = k.launch
        self.size: tuple[Dim, ...] = k.launch[len(self.lead) :]
        self.source: Expr | None = None
        if k.style.bounds == "return" and not lead:
            k.guarded = True
            tests = [index >= self.length(axis) for axis, index in enumerate(self.at)]
            k.add(tree.If(tests[0] if ndim == 1 else k.either(*tests), (tree.Return(),)))
            k.gap()
        self.source = job.array(names, pixel, self.dims, low=low, high=high)

    def length(self, axis: int) -> Expr:
        names = "n length num_samples size n_samples count" if self.ndim == 1 else (HEIGHT, WIDTH)[axis]
        return self.job.length(self.size[axis], names, self.source, axis + len(self.lead))

    def here(self) -> Expr:
        return self.pixel_at(self.at)

    def pixel_at(self, where: tuple[Expr, ...] | list[Expr]) -> Expr:
        assert self.source is not None
        return self.source[(*self.lead, *where)]

    def write(self, names: str, value: Expr) -> None:
        self.k.set(self.job.array(names, value.type, self.dims, "out")[(*self.lead, *self.at)], value)

    def own(self, names: str, local: str, dtype: t.Type | None = None, low: float = -2.0, high: float = 2.0) -> Expr:
        value = self.job.array(names, dtype or self.k.real, self.dims, low=low, high=high)[(*self.lead, *self.at)]
        return value if self.job.rng.chance(0.3) else self.job.let(local, value)

    def place(self, axis: int, offset: Expr, border: str) -> tuple[Expr, list[Expr]]:
        """The index of a neighbour, and the tests that it has to pass."""
        k, job, index = self.k, self.job, self.at[axis]
        assert isinstance(index, tree.Name)
        words = (
            ("yy ny row_n y_n sample_row src_y", "xx nx col_n x_n sample_col src_x")[axis]
            if self.ndim == 2
            else "j src pos m src_idx"
        )
        length = self.length(axis)
        if border == "clamp":
            way = job.rng.integer(0, 1)
            moved = index + offset
            value = (
                k.call("clamp", moved, k.integer(0), length - 1)
                if way
                else k.call("min", k.call("max", moved, 0), length - 1)
            )
            return job.maybe(words, value), []
        if border == "wrap":
            return job.let(words, (index + offset + length) % length), []
        if border == "reflect":
            near = job.var(words, index + offset)
            with k.when(near < 0):
                k.set(near, -near)
            with k.when(near >= length):
                k.set(near, 2 * length - near - 2)
            return job.let("safe_" + words.split()[0], k.call("clamp", near, k.integer(0), length - 1)), []
        near = job.let(words, index + offset)
        return near, [near >= 0, near < length]

    def window(self, radius: Expr | int, border: str, use: Callable[[Expr, list[Expr]], None]) -> None:
        """A loop over the pixels around; `use` gets a pixel's value and its offsets."""
        k = self.k
        job, bounds = self.job, (-radius, radius + 1)
        if self.ndim == 1:
            with k.loop(job.words("k tap j offset d m"), *bounds) as d:
                self._visit([d], border, use)
        else:
            with k.loop(job.words("dy di oy ky u"), *bounds) as dy, k.loop(job.words("dx dj ox kx v"), *bounds) as dx:
                self._visit([dy, dx], border, use)

    def _visit(self, offsets: list[Expr], border: str, use: Callable[[Expr, list[Expr]], None]) -> None:
        places, tests = [], []
        for axis, offset in enumerate(offsets):
            place, more = self.place(axis, offset, border)
            places.append(place)
            tests += more
        if tests:
            with self.k.when(self.k.both(*tests)):
                use(self.pixel_at(places), offsets)
        else:
            use(self.pixel_at(places), offsets)


BORDERS = ("clamp", "clamp", "skip", "wrap", "reflect")
IMAGES = "image img src pixels input_image frame texture"
SIGNALS = "signal x samples audio data trace buffer"


def reach_of(job: Job, radius: int) -> Expr | int:
    """The radius of a window as it is written: a number, or a module's constant."""
    k = job.k
    if job.rng.chance(0.35):
        return k.constant(
            radius, t.I32, job.words("radius half_width kernel_radius filter_radius window_radius half_size")
        )
    return radius
