import warp as wp

FORWARD = """
    // doubles; "not a comment inside a string"
    out[i] = 2.0f * x[i];  /* trailing
    comment */
"""
ADJOINT = "adj_x[i] += 2.0f * adj_out[i];"


@wp.func_native(snippet=FORWARD, adj_snippet=ADJOINT)
def double(x: wp.array[float], out: wp.array[float], i: int): ...


@wp.kernel
def use_native(x: wp.array[float], out: wp.array[float]):
    i = wp.tid()
    double(x, out, i)
