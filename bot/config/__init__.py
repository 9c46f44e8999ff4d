"""Configuration and policy files, checked in full before anything starts."""
