"""Killing the process at every step in turn, and what has to hold afterwards."""
