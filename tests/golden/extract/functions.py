import warp as wp


@wp.func
def scale(x: float):
    return 2.0 * x


@wp.func
def scale(x: wp.vec3):  # noqa: F811
    return 3.0 * x


@wp.func
def nested(x: float, v: wp.vec3):
    return scale(x) + wp.dot(scale(v), v)


@wp.func
def split(x: float):
    return wp.floor(x), x - wp.floor(x)


@wp.kernel
def use_functions(x: wp.array[float], v: wp.array[wp.vec3], out: wp.array[float]):
    i = wp.tid()
    whole, part = split(x[i])
    out[i] = nested(part, v[i]) + whole
