"""What admins set: rules, modes, set-up, trying them out."""
