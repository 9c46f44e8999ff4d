"""What goes to Slack: actions, cards, notices, and what Slack answers to them."""
