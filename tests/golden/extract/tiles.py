import warp as wp

TILE = wp.constant(16)


@wp.kernel
def row_sums(values: wp.array2d[float], sums: wp.array[float]):
    row = wp.tid()
    tile = wp.tile_load(values[row], shape=TILE)
    wp.tile_store(sums, wp.tile_sum(tile * 2.0), offset=row)
