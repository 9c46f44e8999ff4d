"""Platforms: each translates events in, and carries effects and cards out."""
