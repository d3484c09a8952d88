import warp as wp


@wp.func
def safe_sqrt(x: float):
    return wp.sqrt(x)


@wp.func_grad(safe_sqrt)
def adj_safe_sqrt(x: float, adj_ret: float):
    if x > 0.0:
        wp.adjoint[x] += 0.5 / wp.sqrt(x) * adj_ret


@wp.func
def claim(counter: wp.array[int], slots: wp.array[int], thread: int):
    slot = wp.atomic_add(counter, 0, 1)
    slots[thread] = slot
    return slot


@wp.func_replay(claim)
def replay_claim(counter: wp.array[int], slots: wp.array[int], thread: int):
    return slots[thread]


@wp.kernel
def compact(x: wp.array[float], counter: wp.array[int], slots: wp.array[int], out: wp.array[float]):
    i = wp.tid()
    slot = claim(counter, slots, i)
    out[slot] = safe_sqrt(x[i])
