"""From verdicts to a decision on record, with all that it intends."""
