import warp as wp


@wp.func
def increment(x: wp.ref[float]):
    x = x + 1.0


@wp.kernel(enable_backward=False, grid_stride=False)
def bump(x: wp.array[float]):
    i = wp.tid()
    if i >= x.shape[0]:
        return
    increment(x[i])
