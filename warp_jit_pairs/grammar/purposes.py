"""What people do with the values of a quantity: which sums, means and extrema of it mean something."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .laws import Law, Sheet

_KINDS = {
    # What there is of a thing: it adds up.
    "amount": ("total total mean largest above spread", "largest smoothed"),
    "tally": ("total total mean largest", "cumulative"),
    # What flows or is used per time.
    "flow": ("total mean largest above", "cumulative integral smoothed largest streak"),
    # What is measured, and compared with limits.
    "level": ("mean weighted largest smallest spread extent above against", "smoothed largest smallest streak change"),
    "signal": ("rms largest smallest spread extent", "smoothed rms variation change largest"),
    # Numbers without a dimension.
    "number": ("mean largest smallest spread extent", ""),
    "error": ("rms rms spread above", "rms smoothed"),
    "share": ("mean weighted largest smallest above", "smoothed streak"),
    "likelihood": ("total total mean log_sum", "cumulative"),
    "score": ("largest smallest runner_up mean spread log_sum", ""),
    "least": ("smallest smallest mean extent", ""),
    "most": ("largest largest mean runner_up", ""),
    "price": ("weighted mean largest smallest", "smoothed largest smallest drawdown change"),
    "reward": ("total mean largest", "cumulative discount"),
    # Vectors.
    "force": ("total total longest rms", "integral longest"),
    "motion": ("mean longest rms", "smoothed longest"),
    "place": ("mean weighted weighted extent extent", "variation smoothed"),
    "pointing": ("mean weighted", "smoothed"),
    "color": ("mean weighted total", "smoothed"),
    "difference": ("rms longest", "rms"),
    "slope": ("mean total longest rms", "smoothed"),
}
"""For each kind of quantity how values of many elements are put together, and how those of one over time."""

_QUANTITIES = {
    "agents": "reward: discounted_return step_reward; error: td_error; score: bound; signal: advantage;"
    " amount: divergence regret; tally: value_loss; level: expected_value",
    "astronomy": "amount: kinetic_energy luminosity flux potential; level: speed radial_velocity temperature distance"
    " escape_speed excess_speed luminosity_distance; number: magnitude absolute_magnitude magnification airmass"
    " signal_to_noise; least: orbital_energy hill_radius period; force: acceleration angular_momentum;"
    " place: position sky_offset; motion: velocity",
    "audio": "level: level_db loudness rms; amount: power; number: crest centroid flatness;"
    " signal: wet mixed high oscillator; most: reduction_db amplitude; tally: crossings",
    "biology": "amount: population infected biomass; flow: population_rate predation infection reaction metabolism"
    " biomass_rate elimination input_current membrane_current; level: concentration clearance;"
    " number: mean_fitness heterozygosity divergence; signal: potential_rate",
    "bits": "amount: popcount divisors digit_sum",
    "buildings": "flow: heat_loss heater_power solar_gain electric_power radiator_output fan_power;"
    " level: operative_temperature felt_temperature dew_point wet_bulb surface_temperature sol_air vapor_pressure;"
    " number: performance air_changes; share: shaded_share lamp_level infection_risk; most: dissatisfied mold_index"
    " infiltration; signal: predicted_vote temperature_rate; amount: degree_days",
    "camera": "level: depth linear_depth luminance circle_of_confusion noise_level exposure_value temperature"
    " chroma; error: reprojection_error; place: point view_point image_point; color: linear_color tone; motion: motion",
    "cloth": "amount: kinetic_energy stretch_energy bend_energy mass area; level: stretch shear tension curvature"
    " speed; force: spring_force elastic_force force; motion: relative_wind acceleration; error: constraint_value;"
    " flow: wetness_rate; pointing: normal",
    "chemistry": "flow: reaction_rate concentration_rate turnover heat_release; share: occupancy vapor_fraction;"
    " level: vapor_pressure ph coverage; number: compressibility activity_coefficient equilibrium_ratio;"
    " signal: current_density; least: waiting_time; amount: peak_area dissolved",
    "crowds": "level: speed gap; least: waiting_time; amount: score; most: threat win_chance; flow: flow;"
    " motion: acceleration; force: repulsion steering; pointing: facing; tally: damage",
    "drones": "amount: kinetic_energy lift; force: thrust_vector body_torque drag_force; difference: attitude_error;"
    " flow: hover_power; level: indicated_airspeed altitude_measured vibration_level; most: thrust lift_coefficient;"
    " least: terminal_voltage",
    "electromagnetics": "amount: kinetic_energy potential potential_energy energy_density; level: speed field_strength"
    " current; flow: power; force: electric_field magnetic_field lorentz_force torque dipole_moment;"
    " motion: acceleration drift_velocity; number: plasma_beta standing_wave_ratio gain_decibels",
    "finance": "amount: market_value exposure; reward: pnl; price: option_price mid_price bond_price forward;"
    " level: volatility credit_spread drawdown; amount: delta gamma vega theta; number: duration convexity;"
    " most: value_at_risk; score: sharpe signal; tally: fee",
    "fluids": "amount: kinetic_energy turbulent_energy mass; level: speed pressure total_pressure density"
    " friction_velocity; force: momentum; most: courant_number mach_number froude_number wave_speed vorticity_magnitude"
    " strain_magnitude q_criterion; number: reynolds_number; motion: vorticity acceleration; signal: divergence;"
    " share: volume_fraction",
    "geodesy": "level: slope distance speed irradiance hillshade sun_elevation variance; flow: erosion;"
    " amount: travel_time; most: horizon curvature wetness_index map_scale distortion; error: cross_track"
    " range_residual; difference: innovation; place: ecef local_offset map_point;"
    " motion: ground_velocity specific_force",
    "heat": "flow: heat_flow heat_loss source absorbed_flux sensible_heat; level: temperature exact_temperature"
    " surface_temperature mean_temperature flux_density; amount: resistance; signal: temperature_rate;"
    " number: biot_number; share: liquid_fraction; flow: reaction_rate; motion: heat_flux; error: temperature_error;"
    " most: front_depth ice_thickness thermal_dose",
    "image": "level: luminance saturation edge_strength local_variance color_distance; error: squared_error"
    " quantization_error; most: corner_response; share: mask conductance; amount: bright_count transitions;"
    " color: adjusted blended composite; level: smoothed sharpened stretched median kuwahara tone;"
    " most: delta_e; score: similarity",
    "learning": "error: residual; score: score similarity overlap dice; likelihood: log_partition; amount: divergence;"
    " number: entropy activation; share: probability attention; signal: logit_gradient; tally: loss",
    "matrices": "amount: cost squared_norm quadratic_form; level: mahalanobis matrix_norm log_volume; most: condition"
    " rotation_angle; number: det trace; difference: residual deviation; place: image projected;"
    " slope: gradient; score: kernel_value",
    "molecular": "amount: kinetic_energy bond_energy angle_energy torsion_energy pair_energy improper_energy"
    " triple_energy embedding_energy virial; force: momentum arm_force; level: distance; most: torsion_torque",
    "numerics": "amount: finite_part integral series_sum; level: magnitude decibels lookup; most: row_deviation",
    "optimization": "least: objective merit test_value; score: fitness bid packed_profit; slope: gradient;"
    " most: step_length; place: iterate; share: acceptance; tally: penalty violation",
    "particles": "amount: kinetic_energy potential_energy mass volume; level: speed; force: momentum force;"
    " motion: acceleration",
    "pipes": "flow: heat_rate pumping_power flow_rate; number: reynolds_number prandtl_number nusselt_number"
    " friction_factor; most: pressure_drop surge_pressure entrance_length; least: suction_margin;"
    " level: outlet_temperature delivered_temperature film_coefficient; share: effectiveness void_fraction",
    "randoms": "amount: sample_value; level: waiting_time; signal: energy_change; amount: energy; tally: hits",
    "rigid": "amount: kinetic_energy rotational_energy potential_energy mass volume; level: speed;"
    " least: separation; most: bounding_radius tilt normal_impulse; force: momentum angular_momentum torque"
    " contact_force impulse; motion: point_velocity acceleration; flow: power; difference: rotation_error",
    "robotics": "error: tracking_error; reward: reward; flow: energy_use heat_loss; level: reference_speed"
    " output_torque; most: joint_torque spring_torque; place: tool_point; least: effort_left; tally: control_cost;"
    " signal: friction_torque",
    "shading": "level: luminance view_distance; color: radiance diffuse_light specular_light irradiance flux"
    " transmittance; share: visibility shadow fog_amount; pointing: reflection; most: attenuation",
    "shapes": "amount: area signed_volume length_2d edge_length solid_angle angle_defect winding; least: distance"
    " aspect_quality hit_distance corner_angle planar_distance; most: circumradius mean_curvature; place: closest"
    " local_point projected curve_point hit_point; force: face_normal; pointing: gradient; level: strain",
    "solids": "amount: strain_energy mass thermal_energy; level: energy_density pressure von_mises"
    " axial_stress fiber_stretch temperature; most: equivalent_strain damage yield_function max_shear triaxiality"
    " wave_speed; least: time_step jacobian; force: nodal_force traction; level: flow_stress; tally: dissipation",
    "spectra": "amount: absorbance line_strength equivalent_width mean_energy partition; share: transmittance"
    " population transfer_efficiency intensity; level: line_shape fluorescence spectral_radiance;"
    " most: half_width coupling; signal: signal",
    "statistics": "likelihood: log_likelihood; amount: loss deviance information; error: residual; signal: z_score"
    " statistic; share: probability posterior survival cumulative robust_weight; number: leverage skewness variance;"
    " least: p_value; most: hazard; score: log_odds kernel_value",
    "training": "amount: regularization squared_gradient; level: step_size",
    "rovers": "error: cross_track; level: goal_distance measured_speed; least: clear_width; share: occupied_chance;"
    " amount: path_length; most: safe_speed",
    "vehicles": "flow: drive_power energy_use fuel_rate; most: brake_distance lateral_force slip_ratio engine_torque;"
    " least: collision_time; level: followed_speed rollover_speed; signal: following; force: drag_force",
    "waves": "amount: energy strain_energy; level: intensity pressure level displacement; signal: field acceleration"
    " driving_force; most: magnitude envelope response; least: travel_time; share: transmission reflectance visibility;"
    " force: traction",
    "weather": "flow: evaporation runoff melt transpiration infiltration percolation solar net_radiation photosynthesis"
    " sensible_heat longwave absorbed_light ground_heat; level: temperature wind_speed pressure vapor_pressure"
    " vapor_deficit dew_point virtual_temp potential_temp equivalent_temp wet_bulb apparent_temp soil_temp"
    " soil_moisture air_density humidity specific_humidity mixing_ratio; most: gust reflectivity wave_height"
    " turbulence fall_speed; motion: wind current stress; share: cloud_cover snow_fraction; least: cloud_base;"
    " level: speed_of_sound sea_density",
}
"""Of each sheet the quantities that kernels sum up, by their kind."""

_STILL = frozenset(
    {
        *("mass", "inverse_mass", "area", "volume", "radius", "thickness", "diameter", "charge", "density", "height"),
        *("latitude", "longitude", "elevation", "capacity", "body_weight", "age", "inertia", "element_size", "depth"),
        *("oscillator_strength", "line_center", "rest_length", "yield_strength", "hardening", "absorption", "albedo"),
        *(
            "conductivity",
            "stiffness",
            "porosity",
            "curve_number",
            "strike",
            "maturity",
            "notional",
            "half_extents",
            "extents",
        ),
    }
)


_AT_ONCE = frozenset({"image", "shading", "shapes", "camera", "bits", "matrices", "numerics", "statistics", "geodesy"})
"""Fields whose elements are no series in time."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """How values of many elements are put together, and how those of one element over time."""

    across: dict[str, float]
    over_time: dict[str, float]


def _weights(names: str) -> dict[str, float]:
    words = names.split()
    return {word: float(words.count(word)) for word in words}


@cache
def _purposes(sheet: str) -> dict[str, Purpose]:
    found = {}
    for part in filter(None, _QUANTITIES.get(sheet, "").split("; ")):
        kind, _, names = part.partition(": ")
        across, over_time = _KINDS[kind]
        for name in names.removesuffix(";").split():
            found[name] = Purpose(_weights(across), _weights(over_time) if sheet not in _AT_ONCE else {})
    return found


_FLAG = Purpose({"flagged": 1.0}, {})


def purpose(field: Sheet, law: Law) -> Purpose | None:
    """What values of a law are good for; None where nobody would put them together."""
    name = law.gives[0]
    if field.quantity(name).type == "bool":
        return _FLAG if field.name not in ("bits", "numerics") else None
    return _purposes(field.name).get(name)


def is_still(field: Sheet, name: str) -> bool:
    """Whether a state is the same at all times."""
    term = field.term(name)
    return term.base in _STILL or term.prefix in ("rest", "initial")


def varying(field: Sheet, law: Law) -> frozenset[str]:
    """What a law takes that is not the same for all elements."""
    names = {name for name in law.takes if name != "rng"}
    return frozenset(name for name in names if field.quantity(name).where in ("state", "result"))


def related(field: Sheet, law: Law, given: set[str], known: set[str]) -> bool:
    """Whether a law goes on with what a kernel has worked out, or works from the same values."""
    own = varying(field, law)
    new = own - known - given
    used = own & given
    if not own or len(new) > 1 or set(law.gives) & (given | known):
        return False
    # One shared input is no kinship, unless it is all that there is.
    return bool(used) or len(own & known) > 1 or own == known
