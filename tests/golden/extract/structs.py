import warp as wp


@wp.struct
class Spring:
    stiffness: float
    rest: wp.vec2


@wp.struct
class System:
    spring: Spring
    positions: wp.array[wp.vec2]


@wp.kernel
def apply_springs(system: System, forces: wp.array[wp.vec2]):
    i = wp.tid()
    offset = system.positions[i] - system.spring.rest
    forces[i] = -system.spring.stiffness * offset
