"""Where records live: SQLite, its in-memory twin, and the search for near copies."""
