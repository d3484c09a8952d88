"""Random walks of photons through tissue: steps, absorption, scattering, boundaries, roulette."""

import warp as wp

TITLES = "trace_photons simulate_photons photon_transport propagate_photons photon_random_walk launch_photons"
CATEGORIES = "random:3 math:0.3"
CHANCES = "angles:0.35 fluor:0.35 detect:0.5 time:0.4 layers:0.5 rings:0.4 ends:0.4"
DIMS = """
photon | 8 | num_photons photon_count n_photons
layer | 4 | num_layers layer_count
bin | 6 | num_bins depth_bins
ring | 5 | num_rings radial_bins
angle | 4 | num_angles angle_bins
"""
ARGS = """
start_pos | vec3 | ?photon | -0.5 0.5 | source_pos start_pos launch_pos
start_dir | vec3 | ?photon | unit | source_dir start_dir launch_dir
depth | real | ?layer | 0.2 1.5 | layer_thickness thickness
absorb | real | ?layer | 0.05 2 | mu_a absorption
scatter | real | ?layer | 1 9 | mu_s scattering
aniso | real | ?layer | 0.1 0.95 | anisotropy g_factor
index_n | real | ?layer | 1.3 1.5 | refractive_index n_layer
yield_f | real | ?layer | 0.01 0.3 | quantum_yield fluorescence
deposit | real | bin | 0 0 | absorbed_energy deposition fluence
reflect_r | real | ring | 0 0 | reflectance radial_reflectance
angles | real | angle | 0 0 | angular_reflectance exit_angles
through_r | real | ring | 0 0 | transmittance radial_transmittance
glow | real | bin | 0 0 | fluorescence_out emission
end_pos | vec3 | photon | | end_pos exit_pos
end_dir | vec3 | photon | | end_dir exit_dir
end_weight | real | photon | | exit_weight weight_out
steps_out | int | photon | | num_steps scatter_count
length_out | real | photon | | path_length optical_path
fate | int | photon | | fate photon_state
deepest | real | photon | | max_depth deepest
flight | real | photon | | time_of_flight arrival_time
detected | bool | photon | | detected is_detected
seed | int | | 0 1000 | seed rng_seed
max_steps | int | | 8 24 | max_steps max_scatter
beam | real | | 0.05 0.5 | beam_radius spot_size
spread | real | | 0.01 0.3 | divergence half_angle
cutoff | real | | 0.05 0.3 | weight_cutoff roulette_threshold | 0.1
mu_a | real | | 0.05 2 | absorption_coef mu_a0
mu_s | real | | 1 9 | scattering_coef mu_s0
g0 | real | | 0.1 0.95 | g_mean asymmetry | 0.9 0.8
n0 | real | | 1.3 1.5 | n_medium n_tissue | 1.37 1.4
slab | real | | 0.5 3 | slab_thickness medium_depth
survive | real | | 0.1 0.5 | survival_prob roulette_chance | 0.1
bin_size | real | | 0.1 0.6 | bin_size dz
ring_size | real | | 0.2 0.8 | ring_size dr
buried | real | | 0.02 0.15 | source_depth emitter_depth
outer_n | real | | 1 1.1 | n_outside ambient_index | 1.0
det_x | real | | 0 2 | detector_x fiber_offset
det_r | real | | 0.3 1.5 | detector_radius fiber_radius
aperture | real | | 0.2 0.95 | numerical_aperture na
light | real | | 0.2 0.3 | light_speed c_vacuum
"""


def fresnel(cosine: float, n_in: float, n_out: float):
    ratio = n_in / n_out
    sin_out = ratio * wp.sqrt(wp.max(1.0 - cosine * cosine, 0.0))
    chance = 1.0
    if sin_out < 1.0:
        if one.fresnel.schlick:
            r0 = (n_in - n_out) / (n_in + n_out)
            base = 1.0 - cosine
            chance = r0 * r0 + (1.0 - r0 * r0) * base * base * base * base * base
        else:
            cos_out = wp.sqrt(1.0 - sin_out * sin_out)
            rs = (n_in * cosine - n_out * cos_out) / (n_in * cosine + n_out * cos_out)
            rp = (n_in * cos_out - n_out * cosine) / (n_in * cos_out + n_out * cosine)
            chance = 0.5 * (rs * rs + rp * rp)
    return chance


def scatter_cosine(g: float, xi: float):
    if one.phase.henyey:
        cosine = 2.0 * xi - 1.0
        if wp.abs(g) > num(0.001, 0.0001):
            part = (1.0 - g * g) / (1.0 - g + 2.0 * g * xi)
            cosine = (1.0 + g * g - part * part) / (2.0 * g)
    elif one.phase.rayleigh:
        u = 2.0 * (2.0 * xi - 1.0)
        root = wp.sqrt(u * u + 1.0)
        cosine = wp.cbrt(u + root) - 1.0 / wp.cbrt(u + root)
    else:
        cosine = 2.0 * xi - 1.0
    return wp.clamp(cosine, -1.0, 1.0)


def kernel():
    rng = wp.rand_init(seed, photon)
    if one.launch.disk:
        "launch within the beam"
        rad = beam * wp.sqrt(wp.randf(rng))
        phi = 2.0 * wp.pi * wp.randf(rng)
        p = wp.vec3(rad * wp.cos(phi), rad * wp.sin(phi), 0.0)
        d = wp.vec3(0.0, 0.0, 1.0)
    elif one.launch.gauss:
        p = wp.vec3(beam * wp.randn(rng), beam * wp.randn(rng), 0.0)
        tilt = spread * wp.randf(rng)
        phi = 2.0 * wp.pi * wp.randf(rng)
        d = wp.vec3(wp.sin(tilt) * wp.cos(phi), wp.sin(tilt) * wp.sin(phi), wp.cos(tilt))
    elif one.launch.buried:
        "a point source below the surface"
        p = wp.vec3(0.0, 0.0, buried)
        rise = 2.0 * wp.randf(rng) - 1.0
        phi = 2.0 * wp.pi * wp.randf(rng)
        across = wp.sqrt(1.0 - rise * rise)
        d = wp.vec3(across * wp.cos(phi), across * wp.sin(phi), rise)
    else:
        p = wp.vec3(start_pos[photon][0], start_pos[photon][1], 0.0)
        d = start_dir[photon]
        d = wp.normalize(wp.vec3(d[0], d[1], wp.max(wp.abs(d[2]), 0.1)))
    if opt.specular:
        r_in = (outer_n - (index_n[0] if opt.layers else n0)) / (outer_n + (index_n[0] if opt.layers else n0))
        w = 1.0 - r_in * r_in
    else:
        w = 1.0
    if opt.layers:
        at = 0
        top = 0.0
        bottom = depth[0]
    path = 0.0
    clock = 0.0
    count = 0
    state = 0
    low = 0.0
    for step_id in range(max_steps):
        "free path"
        total = (absorb[at] if opt.layers else mu_a) + (scatter[at] if opt.layers else mu_s)
        s = -wp.log(wp.max(wp.randf(rng), num(0.000001, 0.0000001))) / total
        if opt.layers:
            nz = p[2] + d[2] * s
            if nz < top or nz > bottom:
                "boundary"
                edge = top if d[2] < 0.0 else bottom
                if wp.abs(d[2]) > num(0.0001, 0.00001):
                    s = (edge - p[2]) / d[2]
                s = wp.max(s, 0.0)
                p = p + d * s
                path += s
                if opt.time:
                    clock += s * (index_n[at] if opt.layers else n0) / light
                to = at - 1 if d[2] < 0.0 else at + 1
                n_next = outer_n
                if to >= 0 and to < N.layer:
                    n_next = index_n[to]
                back = fresnel(wp.abs(d[2]), (index_n[at] if opt.layers else n0), n_next)
                if wp.randf(rng) < back:
                    d = wp.vec3(d[0], d[1], -d[2])
                else:
                    if to < 0:
                        state = 1
                        break
                    if to >= N.layer:
                        state = 2
                        break
                    ratio = (index_n[at] if opt.layers else n0) / n_next
                    if opt.refracts:
                        sx = d[0] * ratio
                        sy = d[1] * ratio
                        d = wp.normalize(
                            wp.vec3(sx, sy, wp.sign(d[2]) * wp.sqrt(wp.max(1.0 - sx * sx - sy * sy, 0.0001)))
                        )
                    if to > at:
                        top = bottom
                        bottom = bottom + depth[to]
                    else:
                        bottom = top
                        top = top - depth[to]
                    at = to
                continue
        elif one.wall.absorbing:
            z_next = p[2] + d[2] * s
            if z_next < 0.0:
                state = 1
                break
            if z_next > slab:
                state = 2
                break
        elif one.wall.internal:
            z_next = p[2] + d[2] * s
            if z_next < 0.0 or z_next > slab:
                if wp.randf(rng) < fresnel(wp.abs(d[2]), n0, outer_n):
                    d = wp.vec3(d[0], d[1], -d[2])
                    continue
                state = 1 if z_next < 0.0 else 2
                break
        else:
            if p[2] + d[2] * s < 0.0:
                state = 1
                break
        p = p + d * s
        path += s
        count += 1
        if opt.time:
            clock += s * (index_n[at] if opt.layers else n0) / light
        low = wp.max(low, p[2])
        "absorb"
        if one.absorb.weight:
            lost = w * (absorb[at] if opt.layers else mu_a) / total
            w -= lost
            if opt.deposits:
                wp.atomic_add(deposit, wp.clamp(int(p[2] / bin_size), 0, N.bin - 1), lost)
            if opt.fluor:
                wp.atomic_add(
                    glow,
                    wp.clamp(int(p[2] / bin_size), 0, N.bin - 1),
                    (yield_f[at] if opt.layers else num(0.1, 0.2)) * lost,
                )
            if w < cutoff:
                if one.roulette.chance:
                    if wp.randf(rng) < survive:
                        w = w / survive
                    else:
                        state = 3
                        break
                else:
                    state = 3
                    break
        else:
            if wp.randf(rng) * total < (absorb[at] if opt.layers else mu_a):
                if opt.deposits:
                    wp.atomic_add(deposit, wp.clamp(int(p[2] / bin_size), 0, N.bin - 1), w)
                state = 3
                break
        "scatter"
        ct = scatter_cosine((aniso[at] if opt.layers else g0), wp.randf(rng))
        st = wp.sqrt(1.0 - ct * ct)
        phi = 2.0 * wp.pi * wp.randf(rng)
        if one.spin.classic:
            if wp.abs(d[2]) > num(0.9999, 0.99999):
                d = wp.vec3(st * wp.cos(phi), st * wp.sin(phi), ct * wp.sign(d[2]))
            else:
                flat = wp.sqrt(1.0 - d[2] * d[2])
                ux = st * (d[0] * d[2] * wp.cos(phi) - d[1] * wp.sin(phi)) / flat + d[0] * ct
                uy = st * (d[1] * d[2] * wp.cos(phi) + d[0] * wp.sin(phi)) / flat + d[1] * ct
                uz = -st * wp.cos(phi) * flat + d[2] * ct
                d = wp.normalize(wp.vec3(ux, uy, uz))
        else:
            side = wp.vec3(1.0, 0.0, 0.0)
            if wp.abs(d[0]) > num(0.5, 0.7, 0.9):
                side = wp.vec3(0.0, 1.0, 0.0)
            ta = wp.normalize(wp.cross(d, side))
            tb = wp.cross(d, ta)
            d = wp.normalize(st * wp.cos(phi) * ta + st * wp.sin(phi) * tb + ct * d)

    "what became of it"
    out_r = wp.sqrt(p[0] * p[0] + p[1] * p[1])
    slot = wp.min(int(out_r / ring_size), N.ring - 1)
    if state == 1:
        if opt.rings:
            wp.atomic_add(reflect_r, slot, w)
        if opt.angles:
            leaning = wp.acos(wp.clamp(wp.abs(d[2]), 0.0, 1.0)) / (0.5 * wp.pi)
            wp.atomic_add(angles, wp.min(int(leaning * float(N.angle)), N.angle - 1), w)
    elif state == 2:
        if opt.rings and opt.through:
            wp.atomic_add(through_r, slot, w)
    if opt.detect:
        seen = False
        if state == 1:
            off = wp.length(wp.vec2(p[0] - det_x, p[1]))
            if one.detect.area:
                seen = off < det_r
            else:
                seen = off < det_r and wp.abs(d[2]) > wp.sqrt(1.0 - aperture * aperture)
        detected[photon] = seen
    fate[photon] = state
    end_weight[photon] = w
    if opt.ends or not opt.rings:
        end_pos[photon] = p
        end_dir[photon] = d
    if opt.paths:
        length_out[photon] = path
    if opt.counts:
        steps_out[photon] = count
    if opt.depths:
        deepest[photon] = low
    if opt.time:
        flight[photon] = clock
