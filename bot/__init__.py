"""Hallmoot: a community judges its own, by its own written policies."""

__version__ = "0.1.0"
