"""Volumes as kernels use them: each holds one kind of value, which the facts of its handle say (`holds`)."""

from __future__ import annotations

from dataclasses import dataclass

from warp_jit_pairs import types as t

from . import tree
from .kernel import Kernel
from .queries import VEC3, fixed, handle, op
from .tasks import extent, launch, leave, local, names, opt, read, write
from .tree import Expr

FIELDS = "fluids render terrain"
DENSITY = "=density_volume volume density_grid vol field_volume smoke_volume volume_id"
HEAT = "=temperature_volume temp_volume heat_volume temperature_grid temp_grid"
SDF = "=sdf volume sdf_volume sdf_grid distance_volume collider_sdf"
VELOCITY = "=velocity_volume vel_volume flow_volume wind_volume velocity_grid vel_grid"
LABELS = "=label_volume labels segment_volume material_volume id_volume"
POINT = names("p pos x point", "world query sample particle", "")
UVW = "=uvw q local index_pos coord"
INDEX = "=index_volume grid_id sparse_grid index_grid volume"

_HELD: dict[t.Type, tuple[str, str, str]] = {
    t.F32: ("float32", "f", "float"),
    VEC3: ("vec3", "v", "wp.vec3"),
    t.I32: ("int32", "i", "int"),
}
"""What a volume of a type says that it holds, how the builtins for it end, and what the generic ones are told."""


def told(name: str, dtype: t.Type, *arguments: Expr) -> Expr:
    """A call that is told what type to give."""
    spelled = tree.Verbatim(t.SHAPE, 0.0, 0.0, _HELD[dtype][2])
    return tree.Call(dtype, -1e3, 1e3, f"wp.{name}", arguments, (("dtype", spelled),))


def mode(k: Kernel, closest: float = 0.0) -> Expr:
    """How values between those of the grid are found."""
    return tree.Verbatim(t.I32, 0.0, 1.0, f"wp.Volume.{'CLOSEST' if k.rng.chance(closest) else 'LINEAR'}")


def blank_vector(k: Kernel) -> Expr:
    """A vector for a builtin to write a gradient into."""
    name = tree.Name(VEC3, -1e3, 1e3, k.namer.local("=grad g gradient dphi"))
    k.add(tree.Assign((name,), k.make(VEC3, 0.0, 0.0, 0.0)))
    return name


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume of floats, vectors or integers; a program reads and writes it by the same builtins everywhere."""

    k: Kernel
    id: Expr
    dtype: t.Type
    generic: bool
    mode: Expr

    def at(self, cell: list[Expr]) -> Expr:
        if self.generic:
            return told("volume_lookup", self.dtype, self.id, *cell)
        return op(f"volume_lookup_{_HELD[self.dtype][1]}", self.dtype, self.id, *cell)

    def store(self, cell: list[Expr], value: Expr) -> None:
        # Nothing else tells of a generic store what the volume holds.
        generic = self.generic and self.dtype is t.F32
        name = "volume_store" if generic else f"volume_store_{_HELD[self.dtype][1]}"
        self.k.do(op(name, t.NOTHING, self.id, *cell, value))
        self.k.shared.differentiable = False

    def sample(self, place: Expr) -> Expr:
        """The value at a place in the volume's own coordinates."""
        modes = () if self.dtype is t.I32 and not self.generic else (self.mode,)
        if self.generic:
            return told("volume_sample", self.dtype, self.id, place, *modes)
        return op(f"volume_sample_{_HELD[self.dtype][1]}", self.dtype, self.id, place, *modes)

    def sample_world(self, p: Expr) -> Expr:
        """The value at a place in the world."""
        return self.sample(self.index(p))

    def sample_grad(self, place: Expr, gradient: Expr) -> Expr:
        """The value at a place, whose gradient is written into a vector."""
        if self.generic or self.k.rng.chance(0.42):
            return told("volume_sample_grad", self.dtype, self.id, place, mode(self.k), gradient)
        return op(f"volume_sample_grad_{_HELD[self.dtype][1]}", self.dtype, self.id, place, mode(self.k), gradient)

    def index(self, p: Expr) -> Expr:
        return op("volume_world_to_index", VEC3, self.id, p)

    def world(self, place: Expr) -> Expr:
        return op("volume_index_to_world", VEC3, self.id, place)


def volume(k: Kernel, called: str, dtype: t.Type = t.F32, like: Volume | None = None) -> Volume:
    """A new argument that names a volume; one `like` another is used by builtins of the same kind."""
    made = handle(k, "volume", called, holds=_HELD[dtype][0])
    generic = like.generic if like is not None else k.rng.chance(0.15 if dtype is t.I32 else 0.28)
    # Labels have nothing between them; what is followed or differentiated has to be smooth.
    return Volume(
        k, made, dtype, generic, mode(k, 1.0 if dtype is t.I32 else 0.2 if called in (DENSITY, HEAT) else 0.0)
    )


def by_axis(k: Kernel, *patterns: str) -> list[str]:
    """Names of three locals that are alike: `#` stands for the axis."""
    pattern = k.rng.choose(patterns)
    return ["=" + pattern.replace("#", axis) for axis in "xyz"]


# -- cells


def _letters(k: Kernel) -> tuple[str, str, str]:
    """Names of a cell's indices beside that of the thread."""
    free = [row for row in _LETTERS if not any(isinstance(i, tree.Name) and i.id == row[0][1:] for i in k.threads)]
    return k.rng.choose(tuple(free))


def moved(cell: list[Expr], axis: int, by: int) -> list[Expr]:
    """The cell that lies so many further along an axis."""
    return [(c + by if by > 0 else c - -by) if n == axis else c for n, c in enumerate(cell)]


_LETTERS = ("=i", "=j", "=k"), ("=x", "=y", "=z"), ("=ix", "=iy", "=iz"), ("=vx", "=vy", "=vz")
_SIZES = ("=nx", "=ny", "=nz"), ("=dim_x", "=dim_y", "=dim_z"), ("=res_x", "=res_y", "=res_z")


def own_cell(k: Kernel) -> list[Expr]:
    """A thread for each cell, which is its own to store into: a grid of threads, or a flat index taken apart.

    Some kernels leave cells out: beyond the grid, outside of a mask.
    """
    rng = k.rng
    if rng.chance(0.12):
        launch(k, "voxel", whole=True)
        tid = k.threads[0]
        nx, ny, nz = (k.scalar(kind, t.I32, 2, 3) for kind in rng.choose(_SIZES))
        leave(k, tid >= nx * ny * nz)
        parts = tid // (ny * nz), (tid // nz) % ny, tid % nz
        return [local(k, kind, part) for kind, part in zip(_letters(k), parts, strict=True)]
    launch(k, "voxel", 3, kinds=rng.choose(_LETTERS), whole=True)
    cell = list(k.threads)
    how = rng.weighted({"": 62.0, "bounds": 14.0, "mask": 14.0, "offset": 10.0})
    if how == "bounds":
        leave(k, k.either(*(c >= size for c, size in zip(cell, sizes_of(k), strict=True))))
    elif how == "mask":
        kind = "=mask active voxel_mask domain_mask region_mask enabled"
        leave(k, k.array(kind, t.I32, k.launch, low=0, high=1)[k.threads].equals(0))
    elif how == "offset":
        corner = k.scalar("=lower corner region_min block_min origin_ijk", t.vec(3, t.I32), 0, 3)
        called = by_axis(k, "v#", "#v", "#_idx")
        cell = [local(k, kind, c + corner[n]) for n, (kind, c) in enumerate(zip(called, cell, strict=True))]
    return cell


def sizes_of(k: Kernel) -> list[Expr]:
    """How many cells a grid of threads has along each axis."""
    return [extent(k, dim, kind) for dim, kind in zip(k.launch, k.rng.choose(_SIZES), strict=True)]


def listed_cell(k: Kernel) -> list[Expr]:
    """A cell of a list, to read: two threads may draw the same one."""
    rng = k.rng
    launch(k, "voxel")
    i = k.threads[0]
    if rng.chance(0.3):
        rows = k.array("=voxels ijk coords voxel_coords", t.I32, (k.launch[0], k.dim(3, fixed=True)), low=0, high=4)
        return [local(k, kind, rows[i, n]) for n, kind in enumerate(_letters(k))]
    cells = k.array("=voxels cells ijks coords", t.vec(3, t.I32), k.launch, low=0, high=4)
    cell = k.components(k.let("=ijk cell coord voxel", cells[i]))
    if rng.chance(0.4):
        cell = [local(k, kind, part) for kind, part in zip(_letters(k), cell, strict=True)]
    return cell


def place_of(k: Kernel, cell: list[Expr]) -> Expr:
    """A cell's index as a point of the volume's own coordinates."""
    return k.make(VEC3, *(k.cast(c, t.F32) for c in cell))


def put(k: Kernel, cell: list[Expr], kind: str, called: str, value: Expr, like: Volume, alone: bool) -> None:
    """A result of a cell: into an array, or into another volume where the cell is this thread's `alone`."""
    if alone and k.rng.chance(0.35):
        volume(k, called, value.type, like).store(cell, value)
    else:
        write(k, kind, value)


def counted(k: Kernel, chance: float, kind: str, value: Expr) -> None:
    """Perhaps the sum of a value that has a name over all threads."""
    if isinstance(value, tree.Name) and opt(k, chance):
        total = k.array(kind, value.type, (k.dim(1, fixed=True),), "inout", low=0.0, high=0.0)
        k.do(k.call("atomic_add", total, k.integer(0), value, gives=value.type))


def beside(k: Kernel, grid: Volume, cell: list[Expr], stem: str = "") -> list[tuple[Expr, Expr]]:
    """The values of the cells next to one, ahead and behind along each axis."""
    inline = k.rng.chance(0.4)
    called = k.rng.choose((f"{stem}xp {stem}xm {stem}yp {stem}ym {stem}zp {stem}zm", *_CALLED)).split()
    found: list[Expr] = []
    for n in range(6):
        value = grid.at(moved(cell, n // 2, 1 - 2 * (n % 2)))
        found.append(value if inline else local(k, f"={called[n]}", value))
    return list(zip(found[::2], found[1::2], strict=True))


_CALLED = ("right left up down front back", "hi_x lo_x hi_y lo_y hi_z lo_z", "x1 x0 y1 y0 z1 z0")
"""Names of the values beside a cell."""


# -- points


def flag(k: Kernel, kind: str, test: Expr) -> None:
    write(k, kind, k.where(test, k.integer(1), k.integer(0)))
    k.shared.differentiable = False


def point_of(k: Kernel, pushed: bool = False) -> Expr:
    """A place in the world: read as it is, of a body, or where a particle is about to be unless it is `pushed`."""
    rng = k.rng
    how = rng.weighted({"plain": 78.0, "body": 12.0, "next": 0.0 if pushed else 10.0})
    if how == "body":
        pose = k.scalar("=xform X_wb body_pose pose", t.transform(), -0.5, 0.5, unit=True)
        local_p = read(k, "=local_p body_p p_local probe", VEC3)
        return k.let("=p world_p x", k.call("transform_point", pose, local_p))
    p = read(k, POINT, VEC3)
    if how == "next":
        v = read(k, "=v vel velocity", VEC3, -1.0, 1.0)
        return k.let("=x_next predicted p_new", p + v * fixed(k, "=dt time_step h", 0.01, 0.1, 0.05, 0.02))
    return p


def within(k: Kernel, grid: Volume, p: Expr) -> Expr:
    """The place in the volume's own coordinates; some kernels leave out what is not in the grid."""
    rng = k.rng
    place = k.let(UVW, grid.index(p))
    if rng.chance(0.22):
        top = rng.choose((7.0, 8.0))
        parts = k.components(place)
        if rng.chance(0.5):
            leave(k, k.either(*(part < 0.0 for part in parts), *(part > top for part in parts)))
        else:
            sizes = k.scalar("=dims resolution grid_size", VEC3, 6.0, 8.0)
            tests = [part < 0.0 for part in parts]
            leave(k, k.either(*tests, *(part >= size for part, size in zip(parts, k.components(sizes), strict=True))))
    return place
