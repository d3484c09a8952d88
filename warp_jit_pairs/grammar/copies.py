"""Moving data: gathers, scatters, transposes, strides, joins, paddings, permutations."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr

_SOURCES = "src data values input_data x source"


@recipe(
    "strided, permuted and gathered copies",
    "arithmetic:0.28 vector:0.19 control_flow:0.19",
    "generic sparse learning",
)
def gather_copy(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "element item row entry sample")
    dtype: t.Type = rng.choose((k.real, k.real, t.vec(3, k.real), t.I32))
    how = rng.choose(
        (
            "gather",
            "scatter",
            "reverse",
            "transpose",
            "stride",
            "block",
            "roll",
            "concat",
            "pad",
            "slice",
            "interleave",
            "select",
            "blend",
        )
    )
    if dtype is t.I32 and how == "blend":
        dtype = k.real
    {
        "gather": _gather,
        "scatter": _gather,
        "reverse": _roll,
        "roll": _roll,
        "transpose": _transpose,
        "stride": _stride,
        "block": _stride,
        "concat": _concat,
        "pad": _pad,
        "slice": _slice,
        "interleave": _interleave,
        "select": _select,
        "blend": _blend,
    }[how](job, dtype, how)


def _finish(job: Job, value: Expr) -> Expr:
    """What is done to a value on the way, in some programs."""
    k, rng = job.k, job.rng
    if value.type is t.I32:
        if job.more(0.25):
            shift = job.scalar("offset id_offset base", t.I32, 0, 8)
            return value + shift
        return value
    if job.more(0.35):
        value = value * job.param("scale gain factor alpha", 0.1, 2.0, 0.5, 2.0, each=False)
    if value.type is k.real and job.more(0.2):
        value = k.call("clamp", value, -1.0, 1.0) if rng.chance(0.5) else k.call("max", value, 0.0)
    return value


def _gather(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    columns = k.dim(rng.choose((3, 4, 6))) if rng.chance(0.3) else None
    if how == "scatter":
        job.titled(
            "scatter_values scatter scatter_rows permute_copy write_permuted inverse_permute unsort_{s} scatter_{s}"
        )
        kinds = (job.words("i row tid"), job.words("j col c"))
        threads = k.start(2 if columns else 1, (12, columns.size) if columns else None, kinds)
        source = job.array(_SOURCES, dtype, k.launch, low=-4, high=4)
        slots = job.array(
            "indices permutation dest_ids slots order",
            t.I32,
            k.launch[:1],
            low=0,
            high=k.launch[0].size - 1,
            bound=k.launch[0].symbol,
            distinct=True,
        )
        slot = job.let("slot dest dst_idx target", slots[threads[0]])
        target = job.array("dst out scattered result reordered", dtype, k.launch, "out")
        k.set(target[(slot, *threads[1:])], _finish(job, source[threads]))
        return
    job.titled(
        "gather_values gather gather_rows index_select lookup take embedding_lookup fetch_{s} gather_{s} read_indexed"
    )
    kinds = (job.words("i row tid"), job.words("j col c"))
    threads = k.start(2 if columns else 1, (12, columns.size) if columns else None, kinds)
    table = k.dim(12)
    lead = threads[:1]
    source = job.array("table values lookup_table weights src data", dtype, (table, *k.launch[1:]), low=-4, high=4)
    checked = rng.chance(0.3)
    if checked:
        ids = job.array("indices ids {}_ids index_map", t.I32, k.launch[:1], low=-1, high=7)
    else:
        ids = job.array("indices ids {}_ids index_map", t.I32, k.launch[:1], low=0, high=11, bound=table.symbol)
    index = job.let("idx src_idx {}_id source_row", ids[lead])
    target = job.array("out gathered dst result selected", dtype, k.launch, "out")
    if checked:
        count = job.length(table, "table_size num_rows num_{s} n", source)
        with k.when(k.either(index < 0, index >= count)):
            k.set(target[threads], k.zero(dtype))
            k.give()
    value = source[(index, *threads[1:])]
    if job.more(0.25) and dtype is not t.I32:
        weight = job.array("weights w scales", k.real, k.launch[:1], low=0.0, high=1.0)
        value = value * weight[lead]
    k.set(target[threads], _finish(job, value))


def _roll(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    ndim = rng.weighted({1: 3.0, 2: 2.0})
    kinds = (job.words("i row tid"), job.words("j col c"))
    threads = k.start(ndim, None, kinds)
    source = job.array(_SOURCES if ndim == 1 else _SOURCES + " image", dtype, k.launch, low=-4, high=4)
    axis = rng.integer(0, ndim - 1)
    words = "n size length count" if ndim == 1 else ("height num_rows rows", "width num_cols cols")[axis]
    count = job.length(k.launch[axis], words, source, axis)
    index = threads[axis]
    if how == "roll":
        job.titled("roll circular_shift roll_rows shift_wrap rotate_array cyclic_shift roll_values")
        shift = job.scalar("shift offset roll_by amount", t.I32, 0, 8)
        if rng.chance(0.5):
            other = job.let("src_idx from_idx source_i", (index + shift) % count)
        else:
            other = job.let("src_idx from_idx source_i", (index - shift % count + count) % count)
    else:
        job.titled(
            "reverse flip mirror reverse_array flip_rows reverse_order flip_axis"
            if ndim == 1 or axis == 0
            else "flip_horizontal mirror_image flip_columns reverse_rows mirror_rows"
        )
        other = job.let("src_idx from_idx mirror_i", count - 1 - index)
    where = list(threads)
    where[axis] = other
    value = source[tuple(where)]
    target = job.array(
        "dst out rolled result shifted" if how == "roll" else "dst out flipped reversed_out result",
        dtype,
        k.launch,
        "out",
    )
    k.set(target[threads], _finish(job, value))


def _transpose(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    batched = rng.chance(0.35)
    ndim = 3 if batched else 2
    kinds = (job.words("b batch n"), job.words("i row r"), job.words("j col c"))[-ndim:]
    threads = k.start(ndim, (2, 4, 6) if batched else (6, 8), kinds)
    lead, (i, j) = threads[:-2], threads[-2:]
    dims = (*k.launch[:-2], k.launch[-1], k.launch[-2])
    source = job.array("a matrix src mat data", dtype, dims, low=-4, high=4)
    job.titled(
        "transpose transpose_matrix transpose_copy matrix_transpose swap_axes batch_transpose"
        if batched
        else "transpose transpose_matrix transpose_copy matrix_transpose swap_axes transpose_2d"
    )
    value = source[(*lead, j, i)]
    if job.more(0.35) and dtype is not t.I32:
        other = job.array("b other base_matrix addend", dtype, k.launch, low=-4, high=4)[threads]
        job.titled("add_transpose transpose_add symmetrize_sum axpy_transpose accumulate_transpose")
        value = other + value * job.param("alpha scale beta", 0.1, 2.0, 0.5, 1.0, each=False, literal=False)
    else:
        value = _finish(job, value)
    k.set(job.array("at transposed dst out result", dtype, k.launch, "out")[threads], value)


def _stride(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    (i,) = k.start(1, (16,), (job.words("i tid out_idx"),))
    factor = rng.choose((2, 3, 4))
    source = job.array(_SOURCES + " samples", dtype, (k.derived(k.launch[0], factor),), low=-4, high=4)
    stride: Expr | int = factor
    if rng.chance(0.4):
        stride = k.constant(factor, t.I32, job.words("stride step group_size block_size"))
    first = job.let("start base first offset", i * stride)
    if how == "stride":
        job.titled("strided_copy subsample every_nth take_strided decimate_copy downsample_stride pick_every")
        phase = rng.integer(0, factor - 1)
        value = source[first + phase if phase else first]
    else:
        job.titled("block_sum sum_blocks group_sum reduce_groups average_blocks fold_groups sum_adjacent")
        if rng.chance(0.5):
            value = source[first]
            for n in range(1, factor):
                value = value + source[first + n]
        else:
            total = job.var("total acc s", k.zero(dtype))
            with k.loop(job.words("j n c"), stride) as j:
                k.augment(total, "+", source[first + j])
            value = total
        if dtype is not t.I32 and rng.chance(0.5):
            job.titled("block_mean average_blocks mean_of_groups average_groups block_average pool_mean")
            value = value / float(factor)
    target = job.array(
        "dst out strided result" if how == "stride" else "sums out blocks result", dtype, k.launch, "out"
    )
    k.set(target[i], _finish(job, value) if how == "stride" else job.maybe("value result block_value", value))


def _concat(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    job.titled("concatenate concat join_arrays append_arrays concat_values stack_arrays merge_arrays")
    (i,) = k.start(1, None, (job.words("i tid idx"),))
    head = k.dim(10)
    first = job.array("a first head left x", dtype, (head,), low=-4, high=4)
    rest = job.array("b second tail right y", dtype, k.launch, low=-4, high=4)
    count = job.length(head, "num_first n_a head_size split first_len", first)
    out = job.array("joined out combined concat_out dst", dtype, k.launch, "out")
    if rng.chance(0.5):
        with k.when(i < count):
            k.set(out[i], first[i])
        with k.otherwise():
            k.set(out[i], rest[i - count])
    else:
        with k.when(i < count):
            k.set(out[i], first[i])
            k.give()
        k.set(out[i], rest[job.let("j local_i rest_idx", i - count)])
    if job.more(0.3):
        # Where each entry came from.
        k.set(
            job.array("source_ids origin from_array", t.I32, k.launch, "out")[i],
            k.where(i < count, k.integer(0), k.integer(1)),
        )


def _pad(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    ndim = rng.weighted({1: 1.0, 2: 2.0})
    kinds = (job.words("i row r"), job.words("j col c"))
    threads = k.start(ndim, {1: (24,), 2: (8, 8)}[ndim], kinds[-ndim:] if ndim == 2 else (job.words("i tid idx"),))
    inner = tuple(k.dim(16 if ndim == 1 else 6) for _ in range(ndim))
    source = job.array(_SOURCES + " image", dtype, inner, low=-4, high=4)
    pad: Expr = (
        job.scalar("pad padding border margin", t.I32, 0, 3)
        if rng.chance(0.6)
        else k.constant(rng.choose((1, 2)), t.I32, job.words("pad padding border"))
    )
    edge = rng.chance(0.4)
    target = job.array("padded out dst padded_image", dtype, k.launch, "out")
    job.titled(
        "edge_pad pad_replicate pad_edges replicate_border extend_border"
        if edge
        else "zero_pad pad_array pad_zeros pad_image constant_pad add_border"
    )
    sizes = [
        job.length(
            d, "n size length" if ndim == 1 else ("height rows in_rows", "width cols in_cols")[axis], source, axis
        )
        for axis, d in enumerate(inner)
    ]
    places = []
    for axis, (index, c) in enumerate(
        zip(threads, ("y row_s si" if ndim == 2 else "src_i j s_idx", "x col_s sj"), strict=False)
    ):
        shifted = index - pad
        places.append(job.let(c, k.call("clamp", shifted, k.integer(0), sizes[axis] - 1) if edge else shifted))
    if edge:
        k.set(target[threads], source[tuple(places)])
        return
    fill: Expr = k.zero(dtype)
    if dtype is k.real and rng.chance(0.4):
        fill = job.scalar("fill pad_value fill_value", k.real, -1.0, 1.0)
    value = job.var("value result v", fill)
    tests = [test for place, size in zip(places, sizes, strict=True) for test in (place >= 0, place < size)]
    with k.when(k.both(*tests)):
        k.set(value, source[tuple(places)])
    k.set(target[threads], value)


def _slice(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    ndim = rng.weighted({1: 1.0, 2: 2.0})
    kinds = (job.words("i row r"), job.words("j col c"))
    threads = k.start(ndim, {1: (16,), 2: (6, 6)}[ndim], kinds if ndim == 2 else (job.words("i tid idx"),))
    most = 4
    dims = tuple(k.derived(d, 1, most) for d in k.launch)
    source = job.array(_SOURCES + " image", dtype, dims, low=-4, high=4)
    job.titled(
        "crop crop_image copy_window extract_patch copy_region crop_region extract_window"
        if ndim == 2
        else "copy_range slice_copy copy_segment extract_range copy_from_offset read_window"
    )
    starts = [
        job.scalar(words, t.I32, 0, most)
        for words in (("row_start y0 top", "col_start x0 left") if ndim == 2 else ("start offset begin",))
    ]
    where = tuple(start + index for start, index in zip(starts, threads, strict=True))
    value = source[where]
    if dtype is k.real and job.more(0.3):
        value = value - job.param("mean bias baseline", -0.5, 0.5, 0.1, each=False, literal=False)
        job.titled("crop_and_center copy_centered extract_normalized window_minus_mean crop_subtract")
    k.set(job.array("patch out cropped window dst", dtype, k.launch, "out")[threads], _finish(job, value))


def _interleave(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    (i,) = k.start(1, (16,), (job.words("i tid idx"),))
    parts = rng.choose((2, 2, 3, 4))
    long = k.derived(k.launch[0], parts)
    names = ("a left xs re", "b right ys im", "c third zs", "d fourth ws")[:parts]
    together = rng.chance(0.5)
    if together:
        job.titled("interleave pack_interleaved zip_arrays interleave_channels weave_arrays merge_channels")
        out = job.array("interleaved packed out woven", dtype, (long,), "out")
        base = job.let("base o start", i * parts)
        for n, name in enumerate(names):
            k.set(out[base + n if n else base], job.array(name, dtype, k.launch, low=-4, high=4)[i])
        return
    job.titled("deinterleave unpack_interleaved split_channels unzip_array separate_channels deinterleave_channels")
    source = job.array("interleaved packed src stereo", dtype, (long,), low=-4, high=4)
    base = job.let("base o start", i * parts)
    for n, name in enumerate(names):
        k.set(job.array(name, dtype, k.launch, "out")[i], source[base + n if n else base])


def _select(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    job.start()
    job.titled("select_values masked_copy where_select choose_{s} masked_select merge_by_mask pick_values copy_where")
    a = job.read("a first on_true new_values", "a_i x new_val", dtype, -4, 4, nest=0.3)
    mask = job.array("mask condition use_first selected", rng.choose((t.BOOL, t.I32)), None, "in", low=0, high=1)[
        job.at
    ]
    test = mask if mask.type is t.BOOL else mask.differs(0) if rng.chance(0.6) else mask.equals(1)
    if rng.chance(0.5):
        b = job.read("b second on_false old_values", "b_i y old_val", dtype, -4, 4, nest=0.3)
        value = k.where(test, a, b)
        job.write("out selected merged result", _finish(job, value))
    else:
        target = job.array("out dst result masked", dtype, None, "inout", low=-4, high=4)[job.at]
        with k.when(test):
            k.set(target, _finish(job, a))
        k.shared.differentiable = False
    if job.more(0.3):
        total = job.array("count num_selected num_true", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        with k.when(test):
            k.do(k.call("atomic_add", total, k.integer(0), k.integer(1), gives=t.I32))


def _blend(job: Job, dtype: t.Type, how: str) -> None:
    k, rng = job.k, job.rng
    job.start()
    a = job.read("a x first current", "a_i xi cur", dtype, -4, 4)
    b = job.read("b y second target", "b_i yi goal", dtype, -4, 4)
    way = rng.choose(("axpy", "lerp", "ema", "scale_add"))
    s = job.param("alpha a_coef weight blend", 0.05, 1.0, 0.5, 0.1, 0.9, literal=False)
    if way == "axpy":
        job.titled("axpy saxpy add_scaled scaled_add vector_axpy axpy_{s} accumulate_scaled")
        value = s * a + b if not isinstance(dtype, t.Vector) else a * s + b
    elif way == "lerp":
        job.titled("lerp_arrays blend_values mix_arrays interpolate_arrays lerp_{s} crossfade blend_{s}")
        value = k.call("lerp", a, b, s)
    elif way == "ema":
        job.titled("ema_update exponential_average update_average smooth_update running_average polyak_update")
        value = a * (1.0 - s) + b * s
    else:
        beta = job.param("beta b_coef second_weight", 0.05, 1.0, 0.5, 0.2, literal=False)
        job.titled("linear_combination weighted_sum axpby combine_arrays axpby_{s} scale_and_add")
        value = a * s + b * beta
    if rng.chance(0.3) and way in ("axpy", "ema"):
        value = job.let("updated new_val result", value)
    job.write("out result blended y_out dst", value)
    if job.more(0.3):
        diff = job.let("diff change delta", b - a)
        job.write(
            "distance change_size delta_out",
            k.call("length", diff) if isinstance(dtype, t.Vector) else k.call("abs", diff),
        )
