"""Work side by side, and work beside what is waited for."""
