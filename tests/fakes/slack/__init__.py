"""A stand-in for Slack: Web API and Socket Mode over real sockets on 127.0.0.1, for the real slack-bolt and slack_sdk.

    async with World().running() as world:
        team = world.team("Rivendell")
        general = world.channel(team, "general")
        post = await world.say(general, world.user(team, "anna"), "hello")

The app is installed from the shipped manifest: its scopes and events hold here as they would at Slack. The stand-in
enforces token kinds and scopes, membership, whose message it is, rate limits, single-use socket tickets, views' hashes
and the three seconds of a trigger id. What it does not know answers `unknown_method`.
"""

from tests.fakes.slack.exchange import Exchange
from tests.fakes.slack.things import Channel, Group, Team, Token, User
from tests.fakes.slack.world import World

__all__ = ["Channel", "Exchange", "Group", "Team", "Token", "User", "World"]
