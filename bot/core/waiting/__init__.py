"""What waits for the model, who is next, and what happens while no model answers."""
