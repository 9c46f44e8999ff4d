"""Whether the bot can do its work on Discord."""
