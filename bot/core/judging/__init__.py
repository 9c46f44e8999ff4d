"""What is asked of the model about one message, and what is known without asking it."""
