"""Random decisions: dropout, categories, resampling, mutation, actions that explore."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .randoms import between, draw, state
from .recipes import SINGLE, recipe
from .tasks import batched, element, extent, launch, local, named, opt, read, setting, words, write
from .tree import Expr


def _dropout(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "dropout apply_dropout dropout_forward drop_activations masked_dropout feature_dropout inverted_dropout"
    )
    launch(k, "feature", rng.choose((1, 2, 2)), kinds=())
    r = state(k)
    p = named(k, "=p drop_p", setting(k, "=drop_prob dropout_p rate p_drop", 0.1, 0.9, 0.5, 0.2, 0.1))
    x = read(k, "=x act value activation", t.F32)
    keep = draw(k, r, "randf") >= p if rng.chance(0.6) else draw(k, r, "randf") < 1.0 - p
    keep = k.let("=keep kept survives", keep)
    scaled = x / (1.0 - p) if rng.chance(0.7) else x * setting(k, "=scale inv_keep gain", 1.0, 2.0, 2.0, 1.25)
    if rng.chance(0.5):
        write(k, "=out y dropped activations_out", k.where(keep, scaled, k.lit(0.0)))
    else:
        out = k.variable("=y out_val result", k.lit(0.0))
        with k.when(keep):
            k.set(out, scaled)
        write(k, "=out outputs dropped activations_out", out)
    if opt(k, 0.5):
        write(k, "=mask keep_mask mask_out", k.where(keep, k.integer(1), k.integer(0)))


def _categorical(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(("class", "token", "action", "state", "event", "reaction"))
    k.titles = (
        f"sample_{what}",
        f"choose_{what}",
        "sample_categorical",
        "roulette_wheel",
        f"draw_{what}",
        f"pick_{what}",
        f"select_{what}",
    )
    (i,) = launch(k, "sample")
    r = state(k)
    count_dim = k.dim(6)
    own = rng.chance(0.5)
    kind = "=probs weights rates scores propensities"
    dims = (k.launch[0], count_dim) if own else (count_dim,)
    weights = k.array(kind, t.F32, dims, low=0.05, high=1.0)
    many = {"class": "classes"}.get(what, what + "s")
    count = extent(k, count_dim, f"=num_{many} n_{many}", weights, 1 if own else 0)

    def weight(j: Expr) -> Expr:
        return weights[i, j] if own else weights[j]

    total = k.variable("=total sum_w norm", k.lit(0.0))
    with k.loop("=j c a", count) as j:
        k.augment(total, "+", weight(j))
    u = k.let("=u threshold target", draw(k, r, "randf") * total)
    chosen, running = k.variable("=choice picked selected", count - 1), k.variable("=cum running cdf", k.lit(0.0))
    with k.loop("=j c a", count) as j:
        k.augment(running, "+", weight(j))
        with k.when(u < running):
            k.set(chosen, j)
            k.leave_loop()
    write(k, f"={many} {what}_ids choices samples", chosen)
    if opt(k, 0.4):
        write(k, "=chosen_probs likelihoods p_out", weight(chosen) / total)
    if opt(k, 0.3) and what == "reaction":
        write(k, "=waiting_times tau_out dt_out", -k.call("log", k.call("max", draw(k, r, "randf"), 1e-6)) / total)


def _cdf(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "sample_cdf inverse_cdf_sample sample_from_histogram sample_distribution importance_sample "
        "draw_from_cdf sample_env_rows"
    )
    launch(k, "sample")
    r = state(k)
    bins = k.dim(8)
    cdf = k.array("=cdf cumulative cum_probs cdf_table", t.F32, (bins,), low=0.0, high=1.0, sorted=True)
    index = k.let("=bin idx j row", draw(k, r, "sample_cdf", cdf, gives=t.I32))
    if rng.chance(0.35):
        write(k, "=bins indices samples bin_ids", index)
        return
    values = k.array("=values bin_centers levels table", t.F32, (bins,), low=-2.0, high=2.0)
    place = k.let(
        "=slot safe_idx b", k.call("clamp", index, k.integer(0), extent(k, bins, "=num_bins n_bins", values) - 1)
    )
    value = values[place]
    if opt(k, 0.4):
        value = value + setting(k, "=bin_width width dx", 0.05, 1.0, 0.1, 0.5) * draw(k, r, "randf")
    write(k, "=samples draws values_out", value)
    if opt(k, 0.3):
        write(k, "=bins indices bin_ids", place)


def _mutate(k: Kernel) -> None:
    rng = k.rng
    k.titles = words(
        "mutate mutate_genes mutate_population perturb_genomes evolve_step gaussian_mutation mutate_weights"
    )
    launch(k, "individual", 2 if rng.chance(0.6) else 1)
    r = state(k)
    x = k.variable("=gene x g", element(k, "=gene parent value", t.F32))
    if opt(k, 0.4):
        other = read(k, "=mate other_gene partner", t.F32)
        k.titles = ("crossover", "breed", "recombine_and_mutate", "crossover_mutate", "next_generation")
        with k.when(draw(k, r, "randf") < setting(k, "=crossover_rate p_cross swap_prob", 0.1, 0.9, 0.5)):
            k.set(x, other if rng.chance(0.6) else 0.5 * (x + other))
    rate = setting(k, "=mutation_rate p_mut rate", 0.05, 0.9, 0.1, 0.3, 0.05)
    with k.when(draw(k, r, "randf") < rate):
        step = setting(k, "=mutation_scale sigma step", 0.05, 0.5, 0.1)
        k.augment(x, "+", step * draw(k, r, "randn") if rng.chance(0.7) else step * between(k, r, -1.0, 1.0))
    child: Expr = x
    if opt(k, 0.4):
        child = k.call("clamp", x, k.lit(-rng.choose((1.0, 2.0, 5.0))), k.lit(rng.choose((1.0, 2.0, 5.0))))
    write(k, "=children offspring genes_out mutated", child)


def _bernoulli(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(("success", "hit", "infection", "spike", "decay", "click"))
    many = {"success": "successes"}.get(what, what + "s")
    k.titles = (
        f"count_{many}",
        f"simulate_{many}",
        "bernoulli_trials",
        f"sample_{many}",
        "binomial_sample",
        "run_trials",
        "coin_flips",
    )
    batched(k, "trial", 0.2)
    r = state(k)
    p = read(k, f"=p prob {what}_prob", t.F32, 0.0, 1.0)
    hits = k.variable(f"=hits n_{many} count", k.integer(0))
    trials: Expr | int = k.scalar("=num_trials trials", t.I32, 1, 16) if rng.chance(0.5) else rng.integer(4, 16)
    last = k.variable("=last last_hit latest", k.integer(-1)) if opt(k, 0.3) else None
    with k.loop("=s i trial", trials) as s, k.when(draw(k, r, "randf") < p):
        k.augment(hits, "+", 1)
        if last is not None:
            k.set(last, s)
    if rng.chance(0.5):
        write(k, f"={many} counts hit_counts", hits)
    else:
        count = trials if isinstance(trials, Expr) else k.integer(trials)
        write(
            k,
            "=rates frequencies estimates",
            k.cast(hits, t.F32) / k.cast(k.call("max", count, 1) if isinstance(trials, Expr) else count, t.F32),
        )
    if last is not None:
        write(k, "=last_hits last_times latest_out", last)


def _explore(k: Kernel) -> None:
    """An action: the best known, or any."""
    rng = k.rng
    k.titles = words("epsilon_greedy select_actions choose_action explore eps_greedy_policy pick_actions act")
    (i,) = launch(k, "agent", kinds=("=env i tid agent",))
    r = state(k)
    actions = k.dim(rng.choose((4, 5, 6)))
    q = k.array("=q_values q_table action_values scores", t.F32, (k.launch[0], actions), low=-1.0, high=1.0)
    count = extent(k, actions, "=num_actions n_actions", q, 1)
    best = k.variable("=best greedy best_a", k.integer(0))
    top = k.variable("=best_q top max_q", q[i, 0])
    with k.loop("=a j action", k.integer(1), count) as a, k.when(q[i, a] > top):
        k.set(top, q[i, a])
        k.set(best, a)
    eps = setting(k, "=epsilon eps explore_prob", 0.05, 0.5, 0.1, 0.2)
    with k.when(draw(k, r, "randf") < eps):
        k.set(best, draw(k, r, "randi", k.integer(0), count, gives=t.I32))
    write(k, "=actions chosen_actions action_out", best)
    if opt(k, 0.5):
        write(k, "=values chosen_q q_out", q[i, best] if rng.chance(0.5) else top)


def _resample(k: Kernel) -> None:
    """Bootstrap: items drawn with replacement."""
    rng = k.rng
    k.titles = words(
        "bootstrap bootstrap_mean resample bootstrap_estimate draw_with_replacement bootstrap_replicates random_batch"
    )
    launch(k, "replicate")
    r = state(k)
    data_dim = k.dim(rng.choose((8, 12, 16)))
    data = k.array("=data observations values samples", t.F32, (data_dim,), low=-2.0, high=2.0)
    count = extent(k, data_dim, "=num_obs n data_size", data)
    if rng.chance(0.3):
        j = k.let("=j pick idx", draw(k, r, "randi", k.integer(0), count, gives=t.I32))
        write(k, "=batch resampled draws", data[j])
        write(k, "=indices picks batch_ids", j)
        k.titles = ("random_batch", "sample_minibatch", "draw_batch", "resample", "gather_random")
        return
    total = k.variable("=total sum acc", k.lit(0.0))
    squares = k.variable("=sum_sq total_sq", k.lit(0.0)) if opt(k, 0.4) else None
    with k.loop("=s i d", count):
        j = k.let("=j pick idx", draw(k, r, "randi", k.integer(0), count, gives=t.I32))
        x = local(k, "=x value obs", data[j])
        k.augment(total, "+", x)
        if squares is not None:
            k.augment(squares, "+", x * x)
    n = k.cast(count, t.F32)
    mean = k.let("=mean avg m", total / n)
    write(k, "=means bootstrap_means estimates", mean)
    if squares is not None:
        write(k, "=variances var_out spread", squares / n - mean * mean)


def _roulette(k: Kernel) -> None:
    """Russian roulette of paths: those that carry little end."""
    rng = k.rng
    k.titles = ("russian_roulette", "terminate_paths", "kill_paths", "path_survival", "roulette", "cull_paths")
    launch(k, "path")
    r = state(k)
    weight = read(k, "=throughput beta weight", t.vec(3), 0.0, 1.0)
    p = k.let(
        "=p survive_p q", k.call("clamp", k.call("max", weight), rng.choose((0.05, 0.1)), rng.choose((0.95, 1.0, 0.9)))
    )
    u = k.let("=u xi", draw(k, r, "randf"))
    alive = k.let("=survives alive keep", u < p)
    write(k, "=throughput_out weights_out beta_out", k.where(alive, weight / p, k.zero(t.vec(3))))
    write(k, "=alive_out active path_active", k.where(alive, k.integer(1), k.integer(0)))
    if opt(k, 0.4):
        count = k.array("=num_alive active_count survivors", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0)
        with k.when(alive):
            k.do(k.call("atomic_add", count, k.integer(0), k.integer(1), gives=t.I32))


def _spread(k: Kernel) -> None:
    """States that change by chance: infection, forest fire, flips of spins."""
    rng = k.rng
    how = rng.choose(("sir", "flip", "salt"))
    if how == "sir":
        k.titles = ("sir_step", "update_epidemic", "infection_step", "spread_disease", "epidemic_step", "step_agents")
        launch(k, "agent", kinds=("=i agent tid person",))
        r = state(k)
        status = read(k, "=status s compartment", t.I32, 0, 2)
        exposure = read(k, "=exposure contacts pressure", t.F32, 0.0, 2.0)
        after = k.variable("=next new_s after", status)
        p = k.let(
            "=p_inf p risk",
            1.0 - k.call("exp", -(setting(k, "=beta infection_rate transmissibility", 0.05, 1.0, 0.3, 0.5) * exposure)),
        )
        heal = setting(k, "=gamma recovery_rate p_recover", 0.05, 0.5, 0.1, 0.2)
        with k.when(k.both(status.equals(0), draw(k, r, "randf") < p)):
            k.set(after, 1)
        with k.otherwise_when(k.both(status.equals(1), draw(k, r, "randf") < heal)):
            k.set(after, 2)
        write(k, "=status_out next_status states", after)
        if opt(k, 0.4):
            counts = k.array("=counts totals census", t.I32, (k.dim(3, fixed=True),), "inout", low=0, high=0)
            k.do(k.call("atomic_add", counts, k.call("clamp", after, 0, 2), k.integer(1), gives=t.I32))
    elif how == "flip":
        k.titles = ("flip_bits", "bit_flip_noise", "binary_channel", "corrupt_bits", "random_flips")
        launch(k, "bit", 2 if rng.chance(0.3) else 1)
        r = state(k)
        bit = read(k, "=bit b sent", t.I32, 0, 1)
        flip = k.let("=flip error", draw(k, r, "randf") < setting(k, "=error_rate p_flip ber", 0.01, 0.5, 0.1, 0.05))
        write(k, "=received bits_out corrupted", k.where(flip, 1 - bit, bit))
        if opt(k, 0.5):
            write(k, "=errors error_mask flipped", k.where(flip, k.integer(1), k.integer(0)))
    else:
        k.titles = ("salt_and_pepper", "impulse_noise", "corrupt_pixels", "dead_pixels", "random_occlusion", "cutout")
        launch(k, "pixel", 2, kinds=("=y row i", "=x col j"))
        r = state(k)
        x = read(k, "=pixel value c", t.F32, 0.0, 1.0)
        amount = named(k, "=p rate", setting(k, "=amount noise_prob density", 0.02, 0.4, 0.1, 0.05))
        u = k.let("=u xi draw", draw(k, r, "randf"))
        if rng.chance(0.6):
            out = k.where(u < 0.5 * amount, k.lit(0.0), k.where(u < amount, k.lit(1.0), x))
        else:
            out = k.where(u < amount, setting(k, "=fill fill_value background", 0.0, 1.0, 0.0, 0.5), x)
        write(k, "=noisy image_out pixels", out)


_TASKS: dict[Callable[[Kernel], None], float] = {
    _dropout: 1.2,
    _categorical: 1.4,
    _cdf: 2.0,
    _mutate: 1.2,
    _bernoulli: 1.2,
    _explore: 1.0,
    _resample: 1.2,
    _roulette: 0.8,
    _spread: 1.4,
}


@recipe(
    "random choice: masks, dropout, categorical sampling, resampling",
    "random:1.3 control_flow:0.36",
    "learning stats biology",
    SINGLE,
)
def random_choice(k: Kernel) -> None:
    k.shared.differentiable = False
    k.rng.weighted(_TASKS)(k)
