"""Finance: options and their Greeks, bonds, returns and risk, order books, indicators, portfolios."""

import warp as wp

ENTITIES = "asset option contract position instrument"
GROUPS = "sector account desk"
PAIRS = "spread trade pair"
LAUNCH = "1:9 2:2"
SUMMED = "market_value exposure pnl fee cash"
OPPOSITE = "transfer"

QUANTITIES = """
spot              | real  | state   | 0.7 1.4     | spot s0 price
strike            | real  | state   | 0.7 1.4     | strike k strikes
maturity          | real  | state   | 0.25 3      | maturity tau_mat expiry
horizon           | real  | uniform | 0.2 2       | horizon t_end               | 0.5 1.0
volatility        | real  | state   | 0.15 1.2    | vol sigma volatility
interest          | real  | uniform | 0.01 0.1    | r interest risk_free        | 0.02 0.05
dividend          | real  | group   | 0.01 0.06   | div_yield dividend q
barrier           | real  | uniform | 1.2 3       | barrier knock_out           | 1.5 2.0
forward           | real  | result  | 0.4 2.5     | fwd forward f0
moneyness         | real  | result  | -1.1 1.1    | log_m moneyness
d1                | real  | result  | -4 4        | d1
d2                | real  | result  | -4 4        | d2
discount_factor   | real  | result  | 0.5 1       | df discount disc
is_call           | bool  | state   | 0 1         | is_call call_flag
option_price      | real  | result  | 0 2         | premium option_price npv
intrinsic_value   | real  | result  | 0 1.5       | intrinsic payoff
time_value        | real  | result  |             | time_value extrinsic
delta             | real  | result  | -1 1        | delta deltas
gamma             | real  | result  | 0 4         | gamma gammas
vega              | real  | result  | 0 2         | vega vegas
theta             | real  | result  |             | theta thetas
market_quote      | real  | state   | 0.05 0.3    | quote market_price mid_quote
in_the_money      | bool  | result  |             | itm in_the_money
knocked_out       | bool  | result  |             | knocked_out is_dead
marketable        | bool  | result  |             | marketable will_fill
stopped_out       | bool  | result  |             | stopped_out stop_hit
margin_call       | bool  | result  |             | margin_call liquidate
upper_strike      | real  | uniform | 1 2         | k_hi upper_strike           | 1.2 1.5
smile             | real  | uniform | 0.05 0.4    | smile svi_sigma             | 0.1 0.2
coupon            | real  | state   | 0.01 0.1    | coupon cpn
periods           | int   | state   | 1 20        | periods n_coupons num_periods
bond_yield        | real  | state   | 0.01 0.12   | ytm yield_rate y
bond_price        | real  | result  | 0.3 1.6     | bond_price clean_price
duration          | real  | result  | 0.5 15      | duration dur mac_duration
convexity         | real  | result  | 1 200       | convexity cvx
hazard            | real  | group   | 0.005 0.2   | hazard intensity lam
recovery          | real  | uniform | 0.2 0.6     | recovery rec                | 0.4
credit_spread     | real  | result  | 0.001 0.2   | spread credit_spread
price             | real  | state   | 0.5 3       | price px close
gain              | real  | result  | -1 1.5      | returns gain
drift             | real  | group   | -0.1 0.2    | mu drift expected_return
quantity          | real  | state   | -5 5        | qty quantity shares
entry_price       | real  | state   | 0.5 3       | entry_price cost_basis avg_price
market_value      | real  | result  | -12 12      | mkt_value notional
pnl               | real  | result  | -12 12      | pnl profit
cash              | real  | state   | -5 20       | cash balance
transfer          | real  | result  |             | transfer flow
fee_fraction      | real  | uniform | 0.001 0.02  | fee fee_rate commission     | 0.001 0.005
minimum_fee       | real  | uniform | 0.005 0.05  | min_fee ticket_fee          | 0.01
fee               | real  | result  | 0.005 0.25  | fees cost
drawdown          | real  | result  | 0 0.9       | drawdown dd
peak              | real  | state   | 1 4         | peak high_water hwm
confidence        | real  | uniform | 0.9 0.99    | confidence conf             | 0.95 0.99
value_at_risk     | real  | result  |             | var95 value_at_risk
exposure          | real  | result  | -10 10      | exposure net_exposure
leverage          | real  | uniform | 1 5         | leverage max_lev            | 2.0 3.0
weight            | real  | state   | 0.3 1       | weights w alloc
beta              | real  | state   | 0.2 2       | beta betas
market_return     | real  | uniform | -0.2 0.2    | mkt_ret market_return       | 0.05 0.08
sharpe            | real  | result  |             | sharpe sharpe_ratio
correlation       | real  | uniform | -0.6 0.9    | rho corr                    | 0.3 0.5
risk_aversion     | real  | uniform | 0.5 6       | risk_aversion gamma_ra      | 1.0 3.0
allocation        | real  | result  | -5 5        | target_weight kelly allocation
covariance        | mat22 | group   | 0.02 0.1    | cov covariance sigma_mat
holdings          | vec2  | state   | -1 1        | holdings w2 positions
bid               | real  | state   | 0.8 1       | bid bids best_bid
ask               | real  | state   | 1.01 1.2    | ask asks best_ask
limit_price       | real  | state   | 0.8 1.2     | limit limit_price limit_px
bid_size          | real  | state   | 0.1 10      | bid_size bid_qty
ask_size          | real  | state   | 0.1 10      | ask_size ask_qty
mid_price         | real  | result  | 0.9 1.1     | mid mid_price
imbalance         | real  | result  | -1 1        | imbalance obi
order_size        | real  | state   | -4 4        | order_size order_qty
fill_price        | real  | result  | 0.5 2       | fill_price exec_price
impact            | real  | uniform | 0.01 0.2    | impact kappa_imp            | 0.05 0.1
history           | reals | state   | 0.5 3       | history closes prices
levels            | reals | state   | 0.05 0.5    | depth levels book
moving_average    | real  | state   | 0.6 2.5     | ema sma ma
smoothing         | real  | uniform | 0.05 0.5    | alpha smoothing             | 0.1 0.2
band_width        | real  | uniform | 0.5 3       | num_std band_k              | 2.0
strength_index    | real  | result  | 0 100       | rsi strength
signal            | real  | result  | -1 1        | signal alpha_sig indicator
overbought        | bool  | result  |             | overbought exit_flag
dt                | real  | uniform | 0.004 0.1   | dt                          | 0.01 0.05
mean_reversion    | real  | uniform | 0.2 3       | kappa speed_mr              | 0.5 1.0
short_rate        | real  | state   | 0.005 0.1   | short_rate r_t
"""


def forward(spot, interest, dividend, maturity):
    return spot * wp.exp((interest - dividend) * maturity)


def discount_factor(interest, maturity):
    return wp.exp(-interest * maturity)


def vasicek_discount(short_rate, interest, mean_reversion, maturity):
    """Expectations part of the Vasicek zero-coupon bond."""
    b = (1.0 - wp.exp(-mean_reversion * maturity)) / mean_reversion
    log_price = -b * short_rate - (maturity - b) * interest
    discount_factor = wp.exp(log_price)
    return discount_factor


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
    option_price = discount_factor * nd2
    return option_price


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
    intrinsic_value = wp.clamp(spot - strike, 0.0, width)
    return intrinsic_value


def straddle_payoff(spot, strike, market_quote):
    intrinsic_value = wp.max(wp.abs(spot - strike) - market_quote, 0.0)
    return intrinsic_value


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
    volatility = wp.sqrt(wp.tau / maturity) * market_quote / spot
    return volatility


def smile_volatility(moneyness, volatility, correlation, smile):
    """Raw SVI parametrization of a volatility smile."""
    wings = correlation * moneyness + wp.sqrt(moneyness * moneyness + smile * smile)
    total_variance = volatility * volatility + 0.1 * wings
    next_volatility = wp.sqrt(wp.max(total_variance, 1.0e-4))
    return next_volatility


def delta_hedge(delta, quantity, order_size):
    exposure = delta * quantity + order_size
    return exposure


def in_the_money(spot, strike, is_call):
    return (is_call and spot > strike) or (not is_call and spot < strike)


def knocked_out(history, barrier):
    """A barrier that any close on the way may touch."""
    top = float(0.0)
    for n in range(len(history)):
        top = wp.max(top, history[n])
    return top >= barrier


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
    bond_price = discount_factor * (alive + recovery * (1.0 - alive))
    return bond_price


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


def price_change(bond_price, duration, convexity, bond_yield, previous_bond_yield):
    """Second-order change of a bond's price with its yield."""
    dy = bond_yield - previous_bond_yield
    relative = -duration * dy / (1.0 + bond_yield) + 0.5 * convexity * dy * dy
    pnl = bond_price * relative
    return pnl


def credit_spread(hazard, recovery):
    """Credit triangle."""
    return hazard * (1.0 - recovery)


def implied_spread(bond_price, discount_factor, maturity):
    credit_spread = wp.clamp(wp.log(discount_factor / bond_price) / maturity, 0.001, 0.2)
    return credit_spread


def gain(price, previous_price):
    return price / previous_price - 1.0


def log_gain(price, previous_price):
    gain = wp.log(price / previous_price)
    return gain


def market_value(quantity, price):
    return quantity * price


def pnl(quantity, price, entry_price):
    return quantity * (price - entry_price)


def net_pnl(quantity, price, entry_price, fee_fraction):
    turnover = wp.abs(quantity) * (price + entry_price)
    pnl = quantity * (price - entry_price) - fee_fraction * turnover
    return pnl


def fee(order_size, price, fee_fraction, minimum_fee):
    traded = wp.abs(order_size) * price
    return wp.max(fee_fraction * traded, minimum_fee)


def average_entry(quantity, entry_price, order_size, fill_price):
    """Average cost after a trade; reducing a position keeps it."""
    new_qty = quantity + order_size
    next_entry_price = entry_price
    if quantity * new_qty < 0.0:
        next_entry_price = fill_price
    elif quantity * order_size > 0.0:
        next_entry_price = (quantity * entry_price + order_size * fill_price) / new_qty
    next_quantity = new_qty
    return next_quantity, next_entry_price


def next_cash(cash, order_size, fill_price, fee_fraction):
    traded = order_size * fill_price
    return cash - traded - fee_fraction * wp.abs(traded)


def accrued_cash(cash, interest, credit_spread, dt):
    """Interest on a balance; a debit pays a spread on top."""
    rate = interest
    if cash < 0.0:
        rate = interest + credit_spread
    next_cash = cash * wp.exp(rate * dt)
    return next_cash


def transfer_cash(cash_a, cash_b, smoothing):
    transfer = smoothing * (cash_b - cash_a)
    return transfer


def trailing_drawdown(price, peak):
    next_peak = wp.max(peak, price)
    drawdown = 1.0 - price / next_peak
    return drawdown, next_peak


def row_drawdown(history):
    """Greatest drawdown over a row of closes."""
    top = float(history[0])
    drawdown = float(0.0)
    for n in range(1, len(history)):
        top = wp.max(top, history[n])
        drawdown = wp.max(drawdown, 1.0 - history[n] / top)
    return drawdown


def value_at_risk(market_value, drift, volatility, confidence, dt):
    """Parametric value at risk."""
    z = wp.sqrt(2.0) * wp.erfinv(2.0 * confidence - 1.0)
    return wp.abs(market_value) * (z * volatility * wp.sqrt(dt) - drift * dt)


def expected_shortfall(market_value, volatility, confidence):
    """Expected shortfall of a normal loss."""
    z = wp.sqrt(2.0) * wp.erfinv(2.0 * confidence - 1.0)
    pdf = wp.exp(-0.5 * z * z) / wp.sqrt(wp.tau)
    value_at_risk = wp.abs(market_value) * volatility * pdf / (1.0 - confidence)
    return value_at_risk


def sharpe(drift, interest, volatility):
    return (drift - interest) / volatility


def row_sharpe(history, interest):
    n = float(wp.max(len(history) - 1, 1))
    total = float(0.0)
    total_sq = float(0.0)
    for k in range(1, len(history)):
        ret = wp.log(history[k] / history[k - 1])
        total += ret
        total_sq += ret * ret
    avg = total / n
    spread = wp.sqrt(wp.max(total_sq / n - avg * avg, 1.0e-6))
    sharpe = (avg - interest) / spread
    return sharpe


def capm_gain(interest, beta, market_return):
    """Capital asset pricing model."""
    gain = interest + beta * (market_return - interest)
    return gain


def kelly_allocation(drift, interest, volatility, leverage):
    """Kelly's fraction, capped by the leverage."""
    fraction = (drift - interest) / (volatility * volatility)
    allocation = wp.clamp(fraction, -leverage, leverage)
    return allocation


def merton_allocation(drift, interest, volatility, risk_aversion):
    allocation = (drift - interest) / (risk_aversion * volatility * volatility)
    return allocation


def target_volatility_allocation(volatility, target_volatility, leverage):
    allocation = wp.min(target_volatility / volatility, leverage)
    return allocation


def portfolio_risk(holdings, covariance):
    """Standard deviation of two holdings."""
    total = wp.dot(holdings, covariance * holdings)
    volatility = wp.sqrt(wp.max(total, 0.01))
    return volatility


def pair_volatility(weight_a, weight_b, volatility_a, volatility_b, correlation):
    """Volatility of a two-asset portfolio."""
    sa = weight_a * volatility_a
    sb = weight_b * volatility_b
    volatility = wp.sqrt(sa * sa + sb * sb + 2.0 * correlation * sa * sb)
    return volatility


def spread_option(spot_a, spot_b, volatility_a, volatility_b, correlation, horizon):
    """Margrabe's formula for exchanging one asset for another."""
    var = volatility_a * volatility_a + volatility_b * volatility_b
    var = var - 2.0 * correlation * volatility_a * volatility_b
    s = wp.sqrt(wp.max(var, 1.0e-6) * horizon)
    u = wp.log(spot_a / spot_b) / s + 0.5 * s
    option_price = 0.5 * (spot_a * wp.erfc(-u / wp.sqrt(2.0)) - spot_b * wp.erfc(-(u - s) / wp.sqrt(2.0)))
    return option_price


def pairs_signal(price_a, price_b, moving_average_a, moving_average_b, band_width):
    """Statistical arbitrage on the spread of two assets."""
    gap = wp.log(price_a / price_b) - wp.log(moving_average_a / moving_average_b)
    signal = -wp.clamp(gap / band_width, -1.0, 1.0)
    return signal


def mid_price(bid, ask):
    return 0.5 * (bid + ask)


def micro_price(bid, ask, bid_size, ask_size):
    """Mid price weighted by the opposite sizes."""
    mid_price = (bid * ask_size + ask * bid_size) / (bid_size + ask_size)
    return mid_price


def imbalance(bid_size, ask_size):
    """Order book imbalance."""
    return (bid_size - ask_size) / (bid_size + ask_size)


def marketable(order_size, bid, ask, limit_price):
    limit_buy = order_size > 0.0 and limit_price >= ask
    limit_sell = order_size < 0.0 and limit_price <= bid
    marketable = limit_buy or limit_sell
    return marketable


def market_fill(order_size, bid, ask, impact):
    """Crosses the spread and pays the square-root impact."""
    slip = impact * wp.sqrt(wp.abs(order_size))
    fill_price = bid - slip * bid
    if order_size > 0.0:
        fill_price = ask + slip * ask
    return fill_price


def walked_fill(order_size, mid_price, levels, impact):
    """Walks the levels of a book until the order is filled."""
    wanted = wp.abs(order_size)
    size = float(0.05)
    spent = float(0.0)
    for n in range(len(levels)):
        take = wp.min(wanted - size, levels[n])
        if take > 0.0:
            spent += take * impact * float(n + 1)
            size += take
    fill_price = mid_price * (1.0 + wp.sign(order_size) * 0.1 * spent / size)
    return fill_price


def book_signal(imbalance, gain, smoothing):
    signal = wp.tanh(2.0 * imbalance) * (1.0 - smoothing) + smoothing * wp.sign(gain)
    return signal


def next_moving_average(moving_average, price, smoothing):
    """Exponential moving average."""
    return moving_average + smoothing * (price - moving_average)


def simple_average(history):
    total = float(0.0)
    for n in range(len(history)):
        total += history[n]
    moving_average = total / float(len(history))
    return moving_average


def weighted_average(history):
    """Linearly weighted moving average, the latest close the heaviest."""
    total = float(0.0)
    norm = float(0.0)
    for n in range(len(history)):
        w = float(n + 1)
        total += w * history[n]
        norm += w
    moving_average = total / norm
    return moving_average


def trend_signal(moving_average, previous_moving_average, volatility):
    signal = wp.tanh((moving_average - previous_moving_average) / volatility)
    return signal


def band_signal(price, moving_average, volatility, band_width):
    """Position within Bollinger bands."""
    half = band_width * volatility * moving_average
    signal = wp.clamp((price - moving_average) / wp.max(half, 1.0e-6), -1.0, 1.0)
    return signal


def strength_index(history):
    """Wilder's relative strength index."""
    ups = float(0.0)
    downs = float(1.0e-4)
    for n in range(1, len(history)):
        change = history[n] - history[n - 1]
        if change > 0.0:
            ups += change
        else:
            downs -= change
    return 100.0 * ups / (ups + downs)


def realized_volatility(history):
    """Volatility of log returns per period."""
    total = float(0.0)
    for n in range(1, len(history)):
        ret = wp.log(history[n] / history[n - 1])
        total += ret * ret
    volatility = wp.sqrt(total / float(len(history)))
    return volatility


def overbought(strength_index, signal):
    return strength_index > 60.0 and signal > 0.0


def stopped_out(drawdown, max_drawdown, in_the_money):
    stopped_out = drawdown > max_drawdown and not in_the_money
    return stopped_out


def margin_call(cash, market_value, leverage):
    equity = cash + market_value
    margin_call = equity * leverage < wp.abs(market_value)
    return margin_call


def next_spot(spot, drift, volatility, dt, rng):
    """Exact step of a geometric Brownian motion."""
    z = wp.randn(rng)
    return spot * wp.exp((drift - 0.5 * volatility * volatility) * dt + volatility * wp.sqrt(dt) * z)


def vasicek_step(short_rate, interest, mean_reversion, volatility, dt, rng):
    """Vasicek short rate model."""
    shock = 0.1 * volatility * wp.sqrt(dt) * wp.randn(rng)
    next_short_rate = short_rate + mean_reversion * (interest - short_rate) * dt + shock
    return next_short_rate


def cash_rate(cash, interest, fee):
    return interest * cash - fee


def garch_volatility(volatility, gain, target_volatility, smoothing):
    """GARCH(1, 1) variance recursion."""
    keep = 0.95 - 0.9 * smoothing
    long_run = 0.05 * target_volatility * target_volatility
    next_volatility = wp.sqrt(long_run + smoothing * gain * gain + keep * volatility * volatility)
    return next_volatility
