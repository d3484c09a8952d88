"""Numbers that are stored in half precision or fewer bits, and worked with in single precision."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .tasks import launch, local, named, opt, read, setting, write
from .tree import Expr


@recipe("numbers stored in half and brain formats", "arithmetic:0.6 math:0.35", "learning signal", {t.F32: 1.0})
def narrow_formats(k: Kernel) -> None:
    """Storage is narrow, arithmetic is in single precision."""
    rng = k.rng
    narrow = rng.choose((t.BF16, t.BF16, t.F16))
    kind = "half" if narrow is t.F16 else "bf16"
    how = rng.choose(("scale", "activation", "sgd", "residual", "blend", "convert"))
    k.titles = {
        "scale": (f"scale_{kind}", "scale_bias", f"affine_{kind}", "dequantize", f"rescale_{kind}", "apply_scale"),
        "activation": (
            "gelu_forward",
            "silu_forward",
            "relu_forward",
            f"activation_{kind}",
            "swish",
            "apply_activation",
        ),
        "sgd": ("sgd_step", f"sgd_{kind}", "update_weights", "momentum_step", "apply_gradients", "optimizer_step"),
        "residual": (
            "add_residual",
            f"add_{kind}",
            "residual_add",
            "skip_connection",
            "axpy_half",
            "accumulate_residual",
        ),
        "blend": ("ema_update", "lerp_weights", "blend_buffers", "moving_average", "update_ema"),
        "convert": (f"to_{kind}", f"convert_to_{kind}", f"pack_{kind}", f"downcast_{kind}", "compress", "cast_storage"),
    }[how]
    launch(k, rng.choose(("weight", "element", "feature")), rng.choose((1, 1, 2)))
    k.shared.differentiable = False
    if how == "convert":
        x = read(k, "=x value v", t.F32)
        if opt(k, 0.4):
            x = k.let("=scaled xs", x * setting(k, "=scale loss_scale gain", 0.1, 2.0, 0.5, 2.0))
        if opt(k, 0.3):
            top = named(k, "=lim c", setting(k, "=max_value clip limit", 0.5, 2.0, 1.0))
            x = k.let("=clipped xc", k.call("clamp", x, -top, top))
        small = k.let("=h packed lo" if narrow is t.F16 else "=b packed lo", k.cast(x, narrow))
        # Not what rounding has taken away: that is as small as what results may differ by.
        write(k, "=packed out_half stored" if narrow is t.F16 else "=packed out_bf16 stored", small)
        return
    x = local(
        k,
        "=x v val",
        k.cast(
            _stored(k, "=inputs x_in activations weights" if how != "sgd" else "=weights params w_store", narrow), t.F32
        ),
    )
    if how == "scale":
        y = x * setting(k, "=scale gain alpha", 0.1, 2.0, 0.5)
        if rng.chance(0.6):
            y = y + setting(k, "=bias zero_point offset", -1.0, 1.0, 0.5)
    elif how == "activation":
        act = rng.choose(("relu", "silu", "gelu", "leaky"))
        if act == "relu":
            k.titles = ("relu_forward", f"relu_{kind}", "relu", "apply_relu")
            y = k.call("max", x, 0.0)
        elif act == "leaky":
            k.titles = ("leaky_relu", f"leaky_relu_{kind}", "lrelu_forward", "apply_leaky_relu")
            slope = setting(k, "=slope negative_slope alpha", 0.01, 0.3, 0.1, 0.01)
            y = k.where(x > 0.0, x, x * slope)
        elif act == "silu":
            k.titles = ("silu_forward", "swish", f"silu_{kind}", "swish_forward", "apply_silu")
            y = x / (1.0 + k.call("exp", -x))
        else:
            k.titles = ("gelu_forward", "gelu", f"gelu_{kind}", "gelu_tanh", "apply_gelu")
            y = 0.5 * x * (1.0 + k.call("tanh", 0.79788 * (x + 0.044715 * x * x * x)))
        if opt(k, 0.3):
            y = k.let("=y act", y) * setting(k, "=out_scale gain", 0.1, 2.0, 0.5)
    elif how == "sgd":
        g = local(k, "=g grad", k.cast(_stored(k, "=grads gradients g_store", narrow), t.F32))
        if opt(k, 0.4):
            g = k.let("=g_wd gd", g + setting(k, "=weight_decay decay l2", 1e-3, 0.1, 0.01) * x)
        rate = setting(k, "=lr learning_rate step_size", 1e-3, 0.1, 0.01, 0.05)
        if opt(k, 0.45):
            m = k.array("=momentum velocity m_buf", t.F32, k.launch, "inout", low=-1.0, high=1.0)[k.threads]
            k.set(m, m * setting(k, "=beta mu momentum_coef", 0.5, 0.99, 0.9) + g)
            g = m
        y = x - rate * g
    elif how == "residual":
        other = local(k, "=r res skip", k.cast(_stored(k, "=residual skip branch", narrow), t.F32))
        y = x + other * setting(k, "=alpha res_scale", 0.1, 1.0, 0.5) if rng.chance(0.5) else x + other
    else:
        new = local(k, "=w new cur", read(k, "=weight current fresh", t.F32))
        beta = named(k, "=b d_ema", setting(k, "=decay beta ema_decay", 0.5, 0.999, 0.9, 0.99))
        y = x * beta + new * (1.0 - beta)
    if opt(k, 0.3):
        top = named(k, "=lim bound", setting(k, "=clip clip_value max_abs", 0.5, 2.0, 1.0, 2.0))
        y = k.let("=yc clipped bounded", k.call("clamp", y, -top, top))
    if how not in ("sgd", "blend") and opt(k, 0.3):
        keep = k.array("=mask keep_mask valid", t.I32, k.launch, low=0, high=1)[k.threads]
        y = k.where(keep.differs(0), y, k.lit(0.0)) if rng.chance(0.7) else y * k.cast(keep, t.F32)
    y = k.let("=y out_val result", y)
    kinds = {"sgd": "=weights_out params_out w_new", "blend": "=ema_out shadow averaged"}
    write(k, kinds.get(how, "=outputs y_out out activations_out"), k.cast(y, narrow))
    if opt(k, 0.35):
        write(k, "=full_precision master y_f32", y)


def _stored(k: Kernel, kind: str, narrow: t.Scalar) -> Expr:
    return k.array(kind, narrow, k.launch, low=-2.0, high=2.0)[k.threads]
