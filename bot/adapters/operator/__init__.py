"""Ways to reach whoever runs the bot: a webhook, a command on the machine, or the log alone."""
