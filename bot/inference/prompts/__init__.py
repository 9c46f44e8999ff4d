"""What the model reads: the vocabulary and harmony's prompts."""
