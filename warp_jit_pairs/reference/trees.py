"""BVHs and hash grids of the reference.

A BVH query looks at every box and gives them by number, in declared precision from the first and in float64 from the
last: what depends on the order differs between the two and is not compared. A hash grid's order of cells and of points
in a cell is part of what it promises, and is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .faults import Fault, Unsupported
from .vectors import Types

Data = np.ndarray[Any, Any]

_NEAR = 1e-6
"""Gaps smaller than this, relative to 1 + the coordinates, are too close to call for anything but boxes."""


@dataclass(frozen=True, slots=True)
class GroupRoot:
    """Where the part of a tree begins that holds one group; a number in Warp, which means nothing by itself."""

    label: int


def rooted(root: Any) -> GroupRoot | None:
    """The group that a query is confined to; -1 stands for the whole tree."""
    if isinstance(root, GroupRoot):
        return root
    if root != -1:
        raise Unsupported("query from a node of a tree")
    return None


class Query:
    """An iteration over what a query found.

    `entry`, if any, is where a ray enters each box; `valid` says whether a block's last step found anything.
    """

    def __init__(self, found: list[int], entry: Data | None = None) -> None:
        self.found = found
        self.entry = entry
        self.place = 0
        self.valid: Any = np.bool_(True)

    def __iter__(self) -> Iterator[Any]:
        while self.place < len(self.found):
            self.place += 1
            yield np.int32(self.found[self.place - 1])

    def step(self, index: Any, max_dist: Any = np.inf) -> tuple[Any, Any]:
        """Whether there is another, and its index (else the one before)."""
        for fresh in self:
            if self.entry is None or self.entry[fresh] < max_dist:
                return np.bool_(True), fresh
        return np.bool_(False), index


class Bvh:
    """Boxes with the group that each belongs to."""

    def __init__(self, content: Mapping[str, Data], types: Types) -> None:
        self.content = content
        real = types.scalars["float32"].np
        self.other = types.precision == "float64"
        self.lowers, self.uppers = np.asarray(content["lowers"], real), np.asarray(content["uppers"], real)
        self.groups = np.asarray(content["groups"])

    def root(self, label: Any) -> Any:
        if not len(self.groups):
            raise Unsupported("group of a tree without groups")
        return GroupRoot(int(label)) if int(label) in self.groups else np.int32(-1)

    def answer(self, meets: Data, gap: Data, root: Any, entry: Data | None = None) -> Query:
        """What is met; `gap` is how far that is from being otherwise."""
        meets = np.where(np.abs(gap) <= _NEAR, not self.other, meets)
        group = rooted(root)
        if group is not None:
            meets = meets & (self.groups == group.label)
        found = [int(i) for i in np.flatnonzero(meets)]
        return Query(found[::-1] if self.other else found, entry)


def _bvh(value: Any) -> Bvh:
    if not isinstance(value, Bvh):
        raise Unsupported("BVH that is not an argument")
    return value


def box_overlaps(bvh: Bvh, lower: Data, upper: Data, root: Any) -> Query:
    """Boxes that share a point with a box: comparisons alone, which rounding does not touch."""
    meets = np.asarray(((lower <= bvh.uppers) & (upper >= bvh.lowers)).all(axis=1))
    return bvh.answer(meets, np.ones(len(meets)), -1 if root is None else root)


def ball_overlaps(bvh: Bvh, center: Data, radius: Any, root: Any) -> Query:
    """Boxes that share a point with a ball."""
    away = np.maximum(np.maximum(bvh.lowers - center, center - bvh.uppers), 0)
    reach = max(float(radius), 0.0)
    gap = np.sqrt((away * away).sum(axis=1)) - reach
    return bvh.answer(gap <= 0, gap, -1 if root is None else root)


def ray_overlaps(bvh: Bvh, start: Data, direction: Data, radius: Any, root: Any) -> Query:
    """Boxes that a ray meets, each grown by a radius on all sides."""
    grow = np.asarray(max(float(radius), 0.0), bvh.lowers.dtype)
    slope = np.where(direction == 0, 1, direction)
    first, second = (bvh.lowers - grow - start) / slope, (bvh.uppers + grow - start) / slope
    inside = (bvh.lowers - grow <= start) & (start <= bvh.uppers + grow)
    flat = direction == 0
    enter = np.where(flat, np.where(inside, -np.inf, np.inf), np.minimum(first, second)).max(axis=1)
    leave = np.where(flat, np.where(inside, np.inf, -np.inf), np.maximum(first, second)).min(axis=1)
    with np.errstate(invalid="ignore"):
        gap = np.minimum(leave - enter, leave)
    scale = 1 + np.abs(np.where(np.isfinite(enter), enter, 0))
    return bvh.answer((leave >= 0) & (leave >= enter), np.nan_to_num(gap, nan=1.0) / scale, root, enter)


class HashGrid:
    """Points sorted into cells that repeat in space; always in float32, as it is built before any kernel."""

    def __init__(self, content: Mapping[str, Data], types: Types) -> None:
        self.content = content
        self.F = types.scalars["float32"].np
        self.cells = tuple(int(n) for n in content["cells"])
        self.inverse = np.float32(1) / np.float32(content["width"][0])
        points = np.asarray(content["points"], np.float32)
        keys = [self.key(tuple(int(c) for c in np.floor(point * self.inverse))) for point in points]
        self.order = sorted(range(len(points)), key=keys.__getitem__)
        self.members: dict[int, list[int]] = {}
        for point in self.order:
            self.members.setdefault(keys[point], []).append(point)

    def key(self, cell: tuple[int, ...]) -> int:
        x, y, z = (c % n for c, n in zip(cell, self.cells, strict=True))
        return (z * self.cells[1] + y) * self.cells[0] + x

    def query(self, point: Any, radius: Any, group: Any = None) -> Query:
        if group is not None:
            raise Unsupported("group of a hash grid")
        inverse = self.F(self.inverse)
        ranges = []
        for coordinate, count in zip(point.a, self.cells, strict=True):
            first = int(np.floor((coordinate - radius) * inverse))
            last = int(np.floor((coordinate + radius) * inverse))
            ranges.append(range(first, min(last, first + count - 1) + 1))
        found: list[int] = []
        for z in ranges[2]:
            for y in ranges[1]:
                for x in ranges[0]:
                    found += self.members.get(self.key((x, y, z)), ())
        return Query(found)

    def point_id(self, index: Any) -> Any:
        if not 0 <= index < len(self.order):
            raise Fault("hash grid index out of bounds", str(index))
        return np.int32(self.order[int(index)])


def _grid(value: Any) -> HashGrid:
    if not isinstance(value, HashGrid):
        raise Unsupported("hash grid that is not an argument")
    return value


def table() -> dict[str, Callable[..., Any]]:
    """The builtins on trees and grids; a step gives (whether there is one, index)."""
    return {
        "bvh_query_aabb": lambda handle, low, high, root=-1: box_overlaps(_bvh(handle), low.a, high.a, root),
        "bvh_query_sphere": lambda handle, center, radius, root=-1: ball_overlaps(_bvh(handle), center.a, radius, root),
        "bvh_query_ray": lambda handle, start, direction, root=-1: ray_overlaps(
            _bvh(handle), start.a, direction.a, 0, root
        ),
        "bvh_query_capsule": lambda handle, start, direction, radius, root=-1: ray_overlaps(
            _bvh(handle), start.a, direction.a, radius, root
        ),
        "bvh_get_group_root": lambda handle, group: _bvh(handle).root(group),
        "bvh_query_next": lambda query, index, max_dist=np.inf: query.step(index, max_dist),
        "mesh_query_next": lambda query, index: query.step(index),
        "mesh_query_aabb_next": lambda query, index: query.step(index),
        "hash_grid_query": lambda handle, point, max_dist, group=None: _grid(handle).query(point, max_dist, group),
        "hash_grid_query_next": lambda query, index: query.step(index),
        "hash_grid_point_id": lambda handle, index: _grid(handle).point_id(index),
    }
