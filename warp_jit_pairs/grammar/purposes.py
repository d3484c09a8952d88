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
    "animation": "error: pose_error; level: twist_angle swing_angle joint_opening foot_height; least: matching_cost;"
    " place: tip skinned_point elbow_position",
    "antennas": "level: received_level path_loss link_margin off_axis; number: gain_decibels array_gain;"
    " amount: received_power echo_power link_capacity; most: sidelobe_level bit_error_rate rain_loss diffraction_loss",
    "astronomy": "amount: luminosity received_flux; level: temperature distance luminosity_distance lifetime mean_flux;"
    " number: magnitude absolute_magnitude magnification airmass signal_to_noise; least: angular_distance;"
    " most: transit_depth in_transit_depth; place: sky_offset; pointing: sky_direction galactic_direction",
    "audio": "level: level_db; most: reduction_db look_ahead_gain; signal: wet mixed high declicked read_delay;"
    " number: response stereo_correlation",
    "biology": "amount: population infected biomass; flow: population_rate predation infection metabolism biomass_rate"
    " photosynthesis degree_days; number: diversity evenness rarefied_richness; most: effective_reproduction",
    "bits": "amount: popcount divisors digit_sum",
    "bonds": "price: bond_price risky_price cash_flow_value; number: duration convexity; level: solved_yield"
    " par_swap_rate internal_return; amount: loan_payment remaining_balance; most: default_swap_spread prepayment;"
    " least: default_distance",
    "camera": "level: depth linear_depth; most: circle_of_confusion depth_uncertainty; error: reprojection_error"
    " epipolar_error; place: view_point image_point triangulated hit_point; motion: motion",
    "circuits": "amount: capacitor_energy coil_energy delivered_power; flow: power drain_current diode_current;"
    " level: current open_circuit_voltage terminal_voltage regulated_voltage rms_voltage thermistor_temperature"
    " bridge_voltage; number: filter_response power_factor standing_wave_ratio; least: resonant_frequency;"
    " most: rise_time",
    "cloth": "amount: kinetic_energy stretch_energy; level: stretch tension curvature speed edge_length;"
    " force: spring_force wind_force; motion: relative_wind acceleration; error: constraint_value; least: impact_time",
    "color": "level: luminance noise_level exposure_value temperature chroma; most: color_difference;"
    " color: linear_color tone graded balanced; share: chroma_key",
    "crowds": "level: crowd_speed; least: time_to_goal collision_time; flow: flow; most: crowd_pressure step_frequency;"
    " motion: acceleration; force: repulsion steering wall_push; pointing: facing",
    "electromagnetics": "amount: energy_density source_potential dipole_energy; level: field_strength axial_field"
    " cable_field magnetization; force: source_field source_b_field segment_b_field torque induced_dipole poynting;"
    " share: slab_transmission",
    "enzymes": "flow: reaction net_reaction biomass_rate protein_rate; amount: biomass; level: free_ligand response;"
    " share: bound_fraction ph_activity; most: initial_rate thermal_activity",
    "fabric": "amount: strain_energy bend_energy mass area tension_field_energy neo_hookean_energy baraff_condition;"
    " level: shear shear_angle warp_stretch; force: membrane_force; pointing: normal;"
    " most: area_stretch quadratic_bending",
    "finance": "amount: market_value; reward: pnl; price: mid_price fill_price volume_average; level:"
    " realized_volatility portfolio_volatility drawdown; most: value_at_risk expected_shortfall; score: sharpe"
    " signal; tally: fee tax tier_fee margin; least: impermanent_loss",
    "fluids": "amount: kinetic_energy turbulent_energy mass; level: speed pressure total_pressure density"
    " friction_velocity; force: momentum particle_drag; most: courant_number strain_magnitude q_criterion;"
    " most: wall_reynolds; motion: vorticity acceleration; signal: divergence;"
    " share: volume_fraction; least: viscous_step_limit",
    "games": "amount: damage; most: threat board_value; likelihood: win_chance; tally: score experience_gain wounds"
    " match_points placement_bonus",
    "gas_flow": "level: pressure sound_speed total_pressure total_temperature molar_volume; amount: mass_flow;"
    " amount: pump_flow; most: mach reynolds pressure_drop hammer_surge star_pressure minor_loss;"
    " number: friction_factor heat_transfer",
    "genetics": "number: mean_fitness heterozygosity divergence polygenic_score; most: association_score lod_score"
    " linkage_disequilibrium odds_ratio; score: chi_squared; level: map_distance",
    "geodesy": "level: distance normal_gravity dipole_field geodetic_height; amount: travel_time; most: horizon"
    " map_scale distortion cross_track; place: ecef local_offset map_point; motion: ground_velocity",
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
    "navigation": "level: pressure_altitude variance allan_deviation major_axis; error: range_residual"
    " range_difference; difference: innovation; motion: specific_force; tally: step_count; most: ionospheric_delay"
    " tropospheric_delay satellite_elevation",
    "neurons": "flow: input_current membrane_current nmda_current calcium_current synaptic_current; level: firing_rate"
    " nernst_potential interval_variation; signal: potential_rate synaptic_sum; share: cable_attenuation",
    "numerics": "amount: finite_part; level: magnitude decibels",
    "optimization": "least: objective merit; score: fitness bid; slope: gradient;"
    " most: step_length; place: iterate; share: acceptance; tally: penalty violation",
    "options": "price: option_price forward american_price; amount: delta gamma vega theta; level: implied"
    " smile_volatility sabr_volatility; reward: sampled_payoff straddle_profit intrinsic_value",
    "orbits": "amount: kinetic_energy; level: speed radial_velocity orbital_speed excess_speed; least: orbital_energy"
    " hill_radius period delta_v jacobi_constant; force: acceleration angular_momentum; place: position orbit_position;"
    " motion: velocity",
    "particles": "amount: kinetic_energy potential_energy mass volume; level: speed; force: momentum force;"
    " motion: acceleration",
    "pharmacology": "level: concentration clearance filtration lean_mass surface_area exposure half_life time_above;"
    " most: peak_level; amount: adjusted_dose loading_dose; share: survival_fraction; signal: response_rate",
    "plasma": "amount: kinetic_energy potential_energy; level: speed; force: lorentz_force; motion: acceleration"
    " exb_drift drift_velocity gradient_drift; number: plasma_beta magnetic_moment; most: gyroradius plasma_frequency;"
    " least: debye_length; share: ionization_fraction",
    "queues": "least: waiting_time look_ahead_time; tally: elevator_cost deadline_misses;"
    " most: utilization sampled_waits; share: erlang_wait finite_queue_loss blocking",
    "randoms": "amount: sample_value; level: waiting_time; signal: energy_change; amount: energy; tally: hits",
    "rigid": "amount: kinetic_energy rotational_energy potential_energy mass volume; level: speed;"
    " least: separation; most: bounding_radius tilt normal_impulse; force: momentum angular_momentum torque"
    " contact_force impulse; motion: point_velocity acceleration; flow: power; difference: rotation_error",
    "robotics": "error: tracking_error cross_track innovation; reward: reward; flow: energy_use;"
    " amount: kinetic_energy; level: goal_distance forward_speed joint_velocity spread; most: joint_torque thrust;"
    " force: thrust_vector body_torque; difference: attitude_error; place: hand tool_point; motion: hand_velocity;"
    " least: manipulability; signal: filtered; tally: control_cost",
    "shading": "level: luminance view_distance; color: radiance diffuse_light specular_light irradiance flux"
    " transmittance; share: visibility shadow fog_amount; pointing: reflection; most: attenuation",
    "shallow_water": "level: bore_depth critical_depth dam_break_depth jump_depth; most: froude_number wave_speed;"
    " least: stable_dt; flow: bed_load culvert_flow infiltrated",
    "shapes": "amount: area signed_volume length_2d edge_length solid_angle angle_defect winding; least: distance"
    " aspect_quality hit_distance corner_angle planar_distance; most: circumradius mean_curvature; place: closest"
    " local_point projected curve_point hit_point; force: face_normal; pointing: gradient; level: strain",
    "solids": "amount: strain_energy mass thermal_energy; level: energy_density pressure von_mises"
    " axial_stress fiber_stretch temperature; most: equivalent_strain damage yield_function max_shear triaxiality"
    " wave_speed; least: time_step jacobian; force: nodal_force traction; level: flow_stress; tally: dissipation",
    "sound_analysis": "level: loudness rms gated_loudness bin_magnitude; amount: power; number: crest centroid"
    " flatness bark mel; tally: crossings; most: spectral_flux spectral_peak reverberation_time"
    " masking_threshold",
    "sph": "amount: kinetic_energy mass; level: speed pressure summed_density; force: momentum boundary_push;"
    " motion: acceleration; least: stable_step; tally: foam_potential",
    "statistics": "likelihood: log_likelihood; amount: loss deviance information; error: residual; signal: z_score"
    " statistic; share: probability posterior survival cumulative robust_weight; number: leverage skewness variance;"
    " least: p_value; most: hazard; score: log_odds kernel_value",
    "sunlight": "level: irradiance panel_irradiance clear_sky cell_temperature sun_elevation day_length;"
    " flow: panel_power; amount: day_energy; most: shadow_length air_mass; share: incidence diffuse_fraction",
    "synthesis": "signal: oscillator stacked wavetable struck_modes; level: note_frequency adsr_level; most: beat"
    " roughness",
    "terrain": "level: slope hillshade channel_depth climb; flow: incision; most: relief curvature wetness_index"
    " pit_depth horizon_angle window_range; least: stable_slope; amount: path_cost",
    "traffic": "flow: road_flow cell_inflow fuel_use; least: collision_time braking_gap; most: webster_delay"
    " stopping_distance; level: wanted_gap mean_headway",
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


_AT_ONCE = frozenset(
    {
        "image",
        "shading",
        "shapes",
        "camera",
        "color",
        "bits",
        "matrices",
        "numerics",
        "statistics",
        "geodesy",
        "terrain",
    }
)
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
