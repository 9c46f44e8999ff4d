"""Settings: the YAML file, what admins changed, and their defaults."""
