"""Many messages at once: copies, waves, and stolen accounts."""
