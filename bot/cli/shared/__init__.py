"""What several commands share; a command itself stands one floor up."""
