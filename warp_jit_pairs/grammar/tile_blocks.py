"""Blocks of threads that share work: strided loops over a row, sums over the block, one thread that writes."""
