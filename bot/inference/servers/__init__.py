"""One file for each kind of model server, with what belongs to that kind alone beside it."""
