"""Platform faults everywhere: each kind of effect through each kind of trouble."""
