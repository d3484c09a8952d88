"""Passes of a block of threads over its row: sums, norms, totals of vectors, residuals and what follows from them."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .rows import coefficient, named, titled
from .tile_blocks import FIELDS, Block, block, summed
from .tree import Expr

VEC3 = t.vec(3)
FIRST = {"sum": 0.0, "max": 0.0, "min": 100.0}
Term = Callable[[Kernel, Expr, Expr], Expr]


def _cut(k: Kernel, x: Expr, y: Expr) -> Expr:
    return k.call("abs", x - y)


QUANTITIES: dict[str, tuple[str, str, str, Term, str]] = {
    "dot": ("=a x p left", "=b y q right", "sum", lambda k, x, y: x * y, "=dot_xy inner xy acc"),
    "distance": ("=x pred a", "=target ref b", "sum", lambda k, x, y: (x - y) * (x - y), "=sq_dist err2 sse d2"),
    "l1": ("=x pred a", "=target ref b", "sum", _cut, "=abs_err l1 sad"),
    "linf": ("=x pred computed", "=target ref expected", "max", _cut, "=max_err worst linf"),
    "kinetic": ("=mass m masses", "=vel v qd", "sum", lambda k, m, v: 0.5 * m * v * v, "=ke kinetic energy"),
    "work": ("=force f tau", "=vel v qd", "sum", lambda k, f, v: f * v, "=power work_rate p_total"),
    "spring": (
        "=stiffness ke k_s",
        "=stretch dx disp",
        "sum",
        lambda k, s, d: 0.5 * s * d * d,
        "=pe potential elastic",
    ),
    "complement": (
        "=lam multiplier force_n",
        "=gap slack phi",
        "max",
        lambda k, f, g: k.call("abs", f * g),
        "=comp max_comp violation",
    ),
    "clearance": (
        "=dist depth gap",
        "=margin radius thickness",
        "min",
        lambda k, d, r: d - r,
        "=closest min_gap clearance",
    ),
    "merit": (
        "=residual r res",
        "=weight w inv_var",
        "sum",
        lambda k, r, w: 0.5 * k.call("abs", w) * r * r,
        "=merit cost objective",
    ),
}
"""Kinds of two inputs, how the lanes' terms are brought together, the term, what the result is called."""
_TITLES = {
    "dot": "batched_dot row_dot block_dot inner_products {}_dot",
    "distance": "sum_squared_error row_distances batched_sse squared_distance",
    "l1": "sum_absolute_error l1_distance batched_sad row_l1_distance",
    "linf": "max_error worst_error linf_distance batched_max_diff",
    "kinetic": "kinetic_energy compute_kinetic_energy {}_kinetic_energy world_kinetic_energy",
    "work": "mechanical_power actuator_power {}_power joint_power",
    "spring": "elastic_energy potential_energy spring_energy {}_energy",
    "complement": "complementarity_error max_complementarity contact_violation",
    "clearance": "min_clearance closest_gap smallest_margin collision_margin",
    "merit": "merit_function evaluate_merit weighted_cost objective_value {}_cost",
}


@recipe("rows summed by blocks of threads with a stride", "tile:1.9 reduction:0.28", FIELDS, {t.F32: 1.0})
def block_sums(k: Kernel) -> None:
    rng = k.rng
    b = block(k)
    what = rng.choose(tuple(QUANTITIES))
    one, two, how, term, total_kind = QUANTITIES[what]
    positive = what in ("kinetic", "spring")
    left = b.data(one, k.real, 0.1 if positive else -2.0, 2.0)
    right = b.data(two, k.real, -2.0, 2.0)
    norms = what in ("dot", "distance") and (rng.chance(0.35) or k.shared.size == "large")
    mask = b.data("=active is_active mask enabled", t.BOOL, 0, 1) if rng.chance(0.25) else None
    total = k.variable(total_kind, k.lit(FIRST[how]))
    extra = k.variable("=sq_x norm_x xx" if what == "dot" else "=max_abs largest peak", k.lit(0.0)) if norms else None
    gradient = (
        k.array("=grad residual_out diff_out", k.real, (k.launch[0], b.columns), "out")
        if what in ("distance", "l1") and rng.chance(0.35)
        else None
    )
    if mask is not None and b.walk == "while":
        # To go on at once would leave out the step to the next.
        b.walk = "range"
    with b.shared_loop() as j:
        if mask is not None:
            with k.when(k.negate(mask[b.row, j])):
                k.next_turn()
        x, y = left[b.row, j], right[b.row, j]
        if what in ("kinetic", "spring", "merit") or extra is not None or gradient is not None or rng.chance(0.4):
            words = (one.split()[0] + "_j", two.split()[0] + "_j")
            x, y = named(k, words[0] + " xj", x), named(k, words[1] + " yj", y)
        if what == "distance":
            d = k.let("=d diff err", x - y)
            value = d * d
            if gradient is not None:
                k.set(gradient[b.row, j], d if rng.chance(0.5) else 2.0 * d)
        else:
            value = term(k, x, y)
            if gradient is not None:
                k.set(gradient[b.row, j], k.call("sign", x - y))
        if how == "sum":
            k.augment(total, "+", value)
        else:
            k.set(total, k.call(how, total, value))
        if extra is not None:
            if what == "dot":
                k.augment(extra, "+", x * x)
            else:
                k.set(extra, k.call("max", extra, k.call("abs", x - y)))
    k.gap()
    found = k.let(
        f"={total_kind.split()[1] if ' ' in total_kind else 'total'}_total row_total result",
        summed(k, total, how, total_kind),
    )
    other = (
        k.let(
            "=norm_sq xx_total" if what == "dot" else "=peak_err worst",
            summed(k, extra, "sum" if what == "dot" else "max"),
        )
        if extra is not None
        else None
    )
    k.gap()
    titled(k, _TITLES[what])
    with b.lead():
        _write_total(b, found, what, total_kind)
        if other is not None:
            if what == "dot":
                k.set(b.out("=coeffs projection alpha", k.real), found / k.call("max", other, 1e-3))
            else:
                k.set(b.out("=max_errors worst_err linf", k.real), other)


def _write_total(b: Block, value: Expr, what: str, kind: str) -> None:
    """The block's result: as it is, as a mean or norm, or with a verdict on it."""
    k, rng = b.k, b.k.rng
    first = kind[1:].split()[0]
    out = f"={first}_out {first}_all world_{first} {first}s"
    draw = rng.random()
    if what == "distance" and draw < 0.3:
        k.set(b.out("=distances dist norm_out", k.real), k.call("sqrt", value))
    elif what in ("distance", "l1", "merit") and draw < 0.55:
        k.set(
            b.out("=mean_err mse mean_cost" if what != "l1" else "=mae mean_abs_err", k.real),
            value / k.cast(k.call("max", b.count, 1), k.real),
        )
    elif what in ("distance", "linf", "complement", "clearance", "merit") and draw < 0.85:
        limit = coefficient(k, "=tol tolerance threshold eps", 0.1, 2.0, 0.5, 1.0, 0.1)
        with k.when(value < limit):
            flag = "=in_contact too_close hit_flags" if what == "clearance" else "=converged done accepted"
            k.set(b.out(flag, t.I32, "inout"), 1)
        k.set(b.out(out, k.real), value)
    else:
        k.set(b.out(out, k.real), value)


@recipe("rows normalised by blocks of threads", "tile:1.3 reduction:0.11", "learning stats", {t.F32: 1.0})
def block_normalize(k: Kernel) -> None:
    b = block(k)
    rng = k.rng
    how = rng.choose(("softmax", "softmax", "layernorm", "length", "mean", "rms", "sum"))
    source = b.data(
        "=logits scores x" if how == "softmax" else "=x values inputs {s} features",
        k.real,
        0.0 if how == "sum" else -2.0,
        2.0,
    )
    target = k.array(
        "=probs out p weights" if how == "softmax" else "=out y normalized x_norm",
        k.real,
        (k.launch[0], b.columns),
        "out",
    )
    row = b.row
    scale_by = (
        coefficient(k, "=temperature temp inv_temp", 0.5, 2.0, 0.5, 2.0, 0.7)
        if how == "softmax" and rng.chance(0.35)
        else None
    )
    shift: Expr | None = None
    if how == "softmax":
        high = k.variable("=peak max_logit m", k.lit(-100.0))
        with b.shared_loop() as j:
            k.set(high, k.call("max", high, source[row, j]))
        shift = k.let("=row_max max_all top", summed(k, high, "max"))
        k.gap()
    elif how in ("layernorm", "mean"):
        first = k.variable("=total acc partial", k.lit(0.0))
        with b.shared_loop() as j:
            k.augment(first, "+", source[row, j])
        shift = k.let("=mean mu row_mean", summed(k, first) / b.number)
        k.gap()
    scale: Expr | None = None
    if how != "mean":
        total = k.variable(
            "=sum_exp denom z" if how == "softmax" else "=weight_sum acc row_acc" if how == "sum" else "=sum_sq sq acc",
            k.lit(0.0),
        )
        with b.shared_loop() as j:
            x = source[row, j] - shift if shift is not None else source[row, j]
            if how == "softmax":
                k.augment(total, "+", k.call("exp", x / scale_by if scale_by is not None else x))
            elif how == "sum":
                k.augment(total, "+", x)
            else:
                x = k.let("=d dev centered" if shift is not None else "=v x_j value", x)
                k.augment(total, "+", x * x)
        all_of = k.let("=total_all row_total reduced", summed(k, total))
        k.gap()
        small = rng.choose((1e-5, 1e-6, 1e-3))
        if how == "softmax":
            scale = k.let("=inv_sum inv_denom scale", 1.0 / all_of)
        elif how == "sum":
            scale = k.let("=inv_sum scale inv_total", 1.0 / (all_of + small))
        elif how == "length":
            scale = k.let("=inv_norm scale inv_len", 1.0 / k.call("sqrt", all_of + small))
        else:
            scale = k.let(
                "=inv_std rstd" if how == "layernorm" else "=inv_rms scale",
                1.0 / k.call("sqrt", all_of / b.number + small),
            )
    gain = (
        k.array("=gamma gain weight", k.real, (b.columns,), low=0.5, high=1.5)
        if how in ("layernorm", "rms") and rng.chance(0.5)
        else None
    )
    bias = (
        k.array("=beta bias shift", k.real, (b.columns,), low=-0.5, high=0.5)
        if gain is not None and how == "layernorm" and rng.chance(0.6)
        else None
    )
    with b.shared_loop() as j:
        x = source[row, j] - shift if shift is not None else source[row, j]
        if how == "softmax":
            x = k.call("exp", x / scale_by if scale_by is not None else x)
        value = x * scale if scale is not None else x
        if gain is not None:
            value = value * gain[j]
        if bias is not None:
            value = value + bias[j]
        k.set(target[row, j], value)
    titled(
        k,
        {
            "softmax": "block_softmax row_softmax softmax_rows softmax_forward {}_softmax attention_softmax",
            "layernorm": "layer_norm block_layernorm layernorm_rows standardize_rows {}_layernorm",
            "length": "normalize_rows unit_rows block_normalize l2_normalize {}_normalize",
            "mean": "center_rows subtract_row_mean remove_mean demean_rows {}_center",
            "rms": "rms_norm rmsnorm_rows block_rms_norm normalize_rms",
            "sum": "rows_to_probabilities normalize_weights normalize_row_sums {}_normalize",
        }[how],
    )
    if rng.chance(0.35) or k.shared.size == "large":
        with b.lead():
            if scale is not None:
                k.set(b.out("=row_scale scales saved_scale norm_out", k.real), scale)
            if shift is not None:
                k.set(
                    b.out("=row_max_out saved_max" if how == "softmax" else "=means mean_out saved_mean", k.real), shift
                )


@recipe("vectors of a group added up by its block", "tile:0.5", "rigid particles cloth", {t.F32: 1.0})
def block_vectors(k: Kernel) -> None:
    b = block(k)
    rng = k.rng
    positions = b.data("=positions pos points x {}_pos", VEC3, -2.0, 2.0)
    masses = b.data("=masses m mass {}_mass", t.F32, 0.1, 2.0) if rng.chance(0.75) else None
    what = {
        "center": True,
        "momentum": rng.chance(0.5),
        "angular": rng.chance(0.35),
        "inertia": rng.chance(0.35),
        "energy": rng.chance(0.3),
        "force": rng.chance(0.2),
    }
    wanted = {"small": 1, "medium": 2, "large": 4}[k.shared.size]
    chosen = [name for name, on in what.items() if on][:wanted]
    moving = any(name in chosen for name in ("momentum", "angular", "energy"))
    velocities = b.data("=velocities vel v {}_vel", VEC3, -2.0, 2.0) if moving else None
    forces = b.data("=forces f {}_force", VEC3, -2.0, 2.0) if "force" in chosen else None
    total_m = k.variable("=m_sum mass_sum total_mass", k.lit(0.0)) if masses is not None else None
    sums: dict[str, Expr] = {}
    for name, kind in (
        ("center", "=weighted_pos mr com_sum" if masses is not None else "=pos_sum center_sum"),
        ("momentum", "=momentum p_sum mv"),
        ("angular", "=ang_mom l_sum angular"),
        ("force", "=f_sum net_force"),
    ):
        if name in chosen:
            sums[name] = k.variable(kind, k.zero(VEC3))
    if "inertia" in chosen:
        sums["inertia"] = k.variable("=second_moment inertia outer_sum", k.zero(t.mat(3, 3)))
    if "energy" in chosen:
        sums["energy"] = k.variable("=ke kinetic energy", k.lit(0.0))
    with b.shared_loop() as j:
        m = named(k, "=m mass m_j", masses[b.row, j]) if masses is not None else None
        p = named(k, "=p x pos_j r", positions[b.row, j])
        v = named(k, "=v vel_j u", velocities[b.row, j]) if velocities is not None else p

        def weighted(value: Expr, m: Expr | None = m) -> Expr:
            return value if m is None else (m * value if rng.chance(0.5) else value * m)

        if total_m is not None and m is not None:
            k.augment(total_m, "+", m)
        for name, target in sums.items():
            if name == "center":
                value = weighted(p)
            elif name == "momentum":
                value = weighted(v)
            elif name == "angular":
                value = weighted(k.call("cross", p, v))
            elif name == "inertia":
                value = weighted(k.call("outer", p, p))
            elif name == "force":
                assert forces is not None
                value = forces[b.row, j]
            else:
                value = 0.5 * weighted(k.call("dot", v, v))
            k.augment(target, "+", value)
    k.gap()
    whole_m = k.let("=mass total_m m_total", summed(k, total_m)) if total_m is not None else None
    found = {
        name: k.let(f"={name}_total total_{name} all_{name}", summed(k, value, kind=f"={name}"))
        for name, value in sums.items()
    }
    k.gap()
    count = b.number if whole_m is None else k.call("max", whole_m, 1e-3)
    with b.lead():
        for name, value in found.items():
            if name == "center":
                k.set(b.out("=centers com center_of_mass centroids", VEC3), value / count)
            elif name == "momentum":
                k.set(b.out("=momenta linear_momentum momentum_out", VEC3), value)
            elif name == "angular":
                k.set(b.out("=angular_momentum ang_mom_out l_out", VEC3), value)
            elif name == "inertia":
                k.set(b.out("=second_moments moment_tensor covariance", t.mat(3, 3)), value)
            elif name == "force":
                k.set(b.out("=net_forces force_out total_force", VEC3), value)
            else:
                k.set(b.out("=kinetic_energy ke_out energies", t.F32), value)
        if whole_m is not None and (rng.chance(0.5) or k.shared.size == "large"):
            k.set(b.out("=total_masses mass_out group_mass", t.F32), whole_m)
    titled(
        k,
        "center_of_mass compute_com group_centroids cluster_moments {}_centers"
        if chosen == ["center"]
        else "group_momentum rigid_moments cluster_moments body_totals aggregate_{s} group_state",
    )


def lane_sum(b: Block, kind: str, terms: Callable[[Expr], Expr], name: str) -> Expr:
    """A sum over the row's columns by the whole block."""
    k = b.k
    total = k.variable(kind, k.lit(0.0))
    with b.shared_loop() as j:
        k.augment(total, "+", terms(j))
    return k.let(name, summed(k, total, kind=kind))


def write_row(b: Block, target: Expr, value: Callable[[Expr], Expr]) -> None:
    """Each column of a row set by one lane."""
    with b.shared_loop() as j:
        b.k.set(target[b.row, j], value(j))
