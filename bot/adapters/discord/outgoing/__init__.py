"""What goes to Discord: actions, cards, notices, and what Discord answers to them."""
