"""Stand-in servers that speak the real protocols to the real clients."""
