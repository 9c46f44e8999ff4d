"""The console platform: conversations from a file, cards on the terminal."""
