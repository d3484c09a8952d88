"""Forces on fluid particles from their neighbours, and their step: walls, heat, foam."""

import warp as wp

TITLES = "step_fluid_particles sph_step update_fluid integrate_sph compute_fluid_forces advance_particles"
CATEGORIES = "function:2 vector:1 combined:0.7 math:0.8 control_flow:0.3 struct:0.4"
CHANCES = (
    "density:0.75 heat:0.35 foam:0.2 walls:0.5 surface:0.4 vorticity:0.3 shifting:0.2 xsph:0.45 phases:0.2 "
    "rates:0.25 energies:0.3"
)
DIMS = """
particle | 6 | num_particles particle_count n_particles
slot | 5 | max_neighbors neighbor_slots
wall | 3 | num_planes wall_count
"""
ARGS = """
x | vec3 | particle | -1 1 | positions particle_pos
v | vec3 | particle | -2 2 | velocities particle_vel
rho | real | particle | 0.5 3 | densities particle_rho
pressure | real | particle | 0 9 | pressures particle_pressure
mass | real | ?particle | 0.1 2 | masses particle_mass
volume | real | ?particle | 0.1 1 | rest_volume particle_volume
phase | int | ?particle | 0 2 | phase_id particle_phase material_id
neighbor | int | particle slot | @particle | neighbors neighbor_list
count | int | particle | 1 5 | neighbor_count num_neighbors
temperature | real | particle | 280 360 | temperatures particle_temp
normal_in | vec3 | particle | -1 1 | color_normals surface_normals
curl | vec3 | particle | -2 2 | vorticity particle_vorticity
wall_normal | vec3 | ?wall | unit | plane_normal wall_normals
wall_offset | real | ?wall | -2 -0.5 | plane_offset wall_distance
active | bool | particle | 0 1 | active alive
rho_out | real | particle | | density_out new_densities
pressure_out | real | particle | | pressure_out new_pressures
x_out | vec3 | particle | | positions_out new_positions
v_out | vec3 | particle | | velocities_out new_velocities
force_out | vec3 | particle | | forces acceleration_out
drho_out | real | particle | | density_rate drho_dt
temp_out | real | particle | | temperature_out new_temps
normal_out | vec3 | particle | | normals_out surface_normal_out
vort_out | vec3 | particle | | vorticity_out curl_out
foam_out | real | particle | | foam_potential spray_rate
shift_out | vec3 | particle | | shift_out position_shift
energy_out | real | particle | | kinetic_energy energy_out
h | real | | 0.8 1.6 | smoothing_length kernel_radius support
rest_density | real | | 0.5 2 | rest_density rho0 | 1.0
stiffness | real | | 1 50 | stiffness gas_constant k_pressure
gamma | real | | 1 7 | eos_gamma polytropic | 7.0
sound | real | | 1 6 | sound_speed c0
viscosity | real | | 0.01 2 | viscosity mu | 0.1
alpha | real | | 0.01 0.3 | alpha_visc artificial_viscosity | 0.1
tension | real | | 0.01 1 | surface_tension sigma
cohesion | real | | 0.01 1 | cohesion_strength
xsph | real | | 0.01 0.3 | xsph_factor xsph_epsilon | 0.1 0.05
swirl | real | | 0.01 0.5 | vorticity_strength confinement
conductivity | real | | 0.1 2 | heat_conductivity
heat_capacity | real | | 1 5 | heat_capacity | 4.2
expansion | real | | 0.0001 0.003 | thermal_expansion beta
ambient | real | | 290 310 | ambient_temp | 300.0
gravity | vec3 | | -9 0 | gravity
wall_k | real | | 50 500 | wall_stiffness boundary_ke
wall_d | real | | 5 20 | wall_damping boundary_kd | 10.0
cooling | real | | 0.01 0.5 | cooling_rate heat_loss_rate | 0.1
floor_y | real | | -1 -0.5 | floor_height ground_height | -1.0
box | real | | 0.6 1 | box_half_size tank_half_width | 1.0
bounce | real | | 0 0.8 | restitution wall_bounce
friction | real | | 0 0.9 | wall_friction
max_speed | real | | 1 3 | max_speed velocity_limit
dt | real | | 0.001 0.01 | dt sim_dt time_step | 0.001 0.002
"""


def kernel_value(r: float, support: float):
    q = r / support
    value = 0.0
    if one.kernel.poly:
        if q < 1.0:
            value = 1.5666815 / (support * support * support) * (1.0 - q * q) * (1.0 - q * q) * (1.0 - q * q)
    elif one.kernel.cubic:
        if q < 0.5:
            value = 2.5464791 / (support * support * support) * (6.0 * q * q * (q - 1.0) + 1.0)
        elif q < 1.0:
            value = 5.0929582 / (support * support * support) * (1.0 - q) * (1.0 - q) * (1.0 - q)
    else:
        if q < 1.0:
            a = 1.0 - q
            value = 3.3422538 / (support * support * support) * a * a * a * a * (1.0 + 4.0 * q)
    return value


def kernel_slope(r: float, support: float):
    q = r / support
    slope = 0.0
    if one.kernel.poly:
        if q < 1.0:
            slope = -9.4000890 * q / (support * support * support * support) * (1.0 - q * q) * (1.0 - q * q)
    elif one.kernel.cubic:
        if q < 0.5:
            slope = 15.2788745 / (support * support * support * support) * q * (3.0 * q - 2.0)
        elif q < 1.0:
            slope = -15.2788745 / (support * support * support * support) * (1.0 - q) * (1.0 - q)
    else:
        if q < 1.0:
            a = 1.0 - q
            slope = -66.845076 * q / (support * support * support * support) * a * a * a
    return slope


def kernel():
    if opt.active:
        if not active[particle]:
            return
    xi = x[particle]
    vi = v[particle]
    near_count = wp.min(count[particle], N.slot)
    if opt.density:
        "density"
        own = mass[particle] if one.sum.mass else rest_density * volume[particle]
        total = own * kernel_value(0.0, h)
        for n in range(near_count):
            j = neighbor[particle, n]
            if j == particle:
                continue
            r = wp.length(x[j] - xi)
            if one.sum.mass:
                total += mass[j] * kernel_value(r, h)
            else:
                total += rest_density * volume[j] * kernel_value(r, h)
        rho_i = wp.max(total, num(0.1, 0.5) * rest_density)
        rho_out[particle] = rho_i
    else:
        rho_i = rho[particle]
    if one.eos.linear:
        p_i = stiffness * (rho_i - rest_density)
    elif one.eos.tait:
        p_i = rest_density * sound * sound / gamma * (wp.pow(rho_i / rest_density, gamma) - 1.0)
    else:
        p_i = stiffness * (rho_i / rest_density - 1.0)
    if opt.no_tension:
        p_i = wp.max(p_i, 0.0)
    if opt.pressures:
        pressure_out[particle] = p_i

    "neighbours"
    acc = gravity
    drift = wp.vec3(0.0, 0.0, 0.0)
    smooth_v = wp.vec3(0.0, 0.0, 0.0)
    color = wp.vec3(0.0, 0.0, 0.0)
    rotation = wp.vec3(0.0, 0.0, 0.0)
    rate = 0.0
    warmth = 0.0
    trapped = 0.0
    push = wp.vec3(0.0, 0.0, 0.0)
    for n in range(near_count):
        j = neighbor[particle, n]
        if j == particle:
            continue
        if opt.active and opt.skips:
            if not active[j]:
                continue
        d = xi - x[j]
        r = wp.length(d)
        if r > h or r < num(0.0001, 0.00001, 0.001):
            continue
        dir_ij = d / r
        slope = kernel_slope(r, h)
        v_ij = vi - v[j]
        m_j = mass[j]
        rho_j = rho[j]
        if one.pair.symmetric:
            acc -= m_j * (p_i / (rho_i * rho_i) + pressure[j] / (rho_j * rho_j)) * slope * dir_ij
        else:
            acc -= m_j * (p_i + pressure[j]) / (2.0 * rho_i * rho_j) * slope * dir_ij
        if one.viscous.laplacian:
            acc += 2.0 * viscosity * m_j / (rho_i * rho_j) * slope / r * v_ij
        elif one.viscous.artificial:
            along = wp.dot(v_ij, d)
            if along < 0.0:
                mu_ij = h * along / (r * r + num(0.01, 0.001) * h * h)
                acc += alpha * sound * m_j * mu_ij / (0.5 * (rho_i + rho_j)) * slope * dir_ij
        elif one.viscous.smooth:
            acc += (
                num(4.0, 8.0, 10.0)
                * viscosity
                * m_j
                / rho_j
                * wp.dot(v_ij, d)
                / (r * r + 0.01 * h * h)
                * slope
                * dir_ij
            )
        if opt.rates:
            rate += m_j * wp.dot(v_ij, dir_ij) * slope
        if opt.xsph:
            smooth_v -= m_j / (0.5 * (rho_i + rho_j)) * kernel_value(r, h) * v_ij
        if opt.surface:
            if one.surface.color:
                color += m_j / rho_j * slope * dir_ij
            elif one.surface.cohesion:
                acc -= cohesion * m_j * kernel_value(r, h) / rho_i * dir_ij
            elif one.surface.normals:
                acc -= tension * m_j / rho_i * (normal_in[particle] - normal_in[j])
                color += m_j / rho_j * slope * dir_ij
        if opt.vorticity:
            if one.swirl.measured:
                rotation += m_j / rho_j * slope * wp.cross(v_ij, dir_ij)
            else:
                rotation += m_j / rho_j * slope * wp.length(curl[j]) * dir_ij
        if opt.heat:
            if one.conduct.plain:
                warmth += conductivity * m_j / (rho_i * rho_j) * (temperature[particle] - temperature[j]) * slope / r
            else:
                warmth += (
                    num(2.0, 4.0)
                    * conductivity
                    * m_j
                    / (rho_i * rho_j)
                    * (temperature[particle] - temperature[j])
                    * slope
                    * r
                    / (r * r + 0.01 * h * h)
                )
        if opt.foam:
            apart = wp.length(v_ij)
            if apart > num(0.01, 0.001):
                trapped += apart * (1.0 - wp.dot(v_ij / apart, dir_ij)) * (1.0 - r / h)
        if opt.shifting:
            push -= m_j / rho_j * slope * dir_ij
        if opt.phases:
            if phase[j] != phase[particle]:
                acc += num(0.1, 0.2, 0.5) * m_j / rho_i * -slope * dir_ij
    if opt.rates:
        drho_out[particle] = rate
    if opt.surface:
        if one.surface.color:
            size_c = wp.length(color)
            if size_c > num(0.01, 0.1):
                acc += tension / rho_i * color / size_c
        if one.surface.color or one.surface.normals:
            normal_out[particle] = color
    if opt.vorticity:
        if one.swirl.measured:
            vort_out[particle] = rotation
        else:
            acc += swirl * wp.cross(rotation, curl[particle]) / (wp.length(rotation) + num(0.001, 0.0001))
    if opt.heat:
        warm = temperature[particle] + warmth / heat_capacity * dt
        if opt.cools:
            warm += cooling * (ambient - warm) * dt
        temp_out[particle] = warm
        if opt.buoyant:
            acc -= expansion * (temperature[particle] - ambient) * gravity
    if opt.walls:
        "walls"
        for w in range(N.wall):
            depth = num(0.1, 0.2) * h - (wp.dot(xi, wall_normal[w]) - wall_offset[w])
            if depth > 0.0:
                acc += wall_k * depth * wall_normal[w]
                if opt.wall_damping:
                    vn = wp.dot(vi, wall_normal[w])
                    if vn < 0.0:
                        acc -= wall_d * vn * wall_normal[w]
    if opt.forces:
        force_out[particle] = acc

    "step"
    v_new = vi + acc * dt
    if opt.xsph:
        v_new += xsph * smooth_v
    if opt.capped:
        speed = wp.length(v_new)
        if speed > max_speed:
            v_new = v_new * (max_speed / speed)
    x_new = xi + v_new * dt if one.step.semi else xi + vi * dt + 0.5 * acc * dt * dt
    if opt.shifting:
        move = num(0.01, 0.02, 0.05) * h * h * push
        x_new += move
        if opt.shifts:
            shift_out[particle] = move
    if not opt.walls:
        if one.floor.bounce:
            if x_new[1] < floor_y:
                x_new = wp.vec3(x_new[0], floor_y, x_new[2])
                v_new = wp.vec3(v_new[0] * (1.0 - friction), -bounce * v_new[1], v_new[2] * (1.0 - friction))
        elif one.floor.box:
            for axis in range(3):
                if x_new[axis] < -box:
                    x_new[axis] = -box
                    v_new[axis] = -bounce * v_new[axis]
                elif x_new[axis] > box:
                    x_new[axis] = box
                    v_new[axis] = -bounce * v_new[axis]
    if opt.foam:
        lively = wp.clamp((trapped - num(0.5, 1.0, 2.0)) / num(5.0, 10.0), 0.0, 1.0)
        foam_out[particle] = lively * wp.length_sq(v_new)
    x_out[particle] = x_new
    v_out[particle] = v_new
    if opt.energies:
        energy_out[particle] = 0.5 * mass[particle] * wp.length_sq(v_new)
