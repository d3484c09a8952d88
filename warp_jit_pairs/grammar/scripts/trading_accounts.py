"""One bar of trading accounts: orders, fills, fees, margin, stops, statistics."""

import warp as wp

TITLES = "update_accounts process_orders trade_step step_portfolios simulate_accounts settle_accounts"
CATEGORIES = "arithmetic:2.5 control_flow:0.7 combined:0.4 integer:1.7 reduction:1 struct:0.4 atomic:1"
CHANCES = "orders:0.85 stops:0.6 margin:0.6 stats:0.6"
DIMS = """
account | 6 | num_accounts account_count n_traders
order | 4 | max_orders orders_per_account
asset | 3 | num_assets asset_count
"""
ARGS = """
cash | real | account | 100 900 | cash balances
position | real | account asset | -20 20 | positions holdings
entry | real | account asset | 5 90 | entry_price avg_price cost_basis
price | real | ?asset | 5 90 | prices last_price close_price
high | real | ?asset | 50 95 | high_price bar_high
low | real | ?asset | 3 40 | low_price bar_low
spread | real | ?asset | 0.01 0.5 | bid_ask_spread spreads
dividend | real | ?asset | 0 0.5 | dividends payout
volume | real | ?asset | 10 90 | bar_volume traded_volume
lot | int | ?asset | 1 5 | lot_size contract_lot
volatility | real | ?asset | 0.05 0.6 | asset_vol volatility
order_asset | int | account order | @asset | order_asset order_symbol
order_side | int | account order | 0 1 | order_side side
order_kind | int | account order | 0 2 | order_type order_kind
order_size | real | account order | 1 20 | order_qty order_size
order_price | real | account order | 5 90 | limit_price order_price
order_state | int | account order | 0 2 | order_status order_state
order_age | int | account order | 0 8 | order_age bars_open
stop | real | account asset | 3 50 | stop_price stop_loss
profit | real | account asset | 50 99 | take_profit profit_target
cover | real | account asset | 50 99 | cover_price short_stop
trailing | real | account asset | 10 90 | trail_high peak_price
equity_peak | real | account | 300 900 | peak_equity high_water_mark
realized | real | account | -20 20 | realized_pnl realized
fees | real | account | 0 9 | fees_paid total_fees
turnover | real | account | 0 90 | turnover traded_value
wins | int | account | 0 9 | win_count num_wins
trades | int | account | 0 9 | trade_count num_trades
halted | bool | account | 0 1 | halted is_frozen
leverage | real | ?account | 1 5 | max_leverage leverage_limit
fee_tier | int | ?account | 0 2 | fee_tier account_tier
equity_out | real | account | | equity_out account_value
exposure_out | real | account | | gross_exposure exposure_out
drawdown_out | real | account | | drawdown_out drawdown
return_out | real | account | | returns_out period_return
margin_out | real | account | | margin_used margin_out
unrealized_out | real | account | | unrealized_pnl unrealized
risk_out | real | account | | portfolio_risk risk_out
flag_out | int | account | | margin_call status_out
last_equity | real | account | 300 900 | last_equity prev_equity
asset_flow | real | asset | 0 0 | net_flow order_imbalance
open_interest | real | asset | 0 0 | open_interest total_position
fee_rate | real | | 0.0005 0.005 | fee_rate commission_rate | 0.001
min_fee | real | | 0.1 1 | min_fee min_commission | 1.0 0.5
slippage | real | | 0.001 0.01 | slippage_rate slippage | 0.001
impact | real | | 0.01 0.2 | impact_coef market_impact | 0.1
rate | real | | 0.0001 0.002 | interest_rate financing_rate
borrow | real | | 0.0001 0.005 | borrow_rate short_fee
margin_rate | real | | 0.1 0.5 | margin_rate initial_margin | 0.5 0.25
maintenance | real | | 0.05 0.3 | maintenance_margin | 0.25
max_order | real | | 5 15 | max_order_size size_limit
max_position | real | | 10 25 | max_position position_limit
trail | real | | 0.02 0.2 | trail_fraction trailing_stop | 0.05 0.1
max_drawdown | real | | 0.1 0.4 | max_drawdown drawdown_limit | 0.2
max_age | int | | 1 4 | max_order_age good_for_bars | 3
"""


def fee_of(value: float, tier_rate: float, least: float):
    if one.fee.floor:
        cost = wp.max(value * tier_rate, least)
    elif one.fee.sum:
        cost = value * tier_rate + least
    else:
        cost = value * tier_rate
        if value > num(500.0, 1000.0, 200.0):
            cost = cost * num(0.5, 0.8)
    return cost


def kernel():
    if opt.halts:
        if halted[account]:
            equity_out[account] = last_equity[account]
            return
    money = cash[account]
    gained = 0.0
    paid = 0.0
    traded = 0.0
    filled = 0
    own_rate = fee_rate
    if opt.tiers:
        tier = fee_tier[account]
        if tier == 1:
            own_rate = num(0.8, 0.75) * fee_rate
        elif tier == 2:
            own_rate = num(0.5, 0.6) * fee_rate
    if opt.orders:
        "orders"
        for n in range(N.order):
            if order_state[account, n] != 0:
                continue
            sym = order_asset[account, n]
            last = price[sym]
            is_buy = order_side[account, n] == 0
            sign = 1.0 if is_buy else -1.0
            fill = last
            if opt.kinds:
                ready = True
                sort = order_kind[account, n]
                limit = order_price[account, n]
                if sort == 1:
                    if one.touch.bar:
                        ready = (is_buy and low[sym] <= limit) or (not is_buy and high[sym] >= limit)
                    else:
                        ready = (is_buy and last <= limit) or (not is_buy and last >= limit)
                    fill = limit
                elif sort == 2:
                    ready = (is_buy and last >= limit) or (not is_buy and last <= limit)
                if not ready:
                    if opt.aging:
                        bars = order_age[account, n] + 1
                        order_age[account, n] = bars
                        if bars > max_age:
                            order_state[account, n] = 2
                    continue
            size = order_size[account, n]
            if opt.capped:
                size = wp.min(size, max_order)
            if opt.lots:
                per = float(lot[sym])
                size = wp.floor(size / per) * per
                if size <= 0.0:
                    order_state[account, n] = 2
                    continue
            if opt.partial:
                size = wp.min(size, num(0.1, 0.2, 0.25) * volume[sym])
            if one.costs.spread:
                fill += 0.5 * sign * spread[sym]
            elif one.costs.slippage:
                fill = fill * (1.0 + sign * slippage)
            elif one.costs.root:
                fill = fill * (1.0 + sign * impact * volatility[sym] * wp.sqrt(size / volume[sym]))
            have = position[account, sym]
            after = have + sign * size
            if opt.position_limit:
                if wp.abs(after) > max_position:
                    order_state[account, n] = 2
                    continue
            value = size * fill
            cost = fee_of(value, own_rate, min_fee)
            if opt.funds:
                if is_buy and value + cost > money * (leverage[account] if opt.levered else 1.0):
                    order_state[account, n] = 2
                    continue
            money -= sign * value + cost
            paid += cost
            traded += value
            filled += 1
            if have * sign >= 0.0:
                total = wp.abs(have) + size
                entry[account, sym] = (wp.abs(have) * entry[account, sym] + value) / wp.max(total, 0.001)
            else:
                closed = wp.min(size, wp.abs(have))
                pnl = closed * (fill - entry[account, sym]) * wp.sign(have)
                gained += pnl
                if opt.wins:
                    if pnl > 0.0:
                        wins[account] += 1
                if size > wp.abs(have):
                    entry[account, sym] = fill
            position[account, sym] = after
            order_state[account, n] = 1
            if opt.flows:
                wp.atomic_add(asset_flow, sym, sign * size)

    "value of what is held"
    held = 0.0
    gross = 0.0
    open_pnl = 0.0
    need = 0.0
    variance = 0.0
    for a in range(N.asset):
        qty = position[account, a]
        if qty == 0.0:
            continue
        last = price[a]
        if opt.stops:
            out = False
            exit_at = last
            if qty > 0.0:
                if opt.trailing:
                    peak = wp.max(trailing[account, a], last)
                    trailing[account, a] = peak
                    if last < peak * (1.0 - trail):
                        out = True
                else:
                    if low[a] <= stop[account, a]:
                        out = True
                        exit_at = stop[account, a]
                if opt.targets:
                    if high[a] >= profit[account, a] and not out:
                        out = True
                        exit_at = profit[account, a]
            else:
                if opt.short_stops:
                    if high[a] >= cover[account, a]:
                        out = True
                        exit_at = cover[account, a]
            if out:
                cost = fee_of(wp.abs(qty) * exit_at, own_rate, min_fee)
                money += qty * exit_at - cost
                paid += cost
                gained += qty * (exit_at - entry[account, a])
                filled += 1
                position[account, a] = 0.0
                continue
        if opt.dividends:
            money += qty * dividend[a]
        if opt.borrow:
            if qty < 0.0:
                money += qty * last * borrow
        worth = qty * last
        held += worth
        gross += wp.abs(worth)
        if opt.open_pnl:
            open_pnl += qty * (last - entry[account, a])
        if opt.margin:
            if one.need.flat:
                need += margin_rate * wp.abs(worth)
            else:
                need += wp.abs(worth) * wp.max(margin_rate, num(0.5, 1.0) * volatility[a])
        if opt.risk:
            variance += worth * worth * volatility[a] * volatility[a]
        if opt.interest:
            wp.atomic_add(open_interest, a, wp.abs(qty))
    if opt.financing:
        if money < 0.0:
            money += num(1.5, 2.0) * rate * money
        else:
            money += rate * money
    equity = money + held
    cash[account] = money
    equity_out[account] = equity
    if opt.exposure:
        exposure_out[account] = gross / wp.max(wp.abs(equity), 1.0) if one.exposure.ratio else gross
    if opt.open_pnl:
        unrealized_out[account] = open_pnl
    if opt.risk:
        risk_out[account] = wp.sqrt(variance)
    if opt.margin:
        "margin"
        margin_out[account] = need
        flag = 0
        if equity < need:
            flag = 1
        if opt.maintenance:
            if equity < maintenance * gross:
                flag = 2
                if opt.halts:
                    halted[account] = True
        flag_out[account] = flag
    if opt.stats:
        "statistics"
        top = wp.max(equity_peak[account], equity)
        equity_peak[account] = top
        fall = (top - equity) / top
        drawdown_out[account] = fall
        if opt.cutoff and opt.halts:
            if fall > max_drawdown:
                halted[account] = True
        if one.ret.simple:
            return_out[account] = equity / last_equity[account] - 1.0
        elif one.ret.log:
            return_out[account] = wp.log(wp.max(equity, 1.0) / last_equity[account])
        if opt.keeps:
            last_equity[account] = wp.max(equity, 1.0)
    if opt.totals:
        realized[account] += gained
        fees[account] += paid
        if opt.turnover:
            turnover[account] += traded
        trades[account] += filled
