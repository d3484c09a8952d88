"""What a small model learns from the pairs: `python -m benchmarks.train` says how."""
