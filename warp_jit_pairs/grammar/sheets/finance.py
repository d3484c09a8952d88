"""Finance: options and their Greeks, bonds, returns and risk, order books, indicators, portfolios."""

import warp as wp

ENTITIES = "asset position"
GROUPS = "account sector"
PAIRS = "spread trade pair"
LAUNCH = "1:9 2:2"
SUMMED = "market_value pnl fee cash"

QUANTITIES = """
volatility             | real  | state   | 0.15 1.2   | vol volatility sigma
interest               | real  | uniform | 0.01 0.1   | r interest risk_free       | 0.02 0.05
marketable             | bool  | result  |            | marketable will_fill
stopped_out            | bool  | result  |            | stopped_out stop_hit
margin_call            | bool  | result  |            | margin_call liquidate
price                  | real  | state   | 0.5 3      | price px close
gain                   | real  | result  | -1 1.5     | returns gain
drift                  | real  | group   | -0.1 0.2   | mu drift expected_return
quantity               | real  | state   | -5 5       | qty quantity shares
entry_price            | real  | state   | 0.5 3      | entry_price cost_basis avg_price
market_value           | real  | result  | -12 12     | mkt_value notional
pnl                    | real  | result  | -12 12     | pnl profit
cash                   | real  | state   | -5 20      | cash balance
fee_fraction           | real  | uniform | 0.001 0.02 | fee fee_rate commission    | 0.001 0.005
minimum_fee            | real  | uniform | 0.005 0.05 | min_fee ticket_fee         | 0.01
fee                    | real  | result  | 0.005 0.25 | fees cost
drawdown               | real  | result  | 0 0.9      | drawdown dd
peak                   | real  | state   | 1 4        | peak high_water hwm
confidence             | real  | uniform | 0.9 0.99   | confidence conf            | 0.95 0.99
value_at_risk          | real  | result  | 0 8        | var95 value_at_risk
leverage               | real  | uniform | 1 5        | leverage max_lev           | 2.0 3.0
weight                 | real  | state   | 0.3 1      | weights w alloc
beta                   | real  | state   | 0.2 2      | beta betas
market_return          | real  | uniform | -0.2 0.2   | mkt_ret market_return      | 0.05 0.08
sharpe                 | real  | result  | -1.5 1.5   | sharpe sharpe_ratio
correlation            | real  | uniform | -0.6 0.9   | rho corr                   | 0.3 0.5
risk_aversion          | real  | uniform | 0.5 6      | risk_aversion gamma_ra     | 1.0 3.0
allocation             | real  | result  | -5 5       | target_weight kelly allocation
covariance             | mat22 | group   | 0.02 0.1   | cov covariance sigma_mat
holdings               | vec2  | state   | -1 1       | holdings w2 positions
bid                    | real  | state   | 0.8 1      | bid bids best_bid
ask                    | real  | state   | 1.01 1.2   | ask asks best_ask
limit_price            | real  | state   | 0.8 1.2    | limit limit_price limit_px
bid_size               | real  | state   | 0.1 10     | bid_size bid_qty
ask_size               | real  | state   | 0.1 10     | ask_size ask_qty
mid_price              | real  | result  | 0.9 1.1    | mid mid_price
imbalance              | real  | result  | -1 1       | imbalance obi
order_size             | real  | state   | -4 4       | order_size order_qty
fill_price             | real  | result  | 0.5 2      | fill_price exec_price
impact                 | real  | uniform | 0.01 0.2   | impact kappa_imp           | 0.05 0.1
history                | reals | state   | 0.5 3      | history closes prices
levels                 | reals | state   | 0.05 0.5   | depth levels book
moving_average         | real  | state   | 0.6 2.5    | ema sma ma
smoothing              | real  | uniform | 0.05 0.5   | alpha smoothing            | 0.1 0.2
band_width             | real  | uniform | 0.5 3      | num_std band_k             | 2.0
strength_index         | real  | result  | 0 100      | rsi strength
signal                 | real  | result  | -1 1       | signal alpha_sig indicator
overbought             | bool  | result  |            | overbought exit_flag
dt                     | real  | uniform | 0.004 0.1  | dt                         | 0.01 0.05
portfolio_volatility   | real  | result  | 0.05 3     | port_vol sigma_p
realized_volatility    | real  | result  | 0 1.5      | realized_vol rv
expected_shortfall     | real  | result  | 0 40       | shortfall cvar es95
expected_return        | real  | result  | -0.5 0.5   | exp_return capm_return
debit_spread           | real  | uniform | 0.005 0.05 | debit_spread margin_spread | 0.01
stop_price             | real  | state   | 0.5 3      | stop_price stop_level
trail_fraction         | real  | uniform | 0.02 0.2   | trail_pct trail            | 0.05 0.1
traded_value           | real  | state   | 1 500      | trade_value traded_value
month_volume           | real  | state   | 1 10000    | month_volume volume_30d
tier_fee               | real  | result  | 0 2        | tier_fee fee_due
margin                 | real  | result  | 0 20       | maint_margin margin
maintenance_rate       | real  | uniform | 0.005 0.05 | maint_rate mmr             | 0.01
liquidation_price      | real  | result  | 0 5        | liq_price liquidation_px
reserve_in             | real  | state   | 10 500     | reserve_in x_pool
reserve_out            | real  | state   | 10 500     | reserve_out y_pool
amount_in              | real  | state   | 0.1 50     | amount_in dx
pool_fee               | real  | uniform | 0.001 0.01 | pool_fee swap_fee          | 0.003
swapped_amount         | real  | result  | 0 400      | amount_out dy
impermanent_loss       | real  | result  | -1 0       | imp_loss il
remaining              | real  | state   | 0.5 50     | remaining shares_left
slice_number           | int   | uniform | 0 8        | slice_no slice_idx
slice_count            | int   | uniform | 4 12       | slice_count n_slices
urgency                | real  | uniform | 0.1 1      | urgency kappa_t            | 0.3 0.5
execution_schedule     | real  | result  | 0 50       | slice_qty trade_now
volumes                | reals | state   | 0.1 10     | volumes vols
volume_average         | real  | result  | 0 3        | vwap vol_avg
stochastic_oscillator  | real  | result  | 0 100      | stoch_k oscillator
fast_smoothing         | real  | uniform | 0.2 0.6    | alpha_fast fast_alpha      | 0.3
slow_smoothing         | real  | uniform | 0.05 0.19  | alpha_slow slow_alpha      | 0.1
convergence_divergence | real  | result  | -1.5 1.5   | macd macd_line
market_history         | reals | uniform | 0.5 3      | index_closes benchmark
regression_beta        | real  | result  | -3 3       | beta_hat ols_beta
losing_streak          | int   | result  |            | losing_streak down_run
fast_span              | int   | uniform | 1 2        | fast_span n_fast
slow_span              | int   | uniform | 3 5        | slow_span n_slow
crossing_signal        | int   | result  | -1 1       | cross_signal ma_cross
risk_parity            | real  | result  | 0 1        | parity_w risk_weight
expected_returns       | vec2  | state   | -0.1 0.3   | mu_vec exp_returns
tangency_weights       | vec2  | result  | -3 3       | w_tan tangency
pnl_now                | real  | state   | -10 20     | year_pnl realized_pnl
carried_loss           | real  | state   | 0 20       | carried_loss loss_pool
tax_rate               | real  | uniform | 0.1 0.4    | tax_rate tax_pct           | 0.25
tax                    | real  | result  | 0 8        | tax_due tax
first_rate             | real  | state   | 0.8 1.25   | fx_1 rate_12
second_rate            | real  | state   | 0.8 1.25   | fx_2 rate_23
third_rate             | real  | state   | 0.8 1.25   | fx_3 rate_31
triangular_profit      | real  | result  | 0 1        | arb_profit tri_profit
risk_fraction          | real  | uniform | 0.005 0.05 | risk_pct risk_fraction     | 0.01 0.02
lot_size               | real  | uniform | 0.01 1     | lot_size lot               | 0.1
position_size          | real  | result  |            | units position_size
asset_returns          | vec2  | state   | -0.1 0.1   | returns ret_vec
decay_factor           | real  | uniform | 0.9 0.99   | decay_factor lambda_ewma   | 0.94 0.97
shrinkage              | real  | uniform | 0.05 0.9   | shrinkage delta_shrink     | 0.2
shrunk_covariance      | mat22 | result  |            | cov_shrunk shrunk
risk_contributions     | vec2  | result  |            | risk_shares contributions
factor_betas           | vec2  | state   | 0.2 2      | factor_betas loadings
factor_variance        | real  | uniform | 0.01 0.1   | factor_var var_f           | 0.04
specific_variances     | vec2  | state   | 0.01 0.2   | specific_var idio_var
factor_covariance      | mat22 | result  |            | cov_factor sigma_factor
"""


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


def accrued_cash(cash, interest, debit_spread, dt):
    """Interest on a balance; a debit pays a spread on top."""
    rate = interest
    if cash < 0.0:
        rate = interest + debit_spread
    next_cash = cash * wp.exp(rate * dt)
    return next_cash


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
    z = wp.sqrt(2.0) * wp.erfcinv(2.0 * (1.0 - confidence))
    return wp.abs(market_value) * (z * volatility * wp.sqrt(dt) - drift * dt)


def expected_shortfall(market_value, volatility, confidence):
    """Expected shortfall of a normal loss."""
    z = wp.sqrt(2.0) * wp.erfcinv(2.0 * (1.0 - confidence))
    pdf = wp.exp(-0.5 * z * z) / wp.sqrt(wp.tau)
    return wp.abs(market_value) * volatility * pdf / (1.0 - confidence)


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
    expected_return = interest + beta * (market_return - interest)
    return expected_return


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
    portfolio_volatility = wp.sqrt(wp.max(total, 0.01))
    return portfolio_volatility


def pair_volatility(weight_a, weight_b, volatility_a, volatility_b, correlation):
    """Volatility of a two-asset portfolio."""
    sa = weight_a * volatility_a
    sb = weight_b * volatility_b
    portfolio_volatility = wp.sqrt(sa * sa + sb * sb + 2.0 * correlation * sa * sb)
    return portfolio_volatility


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
    return wp.sqrt(total / float(len(history)))


def overbought(strength_index, signal):
    return strength_index > 60.0 and signal > 0.0


def stopped_out(drawdown, max_drawdown):
    return drawdown > max_drawdown


def margin_call(cash, market_value, leverage):
    equity = cash + market_value
    margin_call = equity * leverage < wp.abs(market_value)
    return margin_call


def garch_volatility(volatility, gain, target_volatility, smoothing):
    """GARCH(1, 1) variance recursion."""
    keep = 0.95 - 0.9 * smoothing
    long_run = 0.05 * target_volatility * target_volatility
    next_volatility = wp.sqrt(long_run + smoothing * gain * gain + keep * volatility * volatility)
    return next_volatility


def trailing_stop(price, stop_price, quantity, trail_fraction):
    """Stop that follows the price of a long or a short position, and never goes back."""
    next_stop_price = stop_price
    if quantity > 0.0:
        next_stop_price = wp.max(stop_price, price * (1.0 - trail_fraction))
    elif quantity < 0.0:
        next_stop_price = wp.min(stop_price, price * (1.0 + trail_fraction))
    return next_stop_price


def tiered_fee(traded_value, month_volume):
    """Fee of an exchange that gets cheaper with the volume of the month."""
    if month_volume < 100.0:
        rate = 0.004
    elif month_volume < 1000.0:
        rate = 0.0025
    elif month_volume < 5000.0:
        rate = 0.0015
    else:
        rate = 0.001
    tier_fee = wp.max(rate * traded_value, 0.01)
    return tier_fee


def maintenance_margin(traded_value):
    """Margin by brackets, each higher one at a greater rate."""
    margin = 0.01 * wp.min(traded_value, 50.0)
    if traded_value > 50.0:
        margin += 0.025 * (wp.min(traded_value, 250.0) - 50.0)
    if traded_value > 250.0:
        margin += 0.05 * (traded_value - 250.0)
    return margin


def liquidation_price(entry_price, quantity, leverage, maintenance_rate):
    """Price at which a leveraged position is closed."""
    side = 1.0
    if quantity < 0.0:
        side = -1.0
    return entry_price * (1.0 - side / leverage) / (1.0 - side * maintenance_rate)


def swapped_amount(reserve_in, reserve_out, amount_in, pool_fee):
    """Constant-product exchange of a liquidity pool."""
    effective = amount_in * (1.0 - pool_fee)
    return reserve_out * effective / (reserve_in + effective)


def impermanent_loss(price, entry_price):
    """Loss of a liquidity provider against holding."""
    ratio = price / entry_price
    return 2.0 * wp.sqrt(ratio) / (1.0 + ratio) - 1.0


def execution_schedule(remaining, slice_number, slice_count, urgency):
    """Almgren-Chriss: what to trade now of what is left."""
    left = float(slice_count - slice_number)
    if left <= 1.0:
        return remaining
    now = wp.sinh(urgency * left)
    later = wp.sinh(urgency * (left - 1.0))
    return remaining * (1.0 - later / now)


def volume_average(history, volumes):
    """Volume-weighted average price."""
    spent = float(0.0)
    traded = float(1.0e-6)
    for n in range(wp.min(len(history), len(volumes))):
        spent += history[n] * volumes[n]
        traded += volumes[n]
    return spent / traded


def stochastic_oscillator(history, price):
    """Where a price lies in the range of the last closes, in percent."""
    low = float(price)
    high = float(price)
    for n in range(len(history)):
        low = wp.min(low, history[n])
        high = wp.max(high, history[n])
    if high - low < 1.0e-6:
        return 50.0
    return 100.0 * (price - low) / (high - low)


def convergence_divergence(history, fast_smoothing, slow_smoothing):
    """MACD: difference of a fast and a slow exponential average at the end of a row."""
    fast = float(history[0])
    slow = float(history[0])
    for n in range(1, len(history)):
        fast += fast_smoothing * (history[n] - fast)
        slow += slow_smoothing * (history[n] - slow)
    return fast - slow


def regression_beta(history, market_history):
    """Slope of an asset's returns against the market's."""
    count = float(0.0)
    sum_x = float(0.0)
    sum_y = float(0.0)
    sum_xx = float(0.0)
    sum_xy = float(0.0)
    for n in range(1, wp.min(len(history), len(market_history))):
        x = wp.log(market_history[n] / market_history[n - 1])
        y = wp.log(history[n] / history[n - 1])
        count += 1.0
        sum_x += x
        sum_y += y
        sum_xx += x * x
        sum_xy += x * y
    spread = count * sum_xx - sum_x * sum_x
    if spread < 1.0e-4:
        return 1.0
    return wp.clamp((count * sum_xy - sum_x * sum_y) / spread, -20.0, 20.0)


def losing_streak(history):
    """Longest run of falling closes."""
    longest = int(0)
    run = int(0)
    for n in range(1, len(history)):
        if history[n] < history[n - 1]:
            run += 1
            longest = wp.max(longest, run)
        else:
            run = 0
    return longest


def crossing_signal(history, fast_span, slow_span):
    """One where a short average crosses above a long one at the last close, minus one where it falls below."""
    last = len(history) - 1
    fast_now = float(0.0)
    fast_before = float(0.0)
    for n in range(fast_span):
        fast_now += history[wp.max(last - n, 0)] / float(fast_span)
        fast_before += history[wp.max(last - 1 - n, 0)] / float(fast_span)
    slow_now = float(0.0)
    slow_before = float(0.0)
    for n in range(slow_span):
        slow_now += history[wp.max(last - n, 0)] / float(slow_span)
        slow_before += history[wp.max(last - 1 - n, 0)] / float(slow_span)
    if fast_before <= slow_before and fast_now > slow_now:
        return 1
    if fast_before >= slow_before and fast_now < slow_now:
        return -1
    return 0


def parity_weight(covariance):
    """Weight of the first of two assets at equal risk, by fixed-point iteration."""
    w = float(0.5)
    for _ in range(20):
        first = covariance[0, 0] * w + covariance[0, 1] * (1.0 - w)
        second = covariance[1, 0] * w + covariance[1, 1] * (1.0 - w)
        risk_a = wp.max(w * first, 1.0e-4)
        risk_b = wp.max((1.0 - w) * second, 1.0e-4)
        w = wp.clamp(w * wp.sqrt(risk_b / risk_a), 0.02, 0.98)
    risk_parity = w
    return risk_parity


def tangency_weights(expected_returns, covariance, interest):
    """Weights of the portfolio of two assets with the greatest Sharpe ratio."""
    excess = expected_returns - wp.vec2(interest, interest)
    det = covariance[0, 0] * covariance[1, 1] - covariance[0, 1] * covariance[1, 0]
    if wp.abs(det) < 1.0e-4:
        return wp.vec2(0.5, 0.5)
    z0 = (covariance[1, 1] * excess[0] - covariance[0, 1] * excess[1]) / det
    z1 = (covariance[0, 0] * excess[1] - covariance[1, 0] * excess[0]) / det
    total = z0 + z1
    if wp.abs(total) < 1.0e-2:
        return wp.vec2(0.5, 0.5)
    return wp.vec2(wp.clamp(z0 / total, -3.0, 3.0), wp.clamp(z1 / total, -3.0, 3.0))


def tax_due(pnl_now, carried_loss, tax_rate):
    """Tax on a gain after the losses of former years, and the loss that is left."""
    tax = 0.0
    next_carried_loss = carried_loss
    if pnl_now < 0.0:
        next_carried_loss = carried_loss - pnl_now
    else:
        used = wp.min(pnl_now, carried_loss)
        next_carried_loss = carried_loss - used
        tax = tax_rate * (pnl_now - used)
    return tax, next_carried_loss


def triangular_profit(first_rate, second_rate, third_rate, fee_fraction):
    """Gain of going round three currencies in the better direction."""
    keep = (1.0 - fee_fraction) * (1.0 - fee_fraction) * (1.0 - fee_fraction)
    forward_trip = first_rate * second_rate * third_rate * keep
    backward_trip = keep / (first_rate * second_rate * third_rate)
    return wp.max(wp.max(forward_trip, backward_trip) - 1.0, 0.0)


def position_size(cash, price, stop_price, risk_fraction, lot_size):
    """Units whose loss at the stop is a share of the account, in whole lots."""
    per_unit = wp.max(wp.abs(price - stop_price), 0.01)
    budget = wp.max(cash, 0.0)
    units = wp.min(risk_fraction * budget / per_unit, budget / price)
    return lot_size * wp.floor(units / lot_size)


def decayed_covariance(covariance, asset_returns, decay_factor):
    """Exponentially weighted covariance of two assets (RiskMetrics)."""
    next_covariance = decay_factor * covariance + (1.0 - decay_factor) * wp.outer(asset_returns, asset_returns)
    return next_covariance


def shrunk_covariance(covariance, shrinkage):
    """Covariance pulled towards equal variances without correlation."""
    mean = 0.5 * wp.trace(covariance)
    return (1.0 - shrinkage) * covariance + shrinkage * wp.mat22(mean, 0.0, 0.0, mean)


def risk_contributions(holdings, covariance):
    """Share of each of two holdings in the variance."""
    marginal = covariance * holdings
    total = wp.dot(holdings, marginal)
    if wp.abs(total) < 1.0e-4:
        return wp.vec2(0.5, 0.5)
    return wp.cw_mul(holdings, marginal) / total


def factor_covariance(factor_betas, factor_variance, specific_variances):
    """Covariance of two assets by one factor and their own variances."""
    common = factor_variance * wp.outer(factor_betas, factor_betas)
    return common + wp.diag(specific_variances)
