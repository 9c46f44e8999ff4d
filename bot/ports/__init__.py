"""One abstract Protocol for each thing the core needs from outside; an implementation has the same file name."""
