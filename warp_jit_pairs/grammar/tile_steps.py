"""Larger tile kernels, a system or a batch to each block: layers, attention, filters, iterations of matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import SINGLE, recipe
from .rows import titled
from .tile_laws import use
from .tile_ops import (
    FIELDS,
    dtype_of,
    elementwise,
    function_name,
    op,
)
from .tile_squares import Square, adaptive_filter, descent, matrix_iteration
from .tile_unary import UNARY
from .tree import Expr


def _layers(k: Kernel) -> None:
    rng = k.rng
    s = Square(k, (8, 8, 4), ("DIM", "WIDTH", "HIDDEN", "FEATURES", "TILE_N"))
    count = {"small": (1, 2), "medium": (2, 2), "large": (2, 3)}[k.shared.size]
    layers = rng.integer(*count)
    x = s.load("=x inputs features batch_in", "=x_tile in_tile", -1.0, 1.0)
    first = x
    laws = [law for law in UNARY if law.out.startswith("=y out activated")]
    law = rng.choose(laws)
    biased = rng.chance(0.8)
    for number in range(1, layers + 1):
        w = s.load(f"=w{number} weights{number}", f"=w{number}_tile w{number}_t", shared=True)
        x = s.times(x, w, f"=z{number} pre{number} lin{number}")
        if biased:
            line = s.flat(f"=b{number} bias{number}", f"=b{number}_vec b{number}_row", shared=True)
            x = s.add("+", x, s.rows_spread(line, f"=b{number}_tile bias{number}_tile"), f"=biased{number} zb{number}")
        if number < layers or rng.chance(0.5):
            x = k.let(f"=h{number} act{number} hidden{number}", use(k, law, [x]))
    skip = rng.chance(0.4)
    if skip:
        x = s.add("+", first, x, "=out_tile with_skip res_out")
    s.store("=y outputs out hidden_out", x)
    if rng.chance(0.25):
        s.number("=activation_energy sq_norms act_norm", s.square_sum(x))
    stem = law.titles.split()[0].removesuffix("_forward")
    titled(
        k,
        f"mlp_forward {'residual_' if skip else ''}mlp"
        f" {layers}_layer_forward feed_forward {stem}_mlp dense_stack".replace(
            f"{layers}_layer", {1: "one_layer", 2: "two_layer", 3: "three_layer"}[layers]
        ),
    )


def _attention(k: Kernel) -> None:
    rng = k.rng
    s = Square(k, (8, 4), ("SEQ_LEN", "HEAD_DIM", "DIM", "TILE_N", "TOKENS"))
    q = s.load("=q queries query", "=q_tile q_t", -1.0, 1.0)
    key = s.load("=keys k_in key_rows", "=k_tile key_tile", -1.0, 1.0)
    v = s.load("=values v_in value_rows", "=v_tile value_tile", -1.0, 1.0)
    kt = s.turned(key, "=kt k_trans key_t")
    scores = s.times(q, kt, "=scores logits qk")
    scale = (
        k.scalar("=scale inv_sqrt_d softmax_scale", k.real, 0.1, 1.0)
        if rng.chance(0.6)
        else k.lit(round(float(s.n) ** -0.5, 6))
    )
    scores = s.add("*", scores, scale, "=scaled scaled_scores att")
    if rng.chance(0.35):
        bias = s.load("=mask_bias attn_bias rel_bias", "=bias_tile mask_tile", -1.0, 1.0, rng.chance(0.5))
        scores = s.add("+", scores, bias, "=biased masked_scores")

    def law(titles: str, kinds: Sequence[tuple[str, float, float]], write: Callable[..., Expr]) -> str:
        parameters = [(kind, k.real, low, high) for kind, low, high in kinds]
        return helper(k, parameters, lambda body, names: [write(body, *names)], titles=titles.split()).name

    peak = k.let("=row_max peaks m", op("tile_reduce", s.vector, function_name("wp.max"), scores, axis=k.integer(1)))
    top = s.columns_spread(peak, "=max_tile peak_tile")
    exp_name = law(
        "shifted_exp stable_exp exp_minus",
        (("=x s score", -4.0, 4.0), ("=m peak x_max", -4.0, 4.0)),
        lambda b, x, m: b.call("exp", x - m),
    )
    weights = k.let("=exps e_tile p_raw", op("tile_map", s.matrix, function_name(exp_name), scores, top))
    sums = k.let("=row_sum denom z", op("tile_sum", s.vector, weights, axis=k.integer(1)))
    below = s.columns_spread(sums, "=denom_tile z_tile")
    late = rng.chance(0.4)
    divide = law(
        "divide normalize_weight ratio", (("=w e num", 0.0, 2.0), ("=z denom total", 0.5, 8.0)), lambda b, w, z: w / z
    )
    if late:
        mixed = s.times(weights, v, "=mixed pv acc")
        out = k.let("=context out_tile normed", op("tile_map", s.matrix, function_name(divide), mixed, below))
    else:
        weights = k.let("=probs p_tile attn", op("tile_map", s.matrix, function_name(divide), weights, below))
        out = s.times(weights, v, "=context out_tile mixed")
        if rng.chance(0.4) or k.shared.size == "large":
            s.store("=attn_out probs_out attention_weights", weights)
    if rng.chance(0.3):
        w = s.load("=w_o out_proj proj_weights", "=wo_tile proj_tile", shared=True)
        out = s.times(out, w, "=projected proj")
    s.store("=out context_out attended", out)
    if late and rng.chance(0.5):
        k.do(
            op(
                "tile_store",
                t.NOTHING,
                k.array("=denoms softmax_denom", k.real, (k.launch[0], s.side), "out")[s.row],
                sums,
            )
        )
    titled(k, "attention scaled_dot_product_attention attention_head self_attention attention_forward attention_block")


def _statistics(k: Kernel) -> None:
    """Moments of the columns of a batch, or a batch brought to scale by them."""
    rng = k.rng
    s = Square(k, (8, 4), ("BATCH", "N", "FEATURES", "TILE_N"))
    x = s.load("=x batches samples features", "=x_tile batch_tile", -2.0, 2.0)
    inverse = 1.0 / s.n
    sums = k.let("=col_sum totals", op("tile_sum", s.vector, x, axis=k.integer(0)))
    mean = s.add("*", sums, k.lit(inverse), "=mean mu_vec col_mean")
    centered = s.add("-", x, s.rows_spread(mean, "=mean_tile mu_tile"), "=centered dev xc")
    how = rng.choose(("covariance", "normalize", "whiten", "scores"))
    if how == "covariance":
        turned = s.turned(centered, "=xct dev_t")
        cov = s.add(
            "*",
            s.times(turned, centered, "=scatter prod"),
            k.lit(inverse if rng.chance(0.5) else round(1.0 / (s.n - 1), 6)),
            "=cov cov_tile sigma",
        )
        if rng.chance(0.5):
            jitter = k.let(
                "=jitter_vec reg_vec",
                op("tile_full", s.vector, shape=s.size, value=k.choose_lit(0.01, 0.1, 1.0), dtype=dtype_of(k, k.real)),
            )
            cov = k.let("=cov_reg stable_cov", op("tile_diag_add", s.matrix, cov, jitter))
        s.store("=cov covariances cov_out", cov)
        if rng.chance(0.6):
            s.store("=means mean_out mu", mean)
        titled(k, "sample_covariance covariance_matrices batch_covariance column_covariance")
        return
    squares = s.add("*", centered, centered, "=sq dev_sq")
    spread = k.let("=var_sum sq_sum", op("tile_sum", s.vector, squares, axis=k.integer(0)))
    var = s.add("*", spread, k.lit(inverse), "=variance var_vec sigma2")

    def root(body: Body, names: list[Expr]) -> Sequence[Expr]:
        return [1.0 / body.call("sqrt", names[0] + body.rng.choose((1e-3, 1e-2)))]

    made = helper(k, [("=v variance s2", k.real, 0.0, 4.0)], root, titles=("inv_std", "rsqrt_eps", "inverse_sigma"))
    scale = k.let("=inv_sigma rstd inv_std_vec", op("tile_map", s.vector, function_name(made.name), var))
    wide = s.rows_spread(scale, "=scale_tile rstd_tile")
    y = s.add("*", centered, wide, "=x_hat normed y_tile")
    if how == "normalize":
        gamma = s.flat("=gamma gain bn_weight", "=gamma_vec g_vec", 0.5, 1.5, True)
        y = s.add("*", y, s.rows_spread(gamma, "=gamma_tile g_tile"), "=scaled y_scaled")
        if rng.chance(0.7):
            beta = s.flat("=beta bias bn_bias", "=beta_vec b_vec", -0.5, 0.5, True)
            y = s.add("+", y, s.rows_spread(beta, "=beta_tile b_tile"), "=shifted bn_out")
        if rng.chance(0.4):
            y = k.let(
                "=act activated",
                use(k, rng.choose([law for law in UNARY if law.out.startswith("=y out activated")]), [y]),
            )
    elif how == "scores":
        distances = k.let("=maha dist_vec", op("tile_sum", s.vector, elementwise("*", y, y), axis=k.integer(1)))
        s.store("=distances mahalanobis outlier_scores", distances)
        titled(k, "outlier_scores mahalanobis_diag standardized_distance anomaly_scores")
        return
    s.store("=y normalized out", y)
    if rng.chance(0.6) or k.shared.size == "large":
        s.store("=means mean_out saved_mean", mean)
        s.store("=variances var_out saved_var", var)
    titled(
        k,
        "batch_norm batchnorm_forward normalize_columns bn_forward"
        if how == "normalize"
        else "standardize_columns zscore_columns whiten_columns scale_features",
    )


def _graph_layer(k: Kernel) -> None:
    rng = k.rng
    s = Square(k, (8, 4), ("NODES", "N", "NUM_NODES", "DIM"))
    a = s.load("=adjacency graph", "=adj_tile a_tile", 0.0, 1.0)
    h = s.load("=features h node_feats", "=h_tile feat_tile", -1.0, 1.0)
    own = k.let("=ones loop_vec", op("tile_ones", s.vector, shape=s.size, dtype=dtype_of(k, k.real)))
    if rng.chance(0.6):
        a = k.let("=adj_self with_loops", op("tile_diag_add", s.matrix, a, own))
    degrees = k.let("=deg degree_vec row_sum", op("tile_sum", s.vector, a, axis=k.integer(1)))
    messages = s.times(a, h, "=messages agg gathered")
    if rng.chance(0.7):
        wide = s.columns_spread(degrees, "=deg_tile d_tile")

        def divide(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [names[0] / (names[1] + body.rng.choose((1e-3, 1e-2, 1.0)))]

        made = helper(
            k,
            [("=x msg v", k.real, -4.0, 4.0), ("=d deg degree", k.real, 0.0, 9.0)],
            divide,
            titles=("by_degree", "normalize_by_degree", "mean_message"),
        )
        messages = k.let("=mean_msg normed avg_msg", op("tile_map", s.matrix, function_name(made.name), messages, wide))
    layers = rng.integer(*{"small": (1, 1), "medium": (1, 2), "large": (2, 2)}[k.shared.size])
    for number in range(1, layers + 1):
        w = s.load(f"=w{number} weights{number}", f"=w{number}_tile wt{number}", shared=True)
        messages = s.times(messages, w, f"=z{number} lin{number}")
        messages = k.let(
            f"=h{number} act{number}",
            use(k, rng.choose([law for law in UNARY if law.out.startswith("=y out activated")]), [messages]),
        )
    if rng.chance(0.35):
        messages = s.add("+", messages, h, "=skip_out res_feats")
    s.store("=h_out node_out new_feats", messages)
    if rng.chance(0.35):
        pooled = k.let("=pooled readout", op("tile_sum", s.vector, messages, axis=k.integer(0)))
        s.store("=graph_embedding pooled_out readout_out", pooled)
    titled(k, "graph_convolution gcn_layer gcn_forward message_passing_layer graph_layer aggregate_and_transform")


_STEPS: dict[Callable[[Kernel], None], float] = {
    _layers: 2.5,
    _attention: 1.5,
    matrix_iteration: 2.0,
    adaptive_filter: 1.8,
    descent: 2.5,
    _statistics: 1.8,
    _graph_layer: 1.2,
}


@recipe("several steps on the tiles of a row", "tile:4.4 combined:0.24", FIELDS, SINGLE)
def tile_steps(k: Kernel) -> None:
    k.rng.weighted(_STEPS)(k)
