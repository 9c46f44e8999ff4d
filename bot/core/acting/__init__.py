"""What was decided, carried out: effects, cards, and how they end."""
