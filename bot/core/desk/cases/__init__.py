"""What people do with a case: look, decide, act."""
