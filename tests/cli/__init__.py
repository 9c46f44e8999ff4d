"""Tests of the command line, laid out like it."""
