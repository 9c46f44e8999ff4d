"""What comes from Slack: sockets, events, history, and what was missed."""
