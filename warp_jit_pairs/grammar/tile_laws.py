"""Named functions of one element that kernels map over tiles: activations, losses, tone curves, updates, blends.

A law knows what it is called, what its operands and coefficients are, and what it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .build import Body
from .helpers import helper
from .kernel import Kernel
from .tile_ops import function_name, op
from .tree import Expr

Write = Callable[..., Expr]
Plain = Callable[..., "_Tiled"]
Number = tuple[str, float, float, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Law:
    """`inputs` are the kinds of its operands with their ranges, `numbers` those of its coefficients."""

    titles: str
    write: Write
    inputs: tuple[tuple[str, float, float], ...]
    out: str
    numbers: tuple[Number, ...] = ()
    builtin: str = ""
    plain: Plain | None = None


X = (("=x values {s} data inputs field", -2.0, 2.0),)
PRE = (("=x pre_act logits activations inputs z", -2.0, 2.0),)
SIGNAL = (("=signal x samples audio wave in_signal", -1.0, 1.0),)
IMAGE = (("=image pixels luma intensity img channel", 0.0, 1.0),)
PAIR = (("=a x left first", -2.0, 2.0), ("=b y right second", -2.0, 2.0))
FIT = (("=pred outputs y_pred estimates", -2.0, 2.0), ("=target labels y_true reference", -2.0, 2.0))
BACK = (("=grad_out upstream d_out dy", -2.0, 2.0), ("=x pre_act inputs z", -2.0, 2.0))
ACT = "=y out activated act_out hidden {}_out"
LOSS = "=loss losses err loss_out {}_loss"
GRAD = "=grad_in dx grad_x d_in"


def _sigmoid(b: Body, x: Expr) -> Expr:
    return 1.0 / (1.0 + b.call("exp", -x))


def _gelu(b: Body, x: Expr) -> Expr:
    inner = b.let("=inner u arg", 0.797885 * (x + 0.044715 * x * x * x))
    return 0.5 * x * (1.0 + b.call("tanh", inner))


def _silu_back(b: Body, g: Expr, x: Expr) -> Expr:
    s = b.let("=s sig gate", _sigmoid(b, x))
    return g * s * (1.0 + x * (1.0 - s))


def _huber(b: Body, p: Expr, q: Expr, delta: Expr) -> Expr:
    e = b.let("=err e diff", b.call("abs", p - q))
    return b.where(e < delta, 0.5 * e * e, delta * (e - 0.5 * delta))


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


def _bce(b: Body, z: Expr, y: Expr) -> Expr:
    return b.call("max", z, 0.0) - z * y + b.call("log", 1.0 + b.call("exp", -b.call("abs", z)))


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
    Law("sigmoid logistic sigmoid_forward sigm", _sigmoid, PRE, ACT),
    Law("gelu gelu_tanh gelu_approx gelu_forward", _gelu, PRE, ACT),
    Law("silu swish silu_forward swish_activation", lambda b, x: x * _sigmoid(b, x), PRE, ACT),
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

BINARY: tuple[Law, ...] = (
    Law("squared_error se sq_diff", lambda b, p, q: (p - q) * (p - q), FIT, LOSS, (), ""),
    Law("absolute_error abs_diff l1_error", lambda b, p, q: b.call("abs", p - q), FIT, LOSS),
    Law("huber huber_loss smooth_l1", _huber, FIT, LOSS, (("=delta huber_delta", 0.5, 1.5, (1.0, 0.5)),)),
    Law(
        "bce_with_logits binary_cross_entropy logistic_loss",
        _bce,
        (("=logits scores z", -2.0, 2.0), ("=labels targets y", 0.0, 1.0)),
        LOSS,
    ),
    Law(
        "hinge_loss hinge svm_loss",
        lambda b, p, y: b.call("max", 1.0 - p * y, 0.0),
        (("=scores margins pred", -2.0, 2.0), ("=signs labels y", -1.0, 1.0)),
        LOSS,
    ),
    Law("relu_backward relu_grad drelu", lambda b, g, x: b.where(x > 0.0, g, b.lit(0.0)), BACK, GRAD),
    Law(
        "tanh_backward tanh_grad dtanh",
        lambda b, g, y: g * (1.0 - y * y),
        (BACK[0], ("=y act tanh_out", -0.9, 0.9)),
        GRAD,
    ),
    Law(
        "sigmoid_backward sigmoid_grad dsigmoid",
        lambda b, g, y: g * y * (1.0 - y),
        (BACK[0], ("=y prob sig_out", 0.1, 0.9)),
        GRAD,
    ),
    Law("silu_backward silu_grad dsilu", _silu_back, BACK, GRAD),
    Law(
        "swiglu gated_silu silu_gate",
        lambda b, x, g: x * g * _sigmoid(b, g),
        (("=up value_proj x", -2.0, 2.0), ("=gate gate_proj g", -2.0, 2.0)),
        ACT,
    ),
    Law(
        "glu gated_linear gate_values",
        lambda b, x, g: x * _sigmoid(b, g),
        (("=x values linear", -2.0, 2.0), ("=gate gates g", -2.0, 2.0)),
        ACT,
    ),
    Law(
        "hadamard multiply elementwise_product mul_values",
        lambda b, x, y: x * y,
        PAIR,
        "=product out c",
        (),
        "mul",
        lambda x, y: x * y,
    ),
    Law(
        "add_values sum_arrays elementwise_add",
        lambda b, x, y: x + y,
        PAIR,
        "=total_out out c",
        (),
        "add",
        lambda x, y: x + y,
    ),
    Law("subtract difference delta_values", lambda b, x, y: x - y, PAIR, "=diff delta out", (), "", lambda x, y: x - y),
    Law(
        "maximum elementwise_max upper_envelope",
        lambda b, x, y: b.call("max", x, y),
        PAIR,
        "=upper larger out",
        (),
        "max",
    ),
    Law(
        "minimum elementwise_min lower_envelope",
        lambda b, x, y: b.call("min", x, y),
        PAIR,
        "=lower smaller out",
        (),
        "min",
    ),
    Law(
        "blend lerp_values mix crossfade",
        lambda b, x, y, s: (1.0 - s) * x + s * y,
        PAIR,
        "=mixed blended out",
        (("=t alpha mix_amount", 0.1, 0.9, (0.5, 0.25)),),
    ),
    Law(
        "scaled_add axpy add_scaled",
        lambda b, x, y, s: s * x + y,
        (("=x direction a", -2.0, 2.0), ("=y base b", -2.0, 2.0)),
        "=out y_out z",
        (("=alpha scale step", 0.1, 2.0, (0.5, 2.0)),),
    ),
    Law(
        "average midpoint mean_of_two",
        lambda b, x, y: 0.5 * (x + y),
        PAIR,
        "=mean avg out",
        (),
        "",
        lambda x, y: (x + y) * 0.5,
    ),
    Law(
        "hypotenuse gradient_magnitude edge_strength",
        lambda b, x, y: b.call("sqrt", x * x + y * y + 1e-3),
        (("=grad_x gx dx", -2.0, 2.0), ("=grad_y gy dy", -2.0, 2.0)),
        "=magnitude edges strength",
    ),
    Law(
        "phase_angle gradient_direction orientation",
        lambda b, y, x: b.call("atan2", y, x),
        (("=grad_y gy im", 0.1, 2.0), ("=grad_x gx re", 0.1, 2.0)),
        "=phase angle orientation",
    ),
    Law(
        "safe_divide ratio normalize_by",
        lambda b, x, y, e: x / (b.call("abs", y) + e),
        (("=num numerator counts", -2.0, 2.0), ("=den denominator norm", -2.0, 2.0)),
        "=ratio quotient out",
        (("=eps epsilon tiny", 0.1, 0.5, (0.1, 0.5)),),
    ),
    Law(
        "relative_error rel_diff relative_change",
        lambda b, x, y: b.call("abs", x - y) / (1.0 + b.call("abs", y)),
        (("=computed approx x", -2.0, 2.0), ("=exact reference y", -2.0, 2.0)),
        "=rel_error errors out",
    ),
    Law(
        "screen_blend screen blend_screen",
        lambda b, x, y: 1.0 - (1.0 - x) * (1.0 - y),
        (("=top overlay layer", 0.0, 1.0), ("=bottom backdrop base", 0.0, 1.0)),
        "=composited out img_out",
    ),
    Law(
        "multiply_blend darken_blend blend_multiply",
        lambda b, x, y: x * y,
        (("=top overlay layer", 0.0, 1.0), ("=bottom backdrop base", 0.0, 1.0)),
        "=composited out img_out",
        (),
        "mul",
    ),
    Law(
        "frame_difference motion_mask detect_motion",
        lambda b, x, y, c: b.where(b.call("abs", x - y) > c, 1.0, b.lit(0.0)),
        (("=frame cur_frame image", 0.0, 1.0), ("=prev_frame background last_frame", 0.0, 1.0)),
        "=motion changed mask_out",
        (("=threshold min_change", 0.1, 0.5, (0.2, 0.1)),),
    ),
    Law(
        "running_average ema_update update_background",
        lambda b, old, new, a: old + a * (new - old),
        (("=average background ema", -2.0, 2.0), ("=sample_in frame observed", -2.0, 2.0)),
        "=average_out updated ema_out",
        (("=rate alpha momentum", 0.05, 0.5, (0.1, 0.05)),),
    ),
    Law(
        "ring_modulate amplitude_modulate modulate",
        lambda b, x, y, d: x * (1.0 + d * y),
        (("=carrier signal audio", -1.0, 1.0), ("=modulator lfo control", -1.0, 1.0)),
        "=modulated out y",
        (("=depth amount", 0.1, 1.0, (0.5,)),),
    ),
    Law(
        "leapfrog_kick kick velocity_kick",
        lambda b, v, a, h: v + h * a,
        (("=velocity v vel", -2.0, 2.0), ("=accel acceleration a", -2.0, 2.0)),
        "=v_new velocity_out vel_next",
        (("=dt h time_step", 0.01, 0.1, (0.01, 0.05)),),
    ),
    Law(
        "upwind_flux donor_cell_flux advective_flux",
        lambda b, u, q: b.call("max", u, 0.0) * q,
        (("=speed wind u", -1.0, 1.0), ("=density tracer q", 0.0, 2.0)),
        "=flux flux_out f",
    ),
)


TERNARY: tuple[Law, ...] = (
    Law(
        "fused_multiply_add multiply_add fma_values",
        lambda b, x, y, z: x * y + z,
        (*PAIR, ("=c bias z", -2.0, 2.0)),
        "=out result d",
        (),
        "",
        lambda x, y, z: x * y + z,
    ),
    Law(
        "masked_blend composite alpha_over",
        lambda b, x, y, m: m * x + (1.0 - m) * y,
        (("=foreground top fg", 0.0, 1.0), ("=background bottom bg", 0.0, 1.0), ("=alpha matte coverage", 0.0, 1.0)),
        "=composited out img_out",
    ),
    Law(
        "weighted_squared_error weighted_se chi_square_term",
        lambda b, p, q, w: w * (p - q) * (p - q),
        (*FIT, ("=weights w inv_var", 0.1, 1.0)),
        LOSS,
    ),
    Law(
        "add_residual_bias residual_block skip_connection",
        lambda b, x, r, c: b.call("max", x + r + c, 0.0),
        (("=x branch out_proj", -2.0, 2.0), ("=skip shortcut identity_in", -2.0, 2.0), ("=bias b shift", -1.0, 1.0)),
        ACT,
    ),
    Law(
        "normalize_affine batch_norm apply_batchnorm",
        lambda b, x, m, v: (x - m) / b.call("sqrt", v + 1e-3),
        (
            ("=x features activations", -2.0, 2.0),
            ("=mean mu running_mean", -0.5, 0.5),
            ("=variance running_var sigma2", 0.2, 2.0),
        ),
        "=normalized y x_hat",
    ),
    Law(
        "rgb_to_luma luma grayscale to_gray",
        lambda b, r, g, c: 0.299 * r + 0.587 * g + 0.114 * c,
        (("=red r_channel", 0.0, 1.0), ("=green g_channel", 0.0, 1.0), ("=blue b_channel", 0.0, 1.0)),
        "=luma gray luminance",
    ),
    Law(
        "median_of_three median3 middle_value",
        lambda b, x, y, z: b.call("max", b.call("min", x, y), b.call("min", b.call("max", x, y), z)),
        (*PAIR, ("=c third z", -2.0, 2.0)),
        "=median med out",
    ),
    Law(
        "ideal_gas_pressure gas_pressure equation_of_state",
        lambda b, r, e, k: 0.4 * (e - 0.5 * r * k * k),
        (("=rho density mass", 0.5, 2.0), ("=energy total_energy e", 2.0, 4.0), ("=velocity u speed", -1.0, 1.0)),
        "=pressure p p_out",
    ),
)


def use(k: Kernel, law: Law, values: Sequence[Expr]) -> Expr:
    """A law applied to tiles: by operators, a builtin or a function of the program."""
    rng = k.rng
    tile = values[0].type
    assert isinstance(tile, t.Tile)
    if law.plain is not None and rng.chance(0.7):
        return law.plain(*(_Tiled(v) for v in values)).expr
    if law.builtin and rng.chance(0.75):
        return op("tile_map", tile, function_name(f"wp.{law.builtin}"), *values)
    inner: list[Expr | None] = []
    given: list[Expr] = []
    parameters = [(_inner(k, kind), k.real, low, high) for kind, low, high in law.inputs]
    for kind, low, high, choices in law.numbers:
        how = rng.weighted({"argument": 3.0, "literal": 1.5, "constant": 1.5})
        value = rng.choose(choices)
        if how == "argument":
            given.append(k.scalar(kind, k.real, low, high))
            parameters.append((kind, k.real, low, high))
            inner.append(None)
        else:
            inner.append(k.constant(value, k.real, kind) if how == "constant" else k.lit(value))

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        rest = iter(names[len(law.inputs) :])
        numbers = [value if value is not None else next(rest) for value in inner]
        result = law.write(body, *names[: len(law.inputs)], *numbers)
        return [body.let("=result out_v y r", result) if rng.chance(0.12) else result]

    made = helper(k, "scalar", parameters, write, titles=law.titles.split())
    return op("tile_map", tile, function_name(made.name), *values, *given)


def _inner(k: Kernel, kind: str) -> str:
    """What an operand is called inside the function: its short name, or a letter."""
    words = [word for word in kind[1:].split() if "{" not in word]
    single = [word for word in words if len(word) <= 2]
    return "=" + " ".join([*single, *words]) if k.rng.chance(0.6) else "=" + " ".join(words)


class _Tiled:
    """Tiles under operators, whose ranges are nobody's business."""

    def __init__(self, expr: Expr) -> None:
        self.expr = expr

    def _with(self, operator: str, other: _Tiled | float, turned: bool = False) -> _Tiled:
        tile = self.expr.type
        right = other.expr if isinstance(other, _Tiled) else tree.literal(other, tile)
        left, right = (right, self.expr) if turned else (self.expr, right)
        return _Tiled(tree.Binary(tile, -1e4, 1e4, operator, left, right))

    def __add__(self, other: _Tiled | float) -> _Tiled:
        return self._with("+", other)

    def __sub__(self, other: _Tiled | float) -> _Tiled:
        return self._with("-", other)

    def __mul__(self, other: _Tiled | float) -> _Tiled:
        return self._with("*", other)

    def __neg__(self) -> _Tiled:
        return _Tiled(-self.expr)
