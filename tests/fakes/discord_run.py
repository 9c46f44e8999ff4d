"""`hallmoot run` whose discord.py speaks to a stand-in: `python -m tests.fakes.discord_run API_URL GATEWAY_URL`."""

import sys

from bot.cli.main import run
from tests.fakes.discord.stage import pointed_at

if __name__ == "__main__":
    with pointed_at(sys.argv[1], sys.argv[2]):
        sys.exit(run(["run", *sys.argv[3:]]))
