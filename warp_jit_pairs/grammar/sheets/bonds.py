"""Bonds and loans: prices, yields, curves, default, payments."""

import warp as wp

ENTITIES = "bond loan"
GROUPS = "issuer portfolio"
LAUNCH = "1:9 2:2"
SUMMED = "bond_price"

QUANTITIES = """
maturity              | real  | state   | 0.25 3     | maturity tau_mat expiry
discount_factor       | real  | result  | 0.5 1      | discount df_zero
coupon                | real  | state   | 0.01 0.1   | coupon cpn
periods               | int   | state   | 1 20       | periods n_coupons num_periods
bond_yield            | real  | state   | 0.01 0.12  | yield_rate y_bond
bond_price            | real  | result  | 0.3 1.6    | bond_price clean_price
duration              | real  | result  | 0.5 15     | duration dur mac_duration
convexity             | real  | result  | 1 200      | convexity cvx
hazard                | real  | group   | 0.005 0.2  | hazard intensity lam
recovery              | real  | uniform | 0.2 0.6    | recovery rec          | 0.4
credit_spread         | real  | result  | 0.001 0.2  | spread credit_spread
dt                    | real  | uniform | 0.004 0.1  | dt                    | 0.01 0.05
mean_reversion        | real  | uniform | 0.2 3      | kappa speed_mr        | 0.5 1.0
short_rate            | real  | state   | 0.005 0.1  | short_rate r_t
vasicek_discount      | real  | result  | 0 1        | p_vasicek zcb_vasicek
long_rate             | real  | group   | 0.01 0.08  | long_rate theta_r     | 0.03 0.05
rate_volatility       | real  | group   | 0.005 0.05 | rate_vol sigma_r      | 0.01 0.02
risky_price           | real  | result  | 0 1        | risky_price defaultable
yield_shift           | real  | state   | -0.02 0.02 | dy yield_shift
price_change          | real  | result  | -0.5 0.5   | price_change dp
quoted_price          | real  | state   | 0.6 1.4    | quoted_price dirty_price
implied_spread        | real  | result  | -2 2       | z_spread implied_spread
zero_rate             | real  | state   | 0.0005 0.1 | zero_rate spot_rate
solved_yield          | real  | result  | -1 1       | ytm solved_yield
curve_level           | real  | uniform | 0.02 0.06  | beta_0 ns_level       | 0.04
curve_slope           | real  | uniform | -0.03 0.01 | beta_1 ns_slope       | -0.01
curve_hump            | real  | uniform | -0.02 0.04 | beta_2 ns_hump        | 0.01
decay_time            | real  | uniform | 0.5 3      | tau_ns decay_time     | 1.5 2.0
curve_points          | reals | uniform | 0.01 0.08  | zero_curve curve_points
curve_rate            | real  | result  | 0 0.08     | curve_rate r_interp
cox_ingersoll_ross    | real  | result  | 0 1        | p_cir zcb_cir
par_swap_rate         | real  | result  | 0 0.08     | par_rate swap_rate
swap_rates            | reals | uniform | 0.01 0.06  | swap_rates par_rates
bootstrapped_discount | real  | result  | 0 1        | df_boot boot_df
cash_flows            | reals | state   | 0.5 20     | cash_flows payments
cash_flow_value       | real  | result  | 0 100      | npv flow_value
invested              | real  | state   | 5 40       | invested outlay
internal_return       | real  | result  | -4 4       | irr internal_return
principal             | real  | state   | 10 500     | principal loan_amount
loan_rate             | real  | state   | 0.02 0.15  | loan_rate note_rate
months                | int   | group   | 40 360     | months term_months
paid_months           | int   | state   | 0 36       | paid_months n_paid
loan_payment          | real  | result  | 0 10       | payment monthly
remaining_balance     | real  | result  | 0 500      | balance remaining
loan_age              | int   | state   | 0 120      | loan_age age_months
market_rate           | real  | uniform | 0.02 0.1   | market_rate refi_rate | 0.05
burnout               | real  | state   | 0 1        | burnout burn
prepayment            | real  | result  | 0 1        | cpr prepay_rate
start_year            | int   | state   | 2000 2020  | start_year y_start
start_month           | int   | state   | 1 12       | start_month m_start
start_day             | int   | state   | 1 31       | start_day d_start
end_year              | int   | state   | 2021 2050  | end_year y_end
end_month             | int   | state   | 1 12       | end_month m_end
end_day               | int   | state   | 1 31       | end_day d_end
day_count             | int   | result  |            | days_30_360 day_count
asset_value           | real  | state   | 1 5        | asset_value v_assets
debt                  | real  | state   | 0.3 3      | debt liabilities
asset_volatility      | real  | state   | 0.1 0.6    | asset_vol sigma_v
asset_drift           | real  | uniform | 0 0.1      | asset_drift mu_v      | 0.05
default_distance      | real  | result  | -40 60     | dist_default dd
rating_class          | int   | result  | 0 4        | rating_class grade
swap_years            | int   | uniform | 1 7        | swap_years n_years
default_swap_spread   | real  | result  | 0 0.2      | cds_spread par_spread
"""


def vasicek_discount(short_rate, long_rate, mean_reversion, rate_volatility, maturity):
    """Zero-coupon bond of the Vasicek model."""
    b = (1.0 - wp.exp(-mean_reversion * maturity)) / mean_reversion
    ratio = rate_volatility / mean_reversion
    limit = long_rate - 0.5 * ratio * ratio
    log_a = limit * (b - maturity) - 0.25 * rate_volatility * ratio * b * b
    return wp.exp(log_a - b * short_rate)


def bond_price(coupon, bond_yield, periods):
    """Present value of the coupons and the face value."""
    v = 1.0 / (1.0 + bond_yield)
    df = float(1.0)
    total = float(0.0)
    for _n in range(periods):
        df *= v
        total += coupon * df
    return total + df


def annuity_price(coupon, bond_yield, periods):
    """Closed form of a level coupon bond."""
    df = wp.pow(1.0 + bond_yield, -float(periods))
    bond_price = coupon * (1.0 - df) / bond_yield + df
    return bond_price


def risky_bond_price(discount_factor, hazard, maturity, recovery):
    alive = wp.exp(-hazard * maturity)
    risky_price = discount_factor * (alive + recovery * (1.0 - alive))
    return risky_price


def duration(coupon, bond_yield, periods):
    """Macaulay duration."""
    v = 1.0 / (1.0 + bond_yield)
    df = float(1.0)
    total = float(0.0)
    weighted = float(0.0)
    for n in range(1, periods + 1):
        df *= v
        flow = coupon
        if n == periods:
            flow = coupon + 1.0
        total += flow * df
        weighted += float(n) * flow * df
    return weighted / wp.max(total, 1.0e-6)


def convexity(duration, bond_yield):
    """Convexity of a zero-coupon bond of that duration."""
    return duration * (duration + 1.0) / ((1.0 + bond_yield) * (1.0 + bond_yield))


def price_change(bond_price, duration, convexity, yield_shift, bond_yield):
    """Second-order change of a bond's price with its yield."""
    relative = -duration * yield_shift / (1.0 + bond_yield) + 0.5 * convexity * yield_shift * yield_shift
    return bond_price * relative


def credit_spread(hazard, recovery):
    """Credit triangle."""
    return hazard * (1.0 - recovery)


def implied_spread(quoted_price, discount_factor, maturity):
    return wp.log(discount_factor / quoted_price) / maturity


def vasicek_step(short_rate, long_rate, mean_reversion, rate_volatility, dt, rng):
    """Exact step of the Vasicek short rate."""
    decay = wp.exp(-mean_reversion * dt)
    spread = rate_volatility * wp.sqrt(0.5 * (1.0 - decay * decay) / mean_reversion)
    next_short_rate = long_rate + (short_rate - long_rate) * decay + spread * wp.randn(rng)
    return next_short_rate


def discount_factor(zero_rate, maturity):
    return wp.exp(-zero_rate * maturity)


def yield_to_maturity(quoted_price, coupon, periods):
    """Yield of a bond by Newton iteration on its price."""
    y = float(0.05)
    for _ in range(15):
        v = 1.0 / (1.0 + y)
        df = float(1.0)
        price = float(0.0)
        slope = float(0.0)
        for n in range(1, periods + 1):
            df *= v
            price += coupon * df
            slope -= float(n) * coupon * df * v
        price += df
        slope -= float(periods) * df * v
        step = (price - quoted_price) / slope
        y = wp.clamp(y - step, -0.2, 1.0)
        if wp.abs(step) < 1.0e-6:
            break
    solved_yield = y
    return solved_yield


def nelson_siegel(maturity, curve_level, curve_slope, curve_hump, decay_time):
    """Zero rate of Nelson and Siegel's curve."""
    x = maturity / decay_time
    loading = (1.0 - wp.exp(-x)) / x
    zero_rate = curve_level + curve_slope * loading + curve_hump * (loading - wp.exp(-x))
    return zero_rate


def curve_rate(maturity, curve_points):
    """Rate of a curve with a point for each year, straight between them and flat at its ends."""
    last = len(curve_points) - 1
    if maturity <= 1.0:
        return curve_points[0]
    if maturity >= float(last + 1):
        return curve_points[last]
    n = wp.clamp(int(maturity) - 1, 0, wp.max(last - 1, 0))
    t = maturity - float(n + 1)
    return wp.lerp(curve_points[n], curve_points[wp.min(n + 1, last)], t)


def cox_ingersoll_ross(short_rate, long_rate, mean_reversion, rate_volatility, maturity):
    """Zero-coupon bond of Cox, Ingersoll and Ross."""
    h = wp.sqrt(mean_reversion * mean_reversion + 2.0 * rate_volatility * rate_volatility)
    growth = wp.exp(h * maturity) - 1.0
    denom = 2.0 * h + (mean_reversion + h) * growth
    b = 2.0 * growth / denom
    base = 2.0 * h * wp.exp(0.5 * (mean_reversion + h) * maturity) / denom
    power = 2.0 * mean_reversion * long_rate / (rate_volatility * rate_volatility)
    return wp.pow(base, power) * wp.exp(-b * short_rate)


def par_swap_rate(curve_points):
    """Fixed rate of a swap that is worth nothing, from a curve of yearly zero rates."""
    annuity = float(0.0)
    df = float(1.0)
    for n in range(len(curve_points)):
        t = float(n + 1)
        df = wp.exp(-curve_points[n] * t)
        annuity += df
    return (1.0 - df) / annuity


def bootstrapped_discount(swap_rates):
    """Discount factor of the last of several yearly par swap rates."""
    annuity = float(0.0)
    df = float(1.0)
    for n in range(len(swap_rates)):
        df = (1.0 - swap_rates[n] * annuity) / (1.0 + swap_rates[n])
        annuity += df
    return df


def cash_flow_value(cash_flows, bond_yield):
    """Present value of a row of yearly payments."""
    df = float(1.0)
    total = float(0.0)
    for n in range(len(cash_flows)):
        df = df / (1.0 + bond_yield)
        total += cash_flows[n] * df
    return total


def internal_return(cash_flows, invested):
    """Internal rate of return by bisection."""
    low = float(-0.9)
    high = float(5.0)
    for _ in range(30):
        mid = 0.5 * (low + high)
        df = float(1.0)
        value = float(-invested)
        for n in range(len(cash_flows)):
            df = df / (1.0 + mid)
            value += cash_flows[n] * df
        if value > 0.0:
            low = mid
        else:
            high = mid
    return 0.5 * (low + high)


def loan_payment(principal, loan_rate, months):
    """Monthly payment of an annuity loan."""
    r = loan_rate / 12.0
    growth = wp.pow(1.0 + r, float(months))
    return principal * r * growth / (growth - 1.0)


def remaining_balance(principal, loan_rate, months, paid_months):
    """What is left of a loan after some payments, paid one by one."""
    r = loan_rate / 12.0
    growth = wp.pow(1.0 + r, float(months))
    payment = principal * r * growth / (growth - 1.0)
    balance = float(principal)
    for n in range(36):
        if n >= paid_months:
            break
        interest = r * balance
        balance = wp.max(balance + interest - payment, 0.0)
    return balance


def prepayment(loan_age, loan_rate, market_rate, burnout):
    """Yearly rate of prepayment: a seasoning ramp times an incentive that tires."""
    ramp = wp.min(float(loan_age) / 30.0, 1.0)
    incentive = loan_rate - market_rate
    if incentive <= 0.0:
        turnover = 0.06
    elif incentive < 0.02:
        turnover = 0.06 + 12.0 * incentive
    else:
        turnover = 0.3
    return ramp * turnover * (1.0 - 0.5 * burnout)


def day_count(start_year, start_month, start_day, end_year, end_month, end_day):
    """Days between two dates by the 30/360 convention."""
    d1 = wp.min(start_day, 30)
    d2 = end_day
    if d1 == 30:
        d2 = wp.min(end_day, 30)
    return 360 * (end_year - start_year) + 30 * (end_month - start_month) + d2 - d1


def default_distance(asset_value, debt, asset_volatility, asset_drift, maturity):
    """Merton's distance to default."""
    s = asset_volatility * wp.sqrt(maturity)
    return (wp.log(asset_value / debt) + (asset_drift - 0.5 * asset_volatility * asset_volatility) * maturity) / s


def rating_class(default_distance):
    """Class of an issuer by its distance to default, the best first."""
    if default_distance > 6.0:
        return 0
    if default_distance > 4.0:
        return 1
    if default_distance > 2.5:
        return 2
    if default_distance > 1.0:
        return 3
    return 4


def default_swap_spread(hazard, recovery, zero_rate, swap_years):
    """Par spread of a credit default swap with yearly premiums."""
    protection = float(0.0)
    premium = float(0.0)
    alive = float(1.0)
    for n in range(1, swap_years + 1):
        t = float(n)
        survived = wp.exp(-hazard * t)
        df = wp.exp(-zero_rate * t)
        died = alive - survived
        protection += (1.0 - recovery) * died * df
        premium += (survived + 0.5 * died) * df
        alive = survived
    return protection / premium
