"""Queries that a whole block makes together of a BVH or mesh."""
