"""Cases and decisions as rows of a table."""
