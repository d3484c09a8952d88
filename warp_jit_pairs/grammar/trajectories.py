"""Ordinary differential equations that a thread integrates by itself."""

from __future__ import annotations

from collections.abc import Callable

from . import tree
from .kernel import Kernel
from .recipes import recipe
from .roots import rounds
from .rows import coefficient, follow, guard, leave_out, store, store_all, titled
from .tree import Expr

Rate = Callable[[Expr, Expr], tuple[Expr, Expr]]
STEPS = "=num_steps n_steps substeps steps num_substeps"
DT = "=dt h time_step delta_t"


def _pair_of_rates(k: Kernel) -> tuple[str, str, str, tuple[float, float], tuple[float, float], Rate]:
    """A system of two equations: title, names of its two variables, their ranges, their rates."""
    rng = k.rng
    how = rng.choose(
        ("oscillator", "pendulum", "van_der_pol", "predator", "duffing", "fitzhugh", "brusselator", "epidemic")
    )

    def one(kind: str, low: float, high: float, *values: float) -> Expr:
        return coefficient(k, kind, low, high, *values)

    if how == "oscillator":
        w, c = one("=omega freq w0", 0.5, 2.0, 1.0), one("=damping c gamma", 0.05, 0.5, 0.1)
        return (
            how,
            "=x pos displacement",
            "=v vel speed",
            (-1.0, 1.0),
            (-1.0, 1.0),
            lambda x, v: (v, -(w * w) * x - c * v),
        )
    if how == "pendulum":
        g = one("=g_over_l gravity_over_length w0_sq", 1.0, 9.81, 9.81, 1.0)
        c = one("=damping friction b", 0.05, 0.5, 0.1)
        return (
            how,
            "=theta angle th",
            "=omega ang_vel w",
            (-1.5, 1.5),
            (-1.0, 1.0),
            lambda x, v: (v, -g * k.call("sin", x) - c * v),
        )
    if how == "van_der_pol":
        mu = one("=mu nonlin damping", 0.2, 2.0, 1.0, 0.5)
        return how, "=x disp y0", "=v vel y1", (-1.5, 1.5), (-1.0, 1.0), lambda x, v: (v, mu * (1.0 - x * x) * v - x)
    if how == "duffing":
        a, b = one("=alpha linear_k", 0.5, 1.5, 1.0), one("=beta cubic_k", 0.2, 1.0, 0.5)
        return how, "=x pos disp", "=v vel speed", (-1.0, 1.0), (-1.0, 1.0), lambda x, v: (v, -a * x - b * x * x * x)
    if how == "predator":
        a, b = one("=birth_rate alpha growth", 0.5, 1.5, 1.0), one("=hunt_rate beta catch_rate", 0.2, 0.8, 0.5)
        c, d = one("=death_rate gamma loss_rate", 0.3, 1.0, 0.5), one("=gain delta conversion", 0.2, 0.8, 0.4)
        return (
            how,
            "=prey rabbits x",
            "=pred foxes y",
            (0.5, 2.0),
            (0.5, 2.0),
            lambda x, y: (x * (a - b * y), y * (d * x - c)),
        )
    if how == "fitzhugh":
        drive, e = one("=current i_ext stimulus", 0.1, 0.8, 0.5), one("=eps tau_inv recovery_rate", 0.05, 0.2, 0.08)
        return (
            how,
            "=v volt membrane",
            "=w rec recovery",
            (-1.0, 1.0),
            (-0.5, 0.5),
            lambda v, w: (v - v * v * v / 3.0 - w + drive, e * (v + 0.7 - 0.8 * w)),
        )
    if how == "brusselator":
        a, b = one("=a feed source", 0.5, 1.2, 1.0), one("=b drive control", 1.0, 2.5, 1.7)
        return (
            how,
            "=u x activator",
            "=v y inhibitor",
            (0.5, 1.5),
            (0.5, 1.5),
            lambda u, v: (a + u * u * v - (b + 1.0) * u, b * u - u * u * v),
        )
    beta, gamma = (
        one("=beta infect_rate contact_rate", 0.2, 0.9, 0.5),
        one("=gamma recover_rate recovery", 0.05, 0.3, 0.1),
    )
    return (
        how,
        "=s sus healthy",
        "=i_frac inf infected",
        (0.6, 0.95),
        (0.01, 0.1),
        lambda s, i: (-beta * s * i, beta * s * i - gamma * i),
    )


_SCHEMES = ("euler", "symplectic", "midpoint", "heun", "rk4")


def _two_variables(k: Kernel) -> None:
    rng = k.rng
    how, first, second, one, two, rate = _pair_of_rates(k)
    arrays: list[Expr] = []
    in_place = rng.chance(0.4)
    values = []
    form = rng.choose(
        ("{}_state", "{}_values", "all_{}", "{}_array") if in_place else ("{}_in", "{}_0", "initial_{}", "{}_start")
    )
    for kind, (low, high) in ((first, one), (second, two)):
        name = "=" + form.format(kind[1:].split()[0])
        array = k.array(name, k.real, k.launch, "inout" if in_place else "in", low=low, high=high)
        arrays.append(array)
        values.append(k.variable(kind, array[k.threads]))
    x, y = values
    dt = coefficient(k, DT, 0.005, 0.05, 0.01, 0.02, 0.05)
    scheme = rng.choose(_SCHEMES)
    with k.loop("=it step s n k", rounds(k, STEPS, 4, 8, 10)):
        if scheme == "euler":
            dx, dy = rate(x, y)
            dx, dy = k.let("=dx rate_x d0", dx) if not isinstance(dx, tree.Name) else dx, k.let("=dy rate_y d1", dy)
            if isinstance(dx, tree.Name) and dx is y:
                k.set(x, x + dt * y)
                k.set(y, y + dt * dy)
            else:
                k.set(x, x + dt * dx)
                k.set(y, y + dt * dy)
        elif scheme == "symplectic":
            _, dy = rate(x, y)
            k.set(y, y + dt * dy)
            dx, _ = rate(x, y)
            k.set(x, x + dt * dx)
        else:
            _stages(k, scheme, x, y, dt, rate)
    stem = {"predator": "lotka_volterra", "epidemic": "sir_model", "fitzhugh": "fitzhugh_nagumo"}.get(how, how)
    name = "symplectic_euler" if scheme == "symplectic" else scheme
    titled(k, f"integrate_{stem} {stem}_{name} {stem}_step advance_{stem} simulate_{stem} {name}_{stem}")
    if in_place:
        for array, value in zip(arrays, (x, y), strict=True):
            k.set(array[k.threads], value)
    else:
        words = (first[1:].split()[0], second[1:].split()[0])
        store_all(
            k,
            [(f"={word}_out {word}_new new_{word} {word}_next", v) for word, v in zip(words, (x, y), strict=True)],
            "=state_out states trajectory_end new_state",
        )
    if how in ("oscillator", "pendulum", "duffing") and (k.shared.size == "large" or rng.chance(0.2)):
        store(k, "=kinetic kin_energy ke_out", 0.5 * y * y)


def _stages(k: Kernel, scheme: str, x: Expr, y: Expr, dt: Expr, rate: Rate) -> None:
    """A step of a Runge-Kutta method for two variables."""
    half = 0.5 * dt
    at, slope = k.rng.choose((("{}{}", "k{1}{0}"), ("{}_{}", "k{1}_{0}"), ("{}s{}", "k{0}{1}"), ("{}{}", "d{0}{1}")))
    p, q = k.rng.choose((("x", "y"), ("x", "y"), ("x", "v"), ("a", "b"), ("u", "w")))

    def point(n: str | int, a: Expr, b: Expr) -> tuple[Expr, Expr]:
        return k.let("=" + at.format(p, n), a), k.let("=" + at.format(q, n), b)

    def stage(n: int, a: Expr, b: Expr) -> tuple[Expr, Expr]:
        one, two = rate(a, b)
        return k.let("=" + slope.format(p, n), one), k.let("=" + slope.format(q, n), two)

    a1, b1 = stage(1, x, y)
    if scheme == "midpoint":
        a2, b2 = rate(*point("m", x + half * a1, y + half * b1))
        k.set(x, x + dt * a2)
        k.set(y, y + dt * b2)
        return
    if scheme == "heun":
        a2, b2 = stage(2, *point("p", x + dt * a1, y + dt * b1))
        k.set(x, x + half * (a1 + a2))
        k.set(y, y + half * (b1 + b2))
        return
    pairs = [(a1, b1)]
    for n in (2, 3, 4):
        width = dt if n == 4 else half
        pairs.append(stage(n, *point(n, x + width * pairs[-1][0], y + width * pairs[-1][1])))
    sixth = dt / 6.0
    (a1, b1), (a2, b2), (a3, b3), (a4, b4) = pairs
    k.set(x, x + sixth * (a1 + 2.0 * a2 + 2.0 * a3 + a4))
    k.set(y, y + sixth * (b1 + 2.0 * b2 + 2.0 * b3 + b4))


def _one_variable(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("decay", "logistic", "cooling", "drag", "tank", "capacitor", "allee", "michaelis"))
    kinds = {
        "decay": "=conc amount activity",
        "logistic": "=pop population n",
        "cooling": "=temp temperature T",
        "drag": "=v speed vel",
        "tank": "=level height depth",
        "capacitor": "=volt v_c charge",
        "allee": "=pop density n",
        "michaelis": "=substrate conc s",
    }
    first = kinds[how][1:].split()[0]
    start = k.array(f"=initial_{first} {first}_0 {first}_in start_{first}", k.real, k.launch, low=0.2, high=1.5)
    y = k.variable(kinds[how], start[k.threads])

    def one(kind: str, low: float, high: float, *values: float) -> Expr:
        return coefficient(k, kind, low, high, *values)

    a = one(
        {
            "decay": "=decay_rate lam k_decay",
            "logistic": "=growth r rate",
            "cooling": "=cooling_rate k_cool h_coeff",
            "drag": "=drag_coeff c_d drag",
            "tank": "=outflow c_out valve",
            "capacitor": "=rc tau time_const",
            "allee": "=growth r rate",
            "michaelis": "=v_max max_rate",
        }[how],
        0.2,
        1.5,
        0.5,
        1.0,
    )
    b = (
        None
        if how == "decay"
        else one(
            {
                "logistic": "=capacity k_cap carrying_cap",
                "cooling": "=ambient t_env room_temp",
                "drag": "=gravity g accel",
                "tank": "=inflow q_in supply",
                "capacitor": "=v_source supply v_in",
                "allee": "=threshold allee_min",
                "michaelis": "=k_m half_sat",
            }[how],
            0.2,
            2.0,
            1.0,
            0.5,
        )
    )

    def rate(x: Expr) -> Expr:
        if b is None:
            return -a * x
        if how == "logistic":
            return a * x * (1.0 - x / b)
        if how == "cooling":
            return -a * (x - b)
        if how == "drag":
            return b - a * x * k.call("abs", x)
        if how == "tank":
            return b - a * k.call("sqrt", k.call("max", x, 1e-3))
        if how == "capacitor":
            return (b - x) / a
        if how == "allee":
            return a * x * (1.0 - x) * (x - b)
        return -a * x / (b + k.call("abs", x))

    dt = one(DT, 0.01, 0.1, 0.05, 0.1, 0.02)
    scheme = rng.choose(("euler", "euler", "midpoint", "heun", "rk4"))
    clock = k.variable("=t time clock", k.lit(0.0)) if rng.chance(0.2) else None
    crossing = k.variable("=t_half t_cross when", k.lit(-1.0)) if clock is not None else None
    level = one("=level target threshold", 0.3, 1.0, 0.5) if clock is not None else None
    slope = rng.choose(("k{}", "k{}", "slope_{}", "dy{}"))
    with k.loop("=it step s n", rounds(k, STEPS, 8, 10, 16)):
        if scheme == "euler":
            if rng.chance(0.5):
                k.set(y, y + dt * rate(y))
            else:
                k.augment(y, "+", dt * k.let("=rate dydt slope", rate(y)))
        else:
            k1 = k.let(f"={slope.format(1)}", rate(y))
            if scheme == "midpoint":
                k.augment(y, "+", dt * rate(k.let("=mid y_mid half", y + 0.5 * dt * k1)))
            elif scheme == "heun":
                k2 = k.let(f"={slope.format(2)}", rate(k.let("=pred y_pred trial", y + dt * k1)))
                k.augment(y, "+", 0.5 * dt * (k1 + k2))
            else:
                k2 = k.let(f"={slope.format(2)}", rate(k.let("=ya y_a y2", y + 0.5 * dt * k1)))
                k3 = k.let(f"={slope.format(3)}", rate(k.let("=yb y_b y3", y + 0.5 * dt * k2)))
                k4 = k.let(f"={slope.format(4)}", rate(k.let("=yc y_c y4", y + dt * k3)))
                k.augment(y, "+", dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4))
        if clock is not None and crossing is not None and level is not None:
            k.augment(clock, "+", dt)
            with k.when(k.both(crossing < 0.0, y < level)):
                k.set(crossing, clock)
            k.shared.differentiable = False
    stem = {
        "decay": "radioactive_decay",
        "logistic": "logistic_growth",
        "cooling": "newton_cooling",
        "drag": "fall_with_drag",
        "tank": "drain_tank",
        "capacitor": "rc_charging",
        "allee": "allee_growth",
        "michaelis": "michaelis_menten",
    }[how]
    titled(k, f"{stem} integrate_{stem} {stem}_{scheme} simulate_{stem} {scheme}_{stem} evolve_{stem}")
    word = kinds[how][1:].split()[0]
    store(k, f"={word}_out final_{word} {word}_end {word}_new", y)
    if crossing is not None:
        store(k, "=crossing_time t_below times", crossing)


@recipe(
    "an ordinary differential equation integrated by each thread",
    "control_flow:0.44 math:0.33 arithmetic:0.33 reduction:0.17",
    "optimization signal",
)
def trajectory(k: Kernel) -> None:
    k.start(1, None, ("=i idx traj sim_id",))
    guard(k, "=n num_{s} count num_trajectories")
    follow(k, 0.08, "=idx item sim_id")
    leave_out(k, 0.15)
    (_two_variables if k.rng.chance(0.65) else _one_variable)(k)
