"""Components of vectors changed one by one: periodic boxes, walls, channels of colours, conventions of axes."""

from __future__ import annotations

from collections.abc import Callable

from warp_jit_pairs import types as t

from .kernel import Kernel
from .recipes import recipe
from .tasks import batched, element, launch, local, named, opt, read, setting, words, write


def _wrap(k: Kernel) -> None:
    """Positions brought back into a periodic box."""
    rng = k.rng
    size = rng.choose((2, 3, 3))
    k.titles = words("wrap_positions periodic_wrap apply_periodic_bc wrap_into_box apply_pbc minimum_image wrap_{s}")
    batched(k, "particle", 0.15)
    image = rng.chance(0.3)
    p = k.variable(
        "=dr d delta" if image else "=p pos x",
        element(k, "=dr d sep" if image else "=p pos x {}_pos", t.vec(size, k.real), -3.0, 3.0),
    )
    cube = rng.chance(0.5)
    box = (
        named(k, "=box side", setting(k, "=box_size side period box_len", 1.0, 4.0, 2.0, 3.0))
        if cube
        else k.scalar("=box box_dims extents", t.vec(size, k.real), 1.0, 4.0)
    )
    how = "round" if image else rng.choose(("floor", "branch"))
    if image:
        k.titles = ("minimum_image", "wrap_displacements", "nearest_image", "apply_min_image", "periodic_delta")
    for n in range(size):
        side = box if cube else k.component(box, n)
        part = k.component(p, n)
        if how == "branch":
            with k.when(part >= side):
                k.set(part, part - side)
            with k.otherwise_when(part < 0.0):
                k.set(part, part + side)
        else:
            k.set(part, part - side * k.call(how, part / side))
    write(k, "=wrapped pos_out x_out {}_pos_out" if not image else "=deltas wrapped dr_out", p)
    if opt(k, 0.4):
        write(k, "=distances r_out lengths" if image else "=radii center_dist", k.call("length", p))


def _floor(k: Kernel) -> None:
    """Particles that hit walls: position kept inside, velocity turned around."""
    rng = k.rng
    size = rng.choose((2, 3, 3))
    k.titles = words(
        "ground_collision bounce_on_floor collide_walls apply_boundary reflect_at_walls bounce_{s} "
        "handle_walls resolve_floor"
    )
    batched(k, "particle", 0.15)
    vector = t.vec(size, k.real)
    p, v = (
        k.variable("=p x pos", element(k, "=p x pos {}_pos", vector, -3.0, 3.0)),
        k.variable("=v vel u", element(k, "=v vel u {}_vel", vector)),
    )
    bounce = named(k, "=e cor", setting(k, "=restitution bounce elasticity", 0.1, 1.0, 0.5, 0.8))
    axes = rng.sample(tuple(range(size)), 1 if not opt(k, 0.5) else size)
    both = rng.chance(0.5)
    low = named(k, "=lo floor_y", setting(k, "=floor ground lower wall_min", -2.0, -0.5, -1.0, -2.0))
    high = named(k, "=hi ceil_y", setting(k, "=ceiling upper wall_max", 0.5, 2.0, 1.0, 2.0)) if both else None
    drag = (
        named(k, "=mu f", setting(k, "=friction mu floor_friction", 0.5, 1.0, 0.9, 0.8))
        if opt(k, 0.35) and len(axes) == 1
        else None
    )
    for n in axes:
        with k.when(k.component(p, n) < low):
            k.set(k.component(p, n), low)
            k.set(k.component(v, n), -(bounce * k.component(v, n)))
            for m in range(size) if drag is not None else ():
                if m != n and drag is not None:
                    k.augment(k.component(v, m), "*", drag)
        if high is not None:
            with k.when(k.component(p, n) > high):
                k.set(k.component(p, n), high)
                k.set(k.component(v, n), -(bounce * k.component(v, n)))
    write(k, "=pos_out x_out positions_out", p)
    write(k, "=vel_out v_out velocities_out", v)


def _color(k: Kernel) -> None:
    """Channels of pixels edited one by one."""
    rng = k.rng
    alpha = rng.chance(0.35)
    vector = t.vec(4 if alpha else 3, k.real)
    how = rng.choose(("swap", "tint", "gain", "curve", "premultiply" if alpha else "desaturate"))
    k.titles = {
        "swap": ("bgr_to_rgb", "swap_red_blue", "swap_channels", "rgb_to_bgr", "reorder_channels"),
        "tint": ("warm_filter", "tint_image", "white_balance", "color_balance", "adjust_temperature"),
        "gain": ("channel_gain", "apply_gain", "exposure_per_channel", "scale_channels", "gain_offset"),
        "curve": ("clip_channels", "soft_clip", "contrast_stretch", "apply_levels", "clamp_channels"),
        "premultiply": ("premultiply_alpha", "unpremultiply", "apply_alpha", "fade_alpha", "multiply_opacity"),
        "desaturate": ("desaturate", "saturation", "adjust_saturation", "to_sepia", "fade_color"),
    }[how]
    if rng.chance(0.6):
        launch(k, "pixel", 2, kinds=("=y row i", "=x col j"))
    else:
        launch(k, "pixel")
    c = k.variable("=c color pixel rgb", element(k, "=pixel rgb color c", vector, 0.0, 1.0))
    if how == "swap":
        red = k.let("=r red tmp", k.component(c, 0))
        k.set(k.component(c, 0), k.component(c, 2))
        k.set(k.component(c, 2), red)
        if opt(k, 0.4) and alpha:
            k.set(k.component(c, 3), 1.0 if rng.chance(0.4) else setting(k, "=alpha opacity", 0.1, 1.0, 0.5))
    elif how == "tint":
        warmth = named(k, "=w amt", setting(k, "=warmth temperature strength", 0.05, 0.5, 0.1, 0.2))
        k.set(k.component(c, 0), k.component(c, 0) * (1.0 + warmth))
        k.set(k.component(c, 2), k.component(c, 2) * (1.0 - warmth))
        if opt(k, 0.4):
            k.set(k.component(c, 1), k.component(c, 1) * (1.0 + setting(k, "=tint green_shift", 0.01, 0.2, 0.05)))
    elif how == "gain":
        for n in range(3):
            if n == 0 or rng.chance(0.75):
                letter = "rgb"[n]
                k.set(
                    k.component(c, n),
                    k.component(c, n) * setting(k, f"=gain_{letter} {letter}_gain", 0.5, 2.0, 1.1, 0.9, 1.5),
                )
                if opt(k, 0.3):
                    k.augment(k.component(c, n), "+", setting(k, f"=offset_{letter} {letter}_bias", -0.2, 0.2, 0.05))
    elif how == "curve":
        lo, hi = (
            named(k, "=b0 lo", setting(k, "=black black_point in_black", 0.0, 0.3, 0.05, 0.1)),
            named(k, "=w0 hi", setting(k, "=white white_point in_white", 0.7, 1.0, 0.9, 0.95)),
        )
        for n in range(3):
            k.set(k.component(c, n), k.call("clamp", (k.component(c, n) - lo) / (hi - lo), 0.0, 1.0))
    elif how == "premultiply":
        a = k.let(
            "=a alpha opacity",
            k.component(c, 3) * setting(k, "=fade opacity layer_alpha", 0.1, 1.0, 0.5, 0.8)
            if opt(k, 0.4)
            else k.component(c, 3),
        )
        for n in range(3):
            k.set(k.component(c, n), k.component(c, n) * a)
    else:
        weights = (0.2126, 0.7152, 0.0722) if rng.chance(0.5) else (0.299, 0.587, 0.114)
        gray = k.let(
            "=gray luma l",
            weights[0] * k.component(c, 0) + weights[1] * k.component(c, 1) + weights[2] * k.component(c, 2),
        )
        amount = named(k, "=s sat", setting(k, "=saturation amount strength", 0.0, 1.5, 0.5, 0.8))
        for n in range(3):
            k.set(k.component(c, n), gray + (k.component(c, n) - gray) * amount)
    write(k, "=image_out pixels_out out colors_out", c)


def _axes(k: Kernel) -> None:
    """Conventions changed: which axis is up, which hand, which plane."""
    rng = k.rng
    how = rng.choose(("up", "mirror", "plane", "gravity", "project", "lock"))
    k.titles = {
        "up": ("y_up_to_z_up", "z_up_to_y_up", "swap_axes", "convert_up_axis", "change_handedness", "usd_to_opengl"),
        "mirror": ("mirror_points", "mirror_x", "flip_axis", "reflect_points", "mirror_geometry"),
        "plane": ("flatten_points", "project_to_plane", "drop_axis", "squash_to_ground", "constrain_to_plane"),
        "gravity": ("apply_gravity", "add_gravity", "integrate_gravity", "gravity_and_damping", "fall"),
        "project": ("perspective_divide", "project_homogeneous", "ndc_from_clip", "clip_to_ndc", "to_screen"),
        "lock": ("lock_axes", "constrain_axes", "apply_axis_locks", "fix_components", "freeze_axes"),
    }[how]
    batched(k, "point" if how != "gravity" else "particle", 0.2)
    if how == "project":
        c = k.variable("=c clip p", element(k, "=clip p_clip h", t.vec(4, k.real), 0.5, 2.0))
        w = k.let("=inv_w rw", 1.0 / k.component(c, 3))
        for n in range(3):
            k.set(k.component(c, n), k.component(c, n) * w)
        if opt(k, 0.5):
            width = setting(k, "=width res_x screen_w", 4.0, 64.0, 32.0, 64.0)
            k.set(k.component(c, 0), (0.5 * k.component(c, 0) + 0.5) * width)
            k.set(
                k.component(c, 1),
                (0.5 - 0.5 * k.component(c, 1)) * setting(k, "=height res_y screen_h", 4.0, 64.0, 32.0, 48.0),
            )
        k.set(k.component(c, 3), w if rng.chance(0.5) else k.lit(1.0))
        write(k, "=ndc screen projected", c)
        return
    vector = k.vec3
    kind, local_kind = ("=v vel u", "=v u v_new") if how == "gravity" else ("=p point x", "=q v p_new")
    v = k.variable(local_kind, element(k, kind, vector))
    if how == "up":
        y = k.let("=y old_y tmp", k.component(v, 1))
        flip = rng.chance(0.5)
        k.set(k.component(v, 1), k.component(v, 2) if flip else -k.component(v, 2))
        k.set(k.component(v, 2), -y if flip else y)
        if opt(k, 0.4):
            scale = named(k, "=s unit_s", setting(k, "=unit_scale meters_per_unit scale", 0.01, 2.0, 0.01, 0.5))
            write(k, "=converted points_out verts_out", v * scale)
            return
        write(k, "=converted points_out verts_out", v)
    elif how == "mirror":
        n = rng.integer(0, 2)
        if rng.chance(0.5):
            k.set(k.component(v, n), -k.component(v, n))
        else:
            plane = setting(k, "=plane mirror_pos center", -0.5, 0.5, 0.25, 0.0)
            k.set(k.component(v, n), 2.0 * plane - k.component(v, n))
        write(k, "=mirrored flipped points_out", v)
        if opt(k, 0.4):
            nrm = k.variable("=n normal", element(k, "=normal n nrm", vector, -1.0, 1.0, unit=True))
            k.set(k.component(nrm, n), -k.component(nrm, n))
            write(k, "=normals_out n_out", nrm)
    elif how == "plane":
        n = rng.choose((1, 2))
        height = setting(k, "=height level ground", -0.5, 0.5, 0.0, 0.25)
        if opt(k, 0.5):
            write(k, "=heights removed elevation", k.component(v, n) - height if rng.chance(0.5) else k.component(v, n))
        k.set(k.component(v, n), height)
        write(k, "=flat points_out planar", v)
    elif how == "gravity":
        n = rng.choose((1, 2))
        dt = named(k, "=h step", setting(k, "=dt h time_step", 0.001, 0.05, 0.01, 0.02))
        k.augment(k.component(v, n), "-", setting(k, "=gravity g", 1.0, 10.0, 9.81, 9.8) * dt)
        if opt(k, 0.45):
            top = setting(k, "=terminal_speed max_fall v_term", 0.5, 2.0, 1.0, 2.0)
            k.set(k.component(v, n), k.call("max", k.component(v, n), -top))
        write(k, "=vel_out velocities_out v_out", v)
        if opt(k, 0.5):
            x = read(k, "=x pos p", vector)
            write(k, "=pos_out positions_out x_out", x + v * dt)
    else:
        locks = k.array("=lock_mask locks fixed_axes", t.vec(3, t.I32), k.launch, low=0, high=1)[k.threads]
        locks = local(k, "=lock mask", locks)
        for n in range(3):
            with k.when(k.component(locks, n).differs(0)):
                k.set(k.component(v, n), 0.0)
        write(k, "=constrained locked_out vectors_out", v)


_EDITS: dict[Callable[[Kernel], None], float] = {
    _wrap: 1.2,
    _floor: 1.2,
    _color: 1.4,
    _axes: 1.8,
}


@recipe("components of vectors changed one by one", "vector:0.55 control_flow:0.22", "particles geometry image")
def component_edit(k: Kernel) -> None:
    k.rng.weighted(_EDITS)(k)
