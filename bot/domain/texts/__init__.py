"""Rules about texts: folding, look-alikes, evidence, Slack's markup."""
