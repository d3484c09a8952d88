"""Things that have a state of many parts: what belongs to it, as simulations and trackers keep it.

A table's first line has the entity's names; each other line is a part: its name, type, what becomes of it on a reset,
and its range. On a reset `i` gets what it was at first, `0` is cleared, `d` gets a default, `=name` what that part
gets, `c` is not touched.
"""

from __future__ import annotations

from dataclasses import dataclass

_TABLES = """
body rigid_body link
position vec3 i -4 4
orientation quat i
linear_velocity vec3 0 -2 2
angular_velocity vec3 0 -2 2
force vec3 0 -5 5
torque vec3 0 -3 3
prev_position vec3 =position -4 4
prev_orientation quat =orientation
linear_accel vec3 0 -9 9
angular_accel vec3 0 -9 9
mass real c 0.5 4
inertia vec3 c 0.1 2
com_offset vec3 c -0.2 0.2
friction real c 0.1 1
restitution real c 0 0.9
linear_damping real d 0 0.2
angular_damping real d 0 0.2
gravity_scale real d 0 2
sleep_timer real 0 0 1
sleeping bool 0
island_id int d 0 9
contact_count int 0 0 8
kinematic_target vec3 =position -4 4

robot env agent
base_position vec3 i -3 3
base_rotation quat i
base_lin_vel vec3 0 -2 2
base_ang_vel vec3 0 -2 2
command vec3 i -1 1
last_command vec3 =command -1 1
action vec4 0 -1 1
last_action vec4 0 -1 1
gait_phase real i 0 1
gait_frequency real d 1 3
feet_air_time vec4 0 0 0.5
feet_contact int 0 0 15
motor_temperature real d 20 60
battery_level real d 0.1 1
goal_position vec3 i -5 5
goal_distance real 0 0 5
push_timer real 0 0 4
reward_sum real 0 -10 10
last_reward real 0 -1 1
episode_length int 0 0 500
success_count int 0 0 20
terrain_level int i 0 9
payload_mass real i 0 2
ground_friction real i 0.3 1.2
timed_out bool 0
fallen bool 0

particle point
position vec3 i -2 2
velocity vec3 0 -2 2
prev_position vec3 =position -2 2
deformation_gradient mat33 d
affine_velocity mat33 0 -1 1
stress mat33 0 -3 3
force vec3 0 -5 5
mass real c 0.1 1
volume real i 0.01 0.2
density real d 0.5 2
pressure real 0 -2 4
temperature real d 250 400
plastic_strain real 0 0 0.5
volume_ratio real d 0.6 1.4
damage real 0 0 1
viscosity real c 0.01 1
age real 0 0 5
lifetime real i 1 6
color vec3 i 0 1
material_id int c 0 3
cell_id int d 0 60
neighbor_count int 0 0 30
active bool i

vertex node cloth_vertex
position vec3 i -2 2
velocity vec3 0 -2 2
prev_position vec3 =position -2 2
predicted_position vec3 =position -2 2
rest_position vec3 c -2 2
normal vec3 i -1 1
tangent vec3 i -1 1
force vec3 0 -4 4
impulse vec3 0 -1 1
correction vec3 0 -0.2 0.2
correction_count int 0 0 8
inverse_mass real c 0 4
thickness real c 0.01 0.1
friction real c 0 1
pin_target vec3 =position -2 2
pin_stiffness real d 0 9
pinned bool c
wetness real 0 0 1
wind_exposure real 0 0 1
uv vec2 c 0 1
part_id int c 0 5
collision_count int 0 0 6

vehicle car
position vec2 i -50 50
heading real i -3.1 3.1
speed real i 0 30
acceleration real 0 -4 4
lane_offset real 0 -2 2
route_progress real 0 0 200
lane int i 0 3
target_lane int =lane 0 3
edge_id int i 0 40
leader_id int d 0 20
desired_speed real c 10 35
time_gap real c 0.8 2
min_gap real c 1 4
steering real 0 -0.5 0.5
throttle real 0 0 1
brake real 0 0 1
fuel real d 5 50
odometer real 0 0 900
waiting_time real 0 0 60
travel_time real 0 0 600
lane_change_timer real 0 0 5
blinker int 0 0 2
stopped bool 0
collided bool 0

drone quadrotor uav
position vec3 i -5 5
attitude quat i
velocity vec3 0 -3 3
body_rates vec3 0 -4 4
rotor_speed vec4 d 0 9
rotor_thrust vec4 0 0 3
thrust_command vec4 0 0 1
last_thrust_command vec4 0 0 1
wind vec3 0 -2 2
gyro_bias vec3 i -0.1 0.1
accel_bias vec3 i -0.1 0.1
rate_error_sum vec3 0 -1 1
velocity_error_sum vec3 0 -1 1
target_position vec3 i -5 5
target_yaw real i -3.1 3.1
waypoint_index int 0 0 7
battery_voltage real d 10 17
battery_charge real d 0 1
motor_temperature vec4 d 20 80
flight_time real 0 0 300
path_length real 0 0 90
mass real c 0.5 2
crashed bool 0
landed bool i

satellite spacecraft
position vec3 i -9 9
velocity vec3 i -8 8
attitude quat i
body_rate vec3 0 -0.1 0.1
wheel_momentum vec3 0 -1 1
attitude_error vec3 0 -0.5 0.5
control_torque vec3 0 -0.1 0.1
thrust vec3 0 -1 1
fuel_mass real d 0 50
dry_mass real c 50 500
battery_soc real d 0.1 1
panel_angle real 0 -1.5 1.5
panel_power real 0 0 3
temperature real d 250 320
sun_direction vec3 i -1 1
magnetic_field vec3 i -1 1
drag_area real c 1 6
drag_coefficient real c 2 2.5
eclipse bool 0
mode int d 0 4
fault_count int 0 0 5
data_stored real 0 0 90
time_since_contact real 0 0 99

track target object
position vec3 i -20 20
velocity vec3 i -9 9
acceleration vec3 0 -3 3
position_cov mat33 i 0 2
velocity_cov mat33 i 0 2
size vec3 i 0.5 5
yaw real i -3.1 3.1
yaw_rate real 0 -1 1
innovation vec3 0 -1 1
innovation_norm real 0 0 9
score real i 0 1
log_likelihood real 0 -9 0
mode_probability real d 0 1
class_id int i 0 9
track_id int i 0 99
sensor_id int i 0 3
hits int d 0 30
misses int 0 0 6
age int 0 0 99
last_update_time real i 0 50
occlusion real 0 0 1
confirmed bool 0
predicted_position vec3 =position -20 20

ray path photon
origin vec3 i -3 3
direction vec3 i -1 1
throughput vec3 d 0 1
radiance vec3 0 0 2
t_min real d 0.001 0.01
t_max real d 10 99
pdf real d 0.1 2
mis_weight real d 0 1
bounce int 0 0 8
pixel_id int i 0 99
primitive_id int d 0 99
material_id int d 0 9
medium_id int d 0 3
ior real d 1 2
hit_position vec3 0 -3 3
hit_normal vec3 0 -1 1
hit_uv vec2 0 0 1
cone_width real 0 0 0.1
cone_spread real d 0.001 0.01
depth real 0 0 50
specular bool 0
hit bool 0
alive bool i

agent unit character
position vec2 i -9 9
velocity vec2 0 -2 2
facing real i -3.1 3.1
goal vec2 i -9 9
desired_speed real c 0.5 2
radius real c 0.2 0.6
health real d 0 100
max_health real c 50 150
stamina real d 0 100
armor real d 0 50
damage_taken real 0 0 90
damage_dealt real 0 0 90
cooldown real 0 0 3
state_timer real 0 0 9
respawn_timer real 0 0 9
vision_range real c 2 9
team int c 0 3
behavior int d 0 5
target_id int d 0 30
path_index int 0 0 12
ammo int d 0 30
score int 0 0 99
stunned bool 0
alive bool i

column grid_column land_cell
air_temperature real i 250 310
humidity real i 0 1
surface_pressure real i 900 1040
cloud_water real 0 0 0.5
rain_water real 0 0 0.5
rain_rate real 0 0 9
snow_depth real 0 0 2
snow_age real 0 0 30
soil_moisture real i 0.05 0.5
soil_temperature real i 260 310
canopy_water real 0 0 0.2
ground_water real i 0 5
albedo real d 0.1 0.9
roughness real c 0.01 1
leaf_area real i 0 6
sensible_heat real 0 -100 300
latent_heat real 0 -50 300
net_radiation real 0 -100 600
evaporation real 0 0 5
runoff real 0 0 5
accumulated_rain real 0 0 99
accumulated_runoff real 0 0 99
soil_type int c 0 7
frozen bool 0

plant tree crop
height real i 0.1 9
stem_biomass real i 0 5
leaf_biomass real i 0 2
root_biomass real i 0 3
fruit_biomass real 0 0 1
leaf_area real i 0 5
root_depth real i 0.1 2
carbon_reserve real d 0 1
nitrogen real d 0 1
water_content real d 0.2 0.9
growth_rate real 0 0 0.2
respiration real 0 0 0.2
photosynthesis real 0 0 1
thermal_time real 0 0 1500
water_stress real 0 0 1
nitrogen_stress real 0 0 1
frost_damage real 0 0 1
pest_load real 0 0 1
age_days int 0 0 200
growth_stage int 0 0 5
species int c 0 6
dormant bool 0

battery pack battery_cell
state_of_charge real i 0 1
terminal_voltage real d 2.5 4.3
open_circuit_voltage real d 2.5 4.3
current real 0 -5 5
fast_polarization real 0 -0.1 0.1
slow_polarization real 0 -0.1 0.1
core_temperature real i 270 330
surface_temperature real i 270 330
heat_generation real 0 0 5
capacity real c 1 5
internal_resistance real c 0.01 0.1
capacity_loss real 0 0 0.3
resistance_growth real 0 0 0.5
film_thickness real 0 0 0.5
charge_throughput real 0 0 99
energy_throughput real 0 0 400
max_temperature real =core_temperature 270 330
balance_current real 0 0 0.2
cycle_count int 0 0 900
fault_code int 0 0 7
charging bool 0
balancing bool 0

neuron cell unit
membrane real i -80 -40
recovery real 0 -15 5
adaptation real 0 0 2
sodium_activation real d 0 1
sodium_inactivation real d 0 1
potassium_activation real d 0 1
excitatory_conductance real 0 0 2
inhibitory_conductance real 0 0 2
synaptic_current real 0 -5 5
external_current real d -1 9
calcium real 0 0 1
threshold real d -55 -45
refractory_time real 0 0 4
pre_trace real 0 0 2
post_trace real 0 0 2
eligibility real 0 -1 1
reward_trace real 0 -1 1
filtered_rate real 0 0 90
last_spike_time real d 0 99
spike_count int 0 0 50
layer int c 0 5
spiked bool 0

account trader portfolio
cash real i 0 900
quantity real 0 -50 50
average_price real 0 0 90
last_price real i 5 90
realized_pnl real 0 -90 90
unrealized_pnl real 0 -90 90
equity real =cash 0 900
peak_equity real =cash 0 900
drawdown real 0 0 1
margin_used real 0 0 400
leverage real d 1 5
fees_paid real 0 0 20
borrow_cost real 0 0 9
stop_price real d 1 80
take_profit real d 10 120
turnover real 0 0 900
volatility real d 0.05 0.6
order_count int 0 0 90
fill_count int 0 0 90
holding_period int 0 0 60
strategy_id int c 0 5
halted bool 0

weight parameter
value real i -2 2
gradient real 0 -1 1
master_value real =value -2 2
averaged_value real =value -2 2
first_moment real 0 -1 1
second_moment real 0 0 1
max_second_moment real 0 0 1
momentum_buffer real 0 -1 1
accumulated_gradient real 0 -3 3
previous_gradient real 0 -1 1
step_scale real d 0.5 1.5
decay real c 0 0.1
mask real i 0 1
importance real 0 0 3
anchor real =value -2 2
noise real 0 -0.1 0.1
update_count int 0 0 99
layer_id int c 0 11
frozen bool c

voice note oscillator
phase real i 0 1
frequency real i 50 900
target_frequency real =frequency 50 900
glide_rate real d 0 1
amplitude real d 0 1
velocity real i 0 1
pan real d -1 1
envelope real 0 0 1
envelope_stage int 0 0 4
attack_rate real c 0.01 1
release_rate real c 0.01 1
filter_low real 0 -1 1
filter_band real 0 -1 1
cutoff real d 200 4000
resonance real d 0.1 4
lfo_phase real 0 0 1
lfo_depth real d 0 1
mod_index real d 0 5
detune real c -0.1 0.1
last_sample real 0 -1 1
note_number int i 20 100
age int 0 0 900
gate bool i
sustained bool 0

joint motor actuator
angle real i -3 3
rate real 0 -4 4
acceleration real 0 -9 9
target_angle real =angle -3 3
target_rate real 0 -4 4
torque real 0 -9 9
torque_limit real c 2 20
stiffness real c 1 60
damping real c 0.1 4
friction real c 0 1
armature real c 0.01 0.2
lower_limit real c -3 -1
upper_limit real c 1 3
angle_error real 0 -1 1
error_integral real 0 -2 2
prev_error real 0 -1 1
filtered_rate real 0 -4 4
winding_current real 0 -9 9
winding_temperature real d 20 90
encoder_offset real c -0.1 0.1
backlash real c 0 0.02
encoder_count int i 0 4095
limit_hits int 0 0 9
saturated bool 0

voxel grid_cell cell
temperature real i 250 400
oxygen real i 0 1
fuel_vapor real i 0 1
smoke_density real 0 0 1
water_vapor real 0 0 1
soot real 0 0 0.5
carbon_dioxide real 0 0 0.5
carbon_monoxide real 0 0 0.1
ash real 0 0 0.5
turbulence real 0 0 1
solid_fuel real c 0 2
burn_time real c 0 30
material_id int c 0 4
burning bool c

tissue_cell tissue_voxel patch
oxygen real i 0 1
glucose real i 0 1
lactate real 0 0 1
drug real 0 0 1
growth_factor real 0 0 1
tumor_density real i 0 1
necrotic_density real 0 0 1
immune_density real i 0 1
matrix_density real i 0 1
enzyme real 0 0 1
chemokine real 0 0 1
stiffness real c 0.1 1
vessel_density real c 0 1
tissue_type int c 0 5

water_cell ocean_cell lake_cell
temperature real i 0 30
salinity real i 0 40
oxygen real i 0 12
nitrate real i 0 3
phosphate real i 0 1
chlorophyll real 0 0 5
zooplankton real 0 0 3
detritus real 0 0 2
turbidity real 0 0 9
dye real 0 0 1
pollutant real 0 0 1
depth real c 1 90
bed_roughness real c 0.01 0.1
land bool c

tracer parcel droplet
position vec3 i -5 5
velocity vec3 0 -2 2
radius real i 0.01 0.3
mass real i 0.01 1
temperature real i 260 320
water_content real i 0 1
salt_mass real c 0 0.1
charge real 0 -1 1
fall_speed real 0 0 5
drag real 0 0 2
evaporation_rate real 0 0 0.1
collision_count int 0 0 9
residence_time real 0 0 90
start_position vec3 =position -5 5
max_height real 0 0 9
path_length real 0 0 90
turbulent_velocity vec3 0 -1 1
vorticity vec3 0 -2 2
concentration real i 0 1
source_id int c 0 5
settled bool 0
active bool i
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a state; `reset` is what becomes of it then."""

    name: str
    type: str
    reset: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of one kind of thing."""

    entities: tuple[str, ...]
    parts: tuple[Part, ...]


def _state(table: str) -> State:
    first, *rows = table.strip().splitlines()
    parts = []
    for row in rows:
        name, kind, reset, *bounds = row.split()
        low, high = map(float, bounds or ("0", "1"))
        parts.append(Part(name, kind, reset, low, high))
    return State(tuple(first.split()), tuple(parts))


STATES: tuple[State, ...] = tuple(_state(table) for table in _TABLES.strip().split("\n\n"))
