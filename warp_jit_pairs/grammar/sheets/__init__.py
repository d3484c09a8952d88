'''Formula sheets: what people who write kernels in one field compute, as plain Python that is read and not imported.

A sheet is a file of this folder. It names the things that a kernel goes through, the quantities that they have, and the
laws between these; from it the grammar writes programs whose values, arguments, helpers and kernels are called what
they are (`grammar/laws.py` reads a sheet, `grammar/scene.py` writes with it). A sheet has::

    """Particles: forces between them, and how they move."""

    import warp as wp

    ENTITIES = "particle bead grain"          # what one thread works on, singular, the commonest first
    GROUPS = "material cluster"               # what several of them belong to by an index
    PAIRS = "spring bond"                     # what joins two of them (for laws of `_a` and `_b`)
    LAUNCH = "1:5 2:1"                        # dimensions of a launch, with weights
    SUMMED = "mass momentum kinetic_energy"   # quantities whose sum over all elements means something
    OPPOSITE = "spring_force"                 # of a pair: what b gets is minus what a gets

    QUANTITIES = """
    mass           | real | state   | 0.1 10     | mass m
    position       | vec3 | state   | -5 5       | pos position x
    velocity       | vec3 | state   | -3 3       | vel velocity v
    stiffness      | real | uniform | 1 100      | stiffness ke k_s | 10.0 50.0
    kinetic_energy | real | result  |            | kinetic_energy ke energy
    """

    def kinetic_energy(mass, velocity):
        return 0.5 * mass * wp.dot(velocity, velocity)

A row of `QUANTITIES` has the name; its type (`real`, `vec2`, `vec3`, `vec4`, `mat22`, `mat33`, `quat`, `transform`,
`spatial`, `int`, `uint`, `bool`; `reals` and `ints` are a row of numbers, indexed in a law as `values[n]` below
`len(values)`); where it comes from (`state`: an entry per element; `group`: an entry per group; `uniform`: one for all;
`result`: only computed); the least and the greatest value of each component, which a result needs only where a law asks
for it; the identifiers that people use for it, the commonest first; for a uniform number, values that people write.

A law is a function named after the quantity that it gives, or one that ends in `return <quantity>`, or `return a, b`
for several. Its parameters are quantities. They may be qualified: `position_a` and `position_b` are those of the two
elements of a pair; `previous_`, `target_`, `rest_`, `initial_` and `reference_` are another value of the same quantity,
`max_` and `min_` a bound for it, one for all. `next_velocity` is what a velocity becomes (a kernel may write it in
place or do several steps). `temperature_rate` is a rate of change of `temperature`. A law that gives a `bool` tells
elements apart. `rng` is the state of a random number generator.

The body is what Warp takes: assignments to new locals or to earlier ones, `if`/`elif`/`else`, `for n in range(...)`,
`while`, early returns, conditional expressions, `wp.` builtins and constructors, components. Local names go into
programs as they are. Every argument must matter to the result. Where the ranges of its arguments do not prove a
division, root, logarithm or inverse safe, a law guards it itself, as its author would.
'''
