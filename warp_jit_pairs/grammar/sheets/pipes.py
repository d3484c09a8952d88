"""Pipes: flow in tubes and ducts, their friction, and the heat that passes their walls."""

import warp as wp

ENTITIES = "pipe tube"
GROUPS = "fluid loop network"
PAIRS = "junction branch"
LAUNCH = "1:9 2:1"
SUMMED = "heat_rate pumping_power flow_rate head_loss"
OPPOSITE = "head_difference"

QUANTITIES = """
diameter                | real | state   | 0.02 0.1       | diameter dia d_pipe
length                  | real | state   | 0.5 5          | pipe_length length run
velocity                | real | state   | 0.1 2          | velocity vel u_mean
roughness               | real | group   | 0.00001 0.0005 | roughness wall_rough eps_w
density                 | real | group   | 700 1100       | density rho
viscosity               | real | group   | 0.0008 0.003   | viscosity mu visc
heat_capacity           | real | group   | 2000 4200      | heat_capacity cp c_p
conductivity            | real | group   | 0.2 0.7        | fluid_cond k_f conductivity
reynolds_number         | real | result  | 450 280000     | reynolds re reynolds_number
prandtl_number          | real | result  | 2 65           | prandtl pr prandtl_number
relative_roughness      | real | result  | 0.0001 0.025   | rel_rough eps_d
friction_factor         | real | result  | 0.01 0.15      | friction f_darcy friction_factor
pressure_drop           | real | result  | 0 130000       | pressure_drop dp
nusselt_number          | real | result  | 1 2500         | nusselt nu_d nusselt_number
film_coefficient        | real | result  | 5 20000        | h_film film_coefficient
flow_rate               | real | result  | 0.00003 0.016  | flow_rate q_vol
inlet_temperature       | real | state   | 280 360        | t_inlet inlet_temp t_in
wall_temperature        | real | state   | 280 360        | t_wall wall_temp
outlet_temperature      | real | result  | 280 360        | t_outlet outlet_temp
heat_rate               | real | result  | -5000 5000     | heat_rate q_kw
ambient                 | real | uniform | 260 310        | t_amb ambient | 293.15 288.0
wall_thickness          | real | group   | 0.001 0.006    | wall_thickness t_w
wall_conductivity       | real | group   | 10 60          | k_wall wall_cond
insulation              | real | state   | 0.005 0.08     | insulation_thickness insulation t_ins
insulation_conductivity | real | uniform | 0.02 0.1       | k_ins insulation_cond | 0.04
outer_coefficient       | real | uniform | 5 30           | h_out outer_coefficient | 10.0
conductance             | real | result  | 0.05 5         | ua_per_m conductance
critical_radius         | real | result  | 0.0005 0.02    | r_crit critical_radius
insulation_helps        | bool | result  |                | insulation_helps pays
pumping_power           | real | result  | 0 8000         | pumping_power p_pump
pump_efficiency         | real | uniform | 0.3 0.85       | pump_efficiency eta_pump | 0.6 0.7
loss_coefficient        | real | state   | 0.1 10         | k_loss fitting_k
wall_modulus            | real | group   | 1 200          | wall_modulus e_wall
surge_speed             | real | result  | 100 1500       | surge_speed a_wave
surge_pressure          | real | result  | 0 40           | surge surge_pressure surge_bar
head_loss               | real | result  | 0 90           | head_loss h_f
head_difference         | real | result  | -50 50         | dh head_difference
node_head               | real | state   | 5 30           | head node_head
roughness_coefficient   | real | group   | 80 150         | c_hw hazen_c
channel_slope           | real | state   | 0.001 0.05     | bed_slope channel_slope
fill                    | real | state   | 0.02 0.98      | fill fill_ratio
manning                 | real | group   | 0.009 0.02     | n_manning manning
free_flow               | real | result  | 0 0.05         | q_free free_surface_flow
entrance_length         | real | result  | 0 20           | l_entry entrance_length
turbulent               | bool | result  |                | turbulent is_turbulent
capacity_ratio          | real | state   | 0 1            | c_ratio capacity_ratio
transfer_units          | real | state   | 0.1 5          | ntu transfer_units
effectiveness           | real | result  | 0 1            | effectiveness eps_hx
max_heat                | real | state   | 10 500         | q_max max_heat
duct_width              | real | state   | 0.1 1          | duct_width width
duct_height             | real | state   | 0.1 0.6        | duct_height height
hydraulic_diameter      | real | result  | 0.08 0.8       | d_hyd hydraulic_diameter
static_pressure         | real | state   | 100000 300000  | p_static inlet_pressure
vapor_pressure          | real | uniform | 1000 50000     | p_vapor vapor_pressure | 2339.0 12344.0
suction_margin          | real | result  | -10 60         | npsh suction_margin
void_fraction           | real | result  | 0 1            | void_fraction alpha_g
quality                 | real | state   | 0 1            | quality steam_quality
gas_density             | real | uniform | 0.5 10         | rho_g gas_density | 1.2
delivered_temperature   | real | result  | 260 360        | t_delivered delivered_temp
drain_fill              | real | result  | 0 1            | fill_needed drain_fill
available_head          | real | state   | 0.05 4         | avail_head available_head
driven_velocity         | real | result  | 0 10           | u_driven driven_velocity
two_phase_drop          | real | result  | 0 1000000      | dp_two_phase two_phase_drop
fitting_loss            | real | result  | 0 1            | fitting_loss h_minor
"""


def reynolds_number(density, velocity, diameter, viscosity):
    return density * velocity * diameter / viscosity


def prandtl_number(viscosity, heat_capacity, conductivity):
    return viscosity * heat_capacity / conductivity


def relative_roughness(roughness, diameter):
    return roughness / diameter


def turbulent(reynolds_number):
    return reynolds_number > 4000.0


def flow_rate(velocity, diameter):
    return 0.25 * wp.pi * diameter * diameter * velocity


def colebrook_friction_factor(reynolds_number, relative_roughness):
    """Colebrook's equation by fixed-point iteration; Poiseuille's law for laminar flow."""
    if reynolds_number < 2300.0:
        return 64.0 / reynolds_number
    inv_sqrt_f = float(7.0)
    for _n in range(12):
        arg = relative_roughness / 3.7 + 2.51 * inv_sqrt_f / reynolds_number
        updated = -2.0 * wp.log10(arg)
        change = wp.abs(updated - inv_sqrt_f)
        inv_sqrt_f = updated
        if change < 1.0e-5:
            break
    friction_factor = 1.0 / (inv_sqrt_f * inv_sqrt_f)
    return friction_factor


def haaland_friction_factor(reynolds_number, relative_roughness):
    """Haaland's explicit formula."""
    if reynolds_number < 2300.0:
        return 64.0 / reynolds_number
    arg = wp.pow(relative_roughness / 3.7, 1.11) + 6.9 / reynolds_number
    root = -1.8 * wp.log10(arg)
    friction_factor = 1.0 / (root * root)
    return friction_factor


def churchill_friction_factor(reynolds_number, relative_roughness):
    """Churchill's formula for all regimes."""
    smooth = wp.pow(7.0 / reynolds_number, 0.9)
    log_term = -2.457 * wp.log(smooth + 0.27 * relative_roughness)
    a = wp.pow(0.1 * log_term, 16.0)
    b = wp.pow(3753.0 / reynolds_number, 16.0)
    laminar = wp.pow(8.0 / reynolds_number, 12.0)
    rest = 1.0e-24 / wp.pow(a + b, 1.5)
    friction_factor = 8.0 * wp.pow(laminar + rest, 1.0 / 12.0)
    return friction_factor


def transitional_friction_factor(reynolds_number):
    """Smooth pipe: laminar, turbulent (Blasius), and a blend between them."""
    laminar = 64.0 / reynolds_number
    if reynolds_number <= 2300.0:
        return laminar
    blasius = 0.316 * wp.pow(reynolds_number, -0.25)
    if reynolds_number >= 4000.0:
        return blasius
    t = (reynolds_number - 2300.0) / 1700.0
    friction_factor = (1.0 - t) * laminar + t * blasius
    return friction_factor


def pressure_drop(friction_factor, length, diameter, density, velocity):
    """Equation of Darcy and Weisbach."""
    dynamic = 0.5 * density * velocity * velocity
    return friction_factor * length / diameter * dynamic


def fitting_pressure_drop(loss_coefficient, density, velocity):
    pressure_drop = 0.5 * loss_coefficient * density * velocity * velocity
    return pressure_drop


def pumping_power(pressure_drop, flow_rate, pump_efficiency):
    return pressure_drop * flow_rate / pump_efficiency


def hazen_williams_loss(velocity, diameter, length, roughness_coefficient):
    """Head loss of Hazen and Williams."""
    ratio = velocity / roughness_coefficient
    head = 6.82 * length * wp.pow(ratio, 1.852) / wp.pow(diameter, 1.167)
    pressure_drop = 9810.0 * head
    return pressure_drop


def head_loss(pressure_drop, density):
    return pressure_drop / (9.81 * density)


def driven_velocity(available_head, diameter, length, roughness, viscosity, density):
    """Velocity that a head drives through a pipe: the friction factor is found along with it."""
    f = float(0.02)
    u = float(1.0)
    for _n in range(8):
        u = wp.sqrt(2.0 * 9.81 * available_head * diameter / (f * length))
        re = wp.max(density * u * diameter / viscosity, 10.0)
        if re < 2300.0:
            f = wp.min(64.0 / re, 0.5)
        else:
            root = -1.8 * wp.log10(wp.pow(roughness / (3.7 * diameter), 1.11) + 6.9 / re)
            f = 1.0 / (root * root)
    return u


def gnielinski_nusselt_number(reynolds_number, prandtl_number, friction_factor):
    """Gnielinski's correlation, with the laminar limit of a constant wall temperature."""
    if reynolds_number < 2300.0:
        return 3.66
    f8 = 0.125 * friction_factor
    excess = wp.max(reynolds_number - 1000.0, 0.0)
    top = f8 * excess * prandtl_number
    bottom = 1.0 + 12.7 * wp.sqrt(f8) * (wp.pow(prandtl_number, 2.0 / 3.0) - 1.0)
    nusselt_number = wp.max(top / bottom, 3.66)
    return nusselt_number


def dittus_boelter_nusselt_number(reynolds_number, prandtl_number, wall_temperature, inlet_temperature):
    """Dittus and Boelter's correlation of a fluid that is heated or cooled."""
    exponent = 0.3
    if wall_temperature > inlet_temperature:
        exponent = 0.4
    nusselt_number = 0.023 * wp.pow(reynolds_number, 0.8) * wp.pow(prandtl_number, exponent)
    return nusselt_number


def hausen_nusselt_number(reynolds_number, prandtl_number, diameter, length):
    """Hausen's correlation of laminar flow in the entry of a tube."""
    graetz = wp.min(reynolds_number, 2300.0) * prandtl_number * diameter / length
    nusselt_number = 3.66 + 0.0668 * graetz / (1.0 + 0.04 * wp.pow(graetz, 2.0 / 3.0))
    return nusselt_number


def film_coefficient(nusselt_number, conductivity, diameter):
    return nusselt_number * conductivity / diameter


def entrance_length(reynolds_number, diameter):
    """Where the profile of a flow is developed."""
    if reynolds_number < 2300.0:
        return 0.06 * reynolds_number * diameter
    return 4.4 * wp.pow(reynolds_number, 1.0 / 6.0) * diameter


def outlet_temperature(
    inlet_temperature, wall_temperature, film_coefficient, diameter, length, density, velocity, heat_capacity
):
    """Fluid in a tube whose wall has one temperature."""
    perimeter = wp.pi * diameter
    mass_flow = 0.25 * density * velocity * wp.pi * diameter * diameter
    units = film_coefficient * perimeter * length / (mass_flow * heat_capacity)
    return wall_temperature + (inlet_temperature - wall_temperature) * wp.exp(-units)


def heat_rate(inlet_temperature, outlet_temperature, flow_rate, density, heat_capacity):
    """Heat that a fluid takes up, in kilowatts."""
    mass_flow = density * flow_rate
    return 0.001 * mass_flow * heat_capacity * (outlet_temperature - inlet_temperature)


def log_mean_heat_rate(inlet_temperature, outlet_temperature, wall_temperature, film_coefficient, diameter, length):
    """Kilowatts through the wall by the log mean temperature difference."""
    d_in = wp.max(wp.abs(wall_temperature - inlet_temperature), 0.01)
    d_out = wp.max(wp.abs(wall_temperature - outlet_temperature), 0.01)
    if wp.abs(d_in - d_out) < 0.01:
        lmtd = 0.5 * (d_in + d_out)
    else:
        lmtd = (d_in - d_out) / wp.log(d_in / d_out)
    area = wp.pi * diameter * length
    sign = 1.0 if wall_temperature > inlet_temperature else -1.0
    heat_rate = 0.001 * sign * film_coefficient * area * lmtd
    return heat_rate


def conductance(
    diameter,
    wall_thickness,
    wall_conductivity,
    insulation,
    insulation_conductivity,
    film_coefficient,
    outer_coefficient,
):
    """Heat transfer of an insulated pipe per length and degree, from its resistances in series."""
    r_in = 0.5 * diameter
    r_wall = r_in + wall_thickness
    r_out = r_wall + insulation
    inner = 1.0 / (film_coefficient * wp.tau * r_in)
    wall = wp.log(r_wall / r_in) / (wp.tau * wall_conductivity)
    layer = wp.log(r_out / r_wall) / (wp.tau * insulation_conductivity)
    outer = 1.0 / (outer_coefficient * wp.tau * r_out)
    return 1.0 / (inner + wall + layer + outer)


def delivered_temperature(inlet_temperature, ambient, conductance, length, flow_rate, density, heat_capacity):
    """Fluid that loses heat through the insulation on its way."""
    capacity = density * flow_rate * heat_capacity
    return ambient + (inlet_temperature - ambient) * wp.exp(-conductance * length / capacity)


def critical_radius(insulation_conductivity, outer_coefficient):
    return insulation_conductivity / outer_coefficient


def insulation_helps(diameter, wall_thickness, critical_radius):
    return 0.5 * diameter + wall_thickness > critical_radius


def surge_speed(density, diameter, wall_thickness, wall_modulus):
    """Korteweg's speed of a pressure wave in water in an elastic pipe; the modulus is in gigapascals."""
    bulk = 2.2
    compliance = 1.0 + bulk * diameter / (wall_modulus * wall_thickness)
    return wp.sqrt(1.0e9 * bulk / (density * compliance))


def surge_pressure(density, surge_speed, velocity):
    """Joukowsky's water hammer, in bar."""
    return 1.0e-5 * density * surge_speed * velocity


def free_flow(diameter, fill, channel_slope, manning):
    """Manning's formula in a partly filled pipe."""
    angle = 2.0 * wp.acos(wp.clamp(1.0 - 2.0 * fill, -1.0, 1.0))
    r = 0.5 * diameter
    area = 0.5 * r * r * (angle - wp.sin(angle))
    wetted = wp.max(r * angle, 1.0e-6)
    hydraulic_radius = wp.max(area / wetted, 0.0)
    u = wp.pow(hydraulic_radius, 2.0 / 3.0) * wp.sqrt(channel_slope) / manning
    return wp.max(area, 0.0) * u


def drain_fill(flow_rate, diameter, channel_slope, manning):
    """How full a drain runs, by bisection on Manning's formula."""
    r = 0.5 * diameter
    lo = float(0.0)
    hi = float(5.0)
    for _n in range(20):
        angle = 0.5 * (lo + hi)
        area = 0.5 * r * r * (angle - wp.sin(angle))
        radius = wp.max(area, 0.0) / wp.max(r * angle, 1.0e-6)
        carried = area * wp.pow(radius, 2.0 / 3.0) * wp.sqrt(channel_slope) / manning
        if carried < flow_rate:
            lo = angle
        else:
            hi = angle
    return 0.5 * (1.0 - wp.cos(0.25 * (lo + hi)))


def counterflow_effectiveness(transfer_units, capacity_ratio):
    """Heat exchanger by the number of its transfer units."""
    if capacity_ratio > 0.999:
        return transfer_units / (1.0 + transfer_units)
    decay = wp.exp(-transfer_units * (1.0 - capacity_ratio))
    effectiveness = (1.0 - decay) / (1.0 - capacity_ratio * decay)
    return effectiveness


def parallel_effectiveness(transfer_units, capacity_ratio):
    total = 1.0 + capacity_ratio
    effectiveness = (1.0 - wp.exp(-transfer_units * total)) / total
    return effectiveness


def shell_effectiveness(transfer_units, capacity_ratio):
    """One pass of the shell, two of the tubes."""
    root = wp.sqrt(1.0 + capacity_ratio * capacity_ratio)
    e = wp.exp(-transfer_units * root)
    effectiveness = 2.0 / (1.0 + capacity_ratio + root * (1.0 + e) / wp.max(1.0 - e, 0.01))
    return effectiveness


def exchanged_heat(effectiveness, max_heat):
    heat_rate = effectiveness * max_heat
    return heat_rate


def hydraulic_diameter(duct_width, duct_height):
    return 2.0 * duct_width * duct_height / (duct_width + duct_height)


def suction_margin(static_pressure, vapor_pressure, density, velocity, head_loss):
    """Net positive suction head of a pump."""
    pressure_head = (static_pressure - vapor_pressure) / (9.81 * density)
    velocity_head = velocity * velocity / (2.0 * 9.81)
    return pressure_head + velocity_head - head_loss


def void_fraction(quality, density, gas_density):
    """Zivi's void fraction of two phases in a tube."""
    if quality <= 0.0:
        return 0.0
    ratio = (1.0 - quality) / quality
    return 1.0 / (1.0 + ratio * wp.pow(gas_density / density, 2.0 / 3.0))


def two_phase_drop(pressure_drop, quality, density, gas_density, viscosity):
    """Lockhart and Martinelli's multiplier of turbulent flow."""
    x = wp.clamp(quality, 0.001, 0.999)
    mu_gas = 1.8e-5
    martinelli = wp.pow((1.0 - x) / x, 0.9) * wp.sqrt(gas_density / density) * wp.pow(viscosity / mu_gas, 0.1)
    multiplier = 1.0 + 20.0 / martinelli + 1.0 / (martinelli * martinelli)
    reduced = wp.pow(1.0 - x, 1.75) * pressure_drop
    return wp.min(multiplier * reduced, 1.0e6)


def head_difference(node_head_a, node_head_b):
    return node_head_b - node_head_a


def junction_temperature(inlet_temperature_a, inlet_temperature_b, velocity_a, velocity_b, diameter_a, diameter_b):
    """What two streams of a fluid mix to."""
    flow_a = velocity_a * diameter_a * diameter_a
    flow_b = velocity_b * diameter_b * diameter_b
    outlet_temperature = (flow_a * inlet_temperature_a + flow_b * inlet_temperature_b) / (flow_a + flow_b)
    return outlet_temperature


def sudden_expansion_loss(velocity_a, diameter_a, diameter_b):
    """Borda and Carnot's loss where a pipe widens, Weisbach's where it narrows."""
    ratio = (diameter_a * diameter_a) / (diameter_b * diameter_b)
    head = velocity_a * velocity_a / (2.0 * 9.81)
    if ratio < 1.0:
        return (1.0 - ratio) * (1.0 - ratio) * head
    fitting_loss = 0.5 * (1.0 - 1.0 / ratio) * head
    return fitting_loss
