"""Integers of other widths: quantised values, counters, halves of words, samples."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .integer_options import number, one_if
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe


@recipe("integers of other widths: wrap-around, casts, sums", "integer:1.6", "bits signal generic")
def widths(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "sample pixel element channel")
    k.shared.differentiable = False
    job.start()
    what = rng.choose(("dequantize", "quantize", "mix", "narrow", "counter", "split", "pcm"))
    small = rng.choose((t.I8, t.I8, t.U8, t.I16, t.U16))
    low = 0 if small.kind == "u" else -20
    real = rng.choose((t.F32, t.F32, t.F64, t.F16))
    if what == "dequantize":
        job.titled("dequantize dequantize_{s} unpack_int8 int_to_float decode_quantized restore_{s} dequant_values")
        q = job.read("quantized codes {}_codes q_values", "q code qv", small, low, 20, nest=0.0)
        scale = job.param("scale quant_scale step_size", 0.01, 0.5, 0.1, 0.05, dtype=real, literal=False)
        zero = number(job, "zero_point zp offset", 2, 3, 8) if rng.chance(0.5) else None
        wide = job.let("q_i32 wide qi", k.cast(q, t.I32))
        value = k.cast(wide - zero if zero is not None else wide, real) * scale
        job.write("values dequantized floats_out", value)
        if job.more(0.3):
            job.write("is_zero zeros zero_mask", one_if(k, wide.equals(zero if zero is not None else 0)))
        return
    if what == "quantize":
        job.titled("quantize quantize_{s} float_to_int8 encode_values to_fixed quantize_values pack_floats")
        x = job.read("values x {}_values activations", "x v value", real, -2.0, 2.0, nest=0.0)
        scale = job.param("inv_scale quant_scale levels_per_unit", 2.0, 16.0, 8.0, 10.0, dtype=real)
        bounds = {t.I8: (-128, 127), t.U8: (0, 255), t.I16: (-1000, 1000), t.U16: (0, 1000)}[small]
        q = job.let("q rounded level", k.cast(k.call("floor", x * scale + 0.5), t.I32))
        q = job.let("q_clamped code clipped", k.call("clamp", q, *bounds))
        job.write("quantized codes_out q_out", k.cast(q, small))
        if job.more(0.4):
            job.write("quant_error error_out rounding_error", x - k.cast(q, real) / scale)
        return
    if what == "mix":
        job.titled("mix_channels average_{s} blend_frames mix_integers average_frames midpoint_{s} combine_{s}")
        a = job.read("frame_a left first_{s}", "a left_val", small, low, 20, nest=0.0)
        b = job.read("frame_b right second_{s}", "b right_val", small, low, 20, nest=0.0)
        wa, wb = job.let("ai a_wide wide_a", k.cast(a, t.I32)), job.let("bi b_wide wide_b", k.cast(b, t.I32))
        total = (wa + wb + 1) // 2 if rng.chance(0.5) and low == 0 else (wa + wb) >> 1 if low == 0 else (wa + wb) / 2
        job.write("mixed average_out blended", k.cast(total, small))
        if job.more(0.5):
            job.write(
                "abs_diff difference motion", k.cast(k.call("abs", wa - wb), small if small.kind == "u" else t.I32)
            )
        return
    if what == "narrow":
        job.titled("narrow_values saturate_cast clamp_cast pack_narrow convert_width downcast_{s} clip_and_cast")
        wide = job.read(
            "wide_values accumulators sums totals", "acc w_val total", rng.choose((t.I32, t.I64)), -300, 300, nest=0.0
        )
        shift = rng.choose((0, 1, 2))
        value = wide >> tree.literal(shift, wide.type) if shift and rng.chance(0.6) else wide
        bounds = {t.I8: (-128, 127), t.U8: (0, 255), t.I16: (-200, 200), t.U16: (0, 200)}[small]
        value = job.let("clipped sat limited", k.call("clamp", value, *bounds))
        job.write("narrow narrowed result_out", k.cast(value, small))
        if job.more(0.5):
            job.write(
                "saturated overflow clipped_mask",
                one_if(k, value.differs(wide))
                if not shift
                else one_if(k, k.either(value.equals(bounds[0]), value.equals(bounds[1]))),
            )
        return
    if what == "counter":
        dtype = rng.choose((t.I64, t.U64, t.U16, t.U8))
        job.titled("advance_counters update_counters increment_counts tick_counters add_to_counters accumulate_counts")
        counter = job.array("counters {}_counters ticks", dtype, None, "inout", low=0, high=20)[job.at]
        step = job.read("increments steps {}_steps deltas", "inc d step", dtype, 0, 9)
        k.augment(counter, "+", step)
        if job.more(0.6):
            limit = tree.literal(rng.choose((10, 16, 24)), dtype)
            with k.when(counter >= limit):
                if rng.chance(0.5):
                    k.augment(counter, "-", limit)
                else:
                    k.set(counter, tree.literal(0, dtype))
                if job.more(0.5):
                    k.augment(
                        job.array("wraps overflows rollovers", t.I32, None, "inout", low=0, high=3)[job.at], "+", 1
                    )
        return
    if what == "split":
        big, half, bits = rng.choose(((t.U64, t.U32, 32), (t.U32, t.U16, 16), (t.U16, t.U8, 8)))
        job.titled("split_words unpack_halves high_low_words split_{s} deinterleave_words extract_halves")
        word = job.read("packed words {}_words keys", "w word packed_val", big, 0, 60000, nest=0.0)
        amount = tree.literal(bits if big is not t.U64 else rng.choose((8, 16)), big)
        mask = tree.literal({t.U32: 0xFFFF, t.U16: 0xFFFF, t.U8: 0xFF}[half], big)
        job.write("high hi_words upper", k.cast(word >> amount, half))
        job.write("low lo_words lower", k.cast(word & mask, half))
        if job.more(0.4):
            job.write("checksum folded xor_out", k.cast((word >> amount) ^ (word & mask), half))
        return
    job.titled("pcm_to_float decode_pcm int16_to_float normalize_audio convert_samples samples_to_float pcm_decode")
    q = job.read("pcm raw_{s} pcm_data", "s raw pcm_val", t.I16 if rng.chance(0.7) else t.I8, -100, 100, nest=0.0)
    full = 32768.0 if q.type is t.I16 else 128.0
    value = k.cast(q, real) / full if real is not t.F16 else k.cast(q, real) / 128.0
    if job.more(0.5):
        value = value * job.param("gain volume level", 0.2, 2.0, 0.5, dtype=real)
    job.write("audio floats samples_out", value)
    if job.more(0.4):
        job.write("clipping is_clipped clip_mask", one_if(k, k.call("abs", k.cast(q, t.I32)) >= rng.choose((90, 95))))
