"""Benchmarks: our server beside a measuring stick, in one interleaved run (`make bench`)."""
