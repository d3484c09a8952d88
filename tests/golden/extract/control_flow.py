import warp as wp


@wp.kernel
def first_above(values: wp.array2d[float], limit: float, where: wp.array[int]):
    row = wp.tid()
    column = int(0)
    while column < values.shape[1]:
        # a comment that must not be in the generated code
        if values[row, column] > limit:
            break
        column += 1
    total = float(0.0)
    for k in range(30):
        if k % 2 == 0:
            total += float(k) * limit
        else:
            total -= 1.0
    where[row] = column + int(total)
