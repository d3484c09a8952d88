"""Images: resampling at other positions, fixed masks of 3 by 3, gradients and what is made of them."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .build import Body
from .grids import Grid
from .jobs import Job
from .kernel import Kernel
from .pictures import HEIGHT, IMAGES, WIDTH
from .recipes import recipe
from .tree import Expr


@recipe(
    "bilinear interpolation at moved positions",
    "stencil:0.39 vector:0.083 combined:0.22",
    "fluids image render terrain",
)
def resample(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "pixel")
    i, j = k.start(2, (8, 8), (job.words("i row y"), job.words("j col x")))
    dims = k.launch
    what = job.pick(advect=2.0, resize=1.5, warp=1.5, rotate=1.2, lens=0.8, shift=0.8)
    colored = rng.chance(0.25)
    dtype: t.Type = t.vec(3, k.real) if colored else k.real
    fields = "dye density smoke temperature field q" if what == "advect" and not colored else IMAGES
    image = job.array(fields, dtype, dims, low=-2.0, high=2.0)
    height, width = job.length(dims[0], HEIGHT, image, 0), job.length(dims[1], WIDTH, image, 1)
    row, col = k.cast(i, k.real), k.cast(j, k.real)
    xs, ys = "x src_x sx u sample_x px", "y src_y sy v sample_y py"
    if what == "advect":
        job.titled(
            "advect semi_lagrangian advect_field advect_density trace_back advect_semi_lagrangian backtrace_advect"
            " advect_dye advect_scalar"
        )
        dt = job.param("dt time_step delta_t", 0.1, 1.0, 0.5, 1.0, each=False)
        if rng.chance(0.5):
            flow = job.let(
                "v vel_c u_c", job.array("velocity vel flow u", t.vec(2, k.real), dims, low=-1.0, high=1.0)[i, j]
            )
            vx, vy = k.component(flow, 0), k.component(flow, 1)
        else:
            vx = job.maybe("u_c vx", job.array("u vel_x u_vel", k.real, dims, low=-1.0, high=1.0)[i, j])
            vy = job.maybe("v_c vy", job.array("v vel_y v_vel", k.real, dims, low=-1.0, high=1.0)[i, j])
        x, y = job.let(xs, col - dt * vx), job.let(ys, row - dt * vy)
    elif what == "resize":
        job.titled("resize_image resize_bilinear scale_image zoom_image bilinear_resize upsample_image rescale")
        sx = job.param("scale_x sx_ratio ratio_x x_scale", 0.25, 1.0, 0.5, 0.75, each=False)
        sy = job.param("scale_y sy_ratio ratio_y y_scale", 0.25, 1.0, 0.5, 0.75, each=False) if rng.chance(0.5) else sx
        if rng.chance(0.5):
            x, y = job.let(xs, (col + 0.5) * sx - 0.5), job.let(ys, (row + 0.5) * sy - 0.5)
        else:
            x, y = job.let(xs, col * sx), job.let(ys, row * sy)
    elif what == "warp":
        job.titled("warp_image remap_image warp_by_flow apply_flow backward_warp displace_image apply_displacement")
        if rng.chance(0.6):
            flow = job.let(
                "d offset shift_c flow_c",
                job.array("flow displacement offsets flow_field disp", t.vec(2, k.real), dims, low=-1.5, high=1.5)[
                    i, j
                ],
            )
            strength = (
                job.param("strength scale amount flow_scale", 0.2, 1.0, 1.0, 0.5, each=False)
                if job.more(0.4)
                else k.lit(1.0)
            )
            x = job.let(xs, col + strength * k.component(flow, 0))
            y = job.let(ys, row + strength * k.component(flow, 1))
        else:
            x = job.let(xs, job.array("map_x x_map", k.real, dims, low=0.0, high=7.0)[i, j])
            y = job.let(ys, job.array("map_y y_map", k.real, dims, low=0.0, high=7.0)[i, j])
    elif what == "rotate":
        job.titled("rotate_image rotate_bilinear rotate_frame rotate_about_center rotate_and_sample turn_image")
        angle = job.param("angle theta rotation angle_rad", -1.5, 1.5, 0.5, 0.3, each=False)
        cx = job.maybe("cx center_x", 0.5 * k.cast(width - 1, k.real))
        cy = job.maybe("cy center_y", 0.5 * k.cast(height - 1, k.real))
        c, s = job.let("c cos_a ct", k.call("cos", angle)), job.let("s sin_a st", k.call("sin", angle))
        dx, dy = job.let("dx rel_x", col - cx), job.let("dy rel_y", row - cy)
        x, y = job.let(xs, cx + c * dx + s * dy), job.let(ys, cy - s * dx + c * dy)
    elif what == "lens":
        job.titled("undistort_image undistort distort_image apply_lens_distortion correct_lens radial_distortion")
        k1 = job.param("k1 dist_k1 radial_k1", -0.1, 0.1, 0.05, -0.02, each=False)
        cx, cy = (
            job.param("cx center_x ppx", 2.0, 5.0, 3.5, each=False),
            job.param("cy center_y ppy", 2.0, 5.0, 3.5, each=False),
        )
        f = job.param("focal f fx focal_length", 2.0, 8.0, 4.0, each=False)
        dx, dy = job.let("xn nx u_n", (col - cx) / f), job.let("yn ny v_n", (row - cy) / f)
        r2 = job.let("r2 rad_sq rr", dx * dx + dy * dy)
        poly = 1.0 + k1 * r2
        if job.more(0.5):
            poly = poly + job.param("k2 dist_k2 radial_k2", -0.05, 0.05, 0.01, each=False) * r2 * r2
        d = job.let("radial distortion scale factor", poly)
        x, y = job.let(xs, cx + f * dx * d), job.let(ys, cy + f * dy * d)
    else:
        job.titled("shift_image translate_image subpixel_shift translate_bilinear align_image shift_frame")
        if rng.chance(0.5):
            x = job.let(xs, col - job.param("shift_x dx tx offset_x", -2.0, 2.0, 0.5, 0.25, each=False))
            y = job.let(ys, row - job.param("shift_y dy ty offset_y", -2.0, 2.0, 0.5, 0.75, each=False))
        else:
            shift = job.scalar("shift translation offset motion", t.vec(2, k.real), -2.0, 2.0)
            x, y = job.let(xs, col - k.component(shift, 0)), job.let(ys, row - k.component(shift, 1))
    out = (
        "dye_next density_out advected q_out field_next"
        if what == "advect" and not colored
        else "image_out resampled warped dst output_image"
    )
    keep_inside = what == "advect" or rng.chance(0.5)
    target = job.array(out, dtype, dims, "out")
    if keep_inside:
        x = job.let("x_clamped xc safe_x", k.call("clamp", x, k.lit(0.0), k.cast(width - 1, k.real)))
        y = job.let("y_clamped yc safe_y", k.call("clamp", y, k.lit(0.0), k.cast(height - 1, k.real)))
    elif job.more(0.6):
        outside = k.either(x < 0.0, y < 0.0, x > k.cast(width - 1, k.real), y > k.cast(height - 1, k.real))
        with k.when(outside):
            k.set(target[i, j], k.zero(dtype))
            k.give()
    value = _sample(job, image, dtype, x, y, height, width)
    if what == "advect" and job.more(0.4):
        loss = job.param("dissipation decay fade damping", 0.9, 1.0, 0.99, 0.995, each=False)
        value = value * loss
    k.set(target[i, j], job.maybe("value sampled result interpolated", value))


def _sample(job: Job, image: Expr, dtype: t.Type, x: Expr, y: Expr, height: Expr, width: Expr) -> Expr:
    """An image at a position between its pixels, in place or by a function."""
    k, rng = job.k, job.rng
    how = rng.weighted({"bilinear": 5.0, "nearest": 1.0})
    two = rng.chance(0.5)
    plain = rng.chance(0.5)

    def bilinear(body: Body, image: Expr, x: Expr, y: Expr, height: Expr, width: Expr) -> Expr:
        def inside(index: Expr, length: Expr) -> Expr:
            if two:
                return body.call("clamp", index, body.integer(0), length - 1)
            return body.call("max", body.call("min", index, length - 1), 0)

        i0 = body.let(job.words("i0 y0 row0 iy"), body.cast(body.call("floor", y), t.I32))
        j0 = body.let(job.words("j0 x0 col0 ix"), body.cast(body.call("floor", x), t.I32))
        fy = body.let(job.words("fy ty frac_y wy"), y - body.cast(i0, body.real))
        fx = body.let(job.words("fx tx frac_x wx"), x - body.cast(j0, body.real))
        ya, yb = (
            body.let(job.words("ya row_a y_lo top"), inside(i0, height)),
            body.let(job.words("yb row_b y_hi bottom"), inside(i0 + 1, height)),
        )
        xa, xb = (
            body.let(job.words("xa col_a x_lo left"), inside(j0, width)),
            body.let(job.words("xb col_b x_hi right"), inside(j0 + 1, width)),
        )
        if plain:
            top = body.let(job.words("upper top_row a row0_val"), body.call("lerp", image[ya, xa], image[ya, xb], fx))
            bottom = body.let(
                job.words("lower bottom_row b row1_val"), body.call("lerp", image[yb, xa], image[yb, xb], fx)
            )
            return body.call("lerp", top, bottom, fy)
        top = body.let(job.words("upper top_row a row0_val"), image[ya, xa] * (1.0 - fx) + image[ya, xb] * fx)
        bottom = body.let(job.words("lower bottom_row b row1_val"), image[yb, xa] * (1.0 - fx) + image[yb, xb] * fx)
        return top * (1.0 - fy) + bottom * fy

    def nearest(body: Body, image: Expr, x: Expr, y: Expr, height: Expr, width: Expr) -> Expr:
        r = body.let(
            job.words("yi row_n ny iy"),
            body.call("clamp", body.cast(body.call("floor", y + 0.5), t.I32), body.integer(0), height - 1),
        )
        c = body.let(
            job.words("xi col_n nx ix"),
            body.call("clamp", body.cast(body.call("floor", x + 0.5), t.I32), body.integer(0), width - 1),
        )
        return image[r, c]

    build = nearest if how == "nearest" else bilinear
    if rng.chance(0.6):
        return build(k, image, x, y, height, width)
    titles = (
        "sample_nearest nearest_sample fetch_nearest"
        if how == "nearest"
        else "sample_bilinear bilinear_sample bilerp sample interpolate"
    )
    array_type = t.Array(dtype, 2)
    sample = job.routine(
        titles,
        build,
        ("image img field src", array_type, -2.0, 2.0),
        ("x px u", k.real, -100.0, 100.0),
        ("y py v", k.real, -100.0, 100.0),
        ("height h rows", t.I32, 1, 64),
        ("width w cols", t.I32, 1, 64),
        share=1.0,
    )
    return sample(image, x, y, height, width)


_MASKS: dict[str, list[list[tuple[int, int, float]]]] = {
    "sobel": [
        [(-1, -1, -1.0), (0, -1, -2.0), (1, -1, -1.0), (-1, 1, 1.0), (0, 1, 2.0), (1, 1, 1.0)],
        [(-1, -1, -1.0), (-1, 0, -2.0), (-1, 1, -1.0), (1, -1, 1.0), (1, 0, 2.0), (1, 1, 1.0)],
    ],
    "prewitt": [
        [(-1, -1, -1.0), (0, -1, -1.0), (1, -1, -1.0), (-1, 1, 1.0), (0, 1, 1.0), (1, 1, 1.0)],
        [(-1, -1, -1.0), (-1, 0, -1.0), (-1, 1, -1.0), (1, -1, 1.0), (1, 0, 1.0), (1, 1, 1.0)],
    ],
    "scharr": [
        [(-1, -1, -3.0), (0, -1, -10.0), (1, -1, -3.0), (-1, 1, 3.0), (0, 1, 10.0), (1, 1, 3.0)],
        [(-1, -1, -3.0), (-1, 0, -10.0), (-1, 1, -3.0), (1, -1, 3.0), (1, 0, 10.0), (1, 1, 3.0)],
    ],
    "roberts": [[(0, 0, 1.0), (1, 1, -1.0)], [(0, 1, 1.0), (1, 0, -1.0)]],
    "sharpen": [[(0, 0, 5.0), (-1, 0, -1.0), (1, 0, -1.0), (0, -1, -1.0), (0, 1, -1.0)]],
    "laplacian": [[(0, 0, -4.0), (-1, 0, 1.0), (1, 0, 1.0), (0, -1, 1.0), (0, 1, 1.0)]],
    "laplacian8": [
        [(0, 0, 8.0)] + [(a, b, -1.0) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)],
    ],
    "emboss": [[(-1, -1, -2.0), (-1, 0, -1.0), (0, -1, -1.0), (0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 2.0)]],
    "blur3": [
        [
            (-1, -1, 1.0),
            (-1, 0, 2.0),
            (-1, 1, 1.0),
            (0, -1, 2.0),
            (0, 0, 4.0),
            (0, 1, 2.0),
            (1, -1, 1.0),
            (1, 0, 2.0),
            (1, 1, 1.0),
        ]
    ],
}
_EDGES = ("sobel", "prewitt", "scharr", "roberts")
_FIXED_TITLES = {
    "sharpen": "sharpen sharpen_image sharpen_filter enhance_edges apply_sharpen",
    "laplacian": "laplacian_filter image_laplacian apply_laplacian edge_laplacian laplacian_image",
    "laplacian8": "laplacian_8 edge_filter outline_filter high_pass laplacian_edges",
    "emboss": "emboss emboss_image emboss_filter apply_emboss relief_filter",
    "blur3": "gaussian_blur_3x3 blur_3x3 binomial_blur gaussian3 smooth_3x3",
}


@recipe("Sobel and other fixed 3 by 3 filters", "stencil:0.83", "image terrain")
def fixed_filter(k: Kernel) -> None:
    rng = k.rng
    job = Job(k, "pixel")
    name = rng.weighted(
        {
            "sobel": 3.0,
            "prewitt": 1.0,
            "scharr": 1.0,
            "roberts": 0.8,
            "sharpen": 1.0,
            "laplacian": 1.0,
            "laplacian8": 0.8,
            "emboss": 0.8,
            "blur3": 1.2,
        }
    )
    grid = Grid(job, 2, "clamp inner wrap hold clamp")
    image = grid.source(IMAGES + " gray intensity")
    edges = name in _EDGES
    combine = job.pick(magnitude=4.0, vector=1.0, harris=1.0, angle=1.0) if edges else "one"
    outs = {
        "magnitude": "edges magnitude grad_mag edge_map edge_strength",
        "vector": "gradient gradients grad_out",
        "harris": "response corners harris_out cornerness",
        "angle": "orientation angles direction_out grad_angle",
    }
    one = {
        "sharpen": "sharpened image_out dst",
        "laplacian": "laplacian lap_out edges",
        "laplacian8": "outline edges image_out",
        "emboss": "embossed relief image_out",
        "blur3": "blurred smoothed image_out",
    }
    if grid.border == "hold" and combine in ("vector", "harris", "angle"):
        grid.border = "clamp"
    grid.prepare(image, one[name] if not edges else outs[combine])
    loads: dict[tuple[int, int], Expr] = {}
    named = rng.chance(0.4)

    def at(dy: int, dx: int) -> Expr:
        """A pixel around this one: each is read once where pixels have names."""
        if (dy, dx) not in loads:
            value = grid.at(image, dy, dx)
            if named:
                row, column = ("top", "", "bot")[dy + 1], ("left", "", "right")[dx + 1]
                words = "_".join(word for word in (row, column) if word) or "center"
                short = "tmb"[dy + 1] + "lcr"[dx + 1]
                value = job.let(f"{short} {words} p{dy + 1}{dx + 1}", value)
            loads[dy, dx] = value
        return loads[dy, dx]

    results = []
    for part, pattern in enumerate(_MASKS[name]):
        pattern = rng.shuffle(pattern) if rng.chance(0.3) else pattern
        total = None
        for dy, dx, factor in pattern:
            sample = at(dy, dx)
            term = sample if abs(factor) == 1.0 else abs(factor) * sample
            if total is None:
                total = (-sample if factor == -1.0 else factor * sample) if factor < 0 else term
            else:
                total = total - term if factor < 0 else total + term
        assert total is not None
        if edges and name == "roberts":
            total = job.let(("g1 d1 diag1 gx" if part == 0 else "g2 d2 diag2 gy"), total)
        elif edges:
            total = job.let(("gx grad_x dx Ix" if part == 0 else "gy grad_y dy Iy"), total)
        results.append(total)
    if not edges:
        _one_mask(job, grid, name, results[0])
        return
    gx, gy = results
    if job.more(0.3) and name != "roberts":
        scale = {"sobel": 8.0, "prewitt": 6.0, "scharr": 32.0}[name]
        gx, gy = (
            job.let("gx_n gx_scaled", gx * (1.0 / scale) if name != "prewitt" else gx / scale),
            job.let("gy_n gy_scaled", gy * (1.0 / scale) if name != "prewitt" else gy / scale),
        )
    if combine == "vector":
        job.titled(f"{name}_gradient image_gradient {name}_xy gradient_{name} compute_image_gradient")
        grid.write(k.make(t.vec(2, k.real), gx, gy))
        if job.more(0.4):
            grid.write(k.call("sqrt", gx * gx + gy * gy), "magnitude grad_mag strength")
        return
    if combine == "harris":
        job.titled(f"structure_tensor corner_response image_structure {name}_structure tensor_components")
        grid.write(gx * gx, "ixx Ixx gxx jxx")
        grid.write(gx * gy, "ixy Ixy gxy jxy")
        grid.write(gy * gy, "iyy Iyy gyy jyy")
        return
    ways = [
        k.call("sqrt", gx * gx + gy * gy),
        k.call("abs", gx) + k.call("abs", gy),
        k.call("max", k.call("abs", gx), k.call("abs", gy)),
        k.call("length", k.make(t.vec(2, k.real), gx, gy)),
    ]
    if combine == "angle":
        job.titled(
            f"gradient_orientation {name}_angle edge_orientation gradient_angle orientation_map {name}_direction"
        )
        angle = k.call("atan2", gy, gx)
        if job.more(0.5):
            size = job.let("mag strength g", ways[0])
            least = job.param("min_mag threshold min_gradient", 0.05, 1.0, 0.1, 0.5, each=False)
            grid.write(size, "magnitude grad_mag strength_out")
            angle = k.where(size > least, angle, k.lit(0.0))
        grid.write(angle)
        return
    job.titled(
        f"{name} {name}_filter {name}_edges {name}_magnitude"
        f" edge_detect detect_edges gradient_magnitude apply_{name} edge_strength"
    )
    value = rng.choose(ways)
    if job.more(0.4):
        value = job.let("mag g strength edge", value)
        limit = job.param("threshold edge_threshold min_edge", 0.1, 2.0, 0.5, 1.0, each=False)
        if rng.chance(0.5):
            grid.write(k.where(value > limit, k.lit(1.0), k.lit(0.0)))
        else:
            grid.write(k.where(value < limit, k.lit(0.0), value))
        if job.more(0.3):
            grid.write(value, "raw_magnitude strength_out mag_out")
        return
    if job.more(0.3):
        value = k.call("min", value, 1.0)
    grid.write(job.maybe("mag g strength edge", value))


def _one_mask(job: Job, grid: Grid, name: str, value: Expr) -> None:
    k, rng = job.k, job.rng
    job.titled(_FIXED_TITLES[name])
    if name == "blur3":
        value = value * (1.0 / 16.0)
    elif name == "emboss":
        value = value + job.param("bias gray_level offset", 0.3, 0.6, 0.5, each=False) if rng.chance(0.6) else value
    elif name == "sharpen" and job.more(0.5):
        value = job.let("sharp sharpened_px crisp", value)
    elif name != "sharpen" and job.more(0.5):
        value = value * job.param("gain scale strength", 0.1, 2.0, 0.25, 0.5, each=False)
    if rng.chance(0.4):
        value = k.call("clamp", value, 0.0, 1.0)
    elif name in ("laplacian", "laplacian8") and rng.chance(0.4):
        value = k.call("abs", value)
    grid.write(job.maybe("result filtered_px value", value))
