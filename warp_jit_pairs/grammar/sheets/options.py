"""Options: prices, Greeks, volatilities, payoffs, trees and paths."""

import warp as wp

ENTITIES = "option contract"
GROUPS = "book underlying"
PAIRS = "spread option_pair"
LAUNCH = "1:9 2:2"
SUMMED = "option_price delta gamma vega"

QUANTITIES = """
spot                   | real  | state   | 0.7 1.4   | spot s0 underlying_px
strike                 | real  | state   | 0.7 1.4   | strike k strikes
maturity               | real  | state   | 0.25 3    | maturity tau_mat expiry
horizon                | real  | uniform | 0.2 2     | horizon t_end             | 0.5 1.0
volatility             | real  | state   | 0.15 1.2  | vol sigma volatility
interest               | real  | uniform | 0.01 0.1  | r interest risk_free      | 0.02 0.05
dividend               | real  | group   | 0.01 0.06 | div_yield dividend q
barrier                | real  | uniform | 1.2 3     | barrier knock_out         | 1.5 2.0
forward                | real  | result  | 0.4 2.5   | fwd forward f0
moneyness              | real  | result  | -1.1 1.1  | log_m moneyness
d1                     | real  | result  | -4 4      | d1
d2                     | real  | result  | -4 4      | d2
discount_factor        | real  | result  | 0.5 1     | df discount disc
is_call                | bool  | state   | 0 1       | is_call call_flag
option_price           | real  | result  | 0 2       | option_price premium
intrinsic_value        | real  | result  | 0 1.5     | intrinsic payoff
time_value             | real  | result  | -2 2      | time_value extrinsic
delta                  | real  | result  | -1 1      | delta option_delta
gamma                  | real  | result  | 0 4       | gamma gammas
vega                   | real  | result  | 0 2       | vega vegas
theta                  | real  | result  | -4 4      | theta thetas
market_quote           | real  | state   | 0.05 0.3  | quote market_price mid_quote
in_the_money           | bool  | result  |           | itm in_the_money
knocked_out            | bool  | result  |           | knocked_out is_dead
upper_strike           | real  | uniform | 1 2       | k_hi upper_strike         | 1.2 1.5
smile                  | real  | uniform | 0.05 0.4  | smile svi_sigma           | 0.1 0.2
drift                  | real  | group   | -0.1 0.2  | mu drift expected_return
correlation            | real  | uniform | -0.6 0.9  | rho corr                  | 0.3 0.5
dt                     | real  | uniform | 0.004 0.1 | dt                        | 0.01 0.05
approximate_volatility | real  | result  | 0 1.5     | approx_vol sigma_atm
smile_volatility       | real  | result  | 0 1       | smile_vol svi_vol
level_variance         | real  | group   | 0.02 0.5  | svi_a level_var           | 0.04
contract_count         | real  | state   | -10 10    | contracts contract_count
held_shares            | real  | state   | -10 10    | held_shares hedge_pos
hedge_shares           | real  | result  | -20 20    | hedge_qty shares_to_trade
path                   | reals | state   | 0.5 3     | path closes
straddle_profit        | real  | result  | -0.6 0.6  | straddle_pnl straddle
call_spread_payoff     | real  | result  | 0 1       | spread_payoff payoff_cs
digital_price          | real  | result  | 0 1       | digital digital_price
exchange_price         | real  | result  | 0 1.5     | exchange_price margrabe
implied                | real  | result  | 0 2       | implied_vol iv
american_price         | real  | result  | 0 1       | american am_price
american_put           | real  | result  | 0 1       | american_put put_value
jump_rate              | real  | uniform | 0.1 2     | jump_rate lam_jump        | 0.5
jump_spread            | real  | uniform | 0.05 0.4  | jump_vol delta_jump       | 0.1 0.2
sabr_alpha             | real  | group   | 0.1 0.6   | alpha_sabr sabr_alpha     | 0.2
sabr_beta              | real  | uniform | 0.3 0.95  | beta_sabr sabr_beta       | 0.5
sabr_nu                | real  | group   | 0.1 0.8   | nu_sabr vol_of_vol        | 0.4
sabr_volatility        | real  | result  | 0 1.5     | sabr_vol hagan_vol
lower_barrier          | real  | uniform | 0.4 0.68  | lower_barrier knock_level | 0.6
barrier_call           | real  | result  | 0 1       | barrier_price dao_call
sampled_payoff         | real  | result  | 0 2       | mc_payoff path_payoff
variance_now           | real  | state   | 0.01 0.5  | v_t variance
variance_reversion     | real  | uniform | 0.5 4     | kappa_v reversion         | 2.0
long_variance          | real  | uniform | 0.02 0.3  | theta_v long_var          | 0.04
variance_spread        | real  | uniform | 0.1 0.8   | xi_v vol_of_var           | 0.3
vanna                  | real  | result  | -4 4      | vanna d_delta_d_vol
volga                  | real  | result  | -5 5      | volga vomma
asian_price            | real  | result  | 0 1       | asian_price geo_asian
"""


def forward(spot, interest, dividend, maturity):
    return spot * wp.exp((interest - dividend) * maturity)


def discount_factor(interest, maturity):
    return wp.exp(-interest * maturity)


def moneyness(forward, strike):
    return wp.log(forward / strike)


def d1(spot, strike, maturity, volatility, interest):
    total_vol = volatility * wp.sqrt(maturity)
    return (wp.log(spot / strike) + (interest + 0.5 * volatility * volatility) * maturity) / total_vol


def d2(d1, volatility, maturity):
    return d1 - volatility * wp.sqrt(maturity)


def black_d1_d2(moneyness, volatility, maturity):
    """The two arguments of Black's formula on a forward."""
    total_vol = volatility * wp.sqrt(maturity)
    d1 = moneyness / total_vol + 0.5 * total_vol
    d2 = d1 - total_vol
    return d1, d2


def call_price(spot, strike, d1, d2, discount_factor):
    """Black-Scholes price of a European call."""
    n1 = 0.5 * wp.erfc(-d1 * 0.70710678)
    n2 = 0.5 * wp.erfc(-d2 * 0.70710678)
    option_price = wp.max(spot * n1 - strike * discount_factor * n2, 0.0)
    return option_price


def black_scholes(spot, strike, maturity, volatility, interest, is_call):
    """Black-Scholes price of a call, or of a put by parity."""
    sqrt_t = wp.sqrt(maturity)
    u = (wp.log(spot / strike) + (interest + 0.5 * volatility * volatility) * maturity) / (volatility * sqrt_t)
    v = u - volatility * sqrt_t
    pv_strike = strike * wp.exp(-interest * maturity)
    call = spot * 0.5 * wp.erfc(-u / wp.sqrt(2.0)) - pv_strike * 0.5 * wp.erfc(-v / wp.sqrt(2.0))
    option_price = call
    if not is_call:
        option_price = call - spot + pv_strike
    return option_price


def bachelier_price(forward, strike, volatility, maturity, discount_factor):
    """Bachelier's normal model."""
    s = volatility * wp.sqrt(maturity)
    d = (forward - strike) / s
    pdf = wp.exp(-0.5 * d * d) / wp.sqrt(wp.tau)
    cdf = 0.5 * wp.erfc(-d / wp.sqrt(2.0))
    option_price = discount_factor * ((forward - strike) * cdf + s * pdf)
    return option_price


def digital_price(d2, discount_factor, is_call):
    nd2 = 0.5 * wp.erfc(-d2 / wp.sqrt(2.0))
    if not is_call:
        nd2 = 1.0 - nd2
    return discount_factor * nd2


def binomial_price(spot, strike, volatility, maturity, discount_factor):
    """Expected payoff in a Cox-Ross-Rubinstein tree of eight steps."""
    up = wp.exp(volatility * wp.sqrt(maturity / 8.0))
    down = 1.0 / up
    growth = wp.pow(discount_factor, -0.125)
    p = wp.clamp((growth - down) / (up - down), 0.0, 1.0)
    ways = float(1.0)
    total = float(0.0)
    for n in range(9):
        k = float(n)
        end = spot * wp.pow(up, 2.0 * k - 8.0)
        total += ways * wp.pow(p, k) * wp.pow(1.0 - p, 8.0 - k) * wp.max(end - strike, 0.0)
        ways *= (8.0 - k) / (k + 1.0)
    option_price = discount_factor * total
    return option_price


def intrinsic_value(spot, strike, is_call):
    payoff = spot - strike if is_call else strike - spot
    return wp.max(payoff, 0.0)


def call_spread_payoff(spot, strike, upper_strike):
    width = wp.max(upper_strike - strike, 1.0e-6)
    return wp.clamp(spot - strike, 0.0, width)


def straddle_profit(spot, strike, market_quote):
    return wp.abs(spot - strike) - market_quote


def time_value(option_price, intrinsic_value):
    return option_price - intrinsic_value


def delta(d1, dividend, maturity, is_call):
    nd1 = 0.5 * wp.erfc(-d1 / wp.sqrt(2.0))
    carry = wp.exp(-dividend * maturity)
    if is_call:
        return carry * nd1
    return carry * (nd1 - 1.0)


def gamma(spot, d1, volatility, maturity):
    pdf = wp.exp(-0.5 * d1 * d1) / wp.sqrt(wp.tau)
    return pdf / (spot * volatility * wp.sqrt(maturity))


def vega(spot, d1, maturity):
    return spot * wp.sqrt(maturity) * wp.exp(-0.5 * d1 * d1) / wp.sqrt(wp.tau)


def theta(gamma, spot, volatility, delta, interest, option_price):
    """Theta from the Black-Scholes equation."""
    decay = -0.5 * volatility * volatility * spot * spot * gamma
    return decay - interest * (spot * delta - option_price)


def implied_volatility_step(volatility, option_price, market_quote, vega):
    """One Newton step towards the implied volatility."""
    change = (option_price - market_quote) / wp.max(vega, 0.05)
    next_volatility = wp.clamp(volatility - wp.clamp(change, -0.2, 0.2), 0.05, 2.0)
    return next_volatility


def brenner_volatility(market_quote, spot, maturity):
    """Brenner-Subrahmanyam approximation at the money."""
    approximate_volatility = wp.sqrt(wp.tau / maturity) * market_quote / spot
    return approximate_volatility


def smile_volatility(moneyness, level_variance, correlation, smile):
    """Raw SVI parametrization of a volatility smile."""
    wings = correlation * moneyness + wp.sqrt(moneyness * moneyness + smile * smile)
    return wp.sqrt(wp.max(level_variance + 0.1 * wings, 1.0e-4))


def hedge_shares(delta, contract_count, held_shares):
    """Shares to trade so that a position does not move with its underlying."""
    return -delta * contract_count - held_shares


def in_the_money(spot, strike, is_call):
    return (is_call and spot > strike) or (not is_call and spot < strike)


def knocked_out(path, barrier):
    """A barrier that any close on the way may touch."""
    top = float(0.0)
    for n in range(len(path)):
        top = wp.max(top, path[n])
    return top >= barrier


def spread_option(spot_a, spot_b, volatility_a, volatility_b, correlation, horizon):
    """Margrabe's formula for exchanging one asset for another."""
    var = volatility_a * volatility_a + volatility_b * volatility_b
    var = var - 2.0 * correlation * volatility_a * volatility_b
    s = wp.sqrt(wp.max(var, 1.0e-6) * horizon)
    u = wp.log(spot_a / spot_b) / s + 0.5 * s
    exchange_price = 0.5 * (spot_a * wp.erfc(-u / wp.sqrt(2.0)) - spot_b * wp.erfc(-(u - s) / wp.sqrt(2.0)))
    return exchange_price


def next_spot(spot, drift, volatility, dt, rng):
    """Exact step of a geometric Brownian motion."""
    z = wp.randn(rng)
    return spot * wp.exp((drift - 0.5 * volatility * volatility) * dt + volatility * wp.sqrt(dt) * z)


def implied_volatility(spot, strike, maturity, interest, market_quote):
    """Implied volatility of a call: Newton's method, kept inside of a bracket by bisection."""
    sqrt_t = wp.sqrt(maturity)
    pv_strike = strike * wp.exp(-interest * maturity)
    low = float(0.01)
    high = float(3.0)
    sigma = float(0.3)
    for _ in range(20):
        u = (wp.log(spot / pv_strike) + 0.5 * sigma * sigma * maturity) / (sigma * sqrt_t)
        v = u - sigma * sqrt_t
        price = spot * 0.5 * wp.erfc(-u / wp.sqrt(2.0)) - pv_strike * 0.5 * wp.erfc(-v / wp.sqrt(2.0))
        diff = price - market_quote
        if wp.abs(diff) < 1.0e-5:
            break
        if diff > 0.0:
            high = sigma
        else:
            low = sigma
        slope = spot * sqrt_t * wp.exp(-0.5 * u * u) / wp.sqrt(wp.tau)
        trial = sigma - diff / wp.max(slope, 1.0e-3)
        if trial <= low or trial >= high:
            trial = 0.5 * (low + high)
        sigma = trial
    implied = sigma
    return implied


def barone_adesi_whaley(spot, strike, maturity, volatility, interest, dividend):
    """American call with dividends: Newton's method for the price at which it is exercised."""
    s2 = volatility * volatility
    carry = interest - dividend
    m = 2.0 * interest / s2
    n = 2.0 * carry / s2
    k = 1.0 - wp.exp(-interest * maturity)
    q2 = 0.5 * (1.0 - n + wp.sqrt((n - 1.0) * (n - 1.0) + 4.0 * m / k))
    sqrt_t = volatility * wp.sqrt(maturity)
    critical = float(1.3 * strike)
    european = float(0.0)
    a2 = float(0.0)
    for _ in range(12):
        d = (wp.log(critical / strike) + (carry + 0.5 * s2) * maturity) / sqrt_t
        nd = 0.5 * wp.erfc(-d / wp.sqrt(2.0))
        n2 = 0.5 * wp.erfc(-(d - sqrt_t) / wp.sqrt(2.0))
        df_q = wp.exp(-dividend * maturity)
        european = critical * df_q * nd - strike * wp.exp(-interest * maturity) * n2
        right = european + (1.0 - df_q * nd) * critical / q2
        slope = df_q * nd * (1.0 - 1.0 / q2) + 1.0 / q2
        target = (strike + right - slope * critical) / wp.max(1.0 - slope, 0.02)
        critical = wp.clamp(target, strike, 10.0 * strike)
    a2 = (critical - strike) - european
    if spot >= critical:
        return spot - strike
    d = (wp.log(spot / strike) + (carry + 0.5 * s2) * maturity) / sqrt_t
    nd = 0.5 * wp.erfc(-d / wp.sqrt(2.0))
    n2 = 0.5 * wp.erfc(-(d - sqrt_t) / wp.sqrt(2.0))
    now = spot * wp.exp(-dividend * maturity) * nd - strike * wp.exp(-interest * maturity) * n2
    american_price = wp.max(now + wp.max(a2, 0.0) * wp.pow(spot / critical, q2), 0.0)
    return american_price


def jump_diffusion_price(spot, strike, maturity, volatility, interest, jump_rate, jump_spread):
    """Merton's jump diffusion: a series of Black-Scholes prices weighted by the number of jumps."""
    lam = jump_rate * maturity
    weight = float(wp.exp(-lam))
    total = float(0.0)
    pv_strike = strike * wp.exp(-interest * maturity)
    for n in range(10):
        var = volatility * volatility * maturity + float(n) * jump_spread * jump_spread
        s = wp.sqrt(var)
        u = wp.log(spot / pv_strike) / s + 0.5 * s
        call = spot * 0.5 * wp.erfc(-u / wp.sqrt(2.0)) - pv_strike * 0.5 * wp.erfc(-(u - s) / wp.sqrt(2.0))
        total += weight * call
        weight *= lam / float(n + 1)
    option_price = wp.max(total, 0.0)
    return option_price


def sabr_volatility(forward, strike, maturity, sabr_alpha, sabr_beta, correlation, sabr_nu):
    """Hagan's formula of the SABR model, with its limit at the money."""
    one_beta = 1.0 - sabr_beta
    fk = wp.pow(forward * strike, 0.5 * one_beta)
    log_fk = wp.log(forward / strike)
    a = one_beta * one_beta / 24.0 * sabr_alpha * sabr_alpha / (fk * fk)
    b = 0.25 * correlation * sabr_beta * sabr_nu * sabr_alpha / fk
    c = (2.0 - 3.0 * correlation * correlation) / 24.0 * sabr_nu * sabr_nu
    time_part = 1.0 + (a + b + c) * maturity
    if wp.abs(log_fk) < 1.0e-3:
        return sabr_alpha / fk * time_part
    z = sabr_nu / sabr_alpha * fk * log_fk
    root = wp.sqrt(wp.max(1.0 - 2.0 * correlation * z + z * z, 1.0e-6))
    x = wp.log((root + z - correlation) / (1.0 - correlation))
    if wp.abs(x) < 1.0e-4:
        return sabr_alpha / fk * time_part
    l2 = one_beta * one_beta * log_fk * log_fk
    spread = fk * (1.0 + l2 / 24.0 + l2 * l2 / 1920.0)
    return wp.clamp(sabr_alpha / spread * z / x * time_part, 0.001, 10.0)


def barrier_call(spot, strike, lower_barrier, maturity, volatility, interest):
    """Down-and-out call whose barrier lies below the strike."""
    if spot <= lower_barrier:
        return 0.0
    k = wp.max(strike, lower_barrier)
    s = volatility * wp.sqrt(maturity)
    mu = (interest - 0.5 * volatility * volatility) / (volatility * volatility)
    df = wp.exp(-interest * maturity)
    x = wp.log(spot / k) / s + (1.0 + mu) * s
    y = wp.log(lower_barrier * lower_barrier / (spot * k)) / s + (1.0 + mu) * s
    plain = spot * 0.5 * wp.erfc(-x / wp.sqrt(2.0)) - k * df * 0.5 * wp.erfc(-(x - s) / wp.sqrt(2.0))
    ratio = lower_barrier / spot
    power = wp.pow(ratio, 2.0 * mu)
    knocked = spot * power * ratio * ratio * 0.5 * wp.erfc(-y / wp.sqrt(2.0))
    knocked = knocked - k * df * power * 0.5 * wp.erfc(-(y - s) / wp.sqrt(2.0))
    return wp.max(plain - knocked, 0.0)


def geometric_asian(spot, strike, maturity, volatility, interest, dividend):
    """Call on a geometric average over its whole life."""
    s_avg = volatility / wp.sqrt(3.0)
    carry = 0.5 * (interest - dividend - volatility * volatility / 6.0)
    s = s_avg * wp.sqrt(maturity)
    u = (wp.log(spot / strike) + (carry + 0.5 * s_avg * s_avg) * maturity) / s
    growth = wp.exp((carry - interest) * maturity)
    gained = spot * growth * 0.5 * wp.erfc(-u / wp.sqrt(2.0))
    paid = strike * wp.exp(-interest * maturity) * 0.5 * wp.erfc(-(u - s) / wp.sqrt(2.0))
    asian_price = wp.max(gained - paid, 0.0)
    return asian_price


def sampled_asian(spot, strike, maturity, volatility, interest, rng):
    """Payoff of an arithmetic Asian call on one path of twelve steps."""
    dt = maturity / 12.0
    drift = (interest - 0.5 * volatility * volatility) * dt
    spread = volatility * wp.sqrt(dt)
    log_s = float(wp.log(spot))
    total = float(0.0)
    for _ in range(12):
        log_s += drift + spread * wp.randn(rng)
        total += wp.exp(wp.min(log_s, 10.0))
    sampled_payoff = wp.exp(-interest * maturity) * wp.max(total / 12.0 - strike, 0.0)
    return sampled_payoff


def heston_step(spot, variance_now, interest, variance_reversion, long_variance, variance_spread, correlation, dt, rng):
    """Full-truncation Euler step of Heston's model."""
    z1 = wp.randn(rng)
    z2 = correlation * z1 + wp.sqrt(1.0 - correlation * correlation) * wp.randn(rng)
    v = wp.max(variance_now, 0.0)
    root = wp.sqrt(v * dt)
    next_spot = spot * wp.exp((interest - 0.5 * v) * dt + root * z1)
    next_variance_now = variance_now + variance_reversion * (long_variance - v) * dt + variance_spread * root * z2
    return next_spot, next_variance_now


def tree_put(spot, strike, volatility, maturity, interest):
    """American put on a binomial tree of three steps, folded back with early exercise."""
    dt = maturity / 3.0
    up = wp.exp(volatility * wp.sqrt(dt))
    down = 1.0 / up
    df = wp.exp(-interest * dt)
    p = wp.clamp((1.0 / df - down) / (up - down), 0.0, 1.0)
    v = wp.vec4(
        wp.max(strike - spot * down * down * down, 0.0),
        wp.max(strike - spot * down, 0.0),
        wp.max(strike - spot * up, 0.0),
        wp.max(strike - spot * up * up * up, 0.0),
    )
    for step in range(3):
        level = 2 - step
        for n in range(3):
            if n > level:
                continue
            hold = df * (p * v[n + 1] + (1.0 - p) * v[n])
            node = spot * wp.pow(up, float(2 * n - level))
            v[n] = wp.max(hold, strike - node)
    american_put = v[0]
    return american_put


def cross_greeks(spot, d1, d2, volatility, maturity):
    """Vanna and volga."""
    pdf = wp.exp(-0.5 * d1 * d1) / wp.sqrt(wp.tau)
    vanna = -pdf * d2 / volatility
    volga = spot * pdf * wp.sqrt(maturity) * d1 * d2 / volatility
    return vanna, volga
