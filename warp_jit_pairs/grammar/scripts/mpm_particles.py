"""Stress of material points and its transfer to the grid: deformation, fluid, snow, sand, damage."""

import warp as wp

TITLES = "particle_to_grid p2g mpm_p2g transfer_particles update_and_transfer scatter_to_grid"
CATEGORIES = "matrix:0.9 atomic:0.7 combined:0.2 function:0.25"
CHANCES = "kelvin:0.3 drag:0.35 heat:0.35 damage:0.4 sand:0.45 snow:0.6 fluid:0.7"
DIMS = """
particle | 6 | num_particles particle_count n_particles
nx | 8 | nx res_x grid_nx
ny | 8 | ny res_y grid_ny
nz | 8 | nz res_z grid_nz
material | 4 | num_materials material_count
"""
ARGS = """
x | vec3 | particle | 2 5 | particle_x positions particle_pos
v | vec3 | particle | -2 2 | particle_v velocities particle_vel
affine | mat33 | particle | -1 1 | particle_C affine_velocity apic_matrix
grad | mat33 | particle | -0.3 0.3 | velocity_gradient particle_grad_v
deform | mat33 | particle | 0.4 1.5 | particle_F deformation_gradient
plastic | real | particle | 0.6 1.4 | particle_Jp volume_ratio plastic_volume
mass | real | ?particle | 0.1 2 | particle_mass masses
volume | real | ?particle | 0.01 0.1 | particle_vol rest_volume
kind | int | ?particle | @material | particle_material material_id
mu_of | real | ?material | 10 90 | material_mu shear_modulus
lam_of | real | ?material | 10 90 | material_lambda lame_lambda
yield_of | real | ?material | 0.1 5 | yield_stress material_yield
angle_of | real | ?material | 0.2 0.9 | friction_angle material_phi
visc_of | real | ?material | 0.01 1 | material_viscosity viscosity
density | real | particle | 500 1500 | particle_density rho
temperature | real | particle | 250 400 | particle_temp temperature
damage | real | particle | 0 1 | damage particle_damage
active | bool | particle | 0 1 | active particle_active
body_force | vec3 | particle | -3 3 | external_force particle_force
grid_m | real | nx ny nz | 0 0 | grid_m grid_mass node_mass
grid_p | vec3 | nx ny nz | 0 0 | grid_momentum grid_mv node_momentum
grid_f | vec3 | nx ny nz | 0 0 | grid_force node_force
grid_t | real | nx ny nz | 0 0 | grid_heat node_heat
stress_out | mat33 | particle | | particle_stress stress_out
strain_out | real | particle | | equivalent_strain strain_out
pressure_out | real | particle | | particle_pressure pressure_out
critical_c | real | | 0.005 0.05 | critical_compression theta_c | 0.025
critical_s | real | | 0.002 0.01 | critical_stretch theta_s | 0.0075 0.005
hardening | real | | 1 10 | hardening xi | 10.0
stiffness | real | | 10 90 | bulk_modulus water_stiffness
gamma | real | | 2 7 | eos_gamma gamma_water | 7.0
inv_dx | real | | 0.7 1 | inv_dx grid_inv_dx
dx | real | | 1 1.4 | dx cell_size grid_dx
soften | real | | 0.001 0.01 | thermal_softening softening
max_strain | real | | 0.5 3 | failure_strain max_strain
expansion | real | | 0.0001 0.001 | thermal_expansion
damping | real | | 0.1 2 | air_damping velocity_damping
gravity | vec3 | | -9 0 | gravity
dt | real | | 0.0005 0.005 | dt sim_dt time_step | 0.001
"""


def hydrostatic(s: mat33):
    return wp.trace(s) / 3.0


def deviator_norm(s: mat33):
    p = wp.trace(s) / 3.0
    return wp.sqrt(wp.max(wp.ddot(s, s) - 3.0 * p * p, 0.0))


def quadratic_spline(offset: float):
    d = wp.abs(offset)
    w = 0.0
    if d < 0.5:
        w = 0.75 - d * d
    elif d < 1.5:
        w = 0.5 * (1.5 - d) * (1.5 - d)
    return w


def strain_rate(gradient: mat33):
    return 0.5 * (gradient + wp.transpose(gradient))


def kernel():
    if opt.active:
        if not active[particle]:
            return
    xp = x[particle]
    vp = v[particle]
    mp = mass[particle]
    vol = volume[particle]
    sort = kind[particle]
    mu = mu_of[sort]
    lam = lam_of[sort]
    eye = wp.identity(n=3, dtype=float)
    if opt.heat:
        soft = wp.max(1.0 - soften * (temperature[particle] - 293.0), num(0.1, 0.2))
        mu = mu * soft
        lam = lam * soft
    if opt.damage:
        left = 1.0 - num(0.9, 0.95) * damage[particle]
        mu = mu * left
        if opt.damage_bulk:
            lam = lam * left

    "deformation"
    step = grad[particle] if one.grad.own else affine[particle]
    f_new = (eye + dt * step) * deform[particle]
    j = wp.determinant(f_new)
    "elastic"
    if one.elastic.neo:
        b = f_new * wp.transpose(f_new)
        stress = mu * (b - eye) + lam * wp.log(wp.max(j, num(0.1, 0.05))) * eye
    elif one.elastic.isochoric:
        b = f_new * wp.transpose(f_new)
        jc = wp.max(j, num(0.1, 0.2))
        stress = mu * wp.pow(jc, -1.6667) * (b - wp.trace(b) / 3.0 * eye) + 0.5 * lam * (jc - 1.0 / jc) * eye
    elif one.elastic.stvk and not opt.sand:
        e = 0.5 * (wp.transpose(f_new) * f_new - eye)
        second = 2.0 * mu * e + lam * wp.trace(e) * eye
        stress = f_new * second * wp.transpose(f_new)
    else:
        e = 0.5 * (f_new + wp.transpose(f_new)) - eye
        stress = 2.0 * mu * e + lam * wp.trace(e) * eye
    if opt.expands and opt.heat:
        stress = stress - expansion * (3.0 * lam + 2.0 * mu) * (temperature[particle] - 293.0) * eye
    if opt.kelvin:
        "internal damping"
        stress = stress + 2.0 * visc_of[sort] * strain_rate(step)
    jp = plastic[particle]
    if opt.fluid:
        if sort == 1:
            "fluid"
            if one.water.tait:
                jp = wp.max(jp * (1.0 + dt * wp.trace(step)), num(0.1, 0.2, 0.5))
                p = stiffness * (wp.pow(1.0 / jp, gamma) - 1.0)
            else:
                jp = wp.max(jp * (1.0 + dt * wp.trace(step)), num(0.1, 0.2, 0.5))
                p = stiffness * (1.0 - jp)
            stress = -p * eye
            if opt.viscous:
                stress = stress + 2.0 * visc_of[sort] * strain_rate(step)
            plastic[particle] = jp
            f_new = eye
    if opt.snow:
        if sort == 2:
            "snow"
            tr = wp.trace(f_new - eye) / 3.0
            kept = wp.clamp(tr, -critical_c, critical_s)
            jp = wp.clamp(jp * (1.0 + tr - kept), 0.6, 1.4)
            hard = wp.exp(wp.min(hardening * (1.0 - jp), num(3.0, 4.0)))
            f_new = f_new - (tr - kept) * eye
            stress = hard * stress
            plastic[particle] = jp
    if opt.sand:
        if sort == 3:
            "sand"
            press = hydrostatic(stress)
            shear = deviator_norm(stress)
            if press > 0.0:
                stress = num(0.0, 0.01) * stress
                if opt.resets:
                    f_new = eye
            else:
                bound = -wp.sin(angle_of[sort]) * num(0.2, 0.3, 0.5) * press
                if shear > bound:
                    dev = stress - press * eye
                    stress = press * eye + (bound / wp.max(shear, 0.0001)) * dev
    if opt.mises:
        "yield"
        excess = 0.0
        if sort == 0:
            size = deviator_norm(stress)
            bound_y = yield_of[sort]
            if opt.heat and opt.softens:
                bound_y = bound_y * soft
            if size > bound_y:
                mean = hydrostatic(stress)
                stress = mean * eye + bound_y / size * (stress - mean * eye)
                excess = (size - bound_y) / (2.0 * mu)
        if opt.strains:
            strain_out[particle] = excess
    if opt.damage:
        green = 0.5 * (wp.transpose(f_new) * f_new - eye)
        stretch = wp.sqrt(wp.ddot(green, green))
        if stretch > max_strain:
            damage[particle] = wp.min(damage[particle] + num(0.02, 0.05, 0.1) * (stretch - max_strain), 1.0)
    deform[particle] = f_new
    if opt.stresses:
        stress_out[particle] = stress
    if opt.pressures:
        pressure_out[particle] = -hydrostatic(stress)

    "transfer to the grid"
    if opt.compressed:
        density[particle] = mp / (vol * wp.max(j, num(0.1, 0.2)))
    if opt.drag:
        vp = vp * (1.0 - damping * dt) if one.slows.linear else vp * wp.exp(-damping * dt)
    inv = inv_dx if one.spacing.inverse else 1.0 / dx
    gp = xp * inv_dx if one.spacing.inverse else xp / dx
    bx = int(gp[0] - 0.5)
    by = int(gp[1] - 0.5)
    bz = int(gp[2] - 0.5)
    fx = gp - wp.vec3(float(bx), float(by), float(bz))
    if one.shape.rows:
        wa = wp.vec3(1.5, 1.5, 1.5) - fx
        wb = fx - wp.vec3(1.0, 1.0, 1.0)
        wc = fx - wp.vec3(0.5, 0.5, 0.5)
        weights = wp.matrix_from_cols(
            0.5 * wp.cw_mul(wa, wa), wp.vec3(0.75, 0.75, 0.75) - wp.cw_mul(wb, wb), 0.5 * wp.cw_mul(wc, wc)
        )
    if one.internal.force:
        push = -vol * 4.0 * inv * inv * stress
    else:
        push = -dt * vol * 4.0 * inv * inv * stress
        if opt.affine:
            push = push + mp * affine[particle]
    for a in range(3):
        for b_id in range(3):
            for c in range(3):
                if one.shape.rows:
                    weight = weights[0, a] * weights[1, b_id] * weights[2, c]
                else:
                    weight = quadratic_spline(fx[0] - float(a))
                    weight = weight * quadratic_spline(fx[1] - float(b_id)) * quadratic_spline(fx[2] - float(c))
                arm = (wp.vec3(float(a), float(b_id), float(c)) - fx) / inv
                if one.edge.clamp:
                    ix = wp.clamp(bx + a, 0, N.nx - 1)
                    iy = wp.clamp(by + b_id, 0, N.ny - 1)
                    iz = wp.clamp(bz + c, 0, N.nz - 1)
                else:
                    ix = bx + a
                    iy = by + b_id
                    iz = bz + c
                    if ix < 0 or iy < 0 or iz < 0 or ix >= N.nx or iy >= N.ny or iz >= N.nz:
                        continue
                if one.internal.force:
                    mom = mp * vp
                    if opt.affine:
                        mom = mom + mp * (affine[particle] * arm)
                    wp.atomic_add(grid_p, ix, iy, iz, weight * mom)
                    pull = push * arm
                    if opt.gravity:
                        pull = pull + mp * gravity
                    if opt.external:
                        pull = pull + body_force[particle]
                    wp.atomic_add(grid_f, ix, iy, iz, weight * pull)
                else:
                    gain = vp * mp + push * arm
                    if opt.gravity:
                        gain = gain + dt * mp * gravity
                    wp.atomic_add(grid_p, ix, iy, iz, weight * gain)
                wp.atomic_add(grid_m, ix, iy, iz, weight * mp)
                if opt.heat:
                    wp.atomic_add(grid_t, ix, iy, iz, weight * mp * temperature[particle])
