"""What compares texts: near copies, the same words, likeness."""
