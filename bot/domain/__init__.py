"""Frozen data types and pure rules: what a message, a policy, a verdict, a decision and a case are."""
