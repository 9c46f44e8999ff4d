"""What only recordings need: time that is their own."""
