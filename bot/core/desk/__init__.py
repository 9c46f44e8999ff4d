"""What people ask for: presses on cards, commands, reports and settings."""
