"""Shading of what camera rays hit: lights of several kinds, materials, textures, fog, tone."""

import warp as wp

TITLES = "shade_hits shade_pixels shade_surface compute_radiance light_surfaces shade_rays"
CATEGORIES = "geometry:2.2 vector:0.7 math:0.6 function:1.2 combined:0.4 struct:0.3"
CHANCES = "spot:0.6 fog:0.5 clear:0.35 sun:0.25 emissive:0.5 misses:0.4"
DIMS = """
hit | 8 | num_hits num_rays ray_count | tid ray_id pixel hit_id
light | 4 | num_lights light_count
material | 4 | num_materials material_count
blocker | 3 | num_occluders num_spheres
"""
WORLDS = "no"
ARGS = """
pos | vec3 | hit | -3 3 | hit_pos hit_points positions
normal | vec3 | hit | unit | hit_normal normals
origin | vec3 | hit | -4 4 | ray_origin origins
direction | vec3 | hit | unit | ray_dir directions
uv | vec2 | hit | 0 1 | hit_uv uvs texcoords
mat_id | int | hit | @material | hit_material material_ids
valid | bool | hit | 0 1 | hit_valid hit_mask
vertex_color | vec3 | hit | 0 1 | vertex_color hit_color
occlusion | real | hit | 0 1 | ambient_occlusion ao
throughput | vec3 | hit | 0 1 | throughput path_weight
base | vec3 | material | 0.05 0.95 | base_color mat_albedo mat_color
rough | real | material | 0.1 1 | roughness mat_roughness
metal | real | material | 0 1 | metallic mat_metallic
glow | vec3 | material | 0 1 | emission mat_emission
coat | real | material | 0 1 | clearcoat mat_coat
shiny | real | material | 2 60 | shininess spec_power
ior | real | material | 1.2 2 | mat_ior ior
light_pos | vec3 | light | -5 5 | light_pos light_positions
light_dir | vec3 | light | unit | light_dir light_directions
light_color | vec3 | light | 0.2 3 | light_color light_radiance
light_kind | int | light | 0 2 | light_type light_kind
light_range | real | light | 2 9 | light_range light_radius
cone_cos | real | light | 0.3 0.8 | spot_cos_outer cone_cos
inner_cos | real | light | 0.85 0.98 | spot_cos_inner inner_cos
light_on | bool | light | 0 1 | light_enabled light_on
blocker_pos | vec3 | blocker | -3 3 | occluder_pos sphere_centers
blocker_r | real | blocker | 0.2 0.8 | occluder_radius sphere_radius
color_out | vec3 | hit | | radiance colors_out color_out
diffuse_out | vec3 | hit | | diffuse_out diffuse_aov
specular_out | vec3 | hit | | specular_out specular_aov
shadow_out | real | hit | | shadow_out visibility_aov
depth_out | real | hit | | depth_out hit_depth
albedo_out | vec3 | hit | | albedo_out albedo_aov
luminance_out | real | hit | | luminance_out luma
lit_count | int | hit | | lit_count num_lights_hit
ambient | vec3 | | 0.02 0.3 | ambient_color ambient
sky | vec3 | | 0.2 1 | sky_color background
ground_color | vec3 | | 0.05 0.4 | ground_color horizon_color
sun_dir | vec3 | | 0.1 1 | sun_direction sun_dir
sun_color | vec3 | | 0.5 3 | sun_color sun_radiance
fog_color | vec3 | | 0.3 0.9 | fog_color haze_color
fog_density | real | | 0.02 0.3 | fog_density haze
exposure | real | | 0.3 2 | exposure | 1.0
checker | real | | 2 9 | pattern_scale uv_scale | 8.0 4.0
bias | real | | 0.001 0.05 | shadow_bias epsilon | 0.001
"""


def schlick(cosine: float, f0: vec3):
    m = wp.clamp(1.0 - cosine, 0.0, 1.0)
    m2 = m * m
    return f0 + (wp.vec3(1.0, 1.0, 1.0) - f0) * (m2 * m2 * m)


def lobe(n_h: float, alpha: float):
    a2 = alpha * alpha
    if one.lobe.ggx:
        d = n_h * n_h * (a2 - 1.0) + 1.0
        value = a2 / (wp.pi * d * d)
    elif one.lobe.beckmann:
        c2 = wp.max(n_h * n_h, 0.001)
        value = wp.exp((c2 - 1.0) / (c2 * a2)) / (wp.pi * a2 * c2 * c2)
    else:
        power = 2.0 / a2
        value = (power + 2.0) / (2.0 * wp.pi) * wp.pow(wp.max(n_h, 0.0001), wp.min(power, 60.0))
    return value


def shadowing(n_l: float, n_v: float, alpha: float):
    if one.shadowing.smith:
        k = 0.5 * alpha
        value = n_l / (n_l * (1.0 - k) + k) * n_v / (n_v * (1.0 - k) + k)
    else:
        value = wp.min(1.0, 2.0 * wp.min(n_l, n_v))
    return value


def tone(c: vec3, scale: float):
    x = c * scale
    if one.tone.reinhard:
        y = wp.cw_div(x, wp.vec3(1.0, 1.0, 1.0) + x)
    elif one.tone.exp:
        y = wp.vec3(1.0 - wp.exp(-x[0]), 1.0 - wp.exp(-x[1]), 1.0 - wp.exp(-x[2]))
    else:
        top = wp.cw_mul(x, 2.51 * x + wp.vec3(0.03, 0.03, 0.03))
        low = wp.cw_mul(x, 2.43 * x + wp.vec3(0.59, 0.59, 0.59)) + wp.vec3(0.14, 0.14, 0.14)
        y = wp.cw_div(top, low)
    return y


def kernel():
    ray = direction[hit]
    if opt.misses:
        if not valid[hit]:
            t_up = 0.5 * (ray[2] + 1.0)
            color_out[hit] = t_up * sky + (1.0 - t_up) * ground_color
            return
    p = pos[hit]
    n = normal[hit]
    to_eye = -ray
    away = wp.length(p - origin[hit])
    if opt.faces:
        if wp.dot(n, to_eye) < 0.0:
            n = -n
    m = mat_id[hit]
    albedo = base[m]
    if one.texture.checker:
        "checkerboard"
        cell = int(wp.floor(uv[hit][0] * checker)) + int(wp.floor(uv[hit][1] * checker))
        if cell % 2 == 0:
            albedo = num(0.5, 0.3, 0.2) * albedo
    elif one.texture.stripes:
        albedo = albedo * (0.75 + 0.25 * wp.sin(2.0 * wp.pi * checker * uv[hit][0]))
    elif one.texture.vertex:
        albedo = wp.cw_mul(albedo, vertex_color[hit])
    if opt.albedos and not opt.misses:
        albedo_out[hit] = albedo
    n_v = wp.max(wp.dot(n, to_eye), num(0.001, 0.0001))
    if one.model.pbr:
        alpha = rough[m] * rough[m]
        white = wp.vec3(1.0, 1.0, 1.0)
        if opt.metals:
            f0 = (1.0 - metal[m]) * num(0.04, 0.05) * white + metal[m] * albedo
        elif opt.iors:
            r0 = (ior[m] - 1.0) / (ior[m] + 1.0)
            f0 = r0 * r0 * white
        else:
            f0 = num(0.04, 0.05) * white
    diffuse = wp.vec3(0.0, 0.0, 0.0)
    specular = wp.vec3(0.0, 0.0, 0.0)
    lit = 0
    seen_sum = 0.0
    "lights"
    for lamp in range(N.light):
        if opt.switches:
            if not light_on[lamp]:
                continue
        kind = light_kind[lamp]
        to_light = light_pos[lamp] - p
        gap = wp.max(wp.length(to_light), num(0.01, 0.001))
        l = to_light / gap
        power = light_color[lamp]
        if kind == 0:
            if one.fall.square:
                power = power / (gap * gap)
            elif one.fall.window:
                fade = wp.clamp(1.0 - gap / light_range[lamp], 0.0, 1.0)
                power = power * (fade * fade / (gap * gap + num(0.01, 0.1)))
            else:
                power = power / (1.0 + num(0.1, 0.2) * gap + num(0.03, 0.05) * gap * gap)
        elif opt.spot and kind == 2:
            toward = -wp.dot(l, light_dir[lamp])
            if toward < cone_cos[lamp]:
                continue
            edge = wp.clamp((toward - cone_cos[lamp]) / (inner_cos[lamp] - cone_cos[lamp]), 0.0, 1.0)
            if opt.smooth:
                edge = edge * edge * (3.0 - 2.0 * edge)
            power = power * (edge / (gap * gap))
        else:
            l = -light_dir[lamp]
            gap = num(1000.0, 100.0)
        n_l = wp.dot(n, l)
        if n_l <= 0.0:
            continue
        if opt.shadows:
            shade = 1.0
            start = p + (num(0.001, 0.01, 0.0001) if not one.shadow.soft else bias) * n
            for b in range(N.blocker):
                off = blocker_pos[b] - start
                along = wp.dot(off, l)
                if along <= 0.0 or along > gap:
                    continue
                miss = wp.length_sq(off) - along * along
                r2 = blocker_r[b] * blocker_r[b]
                if miss < r2:
                    if one.shadow.hard:
                        shade = 0.0
                        break
                    if one.shadow.soft:
                        shade = shade * wp.clamp(miss / r2, 0.0, 1.0)
            if shade <= 0.0:
                continue
            if one.shadow.soft:
                power = shade * power
                seen_sum += shade
        lit += 1
        if one.model.pbr:
            half = wp.normalize(l + to_eye)
            n_h = wp.max(wp.dot(n, half), 0.0)
            f = schlick(wp.max(wp.dot(to_eye, half), 0.0), f0)
            spec = lobe(n_h, alpha) * shadowing(n_l, n_v, alpha) / (4.0 * n_l * n_v + 0.001)
            specular += n_l * spec * wp.cw_mul(power, f)
            rest = white - f
            if opt.metals:
                rest = (1.0 - metal[m]) * rest
            diffuse += n_l / wp.pi * wp.cw_mul(power, wp.cw_mul(rest, albedo))
            if opt.clear:
                specular += n_l * coat[m] * num(0.25, 0.2) * lobe(n_h, num(0.1, 0.05)) * num(0.04, 0.05) * power
        elif one.model.phong:
            mirror = 2.0 * n_l * n - l
            s = wp.pow(wp.max(wp.dot(mirror, to_eye), 0.0001), shiny[m])
            specular += s * power
            diffuse += n_l * wp.cw_mul(power, albedo)
        elif one.model.blinn:
            half = wp.normalize(l + to_eye)
            s = wp.pow(wp.max(wp.dot(n, half), 0.0001), shiny[m])
            specular += (shiny[m] + 8.0) / (8.0 * wp.pi) * s * n_l * power
            diffuse += n_l / wp.pi * wp.cw_mul(power, albedo)
        else:
            if one.wrap.toon:
                level = 1.0
                if n_l < num(0.3, 0.25):
                    level = num(0.3, 0.2)
                elif n_l < num(0.7, 0.6):
                    level = num(0.6, 0.65)
                diffuse += level * wp.cw_mul(power, albedo)
            else:
                a = wp.max(rough[m], 0.1)
                s2 = a * a
                wide = (
                    1.0 - 0.5 * s2 / (s2 + 0.33) + 0.45 * s2 / (s2 + 0.09) * wp.max(wp.dot(to_eye, l) - n_l * n_v, 0.0)
                )
                diffuse += n_l * wide / wp.pi * wp.cw_mul(power, albedo)
    if opt.sun:
        "sun"
        to_sun = wp.normalize(sun_dir)
        n_s = wp.max(wp.dot(n, to_sun), 0.0)
        diffuse += (n_s if one.model.phong else n_s / wp.pi) * wp.cw_mul(sun_color, albedo)
        if opt.sun_glint:
            glint = wp.pow(wp.max(wp.dot(n, wp.normalize(to_sun + to_eye)), 0.0001), num(32.0, 64.0, 20.0))
            specular += glint * sun_color
    "ambient"
    if one.ambient.flat:
        around = wp.cw_mul(ambient, albedo)
    elif one.ambient.hemi:
        h_up = 0.5 * (n[2] + 1.0)
        around = wp.cw_mul(h_up * sky + (1.0 - h_up) * ground_color, albedo) * num(0.2, 0.3, 0.5)
    else:
        around = num(0.1, 0.05) * albedo
    if opt.occluded:
        around = occlusion[hit] * around
    total = diffuse + specular + around
    if opt.rim:
        total += num(0.1, 0.2, 0.3) * wp.pow(1.0 - wp.min(n_v, 1.0) + 0.0001, num(3.0, 4.0)) * sky
    if opt.emissive:
        total += glow[m]
    if opt.weighted:
        total = wp.cw_mul(total, throughput[hit])
    if opt.fog:
        "fog"
        if one.fog.exp:
            clear_part = wp.exp(-fog_density * away)
        elif one.fog.square:
            clear_part = wp.exp(-fog_density * fog_density * away * away)
        else:
            clear_part = wp.clamp(1.0 - fog_density * away, 0.0, 1.0)
        total = clear_part * total + (1.0 - clear_part) * fog_color
    if opt.toned:
        "tone"
        total = tone(total, exposure)
        if opt.gamma:
            total = wp.vec3(
                wp.pow(wp.max(total[0], 0.0001), 0.4545),
                wp.pow(wp.max(total[1], 0.0001), 0.4545),
                wp.pow(wp.max(total[2], 0.0001), 0.4545),
            )
    color_out[hit] = total
    if opt.aovs and not opt.misses:
        diffuse_out[hit] = diffuse
        specular_out[hit] = specular
    if opt.shadows and one.shadow.soft and opt.shadow_aov and not opt.misses:
        shadow_out[hit] = seen_sum / wp.max(float(lit), 1.0)
    if opt.depths and not opt.misses:
        depth_out[hit] = away
    if opt.lumas and not opt.misses:
        luminance_out[hit] = 0.2126 * total[0] + 0.7152 * total[1] + 0.0722 * total[2]
    if opt.counts and not opt.misses:
        lit_count[hit] = lit
