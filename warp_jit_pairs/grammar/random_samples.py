"""Samples drawn for pictures, meshes and rows: jittered, on surfaces, with the noise of sensors, in random order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .randoms import between, draw, state
from .recipes import SINGLE, recipe
from .tasks import extent, launch, local, named, opt, read, setting, words, write
from .tree import Expr

VEC2, VEC3 = t.vec(2), t.vec(3)


def _jittered(k: Kernel) -> None:
    """Samples spread evenly, each moved at random in its cell."""
    rng = k.rng
    how = rng.choose(("camera", "cells", "latin", "radical"))
    if how == "camera":
        k.titles = words("jittered_rays camera_rays generate_primary_rays sample_pixels antialiased_rays lens_rays")
        row, col = launch(k, "pixel", 2, kinds=("=y row py", "=x col px"))
        r = state(k)
        height, width = extent(k, k.launch[0], "=height img_h ny"), extent(k, k.launch[1], "=width img_w nx")
        u = k.let("=u sx", (k.cast(col, t.F32) + draw(k, r, "randf")) / k.cast(width, t.F32))
        v = k.let("=v sy", (k.cast(row, t.F32) + draw(k, r, "randf")) / k.cast(height, t.F32))
        size = named(k, "=f tan_half", setting(k, "=tan_fov half_height fov_scale", 0.3, 1.0, 0.5))
        if rng.chance(0.5):
            aspect = k.let("=aspect ratio", k.cast(width, t.F32) / k.cast(height, t.F32))
            across = (2.0 * u - 1.0) * aspect * size
        else:
            across = (2.0 * u - 1.0) * size
        d = k.let("=d dir ray", k.make(VEC3, across, (1.0 - 2.0 * v) * size, k.lit(-1.0)))
        if opt(k, 0.5):
            lens = k.let("=lens disk ap", draw(k, r, "sample_unit_disk", gives=VEC2))
            aperture = named(k, "=rad lens_r", setting(k, "=aperture lens_radius", 0.01, 0.2, 0.05))
            o = k.make(VEC3, aperture * k.component(lens, 0), aperture * k.component(lens, 1), k.lit(0.0))
            o = k.let("=o start lens_pos", o)
            focus = setting(k, "=focus_dist focal_dist", 1.0, 5.0, 2.0)
            write(k, "=origins ray_o starts", o)
            d = k.let("=aim toward", focus * d - o)
        write(k, "=directions ray_d dirs", k.call("normalize", d))
        return
    if how == "cells":
        k.titles = words("stratified_points jitter_grid jittered_grid sample_cells grid_samples stratify_samples")
        i, j = launch(k, "pixel", 2, kinds=rng.choose((("=i", "=j"), ("=cx", "=cy"), ("=row", "=col"))))
        r = state(k)
        amount = setting(k, "=jitter amount strength", 0.1, 1.0, 1.0, 0.5)
        amount = named(k, "=jit amp", amount)
        x = k.cast(i, t.F32) + 0.5 + amount * (draw(k, r, "randf") - 0.5)
        y = k.cast(j, t.F32) + 0.5 + amount * (draw(k, r, "randf") - 0.5)
        point = k.let("=p pt point", k.make(VEC2, x, y))
        point = point * setting(k, "=cell_size spacing dx", 0.1, 1.0, 0.5)
        if opt(k, 0.4):
            point = k.scalar("=origin lower grid_origin", VEC2, -1.0, 0.0) + point
        write(k, "=points samples positions", point)
        return
    (i,) = launch(k, "sample")
    if how == "latin":
        k.titles = words("latin_hypercube lhs_samples latin_samples stratified_dims sample_design")
        r = state(k)
        cells = k.array("=permutation cell_of strata", t.I32, k.launch, low=0, high=15, bound=k.launch[0].symbol)
        count = extent(k, k.launch[0], "=num_samples n num_cells", cells)
        u = k.let("=u x0 first", (k.cast(i, t.F32) + draw(k, r, "randf")) / k.cast(count, t.F32))
        v = k.let("=v x1 second", (k.cast(cells[i], t.F32) + draw(k, r, "randf")) / k.cast(count, t.F32))
        write(k, "=samples design points", k.make(VEC2, u, v))
        return
    k.titles = words("halton_points van_der_corput radical_inverse_samples scrambled_halton low_discrepancy_points")
    base = rng.choose((2, 3, 5))
    number = k.variable("=n index rest", i + 1)
    value = k.variable("=value x result", k.lit(0.0))
    factor = k.variable("=f scale inv_base", k.lit(round(1.0 / base, 6)))
    with k.loop("=digit level m", rng.choose((8, 10, 12))):
        k.augment(value, "+", k.cast(number % base, t.F32) * factor)
        k.set(number, number // base)
        k.augment(factor, "*", round(1.0 / base, 6))
    r = state(k)
    shifted = k.let("=shifted u", value + draw(k, r, "randf"))
    write(k, "=samples points u_out", shifted - k.call("floor", shifted))


def _on_mesh(k: Kernel) -> None:
    """Points on the triangles of a surface, as many as an area deserves."""
    rng = k.rng
    k.titles = words("sample_surface points_on_mesh scatter_on_surface sample_mesh surface_points sample_triangles")
    launch(k, rng.choose(("point", "sample", "blade")))
    r = state(k)
    faces, nodes = k.dim(12), k.dim(10)
    vertices = k.array("=vertices points verts mesh_points", VEC3, (nodes,), low=-1.0, high=1.0)
    flat = rng.chance(0.5)
    facts: dict[str, Any] = {"low": 0, "high": nodes.size - 1, "bound": nodes.symbol}
    if flat:
        ids = k.array("=indices tri_indices faces", t.I32, (k.derived(faces, 3),), **facts)
    else:
        ids = k.array("=indices tri_indices faces", t.I32, (faces, k.dim(3, fixed=True)), **facts)
    if rng.chance(0.6):
        cdf = k.array("=area_cdf cdf face_cdf", t.F32, (faces,), low=0.0, high=1.0, sorted=True)
        picked = draw(k, r, "sample_cdf", cdf, gives=t.I32)
        face = k.let("=face tri f", k.call("min", picked, extent(k, faces, "=num_faces n_tris tri_count") - 1))
    else:
        count = extent(k, faces, "=num_faces n_tris tri_count")
        face = k.let("=face tri f", draw(k, r, "randi", k.integer(0), count, gives=t.I32))
    corners = [ids[3 * face + n if n else 3 * face] if flat else ids[face, k.integer(n)] for n in range(3)]
    a, b, c = (local(k, f"={w}", vertices[n]) for w, n in zip(("a", "b", "c"), corners, strict=True))
    if rng.chance(0.4):
        uv = k.let("=uv bary st", draw(k, r, "sample_triangle", gives=VEC2))
        u, v = k.component(uv, 0), k.component(uv, 1)
        point = k.let("=p point pos", (1.0 - u - v) * a + u * b + v * c)
    elif rng.chance(0.5):
        root = k.let("=su root s", k.call("sqrt", draw(k, r, "randf")))
        v = k.let("=t v w", draw(k, r, "randf"))
        point = k.let("=p point pos", (1.0 - root) * a + root * (1.0 - v) * b + root * v * c)
    else:
        u, v = k.variable("=u s", draw(k, r, "randf")), k.variable("=v w", draw(k, r, "randf"))
        with k.when(u + v > 1.0):
            k.set(u, 1.0 - u)
            k.set(v, 1.0 - v)
        point = k.let("=p point pos", a + u * (b - a) + v * (c - a))
    if opt(k, 0.55):
        n = k.let("=n normal nrm", k.call("normalize", k.call("cross", b - a, c - a)))
        if rng.chance(0.4):
            point = point + n * setting(k, "=offset height lift", 0.001, 0.2, 0.01)
        write(k, "=normals normals_out surface_normals", n)
    write(k, "=points samples positions_out", point)
    if opt(k, 0.35):
        write(k, "=face_ids tri_ids faces_out", face)


def _sensor(k: Kernel) -> None:
    """What a camera's sensor adds to a picture, or what training adds to its pictures."""
    rng = k.rng
    augment = rng.chance(0.4)
    k.titles = (
        words("augment_images color_jitter jitter_brightness augment_batch photometric_jitter")
        if augment
        else words("simulate_sensor add_shot_noise camera_noise expose_pixels sensor_model noisy_exposure")
    )
    if augment:
        image, _ = launch(k, "texel", 2, kinds=("=image batch_id img", "=i px pixel_idx"))
        seed = k.scalar("=seed rng_seed epoch_seed", t.I32, 0, 1000)
        # All pixels of a picture are changed alike.
        r = k.variable("=state rng rng_state", k.call("rand_init", seed, image, gives=t.U32))
        color = rng.chance(0.5)
        x = read(k, "=pixel c value", VEC3 if color else t.F32, 0.0, 1.0)
        spread = setting(k, "=contrast_range max_contrast", 0.1, 0.5, 0.2)
        gain = k.let("=contrast gain", 1.0 + spread * between(k, r, -1.0, 1.0))
        shift = k.let(
            "=bright brightness shift", setting(k, "=bright_range max_shift", 0.05, 0.3, 0.1) * between(k, r, -1.0, 1.0)
        )
        middle = rng.choose((0.5, 0.45))

        def change(c: Expr) -> Expr:
            return k.call("clamp", (c - middle) * gain + middle + shift, 0.0, 1.0)

        if not color:
            y = change(x)
            if opt(k, 0.4):
                inverted = draw(k, r, "randf") < setting(k, "=invert_prob p_invert", 0.05, 0.5, 0.1)
                y = k.where(inverted, 1.0 - y, y)
            write(k, "=augmented images_out out", y)
            return
        parts = [change(k.component(x, n)) for n in range(3)]
        if opt(k, 0.5):
            parts = [k.let(f"={w}", one) for w, one in zip(("red", "green", "blue"), parts, strict=True)]
            gray = k.let("=gray luma", 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2])
            drop = k.let("=to_gray desaturate", draw(k, r, "randf") < setting(k, "=gray_prob p_gray", 0.05, 0.5, 0.2))
            parts = [k.where(drop, gray, one) for one in parts]
        write(k, "=augmented images_out out", k.make(VEC3, *parts))
        return
    launch(k, "pixel", 2, kinds=("=y row i", "=x col j"))
    r = state(k)
    light = read(k, "=signal irradiance photons", t.F32, 0.0, 4.0)
    exposure = setting(k, "=exposure exposure_time t_exp", 0.2, 2.0, 1.0, 0.5)
    mean = k.let("=mean expected electrons", light * exposure)
    if opt(k, 0.4):
        mean = k.let("=with_dark mean_e", mean + setting(k, "=dark_current dark_rate", 0.01, 0.2, 0.05))
    if rng.chance(0.5):
        count = k.cast(draw(k, r, "poisson", mean, gives=t.U32), t.F32)
    else:
        count = mean + k.call("sqrt", k.call("max", mean, 0.0)) * draw(k, r, "randn")
    raw = k.let(
        "=raw counts e_read", count + setting(k, "=read_noise sigma_read", 0.05, 0.5, 0.1) * draw(k, r, "randn")
    )
    if opt(k, 0.4):
        fixed = k.array("=gain_map prnu flat_field", t.F32, k.launch, low=0.9, high=1.1)[k.threads]
        raw = k.let("=scaled_raw flat", raw * fixed)
    raw = raw * setting(k, "=gain iso_gain conversion", 0.5, 2.0, 1.0)
    top = rng.choose((1.0, 4.0, 8.0, 255.0))
    how = rng.choose(("clamp", "digits", "both"))
    if how == "digits":
        write(k, "=digital adc_out image_out", k.call("max", k.call("round", raw), 0.0))
    elif how == "both":
        steps = rng.choose((64.0, 255.0, 1023.0))
        unit = k.let("=unit clipped", k.call("clamp", raw / top, 0.0, 1.0))
        write(k, "=digital adc_out image_out", k.call("floor", unit * steps + 0.5) / steps)
    else:
        write(k, "=exposed image_out pixels_out", k.call("clamp", raw, k.lit(0.0), k.lit(top)))
    if opt(k, 0.25):
        dead = draw(k, r, "randf") < setting(k, "=defect_rate p_hot", 0.001, 0.1, 0.01)
        write(k, "=hot_mask defects dead_pixels", k.where(dead, k.integer(1), k.integer(0)))


def _shuffled(k: Kernel) -> None:
    """Rows put in random order in place, or some of their entries picked fairly."""
    rng = k.rng
    how = rng.choose(("shuffle", "reservoir", "partial"))
    k.titles = {
        "shuffle": words("shuffle_rows fisher_yates permute_rows shuffle_in_place random_permutations shuffle_decks"),
        "reservoir": words("reservoir_sample pick_one weighted_pick stream_sample choose_entry pick_neighbor"),
        "partial": words("draw_without_replacement pick_distinct sample_subset deal_cards partial_shuffle"),
    }[how]
    (i,) = launch(k, "row", kinds=("=row i tid",))
    r = state(k)
    width = k.dim(rng.choose((6, 8, 10)))
    if how == "reservoir":
        weighted = rng.chance(0.6)
        masked = rng.chance(0.5)
        source = k.array(
            "=weights scores priorities" if weighted else "=items values candidates",
            t.F32, (k.launch[0], width), low=0.1, high=1.0,
        )  # fmt: skip
        mask = k.array("=valid available allowed", t.BOOL, (k.launch[0], width), low=0, high=1) if masked else None
        chosen = k.variable("=chosen picked winner", k.integer(-1))
        total = k.variable("=total seen_w running", k.lit(0.0))
        with k.loop("=j n slot", extent(k, width, "=num_items n_items width", source, 1)) as j:
            if mask is not None:
                with k.when(k.negate(mask[i, j])):
                    k.next_turn()
            w = k.let("=w weight", source[i, j]) if weighted else k.lit(1.0)
            k.augment(total, "+", w)
            with k.when(draw(k, r, "randf") * total < w):
                k.set(chosen, j)
        write(k, "=choices picked_ids selected", chosen)
        if opt(k, 0.4):
            write(k, "=total_weights mass seen", total)
        return
    dtype = rng.choose((t.I32, t.I32, t.F32))
    rows = k.array("=deck items order cards permutation", dtype, (k.launch[0], width), "inout", low=0, high=31)
    n = extent(k, width, "=num_items n deck_size width", rows, 1)
    if how == "partial":
        picks = k.dim(3, fixed=True)
        out = k.array("=hand picked chosen subset", dtype, (k.launch[0], picks), "out")
        bounds: tuple[tree.Value, ...] = (3,)
    elif rng.chance(0.6):
        bounds = (n - 1, 0, -1)
    else:
        bounds = (n - 1,)
    with k.loop("=m pos j", *bounds) as m:
        if len(bounds) == 3:
            other = draw(k, r, "randi", k.integer(0), m + 1, gives=t.I32)
        else:
            other = draw(k, r, "randi", m, n, gives=t.I32)
        other = k.let("=other q swap_with", other)
        held = local(k, "=held tmp saved", rows[i, m])
        k.set(rows[i, m], rows[i, other])
        k.set(rows[i, other], held)
        if how == "partial":
            k.set(out[i, m], rows[i, m])


_TASKS: dict[Callable[[Kernel], None], float] = {_jittered: 1.8, _on_mesh: 1.4, _sensor: 2.0, _shuffled: 1.6}


@recipe(
    "jittered samples, points on meshes, noise of sensors, shuffled rows",
    "random:1.2 control_flow:0.12",
    "render image stats",
    SINGLE,
)
def random_samples(k: Kernel) -> None:
    k.shared.differentiable = False
    k.rng.weighted(_TASKS)(k)
