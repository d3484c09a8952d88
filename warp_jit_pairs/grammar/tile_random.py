"""Random tiles, scaled sums of tiles, and a thread's value given to a whole tile."""

from __future__ import annotations

from collections.abc import Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .rows import named, titled
from .tile_ops import Blocks, elementwise, function_name, item, op
from .tree import Expr


@recipe("random tiles, axpy and thread values", "tile:7", "stats learning", {t.F32: 1.0})
def tile_random(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, rng.choose((1, 1, 2)), skip=0.0)
    tile = blocks.tile(k.real)
    what = rng.weighted(
        {"noise": 1.5, "uniform": 0.6, "dice": 1.3, "dropout": 1.0, "axpy": 2.6, "spread": 1.0, "bernoulli": 1.0}
    )
    if what in ("axpy", "spread"):
        _axpy_or_spread(k, blocks, what)
        return
    k.shared.differentiable = False
    seed = k.scalar("seed", t.I32, 0, 1000)
    place = blocks.index[0] if len(blocks.index) == 1 else blocks.index[0] * 2 + blocks.index[1]
    state = k.let("rng", k.call("rand_init", seed, place, gives=t.U32))
    if what == "dice":
        top = rng.choose((6, 10, 100, 256))
        drawn = op("tile_randi", t.Tile(t.I32, blocks.sizes), blocks.extent, state, *((1, 7) if top == 6 else (0, top)))
        titled(
            k,
            "roll_dice fill_random_ints random_labels sample_integers random_codes"
            if top != 6
            else "roll_dice dice_rolls throw_dice",
        )
        drawn = k.let("=draw_tile ints drawn", drawn)
        kind = "=draws random_ints labels out" if top != 6 else "=rolls dice throws"
        if rng.chance(0.3):
            one = t.Tile(t.I32, (1,))
            found = rng.choose(("tile_sum", "tile_max", "tile_min"))
            names = {"tile_sum": "=totals pips sums", "tile_max": "=best highest", "tile_min": "=worst lowest"}[found]
            k.set(k.array(names, t.I32, k.launch, "out")[blocks.index], item(op(found, one, drawn)))
            if rng.chance(0.5):
                return
        elif rng.chance(0.3):
            # Thrown on top of what has been thrown.
            target = blocks.array(kind, t.I32, "inout", 0, 10)
            blocks.write(target, k.let("=sum_tile total_tile", elementwise("+", blocks.read(target, kind), drawn)))
            return
        blocks.store(kind, drawn)
        return
    centered = what == "noise"
    bounds = (k.lit(-1.0), k.lit(1.0)) if centered else (k.lit(0.0), k.lit(1.0)) if rng.chance(0.3) else ()
    drawn = k.let(
        "=noise_tile jitter" if centered else "=u_tile u draws",
        op("tile_randf", tile, blocks.extent, state, *bounds),
    )
    if what == "uniform":
        titled(k, "fill_uniform random_uniform sample_uniform init_uniform {}_uniform")
        if rng.chance(0.6):
            width = k.scalar("=scale width amplitude", k.real, 0.1, 2.0)
            drawn = k.let("=scaled scaled_tile", elementwise("*", drawn, width))
            if rng.chance(0.3):
                base = blocks.load("=lower base minimum", k.real)
                drawn = k.let("=shifted shifted_tile", elementwise("+", drawn, base))
        blocks.store("=samples u_out random_values weights", drawn)
        return
    x = blocks.load(
        "=x signal image values" if centered else "=x activations probs",
        k.real,
        0.0 if not centered else -2.0,
        1.0 if not centered else 2.0,
    )
    if centered:
        level = (
            k.scalar("=noise_level sigma amplitude std", k.real, 0.1, 1.0)
            if rng.chance(0.7)
            else k.choose_lit(0.1, 0.05, 0.25)
        )
        drawn = k.let("=scaled_noise jitter_tile", elementwise("*", drawn, level))
        how = rng.choose(("plain", "relative", "masked"))
        if how == "relative":
            drawn = k.let("=rel_noise gain_noise", elementwise("*", drawn, x))
        elif how == "masked":
            mask = blocks.load("=mask enabled strength", k.real, 0.0, 1.0)
            drawn = k.let("=kept_noise masked_noise", elementwise("*", drawn, mask))
        titled(k, "add_noise jitter_values perturb noisy_copy augment_noise add_uniform_noise")
        blocks.store("=noisy out perturbed x_noisy", k.let("=noisy_tile perturbed_tile", elementwise("+", x, drawn)))
        return
    rate = k.scalar("=drop_prob rate p", k.real, 0.1, 0.6) if what == "dropout" else None

    def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
        if rate is None:
            return [body.where(names[0] < names[1], 1.0, body.lit(0.0))]
        return [body.where(names[0] < names[2], body.lit(0.0), names[1] / (1.0 - names[2]))]

    kinds = [("=u draw r", k.real, 0.0, 1.0), ("=x value v" if rate is not None else "=p prob", k.real, 0.0, 1.0)]
    if rate is not None:
        kinds.append(("=rate drop_prob p", k.real, 0.1, 0.6))
    titles = ("apply_dropout", "dropout_value", "drop") if rate is not None else ("bernoulli", "flip_coin", "to_spike")
    made = helper(k, kinds, write, titles=titles)
    result = op("tile_map", tile, function_name(made.name), drawn, x, *([rate] if rate is not None else []))
    titled(
        k,
        "dropout dropout_forward apply_dropout_tiles random_dropout"
        if rate is not None
        else "sample_bernoulli bernoulli_spikes poisson_encode sample_binary",
    )
    blocks.store(
        "=dropped out y" if rate is not None else "=spikes samples binary_out",
        k.let("=kept_tile out_tile" if rate is not None else "=spike_tile hits", result),
    )


def _axpy_or_spread(k: Kernel, blocks: Blocks, what: str) -> None:
    rng = k.rng
    if what == "axpy":
        how = rng.choose(("axpy", "sgd", "euler", "momentum"))
        step_kind, base = {
            "axpy": ("=x a direction", "=y b base"),
            "sgd": ("=grads grad gradients g", "=params weights w theta"),
            "euler": ("=velocity v rates dydt", "=position state y q"),
            "momentum": ("=grads grad g", "=momentum velocity m"),
        }[how]
        in_place = rng.chance(0.4)
        target = blocks.array(base, k.real, "inout") if in_place else None
        y = blocks.read(target, base) if target is not None else blocks.load(base, k.real)
        x = blocks.load(step_kind, k.real)
        if how == "momentum":
            y = k.let("=decayed m_tile", elementwise("*", y, k.scalar("=beta decay mu", k.real, 0.5, 0.99)))
        factor = k.scalar(
            {
                "axpy": "=alpha a scale",
                "sgd": "=lr learning_rate step_size",
                "euler": "=dt h time_step",
                "momentum": "=one_minus_beta grad_scale",
            }[how],
            k.real,
            0.01,
            1.0,
        )
        if how in ("sgd", "euler") and rng.chance(0.35):
            # Weights decay, speeds are damped.
            kind = "=weight_decay wd l2_reg" if how == "sgd" else "=drag damping friction"
            rate = k.scalar(kind, k.real, 0.001, 0.1)
            shrunk = elementwise("*", y if how == "sgd" else x, 1.0 - factor * rate)
            if how == "sgd":
                y = k.let("=decayed kept_tile", shrunk)
            else:
                x = k.let("=slowed damped_tile", shrunk)
        k.do(op("tile_axpy", t.NOTHING, -factor if how == "sgd" else factor, x, y))
        if how in ("axpy", "euler") and rng.chance(0.35):
            second = blocks.load("=z second other" if how == "axpy" else "=force accel push", k.real)
            times = k.scalar("=beta b_coef scale_z" if how == "axpy" else "=half_dt2 accel_scale", k.real, 0.01, 1.0)
            k.do(op("tile_axpy", t.NOTHING, times, second, y))
        elif rng.chance(0.25):
            one = t.Tile(k.real, (1,))
            size = item(op("tile_sum", one, elementwise("*", x, x)))
            names = {"sgd": "=grad_sq grad_norms", "momentum": "=grad_sq grad_norms"}.get(how, "=step_sq change_sq")
            k.set(k.array(names, k.real, k.launch, "out")[blocks.index], size)
        if target is not None:
            blocks.write(target, y)
        else:
            blocks.store(
                {
                    "axpy": "=out y_out z",
                    "sgd": "=params_out new_weights updated",
                    "euler": "=next_state y_next pos_out",
                    "momentum": "=momentum_out m_new",
                }[how],
                y,
            )
        titled(
            k,
            {
                "axpy": "axpy_tiles axpy saxpy scaled_add add_scaled",
                "sgd": "sgd_step gradient_step sgd_update descend",
                "euler": "euler_step advance_state explicit_euler integrate_tiles",
                "momentum": "update_momentum momentum_step accumulate_gradient",
            }[how],
        )
        return
    scale = k.rng.chance(0.5)
    words = "=scale gain row_gain" if scale else "=offset bias shift baseline"
    source = k.array(
        words.replace("=", "=block_").split()[0] + (" gains scales" if scale else " offsets baselines"),
        k.real,
        k.launch,
        low=0.2,
        high=2.0,
    )
    value = named(k, words, source[blocks.index])
    spread = op("tile_from_thread", blocks.tile(k.real), shape=blocks.extent, value=value, thread_idx=k.integer(0))
    spread = k.let("=gain_tile scale_tile" if scale else "=offset_tile base_tile bias_tile", spread)
    x = blocks.load("=x values signal data", k.real)
    titled(
        k,
        "scale_blocks apply_block_gain broadcast_scale gain_per_block"
        if scale
        else "subtract_baseline remove_block_mean center_blocks broadcast_subtract",
    )
    blocks.store(
        "=out scaled y" if scale else "=centered out y",
        k.let(
            "=out_tile scaled_tile" if scale else "=centered_tile out_tile",
            elementwise("*" if scale else "-", x, spread),
        ),
    )
