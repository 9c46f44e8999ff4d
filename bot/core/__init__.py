"""The work itself, without any SDK. Read `moderator.py` first."""
