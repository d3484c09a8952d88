import warp as wp

mat35h = wp.types.matrix(shape=(3, 5), dtype=wp.float16)


@wp.kernel
def accumulate(
    keys: wp.array[wp.uint8],
    poses: wp.indexedarray[wp.transformd],
    weights: mat35h,
    counts: wp.array[wp.int64],
    low: wp.array3d[wp.float32],
):
    i, j, k = wp.tid()
    key = int(keys[i])
    wp.atomic_add(counts, key, wp.int64(1))
    wp.atomic_min(low, i, j, k, float(weights[1, 2]) + float(poses[i][0]))
