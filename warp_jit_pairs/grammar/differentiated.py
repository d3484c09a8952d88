"""Which laws people differentiate by a vector."""

from __future__ import annotations

MAPS = {
    "surface": "shapes.gyroid_distance.point shapes.segment_distance.point shapes.height_field_distance.point"
    " shapes.rectangle_distance.point_2d shapes.vesica_distance.point_2d"
    " shapes.curve_distance.point_2d shapes.displaced_distance.point shapes.torus_distance.local_point"
    " shapes.rounded_box_distance.local_point shapes.capsule_distance.local_point shapes.cone_distance.local_point"
    " shapes.cylinder_distance.local_point shapes.ellipsoid_distance.local_point shapes.box_distance.local_point"
    " shapes.octahedron_distance.local_point",
    "height": "randoms.fractal_height.map_point randoms.ridged_height.map_point randoms.warped_height.map_point"
    " randoms.height.map_point",
    "potential": "orbits.logarithmic_potential.position orbits.miyamoto_nagai_potential.position"
    " orbits.potential.position",
    "objective": "optimization.ackley.iterate"
    " optimization.griewank.iterate optimization.levy.iterate optimization.himmelblau.iterate"
    " optimization.rastrigin.iterate optimization.ball_constraint.iterate optimization.rosenbrock.iterate",
    "gravity": "orbits.schwarzschild_acceleration.position orbits.oblate_acceleration.position"
    " orbits.radiation_acceleration.position orbits.three_body_rate.rotating_position"
    " orbits.halo_acceleration.position orbits.central_acceleration.position",
    "arm": "linkages.forward_kinematics.angles",
    "inverse": "linkages.inverse_kinematics.tip_target",
    "hessian": "optimization.rosenbrock_gradient.iterate optimization.himmelblau_gradient.iterate",
    "warp": "shapes.twisted_point.point shapes.bent_point.point",
    "lens": "astronomy.lensing.lens_offset astronomy.isothermal_lensing.lens_offset",
    "distortion": "camera.brown_distortion.image_point camera.division_undistort.film camera.brown_undistorted.film",
    "implicit": "particles.sphere_drag.velocity drones.drag_force.velocity particles.quadratic_drag.velocity"
    " rigid.drag_torque.angular_velocity",
}
"""Laws that people differentiate by a vector: sheet, law and the vector, by what they do with the derivative."""
SHARES = {
    "surface": 3.2,
    "height": 1.2,
    "potential": 0.9,
    "objective": 2.0,
    "gravity": 1.4,
    "arm": 0.5,
    "inverse": 0.3,
    "hessian": 0.4,
    "warp": 0.7,
    "lens": 0.5,
    "distortion": 0.8,
    "implicit": 0.9,
}
"""By how many laws there are, or kernels of the few are alike."""
