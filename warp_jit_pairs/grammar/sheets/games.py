"""Rules of games: damage and health, levels and loot, ratings, decisions of units."""

import warp as wp

ENTITIES = "unit player"
GROUPS = "team faction"
PAIRS = "encounter"
LAUNCH = "1:9 2:1"
SUMMED = "health damage score gold"

QUANTITIES = """
facing             | vec2 | state   | -1 1     | facing forward
distance           | real | state   | 0 7      | target_dist distance
health             | real | state   | 0 200    | health hp hit_points
damage             | real | result  | 0 150    | damage dmg hit
attack             | real | state   | 5 60     | attack atk power
armor              | real | state   | 0 80     | armor defense def_stat
critical           | real | group   | 0.05 0.6 | crit_chance critical p_crit | 0.1 0.25
shield             | real | state   | 0 100    | shield barrier
cooldown           | real | state   | -1 4     | cooldown reload cd_timer
alive              | bool | result  |          | alive is_alive active
flees              | bool | result  |          | flees is_fleeing routed
hits               | bool | result  |          | hits is_hit in_range
morale             | real | state   | 0.05 1   | morale courage
threat             | real | result  | 0 150    | threat threat_level danger
level              | int  | state   | 1 30     | level rank lvl
experience         | int  | state   | 0 4000   | experience xp exp_points
gold               | int  | state   | 0 500    | gold coins money
streak             | int  | state   | 0 12     | streak combo chain_count
score              | int  | result  |          | score points
rating             | real | state   | 800 2400 | rating elo skill_rating
win_chance         | real | result  | 0 1      | win_chance expected p_win
dt                 | real | uniform | 0.01 0.1 | dt time_step                | 0.02 0.05
attack_direction   | vec2 | state   | -1 1     | attack_dir hit_dir
weapon_range       | real | group   | 1 8      | weapon_range max_range      | 2.0 5.0
hit_radius         | real | state   | 0.3 0.8  | hit_radius body_radius
won                | bool | state   |          | won is_win
earned_level       | int  | result  | 1 30     | earned_level lvl
enemy_level        | int  | state   | 1 30     | enemy_level foe_level
experience_gain    | int  | result  |          | xp_gain experience_gain
battle_chance      | real | result  | 0 1      | battle_chance p_battle
element            | int  | state   | 0 2      | element elem_type
enemy_element      | int  | state   | 0 2      | enemy_element foe_elem
resistance         | real | state   | 0 0.8    | resistance resist
poison_stacks      | int  | state   | 0 8      | poison_stacks stacks
agility            | int  | state   | 1 40     | agility speed_stat
haste              | int  | state   | 0 20     | haste haste_bonus
stunned            | bool | state   |          | stunned is_stunned
last_turn          | int  | state   | 0 500    | last_turn turn_tick
turn_order         | int  | result  |          | next_tick turn_order
ammo               | int  | state   | 0 5      | ammo ammo_count
allies_near        | int  | state   | 0 4      | allies_near n_allies
unit_action        | int  | result  | 0 4      | action unit_action
attack_dice        | int  | state   | 1 10     | attack_dice n_dice
armor_save         | int  | state   | 2 6      | armor_save save_roll
wounds             | int  | result  |          | wounds n_wounds
luck               | real | state   | 0 10     | luck luck_stat
loot_quality       | int  | result  | 0 3      | loot_quality rarity
planted            | int  | state   | 0 60     | planted plant_day
watered            | bool | state   |          | watered is_watered
now                | int  | uniform | 20 90    | today day_now
season             | int  | uniform | 0 3      | season season_id
crop_stage         | int  | result  | 0 5      | crop_stage stage
goals              | int  | state   | 0 6      | goals goals_for
conceded           | int  | state   | 0 6      | conceded goals_against
home               | bool | state   |          | home is_home
match_points       | int  | result  | 0 4      | match_points points
placement          | int  | state   | 1 20     | placement place
kills              | int  | state   | 0 12     | kills eliminations
placement_bonus    | int  | result  |          | round_xp placement_xp
deviation          | real | state   | 30 350   | rd deviation
opponent_rating    | real | state   | 800 2400 | opp_rating foe_rating
opponent_deviation | real | state   | 30 350   | opp_rd foe_rd
launch_speed       | real | state   | 5 20     | launch_speed muzzle_v
launch_angle       | real | state   | 0 1.2    | launch_angle elevation
target_height      | real | state   | -1 2     | target_height h_target
shot_hits          | bool | result  |          | shot_hits on_target
board_cells        | ints | state   | 0 2      | board_cells stones
board_value        | real | result  | -15 15   | board_value eval_score
can_act            | bool | result  |          | can_act is_ready
fired              | bool | state   |          | fired has_fired
"""


def damage(attack, armor):
    return attack * 100.0 / (100.0 + armor)


def flat_damage(attack, armor):
    damage = wp.max(attack - 0.5 * armor, 0.1 * attack)
    return damage


def critical_damage(attack, armor, critical, rng):
    """Damage with a spread and a chance to strike twice as hard."""
    base = attack * wp.randf(rng, 0.85, 1.15) - 0.4 * armor
    damage = wp.max(base, 1.0)
    if wp.randf(rng) < critical:
        damage = 2.0 * damage
    return damage


def falloff_damage(attack, distance, weapon_range):
    damage = attack * (1.0 - wp.smoothstep(0.5 * weapon_range, 1.5 * weapon_range, distance))
    return damage


def flanking_damage(attack, armor, facing, attack_direction):
    """More damage from behind."""
    behind = wp.dot(facing, wp.normalize(attack_direction))
    bonus = 1.0 + 0.5 * wp.max(behind, 0.0)
    damage = wp.max(bonus * attack - 0.5 * armor, 1.0)
    return damage


def level_damage(attack, level, enemy_level):
    ratio = float(level - enemy_level) / 30.0
    damage = attack * (1.0 + 0.5 * ratio)
    return damage


def next_health(health, damage):
    return wp.max(health - damage, 0.0)


def shielded_health(health, shield, damage):
    """A shield takes what it can; the rest hurts."""
    absorbed = wp.min(shield, damage)
    next_shield = shield - absorbed
    next_health = wp.max(health - (damage - absorbed), 0.0)
    return next_health, next_shield


def regenerated_health(health, max_health, morale, dt):
    missing = wp.max(max_health - health, 0.0)
    next_health = health + 0.2 * morale * missing * dt
    return next_health


def alive(health, damage):
    return health > damage


def next_cooldown(cooldown, fired, max_cooldown, dt):
    if fired:
        return max_cooldown
    return wp.max(cooldown - dt, 0.0)


def hits(distance, weapon_range, hit_radius):
    return distance - hit_radius < weapon_range


def accuracy_hits(distance, weapon_range, rng):
    chance = 1.2 - 0.5 * distance / weapon_range
    hits = wp.randf(rng) < chance
    return hits


def threat(damage, distance, health):
    weakness = 1.0 - 0.5 * wp.clamp(health / 100.0, 0.0, 1.0)
    return damage * weakness / (1.0 + 0.2 * distance)


def next_morale(morale, health, max_health, threat, dt):
    shaken = 0.02 * threat * (1.0 - 0.5 * wp.min(health / wp.max(max_health, 1.0), 1.0))
    return wp.clamp(morale + (0.1 - shaken) * dt, 0.0, 1.0)


def flees(morale, health, threat):
    return morale < 0.3 or health < threat


def level_of_experience(experience):
    """Level from experience, by a square-root curve."""
    earned_level = wp.clamp(1 + int(wp.sqrt(float(experience) / 5.0)), 1, 30)
    return earned_level


def leveled(level, experience):
    """Spends experience on levels, each dearer than the last."""
    next_level = int(level)
    left = int(experience)
    for _ in range(5):
        cost = 50 * next_level
        if left >= cost:
            left = left - cost
            next_level = next_level + 1
    return next_level


def experience_gain(level_a, level_b, streak):
    """Less experience from a weaker opponent."""
    base = 20 + 5 * level_b
    handicap = wp.clamp(10 + level_b - level_a, 1, 20)
    return base * handicap // 10 + 5 * wp.min(streak, 10)


def score(gold, streak, level):
    multiplier = 1 + wp.min(streak, 8) // 2
    return 10 * level + gold * multiplier


def looted_gold(gold, level, rng):
    next_gold = gold + wp.randi(rng, 1, 7) + level // 2
    return next_gold


def next_streak(streak, hits):
    return streak + 1 if hits else 0


def win_chance(rating_a, rating_b):
    """Elo's expected score."""
    return 1.0 / (1.0 + wp.pow(10.0, (rating_b - rating_a) / 400.0))


def updated_rating(rating, win_chance, won):
    """Elo's update of a rating."""
    result = 0.0
    if won:
        result = 1.0
    k = 16.0 if rating > 2000.0 else 32.0
    next_rating = rating + k * (result - win_chance)
    return next_rating


def lanchester(attack_a, attack_b, health_a, health_b):
    """Lanchester's square law of two forces."""
    strength_a = attack_a * health_a * health_a
    strength_b = attack_b * health_b * health_b
    battle_chance = strength_a / wp.max(strength_a + strength_b, 1.0e-6)
    return battle_chance


def elemental_damage(attack, element, enemy_element, resistance):
    """Damage by three elements that beat each other in a circle."""
    multiplier = 1.0
    if enemy_element == (element + 1) % 3:
        multiplier = 1.5
    elif element == (enemy_element + 1) % 3:
        multiplier = 0.5
    damage = attack * multiplier * (1.0 - resistance)
    return damage


def poisoned_health(health, poison_stacks, resistance, dt):
    """Health after some time of poison, whose stacks wear off."""
    next_health = float(health)
    strength = 0.5 * (1.0 - resistance)
    for n in range(poison_stacks):
        next_health -= strength * float(n + 1) * dt
        if next_health <= 0.0:
            next_health = 0.0
            break
    return next_health


def turn_order(agility, haste, stunned, last_turn):
    """Clock tick of a unit's next turn."""
    pace = agility + haste // 2
    delay = 1000 // wp.max(pace, 1)
    if stunned:
        delay = 2 * delay
    return last_turn + delay


def unit_action(health, max_health, distance, weapon_range, ammo, allies_near):
    """What a unit does: 0 waits, 1 attacks, 2 approaches, 3 flees, 4 reloads."""
    if health < 0.25 * wp.max(max_health, 1.0) and allies_near == 0:
        return 3
    if ammo == 0:
        return 4
    if distance <= weapon_range:
        return 1
    if allies_near > 0 or health > 60.0:
        return 2
    return 0


def dice_attack(attack_dice, armor_save, rng):
    """Wounds of a throw of dice: four and up hits, and armor may save."""
    wounds = int(0)
    for _ in range(attack_dice):
        throw = wp.randi(rng, 1, 7)
        if throw < 4:
            continue
        save = wp.randi(rng, 1, 7)
        if save < armor_save or throw == 6:
            wounds += 1
    return wounds


def loot_quality(luck, level, rng):
    """Quality of an item from common to legendary."""
    roll = wp.randf(rng) + 0.02 * luck + 0.005 * float(level)
    if roll > 1.05:
        return 3
    if roll > 0.9:
        return 2
    if roll > 0.6:
        return 1
    return 0


def crop_stage(planted, watered, now, season):
    """Growth stage of a plant on a farm: slower when dry or out of season."""
    age = now - planted
    if age <= 0:
        return 0
    pace = 4
    if season == 3:
        return 0
    if not watered:
        pace += 3
    if season == 2:
        pace += 1
    return wp.min(age // pace, 5)


def match_points(goals, conceded, home):
    """Points of a match, with a bonus for a big win away."""
    if goals > conceded:
        if not home and goals - conceded >= 3:
            return 4
        return 3
    if goals == conceded:
        return 1
    return 0


def placement_bonus(placement, kills, level):
    """Experience of a round by the place at its end."""
    base = 200 - 20 * wp.min(placement, 10)
    if placement == 1:
        base += 300
    elif placement <= 3:
        base += 100
    return base + 25 * kills - 2 * level


def glicko_rating(rating, deviation, opponent_rating, opponent_deviation, won):
    """Glicko's update of a rating after a game."""
    q = 0.0057565
    g = 1.0 / wp.sqrt(1.0 + 3.0 * q * q * opponent_deviation * opponent_deviation / 9.8696)
    expected = 1.0 / (1.0 + wp.pow(10.0, -g * (rating - opponent_rating) / 400.0))
    d2 = 1.0 / (q * q * g * g * expected * (1.0 - expected) + 1.0e-9)
    outcome = 0.0
    if won:
        outcome = 1.0
    precision = 1.0 / (deviation * deviation) + 1.0 / d2
    next_rating = rating + q / precision * g * (outcome - expected)
    next_deviation = wp.sqrt(1.0 / precision)
    return next_rating, next_deviation


def projectile_hits(launch_speed, launch_angle, distance, target_height, hit_radius):
    """Whether a shot without drag passes through a target."""
    c = launch_speed * wp.cos(launch_angle)
    t = distance / wp.max(c, 0.5)
    height = launch_speed * wp.sin(launch_angle) * t - 4.905 * t * t
    shot_hits = wp.abs(height - target_height) < hit_radius
    return shot_hits


def board_value(board_cells):
    """Value of a row of a board from three weights: runs count more than single stones."""
    total = float(0.0)
    run = int(0)
    for n in range(len(board_cells)):
        if board_cells[n] == 1:
            run += 1
            total += float(run)
        else:
            run = 0
            if board_cells[n] == 2:
                total -= 1.0
    return total


def can_act(cooldown, morale):
    return cooldown <= 0.0 and morale > 0.2
