"""Volumes and textures of the reference: values on a grid, looked up and interpolated."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .faults import Unsupported
from .scalars import ScalarType
from .vectors import Types, raw

Data = np.ndarray[Any, Any]

CLOSEST, LINEAR = 0, 1
WRAP, CLAMP, MIRROR, BORDER = range(4)

_LEAF = 8
"""Voxels along each side of a leaf."""
_FLAT = 1e-6
"""Gradients smaller than this part of a volume's values are rounding."""
_DENSE = ("values", "labels", "vectors")


class Volume:
    """A volume of leaves in a row from the origin of its index space, or an index grid of some voxels of the first."""

    def __init__(self, content: Mapping[str, Data], types: Types) -> None:
        self.given = content
        self.types = types
        self.F = types.scalars["float32"].np
        self.vec3 = types.block("float32", (3,))
        self.transform = np.asarray(content["transform"], np.float64)
        self.origin = np.asarray(content["origin"], self.F)
        self.forward = self.transform.astype(self.F)
        self.inverse = np.linalg.inv(self.transform).astype(self.F)
        self.dense = next((name for name in _DENSE if name in content), None)
        if self.dense is not None:
            kind = np.int32 if self.dense == "labels" else self.F
            self.cells = np.array(content[self.dense], kind)
            self.background = np.asarray(content["background"], kind)[0]
        else:
            voxels = sorted(tuple(int(x) for x in voxel) for voxel in content["voxels"])
            self.numbers = {voxel: number for number, voxel in enumerate(voxels)}

    @property
    def content(self) -> dict[str, Data]:
        return {**self.given, self.dense: self.cells} if self.dense is not None else dict(self.given)

    def number(self, voxel: tuple[int, ...]) -> int:
        """Index of a voxel's value, -1 where there is none."""
        if self.dense is None:
            return self.numbers.get(voxel, -1)
        if not all(0 <= x < extent for x, extent in zip(voxel, self.cells.shape, strict=False)):
            return -1
        x, y, z = voxel
        return (x * _LEAF + y) * _LEAF + z

    def at(self, voxel: tuple[int, ...], values: Any = None, background: Any = None) -> Any:
        """Value of a voxel, of the volume itself or of an array that it numbers."""
        number = self.number(voxel)
        if values is not None:
            return raw(values[number]) if number >= 0 else raw(background)
        return self.cells[voxel] if number >= 0 else self.background

    def wrapped(self, value: Any) -> Any:
        """A computed value as a kernel sees it."""
        if isinstance(value, np.ndarray):
            return self.types.block("float32", value.shape).of(np.array(value))
        return value

    def sample(self, uvw: Any, mode: Any, values: Any = None, background: Any = None) -> tuple[Any, Data | None]:
        """Value at index coordinates, and its gradient where that is not zero."""
        place = uvw.a
        if mode == CLOSEST:
            rounded = np.where(place < 0, np.ceil(place - self.F(0.5)), np.floor(place + self.F(0.5)))
            return self.at(tuple(int(x) for x in rounded), values, background), None
        base = np.floor(place)
        part = place - base
        along = np.stack([1 - part, part])
        total: Any = 0
        slopes: list[Any] = [0, 0, 0]
        for offset in itertools.product((0, 1), repeat=3):
            value = self.at(tuple(int(x) + o for x, o in zip(base, offset, strict=True)), values, background)
            weights = [along[o, axis] for axis, o in enumerate(offset)]
            total = total + value * (weights[0] * weights[1] * weights[2])
            for axis in range(3):
                rest = weights[(axis + 1) % 3] * weights[(axis + 2) % 3]
                slopes[axis] = slopes[axis] + value * (rest if offset[axis] else -rest)
        return total, self._told(np.stack(slopes, axis=-1), np.abs(self.cells).max() if self.dense else 1.0)

    def _told(self, slope: Data, size: Any) -> Data:
        """A gradient; one that only rounding keeps from zero has no direction, so the two precisions give two."""
        if self.types.precision == "float64" and np.abs(slope).max() <= _FLAT * size:
            return np.asarray(slope + 0.1 * _FLAT * size * np.array([1.0, -1.0, 1.0]))
        return slope

    def store(self, voxel: tuple[Any, ...], value: Any) -> None:
        """Set an active voxel; others stay as they are."""
        cell = tuple(int(x) for x in voxel)
        if self.dense is None or np.shape(raw(value)) != self.cells.shape[3:]:
            raise Unsupported("value of another type than the volume's")
        if self.number(cell) >= 0:
            self.cells[cell] = raw(value)

    def count(self) -> int:
        return len(self.cells) * _LEAF * _LEAF if self.dense is not None else len(self.numbers)

    def linear(self, matrix: Data, vector: Any) -> Any:
        if vector.scalar.name != "float32":
            raise Unsupported("volume in double precision")
        return self.vec3.of(matrix @ vector.a)

    def to_world(self, uvw: Any) -> Any:
        return self.vec3.of(self.linear(self.forward, uvw).a + self.origin)

    def to_index(self, xyz: Any) -> Any:
        return self.linear(self.inverse, self.vec3.of(xyz.a - self.origin))


def _volume(value: Any, dense: str | None = "") -> Volume:
    if not isinstance(value, Volume):
        raise Unsupported("volume that is not an argument")
    if dense != "" and value.dense != dense:
        raise Unsupported("value of another type than the volume's")
    return value


def _sample(dense: str) -> Callable[..., Any]:
    return lambda handle, uvw, mode=CLOSEST: handle.wrapped(_volume(handle, dense).sample(uvw, mode)[0])


def _generic_sample(handle: Any, uvw: Any, sampling_mode: Any, dtype: Any = None) -> Any:
    return handle.wrapped(_volume(handle).sample(uvw, sampling_mode)[0])


def _sample_grad(handle: Any, uvw: Any, sampling_mode: Any, grad: Any, dtype: Any = None) -> Any:
    value, slope = _volume(handle).sample(uvw, sampling_mode)
    grad.a[...] = 0 if slope is None else slope
    return handle.wrapped(value)


def _sample_index(handle: Any, uvw: Any, sampling_mode: Any, voxel_data: Any, background: Any) -> Any:
    return handle.wrapped(_volume(handle).sample(uvw, sampling_mode, voxel_data, background)[0])


def _sample_grad_index(handle: Any, uvw: Any, sampling_mode: Any, voxel_data: Any, background: Any, grad: Any) -> Any:
    value, slope = _volume(handle).sample(uvw, sampling_mode, voxel_data, background)
    grad.a[...] = 0 if slope is None else slope
    return handle.wrapped(value)


def _lookup(dense: str) -> Callable[..., Any]:
    return lambda handle, i, j, k, dtype=None: handle.wrapped(
        _volume(handle, dense or handle.dense).at((int(i), int(j), int(k)))
    )


def _store(handle: Any, i: Any, j: Any, k: Any, value: Any) -> None:
    _volume(handle).store((i, j, k), value)


# -- textures


class Texture:
    """Texels of up to three dimensions, without smaller levels."""

    def __init__(self, content: Mapping[str, Data], types: Types, ndim: int) -> None:
        self.content = content
        self.types = types
        self.F = types.scalars["float32"].np
        self.texels = np.asarray(content["texels"], self.F)
        self.filter, self.normalised, *modes = (int(mode) for mode in content["modes"])
        self.modes = modes[:ndim]
        self.sizes = self.texels.shape[2::-1][:ndim]

    def fetch(self, place: tuple[int, ...]) -> Data:
        """A texel by x, y, z; outside of the texture it is zero, unless an address mode brought the place inside."""
        inside = all(0 <= x < size for x, size in zip(place, self.sizes, strict=True))
        index = (0,) * (3 - len(place)) + tuple(reversed(place))
        found: Data = self.texels[index] if inside else np.zeros(self.texels.shape[-1], self.F)
        return found

    def sample(self, coordinates: list[Any]) -> Data:
        corners: list[list[tuple[int, Any]]] = []
        for x, size, mode in zip(coordinates, self.sizes, self.modes, strict=True):
            corners.append(self._closest(x, size, mode) if self.filter == CLOSEST else self._linear(x, size, mode))
        total = np.zeros(self.texels.shape[-1], self.F)
        for corner in itertools.product(*corners):
            weight = self.F(1)
            for _, share in corner:
                weight = weight * share
            total = total + self.fetch(tuple(place for place, _ in corner)) * weight
        return total

    def _closest(self, x: Any, size: int, mode: int) -> list[tuple[int, Any]]:
        texel = int(np.floor(float(x) * (size if self.normalised else 1)))
        return [(_addressed(texel, size, mode), self.F(1))]

    def _linear(self, x: Any, size: int, mode: int) -> list[tuple[int, Any]]:
        if mode in (WRAP, MIRROR):
            period = self.F((1 if self.normalised else size) * (2 if mode == MIRROR else 1))
            x = np.fmod(x, period)
            x = x + period if x < 0 else x
        texel = (x if self.normalised else x / self.F(size)) * self.F(size) - self.F(0.5)
        if mode == CLAMP:
            texel = max(self.F(0), min(texel, self.F(size - 1)))
        elif mode == BORDER:
            texel = max(self.F(-2), min(texel, self.F(size)))
        first = int(np.floor(texel))
        part = self.F(texel - np.floor(texel))
        return [(_addressed(first, size, mode), self.F(1) - part), (_addressed(first + 1, size, mode), part)]


def _addressed(texel: int, size: int, mode: int) -> int:
    if mode == WRAP:
        return texel % size
    if mode == MIRROR:
        place = texel % (2 * size)
        return place if place < size else 2 * size - 1 - place
    return min(max(texel, 0), size - 1) if mode == CLAMP else texel


def _texture_sample(tex: Any, *where: Any, dtype: Any = None, lod: Any = None) -> Any:
    if not isinstance(tex, Texture):
        raise Unsupported("texture that is not an argument")
    coordinates = list(where[0].a) if len(where) == 1 and hasattr(where[0], "a") else list(where)
    found = tex.sample(coordinates)
    if dtype is None or isinstance(dtype, ScalarType) or dtype is float:
        return found[0]
    return dtype.of(found[: dtype.length])


def table() -> dict[str, Callable[..., Any]]:
    """The builtins on volumes and textures."""
    kinds = {"f": "values", "i": "labels", "v": "vectors"}
    return {
        **{f"volume_sample_{letter}": _sample(dense) for letter, dense in kinds.items()},
        **{f"volume_lookup_{letter}": _lookup(dense) for letter, dense in kinds.items()},
        **{f"volume_store_{letter}": _store for letter in kinds},
        "volume_sample": _generic_sample,
        "volume_sample_grad": _sample_grad,
        "volume_sample_grad_f": _sample_grad,
        "volume_sample_index": _sample_index,
        "volume_sample_grad_index": _sample_grad_index,
        "volume_lookup": _lookup(""),
        "volume_lookup_index": lambda handle, i, j, k: np.int32(_volume(handle).number((int(i), int(j), int(k)))),
        "volume_store": _store,
        "volume_voxel_count": lambda handle: np.int32(_volume(handle).count()),
        "volume_world_to_index": lambda handle, xyz: _volume(handle).to_index(xyz),
        "volume_index_to_world": lambda handle, uvw: _volume(handle).to_world(uvw),
        "volume_world_to_index_dir": lambda handle, xyz: _volume(handle).linear(handle.inverse, xyz),
        "volume_index_to_world_dir": lambda handle, uvw: _volume(handle).linear(handle.forward, uvw),
        "texture_sample": _texture_sample,
    }
