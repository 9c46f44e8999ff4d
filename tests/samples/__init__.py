"""One conversation, written out in every format that can be replayed."""
