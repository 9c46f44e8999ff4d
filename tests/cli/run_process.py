"""`hallmoot` as a process of its own, which finds a stand-in where Discord would be: API, gateway, then the command."""

import sys

from bot.cli.main import run
from tests.fakes.discord.stage import pointed_at

if __name__ == "__main__":
    api_url, gateway_url, *arguments = sys.argv[1:]
    with pointed_at(api_url, gateway_url):
        sys.exit(run(arguments))
