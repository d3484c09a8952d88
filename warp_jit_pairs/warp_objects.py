"""An object of Warp from its content, made through Warp's public interface, on any device.

What `native_handles.py` does for compiled code without Warp; here for kernels that Warp itself launches, and for those
on a GPU.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import warp as wp

from .live_kernels import imported
from .quiet import initialise
from .reference.layout import HandleType

Data = np.ndarray[Any, Any]

_DENSE = (("values", float, "f"), ("labels", int, "i"), ("vectors", wp.vec3, "v"))
"""Content of a dense volume, what its items are, and how builtins for them end."""
_NAMES = {"f": "float", "i": "int", "v": "wp.vec3"}
_FILL = """\
import warp as wp


@wp.kernel
def fill_{letter}(volume: wp.uint64, values: wp.array3d(dtype={dtype})):
    i, j, k = wp.tid()
    wp.volume_store_{letter}(volume, i, j, k, values[i, j, k])
"""


_READ = """\
import warp as wp


@wp.kernel
def read_{letter}(volume: wp.uint64, values: wp.array3d(dtype={dtype})):
    i, j, k = wp.tid()
    values[i, j, k] = wp.volume_lookup_{letter}(volume, i, j, k)
"""


class DeviceHandle:
    """An object on a GPU, for compiled code; `argument` is what a kernel gets for it."""

    def __init__(self, kind: HandleType, content: Mapping[str, Data], device: str) -> None:
        initialise()
        self._content = content
        self._device = device
        self._stores = not kind.uses or any(name.startswith("volume_store") for name in kind.uses)
        self._made: Any = warp_object(kind, content, device)
        argument = warp_argument(self._made)
        self.argument = struct.pack("Q", argument) if isinstance(argument, int) else bytes(argument.__ctype__())
        wp.synchronize_device(device)  # kernels do not run in Warp's stream

    def read_back(self) -> None:
        """Bring into the content what a kernel may have changed: the values of a dense volume."""
        dense = next((row for row in _DENSE if row[0] in self._content), None)
        if dense is None or not self._stores:
            return
        name, dtype, letter = dense
        values = wp.empty(self._content[name].shape[:3], dtype=dtype, device=self._device)
        with imported(_READ.format(letter=letter, dtype=_NAMES[letter]), f"read_{letter}") as kernel:
            wp.launch(kernel, values.shape, inputs=[self._made.id, values], device=self._device)
        self._content[name][...] = values.numpy()

    def free(self) -> None:
        """Let go of the object."""
        self._made = None


def warp_object(kind: HandleType, content: Mapping[str, Data], device: str) -> Any:
    """The object that `kind` and `content` describe (`reference/layout.py`); whoever passes its id keeps it alive."""
    family = kind.name.partition("_")[0]
    if family.startswith("texture"):
        return _texture(content, int(family[len("texture")]), device)
    return {"mesh": _mesh, "bvh": _bvh, "hashgrid": _grid, "volume": _volume}[family](content, device)


def warp_argument(made: Any) -> Any:
    """What a launch takes for an object: its id, or a texture as it is."""
    return made if isinstance(made, (wp.Texture1D, wp.Texture2D, wp.Texture3D)) else made.id


def _vectors(data: Data, device: str) -> Any:
    return wp.array(data, dtype=wp.vec3, device=device)


def _groups(content: Mapping[str, Data], device: str) -> Any:
    return wp.array(content["groups"], dtype=int, device=device) if len(content["groups"]) else None


def _mesh(content: Mapping[str, Data], device: str) -> Any:
    return wp.Mesh(
        points=_vectors(content["points"], device),
        indices=wp.array(content["indices"], dtype=int, device=device),
        velocities=_vectors(content["velocities"], device) if len(content["velocities"]) else None,
        support_winding_number=True,
        groups=_groups(content, device),
    )


def _bvh(content: Mapping[str, Data], device: str) -> Any:
    lowers, uppers = (_vectors(content[name], device) for name in ("lowers", "uppers"))
    return wp.Bvh(lowers, uppers, groups=_groups(content, device))


def _grid(content: Mapping[str, Data], device: str) -> Any:
    grid = wp.HashGrid(*(int(n) for n in content["cells"]), device=device)
    grid.build(_vectors(content["points"], device), float(content["width"][0]))
    return grid


def _volume(content: Mapping[str, Data], device: str) -> Any:
    placed = {
        "transform": wp.mat33(*content["transform"].ravel().tolist()),
        "translation": tuple(content["origin"].tolist()),
        "device": device,
    }
    if "voxels" in content:
        return wp.Volume.allocate_by_voxels(wp.array(content["voxels"], dtype=wp.vec3i, device=device), **placed)
    name, dtype, letter = next(row for row in _DENSE if row[0] in content)
    values = content[name]
    tiles = np.array([(x, 0, 0) for x in range(0, len(values), 8)], np.int32)
    background = content["background"][0]
    volume = wp.Volume.allocate_by_tiles(
        wp.array(tiles, dtype=wp.vec3i, device=device),
        bg_value=background.tolist() if background.shape else background.item(),
        **placed,
    )
    given = [volume.id, wp.array(values, dtype=dtype, device=device)]
    with imported(_FILL.format(letter=letter, dtype=_NAMES[letter]), f"fill_{letter}") as kernel:
        wp.launch(kernel, values.shape[:3], inputs=given, device=device)
    return volume


def _texture(content: Mapping[str, Data], ndim: int, device: str) -> Any:
    texels = content["texels"]
    filtering, normalised, *addresses = (int(mode) for mode in content["modes"])
    kind = (wp.Texture1D, wp.Texture2D, wp.Texture3D)[ndim - 1]
    modes = {f"address_mode_{axis}": mode for axis, mode in zip("uvw"[:ndim], addresses, strict=False)}
    data = texels.reshape(texels.shape[3 - ndim :])
    return kind(data, filter_mode=filtering, normalized_coords=bool(normalised), device=device, **modes)
