"""Shading of surfaces: lights, highlights, fresnel, tone mapping."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Body
from .kernel import Kernel
from .rays import PIXEL
from .recipes import recipe
from .tasks import extent, launch, named, names, opt, read, setting, words, worked, write
from .tree import Expr

NORMAL = names("normal n nrm", "surface hit shading")
ALBEDO = "=albedo base_color kd surface_color diffuse_color"


def _start(k: Kernel) -> None:
    if k.rng.chance(0.55):
        launch(k, "pixel", 2, kinds=PIXEL)
    else:
        launch(k, k.rng.choose(("pixel", "hit", "sample", "point")))


def _base(k: Kernel) -> Expr:
    """The surface's colour: one for all, or its own."""
    if k.rng.chance(0.4):
        return k.scalar(ALBEDO, k.vec3, 0.0, 1.0)
    return read(k, ALBEDO, k.vec3, 0.0, 1.0)


def _lambert(k: Body, n: Expr, light: Expr) -> Expr:
    ndotl = k.call("dot", n, light)
    if k.rng.chance(0.25):
        return 0.5 * ndotl + 0.5
    return k.call("max", ndotl, 0.0)


def _highlight(k: Kernel, n: Expr, light: Expr, view: Expr) -> Expr:
    """The specular term by Blinn or Phong."""
    power = setting(k, "=shininess gloss specular_power exponent", 2.0, 64.0, 8.0, 16.0, 32.0)
    blinn = k.rng.chance(0.6)

    def formula(b: Body, v: list[Expr]) -> list[Expr]:
        n, light, view, power = v
        if blinn:
            half = b.let("=half h half_vec halfway", b.call("normalize", light + view))
            cosine = b.call("dot", n, half)
        else:
            mirrored = b.let("=reflected r mirror refl", n * (2.0 * b.call("dot", n, light)) - light)
            cosine = b.call("dot", mirrored, view)
        cosine = b.let("=spec_angle ndoth cos_alpha rdotv", b.call("max", cosine, 1e-3))
        return [b.call("pow", cosine, power)]

    given = [
        ("=n normal", n),
        ("=l light_dir to_light", light),
        ("=v view_dir to_eye", view),
        ("=shininess power", power),
    ]
    return worked(
        k,
        "blinn_phong specular_term blinn specular phong_term" if blinn else "phong specular phong_term",
        given,
        formula,
    )[0]


def _fresnel(k: Kernel, cosine: Expr) -> Expr:
    f0 = setting(k, "=f0 base_reflectance reflectance r0", 0.02, 0.2, 0.04, 0.05)

    def formula(b: Body, v: list[Expr]) -> list[Expr]:
        f0, cosine = v
        m = b.let("=m one_minus_cos c facing", 1.0 - cosine)
        if b.rng.chance(0.5):
            m2 = b.let("=m2 c2 sq", m * m)
            return [f0 + (1.0 - f0) * (m2 * m2 * m)]
        return [f0 + (1.0 - f0) * m * m * m * m * m]

    given = [("=f0 r0", f0), ("=cos_theta ndotv c", cosine)]
    return k.let(
        "=fresnel f kr reflectivity", worked(k, "schlick fresnel_schlick fresnel schlick_fresnel", given, formula)[0]
    )


def _finish(k: Kernel, color: Expr) -> None:
    """Tone mapping, gamma or luminance, then the image."""
    rng = k.rng
    out = "=image pixels out_color frame framebuffer colors radiance_out"
    if opt(k, 0.25):
        color = k.let("=exposed scaled_color hdr", color * setting(k, "=exposure gain ev_scale", 0.5, 2.0, 1.5, 0.8))
    how = rng.choose(("plain", "plain", "reinhard", "gamma", "clamped", "luminance"))
    if how == "reinhard":
        color = k.let("=mapped ldr tonemapped", k.make(k.vec3, *[c / (1.0 + c) for c in k.components(color)]))
        if opt(k, 0.3):
            parts = [k.call("sqrt", c) for c in k.components(color)]
            color = k.make(k.vec3, *parts)
    elif how == "gamma":
        gamma = 1.0 / 2.2 if rng.chance(0.2) else rng.choose((0.4545, 0.5))
        color = k.make(
            k.vec3, *[k.call("pow", k.call("clamp", c, 1e-3, 1.0), round(gamma, 4)) for c in k.components(color)]
        )
    elif how == "clamped":
        color = k.make(k.vec3, *[k.call("clamp", c, 0.0, 1.0) for c in k.components(color)])
    elif how == "luminance":
        weights = (0.2126, 0.7152, 0.0722) if rng.chance(0.5) else (0.299, 0.587, 0.114)
        if rng.chance(0.5):
            value = k.call("dot", color, k.make(k.vec3, *weights))
        else:
            r, g, b = k.components(color)
            value = weights[0] * r + weights[1] * g + weights[2] * b
        write(k, "=luminance luma gray brightness intensity", value)
        return
    write(k, out, color)


@recipe(
    "shading of surfaces: lights, fresnel, tone mapping",
    "geometry:5 vector:0.55 combined:0.33 math:0.17",
    "render",
    grows=6.0,
)
def shading(k: Kernel) -> None:
    rng = k.rng
    _start(k)
    lights = rng.choose(("sun", "sun", "each", "point", "many"))
    specular = rng.chance(0.5)
    style = "blinn_phong phong specular" if specular else "lambert diffuse"
    k.titles = (
        *(f"shade_{word}" for word in style.split()),
        *(f"{style.split()[0]}_shading", "shade_surface", "shade_pixels", "shade", "compute_shading", "shade_hits"),
        *(("shade_point_lights", "accumulate_lights") if lights == "many" else ("direct_lighting", "light_surface")),
    )
    raw = read(k, NORMAL, k.vec3, -1.0, 1.0, unit=True)
    n = k.let("=n nn unit_n", k.call("normalize", raw)) if rng.chance(0.35) else raw
    if opt(k, 0.2):
        with k.when(k.array("=hit_mask valid is_hit", t.I32, k.launch, low=0, high=1)[k.threads].equals(0)):
            k.give()
    position = None
    if lights in ("point", "many"):
        position = read(k, names("p pos position point", "hit surface world"), k.vec3)
    base = _base(k)
    view = (
        read(
            k,
            names("view_dir v view to_eye wo", "") if rng.chance(0.7) else "=eye_dir view_vec",
            k.vec3,
            -1.0,
            1.0,
            unit=True,
        )
        if specular
        else None
    )
    if lights == "many":
        assert position is not None
        color = _many_lights(k, n, position, base, view)
    else:
        color = _one_light(k, n, position, base, view, lights)
    if opt(k, 0.3):
        occlusion = read(k, "=ao occlusion ambient_occlusion visibility", k.real, 0.0, 1.0)
        color = k.let("=occluded color_ao shaded", color * occlusion)
    if opt(k, 0.25):
        # Its own light is not in the shade.
        color = k.let("=lit_color with_emission total", color + k.scalar("=emission emissive glow", k.vec3, 0.0, 1.0))
    _finish(k, color)


def _one_light(k: Kernel, n: Expr, position: Expr | None, base: Expr, view: Expr | None, lights: str) -> Expr:
    rng = k.rng
    light_kind = names("light_dir to_light l wi", "")
    strength: Expr | None = None
    if position is not None:
        to_light = k.let(
            "=to_light light_vec l_vec", k.scalar("=light_pos light_position lamp_pos", k.vec3, -3.0, 3.0) - position
        )
        r2 = k.let("=r2 dist_sq d2", k.call("dot", to_light, to_light))
        light = k.let("=l light_dir wi", k.call("normalize", to_light))
        strength = k.let(
            "=atten falloff attenuation",
            k.scalar("=light_power light_intensity intensity", k.real, 1.0, 10.0) / (r2 + rng.choose((1.0, 0.1, 0.01))),
        )
    elif lights == "each":
        light = read(k, light_kind, k.vec3, -1.0, 1.0, unit=True)
    else:
        light = k.scalar("=light_dir sun_dir to_sun light", k.vec3, -1.0, 1.0, unit=True)
    diffuse = k.let("=diffuse lambert ndotl nl", _lambert(k, n, light))
    shade: Expr = diffuse
    if strength is not None:
        shade = diffuse * strength
    if rng.chance(0.6):
        shade = setting(k, "=ambient ka ambient_term", 0.02, 0.3, 0.1, 0.05, 0.2) + shade
    color = k.let("=color c radiance shaded", base * shade)
    if rng.chance(0.35):
        tint = k.scalar("=light_color sun_color light_rgb", k.vec3, 0.2, 1.0)
        color = k.let("=tinted lit_rgb color_lit", k.call("cw_mul", color, tint))
    if view is not None:
        gloss = _highlight(k, n, light, view)
        level = setting(k, "=specular ks spec_strength", 0.1, 1.0, 0.5, 0.3)
        white = k.make(k.vec3, 1.0, 1.0, 1.0)
        color = k.let("=with_spec color_spec lit", color + white * (level * gloss))
        if opt(k, 0.35):
            cosine = k.call("clamp", k.call("dot", n, view), 0.0, 1.0)
            sky = k.scalar("=sky_color env_color reflection", k.vec3, 0.0, 1.0)
            color = k.let("=blended reflected_color final", k.call("lerp", color, sky, _fresnel(k, cosine)))
    return color


def _many_lights(k: Kernel, n: Expr, position: Expr, base: Expr, view: Expr | None) -> Expr:
    """Point lights summed up."""
    rng = k.rng
    count = k.dim(rng.choose((4, 6)))
    places = k.array("=light_positions light_pos lamps", k.vec3, (count,), low=-3.0, high=3.0)
    tints = (
        k.array("=light_colors light_rgb emission", k.vec3, (count,), low=0.0, high=1.0) if rng.chance(0.5) else None
    )
    reach = None
    if rng.chance(0.4):
        reach = named(k, "=range_max cutoff", setting(k, "=light_range max_range light_radius", 1.0, 6.0, 4.0, 3.0))
    total = k.variable(
        "=radiance color total_light acc", k.zero(k.vec3) if rng.chance(0.6) else base * rng.choose((0.05, 0.1))
    )
    with k.loop("=i l light_id j n", extent(k, count, "=num_lights light_count n_lights", places)) as i:
        way = k.let("=to_light l_vec delta", places[i] - position)
        d = k.let("=dist d light_dist", k.call("length", way))
        if reach is not None:
            with k.when(d > reach):
                k.next_turn()
        light = k.let("=l light_dir wi", k.call("normalize", way))
        shade = k.let("=ndotl diffuse lambert", k.call("max", k.call("dot", n, light), 0.0) / (1.0 + d * d))
        if view is not None:
            shade = k.let(
                "=weight brdf shade", shade + setting(k, "=ks specular", 0.1, 1.0, 0.3) * _highlight(k, n, light, view)
            )
        term = base * shade if tints is None else k.call("cw_mul", base, tints[i]) * shade
        k.augment(total, "+", term)
    k.shared.differentiable = False
    return total


@recipe("environment, fog, depth and gradients of an image", "geometry:0.44 math:0.22 vector:0.22", "render")
def backdrop(k: Kernel) -> None:
    """What fills the pixels that no surface covers, or covers them with haze."""
    rng = k.rng
    _start(k)
    what = rng.choose(("sky", "fog", "matcap", "equirect", "normals", "depth"))
    if what == "sky":
        k.titles = words("sky_color shade_sky background_color eval_sky miss_shader sky_gradient render_sky")
        d = read(k, "=ray_dir dir view_dir rd", k.vec3, -1.0, 1.0, unit=True)
        h = k.let("=h t blend up_amount", 0.5 * (k.component(d, rng.choose((1, 2))) + 1.0))
        if opt(k, 0.4):
            h = k.let(
                "=curve eased t2",
                k.call("pow", k.call("clamp", h, 1e-3, 1.0), setting(k, "=sharpness falloff", 0.4, 2.0, 0.5)),
            )
        low = k.scalar("=horizon_color ground_color bottom", k.vec3, 0.0, 1.0)
        color = k.let("=sky color c", k.call("lerp", low, k.scalar("=zenith_color sky_color top", k.vec3, 0.0, 1.0), h))
        if opt(k, 0.5):
            sun = k.scalar("=sun_dir to_sun light_dir", k.vec3, -1.0, 1.0, unit=True)
            glow = k.let("=cos_sun sun_cos sd", k.call("max", k.call("dot", d, sun), 1e-3))
            disk = k.call("pow", glow, rng.choose((8.0, 16.0, 32.0)))
            color = k.let("=with_sun sky_sun", color + k.scalar("=sun_color sun_rgb", k.vec3, 0.0, 1.0) * disk)
        _finish(k, color)
    elif what == "fog":
        k.titles = ("apply_fog", "fog", "blend_fog", "depth_fog", "apply_haze", "fog_pass", "exponential_fog")
        color = read(k, "=color pixel c radiance", k.vec3, 0.0, 1.0)
        d = read(k, "=depth dist z view_depth", k.real, 0.0, 10.0)
        density = setting(k, "=density fog_density extinction", 0.02, 0.5, 0.1, 0.05)
        if rng.chance(0.3):
            start = setting(k, "=fog_start near start_dist", 0.5, 2.0, 1.0)
            d = k.let("=fog_dist beyond path", k.call("max", d - start, 0.0))
        power = density * d
        if rng.chance(0.3):
            power = k.let("=od optical_depth tau", power)
            power = power * power
        amount = k.let("=transmittance clear visibility", k.call("exp", -power))
        haze = k.scalar("=fog_color haze_color fog_rgb", k.vec3, 0.0, 1.0)
        _finish(k, k.let("=fogged blended mixed", k.call("lerp", haze, color, amount)))
    elif what == "matcap":
        k.titles = words("matcap_uv matcap_coords view_space_uv compute_matcap_uv sphere_map_uv normals_to_matcap")
        n = read(k, NORMAL, k.vec3, -1.0, 1.0, unit=True)
        if rng.chance(0.6):
            n = k.let(
                "=view_n n_view nv", k.scalar("=view_rot cam_rot view_matrix", t.mat(3, 3, k.real), -1.0, 1.0) @ n
            )
        write(k, "=uv matcap_uv tex_coords uvs_out", k.make(k.vec2, 0.5 * n[0] + 0.5, 0.5 * n[1] + 0.5))
    elif what == "equirect":
        k.titles = words("dir_to_equirect latlong_uv env_map_uv direction_to_uv equirect_coords env_lookup_uv")
        d = read(k, "=dir direction d reflected ray_dir", k.vec3, -1.0, 1.0, unit=True)
        phi = k.let("=phi azimuth lon", k.call("atan2", d[2], d[0]))
        theta = k.let("=theta polar lat", k.call("acos", k.call("clamp", d[1], -0.999, 0.999)))
        u, v = phi / 6.2832 + 0.5, theta / 3.1416
        if rng.chance(0.4):
            u = k.let("=u_rot u turned_u", u + setting(k, "=env_rotation yaw_offset", 0.0, 1.0, 0.25))
            u = u - k.call("floor", u)
        write(k, "=uv env_uv uvs_out tex_coords", k.make(k.vec2, u, v))
    elif what == "normals":
        k.titles = words("normals_to_color visualize_normals normal_pass debug_normals write_normal_map encode_normals")
        n = read(k, NORMAL, k.vec3, -1.0, 1.0, unit=True)
        color = k.let("=color rgb encoded", n * 0.5 + k.make(k.vec3, 0.5, 0.5, 0.5))
        if rng.chance(0.5):
            depth = read(k, "=depth z hit_t", k.real, -1.0, 10.0)
            color = k.where(
                depth > 0.0,
                color,
                k.scalar("=background clear_color bg", k.vec3, 0.0, 1.0) if rng.chance(0.5) else k.zero(k.vec3),
            )
        write(k, "=image pixels normal_map colors", color)
    else:
        k.titles = words("linearize_depth depth_to_gray normalize_depth visualize_depth depth_pass linear_depth")
        z = read(k, "=z depth z_buffer ndc_depth", k.real, 0.0, 0.95)
        near, far = (
            setting(k, "=near z_near near_plane", 0.1, 0.5, 0.1),
            setting(k, "=far z_far far_plane", 5.0, 20.0, 10.0),
        )
        near, far = k.let("=zn near_z n", near), k.let("=zf far_z f", far)
        linear = k.let("=linear z_lin view_z dist", near * far / (far - z * (far - near)))
        if rng.chance(0.6):
            linear = k.call("clamp", (linear - near) / (far - near), 0.0, 1.0)
            if rng.chance(0.5):
                linear = 1.0 - linear
        write(k, "=depth_out linear_depth gray image depth_map", linear)
