"""What people put on grids: the quantities of the sheets that spread over space, and what is done with them there."""

from __future__ import annotations

from functools import cache

from .laws import Law, Sheet

_OPERATORS = {
    # What has a value everywhere and changes smoothly from place to place.
    "potential": "gradient gradient laplacian steepness smooth",
    # What diffuses and is carried along as well.
    "carried": "gradient steepness laplacian smooth transport transport",
    "conducted": "gradient steepness laplacian smooth transport conduct conduct",
    # What is looked at where it is high or changes fast.
    "map": "steepness gradient smooth neighborhood",
    "peaky": "neighborhood neighborhood smooth",
    "soft": "smooth",
    "terrain": "gradient steepness curvature neighborhood smooth",
    "picture": "gradient steepness laplacian smooth smooth neighborhood",
    # Vectors.
    "flux": "divergence divergence smooth",
    "swirl": "divergence curl smooth",
    "flow": "divergence curl disagreement smooth laplacian",
    "color": "smooth",
}
"""The operators for each kind of field."""

_FIELDS = {
    "camera": "map: depth linear_depth; peaky: circle_of_confusion",
    "color": "picture: luminance; color: linear_color",
    "electromagnetics": "map: field_strength energy_density; swirl: current_density; flux: poynting",
    "fluids": "carried: density turbulent_energy volume_fraction; map: speed; soft: eddy_viscosity;"
    " peaky: q_criterion strain_magnitude; swirl: vorticity; flux: momentum",
    "heat": "conducted: phase_temperature enthalpy; map: liquid_fraction surface_temperature;"
    " peaky: reaction_rate source; flux: heat_flux",
    "image": "picture: luminance; peaky: color_distance delta_e corner_response edge_strength local_variance;"
    " color: composite",
    "shading": "picture: luminance; color: radiance; soft: shadow",
    "solids": "peaky: von_mises equivalent_strain yield_function energy_density; map: pressure",
    "terrain": "map: slope hillshade; peaky: incision stable_slope wetness_index",
    "waves": "peaky: intensity; map: wave_speed level",
    "weather": "carried: potential_temp virtual_temp specific_humidity mixing_ratio vapor_pressure equivalent_temp;"
    " potential: pressure air_density sea_density; map: wind_speed soil_moisture; peaky: reflectivity gust"
    " wet_bulb apparent_temp wave_height heat_index fuel_moisture evaporation; flow: wind current; swirl: stress",
}
"""Of each sheet the fields, by their kind."""

_SPREADING = {
    "biology": "population prey predator infected",
    "enzymes": "substrate protein biomass",
    "neurons": "potential excitation",
    "patterns": "fuel_gas catalyst morphogen substance activator suppressor iodide chlorite excitability bromous cerium"
    " membrane order ice tumor oxygen drug water plants colony nutrient attractant nitrate phytoplankton zooplankton"
    " infected burning_temp fuel amplitude species pollutant tissue_temp",
    "fluids": "vorticity turbulent_energy concentration",
    "heat": "temperature",
    "weather": "soil_moisture surface_temp wind",
}
"""Of each sheet the states that spread to the cells beside them."""

_EXCHANGED = {
    "biology": "migration",
    "neurons": "gap_current",
    "cloth": "spring_force correction",
    "circuits": "link_current",
    "fluids": "flux",
    "heat": "heat_flow",
    "shallow_water": "water_flux",
    "solids": "heat_flow",
    "waves": "coupling_force",
    "weather": "heat_exchange groundwater_flow",
}
"""Of each sheet what neighboring cells exchange."""

_PLACED = frozenset(
    {
        *("position", "observer", "distance", "wall_unit", "wall_distance", "observation_angle", "radial_distance"),
        "axial_distance",
    }
)
"""What a law takes that says where: the cells of a grid need not be told."""


@cache
def _fields(sheet: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for part in filter(None, _FIELDS.get(sheet, "").split("; ")):
        kind, _, names = part.partition(": ")
        for name in names.split():
            found[name] = tuple(_OPERATORS[kind].split())
    return found


def operators(field: Sheet, law: Law) -> tuple[str, ...]:
    """What is done on grids with what a law gives, the usual more than once; nothing if it is no field."""
    if len(law.gives) != 1 or _PLACED & set(law.takes):
        return ()
    return _fields(field.name).get(law.gives[0], ())


def spreads(field: Sheet, base: str) -> bool:
    """Whether a state spreads from cell to cell."""
    return base in _SPREADING.get(field.name, "").split()


def is_exchanged(field: Sheet, law: Law) -> bool:
    """Whether neighboring cells exchange what a law of pairs gives."""
    return len(law.gives) == 1 and law.gives[0] in _EXCHANGED.get(field.name, "").split()
