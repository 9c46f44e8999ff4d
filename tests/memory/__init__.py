"""The in-memory twin of the SQLite store: the same meaning, nothing kept past the process."""
