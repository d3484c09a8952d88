"""Whole numbers as bits and codes: counts and tricks of bits, flags, fixed point."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .integer_options import number, one_if
from .jobs import Job
from .tree import Expr


def bits(job: Job) -> None:
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


def flags(job: Job) -> None:
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


def fixed(job: Job) -> None:
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
