"""`hallmoot` whose discord.py speaks to a stand-in: `python -m tests.fakes.discord_run API_URL GATEWAY_URL run`."""

import sys

from bot.adapters.discord.address import pointed_at
from bot.cli.main import run

if __name__ == "__main__":
    with pointed_at(sys.argv[1], sys.argv[2]):
        sys.exit(run(sys.argv[3:]))
