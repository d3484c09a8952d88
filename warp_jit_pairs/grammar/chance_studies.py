"""Kernels that draw at random around a law: instruments that measure its value, samples of it, events of its chance."""

from __future__ import annotations

from functools import cache

from warp_jit_pairs import types as t

from .chance_laws import uncertain
from .kernel import Kernel
from .law_numbers import chosen, gives_number, numbers_taken, span, word_of
from .laws import Law, Sheet, sheet
from .likely import middle
from .names import plural
from .randoms import between
from .scene import NoValue, Scene
from .studies import depth_of, spoken, store, study, threads
from .topics import laws_of
from .tree import Expr

_INSTRUMENTS = {
    "antennas": "received_power received_level echo_power",
    "astronomy": "magnitude received_flux transit_flux altitude azimuth angular_distance spectral_radiance",
    "audio": "level_db",
    "buildings": "electric_power heater_power fan_power operative_temperature surface_temperature vapor_pressure"
    " stack_flow",
    "camera": "depth linear_depth ground_distance",
    "circuits": "bridge_voltage capacitor_voltage current diode_current drain_current open_circuit_voltage"
    " terminal_voltage regulated_voltage rms_voltage ringing_voltage solar_current delivered_power"
    " thermistor_temperature diode_voltage",
    "crowds": "crowd_speed flow",
    "drones": "altitude_measured vertical_acceleration vibration_level terminal_voltage thrust",
    "fluids": "speed total_pressure",
    "gas_flow": "mass_flow orifice_flow pressure pressure_drop total_pressure total_temperature",
    "geodesy": "bearing distance",
    "heat": "heat_flow surface_temperature absorbed_flux phase_temperature",
    "navigation": "magnetic_heading pressure_altitude satellite_elevation",
    "neurons": "calcium_current membrane_current synaptic_current nmda_current",
    "orbits": "radial_velocity speed",
    "pharmacology": "concentration",
    "pipes": "outlet_temperature delivered_temperature pressure_drop driven_velocity",
    "rigid": "speed",
    "robotics": "output_torque",
    "rovers": "bearing goal_distance",
    "shallow_water": "wave_speed bore_depth culvert_flow",
    "sound_analysis": "rms_level",
    "spectra": "absorbance intensity transmittance spectral_radiance",
    "sunlight": "irradiance panel_irradiance panel_power cell_temperature",
    "terrain": "interpolated_height",
    "traffic": "road_flow",
    "vehicles": "drive_power wheel_force engine_torque",
    "waves": "intensity level pressure displacement acceleration magnitude reflectance",
    "weather": "evaporation fall_speed hub_speed level_temp pressure runoff specific_humidity temperature"
    " vapor_pressure wave_height wind_direction wind_speed",
}
"""Of each sheet the quantities that there is an instrument for."""


_OFFSET = ("temp", "direction", "azimuth", "bearing", "heading", "elevation", "altitude", "height", "level", "velocity")
"""Quantities whose zero is nothing special: parts of their names."""


def _measured(field: Sheet, law: Law) -> bool:
    return gives_number(field, law) and law.gives[0] in _INSTRUMENTS.get(field.name, "").split()


@cache
def _laws_measured() -> tuple[tuple[str, Law], ...]:
    return tuple((name, law) for name, law in laws_of("", False, False) if _measured(sheet(name), law))


@study(
    "what an instrument reads of a law's value: noise, bias, outliers, steps",
    "random:2.3 math:0.3",
    grows=2.0,
)
def measure(k: Kernel, category: str) -> None:
    if k.real is not t.F32:
        raise NoValue("draws of doubles")
    rng = k.rng
    name, law = rng.choose(_laws_measured())
    scene = Scene(k, sheet(name), depth_of(k))
    threads(scene, category, law, 2)
    word = word_of(scene, law.gives[0])
    exact = k.let(scene.names.local(scene.sheet.term(law.gives[0])), scene.apply(law, scene.depth, named=False)[0])
    low, high = middle(scene.likely(law.gives[0]), 0.05) or span(scene, law.gives[0], exact)
    width = high - low or 1.0
    state = scene.generator()
    k.gap()
    kinds = f"=noise_std {word}_noise sigma noise_sigma {word}_std"
    noise: Expr
    size = exact if low >= 0.0 else k.call("abs", exact)
    # Of angles and degrees Celsius there is no part.
    scaled = 0.0 if any(part in law.gives[0] for part in _OFFSET) else 1.0
    how = rng.weighted({"same": 4.0, "relative": 1.5 * scaled, "both": 1.0 * scaled})
    draw = k.call("randn", state)
    if how == "relative":
        noise = k.scalar("=rel_noise noise_frac rel_error", k.real, 0.01, 0.1) * size * draw
    elif how == "both":
        floor = k.scalar(f"=noise_floor {word}_floor", k.real, 0.001 * width, 0.01 * width)
        slope = k.scalar("=rel_noise noise_frac", k.real, 0.01, 0.1)
        noise = k.let("=sigma std noise_std", floor + slope * size) * draw
    else:
        noise = k.scalar(kinds, k.real, 0.005 * width, 0.05 * width) * draw
    total = exact + noise
    if rng.chance(0.3):
        site = scene.sites[""]
        total = total + k.array(f"=sensor_bias bias {word}_bias", k.real, site.dims, low=-0.1, high=0.1)[site.index]
    reading = k.variable(f"=reading measured noisy_{word} measured_{word} obs", total, False)
    _spoilt(scene, word, reading, state, low, width)
    _shown(scene, word, reading, low, width)
    if rng.chance(0.25):
        true = k.array(f"=true_{word} {word}_true exact_{word}", k.real, scene.sites[""].dims, "out")
        k.set(true[scene.sites[""].index], exact)
    e = scene.names.entity
    k.titles = (
        *(f"simulate_{word}_sensor", f"measure_{word}", f"noisy_{word}", f"simulate_{word}_readings"),
        *(f"add_{word}_noise", f"synthesize_{word}", f"observe_{plural(e)}", f"sense_{word}"),
    )
    k.about = f"Simulate noisy measurements of the {spoken(law.gives[0])} of each {e.replace('_', ' ')}."


def _spoilt(scene: Scene, word: str, reading: Expr, state: Expr, low: float, width: float) -> None:
    """What goes wrong with a reading now and then."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    how = rng.weighted({"": 4.0, "outlier": 1.5, "lost": 1.5})
    if how == "outlier":
        chance = k.scalar("=outlier_prob p_outlier spike_prob", k.real, 0.01, 0.2)
        size = k.scalar("=outlier_scale spike_size outlier_std", k.real, 0.2 * width, width)
        with k.when(k.call("randf", state) < chance):
            k.augment(reading, "+", size * k.call("randn", state))
    elif how == "lost":
        chance = k.scalar("=dropout_prob p_drop loss_rate miss_prob", k.real, 0.05, 0.3)
        lost = k.let("=dropped lost missed", k.call("randf", state) < chance)
        if rng.chance(0.5):
            names = f"=last_{word} prev_{word} last_reading"
            last = k.array(names, k.real, site.dims, low=low, high=low + width)
            with k.when(lost):
                k.set(reading, last[site.index])
        else:
            with k.when(lost):
                k.set(reading, 0.0)
            valid = k.array("=valid is_valid valid_out", t.I32, site.dims, "out")
            k.set(valid[site.index], k.where(lost, k.integer(0), k.integer(1)))
    k.shared.differentiable = False


def _shown(scene: Scene, word: str, reading: Expr, low: float, width: float) -> None:
    """A reading as the instrument gives it."""
    k, rng = scene.k, scene.rng
    site = scene.sites[""]
    names = f"=measured_{word} {word}_readings noisy_{word}_out {word}_obs sensor_{word}"
    how = rng.weighted({"": 4.0, "steps": 1.5, "range": 1.5})
    shown = reading
    if how == "steps":
        step = k.scalar("=resolution quant_step lsb", k.real, 0.01, 0.1)
        shown = k.call("round", reading / step) * step
    elif how == "range":
        word = rng.choose((word, "range", "sensor"))
        least = k.scalar(f"=!min_{word}", k.real, low, low + 0.2 * width)
        most = k.scalar(f"=!max_{word}", k.real, low + 0.6 * width, low + width)
        shown = k.call("clamp", reading, least, most)
    k.set(k.array(names, k.real, site.dims, "out")[site.index], shown)


def _drawn(field: Sheet, law: Law) -> bool:
    """Whether a law is one of which samples can be made by drawing what it takes."""
    return bool(_varied(field, law))


def _varied(field: Sheet, law: Law) -> list[str]:
    """The numbers that an element has of its own, of a law whose inputs can be drawn."""
    if not uncertain(field, law):
        return []
    return [name for name in numbers_taken(field, law) if field.quantity(name).where in ("state", "group")]


@study(
    "samples of a law: what it takes is drawn, and its value kept with it",
    "random:1 math:0.3 combined:0.3",
    grows=1.5,
)
def draw_samples(k: Kernel, category: str) -> None:
    if k.real is not t.F32:
        raise NoValue("draws of doubles")
    rng = k.rng
    scene, law = chosen(k, _drawn)
    field = scene.sheet
    threads(scene, category, law, 2)
    if scene.records is not None:
        raise NoValue("structs that are read")
    names = _varied(field, law)
    # What one element has of its own is drawn together, unless it is much.
    kept = names if len(names) < 5 else [name for name in names if rng.chance(0.6)] or names[:1]
    state = scene.generator()
    site = scene.sites[""]
    e = scene.names.entity
    form = rng.choose((("min_{}", "max_{}"), ("{}_min", "{}_max"), ("{}_lo", "{}_hi")))
    for name in kept:
        row, word = field.quantity(name), word_of(scene, name)
        low, high = row.low, row.high
        over_decades = low > 0.0 and high / low > 50.0 and rng.chance(0.4)
        first, last = _ends(scene, form, word, low, high)
        if over_decades:
            value = first * k.call("pow", last / first, k.call("randf", state))
        else:
            value = between(k, state, first, last)
        scene.held[name] = k.let(scene.names.local(field.term(name)), value)
    k.gap()
    result = scene.apply(law, 0)[0]
    k.gap()
    for name in kept:
        held = scene.held[name]
        assert isinstance(held, Expr)
        store(scene, field.term(name), held)
    target = len(kept) > 1 and rng.chance(0.35)
    word = word_of(scene, law.gives[0])
    if target:
        label = k.array("=labels targets y_out", k.real, site.dims, "out")[site.index]
        if rng.chance(0.4):
            result = result + k.scalar("=label_noise noise_std sigma", k.real, 0.01, 0.1) * k.call("randn", state)
        k.set(label, result)
    else:
        store(scene, field.term(law.gives[0]), result)
    what = law.name
    many = plural(e)
    made = (f"sample_{many}", f"generate_{many}", f"draw_{many}", f"sample_{what}", f"random_{many}")
    data = (f"generate_{what}_data", f"make_{what}_dataset", f"sample_{what}_pairs", f"synthesize_{what}_samples")
    k.titles = data if target else made
    listed = [spoken(name) for name in kept]
    inputs = " and ".join(listed) if len(listed) < 3 else "inputs"
    k.about = f"Draw random {inputs} for each {e.replace('_', ' ')} and work out the {spoken(law.gives[0])}."


def _ends(scene: Scene, form: tuple[str, str], word: str, low: float, high: float) -> tuple[Expr, Expr]:
    """The range that a quantity is drawn from."""
    k, rng = scene.k, scene.rng
    width = high - low
    least, most = (f"=!{one.format(word)}" for one in form)
    if low == 0.0 and rng.chance(0.3):
        return k.lit(0.0), k.scalar(most, k.real, 0.5 * high, high)
    first = k.scalar(least, k.real, low, low + 0.3 * width)
    return first, k.scalar(most, k.real, low + 0.6 * width, high)


_CHANCES = {
    "buildings": "infection_risk.infected",
    "chemistry": "occupancy.occupied",
    "genetics": "fixation_chance.fixed",
    "learning": "probability.label",
    "optimization": "acceptance.accepted",
    "pharmacology": "survival_fraction.survived",
    "radar": "detection_chance.detected",
    "randoms": "acceptance.accepted",
    "shading": "reflectance.reflected",
    "spectra": "transmittance.transmitted",
    "statistics": "probability.label survival.survived",
    "waves": "reflectance.reflected transmission.transmitted",
}
"""Of each sheet the quantities that are the chance of something, and what is then the case."""
_RATES = {
    "chemistry": "rate_constant.reacted",
}
"""Of each sheet the rates at which something happens, and what is then the case."""


def _event(rows: dict[str, str], field: str, name: str) -> str:
    """What happens by a chance or a rate; nothing where it is none."""
    return dict(row.split(".") for row in rows.get(field, "").split()).get(name, "")


def _chancy(field: Sheet, law: Law) -> bool:
    name = law.gives[0]
    known = _event(_CHANCES, field.name, name) or _event(_RATES, field.name, name)
    return bool(known) and gives_number(field, law) and not {"stack", "film"} & set(law.name.split("_"))


@cache
def _laws_of_chance() -> tuple[tuple[str, Law], ...]:
    return tuple((name, law) for name, law in laws_of("", False, False) if _chancy(sheet(name), law))


@study("what happens by chance, as likely as a law says", "random:0.8")
def happen(k: Kernel, category: str) -> None:
    if k.real is not t.F32:
        raise NoValue("draws of doubles")
    rng = k.rng
    name, law = rng.choose(_laws_of_chance())
    scene = Scene(k, sheet(name), depth_of(k))
    threads(scene, category, law, 2)
    name = law.gives[0]
    sure = _event(_CHANCES, scene.sheet.name, name)
    done = sure or _event(_RATES, scene.sheet.name, name)
    chance = k.let(scene.names.local(scene.sheet.term(name)), scene.apply(law, scene.depth, named=False)[0])
    state = scene.generator()
    site = scene.sites[""]
    e, word = scene.names.entity, word_of(scene, name)
    k.gap()
    if not sure:
        step = k.scalar("=dt time_step tau", k.real, 0.001, 0.1)
        chance = k.let("=p prob p_event", 1.0 - k.call("exp", -chance * step))
    how = rng.weighted({"flag": 3.0, "count": 2.0, "trials": 1.5, "wait": 0.5 if sure else 0.0})
    if how == "trials":
        count = k.scalar("=num_trials n_trials trials", t.I32, 4, 24)
        hits = k.variable(f"=hits num_{done} {done}_count", k.integer(0))
        with k.loop("=n trial s", count), k.when(k.call("randf", state) < chance):
            k.augment(hits, "+", 1)
        k.set(k.array(f"={done}_counts {done}_out hit_counts", t.I32, site.dims, "out")[site.index], hits)
        if rng.chance(0.5):
            share = k.cast(hits, k.real) / k.cast(count, k.real)
            k.set(k.array(f"=observed_{word} {word}_freq frequency_out", k.real, site.dims, "out")[site.index], share)
    elif how == "wait":
        most = k.scalar("=max_steps horizon max_trials", t.I32, 4, 24)
        waited = k.variable("=steps waited t_event", most, False)
        with k.loop("=n step it", most) as n, k.when(k.call("randf", state) < chance):
            k.set(waited, n)
            k.leave_loop()
        k.set(k.array("=waiting_time first_event event_step", t.I32, site.dims, "out")[site.index], waited)
    else:
        event = k.let(f"=!{done} is_{done}", k.call("randf", state) < chance)
        flags = k.array(f"={done}_out {e}_{done} {done}_flags", t.BOOL if rng.chance(0.5) else t.I32, site.dims, "out")
        flag = flags[site.index]
        k.set(flag, event if flag.type is t.BOOL else k.where(event, k.integer(1), k.integer(0)))
        if how == "count":
            total = k.array(
                f"=num_{done} {done}_count total_{done}", t.I32, (k.dim(1, fixed=True),), "inout", low=0, high=0
            )
            with k.when(event):
                k.do(k.call("atomic_add", total, k.integer(0), 1, gives=t.I32))
    k.shared.differentiable = False
    k.titles = (
        *(f"sample_{done}", f"draw_{done}", f"bernoulli_{word}", f"draw_{done}_{plural(e)}"),
        *(f"sample_{e}_{done}", f"roll_{done}"),
    )
    k.about = f"Draw which {plural(e).replace('_', ' ')} are {done}, by their {spoken(name)}."
    if done in ("survived", "reacted", "label"):
        k.about = f"Draw an event for each {e.replace('_', ' ')} by its {spoken(name)}."
