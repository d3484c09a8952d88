"""Named functions of two or three numbers that kernels map over tiles: losses, gradients, blends, updates."""

from __future__ import annotations

from .build import Body
from .tile_laws import Law
from .tile_unary import ACT, sigmoid
from .tree import Expr

PAIR = (("=a x left first", -2.0, 2.0), ("=b y right second", -2.0, 2.0))
FIT = (("=pred outputs y_pred estimates", -2.0, 2.0), ("=target labels y_true reference", -2.0, 2.0))
BACK = (("=grad_out upstream d_out dy", -2.0, 2.0), ("=x pre_act inputs z", -2.0, 2.0))
LOSS = "=loss losses err loss_out {}_loss"
GRAD = "=grad_in dx grad_x d_in"


def _silu_back(b: Body, g: Expr, x: Expr) -> Expr:
    s = b.let("=s sig gate", sigmoid(b, x))
    return g * s * (1.0 + x * (1.0 - s))


def _huber(b: Body, p: Expr, q: Expr, delta: Expr) -> Expr:
    e = b.let("=err e diff", b.call("abs", p - q))
    return b.where(e < delta, 0.5 * e * e, delta * (e - 0.5 * delta))


def _bce(b: Body, z: Expr, y: Expr) -> Expr:
    return b.call("max", z, 0.0) - z * y + b.call("log", 1.0 + b.call("exp", -b.call("abs", z)))


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
        lambda b, x, g: x * g * sigmoid(b, g),
        (("=up value_proj x", -2.0, 2.0), ("=gate gate_proj g", -2.0, 2.0)),
        ACT,
    ),
    Law(
        "glu gated_linear gate_values",
        lambda b, x, g: x * sigmoid(b, g),
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
