"""Random integers: labels, dice, counts of events, keys, buckets, throws, draws with replacement."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .names import plural
from .tasks import extent, opt, read, setting, words, write
from .tree import Expr


def _draw(k: Kernel, r: Expr, what: str, *arguments: tree.Value, gives: t.Type = t.F32) -> Expr:
    return k.call(what, r, *arguments, gives=gives)


def integers(k: Kernel, r: Expr) -> None:
    """Random integers of one kind, by this thread's generator."""
    rng = k.rng
    ways = {"poisson": 2.0, "bits": 2.0, "label": 1.0, "dice": 1.0, "raw": 1.0, "spin": 1.0, "heads": 1.0, "total": 1.0}
    how = rng.weighted(ways | {"resample": 1.0})
    if how in ("heads", "total"):
        _thrown(k, r, how)
        return
    if how == "resample":
        k.titles = words("bootstrap_sample resample_data draw_with_replacement random_gather pick_random")
        pool = k.dim(rng.choose((8, 16)))
        data = k.array("=data values pool", t.F32, (pool,), low=-2.0, high=2.0)
        size = extent(k, pool, "=num_data pool_size")
        pick = k.let("=pick j src", _draw(k, r, "randi", k.integer(0), size, gives=t.I32))
        write(k, "=samples drawn out", data[pick])
        if opt(k, 0.5):
            write(k, "=picks indices sources", pick)
        return
    if how == "poisson":
        what = rng.choose(("photon", "event", "arrival", "spike", "decay", "count"))
        k.titles = (
            f"{what}_counts",
            f"sample_{what}s",
            "poisson_counts",
            "shot_noise",
            f"simulate_{what}s",
            "draw_poisson",
            f"count_{what}s",
        )
        rate = (
            read(k, "=rate lam mean intensity", t.F32, 0.5, 5.0)
            if rng.chance(0.5)
            else setting(k, "=rate lam mean_count", 0.5, 5.0, 2.0)
        )
        if opt(k, 0.4):
            rate = rate * setting(k, "=dt exposure interval", 0.1, 1.0, 0.5)
        count = k.let("=n count events", _draw(k, r, "poisson", rate, gives=t.U32))
        write(k, f"=counts {what}s {what}_counts", count)
        if opt(k, 0.3):
            write(
                k,
                "=rates_out intensity_out estimates",
                k.cast(count, t.F32) * setting(k, "=gain inv_exposure scale", 0.1, 2.0, 1.0, 0.5),
            )
    elif how == "bits":
        k.titles = words("random_bits random_keys fill_keys random_hashes generate_keys random_uints shuffle_keys")
        value = _draw(k, r, "randu", gives=t.U32)
        limit = tree.literal(rng.choose((10, 16, 100, 64, 1000)), t.U32)
        write(k, "=keys bits codes hashes", value % limit if rng.chance(0.6) else value)
    elif how == "raw":
        k.titles = ("random_buckets", "assign_buckets", "random_bins", "random_partition", "scatter_to_bins")
        bins = k.scalar("=num_bins num_buckets bins", t.I32, 2, 40) if rng.chance(0.5) else rng.choose((8, 16, 32, 64))
        n = k.let("=n raw h", _draw(k, r, "randi", gives=t.I32))
        write(k, "=buckets bins_out bucket_ids", k.call("abs", n % bins))
    else:
        what = {"label": rng.choose(("label", "species", "team", "type", "material")), "dice": "roll", "spin": "spin"}[
            how
        ]
        many = what if what == "species" else plural(what)
        k.titles = tuple(f"{verb}_{many}" for verb in ("random", "assign", "init", "sample", "randomize", "draw"))
        if how == "spin":
            up = _draw(k, r, "randf") < setting(k, "=p_up up_prob bias", 0.1, 0.9, 0.5)
            write(k, "=spins spin_out lattice", k.where(up, k.integer(1), k.integer(-1)))
            return
        first = 1 if how == "dice" else 0
        high = (
            k.scalar(f"=num_{many} {what}_count sides" if how == "dice" else f"=num_{many} {what}_count", t.I32, 2, 40)
            if rng.chance(0.5)
            else k.integer(rng.choose((4, 6, 10, 8)))
        )
        value = _draw(k, r, "randi", tree.as_expr(first, t.I32), high + first if first else high, gives=t.I32)
        write(k, f"={many} {what}_out {what}_ids", value)
        if opt(k, 0.3):
            write(k, "=weights probs confidence", _draw(k, r, "randf"))


def _thrown(k: Kernel, r: Expr, how: str) -> None:
    """Several throws: heads counted, dice added up, the best of them."""
    rng = k.rng
    times: Expr | int = rng.choose((8, 16))
    if rng.chance(0.6):
        times = k.scalar("=num_trials n_tosses trials", t.I32, 2, 16)
    if how == "heads":
        k.titles = words("count_heads binomial_counts toss_coins count_successes bernoulli_trials")
        p = read(k, "=p prob", t.F32, 0.1, 0.9) if rng.chance(0.5) else setting(k, "=p_success prob", 0.1, 0.9, 0.5)
        heads = k.variable("=heads hits successes", k.integer(0))
        with k.loop("=n trial", times), k.when(_draw(k, r, "randf") < p):
            k.augment(heads, "+", 1)
        write(k, "=counts successes_out binomials", heads)
        return
    best = rng.chance(0.4)
    k.titles = words("best_roll keep_highest roll_with_advantage") if best else words("roll_total sum_dice dice_pool")
    total = k.variable("=best top highest" if best else "=total pips points", k.integer(0))
    sides = rng.choose((6, 6, 20, 8))
    with k.loop("=n throw", times):
        roll = _draw(k, r, "randi", k.integer(1), k.integer(sides + 1), gives=t.I32)
        k.set(total, k.call("max", total, roll)) if best else k.augment(total, "+", roll)
    write(k, "=results totals rolls", total)
