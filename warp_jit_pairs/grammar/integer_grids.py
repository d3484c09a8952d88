"""Whole numbers that say where: indices of cells, and distances between them."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .integer_options import number, one_if
from .jobs import Job
from .tree import Expr


def unravel(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("cell", "cells"), ("voxel", "voxels"), ("pixel", "pixels"), ("tile", "tiles"), ("block", "blocks"))
    )
    job.titled(
        "unravel_index linear_to_grid decode_index flat_to_coords"
        " index_to_{}_coords {}_coords split_index unflatten_{s} decode_{}_ids"
    )
    job.start()
    ndim = rng.choose((2, 3, 3)) if k.shared.size != "large" else rng.choose((3, 4))
    index = job.read("flat_ids linear_index {}_ids indices flat_index", "idx flat lin {}_id", t.I32, 0, 500, nest=0.0)
    names = ("x col i", "y row j", "z slice k_", "w t_idx frame")[:ndim]
    sizes = [
        number(job, words, *values)
        for words, values in zip(
            ("nx width size_x", "ny height size_y", "nz depth size_z"), ((4, 8, 16), (4, 8, 5), (2, 4, 3)), strict=True
        )
    ][: ndim - 1]
    parts: list[Expr] = []
    rest = index
    for n, size in enumerate(sizes):
        parts.append(job.let(names[n], rest % size))
        rest = job.let(f"rest{n or ''} rem{n or ''} left{n or ''}", rest // size) if n < ndim - 2 else rest // size
    parts.append(job.let(names[ndim - 1], rest))
    if rng.chance(0.4) and ndim <= 4:
        job.write("coords {}_coords cell_ijk grid_pos", k.make(t.vec(ndim, t.I32), *parts))
    else:
        for part, words in zip(
            parts, ("xs x_out cols", "ys y_out rows", "zs z_out slices", "ws frames_out"), strict=False
        ):
            job.write(words, part)
    if job.more(0.35):
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        job.write("parity color checker {}_color", total % 2 if rng.chance(0.6) else total & 1)
    if job.more(0.3):
        back = parts[-1]
        for part, size in zip(reversed(parts[:-1]), reversed(sizes), strict=True):
            back = back * size + part
        shifted = rng.choose((1, -1))
        job.write(
            "neighbor_ids next_index right_neighbor" if shifted > 0 else "previous_ids left_neighbor", back + shifted
        )


def ravel(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("cell", "cells"), ("voxel", "voxels"), ("bin", "bins"), ("tile", "tiles"), ("particle", "particles"))
    )
    job.titled(
        "ravel_index coords_to_linear flatten_coords cell_index"
        " compute_{}_index linear_index grid_to_linear encode_coords {}_to_index"
    )
    job.start()
    ndim = rng.choose((2, 3))
    parts: list[Expr]
    if rng.chance(0.5):
        c = job.read("coords {}_coords ijk grid_pos", "c coord ijk p", t.vec(ndim, t.I32), -4, 20, nest=0.0)
        parts = k.components(c)
    else:
        parts = [
            job.read(a, b, t.I32, -4, 20, nest=0.0)
            for a, b in (("xs cols x_idx", "x col"), ("ys rows y_idx", "y row"), ("zs slices z_idx", "z slice"))[:ndim]
        ]
    sizes = [
        number(job, words, *values)
        for words, values in zip(
            ("nx width size_x", "ny height size_y", "nz depth size_z"), ((4, 8, 16), (4, 8, 5), (4, 3)), strict=True
        )
    ][:ndim]
    how = rng.choose(("clamp", "wrap", "reject"))
    if how == "reject":
        tests = [test for p, s in zip(parts, sizes, strict=True) for test in (p < 0, p >= s)]
        target = job.array("linear_ids {}_index flat_index index_out", t.I32, None, "out")
        with k.when(k.either(*tests)):
            k.set(target[job.at], -1)
            k.give()
    else:
        inside = []
        for p, s, letter in zip(parts, sizes, "xyz", strict=False):
            value = k.call("clamp", p, k.integer(0), s - 1) if how == "clamp" else (p % s + s) % s
            inside.append(job.let(f"{letter}c {letter}i {letter}_in safe_{letter}", value))
        parts = inside
        target = job.array("linear_ids {}_index flat_index index_out", t.I32, None, "out")
    value = parts[-1]
    for p, s in zip(reversed(parts[:-1]), reversed(sizes[:-1]), strict=True):
        value = value * s + p
    k.set(target[job.at], job.maybe("linear idx lin flat", value))
    if job.more(0.3):
        size = number(job, "block_size tile_size brick", 2, 4)
        job.write(
            "block_ids tile_ids bricks",
            parts[-1] // size * number(job, "blocks_per_row tiles_per_row", 4, 8) + parts[0] // size,
        )


def cells(job: Job) -> None:
    k, rng = job.k, job.rng
    job.it, job.many = rng.choose(
        (("agent", "agents"), ("unit", "units"), ("cell", "cells"), ("robot", "robots"), ("tile", "tiles"))
    )
    job.titled(
        "grid_distance manhattan_distance {}_distance"
        " lattice_distance cell_distances chebyshev_distance goal_distance {s}_to_goal"
    )
    job.start()
    ndim = rng.choose((2, 2, 3))
    if rng.chance(0.5):
        p = job.read("cells {}_cells coords grid_pos", "c cell pos", t.vec(ndim, t.I32), -8, 8, nest=0.0)
        q = job.scalar("goal target destination", t.vec(ndim, t.I32), -8, 8)
        deltas = [
            job.let(f"d{c} delta_{c}", k.call("abs", a - b))
            for a, b, c in zip(k.components(p), k.components(q), "xyz", strict=False)
        ]
    else:
        deltas = []
        for c in "xyz"[:ndim]:
            a = job.read(f"{c}_cells {c}s pos_{c}", f"{c} {c}_cell", t.I32, -8, 8)
            b = (
                job.scalar(f"goal_{c} target_{c}", t.I32, -8, 8)
                if rng.chance(0.6)
                else job.read(f"goal_{c}s target_{c}s", f"g{c} goal_{c}", t.I32, -8, 8)
            )
            deltas.append(job.let(f"d{c} delta_{c}", k.call("abs", a - b)))
    far = deltas[0]
    total = deltas[0]
    for d in deltas[1:]:
        far, total = k.call("max", far, d), total + d
    far, total = job.let("cheb far longest", far), job.let("manhattan steps l1", total)
    which = rng.integer(0, 2)
    if which != 1:
        job.write("manhattan_out l1_dist distances", total)
    if which != 0:
        job.write("chebyshev king_moves moves", far)
    if job.more(0.4):
        reach = number(job, "reach range_limit max_steps", 2, 4, 6)
        job.write("in_range reachable within_reach", one_if(k, (total if which != 1 else far) <= reach))
    if job.more(0.4) and ndim == 2:
        # Diagonal steps cost more.
        job.write("cost octile octile_cost", 10 * far + 4 * k.call("min", deltas[0], deltas[1]))
