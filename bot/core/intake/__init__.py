"""What comes in: committed to the inbox, screened, and fetched where it was missed."""
