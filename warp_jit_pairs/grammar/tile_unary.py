"""Named functions of one number that kernels map over tiles: activations, tone curves, responses."""

from __future__ import annotations

from .build import Body
from .tile_laws import Law
from .tree import Expr

X = (("=x values {s} data inputs field", -2.0, 2.0),)
PRE = (("=x pre_act logits activations inputs z", -2.0, 2.0),)
SIGNAL = (("=signal x samples audio wave in_signal", -1.0, 1.0),)
IMAGE = (("=image pixels luma intensity img channel", 0.0, 1.0),)
ACT = "=y out activated act_out hidden {}_out"


def sigmoid(b: Body, x: Expr) -> Expr:
    return 1.0 / (1.0 + b.call("exp", -x))


def _gelu(b: Body, x: Expr) -> Expr:
    inner = b.let("=inner u arg", 0.797885 * (x + 0.044715 * x * x * x))
    return 0.5 * x * (1.0 + b.call("tanh", inner))


def _soft_threshold(b: Body, x: Expr, lam: Expr) -> Expr:
    return b.call("sign", x) * b.call("max", b.call("abs", x) - lam, 0.0)


def _dead_zone(b: Body, x: Expr, w: Expr) -> Expr:
    with b.when(b.call("abs", x) < w):
        b.give(b.lit(0.0))
    return x - b.call("sign", x) * w


def _srgb(b: Body, x: Expr) -> Expr:
    with b.when(x <= 0.04045):
        b.give(x / 12.92)
    return b.call("pow", (x + 0.055) / 1.055, 2.4)


def _linear_to_srgb(b: Body, x: Expr) -> Expr:
    with b.when(x <= 0.0031308):
        b.give(x * 12.92)
    return 1.055 * b.call("pow", x, 1.0 / 2.4) - 0.055


def _aces(b: Body, x: Expr) -> Expr:
    return b.call("clamp", x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0)


def _compress(b: Body, x: Expr, limit: Expr, ratio: Expr) -> Expr:
    level = b.let("=level mag a", b.call("abs", x))
    with b.when(level <= limit):
        b.give(x)
    return b.call("sign", x) * (limit + (level - limit) / ratio)


def _mu_law(b: Body, x: Expr) -> Expr:
    return b.call("sign", x) * b.call("log", 1.0 + 255.0 * b.call("abs", x)) / 5.545177


UNARY: tuple[Law, ...] = (
    Law("relu relu_forward rectify apply_relu", lambda b, x: b.call("max", x, 0.0), PRE, ACT),
    Law(
        "leaky_relu leaky_rectify leaky_relu_forward",
        lambda b, x, s: b.where(x > 0.0, x, s * x),
        PRE,
        ACT,
        (("=slope alpha leak", 0.01, 0.3, (0.01, 0.1, 0.2)),),
    ),
    Law(
        "elu elu_forward exp_linear",
        lambda b, x, a: b.where(x > 0.0, x, a * (b.call("exp", x) - 1.0)),
        PRE,
        ACT,
        (("=alpha scale a", 0.5, 1.5, (1.0, 0.5)),),
    ),
    Law("sigmoid logistic sigmoid_forward sigm", sigmoid, PRE, ACT),
    Law("gelu gelu_tanh gelu_approx gelu_forward", _gelu, PRE, ACT),
    Law("silu swish silu_forward swish_activation", lambda b, x: x * sigmoid(b, x), PRE, ACT),
    Law("softplus softplus_forward smooth_relu", lambda b, x: b.call("log", 1.0 + b.call("exp", x)), PRE, ACT),
    Law("softsign softsign_forward soft_sign", lambda b, x: x / (1.0 + b.call("abs", x)), PRE, ACT),
    Law("hard_sigmoid hard_sigm hard_gate", lambda b, x: b.call("clamp", 0.2 * x + 0.5, 0.0, 1.0), PRE, ACT),
    Law("hard_tanh clip_unit hardtanh", lambda b, x: b.call("clamp", x, -1.0, 1.0), PRE, ACT),
    Law(
        "relu6 capped_relu clipped_relu",
        lambda b, x, m: b.call("min", b.call("max", x, 0.0), m),
        PRE,
        ACT,
        (("=cap max_act limit", 1.0, 6.0, (6.0, 1.0)),),
    ),
    Law("tanh_forward squash_tanh apply_tanh", lambda b, x: b.call("tanh", x), PRE, ACT, (), "tanh"),
    Law("square squared square_values", lambda b, x: x * x, X, "=squared sq out x_sq", (), "", lambda x: x * x),
    Law("negate flip_sign negate_values", lambda b, x: -x, X, "=negated neg_x out", (), "", lambda x: -x),
    Law("absolute_value magnitude take_abs", lambda b, x: b.call("abs", x), X, "=magnitude abs_x out", (), "abs"),
    Law(
        "sine_wave apply_sine sin_values",
        lambda b, x: b.call("sin", x),
        (("=phase angles theta", -3.0, 3.0),),
        "=wave sines out",
        (),
        "sin",
    ),
    Law(
        "exponential boltzmann exp_values",
        lambda b, x: b.call("exp", x),
        (("=log_p log_weights logits", -2.0, 2.0),),
        "=weights p unnormalized",
        (),
        "exp",
    ),
    Law(
        "square_root root_values sqrt_values",
        lambda b, x: b.call("sqrt", x),
        (("=power variance energy", 0.1, 2.0),),
        "=amplitude std_out rms",
        (),
        "sqrt",
    ),
    Law(
        "soft_threshold shrink soft_shrink prox_l1",
        _soft_threshold,
        X,
        "=shrunk out prox",
        (("=lam threshold tau", 0.1, 0.8, (0.5, 0.25, 0.1)),),
    ),
    Law(
        "hard_threshold keep_large hard_shrink",
        lambda b, x, c: b.where(b.call("abs", x) > c, x, b.lit(0.0)),
        X,
        "=kept sparse_x out",
        (("=threshold cutoff tau", 0.1, 1.0, (0.5, 0.25)),),
    ),
    Law(
        "clip clamp_range clip_values limit_range",
        lambda b, x, lo, hi: b.call("clamp", x, lo, hi),
        X,
        "=clipped bounded out",
        (("=lo lower min_value", -1.5, -0.5, (-1.0, -0.5)), ("=hi upper max_value", 0.5, 1.5, (1.0, 0.5))),
    ),
    Law(
        "dead_zone deadband apply_deadband",
        _dead_zone,
        X,
        "=out command filtered",
        (("=width deadband half_width", 0.05, 0.5, (0.1, 0.25)),),
    ),
    Law(
        "gaussian gaussian_kernel rbf bell",
        lambda b, x, s: b.call("exp", -x * x / (2.0 * s * s)),
        X,
        "=weights bumps out",
        (("=sigma width bandwidth", 0.5, 2.0, (1.0, 0.5)),),
    ),
    Law(
        "standardize z_score whiten",
        lambda b, x, m, s: (x - m) / s,
        X,
        "=z standardized normalized",
        (("=mean mu center", -0.5, 0.5, (0.5, 0.25)), ("=std sigma scale", 0.5, 2.0, (2.0, 0.5, 1.5))),
    ),
    Law(
        "affine scale_shift rescale linear_map",
        lambda b, x, s, c: s * x + c,
        X,
        "=out scaled y",
        (("=scale gain slope", 0.1, 2.0, (0.5, 2.0)), ("=offset bias shift", -1.0, 1.0, (0.5, 0.1))),
    ),
    Law(
        "signed_sqrt signed_root power_normalize",
        lambda b, x: b.call("sign", x) * b.call("sqrt", b.call("abs", x)),
        X,
        "=out normalized compressed",
    ),
    Law(
        "log1p log_compress log_plus_one",
        lambda b, x: b.call("log", 1.0 + x),
        (("=counts magnitudes energy", 0.0, 2.0),),
        "=log_counts compressed out",
    ),
    Law(
        "to_decibels amplitude_to_db power_to_db",
        lambda b, x: 8.685890 * b.call("log", b.call("max", x, 1e-3)),
        (("=amplitude magnitude level", 0.0, 1.0),),
        "=decibels db level_db",
    ),
    Law(
        "from_decibels db_to_amplitude db_to_gain",
        lambda b, x: b.call("exp", 0.115129 * x),
        (("=decibels db gain_db", -20.0, 6.0),),
        "=gain amplitude linear",
    ),
    Law(
        "compress_dynamic_range compressor compress_peaks",
        _compress,
        SIGNAL,
        "=compressed out y",
        (("=threshold limit knee", 0.2, 0.7, (0.5, 0.3)), ("=ratio comp_ratio", 2.0, 8.0, (4.0, 2.0))),
    ),
    Law("mu_law mu_law_encode compand", _mu_law, SIGNAL, "=encoded companded out"),
    Law(
        "soft_clip saturate overdrive waveshape",
        lambda b, x, g: b.call("tanh", g * x),
        SIGNAL,
        "=out driven saturated",
        (("=drive gain amount", 1.0, 4.0, (2.0, 3.0)),),
    ),
    Law("cubic_clip soft_saturation cubic_shaper", lambda b, x: x - x * x * x / 3.0, SIGNAL, "=out shaped y"),
    Law(
        "quantize bit_crush quantize_levels",
        lambda b, x, n: b.call("round", x * n) / n,
        SIGNAL,
        "=quantized crushed out",
        (("=levels num_levels steps", 4.0, 16.0, (8.0, 16.0)),),
    ),
    Law(
        "gamma_correct apply_gamma gamma_encode",
        lambda b, x, g: b.call("pow", b.call("max", x, 1e-3), 1.0 / g),
        IMAGE,
        "=encoded corrected out",
        (("=gamma display_gamma", 1.8, 2.4, (2.2,)),),
    ),
    Law(
        "adjust_contrast contrast stretch_contrast",
        lambda b, x, c: b.call("clamp", (x - 0.5) * c + 0.5, 0.0, 1.0),
        IMAGE,
        "=out adjusted img_out",
        (("=contrast amount gain", 0.5, 2.0, (1.2, 1.5)),),
    ),
    Law(
        "adjust_brightness brighten exposure_shift",
        lambda b, x, c: b.call("clamp", x + c, 0.0, 1.0),
        IMAGE,
        "=out adjusted img_out",
        (("=brightness offset lift", -0.3, 0.3, (0.1, 0.2)),),
    ),
    Law("srgb_to_linear decode_srgb linearize", _srgb, IMAGE, "=linear decoded img_linear"),
    Law("linear_to_srgb encode_srgb to_display", _linear_to_srgb, IMAGE, "=encoded srgb img_srgb"),
    Law(
        "reinhard tonemap tone_map reinhard_curve",
        lambda b, x, e: e * x / (1.0 + e * x),
        (("=radiance hdr luminance", 0.0, 4.0),),
        "=ldr display tonemapped",
        (("=exposure key gain", 0.5, 2.0, (1.0, 1.5)),),
    ),
    Law(
        "aces_curve filmic tonemap_aces aces_tonemap",
        _aces,
        (("=radiance hdr luminance", 0.0, 4.0),),
        "=ldr display tonemapped",
    ),
    Law("invert negative invert_image", lambda b, x: 1.0 - x, IMAGE, "=negative inverted img_out"),
    Law(
        "threshold binarize to_mask",
        lambda b, x, c: b.where(x > c, 1.0, b.lit(0.0)),
        IMAGE,
        "=binary mask_out foreground",
        (("=threshold level cutoff", 0.3, 0.7, (0.5, 0.4)),),
    ),
    Law(
        "posterize posterize_levels reduce_levels",
        lambda b, x, n: b.call("floor", x * n) / n,
        IMAGE,
        "=posterized out img_out",
        (("=levels num_levels", 2.0, 8.0, (4.0, 8.0)),),
    ),
    Law(
        "smooth_step smooth_mask ease_in_out",
        lambda b, x: x * x * (3.0 - 2.0 * x),
        (("=t progress alpha", 0.0, 1.0),),
        "=eased smooth_t out",
    ),
    Law(
        "lorentzian cauchy_weight lorentz_profile",
        lambda b, x, w: 1.0 / (1.0 + (x / w) * (x / w)),
        (("=residuals detuning x", -2.0, 2.0),),
        "=weights profile out",
        (("=width gamma scale", 0.5, 2.0, (1.0, 0.5)),),
    ),
    Law(
        "tukey_weight bisquare biweight",
        lambda b, x, c: b.where(
            b.call("abs", x) < c, (1.0 - (x / c) * (x / c)) * (1.0 - (x / c) * (x / c)), b.lit(0.0)
        ),
        (("=residuals errors r", -2.0, 2.0),),
        "=weights robust_w w_out",
        (("=cutoff tuning c", 1.0, 4.0, (4.0, 2.0)),),
    ),
    Law(
        "decay_factor exponential_decay attenuate",
        lambda b, x, k: b.call("exp", -k * x),
        (("=time depth distance", 0.0, 2.0),),
        "=transmittance survival remaining",
        (("=rate lam absorption", 0.2, 2.0, (0.5, 1.0)),),
    ),
    Law(
        "logistic_growth_rate growth_rate pop_growth",
        lambda b, x, r: r * x * (1.0 - x),
        (("=population density n", 0.0, 1.0),),
        "=growth dn_dt rate_out",
        (("=rate r growth", 0.2, 2.0, (1.0, 0.5)),),
    ),
    Law(
        "spring_energy harmonic_energy elastic_energy",
        lambda b, x, k: 0.5 * k * x * x,
        (("=displacement stretch dx", -1.0, 1.0),),
        "=energy potential e_out",
        (("=stiffness ke spring_k", 0.5, 4.0, (2.0, 1.0)),),
    ),
)
