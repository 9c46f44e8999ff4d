"""Where records live: SQLite, and the search for near copies."""
