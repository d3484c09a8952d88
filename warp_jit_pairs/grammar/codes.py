"""Codes: Morton codes, packed fields, colours, reversed bits, checks, runs, characters."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Body
from .integer_options import number, one_if
from .jobs import Job
from .kernel import Kernel
from .recipes import recipe
from .tree import Expr
from .unsigned import u


@recipe("Morton and other codes: interleave, pack, unpack, reverse", "integer:0.77", "bits render geometry")
def codes(k: Kernel) -> None:
    job = Job(k, "particle point voxel cell vertex pixel")
    k.shared.differentiable = False
    what = job.pick(
        interleave=1.6, spread=1.4, pack=1.4, unpack=1.4, reverse=1.0, color=1.4, crc=1.0, rle=0.8, ascii=0.8
    )
    {
        "interleave": _interleave,
        "spread": _spread,
        "pack": _pack,
        "unpack": _unpack,
        "reverse": _reverse,
        "color": _color,
        "crc": _crc,
        "rle": _decode,
        "ascii": _ascii,
    }[what](job)


def _coordinates(job: Job, ndim: int) -> list[Expr]:
    """Whole coordinates of a thing, as they are stored or from its position."""
    k, rng = job.k, job.rng
    if rng.chance(0.4):
        p = job.read("positions points {}_pos x", "p x pos", t.vec(ndim, k.real), 0.0, 1.0, nest=0.0)
        cells = number(job, "resolution grid_res cells_per_side", 64, 128, 255)
        size = k.cast(cells, k.real)
        return [
            job.let(f"{c}u u{c} q{c} {c}_bits", k.cast(k.cast(k.call("clamp", a, 0.0, 1.0) * size, t.I32), t.U32))
            for a, c in zip(k.components(p), "xyz", strict=False)
        ]
    if rng.chance(0.4):
        c = job.read("coords cells {}_coords ijk", "c cell ijk_i", t.vec(ndim, t.I32), 0, 255, nest=0.0)
        return [
            job.let(f"{a}u u{a} q{a} {a}_bits", k.cast(part, t.U32))
            for part, a in zip(k.components(c), "xyz", strict=False)
        ]
    return [
        job.let(
            f"{c}u u{c} q{c} {c}_bits",
            k.cast(job.array(f"{c}_coords {c}s {c}_cells", t.I32, low=0, high=255)[job.at], t.U32),
        )
        for c in "xyz"[:ndim]
    ]


_MORTON = "morton_codes compute_morton morton_encode z_order_codes encode_morton {}_morton morton_keys zorder_index"


def _finish_key(job: Job, code: Expr) -> None:
    k = job.k
    job.write("morton keys codes_out {}_keys sort_keys", code)
    if job.more(0.35):
        job.write("order ids {}_order indices_out", job.at[-1])
    if job.more(0.3):
        level = number(job, "level depth shift_levels", 2, 3, 4)
        job.write("parent_keys coarse_keys node_keys", code >> k.cast(level * 3, t.U32))


def _interleave(job: Job) -> None:
    k, rng = job.k, job.rng
    ndim = rng.choose((2, 3))
    job.titled(_MORTON)
    job.start()
    parts = _coordinates(job, ndim)
    code = job.var("code key morton", u(k, 0))
    bits = rng.choose((6, 8, 10))
    with k.loop(job.words("bit b i_bit"), bits) as bit:
        shift = job.let("s shift pos", k.cast(bit, t.U32))
        for axis, part in enumerate(parts):
            one = (part >> shift) & u(k, 1)
            to = k.cast(ndim * bit + axis if axis else bit * ndim, t.U32)
            k.set(code, code | (one << to))
    _finish_key(job, code)


def _spread(job: Job) -> None:
    """Morton codes by spreading bits with masks, in a function."""
    k, rng = job.k, job.rng
    ndim = rng.choose((2, 3))
    job.titled(_MORTON)
    job.start()
    parts = _coordinates(job, ndim)
    masks = (
        ((0, 0xFFFF), (8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555))
        if ndim == 2
        else ((0, 0x3FF), (16, 0x30000FF), (8, 0x300F00F), (4, 0x30C30C3), (2, 0x9249249))
    )

    def spread(body: Body, value: Expr) -> Expr:
        x = body.let(job.words("v x n"), value & u(body, masks[0][1]))
        for shift, mask in masks[1:-1]:
            x = body.let(job.words("v x n"), (x | (x << u(body, shift))) & u(body, mask))
        return (x | (x << u(body, masks[-1][0]))) & u(body, masks[-1][1])

    part = job.routine(
        "expand_bits spread_bits part1by1 part1by2 split_bits dilate_bits"
        if ndim == 3
        else "part1by1 spread_bits expand_bits interleave_zeros",
        spread,
        ("value bits a", t.U32, 0, 4e9),
        share=1.0,
    )
    code = part(parts[0])
    for axis, other in enumerate(parts[1:], 1):
        code = code | (part(other) << u(k, axis))
    _finish_key(job, job.let("code key morton", code))


_FIELDS = (
    ("material", "layer", "flags", "owner"),
    ("x", "y", "z", "level"),
    ("type_id", "state", "count", "group"),
    ("hour", "minute", "second", "day"),
)


def _pack(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled(
        "pack_fields pack_{}_data encode_fields pack_attributes pack_bits build_keys pack_{}_ids encode_{}_record"
    )
    job.start()
    layout = rng.choose(((8, 8, 8), (5, 6, 5), (10, 10, 10), (11, 11, 10), (8, 8, 8, 8), (12, 12), (4, 4, 8)))
    names = rng.choose(_FIELDS)
    code: Expr | None = None
    offset = 0
    masked = rng.chance(0.6)
    for width, name in zip(layout, names, strict=False):
        value = job.array(f"{name}s {name}_values {name}_in", t.I32, low=0, high=15)[job.at]
        part = k.cast(value, t.U32)
        if masked:
            part = part & u(k, (1 << width) - 1)
        part = job.let(f"{name}_bits {name}_u u_{name}", part)
        shifted = part << u(k, offset) if offset else part
        code = shifted if code is None else code | shifted
        offset += width
    assert code is not None
    if job.more(0.4):
        code = job.let("packed word code", code)
        job.write("parity check parity_bits", k.call("bit_count", code) & 1)
    job.write("packed words keys {}_words codes_out", code)


def _unpack(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled(
        "unpack_fields decode_fields unpack_{}_data extract_bits unpack_words split_keys decode_{s} unpack_attributes"
    )
    job.start()
    word = job.read("packed words keys {}_words codes_in", "word key w packed_val", t.U32, 0, 100000, nest=0.0)
    layout = rng.choose(((8, 8, 8), (5, 6, 5), (4, 4, 8), (6, 4, 6), (3, 5, 8), (8, 4, 4)))
    names = rng.choose(_FIELDS)
    count = {"small": 2, "medium": rng.choose((2, 3)), "large": 3}[k.shared.size]
    offset = 0
    values = []
    for width, name in zip(layout[:count], names, strict=False):
        field = (word >> u(k, offset)) & u(k, (1 << width) - 1) if offset else word & u(k, (1 << width) - 1)
        value = job.maybe(f"{name} {name}_val", k.cast(field, t.I32))
        job.write(f"{name}s {name}_out {name}_values", value)
        values.append(value)
        offset += width
    if job.more(0.35):
        wanted = number(job, f"wanted_{names[0]} target_{names[0]}", 1, 3, 5)
        job.write("matches selected is_match", one_if(k, values[0].equals(wanted)))


def _reverse(job: Job) -> None:
    k, rng = job.k, job.rng
    what = rng.choose(("bits", "bytes", "log2", "swap"))
    job.start()
    word = job.read("words codes keys indices", "word w code", t.U32, 0, 100000, nest=0.0)
    if what == "bits":
        job.titled("reverse_bits bit_reverse bit_reversal_permutation reverse_words bit_reversed_index flip_bit_order")
        width = rng.choose((8, 16, 32))
        rest, out = job.var("rest v x", word), job.var("reversed_bits out_word r", u(k, 0))
        with k.loop(job.words("b bit step"), width):
            k.set(out, (out << u(k, 1)) | (rest & u(k, 1)))
            k.augment(rest, ">>", u(k, 1))
        job.write("reversed words_out bit_reversed", out)
        return
    if what == "log2":
        job.titled("integer_log2 ilog2 highest_bit bit_length compute_levels floor_log2 msb_index")
        rest, count = job.var("rest v x", word), job.var("log level n", k.integer(0))
        with k.repeat(rest > u(k, 1)):
            k.augment(rest, ">>", u(k, 1))
            k.augment(count, "+", 1)
        job.write("levels log2_out msb", count)
        if job.more(0.5):
            job.write("ones set_bits", k.call("bit_count", word))
        return
    if what == "bytes":
        job.titled("swap_bytes byte_swap change_endianness endian_swap to_big_endian reverse_bytes")
        swapped = (
            ((word & u(k, 0xFF)) << u(k, 24))
            | ((word & u(k, 0xFF00)) << u(k, 8))
            | ((word >> u(k, 8)) & u(k, 0xFF00))
            | (word >> u(k, 24))
        )
    else:
        by = rng.choose((5, 7, 8, 13, 16))
        job.titled("rotate_words rotate_left rotl rotate_bits circular_shift rotl_words")
        swapped = (word << u(k, by)) | (word >> u(k, 32 - by))
    if job.more(0.4):
        swapped = job.let("swapped rotated out_word", swapped)
        job.write("changed_bits differing num_changed", k.call("bit_count", swapped ^ word))
    job.write("words_out swapped_out rotated_out result", swapped)


def _color(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = "pixel", "pixels"
    job.start()
    if rng.chance(0.5):
        job.titled(
            "pack_colors encode_rgb colors_to_rgb8 pack_rgb color_to_int float_to_rgba quantize_colors rgb_to_uint"
        )
        color = job.read("colors {}_colors rgb framebuffer", "c rgb color", t.vec(3, k.real), 0.0, 1.0, nest=0.0)
        parts = []
        rounded = rng.chance(0.5)
        gamma = job.more(0.2)
        for c, name in zip(k.components(color), "rgb", strict=True):
            value = k.call("clamp", c, 0.0, 1.0)
            if gamma:
                value = k.call("sqrt", value)
            scaled = value * 255.0
            parts.append(job.let(f"{name}8 {name} {name}_byte", k.cast(scaled + 0.5 if rounded else scaled, t.I32)))
        if rng.chance(0.3):
            parts.reverse()
        if rng.chance(0.3):
            job.write("packed rgb565 colors16", ((parts[0] >> 3) << 11) | ((parts[1] >> 2) << 5) | (parts[2] >> 3))
        else:
            job.write("packed rgb8 packed_colors {}_out", (parts[0] << 16) | (parts[1] << 8) | parts[2])
        if job.more(0.35):
            job.write("luma gray8 brightness", (parts[0] * 77 + parts[1] * 150 + parts[2] * 29) >> 8)
        return
    job.titled("unpack_colors decode_rgb rgb8_to_float unpack_rgb int_to_color decode_{s} split_channels")
    word = job.read("packed rgb8 packed_colors {s}", "c rgba px", t.I32, 0, 100000, nest=0.0)
    channels = [
        job.let(f"{name}8 {name} {name}_byte", (word >> shift) & 255 if shift else word & 255)
        for name, shift in (("r", 16), ("g", 8), ("b", 0))
    ]
    vector = t.vec(3, k.real)
    reals = [k.cast(c, k.real) / 255.0 for c in channels]
    job.write("colors rgb colors_out float_colors", k.make(vector, *reals))
    if job.more(0.4):
        job.write("luma gray brightness", (channels[0] * 77 + channels[1] * 150 + channels[2] * 29) >> 8)
    if job.more(0.3):
        job.write("max_channel value_out peak", k.call("max", channels[0], k.call("max", channels[1], channels[2])))


def _crc(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("packet", "packets"), ("message", "messages"), ("block", "blocks"), ("record", "records"))
    )
    job.start(sizes=(16,))
    width = rng.choose((4, 6, 8))
    columns = k.dim(width, fixed=rng.chance(0.5))
    data = job.array("data bytes_in payload {}_bytes", t.I32, (*job.dims, columns), low=0, high=255)
    count = (
        k.integer(width)
        if columns.fixed
        else job.length(columns, "length num_bytes payload_size n_bytes", data, len(job.dims))
    )
    if rng.chance(0.5):
        job.titled("crc8 compute_crc crc_checksum crc16 crc_of_{s} check_crc {}_crc")
        poly, top, start = rng.choose(((0x07, 0x80, 0), (0x31, 0x80, 0xFF), (0x1021, 0x8000, 0xFFFF)))
        mask = (top << 1) - 1
        crc = job.var("crc reg remainder", k.integer(start))
        with k.loop(job.words("n byte b"), count) as n:
            byte = data[(*job.at, n)]
            k.set(crc, crc ^ (byte if top == 0x80 else byte << 8))
            with k.loop(job.words("bit j step"), 8):
                with k.when((crc & top).differs(0)):
                    k.set(crc, ((crc << 1) ^ poly) & mask)
                with k.otherwise():
                    k.set(crc, (crc << 1) & mask)
        result: Expr = crc
    else:
        modulus = rng.choose((255, 65521, 251))
        name = {255: "fletcher16 fletcher_checksum", 65521: "adler32 adler_checksum"}.get(modulus, "checksum sum_check")
        job.titled(f"{name} checksum compute_checksum {{}}_checksum")
        a, b = job.var("a sum1 s1", k.integer(rng.choose((0, 1)))), job.var("b sum2 s2", k.integer(0))
        with k.loop(job.words("n byte i_b"), count) as n:
            k.set(a, (a + data[(*job.at, n)]) % modulus)
            k.set(b, (b + a) % modulus)
        result = (b << 8) | a if modulus < 256 else b * 256 + a
        result = job.let("check checksum_val code", result)
    job.write("crc_out checksums checks", result)
    if job.more(0.4):
        stored = job.array("stored expected {}_crc_in received", t.I32, low=0, high=255)[job.at]
        job.write("valid is_valid intact", one_if(k, result.equals(stored)))


def _decode(job: Job) -> None:
    """Differences back to values, runs to lengths."""
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose((("row", "rows"), ("line", "lines"), ("stream", "streams"), ("signal", "signals")))
    job.start(sizes=(12,))
    columns = k.dim(rng.choose((6, 8)), fixed=False)
    data = job.array("data tokens symbols rows_in", t.I32, (*job.dims, columns), low=0, high=3)
    count = job.length(columns, "length width n_cols num_tokens", data, len(job.dims))
    what = rng.choose(("runs", "delta", "zigzag"))
    if what == "runs":
        job.titled("count_runs run_lengths rle_count longest_run run_length_stats encode_runs")
        runs, longest, current = (
            job.var("runs num_runs n_runs", k.integer(1)),
            job.var("longest best max_run", k.integer(1)),
            job.var("current run cur_run", k.integer(1)),
        )
        with k.loop(job.words("n j c"), 1, count) as n:
            with k.when(data[(*job.at, n)].equals(data[(*job.at, n - 1)])):
                k.augment(current, "+", 1)
            with k.otherwise():
                k.augment(runs, "+", 1)
                k.set(current, 1)
            k.set(longest, k.call("max", longest, current))
        job.write("run_counts runs_out num_runs_out", runs)
        if rng.chance(0.6):
            job.write("longest_run max_runs longest_out", longest)
        return
    out = job.array(
        "decoded values_out encoded" if what == "delta" else "zigzag encoded codes_out",
        t.I32,
        (*job.dims, columns),
        "out",
    )
    if what == "delta":
        job.titled("delta_decode decode_deltas undo_delta prefix_decode delta_decode_rows restore_rows")
        level = job.var("level total acc", k.integer(0))
        with k.loop(job.words("n j c"), count) as n:
            k.augment(level, "+", data[(*job.at, n)])
            k.set(out[(*job.at, n)], level)
        if job.more(0.5):
            job.write("last_values totals final", level)
        return
    job.titled("zigzag_encode zigzag_deltas encode_signed zigzag_rows delta_zigzag encode_differences")
    before = job.var("prev before last", k.integer(0))
    with k.loop(job.words("n j c"), count) as n:
        value = job.let("value v cur", data[(*job.at, n)])
        diff = job.let("diff d delta", value - before)
        k.set(
            out[(*job.at, n)],
            (diff << 1) ^ (diff >> 31) if rng.chance(0.6) else k.where(diff < 0, -2 * diff - 1, 2 * diff),
        )
        k.set(before, value)


def _ascii(job: Job) -> None:
    """Characters: cases, digits, shifts of the alphabet."""
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose((("char", "chars"), ("letter", "letters"), ("symbol", "symbols")))
    job.start()
    c = job.read("text {s} codes ascii", "c ch code", t.I32, 32, 126, nest=0.0)
    upper, lower = k.both(c >= 65, c <= 90), k.both(c >= 97, c <= 122)
    what = rng.choose(("upper", "caesar", "classify"))
    if what == "upper":
        job.titled("to_upper uppercase_text to_lower swap_case change_case fold_case")
        value = k.where(lower, c - 32, c) if rng.chance(0.6) else k.where(lower, c & ~k.integer(32), c)
        job.write("upper text_out converted", value)
        if job.more(0.4):
            job.write("changed was_lower", one_if(k, lower))
        return
    if what == "caesar":
        job.titled("caesar_cipher rot13 shift_letters caesar_encrypt rotate_letters encrypt_text")
        shift = number(job, "shift key offset", 3, 13)
        value = job.var("result out_c enc", c)
        with k.when(upper):
            k.set(value, (c - 65 + shift) % 26 + 65)
        with k.otherwise_when(lower):
            k.set(value, (c - 97 + shift) % 26 + 97)
        job.write("cipher text_out encrypted", value)
        return
    job.titled("classify_{s} char_classes tokenize_{s} label_{s} character_class lex_{s}")
    kind = job.var("kind cls token_type", k.integer(0))
    with k.when(k.both(c >= 48, c <= 57)):
        k.set(kind, 1)
        if job.more(0.5):
            k.set(job.array("digits digit_values numbers", t.I32, None, "out")[job.at], c - 48)
    with k.otherwise_when(k.either(upper, lower)):
        k.set(kind, 2)
    with k.otherwise_when(k.either(c.equals(32), c.equals(95)) if rng.chance(0.5) else c.equals(32)):
        k.set(kind, 3)
    job.write("kinds classes token_types", kind)
