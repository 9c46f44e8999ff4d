"""Replays, evaluations and their numbers."""
