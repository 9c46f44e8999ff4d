"""The work itself, without any SDK. Read `main_flow.py` first."""
