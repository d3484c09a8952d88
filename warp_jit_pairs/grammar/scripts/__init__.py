'''Scripts of long kernels: what one step of something takes, as plain Python that is read and not imported.

Laws put side by side make no long kernel that anybody believes; a long one has a plan. A script is one: a file of this
folder, whose author writes all that such a kernel may do and says what may be left out or done in another way::

    """Integrate bodies under gravity, drag and damping."""

    TITLES = "integrate_bodies step_bodies"       # names for the kernel, the commonest first
    CATEGORIES = "vector:1 combined:0.5"          # where it belongs, with weights
    DIMS = """
    body | 6 | num_bodies n_bodies                # what there is a thread for: name, number, names for the number
    slot | 4 | max_contacts
    """
    ARGS = """
    force | vec3 | body | -3 3 | body_f force     # name, type, dimensions, range, identifiers (the name, if none)
    mass  | real | ?body | 0.5 4 |
    dt    | real |  | 0.01 0.05 | dt sim_dt | 0.01
    """

    def kernel():
        "forces"
        f = force[body] + gravity * mass[body]
        if opt.drag:
            ...

The first dimension is that of the threads; its name is the thread's index (a fourth cell has what people call that).
There may be many worlds, unless it says `WORLDS = "no"`: then an index of the world comes first for every array with
dimensions, and for those marked `?` in some programs only (what worlds may share). One thread may also go through all
elements of a world. `GRID = "row col"` says that there is a thread for each cell of two dimensions. `return` leaves an
element and stands in no loop.

A range of `@dim` makes an array of indices into that dimension; `N.dim` is its length; a sixth cell holds values that
people write for an argument that is no array. `unit` after a range: of length one.

What is open: `opt.name` in an `if` or a conditional expression holds in most programs (or as often as
`CHANCES = "name:0.3"` says), the same everywhere in one; of `one.group.a`, `one.group.b` …, and an `else` after them,
exactly one holds. `num(0.1, 0.2)` is one of these numbers. A string is a remark on what follows. What nobody reads in
the end is left out.

Other functions than `kernel` are written as functions of the program or put where they are called; their parameters
say their types, and they return at their end alone.

Every division, root and index has to be safe for all values in range; a thread writes to what is its own alone, or adds
to it by `wp.atomic_add`, of which it uses no result.
'''
