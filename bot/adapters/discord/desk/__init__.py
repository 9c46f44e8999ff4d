"""What people press and type on Discord."""
