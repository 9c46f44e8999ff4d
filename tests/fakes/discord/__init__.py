"""A stand-in for Discord: REST and gateway over real sockets on 127.0.0.1, for the real discord.py client.

    async with World().running() as world:
        guild = world.guild("Rivendell")
        channel = world.channel(guild, "general")
        post = await world.say(channel, world.member(guild, "anna"), "hello")

It enforces what Discord enforces (permissions, role order, limits on lengths and ages) so that an adapter that asks for
what it may not have is told so here. What it does not know answers 404 with the path in its text.
"""

from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.things import Channel, Guild, Member, Post, Role, User
from tests.fakes.discord.world import World

__all__ = ["Channel", "Guild", "Interaction", "Member", "Post", "Role", "User", "World"]
