"""Integers element by element: indices, sizes, bits, flags, times, scores."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr

FIELDS = "bits generic sparse signal"


def number(job: Job, names: str, *values: int) -> Expr:
    """An integer that tunes a task: as written, named, an argument, one per thing."""
    k, rng = job.k, job.rng
    value = rng.choose(values)
    low, high = min(values), max(values)
    how = rng.weighted({"literal": 3.0, "argument": 3.0, "constant": 2.0, "each": 0.7 if job.at else 0.0})
    if how == "argument":
        return job.scalar(names, t.I32, low, high)
    if how == "constant":
        return k.constant(value, t.I32, job.words(names))
    if how == "each":
        entry = job.array(
            " ".join(f"{{}}_{name}" for name in names.split() if len(name) > 2), t.I32, low=low, high=high
        )[job.at]
        return job.let(names, entry)
    return k.integer(value)


def one_if(k: Kernel, test: Expr) -> Expr:
    """A condition as 1 or 0."""
    if k.rng.chance(0.6):
        return k.where(test, k.integer(1), k.integer(0))
    return k.cast(test, t.I32)


@recipe("integer arithmetic and bits element by element", "integer:1.7 arithmetic:0.17", FIELDS, "map")
def map_integer(k: Kernel) -> None:
    job = Job(k, "element item entry")
    k.shared.differentiable = False
    _TASKS[job.rng.choose(tuple(_TASKS))](job)


def _unravel(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("cell", "cells"), ("voxel", "voxels"), ("pixel", "pixels"), ("tile", "tiles"), ("block", "blocks"))
    )
    job.titled(
        "unravel_index linear_to_grid decode_index flat_to_coords"
        " index_to_{}_coords {}_coords split_index unflatten_{s} decode_{}_ids"
    )
    job.start()
    ndim = rng.choose((2, 3, 3)) if k.shared.size != "large" else rng.choose((3, 4))
    index = job.read("flat_ids linear_index {}_ids indices flat_index", "idx flat lin {}_id", t.I32, 0, 500, nest=0.0)
    names = ("x col i", "y row j", "z slice k_", "w t_idx frame")[:ndim]
    sizes = [
        number(job, words, *values)
        for words, values in zip(
            ("nx width size_x", "ny height size_y", "nz depth size_z"), ((4, 8, 16), (4, 8, 5), (2, 4, 3)), strict=True
        )
    ][: ndim - 1]
    parts: list[Expr] = []
    rest = index
    for n, size in enumerate(sizes):
        parts.append(job.let(names[n], rest % size))
        rest = job.let(f"rest{n or ''} rem{n or ''} left{n or ''}", rest // size) if n < ndim - 2 else rest // size
    parts.append(job.let(names[ndim - 1], rest))
    if rng.chance(0.4) and ndim <= 4:
        job.write("coords {}_coords cell_ijk grid_pos", k.make(t.vec(ndim, t.I32), *parts))
    else:
        for part, words in zip(
            parts, ("xs x_out cols", "ys y_out rows", "zs z_out slices", "ws frames_out"), strict=False
        ):
            job.write(words, part)
    if job.more(0.35):
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        job.write("parity color checker {}_color", total % 2 if rng.chance(0.6) else total & 1)
    if job.more(0.3):
        back = parts[-1]
        for part, size in zip(reversed(parts[:-1]), reversed(sizes), strict=True):
            back = back * size + part
        shifted = rng.choose((1, -1))
        job.write(
            "neighbor_ids next_index right_neighbor" if shifted > 0 else "previous_ids left_neighbor", back + shifted
        )


def _ravel(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("cell", "cells"), ("voxel", "voxels"), ("bin", "bins"), ("tile", "tiles"), ("particle", "particles"))
    )
    job.titled(
        "ravel_index coords_to_linear flatten_coords cell_index"
        " compute_{}_index linear_index grid_to_linear encode_coords {}_to_index"
    )
    job.start()
    ndim = rng.choose((2, 3))
    parts: list[Expr]
    if rng.chance(0.5):
        c = job.read("coords {}_coords ijk grid_pos", "c coord ijk p", t.vec(ndim, t.I32), -4, 20, nest=0.0)
        parts = k.components(c)
    else:
        parts = [
            job.read(a, b, t.I32, -4, 20, nest=0.0)
            for a, b in (("xs cols x_idx", "x col"), ("ys rows y_idx", "y row"), ("zs slices z_idx", "z slice"))[:ndim]
        ]
    sizes = [
        number(job, words, *values)
        for words, values in zip(
            ("nx width size_x", "ny height size_y", "nz depth size_z"), ((4, 8, 16), (4, 8, 5), (4, 3)), strict=True
        )
    ][:ndim]
    how = rng.choose(("clamp", "wrap", "reject"))
    if how == "reject":
        tests = [test for p, s in zip(parts, sizes, strict=True) for test in (p < 0, p >= s)]
        target = job.array("linear_ids {}_index flat_index index_out", t.I32, None, "out")
        with k.when(k.either(*tests)):
            k.set(target[job.at], -1)
            k.give()
    else:
        inside = []
        for p, s, letter in zip(parts, sizes, "xyz", strict=False):
            value = k.call("clamp", p, k.integer(0), s - 1) if how == "clamp" else (p % s + s) % s
            inside.append(job.let(f"{letter}c {letter}i {letter}_in safe_{letter}", value))
        parts = inside
        target = job.array("linear_ids {}_index flat_index index_out", t.I32, None, "out")
    value = parts[-1]
    for p, s in zip(reversed(parts[:-1]), reversed(sizes[:-1]), strict=True):
        value = value * s + p
    k.set(target[job.at], job.maybe("linear idx lin flat", value))
    if job.more(0.3):
        size = number(job, "block_size tile_size brick", 2, 4)
        job.write(
            "block_ids tile_ids bricks",
            parts[-1] // size * number(job, "blocks_per_row tiles_per_row", 4, 8) + parts[0] // size,
        )


def _sizes(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("batch", "batches"), ("buffer", "buffers"), ("row", "rows"), ("segment", "segments"), ("request", "requests"))
    )
    job.titled(
        "pad_sizes align_sizes round_up_sizes compute_padding"
        " aligned_size {}_blocks num_blocks_per_{} plan_{s} padded_length"
    )
    job.start()
    size = job.read("sizes lengths {}_sizes counts num_items", "size n length count", t.I32, 0, 200, nest=0.0)
    block = rng.choose((4, 8, 16, 32))
    blocks = number(job, "block_size alignment granularity align", block)
    how = rng.integer(0, 2)
    count = job.let("num_blocks blocks groups chunks", (size + blocks - 1) // blocks)
    padded = count * blocks
    if how == 0 and not isinstance(blocks, tree.Name):
        padded = (size + (block - 1)) & ~k.integer(block - 1)
    padded = job.let("padded aligned rounded total_size", padded)
    job.write("padded_sizes aligned_sizes {}_padded sizes_out", padded)
    if rng.chance(0.5):
        job.write("num_blocks_out block_counts {}_blocks", count)
    if job.more(0.5):
        job.write("padding waste slack pad_amount", padded - size)
    if job.more(0.35):
        job.write("tail remainder last_block", size % blocks)
    if job.more(0.3):
        limit = number(job, "capacity max_size limit", 64, 128)
        job.write("fits within_capacity accepted", one_if(k, padded <= limit))


def _bits(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("word", "words"), ("mask", "masks"), ("code", "codes"), ("key", "keys"), ("board", "boards"))
    )
    job.start()
    unsigned = rng.chance(0.4)
    dtype = t.U32 if unsigned else t.I32
    a = job.read("{s} bit_words bits values", "w bits x {}_val", dtype, 0, 1023, nest=0.0)
    what = rng.choose(("stats", "hamming", "gray", "lowest", "power", "jaccard"))
    one: Expr = tree.literal(1, dtype)
    if what in ("hamming", "jaccard"):
        job.titled(
            "hamming_distance compare_bits bit_distance count_differing_bits {}_distance descriptor_distance"
            if what == "hamming"
            else "bit_overlap jaccard_bits mask_overlap tanimoto overlap_score compare_{s}"
        )
        if rng.chance(0.5):
            b = job.scalar("query reference target_bits probe", dtype, 0, 1023)
        else:
            b = job.read("others references targets {}_ref", "other ref b", dtype, 0, 1023, nest=0.0)
        if what == "hamming":
            d = job.let("dist hamming d diff_bits", k.call("bit_count", a ^ b))
            job.write("distances hamming_out dist_out", d)
            if job.more(0.5):
                limit = rng.choose((2, 3, 5))
                job.write("matches is_close similar", one_if(k, d <= limit))
            return
        both = job.let("common shared inter", k.call("bit_count", a & b))
        either = job.let("total union_bits either", k.call("bit_count", a | b))
        ratio = k.cast(both, k.real) / k.cast(k.call("max", either, 1), k.real)
        job.write("similarity overlap score", ratio)
        if job.more(0.5):
            job.write("common_bits shared_count intersection", both)
        return
    if what == "gray":
        job.titled("gray_code to_gray binary_to_gray encode_gray gray_encode {s}_to_gray")
        g = job.let("gray g code_out", a ^ (a >> one))
        job.write("gray_codes gray_out encoded", g)
        if job.more(0.5):
            job.write("parity odd_bits parity_out", k.call("bit_count", a) & 1)
        if job.more(0.4):
            nxt = job.let("next_val succ a1", a + one)
            job.write("flipped changed_bit toggled_bit", g ^ (nxt ^ (nxt >> one)))
        return
    if what == "lowest":
        job.titled("lowest_set_bit isolate_lowest_bit lsb extract_lsb strip_lowest_bit first_set_bit peel_bit")
        low = job.let("lsb low lowest", a & (~a + one) if unsigned else a & -a)
        job.write("lowest lsb_out first_bit", low)
        if rng.chance(0.5):
            job.write("rest cleared remaining", a ^ low if rng.chance(0.5) else a & (a - one))
        if job.more(0.5):
            job.write("position bit_index trailing_zeros", k.call("bit_count", low - one))
        return
    if what == "power":
        job.titled("is_power_of_two check_powers power_of_two_mask test_power_of_two flag_powers")
        pow2 = k.both(a.differs(0), (a & (a - one)).equals(0))
        job.write("is_pow2 power_flags is_power", one_if(k, pow2))
        if job.more(0.6):
            job.write("set_bits popcounts bit_counts", k.call("bit_count", a))
        return
    job.titled("count_bits popcount bit_statistics count_set_bits {}_popcount bit_stats analyze_{s}")
    count = job.let("ones set_bits pop n_bits", k.call("bit_count", a))
    job.write("popcounts bit_counts ones_out", count)
    if rng.chance(0.5):
        job.write("parity parity_out is_odd", count & 1)
    if job.more(0.4):
        mask = tree.literal(rng.choose((15, 255, 85)), dtype)
        job.write("masked_counts low_bits_set nibble_counts", k.call("bit_count", a & mask))
    if job.more(0.3):
        job.write("density fill fraction_set", k.cast(count, k.real) / (32.0 if rng.chance(0.5) else 10.0))


def _flags(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("particle", "particles"), ("body", "bodies"), ("entity", "entities"), ("shape", "shapes"), ("node", "nodes"))
    )
    job.start()
    job.titled("update_flags set_{}_flags {}_flags modify_flags apply_flags test_flags mark_{s} refresh_{}_flags")
    flags = job.read("{}_flags flags status", "f flags_in flag_bits", t.I32, 0, 15, nest=0.0)
    named = rng.chance(0.5)
    words = rng.sample(("active", "visible", "static", "sleeping", "colliding", "dirty", "selected", "fixed"), 3)
    bits = [k.constant(1 << n, t.I32, f"={word}_bit") if named else k.integer(1 << n) for n, word in enumerate(words)]
    value = job.var("new_flags result updated f_new", flags)
    for n in range(rng.integer(1, {"small": 1, "medium": 2, "large": 3}[k.shared.size])):
        how = rng.choose(("set", "clear", "toggle", "copy"))
        source = rng.choose(("flag", "number"))
        if source == "flag":
            test = job.array(f"is_{words[n]} {words[n]} {words[n]}_mask", t.BOOL, low=0, high=1)[job.at]
        else:
            x = job.read(
                f"{words[n]}_values {words[n]}_level {words[n]}_score", f"{words[n]}_val level{n}", t.I32, 0, 9
            )
            test = x > number(job, f"{words[n]}_threshold {words[n]}_limit", 3, 5)
        with k.when(test):
            if how == "set" or how == "copy":
                k.set(value, value | bits[n])
            elif how == "clear":
                k.set(value, value & ~bits[n])
            else:
                k.set(value, value ^ bits[n])
        if how == "copy":
            with k.otherwise():
                k.set(value, value & ~bits[n])
    job.write("flags_out {}_flags_out new_flags_out updated_flags", value)
    if job.more(0.5):
        job.write(f"is_{words[2]}_out has_{words[2]} {words[2]}_out", one_if(k, (value & bits[2]).differs(0)))
    if job.more(0.4):
        job.write("changed flag_changes dirty_bits", value ^ flags)


def _time(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("event", "events"), ("sample", "samples"), ("record", "records"), ("trip", "trips"))
    )
    job.start()
    if rng.chance(0.5):
        job.titled(
            "split_seconds seconds_to_hms decode_time format_durations time_of_day {}_time_fields break_down_time"
        )
        s = job.read("seconds durations timestamps {}_seconds elapsed", "s sec total_sec", t.I32, 0, 100000, nest=0.0)
        hours = job.let("hours h hh", s // 3600)
        minutes = job.let("minutes m mm", (s % 3600) // 60 if rng.chance(0.5) else s // 60 % 60)
        job.write("hours_out hours h_out", hours % 24 if rng.chance(0.5) else hours)
        job.write("minutes_out minutes_of_hour m_out", minutes)
        job.write("seconds_out secs s_out", s % 60)
        if job.more(0.4):
            job.write("is_night night after_hours", one_if(k, k.either(hours % 24 < 6, hours % 24 >= 22)))
        return
    job.titled("leap_years is_leap_year days_in_year classify_years days_in_month calendar_days {}_leap_year")
    year = job.read("years {}_years year_values", "y year yr", t.I32, 1900, 2100, nest=0.0)
    leap = k.either(k.both((year % 4).equals(0), (year % 100).differs(0)), (year % 400).equals(0))
    if rng.chance(0.6):
        leap = job.let("leap is_leap", leap)
    job.write("leap_out is_leap_out leap_flags", one_if(k, leap))
    if job.more(0.6):
        job.write("days days_in_year year_days", k.where(leap, k.integer(366), k.integer(365)))
    if job.more(0.5):
        month = job.read("months {}_months month_idx", "month mon m", t.I32, 1, 12, nest=0.0)
        days = job.var("n_days month_len days_m", k.integer(31))
        with k.when(month.equals(2)):
            k.set(days, k.where(leap, k.integer(29), k.integer(28)))
        with k.otherwise_when(k.either(month.equals(4), month.equals(6), month.equals(9), month.equals(11))):
            k.set(days, 30)
        job.write("days_in_month month_days month_length", days)
    if job.more(0.3):
        job.write("century centuries", (year - 1) // 100 + 1)


def _cells(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("agent", "agents"), ("unit", "units"), ("cell", "cells"), ("robot", "robots"), ("tile", "tiles"))
    )
    job.titled(
        "grid_distance manhattan_distance {}_distance"
        " lattice_distance cell_distances chebyshev_distance goal_distance {s}_to_goal"
    )
    job.start()
    ndim = rng.choose((2, 2, 3))
    if rng.chance(0.5):
        p = job.read("cells {}_cells coords grid_pos", "c cell pos", t.vec(ndim, t.I32), -8, 8, nest=0.0)
        q = job.scalar("goal target destination", t.vec(ndim, t.I32), -8, 8)
        deltas = [
            job.let(f"d{c} delta_{c}", k.call("abs", a - b))
            for a, b, c in zip(k.components(p), k.components(q), "xyz", strict=False)
        ]
    else:
        deltas = []
        for c in "xyz"[:ndim]:
            a = job.read(f"{c}_cells {c}s pos_{c}", f"{c} {c}_cell", t.I32, -8, 8)
            b = (
                job.scalar(f"goal_{c} target_{c}", t.I32, -8, 8)
                if rng.chance(0.6)
                else job.read(f"goal_{c}s target_{c}s", f"g{c} goal_{c}", t.I32, -8, 8)
            )
            deltas.append(job.let(f"d{c} delta_{c}", k.call("abs", a - b)))
    far = deltas[0]
    total = deltas[0]
    for d in deltas[1:]:
        far, total = k.call("max", far, d), total + d
    far, total = job.let("cheb far longest", far), job.let("manhattan steps l1", total)
    which = rng.integer(0, 2)
    if which != 1:
        job.write("manhattan_out l1_dist distances", total)
    if which != 0:
        job.write("chebyshev king_moves moves", far)
    if job.more(0.4):
        reach = number(job, "reach range_limit max_steps", 2, 4, 6)
        job.write("in_range reachable within_reach", one_if(k, (total if which != 1 else far) <= reach))
    if job.more(0.4) and ndim == 2:
        # Diagonal steps cost more.
        job.write("cost octile octile_cost", 10 * far + 4 * k.call("min", deltas[0], deltas[1]))


def _fixed(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("sample", "samples"), ("value", "values"), ("channel", "channels"), ("pixel", "pixels"))
    )
    bits = rng.choose((4, 8, 10))
    job.start()
    what = rng.choose(("multiply", "saturate", "blend", "quantize"))
    a = job.read("a_values {s}_a left_values inputs", "a x left", t.I32, -100, 100, nest=0.0)
    if what == "quantize":
        job.titled("quantize_levels requantize reduce_bit_depth posterize quantize_{s} snap_to_step")
        step = number(job, "step quantum bin_size", 4, 8, 10)
        level = job.let("level q step_idx", (a + 100) // step)
        job.write("levels quantized codes_out", level)
        if rng.chance(0.6):
            job.write("restored snapped dequantized", level * step - 100)
        if job.more(0.5):
            job.write("error quant_error residual", a - (level * step - 100))
        return
    b = job.read("b_values {s}_b right_values others", "b y right", t.I32, -100, 100, nest=0.0)
    if what == "multiply":
        job.titled("fixed_point_multiply fixed_mul multiply_fixed scale_fixed fixed_point_scale q_multiply")
        shift = number(job, "frac_bits shift q_bits", bits)
        half = k.integer(1) << (shift - 1)
        value = (a * b + half) >> shift if rng.chance(0.5) else (a * b) >> shift
        value = job.let("prod result scaled", value)
        job.write("products results_out scaled_out", value)
        if job.more(0.5):
            bound = number(job, "limit max_value clip", 50, 100, 127)
            job.write("clipped saturated clamped_out", k.call("clamp", value, -bound, bound))
        return
    if what == "saturate":
        job.titled("saturating_add add_saturate mix_saturated clipped_sum saturate_add add_clamped combine_{s}")
        top = number(job, "max_value limit upper", 100, 127)
        total = job.let("total s sum_ab", a + b if rng.chance(0.6) else a - b)
        value = k.call("clamp", total, -top - 1 if rng.chance(0.5) else -top, top)
        job.write("sums saturated result_out", value)
        if job.more(0.5):
            job.write("overflowed clipped_flag overflow", one_if(k, k.call("abs", total) > top))
        return
    job.titled("blend_integers integer_lerp mix_{s} alpha_blend_int crossfade blend_{s}")
    alpha = number(job, "alpha weight mix_level", 64, 128, 200)
    value = (a * alpha + b * (256 - alpha)) >> 8 if rng.chance(0.5) else b + ((a - b) * alpha >> 8)
    job.write("blended mixed_out result_out", value)
    if job.more(0.5):
        job.write("difference abs_diff contrast", k.call("abs", a - b))


def _classes(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (
            ("student", "students"),
            ("sample", "samples"),
            ("customer", "customers"),
            ("node", "nodes"),
            ("reading", "readings"),
        )
    )
    job.start()
    what = rng.choose(("levels", "signs", "median", "priority"))
    if what == "levels":
        job.titled(
            "classify_scores assign_grades score_to_level bucket_{s} grade_{s} level_from_count label_{s} assign_tier"
        )
        x = job.read("scores counts {}_score points_total", "score s count", t.I32, 0, 100, nest=0.0)
        cuts = rng.choose(((50, 70, 90), (25, 50, 75), (10, 40, 80), (20, 60, 95)))
        named = rng.chance(0.5)
        limits = [
            k.scalar(job.words(f"{w}_cut {w}_limit {w}_score"), t.I32, c, c + 4) if named else k.integer(c)
            for w, c in zip(("low", "mid", "high"), cuts, strict=True)
        ]
        grade = job.var("level grade tier cls", k.integer(0))
        if rng.chance(0.5):
            for n, cut in enumerate(limits):
                with k.when(x >= cut):
                    k.set(grade, n + 1)
        else:
            with k.when(x >= limits[2]):
                k.set(grade, 3)
            with k.otherwise_when(x >= limits[1]):
                k.set(grade, 2)
            with k.otherwise_when(x >= limits[0]):
                k.set(grade, 1)
        job.write("levels grades tiers {}_level", grade)
        if job.more(0.5):
            job.write("passed is_pass qualifies", one_if(k, grade > 0))
        if job.more(0.4):
            job.write("margin above_cut points_over", x - limits[0])
        return
    if what == "signs":
        job.titled("trend_signs sign_of_change compare_counts change_direction {}_trend movement_direction delta_signs")
        old = job.read("previous old_counts {}_before last_values", "old before prev", t.I32, -20, 20, nest=0.0)
        new = job.read("current new_counts {}_after values_now", "new after cur", t.I32, -20, 20, nest=0.0)
        change = job.let("change delta diff", new - old)
        job.write("direction trend sign_out", k.call("sign", change))
        if rng.chance(0.6):
            job.write("changed is_changed moved", k.call("nonzero", change))
        if job.more(0.5):
            job.write("dropped fell is_negative", k.call("step", change))
        if job.more(0.5):
            job.write("magnitude size_of_change abs_change", k.call("abs", change))
        return
    if what == "median":
        job.titled("median_of_three middle_value median3_int vote_median sort_three order_{s} rank_three")
        a, b, c = (
            job.read(f"{w}_values {w}_readings {w}", f"{v} {w}_val", t.I32, -50, 50, nest=0.0)
            for w, v in (("first", "a"), ("second", "b"), ("third", "c"))
        )
        lo, hi = job.let("lo smaller low_ab", k.call("min", a, b)), job.let("hi larger high_ab", k.call("max", a, b))
        job.write("median middle mid_out", k.call("max", lo, k.call("min", hi, c)))
        if rng.chance(0.6):
            job.write("lowest smallest min_out", k.call("min", lo, c))
        if job.more(0.6):
            job.write("highest largest max_out", k.call("max", hi, c))
        return
    job.titled("schedule_{s} update_schedule is_due staggered_update select_due round_robin due_this_step tick_{s}")
    step = job.scalar("step frame tick sim_step", t.I32, 0, 50)
    period = number(job, "period interval every stride", 2, 4, 5)
    own = (
        job.read("offsets phases {}_phase stagger", "phase off offset", t.I32, 0, 9, nest=0.0)
        if rng.chance(0.6)
        else job.at[-1]
    )
    turn = job.let("turn slot cycle_pos", (step + own) % period)
    job.write("due is_due run_now", one_if(k, turn.equals(0)))
    if job.more(0.6):
        job.write("wait steps_left remaining", k.where(turn.equals(0), k.integer(0), period - turn))
    if job.more(0.4):
        job.write("runs num_runs times_run", (step + own) // period)


def _ring(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("queue", "queues"), ("buffer", "buffers"), ("stream", "streams"), ("channel", "channels"))
    )
    job.titled(
        "ring_buffer_status advance_ring update_queues"
        " ring_positions {}_status advance_{}_heads circular_index queue_fill"
    )
    job.start()
    head = job.read("heads head_ids {}_head write_pos", "head wr h", t.I32, 0, 31, nest=0.0)
    tail = job.read("tails tail_ids {}_tail read_pos", "tail rd tl", t.I32, 0, 31, nest=0.0)
    capacity = number(job, "capacity ring_size cap", 32)
    used = job.let("used fill num_used count", (head - tail + capacity) % capacity)
    job.write("used_out fill_out num_queued", used)
    if rng.chance(0.6):
        push = job.read("pushes num_new incoming", "push n_new incoming_n", t.I32, 0, 8, nest=0.0)
        room = job.let("room free space", capacity - 1 - used)
        taken = job.let("accepted taken n_push", k.call("min", push, room))
        job.write("head_next new_heads head_out", (head + taken) % capacity)
        if job.more(0.5):
            job.write("dropped rejected lost", push - taken)
    if job.more(0.5):
        job.write("is_empty empty", one_if(k, head.equals(tail)))
    if job.more(0.4):
        job.write("is_full full", one_if(k, used.equals(capacity - 1) if rng.chance(0.5) else used >= capacity - 1))


def _packing(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("order", "orders"), ("job", "jobs"), ("account", "accounts"), ("shipment", "shipments"), ("line", "lines"))
    )
    job.titled(
        "split_into_boxes make_change pack_{s} divide_items {}_change distribute_items break_into_units count_coins"
    )
    job.start()
    amount = job.read("amounts quantities {}_items totals", "amount qty n_items", t.I32, 0, 300, nest=0.0)
    units = rng.choose(((25, 10, 5), (50, 20, 5), (100, 20, 10), (12, 6, 2)))[
        : {"small": 1, "medium": 2, "large": 3}[k.shared.size]
    ]
    words = ("large", "medium", "small")
    rest = amount
    for n, unit in enumerate(units):
        size = number(job, f"{words[n]}_unit {words[n]}_size {words[n]}_box", unit)
        count = job.let(f"n_{words[n]} num_{words[n]}", rest // size)
        job.write(f"{words[n]}_count {words[n]}_units num_{words[n]}_out", count)
        rest = job.let(f"rest_{n} left_{n} rem_{n}", rest - count * size if rng.chance(0.5) else rest % size)
    job.write("leftover remainder remaining_items", rest)
    if job.more(0.3):
        price = job.read("prices unit_price {}_price", "price p", t.I32, 1, 9)
        job.write("cost value total_price", amount * price)


_TASKS: dict[str, Callable[[Job], None]] = {
    "unravel": _unravel,
    "ravel": _ravel,
    "sizes": _sizes,
    "bits": _bits,
    "more bits": _bits,
    "flags": _flags,
    "time": _time,
    "cells": _cells,
    "fixed": _fixed,
    "classes": _classes,
    "more classes": _classes,
    "ring": _ring,
    "packing": _packing,
}
"""Tasks by name; what is here twice is drawn twice as often."""
