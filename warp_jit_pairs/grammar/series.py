"""Sums of a series, integrals and roots that a thread works out by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .rows import again, coefficient, guard, leave_out, named, paired, store, titled
from .tree import Expr


def element(k: Kernel, kind: str, low: float, high: float) -> Expr:
    """This thread's number of an input array."""
    words = kind[1:].split()
    u = k.rng.random()
    word = words[int(u * u * len(words))]
    several = f"={word}_values {word}_in {{}}_{word} {word}_all {word}_array" + (f" {word}s" if len(word) > 2 else "")
    source = k.array(several, k.real, k.launch, low=low, high=high)
    return named(k, f"={word}", source[k.threads])


def rounds(k: Kernel, kind: str, *counts: int) -> Expr | int:
    """How often something is repeated."""
    rng = k.rng
    count = rng.choose(counts)
    how = rng.weighted({"literal": 3.0, "constant": 2.0, "argument": 2.0})
    if how == "argument":
        return k.scalar(kind, t.I32, min(2, *counts), min(max(counts), 16))
    return k.constant(count, t.I32, kind) if how == "constant" else count


STEPS = "=num_iters iterations max_iters n_iter newton_iters"
Solve = Callable[[Kernel], None]


def _square_root(k: Kernel) -> None:
    """Newton's method for roots and reciprocals."""
    rng = k.rng
    how = rng.choose(("sqrt", "sqrt", "rsqrt", "cbrt", "reciprocal", "nth"))
    a = element(k, "=a x value number", 0.2, 1.8)
    start = {
        "sqrt": 0.5 * (a + 1.0),
        "rsqrt": k.lit(0.6),
        "cbrt": (a + 2.0) / 3.0,
        "reciprocal": k.lit(0.5),
        "nth": a + 1.0,
    }[how]
    y = k.variable("=y root guess estimate r", start)
    degree = coefficient(k, "=p degree order n", 3.0, 5.0, 3.0, 4.0) if how == "nth" else None
    with k.loop("=it k n step i", rounds(k, STEPS, 4, 5, 6, 8)):
        if how == "sqrt":
            if rng.chance(0.6):
                k.set(y, 0.5 * (y + a / y))
            else:
                k.set(y, y - (y * y - a) / (2.0 * y))
        elif how == "rsqrt":
            k.set(y, y * (1.5 - 0.5 * a * y * y))
        elif how == "cbrt":
            k.set(y, (2.0 * y + a / (y * y)) / 3.0)
        elif degree is not None:
            k.set(y, ((degree - 1.0) * y + a / k.call("pow", y, degree - 1.0)) / degree)
        else:
            k.set(y, y * (2.0 - a * y))
    names = {
        "sqrt": "newton_sqrt babylonian_sqrt heron_sqrt sqrt_newton {}_sqrt",
        "rsqrt": "newton_rsqrt inverse_sqrt fast_rsqrt rsqrt_newton",
        "cbrt": "newton_cbrt cube_root cube_root_newton",
        "reciprocal": "newton_reciprocal reciprocal newton_inverse divide_by_newton",
        "nth": "nth_root newton_nth_root root_newton",
    }
    titled(k, names[how])
    store(k, "=roots root_out result out y_out", y)
    if k.shared.size == "large" or rng.chance(0.15):
        error = (
            y * y - a
            if how == "sqrt"
            else a * y * y - 1.0
            if how == "rsqrt"
            else y * a - 1.0
            if how == "reciprocal"
            else None
        )
        if error is not None:
            store(k, "=residual error err_out res", k.call("abs", error))


def _kepler(k: Kernel) -> None:
    rng = k.rng
    m = element(k, "=mean_anomaly m M", 0.0, 6.0)
    e = (
        element(k, "=ecc e eccentricity", 0.05, 0.7)
        if rng.chance(0.5)
        else coefficient(k, "=ecc e eccentricity", 0.05, 0.7, 0.2, 0.5)
    )
    anomaly = k.variable("=E ecc_anomaly ea anomaly", m if rng.chance(0.6) else m + e * k.call("sin", m))
    with k.loop("=it k i step", rounds(k, STEPS, 4, 6, 8)):
        f = anomaly - e * k.call("sin", anomaly) - m
        slope = 1.0 - e * k.call("cos", anomaly)
        if rng.chance(0.5):
            f, slope = k.let("=f residual err", f), k.let("=df f_prime slope", slope)
        k.set(anomaly, anomaly - f / slope)
    titled(k, "solve_kepler kepler_equation eccentric_anomaly mean_to_eccentric kepler_newton {}_anomaly")
    what = rng.choose(("anomaly", "position", "true"))
    if what == "anomaly":
        store(k, "=ecc_anomalies E_out anomaly_out eccentric", anomaly)
    elif what == "true":
        root = k.call("sqrt", (1.0 + e) / (1.0 - e))
        half = 0.5 * anomaly
        value = 2.0 * k.call("atan2", root * k.call("sin", half), k.call("cos", half))
        k.titles = ("true_anomaly", "mean_to_true_anomaly", "compute_true_anomaly")
        store(k, "=true_anomalies nu true_out", value)
    else:
        axis = coefficient(k, "=a semi_major sma", 0.5, 2.0, 1.0)
        x = axis * (k.call("cos", anomaly) - e)
        y = axis * k.call("sqrt", 1.0 - e * e) * k.call("sin", anomaly)
        k.titles = ("orbit_position", "kepler_position", "propagate_orbit", "place_on_orbit", "orbital_plane_position")
        store(k, "=positions orbit_pos pos_out", k.make(t.vec(2, k.real), x, y))


def _integrands(k: Kernel) -> tuple[str, Callable[[Body, Expr], Expr]]:
    one: dict[str, Callable[[Body, Expr], Expr]] = {
        "gaussian": lambda b, x: b.call("exp", -0.5 * (x * x)),
        "decay": lambda b, x: b.call("exp", -x) * b.call("cos", x),
        "lorentzian": lambda b, x: 1.0 / (1.0 + x * x),
        "chirp": lambda b, x: b.call("sin", x * x),
        "arc_length": lambda b, x: b.call("sqrt", 1.0 + 4.0 * (x * x)),
        "entropy": lambda b, x: -x * b.call("log", x + 1e-2),
        "planck": lambda b, x: x * x * x / (b.call("exp", x) - 1.0 + 1e-2),
        "sech2": lambda b, x: 1.0 / (b.call("cosh", x) * b.call("cosh", x)),
        "logistic": lambda b, x: 1.0 / (1.0 + b.call("exp", -x)),
        "fresnel": lambda b, x: b.call("cos", 1.570796 * (x * x)),
    }
    name = k.rng.choose(tuple(one))
    return name, one[name]


def _quadrature(k: Kernel) -> None:
    rng = k.rng
    name, formula = _integrands(k)
    upper = element(k, "=b upper x_max hi", 0.5, 2.0)
    lower = coefficient(k, "=a lower x_min lo", 0.0, 0.4, 0.1, 0.2) if rng.chance(0.4) else None
    if rng.chance(0.5):

        def write(body: Body, names: list[Expr]) -> Sequence[Expr]:
            return [formula(body, names[0])]

        made = helper(
            k,
            "scalar",
            [("=x t s u", k.real, 0.0, 4.0)],
            write,
            titles=(name, f"{name}_at", f"eval_{name}", "integrand", f"{name}_fn"),
        )

        def f(x: Expr) -> Expr:
            return made.call(x)
    else:

        def f(x: Expr) -> Expr:
            return formula(k, named(k, "=x t s u", x))

    rule = rng.choose(("midpoint", "trapezoid", "simpson", "gauss"))
    n = rounds(k, "=num_steps n_steps intervals num_panels n_points", 8, 10, 16)
    count = k.cast(n if isinstance(n, Expr) else k.integer(n), k.real)
    width = upper if lower is None else upper - lower
    h = k.let("=h dx width step_size", width / count)
    at: Callable[[Expr], Expr] = lambda offset: offset if lower is None else lower + offset  # noqa: E731
    if rule == "trapezoid":
        first = k.lit(0.0) if lower is None else lower
        total = k.variable("=total acc area s", 0.5 * (f(first) + f(upper)))
        with k.loop("=i j k n", 1, n) as j:
            k.augment(total, "+", f(at(k.cast(j, k.real) * h)))
        result = total * h
    else:
        total = k.variable("=total acc area integral", k.lit(0.0))
        with k.loop("=i j k n", n) as j:
            start = k.cast(j, k.real) * h
            if rule == "midpoint":
                k.augment(total, "+", f(at((k.cast(j, k.real) + 0.5) * h)))
            elif rule == "simpson":
                x0 = k.let("=x0 left xl", at(start))
                k.augment(total, "+", f(x0) + 4.0 * f(x0 + 0.5 * h) + f(x0 + h))
            else:
                mid = k.let("=mid xm center", at((k.cast(j, k.real) + 0.5) * h))
                off = k.let("=off d node", 0.288675 * h)
                k.augment(total, "+", f(mid - off) + f(mid + off))
        result = total * h / 6.0 if rule == "simpson" else 0.5 * h * total if rule == "gauss" else total * h
    titled(
        k, f"integrate_{name} {name}_integral {rule}_rule {rule}_integrate integrate_{name}_{rule} {rule}_quadrature"
    )
    store(k, "=integrals area out integral_out result", result)


def _power_series(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("exp", "sin", "cos", "log1p", "atan", "bessel", "erf", "geometric", "sinh", "zeta"))
    if how == "zeta":
        s = element(k, "=s exponent p", 1.5, 4.0)
        total = k.variable("=total zeta acc", k.lit(0.0))
        with k.loop("=n k i", 1, rounds(k, "=num_terms n_terms terms", 10, 12, 16)) as j:
            k.augment(total, "+", 1.0 / k.call("pow", k.cast(j, k.real), s))
        titled(k, "zeta_series partial_zeta zeta_sum riemann_zeta p_series")
        store(k, "=zeta_out sums out zeta_values", total)
        return
    x = element(k, "=x z u", 0.05, 0.9)
    odd = how in ("sin", "atan", "erf", "sinh")
    term = k.variable("=term t a_n power", x if odd or how == "log1p" else k.lit(1.0))
    total = k.variable("=total acc value series", term if not odd and how != "log1p" else x)
    square = k.let("=x2 xx x_sq", x * x) if how not in ("exp", "log1p", "geometric") else x
    with again(k, "=n k i j", None, 1, rounds(k, "=num_terms n_terms terms max_terms", 6, 8, 10)) as j:
        n = k.let("=n_f fn kf m", k.cast(j, k.real)) if how not in ("geometric",) else k.lit(1.0)
        if how == "exp":
            k.augment(term, "*", x / n)
        elif how in ("sin", "sinh"):
            sign = -square if how == "sin" else square
            k.augment(term, "*", sign / (2.0 * n * (2.0 * n + 1.0)))
        elif how == "cos":
            k.augment(term, "*", -square / (2.0 * n * (2.0 * n - 1.0)))
        elif how in ("log1p", "geometric"):
            k.augment(term, "*", -x if how == "log1p" else x)
        elif how == "bessel":
            k.augment(term, "*", -0.25 * square / (n * n))
        elif how == "erf":
            k.augment(term, "*", -square / n)
        else:
            k.augment(term, "*", -square)
        divided = term / (n + 1.0) if how == "log1p" else term / (2.0 * n + 1.0) if how in ("atan", "erf") else term
        k.augment(total, "+", divided)
    titled(
        k,
        f"{how}_series taylor_{how} {how}_taylor series_{how} {how}_partial_sums"
        if how not in ("bessel", "geometric")
        else f"{'bessel_j0' if how == 'bessel' else 'geometric'}_series"
        f" {'bessel_j0' if how == 'bessel' else 'geometric_sum'}"
        f" {'j0_series' if how == 'bessel' else 'geometric_partial_sum'}",
    )
    store(k, f"={how}_x out y_out result series_out", 1.128379 * total if how == "erf" else total)
    if (k.shared.size == "large" or rng.chance(0.2)) and how in ("exp", "sin", "cos", "atan", "sinh"):
        store(k, "=error err_out trunc_error", k.call("abs", total - k.call(how, x)))


def _bisection(k: Kernel) -> None:
    rng = k.rng
    k.shared.differentiable = False
    how = rng.choose(("sqrt", "cubic", "kepler", "cosine", "lambert", "quantile", "inverse_cdf"))
    target = element(k, "=target y level rhs", 0.1, 0.9)
    first, last = paired(k, "lo|hi left|right a|b lower|upper x_lo|x_hi low|high")
    low, high = k.variable(first, k.lit(0.0)), k.variable(last, k.lit(3.0 if how == "kepler" else 2.0))
    slope = (
        coefficient(k, "=ecc e" if how == "kepler" else "=rate lam k_rate", 0.2, 0.8, 0.5)
        if how in ("kepler", "quantile")
        else None
    )

    def value(x: Expr) -> Expr:
        if how == "sqrt":
            return x * x
        if how == "cubic":
            return x * x * x + x
        if how == "kepler" and slope is not None:
            return x - slope * k.call("sin", x)
        if how == "lambert":
            return x * k.call("exp", x)
        if how == "quantile" and slope is not None:
            return 1.0 - k.call("exp", -slope * x)
        if how == "inverse_cdf":
            return k.call("erf", x)
        return x - k.call("cos", x) + 1.0

    with k.loop("=it k i step", rounds(k, "=num_iters n_bisect max_iters bisections", 10, 12, 16, 20)):
        mid = k.let("=mid m x_mid c", 0.5 * (low + high))
        with k.when(value(mid) > target if rng.chance(0.6) else value(mid) >= target):
            k.set(high, mid)
        with k.otherwise():
            k.set(low, mid)
    names = {
        "sqrt": "bisect_sqrt sqrt_bisection",
        "cubic": "bisect_cubic solve_cubic cubic_root_bisection",
        "kepler": "kepler_bisection bisect_kepler",
        "cosine": "bisect_cosine solve_cosine_equation",
        "lambert": "lambert_w_bisect lambert_w invert_x_exp_x",
        "quantile": "exponential_quantile quantile_bisection invert_exponential_cdf",
        "inverse_cdf": "erf_inverse inverse_erf_bisect invert_erf",
    }
    titled(k, f"{names[how]} bisection find_root root_by_bisection")
    store(k, "=roots root_out solution x_out", 0.5 * (low + high))
    if k.shared.size == "large" or rng.chance(0.25):
        store(k, "=bracket_width uncertainty interval", high - low)


def _fixed_point(k: Kernel) -> None:
    rng = k.rng
    how = rng.choose(("colebrook", "cosine", "lambert", "logistic_map", "agm", "implied"))
    if how == "agm":
        a, b = element(k, "=a x first", 0.5, 2.0), element(k, "=b y second", 0.5, 2.0)
        p, g = k.variable("=arith am a_n", a), k.variable("=geom gm g_n", b)
        with k.loop("=it k i", rounds(k, STEPS, 4, 5, 6)):
            mean = k.let("=mean next_a half_sum", 0.5 * (p + g))
            k.set(g, k.call("sqrt", p * g))
            k.set(p, mean)
        titled(k, "arithmetic_geometric_mean agm agm_iteration compute_agm")
        store(k, "=agm_out means result", p)
        return
    if how == "colebrook":
        reynolds = element(k, "=re reynolds log_re", 4.0, 8.0)
        rough = coefficient(k, "=rel_rough roughness eps_d", 0.01, 0.05, 0.02)
        f = k.variable("=f friction f_darcy", k.lit(0.05))
        titled(k, "colebrook_friction friction_factor colebrook_white darcy_friction pipe_friction")
        with k.loop("=it k i", rounds(k, STEPS, 5, 8, 10)):
            inner = rough / 3.7 + 2.51 / (1000.0 * reynolds * k.call("sqrt", f))
            root = k.let("=inv_sqrt_f s root", -2.0 * 0.4342945 * k.call("log", inner))
            k.set(f, 1.0 / (root * root))
        store(k, "=friction f_out factors friction_factor", f)
        return
    if how == "lambert":
        z = element(k, "=z x arg", 0.1, 2.0)
        w = k.variable("=w guess lambert", k.call("log", 1.0 + z))
        titled(k, "lambert_w lambert_w0 newton_lambert halley_lambert")
        with k.loop("=it k i", rounds(k, STEPS, 4, 6)):
            ew = k.let("=ew exp_w e", k.call("exp", w))
            k.set(w, w - (w * ew - z) / (ew * (w + 1.0)))
        store(k, "=w_out lambert_out result", w)
        return
    if how == "logistic_map":
        rate = element(k, "=r rate growth", 2.5, 3.9)
        x = k.variable(
            "=x pop state",
            k.lit(0.5) if rng.chance(0.5) else coefficient(k, "=x0 seed_pop start_x", 0.1, 0.9, 0.5, 0.3),
        )
        burn = rounds(k, "=burn_in warmup transient", 8, 12)
        total = k.variable("=total acc s", k.lit(0.0))
        n = rng.choose((8, 16))
        with k.loop("=it n k", burn):
            k.set(x, rate * x * (1.0 - x))
        with k.loop("=it n k", n):
            k.set(x, rate * x * (1.0 - x))
            k.augment(total, "+", k.call("log", k.call("abs", rate * (1.0 - 2.0 * x)) + 1e-3))
        titled(k, "logistic_map_lyapunov lyapunov_exponent logistic_lyapunov chaos_exponent")
        store(k, "=lyapunov exponents lam_out", total / float(n))
        if rng.chance(0.5):
            store(k, "=final_x population x_out", x)
        k.shared.differentiable = False
        return
    a = element(k, "=a scale amplitude", 0.1, 0.9)
    y = k.variable("=y x guess", k.lit(0.5))
    with k.loop("=it k i", rounds(k, STEPS, 8, 10, 16)):
        if how == "cosine":
            k.set(y, a * k.call("cos", y))
        else:
            k.set(y, k.call("tanh", a * y + 0.5))
    titled(
        k,
        "fixed_point_cosine iterate_cosine dottie_number cosine_fixed_point"
        if how == "cosine"
        else "mean_field_magnetization self_consistent_field solve_mean_field ising_mean_field",
    )
    store(k, "=fixed_points y_out solution" if how == "cosine" else "=magnetization m_out solution", y)


def _fractions(k: Kernel) -> None:
    rng = k.rng
    x = element(k, "=x z u", 0.1, 1.5)
    how = rng.choose(("tan", "exp", "log", "sqrt", "golden", "annuity", "legendre", "chebyshev", "hermite"))
    if how == "annuity":
        rate, pay = (
            element(k, "=rate r yield_rate", 0.01, 0.1),
            coefficient(k, "=payment coupon cash_flow", 0.5, 2.0, 1.0),
        )
        factor, total = k.variable("=discount df factor", k.lit(1.0)), k.variable("=pv value npv", k.lit(0.0))
        step = k.let("=v growth per_period", 1.0 / (1.0 + rate))
        with k.loop("=t k year i", rounds(k, "=num_periods n_years periods maturity", 5, 8, 10)):
            k.augment(factor, "*", step)
            k.augment(total, "+", pay * factor)
        titled(k, "annuity_value bond_price present_value discount_cash_flows price_coupon_bond {}_present_value")
        face = rng.chance(0.6)
        store(
            k,
            "=prices pv_out values bond_value",
            total + factor * coefficient(k, "=face principal notional", 1.0, 5.0, 1.0) if face else total,
        )
        return
    if how in ("legendre", "chebyshev", "hermite"):
        before, now = (
            k.variable("=p0 prev p_prev", k.lit(1.0)),
            k.variable("=p1 cur p_cur", x if how != "hermite" else 2.0 * x),
        )
        with k.loop("=n k i", 1, rounds(k, "=degree order max_degree n_max", 4, 5, 6)) as j:
            n = k.cast(j, k.real)
            if how == "chebyshev":
                new = 2.0 * x * now - before
            elif how == "hermite":
                new = 2.0 * x * now - 2.0 * n * before
            else:
                n = k.let("=fn nf kf", n)
                new = ((2.0 * n + 1.0) * x * now - n * before) / (n + 1.0)
            new = k.let("=p2 next_p", new)
            k.set(before, now)
            k.set(now, new)
        titled(k, f"{how}_polynomial eval_{how} {how}_recurrence {how}_series {how}_values")
        store(k, f"={how}_out values p_out result", now)
        if k.shared.size == "large" or rng.chance(0.25):
            store(k, "=previous_degree p_below lower_order", before)
        return
    depth = rng.choose((4, 6, 8))
    limit = rounds(k, "=depth levels num_levels", depth, depth)
    top = limit if isinstance(limit, Expr) else k.integer(limit)
    y = k.variable("=cf y tail", k.lit(1.0))
    bounds = (top, 0, -1) if how in ("tan", "log", "exp") else (top,)
    with k.loop("=n k i j", *bounds) as j:
        n = k.cast(j, k.real)
        if how == "tan":
            k.set(y, 2.0 * n - 1.0 + x * x / y)
        elif how == "log":
            k.set(y, 1.0 + n * x / y)
        elif how == "exp":
            k.set(y, 1.0 + x / (n * y))
        elif how == "golden":
            k.set(y, x + 1.0 / y)
        else:
            k.set(y, 2.0 + x / y)
    titled(
        k,
        {
            "tan": "tanh_continued_fraction tanh_fraction lambert_fraction tanh_cf",
            "log": "continued_fraction stieltjes_fraction gamma_fraction eval_fraction",
            "exp": "continued_fraction eval_continued_fraction fraction_from_tail",
            "golden": "metallic_mean golden_ratio_fraction continued_fraction_constant",
            "sqrt": "sqrt_continued_fraction sqrt_fraction continued_sqrt",
        }[how],
    )
    store(k, "=fractions out value_out result", x / y if how == "tan" else 1.0 + x / y if how == "sqrt" else y)


_WAYS: dict[Solve, float] = {
    _square_root: 2.0,
    _kepler: 1.5,
    _quadrature: 3.5,
    _power_series: 2.0,
    _bisection: 1.5,
    _fixed_point: 2.0,
    _fractions: 2.5,
}


@recipe(
    "numerical integration, series and iterations",
    "reduction:1 control_flow:1 math:0.8 arithmetic:0.5",
    "optimization stats astronomy control",
    "solve",
)
def series(k: Kernel) -> None:
    k.start(1, None, ("=i idx sample_id",), plain=True)
    guard(k, "=n num_{s} count total_{s}")
    leave_out(k, 0.08)
    k.rng.weighted(_WAYS)(k)
