"""Measuring policies: evaluation, golden sets, reports."""
