"""Heat: conduction, radiation, cooling, phase change and curing."""

import warp as wp

ENTITIES = "cell node element slab"
GROUPS = "material layer part"
PAIRS = "wall contact interface joint"
LAUNCH = "1:3 2:2"
SUMMED = "mass heat_flow heat_loss sensible_heat power"
OPPOSITE = "heat_flow"

QUANTITIES = """
temperature            | real  | state   | 270 320    | temperature temp t_cell
ambient                | real  | uniform | 275 310    | ambient t_amb t_inf | 293.15 300.0
mass                   | real  | state   | 0.5 5      | mass m
density                | real  | group   | 0.5 4      | density rho
conductivity           | real  | group   | 0.1 1      | conductivity k_cond k | 0.6 1.0
heat_capacity          | real  | group   | 1 4        | heat_capacity cp c_p | 1.0 2.0
diffusivity            | real  | result  | 0.005 2    | diffusivity alpha
conductivity_tensor    | mat33 | group   | 0.02 2     | k_tensor conductivity_tensor
thickness              | real  | state   | 0.2 0.6    | thickness d layer_thickness
area                   | real  | state   | 0.2 2      | area face_area
position               | vec3  | state   | -2 2       | position pos x
normal                 | vec3  | state   | -1 1       | normal n
temperature_gradient   | vec3  | state   | -20 20     | grad_t temperature_gradient
laplacian              | real  | state   | -1500 1500 | laplacian lap_t
heat_flux              | vec3  | result  | -50 50     | heat_flux q_flux
flux_density           | real  | result  | -200 200   | flux_density q_n q
heat_flow              | real  | result  | -3000 3000 | heat_flow q_dot
resistance             | real  | result  | 0.05 300   | resistance r_th
contact_conductance    | real  | uniform | 0.5 20     | contact_conductance h_c | 5.0
source                 | real  | state   | 0 50       | source q_gen q_vol
enthalpy               | real  | state   | 280 1200   | enthalpy h_total
latent_heat            | real  | group   | 20 300     | latent_heat latent | 100.0
melting_point          | real  | group   | 272 315    | melting_point t_melt | 273.15
mushy_range            | real  | uniform | 1 10       | mushy_range dt_melt | 2.0 5.0
liquid_fraction        | real  | result  | 0 1        | liquid_fraction f_liq
emissivity             | real  | group   | 0.05 0.95  | emissivity eps | 0.9
absorptivity           | real  | group   | 0.1 0.95   | absorptivity alpha_s | 0.7
view_factor            | real  | result  | 0 1        | view_factor f_ab
irradiance             | real  | state   | 0 50       | irradiance solar g_sun
sun_direction          | vec3  | uniform | -1 1       | sun_dir sun_direction
biot_number            | real  | result  | 0 100      | bi biot_number
fourier_number         | real  | result  | 0.001 150  | fo fourier_number
film_coefficient       | real  | uniform | 1 30       | film_coefficient h_conv h_film | 5.0 10.0
depth                  | real  | state   | 0.01 2     | depth z
time                   | real  | uniform | 0.1 10     | time t elapsed | 1.0
dt                     | real  | uniform | 0.001 0.05 | dt timestep | 0.01
humidity               | real  | state   | 0.1 0.95   | humidity rh
noise_level            | real  | uniform | 0.05 1     | noise_level sigma_t | 0.1 0.5
reaction_rate          | real  | result  | 0 20       | k_rxn reaction_rate
activation             | real  | group   | 2 20       | activation e_a | 4.0 12.0
cure                   | real  | state   | 0 0.95     | cure conversion
profile                | reals | state   | 270 320    | profile temps samples
melted                 | bool  | result  |            | melted is_melted
reaction_heat          | real  | group   | 1 20       | reaction_heat h_rxn | 10.0
sensible_heat          | real  | result  |            | sensible_heat q_sens
spacing                | real  | uniform | 0.2 0.6    | dx spacing h_grid | 0.25 0.5
power                  | real  | state   | 0 20       | power q_in
heat_loss              | real  | result  | -1000 3000 | heat_loss q_loss
absorbed_flux          | real  | result  | 0 50       | absorbed_flux q_abs
exact_temperature      | real  | result  | 150 450    | t_exact exact_temp
plate_gap              | real  | uniform | 0.05 1     | plate_gap gap | 0.1 0.5
contact_temperature    | real  | result  | 270 320    | t_contact contact_temp
surface_temperature    | real  | result  | 200 400    | t_surf surface_temp
mean_temperature       | real  | result  | 270 320    | t_mean mean_temp
reading                | real  | result  | 260 330    | reading t_meas
ice_thickness          | real  | result  | 0 40       | ice_thickness h_ice
front_depth            | real  | result  | 0 40       | front_depth melt_depth
front_index            | real  | result  | -1 100     | front front_pos
swing                  | real  | uniform | 1 15       | swing amplitude t_amp | 5.0 10.0
effective_conductivity | real  | result  | 0.01 6     | k_eff effective_conductivity
pore_conductivity      | real  | uniform | 0.02 0.6   | k_pore k_gas | 0.025
porosity               | real  | state   | 0.05 0.6   | porosity phi
laser_power            | real  | uniform | 5 80       | laser_power p_laser | 20.0 50.0
scan_speed             | real  | uniform | 0.1 2      | scan_speed v_scan | 0.5
spot_offset            | vec3  | state   | -2 2       | spot_offset offset
thermal_dose           | real  | state   | 0 200      | dose cem43 thermal_dose
tissue_temperature     | real  | state   | 36 60      | tissue_temp t_tissue
perfusion              | real  | group   | 0.1 4      | perfusion w_b
blood_temperature      | real  | uniform | 36 38      | t_blood blood_temp | 37.0
metabolic_heat         | real  | group   | 0.1 5      | q_met metabolic_heat
tissue_laplacian       | real  | state   | -40 40     | lap_tissue tissue_lap
shield_count           | int   | uniform | 0 4        | num_shields shields
extinction             | real  | group   | 0.1 2      | extinction k_ext mu_a
phase_temperature      | real  | result  | 60 1300    | t_phase phase_temp
"""


def diffusivity(conductivity, density, heat_capacity):
    return conductivity / (density * heat_capacity)


def heat_flux(conductivity, temperature_gradient):
    """Fourier's law."""
    return -conductivity * temperature_gradient


def anisotropic_heat_flux(conductivity_tensor, temperature_gradient):
    symmetric = 0.5 * (conductivity_tensor + wp.transpose(conductivity_tensor))
    heat_flux = -(symmetric * temperature_gradient)
    return heat_flux


def flux_density(heat_flux, normal):
    return wp.dot(heat_flux, wp.normalize(normal))


def heat_flow(flux_density, area):
    return flux_density * area


def series_heat_flow(temperature_a, temperature_b, thickness_a, thickness_b, conductivity_a, conductivity_b, area_a):
    """Two half layers in series."""
    r_a = 0.5 * thickness_a / conductivity_a
    r_b = 0.5 * thickness_b / conductivity_b
    heat_flow = area_a * (temperature_a - temperature_b) / (r_a + r_b)
    return heat_flow


def contact_heat_flow(temperature_a, temperature_b, area_a, area_b, contact_conductance):
    overlap = wp.min(area_a, area_b)
    heat_flow = contact_conductance * overlap * (temperature_a - temperature_b)
    return heat_flow


def radiative_heat_flow(temperature_a, temperature_b, area_a, emissivity_a, emissivity_b, view_factor):
    """Grey-body exchange between two surfaces, in units of 100 K."""
    t_a = 0.01 * temperature_a
    t_b = 0.01 * temperature_b
    emitted = 5.67 * (t_a * t_a * t_a * t_a - t_b * t_b * t_b * t_b)
    surface = 1.0 / emissivity_a + 1.0 / emissivity_b - 2.0
    space = 1.0 / wp.max(view_factor, 1.0e-6)
    heat_flow = area_a * emitted / (surface + space)
    return heat_flow


def view_factor(position_a, position_b, normal_a, normal_b, area_b):
    """View factor of a small distant surface."""
    d = position_b - position_a
    d2 = wp.max(wp.dot(d, d), 1.0e-6)
    direction = d / wp.sqrt(d2)
    cos_a = wp.dot(wp.normalize(normal_a), direction)
    cos_b = -wp.dot(wp.normalize(normal_b), direction)
    if cos_a <= 0.0 or cos_b <= 0.0:
        return 0.0
    return wp.min(cos_a * cos_b * area_b / (wp.pi * d2), 1.0)


def disk_view_factor(plate_gap, area_a, area_b):
    """Coaxial parallel disks."""
    separation = wp.max(plate_gap, 1.0e-6)
    r_a = wp.sqrt(area_a / wp.pi) / separation
    r_b = wp.sqrt(area_b / wp.pi) / separation
    s = 1.0 + (1.0 + r_b * r_b) / (r_a * r_a)
    ratio = r_b / r_a
    view_factor = 0.5 * (s - wp.sqrt(wp.max(s * s - 4.0 * ratio * ratio, 0.0)))
    return view_factor


def wall_resistance(thickness, conductivity, area):
    resistance = thickness / (conductivity * area)
    return resistance


def resistive_heat_loss(temperature, ambient, resistance):
    heat_loss = (temperature - ambient) / resistance
    return heat_loss


def film_heat_loss(temperature, ambient, film_coefficient, area):
    """Newton's law of cooling."""
    heat_loss = film_coefficient * area * (temperature - ambient)
    return heat_loss


def sky_heat_loss(temperature, ambient, emissivity, area, humidity):
    """Loss to a clear sky whose emissivity grows with humidity."""
    t_surf = 0.01 * temperature
    t_sky = 0.01 * ambient * wp.pow(0.6 + 0.3 * humidity, 0.25)
    heat_loss = 5.67 * emissivity * area * (wp.pow(t_surf, 4.0) - wp.pow(t_sky, 4.0))
    return heat_loss


def absorbed_flux(irradiance, normal, sun_direction, absorptivity):
    cos_incidence = wp.dot(wp.normalize(normal), wp.normalize(sun_direction))
    return absorptivity * irradiance * wp.max(cos_incidence, 0.0)


def attenuated_source(irradiance, depth, extinction):
    """Beer-Lambert absorption below a surface."""
    source = extinction * irradiance * wp.exp(-extinction * depth)
    return source


def temperature_rate(laplacian, diffusivity, source, density, heat_capacity):
    """Heat equation with a source."""
    return diffusivity * laplacian + source / (density * heat_capacity)


def cooling_rate(temperature, ambient, film_coefficient, area, mass, heat_capacity):
    """Lumped capacitance."""
    temperature_rate = -film_coefficient * area * (temperature - ambient) / (mass * heat_capacity)
    return temperature_rate


def next_temperature(temperature, temperature_rate, dt):
    return temperature + temperature_rate * dt


def limited_temperature(temperature, temperature_rate, dt, min_temperature, max_temperature):
    next_temperature = wp.clamp(temperature + temperature_rate * dt, min_temperature, max_temperature)
    return next_temperature


def relaxed_temperature(temperature, ambient, resistance, mass, heat_capacity, dt):
    """Exact solution of the cooling law over one step."""
    time_const = resistance * mass * heat_capacity
    next_temperature = ambient + (temperature - ambient) * wp.exp(-dt / time_const)
    return next_temperature


def implicit_temperature(temperature, power, film_coefficient, ambient, mass, heat_capacity, dt):
    capacity = mass * heat_capacity / dt
    next_temperature = (capacity * temperature + film_coefficient * ambient + power) / (capacity + film_coefficient)
    return next_temperature


def mixed_temperature(temperature_a, temperature_b, mass_a, mass_b):
    """Equilibrium of two bodies of the same material."""
    next_temperature = (mass_a * temperature_a + mass_b * temperature_b) / (mass_a + mass_b)
    return next_temperature


def contact_temperature(
    temperature_a, temperature_b, conductivity_a, conductivity_b, density_a, density_b, heat_capacity_a, heat_capacity_b
):
    """Contact temperature of two semi-infinite bodies."""
    effusivity_a = wp.sqrt(conductivity_a * density_a * heat_capacity_a)
    effusivity_b = wp.sqrt(conductivity_b * density_b * heat_capacity_b)
    return (effusivity_a * temperature_a + effusivity_b * temperature_b) / (effusivity_a + effusivity_b)


def semi_infinite_temperature(initial_temperature, ambient, depth, time, diffusivity):
    """Semi-infinite solid whose surface jumps to the ambient temperature."""
    eta = depth / (2.0 * wp.sqrt(wp.max(diffusivity * time, 1.0e-6)))
    exact_temperature = ambient + (initial_temperature - ambient) * wp.erf(eta)
    return exact_temperature


def periodic_temperature(ambient, swing, depth, time, diffusivity):
    """Daily wave that is damped and delayed with depth."""
    omega = 0.2618
    k = wp.sqrt(0.5 * omega / diffusivity)
    exact_temperature = ambient + swing * wp.exp(-k * depth) * wp.sin(omega * time - k * depth)
    return exact_temperature


def slab_temperature(initial_temperature, ambient, fourier_number, depth, thickness):
    """Series solution of a slab that cools at both faces."""
    total = float(0.0)
    x = wp.min(depth / thickness, 1.0)
    for n in range(6):
        k = (2.0 * float(n) + 1.0) * wp.pi
        total += 4.0 / k * wp.sin(k * x) * wp.exp(-k * k * fourier_number)
    exact_temperature = ambient + (initial_temperature - ambient) * total
    return exact_temperature


def fourier_number(diffusivity, time, thickness):
    return diffusivity * time / (thickness * thickness)


def biot_number(film_coefficient, thickness, conductivity):
    return film_coefficient * thickness / conductivity


def liquid_fraction(temperature, melting_point, mushy_range):
    return wp.clamp((temperature - melting_point) / mushy_range + 0.5, 0.0, 1.0)


def enthalpy_liquid_fraction(enthalpy, melting_point, heat_capacity, latent_heat):
    solidus = heat_capacity * melting_point
    liquid_fraction = wp.clamp((enthalpy - solidus) / latent_heat, 0.0, 1.0)
    return liquid_fraction


def enthalpy(temperature, heat_capacity, liquid_fraction, latent_heat):
    return heat_capacity * temperature + liquid_fraction * latent_heat


def phase_temperature(enthalpy, melting_point, heat_capacity, latent_heat):
    """Enthalpy method: solid, melting, liquid."""
    solidus = heat_capacity * melting_point
    if enthalpy < solidus:
        return enthalpy / heat_capacity
    if enthalpy < solidus + latent_heat:
        return melting_point
    return (enthalpy - latent_heat) / heat_capacity


def apparent_capacity_rate(temperature, melting_point, mushy_range, latent_heat, heat_capacity, source):
    """Latent heat as a peak of the heat capacity around the melting point."""
    x = (temperature - melting_point) / mushy_range
    peak = wp.exp(-x * x) / (mushy_range * wp.sqrt(wp.pi))
    temperature_rate = source / (heat_capacity + latent_heat * peak)
    return temperature_rate


def enthalpy_rate(power, heat_loss, mass):
    return (power - heat_loss) / mass


def next_enthalpy(enthalpy, enthalpy_rate, dt):
    return enthalpy + enthalpy_rate * dt


def melted(liquid_fraction, min_liquid_fraction):
    return liquid_fraction > min_liquid_fraction


def ice_thickness(temperature, melting_point, conductivity, density, latent_heat, time):
    """Stefan's ice thickness below a cold surface."""
    undercooling = wp.max(melting_point - temperature, 0.0)
    return wp.sqrt(2.0 * conductivity * undercooling * time / (density * latent_heat))


def reaction_rate(temperature, activation, reference_temperature):
    """Arrhenius' law about a reference temperature."""
    scaled = activation * (1.0 - reference_temperature / temperature)
    return wp.exp(scaled)


def cure_rate(cure, reaction_rate):
    """Autocatalytic curing (Kamal)."""
    return reaction_rate * (0.05 + wp.sqrt(cure)) * wp.pow(1.0 - cure, 1.5)


def next_cure(cure, cure_rate, dt):
    return wp.clamp(cure + cure_rate * dt, 0.0, 0.999)


def reaction_source(cure_rate, density, reaction_heat):
    source = density * reaction_heat * cure_rate
    return source


def profile_mean(profile):
    total = float(0.0)
    for n in range(len(profile)):
        total += profile[n]
    mean_temperature = total / float(len(profile))
    return mean_temperature


def sensible_profile_heat(profile, heat_capacity, reference_temperature, mass):
    """Trapezoidal sum of the sensible heat along a profile."""
    total = float(0.0)
    for n in range(1, len(profile)):
        total += 0.5 * (profile[n - 1] + profile[n]) - reference_temperature
    sensible_heat = mass * heat_capacity * total / float(len(profile))
    return sensible_heat


def reading(temperature, noise_level, rng):
    return temperature + noise_level * wp.randn(rng)


def surface_temperature(absorbed_flux, ambient, film_coefficient, emissivity):
    """Newton's method on the balance of absorbed, convected and emitted heat."""
    t_s = float(ambient)
    for _n in range(8):
        t3 = wp.pow(0.01 * t_s, 3.0)
        emitted = 0.0567 * emissivity * t3 * t_s
        residual = absorbed_flux - film_coefficient * (t_s - ambient) - emitted
        slope = film_coefficient + 4.0 * 0.0567 * emissivity * t3
        step = residual / slope
        t_s += step
        if wp.abs(step) < 1.0e-3:
            break
    return t_s


def sunlit_surface_temperature(irradiance, absorptivity, emissivity, ambient, film_coefficient):
    """Equilibrium of a sunlit plate, by bisection."""
    lo = ambient - 80.0
    hi = ambient + 80.0
    for _n in range(20):
        mid = 0.5 * (lo + hi)
        t2 = 1.0e-4 * mid * mid
        lost = film_coefficient * (mid - ambient) + 5.67 * emissivity * t2 * t2
        if lost > absorptivity * irradiance:
            hi = mid
        else:
            lo = mid
    surface_temperature = 0.5 * (lo + hi)
    return surface_temperature


def stefan_front_depth(initial_temperature, melting_point, conductivity, density, heat_capacity, latent_heat, time):
    """Neumann's solution of a melting half space, with Newton's method for the front's constant."""
    superheat = wp.max(initial_temperature - melting_point, 0.0)
    stefan = heat_capacity * superheat / latent_heat
    if stefan < 1.0e-4:
        return 0.0
    lam = wp.sqrt(0.5 * stefan)
    root_pi = wp.sqrt(wp.pi)
    for _n in range(10):
        e = wp.exp(wp.min(lam * lam, 20.0))
        f = root_pi * lam * e * wp.erf(lam) - stefan
        df = root_pi * e * wp.erf(lam) * (1.0 + 2.0 * lam * lam) + 2.0 * lam
        lam = wp.max(lam - f / df, 1.0e-3)
    alpha = conductivity / (density * heat_capacity)
    front_depth = 2.0 * lam * wp.sqrt(alpha * time)
    return front_depth


def one_term_temperature(initial_temperature, ambient, biot_number, fourier_number):
    """Temperature in the middle of a plate that cools: lumped for small Biot numbers, else the series' first term."""
    if biot_number < 0.1:
        return ambient + (initial_temperature - ambient) * wp.exp(-biot_number * fourier_number)
    lo = float(1.0e-3)
    hi = float(1.5707)
    for _n in range(20):
        zeta = 0.5 * (lo + hi)
        if zeta * wp.tan(zeta) < biot_number:
            lo = zeta
        else:
            hi = zeta
    zeta = 0.5 * (lo + hi)
    c1 = 4.0 * wp.sin(zeta) / (2.0 * zeta + wp.sin(2.0 * zeta))
    theta = wp.min(c1 * wp.exp(-zeta * zeta * fourier_number), 1.0)
    exact_temperature = ambient + (initial_temperature - ambient) * theta
    return exact_temperature


def quenched_temperature(temperature, ambient, area, mass, heat_capacity, dt):
    """Cooling of a part in a bath: film boiling when very hot, then nucleate boiling, then convection."""
    excess = temperature - ambient
    h = float(8.0)
    if excess > 30.0:
        h = 3.0
    elif excess > 12.0:
        t = (30.0 - excess) / 18.0
        h = 3.0 + 17.0 * t * t * (3.0 - 2.0 * t)
    elif excess > 4.0:
        h = 8.0 + 12.0 * (excess - 4.0) / 8.0
    capacity = mass * heat_capacity
    decay = wp.exp(-h * area * dt / capacity)
    next_temperature = ambient + excess * decay
    return next_temperature


def laser_temperature(initial_temperature, laser_power, scan_speed, spot_offset, conductivity, diffusivity):
    """Rosenthal's solution around a source that moves along x."""
    r2 = wp.dot(spot_offset, spot_offset)
    r = wp.sqrt(wp.max(r2, 0.01))
    lag = scan_speed * (r + spot_offset[0]) / (2.0 * diffusivity)
    rise = laser_power / (wp.tau * conductivity * r) * wp.exp(-lag)
    exact_temperature = initial_temperature + wp.min(rise, 200.0)
    return exact_temperature


def effective_conductivity(conductivity, pore_conductivity, porosity):
    """Maxwell and Eucken's mean of a solid with pores."""
    solid = 2.0 * conductivity + pore_conductivity
    contrast = conductivity - pore_conductivity
    top = solid - 2.0 * porosity * contrast
    bottom = solid + porosity * contrast
    return conductivity * top / bottom


def bruggeman_conductivity(conductivity, pore_conductivity, porosity):
    """Bruggeman's symmetric mixing rule."""
    solid = (3.0 * (1.0 - porosity) - 1.0) * conductivity
    pore = (3.0 * porosity - 1.0) * pore_conductivity
    b = solid + pore
    effective_conductivity = 0.25 * (b + wp.sqrt(b * b + 8.0 * conductivity * pore_conductivity))
    return effective_conductivity


def next_thermal_dose(thermal_dose, tissue_temperature, dt):
    """Cumulative equivalent minutes at 43 degrees."""
    if tissue_temperature < 39.0:
        return thermal_dose
    r = float(0.25)
    if tissue_temperature > 43.0:
        r = 0.5
    return thermal_dose + dt * wp.pow(r, 43.0 - wp.min(tissue_temperature, 50.0))


def tissue_temperature_rate(
    tissue_temperature,
    tissue_laplacian,
    perfusion,
    blood_temperature,
    metabolic_heat,
    conductivity,
    density,
    heat_capacity,
):
    """Pennes' equation: conduction, blood flow and metabolism."""
    conducted = conductivity * tissue_laplacian
    carried = perfusion * (blood_temperature - tissue_temperature)
    return (conducted + carried + metabolic_heat) / (density * heat_capacity)


def next_tissue_temperature(tissue_temperature, tissue_temperature_rate, dt):
    return wp.clamp(tissue_temperature + dt * tissue_temperature_rate, 20.0, 90.0)


def shielded_heat_flow(temperature_a, temperature_b, area_a, emissivity_a, emissivity_b, shield_count):
    """Radiation between parallel plates with thin shields between them."""
    e_shield = 0.05
    resistance = 1.0 / emissivity_a + 1.0 / emissivity_b - 1.0
    for _n in range(shield_count):
        resistance += 2.0 / e_shield - 1.0
    hot = wp.pow(0.01 * temperature_a, 4.0)
    cold = wp.pow(0.01 * temperature_b, 4.0)
    heat_flow = 5.67 * area_a * (hot - cold) / resistance
    return heat_flow


def melt_front(profile, melting_point):
    """Where a profile first crosses the melting point, between samples; minus one where it does not."""
    front_index = float(-1.0)
    for n in range(1, len(profile)):
        below = profile[n - 1] - melting_point
        above = profile[n] - melting_point
        if below * above <= 0.0 and wp.abs(above - below) > 1.0e-6:
            front_index = float(n - 1) - below / (above - below)
            break
    return front_index


def steepest_heat_loss(profile, conductivity, area, spacing):
    """Heat through the steepest place of a profile."""
    peak = float(0.0)
    for n in range(1, len(profile)):
        jump = profile[n] - profile[n - 1]
        if wp.abs(jump) > wp.abs(peak):
            peak = jump
    heat_loss = conductivity * area * wp.abs(peak) / spacing
    return heat_loss


def boundary_heat_loss(profile, conductivity, area, spacing):
    """One-sided difference of second order at the first node."""
    if len(profile) < 3:
        return 0.0
    slope = (-3.0 * profile[0] + 4.0 * profile[1] - profile[2]) / (2.0 * spacing)
    heat_loss = -conductivity * area * slope
    return heat_loss
