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
    "astronomy": "amount: kinetic_energy luminosity flux potential; level: speed radial_velocity temperature distance"
    " escape_speed excess_speed luminosity_distance; number: magnitude absolute_magnitude magnification airmass"
    " signal_to_noise; least: orbital_energy hill_radius period; force: acceleration angular_momentum;"
    " place: position sky_offset; motion: velocity",
    "audio": "level: level_db loudness rms; amount: power; number: crest centroid flatness;"
    " signal: wet mixed high oscillator; most: reduction_db amplitude; tally: crossings",
    "biology": "amount: population infected biomass; flow: population_rate predation infection reaction metabolism"
    " biomass_rate elimination input_current membrane_current; level: concentration clearance;"
    " number: mean_fitness heterozygosity divergence; signal: potential_rate",
    "bits": "amount: popcount divisors digit_sum run_total",
    "camera": "level: depth linear_depth luminance circle_of_confusion noise_level exposure_value temperature"
    " chroma; error: reprojection_error; place: point view_point image_point; color: linear_color tone; motion: motion",
    "cloth": "amount: kinetic_energy stretch_energy bend_energy mass area; level: stretch shear tension curvature"
    " speed; force: spring_force elastic_force force; motion: relative_wind acceleration; error: constraint_value;"
    " flow: wetness_rate; pointing: normal",
    "crowds": "level: speed gap; least: waiting_time; amount: score; most: threat win_chance; flow: flow;"
    " motion: acceleration; force: repulsion steering; pointing: facing; tally: damage",
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
    "heat": "flow: heat_flow source heater_power sensible_heat; level: temperature flux_density film_coefficient"
    " vapor_pressure felt_temperature dew_point; amount: enthalpy resistance; signal: temperature_rate;"
    " number: reynolds_number nusselt_number biot_number rayleigh_number; share: liquid_fraction efficiency;"
    " flow: reaction_rate enthalpy_rate; motion: heat_flux",
    "image": "level: luminance saturation edge_strength local_variance color_distance; error: squared_error"
    " quantization_error; most: corner_response; share: mask weight; amount: count; color: adjusted blended composite;"
    " level: smoothed sharpened equalized",
    "learning": "amount: regularization squared_gradient; reward: reward; error: residual td_error; score: score"
    " priority; likelihood: log_partition; number: entropy activation preactivation; share: probability;"
    " signal: gradient; tally: loss",
    "matrices": "amount: cost squared_norm quadratic_form; level: mahalanobis matrix_norm; most: condition"
    " rotation_angle; number: det trace; difference: residual deviation; place: image projected;"
    " slope: gradient; score: kernel_value",
    "molecular": "amount: kinetic_energy bond_energy angle_energy torsion_energy pair_energy term_energy"
    " virial; force: momentum; level: temperature pressure distance; least: free_energy;"
    " amount: boltzmann_weight partition; flow: concentration_rate turnover; share: occupancy transmittance;"
    " level: absorbance",
    "numerics": "amount: finite_part; level: magnitude decibels",
    "optimization": "least: objective merit; score: fitness bid; slope: gradient;"
    " most: step_length; place: iterate; share: acceptance; tally: penalty violation",
    "particles": "amount: kinetic_energy potential_energy mass volume; level: speed; force: momentum force;"
    " motion: acceleration",
    "randoms": "amount: sample_value; level: waiting_time queue_wait barrier_payoff transmitted boundary_value;"
    " signal: energy_change; amount: energy; tally: hits",
    "rigid": "amount: kinetic_energy rotational_energy potential_energy mass volume; level: speed;"
    " least: separation box_gap impact_time; most: bounding_radius tilt; force: momentum"
    " angular_momentum torque contact_force impulse; motion: point_velocity acceleration; flow: power;"
    " difference: rotation_error",
    "robotics": "error: tracking_error cross_track innovation; reward: reward; flow: energy_use;"
    " amount: kinetic_energy; level: goal_distance forward_speed joint_velocity spread; most: joint_torque thrust;"
    " force: thrust_vector body_torque; difference: attitude_error; place: hand tool_point; motion: hand_velocity;"
    " least: manipulability; signal: filtered; tally: control_cost",
    "shading": "level: luminance view_distance; color: radiance diffuse_light specular_light irradiance flux"
    " transmittance inscatter; share: shadow fog_amount penumbra_shadow; level: ambient_level;"
    " pointing: reflection; most: attenuation",
    "shapes": "amount: area signed_volume length_2d edge_length solid_angle angle_defect winding; least: distance"
    " closest_distance aspect_quality hit_distance corner_angle planar_distance; most: circumradius mean_curvature;"
    " place: closest local_point projected curve_point hit_point; force: face_normal; pointing: gradient;"
    " level: strain",
    "solids": "amount: strain_energy mass thermal_energy; level: energy_density pressure von_mises"
    " axial_stress fiber_stretch temperature bending_moment; most: equivalent_strain damage yield_function max_shear"
    " triaxiality wave_speed fatigue_damage crack_growth peak_pressure; least: time_step jacobian buckling_stress;"
    " force: nodal_force traction; level: flow_stress; tally: dissipation",
    "statistics": "likelihood: log_likelihood; amount: loss deviance information; error: residual; signal: z_score"
    " statistic drift effect; share: probability posterior survival cumulative robust_weight; number: leverage skewness"
    " variance; least: p_value; most: hazard; score: log_odds kernel_value",
    "waves": "amount: energy strain_energy; level: intensity pressure level displacement; signal: field acceleration"
    " driving_force; most: magnitude envelope response tone_power ray_time; least: travel_time; share: transmission"
    " reflectance visibility stack_reflectance;"
    " force: traction",
    "weather": "flow: evaporation runoff melt transpiration infiltration percolation solar net_radiation photosynthesis"
    " sensible_heat longwave absorbed_light ground_heat throughfall outflow; level: temperature wind_speed pressure"
    " vapor_pressure vapor_deficit dew_point virtual_temp potential_temp equivalent_temp wet_bulb apparent_temp"
    " soil_temp soil_moisture air_density humidity specific_humidity mixing_ratio; most: gust reflectivity wave_height"
    " turbulence fall_speed hub_speed heat_index drop_speed fuel_moisture buoyant_energy direct_beam; motion: wind"
    " current stress geostrophic_wind; share: cloud_cover snow_fraction; least: cloud_base;"
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
