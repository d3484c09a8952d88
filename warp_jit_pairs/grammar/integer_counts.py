"""Whole numbers that count: sizes, rings, units, times, grades and turns."""

from __future__ import annotations

from warp_jit_pairs import types as t

from . import tree
from .integer_options import number, one_if
from .jobs import Job


def sizes(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("batch", "batches"), ("buffer", "buffers"), ("row", "rows"), ("segment", "segments"), ("request", "requests"))
    )
    job.titled(
        "pad_sizes align_sizes round_up_sizes compute_padding"
        " aligned_size {}_blocks num_blocks_per_{} plan_{s} padded_length"
    )
    job.start()
    size = job.read("sizes lengths {}_sizes counts num_items", "size n length count", t.I32, 0, 200, nest=0.0)
    block = rng.choose((4, 8, 16, 32))
    blocks = number(job, "block_size alignment granularity align", block)
    how = rng.integer(0, 2)
    count = job.let("num_blocks blocks groups chunks", (size + blocks - 1) // blocks)
    padded = count * blocks
    if how == 0 and not isinstance(blocks, tree.Name):
        padded = (size + (block - 1)) & ~k.integer(block - 1)
    padded = job.let("padded aligned rounded total_size", padded)
    job.write("padded_sizes aligned_sizes {}_padded sizes_out", padded)
    if rng.chance(0.5):
        job.write("num_blocks_out block_counts {}_blocks", count)
    if job.more(0.5):
        job.write("padding waste slack pad_amount", padded - size)
    if job.more(0.35):
        job.write("tail remainder last_block", size % blocks)
    if job.more(0.3):
        limit = number(job, "capacity max_size limit", 64, 128)
        job.write("fits within_capacity accepted", one_if(k, padded <= limit))


def ring(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("queue", "queues"), ("buffer", "buffers"), ("stream", "streams"), ("channel", "channels"))
    )
    job.titled(
        "ring_buffer_status advance_ring update_queues"
        " ring_positions {}_status advance_{}_heads circular_index queue_fill"
    )
    job.start()
    head = job.read("heads head_ids {}_head write_pos", "head wr h", t.I32, 0, 31, nest=0.0)
    tail = job.read("tails tail_ids {}_tail read_pos", "tail rd tl", t.I32, 0, 31, nest=0.0)
    capacity = number(job, "capacity ring_size cap", 32)
    used = job.let("used fill num_used count", (head - tail + capacity) % capacity)
    job.write("used_out fill_out num_queued", used)
    if rng.chance(0.6):
        push = job.read("pushes num_new incoming", "push n_new incoming_n", t.I32, 0, 8, nest=0.0)
        room = job.let("room free space", capacity - 1 - used)
        taken = job.let("accepted taken n_push", k.call("min", push, room))
        job.write("head_next new_heads head_out", (head + taken) % capacity)
        if job.more(0.5):
            job.write("dropped rejected lost", push - taken)
    if job.more(0.5):
        job.write("is_empty empty", one_if(k, head.equals(tail)))
    if job.more(0.4):
        job.write("is_full full", one_if(k, used.equals(capacity - 1) if rng.chance(0.5) else used >= capacity - 1))


def packing(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("order", "orders"), ("job", "jobs"), ("account", "accounts"), ("shipment", "shipments"), ("line", "lines"))
    )
    job.titled(
        "split_into_boxes make_change pack_{s} divide_items {}_change distribute_items break_into_units count_coins"
    )
    job.start()
    amount = job.read("amounts quantities {}_items totals", "amount qty n_items", t.I32, 0, 300, nest=0.0)
    units = rng.choose(((25, 10, 5), (50, 20, 5), (100, 20, 10), (12, 6, 2)))[
        : {"small": 1, "medium": 2, "large": 3}[k.shared.size]
    ]
    words = ("large", "medium", "small")
    rest = amount
    for n, unit in enumerate(units):
        size = number(job, f"{words[n]}_unit {words[n]}_size {words[n]}_box", unit)
        count = job.let(f"n_{words[n]} num_{words[n]}", rest // size)
        job.write(f"{words[n]}_count {words[n]}_units num_{words[n]}_out", count)
        rest = job.let(f"rest_{n} left_{n} rem_{n}", rest - count * size if rng.chance(0.5) else rest % size)
    job.write("leftover remainder remaining_items", rest)
    if job.more(0.3):
        price = job.read("prices unit_price {}_price", "price p", t.I32, 1, 9)
        job.write("cost value total_price", amount * price)


def time(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("event", "events"), ("sample", "samples"), ("record", "records"), ("trip", "trips"))
    )
    job.start()
    if rng.chance(0.5):
        job.titled(
            "split_seconds seconds_to_hms decode_time format_durations time_of_day {}_time_fields break_down_time"
        )
        s = job.read("seconds durations timestamps {}_seconds elapsed", "s sec total_sec", t.I32, 0, 100000, nest=0.0)
        hours = job.let("hours h hh", s // 3600)
        minutes = job.let("minutes m mm", (s % 3600) // 60 if rng.chance(0.5) else s // 60 % 60)
        job.write("hours_out hours h_out", hours % 24 if rng.chance(0.5) else hours)
        job.write("minutes_out minutes_of_hour m_out", minutes)
        job.write("seconds_out secs s_out", s % 60)
        if job.more(0.4):
            job.write("is_night night after_hours", one_if(k, k.either(hours % 24 < 6, hours % 24 >= 22)))
        return
    job.titled("leap_years is_leap_year days_in_year classify_years days_in_month calendar_days {}_leap_year")
    year = job.read("years {}_years year_values", "y year yr", t.I32, 1900, 2100, nest=0.0)
    leap = k.either(k.both((year % 4).equals(0), (year % 100).differs(0)), (year % 400).equals(0))
    if rng.chance(0.6):
        leap = job.let("leap is_leap", leap)
    job.write("leap_out is_leap_out leap_flags", one_if(k, leap))
    if job.more(0.6):
        job.write("days days_in_year year_days", k.where(leap, k.integer(366), k.integer(365)))
    if job.more(0.5):
        month = job.read("months {}_months month_idx", "month mon m", t.I32, 1, 12, nest=0.0)
        days = job.var("n_days month_len days_m", k.integer(31))
        with k.when(month.equals(2)):
            k.set(days, k.where(leap, k.integer(29), k.integer(28)))
        with k.otherwise_when(k.either(month.equals(4), month.equals(6), month.equals(9), month.equals(11))):
            k.set(days, 30)
        job.write("days_in_month month_days month_length", days)
    if job.more(0.3):
        job.write("century centuries", (year - 1) // 100 + 1)


def classes(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (
            ("student", "students"),
            ("sample", "samples"),
            ("customer", "customers"),
            ("node", "nodes"),
            ("reading", "readings"),
        )
    )
    job.start()
    what = rng.choose(("levels", "signs", "median", "priority"))
    if what == "levels":
        job.titled(
            "classify_scores assign_grades score_to_level bucket_{s} grade_{s} level_from_count label_{s} assign_tier"
        )
        x = job.read("scores counts {}_score points_total", "score s count", t.I32, 0, 100, nest=0.0)
        cuts = rng.choose(((50, 70, 90), (25, 50, 75), (10, 40, 80), (20, 60, 95)))
        named = rng.chance(0.5)
        limits = [
            k.scalar(job.words(f"{w}_cut {w}_limit {w}_score"), t.I32, c, c + 4) if named else k.integer(c)
            for w, c in zip(("low", "mid", "high"), cuts, strict=True)
        ]
        grade = job.var("level grade tier cls", k.integer(0))
        if rng.chance(0.5):
            for n, cut in enumerate(limits):
                with k.when(x >= cut):
                    k.set(grade, n + 1)
        else:
            with k.when(x >= limits[2]):
                k.set(grade, 3)
            with k.otherwise_when(x >= limits[1]):
                k.set(grade, 2)
            with k.otherwise_when(x >= limits[0]):
                k.set(grade, 1)
        job.write("levels grades tiers {}_level", grade)
        if job.more(0.5):
            job.write("passed is_pass qualifies", one_if(k, grade > 0))
        if job.more(0.4):
            job.write("margin above_cut points_over", x - limits[0])
        return
    if what == "signs":
        job.titled("trend_signs sign_of_change compare_counts change_direction {}_trend movement_direction delta_signs")
        old = job.read("previous old_counts {}_before last_values", "old before prev", t.I32, -20, 20, nest=0.0)
        new = job.read("current new_counts {}_after values_now", "new after cur", t.I32, -20, 20, nest=0.0)
        change = job.let("change delta diff", new - old)
        job.write("direction trend sign_out", k.call("sign", change))
        if rng.chance(0.6):
            job.write("changed is_changed moved", k.call("nonzero", change))
        if job.more(0.7):
            job.write("dropped fell is_negative", k.call("step", change))
        if job.more(0.5):
            job.write("magnitude size_of_change abs_change", k.call("abs", change))
        return
    if what == "median":
        job.titled("median_of_three middle_value median3_int vote_median sort_three order_{s} rank_three")
        a, b, c = (
            job.read(f"{w}_values {w}_readings {w}", f"{v} {w}_val", t.I32, -50, 50, nest=0.0)
            for w, v in (("first", "a"), ("second", "b"), ("third", "c"))
        )
        lo, hi = job.let("lo smaller low_ab", k.call("min", a, b)), job.let("hi larger high_ab", k.call("max", a, b))
        job.write("median middle mid_out", k.call("max", lo, k.call("min", hi, c)))
        if rng.chance(0.6):
            job.write("lowest smallest min_out", k.call("min", lo, c))
        if job.more(0.6):
            job.write("highest largest max_out", k.call("max", hi, c))
        return
    job.titled("schedule_{s} update_schedule is_due staggered_update select_due round_robin due_this_step tick_{s}")
    step = job.scalar("step frame tick sim_step", t.I32, 0, 50)
    period = number(job, "period interval every stride", 2, 4, 5)
    own = (
        job.read("offsets phases {}_phase stagger", "phase off offset", t.I32, 0, 9, nest=0.0)
        if rng.chance(0.6)
        else job.at[-1]
    )
    turn = job.let("turn slot cycle_pos", (step + own) % period)
    job.write("due is_due run_now", one_if(k, turn.equals(0)))
    if job.more(0.6):
        job.write("wait steps_left remaining", k.where(turn.equals(0), k.integer(0), period - turn))
    if job.more(0.4):
        job.write("runs num_runs times_run", (step + own) // period)
