"""What people press and type on Slack."""
