"""Atomics into totals: histograms, losses, moments, extents.

Nothing here depends on the order of threads beyond rounding: what an atomic returns is only used where each thread has
a slot of its own.
"""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .build import Dim
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr

INTEGERS = (t.I32, t.I32, t.I32, t.U32, t.I64, t.U64)


def atomic(k: Kernel, name: str, target: Expr, where: tuple[Expr, ...], value: Expr) -> None:
    """An atomic by its call or by an augmented assignment, which Warp makes atomic too."""
    before = _augments(k)
    if name in ("atomic_add", "atomic_sub") and (k.rng.chance(0.25) if before is None else before):
        k.add(tree.Augment(target[where], "+" if name == "atomic_add" else "-", value))
    else:
        k.do(k.call(name, target, *where, value, gives=value.type))


def _augments(k: Kernel) -> bool | None:
    """Which of the two forms this program has so far."""
    for block in reversed(k.blocks):
        for one in reversed(block):
            if isinstance(one, tree.Augment) and isinstance(one.target, tree.Subscript):
                return True
            if isinstance(one, tree.Do) and isinstance(one.value, tree.Call) and "atomic_" in one.value.function:
                return False
    return None


def slot_of(job: Job, names: str, dtype: t.Type, low: float = 0.0) -> tuple[Expr, tuple[Expr, ...]]:
    """Where all threads add up: one element, or one per world of a batch."""
    if job.world is not None:
        return job.array(names, dtype, job.dims[:1], "inout", low=low, high=low), (job.world,)
    return job.array(names, dtype, (job.k.dim(1, fixed=True),), "inout", low=low, high=low), (job.k.integer(0),)


_MEASURED = {
    "depth": ("depth depths depth_map distances range_values", "depth d z_val dist"),
    "speed": ("speed speeds velocity_mag wind_speed", "speed s mag"),
    "energy": ("energy energies kinetic e_vals", "energy e e_val"),
    "intensity": ("intensity gray luminance pixel_values brightness", "intensity gray_val lum v"),
    "length": ("lengths distances edge_lengths dists", "length dist d"),
    "score": ("scores values samples data measurements", "score value x v"),
    "temperature": ("temperature temps temp readings", "temp t_val reading"),
    "error": ("errors residuals deltas err", "error residual e err"),
    "angle": ("angles theta headings phase", "angle theta heading"),
}


@recipe("a histogram of computed values", "atomic:2.5 reduction:0.17", "stats image signal")
def histogram(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "sample particle point pixel event reading cell entry")
    picture = rng.chance(0.25)
    what = rng.choose(tuple(_MEASURED))
    job.titled(
        f"{what}_histogram build_histogram histogram compute_histogram bin_values bin_{what} count_{what}_bins"
        f" accumulate_histogram histogram_{what} fill_histogram {{}}_histogram {{}}_{what}_histogram bin_{{s}}"
    )
    if picture:
        job.it, job.many = "pixel", "pixels"
        at = k.start(2, None, (job.words("i row y"), job.words("j col x")))
        job.at, job.dims = at, k.launch
    else:
        job.start()
    two = job.more(0.15)
    arrays, local = _MEASURED[what]
    vector = what in ("speed", "length") and rng.chance(0.5)
    if vector:
        v = job.read(
            "velocities vel velocity v" if what == "speed" else "offsets deltas edge_vectors separations",
            "v vel" if what == "speed" else "d delta",
            t.vec(3, k.real),
        )
        value = job.let(local, k.call("length", v))
    elif what == "intensity" and rng.chance(0.4):
        color = job.read("colors rgb image pixels", "rgb color c", t.vec(3, k.real), 0.0, 1.0, nest=0.0)
        r, g, b = k.components(color)
        value = job.let("luma gray lum intensity_val", 0.299 * r + 0.587 * g + 0.114 * b)
    else:
        low, high = (
            (0.0, 4.0) if what in ("depth", "speed", "energy", "intensity", "length", "temperature") else (-2.0, 2.0)
        )
        value = job.read(arrays, local, k.real, low, high, nest=0.0)
    if what == "error" and rng.chance(0.5):
        value = job.let("abs_err size magnitude", k.call("abs", value))
    bins = k.dim(rng.choose((8, 10, 16)))
    counter = rng.choose((*INTEGERS, k.real))
    dims: tuple[Dim, ...] = (bins,)
    lead: tuple[Expr, ...] = ()
    if job.world is not None:
        dims, lead = (job.dims[0], bins), (job.world,)
    elif job.more(0.2) and not picture:
        groups = k.dim(4)
        ids = job.array("labels {}_class {}_group channel class_ids", t.I32, low=0, high=3, bound=groups.symbol)
        dims, lead = (groups, bins), (job.let("label cls group ch", ids[job.at]),)
    if two:
        _joint(job, value, bins, counter, dims, lead)
        return
    target = job.array(
        "hist histogram bins counts bin_counts {}_counts hist_out", counter, dims, "inout", low=0.0, high=0.0
    )
    weighted = counter.kind == "f"
    amount = (
        job.read("weights {}_weights w importance", "w weight wt", k.real, 0.0, 1.0)
        if weighted and rng.chance(0.7)
        else tree.literal(1, counter)
    )
    where = _bin_of(job, value, bins, target, len(lead))
    atomic(k, "atomic_add", target, (*lead, where), amount)
    if job.more(0.3):
        sums = job.array("bin_sums sums {}_sums totals", k.real, dims, "inout", low=0.0, high=0.0)
        atomic(k, "atomic_add", sums, (*lead, where), value)
    if job.more(0.25):
        peaks = job.array("bin_max largest bin_peaks max_per_bin", k.real, dims, "inout", low=-1e4, high=-1e4)
        atomic(k, "atomic_max", peaks, (*lead, where), value)
    if job.more(0.25):
        job.write("bin_ids bin_index {}_bin bins_out assignments", where)


def _joint(job: Job, value: Expr, bins: Dim, counter: t.Scalar, dims: tuple[Dim, ...], lead: tuple[Expr, ...]) -> None:
    """Counts of pairs of values."""
    k = job.k
    job.titled("joint_histogram histogram_2d hist2d build_joint_histogram bin_pairs scatter_density")
    inner = k.dim(job.rng.choose((4, 8)))
    joint = job.array("joint_hist hist2d joint_counts density_map", counter, (*dims, inner), "inout", low=0.0, high=0.0)
    first = _bin_of(job, value, bins, joint, len(lead))
    other = job.read("other_values second ys values_b", "y other second_val", k.real, -2.0, 2.0, nest=0.0)
    second = _bin_of(job, other, inner, joint, len(dims), "_y")
    atomic(k, "atomic_add", joint, (*lead, first, second), k.lit(1, counter))


def _bin_of(job: Job, value: Expr, bins: Dim, source: Expr, axis: int, number: str = "") -> Expr:
    """The bin of a value: scaled, floored, clamped."""
    k, rng = job.k, job.rng
    # What is never negative is counted from nothing on.
    least = (0.0, 0.5, 0.0) if value.low >= 0.0 else (-2.0, 0.0, -2.0, 0.0)
    low = job.param(f"min_val{number} lo{number} range_min{number} hist_min{number}", *least, each=False)
    count = job.length(bins, f"num_bins{number} n_bins{number} bin_count{number} nbins{number}", source, axis)
    names = f"bin{number}_idx b{number} bin_id{number} bin_index{number}"
    way = rng.integer(0, 2)
    if way == 0:
        width = job.param(f"bin_width{number} width{number} bin_size{number}", 0.25, 2.0, 0.5, 0.25, each=False)
        position = (value - low) / width
    elif way == 1:
        scale = job.param(
            f"inv_width{number} bin_scale{number} scale{number} bins_per_unit{number}", 0.5, 4.0, 2.0, 4.0, each=False
        )
        position = (value - low) * scale
    else:
        high = job.param(
            f"max_val{number} hi{number} range_max{number} hist_max{number}", 2.0, 4.0, 2.0, 4.0, each=False
        )
        position = job.let(
            f"t{number} unit{number} normalized{number} frac{number}", (value - low) / (high - low)
        ) * k.cast(count, k.real)
    raw = k.cast(k.call("floor", position), t.I32) if rng.chance(0.5) else k.cast(position, t.I32)
    how = rng.integer(0, 2)
    if how == 0:
        return job.let(names, k.call("clamp", raw, k.integer(0), count - 1))
    index = job.let(names, raw)
    if how == 1:
        return job.let(
            f"slot{number} bin_c{number} safe_bin{number}", k.call("min", k.call("max", index, 0), count - 1)
        )
    with k.when(k.either(index < 0, index >= count)):
        k.give()
    return index
