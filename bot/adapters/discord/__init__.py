"""The Discord adapter: the one place that names discord.py."""
