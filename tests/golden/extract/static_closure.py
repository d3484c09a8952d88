import warp as wp

WEIGHTS = wp.vec3(0.25, 0.5, 0.25)


def make_filter(taps: int, gain: float):
    @wp.kernel
    def smooth(signal: wp.array[float], out: wp.array[float]):
        i = wp.tid()
        total = float(0.0)
        for k in range(taps):
            total += WEIGHTS[k] * signal[i + k]
        out[i] = total * wp.static(gain * 2.0)

    return smooth


smooth = make_filter(3, 1.5)
