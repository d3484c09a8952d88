"""The bits of floating-point numbers: signs, exponents, sortable keys, hashes, rounding, numbers made of bits."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .integer_options import one_if
from .jobs import Job
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .tree import Expr
from .unsigned import u


def bits_of(k: Body, value: Expr, to: t.Scalar) -> Expr:
    """A number's bits as another type of the same size."""
    low, high = (-1e9, 1e9) if to is t.I32 else (0.0, 4e9) if to is t.U32 else (-1e3, 1e3)
    return tree.Call(to, low, high, "wp.cast", (value, tree.Verbatim(t.SHAPE, 0.0, 0.0, k.style.scalar(to))))


@recipe("numbers taken apart into their bits", "integer:0.44 random:0.11", "bits signal generic", SINGLE)
def float_bits(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "sample point key particle entry depth pixel triangle")
    job.start()
    k.shared.differentiable = False
    _TASKS[rng.choose(tuple(_TASKS))](job)


def _number(job: Job, names: str, local: str, low: float = -4.0, high: float = 4.0) -> Expr:
    # The bits of what was computed would depend on the last rounding: these are of what was read.
    return job.read(names, local, t.F32, low, high, nest=0.0)


def _raw(job: Job, value: Expr) -> Expr:
    return job.let("bits raw u_bits word ibits", bits_of(job.k, value, t.U32))


def _decompose(job: Job) -> None:
    k, rng = job.k, job.rng
    job.titled(
        "decompose_floats split_float float_parts"
        " extract_exponent unpack_floats float_fields inspect_{s} decode_ieee754"
    )
    bits = _raw(job, _number(job, "values x floats {}_values", "x value v"))
    parts = rng.sample(
        ("sign", "exponent", "mantissa"),
        {"small": rng.choose((1, 2)), "medium": rng.choose((2, 3)), "large": 3}[k.shared.size],
    )
    if "sign" in parts:
        job.write("signs sign_bits sign_out", k.cast(bits >> u(k, 31), t.I32))
    if "exponent" in parts:
        raw = k.cast((bits >> u(k, 23)) & u(k, 0xFF), t.I32)
        exponent = job.maybe("e exponent ex", raw - 127 if rng.chance(0.7) else raw)
        job.write("exponents exp_out biased" if isinstance(raw, tree.Name) else "exponents exp_out", exponent)
        if job.more(0.4):
            least = job.scalar("min_exponent exp_cutoff tiny_exponent", t.I32, -10, 120)
            job.write("is_tiny small_mask underflow", one_if(k, exponent < least))
    if "mantissa" in parts:
        job.write("mantissas fraction_bits frac_out", bits & u(k, 0x7FFFFF))


def _sortable(job: Job) -> None:
    """A key whose order as an integer is that of the numbers."""
    k, rng = job.k, job.rng
    job.titled(
        "float_to_sort_key sortable_bits radix_keys"
        " make_sort_keys depth_sort_keys flip_float_bits order_keys {}_sort_keys"
    )

    def flip(body: Body, bits: Expr) -> Expr:
        negative = (bits >> u(body, 31)).equals(u(body, 1))
        return body.where(negative, ~bits, bits | u(body, 0x80000000))

    bits = _raw(job, _number(job, "depths distances values {}_depth", "depth d x"))
    key = job.let(
        "key sort_key flipped", job.formula("float_flip sort_key flip_bits to_sortable", flip, ("bits raw f", bits))
    )
    if rng.chance(0.3):
        key = job.let("back_to_front inverted rev_key", ~key)
    job.write("keys sort_keys {}_keys", key)
    if job.more(0.5):
        job.write("order ids {}_ids payload", job.at[-1])
    if job.more(0.35):
        digit = rng.choose((24, 16))
        job.write("digits buckets radix_digit", k.cast((key >> u(k, digit)) & u(k, 0xFF), t.I32))


def _hash(job: Job) -> None:
    k, rng = job.k, job.rng
    many = rng.choose((1, 2, 3))
    job.titled("hash_floats float_hash hash_positions hash_{s} hash_values bit_hash hash_coordinates {}_hash")
    if many == 1:
        words = [_raw(job, _number(job, "values x {}_values", "x value v"))]
    else:
        p = _number_vector(job, many)
        words = [
            job.let(f"{c}b u{c} {c}_bits b{c}", bits_of(k, a, t.U32))
            for c, a in zip("xyz", k.components(p), strict=False)
        ]
    primes = (0x8DA6B343, 0xD8163841, 0xCB1AB31F)
    mixed = words[0] if many == 1 else words[0] * u(k, primes[0])
    for word, prime in zip(words[1:], primes[1:], strict=False):
        mixed = mixed ^ (word * u(k, prime))
    h = job.var("h hash_val key", mixed)
    for shift, factor in rng.choose(
        (((16, 0x85EBCA6B), (13, 0xC2B2AE35)), ((15, 0x2C1B3C6D), (12, 0x297A2D39)), ((16, 0x45D9F3B),))
    ):
        k.augment(h, "^", h >> u(k, shift))
        k.augment(h, "*", u(k, factor))
    k.augment(h, "^", h >> u(k, 16))
    job.write("hashes hash_out keys", h)
    if job.more(0.5):
        size = k.dim(32)
        count = job.length(size, "num_buckets table_size n_slots")
        job.write("buckets slots bucket_ids", k.cast(h % k.cast(count, t.U32), t.I32))
    if job.more(0.3):
        unit = job.let("ubits mantissa one_to_two", (h & u(k, 0x7FFFFF)) | u(k, 0x3F800000))
        job.write("uniform rand_out jitter", bits_of(k, unit, t.F32) - 1.0)


def _number_vector(job: Job, length: int) -> Expr:
    return job.read("positions points {}_pos", "p x pos", t.vec(length, t.F32), -4.0, 4.0, nest=0.0)


def _signs(job: Job) -> None:
    k, rng = job.k, job.rng
    what = rng.choose(("abs", "negate", "copysign", "copysign", "signbit"))
    x = _number(job, "values x {}_values", "x value v")
    bits = _raw(job, x)
    clear: Expr = u(k, 0x7FFFFFFF)
    if what == "abs":
        job.titled("fast_abs abs_bits clear_sign magnitude_bits absolute_value_bits strip_sign")
        masked = job.let("masked abs_bits cleared", bits & clear)
        job.write("magnitudes abs_out unsigned_values", bits_of(k, masked, t.F32))
        if job.more(0.4):
            job.write("was_negative signs sign_out", k.cast(bits >> u(k, 31), t.I32))
    elif what == "negate":
        job.titled("flip_sign negate_bits conditional_negate flip_signs invert_sign toggle_sign")
        flip = job.array("flip negate flip_mask", t.I32, low=0, high=1)[job.at]
        mask = job.let("sign_mask mask flip_bits", k.cast(flip, t.U32) << u(k, 31))
        flipped = job.let("flipped new_bits toggled", bits ^ mask)
        job.write("flipped_out values_out result", bits_of(k, flipped, t.F32))
    elif what == "copysign":
        job.titled("copysign copy_sign_bits transfer_sign apply_sign take_sign merge_sign")
        sign = job.let(
            "sign_word other_bits s_bits",
            bits_of(k, _number(job, "sign_source signs_from directions", "s sign_of y"), t.U32),
        )
        merged = job.let("merged out_bits joined", (bits & clear) | (sign & u(k, 0x80000000)))
        job.write("signed values_out result", bits_of(k, merged, t.F32))
        if job.more(0.4):
            job.write("sign_differs flipped_mask changed", k.cast((bits ^ sign) >> u(k, 31), t.I32))
    else:
        job.titled("sign_bits count_negative signbit negative_mask is_negative extract_sign")
        negative = job.let("neg sign_bit negative", k.cast(bits >> u(k, 31), t.I32))
        job.write("negative signs sign_out", negative)
        if job.more(0.6):
            total = job.array(
                "count num_negative total_negative", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0
            )
            k.do(k.call("atomic_add", total, k.integer(0), negative, gives=t.I32))


def _rounded(job: Job) -> None:
    """Numbers with fewer digits, as narrow formats keep them."""
    k, rng = job.k, job.rng
    what = rng.choose(("truncate", "round", "pack"))
    x = _number(job, "weights values activations x", "x w value")
    bits = _raw(job, x)
    if what == "pack":
        job.titled("pack_bf16 float_to_bf16_bits pack_bfloat16 encode_bf16 compress_floats pack_pairs_bf16")
        y = job.let(
            "y_bits bits_b other_bits", bits_of(k, _number(job, "second_values values_b y", "y second b"), t.U32)
        )
        job.write("packed pairs words", (bits & u(k, 0xFFFF0000)) | (y >> u(k, 16)))
        return
    width = rng.choose((16, 16, 13, 12))
    mask = 0xFFFFFFFF - ((1 << width) - 1)
    job.titled(
        "truncate_mantissa to_bf16 round_to_bf16 reduce_precision drop_low_bits simulate_bf16 quantize_mantissa to_tf32"
    )
    if what == "round":
        bias = (1 << (width - 1)) - 1
        bits = job.let(
            "rounded_bits biased r_bits",
            bits + (u(k, bias) + ((bits >> u(k, width)) & u(k, 1))) if rng.chance(0.6) else bits + u(k, bias + 1),
        )
    kept = job.let("kept truncated high_bits", bits & u(k, mask))
    value = bits_of(k, kept, t.F32)
    if job.more(0.5):
        value = job.let("rounded low_precision y", value)
        job.write("error rounding_error err_out", x - value)
    job.write("values_out rounded_out bf16_values result", value)


def _guess(job: Job) -> None:
    """First guesses of roots and powers from the exponent."""
    k, rng = job.k, job.rng
    x = _number(job, "values x lengths_sq d2", "x d2_i v", 0.1, 4.0)
    bits = _raw(job, x)
    what = rng.choose(("rsqrt", "log2", "pow2"))
    if what == "rsqrt":
        job.titled("fast_inverse_sqrt fast_rsqrt quake_rsqrt inverse_sqrt_bits approx_rsqrt inv_sqrt_newton")
        guess = job.let("guess_bits magic seed", u(k, 0x5F3759DF) - (bits >> u(k, 1)))
        y = job.var("y inv r", bits_of(k, guess, t.F32))
        steps = rng.choose((1, 2)) if k.shared.size != "large" else 2
        for _ in range(steps):
            k.set(y, y * (1.5 - 0.5 * x * y * y))
        job.write("rsqrt_out inv_lengths inverse_roots", y)
        if job.more(0.4):
            job.write("roots sqrt_out lengths", x * y)
        return
    exponent = job.let("e exponent log_floor", k.cast((bits >> u(k, 23)) & u(k, 0xFF), t.I32) - 127)
    if what == "pow2":
        job.titled("round_to_power_of_two floor_pow2 power_of_two_below pow2_floor snap_to_pow2 leading_power")
        kept = job.let("kept pow_bits top", bits & u(k, 0x7F800000))
        job.write("pow2_out floor_powers snapped", bits_of(k, kept, t.F32))
        if job.more(0.6):
            job.write("levels exponents mip_levels", exponent)
        return
    job.titled("fast_log2 approx_log2 log2_bits integer_log2_float mip_level_from_size exponent_log2")
    unit = job.let("mantissa m_bits one_to_two", (bits & u(k, 0x7FFFFF)) | u(k, 0x3F800000))
    m = job.let("m frac mant", bits_of(k, unit, t.F32))
    value = k.cast(exponent, t.F32) + (m - 1.0 if rng.chance(0.5) else (2.0 - 0.3333 * m) * m - 1.6667)
    job.write("log2_out logs levels", value)
    if job.more(0.5):
        job.write("exponents int_logs floor_log2", exponent)


def _uniform(job: Job) -> None:
    """Random words as numbers from 0 to 1: the fraction under the exponent of one."""
    k, rng = job.k, job.rng
    job.titled(
        "bits_to_uniform words_to_floats random_floats uniform_from_bits uint_to_unit_float make_uniform int_to_unit"
    )
    word = job.read("random_words words raw_random seeds", "w word r", t.U32, 0, 100000, nest=0.0)
    h = job.var("h mixed x", word * u(k, 0x9E3779B9))
    k.augment(h, "^", h >> u(k, rng.choose((15, 16))))
    unit = job.let("unit_bits one_to_two ubits", (h >> u(k, 9)) | u(k, 0x3F800000))
    value = job.let("uniform xi r01", bits_of(k, unit, t.F32) - 1.0)
    if job.more(0.5):
        low, high = job.scalar("low lo min_value", t.F32, -2.0, 0.0), job.scalar("high hi max_value", t.F32, 0.5, 2.0)
        value = job.let("scaled ranged value", low + (high - low) * value)
    job.write("samples uniform_out floats", value)
    if job.more(0.35):
        rate = job.scalar("probability keep_rate p_keep", t.F32, 0.1, 0.9)
        job.write("kept accepted coin", one_if(k, value < rate))


_TASKS: dict[str, Callable[[Job], None]] = {
    "decompose": _decompose,
    "sortable": _sortable,
    "hash": _hash,
    "signs": _signs,
    "rounded": _rounded,
    "guess": _guess,
    "uniform": _uniform,
}
