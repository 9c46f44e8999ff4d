"""Benchmarks: seeded generators and the table that `hallmoot bench` prints."""
