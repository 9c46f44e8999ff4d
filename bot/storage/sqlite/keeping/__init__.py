"""How long words are kept, and how they go."""
