"""Shows each finding of `notes/warp_findings.md` on the installed Warp: `python -m benchmarks.warp_findings`.

Each is the smallest kernel that shows it, what it gives, and what it should give. A finding that no longer shows after
an upgrade of Warp is to be struck from the notes (and from `adjoint_limits.py` where it is named there).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp


@wp.kernel(module="unique")
def frac_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    out[i] = wp.frac(x[i])


@wp.kernel(module="unique")
def modulus_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    out[i] = 7.5 % x[i]


@wp.kernel(module="unique")
def overwritten_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    v = wp.vec2(x[i], x[i])
    v[1] = 0.5
    out[i] = v[0] + 7.0 * v[1]


@wp.kernel(module="unique")
def loop_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    y = float(1.0)  # noqa: UP018  Warp takes a plain 1.0 for a constant
    for _ in range(i + 3):
        y = y * x[i]
    out[i] = y


@wp.kernel(module="unique")
def behind_loop_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    total = float(0.0)  # noqa: UP018
    for _ in range(i + 3):
        total += x[i]
    out[i] = total * x[i]


@wp.kernel(module="unique")
def while_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    total = float(0.0)  # noqa: UP018
    k = int(0)  # noqa: RUF046, UP018
    while k < 3:
        total += x[k]
        k += 1
    out[0] = total


TRIANGLE = wp.Mesh(
    wp.array([(-5.0, -5.0, 0.0), (5.0, -5.0, 0.0), (0.0, 5.0, 0.0)], dtype=wp.vec3, device="cpu"),
    wp.array([0, 1, 2], dtype=int, device="cpu"),
)
TRIANGLE_ID = wp.uint64(TRIANGLE.id)


@wp.kernel(module="unique")
def furthest_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    point = wp.vec3(x[i], 0.0, 1.0)
    found = wp.mesh_query_furthest_point_no_sign(TRIANGLE_ID, point, 0.0)
    out[i] = wp.length(point - wp.mesh_eval_position(TRIANGLE_ID, found.face, found.u, found.v))


SHEARED = wp.Volume.allocate_by_tiles(
    wp.array([(0, 0, 0)], dtype=wp.vec3i, device="cpu"),
    transform=wp.mat33(1.0, 0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    device="cpu",
)
SHEARED_ID = wp.uint64(SHEARED.id)


@wp.kernel(module="unique")
def volume_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    out[i] = wp.volume_world_to_index(SHEARED_ID, wp.vec3(0.0, x[i], 0.0))[0]


@wp.kernel(module="unique")
def scan_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    t = wp.tile_load(x, shape=1)
    wp.tile_store(out, wp.tile_scan_inclusive(t))


@wp.kernel(module="unique")
def norm_kernel(x: wp.array(dtype=wp.vec3d), out: wp.array(dtype=wp.float64)):
    i = wp.tid()
    out[i] = wp.norm_l1(x[i])


@wp.kernel(module="unique")
def spatial_kernel(x: wp.array(dtype=wp.vec3d), out: wp.array(dtype=wp.spatial_vectord)):
    i = wp.tid()
    out[i] = wp.spatial_vectord(x[i], x[i])


@wp.kernel(module="unique")
def rotation_kernel(x: wp.array(dtype=float), out: wp.array(dtype=float)):
    i = wp.tid()
    u, s, v = wp.svd2(wp.mat22(0.0, -x[i], x[i], 0.0))
    product = u @ wp.diag(s) @ wp.transpose(v)
    out[i] = product[1, 0]


@dataclass(frozen=True, slots=True)
class Finding:
    """A kernel of one thread at x = 2.25 that should give a value or a derivative, or has an error without reason.

    `size` is the number of items of x; the derivative is by the first.
    """

    title: str
    kernel: Any
    derivative: float | None = None
    value: float | None = None
    size: int = 1


@wp.func
def half_of(ret: float):
    return ret * 0.5


@wp.kernel
def ret_kernel(x: wp.array(dtype=float)):
    x[0] = half_of(x[0])


@wp.struct
class System:
    rhs: wp.vec3
    solution: wp.vec3


@wp.kernel(module="unique")
def rhs_kernel(x: wp.array(dtype=System)):
    i = wp.tid()
    x[i].solution = 2.0 * x[i].rhs


FINDINGS = [
    Finding("wp.frac has no adjoint", frac_kernel, 1.0),
    Finding("the adjoint of a % b leaves out the divisor", modulus_kernel, -3.0),
    Finding("assigning a component keeps the adjoint of the value that was there", overwritten_kernel, 1.0),
    Finding("a variable that a dynamic loop changes is replayed with its last value", loop_kernel, 3 * 2.25**2),
    Finding("code behind a dynamic loop is differentiated at what a variable held before it", behind_loop_kernel, 13.5),
    Finding("the adjoint of a while loop takes an index that the loop has already moved", while_kernel, 1.0, size=4),
    Finding("the furthest point of a mesh is differentiated as if it were the closest", furthest_kernel, 0.818),
    Finding("the adjoint of volume_world_to_index leaves out the transposition", volume_kernel, -0.5),
    Finding("wp.tile_scan_inclusive has no adjoint", scan_kernel, 1.0),
    Finding("wp.svd2 of a scaled rotation is that of the identity", rotation_kernel, value=2.25),
    Finding("wp.norm_l1 refuses vectors that are not of float32", norm_kernel),
    Finding("wp.spatial_vectord refuses two 3-vectors", spatial_kernel),
    Finding("a function's parameter must not be named ret", ret_kernel),
    Finding("a struct's field must not be named rhs", rhs_kernel),
]


def launch_at(kernel: Any, value: float, size: int) -> tuple[float, float]:
    """Output and gradient that Warp gives for one thread."""
    x = wp.array([value] * size, dtype=float, device="cpu", requires_grad=True)
    out = wp.zeros(1, dtype=float, device="cpu", requires_grad=True)
    tape = wp.Tape()
    with tape:
        wp.launch(kernel, 1, inputs=[x, out], device="cpu")
    tape.backward(grads={out: wp.array([1.0], dtype=float, device="cpu")})
    return float(out.numpy()[0]), float(x.grad.numpy()[0])


def refusal(kernel: Any) -> str:
    """The last line of the error that Warp raises for a kernel; empty if there is none."""
    dtypes = [argument.type.dtype for argument in kernel.adj.args]
    arrays = [wp.zeros(1, dtype=dtype, device="cpu") for dtype in dtypes]
    try:
        wp.launch(kernel, 1, inputs=arrays, device="cpu")
    except Exception as error:  # noqa: BLE001  whatever it is, it is shown
        return str(error).strip().splitlines()[-1]
    return ""


def show(finding: Finding, write: Callable[[str], None] = print) -> bool:
    """Print what a finding gives; returns whether it still shows."""
    if finding.derivative is None and finding.value is None:
        text = refusal(finding.kernel)
        write(f"{finding.title}: {text or 'no longer'}")
        return bool(text)
    output, gradient = launch_at(finding.kernel, 2.25, finding.size)
    if finding.value is not None:
        write(f"{finding.title}: value {output:g}, should be {finding.value:g}")
        return not np.isclose(output, finding.value, rtol=1e-4)
    assert finding.derivative is not None
    write(f"{finding.title}: adjoint {gradient:g}, derivative {finding.derivative:g}")
    return not np.isclose(gradient, finding.derivative, rtol=1e-4)


def main() -> None:
    wp.config.log_level = wp.LOG_ERROR
    shown = [show(finding) for finding in FINDINGS]
    print(f"{sum(shown)} of {len(shown)} findings show on Warp {wp.__version__}")


if __name__ == "__main__":
    main()
