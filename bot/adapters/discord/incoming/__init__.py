"""What comes from Discord: events, history, and what was missed."""
