"""Structs of amounts: what accounts, populations, reactors, batteries and stocks hold, and how it changes."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .jobs import Job
from .kernel import Kernel
from .structs import Record


def amounts(k: Kernel) -> None:
    rng = k.rng
    what = rng.choose(("account", "population", "reactor", "battery", "item"))
    job = Job(
        k,
        {
            "account": "account loan deposit",
            "population": "species population colony",
            "reactor": "reactor cell tank",
            "battery": "battery pack cell",
            "item": "item product part",
        }[what],
    )
    job.start()
    dt = (
        job.param("dt step delta_t", 0.01, 0.5, 0.1, 0.05, each=False)
        if what in ("population", "reactor", "battery")
        else None
    )
    if what == "account":
        job.titled("accrue_interest update_{s} apply_interest compound_{s} post_interest {}_interest")
        record = Record(
            job,
            "Account Loan Balance AccountState",
            [
                ("balance amount principal", k.real, 0.1, 10.0),
                ("rate interest apr", k.real, 0.01, 0.1),
                ("fee charge cost", k.real, 0.01, 0.5),
            ],
        )
        array = record.array("{s} {}_data", "inout" if rng.chance(0.5) else "in")
        item = job.let("{} acct a", array[job.at])
        balance = record.of(item, "balance")
        earned = job.let("interest_due earned gain", balance * record.of(item, "rate"))
        value = balance + earned - record.of(item, "fee")
        if job.more(0.4):
            value = k.call("max", value, 0.0)
        results = {"balance": job.let("new_balance updated after", value)}
        extras = [("interest_out earnings", earned)]
    elif what == "population":
        job.titled("grow_{s} update_{s} logistic_growth step_{s} population_step {}_growth")
        record = Record(
            job,
            "Species Population Colony Group",
            [
                ("count size n", k.real, 0.1, 5.0),
                ("growth birth_rate r", k.real, 0.1, 1.0),
                ("capacity cap k_max", k.real, 5.0, 10.0),
                ("death mortality loss", k.real, 0.01, 0.3),
            ],
        )
        array = record.array("{s} {}_data", "inout" if rng.chance(0.5) else "in")
        item = job.let("{} s pop", array[job.at])
        count = record.of(item, "count")
        change = job.let(
            "change dn rate_n",
            record.of(item, "growth") * count * (1.0 - count / record.of(item, "capacity"))
            - record.of(item, "death") * count,
        )
        assert dt is not None
        results = {"count": job.let("new_count n_next updated", k.call("max", count + change * dt, 0.0))}
        extras = [("growth_out changes", change)]
    elif what == "reactor":
        job.titled("react_{s} reaction_step update_{s} step_reaction {}_kinetics consume_reactant")
        record = Record(
            job,
            "Reactor Tank CellState Mixture",
            [
                ("a conc_a reactant", k.real, 0.1, 2.0),
                ("b conc_b product", k.real, 0.1, 2.0),
                ("temp temperature t_cell", k.real, 0.5, 2.0),
            ],
        )
        array = record.array("{s} {}_data", "inout" if rng.chance(0.5) else "in")
        item = job.let("{} s r", array[job.at])
        a, b, temp = record.of(item, "a"), record.of(item, "b"), record.of(item, "temp")
        rate = job.let(
            "rate r_k speed",
            job.param("prefactor k0 a_factor", 0.1, 2.0, 1.0, 0.5, each=False)
            * k.call("exp", -job.param("activation e_a ea", 0.5, 2.0, 1.0, each=False) / temp)
            * a,
        )
        assert dt is not None
        results = {"a": a - rate * dt, "b": b + rate * dt}
        if rng.chance(0.5):
            results["temp"] = temp + job.param("heat exotherm dh", 0.05, 0.5, 0.1, each=False) * rate * dt
        extras = [("rates rate_out", rate)]
    elif what == "battery":
        job.titled("update_{s} charge_{s} battery_step step_{s} discharge_{s} {}_charge_step")
        record = Record(
            job,
            "Battery Pack CellState BatteryState",
            [
                ("charge soc energy", k.real, 0.0, 1.0),
                ("capacity cap max_charge", k.real, 1.0, 4.0),
                ("efficiency eff eta", k.real, 0.7, 1.0),
            ],
        )
        array = record.array("{s} {}_data", "inout" if rng.chance(0.5) else "in")
        item = job.let("{} bat s", array[job.at])
        current = job.read("currents load power_in", "i_load current p_in", k.real, -2.0, 2.0, nest=0.0)
        used = job.let(
            "flow net_flow delta_q",
            k.where(current > 0.0, current * record.of(item, "efficiency"), current / record.of(item, "efficiency")),
        )
        assert dt is not None
        value = k.call("clamp", record.of(item, "charge") + used * dt, k.lit(0.0), record.of(item, "capacity"))
        results = {"charge": job.let("new_charge q_next updated", value)}
        extras = [("fill_level soc_out", results["charge"] / record.of(item, "capacity"))]
    else:
        job.titled("value_{s} price_{s} inventory_value reorder_{s} stock_check compute_{}_value")
        record = Record(
            job,
            "Item Product Part StockItem",
            [
                ("price cost unit_price", k.real, 0.1, 5.0),
                ("quantity count stock", t.I32, 0, 20),
                ("discount rebate off", k.real, 0.0, 0.5),
            ],
        )
        array = record.array("{s} {}_data inventory")
        item = job.let("{} it_ s", array[job.at])
        unit = job.let("unit net_price after_discount", record.of(item, "price") * (1.0 - record.of(item, "discount")))
        job.write("values totals line_values", unit * k.cast(record.of(item, "quantity"), k.real))
        if job.more(0.5):
            level = job.scalar("reorder_level min_stock restock_below", t.I32, 2, 8)
            job.write(
                "reorder needs_restock low_stock",
                k.where(record.of(item, "quantity") < level, k.integer(1), k.integer(0)),
            )
        return
    assert isinstance(array, tree.Name)
    inplace = next(a for a in k.arguments if a.name == array.id).role == "inout"
    record.store(array, item, results, inplace, "{s}_out {}_out next_{s}")
    if job.more(0.4):
        job.write(*extras[0])
