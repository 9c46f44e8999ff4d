"""The file itself: connection, writer, schema, statements."""
