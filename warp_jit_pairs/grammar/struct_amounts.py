"""Structs of amounts: what accounts, populations, reactors, batteries and stocks hold, and how it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .structs import Record
from .tree import Expr


class _Entry:
    """This thread's struct, which is changed in place or written anew to another array."""

    def __init__(self, job: Job, name: str, fields: Sequence[tuple[str, t.Type, float, float]], local: str) -> None:
        self.job = job
        self.record = Record(job, name, fields)
        self.inplace = job.rng.chance(0.5)
        self.array = self.record.array("{s} {}_data", "inout" if self.inplace else "in")
        self.item = job.let(local, self.array[job.at])

    def of(self, key: str) -> Expr:
        return self.record.of(self.item, key)

    def change(self, results: dict[str, Expr], names: str, more: Expr) -> None:
        """Store the fields that change; in some programs another result as well."""
        self.record.store(self.array, self.item, results, self.inplace, "{s}_out {}_out next_{s}")
        if self.job.more(0.4):
            self.job.write(names, more)


def amounts(k: Kernel) -> None:
    words, write = k.rng.choose(_KINDS)
    job = Job(k, words)
    job.start()
    write(job)


def _step(job: Job) -> Expr:
    return job.param("dt step delta_t", 0.01, 0.5, 0.1, 0.05, each=False)


def _account(job: Job) -> None:
    k = job.k
    job.titled("accrue_interest update_{s} apply_interest compound_{s} post_interest {}_interest")
    fields = [
        ("balance amount principal", k.real, 0.1, 10.0),
        ("rate interest apr", k.real, 0.01, 0.1),
        ("fee charge cost", k.real, 0.01, 0.5),
    ]
    entry = _Entry(job, "Account Loan Balance AccountState", fields, "{} acct a")
    balance = entry.of("balance")
    earned = job.let("interest_due earned gain", balance * entry.of("rate"))
    value = balance + earned - entry.of("fee")
    if job.more(0.4):
        value = k.call("max", value, 0.0)
    entry.change({"balance": job.let("new_balance updated after", value)}, "interest_out earnings", earned)


def _population(job: Job) -> None:
    k = job.k
    dt = _step(job)
    job.titled("grow_{s} update_{s} logistic_growth step_{s} population_step {}_growth")
    fields = [
        ("count size n", k.real, 0.1, 5.0),
        ("growth birth_rate r", k.real, 0.1, 1.0),
        ("capacity cap k_max", k.real, 5.0, 10.0),
        ("death mortality loss", k.real, 0.01, 0.3),
    ]
    entry = _Entry(job, "Species Population Colony Group", fields, "{} s pop")
    count = entry.of("count")
    births = entry.of("growth") * count * (1.0 - count / entry.of("capacity"))
    change = job.let("change dn rate_n", births - entry.of("death") * count)
    grown = job.let("new_count n_next updated", k.call("max", count + change * dt, 0.0))
    entry.change({"count": grown}, "growth_out changes", change)


def _reactor(job: Job) -> None:
    k = job.k
    dt = _step(job)
    job.titled("react_{s} reaction_step update_{s} step_reaction {}_kinetics consume_reactant")
    fields = [
        ("a conc_a reactant", k.real, 0.1, 2.0),
        ("b conc_b product", k.real, 0.1, 2.0),
        ("temp temperature t_cell", k.real, 0.5, 2.0),
    ]
    entry = _Entry(job, "Reactor Tank CellState Mixture", fields, "{} s r")
    a, b, temp = entry.of("a"), entry.of("b"), entry.of("temp")
    rate = job.let(
        "rate r_k speed",
        job.param("prefactor k0 a_factor", 0.1, 2.0, 1.0, 0.5, each=False)
        * k.call("exp", -job.param("activation e_a ea", 0.5, 2.0, 1.0, each=False) / temp)
        * a,
    )
    results = {"a": a - rate * dt, "b": b + rate * dt}
    if job.rng.chance(0.5):
        results["temp"] = temp + job.param("heat exotherm dh", 0.05, 0.5, 0.1, each=False) * rate * dt
    entry.change(results, "rates rate_out", rate)


def _battery(job: Job) -> None:
    k = job.k
    dt = _step(job)
    job.titled("update_{s} charge_{s} battery_step step_{s} discharge_{s} {}_charge_step")
    fields = [
        ("charge soc energy", k.real, 0.0, 1.0),
        ("capacity cap max_charge", k.real, 1.0, 4.0),
        ("efficiency eff eta", k.real, 0.7, 1.0),
    ]
    entry = _Entry(job, "Battery Pack CellState BatteryState", fields, "{} bat s")
    current = job.read("currents load power_in", "i_load current p_in", k.real, -2.0, 2.0, nest=0.0)
    efficiency = entry.of("efficiency")
    used = job.let("flow net_flow delta_q", k.where(current > 0.0, current * efficiency, current / efficiency))
    value = k.call("clamp", entry.of("charge") + used * dt, k.lit(0.0), entry.of("capacity"))
    charge = job.let("new_charge q_next updated", value)
    entry.change({"charge": charge}, "fill_level soc_out", charge / entry.of("capacity"))


def _stock(job: Job) -> None:
    k = job.k
    job.titled("value_{s} price_{s} inventory_value reorder_{s} stock_check compute_{}_value")
    fields: list[tuple[str, t.Type, float, float]] = [
        ("price cost unit_price", k.real, 0.1, 5.0),
        ("quantity count stock", t.I32, 0, 20),
        ("discount rebate off", k.real, 0.0, 0.5),
    ]
    record = Record(job, "Item Product Part StockItem", fields)
    item = job.let("{} it_ s", record.array("{s} {}_data inventory")[job.at])
    price, quantity = record.of(item, "price"), record.of(item, "quantity")
    unit = job.let("unit net_price after_discount", price * (1.0 - record.of(item, "discount")))
    job.write("values totals line_values", unit * k.cast(quantity, k.real))
    if job.more(0.5):
        level = job.scalar("reorder_level min_stock restock_below", t.I32, 2, 8)
        low = k.where(quantity < level, k.integer(1), k.integer(0))
        job.write("reorder needs_restock low_stock", low)


_KINDS: tuple[tuple[str, Callable[[Job], None]], ...] = (
    ("account loan deposit", _account),
    ("species population colony", _population),
    ("reactor cell tank", _reactor),
    ("battery pack cell", _battery),
    ("item product part", _stock),
)
"""What structs hold amounts: words for one, and what happens to it."""
