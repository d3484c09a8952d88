"""Structs of spheres and boxes: their sizes, what they contain and touch, how they grow."""

from __future__ import annotations

from warp_jit_pairs import types as t

from .jobs import Job
from .kernel import Kernel
from .struct_movers import vector_of
from .structs import Record


def shapes(k: Kernel) -> None:
    vector = vector_of(k)
    (_spheres if k.rng.chance(0.5) else _boxes)(k, vector)


def _spheres(k: Kernel, vector: t.Vector) -> None:
    rng = k.rng
    job = Job(k, "sphere ball bubble obstacle bound")
    job.start()
    record = Record(
        job,
        "Sphere Ball Bound SphereData",
        [
            ("center c pos origin", vector, -2.0, 2.0),
            ("radius r rad", k.real, 0.2, 1.5),
            *([("density rho weight", k.real, 0.5, 2.0)] if rng.chance(0.3) else []),
        ],
    )
    array = record.array("{s} {}_array {}_data bounds")
    item = job.let("{} s b", array[job.at])
    center, radius = record.of(item, "center"), record.of(item, "radius")
    what = rng.choose(("distance", "size", "grow", "overlap"))
    if what == "distance":
        job.titled("{}_distances signed_distance distance_to_{s} eval_{}_sdf point_{}_distance query_{s}")
        p = (
            job.scalar("point query p query_point", vector, -2.0, 2.0)
            if rng.chance(0.5)
            else job.read("points queries query_pos", "p q point", vector)
        )
        d = job.let("d dist sd", k.call("length", p - center) - radius)
        job.write("distances dist_out sdf_out", d)
        if job.more(0.5):
            job.write("inside contains is_inside", k.where(d < 0.0, k.integer(1), k.integer(0)))
        if job.more(0.3):
            job.write("normals gradients directions", k.call("normalize", p - center))
        return
    if what == "size":
        job.titled("{}_volumes compute_volumes measure_{s} {}_area_and_volume volume_of_{s} size_of_{s}")
        flat = vector.length == 2
        volume = job.let(
            "vol volume v_s" if not flat else "area disk_area a_s",
            3.14159 * radius * radius if flat else 4.18879 * radius * radius * radius,
        )
        job.write("areas disk_areas" if flat else "volumes vol_out", volume)
        if rng.chance(0.6):
            job.write(
                "perimeters circumference" if flat else "surface_areas area_out",
                6.28319 * radius if flat else 12.5664 * radius * radius,
            )
        if "density" in record.keys:
            job.write("masses mass_out", volume * record.of(item, "density"))
        return
    if what == "grow":
        job.titled("grow_{s} inflate_{s} expand_{s} scale_{s} resize_{s} pad_{s}")
        most = job.param("max_radius limit r_max", 1.0, 3.0, 2.0, each=False)
        grown = (
            radius * job.param("scale growth factor", 0.5, 2.0, 1.5, 1.1, each=False, literal=False)
            if rng.chance(0.5)
            else radius + job.param("margin padding growth", 0.05, 0.5, 0.1, each=False)
        )
        record.store(
            array,
            item,
            {"radius": job.let("r_new new_radius grown", k.call("min", grown, most))},
            False,
            "{s}_out grown resized",
        )
        return
    job.titled("{}_overlaps overlap_query find_overlaps test_{}_overlap intersect_{s} touching_{s}")
    other = record.argument("query other probe")
    d = job.let("dist gap_c d", k.call("length", center - record.of(other, "center")))
    reach = job.let("reach r_sum min_dist", radius + record.of(other, "radius"))
    job.write("overlaps hits touching", k.where(d < reach, k.integer(1), k.integer(0)))
    if job.more(0.6):
        job.write("depths penetration gaps", reach - d)


def _boxes(k: Kernel, vector: t.Vector) -> None:
    rng = k.rng
    job = Job(k, "box cell region volume brick")
    job.start()
    record = Record(
        job,
        "Box Aabb Bounds Region",
        [("lower lo min_corner bmin", vector, -2.0, 0.0), ("upper hi max_corner bmax", vector, 0.0, 2.0)],
    )
    array = record.array("{s} boxes bounds {}_array")
    item = job.let("{} b bb", array[job.at])
    low, high = record.of(item, "lower"), record.of(item, "upper")
    what = rng.choose(("measure", "contains", "overlap", "expand", "merge", "distance"))
    if what == "measure":
        job.titled("{}_volumes measure_{s} compute_{}_size {}_centers box_dimensions box_stats")
        size = job.let("size extent dims", high - low)
        parts = k.components(size)
        volume = parts[0]
        for part in parts[1:]:
            volume = volume * part
        if rng.chance(0.7):
            job.write("volumes vol_out" if vector.length == 3 else "areas area_out", volume)
        job.write("centers mid_out centroids", 0.5 * (low + high))
        if job.more(0.5):
            job.write("diagonals half_diag radii", k.call("length", size) * rng.choose((1.0, 0.5)))
        if job.more(0.4):
            longest = parts[0]
            for part in parts[1:]:
                longest = k.call("max", longest, part)
            job.write("longest_side max_extent widest", longest)
    elif what == "contains":
        job.titled("{}_contains point_in_{s} test_points inside_{s} locate_point contains_point")
        p = (
            job.scalar("point query p", vector, -2.0, 2.0)
            if rng.chance(0.5)
            else job.read("points queries", "p q point", vector)
        )
        tests = [
            test
            for n in range(vector.length)
            for test in (k.component(p, n) >= k.component(low, n), k.component(p, n) <= k.component(high, n))
        ]
        inside = job.let("inside contained is_in", k.both(*tests))
        job.write("inside_out contains hits", k.where(inside, k.integer(1), k.integer(0)))
        if job.more(0.4):
            q = k.call("min", k.call("max", p, low), high)
            job.write("closest nearest_points clamped_points", q)
    elif what == "overlap":
        job.titled("{}_overlaps overlap_boxes aabb_overlap intersect_{s} test_overlap query_{s}")
        other = record.argument("query window other")
        ol, oh = record.of(other, "lower"), record.of(other, "upper")
        tests = [
            test
            for n in range(vector.length)
            for test in (k.component(low, n) <= k.component(oh, n), k.component(high, n) >= k.component(ol, n))
        ]
        job.write("overlaps hits intersecting", k.where(k.both(*tests), k.integer(1), k.integer(0)))
        if job.more(0.5):
            size = job.let("shared inter overlap_size", k.call("min", high, oh) - k.call("max", low, ol))
            job.write("overlap_extent shared_out", k.call("max", size, k.zero(vector)))
    elif what == "distance":
        job.titled("{}_distances distance_to_{s} point_box_distance closest_on_{s} box_sdf query_{}_distance")
        p = (
            job.scalar("point query p", vector, -2.0, 2.0)
            if rng.chance(0.5)
            else job.read("points queries", "p q point", vector)
        )
        q = job.let("closest q nearest", k.call("min", k.call("max", p, low), high))
        job.write("distances dist_out", k.call("length", p - q))
        if job.more(0.5):
            job.write("closest_points nearest_out", q)
    else:
        job.titled(
            "expand_{s} grow_{s} pad_{s} inflate_{s} fatten_bounds"
            if what == "expand"
            else "merge_{s} union_{s} extend_{s} grow_to_points include_points"
        )
        if what == "expand":
            m = job.param("margin padding skin", 0.05, 0.5, 0.1, 0.25)
            pad = job.let("pad grow_by margin_vec", k.make(vector, *[m] * vector.length))
            low, high = low - pad, high + pad
        else:
            p = job.read("points positions new_points", "p point q", vector, nest=0.0)
            low, high = k.call("min", low, p), k.call("max", high, p)
        record.store(array, item, {"lower": low, "upper": high}, False, "{s}_out boxes_out expanded")
