"""Flow of gases and liquids in pipes and nozzles: states, shocks, losses, pumps."""

import warp as wp

ENTITIES = "pipe section"
GROUPS = "network line"
LAUNCH = "1:8 2:2"
SUMMED = "mass_flow"

QUANTITIES = """
density              | real  | state   | 0.5 3          | density rho
pressure             | real  | state   | 0.5 40         | pressure p_static
temperature          | real  | state   | 0.5 3          | temperature temp
total_pressure       | real  | result  | 0 80000        | p_total p0
total_temperature    | real  | result  | 0 30           | t_total t0
gas_stiffness        | real  | group   | 1 20           | stiffness k_gas         | 3.0 10.0
sound_speed          | real  | result  | 0 5            | c_s sound_speed c0
heat_ratio           | real  | group   | 1.1 1.7        | gamma heat_ratio        | 1.4 1.667
gas_constant         | real  | uniform | 0.5 3          | gas_constant r_gas      | 1.0
mach                 | real  | result  | 0 5            | mach mach_number
friction_factor      | real  | result  | 0.008 13       | friction_factor f_darcy
flow_speed           | real  | state   | 0.5 5          | flow_speed u_mean
reynolds             | real  | result  | 5 30000        | reynolds re_d
relative_roughness   | real  | group   | 0.0001 0.03    | rel_rough eps_d         | 0.001 0.01
gas_viscosity        | real  | result  | 0 1.5          | mu_gas gas_viscosity
standard_temperature | real  | uniform | 0.5 3          | t_std ref_temp          | 1.0
standard_viscosity   | real  | uniform | 0.01 0.4       | mu_ref std_viscosity    | 0.1
pipe_density         | real  | group   | 0.5 3          | rho_pipe fluid_density  | 1.0
pipe_viscosity       | real  | group   | 0.0005 0.002   | mu_pipe fluid_viscosity | 0.001
pipe_diameter        | real  | state   | 0.05 1         | pipe_diam diameter
pipe_length          | real  | state   | 1 100          | pipe_length l_pipe
pressure_drop        | real  | result  | 0 200000       | dp_friction pressure_drop
static_head          | real  | state   | 0 20           | static_head h_static
pipe_loss            | real  | state   | 0.1 5          | loss_coeff k_system
shutoff_head         | real  | group   | 10 50          | shutoff_head h_0        | 30.0
pump_curve           | real  | group   | 0.1 3          | pump_coeff k_pump       | 0.5
pump_flow            | real  | result  | 0 8            | q_pump pump_flow
wave_celerity        | real  | group   | 50 500         | wave_speed a_wave       | 100.0
closing_time         | real  | uniform | 0.1 5          | closing_time t_close    | 0.5 1.0
hammer_surge         | real  | result  | 0 5000         | surge dp_surge
shock_pressure       | real  | result  | 0 1500         | p_2 shock_pressure
shock_mach           | real  | result  | 0 1            | mach_2 shock_mach
area_ratio           | real  | state   | 1.05 5         | area_ratio a_over_throat
supersonic           | bool  | state   |                | supersonic is_supersonic
nozzle_mach          | real  | result  | 0 4            | nozzle_mach m_exit
upstream_pressure    | real  | state   | 1 10           | p_up p_1
downstream_pressure  | real  | state   | 0.1 8          | p_down p_2
inlet_temperature    | real  | state   | 0.5 3          | t_in inlet_temp
throat_area          | real  | state   | 0.1 1          | throat_area a_throat
mass_flow            | real  | result  | 0 6            | m_dot mass_flow
prandtl_meyer        | real  | result  | 0 3            | nu_pm expansion_angle
attraction           | real  | group   | 0.1 2          | a_vdw attraction        | 1.0
covolume             | real  | group   | 0.02 0.2       | b_vdw covolume          | 0.1
molar_volume         | real  | result  | 0 10           | v_molar molar_volume
left_density         | real  | state   | 0.2 3          | rho_l left_density
left_speed           | real  | state   | -1 1           | u_l left_speed
left_pressure        | real  | state   | 0.2 5          | p_l left_pressure
right_density        | real  | state   | 0.2 3          | rho_r right_density
right_speed          | real  | state   | -1 1           | u_r right_speed
right_pressure       | real  | state   | 0.2 5          | p_r right_pressure
star_pressure        | real  | result  | 0 8            | p_star star_pressure
roe_speed            | real  | result  | -1 1           | u_roe roe_speed
roe_sound            | real  | result  | 0 4            | c_roe roe_sound
prandtl              | real  | group   | 0.6 10         | prandtl pr_number       | 0.7 7.0
heat_transfer        | real  | result  | -200000 200000 | nusselt nu_number
diameter_ratio       | real  | group   | 0.3 0.75       | beta_ratio diam_ratio   | 0.5
orifice_flow         | real  | result  | -3 3           | q_orifice orifice_flow
loss_factors         | reals | state   | 0.05 3         | loss_factors k_fittings
minor_loss           | real  | result  | 0 400          | dp_minor minor_loss
"""


def ideal_gas_pressure(density, temperature, gas_constant):
    pressure = density * gas_constant * temperature
    return pressure


def polytropic_pressure(density, gas_stiffness, heat_ratio):
    pressure = gas_stiffness * wp.pow(density, heat_ratio)
    return pressure


def sound_speed(pressure, density, heat_ratio):
    return wp.sqrt(heat_ratio * pressure / density)


def thermal_sound_speed(temperature, heat_ratio, gas_constant):
    sound_speed = wp.sqrt(heat_ratio * gas_constant * temperature)
    return sound_speed


def stagnation_pressure(pressure, mach, heat_ratio):
    """Isentropic stagnation pressure."""
    m2 = mach * mach
    base = 1.0 + 0.5 * (heat_ratio - 1.0) * m2
    exponent = heat_ratio / (heat_ratio - 1.0)
    total_pressure = pressure * wp.pow(base, exponent)
    return total_pressure


def stagnation_temperature(temperature, mach, heat_ratio):
    total_temperature = temperature * (1.0 + 0.5 * (heat_ratio - 1.0) * mach * mach)
    return total_temperature


def sutherland_viscosity(temperature, standard_temperature, standard_viscosity):
    """Sutherland's law."""
    ratio = temperature / standard_temperature
    s = 0.4
    gas_viscosity = standard_viscosity * ratio * wp.sqrt(ratio) * (1.0 + s) / (ratio + s)
    return gas_viscosity


def swamee_jain(reynolds, relative_roughness):
    """Swamee-Jain approximation of the friction factor, laminar below the critical Reynolds number."""
    if reynolds < 2000.0:
        return 64.0 / reynolds
    arg = relative_roughness / 3.7 + 5.74 / wp.pow(reynolds, 0.9)
    log_term = wp.log10(arg)
    friction_factor = 0.25 / (log_term * log_term)
    return friction_factor


def mach_of_speed(flow_speed, sound_speed):
    mach = flow_speed / wp.max(sound_speed, 0.3)
    return mach


def reynolds(pipe_density, flow_speed, pipe_diameter, pipe_viscosity):
    return pipe_density * flow_speed * pipe_diameter / pipe_viscosity


def colebrook(reynolds, relative_roughness):
    """Colebrook's friction factor by Newton iteration; laminar and transition by themselves."""
    laminar = 64.0 / reynolds
    if reynolds < 2300.0:
        return laminar
    a = relative_roughness / 3.7
    b = 2.51 / reynolds
    x = float(7.0)
    for _ in range(8):
        inner = wp.max(a + b * x, 1.0e-6)
        f = x + 2.0 * wp.log10(inner)
        slope = 1.0 + 0.8686 * b / inner
        x -= f / slope
    rough = 1.0 / (x * x)
    if reynolds < 4000.0:
        t = (reynolds - 2300.0) / 1700.0
        return wp.lerp(0.0278, rough, t)
    friction_factor = rough
    return friction_factor


def pressure_drop(friction_factor, pipe_length, pipe_diameter, pipe_density, flow_speed):
    """Darcy-Weisbach equation."""
    return friction_factor * pipe_length / pipe_diameter * 0.5 * pipe_density * flow_speed * flow_speed


def pump_flow(static_head, pipe_loss, shutoff_head, pump_curve):
    """Flow where a pump's curve meets its pipe's, by bisection."""
    if shutoff_head <= static_head:
        return 0.0
    low = float(0.0)
    high = float(wp.sqrt((shutoff_head - static_head) / (pump_curve + pipe_loss)) * 2.0)
    for _ in range(25):
        mid = 0.5 * (low + high)
        supplied = shutoff_head - pump_curve * mid * mid
        needed = static_head + pipe_loss * mid * mid
        if supplied > needed:
            low = mid
        else:
            high = mid
    return 0.5 * (low + high)


def hammer_surge(flow_speed, wave_celerity, pipe_length, closing_time, pipe_density):
    """Joukowsky's surge of a valve that closes fast, Michaud's of one that closes slowly."""
    round_trip = 2.0 * pipe_length / wave_celerity
    if closing_time <= round_trip:
        return pipe_density * wave_celerity * flow_speed
    return 2.0 * pipe_density * pipe_length * flow_speed / closing_time


def shock_pressure(mach, pressure, heat_ratio):
    """Pressure behind a normal shock."""
    if mach <= 1.0:
        return pressure
    return pressure * (1.0 + 2.0 * heat_ratio / (heat_ratio + 1.0) * (mach * mach - 1.0))


def shock_mach(mach, heat_ratio):
    """Mach number behind a normal shock."""
    if mach <= 1.0:
        return mach
    m2 = mach * mach
    num = 1.0 + 0.5 * (heat_ratio - 1.0) * m2
    den = heat_ratio * m2 - 0.5 * (heat_ratio - 1.0)
    return wp.sqrt(num / den)


def area_mach(area_ratio, heat_ratio, supersonic):
    """Mach number of an area ratio by bisection on one of its two branches."""
    g = 0.5 * (heat_ratio - 1.0)
    k = 0.5 * (heat_ratio + 1.0) / (heat_ratio - 1.0)
    low = float(0.01)
    high = float(1.0)
    if supersonic:
        low = 1.0
        high = 6.0
    for _ in range(24):
        mid = 0.5 * (low + high)
        ratio = wp.pow((1.0 + g * mid * mid) / (1.0 + g), k) / mid
        too_wide = ratio > area_ratio
        if too_wide == supersonic:
            high = mid
        else:
            low = mid
    nozzle_mach = 0.5 * (low + high)
    return nozzle_mach


def choked_flow(upstream_pressure, downstream_pressure, inlet_temperature, throat_area, heat_ratio, gas_constant):
    """Mass flow through a nozzle, choked below the critical pressure ratio."""
    g = heat_ratio
    critical = wp.pow(2.0 / (g + 1.0), g / (g - 1.0))
    ratio = wp.clamp(downstream_pressure / upstream_pressure, critical, 1.0)
    root_rt = wp.sqrt(gas_constant * inlet_temperature)
    inner = wp.pow(ratio, 2.0 / g) - wp.pow(ratio, (g + 1.0) / g)
    psi = wp.sqrt(wp.max(2.0 * g / (g - 1.0) * inner, 0.0))
    mass_flow = throat_area * upstream_pressure / root_rt * psi
    return mass_flow


def prandtl_meyer(mach, heat_ratio):
    """Prandtl-Meyer angle of an expansion."""
    if mach <= 1.0:
        return 0.0
    k = wp.sqrt((heat_ratio + 1.0) / (heat_ratio - 1.0))
    root = wp.sqrt(mach * mach - 1.0)
    return k * wp.atan(root / k) - wp.atan(root)


def real_gas_volume(pressure, temperature, attraction, covolume, gas_constant):
    """Molar volume by van der Waals' equation, with Newton's method from the ideal gas."""
    rt = gas_constant * temperature
    v = float(rt / wp.max(pressure, 0.1) + covolume)
    for _ in range(15):
        free = wp.max(v - covolume, 0.02)
        f = rt / free - attraction / (v * v) - pressure
        slope = -rt / (free * free) + 2.0 * attraction / (v * v * v)
        step = f / wp.min(slope, -0.02)
        v = wp.clamp(v - wp.clamp(step, -0.5 * v, 0.5 * v), covolume + 0.02, 200.0)
        if wp.abs(step) < 1.0e-5 * v:
            break
    molar_volume = v
    return molar_volume


def star_pressure(left_density, left_speed, left_pressure, right_density, right_speed, right_pressure, heat_ratio):
    """Pressure between the waves of the Riemann problem, by Newton iteration (Toro)."""
    g1 = 0.5 * (heat_ratio - 1.0) / heat_ratio
    c_l = wp.sqrt(heat_ratio * left_pressure / left_density)
    c_r = wp.sqrt(heat_ratio * right_pressure / right_density)
    a_l = 2.0 / ((heat_ratio + 1.0) * left_density)
    a_r = 2.0 / ((heat_ratio + 1.0) * right_density)
    b_l = (heat_ratio - 1.0) / (heat_ratio + 1.0) * left_pressure
    b_r = (heat_ratio - 1.0) / (heat_ratio + 1.0) * right_pressure
    p = float(0.5 * (left_pressure + right_pressure))
    for _ in range(12):
        if p > left_pressure:
            root = wp.sqrt(a_l / (p + b_l))
            f_l = (p - left_pressure) * root
            d_l = root * (1.0 - 0.5 * (p - left_pressure) / (p + b_l))
        else:
            ratio = p / left_pressure
            f_l = c_l / (g1 * heat_ratio) * (wp.pow(ratio, g1) - 1.0)
            d_l = 1.0 / (left_density * c_l) * wp.pow(ratio, -0.5 * (heat_ratio + 1.0) / heat_ratio)
        if p > right_pressure:
            root = wp.sqrt(a_r / (p + b_r))
            f_r = (p - right_pressure) * root
            d_r = root * (1.0 - 0.5 * (p - right_pressure) / (p + b_r))
        else:
            ratio = p / right_pressure
            f_r = c_r / (g1 * heat_ratio) * (wp.pow(ratio, g1) - 1.0)
            d_r = 1.0 / (right_density * c_r) * wp.pow(ratio, -0.5 * (heat_ratio + 1.0) / heat_ratio)
        step = (f_l + f_r + right_speed - left_speed) / (d_l + d_r)
        updated = wp.max(p - step, 0.01)
        change = wp.abs(updated - p)
        p = updated
        if change < 1.0e-5:
            break
    star_pressure = p
    return star_pressure


def roe_average(left_density, left_speed, left_pressure, right_density, right_speed, right_pressure, heat_ratio):
    """Speed and sound speed of Roe's average of two states."""
    w_l = wp.sqrt(left_density)
    w_r = wp.sqrt(right_density)
    g1 = heat_ratio - 1.0
    h_l = heat_ratio / g1 * left_pressure / left_density + 0.5 * left_speed * left_speed
    h_r = heat_ratio / g1 * right_pressure / right_density + 0.5 * right_speed * right_speed
    roe_speed = (w_l * left_speed + w_r * right_speed) / (w_l + w_r)
    enthalpy = (w_l * h_l + w_r * h_r) / (w_l + w_r)
    roe_sound = wp.sqrt(wp.max(g1 * (enthalpy - 0.5 * roe_speed * roe_speed), 1.0e-4))
    return roe_speed, roe_sound


def heat_transfer(reynolds, prandtl, friction_factor):
    """Nusselt number of a pipe: constant if laminar, Gnielinski's formula if turbulent."""
    if reynolds < 2300.0:
        return 3.66
    f8 = 0.125 * friction_factor
    num = f8 * (reynolds - 1000.0) * prandtl
    den = 1.0 + 12.7 * wp.sqrt(f8) * (wp.pow(prandtl, 2.0 / 3.0) - 1.0)
    return num / den


def orifice_flow(upstream_pressure, downstream_pressure, pipe_density, throat_area, diameter_ratio):
    """Flow through an orifice plate in either direction."""
    beta2 = diameter_ratio * diameter_ratio
    beta4 = beta2 * beta2
    c_d = 0.5959 + 0.0312 * beta2 - 0.184 * beta4 * beta4
    drop = upstream_pressure - downstream_pressure
    flow = c_d * throat_area * wp.sqrt(2.0 * wp.abs(drop) / (pipe_density * (1.0 - beta4)))
    return wp.sign(drop) * flow


def minor_loss(loss_factors, pipe_density, flow_speed):
    """Pressure lost in the bends and valves of a pipe."""
    total = float(0.0)
    for n in range(len(loss_factors)):
        total += loss_factors[n]
    return 0.5 * total * pipe_density * flow_speed * flow_speed
