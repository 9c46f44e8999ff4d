"""Policies as files: read, checked, compared, offered."""
