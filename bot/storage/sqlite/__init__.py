"""The store in SQLite. Inside this package alone, a unit of work is a plain function of a connection."""
