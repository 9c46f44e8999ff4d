"""The Slack adapter: the one place that names slack-bolt and slack_sdk."""
