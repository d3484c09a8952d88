"""Tiles loaded, mapped by functions of one trade and stored; losses with their gradients."""

from __future__ import annotations

from .kernel import Kernel
from .recipes import recipe
from .rows import titled
from .tile_laws import Law, use
from .tile_ops import FIELDS, REALS, Blocks, elementwise
from .tile_pairs import BINARY, TERNARY
from .tile_unary import IMAGE, SIGNAL, UNARY

_IMAGE = tuple(law for law in UNARY if law.inputs is IMAGE)
_SIGNAL = tuple(law for law in UNARY if law.inputs is SIGNAL)


def result_kind(law: Law) -> str:
    """What a law's result is called as a tile."""
    words = [word for word in law.out[1:].split() if "{" not in word]
    return "=" + " ".join(form.format(word) for word in words for form in ("{}_tile", "{}", "tile_{}"))


@recipe("tiles loaded, mapped and stored", "tile:3.9", FIELDS, REALS)
def tile_elementwise(k: Kernel) -> None:
    rng = k.rng
    blocks = Blocks(k, rng.choose((1, 1, 2)))
    several = {"small": 0.1, "medium": 0.35, "large": 0.85}[k.shared.size]
    if rng.chance(several):
        _pipeline(k, blocks)
        return
    law = rng.choose(rng.choose((UNARY, UNARY, BINARY, BINARY, TERNARY)))
    values = [blocks.load(kind, k.real, low, high) for kind, low, high in law.inputs]
    result = k.let(result_kind(law), use(k, law, values))
    first = law.titles.split()
    loss = law.out.startswith("=loss")
    k.titles = tuple(f"{word}{end}" for word in first for end in ("_tiles", "", "_tiled", "_blocks"))
    if loss and rng.chance(0.7):
        blocks.total("=total_loss loss_sum loss_total objective", result)
        k.titles = tuple(f"{word}{end}" for word in first for end in ("_sum", "_total", "_reduce"))
        if rng.chance(0.4):
            blocks.store(law.out, result)
        return
    if rng.chance(0.12):
        blocks.add_to("=accum accumulated running_total acc_out", result)
        k.titles = tuple(f"{verb}_{word}" for word in first for verb in ("accumulate", "add"))
        return
    if rng.chance(0.15):
        scale = k.scalar("=scale gain weight factor", k.real, 0.1, 2.0)
        result = k.let("=scaled scaled_tile out_tile", elementwise("*", *rng.shuffle((scale, result))))
    blocks.store(law.out, result)


def _pipeline(k: Kernel, blocks: Blocks) -> None:
    """Several laws of one trade, one after another."""
    rng = k.rng
    length = {"small": (2, 2), "medium": (2, 3), "large": (3, 5)}[k.shared.size]
    how = rng.choose(("image", "signal", "layer", "layer", "loss"))
    if how in ("image", "signal"):
        family, (kind, low, high) = (_IMAGE, IMAGE[0]) if how == "image" else (_SIGNAL, SIGNAL[0])
        laws = rng.sample(family, rng.integer(*length))
        value = blocks.load(kind, k.real, low, high)
        for law in laws:
            value = k.let(result_kind(law), use(k, law, [value]))
        if rng.chance(0.3):
            wet, dry = ("=graded after", "=mask region") if how == "image" else ("=wet processed", "=envelope window")
            shade = blocks.load(dry, k.real, 0.0, 1.0)
            value = k.let(f"{wet}_tile", elementwise("*", value, shade))
        blocks.store("=out img_out graded display" if how == "image" else "=out y processed signal_out", value)
        titled(
            k,
            "grade_image color_pipeline process_image adjust_image image_pipeline develop_tiles"
            if how == "image"
            else "effects_chain process_audio signal_chain shape_signal audio_pipeline condition_signal",
        )
        return
    if how == "loss":
        _loss_and_gradient(k, blocks)
        return
    x = blocks.load("=x features inputs hidden", k.real)
    gain = blocks.load("=gamma weights scale_w gain", k.real, 0.5, 1.5)
    x = k.let("=scaled weighted_tile z_tile", elementwise("*", x, gain))
    if rng.chance(0.8):
        x = k.let(
            "=pre_act shifted z_tile pre_tile", elementwise("+", x, blocks.load("=beta bias b", k.real, -0.5, 0.5))
        )
    law = rng.choose([law for law in UNARY if law.out.startswith("=y out activated")])
    if rng.chance(0.3):
        blocks.store("=pre_act_out saved_z cache_z", x)
    x = k.let("=act activated act_tile y_tile", use(k, law, [x]))
    if rng.chance(0.4):
        keep = blocks.load("=dropout_mask keep_mask mask", k.real, 0.0, 1.0)
        x = k.let("=dropped kept masked_tile", elementwise("*", x, keep))
    if rng.chance(0.5):
        skip = blocks.load("=skip residual shortcut", k.real)
        x = k.let(
            "=summed res_tile out_tile", elementwise("+", skip, x) if rng.chance(0.5) else elementwise("+", x, skip)
        )
    blocks.store("=y out hidden_out activations", x)
    stem = law.titles.split()[0]
    titled(k, f"scale_bias_{stem} affine_{stem} fused_{stem} {stem}_block scale_shift_{stem}")


def _loss_and_gradient(k: Kernel, blocks: Blocks) -> None:
    """A loss of predictions, with its gradient."""
    rng = k.rng
    how = rng.choose(("squared", "logistic", "huber", "weighted"))
    pred = blocks.load("=pred outputs y_pred logits", k.real)
    goal = blocks.load("=target labels y_true", k.real, 0.0, 1.0)
    diff = k.let("=diff err residual_tile", elementwise("-", pred, goal))
    if how == "logistic":
        law = next(law for law in BINARY if law.titles.startswith("bce"))
        loss = k.let("=loss_tile losses bce", use(k, law, [pred, goal]))
        act = next(law for law in UNARY if law.titles.startswith("sigmoid"))
        prob = k.let("=prob p_tile sig", use(k, act, [pred]))
        grad = k.let("=grad g_tile d_logits", elementwise("-", prob, goal))
    elif how == "huber":
        law = next(law for law in BINARY if law.titles.startswith("huber"))
        loss = k.let("=loss_tile losses", use(k, law, [pred, goal]))
        clip = next(law for law in UNARY if law.titles.startswith("clip"))
        grad = k.let("=grad g_tile clipped_err", use(k, clip, [diff]))
    else:
        loss = k.let("=loss_tile sq_err losses", elementwise("*", diff, diff))
        grad = diff
        if how == "weighted":
            w = blocks.load("=weights w sample_weights", k.real, 0.1, 1.0)
            loss = k.let("=weighted_loss wloss", elementwise("*", w, loss))
            grad = k.let("=weighted_err wgrad", elementwise("*", w, diff))
    if rng.chance(0.7):
        scale = k.scalar("=scale inv_n grad_scale", k.real, 0.1, 2.0) if rng.chance(0.6) else k.choose_lit(2.0, 0.5)
        grad = k.let("=grad_tile scaled_grad g", elementwise("*", grad, scale))
    blocks.store("=grad d_pred grad_out grad_pred", grad)
    if rng.chance(0.65):
        blocks.total("=total_loss loss_sum objective", loss)
    else:
        blocks.store("=losses loss loss_out", loss)
    stem = {"squared": "mse", "logistic": "bce", "huber": "huber", "weighted": "weighted_mse"}[how]
    titled(k, f"{stem}_loss_and_grad {stem}_forward_backward {stem}_with_gradient loss_gradient_tiles")
