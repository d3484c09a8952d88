"""Sums of a series, integrals and roots that a thread works out by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .build import Body
from .helpers import helper
from .kernel import Kernel
from .recipes import recipe
from .roots import bisection, element, fixed_point, kepler, rounds, square_root
from .rows import again, coefficient, follow, guard, leave_out, named, store, titled
from .tree import Expr

Solve = Callable[[Kernel], None]


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
    square_root: 2.0,
    kepler: 1.5,
    _quadrature: 3.5,
    _power_series: 2.0,
    bisection: 1.5,
    fixed_point: 2.0,
    _fractions: 2.5,
}


@recipe(
    "numerical integration, series and iterations",
    "reduction:0.55 control_flow:0.55 math:0.44 arithmetic:0.28",
    "optimization stats astronomy control",
)
def series(k: Kernel) -> None:
    k.start(1, None, ("=i idx sample_id",))
    guard(k, "=n num_{s} count total_{s}")
    follow(k, 0.08, "=idx item sample_id")
    leave_out(k, 0.15)
    k.rng.weighted(_WAYS)(k)
