"""Rows brought to a common scale: softmax, layer normalisation, unit length."""

from __future__ import annotations

from .kernel import Kernel
from .recipes import ANY_REAL, recipe
from .reductions import MEAN, TOTAL, VALUE
from .rows import Reader, Rows, again, coefficient, rows, store, titled
from .tree import Expr


@recipe("softmax, layer normalisation and the like of a row", "reduction:0.83 math:0.28", "learning stats", ANY_REAL)
def row_normalize(k: Kernel) -> None:
    rng = k.rng
    r = rows(k, 0.0, 0.2, 8)
    if r.layout == "view":
        r.layout = "plain"
    what = rng.choose(("softmax", "softmax", "softmax", "layernorm", "layernorm", "rms", "sum", "minmax", "length"))
    low, high = (0.0, 2.0) if what == "sum" else (-3.0, 3.0)
    softmax = what == "softmax"
    x = r.source("=logits scores x energies {}_logits" if softmax else "=x values inputs {s} features data", low, high)
    if softmax:
        _softmax(k, r, x)
        return
    eps = coefficient(k, "=eps epsilon tiny", 1e-3, 0.1, 1e-2, 0.1, 1e-3)
    center: Expr | None = None
    if what == "layernorm":
        titled(k, "layer_norm layernorm_forward row_layernorm normalize_{s} standardize_rows {}_layernorm zscore_rows")
        total, squares = k.variable(TOTAL, k.lit(0.0)), k.variable("=sum_sq sq acc2 sumsq", k.lit(0.0))
        two = rng.chance(0.4)
        with r.each() as j:
            v = x(j) if two else k.let(VALUE, x(j))
            k.augment(total, "+", v)
            if not two:
                k.augment(squares, "+", v * v)
        center = k.let(MEAN, total / r.number())
        if two:
            with r.each() as j:
                d = k.let("=d diff dev", x(j) - center)
                k.augment(squares, "+", d * d)
        var = squares / r.number() if two else k.call("max", squares / r.number() - center * center, 0.0)
        var = k.let("=variance sigma2", var)
        scale = k.let("=inv_std rstd inv_sigma scale", 1.0 / k.call("sqrt", var + eps))
    elif what == "minmax":
        titled(k, "min_max_scale rescale_rows normalize_range {}_rescale scale_to_unit minmax_rows")
        first, last = k.variable("=lo vmin min_v", x(0)), k.variable("=hi vmax max_v", x(0))
        with r.each(1) as j:
            v = k.let(VALUE, x(j))
            k.set(first, k.call("min", first, v))
            k.set(last, k.call("max", last, v))
        center, scale = first, k.let("=inv_range scale inv_width", 1.0 / (last - first + eps))
    else:
        titled(
            k,
            {
                "rms": "rms_norm rmsnorm_forward normalize_rms row_rmsnorm {}_rms_norm",
                "sum": "normalize_rows rows_to_probabilities row_normalize {}_normalize normalize_counts",
                "length": "normalize_rows unit_rows l2_normalize make_unit_length {}_l2_normalize normalize_{s}",
            }[what],
        )
        total = k.variable("=total row_sum s" if what == "sum" else "=sum_sq total ss sq_norm", k.lit(0.0))
        with r.each() as j:
            v = x(j) if what == "sum" else k.let(VALUE, x(j))
            k.augment(total, "+", v if what == "sum" else v * v)
        if what == "rms":
            scale = k.let("=inv_rms scale rrms", 1.0 / k.call("sqrt", total / r.number() + eps))
        elif what == "sum":
            scale = k.let("=inv_sum scale inv_total", 1.0 / (total + eps))
        else:
            scale = k.let("=inv_norm scale inv_len", 1.0 / k.call("sqrt", total + eps))
    _scaled_rows(k, r, x, center, scale, what in ("layernorm", "rms"))


def _softmax(k: Kernel, r: Rows, x: Reader) -> None:
    rng = k.rng
    scale = coefficient(k, "=temperature temp tau", 0.5, 2.0, 0.5, 2.0, 0.7) if rng.chance(0.45) else None
    causal = rng.chance(0.15)
    logs = rng.chance(0.25)
    limit = k.let("=last n_visible row_end valid", k.call("min", r.row + 1, r.n)) if causal else r.n
    titled(
        k,
        "log_softmax row_log_softmax log_softmax_rows {}_log_probs"
        if logs
        else "causal_softmax masked_softmax softmax_causal"
        if causal
        else "softmax row_softmax softmax_rows softmax_forward {}_softmax attention_softmax boltzmann_weights",
    )
    top = k.variable("=peak max_logit row_max m top", x(0))
    with again(k, "=j c col k", None, 1, limit) as j:
        r.turn = j
        k.set(top, k.call("max", top, x(j)))
    total = k.variable("=total denom sum_exp z norm", k.lit(0.0))
    place = r.target("=log_probs logp out log_p" if logs else "=probs out p {}_probs attn weights")
    kept = not logs and rng.chance(0.4)

    def shifted(j: Expr) -> Expr:
        value = x(j) - top
        return value if scale is None else value / scale

    with again(k, "=j c col k", r.turn, limit) as j:
        e = k.call("exp", shifted(j))
        if kept:
            e = k.let("=e exp_x ex", e)
            k.set(place(j), e)
        k.augment(total, "+", e)
    if kept:
        # Warp's adjoint does not follow what is read back from an output.
        k.shared.differentiable = False
    inverse = None if logs else k.let("=inv inv_sum inv_denom", 1.0 / total) if rng.chance(0.4) else None
    log_z = k.let("=log_z log_denom lse", k.call("log", total)) if logs else None
    with again(k, "=j c col k", r.turn, limit) as j:
        e = place(j) if kept else k.call("exp", shifted(j)) if log_z is None else shifted(j)
        k.set(place(j), e - log_z if log_z is not None else e * inverse if inverse is not None else e / total)
    if rng.chance(0.2) or k.shared.size == "large":
        store(
            k,
            "=log_norm lse log_z logsumexp",
            top + (k.call("log", total) if scale is None else scale * k.call("log", total)),
        )


def _scaled_rows(k: Kernel, r: Rows, x: Reader, center: Expr | None, scale: Expr, affine: bool) -> None:
    """Write the row brought to scale, in place or to a new array."""
    rng = k.rng
    out = r.target("=out normalized y {s}_out x_norm result")
    gain = shift = None
    if affine and rng.chance(0.65):
        gain = k.array("=gamma gain weight scale_w ln_weight", k.real, (r.columns,), low=0.5, high=1.5)
        if center is not None and rng.chance(0.7):
            shift = k.array("=beta bias shift ln_bias", k.real, (r.columns,), low=-0.5, high=0.5)
    with r.each() as j:
        value = (x(j) - center) * scale if center is not None else x(j) * scale
        if gain is not None:
            value = k.maybe("=x_hat normed xn", value) * gain[j]
        if shift is not None:
            value = value + shift[j]
        k.set(out(j), value)
    if rng.chance(0.3) or k.shared.size == "large":
        store(k, "=scales row_scale inv_scale {}_scale saved_scale", scale)
        if center is not None:
            store(k, "=centers row_center shifts saved_center", center)
